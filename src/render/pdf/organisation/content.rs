//! What the organisation's `pack.pdf` says apart from its sheets, as the template reads it.

use crate::organisation::{Counts, Organisation, State};
use crate::render::organisation::view;
use crate::verdict::Verdict;
use serde_json::{Value, json};

/// Chains of policies, and policies, that the PDF tells one by one.
const CHAINS: usize = 150;
const POLICIES: usize = 200;

/// The time that the document is of: two renders of the same evidence are the same bytes.
pub fn told(organisation: &Organisation) -> String {
    let last = organisation.as_of.as_ref().map(|(_, last)| last.clone());
    organisation.listed_at.clone().or(last).unwrap_or_default()
}

/// `2026-09-30 06:00`.
fn minute(time: &str) -> String {
    time.get(..16).unwrap_or(time).replace('T', " ")
}

/// `Organisation o-…`, or what stands for it.
fn whose(organisation: &Organisation) -> String {
    match organisation.id.as_str() {
        "accounts" => "Several accounts".to_owned(),
        id => format!("Organization {id}"),
    }
}

pub fn cover(organisation: &Organisation, pack_id: &str) -> Value {
    let told = told(organisation);
    let collected = organisation.as_of.as_ref().map_or_else(
        || "no account’s evidence".to_owned(),
        |(first, last)| format!("{} to {} UTC", minute(first), minute(last)),
    );
    json!({
        "title": "Evidence pack: identity and access in an organization",
        "whose": whose(organisation),
        "account": organisation.id,
        "alias": null,
        "organisation": organisation.name,
        "period": organisation.period,
        "date": told.get(..10).unwrap_or(&told),
        "as_of": collected,
        "listed_at": organisation.listed_at.as_deref().map(|at| format!("{} UTC", minute(at))),
        "listed_by": organisation.listed_by,
        "management": organisation.management_account,
        "caller": organisation.caller,
        "partition": organisation.partition,
        "pack_id": pack_id,
        "tool_version": env!("CARGO_PKG_VERSION"),
        "counts": organisation.totals.states.iter().map(|(state, count)| json!([state.words(), count])).collect::<Vec<_>>(),
        "notices": notices(organisation),
    })
}

fn notices(organisation: &Organisation) -> Vec<String> {
    let mut notices = Vec::new();
    let lost = organisation.totals.without_pack;
    if lost > 0 {
        let these = if lost == 1 { "1 active account" } else { &format!("{lost} active accounts") };
        notices.push(format!(
            "{these} could not be looked into. Every control is inconclusive there, and no control passes in the organization."
        ));
    }
    if !organisation.list_is_complete {
        notices.push(format!(
            "The accounts come from {}. Whether the organization has others is not known here.",
            organisation.listed_by
        ));
    }
    if !organisation.gaps.is_empty() {
        notices
            .push("Something about the organization could not be read; what that is stands in this pack.".to_owned());
    }
    notices
}

pub fn all(organisation: &Organisation) -> Value {
    json!({
        "summary": summary(organisation),
        "gaps": organisation.gaps,
        "controls": controls(organisation),
        "policies": policies(organisation),
        "center": center(organisation),
        "asked": asked(organisation),
    })
}

fn counted(counts: &Counts) -> [(Verdict, usize); 7] {
    let Counts { fail, unknown, excepted, manual, attested, pass, not_applicable } = *counts;
    let counts = [fail, unknown, excepted, manual, attested, pass, not_applicable];
    std::array::from_fn(|place| (Verdict::ALL[place], counts[place]))
}

