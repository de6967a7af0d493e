//! Policy documents.

use super::rng::Rng;
use serde_json::{Map, Value, json};

/// One string or a list, as people write it.
fn one_or_many(values: &[&str]) -> Value {
    if let [one] = values { json!(one) } else { json!(values) }
}

/// A statement.
pub fn statement(effect: &str, actions: &[&str], resources: &[&str]) -> Value {
    json!({"Effect": effect, "Action": one_or_many(actions), "Resource": one_or_many(resources)})
}

/// A statement that allows.
pub fn allow(actions: &[&str], resources: &[&str]) -> Value {
    statement("Allow", actions, resources)
}

/// `statement` with a further member in the usual place.
pub fn with(mut statement: Value, name: &str, value: Value) -> Value {
    let object = statement.as_object_mut().expect("a statement is an object");
    object.insert(name.to_owned(), value);
    statement
}

/// A document of these statements.
pub fn document(statements: Vec<Value>) -> Value {
    let mut document = Map::new();
    document.insert("Version".to_owned(), json!("2012-10-17"));
    document.insert("Statement".to_owned(), Value::Array(statements));
    Value::Object(document)
}

/// A trust policy of one statement.
pub fn trust(principal: Value, action: &str, condition: Option<Value>) -> Value {
    let mut statement = Map::new();
    statement.insert("Effect".to_owned(), json!("Allow"));
    statement.insert("Principal".to_owned(), principal);
    statement.insert("Action".to_owned(), json!(action));
    if let Some(condition) = condition {
        statement.insert("Condition".to_owned(), condition);
    }
    document(vec![Value::Object(statement)])
}

/// Trust in an AWS service.
pub fn service(name: &str) -> Value {
    trust(json!({"Service": name}), "sts:AssumeRole", None)
}

/// Trust in a whole account or another ARN.
pub fn assumed_by(arn: &str) -> Value {
    trust(json!({"AWS": arn}), "sts:AssumeRole", None)
}

struct Service {
    name: &'static str,
    reads: &'static [&'static str],
    writes: &'static [&'static str],
    /// `{a}` is the account, `{n}` a name.
    resources: &'static [&'static str],
}

const SERVICES: &[Service] = &[
    Service {
        name: "s3",
        reads: &["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation", "s3:GetObjectVersion"],
        writes: &["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:PutObjectTagging"],
        resources: &["arn:aws:s3:::{n}", "arn:aws:s3:::{n}/*"],
    },
    Service {
        name: "dynamodb",
        reads: &["dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:DescribeTable"],
        writes: &["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"],
        resources: &["arn:aws:dynamodb:eu-west-1:{a}:table/{n}", "arn:aws:dynamodb:eu-west-1:{a}:table/{n}/index/*"],
    },
    Service {
        name: "sqs",
        reads: &["sqs:ReceiveMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
        writes: &["sqs:SendMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
        resources: &["arn:aws:sqs:eu-west-1:{a}:{n}", "arn:aws:sqs:eu-west-1:{a}:{n}-dlq"],
    },
    Service {
        name: "sns",
        reads: &["sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"],
        writes: &["sns:Publish", "sns:Subscribe"],
        resources: &["arn:aws:sns:eu-west-1:{a}:{n}"],
    },
    Service {
        name: "kms",
        reads: &["kms:DescribeKey", "kms:Decrypt"],
        writes: &["kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncrypt*"],
        resources: &["arn:aws:kms:eu-west-1:{a}:key/6f0e7a4c-{n}"],
    },
    Service {
        name: "logs",
        reads: &["logs:DescribeLogStreams", "logs:GetLogEvents", "logs:FilterLogEvents"],
        writes: &["logs:CreateLogStream", "logs:PutLogEvents", "logs:CreateLogGroup"],
        resources: &["arn:aws:logs:eu-west-1:{a}:log-group:/apps/{n}:*"],
    },
    Service {
        name: "secretsmanager",
        reads: &["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
        writes: &["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"],
        resources: &["arn:aws:secretsmanager:eu-west-1:{a}:secret:{n}-??????"],
    },
    Service {
        name: "ec2",
        reads: &["ec2:DescribeInstances", "ec2:DescribeVolumes", "ec2:DescribeSecurityGroups"],
        writes: &["ec2:StartInstances", "ec2:StopInstances", "ec2:CreateTags"],
        resources: &["*"],
    },
    Service {
        name: "lambda",
        reads: &["lambda:GetFunction", "lambda:ListVersionsByFunction"],
        writes: &["lambda:InvokeFunction", "lambda:UpdateFunctionCode", "lambda:PublishVersion"],
        resources: &["arn:aws:lambda:eu-west-1:{a}:function:{n}", "arn:aws:lambda:eu-west-1:{a}:function:{n}:*"],
    },
    Service {
        name: "ssm",
        reads: &["ssm:GetParameter", "ssm:GetParametersByPath"],
        writes: &["ssm:PutParameter", "ssm:StartSession"],
        resources: &["arn:aws:ssm:eu-west-1:{a}:parameter/{n}/*"],
    },
    Service {
        name: "rds",
        reads: &["rds:DescribeDBInstances", "rds:DescribeDBClusters", "rds:DownloadDBLogFilePortion"],
        writes: &["rds:CreateDBSnapshot", "rds:RebootDBInstance"],
        resources: &["arn:aws:rds:eu-west-1:{a}:db:{n}*"],
    },
    Service {
        name: "ecr",
        reads: &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:GetAuthorizationToken"],
        writes: &["ecr:PutImage", "ecr:InitiateLayerUpload", "ecr:CompleteLayerUpload"],
        resources: &["arn:aws:ecr:eu-west-1:{a}:repository/{n}"],
    },
];

/// An everyday document about the application `name`, of `statements` statements.
pub fn everyday(rng: &mut Rng, account: &str, name: &str, statements: usize) -> Value {
    let mut all = Vec::new();
    for service in rng.some(SERVICES, statements) {
        let writes = rng.chance(60);
        let mut actions: Vec<&str> = service.reads.to_vec();
        if writes {
            actions.extend(service.writes);
        }
        if rng.chance(8) {
            actions = vec!["{s}:*"];
        }
        let wildcard = format!("{}:*", service.name);
        let actions: Vec<&str> =
            actions.into_iter().map(|action| if action == "{s}:*" { wildcard.as_str() } else { action }).collect();
        let resources: Vec<String> = if rng.chance(10) {
            vec!["*".to_owned()]
        } else {
            service.resources.iter().map(|resource| resource.replace("{a}", account).replace("{n}", name)).collect()
        };
        let resources: Vec<&str> = resources.iter().map(String::as_str).collect();
        let mut one = allow(&actions, &resources);
        if rng.chance(70) {
            let title = format!("{}{}", service.name[..1].to_uppercase(), &service.name[1..]);
            let sid = format!("{title}{}", if writes { "ReadWrite" } else { "Read" });
            let mut titled = json!({"Sid": sid});
            let object = titled.as_object_mut().expect("made as an object");
            object.extend(one.as_object().expect("made as an object").clone());
            one = titled;
        }
        if rng.chance(15) {
            one =
                with(one, "Condition", json!({"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}}));
        }
        all.push(one);
    }
    document(all)
}
