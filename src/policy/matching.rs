//! Patterns of the policy language: `*`, `?` and policy variables.
//!
//! Two questions: does a pattern match a text, and does it cover another
//! pattern, that is, match whatever the other matches. `covers` may say no
//! where the truth is yes, never the other way, so a denial that is said to
//! cancel a grant does.

use super::document::Version;

/// One element of a pattern, and of the texts and patterns that it is held against.
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

/// A pattern's elements as written. Only 2012-10-17 knows variables; there,
/// `${*}`, `${?}` and `${$}` are the characters themselves.
pub fn symbols(pattern: &str, version: Version) -> Vec<Symbol> {
    let mut out = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    // Without this, a text of many `${` and no `}` would be searched anew at each.
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

/// A compiled pattern. All of its partial matches advance together, a bit
/// each, so there is no backtracking: a text costs its length times the
/// pattern's length in words of 64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    symbols: Vec<Symbol>,
    /// Symbols without the stars.
    length: usize,
    /// Bit i: a star stands after i symbols.
    stars: Vec<u64>,
    /// Bit i: symbol i is `?`.
    ones: Vec<u64>,
    /// Sorted; bit i: symbol i is this one.
    places: Vec<(Symbol, Vec<u64>)>,
    /// Nothing but stars, at least one.
    everything: bool,
}

impl Glob {
    /// Compiles a pattern's elements.
    pub fn new(symbols: Vec<Symbol>) -> Self {
        let length = symbols.iter().filter(|symbol| **symbol != Symbol::Any).count();
        let words = length / 64 + 1;
        let mut stars = vec![0; words];
        let mut ones = vec![0; words];
        let mut at: Vec<(&Symbol, usize)> = Vec::with_capacity(length);
        let mut index = 0;
        for symbol in &symbols {
            match symbol {
                Symbol::Any => set(&mut stars, index),
                Symbol::One => {
                    set(&mut ones, index);
                    index += 1;
                }
                other => {
                    at.push((other, index));
                    index += 1;
                }
            }
        }
        at.sort_unstable();
        let mut places: Vec<(Symbol, Vec<u64>)> = Vec::new();
        for (symbol, index) in at {
            if places.last().is_none_or(|(last, _)| last != symbol) {
                places.push((symbol.clone(), vec![0; words]));
            }
            set(&mut places.last_mut().expect("pushed above").1, index);
        }
        let everything = length == 0 && !symbols.is_empty();
        Self { symbols, length, stars, ones, places, everything }
    }

    /// A pattern of the action language: no variables, all in lower case.
    pub fn of_action(pattern: &str) -> Self {
        Self::new(symbols(&pattern.to_ascii_lowercase(), Version::V2008))
    }

    /// Nothing but stars.
    pub fn is_everything(&self) -> bool {
        self.everything
    }

    /// Has a wildcard.
    pub fn is_pattern(&self) -> bool {
        self.stars.iter().chain(&self.ones).any(|word| *word != 0)
    }

    /// The elements as written.
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// Characters that a text must have, each at its place.
    pub fn fixed(&self) -> usize {
        self.length - self.ones.iter().map(|word| word.count_ones() as usize).sum::<usize>()
    }

    /// Whether the pattern matches the text.
    pub fn matches(&self, text: &str) -> bool {
        self.everything || self.run(letters(text)).0
    }

    /// Whether the pattern matches whatever `other` matches.
    pub fn covers(&self, other: &Self) -> bool {
        self.everything || self.accepts(other.symbols.iter().cloned())
    }

    /// Whether the pattern takes these symbols; what stands for many texts is taken only by what matches them all.
    pub fn accepts(&self, symbols: impl Iterator<Item = Symbol>) -> bool {
        self.run(symbols).0
    }

