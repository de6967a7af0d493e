//! The SAML identity providers that a trust policy admits, for a caller that signs the assertions itself.
//!
//! A principal that controls a provider's metadata can set every attribute of its assertions: audience, subject,
//! session name and tags. Conditions on these do not restrict it; conditions on anything else, such as the network,
//! may.

use super::{Trust, TrustedPrincipal};
use crate::policy::conditions::{Class, Shown};
use crate::policy::grants::Met;

/// Keys that the caller's assertion or request sets, in lower case; a final `*` matches any suffix.
const CHOSEN: &[&str] = &[
    "aws:referer",
    "aws:requesttag/*",
    "aws:tagkeys",
    "aws:useragent",
    "saml:*",
    "sts:durationseconds",
    "sts:rolesessionname",
    "sts:sourceidentity",
    "sts:transitivetagkeys",
];

/// The ARNs of the admitted SAML providers, and how certainly the conditions are met.
pub fn saml_providers(trust: &Trust) -> Vec<(String, Met)> {
    let mut found: Vec<(String, Met)> = Vec::new();
    for entry in trust.entries.iter().filter(|entry| entry.is_open()) {
        let TrustedPrincipal::Saml { provider, .. } = &entry.who else { continue };
        let free = entry.also_denied.is_empty() && entry.conditions.iter().all(is_met_at_will);
        let met = if free { Met::AtWill } else { Met::Perhaps };
        match found.iter_mut().find(|(known, _)| known == provider) {
            Some((_, best)) => *best = (*best).max(met),
            None => found.push((provider.clone(), met)),
        }
    }
    found
}

fn is_met_at_will(shown: &Shown) -> bool {
    let key = shown.key.to_ascii_lowercase();
    let chosen = CHOSEN.iter().any(|chosen| match chosen.strip_suffix('*') {
        Some(start) => key.starts_with(start),
        None => key == *chosen,
    });
    chosen || shown.judgement.class == Class::NotNarrowing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::parse::parse;
    use crate::policy::trust::{TrustContext, explain};

    fn providers(statements: &str) -> Vec<(String, Met)> {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
        let context = TrustContext { account: "111122223333".to_owned(), ..TrustContext::default() };
        saml_providers(&explain(&parse(&text).unwrap(), &context))
    }

    fn statement(effect: &str, condition: &str) -> String {
        format!(
            r#"{{"Effect": "{effect}", "Principal": {{"Federated": "arn:aws:iam::111122223333:saml-provider/okta"}},
                "Action": "sts:AssumeRoleWithSAML", "Condition": {condition}}}"#
        )
    }

    #[test]
    fn what_the_assertion_says_holds_nobody_back_who_signs_it() {
        let okta = |met| vec![("arn:aws:iam::111122223333:saml-provider/okta".to_owned(), met)];
        for condition in [
            r#"{"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}"#,
            r#"{"StringEquals": {"SAML:sub": "ann", "saml:namequalifier": "x"}}"#,
            r#"{"StringLike": {"sts:RoleSessionName": "*@example.com"}}"#,
            r#"{"StringEquals": {"aws:RequestTag/team": "ops"}}"#,
        ] {
            assert_eq!(providers(&statement("Allow", condition)), okta(Met::AtWill), "{condition}");
        }
        let network = statement("Allow", r#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#);
        assert_eq!(providers(&network), okta(Met::Perhaps));
        let denied = format!("{},{}", statement("Allow", "{}"), statement("Deny", "{}"));
        assert_eq!(providers(&denied), []);
        assert_eq!(providers(&statement("Allow", "{}").replace("WithSAML", "WithWebIdentity")), []);
    }
}
