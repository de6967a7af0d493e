//! Changes since the previous pack, as a chapter: counts carried forward, what
//! matters first, who came and who went.

use super::words::{count, full_stop, listed, number};
pub use crate::compare::Changes;
use crate::compare::statements::{StatementChange, StatementRow, Statements};
use crate::compare::{Change, Counted, Entity, Missing, NotableGroup, Roll, VerdictChange};
use crate::verdict::Verdict;
use serde::Serialize;
use std::collections::BTreeMap;

/// The chapter, and the same for machines.
#[derive(Debug, Default, Serialize)]
pub struct ChangesPart {
    /// There was a previous pack.
    pub compared: bool,
    /// What was compared with what; or that nothing was.
    pub sentences: Vec<String>,
    pub rollforward: Vec<RollLine>,
    pub notable: Vec<NotablePart>,
    pub verdicts_sentence: String,
    pub verdicts: Vec<VerdictLine>,
    /// What became of the attestations, where there are any or they could not be compared.
    pub attestations: Option<StatementsPart>,
    pub moves: Vec<Moves>,
    /// What could not be compared, each reason once.
    pub not_comparable: Vec<NotComparable>,
    /// `changes.json`.
    #[serde(skip)]
    pub machine: Option<Changes>,
}

/// A population carried forward, in words.
#[derive(Debug, Serialize)]
pub struct RollLine {
    pub title: &'static str,
    pub opening: String,
    pub added: String,
    pub removed: String,
    pub closing: String,
    pub made_anew: String,
    pub changed: String,
    pub unchanged: String,
    pub not_comparable: String,
    /// Why it cannot be added up; empty if it can.
    pub reasons: Vec<String>,
}

/// Changes of one sort that matter most.
#[derive(Debug, Serialize)]
pub struct NotablePart {
    pub title: &'static str,
    /// `None.`, or that it is not known; empty where there are lines.
    pub none: String,
    pub lines: Vec<Pointer>,
    /// `And 12 more; all are in changes.json.`
    pub more: String,
    /// Why there may be more.
    pub not_known: Vec<String>,
}

/// A text, and the register's sheet that has more about it.
#[derive(Debug, Serialize)]
pub struct Pointer {
    pub text: String,
    /// Below the register's folder; empty: there is none.
    pub file: String,
}

#[derive(Debug, Serialize)]
pub struct VerdictLine {
    pub id: String,
    pub number: String,
    pub title: String,
    pub before: Verdict,
    pub before_label: &'static str,
    pub after: Verdict,
    pub after_label: &'static str,
    /// `2 newly failing, 1 no longer`.
    pub words: String,
}

/// What became of the attestations.
#[derive(Debug, Serialize)]
pub struct StatementsPart {
    pub sentence: String,
    pub lines: Vec<StatementLine>,
}

#[derive(Debug, Serialize)]
pub struct StatementLine {
    pub id: String,
    /// The control's id, and its reference in the pack.
    pub control: String,
    pub number: String,
    /// `added`, `removed`, `changed`.
    pub change: &'static str,
    /// `Conclusion: met → not met`.
    pub rows: Vec<String>,
}

/// Members of a population that came, went or changed.
#[derive(Debug, Serialize)]
pub struct Moves {
    /// `IAM roles: added`.
    pub title: String,
    pub names: Vec<Pointer>,
    pub more: String,
}

/// A reason, and whom it concerns.
#[derive(Debug, Serialize)]
pub struct NotComparable {
    pub reason: String,
    /// `12 IAM roles (Path, Created)`.
    pub whom: Vec<String>,
}

/// Lines that a list of the chapter has room for; `changes.json` has all.
const SHOWN: usize = 50;

/// The chapter where there is nothing to compare with.
pub fn none() -> ChangesPart {
    let sentence = "No previous pack of this account was given. This pack is the baseline.";
    ChangesPart { sentences: vec![sentence.to_owned()], ..ChangesPart::default() }
}

/// Words a comparison. `numbers`: control id → its reference in the pack; `files`: sheet's id → file.
pub fn word(changes: Changes, numbers: &dyn Fn(&str) -> String, files: &BTreeMap<&str, &str>) -> ChangesPart {
    let part = ChangesPart {
        compared: true,
        sentences: sentences(&changes),
        rollforward: changes.rollforward.iter().map(roll).collect(),
        notable: changes.notable.iter().map(|group| notable(group, files)).collect(),
        verdicts_sentence: verdicts_sentence(&changes),
        verdicts: changes.verdicts.iter().map(|one| verdict(one, numbers)).collect(),
        attestations: changes.attestations.as_ref().and_then(|found| statements(found, numbers)),
        moves: moves(&changes, files),
        not_comparable: not_comparable(&changes),
        machine: None,
    };
    ChangesPart { machine: Some(changes), ..part }
}

