//! Values of conditions: policy variables by the document's version, Regions of calls, and names of services in China.

use super::granted_to;
use crate::policy::actions::table;
use crate::policy::document::Condition;
use crate::policy::escalation::{AccountContext, Holder, Path, paths_among};
use crate::policy::grants::{Requester, Scope};

const ANN: &str = "arn:aws:iam::111122223333:user/ann";

fn ways(statements: &str, arn: &str, china: bool) -> Vec<(&'static str, bool)> {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    let who = Holder { arn, groups: &[], policies: &[], boundary: None, tags: &[] };
    let around = AccountContext { china, ..AccountContext::default() };
    let of = |path: Path| (path.way.id.as_str(), path.is_open());
    paths_among(&who, &granted_to(&[&text], None, arn, &[]), &around).into_iter().map(of).collect()
}

/// IAM user guide, "IAM JSON policy elements: Version": in the version of 2008, `${aws:username}` is a literal string.
#[test]
fn a_variable_stands_for_itself_in_the_version_of_2008() {
    let denial = r#""Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"},
        {"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"StringEquals":{"aws:username":"${aws:username}"}}}]"#;
    let granted = |version: &str| {
        let text = format!(r#"{{"Version":"{version}",{denial}}}"#);
        granted_to(&[&text], None, ANN, &[]).allows("iam:PutUserPolicy").map(|allowed| allowed.scope)
    };
    assert_eq!(granted("2008-10-17"), Some(Scope::All));
    assert_eq!(granted("2012-10-17"), None);
    let allowed = |version: &str| {
        let text = format!(
            r#"{{"Version":"{version}","Statement":{{"Effect":"Allow","Action":"iam:PutUserPolicy","Resource":"*",
                "Condition":{{"StringEquals":{{"aws:username":"${{aws:username}}"}}}}}}}}"#
        );
        granted_to(&[&text], None, ANN, &[]).allows("iam:PutUserPolicy").is_some()
    };
    assert!(!allowed("2008-10-17") && allowed("2012-10-17"));
}

/// Every call of IAM has the partition's first Region; passing a role is no call and has the Region of the service's.
#[test]
fn passing_a_role_has_the_region_of_the_service() {
    let condition = Condition {
        operator: "StringEquals".to_owned(),
        set: None,
        if_exists: false,
        key: "aws:RequestedRegion".to_owned(),
        values: vec!["eu-west-1".to_owned()],
        literal: false,
    };
    let requester = Requester { arn: ANN, ..Requester::default() };
    let (of, holds) = requester.decides(&condition).expect("the Region of some calls is known");
    assert!(!holds);
    let iam = table().service("iam").expect("IAM");
    for action in iam.actions.clone().map(|number| table().full_name(number)) {
        assert_eq!(of.binds(&action), action != "iam:PassRole", "{action}");
    }
    let found = ways(
        r#"{"Effect":"Allow","Action":["iam:PassRole","ec2:RunInstances"],"Resource":"*",
            "Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}"#,
        ANN,
        false,
    );
    assert_eq!(found, [("ec2-001", true)]);
}

/// In China a service has one of two names. A grant needs one of them to be admitted, a denial both.
#[test]
fn services_in_china_have_one_of_two_names() {
    let run = r#"{"Effect":"Allow","Action":"ec2:RunInstances","Resource":"*"}"#;
    let pass = |effect: &str, operator: &str, service: &str| {
        format!(
            r#"{{"Effect":"{effect}","Action":"iam:PassRole","Resource":"*",
                "Condition":{{"{operator}":{{"iam:PassedToService":{service}}}}}}}"#
        )
    };
    let cn = "arn:aws-cn:iam::111122223333:user/ann";
    let (usual, chinese) = (r#""ec2.amazonaws.com""#, r#""ec2.amazonaws.com.cn""#);
    let both = r#"["ec2.amazonaws.com","ec2.amazonaws.com.cn"]"#;
    for (service, denied, left) in [(usual, false, true), (chinese, false, true), (both, true, false)] {
        let any = r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}"#;
        let found = ways(&format!("{run},{any},{}", pass("Deny", "StringEquals", service)), cn, true);
        assert_eq!(found.is_empty(), denied, "{service}: {found:?}");
        let found = ways(&format!("{run},{}", pass("Allow", "StringNotEquals", service)), cn, true);
        assert_eq!(!found.is_empty(), left, "all but {service}: {found:?}");
    }
    let found = ways(&format!("{run},{}", pass("Allow", "StringEquals", chinese)), ANN, false);
    assert_eq!(found, [], "elsewhere no service has the name");
}
