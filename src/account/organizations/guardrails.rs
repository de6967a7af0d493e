//! The tree of the organization, its policies, and which of them reach an account and restrict it.
//!
//! AWS has no call for this: inheritance is worked out from the tree and each policy's targets.

use crate::account::answers::{Answers, GLOBAL, Noted, listed};
use crate::account::fact::{CHILD_ACCOUNTS, ORGANIZATION_POLICIES, ORGANIZATION_POLICY, POLICY_TARGETS, ROOTS, UNITS};
use crate::account::fact::{Gap, GapKind, Observed};
use crate::account::gaps::gap;
use crate::account::sources::Source;
use crate::policy::document::{Actions, Document, Effect, Resources, Statement};
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
    Root { id: String, name: Option<String>, policy_types: Option<Vec<PolicyType>>, }
    PolicyType { r#type: Option<String>, status: Option<String>, }
    UnitsPage { organizational_units: Option<Vec<Node>>, }
    ChildrenPage { accounts: Option<Vec<Node>>, }
    Node { id: String, name: Option<String>, }
    PoliciesPage { policies: Option<Vec<Summary>>, }
    Summary { id: String, name: Option<String>, r#type: Option<String>, aws_managed: Option<bool>, }
    PolicyAnswer { policy: Option<Content>, }
    Content { content: Option<String>, }
    TargetsPage { targets: Option<Vec<TargetItem>>, }
    TargetItem { target_id: String, name: Option<String>, r#type: Option<String>, }
}

/// The types of policies that limit what accounts can do.
pub const KINDS: [&str; 2] = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"];

/// The root of the organization, or a unit.
#[derive(Debug)]
pub struct Unit {
    pub id: String,
    pub name: Option<String>,
    /// By its place among the units; none for a root.
    pub parent: Option<usize>,
    /// How many units are above it.
    pub depth: usize,
    /// Why there may be more below it.
    pub gap: Option<Arc<Gap>>,
}

/// A type of policy, and whether policies of it have effect.
#[derive(Debug)]
pub struct PolicyKind {
    /// One of [`KINDS`].
    pub kind: &'static str,
    pub switch: Switch,
    /// Why there may be more policies of this type.
    pub gap: Option<Arc<Gap>>,
}

/// Whether a type of policy is switched on in the root.
#[derive(Debug)]
pub enum Switch {
    On,
    Off,
    /// The roots give it these states, which are neither.
    Unclear(Vec<String>),
    /// The roots are not known.
    Unknown(Arc<Gap>),
}

/// A policy of the organization, and what it is attached to.
#[derive(Debug)]
pub struct OrganizationPolicy {
    pub id: String,
    pub name: Option<String>,
    pub kind: String,
    /// None where AWS does not say.
    pub aws_managed: Option<bool>,
    pub targets: Source<Vec<Target>>,
    /// The text; none where the answer holds none.
    pub text: Observed<Option<String>>,
    /// The text parsed; none where it is not known or no JSON.
    pub document: Option<Document>,
}

/// What a policy is attached to.
#[derive(Debug)]
pub struct Target {
    pub id: String,
    pub name: Option<String>,
    /// `ROOT`, `ORGANIZATIONAL_UNIT` or `ACCOUNT`.
    pub kind: Option<String>,
}

/// What the statements of a policy allow together, denials aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allows {
    Everything,
    /// Everything, under a condition.
    Conditionally,
    Less,
}

/// What a policy does to the accounts that it reaches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effectiveness {
    Denies,
    /// It allows some things, and so forbids the rest where nothing beside it allows all.
    AllowsSome,
    /// It allows everything, or denies nothing where only denials count.
    Nothing,
}

/// A policy that restricts, of a type that is switched on.
#[derive(Debug)]
struct Guardrail {
    label: String,
    kind: &'static str,
    targets: BTreeSet<String>,
    denies: bool,
}

