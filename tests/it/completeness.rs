//! What a supplied folder says whose lists are not whole: each case as somebody handed it over.

use crate::support::{assessment, auditpack_at, only_pack, ran, verdicts};
use auditpack::testing::account;
use auditpack::testing::assess::{Verdict, assess};
use auditpack::testing::catalog::{Catalog, Overrides, load};
use auditpack::testing::policy::trust::TrustSettings;
use auditpack::testing::snapshot::Snapshot;
use auditpack::testing::snapshot::import::{Known, import};
use base64::Engine as _;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| load(None, &Overrides::new()).unwrap());

/// Verdict and words of each control, over answers of the AWS CLI that were imported.
fn imported(answers: &[(&str, Value)]) -> BTreeMap<String, (Verdict, String)> {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("answers"), dir.path().join("snapshot"));
    let caller = json!({ "UserId": "AROAAUDIT:auditor", "Account": "444455556666",
        "Arn": "arn:aws:sts::444455556666:assumed-role/Audit/auditor" });
    let caller = [("sts/get-caller-identity", caller)];
    for (name, body) in caller.iter().chain(answers) {
        let path = from.join(format!("{name}.json"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, body.to_string()).unwrap();
    }
    fs::write(from.join("collected-at.txt"), "2026-09-30T06:00:00Z\n").unwrap();
    import(&from, &to, "2026-09-30T06:00:00Z".parse().unwrap(), &Known::default()).unwrap();
    let account = account::read(&Snapshot::open(&to).unwrap(), None, &TrustSettings::default()).unwrap();
    let assessment = assess(&account, &CATALOG);
    let words = |result: &auditpack::testing::assess::ControlResult| {
        let reasons: Vec<&str> = result.results.iter().map(|one| one.reason.as_str()).collect();
        format!("{} {}", result.conclusion, reasons.join(" "))
    };
    let entry = |result: &auditpack::testing::assess::ControlResult| {
        (CATALOG.controls[result.control].id.clone(), (result.verdict, words(result)))
    };
    assessment.controls.iter().map(entry).collect()
}

const DETAILS: &str = "iam/get-account-authorization-details";

fn user(name: &str, groups: &[&str]) -> Value {
    json!({ "Path": "/", "UserName": name, "UserId": "AIDA", "Arn": format!("arn:aws:iam::444455556666:user/{name}"),
        "CreateDate": "2024-01-02T03:04:05+00:00", "GroupList": groups, "AttachedManagedPolicies": [], "Tags": [] })
}
fn listed(name: &str) -> Value {
    json!({ "Path": "/", "UserName": name, "UserId": "AIDA", "Arn": format!("arn:aws:iam::444455556666:user/{name}"),
        "CreateDate": "2024-01-02T03:04:05+00:00" })
}
fn details(users: &[Value], groups: &[Value], roles: &[Value], policies: &[Value]) -> Value {
    json!({ "UserDetailList": users, "GroupDetailList": groups, "RoleDetailList": roles, "Policies": policies })
}

#[track_caller]
fn unknown(found: &BTreeMap<String, (Verdict, String)>, controls: &[&str], words: &str) {
    for control in controls {
        let (verdict, told) = &found[*control];
        assert_eq!(*verdict, Verdict::Unknown, "{control}: {told}");
        assert!(told.contains(words), "{control}: {told}");
    }
}

/// None of the controls about users, groups, roles and policies is decided by an empty list.
#[track_caller]
fn nothing_is_empty(found: &BTreeMap<String, (Verdict, String)>) {
    for control in &CATALOG.controls {
        let of_iam = ["user", "group", "role", "principal", "policy", "credential", "access_key", "role_access"];
        if of_iam.contains(&control.kind.name) {
            let (verdict, told) = &found[&control.id];
            assert!(!told.contains("complete and empty"), "{}: {told}", control.id);
            assert!(!matches!(verdict, Verdict::Pass | Verdict::NotApplicable), "{}: {told}", control.id);
        }
    }
}

