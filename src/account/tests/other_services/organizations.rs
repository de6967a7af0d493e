use super::*;
use crate::account::organizations::OrganizationAccount;
use std::collections::BTreeSet;

const OTHER: &str = "222233334444";
const DENY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"organizations:LeaveOrganization","Resource":"*"}]}"#;
const ALLOW_ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const ALLOW_SOME: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;

fn member(id: &str, state: &str) -> Value {
    json!({ "Id": id, "Name": id, "Arn": format!("arn:aws:organizations::{ACCOUNT}:account/o-exampleorgid/{id}"),
        "Status": "ACTIVE", "State": state })
}

/// The own account manages; another one is in a unit below the root.
fn managed(policies: &[(&str, &str, bool, &[&str])]) -> Fixture {
    let summaries: Vec<Value> = policies
        .iter()
        .map(|(id, _, aws, _)| json!({ "Id": id, "Name": id, "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": aws }))
        .collect();
    let mut fixture = Fixture::new()
        .answer("organizations", "DescribeOrganization", organization_of(ACCOUNT))
        .answer(
            "organizations",
            "ListAccounts",
            json!({ "Accounts": [member(ACCOUNT, "ACTIVE"), member(OTHER, "ACTIVE")] }),
        )
        .answer(
            "organizations",
            "ListRoots",
            json!({ "Roots": [{ "Id": "r-1",
            "PolicyTypes": [{ "Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED" }] }] }),
        )
        .answer_about(
            "organizations",
            "ListOrganizationalUnitsForParent",
            ("ParentId", "r-1"),
            json!({ "OrganizationalUnits": [{ "Id": "ou-1" }] }),
        )
        .answer_about(
            "organizations",
            "ListOrganizationalUnitsForParent",
            ("ParentId", "ou-1"),
            json!({ "OrganizationalUnits": [] }),
        )
        .answer_about(
            "organizations",
            "ListAccountsForParent",
            ("ParentId", "r-1"),
            json!({ "Accounts": [{ "Id": ACCOUNT }] }),
        )
        .answer_about(
            "organizations",
            "ListAccountsForParent",
            ("ParentId", "ou-1"),
            json!({ "Accounts": [{ "Id": OTHER }] }),
        )
        .answer_about(
            "organizations",
            "ListPolicies",
            ("Filter", "SERVICE_CONTROL_POLICY"),
            json!({ "Policies": summaries }),
        );
    for (id, text, _, targets) in policies {
        let targets: Vec<Value> = targets.iter().map(|target| json!({ "TargetId": target })).collect();
        fixture = fixture
            .answer_about("organizations", "DescribePolicy", ("PolicyId", id), json!({ "Policy": { "Content": text } }))
            .answer_about("organizations", "ListTargetsForPolicy", ("PolicyId", id), json!({ "Targets": targets }));
    }
    fixture
}

fn one<'a>(account: &'a Account, id: &str) -> &'a OrganizationAccount {
    account.organization_accounts.subjects.iter().find(|one| one.label == id).unwrap()
}

fn reaching(policies: &[(&str, &str, bool, &[&str])]) -> Vec<String> {
    one(&account(managed(policies)), OTHER).guardrails.known().unwrap().clone()
}

const FULL: (&str, &str, bool, &[&str]) = ("p-FullAWSAccess", ALLOW_ALL, true, &["r-1", "ou-1", OTHER, ACCOUNT]);

#[test]
fn a_policy_reaches_an_account_from_everything_above_it() {
    for target in ["r-1", "ou-1", OTHER] {
        assert_eq!(reaching(&[FULL, ("p-deny", DENY, false, &[target])]), ["p-deny (p-deny)"], "{target}");
    }
    assert!(reaching(&[FULL, ("p-deny", DENY, false, &[ACCOUNT])]).is_empty(), "another account's policy");
}

