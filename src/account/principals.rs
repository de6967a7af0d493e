//! Users, groups and roles together, as holders of policies.

use super::analysis::{Analysed, Analysis, Exposed, Powers};
use super::completeness::{Completeness, is_arn};
use super::details::UserItem;
use super::fact::{AUTHORIZATION_DETAILS, Gap, GapKind, Observed, ROLE_LIST, USER_LIST, subject};
use super::gaps::gap;
use super::sources::Sources;
use crate::arn::name_of;

use super::groups::Group;
use super::roles::Role;
use super::users::Join;
use super::{Population, Times};
use std::sync::Arc;

type Text = String;
type Texts = Vec<String>;

subject! {
    /// A user, group or role. Those that only one answer names are included, also a user that only the credential report
    /// names and that may have been deleted since.
    Principal = "principal" as "principal", "users, groups and roles", from &[AUTHORIZATION_DETAILS, USER_LIST, ROLE_LIST];
    /// `user`, `group` or `role`.
    kind "whether it is a user, a group or a role": Text = &[AUTHORIZATION_DETAILS];
    /// Name.
    name "its name": Text = &[AUTHORIZATION_DETAILS];
    /// Made and owned by an AWS service.
    service_linked "whether an AWS service owns it": bool = &[AUTHORIZATION_DETAILS];
    /// Made by IAM Identity Center; its policies are changed in the permission set.
    identity_center "whether Identity Center created it": bool = &[AUTHORIZATION_DETAILS], title "Identity Center";
    /// Managed policies attached to it.
    attached_policies: Texts = &[AUTHORIZATION_DETAILS];
    /// Inline policies.
    inline_policies "which inline policies it has": Texts = &[AUTHORIZATION_DETAILS];
    /// ARN of the permissions boundary; null if none.
    permissions_boundary: Option<String> = &[AUTHORIZATION_DETAILS];
    /// One of its policies, its groups' among them, grants full administration (see policy.grants_full_admin).
    holds_full_admin_policy "whether a single policy makes it an administrator": bool = &[AUTHORIZATION_DETAILS];
    /// Its policies, in effect, allow every action on every resource, or nearly, one alone or several together. A
    /// denial or a permissions boundary that certainly takes this away makes it no administrator; a condition that it
    /// may meet does not.
    administrator "whether its policies make it an administrator": bool = &[AUTHORIZATION_DETAILS];
    /// Its privilege escalation paths, by a table of known paths, over all its policies and
    /// its groups' together: those that nothing limits but a sign-in with MFA, and those limited to a resource that is
    /// an administrator. Empty for administrators by a single policy, and for groups, whose members have the ways.
    escalation_paths "which privilege escalation paths it has": Texts = &[AUTHORIZATION_DETAILS];
    /// The other ways: limited to some resources or to conditions, or dependent on something that IAM does not show.
    scoped_escalation_paths: Texts = &[AUTHORIZATION_DETAILS];
    /// Statements that allow iam:PassRole on every role under no condition. Empty for administrators by a single
    /// policy.
    passes_every_role "whether it may pass every role": Texts = &[AUTHORIZATION_DETAILS];
    /// Statements that allow users or roles to be made without demanding a permissions boundary for them, as far as
    /// its own boundary allows it too.
    creates_principals_freely "whether it may create users or roles without a permissions boundary": Texts =
        &[AUTHORIZATION_DETAILS];
    /// Actions on all of IAM that give permissions, allowed under no condition.
    administers_iam "whether it may grant permissions in all of IAM": Texts = &[AUTHORIZATION_DETAILS];
    /// Actions that stop or empty CloudTrail or AWS Config, allowed on everything under no condition.
    administers_audit_trail "whether it may stop or empty the audit records": Texts = &[AUTHORIZATION_DETAILS];
    /// Actions on all KMS keys that decide who may use them or end their use, allowed under no condition.
    administers_keys "whether it administers all KMS keys": Texts = &[AUTHORIZATION_DETAILS];
    /// Actions on all KMS keys that use them on data, allowed under no condition.
    uses_keys "whether it may use all KMS keys": Texts = &[AUTHORIZATION_DETAILS];
    /// Statements that allow secretsmanager:GetSecretValue on all secrets under no condition, within its permissions
    /// boundary. Empty where administrator is true, as are the following.
    reads_every_secret "whether it may read every secret": Texts = &[AUTHORIZATION_DETAILS];
    /// Statements that allow ssm:GetParameter, GetParameters, GetParametersByPath or GetParameterHistory on all
    /// parameters under no condition.
    reads_every_parameter "whether it may read every parameter": Texts = &[AUTHORIZATION_DETAILS];
    /// Statements that allow s3:GetObject or s3:GetObjectVersion on all objects under no condition.
    reads_every_object "whether it may read every object": Texts = &[AUTHORIZATION_DETAILS];
    /// Statements that allow kms:Decrypt or kms:ReEncryptFrom on all keys under no condition.
    decrypts_with_every_key "whether it may decrypt with every key": Texts = &[AUTHORIZATION_DETAILS];
    /// Statements that allow sts:AssumeRole on all roles under no condition.
    assumes_every_role "whether it may assume every role": Texts = &[AUTHORIZATION_DETAILS];
    /// Actions that return data (data/policy/exposures.toml), allowed on all resources under no condition.
    data_exfiltration "which data it may read on all resources": Texts = &[AUTHORIZATION_DETAILS];
    /// Actions that return credentials (data/policy/exposures.toml), allowed on all resources under no condition.
    credentials_exposure "which credentials it may obtain on all resources": Texts = &[AUTHORIZATION_DETAILS];
    /// Services with the number of actions that change who may reach a resource, allowed on all resources under no
    /// condition: `s3 (14 actions)`.
    resource_exposure "what it may share on all resources": Texts = &[AUTHORIZATION_DETAILS];
    /// Services with the number of actions that write, tag or manage permissions and that a policy could limit to
    /// some resources, allowed on all of them under no condition.
    infrastructure_modification "what it may change on all resources": Texts = &[AUTHORIZATION_DETAILS];
    /// Its shortest way to an administrator in steps, by trust policies and ways of escalation; empty for
    /// administrators and where these policies show none.
    way_to_administrator: Texts = &[AUTHORIZATION_DETAILS], title "Path to administrator in steps";
    /// How certain that path is: `unconditional`, `with MFA` (each step needs at most a sign-in with MFA), or
    /// `conditional`; `none` without a path, and `administrator` for administrators.
    path_to_administrator "whether it has a path to administrator": Text = &[AUTHORIZATION_DETAILS];
}

