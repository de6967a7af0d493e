//! The sentences of an assessment.

use super::{PopulationCount, Verdict};
use crate::account::fact::{Evidence, Fact, Gap, GapKind};
use crate::catalog::Control;
use crate::text::capital;
use cel::{ExecutionError, Value};
use std::sync::Arc;

/// An unknown fact as a question (`whether the user has MFA`), and the reason.
pub struct Missing {
    pub fact: String,
    pub gap: Arc<Gap>,
}

/// The most list items in a sentence; the population sheets have all of them.
const NAMED: usize = 12;
/// The most bytes of such items after the first, because some are sentences.
const NAMED_LENGTH: usize = 400;
/// The most characters of an evaluation error, which may quote whole values.
const ERROR_LENGTH: usize = 200;

/// Why a subject could not be assessed.
pub fn unknown(about: &str, missing: &[Missing], error: &ExecutionError) -> String {
    if missing.is_empty() {
        let error: String = error.to_string().chars().take(ERROR_LENGTH).collect();
        return format!("the criterion for {about} could not be evaluated: {error}");
    }
    not_known(missing)
}

/// `the credential report was refused (iam:GetCredentialReport, AccessDenied, call 0007), so when the access key was
/// made and whether it is active are not known`, once for each gap.
fn not_known(missing: &[Missing]) -> String {
    let mut gaps: Vec<&Arc<Gap>> = Vec::new();
    for Missing { gap, .. } in missing {
        if !gaps.contains(&gap) {
            gaps.push(gap);
        }
    }
    let sentences = gaps.into_iter().map(|gap| {
        let mut facts: Vec<&str> = missing.iter().filter(|m| m.gap == *gap).map(|m| m.fact.as_str()).collect();
        facts.dedup();
        let are = if facts.len() == 1 { "is" } else { "are" };
        format!("{}, so {} {are} not known", told(gap), and(&facts))
    });
    sentences.collect::<Vec<_>>().join("; ")
}

/// A gap's own sentence, the call that failed and AWS's code.
fn told(gap: &Gap) -> String {
    if gap.kind == GapKind::NotDecided {
        // No evidence is missing, so no call is named.
        return gap.reason.trim_end_matches('.').to_owned();
    }
    let reason = gap.reason.trim_end_matches('.');
    let what = gap.code.clone().unwrap_or_else(|| kind(&gap.kind).to_owned());
    let call = gap.call.as_ref().map(|call| format!("call {call}"));
    let evidence = gap.evidence.to_string();
    if gap.code.is_none() && call.is_none() && reason.contains(&evidence) && reason.contains(&what) {
        // The reason is already complete.
        return reason.to_owned();
    }
    let at: Vec<String> = [evidence, what].into_iter().chain(call).collect();
    format!("{reason} ({})", at.join(", "))
}

fn kind(kind: &GapKind) -> &'static str {
    match kind {
        GapKind::Denied => "denied",
        GapKind::Throttled => "throttled",
        GapKind::Failed => "failed",
        GapKind::NotCollected => "not collected",
        GapKind::Absent => "not in the evidence",
        GapKind::NotLookedFor => "not looked for",
        GapKind::NotDecided => "not decided by the evidence",
        GapKind::Unreadable => "unreadable",
        GapKind::Conflict => "sources disagree",
    }
}

/// A failure whose own sentence cannot be completed: the observed values, and the unknown facts.
pub fn plain_failure(label: &str, observed: &[(String, String)], missing: &[Missing]) -> String {
    let mut parts: Vec<String> = observed.iter().map(|(asked, value)| format!("{asked}: {value}")).collect();
    if !missing.is_empty() {
        parts.push(not_known(missing));
    }
    if parts.is_empty() { format!("{label} fails") } else { format!("{label} fails; {}", parts.join("; ")) }
}

/// A fact in a sentence.
pub fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Null => "none".to_owned(),
        Fact::Bool(true) => "yes".to_owned(),
        Fact::Bool(false) => "no".to_owned(),
        Fact::Int(number) => number.to_string(),
        Fact::Text(text) => text.clone(),
        Fact::Time(time) => time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Fact::TextList(items) if items.is_empty() => "none".to_owned(),
        Fact::TextList(items) => and(&named(items)),
    }
}

/// The items that fit into a sentence, and the number of others.
fn named(items: &[String]) -> Vec<String> {
    let mut named = first(items.iter().cloned());
    if items.len() > named.len() {
        named.push(format!("{} more", items.len() - named.len()));
    }
    named
}

