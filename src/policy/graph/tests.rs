use super::*;
use crate::policy::escalation::{self, Holder};
use crate::policy::grants::{self, Grants as Union};
use crate::policy::parse::parse;
use crate::policy::trust::{TrustContext, explain};
use std::sync::Arc;

const START: &str = "arn:aws:iam::111122223333:";

/// A test account, built from users and roles with their statements.
struct Account {
    entries: Vec<Made>,
}

struct Made {
    arn: String,
    grants: Union,
    trust: Option<Trust>,
    document: Option<Document>,
    paths: Vec<Path>,
    boundary: Option<&'static str>,
}

fn context() -> TrustContext {
    TrustContext {
        account: "111122223333".to_owned(),
        partition: "aws".to_owned(),
        organization_accounts: Some(["111122223333".to_owned()].into()),
        ..TrustContext::default()
    }
}

fn document(statements: &str) -> Document {
    parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)).expect("the test's policy is JSON")
}

impl Made {
    fn node(&self) -> Node<'_> {
        let full = self.grants.full_admin.as_ref();
        Node {
            holder: Holder { arn: &self.arn, groups: &[], policies: &[], boundary: self.boundary, tags: &[] },
            administrator: full.map(|admin| self.grants.statements[admin.statements[0]].place.clone()),
            grants: &self.grants,
            paths: &self.paths,
            tagged: &[],
            trust: self.trust.as_ref(),
            document: self.document.as_ref(),
            around: AccountContext::default(),
        }
    }
}

impl Account {
    fn new() -> Self {
        Self { entries: Vec::new() }
    }

    fn add(mut self, name: &str, statements: &str, trust: Option<&str>) -> Self {
        let arn = format!("{START}{name}");
        let label: Arc<str> = Arc::from(format!("inline policy of {name}"));
        let grants = grants::union(&[(label, Arc::new(grants::analyze(&document(statements))))], None);
        let holder = Holder { arn: &arn, groups: &[], policies: &[], boundary: None, tags: &[] };
        let paths = if grants.is_full_admin() { Vec::new() } else { escalation::paths(&holder, &grants) };
        let document = trust.map(document);
        let trust = document.as_ref().map(|document| explain(document, &context()));
        self.entries.push(Made { arn, grants, trust, document, paths, boundary: None });
        self
    }

    fn user(self, name: &str, statements: &str) -> Self {
        self.add(&format!("user/{name}"), statements, None)
    }

    fn role(self, name: &str, statements: &str, trust: &str) -> Self {
        self.add(&format!("role/{name}"), statements, Some(trust))
    }

    fn nodes(&self) -> Vec<Node<'_>> {
        self.entries.iter().map(Made::node).collect()
    }

    /// The steps in words, and whether the route is unconditional.
    fn route_text(&self, name: &str) -> Option<(Vec<String>, bool)> {
        let nodes = self.nodes();
        let graph = build(&nodes, &[]);
        let arn = format!("{START}{name}");
        let route = graph.route(&arn)?;
        assert_eq!(graph.distance(&arn), Some((route.steps.len(), route.plain)));
        Some((route.steps.iter().map(Step::text).collect(), route.plain))
    }
}

fn allow(actions: &str, resource: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": {actions}, "Resource": {resource}}}"#)
}

