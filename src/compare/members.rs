//! Compares one population: added, removed and changed members.

use super::changes::{Change, Counted, Entity, Missing, Roll, Row};
use super::evidence::{self, Identity, Texts};
use super::facts::{self, EARLIER, LATER};
use super::owners::{CREDENTIALS, Lack};
use super::{Account, documents};
use crate::account::KINDS as ALL;
use crate::account::View;
use crate::account::details::Details;
use crate::account::fact::{Fact, Gap, GapKind, Observed, Subject};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A population and both sides' details.
pub struct Members<'a> {
    pub kind: &'static str,
    pub title: &'static str,
    pub old: &'a Details,
    pub new: &'a Details,
}

pub struct Told {
    pub roll: Roll,
    /// By id.
    pub entities: Vec<Entity>,
    pub unchanged: Vec<String>,
    /// For credentials: why any may be missing, and which users' are missing (user's ARN, reason).
    pub anybody: Vec<String>,
    pub owners: Vec<(String, String)>,
}

impl Members<'_> {
    pub fn compare(&self, old: &Account, new: &Account) -> Told {
        let (lack_old, lack_new) = (self.lack(old), self.lack(new));
        let (old, new) = (self.population(old), self.population(new));
        let (before, after) = (by_id(&old), by_id(&new));
        let mut roll = Roll {
            kind: self.kind,
            title: self.title,
            opening: Counted { count: before.len(), complete: old.gaps.is_empty() },
            added: None,
            removed: None,
            closing: Counted { count: after.len(), complete: new.gaps.is_empty() },
            made_anew: 0,
            changed: 0,
            unchanged: 0,
            not_comparable: 0,
            reasons: reasons(EARLIER, old.gaps).chain(reasons(LATER, new.gaps)).collect(),
        };
        let doubt = doubt(EARLIER, old.gaps).or_else(|| doubt(LATER, new.gaps));
        let mut told: Vec<Entity> = Vec::new();
        let mut unchanged = Vec::new();
        for (id, before) in &before {
            match after.get(id) {
                Some(after) => match self.both(*before, *after, doubt.as_ref()) {
                    Some(entity) => told.push(entity),
                    None => unchanged.push((*id).to_owned()),
                },
                None => told.push(alone(*before, Change::Removed, LATER, &lack_new)),
            }
        }
        let only_new = after.iter().filter(|(id, _)| !before.contains_key(*id));
        told.extend(only_new.map(|(_, after)| alone(*after, Change::Added, EARLIER, &lack_old)));
        told.sort_by(|one, other| one.id.cmp(&other.id));

        let count = |change| told.iter().filter(|entity| entity.change == change).count();
        roll.made_anew = count(Change::MadeAnew);
        roll.changed = count(Change::Changed);
        roll.unchanged = unchanged.len();
        roll.not_comparable = count(Change::NotComparable);
        roll.added = old.gaps.is_empty().then(|| count(Change::Added) + roll.made_anew);
        roll.removed = new.gaps.is_empty().then(|| count(Change::Removed) + roll.made_anew);
        let (mut anybody, mut owners) = (Vec::new(), Vec::new());
        if CREDENTIALS.contains(&self.kind) {
            for (side, lack) in [(EARLIER, &lack_old), (LATER, &lack_new)] {
                anybody.extend(reasons(side, &lack.anybody));
                owners.extend(lack.of.iter().map(|(user, gap)| (user.clone(), format!("{side}: {}", gap.reason))));
            }
        }
        Told { roll, entities: told, unchanged, anybody, owners }
    }

    fn lack(&self, account: &Account) -> Lack {
        Lack::of(self.kind, account, self.population(account).gaps)
    }

    fn population<'a>(&self, account: &'a Account) -> View<'a> {
        let kind = ALL.iter().find(|kind| kind.name == self.kind).expect("only known kinds are compared");
        let mut view = account.population(kind);
        if self.kind == "credential" {
            // Access keys are a separate population.
            view.subjects.retain(|subject| subject.id().ends_with("#password"));
        }
        view
    }

    /// A member on both sides; `None` if everything could be compared and nothing differs.
    fn both(&self, old: &dyn Subject, new: &dyn Subject, doubt: Option<&String>) -> Option<Entity> {
        let (mut rows, mut missing) = facts::compare(old, new);
        self.texts(old.id(), &mut rows, &mut missing);
        let same = self.same(old, new);
        if same.is_none() {
            let reason =
                "Whether it is the same one is not known: its id and time of creation are not known on both sides.";
            missing.push(Missing::all(reason.to_owned()));
        }
        if let Some(doubt) = doubt.filter(|_| rows.is_empty() && missing.is_empty()) {
            missing.push(Missing::all(doubt.clone()));
        }
        let change = match (same, rows.is_empty(), missing.is_empty()) {
            (Some(false), ..) => Change::MadeAnew,
            (_, false, _) => Change::Changed,
            (_, true, false) => Change::NotComparable,
            (_, true, true) => return None,
        };
        Some(Entity { kind: self.kind, id: new.id().to_owned(), label: new.label().to_owned(), change, rows, missing })
    }

    /// Whether it is the same entity, not another with the same name; `None` if unknown.
    fn same(&self, old: &dyn Subject, new: &dyn Subject) -> Option<bool> {
        let made = match self.kind {
            "user" | "group" | "role" | "policy" => {
                let id =
                    |details: &Details, subject: &dyn Subject| evidence::identity(details, self.kind, subject.id());
                match id(self.old, old).same(&id(self.new, new)) {
                    None if self.kind != "policy" => "created",
                    known => return known,
                }
            }
            "access_key" => "created",
            "signing_certificate" => "changed",
            "server_certificate" => "uploaded",
            // AWS has no unique ID for these.
            _ => return Some(true),
        };
        Identity { id: None, created: time(old, made) }.same(&Identity { id: None, created: time(new, made) })
    }

    fn texts(&self, id: &str, rows: &mut Vec<Row>, missing: &mut Vec<Missing>) {
        let texts = |details: &Details| evidence::texts(details, self.kind, id);
        let (Some(old), Some(new)) = (texts(self.old), texts(self.new)) else {
            // Missing details already show as gaps; documents are not facts, so report them here.
            for (side, details) in [(EARLIER, self.old), (LATER, self.new)] {
                if matches!(self.kind, "role" | "policy") && texts(details).is_none() {
                    facts::lack(missing, ("documents", "Documents"), format!("{side} does not hold them."));
                }
            }
            return;
        };
        compare_documents(&old, &new, rows, missing);
        for (fact, what, before) in &old.words {
            let after = new.words.iter().find(|(other, ..)| other == fact).and_then(|(.., value)| value.as_ref());
            if let (Some(before), Some(after)) = (before, after)
                && before != after
            {
                let (before, after) = (before.clone(), after.clone());
                rows.push(Row { fact, what: (*what).to_owned(), before, after, lines: Vec::new() });
            }
        }
        for (fact, what, before) in &old.lists {
            // A side without the list has a gap among the facts.
            if let Some((.., after)) = new.lists.iter().find(|(other, ..)| other == fact) {
                rows.extend(facts::list(fact, (*what).to_owned(), before, after));
            }
        }
    }
}

