//! What the evidence shows around a principal: the users, roles, groups and policies that a way can end at.
//!
//! Where the evidence holds them, a way is checked against the things themselves:
//! a role that can be passed must exist and trust the service, a role whose
//! permissions are changed must be one that the principal can assume, and a way
//! that is limited to one resource counts in full if that resource is an
//! administrator.

use super::by_arn::ByArn;
use super::{Met as Needed, On, Reach};
use crate::policy::document::{Condition, Document};
use crate::policy::grants::{Met, Mfa, Requester};
use crate::policy::trust::admission::{Admissions, admissions};
use std::collections::{BTreeMap, BTreeSet};

/// A user, role, group or customer managed policy of the account.
#[derive(Clone, Debug, Default)]
pub struct Target<'a> {
    pub arn: &'a str,
    /// `key=value`; none if not known.
    pub tags: Option<&'a [String]>,
    /// Its permissions make it an administrator; for a policy, they would make its holder one.
    pub administrator: bool,
    /// A role's trust policy.
    pub trust: Option<&'a Document>,
    /// Services and identity providers that the trust policy lets in, in lower case.
    pub services: Vec<String>,
    /// SAML providers that its trust policy lets in, and how certainly for whom signs the assertions.
    pub federations: Vec<(String, Certainty)>,
    /// Customer managed policies attached to it, its groups' not among them.
    pub policies: Vec<&'a str>,
    /// A policy has versions besides the one in force.
    pub others: bool,
    /// One of these versions would make the policy's holder an administrator.
    pub former_administrator: bool,
}

/// The account's principals and policies.
#[expect(clippy::struct_excessive_bools, reason = "each list of the account may be incomplete by itself")]
#[derive(Debug, Default)]
pub struct Targets<'a> {
    pub users: Vec<Target<'a>>,
    pub roles: Vec<Target<'a>>,
    pub groups: Vec<Target<'a>>,
    pub policies: Vec<Target<'a>>,
    /// No user or role is missing, and what each holds is known.
    pub complete: bool,
    /// No group is missing.
    pub complete_groups: bool,
    /// No customer managed policy is missing.
    pub complete_policies: bool,
    /// The SAML providers of the account; none if they are not known.
    pub saml_providers: Option<BTreeSet<&'a str>>,
    /// A trust policy depends on a tag of the principal that assumes the role.
    pub trusts_by_tag: bool,
    /// By principal, the roles whose trust policy names it.
    naming: BTreeMap<&'a str, Vec<usize>>,
    /// Roles whose trust policy lets in the account or everyone, in their order.
    open: BTreeSet<usize>,
    /// Roles of these that let in everyone or a session.
    open_to_all: BTreeSet<usize>,
    users_by_arn: ByArn<'a>,
    roles_by_arn: ByArn<'a>,
    policies_by_arn: ByArn<'a>,
    /// By customer managed policy, the users and the roles that it is attached to.
    users_by_policy: ByArn<'a>,
    roles_by_policy: ByArn<'a>,
    /// By service, the roles that trust it, and the administrators among them.
    serving: BTreeMap<String, (Vec<usize>, Vec<usize>)>,
    /// By SAML provider, the roles that trust it.
    federating: BTreeMap<String, Vec<(usize, Certainty)>>,
    /// Administrators among users and roles.
    administrators: (Vec<usize>, Vec<usize>),
}

impl<'a> Targets<'a> {
    /// None yet; `complete` says that nothing will be missing.
    pub fn new(complete: bool) -> Self {
        Self { complete, complete_groups: complete, complete_policies: complete, ..Self::default() }
    }

    /// Whether none of that kind is missing.
    pub(super) fn holds_all(&self, on: On) -> bool {
        match on {
            On::Group | On::OwnGroup => self.complete_groups,
            On::Policy | On::OwnPolicy => self.complete_policies,
            On::User | On::OwnUser | On::Role | On::OwnRole | On::SamlProvider | On::Something => self.complete,
        }
    }

