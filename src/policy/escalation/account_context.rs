//! The evidence about a principal's account: the users, roles, groups and policies that a path can end at.
//!
//! If the evidence contains them, a path is checked against them: a passed role must exist and trust the service, a
//! role whose permissions are changed must be assumable by the principal, and a path limited to one resource counts
//! fully if that resource is an administrator.

use super::arn_index::ArnIndex;
use super::{Met as Needed, On, Reach};
use crate::policy::document::{Condition, Document};
use crate::policy::grants::{Met, Mfa, Requester};
use crate::policy::trust::admission::{Admissions, admissions};
use std::collections::{BTreeMap, BTreeSet};

/// A user, role, group or customer managed policy of the account.
#[expect(clippy::struct_excessive_bools, reason = "each is known of the target by itself")]
#[derive(Clone, Debug, Default)]
pub struct Target<'a> {
    pub arn: &'a str,
    /// `key=value`; `None` if not known.
    pub tags: Option<&'a [String]>,
    /// Whether its permissions make it (or, for a policy, its holder) an administrator.
    pub administrator: bool,
    /// A role's trust policy.
    pub trust: Option<&'a Document>,
    /// Services and identity providers that the trust policy admits, in lower case.
    pub services: Vec<String>,
    /// SAML providers that its trust policy admits, and how certainly for a caller that signs the assertions.
    pub federations: Vec<(String, Certainty)>,
    /// Customer-managed policies attached to it, without those of its groups.
    pub policies: Vec<&'a str>,
    /// Whether a policy has versions besides the default one.
    pub others: bool,
    /// One of these versions would make the policy's holder an administrator.
    pub former_administrator: bool,
    /// The ARN of the permissions boundary of a user or role that would administer the account without it.
    pub capping: Option<&'a str>,
    /// The permissions boundary of a user or role leaves no step to another principal.
    pub closed: bool,
    /// Sets of changes of the policies of a user or role, each of which makes it administer the account.
    pub changes: &'a [Vec<Change>],
}

/// A change of a principal's policies that somebody else can make.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Such as `iam:DetachUserPolicy`.
    pub action: &'static str,
    /// The user, role, group or policy that the action is about.
    pub arn: String,
    /// The managed policy that is detached.
    pub policy: Option<String>,
}

/// The account's principals and policies.
#[expect(clippy::struct_excessive_bools, reason = "each list of the account may be incomplete by itself")]
#[derive(Debug, Default)]
pub struct Targets<'a> {
    pub users: Vec<Target<'a>>,
    pub roles: Vec<Target<'a>>,
    pub groups: Vec<Target<'a>>,
    pub policies: Vec<Target<'a>>,
    /// No user or role is missing, and the permissions of each are known.
    pub complete: bool,
    /// No group is missing.
    pub complete_groups: bool,
    /// No customer managed policy is missing.
    pub complete_policies: bool,
    /// The SAML providers of the account; `None` if not known.
    pub saml_providers: Option<BTreeSet<&'a str>>,
    /// A trust policy depends on a tag of the principal that assumes the role.
    pub trusts_by_tag: bool,
    /// By principal, the roles whose trust policy names it.
    naming: BTreeMap<&'a str, Vec<usize>>,
    /// Roles whose trust policy lets in the account or everyone, in their order.
    open: BTreeSet<usize>,
    /// Those of them that admit everyone or a session.
    open_to_all: BTreeSet<usize>,
    users_by_arn: ArnIndex<'a>,
    roles_by_arn: ArnIndex<'a>,
    policies_by_arn: ArnIndex<'a>,
    /// By customer-managed policy, the users and roles that it is attached to.
    users_by_policy: ArnIndex<'a>,
    roles_by_policy: ArnIndex<'a>,
    /// By service, the roles that trust it, and the administrators among them.
    serving: BTreeMap<String, (Vec<usize>, Vec<usize>)>,
    /// By SAML provider, the roles that trust it.
    federating: BTreeMap<String, Vec<(usize, Certainty)>>,
    /// Administrators among users and roles.
    administrators: (Vec<usize>, Vec<usize>),
}

impl<'a> Targets<'a> {
    /// An empty set of targets; `complete` means that no principal will be missing.
    pub fn new(complete: bool) -> Self {
        Self { complete, complete_groups: complete, complete_policies: complete, ..Self::default() }
    }

    /// Whether all targets of that kind are known.
    pub(super) fn holds_all(&self, on: On) -> bool {
        match on {
            On::Group | On::OwnGroup => self.complete_groups,
            On::Policy | On::OwnPolicy => self.complete_policies,
            On::User | On::OwnUser | On::Role | On::OwnRole | On::SamlProvider | On::Something => self.complete,
        }
    }

