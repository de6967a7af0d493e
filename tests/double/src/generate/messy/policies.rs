//! Customer policies: a few with a story, and the everyday rest.

use super::super::blueprint::Policy;
use super::super::documents::{allow, document, everyday, statement, with};
use super::super::rng::Rng;
use super::{ACCOUNT, APPS};
use crate::time::{DAY, at};
use serde_json::{Value, json};

/// Customer policies altogether.
const COUNT: usize = 180;

fn policy(name: &str, description: Option<&str>, document: Value) -> Policy {
    let mut rng = Rng::of(name);
    Policy {
        name: name.to_owned(),
        path: "/".to_owned(),
        description: description.map(str::to_owned),
        versions: vec![(at(2014, 1, 1, 7, 0, 0) + rng.between(0, 4400 * DAY), document)],
        ..Policy::default()
    }
}

pub fn all() -> Vec<Policy> {
    let mut policies = full_admin();
    policies.extend(odd());
    let mut n = 0;
    while policies.len() < COUNT {
        let app = APPS[n % APPS.len()];
        let (name, statements) = match n / APPS.len() {
            0 => (format!("{app}-prod-access"), 3),
            1 => (format!("{app}-staging-access"), 2),
            2 => (format!("{app}-prod-deploy"), 4),
            3 => (format!("{app}-readonly"), 1),
            4 => (format!("{app}-batch"), 5),
            more => (format!("{app}-misc-{more}"), 2),
        };
        policies.push(common(&name, app, statements));
        n += 1;
    }
    policies
}

/// An everyday policy with one to five versions, the newest not always in force.
fn common(name: &str, app: &str, statements: usize) -> Policy {
    let mut rng = Rng::of(name);
    let mut created = at(2015, 5, 4, 6, 12, 30) + rng.between(0, 3300 * DAY);
    let count = if rng.chance(45) { 1 } else { rng.between(2, 5) };
    let mut versions = Vec::new();
    for _ in 0..count {
        versions.push((created, everyday(&mut rng, ACCOUNT, &format!("halcyon-{app}"), statements)));
        created += rng.between(1, 150 * DAY);
    }
    // Nothing is younger than the day before the accounts are looked at.
    let limit = super::super::now() - DAY;
    for version in &mut versions {
        version.0 = version.0.min(limit);
    }
    Policy {
        name: name.to_owned(),
        path: if rng.chance(10) { "/apps/" } else { "/" }.to_owned(),
        description: rng.chance(30).then(|| format!("Access of the {app} application")),
        default: (versions.len() > 2 && rng.chance(15)).then_some(versions.len() - 1),
        versions,
    }
}

