//! Filter patterns of CloudWatch Logs, as far as patterns about CloudTrail's events use them.
//!
//! A pattern is not compared with another text but tried on events: it takes an event in only if it must match
//! whatever the members hold that the event leaves open. So spaces, order and brackets do not matter, and a
//! condition more than needed (`&& $.sourceIPAddress != "…"`) does.

/// What an event holds at a selector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Holds<'a> {
    Is(&'a str),
    Absent,
    /// Any value besides these.
    AnyBut(&'static [&'static str]),
}

/// An event by its members' selectors without `$.`.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// What people call it: the API operation, or the error.
    pub name: &'static str,
    pub members: Vec<(&'static str, Holds<'a>)>,
    /// Whether it holds other members, which may be anything. An example holds these only.
    pub open: bool,
}

#[derive(Debug, PartialEq)]
pub enum Pattern {
    Any(Vec<Pattern>),
    All(Vec<Pattern>),
    Equal(String, String),
    Unequal(String, String),
    NotExists(String),
    /// Words and phrases that the text of an event holds; `?` before each of them means any.
    Terms {
        all: Vec<String>,
        any: Vec<String>,
        none: Vec<String>,
    },
    /// Of a kind that is not understood: may match or not.
    Unclear,
}

impl Pattern {
    /// Reads a pattern of conditions on JSON, or of terms; none if it is of a kind that is not known. CloudWatch Logs
    /// user guide, "Filter pattern syntax": a pattern without conditions matches everything.
    pub fn read(text: &str) -> Option<Self> {
        if text.trim().is_empty() {
            return Some(Self::All(Vec::new()));
        }
        if !text.trim().starts_with(['{', '[']) {
            return terms(text);
        }
        let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
        let mut reader = Reader { rest: inner, depth: 0 };
        let pattern = reader.any()?;
        reader.rest.trim().is_empty().then_some(pattern)
    }

    /// Whether the pattern matches the event; none where that depends on what the event leaves open.
    pub fn matches(&self, event: &Event<'_>) -> Option<bool> {
        match self {
            Self::Any(parts) => {
                let all: Vec<Option<bool>> = parts.iter().map(|part| part.matches(event)).collect();
                if all.contains(&Some(true)) { Some(true) } else { (!all.contains(&None)).then_some(false) }
            }
            Self::All(parts) => {
                let all: Vec<Option<bool>> = parts.iter().map(|part| part.matches(event)).collect();
                if all.contains(&Some(false)) { Some(false) } else { (!all.contains(&None)).then_some(true) }
            }
            Self::Equal(selector, value) => match at(event, selector)? {
                Holds::Is(text) => Some(glob(value, text)),
                Holds::Absent => Some(false),
                Holds::AnyBut(others) => others.contains(&value.as_str()).then_some(false),
            },
            Self::Unequal(selector, value) => match at(event, selector)? {
                Holds::Is(text) => Some(!glob(value, text)),
                // Whether what is not there is unequal is not documented.
                Holds::Absent => None,
                Holds::AnyBut(others) => others.contains(&value.as_str()).then_some(true),
            },
            Self::NotExists(selector) => at(event, selector).map(|holds| holds == Holds::Absent),
            Self::Terms { all, any, none } => {
                let found = |term: &String| holds_term(event, term);
                let parts = all.iter().map(found).chain(none.iter().map(|term| found(term).map(|is| !is)));
                let mut parts: Vec<Option<bool>> = parts.collect();
                if !any.is_empty() {
                    let any: Vec<Option<bool>> = any.iter().map(found).collect();
                    let none = (!any.contains(&None)).then_some(false);
                    parts.push(if any.contains(&Some(true)) { Some(true) } else { none });
                }
                if parts.contains(&Some(false)) { Some(false) } else { (!parts.contains(&None)).then_some(true) }
            }
            Self::Unclear => None,
        }
    }

    /// Whether the pattern asks for something that the event certainly holds, whatever else it asks for.
    pub fn is_about(&self, event: &Event<'_>) -> bool {
        match self {
            Self::Any(parts) | Self::All(parts) => parts.iter().any(|part| part.is_about(event)),
            Self::Terms { all, any, .. } => all.iter().chain(any).any(|term| holds_term(event, term) == Some(true)),
            Self::Equal(..) => self.matches(event) == Some(true),
            Self::Unequal(..) | Self::NotExists(_) | Self::Unclear => false,
        }
    }

    /// Whether a part of it is not understood.
    pub fn is_unclear(&self) -> bool {
        match self {
            Self::Any(parts) | Self::All(parts) => parts.iter().any(Self::is_unclear),
            other => *other == Self::Unclear,
        }
    }

    /// Whether alternatives (`||`, `?`) decide at the outermost level.
    pub fn is_alternatives(&self) -> bool {
        matches!(self, Self::Any(_)) || matches!(self, Self::Terms { any, .. } if !any.is_empty())
    }
}

