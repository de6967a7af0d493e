//! The embedded table of ways from some permissions to more.

use serde::Deserialize;
use std::sync::LazyLock;

/// What kind of step a path is, in the public catalogue's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It changes its own permissions.
    SelfEscalation,
    /// It becomes another user or role.
    PrincipalAccess,
    /// It hands a role to something new that it controls.
    NewPassrole,
    /// It takes over something that already has a role.
    ExistingPassrole,
    /// It reads somebody's credentials.
    CredentialAccess,
}

/// What an action must reach for the path to work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum On {
    OwnUser,
    OwnRole,
    /// A group that the principal is in.
    OwnGroup,
    /// A customer-managed policy that is attached to the principal or its groups.
    OwnPolicy,
    /// Another user.
    User,
    /// Another role.
    Role,
    Group,
    Policy,
    /// A SAML identity provider.
    SamlProvider,
    /// Something of the service, whichever.
    #[default]
    Something,
}

/// What the principal has in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gives {
    /// Rights of its choice.
    Administrator,
    /// Another user's rights.
    User,
    /// Another role's rights.
    Role,
    /// A group's rights.
    Group,
    /// The rights of the role that was passed.
    PassedRole,
    /// The rights of a role that trusts the identity provider.
    FederatedRole,
    /// What that is, IAM data does not show.
    Unseen,
}

/// An action that a path needs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    pub action: String,
    #[serde(default)]
    pub on: On,
    /// Not needed where the role's trust policy names the principal itself.
    #[serde(default)]
    pub unless_named: bool,
    /// The principal makes what it works on for the purpose, so that it has whatever name is needed.
    #[serde(default)]
    pub made: bool,
}

/// A way from some permissions to more.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "a row of the table, as it is written")]
pub struct Way {
    /// The public catalogue's id; `local-…` where it has none.
    pub id: String,
    pub kind: Kind,
    pub needs: Vec<Need>,
    pub gives: Gives,
    /// The services that the passed role must trust.
    #[serde(default)]
    pub passes_to: Vec<String>,
    /// The gain rests on something that IAM data does not show.
    #[serde(default)]
    depends: bool,
    /// Only for principals that have a permissions boundary.
    #[serde(default)]
    pub own_boundary: bool,
    /// Only where a permission of the principal, or a trust policy, depends on `aws:PrincipalTag`.
    #[serde(default)]
    pub own_tag: bool,
    /// The gain rests on a trust policy besides.
    #[serde(default)]
    pub trusted: bool,
    /// Only where a trust policy names an identity provider that the account does not have.
    #[serde(default)]
    pub absent: bool,
    /// Found by following trust in the graph, not from permissions alone.
    #[serde(default)]
    pub by_graph: bool,
    /// What is done, in one sentence.
    pub says: String,
    /// What must be so besides, in sentences.
    #[serde(default)]
    pub prerequisites: Vec<String>,
}

impl Way {
    /// Where the public catalogue describes it; none where it has no page there.
    pub fn link(&self) -> Option<String> {
        let has_page = !self.id.starts_with("local-") && !FILE.laboratory.contains(&self.id);
        has_page.then(|| format!("https://pathfinding.cloud/paths/{}", self.id))
    }

    /// Does the gain rest on a privileged thing that IAM data does not show?
    pub fn depends(&self) -> bool {
        self.depends || self.kind == Kind::ExistingPassrole
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[cfg_attr(not(test), allow(dead_code, reason = "read by the tests of the table"))]
    retired: Vec<String>,
    #[cfg_attr(not(test), allow(dead_code, reason = "read by the tests of the table"))]
    checked: String,
    laboratory: Vec<String>,
    path: Vec<Way>,
}

static FILE: LazyLock<File> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../data/policy/escalation.toml")).expect("the tests read the same text")
});

/// All ways, in the table's order.
pub fn ways() -> &'static [Way] {
    &FILE.path
}

/// The way of an id.
#[cfg(test)]
pub fn way(id: &str) -> Option<&'static Way> {
    ways().iter().find(|way| way.id == id)
}

/// The day on which the table was last held against the public catalogue.
#[cfg(test)]
pub fn checked() -> &'static str {
    &FILE.checked
}

/// Actions of retired services, which action tables may have dropped. They stay
/// evaluated as written.
#[cfg(test)]
pub fn retired() -> &'static [String] {
    &FILE.retired
}
