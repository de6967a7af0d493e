//! A parsed policy document. Scalars become lists of one, and the original text is kept verbatim.

pub use super::external_id_mask::ExternalIds;
use std::sync::Arc;

/// The language version, which decides whether `${…}` is a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`, or no Version at all: no policy variables.
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// A parsed document. Elements that are not understood are listed in `notes`.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// As received.
    pub text: Arc<str>,
    /// What no sentence about the document may show.
    pub external_ids: ExternalIds,
    pub version: Version,
    pub id: Option<String>,
    pub statements: Vec<Statement>,
    /// Elements that are not understood, with their paths.
    pub notes: Vec<Note>,
}

/// An element of the document that is not part of the policy language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// `Statement[2].Condition.StringLikes`.
    pub place: String,
    /// A sentence: what was found and how it is treated.
    pub text: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub sid: Option<String>,
    pub effect: Effect,
    pub actions: Actions,
    /// `None` in trust policies.
    pub resources: Resources,
    /// `None` in identity policies.
    pub principals: Option<Principals>,
    pub conditions: Vec<Condition>,
    /// The statement's own JSON, for printing beside its explanation.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Allow,
    Deny,
    /// Neither, exactly (case matters to IAM): grants and denies nothing, and is noted.
    Other,
}

/// `Action` or `NotAction`, patterns as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actions {
    Only(Vec<String>),
    AllBut(Vec<String>),
    /// The statement names neither: noted, and treated as not understood.
    Missing,
}

/// `Resource` or `NotResource`, patterns as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resources {
    Only(Vec<String>),
    AllBut(Vec<String>),
    /// Named by neither, as in trust policies.
    Missing,
}

/// `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principals {
    Only(Vec<Principal>),
    AllBut(Vec<Principal>),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Principal {
    /// `"*"`, `{"AWS": "*"}`.
    Everyone,
    /// An account as a whole: twelve digits, or its root ARN.
    Account(String),
    /// An ARN of a user, role, assumed-role session or federated user; wildcards possible in conditions only.
    Arn(String),
    /// `lambda.amazonaws.com`.
    Service(String),
    /// A SAML or OIDC provider's ARN, or a web identity provider's name.
    Federated(String),
    /// 64 hexadecimal digits.
    CanonicalUser(String),
    /// `AIDA…`, `AROA…`: the ID of a deleted user or role.
    Dangling(String),
    /// Anything else, under its own key.
    Other { key: String, value: String },
}

/// One operator and key with its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// `StringLike`, without prefix and suffix.
    pub operator: String,
    /// `ForAllValues:` or `ForAnyValue:`.
    pub set: Option<SetPrefix>,
    pub if_exists: bool,
    /// As written; keys are case-insensitive.
    pub key: String,
    /// Booleans and numbers as their text.
    pub values: Vec<String>,
    /// The document's version has no policy variables, so `${` in a value stands for itself.
    pub literal: bool,
}

impl Condition {
    /// Whether a value is known only with the request, because it has a policy variable.
    pub fn has_variable(&self) -> bool {
        !self.literal && self.values.iter().any(|value| value.contains("${"))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetPrefix {
    ForAllValues,
    ForAnyValue,
}