    /// The answer, and the words of state that were touched.
    fn run(&self, input: impl Iterator<Item = Symbol>) -> (bool, usize) {
        let words = self.stars.len();
        let mut steps = 0;
        let mut state = vec![0_u64; words];
        let mut next = vec![0_u64; words];
        state[0] = 1;
        for symbol in input {
            let place = self.places.binary_search_by(|(known, _)| known.cmp(&symbol)).ok().map(|at| &self.places[at].1);
            let single = matches!(symbol, Symbol::Char(_) | Symbol::One);
            let mut carry = 0;
            let mut alive = 0;
            for word in 0..words {
                let takes = place.map_or(0, |place| place[word]) | if single { self.ones[word] } else { 0 };
                let advanced = state[word] & takes;
                next[word] = (advanced << 1) | carry | (state[word] & self.stars[word]);
                carry = advanced >> 63;
                alive |= next[word];
                steps += 1;
            }
            if alive == 0 {
                return (false, steps);
            }
            std::mem::swap(&mut state, &mut next);
        }
        (state[self.length / 64] >> (self.length % 64) & 1 == 1, steps)
    }
}

fn set(bits: &mut [u64], index: usize) {
    bits[index / 64] |= 1 << (index % 64);
}

/// A pattern of `Resource` or `NotResource`. Case matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    whole: Glob,
    /// The six parts of an ARN, where the pattern has six.
    parts: Option<Vec<Glob>>,
    /// The pattern has a policy variable.
    pub variable: bool,
}

impl Resource {
    /// Compiles a pattern as the document's version reads it.
    pub fn new(pattern: &str, version: Version) -> Self {
        let symbols = symbols(pattern, version);
        let mut parts: Vec<Vec<Symbol>> = vec![Vec::new()];
        for symbol in &symbols {
            if *symbol == Symbol::Char(':') && parts.len() < 6 {
                parts.push(Vec::new());
            } else {
                parts.last_mut().expect("starts with one").push(symbol.clone());
            }
        }
        let variable = symbols.iter().any(|symbol| matches!(symbol, Symbol::Variable(_)));
        let parts = (parts.len() == 6).then(|| parts.into_iter().map(Glob::new).collect());
        Self { whole: Glob::new(symbols), parts, variable }
    }

    /// Nothing but stars.
    pub fn is_everything(&self) -> bool {
        self.whole.is_everything()
    }

    /// The pattern as a whole.
    pub fn whole(&self) -> &Glob {
        &self.whole
    }

    /// The six parts, where the pattern has six.
    pub fn parts(&self) -> Option<&[Glob]> {
        self.parts.as_deref()
    }

    /// Whether the pattern matches the ARN. A star may cross colons: generous, for what is granted.
    pub fn matches(&self, arn: &str) -> bool {
        self.whole.matches(arn)
    }

    /// Whether the pattern matches whatever `other` matches. Part by part, as AWS reads ARNs: strict, for what is denied.
    pub fn covers(&self, other: &Self) -> bool {
        if self.is_everything() || self.whole.symbols == other.whole.symbols {
            return true;
        }
        match (&self.parts, &other.parts) {
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

    /// The definition, by trying everything.
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
        fn agrees_with_the_naive_matcher(pattern in "[ab*?]{0,7}", text in "[ab]{0,7}") {
            prop_assert_eq!(glob(&pattern).matches(&text), naive(&chars(&pattern), &chars(&text)));
        }

        /// Whatever the covered pattern matches, the covering one does.
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
    fn steps_are_the_texts_length_times_the_patterns_words() {
        // Patterns that take backtracking matchers exponential or quadratic time.
        for pattern in ["a*a*a*a*a*a*a*a*a*b", "*a*a*a*a*a*a*?b", "a?a?a?a?*?b"] {
            for length in [100, 1_000, 10_000] {
                let (hit, steps) = glob(pattern).run(letters(&"a".repeat(length)));
                assert!(!hit);
                assert!(steps <= length, "{pattern} on {length} took {steps}");
            }
        }
        let long = glob(&"*a".repeat(640));
        assert_eq!(long.run(letters(&"a".repeat(5_000))), (true, 5_000 * 11));
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
        assert!(own.variable && own.parts().is_some(), "the variable's colon is no part of the ARN");
        assert!(Resource::new("arn:aws:iam::*:user/*", Version::V2012).covers(&own));
        assert!(own.covers(&own.clone()));
        assert!(!Resource::new("arn:aws:iam::*:user/?", Version::V2012).covers(&own));
        assert!(!Resource::new("arn:aws:iam::*:user/ann", Version::V2012).covers(&own));
        assert!(!own.covers(&Resource::new("arn:aws:iam::*:user/ann", Version::V2012)));
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
