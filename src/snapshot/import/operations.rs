//! What a collection asks, as the import meets it: the table of operations, by how the files of answers are named.

use crate::operations::{self, About as ByCode, Asked, Extra, Source};
use std::sync::LazyLock;

/// When an operation is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Always,
    /// Only by `--depth deep`.
    Deep,
    /// Only by another option, or only by some accounts; that nobody asked is then no gap.
    Option,
}

/// What an operation is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// Once, without a parameter that matters.
    Nothing,
    /// Once per value of these parameters, in the order of their names.
    Each(Vec<&'static str>),
    /// Once without, and once per value.
    NothingAndEach(Vec<&'static str>),
    /// Once per attribute of an event, `Username&root`.
    Attribute,
    /// Once per policy document, which lies beside the answer.
    Document,
}

/// An operation of a collection.
#[derive(Debug)]
pub struct Operation {
    pub service: &'static str,
    pub name: &'static str,
    pub about: About,
    pub when: When,
}

/// Everything that is collected, in the order of the collection.
pub static OPERATIONS: LazyLock<Vec<Operation>> =
    LazyLock::new(|| operations::operations().map(|(source, row)| imported(source, row)).collect());

fn imported(source: &Source, row: &operations::Operation) -> Operation {
    let about = match row.asked {
        Asked::Once | Asked::IfAnswered(_) | Asked::IfListed(_) | Asked::ByCode(ByCode::Nothing, _) => About::Nothing,
        Asked::Values(..) | Asked::Each(..) | Asked::ByCode(ByCode::Parameters(_), _) => About::Each(row.parameters()),
        Asked::OnceAndEach(..) => About::NothingAndEach(row.parameters()),
        Asked::ByCode(ByCode::Attribute, _) => About::Attribute,
        Asked::ByCode(ByCode::Document, _) => About::Document,
    };
    let when = match source.only_with {
        Some(Extra::Deep) => When::Deep,
        Some(Extra::Events | Extra::ValidatePolicies) => When::Option,
        None if matches!(row.asked, Asked::IfListed(_)) => When::Option,
        None => When::Always,
    };
    Operation { service: row.service, name: row.name, about, when }
}
