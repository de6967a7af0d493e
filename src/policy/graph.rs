//! Which principals can become which others, and which can reach an administrator.
//!
//! An edge is a trust policy met by a permission, or an escalation path that ends at a principal. Distances are counted
//! backwards from the administrators; every step keeps its statements and its certainty. Organization and session
//! policies are not considered.

mod policy_writers;
mod rights;
mod route;
mod session_tags;

use std::collections::{BTreeMap, BTreeSet};

use crate::arn::name_of;
use crate::policy::document::Document;
use crate::policy::escalation::{
    AccountContext, ArnIndex, Certainty, Evidence, Gives, Grade, Grants, Holder, Limits, On, Path, Reach, Usable,
    assuming, is_changed_by_aws_only, limits, unable_to_set,
};
use crate::policy::grants::{Requester, Unable};
use crate::policy::session_tags::Tag;
use crate::policy::steps::step;
use crate::policy::trust::admission::{Admission, Admissions, admissions, is_selective, requires_setting};
use crate::policy::trust::federation::saml_providers;
use crate::policy::trust::{OwnKind, Trust, TrustedPrincipal};
use policy_writers::Written;
use rights::{EdgeId, Rights, Walked};

pub use route::{How, Step};

/// A user or role with its analysis.
pub struct Node<'a> {
    pub holder: Holder<'a>,
    /// The statement that makes it an administrator, if any.
    pub administrator: Option<Evidence>,
    /// Its permissions, including those of its groups.
    pub grants: &'a dyn Grants,
    /// Its escalation paths; not needed for administrators.
    pub paths: &'a [Path],
    /// Sets of session tags that make a session of the role an administrator.
    pub tagged: &'a [Vec<Tag>],
    /// A role's trust policy, explained.
    pub trust: Option<&'a Trust>,
    /// The trust policy itself.
    pub document: Option<&'a Document>,
    /// The context of the principal.
    pub around: AccountContext<'a>,
}

impl Node<'_> {
    fn requester(&self) -> Requester<'_> {
        Requester {
            arn: self.holder.arn,
            id: self.around.id,
            tags: self.holder.tags,
            organization: self.around.organization,
            mfa: self.around.mfa,
            whole_tags: self.around.fixed_tags,
            as_of: self.around.as_of,
            unable: Unable::default(),
            role_tags: None,
        }
    }

    /// Whether only an AWS service can assume it.
    fn is_service_linked(&self) -> bool {
        self.holder.arn.contains(":role/aws-service-role/")
    }
}

/// Principals and the steps between them.
pub struct Graph<'a> {
    nodes: &'a [Node<'a>],
    by_arn: BTreeMap<&'a str, usize>,
    /// Principals by their own ARNs and by those of their groups.
    by_own_arns: ArnIndex<'a>,
    edges: Vec<Edge>,
    take_user: Rights,
    take_role: Rights,
    /// Rights over existing SAML providers, and over those that only trust policies name.
    federate: [Rights; 2],
    assume: Rights,
    pass: BTreeMap<&'static str, Rights>,
    allowed_callers: Vec<AllowedCallers>,
    /// The limits of denials and boundaries on `sts:AssumeRole`.
    assume_limits: Vec<Limits>,
    /// By role, whether its trust policy treats principals differently.
    selective: Vec<bool>,
    /// What each principal's own policies do not let it set when it assumes a role.
    unable: Vec<Unable>,
    written: Vec<Written>,
    /// Groups whose members administer.
    administrating: Vec<String>,
    /// Roles whose sessions are administrators with some session tags.
    tagged: Vec<usize>,
    reached: Vec<Option<Reached>>,
}

/// One principal's right; the index that it is stored in says what it reaches.
struct Edge {
    from: usize,
    by: EdgeKind,
    certainty: Certainty,
}

enum EdgeKind {
    /// The number of one of the principal's paths.
    Path(usize),
    Assume(Evidence),
}

