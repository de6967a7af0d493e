//! The register of attestations: who stated what about which control, until
//! when, with which files, and what became of that on the day of the evidence.

use super::Inputs;
use super::numbering::Numbers;
use super::words::{count, day, days_left, listed, number, tally};
use crate::assess::{AttestationResult, AttestationState, Verdict};
use crate::catalog::{Accounts, Attestation, Person};
use jiff::tz::TimeZone;
use serde::Serialize;
use std::collections::BTreeMap;

/// The register of attestations.
#[derive(Debug, Serialize)]
pub struct Attestations {
    /// How many there are, what became of them, what rests on them.
    pub sentences: Vec<String>,
    /// In order of their ids.
    pub rows: Vec<AttestationRow>,
    /// The statements and the files that were handed over.
    pub exhibits: Vec<AttestationExhibit>,
}

/// One attestation, and what became of it on the day of the evidence.
#[derive(Clone, Debug, Serialize)]
pub struct AttestationRow {
    pub id: String,
    /// The control's id, number and title.
    pub control: String,
    pub number: String,
    pub title: String,
    /// `every account of the organization`, or the accounts' numbers, a few of them.
    pub accounts: String,
    /// Whom and what it is about, and the statement itself, in the attester's words.
    pub scope: String,
    pub statement: String,
    /// `met`, `not met`, `not applicable`.
    pub conclusion: &'static str,
    pub reason: Option<String>,
    /// `Ada Lovelace, Head of Platform`.
    pub attested_by: String,
    pub reviewed_by: Option<String>,
    /// `2026-09-15`; of the review only where there was one.
    pub date: String,
    pub reviewed: Option<String>,
    pub valid_until: String,
    /// `92 days after the evidence`.
    pub days_left: String,
    pub replaces: Vec<String>,
    pub ticket: Option<String>,
    /// Numbers and names of the exhibits, the statement's own file first.
    pub exhibits: Vec<(String, String)>,
    /// As [`crate::assess::AttestationState::key`] has it.
    pub state: &'static str,
    /// The same for readers.
    pub state_label: String,
    /// What rests on it, and what its owner should look at.
    pub note: String,
}

/// A file that a person handed over, the statement itself included.
#[derive(Clone, Debug, Serialize)]
pub struct AttestationExhibit {
    /// `EA-01`.
    pub id: String,
    /// In the pack: `attestations/…`.
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
    /// Ids of the attestations that hand it over.
    pub of: Vec<String>,
    /// It is a statement itself.
    pub is_statement: bool,
}

/// Accounts that a row names; the statement's own file has them all.
const NAMED: usize = 5;

/// The folder in the pack that holds the statements and their files.
const FOLDER: &str = "attestations";

/// States in the order in which they are counted, as readers see them.
const STATES: [(AttestationState, &str); 8] = [
    (AttestationState::InForce, "in force"),
    (AttestationState::Outweighed, "outweighed"),
    (AttestationState::Undecided, "not applied"),
    (AttestationState::NotNeeded, "not needed"),
    (AttestationState::Replaced, "replaced"),
    (AttestationState::Future, "not yet in force"),
    (AttestationState::Expired, "expired"),
    (AttestationState::Elsewhere, "about other accounts"),
];

/// The register; none where no attestation was given.
pub(super) fn attestations(inputs: &Inputs<'_>, numbers: &Numbers) -> Option<Attestations> {
    let results = &inputs.assessment.attestations;
    let exhibits = Exhibits::of(inputs);
    (!results.is_empty()).then(|| Attestations {
        sentences: sentences(inputs),
        rows: results.iter().map(|result| row(inputs, &exhibits, numbers.get(result.control), result)).collect(),
        exhibits: exhibits.rows,
    })
}

/// The rows about one control of the catalogue.
pub(super) fn of_control(inputs: &Inputs<'_>, control: usize, control_number: &str) -> Vec<AttestationRow> {
    let about: Vec<&AttestationResult> =
        inputs.assessment.attestations.iter().filter(|result| result.control == control).collect();
    if about.is_empty() {
        return Vec::new();
    }
    let exhibits = Exhibits::of(inputs);
    about.into_iter().map(|result| row(inputs, &exhibits, control_number, result)).collect()
}

