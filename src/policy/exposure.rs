//! Actions that a union of policies allows on all resources and that can expose data, credentials or access, or change
//! resources.

use super::actions::{Bits, Level, table};
use super::grants::{Grants, Scope};
use serde::Deserialize;
use std::sync::LazyLock;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[cfg_attr(not(test), allow(dead_code, reason = "for the maintainer of the lists"))]
    checked: String,
    data: Vec<String>,
    data_besides: Vec<String>,
    credentials: Vec<String>,
    credentials_besides: Vec<String>,
    resources: Vec<String>,
}

/// The actions of each kind.
struct Lists {
    /// In the file's order: most important first.
    data: Vec<u32>,
    credentials: Vec<u32>,
    /// Every action of the level permissions management, and others that change who reaches a resource.
    resources: Bits,
    /// Every action that writes, tags or manages permissions and that a policy could limit to some resources.
    infrastructure: Bits,
}

static FILE: LazyLock<File> = LazyLock::new(|| {
    toml::from_str(include_str!("../../data/policy/exposures.toml")).expect("the tests read the same text")
});

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let table = table();
    let of = |lists: [&Vec<String>; 2]| -> Vec<u32> {
        lists.into_iter().flatten().filter_map(|action| table.number(action)).collect()
    };
    let mut resources = Bits::default();
    FILE.resources.iter().filter_map(|action| table.number(action)).for_each(|action| resources.insert(action));
    resources.union(table.of_level(Level::PermissionsManagement));
    let mut infrastructure = Bits::default();
    for level in [Level::Tagging, Level::Write, Level::PermissionsManagement] {
        infrastructure.union(table.of_level(level));
    }
    infrastructure.intersect(table.scopable());
    Lists {
        data: of([&FILE.data, &FILE.data_besides]),
        credentials: of([&FILE.credentials, &FILE.credentials_besides]),
        resources,
        infrastructure,
    }
});

/// The day on which the lists were last compared with their sources.
#[cfg(test)]
pub fn checked() -> &'static str {
    &FILE.checked
}

/// Actions allowed on all resources or all of a type, without a condition and within the permissions boundary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exposures {
    /// Actions that return data: `s3:GetObject`.
    pub data: Vec<String>,
    /// Actions that return credentials.
    pub credentials: Vec<String>,
    /// Actions that change access to a resource, counted by service: `s3 (14 actions)`.
    pub resources: Vec<String>,
    /// Actions that change resources, counted by service.
    pub infrastructure: Vec<String>,
}

/// The exposures of a union of policies.
pub fn exposures(grants: &Grants) -> Exposures {
    let free = unlimited(grants);
    Exposures {
        data: named(&free, &LISTS.data),
        credentials: named(&free, &LISTS.credentials),
        resources: counted(&free, &LISTS.resources),
        infrastructure: counted(&free, &LISTS.infrastructure),
    }
}

/// Statements that allow one of the actions on all resources or all of a type without a condition; empty if a
/// permissions boundary limits that action.
pub fn unlimited_by(grants: &Grants, actions: &[&str]) -> Vec<String> {
    let table = table();
    let mut found = Vec::new();
    for action in actions {
        let Some(number) = table.number(action) else { continue };
        let capped = grants.capped_by.as_ref().is_some_and(|cap| !cap.grants.allows_broadly(number));
        if capped || !grants.allows_broadly(number) {
            continue;
        }
        let Some(allowed) = grants.allows(action) else { continue };
        let statements = allowed.statements.iter().map(|&at| &grants.statements[at]);
        let broad = statements.filter(|granted| granted.scope_of(number) >= Scope::OfType);
        found.extend(broad.map(|granted| format!("{action} by {}", granted.place)));
    }
    found
}

fn unlimited(grants: &Grants) -> Bits {
    let mut free = grants.actions_in(Scope::All).clone();
    free.union(grants.actions_in(Scope::OfType));
    if let Some(cap) = &grants.capped_by {
        free.intersect(&unlimited(&cap.grants));
    }
    free
}

fn named(free: &Bits, list: &[u32]) -> Vec<String> {
    list.iter().filter(|&&action| free.contains(action)).map(|&action| table().full_name(action)).collect()
}

