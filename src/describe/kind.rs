//! What a sheet is about, and how it holds and links to others. Code compares these, never their words.

use serde::{Serialize, Serializer};
use std::fmt;

/// What a sheet is about, in the order of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SheetKind {
    Role,
    User,
    Group,
    CustomerPolicy,
    AwsPolicy,
    InlinePolicy,
}

impl SheetKind {
    pub const ALL: [Self; 6] =
        [Self::Role, Self::User, Self::Group, Self::CustomerPolicy, Self::AwsPolicy, Self::InlinePolicy];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Role => "Role",
            Self::User => "User",
            Self::Group => "Group",
            Self::CustomerPolicy => "Customer-managed policy",
            Self::AwsPolicy => "AWS-managed policy",
            Self::InlinePolicy => "Inline policy",
        }
    }

    pub const fn plural(self) -> &'static str {
        match self {
            Self::Role => "Roles",
            Self::User => "Users",
            Self::Group => "Groups",
            Self::CustomerPolicy => "Customer-managed policies",
            Self::AwsPolicy => "AWS-managed policies in use",
            Self::InlinePolicy => "Inline policies",
        }
    }

    /// The folder of its sheets.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Role => "roles",
            Self::User => "users",
            Self::Group => "groups",
            Self::CustomerPolicy => "policies",
            Self::AwsPolicy => "aws-policies",
            Self::InlinePolicy => "inline",
        }
    }

    pub const fn is_policy(self) -> bool {
        matches!(self, Self::CustomerPolicy | Self::AwsPolicy | Self::InlinePolicy)
    }

    pub const fn is_managed_policy(self) -> bool {
        matches!(self, Self::CustomerPolicy | Self::AwsPolicy)
    }
}

/// How a principal holds a policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holding {
    Attached,
    Inline,
    /// Through the group of this name.
    Group(String),
    /// The sheet is the policy's own.
    Own,
}

impl fmt::Display for Holding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attached => f.write_str("attached"),
            Self::Inline => f.write_str("inline"),
            Self::Group(name) => write!(f, "through the group {name}"),
            Self::Own => Ok(()),
        }
    }
}

/// What the sheets that a list links to are to the sheet that has the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    Groups,
    Members,
    Boundary,
    AttachedToUsers,
    AttachedToGroups,
    AttachedToRoles,
    BoundaryOf,
    OwnerUser,
    OwnerGroup,
    OwnerRole,
}

impl Relation {
    pub const fn title(self) -> &'static str {
        match self {
            Self::Groups => "Groups",
            Self::Members => "Members",
            Self::Boundary => "Permissions boundary",
            Self::AttachedToUsers => "Attached to users",
            Self::AttachedToGroups => "Attached to groups",
            Self::AttachedToRoles => "Attached to roles",
            Self::BoundaryOf => "Used as a permissions boundary by",
            Self::OwnerUser => "The user that has it",
            Self::OwnerGroup => "The group that has it",
            Self::OwnerRole => "The role that has it",
        }
    }
}

impl Serialize for SheetKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.label())
    }
}

impl Serialize for Holding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Relation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.title())
    }
}
