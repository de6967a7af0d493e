//! What customer managed policies say they are for: descriptions and tags, asked for policy by policy.

use super::details::PolicyItem;
use super::evidence::{PolicyAnswer, PolicyMembers};
use super::fact::{CUSTOMER_POLICY, Gap, GapKind, Observed};
use super::gaps::gap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A policy's description and tags.
pub struct Purpose {
    pub description: Observed<Option<String>>,
    pub tags: Observed<Vec<String>>,
}

impl Purpose {
    /// Of a policy whose purpose nobody writes down with it: AWS's own, and inline ones.
    pub fn none() -> Self {
        Self { description: Observed::Known(None), tags: Observed::Known(Vec::new()) }
    }

    pub fn of(policy: &PolicyItem, answers: &BTreeMap<String, Observed<PolicyAnswer>>) -> Self {
        if policy.aws_managed() {
            return Self::none();
        }
        let told = match answers.get(&policy.arn) {
            Some(Observed::Known(answer)) if answer.policy.arn == policy.arn => Ok(&answer.policy),
            Some(Observed::Known(answer)) => {
                let reason =
                    format!("{CUSTOMER_POLICY} was asked about {} and answered {}", policy.arn, answer.policy.arn);
                Err(gap(CUSTOMER_POLICY, GapKind::Conflict, reason))
            }
            Some(Observed::Gap(gap)) => Err(Arc::clone(gap)),
            None => Err(not_asked(policy, answers.is_empty())),
        };
        Self { description: description(policy, &told), tags: tags(policy, &told) }
    }
}

/// A description that is there is one, whoever showed it; that there is none is known from the one call only.
fn description(policy: &PolicyItem, told: &Result<&PolicyMembers, Arc<Gap>>) -> Observed<Option<String>> {
    let written = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let own = told.as_ref().ok().and_then(|members| written(&members.description));
    match (own.or_else(|| written(&policy.description)), told) {
        (Some(text), _) => Observed::Known(Some(text)),
        (None, Ok(_)) => Observed::Known(None),
        (None, Err(gap)) => Observed::Gap(Arc::clone(gap)),
    }
}

fn tags(policy: &PolicyItem, told: &Result<&PolicyMembers, Arc<Gap>>) -> Observed<Vec<String>> {
    let members = match told {
        Ok(members) => members,
        Err(gap) => return Observed::Gap(Arc::clone(gap)),
    };
    let Some(tags) = &members.tags else {
        let reason = format!("the answer of {CUSTOMER_POLICY} does not hold the tags of {}", policy.arn);
        return Observed::Gap(gap(CUSTOMER_POLICY, GapKind::Absent, reason));
    };
    // A value of nothing but spaces says as little as none.
    let mut told: Vec<String> = tags.iter().map(|tag| format!("{}={}", tag.key, tag.value.trim())).collect();
    told.sort();
    Observed::Known(told)
}

/// Where nothing at all was asked, one gap says so for every policy.
fn not_asked(policy: &PolicyItem, at_all: bool) -> Arc<Gap> {
    let about = if at_all { String::new() } else { format!(" for {}", policy.arn) };
    gap(CUSTOMER_POLICY, GapKind::NotCollected, format!("{CUSTOMER_POLICY} was not collected{about}"))
}
