mod catalog;

use super::*;
use crate::policy::document::Effect;
use crate::policy::grants::{PolicyAnalysis, analyze};
use crate::policy::parse::parse;
use std::sync::Arc;

const USER: &str = "arn:aws:iam::111122223333:user/ops/alice";
const ROLE: &str = "arn:aws:iam::111122223333:role/deploy";

/// Allows what any of its documents allows, without denials.
pub(crate) struct Documents(Vec<(Arc<str>, PolicyAnalysis)>);

impl Documents {
    pub(crate) fn parse(texts: &[&str]) -> Self {
        let documents = texts.iter().enumerate().map(|(index, text)| {
            let text = format!(r#"{{"Version": "2012-10-17", "Statement": {text}}}"#);
            (Arc::from(format!("policy {index}")), analyze(&parse(&text).expect("the test's policy is JSON")))
        });
        Self(documents.collect())
    }
}

impl Grants for Documents {
    fn allows(&self, action: &str) -> Vec<Grant<'_>> {
        let allowing = |patterns: &[String]| {
            patterns.iter().any(|pattern| Glob::of_action(pattern).matches(&action.to_ascii_lowercase()))
        };
        let mut found = Vec::new();
        for (policy, reading) in &self.0 {
            let document = &reading.document;
            for (index, statement) in document.statements.iter().enumerate() {
                let allows = match &statement.actions {
                    crate::policy::document::Actions::Only(patterns) => allowing(patterns),
                    crate::policy::document::Actions::AllBut(patterns) => !allowing(patterns),
                    crate::policy::document::Actions::Missing => false,
                };
                if allows && statement.effect == Effect::Allow {
                    found.push(Grant {
                        resources: &statement.resources,
                        conditions: &statement.conditions,
                        bindings: &reading.statements[index].bindings,
                        version: document.version,
                        evidence: Evidence { policy: policy.clone(), index, sid: statement.sid.clone() },
                    });
                }
            }
        }
        found
    }
}

