//! How much a permission set grants, by the policy room, as far as its policies can be read from here.

use crate::policy::grants::{AccessLevel, summarize};
use crate::policy::managed;
use crate::policy::parse::parse;
use serde::Serialize;

/// The most that a permission set grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Graded {
    /// In words: `full administrator`, `at least write`, `not known`.
    pub words: String,
    /// The place of the level among all: of what could be read.
    pub rank: u8,
    /// The level in words, whatever could not be read.
    #[serde(skip)]
    pub level: String,
    /// What could not be read; it may grant more.
    pub unread: Vec<String>,
}

/// What a permission set holds.
#[derive(Debug, Default)]
pub struct Holds<'a> {
    /// ARNs of AWS-managed policies.
    pub managed: Vec<&'a str>,
    /// Names of policies that each account has for itself.
    pub customer: Vec<&'a str>,
    pub inline: Option<&'a str>,
    /// Why there may be more.
    pub missing: Vec<String>,
}

pub fn of(holds: &Holds<'_>) -> Graded {
    let mut unread = holds.missing.clone();
    let mut most = (AccessLevel::Nothing, AccessLevel::Nothing.name().to_owned());
    for arn in &holds.managed {
        match managed::grade(arn).map(|grade| grade.level) {
            Some(level) if level > most.0 => most = (level, level.name().to_owned()),
            Some(_) => {}
            None => unread.push(format!("the text of {arn} is not known here")),
        }
    }
    for name in &holds.customer {
        unread.push(format!(
            "{name} is a policy that each account has for itself: see the role in the account’s register"
        ));
    }
    if let Some(text) = holds.inline.filter(|text| !text.trim().is_empty()) {
        match parse(text) {
            Ok(document) => {
                let grants = summarize(&[("inline policy", &document)]);
                if grants.access_level() > most.0 {
                    most = (grants.access_level(), grants.access_level_in_words());
                }
                if !grants.unknown.is_empty() {
                    unread.push("the inline policy allows actions that AWS's action table lacks".to_owned());
                }
                if !document.notes.is_empty() {
                    unread.push("the inline policy is not understood as a whole".to_owned());
                }
            }
            Err(_) => unread.push("the inline policy is no JSON".to_owned()),
        }
    }
    let (level, name) = most;
    let rank = AccessLevel::ALL.iter().position(|one| *one == level).expect("every level has its place");
    let rank = u8::try_from(rank).expect("there are ten");
    Graded { words: words(&name, rank, !unread.is_empty()), rank, level: name, unread }
}

/// A level in words. `open`: something that may grant more could not be read.
pub fn words(level: &str, rank: u8, open: bool) -> String {
    match AccessLevel::ALL[usize::from(rank)] {
        AccessLevel::Nothing if open => "not known".to_owned(),
        AccessLevel::FullAdmin => level.to_owned(),
        _ if open => format!("at least {level}"),
        _ => level.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(holds: &Holds<'_>) -> String {
        of(holds).words
    }

    #[test]
    fn what_cannot_be_read_is_never_a_low_grade() {
        let aws = |name: &str| format!("arn:aws:iam::aws:policy/{name}");
        let (admin, reader) = (aws("AdministratorAccess"), aws("IAMReadOnlyAccess"));
        assert_eq!(told(&Holds::default()), "nothing");
        assert_eq!(
            told(&Holds { managed: vec![&admin], customer: vec!["x"], ..Holds::default() }),
            "full administrator"
        );
        assert_eq!(told(&Holds { managed: vec![&reader], ..Holds::default() }), "read");
        assert_eq!(told(&Holds { managed: vec![&reader], customer: vec!["x"], ..Holds::default() }), "at least read");
        assert_eq!(told(&Holds { customer: vec!["x"], ..Holds::default() }), "not known");
        assert_eq!(
            told(&Holds { managed: vec!["arn:aws:iam::aws:policy/NeverHeardOf"], ..Holds::default() }),
            "not known"
        );
        assert_eq!(told(&Holds { missing: vec!["refused".to_owned()], ..Holds::default() }), "not known");
        assert_eq!(told(&Holds { inline: Some("{"), ..Holds::default() }), "not known");
        let inline = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}}"#;
        assert_eq!(
            told(&Holds { inline: Some(inline), ..Holds::default() }),
            "IAM administration (administrator in effect)"
        );
        let write = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}}"#;
        assert_eq!(
            told(&Holds { inline: Some(write), missing: vec!["cut short".to_owned()], ..Holds::default() }),
            "at least write"
        );
    }
}