/// The tree of units and accounts, and the policies attached in it.
#[derive(Debug)]
pub struct Tree {
    /// A unit comes before those below it, and beside its siblings by name.
    pub units: Vec<Unit>,
    /// Account → the unit that holds it.
    accounts: BTreeMap<String, usize>,
    /// What keeps the tree from being whole.
    gap: Option<Arc<Gap>>,
    pub kinds: Vec<PolicyKind>,
    /// By type, name and id.
    pub policies: Vec<OrganizationPolicy>,
    guardrails: Vec<Guardrail>,
    /// Targets where a policy allows everything (AWS's own, as a rule), by type of policy.
    open: BTreeSet<(&'static str, String)>,
    /// What keeps the guardrails from being all.
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
        let odd_kind = || listed(kind, "PolicyType", ROOTS, || "a policy type".to_owned());
        let status = KINDS.contains(&kind).then(odd_status).and_then(|status| status.gap().cloned());
        status.or_else(|| odd_kind().gap().filter(|_| !all_there).cloned())
    })
}

impl Tree {
    pub fn read(snapshot: &Snapshot, noted: &mut Noted) -> Self {
        let roots = noted.list(&Answers::of(snapshot, ROOTS), GLOBAL, &[], |page: RootsPage| page.roots);
        let mut tree = Self {
            units: Vec::new(),
            accounts: BTreeMap::new(),
            gap: roots.gap.clone(),
            kinds: Vec::new(),
            policies: Vec::new(),
            guardrails: Vec::new(),
            open: BTreeSet::new(),
            missing: None,
        };
        tree.add_units(snapshot, &roots.data, noted);
        tree.add_policies(snapshot, &roots, noted);
        tree.decide(&roots.data);
        tree
    }

    fn add_units(&mut self, snapshot: &Snapshot, roots: &[Root], noted: &mut Noted) {
        let (units, children) = (Answers::of(snapshot, UNITS), Answers::of(snapshot, CHILD_ACCOUNTS));
        let first = roots.iter().rev().map(|root| (root.id.clone(), root.name.clone(), None));
        let mut open: Vec<(String, Option<String>, Option<usize>)> = first.collect();
        let mut seen = BTreeSet::new();
        while let Some((id, name, parent)) = open.pop() {
            // A tree has no rings, though an answer that is not AWS's may.
            if !seen.insert(id.clone()) {
                continue;
            }
            let about = [("ParentId", id.as_str())];
            let mut below = noted.list(&units, GLOBAL, &about, |page: UnitsPage| page.organizational_units);
            let held = noted.list(&children, GLOBAL, &about, |page: ChildrenPage| page.accounts);
            let gap = below.gap.or(held.gap);
            self.gap = self.gap.take().or_else(|| gap.clone());
            let place = self.units.len();
            for account in held.data {
                if self.accounts.insert(account.id.clone(), place).is_some() {
                    self.gap.get_or_insert_with(|| twice(&account.id));
                }
            }
            let depth = parent.map_or(0, |parent: usize| self.units[parent].depth + 1);
            self.units.push(Unit { id, name: name.filter(|name| !name.is_empty()), parent, depth, gap });
            below.data.sort_by_key(|unit| std::cmp::Reverse((unit.name.clone().unwrap_or_default(), unit.id.clone())));
            open.extend(below.data.into_iter().map(|unit| (unit.id, unit.name, Some(place))));
        }
    }

