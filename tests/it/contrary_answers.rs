//! Answers of one evidence that contradict each other: no pass rests on the one that is kinder to the account.

use crate::cases::{Case, Inputs};
use serde_json::{Value, json};
use std::fs;

fn tidy() -> Inputs {
    Inputs::sample("tidy-startup")
}

fn key(user: &str, id: &str, status: &str, created: &str) -> Value {
    json!({ "AccessKeyMetadata": [{ "UserName": user, "AccessKeyId": id, "Status": status, "CreateDate": created }],
        "IsTruncated": false })
}

fn index(case: &Case) -> String {
    fs::read_to_string(case.pack.join("index.html")).unwrap()
}

/// The credential report shows no key of ada.kovacs.
#[test]
fn a_key_that_the_report_does_not_show_leaves_the_keys_open() {
    for status in ["Active", "Inactive"] {
        let listed = key("ada.kovacs", "AKIAEXAMPLE000000099", status, "2020-01-01T00:00:00+00:00");
        let case = tidy().write("iam/list-access-keys/ada.kovacs.json", listed.to_string()).run();
        assert_eq!(case.verdict("access-keys-are-rotated"), "unknown", "{status}");
        assert!(index(&case).contains("AKIAEXAMPLE000000099"), "the key is not named");
        assert_eq!(case.result("users-have-one-active-access-key", "ada.kovacs").0, "unknown", "{status}");
        assert_eq!(case.result("users-have-one-active-access-key", "ben.osei").0, "pass", "{status}");
    }
}

#[test]
fn a_key_of_another_age_or_state_than_the_report_shows_is_not_judged() {
    let (name, id) = ("iam/list-access-keys/svc-backup-agent.json", "AKIAEXAMPLE000000018");
    let older = key("svc-backup-agent", id, "Active", "2020-01-01T00:00:00+00:00");
    let inactive = key("svc-backup-agent", id, "Inactive", "2026-07-31T03:00:06+00:00");
    let none = json!({ "AccessKeyMetadata": [], "IsTruncated": false });
    for listed in [older, inactive, none] {
        let case = tidy().write(name, listed.to_string()).run();
        let (verdict, reason) = case.result("access-keys-are-rotated", "svc-backup-agent#access-key-1");
        assert_eq!(verdict, "unknown", "{listed}");
        assert!(reason.contains("the credential report and iam:ListAccessKeys contradict each other about access key 1 of svc-backup-agent"), "{reason}");
    }
    let case = tidy().run();
    assert_eq!(case.result("access-keys-are-rotated", "svc-backup-agent#access-key-1").0, "pass");
}

/// A list that is cut short lacks nothing.
#[test]
fn a_list_that_is_not_whole_contradicts_by_what_it_holds_alone() {
    let cut = json!({ "AccessKeyMetadata": [], "IsTruncated": true, "Marker": "more" });
    let case = tidy().write("iam/list-access-keys/svc-backup-agent.json", cut.to_string()).run();
    assert_eq!(case.result("access-keys-are-rotated", "svc-backup-agent#access-key-1").0, "pass");
}

#[test]
fn mfa_that_the_later_list_does_not_show_is_not_known() {
    let none = json!({ "MFADevices": [], "IsTruncated": false });
    let case = tidy().write("iam/list-mfa-devices/ben.osei.json", none.to_string()).run();
    let (verdict, reason) = case.result("console-users-have-mfa", "ben.osei");
    assert_eq!(verdict, "unknown");
    assert!(
        reason.contains("about MFA of ben.osei: by the report MFA is active, by the list there is no device"),
        "{reason}"
    );
    assert_eq!(case.result("console-users-have-mfa", "ada.kovacs").0, "pass");
}

#[test]
fn a_recorder_that_another_answer_gives_to_a_service_is_not_known_to_be_the_accounts() {
    let list = json!({ "ConfigurationRecorderSummaries": [{ "name": "default", "recordingScope": "INTERNAL",
        "arn": "arn:aws:config:us-east-1:444455556666:configuration-recorder/default/x",
        "servicePrincipal": "x.amazonaws.com" }] });
    let case = tidy().write("config/us-east-1/list-configuration-recorders.json", list.to_string()).run();
    let (verdict, reason) = case.result("config-records-every-region", "us-east-1");
    assert_eq!(verdict, "unknown");
    assert!(reason.contains("lists the recorder default as a service's"), "{reason}");
    assert_eq!(case.result("config-records-every-region", "eu-west-1").0, "pass");
}

#[test]
fn a_contact_without_an_address_is_no_contact() {
    let blank = json!({ "AlternateContact": { "Name": "On call", "Title": "Engineer", "EmailAddress": " ",
        "PhoneNumber": "", "AlternateContactType": "SECURITY" } });
    let case = tidy().write("account/get-alternate-contact/SECURITY.json", blank.to_string()).run();
    assert_eq!(case.verdict("a-security-contact-is-registered"), "unknown");
}

#[test]
fn a_use_after_the_collection_is_no_use() {
    let case = tidy()
        .change("iam/get-account-authorization-details.json", |answer| {
            for role in answer["RoleDetailList"].as_array_mut().unwrap() {
                role["RoleLastUsed"] = json!({ "LastUsedDate": "2027-09-01T00:00:00+00:00", "Region": "us-east-1" });
            }
        })
        .run();
    assert_eq!(case.result("unused-roles-are-removed", "role/OrdersApi").0, "unknown");
}

#[test]
fn a_trail_whose_last_delivery_is_not_told_is_not_known_to_deliver() {
    let name =
        "cloudtrail/us-east-1/get-trail-status/arn%3Aaws%3Acloudtrail%3Aus-east-1%3A444455556666%3Atrail%2Fmain.json";
    let verdict =
        |status: Value| tidy().write(name, status.to_string()).run().verdict("trails-reach-cloudwatch-logs").to_owned();
    assert_eq!(verdict(json!({ "IsLogging": true })), "unknown");
    let at = |time: &str| json!({ "IsLogging": true, "LatestCloudWatchLogsDeliveryTime": time });
    assert_eq!(verdict(at("2026-09-20T05:56:00+00:00")), "fail");
    assert_eq!(verdict(at("2026-09-30T05:56:00+00:00")), "pass");
    assert_eq!(verdict(at("2027-09-30T05:56:00+00:00")), "unknown");
}
