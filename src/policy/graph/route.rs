//! Reading the graph: the steps to an administrator, and who stands before a principal.

use super::{By, Graph, Next, WalkedAll};
use crate::policy::escalation::{Certainty, Evidence, Way};

/// The shortest way from a principal to an administrator; the plain one, if there is one.
#[derive(Clone, Debug)]
pub struct Route {
    /// Empty if the principal is an administrator itself.
    pub steps: Vec<Step>,
    /// No condition stands in its way, as far as these policies show.
    pub plain: bool,
    /// How certain it is: the least of its steps.
    pub certainty: Certainty,
}

/// One step: a principal becomes another, or an administrator.
#[derive(Clone, Debug)]
pub struct Step {
    pub from: String,
    /// `None` where it makes itself an administrator.
    pub to: Option<String>,
    pub how: How,
    /// Conditions may forbid it.
    pub conditional: bool,
    /// How certain the step is.
    pub certainty: Certainty,
    /// The statements of its own policies that it rests on.
    pub evidence: Vec<Evidence>,
    /// The place and Sid of the statement of the other's trust policy that lets it in.
    pub trust: Option<(usize, Option<String>)>,
    /// The session tags that the step sets, `key=value`; a key alone where any value will do.
    pub session_tags: Vec<String>,
    /// The permissions boundary, where it could not be read and may cap the step.
    pub boundary: Option<String>,
}

