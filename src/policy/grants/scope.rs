//! The scope of a statement's resources, interpreted generously: patterns that may match all resources count as all
//! resources.
//!
//! An ARN with unknown characters for its placeholders represents every such ARN: a pattern that matches it matches all
//! of them.

use crate::policy::actions::ResourceType;
use crate::policy::matching::{Glob, LetterFilter, Resource, Symbol};
use std::fmt;

/// The scope of a grant, from the narrowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Only under a condition, on any resources.
    Conditional,
    /// On some resources.
    Some,
    /// On every resource of at least one type that the action works on: `arn:aws:iam::*:role/*`.
    OfType,
    /// On all resources.
    All,
}

impl Scope {
    /// From the narrowest.
    pub const EVERY: [Self; 4] = [Self::Conditional, Self::Some, Self::OfType, Self::All];
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conditional => "under conditions",
            Self::Some => "some resources",
            Self::OfType => "all resources of a type",
            Self::All => "all resources",
        })
    }
}

/// Lengths of the unknown names: a pattern that matches both matches all but very short names.
pub(super) const LENGTHS: [usize; 2] = [24, 37];

/// Whether the pattern matches every resource of every service: `*`, `arn:aws:*:*:*:*` and similar.
pub fn is_everything(pattern: &Resource) -> bool {
    if pattern.is_everything() {
        return true;
    }
    // `arn:aws-us-gov:::::` is the longest literal text in such a pattern.
    if !pattern.is_pattern() || pattern.has_variable() || pattern.glob().fixed() > 24 {
        return false;
    }
    LENGTHS.iter().all(|&name| {
        [(2, 0, 0), (13, 9, 12), (2, 0, 12), (13, 9, 0)].iter().all(|&(service, region, account)| {
            let mut parts = vec![chars("arn").collect(), partition(pattern)];
            parts.extend([service, region, account, name].map(|length| unknown("*", length).collect()));
            pattern.glob().accepts(parts.join(&Symbol::Char(':')).into_iter())
        })
    })
}

/// Whether the pattern matches every resource of the type, in the account that it names or in any.
pub fn covers_type(pattern: &Resource, kind: &ResourceType) -> bool {
    kind.arns.iter().all(|arn| covers_arn(pattern, arn))
}

pub(super) fn covers_arn(pattern: &Resource, arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (Some(service), Some(region), Some(account), Some(name)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let account = || if account == "*" { own_account(pattern) } else { unknown(account, 12).collect() };
    match pattern.parts() {
        Some([scheme, own_partition, own_service, own_region, own_account, own_name]) if scheme.matches("arn") => {
            // Cheap checks that exclude most patterns come first.
            own_service.matches(service)
                && could_take(own_name, name)
                && own_partition.accepts(partition(pattern).into_iter())
                && own_region.accepts(unknown(region, 9))
                && own_account.accepts(account().into_iter())
                && LENGTHS.iter().all(|&length| own_name.accepts(unknown(name, length)))
        }
        // Without six parts, a star covers several of them.
        parts => {
            // Unknown characters are matched only by wildcards.
            if parts.is_none()
                && !LetterFilter::of_text(arn).union(LetterFilter::of_text(":aws:")).contains(pattern.letters())
            {
                return false;
            }
            LENGTHS.iter().all(|&length| {
                let text = spelt_out(arn, pattern, length).expect("has six parts");
                pattern.glob().accepts(text.into_iter())
            })
        }
    }
}

/// The ARN with unknown characters for its placeholders, in the partition and account that the pattern names; `None` if
/// it does not have six parts.
pub(super) fn spelt_out(arn: &str, pattern: &Resource, length: usize) -> Option<Vec<Symbol>> {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, region, account, name) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let account = if account == "*" { own_account(pattern) } else { unknown(account, 12).collect() };
    let start = chars("arn:").chain(partition(pattern)).chain(chars(":")).chain(chars(service));
    let middle = chars(":").chain(unknown(region, 9)).chain(chars(":")).chain(account);
    Some(start.chain(middle).chain(chars(":")).chain(unknown(name, length)).collect())
}

