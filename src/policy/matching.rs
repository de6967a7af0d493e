//! Patterns of the policy language: `*`, `?` and policy variables.
//!
//! Two questions: does a pattern match a text, and does it cover another pattern, that is, match every text that the
//! other matches. `covers` may wrongly answer no but never wrongly yes, so a denial is never wrongly taken to cancel a
//! grant.

mod bitsliced;
mod overlap;
mod prefilter;

use super::document::Version;
pub(crate) use bitsliced::BitslicedTexts;
pub(crate) use overlap::overlap;
pub(crate) use prefilter::LetterFilter;
use std::sync::OnceLock;

/// One element of a pattern, or of a text or pattern that it is compared with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Symbol {
    Char(char),
    /// `?`: exactly one character.
    One,
    /// `*`: any characters, none too.
    Any,
    /// `${aws:username}`: a text that the request decides.
    Variable(String),
}

/// A pattern's elements. Only version 2012-10-17 has variables, and there `${*}`, `${?}` and `${$}` are literal
/// characters.
pub fn symbols(pattern: &str, version: Version) -> Vec<Symbol> {
    let mut out = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    // Without this, a text with many `${` and no `}` would be searched again at each.
    let mut closed = version == Version::V2012 && pattern.contains("${");
    while let Some(first) = rest.chars().next() {
        if closed && rest.starts_with("${") {
            if let Some(end) = rest.find('}') {
                out.push(match &rest[2..end] {
                    "*" => Symbol::Char('*'),
                    "?" => Symbol::Char('?'),
                    "$" => Symbol::Char('$'),
                    // Keys are case-insensitive; a default value behind a comma is not.
                    name => Symbol::Variable(match name.split_once(',') {
                        Some((key, default)) => format!("{},{default}", key.to_lowercase()),
                        None => name.to_lowercase(),
                    }),
                });
                rest = &rest[end + 1..];
                continue;
            }
            closed = false;
        }
        out.push(match first {
            '*' => Symbol::Any,
            '?' => Symbol::One,
            other => Symbol::Char(other),
        });
        rest = &rest[first.len_utf8()..];
    }
    out
}

/// The symbols of a plain text.
pub fn letters(text: &str) -> impl Iterator<Item = Symbol> {
    text.chars().map(Symbol::Char)
}

/// A pattern that is ready to match. All of its partial matches advance
/// together, a bit each, so there is no backtracking: a text costs its length
/// times the pattern's length in words of 64.
#[derive(Clone, Debug)]
pub struct Glob {
    symbols: Vec<Symbol>,
    /// Symbols without the stars.
    length: usize,
    /// Symbols without wildcards.
    fixed: usize,
    /// Built at first use; a pattern without wildcards does not need them.
    tables: OnceLock<Box<Tables>>,
}

/// A position is a bit: the number of symbols before it, not counting stars.
#[derive(Clone, Debug, Default)]
struct Tables {
    /// Places with a star.
    stars: Vec<u64>,
    /// Places of `?`.
    ones: Vec<u64>,
    /// The characters and variables that occur, sorted, with the range of their words in `places`.
    alphabet: Vec<(Symbol, std::ops::Range<usize>)>,
    /// Only non-zero words, with their numbers: memory must not grow with the square of the pattern's length.
    places: Vec<(usize, u64)>,
    /// The same for each ASCII character, where all places fit one word.
    ascii: Vec<u64>,
}

impl Glob {
    /// From a pattern's elements.
    pub fn new(symbols: Vec<Symbol>) -> Self {
        let count = |test: fn(&Symbol) -> bool| symbols.iter().filter(|symbol| test(symbol)).count();
        let length = count(|symbol| *symbol != Symbol::Any);
        let fixed = length - count(|symbol| *symbol == Symbol::One);
        Self { symbols, length, fixed, tables: OnceLock::new() }
    }

    /// A pattern of the action language: no variables, all in lower case.
    pub fn of_action(pattern: &str) -> Self {
        Self::new(symbols(&pattern.to_ascii_lowercase(), Version::V2008))
    }

