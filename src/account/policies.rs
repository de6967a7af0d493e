//! Policies: managed ones by ARN, inline ones by holder and name.

use super::analysis::list;
use super::completeness::Completeness;
use super::details::{InlineItem, PolicyItem};
use super::document::PolicyText;
use super::fact::{AUTHORIZATION_DETAILS, CUSTOMER_POLICY, Gap, GapKind, Observed, subject};
use super::gaps::{counted, gap};
use super::purpose::Purpose;
use super::sources::Sources;
use super::statements;
use super::{Disagreement, Population, Times};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

type Text = String;
type Texts = Vec<String>;

subject! {
    /// A policy: customer managed, AWS managed in use in this account, or inline in a user, group or role.
    Policy = "policy" as "policy", "policies", from &[AUTHORIZATION_DETAILS];
    /// `customer managed`, `AWS managed` or `inline`.
    kind "which kind of policy it is": Text = &[AUTHORIZATION_DETAILS];
    /// Policy name.
    name "the policy's name": Text = &[AUTHORIZATION_DETAILS];
    /// Users, groups and roles that have it as a permissions policy (`role Admin`).
    holders "who holds the policy": Texts = &[AUTHORIZATION_DETAILS], title "Held by", none "nobody";
    /// Users, groups and roles it is attached to, as AWS counts them; 1 for an inline policy.
    attachments "how often the policy is attached": i64 = &[AUTHORIZATION_DETAILS], compared false;
    /// Users and roles that have it as their permissions boundary, as AWS counts them.
    boundary_uses "how often the policy is used as a permissions boundary": i64 = &[AUTHORIZATION_DETAILS],
        title "Uses as boundary", compared false;
    /// The version in force allows every action on every resource, in any spelling (`*`, `*:*`, `**`, lists
    /// that hold one of them or add up to it, all resources of the account, NotAction or NotResource that leaves
    /// nothing or almost nothing out).
    /// Conditions and denials do not change it; they are told beside it.
    grants_full_admin "whether the policy grants full administration": bool = &[AUTHORIZATION_DETAILS],
        title "Grants full administration";
    /// What a full grant allows, in words: `every action except s3:* on every resource`; null if it grants less.
    full_grant "what a full grant allows": Option<String> = &[AUTHORIZATION_DETAILS];
    /// Whether a condition or a denial mitigates a full grant, in words; null if not.
    mitigation "whether anything mitigates the policy's grant": Option<String> = &[AUTHORIZATION_DETAILS],
        title "Mitigated by", none "", compared false;
    /// Statements of the version in force that allow every action of a service by a wildcard (`s3:*`), on whatever
    /// resources and under whatever conditions; NotAction counts where it leaves a whole service in. Statements of the
    /// same policy that deny some of these actions are named beside it.
    full_service_access "whether the policy grants whole services": Texts = &[AUTHORIZATION_DETAILS], compared false;
    /// Statements that allow with NotAction: everything but what they name, future actions included.
    allows_by_not_action "whether the policy allows by NotAction": Texts = &[AUTHORIZATION_DETAILS], compared false;
    /// Statements that allow with NotResource: on everything but what they name, future resources included.
    allows_by_not_resource "whether the policy allows by NotResource": Texts = &[AUTHORIZATION_DETAILS], compared false;
    /// Versions not in force that grant full administration; putting one in force takes one call.
    old_versions_with_full_admin "whether an earlier version of the policy grants full administration": Texts =
        &[AUTHORIZATION_DETAILS], compared false;
    /// Versions kept; 1 for an inline policy.
    versions: i64 = &[AUTHORIZATION_DETAILS], compared false;
    /// Last change of the version in force; null where AWS does not say (inline).
    updated: Option<Timestamp> = &[AUTHORIZATION_DETAILS], none "not stated", compared false;
    /// What a customer managed policy says it is for; null if it says nothing, and for policies of other kinds. Known
    /// where `--depth deep` asked, or where the authorization details happen to hold it.
    description "the policy's description": Option<String> = &[CUSTOMER_POLICY, AUTHORIZATION_DETAILS];
    /// Tags of a customer managed policy as `key=value`, sorted; empty for policies of other kinds. Known where
    /// `--depth deep` asked.
    tags "the policy's tags": Texts = &[CUSTOMER_POLICY];
}

