//! The catalogue as its authors meet it: sound pages load, and broken ones
//! are told with their place and the next step, all at once.

use auditpack::testing::catalog::{Catalog, Overrides, ParameterValue, Part, Section, Test, load, schema_text};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

/// A page that is sound, line by line, so that a test can break one line.
const PAGE: &str = r#"+++
id = "keys-are-young"
title = "Keys are young"
severity = "low"
section = "Users and credentials"
order = 900
subject = "access_key"
in_scope = "key.active"
passes = "as_of - key.created <= days(params.max_age)"
fails_because = "key {{ key.slot }} of {{ key.user }} is old"
[params]
max_age = 30
[satisfies]
soc2-2017 = ["CC6.1"]
cis-aws = { "1.4.0" = "1.14", "7.0.0" = ["2.12"] }
+++
## Requirement
Young keys.
## Why it matters
Old keys leak.
## How it is tested
By age.
## How to fix it
Rotate.
## Limits
None.
"#;

fn embedded() -> Catalog {
    load(None, &Overrides::new()).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Loads pages from a folder of the customer's and returns what a user sees, with the folder's name left out.
fn told(pages: &[(&str, &str)], overrides: &Overrides) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in pages {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    match load(Some(folder.path()), overrides) {
        Ok(_) => "sound".to_owned(),
        Err(problems) => problems.to_string().replace(&format!("{}/", folder.path().display()), ""),
    }
}

fn told_of(line: &str, broken: &str) -> String {
    assert!(PAGE.contains(line), "{line}");
    told(&[("keys-are-young.md", &PAGE.replacen(line, broken, 1))], &Overrides::new())
}

const PASSES: &str = r#"passes = "as_of - key.created <= days(params.max_age)""#;

/// Breaks the criterion of the sound page.
fn told_of_criterion(criterion: &str) -> String {
    told_of(PASSES, &format!("passes = {criterion}"))
}

#[test]
fn a_sound_page_of_a_customer_loads_like_ours() {
    assert_eq!(told(&[("keys-are-young.md", PAGE)], &Overrides::new()), "sound");
    let folder = tempfile::tempdir().unwrap();
    // As an editor on another system may save it.
    let windows = format!("\u{feff}{}", PAGE.replace('\n', "\r\n"));
    std::fs::write(folder.path().join("keys-are-young.md"), windows).unwrap();
    std::fs::write(folder.path().join(".keys-are-young.md.swp"), [0xff]).unwrap();
    let catalog = load(Some(folder.path()), &Overrides::new()).unwrap();
    let ours = catalog.controls.iter().find(|control| control.id == "keys-are-young").unwrap();
    assert_eq!(ours.from, folder.path().join("keys-are-young.md").to_string_lossy());
    assert_eq!(ours.body.how_to_fix, "Rotate.");
    assert_eq!(ours.satisfies["cis-aws-1.4.0"], ["1.14"]);
    assert_eq!(ours.satisfies["cis-aws-7.0.0"], ["2.12"]);
    assert_eq!(ours.reads.iter().map(|field| field.name).collect::<Vec<_>>(), ["active", "created"]);
    let evidence: Vec<String> = ours.evidence.iter().map(ToString::to_string).collect();
    assert_eq!(evidence, ["iam:GetCredentialReport", "iam:ListUsers", "iam:GetAccountAuthorizationDetails"]);
    assert_ne!(catalog.sha256, embedded().sha256, "a customer's page is an input of the pack");
}

#[test]
fn a_customer_brings_editions_of_their_own() {
    let edition = "id = \"house-rules\"\nname = \"House rules\"\nscope = \"All.\"\n\
                   requirements = [{ id = \"1\", title = \"A\", assessment = \"manual\", level = 1 }]\n";
    let page = PAGE.replace("soc2-2017 = [\"CC6.1\"]", "house-rules = \"1\"");
    let pages = [("keys-are-young.md", page.as_str()), ("frameworks/house-rules.toml", edition)];
    assert_eq!(told(&pages, &Overrides::new()), "sound");
    let taken = edition.replace("house-rules", "soc2-2017");
    assert_eq!(
        told(&[("frameworks/soc2-2017.toml", &taken)], &Overrides::new()),
        "frameworks/soc2-2017.toml: the edition soc2-2017 is there already\n  next: choose another id"
    );
    let garbled = edition.replace("title", "titel").replace("scope", "skope");
    let told = told(&[("frameworks/house-rules.toml", &garbled)], &Overrides::new());
    for expected in [
        "frameworks/house-rules.toml:3:1: unknown key skope\n  next: did you mean scope?",
        "frameworks/house-rules.toml:4:17: a requirement without title\n",
        "frameworks/house-rules.toml:4:29: unknown key titel\n  next: did you mean title?",
    ] {
        assert!(told.contains(expected), "{expected}\n{told}");
    }
}

#[test]
fn mistakes_in_criteria_are_told_where_they_stand() {
    for (criterion, expected) in [
        (r#""key.aktive""#, "9:11: unknown fact key.aktive\n  next: did you mean key.active?"),
        (r#""key.user == 'ü' && key.nope""#, "9:30: unknown fact key.nope\n"),
        (r#""key.user == \"a\\n\" && key.nope""#, "9:35: unknown fact key.nope\n"),
        ("\"\"\"\nkey.active\n  && key.nope\n\"\"\"", "11:6: unknown fact key.nope\n"),
        (r#""key.user == 'ü' && && true""#, "9:30: this is not CEL: unexpected '&&'\n"),
        (r#""key.active &&""#, "9:24: this is not CEL: unexpected end\n"),
        (r#""key.active && (key.slot == 1""#, "9:39: this is not CEL: missing ')' at end\n"),
        (r#""kye.active""#, "9:11: unknown name kye\n  next: did you mean key?"),
        (
            r#""key.active == params.max_aeg""#,
            "9:25: unknown parameter params.max_aeg\n  next: did you mean params.max_age?",
        ),
        (r#""root.mfa_enabled""#, "9:11: unknown name root\n"),
        (r#""key.age_days""#, "9:11: expected true or false, found a whole number\n"),
        (r#""key.age_days && key.active""#, "9:11: expected true or false, found a whole number\n"),
        (r#""key.user == 3""#, "9:11: text is never equal to a whole number\n"),
        (r#""key.user < 3""#, "9:11: text cannot be ordered against a whole number\n"),
        (r#""as_of - key.created < 90""#, "9:11: a duration cannot be ordered against a whole number\n"),
        (r#""key.created == null""#, "9:11: this is a time and never null\n"),
        (r#""key.active ? key.user : key.slot""#, "9:11: one branch is text, the other a whole number\n"),
        (r#""key.user in account.partition""#, "9:11: text cannot be in text\n"),
        (r#""weeks(3) > days(1)""#, "9:11: weeks is not available in a criterion\n"),
        (r#""days('3') > days(1)""#, "9:11: days is not used like this\n  next: write days(90)"),
        (r#""count('3', 'day') == key.user""#, "9:11: count is not used like this\n  next: write count(90,"),
        (r#""count(key.slot) == key.user""#, "9:11: count is not used like this\n  next: write count(90,"),
        (r#"'key.user.matches("(")'"#, "9:28: the regular expression is not valid\n"),
        (r#""true""#, "9:11: the criterion reads no fact, so it would decide without evidence\n"),
        (r#""params.max_age < 100""#, "9:11: the criterion reads no fact, so it would decide without evidence\n"),
        ("3", "9:10: passes must be text, not a whole number\n"),
    ] {
        let told = told_of_criterion(criterion);
        assert!(told.starts_with(&format!("keys-are-young.md:{expected}")), "{criterion}\n{told}");
        assert_eq!(told.matches("\n  next: ").count(), 1, "one mistake is told once:\n{told}");
    }
}

#[test]
fn no_criterion_can_turn_a_missing_fact_into_a_value() {
    for (criterion, expected) in [
        ("has(key.user)", "9:11: has() is not available"),
        ("'user' in key", "9:21: key is not a value by itself"),
        ("key == key", "9:11: key is not a value by itself"),
        ("size(key) > 3", "9:16: key is not a value by itself"),
        ("key['user'] == ''", "9:11: this operator is not available"),
        ("key.?user == optional.none()", "9:14: this is not CEL"),
        ("optional.of(key.user).hasValue()", "9:11: hasValue is not available"),
        ("dyn(key.active)", "9:11: dyn is not available"),
        ("type(key.user) == string", "9:"),
        ("{'a': key.user}.a == ''", "9:"),
        ("['a'].all(key, key == 'a')", "9:11: key already names something"),
    ] {
        let told = told_of_criterion(&format!("\"{criterion}\""));
        assert!(told.starts_with(&format!("keys-are-young.md:{expected}")), "{criterion}\n{told}");
    }
}

#[test]
fn null_must_be_given_a_meaning_before_it_is_ordered() {
    let nullable = "keys-are-young.md:9:";
    for (criterion, sound) in [
        ("key.last_used < as_of", false),
        ("key.last_used == null || key.last_used < as_of", true),
        ("null == key.last_used || key.last_used < as_of", true),
        ("key.last_used != null && key.last_used < as_of", true),
        ("key.last_used == null && key.last_used < as_of", false),
        ("key.last_used < as_of && key.last_used != null", false),
        ("!(key.last_used == null) && key.last_used < as_of", true),
        ("!(key.last_used == null || key.active) && key.last_used < as_of", true),
        ("!(key.last_used == null && key.active) && key.last_used < as_of", false),
        ("(key.last_used != null || key.active) && key.last_used < as_of", false),
        ("key.active && key.last_used != null && key.slot == 1 && key.last_used < as_of", true),
        ("key.last_used == null ? key.active : key.last_used < as_of", true),
        ("key.last_used == null ? key.last_used < as_of : key.active", false),
        ("key.last_used_service == 'iam'", true),
        ("key.last_used_service.startsWith('i')", false),
        ("key.last_used_service in ['iam', 'sts']", false),
        ("['a', 'b'].exists(x, key.last_used_service == x)", true),
        ("['a', 'b'].filter(x, x != key.user).map(x, size(x)).all(n, n > 0)", true),
        ("['a', 'b'].exists_one(x, x.size())", false),
    ] {
        let told = told_of_criterion(&format!("\"{criterion}\""));
        assert_eq!(told == "sound", sound, "{criterion}\n{told}");
        assert!(sound || told.starts_with(nullable), "{criterion}\n{told}");
    }
}

#[test]
fn mistakes_in_sentences_are_told_where_they_stand() {
    for (broken, expected) in [
        ("{{ key.slott }}", "10:25: unknown fact key.slott\n  next: did you mean key.slot?"),
        ("{{ key.slot + key.user }}", "10:25: a whole number + text means nothing\n"),
        ("{{ }}", "10:22: {{ }} holds nothing\n"),
        ("{{ key.", "10:"),
        ("key.slot }}", "10:18: }} without {{ before it\n"),
    ] {
        let told = told_of("{{ key.slot }}", broken);
        assert!(told.starts_with(&format!("keys-are-young.md:{expected}")), "{broken}\n{told}");
    }
    let told = told_of("{{ key.user }}", "{{ key.user");
    assert!(told.starts_with("keys-are-young.md:10:40: {{ is never closed\n"), "{told}");
}

#[test]
fn mistakes_in_headers_are_told_where_they_stand() {
    for (line, broken, expected) in [
        ("severity = \"low\"", "severity = \"lo\"", "4:13: unknown severity \"lo\"\n  next: did you mean low?"),
        ("severity = \"low\"", "severity = low", "4:12: this is not TOML: "),
        ("severity = \"low\"", "", "2:1: severity is missing\n"),
        ("title =", "titel =", "2:1: title is missing\n"),
        ("section = \"Users and credentials\"", "section = \"Users\"", "5:12: unknown section \"Users\"\n"),
        ("order = 900", "order = \"900\"", "6:9: order must be a whole number, not text\n"),
        ("\"access_key\"", "\"access-key\"", "7:12: unknown subject \"access-key\"\n  next: did you mean access_key?"),
        ("max_age = 30", "max_age = 3.5", "12:11: max_age must be true or false, a whole number or text"),
        ("max_age = 30", "max_age = { value = 3, one_of = [1] }", "12:11: max_age is none of its one_of\n"),
        ("[\"CC6.1\"]", "[\"CC6.11\"]", "14:14: soc2-2017 has no requirement CC6.11\n  next: did you mean CC6.1?"),
        ("[\"CC6.1\"]", "[6.1]", "14:14: soc2-2017 must be text in quotes, not a number with a fraction\n"),
        ("\"1.4.0\"", "\"1.4\"", "15:13: unknown framework edition cis-aws-1.4\n  next: did you mean cis-aws-1.4.0?"),
        ("\"1.14\"", "\"1.140\"", "15:23: cis-aws-1.4.0 has no requirement 1.140\n"),
        ("## Why it matters", "## Why", "19:1: expected Why it matters, found \"## Why\"\n"),
        ("Old keys leak.", "", "17:1: nothing stands under ## Why it matters\n"),
        ("Old keys leak.", "### More", "20:1: expected How it is tested, found \"### More\"\n"),
        ("## Limits\nNone.\n", "", "25:1: the heading ## Limits is missing\n"),
        ("keys-are-young", "keys-90-days", "2:7: the id \"keys-90-days\" has the number 90"),
    ] {
        let told = told_of(line, broken);
        assert!(told.starts_with(&format!("keys-are-young.md:{expected}")), "{broken}\n{told}");
    }
    let told = told_of("+++\nid", "id");
    assert!(told.starts_with("keys-are-young.md: the page does not begin with a header"), "{told}");
}

/// The sound page, decided by a person.
fn manual_page() -> String {
    PAGE.replace(PASSES, "assessment = \"manual\"\nneeds = [\"reviewer\"]")
        .replace("fails_because = \"key {{ key.slot }} of {{ key.user }} is old\"\n", "")
        .replace("max_age = 30", "valid_days = 100")
        .replace(
            "\n+++\n## Requirement",
            "\n[[shows]]\ntitle = \"Users\"\nsubject = \"user\"\nwhen = \"user.has_password\"\nfacts = [\"created\", \"groups\"]\n\
             +++\n## Requirement",
        )
}

#[test]
fn a_page_that_a_person_decides_is_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("keys-are-young.md"), manual_page()).unwrap();
    let catalog = load(Some(folder.path()), &Overrides::new()).unwrap_or_else(|problems| panic!("{problems}"));
    let ours = catalog.controls.iter().find(|control| control.id == "keys-are-young").unwrap();
    let review = ours.review().unwrap();
    assert!(review.needs_reviewer && !review.needs_evidence && ours.passes().is_none());
    assert_eq!((ours.valid_days(), review.shows[0].facts.len()), (100, 2));
    let evidence: Vec<String> = ours.evidence.iter().map(ToString::to_string).collect();
    let expected = ["iam:GetCredentialReport", "iam:GetAccountAuthorizationDetails", "iam:ListUsers"];
    assert_eq!(evidence, expected, "what is shown has its exhibits");
}

#[test]
fn mistakes_in_pages_that_a_person_decides_are_told_where_they_stand() {
    let page = manual_page();
    for (line, broken, expected) in [
        ("\"manual\"", "\"manuel\"", "9:14: unknown assessment \"manuel\"\n  next: did you mean manual?"),
        ("\"manual\"", "3", "9:14: assessment must be text, not a whole number\n"),
        (
            "assessment = \"manual\"\n",
            "",
            "9:9: needs belongs to a page that is decided by a person\n  next: add assessment",
        ),
        (
            "needs = [",
            "passes = \"key.active\"\nneeds = [",
            "10:10: passes belongs to a page that is decided by collected evidence\n",
        ),
        ("\"reviewer\"", "\"reviewers\"", "10:10: unknown need \"reviewers\"\n  next: did you mean reviewer?"),
        (
            "valid_days = 100",
            "valid_days = 401",
            "12:14: valid_days cannot be 401: an attestation holds 1 to 400 days\n",
        ),
        ("valid_days = 100", "valid_days = \"long\"", "12:14: valid_days cannot be \"long\""),
        ("\"user\"", "\"usr\"", "18:11: unknown subject \"usr\"\n  next: did you mean user?"),
        ("has_password", "has_pasword", "19:9: unknown fact user.has_pasword\n  next: did you mean user.has_password?"),
        ("user.has_password", "key.active", "19:9: unknown name key\n"),
        ("\"groups\"", "\"group\"", "20:21: unknown fact user.group\n  next: did you mean groups?"),
        ("\"groups\"", "\"created\"", "20:21: the fact created is named twice\n"),
        ("facts = [\"created\", \"groups\"]", "facts = []", "20:9: facts names none\n"),
        ("facts = [\"created\", \"groups\"]\n", "", "16:1: facts is missing in what is shown\n"),
        ("title = \"Users\"", "titel = \"Users\"", "16:1: title is missing in what is shown\n"),
        ("[[shows]]", "[shows]", "16:1: shows must be a list of tables\n"),
    ] {
        assert!(page.contains(line), "{line}");
        let told = told(&[("keys-are-young.md", &page.replacen(line, broken, 1))], &Overrides::new());
        assert!(told.contains(&format!("keys-are-young.md:{expected}")), "{broken}\n{told}");
    }
    let values = |days: i64| BTreeMap::from([("valid_days".to_owned(), ParameterValue::Int(days))]);
    let over = |days| Overrides::from([("keys-are-young".to_owned(), values(days))]);
    assert_eq!(told(&[("keys-are-young.md", &page)], &over(190)), "sound");
    let told = told(&[("keys-are-young.md", &page)], &over(401));
    assert!(told.starts_with("auditpack.toml: parameter valid_days of keys-are-young cannot be 401"), "{told}");
}

#[test]
fn a_heading_inside_a_code_block_is_code() {
    let page = PAGE.replace("Rotate.", "```\n# rotate\n## Limits\n```");
    assert_eq!(told(&[("keys-are-young.md", &page)], &Overrides::new()), "sound");
}

#[test]
fn all_mistakes_of_all_files_are_told_at_once() {
    let first = PAGE.replace("key.active", "key.aktive").replace("\"low\"", "\"lo\"").replace("key.user", "key.usr");
    let second = PAGE.replace("keys-are-young", "keys-are-old").replace("max_age = 30", "");
    let edition =
        "id = \"house-rules\"\nname = \"House rules\"\nscope = \"All.\"\nrequirements = [{ id = 1, title = \"A\" }]";
    let pages = [
        ("keys-are-young.md", first.as_str()),
        ("keys-are-old.md", &second),
        ("frameworks/house-rules.toml", edition),
        ("notes.txt", "?"),
        ("access-keys-are-rotated.md", &PAGE.replace("keys-are-young", "access-keys-are-rotated")),
    ];
    let overrides: Overrides = [
        ("keys-are-yung", vec![("max_age", ParameterValue::Int(3))]),
        ("access-keys-are-rotated", vec![("max_aeg", ParameterValue::Int(3))]),
        ("unused-credentials-are-disabled", vec![("unused_days", ParameterValue::Text("30".into()))]),
        ("access-keys-are-not-made-with-the-user", vec![("reading", ParameterValue::Text("never".into()))]),
        ("keys-are-old", vec![("max_age", ParameterValue::Int(3))]),
    ]
    .into_iter()
    .map(|(id, values)| (id.to_owned(), values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
    .collect();
    insta::assert_snapshot!(told(&pages, &overrides), @r#"
    access-keys-are-rotated.md:2:7: the id access-keys-are-rotated is taken by a page that is embedded
      next: choose another id
    frameworks/house-rules.toml:4:24: id must be text, not a whole number
      next: write text
    keys-are-old.md:9:39: unknown parameter params.max_age
      next: [params] of the page lists them
    keys-are-young.md:4:13: unknown severity "lo"
      next: did you mean low? severity is one of low, medium, high, critical
    keys-are-young.md:8:13: unknown fact key.aktive
      next: did you mean key.active? "auditpack controls facts" lists them all
    keys-are-young.md:10:43: unknown fact key.usr
      next: did you mean key.user? "auditpack controls facts" lists them all
    notes.txt: is neither a control page (.md) nor an edition (frameworks/….toml)
      next: move it out of the folder
    auditpack.toml: access-keys-are-rotated has no parameter max_aeg
      next: did you mean max_age? access-keys-are-rotated has max_age
    auditpack.toml: parameter reading of access-keys-are-not-made-with-the-user cannot be "never"
      next: use "made with the user" or "never used"
    auditpack.toml: parameter unused_days of unused-credentials-are-disabled must be a whole number, not text
      next: the page has 45
    auditpack.toml: parameters of an unknown control keys-are-yung
      next: did you mean keys-are-young? "auditpack controls list" lists all ids
    "#);
}

#[test]
fn a_folder_that_cannot_be_read_is_told_by_name() {
    let problems = load(Some(Path::new("/nonexistent/controls")), &Overrides::new()).unwrap_err().to_string();
    assert!(problems.starts_with("/nonexistent/controls: cannot be read: "), "{problems}");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("keys-are-young.md"), [b'+', 0xff]).unwrap();
    let problems = load(Some(folder.path()), &Overrides::new()).unwrap_err().to_string();
    assert!(problems.contains("keys-are-young.md: is not text in UTF-8"), "{problems}");
}

#[test]
fn parameters_are_overridden_visibly() {
    let overrides = |days| {
        let values = BTreeMap::from([("unused_days".to_owned(), ParameterValue::Int(days))]);
        Overrides::from([("unused-credentials-are-disabled".to_owned(), values)])
    };
    for (days, overridden_from) in [(30, Some(ParameterValue::Int(45))), (45, None)] {
        let catalog = load(None, &overrides(days)).unwrap();
        let control = catalog.controls.iter().find(|c| c.id == "unused-credentials-are-disabled").unwrap();
        assert_eq!(control.parameters["unused_days"].value, ParameterValue::Int(days));
        assert_eq!(control.parameters["unused_days"].overridden_from, overridden_from);
    }
}

#[test]
fn every_page_of_the_folder_is_embedded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("controls");
    let stems = |folder: &Path, ending: &str| -> BTreeSet<String> {
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter_map(|name| name.strip_suffix(ending).map(str::to_owned)).collect()
    };
    let catalog = embedded();
    let hint = "the program was built before a page came or went: touch src/catalog/load.rs";
    assert_eq!(catalog.controls.iter().map(|c| c.id.clone()).collect::<BTreeSet<_>>(), stems(&folder, ".md"), "{hint}");
    let editions: BTreeSet<String> = catalog.frameworks.iter().map(|f| f.id.clone()).collect();
    assert_eq!(editions, stems(&folder.join("frameworks"), ".toml"), "{hint}");
}

#[test]
fn the_catalogue_is_in_the_order_of_the_pack() {
    let catalog = embedded();
    let mut sections: Vec<Section> = catalog.controls.iter().map(|control| control.section).collect();
    sections.dedup();
    assert_eq!(sections, Section::ALL, "every chapter has a control");
    assert!(catalog.frameworks.is_sorted_by_key(|framework| &framework.id));
    assert_eq!(catalog.version, "0.1.0");
    assert_eq!(catalog.sha256.len(), 64);
    assert_eq!(catalog.sha256, embedded().sha256);
}

/// The edges to the benchmark, as a table: what an auditor would look up.
#[test]
fn every_edition_of_the_benchmark_is_answered() {
    let catalog = embedded();
    let mut table = String::new();
    for framework in &catalog.frameworks {
        writeln!(table, "{}", framework.id).unwrap();
        for requirement in &framework.requirements {
            let controls: Vec<&str> = catalog
                .controls
                .iter()
                .filter(|c| c.satisfies.get(&framework.id).is_some_and(|ids| ids.contains(&requirement.id)))
                .map(|c| c.id.as_str())
                .collect();
            let controls = if controls.is_empty() { "not covered".to_owned() } else { controls.join(", ") };
            writeln!(table, "  {}: {controls}", requirement.id).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn what_our_pages_read_has_a_name_in_words() {
    let catalog = embedded();
    for control in &catalog.controls {
        for field in control.reads.iter().chain(&control.account_reads) {
            assert!(!field.asked.is_empty(), "{}: {} is printed where it is not known", control.id, field.name);
        }
    }
}

#[test]
fn pages_read_well() {
    for control in &embedded().controls {
        let id = &control.id;
        let body = &control.body;
        for part in [&body.requirement, &body.why, &body.how_tested, &body.how_to_fix, &body.limits] {
            assert!(part.ends_with(['.', '?']), "{id}: {part}");
            assert!(!part.contains("  ") && !part.contains("TODO"), "{id}: {part}");
        }
        let sentences = body.requirement.matches(". ").count() + 1;
        assert!(sentences <= 2, "{id}: a requirement is one or two sentences");
        match &control.test {
            Test::Criterion { fails_because, .. } => {
                assert!(!fails_because.source.ends_with('.'), "{id}: reasons are fragments");
                assert!(fails_because.parts.iter().any(|part| matches!(part, Part::Text(_) | Part::Value(_))), "{id}");
            }
            Test::Person(review) => {
                assert!(body.how_tested.contains("person"), "{id} does not say who decides");
                assert_eq!(review.needs_reviewer, body.how_tested.contains("a second person"), "{id}");
            }
        }
        for evidence in &control.evidence {
            let plain = match evidence.operation {
                "GetAccountAuthorizationDetails" => "authorization details",
                "GetCredentialReport" => "credential report",
                "ListUsers" => "user",
                "ListRoles" => "role list",
                other => other,
            };
            assert!(body.how_tested.contains(plain), "{id} does not tell of {evidence}");
        }
        assert!(!control.satisfies.is_empty(), "{id} answers no requirement");
    }
}

#[test]
fn the_facts_are_listed_for_authors() {
    let text = schema_text();
    assert!(text.contains("\n  key.last_used   a time, or null\n      Last use; null if never.\n      evidence: iam:GetCredentialReport\n"), "{text}");
    assert!(text.contains("subject = \"root\"   variable: root\n"));
    assert!(text.contains("days(90)"));
    for line in text.lines() {
        assert!(!line.contains("  .") && line == line.trim_end(), "{line:?}");
    }
}
