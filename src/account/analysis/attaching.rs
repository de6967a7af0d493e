//! What a principal gains by attaching a policy to itself where a condition limits which: an existing policy may lead to
//! an administrator without being one, and a policy that the principal makes may have the name that is admitted.

use super::own_change::{Gain, gain_as, readings};
use super::{Analysed, Analysis};
use crate::account::fact::{AUTHORIZATION_DETAILS, Gap, GapKind};
use crate::account::gaps::gap;
use crate::arn::name_of;
use crate::policy::document::Condition;
use crate::policy::escalation::{
    self, AccountContext, Certainty, Gives, Grade, Holder, Met, OLD_VERSION, On, Path, Usable, admits_policy,
    known_paths, usable_for, with_policy,
};
use crate::policy::grants::{AccessLevel, PolicyAnalysis, union_of};
use crate::policy::managed;
use std::sync::Arc;

/// Admitted policies that are tried for one principal.
const TRIED: usize = 64;

/// Attaching a policy to oneself.
pub(super) const ATTACH: [(&str, On); 3] = [
    ("iam:AttachUserPolicy", On::OwnUser),
    ("iam:AttachRolePolicy", On::OwnRole),
    ("iam:AttachGroupPolicy", On::OwnGroup),
];

impl Analysis {
    /// Settles the paths by which the holder attaches policies that a condition admits; adds those that end at an
    /// administrator although no administrator's policy is admitted.
    ///
    /// Tells why what it gains is not decided, where more policies are admitted than are tried.
    pub(super) fn settle_attaching(
        &self,
        one: &Analysed,
        around: &AccountContext<'_>,
        paths: &mut Vec<Path>,
    ) -> Option<Arc<Gap>> {
        if paths.iter().any(|path| path.is_open() && !path.capped && path.way.gives == Gives::Administrator) {
            return None;
        }
        let mut undecided = None;
        for what in ATTACH.into_iter().filter(|what| is_limited_by_policy(one, what.0)) {
            match self.attachable(one, around, what, paths) {
                Ok(Some(by)) => {
                    open(one, what, by, paths);
                    return None;
                }
                Ok(None) => {}
                Err(why) => undecided = Some(why),
            }
        }
        undecided.map(|why| gap(AUTHORIZATION_DETAILS, GapKind::NotDecided, why.reason(one)))
    }

    /// The statements by which the holder attaches a policy that makes it an administrator.
    fn attachable(
        &self,
        one: &Analysed,
        around: &AccountContext<'_>,
        what: (&'static str, On),
        before: &[Path],
    ) -> Result<Option<Vec<Usable>>, Undecided> {
        let own = one.own_policies();
        let holder = one.holder(&own);
        let certain = |policy: &str| {
            let mut by = with_policy(&holder, &*one.grants, around, what, policy);
            by.retain(|usable| usable.certainty > Certainty::Conditional);
            (!by.is_empty()).then_some(by)
        };
        let conditions = policy_conditions(one, what.0);
        let admits = |arn: &str| conditions.iter().any(|condition| admits_policy(condition, arn) != Some(false));
        // Once it is attached, another version of it may be made the default.
        let sets = usable_for(&holder, &*one.grants, around, OLD_VERSION, On::Policy);
        let sets = |arn: &str| sets.iter().any(|by| by.certainty > Certainty::Conditional && by.reach.matches(arn));
        let customer = self.policies.iter().flat_map(|policy| {
            let others = policy.others.iter().map(Option::as_ref).filter(|_| sets(&policy.arn));
            others.chain([policy.reading.as_ref()]).map(|reading| (&policy.arn, reading))
        });
        let aws = self.aws_policies.iter().map(|(arn, reading)| (arn, reading.as_ref()));
        let others = customer.chain(aws).filter(|(arn, _)| !holds(one, arn) && admits(arn));
        let mut candidates = others.filter_map(|(arn, reading)| Some((arn, reading?, certain(arn)?)));
        for (arn, reading, by) in candidates.by_ref().take(TRIED) {
            let mut held = readings(one);
            held.push((Arc::from(format!("policy {}", name_of(arn))), Arc::clone(reading)));
            let grants = union_of(&held, one.cap.as_ref(), &one.requester(&one.tags, around));
            let mut policies = own.clone();
            policies.extend((!arn.contains(":iam::aws:")).then(|| arn.clone()));
            let after = Holder { policies: &policies, ..one.holder(&own) };
            if gain_as(one, &after, &grants, around, before) == Gain::Administrator {
                return Ok(Some(by));
            }
        }
        let too_many = candidates.next().is_some();
        let makes = usable_for(&holder, &*one.grants, around, "iam:CreatePolicy", On::Something);
        let made = |name: &str| makes.iter().any(|by| by.certainty > Certainty::Conditional && by.reach.matches(name));
        let is_new = |name: &String| !self.policies.iter().any(|policy| policy.arn == *name);
        let names = admitted(&conditions).into_iter().filter(|name| made(name) && is_new(name));
        if let Some(by) = names.into_iter().find_map(|name| certain(&name)) {
            return Ok(Some(by));
        }
        match self.attaches_of_aws(one, &admits, &certain, &conditions) {
            Ok(None) if too_many => Err(Undecided::TooMany),
            other => other,
        }
    }

    /// The policies of the evidence that conditions on the action let the principal attach.
    pub(super) fn admitted_policies<'a>(
        &'a self,
        one: &Analysed,
        action: &str,
    ) -> Vec<(&'a str, &'a Arc<PolicyAnalysis>)> {
        let conditions = policy_conditions(one, action);
        let admits = |arn: &str| conditions.iter().any(|condition| admits_policy(condition, arn) != Some(false));
        let customer = self.policies.iter().map(|policy| (&policy.arn, &policy.reading));
        let all = customer.chain(self.aws_policies.iter().map(|(arn, reading)| (arn, reading)));
        let admitted = all.filter(|(arn, _)| admits(arn)).take(TRIED);
        admitted.filter_map(|(arn, reading)| Some((arn.as_str(), reading.as_ref()?))).collect()
    }

