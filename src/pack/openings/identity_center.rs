//! Identity Center: assignments by permission set.

use super::{Chart, ChartLine, Opening, Tone, at_least, missing, shortened};
use crate::pack::Inputs;
use crate::pack::words::{count, number};
use std::collections::{BTreeMap, BTreeSet};

const KINDS: [(Tone, &str); 3] =
    [(Tone::Settled, "given to a group"), (Tone::Open, "given to a single user"), (Tone::Unclear, "not known")];

pub(super) fn opening(inputs: &Inputs<'_>) -> Opening {
    let account = inputs.account;
    let (sets, assignments) = (&account.permission_sets, &account.assignments);
    let mut by_set: BTreeMap<&str, (Vec<usize>, BTreeSet<&str>)> = BTreeMap::new();
    for one in &assignments.subjects {
        let name = one.permission_set.known().map_or("not known", String::as_str);
        let (counts, accounts) = by_set.entry(name).or_insert_with(|| (vec![0; KINDS.len()], BTreeSet::new()));
        let kind = match one.principal_type.known().map(String::as_str) {
            Some("GROUP") => 0,
            Some("USER") => 1,
            _ => 2,
        };
        counts[kind] += 1;
        accounts.extend(one.account.known().map(String::as_str));
    }
    let administrators: BTreeSet<&str> = sets
        .subjects
        .iter()
        .filter(|set| set.grants_full_admin.known() == Some(&true))
        .filter_map(|set| set.name.known().map(String::as_str))
        .collect();
    let mut lines: Vec<ChartLine> = by_set
        .into_iter()
        .map(|(name, (counts, accounts))| ChartLine {
            label: name.to_owned(),
            note: format!(
                "{}{}",
                count(accounts.len(), "account", "accounts"),
                if administrators.contains(name) { ", full administration" } else { "" }
            ),
            counts,
        })
        .collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.counts.iter().sum::<usize>()));
    let mut sentences = vec![if sets.subjects.is_empty() && !sets.gaps.is_empty() {
        "Which permission sets there are is not known here.".to_owned()
    } else {
        let (sets, assignments) =
            (at_least(sets, "permission set", "permission sets"), at_least(assignments, "assignment", "assignments"));
        format!("This account is shown {sets} and {assignments} of them.")
    }];
    let people: BTreeSet<&String> =
        assignments.subjects.iter().filter_map(|one| one.people.known()).flatten().collect();
    if !people.is_empty() {
        sentences.push(format!("Through them {} an account.", count(people.len(), "person reaches", "people reach")));
    }
    if !administrators.is_empty() {
        sentences.push(format!(
            "{} of the permission sets {} full administration.",
            number(administrators.len()),
            if administrators.len() == 1 { "grants" } else { "grant" }
        ));
    }
    let chart = (!lines.is_empty()).then(|| Chart {
        id: "assignments-by-permission-set".to_owned(),
        title: "Assignments by permission set".to_owned(),
        heads: ["Permission set", "Reaches", "Assignments", "All"],
        kinds: KINDS.to_vec(),
        lines: shortened(lines, "permission sets"),
    });
    Opening {
        sentences,
        missing: missing(sets.gaps.iter().chain(&assignments.gaps)),
        charts: chart.into_iter().collect(),
    }
}
