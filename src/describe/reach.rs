//! Who can become whom, as the account's own policies and trust policies show it.

use super::principals::Principal;
use super::sheet::{Reach, ReachStep};
use super::{Room, name_of};
use crate::policy::escalation::{self, Holder, Path};
use crate::policy::graph::{self, Graph, Node, Step};

/// Steps told in full; the rest is counted.
const FEW: usize = 20;

/// The reach of each principal, in their order; nothing for groups and for what is not known.
pub fn of(room: &Room<'_>, principals: &[Principal]) -> Vec<Vec<Reach>> {
    let places: Vec<usize> =
        (0..principals.len()).filter(|&at| principals[at].grants.is_some() && !principals[at].is_group()).collect();
    let customer = |principal: &Principal| -> Vec<String> {
        let managed = principal.held.iter().filter_map(|held| held.policy.clone());
        managed.filter(|arn| arn.split(':').nth(4) != Some("aws")).collect()
    };
    let policies: Vec<Vec<String>> = places.iter().map(|&at| customer(&principals[at])).collect();
    let holders: Vec<Holder<'_>> = places
        .iter()
        .zip(&policies)
        .map(|(&at, policies)| {
            let principal = &principals[at];
            let boundary = principal.boundary.as_deref();
            Holder { arn: &principal.arn, groups: &principal.groups, policies, boundary }
        })
        .collect();
    let grants = |at: usize| principals[at].grants.as_ref().expect("only those with grants are places");
    let paths: Vec<Vec<Path>> = places
        .iter()
        .zip(&holders)
        .map(|(&at, holder)| {
            let grants = grants(at);
            if grants.is_full_admin() { Vec::new() } else { escalation::paths(holder, &**grants) }
        })
        .collect();
    let nodes: Vec<Node<'_>> = places
        .iter()
        .zip(holders)
        .zip(&paths)
        .map(|((&at, holder), paths)| {
            let grants = grants(at);
            let first = |admin: &crate::policy::grants::FullAdmin| grants.statements[admin.statements[0]].place.clone();
            Node {
                holder,
                administrator: grants.full_admin.as_ref().map(first),
                grants: &**grants,
                paths,
                trust: principals[at].trusted.as_ref().map(|trusted| &trusted.trust),
            }
        })
        .collect();
    let groups: Vec<&str> = principals
        .iter()
        .filter(|it| it.is_group() && it.grants.as_ref().is_some_and(|grants| grants.is_full_admin()))
        .map(|it| it.arn.as_str())
        .collect();
    let graph = graph::build(&nodes, &groups);

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
    let mut reach: Vec<Vec<Reach>> = principals.iter().map(|_| Vec::new()).collect();
    for (number, ((&at, node), (count, steps))) in places.iter().zip(&nodes).zip(inward).enumerate() {
        let (forward, few) = &onward[number];
        let targets: Vec<&str> = few.iter().map(|&to| nodes[to].holder.arn).collect();
        reach[at] = vec![
            before(room, count, &steps),
            after(room, *forward, &targets, node.administrator.is_some()),
            to_administrator(room, &graph, node),
        ];
    }
    reach
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
