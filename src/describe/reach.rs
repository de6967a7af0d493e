//! Who can act as whom, as the account's own policies and trust policies show it.

use super::Room;
use super::principals::Principal;
use super::sheet::{Reach, ReachStep};
use crate::arn::name_of;
use crate::policy::escalation::{AccountContext, Certainty, Grade, Grants, Holder, Path, paths_among};
use crate::policy::grants;
use crate::policy::graph::{Graph, How, Node, Step};
use crate::policy::trust::{ManagedByAws, managed_by_aws};
use std::collections::BTreeMap;

/// Principals it can act as that are shown; the rest is counted.
const FEW: usize = 20;
/// Steps towards a principal that are read; those by the same permission share a line.
const STEPS: usize = 60;
/// Names on one line.
const NAMES: usize = 12;
/// Statements behind a path that are shown.
const STATEMENTS: usize = 20;

/// The reach of each principal, in their order; nothing for what is not known.
pub fn of(room: &Room<'_>, principals: &[Principal]) -> Vec<Vec<Reach>> {
    room.account.analysis.with_graph(|graph, nodes| by_graph(room, principals, graph, nodes))
}

fn by_graph(room: &Room<'_>, principals: &[Principal], graph: &Graph<'_>, nodes: &[Node<'_>]) -> Vec<Vec<Reach>> {
    let mut onward: Vec<(usize, Vec<usize>)> = vec![(0, Vec::new()); nodes.len()];
    let mut inward = Vec::with_capacity(nodes.len());
    for (to, node) in nodes.iter().enumerate() {
        let (mut all, mut steps) = graph.some_before(node.holder.arn, STEPS);
        // Only a service can act as its own role: nobody can make use of such a role's permissions.
        all.retain(|(from, _)| !is_of_a_service(nodes[*from].holder.arn));
        steps.retain(|step| !is_of_a_service(&step.from));
        for (from, _) in &all {
            let (count, few) = &mut onward[*from];
            *count += 1;
            if few.len() < FEW {
                few.push(to);
            }
        }
        inward.push((all.len(), steps));
    }
    let mut made: BTreeMap<&str, Vec<Reach>> = BTreeMap::new();
    for (number, (node, (count, steps))) in nodes.iter().zip(inward).enumerate() {
        let (forward, few) = &onward[number];
        let targets: Vec<&str> = few.iter().map(|&to| nodes[to].holder.arn).collect();
        let reach = vec![
            before(room, count, &steps),
            after(room, *forward, &targets, node.administrator.is_some()),
            to_administrator(room, graph, node),
            escalation(node),
        ];
        made.insert(node.holder.arn, reach);
    }
    let of = |principal: &Principal| {
        let grants = principal.grants.as_ref()?;
        if principal.kind == super::SheetKind::Group {
            let policies = principal.held.iter().filter_map(|held| held.policy.clone()).filter(|arn| !is_of_aws(arn));
            let member =
                Someone { kinds: &["user"], groups: vec![principal.arn.clone()], policies: policies.collect() };
            return Some(would_escalate(room, grants, "A member of the group", &member).into_iter().collect());
        }
        made.remove(principal.arn.as_str())
    };
    principals.iter().map(of).map(Option::unwrap_or_default).collect()
}

fn is_of_a_service(arn: &str) -> bool {
    matches!(managed_by_aws(&super::principals::path_of(arn)), Some(ManagedByAws::ServiceLinked))
}

fn before(room: &Room<'_>, count: usize, steps: &[Step]) -> Reach {
    let sentence = match count {
        0 => "No user or role of the account, apart from administrators.".to_owned(),
        1 => "One user or role of the account, apart from administrators:".to_owned(),
        _ if count > steps.len() => {
            format!("{count} users and roles of the account, apart from administrators; the first {}:", steps.len())
        }
        _ => format!("{count} users and roles of the account, apart from administrators:"),
    };
    Reach { title: "Principals that can act as it", sentence, steps: by_permission(room, steps) }
}

/// One line for all who can do it by the same permission.
fn by_permission(room: &Room<'_>, steps: &[Step]) -> Vec<ReachStep> {
    let means = |step: &Step| match step.how {
        How::Assumes | How::AssumesTagged => "",
        How::By(way) => way.id.as_str(),
        How::Writes(action) => action,
    };
    let mut lines: Vec<(Vec<&Step>, String)> = Vec::new();
    for step in steps {
        let evidence = evidence(step);
        match lines.iter_mut().find(|(line, by)| means(line[0]) == means(step) && *by == evidence) {
            Some((line, _)) => line.push(step),
            None => lines.push((vec![step], evidence)),
        }
    }
    let line = |(line, evidence): (Vec<&Step>, String)| match line.as_slice() {
        [one] => ReachStep { words: one.text(), file: room.file(&one.from), evidence, link: link(one) },
        several => ReachStep { words: together(several), file: String::new(), evidence, link: link(several[0]) },
    };
    lines.into_iter().map(line).collect()
}

/// `16 users can act as it (iam-012: Rewrites its trust policy): anna, ben …`
fn together(steps: &[&Step]) -> String {
    let roles = steps.iter().filter(|step| step.from.contains(":role/")).count();
    let who = match roles {
        0 => "users",
        all if all == steps.len() => "roles",
        _ => "users and roles",
    };
    let means = match steps[0].how {
        How::Assumes | How::AssumesTagged => "assume it".to_owned(),
        How::By(way) => format!("{}: {}", way.id, way.says.trim_end_matches('.')),
        How::Writes(action) => action.to_owned(),
    };
    let names: Vec<&str> = steps.iter().map(|step| name_of(&step.from)).collect();
    format!("{} {who} can act as it ({means}): {}", steps.len(), super::some_names(&names, NAMES))
}

fn after(room: &Room<'_>, count: usize, targets: &[&str], administrator: bool) -> Reach {
    let title = "Principals it can act as";
    if administrator {
        let sentence = "An administrator can act as every user and role of the account.".to_owned();
        return Reach { title, sentence, steps: Vec::new() };
    }
    let sentence = match count {
        0 => "No other user or role, by these policies.".to_owned(),
        1 => "One other user or role in one step:".to_owned(),
        _ if count > targets.len() => {
            format!("{count} other users and roles in one step; the first {}:", targets.len())
        }
        _ => format!("{count} other users and roles in one step:"),
    };
    let step = |arn: &&str| {
        let words = arn.splitn(6, ':').nth(5).unwrap_or(arn).to_owned();
        ReachStep { words, file: room.file(arn), evidence: String::new(), link: String::new() }
    };
    Reach { title, sentence, steps: targets.iter().map(step).collect() }
}

fn to_administrator(room: &Room<'_>, graph: &Graph<'_>, node: &Node<'_>) -> Reach {
    let title = "Path to administrator";
    if node.administrator.is_some() {
        return Reach { title, sentence: "Not applicable: it is an administrator.".to_owned(), steps: Vec::new() };
    }
    let Some(route) = graph.route(node.holder.arn) else {
        let of_service = is_of_a_service(node.holder.arn);
        let sentence = if of_service { OF_A_SERVICE } else { "None that these policies show." }.to_owned();
        return Reach { title, sentence, steps: Vec::new() };
    };
    let count = if route.steps.len() == 1 { "One step".to_owned() } else { format!("{} steps", route.steps.len()) };
    let plain = match route.certainty {
        Certainty::Unconditional => "no condition prevents it",
        Certainty::WithMfa => "it needs a sign-in with MFA",
        Certainty::Conditional => "conditions may prevent it",
    };
    let steps = route.steps.iter().map(|step| ReachStep {
        words: step.text(),
        file: step.to.as_deref().map_or_else(String::new, |to| room.file(to)),
        evidence: evidence(step),
        link: link(step),
    });
    Reach { title, sentence: format!("{count}; {plain}, as far as these policies show."), steps: steps.collect() }
}

const ESCALATION: &str = "Privilege escalation paths";
const OF_A_SERVICE: &str = "None: only its AWS service can use a service-linked role.";

/// Every known path by which it can escalate, with what it rests on; also those that something limits.
fn escalation(node: &Node<'_>) -> Reach {
    let sentence = match node.paths.len() {
        _ if node.administrator.is_some() => "Not applicable: it is an administrator.".to_owned(),
        _ if is_of_a_service(node.holder.arn) => OF_A_SERVICE.to_owned(),
        0 => "None in the table of known paths.".to_owned(),
        1 => "One in the table of known paths:".to_owned(),
        many => format!("{many} in the table of known paths:"),
    };
    Reach { title: ESCALATION, sentence, steps: node.paths.iter().map(path_step).collect() }
}

/// A user or role that is not one in particular, with what it is known to have.
pub struct Someone<'a> {
    /// `user`, `role`.
    pub kinds: &'a [&'a str],
    /// ARNs of its groups.
    pub groups: Vec<String>,
    /// ARNs of its customer managed policies.
    pub policies: Vec<String>,
}