    /// Only stars, at least one.
    pub fn is_everything(&self) -> bool {
        self.length == 0 && !self.symbols.is_empty()
    }

    /// The elements as written.
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// The number of symbols that are not wildcards, which every matching text contains.
    pub fn fixed(&self) -> usize {
        self.fixed
    }

    /// Whether the pattern matches the text.
    pub fn matches(&self, text: &str) -> bool {
        self.accepts(letters(text))
    }

    /// Whether the pattern matches every text that `other` matches.
    pub fn covers(&self, other: &Self) -> bool {
        self.accepts(other.symbols.iter().cloned())
    }

    /// Whether the pattern matches these symbols. A symbol for many texts is matched only by a pattern that matches all
    /// of them.
    pub fn accepts(&self, mut symbols: impl Iterator<Item = Symbol>) -> bool {
        if self.is_everything() {
            return true;
        }
        if self.fixed == self.symbols.len() {
            return self.symbols.iter().all(|own| symbols.next().as_ref() == Some(own)) && symbols.next().is_none();
        }
        let (taken, steps) = self.run(symbols);
        counted(steps);
        taken
    }

    fn tables(&self) -> &Tables {
        self.tables.get_or_init(|| {
            let words = self.length / 64 + 1;
            let mut tables = Tables { stars: vec![0; words], ones: vec![0; words], ..Tables::default() };
            let mut at: Vec<(&Symbol, usize)> = Vec::with_capacity(self.fixed);
            let mut place = 0;
            for symbol in &self.symbols {
                match symbol {
                    Symbol::Any => set(&mut tables.stars, place),
                    Symbol::One => set(&mut tables.ones, place),
                    other => at.push((other, place)),
                }
                place += usize::from(*symbol != Symbol::Any);
            }
            at.sort_unstable();
            for (symbol, place) in at {
                let end = tables.places.len();
                if tables.alphabet.last().is_none_or(|(last, _)| last != symbol) {
                    tables.alphabet.push((symbol.clone(), end..end));
                }
                let own = &mut tables.alphabet.last_mut().expect("pushed above").1;
                match tables.places[own.clone()].last_mut() {
                    Some((word, bits)) if *word == place / 64 => *bits |= 1 << (place % 64),
                    _ => {
                        tables.places.push((place / 64, 1 << (place % 64)));
                        own.end += 1;
                    }
                }
            }
            if words == 1 {
                tables.ascii = vec![0; 128];
                for (symbol, range) in &tables.alphabet {
                    if let Symbol::Char(character) = symbol
                        && character.is_ascii()
                    {
                        tables.ascii[*character as usize] = tables.places[range.start].1;
                    }
                }
            }
            Box::new(tables)
        })
    }

    /// The answer, and the number of words that were visited.
    fn run(&self, input: impl Iterator<Item = Symbol>) -> (bool, usize) {
        let tables = self.tables();
        if !tables.ascii.is_empty() {
            return self.run_in_a_word(tables, input);
        }
        let words = tables.stars.len();
        let mut steps = 0;
        let mut state = vec![0_u64; words];
        let mut next = vec![0_u64; words];
        state[0] = 1;
        for symbol in input {
            let single = matches!(symbol, Symbol::Char(_) | Symbol::One);
            next.fill(0);
            for word in 0..words {
                next[word] |= state[word] & tables.stars[word];
                if single {
                    advance(&mut next, word, state[word] & tables.ones[word]);
                }
            }
            steps += words;
            if let Some(places) = tables.places_of(&symbol) {
                for &(word, bits) in places {
                    advance(&mut next, word, state[word] & bits);
                }
                steps += places.len();
            }
            if next.iter().all(|word| *word == 0) {
                return (false, steps);
            }
            std::mem::swap(&mut state, &mut next);
        }
        (state[self.length / 64] >> (self.length % 64) & 1 == 1, steps)
    }