/// Every policy of the authorization details, and where AWS's count of attachments is not what its lists show.
pub fn read(sources: &Sources, complete: &Completeness, times: &Times) -> (Population<Policy>, Vec<Disagreement>) {
    let details = &sources.details;
    let mut holders: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut subjects = Vec::new();
    // Whoever is not seen may hold inline policies.
    let mut gaps = complete.holdings.clone();
    // What keeps the lists of holders from being whole.
    let mut unlisted = complete.holdings.first().cloned();
    let mut all_known = details.gap.is_none();
    for (kind, name, arn, holdings) in details.data.holders() {
        let holder = format!("{kind} {name}");
        match &holdings.attached {
            Observed::Known(attached) => {
                for policy in attached {
                    holders.entry(policy).or_default().push(holder.clone());
                }
            }
            Observed::Gap(gap) => {
                all_known = false;
                unlisted = unlisted.or_else(|| Some(Arc::clone(gap)));
            }
        }
        match &holdings.inline {
            Observed::Known(items) => subjects.extend(items.iter().map(|policy| inline(policy, arn, &holder, times))),
            Observed::Gap(gap) => gaps.push(Arc::clone(gap)),
        }
    }
    let uncounted = uncounted(&details.data.policies);
    let bounded = details.data.bounded_by();
    let mut disagreements = Vec::new();
    for policy in &details.data.policies {
        let mut held_by = holders.remove(policy.arn.as_str()).unwrap_or_default();
        held_by.sort();
        if all_known {
            disagreements.extend(disagreement(policy, &held_by));
        }
        let bounds = bounded.get(policy.arn.as_str()).copied().unwrap_or(0);
        if details.gap.is_none() {
            disagreements.extend(disagreement_on_bounds(policy, bounds));
        }
        let boundary_uses = boundary_uses(policy, bounds, details.gap.as_ref(), &uncounted);
        let purpose = Purpose::of(policy, &sources.policies);
        // Where AWS counts no more holders than are seen, these are all.
        let found = i64::try_from(held_by.len()).unwrap_or(i64::MAX);
        let counted = details.gap.is_none() && policy.attachments.is_some_and(|count| count <= found);
        let unlisted = unlisted.as_ref().filter(|_| !counted);
        subjects.push(managed(policy, held_by, unlisted, (boundary_uses, purpose), times));
    }
    gaps.extend(complete.policies.iter().cloned());
    subjects.sort_by(|one, other| one.id.cmp(&other.id));
    (Population { subjects, gaps }, disagreements)
}

/// One gap for all policies whose uses as a boundary AWS does not count.
fn uncounted(policies: &[PolicyItem]) -> Arc<Gap> {
    let count = policies.iter().filter(|policy| policy.boundary_uses.is_none()).count();
    let count = if count == 1 { "1 policy".to_owned() } else { format!("{count} policies") };
    let reason =
        format!("the authorization details do not say how often each policy is a permissions boundary ({count})");
    gap(AUTHORIZATION_DETAILS, GapKind::Absent, reason)
}

/// How often AWS counts the policy as a boundary, unless those who have one refute it: a policy is in use, or is no
/// more than a boundary, by this count alone.
fn boundary_uses(policy: &PolicyItem, found: i64, part: Option<&Arc<Gap>>, uncounted: &Arc<Gap>) -> Observed<i64> {
    let conflict = |reason| Observed::Gap(gap(AUTHORIZATION_DETAILS, GapKind::Conflict, reason));
    match policy.boundary_uses {
        None => Observed::Gap(Arc::clone(uncounted)),
        Some(0) if found > 0 => {
            conflict(format!("AWS counts no use of {} as a boundary, but it is the boundary of {found}", policy.arn))
        }
        Some(count) if count > 0 && found == 0 && part.is_none() => {
            let uses = counted(count, "use");
            conflict(format!(
                "AWS counts {uses} of {} as a boundary, but the evidence shows no user or role with it",
                policy.arn
            ))
        }
        Some(count) => Observed::Known(count),
    }
}

