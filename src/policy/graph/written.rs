//! Principals that become another one which writes their policies: two calls, as
//! good as writing one's own.

use super::route::{How, Step};
use super::{Graph, Next, Reached, WalkedAll};
use crate::policy::escalation::{Certainty, Usable, is_changed_by_aws_only, writing};
use std::collections::BTreeMap;

/// The steps of a principal to another one that writes its policies.
pub(super) struct Written {
    /// Each principal on the way with its next step; the writer is not among them.
    steps: Vec<(usize, Next)>,
    writer: usize,
    target: usize,
    action: &'static str,
    usable: Usable,
}

impl Graph<'_> {
    /// Finds such principals among those that do not reach an administrator yet; whether there was any.
    pub(super) fn write(&mut self, least: Certainty) -> bool {
        let mut found = false;
        for writer in 0..self.nodes.len() {
            let node = &self.nodes[writer];
            if self.reached[writer].is_some() || node.is_service_linked() || !node.grants.touches("iam") {
                continue;
            }
            let mut rights = writing(&node.holder, node.grants, &node.around);
            rights.retain(|(_, usable)| usable.certainty >= least);
            if !rights.is_empty() {
                found |= self.write_back(writer, &rights, least);
            }
        }
        found
    }

    /// Everyone who can become the writer, and whose policies it writes.
    fn write_back(&mut self, writer: usize, rights: &[(&'static str, Usable)], least: Certainty) -> bool {
        let mut onward: BTreeMap<usize, (usize, Next, Certainty)> = BTreeMap::new();
        let (mut level, mut walked) = (vec![writer], WalkedAll::default());
        let mut found = false;
        while !level.is_empty() {
            let mut following = Vec::new();
            for to in level {
                for (from, certainty, next) in self.inbound(to, &mut walked, least, true) {
                    if from != writer && !onward.contains_key(&from) && self.reached[from].is_none() {
                        onward.insert(from, (to, next, certainty));
                        following.push(from);
                    }
                }
            }
            for &target in &following {
                let holder = &self.nodes[target].holder;
                let reaches = |usable: &Usable| {
                    usable.reach.matches(holder.arn) && !is_changed_by_aws_only(holder.arn)
                        || holder.groups.iter().any(|group| usable.reach.matches(group))
                };
                let Some((action, usable)) = rights.iter().find(|(_, usable)| reaches(usable)) else { continue };
                let (mut steps, mut at, mut certainty) = (Vec::new(), target, usable.certainty);
                while let Some((to, next, own)) = onward.get(&at) {
                    steps.push((at, *next));
                    certainty = certainty.min(*own);
                    at = *to;
                }
                let number = self.written.len();
                let count = steps.len() + 1;
                self.written.push(Written { steps, writer, target, action, usable: usable.clone() });
                self.reached[target] = Some(Reached { steps: count, certainty, next: Next::Written { number } });
                found = true;
            }
            level = following;
        }
        found
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
