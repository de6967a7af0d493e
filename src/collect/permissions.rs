//! The read-only permissions that the sources declare, in the three forms that people deploy.

use super::source::{Extra, Run, SOURCES, Set, Source, regions};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const NAME: &str = "AuditpackReadOnly";

/// Actions that are needed for the same choice on the command line.
struct Statement {
    sid: String,
    /// The choice.
    with: String,
    actions: Vec<&'static str>,
}

/// One statement a set of sources, then one an option; no action twice.
fn statements() -> Vec<Statement> {
    let mut known = BTreeSet::new();
    let mut statement = |sid: String, with: String, is_meant: &dyn Fn(&Source) -> bool| {
        let meant = SOURCES.iter().filter(|source| is_meant(source));
        let actions: BTreeSet<_> = meant.flat_map(|source| source.operations.iter().map(|one| one.action)).collect();
        Statement { sid, with, actions: actions.into_iter().filter(|action| known.insert(*action)).collect() }
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

/// What the collector itself may do, beside the role in each account: list the accounts, and assume that role.
fn collector() -> Vec<(String, Vec<&'static str>, String)> {
    let sets = [(Set::Organizations, "ListAccounts"), (Set::IdentityCenter, "WhoReachesWhat")];
    let mut parts: Vec<_> = sets
        .into_iter()
        .map(|(set, sid)| {
            let meant = SOURCES.iter().filter(|source| source.set == set && source.only_with.is_none());
            let meant: Vec<&Source> = meant.collect();
            // What is asked region by region asks first which regions there are.
            let regional = meant.iter().any(|source| matches!(source.run, Run::Regions(_)));
            let sources = meant.into_iter().chain(regional.then_some(&regions::SOURCE));
            let actions: BTreeSet<_> =
                sources.flat_map(|source| source.operations.iter().map(|one| one.action)).collect();
            (sid.to_owned(), actions.into_iter().collect(), "*".to_owned())
        })
        .collect();
    parts.push(("AssumeTheRole".to_owned(), vec!["sts:AssumeRole"], format!("arn:*:iam::*:role/{NAME}")));
    parts
}

/// The collector's own policy.
pub fn collector_json() -> String {
    let statements: Vec<_> = collector()
        .into_iter()
        .map(|(sid, actions, resource)| {
            serde_json::json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource })
        })
        .collect();
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": statements });
    serde_json::to_string_pretty(&policy).expect("a policy is plain data") + "\n"
}

/// The same as a managed policy in a CloudFormation template.
pub fn collector_cloudformation() -> String {
    let mut text = "AWSTemplateFormatVersion: \"2010-09-09\"
Description: What the role or user that runs auditpack over an organisation may do itself.
Resources:
  AuditpackCollector:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Description: Lists the accounts of the organisation and assumes the read-only role in each
      PolicyDocument:
        Version: \"2012-10-17\"
        Statement:
"
    .to_owned();
    for (sid, actions, resource) in collector() {
        write!(text, "          - Sid: {sid}\n            Effect: Allow\n            Resource: \"{resource}\"\n            Action:\n")
            .expect("a String takes any text");
        for action in actions {
            writeln!(text, "              - {action}").expect("a String takes any text");
        }
    }
    text + "Outputs:\n  PolicyArn:\n    Value: !Ref AuditpackCollector\n"
}

/// The same for Terraform.
pub fn collector_terraform() -> String {
    let mut text = "# What the role or user that runs auditpack over an organisation may do itself.

data \"aws_iam_policy_document\" \"auditpack_collector\" {
"
    .to_owned();
    for (sid, actions, resource) in collector() {
        write!(text, "  statement {{\n    sid       = \"{sid}\"\n    resources = [\"{resource}\"]\n    actions = [\n")
            .expect("a String takes any text");
        for action in actions {
            writeln!(text, "      \"{action}\",").expect("a String takes any text");
        }
        text.push_str("    ]\n  }\n");
    }
    text + "}

resource \"aws_iam_policy\" \"auditpack_collector\" {
  name        = \"AuditpackCollector\"
  description = \"Lists the accounts of the organisation and assumes the read-only role in each\"
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
# In every account of an organisation, new ones included, as a StackSet:
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

    fn actions() -> Vec<&'static str> {
        statements().into_iter().flat_map(|statement| statement.actions).collect()
    }

    #[test]
    fn nothing_but_reading_and_the_two_reports_is_asked_for() {
        // ValidatePolicy looks at the text that it is given, and keeps nothing.
        const OTHERS: [&str; 3] = [
            "iam:GenerateCredentialReport",
            "iam:GenerateServiceLastAccessedDetails",
            "access-analyzer:ValidatePolicy",
        ];
        for action in actions() {
            let (_, name) = action.split_once(':').unwrap();
            let reads = ["Get", "List", "Describe", "Lookup"].iter().any(|verb| name.starts_with(verb));
            assert!(reads || OTHERS.contains(&action), "{action}");
            assert!(!action.contains('*'), "{action}");
        }
    }

    #[test]
    fn every_declared_action_stands_once_with_what_it_is_for() {
        let declared: BTreeSet<_> = SOURCES.iter().flat_map(|source| source.operations).map(|one| one.action).collect();
        assert_eq!(actions().len(), declared.len());
        assert_eq!(actions().into_iter().collect::<BTreeSet<_>>(), declared);
        let sids: BTreeSet<_> = statements().into_iter().map(|statement| statement.sid).collect();
        assert_eq!(sids.len(), Set::ALL.len() + Extra::ALL.len());
        assert!(statements().iter().all(|statement| !statement.actions.is_empty()));
        assert!(json().len() < 10_240, "a role's inline policies may not be longer");
    }

    #[test]
    fn the_collector_may_assume_the_one_role_and_otherwise_only_read() {
        let policy: serde_json::Value = serde_json::from_str(&collector_json()).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        for statement in statements {
            for action in statement["Action"].as_array().unwrap() {
                let action = action.as_str().unwrap();
                let may = actions().contains(&action) || action == "sts:AssumeRole";
                assert!(may && !action.contains('*'), "{action}");
                for text in [collector_cloudformation(), collector_terraform()] {
                    assert!(text.contains(&format!("- {action}\n")) || text.contains(&format!("\"{action}\",")));
                }
            }
        }
        let last = statements.last().unwrap();
        assert_eq!(last["Action"], serde_json::json!(["sts:AssumeRole"]));
        assert_eq!(last["Resource"], "arn:*:iam::*:role/AuditpackReadOnly");
    }

    #[test]
    fn the_three_forms_hold_the_same_actions() {
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