fn managed(
    policy: &PolicyItem,
    holders: Vec<String>,
    part: Option<&Arc<Gap>>,
    (boundary_uses, purpose): (Observed<i64>, Purpose),
    times: &Times,
) -> Policy {
    // That a policy is attached to nobody must not rest on a count which the lists refute.
    let attachments = match policy.attachments {
        Some(0) if !holders.is_empty() => {
            let reason = format!("AWS counts no attachment of {}, but {} hold it", policy.arn, holders.join(", "));
            Observed::Gap(gap(AUTHORIZATION_DETAILS, GapKind::Conflict, reason))
        }
        Some(count) => Observed::Known(count),
        None => {
            let reason = format!("the authorization details do not count the attachments of {}", policy.arn);
            Observed::Gap(gap(AUTHORIZATION_DETAILS, GapKind::Absent, reason))
        }
    };
    // Nor are those who are seen all holders where AWS counts more.
    let found = i64::try_from(holders.len()).unwrap_or(i64::MAX);
    let unlisted = policy.attachments.filter(|count| *count > found).map(|count| {
        let attachments = counted(count, "attachment");
        let reason = format!("AWS counts {attachments} of {}, and the evidence shows {found}", policy.arn);
        gap(AUTHORIZATION_DETAILS, GapKind::Conflict, reason)
    });
    let part = unlisted.as_ref().or(part);
    Policy {
        id: policy.arn.clone(),
        label: policy.name.clone(),
        as_of: times.started,
        kind: Observed::Known(if policy.aws_managed() { "AWS managed" } else { "customer managed" }.to_owned()),
        name: Observed::Known(policy.name.clone()),
        holders: part.map_or(Observed::Known(holders), |gap| Observed::Gap(Arc::clone(gap))),
        attachments,
        boundary_uses,
        grants_full_admin: policy.text.full(),
        mitigation: mitigation(&policy.text),
        full_service_access: statements::full_service_access(&policy.text),
        allows_by_not_action: statements::by_not_action(&policy.text),
        allows_by_not_resource: statements::by_not_resource(&policy.text),
        full_grant: full_grant(&policy.text),
        old_versions_with_full_admin: old_versions(policy),
        versions: policy.versions.as_ref().map(|versions| i64::try_from(versions.len()).unwrap_or(i64::MAX)),
        updated: policy.versions.as_ref().map(|_| policy.updated),
        description: purpose.description,
        tags: purpose.tags,
    }
}

fn inline(policy: &InlineItem, owner: &str, holder: &str, times: &Times) -> Policy {
    let purpose = Purpose::none();
    Policy {
        id: format!("{owner}#inline/{}", policy.name),
        label: format!("{} of {holder}", policy.name),
        as_of: times.started,
        kind: Observed::Known("inline".to_owned()),
        name: Observed::Known(policy.name.clone()),
        holders: Observed::Known(vec![holder.to_owned()]),
        attachments: Observed::Known(1),
        boundary_uses: Observed::Known(0),
        grants_full_admin: policy.text.full(),
        mitigation: mitigation(&policy.text),
        full_service_access: statements::full_service_access(&policy.text),
        allows_by_not_action: statements::by_not_action(&policy.text),
        allows_by_not_resource: statements::by_not_resource(&policy.text),
        full_grant: full_grant(&policy.text),
        old_versions_with_full_admin: Observed::Known(Vec::new()),
        versions: Observed::Known(1),
        updated: Observed::Known(None),
        description: purpose.description,
        tags: purpose.tags,
    }
}

/// What a full grant allows, in words.
fn full_grant(text: &PolicyText) -> Observed<Option<String>> {
    let extent = text.everything.as_ref().map(|everything| everything.extent.clone());
    text.full().map(|_| extent)
}

/// Known also where a text grants everything and is not understood as a whole.
fn mitigation(text: &PolicyText) -> Observed<Option<String>> {
    let mitigation = text.everything.as_ref().and_then(|everything| everything.mitigation.clone());
    text.full().map(|_| mitigation)
}

/// Versions that are not in force and grant everything, by id.
pub fn old_versions(policy: &PolicyItem) -> Observed<Vec<String>> {
    let full = policy.others().filter(|version| version.text.everything.is_some());
    let found = full.map(|version| version.id.clone().unwrap_or_else(|| "(without id)".to_owned())).collect();
    let unread = policy.others().find_map(|version| version.text.gap.as_ref());
    list(found, unread.or(policy.versions.gap()))
}

fn disagreement(policy: &PolicyItem, holders: &[String]) -> Option<Disagreement> {
    let counted = policy.attachments?;
    let found = i64::try_from(holders.len()).unwrap_or(i64::MAX);
    (counted != found).then(|| Disagreement {
        subject: policy.arn.clone(),
        about: "attachments".to_owned(),
        says: vec![
            (AUTHORIZATION_DETAILS, format!("AWS counts {counted}")),
            (AUTHORIZATION_DETAILS, format!("its lists of users, groups and roles show {found}")),
        ],
        explanation: Some("the policy was probably attached or detached while the evidence was collected".to_owned()),
    })
}

fn disagreement_on_bounds(policy: &PolicyItem, found: i64) -> Option<Disagreement> {
    let counted = policy.boundary_uses.filter(|counted| *counted != found)?;
    Some(Disagreement {
        subject: policy.arn.clone(),
        about: "uses as a permissions boundary".to_owned(),
        says: vec![
            (AUTHORIZATION_DETAILS, format!("AWS counts {counted}")),
            (AUTHORIZATION_DETAILS, format!("its lists of users and roles show {found}")),
        ],
        explanation: Some("the boundary was probably set or removed while the evidence was collected".to_owned()),
    })
}
