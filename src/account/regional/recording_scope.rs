//! What a recorder of AWS Config records: its recording group, in each of the three strategies.
//!
//! Source: AWS Config API reference, RecordingGroup and RecordingStrategy. IAM users, groups, roles and customer
//! managed policies are global types. A recorder of all types records them only with `includeGlobalResourceTypes`; one
//! that excludes types records them unless they are excluded, and that flag has no effect on it. In Regions that AWS
//! Config has supported since February 2022 nothing records them.

use super::shapes::RecordingGroup;

/// IAM's types.
const IDENTITY_TYPES: [&str; 4] = ["AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::Policy"];
/// Types that a sentence names.
const NAMED: usize = 5;

/// What a recording group takes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Whether with global types is not known where AWS does not say.
    All {
        with_identities: Option<bool>,
    },
    AllExcept(Vec<String>),
    Only(Vec<String>),
    /// A strategy that this version does not know, or members that contradict each other.
    Unclear,
}

impl Scope {
    pub fn of(group: &RecordingGroup) -> Self {
        let strategy = group.recording_strategy.as_ref().and_then(|strategy| strategy.use_only.as_deref());
        let all = || Self::All { with_identities: group.include_global_resource_types };
        let only = || group.resource_types.clone().map_or(Self::Unclear, Self::Only);
        match strategy {
            Some("ALL_SUPPORTED_RESOURCE_TYPES") if group.all_supported != Some(false) => all(),
            Some("INCLUSION_BY_RESOURCE_TYPES") if group.all_supported != Some(true) => only(),
            // Overrides the other members.
            Some("EXCLUSION_BY_RESOURCE_TYPES") => group
                .exclusion_by_resource_types
                .as_ref()
                .and_then(|exclusion| exclusion.resource_types.clone())
                .map_or(Self::Unclear, Self::AllExcept),
            Some(_) => Self::Unclear,
            None => match group.all_supported {
                Some(true) => all(),
                Some(false) => only(),
                None => Self::Unclear,
            },
        }
    }

    /// Whether every type that the Region supports is recorded; IAM's are a question of their own.
    pub fn is_all(&self) -> Option<bool> {
        match self {
            Self::All { .. } => Some(true),
            Self::AllExcept(types) => Some(types.is_empty()),
            Self::Only(_) => Some(false),
            Self::Unclear => None,
        }
    }

    /// Whether users, groups, roles and customer managed policies are recorded, in a Region that can record them.
    pub fn has_identities(&self) -> Option<bool> {
        let names = |types: &[String], kind: &str| types.iter().any(|one| one == kind);
        match self {
            Self::All { with_identities } => *with_identities,
            Self::AllExcept(types) => Some(!IDENTITY_TYPES.iter().any(|kind| names(types, kind))),
            Self::Only(types) => Some(IDENTITY_TYPES.iter().all(|kind| names(types, kind))),
            Self::Unclear => None,
        }
    }

    /// `records every supported type except AWS::EC2::Instance`.
    pub fn words(&self) -> String {
        match self {
            Self::All { with_identities: Some(true) } => {
                "records every supported type, global types included".to_owned()
            }
            Self::All { with_identities: None } => {
                "records every supported type; whether with the global types of IAM is not known".to_owned()
            }
            Self::All { with_identities: Some(false) } => {
                "records every supported type without the global types of IAM (includeGlobalResourceTypes is false)"
                    .to_owned()
            }
            Self::AllExcept(types) if types.is_empty() => "records every supported type and excludes none".to_owned(),
            Self::AllExcept(types) => format!("records every supported type except {}", named(types)),
            Self::Only(types) if types.is_empty() => "records no type".to_owned(),
            Self::Only(types) => format!("records only {}", named(types)),
            Self::Unclear => "has a recording group that is not understood".to_owned(),
        }
    }
}

/// IAM's types first: what is decided often hangs on them.
fn named(types: &[String]) -> String {
    let mut sorted: Vec<&str> = types.iter().map(String::as_str).collect();
    sorted.sort_by_key(|kind| (!kind.starts_with("AWS::IAM::"), *kind));
    let more = sorted.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more types") } else { String::new() };
    format!("{}{more}", sorted[..sorted.len().min(NAMED)].join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(group: serde_json::Value) -> (Option<bool>, Option<bool>) {
        let scope = Scope::of(&serde_json::from_value(group).unwrap());
        (scope.is_all(), scope.has_identities())
    }

    #[test]
    fn each_strategy_says_whether_all_types_and_those_of_iam_are_recorded() {
        let excluding = |types: &[&str]| {
            json!({ "allSupported": false, "includeGlobalResourceTypes": false, "resourceTypes": [],
                "exclusionByResourceTypes": { "resourceTypes": types },
                "recordingStrategy": { "useOnly": "EXCLUSION_BY_RESOURCE_TYPES" } })
        };
        let only = |types: &[&str]| {
            json!({ "allSupported": false, "resourceTypes": types,
                "recordingStrategy": { "useOnly": "INCLUSION_BY_RESOURCE_TYPES" } })
        };
        let all = |global: bool| {
            json!({ "allSupported": true, "includeGlobalResourceTypes": global, "resourceTypes": [],
                "recordingStrategy": { "useOnly": "ALL_SUPPORTED_RESOURCE_TYPES" } })
        };
        for (group, expected) in [
            (all(true), (Some(true), Some(true))),
            (all(false), (Some(true), Some(false))),
            (json!({ "allSupported": true, "includeGlobalResourceTypes": true }), (Some(true), Some(true))),
            (excluding(&["AWS::Pinpoint::Segment"]), (Some(false), Some(true))),
            (excluding(&["AWS::IAM::Policy"]), (Some(false), Some(false))),
            (excluding(&[]), (Some(true), Some(true))),
            (only(&IDENTITY_TYPES), (Some(false), Some(true))),
            (only(&IDENTITY_TYPES[1..]), (Some(false), Some(false))),
            (json!({ "allSupported": false, "resourceTypes": [] }), (Some(false), Some(false))),
            (json!({ "recordingStrategy": { "useOnly": "EXCLUSION_BY_RESOURCE_TYPES" } }), (None, None)),
            (json!({ "recordingStrategy": { "useOnly": "SOMETHING_NEW" }, "allSupported": true }), (None, None)),
            (
                json!({ "recordingStrategy": { "useOnly": "ALL_SUPPORTED_RESOURCE_TYPES" }, "allSupported": false }),
                (None, None),
            ),
            (json!({}), (None, None)),
        ] {
            assert_eq!(of(group.clone()), expected, "{group}");
        }
    }
}
