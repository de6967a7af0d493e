//! Service and resource control policies: what each says, where it is attached, what reaches an account.
//!
//! AWS has no call for what an account inherits: it is worked out from the tree and each policy's targets.
//! What was refused is told as not known, never as none.

use super::answers::{Answers, Gaps, text, told};
use super::tree::{Place, Tree};
use crate::policy::document::Effect;
use crate::policy::grants::read;
use crate::policy::parse::parse;
use crate::policy::{trust, words};
use crate::snapshot::Snapshot;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

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
    pub state: Force,
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
pub enum Force {
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

pub fn kinds(snapshot: &Snapshot, tree: &Tree, gaps: &mut Gaps) -> Vec<Kind> {
    let listed = Answers::of(snapshot, "organizations", "ListPolicies");
    KINDS
        .iter()
        .map(|(kind, title, short)| {
            let missing = listed.list(None, &[("Filter", *kind)], "Policies", gaps).missing;
            let (switch, told) = switch(tree, kind, title);
            Kind { kind, title, short, switch, told, missing }
        })
        .collect()
}

/// The roots say which types are switched on; every one of them counts, though AWS has one only.
fn switch(tree: &Tree, kind: &str, title: &str) -> (Switch, String) {
    if let Some(missing) = &tree.no_root {
        return (Switch::NotKnown, format!("Whether {title} are switched on is not known: {missing}."));
    }
    let state = |root: &Value| {
        let types = root["PolicyTypes"].as_array()?;
        let own = types.iter().find(|one| one["Type"].as_str() == Some(kind));
        Some(own.map(|one| text(one, "Status")))
    };
    let states: Vec<Option<Option<String>>> = tree.roots.iter().map(state).collect();
    let every = |wanted: Option<&str>| {
        !states.is_empty() && states.iter().all(|it| it.as_ref().is_some_and(|it| it.as_deref() == wanted))
    };
    if every(Some("ENABLED")) {
        (Switch::On, format!("In the root, {title} are switched on."))
    } else if every(None) {
        (Switch::Off, format!("In the root, {title} are switched off: none of them has effect."))
    } else {
        let told: Vec<String> = states.into_iter().flatten().flatten().collect();
        let told = if told.is_empty() { "nothing".to_owned() } else { told.join(", ") };
        (Switch::NotKnown, format!("Whether {title} have effect is not known: the root says {told} about them."))
    }
}

pub fn policies(snapshot: &Snapshot, gaps: &mut Gaps) -> Vec<Policy> {
    let listed = Answers::of(snapshot, "organizations", "ListPolicies");
    let texts = Answers::of(snapshot, "organizations", "DescribePolicy");
    let targets = Answers::of(snapshot, "organizations", "ListTargetsForPolicy");
    let mut found: BTreeMap<(String, String, String), Policy> = BTreeMap::new();
    for answer in &listed.all {
        // What is missing here was told with the types.
        for about in listed.entries(answer, "Policies", &mut Gaps::default()).list {
            let id = text(&about, "Id");
            let by_id = [("PolicyId", id.as_str())];
            let attached = targets.list(None, &by_id, "Targets", gaps);
            let document = texts.one(None, &by_id, gaps).and_then(|answer| {
                told(&answer["Policy"], "Content").ok_or_else(|| "organizations:DescribePolicy: no document".to_owned())
            });
            let mut policy = explained(document);
            (policy.name, policy.kind) = (text(&about, "Name"), text(&about, "Type"));
            policy.aws_managed = about["AwsManaged"].as_bool();
            policy.targets = attached.list.iter().map(target).collect();
            policy
                .targets
                .sort_by(|one, other| (&one.kind, &one.name, &one.id).cmp(&(&other.kind, &other.name, &other.id)));
            policy.targets_missing = attached.missing;
            policy.id.clone_from(&id);
            found.insert((policy.kind.clone(), policy.name.clone(), id), policy);
        }
    }
    found.into_values().collect()
}

fn target(about: &Value) -> Target {
    let id = text(about, "TargetId");
    Target { name: told(about, "Name").unwrap_or_else(|| id.clone()), kind: text(about, "Type"), id }
}

/// What the document does, in words.
fn explained(document: Result<String, String>) -> Policy {
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
    let document = match document.map(|text| (parse(&text), text)) {
        Ok((Ok(document), text)) => {
            policy.json = Some(trust::masked(&text));
            document
        }
        Ok((Err(_), _)) => {
            policy.unread.push("its document is no JSON".to_owned());
            return policy;
        }
        Err(problem) => {
            policy.unread.push(format!("its document is not known: {problem}"));
            return policy;
        }
    };
    let reading = read(&document);
    let both = || document.statements.iter().zip(&reading.statements);
    policy.statements = both()
        .enumerate()
        .map(|(index, (statement, read))| Said {
            number: index + 1,
            sid: statement.sid.clone(),
            denies: statement.effect == Effect::Deny,
            words: words::guardrail(statement, read),
        })
        .collect();
    policy.unread = document.notes.iter().map(|note| format!("not understood: {}", note.place)).collect();
    let denials = document.statements.iter().filter(|statement| statement.effect == Effect::Deny).count();
    let some = document.statements.iter().any(|statement| statement.effect == Effect::Allow);
    let all =
        both().any(|(statement, read)| statement.effect == Effect::Allow && read.is_full_admin() && !read.conditional);
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
    place: &Place,
    tree: &Tree,
    kinds: &[Kind],
    policies: &[Policy],
    management: Option<&str>,
) -> Vec<Inherited> {
    let of_kind = |(number, kind): (usize, &Kind)| {
        let own: Vec<usize> = (0..policies.len()).filter(|policy| policies[*policy].kind == kind.kind).collect();
        let mut missing: Vec<String> = kind.missing.iter().cloned().collect();
        if let Place::NotKnown(why) = place {
            missing.push(format!("the units around the account are not known: {why}"));
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
        let mut levels: Vec<Level> = tree
            .above(place)
            .into_iter()
            .map(|unit| &tree.units[unit])
            .map(|unit| at(&unit.id, &unit.name, if unit.parent.is_none() { "root" } else { "unit" }))
            .collect();
        levels.push(at(account.0, account.1, "account"));
        if state == Force::Exempt || state == Force::SwitchedOff {
            // What has no force here needs no list of what may be missing in it.
            missing.clear();
            levels.clear();
        }
        Inherited { kind: number, state, told, levels, missing }
    };
    kinds.iter().enumerate().map(of_kind).collect()
}

fn force(account: &str, kind: &Kind, management: Option<&str>) -> (Force, String) {
    let title = kind.title;
    match (kind.switch, management) {
        (_, Some(own)) if own == account => {
            (Force::Exempt, format!("The management account is not limited by {title}, wherever they are attached."))
        }
        (_, None) => (
            Force::NotKnown,
            format!("Which account is the management account, which {title} do not limit, is not known."),
        ),
        (Switch::Off, _) => (Force::SwitchedOff, kind.told.clone()),
        (Switch::NotKnown, _) => (Force::NotKnown, kind.told.clone()),
        (Switch::On, _) => (Force::InForce, kind.told.clone()),
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