#[test]
fn policies_that_restrict_nothing_do_not_count() {
    assert!(reaching(&[FULL]).is_empty());
    assert!(reaching(&[FULL, ("p-mine", ALLOW_ALL, false, &["r-1"])]).is_empty());
    assert!(
        reaching(&[FULL, ("p-some", ALLOW_SOME, false, &["r-1"])]).is_empty(),
        "FullAWSAccess beside it allows all"
    );
    let narrow = ("p-FullAWSAccess", ALLOW_ALL, true, &["ou-1", OTHER, ACCOUNT][..]);
    assert_eq!(reaching(&[narrow, ("p-some", ALLOW_SOME, false, &["r-1"])]).len(), 1);
}

#[test]
fn a_kind_of_policy_that_is_off_restricts_nobody() {
    let fixture = managed(&[("p-deny", DENY, false, &["r-1"])]).without("ListRoots");
    let fixture =
        fixture.answer("organizations", "ListRoots", json!({ "Roots": [{ "Id": "r-1", "PolicyTypes": [] }] }));
    assert!(one(&account(fixture), OTHER).guardrails.known().unwrap().is_empty());
}

#[test]
fn a_kind_of_policy_in_a_state_that_aws_does_not_document_may_restrict() {
    let with = |types: Value| {
        let fixture = managed(&[("p-deny", DENY, false, &["r-1"])]).without("ListRoots");
        account(fixture.answer(
            "organizations",
            "ListRoots",
            json!({ "Roots": [{ "Id": "r-1", "PolicyTypes": types }] }),
        ))
    };
    for types in [
        json!([{ "Type": "SERVICE_CONTROL_POLICY", "Status": "DANCING" }]),
        json!([{ "Type": "DANCING_POLICY", "Status": "ENABLED" }]),
    ] {
        assert!(one(&with(types.clone()), OTHER).guardrails.gap().is_some(), "{types}");
    }
    let tags = json!([{ "Type": "TAG_POLICY", "Status": "ENABLED" }]);
    assert!(one(&with(tags), OTHER).guardrails.known().unwrap().is_empty());
}

#[test]
fn what_was_not_read_of_the_policies_leaves_it_open() {
    for operation in ["ListTargetsForPolicy", "DescribePolicy", "ListPolicies", "ListAccountsForParent"] {
        let account = account(managed(&[("p-deny", DENY, false, &["ou-1"])]).without(operation));
        assert!(one(&account, OTHER).guardrails.gap().is_some(), "{operation}");
    }
    // An unread sibling may hold the account.
    let account = account(
        managed(&[FULL])
            .failed("organizations", "ListRoots", None, "AccessDeniedException", "no")
            .without("ListOrganizationalUnitsForParent"),
    );
    assert!(one(&account, OTHER).guardrails.gap().is_some());
}

#[test]
fn nothing_binds_the_management_account() {
    let account = account(managed(&[FULL, ("p-deny", DENY, false, &["r-1"])]));
    assert!(one(&account, ACCOUNT).guardrails.known().unwrap().is_empty());
    assert_eq!(one(&account, OTHER).guardrails.known().unwrap().len(), 1);
}

#[test]
fn a_state_that_the_retired_status_contradicts_is_not_known() {
    let fixture = managed(&[FULL]).without("ListAccounts");
    let mut other = member(OTHER, "SUSPENDED");
    let listed = |other: &Value| json!({ "Accounts": [member(ACCOUNT, "ACTIVE"), other] });
    let account = account(fixture.answer("organizations", "ListAccounts", listed(&other)));
    assert!(one(&account, OTHER).active.gap().is_some());
    assert_eq!(one(&account, ACCOUNT).management.known(), Some(&true));
    other["Status"] = "SUSPENDED".into();
    let account = super::super::account(managed(&[FULL]).without("ListAccounts").answer(
        "organizations",
        "ListAccounts",
        listed(&other),
    ));
    assert_eq!(one(&account, OTHER).active.known(), Some(&false));
}

