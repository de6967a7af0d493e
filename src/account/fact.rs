//! Facts, their types, where they come from, and what is missing.

mod further;

pub use further::*;

use crate::operations::{is_deep, operation_name};
use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;

/// A kind of evidence: an API operation, and a parameter where one operation
/// is asked about several things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence {
    pub service: &'static str,
    pub operation: &'static str,
    /// A part of a parameter's value that tells apart what was asked (`AWSSupportAccess`).
    pub about: Option<&'static str>,
}

impl Evidence {
    pub const fn of(service: &'static str, operation: &'static str) -> Self {
        Self { service, operation, about: None }
    }
    pub const fn about(service: &'static str, operation: &'static str, about: &'static str) -> Self {
        Self { service, operation, about: Some(about) }
    }

    /// Whether the deep collection alone asks for it.
    pub fn is_deep(&self) -> bool {
        is_deep(self.service, self.operation)
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&operation_name(self.service, self.operation))?;
        self.about.map_or(Ok(()), |about| write!(f, " ({about})"))
    }
}

/// This program's own evaluation of a control's criterion, where it fails.
pub const EVALUATION: Evidence = Evidence::of("auditpack", "EvaluateCriterion");
pub const CALLER_IDENTITY: Evidence = Evidence::of("sts", "GetCallerIdentity");
pub const CREDENTIAL_REPORT: Evidence = Evidence::of("iam", "GetCredentialReport");
pub const REPORT_GENERATION: Evidence = Evidence::of("iam", "GenerateCredentialReport");
pub const ACCOUNT_SUMMARY: Evidence = Evidence::of("iam", "GetAccountSummary");
pub const AUTHORIZATION_DETAILS: Evidence = Evidence::of("iam", "GetAccountAuthorizationDetails");
pub const CUSTOMER_POLICY: Evidence = Evidence::of("iam", "GetPolicy");
pub const PASSWORD_POLICY: Evidence = Evidence::of("iam", "GetAccountPasswordPolicy");
pub const ACCOUNT_ALIASES: Evidence = Evidence::of("iam", "ListAccountAliases");
pub const USER_LIST: Evidence = Evidence::of("iam", "ListUsers");
pub const ROLE_LIST: Evidence = Evidence::of("iam", "ListRoles");
pub const VIRTUAL_MFA_DEVICES: Evidence = Evidence::of("iam", "ListVirtualMFADevices");
pub const SERVER_CERTIFICATES: Evidence = Evidence::of("iam", "ListServerCertificates");
pub const SAML_PROVIDERS: Evidence = Evidence::of("iam", "ListSAMLProviders");
pub const SAML_PROVIDER: Evidence = Evidence::of("iam", "GetSAMLProvider");
pub const OIDC_PROVIDERS: Evidence = Evidence::of("iam", "ListOpenIDConnectProviders");
pub const OIDC_PROVIDER: Evidence = Evidence::of("iam", "GetOpenIDConnectProvider");
pub const SUPPORT_ENTITIES: Evidence = Evidence::about("iam", "ListEntitiesForPolicy", "AWSSupportAccess");
pub const CLOUDSHELL_ENTITIES: Evidence = Evidence::about("iam", "ListEntitiesForPolicy", "AWSCloudShellFullAccess");

/// Why something is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapKind {
    /// AWS refused the call.
    Denied,
    /// AWS throttled it until retries ran out.
    Throttled,
    /// The call failed in another way, or was cut short in mid-paging.
    Failed,
    /// Nobody asked.
    NotCollected,
    /// The evidence arrived and does not hold it (a user younger than the credential report).
    Absent,
    /// The account has nothing that looks for it: no call can tell, and a control of its own says so.
    NotLookedFor,
    /// The evidence arrived, and what it says does not decide the question; the reason names what.
    NotDecided,
    /// The evidence arrived and cannot be understood.
    Unreadable,
    /// Two sources disagree and neither can be preferred.
    Conflict,
}

/// Something that is not known, and why. Travels to the last page of the pack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    pub evidence: Evidence,
    pub kind: GapKind,
    /// AWS's error code, where a call failed.
    pub code: Option<String>,
    /// One sentence for the auditor: what is missing and why.
    pub reason: String,
    /// The line of the call log.
    pub call: Option<String>,
}

