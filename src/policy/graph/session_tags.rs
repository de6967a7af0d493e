//! Principals that can assume a role with session tags that make the session an administrator.

use super::{Graph, Next, Reached};
use crate::policy::escalation::{Certainty, Evidence, On, assuming_with_tags, limits};
use crate::policy::session_tags::Tag;
use crate::policy::trust::admission::admissions_to;

/// The right of a principal to assume a role with session tags.
pub(super) struct RightToTag {
    pub certainty: Certainty,
    /// The statement of the trust policy that admits it.
    pub statement: usize,
    /// The statements of its own policies that it needs.
    pub evidence: Vec<Evidence>,
}

impl Graph<'_> {
    /// The role that the principal can assume with tags, at this certainty.
    pub(super) fn by_session_tags(&self, from: usize, least: Certainty) -> Option<Reached> {
        if self.nodes[from].is_service_linked() {
            return None;
        }
        let sets = self
            .tagged
            .iter()
            .flat_map(|&to| self.nodes[to].tagged.iter().enumerate().map(move |(set, tags)| (to, set, tags)));
        let mut best: Option<Reached> = None;
        for (to, set, tags) in sets {
            let Some(right) = self.right_to_tag(from, to, tags).filter(|right| right.certainty >= least) else {
                continue;
            };
            if best.is_none_or(|best| best.certainty < right.certainty) {
                let (statement, certainty) = (right.statement, right.certainty);
                best = Some(Reached { steps: 1, certainty, next: Next::Tagged { to, set, statement, certainty } });
            }
        }
        best
    }

    /// Both calls must be allowed: assuming the role, and setting the tags of the session.
    pub(super) fn right_to_tag(&self, from: usize, to: usize, tags: &[Tag]) -> Option<RightToTag> {
        let assume = self.allowed(from, to, "sts:AssumeRole", tags)?;
        let tag = self.allowed(from, to, "sts:TagSession", tags)?;
        let mut evidence = assume.evidence;
        evidence.extend(tag.evidence);
        evidence.dedup();
        Some(RightToTag { certainty: assume.certainty.min(tag.certainty), statement: assume.statement, evidence })
    }

    fn allowed(&self, from: usize, to: usize, action: &'static str, tags: &[Tag]) -> Option<RightToTag> {
        let (node, role) = (&self.nodes[from], &self.nodes[to]);
        let arn = role.holder.arn;
        let admissions = admissions_to(role.document?, &self.requester(from), action, tags);
        // A principal named by the trust policy needs no permission, but its denials and boundary still apply.
        let named = admissions.named.and_then(|admission| {
            let left = limits(&node.holder, node.grants, &node.around, action, On::Role).leave(arn)?;
            let certainty = left.min(Certainty::of_met(admission.met)?);
            Some(RightToTag { certainty, statement: admission.statement, evidence: Vec::new() })
        });
        let through_account = admissions.through_account.and_then(|admission| {
            let usable = assuming_with_tags(&node.holder, node.grants, &node.around, action, tags);
            let best = usable.into_iter().filter(|usable| usable.reach.matches(arn)).max_by_key(|one| one.certainty)?;
            let certainty = best.certainty.min(Certainty::of_met(admission.met)?);
            Some(RightToTag { certainty, statement: admission.statement, evidence: vec![best.evidence] })
        });
        [named, through_account].into_iter().flatten().max_by_key(|right| right.certainty)
    }
}
