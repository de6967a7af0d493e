//! AWS Config's results beside our own verdicts, where a rule asks the same of the same subjects.
//!
//! A rule is known by AWS's identifier and its parameters, never by its name. What it found is no evidence for a
//! verdict: an agreement is told as such, and a contradiction is for the reader to look into.

use super::words::{count, listed};
use super::{Block, Inputs, Span};
use crate::account::regional::{Compliance, RuleResult, RuleResults};
use crate::assess::{ControlResult, Verdict};
use crate::catalog::{Control, ParameterValue};

/// A rule's identifier, our control, and the pair of parameters that must be equal (the rule's, its default, ours).
type Same = (&'static str, &'static str, Option<(&'static str, i64, &'static str)>);

const SAME: &[Same] = &[
    ("ACCESS_KEYS_ROTATED", "access-keys-are-rotated", Some(("maxAccessKeyAge", 90, "max_age"))),
    ("IAM_USER_MFA_ENABLED", "every-user-has-mfa", None),
    ("MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS", "console-users-have-mfa", None),
    ("IAM_USER_NO_POLICIES_CHECK", "permissions-come-through-groups", None),
    ("IAM_GROUP_HAS_USERS_CHECK", "groups-have-members", None),
    (
        "IAM_USER_UNUSED_CREDENTIALS_CHECK",
        "dormant-credentials-are-disabled",
        Some(("maxCredentialUsageAge", 90, "unused_days")),
    ),
    (
        "IAM_USER_UNUSED_CREDENTIALS_CHECK",
        "unused-credentials-are-disabled",
        Some(("maxCredentialUsageAge", 90, "unused_days")),
    ),
    ("IAM_ROOT_ACCESS_KEY_CHECK", "root-has-no-access-keys", None),
    ("IAM_POLICY_DESCRIPTION", "customer-policies-say-what-they-are-for", None),
    ("ROOT_ACCOUNT_MFA_ENABLED", "root-sign-in-has-mfa-or-is-removed", None),
];

/// Contradictions that are named one by one.
const NAMED: usize = 10;

/// A paragraph for each rule of AWS Config that is about the control.
pub(super) fn of_control(inputs: &Inputs<'_>, control: &Control, result: &ControlResult) -> Vec<Block> {
    let of_control = SAME.iter().filter(|(_, id, _)| *id == control.id);
    let mut told = Vec::new();
    for (identifier, _, parameter) in of_control {
        for rule in inputs.account.regional.rule_results.iter().filter(|rule| rule.identifier == *identifier) {
            let text = match differs(rule, control, parameter.as_ref()) {
                Some(why) => format!("AWS Config's rule {} is not comparable: {why}.", rule.rule),
                None => compared(inputs, rule, control, result),
            };
            told.push(Block::Paragraph { spans: vec![Span { text, style: "plain" }] });
        }
    }
    told
}

/// Why a rule asks something else than the control; none if it asks the same.
fn differs(rule: &RuleResults, control: &Control, same: Option<&(&str, i64, &str)>) -> Option<String> {
    let (name, default, ours) = same?;
    let theirs = match rule.parameters.get(*name) {
        None => Some(*default),
        Some(value) => value.as_i64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok())),
    };
    let limit = match control.parameters.get(*ours).map(|parameter| &parameter.value) {
        Some(ParameterValue::Int(limit)) => Some(*limit),
        _ => None,
    };
    if theirs.is_some() && theirs == limit {
        return None;
    }
    let words = |value: Option<i64>| value.map_or_else(|| "something that is no number".to_owned(), |n| n.to_string());
    Some(format!("its {name} is {}, the control's {ours} is {}", words(theirs), words(limit)))
}

fn compared(inputs: &Inputs<'_>, rule: &RuleResults, control: &Control, result: &ControlResult) -> String {
    let subjects = inputs.account.population(control.kind).subjects;
    let (mut agree, mut apart) = (0, 0);
    let mut against = Vec::new();
    for one in &rule.results {
        let ours = one.subject.as_deref().and_then(|arn| verdict_of(result, arn, &subjects));
        match (one.compliance, ours) {
            (Compliance::Compliant, Some(Verdict::Pass)) | (Compliance::NonCompliant, Some(Verdict::Fail)) => {
                agree += 1
            }
            (Compliance::Compliant, Some(Verdict::Fail)) | (Compliance::NonCompliant, Some(Verdict::Pass)) => {
                against.push(contradiction(one));
            }
            _ => apart += 1,
        }
    }
    let missing = rule.gap.as_ref().map_or(String::new(), |gap| format!(" Its results are not whole: {}.", gap.reason));
    let named = match against.len() {
        0 => String::new(),
        all => {
            let more = if all > NAMED { format!(", and {} more", all - NAMED) } else { String::new() };
            format!(" Contradicted: {}{more}.", listed(&against[..all.min(NAMED)]))
        }
    };
    format!(
        "AWS Config's rule {} looked at {}: it corroborates {agree} of our verdicts and contradicts {}; {apart} are not \
         comparable.{named}{missing}",
        rule.rule,
        count(rule.results.len(), "resource", "resources"),
        against.len(),
    )
}

fn contradiction(one: &RuleResult) -> String {
    let says = if one.compliance == Compliance::Compliant { "compliant" } else { "not compliant" };
    format!("{} ({says} by AWS Config)", one.subject.as_deref().unwrap_or(&one.resource_id))
}

/// What we say of a resource: of a user whose keys are the subjects, the worst of them.
fn verdict_of(result: &ControlResult, arn: &str, subjects: &[&dyn crate::account::fact::Subject]) -> Option<Verdict> {
    let below = format!("{arn}#");
    let of_it = result.results.iter().filter(|one| {
        let id = subjects[one.subject].id();
        id == arn || id.starts_with(&below)
    });
    let verdicts: Vec<Verdict> = of_it.map(|one| one.verdict).collect();
    let has = |verdict| verdicts.contains(&verdict);
    if has(Verdict::Fail) || has(Verdict::Excepted) {
        Some(Verdict::Fail)
    } else if has(Verdict::Unknown) {
        Some(Verdict::Unknown)
    } else {
        has(Verdict::Pass).then_some(Verdict::Pass)
    }
}
