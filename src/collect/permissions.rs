//! The read-only permissions that the sources declare, as JSON, CloudFormation and Terraform.

use super::source::regions;
use crate::operations::{Extra, Operation, Set, Source, sources};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const NAME: &str = "AuditpackReadOnly";

/// The actions that one command-line option needs.
struct Statement {
    sid: String,
    /// The option.
    with: String,
    actions: Vec<String>,
}

/// One statement for each set of sources, then one for each option; no action appears twice.
fn statements() -> Vec<Statement> {
    let mut known = BTreeSet::new();
    let mut statement = |sid: String, with: String, is_meant: &dyn Fn(&Source) -> bool| {
        let actions = actions_of(sources().filter(|source| is_meant(source)));
        Statement { sid, with, actions: actions.into_iter().filter(|action| known.insert(action.clone())).collect() }
    };
    let mut statements = Vec::new();
    for set in Set::ALL {
        let sid = if set == Set::Iam { NAME.to_owned() } else { format!("{NAME}{set:?}") };
        statements.push(statement(sid, format!("--sources {}", set.name()), &|source| {
            source.set == set && source.only_with.is_none()
        }));
    }
    for extra in Extra::ALL {
        statements.push(statement(format!("{NAME}With{extra:?}"), extra.option().to_owned(), &|source| {
            source.only_with == Some(extra)
        }));
    }
    statements
}

/// The actions of sources, sorted.
fn actions_of<'s>(sources: impl Iterator<Item = &'s Source>) -> BTreeSet<String> {
    sources.flat_map(|source| source.operations).map(Operation::action).collect()
}

/// A statement of the collector's own policy.
struct Own {
    sid: &'static str,
    actions: Vec<String>,
    resource: String,
    /// The key prefixes that may be listed.
    prefixes: Vec<String>,
}

/// The collector's own permissions, besides the role in each account: list the accounts, assume that role, and store
/// packs below a prefix of a bucket.
fn collector(store: Option<(&str, &str)>) -> Vec<Own> {
    let own = |sid, actions: &[&str], resource: &str| {
        let actions = actions.iter().map(|action| (*action).to_owned()).collect();
        Own { sid, actions, resource: resource.to_owned(), prefixes: Vec::new() }
    };
    let sets = [(Set::Organizations, "ListAccounts"), (Set::IdentityCenter, "WhoReachesWhat")];
    let mut parts: Vec<_> = sets
        .into_iter()
        .map(|(set, sid)| {
            let meant: Vec<&Source> =
                sources().filter(|source| source.set == set && source.only_with.is_none()).collect();
            // Regional sources need the list of Regions.
            let regional = meant.iter().any(|source| source.is_regional);
            let regions = sources().filter(|source| regional && source.name == regions::NAME);
            let actions = actions_of(meant.into_iter().chain(regions)).into_iter().collect();
            Own { actions, ..own(sid, &[], "*") }
        })
        .collect();
    parts.push(own("AssumeTheRole", &["sts:AssumeRole"], &format!("arn:*:iam::*:role/{NAME}")));
    if let Some((bucket, prefix)) = store {
        let below = if prefix.is_empty() { "*".to_owned() } else { format!("{prefix}/*") };
        let objects = format!("arn:*:s3:::{bucket}/{below}");
        let list = own("FindPacks", &["s3:ListBucket"], &format!("arn:*:s3:::{bucket}"));
        // Listing a whole bucket sends no prefix, so a condition on the prefix would not match.
        let prefixes = if prefix.is_empty() { Vec::new() } else { vec![below] };
        parts.push(Own { prefixes, ..list });
        parts.push(own("KeepPacks", &["s3:GetObject", "s3:PutObject"], &objects));
        // Needed with --retain-days and --retain-until only.
        parts.push(own("LockPacks", &["s3:GetObjectRetention", "s3:PutObjectRetention"], &objects));
    }
    parts
}