fn admin() -> String {
    allow(r#""*""#, r#""*""#)
}

const ACCOUNT_TRUST: &str = r#"{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}"#;
const ADMIN_ROLE: &str = r#""arn:aws:iam::111122223333:role/admin""#;

#[test]
fn an_administrator_is_there_already() {
    let account = Account::new().user("root-ish", &admin()).user("nobody", &allow(r#""s3:Get*""#, r#""*""#));
    assert_eq!(account.route_text("user/root-ish"), Some((vec![], true)));
    assert_eq!(account.route_text("user/nobody"), None);
    assert_eq!(account.route_text("user/missing"), None);
}

#[test]
fn the_account_as_principal_needs_the_permission_besides() {
    let account = Account::new()
        .role("admin", &admin(), ACCOUNT_TRUST)
        .user("allowed", &allow(r#""sts:AssumeRole""#, ADMIN_ROLE))
        .user("pattern", &allow(r#""sts:*""#, r#""arn:aws:iam::*:role/adm*""#))
        .user("everything", &allow(r#""sts:Assume*""#, r#""*""#))
        .user("other", &allow(r#""sts:AssumeRole""#, r#""arn:aws:iam::111122223333:role/other""#))
        .user("without", &allow(r#""s3:*""#, r#""*""#));
    for name in ["allowed", "pattern", "everything"] {
        let expected = vec![format!("user/{name} becomes role/admin (assumes it)")];
        assert_eq!(account.route_text(&format!("user/{name}")), Some((expected, true)));
    }
    assert_eq!(account.route_text("user/other"), None);
    assert_eq!(account.route_text("user/without"), None);
}

#[test]
fn a_principal_named_by_the_trust_policy_needs_no_permission() {
    let trust = r#"{"Sid": "Ops", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/alice"},
                    "Action": "sts:AssumeRole"}"#;
    let account = Account::new().role("admin", &admin(), trust).user("alice", "").user("bob", "");
    assert_eq!(
        account.route_text("user/alice"),
        Some((vec!["user/alice becomes role/admin (assumes it)".to_owned()], true))
    );
    assert_eq!(account.route_text("user/bob"), None);
    let nodes = account.nodes();
    let graph = build(&nodes, &[]);
    let route = graph.route(&format!("{START}user/alice")).expect("alice is let in");
    assert_eq!(route.steps[0].trust, Some((0, Some("Ops".to_owned()))));
}

#[test]
fn steps_add_up_and_the_shortest_is_taken() {
    let deploy_trust = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/ci"},
                           "Action": "sts:AssumeRole"}"#;
    let account = Account::new()
        .role(
            "admin",
            &admin(),
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/deploy"},
                                     "Action": "sts:AssumeRole"}"#,
        )
        .role("deploy", "", deploy_trust)
        .role("ci", "", ACCOUNT_TRUST)
        .user("alice", &allow(r#""sts:AssumeRole""#, r#""arn:aws:iam::111122223333:role/ci""#))
        .user("bob", &allow(r#""iam:CreateAccessKey""#, r#""arn:aws:iam::111122223333:user/alice""#));
    let (steps, plain) = account.route_text("user/bob").expect("bob gets there");
    assert!(plain);
    assert_eq!(
        steps,
        [
            "user/bob becomes user/alice (iam-002: Makes an access key for another user and works with it)",
            "user/alice becomes role/ci (assumes it)",
            "role/ci becomes role/deploy (assumes it)",
            "role/deploy becomes role/admin (assumes it)",
        ]
    );
}

#[test]
fn who_can_make_itself_an_administrator_is_one_step_away() {
    let account = Account::new()
        .user("alice", &allow(r#""iam:PutUserPolicy""#, r#""*""#))
        .role("helper", "", ACCOUNT_TRUST)
        .user("bob", &allow(r#""iam:UpdateLoginProfile""#, r#""*""#));
    let (steps, plain) = account.route_text("user/alice").expect("alice writes her own policy");
    assert!(plain);
    assert_eq!(
        steps,
        ["user/alice makes itself an administrator (iam-007: Writes an inline policy of its choice into its own user)"]
    );
    assert_eq!(account.route_text("user/bob").map(|(steps, _)| steps.len()), Some(2));
    assert_eq!(account.route_text("role/helper"), None);
}

#[test]
fn a_passed_role_must_trust_the_service_it_is_passed_to() {
    let trust = |service: &str| {
        format!(r#"{{"Effect": "Allow", "Principal": {{"Service": "{service}"}}, "Action": "sts:AssumeRole"}}"#)
    };
    let statements = format!(
        "{}, {}",
        allow(r#""iam:PassRole""#, r#""arn:aws:iam::111122223333:role/worker*""#),
        allow(r#"["lambda:CreateFunction", "lambda:InvokeFunction"]"#, r#""*""#)
    );
    let with = |role: &str, service: &str| {
        Account::new().role(role, &admin(), &trust(service)).user("dev", &statements).route_text("user/dev")
    };
    let (steps, plain) = with("worker-1", "lambda.amazonaws.com").expect("the role can be passed");
    assert!(plain);
    assert!(steps[0].starts_with("user/dev becomes role/worker-1 (lambda-001:"), "{steps:?}");
    assert_eq!(with("worker-1", "ec2.amazonaws.com"), None);
    assert_eq!(with("builder", "lambda.amazonaws.com"), None);
}

#[test]
fn conditions_on_either_side_make_a_step_conditional_and_plain_ways_are_preferred() {
    let mfa = r#"{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole",
                  "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}"#;
    let assume = allow(r#""sts:AssumeRole""#, r#""*""#);
    let account = Account::new().role("admin", &admin(), mfa).user("alice", &assume);
    assert_eq!(account.route_text("user/alice").map(|(steps, plain)| (steps.len(), plain)), Some((1, false)));
    // The longer unconditional route is reported instead.
    let account = account.role("hop", &allow(r#""iam:UpdateAssumeRolePolicy""#, r#""*""#), ACCOUNT_TRUST);
    let (steps, plain) = account.route_text("user/alice").expect("two ways");
    assert!(plain);
    assert_eq!(steps.len(), 2, "{steps:?}");
    let limited = r#"{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*",
                      "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}"#;
    let account = Account::new().role("admin", &admin(), ACCOUNT_TRUST).user("alice", limited);
    assert_eq!(account.route_text("user/alice").map(|(_, plain)| plain), Some(false));
}

#[test]
fn a_denial_of_the_account_or_the_permission_closes_the_way() {
    let closed = format!(r#"{ACCOUNT_TRUST}, {{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}}"#);
    let assume = allow(r#""sts:AssumeRole""#, r#""*""#);
    assert_eq!(Account::new().role("admin", &admin(), &closed).user("alice", &assume).route_text("user/alice"), None);
    let denied = format!(r#"{assume}, {{"Effect": "Deny", "Action": "sts:*", "Resource": "*"}}"#);
    assert_eq!(
        Account::new().role("admin", &admin(), ACCOUNT_TRUST).user("alice", &denied).route_text("user/alice"),
        None
    );
}

#[test]
fn serving_oneself_leads_nowhere() {
    let own = allow(r#""iam:*AccessKey*""#, r#""arn:aws:iam::*:user/${aws:username}""#);
    let account = Account::new().user("chief", &admin()).user("alice", &own);
    assert_eq!(account.route_text("user/alice"), None);
}

#[test]
fn a_role_open_to_everyone_lets_everyone_of_the_account_in() {
    let open = r#"{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}"#;
    let account = Account::new().role("admin", &admin(), open).user("alice", "").role("r", "", ACCOUNT_TRUST);
    assert_eq!(account.route_text("user/alice").map(|(steps, plain)| (steps.len(), plain)), Some((1, true)));
    assert_eq!(account.route_text("role/r").map(|(steps, plain)| (steps.len(), plain)), Some((1, true)));
}

#[test]
fn a_group_of_administrators_is_joined() {
    let account = Account::new().user("alice", &allow(r#""iam:AddUserToGroup""#, r#""*""#));
    let nodes = account.nodes();
    assert!(build(&nodes, &[]).route(&format!("{START}user/alice")).is_none());
    let graph = build(&nodes, &["arn:aws:iam::111122223333:group/chiefs"]);
    let route = graph.route(&format!("{START}user/alice")).expect("alice can join");
    assert!(matches!(route.steps[0].how, How::By(way) if way.id == "iam-013"));
}

#[test]
fn a_boundary_that_was_not_read_is_named_beside_the_step() {
    let mut account = Account::new().user("alice", &allow(r#""iam:PutUserPolicy""#, r#""*""#));
    account.entries[0].boundary = Some("managed policy Cap");
    let mut nodes = account.nodes();
    nodes[0].around.boundary_unread = true;
    let graph = build(&nodes, &[]);
    let route = graph.route(&format!("{START}user/alice")).expect("what was not read does not cap");
    assert_eq!(route.steps[0].boundary.as_deref(), Some("managed policy Cap"));
}

#[test]
fn who_stands_before_a_role_and_by_which_statements() {
    let account = Account::new()
        .role("target", "", ACCOUNT_TRUST)
        .user("alice", &allow(r#""sts:AssumeRole""#, r#""*""#))
        .user("bob", &allow(r#""iam:UpdateAssumeRolePolicy""#, r#""arn:aws:iam::*:role/target""#));
    let nodes = account.nodes();
    let graph = build(&nodes, &[]);
    let before = graph.before(&format!("{START}role/target"));
    let route_text: Vec<(&str, String)> =
        before.iter().map(|step| (step.from.rsplit('/').next().unwrap(), step.evidence[0].to_string())).collect();
    assert_eq!(
        route_text,
        [
            ("alice", "statement 1 of inline policy of user/alice".to_owned()),
            ("bob", "statement 1 of inline policy of user/bob".to_owned())
        ]
    );
}

/// Counts edges: a principal with a right over everything must not have one edge for each role.
#[test]
fn rights_over_everything_are_one_edge_each() {
    let mut account = Account::new().role("admin", &admin(), ACCOUNT_TRUST);
    for number in 0..300 {
        account = account.role(&format!("r{number}"), &allow(r#""sts:AssumeRole""#, r#""*""#), ACCOUNT_TRUST);
    }
    let nodes = account.nodes();
    let graph = build(&nodes, &[]);
    assert_eq!(graph.edges.len(), 300);
    assert_eq!(graph.distance(&format!("{START}role/r299")), Some((1, true)));
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    fn statement() -> impl Strategy<Value = String> {
        let action = prop_oneof![
            Just(r#""sts:AssumeRole""#),
            Just(r#""iam:CreateAccessKey""#),
            Just(r#""iam:UpdateAssumeRolePolicy""#),
            Just(r#""iam:PutUserPolicy""#),
            Just(r#"["iam:PassRole", "ec2:RunInstances"]"#),
            Just(r#""*""#),
        ];
        (action, "[a-d*?]{1,3}", any::<bool>()).prop_map(|(action, name, user)| {
            let kind = if user { "user" } else { "role" };
            allow(action, &format!(r#""arn:aws:iam::*:{kind}/{name}""#))
        })
    }

    proptest! {
        /// For any rights, a route is as long as its distance, and each step continues the one before.
        #[test]
        fn routes_hang_together(
            statements in prop::collection::vec(prop::collection::vec(statement(), 0..3), 1..8),
            administrator in 0_usize..8,
        ) {
            let mut account = Account::new();
            for (at, list) in statements.iter().enumerate() {
                let own = if at == administrator { admin() } else { list.join(", ") };
                let name = ["a", "b", "c", "d", "aa", "ab", "bb", "cc"][at];
                account = if at % 2 == 0 { account.user(name, &own) } else { account.role(name, &own, ACCOUNT_TRUST) };
            }
            let nodes = account.nodes();
            let graph = build(&nodes, &[]);
            for made in &account.entries {
                let Some(route) = graph.route(&made.arn) else { continue };
                prop_assert_eq!(graph.distance(&made.arn), Some((route.steps.len(), route.plain)));
                let mut at = Some(made.arn.clone());
                for step in &route.steps {
                    prop_assert_eq!(at.as_ref(), Some(&step.from));
                    let to = step.to.clone();
                    // Writing another's policies does not make a principal that other.
                    if let Some(to) = to.as_ref().filter(|_| !matches!(step.how, How::Writes(_))) {
                        let before = graph.before(to);
                        prop_assert!(before.iter().any(|other| other.from == step.from), "{:?}", step);
                    }
                    // A principal that first writes another's policies continues as itself.
                    at = if matches!(step.how, How::Writes(_)) { Some(step.from.clone()) } else { to };
                }
            }
        }
    }
}
