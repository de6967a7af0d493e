//! Describes a statement in plain English, for readers who do not know the policy language.

use super::actions::{Level, Service, table};
use super::conditions::{MASK, is_external_id};
use super::document::{Actions, Condition, Effect, Resources, SetPrefix, Statement};
use super::grants::StatementAnalysis;
use crate::text::capital;

/// The most services that are named; the rest are counted.
const SERVICES: usize = 8;
/// The most patterns and values that are shown; the JSON beside has all of them.
const ITEMS: usize = 6;

/// Actions that AWS classifies as writes although they change nothing, with phrases for them: `Can assume roles`,
/// `Denies assuming roles`.
const DEEDS: [(&str, &str, &str); 6] = [
    ("iam:PassRole", "pass roles", "passing roles"),
    ("kms:Decrypt", "decrypt", "decrypting"),
    ("ssm:SendCommand", "run commands on managed instances", "running commands on managed instances"),
    ("ssm:StartSession", "start sessions on managed instances", "starting sessions on managed instances"),
    ("sts:AssumeRole", "assume roles", "assuming roles"),
    ("sts:TagSession", "tag sessions", "tagging sessions"),
];

/// `Can assume roles (sts:AssumeRole); list and read access to Amazon S3 (s3:Get*, s3:List*), on all resources, only
/// when signed in with MFA.`
pub fn statement(statement: &Statement, reading: &StatementAnalysis) -> String {
    match statement.effect {
        Effect::Allow => {
            let subject = Subject { list: named(&statement.actions), reading, can: true };
            let what = capital(&what(statement, &subject));
            let type_wide = !reading.on_all && !reading.of_type.is_empty();
            let covers = if type_wide { " (covers every resource of that type)" } else { "" };
            format!("{what}, {}{covers}{}.", resources(statement), conditions(statement, ", only when "))
        }
        Effect::Deny => denial(statement, reading),
        Effect::Other => {
            let subject = Subject { list: named(&statement.actions), reading, can: false };
            format!(
                "Neither allows nor denies, because its effect is neither word exactly; it names {}, {}{}.",
                what(statement, &subject),
                resources(statement),
                conditions(statement, ", when ")
            )
        }
    }
}

/// A statement of a policy that grants nothing by itself, such as a service control policy: `Allows every action of
/// every service, on all resources.`
pub fn guardrail(guarding: &Statement, reading: &StatementAnalysis) -> String {
    if guarding.effect != Effect::Allow {
        return statement(guarding, reading);
    }
    let subject = Subject { list: named(&guarding.actions), reading, can: false };
    let what = what(guarding, &subject);
    format!("Allows {what}, {}{}.", resources(guarding), conditions(guarding, ", only when "))
}

fn denial(statement: &Statement, reading: &StatementAnalysis) -> String {
    let subject = Subject { list: named(&statement.actions), reading, can: false };
    let what = what(statement, &subject);
    format!("Denies {what}, {}{}.", resources(statement), conditions(statement, ", when "))
}

fn conditions(statement: &Statement, lead: &str) -> String {
    let conditions: Vec<String> = statement.conditions.iter().map(condition).collect();
    if conditions.is_empty() { String::new() } else { format!("{lead}{}", conditions.join(", and ")) }
}

/// The actions that a sentence describes.
struct Subject<'a> {
    /// Patterns of actions, as written.
    list: &'a [String],
    reading: &'a StatementAnalysis,
    /// `can assume roles`, not `assuming roles`.
    can: bool,
}

fn named(actions: &Actions) -> &[String] {
    match actions {
        Actions::Only(list) | Actions::AllBut(list) => list,
        Actions::Missing => &[],
    }
}

fn what(statement: &Statement, subject: &Subject<'_>) -> String {
    match &statement.actions {
        Actions::Missing => "actions that the statement does not name".to_owned(),
        Actions::AllBut(list) if list.is_empty() => "every action of every service".to_owned(),
        Actions::AllBut(list) => format!("every action of every service except {}", some(list, "pattern")),
        Actions::Only(list) if list.iter().any(|pattern| is_all(pattern)) => "every action of every service".to_owned(),
        Actions::Only(_) => in_services(subject),
    }
}