    /// The same for patterns below 64 symbols, which nearly all are.
    fn run_in_a_word(&self, tables: &Tables, input: impl Iterator<Item = Symbol>) -> (bool, usize) {
        let (stars, ones) = (tables.stars[0], tables.ones[0]);
        let mut state = 1_u64;
        let mut steps = 0;
        for symbol in input {
            let takes = match symbol {
                Symbol::Char(character) if character.is_ascii() => tables.ascii[character as usize] | ones,
                Symbol::One => ones,
                Symbol::Any => 0,
                other => {
                    let own = tables.places_of(&other).map_or(0, |places| places[0].1);
                    if matches!(other, Symbol::Char(_)) { own | ones } else { own }
                }
            };
            state = (state & takes) << 1 | state & stars;
            steps += 1;
            if state == 0 {
                return (false, steps);
            }
        }
        (state >> self.length & 1 == 1, steps)
    }
}

#[cfg(test)]
thread_local! {
    /// The cost of matching on this thread; tests compare it with the input's length.
    pub(crate) static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
pub(crate) fn counted(steps: usize) {
    STEPS.with(|all| all.set(all.get() + steps));
}

#[cfg(not(test))]
pub(crate) fn counted(_: usize) {}

impl Tables {
    fn places_of(&self, symbol: &Symbol) -> Option<&[(usize, u64)]> {
        let at = self.alphabet.binary_search_by(|(known, _)| known.cmp(symbol)).ok()?;
        Some(&self.places[self.alphabet[at].1.clone()])
    }
}

/// Moves the taken places one on. The last symbol's place is below the last word's last bit or has a word behind it.
fn advance(next: &mut [u64], word: usize, taken: u64) {
    next[word] |= taken << 1;
    if taken >> 63 == 1 {
        next[word + 1] |= 1;
    }
}

impl PartialEq for Glob {
    /// Equal as written.
    fn eq(&self, other: &Self) -> bool {
        self.symbols == other.symbols
    }
}

impl Eq for Glob {}

fn set(bits: &mut [u64], index: usize) {
    bits[index / 64] |= 1 << (index % 64);
}

/// A pattern of `Resource` or `NotResource`, case-sensitive. It is compiled at first use, because most patterns are
/// never matched.
#[derive(Clone, Debug)]
pub struct Resource {
    text: Box<str>,
    version: Version,
    compiled: OnceLock<Box<Compiled>>,
}

#[derive(Clone, Debug)]
struct Compiled {
    whole: Glob,
    letters: LetterFilter,
    /// The six parts of an ARN, where the pattern has six.
    parts: Option<Vec<Glob>>,
}

impl PartialEq for Resource {
    /// Equal as written, in the same version of the language.
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.version == other.version
    }
}

impl Eq for Resource {}

impl Resource {
    /// A pattern as the document's version reads it.
    pub fn new(pattern: &str, version: Version) -> Self {
        Self { text: pattern.into(), version, compiled: OnceLock::new() }
    }