/// The principals that a role's trust policy may admit.
#[derive(Default)]
struct AllowedCallers {
    /// Principals that it names.
    named: Vec<usize>,
    /// It names the whole account; the principal also needs the permission.
    account: bool,
    /// It names everyone; no permission is needed.
    everyone: bool,
    services: Vec<String>,
    /// SAML providers, and how certainly the controller of one is admitted.
    federations: Vec<(String, Certainty)>,
}

/// A principal's next step towards an administrator.
#[derive(Clone, Copy)]
struct Reached {
    steps: usize,
    /// The lowest certainty of all steps.
    certainty: Certainty,
    next: Next,
}

#[derive(Clone, Copy)]
enum Next {
    /// It is an administrator.
    None,
    /// It assumes a role with the session tags in set number `set`, which make the session an administrator.
    Tagged { to: usize, set: usize, statement: usize, certainty: Certainty },
    /// It makes itself an administrator by a path.
    Itself { path: usize },
    /// It becomes another principal by a right of its own; for an assumed role, through a statement of the trust
    /// policy.
    Edge { edge: EdgeId, to: usize, statement: Option<usize>, certainty: Certainty },
    /// It is named by a role's trust policy, which is sufficient.
    Trusted { to: usize, statement: usize, certainty: Certainty },
    /// A principal that it can become can write its policies.
    Written { number: usize },
}

/// Builds the graph and counts the steps to the administrators.
///
/// `groups` are the groups whose policies make their members administrators.
pub fn build<'a>(nodes: &'a [Node<'a>], groups: &[&str]) -> Graph<'a> {
    let by_arn: BTreeMap<&str, usize> = nodes.iter().enumerate().map(|(at, node)| (node.holder.arn, at)).collect();
    let role_names: BTreeMap<&str, usize> = nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| !node.holder.is_user())
        .map(|(at, node)| (name_of(node.holder.arn), at))
        .collect();
    let allowed_callers = nodes.iter().map(|node| allowed_callers(node, &by_arn, &role_names)).collect();
    let assume_limits =
        nodes.iter().map(|node| limits(&node.holder, node.grants, &node.around, "sts:AssumeRole", On::Role)).collect();
    let mut graph = Graph {
        nodes,
        by_arn,
        by_own_arns: ArnIndex::new(nodes.iter().enumerate().flat_map(|(at, node)| {
            let others = node.holder.groups.iter().chain(node.holder.policies).map(String::as_str);
            let others = others.chain(node.around.targets.and_then(|targets| targets.capping(node.holder.arn)));
            others.chain(std::iter::once(node.holder.arn)).map(move |arn| (arn, at))
        })),
        edges: Vec::new(),
        take_user: Rights::default(),
        take_role: Rights::default(),
        federate: Default::default(),
        assume: Rights::default(),
        pass: BTreeMap::new(),
        allowed_callers,
        assume_limits,
        selective: nodes.iter().map(|node| node.document.is_some_and(is_selective)).collect(),
        unable: vec![Unable::default(); nodes.len()],
        written: Vec::new(),
        administrating: groups.iter().map(|group| (*group).to_owned()).collect(),
        tagged: (0..nodes.len()).filter(|&at| !nodes[at].tagged.is_empty()).collect(),
        reached: vec![None; nodes.len()],
    };
    // Few trust policies require something to be set.
    if nodes.iter().filter_map(|node| node.document).any(requires_setting) {
        let of = |node: &Node<'_>| unable_to_set(&node.holder, node.grants, &node.around);
        graph.unable = nodes.iter().map(of).collect();
    }
    for (at, node) in nodes.iter().enumerate() {
        if node.administrator.is_none() && !node.is_service_linked() {
            graph.file(at, node);
        }
    }
    graph.take_user.close();
    graph.take_role.close();
    graph.federate.iter_mut().for_each(Rights::close);
    graph.assume.close();
    graph.pass.values_mut().for_each(Rights::close);
    // First walk unconditional edges, then those that need MFA, then conditional ones.
    for least in [Certainty::Unconditional, Certainty::WithMfa, Certainty::Conditional] {
        graph.walk(groups, least);
        if graph.write(least) {
            graph.walk(groups, least);
        }
    }
    graph
}