fn compare_documents(old: &Texts, new: &Texts, rows: &mut Vec<Row>, missing: &mut Vec<Missing>) {
    for (fact, what, before) in &old.documents {
        let after = new.documents.iter().find(|(other, ..)| other == fact).and_then(|(.., text)| text.as_ref());
        match (before, after) {
            (Some(before), Some(after)) => rows.extend(documents::difference(fact, what, before, after)),
            (before, after) => {
                for (side, text) in [(EARLIER, before.as_ref()), (LATER, after)] {
                    if text.is_none() {
                        facts::lack(
                            missing,
                            (fact, what),
                            format!("{side} does not hold it, or not which one is in force."),
                        );
                    }
                }
            }
        }
    }
}

fn by_id<'a>(view: &View<'a>) -> BTreeMap<&'a str, &'a dyn Subject> {
    view.subjects.iter().map(|subject| (subject.id(), *subject)).collect()
}

/// A member on one side only: added or removed only if the other side's population is complete.
fn alone(subject: &dyn Subject, change: Change, other: &str, lack: &Lack) -> Entity {
    let gaps = lack.about(subject.id());
    let reason = |gap: &&Arc<Gap>| Missing::all(format!("{other} may lack it: {}", gap.reason));
    Entity {
        kind: subject.kind().name,
        id: subject.id().to_owned(),
        label: subject.label().to_owned(),
        change: if gaps.is_empty() { change } else { Change::NotComparable },
        rows: Vec::new(),
        missing: gaps.iter().map(reason).collect(),
    }
}

fn reasons<'a>(side: &'a str, gaps: &'a [Arc<Gap>]) -> impl Iterator<Item = String> + 'a {
    gaps.iter().map(move |gap| format!("{side}: {}", gap.reason))
}

/// Why a side's members may be wrong: evidence that is not understood or contradictory.
fn doubt(side: &str, gaps: &[Arc<Gap>]) -> Option<String> {
    let doubtful = |gap: &&Arc<Gap>| matches!(gap.kind, GapKind::Unreadable | GapKind::Conflict);
    gaps.iter().find(doubtful).map(|gap| format!("{side}: {}", gap.reason))
}

fn time(subject: &dyn Subject, fact: &str) -> Option<jiff::Timestamp> {
    let (index, _) = subject.kind().field(fact)?;
    match subject.fact(index) {
        Observed::Known(Fact::Time(time)) => Some(time),
        _ => None,
    }
}
