//! `[satisfies]`: the edge from a control to the requirements it answers.

use crate::catalog::header::{Member, Reader};
use crate::catalog::suggest::{did_you_mean, nearest};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use toml::de::DeTable;

/// Requirement ids by edition.
pub type Editions = BTreeMap<String, BTreeSet<String>>;

/// Reads `soc2-2017 = ["CC6.1"]` and `cis-aws = { "1.4.0" = "1.14" }`, the latter as edition `cis-aws-1.4.0`.
pub fn satisfies(reader: &mut Reader<'_>, table: &DeTable<'_>, editions: &Editions) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    let Some(satisfies) = table.get("satisfies").and_then(|member| reader.table("satisfies", member)) else {
        return found;
    };
    for (key, member) in satisfies {
        let framework = key.get_ref().as_ref();
        match member.get_ref().as_table() {
            None => edge(reader, framework.to_owned(), &key.span(), member, editions, &mut found),
            Some(versions) => {
                for (version, member) in versions {
                    let edition = format!("{framework}-{}", version.get_ref());
                    edge(reader, edition, &version.span(), member, editions, &mut found);
                }
            }
        }
    }
    found
}

fn edge(
    reader: &mut Reader<'_>,
    edition: String,
    place: &Range<usize>,
    member: Member<'_>,
    editions: &Editions,
    found: &mut BTreeMap<String, Vec<String>>,
) {
    let Some(requirements) = editions.get(&edition) else {
        let known: Vec<&str> = editions.keys().map(String::as_str).collect();
        let next = did_you_mean(&edition, known.iter().copied(), &format!("the editions are {}", known.join(", ")));
        reader.problem(place, format!("unknown framework edition {edition}"), next);
        return;
    };
    let mut ids = Vec::new();
    for (id, span) in reader.texts(&edition, member) {
        if !requirements.contains(&id) {
            let file = format!("frameworks/{edition}.toml lists the requirements");
            let next = match nearest(&id, requirements.iter().map(String::as_str)) {
                Some(near) => format!("did you mean {near}? {file}"),
                None => file,
            };
            reader.problem(&span, format!("{edition} has no requirement {id}"), next);
        } else if ids.contains(&id) {
            reader.problem(&span, format!("requirement {id} is named twice"), "name it once");
        } else {
            ids.push(id);
        }
    }
    found.insert(edition, ids);
}
