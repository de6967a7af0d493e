//! A statement in plain words, for somebody who does not read the policy language.

use super::actions::{Level, Service, table};
use super::conditions::{MASK, is_external_id};
use super::document::{Actions, Condition, Effect, Resources, SetPrefix, Statement};
use super::grants::StatementReading;

/// Services told one by one; the rest is counted.
const SERVICES: usize = 8;
/// Patterns and values told one by one; the JSON beside has them all.
const ITEMS: usize = 6;

/// `May list and read in Amazon S3 (s3:Get*, s3:List*), on everything, only when the caller signed in with MFA.`
pub fn statement(statement: &Statement, reading: &StatementReading) -> String {
    let lead = match statement.effect {
        Effect::Allow => "May",
        Effect::Deny => "May not",
        Effect::Other => "Neither allows nor denies, because its effect is neither word exactly; it names to",
    };
    let denies = statement.effect == Effect::Deny;
    let mut text = format!("{lead} {}, {}", actions(statement, reading, denies), resources(statement));
    if statement.effect == Effect::Allow && !reading.on_all && !reading.of_type.is_empty() {
        text.push_str(" (for some of these actions that is every resource of a type)");
    }
    let conditions: Vec<String> = statement.conditions.iter().map(condition).collect();
    if !conditions.is_empty() {
        text.push_str(if denies { ", when " } else { ", only when " });
        text.push_str(&conditions.join(", and "));
    }
    text.push('.');
    text
}

fn actions(statement: &Statement, reading: &StatementReading, denies: bool) -> String {
    match &statement.actions {
        Actions::Missing => "do something that the statement does not name".to_owned(),
        Actions::AllBut(list) if list.is_empty() => "do everything in every service".to_owned(),
        Actions::AllBut(list) => format!("do anything in any service except {}", some(list, "pattern")),
        Actions::Only(list) if list.iter().any(|pattern| is_all(pattern)) => {
            (if denies { "do anything in any service" } else { "do everything in every service" }).to_owned()
        }
        Actions::Only(list) => in_services(list, reading, denies),
    }
}

fn is_all(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.bytes().all(|byte| byte == b'*') || pattern == "*:*"
}

fn in_services(list: &[String], reading: &StatementReading, denies: bool) -> String {
    let touched: Vec<&Service> =
        table().services.iter().filter(|service| reading.actions.meets_range(&service.actions)).collect();
    let mut parts: Vec<String> =
        touched.iter().take(SERVICES).map(|service| in_service(service, list, reading, denies)).collect();
    if touched.len() > SERVICES {
        let levels = levels(reading, &(0..table().len()));
        parts.push(format!("in {} more services {}", touched.len() - SERVICES, verbs(&levels, denies)));
    }
    if !reading.unknown.is_empty() {
        let these = if reading.unknown.len() == 1 { "which is" } else { "which are" };
        parts.push(format!(
            "do {}, {these} not in the table of actions and may be anything",
            some(&reading.unknown, "pattern")
        ));
    }
    if parts.is_empty() { "do nothing".to_owned() } else { parts.join("; ") }
}

fn in_service(service: &Service, list: &[String], reading: &StatementReading, denies: bool) -> String {
    let own: Vec<String> = list
        .iter()
        .filter(|pattern| {
            pattern.split_once(':').is_some_and(|(prefix, _)| prefix.eq_ignore_ascii_case(service.prefix))
        })
        .cloned()
        .collect();
    let named = if own.is_empty() { String::new() } else { format!(" ({})", some(&own, "pattern")) };
    let title = titled(service);
    if reading.actions.contains_range(&service.actions) {
        let all = if denies { "anything" } else { "everything" };
        return format!("do {all} in {title}{named}");
    }
    let levels = levels(reading, &service.actions);
    format!("{} in {title}{named}", verbs(&levels, denies))
}

/// `Amazon S3`; the prefix where the title is no name.
pub fn titled(service: &Service) -> String {
    if service.title.is_empty() { service.prefix.to_owned() } else { service.title.to_owned() }
}

fn levels(reading: &StatementReading, range: &std::ops::Range<u32>) -> Vec<Level> {
    let has = |level: &Level| {
        reading.actions.iter().any(|run| {
            let common = run.start.max(range.start)..run.end.min(range.end);
            common.start < common.end && table().of_level(*level).count_in(&common) > 0
        })
    };
    Level::ALL.into_iter().filter(has).collect()
}