/// The collector's own policy; `store` is the bucket and prefix of stored packs.
pub fn collector_json(store: Option<(&str, &str)>) -> String {
    let statements: Vec<_> = collector(store)
        .into_iter()
        .map(|one| {
            let mut statement = serde_json::json!({
                "Sid": one.sid, "Effect": "Allow", "Action": one.actions, "Resource": one.resource,
            });
            if !one.prefixes.is_empty() {
                statement["Condition"] = serde_json::json!({ "StringLike": { "s3:prefix": one.prefixes } });
            }
            statement
        })
        .collect();
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": statements });
    serde_json::to_string_pretty(&policy).expect("a policy is plain data") + "\n"
}

/// The same as a managed policy in a CloudFormation template.
pub fn collector_cloudformation(store: Option<(&str, &str)>) -> String {
    let mut text = "AWSTemplateFormatVersion: \"2010-09-09\"
Description: What the role or user that runs auditpack over an organization may do itself.
Resources:
  AuditpackCollector:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Description: Lists the accounts of the organization and assumes the read-only role in each
      PolicyDocument:
        Version: \"2012-10-17\"
        Statement:
"
    .to_owned();
    for Own { sid, actions, resource, prefixes } in collector(store) {
        write!(text, "          - Sid: {sid}\n            Effect: Allow\n            Resource: \"{resource}\"\n            Action:\n")
            .expect("a String takes any text");
        for action in actions {
            writeln!(text, "              - {action}").expect("a String takes any text");
        }
        if !prefixes.is_empty() {
            let listed = serde_json::json!(prefixes);
            writeln!(text, "            Condition:\n              StringLike:\n                s3:prefix: {listed}")
                .expect("a String takes any text");
        }
    }
    text + "Outputs:\n  PolicyArn:\n    Value: !Ref AuditpackCollector\n"
}

/// The same for Terraform.
pub fn collector_terraform(store: Option<(&str, &str)>) -> String {
    let mut text = "# What the role or user that runs auditpack over an organization may do itself.

data \"aws_iam_policy_document\" \"auditpack_collector\" {
"
    .to_owned();
    for Own { sid, actions, resource, prefixes } in collector(store) {
        write!(text, "  statement {{\n    sid       = \"{sid}\"\n    resources = [\"{resource}\"]\n    actions = [\n")
            .expect("a String takes any text");
        for action in actions {
            writeln!(text, "      \"{action}\",").expect("a String takes any text");
        }
        text.push_str("    ]\n");
        if !prefixes.is_empty() {
            let listed = serde_json::json!(prefixes);
            writeln!(
                text,
                "    condition {{\n      test     = \"StringLike\"\n      variable = \"s3:prefix\"\n      values   = {listed}\n    }}"
            )
            .expect("a String takes any text");
        }
        text.push_str("  }\n");
    }
    text + "}

resource \"aws_iam_policy\" \"auditpack_collector\" {
  name        = \"AuditpackCollector\"
  description = \"Lists the accounts of the organization and assumes the read-only role in each\"
  policy      = data.aws_iam_policy_document.auditpack_collector.json
}

output \"policy_arn\" {
  value = aws_iam_policy.auditpack_collector.arn
}
"
}

/// An IAM policy document.
pub fn json() -> String {
    let statements: Vec<_> = statements()
        .into_iter()
        .map(|one| serde_json::json!({ "Sid": one.sid, "Effect": "Allow", "Action": one.actions, "Resource": "*" }))
        .collect();
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": statements });
    serde_json::to_string_pretty(&policy).expect("a policy is plain data") + "\n"
}

