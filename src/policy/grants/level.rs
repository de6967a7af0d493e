//! The highest access level of policies, in the terms of an access review.

use super::policy_analysis::unknown_service;
use super::{Grants, Scope};
use crate::policy::actions::{Bits, Level, Service, Table, table};
use crate::policy::document::Condition;
use crate::policy::plain_english::titled;
use std::collections::BTreeSet;

/// The highest access level of a union of policies, from the lowest. Certain denials are subtracted; grants under
/// conditions and on some resources count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccessLevel {
    /// No action at all.
    Nothing,
    /// Only actions that the table does not list and whose names do not start with a read verb.
    Unknown,
    /// Lists and reads.
    Read,
    /// Writes and tags; full access to a service that the table does not list counts as at least this.
    Write,
    /// Changes permissions.
    PermissionsManagement,
    /// Every action of a service with more than read actions, by a pattern.
    FullService,
    /// Every action of at least half of all services.
    MostServices,
    /// Every action of every service except a few, including IAM: `PowerUserAccess`.
    AllButFew,
    /// All of IAM, with which a principal can grant itself every other action.
    IamAdministration,
    /// Every action on every resource, or nearly every one.
    FullAdmin,
}

/// A level that is not verifiable: the actions of a service are not in AWS's action table.
pub const WRITE_OR_MORE: &str = "write or more";

/// The level if a policy that may grant more could not be read.
pub fn at_least(level: &str) -> String {
    if level.starts_with(WRITE_OR_MORE) { level.to_owned() } else { format!("at least {level}") }
}

/// Short names of the services that administer the account.
const SHORT: [(&str, &str); 3] =
    [("iam", "IAM"), ("organizations", "Organizations"), ("account", "Account Management")];
/// The most services that "every service except …" names.
const FEW: usize = 5;

impl AccessLevel {
    /// From the mildest.
    pub const ALL: [Self; 10] = [
        Self::Nothing,
        Self::Unknown,
        Self::Read,
        Self::Write,
        Self::PermissionsManagement,
        Self::FullService,
        Self::MostServices,
        Self::AllButFew,
        Self::IamAdministration,
        Self::FullAdmin,
    ];

    /// The level's name. Among AWS-managed policies, only `PowerUserAccess` excludes a few services.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Unknown => "actions that AWS's action table lacks",
            Self::Read => "read",
            Self::Write => "write",
            Self::PermissionsManagement => "permissions management",
            Self::FullService => "full access to a service",
            Self::MostServices => "full access to most services",
            Self::AllButFew => "every service except IAM, Organizations and Account Management",
            Self::IamAdministration => "IAM administration (administrator in effect)",
            Self::FullAdmin => "full administrator",
        }
    }
}

impl Grants {
    /// The highest level of the union.
    pub fn access_level(&self) -> AccessLevel {
        self.level().0
    }

    /// Whether the level is one over all services together, which no table shows service by service.
    pub fn is_sweeping(&self) -> bool {
        match self.access_level() {
            AccessLevel::MostServices | AccessLevel::AllButFew | AccessLevel::IamAdministration => true,
            AccessLevel::Write => !self.unlisted_services().is_empty(),
            _ => false,
        }
    }

    /// The level as shown on a page: `write; 1 action not in AWS's action table`.
    pub fn access_level_in_words(&self) -> String {
        let (level, conditional) = self.level();
        let unlisted = self.unlisted_services();
        let unknown = self.unknown.iter().filter(|grant| unknown_service(&grant.pattern, table()).is_none());
        let unknown: BTreeSet<&str> = unknown.map(|grant| grant.pattern.as_str()).collect();
        let count = match unknown.len() {
            1 => "1 action not in AWS's action table".to_owned(),
            many => format!("{many} actions not in AWS's action table"),
        };
        let name = match level {
            AccessLevel::Unknown => return count,
            AccessLevel::AllButFew => format!("every service except {}", self.excepted(conditional)),
            AccessLevel::Write if !unlisted.is_empty() => WRITE_OR_MORE.to_owned(),
            _ => level.name().to_owned(),
        };
        let condition = if conditional { ", only under a condition" } else { "" };
        if level == AccessLevel::FullAdmin {
            return format!("{name}{condition}");
        }
        let unknown = if unknown.is_empty() { String::new() } else { format!("; {count}") };
        let services: Vec<&str> = unlisted.into_iter().collect();
        let services = match services[..] {
            [] => String::new(),
            [one] => format!("; every action of {one}, a service that AWS's action table does not list"),
            _ => format!("; every action of {}, services that AWS's action table does not list", services.join(", ")),
        };
        format!("{name}{condition}{services}{unknown}")
    }

