//! Facts about the statements of one policy document.

use super::document::PolicyText;
use super::fact::Observed;
use crate::policy::actions::{Runs, table};
use crate::policy::document::{Actions, Document, Effect, Resources, Statement};
use crate::policy::grants::PolicyAnalysis;

type Texts = Vec<String>;

/// Statements that allow every action of a service by a wildcard, each with the statements of the same policy that deny
/// some of these actions. What these take away is not subtracted; a reader must know that they are there.
pub fn full_service_access(text: &PolicyText) -> Observed<Texts> {
    listed(text, &|document, statement| {
        let (granted, services) = match &statement.actions {
            Actions::Only(patterns) => {
                let whole: Vec<String> = patterns.iter().filter(|one| is_whole_service(one)).cloned().collect();
                if whole.is_empty() {
                    return None;
                }
                (format!("allows {}", whole.join(", ")), Actions::Only(whole))
            }
            Actions::AllBut(left_out) => {
                let left_out_runs = united(left_out);
                if table().services.iter().all(|service| left_out_runs.meets_range(&service.actions)) {
                    return None;
                }
                (format!("allows everything but {}", left_out.join(", ")), statement.actions.clone())
            }
            Actions::Missing => return None,
        };
        let denials = denials_of(document, &services);
        let beside = if denials.is_empty() { String::new() } else { format!(" ({})", denials.join("; ")) };
        Some(format!("{granted}{beside}"))
    })
}

/// `statement 2 denies kms:*, kms:Decrypt under a condition`: statements that deny some of the actions.
fn denials_of(document: &Document, actions: &Actions) -> Vec<String> {
    let denying = document.statements.iter().enumerate().filter(|(_, one)| one.effect == Effect::Deny);
    denying
        .filter_map(|(number, denial)| {
            let denied = match &denial.actions {
                Actions::Only(patterns) => {
                    let met: Vec<&str> =
                        patterns.iter().map(String::as_str).filter(|pattern| is_part_of(pattern, actions)).collect();
                    (!met.is_empty()).then(|| met.join(", "))?
                }
                Actions::AllBut(kept) => {
                    covers_less(kept, actions).then(|| format!("all actions but {}", kept.join(", ")))?
                }
                Actions::Missing => return None,
            };
            let all = matches!(&denial.resources, Resources::Only(list) if list.iter().any(|one| one == "*"));
            let on = if all { "" } else { " on some resources" };
            let condition = if denial.conditions.is_empty() { "" } else { " under a condition" };
            Some(format!("statement {} denies {denied}{on}{condition}", number + 1))
        })
        .collect()
}

/// Whether a denied pattern hits one of the actions: by AWS's action table, or by the service's name where the table
/// has no such action.
fn is_part_of(pattern: &str, actions: &Actions) -> bool {
    let runs = table().expand(pattern);
    let service = |one: &str| one.split_once(':').map(|(service, _)| service.to_ascii_lowercase());
    match actions {
        Actions::Only(allowed) => {
            let allowed_runs = united(allowed);
            runs.iter().any(|run| allowed_runs.meets_range(&run))
                || (runs.is_empty() && allowed.iter().any(|one| service(one) == service(pattern)))
        }
        Actions::AllBut(left_out) => {
            let kept = united(left_out);
            runs.numbers().any(|action| !kept.contains(action))
        }
        Actions::Missing => false,
    }
}

/// Whether a denial of everything but `kept` hits one of the actions.
fn covers_less(kept: &[String], actions: &Actions) -> bool {
    let kept_runs = united(kept);
    let allowed = match actions {
        Actions::Only(allowed) => united(allowed),
        Actions::AllBut(left_out) => united(left_out).complement(table().len()),
        Actions::Missing => return false,
    };
    allowed.is_empty() || allowed.numbers().any(|action| !kept_runs.contains(action))
}

/// Every known action that one of the patterns names.
fn united(patterns: &[String]) -> Runs {
    let expanded: Vec<_> = patterns.iter().map(|one| table().expand(one)).collect();
    Runs::all_of(expanded.iter().map(AsRef::as_ref))
}

/// Statements that allow everything but what they name.
pub fn by_not_action(text: &PolicyText) -> Observed<Texts> {
    listed(text, &|_, statement| match &statement.actions {
        Actions::AllBut(left_out) => Some(format!("allows all actions but {}", left_out.join(", "))),
        _ => None,
    })
}

/// Statements that allow on everything but what they name.
pub fn by_not_resource(text: &PolicyText) -> Observed<Texts> {
    listed(text, &|_, statement| match &statement.resources {
        Resources::AllBut(left_out) => Some(format!("allows on all resources but {}", left_out.join(", "))),
        _ => None,
    })
}

/// `statement 2 (Sid) allows s3:*`; what is found decides, also in a document that is not understood as a whole.
fn listed(text: &PolicyText, describe: &dyn Fn(&Document, &Statement) -> Option<String>) -> Observed<Texts> {
    let of = |reading: &PolicyAnalysis| -> Texts {
        let allowing = reading.document.statements.iter().enumerate().filter(|(_, one)| one.effect == Effect::Allow);
        allowing
            .filter_map(|(number, statement)| {
                let sid = statement.sid.as_ref().filter(|sid| !sid.is_empty()).map(|sid| format!(" ({sid})"));
                Some(format!(
                    "statement {}{} {}",
                    number + 1,
                    sid.unwrap_or_default(),
                    describe(&reading.document, statement)?
                ))
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
    fn a_denial_of_the_same_actions_is_named_beside_the_grant() {
        let found = |statements: Value| full_service_access(&text(&statements)).known().unwrap().join("; ");
        let grant = || json!({ "Effect": "Allow", "Action": "kms:*", "Resource": "*" });
        let deny = |action: Value, more: &Value| {
            let mut denial = json!({ "Effect": "Deny", "Action": action, "Resource": "*" });
            denial.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!([grant(), denial])
        };
        let none = json!({});
        for (statements, beside) in [
            (json!([grant()]), ""),
            (deny(json!("kms:*"), &none), " (statement 2 denies kms:*)"),
            (deny(json!("*"), &none), " (statement 2 denies *)"),
            (deny(json!(["s3:*", "kms:Decrypt"]), &none), " (statement 2 denies kms:Decrypt)"),
            (deny(json!("kms:NoSuchAction"), &none), " (statement 2 denies kms:NoSuchAction)"),
            (deny(json!("s3:*"), &none), ""),
            (
                deny(json!("kms:*"), &json!({ "Resource": "arn:aws:kms:*:*:key/1" })),
                " (statement 2 denies kms:* on some resources)",
            ),
            (
                deny(json!("kms:*"), &json!({ "Condition": { "Bool": { "aws:SecureTransport": "false" } } })),
                " (statement 2 denies kms:* under a condition)",
            ),
            (
                json!([grant(), { "Effect": "Deny", "NotAction": "s3:*", "Resource": "*" }]),
                " (statement 2 denies all actions but s3:*)",
            ),
            (json!([grant(), { "Effect": "Deny", "NotAction": "kms:*", "Resource": "*" }]), ""),
        ] {
            assert_eq!(found(statements.clone()), format!("statement 1 allows kms:*{beside}"), "{statements}");
        }
        let by_exception = json!([
            { "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" },
            { "Effect": "Deny", "Action": ["iam:*", "kms:*"], "Resource": "*" },
        ]);
        assert_eq!(found(by_exception), "statement 1 allows everything but iam:* (statement 2 denies kms:*)");
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
