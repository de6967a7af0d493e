//! Whether a document allows every action on every resource, in any notation.
//!
//! Stricter than [`super::FullAdmin`], which requires most actions: here all of them must be allowed. Patterns are not
//! compared with texts like `*`, but matched against every possible action (service name, colon, action name) and
//! resource (an ARN).
//!
//! `Allow` with `NotAction` allows everything except a few actions. If an IAM action that grants permissions remains,
//! the principal can grant itself the rest. It therefore counts as full access unless it excludes all of these actions
//! and no other statement allows them. The same holds for `NotResource` unless it excludes all IAM users, groups, roles
//! and policies, and for all resources of the own account. Conditions and denials do not change the answer; they are
//! reported separately.

use super::policy_analysis::SELF_GRANTS;
use super::{PolicyAnalysis, StatementAnalysis};
use crate::policy::actions::{Bits, table};
use crate::policy::document::{Actions, Effect, Resources, Statement};
use crate::policy::matching::{Glob, Resource, Symbol};
use std::cell::OnceCell;

/// Full access granted by a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullAccess {
    /// Numbers of the contributing statements, from 0.
    pub statements: Vec<usize>,
    /// The grant in words: `every action except s3:* on every resource`.
    pub extent: String,
    /// Mitigations in words; `None` if there are none.
    pub mitigation: Option<String>,
}

/// An Allow statement with its number.
type Numbered<'a> = (usize, &'a Statement, &'a StatementAnalysis);

impl PolicyAnalysis {
    /// The full access that the document grants to a principal of the account, if it does.
    pub fn full_access(&self, account: &str, partition: &str) -> Option<FullAccess> {
        let both = self.document.statements.iter().zip(&self.statements).enumerate();
        let allowing: Vec<Numbered<'_>> = both
            .filter(|(_, (statement, _))| statement.effect == Effect::Allow)
            .map(|(number, (statement, reading))| (number, statement, reading))
            .collect();
        if !is_worth_a_look(&allowing) {
            return None;
        }
        let places = ResourceSpace::new(account, partition);
        let statements = places.all_covered(&allowing)?;
        let plain: Vec<Numbered<'_>> =
            allowing.iter().copied().filter(|(_, statement, _)| statement.conditions.is_empty()).collect();
        let conditional = places.all_covered(&plain).is_none();
        let extent = self.extent(&statements);
        Some(FullAccess { mitigation: self.mitigation(&statements, conditional), extent, statements })
    }

    /// The grant in words, from the statement with the fewest exceptions.
    fn extent(&self, statements: &[usize]) -> String {
        const SHOWN: usize = 6;
        let some = |list: &[String]| {
            let shown = list[..list.len().min(SHOWN)].join(", ");
            if list.len() > SHOWN { format!("{shown} and {} more", list.len() - SHOWN) } else { shown }
        };
        let statements = statements.iter().map(|&number| &self.document.statements[number]);
        let excepted = |statement: &Statement| {
            let actions = if let Actions::AllBut(list) = &statement.actions { list.as_slice() } else { &[] };
            let resources = if let Resources::AllBut(list) = &statement.resources { list.as_slice() } else { &[] };
            (actions.to_vec(), resources.to_vec())
        };
        let least = statements.map(excepted).min_by_key(|(actions, resources)| actions.len() + resources.len());
        let (actions, resources) = least.unwrap_or_default();
        let but = |list: &[String]| if list.is_empty() { String::new() } else { format!(" except {}", some(list)) };
        format!("every action{} on every resource{}", but(&actions), but(&resources))
    }

    fn mitigation(&self, statements: &[usize], conditional: bool) -> Option<String> {
        let keys_of =
            |statement: &Statement| statement.conditions.iter().map(|one| one.key.clone()).collect::<Vec<_>>();
        let mut words = Vec::new();
        if conditional {
            let mut keys: Vec<String> =
                statements.iter().flat_map(|&number| keys_of(&self.document.statements[number])).collect();
            keys.sort_unstable();
            keys.dedup();
            words.push(format!("the grant has a condition on {}", keys.join(", ")));
        }
        for denial in self.document.statements.iter().filter(|statement| statement.effect == Effect::Deny) {
            let what = match &denial.actions {
                Actions::Only(names) => names.join(", "),
                Actions::AllBut(names) => format!("everything but {}", names.join(", ")),
                Actions::Missing => "actions that are not understood".to_owned(),
            };
            let on = match &denial.resources {
                Resources::Only(names) => names.join(", "),
                Resources::AllBut(names) => format!("everything but {}", names.join(", ")),
                Resources::Missing => "resources that are not understood".to_owned(),
            };
            let keys = keys_of(denial).join(", ");
            let when = if keys.is_empty() { String::new() } else { format!(", under a condition on {keys}") };
            words.push(format!("another statement denies {what} on {on}{when}"));
        }
        (!words.is_empty()).then(|| words.join("; "))
    }
}

