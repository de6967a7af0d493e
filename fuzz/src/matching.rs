//! Patterns match what the definition says, and cover only what they match.

use crate::policy::actions::table;
use crate::policy::document::Version;
use crate::policy::matching::{Glob, Resource, symbols};

/// The definition, in a table of all beginnings of both.
fn reference(pattern: &[char], text: &[char]) -> bool {
    let mut row = vec![false; text.len() + 1];
    row[0] = true;
    for &symbol in pattern {
        let before = row.clone();
        for at in 0..=text.len() {
            row[at] = match symbol {
                '*' => before[at] || at > 0 && row[at - 1],
                '?' => at > 0 && before[at - 1],
                letter => at > 0 && before[at - 1] && text[at - 1] == letter,
            };
        }
    }
    row[text.len()]
}

/// Two patterns and a text, by lines.
pub fn check(input: &str) {
    let mut lines = input.splitn(3, '\n');
    let (first, second, text) =
        (lines.next().unwrap_or_default(), lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let letters: Vec<char> = text.chars().collect();
    let own: Vec<char> = first.chars().collect();

    let glob = Glob::new(symbols(first, Version::V2008));
    let expected = reference(&own, &letters);
    assert_eq!(glob.matches(text), expected, "{first:?} on {text:?}");
    if !first.contains("${") {
        assert_eq!(Glob::new(symbols(first, Version::V2012)).matches(text), expected);
    }
    let other = Glob::new(symbols(second, Version::V2008));
    if glob.covers(&other) && other.matches(text) {
        assert!(expected, "{first:?} covers {second:?}, but does not match {text:?}");
    }

    let (one, two) = (Resource::new(first, Version::V2012), Resource::new(second, Version::V2012));
    assert!(one.covers(&one.clone()));
    if one.covers(&two) && two.matches(text) {
        assert!(one.matches(text), "{first:?} covers {second:?}, but does not match {text:?}");
    }
    let _ = (one.is_everything(), one.has_variable(), one.is_own_user());

    if first.len() <= 48 {
        expands(first);
    }
}

/// The shortcuts of the action table give what holding the pattern against every name gives.
fn expands(pattern: &str) {
    let lower = pattern.to_ascii_lowercase();
    let all = !lower.is_empty() && lower.contains('*') && lower.bytes().all(|byte| matches!(byte, b'*' | b'?'));
    let found = table().expand(pattern);
    if all {
        assert_eq!(found.count(), table().len());
        return;
    }
    if !lower.contains(':') {
        assert!(found.is_empty(), "IAM refuses {pattern:?}");
        return;
    }
    // A part of the names, another one for each pattern; all would take milliseconds.
    let seed = pattern.bytes().fold(7_u32, |seed, byte| seed.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let sampled = (seed % 199..table().len()).step_by(199);
    for number in sampled.chain(found.numbers().take(100)) {
        let name = table().full_name(number).to_ascii_lowercase();
        // Every action has one colon, which a pattern's first must be.
        let plain = match (lower.split_once(':'), name.split_once(':')) {
            (Some((prefix, rest)), Some((service, action))) => {
                Glob::of_action(prefix).matches(service) && Glob::of_action(rest).matches(action)
            }
            _ => false,
        };
        assert_eq!(found.contains(number), plain, "{pattern:?} and {name}");
    }
}
