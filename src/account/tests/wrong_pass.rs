//! Evidence that is stale, foreign, contradictory or short must leave a gap, never a pass.

use super::*;

/// The whole account with one answer replaced.
fn with(operation: &str, body: Value) -> Account {
    let service = if operation == "GetCallerIdentity" { "sts" } else { "iam" };
    account(whole().without(operation).answer(service, operation, body))
}
fn summary(key: &str, count: i64) -> Account {
    let mut body = json!({ "SummaryMap": { "Users": 2, "Groups": 1, "Roles": 1, "Policies": 1, "ServerCertificates": 1,
        "MFADevicesInUse": 3, "Providers": 2, "AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0,
        "AccountPasswordPresent": 1 } });
    body["SummaryMap"][key] = json!(count);
    with("GetAccountSummary", body)
}
fn reported(generated: &str, csv: &str) -> Fixture {
    whole().without("GenerateCredentialReport").without("GetCredentialReport").report(generated, csv)
}
fn changed_details(change: impl FnOnce(&mut Value)) -> Account {
    let mut body = details();
    change(&mut body);
    with("GetAccountAuthorizationDetails", body)
}

#[test]
fn a_report_of_another_time_is_not_used() {
    for generated in ["2015-02-02T20:02:02Z", "2026-11-22T01:44:00Z", "2026-11-22T06:16:00Z"] {
        let account = account(reported(generated, &report(&[])));
        assert_eq!(account.report_generated.gap().unwrap().kind, GapKind::Unreadable, "{generated}");
        assert!(!account.access_keys.gaps.is_empty(), "{generated}");
    }
    for generated in ["2026-11-22T01:46:00Z", "2026-11-22T06:14:00Z"] {
        assert!(account(reported(generated, &report(&[]))).report_generated.known().is_some(), "{generated}");
    }
    let refused = |generated: &str| {
        let fixture = reported(generated, &report(&[])).without("GenerateCredentialReport");
        account(fixture.denied("iam", "GenerateCredentialReport")).report_generated
    };
    assert!(refused("2026-11-21T12:00:00Z").known().is_some());
    assert!(refused("2026-11-20T12:00:00Z").gap().is_some());
}

#[test]
fn a_cell_later_than_the_report_is_a_gap() {
    let alice = row("alice", ["true", "2027-01-01T00:00:00Z", "N/A"], "true", ["true", "2027-01-01T00:00:00Z", "N/A"]);
    let account = account(reported(GENERATED, &report(&[alice])));
    assert!(account.access_keys.subjects[0].age_days.gap().is_some());
    assert!(account.users.subjects[0].password_last_used.gap().is_some());
}

#[test]
fn only_words_for_no_use_mean_that_the_root_user_was_not_used() {
    for word in ["", "not_supported"] {
        let row = ROOT_ROW.replace("2026-10-01T08:00:00Z", word);
        let account = account(reported(GENERATED, &report(&[]).replace(ROOT_ROW, &row)));
        assert!(account.root.subjects[0].last_used.gap().is_some(), "{word:?}");
    }
    let row = ROOT_ROW.replace(":root,", ":user/alice,");
    let account = account(reported(GENERATED, &report(&[]).replace(ROOT_ROW, &row)));
    assert!(account.root.subjects[0].last_used.gap().is_some());
}

#[test]
fn lists_of_another_account_or_partition_are_refused() {
    for arn in ["arn:aws:iam::999988887777:x/y", "arn:aws-cn:iam::111122223333:x/y"] {
        let certificates =
            json!([{ "ServerCertificateName": "web", "Arn": arn, "Expiration": "2027-01-01T00:00:00Z" }]);
        let account = with("ListServerCertificates", json!({ "ServerCertificateMetadataList": certificates }));
        assert_eq!(account.server_certificates.gaps[0].kind, GapKind::Conflict);
        let account = with("ListVirtualMFADevices", json!({ "VirtualMFADevices": [{ "SerialNumber": arn }] }));
        assert_eq!(account.root.subjects[0].virtual_mfa_devices.gap().unwrap().kind, GapKind::Conflict);
        let account = with("ListSAMLProviders", json!({ "SAMLProviderList": [{ "Arn": arn }] }));
        assert_eq!(account.saml_providers.gaps[0].kind, GapKind::Conflict);
        let account = with("ListOpenIDConnectProviders", json!({ "OpenIDConnectProviderList": [{ "Arn": arn }] }));
        assert_eq!(account.oidc_providers.gaps[0].kind, GapKind::Conflict);
    }
}

#[test]
fn a_caller_of_another_account_or_partition_is_a_conflict() {
    let foreign = json!({ "Account": "999988887777", "Arn": "arn:aws:iam::999988887777:user/x", "UserId": "A" });
    let gap = |account: Account| account.account.subjects[0].partition.gap().unwrap().kind.clone();
    assert_eq!(gap(with("GetCallerIdentity", foreign)), GapKind::Conflict);
    let mut fixture = whole();
    fixture.header.partition = Some("aws-us-gov".to_owned());
    assert_eq!(gap(account(fixture)), GapKind::Conflict);
}