/// A CloudFormation template with a role that a principal may assume with an external id.
pub fn cloudformation() -> String {
    let mut text = format!(
        "# In one account: aws cloudformation deploy --capabilities CAPABILITY_NAMED_IAM --template-file … --stack-name auditpack
# In every account of an organization, new ones included, as a StackSet:
#   aws cloudformation create-stack-set --stack-set-name auditpack --template-body file://… \\
#     --permission-model SERVICE_MANAGED --auto-deployment Enabled=true,RetainStacksOnAccountRemoval=false \\
#     --capabilities CAPABILITY_NAMED_IAM --parameters ParameterKey=TrustedPrincipal,ParameterValue=… ParameterKey=ExternalId,ParameterValue=…
#   aws cloudformation create-stack-instances --stack-set-name auditpack --regions us-east-1 \\
#     --deployment-targets OrganizationalUnitIds=r-…
# A StackSet leaves the management account out; auditpack looks at the caller's own account with the caller's own permissions.
AWSTemplateFormatVersion: \"2010-09-09\"
Description: A role that reads the evidence auditpack collects, and nothing else.
Parameters:
  TrustedPrincipal:
    Type: String
    Description: ARN of the user or role that runs auditpack.
    AllowedPattern: \"arn:[a-z-]+:(iam|sts)::[0-9]{{12}}:.+\"
  ExternalId:
    Type: String
    Description: A value that only you and whoever runs auditpack know.
    MinLength: 8
    NoEcho: true
Resources:
  {NAME}:
    Type: AWS::IAM::Role
    Properties:
      RoleName: {NAME}
      Description: Read-only evidence collection by auditpack
      MaxSessionDuration: 3600
      AssumeRolePolicyDocument:
        Version: \"2012-10-17\"
        Statement:
          - Effect: Allow
            Principal:
              AWS: !Ref TrustedPrincipal
            Action: sts:AssumeRole
            Condition:
              StringEquals:
                sts:ExternalId: !Ref ExternalId
      Policies:
        - PolicyName: {NAME}
          PolicyDocument:
            Version: \"2012-10-17\"
            Statement:
"
    );
    for Statement { sid, with, actions } in statements() {
        write!(text, "              # {with}\n              - Sid: {sid}\n                Effect: Allow\n                Resource: \"*\"\n                Action:\n")
            .expect("a String takes any text");
        for action in actions {
            writeln!(text, "                  - {action}").expect("a String takes any text");
        }
    }
    text + &format!("Outputs:\n  RoleArn:\n    Value: !GetAtt {NAME}.Arn\n")
}

/// The same role for Terraform.
pub fn terraform() -> String {
    let mut text = "# A role that reads the evidence auditpack collects, and nothing else.

variable \"trusted_principal\" {
  type        = string
  description = \"ARN of the user or role that runs auditpack\"
}

variable \"external_id\" {
  type        = string
  description = \"A value that only you and whoever runs auditpack know\"
  sensitive   = true
}

data \"aws_iam_policy_document\" \"auditpack_trust\" {
  statement {
    actions = [\"sts:AssumeRole\"]
    principals {
      type        = \"AWS\"
      identifiers = [var.trusted_principal]
    }
    condition {
      test     = \"StringEquals\"
      variable = \"sts:ExternalId\"
      values   = [var.external_id]
    }
  }
}

data \"aws_iam_policy_document\" \"auditpack_read\" {
"
    .to_owned();
    for Statement { sid, with, actions } in statements() {
        write!(
            text,
            "  # {with}\n  statement {{\n    sid       = \"{sid}\"\n    resources = [\"*\"]\n    actions = [\n"
        )
        .expect("a String takes any text");
        for action in actions {
            writeln!(text, "      \"{action}\",").expect("a String takes any text");
        }
        text.push_str("    ]\n  }\n");
    }
    text + &format!(
        "}}

resource \"aws_iam_role\" \"auditpack\" {{
  name                 = \"{NAME}\"
  description          = \"Read-only evidence collection by auditpack\"
  max_session_duration = 3600
  assume_role_policy   = data.aws_iam_policy_document.auditpack_trust.json
}}

resource \"aws_iam_role_policy\" \"auditpack\" {{
  name   = \"{NAME}\"
  role   = aws_iam_role.auditpack.id
  policy = data.aws_iam_policy_document.auditpack_read.json
}}

