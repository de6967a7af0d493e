//! A row of the table: one operation, and what it is asked about.

use super::operation_name;

/// One operation of AWS's API.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// The service as the AWS CLI's models call it.
    pub service: &'static str,
    pub name: &'static str,
    /// What its answers are, for people.
    pub title: &'static str,
    pub asked: Asked,
    /// Which entries of its list it is asked about.
    pub only: Only,
    /// Parameters that are always sent. Evidence files are not named after them.
    pub constants: &'static [(&'static str, Constant)],
    /// The error by which AWS answers that there is none.
    pub none_set: Option<&'static str>,
    /// The name of the IAM action, where it is not the operation's.
    permitted_by: Option<&'static str>,
}

/// How often an operation is asked, and about what.
#[derive(Clone, Copy, Debug)]
pub enum Asked {
    /// Once, without a parameter that tells calls apart.
    Once,
    /// Once, if other operations answered.
    IfAnswered(&'static [List]),
    /// Once, if other operations listed anything.
    IfListed(&'static [List]),
    /// Once per value of a parameter; `{partition}` in a value is the account's.
    Values(&'static str, &'static [&'static str]),
    /// Once per entry of what other operations listed.
    Each(&'static [List], &'static [(&'static str, ValueFrom)]),
    /// Once without parameters, and once per entry.
    OnceAndEach(&'static [List], &'static [(&'static str, ValueFrom)]),
    /// By code in `collect/source`, with the answers of these operations.
    ByCode(About, &'static [List]),
}

/// What an operation is asked about by code.
#[derive(Clone, Copy, Debug)]
pub enum About {
    Nothing,
    /// Once per value of these parameters, in the order of their names.
    Parameters(&'static [&'static str]),
    /// Once per attribute of an event.
    Attribute,
    /// Once per policy document.
    Document,
}

/// A list in the answer of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List {
    pub service: &'static str,
    pub operation: &'static str,
    pub member: &'static str,
}

/// Where the value of a parameter comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueFrom {
    /// A member of the entry.
    Member(&'static str),
    /// The entry itself, in a list of texts.
    Entry,
    /// The parameter of the same name in the request that brought the list.
    Request,
}

/// Beginnings of the identifiers of AWS's own rules for AWS Config that are about identity or about what records it. A
/// rule's name is the customer's choice and says nothing.
pub const IDENTITY_RULES: &[&str] = &[
    "IAM_",
    "ROOT_ACCOUNT_",
    "ACCESS_KEYS_ROTATED",
    "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS",
    "ACCOUNT_PART_OF_ORGANIZATIONS",
    "SECURITY_ACCOUNT_INFORMATION_PROVIDED",
    "EC2_INSTANCE_PROFILE_ATTACHED",
    "CLOUD_TRAIL_",
    "CLOUDTRAIL_",
    "MULTI_REGION_CLOUD_TRAIL_ENABLED",
];

/// Which entries of a list an operation is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    All,
    /// Those with one of these values in a member.
    With(&'static str, &'static [&'static str]),
    /// Those without.
    WithoutAnyOf(&'static str, &'static [&'static str]),
    /// Those whose member is not empty.
    Given(&'static str),
    /// Policies of the customer, by ARN; AWS's own have no account in it.
    CustomerPolicies,
    /// AWS Config rules with an identifier of [`IDENTITY_RULES`].
    IdentityRules,
    /// What shows in several Regions is asked about in the one that this member names, or, if that is not collected,
    /// in the first that is.
    InHomeRegion(&'static str),
}

/// The value of a parameter that is always sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constant {
    Text(&'static str),
    True,
}

/// An operation that is asked once.
pub(super) const fn operation(service: &'static str, name: &'static str, title: &'static str) -> Operation {
    Operation {
        service,
        name,
        title,
        asked: Asked::Once,
        only: Only::All,
        constants: &[],
        none_set: None,
        permitted_by: None,
    }
}

/// A list in the answer of an operation.
pub(super) const fn list(service: &'static str, operation: &'static str, member: &'static str) -> List {
    List { service, operation, member }
}

impl Operation {
    pub(super) const fn asked(self, asked: Asked) -> Self {
        Self { asked, ..self }
    }

    /// Asked about each entry of a list.
    pub(super) const fn each(self, lists: &'static [List], parameters: &'static [(&'static str, ValueFrom)]) -> Self {
        self.asked(Asked::Each(lists, parameters))
    }

    pub(super) const fn only(self, only: Only) -> Self {
        Self { only, ..self }
    }

    pub(super) const fn with(self, constants: &'static [(&'static str, Constant)]) -> Self {
        Self { constants, ..self }
    }

    pub(super) const fn none_set(self, code: &'static str) -> Self {
        Self { none_set: Some(code), ..self }
    }

    pub(super) const fn permitted_by(self, action: &'static str) -> Self {
        Self { permitted_by: Some(action), ..self }
    }

    /// The IAM action that permits it: `sso:ListInstances`.
    pub fn action(&self) -> String {
        operation_name(self.service, self.permitted_by.unwrap_or(self.name))
    }

    /// `sso-admin:ListInstances`.
    pub fn qualified(&self) -> String {
        format!("{}:{}", self.service, self.name)
    }

    /// The answers that it is asked with.
    pub fn lists(&self) -> &'static [List] {
        match self.asked {
            Asked::Once | Asked::Values(..) => &[],
            Asked::IfAnswered(lists)
            | Asked::IfListed(lists)
            | Asked::Each(lists, _)
            | Asked::OnceAndEach(lists, _)
            | Asked::ByCode(_, lists) => lists,
        }
    }

    /// Whether it is asked again and again, about one thing after the other.
    pub fn is_repeated(&self) -> bool {
        matches!(self.asked, Asked::Values(..) | Asked::Each(..) | Asked::OnceAndEach(..))
    }

    /// The list in its own answers that it is asked about: it walks down a tree.
    pub fn own_list(&self) -> Option<List> {
        self.lists().iter().copied().find(|list| list.is_of(self))
    }

    /// The parameters that tell its calls apart, in the order of their names.
    pub fn parameters(&self) -> Vec<&'static str> {
        let mut names = match self.asked {
            Asked::Values(name, _) => vec![name],
            Asked::Each(_, parameters) | Asked::OnceAndEach(_, parameters) => {
                parameters.iter().map(|(name, _)| *name).collect()
            }
            Asked::ByCode(About::Parameters(names), _) => names.to_vec(),
            Asked::Once | Asked::IfAnswered(_) | Asked::IfListed(_) | Asked::ByCode(..) => Vec::new(),
        };
        names.sort_unstable();
        names
    }
}

impl List {
    /// Whether it is in the answer of this operation.
    pub fn is_of(&self, operation: &Operation) -> bool {
        self.service == operation.service && self.operation == operation.name
    }
}