#[test]
fn only_a_whole_list_of_the_own_organization_makes_strangers() {
    let context = |fixture: Fixture| account(fixture).analysis.context.organization_accounts.clone();
    let all = BTreeSet::from([ACCOUNT.to_owned(), OTHER.to_owned()]);
    assert_eq!(context(managed(&[FULL])), Some(all));
    let organization = || Fixture::new().answer("organizations", "DescribeOrganization", organization_of(ACCOUNT));
    // An empty page that announces another, and nothing after it.
    let torn = organization()
        .page("organizations", "ListAccounts", 1, false, json!({ "Accounts": [member(ACCOUNT, "ACTIVE")] }))
        .page("organizations", "ListAccounts", 2, true, json!({ "Accounts": [] }));
    assert_eq!(context(torn), None);
    let paged = organization()
        .page("organizations", "ListAccounts", 1, true, json!({ "Accounts": [], "NextToken": "t" }))
        .page("organizations", "ListAccounts", 2, false, json!({ "Accounts": [member(ACCOUNT, "ACTIVE")] }));
    assert_eq!(context(paged), Some(BTreeSet::from([ACCOUNT.to_owned()])));
    let foreign = json!({ "Accounts": [member(OTHER, "ACTIVE")] });
    assert_eq!(context(organization().answer("organizations", "ListAccounts", foreign)), None, "lacks the own account");
    assert_eq!(context(organization().denied("organizations", "ListAccounts")), None);
    assert_eq!(context(Fixture::new()), None);
}

#[test]
fn an_account_in_no_organization_stands_alone() {
    let fixture =
        Fixture::new().failed("organizations", "DescribeOrganization", None, "AWSOrganizationsNotInUseException", "no");
    let account = account(fixture);
    assert_eq!(account.analysis.context.organization_accounts, Some(BTreeSet::new()));
    let organization = &account.organization.subjects[0];
    assert_eq!(organization.in_organization.known(), Some(&false));
    assert!(account.organization_accounts.gaps.is_empty(), "there is none to list");
    assert!(account.notes.iter().any(|note| note.contains("in no organization")), "{:?}", account.notes);
}

#[test]
fn a_member_that_is_told_nothing_rests_on_the_list_of_the_run_and_says_so() {
    let mut listed = TrustSettings::default();
    listed.unite(Some("o-exampleorgid"), [OTHER.to_owned()].into_iter(), "the list of the run".to_owned());
    let denied = || {
        let of = organization_of(OTHER);
        Fixture::new().answer("organizations", "DescribeOrganization", of).denied("organizations", "ListAccounts")
    };
    let account = with(denied(), &listed);
    assert_eq!(account.analysis.context.organization_accounts, Some(BTreeSet::from([OTHER.to_owned()])));
    assert!(account.notes.iter().any(|note| note.ends_with("1 account of the organization: the list of the run.")));
    // What AWS tells the account itself is told instead.
    let account = with(managed(&[FULL]), &listed);
    assert!(!account.notes.iter().any(|note| note.contains("the list of the run")), "{:?}", account.notes);
}

#[test]
fn what_is_stated_is_united_with_what_aws_lists_and_told() {
    let stated = TrustSettings {
        organization: Some("o-other".to_owned()),
        organization_accounts: Some(BTreeSet::from(["555566667777".to_owned()])),
        ..TrustSettings::default()
    };
    let account = with(managed(&[FULL]), &stated);
    let context = &account.analysis.context;
    assert_eq!(context.organization_accounts.as_ref().unwrap().len(), 3);
    assert_eq!(context.organization.as_deref(), Some("o-other"), "what the user states stands");
    assert!(account.notes.iter().any(|note| note.contains("o-other") && note.contains("o-exampleorgid")));
    assert!(
        account.notes.iter().any(|note| note.contains("1 further account is from the configuration")),
        "{:?}",
        account.notes
    );
}

