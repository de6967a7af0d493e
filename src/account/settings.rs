//! Facts of the account as a whole: who holds two AWS-managed policies, and the password policy.

use super::analysis::list;
use super::completeness::Completeness;
use super::details::Details;
use super::evidence::PasswordPolicyMembers;
use super::fact::{
    AUTHORIZATION_DETAILS, CALLER_IDENTITY, CLOUDSHELL_ENTITIES, Evidence, Gap, GapKind, Observed, PASSWORD_POLICY,
    SUPPORT_ENTITIES, subject,
};
use super::gaps::{gap, some_names};
use super::identity::Place;
use super::sources::{Entities, Sources};
use super::{Disagreement, Times};
use std::sync::Arc;

type Text = String;
type Texts = Vec<String>;

subject! {
    /// The AWS account itself; the subject of requirements that the account as a whole meets.
    AccountFacts = "account" as "account", "account", from &[];
    /// Partition: aws, aws-cn, aws-us-gov …
    partition "which AWS partition the account is in": Text = &[CALLER_IDENTITY];
    /// Roles that hold the AWS-managed policy AWSSupportAccess as a permissions policy.
    support_roles "which roles hold AWSSupportAccess": Texts = &[SUPPORT_ENTITIES],
        title "Roles that hold AWSSupportAccess";
    /// Users, groups and roles that hold AWSSupportAccess as a permissions policy.
    support_principals "who holds AWSSupportAccess": Texts = &[SUPPORT_ENTITIES],
        title "Users, groups and roles that hold AWSSupportAccess";
    /// Users, groups and roles that hold the AWS-managed policy AWSCloudShellFullAccess.
    cloudshell_full_access_principals "who holds AWSCloudShellFullAccess": Texts = &[CLOUDSHELL_ENTITIES],
        title "Users, groups and roles that hold AWSCloudShellFullAccess";
}

subject! {
    /// The account's password policy for IAM users; where none is set, AWS's default applies (8 characters,
    /// no password-reuse prevention).
    PasswordPolicy = "password_policy" as "password_policy", "password policy", from &[];
    /// The account has set a password policy of its own.
    exists "whether the account has a password policy of its own": bool = &[PASSWORD_POLICY],
        title "The account has set a policy of its own";
    /// Minimum length in characters.
    minimum_length "the minimum length of a password": i64 = &[PASSWORD_POLICY], title "Minimum length in characters";
    /// Earlier passwords that cannot be used again; null if not set.
    reuse_prevention "how many earlier passwords are remembered": Option<i64> = &[PASSWORD_POLICY],
        title "Earlier passwords that cannot be used again";
    /// An upper-case letter is required.
    requires_uppercase "whether an upper-case letter is required": bool = &[PASSWORD_POLICY],
        title "An upper-case letter is required";
    /// A lower-case letter is required.
    requires_lowercase "whether a lower-case letter is required": bool = &[PASSWORD_POLICY],
        title "A lower-case letter is required";
    /// A symbol is required.
    requires_symbol "whether a symbol is required": bool = &[PASSWORD_POLICY], title "A symbol is required";
    /// A digit is required.
    requires_number "whether a number is required": bool = &[PASSWORD_POLICY], title "A digit is required";
    /// Days until a password expires; null if passwords do not expire.
    maximum_age "when passwords expire": Option<i64> = &[PASSWORD_POLICY], title "Days until a password expires";
}

