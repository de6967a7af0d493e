//! The account as a whole: joins, gaps, contradictions.

use super::KINDS;
use super::fact::{BaseType, Fact, GapKind, Observed};
use super::{Account, AccountError, Agreement, fact, read};
use crate::policy::trust::TrustSettings;
use crate::snapshot::fixture::{ACCOUNT, Fixture};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const GENERATED: &str = "2026-11-22T03:10:00Z";
const COLUMNS: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
const ROOT_ROW: &str = "<root_account>,arn:aws:iam::111122223333:root,2015-01-01T00:00:00Z,not_supported,\
2026-10-01T08:00:00Z,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A";

fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}")
}

/// A row: user, password enabled / used / changed, MFA, key 1 active / made / used.
fn row(name: &str, password: [&str; 3], mfa: &str, key: [&str; 3]) -> String {
    let ([enabled, used, changed], [active, made, key_used]) = (password, key);
    format!(
        "{name},{},2020-01-01T00:00:00Z,{enabled},{used},{changed},N/A,{mfa},{active},{made},{key_used},N/A,N/A,\
         false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
        arn("user", name)
    )
}

fn report(rows: &[String]) -> String {
    let rows: String = rows.iter().map(|row| format!("{row}\n")).collect();
    format!("{COLUMNS}\n{ROOT_ROW}\n{rows}")
}

fn user_detail(name: &str) -> Value {
    json!({ "Path": "/", "UserName": name, "Arn": arn("user", name), "GroupList": ["Admins"],
        "AttachedManagedPolicies": [] })
}
fn listed_users(names: &[&str]) -> Value {
    json!({ "Users": names.iter().map(|name| json!({ "UserName": name, "Arn": arn("user", name) })).collect::<Vec<_>>() })
}

/// Users of a whole account: alice with everything, bob with nothing.
fn whole() -> Fixture {
    let alice = row(
        "alice",
        ["true", "no_information", "2024-01-01T00:00:00Z"],
        "true",
        ["true", "2020-01-01T00:00:08Z", "N/A"],
    );
    let bob = row("bob", ["false", "N/A", "N/A"], "false", ["false", "N/A", "N/A"]);
    let saml = arn("saml-provider", "okta");
    let oidc = arn("oidc-provider", "token.example.com");
    let watched = super::regional::tests::quiet(Fixture::new());
    other_services::completed(watched, &["alice", "bob"], &[&arn("role", "Deploy")])
        .answer("sts", "GetCallerIdentity", json!({ "Account": ACCOUNT, "Arn": "arn:aws:iam::111122223333:user/x", "UserId": "A" }))
        .report(GENERATED, &report(&[alice, bob]))
        .answer("iam", "GetAccountSummary", json!({ "SummaryMap": { "Users": 2, "Groups": 1, "Roles": 1, "Policies": 1,
            "ServerCertificates": 1, "MFADevicesInUse": 3, "Providers": 2, "AccountMFAEnabled": 1,
            "AccountAccessKeysPresent": 0, "AccountPasswordPresent": 1 } }))
        .answer("iam", "GetAccountAuthorizationDetails", details())
        .answer_about("iam", "GetPolicy", ("PolicyArn", &arn("policy", "old")), json!({ "Policy": {
            "Arn": arn("policy", "old"), "Description": "reads", "Tags": [] } }))
        .answer("iam", "GetAccountPasswordPolicy", json!({ "PasswordPolicy": { "MinimumPasswordLength": 14,
            "RequireSymbols": true, "RequireNumbers": true, "RequireUppercaseCharacters": true,
            "RequireLowercaseCharacters": false, "ExpirePasswords": true, "MaxPasswordAge": 90 } }))
        .answer("iam", "ListAccountAliases", json!({ "AccountAliases": ["acme"] }))
        .answer("iam", "ListUsers", listed_users(&["alice", "bob"]))
        .answer("iam", "ListRoles", json!({ "Roles": [{ "Arn": arn("role", "Deploy"), "MaxSessionDuration": 3600 }] }))
        .answer("iam", "ListVirtualMFADevices", json!({ "VirtualMFADevices": [
            { "SerialNumber": arn("mfa", "groot"), "User": { "Arn": arn("user", "alice") } },
            { "SerialNumber": arn("mfa", "root-account-mfa-device"), "User": { "Arn": arn("user", "alice") } },
            { "SerialNumber": arn("mfa", "any-name"), "User": { "Arn": "arn:aws:iam::111122223333:root" } },
            { "SerialNumber": arn("mfa", "unassigned") } ] }))
        .answer("iam", "ListServerCertificates", json!({ "ServerCertificateMetadataList": [
            { "ServerCertificateName": "web", "Arn": arn("server-certificate", "web"), "Expiration": "2027-01-01T00:00:00Z" }] }))
        .answer("iam", "ListSAMLProviders", json!({ "SAMLProviderList": [{ "Arn": saml }] }))
        .answer_about("iam", "GetSAMLProvider", ("SAMLProviderArn", &saml), json!({ "ValidUntil": "2030-01-01T00:00:00Z" }))
        .answer("iam", "ListOpenIDConnectProviders", json!({ "OpenIDConnectProviderList": [{ "Arn": oidc }] }))
        .answer_about("iam", "GetOpenIDConnectProvider", ("OpenIDConnectProviderArn", &oidc),
            json!({ "Url": "token.example.com", "ClientIDList": ["sts.amazonaws.com"] }))
        .answer_about("iam", "ListEntitiesForPolicy", ("PolicyArn", SUPPORT), json!({ "PolicyUsers": [], "PolicyGroups": [],
            "PolicyRoles": [{ "RoleName": "Deploy" }] }))
        .answer_about("iam", "ListEntitiesForPolicy", ("PolicyArn", CLOUDSHELL), json!({ "PolicyUsers": [],
            "PolicyGroups": [], "PolicyRoles": [] }))
}

