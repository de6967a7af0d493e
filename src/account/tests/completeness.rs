//! Each list that may lack a member, and what rests on it: known only where the evidence shows that the list is whole.

use super::*;
use crate::account::fact::Gap;
use crate::snapshot::Origin;
use std::sync::Arc;

fn user(name: &str, groups: &[&str]) -> Value {
    json!({ "Path": "/", "UserName": name, "Arn": arn("user", name), "GroupList": groups, "AttachedManagedPolicies": [] })
}
fn group(name: &str) -> Value {
    json!({ "Path": "/", "GroupName": name, "Arn": arn("group", name), "CreateDate": "2024-01-02T03:04:05Z",
        "GroupPolicyList": [], "AttachedManagedPolicies": [] })
}
fn role(path: &str, name: &str, attached: &[&str]) -> Value {
    let attached: Vec<Value> = attached.iter().map(|arn| json!({ "PolicyArn": arn })).collect();
    json!({ "Path": path, "RoleName": name, "Arn": format!("arn:aws:iam::{ACCOUNT}:role{path}{name}"),
        "CreateDate": "2024-01-02T03:04:05Z", "AssumeRolePolicyDocument": { "Statement": [] }, "RolePolicyList": [],
        "AttachedManagedPolicies": attached, "Tags": [], "InstanceProfileList": [], "RoleLastUsed": {} })
}
fn policy(name: &str, attachments: i64, boundaries: i64) -> Value {
    json!({ "Arn": arn("policy", name), "PolicyName": name, "AttachmentCount": attachments,
        "PermissionsBoundaryUsageCount": boundaries, "DefaultVersionId": "v1",
        "PolicyVersionList": [{ "VersionId": "v1", "IsDefaultVersion": true,
            "Document": { "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" }] } }] })
}

/// Authorization details with these lists, and the role list that fits.
fn of(users: &[Value], groups: &[Value], roles: &[Value], policies: &[Value]) -> Fixture {
    Fixture::new()
        .answer("sts", "GetCallerIdentity", json!({ "Account": ACCOUNT, "Arn": arn("user", "x"), "UserId": "A" }))
        .answer(
            "iam",
            "GetAccountAuthorizationDetails",
            json!({ "UserDetailList": users, "GroupDetailList": groups,
            "RoleDetailList": roles, "Policies": policies }),
        )
        .answer("iam", "ListRoles", json!({ "Roles": roles }))
        .answer("iam", "ListUsers", json!({ "Users": users }))
}
fn supplied(mut fixture: Fixture) -> Fixture {
    fixture.header.origin = Origin::Supplied;
    fixture
}
fn counting(fixture: Fixture, counts: Value) -> Fixture {
    fixture.answer("iam", "GetAccountSummary", json!({ "SummaryMap": counts }))
}
fn says(gaps: &[Arc<Gap>], words: &str) -> bool {
    gaps.iter().any(|gap| gap.reason.contains(words))
}
fn billing(account: &Account) -> Option<&str> {
    account.profile.subjects[0].billing_access.gap().map(|gap| gap.reason.as_str())
}

#[test]
fn a_user_whom_the_list_names_and_the_details_lack_may_do_anything() {
    let listed = json!({ "Users": [user("ada", &[]), user("fin.ops", &[])] });
    let account =
        account(of(&[user("ada", &[])], &[], &[], &[]).without("ListUsers").answer("iam", "ListUsers", listed));
    assert!(billing(&account).is_some_and(|reason| reason.ends_with("fin.ops")), "{:?}", billing(&account));
    assert!(says(&account.policies.gaps, "fin.ops"), "it may hold an inline policy");
    assert!(account.users.gaps.iter().all(|gap| gap.kind == GapKind::NotCollected), "the user itself is known");
    let ada = account.principals.subjects.iter().find(|one| one.id == arn("user", "ada")).unwrap();
    assert!(ada.way_to_administrator.gap().is_some(), "the way may lead over the other user");
}

#[test]
fn a_group_that_a_user_is_in_is_a_group() {
    let ada = user("ada", &["platform", "readers"]);
    let account = account(of(&[ada], &[group("readers")], &[], &[]));
    assert!(says(&account.groups.gaps, "platform"));
    let readers = &account.groups.subjects[0];
    assert_eq!(readers.users.known().unwrap(), &["ada"], "the users are all known");
    assert!(billing(&account).is_some(), "what the group grants is not known");
}

