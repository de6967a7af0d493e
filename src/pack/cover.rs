//! The cover: what this is, of which account, as of when, and what must be known first.

use super::words::{count, date, duration, gap_code, listed, moment, parameter};
use super::{Inputs, scope};
use crate::assess::evidence_gaps::EvidenceGaps;
use crate::snapshot::format::Origin;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct Cover {
    /// `Evidence pack: identity and access`.
    pub title: String,
    /// As configured; `Organization not stated` is not printed, absent is absent.
    pub organization: Option<String>,
    pub account: String,
    pub account_from: String,
    pub alias: Option<String>,
    pub partition: String,
    /// `2026-Q3`, as configured. A label: evidence is point-in-time.
    pub period: Option<String>,
    /// Date of the collection, `2026-11-22`; in running heads and names.
    pub date: String,
    /// `22 November 2026, 05:56:27 UTC`: start of the collection.
    pub as_of: String,
    /// The same as RFC 3339, for metadata.
    pub as_of_rfc3339: String,
    /// When the credential report was generated, worded with its age; or why there is none.
    pub report_as_of: String,
    /// SHA-256 over the inputs, hex; see `pack.json`.
    pub pack_id: String,
    pub tool_version: String,
    pub catalog_version: String,
    pub catalog_sha256: String,
    /// `recorded sample`, `supplied, not observed` …: what the reader must know first. Empty for an ordinary pack.
    pub notices: Vec<String>,
    /// Whether it is signed, and how to check it: a sentence and the command that it ends with; may be empty.
    pub verification: Vec<(String, String)>,
}

/// For how long AWS returns a credential report again, in seconds.
const FOUR_HOURS: u64 = 4 * 3_600;

/// What the catalogue calls the origin of its own pages.
const EMBEDDED: &str = "embedded";

