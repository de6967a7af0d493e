//! Who can become whom, and who an administrator in the end.
//!
//! An edge is a trust policy met by a permission, or a way of the escalation
//! table that ends at a principal. Distances are counted from the administrators
//! backwards; every step keeps the statements that it rests on. What outside
//! policies (of the organisation, of sessions) forbid is not in this view.

mod rights;
mod route;

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::escalation::{Evidence, Gives, Grade, Grants, Holder, Kind, On, Path, Reach};
use crate::policy::trust::{Entry, OwnKind, Trust, Who};
use rights::{EdgeId, Rights, Walked};

pub use route::{How, Route, Step};

/// A user or role with what is known of it.
pub struct Node<'a> {
    pub holder: Holder<'a>,
    /// The statement that makes it an administrator, if it is one.
    pub administrator: Option<Evidence>,
    /// Permissions, those of its groups folded in.
    pub grants: &'a dyn Grants,
    /// Its own ways to more; not needed for administrators.
    pub paths: &'a [Path],
    /// A role's trust policy.
    pub trust: Option<&'a Trust>,
}

/// Principals and their ways to each other.
pub struct Graph<'a> {
    nodes: &'a [Node<'a>],
    by_arn: BTreeMap<&'a str, usize>,
    edges: Vec<Edge>,
    take_user: Rights,
    take_role: Rights,
    assume: Rights,
    pass: BTreeMap<&'static str, Rights>,
    inlets: Vec<Inlets>,
    reached: Vec<Option<Reached>>,
}

/// One holder's right; whom it reaches is where it is filed.
struct Edge {
    from: usize,
    by: By,
    /// No condition stands in its way.
    plain: bool,
}

enum By {
    /// The number of one of the holder's paths.
    Path(usize),
    Assume(Evidence),
}

/// How a role's trust policy lets principals of the account in.
#[derive(Default)]
struct Inlets {
    /// Principals that it names, and the entry.
    named: Vec<(usize, usize)>,
    /// The entry for the account as a whole; the permission must be there besides.
    account: Option<usize>,
    /// The entry for everyone, who needs no permission besides.
    everyone: Option<usize>,
    services: Vec<String>,
}

/// A principal's next step towards an administrator.
#[derive(Clone, Copy)]
struct Reached {
    steps: usize,
    plain: bool,
    next: Next,
}

#[derive(Clone, Copy)]
enum Next {
    /// It is an administrator.
    None,
    /// It makes itself one by a path.
    Itself { path: usize },
    /// It becomes another principal by a right of its own, through an entry of the trust policy if it is assumed.
    Edge { edge: EdgeId, to: usize, entry: Option<usize> },
    /// It is named by a role's trust policy, which is enough.
    Trusted { to: usize, entry: usize },
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
        .map(|(at, node)| (node.holder.arn.rsplit('/').next().unwrap_or_default(), at))
        .collect();
    let inlets = nodes.iter().map(|node| inlets(node, &by_arn, &role_names)).collect();
    let mut graph = Graph {
        nodes,
        by_arn,
        edges: Vec::new(),
        take_user: Rights::default(),
        take_role: Rights::default(),
        assume: Rights::default(),
        pass: BTreeMap::new(),
        inlets,
        reached: vec![None; nodes.len()],
    };
    for (at, node) in nodes.iter().enumerate() {
        if node.administrator.is_none() {
            graph.file(at, node);
        }
    }
    graph.take_user.close();
    graph.take_role.close();
    graph.assume.close();
    graph.pass.values_mut().for_each(Rights::close);
    // First what stands in nobody's way, then what conditions may forbid.
    graph.walk(groups, true);
    graph.walk(groups, false);
    graph
}

