//! The chapters of the pack that controls belong to, in its order.

use serde::{Serialize, Serializer};
use std::fmt;

macro_rules! sections {
    ($($Name:ident = $title:literal;)*) => {
        /// A chapter of the pack. Control pages name it by its title.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Section { $($Name),* }

        impl Section {
            pub const ALL: &[Self] = &[$(Self::$Name),*];

            pub const fn title(self) -> &'static str {
                match self { $(Self::$Name => $title),* }
            }
        }
    };
}

sections! {
    RootUser = "Root user";
    PasswordPolicy = "Password policy";
    UsersAndCredentials = "Users and credentials";
    Policies = "Policies";
    Roles = "Roles";
    Certificates = "Certificates";
    AccessAnalyzer = "Access Analyzer";
    Config = "AWS Config";
    Logging = "Logging and monitoring";
    Organization = "Account and organization";
    IdentityCenter = "Identity Center";
    Governance = "Governance";
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

impl Serialize for Section {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.title())
    }
}
