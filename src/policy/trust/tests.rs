use super::*;
use crate::policy::document::{Actions, Condition, ExternalIds, Note, Resources, SetPrefix, Version};
use crate::policy::parse::parse;

const OWN: &str = "111122223333";
const VENDOR: &str = "444455556666";
const STRANGER: &str = "999988887777";
const SISTER: &str = "222233334444";

fn context() -> TrustContext {
    TrustContext {
        account: OWN.to_owned(),
        partition: "aws".to_owned(),
        organization_accounts: Some([OWN, SISTER].map(str::to_owned).into()),
        organization: Some("o-a1b2c3d4e5".to_owned()),
        vendors: [(VENDOR.to_owned(), "Watchful".to_owned())].into(),
        ..TrustContext::default()
    }
}

fn document(text: &str) -> Document {
    parse(text).expect("the test's policy is JSON")
}

fn trust(statements: &str) -> Trust {
    explain(&document(&format!(r#"{{"Version": "2012-10-17", "Statement": {statements}}}"#)), &context())
}

fn allow(principal: &str, rest: &str) -> Trust {
    trust(&format!(r#"{{"Effect": "Allow", "Principal": {principal}, {rest}}}"#))
}

const ASSUME: &str = r#""Action": "sts:AssumeRole""#;

fn one(trust: &Trust) -> &Entry {
    assert_eq!(trust.entries.len(), 1, "{trust:#?}");
    &trust.entries[0]
}

#[test]
fn everyone_with_the_organization_is_not_public() {
    let trust = allow(
        r#"{"AWS": "*"}"#,
        r#""Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
    );
    assert_eq!(trust.flags.public, Answer::No);
    assert_eq!(trust.flags.third_party, Answer::No);
    assert_eq!(
        one(&trust).sentence,
        "Anyone in the organization o-a1b2c3d4e5 (this organization) can assume this role."
    );
}

#[test]
fn everyone_in_another_organization_is_a_third_party() {
    let trust = allow(
        r#""*""#,
        r#""Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-zzzzzzzzzz"}}"#,
    );
    assert_eq!(trust.flags.public, Answer::No);
    assert_eq!(trust.flags.third_party, Answer::Yes);
    assert!(one(&trust).sentence.contains("another organization"));
}

#[test]
fn the_variants_that_only_look_narrow_stay_public() {
    for condition in [
        r#"{"StringLike": {"aws:PrincipalOrgID": "o-*"}}"#,
        r#"{"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
        r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
        r#"{"ForAllValues:StringEquals": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5"]}}"#,
        r#"{"Null": {"aws:PrincipalOrgID": "false"}}"#,
        r#"{"StringLike": {"aws:userid": "*"}}"#,
        r#"{"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}"#,
        r#"{"IpAddress": {"aws:SourceIp": "::/0"}}"#,
        r#"{"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}"#,
        r#"{"StringEquals": {"aws:ResourceAccount": "111122223333"}}"#,
        r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
    ] {
        let trust = allow(r#"{"AWS": "*"}"#, &format!(r#"{ASSUME}, "Condition": {condition}"#));
        assert_eq!(trust.flags.public, Answer::Yes, "{condition}");
        let sentence = &one(&trust).sentence;
        assert!(sentence.starts_with("Anyone in any AWS account can assume this role"), "{sentence}");
        assert!(sentence.contains("does not limit who"), "{sentence}");
    }
}

#[test]
fn an_arn_pattern_of_the_own_account_is_enough() {
    let trust = allow(
        r#"{"AWS": "*"}"#,
        r#""Action": "sts:AssumeRole", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}"#,
    );
    assert_eq!((trust.flags.public, trust.flags.third_party), (Answer::No, Answer::No));
}

#[test]
fn a_condition_nobody_knows_leaves_public_unknown() {
    let trust = allow(r#""*""#, &format!(r#"{ASSUME}, "Condition": {{"StringEquals": {{"acme:badge": "7"}}}}"#));
    assert_eq!(trust.flags.public, Answer::Unknown);
    assert!(one(&trust).sentence.contains("not known"), "{}", one(&trust).sentence);
}

#[test]
fn another_account_in_all_its_spellings() {
    let root = r#"{"AWS": "arn:aws:iam::999988887777:root"}"#;
    for principal in [root, r#"{"AWS": "999988887777"}"#, r#"{"AWS": ["999988887777"]}"#] {
        let trust = allow(principal, ASSUME);
        assert_eq!(trust.flags.public, Answer::No);
        assert_eq!(trust.flags.third_party, Answer::Yes);
        assert_eq!(trust.flags.cross_account_without_external_id, Answer::Yes, "{principal}");
        assert_eq!(
            one(&trust).sentence,
            "Any principal in account 999988887777 (not a member of this organization) that its administrators permit \
             can assume this role; no external ID is required."
        );
    }
}

#[test]
fn the_external_id_in_any_case_and_only_if_enforced() {
    let with = |condition: &str| allow(r#"{"AWS": "999988887777"}"#, &format!(r#"{ASSUME}, "Condition": {condition}"#));
    let required = with(r#"{"StringEquals": {"STS:externalID": "a-secret-of-ours"}}"#);
    assert_eq!(required.flags.cross_account_without_external_id, Answer::No);
    assert_eq!(required.flags.third_party, Answer::Yes);
    assert_eq!(one(&required).external_id, ExternalId::Required);
    assert_eq!(
        one(&required).sentence,
        "Any principal in account 999988887777 (not a member of this organization) that its administrators permit \
         can assume this role; an external ID is required."
    );
    for weak in [
        r#"{"StringLike": {"sts:ExternalId": "*"}}"#,
        r#"{"StringEqualsIfExists": {"sts:ExternalId": "a-secret-of-ours"}}"#,
        r#"{"StringNotEquals": {"sts:ExternalId": "a-secret-of-ours"}}"#,
        r#"{"Null": {"sts:ExternalId": "false"}}"#,
    ] {
        let trust = with(weak);
        assert_eq!(trust.flags.cross_account_without_external_id, Answer::Yes, "{weak}");
        assert!(one(&trust).sentence.contains("named but not enforced"), "{}", one(&trust).sentence);
    }
}

#[test]
fn an_account_of_the_own_organization_needs_no_external_id() {
    let trust = allow(r#"{"AWS": "222233334444"}"#, ASSUME);
    assert_eq!(trust.flags, Flags::default());
    assert_eq!(
        one(&trust).sentence,
        "Any principal in account 222233334444 (a member of this organization) that its administrators permit can \
         assume this role."
    );
}

#[test]
fn a_known_vendor_is_named_and_still_a_third_party() {
    let trust = allow(r#"{"AWS": "arn:aws:iam::444455556666:role/scanner"}"#, ASSUME);
    assert_eq!(trust.flags.third_party, Answer::Yes);
    assert_eq!(trust.flags.cross_account_without_external_id, Answer::Yes);
    assert!(one(&trust).sentence.contains("the vendor Watchful"), "{}", one(&trust).sentence);
}

#[test]
fn without_the_organizations_accounts_a_stranger_is_not_known_to_be_one() {
    let mut context = context();
    context.organization_accounts = None;
    let document = document(
        r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": "999988887777"}, "Action": "sts:AssumeRole"}}"#,
    );
    let trust = explain(&document, &context);
    assert_eq!(trust.flags.third_party, Answer::Unknown);
    assert_eq!(trust.flags.cross_account_without_external_id, Answer::Unknown);
    assert!(
        one(&trust).sentence.contains("the accounts of this organization were not collected"),
        "{}",
        one(&trust).sentence
    );
}

#[test]
fn deleted_principals_dangle() {
    for id in ["AIDAEXAMPLEEXAMPLEEXA", "AROAEXAMPLEEXAMPLEEXA"] {
        let trust = allow(&format!(r#"{{"AWS": "{id}"}}"#), ASSUME);
        assert_eq!(trust.flags.dangling, Answer::Yes);
        assert_eq!(trust.flags.third_party, Answer::No);
        assert!(one(&trust).sentence.contains(id));
    }
}

#[test]
fn own_principals_are_told_apart() {
    for (principal, start) in [
        (
            r#""arn:aws:iam::111122223333:root""#,
            "Any user or role in this account that is allowed sts:AssumeRole on it can",
        ),
        (r#""111122223333""#, "Any user or role in this account that is allowed sts:AssumeRole on it can"),
        (r#""arn:aws:iam::111122223333:user/ops/alice""#, "The user alice of this account can"),
        (r#""arn:aws:iam::111122223333:role/deploy""#, "The role deploy of this account can"),
        (r#""arn:aws:sts::111122223333:assumed-role/deploy/ci""#, "The session deploy/ci of this account can"),
    ] {
        let trust = allow(&format!(r#"{{"AWS": {principal}}}"#), ASSUME);
        assert_eq!(trust.flags, Flags::default(), "{principal}");
        assert!(one(&trust).sentence.starts_with(start), "{}", one(&trust).sentence);
    }
}

#[test]
fn source_conditions_are_advised_only_where_the_service_has_them() {
    let of = |service: &str| allow(&format!(r#"{{"Service": "{service}"}}"#), ASSUME);
    for never in ["ec2.amazonaws.com", "lambda.amazonaws.com", "cloudtrail.amazonaws.com", "transcribe.amazonaws.com"] {
        let trust = of(never);
        assert_eq!(trust.flags, Flags::default(), "{never}");
        assert_eq!(one(&trust).sentence, format!("The AWS service {never} can assume this role."));
    }
    for advised in ["scheduler.amazonaws.com", "states.eu-west-1.amazonaws.com", "codebuild.amazonaws.com"] {
        assert_eq!(of(advised).flags.service_without_source, Answer::Yes, "{advised}");
        let with = allow(
            &format!(r#"{{"Service": "{advised}"}}"#),
            r#""Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}"#,
        );
        assert_eq!(with.flags.service_without_source, Answer::No);
    }
}

#[test]
fn actions_in_any_case_with_wildcards_and_by_exception() {
    for actions in [
        r#""Action": "STS:assumerole""#,
        r#""Action": "sts:Assume*""#,
        r#""Action": "sts:*""#,
        r#""Action": "*""#,
        r#""Action": ["sts:TagSession", "sts:AssumeRol?"]"#,
        r#""NotAction": "sts:TagSession""#,
        r#""NotAction": "iam:*""#,
    ] {
        assert_eq!(allow(r#"{"AWS": "*"}"#, actions).flags.public, Answer::Yes, "{actions}");
    }
    let slip = allow(r#"{"AWS": "*"}"#, r#""NotAction": "iam:*""#);
    assert!(one(&slip).by_not_action);
    assert!(one(&slip).sentence.contains("NotAction"));
    for alone in [r#""Action": ["sts:TagSession", "sts:SetSourceIdentity"]"#, r#""NotAction": "sts:*""#] {
        let trust = allow(r#"{"AWS": "*"}"#, alone);
        assert_eq!(trust.flags.public, Answer::No, "{alone}");
        assert!(one(&trust).sentence.contains("does not let this role be assumed"));
    }
}

#[test]
fn oidc_needs_a_subject_that_names_the_owner() {
    let provider = r#"{"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}"#;
    let with = |claims: &str| {
        let condition = format!(r#""Condition": {{"StringLike": {claims}}}"#);
        allow(provider, &format!(r#""Action": "sts:AssumeRoleWithWebIdentity", {condition}"#))
    };
    let audience = r#""token.actions.githubusercontent.com:aud": "sts.amazonaws.com""#;
    let pinned = with(&format!(
        r#"{{{audience}, "token.actions.githubusercontent.com:sub": "repo:acme/site:ref:refs/heads/main"}}"#
    ));
    assert_eq!(pinned.flags, Flags::default());
    assert!(
        one(&pinned).sentence.starts_with(
            "A token of token.actions.githubusercontent.com for repo:acme/site:ref:refs/heads/main can assume this role"
        ),
        "{}",
        one(&pinned).sentence
    );
    for open in [
        format!("{{{audience}}}"),
        format!(r#"{{{audience}, "token.actions.githubusercontent.com:sub": "repo:*"}}"#),
        format!(r#"{{{audience}, "token.actions.githubusercontent.com:sub": "*"}}"#),
        format!(r#"{{{audience}, "token.actions.githubusercontent.com:sub": "repo:acme*"}}"#),
    ] {
        let trust = with(&open);
        assert_eq!(trust.flags.oidc_without_subject, Answer::Yes, "{open}");
        assert_eq!(trust.flags.public, Answer::Yes, "{open}");
        assert!(
            one(&trust).sentence.starts_with("Any GitHub Actions workflow, in any repository, can assume this role"),
            "{}",
            one(&trust).sentence
        );
    }
}

#[test]
fn an_own_oidc_issuer_without_subject_is_not_public() {
    let trust = allow(
        r#"{"Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"}"#,
        r#""Action": "sts:AssumeRoleWithWebIdentity"
           , "Condition": {"StringEquals": {"oidc.eks.eu-west-1.amazonaws.com/id/ABC:aud": "sts.amazonaws.com"}}"#,
    );
    assert_eq!(trust.flags.oidc_without_subject, Answer::Yes);
    assert_eq!(trust.flags.public, Answer::No);
}

#[test]
fn cognito_is_pinned_by_its_pool() {
    let with = |condition: &str| {
        allow(
            r#"{"Federated": "cognito-identity.amazonaws.com"}"#,
            &format!(r#""Action": "sts:AssumeRoleWithWebIdentity"{condition}"#),
        )
    };
    let pool = r#""StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:pool"}"#;
    let amr = |value: &str| {
        with(&format!(
            r#", "Condition": {{{pool}, "ForAnyValue:StringLike": {{"cognito-identity.amazonaws.com:amr": "{value}"}}}}"#
        ))
    };
    let pinned = amr("authenticated");
    assert_eq!(pinned.flags, Flags::default());
    assert_eq!(
        one(&pinned).sentence,
        "Any user who signed in to the Cognito identity pool eu-west-1:pool can assume this role."
    );
    for (guests, said) in [(amr("unauthenticated"), "Any guest of"), (amr("*authenticated"), "Any user or guest of")] {
        assert_eq!(guests.flags.oidc_without_subject, Answer::Yes);
        let sentence = &one(&guests).sentence;
        assert!(sentence.starts_with(said) && !sentence.contains("signed in"), "{sentence}");
    }
    let not_asked = with(&format!(r#", "Condition": {{{pool}}}"#));
    assert_eq!(not_asked.flags.oidc_without_subject, Answer::Yes);
    assert!(one(&not_asked).sentence.contains("with or without signing in"), "{}", one(&not_asked).sentence);
    let open = with("");
    assert_eq!((open.flags.oidc_without_subject, open.flags.public), (Answer::Yes, Answer::Yes));
}

#[test]
fn saml_and_its_audience() {
    let provider = r#"{"Federated": "arn:aws:iam::111122223333:saml-provider/Corp"}"#;
    let action = r#""Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"]"#;
    let open = allow(provider, action);
    assert_eq!(open.flags.saml_without_audience, Answer::Yes);
    let with = |audience: &str| {
        allow(provider, &format!(r#"{action}, "Condition": {{"StringLike": {{"saml:AUD": "{audience}"}}}}"#))
    };
    assert_eq!(with("https://signin.aws.amazon.com/saml").flags.saml_without_audience, Answer::No);
    assert_eq!(with("*").flags.saml_without_audience, Answer::Yes);
    assert!(one(&open).sentence.starts_with("Any user whom the SAML provider Corp signs in can assume this role"));
}

#[test]
fn a_plain_denial_takes_off_what_it_covers() {
    let denied = trust(
        r#"[{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
            {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}]"#,
    );
    assert_eq!(denied.flags.public, Answer::No);
    assert!(one(&denied).sentence.contains("statement 2 denies it"), "{}", one(&denied).sentence);
    let beside = trust(
        r#"[{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
            {"Effect": "Deny", "Principal": {"AWS": "999988887777"}, "Action": "sts:AssumeRole"}]"#,
    );
    assert_eq!(beside.flags.public, Answer::Yes);
    let account = trust(
        r#"[{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999988887777:role/r"}, "Action": "sts:AssumeRole"},
            {"Effect": "Deny", "Principal": {"AWS": "999988887777"}, "Action": "sts:AssumeRole"}]"#,
    );
    assert_eq!(account.flags, Flags::default());
}

#[test]
fn denying_all_but_the_organization_narrows_and_denying_otherwise_does_not() {
    let with = |condition: &str| {
        trust(&format!(
            r#"[{{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}},
                {{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {condition}}}]"#
        ))
    };
    let narrowed = with(r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#);
    assert_eq!(narrowed.flags.public, Answer::No);
    for not_counted in [
        r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5", "aws:SourceVpc": "vpc-1"}}"#,
        r#"{"ForAllValues:StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
    ] {
        let trust = with(not_counted);
        assert_eq!(trust.flags.public, Answer::Yes, "{not_counted}");
        assert!(trust.denials[0].sentence.contains("not deducted"), "{}", trust.denials[0].sentence);
    }
}

#[test]
fn everyone_but_some_is_everyone() {
    let trust = trust(r#"{"Effect": "Allow", "NotPrincipal": {"AWS": "999988887777"}, "Action": "sts:AssumeRole"}"#);
    assert_eq!(trust.flags.public, Answer::Yes);
    assert_eq!(one(&trust).sentence, "Everyone in any AWS account except account 999988887777 can assume this role.");
}

#[test]
fn denying_all_but_some_is_told_and_not_counted() {
    let trust = trust(
        r#"[{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
            {"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}]"#,
    );
    assert_eq!(trust.flags.public, Answer::Yes);
    assert!(trust.denials[0].sentence.contains("not deducted"));
    assert!(
        one(&trust).sentence.contains("statement 2 denies it to everyone except account 111122223333"),
        "{}",
        one(&trust).sentence
    );
}

#[test]
fn what_was_not_understood_leaves_no_plain_no() {
    let mut document = document(
        r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}}"#,
    );
    document.notes.push(Note { place: "Statement[0].Extra".to_owned(), text: "not of the policy language".to_owned() });
    let trust = explain(&document, &context());
    assert_eq!(trust.flags.public, Answer::Unknown);
    assert_eq!(trust.not_understood, ["Statement[0].Extra: not of the policy language"]);
    let impossible =
        explain(&self::document(r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole"}}"#), &context());
    assert_eq!(impossible.flags.public, Answer::Unknown);
    let other = allow(r#"{"Elves": "all"}"#, ASSUME);
    assert_eq!(other.flags.public, Answer::Unknown);
    assert!(one(&other).sentence.contains("not understood (Elves all)"));
}

#[test]
fn roles_that_aws_keeps() {
    let service = "/aws-service-role/support.amazonaws.com/";
    assert_eq!(managed_by_aws(service), Some(ManagedByAws::ServiceLinked));
    let sso = "/aws-reserved/sso.amazonaws.com/eu-west-1/";
    assert_eq!(managed_by_aws(sso), Some(ManagedByAws::IdentityCenter));
    assert_eq!(managed_by_aws("/teams/aws-service-role/"), None);
}

#[test]
fn masked_text_keeps_everything_but_the_external_id() {
    let text = r#"{"Statement": [{"Sid": "Vendor", "Condition": {"StringEquals":
        {"sts:ExternalId": ["hunter2", 12345678], "aws:SourceAccount": "111122223333"}, "StringLike":
        {"STS:Extern\u0061lID": "hunter*"}}}]}"#;
    let shown = masked(text);
    assert!(!shown.contains("hunter") && !shown.contains("12345678"), "{shown}");
    assert!(shown.contains("111122223333") && shown.contains("Vendor"));
    assert!(!masked("{\"sts:ExternalId\": \"hunter2\"").contains("hunter2"));
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    fn principal() -> impl Strategy<Value = Principal> {
        prop_oneof![
            Just(Principal::Everyone),
            Just(Principal::Account(STRANGER.to_owned())),
            Just(Principal::Account(VENDOR.to_owned())),
            Just(Principal::Account(OWN.to_owned())),
            Just(Principal::Service("scheduler.amazonaws.com".to_owned())),
            Just(Principal::Federated("cognito-identity.amazonaws.com".to_owned())),
            ".*".prop_map(Principal::Arn),
            "[a-z:/*]{0,12}".prop_map(|text| Principal::Arn(format!("arn:aws:iam::{OWN}:{text}"))),
            ".*".prop_map(Principal::Federated),
            (".*", ".*").prop_map(|(key, value)| Principal::Other { key, value }),
        ]
    }

    fn actions() -> impl Strategy<Value = Actions> {
        let list =
            prop::collection::vec(prop_oneof![Just("sts:AssumeRole".to_owned()), Just("sts:*".to_owned()), ".*"], 0..3);
        prop_oneof![list.clone().prop_map(Actions::Only), list.prop_map(Actions::AllBut), Just(Actions::Missing)]
    }

    fn condition() -> impl Strategy<Value = Condition> {
        let operator = prop_oneof![
            Just("StringEquals".to_owned()),
            Just("StringNotEquals".to_owned()),
            Just("StringLike".to_owned()),
            ".*"
        ];
        let key = prop_oneof![
            Just("sts:ExternalId".to_owned()),
            Just("STS:EXTERNALID".to_owned()),
            Just("aws:userid".to_owned())
        ];
        let set = prop_oneof![Just(None), Just(Some(SetPrefix::ForAllValues))];
        (operator, key, set, any::<bool>()).prop_map(|(operator, key, set, if_exists)| {
            let value = if key == "aws:userid" { "*" } else { "Hidden-7f3a*" };
            Condition { operator, set, if_exists, key, values: vec![value.to_owned()], literal: false }
        })
    }

    fn statement() -> impl Strategy<Value = Statement> {
        let effect = prop_oneof![3 => Just(Effect::Allow), 1 => Just(Effect::Deny), 1 => Just(Effect::Other)];
        let principals = || prop::collection::vec(principal(), 0..3);
        let principals = prop_oneof![
            4 => principals().prop_map(|list| Some(Principals::Only(list))),
            1 => principals().prop_map(|list| Some(Principals::AllBut(list))),
            1 => Just(None),
        ];
        (effect, principals, actions(), prop::collection::vec(condition(), 0..3)).prop_map(
            |(effect, principals, actions, conditions)| Statement {
                sid: None,
                effect,
                actions,
                resources: Resources::Missing,
                principals,
                conditions,
                text: String::new(),
            },
        )
    }

    proptest! {
        #[test]
        fn nothing_panics_and_no_external_id_gets_out(statements in prop::collection::vec(statement(), 0..4)) {
            let document = Document {
                text: "".into(),
                external_ids: ExternalIds::default(),
                version: Version::V2012,
                id: None,
                statements,
                notes: vec![],
            };
            let trust = explain(&document, &context());
            let all = format!("{trust:?}");
            prop_assert!(!all.contains("Hidden-7f3a"), "{}", all);
            for entry in &trust.entries {
                prop_assert!(entry.sentence.ends_with('.'));
            }
        }
    }
}