#[test]
fn members_that_are_known_stay_known_beside_users_who_are_not() {
    let listed = json!({ "Users": [user("ada", &[]), user("bob", &[])] });
    let groups = [group("empty"), group("readers")];
    let fixture = of(&[user("ada", &["readers"])], &groups, &[], &[]);
    let account = account(fixture.without("ListUsers").answer("iam", "ListUsers", listed));
    let [empty, readers] = &account.groups.subjects[..] else { panic!() };
    assert!(empty.users.gap().is_some() && empty.known_users.gap().is_some());
    assert!(readers.users.gap().is_some());
    assert_eq!(readers.known_users.known().unwrap(), &["ada"]);
}

/// `get-account-authorization-details --filter` leaves the other lists empty.
#[test]
fn a_supplied_list_that_is_empty_proves_nothing_by_itself() {
    type Look = fn(&Account) -> &[Arc<Gap>];
    let looks: [(&str, &str, Look); 4] = [
        ("IAM users", "Users", |a| &a.users.gaps),
        ("IAM groups", "Groups", |a| &a.groups.gaps),
        ("IAM roles", "Roles", |a| &a.roles.gaps),
        ("customer managed policies", "Policies", |a| &a.policies.gaps),
    ];
    let empty = || of(&[], &[], &[], &[]).without("ListUsers").without("ListRoles");
    for (what, counted, gaps) in looks {
        let words = format!("lists no {what}");
        let filtered = account(supplied(empty()));
        assert!(says(gaps(&filtered), &words), "{what}");
        assert!(billing(&filtered).is_some());
        assert!(!says(gaps(&account(empty())), &words), "{what}: our own call was not filtered");
        let counts = json!({ "Users": 0, "Groups": 0, "Roles": 0, "Policies": 0 });
        assert!(!says(gaps(&account(supplied(counting(empty(), counts)))), &words), "{what}: none by the summary");
        let more = account(supplied(counting(empty(), json!({ counted: 3 }))));
        assert!(
            says(gaps(&more), &format!("count of {what} is 3, and the evidence lists 0")),
            "{what}: {:?}",
            gaps(&more)
        );
    }
    let alone = supplied(of(&[], &[], &[], &[]).without("GetAccountAuthorizationDetails"));
    assert!(says(&account(alone).other_credentials.gaps, "ListUsers lists no IAM users"));
    let lists = account(supplied(of(&[], &[], &[], &[])));
    assert!(!says(&lists.users.gaps, "lists no") && !says(&lists.roles.gaps, "lists no"), "two lists show none");
    assert!(says(&lists.groups.gaps, "lists no IAM groups"), "nothing else lists groups");
}

/// `--filter LocalManagedPolicy`: policies, and nobody who could hold them.
#[test]
fn policies_without_principals_say_nothing_about_who_may_do_what() {
    let account =
        account(supplied(of(&[], &[], &[], &[policy("read", 0, 0)]).without("ListUsers").without("ListRoles")));
    assert!(billing(&account).is_some_and(|reason| reason.contains("may have been filtered")));
    assert!(account.principals.gaps.iter().any(|gap| gap.reason.contains("lists no IAM groups")));
    assert_eq!(account.policies.subjects[0].holders.known().map(Vec::len), Some(0), "AWS counts none");
}

#[test]
fn counts_of_aws_show_holders_who_are_not_seen() {
    let held = arn("policy", "read");
    let seen = |attachments, boundaries| {
        account(of(&[], &[], &[role("/", "app", &[&held])], &[policy("read", attachments, boundaries)]))
    };
    let whole = seen(1, 0);
    assert!(billing(&whole).is_none() && whole.principals.gaps.is_empty(), "{:?}", whole.principals.gaps);
    assert_eq!(whole.policies.subjects[0].holders.known().unwrap(), &["role app"]);
    let attached = seen(3, 0);
    assert!(billing(&attached).is_some_and(|reason| reason.contains("more attachments")));
    assert!(attached.policies.subjects[0].holders.gap().unwrap().reason.contains("counts 3 attachments"));
    assert!(!attached.principals.gaps.is_empty());
    let bounding = seen(1, 2);
    assert!(billing(&bounding).is_some_and(|reason| reason.contains("more uses as a permissions boundary")));
    assert_eq!(bounding.policies.subjects[0].holders.known().unwrap(), &["role app"]);
}

#[test]
fn a_boundary_that_the_details_do_not_hold_leaves_the_policies_open() {
    let mut bounded = role("/", "app", &[]);
    bounded["PermissionsBoundary"] = json!({ "PermissionsBoundaryArn": arn("policy", "edge") });
    assert!(says(&account(of(&[], &[], &[bounded], &[])).policies.gaps, "policy/edge"));
}