    fn add_policies(&mut self, snapshot: &Snapshot, roots: &Source<Vec<Root>>, noted: &mut Noted) {
        let lists = Answers::of(snapshot, ORGANIZATION_POLICIES);
        let (texts, targets) = (Answers::of(snapshot, ORGANIZATION_POLICY), Answers::of(snapshot, POLICY_TARGETS));
        let mut found: BTreeMap<(String, String, String), OrganizationPolicy> = BTreeMap::new();
        for kind in KINDS {
            let listed = noted.list(&lists, GLOBAL, &[("Filter", kind)], |page: PoliciesPage| page.policies);
            let switch = switch(roots, kind);
            // AWS's own policy that allows everything is there as long as the type is switched on.
            let is_lacking = listed.gap.is_none() && listed.data.is_empty() && matches!(switch, Switch::On);
            let lacking = is_lacking.then(|| {
                let reason = format!("{ORGANIZATION_POLICIES} lists no {kind}, although the type is enabled");
                gap(ORGANIZATION_POLICIES, GapKind::Conflict, reason)
            });
            if let Some(gap) = &lacking {
                noted.add(kind, gap);
            }
            self.kinds.push(PolicyKind { kind, switch, gap: listed.gap.or(lacking) });
            for policy in listed.data {
                let about = [("PolicyId", policy.id.as_str())];
                let attached = noted.list(&targets, GLOBAL, &about, |page: TargetsPage| page.targets);
                let target = |item: TargetItem| Target { id: item.target_id, name: item.name, kind: item.r#type };
                let targets = Source { data: attached.data.into_iter().map(target).collect(), gap: attached.gap };
                let text = noted
                    .one(&texts, GLOBAL, &about)
                    .map(|answer: PolicyAnswer| answer.policy.and_then(|policy| policy.content));
                let document = text.known().and_then(|text| parse(text.as_deref()?).ok());
                let of_kind = policy.r#type.filter(|kind| !kind.is_empty()).unwrap_or_else(|| kind.to_owned());
                let key = (of_kind.clone(), policy.name.clone().unwrap_or_default(), policy.id.clone());
                let (id, name, aws_managed) = (policy.id, policy.name, policy.aws_managed);
                let policy = OrganizationPolicy { id, name, kind: of_kind, aws_managed, targets, text, document };
                found.insert(key, policy);
            }
        }
        self.policies = found.into_values().collect();
    }

    /// Which policies restrict, and what keeps them from being all.
    fn decide(&mut self, roots: &[Root]) {
        // AWS sends the list of policy types even where none is enabled.
        let untyped = roots.iter().any(|root| root.policy_types.is_none()).then(|| {
            let reason = format!("the answer of {ROOTS} does not hold the enabled policy types");
            gap(ROOTS, GapKind::Absent, reason)
        });
        let undocumented =
            || roots.iter().find_map(|root| undocumented(root.policy_types.as_deref().unwrap_or_default()));
        self.missing = untyped.or_else(undocumented);
        for kind in &self.kinds {
            match &kind.switch {
                Switch::On => {}
                Switch::Unknown(gap) => {
                    self.missing.get_or_insert_with(|| Arc::clone(gap));
                    continue;
                }
                // A type that is switched off restricts nobody, whatever the lists still hold.
                Switch::Off | Switch::Unclear(_) => continue,
            }
            self.missing = self.missing.take().or_else(|| kind.gap.clone());
            for policy in self.policies.iter().filter(|policy| policy.kind == kind.kind) {
                self.missing = self.missing.take().or_else(|| policy.targets.gap.clone());
                let targets = policy.targets.data.iter().map(|target| target.id.clone());
                match policy.effectiveness() {
                    Ok(Effectiveness::Nothing) => self.open.extend(targets.map(|id| (kind.kind, id))),
                    Ok(effect) => self.guardrails.push(Guardrail {
                        label: format!("{} ({})", policy.name.as_deref().unwrap_or_default(), policy.id),
                        kind: kind.kind,
                        targets: targets.collect(),
                        denies: effect == Effectiveness::Denies,
                    }),
                    Err(gap) => self.missing = self.missing.take().or(Some(gap)),
                }
            }
        }
    }

    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        self.accounts.keys().map(String::as_str)
    }

    /// Places of the root and the units above an account, from the root down.
    pub fn above(&self, account: &str) -> Result<Vec<usize>, Arc<Gap>> {
        let Some(unit) = self.accounts.get(account) else {
            let reason = format!("the tree of the organization does not show where account {account} is");
            return Err(self.gap.clone().unwrap_or_else(|| gap(CHILD_ACCOUNTS, GapKind::Absent, reason)));
        };
        let mut above: Vec<usize> = std::iter::successors(Some(*unit), |place| self.units[*place].parent).collect();
        above.reverse();
        Ok(above)
    }

    /// The ids above an account, from the root down.
    pub fn way(&self, account: &str) -> Result<Vec<String>, Arc<Gap>> {
        Ok(self.above(account)?.into_iter().map(|place| self.units[place].id.clone()).collect())
    }