/// The account as one subject.
pub fn account(
    partition: Observed<String>,
    (sources, complete): (&Sources, &Completeness),
    place: &Place,
    times: &Times,
) -> AccountFacts {
    let unnamed = |evidence, entities: &Entities| unnamed(evidence, entities, sources, complete, place);
    let support = sources.support.as_ref().and_then(|entities| {
        let attached = attached(SUPPORT_ENTITIES, &sources.details.data, place);
        if sources.details.gap.is_some() || !attached.whole || holders(entities) == attached.names {
            return Observed::Known(entities);
        }
        let reason = format!("{SUPPORT_ENTITIES} and the authorization details name different holders of the policy");
        Observed::Gap(gap(SUPPORT_ENTITIES, GapKind::Conflict, reason))
    });
    AccountFacts {
        id: place.account.clone(),
        label: format!("account {}", place.account),
        as_of: times.started,
        partition,
        support_roles: support
            .clone()
            .and_then(|entities| list(sorted(entities.roles.clone()), unnamed(SUPPORT_ENTITIES, entities).as_ref())),
        support_principals: support
            .and_then(|entities| list(holders(entities), unnamed(SUPPORT_ENTITIES, entities).as_ref())),
        cloudshell_full_access_principals: sources.cloudshell.as_ref().and_then(|entities| {
            // Whoever holds it by either source holds it.
            let mut names = holders(entities);
            names.extend(attached(CLOUDSHELL_ENTITIES, &sources.details.data, place).names);
            names.sort();
            names.dedup();
            list(names, unnamed(CLOUDSHELL_ENTITIES, entities).as_ref())
        }),
    }
}

/// Holders of a policy whom its own list does not name: AWS counts more, or the list was supplied empty and the
/// authorization details do not show that no user, group or role holds it.
fn unnamed(
    evidence: Evidence,
    entities: &Entities,
    sources: &Sources,
    complete: &Completeness,
    place: &Place,
) -> Option<Arc<Gap>> {
    let arn = arn_of(evidence, place);
    let named = i64::try_from(holders(entities).len()).unwrap_or(i64::MAX);
    let policy = sources.details.data.policies.iter().find(|policy| policy.arn == arn);
    let counted = policy.and_then(|policy| policy.attachments).unwrap_or(0);
    if counted > named {
        let attachments = crate::account::gaps::counted(counted, "attachment");
        let reason = format!("AWS counts {attachments} of {arn}, and {evidence} names {named}");
        return Some(gap(evidence, GapKind::Conflict, reason));
    }
    complete.holdings.first().filter(|_| complete.supplied && named == 0).cloned()
}

/// The ARN of the AWS managed policy that a list of holders is about.
fn arn_of(evidence: Evidence, place: &Place) -> String {
    format!("arn:{}:iam::aws:policy/{}", place.partition, evidence.about.unwrap_or_default())
}

