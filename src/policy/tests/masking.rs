//! External IDs never appear in output.

use super::{document, trusted};
use crate::policy::trust::masked;

/// Everything that the room says about a trust policy.
fn all_output(text: &str) -> String {
    let trust = trusted(text);
    let mut output = format!("{:?} {}", document(text).notes, masked(text));
    output.extend(trust.sentences().map(str::to_owned));
    output.extend(trust.not_understood.iter().cloned());
    output.extend(trust.denials.iter().map(|denial| denial.sentence.clone()));
    output.extend(trust.entries.iter().flat_map(|entry| &entry.conditions).map(|shown| format!("{shown:?}")));
    output
}

#[test]
fn an_external_id_is_masked_in_whatever_case_its_key_stands() {
    let output = all_output(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},
            "Action":"sts:AssumeRole","Condition":{"StringEquals":{"STS:ExternalID":["Zq81kkP0x9","Hh88aaQQ12"]}}}]}"#,
    );
    assert!(output.contains("(masked)") && !output.contains("Zq81") && !output.contains("Hh88"), "{output}");
}

#[test]
fn an_external_id_is_masked_where_a_denial_demands_it() {
    let output = all_output(
        r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"sts:AssumeRole"},
            {"Effect":"Deny","Principal":"*","Action":"*","Condition":{"StringNotEquals":{"sts:ExternalId":"Zq81kkP0x9"}}}]}"#,
    );
    assert!(!output.contains("Zq81"), "{output}");
}

#[test]
fn an_external_id_is_masked_in_notes_about_what_is_not_understood() {
    for odd in [
        r#""Condition":{"StringEquals":{"sts:ExternalId":{"is":"Zq81kkP0x9"}}}"#,
        r#""Condition":{"StringEquals":{"sts:ExternalId":[["Zq81kkP0x9"]]}}"#,
        r#""Condition":{"sts:ExternalId":"Zq81kkP0x9"}"#,
        r#""Condition":[{"StringEquals":{"sts:ExternalId":"Zq81kkP0x9"}}]"#,
        r#""Conditions":{"StringEquals":{"sts:ExternalId":"Zq81kkP0x9"}}"#,
        r#""sts:ExternalId":"Zq81kkP0x9""#,
    ] {
        let output = all_output(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"444455556666"}},
            "Action":"sts:AssumeRole",{odd}}}]}}"#
        ));
        assert!(!output.contains("Zq81"), "{odd}: {output}");
    }
}