fn inlets(node: &Node<'_>, by_arn: &BTreeMap<&str, usize>, roles: &BTreeMap<&str, usize>) -> Inlets {
    let mut inlets = Inlets::default();
    let Some(trust) = node.trust else {
        return inlets;
    };
    for (at, entry) in trust.entries.iter().enumerate().filter(|(_, entry)| entry.is_open()) {
        let slot = match &entry.who {
            Who::OwnPrincipal { arn, kind, name } => {
                let named = if *kind == OwnKind::Session {
                    name.split('/').next().and_then(|role| roles.get(role))
                } else {
                    by_arn.get(arn.as_str())
                };
                inlets.named.extend(named.map(|&from| (from, at)));
                continue;
            }
            Who::OwnAccount => &mut inlets.account,
            Who::Everyone | Who::EveryoneExcept(_) | Who::NotUnderstood(_) => &mut inlets.everyone,
            Who::Service(name) => {
                inlets.services.push(name.to_ascii_lowercase());
                continue;
            }
            Who::Oidc { issuer, .. } => {
                inlets.services.push(issuer.to_ascii_lowercase());
                continue;
            }
            Who::Account { .. } | Who::Foreign { .. } | Who::Saml { .. } | Who::Dangling(_) => continue,
        };
        // The entry without conditions says most.
        if slot.is_none_or(|other| !is_plain(&trust.entries[other]) && is_plain(entry)) {
            *slot = Some(at);
        }
    }
    inlets
}

fn is_plain(entry: &Entry) -> bool {
    entry.conditions.is_empty() && !matches!(entry.who, Who::NotUnderstood(_))
}

/// Do the permissions alone carry the path, and exactly where it leads?
fn path_is_plain(path: &Path) -> bool {
    let scoped_elsewhere = path.way.kind == Kind::PrincipalAccess && path.way.gives == Gives::Administrator;
    match path.grade {
        Grade::Unrestricted => !path.way.trusted,
        Grade::ResourceScoped => !path.way.trusted && !scoped_elsewhere,
        Grade::ConditionScoped | Grade::Dependent => false,
    }
}

