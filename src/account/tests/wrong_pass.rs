//! Evidence that is stale, foreign, contradictory or short must leave a gap, never a pass.

use super::*;
use crate::account::fact::Gap;
use crate::account::subjects::Role;
use std::sync::Arc;

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
fn lists_of_another_partition_are_refused() {
    let arn = "arn:aws-cn:iam::111122223333:x/y";
    let certificates = json!([{ "ServerCertificateName": "web", "Arn": arn, "Expiration": "2027-01-01T00:00:00Z" }]);
    let account = with("ListServerCertificates", json!({ "ServerCertificateMetadataList": certificates }));
    assert_eq!(account.server_certificates.gaps[0].kind, GapKind::Conflict);
    let account = with("ListVirtualMFADevices", json!({ "VirtualMFADevices": [{ "SerialNumber": arn }] }));
    assert_eq!(account.root.subjects[0].virtual_mfa_devices.gap().unwrap().kind, GapKind::Conflict);
    let account = with("ListSAMLProviders", json!({ "SAMLProviderList": [{ "Arn": arn }] }));
    assert_eq!(account.saml_providers.gaps[0].kind, GapKind::Conflict);
    let account = with("ListOpenIDConnectProviders", json!({ "OpenIDConnectProviderList": [{ "Arn": arn }] }));
    assert_eq!(account.oidc_providers.gaps[0].kind, GapKind::Conflict);
}

#[test]
fn lists_of_another_account_end_the_reading() {
    let arn = "arn:aws:iam::999988887777:x/y";
    let caller = json!({ "Account": "999988887777", "Arn": "arn:aws:iam::999988887777:user/x", "UserId": "A" });
    for (operation, answer) in [
        ("ListServerCertificates", json!({ "ServerCertificateMetadataList": [{ "Arn": arn }] })),
        ("ListVirtualMFADevices", json!({ "VirtualMFADevices": [{ "SerialNumber": arn }] })),
        ("ListSAMLProviders", json!({ "SAMLProviderList": [{ "Arn": arn }] })),
        ("ListOpenIDConnectProviders", json!({ "OpenIDConnectProviderList": [{ "Arn": arn }] })),
        ("GetCallerIdentity", caller),
    ] {
        let service = if operation == "GetCallerIdentity" { "sts" } else { "iam" };
        let fixture = whole().without(operation).answer(service, operation, answer);
        let told = read(&fixture.open(), None, &TrustSettings::default()).unwrap_err().to_string();
        assert!(told.contains(&format!("{service}:{operation} answered about account 999988887777")), "{told}");
    }
}

