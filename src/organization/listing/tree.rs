//! The tree of units, and where each account hangs in it.

use super::answers::{Answers, Gaps, text};
use crate::snapshot::Snapshot;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The root of the organization, or a unit.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Unit {
    pub id: String,
    pub name: String,
    /// By its place among the units; none for a root.
    pub parent: Option<usize>,
    /// How many units lie above it.
    pub depth: usize,
    /// Why there may be more below it.
    pub missing: Option<String>,
}

/// The tree, from the root down.
#[derive(Debug, Default)]
pub struct Tree {
    /// A unit stands before those below it, beside its siblings by name.
    pub units: Vec<Unit>,
    /// Account → the unit that it is in.
    leaves: BTreeMap<String, usize>,
    /// What keeps the tree from being whole.
    missing: Option<String>,
    /// The answer about the root, which names the types of policies that are switched on.
    pub roots: Vec<Value>,
    /// Why the root is not known.
    pub no_root: Option<String>,
}

/// Where an account is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In this unit.
    In(usize),
    /// The answers do not hold it, for this reason.
    NotKnown(String),
}

impl Tree {
    pub fn read(snapshot: &Snapshot, gaps: &mut Gaps) -> Self {
        let roots = Answers::of(snapshot, "organizations", "ListRoots").list(None, &[], "Roots", gaps);
        let units = Answers::of(snapshot, "organizations", "ListOrganizationalUnitsForParent");
        let accounts = Answers::of(snapshot, "organizations", "ListAccountsForParent");
        let mut tree = Self { missing: roots.missing.clone(), ..Self::default() };
        let mut open: Vec<(Value, Option<usize>)> = roots.list.iter().rev().map(|root| (root.clone(), None)).collect();
        (tree.roots, tree.no_root) = (roots.list, roots.missing);
        let mut seen = BTreeSet::new();
        while let Some((about, parent)) = open.pop() {
            let id = text(&about, "Id");
            // A tree has no rings; whoever answered may not be AWS.
            if !seen.insert(id.clone()) {
                continue;
            }
            let below = [("ParentId", id.as_str())];
            let mut children = units.list(None, &below, "OrganizationalUnits", gaps);
            let held = accounts.list(None, &below, "Accounts", gaps);
            let place = tree.units.len();
            let missing = children.missing.or(held.missing);
            tree.missing = tree.missing.take().or_else(|| missing.clone());
            tree.leaves.extend(held.list.iter().map(|account| (text(account, "Id"), place)));
            let depth = parent.map_or(0, |parent| tree.units[parent].depth + 1);
            let name = Some(text(&about, "Name")).filter(|name| !name.is_empty()).unwrap_or_else(|| id.clone());
            tree.units.push(Unit { id, name, parent, depth, missing });
            children.list.sort_by_key(|unit| std::cmp::Reverse((text(unit, "Name"), text(unit, "Id"))));
            open.extend(children.list.into_iter().map(|unit| (unit, Some(place))));
        }
        tree
    }

    pub fn place(&self, account: &str) -> Place {
        match self.leaves.get(account) {
            Some(unit) => Place::In(*unit),
            None => {
                let unlisted = || "organizations:ListAccountsForParent: no unit holds the account".to_owned();
                Place::NotKnown(self.missing.clone().unwrap_or_else(unlisted))
            }
        }
    }

    /// Places of the root and the units around a place, from the root on.
    pub fn above(&self, place: &Place) -> Vec<usize> {
        let Place::In(unit) = place else { return Vec::new() };
        let mut above: Vec<usize> = std::iter::successors(Some(*unit), |place| self.units[*place].parent).collect();
        above.reverse();
        above
    }
}
