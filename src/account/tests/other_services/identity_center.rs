//! Identity Center.

use super::*;

const ARN: &str = "arn:aws:sso:::instance/ssoins-1";
const SET: &str = "arn:aws:sso:::permissionSet/ssoins-1/ps-1";
const ABOUT: &[(&str, &str)] = &[("InstanceArn", ARN), ("PermissionSetArn", SET)];

fn seen(owner: &str, management: &str) -> Fixture {
    let instance = json!({ "InstanceArn": ARN, "IdentityStoreId": "d-1", "OwnerAccountId": owner });
    Fixture::new()
        .answer("account", "ListRegions", regions(&[("us-east-1", "ENABLED")]))
        .answer("organizations", "DescribeOrganization", organization_of(management))
        .answer_in("us-east-1", ("sso-admin", "ListInstances"), &[], json!({ "Instances": [instance] }))
}

fn whole(inline: &str, managed: &[&str]) -> Fixture {
    let policies: Vec<Value> =
        managed.iter().map(|name| json!({ "Name": name, "Arn": format!("arn:aws:iam::aws:policy/{name}") })).collect();
    let at = |operation| ("sso-admin", operation);
    seen(ACCOUNT, ACCOUNT)
        .answer_in("us-east-1", at("ListPermissionSets"), &ABOUT[..1], json!({ "PermissionSets": [SET] }))
        .answer_in(
            "us-east-1",
            at("DescribePermissionSet"),
            ABOUT,
            json!({ "PermissionSet": { "Name": "Ops", "SessionDuration": "PT1H30M" } }),
        )
        .answer_in("us-east-1", at("GetInlinePolicyForPermissionSet"), ABOUT, json!({ "InlinePolicy": inline }))
        .answer_in(
            "us-east-1",
            at("ListManagedPoliciesInPermissionSet"),
            ABOUT,
            json!({ "AttachedManagedPolicies": policies }),
        )
        .answer_in(
            "us-east-1",
            at("ListCustomerManagedPolicyReferencesInPermissionSet"),
            ABOUT,
            json!({ "CustomerManagedPolicyReferences": [] }),
        )
        .answer_in(
            "us-east-1",
            at("ListAccountsForProvisionedPermissionSet"),
            ABOUT,
            json!({ "AccountIds": [ACCOUNT] }),
        )
        .answer_in(
            "us-east-1",
            at("ListAccountAssignments"),
            &[("AccountId", ACCOUNT), ABOUT[0], ABOUT[1]],
            json!({ "AccountAssignments": [
            { "AccountId": ACCOUNT, "PrincipalType": "GROUP", "PrincipalId": "g-1" },
            { "AccountId": ACCOUNT, "PrincipalType": "USER", "PrincipalId": "u-2" }] }),
        )
        .answer_in(
            "us-east-1",
            ("identitystore", "ListUsers"),
            &[("IdentityStoreId", "d-1")],
            json!({ "Users": [
            { "UserId": "u-1", "UserName": "ann" }, { "UserId": "u-2", "UserName": "bob" }] }),
        )
        .answer_in(
            "us-east-1",
            ("identitystore", "ListGroups"),
            &[("IdentityStoreId", "d-1")],
            json!({ "Groups": [
            { "GroupId": "g-1", "DisplayName": "ops" }] }),
        )
        .answer_in(
            "us-east-1",
            ("identitystore", "ListGroupMemberships"),
            &[("GroupId", "g-1"), ("IdentityStoreId", "d-1")],
            json!({ "GroupMemberships": [{ "MemberId": { "UserId": "u-1" } }] }),
        )
}

#[test]
fn assignments_name_people_and_sets_their_sessions() {
    let account = account(whole("", &["ReadOnlyAccess"]));
    let set = &account.permission_sets.subjects[0];
    assert_eq!(set.session_seconds.known(), Some(&5400));
    assert_eq!(set.grants_full_admin.known(), Some(&false));
    let assignments = &account.assignments;
    assert!(assignments.gaps.is_empty(), "{:?}", assignments.gaps);
    let shown: Vec<_> = assignments
        .subjects
        .iter()
        .map(|one| (one.principal.known().unwrap().as_str(), one.people.known().unwrap().clone()))
        .collect();
    assert_eq!(shown, [("ops", vec!["ann".to_owned()]), ("bob", vec!["bob".to_owned()])]);
}

