use super::pattern::matches;
use super::read::read_exceptions;
use super::*;

const CONTROLS: [&str; 2] = ["access-keys-are-rotated", "root-has-mfa"];

/// An exception in which one line is put in the place of that with the same key, added, or left out.
fn file(changes: &[(&str, Option<&str>)]) -> String {
    let mut lines = vec![
        ("id", "id = \"EX-1\""),
        ("control", "control = \"access-keys-are-rotated\""),
        ("subjects", "subjects = [\"arn:aws:iam::123456789012:user/ada#access-key-1\"]"),
        ("reason", "reason = \"The key cannot be replaced before March.\""),
        ("owner", "owner = \"Ada\""),
        ("approver", "approver = \"Grace\""),
        ("approved", "approved = 2026-01-01"),
        ("expires", "expires = 2026-12-31"),
    ];
    for (key, line) in changes {
        lines.retain(|(one, _)| one != key);
        lines.extend(line.map(|line| (*key, line)));
    }
    lines.sort_by_key(|(key, _)| *key);
    let lines: String = lines.iter().map(|(_, line)| format!("{line}\n")).collect();
    format!("[[exception]]\n{lines}")
}

fn parse(text: &str) -> Result<Vec<Exception>, Problems> {
    read_exceptions(&Source { name: "exceptions.toml".into(), text: text.to_owned() }, &CONTROLS)
}

/// The only problem of a file: its line, what it says, what to do.
fn problem(text: &str) -> (usize, String, String) {
    let problems = parse(text).unwrap_err().0;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].file, "exceptions.toml");
    let problem = problems[0].clone();
    (problem.line.unwrap(), problem.message, problem.next.unwrap())
}

#[test]
fn a_whole_exception_is_read() {
    let more = "subjects_like = \"arn:aws:iam::123456789012:user/ci-*\"";
    let text = file(&[
        ("subjects_like", Some(more)),
        ("compensating_control", Some("compensating_control = \"\"\"Watched\nevery day\"\"\"")),
        ("ticket", Some("ticket = \"RISK-1\"")),
        ("approved", Some("approved = \"2026-01-01\"")),
    ]);
    let read = parse(&text).unwrap();
    let [one] = read.as_slice() else { panic!("{read:?}") };
    assert_eq!((one.id.as_str(), one.control.as_str()), ("EX-1", "access-keys-are-rotated"));
    assert_eq!(one.subjects, ["arn:aws:iam::123456789012:user/ada#access-key-1"]);
    assert_eq!(one.subjects_like, ["arn:aws:iam::123456789012:user/ci-*"]);
    assert_eq!((one.approved.to_string(), one.expires.to_string()), ("2026-01-01".into(), "2026-12-31".into()));
    assert_eq!(one.compensating_control.as_deref(), Some("Watched\nevery day"));
    assert!(one.names("arn:aws:iam::123456789012:user/ada#access-key-1"));
    assert!(one.names("arn:aws:iam::123456789012:user/ci-1#access-key-1"));
    assert!(!one.names("arn:aws:iam::123456789012:user/ada#access-key-2"), "an id is no beginning of another");
}

#[test]
fn a_file_may_hold_none() {
    assert_eq!(parse("").unwrap(), []);
    assert_eq!(parse("# nothing\n").unwrap(), []);
}

#[test]
fn exceptions_come_in_order_of_their_ids() {
    let second = file(&[("id", Some("id = \"EX-0\""))]);
    let ids: Vec<String> = parse(&(file(&[]) + &second)).unwrap().into_iter().map(|one| one.id).collect();
    assert_eq!(ids, ["EX-0", "EX-1"]);
}