/// Words and phrases. Alternatives together with other terms have no documented meaning.
fn terms(text: &str) -> Option<Pattern> {
    let (mut all, mut any, mut none) = (Vec::new(), Vec::new(), Vec::new());
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let sign = rest.chars().next().filter(|letter| ['?', '-'].contains(letter));
        let after = sign.map_or(rest, |_| &rest[1..]);
        let (term, left) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
        };
        let is_quoted = after.starts_with('"');
        let is_word = term.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if term.is_empty() || term.contains('\\') || !(is_quoted || is_word) {
            return None;
        }
        match sign {
            Some('?') => any.push(term.to_owned()),
            Some(_) => none.push(term.to_owned()),
            None => all.push(term.to_owned()),
        }
        if !left.is_empty() && !left.starts_with(char::is_whitespace) {
            return None;
        }
        rest = left.trim_start();
    }
    let is_plain = any.is_empty() || (all.is_empty() && none.is_empty());
    is_plain.then_some(Pattern::Terms { all, any, none })
}

/// Whether an event's text holds a term: certainly where a value is the term, and perhaps where it is a part of one,
/// as how words are divided is not documented.
fn holds_term(event: &Event<'_>, term: &str) -> Option<bool> {
    let mut perhaps = event.open;
    for (selector, holds) in &event.members {
        let key = selector.rsplit('.').next().unwrap_or(selector);
        match holds {
            Holds::Is(value) if *value == term || key == term => return Some(true),
            Holds::Is(value) => perhaps |= value.contains(term) || key.contains(term),
            // The number of an account has digits only.
            Holds::AnyBut(_) if key == "accountId" => perhaps |= term.bytes().all(|byte| byte.is_ascii_digit()),
            Holds::AnyBut(_) => perhaps = true,
            Holds::Absent => {}
        }
    }
    if perhaps { None } else { Some(false) }
}

fn at<'a>(event: &Event<'a>, selector: &str) -> Option<Holds<'a>> {
    event.members.iter().find(|(name, _)| *name == selector).map(|(_, holds)| *holds)
}

/// `*` stands for any text. Each part is taken where it comes first, so that stars cost nothing.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut left) = text.strip_prefix(start) else { return false };
    for part in middle.split('*') {
        let Some(place) = left.find(part) else { return false };
        left = &left[place + part.len()..];
    }
    left.ends_with(end)
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

/// Deeper brackets than anybody writes; a pattern comes from outside.
const DEEPEST: usize = 40;

impl<'a> Reader<'a> {
    fn any(&mut self) -> Option<Pattern> {
        let mut parts = vec![self.all()?];
        while self.take("||") {
            parts.push(self.all()?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Pattern::Any(parts) })
    }

    fn all(&mut self) -> Option<Pattern> {
        let mut parts = vec![self.one()?];
        while self.take("&&") {
            parts.push(self.one()?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Pattern::All(parts) })
    }

    fn one(&mut self) -> Option<Pattern> {
        if self.take("(") {
            self.depth += 1;
            let inner = (self.depth < DEEPEST).then(|| self.any())??;
            self.depth -= 1;
            return self.take(")").then_some(inner);
        }
        let (selector, is_plain) = self.selector()?;
        let condition = self.condition(selector)?;
        Some(if is_plain { condition } else { Pattern::Unclear })
    }

    fn condition(&mut self, selector: String) -> Option<Pattern> {
        if self.take("!=") {
            return self.value(selector, Pattern::Unequal);
        }
        for operator in ["<=", ">=", "<", ">"] {
            if self.take(operator) {
                return self.value(selector, |_, _| Pattern::Unclear);
            }
        }
        if self.take("=") {
            return self.value(selector, Pattern::Equal);
        }
        if self.word("NOT") {
            return self.word("EXISTS").then_some(Pattern::NotExists(selector));
        }
        let known = self.word("IS") && (self.word("NULL") || self.word("TRUE") || self.word("FALSE"));
        known.then_some(Pattern::Unclear)
    }

    /// A selector, and whether it is of plain members: what an index into a list selects is not understood.
    fn selector(&mut self) -> Option<(String, bool)> {
        self.rest = self.rest.trim_start().strip_prefix("$.")?;
        let part = |letter: char| letter.is_ascii_alphanumeric() || "_-.[]*".contains(letter);
        let selector = self.until(|letter| !part(letter));
        (!selector.is_empty()).then(|| (selector.to_owned(), !selector.contains(['[', ']', '*'])))
    }

    fn value(&mut self, selector: String, make: impl Fn(String, String) -> Pattern) -> Option<Pattern> {
        self.rest = self.rest.trim_start();
        if let Some(rest) = self.rest.strip_prefix('"') {
            self.rest = rest;
            let value = self.until(|letter| letter == '"').to_owned();
            self.rest = self.rest.strip_prefix('"')?;
            // An escape may hide a quotation mark.
            return Some(if value.contains('\\') { Pattern::Unclear } else { make(selector, value) });
        }
        let value = self.until(|letter: char| letter.is_whitespace() || "()&|{}".contains(letter)).to_owned();
        if value.is_empty() {
            return None;
        }
        // Between percent signs stands a regular expression.
        Some(if value.starts_with('%') { Pattern::Unclear } else { make(selector, value) })
    }

