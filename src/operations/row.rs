//! A row of the table: one operation and its calls.

use super::operation_name;

/// One operation of AWS's API.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// The service's name in the AWS CLI.
    pub service: &'static str,
    pub name: &'static str,
    /// The title of its answers for readers.
    pub title: &'static str,
    pub calls: Calls,
    /// The entries of its list that it is called for.
    pub only: Only,
    /// Parameters with the same value in every call; they are not part of evidence file names.
    pub constants: &'static [(&'static str, Constant)],
    /// The error code that means "none".
    pub none_set: Option<&'static str>,
    /// The name of the IAM action, if it differs from the operation's.
    permitted_by: Option<&'static str>,
}

/// How often an operation is called, and with which parameters.
#[derive(Clone, Copy, Debug)]
pub enum Calls {
    /// Once, without varying parameters.
    Once,
    /// Once, if other operations answered.
    IfAnswered(&'static [List]),
    /// Once, if other operations listed at least one entry.
    IfListed(&'static [List]),
    /// Once for each value of a parameter; `{partition}` is replaced by the account's partition.
    Values(&'static str, &'static [&'static str]),
    /// Once for each entry that other operations listed.
    Each(&'static [List], &'static [(&'static str, ValueFrom)]),
    /// Once without parameters, and once for each entry.
    OnceAndEach(&'static [List], &'static [(&'static str, ValueFrom)]),
    /// By code in `collect/source`, from the answers of these operations.
    ByCode(About, &'static [List]),
}

/// The parameters of calls made by code.
#[derive(Clone, Copy, Debug)]
pub enum About {
    Nothing,
    /// Once for each value of these parameters, in the order of their names.
    Parameters(&'static [&'static str]),
    /// Once for each event attribute.
    Attribute,
    /// Once for each policy document.
    Document,
}

/// A list in the answer of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List {
    pub service: &'static str,
    pub operation: &'static str,
    pub member: &'static str,
}

/// The origin of a parameter's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueFrom {
    /// A member of the entry.
    Member(&'static str),
    /// The entry itself, in a list of texts.
    Entry,
    /// The parameter of the same name in the request that returned the list.
    Request,
}

/// Prefixes of identifiers of AWS's own AWS Config rules about identity or its logging. Rule names are the customer's
/// choice and are not used.
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

/// The entries of a list that an operation is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    All,
    /// Those with one of these values in a member.
    With(&'static str, &'static [&'static str]),
    /// Those without.
    WithoutAnyOf(&'static str, &'static [&'static str]),
    /// Those whose member is not empty.
    Given(&'static str),
    /// Customer-managed policies, by ARN; ARNs of AWS-managed policies have no account.
    CustomerPolicies,
    /// AWS Config rules with an identifier of [`IDENTITY_RULES`].
    IdentityRules,
    /// An entry that appears in several Regions is handled in the one that this member names, or in the first collected
    /// Region if that one is not collected.
    InHomeRegion(&'static str),
}

/// The value of a constant parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constant {
    Text(&'static str),
    Texts(&'static [&'static str]),
    True,
}

/// An operation that is called once.
pub(super) const fn operation(service: &'static str, name: &'static str, title: &'static str) -> Operation {
    Operation {
        service,
        name,
        title,
        calls: Calls::Once,
        only: Only::All,
        constants: &[],
        none_set: None,
        permitted_by: None,
    }
}

/// A list in the answer of an operation.
pub(super) const fn list_in(service: &'static str, operation: &'static str, member: &'static str) -> List {
    List { service, operation, member }
}

impl Operation {
    pub(super) const fn calls(self, calls: Calls) -> Self {
        Self { calls, ..self }
    }

    /// Called for each entry of a list.
    pub(super) const fn each(self, lists: &'static [List], parameters: &'static [(&'static str, ValueFrom)]) -> Self {
        self.calls(Calls::Each(lists, parameters))
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

    /// The lists that its calls depend on.
    pub fn lists(&self) -> &'static [List] {
        match self.calls {
            Calls::Once | Calls::Values(..) => &[],
            Calls::IfAnswered(lists)
            | Calls::IfListed(lists)
            | Calls::Each(lists, _)
            | Calls::OnceAndEach(lists, _)
            | Calls::ByCode(_, lists) => lists,
        }
    }

    /// Whether it is called repeatedly, for one entry after the other.
    pub fn is_repeated(&self) -> bool {
        matches!(self.calls, Calls::Values(..) | Calls::Each(..) | Calls::OnceAndEach(..))
    }

    /// The list in its own answers that it is called for, when it walks down a tree.
    pub fn own_list(&self) -> Option<List> {
        self.lists().iter().copied().find(|list| list.is_of(self))
    }

    /// The parameters that distinguish its calls, in the order of their names.
    pub fn parameters(&self) -> Vec<&'static str> {
        let mut names = match self.calls {
            Calls::Values(name, _) => vec![name],
            Calls::Each(_, parameters) | Calls::OnceAndEach(_, parameters) => {
                parameters.iter().map(|(name, _)| *name).collect()
            }
            Calls::ByCode(About::Parameters(names), _) => names.to_vec(),
            Calls::Once | Calls::IfAnswered(_) | Calls::IfListed(_) | Calls::ByCode(..) => Vec::new(),
        };
        names.sort_unstable();
        names
    }
}

impl List {
    /// Whether the list is in this operation's answers.
    pub fn is_of(&self, operation: &Operation) -> bool {
        self.service == operation.service && self.operation == operation.name
    }
}
