use super::*;
use crate::catalog::{Overrides, Problem, load};

/// Two controls that a person decides: the first asks for a reviewer and a file, the second for neither.
const STRICT: &str = "access-is-reviewed-periodically";
const PLAIN: &str = "organizational-units-follow-environment-and-sensitivity";

/// A statement in which one line is put in the place of that with the same key, added, or left out.
fn statement(changes: &[(&str, Option<&str>)]) -> String {
    let mut lines = vec![
        ("id", "id = \"AT-1\"".to_owned()),
        ("control", format!("control = \"{STRICT}\"")),
        ("accounts", "accounts = [\"123456789012\"]".to_owned()),
        ("scope", "scope = \"All of it.\"".to_owned()),
        ("statement", "statement = \"I looked.\"".to_owned()),
        ("conclusion", "conclusion = \"met\"".to_owned()),
        ("attested_by", "attested_by = { name = \"Ada\", role = \"Head\" }".to_owned()),
        ("reviewed_by", "reviewed_by = { name = \"Grace\", role = \"CISO\", date = 2026-01-02 }".to_owned()),
        ("date", "date = 2026-01-01".to_owned()),
        ("valid_until", "valid_until = 2026-04-01".to_owned()),
        ("evidence", "evidence = [\"list.csv\"]".to_owned()),
    ];
    for (key, line) in changes {
        match (lines.iter_mut().find(|(one, _)| one == key), line) {
            (Some(place), Some(line)) => place.1 = (*line).to_owned(),
            (Some(_), None) => lines.retain(|(one, _)| one != key),
            (None, Some(line)) => lines.push((key, (*line).to_owned())),
            (None, None) => {}
        }
    }
    lines.iter().map(|(_, line)| format!("{line}\n")).collect()
}

fn parse(files: &[(&str, &str)]) -> Result<(Vec<Attestation>, Vec<File>), Vec<Problem>> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let controls = load(None, &Overrides::new()).unwrap().controls;
    attestations(folder.path(), &controls).map_err(|problems| problems.0)
}

fn parse_one(text: &str) -> Result<Attestation, Vec<Problem>> {
    let (mut read, _) = parse(&[("AT-1.toml", text), ("list.csv", "a,b\n")])?;
    Ok(read.remove(0))
}

#[test]
fn a_whole_statement_is_read_with_its_files() {
    let one = parse_one(&statement(&[])).unwrap();
    assert_eq!((one.id.as_str(), one.control.as_str(), one.conclusion), ("AT-1", STRICT, Conclusion::Met));
    assert_eq!(one.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["AT-1.toml", "list.csv"]);
    assert_eq!(one.files[1].sha256, crate::digest::sha256(b"a,b\n"));
    assert_eq!((one.from().to_string(), one.until(10).to_string()), ("2026-01-02".into(), "2026-01-11".into()));
    assert!(one.covers("123456789012") && !one.covers("123456789013"));
}

#[test]
fn a_folder_may_hold_none() {
    assert!(parse(&[]).unwrap().0.is_empty());
    let (read, files) = parse(&[("AT-1.toml", "# nothing yet\n"), (".DS_Store", "x")]).unwrap();
    assert!(read.is_empty() && files.is_empty(), "a file of comments states nothing");
}

