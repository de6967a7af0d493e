//! The table of all AWS operations that are called: their source, parameters, Regions, IAM action and title.
//!
//! The collection, the import, the permissions, the order of gaps, exhibit titles and the reduced models of
//! `data/aws-shapes.py` read this table. Deliberately absent: sending requests, and the meaning of answers.

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

pub use row::{About, Calls, Constant, IDENTITY_RULES, List, Only, Operation, ValueFrom};

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

/// A source of evidence: operations that are called together.
#[derive(Debug)]
pub struct Source {
    /// Its name in the log and the pack: `credential-report`.
    pub name: &'static str,
    /// Its set in `--sources`.
    pub set: Set,
    /// The option that it requires, if any.
    pub only_with: Option<Extra>,
    /// Whether it is called in every collected Region or once.
    pub is_regional: bool,
    /// Its operations in call order.
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
    /// Whether its rows describe it completely, so that it needs no code of its own.
    pub fn is_plain(&self) -> bool {
        !self.operations.iter().any(|row| matches!(row.calls, Calls::ByCode(..)))
    }

    /// Its rows, except those that follow each answer of a repeated row. Rows with the same list are grouped and called
    /// one after the other for each entry.
    pub fn groups(&self) -> Vec<Vec<&'static Operation>> {
        grouped(self.operations.iter().filter(|row| self.parent(row).is_none()))
    }

    /// The rows that are called after each answer of a repeated row.
    pub fn below(&self, row: &Operation) -> Vec<Vec<&'static Operation>> {
        grouped(self.operations.iter().filter(|other| self.parent(other).is_some_and(|parent| parent.name == row.name)))
    }

    /// The repeated row whose answers contain a row's list.
    pub fn parent(&self, row: &Operation) -> Option<&'static Operation> {
        let list = row.lists().first()?;
        self.operations.iter().find(|other| list.is_of(other) && other.is_repeated())
    }
}

fn grouped(rows: impl Iterator<Item = &'static Operation>) -> Vec<Vec<&'static Operation>> {
    let rows: Vec<&Operation> = rows.collect();
    let same = |one: &&Operation, next: &&Operation| {
        let is_of_entries = |row: &Operation| matches!(row.calls, Calls::Each(..) | Calls::OnceAndEach(..));
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

/// Optional evidence.
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

/// All sources, in collection order.
pub fn sources() -> impl Iterator<Item = &'static Source> {
    PARTS.iter().copied().flatten()
}

/// All operations with their sources, in collection order.
pub fn operations() -> impl Iterator<Item = (&'static Source, &'static Operation)> {
    sources().flat_map(|source| source.operations.iter().map(move |operation| (source, operation)))
}

/// A row of the table.
pub fn find(service: &str, operation: &str) -> Option<&'static Operation> {
    operations().map(|(_, row)| row).find(|row| row.service == service && row.name == operation)
}

/// Whether an operation is called only with `--depth deep`.
pub fn is_deep(service: &str, operation: &str) -> bool {
    operations()
        .any(|(source, row)| source.only_with == Some(Extra::Deep) && row.service == service && row.name == operation)
}

/// The prefix of a service's IAM actions. The AWS CLI's names, which the call log and evidence files use, differ for a
/// few services: `sso-admin` is `sso` in policies.
pub fn iam_prefix(service: &str) -> &str {
    match service {
        "accessanalyzer" => "access-analyzer",
        "sso-admin" => "sso",
        other => other,
    }
}

/// An operation's name in policies, CloudTrail and AWS's documentation: `sso:ListInstances` for `ListInstances` of
/// `sso-admin`.
pub fn operation_name(service: &str, operation: &str) -> String {
    format!("{}:{operation}", iam_prefix(service))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn sources_and_operations_have_unique_names() {
        let names: BTreeSet<_> = sources().map(|source| source.name).collect();
        assert_eq!(names.len(), sources().count());
        let rows: BTreeSet<_> = operations().map(|(_, row)| (row.service, row.name)).collect();
        assert_eq!(rows.len(), operations().count());
        let titled = operations().all(|(_, row)| row.title.starts_with(char::is_uppercase));
        assert!(titled, "every operation has a title");
    }

    #[test]
    fn operations_that_depend_on_an_answer_come_after_it() {
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
                    // In a tree, an operation lists the entries that it is called for.
                    assert!(is_before || (is_own && row.lists().len() > 1), "{}: {}", row.name, list.operation);
                }
            }
        }
    }
}
