//! Privilege escalation paths.

use super::granted;
use crate::policy::actions::table;
use crate::policy::escalation::{Grade, Holder, known_paths, paths, retired};

const USER: Holder<'static> =
    Holder { arn: "arn:aws:iam::111122223333:user/ann", groups: &[], policies: &[], boundary: None, tags: &[] };

fn open(texts: &[&str]) -> Vec<(&'static str, Grade)> {
    paths(&USER, &granted(texts)).into_iter().map(|path| (path.way.id.as_str(), path.grade)).collect()
}

#[test]
fn iam_star_on_everything_is_escalation_whatever_the_table_lacks() {
    let found = open(&[r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#]);
    assert!(found.len() > 10 && found.contains(&("iam-007", Grade::Unrestricted)), "{found:?}");
}

#[test]
fn an_action_of_a_retired_service_is_still_asked_for() {
    let found = open(&[r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":["iam:PassRole","codestar:Create*"],"Resource":"*"}]}"#]);
    assert_eq!(found, [("local-003", Grade::Unrestricted)]);
}

#[test]
fn every_action_of_every_way_is_in_the_table_or_said_to_be_retired() {
    for need in known_paths().iter().flat_map(|way| &way.needs) {
        assert!(table().number(&need.action).is_some() || retired().contains(&need.action), "{}", need.action);
    }
}

#[test]
fn attaching_one_policy_is_condition_scoped() {
    let found = open(&[r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iam:AttachUserPolicy","Resource":"*",
         "Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::111122223333:policy/team"}}}]}"#]);
    assert_eq!(found, [("iam-008", Grade::ConditionScoped)]);
}

#[test]
fn passing_one_role_is_resource_scoped() {
    let found = open(&[r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::111122223333:role/web"},
        {"Effect":"Allow","Action":"ec2:RunInstances","Resource":"*"}]}"#]);
    assert_eq!(found, [("ec2-001", Grade::ResourceScoped)]);
}

#[test]
fn passing_any_role_is_unrestricted() {
    let found = open(&[r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":["iam:PassRole","ec2:RunInstances"],"Resource":"*"}]}"#]);
    assert_eq!(found, [("ec2-001", Grade::Unrestricted)]);
}

#[test]
fn keys_for_oneself_are_no_escalation() {
    let found = open(&[r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"arn:aws:iam::*:user/${aws:username}"}]}"#]);
    assert_eq!(found, []);
}

#[test]
fn two_statements_of_two_policies_count_together() {
    let found = open(&[
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"lambda:CreateFunction","Resource":"*"},
            {"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"*"}]}"#,
    ]);
    assert_eq!(found, [("lambda-001", Grade::Unrestricted)]);
}

fn allow(actions: &str, resource: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":{actions},"Resource":{resource}}}]}}"#)
}

/// The creator of a role chooses its name and trust policy, so a pattern is as good as all roles.
#[test]
fn a_role_of_ones_own_with_a_policy_of_ones_choice_is_escalation() {
    for (attach, id) in [("iam:AttachRolePolicy", "local-006"), ("iam:PutRolePolicy", "local-007")] {
        let both = format!(r#"["iam:CreateRole", "{attach}"]"#);
        for resource in [r#""*""#, r#""arn:aws:iam::111122223333:role/app/*""#] {
            assert_eq!(open(&[&allow(&both, resource)]), [(id, Grade::Unrestricted)], "{resource}");
        }
        let create = allow(r#""iam:CreateRole""#, r#""arn:aws:iam::111122223333:role/app/*""#);
        // Two patterns that no name matches grant nothing; two that share a name do.
        let elsewhere = allow(&format!(r#""{attach}""#), r#""arn:aws:iam::111122223333:role/ops/*""#);
        assert_eq!(open(&[&create, &elsewhere]), []);
        let within = allow(&format!(r#""{attach}""#), r#""arn:aws:iam::*:role/app/web-*""#);
        assert_eq!(open(&[&create, &within]), [(id, Grade::Unrestricted)]);
        let but = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{attach}","NotResource":"arn:aws:iam::*:role/app/*"}}]}}"#
        );
        let exact = allow(r#""iam:CreateRole""#, r#""arn:aws:iam::111122223333:role/app/x""#);
        assert_eq!(open(&[&exact, &but]), []);
    }
    assert_eq!(open(&[&allow(r#""iam:CreateRole""#, r#""*""#)]), []);
}

#[test]
fn a_boundary_or_a_named_policy_for_the_new_role_is_a_condition() {
    for condition in [
        r#"{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::111122223333:policy/team"}}"#,
        r#"{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::111122223333:policy/team"}}"#,
    ] {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":["iam:CreateRole","iam:AttachRolePolicy"],
                "Resource":"*","Condition":{condition}}}]}}"#
        );
        assert!(!open(&[&text]).contains(&("local-006", Grade::Unrestricted)), "{condition}");
    }
}

#[test]
fn a_user_of_ones_own_is_escalation_however_it_is_called() {
    let actions = r#"["iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey"]"#;
    let found = open(&[&allow(actions, r#""arn:aws:iam::111122223333:user/bots/*""#)]);
    assert!(found.contains(&("local-021", Grade::Unrestricted)), "{found:?}");
}

/// IDs are those of the public catalog's path files.
#[test]
fn ids_are_those_of_the_path_files() {
    for (actions, id) in [
        (r#"["iam:PassRole", "ec2:RequestSpotInstances"]"#, "ec2-003"),
        (r#"["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"]"#, "ec2-004"),
        (r#"["ec2-instance-connect:SendSSHPublicKey", "ec2:DescribeInstances"]"#, "ec2instanceconnect-003"),
    ] {
        let found: Vec<&str> = open(&[&allow(actions, r#""*""#)]).into_iter().map(|(id, _)| id).collect();
        assert_eq!(found, [id], "{actions}");
    }
}

#[test]
fn ways_that_other_scanners_know_are_found() {
    for (actions, id, grade) in [
        (
            r#"["iam:PassRole", "autoscaling:CreateLaunchConfiguration", "autoscaling:UpdateAutoScalingGroup"]"#,
            "local-012",
            Grade::Unrestricted,
        ),
        (r#""lambda:UpdateFunctionConfiguration""#, "local-009", Grade::Dependent),
        (r#"["iam:PassRole", "ec2:AssociateIamInstanceProfile"]"#, "local-010", Grade::Unrestricted),
        (r#"["iam:PassRole", "ec2:ReplaceIamInstanceProfileAssociation"]"#, "local-011", Grade::Unrestricted),
        (
            r#"["iam:PassRole", "amplify:CreateApp", "amplify:CreateBranch", "amplify:StartJob"]"#,
            "amplify-001",
            Grade::Unrestricted,
        ),
        (
            r#"["iam:PassRole", "rolesanywhere:CreateTrustAnchor", "rolesanywhere:CreateProfile"]"#,
            "local-016",
            Grade::Unrestricted,
        ),
        (r#"["iam:PassRole", "eks:CreatePodIdentityAssociation"]"#, "local-017", Grade::Unrestricted),
        (r#"["eks:CreateAccessEntry", "eks:AssociateAccessPolicy"]"#, "local-018", Grade::Dependent),
        (r#""iam:AcceptDelegationRequest""#, "local-019", Grade::Dependent),
        (r#""sts:AssumeRoot""#, "local-020", Grade::Dependent),
    ] {
        assert_eq!(open(&[&allow(actions, r#""*""#)]), [(id, grade)], "{actions}");
    }
}

/// Tagging oneself is a path only if a permission depends on a tag.
#[test]
fn tagging_oneself_is_a_way_where_a_permission_depends_on_a_tag() {
    let tag = allow(r#""iam:TagUser""#, r#""*""#);
    assert_eq!(open(&[&tag]), []);
    let by_tag = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*",
        "Condition":{"StringEquals":{"aws:PrincipalTag/team":"payments"}}}]}"#;
    assert_eq!(open(&[&tag, by_tag]), [("local-013", Grade::Unrestricted)]);
    let other = allow(r#""iam:TagUser""#, r#""arn:aws:iam::111122223333:user/bob""#);
    assert_eq!(open(&[&other, by_tag]), []);
}