const SUPPORT: &str = "arn:aws:iam::aws:policy/AWSSupportAccess";
const CLOUDSHELL: &str = "arn:aws:iam::aws:policy/AWSCloudShellFullAccess";

fn details() -> Value {
    let everything = json!({ "Statement": { "Effect": "Allow", "Action": "*:*", "Resource": "*" } });
    json!({
        "UserDetailList": [user_detail("alice"), user_detail("bob")],
        "GroupDetailList": [{ "Path": "/", "GroupName": "Admins", "Arn": arn("group", "Admins"), "CreateDate": "2020-01-01T00:00:00Z",
            "AttachedManagedPolicies": [], "GroupPolicyList": [{ "PolicyName": "all", "PolicyDocument": everything }] }],
        "RoleDetailList": [{ "Path": "/", "Arn": arn("role", "Deploy"), "CreateDate": "2020-01-01T00:00:00Z",
            "AssumeRolePolicyDocument": { "Statement": { "Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": { "Service": "ec2.amazonaws.com" } } },
            "AttachedManagedPolicies": [{ "PolicyArn": SUPPORT }, { "PolicyArn": arn("policy", "old") }],
            "RolePolicyList": [], "Tags": [], "RoleLastUsed": {} }],
        "Policies": [
            { "Arn": SUPPORT, "PolicyName": "AWSSupportAccess", "AttachmentCount": 1, "PermissionsBoundaryUsageCount": 0,
              "DefaultVersionId": "v1", "PolicyVersionList": [{ "VersionId": "v1", "IsDefaultVersion": true,
                "Document": { "Statement": [{ "Effect": "Allow", "Action": "support:*", "Resource": "*" }] } }] },
            { "Arn": arn("policy", "old"), "PolicyName": "old", "AttachmentCount": 1, "PermissionsBoundaryUsageCount": 0,
              "DefaultVersionId": "v2", "PolicyVersionList": [
                { "VersionId": "v2", "IsDefaultVersion": true, "CreateDate": "2024-01-01T00:00:00Z",
                  "Document": { "Statement": [{ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }] } },
                { "VersionId": "v1", "IsDefaultVersion": false, "Document": everything } ] },
        ],
    })
}

fn account(fixture: Fixture) -> Account {
    read(&fixture.open(), None, &TrustSettings::default()).unwrap()
}
fn reasons(account: &Account) -> Vec<&str> {
    account.gaps.iter().map(|gap| gap.reason.as_str()).collect()
}

