//! Which conditions restrict the caller, and which only appear to.
//!
//! A condition narrows if no caller outside a fixed set can meet it. A condition on the resource, the time, the
//! transport or text that the caller chooses does not restrict who the caller is, however strict it looks. An unknown
//! condition is reported as unknown and never counts as narrowing.

mod demand;
mod denial;
mod keys;
mod network;
mod oidc_subjects;
mod values;

use std::fmt::{self, Display};

use crate::policy::document::{Condition, SetPrefix};

pub use demand::Demand;
pub use denial::demanded_by_denial;

/// Printed in place of a secret value.
pub const MASK: &str = "(masked)";

/// Does a condition limit who may call?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Only a fixed set of callers can meet it.
    Narrowing,
    /// Any caller can meet it, or it is not about the caller.
    NotNarrowing,
    /// The key, operator or value is not known.
    Unknown,
}

/// The principal of the statement, before conditions; some keys narrow only if the principal is already fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller<'a> {
    /// `*`, or everyone except some.
    Everyone,
    /// An account, user or role named by the statement.
    Named,
    /// This AWS service (`lambda.amazonaws.com`).
    Service(&'a str),
    /// A token of this OpenID Connect issuer (`token.actions.githubusercontent.com`).
    Oidc(&'a str),
    /// An assertion of a SAML provider.
    Saml,
}

/// The fixed set of callers that a narrowing condition admits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pin {
    /// No caller: no request can meet the condition.
    Nobody,
    /// Members of these organizations (`o-…`).
    Organizations(Vec<String>),
    /// Principals of these accounts.
    Accounts(Vec<String>),
    /// These principals, patterns with a fixed account.
    Principals(Vec<String>),
    /// Services acting for these accounts.
    SourceAccounts(Vec<String>),
    /// Services acting for these resources.
    Sources(Vec<String>),
    /// Services acting for members of these organizations.
    SourceOrganizations(Vec<String>),
    /// Callers in these networks or behind these endpoints.
    Networks(Vec<String>),
    /// AWS services by name.
    Services(Vec<String>),
    /// Tokens with these subjects, or with an equally specific claim.
    Subjects(Vec<String>),
    /// Tokens or assertions made for these audiences.
    Audiences(Vec<String>),
    /// Principals with a tag or name that their own account assigns.
    Attribute(String),
    /// Callers who know the external ID; its value is not kept here.
    ExternalId,
}

/// A condition's class and the reason, safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    pub class: Class,
    /// A sentence without a full stop, ready to follow the condition's text.
    pub reason: String,
    /// Present when the class is [`Class::Narrowing`].
    pub pin: Option<Pin>,
}

impl Judgement {
    fn narrowing(pin: Pin, reason: impl Into<String>) -> Self {
        Self { class: Class::Narrowing, reason: reason.into(), pin: Some(pin) }
    }

    /// No request can meet it.
    pub(crate) fn never(reason: impl Into<String>) -> Self {
        Self::narrowing(Pin::Nobody, reason)
    }

    fn open(reason: impl Into<String>) -> Self {
        Self { class: Class::NotNarrowing, reason: reason.into(), pin: None }
    }

    fn unknown(reason: impl Into<String>) -> Self {
        Self { class: Class::Unknown, reason: reason.into(), pin: None }
    }
}

/// A condition for display, with external IDs masked, and its judgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The condition key, as written.
    pub key: String,
    /// `StringEquals aws:PrincipalOrgID = o-abc`.
    pub text: String,
    /// What it requires of the request, in words.
    pub demand: Demand,
    pub judgement: Judgement,
}

/// Judges each condition of one statement, in order.
///
/// They are judged together, because `ForAllValues` and `IfExists` pass if the key is absent, and are strict only
/// beside a `Null` condition that requires the key.
pub fn judge_all(conditions: &[Condition], caller: Caller<'_>) -> Vec<Shown> {
    let demanded: Vec<String> = conditions.iter().filter_map(demanded_key).collect();
    conditions
        .iter()
        .map(|condition| {
            let present = demanded.contains(&condition.key.to_ascii_lowercase());
            let judgement = judge(condition, caller, present);
            let demand = demand::demand(condition, present);
            Shown { key: condition.key.clone(), text: show(condition), demand, judgement }
        })
        .collect()
}

