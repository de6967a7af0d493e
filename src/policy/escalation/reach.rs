//! The resources of a statement, for the principal that holds it.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Holder, On};
use crate::policy::document::{Resources, Version};
use crate::policy::matching::{Glob, Symbol, letters, symbols};
use crate::policy::steps::step;

/// The resources of one statement, with variables replaced by the principal's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    Everything,
    Only(Vec<Pattern>),
    AllBut(Vec<Pattern>),
    /// Without denied resources, and within a boundary.
    Limited(Box<LimitedReach>),
}

/// A reach limited by denials and a boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitedReach {
    pub of: Reach,
    /// Excluded.
    pub denied: Arc<Vec<Reach>>,
    /// Limited to these, if there is a boundary.
    pub within: Option<Arc<Vec<Reach>>>,
}

/// A resource pattern with its variables replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    symbols: Vec<Symbol>,
    /// Compiled only if comparing prefixes is not enough, which is rare.
    glob: Option<Glob>,
    /// The text before the first wildcard.
    pub literal: String,
    /// Whether it has no wildcard.
    pub exact: bool,
}

impl PartialOrd for Pattern {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pattern {
    fn cmp(&self, other: &Self) -> Ordering {
        self.literal.cmp(&other.literal).then_with(|| self.symbols.cmp(&other.symbols))
    }
}

impl Pattern {
    fn new(symbols: Vec<Symbol>) -> Self {
        let literal = literal_start(&symbols);
        let letters = literal.chars().count();
        let exact = letters == symbols.len();
        let plain_end = symbols.last() == Some(&Symbol::Any) && letters + 1 == symbols.len();
        let glob = (!exact && !plain_end).then(|| Glob::new(symbols.clone()));
        Self { symbols, glob, literal, exact }
    }

    /// A text that the pattern matches.
    fn example(&self) -> String {
        let mut text = String::new();
        for symbol in &self.symbols {
            match symbol {
                Symbol::Char(letter) => text.push(*letter),
                Symbol::One => text.push('x'),
                Symbol::Any | Symbol::Variable(_) => text.push_str("new"),
            }
        }
        text
    }

    /// Whether the pattern matches the ARN.
    pub fn matches(&self, arn: &str) -> bool {
        match &self.glob {
            Some(glob) => arn.starts_with(&self.literal) && glob.matches(arn),
            None if self.exact => self.literal == arn,
            None => arn.starts_with(&self.literal),
        }
    }

    /// The pattern's elements from the sixth part of the ARN; `None` if it does not have six parts.
    fn resource_part(&self) -> Option<&[Symbol]> {
        let mut colons = 0;
        let all = &self.symbols[..];
        let end = all.iter().position(|symbol| {
            colons += u32::from(*symbol == Symbol::Char(':'));
            colons == 5
        });
        end.map(|end| &all[end + 1..])
    }

    /// Whether it matches everything with this prefix, except names of one or two letters: `role/?*` is every role.
    fn covers(&self, start: &str) -> bool {
        match &self.glob {
            // Check its literal text first, because compiling costs more.
            Some(glob) => {
                let there = |symbol: &Symbol| !matches!(symbol, Symbol::Char(letter) if !start.contains(*letter));
                let name = |length: usize| std::iter::repeat_n(Symbol::One, length);
                self.symbols.iter().all(there)
                    && LENGTHS.iter().all(|&length| glob.accepts(letters(start).chain(name(length))))
            }
            None => !self.exact && start.starts_with(&self.literal),
        }
    }

    /// Whether it may match something with this prefix; yes if in doubt.
    fn touches(&self, start: &str, kind: &str) -> bool {
        let agree = |a: &str, b: &str| a.starts_with(b) || b.starts_with(a);
        let part = self.resource_part().map(literal_start);
        agree(&self.literal, start) && part.is_none_or(|literal| agree(&literal, kind))
    }