/// The path that an ARN holds, where no other answer gives it.
pub fn path_in_arn(id: &str, path: Observed<String>) -> Observed<String> {
    let in_arn = || {
        let (_, resource) = id.splitn(6, ':').nth(5)?.split_once('/')?;
        Some(resource.rsplit_once('/').map_or_else(|| "/".to_owned(), |(path, _)| format!("/{path}/")))
    };
    match path {
        Observed::Gap(gap) if is_arn(id) => in_arn().map_or(Observed::Gap(gap), Observed::Known),
        path => path,
    }
}

/// What is worked out of a principal, or the gap in its place.
fn powers(analysis: &Analysis, arn: &str, gap: &Arc<Gap>) -> Powers {
    analysis.get(arn).map_or_else(|| Powers::unknown(gap), |one| Powers::of(one, analysis))
}

pub fn administrator(analysis: &Analysis, arn: &str, unseen: &Arc<Gap>) -> Observed<bool> {
    analysis.get(arn).map_or_else(|| Observed::Gap(Arc::clone(unseen)), Analysed::is_administrator)
}

pub fn absent_detail(arn: &str) -> Arc<Gap> {
    gap(AUTHORIZATION_DETAILS, GapKind::Absent, format!("the authorization details do not hold {arn}"))
}

/// Whatever policies can be given to: every user, group and role of their own populations.
pub fn principals(
    join: &Join<'_>,
    (sources, complete): (&Sources, &Completeness),
    (groups, roles): (&Population<Group>, &Population<Role>),
    analysis: &Analysis,
    times: &Times,
) -> Population<Principal> {
    let users = join.users.iter().map(|user| {
        let detail = user.detail.as_ref();
        let boundary = detail.clone().map(|detail: &&UserItem| detail.boundary.clone());
        let given = Given::of(
            detail.as_ref().and_then(|detail| detail.holdings.attached.clone()),
            detail.and_then(|detail| detail.holdings.inline_names()),
            boundary,
        );
        principal("user", user.id, given, analysis, times)
    });
    let groups = groups.subjects.iter().map(|group| {
        let (attached, inline) = (group.attached_policies.clone(), group.inline_policies.clone());
        principal("group", &group.id, Given::of(attached, inline, Observed::Known(None)), analysis, times)
    });
    let roles = roles.subjects.iter().map(|role| {
        let given = Given {
            attached: role.attached_policies.clone(),
            inline: role.inline_policies.clone(),
            boundary: role.permissions_boundary.clone(),
            service_linked: role.service_linked.clone(),
            identity_center: role.identity_center.clone(),
        };
        principal("role", &role.id, given, analysis, times)
    });
    let mut subjects: Vec<Principal> = users.chain(groups).chain(roles).collect();
    subjects.sort_by(|one, other| one.id.cmp(&other.id));
    let gaps = [&sources.details.gap, &sources.users.gap, &sources.roles.gap].into_iter().flatten().cloned();
    // Users and roles that a list names are among the subjects, whatever they hold.
    let lists = [&complete.users, &complete.groups, &complete.roles, &complete.uncounted_holders];
    let gaps = gaps.chain(lists.into_iter().flatten().cloned()).collect();
    Population { subjects, gaps }
}