#[test]
fn billing_access_of_a_user_whom_the_details_lack_is_not_known() {
    let found = imported(&[
        ("iam/list-users", json!({ "Users": [listed("ada"), listed("fin.ops")] })),
        ("iam/list-roles", json!({ "Roles": [] })),
        (DETAILS, details(&[user("ada", &[])], &[], &[], &[])),
    ]);
    unknown(&found, &["billing-access-is-limited"], "fin.ops");
    unknown(&found, &["no-attached-policy-grants-full-administration", "nobody-can-escalate"], "fin.ops");
}

#[test]
fn details_that_were_filtered_leave_everything_open() {
    let filtered = details(&[user("ada", &["platform"])], &[], &[], &[]);
    let found = imported(&[(DETAILS, filtered)]);
    unknown(&found, &["groups-have-members", "administrator-groups-are-small-and-have-mfa"], "platform");
    unknown(&found, &["billing-access-is-limited"], "platform");
    nothing_is_empty(&found);
    // No user names a group, and still nothing says that there are none.
    let found = imported(&[(DETAILS, details(&[user("ada", &[])], &[], &[], &[]))]);
    unknown(&found, &["groups-have-members", "billing-access-is-limited"], "may have been filtered");
    nothing_is_empty(&found);
}

#[test]
fn details_of_managed_policies_alone_say_nothing_about_principals() {
    let policy = json!({ "Arn": "arn:aws:iam::444455556666:policy/read", "PolicyName": "read", "Path": "/",
        "AttachmentCount": 0, "PermissionsBoundaryUsageCount": 0, "DefaultVersionId": "v1", "PolicyVersionList": [
        { "VersionId": "v1", "IsDefaultVersion": true, "CreateDate": "2024-01-02T03:04:05+00:00", "Document": { "Version":
            "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" }] } }] });
    let found = imported(&[(DETAILS, details(&[], &[], &[], &[policy]))]);
    unknown(&found, &["billing-access-is-limited", "no-attached-policy-grants-full-administration"], "filtered");
    unknown(&found, &["groups-have-members", "policies-name-what-they-allow", "nobody-can-escalate"], "filtered");
    assert_eq!(found["customer-policies-are-in-use"].0, Verdict::Fail, "AWS counts no use of the policy that is seen");
}

#[test]
fn a_group_that_only_a_user_names_leaves_the_groups_open() {
    let readers = json!({ "Path": "/", "GroupName": "readers", "GroupId": "AGPA", "CreateDate": "2024-01-02T03:04:05+00:00",
        "Arn": "arn:aws:iam::444455556666:group/readers", "GroupPolicyList": [], "AttachedManagedPolicies": [] });
    let found = imported(&[
        ("iam/list-users", json!({ "Users": [listed("ada")] })),
        ("iam/list-roles", json!({ "Roles": [] })),
        (DETAILS, details(&[user("ada", &["platform", "readers"])], &[readers], &[], &[])),
    ]);
    unknown(&found, &["groups-have-members", "administrator-groups-are-small-and-have-mfa"], "platform");
}

#[test]
fn a_role_whose_last_use_is_not_in_the_evidence_is_not_unused() {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": { "Service": "ec2.amazonaws.com" } }] });
    let role = json!({ "Path": "/", "RoleName": "OrdersApi", "RoleId": "AROA", "CreateDate": "2024-01-02T03:04:05+00:00",
        "Arn": "arn:aws:iam::444455556666:role/OrdersApi", "AssumeRolePolicyDocument": trust, "InstanceProfileList": [],
        "RolePolicyList": [], "AttachedManagedPolicies": [], "Tags": [] });
    let mut in_list = role.clone();
    in_list["MaxSessionDuration"] = json!(3600);
    let with = |role: Value| {
        imported(&[
            ("iam/list-users", json!({ "Users": [] })),
            ("iam/list-roles", json!({ "Roles": [in_list] })),
            (DETAILS, details(&[], &[], &[role], &[])),
        ])
    };
    unknown(&with(role.clone()), &["unused-roles-are-removed"], "RoleLastUsed");
    let mut tracked = role;
    tracked["RoleLastUsed"] = json!({});
    assert_eq!(with(tracked)["unused-roles-are-removed"].0, Verdict::Fail);
}