fn allowed_callers(node: &Node<'_>, by_arn: &BTreeMap<&str, usize>, roles: &BTreeMap<&str, usize>) -> AllowedCallers {
    let mut allowed_callers = AllowedCallers::default();
    let Some(trust) = node.trust else {
        return allowed_callers;
    };
    for entry in trust.entries.iter().filter(|entry| entry.is_open()) {
        match &entry.who {
            TrustedPrincipal::OwnPrincipal { arn, kind, name } => {
                let named = if *kind == OwnKind::Session {
                    name.split('/').next().and_then(|role| roles.get(role))
                } else {
                    by_arn.get(arn.as_str())
                };
                allowed_callers.named.extend(named.copied());
            }
            TrustedPrincipal::OwnAccount => allowed_callers.account = true,
            TrustedPrincipal::Everyone | TrustedPrincipal::EveryoneExcept(_) | TrustedPrincipal::NotUnderstood(_) => {
                allowed_callers.everyone = true;
            }
            TrustedPrincipal::Service(name) => allowed_callers.services.push(name.to_ascii_lowercase()),
            TrustedPrincipal::Oidc { issuer, .. } => allowed_callers.services.push(issuer.to_ascii_lowercase()),
            TrustedPrincipal::Account { .. }
            | TrustedPrincipal::Foreign { .. }
            | TrustedPrincipal::Saml { .. }
            | TrustedPrincipal::Dangling(_) => {}
        }
    }
    allowed_callers.federations = federations(trust);
    allowed_callers.named.sort_unstable();
    allowed_callers.named.dedup();
    allowed_callers
}

/// How certainly the path makes the principal an administrator, by its permissions.
fn path_certainty(path: &Path) -> Certainty {
    match path.grade {
        Grade::Unrestricted => path.certainty,
        // Its other permissions must apply to the same resource, which only the evidence shows.
        Grade::ResourceScoped | Grade::ConditionScoped | Grade::Dependent => Certainty::Conditional,
    }
}