/// The attestations by which a control has its verdict.
pub(super) fn in_force<'a>(inputs: &Inputs<'a>, control: usize) -> impl Iterator<Item = &'a Attestation> {
    let (assessment, catalog) = (inputs.assessment, inputs.catalog);
    let about =
        move |result: &&AttestationResult| result.control == control && result.state == AttestationState::InForce;
    assessment.attestations.iter().filter(about).map(|result| &catalog.attestations[result.attestation])
}

/// The files behind all attestations, each once, numbered in order of the attestations.
pub(super) struct Exhibits {
    rows: Vec<AttestationExhibit>,
    places: BTreeMap<String, usize>,
}

impl Exhibits {
    pub fn of(inputs: &Inputs<'_>) -> Self {
        let mut exhibits = Self { rows: Vec::new(), places: BTreeMap::new() };
        for attestation in &inputs.catalog.attestations {
            for (place, file) in attestation.files.iter().enumerate() {
                if let Some(known) = exhibits.places.get(&file.name) {
                    exhibits.rows[*known].of.push(attestation.id.clone());
                    continue;
                }
                exhibits.places.insert(file.name.clone(), exhibits.rows.len());
                exhibits.rows.push(AttestationExhibit {
                    id: format!("EA-{:02}", exhibits.rows.len() + 1),
                    name: format!("{FOLDER}/{}", file.name),
                    bytes: file.bytes,
                    sha256: file.sha256.clone(),
                    of: vec![attestation.id.clone()],
                    is_statement: place == 0,
                });
            }
        }
        exhibits
    }

    /// Number, name in the pack and hash of the files behind one attestation.
    pub fn behind<'a>(&'a self, attestation: &'a Attestation) -> impl Iterator<Item = &'a AttestationExhibit> {
        attestation.files.iter().map(|file| &self.rows[self.places[&file.name]])
    }
}

pub(super) fn person(person: &Person) -> String {
    format!("{}, {}", person.name, person.role)
}

fn row(inputs: &Inputs<'_>, exhibits: &Exhibits, control_number: &str, result: &AttestationResult) -> AttestationRow {
    let attestation = &inputs.catalog.attestations[result.attestation];
    let control = &inputs.catalog.controls[result.control];
    let told = attestation.clone();
    AttestationRow {
        accounts: accounts(&told.accounts),
        conclusion: told.conclusion.label(),
        attested_by: person(&told.attested_by),
        reviewed_by: told.reviewed_by.as_ref().map(|reviewed| person(&reviewed.by)),
        date: told.date.to_string(),
        reviewed: told.reviewed_by.as_ref().map(|reviewed| reviewed.date.to_string()),
        valid_until: told.valid_until.to_string(),
        days_left: days_left(result.days_left),
        exhibits: exhibits.behind(attestation).map(|one| (one.id.clone(), one.name.clone())).collect(),
        state: result.state.key(),
        state_label: label(result.state).to_owned(),
        note: note(inputs, attestation, result),
        id: told.id,
        control: control.id.clone(),
        number: control_number.to_owned(),
        title: control.title.clone(),
        scope: told.scope,
        statement: told.statement,
        reason: told.reason,
        replaces: told.replaces,
        ticket: told.ticket,
    }
}

fn accounts(accounts: &Accounts) -> String {
    match accounts {
        Accounts::Organization => "every account of the organization".to_owned(),
        Accounts::Named(numbers) if numbers.len() > NAMED => {
            format!("{} and {} more", numbers[..NAMED].join(", "), number(numbers.len() - NAMED))
        }
        Accounts::Named(numbers) => listed(numbers),
    }
}

fn label(state: AttestationState) -> &'static str {
    STATES.into_iter().find(|(one, _)| *one == state).expect("STATES holds every state").1
}

