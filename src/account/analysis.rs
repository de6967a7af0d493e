//! What everybody may do and become: worked out once for the account, shared by facts and sheets.
//!
//! A principal's policies are united (the versions in force, its groups' among them), its ways to more
//! are looked for, every trust policy is explained, and a graph says who reaches an administrator. What
//! could not be read stands beside the result as a gap, never as an empty union: while there is one,
//! the principal may do more than is said here.

mod exposed;
mod mfa;
mod own_change;
mod powers;
mod removal;
mod trust;

pub use exposed::Exposed;
pub use mfa::MfaDevices;
pub use powers::{Powers, list};
pub use trust::TrustFacts;

use super::details::{Details, Holdings, name_of};
use super::document::PolicyText;
use super::fact::{AUTHORIZATION_DETAILS, Gap, GapKind, Observed};
use super::gaps::gap;
use super::policies::old_versions;
use super::sources::Source;
use crate::policy::document::Document;
use crate::policy::escalation::{self, Certainty, Holder, On, Path, Surroundings, Target, Targets};
use crate::policy::grants::{Grants, Mfa, Reading, Requester, Scope, differs_by_requester, union_of};
use crate::policy::graph::{Graph, Node, build, federations};
use crate::policy::trust::{Trust, TrustContext, Who, explain};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A user, group or role of the authorization details, worked out.
#[derive(Debug)]
pub struct Analysed {
    pub arn: String,
    /// `user`, `group` or `role`.
    pub kind: &'static str,
    /// ARNs of a user's groups, as far as the details hold them.
    pub groups: Vec<String>,
    /// Its own tags, `key=value`; sessions may bring others.
    pub tags: Vec<String>,
    /// Its policies and those of its groups.
    pub held: Vec<Held>,
    /// ARN of the permissions boundary.
    pub boundary: Option<String>,
    /// The boundary's label and document; none if there is no boundary, or it could not be read.
    pub cap: Option<(Arc<str>, Arc<Reading>)>,
    /// What could not be read of the boundary.
    pub cap_gap: Option<Arc<Gap>>,
    /// What it may do in effect by what could be read, under its boundary. Those with the same policies share it.
    pub grants: Arc<Grants>,
    /// What could not be read of what it holds.
    pub gap: Option<Arc<Gap>>,
    /// Its ways to more; none for groups, whose members have them, for administrators, to whom all are open, and for
    /// service-linked roles, which nobody but their service can use.
    pub paths: Vec<Path>,
    /// A role's trust policy, explained as far as it could be read.
    pub trust: Option<Arc<Trust>>,
    /// The trust policy itself.
    pub trust_document: Option<Arc<Document>>,
    /// Whether it can present MFA.
    pub mfa: Mfa,
    /// What of the trust policy is not understood.
    pub trust_gap: Option<Arc<Gap>>,
    /// Why its escalation is not decided although all its policies are read.
    pub undecided: Option<Arc<Gap>>,
    /// Steps to an administrator in words; empty for an administrator, none where these policies show no way.
    pub way: Option<Way>,
}

/// The shortest way to an administrator.
#[derive(Clone, Debug)]
pub struct Way {
    pub steps: Vec<String>,
    /// How certain it is: the least of its steps.
    pub certainty: Certainty,
}

/// A customer managed policy, as far as ways to an administrator concern it.
#[derive(Debug)]
struct CustomerPolicy {
    arn: String,
    /// Whoever holds it administers the account.
    administrator: bool,
    /// There are versions besides the one in force.
    others: bool,
}

/// A policy in somebody's hands.
#[derive(Clone, Debug)]
pub struct Held {
    /// As it is called in reasons: `policy deploy`, `inline policy x of role y`.
    pub label: Arc<str>,
    /// ARN, if it is managed.
    pub policy: Option<String>,
    /// The group by which a user holds it.
    pub through: Option<String>,
    pub text: PolicyText,
    /// Versions not in force that grant everything.
    pub old_full: Observed<Vec<String>>,
}

/// The account's principals, worked out, by ARN.
#[derive(Debug, Default)]
pub struct Analysis {
    pub all: Vec<Analysed>,
    /// What is known about the account whose trust policies are explained.
    pub context: TrustContext,
    /// The first gap in anybody's policies or trust policy, of those who are not seen too.
    any_gap: Option<Arc<Gap>>,
    /// No group is missing.
    groups_whole: bool,
    /// No customer managed policy is missing.
    policies_whole: bool,
    saml_providers: Vec<String>,
    /// Why the list of SAML providers is not whole.
    saml_providers_gap: Option<Arc<Gap>>,
    /// IAM Identity Center is administered from this account.
    identity_center: bool,
    /// Why that is not known.
    identity_center_gap: Option<Arc<Gap>>,
    policies: Vec<CustomerPolicy>,
}

