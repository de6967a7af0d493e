//! What stands in one policy document, as facts about its statements.

use super::document::PolicyText;
use super::fact::Observed;
use crate::policy::actions::{Runs, table};
use crate::policy::document::{Actions, Effect, Resources, Statement};
use crate::policy::grants::Reading;

type Texts = Vec<String>;

/// Statements that allow every action of a service by a wildcard.
pub fn full_service_access(text: &PolicyText) -> Observed<Texts> {
    listed(text, &|statement| match &statement.actions {
        Actions::Only(patterns) => {
            let whole: Vec<&str> = patterns.iter().map(String::as_str).filter(|one| is_whole_service(one)).collect();
            (!whole.is_empty()).then(|| format!("allows {}", whole.join(", ")))
        }
        Actions::AllBut(left_out) => {
            let expanded: Vec<_> = left_out.iter().map(|one| table().expand(one)).collect();
            let left_out_runs = Runs::all_of(expanded.iter().map(AsRef::as_ref));
            let whole = table().services.iter().any(|service| !left_out_runs.meets_range(&service.actions));
            whole.then(|| format!("allows everything but {}", left_out.join(", ")))
        }
        Actions::Missing => None,
    })
}

/// Statements that allow everything but what they name.
pub fn by_not_action(text: &PolicyText) -> Observed<Texts> {
    listed(text, &|statement| match &statement.actions {
        Actions::AllBut(left_out) => Some(format!("allows all actions but {}", left_out.join(", "))),
        _ => None,
    })
}

/// Statements that allow on everything but what they name.
pub fn by_not_resource(text: &PolicyText) -> Observed<Texts> {
    listed(text, &|statement| match &statement.resources {
        Resources::AllBut(left_out) => Some(format!("allows on all resources but {}", left_out.join(", "))),
        _ => None,
    })
}

/// `statement 2 (Sid) allows s3:*`; what is found decides, also in a document that is not understood as a whole.
fn listed(text: &PolicyText, told: &dyn Fn(&Statement) -> Option<String>) -> Observed<Texts> {
    let of = |reading: &Reading| -> Texts {
        let allowing = reading.document.statements.iter().enumerate().filter(|(_, one)| one.effect == Effect::Allow);
        allowing
            .filter_map(|(number, statement)| {
                let sid = statement.sid.as_ref().filter(|sid| !sid.is_empty()).map(|sid| format!(" ({sid})"));
                Some(format!("statement {}{} {}", number + 1, sid.unwrap_or_default(), told(statement)?))
            })
            .collect()
    };
    text.known(of, |found| !found.is_empty())
}

/// `s3:*`, `s*:**`, `*`: after the colon nothing but wildcards, so that future actions are in it too.
fn is_whole_service(pattern: &str) -> bool {
    let name = pattern.split_once(':').map_or(pattern, |(_, name)| name);
    // No action has a name of one or two letters.
    let shortest = name.bytes().filter(|byte| *byte == b'?').count();
    name.contains('*') && name.bytes().all(|byte| matches!(byte, b'*' | b'?')) && shortest < 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::document::{Documents, Text};
    use crate::account::identity::Place;
    use serde_json::{Value, json};

    fn text(statement: &Value) -> PolicyText {
        let place = Place { account: "111122223333".to_owned(), partition: "aws".to_owned() };
        let document = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
        Documents::new(&place, jiff::Timestamp::UNIX_EPOCH).policy(&Text(Some(document)), "p")
    }
    fn whole(action: Value) -> bool {
        let statement = json!({ "Effect": "Allow", "Action": action, "Resource": "arn:aws:s3:::one/*" });
        !full_service_access(&text(&statement)).known().unwrap().is_empty()
    }

    #[test]
    fn a_wildcard_after_the_service_is_the_whole_service() {
        for action in [json!("s3:*"), json!("S3:**"), json!("s?:*"), json!("*"), json!(["ec2:RunInstances", "sqs:?*"])]
        {
            assert!(whole(action.clone()), "{action}");
        }
        for action in [json!("ec2:Describe*"), json!("s3:Get*"), json!("s3:GetObject"), json!("s3:????"), json!([])] {
            assert!(!whole(action.clone()), "{action}");
        }
    }

    #[test]
    fn what_is_left_by_not_action_counts() {
        let all_but = |names: Value| json!({ "Effect": "Allow", "NotAction": names, "Resource": "*", "Sid": "Rest" });
        let told = full_service_access(&text(&all_but(json!("s3:*"))));
        assert_eq!(told, Observed::Known(vec!["statement 1 (Rest) allows everything but s3:*".to_owned()]));
        assert_eq!(full_service_access(&text(&all_but(json!("*")))), Observed::Known(Vec::new()));
        assert_eq!(by_not_action(&text(&all_but(json!("*")))).known().unwrap().len(), 1);
        assert_eq!(by_not_resource(&text(&all_but(json!("*")))), Observed::Known(Vec::new()));
        let elsewhere = json!({ "Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::x" });
        assert_eq!(by_not_resource(&text(&elsewhere)).known().unwrap().len(), 1);
        let denied = json!({ "Effect": "Deny", "NotAction": "s3:*", "NotResource": "arn:aws:s3:::x" });
        assert_eq!(by_not_action(&text(&denied)), Observed::Known(Vec::new()));
    }

    #[test]
    fn what_is_not_understood_is_no_empty_list() {
        let odd = json!([{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Actoin": "x" }]);
        assert!(full_service_access(&text(&odd)).gap().is_some());
        let both = json!([{ "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Actoin": "x" }]);
        assert!(full_service_access(&text(&both)).known().is_some(), "what is found decides");
    }
}