/// A policy of AWS's own.
fn is_of_aws(arn: &str) -> bool {
    arn.split(':').nth(4) == Some("aws")
}

/// What somebody could do by these grants alone, for pages of policies and groups, which may have no holder; none where
/// they open no path. A condition on who asks is not decided: somebody may meet it.
pub fn would_escalate(room: &Room<'_>, grants: &grants::Grants, who: &str, someone: &Someone<'_>) -> Option<Reach> {
    if grants.is_full_admin() {
        return None;
    }
    let around = AccountContext { anyone: true, ..AccountContext::default() };
    let mut found: BTreeMap<&str, Path> = BTreeMap::new();
    for kind in someone.kinds {
        let arn = format!("arn:{}:iam::{}:{kind}/holder", room.account.partition, room.account.id);
        let (groups, policies) = (&someone.groups[..], &someone.policies[..]);
        let holder = Holder { arn: &arn, groups, policies, boundary: None, tags: &[] };
        for path in paths_among(&holder, grants as &dyn Grants, &around) {
            found.entry(path.way.id.as_str()).or_insert(path);
        }
    }
    if found.is_empty() {
        return None;
    }
    let count = if found.len() == 1 { "one known path".to_owned() } else { format!("{} known paths", found.len()) };
    let sentence = format!("{who} could escalate by {count}, by these permissions alone:");
    Some(Reach { title: ESCALATION, sentence, steps: found.values().map(path_step).collect() })
}