fn verbs(levels: &[Level], denies: bool) -> String {
    let verb = |level: &Level| match level {
        Level::List => "list",
        Level::Read => "read",
        Level::Tagging => "tag",
        Level::Write => "change things",
        Level::PermissionsManagement => "change permissions",
    };
    let words: Vec<&str> = levels.iter().map(verb).collect();
    let joint = if denies { "or" } else { "and" };
    match words.as_slice() {
        [] => "do nothing known".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} {joint} {last}", first.join(", ")),
    }
}

fn resources(statement: &Statement) -> String {
    match &statement.resources {
        Resources::Only(list) if list.iter().any(|pattern| is_all(pattern)) => "on everything".to_owned(),
        Resources::Only(list) if list.is_empty() => "on nothing".to_owned(),
        Resources::Only(list) => format!("on {}", some(list, "resource")),
        Resources::AllBut(list) if list.is_empty() => "on everything".to_owned(),
        Resources::AllBut(list) => format!("on everything except {}", some(list, "resource")),
        Resources::Missing => "on everything, since it names no resource".to_owned(),
    }
}

/// The first few, and how many more.
fn some(list: &[String], what: &str) -> String {
    let shown = list[..list.len().min(ITEMS)].join(", ");
    match list.len().saturating_sub(ITEMS) {
        0 => shown,
        1 => format!("{shown} and 1 more {what}"),
        more => format!("{shown} and {more} more {what}s"),
    }
}

/// A condition as a clause: `the request comes from 10.0.0.0/8`.
pub fn condition(condition: &Condition) -> String {
    let key = condition.key.to_ascii_lowercase();
    let yes = condition.values.len() == 1 && condition.values[0].eq_ignore_ascii_case("true");
    let operator = condition.operator.to_ascii_lowercase();
    let plain = condition.set.is_none() && !condition.if_exists;
    match (key.as_str(), operator.as_str()) {
        ("aws:multifactorauthpresent", "bool") if yes && plain => return "the caller signed in with MFA".to_owned(),
        ("aws:securetransport", "bool") if yes && plain => return "the connection is encrypted".to_owned(),
        ("aws:securetransport", "bool") if plain => return "the connection is not encrypted".to_owned(),
        (_, "null") if plain => {
            return format!("{} is {}", condition.key, if yes { "absent" } else { "present" });
        }
        _ => {}
    }
    let (subject, known) = subject(&key, condition);
    let verb = match operator.as_str() {
        "stringequals" | "arnequals" | "numericequals" | "dateequals" | "bool" | "binaryequals" => "is",
        "stringequalsignorecase" => "is, in any case,",
        "stringnotequals" | "stringnotequalsignorecase" | "numericnotequals" | "datenotequals" => "is not",
        "arnlike" | "stringlike" => "is like",
        "stringnotlike" | "arnnotlike" | "arnnotequals" => "is not like",
        "ipaddress" => "is within",
        "notipaddress" => "is not within",
        "numericlessthan" => "is less than",
        "numericlessthanequals" => "is at most",
        "numericgreaterthan" => "is more than",
        "numericgreaterthanequals" => "is at least",
        "datelessthan" => "is before",
        "datelessthanequals" => "is not after",
        "dategreaterthan" => "is after",
        "dategreaterthanequals" => "is not before",
        _ => {
            return format!(
                "{} {} {} (not an operator known here)",
                condition.key,
                condition.operator,
                values(condition)
            );
        }
    };
    let set = match condition.set {
        Some(SetPrefix::ForAllValues) => "every value of ",
        Some(SetPrefix::ForAnyValue) => "some value of ",
        None => "",
    };
    let exists = if condition.if_exists { ", or is absent from the request" } else { "" };
    let as_written = if known { format!(" ({})", condition.key) } else { String::new() };
    format!("{set}{subject}{as_written} {verb} {}{exists}", values(condition))
}

