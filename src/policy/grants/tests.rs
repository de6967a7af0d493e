//! Cases that are easy to get wrong: spellings, denials, boundaries, versions.

use super::*;
use crate::policy::actions::{Level, table};
use crate::policy::parse::parse;
use proptest::prelude::*;

fn document(statements: &str) -> Document {
    parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)).unwrap()
}

fn grants(statements: &str) -> Grants {
    summarize(&[("policy P", &document(statements))])
}

fn allow(actions: &str, resources: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":{actions},"Resource":{resources}}}"#)
}

const ADMIN: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;

#[test]
fn full_administrator_in_every_spelling() {
    let letters: Vec<String> = ('a'..='z').map(|letter| format!("\"{letter}*:*\"")).collect();
    for statement in [
        allow(r#""*""#, r#""*""#),
        allow(r#""*:*""#, r#""*""#),
        allow(r#""**""#, r#""*""#),
        allow(r#"["s3:GetObject","*"]"#, r#""*""#),
        allow(r#""*""#, r#"["*","arn:aws:s3:::b"]"#),
        allow(r#""*""#, r#""arn:aws:*:*:*:*""#),
        allow(r#""*""#, r#""arn:*:*:*:*:*""#),
        allow(r#""*""#, r#""arn:aws:*:*:123456789012:*""#),
        allow(r#""?*:*""#, r#""**""#),
        allow(&format!("[{}]", letters.join(",")), r#""*""#),
        r#"{"Effect":"Allow","NotAction":"cloudtrail:DeleteTrail","Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Allow","NotAction":["iam:CreateUser","IAM:Put*","iam:Delete*"],"Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Allow","NotAction":[],"Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Allow","NotAction":"nosuchservice:*","Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::logs"}"#.to_owned(),
        r#"{"Effect":"Allow","NotAction":"s3:*","NotResource":"arn:aws:s3:::logs/*"}"#.to_owned(),
    ] {
        let grants = grants(&statement);
        assert!(grants.is_full_admin(), "{statement}");
        assert_eq!(grants.access_level(), AccessLevel::FullAdmin, "{statement}");
        assert!(grants.passes_any_role(), "{statement}");
        assert_eq!(grants.full_admin.unwrap().mitigations, Vec::<String>::new());
    }
    assert!(grants(ADMIN).full_admin.unwrap().literal);
    let all_but = grants(r#"{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}"#).full_admin.unwrap();
    assert!(!all_but.literal && all_but.left_out > 100);
}

#[test]
fn what_is_not_full_administrator() {
    for statement in [
        allow(r#""iam:*""#, r#""*""#),
        allow(r#""*""#, r#""arn:aws:s3:::*""#),
        allow(r#""*""#, r#""arn:aws:ec2:*:*:*""#),
        allow(r#"["s3:*","ec2:*"]"#, r#""*""#),
        r#"{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Allow","NotAction":"*","Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Allow","Action":"*","NotResource":"*"}"#.to_owned(),
        r#"{"Effect":"allow","Action":"*","Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#.to_owned(),
    ] {
        assert!(!grants(&statement).is_full_admin(), "{statement}");
    }
}

/// Administrator access that only several documents together grant.
#[test]
fn policies_that_are_full_administrator_only_together() {
    let power = document(r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#);
    let iam = document(&allow(r#""iam:*""#, r#""*""#));
    assert!(!summarize(&[("power", &power)]).is_full_admin() && !summarize(&[("iam", &iam)]).is_full_admin());
    let both = summarize(&[("power", &power), ("iam", &iam)]);
    assert_eq!(both.full_admin.as_ref().unwrap().statements, [0, 1]);
    assert_eq!(both.access_level(), AccessLevel::FullAdmin);
}

#[test]
fn a_denial_cancels_only_what_it_surely_covers() {
    let deny_all = grants(&format!(r#"{ADMIN},{{"Sid":"Stop","Effect":"Deny","Action":"*","Resource":"*"}}"#));
    assert!(!deny_all.is_full_admin(), "an explicit denial wins");
    assert_eq!(deny_all.access_level(), AccessLevel::Nothing);
    assert_eq!((deny_all.table(), deny_all.allows("iam:PassRole"), deny_all.allows("new:Thing")), (vec![], None, None));

    let elsewhere = r#"{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::secret/*"}"#;
    let without_mfa = r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}"#;
    let all_but = grants(&format!(r#"{ADMIN},{{"Effect":"Deny","Action":"*","NotResource":"arn:aws:s3:::b"}}"#));
    assert!(
        !all_but.is_full_admin() && all_but.allows("iam:PutUserPolicy").is_none(),
        "IAM's resources are all denied"
    );
    assert!(all_but.allows("s3:ListBucket").is_some(), "the bucket is left");
    for (denial, mitigation) in [
        (elsewhere, "denies on some resources only; it is not subtracted here."),
        (without_mfa, "denies under a condition; it is not subtracted here."),
    ] {
        let grants = grants(&format!("{ADMIN},{denial}"));
        let admin = grants.full_admin.as_ref().unwrap();
        assert!(admin.unmitigated, "{denial}");
        assert_eq!(admin.mitigations, [format!("Statement 2 of policy P {mitigation}")]);
        assert_eq!(grants.allows("s3:GetObject").unwrap().scope, Scope::All);
    }
}

#[test]
fn a_denial_subtracts_across_documents_and_spellings() {
    let own = document(&allow(
        r#"["s3:*","IAM:passrole","retired:Act"]"#,
        r#"["arn:aws:s3:::data/*","arn:aws:iam::*:role/app-*"]"#,
    ));
    let guard = document(
        r#"{"Effect":"Deny","Action":["S3:Delete*","retired:*"],"Resource":"arn:aws:s3:::*"},
           {"Effect":"Deny","Action":["S3:Put*","RETIRED:?ct"],"Resource":["arn:aws:s3:::d*","arn:aws:iam::*:role/*"]},
           {"Effect":"Deny","NotAction":["s3:*","iam:*","retired:*"],"Resource":"*"}"#,
    );
    let grants = summarize(&[("own", &own), ("guard", &guard)]);
    assert!(grants.allows("s3:DeleteObject").is_some(), "the denial does not cover the role");
    assert!(grants.allows("s3:PutObject").is_none(), "both resources are covered");
    assert_eq!((grants.allows("retired:Act"), grants.unknown.as_slice()), (None, [].as_slice()));
    assert!(grants.allows("s3:GetObject").is_some() && grants.allows("iam:PassRole").is_some());
    assert_eq!(grants.denials.iter().map(|denial| denial.cancels).collect::<Vec<_>>(), [true, true, false]);
}

#[test]
fn a_denial_in_a_document_that_is_not_understood_cancels_nothing() {
    let odd = r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"a":"true"}},"Condition":{}}"#;
    assert!(grants(&format!("{ADMIN},{odd}")).full_admin.unwrap().unmitigated);
}

#[test]
fn a_denial_without_a_prefix_cancels_nothing() {
    for denial in [r#""Action":["iam*","new*","?*"]"#, r#""NotAction":["s3*"]"#] {
        let denied = grants(&format!(r#"{ADMIN},{{"Effect":"Deny",{denial},"Resource":"*"}}"#));
        assert!(denied.allows("iam:PassRole").is_some() && denied.allows("new:Act").is_some(), "{denial}");
    }
    assert!(grants(&allow(r#""?*""#, r#""*""#)).is_full_admin(), "a grant is read generously");
}

#[test]
fn an_external_id_is_masked() {
    let admin = grants(
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"sts:ExternalId":"s3cret"}}}"#,
    );
    assert_eq!(
        admin.full_admin.unwrap().mitigations,
        ["Statement 1 of policy P applies only if the external id (sts:ExternalId) is (masked)."]
    );
}

#[test]
fn actions_match_in_any_case_and_resources_in_their_own() {
    for action in ["S3:?et*", "s3:getobject", "s3:*OBJECT", "*:GetObject", "s?:GetObject"] {
        let grants = grants(&allow(&format!("\"{action}\""), r#""*""#));
        assert!(grants.allows("s3:GetObject").is_some() && grants.allows("S3:GETOBJECT").is_some(), "{action}");
    }
    for action in ["sts:Assume*", "STS:assumerole"] {
        assert!(grants(&allow(&format!("\"{action}\""), r#""*""#)).allows("sts:AssumeRole").is_some(), "{action}");
    }
    let by_exclusion = grants(r#"{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}"#);
    assert_eq!(by_exclusion.allows("sts:AssumeRole").unwrap().scope, Scope::All);
    let case = grants(&format!(
        r#"{},{{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::data/*"}}"#,
        allow(r#""s3:*""#, r#""arn:aws:s3:::Data/*""#)
    ));
    assert!(case.allows("s3:GetObject").is_some(), "another bucket");
}

#[test]
fn scalars_and_lists_grant_the_same() {
    let scalar = parse(r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#).unwrap();
    let list = parse(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":["*"]}]}"#)
        .unwrap();
    assert_eq!(summarize(&[("p", &scalar)]).table(), summarize(&[("p", &list)]).table());
    let twice =
        parse(r#"{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Action":"iam:*","Resource":"*"}}"#).unwrap();
    assert!(summarize(&[("p", &twice)]).allows("iam:PassRole").is_some(), "of two equal keys both may count");
}

/// Without 2012-10-17 a variable is plain text.
#[test]
fn variables_stand_only_in_the_new_version() {
    let own = r#"{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"arn:aws:iam::*:user/${aws:username}"}"#;
    let new = analyze(&document(own));
    let old = analyze(&parse(&format!(r#"{{"Statement":{own}}}"#)).unwrap());
    assert!(new.statements[0].resources[0].has_variable() && !old.statements[0].resources[0].has_variable());
}

/// The caller chooses the version; this module only parses the one that it gets.
#[test]
fn only_the_version_that_is_handed_over_counts() {
    let (v1, v2) = (document(ADMIN), document(&allow(r#""s3:GetObject""#, r#""*""#)));
    assert!(!summarize(&[("policy P, v2", &v2)]).is_full_admin());
    assert!(summarize(&[("policy P, v1", &v1)]).is_full_admin());
}

#[test]
fn a_boundary_grants_nothing_and_caps() {
    let reading = |text: &str| Arc::new(analyze(&document(text)));
    let boundary = |text: &str| (Arc::from("Edge"), reading(text));
    let own = [(Arc::from("policy P"), reading(ADMIN))];
    let capped = union(&own, Some(&boundary(&allow(r#""s3:*""#, r#""*""#))));
    assert!(!capped.is_full_admin() && capped.allows("iam:PassRole").is_none(), "the boundary is subtracted");
    assert_eq!(capped.allows("s3:GetObject").unwrap().scope, Scope::All);
    assert_eq!(capped.access_level(), AccessLevel::FullService);
    let cap = capped.capped_by.as_ref().unwrap();
    assert!(cap.grants.allows("iam:PassRole").is_none() && cap.grants.allows("s3:GetObject").is_some());
    let open = union(&own, Some(&boundary(ADMIN)));
    assert_eq!(
        open.full_admin.unwrap().mitigations,
        ["The permissions boundary Edge is full administrator itself and caps next to nothing."]
    );
    let only_boundary = union(&[], Some(&boundary(ADMIN)));
    assert!(!only_boundary.is_full_admin() && only_boundary.table().is_empty());
}

#[test]
fn scoped_and_conditional_grants_are_told_apart() {
    let scope = |statement: &str, action: &str| grants(statement).allows(action).unwrap().scope;
    let attach = r#"{"Effect":"Allow","Action":"iam:AttachUserPolicy","Resource":"*","Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::123456789012:policy/Read"}}}"#;
    assert_eq!(scope(attach, "iam:AttachUserPolicy"), Scope::Conditional);
    let one_role = format!(
        "{},{}",
        allow(r#""iam:PassRole""#, r#""arn:aws:iam::123456789012:role/app""#),
        allow(r#""ec2:RunInstances""#, r#""*""#)
    );
    assert_eq!(scope(&one_role, "iam:PassRole"), Scope::Some);
    assert!(!grants(&one_role).passes_any_role());
    let own_keys = allow(r#""iam:CreateAccessKey""#, r#""arn:aws:iam::*:user/${aws:username}""#);
    assert_eq!(scope(&own_keys, "iam:CreateAccessKey"), Scope::Some);
    let every_user = allow(r#""iam:CreateAccessKey""#, r#""arn:aws:iam::*:user/*""#);
    assert_eq!(scope(&every_user, "iam:CreateAccessKey"), Scope::OfType);
    let idle = r#"{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"*","Condition":{"StringLike":{"aws:userid":"*"}}}"#;
    assert_eq!(scope(idle, "iam:CreateAccessKey"), Scope::All, "the condition holds always");
}

/// Two policies combine to one permission.
#[test]
fn a_union_is_over_all_documents() {
    let pass = document(&allow(r#""iam:PassRole""#, r#""*""#));
    let run = document(&allow(r#""ec2:RunInstances""#, r#""*""#));
    let grants = summarize(&[("group Ops: inline A", &pass), ("user ann: attached B", &run)]);
    let behind = |action: &str| grants.statements[grants.allows(action).unwrap().statements[0]].place.to_string();
    assert_eq!(behind("iam:PassRole"), "statement 1 of group Ops: inline A");
    assert_eq!(behind("ec2:RunInstances"), "statement 1 of user ann: attached B");
}

#[test]
fn passing_roles_is_told_with_its_reach() {
    for resource in ["*", "arn:aws:iam::*:role/*", "arn:aws:iam::123456789012:role/*", "arn:aws:iam::123456789012:*"] {
        assert!(grants(&allow(r#""iam:Pass*""#, &format!("\"{resource}\""))).passes_any_role(), "{resource}");
    }
    let to_lambda = grants(
        r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":["lambda.amazonaws.com"]}}}"#,
    );
    let pass = to_lambda.passes_role().unwrap();
    assert!(pass.any_role && !to_lambda.passes_any_role());
    assert_eq!((pass.scope, pass.passed_to), (Scope::Conditional, vec!["lambda.amazonaws.com".to_owned()]));
    assert_eq!(grants(&allow(r#""s3:*""#, r#""*""#)).passes_role(), None);
}

#[test]
fn full_access_to_a_service_is_told_with_scope_and_spelling() {
    let one = |statement: &str| {
        let found = grants(statement).full_service_access();
        assert_eq!(found.len(), 1, "{statement}: {found:?}");
        (found[0].service.clone(), found[0].scope, found[0].by_pattern, found[0].known)
    };
    let s3 = || "s3".to_owned();
    assert_eq!(one(&allow(r#""S3:*""#, r#""*""#)), (s3(), Scope::All, true, true));
    assert_eq!(
        grants(&allow(r#""s3:**""#, r#""arn:aws:s3:::b""#)).full_service_access(),
        [],
        "one bucket is no service"
    );
    assert_eq!(one(&allow(r#""codestar:*""#, r#""*""#)), ("codestar".to_owned(), Scope::All, true, false));
    assert_eq!(one(&allow(r#""rds-db:connect""#, r#""*""#)), ("rds-db".to_owned(), Scope::All, false, true));
    assert_eq!(one(&allow(r#""lambda:*""#, r#""arn:aws:lambda:*:*:*""#)).1, Scope::OfType);
    let halves = format!(
        "{},{}",
        allow(r#"["s3:A*","s3:B*","s3:C*","s3:D*","s3:G*"]"#, r#""*""#),
        r#"{"Effect":"Allow","NotAction":["s3:A*","s3:B*"],"Resource":"*"}"#
    );
    assert!(
        grants(&halves).full_service_access().iter().any(|found| found.service == "s3" && found.statements == [0, 1])
    );
    assert_eq!(grants(&allow(r#""ec2:Describe*""#, r#""*""#)).full_service_access(), []);
}

#[test]
fn the_table_tells_scope_counts_and_statements() {
    let grants = grants(&format!(
        "{},{},{}",
        allow(r#"["s3:GetObject","s3:ListBucket"]"#, r#""*""#),
        allow(r#""s3:PutObject""#, r#""arn:aws:s3:::b/*""#),
        r#"{"Sid":"Tags","Effect":"Allow","Action":"s3:PutBucketTagging","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#,
    ));
    let table = grants.table();
    assert_eq!(table.len(), 1);
    assert_eq!((table[0].service, table[0].title), ("s3", "Amazon S3"));
    let cells: Vec<_> = Level::ALL
        .iter()
        .zip(&table[0].cells)
        .map(|(level, cell)| {
            (level.name(), cell.as_ref().map(|cell| (cell.scope, cell.allowed, cell.statements.clone())))
        })
        .collect();
    assert_eq!(
        cells,
        [
            ("List", Some((Scope::All, 1, vec![0]))),
            ("Read", Some((Scope::All, 1, vec![0]))),
            ("Tagging", Some((Scope::Conditional, 1, vec![2]))),
            ("Write", Some((Scope::Some, 1, vec![1]))),
            ("Permissions management", None),
        ]
    );
    assert_eq!(grants.statements[2].place.to_string(), "statement 3 of policy P (Tags)");
}

#[test]
fn the_table_has_what_full_administrator_is_decided_by() {
    assert!(table().number("iam:AttachRolePolicy").is_some() && table().number("iam:CreatePolicyVersion").is_some());
    assert!(table().scopable().count() > 10_000);
}

#[test]
fn of_aws_s_own_policies_only_the_administrators_are_full_administrators() {
    let mut found = Vec::new();
    for (title, text) in crate::policy::corpus::aws_managed_policies() {
        let document = parse(&text).unwrap();
        let grants = summarize(&[(&title, &document)]);
        if let Some(admin) = grants.full_admin {
            found.push((title, admin.mitigations.join(" ")));
        }
    }
    let found: Vec<(&str, &str)> =
        found.iter().map(|(title, mitigation)| (title.as_str(), mitigation.as_str())).collect();
    let (mcp, admin) = found.split_at(3);
    assert_eq!(admin, [("AdministratorAccess v1", "")]);
    for (title, mitigation) in mcp {
        assert!(title.starts_with("AWSMcpServiceActionsFullAccess v"), "{title}");
        assert!(mitigation.contains("applies only if "), "{mitigation}");
    }
}

/// An action that the table does not list is still a grant.
#[test]
fn unknown_actions_stay_grants() {
    let grants = grants(&allow(r#"["codestar:CreateProject","new?:*","s3:NoSuchAction"]"#, r#""*""#));
    assert_eq!(
        grants.unknown.iter().map(|grant| grant.pattern.as_str()).collect::<Vec<_>>(),
        ["codestar:CreateProject", "new?:*", "s3:NoSuchAction"]
    );
    assert_eq!(grants.allows("CodeStar:createproject").unwrap().scope, Scope::All);
    assert!(grants.allows("newx:Act").is_some() && grants.allows("codestar:Other").is_none());
    assert_eq!(grants.access_level(), AccessLevel::Unknown);
    let all = self::grants(ADMIN);
    assert!(all.allows("codestar:CreateProject").is_some(), "a star is also what the table does not know");
}

#[test]
fn exclusions_are_told() {
    let grants = grants(&format!(
        r#"{ADMIN},{{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}},{{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::b"}},{{"Effect":"Deny","NotAction":"s3:*","Resource":"*"}}"#
    ));
    assert_eq!((grants.uses_not_action_allow(), grants.uses_not_resource_allow()), (vec![1], vec![2]));
}

#[test]
fn a_library_works_each_text_out_once() {
    let mut library = AnalysisCache::default();
    let text = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let first = library.analyze(text).unwrap();
    assert!(Arc::ptr_eq(&first, &library.analyze(text).unwrap()));
    assert!(library.analyze("{").is_err());
}

proptest! {
    /// For any documents: no panic, the table agrees with single queries, and a denial never adds a grant.
    #[test]
    fn unions_are_consistent(parts in proptest::collection::vec((
        prop::sample::select(vec!["Allow", "Deny", "Allow", "x"]),
        prop::sample::select(vec!["Action", "NotAction"]),
        prop::sample::select(vec!["*", "s3:*", "S3:Get*", "iam:PassRole", "*:*Role", "nosuch:*", "sts:?ssume*", "", ":"]),
        prop::sample::select(vec!["Resource", "NotResource"]),
        prop::sample::select(vec!["*", "arn:aws:s3:::*", "arn:aws:s3:::b/*", "arn:aws:iam::*:role/*", "arn:aws:iam::1:role/${aws:username}", ""]),
        prop::sample::select(vec!["", r#","Condition":{"Bool":{"aws:ViaAWSService":"true"}}"#]),
    ), 0..6)) {
        let build = |with_denials: bool| {
            let statements: Vec<String> = parts.iter().filter(|part| with_denials || part.0 != "Deny").map(|(effect, action, actions, resource, resources, condition)| {
                format!(r#"{{"Effect":"{effect}","{action}":"{actions}","{resource}":"{resources}"{condition}}}"#)
            }).collect();
            grants(&statements.join(","))
        };
        let (with, without) = (build(true), build(false));
        prop_assert!(without.actions().contains_all(&with.actions()));
        prop_assert!(without.is_full_admin() || !with.is_full_admin());
        let mut counted = 0;
        for row in with.table() {
            for cell in row.cells.iter().flatten() {
                prop_assert!(cell.allowed <= cell.of && !cell.statements.is_empty());
                counted += cell.allowed;
            }
        }
        prop_assert_eq!(counted, with.actions().count());
        for action in ["s3:GetObject", "iam:PassRole", "sts:AssumeRole", "ec2:RunInstances"] {
            let number = table().number(action).unwrap();
            prop_assert_eq!(with.allows(action).is_some(), with.actions().contains(number));
        }
        let _ = (with.full_service_access(), with.passes_role(), with.allows("nosuch:Act"));
    }
}
