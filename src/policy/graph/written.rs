//! Principals that become another one which writes their policies: two calls, as
//! good as writing one's own.

use super::route::{How, Step};
use super::{Graph, Next, Reached, WalkedAll};
use crate::policy::escalation::{Certainty, Usable, is_changed_by_aws_only, writing};
use std::collections::{BTreeMap, BTreeSet};

/// The steps of a principal to another one that writes its policies.
pub(super) struct Written {
    /// Each principal on the way with its next step; the writer is not among them.
    steps: Vec<(usize, Next)>,
    writer: usize,
    target: usize,
    action: &'static str,
    usable: Usable,
}

/// Writers with the same rights over policies, each with the statements that give them.
struct Writers {
    all: Vec<(usize, Vec<Right>)>,
}

/// An action that writes policies, and the statement that allows it.
type Right = (&'static str, Usable);

impl Graph<'_> {
    /// Finds such principals among those that do not reach an administrator yet; whether there was any.
    pub(super) fn write(&mut self, least: Certainty) -> bool {
        let mut found = false;
        let mut mobile = None;
        for writers in self.writers(least) {
            // Most write the policies of principals that are not there, or that become nobody.
            let mobile = mobile.get_or_insert_with(|| self.mobile());
            let mut targets = self.writable(&writers, mobile);
            if targets.is_empty() {
                continue;
            }
            found |= self.write_back(&writers, &mut targets, least);
            // Rights that many hold are walked once, from the first that they reach. A writer that is itself written
            // is found from another one.
            if writers.all.iter().any(|(writer, _)| targets.contains(writer)) {
                let all = writers.all.into_iter().rev().collect();
                found |= self.write_back(&Writers { all }, &mut targets, least);
            }
        }
        found
    }

    /// Who may write policies and does not reach an administrator, those with the same rights together.
    fn writers(&self, least: Certainty) -> Vec<Writers> {
        let mut groups: BTreeMap<String, Writers> = BTreeMap::new();
        for (writer, node) in self.nodes.iter().enumerate() {
            if self.reached[writer].is_some() || node.is_service_linked() || !node.grants.touches("iam") {
                continue;
            }
            let mut rights = writing(&node.holder, node.grants, &node.around);
            rights.retain(|(_, usable)| usable.certainty >= least);
            if rights.is_empty() {
                continue;
            }
            let same: Vec<_> = rights.iter().map(|(action, one)| (action, one.certainty, &one.reach)).collect();
            groups.entry(format!("{same:?}")).or_insert_with(|| Writers { all: Vec::new() }).all.push((writer, rights));
        }
        let mut groups: Vec<Writers> = groups.into_values().collect();
        groups.sort_by_key(|writers| writers.all[0].0);
        groups
    }

    /// Whether each principal may become another one at all.
    fn mobile(&self) -> Vec<bool> {
        let everyone = self.inlets.iter().any(|inlets| inlets.everyone);
        let mut mobile = vec![everyone; self.nodes.len()];
        self.edges.iter().for_each(|edge| mobile[edge.from] = true);
        self.inlets.iter().flat_map(|inlets| &inlets.named).for_each(|from| mobile[*from] = true);
        mobile
    }

    /// Principals whose policies the writers write, of those that do not reach an administrator and may become another.
    fn writable(&self, writers: &Writers, mobile: &[bool]) -> BTreeSet<usize> {
        let Some((_, rights)) = writers.all.first() else { return BTreeSet::new() };
        let reaches = rights.iter().map(|(_, usable)| &*usable.reach);
        let possible = self.by_own_arns.within(reaches);
        let all = || (0..self.nodes.len()).collect();
        let possible: BTreeSet<usize> = possible.unwrap_or_else(all);
        let written = |at: &usize| mobile[*at] && self.reached[*at].is_none() && self.right_over(rights, *at).is_some();
        possible.into_iter().filter(written).collect()
    }

    /// The right by which the policies of the principal, or of a group of it, are written.
    fn right_over<'r>(&self, rights: &'r [Right], target: usize) -> Option<&'r Right> {
        let holder = &self.nodes[target].holder;
        rights.iter().find(|(_, usable)| {
            usable.reach.matches(holder.arn) && !is_changed_by_aws_only(holder.arn)
                || holder.groups.iter().any(|group| usable.reach.matches(group))
        })
    }

    /// Finds which of the targets can become one of the writers, step by step from the writers back; those found are
    /// taken out of the targets.
    fn write_back(&mut self, writers: &Writers, targets: &mut BTreeSet<usize>, least: Certainty) -> bool {
        let sources: BTreeMap<usize, &[Right]> = writers.all.iter().map(|(at, own)| (*at, own.as_slice())).collect();
        let mut onward: BTreeMap<usize, (usize, Next, Certainty)> = BTreeMap::new();
        let mut level: Vec<usize> = writers.all.iter().map(|(at, _)| *at).collect();
        let mut walked = WalkedAll::default();
        let mut found = false;
        while !level.is_empty() && !targets.is_empty() {
            let mut following = Vec::new();
            for to in level {
                for (from, certainty, next) in self.inbound(to, &mut walked, least, true) {
                    if onward.contains_key(&from) || self.reached[from].is_some() {
                        continue;
                    }
                    onward.insert(from, (to, next, certainty));
                    if targets.contains(&from) {
                        targets.remove(&from);
                        found = true;
                        self.note_written(from, &sources, &onward);
                    }
                    if !sources.contains_key(&from) {
                        following.push(from);
                    }
                }
            }
            level = following;
        }
        found
    }

    /// Notes the steps from a principal to the writer of its policies.
    fn note_written(
        &mut self,
        target: usize,
        sources: &BTreeMap<usize, &[Right]>,
        onward: &BTreeMap<usize, (usize, Next, Certainty)>,
    ) {
        let (mut steps, mut at, mut least) = (Vec::new(), target, Certainty::Unconditional);
        let rights = loop {
            let Some((to, next, own)) = onward.get(&at) else { return };
            steps.push((at, *next));
            least = least.min(*own);
            at = *to;
            if let Some(rights) = sources.get(&at) {
                break *rights;
            }
        };
        let Some((action, usable)) = self.right_over(rights, target) else { return };
        let (number, count) = (self.written.len(), steps.len() + 1);
        let certainty = least.min(usable.certainty);
        self.written.push(Written { steps, writer: at, target, action, usable: usable.clone() });
        self.reached[target] = Some(Reached { steps: count, certainty, next: Next::Written { number } });
    }

    pub(super) fn written_steps(&self, number: usize) -> Vec<Step> {
        let written = &self.written[number];
        let mut steps: Vec<Step> = written.steps.iter().filter_map(|(at, next)| self.step(*at, *next)).collect();
        steps.push(Step {
            from: self.nodes[written.writer].holder.arn.to_owned(),
            to: Some(self.nodes[written.target].holder.arn.to_owned()),
            how: How::Writes(written.action),
            conditional: written.usable.certainty == Certainty::Conditional,
            certainty: written.usable.certainty,
            evidence: vec![written.usable.evidence.clone()],
            trust: None,
            session_tags: Vec::new(),
            boundary: None,
        });
        steps
    }
}