    /// The same for AWS managed policies whose text is not in the evidence, by what is known of them.
    fn attaches_of_aws(
        &self,
        one: &Analysed,
        admits: &dyn Fn(&str) -> bool,
        certain: &dyn Fn(&str) -> Option<Vec<Usable>>,
        conditions: &[&Condition],
    ) -> Result<Option<Vec<Usable>>, Undecided> {
        // Under such a boundary no policy changes a principal or becomes one.
        let boundary = escalation::Grants::boundary(&*one.grants);
        if boundary.is_some_and(escalation::leaves_no_step) {
            return Ok(None);
        }
        let is_unread = |arn: &str| !self.aws_policies.iter().any(|(own, reading)| own == arn && reading.is_some());
        let mut leading = None;
        for (arn, grade) in managed::attachable(&self.context.partition) {
            let matters = grade.leads_on || grade.level >= AccessLevel::IamAdministration;
            if !matters || !admits(&arn) || !is_unread(&arn) || holds(one, &arn) {
                continue;
            }
            let Some(by) = certain(&arn) else { continue };
            if grade.level >= AccessLevel::IamAdministration && boundary.is_none() {
                return Ok(Some(by));
            }
            leading.get_or_insert(arn);
        }
        let named = conditions.iter().flat_map(|condition| &condition.values);
        let unknown = named.filter(|arn| arn.contains(":iam::aws:policy/") && !arn.contains(['*', '?']));
        let mut unknown = unknown.filter(|arn| !managed::is_known(arn) && is_unread(arn) && admits(arn));
        match leading.or_else(|| unknown.find(|arn| certain(arn).is_some()).cloned()) {
            Some(arn) => Err(Undecided::OfAws(arn)),
            None => Ok(None),
        }
    }
}

/// Why it is not decided what the principal gains.
enum Undecided {
    /// More policies are admitted than are tried.
    TooMany,
    /// An AWS managed policy, by its ARN, that allows more steps and is not in the evidence.
    OfAws(String),
}

impl Undecided {
    fn reason(&self, one: &Analysed) -> String {
        let who = name_of(&one.arn);
        match self {
            Self::TooMany => format!(
                "{who} can attach more than {TRIED} policies to itself that conditions on iam:PolicyARN admit; {TRIED} \
                 of them were evaluated"
            ),
            Self::OfAws(arn) => format!(
                "{who} can attach the AWS managed policy {} to itself, and the evidence does not contain that policy",
                name_of(arn)
            ),
        }
    }
}

fn holds(one: &Analysed, policy: &str) -> bool {
    one.held.iter().any(|held| held.policy.as_deref() == Some(policy) && held.through.is_none())
}

/// Whether a condition says which policies may be attached; without one the path is open or not by itself.
pub(super) fn is_limited_by_policy(one: &Analysed, action: &str) -> bool {
    !policy_conditions(one, action).is_empty()
}

/// The conditions on the attached policy.
fn policy_conditions<'a>(one: &'a Analysed, action: &str) -> Vec<&'a Condition> {
    let granted = escalation::Grants::allows(&*one.grants, action);
    let conditions = granted.into_iter().flat_map(|grant| grant.conditions);
    conditions.filter(|condition| condition.key.eq_ignore_ascii_case("iam:PolicyARN")).collect()
}

/// Names of own policies that the conditions admit.
fn admitted(conditions: &[&Condition]) -> Vec<String> {
    let own = |value: &&String| value.split(':').nth(4).is_some_and(|account| account != "aws");
    let values = conditions.iter().flat_map(|condition| &condition.values).filter(own);
    values.map(|value| value.replace('*', "new").replace('?', "x")).collect()
}

/// Adds the path, or opens the one that is there.
fn open(one: &Analysed, (action, on): (&str, On), by: Vec<Usable>, paths: &mut Vec<Path>) {
    let is_it = |needs: &[escalation::Need]| needs.len() == 1 && needs[0].action == action && needs[0].on == on;
    let Some(way) = known_paths().iter().find(|way| way.gives == Gives::Administrator && is_it(&way.needs)) else {
        return;
    };
    paths.retain(|path| path.way.id != way.id);
    let certainty = by.iter().map(|usable| usable.certainty).max().unwrap_or(Certainty::WithMfa);
    paths.push(Path {
        way,
        grade: Grade::Unrestricted,
        certainty,
        needs: vec![Met { need: &way.needs[0], grade: Grade::Unrestricted, by }],
        administrator: Some(one.arn.clone()),
        lacks_trust: false,
        boundary: None,
        capped: false,
    });
}
