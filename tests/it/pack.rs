//! The pack's words, tables and files, from an account made by hand.

pub mod fixture;

use auditpack::testing::account::fact::{Gap, Observed};
use auditpack::testing::pack::{ControlSection, Counted, Pack, Sheet};
use auditpack::testing::render;
use auditpack::testing::snapshot::format::Origin;
use auditpack::testing::verdict::Verdict;
use fixture::{Fixture, HOSTILE, fixture};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Everything but PDF, by file name.
pub fn rendered(fixture: &Fixture) -> BTreeMap<String, String> {
    let dir = tempfile::tempdir().unwrap();
    let pack = fixture.pack();
    render::html::write(&pack, dir.path(), &|_| {}).unwrap();
    render::csv::write(&pack, dir.path()).unwrap();
    render::json::write(&pack, dir.path()).unwrap();
    let mut files = BTreeMap::new();
    read(dir.path(), dir.path(), &mut files);
    files
}

fn read(root: &Path, dir: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

fn control<'a>(pack: &'a Pack, id: &str) -> &'a ControlSection {
    pack.chapters.iter().flat_map(|chapter| &chapter.controls).find(|control| control.id == id).unwrap()
}

fn sheet<'a>(pack: &'a Pack, id: &str) -> &'a Sheet {
    pack.sheets.iter().find(|sheet| sheet.id == id).unwrap()
}

fn cell<'a>(sheet: &'a Sheet, row: &str, column: &str) -> &'a str {
    let column = sheet.columns.iter().position(|one| one.key == column).unwrap();
    &sheet.rows.iter().find(|one| one.id.ends_with(row)).unwrap().cells[column]
}

#[test]
fn the_summary_opens_with_the_conclusions_and_says_at_once_what_is_unknown() {
    let pack = fixture(40).pack();
    let sentences = &pack.summary.sentences;
    assert_eq!(sentences[0], "Of 9 controls, 6 fail, 2 pass and 1 is inconclusive.");
    assert!(
        sentences[1].starts_with(
            "The evidence is of AWS account 111122223333, collected on 22 November 2026, 05:56:27 UTC. Passwords, access \
             keys and MFA of users are as of the credential report, which was generated on "
        ),
        "{}",
        sentences[1]
    );
    assert!(sentences[2].starts_with("2 evidence gaps affect "), "{}", sentences[2]);
    assert!(
        sentences[2]
            .ends_with("1 control is inconclusive because evidence is missing (E1); it does not count as passed."),
        "{}",
        sentences[2]
    );
    assert_eq!(
        sentences[3],
        "1 critical, 2 high and 3 medium controls fail. \
         Failed controls of critical severity: “The root user has no access keys” (A1)."
    );
    let counted: usize = pack.summary.verdicts.iter().map(|part| part.count).sum();
    assert_eq!(counted, 9, "each control has exactly one verdict");
    for (place, part) in pack.summary.verdicts.iter().enumerate() {
        let in_bars: usize = pack.summary.by_chapter.iter().map(|bar| bar.counts[place]).sum();
        assert_eq!(in_bars, part.count, "{}", part.label);
    }
    let lines: Vec<&str> = pack.summary.controls.iter().map(|line| line.number.as_str()).collect();
    assert_eq!(lines, ["A1", "C1", "D2", "B1", "C2", "C3", "E1", "A2", "D1"], "worst first, then gravest");
    assert!(pack.summary.populations.contains(&("IAM server certificates".into(), "not known".into())));
}

#[test]
fn what_must_be_known_first_stands_on_the_cover() {
    let mut fixture = fixture(3);
    let notices = fixture.pack().cover.notices.join("\n");
    assert!(notices.contains("recorded sample “by-hand”. The account is fictional."), "{notices}");
    assert!(notices.contains("The evidence is incomplete. 2 evidence gaps affect "), "{notices}");
    assert!(notices.contains("max_idle of unused-credentials-are-disabled is 45 instead of 90"), "{notices}");
    assert!(notices.contains("written by the organization: cloudshell-full-access-is-not-given"), "{notices}");
    fixture.header.origin = Origin::Supplied;
    fixture.header.mixed_times = true;
    fixture.account.report_generated = Observed::Known(fixture::started() - jiff::SignedDuration::from_hours(50));
    let pack = fixture.pack();
    let notices = pack.cover.notices.join("\n");
    assert!(notices.contains("The credential report is 2 days 2 hours older than the rest"), "{notices}");
    assert!(
        pack.summary.sentences[1].contains("supplied as files that were imported on"),
        "{}",
        pack.summary.sentences[1]
    );
    assert!(notices.contains("supplied, not observed"), "{notices}");
    assert!(notices.contains("resumed more than four hours after"), "{notices}");
}