    /// Whether it matches only the holder, with any account and path. Names are unique in an account across paths, but
    /// a user and a role may share one.
    fn is_only(&self, holder: &Holder<'_>) -> bool {
        let Some(part) = self.resource_part() else {
            return false;
        };
        let own = if holder.is_user() { "user/" } else { "role/" };
        if !part.iter().take(own.len()).cloned().eq(letters(own)) {
            return false;
        }
        let Some(slash) = part.iter().rposition(|symbol| *symbol == Symbol::Char('/')) else {
            return false;
        };
        part[slash + 1..].iter().cloned().eq(letters(holder.name()))
    }
}

impl Reach {
    /// Names of things that do not exist yet and that the reach may take in; `start` begins the ARNs of their kind.
    pub fn examples(&self, start: &str) -> Vec<String> {
        let mut found = vec![format!("{start}new")];
        match self {
            Self::Everything | Self::AllBut(_) => {}
            Self::Only(patterns) => {
                found.extend(patterns.iter().map(Pattern::example).filter(|name| name.starts_with(start)));
            }
            Self::Limited(limited) => found.extend(limited.of.examples(start)),
        }
        found
    }

    /// Reads a statement's resources, as far as they are of the kind that is asked for.
    /// A statement without any reaches, for safety's sake, everything.
    pub fn of_statement(resources: &Resources, version: Version, holder: &Holder<'_>, on: On) -> Self {
        match resources {
            Resources::Missing => Self::Everything,
            Resources::Only(list) if list.iter().any(|text| text == "*") => Self::Everything,
            Resources::Only(list) => {
                let patterns = list.iter().filter_map(|text| pattern(text, version, holder, Symbol::Any));
                let Some(kind) = kind(on) else {
                    let patterns: Vec<Pattern> = patterns.collect();
                    return if patterns.iter().any(is_all_of_a_service) {
                        Self::Everything
                    } else {
                        Self::Only(patterns)
                    };
                };
                let start = format!("{}{kind}", holder.arn_start());
                let patterns: Vec<Pattern> = patterns.filter(|pattern| pattern.touches(&start, kind)).collect();
                if patterns.iter().any(|pattern| pattern.covers(&start)) {
                    Self::Everything
                } else {
                    Self::Only(patterns)
                }
            }
            // An unknown variable must not count as everything here, because that would exclude everything.
            Resources::AllBut(list) => {
                let plain = list.iter().filter(|text| !text.contains("${"));
                let patterns: Vec<Pattern> =
                    plain.filter_map(|text| pattern(text, version, holder, Symbol::One)).collect();
                let all = |kind| {
                    let start = format!("{}{kind}", holder.arn_start());
                    patterns.iter().any(|pattern| pattern.covers(&start))
                };
                // A NotResource that excludes every resource of this kind reaches none of them. One that excludes only
                // some is treated as reaching all the others.
                if kind(on).is_some_and(all) { Self::Only(Vec::new()) } else { Self::AllBut(patterns) }
            }
        }
    }

    /// Whether the statement may apply to this ARN.
    pub fn matches(&self, arn: &str) -> bool {
        step();
        match self {
            Self::Everything => true,
            Self::Only(patterns) => patterns.iter().any(|pattern| pattern.matches(arn)),
            Self::AllBut(patterns) => !patterns.iter().any(|pattern| pattern.matches(arn)),
            Self::Limited(limited) => {
                limited.of.matches(arn)
                    && !limited.denied.iter().any(|denied| denied.matches(arn))
                    && limited.within.as_ref().is_none_or(|within| within.iter().any(|reach| reach.matches(arn)))
            }
        }
    }

    /// The prefixes of what it reaches, and whether each is a full ARN; `None` if there is no fixed prefix.
    pub(crate) fn starts(&self) -> Option<Vec<(&str, bool)>> {
        match self {
            Self::Only(patterns) => {
                Some(patterns.iter().map(|pattern| (pattern.literal.as_str(), pattern.exact)).collect())
            }
            Self::Limited(limited) => limited.of.starts().or_else(|| {
                let within = limited.within.as_ref()?.iter().map(Self::starts);
                Some(within.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
            }),
            Self::Everything | Self::AllBut(_) => None,
        }
    }

    /// Whether it is everything, or everything except some.
    pub fn is_broad(&self) -> bool {
        match self {
            Self::Everything | Self::AllBut(_) => true,
            Self::Only(_) => false,
            Self::Limited(limited) => {
                limited.of.is_broad() && limited.within.as_ref().is_none_or(|within| within.iter().any(Self::is_broad))
            }
        }
    }

    /// Whether it names single resources only.
    pub fn is_exact(&self) -> bool {
        match self {
            Self::Everything | Self::AllBut(_) => false,
            Self::Only(patterns) => patterns.iter().all(|pattern| pattern.exact),
            Self::Limited(limited) => limited.of.is_exact(),
        }
    }

    /// Exactly these ARNs.
    pub fn exactly<'a>(arns: impl Iterator<Item = &'a str>) -> Self {
        Self::Only(arns.map(|arn| Pattern::new(letters(arn).collect())).collect())
    }

