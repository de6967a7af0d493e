//! Contacts and instances.

use super::*;

fn instances(reservations: Value) -> Value {
    json!({ "Reservations": [{ "OwnerId": ACCOUNT, "Instances": reservations }] })
}

fn base() -> Fixture {
    let profile = |name: &str| format!("arn:aws:iam::{ACCOUNT}:instance-profile/{name}");
    let role = json!({ "Path": "/", "RoleName": "app", "Arn": format!("arn:aws:iam::{ACCOUNT}:role/app"),
        "CreateDate": "2024-01-01T00:00:00Z", "InstanceProfileList": [{ "Arn": profile("app") }] });
    Fixture::new()
        .answer(
            "account",
            "ListRegions",
            regions(&[("us-east-1", "ENABLED_BY_DEFAULT"), ("eu-west-1", "ENABLED"), ("ap-east-1", "DISABLED")]),
        )
        .answer(
            "iam",
            "GetAccountAuthorizationDetails",
            json!({ "UserDetailList": [], "GroupDetailList": [],
            "RoleDetailList": [role], "Policies": [] }),
        )
        .answer_in(
            "us-east-1",
            ("ec2", "DescribeInstances"),
            &[],
            instances(json!([
            { "InstanceId": "i-1", "State": { "Name": "running" }, "IamInstanceProfile": { "Arn": profile("app") } },
            { "InstanceId": "i-2", "State": { "Name": "running" }, "IamInstanceProfile": { "Arn": profile("empty") } },
            { "InstanceId": "i-3", "State": { "Name": "stopped" } }, { "InstanceId": "i-4" },
            { "InstanceId": "i-5", "State": { "Name": "dancing" } }])),
        )
}

#[test]
fn a_profile_without_a_role_holds_none() {
    let account =
        account(base().answer_in("eu-west-1", ("ec2", "DescribeInstances"), &[], json!({ "Reservations": [] })));
    let found = &account.instances;
    assert!(found.gaps.is_empty(), "{:?}", found.gaps);
    assert_eq!(found.subjects[0].roles.known().unwrap(), &["app"]);
    assert!(found.subjects[1].roles.known().unwrap().is_empty());
    assert_eq!(found.subjects[2].profile.known(), Some(&None));
    assert!(found.subjects[3].state.gap().is_some(), "AWS did not say");
    let novel = found.subjects[4].state.gap().unwrap();
    assert!(novel.reason.contains("\"dancing\" for the state of i-5, a value that AWS does not document"), "{novel:?}");
    assert_eq!(found.subjects[2].state.known().unwrap(), "stopped", "the others are what they are");
}

#[test]
fn a_region_that_was_not_asked_or_not_listed_leaves_the_instances_open() {
    let gaps = |fixture: Fixture| account(fixture).instances.gaps;
    assert!(gaps(base())[0].reason.contains("eu-west-1"), "{:?}", gaps(base()));
    assert!(!gaps(base().without("ListRegions")).is_empty());
    assert!(!gaps(base().without("ListRegions").answer("account", "ListRegions", regions(&[]))).is_empty());
    assert!(!gaps(Fixture::new()).is_empty());
}

#[test]
fn without_the_details_a_profile_may_hold_any_role() {
    let account = account(base().without("GetAccountAuthorizationDetails"));
    assert!(account.instances.subjects[0].roles.gap().is_some());
}

#[test]
fn no_alternate_contact_is_an_answer_and_a_refusal_is_none() {
    let of = |fixture: Fixture| account(fixture).profile.subjects[0].clone();
    let about = ("AlternateContactType", "SECURITY");
    let none = of(Fixture::new().failed_about("account", "GetAlternateContact", about, "ResourceNotFoundException"));
    assert_eq!(none.security_contact.known(), Some(&None));
    let refused = of(Fixture::new().failed_about("account", "GetAlternateContact", about, "AccessDeniedException"));
    assert_eq!(kind_of(&refused.security_contact), GapKind::Denied);
    let other = json!({ "AlternateContact": { "AlternateContactType": "BILLING", "Name": "x", "EmailAddress": "y" } });
    let wrong = of(Fixture::new().answer_about("account", "GetAlternateContact", about, other));
    assert!(wrong.security_contact.gap().is_some(), "a contact of another type");
    assert_eq!(kind_of(&of(Fixture::new()).billing_contact), GapKind::NotCollected);
    assert_eq!(kind_of(&of(Fixture::new()).contact_missing), GapKind::NotCollected);
    assert!(of(Fixture::new()).people_sources.gap().is_some());
    assert!(of(Fixture::new()).console_users.gap().is_some());
    assert!(of(Fixture::new()).billing_access.gap().is_some());
    let blank = json!({ "ContactInformation": { "FullName": " ", "AddressLine1": "a", "City": "b", "CountryCode": "US",
        "PostalCode": "1", "PhoneNumber": "2" } });
    assert_eq!(
        of(Fixture::new().answer("account", "GetContactInformation", blank)).contact_missing.known().unwrap(),
        &["full name"]
    );
}

/// AWS Config evaluates instances by id. Its result for an instance of a Region contradicts a list without any.
#[test]
fn an_empty_list_of_instances_is_contradicted_by_a_result_of_aws_config() {
    let evaluated = |region: &str, listed: &str, compliance: &str| {
        let rule = json!({ "ConfigRuleName": "profiles", "ConfigRuleState": "ACTIVE",
            "Source": { "Owner": "AWS", "SourceIdentifier": "EC2_INSTANCE_PROFILE_ATTACHED" } });
        let result = json!({ "ComplianceType": compliance, "EvaluationResultIdentifier": { "EvaluationResultQualifier": {
            "ConfigRuleName": "profiles", "ResourceType": "AWS::EC2::Instance", "ResourceId": "i-9" } } });
        let empty = ("ec2", "DescribeInstances");
        account(
            base()
                .answer_in(listed, empty, &[], json!({ "Reservations": [] }))
                .answer_in(region, ("config", "DescribeConfigRules"), &[], json!({ "ConfigRules": [rule] }))
                .answer_in(
                    region,
                    ("config", "GetComplianceDetailsByConfigRule"),
                    &[("ConfigRuleName", "profiles")],
                    json!({ "EvaluationResults": [result] }),
                ),
        )
        .instances
        .gaps
    };
    for compliance in ["COMPLIANT", "NON_COMPLIANT"] {
        let gaps = evaluated("eu-west-1", "eu-west-1", compliance);
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        assert_eq!(gaps[0].kind, GapKind::Conflict);
        assert_eq!(
            gaps[0].reason,
            "ec2:DescribeInstances lists no instance in eu-west-1, and config:GetComplianceDetailsByConfigRule has a result \
             for instance i-9 there"
        );
    }
    // A result that says nothing, and one of a Region whose list has other instances.
    assert_eq!(evaluated("eu-west-1", "eu-west-1", "NOT_APPLICABLE"), vec![]);
    assert_eq!(evaluated("us-east-1", "eu-west-1", "COMPLIANT"), vec![]);
}