#[test]
fn every_rule_has_its_message_its_line_and_the_next_step() {
    type Changes = &'static [(&'static str, Option<&'static str>)];
    #[rustfmt::skip]
    let cases: &[(Changes, usize, &str, &str)] = &[
        (&[("owner", None)], 1, "exception EX-1 without owner", "who answers"),
        (&[("approver", None)], 1, "exception EX-1 without approver", "who accepted"),
        (&[("reason", None)], 1, "exception EX-1 without reason", "why"),
        (&[("expires", None)], 1, "exception EX-1 without expires", "2026-09-30"),
        (&[("approved", None)], 1, "exception EX-1 without approved", "2026-09-30"),
        (&[("id", None)], 1, "an exception without id", "EX-2026-01"),
        (&[("control", None)], 1, "exception EX-1 without control", "control"),
        (&[("subjects", None)], 1, "exception EX-1 names no subject", "subjects ="),
        (&[("subjects", Some("subjects = []"))], 1, "exception EX-1 names no subject", "results.csv"),
        (&[("subjects", Some("subjects = [3]"))], 9, "must be text in quotes", "text"),
        (&[("subjects", Some("subjects = [\"a\", \"a\"]"))], 9, "named twice", "once"),
        (&[("subjects", Some("subjects = [\"a*\"]"))], 9, "is a pattern", "subjects_like"),
        (&[("subjects_like", Some("subjects_like = [\"**\"]"))], 10, "accepts every failure", "name what"),
        (&[("subjects_like", Some("subjects_like = [\"arn:*\"]"))], 10, "accepts every failure", "name what"),
        (&[("subjects_like", Some("subjects_like = [\"arn:aws:iam::123456789012:*\"]"))], 10, "accepts every failure", "name what"),
        (&[("subjects_like", Some("subjects_like = [\"arn:aws-cn:*/*\"]"))], 10, "accepts every failure", "name what"),
        (&[("subjects_like", Some("subjects_like = [\"*r*\"]"))], 10, "accepts every failure", "name what"),
        (&[("owner", Some("owner = \"  \""))], 7, "an empty owner", "who answers"),
        (&[("owner", Some("owner = 7"))], 7, "owner must be text", "text"),
        (&[("approver", Some("approver = \" ADA\""))], 3, "approved by its own owner", "somebody other"),
        (&[("control", Some("control = \"access-keys-are-rotatd\""))], 4, "unknown control", "did you mean access-keys-are-rotated?"),
        (&[("id", Some("id = \"<b>\""))], 6, "cannot be a reference", "letters"),
        (&[("expires", Some("expires = 2025-12-31"))], 5, "before it was approved on 2026-01-01", "correct"),
        (&[("expires", Some("expires = 2027-02-06"))], 5, "holds for 401 days", "400"),
        (&[("expires", Some("expires = \"soon\""))], 5, "not a date", "2026-09-30"),
        (&[("expires", Some("expires = 2026-12-31T10:00:00Z"))], 5, "not a date", "2026-09-30"),
        (&[("expires", Some("expires = 20261231"))], 5, "not a date", "2026-09-30"),
        (&[("compensating_control", Some("compensating_control = \"\""))], 4, "an empty compensating_control", "leave"),
        (&[("aprover", Some("aprover = \"Eve\""))], 4, "unknown key aprover", "did you mean approver?"),
    ];
    for (changes, line, message, next) in cases {
        let told = problem(&file(changes));
        assert_eq!(told.0, *line, "{changes:?}: {told:?}");
        assert!(told.1.contains(message) && told.2.contains(next), "{changes:?}: {told:?}");
    }
}

#[test]
fn four_hundred_days_and_a_single_day_are_allowed() {
    for expires in ["expires = 2027-02-05", "expires = 2026-01-01"] {
        parse(&file(&[("expires", Some(expires))])).unwrap();
    }
}

#[test]
fn all_mistakes_of_all_exceptions_are_told_at_once() {
    let text = file(&[("owner", None), ("expires", Some("expires = 2029-01-01"))]) + &file(&[("control", None)]);
    let problems = parse(&text).unwrap_err().0;
    let lines: Vec<_> = problems.iter().map(|problem| problem.line.unwrap()).collect();
    // The second's id is taken although the first is unsound.
    assert_eq!(lines, [1, 5, 9, 13], "{problems:?}");
    assert!(problems[3].message.contains("given twice"), "{problems:?}");
}

#[test]
fn a_file_of_another_shape_is_refused() {
    assert!(problem("exceptions = []\n").1.contains("unknown key exceptions"));
    assert!(problem("[exception]\nid = \"x\"\n").2.contains("[[exception]]"));
    assert!(problem("exception = 3\n").1.contains("list of tables"));
    assert!(problem("exception = [3]\n").1.contains("must be a table"));
    assert!(problem("[[exception]\n").1.contains("not TOML"));
}

#[test]
fn patterns_fit_whole_ids() {
    for (pattern, id) in
        [("a*", "a"), ("a*", "abc"), ("*c", "abc"), ("a?c", "abc"), ("*b*", "abc"), ("a*b*c", "a/b/b/c"), ("é?", "éü")]
    {
        assert!(matches(pattern, id), "{pattern} {id}");
    }
    for (pattern, id) in
        [("a*", "ba"), ("a?", "a"), ("a", "ab"), ("", "a"), ("a*b", "abc"), ("A*", "abc"), ("[a]", "a")]
    {
        assert!(!matches(pattern, id), "{pattern} {id}");
    }
    assert!(!matches(&"*a".repeat(40), &"a".repeat(39)), "no pattern takes for ever");
}