#[test]
fn whole_evidence_leaves_no_gap_and_no_contradiction() {
    let account = account(whole());
    assert_eq!(reasons(&account), [""; 0]);
    assert!(account.disagreements.is_empty(), "{:?}", account.disagreements);
    for row in &account.reconciliation {
        let expected = if row.what == "MFA devices in use" { row.agrees } else { Agreement::Agrees };
        assert_eq!(row.agrees, expected, "{row:?}");
    }
    assert_eq!((account.id.as_str(), account.id_from.as_str()), (ACCOUNT, "the caller's identity"));
    assert_eq!(account.users.subjects.len(), 2, "the root user is not an IAM user");
    let ids: Vec<&str> = account.credentials.subjects.iter().map(|credential| credential.id.as_str()).collect();
    assert_eq!(
        ids,
        ["arn:aws:iam::111122223333:user/alice#access-key-1", "arn:aws:iam::111122223333:user/alice#password"]
    );

    let alice = &account.users.subjects[0];
    assert_eq!(alice.access_keys_made_with_user, Observed::Known(1));
    assert_eq!(alice.access_keys_never_used, Observed::Known(1));
    assert_eq!(alice.groups, Observed::Known(vec!["Admins".to_owned()]));
    let key = &account.access_keys.subjects[0];
    assert_eq!(key.age_days, Observed::Known(2517));
    // Never used: idle since it was made, and since the password was changed.
    assert!(account.credentials.subjects.iter().all(|credential| credential.last_used == Observed::Known(None)));
    assert_eq!(account.credentials.subjects[1].idle_since, Observed::Known("2024-01-01T00:00:00Z".parse().unwrap()));

    let root = &account.root.subjects[0];
    assert_eq!(root.has_access_key, Observed::Known(false));
    assert_eq!(root.virtual_mfa_devices, Observed::Known(1), "only the exact root ARN counts");
    assert_eq!(root.last_used, Observed::Known(Some("2026-10-01T08:00:00Z".parse().unwrap())));

    let admin: Vec<(&str, Option<&bool>)> = account
        .policies
        .subjects
        .iter()
        .map(|policy| (policy.label.as_str(), policy.grants_full_admin.known()))
        .collect();
    let expected = [("all of group Admins", Some(&true)), ("old", Some(&false)), ("AWSSupportAccess", Some(&false))];
    assert_eq!(admin, expected, "an old version does not decide");
    assert_eq!(account.account.subjects[0].support_roles, Observed::Known(vec!["Deploy".to_owned()]));
}