fn is_all(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.bytes().all(|byte| byte == b'*') || pattern == "*:*"
}

/// `a`, `a and b`, `a, b and c`.
pub fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn in_services(subject: &Subject<'_>) -> String {
    let reading = subject.reading;
    let touched: Vec<&Service> =
        table().services.iter().filter(|service| reading.actions.meets_range(&service.actions)).collect();
    let shown = &touched[..touched.len().min(SERVICES)];
    let mut parts: Vec<String> = Vec::new();
    // Services that are allowed completely by `s3:*` alone share one phrase.
    let (whole, others): (Vec<&Service>, Vec<&Service>) = shown.iter().partition(|service| subject.is_whole(service));
    if !whole.is_empty() {
        let titles: Vec<String> = whole.iter().map(|service| titled(service)).collect();
        let patterns: Vec<String> = whole.iter().flat_map(|service| subject.patterns(service)).cloned().collect();
        let named = if patterns.is_empty() { String::new() } else { format!(" ({})", some(&patterns, "pattern")) };
        parts.push(format!("all actions of {}{named}", listed(&titles)));
    }
    let mut deeds: Vec<&(&str, &str, &str)> = Vec::new();
    for service in others {
        let (done, access) = in_service(service, subject);
        deeds.extend(done);
        parts.extend(access);
    }
    if !deeds.is_empty() {
        let phrases: Vec<String> =
            deeds.iter().map(|deed| if subject.can { deed.1 } else { deed.2 }.to_owned()).collect();
        let patterns: Vec<String> = deeds.iter().map(|deed| deed.0.to_owned()).collect();
        let can = if subject.can { "can " } else { "" };
        parts.insert(0, format!("{can}{} ({})", listed(&phrases), patterns.join(", ")));
    }
    if touched.len() > SERVICES {
        let levels = levels(reading, &(0..table().len()), &[]);
        parts.push(format!("{} {} more services", access(&levels), touched.len() - SERVICES));
    }
    if !reading.unknown.is_empty() {
        let these = if reading.unknown.len() == 1 { "which is" } else { "which are" };
        let note = format!("{these} not in AWS's action table");
        let noun = if reading.unknown.len() == 1 { "the action" } else { "the actions" };
        parts.push(format!("{noun} {}, {note}", some(&reading.unknown, "pattern")));
    }
    if parts.is_empty() { "no action".to_owned() } else { parts.join("; ") }
}

impl Subject<'_> {
    /// The patterns that name the service.
    fn patterns(&self, service: &Service) -> Vec<&String> {
        let own = |pattern: &&String| {
            pattern.split_once(':').is_some_and(|(prefix, _)| prefix.eq_ignore_ascii_case(service.prefix))
        };
        self.list.iter().filter(own).collect()
    }

    fn is_whole(&self, service: &Service) -> bool {
        self.reading.actions.contains_range(&service.actions)
    }
}

/// The phrases for a service's listed actions, and its access levels otherwise.
fn in_service(
    service: &Service,
    subject: &Subject<'_>,
) -> (Vec<&'static (&'static str, &'static str, &'static str)>, Option<String>) {
    let own = subject.patterns(service);
    let deed = |pattern: &&String| DEEDS.iter().find(|deed| deed.0.eq_ignore_ascii_case(pattern));
    let deeds: Vec<_> = own.iter().filter_map(deed).collect();
    let rest: Vec<String> =
        own.iter().filter(|pattern| deed(pattern).is_none()).map(|pattern| (*pattern).clone()).collect();
    let taken: Vec<u32> = deeds.iter().filter_map(|deed| table().number(deed.0)).collect();
    // Without a pattern of this service, the actions come from a pattern over several services.
    if !deeds.is_empty() && rest.is_empty() && own.len() == subject.list.len() {
        return (deeds, None);
    }
    let levels = levels(subject.reading, &service.actions, &taken);
    if levels.is_empty() {
        return (deeds, None);
    }
    let named = if rest.is_empty() { String::new() } else { format!(" ({})", some(&rest, "pattern")) };
    (deeds, Some(format!("{} {}{named}", access(&levels), titled(service))))
}