/// What stands in the details of a principal.
struct Given {
    attached: Observed<Vec<String>>,
    inline: Observed<Vec<String>>,
    boundary: Observed<Option<String>>,
    service_linked: Observed<bool>,
    identity_center: Observed<bool>,
}

impl Given {
    /// Of a user or group, whom neither a service nor Identity Center makes.
    fn of(attached: Observed<Vec<String>>, inline: Observed<Vec<String>>, boundary: Observed<Option<String>>) -> Self {
        Self {
            attached,
            inline,
            boundary,
            service_linked: Observed::Known(false),
            identity_center: Observed::Known(false),
        }
    }
}

fn principal(kind: &str, arn: &str, given: Given, analysis: &Analysis, times: &Times) -> Principal {
    let gap = given.attached.gap().cloned().unwrap_or_else(|| absent_detail(arn));
    let powers = powers(analysis, arn, &gap);
    let exposed = analysis.get(arn).map_or_else(|| Exposed::unknown(&gap), Exposed::of);
    Principal {
        id: arn.to_owned(),
        label: format!("{kind} {}", name_of(arn)),
        as_of: times.started,
        kind: Observed::Known(kind.to_owned()),
        name: Observed::Known(name_of(arn).to_owned()),
        service_linked: given.service_linked,
        identity_center: given.identity_center,
        attached_policies: given.attached,
        inline_policies: given.inline,
        permissions_boundary: given.boundary,
        holds_full_admin_policy: powers.holds_full_admin_policy,
        administrator: powers.administrator,
        escalation_paths: powers.escalation_paths,
        scoped_escalation_paths: powers.scoped_escalation_paths,
        passes_every_role: powers.passes_every_role,
        creates_principals_freely: powers.creates_principals_freely,
        administers_iam: powers.administers_iam,
        administers_audit_trail: powers.administers_audit_trail,
        administers_keys: powers.administers_keys,
        uses_keys: powers.uses_keys,
        reads_every_secret: exposed.reads_every_secret,
        reads_every_parameter: exposed.reads_every_parameter,
        reads_every_object: exposed.reads_every_object,
        decrypts_with_every_key: exposed.decrypts_with_every_key,
        assumes_every_role: exposed.assumes_every_role,
        data_exfiltration: exposed.data_exfiltration,
        credentials_exposure: exposed.credentials_exposure,
        resource_exposure: exposed.resource_exposure,
        infrastructure_modification: exposed.infrastructure_modification,
        way_to_administrator: powers.way_to_administrator,
        path_to_administrator: powers.path_to_administrator,
    }
}