#[test]
fn every_rule_has_its_message_its_line_and_the_next_step() {
    type Changes = &'static [(&'static str, Option<&'static str>)];
    #[rustfmt::skip]
    let cases: &[(Changes, usize, &str, &str)] = &[
        (&[("id", None)], 1, "an attestation without id", "AT-2026-01"),
        (&[("id", Some("id = \"AT 1\""))], 1, "cannot be a reference", "letters"),
        (&[("id", Some("id = \"AT-2\""))], 1, "the id is AT-2, the file is called AT-1.toml", "AT-2.toml"),
        (&[("control", None)], 1, "attestation AT-1 without control", "control"),
        (&[("control", Some("control = \"access-is-reviewed-periodicaly\""))], 2, "unknown control", "did you mean access-is-reviewed-periodically?"),
        (&[("control", Some("control = \"root-has-mfa\""))], 2, "decided by collected evidence", "exceptions.toml"),
        (&[("accounts", None)], 1, "without accounts", "organization"),
        (&[("accounts", Some("accounts = []"))], 3, "names none", "123456789012"),
        (&[("accounts", Some("accounts = \"every\""))], 3, "\"every\" is not the number of an account", "organization"),
        (&[("accounts", Some("accounts = [\"12\"]"))], 3, "is not the number of an account", "123456789012"),
        (&[("accounts", Some("accounts = [123456789012]"))], 3, "must be text in quotes", "text"),
        (&[("accounts", Some("accounts = [\"123456789012\", \"123456789012\"]"))], 3, "named twice", "once"),
        (&[("scope", None)], 1, "without scope", "which people"),
        (&[("statement", Some("statement = \" \""))], 5, "an empty statement", "own words"),
        (&[("conclusion", Some("conclusion = \"passed\""))], 6, "unknown conclusion", "not applicable"),
        (&[("conclusion", Some("conclusion = \"not applicable\""))], 1, "without reason", "does not apply"),
        (&[("attested_by", Some("attested_by = \"Ada\""))], 7, "attested_by must be a table", "a table"),
        (&[("attested_by", Some("attested_by = { name = \"Ada\" }"))], 7, "attested_by of attestation AT-1 without role", "role ="),
        (&[("attested_by", Some("attested_by = { name = \"Ada\", role = \"x\", email = \"y\" }"))], 7, "unknown key email", "role"),
        (&[("reviewed_by", None)], 1, "without reviewed_by", "another person"),
        (&[("reviewed_by", Some("reviewed_by = { name = \"Grace\", role = \"CISO\" }"))], 8, "reviewed_by of attestation AT-1 without date", "2026-09-30"),
        (&[("reviewed_by", Some("reviewed_by = { name = \" ADA\", role = \"CISO\", date = 2026-01-02 }"))], 8, "reviewed by its own attester", "somebody else"),
        (&[("reviewed_by", Some("reviewed_by = { name = \"Grace\", role = \"CISO\", date = 2025-12-31 }"))], 8, "outside the time", "dates"),
        (&[("reviewed_by", Some("reviewed_by = { name = \"Grace\", role = \"CISO\", date = 2026-04-02 }"))], 8, "outside the time", "dates"),
        (&[("date", Some("date = 2026-02-30"))], 9, "TOML", "toml.io"),
        (&[("date", Some("date = \"soon\""))], 9, "is not a date", "2026-09-30"),
        (&[("valid_until", Some("valid_until = 2025-12-31")), ("reviewed_by", Some("reviewed_by = { name = \"G\", role = \"C\", date = 2026-01-01 }"))], 10, "before it was made", "dates"),
        (&[("valid_until", Some("valid_until = 2027-02-06"))], 10, "holds for 401 days", "400"),
        (&[("evidence", Some("evidence = [\"lst.csv\"]"))], 11, "no file \"lst.csv\" lies in the folder", "did you mean list.csv?"),
        (&[("evidence", Some("evidence = [\"./list.csv\"]"))], 11, "no file \"./list.csv\"", "list.csv"),
        (&[("evidence", Some("evidence = [\"AT-1.toml\"]"))], 11, "no file \"AT-1.toml\"", "beside"),
        (&[("evidence", Some("evidence = [\"list.csv\", \"list.csv\"]"))], 11, "named twice", "once"),
        (&[("replaces", Some("replaces = [\"AT-0\"]"))], 12, "replaces AT-0, which is not there", "did you mean AT-1?"),
        (&[("replaces", Some("replaces = [\"AT-1\"]"))], 12, "replaces itself", "earlier"),
        (&[("atested_by", Some("atested_by = \"Eve\""))], 12, "unknown key atested_by", "did you mean attested_by?"),
    ];
    for (changes, line, message, next) in cases {
        let problems = parse_one(&statement(changes)).unwrap_err();
        let told = problems.iter().find(|problem| problem.message.contains(message));
        let Some(told) = told else { panic!("{changes:?}: {problems:?}") };
        assert_eq!(told.line, Some(*line), "{changes:?}: {told:?}");
        assert!(told.next.as_ref().is_some_and(|told| told.contains(next)), "{changes:?}: {told:?}");
        let own =
            |problem: &&Problem| !problem.message.contains("no file") && !problem.message.contains("names this file");
        assert_eq!(
            problems.iter().filter(own).count(),
            usize::from(own(&told)),
            "one mistake is told once: {problems:?}"
        );
    }
}

#[test]
fn a_file_is_asked_for_only_where_the_control_says_so_and_it_is_met() {
    let told = |text: &str| parse(&[("AT-1.toml", text)]).map_err(|problems| problems[0].message.clone());
    let bare: [(&str, Option<&str>); 1] = [("evidence", None)];
    assert!(told(&statement(&bare)).unwrap_err().contains("hands over no file"));
    let not_met = [bare[0], ("conclusion", Some("conclusion = \"not met\""))];
    assert!(told(&statement(&not_met)).is_ok());
    let plain = format!("control = \"{PLAIN}\"");
    assert!(told(&statement(&[bare[0], ("control", Some(&plain))])).is_ok());
}

#[test]
fn what_lies_in_the_folder_belongs_to_a_statement() {
    let good = statement(&[]);
    let told = |files: &[(&str, &str)]| {
        let problems = parse(files).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        format!("{} {}", problems[0].message, problems[0].next.clone().unwrap())
    };
    let (one, list) = (("AT-1.toml", good.as_str()), ("list.csv", "a"));
    assert!(told(&[one, list, ("other.csv", "b")]).contains("no attestation names this file"));
    let empty = parse(&[one, ("list.csv", "")]).unwrap_err();
    assert!(empty.iter().any(|problem| problem.message == "is empty"), "{empty:?}");
    let big = "x".repeat((64 << 10) + 1);
    assert!(told(&[one, list, ("AT-2.toml", &format!("# {big}"))]).contains("more than 65536 bytes"));
    let unread = told(&[one, list, ("AT-2.toml", "id = \n")]);
    assert!(unread.contains("this is not TOML"), "{unread}");
}

#[test]
fn a_statement_replaces_earlier_ones_about_the_same_control() {
    let list = ("list.csv", "a");
    let later = statement(&[
        ("id", Some("id = \"AT-2\"")),
        ("date", Some("date = 2026-01-02")),
        ("replaces", Some("replaces = [\"AT-1\"]")),
    ]);
    assert!(parse(&[("AT-1.toml", &statement(&[])), ("AT-2.toml", &later), list]).is_ok());
    let other = format!("control = \"{PLAIN}\"");
    let problems =
        parse(&[("AT-1.toml", &statement(&[("control", Some(&other))])), ("AT-2.toml", &later), list]).unwrap_err();
    assert!(problems[0].message.contains("which is about organizational-units"), "{problems:?}");
    let younger = statement(&[("date", Some("date = 2026-01-02")), ("id", Some("id = \"AT-2\""))]);
    let older = statement(&[("replaces", Some("replaces = [\"AT-2\"]"))]);
    let problems = parse(&[("AT-1.toml", &older), ("AT-2.toml", &younger), list]).unwrap_err();
    assert!(problems[0].message.contains("which is younger"), "{problems:?}");
}