/// `Amazon S3`, or the prefix if the title is not usable as a name.
pub fn titled(service: &Service) -> String {
    match service.prefix {
        "iam" => "IAM".to_owned(),
        prefix if service.title.is_empty() => prefix.to_owned(),
        _ => service.title.to_owned(),
    }
}

/// The levels of the actions in a range, without some of them.
fn levels(reading: &StatementAnalysis, range: &std::ops::Range<u32>, without: &[u32]) -> Vec<Level> {
    let has = |level: &Level| {
        reading.actions.iter().any(|run| {
            let common = run.start.max(range.start)..run.end.min(range.end);
            let bits = table().of_level(*level);
            common.start < common.end && {
                let taken = without.iter().filter(|action| common.contains(action) && bits.contains(**action)).count();
                bits.count_in(&common) as usize > taken
            }
        })
    };
    Level::ALL.into_iter().filter(has).collect()
}

/// `list, read and write access to`.
fn access(levels: &[Level]) -> String {
    let words: Vec<String> = levels.iter().map(|level| level.name().to_lowercase()).collect();
    if words.is_empty() { "access to".to_owned() } else { format!("{} access to", listed(&words)) }
}

fn resources(statement: &Statement) -> String {
    match &statement.resources {
        Resources::Only(list) if list.iter().any(|pattern| is_all(pattern)) => "on all resources".to_owned(),
        Resources::Only(list) if list.is_empty() => "on no resource".to_owned(),
        Resources::Only(list) => format!("on {}", some(list, "resource")),
        Resources::AllBut(list) if list.is_empty() => "on all resources".to_owned(),
        Resources::AllBut(list) => format!("on all resources except {}", some(list, "resource")),
        Resources::Missing => "on all resources, since it names none".to_owned(),
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
        ("aws:multifactorauthpresent", "bool") if yes && plain => return "signed in with MFA".to_owned(),
        ("aws:multifactorauthpresent", "bool") if is_no(condition) && condition.set.is_none() => {
            return "not signed in with MFA".to_owned();
        }
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

fn is_no(condition: &Condition) -> bool {
    condition.values.len() == 1 && condition.values[0].eq_ignore_ascii_case("false")
}

/// The subject of the key, and whether it has a phrase of its own.
fn subject(key: &str, condition: &Condition) -> (String, bool) {
    let words = match key {
        "aws:sourceip" => "the caller's address",
        "aws:principalorgid" => "the caller's organization",
        "aws:principalaccount" => "the caller's account",
        "aws:principalarn" => "the caller",
        "aws:requestedregion" => "the Region",
        "aws:sourceaccount" => "the account that the service acts for",
        "aws:sourcearn" => "the resource that the service acts for",
        "aws:sourcevpc" => "the caller's VPC",
        "aws:sourcevpce" => "the caller's VPC endpoint",
        "aws:resourceaccount" => "the resource's account",
        "aws:resourceorgid" => "the resource's organization",
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

    fn sentence(statement: &str) -> String {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
        let reading = grants::analyze(&parse::parse(&text).unwrap());
        super::statement(&reading.document.statements[0], &reading.statements[0])
    }

    #[test]
    fn statements_read_as_sentences() {
        assert_eq!(
            sentence(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#),
            "Every action of every service, on all resources."
        );
        assert_eq!(
            sentence(
                r#"{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/x"],
                "Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"},"IpAddress":{"aws:SourceIp":["10.0.0.0/8","192.0.2.0/24"]}}}"#
            ),
            "List and read access to Amazon S3 (s3:GetObject, s3:ListBucket), on arn:aws:s3:::b, arn:aws:s3:::b/x, only when \
             signed in with MFA, and the caller's address (aws:SourceIp) is within 10.0.0.0/8 or 192.0.2.0/24."
        );
        assert_eq!(
            sentence(
                r#"{"Effect":"Allow","NotAction":["iam:*","organizations:*"],"NotResource":"arn:aws:s3:::secret/*"}"#
            )
            .split(" (covers")
            .next()
            .unwrap(),
            "Every action of every service except iam:*, organizations:*, on all resources except arn:aws:s3:::secret/*"
        );
        assert_eq!(
            sentence(r#"{"Effect":"Allow","Action":"iam:GetRole","Resource":"arn:aws:iam::*:role/*"}"#),
            "Read access to IAM (iam:GetRole), on arn:aws:iam::*:role/* (covers every resource of that type)."
        );
    }

    #[test]
    fn what_changes_nothing_is_not_called_a_change() {
        let allow = |actions: &str| sentence(&format!(r#"{{"Effect":"Allow","Action":{actions},"Resource":"*"}}"#));
        for (actions, expected) in [
            (r#""kms:Decrypt""#, "Can decrypt (kms:Decrypt), on all resources."),
            (r#""sts:AssumeRole""#, "Can assume roles (sts:AssumeRole), on all resources."),
            (
                r#"["iam:PassRole","ec2:RunInstances"]"#,
                "Can pass roles (iam:PassRole); write access to Amazon EC2 (ec2:RunInstances), on all resources.",
            ),
            (
                r#"["kms:Decrypt","kms:DescribeKey","sts:assumerole"]"#,
                "Can decrypt and assume roles (kms:Decrypt, sts:AssumeRole); read access to AWS Key Management Service \
                 (kms:DescribeKey), on all resources.",
            ),
            (r#"["s3:*","sqs:*"]"#, "All actions of Amazon S3 and Amazon SQS (s3:*, sqs:*), on all resources."),
            (r#""iam:Put*""#, "Write and permissions management access to IAM (iam:Put*), on all resources."),
        ] {
            assert_eq!(allow(actions), expected);
        }
    }

    #[test]
    fn denials_say_what_they_deny_and_guardrails_grant_nothing() {
        let deny = sentence(
            r#"{"Effect":"Deny","Action":"lambda:*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}}"#,
        );
        assert_eq!(
            deny,
            "Denies all actions of AWS Lambda (lambda:*), on all resources, when the Region (aws:RequestedRegion) is not eu-west-1."
        );
        let several = r#"{"Effect":"Deny","Action":["account:*","iam:*","organizations:*"],"Resource":"*"}"#;
        assert_eq!(
            sentence(several),
            "Denies all actions of AWS Account Management, IAM and AWS Organizations (account:*, iam:*, organizations:*), \
             on all resources."
        );
        assert_eq!(
            sentence(r#"{"Effect":"Deny","Action":["sts:AssumeRole","s3:GetObject"],"Resource":"*"}"#),
            "Denies assuming roles (sts:AssumeRole); read access to Amazon S3 (s3:GetObject), on all resources."
        );
        let text = r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}"#;
        let reading = grants::analyze(&parse::parse(text).unwrap());
        let guardrail = super::guardrail(&reading.document.statements[0], &reading.statements[0]);
        assert_eq!(guardrail, "Allows assuming roles (sts:AssumeRole), on all resources.");
    }

    #[test]
    fn what_is_not_known_is_said_and_external_ids_are_not() {
        let unknown = sentence(r#"{"Effect":"Allow","Action":["nosuch:Thing"],"Resource":"*"}"#);
        assert_eq!(unknown, "The action nosuch:Thing, which is not in AWS's action table, on all resources.");
        let masked = sentence(
            r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*","Condition":{"StringEquals":{"STS:externalid":"s3cr3t"}}}"#,
        );
        assert!(!masked.contains("s3cr3t") && masked.ends_with("is (masked)."), "{masked}");
        let operator =
            sentence(r#"{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringFoo":{"a:b":"c"}}}"#);
        assert!(operator.contains("a:b StringFoo c (not an operator known here)"), "{operator}");
        assert!(
            sentence(r#"{"Effect":"allow","Action":"s3:*","Resource":"*"}"#).starts_with("Neither allows nor denies")
        );
    }
}