impl Graph<'_> {
    /// Indexes a principal's rights by what they reach.
    fn file(&mut self, at: usize, node: &Node<'_>) {
        for usable in assuming(&node.holder, node.grants, &node.around) {
            let edge = self.edge(at, EdgeKind::Assume(usable.evidence), usable.certainty);
            self.assume.add(&usable.reach, edge);
        }
        // One path to a service for each statement is enough.
        let mut passed = BTreeSet::new();
        for (number, path) in node.paths.iter().enumerate() {
            let on = match path.way.gives {
                Gives::User => On::User,
                Gives::Role | Gives::PassedRole => On::Role,
                Gives::FederatedRole => On::SamlProvider,
                Gives::Administrator | Gives::Group | Gives::Unseen => continue,
            };
            if path.grade == Grade::Dependent {
                continue;
            }
            if path.way.gives == Gives::FederatedRole {
                self.file_federation(at, number, path);
                continue;
            }
            let met = path.needs.iter().find(|met| met.need.on == on);
            let Some(met) = met.or_else(|| path.needs.first().filter(|_| passes_unasked(path))) else { continue };
            // The other permissions may be limited too.
            let others = path.needs.iter().filter(|other| other.need.action != met.need.action);
            let best = |other: &crate::policy::escalation::Met| other.by.iter().map(|usable| usable.certainty).max();
            let others = others.filter_map(best).min().unwrap_or(Certainty::Unconditional);
            for usable in &met.by {
                let certainty = usable.certainty.min(others);
                if path.way.gives != Gives::PassedRole {
                    let edge = self.edge(at, EdgeKind::Path(number), certainty);
                    if on == On::User { &mut self.take_user } else { &mut self.take_role }.add(&usable.reach, edge);
                    continue;
                }
                for service in &path.way.passes_to {
                    if !passed.insert((service, &usable.evidence, certainty)) {
                        continue;
                    }
                    let edge = self.edge(at, EdgeKind::Path(number), certainty);
                    let reach = if passes_unasked(path) { &Reach::Everything } else { &*usable.reach };
                    self.pass.entry(service).or_default().add(reach, edge);
                }
            }
        }
    }

    /// Indexes rights over identity providers: all permissions of the path must reach the same provider.
    fn file_federation(&mut self, at: usize, number: usize, path: &Path) {
        let mut together = vec![(Reach::Everything, Certainty::Unconditional)];
        for met in &path.needs {
            let both = |(reach, certainty): &(Reach, Certainty)| {
                let own = |usable: &Usable| (reach.clone().and(&usable.reach), usable.certainty.min(*certainty));
                met.by.iter().map(own).collect::<Vec<_>>()
            };
            together = together.iter().flat_map(both).collect();
        }
        for (reach, certainty) in together {
            let edge = self.edge(at, EdgeKind::Path(number), certainty);
            self.federate[usize::from(path.way.absent)].add(&reach, edge);
        }
    }

    fn edge(&mut self, from: usize, by: EdgeKind, certainty: Certainty) -> EdgeId {
        self.edges.push(Edge { from, by, certainty });
        self.edges.len() - 1
    }

    /// Counts steps with a breadth-first walk backwards from the administrators.
    fn walk(&mut self, groups: &[&str], least: Certainty) {
        let mut walked = WalkedRights::default();
        let mut levels: Vec<Vec<usize>> = vec![Vec::new(), Vec::new()];
        for (at, node) in self.nodes.iter().enumerate() {
            if self.reached[at].is_none() {
                self.reached[at] = start(node, groups, least).or_else(|| self.by_session_tags(at, least));
            }
            if let Some(reached) = self.reached[at] {
                if levels.len() <= reached.steps {
                    levels.resize(reached.steps + 1, Vec::new());
                }
                levels[reached.steps].push(at);
            }
        }
        let mut level = 0;
        while level < levels.len() {
            let mut next = Vec::new();
            for &to in &levels[level] {
                let onward = self.reached[to].expect("only the reached are on a level").certainty;
                for (from, certainty, how) in self.inbound(to, &mut walked, least, true) {
                    if self.reached[from].is_none() {
                        let certainty = certainty.min(onward);
                        self.reached[from] = Some(Reached { steps: level + 1, certainty, next: how });
                        next.push(from);
                    }
                }
            }
            if levels.len() == level + 1 && !next.is_empty() {
                levels.push(Vec::new());
            }
            if let Some(following) = levels.get_mut(level + 1) {
                following.extend(next);
            }
            level += 1;
        }
    }

    /// The principal as the caller that assumes a role.
    fn requester(&self, from: usize) -> Requester<'_> {
        Requester { unable: self.unable[from], ..self.nodes[from].requester() }
    }

    /// How the role's trust policy admits the principal.
    fn admissions(&self, to: usize, from: usize) -> Admissions {
        let node = &self.nodes[to];
        if let Some(document) = node.document {
            let target = node.around.targets.and_then(|targets| targets.principal(node.holder.arn));
            let role_tags = target.and_then(|target| target.tags);
            return admissions(document, &Requester { role_tags, ..self.requester(from) });
        }
        Admissions::default()
    }

    /// The principals that can become `to` in one step and were not visited; optionally without those that already
    /// reach an administrator.
    fn inbound(
        &self,
        to: usize,
        walked: &mut WalkedRights,
        least: Certainty,
        unreached_only: bool,
    ) -> Vec<(usize, Certainty, Next)> {
        let node = &self.nodes[to];
        let arn = node.holder.arn;
        let mut found = Vec::new();
        let mut add = |edges: Vec<EdgeId>| {
            for edge in edges {
                let Edge { from, certainty, .. } = self.edges[edge];
                found.push((from, certainty, Next::Edge { edge, to, statement: None, certainty }));
            }
        };
        if node.holder.is_user() {
            add(self.take_user.not_walked(arn, &mut walked.take_user));
        } else {
            if !is_changed_by_aws_only(arn) {
                add(self.take_role.not_walked(arn, &mut walked.take_role));
            }
            for service in &self.allowed_callers[to].services {
                // In the partition of China names may end in `.cn`.
                let usual = service.strip_suffix(".cn").filter(|_| arn.starts_with("arn:aws-cn:"));
                let name = usual.unwrap_or(service);
                if let Some((service, rights)) = self.pass.get_key_value(name) {
                    add(rights.not_walked(arn, walked.pass.entry(service).or_default()));
                }
            }
            self.federated(to, walked, least, &mut found);
            self.assumed(to, walked, least, unreached_only, &mut found);
        }
        found.retain(|(from, certainty, _)| {
            step();
            *from != to && *certainty >= least
        });
        found
    }

    /// The principals that control an identity provider that the role trusts.
    fn federated(
        &self,
        to: usize,
        walked: &mut WalkedRights,
        least: Certainty,
        found: &mut Vec<(usize, Certainty, Next)>,
    ) {
        let node = &self.nodes[to];
        for (provider, trusted) in &self.allowed_callers[to].federations {
            let exists = node.around.targets.and_then(|targets| targets.has_provider(provider));
            // If the account's providers are not known, each may or may not exist.
            let unknown = if exists.is_none() { Certainty::Conditional } else { Certainty::Unconditional };
            for (absent, most) in [(false, Certainty::Unconditional), (true, unknown)] {
                let most = most.min(*trusted);
                if exists == Some(absent) || most < least {
                    continue;
                }
                let rights = &self.federate[usize::from(absent)];
                for edge in rights.not_walked(provider, &mut walked.federate[usize::from(absent)]) {
                    let Edge { from, certainty, .. } = self.edges[edge];
                    let certainty = certainty.min(most);
                    found.push((from, certainty, Next::Edge { edge, to, statement: None, certainty }));
                }
            }
        }
    }

    /// The principals that the role's trust policy admits.
    fn assumed(
        &self,
        to: usize,
        walked: &mut WalkedRights,
        least: Certainty,
        unreached_only: bool,
        found: &mut Vec<(usize, Certainty, Next)>,
    ) {
        let known = |from: usize| unreached_only && self.reached[from].is_some();
        let arn = self.nodes[to].holder.arn;
        let allowed_callers = &self.allowed_callers[to];
        if allowed_callers.account {
            // A trust policy that treats principals differently is evaluated for each of them.
            let mut fresh = Walked::default();
            let own = if self.selective[to] { &mut fresh } else { &mut walked.assume };
            // If it admits no principal at this certainty, the other roles are still checked.
            let alike = (!self.selective[to]).then(|| self.admissions(to, to).through_account);
            let open = |admission: Option<Admission>| {
                admission
                    .and_then(|one| Some((Certainty::of_met(one.met)?, one.statement)))
                    .filter(|one| one.0 >= least)
            };
            if alike.is_none_or(|alike| open(alike).is_some()) {
                for edge in self.assume.not_walked(arn, own) {
                    let from = self.edges[edge].from;
                    if known(from) {
                        continue;
                    }
                    let admission = alike.unwrap_or_else(|| self.admissions(to, from).through_account);
                    let Some((met, statement)) = open(admission) else { continue };
                    let certainty = met.min(self.edges[edge].certainty);
                    found.push((from, certainty, Next::Edge { edge, to, statement: Some(statement), certainty }));
                }
            }
        }
        let mut named = |from: usize| {
            let Some(admission) = self.admissions(to, from).named else { return };
            let left = self.assume_limits[from].leave(arn);
            let Some(certainty) = left.zip(Certainty::of_met(admission.met)).map(|(left, met)| left.min(met)) else {
                return;
            };
            let statement = admission.statement;
            found.push((from, certainty, Next::Trusted { to, statement, certainty }));
        };
        allowed_callers.named.iter().for_each(|&from| named(from));
        if allowed_callers.everyone {
            let limited = self.selective[to] || self.assume_limits.iter().any(|limits| !limits.is_none());
            // If principals are not treated differently, one role that is open to everyone is enough.
            if limited || !walked.everyone {
                let before = found.len();
                let mut all = Vec::new();
                for from in (0..self.nodes.len()).filter(|&from| !known(from) && !self.nodes[from].is_service_linked())
                {
                    let Some(admission) = self.admissions(to, from).named else { continue };
                    let left = self.assume_limits[from].leave(arn);
                    let Some(certainty) = left.zip(Certainty::of_met(admission.met)).map(|(left, met)| left.min(met))
                    else {
                        continue;
                    };
                    if certainty >= least {
                        all.push((from, certainty, Next::Trusted { to, statement: admission.statement, certainty }));
                    }
                }
                walked.everyone |= !limited && !all.is_empty();
                found.splice(before.., all);
            }
        }
    }
}

