//! Roles: who may come in from where, and what the applications run as.

use super::super::blueprint::{Blueprint, Holds, Role};
use super::super::documents::{allow, assumed_by, document, everyday, service, trust};
use super::super::managed::aws;
use super::super::rng::{Rng, hex};
use super::{ACCOUNT, APPS, COLLECTOR};
use crate::time::{DAY, at};
use serde_json::{Value, json};

/// Roles altogether.
const COUNT: usize = 320;
/// Another account of the same company.
const SISTER: &str = "222233334444";
/// A vendor's account.
const VENDOR: &str = "999988887777";

fn role(name: &str, trust: Value) -> Role {
    let mut rng = Rng::of(name);
    let now = super::super::now();
    let created = at(2016, 2, 1, 5, 40, 0) + rng.between(0, 3700 * DAY);
    let used = match rng.below(10) {
        0 | 1 => None,
        2 | 3 => Some(now - rng.between(60 * DAY, 390 * DAY)),
        _ => Some(now - rng.between(900, 20 * DAY)),
    };
    Role {
        name: name.to_owned(),
        path: "/".to_owned(),
        created,
        trust,
        used: used
            .filter(|used| *used > created)
            .map(|used| (used, if rng.chance(80) { "eu-west-1" } else { "us-east-1" })),
        ..Role::default()
    }
}

impl Role {
    fn holds(mut self, arn: String) -> Self {
        self.holds.attached.push(arn);
        self
    }
    fn described(mut self, description: &str) -> Self {
        self.description = Some(description.to_owned());
        self
    }
    fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }
}

pub fn all(blueprint: &Blueprint) -> Vec<Role> {
    let mut roles = service_linked();
    roles.extend(identity_center());
    roles.extend(from_outside(blueprint));
    roles.extend(federated());
    roles.extend(administrators(blueprint));
    let mut n = 0;
    while roles.len() < COUNT {
        roles.push(application(blueprint, n));
        n += 1;
    }
    roles
}

fn service_linked() -> Vec<Role> {
    [
        ("AWSServiceRoleForTrustedAdvisor", "trustedadvisor.amazonaws.com", "AWSTrustedAdvisorServiceRolePolicy"),
        ("AWSServiceRoleForOrganizations", "organizations.amazonaws.com", "AWSOrganizationsServiceTrustPolicy"),
        ("AWSServiceRoleForSSO", "sso.amazonaws.com", "AWSSSOServiceRolePolicy"),
        ("AWSServiceRoleForRDS", "rds.amazonaws.com", "AmazonRDSServiceRolePolicy"),
        ("AWSServiceRoleForECS", "ecs.amazonaws.com", "AmazonECSServiceRolePolicy"),
        ("AWSServiceRoleForAutoScaling", "autoscaling.amazonaws.com", "AutoScalingServiceRolePolicy"),
        (
            "AWSServiceRoleForElasticLoadBalancing",
            "elasticloadbalancing.amazonaws.com",
            "AWSElasticLoadBalancingServiceRolePolicy",
        ),
        ("AWSServiceRoleForAccessAnalyzer", "access-analyzer.amazonaws.com", "AccessAnalyzerServiceRolePolicy"),
        ("AWSServiceRoleForAmazonGuardDuty", "guardduty.amazonaws.com", "AmazonGuardDutyServiceRolePolicy"),
        ("AWSServiceRoleForCloudTrail", "cloudtrail.amazonaws.com", "CloudTrailServiceRolePolicy"),
    ]
    .into_iter()
    .map(|(name, host, policy)| role(name, service(host)).at(&format!("/aws-service-role/{host}/")).holds(aws(policy)))
    .collect()
}

fn identity_center() -> Vec<Role> {
    let provider = format!("arn:aws:iam::{ACCOUNT}:saml-provider/AWSSSO_5f1c0e9b7a2d4836_DO_NOT_DELETE");
    [
        ("AdministratorAccess", Some("AdministratorAccess")),
        ("PowerUserAccess", Some("PowerUserAccess")),
        ("ReadOnlyAccess", Some("ReadOnlyAccess")),
        ("Billing", Some("Billing")),
        ("SecurityAudit", Some("SecurityAudit")),
        ("DataScientist", None),
    ]
    .into_iter()
    .map(|(set, policy)| {
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": provider},
            "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
            "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}]});
        let mut role = role(&format!("AWSReservedSSO_{set}_{}", hex(set, 16)), trust).at("/aws-reserved/sso.amazonaws.com/eu-west-1/");
        role.session = 43_200;
        if let Some(policy) = policy {
            return role.holds(aws(policy));
        }
        let document = document(vec![allow(&["athena:*", "glue:Get*", "s3:GetObject", "s3:ListBucket"], &["*"])]);
        role.holds.inline.push(("AwsSSOInlinePolicy".to_owned(), document));
        role.described("Données et prévisions")
    })
    .collect()
}

