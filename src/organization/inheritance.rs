//! Service and resource control policies in words: what each says, where it is attached, what reaches an account.
//!
//! The tree and the policies are the account room's reading. What was refused is shown as not known, never as none.

use crate::account::fact::Gap;
use crate::account::organizations::{self as evidence, Allows, OrganizationPolicy, Tree};
use crate::policy::document::Effect;
use crate::policy::grants::analyze;
use crate::policy::{plain_english, trust};
use serde::Serialize;
use std::sync::Arc;

/// The types of policies that are looked at, with their names in words and for short.
const KINDS: [(&str, &str, &str); 2] = [
    ("SERVICE_CONTROL_POLICY", "service control policies", "SCP"),
    ("RESOURCE_CONTROL_POLICY", "resource control policies", "RCP"),
];

/// Whether a type of policy is switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Switch {
    On,
    Off,
    NotKnown,
}

/// A type of policy.
#[derive(Clone, Debug, Serialize)]
pub struct Kind {
    /// `SERVICE_CONTROL_POLICY`.
    pub kind: &'static str,
    /// `service control policies`.
    pub title: &'static str,
    /// `SCP`.
    pub short: &'static str,
    pub switch: Switch,
    /// A sentence on the switch.
    pub told: String,
    /// Why there may be more policies of this type.
    pub missing: Option<String>,
}

/// A policy, with what it is attached to.
#[derive(Clone, Debug, Serialize)]
pub struct Policy {
    pub id: String,
    pub name: String,
    pub kind: String,
    /// None where AWS does not say.
    pub aws_managed: Option<bool>,
    /// Root, units and accounts.
    pub targets: Vec<Target>,
    /// Why it may be attached to more.
    pub targets_missing: Option<String>,
    /// What it does, in a few words that follow its name: `denies by 2 statements`.
    pub in_short: String,
    /// It lets everything pass; none where that is not known.
    pub lets_all_pass: Option<bool>,
    pub statements: Vec<Said>,
    /// What of it is not known or not understood.
    pub unread: Vec<String>,
    /// The document, external ids masked.
    pub json: Option<String>,
}

/// What a policy is attached to.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Target {
    pub id: String,
    pub name: String,
    /// `ROOT`, `ORGANIZATIONAL_UNIT` or `ACCOUNT`, as AWS says it.
    pub kind: String,
}

/// A statement in plain words.
#[derive(Clone, Debug, Serialize)]
pub struct Said {
    pub number: usize,
    pub sid: Option<String>,
    pub denies: bool,
    pub words: String,
}

/// What one type of policy does to one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inherited {
    /// By its place among the types.
    pub kind: usize,
    pub state: PolicyState,
    /// A sentence on the state.
    pub told: String,
    /// From the root down to the account itself.
    pub levels: Vec<Level>,
    /// Why more may reach the account than is listed.
    pub missing: Vec<String>,
}

/// Whether policies of a type have force in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyState {
    InForce,
    SwitchedOff,
    /// The management account: neither type limits it.
    Exempt,
    NotKnown,
}

/// The root, a unit or the account, with what is attached there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Level {
    pub id: String,
    pub name: String,
    /// `root`, `unit` or `account`.
    pub what: &'static str,
    /// By their places among the policies.
    pub policies: Vec<usize>,
    /// What passes here, in words.
    pub told: &'static str,
}

pub fn kinds(tree: &Tree) -> Vec<Kind> {
    let names = |kind: &str| KINDS.iter().find(|(name, ..)| *name == kind).expect("every type has a title");
    let kind = |one: &evidence::PolicyKind| {
        let (kind, title, short) = *names(one.kind);
        let (switch, told) = switch(&one.switch, title);
        Kind { kind, title, short, switch, told, missing: one.gap.as_ref().map(|gap| gap.reason.clone()) }
    };
    tree.kinds.iter().map(kind).collect()
}

fn switch(switch: &evidence::Switch, title: &str) -> (Switch, String) {
    match switch {
        evidence::Switch::On => (Switch::On, format!("In the root, {title} are switched on.")),
        evidence::Switch::Off => {
            (Switch::Off, format!("In the root, {title} are switched off: none of them has effect."))
        }
        evidence::Switch::Unclear(states) => {
            let states = if states.is_empty() { "nothing".to_owned() } else { states.join(", ") };
            (Switch::NotKnown, format!("Whether {title} have effect is not known: the root says {states} about them."))
        }
        evidence::Switch::Unknown(gap) => {
            (Switch::NotKnown, format!("Whether {title} are switched on is not known: {}.", gap.reason))
        }
    }
}

pub fn policies(tree: &Tree) -> Vec<Policy> {
    tree.policies.iter().map(policy).collect()
}

fn policy(evidence: &OrganizationPolicy) -> Policy {
    let target = |one: &evidence::Target| Target {
        id: one.id.clone(),
        name: one.name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| one.id.clone()),
        kind: one.kind.clone().unwrap_or_default(),
    };
    let mut targets: Vec<Target> = evidence.targets.data.iter().map(target).collect();
    targets.sort_by(|one, other| (&one.kind, &one.name, &one.id).cmp(&(&other.kind, &other.name, &other.id)));
    Policy {
        id: evidence.id.clone(),
        name: evidence.name.clone().unwrap_or_default(),
        kind: evidence.kind.clone(),
        aws_managed: evidence.aws_managed,
        targets,
        targets_missing: evidence.targets.gap.as_ref().map(|gap| gap.reason.clone()),
        ..explained(evidence)
    }
}

