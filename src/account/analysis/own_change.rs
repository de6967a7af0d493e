//! What a principal gains by taking off or widening its permissions boundary, or by another version of its policies.
//!
//! The permissions are evaluated again as they would be after the change. Where the principal is an
//! administrator then, or has an open path to one or to a principal that can become one, the path counts as
//! one to an administrator.

use super::removal::denies;
use super::{Analysed, Analysis, Held};
use crate::account::fact::{AUTHORIZATION_DETAILS, Gap, GapKind};
use crate::account::gaps::gap;
use crate::arn::name_of;
use crate::policy::escalation::{self, AccountContext, Certainty, Gives, Grade, Holder, OLD_VERSION, On, Path};
use crate::policy::grants::{Grants, PolicyAnalysis, analyze, union_of};
use crate::policy::parse::parse;
use std::sync::{Arc, LazyLock};

/// What a principal has after a change of itself that it had not before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gain {
    Nothing,
    Something,
    Administrator,
}

/// Compares what is open after the change with the paths that were open before.
///
/// An administrator among the targets of `around` is an administrator, or a principal that can become one.
pub(super) fn gain(
    one: &Analysed,
    grants: &Grants,
    tags: &[String],
    around: &AccountContext<'_>,
    before: &[Path],
) -> Gain {
    let policies = one.own_policies();
    gain_as(one, &Holder { tags, ..one.holder(&policies) }, grants, around, before)
}

/// The same, where the change makes the principal another holder: of other groups, or of other policies.
pub(super) fn gain_as(
    one: &Analysed,
    holder: &Holder<'_>,
    grants: &Grants,
    around: &AccountContext<'_>,
    before: &[Path],
) -> Gain {
    if grants.is_full_admin() {
        return Gain::Administrator;
    }
    // What it gains may let it set its own tags.
    let around = &AccountContext { fixed_tags: false, ..*around };
    let open = escalation::paths_among(holder, grants, around);
    let ends = |path: &Path| path.way.gives == Gives::Administrator || path.administrator.is_some();
    let mut gain = Gain::Nothing;
    for path in open.iter().filter(|path| path.is_open()) {
        let known = before.iter().find(|other| other.way.id == path.way.id && other.is_open());
        match known {
            None if !ends(path) => gain = gain.max(Gain::Something),
            Some(known) if !ends(path) || ends(known) => {}
            _ => gain = Gain::Administrator,
        }
    }
    let certain = |found: Option<(Certainty, String)>| found.is_some_and(|(how, _)| how > Certainty::Conditional);
    let assumes = certain(escalation::assumes_administrator(holder, grants, around));
    let policies = one.own_policies();
    if assumes && !certain(escalation::assumes_administrator(&one.holder(&policies), &*one.grants, around)) {
        gain = Gain::Administrator;
    }
    gain
}

/// The policies of a principal, labelled.
pub(super) fn readings(one: &Analysed) -> Vec<(Arc<str>, Arc<PolicyAnalysis>)> {
    let all = one.held.iter().filter_map(|held| Some((Arc::clone(&held.label), held.text.reading.clone()?)));
    let mut all: Vec<_> = all.collect();
    all.dedup_by(|one, other| Arc::ptr_eq(&one.0, &other.0));
    all
}

/// Settles the paths by which the holder takes off or widens its own permissions boundary.
pub(super) fn settle(one: &Analysed, around: &AccountContext<'_>, paths: &mut [Path]) {
    let changes = |path: &Path| path.way.own_boundary && path.is_open();
    if !paths.iter().any(changes) {
        return;
    }
    let requester = one.requester(&one.tags, around);
    let grants = union_of(&readings(one), None, &requester);
    if gain(one, &grants, &one.tags, around, paths) == Gain::Administrator {
        paths.iter_mut().filter(|path| changes(path)).for_each(|path| path.administrator = Some(one.arn.clone()));
    }
}

/// The most that a policy can allow.
static EVERYTHING: LazyLock<Arc<PolicyAnalysis>> = LazyLock::new(|| {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    Arc::new(analyze(&parse(text).expect("the policy of an administrator")))
});

