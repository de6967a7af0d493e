//! The tree of the organization, and which of its policies reach an account and restrict it.
//!
//! AWS has no call for this: inheritance is worked out from the tree and each policy's targets.

use crate::account::answers::{Answers, GLOBAL, listed};
use crate::account::fact::{CHILD_ACCOUNTS, ORGANIZATION_POLICIES, ORGANIZATION_POLICY, POLICY_TARGETS, ROOTS, UNITS};
use crate::account::fact::{Gap, GapKind};
use crate::account::gaps::gap;
use crate::policy::document::{Actions, Document, Effect, Resources};
use crate::policy::parse::parse;
use crate::snapshot::Snapshot;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

macro_rules! shapes {
    ($( $Name:ident { $( $field:ident : $ty:ty, )* } )*) => { $(
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct $Name { $( $field: $ty, )* }
    )* };
}

shapes! {
    RootsPage { roots: Option<Vec<Root>>, }
    Root { id: String, policy_types: Option<Vec<PolicyType>>, }
    PolicyType { r#type: Option<String>, status: Option<String>, }
    UnitsPage { organizational_units: Option<Vec<Node>>, }
    ChildrenPage { accounts: Option<Vec<Node>>, }
    Node { id: String, }
    PoliciesPage { policies: Option<Vec<Summary>>, }
    Summary { id: String, name: Option<String>, r#type: Option<String>, aws_managed: Option<bool>, }
    PolicyAnswer { policy: Option<Policy>, }
    Policy { content: Option<String>, }
    TargetsPage { targets: Option<Vec<Target>>, }
    Target { target_id: String, }
}

const KINDS: [&str; 2] = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"];

/// What a policy does to those whom it reaches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effectiveness {
    Denies,
    /// It allows some things, and so forbids the rest where nothing beside it allows all.
    AllowsSome,
    /// It allows everything, or denies nothing where only denials count.
    Nothing,
}

struct Guardrail {
    label: String,
    kind: &'static str,
    targets: BTreeSet<String>,
    effect: Effectiveness,
}

/// The tree of units and accounts, and the policies hung on it.
pub struct Tree {
    parents: BTreeMap<String, String>,
    leaves: BTreeMap<String, String>,
    roots: BTreeSet<String>,
    /// What keeps the tree from being whole.
    gap: Option<Arc<Gap>>,
    policies: Vec<Guardrail>,
    /// Targets where a policy allows everything (AWS's own, as a rule), by kind of policy.
    open: BTreeSet<(&'static str, String)>,
    /// What keeps the policies from being all.
    missing: Option<Arc<Gap>>,
}

/// What keeps the kinds that are switched on from being known: a state that AWS does not document, or, where a kind
/// that is looked for is absent, a kind that AWS does not document.
fn undocumented(types: &[PolicyType]) -> Option<Arc<Gap>> {
    let has = |kind: &&str| types.iter().any(|one| one.r#type.as_deref() == Some(*kind));
    let all_there = KINDS.iter().all(has);
    types.iter().find_map(|one| {
        let kind = one.r#type.as_deref().unwrap_or_default();
        let status = one.status.as_deref().unwrap_or_default();
        let odd_status = || listed(status, "PolicyTypeStatus", ROOTS, || format!("the state of {kind}"));
        let odd_kind = || listed(kind, "PolicyType", ROOTS, || "a kind of policies".to_owned());
        let status = KINDS.contains(&kind).then(odd_status).and_then(|status| status.gap().cloned());
        status.or_else(|| odd_kind().gap().filter(|_| !all_there).cloned())
    })
}

impl Tree {
    pub fn read(snapshot: &Snapshot) -> Self {
        let roots = Answers::of(snapshot, ROOTS).list(GLOBAL, &[], |page: RootsPage| page.roots);
        let (units, children) = (Answers::of(snapshot, UNITS), Answers::of(snapshot, CHILD_ACCOUNTS));
        let mut tree = Self {
            parents: BTreeMap::new(),
            leaves: BTreeMap::new(),
            roots: roots.data.iter().map(|root| root.id.clone()).collect(),
            gap: roots.gap,
            policies: Vec::new(),
            open: BTreeSet::new(),
            missing: None,
        };
        let mut open: Vec<String> = tree.roots.iter().cloned().collect();
        let mut seen = BTreeSet::new();
        while let Some(parent) = open.pop() {
            // Whoever answers may not be AWS: a tree has no rings.
            if !seen.insert(parent.clone()) {
                continue;
            }
            let about = [("ParentId", parent.as_str())];
            let below = units.list(GLOBAL, &about, |page: UnitsPage| page.organizational_units);
            let accounts = children.list(GLOBAL, &about, |page: ChildrenPage| page.accounts);
            tree.gap = tree.gap.or(below.gap).or(accounts.gap);
            for unit in below.data {
                open.push(unit.id.clone());
                tree.parents.insert(unit.id, parent.clone());
            }
            tree.leaves.extend(accounts.data.into_iter().map(|account| (account.id, parent.clone())));
        }
        // AWS sends the list of policy types even where none is enabled.
        if roots.data.iter().any(|root| root.policy_types.is_none()) {
            let reason = format!("the answer of {ROOTS} does not hold the enabled policy types");
            tree.missing = Some(gap(ROOTS, GapKind::Absent, reason));
        }
        let on = |kind: &str| {
            roots.data.iter().all(|root| {
                root.policy_types
                    .iter()
                    .flatten()
                    .any(|one| one.r#type.as_deref() == Some(kind) && one.status.as_deref() == Some("ENABLED"))
            })
        };
        for root in &roots.data {
            tree.missing =
                tree.missing.take().or_else(|| undocumented(root.policy_types.as_deref().unwrap_or_default()));
        }
        for kind in KINDS {
            // A kind that is switched off restricts nobody, whatever still stands in lists.
            if on(kind) {
                tree.hang(snapshot, kind);
            }
        }
        tree
    }

    fn hang(&mut self, snapshot: &Snapshot, kind: &'static str) {
        let listed =
            Answers::of(snapshot, ORGANIZATION_POLICIES)
                .list(GLOBAL, &[("Filter", kind)], |page: PoliciesPage| page.policies);
        self.missing = self.missing.take().or(listed.gap);
        let (texts, targets) = (Answers::of(snapshot, ORGANIZATION_POLICY), Answers::of(snapshot, POLICY_TARGETS));
        for policy in listed.data {
            let about = [("PolicyId", policy.id.as_str())];
            if policy.r#type.as_deref().is_some_and(|of| of != kind) {
                continue;
            }
            let found = targets.list(GLOBAL, &about, |page: TargetsPage| page.targets);
            self.missing = self.missing.take().or(found.gap);
            let ids = found.data.into_iter().map(|target| target.target_id);
            if policy.aws_managed == Some(true) || policy.id.starts_with("p-Full") || policy.id.starts_with("p-RCPFull")
            {
                self.open.extend(ids.map(|id| (kind, id)));
                continue;
            }
            let text =
                texts.one(GLOBAL, &about).map(|answer: PolicyAnswer| answer.policy.and_then(|policy| policy.content));
            let text = match text {
                crate::account::fact::Observed::Known(text) => text,
                crate::account::fact::Observed::Gap(gap) => {
                    self.missing = self.missing.take().or(Some(gap));
                    continue;
                }
            };
            match text.as_deref().map(parse) {
                Some(Ok(document)) if document.notes.is_empty() => match effect(&document) {
                    Effectiveness::Nothing => self.open.extend(ids.map(|id| (kind, id))),
                    effect => self.policies.push(Guardrail {
                        label: format!("{} ({})", policy.name.unwrap_or_default(), policy.id),
                        kind,
                        targets: ids.collect(),
                        effect,
                    }),
                },
                _ => {
                    let reason = format!("the policy {} of the organization is not understood", policy.id);
                    let unread = gap(ORGANIZATION_POLICY, GapKind::Unreadable, reason);
                    self.missing = self.missing.take().or(Some(unread));
                }
            }
        }
    }

    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        self.leaves.keys().map(String::as_str)
    }

    /// The ids above an account, from the root down.
    pub fn way(&self, account: &str) -> Result<Vec<String>, Arc<Gap>> {
        let lost = || {
            let reason = format!("the tree of the organization does not show where account {account} is");
            self.gap.clone().unwrap_or_else(|| gap(CHILD_ACCOUNTS, GapKind::Absent, reason))
        };
        let mut way = vec![self.leaves.get(account).ok_or_else(lost)?.clone()];
        while let Some(parent) = way.last().and_then(|last| self.parents.get(last)) {
            if way.contains(parent) {
                return Err(lost());
            }
            way.push(parent.clone());
        }
        if !way.last().is_some_and(|last| self.roots.contains(last)) {
            return Err(lost());
        }
        way.reverse();
        Ok(way)
    }

    /// Policies that restrict an account, and what keeps them from being all.
    pub fn reaching(&self, way: &[String], account: &str) -> (Vec<String>, Option<Arc<Gap>>) {
        let own = account.to_owned();
        let places: Vec<&String> = way.iter().chain([&own]).collect();
        let restricts = |policy: &&Guardrail| {
            places.iter().any(|place| {
                policy.targets.contains(*place)
                    && match policy.effect {
                        Effectiveness::Denies => true,
                        // Whether another policy beside it allows the rest is known only if all are.
                        Effectiveness::AllowsSome => {
                            self.missing.is_none() && !self.open.contains(&(policy.kind, (*place).clone()))
                        }
                        Effectiveness::Nothing => false,
                    }
            })
        };
        let found = self.policies.iter().filter(restricts).map(|policy| policy.label.clone()).collect();
        (found, self.missing.clone())
    }
}

fn effect(document: &Document) -> Effectiveness {
    let denies = |one: &&crate::policy::document::Statement| {
        // What denies no action at all restricts nobody.
        one.effect == Effect::Deny
            && !matches!(&one.actions, Actions::Missing)
            && !matches!(&one.actions, Actions::AllBut(all) if all.iter().any(|action| everything(action)))
    };
    if document.statements.iter().any(|one| denies(&one)) {
        return Effectiveness::Denies;
    }
    let allows_all = document.statements.iter().any(|one| {
        one.effect == Effect::Allow
            && matches!(&one.actions, Actions::Only(all) if all.iter().any(|action| everything(action)))
            && matches!(&one.resources, Resources::Only(all) if all.iter().any(|resource| everything(resource)))
    });
    if allows_all { Effectiveness::Nothing } else { Effectiveness::AllowsSome }
}

fn everything(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.bytes().all(|byte| byte == b'*' || byte == b':')
}
