//! Who can become whom, as the account's own policies and trust policies show it.

use super::principals::Principal;
use super::sheet::{Reach, ReachStep};
use super::{Room, name_of};
use crate::policy::escalation::{Grade, Path};
use crate::policy::graph::{Graph, Node, Step};
use std::collections::BTreeMap;

/// Steps told in full; the rest is counted.
const FEW: usize = 20;

/// The reach of each principal, in their order; nothing for groups and for what is not known.
pub fn of(room: &Room<'_>, principals: &[Principal]) -> Vec<Vec<Reach>> {
    room.account.analysis.with_graph(|graph, nodes| by_graph(room, principals, graph, nodes))
}

fn by_graph(room: &Room<'_>, principals: &[Principal], graph: &Graph<'_>, nodes: &[Node<'_>]) -> Vec<Vec<Reach>> {
    let mut onward: Vec<(usize, Vec<usize>)> = vec![(0, Vec::new()); nodes.len()];
    let mut inward = Vec::with_capacity(nodes.len());
    for (to, node) in nodes.iter().enumerate() {
        let (all, steps) = graph.some_before(node.holder.arn, FEW);
        for (from, _) in &all {
            let (count, few) = &mut onward[*from];
            *count += 1;
            if few.len() < FEW {
                few.push(to);
            }
        }
        inward.push((all.len(), steps));
    }
    let mut told: BTreeMap<&str, Vec<Reach>> = BTreeMap::new();
    for (number, (node, (count, steps))) in nodes.iter().zip(inward).enumerate() {
        let (forward, few) = &onward[number];
        let targets: Vec<&str> = few.iter().map(|&to| nodes[to].holder.arn).collect();
        let reach = vec![
            before(room, count, &steps),
            after(room, *forward, &targets, node.administrator.is_some()),
            to_administrator(room, graph, node),
            ways(node),
        ];
        told.insert(node.holder.arn, reach);
    }
    let known =
        principals.iter().map(|principal| principal.grants.as_ref().and_then(|_| told.remove(principal.arn.as_str())));
    known.map(Option::unwrap_or_default).collect()
}

fn before(room: &Room<'_>, count: usize, steps: &[Step]) -> Reach {
    let sentence = match count {
        0 => "No user or role of the account, administrators aside.".to_owned(),
        1 => "One user or role of the account, administrators aside:".to_owned(),
        _ if count > steps.len() => {
            format!("{count} users and roles of the account, administrators aside; the first {}:", steps.len())
        }
        _ => format!("{count} users and roles of the account, administrators aside:"),
    };
    let steps = steps.iter().map(|step| told(step, room.file(&step.from))).collect();
    Reach { title: "Who in the account can become it", sentence, steps }
}

fn after(room: &Room<'_>, count: usize, targets: &[&str], administrator: bool) -> Reach {
    let sentence = if administrator {
        "An administrator can become every user and role of the account.".to_owned()
    } else {
        match count {
            0 => "No other user or role, by these policies.".to_owned(),
            1 => "One other user or role in one step:".to_owned(),
            _ if count > targets.len() => {
                format!("{count} other users and roles in one step; the first {}:", targets.len())
            }
            _ => format!("{count} other users and roles in one step:"),
        }
    };
    let step = |arn: &&str| {
        let words = arn.splitn(6, ':').nth(5).unwrap_or(arn).to_owned();
        ReachStep { words, file: room.file(arn), evidence: String::new() }
    };
    Reach { title: "Whom it can become", sentence, steps: targets.iter().map(step).collect() }
}

fn to_administrator(room: &Room<'_>, graph: &Graph<'_>, node: &Node<'_>) -> Reach {
    let title = "Its way to an administrator";
    if node.administrator.is_some() {
        return Reach { title, sentence: "It is an administrator.".to_owned(), steps: Vec::new() };
    }
    let Some(route) = graph.route(node.holder.arn) else {
        let sentence = "None that these policies show.".to_owned();
        return Reach { title, sentence, steps: Vec::new() };
    };
    let count = if route.steps.len() == 1 { "One step".to_owned() } else { format!("{} steps", route.steps.len()) };
    let plain = if route.plain { "no condition stands in its way" } else { "conditions may forbid it" };
    let steps =
        route.steps.iter().map(|step| told(step, step.to.as_deref().map_or_else(String::new, |to| room.file(to))));
    Reach { title, sentence: format!("{count}; {plain}, as far as these policies show."), steps: steps.collect() }
}

/// Every known way by which it can give itself more, with what it rests on; also those that something limits.
fn ways(node: &Node<'_>) -> Reach {
    let title = "Ways to give itself more than it was given";
    let sentence = match node.paths.len() {
        _ if node.administrator.is_some() => "All of them are open to an administrator.".to_owned(),
        0 => "None in the table of known ways.".to_owned(),
        1 => "One in the table of known ways:".to_owned(),
        many => format!("{many} in the table of known ways:"),
    };
    let step = |path: &Path| {
        let limit = match path.grade {
            Grade::Unrestricted => "",
            Grade::ResourceScoped => " Only on some resources.",
            Grade::ConditionScoped => " Only under conditions.",
            Grade::Dependent => " It gains by it only where there is something privileged that IAM does not show.",
        };
        let usable = path.needs.iter().flat_map(|met| &met.by);
        let mut evidence: Vec<String> = usable.map(|usable| usable.evidence.to_string()).collect();
        evidence.sort();
        evidence.dedup();
        let more = evidence.len().saturating_sub(FEW);
        evidence.truncate(FEW);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let cap = path
            .boundary
            .as_ref()
            .map(|boundary| format!(" The permissions boundary {} may cap it.", name_of(boundary)));
        ReachStep {
            words: format!("{} ({})", path.way.says.trim_end_matches('.'), path.way.id),
            file: String::new(),
            evidence: format!("By {}{more}.{limit}{}", evidence.join("; "), cap.unwrap_or_default()),
        }
    };
    Reach { title, sentence, steps: node.paths.iter().map(step).collect() }
}

fn told(step: &Step, file: String) -> ReachStep {
    let mut evidence: Vec<String> = step.evidence.iter().map(ToString::to_string).collect();
    if let (Some((statement, sid)), Some(to)) = (&step.trust, &step.to) {
        let sid = sid.as_ref().map(|sid| format!(" ({sid})")).unwrap_or_default();
        evidence.push(format!("statement {} of the trust policy of {}{sid}", statement + 1, name_of(to)));
    }
    let mut text = if evidence.is_empty() { String::new() } else { format!("By {}.", evidence.join("; ")) };
    if step.conditional {
        text.push_str(" Conditions may forbid it.");
    }
    if let Some(boundary) = &step.boundary {
        text.push_str(&format!(" The permissions boundary {} may cap it.", name_of(boundary)));
    }
    ReachStep { words: step.words(), file, evidence: text.trim_start().to_owned() }
}
