//! Who administers the account, counted once: summary, `assessment.json`, the register and the access review read the
//! same fact of the same population.

use super::assessment::Administrators;
use super::register::Register;
use super::words::{count as counted, listed};
use crate::account::Account;
use crate::account::fact::Observed;
use std::collections::BTreeMap;

/// What the register and the access review call it.
pub const LEVEL: &str = "full administrator";

pub(super) fn count(account: &Account) -> Administrators {
    let mut found = Administrators::default();
    for principal in &account.principals.subjects {
        match principal.administrator {
            Observed::Gap(_) => found.undetermined += 1,
            Observed::Known(false) => {}
            Observed::Known(true) => {
                found.total += 1;
                match principal.kind.known().map(String::as_str) {
                    Some("user") => found.users += 1,
                    Some("group") => found.groups += 1,
                    _ => found.roles += 1,
                }
            }
        }
    }
    found
}

/// `58 users, groups and roles are full administrators of the account: 12 users, 3 groups and 43 roles.`
pub(super) fn sentence(account: &Account) -> String {
    let found = count(account);
    let parts = [(found.users, "user", "users"), (found.groups, "group", "groups"), (found.roles, "role", "roles")];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| counted(*number, one, many))
        .collect();
    let open = found.undetermined > 0 || !account.principals.gaps.is_empty();
    let at_least = if open { "At least " } else { "" };
    let mut sentence = match found.total {
        0 if open => "No user, group or role is known to be a full administrator of the account.".to_owned(),
        0 => "No user, group or role is a full administrator of the account.".to_owned(),
        1 => format!("{at_least}{} is a full administrator of the account.", parts[0]),
        total => format!(
            "{at_least}{} users, groups and roles are full administrators of the account: {}.",
            super::words::number(total),
            listed(&parts)
        ),
    };
    if found.undetermined > 0 {
        let others = counted(found.undetermined, "user, group or role", "users, groups and roles");
        sentence.push_str(&format!(" Of {others} the evidence does not show whether they are."));
    }
    if !account.principals.gaps.is_empty() {
        sentence.push_str(" The list of users, groups and roles is incomplete.");
    }
    sentence
}

/// Gives the register's sheets of users, groups and roles the account's own answer.
pub(super) fn mark(register: &mut Register, account: &Account) {
    let known: BTreeMap<&str, Option<bool>> = (account.principals.subjects.iter())
        .map(|principal| (principal.id.as_str(), principal.administrator.known().copied()))
        .collect();
    for sheet in register.sheets.iter_mut().filter(|sheet| !sheet.kind.is_policy()) {
        sheet.administrator = known.get(sheet.id.as_str()).copied().flatten();
        if sheet.administrator == Some(true) && !sheet.level.contains(LEVEL) {
            LEVEL.clone_into(&mut sheet.level);
        }
    }
}