    /// The intersection.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        match (&self, other) {
            (Self::Everything, _) => other.clone(),
            (_, Self::Everything) => self,
            _ => {
                let within = Some(Arc::new(vec![other.clone()]));
                Self::Limited(Box::new(LimitedReach { of: self, denied: Arc::default(), within }))
            }
        }
    }

    /// The resources of a denial: never more than it certainly denies.
    pub fn of_denial(resources: &Resources, version: Version, holder: &Holder<'_>, on: On) -> Self {
        match resources {
            Resources::Missing => Self::Only(Vec::new()),
            Resources::Only(list) => {
                let known = list.iter().filter(|text| !has_unknown_variable(text, version, holder));
                Self::of_statement(&Resources::Only(known.cloned().collect()), version, holder, on)
            }
            Resources::AllBut(list) => {
                // A variable may have any value, so it may exclude anything.
                let filled = list.iter().filter_map(|text| pattern(text, version, holder, Symbol::Any));
                let patterns: Vec<Pattern> = filled.collect();
                let Some(kind) = kind(on) else { return Self::AllBut(patterns) };
                let start = format!("{}{kind}", holder.arn_start());
                let touching: Vec<Pattern> =
                    patterns.into_iter().filter(|pattern| pattern.touches(&start, kind)).collect();
                if touching.is_empty() { Self::Everything } else { Self::AllBut(touching) }
            }
        }
    }

    /// Whether a resource that does not exist yet may be in both; yes if in doubt.
    pub fn may_meet(&self, other: &Self) -> bool {
        let agree = |one: &Pattern, other: &Pattern| match (one.exact, other.exact) {
            (true, _) => other.matches(&one.literal),
            (_, true) => one.matches(&other.literal),
            _ => one.literal.starts_with(&other.literal) || other.literal.starts_with(&one.literal),
        };
        match (self, other) {
            (Self::Limited(one), other) | (other, Self::Limited(one)) => one.of.may_meet(other),
            (Self::Only(one), Self::Only(other)) => one.iter().any(|one| other.iter().any(|other| agree(one, other))),
            (Self::Only(one), Self::AllBut(but)) | (Self::AllBut(but), Self::Only(one)) => {
                one.iter().any(|one| !one.exact || !but.iter().any(|but| but.matches(&one.literal)))
            }
            (Self::Everything | Self::AllBut(_), _) | (_, Self::Everything) => true,
        }
    }

    /// Without the patterns that match only the holder; `None` if nothing is left.
    pub fn beyond(self, holder: &Holder<'_>) -> Option<Self> {
        match self {
            Self::Only(mut patterns) => {
                patterns.retain(|pattern| !pattern.is_only(holder));
                (!patterns.is_empty()).then_some(Self::Only(patterns))
            }
            Self::Limited(limited) => {
                let own = |reach: &Self| reach.clone().beyond(holder).is_none();
                // A denial of everything except the holder leaves only the holder.
                let all_others = |reach: &Self| matches!(reach, Self::AllBut(patterns) if patterns.iter().all(|pattern| pattern.is_only(holder)));
                let within = limited.within.as_ref().is_some_and(|within| within.iter().all(own));
                let left = !(own(&limited.of) || within || limited.denied.iter().any(all_others));
                left.then_some(Self::Limited(limited))
            }
            other => Some(other),
        }
    }
}