/// Full administration in every spelling, and what only looks like it.
fn full_admin() -> Vec<Policy> {
    let star = || allow(&["*"], &["*"]);
    let mut versioned =
        policy("was-admin-until-v3", Some("v1 is still there to be made the default again"), document(vec![star()]));
    let (created, _) = versioned.versions[0];
    versioned.versions.push((created + 9 * DAY, document(vec![allow(&["s3:*", "ec2:*"], &["*"])])));
    versioned
        .versions
        .push((created + 30 * DAY, document(vec![allow(&["s3:ListBucket"], &["arn:aws:s3:::halcyon-docs"])])));
    vec![
        policy("legacy-full-access", Some("Do not remove, nobody knows what breaks"), document(vec![star()])),
        policy(
            "bluekite-everything",
            Some("Наследие BlueKite — перенести до конца 2022 года"),
            document(vec![allow(&["*:*"], &["*"])]),
        ),
        policy("two-stars", None, document(vec![allow(&["**"], &["*"])])),
        policy(
            "star-in-a-list",
            None,
            document(vec![allow(&["s3:GetObject", "*"], &["arn:aws:s3:::halcyon-docs/*", "*"])]),
        ),
        policy(
            "not-action-one-thing",
            Some("Everything but what does not matter"),
            document(vec![json!({"Effect": "Allow", "NotAction": "sts:GetServiceBearerToken", "Resource": "*"})]),
        ),
        policy(
            "not-resource-one-bucket",
            None,
            document(vec![
                json!({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::halcyon-no-such-bucket"}),
            ]),
        ),
        policy("admin-unattached", Some("Left over from the migration"), document(vec![star()])),
        policy("boundary-admin", Some("Only ever used as a permissions boundary"), document(vec![star()])),
        policy(
            "admin-with-mfa",
            Some("Full access, with a second factor"),
            document(vec![with(star(), "Condition", json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}))]),
        ),
        policy(
            "admin-outside-denied",
            Some("Full access in our regions"),
            document(vec![
                star(),
                json!({"Sid": "OurRegionsOnly", "Effect": "Deny", "NotAction": ["iam:*", "sts:*", "route53:*", "cloudfront:*", "support:*"],
                    "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}}}),
            ]),
        ),
        policy(
            "admin-denied-again",
            Some("Allows everything and denies everything"),
            document(vec![star(), statement("Deny", &["*"], &["*"])]),
        ),
        policy(
            "iam-star",
            Some("Not full administration, and one step from it"),
            document(vec![allow(&["iam:*"], &["*"])]),
        ),
        policy(
            "all-services-by-letter",
            None,
            document(vec![allow(
                &[
                    "a*:*", "b*:*", "c*:*", "d*:*", "e*:*", "f*:*", "g*:*", "h*:*", "i*:*", "j*:*", "k*:*", "l*:*",
                    "m*:*", "n*:*", "o*:*", "p*:*", "q*:*", "r*:*", "s*:*", "t*:*", "u*:*", "v*:*", "w*:*", "x*:*",
                    "y*:*", "z*:*",
                ],
                &["*"],
            )]),
        ),
        versioned,
    ]
}

/// Spellings, scripts and sizes that people really use.
fn odd() -> Vec<Policy> {
    let own_user = format!("arn:aws:iam::{ACCOUNT}:user/${{aws:username}}");
    let mut no_version = policy(
        "from-2011",
        Some("Written before policy variables"),
        json!({"Statement": {"Effect": "Allow",
        "Action": "S3:?et*", "Resource": "arn:aws:s3:::halcyon-*"}}),
    );
    no_version.versions[0].0 = at(2015, 2, 11, 10, 0, 0);
    let long = "statement-".repeat(12) + "end";
    let many: Vec<String> = (0..110).map(|n| format!("arn:aws:s3:::halcyon-archive-{n:03}/*")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    vec![
        policy(
            "developer-self-service",
            Some("Own keys and password only"),
            document(vec![allow(
                &[
                    "iam:CreateAccessKey",
                    "iam:DeleteAccessKey",
                    "iam:ListAccessKeys",
                    "iam:UpdateAccessKey",
                    "iam:ChangePassword",
                ],
                &[&own_user],
            )]),
        ),
        policy(
            "require-mfa",
            Some("Denies everything until a second factor was used"),
            document(vec![json!({
                "Sid": "DenyAllExceptListedIfNoMFA", "Effect": "Deny",
                "NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetUser", "iam:ListMFADevices", "sts:GetSessionToken"],
                "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
            })]),
        ),
        policy(
            "security-incident-response",
            None,
            document(vec![
                allow(
                    &["iam:UpdateAccessKey", "iam:DeleteLoginProfile", "iam:PutUserPolicy", "iam:AttachUserPolicy"],
                    &["*"],
                ),
                allow(&["ec2:CreateSnapshot", "ec2:ModifyInstanceAttribute", "ec2:Describe*"], &["*"]),
            ]),
        ),
        policy(
            "pass-any-role-to-lambda",
            Some("Deploys functions"),
            document(vec![
                allow(&["iam:PassRole"], &["*"]),
                allow(&["lambda:CreateFunction", "lambda:InvokeFunction", "lambda:AddPermission"], &["*"]),
            ]),
        ),
        policy(
            "pass-one-role-to-lambda",
            None,
            document(vec![
                with(
                    allow(&["iam:PassRole"], &[&format!("arn:aws:iam::{ACCOUNT}:role/apps/tracking-prod-lambda")]),
                    "Condition",
                    json!({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}),
                ),
                allow(&["lambda:CreateFunction", "lambda:InvokeFunction"], &["*"]),
            ]),
        ),
        policy(
            "policy-version-editor",
            None,
            document(vec![allow(&["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"], &["*"])]),
        ),
        policy("assume-anything", None, document(vec![allow(&["sts:Assume*"], &["*"])])),
        policy("kms-decrypt-everywhere", None, document(vec![allow(&["kms:Decrypt", "kms:ReEncryptFrom"], &["*"])])),
        no_version,
        policy(
            "archive-110-buckets",
            Some("As large as IAM takes"),
            document(vec![allow(&["s3:GetObject", "s3:PutObject"], &many)]),
        ),
        policy(
            "nichts-verboten",
            Some("Zugriff für die Abteilung „Straße & Schiene“ — geprüft von J. Müller"),
            document(vec![allow(&["s3:GetObject"], &["arn:aws:s3:::halcyon-straße/*"])]),
        ),
        policy(
            "tameio",
            Some("Πρόσβαση στο ταμείο για το γραφείο της Αθήνας"),
            document(vec![allow(&["s3:GetObject"], &["arn:aws:s3:::halcyon-athens/*"])]),
        ),
        policy(
            "tokyo-desk",
            Some("東京オフィスの通関書類への読み取り専用アクセス 🚢📦"),
            document(vec![allow(&["s3:GetObject"], &["arn:aws:s3:::halcyon-tokyo/*"])]),
        ),
        policy(
            "dubai-desk",
            Some("صلاحيات مكتب دبي للاطلاع على المستندات"),
            document(vec![allow(&["s3:GetObject"], &["arn:aws:s3:::halcyon-dubai/*"])]),
        ),
        policy(
            &long,
            Some("A name as long as IAM takes is 128 characters; this one has 123"),
            document(vec![allow(&["sqs:SendMessage"], &["*"])]),
        ),
        policy(
            "+=,.@-_",
            Some("Every character that a name may hold"),
            document(vec![allow(&["sns:Publish"], &["*"])]),
        ),
        policy(
            "deny-only",
            Some("Grants nothing"),
            document(vec![statement("Deny", &["iam:CreateUser", "iam:CreateAccessKey"], &["*"])]),
        ),
        policy(
            "boundary-developers",
            Some("What developers' roles may have at most"),
            document(vec![
                allow(&["s3:*", "dynamodb:*", "sqs:*", "sns:*", "lambda:*", "logs:*", "cloudwatch:*"], &["*"]),
                statement("Deny", &["iam:*", "organizations:*", "account:*"], &["*"]),
            ]),
        ),
    ]
}