/// Notes the paths by which the holder writes its own policies, or joins administrators, and still is no administrator:
/// its boundary and the denials that remain leave it no way to another principal.
pub(super) fn note_capped(one: &Analysed, around: &AccountContext<'_>, paths: &mut [Path]) {
    let own = |on: On| matches!(on, On::OwnUser | On::OwnRole | On::OwnGroup | On::OwnPolicy);
    let is_own = |path: &Path| match path.way.gives {
        Gives::Administrator => path.way.needs.iter().all(|need| own(need.on)),
        Gives::Group => true,
        _ => false,
    };
    if !paths.iter().any(is_own) || one.gap.is_some() || one.cap_gap.is_some() {
        return;
    }
    if one.cap.is_none() && !one.held.iter().any(denies) {
        return;
    }
    // A path writes the policies of its kind, and so may take their denials away.
    let rewrites = |held: &Held| {
        let writes = |action: &str| paths.iter().any(|path| path.needs.iter().any(|met| met.need.action == action));
        match (&held.policy, &held.through) {
            (Some(_), _) => writes("iam:CreatePolicyVersion") || writes(OLD_VERSION),
            (None, None) => writes("iam:PutUserPolicy") || writes("iam:PutRolePolicy"),
            (None, Some(_)) => writes("iam:PutGroupPolicy"),
        }
    };
    let remaining = one.held.iter().filter(|held| !rewrites(held));
    let mut all: Vec<(Arc<str>, Arc<PolicyAnalysis>)> = vec![(Arc::from("everything"), Arc::clone(&EVERYTHING))];
    all.extend(remaining.filter_map(|held| Some((Arc::clone(&held.label), held.text.reading.clone()?))));
    let grants = union_of(&all, one.cap.as_ref(), &one.requester(&one.tags, around));
    let policies = one.own_policies();
    let holder = one.holder(&policies);
    let around = &AccountContext { fixed_tags: false, ..*around };
    // Writing the policies of others leads on only where one can become them.
    let leads_on = || {
        escalation::paths_among(&holder, &grants, around).iter().any(|path| !is_own(path))
            || !escalation::assuming(&holder, &grants, around).is_empty()
            || escalation::assumes_administrator(&holder, &grants, around).is_some()
    };
    if !grants.is_full_admin() && !leads_on() {
        paths.iter_mut().filter(|path| is_own(path)).for_each(|path| path.capped = true);
    }
}

/// Whether the path puts another version of a policy of the holder in force.
pub(super) fn sets_version(path: &Path) -> bool {
    path.needs.iter().any(|met| met.need.action == OLD_VERSION && met.need.on == On::OwnPolicy)
}

impl Analysis {
    /// Settles the paths by which the holder writes the policy that is its permissions boundary: the version in force
    /// is the boundary (IAM user guide, "Permissions boundaries for IAM entities").
    pub(super) fn settle_boundary_policy(&self, one: &Analysed, paths: &mut Vec<Path>) {
        let writes = |path: &Path| path.way.own_boundary && path.needs.iter().any(|met| met.need.on == On::Policy);
        if !paths.iter().any(writes) {
            return;
        }
        let own = self.policies.iter().find(|policy| one.boundary.as_deref() == Some(policy.arn.as_str()));
        let reaches = |path: &Path, least: Certainty| {
            let mut by = path.needs.iter().flat_map(|met| &met.by);
            let old = path.needs.iter().any(|met| met.need.action == OLD_VERSION);
            own.filter(|policy| !old || policy.former_administrator)
                .is_some_and(|policy| by.any(|usable| usable.certainty >= least && usable.reach.matches(&policy.arn)))
        };
        paths.retain(|path| !writes(path) || reaches(path, Certainty::Conditional));
        for path in paths.iter_mut().filter(|path| writes(path) && reaches(path, Certainty::WithMfa)) {
            path.grade = Grade::Unrestricted;
        }
    }

    /// Settles the paths by which the holder puts another version of one of its policies in force; tells why what it
    /// gains is not decided.
    pub(super) fn settle_versions(
        &self,
        one: &Analysed,
        around: &AccountContext<'_>,
        paths: &mut [Path],
    ) -> Option<Arc<Gap>> {
        let certain = |path: &&mut Path| sets_version(path) && path.certainty > Certainty::Conditional;
        let mut unread = None;
        let mut administers = false;
        for path in paths.iter().filter(|path| sets_version(path) && path.certainty > Certainty::Conditional) {
            let usable = path.needs.iter().flat_map(|met| &met.by).filter(|by| by.certainty > Certainty::Conditional);
            let reached = |arn: &str| usable.clone().any(|usable| usable.reach.matches(arn));
            let own: Vec<&str> = one.held.iter().filter_map(|held| held.policy.as_deref()).collect();
            for policy in
                self.policies.iter().filter(|policy| own.contains(&policy.arn.as_str()) && reached(&policy.arn))
            {
                for version in &policy.others {
                    match version {
                        Some(version) => administers |= gains_by(one, around, &policy.arn, version, paths),
                        None => unread = Some(&policy.arn),
                    }
                }
            }
        }
        if administers {
            for path in paths.iter_mut().filter(certain) {
                path.grade = Grade::Unrestricted;
                path.administrator = Some(one.arn.clone());
            }
            return None;
        }
        unread.map(|policy| {
            let reason = format!(
                "{} can set another version of the policy {} as the default, and that version could not be interpreted",
                name_of(&one.arn),
                name_of(policy)
            );
            gap(AUTHORIZATION_DETAILS, GapKind::NotDecided, reason)
        })
    }
}

/// Whether the holder becomes an administrator with this version of the policy in force.
fn gains_by(
    one: &Analysed,
    around: &AccountContext<'_>,
    policy: &str,
    version: &Arc<PolicyAnalysis>,
    before: &[Path],
) -> bool {
    let mut with: Vec<(Arc<str>, Arc<PolicyAnalysis>)> = Vec::new();
    for held in &one.held {
        let reading = if held.policy.as_deref() == Some(policy) { Some(version) } else { held.text.reading.as_ref() };
        with.extend(reading.map(|reading| (Arc::clone(&held.label), Arc::clone(reading))));
    }
    with.dedup_by(|one, other| Arc::ptr_eq(&one.0, &other.0));
    let grants = union_of(&with, one.cap.as_ref(), &one.requester(&one.tags, around));
    gain(one, &grants, &one.tags, around, before) == Gain::Administrator
}