/// The prefix of the resource part for a kind of target.
fn kind(on: On) -> Option<&'static str> {
    match on {
        On::OwnUser | On::User => Some("user/"),
        On::OwnRole | On::Role => Some("role/"),
        On::OwnGroup | On::Group => Some("group/"),
        On::OwnPolicy | On::Policy => Some("policy/"),
        On::SamlProvider => Some("saml-provider/"),
        On::Something => None,
    }
}

/// `*`, and also `arn:aws:lambda:*:*:function:*` and the like.
fn is_all_of_a_service(pattern: &Pattern) -> bool {
    if !pattern.symbols.is_empty() && pattern.symbols.iter().all(|symbol| *symbol == Symbol::Any) {
        return true;
    }
    let Some(part) = pattern.resource_part() else {
        return false;
    };
    let before = &pattern.symbols[..pattern.symbols.len() - part.len()];
    let open = !before.iter().any(|symbol| matches!(symbol, Symbol::Char(letter) if letter.is_ascii_digit()));
    let end = literal_start(part);
    open && part.len() == end.chars().count() + 1
        && part.last() == Some(&Symbol::Any)
        && end.trim_end_matches([':', '/']).chars().all(|letter| letter.is_ascii_lowercase() || letter == '-')
        && (end.is_empty() || end.ends_with([':', '/']))
}

/// Replaces wildcards before the sixth part with the own account if they match it: other accounts do not matter here,
/// and patterns with a literal prefix are found faster.
fn anchored(symbols: Vec<Symbol>, holder: &Holder<'_>) -> Vec<Symbol> {
    let colons: Vec<usize> =
        symbols.iter().enumerate().filter(|(_, symbol)| **symbol == Symbol::Char(':')).map(|(at, _)| at).collect();
    let start = holder.arn_start();
    if colons.len() < 5 || start.is_empty() || !symbols[..colons[4]].iter().any(|s| !matches!(s, Symbol::Char(_))) {
        return symbols;
    }
    let mut from = 0;
    for (part, end) in start.split(':').zip(&colons[..5]) {
        if !Glob::new(symbols[from..*end].to_vec()).accepts(letters(part)) {
            return symbols;
        }
        from = end + 1;
    }
    letters(start).chain(symbols[from..].iter().cloned()).collect()
}

fn literal_start(symbols: &[Symbol]) -> String {
    let letter = |symbol: &Symbol| if let Symbol::Char(letter) = symbol { Some(*letter) } else { None };
    symbols.iter().map_while(letter).collect()
}

/// Lengths of the unknown names: a pattern that matches both matches all but very short names.
const LENGTHS: [usize; 2] = [24, 37];

/// Whether the pattern has a variable that the holder does not determine.
fn has_unknown_variable(text: &str, version: Version, holder: &Holder<'_>) -> bool {
    symbols(text, version).iter().any(|symbol| {
        matches!(symbol, Symbol::Variable(name) if !(holder.is_user() && name.split(',').next() == Some("aws:username")))
    })
}

/// Replaces variables. `aws:username` is the user's name; a role has none and gets the default after the comma, if any.
/// Any other variable becomes `other`.
fn pattern(text: &str, version: Version, holder: &Holder<'_>, other: Symbol) -> Option<Pattern> {
    let mut filled = Vec::new();
    for symbol in symbols(text, version) {
        match symbol {
            Symbol::Variable(name) if name.split(',').next().is_some_and(|key| key.trim() == "aws:username") => {
                match name.split_once(',') {
                    _ if holder.is_user() => filled.extend(letters(holder.name())),
                    None => return None,
                    // A wildcard in a default value may act as a wildcard.
                    Some((_, default)) => filled.extend(symbols(default.trim().trim_matches('\''), Version::V2008)),
                }
            }
            // Unique IDs of users start with `AIDA`, and those of roles with `AROA` (IAM user guide, "IAM identifiers").
            Symbol::Variable(name) if name.trim() == "aws:userid" && other == Symbol::Any => {
                filled.extend(letters(if holder.is_user() { "AIDA" } else { "AROA" }));
                filled.push(Symbol::Any);
            }
            Symbol::Variable(_) => filled.push(other.clone()),
            plain => filled.push(plain),
        }
    }
    Some(Pattern::new(anchored(filled, holder)))
}