#[test]
fn sheets_hold_whole_populations_with_every_mark() {
    let fixture = fixture(40);
    let pack = fixture.pack();
    for result in &fixture.assessment.controls {
        let page = &fixture.catalog.controls[result.control];
        let number = &control(&pack, &page.id).number;
        for one in &result.results {
            let subject = fixture.account.population(page.kind).subjects[one.subject];
            let marks: Vec<Verdict> = pack
                .sheets
                .iter()
                .filter_map(|sheet| {
                    let facts = sheet.columns.iter().filter(|column| column.control.is_none()).count();
                    let column = sheet.columns.iter().position(|column| column.title == *number)?;
                    sheet.rows.iter().find(|row| row.id == subject.id()).and_then(|row| row.marks[column - facts])
                })
                .collect();
            let single = ["root", "password_policy"].contains(&page.kind.name);
            assert_eq!(marks, if single { vec![] } else { vec![one.verdict] }, "{} on {}", page.id, subject.id());
        }
    }
    let users = sheet(&pack, "users");
    assert_eq!(users.rows.len(), 54);
    assert!(users.complete && users.intro.contains("54 rows"), "{}", users.intro);
    assert_eq!(cell(users, "person.0008@example.com", "mfa"), "not known", "a gap is shown as one");
    assert_eq!(cell(sheet(&pack, "credentials"), "person.0000@example.com#access-key-1", "kind"), "access key 1");
    assert_eq!(cell(sheet(&pack, "roles"), "service-role-0000", "kind"), "service-linked");
}

#[test]
fn an_empty_sheet_says_how_it_is_known_to_be_empty_or_that_it_is_not_known() {
    let mut fixture = fixture(3);
    fixture.account.groups.subjects.clear();
    fixture.account.principals.subjects.clear();
    fixture.assessment.controls.retain(|result| result.control != 6);
    let pack = fixture.pack();
    let groups = sheet(&pack, "groups");
    assert_eq!(
        groups.intro,
        "The account has no IAM groups, according to the authorization details (E-05), read in full."
    );
    let certificates = sheet(&pack, "certificates");
    assert!(!certificates.complete);
    assert!(
        certificates.intro.starts_with("No server certificate stored in IAM is known, and the account may have some")
    );
}

#[test]
fn long_lists_point_to_the_sheet_that_holds_the_rest() {
    let pack = fixture(400).pack();
    let mfa = control(&pack, "console-users-have-mfa");
    assert_eq!(mfa.failing.len(), 25);
    let failed = mfa.counts.iter().find(|(label, _)| *label == Counted::Failed).unwrap().1;
    assert_eq!(mfa.more, Some(format!("And {} more failing: see column C1 of the sheet Users.", failed - 25)));
    assert_eq!(control(&fixture(3).pack(), "access-keys-are-rotated").more, None);
    let everybody = control(&pack, "cloudshell-full-access-is-not-given");
    let sheets: Vec<&str> = everybody.sheets.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(sheets, ["users", "groups", "roles"]);
}

#[test]
fn gaps_and_counts_travel_to_scope_and_exhibits() {
    let pack = fixture(3).pack();
    let certificates = pack.scope.sources.iter().find(|line| line.operation == "iam:ListServerCertificates").unwrap();
    assert!(certificates.is_gap && certificates.outcome == "AccessDenied");
    let policy = pack.scope.sources.iter().find(|line| line.operation == "iam:GetAccountPasswordPolicy").unwrap();
    assert!(!policy.is_gap && policy.outcome == "answered: none set");
    let saml = pack.scope.sources.iter().find(|line| line.operation == "iam:GetSAMLProvider").unwrap();
    assert!(!saml.is_gap && saml.requests == 0, "nothing was listed, so nothing was asked");
    assert_eq!(pack.scope.gaps[0].controls, ["server-certificates-are-valid"]);
    assert_eq!(pack.scope.gaps[0].call.as_deref(), Some("c00009"));
    assert!(pack.scope.facts.contains(&("Requests to AWS".into(), "10 requests; 2 ended in an error".into())));
    assert!(pack.scope.notes[0].starts_with("The credential report has columns"));
    assert!(control(&pack, "root-has-mfa").facts.contains(&("Partition".into(), "aws".into())));
    assert!(pack.scope.reconciliation_sentence.contains("IAM users differ between sources."));
    assert_eq!(control(&pack, "root-has-no-access-keys").exhibits, ["E-03", "E-04"]);
    let framework = &pack.frameworks[0];
    assert!(framework.sentence.ends_with("1 is not covered."), "{}", framework.sentence);
    assert!(framework.rows.iter().any(|row| row.requirement == "2.21" && row.controls.is_empty()));
}

