//! The kinds of faults that the sweep tries.

use aws_double::{Fault, Rewritten};
use std::time::Duration;

/// How a fault is to show.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// As a gap that names the operation.
    Gap,
    /// As the end of the run; or as a gap, where the answer names nobody.
    End,
    /// As a gap where the answer has what is wrong with it, and otherwise not at all.
    Maybe,
    /// As a gap that names the operation; each attempt of a request is given little time.
    Silence,
    /// As the end of the run, and the next run goes on to the same verdicts; or as a gap.
    Resumes,
    /// As a gap of what depends on it, where another count contradicts the empty list.
    Contradiction,
}

pub type Kind = (&'static str, fn(&str) -> Fault, Shows);

fn changed(answer: &mut Rewritten, change: impl FnOnce(&str) -> String) {
    answer.body = change(&String::from_utf8_lossy(&answer.body)).into_bytes();
}

fn set(answer: &mut Rewritten, status: u16, body: &str) {
    answer.status = status;
    answer.body = body.as_bytes().to_vec();
}

/// A body in the service's own language.
fn in_kind(answer: &mut Rewritten, json: &str, xml: &str) {
    let action = answer.action.clone();
    let body = if answer.is_json { json.to_owned() } else { xml.replace("OP", &action) };
    set(answer, 200, &body);
}

macro_rules! rewritten {
    (|$answer:ident| $how:expr) => {
        |action| Fault::rewritten(action, |$answer| $how)
    };
}

/// Kinds that have led to wrong passes, here or elsewhere.
pub const TELLING: &[Kind] = &[
    ("denied", Fault::deny, Shows::Gap),
    (
        "error document with 200",
        rewritten!(|it| in_kind(
            it,
            r#"{"__type":"AccessDeniedException","message":"denied"}"#,
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>m</Message></Error></ErrorResponse>"
        )),
        Shows::Gap,
    ),
    (
        "message with 200",
        rewritten!(|it| in_kind(
            it,
            r#"{"message":"Internal server error"}"#,
            "<OPResponse><OPResult><message>x</message></OPResult></OPResponse>"
        )),
        Shows::Gap,
    ),
    ("nothing with 200", rewritten!(|it| in_kind(it, "{}", "<OPResponse><OPResult/></OPResponse>")), Shows::Gap),
    (
        "forbidden characters",
        rewritten!(|it| if it.is_json {
            set(it, 200, "{\"a\":\"\0\"}");
        } else {
            changed(it, |body| body.replacen("</", "\0</", 3));
        }),
        Shows::Gap,
    ),
    ("values of no enumeration", rewritten!(|it| changed(it, novel)), Shows::Maybe),
    ("another operation's answer", Fault::other_operation, Shows::Maybe),
    ("empty lists", Fault::empty_lists, Shows::Contradiction),
    ("session over from here on", |action| Fault::expired_token(action).onward(), Shows::Resumes),
    ("silent", |action| Fault::slow(action, Duration::from_secs(30)), Shows::Silence),
    ("about something else", Fault::swapped, Shows::Maybe),
    ("another account", Fault::foreign, Shows::End),
    ("endless pages", Fault::endless_pages, Shows::Maybe),
    ("throttled", Fault::throttle, Shows::Gap),
];

/// The other kinds of the review.
pub const OTHERS: &[Kind] = &[
    ("500", |action| Fault::internal(action, 500), Shows::Gap),
    ("503", |action| Fault::internal(action, 503), Shows::Gap),
    ("cut", Fault::truncated_body, Shows::Gap),
    ("reset", Fault::reset_mid_body, Shows::Gap),
    ("hung up", Fault::hang_up, Shows::Gap),
    ("malformed", Fault::malformed_body, Shows::Gap),
    ("HTML 200", |action| Fault::not_xml(action, 200), Shows::Gap),
    ("HTML 502", |action| Fault::not_xml(action, 502), Shows::Gap),
    ("empty body", rewritten!(|it| set(it, 200, "")), Shows::Gap),
    ("empty 204", rewritten!(|it| set(it, 204, "")), Shows::Gap),
    (
        "half 206",
        rewritten!(|it| {
            it.status = 206;
            let half = it.body.len() / 2;
            it.body.truncate(half);
        }),
        Shows::Gap,
    ),
    ("moved", rewritten!(|it| set(it, 301, "moved")), Shows::Gap),
    ("moved 307", rewritten!(|it| set(it, 307, "")), Shows::Gap),
    ("400 without words", rewritten!(|it| set(it, 400, "")), Shows::Gap),
    ("404 without words", rewritten!(|it| set(it, 404, "not found")), Shows::Gap),
    ("429 without words", rewritten!(|it| set(it, 429, "")), Shows::Gap),
    (
        "error header with 200",
        rewritten!(|it| {
            it.status = 200;
            it.error_code = Some("AccessDeniedException".to_owned());
        }),
        Shows::Gap,
    ),
    (
        "unknown members only",
        rewritten!(|it| in_kind(
            it,
            r#"{"novel":[],"NextToken":null}"#,
            "<OPResponse><OPResult><Novel/></OPResult></OPResponse>"
        )),
        Shows::Gap,
    ),
    (
        "null members",
        rewritten!(|it| if it.is_json {
            changed(it, |body| {
                let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(body).unwrap_or_default();
                let nulls = object.into_iter().map(|(name, _)| (name, serde_json::Value::Null));
                serde_json::Value::Object(nulls.collect()).to_string()
            });
        } else {
            in_kind(it, "", "<OPResponse/>");
        }),
        Shows::Gap,
    ),
    ("a list", rewritten!(|it| in_kind(it, "[]", "<OPResponse>text</OPResponse>")), Shows::Gap),
    ("text", rewritten!(|it| in_kind(it, "\"ok\"", "ok")), Shows::Gap),
    ("the other language", rewritten!(|it| in_kind(it, "<a/>", "{}")), Shows::Gap),
    ("two documents", rewritten!(|it| it.body.extend(it.body.clone())), Shows::Gap),
    (
        "no UTF-8",
        rewritten!(|it| {
            let middle = it.body.len() / 2;
            it.body.insert(middle, 0xff);
        }),
        Shows::Gap,
    ),
    (
        "an entity bomb",
        rewritten!(|it| in_kind(
            it,
            &format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)),
            "<!DOCTYPE a [<!ENTITY x \"xxxxxxxx\">]><OPResponse>&x;</OPResponse>"
        )),
        Shows::Gap,
    ),
    (
        "lists as objects",
        rewritten!(|it| changed(it, |body| body
            .replace(":[", ":{\"a\":[")
            .replace(']', "]}")
            .replace("<member>", "<x>")
            .replace("</member>", "</x>")
            .replace("<item>", "<x>")
            .replace("</item>", "</x>"))),
        Shows::Maybe,
    ),
    ("a message of 1 MB", |action| Fault::error(action, 400, "Novel", &"x".repeat(1 << 20)), Shows::Gap),
    ("a body of 9 MB", rewritten!(|it| it.body.extend(std::iter::repeat_n(b' ', 9 << 20))), Shows::Gap),
    (
        "characters that XML forbids, by their number",
        rewritten!(|it| if it.is_json {
            set(it, 200, "{\"a\":\"\u{1}\"}");
        } else {
            changed(it, |body| body.replacen("</", "&#0;</", 3));
        }),
        Shows::Gap,
    ),
    (
        "noncharacters",
        rewritten!(|it| if it.is_json {
            set(it, 200, "\u{feff}\u{feff}{}");
        } else {
            changed(it, |body| body.replacen("</", "\u{fffe}</", 3));
        }),
        Shows::Gap,
    ),
    ("a wrong length", Fault::truncated_body, Shows::Gap),
    ("expired", Fault::expired_token, Shows::Resumes),
    ("a novel error", |action| Fault::error(action, 400, "Novel", "no"), Shows::Gap),
    ("empty pages", Fault::empty_page, Shows::Maybe),
];