/// What keeps the lists of the details from being whole.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unseen<'a> {
    /// Users, roles or holders that are not seen.
    pub holders: Option<&'a Arc<Gap>>,
    /// Groups that are not seen.
    pub groups: Option<&'a Arc<Gap>>,
    /// Customer managed policies that are not seen.
    pub policies: Option<&'a Arc<Gap>>,
    /// SAML providers that are not seen.
    pub saml_providers: Option<&'a Arc<Gap>>,
}

/// Works the details out. `unseen` says whose policies are not in them.
pub fn of(
    details: &Source<Details>,
    unseen: Unseen<'_>,
    context: TrustContext,
    devices: &MfaDevices<'_>,
    saml_providers: Vec<String>,
    identity_center: Observed<bool>,
) -> Analysis {
    let mut bench = Bench::new(details, &context);
    let data = &details.data;
    let mut all: Vec<Analysed> = Vec::new();
    for group in &data.groups {
        let who = format!("group {}", group.name);
        let held = bench.held(&group.arn, &who, &group.holdings, None);
        all.push(bench.work_out("group", &group.arn, held, Given::default()));
    }
    for user in &data.users {
        let who = format!("user {}", name_of(&user.arn));
        let mut held = bench.held(&user.arn, &who, &user.holdings, None);
        let mut groups = Vec::new();
        match &user.groups {
            Observed::Known(names) => {
                for name in names {
                    match bench.groups.get(name.as_str()).copied() {
                        Some(group) => {
                            groups.push(group.arn.clone());
                            let who = format!("group {name}");
                            held.extend(bench.held(&group.arn, &who, &group.holdings, Some(name)));
                        }
                        None => {
                            held.missing(format!("the authorization details do not hold the group {name} of {who}"));
                        }
                    }
                }
            }
            Observed::Gap(gap) => held.gap = held.gap.or_else(|| Some(Arc::clone(gap))),
        }
        let given = Given { groups, tags: user.tags.clone(), boundary: user.boundary.as_deref() };
        all.push(bench.work_out("user", &user.arn, held, given));
    }
    let mut trusts: BTreeMap<usize, Arc<Trust>> = BTreeMap::new();
    for role in &data.roles {
        let who = format!("role {}", name_of(&role.arn));
        let held = bench.held(&role.arn, &who, &role.holdings, None);
        let tags = role.tags.known().cloned().unwrap_or_default();
        let given = Given { groups: Vec::new(), tags, boundary: role.boundary.as_deref() };
        let mut worked = bench.work_out("role", &role.arn, held, given);
        worked.trust = role.trust.document.as_ref().map(|document| {
            let key = Arc::as_ptr(document) as usize;
            Arc::clone(trusts.entry(key).or_insert_with(|| Arc::new(explain(document, &context))))
        });
        worked.trust_document.clone_from(&role.trust.document);
        worked.trust_gap = role.trust.gap.clone().or_else(|| details.gap.clone());
        all.push(worked);
    }
    all.sort_by(|one, other| one.arn.cmp(&other.arn));
    let any_gap = all.iter().find_map(|one| one.gap.as_ref().or(one.trust_gap.as_ref())).or(unseen.holders).cloned();
    let customer = data.policies.iter().filter(|policy| !policy.aws_managed());
    let policies = customer.map(customer_policy).collect();
    let mut analysis = Analysis {
        all,
        context,
        any_gap,
        groups_whole: unseen.groups.is_none(),
        policies_whole: unseen.policies.is_none(),
        saml_providers,
        saml_providers_gap: unseen.saml_providers.cloned(),
        identity_center: identity_center.known().copied().unwrap_or(false),
        identity_center_gap: identity_center.gap().cloned(),
        policies,
    };
    let presents: Vec<Mfa> = analysis.all.iter().map(|one| devices.of(one)).collect();
    analysis.all.iter_mut().zip(presents).for_each(|(one, mfa)| one.mfa = mfa);
    let paths = analysis.find_paths();
    for (one, (paths, undecided)) in analysis.all.iter_mut().zip(paths) {
        one.paths = paths;
        one.undecided = undecided;
    }
    // A group that is not seen matters where somebody can join one.
    let joins = |path: &Path| path.needs.iter().any(|met| met.need.on == On::Group);
    if analysis.all.iter().any(|one| one.paths.iter().any(joins)) {
        analysis.any_gap = analysis.any_gap.take().or_else(|| unseen.groups.cloned());
    }
    // A SAML provider that is not seen matters where somebody can create one that a trust policy names.
    if analysis.all.iter().any(|one| one.paths.iter().any(|path| path.way.absent)) {
        analysis.any_gap = analysis.any_gap.take().or_else(|| unseen.saml_providers.cloned());
    }
    let ways = analysis.with_graph(|graph, _| {
        let way = |one: &Analysed| {
            let route = graph.route(&one.arn)?;
            let steps = route.steps.iter().map(crate::policy::graph::Step::words).collect();
            Some(Way { steps, certainty: route.certainty })
        };
        analysis.all.iter().map(way).collect::<Vec<_>>()
    });
    analysis.all.iter_mut().zip(ways).for_each(|(one, way)| one.way = way);
    analysis
}