/// Reports until 2024 say `not_supported` of every root user, and older summaries have no AccountPasswordPresent.
#[test]
fn the_report_says_that_the_root_user_has_a_password_where_the_summary_does_not() {
    let with = |cell: &str| {
        let csv = format!(
            "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
             password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,\
             access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
             access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,\
             access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n\
             <root_account>,arn:aws:iam::444455556666:root,2020-01-01T00:00:00+00:00,{cell},no_information,\
             not_supported,not_supported,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n"
        );
        let content = base64::engine::general_purpose::STANDARD.encode(csv);
        let report =
            json!({ "Content": content, "ReportFormat": "text/csv", "GeneratedTime": "2026-09-30T05:00:00+00:00" });
        imported(&[
            (
                "iam/get-account-summary",
                json!({ "SummaryMap": { "AccountMFAEnabled": 0, "AccountAccessKeysPresent": 0,
                "MFADevicesInUse": 0, "Users": 0 } }),
            ),
            ("iam/generate-credential-report", json!({ "State": "COMPLETE" })),
            ("iam/get-credential-report", report),
            ("iam/list-virtual-mfa-devices", json!({ "VirtualMFADevices": [] })),
        ])
    };
    for control in ["root-sign-in-has-mfa-or-is-removed", "root-mfa-is-hardware"] {
        for cell in ["not_supported", "true"] {
            assert_eq!(with(cell)[control].0, Verdict::Fail, "{control} {cell}: {}", with(cell)[control].1);
        }
        assert_eq!(with("false")[control].0, Verdict::Unknown, "{control}: missing evidence is never a pass");
    }
}

/// The account summary counts devices of every kind; a list without any shows nothing about the root user's.
#[test]
fn devices_that_are_counted_and_not_listed_leave_their_controls_inconclusive() {
    let summary = json!({ "SummaryMap": { "MFADevicesInUse": 145, "MFADevices": 145, "AccountMFAEnabled": 1 } });
    let found = imported(&[
        ("iam/get-account-summary", summary.clone()),
        ("iam/list-virtual-mfa-devices", json!({ "VirtualMFADevices": [] })),
    ]);
    unknown(&found, &["root-mfa-is-hardware"], "145 MFA devices in use");

    let mut account = aws_double::generate::tidy_startup();
    for (place, answer) in account.places() {
        if place.starts_with("iam/list-mfa-devices/") {
            account.answer_at(&place, json!({ "MFADevices": [] }));
        } else if place == "iam/get-account-summary" {
            let mut counted = answer;
            counted["SummaryMap"]["MFADevicesInUse"] = 145.into();
            account.answer_at(&place, counted);
        }
    }
    account.answer_at("iam/list-virtual-mfa-devices", json!({ "VirtualMFADevices": [] }));
    let double = aws_double::Double::start(account, aws_double::Faults::none().report_ready());
    let out = tempfile::tempdir().unwrap();
    let run = ran(auditpack_at(&double.endpoint())
        .args(["run", "--sources", "iam", "--depth", "deep", "--no-pdf", "--pause", "0", "--out"])
        .arg(out.path()));
    assert_eq!(run.code, 3, "{}", run.err);
    let told = assessment(&only_pack(out.path()));
    assert_eq!(verdicts(&told)["root-mfa-is-hardware"], "unknown");
    let rows = told["reconciliation"].as_array().unwrap();
    let row = rows.iter().find(|row| row["what"] == "MFA devices in use").unwrap();
    assert_eq!(row["result"], "different_scope", "{row}");
    assert!(row["explanation"].as_str().unwrap().contains("the list of virtual devices is empty"), "{row}");
}