    fn compiled(&self) -> &Compiled {
        self.compiled.get_or_init(|| {
            let symbols = symbols(&self.text, self.version);
            let mut parts: Vec<Vec<Symbol>> = vec![Vec::new()];
            for symbol in &symbols {
                if *symbol == Symbol::Char(':') && parts.len() < 6 {
                    parts.push(Vec::new());
                } else {
                    parts.last_mut().expect("starts with one").push(symbol.clone());
                }
            }
            let parts = (parts.len() == 6).then(|| parts.into_iter().map(Glob::new).collect());
            let letters = LetterFilter::of_symbols(&symbols);
            Box::new(Compiled { whole: Glob::new(symbols), letters, parts })
        })
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// May match more than one text.
    pub fn is_pattern(&self) -> bool {
        self.text.contains(['*', '?', '$'])
    }

    /// Has a policy variable.
    pub fn has_variable(&self) -> bool {
        self.text.contains("${") && self.glob().symbols.iter().any(|symbol| matches!(symbol, Symbol::Variable(_)))
    }

    /// The caller's own IAM user and no other: `arn:aws:iam::*:user/${aws:username}`, with a path or without.
    pub fn is_own_user(&self) -> bool {
        let own_name = [Symbol::Char('/'), Symbol::Variable("aws:username".to_owned())];
        let user = letters("user/").collect::<Vec<_>>();
        matches!(self.parts(), Some([_, _, service, _, _, name])
            if service.matches("iam") && name.symbols.starts_with(&user) && name.symbols.ends_with(&own_name))
    }

    /// Nothing but stars.
    pub fn is_everything(&self) -> bool {
        !self.text.is_empty() && self.text.bytes().all(|byte| byte == b'*')
    }

    /// The pattern as a whole.
    pub fn glob(&self) -> &Glob {
        &self.compiled().whole
    }

    /// The prefilter of its literal characters.
    pub(crate) fn letters(&self) -> LetterFilter {
        self.compiled().letters
    }

    /// The six parts, where the pattern has six.
    pub fn parts(&self) -> Option<&[Glob]> {
        self.compiled().parts.as_deref()
    }

    /// Whether the pattern matches the ARN. A star may match colons: generous, for grants.
    pub fn matches(&self, arn: &str) -> bool {
        self.glob().matches(arn)
    }

    /// Whether the pattern matches every text that `other` matches. Part by part, as AWS compares ARNs: strict, for
    /// denials.
    pub fn covers(&self, other: &Self) -> bool {
        if self.is_everything() || self == other {
            return true;
        }
        match (self.parts(), other.parts()) {
            (Some(own), Some(theirs)) => own.iter().zip(theirs).all(|(own, theirs)| own.covers(theirs)),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn glob(pattern: &str) -> Glob {
        Glob::new(symbols(pattern, Version::V2012))
    }

    /// A reference implementation that tries every split.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|skip| naive(rest, &text[skip..])),
            Some(('?', rest)) => !text.is_empty() && naive(rest, &text[1..]),
            Some((character, rest)) => text.first() == Some(character) && naive(rest, &text[1..]),
        }
    }

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    proptest! {
        #[test]
        fn agrees_with_the_naive_matcher(pattern in "[abé*?]{0,7}", text in "[abé]{0,7}") {
            prop_assert_eq!(glob(&pattern).matches(&text), naive(&chars(&pattern), &chars(&text)));
        }

        /// Every text that the covered pattern matches is matched by the covering one.
        #[test]
        fn covering_is_sound(a in "[ab*?]{0,5}", b in "[ab*?]{0,5}", text in "[ab]{0,6}") {
            if glob(&a).covers(&glob(&b)) && glob(&b).matches(&text) {
                prop_assert!(glob(&a).matches(&text), "{:?} covers {:?} but not {:?}", a, b, text);
            }
        }

        #[test]
        fn covering_resources_is_sound(a in "[a*?:]{0,9}", b in "[a*?:]{0,9}", text in "[a:]{0,9}") {
            let (a, b) = (Resource::new(&a, Version::V2012), Resource::new(&b, Version::V2012));
            if a.covers(&b) && b.matches(&text) {
                prop_assert!(a.matches(&text));
            }
        }

        #[test]
        fn long_patterns_cross_words_of_state(prefix in "[ab?]{60,140}", text in "[ab]{0,20}") {
            let pattern = format!("{prefix}*b");
            let hit = format!("{}{text}b", prefix.replace('?', "a"));
            prop_assert!(glob(&pattern).matches(&hit));
            prop_assert!(!glob(&pattern).matches(&hit[..prefix.len() - 1]));
        }

        #[test]
        fn no_pattern_panics(pattern in ".{0,20}|[${}*?,a:]{0,20}", text in ".{0,20}") {
            let resource = Resource::new(&pattern, Version::V2012);
            resource.matches(&text);
            resource.covers(&Resource::new(&text, Version::V2012));
        }
    }

    #[test]
    fn cost_is_text_length_times_pattern_words() {
        // Patterns that take backtracking matchers exponential or quadratic time.
        for pattern in ["a*a*a*a*a*a*a*a*a*b", "*a*a*a*a*a*a*?b", "a?a?a?a?*?b"] {
            for length in [100, 1_000, 10_000] {
                let (hit, steps) = glob(pattern).run(letters(&"a".repeat(length)));
                assert!(!hit);
                assert!(steps <= length, "{pattern} on {length} took {steps}");
            }
        }
        let long = glob(&"*a".repeat(640));
        assert_eq!(long.run(letters(&"a".repeat(5_000))), (true, 5_000 * (11 + 10)));
    }

    #[test]
    fn many_different_characters_take_linear_memory() {
        let text: String = (0..20_000_u32).filter_map(|offset| char::from_u32(0x4E00 + offset)).collect();
        let glob = glob(&format!("*{text}?"));
        assert!(glob.matches(&format!("{text}{text}x")) && !glob.matches(&text));
        assert_eq!(glob.tables().places.len(), 20_000);
    }

    #[test]
    fn symbols_of_unclosed_variables_are_characters() {
        assert_eq!(symbols("${${", Version::V2012), letters("${${").collect::<Vec<_>>());
        assert_eq!(symbols("${*}${?}${$}", Version::V2012), letters("*?$").collect::<Vec<_>>());
        assert_eq!(symbols("${aws:UserName}", Version::V2012), [Symbol::Variable("aws:username".to_owned())]);
        assert_eq!(symbols("${a}", Version::V2008), letters("${a}").collect::<Vec<_>>());
    }

    #[test]
    fn a_variable_is_covered_by_a_star_or_by_itself() {
        let own = Resource::new("arn:aws:iam::*:user/${aws:username}", Version::V2012);
        assert!(own.has_variable() && own.parts().is_some(), "the variable's colon is no part of the ARN");
        assert!(Resource::new("arn:aws:iam::*:user/*", Version::V2012).covers(&own));
        assert!(own.covers(&own.clone()));
        assert!(!Resource::new("arn:aws:iam::*:user/?", Version::V2012).covers(&own));
        assert!(!Resource::new("arn:aws:iam::*:user/ann", Version::V2012).covers(&own));
        assert!(!own.covers(&Resource::new("arn:aws:iam::*:user/ann", Version::V2012)));
    }

    #[test]
    fn a_pattern_for_the_callers_own_user_is_recognized() {
        let own = |pattern: &str, version| Resource::new(pattern, version).is_own_user();
        for pattern in ["arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::123456789012:user/*/${AWS:UserName}"] {
            assert!(own(pattern, Version::V2012), "{pattern}");
            assert!(!own(pattern, Version::V2008), "{pattern}: without 2012-10-17 this is plain text");
        }
        for pattern in [
            "arn:aws:iam::*:user/*",
            "arn:aws:iam::*:user/*${aws:username}",
            "arn:aws:iam::*:user/${aws:username}*",
            "arn:aws:iam::*:user/${aws:PrincipalTag/user}",
            "arn:aws:iam::*:role/${aws:username}",
            "*",
        ] {
            assert!(!own(pattern, Version::V2012), "{pattern}");
        }
    }

    #[test]
    fn resources_are_case_sensitive_and_covered_part_by_part() {
        let covers = |a: &str, b: &str| Resource::new(a, Version::V2012).covers(&Resource::new(b, Version::V2012));
        assert!(covers("*", "arn:aws:s3:::b/*"));
        assert!(covers("**", "*"));
        assert!(covers("arn:aws:s3:::b*", "arn:aws:s3:::bucket/*"));
        assert!(!covers("arn:aws:s3:::B*", "arn:aws:s3:::bucket/*"));
        assert!(!covers("arn:aws:s3:::b", "*"));
        assert!(!covers("arn:aws:s3:::b?", "arn:aws:s3:::b*"));
        assert!(!covers("arn:aws:*", "arn:aws:s3:::b"), "a star may not cross colons when it denies");
    }
}