fn customer_policy(policy: &super::details::PolicyItem) -> CustomerPolicy {
    let alone =
        |reading: &Arc<Reading>| union_of(&[(Arc::from("policy"), Arc::clone(reading))], None, &Requester::default());
    // By any of these on everything the holder gives itself the rest.
    let administers = |grants: &Grants| {
        grants.is_full_admin()
            || ["iam:PutUserPolicy", "iam:AttachUserPolicy", "iam:PutRolePolicy", "iam:AttachRolePolicy"]
                .iter()
                .any(|action| grants.allows(action).is_some_and(|allowed| allowed.scope >= Scope::OfType))
    };
    CustomerPolicy {
        arn: policy.arn.clone(),
        // What was not read may be one.
        administrator: policy.text.gap.is_some()
            || policy.text.reading.as_ref().is_some_and(|reading| administers(&alone(reading))),
        others: !policy.others.is_empty(),
    }
}

impl Analysis {
    /// What is known of an ARN.
    pub fn get(&self, arn: &str) -> Option<&Analysed> {
        self.all.binary_search_by(|one| one.arn.as_str().cmp(arn)).ok().map(|at| &self.all[at])
    }

    /// Everything that a way can end at.
    fn targets(&self) -> Targets<'_> {
        let mut targets = Targets::new(self.any_gap.is_none());
        targets.complete_groups = self.groups_whole;
        targets.complete_policies = self.policies_whole;
        let providers = self.saml_providers_gap.is_none().then_some(&self.saml_providers);
        targets.saml_providers = providers.map(|all| all.iter().map(String::as_str).collect());
        for one in &self.all {
            let target = Target {
                arn: &one.arn,
                tags: one.gap.is_none().then_some(one.tags.as_slice()),
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

    fn around<'a>(&'a self, one: &Analysed, targets: &'a Targets<'a>) -> Surroundings<'a> {
        Surroundings {
            organization: self.context.organisation.as_deref(),
            mfa: one.mfa,
            targets: Some(targets),
            identity_center: self.identity_center,
            boundary_unread: one.cap_gap.is_some(),
            anyone: false,
        }
    }

