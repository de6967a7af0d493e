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
