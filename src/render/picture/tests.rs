use super::*;
use crate::pack::register::Party;

fn node(section: &'static str, text: &str, file: &str, mark: Mark) -> Node {
    Node { section, text: text.to_owned(), full: format!("{text}, in full"), file: file.to_owned(), count: 1, mark }
}

fn register(left: Vec<Node>, right: Vec<Node>, ties: Vec<Tie>) -> Register {
    let party = |node: &Node| Party {
        kind: node.section,
        name: node.text.clone(),
        file: String::new(),
        sentence: "Trusted by 1 role.".to_owned(),
        count: 1,
        roles: Vec::new(),
        more: 0,
    };
    let parties = left.iter().map(party).collect();
    let drawn = Drawn { grouped: false, left, right, ties };
    let picture = Picture { caption: vec!["2 < 3 & \"so on\".".to_owned()], parties, drawn };
    Register { picture: Some(picture), ..Register::default() }
}

fn tie(left: usize, right: usize, mark: Mark, conditional: bool) -> Tie {
    Tie { left, right, roles: 1, mark, conditional }
}

/// The names of all elements; fails where the text is not well-formed XML.
fn elements(svg: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(svg);
    reader.config_mut().check_end_names = true;
    let mut names = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                for attribute in tag.attributes() {
                    let attribute = attribute.unwrap();
                    assert!(!attribute.key.as_ref().starts_with("on"), "{attribute:?}");
                }
                names.push(tag.name().as_ref().to_owned());
            }
            quick_xml::events::Event::Eof => return names,
            _ => {}
        }
    }
}

#[test]
fn hostile_names_make_no_markup_and_are_shown() {
    let hostile = "</text><script>alert(1)</script>\u{202E}&\"'";
    let svg = trust_svg(&register(
        vec![node("AWS services", hostile, "", Mark::Plain), node("Vendors", &"x".repeat(500), "", Mark::Unclear)],
        vec![node("", hostile, "roles/%3Cscript%3E.html", Mark::Open)],
        vec![tie(0, 0, Mark::Open, true), tie(1, 0, Mark::Plain, false)],
    ))
    .unwrap();
    let known = ["svg", "title", "desc", "rect", "text", "tspan", "path", "g", "a", "circle"];
    for element in elements(&svg) {
        assert!(known.contains(&element.as_str()), "{element}");
    }
    assert!(svg.contains("&lt;script&gt;alert(1)&lt;/script&gt;⟨U+202E⟩"), "the full name stands in a title: {svg}");
    assert!(svg.contains("href=\"roles/%253Cscript%253E.html\""), "{svg}");
    assert!(!svg.contains("<style") && !svg.contains("url(") && svg.matches("http").count() == 1);
    assert!(!svg.contains('\u{202E}'));
}

#[test]
fn marks_are_signs_and_conditions_are_dashes() {
    let svg = trust_svg(&register(
        vec![node("Anyone", "Anyone in any AWS account", "", Mark::Open)],
        vec![node("", "one", "", Mark::Open), node("", "two", "", Mark::Plain)],
        vec![tie(0, 0, Mark::Open, false), tie(0, 1, Mark::Plain, true)],
    ))
    .unwrap();
    assert_eq!(svg.matches(">!</text>").count(), 3, "two lines and the legend: {svg}");
    assert!(svg.contains("to one, open</title>") && svg.contains("to two, under conditions</title>"), "{svg}");
}

#[test]
fn the_words_have_every_party() {
    let register = register(vec![node("Vendors", "Datadog", "", Mark::Plain)], Vec::new(), Vec::new());
    assert_eq!(trust_text(&register), ["2 < 3 & \"so on\".", "Datadog (Vendors). Trusted by 1 role."]);
    assert!(trust_svg(&Register::default()).is_none() && trust_text(&Register::default()).is_empty());
}

#[test]
fn lines_near_each_other_are_tied_so_that_ties_do_not_cross() {
    let left: Vec<Node> = (0..9).map(|n| node("AWS services", &format!("s{n}"), "", Mark::Plain)).collect();
    let right: Vec<Node> = (0..9).map(|n| node("", &format!("r{n}"), "", Mark::Plain)).collect();
    // Written in reverse: as they stand, every two would cross.
    let ties: Vec<Tie> = (0..9).map(|n| tie(n, 8 - n, Mark::Plain, false)).collect();
    let register = register(left, right, ties);
    let drawn = &register.picture.as_ref().unwrap().drawn;
    let places = order::places(drawn);
    for one in &drawn.ties {
        for two in &drawn.ties {
            let (left, right) = (
                places.left[one.left].total_cmp(&places.left[two.left]),
                places.right[one.right].total_cmp(&places.right[two.right]),
            );
            assert_eq!(left, right, "{} and {} cross", one.left, two.left);
        }
    }
}

#[test]
fn the_fullest_picture_stays_small_and_on_a_page() {
    let long = "n".repeat(64);
    let left: Vec<Node> = (0..41).map(|n| node("AWS services", &format!("{long}{n}"), "", Mark::Plain)).collect();
    let right: Vec<Node> = (0..42).map(|n| node("", &format!("{long}{n}"), "roles/x.html", Mark::Plain)).collect();
    let ties = (0..41).flat_map(|from| (0..42).map(move |to| tie(from, to, Mark::Plain, false))).collect();
    let svg = trust_svg(&register(left, right, ties)).unwrap();
    assert!(svg.len() < 800_000, "{}", svg.len());
    let millimetres = svg.split(" height=\"").nth(1).unwrap().split("mm").next().unwrap();
    assert!(millimetres.parse::<f64>().unwrap() < 240.0, "{millimetres}");
}