fn path_step(path: &Path) -> ReachStep {
    let limit = match path.grade {
        Grade::Unrestricted if path.certainty == Certainty::WithMfa => " Only with MFA.",
        Grade::Unrestricted => "",
        Grade::ResourceScoped if path.lacks_trust => {
            " One of the resources is an administrator, whose trust policy does not let it in now."
        }
        Grade::ResourceScoped if path.administrator.is_some() => {
            " Only on some resources; one of them is an administrator."
        }
        Grade::ResourceScoped => " Only on some resources.",
        Grade::ConditionScoped => " Only under conditions.",
        Grade::Dependent => " Escalates only if such a resource has a privileged role; IAM data does not show that.",
    };
    let usable = path.needs.iter().flat_map(|met| &met.by);
    let mut evidence: Vec<String> = usable.map(|usable| usable.evidence.to_string()).collect();
    evidence.sort();
    evidence.dedup();
    let more = evidence.len().saturating_sub(STATEMENTS);
    evidence.truncate(STATEMENTS);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let cap = path
        .boundary
        .as_ref()
        .map(|boundary| format!(" The permissions boundary {} could not be read and may cap it.", name_of(boundary)));
    ReachStep {
        words: format!("{} ({})", path.way.says.trim_end_matches('.'), path.way.id),
        file: String::new(),
        evidence: format!("By {}{more}.{limit}{}", evidence.join("; "), cap.unwrap_or_default()),
        link: path.way.link().unwrap_or_default(),
    }
}

/// Where the public catalogue describes how the step is made.
fn link(step: &Step) -> String {
    match step.how {
        How::By(way) => way.link().unwrap_or_default(),
        _ => String::new(),
    }
}

/// The statements that a step rests on, and what may prevent it.
fn evidence(step: &Step) -> String {
    let mut evidence: Vec<String> = step.evidence.iter().map(ToString::to_string).collect();
    if let (Some((statement, sid)), Some(to)) = (&step.trust, &step.to) {
        let sid = sid.as_ref().map(|sid| format!(" ({sid})")).unwrap_or_default();
        evidence.push(format!("statement {} of the trust policy of {}{sid}", statement + 1, name_of(to)));
    }
    evidence.dedup();
    let mut text = if evidence.is_empty() { String::new() } else { format!("By {}.", evidence.join("; ")) };
    match step.certainty {
        Certainty::Unconditional => {}
        Certainty::WithMfa => text.push_str(" Only with MFA."),
        Certainty::Conditional => text.push_str(" Conditions may prevent it."),
    }
    if let Some(boundary) = &step.boundary {
        text.push_str(&format!(" The permissions boundary {} could not be read and may cap it.", name_of(boundary)));
    }
    text.trim_start().to_owned()
}