output \"role_arn\" {{
  value = aws_iam_role.auditpack.arn
}}
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions() -> Vec<String> {
        statements().into_iter().flat_map(|statement| statement.actions).collect()
    }

    #[test]
    fn only_read_actions_and_the_two_reports_are_allowed() {
        // ValidatePolicy only checks the text in the request.
        const OTHERS: [&str; 3] = [
            "iam:GenerateCredentialReport",
            "iam:GenerateServiceLastAccessedDetails",
            "access-analyzer:ValidatePolicy",
        ];
        for action in actions() {
            let (_, name) = action.split_once(':').unwrap();
            let reads = ["Get", "List", "Describe", "Lookup"].iter().any(|verb| name.starts_with(verb));
            assert!(reads || OTHERS.contains(&action.as_str()), "{action}");
            assert!(!action.contains('*'), "{action}");
        }
    }

    #[test]
    fn every_declared_action_appears_once_under_its_option() {
        let declared = actions_of(sources());
        assert_eq!(actions().len(), declared.len());
        assert_eq!(actions().into_iter().collect::<BTreeSet<_>>(), declared);
        let sids: BTreeSet<_> = statements().into_iter().map(|statement| statement.sid).collect();
        assert_eq!(sids.len(), Set::ALL.len() + Extra::ALL.len());
        assert!(statements().iter().all(|statement| !statement.actions.is_empty()));
        assert!(json().len() < 10_240, "a role's inline policies may not be longer");
    }

    #[test]
    fn the_collector_may_assume_one_role_and_otherwise_only_read() {
        let policy: serde_json::Value = serde_json::from_str(&collector_json(None)).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        for statement in statements {
            for action in statement["Action"].as_array().unwrap() {
                let action = action.as_str().unwrap();
                let may = actions().iter().any(|one| one == action) || action == "sts:AssumeRole";
                assert!(may && !action.contains('*'), "{action}");
                for text in [collector_cloudformation(None), collector_terraform(None)] {
                    assert!(text.contains(&format!("- {action}\n")) || text.contains(&format!("\"{action}\",")));
                }
            }
        }
        let last = statements.last().unwrap();
        assert_eq!(last["Action"], serde_json::json!(["sts:AssumeRole"]));
        assert_eq!(last["Resource"], "arn:*:iam::*:role/AuditpackReadOnly");
    }

    #[test]
    fn storing_packs_is_limited_to_the_prefix() {
        let store = Some(("audit-packs", "iam/2026"));
        let policy: serde_json::Value = serde_json::from_str(&collector_json(store)).unwrap();
        let mut seen = Vec::new();
        for statement in policy["Statement"].as_array().unwrap() {
            for action in statement["Action"].as_array().unwrap().iter().filter_map(|it| it.as_str()) {
                let Some(action) = action.strip_prefix("s3:") else { continue };
                seen.push(action.to_owned());
                if action == "ListBucket" {
                    assert_eq!(statement["Resource"], "arn:*:s3:::audit-packs");
                    assert_eq!(statement["Condition"]["StringLike"]["s3:prefix"], serde_json::json!(["iam/2026/*"]));
                } else {
                    assert_eq!(statement["Resource"], "arn:*:s3:::audit-packs/iam/2026/*");
                }
                for text in [collector_cloudformation(store), collector_terraform(store)] {
                    assert!(text.contains(&format!("s3:{action}")) && text.contains("s3:prefix"), "{text}");
                }
            }
        }
        assert_eq!(seen, ["ListBucket", "GetObject", "PutObject", "GetObjectRetention", "PutObjectRetention"]);
        assert!(!collector_json(None).contains("s3:"));
    }

    #[test]
    fn the_three_formats_have_the_same_actions() {
        let policy: serde_json::Value = serde_json::from_str(&json()).unwrap();
        for (number, statement) in statements().into_iter().enumerate() {
            assert_eq!(policy["Statement"][number]["Action"], serde_json::json!(statement.actions));
        }
        for text in [cloudformation(), terraform()] {
            for action in actions() {
                assert_eq!(
                    text.matches(&format!("- {action}\n")).count() + text.matches(&format!("\"{action}\",")).count(),
                    1
                );
            }
            assert!(text.contains("ExternalId") && text.contains("# --depth deep"));
        }
    }
}