/// Answers about something else that name principals. What our own two lists agree on is not doubted.
#[test]
fn principals_that_other_answers_name_are_missing_from_supplied_lists() {
    let holders = json!({ "PolicyUsers": [{ "UserName": "eve" }], "PolicyGroups": [{ "GroupName": "ops" }],
        "PolicyRoles": [{ "RoleName": "Help" }] });
    let fixture = || {
        let device = json!({ "SerialNumber": arn("mfa", "eve"), "User": { "Arn": arn("user", "eve") } });
        of(&[], &[], &[], &[])
            .answer_about("iam", "ListEntitiesForPolicy", ("PolicyArn", SUPPORT), holders.clone())
            .answer("iam", "ListVirtualMFADevices", json!({ "VirtualMFADevices": [device] }))
    };
    let account_of = |fixture| account(fixture);
    let filtered = account_of(supplied(fixture()));
    assert!(says(&filtered.users.gaps, "name: eve"), "{:?}", filtered.users.gaps);
    assert!(says(&filtered.groups.gaps, "name: ops"));
    assert!(says(&filtered.roles.gaps, "name: Help"));
    let counts = json!({ "Users": 0, "Groups": 0, "Roles": 0, "Policies": 0 });
    let proven = account_of(supplied(counting(fixture(), counts)));
    assert!(!says(&proven.roles.gaps, "Help") && !says(&proven.groups.gaps, "ops") && !says(&proven.users.gaps, "eve"));
    let own = account_of(fixture());
    assert!(!says(&own.users.gaps, "eve") && !says(&own.roles.gaps, "Help"), "both lists are ours");
    assert!(says(&own.groups.gaps, "ops"), "no second list, and no count");
}

#[test]
fn a_role_that_is_not_seen_may_be_in_any_instance_profile() {
    let profile = format!("arn:aws:iam::{ACCOUNT}:instance-profile/web");
    let instance =
        json!({ "InstanceId": "i-1", "State": { "Name": "running" }, "IamInstanceProfile": { "Arn": profile } });
    let regions = json!({ "Regions": [{ "RegionName": "us-east-1", "RegionOptStatus": "ENABLED_BY_DEFAULT" }] });
    let with = |fixture: Fixture| {
        fixture.answer("account", "ListRegions", regions.clone()).answer_in(
            "us-east-1",
            ("ec2", "DescribeInstances"),
            &[],
            json!({ "Reservations": [{ "OwnerId": ACCOUNT, "Instances": [instance] }] }),
        )
    };
    let roles = |account: &Account| account.instances.subjects[0].roles.clone();
    let other = || role("/", "other", &[]);
    assert_eq!(roles(&account(with(of(&[], &[], &[other()], &[])))).known().map(Vec::len), Some(0));
    let listed = json!({ "Roles": [other(), role("/", "web", &[])] });
    let lacking = of(&[], &[], &[other()], &[]).without("ListRoles").answer("iam", "ListRoles", listed);
    assert!(roles(&account(with(lacking))).gap().is_some());
    let counted = account(with(counting(of(&[], &[], &[other()], &[]), json!({ "Roles": 2 }))));
    assert!(roles(&counted).gap().is_some() && says(&counted.role_access.gaps, "count of IAM roles is 2"));
    let mut unsaid = other();
    unsaid.as_object_mut().unwrap().remove("InstanceProfileList");
    assert!(roles(&account(with(of(&[], &[], &[unsaid], &[])))).gap().is_some());
    let filtered = account(with(supplied(of(&[], &[], &[], &[]))));
    assert!(roles(&filtered).gap().is_some() && says(&filtered.roles.gaps, "instance profile web"));
}

#[test]
fn when_a_role_was_used_is_known_only_where_aws_says_so() {
    let mut silent = role("/", "old", &[]);
    silent.as_object_mut().unwrap().remove("RoleLastUsed");
    let account = account(of(&[], &[], &[role("/", "app", &[]), silent], &[]));
    let [app, old] = &account.roles.subjects[..] else { panic!() };
    assert_eq!(app.last_used, Observed::Known(None));
    assert!(old.last_used.gap().unwrap().reason.contains("RoleLastUsed"));
}

#[test]
fn a_policy_without_its_versions_has_not_none() {
    let mut silent = policy("read", 0, 0);
    silent.as_object_mut().unwrap().remove("PolicyVersionList");
    let account = account(of(&[], &[], &[], &[silent]));
    let policy = &account.policies.subjects[0];
    assert!(policy.versions.gap().is_some() && policy.old_versions_with_full_admin.gap().is_some());
}

