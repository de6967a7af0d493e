//! The read-only permissions that the sources declare, in the three forms that people deploy.

use super::actions;
use std::fmt::Write as _;

const NAME: &str = "AuditpackReadOnly";

/// An IAM policy document.
pub fn json() -> String {
    let policy = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{ "Sid": NAME, "Effect": "Allow", "Action": actions(), "Resource": "*" }]
    });
    serde_json::to_string_pretty(&policy).expect("a policy is plain data") + "\n"
}

/// A CloudFormation template with a role that a principal may assume with an external id.
pub fn cloudformation() -> String {
    let mut text = format!(
        "AWSTemplateFormatVersion: \"2010-09-09\"
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
              - Sid: {NAME}
                Effect: Allow
                Resource: \"*\"
                Action:
"
    );
    for action in actions() {
        writeln!(text, "                  - {action}").expect("a String takes any text");
    }
    text + &format!("Outputs:\n  RoleArn:\n    Value: !GetAtt {NAME}.Arn\n")
}

/// The same role for Terraform.
pub fn terraform() -> String {
    let mut text = format!(
        "# A role that reads the evidence auditpack collects, and nothing else.

variable \"trusted_principal\" {{
  type        = string
  description = \"ARN of the user or role that runs auditpack\"
}}

variable \"external_id\" {{
  type        = string
  description = \"A value that only you and whoever runs auditpack know\"
  sensitive   = true
}}

data \"aws_iam_policy_document\" \"auditpack_trust\" {{
  statement {{
    actions = [\"sts:AssumeRole\"]
    principals {{
      type        = \"AWS\"
      identifiers = [var.trusted_principal]
    }}
    condition {{
      test     = \"StringEquals\"
      variable = \"sts:ExternalId\"
      values   = [var.external_id]
    }}
  }}
}}

data \"aws_iam_policy_document\" \"auditpack_read\" {{
  statement {{
    sid       = \"{NAME}\"
    resources = [\"*\"]
    actions = [
"
    );
    for action in actions() {
        writeln!(text, "      \"{action}\",").expect("a String takes any text");
    }
    text + &format!(
        "    ]
  }}
}}

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

    #[test]
    fn nothing_but_reading_and_the_report_is_asked_for() {
        for action in actions() {
            let (_, name) = action.split_once(':').unwrap();
            let reads = name.starts_with("Get") || name.starts_with("List");
            assert!(reads || action == "iam:GenerateCredentialReport", "{action}");
            assert!(!action.contains('*'), "{action}");
        }
    }

    #[test]
    fn the_three_forms_hold_the_same_actions() {
        let policy: serde_json::Value = serde_json::from_str(&json()).unwrap();
        assert_eq!(policy["Statement"][0]["Action"], serde_json::json!(actions()));
        for text in [cloudformation(), terraform()] {
            for action in actions() {
                assert_eq!(
                    text.matches(&format!("{action}\n")).count() + text.matches(&format!("\"{action}\",")).count(),
                    1
                );
            }
            assert!(text.contains("ExternalId"));
        }
    }
}