/// What rests on it, and what its owner should look at.
fn note(inputs: &Inputs<'_>, attestation: &Attestation, result: &AttestationResult) -> String {
    let control = &inputs.catalog.controls[result.control];
    let verdict = inputs.assessment.controls.iter().find(|one| one.control == result.control).map(|one| one.verdict);
    let mut said = vec![match result.state {
        AttestationState::InForce if verdict == Some(Verdict::Fail) => "The control fails by it.".to_owned(),
        AttestationState::InForce if verdict == Some(Verdict::Excepted) => {
            "By it the control fails, under an exception.".to_owned()
        }
        AttestationState::InForce if verdict == Some(Verdict::Attested) => {
            "The control’s verdict rests on it.".to_owned()
        }
        AttestationState::InForce => "It decides where the evidence leaves nothing open.".to_owned(),
        AttestationState::Outweighed => {
            "Another attestation in force says something graver, and that one counts.".to_owned()
        }
        AttestationState::Undecided => {
            "Nothing rests on it: the evidence leaves open whom the control is about.".to_owned()
        }
        AttestationState::NotNeeded => "Nobody is in the control’s scope.".to_owned(),
        AttestationState::Replaced => "A later attestation stands in its place.".to_owned(),
        AttestationState::Future => {
            format!("Nothing rests on it: it begins on {}, after the day of the evidence.", day(attestation.from()))
        }
        AttestationState::Expired => format!("Nothing rests on it: it ended on {}.", day(result.until)),
        AttestationState::Elsewhere => "It does not speak of this account.".to_owned(),
    }];
    if result.until < attestation.valid_until {
        let days = count(usize::try_from(control.valid_days()).unwrap_or(1), "day", "days");
        said.push(format!("The control lets an attestation hold for {days}: until {}.", day(result.until)));
    }
    if attestation.files.len() == 1 {
        said.push("No file was handed over with it.".to_owned());
    }
    said.join(" ")
}

/// How many there are and what rests on them; the first sentences of the section.
fn sentences(inputs: &Inputs<'_>) -> Vec<String> {
    let results = &inputs.assessment.attestations;
    let states = tally(&STATES, results.iter().map(|result| result.state));
    let given = count(results.len(), "attestation was", "attestations were");
    let evidence = day(inputs.account.started.to_zoned(TimeZone::UTC).date());
    let mut sentences = vec![
        format!("{given} given. On {evidence}, the day of the evidence: {states}."),
        "An attestation is a person’s statement about a control that collected evidence cannot decide. This pack keeps \
         the statement and the files that were handed over with it as they were given; it did not examine what they say."
            .to_owned(),
    ];
    sentences.extend(effect(inputs));
    sentences
}

/// What rests on attestations; none if nothing does.
pub(super) fn effect(inputs: &Inputs<'_>) -> Option<String> {
    let with = |verdict: Verdict| inputs.assessment.controls.iter().filter(|one| one.verdict == verdict).count();
    let failing =
        inputs.assessment.controls.iter().filter(|one| one.verdict == Verdict::Fail && one.ruling.is_some()).count();
    let attested = with(Verdict::Attested);
    let mut parts = Vec::new();
    if attested > 0 {
        parts.push(format!(
            "{} on what a person stated, not on collected evidence: attested, counted apart from those that pass.",
            count(attested, "control rests", "controls rest")
        ));
    }
    if failing > 0 {
        parts.push(format!("{} by what a person stated.", count(failing, "control fails", "controls fail")));
    }
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// What nobody has decided yet; none if there is nothing.
pub(super) fn open(inputs: &Inputs<'_>) -> Option<String> {
    let manual = inputs.assessment.controls.iter().filter(|one| one.verdict == Verdict::Manual).count();
    (manual > 0).then(|| {
        let (has, they) = if manual == 1 { ("has", "it does") } else { ("have", "they do") };
        let controls = count(manual, "manual control", "manual controls");
        format!("{controls} {has} no current attestation; {they} not count as passed.")
    })
}
