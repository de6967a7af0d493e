//! Compares the attestations of two packs. A pack lists them in its `assessment.json`; a bare snapshot has none.

use crate::assess::Assessment;
use crate::catalog::{Accounts, Attestation, Catalog, Person};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One attestation in a pack.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Stated {
    pub id: String,
    /// Not a member of the JSON object: it is the control that lists it.
    #[serde(skip)]
    pub control: String,
    pub state: String,
    pub accounts: Vec<String>,
    pub scope: String,
    pub statement: String,
    pub conclusion: String,
    pub reason: Option<String>,
    pub attested_by: String,
    pub reviewed_by: Option<String>,
    pub date: String,
    pub reviewed: Option<String>,
    pub valid_until: String,
    pub exhibits: Vec<StatedFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct StatedFile {
    pub file: String,
    pub sha256: String,
}

/// The changes of attestations between two packs.
#[derive(Debug, Default, Serialize)]
pub struct Statements {
    /// Why they could not be compared; null if they were.
    pub not_comparable: Option<String>,
    /// In order of their ids.
    pub changes: Vec<StatementChange>,
    pub unchanged: usize,
}

#[derive(Debug, Serialize)]
pub struct StatementChange {
    pub id: String,
    pub control: String,
    /// `added`, `removed`, `changed`.
    pub change: &'static str,
    pub rows: Vec<StatementRow>,
}

/// One changed member of an attestation.
#[derive(Debug, Serialize)]
pub struct StatementRow {
    pub what: &'static str,
    pub before: String,
    pub after: String,
}

/// Parses the attestations in a pack's `assessment.json`; empty for packs of older versions.
pub fn read(assessment: &[u8]) -> Result<Vec<Stated>, String> {
    #[derive(Deserialize)]
    struct Document {
        controls: Vec<Control>,
    }
    #[derive(Deserialize)]
    struct Control {
        id: String,
        #[serde(default)]
        attestations: Vec<Stated>,
    }
    let document: Document = serde_json::from_slice(assessment).map_err(|error| error.to_string())?;
    let of = |control: Control| {
        let Control { id, attestations } = control;
        attestations.into_iter().map(move |one| Stated { control: id.clone(), ..one })
    };
    Ok(document.controls.into_iter().flat_map(of).collect())
}

/// The attestations of a new pack.
pub fn given(catalog: &Catalog, assessment: &Assessment) -> Vec<Stated> {
    let of = |result: &crate::assess::AttestationResult| {
        stated(&catalog.attestations[result.attestation], result.state.key())
    };
    assessment.attestations.iter().map(of).collect()
}

fn stated(one: &Attestation, state: &str) -> Stated {
    let person = |person: &Person| format!("{}, {}", person.name, person.role);
    let one = one.clone();
    Stated {
        id: one.id,
        control: one.control,
        state: state.to_owned(),
        accounts: match one.accounts {
            Accounts::Organization => vec!["organization".to_owned()],
            Accounts::Named(numbers) => numbers,
        },
        scope: one.scope,
        statement: one.statement,
        conclusion: one.conclusion.label().replace(' ', "_"),
        reason: one.reason,
        attested_by: person(&one.attested_by),
        reviewed_by: one.reviewed_by.as_ref().map(|reviewed| person(&reviewed.by)),
        date: one.date.to_string(),
        reviewed: one.reviewed_by.as_ref().map(|reviewed| reviewed.date.to_string()),
        valid_until: one.valid_until.to_string(),
        exhibits: one
            .files
            .into_iter()
            .map(|file| StatedFile { file: format!("attestations/{}", file.name), sha256: file.sha256 })
            .collect(),
    }
}

/// The differences. If one side is unknown, everything is not comparable.
pub fn compare(old: Option<&[Stated]>, new: Option<&[Stated]>) -> Statements {
    let stated = |side: Option<&[Stated]>| side.is_some_and(|side| !side.is_empty());
    if !stated(old) && !stated(new) {
        return Statements::default();
    }
    let (Some(old), Some(new)) = (old, new) else {
        let side = if old.is_none() { "earlier" } else { "later" };
        let reason = format!("The {side} side is a snapshot without a pack, which holds no attestations.");
        return Statements { not_comparable: Some(reason), ..Statements::default() };
    };
    let (before, after) = (by_id(old), by_id(new));
    let mut found = Statements::default();
    let ids: std::collections::BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    for id in ids {
        let (change, one, rows) = match (before.get(id), after.get(id)) {
            (Some(then), Some(now)) if then == now => {
                found.unchanged += 1;
                continue;
            }
            (Some(then), Some(now)) => ("changed", *now, rows(then, now)),
            (None, Some(now)) => {
                ("added", *now, told(now).into_iter().map(|(what, after)| row(what, "", after)).collect())
            }
            (Some(then), None) => {
                ("removed", *then, told(then).into_iter().map(|(what, before)| row(what, before, "")).collect())
            }
            (None, None) => continue,
        };
        found.changes.push(StatementChange { id: id.to_owned(), control: one.control.clone(), change, rows });
    }
    found
}

fn by_id(side: &[Stated]) -> BTreeMap<&str, &Stated> {
    side.iter().map(|one| (one.id.as_str(), one)).collect()
}

fn row(what: &'static str, before: impl Into<String>, after: impl Into<String>) -> StatementRow {
    StatementRow { what, before: before.into(), after: after.into() }
}

/// The members shown for an added or removed attestation.
fn told(one: &Stated) -> Vec<(&'static str, String)> {
    vec![
        ("Conclusion", words(&one.conclusion)),
        ("Attested by", one.attested_by.clone()),
        ("Date", one.date.clone()),
        ("Valid until", one.valid_until.clone()),
    ]
}

/// A member of an attestation with its text.
type Member = (&'static str, fn(&Stated) -> String);

fn rows(then: &Stated, now: &Stated) -> Vec<StatementRow> {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    let members: [Member; 4] = [
        ("Control", |one| one.control.clone()),
        ("State", |one| words(&one.state)),
        ("Accounts", |one| one.accounts.join(", ")),
        ("Conclusion", |one| words(&one.conclusion)),
    ];
    let mut rows: Vec<StatementRow> = members.iter().map(|(what, of)| row(what, of(then), of(now))).collect();
    rows.push(row("Reason", text(&then.reason), text(&now.reason)));
    rows.push(row("Statement", &then.statement, &now.statement));
    rows.push(row("Scope", &then.scope, &now.scope));
    rows.push(row("Attested by", &then.attested_by, &now.attested_by));
    rows.push(row("Reviewed by", text(&then.reviewed_by), text(&now.reviewed_by)));
    rows.push(row("Date", &then.date, &now.date));
    rows.push(row("Reviewed on", text(&then.reviewed), text(&now.reviewed)));
    rows.push(row("Valid until", &then.valid_until, &now.valid_until));
    rows.retain(|row| row.before != row.after);
    rows.extend(files(then, now));
    rows
}

/// Added, removed and changed files; the attestation's own file is skipped, because the other rows show its changes.
fn files(then: &Stated, now: &Stated) -> Vec<StatementRow> {
    fn of(side: &Stated) -> BTreeMap<&str, &str> {
        let handed = side.exhibits.iter().filter(|file| !file.file.ends_with(".toml"));
        handed.map(|file| (file.file.as_str(), file.sha256.as_str())).collect()
    }
    let (before, after) = (of(then), of(now));
    let mut rows = Vec::new();
    for (file, hash) in &before {
        match after.get(file) {
            None => rows.push(row("File", *file, "not handed over any more")),
            Some(other) if other != hash => {
                rows.push(row("File", format!("{file}, {hash}"), format!("{file}, {other}")));
            }
            Some(_) => {}
        }
    }
    rows.extend(after.keys().filter(|file| !before.contains_key(**file)).map(|file| row("File", "none", *file)));
    rows
}

fn words(key: &str) -> String {
    key.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(id: &str) -> Stated {
        Stated {
            id: id.to_owned(),
            control: "access-is-reviewed-periodically".to_owned(),
            state: "in_force".to_owned(),
            accounts: vec!["organization".to_owned()],
            scope: "All of it.".to_owned(),
            statement: "I looked.".to_owned(),
            conclusion: "met".to_owned(),
            reason: None,
            attested_by: "Ada, Head".to_owned(),
            reviewed_by: None,
            date: "2026-09-15".to_owned(),
            reviewed: None,
            valid_until: "2026-12-20".to_owned(),
            exhibits: vec![
                StatedFile { file: format!("attestations/{id}.toml"), sha256: "1".to_owned() },
                StatedFile { file: "attestations/a.csv".to_owned(), sha256: "2".to_owned() },
            ],
        }
    }

    #[test]
    fn what_came_went_and_changed_is_told_with_what_it_was() {
        let mut later = one("B");
        (later.state, later.conclusion) = ("expired".to_owned(), "not_met".to_owned());
        later.exhibits[1].sha256 = "3".to_owned();
        let found = compare(Some(&[one("A"), one("B"), one("D")]), Some(&[later, one("C"), one("D")]));
        let told: Vec<(&str, &str, usize)> =
            found.changes.iter().map(|one| (one.id.as_str(), one.change, one.rows.len())).collect();
        assert_eq!(told, [("A", "removed", 4), ("B", "changed", 3), ("C", "added", 4)]);
        let rows: Vec<(&str, &str, &str)> =
            found.changes[1].rows.iter().map(|row| (row.what, row.before.as_str(), row.after.as_str())).collect();
        assert_eq!(
            rows,
            [
                ("State", "in force", "expired"),
                ("Conclusion", "met", "not met"),
                ("File", "attestations/a.csv, 2", "attestations/a.csv, 3")
            ]
        );
        assert_eq!(found.unchanged, 1);
    }

    #[test]
    fn a_side_without_a_pack_is_not_comparable_and_nothing_is_gone() {
        let found = compare(None, Some(&[one("A")]));
        assert!(found.changes.is_empty() && found.not_comparable.is_some_and(|why| why.contains("earlier")));
    }
}