    /// Fully allowed services that the table does not list, such as retired ones: some of their actions may write.
    fn unlisted_services(&self) -> BTreeSet<&str> {
        self.unknown.iter().filter_map(|grant| unknown_service(&grant.pattern, table())).collect()
    }

    /// The level, and whether it is reached only under a condition.
    fn level(&self) -> (AccessLevel, bool) {
        if self.is_full_admin() {
            return (AccessLevel::FullAdmin, false);
        }
        let plain = self.broad_actions(false);
        if let Some(level) = sweeping(&plain) {
            return (level, false);
        }
        if let Some(level) = sweeping(&self.broad_actions(true)) {
            return (level, true);
        }
        (self.plain_level(), false)
    }

    fn plain_level(&self) -> AccessLevel {
        let table = table();
        let mut actions = self.actions();
        actions.subtract(&self.sessions_that_read());
        let all = 0..table.len();
        let any = |levels: &[Level]| levels.iter().any(|level| actions.count_common(table.of_level(*level), &all) > 0);
        let writes = |service: &Service| {
            [Level::Tagging, Level::Write, Level::PermissionsManagement]
                .iter()
                .any(|level| table.of_level(*level).count_in(&service.actions) > 0)
        };
        let is_whole = || {
            let whole = self.full_service_access();
            whole.iter().any(|one| one.by_pattern && table.service(&one.service).is_some_and(writes))
        };
        if any(&[Level::Tagging, Level::Write, Level::PermissionsManagement]) {
            if is_whole() {
                AccessLevel::FullService
            } else if any(&[Level::PermissionsManagement]) {
                AccessLevel::PermissionsManagement
            } else {
                AccessLevel::Write
            }
        } else if !self.unlisted_services().is_empty() {
            AccessLevel::Write
        } else if !actions.is_empty() {
            AccessLevel::Read
        } else if self.unknown.is_empty() {
            AccessLevel::Nothing
        } else if self.unknown.iter().all(|grant| is_named_as_read(&grant.pattern)) {
            AccessLevel::Read
        } else {
            AccessLevel::Unknown
        }
    }

    /// `s3express:CreateSession` is a write in AWS's table; it counts as a read if every statement that allows it
    /// requires a read-only session, as `ReadOnlyAccess` does.
    fn sessions_that_read(&self) -> Bits {
        let mut found = Bits::default();
        if let Some(action) = table().number("s3express:CreateSession") {
            let mut allowing = self.statements.iter().filter(|granted| granted.allows(action)).peekable();
            if allowing.peek().is_some()
                && allowing.all(|granted| granted.statement().conditions.iter().any(only_reads))
            {
                found.insert(action);
            }
        }
        found
    }

    /// Actions allowed on all resources or all of a type; `conditional` includes those under conditions.
    fn broad_actions(&self, conditional: bool) -> Bits {
        let mut broad = self.actions_in(Scope::All).clone();
        broad.union(self.actions_in(Scope::OfType));
        if conditional {
            for granted in &self.statements {
                let mut own = Bits::default();
                own.add(granted.analysis().broad());
                if let Some(left) = &granted.left {
                    own.intersect(left);
                }
                broad.union(&own);
            }
        }
        broad
    }

