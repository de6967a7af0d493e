//! T50: an external id is never written out.

use super::{document, trusted};
use crate::policy::trust::masked;

/// Everything that the room says about a trust policy.
fn told(text: &str) -> String {
    let trust = trusted(text);
    let mut told = format!("{:?} {}", document(text).notes, masked(text));
    told.extend(trust.sentences().map(str::to_owned));
    told.extend(trust.not_understood.iter().cloned());
    told.extend(trust.denials.iter().map(|denial| denial.sentence.clone()));
    told.extend(trust.entries.iter().flat_map(|entry| &entry.conditions).map(|shown| format!("{shown:?}")));
    told
}

#[test]
fn t50_an_external_id_is_masked_in_whatever_case_its_key_stands() {
    let told = told(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},
            "Action":"sts:AssumeRole","Condition":{"StringEquals":{"STS:ExternalID":["Zq81kkP0x9","Hh88aaQQ12"]}}}]}"#,
    );
    assert!(told.contains("(masked)") && !told.contains("Zq81") && !told.contains("Hh88"), "{told}");
}

#[test]
fn t50_an_external_id_is_masked_where_a_denial_demands_it() {
    let told = told(
        r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"sts:AssumeRole"},
            {"Effect":"Deny","Principal":"*","Action":"*","Condition":{"StringNotEquals":{"sts:ExternalId":"Zq81kkP0x9"}}}]}"#,
    );
    assert!(!told.contains("Zq81"), "{told}");
}

#[test]
fn t50_an_external_id_is_masked_in_notes_about_what_is_not_understood() {
    for odd in [
        r#""Condition":{"StringEquals":{"sts:ExternalId":{"is":"Zq81kkP0x9"}}}"#,
        r#""Condition":{"StringEquals":{"sts:ExternalId":[["Zq81kkP0x9"]]}}"#,
        r#""Condition":{"sts:ExternalId":"Zq81kkP0x9"}"#,
        r#""Condition":[{"StringEquals":{"sts:ExternalId":"Zq81kkP0x9"}}]"#,
        r#""Conditions":{"StringEquals":{"sts:ExternalId":"Zq81kkP0x9"}}"#,
        r#""sts:ExternalId":"Zq81kkP0x9""#,
    ] {
        let told = told(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"444455556666"}},
            "Action":"sts:AssumeRole",{odd}}}]}}"#
        ));
        assert!(!told.contains("Zq81"), "{odd}: {told}");
    }
}