/// A value, or the gap in its place.
#[derive(Clone, Debug, PartialEq)]
pub enum Observed<T> {
    Known(T),
    Gap(Arc<Gap>),
}

impl<T> Observed<T> {
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Gap(_) => None,
        }
    }
    pub fn gap(&self) -> Option<&Arc<Gap>> {
        match self {
            Self::Known(_) => None,
            Self::Gap(gap) => Some(gap),
        }
    }
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Observed<U> {
        match self {
            Self::Known(value) => Observed::Known(f(value)),
            Self::Gap(gap) => Observed::Gap(gap),
        }
    }
    pub fn as_ref(&self) -> Observed<&T> {
        match self {
            Self::Known(value) => Observed::Known(value),
            Self::Gap(gap) => Observed::Gap(Arc::clone(gap)),
        }
    }
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Observed<U>) -> Observed<U> {
        match self {
            Self::Known(value) => f(value),
            Self::Gap(gap) => Observed::Gap(gap),
        }
    }
}

/// A fact's value as criteria and population sheets see it.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    Time(Timestamp),
    TextList(Vec<String>),
}

/// A fact's type. `nullable`: `null` is a regular value (a key that was never used).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactType {
    pub base: BaseType,
    pub nullable: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaseType {
    Bool,
    Int,
    Text,
    Time,
    TextList,
}

/// Rust types that facts are made of.
pub trait FactValue {
    const TYPE: FactType;
    fn fact(&self) -> Fact;
    /// The value that says least: no, none, zero, the empty text.
    fn blank() -> Self;
}

macro_rules! fact_value {
    ($rust:ty, $base:ident, $self:ident => $fact:expr, $blank:expr) => {
        impl FactValue for $rust {
            const TYPE: FactType = FactType { base: BaseType::$base, nullable: false };
            fn fact(&$self) -> Fact { $fact }
            fn blank() -> Self { $blank }
        }
    };
}
fact_value!(bool, Bool, self => Fact::Bool(*self), false);
fact_value!(i64, Int, self => Fact::Int(*self), 0);
fact_value!(String, Text, self => Fact::Text(self.clone()), String::new());
fact_value!(Timestamp, Time, self => Fact::Time(*self), Timestamp::UNIX_EPOCH);
fact_value!(Vec<String>, TextList, self => Fact::TextList(self.clone()), Vec::new());

impl<T: FactValue> FactValue for Option<T> {
    const TYPE: FactType = FactType { base: T::TYPE.base, nullable: true };
    fn fact(&self) -> Fact {
        self.as_ref().map_or(Fact::Null, FactValue::fact)
    }
    fn blank() -> Self {
        None
    }
}

/// One fact in the documented schema.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    /// What is asked, for sentences about what is not known: `whether the user has MFA`. Empty where no page of ours
    /// reads it.
    pub asked: &'static str,
    /// Its heading in tables and lists; empty where the name says it.
    heading: &'static str,
    /// What stands for null, or for an empty list.
    pub none: &'static str,
    /// Whether a difference between two snapshots is a change of the account. Use and ages are none, nor what follows
    /// from facts or documents that are compared.
    pub compared: bool,
    pub ty: FactType,
    /// The doc comment: meaning, unit, source of a rule.
    pub doc: &'static str,
    /// The evidence that decides it; a control's exhibits follow from here.
    pub evidence: &'static [Evidence],
}

impl Field {
    pub const fn new(name: &'static str, ty: FactType, doc: &'static str, evidence: &'static [Evidence]) -> Self {
        Self { name, asked: "", heading: "", none: "none", compared: true, ty, doc, evidence }
    }
    pub const fn asked(self, asked: &'static str) -> Self {
        Self { asked, ..self }
    }
    pub const fn title(self, heading: &'static str) -> Self {
        Self { heading, ..self }
    }
    pub const fn none(self, none: &'static str) -> Self {
        Self { none, ..self }
    }
    pub const fn compared(self, compared: bool) -> Self {
        Self { compared, ..self }
    }

    /// What people call it: `Attached policies`.
    pub fn label(&self) -> String {
        if !self.heading.is_empty() {
            return self.heading.to_owned();
        }
        let mut letters = self.name.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters.map(|letter| if letter == '_' { ' ' } else { letter })).collect()
    }
}