#[test]
fn holders_of_a_policy_of_another_partition_do_not_count() {
    let entities = json!({ "PolicyUsers": [], "PolicyGroups": [], "PolicyRoles": [] });
    let mut fixture = whole();
    fixture.calls.retain(|call| call.parameters.get("PolicyArn").is_none_or(|arn| arn != CLOUDSHELL));
    let chinese = "arn:aws-cn:iam::aws:policy/AWSCloudShellFullAccess";
    let account = account(fixture.answer_about("iam", "ListEntitiesForPolicy", ("PolicyArn", chinese), entities));
    assert!(account.account.subjects[0].cloudshell_full_access_principals.gap().is_some());
}

#[test]
fn an_age_of_passwords_holds_only_if_it_is_said_to_be_enforced() {
    let account = with("GetAccountPasswordPolicy", json!({ "PasswordPolicy": { "MaxPasswordAge": 90 } }));
    assert!(account.password_policy.subjects[0].maximum_age.gap().is_some());
}

#[test]
fn odd_counts_and_versions_of_policies_are_gaps() {
    let account = changed_details(|body| {
        body["Policies"][1]["AttachmentCount"] = json!(-1);
        body["Policies"][1]["PolicyVersionList"][1]["IsDefaultVersion"] = json!(true);
    });
    let old = account.policies.subjects.iter().find(|policy| policy.label == "old").unwrap();
    assert!(old.attachments.gap().is_some());
    assert!(old.grants_full_admin.gap().is_some());
}

#[test]
fn an_enabled_device_belongs_to_somebody() {
    let device = json!({ "SerialNumber": arn("mfa", "x"), "EnableDate": "2020-01-01T00:00:00Z" });
    let account = with("ListVirtualMFADevices", json!({ "VirtualMFADevices": [device] }));
    assert!(account.root.subjects[0].virtual_mfa_devices.gap().is_some());
    assert!(account.virtual_mfa_devices.subjects[0].user.gap().is_some());
}

#[test]
fn a_root_flag_that_the_report_refutes_is_a_conflict() {
    let row = ROOT_ROW.replacen("not_supported,true,false", "not_supported,false,false", 1);
    let refuted = account(reported(GENERATED, &report(&[]).replace(ROOT_ROW, &row)));
    assert_eq!(refuted.root.subjects[0].mfa_enabled.gap().unwrap().kind, GapKind::Conflict);
    assert!(summary("AccountMFAEnabled", 7).root.subjects[0].mfa_enabled.gap().is_some());
    assert!(summary("AccountAccessKeysPresent", -1).root.subjects[0].has_access_key.gap().is_some());
}

#[test]
fn holders_that_the_details_lack_leave_policies_and_principals_open() {
    let no_role = changed_details(|body| body["RoleDetailList"] = json!([]));
    let no_group = changed_details(|body| body["GroupDetailList"] = json!([]));
    for account in [no_role, no_group] {
        assert!(account.policies.gaps.iter().any(|gap| gap.reason.contains("lack holders")));
        assert!(account.principals.gaps.iter().any(|gap| gap.reason.contains("lack holders")));
    }
}

#[test]
fn two_sources_that_differ_about_holders_do_not_make_a_pass() {
    let support = changed_details(|body| body["RoleDetailList"][0]["AttachedManagedPolicies"] = json!([]));
    assert_eq!(support.account.subjects[0].support_roles.gap().unwrap().kind, GapKind::Conflict);
    let shell = changed_details(|body| {
        body["RoleDetailList"][0]["AttachedManagedPolicies"] = json!([{ "PolicyArn": CLOUDSHELL }]);
    });
    let holders = &shell.account.subjects[0].cloudshell_full_access_principals;
    assert_eq!(holders, &Observed::Known(vec!["role Deploy".to_owned()]));
}

#[test]
fn whoever_the_summary_counts_and_no_list_shows_leaves_the_population_open() {
    type Gaps = fn(&Account) -> usize;
    let cases: [(&str, &[Gaps]); 6] = [
        ("Users", &[|a| a.users.gaps.len(), |a| a.access_keys.gaps.len(), |a| a.policies.gaps.len()]),
        ("Groups", &[|a| a.groups.gaps.len(), |a| a.principals.gaps.len(), |a| a.policies.gaps.len()]),
        ("Roles", &[|a| a.roles.gaps.len(), |a| a.principals.gaps.len(), |a| a.policies.gaps.len()]),
        ("Policies", &[|a| a.policies.gaps.len()]),
        ("ServerCertificates", &[|a| a.server_certificates.gaps.len()]),
        ("Providers", &[|a| a.saml_providers.gaps.len(), |a| a.oidc_providers.gaps.len()]),
    ];
    for (key, populations) in cases {
        let more = summary(key, 9);
        assert!(populations.iter().all(|gaps| gaps(&more) > 0), "{key}");
        assert!(reasons(&more).iter().any(|reason| reason.contains("counts 9")), "{key}: {:?}", reasons(&more));
    }
}

#[test]
fn an_arn_that_stands_twice_in_different_words_is_not_believed() {
    let mut twice = details();
    let mut second = twice["RoleDetailList"][0].clone();
    twice["RoleDetailList"].as_array_mut().unwrap().push(second.clone());
    assert!(with("GetAccountAuthorizationDetails", twice.clone()).policies.gaps.is_empty(), "the same words twice");
    second["RolePolicyList"] = json!([{ "PolicyName": "all", "PolicyDocument": { "Statement": [] } }]);
    twice["RoleDetailList"][1] = second;
    assert!(!with("GetAccountAuthorizationDetails", twice).policies.gaps.is_empty());
}
