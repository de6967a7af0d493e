use super::*;
use crate::policy::trust::TrustSettings;

const NARROW: Terms =
    Terms { mark: Mark::Plain, conditional: true, words: Words { limit: "limited to a subject", open: "" } };
const PLAIN: Terms = Terms { mark: Mark::Plain, conditional: false, words: Words { limit: "", open: "" } };
const OPEN: Terms =
    Terms { mark: Mark::Open, conditional: false, words: Words { limit: "", open: "without an external ID" } };

fn role(name: &str, trusts: &[(Kind, &str, Terms)]) -> (Trusting, BTreeMap<Name, Terms>) {
    let file = format!("roles/{name}.html");
    let role = Trusting { name: name.to_owned(), file, keeper: None, trusts: BTreeMap::new() };
    (role, trusts.iter().map(|(kind, text, terms)| (Name::new(*kind, *text), *terms)).collect())
}

fn drawn(roles: Vec<(Trusting, BTreeMap<Name, Terms>)>) -> Picture {
    picture(roles, &|_| String::new()).unwrap()
}

/// Some roles of each of many kinds.
fn crowd(count: usize) -> Vec<(Trusting, BTreeMap<Name, Terms>)> {
    let service = |n: usize| format!("service-{:03}.amazonaws.com", n % 150);
    let account = |n: usize| format!("{:012}", n % 90);
    (0..count)
        .map(|n| {
            let name = format!("role-{n:04}");
            match n % 10 {
                0 => role(&name, &[(Kind::Stranger, &account(n), if n % 40 == 0 { OPEN } else { NARROW })]),
                1 => role(&name, &[(Kind::Service, &service(n), PLAIN), (Kind::Organization, &account(n), PLAIN)]),
                2 if n == 702 => role(&name, &[(Kind::Anyone, "Anyone", OPEN)]),
                _ => role(&name, &[(Kind::Service, &service(n / 7), PLAIN)]),
            }
        })
        .collect()
}

#[test]
fn a_few_roles_are_all_drawn_by_name() {
    let picture = drawn(crowd(20));
    let drawn = &picture.drawn;
    assert!(!drawn.grouped);
    let names: Vec<&str> = drawn.right.iter().map(|node| node.text.as_str()).collect();
    assert_eq!(names.len(), 20, "{names:?}");
    assert!(names.contains(&"role-0007") && drawn.right.iter().all(|node| !node.file.is_empty()));
    assert_eq!(drawn.left.len(), picture.parties.len());
    assert_eq!(drawn.ties.len(), 22);
}

#[test]
fn thousands_of_roles_fit_a_page_and_nobody_is_lost() {
    let picture = drawn(crowd(2_000));
    let drawn = &picture.drawn;
    assert!(drawn.grouped);
    let kinds: Vec<&str> = picture.parties.iter().map(|party| party.kind).collect();
    let mut distinct = kinds.clone();
    distinct.dedup();
    assert!(drawn.left.len() + distinct.len() <= 42 && drawn.right.len() <= 42);
    assert_eq!(drawn.right.iter().map(|node| node.count).sum::<usize>(), 2_000, "each role stands in one line");
    for kind in distinct {
        assert!(drawn.left.iter().any(|node| node.section == kind), "{kind}");
    }
    // Each tie of a role is drawn: its party's line and its own line are tied.
    assert!(drawn.left.iter().all(|node| node.count > 0));
    let anyone = drawn.left.iter().position(|node| node.text == "Anyone").unwrap();
    assert_eq!(drawn.left[anyone].mark, Mark::Open);
    let tie = drawn.ties.iter().find(|tie| tie.left == anyone).unwrap();
    assert_eq!(drawn.right[tie.right].mark, Mark::Open);
    assert!(picture.caption.iter().any(|sentence| sentence.contains("role-0702")), "{:?}", picture.caption);
    let counted: usize = picture.parties.iter().map(|party| party.count).sum();
    assert_eq!(counted, 2_200, "the list has every tie");
    assert!(picture.parties.iter().all(|party| party.roles.len() + party.more == party.count));
}

#[test]
fn of_several_statements_the_most_open_counts() {
    let both = NARROW.or(OPEN);
    assert_eq!(both, OPEN);
    let picture = drawn(vec![role("app", &[(Kind::Vendor, "Acme, 111122223333", both)])]);
    assert_eq!(picture.parties[0].sentence, "Trusted by 1 role, without an external ID.");
    assert!(!picture.drawn.ties[0].conditional);
}

#[test]
fn each_role_is_counted_once_and_its_terms_do_not_contradict_each_other() {
    let party = |terms| [(Kind::Provider, "token.actions.githubusercontent.com", terms)];
    let picture = drawn(vec![
        role("a", &party(NARROW)),
        role("b", &party(NARROW)),
        role("c", &party(Terms { words: Words { limit: "", open: "open to any subject" }, ..OPEN })),
    ]);
    assert_eq!(picture.parties[0].sentence, "Trusted by 3 roles: 1 open to any subject; 2 limited to a subject.");
    let both = Words { limit: "with a condition on the organization", open: "without an external ID" };
    let picture = drawn(vec![role("a", &party(Terms { conditional: true, words: both, ..OPEN }))]);
    assert_eq!(
        picture.parties[0].sentence,
        "Trusted by 1 role, with a condition on the organization, without an external ID."
    );
}

#[test]
fn roles_that_let_nobody_in_are_named_beside_the_picture() {
    let picture = drawn(vec![role("closed", &[]), role("app", &[(Kind::Service, "lambda.amazonaws.com", PLAIN)])]);
    assert_eq!(picture.drawn.right.len(), 1);
    assert!(picture.caption.iter().any(|sentence| sentence == "Not drawn, since they let nobody in: closed."));
    assert!(picture_of_nothing().is_none());
}

fn picture_of_nothing() -> Option<Picture> {
    picture(Vec::new(), &|_| String::new())
}

#[test]
fn what_is_known_of_accounts_is_told_with_its_source() {
    assert!(stated(&TrustContext::default()).is_empty());
    let settings = TrustSettings {
        organization: Some("o-a1b2c3d4e5".to_owned()),
        vendors: [("999988887777".to_owned(), "Datadog".to_owned())].into(),
        ..TrustSettings::default()
    };
    let mut trust = TrustContext::new("111122223333", "aws", &settings);
    let configured = "From the configuration, not collected: the organization's ID is o-a1b2c3d4e5; \
                      of other accounts, 999988887777 is Datadog's.";
    assert_eq!(stated(&trust), [configured]);
    // The account's own evidence adds what nobody stated, and is never called a statement.
    trust.organization_accounts = Some(["111122223333", "222233334444"].map(str::to_owned).into());
    let collected = "From AWS Organizations: 2 accounts belong to this organization.";
    assert_eq!(stated(&trust), [collected, configured]);
    let mut listed = TrustSettings::default();
    listed.unite(Some("o-a1b2c3d4e5"), ["222233334444".to_owned()].into_iter(), "the list of the run".to_owned());
    let trust = TrustContext::new("111122223333", "aws", &listed);
    let by_run =
        "By the list of the run: the organization's ID is o-a1b2c3d4e5; 1 account belongs to this organization.";
    assert_eq!(stated(&trust), [by_run]);
}
