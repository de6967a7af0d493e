//! What a principal's policies come to, as facts: full administration, ways to more, and powers that
//! should not meet in one hand.

use super::own_change::sets_version;
use super::{Analysed, Analysis};
use crate::account::fact::{Gap, Observed};
use crate::policy::escalation::{Certainty, Grade, Path};
use crate::policy::grants::{Granted, Grants, Scope, admits_administrator};
use std::sync::Arc;

type Texts = Vec<String>;

/// Facts of a user, group or role.
pub struct Powers {
    pub holds_full_admin_policy: Observed<bool>,
    pub administrator: Observed<bool>,
    pub escalation_paths: Observed<Texts>,
    pub scoped_escalation_paths: Observed<Texts>,
    pub passes_every_role: Observed<Texts>,
    pub creates_principals_freely: Observed<Texts>,
    pub administers_iam: Observed<Texts>,
    pub administers_audit_trail: Observed<Texts>,
    pub administers_keys: Observed<Texts>,
    pub uses_keys: Observed<Texts>,
    pub way_to_administrator: Observed<Texts>,
    pub path_to_administrator: Observed<String>,
}

/// Any one of these on everything gives permissions to its holder or to anybody.
const IAM: &[&str] = &[
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
];
/// Any one of these stops or empties the records of what was done.
const AUDIT_TRAIL: &[&str] = &[
    "cloudtrail:DeleteEventDataStore",
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:StopEventDataStoreIngestion",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateEventDataStore",
    "cloudtrail:UpdateTrail",
    "config:DeleteConfigurationRecorder",
    "config:DeleteDeliveryChannel",
    "config:PutConfigurationRecorder",
    "config:PutDeliveryChannel",
    "config:StopConfigurationRecorder",
];
/// Any one of these decides who may use a key, or ends its use.
const KEYS: &[&str] = &[
    "kms:CreateGrant",
    "kms:DeleteImportedKeyMaterial",
    "kms:DisableKey",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion",
];
/// Any one of these works with a key on data.
const KEY_USE: &[&str] = &[
    "kms:Decrypt",
    "kms:DeriveSharedSecret",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GenerateMac",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:Sign",
    "kms:Verify",
    "kms:VerifyMac",
];
const CREATION: &[&str] = &["iam:CreateRole", "iam:CreateUser"];

impl Powers {
    /// Of somebody whom the details hold.
    pub fn of(one: &Analysed, analysis: &Analysis) -> Self {
        let gap = one.gap.as_ref();
        let full = one.held.iter().any(|held| held.text.everything.is_some());
        let holds = if full { Observed::Known(true) } else { unless(false, gap) };
        let (regained, unread) = regained(one);
        // A version that grants everything is named by itself.
        let has_regained = !regained.is_empty();
        let ways = |open: bool| -> Texts {
            let named = |path: &Path| has_regained && sets_version(path);
            let these = one.paths.iter().filter(|path| path.is_open() == open && !named(path));
            these.map(|path| path_words(path, &one.arn)).collect()
        };
        let mut unrestricted = ways(true);
        if !full && let Some(admin) = &one.grants.full_admin {
            let places = places(&one.grants, &admin.statements);
            unrestricted.push(format!("its policies make it an administrator together ({places})"));
        }
        unrestricted.extend(regained);
        // Whether a trust policy names an identity provider that the account lacks.
        let provider = analysis.saml_providers_gap.as_ref().filter(|_| one.paths.iter().any(|path| path.way.absent));
        let undecided = one.undecided.as_ref();
        let unread = unread.as_ref().or(provider).or(undecided).cloned();
        let passing = if full && one.grants.is_full_admin() { Vec::new() } else { passing(&one.grants) };
        Self {
            holds_full_admin_policy: holds,
            administrator: one.is_administrator(),
            escalation_paths: list(unrestricted, gap.or(unread.as_ref())),
            scoped_escalation_paths: list(ways(false), gap),
            passes_every_role: list(passing, gap),
            creates_principals_freely: match &one.cap_gap {
                // What a boundary forbids or allows that was not read as a whole is not known.
                Some(gap) if !creating(one, false).is_empty() => Observed::Gap(Arc::clone(gap)),
                _ => list(creating(one, true), gap),
            },
            administers_iam: list(on_everything(&one.grants, IAM), gap),
            administers_audit_trail: list(on_everything(&one.grants, AUDIT_TRAIL), gap),
            administers_keys: list(on_everything(&one.grants, KEYS), gap),
            uses_keys: list(on_everything(&one.grants, KEY_USE), gap),
            way_to_administrator: match &one.way {
                Some(way) => Observed::Known(way.steps.clone()),
                // A gap in anybody's policies can hide a step.
                None => unless(Vec::new(), gap.or(undecided).or(analysis.any_gap.as_ref())),
            },
            path_to_administrator: path_to_administrator(one, gap.or(undecided).or(analysis.any_gap.as_ref())),
        }
    }

