//! What everybody may do and become: worked out once for the account, shared by facts and sheets.
//!
//! A principal's policies are united (the versions in force, its groups' among them), its ways to more
//! are looked for, every trust policy is explained, and a graph says who reaches an administrator. What
//! could not be read stands beside the result as a gap, never as an empty union: while there is one,
//! the principal may do more than is said here.

mod attaching;
mod exposed;
mod fixed_tags;
mod freed;
mod joining;
mod mfa;
mod own_change;
mod paths;
mod powers;
mod principal;
mod removal;
mod renaming;
mod tags;
mod trust;

use principal::{Given, PrincipalAnalyzer};
pub use tags::AdministratingTags;

pub use exposed::Exposed;
pub use mfa::MfaDevices;
pub use powers::{Powers, list};
pub use trust::TrustFacts;

use super::details::{Details, sorted, tag_texts};
use super::document::PolicyText;
use super::fact::{Gap, Observed};
use super::sources::Source;
use crate::arn::name_of;
use crate::policy::document::Document;
use crate::policy::escalation::{AccountContext, Certainty, Change, Holder, On, Path};
use crate::policy::grants::{Grants, Mfa, PolicyAnalysis, Requester, Scope, Unable, union_of};
use crate::policy::trust::{Trust, TrustContext, explain};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A user, group or role of the authorization details, worked out.
#[derive(Debug)]
pub struct Analysed {
    pub arn: String,
    /// AWS's unique ID.
    id: Option<String>,
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
    pub cap: Option<(Arc<str>, Arc<PolicyAnalysis>)>,
    /// What could not be read of the boundary.
    pub cap_gap: Option<Arc<Gap>>,
    /// What it may do in effect by what could be read, under its boundary. Those with the same policies share it.
    pub grants: Arc<Grants>,
    /// What could not be read of what it holds.
    pub gap: Option<Arc<Gap>>,
    /// Its ways to more; none for groups, whose members have them, for administrators, to whom all are open, and for
    /// service-linked roles, which only their service can use.
    pub paths: Vec<Path>,
    /// A role's trust policy, explained as far as it could be read.
    pub trust: Option<Arc<Trust>>,
    /// The trust policy itself.
    pub trust_document: Option<Arc<Document>>,
    /// Whether it can present MFA.
    pub mfa: Mfa,
    /// Its own tags are all that its requests carry: nobody who is no administrator can change them, and no caller sets
    /// session tags.
    fixed_tags: bool,
    /// It would be an administrator, or have an open path to one, without its permissions boundary.
    capped: bool,
    /// Sets of changes of its policies with which it would be one, or have such a path.
    changes: Vec<Vec<Change>>,
    /// Why its own tags are not known; conditions on them are then not decided.
    pub tags_gap: Option<Arc<Gap>>,
    /// What of the trust policy is not understood.
    pub trust_gap: Option<Arc<Gap>>,
    /// Why its escalation is not decided although all its policies are read.
    pub undecided: Option<Arc<Gap>>,
    /// Tags with which its sessions administer the account; callers set them.
    pub session_tags: AdministratingTags,
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
    /// What the version in force grants; none where it was not understood.
    reading: Option<Arc<PolicyAnalysis>>,
    /// Its holder administers the account.
    administrator: bool,
    /// The versions besides the one in force: what they grant; none where one was not understood.
    others: Vec<Option<Arc<PolicyAnalysis>>>,
    /// With one of these versions in force, its holder administers the account.
    former_administrator: bool,
}