#[test]
fn a_member_account_is_told_who_would_know() {
    let fixture = Fixture::new()
        .answer("organizations", "DescribeOrganization", organization_of(MANAGEMENT))
        .denied("organizations", "ListAccounts")
        .failed("iam", "ListOrganizationsFeatures", None, "AccountNotManagementOrDelegatedAdministratorException", "no")
        .denied("organizations", "DescribeResourcePolicy");
    let account = account(fixture);
    let organization = &account.organization.subjects[0];
    let gap = organization.central_root_features.gap().unwrap();
    assert!(gap.reason.contains("only its management account 999900001111"), "{}", gap.reason);
    assert!(organization.policy_administrators.gap().is_some());
    assert!(!account.organization_accounts.gaps.is_empty());
    assert!(!account.trusted_services.gaps.is_empty());
}

#[test]
fn features_and_delegation_are_read_and_their_absence_is_told_apart() {
    let base = || Fixture::new().answer("organizations", "DescribeOrganization", organization_of(ACCOUNT));
    let of = |fixture: Fixture| account(fixture).organization.subjects[0].clone();
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":["arn:aws:iam::{OTHER}:root","{ACCOUNT}"]}},"Action":"organizations:Describe*","Resource":"*"}}]}}"#
    );
    let good = of(base()
        .answer(
            "iam",
            "ListOrganizationsFeatures",
            json!({ "OrganizationId": "o-exampleorgid", "EnabledFeatures": ["RootSessions"] }),
        )
        .answer("organizations", "DescribeResourcePolicy", json!({ "ResourcePolicy": { "Content": policy } })));
    assert_eq!(good.central_root_features.known().unwrap(), &["RootSessions"]);
    assert_eq!(good.policy_administrators.known().unwrap(), &[OTHER], "the management account is no delegate");
    let none = of(base()
        .failed("iam", "ListOrganizationsFeatures", None, "ServiceAccessNotEnabledException", "no")
        .failed("organizations", "DescribeResourcePolicy", None, "ResourcePolicyNotFoundException", "no"));
    assert!(none.central_root_features.known().unwrap().is_empty());
    assert!(none.policy_administrators.known().unwrap().is_empty());
    assert_eq!(kind_of(&of(base()).central_root_features), GapKind::NotCollected);
    assert_eq!(kind_of(&of(base()).policy_administrators), GapKind::NotCollected);
}

#[test]
fn services_need_their_delegates_read_and_unknown_services_stay_unknown() {
    let base = || {
        Fixture::new()
            .answer("organizations", "DescribeOrganization", organization_of(ACCOUNT))
            .answer(
                "organizations",
                "ListAWSServiceAccessForOrganization",
                json!({ "EnabledServicePrincipals": [
                { "ServicePrincipal": "sso.amazonaws.com" }, { "ServicePrincipal": "ram.amazonaws.com" },
                { "ServicePrincipal": "new.amazonaws.com" }] }),
            )
            .answer(
                "organizations",
                "ListDelegatedAdministrators",
                json!({ "DelegatedAdministrators": [{ "Id": OTHER }] }),
            )
    };
    let unread = account(base()).trusted_services.subjects;
    assert!(unread.iter().all(|one| one.administrators.gap().is_some()));
    let read = account(base().answer_about(
        "organizations",
        "ListDelegatedServicesForAccount",
        ("AccountId", OTHER),
        json!({ "DelegatedServices": [{ "ServicePrincipal": "sso.amazonaws.com" }] }),
    ))
    .trusted_services
    .subjects;
    let of = |name: &str| read.iter().find(|one| one.id == name).unwrap();
    assert_eq!(of("sso.amazonaws.com").administrators.known().unwrap(), &[OTHER]);
    assert_eq!(of("ram.amazonaws.com").supports_delegation.known(), Some(&false));
    assert!(of("new.amazonaws.com").supports_delegation.gap().is_some());
}