    /// `IAM, Organizations and Account Management`: the services that are not fully allowed.
    fn excepted(&self, conditional: bool) -> String {
        let broad = self.broad_actions(conditional);
        let lacking = table().services.iter().filter(|service| !is_whole(service, &broad, table()));
        // Services that administer the account come first, with AWS's names.
        let names: BTreeSet<(usize, String)> = lacking
            .map(|service| {
                let short = SHORT.iter().position(|(prefix, _)| *prefix == service.prefix);
                short.map_or_else(|| (SHORT.len(), titled(service)), |at| (at, SHORT[at].1.to_owned()))
            })
            .collect();
        let names: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
        match names.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [first @ .., last] => format!("{} and {last}", first.join(", ")),
        }
    }
}

/// Whether every action of the pattern starts with a read verb: `iotevents:Describe*`.
fn is_named_as_read(pattern: &str) -> bool {
    const VERBS: [&str; 6] = ["Get", "List", "Describe", "BatchGet", "Search", "View"];
    let Some((_, name)) = pattern.split_once(':') else { return false };
    let reads = |verb: &&str| {
        let start = name.get(..verb.len()).is_some_and(|start| start.eq_ignore_ascii_case(verb));
        start && name[verb.len()..].starts_with(|letter: char| letter.is_ascii_uppercase() || letter == '*')
    };
    VERBS.iter().any(reads)
}

fn only_reads(condition: &Condition) -> bool {
    condition.key.eq_ignore_ascii_case("s3express:SessionMode")
        && condition.operator.eq_ignore_ascii_case("StringEquals")
        && !condition.if_exists
        && condition.set.is_none()
        && condition.values.iter().all(|value| value == "ReadOnly")
}

/// The level of broadly allowed actions, if they span more than a few services.
fn sweeping(broad: &Bits) -> Option<AccessLevel> {
    let table = table();
    if is_iam_administration(broad, table) {
        return Some(AccessLevel::IamAdministration);
    }
    if broad.count() < table.len() / 4 {
        return None;
    }
    let lacking = table.services.iter().filter(|service| !is_whole(service, broad, table)).count();
    if lacking <= FEW {
        Some(AccessLevel::AllButFew)
    } else if lacking * 2 <= table.services.len() {
        Some(AccessLevel::MostServices)
    } else {
        None
    }
}

/// Three quarters of the IAM actions that manage permissions.
fn is_iam_administration(broad: &Bits, table: &Table) -> bool {
    table.service("iam").is_some_and(|iam| {
        let managing = table.of_level(Level::PermissionsManagement);
        broad.count_common(managing, &iam.actions) * 4 >= managing.count_in(&iam.actions) * 3
    })
}

