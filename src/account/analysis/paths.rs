//! What the principals' paths can end at, the paths of each, and the graph of them.

use super::{Analysed, Analysis, Held, Way, attaching, own_change, removal, renaming, tags};
use crate::account::fact::Gap;
use crate::policy::escalation::{self, AccountContext, Certainty, Gives, Path, Target, Targets};
use crate::policy::graph::{Graph, Node, build, federations};
use crate::policy::session_tags::Tag;
use crate::policy::trust::{Trust, TrustedPrincipal};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The paths of one principal.
#[derive(Default)]
struct Found {
    paths: Vec<Path>,
    /// Why they may not be all.
    undecided: Option<Arc<Gap>>,
    /// A path changes the principal's own tags, boundary, denials or versions of policies.
    changes_itself: bool,
}

impl Analysis {
    /// Everything that a way can end at.
    pub(super) fn targets(&self) -> Targets<'_> {
        self.targets_with(&BTreeSet::new())
    }

    /// The same, where principals that can become an administrator count as one.
    pub(super) fn targets_with(&self, becoming: &BTreeSet<usize>) -> Targets<'_> {
        let mut targets = Targets::new(self.any_gap.is_none());
        targets.complete_groups = self.groups_whole;
        targets.complete_policies = self.policies_whole;
        let providers = self.saml_providers_gap.is_none().then_some(&self.saml_providers);
        targets.saml_providers = providers.map(|all| all.iter().map(String::as_str).collect());
        for (at, one) in self.all.iter().enumerate() {
            let target = Target {
                arn: &one.arn,
                tags: (one.gap.is_none() && one.tags_gap.is_none()).then_some(one.tags.as_slice()),
                administrator: one.grants.is_full_admin() || becoming.contains(&at),
                trust: one.trust_document.as_deref(),
                services: one
                    .trust
                    .as_deref()
                    .map(|trust| services(trust, &self.context.partition))
                    .unwrap_or_default(),
                federations: one.trust.as_deref().map(federations).unwrap_or_default(),
                policies: one.held.iter().filter_map(Held::own_customer_policy).collect(),
                closed: one.cap.as_ref().is_some_and(|_| {
                    let boundary = escalation::Grants::boundary(&*one.grants);
                    boundary.is_some_and(escalation::leaves_no_step)
                }),
                capping: one.boundary.as_deref().filter(|_| one.capped),
                changes: &one.changes,
                ..Target::default()
            };
            match one.kind {
                "user" => &mut targets.users,
                "role" => &mut targets.roles,
                _ => &mut targets.groups,
            }
            .push(target);
        }
        targets.policies.extend(self.policies.iter().map(|policy| Target {
            arn: &policy.arn,
            administrator: policy.administrator,
            others: !policy.others.is_empty(),
            former_administrator: policy.former_administrator,
            ..Target::default()
        }));
        targets.index(&self.context.account);
        targets
    }

    pub(super) fn around<'a>(&'a self, one: &'a Analysed, targets: &'a Targets<'a>) -> AccountContext<'a> {
        AccountContext {
            organization: self.context.organization.as_deref(),
            mfa: one.mfa,
            targets: Some(targets),
            identity_center: self.identity_center,
            boundary_unread: one.cap_gap.is_some(),
            anyone: false,
            session: false,
            fixed_tags: one.fixed_tags,
            id: one.id.as_deref(),
            china: self.context.partition == "aws-cn",
            as_of: self.context.as_of,
        }
    }

    /// Looks for the paths of everyone and for the ways to an administrator.
    ///
    /// What a principal gains by a change of itself, or by session tags, may only be a way to somebody who can become
    /// an administrator. So those who gain by one are looked at again until nobody is added.
    pub(super) fn find_ways(&mut self) {
        let mut becoming = BTreeSet::new();
        let mut waiting: Vec<usize> = (0..self.all.len()).collect();
        loop {
            waiting = self.find_paths(&waiting, &becoming);
            self.find_session_tags(&becoming);
            let is_freed = self.note_freed(&becoming);
            let ways = self.ways();
            self.all.iter_mut().zip(ways).for_each(|(one, way)| one.way = way);
            let becomes = |one: &Analysed| one.way.as_ref().is_some_and(|way| way.certainty > Certainty::Conditional);
            let found: BTreeSet<usize> = (0..self.all.len()).filter(|&at| becomes(&self.all[at])).collect();
            waiting.retain(|at| !found.contains(at));
            let is_taggable = |one: &Analysed| one.trust_document.as_deref().is_some_and(tags::lets_callers_set);
            let any_left = is_freed || !waiting.is_empty() || self.all.iter().any(is_taggable);
            if found == becoming || !any_left {
                return;
            }
            becoming = found;
        }
    }

    /// Finds the paths of these principals; tells which of them may gain by a change of themselves.
    fn find_paths(&mut self, these: &[usize], becoming: &BTreeSet<usize>) -> Vec<usize> {
        let targets = self.targets();
        let wide = (!becoming.is_empty()).then(|| self.targets_with(becoming));
        let wide = wide.as_ref().unwrap_or(&targets);
        let own_tags = tags::demanded_by_trust(&targets);
        let found: Vec<Found> =
            these.iter().map(|&at| self.paths_of(&self.all[at], &targets, wide, &own_tags)).collect();
        let mut changing = Vec::new();
        for (&at, found) in these.iter().zip(found) {
            let one = &mut self.all[at];
            one.paths = found.paths;
            one.undecided = found.undecided;
            if found.changes_itself {
                changing.push(at);
            }
        }
        changing
    }

    fn paths_of(&self, one: &Analysed, targets: &Targets<'_>, wide: &Targets<'_>, own_tags: &BTreeSet<Tag>) -> Found {
        if one.kind == "group" || one.is_service_linked() || one.grants.is_full_admin() {
            return Found::default();
        }
        let policies = one.own_policies();
        let mut paths = escalation::paths_among(&one.holder(&policies), &*one.grants, &self.around(one, targets));
        let changes = |path: &Path| {
            path.way.own_tag
                || path.way.own_boundary
                || path.way.gives == Gives::Group
                || removal::takes_off(path).is_some()
                || own_change::sets_version(path)
        };
        let is_attaching = || attaching::ATTACH.iter().any(|(action, _)| attaching::is_limited_by_policy(one, action));
        let changes_itself = paths.iter().any(changes) || is_attaching();
        let around = self.around(one, wide);
        own_change::note_capped(one, &around, &mut paths);
        removal::settle(one, &around, &mut paths);
        self.settle_boundary_policy(one, &mut paths);
        own_change::settle(one, &around, &mut paths);
        let former = self.settle_versions(one, &around, &mut paths);
        let unjoined = self.settle_joining(one, &around, &mut paths);
        let unattached = self.settle_attaching(one, &around, &mut paths);
        tags::settle_removed(one, &around, &mut paths);
        let untried = tags::settle_own(one, &around, own_tags, &mut paths);
        let renamed = || renaming::undecided(one, &around, targets);
        let undecided =
            untried.or(former).or(unjoined).or(unattached).or_else(renamed).or_else(|| self.by_identity_center(&paths));
        Found { paths, undecided, changes_itself }
    }

    /// Finds the session tags with which roles administer the account.
    fn find_session_tags(&mut self, becoming: &BTreeSet<usize>) {
        let found = self.session_tags(becoming);
        for (one, tags) in self.all.iter_mut().zip(found) {
            if one.undecided.is_none() {
                one.undecided.clone_from(&tags.gap);
            }
            one.session_tags = tags;
        }
    }

    /// The ways of everyone to an administrator.
    fn ways(&self) -> Vec<Option<Way>> {
        self.with_graph(|graph, _| {
            let way = |one: &Analysed| {
                let route = graph.route(&one.arn)?;
                let steps = route.steps.iter().map(crate::policy::graph::Step::text).collect();
                Some(Way { steps, certainty: route.certainty })
            };
            self.all.iter().map(way).collect()
        })
    }

    /// Assigning permission sets gives whatever there is to assign where Identity Center is run from this account.
    fn by_identity_center(&self, paths: &[Path]) -> Option<Arc<Gap>> {
        let gap = self.identity_center_gap.as_ref()?;
        paths.iter().any(|path| path.way.id.starts_with("sso-")).then(|| Arc::clone(gap))
    }

    /// The graph of users and roles, and its nodes in the order of their ARNs.
    pub fn with_graph<R>(&self, look: impl FnOnce(&Graph<'_>, &[Node<'_>]) -> R) -> R {
        let targets = self.targets();
        let places: Vec<&Analysed> = self.all.iter().filter(|one| one.kind != "group").collect();
        let policies: Vec<Vec<String>> = places.iter().map(|one| one.own_policies()).collect();
        let nodes: Vec<Node<'_>> = places
            .iter()
            .zip(&policies)
            .map(|(one, policies)| Node {
                holder: one.holder(policies),
                administrator: one.administrator().map(|at| one.grants.statements[at].place.clone()),
                grants: &*one.grants,
                paths: &one.paths,
                tagged: &one.session_tags.sets,
                trust: one.trust.as_deref(),
                document: one.trust_document.as_deref(),
                around: self.around(one, &targets),
            })
            .collect();
        let administrators = self.all.iter().filter(|one| one.kind == "group" && one.grants.is_full_admin());
        let groups: Vec<&str> = administrators.map(|one| one.arn.as_str()).collect();
        look(&build(&nodes, &groups), &nodes)
    }
}

/// Services and identity providers that a trust policy lets in, in lower case.
fn services(trust: &Trust, partition: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in trust.entries.iter().filter(|entry| entry.is_open()) {
        let name = match &entry.who {
            TrustedPrincipal::Service(name) => name.to_ascii_lowercase(),
            TrustedPrincipal::Oidc { issuer, .. } => issuer.to_ascii_lowercase(),
            _ => continue,
        };
        // In the partition of China names may end in `.cn`; elsewhere no service has such a name.
        if let Some(usual) = name.strip_suffix(".cn").filter(|_| partition == "aws-cn") {
            found.push(usual.to_owned());
        }
        found.push(name);
    }
    found
}
