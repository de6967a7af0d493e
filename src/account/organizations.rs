//! The organization: who is in it, what it trusts, and which of its policies reach whom.

use crate::account::analysis::list;
use crate::account::answers::{Answers, GLOBAL, Missing, Noted, add};
use crate::account::fact::{
    CHILD_ACCOUNTS, DELEGATED_ADMINISTRATORS, DELEGATED_SERVICES, DELEGATION_POLICY, Gap, GapKind, ORGANIZATION,
    ORGANIZATION_ACCOUNTS, ORGANIZATION_POLICIES, ORGANIZATION_POLICY, Observed, POLICY_TARGETS, REGIONS,
    ROOT_FEATURES, ROOTS, SSO_INSTANCES, TRUSTED_SERVICES, UNITS, subject,
};
use crate::account::gaps::gap;
use crate::account::identity::Place;
use crate::account::sources::Source;
use crate::account::{Population, Times};
use crate::arn::is_account;
use crate::policy::document::{Effect, Principal, Principals};
use crate::policy::parse::parse;
use crate::snapshot::Snapshot;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

type Text = String;
type Texts = Vec<String>;

subject! {
    /// The organization as this account sees it.
    Organization = "organization" as "organization", "account", from &[];
    /// The account belongs to an organization.
    in_organization "whether the account belongs to an organization": bool = &[ORGANIZATION],
        title "The account belongs to an organization";
    /// Id of the organization; null if there is none.
    organization_id "which organization the account belongs to": Option<String> = &[ORGANIZATION];
    /// Its management account; null if there is no organization.
    management_account "which account is the management account": Option<String> = &[ORGANIZATION];
    /// This account is the management account.
    is_management_account "whether this account is the management account": bool = &[ORGANIZATION],
        title "The account is the management account";
    /// Features by which root access to member accounts is managed centrally.
    central_root_features "which features of central root access are enabled": Texts = &[ROOT_FEATURES],
        title "Features of central root access";
    /// Member accounts that the organization's delegation policy names in statements that allow.
    policy_administrators "which member accounts may administer the organization's policies": Texts =
        &[DELEGATION_POLICY, ORGANIZATION], title "Members that may administer the policies";
    /// Instances of Identity Center that belong to the management account.
    identity_center "whether Identity Center belongs to the management account": Texts =
        &[SSO_INSTANCES, REGIONS, ORGANIZATION], title "Identity Center";
}

subject! {
    /// An account of the organization.
    OrganizationAccount = "organization_account" as "member", "accounts of the organization",
        from &[ORGANIZATION_ACCOUNTS, ORGANIZATION];
    /// Name.
    name "the account's name": Text = &[ORGANIZATION_ACCOUNTS];
    /// State: ACTIVE, SUSPENDED, PENDING_CLOSURE … (where AWS no longer says Status, State; else Status).
    state: Text = &[ORGANIZATION_ACCOUNTS];
    /// The state is ACTIVE.
    active "whether the account is active": bool = &[ORGANIZATION_ACCOUNTS];
    /// It is the management account, which organization policies never restrict.
    management "whether it is the management account": bool = &[ORGANIZATION], title "Management account";
    /// From the root down: the ids of the root and the units that the account is in.
    place: Texts = &[ROOTS, UNITS, CHILD_ACCOUNTS], title "Root and units above it";
    /// Service and resource control policies that reach the account from the root, its units or itself and restrict
    /// anything: not those of AWS (FullAWSAccess), nor those that only allow everything.
    guardrails "which policies of the organization restrict the account": Texts =
        &[ORGANIZATION_POLICIES, ORGANIZATION_POLICY, POLICY_TARGETS, ROOTS, UNITS, CHILD_ACCOUNTS],
        title "Restricting policies that reach it";
}

