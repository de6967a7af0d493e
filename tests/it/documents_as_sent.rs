//! A policy document is the same text from AWS's bytes to the register, whatever JSON allows in it.

use crate::support::{auditpack_at, only_pack, ran};
use auditpack::testing::policy::trust::TrustSettings;
use auditpack::testing::{account, describe, snapshot::Snapshot};
use aws_double::{Double, Fault, Faults, Rewritten, generate};
use std::fs;

/// Both `Action` members count, and so do all digits.
const SENT: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Odd","Effect":"Allow","Action":"*","Action":"s3:GetObject","Resource":"*","Condition":{"NumericLessThan":{"s3:max-keys":12345678901234567890123}}}]}"#;

/// Puts the document in the place of every inline policy's.
fn odd_policies(answer: &mut Rewritten) {
    let text = String::from_utf8(std::mem::take(&mut answer.body)).unwrap();
    let encoded = percent_encoding::utf8_percent_encode(SENT, percent_encoding::NON_ALPHANUMERIC).to_string();
    let mut parts = text.split("<PolicyDocument>");
    let mut body = parts.next().unwrap().to_owned();
    for part in parts {
        let (_, rest) = part.split_once("</PolicyDocument>").unwrap();
        body.push_str(&format!("<PolicyDocument>{encoded}</PolicyDocument>{rest}"));
    }
    answer.body = body.into_bytes();
}

#[test]
fn members_that_stand_twice_and_long_numbers_reach_facts_and_register() {
    let faults = Faults::none().report_ready().with(Fault::rewritten("GetAccountAuthorizationDetails", odd_policies));
    let double = Double::start(generate::messy_enterprise(), faults);
    let out = tempfile::tempdir().unwrap();
    let run = ran(auditpack_at(&double.endpoint())
        .args(["run", "--sources", "iam", "--no-pdf", "--pause", "0", "--out"])
        .arg(out.path()));
    assert!(matches!(run.code, 0 | 3), "{}{}", run.out, run.err);
    let pack = only_pack(out.path());
    // A pack is made of evidence that follows from the bytes.
    let snapshot = Snapshot::open(&pack.join("snapshot")).unwrap();
    let account = account::read(&snapshot, None, &TrustSettings::default()).unwrap();

    let inline = account.policies.subjects.iter().find(|policy| policy.id.contains("#inline/")).unwrap();
    // By the last of the two members alone it would not.
    assert_eq!(inline.grants_full_admin.known(), Some(&true), "{:?}", inline.grants_full_admin);

    let register = describe::describe(&account);
    let sheet = register.sheets.iter().find(|sheet| sheet.file.starts_with("inline/")).unwrap();
    let shown = &register.documents[sheet.held[0].document.unwrap()];
    let json: String = shown.statements[0].json.split_whitespace().collect();
    assert!(SENT.contains(&json), "{json}");
    assert!(json.contains(r#""Action":"*","Action":"s3:GetObject""#) && json.contains(":12345678901234567890123}"));
    assert!(shown.notes.iter().any(|note| note.contains("Action stands here more than once")), "{:?}", shown.notes);
    let page = fs::read_to_string(pack.join("register").join(&sheet.file)).unwrap();
    assert!(page.contains("12345678901234567890123"), "{page}");
}