impl Graph<'_> {
    /// Files a principal's rights by what they reach.
    fn file(&mut self, at: usize, node: &Node<'_>) {
        for grant in node.grants.allows("sts:AssumeRole") {
            let reach = Reach::of(grant.resources, grant.version, &node.holder, On::Role);
            let plain = !grant.bindings.iter().any(|binding| binding.binds("sts:AssumeRole"));
            let edge = self.edge(at, By::Assume(grant.evidence), plain);
            self.assume.add(&reach, edge);
        }
        // One way to a service by a statement is as good as ten.
        let mut passed = BTreeSet::new();
        for (number, path) in node.paths.iter().enumerate() {
            let on = match path.way.gives {
                Gives::User => On::User,
                Gives::Role | Gives::PassedRole => On::Role,
                Gives::Administrator | Gives::Group | Gives::Unseen => continue,
            };
            if path.grade == Grade::Dependent {
                continue;
            }
            let Some(met) = path.needs.iter().find(|met| met.need.on == on) else { continue };
            // What else is needed may be conditional too.
            let others = path.needs.iter().filter(|other| other.need.action != met.need.action);
            let others_plain = others.map(|other| other.grade).all(|grade| grade > Grade::ConditionScoped);
            for usable in &met.by {
                let plain = others_plain && usable.grade > Grade::ConditionScoped;
                if path.way.gives != Gives::PassedRole {
                    let edge = self.edge(at, By::Path(number), plain);
                    if on == On::User { &mut self.take_user } else { &mut self.take_role }.add(&usable.reach, edge);
                    continue;
                }
                for service in &path.way.passes_to {
                    if !passed.insert((service, &usable.evidence, plain)) {
                        continue;
                    }
                    let edge = self.edge(at, By::Path(number), plain);
                    self.pass.entry(service).or_default().add(&usable.reach, edge);
                }
            }
        }
    }

    fn edge(&mut self, from: usize, by: By, plain: bool) -> EdgeId {
        self.edges.push(Edge { from, by, plain });
        self.edges.len() - 1
    }

    /// Counts steps level by level, backwards from the administrators.
    fn walk(&mut self, groups: &[&str], plain_only: bool) {
        let mut walked = WalkedAll::default();
        let mut levels: Vec<Vec<usize>> = vec![Vec::new(), Vec::new()];
        for (at, node) in self.nodes.iter().enumerate() {
            if self.reached[at].is_none() {
                self.reached[at] = start(node, groups, plain_only);
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
                let onward = self.reached[to].expect("only the reached are on a level").plain;
                for (from, plain, how) in self.inbound(to, &mut walked, plain_only) {
                    if self.reached[from].is_none() {
                        self.reached[from] = Some(Reached { steps: level + 1, plain: plain && onward, next: how });
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

    /// Everyone who can become `to` in one step and was not met before.
    fn inbound(&self, to: usize, walked: &mut WalkedAll, plain_only: bool) -> Vec<(usize, bool, Next)> {
        let node = &self.nodes[to];
        let arn = node.holder.arn;
        let mut found = Vec::new();
        let mut add = |edges: Vec<EdgeId>, entry: Option<(usize, bool)>| {
            for edge in edges {
                let plain = self.edges[edge].plain && entry.is_none_or(|(_, plain)| plain);
                let next = Next::Edge { edge, to, entry: entry.map(|(entry, _)| entry) };
                found.push((self.edges[edge].from, plain, next));
            }
        };
        if node.holder.is_user() {
            add(self.take_user.not_walked(arn, &mut walked.take_user), None);
        } else {
            add(self.take_role.not_walked(arn, &mut walked.take_role), None);
            let trust = node.trust.map_or(&[][..], |trust| &trust.entries);
            let inlets = &self.inlets[to];
            for service in &inlets.services {
                if let Some((service, rights)) = self.pass.get_key_value(service.as_str()) {
                    add(rights.not_walked(arn, walked.pass.entry(service).or_default()), None);
                }
            }
            if let Some(entry) = inlets.account {
                let plain = is_plain(&trust[entry]);
                if plain || !plain_only {
                    add(self.assume.not_walked(arn, &mut walked.assume), Some((entry, plain)));
                }
            }
            let named = inlets.named.iter().map(|&(from, entry)| (from, entry));
            found.extend(named.map(|(from, entry)| (from, is_plain(&trust[entry]), Next::Trusted { to, entry })));
            if let Some(entry) = inlets.everyone {
                let plain = is_plain(&trust[entry]);
                if (plain || !plain_only) && !std::mem::replace(&mut walked.everyone, true) {
                    found.extend((0..self.nodes.len()).map(|from| (from, plain, Next::Trusted { to, entry })));
                }
            }
        }
        found.retain(|(from, plain, _)| *from != to && (*plain || !plain_only));
        found
    }
}

/// An administrator, or a principal that can make itself one.
fn start(node: &Node<'_>, groups: &[&str], plain_only: bool) -> Option<Reached> {
    if node.administrator.is_some() {
        return Some(Reached { steps: 0, plain: true, next: Next::None });
    }
    let gives = |path: &Path| match path.way.gives {
        Gives::Administrator => path.grade != Grade::Dependent,
        Gives::Group => {
            node.holder.is_user()
                && path.needs.iter().any(|met| {
                    met.need.on == On::Group
                        && met.by.iter().any(|usable| groups.iter().any(|group| usable.reach.matches(group)))
                })
        }
        _ => false,
    };
    let open = |plain: bool| node.paths.iter().position(|path| gives(path) && path_is_plain(path) == plain);
    let (path, plain) = match open(true) {
        Some(path) => (path, true),
        None if plain_only => return None,
        None => (open(false)?, false),
    };
    Some(Reached { steps: 1, plain, next: Next::Itself { path } })
}

#[derive(Default)]
struct WalkedAll {
    take_user: Walked,
    take_role: Walked,
    assume: Walked,
    pass: BTreeMap<&'static str, Walked>,
    everyone: bool,
}

#[cfg(test)]
mod tests;