    /// Indexes the roles by whom they let in.
    pub fn index(&mut self, account: &str) {
        use crate::policy::document::{Effect, Principal, Principals};
        let administrators = |list: &[Target<'_>]| -> Vec<usize> {
            list.iter().enumerate().filter(|(_, one)| one.administrator).map(|(at, _)| at).collect()
        };
        self.administrators = (administrators(&self.users), administrators(&self.roles));
        let by_arn = |list: &[Target<'a>]| ByArn::new(list.iter().enumerate().map(|(at, one)| (one.arn, at)));
        let by_policy = |list: &[Target<'a>]| {
            let of = |(at, one): (usize, &Target<'a>)| one.policies.iter().map(move |policy| (*policy, at)).collect();
            ByArn::new(list.iter().enumerate().flat_map(|one| -> Vec<_> { of(one) }))
        };
        (self.users_by_arn, self.roles_by_arn) = (by_arn(&self.users), by_arn(&self.roles));
        (self.users_by_policy, self.roles_by_policy) = (by_policy(&self.users), by_policy(&self.roles));
        self.policies_by_arn = by_arn(&self.policies);
        for (at, role) in self.roles.iter().enumerate() {
            for service in &role.services {
                let (all, administrators) = self.serving.entry(service.clone()).or_default();
                all.push(at);
                if role.administrator {
                    administrators.push(at);
                }
            }
            for (provider, certainty) in &role.federations {
                self.federating.entry(provider.clone()).or_default().push((at, *certainty));
            }
            let Some(trust) = role.trust else { continue };
            self.trusts_by_tag |= depends_on_tags(trust);
            let (mut open, mut open_to_all) = (false, false);
            for statement in trust.statements.iter().filter(|statement| statement.effect == Effect::Allow) {
                let Some(Principals::Only(list)) = &statement.principals else {
                    open_to_all |= statement.principals.is_some();
                    continue;
                };
                for principal in list {
                    match principal {
                        Principal::Everyone => open_to_all = true,
                        Principal::Account(text) => open |= text.contains(account),
                        Principal::Arn(arn) if arn.contains(":assumed-role/") => open_to_all = true,
                        Principal::Arn(arn) => self.naming.entry(arn).or_default().push(at),
                        _ => {}
                    }
                }
            }
            if open || open_to_all {
                self.open.insert(at);
            }
            if open_to_all {
                self.open_to_all.insert(at);
            }
        }
    }

    /// Roles that trust one of the services; of them the administrators only, if asked so.
    pub(super) fn serving<'s>(
        &'s self,
        services: &'s [String],
        administrators: bool,
    ) -> impl Iterator<Item = &'s Target<'a>> + 's {
        let lists = services.iter().filter_map(|service| self.serving.get(service));
        let of = move |(all, some): &'s (Vec<usize>, Vec<usize>)| if administrators { some } else { all };
        lists.flat_map(of).map(|&at| &self.roles[at])
    }

    /// SAML providers with the roles that trust them.
    pub(super) fn federating(&self) -> impl Iterator<Item = (&str, &[(usize, Certainty)])> {
        self.federating.iter().map(|(provider, roles)| (provider.as_str(), roles.as_slice()))
    }

    /// Whether the account has the SAML provider; none if that is not known.
    pub fn has_provider(&self, arn: &str) -> Option<bool> {
        self.saml_providers.as_ref().map(|all| all.contains(arn))
    }