/// `the pack of 2026-06-30`.
pub fn earlier(changes: &Changes) -> String {
    let what = if changes.old.pack_id.is_some() { "pack" } else { "evidence" };
    format!("the {what} of {}", day(&changes.old.as_of))
}

pub fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

fn sentences(changes: &Changes) -> Vec<String> {
    let id = changes.old.pack_id.as_ref().map_or_else(String::new, |id| format!(", pack id {id}"));
    let mut sentences =
        vec![format!("The evidence of {} is compared with {}{id}.", day(&changes.new.as_of), earlier(changes))];
    let broken = changes.rollforward.iter().filter(|roll| !roll.adds_up()).count();
    sentences.push(match broken {
        0 => "Every population adds up: opening + added − removed = closing.".to_owned(),
        broken => format!(
            "{} of {} populations cannot be carried forward, because evidence is missing: what a side lacks is said to \
             be not comparable, never removed and never unchanged.",
            number(broken),
            number(changes.rollforward.len())
        ),
    });
    let gaps = [("earlier", &changes.old.missing), ("later", &changes.new.missing)];
    for (side, missing) in gaps.iter().filter(|(_, missing)| !missing.is_empty()) {
        let pieces = count(missing.len(), "piece", "pieces");
        sentences.push(format!("The {side} evidence lacks {pieces} of evidence."));
    }
    sentences.push(
        "Members are matched by ARN, and told apart by AWS's own id where it gives one. What is only use (sign-ins, \
         ages) is not a change. Policy documents are compared by what they say, not by how they are written."
            .to_owned(),
    );
    sentences
}

fn roll(roll: &Roll) -> RollLine {
    let side = |side: Counted| match (side.complete, side.count) {
        (true, count) => number(count),
        (false, 0) => super::words::NOT_KNOWN.to_owned(),
        (false, count) => format!("at least {}", number(count)),
    };
    let known = |count: Option<usize>| count.map_or_else(|| super::words::NOT_KNOWN.to_owned(), number);
    RollLine {
        title: roll.title,
        opening: side(roll.opening),
        added: known(roll.added),
        removed: known(roll.removed),
        closing: side(roll.closing),
        made_anew: number(roll.made_anew),
        changed: number(roll.changed),
        unchanged: number(roll.unchanged),
        not_comparable: number(roll.not_comparable),
        reasons: roll.reasons.iter().map(|reason| full_stop(reason)).collect(),
    }
}

fn pointer(text: String, kind: &str, id: &str, files: &BTreeMap<&str, &str>) -> Pointer {
    let file = files.get(sheet_id(kind, id).as_str()).copied().unwrap_or_default();
    Pointer { text, file: file.to_owned() }
}

/// The id of the sheet that shows a subject: its own, or its user's.
pub fn sheet_id(kind: &str, id: &str) -> String {
    match kind {
        "credential" | "access_key" | "signing_certificate" => {
            id.rsplit_once('#').map_or_else(|| id.to_owned(), |(user, _)| user.to_owned())
        }
        // Names hold no `#inline/` before the first: ARNs have no `#`.
        "policy" => {
            id.split_once("#inline/").map_or_else(|| id.to_owned(), |(holder, name)| format!("{holder}#{name}"))
        }
        _ => id.to_owned(),
    }
}

fn more(all: usize) -> String {
    match all.saturating_sub(SHOWN) {
        0 => String::new(),
        left => format!("And {} more; all of them are in changes.json.", number(left)),
    }
}

fn notable(group: &NotableGroup, files: &BTreeMap<&str, &str>) -> NotablePart {
    let none = match (group.items.is_empty(), group.not_known.is_empty()) {
        (true, true) => "None.",
        (true, false) => "None is seen, and there may be some that the evidence does not show.",
        (false, true) => "",
        (false, false) => "There may be more that the evidence does not show.",
    };
    let shown = group.items.iter().take(SHOWN);
    NotablePart {
        title: group.title,
        none: none.to_owned(),
        lines: shown.map(|item| pointer(item.text.clone(), item.kind, &item.id, files)).collect(),
        more: more(group.items.len()),
        not_known: group.not_known.iter().map(|reason| full_stop(reason)).collect(),
    }
}

fn verdicts_sentence(changes: &Changes) -> String {
    let how = format!(
        "Both sides were judged by the catalog of this pack, version {}; what the earlier pack itself said by its own \
         catalog may be different.",
        changes.catalog.version
    );
    match changes.verdicts.len() {
        0 => format!("{how} No verdict is another, and no other subject fails."),
        _ => how,
    }
}