fn holder(arn: &'static str) -> Holder<'static> {
    Holder { arn, groups: &[], policies: &[], boundary: None, tags: &[] }
}

fn open_paths(holder: &Holder<'_>, texts: &[&str]) -> Vec<(&'static str, Grade)> {
    paths(holder, &Documents::parse(texts)).into_iter().map(|path| (path.way.id.as_str(), path.grade)).collect()
}

fn allow(actions: &str, resource: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": {actions}, "Resource": {resource}}}"#)
}

#[test]
fn every_action_is_known_to_the_table_of_actions_or_said_to_be_retired() {
    let table = crate::policy::actions::table();
    for way in known_paths() {
        for need in &way.needs {
            let known = table.number(&need.action).is_some();
            let retired = retired().contains(&need.action);
            assert!(known || retired, "{}: {} is neither known nor said to be retired", way.id, need.action);
        }
    }
}

#[test]
fn the_table_is_sound() {
    let mut ids: Vec<&str> = known_paths().iter().map(|way| way.id.as_str()).collect();
    let count = ids.len();
    assert!(count >= 90, "{count}");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id stands twice");
    for way in known_paths() {
        assert!(!way.needs.is_empty() && way.says.ends_with('.'), "{}", way.id);
        // Account access manager assigns roles that trust it, without iam:PassRole.
        let hands_out = way.kind == Kind::NewPassrole || way.id == "local-015";
        assert_eq!(hands_out, way.gives == Gives::PassedRole, "{}", way.id);
        assert_eq!(hands_out, !way.passes_to.is_empty(), "{}", way.id);
        let passes = way.needs.iter().any(|need| need.action == "iam:PassRole");
        assert_eq!(passes, way.kind == Kind::NewPassrole, "{}", way.id);
    }
    assert_eq!(checked().len(), "2026-11-25".len());
    let without_page = ["amplify-001", "local-006", "mwaa-001"];
    assert!(without_page.iter().all(|id| known_path(id).is_some_and(|way| way.link().is_none())));
    assert_eq!(
        known_path("iam-001").and_then(KnownPath::link).as_deref(),
        Some("https://pathfinding.cloud/paths/iam-001")
    );
}

/// `iam:*` opens its paths even if the action table lacks some actions, and a retired action is still evaluated.
#[test]
fn no_path_vanishes() {
    let found = open_paths(&holder(USER), &[&allow(r#""iam:*""#, r#""*""#)]);
    for id in ["iam-002", "iam-007", "iam-008", "iam-012", "iam-015", "iam-021"] {
        assert!(found.contains(&(id, Grade::Unrestricted)), "{id} in {found:?}");
    }
    let retired = open_paths(&holder(USER), &[&allow(r#"["iam:PassRole", "codestar:CreateProject"]"#, r#""*""#)]);
    assert_eq!(retired, [("local-003", Grade::Unrestricted)]);
}

#[test]
fn every_path_is_found_by_exactly_its_actions() {
    for way in known_paths().iter().filter(|way| !way.by_graph) {
        let actions: Vec<&str> = way.needs.iter().map(|need| need.action.as_str()).collect();
        let text = allow(&format!("{actions:?}"), r#""*""#);
        let groups = ["arn:aws:iam::111122223333:group/ops".to_owned()];
        let policies = ["arn:aws:iam::111122223333:policy/own".to_owned()];
        let arn = if way.needs.iter().any(|need| need.on == On::OwnRole) { ROLE } else { USER };
        let holder = Holder { arn, groups: &groups, policies: &policies, boundary: Some("cap"), tags: &[] };
        let expected = if way.depends() { Grade::Dependent } else { Grade::Unrestricted };
        if way.own_tag {
            continue; // Tested by itself: it needs a condition besides.
        }
        assert!(open_paths(&holder, &[&text]).contains(&(way.id.as_str(), expected)), "{}", way.id);
        for left_out in &actions {
            let fewer: Vec<&&str> = actions.iter().filter(|action| *action != left_out).collect();
            let found = open_paths(&holder, &[&allow(&format!("{fewer:?}"), r#""*""#)]);
            assert!(!found.iter().any(|(id, _)| *id == way.id), "{} without {left_out}", way.id);
        }
    }
}

#[test]
fn attaching_limited_by_the_policys_arn_is_condition_scoped() {
    let text = r#"{"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*",
                   "Condition": {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}}"#;
    assert_eq!(open_paths(&holder(USER), &[text]), [], "only a policy that reads can be attached");
    let team = text.replace("iam::aws:policy/ReadOnlyAccess", "iam::111122223333:policy/team");
    assert_eq!(open_paths(&holder(USER), &[&team]), [("iam-008", Grade::ConditionScoped)]);
}

#[test]
fn passing_one_role_is_resource_scoped() {
    let text = allow(r#""ec2:RunInstances""#, r#""*""#);
    let pass = allow(r#""iam:PassRole""#, r#""arn:aws:iam::111122223333:role/web""#);
    assert_eq!(open_paths(&holder(USER), &[&text, &pass]), [("ec2-001", Grade::ResourceScoped)]);
}

#[test]
fn serving_oneself_is_no_escalation() {
    let own = r#"["arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:user/*/${aws:username}"]"#;
    let actions = r#"["iam:*AccessKey*", "iam:*LoginProfile", "iam:GetUser"]"#;
    assert_eq!(open_paths(&holder(USER), &[&allow(actions, own)]), []);
    assert_eq!(open_paths(&holder(USER), &[&allow(actions, &format!("\"{USER}\""))]), []);
    // The same with MFA, as AWS's documentation has it.
    let with_mfa = format!(
        r#"{{"Effect": "Allow", "Action": {actions}, "Resource": {own},
             "Condition": {{"Bool": {{"aws:MultiFactorAuthPresent": "true"}}}}}}"#
    );
    assert_eq!(open_paths(&holder(USER), &[&with_mfa]), []);
    // A pattern that starts with the own name also matches other users.
    let others = allow(r#""iam:CreateAccessKey""#, r#""arn:aws:iam::*:user/ops/${aws:username}*""#);
    assert_eq!(open_paths(&holder(USER), &[&others]), [("iam-002", Grade::ResourceScoped)]);
    // A role has no user name.
    assert_eq!(open_paths(&holder(ROLE), &[&allow(actions, own)]), []);
}

#[test]
fn writing_ones_own_policies_is_escalation_however_narrow() {
    let own = allow(r#""iam:PutUserPolicy""#, r#""arn:aws:iam::*:user/ops/${aws:username}""#);
    assert_eq!(open_paths(&holder(USER), &[&own]), [("iam-007", Grade::Unrestricted)]);
    let other = allow(r#""iam:PutUserPolicy""#, r#""arn:aws:iam::111122223333:user/bob""#);
    assert_eq!(open_paths(&holder(USER), &[&other]), []);
    let role = allow(r#"["iam:PutRolePolicy", "iam:PutUserPolicy"]"#, r#""*""#);
    assert_eq!(open_paths(&holder(ROLE), &[&role]), [("iam-005", Grade::Unrestricted)]);
}

#[test]
fn policies_count_together() {
    let texts = [
        &allow(r#""iam:PassRole""#, r#""*""#)[..],
        &allow(r#""lambda:CreateFunction""#, r#""*""#),
        &allow(r#""lambda:invokefunction""#, r#""arn:aws:lambda:*:*:function:*""#),
    ];
    let found = paths(&holder(USER), &Documents::parse(&texts));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].way.id.as_str(), found[0].grade), ("lambda-001", Grade::Unrestricted));
    let policies: Vec<&str> = found[0].needs.iter().map(|met| &*met.by[0].evidence.policy).collect();
    assert_eq!(policies, ["policy 0", "policy 1", "policy 2"]);
}

#[test]
fn a_statement_for_one_service_does_not_serve_another() {
    let with = |operator: &str, services: &str| {
        let pass = format!(
            r#"{{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
                 "Condition": {{"{operator}": {{"iam:PassedToService": {services}}}}}}}"#
        );
        open_paths(&holder(USER), &[&pass, &allow(r#""ec2:RunInstances""#, r#""*""#)])
    };
    assert_eq!(with("StringEquals", r#""lambda.amazonaws.com""#), []);
    assert_eq!(
        with("StringEquals", r#"["lambda.amazonaws.com", "ec2.amazonaws.com"]"#),
        [("ec2-001", Grade::Unrestricted)]
    );
    assert_eq!(with("StringLike", r#""*.amazonaws.com""#), [("ec2-001", Grade::Unrestricted)]);
    assert_eq!(with("StringNotEquals", r#""lambda.amazonaws.com""#), [("ec2-001", Grade::Unrestricted)]);
    assert_eq!(with("StringNotLike", r#""ec2.*""#), []);
}

#[test]
fn a_resource_of_another_kind_is_not_reached() {
    let text = allow(r#""iam:*""#, r#""arn:aws:iam::111122223333:group/*""#);
    let certain = |mut found: Vec<(&'static str, Grade)>| {
        found.retain(|(_, grade)| *grade != Grade::Dependent);
        found
    };
    let found = certain(open_paths(&holder(USER), &[&text, &allow(r#""ec2:RunInstances""#, r#""*""#)]));
    assert_eq!(found, [("iam-013", Grade::Unrestricted)]);
    let groups = ["arn:aws:iam::111122223333:group/ops".to_owned()];
    let member = Holder { groups: &groups, ..holder(USER) };
    let found = certain(open_paths(&member, &[&text]));
    assert_eq!(
        found,
        [("iam-010", Grade::Unrestricted), ("iam-011", Grade::Unrestricted), ("iam-013", Grade::Unrestricted)]
    );
}

#[test]
fn own_policies_and_boundaries() {
    let policies = ["arn:aws:iam::111122223333:policy/team/base".to_owned()];
    let with = Holder { policies: &policies, ..holder(USER) };
    let text = allow(r#""iam:CreatePolicyVersion""#, r#""arn:aws:iam::111122223333:policy/team/*""#);
    assert_eq!(open_paths(&with, &[&text]), [("iam-001", Grade::Unrestricted)]);
    assert_eq!(open_paths(&holder(USER), &[&text]), []);
    let boundary = allow(r#""iam:DeleteUserPermissionsBoundary""#, r#""*""#);
    assert_eq!(open_paths(&holder(USER), &[&boundary]), []);
    // A boundary that could not be read is reported with the path.
    let capped = Holder { boundary: Some("managed policy TeamBoundary"), ..holder(USER) };
    let around = AccountContext { boundary_unread: true, ..AccountContext::default() };
    let found = paths_among(&capped, &Documents::parse(&[&boundary]), &around);
    assert_eq!(found[0].way.id, "iam-022");
    assert_eq!(found[0].boundary.as_deref(), Some("managed policy TeamBoundary"));
}

#[test]
fn taking_over_what_exists_is_graded_lowest() {
    let text = allow(r#"["ssm:SendCommand", "lambda:UpdateFunctionCode"]"#, r#""*""#);
    assert_eq!(open_paths(&holder(USER), &[&text]), [("lambda-003", Grade::Dependent), ("ssm-002", Grade::Dependent)]);
}

#[test]
fn the_exceptions_of_not_resource_are_kept() {
    let text = r#"{"Effect": "Allow", "Action": "iam:PutUserPolicy",
                   "NotResource": "arn:aws:iam::111122223333:user/ops/*"}"#;
    assert_eq!(open_paths(&holder(USER), &[text]), []);
    // A NotResource that excludes some users reaches the others; one that excludes all reaches none.
    let keys = |but: &str| {
        let text = format!(r#"{{"Effect": "Allow", "Action": "iam:CreateAccessKey", "NotResource": {but}}}"#);
        open_paths(&holder(USER), &[&text])
    };
    assert_eq!(keys(r#""arn:aws:iam::111122223333:user/root-of-all""#), [("iam-002", Grade::Unrestricted)]);
    assert_eq!(keys(r#"["arn:aws:s3:::b", "arn:aws:iam::111122223333:role/*"]"#), [("iam-002", Grade::Unrestricted)]);
    for all in [r#""*""#, r#""arn:aws:iam::*:user/*""#, r#""arn:aws:iam::111122223333:*""#] {
        assert_eq!(keys(all), [], "{all}");
    }
    let bob = holder("arn:aws:iam::111122223333:user/bob");
    assert_eq!(open_paths(&bob, &[text]), [("iam-007", Grade::Unrestricted)]);
}

/// `role/?*` matches every role.
#[test]
fn every_spelling_of_all_roles_is_all_roles() {
    for role in [
        "*",
        "arn:aws:iam::*:role/?*",
        "arn:aws:iam::*:role/*?",
        "arn:*:role/**",
        "arn:aws:iam::*:????/*",
        "arn:aws:iam::${aws:PrincipalAccount}:role/??*",
        "arn:aws:iam::111122223333:r*",
        "arn:aws:iam::*:*/*",
    ] {
        let text = allow(r#"["iam:PassRole", "ec2:RunInstances"]"#, r#""*""#).replace(r#""*""#, &format!("\"{role}\""));
        let run = allow(r#""ec2:RunInstances""#, r#""*""#);
        assert!(open_paths(&holder(USER), &[&text, &run]).contains(&("ec2-001", Grade::Unrestricted)), "{role}");
    }
    let some = allow(r#"["iam:PassRole", "ec2:RunInstances"]"#, r#""arn:aws:iam::*:role/a?*""#);
    let run = allow(r#""ec2:RunInstances""#, r#""*""#);
    assert_eq!(open_paths(&holder(USER), &[&some, &run]), [("ec2-001", Grade::ResourceScoped)]);
}

/// The principal can meet conditions on a resource that it creates; conditions on the caller and on the code do
/// restrict.
#[test]
fn conditions_on_what_is_made_do_not_hold() {
    let with = |action: &str, condition: &str| {
        let make = format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "*", "Condition": {condition}}}"#);
        let pass = allow(r#"["iam:PassRole", "lambda:InvokeFunction"]"#, r#""*""#);
        open_paths(&holder(USER), &[&pass, &make]).first().map(|found| found.1)
    };
    for (action, condition) in [
        ("ec2:RunInstances", r#"{"StringEquals": {"ec2:InstanceType": "t3.micro"}}"#),
        ("ec2:RunInstances", r#"{"StringLike": {"aws:RequestTag/team": "*"}}"#),
        ("ec2:RunInstances", r#"{"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}"#),
        ("lambda:CreateFunction", r#"{"ForAllValues:StringEquals": {"lambda:SubnetIds": ["subnet-1"]}}"#),
        ("cloudformation:CreateStack", r#"{"StringEqualsIfExists": {"cloudformation:TemplateUrl": "https://x/*"}}"#),
    ] {
        assert_eq!(with(action, condition), Some(Grade::Unrestricted), "{action} {condition}");
    }
    for (action, condition) in [
        ("ec2:RunInstances", r#"{"StringEquals": {"aws:PrincipalTag/team": "x"}}"#),
        ("lambda:CreateFunction", r#"{"StringEquals": {"lambda:CodeSigningConfigArn": "arn:aws:lambda:x"}}"#),
        ("cloudformation:CreateStack", r#"{"StringLike": {"cloudformation:TemplateUrl": "https://x/*"}}"#),
    ] {
        assert_eq!(with(action, condition), Some(Grade::ConditionScoped), "{action} {condition}");
    }
}

/// The principal can meet an MFA requirement in any form.
#[test]
fn a_demand_for_mfa_is_no_limit() {
    let put = r#"{"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": "*""#;
    let allow = format!(r#"{put}, "Condition": {{"Bool": {{"aws:MultiFactorAuthPresent": "true"}}}}}}"#);
    let found = paths(&holder(USER), &Documents::parse(&[&allow]));
    assert_eq!((found[0].grade, found[0].certainty), (Grade::Unrestricted, Certainty::WithMfa));
    assert!(found[0].is_open());
    let lacking = AccountContext { mfa: crate::policy::grants::Mfa::Lacking, ..AccountContext::default() };
    let found = paths_among(&holder(USER), &Documents::parse(&[&allow]), &lacking);
    assert_eq!(found[0].grade, Grade::ConditionScoped);
}

/// A condition that names the holder does not restrict; one that names another principal excludes the holder.
#[test]
fn conditions_that_name_callers_are_held_against_the_holder() {
    let with = |condition: &str| {
        let text = format!(
            r#"{{"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": "*", "Condition": {condition}}}"#
        );
        open_paths(&holder(USER), &[&text])
    };
    let own = [("iam-007", Grade::Unrestricted)];
    assert_eq!(with(r#"{"StringEquals": {"aws:username": "alice"}}"#), own);
    assert_eq!(with(r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/ops/*"}}"#), own);
    assert_eq!(with(r#"{"StringEquals": {"aws:username": "bob"}}"#), []);
    assert_eq!(with(r#"{"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/x"}}"#), []);
    assert_eq!(with(r#"{"DateLessThan": {"aws:CurrentTime": "2099-01-01T00:00:00Z"}}"#), own);
    assert_eq!(with(r#"{"ArnNotEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/x"}}"#), own);
}

/// A variable may have a default for callers without the key.
#[test]
fn defaults_of_variables_count_for_roles() {
    let text = allow(r#""iam:PutRolePolicy""#, r#""arn:aws:iam::111122223333:role/${aws:username, 'deploy'}""#);
    assert_eq!(open_paths(&holder(ROLE), &[&text]), [("iam-005", Grade::Unrestricted)]);
    let pass = allow(r#""iam:PassRole""#, r#""arn:aws:iam::*:role/${aws:username, '*'}""#);
    let run = allow(r#""ec2:RunInstances""#, r#""*""#);
    assert_eq!(open_paths(&holder(ROLE), &[&pass, &run]), [("ec2-001", Grade::Unrestricted)]);
    assert_eq!(open_paths(&holder(USER), &[&pass, &run]), [("ec2-001", Grade::ResourceScoped)]);
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_resource_panics(resources in prop::collection::vec("[a-z:/*?${}äA0-9]{0,40}", 0..4), arn in ".*", but: bool) {
            let holder = Holder { arn: &arn, groups: &[], policies: &[], boundary: None, tags: &[] };
            let resources = if but { Resources::AllBut(resources) } else { Resources::Only(resources) };
            for on in [On::User, On::OwnRole, On::Policy, On::Something] {
                let reach = Reach::of_statement(&resources, Version::V2012, &holder, on);
                let _ = (reach.matches(&arn), reach.beyond(&holder));
            }
        }
    }
}