    /// A customer managed policy.
    pub fn policy(&self, arn: &str) -> Option<&Target<'a>> {
        self.policies_by_arn.find(arn).map(|at| &self.policies[at])
    }

    /// The users, or the roles, that a need may reach, by their own ARNs or by a policy attached to them; `None` if
    /// that may be all of them.
    pub(super) fn reached(&self, users: bool, need: &Needed) -> Option<BTreeSet<usize>> {
        let (by_arn, by_policy) = if users {
            (&self.users_by_arn, &self.users_by_policy)
        } else {
            (&self.roles_by_arn, &self.roles_by_policy)
        };
        let reaches = need.by.iter().map(|usable| &*usable.reach);
        match need.need.on {
            On::User if users => by_arn.within(reaches),
            On::Role if !users => by_arn.within(reaches),
            On::Policy => by_policy.within(reaches),
            _ => None,
        }
    }

    /// The fewest users, or roles, that one of the needs may reach, in their order; all if none of them is narrow.
    pub(super) fn narrowest<'s, 'n>(
        &'s self,
        users: bool,
        needs: impl Iterator<Item = &'n Needed>,
    ) -> impl Iterator<Item = &'s Target<'a>> + 's {
        let list = if users { &self.users } else { &self.roles };
        let narrow = needs.filter_map(|need| self.reached(users, need)).min_by_key(BTreeSet::len);
        let (some, all) = match narrow {
            Some(some) => (some, &[][..]),
            None => (BTreeSet::new(), &list[..]),
        };
        some.into_iter().map(|at| &list[at]).chain(all)
    }

    /// Administrators among the users or roles that one of the needs may reach, in their order.
    pub(super) fn administrators_within<'s, 'n>(
        &'s self,
        users: bool,
        needs: impl Iterator<Item = &'n Needed>,
    ) -> impl Iterator<Item = &'s Target<'a>> + 's {
        let (list, administrators) =
            if users { (&self.users, &self.administrators.0) } else { (&self.roles, &self.administrators.1) };
        let narrow = needs.filter_map(|need| self.reached(users, need)).min_by_key(BTreeSet::len);
        let narrow: Option<Vec<usize>> =
            narrow.map(|some| some.into_iter().filter(|at| list[*at].administrator).collect());
        let (some, all) = match narrow {
            Some(some) => (some, &[][..]),
            None => (Vec::new(), &administrators[..]),
        };
        let usable = move |role: &&Target<'_>| users || !is_changed_by_aws_only(role.arn);
        some.into_iter().chain(all.iter().copied()).map(|at| &list[at]).filter(usable)
    }

    /// Whether a reach of that kind reaches one of the users or roles but this one.
    pub(super) fn reaches_another(&self, users: bool, reach: &Reach, arn: &str) -> bool {
        let (list, by_arn) = if users { (&self.users, &self.users_by_arn) } else { (&self.roles, &self.roles_by_arn) };
        let other = |target: &Target<'_>| target.arn != arn && reach.matches(target.arn);
        match by_arn.within(std::iter::once(reach)) {
            Some(some) => some.into_iter().any(|at| other(&list[at])),
            None => list.iter().any(other),
        }
    }

    /// Roles that the principal may be let into, with how: those whose trust policy names it, and those open to the
    /// account among `within`, if that is given, or to everyone.
    pub(super) fn entrances<'s>(
        &'s self,
        who: &'s Requester<'_>,
        within: Option<&BTreeSet<usize>>,
        among: impl Fn(&Target<'_>) -> bool + 's,
    ) -> impl Iterator<Item = (&'s Target<'a>, Admissions)> + 's {
        let named = self.naming.get(who.arn).into_iter().flatten().copied();
        let open: Vec<usize> = match within {
            Some(within) if within.len() < self.open.len() => {
                let some = within.iter().filter(|at| self.open.contains(at));
                some.chain(&self.open_to_all).copied().collect::<BTreeSet<_>>().into_iter().collect()
            }
            _ => self.open.iter().copied().collect(),
        };
        named.chain(open).filter_map(move |at| {
            let role = &self.roles[at];
            if !among(role) {
                return None;
            }
            let found = admissions(role.trust?, who);
            (role.arn != who.arn && (found.named.is_some() || found.through_account.is_some())).then_some((role, found))
        })
    }
}

/// What is known around the principal whose ways are looked for.
#[expect(clippy::struct_excessive_bools, reason = "each is known or not by itself")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// The organization of the account, if known.
    pub organization: Option<&'a str>,
    /// Whether the principal can present MFA.
    pub mfa: Mfa,
    /// The account's principals and policies; none if they are not known.
    pub targets: Option<&'a Targets<'a>>,
    /// IAM Identity Center is administered from this account.
    pub identity_center: bool,
    /// The boundary could not be read, so that its effect is not certain.
    pub boundary_unread: bool,
    /// The principal stands for any that may hold the policies, so that no condition on who asks is decided.
    pub anyone: bool,
    /// The principal is one session of a role: its tags are all there are.
    pub session: bool,
}

impl Surroundings<'_> {
    /// A trust policy depends on a tag of the principal that assumes the role.
    pub(super) fn trusts_by_tag(&self) -> bool {
        self.targets.is_some_and(|targets| targets.trusts_by_tag)
    }
}

/// How certain a permission is under its conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// Conditions may forbid it.
    Conditional,
    /// The principal must sign in with MFA, which it can do.
    WithMfa,
    /// No condition limits it.
    Unconditional,
}

impl Certainty {
    /// From how surely conditions are met; none if never.
    pub fn of(met: Met) -> Option<Self> {
        match met {
            Met::Never => None,
            Met::Perhaps => Some(Self::Conditional),
            Met::WithMfa => Some(Self::WithMfa),
            Met::AtWill => Some(Self::Unconditional),
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Conditional => "conditional",
            Self::WithMfa => "with MFA",
            Self::Unconditional => "unconditional",
        }
    }
}

/// Whether a statement depends on a tag of the principal.
fn depends_on_tags(document: &Document) -> bool {
    document.statements.iter().flat_map(|statement| &statement.conditions).any(names_own_tag)
}

/// Whether the condition depends on a tag of the principal, by its key or by a variable in its values.
pub(super) fn names_own_tag(condition: &Condition) -> bool {
    const TAG: &str = "aws:principaltag/";
    condition.key.to_ascii_lowercase().starts_with(TAG)
        || condition.values.iter().any(|value| value.to_ascii_lowercase().contains(&format!("${{{TAG}")))
}

/// Roles that only AWS can change: service-linked roles and those of IAM Identity Center.
pub fn is_changed_by_aws_only(arn: &str) -> bool {
    let Some((_, resource)) = arn.split_once(":role/") else { return false };
    resource.starts_with("aws-service-role/") || resource.starts_with("aws-reserved/")
}