/// What the key speaks of, and whether that is said in words.
fn subject(key: &str, condition: &Condition) -> (String, bool) {
    let words = match key {
        "aws:sourceip" => "the caller's address",
        "aws:principalorgid" => "the caller's organisation",
        "aws:principalaccount" => "the caller's account",
        "aws:principalarn" => "the caller",
        "aws:requestedregion" => "the region",
        "aws:sourceaccount" => "the account that the service acts for",
        "aws:sourcearn" => "the resource that the service acts for",
        "aws:sourcevpc" => "the caller's VPC",
        "aws:sourcevpce" => "the caller's VPC endpoint",
        "aws:resourceaccount" => "the resource's account",
        "aws:resourceorgid" => "the resource's organisation",
        "aws:calledvia" => "a service that the call came through",
        "aws:currenttime" => "the time",
        "aws:multifactorauthage" => "the age of the MFA sign-in in seconds",
        "iam:passedtoservice" => "the service that the role is passed to",
        "iam:permissionsboundary" => "the permissions boundary",
        "kms:viaservice" => "the service that uses the key",
        "s3:prefix" => "the prefix asked for",
        "sts:externalid" => "the external id",
        _ => {
            let tag = condition.key.split_once('/');
            let whose = key.split('/').next().unwrap_or_default();
            return match (whose, tag) {
                ("aws:resourcetag", Some((_, tag))) => (format!("the resource's tag “{tag}”"), false),
                ("aws:principaltag", Some((_, tag))) => (format!("the caller's tag “{tag}”"), false),
                ("aws:requesttag", Some((_, tag))) => (format!("the tag “{tag}” in the request"), false),
                _ => (condition.key.clone(), false),
            };
        }
    };
    (words.to_owned(), true)
}

fn values(condition: &Condition) -> String {
    if is_external_id(&condition.key) {
        return MASK.to_owned();
    }
    let shown = condition.values[..condition.values.len().min(ITEMS)].join(" or ");
    match condition.values.len() {
        0 => "nothing".to_owned(),
        count if count > ITEMS => format!("{shown} or one of {} more", count - ITEMS),
        _ => shown,
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::{grants, parse};

    fn words(statement: &str) -> String {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
        let reading = grants::read(&parse::parse(&text).unwrap());
        super::statement(&reading.document.statements[0], &reading.statements[0])
    }

    #[test]
    fn statements_read_as_sentences() {
        assert_eq!(
            words(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#),
            "May do everything in every service, on everything."
        );
        assert_eq!(
            words(
                r#"{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/x"],
                "Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"},"IpAddress":{"aws:SourceIp":["10.0.0.0/8","192.0.2.0/24"]}}}"#
            ),
            "May list and read in Amazon S3 (s3:GetObject, s3:ListBucket), on arn:aws:s3:::b, arn:aws:s3:::b/x, only when \
             the caller signed in with MFA, and the caller's address (aws:SourceIp) is within 10.0.0.0/8 or 192.0.2.0/24."
        );
        assert_eq!(
            words(
                r#"{"Effect":"Allow","NotAction":["iam:*","organizations:*"],"NotResource":"arn:aws:s3:::secret/*"}"#
            )
            .split(" (for")
            .next()
            .unwrap(),
            "May do anything in any service except iam:*, organizations:*, on everything except arn:aws:s3:::secret/*"
        );
        let deny = words(
            r#"{"Effect":"Deny","Action":"lambda:*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}}"#,
        );
        assert_eq!(
            deny,
            "May not do anything in AWS Lambda (lambda:*), on everything, when the region (aws:RequestedRegion) is not eu-west-1."
        );
    }

    #[test]
    fn what_is_not_known_is_said_and_external_ids_are_not() {
        let unknown = words(r#"{"Effect":"Allow","Action":["nosuch:Thing"],"Resource":"*"}"#);
        assert_eq!(
            unknown,
            "May do nosuch:Thing, which is not in the table of actions and may be anything, on everything."
        );
        let masked = words(
            r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*","Condition":{"StringEquals":{"STS:externalid":"s3cr3t"}}}"#,
        );
        assert!(!masked.contains("s3cr3t") && masked.ends_with("is (masked)."), "{masked}");
        let operator =
            words(r#"{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringFoo":{"a:b":"c"}}}"#);
        assert!(operator.contains("a:b StringFoo c (not an operator known here)"), "{operator}");
        assert!(words(r#"{"Effect":"allow","Action":"s3:*","Resource":"*"}"#).starts_with("Neither allows nor denies"));
    }
}
