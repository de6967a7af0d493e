//! The embedded table of privilege escalation paths.

use serde::Deserialize;
use std::sync::LazyLock;

/// The kind of a path, in the public catalog's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It changes its own permissions.
    SelfEscalation,
    /// It becomes another user or role.
    PrincipalAccess,
    /// It passes a role to a new resource that it controls.
    NewPassrole,
    /// It takes over an existing resource that has a role.
    ExistingPassrole,
    /// It reads credentials of another principal.
    CredentialAccess,
}

/// The kind of target that an action must reach.
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
    /// Any resource of the service.
    #[default]
    Something,
}

/// What the principal gains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gives {
    /// Permissions of its choice.
    Administrator,
    /// Another user's permissions.
    User,
    /// Another role's permissions.
    Role,
    /// A group's permissions.
    Group,
    /// The permissions of the passed role.
    PassedRole,
    /// The permissions of a role that trusts the identity provider.
    FederatedRole,
    /// IAM data does not show it.
    Unseen,
}

/// An action that a path needs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    pub action: String,
    #[serde(default)]
    pub on: On,
    /// Not needed if the role's trust policy names the principal itself.
    #[serde(default)]
    pub unless_named: bool,
    /// The principal creates the resource for the path, so it can choose the name.
    #[serde(default)]
    pub made: bool,
}

/// A privilege escalation path.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "a row of the table, as it is written")]
pub struct KnownPath {
    /// The public catalog's ID, or `local-…` if it has none.
    pub id: String,
    pub kind: Kind,
    pub needs: Vec<Need>,
    pub gives: Gives,
    /// The services that the passed role must trust.
    #[serde(default)]
    pub passes_to: Vec<String>,
    /// The gain depends on something that IAM data does not show.
    #[serde(default)]
    depends: bool,
    /// Only for principals that have a permissions boundary.
    #[serde(default)]
    pub own_boundary: bool,
    /// Only if a permission of the principal, or a trust policy, depends on `aws:PrincipalTag`.
    #[serde(default)]
    pub own_tag: bool,
    /// The gain also depends on a trust policy.
    #[serde(default)]
    pub trusted: bool,
    /// Only if a trust policy names an identity provider that the account does not have.
    #[serde(default)]
    pub absent: bool,
    /// Found with trust policies in the graph, not from permissions alone.
    #[serde(default)]
    pub by_graph: bool,
    /// The steps, in one sentence.
    pub says: String,
    /// Further requirements, in sentences.
    #[serde(default)]
    pub prerequisites: Vec<String>,
}

impl KnownPath {
    /// The public catalog's page, if it has one.
    pub fn link(&self) -> Option<String> {
        let has_page = !self.id.starts_with("local-") && !FILE.laboratory.contains(&self.id);
        has_page.then(|| format!("https://pathfinding.cloud/paths/{}", self.id))
    }

    /// Whether the gain depends on a privileged resource that IAM data does not show.
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
    path: Vec<KnownPath>,
}

static FILE: LazyLock<File> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../data/policy/escalation.toml")).expect("the tests read the same text")
});

/// All paths, in the table's order.
pub fn known_paths() -> &'static [KnownPath] {
    &FILE.path
}

/// The path with an ID.
#[cfg(test)]
pub fn known_path(id: &str) -> Option<&'static KnownPath> {
    known_paths().iter().find(|way| way.id == id)
}

/// The day on which the table was last compared with the public catalog.
#[cfg(test)]
pub fn checked() -> &'static str {
    &FILE.checked
}

/// Actions of retired services, which action tables may have dropped. They are still evaluated.
#[cfg(test)]
pub fn retired() -> &'static [String] {
    &FILE.retired
}