fn verdict(one: &VerdictChange, numbers: &dyn Fn(&str) -> String) -> VerdictLine {
    let parts = [
        (one.newly_failing.len(), "newly failing"),
        (one.failing_before_unknown.len(), "failing now, not known before"),
        (one.no_longer_failing.len(), "no longer failing"),
        (one.failing_now_unknown.len(), "failed before, not known now"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {word}", number(*count)))
        .collect();
    VerdictLine {
        id: one.control.clone(),
        number: numbers(&one.control),
        title: one.title.clone(),
        before: one.before,
        before_label: one.before.label(),
        after: one.after,
        after_label: one.after.label(),
        words: parts.join(", "),
    }
}

/// None where neither side has any.
fn statements(found: &Statements, numbers: &dyn Fn(&str) -> String) -> Option<StatementsPart> {
    if let Some(reason) = &found.not_comparable {
        return Some(StatementsPart { sentence: format!("Not comparable. {reason}"), lines: Vec::new() });
    }
    if found.changes.is_empty() && found.unchanged == 0 {
        return None;
    }
    let count_of = |change: &str| found.changes.iter().filter(|one| one.change == change).count();
    let parts = [(count_of("added"), "added"), (count_of("removed"), "removed"), (count_of("changed"), "changed")];
    let mut parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {word}", number(*count)))
        .collect();
    if found.unchanged > 0 {
        parts.push(format!("{} unchanged", number(found.unchanged)));
    }
    let line = |one: &StatementChange| StatementLine {
        id: one.id.clone(),
        control: one.control.clone(),
        number: numbers(&one.control),
        change: one.change,
        rows: one.rows.iter().map(statement_row).collect(),
    };
    let sentence = format!("Attestations, each pack’s own: {}.", listed(&parts));
    Some(StatementsPart { sentence, lines: found.changes.iter().map(line).collect() })
}

fn statement_row(row: &StatementRow) -> String {
    match (row.before.as_str(), row.after.as_str()) {
        ("", after) => format!("{}: {after}", row.what),
        (before, "") => format!("{}: {before}", row.what),
        (before, after) => format!("{}: {before} → {after}", row.what),
    }
}

fn moves(changes: &Changes, files: &BTreeMap<&str, &str>) -> Vec<Moves> {
    let sorts = [
        (Change::Added, "added"),
        (Change::Removed, "removed"),
        (Change::MadeAnew, "deleted and recreated"),
        (Change::Changed, "changed"),
    ];
    let mut moves = Vec::new();
    for roll in &changes.rollforward {
        for (change, word) in sorts {
            let all: Vec<&Entity> =
                changes.entities.iter().filter(|one| one.kind == roll.kind && one.change == change).collect();
            if !all.is_empty() {
                let name = |one: &&Entity| pointer(moved(one), one.kind, &one.id, files);
                moves.push(Moves {
                    title: format!("{}: {} {word}", roll.title, number(all.len())),
                    names: all.iter().take(SHOWN).map(name).collect(),
                    more: more(all.len()),
                });
            }
        }
    }
    moves
}

/// `deploy (Trust policy, Attached policies)`.
fn moved(entity: &Entity) -> String {
    let facts: Vec<&str> = entity.rows.iter().map(|row| row.what.as_str()).collect();
    if facts.is_empty() { entity.label.clone() } else { format!("{} ({})", entity.label, facts.join(", ")) }
}

/// Kind, and the facts that could not be compared.
type Lacking<'a> = (&'a str, &'a [String]);

fn not_comparable(changes: &Changes) -> Vec<NotComparable> {
    let title = |kind: &str| changes.rollforward.iter().find(|roll| roll.kind == kind).map_or("", |roll| roll.title);
    let mut by_reason: BTreeMap<&str, BTreeMap<Lacking<'_>, Vec<&Entity>>> = BTreeMap::new();
    for entity in &changes.entities {
        for Missing { what, reason, .. } in &entity.missing {
            by_reason.entry(reason).or_default().entry((entity.kind, what)).or_default().push(entity);
        }
    }
    for roll in &changes.rollforward {
        for reason in &roll.reasons {
            by_reason.entry(reason).or_default().entry((roll.kind, &[])).or_default();
        }
    }
    let whom = |(kind, what): &(&str, &[String]), entities: &Vec<&Entity>| {
        let facts = if what.is_empty() { String::new() } else { format!(" ({})", what.join(", ")) };
        let names: Vec<&str> = entities.iter().take(5).map(|entity| entity.label.as_str()).collect();
        match (entities.len(), title(kind)) {
            (0, title) => format!("{title}, as a whole"),
            (1, _) => format!("{}{facts}", names[0]),
            (all, "") => format!("{}{facts}", listed(&names[..all.min(5)])),
            (all, title) if all > names.len() => {
                format!(
                    "{} of {title}{facts}: {} and {} more",
                    number(all),
                    names.join(", "),
                    number(all - names.len())
                )
            }
            (all, title) => format!("{} of {title}{facts}: {}", number(all), listed(&names)),
        }
    };
    by_reason
        .into_iter()
        .map(|(reason, concerned)| NotComparable {
            reason: full_stop(reason),
            whom: concerned.iter().map(|(key, entities)| whom(key, entities)).collect(),
        })
        .collect()
}
