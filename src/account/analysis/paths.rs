//! What the principals' paths can end at, the paths of each, and the graph of them.

use super::{Analysed, Analysis, Held, own_change, removal, tags};
use crate::account::fact::Gap;
use crate::policy::escalation::{self, Path, Surroundings, Target, Targets};
use crate::policy::graph::{Graph, Node, build, federations};
use crate::policy::trust::{Trust, Who};
use std::sync::Arc;

impl Analysis {
    /// Everything that a way can end at.
    pub(super) fn targets(&self) -> Targets<'_> {
        let mut targets = Targets::new(self.any_gap.is_none());
        targets.complete_groups = self.groups_whole;
        targets.complete_policies = self.policies_whole;
        let providers = self.saml_providers_gap.is_none().then_some(&self.saml_providers);
        targets.saml_providers = providers.map(|all| all.iter().map(String::as_str).collect());
        for one in &self.all {
            let target = Target {
                arn: &one.arn,
                tags: (one.gap.is_none() && one.tags_gap.is_none()).then_some(one.tags.as_slice()),
                administrator: one.grants.is_full_admin(),
                trust: one.trust_document.as_deref(),
                services: one.trust.as_deref().map(services).unwrap_or_default(),
                federations: one.trust.as_deref().map(federations).unwrap_or_default(),
                policies: one.held.iter().filter_map(Held::own_customer_policy).collect(),
                others: false,
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
            others: policy.others,
            ..Target::default()
        }));
        targets.index(&self.context.account);
        targets
    }

    pub(super) fn around<'a>(&'a self, one: &Analysed, targets: &'a Targets<'a>) -> Surroundings<'a> {
        Surroundings {
            organization: self.context.organization.as_deref(),
            mfa: one.mfa,
            targets: Some(targets),
            identity_center: self.identity_center,
            boundary_unread: one.cap_gap.is_some(),
            anyone: false,
            session: false,
        }
    }

    /// The ways of everyone to more, and why they may not be all.
    pub(super) fn find_paths(&self) -> Vec<(Vec<Path>, Option<Arc<Gap>>)> {
        let targets = self.targets();
        let own_tags = tags::demanded_by_trust(&targets);
        let of = |one: &Analysed| {
            if one.kind == "group" || one.is_service_linked() || one.grants.is_full_admin() {
                return (Vec::new(), None);
            }
            let policies = one.own_policies();
            let around = self.around(one, &targets);
            let mut paths = escalation::paths_among(&one.holder(&policies), &*one.grants, &around);
            removal::settle(one, &around, &mut paths);
            own_change::settle(one, &around, &mut paths);
            let untried = tags::settle_own(one, &around, &own_tags, &mut paths);
            let undecided = untried.or_else(|| self.by_identity_center(&paths));
            (paths, undecided)
        };
        self.all.iter().map(of).collect()
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
fn services(trust: &Trust) -> Vec<String> {
    let mut found = Vec::new();
    for entry in trust.entries.iter().filter(|entry| entry.is_open()) {
        let name = match &entry.who {
            Who::Service(name) => name.to_ascii_lowercase(),
            Who::Oidc { issuer, .. } => issuer.to_ascii_lowercase(),
            _ => continue,
        };
        // In the partition of China names end in `.cn`.
        if let Some(usual) = name.strip_suffix(".cn") {
            found.push(usual.to_owned());
        }
        found.push(name);
    }
    found
}