#[test]
fn many_gaps_of_one_kind_are_told_by_the_first_and_a_count() {
    let told = |gaps: usize| {
        let mut fixture = fixture(3);
        let alike =
            |number| Gap { reason: format!("the answer about user {number} is lost"), ..(*fixture::denied()).clone() };
        fixture.assessment.controls.iter_mut().for_each(|result| result.gaps.clear());
        fixture.account.gaps = (0..gaps).map(|number| Arc::new(alike(number))).collect();
        fixture.pack().scope
    };
    let scope = told(13);
    assert_eq!(scope.gaps.len(), 13, "a line about one line more would be no shorter");
    assert_eq!(scope.gaps[12].reason, "the answer about user 12 is lost.");
    let scope = told(1_013);
    assert_eq!(scope.gaps.len(), 13);
    assert!(scope.gaps_sentence.starts_with("1,013 evidence gaps affect "), "{}", scope.gaps_sentence);
    let last = &scope.gaps[12];
    assert_eq!(last.reason, "1,001 more of this kind; assessment.json lists every one of them with its reason.");
    assert_eq!((last.code.as_str(), &last.call), ("AccessDenied", &None), "of its kind, and of no single call");
}

#[test]
fn names_keep_their_spelling_in_sentences() {
    let pack = fixture(3).pack();
    let failing = &control(&pack, "no-policy-grants-everything").failing[0];
    assert!(failing.reason.starts_with("Policy0000 does not"));
    let users = control(&pack, "console-users-have-mfa");
    let reason = &users.failing[0].reason;
    assert!(reason.starts_with(&users.failing[0].label), "{reason}");
}

#[test]
fn two_renders_are_byte_for_byte_the_same() {
    let fixture = fixture(600);
    let files = rendered(&fixture);
    assert_eq!(files, rendered(&fixture));
    assert!(files.contains_key("sheets/users.html") && files.contains_key("tables/users.csv"));
}

#[test]
fn no_cell_of_any_table_is_a_formula_and_every_line_is_whole() {
    let files = rendered(&fixture(30));
    for (name, text) in files.iter().filter(|(name, _)| name.starts_with("tables/")) {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let mut width = None;
        for line in reader.records() {
            let line = line.unwrap();
            assert_eq!(*width.get_or_insert(line.len()), line.len(), "{name}");
            for cell in &line {
                let start = cell.trim_start();
                assert!(!start.starts_with(['=', '+', '-', '@', '＝', '\t', '\r']), "{name}: {cell:?}");
                assert!(!cell.contains(['\u{202E}', '\u{1b}', '\u{9b}', '\u{200B}', '\u{E000}']), "{name}: {cell:?}");
            }
        }
        assert!(text.ends_with("\r\n"), "{name}");
    }
    assert!(files["tables/users.csv"].contains("'@SUM(1+1)*cmd"));
    let results = files["tables/results.csv"].matches("access-keys-are-rotated,").count();
    assert_eq!(results, 30 + HOSTILE.len(), "every access key has its line");
}

#[test]
fn assessment_json_is_whole_and_keeps_the_text_as_it_is() {
    let fixture = fixture(3);
    let text = &rendered(&fixture)["assessment.json"];
    assert!(!text.contains(['\u{202E}', '\u{1b}', '\u{9b}']), "a terminal that shows it obeys nobody");
    let document: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(document["format"], "auditpack.assessment/v1");
    let mfa = document["controls"].as_array().unwrap().iter().find(|c| c["id"] == "console-users-have-mfa").unwrap();
    let results = mfa["results"].as_array().unwrap();
    assert_eq!(results.len(), 3 + HOSTILE.len());
    for hostile in HOSTILE {
        assert!(results.iter().any(|one| one["subject"].as_str().unwrap().ends_with(hostile)), "{hostile:?}");
    }
    assert_eq!(mfa["frameworks"]["cis-aws-7.0.0"][0], "2.10");
    let certificates =
        document["controls"].as_array().unwrap().iter().find(|c| c["id"] == "server-certificates-are-valid").unwrap();
    assert_eq!(certificates["verdict"], "unknown");
    let gap = &document["gaps"][usize::try_from(certificates["gaps"][0].as_u64().unwrap()).unwrap()];
    assert_eq!((&gap["kind"], &gap["code"]), (&"denied".into(), &"AccessDenied".into()));
    let line = text.lines().find(|line| line.contains("#password\"")).unwrap();
    assert!(line.trim_start().starts_with("{\"subject\": "), "one result a line: {line}");
}

/// For a look at the page: `LOOK=folder USERS=40 cargo test --release --test it pack::look -- --ignored`.
#[test]
#[ignore = "writes a pack to look at into the folder that LOOK names"]
fn look() {
    let dir = std::env::var("LOOK").expect("LOOK names a folder");
    let users = std::env::var("USERS").map_or(40, |count| count.parse().unwrap());
    let clock = std::time::Instant::now();
    let pack = fixture(users).pack();
    let worded = clock.elapsed();
    let dir = Path::new(&dir);
    render::html::write(&pack, dir, &|_| {}).unwrap();
    let html = clock.elapsed() - worded;
    render::csv::write(&pack, dir).unwrap();
    render::json::write(&pack, dir).unwrap();
    eprintln!("fixture and words {worded:?}, html {html:?}, tables and json {:?}", clock.elapsed() - worded - html);
}