/// `90 days and 12 hours`: rounded to 90 days it would look as if a limit of 90 days were met.
fn duration(duration: chrono::Duration) -> String {
    let unit = |number: i64, unit: &str| format!("{number} {unit}{}", if number == 1 { "" } else { "s" });
    let (days, hours) = (duration.num_days(), duration.num_hours() % 24);
    let (minutes, seconds) = (duration.num_minutes() % 60, duration.num_seconds() % 60);
    let small = match (hours, minutes, seconds) {
        (0, 0, 0) => None,
        (0, 0, seconds) => Some(unit(seconds, "second")),
        (0, minutes, _) => Some(unit(minutes, "minute")),
        (hours, ..) => Some(unit(hours, "hour")),
    };
    match (days, small) {
        (0, Some(small)) => small,
        (days, Some(small)) => format!("{} and {small}", unit(days, "day")),
        (days, None) => unit(days, "day"),
    }
}

/// A value in a sentence.
pub fn value(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Null => "none".to_owned(),
        Value::Timestamp(at) => at.to_utc().format("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Value::Duration(duration) => self::duration(*duration),
        Value::List(items) if items.is_empty() => "none".to_owned(),
        Value::List(items) => and(&named(&items.iter().map(self::value).collect::<Vec<_>>())),
        other => format!("{other:?}"),
    }
}

/// The items of a list that fit into a sentence.
fn first(items: impl Iterator<Item = String>) -> Vec<String> {
    let mut named: Vec<String> = Vec::new();
    let mut room = NAMED_LENGTH;
    for item in items.take(NAMED) {
        if !named.is_empty() && item.len() > room {
            break;
        }
        room = room.saturating_sub(item.len());
        named.push(item);
    }
    named
}

/// All items of a list that does not fit into a sentence.
pub fn shortened(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::List(items) if first(items.iter().map(self::value)).len() < items.len() => {
            Some(items.iter().map(self::value).collect())
        }
        _ => None,
    }
}

/// Why the control has its verdict, with counts. `decided` is the reason of the first subject of that verdict.
pub fn conclusion(
    control: &Control,
    verdict: Verdict,
    counts: PopulationCount,
    decided: &str,
    gaps: &[Arc<Gap>],
) -> String {
    let plural = control.subjects.as_deref().unwrap_or(control.kind.plural);
    let sentence = if control.kind.enumerated_by.is_empty() && counts.total <= 1 {
        single(control, verdict, counts, decided)
    } else {
        match verdict {
            Verdict::Fail if counts.in_scope == 1 => {
                format!("1 of 1 {plural} in scope fails: {}.", decided.trim_end_matches('.'))
            }
            Verdict::Fail => {
                let rest = match counts.unknown {
                    0 => String::new(),
                    1 => "; 1 more is inconclusive".to_owned(),
                    many => format!("; {many} more are inconclusive"),
                };
                format!(
                    "{} of {} {plural} in scope {}{}{rest}.",
                    counts.failed,
                    counts.in_scope,
                    s(counts.failed, "fail"),
                    excepted(counts, "more ")
                )
            }
            Verdict::Unknown if counts.unknown > 0 && counts.in_scope == 1 => {
                format!("1 of 1 {plural} in scope is inconclusive: {}.", decided.trim_end_matches('.'))
            }
            Verdict::Unknown if counts.unknown > 0 => {
                let passed = match counts.passed {
                    0 => String::new(),
                    passed => format!("; {passed} {}", passes(passed)),
                };
                let excepted = excepted(counts, "");
                format!(
                    "{} of {} {plural} in scope {} inconclusive{excepted}{passed}.",
                    counts.unknown,
                    counts.in_scope,
                    if counts.unknown == 1 { "is" } else { "are" }
                )
            }
            // The known subjects do not pass, so the sentence must not say so.
            Verdict::Unknown if counts.excepted > 0 => {
                format!("{}, but there may be more.", under_exception(plural, counts))
            }
            Verdict::Unknown if counts.manual + counts.attested > 0 => {
                let known = counts.manual + counts.attested;
                let known = of_the(known, plural);
                format!("A person decides about {known} in scope that are known, but there may be more.")
            }
            Verdict::Unknown if counts.in_scope == 1 => {
                format!("1 of 1 known {plural} in scope passes, but there may be more.")
            }
            Verdict::Unknown if counts.in_scope > 0 => {
                format!("The {} {plural} in scope that are known pass, but there may be more.", counts.in_scope)
            }
            Verdict::Unknown => format!("No {plural} in scope are known, but there may be some."),
            Verdict::NotApplicable => nobody(control, counts),
            Verdict::Excepted => format!("{}.", under_exception(plural, counts)),
            Verdict::Manual => {
                let are = if counts.manual == 1 { "is" } else { "are" };
                let open = of_the(counts.manual, plural);
                format!("No attestation is in force: {open} in scope {are} to be judged by a person.")
            }
            Verdict::Attested => {
                format!("{} in scope: {}.", of_the(counts.attested, plural), decided.trim_end_matches('.'))
            }
            Verdict::Pass => {
                let outside = match counts.total - counts.in_scope {
                    0 => String::new(),
                    1 => "; 1 more is out of scope".to_owned(),
                    many => format!("; {many} more are out of scope"),
                };
                match counts.in_scope {
                    1 => format!("1 of 1 {plural} in scope passes{outside}."),
                    many => format!("All {many} {plural} in scope pass{outside}."),
                }
            }
        }
    };
    if gaps.is_empty() {
        return sentence;
    }
    let list: Vec<String> = gaps.iter().map(|gap| told(gap)).collect();
    format!("{sentence} The list of {plural} is incomplete: {}.", list.join("; "))
}

