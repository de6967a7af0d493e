//! The cost of large accounts: twice the principals take about twice the comparisons, for any permissions.

use super::{OWN, document, trusted};
use crate::policy::document::Document;
use crate::policy::escalation::{AccountContext, Holder, Path, Target, Targets, paths_among};
use crate::policy::grants::{Grants, analyze, union};
use crate::policy::graph::{Node, build};
use crate::policy::steps::counted;
use crate::policy::trust::Trust;
use std::sync::Arc;

struct Role {
    arn: String,
    grants: Grants,
    document: Document,
    trust: Trust,
}

const ACCOUNT: &str = r#"{"AWS": "arn:aws:iam::111122223333:root"}"#;
const LAMBDA: &str = r#"{"Service": "lambda.amazonaws.com"}"#;

fn allow(actions: &str, resource: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": [{actions}], "Resource": "{resource}"}}"#)
}

fn arn(resource: &str) -> String {
    format!("arn:aws:iam::{OWN}:{resource}")
}

/// Roles that trust the same, each with statements made from its number.
fn roles(count: usize, principal: &str, statements: &dyn Fn(usize) -> String) -> Vec<Role> {
    let made = |number: usize| {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements(number));
        let label: Arc<str> = Arc::from(format!("policy {number}"));
        let trust = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"}}}}"#
        );
        Role {
            arn: arn(&format!("role/r{number}")),
            grants: union(&[(label, Arc::new(analyze(&document(&text))))], None),
            document: document(&trust),
            trust: trusted(&trust),
        }
    };
    (0..count).map(made).collect()
}

fn holder(role: &Role) -> Holder<'_> {
    Holder { arn: &role.arn, groups: &[], policies: &[], boundary: None, tags: &[] }
}

/// The comparisons that the paths of all and the graph of them take, and how many reach an administrator.
fn cost(roles: &[Role]) -> (u64, usize) {
    let mut reaching = 0;
    let steps = counted(|| {
        let mut targets = Targets::new(true);
        targets.roles.extend(roles.iter().map(|role| Target {
            arn: &role.arn,
            administrator: role.grants.is_full_admin(),
            trust: Some(&role.document),
            services: vec!["lambda.amazonaws.com".to_owned()],
            ..Target::default()
        }));
        targets.index(OWN);
        let around = AccountContext { targets: Some(&targets), ..AccountContext::default() };
        let paths: Vec<Vec<Path>> =
            roles.iter().map(|role| paths_among(&holder(role), &role.grants, &around)).collect();
        let nodes: Vec<Node<'_>> = roles
            .iter()
            .zip(&paths)
            .map(|(role, paths)| Node {
                holder: holder(role),
                administrator: None,
                grants: &role.grants,
                paths,
                trust: Some(&role.trust),
                document: Some(&role.document),
                around,
                tagged: &[],
            })
            .collect();
        let graph = build(&nodes, &[]);
        reaching = roles.iter().filter(|role| graph.route(&role.arn).is_some()).count();
    });
    (steps, reaching)
}

/// A name, whom the roles trust, and the statements of each role.
type Shape = (&'static str, &'static str, fn(usize) -> String);

/// The shapes of account in which every principal may change or become many others, and none an administrator.
const SHAPES: &[Shape] = &[
    ("all write one user's policies", ACCOUNT, |_| {
        format!("{}, {}", allow(r#""sts:AssumeRole""#, "*"), allow(r#""iam:PutUserPolicy""#, &arn("user/none")))
    }),
    ("each writes another user's policies", ACCOUNT, |number| {
        let user = arn(&format!("user/none{number}"));
        format!("{}, {}", allow(r#""sts:AssumeRole""#, "*"), allow(r#""iam:PutUserPolicy""#, &user))
    }),
    ("each changes a role that lets nobody in", LAMBDA, |number| {
        allow(r#""iam:AttachRolePolicy", "sts:AssumeRole""#, &arn(&format!("role/r{}", number + 1)))
    }),
    ("each changes a role that is not there", ACCOUNT, |number| {
        allow(r#""iam:AttachRolePolicy", "sts:AssumeRole""#, &arn(&format!("role/none{number}")))
    }),
    ("each passes a role that is not there", LAMBDA, |number| {
        let role = arn(&format!("role/none{number}"));
        format!(
            "{}, {}",
            allow(r#""iam:PassRole""#, &role),
            allow(r#""lambda:CreateFunction", "lambda:InvokeFunction""#, "*")
        )
    }),
    ("each changes and opens a role that is not there", LAMBDA, |number| {
        allow(r#""iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy""#, &arn(&format!("role/none{number}")))
    }),
    ("each changes one role and opens another", LAMBDA, |number| {
        format!(
            "{}, {}",
            allow(r#""iam:AttachRolePolicy""#, "*"),
            allow(r#""iam:UpdateAssumeRolePolicy""#, &arn(&format!("role/none{number}")))
        )
    }),
];

#[test]
fn twice_the_principals_take_about_twice_the_comparisons() {
    for (name, principal, statements) in SHAPES {
        let [few, many] = [200, 400].map(|count| cost(&roles(count, principal, statements)).0);
        assert!(many <= 2 * few + few / 5, "{name}: {few} comparisons, {many} for twice the principals");
    }
}

/// Those that write each other's policies and may become each other are all found, in one walk.
#[test]
fn writers_of_each_others_policies_are_all_found() {
    let assume_all = allow(r#""sts:AssumeRole""#, "*");
    let all = roles(40, ACCOUNT, &|number| {
        if number % 2 == 0 {
            allow(r#""iam:PutRolePolicy""#, &arn(&format!("role/r{}", number + 1)))
        } else {
            assume_all.clone()
        }
    });
    assert_eq!(cost(&all).1, 20, "each odd one assumes the one before, which writes its policies");
}
