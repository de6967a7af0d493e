"""Makes a little of other services than IAM through the API of the emulator at AWS_ENDPOINT_URL."""

import os

import boto3


def client(service, region="us-east-1"):
    return boto3.client(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name=region)


organizations = client("organizations")
organizations.create_organization(FeatureSet="ALL")
root = organizations.list_roots()["Roots"][0]["Id"]
organizations.create_organizational_unit(ParentId=root, Name="Security <x>")
client("cloudwatch").put_metric_alarm(
    AlarmName="root <b>", MetricName="m", Namespace="n", Period=60, EvaluationPeriods=1, Threshold=1.5,
    ComparisonOperator="GreaterThanThreshold", Statistic="Sum")
logs = client("logs")
logs.create_log_group(logGroupName="trail")
logs.put_metric_filter(
    logGroupName="trail", filterName="root", filterPattern='{ $.userIdentity.type = "Root" }',
    metricTransformations=[{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}])
client("ec2", "eu-west-1").run_instances(ImageId="ami-12c6146b", MinCount=7, MaxCount=7)
config = client("config")
config.put_configuration_recorder(
    ConfigurationRecorder={"name": "default", "roleARN": "arn:aws:iam::123456789012:role/config"})
config.put_config_rule(
    ConfigRule={"ConfigRuleName": "mfa", "Source": {"Owner": "AWS", "SourceIdentifier": "IAM_USER_MFA_ENABLED"}})
sso = client("sso-admin")
instance = sso.list_instances()["Instances"][0]
sso.create_permission_set(Name="Admin", InstanceArn=instance["InstanceArn"], SessionDuration="PT2H")
client("identitystore").create_user(
    IdentityStoreId=instance["IdentityStoreId"], UserName="ann", DisplayName="=Ann",
    Name={"FamilyName": "f", "GivenName": "g"})

# Who is told of what, and what watches.
sns = client("sns")
topic = sns.create_topic(Name="security")["TopicArn"]
sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="security@example.com")
client("cloudwatch").put_metric_alarm(
    AlarmName="told", MetricName="m", Namespace="n", Period=60, EvaluationPeriods=1, Threshold=1,
    ComparisonOperator="GreaterThanOrEqualToThreshold", Statistic="Sum", AlarmActions=[topic])
client("s3").create_bucket(Bucket="trail-logs")
trails = client("cloudtrail")
trails.create_trail(Name="main", S3BucketName="trail-logs", IsMultiRegionTrail=True)
trails.start_logging(Name="main")
config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "trail-logs"})
config.start_configuration_recorder(ConfigurationRecorderName="default")
config.put_configuration_aggregator(
    ConfigurationAggregatorName="all",
    AccountAggregationSources=[{"AccountIds": ["123456789012"], "AllAwsRegions": True}])
client("account").put_alternate_contact(
    AlternateContactType="SECURITY", EmailAddress="s@example.com", Name="S", PhoneNumber="1", Title="T")

# An organization with a policy, and people who reach an account of it.
deny = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'
organizations.create_policy(Content=deny, Description="d", Name="n", Type="SERVICE_CONTROL_POLICY")
organizations.create_account(Email="m@example.com", AccountName="member")
organizations.enable_aws_service_access(ServicePrincipal="sso.amazonaws.com")
member = next(one["Id"] for one in organizations.list_accounts()["Accounts"] if one["Name"] == "member")
people = client("identitystore")
store = {"IdentityStoreId": instance["IdentityStoreId"]}
group = people.create_group(DisplayName="admins", **store)["GroupId"]
user = people.list_users(**store)["Users"][0]["UserId"]
people.create_group_membership(GroupId=group, MemberId={"UserId": user}, **store)
about = {"InstanceArn": instance["InstanceArn"]}
about["PermissionSetArn"] = sso.list_permission_sets(**about)["PermissionSets"][0]
sso.create_account_assignment(
    TargetId=member, TargetType="AWS_ACCOUNT", PrincipalType="GROUP", PrincipalId=group, **about)
sso.attach_managed_policy_to_permission_set(ManagedPolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess", **about)

# What is asked of users, roles, policies and providers one by one.
iam = client("iam")
iam.create_user(UserName="ann")
iam.create_access_key(UserName="ann")
iam.create_policy(
    PolicyName="told", PolicyDocument=deny, Description="says <what> it is for",
    Tags=[{"Key": "Purpose", "Value": "tests"}])
iam.create_saml_provider(SAMLMetadataDocument="x" * 1000, Name="okta")
iam.create_open_id_connect_provider(
    Url="https://example.com", ThumbprintList=["a" * 40], ClientIDList=["sts.amazonaws.com"])