subject! {
    /// A service that the organization trusts.
    TrustedService = "trusted_service" as "service", "services trusted by the organization",
        from &[TRUSTED_SERVICES, ORGANIZATION];
    /// Service principal.
    name "the service's name": Text = &[TRUSTED_SERVICES], title "Service";
    /// The service can have a delegated administrator, by a table of known services; not known of others.
    supports_delegation "whether the service can have a delegated administrator": bool = &[TRUSTED_SERVICES],
        title "Can be delegated";
    /// Accounts that administer it for the organization.
    administrators "which accounts administer the service for the organization": Texts =
        &[DELEGATED_ADMINISTRATORS, DELEGATED_SERVICES], title "Delegated to", none "none";
}

mod guardrails;
mod services;
mod trusted_accounts;

pub use guardrails::{Allows, OrganizationPolicy, PolicyKind, Switch, Target, Tree, Unit};
pub use trusted_accounts::unite;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct About {
    organization: Option<AboutMembers>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AboutMembers {
    id: Option<String>,
    arn: Option<String>,
    master_account_id: Option<String>,
    master_account_arn: Option<String>,
}

impl AboutMembers {
    /// An ARN that is of another management account than the one beside it.
    fn contradiction(&self) -> Option<&str> {
        let management = self.master_account_id.as_deref()?;
        let arns = [self.arn.as_deref(), self.master_account_arn.as_deref()].into_iter().flatten();
        let mut others = arns.filter(|arn| arn.split(':').nth(4).is_some_and(|owner| owner != management));
        others.next()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AccountsPage {
    accounts: Option<Vec<Listed>>,
}

/// An account of the organization as AWS lists it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Listed {
    pub id: String,
    arn: Option<String>,
    pub name: Option<String>,
    state: Option<String>,
    status: Option<String>,
}

impl Listed {
    /// `ACTIVE`, `SUSPENDED` …; Status is retired, and where both are given, State says more.
    pub fn state(&self) -> Option<&String> {
        self.state.as_ref().or(self.status.as_ref())
    }

    /// Whether only one of the two says that the account is active.
    fn contradicts_itself(&self) -> bool {
        let is_active = |text: &String| text == "ACTIVE";
        let (Some(status), Some(state)) = (&self.status, &self.state) else { return false };
        // A new account may be active by one and not yet by the other.
        state != "PENDING_ACTIVATION" && is_active(status) != is_active(state)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Features {
    #[serde(default)]
    enabled_features: Vec<String>,
    organization_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ResourcePolicy {
    resource_policy: Option<ResourcePolicyMembers>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ResourcePolicyMembers {
    content: Option<String>,
}

/// An organization and its management account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    pub id: String,
    pub management: String,
}

/// What is known of the organization, before anything is judged by it.
pub struct Known {
    /// None: AWS says that the account is in no organization.
    pub membership: Observed<Option<Membership>>,
    pub accounts: Source<Vec<Listed>>,
    /// The tree and the policies; none outside an organization.
    pub tree: Option<Tree>,
    /// Every answer that is missing or not whole.
    pub missing: Vec<Missing>,
}

impl Known {
    pub fn read(snapshot: &Snapshot, place: &Place) -> Self {
        let mut noted = Noted::default();
        let membership = membership(snapshot);
        membership.gap().into_iter().for_each(|gap| noted.add("", gap));
        let answers = Answers::of(snapshot, ORGANIZATION_ACCOUNTS);
        let mut accounts = noted.list(&answers, GLOBAL, &[], |page: AccountsPage| page.accounts);
        if matches!(membership, Observed::Known(None)) {
            accounts = Source { data: Vec::new(), gap: None };
        } else if accounts.gap.is_none() {
            accounts.gap =
                doubt(&accounts.data, &membership, place).or_else(|| unlisted(snapshot, &accounts.data, &membership));
            accounts.gap.iter().for_each(|gap| noted.add("", gap));
        }
        accounts.gap = accounts.gap.map(|gap| as_member(gap, &membership, place));
        let is_member = !matches!(membership, Observed::Known(None));
        let tree = is_member.then(|| Tree::read(snapshot, &mut noted));
        Self { membership, accounts, tree, missing: noted.0 }
    }

    /// The organization's accounts, closed ones that AWS still lists among them; none while they are not known.
    pub fn accounts(&self) -> Option<BTreeSet<String>> {
        let known = self.accounts.gap.is_none() && self.membership.known().is_some();
        known.then(|| self.accounts.data.iter().map(|account| account.id.clone()).collect())
    }
}

fn membership(snapshot: &Snapshot) -> Observed<Option<Membership>> {
    let answers = Answers::of(snapshot, ORGANIZATION);
    if answers.code(GLOBAL, &[]) == Some("AWSOrganizationsNotInUseException") {
        return Observed::Known(None);
    }
    answers.one(GLOBAL, &[]).and_then(|about: About| {
        if let Some(other) = about.organization.as_ref().and_then(AboutMembers::contradiction) {
            let reason = format!("{ORGANIZATION} names a management account whose number is not the one in {other}");
            return Observed::Gap(gap(ORGANIZATION, GapKind::Conflict, reason));
        }
        let members = about.organization.and_then(|members| Some((members.id?, members.master_account_id?)));
        match members {
            Some((id, management)) if id.starts_with("o-") && is_account(&management) => {
                Observed::Known(Some(Membership { id, management }))
            }
            _ => {
                let reason =
                    format!("the answer of {ORGANIZATION} does not hold the organization and its management account");
                Observed::Gap(gap(ORGANIZATION, GapKind::Unreadable, reason))
            }
        }
    })
}

/// A list of accounts that cannot be of this account's organization proves nothing.
fn doubt(accounts: &[Listed], membership: &Observed<Option<Membership>>, place: &Place) -> Option<Arc<Gap>> {
    let conflict = |reason: String| Some(gap(ORGANIZATION_ACCOUNTS, GapKind::Conflict, reason));
    let lists = |id: &str| accounts.iter().any(|account| account.id == id);
    if !lists(&place.account) {
        return conflict(format!("{ORGANIZATION_ACCOUNTS} does not list the account {} itself", place.account));
    }
    let known = membership.known()?.as_ref()?;
    if !lists(&known.management) {
        let reason = format!("{ORGANIZATION_ACCOUNTS} does not list the management account {}", known.management);
        return conflict(reason);
    }
    let other = accounts.iter().find(|account| {
        account
            .arn
            .as_deref()
            .and_then(|arn| arn.split('/').nth(1))
            .is_some_and(|organization| organization != known.id)
    });
    other.and_then(|account| {
        conflict(format!("{ORGANIZATION_ACCOUNTS} lists {}, which is not in {}", account.id, known.id))
    })
}

/// A delegated administrator that the list of accounts lacks.
fn unlisted(snapshot: &Snapshot, accounts: &[Listed], membership: &Observed<Option<Membership>>) -> Option<Arc<Gap>> {
    membership.known()?.as_ref()?;
    let listed: BTreeSet<&str> = accounts.iter().map(|account| account.id.as_str()).collect();
    let administrators =
        Answers::of(snapshot, DELEGATED_ADMINISTRATORS)
            .list(GLOBAL, &[], |page: AdministratorsPage| page.delegated_administrators);
    let lacking = administrators.data.iter().find(|account| !listed.contains(account.id.as_str()))?;
    let reason =
        format!("{DELEGATED_ADMINISTRATORS} names account {}, which {ORGANIZATION_ACCOUNTS} does not list", lacking.id);
    Some(gap(ORGANIZATION_ACCOUNTS, GapKind::Conflict, reason))
}

/// Adds to a refusal that AWS answers the management account only.
fn as_member(gap: Arc<Gap>, membership: &Observed<Option<Membership>>, place: &Place) -> Arc<Gap> {
    match membership.known() {
        Some(Some(known)) if known.management != place.account && gap.code.is_some() => {
            let reason = format!(
                "this account is a member of the organization {}; AWS answers only its management account {} or a \
                 delegated administrator: {}",
                known.id, known.management, gap.reason
            );
            Arc::new(Gap { reason, ..(*gap).clone() })
        }
        _ => gap,
    }
}

/// The three populations.
pub struct Populations {
    pub organization: Population<Organization>,
    pub accounts: Population<OrganizationAccount>,
    pub services: Population<TrustedService>,
}

pub(in crate::account) fn read(
    snapshot: &Snapshot,
    known: &Known,
    identity_center: Observed<Vec<String>>,
    place: &Place,
    times: &Times,
) -> Populations {
    let membership = &known.membership;
    let management = membership.as_ref().map(|known| known.as_ref().map(|known| known.management.clone()));
    let organization = Organization {
        id: format!("{}#organization", place.account),
        label: "organization".to_owned(),
        as_of: times.started,
        in_organization: membership.as_ref().map(Option::is_some),
        organization_id: membership.as_ref().map(|known| known.as_ref().map(|known| known.id.clone())),
        is_management_account: management.as_ref().map(|id| id.as_ref() == Some(&place.account)),
        management_account: management,
        central_root_features: features(snapshot, membership, place),
        policy_administrators: delegation(snapshot, membership, place),
        identity_center,
    };
    let services = services(snapshot, &organization, membership, (place, times));
    Populations {
        organization: Population { subjects: vec![organization], gaps: Vec::new() },
        accounts: accounts(known, place, times),
        services,
    }
}

fn features(snapshot: &Snapshot, membership: &Observed<Option<Membership>>, place: &Place) -> Observed<Vec<String>> {
    if matches!(membership, Observed::Known(None)) {
        return Observed::Known(Vec::new());
    }
    let answers = Answers::of(snapshot, ROOT_FEATURES);
    // Without access to the organization IAM can have no feature in it.
    if answers.code(GLOBAL, &[]) == Some("ServiceAccessNotEnabledException") {
        return Observed::Known(Vec::new());
    }
    let found = answers.one(GLOBAL, &[]).and_then(|answer: Features| {
        let of = membership.known().and_then(Option::as_ref).map(|known| &known.id);
        match (&answer.organization_id, of) {
            (Some(other), Some(known)) if other != known => {
                let reason = format!("{ROOT_FEATURES} answered about {other}, not about {known}");
                Observed::Gap(gap(ROOT_FEATURES, GapKind::Conflict, reason))
            }
            _ => Observed::Known(answer.enabled_features),
        }
    });
    for_member(found, membership, place)
}

fn for_member<T>(value: Observed<T>, membership: &Observed<Option<Membership>>, place: &Place) -> Observed<T> {
    match value {
        Observed::Gap(gap) => Observed::Gap(as_member(gap, membership, place)),
        known @ Observed::Known(_) => known,
    }
}

/// Member accounts that the delegation policy lets administer the organization's policies.
fn delegation(snapshot: &Snapshot, membership: &Observed<Option<Membership>>, place: &Place) -> Observed<Vec<String>> {
    if matches!(membership, Observed::Known(None)) {
        return Observed::Known(Vec::new());
    }
    let answers = Answers::of(snapshot, DELEGATION_POLICY);
    if answers.code(GLOBAL, &[]) == Some("ResourcePolicyNotFoundException") {
        return Observed::Known(Vec::new());
    }
    let text = answers.one(GLOBAL, &[]).and_then(|answer: ResourcePolicy| {
        crate::account::answers::needed(
            answer.resource_policy.and_then(|policy| policy.content),
            DELEGATION_POLICY,
            || "the policy's text".to_owned(),
        )
    });
    let management = membership.known().and_then(Clone::clone).map(|known| known.management);
    let accounts = text.and_then(|text| match parse(&text) {
        Ok(document) if document.notes.is_empty() => {
            let allowing = document.statements.iter().filter(|one| one.effect == Effect::Allow);
            let principals = allowing.filter_map(|one| match &one.principals {
                Some(Principals::Only(all)) => Some(all),
                _ => None,
            });
            let mut names: Vec<String> = principals.flatten().filter_map(account_of).collect();
            names.retain(|name| Some(name) != management.as_ref());
            names.sort();
            names.dedup();
            Observed::Known(names)
        }
        _ => {
            let reason = "the delegation policy of the organization is not understood".to_owned();
            Observed::Gap(gap(DELEGATION_POLICY, GapKind::Unreadable, reason))
        }
    });
    for_member(accounts, membership, place)
}

fn account_of(principal: &Principal) -> Option<String> {
    let (Principal::Account(text) | Principal::Arn(text)) = principal else { return None };
    let id = if text.starts_with("arn:") { text.split(':').nth(4)? } else { text };
    is_account(id).then(|| id.to_owned())
}

fn accounts(known: &Known, place: &Place, times: &Times) -> Population<OrganizationAccount> {
    let mut gaps: Vec<Arc<Gap>> = Vec::new();
    add(&mut gaps, known.membership.gap().cloned());
    add(&mut gaps, known.accounts.gap.clone());
    let Some(tree) = &known.tree else {
        return Population { subjects: Vec::new(), gaps };
    };
    let management = known.membership.as_ref().map(|known| known.as_ref().map(|known| known.management.clone()));
    let subject = |account: &Listed| {
        let id = &account.id;
        let contrary = account.contradicts_itself().then(|| {
            let reason = format!(
                "{ORGANIZATION_ACCOUNTS} returns a Status and a State of account {id} that contradict each other"
            );
            gap(ORGANIZATION_ACCOUNTS, GapKind::Conflict, reason)
        });
        let state = contrary.map_or(Observed::Known(()), Observed::Gap);
        let state = state.and_then(|()| {
            crate::account::answers::needed(account.state().cloned(), ORGANIZATION_ACCOUNTS, || {
                format!("the state of account {id}")
            })
            .and_then(|state| {
                crate::account::answers::listed(state, "AccountState", ORGANIZATION_ACCOUNTS, || {
                    format!("the state of account {id}")
                })
            })
        });
        let way = tree.way(id).map_err(|gap| as_member(gap, &known.membership, place));
        OrganizationAccount {
            id: account.arn.clone().unwrap_or_else(|| id.clone()),
            label: id.clone(),
            as_of: times.started,
            name: Observed::Known(account.name.clone().unwrap_or_default()),
            active: state.as_ref().map(|state| state == "ACTIVE"),
            state,
            management: management.as_ref().map(|management| management.as_ref() == Some(id)),
            guardrails: match &way {
                // Whatever hangs above the management account does not bind it.
                _ if management.known().is_some_and(|management| management.as_ref() == Some(id)) => {
                    Observed::Known(Vec::new())
                }
                Ok(way) => {
                    let (found, missing) = tree.reaching(way, id);
                    list(found, missing.map(|gap| as_member(gap, &known.membership, place)).as_ref())
                }
                Err(gap) => Observed::Gap(Arc::clone(gap)),
            },
            place: way.map_or_else(Observed::Gap, Observed::Known),
        }
    };
    let mut subjects: Vec<OrganizationAccount> = known.accounts.data.iter().map(subject).collect();
    subjects.sort_by(|one, other| one.id.cmp(&other.id));
    let before = subjects.len();
    subjects.dedup_by(|one, other| one.id == other.id);
    if subjects.len() != before {
        let reason = format!("{ORGANIZATION_ACCOUNTS} lists an account twice");
        add(&mut gaps, Some(gap(ORGANIZATION_ACCOUNTS, GapKind::Conflict, reason)));
    }
    // The tree and the list come from different calls.
    let listed: BTreeSet<&str> = known.accounts.data.iter().map(|account| account.id.as_str()).collect();
    if known.accounts.gap.is_none()
        && let Some(other) = tree.accounts().find(|id| !listed.contains(id))
    {
        let reason = format!("{CHILD_ACCOUNTS} names account {other}, which {ORGANIZATION_ACCOUNTS} does not list");
        add(&mut gaps, Some(gap(CHILD_ACCOUNTS, GapKind::Conflict, reason)));
    }
    Population { subjects, gaps }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TrustedPage {
    enabled_service_principals: Option<Vec<ServiceItem>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DelegatedPage {
    delegated_services: Option<Vec<ServiceItem>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ServiceItem {
    service_principal: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdministratorsPage {
    delegated_administrators: Option<Vec<Listed>>,
}

/// What works in the organization only where it trusts a service.
fn needs_trust(organization: &Organization, trusted: &[ServiceItem]) -> Option<Arc<Gap>> {
    let any = |found: &Observed<Vec<String>>| found.known().is_some_and(|found| !found.is_empty());
    let uses = [
        ("central root access", &organization.central_root_features, "iam.amazonaws.com"),
        ("Identity Center", &organization.identity_center, "sso.amazonaws.com"),
    ];
    let lacks = |service: &str| !trusted.iter().any(|one| one.service_principal == service);
    let (what, _, service) = uses.into_iter().find(|(_, found, service)| any(found) && lacks(service))?;
    let reason = format!("the organization uses {what}, and {TRUSTED_SERVICES} does not list {service}");
    Some(gap(TRUSTED_SERVICES, GapKind::Conflict, reason))
}

fn services(
    snapshot: &Snapshot,
    organization: &Organization,
    membership: &Observed<Option<Membership>>,
    (place, times): (&Place, &Times),
) -> Population<TrustedService> {
    let mut gaps = Vec::new();
    add(&mut gaps, membership.gap().cloned());
    if matches!(membership, Observed::Known(None)) {
        return Population { subjects: Vec::new(), gaps };
    }
    let trusted =
        Answers::of(snapshot, TRUSTED_SERVICES).list(GLOBAL, &[], |page: TrustedPage| page.enabled_service_principals);
    add(&mut gaps, trusted.gap.clone().map(|gap| as_member(gap, membership, place)));
    if trusted.gap.is_none() {
        add(&mut gaps, needs_trust(organization, &trusted.data));
    }
    let administrators =
        Answers::of(snapshot, DELEGATED_ADMINISTRATORS)
            .list(GLOBAL, &[], |page: AdministratorsPage| page.delegated_administrators);
    let mut unread = administrators.gap.clone();
    let of_account = Answers::of(snapshot, DELEGATED_SERVICES);
    let mut held: Vec<(String, String)> = Vec::new();
    for account in &administrators.data {
        let source =
            of_account.list(GLOBAL, &[("AccountId", &account.id)], |page: DelegatedPage| page.delegated_services);
        unread = unread.or(source.gap);
        held.extend(source.data.into_iter().map(|service| (service.service_principal, account.id.clone())));
    }
    let unread = unread.map(|gap| as_member(gap, membership, place));
    let mut names: Vec<String> = trusted.data.into_iter().map(|service| service.service_principal).collect();
    names.sort();
    names.dedup();
    let subject = |name: String| TrustedService {
        id: name.clone(),
        label: name.clone(),
        as_of: times.started,
        supports_delegation: services::delegable(&name).map_or_else(
            || {
                let reason =
                    format!("whether {name} can have a delegated administrator is not in the table of known services");
                Observed::Gap(gap(TRUSTED_SERVICES, GapKind::Absent, reason))
            },
            Observed::Known,
        ),
        administrators: {
            let found = held.iter().filter(|(service, _)| *service == name).map(|(_, id)| id.clone()).collect();
            list(found, unread.as_ref())
        },
        name: Observed::Known(name),
    };
    Population { subjects: names.into_iter().map(subject).collect(), gaps }
}
