//! The table compared with the path files of the public catalog: actions, what each must reach, what the path gives,
//! its kind, and the services that a passed role must trust.

use super::{Gives, Kind, KnownPath, On, known_path, known_paths};
use serde::Deserialize;
use std::collections::BTreeSet;

const CATALOG: &str = include_str!("../../../../data/policy/escalation-needs.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalog {
    read: String,
    source: String,
    path: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    kind: Kind,
    gives: Gives,
    needs: Vec<String>,
    #[serde(default)]
    trusts: Vec<String>,
    differs: Option<String>,
}

/// `iam:PutUserPolicy own-user`, the form of the catalog's file.
fn need(action: &str, on: On) -> String {
    let on = match on {
        On::OwnUser => " own-user",
        On::OwnRole => " own-role",
        On::OwnGroup => " own-group",
        On::OwnPolicy => " own-policy",
        On::User => " user",
        On::Role => " role",
        On::Group => " group",
        On::Policy => " policy",
        On::SamlProvider => " saml-provider",
        On::Something => "",
    };
    format!("{action}{on}")
}

/// What the table has otherwise than the catalog.
fn differences(entry: &Entry, own: &KnownPath) -> Vec<String> {
    let needs: BTreeSet<String> = own.needs.iter().map(|one| need(&one.action, one.on)).collect();
    let trusts: BTreeSet<&str> = own.passes_to.iter().map(String::as_str).collect();
    let mut found = Vec::new();
    if needs != entry.needs.iter().cloned().collect() {
        found.push(format!("{}: needs {needs:?}, in the catalog {:?}", entry.id, entry.needs));
    }
    if trusts != entry.trusts.iter().map(String::as_str).collect() {
        found.push(format!("{}: passes to {trusts:?}, in the catalog {:?}", entry.id, entry.trusts));
    }
    if own.kind != entry.kind {
        found.push(format!("{}: {:?}, in the catalog {:?}", entry.id, own.kind, entry.kind));
    }
    if own.gives != entry.gives {
        found.push(format!("{}: gives {:?}, in the catalog {:?}", entry.id, own.gives, entry.gives));
    }
    found
}

fn catalog() -> Catalog {
    toml::from_str(CATALOG).expect("the file is TOML")
}

#[test]
fn each_path_needs_what_the_catalog_says() {
    let catalog = catalog();
    assert!(catalog.source.contains("pathfinding.cloud") && catalog.read.len() == "2026-11-28".len());
    let mut wrong = Vec::new();
    for entry in &catalog.path {
        let Some(own) = known_path(&entry.id) else {
            wrong.push(format!("{}: not in the table", entry.id));
            continue;
        };
        let found = differences(entry, own);
        match &entry.differs {
            None => wrong.extend(found),
            // A reason explains one difference.
            Some(reason) if found.len() != 1 || !reason.ends_with('.') => wrong.push(format!("{reason} {found:?}")),
            Some(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(catalog.path.len() >= 99, "{}", catalog.path.len());
}

#[test]
fn every_path_with_a_page_is_compared() {
    let catalog = catalog();
    for own in known_paths().iter().filter(|way| way.link().is_some()) {
        assert!(catalog.path.iter().any(|entry| entry.id == own.id), "{} has a page and is not compared", own.id);
    }
}

/// A path through an existing resource rests on one, and says which.
#[test]
fn paths_through_an_existing_resource_name_it() {
    for own in known_paths().iter().filter(|way| way.kind == Kind::ExistingPassrole) {
        assert!(!own.prerequisites.is_empty() && own.depends() && own.passes_to.is_empty(), "{}", own.id);
    }
}
