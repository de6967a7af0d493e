//! Reading the graph: the steps to an administrator, and who stands before a principal.

use super::{By, Graph, Next, WalkedAll};
use crate::policy::escalation::{Evidence, Way};

/// The shortest way from a principal to an administrator; the plain one, if there is one.
#[derive(Clone, Debug)]
pub struct Route {
    /// Empty if the principal is an administrator itself.
    pub steps: Vec<Step>,
    /// No condition stands in its way, as far as these policies show.
    pub plain: bool,
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
    /// The statements of its own policies that it rests on.
    pub evidence: Vec<Evidence>,
    /// The place and Sid of the statement of the other's trust policy that lets it in.
    pub trust: Option<(usize, Option<String>)>,
    /// The permissions boundary that may cap it.
    pub boundary: Option<String>,
}

/// By what a step is done.
#[derive(Clone, Copy, Debug)]
pub enum How {
    /// It assumes the role.
    Assumes,
    /// By a way of the escalation table.
    By(&'static Way),
}

impl Step {
    /// The step in words, ready to be a sentence's start; names as in the ARNs.
    pub fn words(&self) -> String {
        let name = |arn: &str| arn.splitn(6, ':').nth(5).unwrap_or(arn).to_owned();
        let from = name(&self.from);
        let means = match self.how {
            How::Assumes => "assumes it".to_owned(),
            How::By(way) => format!("{}: {}", way.id, way.says.trim_end_matches('.')),
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
        let plain = reached.plain;
        let mut steps = Vec::with_capacity(reached.steps);
        while let Some(step) = self.step(at, reached.next) {
            let to = match reached.next {
                Next::Edge { to, .. } | Next::Trusted { to, .. } => Some(to),
                Next::None | Next::Itself { .. } => None,
            };
            steps.push(step);
            let Some(to) = to else { break };
            at = to;
            reached = self.reached[at].expect("a step leads to the reached only");
        }
        Some(Route { steps, plain })
    }

    /// How many steps a principal is from an administrator, and whether no condition stands between.
    pub fn distance(&self, arn: &str) -> Option<(usize, bool)> {
        let reached = self.reached[*self.by_arn.get(arn)?]?;
        Some((reached.steps, reached.plain))
    }

    /// Everyone who can become this principal in one step. Of several ways of one, the plain one.
    pub fn before(&self, arn: &str) -> Vec<Step> {
        let Some(&to) = self.by_arn.get(arn) else {
            return Vec::new();
        };
        let mut all = self.inbound(to, &mut WalkedAll::default(), false);
        all.sort_by_key(|(from, plain, _)| (*from, !plain));
        all.dedup_by_key(|(from, ..)| *from);
        all.into_iter().filter_map(|(from, _, next)| self.step(from, next)).collect()
    }

    /// Everyone who can become this principal in one step, as the places of their nodes and whether no
    /// condition stands between, and the first few in full. For accounts in which everyone can become everyone.
    pub fn some_before(&self, arn: &str, few: usize) -> (Vec<(usize, bool)>, Vec<Step>) {
        let Some(&to) = self.by_arn.get(arn) else {
            return (Vec::new(), Vec::new());
        };
        let mut all = self.inbound(to, &mut WalkedAll::default(), false);
        all.sort_by_key(|(from, plain, _)| (*from, !plain));
        all.dedup_by_key(|(from, ..)| *from);
        let steps = all.iter().take(few).filter_map(|(from, _, next)| self.step(*from, *next)).collect();
        (all.into_iter().map(|(from, plain, _)| (from, plain)).collect(), steps)
    }

    fn step(&self, from: usize, next: Next) -> Option<Step> {
        let node = &self.nodes[from];
        let mut step = Step {
            from: node.holder.arn.to_owned(),
            to: None,
            how: How::Assumes,
            conditional: false,
            evidence: Vec::new(),
            trust: None,
            boundary: node.holder.boundary.map(str::to_owned),
        };
        let by_path = |step: &mut Step, number: usize| {
            let path = &node.paths[number];
            step.how = How::By(path.way);
            step.evidence = path.needs.iter().filter_map(best).collect();
        };
        match next {
            Next::None => return None,
            Next::Itself { path } => {
                by_path(&mut step, path);
                step.conditional = !super::path_is_plain(&node.paths[path]);
            }
            Next::Edge { edge, to, entry } => {
                let edge = &self.edges[edge];
                step.to = Some(self.nodes[to].holder.arn.to_owned());
                step.conditional = !edge.plain;
                match &edge.by {
                    By::Path(number) => by_path(&mut step, *number),
                    By::Assume(evidence) => step.evidence = vec![evidence.clone()],
                }
                self.let_in(&mut step, to, entry);
            }
            Next::Trusted { to, entry } => {
                step.to = Some(self.nodes[to].holder.arn.to_owned());
                self.let_in(&mut step, to, Some(entry));
            }
        }
        Some(step)
    }

    fn let_in(&self, step: &mut Step, to: usize, entry: Option<usize>) {
        let Some(entry) = entry.zip(self.nodes[to].trust).map(|(at, trust)| &trust.entries[at]) else {
            return;
        };
        step.trust = Some((entry.statement, entry.sid.clone()));
        step.conditional |= !super::is_plain(entry);
    }
}

fn best(met: &crate::policy::escalation::Met) -> Option<Evidence> {
    met.by.iter().max_by_key(|usable| usable.grade).map(|usable| usable.evidence.clone())
}