    /// Indexes the roles by the principals that they admit.
    pub fn index(&mut self, account: &str) {
        use crate::policy::document::{Effect, Principal, Principals};
        let administrators = |list: &[Target<'_>]| -> Vec<usize> {
            list.iter().enumerate().filter(|(_, one)| one.administrator).map(|(at, _)| at).collect()
        };
        self.administrators = (administrators(&self.users), administrators(&self.roles));
        let by_arn = |list: &[Target<'a>]| ArnIndex::new(list.iter().enumerate().map(|(at, one)| (one.arn, at)));
        let by_policy = |list: &[Target<'a>]| {
            let of = |(at, one): (usize, &Target<'a>)| one.policies.iter().map(move |policy| (*policy, at)).collect();
            ArnIndex::new(list.iter().enumerate().flat_map(|one| -> Vec<_> { of(one) }))
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

    /// Roles that trust one of the services; optionally only administrators.
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

    /// Whether the account has the SAML provider; `None` if that is not known.
    pub fn has_provider(&self, arn: &str) -> Option<bool> {
        self.saml_providers.as_ref().map(|all| all.contains(arn))
    }

    /// A user or role.
    pub fn principal(&self, arn: &str) -> Option<&Target<'a>> {
        let user = self.users_by_arn.find(arn).map(|at| &self.users[at]);
        user.or_else(|| self.roles_by_arn.find(arn).map(|at| &self.roles[at]))
    }

    /// The permissions boundary of a user or role that would administer the account without it.
    pub fn capping(&self, arn: &str) -> Option<&'a str> {
        self.principal(arn)?.capping
    }

    /// The changes of policies that make somebody administer the account.
    pub fn changes(&self) -> impl Iterator<Item = &'a Change> {
        self.users.iter().chain(&self.roles).flat_map(|target| target.changes).flatten()
    }

    /// A customer managed policy.
    pub fn policy(&self, arn: &str) -> Option<&Target<'a>> {
        self.policies_by_arn.find(arn).map(|at| &self.policies[at])
    }

    /// The users or roles that a need may reach, by their ARNs or by an attached policy; `None` if it may reach all.
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

    /// The users or roles of the narrowest need, in order; all if no need is narrow.
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

    /// Whether the reach includes a user or role other than this one.
    pub(super) fn reaches_another(&self, users: bool, reach: &Reach, arn: &str) -> bool {
        let (list, by_arn) = if users { (&self.users, &self.users_by_arn) } else { (&self.roles, &self.roles_by_arn) };
        let other = |target: &Target<'_>| target.arn != arn && reach.matches(target.arn);
        match by_arn.within(std::iter::once(reach)) {
            Some(some) => some.into_iter().any(|at| other(&list[at])),
            None => list.iter().any(other),
        }
    }

    /// Roles that may admit the principal: those whose trust policy names it, and those open to everyone or to the
    /// account, limited to `within` if given.
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
            let found = admissions(role.trust?, &Requester { role_tags: role.tags, ..*who });
            (role.arn != who.arn && (found.named.is_some() || found.through_account.is_some())).then_some((role, found))
        })
    }
}

/// The context of a principal whose paths are evaluated.
#[expect(clippy::struct_excessive_bools, reason = "each is known or not by itself")]
#[derive(Clone, Copy, Debug, Default)]
pub struct AccountContext<'a> {
    /// The organization of the account, if known.
    pub organization: Option<&'a str>,
    /// Whether the principal can present MFA.
    pub mfa: Mfa,
    /// The account's principals and policies; `None` if not known.
    pub targets: Option<&'a Targets<'a>>,
    /// IAM Identity Center is administered from this account.
    pub identity_center: bool,
    /// The boundary could not be read, so its effect is uncertain.
    pub boundary_unread: bool,
    /// The principal represents any holder of the policies, so conditions on the caller are not decided.
    pub anyone: bool,
    /// The principal is one role session, with exactly these tags.
    pub session: bool,
    /// The principal's own tags are all that its requests carry: nobody who is no administrator can change them, and
    /// no caller sets session tags.
    pub fixed_tags: bool,
    /// AWS's unique ID of the principal, if known.
    pub id: Option<&'a str>,
    /// The account is in the partition of China.
    pub china: bool,
    /// The time of the evidence; without it dates decide nothing.
    pub as_of: Option<jiff::Timestamp>,
}

impl AccountContext<'_> {
    /// A trust policy depends on a tag of the principal that assumes the role.
    pub(super) fn trusts_by_tag(&self) -> bool {
        self.targets.is_some_and(|targets| targets.trusts_by_tag)
    }
}

/// The certainty of a permission under its conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// Conditions may prevent it.
    Conditional,
    /// The principal must sign in with MFA, and can.
    WithMfa,
    /// No condition limits it.
    Unconditional,
}

impl Certainty {
    /// The certainty for how conditions are met; `None` if never.
    pub fn of_met(met: Met) -> Option<Self> {
        match met {
            Met::Never => None,
            Met::Perhaps => Some(Self::Conditional),
            Met::WithMfa => Some(Self::WithMfa),
            Met::AtWill => Some(Self::Unconditional),
        }
    }

    /// In words.
    pub fn text(self) -> &'static str {
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
        || condition.has_variable()
            && condition.values.iter().any(|value| value.to_ascii_lowercase().contains(&format!("${{{TAG}")))
}

/// Whether only AWS can change the role: service-linked roles and those of IAM Identity Center.
pub fn is_changed_by_aws_only(arn: &str) -> bool {
    let Some((_, resource)) = arn.split_once(":role/") else { return false };
    resource.starts_with("aws-service-role/") || resource.starts_with("aws-reserved/")
}