#[test]
fn a_caller_of_another_partition_is_a_conflict() {
    let mut fixture = whole();
    fixture.header.partition = Some("aws-us-gov".to_owned());
    assert_eq!(account(fixture).account.subjects[0].partition.gap().unwrap().kind, GapKind::Conflict);
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
    for (account, name) in [(&no_role, "Deploy"), (&no_group, "Admins")] {
        let lacks = |gap: &Arc<Gap>| gap.reason.contains("details lack") && gap.reason.ends_with(name);
        assert!(account.policies.gaps.iter().any(lacks), "{:?}", account.policies.gaps);
        assert!(account.profile.subjects[0].billing_access.gap().is_some_and(lacks), "{name}");
    }
    assert!(no_group.principals.gaps.iter().any(|gap| gap.reason.contains("Admins")));
    assert!(no_group.groups.gaps.iter().any(|gap| gap.reason.contains("Admins")));
    // The role is named, so that it is a subject of its own.
    let role = no_role.principals.subjects.iter().find(|one| one.id == arn("role", "Deploy")).unwrap();
    assert!(role.attached_policies.gap().is_some() && role.escalation_paths.gap().is_some());
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
        assert!(
            reasons(&more).iter().any(|reason| reason.contains(" is 9, and the evidence lists ")),
            "{key}: {:?}",
            reasons(&more)
        );
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

/// What AWS always sends is a gap where it is not there, field by field.
#[test]
fn a_list_that_is_not_there_is_not_an_empty_list() {
    let without = |list: &str, field: &str| {
        changed_details(|body| {
            body[list][0].as_object_mut().unwrap().remove(field).unwrap();
        })
    };
    for (list, field) in [
        ("UserDetailList", "AttachedManagedPolicies"),
        ("UserDetailList", "GroupList"),
        ("GroupDetailList", "AttachedManagedPolicies"),
        ("GroupDetailList", "GroupPolicyList"),
        ("RoleDetailList", "AttachedManagedPolicies"),
        ("RoleDetailList", "RolePolicyList"),
    ] {
        let account = without(list, field);
        let named = |gap: &Arc<Gap>| gap.reason.contains(field);
        assert!(
            reasons(&account).iter().any(|reason| reason.contains(field)),
            "{list} {field}: {:?}",
            reasons(&account)
        );
        let id = match list {
            "UserDetailList" => arn("user", "alice"),
            "GroupDetailList" => arn("group", "Admins"),
            _ => arn("role", "Deploy"),
        };
        let principal = account.principals.subjects.iter().find(|one| one.id == id).unwrap();
        match field {
            "AttachedManagedPolicies" => {
                assert!(principal.attached_policies.gap().is_some_and(named), "{list}");
                // AWS's count shows whether the holders that are seen are all.
                let seen_by_count = list != "RoleDetailList";
                let managed = account.policies.subjects.iter().filter(|one| one.kind.known().unwrap() != "inline");
                assert!(managed.clone().all(|one| one.holders.known().is_some() == seen_by_count), "{list}");
            }
            "GroupList" => {
                assert!(account.users.subjects[0].groups.gap().is_some_and(named));
                assert!(account.groups.subjects[0].users.gap().is_some_and(named), "who is in a group is not known");
            }
            _ => {
                assert!(principal.inline_policies.gap().is_some_and(named), "{list}");
                assert!(account.policies.gaps.iter().any(named), "{list}: inline policies may be missing");
            }
        }
        // Whoever holds everything anyway stays known to.
        let alice = account.principals.subjects.iter().find(|one| one.id == arn("user", "alice")).unwrap();
        if list == "UserDetailList" && field == "GroupList" {
            assert!(alice.holds_full_admin_policy.gap().is_some_and(named));
            assert!(alice.escalation_paths.gap().is_some_and(named));
        }
        if list == "RoleDetailList" {
            assert!(principal.escalation_paths.gap().is_some_and(named), "{field}");
            assert!(principal.passes_every_role.gap().is_some_and(named), "{field}");
        }
    }
}

/// AWS leaves out the one list of a user's inline policies where there are none (boto/boto3#1303).
#[test]
fn a_user_without_inline_policies_has_no_list_of_them() {
    assert_eq!(account(whole()).users.subjects[0].inline_policies, Observed::Known(Vec::new()));
}

#[test]
fn a_known_use_of_the_root_user_stands_beside_a_cell_that_cannot_be_read() {
    let row = ROOT_ROW.replacen("true,false,N/A,N/A", "true,true,2020-01-01T00:00:00Z,garbled", 1);
    assert_ne!(row, ROOT_ROW);
    let account = account(reported(GENERATED, &report(&[]).replace(ROOT_ROW, &row)));
    let root = &account.root.subjects[0];
    assert!(root.last_used.gap().is_some());
    assert_eq!(root.last_known_use, Observed::Known(Some("2026-10-01T08:00:00Z".parse().unwrap())));
}

/// The role's policies, and what is worked out of them.
fn role_with(policies: Value, change: impl FnOnce(&mut Value)) -> super::super::subjects::Principal {
    let account = changed_details(|body| {
        body["RoleDetailList"][0]["AttachedManagedPolicies"] = json!([]);
        body["RoleDetailList"][0]["RolePolicyList"] = policies;
        change(body);
    });
    account.principals.subjects.into_iter().find(|one| one.id == arn("role", "Deploy")).unwrap()
}
fn inline(statement: Value) -> Value {
    json!([{ "PolicyName": "p", "PolicyDocument": { "Version": "2012-10-17", "Statement": statement } }])
}

/// Anything that could not be read is a gap in exactly what it could change.
#[test]
fn what_a_union_could_not_read_is_a_gap_in_it() {
    type Spoil = fn(&mut Value);
    let harmless = || inline(json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" }));
    let known = role_with(harmless(), |_| {});
    assert_eq!(known.escalation_paths, Observed::Known(Vec::new()));
    let spoilt: [(&str, Spoil); 6] = [
        ("no document", |body| body["RoleDetailList"][0]["RolePolicyList"][0]["PolicyDocument"] = json!(null)),
        ("not JSON", |body| body["RoleDetailList"][0]["RolePolicyList"][0]["PolicyDocument"] = json!("{ not")),
        ("a statement not understood", |body| {
            body["RoleDetailList"][0]["RolePolicyList"][0]["PolicyDocument"]["Statement"]["Actoin"] = json!("*");
        }),
        ("a policy that the details lack", |body| {
            body["RoleDetailList"][0]["AttachedManagedPolicies"] =
                json!([{ "PolicyArn": "arn:aws:iam::aws:policy/Lost" }]);
        }),
        ("no version in force", |body| {
            body["RoleDetailList"][0]["AttachedManagedPolicies"] = json!([{ "PolicyArn": arn("policy", "old") }]);
            body["Policies"][1]["PolicyVersionList"][0]["IsDefaultVersion"] = json!(false);
        }),
        ("details that contradict themselves", |body| {
            let mut twice = body["UserDetailList"][0].clone();
            twice["GroupList"] = json!([]);
            body["UserDetailList"].as_array_mut().unwrap().push(twice);
        }),
    ];
    for (what, spoil) in spoilt {
        let role = role_with(harmless(), spoil);
        for fact in
            [&role.escalation_paths, &role.passes_every_role, &role.administers_iam, &role.creates_principals_freely]
        {
            assert!(fact.gap().is_some(), "{what}: {fact:?}");
        }
        assert!(role.holds_full_admin_policy.gap().is_some() && role.administrator.gap().is_some(), "{what}");
    }
    // What decides alone decides.
    let bad =
        inline(json!([{ "Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": "*" }, { "Effect": "Allow" }]));
    assert!(role_with(bad, |_| {}).escalation_paths.known().is_some_and(|ways| !ways.is_empty()));
}

/// T35: a way needs all its permissions, over all policies; scoped ways are told apart, and serving oneself is none.
#[test]
fn ways_to_more_are_graded() {
    let role = |statement: Value| role_with(inline(statement), |_| {});
    let allow = |action: Value, resource: &str| json!({ "Effect": "Allow", "Action": action, "Resource": resource });
    let own = arn("role", "Deploy");
    for statement in [
        allow(json!("iam:PutRolePolicy"), "*"),
        allow(json!("IAM:Put?olePolicy"), &own),
        allow(json!(["iam:PassRole", "ec2:RunInstances"]), "*"),
        json!({ "Effect": "Allow", "NotAction": "s3:*", "Resource": "*", "Sid": "KeepsIam" }),
    ] {
        let found = role(statement.clone());
        let admin = found.holds_full_admin_policy == Observed::Known(true);
        assert!(admin || !found.escalation_paths.known().unwrap().is_empty(), "{statement}");
    }
    let limited = |condition: Value| json!([{ "Effect": "Allow", "Action": "iam:AttachRolePolicy", "Resource": "*", "Condition": condition }]);
    // Only ReadOnlyAccess can be attached, and one role passed.
    for statement in [
        limited(json!({ "ArnEquals": { "iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess" } })),
        json!([allow(json!("iam:PassRole"), &arn("role", "app")), allow(json!("ec2:RunInstances"), "*")]),
    ] {
        let found = role(statement.clone());
        assert_eq!(found.escalation_paths, Observed::Known(Vec::new()), "{statement}");
    }
    let network = role(limited(json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } })));
    assert_eq!(network.escalation_paths, Observed::Known(Vec::new()));
    assert!(!network.scoped_escalation_paths.known().unwrap().is_empty());
    // T26: a denial that certainly covers cancels; one under a condition or elsewhere does not.
    let put = allow(json!("iam:PutRolePolicy"), "*");
    let deny = |resource: &str| json!({ "Effect": "Deny", "Action": "iam:*", "Resource": resource });
    assert_eq!(role(json!([put.clone(), deny("*")])).escalation_paths, Observed::Known(Vec::new()));
    let elsewhere = role(json!([put.clone(), deny("arn:aws:iam::111122223333:role/other")]));
    assert!(!elsewhere.escalation_paths.known().unwrap().is_empty());
    let mut without_mfa = deny("*");
    without_mfa["Condition"] = json!({ "Bool": { "aws:MultiFactorAuthPresent": "false" } });
    assert!(!role(json!([put, without_mfa])).escalation_paths.known().unwrap().is_empty());
    // Several statements that make an administrator only together are no single full grant, and are told.
    let halves = json!([{ "Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*" },
        allow(json!(["iam:Attach*", "iam:Put*"]), "*")]);
    let found = role(halves);
    assert_eq!(found.holds_full_admin_policy, Observed::Known(false));
    assert!(found.escalation_paths.known().unwrap().iter().any(|one| one.contains("administrator")), "{found:?}");
}