/// A quick check: most documents name a few actions, which can never be all.
fn is_worth_a_look(allowing: &[Numbered<'_>]) -> bool {
    let count: u32 = allowing.iter().map(|(_, _, reading)| reading.actions.count()).sum();
    count > table().len() / 4
        || allowing.iter().any(|(_, statement, _)| matches!(statement.actions, Actions::AllBut(_)))
}

/// The space of resources in parts: ARNs by the first letter of their service, and IAM's own.
struct ResourceSpace {
    by_letter: Vec<Vec<Symbol>>,
    iam: Vec<Symbol>,
    /// Users, groups, roles and policies of the account.
    principals: [Vec<Symbol>; 4],
}

impl ResourceSpace {
    fn new(account: &str, partition: &str) -> Self {
        let text = |text: &str| text.chars().map(Symbol::Char).collect::<Vec<_>>();
        let by_letter = ('a'..='z').map(|letter| {
            let any = vec![Symbol::One, Symbol::Any];
            let head = text(&format!("arn:{partition}:{letter}"));
            let region_and_account = [vec![Symbol::Char(':'), Symbol::Any], text(&format!(":{account}:"))].concat();
            [head, any.clone(), region_and_account, any].concat()
        });
        let iam = [text(&format!("arn:{partition}:iam::{account}:")), vec![Symbol::One, Symbol::Any]].concat();
        let principals = ["user", "group", "role", "policy"].map(|kind| {
            [text(&format!("arn:{partition}:iam::{account}:{kind}/")), vec![Symbol::One, Symbol::Any]].concat()
        });
        Self { by_letter: by_letter.collect(), iam, principals }
    }

    /// The statements that together allow every action in every part; `None` if they do not.
    fn all_covered(&self, allowing: &[Numbered<'_>]) -> Option<Vec<usize>> {
        let letters: Vec<Option<u32>> =
            allowing.iter().map(|(_, statement, reading)| self.letters(statement, reading)).collect();
        let mut taking_part: Vec<usize> = Vec::new();
        let mut judged: Option<Vec<usize>> = None;
        for place in 0..=self.by_letter.len() {
            let covers = |at: &usize| match letters[*at] {
                // One bit for each letter, and one for IAM.
                Some(bits) => bits & (1 << place) != 0,
                None => false,
            };
            let here: Vec<usize> = (0..allowing.len()).filter(covers).collect();
            // Nearly always the same statements for all parts.
            if judged.as_ref() == Some(&here) {
                continue;
            }
            let statements: Vec<Numbered<'_>> = here.iter().map(|&at| allowing[at]).collect();
            if !every_action(&statements) {
                return None;
            }
            taking_part.extend(statements.iter().map(|(number, ..)| *number));
            judged = Some(here);
        }
        taking_part.sort_unstable();
        taking_part.dedup();
        Some(taking_part)
    }

    /// The parts that a statement covers, one bit each; `None` if it names no resources.
    fn letters(&self, statement: &Statement, reading: &StatementAnalysis) -> Option<u32> {
        let places = || self.by_letter.iter().chain([&self.iam]).enumerate();
        let all = (1 << (self.by_letter.len() + 1)) - 1;
        let only_wildcards = |resource: &Resource| {
            resource.text().contains('*') && resource.text().bytes().all(|byte| matches!(byte, b'*' | b'?'))
        };
        let takes = |pattern: &Glob, place: &[Symbol]| pattern.accepts(place.iter().cloned());
        match &statement.resources {
            Resources::Only(_) if reading.resources.iter().any(only_wildcards) => Some(all),
            Resources::Only(_) => {
                let patterns: Vec<Glob> =
                    reading.resources.iter().filter(|one| one.is_pattern()).map(|one| normal(one.glob())).collect();
                let covered = |place: &[Symbol]| patterns.iter().any(|pattern| takes(pattern, place));
                Some(places().filter(|(_, place)| covered(place)).fold(0, |bits, (at, _)| bits | 1 << at))
            }
            Resources::AllBut(_) if reading.resources.iter().any(only_wildcards) => Some(0),
            Resources::AllBut(_) => {
                let patterns: Vec<Glob> = reading.resources.iter().map(|one| normal(one.glob())).collect();
                let left_out = |place: &Vec<Symbol>| patterns.iter().any(|one| takes(one, place));
                let without_iam = left_out(&self.iam) || self.principals.iter().all(left_out);
                // Other excluded resources can be gained through IAM.
                Some(if without_iam { all & !(1 << self.by_letter.len()) } else { all })
            }
            Resources::Missing => None,
        }
    }
}

/// Whether the statements together cover every action.
fn every_action(statements: &[Numbered<'_>]) -> bool {
    let named: Vec<&str> = statements
        .iter()
        .filter_map(|(_, statement, _)| if let Actions::Only(names) = &statement.actions { Some(names) } else { None })
        .flatten()
        .map(String::as_str)
        .collect();
    let excepting = statements.iter().filter_map(|(_, statement, _)| match &statement.actions {
        Actions::AllBut(left_out) => Some(left_out),
        Actions::Only(_) | Actions::Missing => None,
    });
    let given: OnceCell<Bits> = OnceCell::new();
    let nearly_all = |names: &Vec<String>| {
        // Only a pattern with this prefix can exclude an IAM action.
        let of_iam = names.iter().filter(|out| out.starts_with(['i', 'I', '*', '?']));
        let left_out: Vec<Glob> = of_iam.map(|out| action(out)).collect();
        let remains = |granting: &&str| !left_out.iter().any(|out| out.matches(&granting.to_ascii_lowercase()));
        if SELF_GRANTS.iter().any(remains) {
            return true;
        }
        // Action by action: comparing patterns with patterns would be quadratic in the text.
        let given = given.get_or_init(|| actions_of(&named));
        // `iam*` matches no action without a colon, but still excludes IAM.
        let mut missing = actions_of(names);
        missing.add(&table().expand("iam:*"));
        given.contains_all(&missing)
    };
    named.iter().any(|pattern| only_wildcards(pattern))
        || covers_by_letters(&named)
        || excepting.into_iter().any(nearly_all)
        || covers_by_name(statements)
}

/// The known actions that patterns match.
fn actions_of(patterns: &[impl AsRef<str>]) -> Bits {
    let mut actions = Bits::default();
    for pattern in patterns {
        actions.add(&table().expand(pattern.as_ref()));
    }
    actions
}

/// An action pattern, prepared for comparison.
fn action(pattern: &str) -> Glob {
    normal(&Glob::of_action(pattern))
}

/// Normalizes runs of wildcards to question marks and then one star: `*?*` is equal to `?*`.
fn normal(glob: &Glob) -> Glob {
    let mut symbols: Vec<Symbol> = Vec::new();
    let mut star = false;
    for symbol in glob.symbols() {
        match symbol {
            Symbol::Any => star = true,
            Symbol::One => symbols.push(Symbol::One),
            other => {
                if std::mem::take(&mut star) {
                    symbols.push(Symbol::Any);
                }
                symbols.push(other.clone());
            }
        }
    }
    if star {
        symbols.push(Symbol::Any);
    }
    Glob::new(symbols)
}

/// `*`, `**`, `?*`: matches every text that is long enough.
fn only_wildcards(pattern: &str) -> bool {
    pattern.contains('*') && pattern.bytes().all(|byte| matches!(byte, b'*' | b'?'))
}

/// Whether the patterns match all names for each first letter of a service and of an action: `*:*` alone, `a*:*` to
/// `z*:*` together, or `*:a*` to `*:z*` together.
fn covers_by_letters(patterns: &[&str]) -> bool {
    let broad: Vec<Glob> = patterns
        .iter()
        .filter(|pattern| {
            pattern.split_once(':').is_some_and(|(service, name)| service.contains('*') && name.contains('*'))
        })
        .map(|pattern| action(pattern))
        // Such patterns have at most two literal letters and the colon.
        .filter(|pattern| pattern.fixed() <= 3)
        .collect();
    let covered = |service: &str, name: &str| {
        // The shortest names are like `kms:Sign`.
        let actions = action(&format!("{service}?*:{name}???*"));
        broad.iter().any(|pattern| pattern.covers(&actions))
    };
    !broad.is_empty()
        && ('a'..='z').all(|service| {
            let service = service.to_string();
            covered(&service, "?") || ('a'..='z').all(|name| covered(&service, &name.to_string()))
        })
}

/// Whether every known action is covered, by named services and by `NotAction`.
fn covers_by_name(statements: &[Numbered<'_>]) -> bool {
    let table = table();
    let mut all = Bits::default();
    for (_, statement, reading) in statements {
        match &statement.actions {
            Actions::Only(names) => {
                for name in names
                    .iter()
                    .filter(|name| name.split_once(':').is_some_and(|(service, _)| !service.contains(['*', '?'])))
                {
                    all.add(&table.expand(name));
                }
            }
            // It is unknown what a pattern without a service excludes.
            Actions::AllBut(names) if names.iter().all(|name| name.contains(':')) => all.add(&reading.actions),
            Actions::AllBut(_) | Actions::Missing => {}
        }
    }
    all.count() == table.len()
}

#[cfg(test)]
mod tests {
    use crate::policy::grants::analyze;
    use crate::policy::parse::parse;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn full_access(statement: &Value) -> Option<super::FullAccess> {
        let text = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
        analyze(&parse(&text).unwrap()).full_access("111122223333", "aws")
    }
    fn full(statement: Value) -> bool {
        full_access(&statement).is_some()
    }
    fn allow(action: Value, resource: Value) -> Value {
        json!({ "Effect": "Allow", "Action": action, "Resource": resource })
    }
    fn letters(spelt: fn(char) -> String) -> Vec<String> {
        ('a'..='z').map(spelt).collect()
    }

    #[test]
    fn every_spelling_of_everything_is_full_administration() {
        let alphabet = letters(|letter| format!("{letter}*:*"));
        for action in [
            json!("*"),
            json!(["*"]),
            json!("*:*"),
            json!("**"),
            json!("*:**"),
            json!("?*"),
            json!("*?:*"),
            json!("?*:?*"),
            json!(["s3:GetObject", "*:*"]),
            json!(alphabet),
            json!(letters(|letter| format!("*:{}*", letter.to_ascii_uppercase()))),
            json!(letters(|letter| format!("?*:{letter}?*"))),
        ] {
            assert!(full(allow(action.clone(), json!("*"))), "{action}");
        }
        for resource in [
            json!(["*", "arn:aws:s3:::bucket"]),
            json!("**"),
            json!("arn:*"),
            json!("arn:aws:*"),
            json!("arn:aws:*:*:*:*"),
            json!("arn:*:*:*:*:*"),
            json!("arn:aws:?*:*:*:?*"),
            json!("arn:aws:*:*:111122223333:*"),
            json!(letters(|letter| format!("arn:aws:{letter}*"))),
            json!(letters(|letter| format!("arn:*:{letter}*:*:*:*"))),
        ] {
            assert!(full(json!([allow(json!("*"), resource.clone())])), "{resource}");
        }
        // A single statement instead of a list; the alphabet over two statements.
        assert!(full(allow(json!("*"), json!("*"))));
        assert!(full(json!([allow(json!(alphabet[..9]), json!("*")), allow(json!(alphabet[9..]), json!("arn:*"))])));
        let by_resource: Vec<Value> = letters(|letter| format!("arn:aws:{letter}*"))
            .into_iter()
            .map(|one| allow(json!("*"), json!(one)))
            .collect();
        assert!(full(json!(by_resource)), "a statement for each letter of the resources");
        let services: Vec<String> =
            crate::policy::actions::table().services.iter().map(|service| format!("{}:*", service.prefix)).collect();
        assert!(full(allow(json!(services), json!("*"))), "every service by its name");
    }

    #[test]
    fn less_than_everything_is_not() {
        let most = &letters(|letter| format!("{letter}*:*"))[..25];
        for (action, resource) in [
            (json!("s3:*"), json!("*")),
            (json!("iam:*"), json!("*")),
            (json!("*:Get*"), json!("*")),
            (json!("?:*"), json!("*")),
            (json!("?????"), json!("*")),
            (json!([]), json!("*")),
            (json!(most), json!("*")),
            (json!(&letters(|letter| format!("*:{letter}*"))[..25]), json!("*")),
            (json!("*"), json!("arn:aws:s3:::*")),
            (json!("*"), json!("arn:aws:*:eu-west-1:*:*")),
            (json!("*"), json!("arn:aws-cn:*:*:*:*")),
            (json!("*"), json!("arn:aws:*:*:*:*:*")),
            (json!("*"), json!("arn:aws:*:*:999988887777:*")),
            (json!("*"), json!(&letters(|letter| format!("arn:aws:{letter}*"))[..25])),
            (json!("*"), json!("arn:aws:*:*:*:role/*")),
        ] {
            assert!(!full(allow(action.clone(), resource.clone())), "{action} on {resource}");
        }
        assert!(!full(json!({ "Effect": "Deny", "Action": "*", "Resource": "*" })));
        assert!(!full(json!([])));
    }

    #[test]
    fn leaving_out_little_is_as_good_as_leaving_out_nothing() {
        let all_but = |not_action: Value| json!({ "Effect": "Allow", "NotAction": not_action, "Resource": "*" });
        for little in
            [json!([]), json!("s3:DeleteBucket"), json!(["iam:CreateUser", "aws-portal:*"]), json!("nonsense")]
        {
            assert!(full(all_but(little.clone())), "{little}");
        }
        for much in [json!("iam:*"), json!(["IAM:*", "organizations:*"]), json!("i*"), json!("*"), json!("iam*")] {
            assert!(!full(all_but(much.clone())), "{much}");
        }
        // A statement allows what another excludes.
        assert!(full(json!([all_but(json!("iam:*")), allow(json!("IAM:*"), json!("*"))])));
        let by_letter = letters(|letter| format!("iam:{}*", letter.to_ascii_uppercase()));
        assert!(full(json!([all_but(json!("iam:*")), allow(json!(by_letter), json!("*"))])));
        assert!(full(json!([
            all_but(json!("iam:*")),
            all_but(json!(["iam:*", "s3:*"])),
            allow(json!("iam:*"), json!("*"))
        ])));
        assert!(!full(json!([all_but(json!("iam:*")), allow(json!("iam:Get*"), json!("*"))])));

        let elsewhere = |not: Value| json!({ "Effect": "Allow", "Action": "*", "NotResource": not });
        assert!(full(elsewhere(json!([]))));
        assert!(full(elsewhere(json!("arn:aws:s3:::audit-logs/*"))));
        for much in [json!("*"), json!("arn:aws:iam::111122223333:*"), json!("arn:aws:iam::*")] {
            assert!(!full(elsewhere(much.clone())), "{much}");
        }
        assert!(full(json!([elsewhere(json!("arn:aws:iam::*")), allow(json!("*"), json!("arn:aws:iam::*"))])));
    }

    #[test]
    fn conditions_and_denials_are_told_and_change_nothing() {
        let found = full_access(&json!([
            { "Effect": "Allow", "Action": "*:*", "Resource": "*", "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" } } },
            { "Effect": "Deny", "Action": "*", "Resource": "*" },
        ]))
        .unwrap();
        assert_eq!(found.statements, [0]);
        assert_eq!(
            found.mitigation.unwrap(),
            "the grant has a condition on aws:MultiFactorAuthPresent; another statement denies * on *"
        );
        let plain_too = json!([allow(json!("*"), json!("*")),
            { "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "Bool": { "aws:SecureTransport": "true" } } }]);
        assert_eq!(full_access(&plain_too).unwrap().mitigation, None);
    }

    proptest! {
        #[test]
        fn what_is_everything_allows_any_action(pattern in "[*?:a]{1,8}", service in "[a-z]{2,6}", name in "[A-Z][a-z]{3,9}") {
            if super::covers_by_letters(&[&pattern]) {
                let action = format!("{service}:{name}").to_lowercase();
                prop_assert!(crate::policy::matching::Glob::of_action(&pattern).matches(&action), "{pattern}: {action}");
            }
        }
    }
}