    fn until(&mut self, end: impl Fn(char) -> bool) -> &'a str {
        let (before, rest) = self.rest.split_at(self.rest.find(end).unwrap_or(self.rest.len()));
        self.rest = rest;
        before
    }

    fn take(&mut self, text: &str) -> bool {
        let trimmed = self.rest.trim_start();
        trimmed.strip_prefix(text).map(|rest| self.rest = rest).is_some()
    }

    fn word(&mut self, word: &str) -> bool {
        let trimmed = self.rest.trim_start();
        let is = trimmed.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        if is {
            self.rest = &trimmed[word.len()..];
        }
        is
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(members: Vec<(&'static str, Holds<'static>)>) -> Event<'static> {
        Event { name: "", members, open: true }
    }

    fn matches(pattern: &str, event: &Event<'_>) -> Option<bool> {
        Pattern::read(pattern).unwrap_or_else(|| panic!("{pattern}")).matches(event)
    }

    #[test]
    fn spaces_order_and_brackets_do_not_matter() {
        let root = open(vec![
            ("userIdentity.type", Holds::Is("Root")),
            ("userIdentity.invokedBy", Holds::Absent),
            ("eventType", Holds::Is("AwsApiCall")),
        ]);
        for pattern in [
            "{ $.userIdentity.type = \"Root\" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != \"AwsServiceEvent\" }",
            "{($.eventType!=AwsServiceEvent)&&($.userIdentity.invokedBy NOT EXISTS)&&($.userIdentity.type=Root)}",
            "{ ((($.userIdentity.type = Root))) }",
            "{ $.userIdentity.type = R*t }",
            "{ $.userIdentity.type = *R*o*o*t* }",
        ] {
            assert_eq!(matches(pattern, &root), Some(true), "{pattern}");
        }
    }

    #[test]
    fn what_the_event_leaves_open_is_not_known() {
        let event = open(vec![("eventName", Holds::Is("CreateTrail")), ("ip", Holds::AnyBut(&["a"]))]);
        assert_eq!(matches("{ $.eventName = CreateTrail && $.sourceIPAddress != \"1.2.3.4\" }", &event), None);
        assert_eq!(matches("{ $.eventName = DeleteTrail && $.sourceIPAddress != \"1.2.3.4\" }", &event), Some(false));
        assert_eq!(matches("{ $.ip != a }", &event), Some(true));
        assert_eq!(matches("{ $.ip != b }", &event), None);
        assert_eq!(matches("{ $.eventName = %Create.*% }", &event), None);
        assert_eq!(Pattern::read("{ $.eventName = \"a\\\"b\" || $.eventName = CreateTrail }"), None);
    }

    #[test]
    fn and_binds_closer_than_or() {
        let event = open(vec![("a", Holds::Is("1")), ("b", Holds::Is("2"))]);
        assert_eq!(matches("{ $.a = 1 || $.a = 9 && $.b = 9 }", &event), Some(true));
        assert_eq!(matches("{ ($.a = 1 || $.a = 9) && $.b = 9 }", &event), Some(false));
    }

    #[test]
    fn other_texts_are_no_patterns() {
        let deep = format!("{{ {}$.a = 1{} }}", "(".repeat(5000), ")".repeat(5000));
        for text in [
            "{ }",
            "{ $.a = }",
            "{ $.a = 1",
            "[ip, user]",
            "{ $.a = 1 } x",
            "a.b",
            "?a b",
            "%a%",
            "\"a",
            "\"a\"b",
            &deep,
        ] {
            assert_eq!(Pattern::read(text), None, "{}", &text[..text.len().min(40)]);
        }
    }
    #[test]
    fn terms_are_found_in_what_the_event_certainly_holds() {
        let failed = open(vec![
            ("eventName", Holds::Is("ConsoleLogin")),
            ("errorMessage", Holds::Is("Failed authentication")),
            ("errorCode", Holds::Absent),
        ]);
        let other = Event { open: false, ..open(vec![("eventName", Holds::Is("DescribeInstances"))]) };
        for (pattern, of_failed, of_other) in [
            ("\"ConsoleLogin\" \"Failed authentication\"", Some(true), Some(false)),
            ("ConsoleLogin", Some(true), Some(false)),
            ("?ConsoleLogin ?CreateTrail", Some(true), Some(false)),
            ("Failed", None, Some(false)),
            ("ConsoleLogin -Success", None, Some(false)),
            ("-DescribeInstances", None, Some(false)),
            ("Describe", None, None),
            ("", Some(true), Some(true)),
        ] {
            assert_eq!(matches(pattern, &failed), of_failed, "{pattern}");
            assert_eq!(matches(pattern, &other), of_other, "{pattern}");
        }
    }

    #[test]
    fn a_part_that_is_not_understood_leaves_the_rest() {
        let event = open(vec![("eventName", Holds::Is("CreateTrail"))]);
        assert_eq!(matches("{ $.resources[0].ARN = \"a\" || $.eventName = CreateTrail }", &event), Some(true));
        assert_eq!(matches("{ $.resources[0].ARN = \"a\" && $.eventName = CreateTrail }", &event), None);
        assert!(Pattern::read("{ $.resources[*].ARN = \"a\" }").unwrap().is_unclear());
    }
}