    /// The ways of everyone to more, and why they may not be all.
    fn find_paths(&self) -> Vec<(Vec<Path>, Option<Arc<Gap>>)> {
        let targets = self.targets();
        let own_tags = own_change::demanded_by_trust(&targets);
        let of = |one: &Analysed| {
            if one.kind == "group" || one.is_service_linked() || one.grants.is_full_admin() {
                return (Vec::new(), None);
            }
            let policies = one.own_policies();
            let around = self.around(one, &targets);
            let mut paths = escalation::paths_among(&one.holder(&policies), &*one.grants, &around);
            removal::settle(one, &around, &mut paths);
            let untried = own_change::settle(one, &around, &own_tags, &mut paths);
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

impl Held {
    /// The customer managed policy, where it is attached to the principal itself.
    fn own_customer_policy(&self) -> Option<&str> {
        let arn = self.policy.as_deref().filter(|_| self.through.is_none())?;
        (arn.split(':').nth(4) != Some("aws")).then_some(arn)
    }
}

impl Analysed {
    /// Its name, without the path.
    pub fn name(&self) -> &str {
        name_of(&self.arn)
    }

    /// Its policies, in effect, allow every action on every resource, or nearly: the one predicate for facts, graph,
    /// register and reviews. What is known to, decides.
    pub fn is_administrator(&self) -> Observed<bool> {
        match (&self.gap, &self.cap_gap) {
            (Some(gap), _) if !self.grants.is_full_admin() => Observed::Gap(Arc::clone(gap)),
            // A boundary that was not read may cap it.
            (_, Some(gap)) if self.grants.is_full_admin() => Observed::Gap(Arc::clone(gap)),
            _ => Observed::Known(self.grants.is_full_admin()),
        }
    }

    /// A role that only its AWS service can use and change.
    pub fn is_service_linked(&self) -> bool {
        self.kind == "role" && self.arn.contains(":role/aws-service-role/")
    }

    /// The statement that makes it an administrator, or the first of those that do together.
    fn administrator(&self) -> Option<usize> {
        self.grants.full_admin.as_ref().and_then(|full| full.statements.first().copied())
    }

    /// ARNs of the customer managed policies in its hands.
    fn own_policies(&self) -> Vec<String> {
        let managed = self.held.iter().filter_map(|held| held.policy.clone());
        managed.filter(|arn| arn.split(':').nth(4) != Some("aws")).collect()
    }

    fn holder<'a>(&'a self, policies: &'a [String]) -> Holder<'a> {
        Holder {
            arn: &self.arn,
            groups: &self.groups,
            policies,
            boundary: self.boundary.as_deref().map(name_of),
            tags: &self.tags,
        }
    }
}

fn gap_of_absence(reason: String) -> Arc<Gap> {
    gap(AUTHORIZATION_DETAILS, GapKind::Absent, reason)
}

/// What a principal has besides policies.
#[derive(Default)]
struct Given<'a> {
    groups: Vec<String>,
    tags: Vec<String>,
    boundary: Option<&'a str>,
}

/// What somebody holds, and what of it is not known.
#[derive(Default)]
struct Hands {
    held: Vec<Held>,
    gap: Option<Arc<Gap>>,
}

impl Hands {
    fn missing(&mut self, reason: String) {
        self.gap.get_or_insert_with(|| gap_of_absence(reason));
    }

    fn extend(&mut self, more: Self) {
        self.held.extend(more.held);
        self.gap = self.gap.take().or(more.gap);
    }
}

/// The same policies under the same labels and boundary: addresses, which live as long as the details. Where a
/// condition is decided by who asks, the principal is part of it.
type Set = (Vec<(usize, usize)>, Option<usize>, Option<String>);

/// What is shared between principals.
struct Bench<'a> {
    whole_gap: Option<&'a Arc<Gap>>,
    groups: BTreeMap<&'a str, &'a super::details::GroupItem>,
    managed: BTreeMap<&'a str, (Arc<str>, &'a PolicyText)>,
    /// By ARN, the versions not in force that grant everything.
    old_full: BTreeMap<&'a str, Observed<Vec<String>>>,
    inline: BTreeMap<(&'a str, &'a str), Arc<str>>,
    unions: BTreeMap<Set, Arc<Grants>>,
    /// The organization of the account, if known.
    organization: Option<String>,
    /// By address, whether a reading has conditions that are decided by who asks.
    differing: BTreeMap<usize, bool>,
}

impl<'a> Bench<'a> {
    fn new(details: &'a Source<Details>, context: &TrustContext) -> Self {
        let data = &details.data;
        let label = |arn: &str, aws: bool| -> Arc<str> {
            Arc::from(format!("{} {}", if aws { "AWS-managed policy" } else { "policy" }, name_of(arn)))
        };
        let managed = data.policies.iter();
        Self {
            whole_gap: details.gap.as_ref(),
            groups: data.groups.iter().map(|group| (group.name.as_str(), group)).collect(),
            managed: managed.map(|one| (one.arn.as_str(), (label(&one.arn, one.aws_managed()), &one.text))).collect(),
            old_full: data.policies.iter().map(|one| (one.arn.as_str(), old_versions(one))).collect(),
            inline: BTreeMap::new(),
            unions: BTreeMap::new(),
            organization: context.organisation.clone(),
            differing: BTreeMap::new(),
        }
    }

