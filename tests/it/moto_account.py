"""Makes a small account through the API of the emulator at AWS_ENDPOINT_URL."""

import json
import os

import boto3

iam = boto3.client("iam", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999988887777:root"},
         "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "x 1+2%3"}}}]}
everything = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
little = {"Version": "2012-10-17", "Statement": [{"Sid": "Ré", "Effect": "Allow", "Action": ["s3:GetObject"],
          "Resource": "arn:aws:s3:::a+b/*"}]}

iam.create_account_alias(AccountAlias="example-moto")
iam.update_account_password_policy(MinimumPasswordLength=10, RequireSymbols=True, PasswordReusePrevention=5)
iam.create_group(GroupName="admins")
iam.attach_group_policy(GroupName="admins", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
iam.create_user(UserName="alice", Path="/people/", Tags=[{"Key": "owner", "Value": "Жанна <b>"}])
iam.create_login_profile(UserName="alice", Password="Correct-horse-1")
iam.create_access_key(UserName="alice")
iam.add_user_to_group(GroupName="admins", UserName="alice")
iam.create_user(UserName="bob,=x")
iam.create_access_key(UserName="bob,=x")
iam.create_access_key(UserName="bob,=x")
iam.put_user_policy(UserName="bob,=x", PolicyName="inline", PolicyDocument=json.dumps(little))
policy = iam.create_policy(PolicyName="everything", PolicyDocument=json.dumps(everything))["Policy"]["Arn"]
iam.create_policy_version(PolicyArn=policy, PolicyDocument=json.dumps(little), SetAsDefault=False)
iam.create_role(RoleName="partner", AssumeRolePolicyDocument=json.dumps(trust), Description="for the <partner>",
                MaxSessionDuration=7200)
iam.attach_role_policy(RoleName="partner", PolicyArn=policy)
iam.create_role(RoleName="support", AssumeRolePolicyDocument=json.dumps(trust))
iam.attach_role_policy(RoleName="support", PolicyArn="arn:aws:iam::aws:policy/AWSSupportAccess")
for number in range(30):
    iam.create_user(UserName=f"worker-{number:02}")
iam.create_open_id_connect_provider(Url="https://token.example.com", ClientIDList=["sts.amazonaws.com"],
                                    ThumbprintList=["0" * 40])
iam.create_saml_provider(Name="corporate", SAMLMetadataDocument="<x>" + "y" * 1000 + "</x>")
iam.create_virtual_mfa_device(VirtualMFADeviceName="spare")