fn counted(free: &Bits, list: &Bits) -> Vec<String> {
    let mut both = free.clone();
    both.intersect(list);
    let mut counts: Vec<(u16, usize)> = Vec::new();
    for action in both.numbers() {
        let service = table().actions[action as usize].service;
        match counts.last_mut() {
            Some((last, count)) if *last == service => *count += 1,
            _ => counts.push((service, 1)),
        }
    }
    let prefix = |service: u16| table().services[usize::from(service)].prefix;
    let words = |(service, count)| format!("{} ({count} action{})", prefix(service), if count == 1 { "" } else { "s" });
    counts.into_iter().map(words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::grants::{analyze, summarize, union};
    use crate::policy::parse::parse;
    use std::sync::Arc;

    fn document(statements: &str) -> crate::policy::document::Document {
        parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)).unwrap()
    }

    fn exposures_of(statements: &str) -> Exposures {
        exposures(&summarize(&[("policy P", &document(statements))]))
    }

    fn allow(actions: &str, resource: &str) -> String {
        format!(r#"{{"Effect":"Allow","Action":{actions},"Resource":"{resource}"}}"#)
    }

    #[test]
    fn every_action_of_the_lists_is_in_the_table() {
        let all = [&FILE.data, &FILE.data_besides, &FILE.credentials, &FILE.credentials_besides, &FILE.resources];
        for action in all.into_iter().flatten() {
            let number = table().number(action).unwrap_or_else(|| panic!("{action} is not in the table"));
            assert_eq!(&table().full_name(number), action);
        }
        assert_eq!(checked().len(), "2026-11-27".len());
    }

    #[test]
    fn actions_allowed_on_all_resources_are_exposed() {
        let found = exposures_of(&allow(r#"["s3:*","ssm:GetParameter*","ecr:GetAuthorizationToken"]"#, "*"));
        let has = |action: &&str| found.data.iter().any(|one| one == action);
        assert!(["s3:GetObject", "ssm:GetParameter", "ssm:GetParametersByPath"].iter().all(has), "{found:?}");
        assert!(found.credentials.iter().any(|one| one == "ecr:GetAuthorizationToken"));
        assert!(found.resources.iter().any(|one| one.starts_with("s3 (")), "{found:?}");
        assert!(found.infrastructure.iter().any(|one| one.starts_with("s3 (")), "{found:?}");
        let sharing = exposures_of(&allow(r#""ram:CreateResourceShare""#, "*"));
        assert_eq!(sharing.resources, ["ram (1 action)"]);
    }

    #[test]
    fn limited_denied_or_conditional_actions_are_not_exposed() {
        assert_eq!(exposures_of(&allow(r#""s3:GetObject""#, "arn:aws:s3:::reports/*")), Exposures::default());
        let denied = format!(
            r#"{},{{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}}"#,
            allow(r#""s3:GetObject""#, "*")
        );
        assert_eq!(exposures_of(&denied), Exposures::default());
        let from = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
            "Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}"#;
        assert_eq!(exposures_of(from), Exposures::default());
    }

    #[test]
    fn a_boundary_limits_exposure() {
        let labelled = |label: &str, text: &str| -> (Arc<str>, Arc<crate::policy::grants::PolicyAnalysis>) {
            (Arc::from(label), Arc::new(analyze(&document(text))))
        };
        let own = [labelled("policy P", &allow(r#"["s3:GetObject","kms:Decrypt"]"#, "*"))];
        for (boundary, data, decrypts) in [
            (allow(r#""*""#, "*"), 1, 1),
            (allow(r#""s3:*""#, "*"), 1, 0),
            (allow(r#"["s3:*","kms:*"]"#, "arn:aws:s3:::reports/*"), 0, 0),
        ] {
            let grants = union(&own, Some(&labelled("policy Cap", &boundary)));
            assert_eq!(exposures(&grants).data.len(), data, "{boundary}");
            assert_eq!(unlimited_by(&grants, &["kms:Decrypt"]).len(), decrypts, "{boundary}");
        }
        assert_eq!(unlimited_by(&union(&own, None), &["kms:Decrypt"]), ["kms:Decrypt by statement 1 of policy P"]);
    }
}
