//! Every operation that AWS is asked for, once: which source it belongs to, what it is asked about, in which Regions,
//! which IAM action permits it, and its title for people.
//!
//! The collection, the import, the permissions, the order of gaps, exhibit titles and the reduced models of
//! `data/aws-shapes.py` read this table. Deliberately absent: how a request is sent, and what an answer means.

mod access_analyzer;
mod account;
mod cloudtrail;
mod config;
mod ec2;
mod iam;
mod iam_details;
mod identity_center;
mod monitoring;
mod organizations;
mod row;

pub use row::{About, Asked, Constant, IDENTITY_RULES, List, Only, Operation, ValueFrom};

/// The parts of the table, in the order of the collection.
static PARTS: &[&[Source]] = &[
    iam::SOURCES,
    account::SOURCES,
    access_analyzer::SOURCES,
    config::SOURCES,
    cloudtrail::SOURCES,
    monitoring::SOURCES,
    ec2::SOURCES,
    organizations::SOURCES,
    identity_center::SOURCES,
    iam_details::SOURCES,
];

/// One source of evidence: operations that are asked together.
#[derive(Debug)]
pub struct Source {
    /// Its name in the log and the pack: `credential-report`.
    pub name: &'static str,
    /// The choice on the command line.
    pub set: Set,
    /// The option without which it is not collected.
    pub only_with: Option<Extra>,
    /// Whether it is asked in every Region that is collected, or once.
    pub is_regional: bool,
    /// Its operations, in the order in which they are asked.
    pub operations: &'static [Operation],
}

impl Source {
    /// Collected once for the account.
    const fn once(name: &'static str, set: Set, operations: &'static [Operation]) -> Self {
        Self { name, set, only_with: None, is_regional: false, operations }
    }

    /// Collected in every Region.
    const fn regional(name: &'static str, set: Set, operations: &'static [Operation]) -> Self {
        Self { is_regional: true, ..Self::once(name, set, operations) }
    }

    /// The same, with an option only.
    const fn only_with(self, extra: Extra) -> Self {
        Self { only_with: Some(extra), ..self }
    }
}

impl Source {
    /// Whether its rows say all there is to say, so that no code of its own asks for it.
    pub fn is_plain(&self) -> bool {
        !self.operations.iter().any(|row| matches!(row.asked, Asked::ByCode(..)))
    }

    /// Its rows without those that are asked right after each answer of a repeated one; rows about one list together,
    /// which are asked one after the other about each entry.
    pub fn groups(&self) -> Vec<Vec<&'static Operation>> {
        grouped(self.operations.iter().filter(|row| self.parent(row).is_none()))
    }

    /// The rows that are asked right after each answer of a repeated one.
    pub fn below(&self, row: &Operation) -> Vec<Vec<&'static Operation>> {
        grouped(self.operations.iter().filter(|other| self.parent(other).is_some_and(|parent| parent.name == row.name)))
    }

    /// The repeated row in whose answers a row's list is.
    pub fn parent(&self, row: &Operation) -> Option<&'static Operation> {
        let list = row.lists().first()?;
        self.operations.iter().find(|other| list.is_of(other) && other.is_repeated())
    }
}

fn grouped(rows: impl Iterator<Item = &'static Operation>) -> Vec<Vec<&'static Operation>> {
    let rows: Vec<&Operation> = rows.collect();
    let same = |one: &&Operation, next: &&Operation| {
        let is_of_entries = |row: &Operation| matches!(row.asked, Asked::Each(..) | Asked::OnceAndEach(..));
        is_of_entries(one) && is_of_entries(next) && one.lists() == next.lists()
    };
    rows.chunk_by(same).map(<[_]>::to_vec).collect()
}

/// Sources that are chosen together: `--sources`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Set {
    Iam,
    Account,
    AccessAnalyzer,
    Config,
    CloudTrail,
    Alarms,
    Ec2,
    Organizations,
    IdentityCenter,
}

