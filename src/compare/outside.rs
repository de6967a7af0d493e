//! Full administrators, and principals outside the account that a role admits.

use crate::account::Account;
use crate::account::fact::Observed;
use crate::account::subjects::Role;
use crate::policy::service_principals;
use crate::policy::trust::TrustedPrincipal;
use std::collections::{BTreeMap, BTreeSet};

/// Whether a principal has a policy that grants every action on every resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Full {
    /// By this policy.
    Yes(String),
    No,
    /// Unknown, with the reason.
    Unknown(String),
}

/// Every user, group and role of one side; users include the policies of their groups.
pub fn administrators(account: &Account) -> BTreeMap<String, Full> {
    let policies: BTreeMap<&str, &Observed<bool>> =
        account.policies.subjects.iter().map(|policy| (policy.id.as_str(), &policy.grants_full_admin)).collect();
    let mut held: BTreeMap<String, Full> = account
        .principals
        .subjects
        .iter()
        .map(|principal| {
            let inline = principal
                .inline_policies
                .as_ref()
                .map(|names| names.iter().map(|name| format!("{}#inline/{name}", principal.id)).collect::<Vec<_>>());
            let lists = [principal.attached_policies.as_ref().map(Clone::clone), inline];
            (principal.id.clone(), lists.into_iter().fold(Full::No, |full, list| full.or(of_list(list, &policies))))
        })
        .collect();
    let groups: BTreeMap<&str, Full> = account
        .groups
        .subjects
        .iter()
        .map(|group| (group.label.as_str(), held.get(&group.id).cloned().unwrap_or(Full::No)))
        .collect();
    for user in &account.users.subjects {
        let by_groups = match &user.groups {
            Observed::Gap(gap) => Full::Unknown(gap.reason.clone()),
            Observed::Known(names) => names.iter().fold(Full::No, |full, name| {
                let unseen = || Full::Unknown(format!("the evidence does not hold the group {name}"));
                full.or(groups.get(name.as_str()).cloned().unwrap_or_else(unseen))
            }),
        };
        let own = held.remove(&user.id).unwrap_or(Full::No);
        held.insert(user.id.clone(), own.or(by_groups));
    }
    held
}

fn of_list(list: Observed<Vec<String>>, policies: &BTreeMap<&str, &Observed<bool>>) -> Full {
    let ids = match list {
        Observed::Gap(gap) => return Full::Unknown(gap.reason.clone()),
        Observed::Known(ids) => ids,
    };
    ids.iter().fold(Full::No, |full, id| {
        full.or(match policies.get(id.as_str()) {
            Some(Observed::Known(true)) => Full::Yes(id.clone()),
            Some(Observed::Known(false)) => Full::No,
            Some(Observed::Gap(gap)) => Full::Unknown(gap.reason.clone()),
            None => Full::Unknown(format!("the evidence does not hold the policy {id}")),
        })
    })
}

impl Full {
    /// Yes decides; unknown takes precedence over no.
    fn or(self, other: Self) -> Self {
        match (&self, &other) {
            (Self::Yes(_), _) | (Self::Unknown(_), Self::No | Self::Unknown(_)) | (Self::No, Self::No) => self,
            _ => other,
        }
    }
}

/// The external principals that each role admits, by the role's ARN, or the reason that its trust policy is not
/// understood.
pub fn outsiders(account: &Account) -> BTreeMap<String, Result<BTreeSet<String>, String>> {
    account.roles.subjects.iter().map(|role| (role.id.clone(), of_role(account, role))).collect()
}

fn of_role(account: &Account, role: &Role) -> Result<BTreeSet<String>, String> {
    if account.details.trust(&role.id).is_none_or(|trust| trust.text.is_none()) {
        return Err(format!("the evidence does not hold the trust policy of role {}", role.label));
    }
    let (trust, _) = account.analysis.trust(&role.id).ok_or("a trust policy is not JSON")?;
    if !trust.not_understood.is_empty() {
        return Err("parts of a trust policy are not understood".to_owned());
    }
    Ok(trust.entries.iter().filter(|entry| entry.is_open()).filter_map(|entry| outside(&entry.who)).collect())
}

/// An external principal in words; `None` for the account's own principals and for AWS services that act for
/// themselves.
fn outside(who: &TrustedPrincipal) -> Option<String> {
    Some(match who {
        TrustedPrincipal::Everyone => "everyone (*)".to_owned(),
        TrustedPrincipal::EveryoneExcept(names) => format!("everyone except {}", names.join(", ")),
        TrustedPrincipal::Account { id, .. } => format!("account {id}"),
        TrustedPrincipal::Foreign { arn, .. } => arn.clone(),
        TrustedPrincipal::Oidc { provider, .. } | TrustedPrincipal::Saml { provider, .. } => {
            format!("users of the identity provider {provider}")
        }
        TrustedPrincipal::NotUnderstood(text) => format!("{text}, which is not understood"),
        // Some services admit people or machines.
        TrustedPrincipal::Service(name) => return service_principals::party(name).map(str::to_owned),
        TrustedPrincipal::OwnAccount | TrustedPrincipal::OwnPrincipal { .. } | TrustedPrincipal::Dangling(_) => {
            return None;
        }
    })
}
