//! What `auditpack permissions` prints is what is asked for: whatever is chosen, no more and no less.

use crate::support::{auditpack, auditpack_at, ran};
use auditpack::testing::collect::{Extra, Set};
use auditpack::testing::operations::sources;
use auditpack::testing::policy::actions::{Level, table};
use aws_double::{Asked, Double, Faults, generate};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

type Actions = BTreeSet<String>;

/// Every caller may ask who it is; no policy need say so.
const ALWAYS: &str = "sts:GetCallerIdentity";
const REGIONS: &str = "account:ListRegions";

/// A printed policy: statement → actions.
fn printed(options: &[&str]) -> BTreeMap<String, Actions> {
    let policy: Value = serde_json::from_str(&ran(auditpack().arg("permissions").args(options)).out).unwrap();
    let texts = |list: &Value| list.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect();
    let statements = policy["Statement"].as_array().unwrap();
    statements.iter().map(|one| (one["Sid"].as_str().unwrap().to_owned(), texts(&one["Action"]))).collect()
}

/// The actions that permit what a collection asked for, in an account in which every call has something to ask about.
fn asked(options: &[&str]) -> Actions {
    let double = Double::start(generate::small_organization(), Faults::none().report_ready());
    let out = tempfile::tempdir().unwrap();
    let run = ran(auditpack_at(&double.endpoint())
        .args(["collect", "--pause", "0", "--out"])
        .arg(out.path().join("snapshot"))
        .args(options));
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    double.requests().iter().map(Asked::permission).collect()
}

fn sid(set: Set) -> String {
    if set == Set::Iam { "AuditpackReadOnly".to_owned() } else { format!("AuditpackReadOnly{set:?}") }
}

fn union(parts: impl IntoIterator<Item = Actions>) -> Actions {
    parts.into_iter().flatten().collect()
}

#[test]
fn each_statement_is_what_its_choice_asks_for() {
    let printed = printed(&[]);
    let mut seen = BTreeSet::new();
    for set in Set::ALL {
        let regional = sources().any(|source| source.set == set && source.is_regional);
        let mut expected = printed[&sid(set)].clone();
        expected.insert(ALWAYS.to_owned());
        expected.extend(regional.then(|| REGIONS.to_owned()));
        assert_eq!(asked(&["--sources", set.name()]), expected, "--sources {}", set.name());
        seen.insert(sid(set));
    }
    let standard = union(Set::ALL.map(|set| printed[&sid(set)].clone()));
    assert_eq!(asked(&["--sources", "all"]), standard);
    for (extra, option) in [
        (Extra::Deep, &["--depth", "deep"][..]),
        (Extra::Events, &["--events"]),
        (Extra::ValidatePolicies, &["--validate-policies"]),
    ] {
        let sid = format!("AuditpackReadOnlyWith{extra:?}");
        let expected = union([standard.clone(), printed[&sid].clone()]);
        assert_eq!(asked(&[&["--sources", "all"][..], option].concat()), expected, "{option:?}");
        seen.insert(sid);
    }
    assert_eq!(printed.keys().cloned().collect::<BTreeSet<_>>(), seen, "no statement without its choice");
    let all = ["--sources", "all", "--depth", "deep", "--events", "--validate-policies"];
    assert_eq!(asked(&all), union(printed.into_values()));
}

#[test]
fn the_collector_s_own_policy_is_what_listing_the_accounts_asks_for() {
    let mut printed = union(printed(&["--collector"]).into_values());
    assert!(printed.remove("sts:AssumeRole"), "it assumes the role in each account");
    printed.insert(ALWAYS.to_owned());
    // The run over an organization lists it with these two sets; a test of its own looks at the roles it assumes.
    assert_eq!(asked(&["--sources", "organizations,identity-center"]), printed);
}

#[test]
fn nothing_that_is_printed_writes_but_assuming_the_role() {
    let table = table();
    let mut others = Vec::new();
    for action in union(printed(&[]).into_values().chain(printed(&["--collector"]).into_values())) {
        let number = table.number(&action).unwrap_or_else(|| panic!("{action} is no action that AWS documents"));
        let levels = &table.actions[number as usize].levels;
        if levels.iter().any(|level| !matches!(level, Level::List | Level::Read)) {
            assert_eq!(action, "sts:AssumeRole", "{levels:?}");
        }
        let name = action.split_once(':').unwrap().1;
        if !["Get", "List", "Describe", "Lookup"].iter().any(|verb| name.starts_with(verb)) {
            others.push(action);
        }
    }
    // The two reports are made and forgotten; a policy that is validated is looked at, and not kept.
    assert_eq!(
        others,
        [
            "access-analyzer:ValidatePolicy",
            "iam:GenerateCredentialReport",
            "iam:GenerateServiceLastAccessedDetails",
            "sts:AssumeRole"
        ]
    );
}
