//! Subjects of OpenID Connect tokens: is the part that says whose token it is fixed?

use super::keys::Values;
use super::values::{has_wildcard, is_wildcard_only};
use super::{Judgement, Pin};
use crate::policy::oidc_issuers::{self, SharedIssuer};

/// What one value of the condition admits.
enum Reach {
    /// Tokens of somebody in particular.
    Fixed,
    /// No token has such a subject.
    Nobody,
    /// Anybody's; why.
    Anybody(String),
    NotKnown(String),
}

/// Judges a condition on the claim that names the customer or the workload, mostly `sub`.
pub(super) fn judge(values: &Values<'_>, issuer: &str) -> Judgement {
    let shared = oidc_issuers::shared(issuer);
    let read: Vec<(&String, Reach)> =
        values.list.iter().map(|value| (value, reach(value, !values.wildcards, issuer, shared))).collect();
    for (_, reach) in &read {
        if let Reach::Anybody(why) = reach {
            return Judgement::open(why.clone());
        }
    }
    for (_, reach) in &read {
        if let Reach::NotKnown(why) = reach {
            return Judgement::unknown(why.clone());
        }
    }
    let fixed: Vec<String> =
        read.iter().filter(|(_, reach)| matches!(reach, Reach::Fixed)).map(|(value, _)| (*value).clone()).collect();
    if fixed.is_empty() {
        return Judgement::never("the operator takes the wildcard literally, and no token has such a subject");
    }
    let patterns = values.wildcards && fixed.iter().any(|value| has_wildcard(value));
    let reason = match shared {
        Some(shared) if patterns && !shared.application => {
            format!("only tokens of that {} are accepted", shared.customer)
        }
        _ => "only tokens with that subject are accepted".to_owned(),
    };
    Judgement::narrowing(Pin::Subjects(fixed), reason)
}

fn reach(value: &str, exact: bool, issuer: &str, shared: Option<&SharedIssuer>) -> Reach {
    if value.starts_with(SERVICE_ACCOUNT.trim_end_matches(':')) || issuer.to_ascii_lowercase().starts_with("oidc.eks.")
    {
        return of_kubernetes(value, exact);
    }
    if !exact && is_wildcard_only(value) {
        return Reach::Anybody(format!("the subject pattern {value} fits every token of the issuer"));
    }
    match shared {
        Some(shared) if shared.application => of_application(value, exact),
        Some(shared) if shared.subjects.is_empty() => of_separators(value, exact, shared),
        Some(shared) => of_shapes(value, exact, shared),
        None => of_private(value, exact),
    }
}

/// How the subject of a Kubernetes service account begins.
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

/// `system:serviceaccount:NAMESPACE:NAME`. Names hold neither wildcards nor colons.
fn of_kubernetes(value: &str, exact: bool) -> Reach {
    if !has_wildcard(value) {
        return Reach::Fixed;
    }
    if exact {
        return Reach::Nobody;
    }
    // The namespace begins with fixed letters, or no service account has such a subject at all.
    if !SERVICE_ACCOUNT.starts_with(literal_head(value)) {
        return Reach::Fixed;
    }
    let parts: Vec<&str> = value.split(':').collect();
    let literal = |part: &str| !part.is_empty() && !has_wildcard(part);
    match parts[..] {
        // `*:prod:app`: what stands before is the beginning that all have.
        [.., _, namespace, name] if literal(namespace) && namespace != "serviceaccount" && !name.is_empty() => {
            Reach::Fixed
        }
        [.., _, name] if literal(name) && name != "serviceaccount" => Reach::Anybody(format!(
            "the subject pattern {value} leaves the namespace open, so a service account {name} of any namespace of \
             the cluster passes"
        )),
        _ => Reach::Anybody(format!(
            "the subject pattern {value} fits service accounts of every namespace, so any pod of the cluster passes"
        )),
    }
}

/// A user of an application has a subject that its provider made up.
fn of_application(value: &str, exact: bool) -> Reach {
    match (has_wildcard(value), exact) {
        (false, _) => Reach::Fixed,
        (true, true) => Reach::Nobody,
        (true, false) => Reach::Anybody(format!("the subject pattern {value} fits many users")),
    }
}

fn of_shapes(value: &str, exact: bool, shared: &SharedIssuer) -> Reach {
    if exact && is_wildcard_only(value) {
        return Reach::Nobody;
    }
    let head = if exact { value } else { literal_head(value) };
    let complete = exact || head.len() == value.len();
    for shape in &shared.subjects {
        let Some(rest) = head.strip_prefix(shape.start.as_str()) else { continue };
        let end = rest.find(|letter| shape.ends.contains(letter));
        let name = &rest[..end.unwrap_or(rest.len())];
        // A pattern may go on with letters of the customer's name.
        let whole = end.is_some() || complete || shape.ends.is_empty() && !name.is_empty();
        return match (name.is_empty(), has_wildcard(name)) {
            (false, true) => Reach::Nobody,
            (false, false) if whole => Reach::Fixed,
            (true, _) if complete => not_named(value, shared),
            _ => open(value, shared),
        };
    }
    if !complete && shared.subjects.iter().any(|shape| shape.start.starts_with(head)) {
        return open(value, shared);
    }
    // Owners can give their tokens a subject of another form, without their name in it.
    not_named(value, shared)
}

/// `job:CUSTOMER:…`, where the shape is not known in full.
fn of_separators(value: &str, exact: bool, shared: &SharedIssuer) -> Reach {
    if exact && is_wildcard_only(value) {
        return Reach::Nobody;
    }
    let head = if exact { value } else { literal_head(value) };
    let complete = exact || head.len() == value.len();
    let Some((_, rest)) = head.split_once(':') else {
        return if complete { not_named(value, shared) } else { open(value, shared) };
    };
    let end = rest.find([':', '/']);
    let name = &rest[..end.unwrap_or(rest.len())];
    match (name.is_empty(), has_wildcard(name)) {
        (false, true) => Reach::Nobody,
        (false, false) if end.is_some() || complete => Reach::Fixed,
        (true, _) if complete => not_named(value, shared),
        _ => open(value, shared),
    }
}

/// An issuer of one customer, or one that is not known: the part that identifies comes first, or after a label.
fn of_private(value: &str, exact: bool) -> Reach {
    if exact || !has_wildcard(value) {
        return Reach::Fixed;
    }
    let head = literal_head(value);
    // `repo:`, `auth0|`: kinds of subjects. A label with other letters may be a name.
    let kind =
        |at: &usize| head[*at..].starts_with('|') || head[..*at].bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
    let label = head.find([':', '|']).filter(kind);
    let rest = label.map_or(head, |at| &head[at + 1..]);
    if rest.is_empty() {
        return Reach::Anybody(format!("the subject pattern {value} leaves open whose token it is"));
    }
    Reach::Fixed
}

fn open(value: &str, shared: &SharedIssuer) -> Reach {
    Reach::Anybody(format!("the subject pattern {value} leaves the {} open", shared.customer))
}

fn not_named(value: &str, shared: &SharedIssuer) -> Reach {
    Reach::NotKnown(format!("the subject {value} does not name the {}", shared.customer))
}

/// What stands before the first wildcard.
fn literal_head(value: &str) -> &str {
    &value[..value.find(['*', '?']).unwrap_or(value.len())]
}