fn summary(organisation: &Organisation) -> Value {
    let totals = &organisation.totals;
    let plural = |count: usize, what: &str| if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") };
    let mut over = Counts::default();
    organisation.controls.iter().for_each(|control| over.add(control.verdict));
    let mut sentences = vec![
        format!(
            "{}: {} with an evidence pack, {} without one, {} not active.",
            plural(totals.accounts, "account"),
            totals.with_pack,
            totals.without_pack,
            totals.not_active
        ),
        format!(
            "Of {} over all active accounts, {} in at least one of them, {} inconclusive, {} everywhere.",
            plural(organisation.controls.len(), "control"),
            if over.fail == 1 { "1 fails".to_owned() } else { format!("{} fail", over.fail) },
            if over.unknown == 1 { "1 is".to_owned() } else { format!("{} are", over.unknown) },
            if over.pass == 1 { "1 passes".to_owned() } else { format!("{} pass", over.pass) },
        ),
    ];
    let worst = organisation.accounts.iter().filter(|account| account.failed_by_severity[0] > 0).count();
    if worst > 0 {
        sentences.push(format!("A critical control fails in {}.", plural(worst, "account")));
    }
    let tiles: Vec<Value> = counted(&over)
        .into_iter()
        .filter(|(mark, count)| *count > 0 || !matches!(mark, Verdict::Excepted | Verdict::Manual))
        .map(|(mark, count)| json!({ "verdict": mark, "label": capital(mark.word()), "count": count }))
        .collect();
    json!({ "sentences": sentences, "tiles": tiles, "lost": organisation.totals.without_pack })
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn controls(organisation: &Organisation) -> Vec<Value> {
    let row = |(place, control): (usize, &crate::organisation::Control)| {
        let counts: Vec<usize> = counted(&control.accounts).into_iter().map(|(_, count)| count).collect();
        json!({
            "number": (place + 1).to_string(), "title": control.title, "severity": control.severity,
            "verdict": control.verdict, "verdict_label": control.verdict.word(), "counts": counts,
            "failed": control.failed_subjects,
        })
    };
    organisation.controls.iter().enumerate().map(row).collect()
}

fn policies(organisation: &Organisation) -> Value {
    let reach = view::reach(organisation);
    let shown = |(place, policy): (usize, &crate::organisation::listing::Policy)| {
        json!({
            "number": place + 1, "name": policy.name, "id": policy.id, "in_short": policy.in_short,
            "kind": policy.kind.to_lowercase().replace('_', " "),
            "aws": policy.aws_managed,
            "statements": policy.statements.iter().map(|one| json!([one.number, one.denies, one.words])).collect::<Vec<_>>(),
            "unread": policy.unread,
            "targets": policy.targets.iter().take(view::NAMED).map(|one| format!("{} ({})", one.name, one.id)).collect::<Vec<_>>(),
            "more": policy.targets.len().saturating_sub(view::NAMED),
            "missing": policy.targets_missing,
            "accounts": reach[place],
        })
    };
    let mut chains = view::chains(organisation);
    let (all, policies) = (chains.len(), organisation.policies.len());
    chains.truncate(CHAINS);
    json!({
        "asked": !organisation.policy_types.is_empty(),
        "types": organisation.policy_types,
        "all": organisation.policies.iter().enumerate().take(POLICIES).map(shown).collect::<Vec<_>>(),
        "more": policies.saturating_sub(POLICIES),
        "chains": chains,
        "more_chains": all.saturating_sub(CHAINS),
    })
}

fn center(organisation: &Organisation) -> Value {
    let center = &organisation.identity_center;
    // Alike for many accounts: told once, with how many.
    let mut here: std::collections::BTreeMap<&str, Vec<&str>> = std::collections::BTreeMap::new();
    for (account, reasons) in &center.missing_in {
        for reason in reasons {
            here.entry(reason).or_default().push(account);
        }
    }
    let told = here.into_iter().map(|(reason, accounts)| {
        let first = accounts[..accounts.len().min(6)].join(", ");
        let more = if accounts.len() > 6 { format!(" and {} more", accounts.len() - 6) } else { String::new() };
        format!("{first}{more}: {reason}")
    });
    let told: Vec<String> = told.collect();
    json!({
        "sentences": view::sentences(organisation),
        "missing": center.missing,
        "missing_in": told.iter().take(60).collect::<Vec<_>>(),
        "more_missing": told.len().saturating_sub(60),
        "instances": center.instances,
        "any": !center.assignments.is_empty(),
    })
}

fn asked(organisation: &Organisation) -> Vec<Value> {
    let row = |one: &crate::organisation::listing::Asked| {
        let errors: Vec<String> = one.errors.iter().map(|(code, count)| format!("{code} ({count})")).collect();
        json!({
            "operation": one.operation, "answers": one.answers, "complete": one.complete, "errors": errors,
            "evidence": one.evidence,
        })
    };
    organisation.asked.iter().map(row).collect()
}

/// Whether an account is counted among those that could not be looked into.
pub fn is_lost(state: State) -> bool {
    !state.has_pack() && state != State::NotActive
}
