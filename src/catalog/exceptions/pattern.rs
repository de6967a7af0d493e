//! Patterns on subjects' ids: `*` is any text, `?` any one character, and
//! everything else is itself. There is no escape: what an id cannot hold need
//! not be written.

/// Whether the text is a pattern and not an id.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Whether a pattern would accept every failure: `*`, and `arn:aws:iam::111122223333:*` as well, which every user,
/// group, role and policy of the account fits.
pub fn is_blanket(pattern: &str) -> bool {
    if pattern.chars().all(|letter| matches!(letter, '*' | '?')) {
        return true;
    }
    // The account, the partition and the service that the pattern itself names stand in the ids that it is tried on.
    let mut parts = pattern.split(':').skip(1);
    let mut written = |usual: &'static str| match parts.next() {
        Some(part) if !part.is_empty() && !is_pattern(part) => part.to_owned(),
        _ => usual.to_owned(),
    };
    let (partition, service, _, account) = (written("aws"), written("iam"), written(""), written("111122223333"));
    ["user", "group", "role", "policy"]
        .iter()
        .all(|kind| matches(pattern, &format!("arn:{partition}:{service}::{account}:{kind}/\u{1}")))
}

/// Whether the whole id fits the pattern. Time grows with the product of the lengths at most.
pub fn matches(pattern: &str, id: &str) -> bool {
    let (pattern, id): (Vec<char>, Vec<char>) = (pattern.chars().collect(), id.chars().collect());
    let (mut at, mut place) = (0, 0);
    // The latest star, and the place up to which it swallows.
    let mut star: Option<(usize, usize)> = None;
    while place < id.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, place));
                at += 1;
            }
            Some(letter) if *letter == '?' || *letter == id[place] => {
                at += 1;
                place += 1;
            }
            _ => {
                let Some((star_at, swallowed)) = star else { return false };
                star = Some((star_at, swallowed + 1));
                at = star_at + 1;
                place = swallowed + 1;
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}