fn holders(entities: &Entities) -> Vec<String> {
    let users = entities.users.iter().map(|name| format!("user {name}"));
    let groups = entities.groups.iter().map(|name| format!("group {name}"));
    let roles = entities.roles.iter().map(|name| format!("role {name}"));
    sorted(users.chain(groups).chain(roles).collect())
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

/// Where the policy's own list of holders and the authorization details differ.
pub fn disagreements(sources: &Sources, place: &Place) -> Vec<Disagreement> {
    if sources.details.gap.is_some() {
        return Vec::new();
    }
    [(SUPPORT_ENTITIES, &sources.support), (CLOUDSHELL_ENTITIES, &sources.cloudshell)]
        .into_iter()
        .filter_map(|(evidence, entities)| compare(evidence, entities.known()?, &sources.details.data, place))
        .collect()
}

/// Who holds a policy by the authorization details, and whether they say of everybody what is attached.
struct Attached {
    names: Vec<String>,
    whole: bool,
}

fn attached(evidence: Evidence, details: &Details, place: &Place) -> Attached {
    let arn = arn_of(evidence, place);
    let held =
        details.holders().filter(|(.., holdings)| holdings.attached.known().is_some_and(|all| all.contains(&arn)));
    Attached {
        names: sorted(held.map(|(kind, name, ..)| format!("{kind} {name}")).collect()),
        whole: details.holders().all(|(.., holdings)| holdings.attached.known().is_some()),
    }
}

fn compare(evidence: Evidence, entities: &Entities, details: &Details, place: &Place) -> Option<Disagreement> {
    let arn = arn_of(evidence, place);
    let listed = holders(entities);
    let Attached { names: found, whole } = attached(evidence, details, place);
    let words = |names: &[String]| match names {
        [] => "no user, group or role holds it".to_owned(),
        names => format!("held by {}", some_names(names.iter().map(String::as_str))),
    };
    (whole && listed != found).then(|| Disagreement {
        subject: arn,
        about: "holders".to_owned(),
        says: vec![(evidence, words(&listed)), (AUTHORIZATION_DETAILS, words(&found))],
        explanation: Some(
            "it was attached or detached while the evidence was collected, or one list was filtered".to_owned(),
        ),
    })
}

/// The password policy; where none is set, what AWS applies instead: eight characters, no memory of
/// earlier passwords, no expiry, and none of the four requirements of its own accord.
pub fn password_policy(sources: &Sources, place: &Place, times: &Times) -> PasswordPolicy {
    let policy = &sources.password_policy;
    let number = |name: &str, of: fn(&PasswordPolicyMembers) -> Option<i64>, default: i64| {
        let set =
            policy.as_ref().and_then(|set| set.as_ref().map_or(Observed::Known(default), |set| present(of(set), name)));
        set.and_then(|value| within(value, 1..=128, name))
    };
    let required = |name: &str, of: fn(&PasswordPolicyMembers) -> Option<bool>| {
        policy.as_ref().and_then(|set| set.as_ref().map_or(Observed::Known(false), |set| present(of(set), name)))
    };
    PasswordPolicy {
        id: format!("{}#password-policy", place.account),
        label: "password policy".to_owned(),
        as_of: times.started,
        exists: policy.as_ref().map(Option::is_some),
        minimum_length: number("MinimumPasswordLength", |set| set.minimum_password_length, 8),
        // AWS leaves this member out where it is not set.
        reuse_prevention: policy.as_ref().and_then(|set| {
            match set.as_ref().and_then(|set| set.password_reuse_prevention) {
                // An answer without any other member does not say either that this one is not set.
                None if set.as_ref().is_some_and(|set| set.minimum_password_length.is_none()) => {
                    present(None, "PasswordReusePrevention")
                }
                None => Observed::Known(None),
                Some(count) => within(count, 0..=24, "PasswordReusePrevention").map(Some),
            }
        }),
        requires_uppercase: required("RequireUppercaseCharacters", |set| set.require_uppercase_characters),
        requires_lowercase: required("RequireLowercaseCharacters", |set| set.require_lowercase_characters),
        requires_symbol: required("RequireSymbols", |set| set.require_symbols),
        requires_number: required("RequireNumbers", |set| set.require_numbers),
        maximum_age: policy.as_ref().and_then(|set| set.as_ref().map_or(Observed::Known(None), maximum_age)),
    }
}

/// `ExpirePasswords` says whether `MaxPasswordAge` holds; AWS leaves the latter out, or zero, where it does not.
fn maximum_age(set: &PasswordPolicyMembers) -> Observed<Option<i64>> {
    match (set.expire_passwords, set.max_password_age) {
        (Some(false), _) => Observed::Known(None),
        (Some(true), Some(days)) => within(days, 1..=1095, "MaxPasswordAge").map(Some),
        (Some(true), None) => present(None, "MaxPasswordAge"),
        (None, _) => present(None, "ExpirePasswords"),
    }
}

/// A number that AWS can say.
fn within(value: i64, range: std::ops::RangeInclusive<i64>, name: &str) -> Observed<i64> {
    if range.contains(&value) {
        return Observed::Known(value);
    }
    let reason = format!("the password policy says {name} is {value}, which AWS does not allow");
    Observed::Gap(gap(PASSWORD_POLICY, GapKind::Unreadable, reason))
}

fn present<T>(value: Option<T>, name: &str) -> Observed<T> {
    let missing = || gap(PASSWORD_POLICY, GapKind::Absent, format!("the password policy does not hold {name}"));
    value.map_or_else(|| Observed::Gap(missing()), Observed::Known)
}