/// Trust in other accounts, in anybody, and in somebody who is gone.
fn from_outside(blueprint: &Blueprint) -> Vec<Role> {
    let own = |name: &str| blueprint.own(name);
    let anybody = |condition: Option<Value>| trust(json!({"AWS": "*"}), "sts:AssumeRole", condition);
    let vendor = format!("arn:aws:iam::{VENDOR}:root");
    let external = json!({"StringEquals": {"sts:ExternalId": "hf-7c1d2b64-monitoring"}});
    vec![
        role("VendorMonitoring", trust(json!({"AWS": vendor}), "sts:AssumeRole", Some(external)))
            .holds(aws("SecurityAudit"))
            .described("Cloud monitoring vendor, with an external id"),
        role("VendorCostReports", assumed_by(&vendor))
            .holds(aws("Billing"))
            .described("Cost vendor; has no external id"),
        role("VendorByNumber", assumed_by("888877776666")).holds(aws("ReadOnlyAccess")),
        role("VendorOneRole", assumed_by(&format!("arn:aws:iam::{VENDOR}:role/scanner"))).holds(aws("ViewOnlyAccess")),
        role("SisterAccountDeploy", assumed_by(&format!("arn:aws:iam::{SISTER}:role/ci-deploy")))
            .holds(aws("PowerUserAccess")),
        role("OrganizationAccountAccessRole", assumed_by(&format!("arn:aws:iam::{SISTER}:root")))
            .holds(aws("AdministratorAccess")),
        role("AWSControlTowerExecution", assumed_by(&format!("arn:aws:iam::{SISTER}:root")))
            .holds(aws("AdministratorAccess")),
        role(
            "AnyoneInTheOrganization",
            anybody(Some(json!({"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}))),
        )
        .holds(aws("AmazonS3ReadOnlyAccess")),
        role(
            "AnyoneCalledDeploy",
            anybody(Some(json!({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deploy-*"}}))),
        )
        .holds(own("booking-prod-deploy"))
        .described("Meant for our own accounts"),
        role(
            "AnyoneIfOrgIsKnown",
            anybody(Some(json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorgid"}}))),
        )
        .holds(aws("AmazonS3ReadOnlyAccess")),
        role("PublicUploads", anybody(None))
            .holds(own("labels-prod-access"))
            .described("For the kiosk, please restrict"),
        role("DanglingPrincipal", assumed_by("AIDAQ3EGRZVEXAMPLE7PL")).holds(aws("AmazonEC2ReadOnlyAccess")),
        role("DeletedRolePrincipal", assumed_by("AROAQ3EGRZVEXAMPLE2XK")).holds(aws("AmazonS3FullAccess")),
        role(COLLECTOR, assumed_by(&format!("arn:aws:iam::{SISTER}:role/evidence-runner")))
            .holds(aws("SecurityAudit"))
            .described("Reads the evidence for quarterly access reviews"),
        role("SupportCases", assumed_by(&format!("arn:aws:iam::{ACCOUNT}:root"))).holds(aws("AWSSupportAccess")),
    ]
}

fn federated() -> Vec<Role> {
    let github = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com");
    let web = |provider: &str, condition: Value| {
        trust(json!({"Federated": provider}), "sts:AssumeRoleWithWebIdentity", Some(condition))
    };
    let audience = "token.actions.githubusercontent.com:aud";
    let subject = "token.actions.githubusercontent.com:sub";
    let cluster = format!("oidc.eks.eu-west-1.amazonaws.com/id/{}", hex("eks", 32).to_uppercase());
    let adfs = format!("arn:aws:iam::{ACCOUNT}:saml-provider/HalcyonADFS");
    let saml = |action: &str| {
        trust(
            json!({"Federated": adfs}),
            action,
            Some(json!({"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}})),
        )
    };
    let mut roles = vec![
        role("github-deploy-main", web(&github, json!({"StringEquals": {audience: "sts.amazonaws.com",
            subject: "repo:halcyon-freight/booking:ref:refs/heads/main"}})))
            .holds(aws("PowerUserAccess")),
        role("github-any-branch", web(&github, json!({"StringEquals": {audience: "sts.amazonaws.com"},
            "StringLike": {subject: "repo:halcyon-freight/*"}})))
            .holds(aws("AmazonEC2ContainerRegistryReadOnly")),
        role("github-anybody", web(&github, json!({"StringEquals": {audience: "sts.amazonaws.com"}})))
            .holds(aws("AmazonS3FullAccess"))
            .described("The subject is not restricted: any repository on GitHub"),
        role("gitlab-runner", web(&format!("arn:aws:iam::{ACCOUNT}:oidc-provider/gitlab.halcyon-freight.example"),
            json!({"StringLike": {"gitlab.halcyon-freight.example:sub": "project_path:infra/*:ref_type:branch:ref:*"}})))
            .holds(aws("AdministratorAccess")),
        role("ADFS-Administrators", saml("sts:AssumeRoleWithSAML")).holds(aws("AdministratorAccess")),
        role("ADFS-ReadOnly", saml("sts:AssumeRoleWithSAML")).holds(aws("ReadOnlyAccess")),
        role("ADFS-Everything", saml("sts:*")).holds(aws("PowerUserAccess")),
    ];
    for app in &APPS[..12] {
        let condition = json!({"StringEquals": {format!("{cluster}:sub"): format!("system:serviceaccount:{app}:{app}"),
            format!("{cluster}:aud"): "sts.amazonaws.com"}});
        let provider = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{cluster}");
        let mut pod = role(&format!("eks-pod-{app}"), web(&provider, condition)).at("/eks/");
        let mut rng = Rng::of(&pod.name);
        pod.holds.inline.push(("pod".to_owned(), everyday(&mut rng, ACCOUNT, &format!("halcyon-{app}"), 2)));
        roles.push(pod);
    }
    roles
}

fn administrators(blueprint: &Blueprint) -> Vec<Role> {
    let own = |name: &str| blueprint.own(name);
    let here = || assumed_by(&format!("arn:aws:iam::{ACCOUNT}:root"));
    let mut capped = role("admin-capped", here()).holds(aws("AdministratorAccess")).described("Capped by a boundary");
    capped.holds.boundary = Some(own("boundary-developers"));
    let mut bounded =
        role("bounded-by-admin", service("lambda.amazonaws.com")).holds(aws("AWSLambdaBasicExecutionRole"));
    bounded.holds.boundary = Some(own("boundary-admin"));
    let mut inline = role("admin-inline", here());
    inline.holds =
        Holds { inline: vec![("all".to_owned(), document(vec![allow(&["*"], &["*"])]))], ..Holds::default() };
    let mut never = role("break-glass", here()).holds(aws("AdministratorAccess"));
    never.used = None;
    never.session = 43_200;
    let mut automation = role("security-automation", service("lambda.amazonaws.com")).described("Reacts to findings");
    let reactions = document(vec![
        allow(&["iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"], &["*"]),
        allow(&["cloudtrail:StartLogging", "cloudtrail:StopLogging", "cloudtrail:UpdateTrail"], &["*"]),
    ]);
    automation.holds.inline.push(("reactions".to_owned(), reactions));
    let mut keys = role("key-ceremony", here()).described("Keeps the keys, and uses them");
    keys.holds.inline.push(("keys".to_owned(), document(vec![allow(&["kms:*"], &["*"])])));
    vec![
        capped,
        bounded,
        inline,
        never,
        automation,
        keys,
        role("jenkins-master", service("ec2.amazonaws.com")).holds(own("legacy-full-access")),
        role("two-stars-runner", service("lambda.amazonaws.com")).holds(own("two-stars")),
        role("listed-star-runner", service("lambda.amazonaws.com")).holds(own("star-in-a-list")),
        role("not-resource-runner", service("lambda.amazonaws.com")).holds(own("not-resource-one-bucket")),
        role("letters-runner", service("lambda.amazonaws.com")).holds(own("all-services-by-letter")),
        role("nothing-attached", service("ec2.amazonaws.com")),
    ]
}

/// The `n`th role of an application.
fn application(blueprint: &Blueprint, n: usize) -> Role {
    let app = APPS[n % APPS.len()];
    let (suffix, host, managed) = [
        ("prod-lambda", "lambda.amazonaws.com", "AWSLambdaBasicExecutionRole"),
        ("prod-task", "ecs-tasks.amazonaws.com", "AmazonECSTaskExecutionRolePolicy"),
        ("prod-instance", "ec2.amazonaws.com", "AmazonSSMManagedInstanceCore"),
        ("staging-lambda", "lambda.amazonaws.com", "AWSLambdaVPCAccessExecutionRole"),
        ("staging-task", "ecs-tasks.amazonaws.com", "AmazonECSTaskExecutionRolePolicy"),
        ("db-monitoring", "monitoring.rds.amazonaws.com", "AmazonRDSEnhancedMonitoringRole"),
        ("node", "ec2.amazonaws.com", "AmazonEKSWorkerNodePolicy"),
        ("pipeline", "codebuild.amazonaws.com", "AmazonEC2ContainerRegistryReadOnly"),
        ("legacy", "ec2.amazonaws.com", "CloudWatchAgentServerPolicy"),
        ("cluster", "eks.amazonaws.com", "AmazonEKSClusterPolicy"),
    ][n / APPS.len() % 10];
    let mut role = role(&format!("{app}-{suffix}"), service(host)).at("/apps/").holds(aws(managed));
    let mut rng = Rng::of(&role.name);
    role.instance_profile = host == "ec2.amazonaws.com";
    if rng.chance(60) {
        role.holds
            .attached
            .push(blueprint.own(&format!("{app}-{}", rng.pick(&["prod-access", "staging-access", "readonly"]))));
    }
    if rng.chance(35) {
        role.holds.inline.push(("inline".to_owned(), everyday(&mut rng, ACCOUNT, &format!("halcyon-{app}"), 2)));
    }
    if rng.chance(12) {
        role.holds.boundary = Some(blueprint.own("boundary-developers"));
    }
    if rng.chance(50) {
        role.description = Some(format!("{app}: {suffix}, géré par l'équipe plateforme"));
    }
    role.holds.tags.push(("Application".to_owned(), app.to_owned()));
    role
}