fn single(control: &Control, verdict: Verdict, counts: PopulationCount, decided: &str) -> String {
    let subject = control.kind.plural;
    match verdict {
        _ if counts.total == 0 => format!("The {subject} is missing from the evidence, so nothing could be decided."),
        // The sentence is the observation; the verdict is shown beside it.
        Verdict::Fail => format!("{}.", capital(decided.trim_end_matches('.'))),
        Verdict::Unknown => format!("The result for the {subject} is inconclusive: {}.", decided.trim_end_matches('.')),
        Verdict::Excepted => format!("The {subject} fails under exception: {}.", decided.trim_end_matches('.')),
        Verdict::NotApplicable => nobody(control, counts),
        Verdict::Manual => format!("No attestation is in force: a person has to decide about the {subject}."),
        Verdict::Attested => format!("{}.", capital(decided.trim_end_matches('.'))),
        Verdict::Pass => format!("The {subject} meets the requirement."),
    }
}

/// ` Attestation AT-1 ended on 2026-06-30.`, or nothing.
pub fn not_in_force(told: &[String]) -> String {
    if told.is_empty() { String::new() } else { format!(" {}.", capital(&told.join("; "))) }
}

/// `2 of 41 access keys in scope fail under exception; 39 pass`.
fn under_exception(plural: &str, counts: PopulationCount) -> String {
    let passed = match counts.passed {
        0 => String::new(),
        passed => format!("; {passed} {}", passes(passed)),
    };
    let fail = s(counts.excepted, "fail");
    format!("{} of {} {plural} in scope {fail} under exception{passed}", counts.excepted, counts.in_scope)
}

/// `; 2 more fail under exception`, or nothing.
fn excepted(counts: PopulationCount, more: &str) -> String {
    match counts.excepted {
        0 => String::new(),
        count => format!("; {count} {more}{} under exception", s(count, "fail")),
    }
}

/// Why there is nothing to test, with the evidence.
fn nobody(control: &Control, counts: PopulationCount) -> String {
    let kind = control.kind;
    let source: Vec<String> = kind.enumerated_by.iter().map(Evidence::to_string).collect();
    let by = if source.is_empty() { String::new() } else { format!("; enumerated by {}", and(&source)) };
    let about =
        control.scope_words.as_ref().map_or_else(String::new, |words| format!(": this control is about {words}"));
    match counts.total {
        0 => format!("The evidence lists no {}, and no gap in it is known{by}.", kind.plural),
        1 if source.is_empty() => format!("The {} is out of scope{about}.", kind.plural),
        1 => format!("1 of 1 {} is out of scope{about}{by}.", kind.plural),
        total => format!("None of the {total} {} is in scope{about}{by}.", kind.plural),
    }
}

/// `1 of the roles`, `12 roles`: kinds have a name in the plural only.
fn of_the(count: usize, plural: &str) -> String {
    if count == 1 { format!("1 of the {plural}") } else { format!("{count} {plural}") }
}

fn passes(count: usize) -> &'static str {
    if count == 1 { "passes" } else { "pass" }
}

fn s(count: usize, verb: &str) -> String {
    if count == 1 { format!("{verb}s") } else { verb.to_owned() }
}

/// `a, b and c`.
fn and(items: &[impl AsRef<str>]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