#[test]
fn many_devices_in_use_and_none_listed_agree_in_no_row() {
    let counts = json!({ "MFADevicesInUse": 145, "MFADevices": 145, "AccountMFAEnabled": 1 });
    let collected = || {
        counting(of(&[user("ada", &[])], &[], &[], &[]), counts.clone())
            .answer("iam", "ListVirtualMFADevices", json!({ "VirtualMFADevices": [] }))
            .answer_about("iam", "ListMFADevices", ("UserName", "ada"), json!({ "MFADevices": [] }))
    };
    for fixture in [collected(), supplied(collected())] {
        let account = account(fixture);
        let row = account.reconciliation.iter().find(|row| row.what == "MFA devices in use").unwrap();
        assert_ne!(row.agrees, Agreement::Agrees);
        let why = row.explanation.as_deref().unwrap();
        assert!(why.contains("counts 145 MFA devices, and the list of virtual devices is empty"), "{why}");
        assert!(why.contains("the evidence does not show which"), "{why}");
        let words = "counts 145 MFA devices in use";
        assert!(says(&account.virtual_mfa_devices.gaps, words), "the population of devices is not known to be empty");
        let root = &account.root.subjects[0];
        assert!(root.virtual_mfa_devices.gap().is_some_and(|gap| gap.reason.contains(words)));
        assert!(account.gaps.iter().any(|gap| gap.reason.contains(words)), "the gap reaches the pack");
    }
}

#[test]
fn no_virtual_device_is_believed_only_where_the_count_allows_it() {
    let device = |user: &str| json!({ "SerialNumber": arn("mfa", "m"), "User": { "Arn": user } });
    let of = |counts: Value, devices: &[Value]| {
        let fixture = counting(of(&[], &[], &[], &[]), counts);
        fixture.answer("iam", "ListVirtualMFADevices", json!({ "VirtualMFADevices": devices }))
    };
    let virtual_devices = |fixture: Fixture| account(fixture).root.subjects[0].virtual_mfa_devices.clone();
    let many = || json!({ "MFADevicesInUse": 145, "AccountMFAEnabled": 1 });
    let gap = virtual_devices(of(many(), &[]));
    assert!(gap.gap().unwrap().reason.contains("counts 145 MFA devices in use"), "{gap:?}");
    let only = || json!({ "MFADevicesInUse": 1, "AccountMFAEnabled": 1 });
    assert_eq!(virtual_devices(of(only(), &[])), Observed::Known(0), "it is the root user's, and no virtual one");
    assert!(virtual_devices(supplied(of(only(), &[]))).gap().is_some(), "or the list was filtered");
    let none = json!({ "MFADevicesInUse": 0, "AccountMFAEnabled": 0 });
    assert_eq!(virtual_devices(supplied(of(none, &[]))), Observed::Known(0));
    assert_eq!(virtual_devices(of(many(), &[device(&arn("user", "ada"))])), Observed::Known(0));
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    assert_eq!(virtual_devices(of(many(), &[device(&root)])), Observed::Known(1));
}

#[test]
fn the_other_lists_are_counted_too() {
    let lists = |counts: Value| {
        counting(of(&[], &[], &[], &[]), counts)
            .answer("iam", "ListServerCertificates", json!({ "ServerCertificateMetadataList": [] }))
            .answer("iam", "ListSAMLProviders", json!({ "SAMLProviderList": [] }))
            .answer("iam", "ListOpenIDConnectProviders", json!({ "OpenIDConnectProviderList": [] }))
    };
    let short = account(lists(json!({ "ServerCertificates": 1, "Providers": 1 })));
    assert!(says(&short.server_certificates.gaps, "count of IAM server certificates is 1"));
    assert!(says(&short.saml_providers.gaps, "identity providers"));
    assert!(says(&short.oidc_providers.gaps, "identity providers"));
    assert!(short.profile.subjects[0].people_sources.gap().is_some());
    let none = account(supplied(lists(json!({ "ServerCertificates": 0, "Providers": 0 }))));
    assert!(none.server_certificates.gaps.is_empty() && none.saml_providers.gaps.is_empty());
    let uncounted = account(supplied(lists(json!({}))));
    assert!(says(&uncounted.server_certificates.gaps, "may have been filtered"));
    assert!(says(&uncounted.saml_providers.gaps, "may have been filtered"));
}

