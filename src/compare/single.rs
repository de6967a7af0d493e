//! Compares what an account has once: its root user, its password policy, the account itself.

use super::changes::{Change, Entity, Missing};
use super::facts;
use crate::account::Account;
use crate::account::fact::Kind;
use crate::account::subjects::{AccountFacts, PasswordPolicy, Root};

const KINDS: [&Kind; 3] = [AccountFacts::KIND, Root::KIND, PasswordPolicy::KIND];

/// Their changes; unchanged entities are omitted.
pub fn compare(old: &Account, new: &Account) -> Vec<Entity> {
    KINDS.iter().filter_map(|kind| entity(kind, old, new)).collect()
}

fn entity(kind: &Kind, old: &Account, new: &Account) -> Option<Entity> {
    let (old, new) = (old.population(kind), new.population(kind));
    let (Some(before), Some(after)) = (old.subjects.first(), new.subjects.first()) else {
        return None; // Each account has exactly one.
    };
    let (rows, mut missing) = facts::compare(*before, *after);
    let gaps = old.gaps.iter().chain(new.gaps);
    missing.extend(gaps.map(|gap| Missing::all(gap.reason.clone())));
    let change = match (rows.is_empty(), missing.is_empty()) {
        (true, true) => return None,
        (true, false) => Change::NotComparable,
        (false, _) => Change::Changed,
    };
    let kind = after.kind().name;
    Some(Entity { kind, id: after.id().to_owned(), label: after.label().to_owned(), change, rows, missing })
}