/// What the document does, in words.
fn explained(evidence: &OrganizationPolicy) -> Policy {
    let mut policy = Policy {
        id: String::new(),
        name: String::new(),
        kind: String::new(),
        aws_managed: None,
        targets: Vec::new(),
        targets_missing: None,
        in_short: "is not known here".to_owned(),
        lets_all_pass: None,
        statements: Vec::new(),
        unread: Vec::new(),
        json: None,
    };
    let text = evidence.text.known().and_then(Option::as_ref).filter(|text| !text.is_empty());
    let (Some(text), Some(document)) = (text, &evidence.document) else {
        policy.unread.push(match (evidence.text.gap(), text) {
            (Some(gap), _) => format!("its document is not known: {}", gap.reason),
            (None, None) => "its document is not known: organizations:DescribePolicy: no document".to_owned(),
            (None, Some(_)) => "its document is no JSON".to_owned(),
        });
        return policy;
    };
    policy.json = Some(trust::masked(text));
    let reading = analyze(document);
    let both = || document.statements.iter().zip(&reading.statements);
    policy.statements = both()
        .enumerate()
        .map(|(index, (statement, read))| Said {
            number: index + 1,
            sid: statement.sid.clone(),
            denies: statement.effect == Effect::Deny,
            words: plain_english::guardrail(statement, read),
        })
        .collect();
    policy.unread = document.notes.iter().map(|note| format!("not understood: {}", note.place)).collect();
    let denials = document.statements.iter().filter(|statement| statement.effect == Effect::Deny).count();
    let some = document.statements.iter().any(|statement| statement.effect == Effect::Allow);
    let all = evidence.allows() == Some(Allows::Everything);
    policy.lets_all_pass = (all || document.notes.is_empty()).then_some(all);
    policy.in_short = match (policy.lets_all_pass, some, denials) {
        (None, ..) => "is not understood as a whole".to_owned(),
        (Some(true), _, 0) => "lets everything pass".to_owned(),
        (Some(true), _, 1) => "lets everything pass but for 1 denial".to_owned(),
        (Some(true), _, denials) => format!("lets everything pass but for {denials} denials"),
        (Some(false), true, 0) => "lets only some things pass".to_owned(),
        (Some(false), true, denials) => {
            format!("lets only some things pass, and denies by {denials} of its statements")
        }
        (Some(false), false, 0) => "says nothing".to_owned(),
        (Some(false), false, 1) => "denies by 1 statement".to_owned(),
        (Some(false), false, denials) => format!("denies by {denials} statements"),
    };
    policy
}

/// What reaches an account, for each type of policy.
pub fn inherited(
    account: (&str, &str),
    above: &Result<Vec<usize>, Arc<Gap>>,
    units: &[super::listing::Unit],
    kinds: &[Kind],
    policies: &[Policy],
    management: Option<&str>,
) -> Vec<Inherited> {
    let of_kind = |(number, kind): (usize, &Kind)| {
        let own: Vec<usize> = (0..policies.len()).filter(|policy| policies[*policy].kind == kind.kind).collect();
        let mut missing: Vec<String> = kind.missing.iter().cloned().collect();
        if let Err(gap) = above {
            missing.push(format!("the units around the account are not known: {}", gap.reason));
        }
        missing.extend(own.iter().filter_map(|policy| {
            let policy = &policies[*policy];
            policy.targets_missing.as_ref().map(|why| format!("whether {} reaches it is not known: {why}", policy.name))
        }));
        let (state, told) = force(account.0, kind, management);
        let at = |id: &str, name: &str, what| {
            let attached = |policy: &usize| policies[*policy].targets.iter().any(|target| target.id == id);
            let found: Vec<usize> = own.iter().copied().filter(attached).collect();
            let told = passes(&found, policies, !missing.is_empty());
            Level { id: id.to_owned(), name: name.to_owned(), what, policies: found, told }
        };
        let mut levels: Vec<Level> = above
            .iter()
            .flatten()
            .map(|unit| &units[*unit])
            .map(|unit| at(&unit.id, &unit.name, if unit.parent.is_none() { "root" } else { "unit" }))
            .collect();
        levels.push(at(account.0, account.1, "account"));
        if state == PolicyState::Exempt || state == PolicyState::SwitchedOff {
            // What has no force here needs no list of what may be missing in it.
            missing.clear();
            levels.clear();
        }
        Inherited { kind: number, state, told, levels, missing }
    };
    kinds.iter().enumerate().map(of_kind).collect()
}

fn force(account: &str, kind: &Kind, management: Option<&str>) -> (PolicyState, String) {
    let title = kind.title;
    match (kind.switch, management) {
        (_, Some(own)) if own == account => (
            PolicyState::Exempt,
            format!("The management account is not limited by {title}, wherever they are attached."),
        ),
        (_, None) => (
            PolicyState::NotKnown,
            format!("Which account is the management account, which {title} do not limit, is not known."),
        ),
        (Switch::Off, _) => (PolicyState::SwitchedOff, kind.told.clone()),
        (Switch::NotKnown, _) => (PolicyState::NotKnown, kind.told.clone()),
        (Switch::On, _) => (PolicyState::InForce, kind.told.clone()),
    }
}

/// A level lets pass what some policy there allows and none denies.
fn passes(found: &[usize], policies: &[Policy], may_be_more: bool) -> &'static str {
    let all = |wanted| found.iter().any(|policy| policies[*policy].lets_all_pass == wanted);
    if all(Some(true)) {
        "everything passes that is not denied"
    } else if may_be_more || all(None) {
        "what passes is not known"
    } else if found.is_empty() {
        "none is attached here by the evidence, though AWS keeps one at least: worth looking into"
    } else {
        "only what is allowed here passes"
    }
}