/// The promise, from the schema: deny any one operation, and each population that it enumerates is incomplete,
/// each fact that rests on it alone is a gap, and no fact changes its value.
#[test]
fn any_denied_operation_reaches_everything_that_rests_on_it_and_changes_nothing_else() {
    let before = account(whole());
    for evidence in [
        fact::CALLER_IDENTITY,
        fact::CREDENTIAL_REPORT,
        fact::REPORT_GENERATION,
        fact::ACCOUNT_SUMMARY,
        fact::AUTHORIZATION_DETAILS,
        fact::PASSWORD_POLICY,
        fact::ACCOUNT_ALIASES,
        fact::USER_LIST,
        fact::ROLE_LIST,
        fact::VIRTUAL_MFA_DEVICES,
        fact::SERVER_CERTIFICATES,
        fact::SAML_PROVIDERS,
        fact::SAML_PROVIDER,
        fact::OIDC_PROVIDERS,
        fact::OIDC_PROVIDER,
        fact::SUPPORT_ENTITIES,
        fact::CLOUDSHELL_ENTITIES,
    ] {
        let mut fixture = whole();
        if evidence.operation == "ListEntitiesForPolicy"
            || evidence.operation.starts_with("GetSAML")
            || evidence.operation.starts_with("GetOpenID")
        {
            for call in fixture.calls.iter_mut().filter(|call| call.operation == evidence.operation) {
                if evidence.about.is_none_or(|about| call.parameters["PolicyArn"].as_str().unwrap().ends_with(about)) {
                    call.evidence = None;
                    call.error = Some(crate::snapshot::CallError { code: "AccessDenied".into(), message: "no".into() });
                }
            }
        } else {
            fixture = fixture.without(evidence.operation).denied(evidence.service, evidence.operation);
        }
        let after = account(fixture);
        assert!(after.gaps.iter().any(|gap| gap.evidence == evidence && gap.kind == GapKind::Denied), "{evidence}");
        for kind in KINDS {
            let (old, new) = (before.population(kind), after.population(kind));
            if kind.enumerated_by.contains(&evidence) {
                assert!(new.gaps.iter().any(|gap| gap.evidence == evidence), "{evidence}: {}", kind.plural);
            } else {
                assert_eq!(old.subjects.len(), new.subjects.len(), "{evidence}: {}", kind.plural);
            }
            for subject in new.subjects {
                let twin = old.subjects.iter().find(|other| other.id() == subject.id()).unwrap();
                for (index, field) in kind.fields.iter().enumerate() {
                    match subject.fact(index) {
                        Observed::Known(value) => {
                            assert_eq!(
                                twin.fact(index),
                                Observed::Known(value),
                                "{evidence}: {}.{}",
                                kind.name,
                                field.name
                            );
                            // Names, kinds and paths stand in the ARN, which any list gives; so does whether it is
                            // a service's or Identity Center's role.
                            let in_arn = ["name", "kind", "path", "service_linked", "identity_center", "made_by_aws"]
                                .contains(&field.name);
                            assert!(
                                in_arn || field.evidence != [evidence],
                                "{evidence}: {}.{} is still known",
                                kind.name,
                                field.name
                            );
                        }
                        Observed::Gap(gap) => {
                            assert_eq!(gap.evidence, evidence, "{evidence}: {}.{}", kind.name, field.name);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_denied_report_leaves_users_known_and_their_credentials_unknown() {
    let account = account(whole().without("GetCredentialReport").denied("iam", "GetCredentialReport"));
    assert_eq!(account.users.subjects.len(), 2);
    assert!(
        account.users.subjects.iter().all(|user| user.has_password.gap().is_some() && user.groups.known().is_some())
    );
    assert!(account.access_keys.subjects.is_empty());
    assert_eq!(account.access_keys.gaps[0].code.as_deref(), Some("AccessDenied"));
    let gap = account.root.subjects[0].has_access_key.gap().unwrap();
    assert_eq!(
        gap.reason,
        "iam:GetCredentialReport was refused: User is not authorized to perform this operation (AccessDenied)"
    );
}

#[test]
fn a_report_that_could_not_be_renewed_is_used_and_its_age_told() {
    let account = account(whole().without("GenerateCredentialReport").denied("iam", "GenerateCredentialReport"));
    assert_eq!(account.users.subjects[0].has_password, Observed::Known(true));
    assert_eq!(
        reasons(&account),
        [
            "iam:GenerateCredentialReport was refused: User is not authorized to perform this operation (AccessDenied); AWS returned \
          an earlier report (generated 2026-11-22T03:10:00Z, 2 h 50 min before the collection began)"
        ]
    );
}

#[test]
fn users_made_or_deleted_since_the_report_stay_with_what_is_known() {
    let mut body = details();
    body["UserDetailList"] = json!([user_detail("alice"), user_detail("young")]);
    let fixture = whole().without("GetAccountAuthorizationDetails").without("ListUsers");
    let fixture = fixture.answer("iam", "GetAccountAuthorizationDetails", body);
    let account = account(fixture.answer("iam", "ListUsers", listed_users(&["alice", "young"])));
    let names: Vec<&str> = account.users.subjects.iter().map(|user| user.label.as_str()).collect();
    assert_eq!(names, ["alice", "bob", "young"]);
    let (bob, young) = (&account.users.subjects[1], &account.users.subjects[2]);
    assert_eq!(bob.has_password, Observed::Known(false));
    assert_eq!(bob.attached_policies.gap().unwrap().kind, GapKind::Absent);
    assert_eq!(young.has_password.gap().unwrap().kind, GapKind::Absent);
    assert_eq!(young.groups.known().unwrap(), &["Admins"]);
    assert!(account.users.gaps.is_empty(), "everybody is named");
    assert_eq!(
        bob.attached_policies.gap().unwrap().reason,
        "user bob is named only by the credential report (generated 2026-11-22T03:10:00Z, 2 h 50 min before the \
         collection began), not by the authorization details; it may have been deleted since"
    );
    assert_eq!(bob.path, Observed::Known("/".to_owned()), "the ARN holds it");
    let of_kind = |kind: &str| {
        let these = account.principals.subjects.iter().filter(|one| one.kind == Observed::Known(kind.to_owned()));
        these.map(|one| one.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(of_kind("user"), account.users.subjects.iter().map(|user| user.id.clone()).collect::<Vec<_>>());
    let bob = account.principals.subjects.iter().find(|one| one.label == "user bob").unwrap();
    assert!(bob.administrator.gap().is_some() && bob.escalation_paths.gap().is_some());
    let gap = &account.access_keys.gaps[0];
    assert_eq!(
        gap.reason,
        "user young is named only by the authorization details and the list of users, not by the credential report \
         (generated 2026-11-22T03:10:00Z, 2 h 50 min before the collection began); it may have been created since"
    );
    let told: Vec<(&str, &str)> = account
        .disagreements
        .iter()
        .map(|d| (d.subject.rsplit('/').next().unwrap(), d.explanation.as_deref().unwrap()))
        .collect();
    assert_eq!(told[0].0, "bob");
    assert!(told[0].1.starts_with("the user was probably deleted after"), "{told:?}");
    assert!(told[1].1.starts_with("the user was probably created after"), "{told:?}");
    // The counts are equal by chance; the names are not.
    let users = &account.reconciliation[0];
    assert_eq!((users.agrees, users.population), (Agreement::Differs, Some(3)));
    let differences: Vec<(Vec<&str>, Vec<&str>, &[String])> = (users.differences.iter())
        .map(|one| {
            let sources = |of: &[fact::Evidence]| of.iter().map(|source| source.operation).collect::<Vec<_>>();
            (sources(&one.named_by), sources(&one.missing_from), one.names.as_slice())
        })
        .collect();
    let lists = vec!["GetAccountAuthorizationDetails", "ListUsers"];
    assert!(
        differences.contains(&(vec!["GetCredentialReport"], lists.clone(), &["bob".to_owned()])),
        "{differences:?}"
    );
    assert!(differences.iter().any(|one| one.0 == lists && one.1 == ["GetCredentialReport"]), "{differences:?}");
}

#[test]
fn root_keys_are_absent_only_when_both_sources_say_so() {
    let with = |present: i64, row: &str| {
        let csv = report(&[]).replace(ROOT_ROW, row);
        let fixture =
            whole().without("GetAccountSummary").without("GenerateCredentialReport").without("GetCredentialReport");
        let summary = json!({ "SummaryMap": { "AccountAccessKeysPresent": present, "AccountMFAEnabled": 0 } });
        account(fixture.answer("iam", "GetAccountSummary", summary).report(GENERATED, &csv))
    };
    let inactive = ROOT_ROW.replacen("false,N/A", "false,2019-01-01T00:00:00Z", 1);
    assert_eq!(with(0, ROOT_ROW).root.subjects[0].has_access_key, Observed::Known(false));
    assert_eq!(with(1, &inactive).root.subjects[0].has_access_key, Observed::Known(true));
    let conflict = with(0, &inactive);
    let gap = conflict.root.subjects[0].has_access_key.gap().unwrap();
    assert_eq!(gap.kind, GapKind::Conflict);
    assert_eq!(
        gap.reason,
        "the account summary says that the root user has none, the credential report that it has an access key"
    );
    let about: Vec<&str> = conflict.disagreements.iter().map(|d| d.about.as_str()).collect();
    assert!(about.contains(&"root access key") && about.contains(&"root MFA"), "{about:?}");
    // A summary of an older kind does not know about the password: the report decides, whose `not_supported` is no no.
    let row = |cell: &str| ROOT_ROW.replacen("not_supported", cell, 1);
    for (cell, present) in [("not_supported", Some(true)), ("true", Some(true)), ("false", None), ("N/A", None)] {
        let root = with(0, &row(cell)).root.subjects[0].clone();
        assert_eq!(root.password_present.known().copied(), present, "{cell}");
    }

    let yes_without_summary = whole().without("GetAccountSummary").denied("iam", "GetAccountSummary");
    let yes =
        yes_without_summary.without("GetCredentialReport").report(GENERATED, &report(&[]).replace(ROOT_ROW, &inactive));
    assert_eq!(account(yes).root.subjects[0].has_access_key, Observed::Known(true));
    let no_row = whole().without("GetCredentialReport").report(GENERATED, &report(&[]).replace(ROOT_ROW, ""));
    let gap = account(no_row).root.subjects[0].has_access_key.gap().unwrap().clone();
    assert_eq!(gap.reason, "the credential report has no row of the root user");
}

#[test]
fn details_cut_short_leave_their_populations_open() {
    let broken = whole().without("GetAccountAuthorizationDetails");
    let broken = broken.page("iam", "GetAccountAuthorizationDetails", 1, true, details()).failed(
        "iam",
        "GetAccountAuthorizationDetails",
        Some(2),
        "Throttling",
        "Rate exceeded",
    );
    let account = account(broken);
    for kind in ["user", "credential", "access_key", "group", "role", "principal", "policy"] {
        let kind = KINDS.iter().find(|other| other.name == kind).unwrap();
        let view = account.population(kind);
        assert_eq!(view.gaps.len(), 1, "{}", kind.name);
        assert_eq!(view.gaps[0].kind, GapKind::Throttled);
    }
    assert_eq!(
        account.gaps[0].reason,
        "iam:GetAccountAuthorizationDetails was cut short after 1 page: Rate exceeded (Throttling)"
    );
    assert_eq!(account.policies.subjects[0].grants_full_admin, Observed::Known(true), "what is known stays known");
    assert!(account.policies.subjects[1].holders.gap().is_some());
    assert!(account.groups.subjects[0].users.gap().is_some());
    assert_eq!(account.reconciliation[1].agrees, Agreement::NotComparable);
}

#[test]
fn a_missing_list_is_not_an_empty_one() {
    for (operation, kind) in [
        ("ListUsers", "user"),
        ("ListRoles", "role"),
        ("GetAccountAuthorizationDetails", "policy"),
        ("ListServerCertificates", "server_certificate"),
        ("ListSAMLProviders", "saml_provider"),
    ] {
        let account = account(whole().without(operation).answer("iam", operation, json!({ "Something": [] })));
        let kind = KINDS.iter().find(|other| other.name == kind).unwrap();
        assert_eq!(account.population(kind).gaps[0].kind, GapKind::Unreadable, "{operation}");
    }
}

#[test]
fn an_account_without_a_password_policy_has_that_of_aws() {
    let none = whole().without("GetAccountPasswordPolicy").failed(
        "iam",
        "GetAccountPasswordPolicy",
        None,
        "NoSuchEntity",
        "none",
    );
    let account = account(none);
    let policy = &account.password_policy.subjects[0];
    assert_eq!(policy.exists, Observed::Known(false));
    assert_eq!(policy.minimum_length, Observed::Known(8));
    assert_eq!(policy.reuse_prevention, Observed::Known(None));
    assert_eq!(policy.requires_symbol, Observed::Known(false));
    assert_eq!(policy.maximum_age, Observed::Known(None));
    assert!(account.gaps.is_empty());

    let odd = whole().without("GetAccountPasswordPolicy");
    let odd = odd.answer(
        "iam",
        "GetAccountPasswordPolicy",
        json!({ "PasswordPolicy": { "ExpirePasswords": false, "MaxPasswordAge": 90 } }),
    );
    let policy = super::tests::account(odd).password_policy.subjects.remove(0);
    assert_eq!(policy.maximum_age, Observed::Known(None), "an age that is not enforced is none");
    assert_eq!(policy.requires_symbol.gap().unwrap().reason, "the password policy does not hold RequireSymbols");
}

#[test]
fn an_empty_account_is_known_to_be_empty() {
    let empty = [
        "GetAccountAuthorizationDetails",
        "ListUsers",
        "ListRoles",
        "GetCredentialReport",
        "GetAccountSummary",
        "ListVirtualMFADevices",
    ]
    .into_iter()
    .fold(whole(), Fixture::without)
    .report(GENERATED, &report(&[]))
    .answer("iam", "ListVirtualMFADevices", json!({ "VirtualMFADevices": [] }))
    .answer("iam", "GetAccountSummary", json!({ "SummaryMap": { "Users": 0, "Groups": 0, "Roles": 0, "Policies": 0 } }))
    .answer(
        "iam",
        "GetAccountAuthorizationDetails",
        json!({ "UserDetailList": [], "GroupDetailList": [],
            "RoleDetailList": [], "Policies": [] }),
    )
    .answer("iam", "ListUsers", json!({ "Users": [] }))
    .answer("iam", "ListRoles", json!({ "Roles": [] }));
    let account = account(empty);
    assert!(account.users.subjects.is_empty() && account.users.gaps.is_empty());
    assert!(account.credentials.subjects.is_empty() && account.credentials.gaps.is_empty());
    assert_eq!(account.reconciliation[0].agrees, Agreement::Agrees);
    assert_eq!(account.reconciliation[0].counts.len(), 4, "the proof that there is nobody has four sources");
}

#[test]
fn attachments_that_contradict_each_other_are_told_and_never_read_as_unattached() {
    let mut body = details();
    body["Policies"][1]["AttachmentCount"] = json!(0);
    body["Policies"][0]["AttachmentCount"] = json!(7);
    let account = account(whole().without("GetAccountAuthorizationDetails").answer(
        "iam",
        "GetAccountAuthorizationDetails",
        body,
    ));
    let policy = |name: &str| account.policies.subjects.iter().find(|policy| policy.label == name).unwrap();
    assert_eq!(policy("old").attachments.gap().unwrap().kind, GapKind::Conflict);
    assert_eq!(policy("AWSSupportAccess").attachments, Observed::Known(7));
    assert_eq!(account.disagreements.iter().filter(|d| d.about == "attachments").count(), 2);
}

#[test]
fn an_attached_policy_that_the_details_do_not_hold_leaves_the_policies_open() {
    let mut body = details();
    body["Policies"] = json!([]);
    let account = account(whole().without("GetAccountAuthorizationDetails").answer(
        "iam",
        "GetAccountAuthorizationDetails",
        body,
    ));
    assert_eq!(account.policies.gaps[0].kind, GapKind::Absent);
}

#[test]
fn no_account_is_read_from_the_evidence_of_two() {
    let refused = |fixture: Fixture, operation: &str| {
        let told = read(&fixture.open(), None, &TrustSettings::default()).unwrap_err().to_string();
        let says = format!("iam:{operation} answered about account 999988887777");
        assert!(told.contains(&says) && told.contains(ACCOUNT) && told.contains("next:"), "{told}");
    };
    let foreign = report(&[]).replace(ACCOUNT, "999988887777");
    refused(whole().without("GetCredentialReport").report(GENERATED, &foreign), "GetCredentialReport");
    let users = json!({ "Users": [{ "Arn": "arn:aws:iam::999988887777:user/alice" }] });
    refused(whole().without("ListUsers").answer("iam", "ListUsers", users), "ListUsers");
}

#[test]
fn a_call_that_failed_is_a_gap_though_no_fact_needs_it() {
    let account = account(whole().denied("account", "GetAccountInformation"));
    let gap = account.gaps.iter().find(|gap| gap.evidence.operation == "GetAccountInformation").unwrap();
    assert_eq!((gap.kind.clone(), gap.code.as_deref()), (GapKind::Denied, Some("AccessDenied")));
    assert!(gap.call.is_some());
    let calls: Vec<_> = account.gaps.iter().filter_map(|gap| gap.call.as_ref()).collect();
    assert_eq!(calls.iter().collect::<BTreeSet<_>>().len(), calls.len(), "each call once");
}

#[test]
fn the_account_is_found_without_the_callers_identity() {
    let nameless = |mut fixture: Fixture| {
        (fixture.header.account, fixture.header.caller, fixture.header.partition) = (None, None, None);
        fixture.without("GetCallerIdentity").denied("sts", "GetCallerIdentity")
    };
    let found = account(nameless(whole()));
    assert_eq!((found.id.as_str(), found.id_from.as_str()), (ACCOUNT, "the credential report"));
    assert!(found.account.subjects[0].partition.gap().is_some());
    let denied = || nameless(whole()).without("GetCredentialReport").denied("iam", "GetCredentialReport");
    let found = read(&denied().open(), Some(ACCOUNT), &TrustSettings::default()).unwrap();
    assert_eq!(found.id_from, "the --account option");
    let error = read(&denied().open(), None, &TrustSettings::default()).unwrap_err();
    assert!(matches!(error, AccountError::NoAccountId { .. }));
    assert!(
        error.to_string().contains("AccessDenied") && error.to_string().contains("next: give it with --account"),
        "{error}"
    );
}

#[test]
fn the_schema_gives_a_gap_or_a_value_of_its_type_for_every_fact() {
    let account = account(whole());
    for kind in KINDS {
        for subject in account.population(kind).subjects {
            for (index, field) in kind.fields.iter().enumerate() {
                let Observed::Known(value) = subject.fact(index) else { continue };
                let fits = match (&value, field.ty.base) {
                    (Fact::Null, _) => field.ty.nullable,
                    (Fact::Bool(_), base) => base == BaseType::Bool,
                    (Fact::Int(_), base) => base == BaseType::Int,
                    (Fact::Text(_), base) => base == BaseType::Text,
                    (Fact::Time(_), base) => base == BaseType::Time,
                    (Fact::TextList(_), base) => base == BaseType::TextList,
                };
                assert!(fits, "{}.{}: {value:?}", kind.name, field.name);
            }
        }
    }
}

mod completeness;
mod other_services;
mod purposes;
mod spellings;
mod wrong_pass;
