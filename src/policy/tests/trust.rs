//! Who can assume a role.

use super::trusted;
use crate::policy::service_principals;
use crate::policy::trust::{Answer, Trust, TrustedPrincipal};

/// Everyone, under a condition.
fn everyone(condition: &str) -> Trust {
    trusted(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"*"}},
        "Action":"sts:AssumeRole","Condition":{condition}}}]}}"#
    ))
}

macro_rules! stays_public {
    ($($name:ident: $condition:literal,)*) => {$(
        #[test]
        fn $name() {
            let trust = everyone($condition);
            assert_eq!(trust.flags.public, Answer::Yes, "{}", trust.entries[0].sentence);
            assert_eq!(trust.flags.third_party, Answer::Yes);
            assert!(trust.entries[0].sentence.starts_with("Anyone in any AWS account"), "{}", trust.entries[0].sentence);
        }
    )*};
}

stays_public! {
    an_organization_pattern_is_public: r#"{"StringLike":{"aws:PrincipalOrgID":"o-*"}}"#,
    an_organization_if_exists_is_public: r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#,
    all_but_an_organization_is_public: r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#,
    for_all_values_of_an_absent_key_is_public:
        r#"{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#,
    an_organization_that_is_merely_present_is_public: r#"{"Null":{"aws:PrincipalOrgID":"false"}}"#,
    any_user_id_is_public: r#"{"StringLike":{"aws:userid":"*"}}"#,
    the_whole_internet_is_public: r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#,
    the_whole_new_internet_is_public: r#"{"IpAddress":{"aws:SourceIp":"::/0"}}"#,
    the_internet_in_halves_is_public: r#"{"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}}"#,
    the_account_of_the_resource_is_public: r#"{"StringEquals":{"aws:ResourceAccount":"111122223333"}}"#,
    mfa_of_other_accounts_is_public: r#"{"Bool":{"aws:MultiFactorAuthPresent":true}}"#,
    encryption_in_transit_is_public: r#"{"Bool":{"aws:SecureTransport":"true"}}"#,
}

#[test]
fn everyone_in_the_own_organization_is_not_public() {
    let trust = everyone(r#"{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#);
    assert_eq!((trust.flags.public, trust.flags.third_party), (Answer::No, Answer::No));
}

#[test]
fn an_arn_pattern_of_the_own_account_is_not_public() {
    let trust = everyone(r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}"#);
    assert_eq!((trust.flags.public, trust.flags.third_party), (Answer::No, Answer::No));
}

/// Another account, spelt in one of its ways, with or without an external id.
fn account(principal: &str, condition: &str) -> Trust {
    trusted(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":{principal}}},
        "Action":"sts:AssumeRole"{condition}}}]}}"#
    ))
}

#[test]
fn a_root_arn_is_the_whole_account_and_needs_an_external_id() {
    let trust = account(r#""arn:aws:iam::999988887777:root""#, "");
    assert_eq!(trust.flags.cross_account_without_external_id, Answer::Yes);
    assert!(
        trust.entries[0].sentence.starts_with("Any principal in account 999988887777"),
        "{}",
        trust.entries[0].sentence
    );
}

#[test]
fn twelve_digits_are_the_whole_account() {
    let trust = account(r#""999988887777""#, "");
    assert_eq!(trust.flags.cross_account_without_external_id, Answer::Yes);
    assert!(matches!(&trust.entries[0].who, TrustedPrincipal::Account { id, .. } if id == "999988887777"));
}

#[test]
fn a_canonical_user_is_not_understood_and_never_said_to_be_closed() {
    let trust = trusted(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":
            {"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}}]}"#,
    );
    assert_eq!((trust.flags.public, trust.flags.third_party), (Answer::Unknown, Answer::Unknown));
}

#[test]
fn an_external_id_settles_a_vendor_in_any_case_of_its_key() {
    let trust = account(r#""444455556666""#, r#","Condition":{"StringEquals":{"STS:EXTERNALID":"Zq81kkP0x9"}}"#);
    assert_eq!(trust.flags.third_party, Answer::Yes);
    assert_eq!(trust.flags.cross_account_without_external_id, Answer::No);
    assert!(trust.entries[0].sentence.contains("the vendor Watchful"), "{}", trust.entries[0].sentence);
}

#[test]
fn an_account_of_the_own_organization_needs_no_external_id() {
    let trust = account(r#""arn:aws:iam::222233334444:root""#, "");
    assert_eq!((trust.flags.third_party, trust.flags.cross_account_without_external_id), (Answer::No, Answer::No));
}

#[test]
fn the_ids_of_deleted_principals_dangle() {
    for id in ["AIDAEXAMPLEEXAMPLE123", "AROAEXAMPLEEXAMPLE123"] {
        let trust = account(&format!("\"{id}\""), "");
        assert_eq!(trust.flags.dangling, Answer::Yes, "{id}");
        assert!(trust.entries[0].sentence.contains(id));
    }
}

#[test]
fn services_that_do_not_honour_source_conditions_are_not_advised_to_have_them() {
    for service in ["ec2", "lambda", "cloudtrail", "transcribe", "monitoring.rds"] {
        let trust = trusted(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":
            {{"Service":"{service}.amazonaws.com"}},"Action":"sts:AssumeRole"}}]}}"#
        ));
        assert_eq!(trust.flags.service_without_source, Answer::No, "{service}");
        assert_eq!((trust.flags.public, trust.flags.third_party), (Answer::No, Answer::No), "{service}");
    }
}

#[test]
fn a_service_that_honours_them_is_advised_and_content_with_one() {
    assert!(service_principals::known("codebuild.amazonaws.com").is_some());
    let trust = |condition: &str| {
        trusted(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":
            {{"Service":"codebuild.amazonaws.com"}},"Action":"sts:AssumeRole"{condition}}}]}}"#
        ))
        .flags
        .service_without_source
    };
    assert_eq!(trust(""), Answer::Yes);
    assert_eq!(trust(r#","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}"#), Answer::No);
}

#[test]
fn each_kind_of_principal_comes_in_by_its_own_action() {
    let saml = |action: &str| {
        let trust = trusted(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":
            {{"Federated":"arn:aws:iam::111122223333:saml-provider/Okta"}},"Action":{action}}}]}}"#
        ));
        trust.entries[0].may_assume
    };
    assert!(saml(r#""sts:AssumeRoleWithSAML""#));
    assert!(saml(r#"["sts:TagSession","sts:AssumeRoleWithSAML","sts:SetSourceIdentity"]"#));
    assert!(saml(r#""sts:*""#));
    assert!(!saml(r#""sts:AssumeRole""#), "a SAML assertion is no call of AssumeRole");
    assert!(!saml(r#"["sts:TagSession","sts:SetSourceIdentity"]"#));
}