/// A cheap check: literal text at the pattern's ends must agree with the type's, and must not be longer.
fn could_take(own: &Glob, name: &str) -> bool {
    let meets = |symbol: Option<&Symbol>, end: Option<char>| match symbol {
        Some(Symbol::Char(character)) => end == Some(*character),
        _ => true,
    };
    own.fixed() <= name.len()
        && meets(own.symbols().first(), name.chars().next())
        && meets(own.symbols().last(), name.chars().next_back())
}

/// The text with `length` unknown characters for each star.
pub(super) fn unknown(text: &str, length: usize) -> impl Iterator<Item = Symbol> {
    let each = move |character| match character {
        '*' => std::iter::repeat_n(Symbol::One, length),
        other => std::iter::repeat_n(Symbol::Char(other), 1),
    };
    text.chars().flat_map(each)
}

fn chars(text: &str) -> impl Iterator<Item = Symbol> {
    text.chars().map(Symbol::Char)
}

pub(super) fn partition(pattern: &Resource) -> Vec<Symbol> {
    pattern.parts().and_then(|parts| written_out(&parts[1])).unwrap_or_else(|| chars("aws").collect())
}

/// The account that the pattern names, or a variable, counts as the own account.
pub(super) fn own_account(pattern: &Resource) -> Vec<Symbol> {
    pattern
        .parts()
        .and_then(|parts| written_out(&parts[4]))
        .filter(|account| {
            matches!(account.as_slice(), [Symbol::Variable(_)])
                || account.len() == 12
                    && account.iter().all(|symbol| matches!(symbol, Symbol::Char(digit) if digit.is_ascii_digit()))
        })
        .unwrap_or_else(|| vec![Symbol::One; 12])
}

fn written_out(glob: &Glob) -> Option<Vec<Symbol>> {
    let symbols = glob.symbols();
    let plain = !symbols.is_empty() && !symbols.iter().any(|symbol| matches!(symbol, Symbol::Any | Symbol::One));
    plain.then(|| symbols.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::document::Version;

    fn resource(pattern: &str) -> Resource {
        Resource::new(pattern, Version::V2012)
    }

    #[test]
    fn everything_in_all_its_spellings() {
        for pattern in [
            "*",
            "**",
            "arn:*",
            "arn:aws:*",
            "arn:aws:*:*:*:*",
            "arn:*:*:*:*:*",
            "*:*",
            "a*",
            "arn:aws-cn:*:*:*:*",
            "arn:aws:*:*:*:?*",
            "*:*:*:*:*:*",
            "arn:aws*",
        ] {
            assert!(is_everything(&resource(pattern)), "{pattern}");
        }
        for pattern in [
            "",
            "arn:aws:s3:::*",
            "arn:aws:iam::*:*",
            "arn:aws:*:*:*:role/*",
            "arn:aws:*:eu-west-1:*:*",
            "${aws:username}",
            "arn:aws:*:*:123456789012:*",
            "?",
            "arn:aws:??:*:*:*",
            "????????????????????????????????????????????????",
        ] {
            assert!(!is_everything(&resource(pattern)), "{pattern}");
        }
    }

    #[test]
    fn every_role_in_all_its_spellings() {
        let role = ResourceType { name: "role", arns: vec!["arn:*:iam::*:role/*"] };
        for pattern in [
            "arn:aws:iam::*:role/*",
            "arn:aws:iam::123456789012:role/*",
            "arn:aws:iam::123456789012:*",
            "arn:aws:iam::*",
            "arn:*:iam::*:role/?*",
            "arn:aws:iam::*:role/*?",
            "arn:aws:iam::*:r*",
            "arn:aws:iam:*:*:*",
            "*:role/*",
            "arn:aws:iam::${aws:PrincipalAccount}:role/*",
            "arn:aws-us-gov:iam::????????????:role/**",
        ] {
            assert!(covers_type(&resource(pattern), &role), "{pattern}");
        }
        for pattern in [
            "arn:aws:iam::*:role/app/*",
            "arn:aws:iam::*:role/A*",
            "arn:aws:iam::*:user/*",
            "arn:aws:iam::*:role/${aws:username}",
            "arn:aws:iam::aws:role/*",
            "arn:aws:s3:::*",
            "arn:aws:iam::*:Role/*",
            "arn:aws:iam::*:role/????????????????????????",
        ] {
            assert!(!covers_type(&resource(pattern), &role), "{pattern}");
        }
    }
}