/// The key, in lower case, that `Null: {key: "false"}` requires to be present.
fn demanded_key(condition: &Condition) -> Option<String> {
    let demands = condition.operator.eq_ignore_ascii_case("Null")
        && !condition.if_exists
        && !condition.values.is_empty()
        && condition.values.iter().all(|value| value.eq_ignore_ascii_case("false"));
    demands.then(|| condition.key.to_ascii_lowercase())
}

/// Judges one condition. `present` means that another condition requires its key.
pub fn judge(condition: &Condition, caller: Caller<'_>, present: bool) -> Judgement {
    let key = condition.key.to_ascii_lowercase();
    let Some(family) = Family::of_operator(&condition.operator) else {
        return Judgement::unknown(format!("the operator {} is not known", condition.operator));
    };
    match family {
        Family::Null => {
            return Judgement::open(format!("it only asks whether {} is present, whatever its value", condition.key));
        }
        Family::Negated => {
            return Judgement::open("it only shuts out the values it names and admits every other caller");
        }
        Family::Positive { .. } | Family::Network | Family::Other => {}
    }
    if !present && condition.if_exists {
        return Judgement::open(format!("IfExists lets every request pass that carries no {}", condition.key));
    }
    if !present && condition.set == Some(SetPrefix::ForAllValues) {
        return Judgement::open(format!("ForAllValues lets every request pass that carries no {}", condition.key));
    }
    if condition.values.is_empty() {
        return Judgement::unknown("it lists no value");
    }
    if key == "aws:sourceip" {
        return network::judge(condition, family);
    }
    keys::judge(condition, &key, family, caller)
}

/// Operators, grouped by what they can require of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    /// `StringEquals`, `StringLike`, `ArnLike` …: the value is one of these.
    Positive {
        /// `*` and `?` in values are wildcards.
        wildcards: bool,
        /// Wildcards stay within one part of an ARN.
        arn: bool,
    },
    /// `StringNotEquals` …: the value is none of these.
    Negated,
    /// `IpAddress`.
    Network,
    Null,
    /// `Bool`, `NumericLessThan`, `DateGreaterThan` …: not about identity.
    Other,
}

impl Family {
    fn of_operator(operator: &str) -> Option<Self> {
        let arn = Self::Positive { wildcards: true, arn: true };
        Some(match operator.to_ascii_lowercase().as_str() {
            "stringequals" | "stringequalsignorecase" => Self::Positive { wildcards: false, arn: false },
            "stringlike" => Self::Positive { wildcards: true, arn: false },
            "arnequals" | "arnlike" => arn,
            "stringnotequals"
            | "stringnotequalsignorecase"
            | "stringnotlike"
            | "arnnotequals"
            | "arnnotlike"
            | "notipaddress"
            | "numericnotequals"
            | "datenotequals" => Self::Negated,
            "ipaddress" => Self::Network,
            "null" => Self::Null,
            "bool"
            | "binaryequals"
            | "numericequals"
            | "numericlessthan"
            | "numericlessthanequals"
            | "numericgreaterthan"
            | "numericgreaterthanequals"
            | "dateequals"
            | "datelessthan"
            | "datelessthanequals"
            | "dategreaterthan"
            | "dategreaterthanequals" => Self::Other,
            _ => return None,
        })
    }
}

/// Whether the key is `sts:ExternalId`, in any case.
pub fn is_external_id(key: &str) -> bool {
    key.trim().eq_ignore_ascii_case("sts:ExternalId")
}

/// The condition in one line. The value of an external id is never in it.
pub fn show(condition: &Condition) -> String {
    format!("{} {} = {}", Operator(condition), condition.key, shown_values(condition))
}

fn shown_values(condition: &Condition) -> String {
    if is_external_id(&condition.key) { MASK.to_owned() } else { condition.values.join(" or ") }
}

struct Operator<'a>(&'a Condition);

impl Display for Operator<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.set {
            Some(SetPrefix::ForAllValues) => f.write_str("ForAllValues:")?,
            Some(SetPrefix::ForAnyValue) => f.write_str("ForAnyValue:")?,
            None => {}
        }
        f.write_str(&self.0.operator)?;
        if self.0.if_exists { f.write_str("IfExists") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
