//! Queries on the graph: the steps to an administrator, and the principals one step before another.

use super::{EdgeKind, Graph, Next, WalkedRights};
use crate::policy::escalation::{Certainty, Evidence, KnownPath, NEW_VERSION};

/// The shortest route from a principal to an administrator; an unconditional one, if it exists.
#[derive(Clone, Debug)]
pub struct Route {
    /// Empty if the principal is an administrator itself.
    pub steps: Vec<Step>,
    /// No condition limits it, as far as these policies show.
    pub plain: bool,
    /// The lowest certainty of its steps.
    pub certainty: Certainty,
}

/// One step: a principal becomes another, or an administrator.
#[derive(Clone, Debug)]
pub struct Step {
    pub from: String,
    /// `None` if it makes itself an administrator.
    pub to: Option<String>,
    pub how: How,
    /// Conditions may prevent it.
    pub conditional: bool,
    /// The certainty of the step.
    pub certainty: Certainty,
    /// The statements of the principal's own policies that allow it.
    pub evidence: Vec<Evidence>,
    /// The index and Sid of the trust policy's statement that admits it.
    pub trust: Option<(usize, Option<String>)>,
    /// The session tags that the step sets, `key=value`; a key alone if any value works.
    pub session_tags: Vec<String>,
    /// The permissions boundary, if it could not be read and may prevent the step.
    pub boundary: Option<String>,
    /// It gives the other principal a certain policy, or takes one away.
    pub by_change: bool,
}

/// How a step is made.
#[derive(Clone, Copy, Debug)]
pub enum How {
    /// It assumes the role.
    Assumes,
    /// It assumes the role with session tags that make the session an administrator.
    AssumesTagged,
    /// By an escalation path of the table.
    By(&'static KnownPath),
    /// It writes the policies of the route's first principal, or of one that it becomes, with this action.
    Writes(&'static str),
}

impl Step {
    /// The step in words, for the start of a sentence; names as in the ARNs.
    pub fn text(&self) -> String {
        let name = |arn: &str| arn.splitn(6, ':').nth(5).unwrap_or(arn).to_owned();
        let from = name(&self.from);
        let means = match self.how {
            How::Assumes => "assumes it".to_owned(),
            How::AssumesTagged => {
                let role = self.to.as_deref().map(name).unwrap_or_default();
                let tags = self.session_tags.join(", ");
                return format!(
                    "{from} becomes {role} (assumes it with the session tag {tags}, which makes the session an administrator)"
                );
            }
            How::By(way) => format!("{}: {}", way.id, way.says.trim_end_matches('.')),
            How::Writes(action) => {
                let whom = self.to.as_deref().map(name).unwrap_or_default();
                let writes = action.starts_with("iam:Put") && action.ends_with("Policy") || action == NEW_VERSION;
                if !(writes || action.starts_with("iam:Attach") && !self.by_change) {
                    return format!("{from} lets {whom} administer the account ({action})");
                }
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
    /// The route of a principal to an administrator; `None` if these policies allow none.
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

    /// The number of steps to an administrator, and whether the route is unconditional.
    pub fn distance(&self, arn: &str) -> Option<(usize, bool)> {
        let reached = self.reached[*self.by_arn.get(arn)?]?;
        Some((reached.steps, reached.certainty == Certainty::Unconditional))
    }

    /// The principals that can become this one in one step, each by an unconditional step if it has one.
    pub fn before(&self, arn: &str) -> Vec<Step> {
        let Some(&to) = self.by_arn.get(arn) else {
            return Vec::new();
        };
        let mut all = self.inbound(to, &mut WalkedRights::default(), Certainty::Conditional, false);
        all.sort_by_key(|(from, certainty, _)| (*from, std::cmp::Reverse(*certainty)));
        all.dedup_by_key(|(from, ..)| *from);
        all.into_iter().filter_map(|(from, _, next)| self.step(from, next)).collect()
    }

    /// The principals that can become this one in one step: all as node index and whether the step is unconditional,
    /// and the first few in full. For accounts in which every principal can become every other.
    pub fn some_before(&self, arn: &str, few: usize) -> (Vec<(usize, bool)>, Vec<Step>) {
        let Some(&to) = self.by_arn.get(arn) else {
            return (Vec::new(), Vec::new());
        };
        let mut all = self.inbound(to, &mut WalkedRights::default(), Certainty::Conditional, false);
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
            by_change: false,
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
                    EdgeKind::Path(number) => by_path(&mut step, *number),
                    EdgeKind::Assume(evidence) => step.evidence = vec![evidence.clone()],
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
