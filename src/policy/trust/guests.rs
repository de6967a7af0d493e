//! Guests of Amazon Cognito identity pools: they do not sign in, and need only know the pool's id.

use super::Who;
use crate::policy::document::{Condition, SetPrefix, Version};
use crate::policy::matching::{Glob, symbols};
use crate::policy::oidc_issuers::{COGNITO, is_cognito};

/// Whether an identity pool's guests get in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Guests {
    /// The principal is no identity pool, or a condition demands that users sign in.
    #[default]
    No,
    /// Guests and users who signed in: no condition on `amr` tells them apart.
    Too,
    /// Guests: a condition asks for `unauthenticated`.
    Only,
}

/// Who of the pool's users gets in under these conditions, all of which hold together.
pub(super) fn admitted(who: &Who, conditions: &[Condition]) -> Guests {
    let Who::Oidc { issuer, .. } = who else { return Guests::No };
    if !is_cognito(issuer) {
        return Guests::No;
    }
    let mut guests = Guests::Too;
    for condition in conditions.iter().filter(|it| it.key.eq_ignore_ascii_case(&format!("{COGNITO}:amr"))) {
        match admits(condition, "unauthenticated") {
            Some(false) => return Guests::No,
            Some(true) if admits(condition, "authenticated") == Some(false) => guests = Guests::Only,
            _ => {}
        }
    }
    guests
}

/// Does the condition admit tokens whose `amr` is this alone? None where it does not settle that.
fn admits(condition: &Condition, amr: &str) -> Option<bool> {
    let operator = condition.operator.to_ascii_lowercase();
    let fits = |value: &String| match operator.as_str() {
        "stringlike" | "stringnotlike" => Glob::new(symbols(value, Version::V2008)).matches(amr),
        "stringequalsignorecase" | "stringnotequalsignorecase" => value.eq_ignore_ascii_case(amr),
        _ => value == amr,
    };
    let optional = condition.if_exists || condition.set == Some(SetPrefix::ForAllValues);
    let any = condition.values.iter().any(fits);
    match operator.as_str() {
        "stringequals" | "stringequalsignorecase" | "stringlike" if !optional && !condition.values.is_empty() => {
            Some(any)
        }
        // Every token of an identity pool has an `amr`, and a guest's holds nothing else.
        "stringnotequals" | "stringnotequalsignorecase" | "stringnotlike" => Some(!any),
        _ => None,
    }
}