/// Whether every action of the service is included, except those that no resource type can restrict.
fn is_whole(service: &Service, broad: &Bits, table: &Table) -> bool {
    let scopable = table.scopable();
    match scopable.count_in(&service.actions) {
        0 => broad.count_in(&service.actions) == service.actions.end - service.actions.start,
        some => broad.count_common(scopable, &service.actions) == some,
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::grants::summarize;
    use crate::policy::parse::parse;

    fn level(statements: &str) -> String {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        summarize(&[("policy P", &parse(&text).unwrap())]).access_level_in_words()
    }

    fn allow(actions: &str) -> String {
        format!(r#"{{"Effect":"Allow","Action":{actions},"Resource":"*"}}"#)
    }

    const MFA: &str = r#","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;

    #[test]
    fn iam_as_a_whole_is_an_administrator_in_effect() {
        let words = "IAM administration (administrator in effect)";
        assert_eq!(level(&allow(r#""iam:*""#)), words);
        assert_eq!(level(&allow(r#"["s3:Get*","IAM:*"]"#)), words);
        assert_eq!(level(r#"{"Effect":"Allow","NotAction":["s3:*"],"Resource":"arn:aws:iam::*:*"}"#), words);
        let limited = r#"{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::111122223333:role/app/*"}"#;
        assert_eq!(level(limited), "permissions management");
        let with_mfa = allow(r#""iam:*""#).replace('}', "") + MFA + "}";
        assert_eq!(level(&with_mfa), format!("{words}, only under a condition"));
        let denied = format!(r#"{},{{"Effect":"Deny","Action":"iam:*","Resource":"*"}}"#, allow(r#""iam:*""#));
        assert_eq!(level(&denied), "nothing");
    }

    #[test]
    fn every_service_but_a_few_is_said_as_that() {
        let but = |not: &str| level(&format!(r#"{{"Effect":"Allow","NotAction":{not},"Resource":"*"}}"#));
        let words = "every service except IAM, Organizations and Account Management";
        assert_eq!(but(r#"["iam:*","organizations:*","account:*"]"#), words);
        assert_eq!(but(r#""iam:*""#), "every service except IAM");
        assert_eq!(but(r#"["iam:*","s3:*"]"#), "every service except IAM and Amazon S3");
        let some: Vec<String> = ["iam", "a*", "s*"].iter().map(|prefix| format!("\"{prefix}:*\"")).collect();
        assert_eq!(but(&format!("[{}]", some.join(","))), "full access to most services");
    }

    #[test]
    fn unknown_actions_never_hide_the_level() {
        let words = |actions: &str| level(&allow(actions));
        assert_eq!(words(r#"["s3:PutObject","codestar:List*"]"#), "write; 1 action not in AWS's action table");
        assert_eq!(words(r#"["s3:GetObject","new:A","new:B"]"#), "read; 2 actions not in AWS's action table");
        assert_eq!(
            words(r#"["iam:*","new:A"]"#),
            "IAM administration (administrator in effect); 1 action not in AWS's action table"
        );
        assert_eq!(words(r#""new:A""#), "1 action not in AWS's action table");
        let whole = "write or more; every action of new, a service that AWS's action table does not list";
        assert_eq!(words(r#""new:*""#), whole);
        assert_eq!(words(r#"["s3:GetObject","new:*"]"#), whole, "a retired service is not read");
        assert_eq!(words(r#"["new:A","new:*"]"#), format!("{whole}; 1 action not in AWS's action table"));
        assert_eq!(
            words(r#"["s3:PutBucketPolicy","new:*","old:*"]"#),
            "permissions management; every action of new, old, services that AWS's action table does not list"
        );
        assert_eq!(words(r#"["new:Describe*","new:GetThing"]"#), "read; 2 actions not in AWS's action table");
        assert_eq!(words(r#"["new:Describe*","new:Getaway"]"#), "2 actions not in AWS's action table");
        assert_eq!(level(""), "nothing");
    }

    #[test]
    fn a_service_that_only_reads_is_read() {
        assert_eq!(level(&allow(r#""pricing:*""#)), "read");
        assert_eq!(level(&allow(r#"["pricing:*","s3:*"]"#)), "full access to a service");
        // AWS classifies this one as permissions management.
        assert_eq!(level(&allow(r#""billing:GetResourcePolicy""#)), "read");
        assert_eq!(level(&allow(r#""iam:PutUserPolicy""#)), "permissions management");
    }

    #[test]
    fn aws_s_own_policies_have_the_level_that_their_names_say() {
        let mut latest = std::collections::BTreeMap::new();
        for (title, text) in crate::policy::corpus::aws_managed_policies() {
            latest.insert(title.rsplit_once(' ').unwrap().0.to_owned(), text);
        }
        let of = |name: &str| summarize(&[(name, &parse(&latest[name]).unwrap())]).access_level_in_words();
        for name in ["ReadOnlyAccess", "SecurityAudit", "ViewOnlyAccess", "IAMReadOnlyAccess"] {
            assert_eq!(of(name).split(';').next(), Some("read"), "{name}");
        }
        assert_eq!(of("IAMFullAccess"), "IAM administration (administrator in effect)");
        assert_eq!(of("PowerUserAccess"), "every service except IAM, Organizations and Account Management");
        assert_eq!(of("AdministratorAccess"), "full administrator");
    }
}