pub(super) fn cover(inputs: &Inputs<'_>, missing: &EvidenceGaps) -> Cover {
    let (account, labels) = (inputs.account, inputs.labels);
    Cover {
        title: "Evidence pack: identity and access".to_owned(),
        organization: labels.organization.clone(),
        account: account.id.clone(),
        account_from: account.id_from.clone(),
        alias: alias(inputs),
        partition: account.partition.clone(),
        period: labels.period.clone(),
        date: date(account.started),
        as_of: moment(account.started),
        as_of_rfc3339: account.started.to_string(),
        report_as_of: report(inputs),
        pack_id: inputs.pack_id.to_owned(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        catalog_version: inputs.catalog.version.clone(),
        catalog_sha256: inputs.catalog.sha256.clone(),
        notices: notices(inputs, missing),
        verification: verification(),
    }
}

/// The credential report's time and age; on the cover a gap is told in few words.
fn report(inputs: &Inputs<'_>) -> String {
    match inputs.account.report_generated.gap() {
        Some(gap) => format!("There is none ({}); see Scope and completeness", gap_code(gap)),
        None => scope::report_age(&inputs.account.report_generated, inputs.account.started),
    }
}

/// The account's alias; an account has at most one. `alias not known` where AWS did not say.
fn alias(inputs: &Inputs<'_>) -> Option<String> {
    match inputs.account.aliases.known() {
        Some(aliases) if aliases.is_empty() => None,
        Some(aliases) => Some(aliases.join(", ")),
        None => Some(format!("alias {}", super::words::NOT_KNOWN)),
    }
}

fn notices(inputs: &Inputs<'_>, missing: &EvidenceGaps) -> Vec<String> {
    let header = inputs.header;
    let mut notices = Vec::new();
    if let Some(sample) = &inputs.labels.sample {
        notices.push(format!("This pack was made from the recorded sample “{sample}”. The account is fictional."));
    }
    if header.origin == Origin::Supplied {
        notices.push(
            "The evidence was supplied, not observed: somebody else made the calls to AWS and handed over the files. \
             The pack can show what the files contain, not that AWS returned them. When AWS was asked is not known; the \
             as-of time is that of the import."
                .to_owned(),
        );
    }
    let elsewhere = header.other_endpoints();
    if !elsewhere.is_empty() {
        notices.push(format!(
            "The answers did not come from AWS's own endpoints but from {}. The pack cannot show that AWS gave them.",
            listed(&elsewhere)
        ));
    }
    notices.extend(old_report(inputs));
    notices.extend(completeness(missing));
    if header.origin == Origin::Observed && header.finished.is_none() {
        notices.push("The collection did not run to its end.".to_owned());
    }
    if header.mixed_times {
        notices.push(
            "The collection was resumed more than four hours after it began: the facts are of different age."
                .to_owned(),
        );
    }
    let throttled: u64 = header.throttled.iter().map(|one| one.answers).sum();
    if throttled > 0 {
        let requests = count(usize::try_from(throttled).unwrap_or(usize::MAX), "request was", "requests were");
        notices.push(format!(
            "AWS throttled the collection: {requests} answered with an error that asks for fewer, and the collection \
             slowed down. What was not answered in the end is named as missing evidence."
        ));
    }
    notices.extend(exceptions(inputs));
    notices.extend(attestations(inputs));
    notices.extend(overridden(inputs));
    notices.extend(own_controls(inputs));
    notices
}

/// What is missing, by the counts that the terminal shows too; none if nothing is.
fn completeness(missing: &EvidenceGaps) -> Option<String> {
    let mut said = missing.sentences();
    if !missing.incomplete() {
        said.remove(0);
    }
    let head = if missing.incomplete() { "The evidence is incomplete. " } else { "" };
    (!said.is_empty()).then(|| format!("{head}{} See Scope and completeness.", said.join(" ")))
}

/// Whether the pack is signed, and how to check it. The manifest's own hash cannot stand in a file that it lists.
fn verification() -> Vec<(String, String)> {
    [
        ("This pack is not signed. Checksums alone show that its files belong together, not who made them.", ""),
        ("To check the files with stock tools, run in the pack's folder:", "sha256sum -c SHA256SUMS"),
        (
            "To check also that no file was added or removed, and that this is the pack that was sent, with the SHA-256 of \
             SHA256SUMS that the sender gives you separately (auditpack prints it when it makes the pack):",
            "auditpack verify FOLDER --expect SHA256",
        ),
    ]
    .map(|(text, command)| (text.to_owned(), command.to_owned()))
    .into()
}

/// AWS hands out the same credential report for up to four hours; an older one was not asked for anew.
fn old_report(inputs: &Inputs<'_>) -> Option<String> {
    let generated = inputs.account.report_generated.known()?;
    let seconds = u64::try_from(inputs.account.started.as_second() - generated.as_second()).ok()?;
    (seconds > FOUR_HOURS).then(|| {
        format!(
            "The credential report is {} older than the rest of the evidence: passwords, access keys and MFA of users \
             are shown as they were then.",
            duration(seconds)
        )
    })
}

/// Failures that do not count as such.
fn exceptions(inputs: &Inputs<'_>) -> Option<String> {
    let effect = super::exceptions::effect(inputs)?;
    Some(format!("Exceptions are in force. {effect} See Exceptions."))
}

/// Conclusions that rest on somebody's word.
fn attestations(inputs: &Inputs<'_>) -> Option<String> {
    let effect = super::attestations::effect(inputs)?;
    Some(format!("Attestations are in force. {effect} See Attestations."))
}

/// Parameters that the configuration sets in place of the catalogue's own.
fn overridden(inputs: &Inputs<'_>) -> Option<String> {
    let mut changes = Vec::new();
    for control in &inputs.catalog.controls {
        for (name, value) in &control.parameters {
            if let Some(own) = &value.overridden_from {
                let (now, own) = (parameter(&value.value), parameter(own));
                changes.push(format!("{name} of {} is {now} instead of {own}", control.id));
            }
        }
    }
    (!changes.is_empty()).then(|| format!("The configuration changes the catalog's parameters: {}.", listed(&changes)))
}

/// Controls that the customer wrote.
fn own_controls(inputs: &Inputs<'_>) -> Option<String> {
    let own: Vec<&str> =
        inputs.catalog.controls.iter().filter(|control| control.from != EMBEDDED).map(|c| c.id.as_str()).collect();
    (!own.is_empty()).then(|| format!("Not from the catalog but written by the organization: {}.", listed(&own)))
}
