//! What the organization's `pack.pdf` says apart from its sheets, as the template reads it.

use crate::organization::{Counts, Organization, State};
use crate::render::organization::{chains, view};
use crate::text::capital;
use crate::verdict::Verdict;
use serde_json::{Value, json};

/// Chains of policies, and policies, that the PDF tells one by one.
const CHAINS: usize = 150;
const POLICIES: usize = 200;

/// The time that the document is of: two renders of the same evidence are the same bytes.
pub fn collected_at(organization: &Organization) -> String {
    let last = organization.as_of.as_ref().map(|(_, last)| last.clone());
    organization.listed_at.clone().or(last).unwrap_or_default()
}

/// `2026-09-30 06:00`.
fn minute(time: &str) -> String {
    time.get(..16).unwrap_or(time).replace('T', " ")
}

/// `Organization o-…`, or its replacement.
fn whose(organization: &Organization) -> String {
    match organization.id.as_str() {
        "accounts" => "Several accounts".to_owned(),
        id => format!("Organization {id}"),
    }
}

pub fn cover(organization: &Organization, pack_id: &str) -> Value {
    let time = collected_at(organization);
    let collected = organization.as_of.as_ref().map_or_else(
        || "no account’s evidence".to_owned(),
        |(first, last)| format!("{} to {} UTC", minute(first), minute(last)),
    );
    json!({
        "title": "Evidence pack: identity and access in an organization",
        "whose": whose(organization),
        "account": organization.id,
        "alias": null,
        "organization": organization.name,
        "period": organization.period,
        "date": time.get(..10).unwrap_or(&time),
        "as_of": collected,
        "listed_at": organization.listed_at.as_deref().map(|at| format!("{} UTC", minute(at))),
        "listed_by": organization.listed_by,
        "management": organization.management_account,
        "caller": organization.caller,
        "partition": organization.partition,
        "pack_id": pack_id,
        "tool_version": env!("CARGO_PKG_VERSION"),
        "counts": organization.totals.states.iter().map(|(state, count)| json!([state.words(), count])).collect::<Vec<_>>(),
        "notices": notices(organization),
    })
}

fn notices(organization: &Organization) -> Vec<String> {
    let mut notices = Vec::new();
    let lost = organization.totals.without_pack;
    if lost > 0 {
        let these = if lost == 1 { "1 active account" } else { &format!("{lost} active accounts") };
        notices.push(format!(
            "{these} could not be looked into. Every control is inconclusive there, and no control passes in the organization."
        ));
    }
    if !organization.list_is_complete {
        notices.push(format!(
            "The accounts come from {}. Whether the organization has others is not known here.",
            organization.listed_by
        ));
    }
    if !organization.gaps.is_empty() {
        notices
            .push("Something about the organization could not be read; what that is stands in this pack.".to_owned());
    }
    notices
}

pub fn all(organization: &Organization) -> Value {
    json!({
        "summary": summary(organization),
        "gaps": organization.gaps,
        "controls": controls(organization),
        "policies": policies(organization),
        "center": center(organization),
        "asked": asked(organization),
    })
}

fn counted(counts: &Counts) -> [(Verdict, usize); 7] {
    let Counts { fail, unknown, excepted, manual, attested, pass, not_applicable } = *counts;
    let counts = [fail, unknown, excepted, manual, attested, pass, not_applicable];
    std::array::from_fn(|place| (Verdict::ALL[place], counts[place]))
}

fn summary(organization: &Organization) -> Value {
    let totals = &organization.totals;
    let plural = |count: usize, what: &str| if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") };
    let mut over = Counts::default();
    organization.controls.iter().for_each(|control| over.add(control.verdict));
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
            plural(organization.controls.len(), "control"),
            if over.fail == 1 { "1 fails".to_owned() } else { format!("{} fail", over.fail) },
            if over.unknown == 1 { "1 is".to_owned() } else { format!("{} are", over.unknown) },
            if over.pass == 1 { "1 passes".to_owned() } else { format!("{} pass", over.pass) },
        ),
    ];
    let worst = organization.accounts.iter().filter(|account| account.failed_by_severity[0] > 0).count();
    if worst > 0 {
        sentences.push(format!("A critical control fails in {}.", plural(worst, "account")));
    }
    let tiles: Vec<Value> = counted(&over)
        .into_iter()
        .filter(|(mark, count)| *count > 0 || !matches!(mark, Verdict::Excepted | Verdict::Manual))
        .map(|(mark, count)| json!({ "verdict": mark, "label": capital(mark.word()), "count": count }))
        .collect();
    json!({ "sentences": sentences, "tiles": tiles, "lost": organization.totals.without_pack })
}

fn controls(organization: &Organization) -> Vec<Value> {
    let row = |(place, control): (usize, &crate::organization::Control)| {
        let counts: Vec<usize> = counted(&control.accounts).into_iter().map(|(_, count)| count).collect();
        json!({
            "number": (place + 1).to_string(), "title": control.title, "severity": control.severity,
            "verdict": control.verdict, "verdict_label": control.verdict.word(), "counts": counts,
            "failed": control.failed_subjects,
        })
    };
    organization.controls.iter().enumerate().map(row).collect()
}

fn policies(organization: &Organization) -> Value {
    let reach = chains::reach(organization);
    let shown = |(place, policy): (usize, &crate::organization::inheritance::Policy)| {
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
    let mut chains = chains::chains(organization);
    let (all, policies) = (chains.len(), organization.policies.len());
    chains.truncate(CHAINS);
    json!({
        "asked": !organization.policy_types.is_empty(),
        "types": organization.policy_types,
        "all": organization.policies.iter().enumerate().take(POLICIES).map(shown).collect::<Vec<_>>(),
        "more": policies.saturating_sub(POLICIES),
        "chains": chains,
        "more_chains": all.saturating_sub(CHAINS),
    })
}

fn center(organization: &Organization) -> Value {
    let center = &organization.identity_center;
    // The same reason in many accounts is listed once, with their number.
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
        "sentences": view::sentences(organization),
        "missing": center.missing,
        "missing_in": told.iter().take(60).collect::<Vec<_>>(),
        "more_missing": told.len().saturating_sub(60),
        "instances": center.instances,
        "any": !center.assignments.is_empty(),
    })
}

fn asked(organization: &Organization) -> Vec<Value> {
    let row = |one: &crate::organization::listing::Asked| {
        let errors: Vec<String> = one.errors.iter().map(|(code, count)| format!("{code} ({count})")).collect();
        json!({
            "operation": one.operation, "answers": one.answers, "complete": one.complete, "errors": errors,
            "evidence": one.evidence,
        })
    };
    organization.asked.iter().map(row).collect()
}

/// Whether an account is counted among those that could not be looked into.
pub fn is_lost(state: State) -> bool {
    !state.has_pack() && state != State::NotActive
}
