//! Shared OpenID Connect issuers, and the claims of a token that identify the customer.

use serde::Deserialize;
use std::sync::LazyLock;

/// An issuer that many customers share, so its URL does not identify the customer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedIssuer {
    /// As in condition keys: `token.actions.githubusercontent.com`.
    pub issuer: String,
    /// The claims that identify the customer, in lower case; one is enough.
    pub claims: Vec<String>,
    /// The name of the customer's part: `GitHub owner`.
    pub customer: String,
    /// Who is admitted if that part is open; the subject of a sentence.
    pub anyone: String,
    /// The formats of subjects; empty if subjects are parsed by their separators.
    #[serde(default)]
    pub subjects: Vec<SubjectShape>,
    /// The page that describes the subjects.
    #[cfg_attr(not(test), allow(dead_code, reason = "for the maintainer of the list"))]
    pub docs: String,
    /// A sign-in service for application users: their subjects are not known in advance.
    #[serde(default)]
    pub application: bool,
}

/// The format of a subject.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectShape {
    pub start: String,
    /// The characters that end the customer's part.
    pub ends: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "for whoever keeps the list")]
    read: String,
    issuer: Vec<SharedIssuer>,
}

static FILE: LazyLock<File> = LazyLock::new(|| {
    toml::from_str(include_str!("../../data/policy/shared-issuers.toml")).expect("the tests read the same text")
});

impl SharedIssuer {
    /// Whether this claim identifies the customer.
    pub fn is_named_by(&self, claim: &str) -> bool {
        self.claims.iter().any(|name| name.eq_ignore_ascii_case(claim))
    }
}

/// The list of AWS's guide.
#[cfg(test)]
pub fn all() -> &'static [SharedIssuer] {
    &FILE.issuer
}

/// The entry of a shared issuer.
pub fn shared(issuer: &str) -> Option<&'static SharedIssuer> {
    FILE.issuer.iter().find(|known| known.issuer.eq_ignore_ascii_case(issuer))
}

/// Amazon Cognito identity pools, which also issue tokens to guests.
pub const COGNITO: &str = "cognito-identity.amazonaws.com";

/// Whether it is the issuer of Amazon Cognito identity pools.
pub fn is_cognito(issuer: &str) -> bool {
    issuer.eq_ignore_ascii_case(COGNITO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_the_guide_is_complete_and_each_entry_says_what_it_needs() {
        assert!(all().len() >= 25);
        for issuer in all() {
            assert!(!issuer.claims.is_empty() && issuer.docs.starts_with("https://"), "{issuer:?}");
            assert!(issuer.anyone.starts_with("Any ") || issuer.anyone.starts_with("The "), "{issuer:?}");
            assert!(!issuer.issuer.contains("://"), "{issuer:?}");
            assert!(issuer.claims.iter().all(|claim| *claim == claim.to_ascii_lowercase()), "{issuer:?}");
        }
        assert!(shared("Token.Actions.GithubUserContent.com").is_some());
        assert!(shared("oidc.eks.eu-west-1.amazonaws.com/id/ABC").is_none());
    }
}
