//! The table of operations as the import uses it: by the names of answer files.

use crate::operations::{self, About as ByCode, Calls, Extra, Source};
use std::sync::LazyLock;

/// When an operation is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Always,
    /// Only by `--depth deep`.
    Deep,
    /// Only with another option or in some accounts, so a missing answer is not a gap.
    Option,
}

/// The subject of an operation's calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// Once, without a parameter that matters.
    Nothing,
    /// Once per value of these parameters, in the order of their names.
    Each(Vec<&'static str>),
    /// Once without, and once per value.
    NothingAndEach(Vec<&'static str>),
    /// Once for each event attribute, `Username&root`.
    Attribute,
    /// Once for each policy document, which is beside the answer.
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
    let about = match row.calls {
        Calls::Once | Calls::IfAnswered(_) | Calls::IfListed(_) | Calls::ByCode(ByCode::Nothing, _) => About::Nothing,
        Calls::Values(..) | Calls::Each(..) | Calls::ByCode(ByCode::Parameters(_), _) => About::Each(row.parameters()),
        Calls::OnceAndEach(..) => About::NothingAndEach(row.parameters()),
        Calls::ByCode(ByCode::Attribute, _) => About::Attribute,
        Calls::ByCode(ByCode::Document, _) => About::Document,
    };
    let when = match source.only_with {
        Some(Extra::Deep) => When::Deep,
        Some(Extra::Events | Extra::ValidatePolicies) => When::Option,
        None if matches!(row.calls, Calls::IfListed(_)) => When::Option,
        None => When::Always,
    };
    Operation { service: row.service, name: row.name, about, when }
}