/// A kind of subject, that is, a population that a control can be about.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// As control pages name it: `access_key`.
    pub name: &'static str,
    /// Its variable in criteria: `key`.
    pub variable: &'static str,
    /// For headings: `access keys`.
    pub plural: &'static str,
    /// What belongs to the population (one sentence).
    pub doc: &'static str,
    /// The evidence that enumerates the population.
    pub enumerated_by: &'static [Evidence],
    pub fields: &'static [Field],
}

impl Kind {
    pub fn field(&self, name: &str) -> Option<(usize, &'static Field)> {
        self.fields.iter().enumerate().find(|(_, field)| field.name == name)
    }
}

/// One member of a population.
pub trait Subject {
    fn kind(&self) -> &'static Kind;
    /// Unique in its population and stable between snapshots: an ARN, or an ARN with `#access-key-1`.
    fn id(&self) -> &str;
    /// What people call it.
    fn label(&self) -> &str;
    /// The time of the source this subject comes from; what `as_of` means in criteria.
    fn as_of(&self) -> Timestamp;
    /// The fact of `kind().fields[index]`.
    fn fact(&self, index: usize) -> Observed<Fact>;
    /// Puts a gap in the place of that fact: for tests of what a missing fact does.
    fn hide(&mut self, index: usize, gap: &Arc<Gap>);
}

/// Declares a kind of subject once: the struct, its schema and its facts. A fact's name, what is asked by it, its type
/// and its evidence may be followed by its title where the name does not say it, by the words for null or an empty list
/// where they are not `none`, and by `compared false` (see [`Field::compared`]).
macro_rules! subject {
    (
        $(#[doc = $doc:literal])*
        $Name:ident = $kind:literal as $var:literal, $plural:literal, from $by:expr;
        $( $(#[doc = $fdoc:literal])* $field:ident $($asked:literal)? : $ty:ty = $evidence:expr
            $(, title $title:literal)? $(, none $none:literal)? $(, compared $compared:literal)?; )*
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub struct $Name {
            /// Unique in the population, stable between snapshots.
            pub id: String,
            /// What people call it.
            pub label: String,
            /// Time of the source it comes from.
            pub as_of: jiff::Timestamp,
            $( $(#[doc = $fdoc])* pub $field: $crate::account::fact::Observed<$ty>, )*
        }
        impl $Name {
            /// One of which everything is known and nothing is the case: what tests put subjects together from.
            pub fn blank(id: impl Into<String>, label: impl Into<String>, as_of: jiff::Timestamp) -> Self {
                Self {
                    id: id.into(),
                    label: label.into(),
                    as_of,
                    $( $field: $crate::account::fact::Observed::Known($crate::account::fact::FactValue::blank()), )*
                }
            }
            pub const KIND: &'static $crate::account::fact::Kind = &$crate::account::fact::Kind {
                name: $kind,
                variable: $var,
                plural: $plural,
                doc: concat!($($doc),*),
                enumerated_by: $by,
                fields: &[ $( $crate::account::fact::Field::new(
                    stringify!($field),
                    <$ty as $crate::account::fact::FactValue>::TYPE,
                    concat!($($fdoc),*),
                    $evidence,
                )$(.asked($asked))?$(.title($title))?$(.none($none))?$(.compared($compared))?, )* ],
            };
        }
        impl $crate::account::fact::Subject for $Name {
            fn kind(&self) -> &'static $crate::account::fact::Kind { Self::KIND }
            fn id(&self) -> &str { &self.id }
            fn label(&self) -> &str { &self.label }
            fn as_of(&self) -> jiff::Timestamp { self.as_of }
            fn fact(&self, index: usize) -> $crate::account::fact::Observed<$crate::account::fact::Fact> {
                let facts: &[&dyn Fn() -> $crate::account::fact::Observed<$crate::account::fact::Fact>] = &[
                    $( &|| self.$field.as_ref().map($crate::account::fact::FactValue::fact), )*
                ];
                facts[index]()
            }
            fn hide(&mut self, index: usize, gap: &std::sync::Arc<$crate::account::fact::Gap>) {
                let hidden: &[fn(&mut Self, &std::sync::Arc<$crate::account::fact::Gap>)] = &[
                    $( |subject, gap| {
                        subject.$field = $crate::account::fact::Observed::Gap(std::sync::Arc::clone(gap));
                    }, )*
                ];
                hidden[index](self, gap);
            }
        }
    };
}
pub(crate) use subject;