/// A user's policies come from its groups too, and a group of administrators makes one.
#[test]
fn groups_count_for_their_members() {
    let account = account(whole());
    let alice = account.principals.subjects.iter().find(|one| one.id == arn("user", "alice")).unwrap();
    assert_eq!(alice.holds_full_admin_policy, Observed::Known(true));
    assert_eq!(alice.escalation_paths, Observed::Known(Vec::new()), "administrators have no way to more");
    assert_eq!(account.groups.subjects[0].administrator, Observed::Known(true));
    assert_eq!(account.groups.subjects[0].members_without_mfa, Observed::Known(vec!["bob".to_owned()]));
    let unknown = changed_details(|body| body["UserDetailList"][1]["GroupList"] = json!(["Ghosts"]));
    let bob = unknown.principals.subjects.iter().find(|one| one.id == arn("user", "bob")).unwrap();
    assert!(bob.administrator.gap().is_some_and(|gap| gap.reason.contains("Ghosts")));
}

/// The role's facts under a trust policy, in an account that does not know whose organization it is in.
fn trusting(statement: Value) -> Role {
    let mut body = details();
    body["RoleDetailList"][0]["AssumeRolePolicyDocument"] = json!({ "Version": "2012-10-17", "Statement": statement });
    let fixture = whole().without("DescribeOrganization").without("GetAccountAuthorizationDetails");
    let account = account(fixture.answer("iam", "GetAccountAuthorizationDetails", body));
    account.roles.subjects.into_iter().next().unwrap()
}
fn everyone(condition: Value) -> Role {
    trusting(
        json!({ "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole", "Condition": condition }),
    )
}
fn size(list: &Observed<Vec<String>>) -> usize {
    list.known().unwrap_or_else(|| panic!("{list:?}")).len()
}