    /// Policies that restrict an account, and what keeps them from being all.
    pub fn reaching(&self, way: &[String], account: &str) -> (Vec<String>, Option<Arc<Gap>>) {
        let own = account.to_owned();
        let places: Vec<&String> = way.iter().chain([&own]).collect();
        let restricts = |policy: &&Guardrail| {
            places.iter().any(|place| {
                // Whether another policy beside one that allows some things allows the rest is known only if all are.
                let is_alone = || self.missing.is_none() && !self.open.contains(&(policy.kind, (*place).clone()));
                policy.targets.contains(*place) && (policy.denies || is_alone())
            })
        };
        let found = self.guardrails.iter().filter(restricts).map(|policy| policy.label.clone()).collect();
        (found, self.missing.clone())
    }
}

fn twice(account: &str) -> Arc<Gap> {
    let reason = format!("{CHILD_ACCOUNTS} names account {account} in two places of the tree");
    gap(CHILD_ACCOUNTS, GapKind::Conflict, reason)
}

/// Every root counts, though AWS has one only.
fn switch(roots: &Source<Vec<Root>>, kind: &str) -> Switch {
    if let Some(gap) = &roots.gap {
        return Switch::Unknown(Arc::clone(gap));
    }
    // Of each root that lists its types: the state of this one, if it is among them.
    let state = |root: &Root| -> Option<Option<String>> {
        let types = root.policy_types.as_ref()?;
        let own = types.iter().find(|one| one.r#type.as_deref() == Some(kind));
        Some(own.map(|one| one.status.clone().unwrap_or_default()))
    };
    let states: Vec<Option<Option<String>>> = roots.data.iter().map(state).collect();
    let every = |wanted: Option<&str>| {
        !states.is_empty() && states.iter().all(|it| it.as_ref().is_some_and(|it| it.as_deref() == wanted))
    };
    if every(Some("ENABLED")) {
        Switch::On
    } else if every(None) {
        Switch::Off
    } else {
        Switch::Unclear(states.into_iter().flatten().flatten().collect())
    }
}

impl OrganizationPolicy {
    /// What its statements allow, where the document is known.
    pub fn allows(&self) -> Option<Allows> {
        let document = self.document.as_ref()?;
        let all = |one: &&Statement| {
            one.effect == Effect::Allow
                && matches!(&one.actions, Actions::Only(all) if all.iter().any(|action| everything(action)))
                && matches!(&one.resources, Resources::Only(all) if all.iter().any(|resource| everything(resource)))
        };
        let mut allowing = document.statements.iter().filter(all).peekable();
        Some(match (allowing.peek().is_some(), allowing.any(|one| one.conditions.is_empty())) {
            (_, true) => Allows::Everything,
            (true, false) => Allows::Conditionally,
            (false, false) => Allows::Less,
        })
    }

    /// What it does to the accounts that it reaches, or why that is not known.
    fn effectiveness(&self) -> Result<Effectiveness, Arc<Gap>> {
        if self.aws_managed == Some(true) || self.id.starts_with("p-Full") || self.id.starts_with("p-RCPFull") {
            return Ok(Effectiveness::Nothing);
        }
        if let Observed::Gap(gap) = &self.text {
            return Err(Arc::clone(gap));
        }
        let Some(document) = self.document.as_ref().filter(|document| document.notes.is_empty()) else {
            let reason = format!("the policy {} of the organization is not understood", self.id);
            return Err(gap(ORGANIZATION_POLICY, GapKind::Unreadable, reason));
        };
        let denies = |one: &Statement| {
            // What denies no action at all restricts nobody.
            one.effect == Effect::Deny
                && !matches!(&one.actions, Actions::Missing)
                && !matches!(&one.actions, Actions::AllBut(all) if all.iter().any(|action| everything(action)))
        };
        Ok(match self.allows() {
            _ if document.statements.iter().any(denies) => Effectiveness::Denies,
            Some(Allows::Less) | None => Effectiveness::AllowsSome,
            Some(Allows::Everything | Allows::Conditionally) => Effectiveness::Nothing,
        })
    }
}

fn everything(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.bytes().all(|byte| byte == b'*' || byte == b':')
}
