//! Principals that can become a principal that writes their policies, and principals that can write another's policies
//! and become it. Both are equivalent to writing one's own policies.

use super::route::{How, Step};
use super::{Graph, Next, Reached, WalkedRights};
use crate::policy::escalation::{
    CHANGING_BOUNDARIES, Certainty, Change, FREEING, JOINING, NEW_VERSION, OLD_VERSION, Right, Usable,
    is_changed_by_aws_only, leaves_no_step, writing,
};
use std::collections::{BTreeMap, BTreeSet};

/// The steps from a principal to one that writes its policies, or whose policies it writes.
pub(super) struct Written {
    /// Each principal on the route with its next step.
    steps: Vec<(usize, Next)>,
    /// Whether the policies are written before the first step.
    first: bool,
    writer: usize,
    target: usize,
    right: Right,
}

/// Writers with the same rights over policies, and the statements that grant them.
struct Writers {
    all: Vec<(usize, Vec<Right>)>,
}

/// By principal: the next principal, the step, and its certainty.
type Onward = BTreeMap<usize, (usize, Next, Certainty)>;

/// A walk from one principal to another.
struct Walk {
    /// Each principal on the route with its next step.
    steps: Vec<(usize, Next)>,
    /// Its last principal.
    end: usize,
    /// The lowest certainty of its steps.
    certainty: Certainty,
}

/// The steps from a principal to the first one that meets `ends`; `None` if no walk does.
fn steps_to(from: usize, onward: &Onward, ends: impl Fn(usize) -> bool) -> Option<Walk> {
    let mut walk = Walk { steps: Vec::new(), end: from, certainty: Certainty::Unconditional };
    loop {
        let (to, next, own) = onward.get(&walk.end)?;
        walk.steps.push((walk.end, *next));
        walk.certainty = walk.certainty.min(*own);
        walk.end = *to;
        if ends(walk.end) {
            return Some(walk);
        }
    }
}