/// By what a step is done.
#[derive(Clone, Copy, Debug)]
pub enum How {
    /// It assumes the role.
    Assumes,
    /// It assumes the role with session tags, with which the session administers.
    AssumesTagged,
    /// By a way of the escalation table.
    By(&'static Way),
    /// It writes the policies of the principal that the route begins with, or of one that it becomes, by this action.
    Writes(&'static str),
}

impl Step {
    /// The step in words, ready to be a sentence's start; names as in the ARNs.
    pub fn words(&self) -> String {
        let name = |arn: &str| arn.splitn(6, ':').nth(5).unwrap_or(arn).to_owned();
        let from = name(&self.from);
        let means = match self.how {
            How::Assumes => "assumes it".to_owned(),
            How::AssumesTagged => {
                let role = self.to.as_deref().map(name).unwrap_or_default();
                let tags = self.session_tags.join(", ");
                return format!(
                    "{from} becomes {role} (assumes it with the session tag {tags}, which gives the session more)"
                );
            }
            How::By(way) => format!("{}: {}", way.id, way.says.trim_end_matches('.')),
            How::Writes(action) => {
                let whom = self.to.as_deref().map(name).unwrap_or_default();
                return format!("{from} makes {whom} an administrator ({action})");
            }
        };
        match &self.to {
            Some(to) => format!("{from} becomes {} ({means})", name(to)),
            None => format!("{from} makes itself an administrator ({means})"),
        }
    }
}

impl Graph<'_> {
    /// The way of a principal to an administrator; `None` if these policies open none.
    pub fn route(&self, arn: &str) -> Option<Route> {
        let mut at = *self.by_arn.get(arn)?;
        let mut reached = self.reached[at]?;
        let certainty = reached.certainty;
        let mut steps = Vec::with_capacity(reached.steps);
        loop {
            if let Next::Written { number } = reached.next {
                steps.extend(self.written_steps(number));
                break;
            }
            let Some(step) = self.step(at, reached.next) else { break };
            let to = match reached.next {
                Next::Edge { to, .. } | Next::Trusted { to, .. } => Some(to),
                Next::None | Next::Itself { .. } | Next::Tagged { .. } | Next::Written { .. } => None,
            };
            steps.push(step);
            let Some(to) = to else { break };
            at = to;
            reached = self.reached[at].expect("a step leads to the reached only");
        }
        Some(Route { steps, plain: certainty == Certainty::Unconditional, certainty })
    }

    /// How many steps a principal is from an administrator, and whether no condition stands between.
    pub fn distance(&self, arn: &str) -> Option<(usize, bool)> {
        let reached = self.reached[*self.by_arn.get(arn)?]?;
        Some((reached.steps, reached.certainty == Certainty::Unconditional))
    }

    /// Everyone who can become this principal in one step. Of several ways of one, the plain one.
    pub fn before(&self, arn: &str) -> Vec<Step> {
        let Some(&to) = self.by_arn.get(arn) else {
            return Vec::new();
        };
        let mut all = self.inbound(to, &mut WalkedAll::default(), Certainty::Conditional, false);
        all.sort_by_key(|(from, certainty, _)| (*from, std::cmp::Reverse(*certainty)));
        all.dedup_by_key(|(from, ..)| *from);
        all.into_iter().filter_map(|(from, _, next)| self.step(from, next)).collect()
    }

    /// Everyone who can become this principal in one step, as the places of their nodes and whether no
    /// condition stands between, and the first few in full. For accounts in which everyone can become everyone.
    pub fn some_before(&self, arn: &str, few: usize) -> (Vec<(usize, bool)>, Vec<Step>) {
        let Some(&to) = self.by_arn.get(arn) else {
            return (Vec::new(), Vec::new());
        };
        let mut all = self.inbound(to, &mut WalkedAll::default(), Certainty::Conditional, false);
        all.sort_by_key(|(from, certainty, _)| (*from, std::cmp::Reverse(*certainty)));
        all.dedup_by_key(|(from, ..)| *from);
        let steps = all.iter().take(few).filter_map(|(from, _, next)| self.step(*from, *next)).collect();
        (all.into_iter().map(|(from, certainty, _)| (from, certainty == Certainty::Unconditional)).collect(), steps)
    }

    pub(super) fn step(&self, from: usize, next: Next) -> Option<Step> {
        let node = &self.nodes[from];
        let mut step = Step {
            from: node.holder.arn.to_owned(),
            to: None,
            how: How::Assumes,
            conditional: false,
            certainty: Certainty::Unconditional,
            evidence: Vec::new(),
            trust: None,
            session_tags: Vec::new(),
            boundary: node.holder.boundary.filter(|_| node.around.boundary_unread).map(str::to_owned),
        };
        let by_path = |step: &mut Step, number: usize| {
            let path = &node.paths[number];
            step.how = How::By(path.way);
            step.evidence = path.needs.iter().filter_map(best).collect();
        };
        match next {
            Next::None | Next::Written { .. } => return None,
            Next::Tagged { to, set, statement, certainty } => {
                let tags = &self.nodes[to].tagged[set];
                step.how = How::AssumesTagged;
                step.to = Some(self.nodes[to].holder.arn.to_owned());
                step.certainty = certainty;
                step.session_tags = tags.iter().map(ToString::to_string).collect();
                step.evidence =
                    self.right_to_tag(from, to, tags).into_iter().flat_map(|right| right.evidence).collect();
                self.let_in(&mut step, to, Some(statement));
            }
            Next::Itself { path } => {
                by_path(&mut step, path);
                step.certainty = super::path_certainty(&node.paths[path]);
            }
            Next::Edge { edge, to, statement, certainty } => {
                let edge = &self.edges[edge];
                step.to = Some(self.nodes[to].holder.arn.to_owned());
                step.certainty = certainty;
                match &edge.by {
                    By::Path(number) => by_path(&mut step, *number),
                    By::Assume(evidence) => step.evidence = vec![evidence.clone()],
                }
                self.let_in(&mut step, to, statement);
            }
            Next::Trusted { to, statement, certainty } => {
                step.to = Some(self.nodes[to].holder.arn.to_owned());
                step.certainty = certainty;
                self.let_in(&mut step, to, Some(statement));
            }
        }
        step.conditional = step.certainty == Certainty::Conditional;
        Some(step)
    }

    fn let_in(&self, step: &mut Step, to: usize, statement: Option<usize>) {
        let Some(statement) = statement else { return };
        let entries = self.nodes[to].trust.map_or(&[][..], |trust| &trust.entries);
        let sid = entries.iter().find(|entry| entry.statement == statement).and_then(|entry| entry.sid.clone());
        step.trust = Some((statement, sid.filter(|sid| !sid.is_empty())));
    }
}

fn best(met: &crate::policy::escalation::Met) -> Option<Evidence> {
    met.by.iter().max_by_key(|usable| (usable.certainty, usable.grade)).map(|usable| usable.evidence.clone())
}