    /// Of somebody whom the details lack.
    pub fn unknown(gap: &Arc<Gap>) -> Self {
        let list = || Observed::Gap(Arc::clone(gap));
        let flag = || Observed::Gap(Arc::clone(gap));
        Self {
            holds_full_admin_policy: flag(),
            administrator: flag(),
            escalation_paths: list(),
            scoped_escalation_paths: list(),
            passes_every_role: list(),
            creates_principals_freely: list(),
            administers_iam: list(),
            administers_audit_trail: list(),
            administers_keys: list(),
            uses_keys: list(),
            way_to_administrator: list(),
            path_to_administrator: Observed::Gap(Arc::clone(gap)),
        }
    }
}

/// How certain the shortest path to an administrator is. What could not be read can open a path or make one more
/// certain, and an unread boundary can close one.
fn path_to_administrator(one: &Analysed, gap: Option<&Arc<Gap>>) -> Observed<String> {
    if one.kind == "group" {
        return Observed::Known("none".to_owned());
    }
    if let Observed::Known(true) = one.is_administrator() {
        return Observed::Known("administrator".to_owned());
    }
    let words = |certainty: Certainty| Observed::Known(certainty.text().to_owned());
    match &one.way {
        Some(way) if one.cap_gap.is_none() && way.certainty > Certainty::Conditional => words(way.certainty),
        way => {
            let gap = gap.or(one.cap_gap.as_ref().filter(|_| way.is_some()));
            unless(way.as_ref().map_or("none", |way| way.certainty.text()).to_owned(), gap)
        }
    }
}

fn unless<T>(value: T, gap: Option<&Arc<Gap>>) -> Observed<T> {
    gap.map_or(Observed::Known(value), |gap| Observed::Gap(Arc::clone(gap)))
}

/// Whatever is on such a list is too much already; only an empty list needs everything to be read.
pub fn list(found: Texts, gap: Option<&Arc<Gap>>) -> Observed<Texts> {
    if found.is_empty() { unless(found, gap) } else { Observed::Known(found) }
}

/// Versions that grant everything and that somebody can put in force again in a policy of their own; or why that is
/// not known.
fn regained(one: &Analysed) -> (Texts, Option<Arc<Gap>>) {
    let (mut found, mut unread) = (Vec::new(), None);
    let ways = one.paths.iter().filter(|path| path.needs.len() == 1);
    for met in ways.flat_map(|path| &path.needs).filter(|met| met.need.action == "iam:SetDefaultPolicyVersion") {
        for usable in met.by.iter().filter(|usable| usable.grade == Grade::Unrestricted) {
            for held in &one.held {
                if !held.policy.as_ref().is_some_and(|arn| usable.reach.matches(arn)) {
                    continue;
                }
                match &held.old_full {
                    Observed::Known(versions) => found.extend(versions.iter().map(|version| {
                        format!(
                            "Puts version {version} of {}, which grants everything, in force again (by {})",
                            held.label, usable.evidence
                        )
                    })),
                    Observed::Gap(gap) => unread = unread.or_else(|| Some(Arc::clone(gap))),
                }
            }
        }
    }
    found.sort();
    found.dedup();
    (found, unread)
}

