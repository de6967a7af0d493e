//! What hostile input costs: counted in steps, not in seconds.

use crate::policy::actions::table;
use crate::policy::document::Document;
use crate::policy::escalation::{Holder, paths};
use crate::policy::grants::{AnalysisCache, analyze, union};
use crate::policy::matching::STEPS;
use crate::policy::parse::parse;
use crate::policy::trust::{TrustContext, explain};
use std::sync::Arc;

/// The symbols that were looked at while something was done.
fn steps<T>(work: impl FnOnce() -> T) -> usize {
    let before = STEPS.with(std::cell::Cell::get);
    work();
    STEPS.with(std::cell::Cell::get) - before
}

/// Different words over an alphabet that nearly every action has letters of.
fn word(mut number: usize) -> String {
    let mut word = String::new();
    for _ in 0..4 {
        word.push(['e', 't', 's', 'a', 'r', 'o'][number % 6]);
        number /= 6;
    }
    word
}

fn of_actions(count: usize) -> String {
    let list: Vec<String> =
        (0..count).map(|at| format!("\"*:*{}*\"", word(at).split("").collect::<Vec<_>>().join("*"))).collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{}],"Resource":"*"}}]}}"#,
        list.join(",")
    )
}

fn of_resources(count: usize) -> String {
    let list: Vec<String> =
        (0..count).map(|at| format!("\"*{}*\"", word(at).split("").collect::<Vec<_>>().join("*"))).collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*","Resource":[{}]}}]}}"#,
        list.join(",")
    )
}

#[test]
fn a_pattern_is_held_against_each_name_at_most_once_and_only_if_its_letters_are_there() {
    let names: usize = (0..table().len()).map(|at| table().full_name(at).len()).sum();
    for pattern in ["*:*q1*", "*:*zq*", "*:?*x*7*", "*z*:*y*x*w*v*"] {
        let cost = steps(|| table().expand(pattern));
        assert!(cost < names / 10, "{pattern} took {cost} of {names}");
    }
    for pattern in ["*:*e*t*", "*:?*?*?*?*", "*?*:*?*a*?*"] {
        let cost = steps(|| table().expand(pattern));
        assert!(cost <= names, "{pattern} took {cost} of {names}");
        assert_eq!(steps(|| table().expand(pattern)), 0, "{pattern} is expanded once");
    }
}

#[test]
fn twice_the_patterns_take_at_most_twice_the_steps() {
    for make in [of_actions, of_resources] {
        let cost = |count: usize| {
            let document = parse(&make(count)).expect("JSON");
            steps(|| analyze(&document))
        };
        // Words come in a fixed order, so the longer list begins with the shorter; what is expanded already is free.
        let (few, many) = (cost(100), cost(300));
        assert!(many <= 4 * few.max(1), "{few} steps for 100 patterns, {many} for 300");
    }
}

#[test]
fn a_text_is_worked_out_once_however_many_hold_it() {
    let mut library = AnalysisCache::default();
    let text = of_resources(50);
    let first = library.analyze(&text).expect("JSON");
    let cost = steps(|| {
        for _ in 0..1_000 {
            assert!(Arc::ptr_eq(&first, &library.analyze(&text).expect("JSON")));
        }
    });
    assert_eq!(cost, 0);
}

/// Memory of what was read, roughly.
fn weight(document: &Document) -> usize {
    let notes: usize = document.notes.iter().map(|note| note.place.len() + note.text.len()).sum();
    let conditions = document.statements.iter().flat_map(|statement| &statement.conditions);
    let conditions: usize = conditions.map(|it| it.operator.len() + it.key.len()).sum();
    notes + conditions
}

#[test]
fn a_long_name_is_not_repeated_at_each_of_its_members() {
    let members: Vec<String> = (0..5_000).map(|at| format!("\"k{at}\":null")).collect();
    let text = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"{}":{{{}}}}}}}]}}"#,
        "x".repeat(50_000),
        members.join(",")
    );
    let document = parse(&text).expect("JSON");
    assert_eq!(document.statements[0].conditions.len(), 5_000, "nothing is dropped");
    assert!(document.text.contains(&"x".repeat(50_000)), "the text is whole");
    assert!(weight(&document) < 50 * text.len(), "{} from {}", weight(&document), text.len());
}

#[test]
fn large_and_deep_documents_are_read_or_refused_without_harm() {
    let many: Vec<String> = (0..20_000).map(|at| format!("\"arn:aws:s3:::bucket-{at}\"")).collect();
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:GetObject","Resource":[{}]}}]}}"#,
        many.join(",")
    );
    assert!(text.len() > 100_000);
    let document = parse(&text).expect("JSON");
    assert!(document.notes.is_empty() && analyze(&document).statements[0].resources.len() == 20_000);

    let deep = format!(r#"{{"Statement":{}{}}}"#, "[".repeat(200_000), "]".repeat(200_000));
    assert!(parse(&deep).expect_err("too deep").problem.contains("64 levels"));
    // What ends in the middle of a character never reaches the parser as text; a replaced character does.
    let lossy = String::from_utf8_lossy(b"{\"Statement\":[],\"Id\":\"\xff\xc3\"}").into_owned();
    assert_eq!(parse(&lossy).expect("JSON").id.as_deref(), Some("\u{fffd}\u{fffd}"));
}