impl Graph<'_> {
    /// Finds such principals among those that do not reach an administrator yet. Returns whether it found any.
    pub(super) fn write(&mut self, least: Certainty) -> bool {
        let mut found = false;
        let mut mobile = None;
        for writers in self.writers(least) {
            // Most write policies of principals that do not exist or cannot become another.
            let mobile = mobile.get_or_insert_with(|| self.mobile());
            found |= self.write_and_become(&writers, least);
            let mut targets = self.writable(&writers, |at| mobile[at]);
            if targets.is_empty() {
                continue;
            }
            found |= self.write_back(&writers, &mut targets, least);
            // Rights with many holders are walked once. A writer whose own policies are written is found from another
            // writer.
            if writers.all.iter().any(|(writer, _)| targets.contains(writer)) {
                let all = writers.all.into_iter().rev().collect();
                found |= self.write_back(&Writers { all }, &mut targets, least);
            }
        }
        found
    }

    /// The principals that may write policies and do not reach an administrator, grouped by equal rights.
    fn writers(&self, least: Certainty) -> Vec<Writers> {
        let mut groups: BTreeMap<String, Writers> = BTreeMap::new();
        for (writer, node) in self.nodes.iter().enumerate() {
            if self.reached[writer].is_some() || node.is_service_linked() || !node.grants.touches("iam") {
                continue;
            }
            let mut rights = writing(&node.holder, node.grants, &node.around);
            rights.retain(|right| right.usable.certainty >= least);
            if rights.is_empty() {
                continue;
            }
            let same: Vec<_> =
                rights.iter().map(|one| (one.action, &one.policy, one.usable.certainty, &one.usable.reach)).collect();
            groups.entry(format!("{same:?}")).or_insert_with(|| Writers { all: Vec::new() }).all.push((writer, rights));
        }
        let mut groups: Vec<Writers> = groups.into_values().collect();
        groups.sort_by_key(|writers| writers.all[0].0);
        groups
    }

    /// For each principal, whether it can become any other.
    fn mobile(&self) -> Vec<bool> {
        let everyone = self.allowed_callers.iter().any(|allowed_callers| allowed_callers.everyone);
        let mut mobile = vec![everyone; self.nodes.len()];
        self.edges.iter().for_each(|edge| mobile[edge.from] = true);
        self.allowed_callers
            .iter()
            .flat_map(|allowed_callers| &allowed_callers.named)
            .for_each(|from| mobile[*from] = true);
        mobile
    }

    /// The principals whose policies the writers can write, among those that do not reach an administrator and meet
    /// `may`.
    fn writable(&self, writers: &Writers, may: impl Fn(usize) -> bool) -> BTreeSet<usize> {
        let Some((_, rights)) = writers.all.first() else { return BTreeSet::new() };
        let reaches = rights.iter().map(|right| &*right.usable.reach);
        // A group of administrators takes in any user.
        let is_joining = rights.iter().any(|right| right.action == JOINING && self.joins_administrators(&right.usable));
        // So does a group that leads to one, which is not the user's own yet.
        let is_joining = is_joining || rights.iter().any(|right| right.action == JOINING);
        let possible = if is_joining { None } else { self.by_own_arns.within(reaches) };
        let all = || (0..self.nodes.len()).collect();
        let possible: BTreeSet<usize> = possible.unwrap_or_else(all);
        let written = |at: &usize| may(*at) && self.reached[*at].is_none() && self.right_over(rights, *at).is_some();
        possible.into_iter().filter(written).collect()
    }

    /// The right that allows writing the policies of the principal or of one of its groups.
    fn right_over<'r>(&self, rights: &'r [Right], target: usize) -> Option<&'r Right> {
        let holder = &self.nodes[target].holder;
        let any = |usable: &Usable, arns: &[String]| arns.iter().any(|arn| usable.reach.matches(arn));
        rights.iter().find(|right| {
            let usable = &right.usable;
            match right.action {
                // A customer-managed policy can be changed even if only AWS can change the role that has it.
                NEW_VERSION => {
                    any(usable, holder.policies) || self.capping(target).is_some_and(|arn| usable.reach.matches(arn))
                }
                freeing if FREEING.contains(&freeing) => {
                    self.capping(target).is_some()
                        && usable.reach.matches(holder.arn)
                        && !is_changed_by_aws_only(holder.arn)
                }
                JOINING => {
                    holder.is_user() && (self.joins_administrators(usable) || self.changes(rights, right, target))
                }
                OLD_VERSION => {
                    let targets = self.nodes[target].around.targets;
                    let former =
                        |arn: &str| targets.and_then(|all| all.policy(arn)).is_some_and(|one| one.former_administrator);
                    self.capping(target).is_some_and(|arn| usable.reach.matches(arn) && former(arn))
                        || self.changes(rights, right, target)
                }
                _ if right.policy.is_some() || right.is_removal() => {
                    !is_changed_by_aws_only(holder.arn) && self.changes(rights, right, target)
                }
                _ => {
                    usable.reach.matches(holder.arn) && !is_changed_by_aws_only(holder.arn)
                        || any(usable, holder.groups)
                }
            }
        })
    }

    /// Whether the rights allow changes with which the principal administers, this right one of them.
    fn changes(&self, rights: &[Right], right: &Right, target: usize) -> bool {
        let arn = self.nodes[target].holder.arn;
        let known = self.nodes[target].around.targets.and_then(|targets| targets.principal(arn));
        let sets = known.map(|known| known.changes).unwrap_or_default();
        let may = |change: &Change| rights.iter().any(|right| right.makes(change));
        sets.iter().any(|set| set.iter().any(|change| right.makes(change)) && set.iter().all(may))
    }

    /// Whether the right reaches a group whose members administer.
    fn joins_administrators(&self, usable: &Usable) -> bool {
        self.administrating.iter().any(|group| usable.reach.matches(group))
    }

    /// The permissions boundary of a principal that would be an administrator without it.
    fn capping(&self, at: usize) -> Option<&str> {
        let node = &self.nodes[at];
        node.around.targets.and_then(|targets| targets.capping(node.holder.arn))
    }

    /// Finds the writers that can become a principal whose policies they write, walking backwards from those
    /// principals.
    fn write_and_become(&mut self, writers: &Writers, least: Certainty) -> bool {
        let targets = self.writable(writers, |_| true);
        let sources: BTreeMap<usize, &[Right]> = writers.all.iter().map(|(at, own)| (*at, own.as_slice())).collect();
        let mut onward = Onward::new();
        let mut level: Vec<usize> = targets.iter().copied().collect();
        let mut walked = WalkedRights::default();
        let mut found = false;
        while !level.is_empty() {
            let mut following = Vec::new();
            for to in level {
                for (from, certainty, next) in self.inbound(to, &mut walked, least, true) {
                    if onward.contains_key(&from) || self.reached[from].is_some() {
                        continue;
                    }
                    onward.insert(from, (to, next, certainty));
                    if let Some(rights) = sources.get(&from) {
                        found |= self.note_become(from, rights, &targets, &onward);
                    }
                    if !targets.contains(&from) {
                        following.push(from);
                    }
                }
            }
            level = following;
        }
        found
    }

    /// Records the steps from a writer to the first principal whose policies it writes.
    fn note_become(&mut self, writer: usize, rights: &[Right], targets: &BTreeSet<usize>, onward: &Onward) -> bool {
        let end = |at: usize| targets.contains(&at) && at != writer && !self.stays_capped(at, writer);
        let Some(Walk { steps, end: target, certainty: least }) = steps_to(writer, onward, end) else { return false };
        let Some(right) = self.right_over(rights, target).cloned() else { return false };
        let (number, count) = (self.written.len(), steps.len() + 1);
        let certainty = least.min(right.usable.certainty);
        self.written.push(Written { steps, first: true, writer, target, right });
        self.reached[writer] = Some(Reached { steps: count, certainty, next: Next::Written { number } });
        true
    }

    /// Whether the target stays limited: with any policy its boundary leaves it no step to another principal, and the
    /// writer cannot change boundaries.
    fn stays_capped(&self, target: usize, writer: usize) -> bool {
        let capped = self.nodes[target].grants.boundary().is_some_and(leaves_no_step);
        capped && CHANGING_BOUNDARIES.iter().all(|action| self.nodes[writer].grants.allows(action).is_empty())
    }

    /// Finds the targets that can become one of the writers, walking backwards from the writers, and removes them from
    /// the targets.
    fn write_back(&mut self, writers: &Writers, targets: &mut BTreeSet<usize>, least: Certainty) -> bool {
        let sources: BTreeMap<usize, &[Right]> = writers.all.iter().map(|(at, own)| (*at, own.as_slice())).collect();
        let mut onward = Onward::new();
        let mut level: Vec<usize> = writers.all.iter().map(|(at, _)| *at).collect();
        let mut walked = WalkedRights::default();
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

    /// Records the steps from a principal to the writer of its policies.
    fn note_written(&mut self, target: usize, sources: &BTreeMap<usize, &[Right]>, onward: &Onward) {
        let end = |at: usize| sources.contains_key(&at);
        let Some(Walk { steps, end: writer, certainty: least }) = steps_to(target, onward, end) else { return };
        let Some(right) = self.right_over(sources[&writer], target).cloned() else { return };
        let (number, count) = (self.written.len(), steps.len() + 1);
        let certainty = least.min(right.usable.certainty);
        self.written.push(Written { steps, first: false, writer, target, right });
        self.reached[target] = Some(Reached { steps: count, certainty, next: Next::Written { number } });
    }

    pub(super) fn written_steps(&self, number: usize) -> Vec<Step> {
        let written = &self.written[number];
        let mut steps: Vec<Step> = written.steps.iter().filter_map(|(at, next)| self.step(*at, *next)).collect();
        let write = Step {
            from: self.nodes[written.writer].holder.arn.to_owned(),
            to: Some(self.nodes[written.target].holder.arn.to_owned()),
            how: How::Writes(written.right.action),
            conditional: written.right.usable.certainty == Certainty::Conditional,
            certainty: written.right.usable.certainty,
            evidence: vec![written.right.usable.evidence.clone()],
            trust: None,
            session_tags: Vec::new(),
            boundary: None,
            by_change: written.right.policy.is_some(),
        };
        steps.insert(if written.first { 0 } else { steps.len() }, write);
        steps
    }
}