/// Values of AWS's enumerations, from its models. Each becomes one that AWS does not have.
const ENUMERATED: &[&str] = &[
    "ENABLED",
    "ENABLING",
    "DISABLING",
    "DISABLED",
    "ENABLED_BY_DEFAULT",
    "ACTIVE",
    "CREATING",
    "FAILED",
    "ARCHIVED",
    "RESOLVED",
    "ACCOUNT",
    "ORGANIZATION",
    "ACCOUNT_UNUSED_ACCESS",
    "ORGANIZATION_UNUSED_ACCESS",
    "ACCOUNT_INTERNAL_ACCESS",
    "ORGANIZATION_INTERNAL_ACCESS",
    "COMPLIANT",
    "NON_COMPLIANT",
    "NOT_APPLICABLE",
    "INSUFFICIENT_DATA",
    "Pending",
    "Success",
    "Failure",
    "NotApplicable",
    "Not_Applicable",
    "PENDING",
    "SUCCESS",
    "FAILURE",
    "ALL_SUPPORTED_RESOURCE_TYPES",
    "INCLUSION_BY_RESOURCE_TYPES",
    "EXCLUSION_BY_RESOURCE_TYPES",
    "CUSTOM_LAMBDA",
    "CUSTOM_POLICY",
    "ReadOnly",
    "WriteOnly",
    "All",
    "pending",
    "running",
    "shutting-down",
    "terminated",
    "stopping",
    "stopped",
    "SUSPENDED",
    "PENDING_CLOSURE",
    "PENDING_ACTIVATION",
    "CLOSED",
    "SERVICE_CONTROL_POLICY",
    "RESOURCE_CONTROL_POLICY",
    "PENDING_ENABLE",
    "PENDING_DISABLE",
    "USER",
    "GROUP",
    "Active",
    "Inactive",
    "Expired",
    "COMPLETED",
    "COMPLETE",
    "INTERNAL",
    "Sum",
    "SampleCount",
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "UnusedIAMRole",
    "UnusedIAMUserAccessKey",
    "UnusedIAMUserPassword",
    "UnusedPermission",
    "InternalAccess",
    "ExternalAccess",
    "RootCredentialsManagement",
    "RootSessions",
    "CREATE_COMPLETE",
    "PermissionsBoundaryPolicy",
    "OPT_IN_NOT_REQUIRED",
    "OPTED_IN",
    "INVITED",
    "CREATED",
    "ALL",
    "CONSOLIDATED_BILLING",
    "SECURITY_WARNING",
    "ERROR",
    "WARNING",
    "SUGGESTION",
];

/// The answer with every enumerated value replaced.
fn novel(body: &str) -> String {
    let mut body = body.to_owned();
    for value in ENUMERATED {
        body = body.replace(&format!(">{value}<"), ">NOVEL<").replace(&format!(":\"{value}\""), ":\"NOVEL\"");
    }
    body.replace("\"Owner\":\"AWS\"", "\"Owner\":\"NOVEL\"")
}

/// Operations whose answer names neither what was asked about nor anything that another answer holds: that it is about
/// another policy or trail cannot be noticed.
pub const NAMELESS: &[&str] = &["cloudtrail:GetTrailStatus", "organizations:ListTargetsForPolicy"];

/// Operations whose list another answer counts: the account summary, the holders of a policy, the users and roles that
/// other answers name, the status of AWS Config's recorders and rules. Of others nobody can know that an empty list is
/// wrong.
pub const COUNTED: &[&str] = &[
    "config:DescribeConfigRules",
    "config:DescribeConfigurationRecorders",
    "iam:GetAccountAuthorizationDetails",
    "iam:ListUsers",
    "iam:ListRoles",
    "iam:ListVirtualMFADevices",
    "iam:ListServerCertificates",
    "iam:ListSAMLProviders",
    "iam:ListOpenIDConnectProviders",
];