/// As many statements of one kind as a number says.
fn of_statements(count: usize, make: fn(usize) -> String) -> String {
    let list: Vec<String> = (0..count).map(make).collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, list.join(","))
}

fn longer(number: usize) -> String {
    format!("{}{}", word(number), word(number / 1_296))
}

/// A kind of document, made of so many statements of it, and what to do with it.
type Work = (&'static str, fn(usize) -> String, fn(&str));

/// Every step over a document, with documents made to be worst for it: four times the statements take at most
/// little more than four times the work, from what one policy can hold on.
#[test]
fn work_grows_no_faster_than_the_document() {
    let cases: [Work; 7] = [
        (
            "everything denied by single actions",
            |count| {
                of_statements(count, |at| {
                    let effect = if at.is_multiple_of(2) { "Allow" } else { "Deny" };
                    format!(r#"{{"Effect":"{effect}","Action":"ec2:*{}*","Resource":"*"}}"#, longer(at / 2))
                })
            },
            all_grants,
        ),
        (
            "resources denied one by one",
            |count| {
                of_statements(count, |at| {
                    let effect = if at.is_multiple_of(2) { "Allow" } else { "Deny" };
                    format!(r#"{{"Effect":"{effect}","Action":"*","Resource":"arn:aws:*:*:*:*{}*"}}"#, longer(at / 2))
                })
            },
            all_grants,
        ),
        (
            "a list of resources against a list",
            |count| {
                of_statements(2, |at| at.to_string()).replace("[0,1]", &{
            let list = |from: usize| {
                let all: Vec<String> =
                    (from..from + count).map(|at| format!("\"arn:aws:s3:::*{}*\"", longer(at))).collect();
                all.join(",")
            };
            format!(
                r#"[{{"Effect":"Allow","Action":"s3:*","Resource":[{}]}},{{"Effect":"Deny","Action":"s3:*","Resource":[{}]}}]"#,
                list(0), list(count)
            )
        })
            },
            all_grants,
        ),
        (
            "unknown actions against denied ones",
            |count| {
                of_statements(count, |at| {
                    let effect = if at.is_multiple_of(2) { "Allow" } else { "Deny" };
                    format!(r#"{{"Effect":"{effect}","Action":"z*{}*:x*","Resource":"*"}}"#, longer(at / 2))
                })
            },
            all_grants,
        ),
        (
            "actions left out and given back",
            |count| {
                of_statements(2, |at| at.to_string()).replace("[0,1]", &{
            let list = |wild: &str| {
                let all: Vec<String> = (0..count).map(|at| format!("\"x{}{wild}:*\"", longer(at))).collect();
                all.join(",")
            };
            format!(
                r#"[{{"Effect":"Allow","NotAction":["iam:*",{}],"Resource":"*"}},{{"Effect":"Allow","Action":["iam:*",{}],"Resource":"*"}}]"#,
                list(""), list("*")
            )
        })
            },
            all_grants,
        ),
        (
            "principals under conditions",
            |count| {
                format!(
                    r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"AWS":[{}]}},"Condition":{{"StringLike":{{{}}}}}}}}}"#,
                    (0..count).map(|at| format!("\"{at:012}\"")).collect::<Vec<_>>().join(","),
                    (0..count)
                        .map(|at| format!("\"aws:PrincipalTag/{}\":\"x\"", longer(at)))
                        .collect::<Vec<_>>()
                        .join(",")
                )
            },
            trust,
        ),
        (
            "principals denied one by one",
            |count| {
                of_statements(count, |at| {
                    let effect = if at.is_multiple_of(2) { "Allow" } else { "Deny" };
                    format!(
                        r#"{{"Effect":"{effect}","Action":"sts:AssumeRole","Principal":{{"AWS":"{:012}"}}}}"#,
                        at / 2
                    )
                })
            },
            trust,
        ),
    ];
    for (name, make, work) in cases {
        // From the size on where measures are full; below, the work is bounded by them.
        let (few, many) = (make(600), make(2_400));
        let before = steps(|| work(&few));
        let after = steps(|| work(&many));
        let (size, cost) = (many.len() as f64 / few.len() as f64, after as f64 / before.max(1) as f64);
        assert!(cost <= size * 1.25, "{name}: {size:.2} times the text, {cost:.2} times the work ({before}, {after})");
    }
}

fn all_grants(text: &str) {
    let reading = Arc::new(analyze(&parse(text).unwrap()));
    let _ = reading.full_access("111122223333", "aws");
    let grants = union(&[(Arc::from("p"), Arc::clone(&reading))], None);
    let holder =
        Holder { arn: "arn:aws:iam::111122223333:role/app", groups: &[], policies: &[], boundary: None, tags: &[] };
    let _ = (grants.table(), grants.full_service_access(), paths(&holder, &grants));
}

fn trust(text: &str) {
    let context = TrustContext { account: "111122223333".to_owned(), ..TrustContext::default() };
    let trust = explain(&parse(text).unwrap(), &context);
    let length: usize = trust.entries.iter().map(|entry| entry.sentence.len() + entry.conditions.len()).sum();
    crate::policy::matching::counted(length);
}
