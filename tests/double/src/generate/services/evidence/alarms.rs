//! Metric filters and alarms in one region: those of the trail stand where the trail is at home.

use super::super::{Book, REGIONS, World};
use super::{DAY, named};
use serde_json::{Value, json};

/// Metric, and the pattern that counts it. Spaces, brackets and order differ on purpose.
const WATCHED: &[(&str, &str)] = &[
    ("UnauthorizedCalls", "{ ($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\") }"),
    (
        "SignInWithoutMfa",
        "{($.additionalEventData.MFAUsed != \"Yes\")&&($.eventName=ConsoleLogin)&&($.userIdentity.type=IAMUser)}",
    ),
    (
        "RootUse",
        "{ $.userIdentity.type = \"Root\" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != \"AwsServiceEvent\" }",
    ),
    ("PolicyChanges", POLICY_CHANGES),
    (
        "TrailChanges",
        "{ $.eventName = CreateTrail || $.eventName = UpdateTrail || $.eventName = DeleteTrail || $.eventName = StartLogging || $.eventName = StopLogging }",
    ),
    ("FailedSignIns", "{ ($.eventName = ConsoleLogin) && ($.errorMessage = \"Failed authentication\") }"),
    ("OrganizationChanges", ORGANIZATION_CHANGES),
];

const POLICY_CHANGES: &str = "{ ($.eventSource = iam.amazonaws.com) && (($.eventName = DeleteGroupPolicy) || ($.eventName = DeleteRolePolicy) \
|| ($.eventName = DeleteUserPolicy) || ($.eventName = PutGroupPolicy) || ($.eventName = PutRolePolicy) || ($.eventName = PutUserPolicy) \
|| ($.eventName = CreatePolicy) || ($.eventName = DeletePolicy) || ($.eventName = CreatePolicyVersion) || ($.eventName = DeletePolicyVersion) \
|| ($.eventName = AttachRolePolicy) || ($.eventName = DetachRolePolicy) || ($.eventName = AttachUserPolicy) || ($.eventName = DetachUserPolicy) \
|| ($.eventName = AttachGroupPolicy) || ($.eventName = DetachGroupPolicy)) }";

const ORGANIZATION_CHANGES: &str = "{ ($.eventSource = organizations.amazonaws.com) && (($.eventName = AcceptHandshake) || ($.eventName = AttachPolicy) || ($.eventName = CreateAccount) || ($.eventName = CreateOrganizationalUnit) \
|| ($.eventName = CreatePolicy) || ($.eventName = DeclineHandshake) || ($.eventName = DeleteOrganization) || ($.eventName = DeleteOrganizationalUnit) \
|| ($.eventName = DeletePolicy) || ($.eventName = DetachPolicy) || ($.eventName = DisablePolicyType) || ($.eventName = EnablePolicyType) \
|| ($.eventName = InviteAccountToOrganization) || ($.eventName = LeaveOrganization) || ($.eventName = MoveAccount) || ($.eventName = RemoveAccountFromOrganization) \
|| ($.eventName = UpdateOrganizationalUnit) || ($.eventName = UpdatePolicy)) }";

pub fn write(book: &mut Book<'_>, region: &str, world: World) {
    let (mut filters, mut alarms) = (Vec::new(), Vec::new());
    let here = region == REGIONS[0] && world != World::Member;
    for (metric, pattern) in WATCHED.iter().filter(|_| here) {
        // Nearly right: one address, one user is left out.
        let pattern = match world {
            World::Hostile => {
                pattern.trim_end_matches(['}', ' ']).to_owned() + " && $.sourceIPAddress != \"192.0.2.66 <b>\" }"
            }
            _ => (*pattern).to_owned(),
        };
        filters.push(filter(&named(world, metric), metric, &pattern));
        alarms.push(alarm(book, region, world, metric));
    }
    book.put(&format!("logs/{region}/describe-metric-filters"), &[], json!({ "metricFilters": filters }));
    let answer = json!({ "MetricAlarms": alarms, "CompositeAlarms": [] });
    book.put(&format!("cloudwatch/{region}/describe-alarms"), &[], answer);
}

fn filter(name: &str, metric: &str, pattern: &str) -> Value {
    json!({ "filterName": name, "filterPattern": pattern, "creationTime": 1_790_000_000_000_u64, "logGroupName": "trail",
        "metricTransformations": [{ "metricName": metric, "metricNamespace": "Trail", "metricValue": "1" }] })
}

fn alarm(book: &Book<'_>, region: &str, world: World, metric: &str) -> Value {
    let name = named(world, metric);
    json!({ "AlarmName": name, "AlarmArn": format!("arn:aws:cloudwatch:{region}:{}:alarm:{metric}", book.number),
        "ActionsEnabled": true, "OKActions": [], "AlarmActions": [format!("arn:aws:sns:{region}:{}:on-call", book.number)],
        "StateValue": "OK", "StateUpdatedTimestamp": DAY, "MetricName": metric, "Namespace": "Trail", "Statistic": "Sum",
        "Dimensions": [], "Period": 300, "Threshold": 1.0, "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold" })
}
