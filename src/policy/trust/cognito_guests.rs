//! Guests of Amazon Cognito identity pools: they do not sign in, and need only the pool's ID.

use super::TrustedPrincipal;
use crate::policy::document::{Condition, SetPrefix, Version};
use crate::policy::matching::{Glob, symbols};
use crate::policy::oidc_issuers::{COGNITO, is_cognito};

/// Whether guests of an identity pool are admitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Guests {
    /// The principal is not an identity pool, or a condition requires users to sign in.
    #[default]
    No,
    /// Guests and signed-in users: no condition on `amr` distinguishes them.
    Too,
    /// Guests: a condition requires `unauthenticated`.
    Only,
}

/// The pool's users that these conditions admit together.
pub(super) fn admitted(who: &TrustedPrincipal, conditions: &[Condition]) -> Guests {
    let TrustedPrincipal::Oidc { issuer, .. } = who else { return Guests::No };
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

/// Whether the condition admits tokens with only this `amr`; `None` if it does not settle that.
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
        // Every identity pool token has an `amr`, and a guest's has only this value.
        "stringnotequals" | "stringnotequalsignorecase" | "stringnotlike" => Some(!any),
        _ => None,
    }
}