#[test]
fn full_administration_is_found_in_either_kind_of_policy_and_unread_texts_decide_nothing() {
    let full = |fixture: Fixture| account(fixture).permission_sets.subjects[0].grants_full_admin.clone();
    let all = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"x:y","Resource":"*"},{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    assert_eq!(full(whole(all, &[])).known(), Some(&true));
    assert_eq!(full(whole("", &["AdministratorAccess"])).known(), Some(&true));
    assert!(full(whole("", &["SomethingNew"])).gap().is_some());
    assert!(full(whole("{", &[])).gap().is_some());
    for operation in [
        "ListManagedPoliciesInPermissionSet",
        "GetInlinePolicyForPermissionSet",
        "ListCustomerManagedPolicyReferencesInPermissionSet",
    ] {
        assert!(full(whole("", &[]).without(operation)).gap().is_some(), "{operation}");
    }
}

#[test]
fn an_unread_account_of_a_set_leaves_the_assignments_open() {
    for operation in
        ["ListAccountAssignments", "ListAccountsForProvisionedPermissionSet", "ListPermissionSets", "ListInstances"]
    {
        let account = account(whole("", &[]).without(operation));
        assert!(!account.assignments.gaps.is_empty(), "{operation}");
    }
}

#[test]
fn an_instance_of_an_account_has_no_permission_sets_and_is_not_the_organizations() {
    let account = account(seen(ACCOUNT, MANAGEMENT));
    let organization = &account.organization.subjects[0];
    assert!(organization.identity_center.gap().is_some(), "a member is not shown everything");
    assert!(account.permission_sets.subjects.is_empty());
    assert!(!account.permission_sets.gaps.is_empty(), "the organization's own sets are not shown here");
}

#[test]
fn the_management_account_that_sees_an_account_instance_only_has_none_of_the_organization() {
    let known = account(seen("222233334444", ACCOUNT)).organization.subjects[0].identity_center.clone();
    assert!(known.known().unwrap().is_empty());
    let own = account(seen(ACCOUNT, ACCOUNT)).organization.subjects[0].identity_center.clone();
    assert_eq!(own.known().unwrap(), &[ARN]);
    let unread = account(seen(ACCOUNT, ACCOUNT).without("ListInstances"));
    assert!(unread.organization.subjects[0].identity_center.gap().is_some());
}

/// The instance is replicated to eu-west-1, where AWS does not read permission sets.
#[test]
fn calls_that_an_additional_region_does_not_support_are_no_gaps() {
    let replicated = |code: &str| {
        let instance = json!({ "InstanceArn": ARN, "IdentityStoreId": "d-1", "OwnerAccountId": ACCOUNT });
        let enabled = regions(&[("eu-west-1", "ENABLED"), ("us-east-1", "ENABLED")]);
        let fixture = whole("", &[]).without("ListRegions").answer("account", "ListRegions", enabled);
        fixture
            .answer_in("eu-west-1", ("sso-admin", "ListInstances"), &[], json!({ "Instances": [instance] }))
            .failed_about("sso-admin", "ListPermissionSets", ("InstanceArn", ARN), code)
            .last(|call| "eu-west-1".clone_into(&mut call.region))
    };
    let about_sets = |fixture: Fixture| -> Vec<String> {
        let gaps = account(fixture).gaps;
        gaps.iter().filter(|gap| gap.evidence.operation == "ListPermissionSets").map(|gap| gap.reason.clone()).collect()
    };
    for code in ["AccessDeniedException", "UnsupportedOperationException"] {
        assert_eq!(about_sets(replicated(code)), Vec::<String>::new(), "{code}");
        assert_eq!(account(replicated(code)).permission_sets.subjects.len(), 1);
        // Where the primary Region did not answer either, both are missing.
        let unread = replicated(code).without("ListPermissionSets");
        let unread = ["eu-west-1", "us-east-1"].into_iter().fold(unread, |fixture, region| {
            let fixture = fixture.failed_about("sso-admin", "ListPermissionSets", ("InstanceArn", ARN), code);
            fixture.last(|call| region.clone_into(&mut call.region))
        });
        assert_eq!(about_sets(unread).len(), 2, "{code}");
    }
    // Each Region has applications of its own.
    let applications = replicated("AccessDeniedException")
        .answer_in("us-east-1", ("sso-admin", "ListApplications"), &ABOUT[..1], json!({ "Applications": [] }))
        .failed_about("sso-admin", "ListApplications", ("InstanceArn", ARN), "AccessDeniedException")
        .last(|call| "eu-west-1".clone_into(&mut call.region));
    let gaps = account(applications).gaps;
    assert!(gaps.iter().any(|gap| gap.evidence.operation == "ListApplications"), "{gaps:?}");
}
