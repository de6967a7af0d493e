//! What customer managed policies say they are for.

use super::*;
use crate::account::subjects::Policy;

fn of(fixture: Fixture) -> Policy {
    let account = account(fixture);
    account.policies.subjects.iter().find(|policy| policy.id == arn("policy", "old")).unwrap().clone()
}

fn standard() -> Fixture {
    whole().without("GetPolicy")
}

fn told(policy: Value) -> Fixture {
    let own = arn("policy", "old");
    standard().answer_about("iam", "GetPolicy", ("PolicyArn", &own), json!({ "Policy": policy }))
}

#[test]
fn a_description_and_tags_are_what_the_policy_s_own_call_returned() {
    let own = arn("policy", "old");
    let policy = of(told(json!({ "Arn": own, "Description": "reads", "Tags": [
        { "Key": "b", "Value": " x " }, { "Key": "Purpose", "Value": " " }] })));
    assert_eq!(policy.description, Observed::Known(Some("reads".to_owned())));
    assert_eq!(policy.tags, Observed::Known(vec!["Purpose=".to_owned(), "b=x".to_owned()]));
    let silent = of(told(json!({ "Arn": own, "Description": " \n", "Tags": [] })));
    assert_eq!((silent.description, silent.tags), (Observed::Known(None), Observed::Known(Vec::new())));
}

#[test]
fn what_was_not_asked_refused_or_of_another_policy_is_a_gap_and_no_silence() {
    let own = arn("policy", "old");
    let refused = standard().failed_about("iam", "GetPolicy", ("PolicyArn", &own), "AccessDenied");
    let other = told(json!({ "Arn": arn("policy", "new"), "Tags": [] }));
    let without_tags = told(json!({ "Arn": own, "Description": "reads" }));
    for (fixture, kind) in [(standard(), GapKind::NotCollected), (refused, GapKind::Denied), (other, GapKind::Conflict)]
    {
        let policy = of(fixture);
        assert_eq!(policy.description.gap().unwrap().kind, kind);
        assert_eq!(policy.tags.gap().unwrap().kind, kind);
    }
    let policy = of(without_tags);
    assert!(policy.description.known().is_some());
    assert_eq!(policy.tags.gap().unwrap().kind, GapKind::Absent, "a list that is missing is not empty");
}

#[test]
fn a_description_in_the_authorization_details_counts_and_its_absence_there_does_not() {
    let with = |fixture: Fixture, description: &str| {
        let mut body = details();
        for policy in body["Policies"].as_array_mut().unwrap() {
            policy["Description"] = json!(description);
        }
        let fixture = fixture.without("GetAccountAuthorizationDetails");
        of(fixture.answer("iam", "GetAccountAuthorizationDetails", body))
    };
    let shown = Observed::Known(Some("from the details".to_owned()));
    let policy = with(standard(), "from the details");
    assert_eq!(policy.description, shown);
    assert!(policy.tags.gap().is_some());
    assert!(with(standard(), " \n").description.gap().is_some(), "spaces say nothing");
    let own = told(json!({ "Arn": arn("policy", "old"), "Tags": [] }));
    assert_eq!(with(own, "from the details").description, shown, "one source is enough, whichever it is");
}

#[test]
fn one_gap_says_for_all_policies_that_nobody_asked() {
    let account = account(standard());
    let gaps: Vec<_> = account.gaps.iter().filter(|gap| gap.evidence.operation == "GetPolicy").collect();
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!(gaps[0].reason, "iam:GetPolicy was not collected");
}
