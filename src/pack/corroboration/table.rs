//! Which rules of AWS Config ask what a control asks, and with which parameters they do.

use crate::account::regional::RuleResults;
use crate::catalog::{Control, ParameterValue};

/// A rule that asks the same as a control, if all conditions hold.
pub(super) struct Same {
    /// AWS's identifier of the rule; its name is the account's own choice.
    pub identifier: &'static str,
    pub control: &'static str,
    pub conditions: &'static [Condition],
}

/// What a rule's parameters must be for it to ask the same.
pub(super) enum Condition {
    /// The rule's number (with its default) is the control's parameter.
    Number(&'static str, i64, &'static str),
    /// The rule's setting (with its default) is this.
    Is(&'static str, &'static str, &'static str),
    /// The rule asks nothing more by this parameter.
    Unset(&'static str),
}

use Condition::{Is, Number, Unset};

const fn same(identifier: &'static str, control: &'static str, conditions: &'static [Condition]) -> Same {
    Same { identifier, control, conditions }
}

const IDLE: &[Condition] = &[Number("maxCredentialUsageAge", 90, "unused_days")];
/// A rule that leaves boundaries out, as the control does.
const NO_BOUNDARIES: &[Condition] = &[Is("excludePermissionBoundaryPolicy", "false", "true")];
const SUPPORT: &[Condition] = &[Is("policyARN", "", "arn:aws:iam::aws:policy/AWSSupportAccess")];

/// In the order of the catalogue's chapters. Left out: rules that ask for one thing at a time of what a control asks
/// for as a whole, or of one region at a time what a control asks of all.
pub(super) const SAME: &[Same] = &[
    same("IAM_ROOT_ACCESS_KEY_CHECK", "root-has-no-access-keys", &[]),
    same("ROOT_ACCOUNT_MFA_ENABLED", "root-sign-in-has-mfa-or-is-removed", &[]),
    same("ROOT_ACCOUNT_HARDWARE_MFA_ENABLED", "root-mfa-is-hardware", &[]),
    same(
        "IAM_PASSWORD_POLICY",
        "password-policy-is-strong",
        &[
            Number("MinimumPasswordLength", 14, "minimum"),
            Is("RequireUppercaseCharacters", "true", "true"),
            Is("RequireLowercaseCharacters", "true", "true"),
            Is("RequireSymbols", "true", "true"),
            Is("RequireNumbers", "true", "true"),
            // Both have a default, so that a rule which does not ask for them says so with 0.
            Is("PasswordReusePrevention", "24", "0"),
            Is("MaxPasswordAge", "90", "0"),
        ],
    ),
    same("MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS", "console-users-have-mfa", &[]),
    same("IAM_USER_MFA_ENABLED", "every-user-has-mfa", &[]),
    same("IAM_USER_UNUSED_CREDENTIALS_CHECK", "unused-credentials-are-disabled", IDLE),
    same("IAM_USER_UNUSED_CREDENTIALS_CHECK", "dormant-credentials-are-disabled", IDLE),
    same("ACCESS_KEYS_ROTATED", "access-keys-are-rotated", &[Number("maxAccessKeyAge", 90, "max_age")]),
    same("IAM_USER_NO_POLICIES_CHECK", "permissions-come-through-groups", &[]),
    same("IAM_GROUP_HAS_USERS_CHECK", "groups-have-members", &[]),
    same("IAM_NO_INLINE_POLICY_CHECK", "policies-are-managed-not-inline", &[]),
    same("IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS", "customer-policies-grant-no-full-administration", NO_BOUNDARIES),
    same("IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS", "policies-grant-no-whole-service", NO_BOUNDARIES),
    same("IAM_POLICY_DESCRIPTION", "customer-policies-say-what-they-are-for", &[]),
    same("IAM_POLICY_IN_USE", "support-access-is-assigned", SUPPORT),
    same("EC2_INSTANCE_PROFILE_ATTACHED", "running-instances-have-a-role", &[Unset("IamInstanceProfileArnList")]),
    same("ACCOUNT_PART_OF_ORGANIZATIONS", "the-account-belongs-to-an-organization", &[Unset("MasterAccountId")]),
    same("SECURITY_ACCOUNT_INFORMATION_PROVIDED", "a-security-contact-is-registered", &[]),
    same(
        "MULTI_REGION_CLOUD_TRAIL_ENABLED",
        "a-trail-records-every-management-event",
        &[
            Unset("s3BucketName"),
            Unset("snsTopicArn"),
            Unset("cloudWatchLogsLogGroupArn"),
            Is("includeManagementEvents", "true", "true"),
            Is("readWriteType", "ALL", "ALL"),
            Unset("excludeManagementEventSources"),
        ],
    ),
    same("CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED", "trails-validate-their-files", &[]),
    same("CLOUD_TRAIL_ENCRYPTION_ENABLED", "trails-are-encrypted-with-a-key-of-kms", &[]),
    same("CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED", "trails-reach-cloudwatch-logs", &[Unset("expectedDeliveryWindowAge")]),
];

impl Same {
    /// Why the rule asks something else than the control; none if it asks the same.
    pub fn differs(&self, rule: &RuleResults, control: &Control) -> Option<String> {
        self.conditions.iter().find_map(|condition| condition.unmet(rule, control))
    }
}

impl Condition {
    fn unmet(&self, rule: &RuleResults, control: &Control) -> Option<String> {
        let set = |name: &str| rule.parameters.get(name).map(plain);
        match self {
            Number(name, default, ours) => {
                let theirs = set(name).unwrap_or_else(|| default.to_string());
                let limit = match control.parameters.get(*ours).map(|parameter| &parameter.value) {
                    Some(ParameterValue::Int(limit)) => limit.to_string(),
                    _ => "not a number".to_owned(),
                };
                (theirs.trim() != limit).then(|| format!("its {name} is {theirs}, the control's {ours} is {limit}"))
            }
            Is(name, default, wanted) => {
                let theirs = set(name).unwrap_or_else(|| (*default).to_owned());
                let is = if theirs.is_empty() { "not set".to_owned() } else { theirs.clone() };
                (!theirs.trim().eq_ignore_ascii_case(wanted))
                    .then(|| format!("its {name} is {is}; the control asks what it would ask with {wanted}"))
            }
            Unset(name) => set(name)
                .filter(|value| !value.trim().is_empty())
                .map(|value| format!("it asks for more than the control by its {name}, {value}")),
        }
    }
}

/// AWS Config keeps numbers and flags as texts, most of the time.
fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