/// Whether the path passes a role without `iam:PassRole`, so no resource restricts the role.
fn passes_unasked(path: &Path) -> bool {
    path.way.gives == Gives::PassedRole && !path.way.needs.iter().any(|need| need.on == On::Role)
}

/// The SAML providers that a trust policy admits.
pub fn federations(trust: &Trust) -> Vec<(String, Certainty)> {
    let all = saml_providers(trust).into_iter();
    all.filter_map(|(provider, met)| Some((provider, Certainty::of_met(met)?))).collect()
}

/// The start of the walk: an administrator, or a principal that can make itself one.
fn start(node: &Node<'_>, groups: &[&str], least: Certainty) -> Option<Reached> {
    if node.administrator.is_some() {
        return Some(Reached { steps: 0, certainty: Certainty::Unconditional, next: Next::None });
    }
    if node.is_service_linked() {
        return None;
    }
    let certainty = |path: &Path| match path.way.gives {
        _ if path.capped => None,
        // After a change of itself it is an administrator, or becomes one.
        _ if path.administrator.as_deref() == Some(node.holder.arn) => Some(path_certainty(path)),
        Gives::Administrator => (path.grade != Grade::Dependent).then(|| path_certainty(path)),
        Gives::Group if node.holder.is_user() => {
            let met = path.needs.iter().filter(|met| met.need.on == On::Group).flat_map(|met| &met.by);
            let reaching = met.filter(|usable| groups.iter().any(|group| usable.reach.matches(group)));
            reaching.map(|usable| usable.certainty).max()
        }
        // Identity Center, administered from this account, can assign any permission.
        Gives::Unseen if path.way.id.starts_with("sso-") && node.around.identity_center => {
            (path.grade != Grade::Dependent).then(|| path_certainty(path))
        }
        _ => None,
    };
    let all = node.paths.iter().enumerate().filter_map(|(at, path)| Some((certainty(path)?, at)));
    let (certainty, path) = all.max_by_key(|(certainty, at)| (*certainty, std::cmp::Reverse(*at)))?;
    (certainty >= least).then_some(Reached { steps: 1, certainty, next: Next::Itself { path } })
}

#[derive(Default)]
struct WalkedRights {
    take_user: Walked,
    take_role: Walked,
    federate: [Walked; 2],
    assume: Walked,
    pass: BTreeMap<&'static str, Walked>,
    everyone: bool,
}

#[cfg(test)]
mod tests;