/// A policy in somebody's policies.
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
    /// Trust policies of the roles that only the list of roles names, by ARN.
    listed: BTreeMap<String, (Arc<Trust>, Arc<Document>)>,
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
    /// AWS managed policies of the evidence, by ARN, with what they grant where that is understood.
    aws_policies: Vec<(String, Option<Arc<PolicyAnalysis>>)>,
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
    let mut analyzer = PrincipalAnalyzer::new(details, &context);
    let data = &details.data;
    let mut all: Vec<Analysed> = Vec::new();
    for group in &data.groups {
        let who = format!("group {}", group.name);
        let held = analyzer.held(&group.arn, &who, &group.holdings, None);
        all.push(analyzer.analyze("group", &group.arn, held, Given::default()));
    }
    for user in &data.users {
        let who = format!("user {}", name_of(&user.arn));
        let mut held = analyzer.held(&user.arn, &who, &user.holdings, None);
        let mut groups = Vec::new();
        match &user.groups {
            Observed::Known(names) => {
                for name in sorted(names.iter().collect()) {
                    match analyzer.groups.get(name.as_str()).copied() {
                        Some(group) => {
                            groups.push(group.arn.clone());
                            let who = format!("group {name}");
                            held.extend(analyzer.held(&group.arn, &who, &group.holdings, Some(name)));
                        }
                        None => {
                            held.missing(format!("the authorization details do not hold the group {name} of {who}"));
                        }
                    }
                }
            }
            Observed::Gap(gap) => held.gap = held.gap.or_else(|| Some(Arc::clone(gap))),
        }
        let given =
            Given { id: user.id.as_deref(), groups, tags: tag_texts(&user.tags), boundary: user.boundary.as_deref() };
        all.push(analyzer.analyze("user", &user.arn, held, given));
    }
    // Many roles share a document.
    let mut trusts: BTreeMap<usize, Arc<Trust>> = BTreeMap::new();
    let mut explained = |document: &Arc<Document>| {
        let key = Arc::as_ptr(document) as usize;
        Arc::clone(trusts.entry(key).or_insert_with(|| Arc::new(explain(document, &context))))
    };
    let listed = data.listed_roles.iter().filter_map(|role| {
        let document = role.trust.document.as_ref()?;
        Some((role.arn.clone(), (explained(document), Arc::clone(document))))
    });
    let listed = listed.collect();
    for role in &data.roles {
        let who = format!("role {}", name_of(&role.arn));
        let held = analyzer.held(&role.arn, &who, &role.holdings, None);
        let tags = role.tags.known().map(|tags| tag_texts(tags)).unwrap_or_default();
        let given = Given { id: role.id.as_deref(), groups: Vec::new(), tags, boundary: role.boundary.as_deref() };
        let mut worked = analyzer.analyze("role", &role.arn, held, given);
        worked.trust = role.trust.document.as_ref().map(&mut explained);
        worked.trust_document.clone_from(&role.trust.document);
        worked.trust_gap = role.trust.gap.clone().or_else(|| details.gap.clone());
        worked.tags_gap = role.tags.gap().cloned();
        all.push(worked);
    }
    all.sort_by(|one, other| one.arn.cmp(&other.arn));
    let of_one = |one: &'_ Analysed| [&one.gap, &one.trust_gap, &one.tags_gap].into_iter().flatten().next().cloned();
    let any_gap = all.iter().find_map(of_one).or_else(|| unseen.holders.cloned());
    let (of_aws, customer): (Vec<_>, Vec<_>) = data.policies.iter().partition(|policy| policy.aws_managed());
    let policies = customer.into_iter().map(customer_policy).collect();
    let reading = |policy: &super::details::PolicyItem| whole(&policy.text);
    let aws_policies = of_aws.into_iter().map(|policy| (policy.arn.clone(), reading(policy))).collect();
    let mut analysis = Analysis {
        all,
        listed,
        context,
        any_gap,
        groups_whole: unseen.groups.is_none(),
        policies_whole: unseen.policies.is_none(),
        saml_providers,
        saml_providers_gap: unseen.saml_providers.cloned(),
        identity_center: identity_center.known().copied().unwrap_or(false),
        identity_center_gap: identity_center.gap().cloned(),
        policies,
        aws_policies,
    };
    analysis.note_fixed_tags();
    let presents: Vec<Mfa> = analysis.all.iter().map(|one| devices.of(one)).collect();
    analysis.all.iter_mut().zip(presents).for_each(|(one, mfa)| one.mfa = mfa);
    analysis.note_capped();
    analysis.find_ways();
    // A group that is not seen matters where somebody can join one.
    let joins = |path: &Path| path.needs.iter().any(|met| met.need.on == On::Group);
    if analysis.all.iter().any(|one| one.paths.iter().any(joins)) {
        analysis.any_gap = analysis.any_gap.take().or_else(|| unseen.groups.cloned());
    }
    // A SAML provider that is not seen matters where somebody can create one that a trust policy names.
    if analysis.all.iter().any(|one| one.paths.iter().any(|path| path.way.absent)) {
        analysis.any_gap = analysis.any_gap.take().or_else(|| unseen.saml_providers.cloned());
    }
    analysis
}

/// What a policy grants; none where it was not understood as a whole.
fn whole(text: &PolicyText) -> Option<Arc<PolicyAnalysis>> {
    text.reading.clone().filter(|_| text.gap.is_none())
}

fn customer_policy(policy: &super::details::PolicyItem) -> CustomerPolicy {
    // By any of these on everything the holder gives itself the rest.
    let administers = |reading: &Arc<PolicyAnalysis>| {
        let grants = union_of(&[(Arc::from("policy"), Arc::clone(reading))], None, &Requester::default());
        grants.is_full_admin()
            || ["iam:PutUserPolicy", "iam:AttachUserPolicy", "iam:PutRolePolicy", "iam:AttachRolePolicy"]
                .iter()
                .any(|action| grants.allows(action).is_some_and(|allowed| allowed.scope >= Scope::OfType))
    };
    let others: Vec<_> = policy.others().map(|version| whole(&version.text)).collect();
    CustomerPolicy {
        arn: policy.arn.clone(),
        reading: whole(&policy.text),
        // What was not read may be one.
        administrator: policy.text.gap.is_some() || policy.text.reading.as_ref().is_some_and(administers),
        former_administrator: others.iter().flatten().any(administers),
        others,
    }
}

impl Analysis {
    /// What is known of an ARN.
    pub fn get(&self, arn: &str) -> Option<&Analysed> {
        self.all.binary_search_by(|one| one.arn.as_str().cmp(arn)).ok().map(|at| &self.all[at])
    }

    /// A role's trust policy, explained, and its document; none where the evidence holds none that is JSON.
    pub fn trust(&self, role: &str) -> Option<(&Arc<Trust>, &Arc<Document>)> {
        match self.get(role) {
            Some(one) => one.trust.as_ref().zip(one.trust_document.as_ref()),
            None => self.listed.get(role).map(|(trust, document)| (trust, document)),
        }
    }
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

    /// ARNs of the customer managed policies in its policies.
    fn own_policies(&self) -> Vec<String> {
        let managed = self.held.iter().filter_map(|held| held.policy.clone());
        managed.filter(|arn| arn.split(':').nth(4) != Some("aws")).collect()
    }

    /// Its requests, where it has these tags.
    fn requester<'a>(&'a self, tags: &'a [String], around: &AccountContext<'a>) -> Requester<'a> {
        Requester {
            arn: &self.arn,
            id: self.id.as_deref(),
            tags,
            organization: around.organization,
            mfa: around.mfa,
            whole_tags: around.session || around.fixed_tags,
            as_of: around.as_of,
            unable: Unable::default(),
            role_tags: None,
        }
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
