//! The requirements that a control answers, the editions of one framework in one line.

use crate::catalog::{Catalog, Control};

/// Frameworks with the ids that the control answers there: `CIS AWS Foundations Benchmark`,
/// `1.4 (1.3.0 to 4.0.0)`. Ten editions that differ in a number would fill half a page otherwise.
pub(super) fn of(catalog: &Catalog, control: &Control) -> Vec<(String, Vec<String>)> {
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for family in families(catalog, control) {
        match family.editions.as_slice() {
            [only] => lines.push((only.name.clone(), only.requirements.clone().unwrap_or_default())),
            several => lines.push((family.name.clone(), runs(several))),
        }
    }
    lines
}

/// A framework with its editions, oldest first; those that the control does not answer stand in between.
struct Family {
    prefix: String,
    name: String,
    editions: Vec<Edition>,
}

struct Edition {
    name: String,
    version: String,
    requirements: Option<Vec<String>>,
}

fn families(catalog: &Catalog, control: &Control) -> Vec<Family> {
    let mut families: Vec<Family> = Vec::new();
    for framework in &catalog.frameworks {
        let (prefix, version) = parts(&framework.id);
        let requirements = control.satisfies.get(&framework.id).cloned();
        let edition = Edition { name: framework.name.clone(), version: version.to_owned(), requirements };
        match families.iter_mut().find(|family| !version.is_empty() && family.prefix == prefix) {
            Some(family) => family.editions.push(edition),
            None => {
                let name = framework.name.split(version).next().unwrap_or(&framework.name).trim_end().to_owned();
                families.push(Family { prefix: prefix.to_owned(), name, editions: vec![edition] });
            }
        }
    }
    families.retain(|family| family.editions.iter().any(|edition| edition.requirements.is_some()));
    families
}

/// `cis-aws-4.0.0` → `cis-aws` and `4.0.0`.
fn parts(id: &str) -> (&str, &str) {
    id.rsplit_once('-')
        .filter(|(_, version)| version.starts_with(|letter: char| letter.is_ascii_digit()))
        .unwrap_or((id, ""))
}

/// Neighbouring editions with the same ids are one run.
fn runs(editions: &[Edition]) -> Vec<String> {
    let mut runs = Vec::new();
    for run in editions.chunk_by(|one, next| one.requirements == next.requirements) {
        let (first, last) = (&run[0], &run[run.len() - 1]);
        let Some(ids) = &first.requirements else { continue };
        let ids = ids.join(", ");
        runs.push(if run.len() == 1 {
            format!("{ids} ({})", first.version)
        } else {
            format!("{ids} ({} to {})", first.version, last.version)
        });
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edition(version: &str, ids: &[&str]) -> Edition {
        let requirements = (!ids.is_empty()).then(|| ids.iter().map(|&id| id.to_owned()).collect());
        Edition { name: format!("Benchmark {version}"), version: version.to_owned(), requirements }
    }

    #[test]
    fn neighbours_with_the_same_ids_are_one_run_and_a_hole_breaks_it() {
        let editions = [
            edition("1.2.0", &["1.12"]),
            edition("1.3.0", &["1.4"]),
            edition("1.4.0", &["1.4"]),
            edition("2.0.0", &[]),
            edition("3.0.0", &["1.4"]),
        ];
        assert_eq!(runs(&editions), ["1.12 (1.2.0)", "1.4 (1.3.0 to 1.4.0)", "1.4 (3.0.0)"]);
        assert_eq!(parts("cis-aws-4.0.0"), ("cis-aws", "4.0.0"));
        assert_eq!(parts("aws-security-hub"), ("aws-security-hub", ""));
    }
}
