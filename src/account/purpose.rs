//! What customer managed policies say they are for: descriptions and tags, asked for policy by policy.

use super::details::{PolicyItem, tag_texts};
use super::evidence::PolicyAnswer;
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
        let missing = match answers.get(&policy.arn) {
            Some(Observed::Known(answer)) if answer.policy.arn == policy.arn => None,
            Some(Observed::Known(answer)) => {
                let reason =
                    format!("{CUSTOMER_POLICY} was called for {} and answered about {}", policy.arn, answer.policy.arn);
                Some(gap(CUSTOMER_POLICY, GapKind::Conflict, reason))
            }
            Some(Observed::Gap(gap)) => Some(Arc::clone(gap)),
            None => Some(not_asked(policy, answers.is_empty())),
        };
        // A description that is there is one, whoever showed it; that there is none is known from the one call only.
        Self {
            description: match (&policy.description, &missing) {
                (None, Some(gap)) => Observed::Gap(Arc::clone(gap)),
                (description, _) => Observed::Known(description.clone()),
            },
            tags: missing.map_or_else(|| tags(policy), Observed::Gap),
        }
    }
}

fn tags(policy: &PolicyItem) -> Observed<Vec<String>> {
    let absent = || {
        let reason = format!("the answer of {CUSTOMER_POLICY} does not hold the tags of {}", policy.arn);
        Observed::Gap(gap(CUSTOMER_POLICY, GapKind::Absent, reason))
    };
    policy.tags.as_ref().map_or_else(absent, |tags| Observed::Known(tag_texts(tags)))
}

/// Where nothing at all was asked, one gap says so for every policy.
fn not_asked(policy: &PolicyItem, at_all: bool) -> Arc<Gap> {
    let about = if at_all { String::new() } else { format!(" for {}", policy.arn) };
    gap(CUSTOMER_POLICY, GapKind::NotCollected, format!("{CUSTOMER_POLICY} was not collected{about}"))
}
