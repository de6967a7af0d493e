use super::*;
use crate::snapshot::fixture::Fixture;
use serde_json::json;

#[test]
fn a_tree_that_was_not_asked_about_is_not_known() {
    let accounts = json!({ "Accounts": [{ "Id": "111122223333", "Name": "one", "State": "ACTIVE" }] });
    let snapshot = Fixture::new().answer("organizations", "ListAccounts", accounts).open();
    let listing = read(&snapshot).unwrap();
    let account = &listing.accounts[0];
    assert!(account.unplaced.as_ref().unwrap().contains("not collected"), "{account:?}");
    assert!(listing.kinds.iter().all(|kind| kind.switch == inheritance::Switch::NotKnown && kind.missing.is_some()));
    assert!(
        account.inherited.iter().all(|one| one.state == inheritance::PolicyState::NotKnown && !one.missing.is_empty())
    );
    assert!(!listing.center.asked && !listing.center.missing.is_empty());
    assert!(listing.gaps.iter().any(|gap| gap.starts_with("sso:ListInstances")), "{:?}", listing.gaps);
}

#[test]
fn a_list_of_accounts_that_is_not_whole_is_no_list() {
    let refused = Fixture::new().denied("organizations", "ListAccounts").open();
    assert!(read(&refused).unwrap_err().contains("the accounts cannot be listed"));
    let page = json!({ "Accounts": [{ "Id": "111122223333", "State": "ACTIVE" }] });
    let cut = Fixture::new()
        .page("organizations", "ListAccounts", 1, true, page)
        .failed("organizations", "ListAccounts", Some(2), "Throttling", "slower")
        .open();
    assert!(read(&cut).unwrap_err().contains("cut short"));
}

#[test]
fn calls_that_failed_alike_are_one_line() {
    let mut fixture = Fixture::new().answer("organizations", "ListAccounts", json!({ "Accounts": [] }));
    for kind in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] {
        fixture = fixture.failed_about("organizations", "ListPolicies", ("Filter", kind), "AccessDenied");
    }
    let gaps = read(&fixture.open()).unwrap().gaps;
    let about: Vec<&String> = gaps.iter().filter(|gap| gap.contains("ListPolicies")).collect();
    assert_eq!(
        about,
        ["organizations:ListPolicies (SERVICE_CONTROL_POLICY and 1 more call) was refused: no (AccessDenied)"]
    );
}

#[test]
fn evidence_is_named_by_the_folder_that_holds_it() {
    assert_eq!(common(["evidence/a/b.json"].into_iter()), "evidence/a/b.json");
    assert_eq!(common(["evidence/a/b.json", "evidence/a/bc.json"].into_iter()), "evidence/a/");
    assert_eq!(common(["evidence/a/b.json", "evidence/c/b.json", "evidence/a/b.json"].into_iter()), "evidence/");
    assert_eq!(common(["a", "b"].into_iter()), "");
    assert_eq!(common(std::iter::empty()), "");
}