impl Set {
    pub const ALL: [Self; 9] = [
        Self::Iam,
        Self::Account,
        Self::AccessAnalyzer,
        Self::Config,
        Self::CloudTrail,
        Self::Alarms,
        Self::Ec2,
        Self::Organizations,
        Self::IdentityCenter,
    ];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Account => "account",
            Self::AccessAnalyzer => "access-analyzer",
            Self::Config => "config",
            Self::CloudTrail => "cloudtrail",
            Self::Alarms => "alarms",
            Self::Ec2 => "ec2",
            Self::Organizations => "organizations",
            Self::IdentityCenter => "identity-center",
        }
    }
}

/// What is collected only where it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extra {
    /// `--depth deep`: calls for every user and role.
    Deep,
    /// `--events`: slow, and only of the last 90 days.
    Events,
    /// `--validate-policies`: a call for every document.
    ValidatePolicies,
}

impl Extra {
    pub const ALL: [Self; 3] = [Self::Deep, Self::Events, Self::ValidatePolicies];

    /// The option on the command line.
    pub const fn option(self) -> &'static str {
        match self {
            Self::Deep => "--depth deep",
            Self::Events => "--events",
            Self::ValidatePolicies => "--validate-policies",
        }
    }
}

/// Every source, in the order of the collection.
pub fn sources() -> impl Iterator<Item = &'static Source> {
    PARTS.iter().copied().flatten()
}

/// Every operation with its source, in the order of the collection.
pub fn operations() -> impl Iterator<Item = (&'static Source, &'static Operation)> {
    sources().flat_map(|source| source.operations.iter().map(move |operation| (source, operation)))
}

/// A row of the table.
pub fn find(service: &str, operation: &str) -> Option<&'static Operation> {
    operations().map(|(_, row)| row).find(|row| row.service == service && row.name == operation)
}

/// Whether an operation is asked with `--depth deep` only.
pub fn is_deep(service: &str, operation: &str) -> bool {
    operations()
        .any(|(source, row)| source.only_with == Some(Extra::Deep) && row.service == service && row.name == operation)
}

/// The prefix of a service's IAM actions. The AWS CLI, whose names the call log and the evidence files bear, calls a
/// few services otherwise: `sso-admin` is `sso` in policies.
pub fn iam_prefix(service: &str) -> &str {
    match service {
        "accessanalyzer" => "access-analyzer",
        "sso-admin" => "sso",
        other => other,
    }
}

/// An operation as readers meet it in policies, CloudTrail and AWS's documentation: `sso:ListInstances` of the
/// operation `ListInstances` of `sso-admin`.
pub fn operation_name(service: &str, operation: &str) -> String {
    format!("{}:{operation}", iam_prefix(service))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn sources_and_operations_have_names_of_their_own() {
        let names: BTreeSet<_> = sources().map(|source| source.name).collect();
        assert_eq!(names.len(), sources().count());
        let rows: BTreeSet<_> = operations().map(|(_, row)| (row.service, row.name)).collect();
        assert_eq!(rows.len(), operations().count());
        let titled = operations().all(|(_, row)| row.title.starts_with(char::is_uppercase));
        assert!(titled, "every operation has a title");
    }

    #[test]
    fn what_is_asked_about_an_answer_is_asked_after_it() {
        for source in sources() {
            for (place, row) in source.operations.iter().enumerate() {
                for list in row.lists() {
                    let before: Vec<_> = operations()
                        .take_while(|(other, _)| other.name != source.name)
                        .map(|(_, row)| row)
                        .chain(&source.operations[..=place])
                        .collect();
                    let is_own = source.operations.iter().any(|own| list.is_of(own));
                    let is_before = before.iter().any(|own| list.is_of(own));
                    // The units of a tree are listed by the operation that asks about them.
                    assert!(is_before || (is_own && row.lists().len() > 1), "{}: {}", row.name, list.operation);
                }
            }
        }
    }
}