/// `Writes an inline policy of its choice into its own role (iam-005; statement 1 of policy x)`.
fn path_words(path: &Path, own: &str) -> String {
    let mut evidence: Vec<String> =
        path.needs.iter().flat_map(|met| &met.by).map(|usable| usable.evidence.to_string()).collect();
    evidence.sort();
    evidence.dedup();
    let says = path.way.says.trim_end_matches('.');
    let mut limits = String::new();
    if path.certainty == Certainty::WithMfa {
        limits.push_str("; with MFA");
    }
    if let Some(administrator) = &path.administrator {
        let name = administrator.splitn(6, ':').nth(5).unwrap_or(administrator);
        let what = if administrator == own { "then becomes" } else { "is" };
        limits.push_str(&format!("; {name} {what} an administrator"));
        if path.lacks_trust {
            limits.push_str(", whose trust policy does not let it in now");
        }
    }
    if let Some(boundary) = &path.boundary {
        limits.push_str(&format!("; the boundary {boundary} could not be read and may cap it"));
    }
    format!("{says} ({}; {}{limits})", path.way.id, some(&evidence))
}

fn some(evidence: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = evidence[..evidence.len().min(SHOWN)].join(", ");
    if evidence.len() > SHOWN { format!("{shown} and {} more", evidence.len() - SHOWN) } else { shown }
}

fn places(grants: &Grants, statements: &[usize]) -> String {
    some(&statements.iter().map(|&at| grants.statements[at].place.to_string()).collect::<Vec<_>>())
}

/// Statements by which any role may be passed to any service, no condition restricting it.
fn passing(grants: &Grants) -> Texts {
    let Some(pass) = grants.passes_role().filter(|pass| pass.scope >= Scope::OfType) else { return Vec::new() };
    let number = crate::policy::actions::table().number("iam:PassRole");
    let broad = |granted: &Granted| number.is_some_and(|number| granted.scope_of(number) >= Scope::OfType);
    let statements = pass.statements.iter().map(|&at| &grants.statements[at]);
    statements.filter(|granted| broad(granted)).map(|granted| granted.place.to_string()).collect()
}

/// Of the actions those that are allowed on all resources, or all of a type, under no condition.
fn on_everything(grants: &Grants, actions: &[&str]) -> Texts {
    let table = crate::policy::actions::table();
    let broad = |action: &&&str| match table.number(action) {
        Some(number) => grants.allows_broadly(number),
        None => grants.allows(action).is_some_and(|allowed| allowed.scope >= Scope::OfType),
    };
    actions.iter().filter(broad).map(|action| (*action).to_owned()).collect()
}

/// Statements by which users or roles can be made without a permissions boundary; `under` the own one or not.
fn creating(one: &Analysed, under: bool) -> Texts {
    let mut found = Vec::new();
    for action in CREATION {
        let by = freely(&one.grants, action);
        // The own boundary must allow it as freely.
        let capped = one.grants.capped_by.as_ref().is_some_and(|cap| freely(&cap.grants, action).is_empty());
        if !(under && capped) {
            found.extend(by.into_iter().map(|place| format!("{action} by {place}")));
        }
    }
    found
}

/// `arn:…:policy/team-boundary`; not `arn:…:policy/?*`, which every policy fits.
fn names_a_policy(value: &str) -> bool {
    value.split_once(":policy/").is_some_and(|(_, name)| name.contains(|letter| !matches!(letter, '*' | '?' | '/')))
}

fn freely(grants: &Grants, action: &str) -> Texts {
    let Some(allowed) = grants.allows(action) else { return Vec::new() };
    let demands = |granted: &&Granted| {
        granted.statement().conditions.iter().any(|condition| {
            condition.key.eq_ignore_ascii_case("iam:PermissionsBoundary")
                && !condition.if_exists
                && condition.set.is_none()
                && matches!(condition.operator.as_str(), "StringEquals" | "StringLike" | "ArnEquals" | "ArnLike")
                && !condition.values.is_empty()
                && condition
                    .values
                    .iter()
                    .all(|value| names_a_policy(value) && !admits_administrator("iam:permissionsboundary", value))
        })
    };
    let statements = allowed.statements.iter().map(|&at| &grants.statements[at]);
    statements.filter(|granted| !demands(granted)).map(|granted| granted.place.to_string()).collect()
}