/// T37.
#[test]
fn only_what_narrows_the_caller_closes_a_wildcard() {
    assert_eq!(size(&trusting(json!({ "Effect": "Allow", "Principal": "*", "Action": "sts:*" })).open_to_everyone), 1);
    for condition in [
        json!({ "StringLike": { "aws:PrincipalOrgID": "o-*" } }),
        json!({ "StringEqualsIfExists": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
        json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
        json!({ "ForAllValues:StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
        json!({ "StringLike": { "aws:userid": "*" } }),
        json!({ "IpAddress": { "aws:SourceIp": "0.0.0.0/0" } }),
        json!({ "IpAddress": { "aws:SourceIp": "::/0" } }),
        json!({ "IpAddress": { "aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"] } }),
        json!({ "StringEquals": { "aws:ResourceAccount": "111122223333" } }),
        json!({ "Null": { "aws:PrincipalOrgID": "true" } }),
        json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } }),
    ] {
        assert_eq!(size(&everyone(condition.clone()).open_to_everyone), 1, "{condition}");
    }
    for condition in [
        json!({ "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
        json!({ "StringEquals": { "aws:PrincipalAccount": "111122223333" } }),
        json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/*" } }),
    ] {
        assert_eq!(size(&everyone(condition.clone()).open_to_everyone), 0, "{condition}");
    }
    let but = trusting(
        json!({ "Effect": "Allow", "NotPrincipal": { "AWS": "arn:aws:iam::111122223333:root" }, "Action": "sts:AssumeRole" }),
    );
    assert_eq!(size(&but.open_to_everyone), 1);
    let odd = trusting(
        json!({ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::111122223333:root" }, "Action": "sts:AssumeRole", "Principle": "*" }),
    );
    assert!(odd.open_to_everyone.gap().is_some());
    assert!(odd.other_accounts_without_external_id.gap().is_some());
}

/// T38.
#[test]
fn other_accounts_need_an_external_id_that_is_enforced() {
    let other = |principal: &str, condition: Value| {
        let role = trusting(
            json!({ "Effect": "Allow", "Principal": { "AWS": principal }, "Action": "sts:AssumeRole", "Condition": condition }),
        );
        (role.other_accounts_without_external_id, role.third_party_without_external_id)
    };
    for principal in ["arn:aws:iam::999988887777:root", "999988887777", "arn:aws:iam::999988887777:role/x"] {
        let (accounts, stranger) = other(principal, json!({}));
        assert_eq!(accounts, Observed::Known(vec!["999988887777".to_owned()]));
        assert!(stranger.gap().is_some(), "it may be of the own organization");
        for key in ["sts:ExternalId", "STS:externalid"] {
            let (accounts, stranger) = other(principal, json!({ "StringEquals": { key: "hunter2" } }));
            assert_eq!((size(&accounts), stranger), (0, Observed::Known(false)), "{principal}");
        }
        for condition in [
            json!({ "StringEqualsIfExists": { "sts:ExternalId": "hunter2" } }),
            json!({ "StringLike": { "sts:ExternalId": "*" } }),
            json!({ "StringNotEquals": { "sts:ExternalId": "hunter2" } }),
        ] {
            assert_eq!(size(&other(principal, condition.clone()).0), 1, "{condition}");
        }
    }
    let (accounts, stranger) = other("111122223333", json!({}));
    assert_eq!((size(&accounts), stranger), (0, Observed::Known(false)));
    assert_eq!(other("*", json!({})), (Observed::Known(vec!["*".to_owned()]), Observed::Known(true)));
    let gone = trusting(
        json!({ "Effect": "Allow", "Principal": { "AWS": "AROAQ3EGRZVEXAMPLE2XK" }, "Action": "sts:AssumeRole" }),
    );
    assert_eq!(size(&gone.dangling_principals), 1);
}

/// T40, T41, and federation.
#[test]
fn federation_and_services_say_whom_they_mean() {
    let web = |condition: Value| {
        let issuer = "token.actions.githubusercontent.com";
        trusting(json!({ "Effect": "Allow", "Principal": { "Federated": arn("oidc-provider", issuer) },
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition }))
        .oidc_without_subject
    };
    let (aud, sub) = ("token.actions.githubusercontent.com:aud", "token.actions.githubusercontent.com:sub");
    assert_eq!(size(&web(json!({ "StringEquals": { aud: "sts.amazonaws.com" } }))), 1);
    assert_eq!(size(&web(json!({ "StringLike": { sub: "*" } }))), 1);
    assert_eq!(size(&web(json!({ "StringLike": { sub: "repo:acme/*" } }))), 0);
    let saml = |action: Value, condition: Value| {
        trusting(
            json!({ "Effect": "Allow", "Principal": { "Federated": arn("saml-provider", "okta") }, "Action": action,
            "Condition": condition }),
        )
        .saml_without_audience
    };
    for action in [json!("sts:AssumeRoleWithSAML"), json!(["sts:TagSession", "sts:assumerolewithsaml"]), json!("sts:*")]
    {
        assert_eq!(size(&saml(action.clone(), json!({}))), 1, "{action}");
        assert_eq!(
            size(&saml(action, json!({ "StringEquals": { "SAML:aud": "https://signin.aws.amazon.com/saml" } }))),
            0
        );
    }
    let service = |name: &str, condition: Value| {
        trusting(json!({ "Effect": "Allow", "Principal": { "Service": name }, "Action": "sts:AssumeRole", "Condition": condition }))
            .services_without_source
    };
    for never in ["ec2.amazonaws.com", "lambda.amazonaws.com"] {
        assert_eq!(size(&service(never, json!({}))), 0, "{never}");
    }
    assert_eq!(size(&service("codebuild.amazonaws.com", json!({}))), 1);
    assert_eq!(
        size(&service("codebuild.amazonaws.com", json!({ "StringEquals": { "aws:SourceAccount": "111122223333" } }))),
        0
    );
}

/// T31, T32.
#[test]
fn only_the_version_in_force_grants() {
    let account = account(whole());
    let old = account.policies.subjects.iter().find(|policy| policy.label == "old").unwrap();
    assert_eq!(old.grants_full_admin, Observed::Known(false));
    assert_eq!(old.old_versions_with_full_admin, Observed::Known(vec!["v1".to_owned()]));
    assert_eq!(size(&old.full_service_access), 1);
}

/// T34: a boundary caps and does not hide.
#[test]
fn a_boundary_is_told_and_not_taken_off() {
    let bounded = |boundary: &str, statement: Value| {
        role_with(inline(statement), |body| {
            body["RoleDetailList"][0]["PermissionsBoundary"] = json!({ "PermissionsBoundaryArn": boundary });
        })
    };
    let old = arn("policy", "old");
    let full = bounded(&old, json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }));
    assert_eq!(full.holds_full_admin_policy, Observed::Known(true));
    let put = json!({ "Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": "*" });
    let ways = bounded(&old, put).escalation_paths;
    assert_eq!(ways, Observed::Known(Vec::new()), "the boundary allows s3 alone");
    // The boundary allows s3 alone, so nobody can be made; one that nobody has seen may allow it.
    let create = json!({ "Effect": "Allow", "Action": ["iam:CreateRole", "iam:CreateUser"], "Resource": "*" });
    assert_eq!(size(&bounded(&old, create.clone()).creates_principals_freely), 0);
    assert!(bounded(&arn("policy", "lost"), create.clone()).creates_principals_freely.gap().is_some());
    assert_eq!(size(&role_with(inline(create), |_| {}).creates_principals_freely), 2);
    let handed_on = json!({ "Effect": "Allow", "Action": "iam:CreateRole", "Resource": "*",
        "Condition": { "StringEquals": { "iam:PermissionsBoundary": arn("policy", "old") } } });
    assert_eq!(size(&role_with(inline(handed_on.clone()), |_| {}).creates_principals_freely), 0);
    let mut weak = handed_on;
    weak["Condition"] = json!({ "StringEqualsIfExists": { "iam:PermissionsBoundary": arn("policy", "old") } });
    assert_eq!(size(&role_with(inline(weak), |_| {}).creates_principals_freely), 1);
}

/// T36: such roles are told apart by their paths, which IAM reserves.
#[test]
fn roles_that_others_keep_are_told_apart() {
    let at = |path: &str| {
        let moved = format!("arn:aws:iam::111122223333:role{path}Deploy");
        let account = changed_details(|body| {
            body["RoleDetailList"][0]["Path"] = json!(path);
            body["RoleDetailList"][0]["Arn"] = json!(moved);
        });
        let role = account.principals.subjects.into_iter().find(|one| one.id == moved).unwrap();
        (role.service_linked, role.identity_center)
    };
    let known = |linked, center| (Observed::Known(linked), Observed::Known(center));
    assert_eq!(at("/aws-service-role/ecs.amazonaws.com/"), known(true, false));
    assert_eq!(at("/aws-reserved/sso.amazonaws.com/eu-west-1/"), known(false, true));
    assert_eq!(at("/service-role/"), known(false, false));
}

/// Separate duties, over all policies together.
#[test]
fn powers_are_found_over_all_policies() {
    let role = role_with(
        inline(json!([{ "Effect": "Allow", "Action": "iam:Put*", "Resource": "*" },
            { "Effect": "Allow", "Action": ["cloudtrail:*", "kms:Decrypt"], "Resource": "*" },
            { "Effect": "Allow", "Action": "kms:PutKeyPolicy", "Resource": "arn:aws:kms:*:111122223333:key/one" }])),
        |_| {},
    );
    assert!(size(&role.administers_iam) > 0 && size(&role.administers_audit_trail) > 0);
    assert_eq!(role.uses_keys, Observed::Known(vec!["kms:Decrypt".to_owned()]));
    assert_eq!(size(&role.administers_keys), 0, "one key is not all keys");
}

/// The graph: who may assume an administrator's role is told with the step.
#[test]
fn the_way_to_an_administrator_is_told() {
    let account = changed_details(|body| {
        let role = &mut body["RoleDetailList"][0];
        role["AttachedManagedPolicies"] = json!([]);
        role["RolePolicyList"] = inline(json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }));
        role["AssumeRolePolicyDocument"] = json!({ "Statement": { "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "AWS": arn("user", "alice") } } });
        body["UserDetailList"][0]["GroupList"] = json!([]);
    });
    let alice = account.principals.subjects.iter().find(|one| one.id == arn("user", "alice")).unwrap();
    assert_eq!(
        alice.way_to_administrator,
        Observed::Known(vec!["user/alice becomes role/Deploy (assumes it)".to_owned()])
    );
    assert_eq!(alice.administrator, Observed::Known(false));
}

/// A path beside an ARN with another one must not take a role out of scope, nor a name hide whose policies these are.
#[test]
fn a_path_or_name_that_the_arn_refutes_is_a_conflict() {
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 8] = [
        ("a role's path", |body| body["RoleDetailList"][0]["Path"] = json!("/aws-service-role/ecs.amazonaws.com/")),
        ("a role's name", |body| body["RoleDetailList"][0]["RoleName"] = json!("AWSServiceRoleForECS")),
        ("a user's path", |body| body["UserDetailList"][0]["Path"] = json!("/x/")),
        ("a user's name", |body| body["UserDetailList"][0]["UserName"] = json!("bob")),
        ("a group's name", |body| body["GroupDetailList"][0]["GroupName"] = json!("Others")),
        ("a group's ARN", |body| body["GroupDetailList"][0]["Arn"] = json!(arn("user", "Admins"))),
        ("a policy's name", |body| body["Policies"][1]["PolicyName"] = json!("new")),
        ("a policy's path", |body| body["Policies"][1]["Path"] = json!("/team/")),
    ];
    for (what, change) in changes {
        let account = changed_details(change);
        let conflict = |gap: &Arc<Gap>| gap.kind == GapKind::Conflict && gap.reason.contains("differs from the ARN");
        for population in [&account.principals.gaps, &account.roles.gaps, &account.policies.gaps, &account.groups.gaps]
        {
            assert!(population.iter().any(conflict), "{what}: {:?}", reasons(&account));
        }
    }
    let listed = with("ListRoles", json!({ "Roles": [{ "Arn": arn("role", "Deploy"), "Path": "/x/" }] }));
    assert_eq!(listed.roles.gaps[0].kind, GapKind::Conflict);
    let listed = with("ListUsers", json!({ "Users": [{ "Arn": arn("user", "alice"), "UserName": "bob" }] }));
    assert!(listed.users.gaps.iter().any(|gap| gap.kind == GapKind::Conflict));
}

/// That a policy is nothing but a boundary takes it out of scope, so the count is held against who has one.
#[test]
fn a_count_of_boundaries_that_nobody_has_is_a_conflict() {
    let policy = |change: &dyn Fn(&mut Value)| {
        let account = changed_details(|body| {
            body["RoleDetailList"][0]["AttachedManagedPolicies"] = json!([{ "PolicyArn": SUPPORT }]);
            body["Policies"][1]["AttachmentCount"] = json!(0);
            change(body);
        });
        let disagreements = account.disagreements.iter().filter(|one| one.about.contains("boundary")).count();
        let policy = account.policies.subjects.into_iter().find(|policy| policy.label == "old").unwrap();
        (policy.boundary_uses, disagreements)
    };
    let bound = |body: &mut Value| {
        body["RoleDetailList"][0]["PermissionsBoundary"] = json!({ "PermissionsBoundaryArn": arn("policy", "old") });
    };
    let counted =
        |count: i64| move |body: &mut Value| body["Policies"][1]["PermissionsBoundaryUsageCount"] = json!(count);
    assert_eq!(policy(&|_| {}), (Observed::Known(0), 0));
    let (uses, told) = policy(&counted(1));
    assert_eq!((uses.gap().unwrap().kind.clone(), told), (GapKind::Conflict, 1), "nobody's boundary");
    let (uses, told) = policy(&bound);
    assert_eq!((uses.gap().unwrap().kind.clone(), told), (GapKind::Conflict, 1), "a boundary that is not counted");
    let both = |body: &mut Value| {
        bound(body);
        counted(1)(body);
    };
    assert_eq!(policy(&both), (Observed::Known(1), 0));
    let more = |body: &mut Value| {
        bound(body);
        counted(2)(body);
    };
    assert_eq!(policy(&more), (Observed::Known(2), 1));
}

/// Whoever AWS counts and no list shows holds something unseen.
#[test]
fn attachments_that_no_list_shows_leave_the_populations_open() {
    let account = changed_details(|body| body["Policies"][0]["AttachmentCount"] = json!(2));
    let seen = |gap: &Arc<Gap>| gap.reason.contains("has more than the evidence shows");
    assert!(account.principals.gaps.iter().any(seen) && account.policies.gaps.iter().any(seen));
    let fewer = changed_details(|body| body["Policies"][0]["AttachmentCount"] = json!(0));
    assert!(!fewer.principals.gaps.iter().any(seen), "what is seen is not hidden");
}