    fn differs(&mut self, reading: &Arc<Reading>) -> bool {
        *self.differing.entry(Arc::as_ptr(reading) as usize).or_insert_with(|| {
            let conditions = reading.document.statements.iter().flat_map(|statement| &statement.conditions);
            conditions.into_iter().any(differs_by_requester)
        })
    }

    fn held(&mut self, owner: &'a str, who: &str, holdings: &'a Holdings, through: Option<&str>) -> Hands {
        let mut hands = Hands { held: Vec::new(), gap: self.whole_gap.cloned() };
        let through = through.map(str::to_owned);
        match &holdings.attached {
            Observed::Gap(gap) => hands.gap = hands.gap.or_else(|| Some(Arc::clone(gap))),
            Observed::Known(arns) => {
                for arn in arns {
                    let Some((label, text)) = self.managed.get(arn.as_str()) else {
                        hands.missing(format!("the authorization details do not hold the policy {arn} of {who}"));
                        continue;
                    };
                    let (label, text) = (Arc::clone(label), (*text).clone());
                    let old_full = self.old_full[arn.as_str()].clone();
                    hands.held.push(Held {
                        label,
                        policy: Some(arn.clone()),
                        through: through.clone(),
                        text,
                        old_full,
                    });
                }
            }
        }
        match &holdings.inline {
            Observed::Gap(gap) => hands.gap = hands.gap.or_else(|| Some(Arc::clone(gap))),
            Observed::Known(items) => {
                for item in items {
                    let label = self.inline.entry((owner, &item.name));
                    let label = label.or_insert_with(|| Arc::from(format!("inline policy {} of {who}", item.name)));
                    let (label, text) = (Arc::clone(label), item.text.clone());
                    let old_full = Observed::Known(Vec::new());
                    hands.held.push(Held { label, policy: None, through: through.clone(), text, old_full });
                }
            }
        }
        hands
    }

    fn work_out(&mut self, kind: &'static str, arn: &str, hands: Hands, given: Given<'_>) -> Analysed {
        let Hands { mut held, gap } = hands;
        let Given { groups, tags, boundary } = given;
        // A user's own policy may be a group's as well.
        held.sort_by(|one, other| (&one.label, &one.through).cmp(&(&other.label, &other.through)));
        let gap = gap.or_else(|| held.iter().find_map(|held| held.text.gap.clone()));
        let capping = boundary.and_then(|arn| self.managed.get(arn));
        let cap_gap = boundary.and_then(|boundary| match capping {
            Some((_, text)) => text.gap.clone(),
            None => {
                let reason =
                    format!("the authorization details do not hold the permissions boundary {boundary} of {arn}");
                Some(gap_of_absence(reason))
            }
        });
        // One that is not understood as a whole may allow anything.
        let cap = capping
            .filter(|_| cap_gap.is_none())
            .and_then(|(label, text)| Some((Arc::clone(label), text.reading.clone()?)));
        let mut readings: Vec<(Arc<str>, Arc<Reading>)> =
            held.iter().filter_map(|held| Some((Arc::clone(&held.label), held.text.reading.clone()?))).collect();
        readings.dedup_by(|one, other| Arc::ptr_eq(&one.0, &other.0));
        let address = |(label, reading): &(Arc<str>, Arc<Reading>)| {
            (Arc::as_ptr(label).cast::<u8>() as usize, Arc::as_ptr(reading) as usize)
        };
        let differs = readings.iter().chain(&cap).any(|(_, reading)| self.differs(reading));
        let who = if differs { Some(arn.to_owned()) } else { Some(kind.to_owned()) };
        let key = (readings.iter().map(address).collect(), cap.as_ref().map(|cap| address(cap).0), who);
        // Whoever shares the union differs in nothing that decides a condition of it.
        let requester = Requester {
            arn: if kind == "group" { "" } else { arn },
            tags: &tags,
            organization: self.organization.as_deref(),
            mfa: Mfa::AtWill,
        };
        let make = || Arc::new(union_of(&readings, cap.as_ref(), &requester));
        let grants = self.unions.entry(key).or_insert_with(make);
        Analysed {
            arn: arn.to_owned(),
            kind,
            groups,
            tags,
            held,
            boundary: boundary.map(str::to_owned),
            cap,
            cap_gap,
            grants: Arc::clone(grants),
            gap,
            paths: Vec::new(),
            trust: None,
            trust_document: None,
            mfa: Mfa::AtWill,
            trust_gap: None,
            undecided: None,
            way: None,
        }
    }
}