#[test]
fn holders_whom_aws_counts_and_the_list_of_holders_lacks_are_not_none() {
    let shell = |attached: i64, of_list: Value| {
        let mut held = policy("x", attached, 0);
        held["Arn"] = json!(CLOUDSHELL);
        let fixture = of(&[], &[], &[role("/", "app", &[])], &[held]);
        fixture.answer_about("iam", "ListEntitiesForPolicy", ("PolicyArn", CLOUDSHELL), of_list)
    };
    let none = json!({ "PolicyUsers": [], "PolicyGroups": [], "PolicyRoles": [] });
    let holders = |fixture: Fixture| account(fixture).account.subjects[0].cloudshell_full_access_principals.clone();
    assert_eq!(holders(shell(0, none.clone())), Observed::Known(Vec::new()));
    assert!(holders(shell(1, none.clone())).gap().is_some());
    assert!(holders(supplied(shell(0, none))).gap().is_some(), "nothing shows that there are no groups");
}

/// Each population has everybody of its kind whom any answer names; what the other answers would say is not known.
#[test]
fn a_group_or_role_that_another_answer_names_is_a_member_whose_facts_are_gaps() {
    let holders = json!({ "PolicyUsers": [{ "UserName": "eve" }], "PolicyGroups": [{ "GroupName": "ops" }],
        "PolicyRoles": [{ "RoleName": "Help" }] });
    let linked = role("/aws-service-role/x.amazonaws.com/", "AWSServiceRoleForX", &[]);
    let listed = json!({ "Roles": [linked] });
    let fixture = of(&[user("ada", &["platform"])], &[group("readers")], &[], &[])
        .without("ListRoles")
        .answer("iam", "ListRoles", listed)
        .answer_about("iam", "ListEntitiesForPolicy", ("PolicyArn", SUPPORT), holders);
    let account = account(fixture);
    let ids = |subjects: Vec<&str>| subjects.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let users = ids(account.users.subjects.iter().map(|one| one.id.as_str()).collect());
    let groups = ids(account.groups.subjects.iter().map(|one| one.id.as_str()).collect());
    let roles = ids(account.roles.subjects.iter().map(|one| one.id.as_str()).collect());
    assert_eq!(users, [&arn("user", "ada"), "user/eve"]);
    assert_eq!(groups, [&arn("group", "readers"), "group/ops", "group/platform"]);
    assert_eq!(
        roles,
        [&format!("arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"), "role/Help"]
    );
    let mut all: Vec<String> = [users, groups, roles].concat();
    all.sort();
    let principals: Vec<&str> = account.principals.subjects.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(principals, all);

    let platform = &account.groups.subjects[2];
    assert_eq!(platform.users.known().map(Vec::len), Some(1), "the users say who is in it");
    for gap in [platform.path.gap(), platform.attached_policies.gap(), platform.administrator.gap()] {
        assert_eq!(
            gap.unwrap().reason,
            "group platform is named only by the group lists of users, not by the authorization details; it may have been \
             created or deleted while the evidence was collected, unless the answer is incomplete"
        );
    }
    let [service, help] = &account.roles.subjects[..] else { panic!() };
    assert_eq!(service.service_linked, Observed::Known(true), "its ARN shows it");
    assert!(service.created.known().is_some() && service.maximum_session_seconds.gap().is_some());
    assert!(service.trusted.gap().unwrap().reason.contains("named only by the list of roles"));
    assert!(help.path.gap().unwrap().reason.contains("the list of holders of AWSSupportAccess"), "{help:?}");
    assert!(help.service_linked.gap().is_some() && help.last_used.gap().is_some() && help.description.gap().is_some());
    let eve = &account.users.subjects[1];
    assert!(eve.has_password.gap().is_some() && eve.groups.gap().is_some() && eve.path.gap().is_some());
}

#[test]
fn a_name_without_a_path_is_the_user_whose_arn_another_source_holds() {
    let device = json!({ "SerialNumber": arn("mfa", "eve"), "User": { "Arn": arn("user", "deep/eve") } });
    let holders = json!({ "PolicyUsers": [{ "UserName": "eve" }], "PolicyGroups": [], "PolicyRoles": [] });
    let account = account(
        of(&[user("ada", &[])], &[], &[], &[])
            .answer("iam", "ListVirtualMFADevices", json!({ "VirtualMFADevices": [device] }))
            .answer_about("iam", "ListEntitiesForPolicy", ("PolicyArn", SUPPORT), holders),
    );
    let ids: Vec<&str> = account.users.subjects.iter().map(|user| user.id.as_str()).collect();
    assert_eq!(ids, [arn("user", "ada"), arn("user", "deep/eve")]);
    assert_eq!(account.users.subjects[1].path, Observed::Known("/deep/".to_owned()));
}
