//! The answers of an account's API.
//!
//! Everything that AWS derives (counts, ids, ARNs, the credential report) is
//! derived here, too, so that the sources of a generated account agree.

use super::{Blueprint, Certificate, Holds, Mfa, Role, User};
use crate::account::{Account, place};
use crate::generate::managed;
use crate::generate::report;
use crate::generate::rng::{hex, id};
use crate::time::cli;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn tags(tags: &[(String, String)]) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

fn attached(holds: &Holds) -> Value {
    let name = |arn: &String| arn.rsplit('/').next().unwrap_or_default().to_owned();
    holds.attached.iter().map(|arn| json!({"PolicyName": name(arn), "PolicyArn": arn})).collect()
}

fn inline(holds: &Holds) -> Value {
    holds.inline.iter().map(|(name, document)| json!({"PolicyName": name, "PolicyDocument": document})).collect()
}

fn put_boundary(object: &mut Value, holds: &Holds) {
    if let Some(arn) = &holds.boundary {
        object["PermissionsBoundary"] = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn});
    }
}

impl Blueprint {
    pub fn arn(&self, rest: &str) -> String {
        format!("arn:aws:iam::{}:{rest}", self.account)
    }

    /// The ARN of a customer policy.
    pub fn own(&self, name: &str) -> String {
        let path = self.policies.iter().find(|policy| policy.name == name).map_or("/", |policy| policy.path.as_str());
        self.arn(&format!("policy{path}{name}"))
    }

    fn user_arn(&self, user: &User) -> String {
        self.arn(&format!("user{}{}", user.path, user.name))
    }

    /// Users that exist now.
    fn present(&self) -> impl Iterator<Item = &User> {
        self.users.iter().filter(|user| !user.deleted)
    }

    fn holders(&self) -> impl Iterator<Item = &Holds> {
        let users = self.present().map(|user| &user.holds);
        users.chain(self.groups.iter().map(|group| &group.holds)).chain(self.roles.iter().map(|role| &role.holds))
    }

    /// The answers of the account's API.
    pub fn account(mut self) -> Account {
        // IAM lists by name, whatever the order of creation.
        self.users.sort_by_key(|user| user.name.to_lowercase());
        self.groups.sort_by(|one, other| one.name.cmp(&other.name));
        self.roles.sort_by(|one, other| one.name.cmp(&other.name));
        self.policies.sort_by(|one, other| one.name.cmp(&other.name));
        let mut account = Account { report: Some(report::csv(&self).into_bytes()), ..Account::default() };
        let mut put = |operation: &str, answer: Value| {
            let service = if operation == "GetCallerIdentity" { "sts" } else { "iam" };
            account.answers.insert(place(service, operation, |_| None), answer);
        };
        let (arn, user_id) = &self.caller;
        put("GetCallerIdentity", json!({"UserId": user_id, "Account": self.account, "Arn": arn}));
        put("GetCredentialReport", json!({"ReportFormat": "text/csv", "GeneratedTime": cli(self.report_time)}));
        put("GetAccountAuthorizationDetails", self.details());
        put("GetAccountSummary", json!({"SummaryMap": self.summary()}));
        put("ListUsers", json!({"Users": self.present().map(|user| self.listed_user(user)).collect::<Vec<_>>()}));
        put("ListRoles", json!({"Roles": self.roles.iter().map(|role| self.listed_role(role)).collect::<Vec<_>>()}));
        put("ListAccountAliases", json!({"AccountAliases": self.alias.iter().collect::<Vec<_>>()}));
        put("ListVirtualMFADevices", json!({"VirtualMFADevices": self.devices()}));
        put("ListServerCertificates", json!({"ServerCertificateMetadataList": self.server_certificates()}));
        if let Some(policy) = &self.password_policy {
            put("GetAccountPasswordPolicy", json!({"PasswordPolicy": policy}));
        }
        self.put_providers(&mut account);
        for name in ["AWSSupportAccess", "AWSCloudShellFullAccess", "AdministratorAccess"] {
            let arn = managed::aws(name);
            account.answers.insert(place("iam", "ListEntitiesForPolicy", |_| Some(arn.clone())), self.entities(&arn));
        }
        account
    }

    fn details(&self) -> Value {
        let users: Vec<Value> = self
            .present()
            .map(|user| {
                let mut detail = json!({
                    "Path": user.path, "UserName": user.name, "UserId": id("AIDA", &user.name), "Arn": self.user_arn(user),
                    "CreateDate": cli(user.created), "GroupList": user.groups,
                    "AttachedManagedPolicies": attached(&user.holds), "Tags": tags(&user.holds.tags)
                });
                if !user.holds.inline.is_empty() {
                    detail["UserPolicyList"] = inline(&user.holds);
                }
                put_boundary(&mut detail, &user.holds);
                detail
            })
            .collect();
        let groups: Vec<Value> = self
            .groups
            .iter()
            .map(|group| {
                json!({
                    "Path": group.path, "GroupName": group.name, "GroupId": id("AGPA", &group.name),
                    "Arn": self.arn(&format!("group{}{}", group.path, group.name)), "CreateDate": cli(group.created),
                    "GroupPolicyList": inline(&group.holds), "AttachedManagedPolicies": attached(&group.holds)
                })
            })
            .collect();
        let roles: Vec<Value> = self.roles.iter().map(|role| self.role_detail(role)).collect();
        json!({"UserDetailList": users, "GroupDetailList": groups, "RoleDetailList": roles, "Policies": self.policy_details()})
    }

    fn named_role(&self, role: &Role) -> Value {
        json!({
            "Path": role.path, "RoleName": role.name, "RoleId": id("AROA", &role.name),
            "Arn": self.arn(&format!("role{}{}", role.path, role.name)), "CreateDate": cli(role.created),
            "AssumeRolePolicyDocument": role.trust
        })
    }

    fn role_detail(&self, role: &Role) -> Value {
        let mut detail = self.named_role(role);
        let profile = json!({
            "Path": role.path, "InstanceProfileName": role.name, "InstanceProfileId": id("AIPA", &role.name),
            "Arn": self.arn(&format!("instance-profile{}{}", role.path, role.name)), "CreateDate": cli(role.created),
            "Roles": [self.named_role(role)]
        });
        detail["InstanceProfileList"] = if role.instance_profile { json!([profile]) } else { json!([]) };
        detail["RolePolicyList"] = inline(&role.holds);
        detail["AttachedManagedPolicies"] = attached(&role.holds);
        put_boundary(&mut detail, &role.holds);
        detail["Tags"] = tags(&role.holds.tags);
        detail["RoleLastUsed"] =
            role.used.map_or(json!({}), |(when, region)| json!({"LastUsedDate": cli(when), "Region": region}));
        detail
    }

    fn policy_details(&self) -> Vec<Value> {
        let (mut attachments, mut boundaries) = (BTreeMap::new(), BTreeMap::new());
        for holds in self.holders() {
            for arn in &holds.attached {
                *attachments.entry(arn.clone()).or_insert(0) += 1;
            }
            if let Some(arn) = &holds.boundary {
                *boundaries.entry(arn.clone()).or_insert(0) += 1;
            }
        }
        let counts =
            |arn: &str| (attachments.get(arn).copied().unwrap_or(0), boundaries.get(arn).copied().unwrap_or(0));
        let mut details: Vec<Value> = Vec::new();
        for policy in &self.policies {
            let arn = self.own(&policy.name);
            let (attached, bounding) = counts(&arn);
            let default = policy.default.unwrap_or(policy.versions.len());
            let versions: Vec<Value> = policy
                .versions
                .iter()
                .enumerate()
                .rev()
                .map(|(i, (created, document))| {
                    json!({"Document": document, "VersionId": format!("v{}", i + 1), "IsDefaultVersion": i + 1 == default,
                        "CreateDate": cli(*created)})
                })
                .collect();
            let (first, last) = (policy.versions.first().map_or(0, |v| v.0), policy.versions.last().map_or(0, |v| v.0));
            let mut detail = json!({
                "PolicyName": policy.name, "PolicyId": id("ANPA", &policy.name), "Arn": arn, "Path": policy.path,
                "DefaultVersionId": format!("v{default}"), "AttachmentCount": attached,
                "PermissionsBoundaryUsageCount": bounding, "IsAttachable": true
            });
            if let Some(description) = &policy.description {
                detail["Description"] = json!(description);
            }
            detail["CreateDate"] = json!(cli(first));
            detail["UpdateDate"] = json!(cli(last));
            detail["PolicyVersionList"] = json!(versions);
            details.push(detail);
        }
        let used: BTreeSet<&String> = attachments.keys().chain(boundaries.keys()).collect();
        for arn in used {
            let Some((name, policy)) = managed::by_arn(arn) else { continue };
            let (attached, bounding) = counts(arn);
            let default = policy["versions"][0]["VersionId"].clone();
            let path =
                arn.strip_prefix("arn:aws:iam::aws:policy").and_then(|rest| rest.strip_suffix(name)).unwrap_or("/");
            let versions: Vec<Value> = policy["versions"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|version| {
                    json!({"Document": version["Document"], "VersionId": version["VersionId"],
                        "IsDefaultVersion": version["VersionId"] == default, "CreateDate": version["CreateDate"]})
                })
                .collect();
            details.push(json!({
                "PolicyName": name, "PolicyId": policy["id"], "Arn": arn, "Path": path, "DefaultVersionId": default,
                "AttachmentCount": attached, "PermissionsBoundaryUsageCount": bounding, "IsAttachable": true,
                "CreateDate": policy["created"], "UpdateDate": policy["updated"], "PolicyVersionList": versions
            }));
        }
        details
    }

    fn listed_user(&self, user: &User) -> Value {
        let mut listed = json!({
            "Path": user.path, "UserName": user.name, "UserId": id("AIDA", &user.name), "Arn": self.user_arn(user),
            "CreateDate": cli(user.created)
        });
        if let Some(used) = user.password.as_ref().and_then(|password| password.used) {
            listed["PasswordLastUsed"] = json!(cli(used));
        }
        listed
    }

    fn listed_role(&self, role: &Role) -> Value {
        let mut listed = self.named_role(role);
        if let Some(description) = &role.description {
            listed["Description"] = json!(description);
        }
        listed["MaxSessionDuration"] = json!(if role.session == 0 { 3600 } else { role.session });
        listed
    }

    fn devices(&self) -> Vec<Value> {
        let serial = |name: &str| self.arn(&format!("mfa/{name}"));
        let mut devices = Vec::new();
        for mfa in &self.root.mfa {
            if let Mfa::Virtual { name, enabled } = mfa {
                let mut user =
                    json!({"UserId": self.account, "Arn": self.arn("root"), "CreateDate": cli(self.root.created)});
                if let Some(used) = self.root.password.as_ref().and_then(|password| password.used) {
                    user["PasswordLastUsed"] = json!(cli(used));
                }
                devices.push(json!({"SerialNumber": serial(name), "User": user, "EnableDate": cli(*enabled)}));
            }
        }
        for user in self.present() {
            for mfa in &user.mfa {
                if let Mfa::Virtual { name, enabled } = mfa {
                    let owner = self.listed_user(user);
                    devices.push(json!({"SerialNumber": serial(name), "User": owner, "EnableDate": cli(*enabled)}));
                }
            }
        }
        devices.extend(self.spare_devices.iter().map(|name| json!({"SerialNumber": serial(name)})));
        devices
    }

    fn server_certificates(&self) -> Vec<Value> {
        let all = self.certificates.iter();
        all.map(|certificate| {
            let Certificate { name, path, uploaded, expires } = certificate;
            json!({
                "Path": path, "ServerCertificateName": name, "ServerCertificateId": id("ASCA", name),
                "Arn": self.arn(&format!("server-certificate{path}{name}")), "UploadDate": cli(*uploaded), "Expiration": cli(*expires)
            })
        })
        .collect()
    }

    fn put_providers(&self, account: &mut Account) {
        let (mut saml, mut oidc) = (Vec::new(), Vec::new());
        for provider in &self.saml {
            let arn = self.arn(&format!("saml-provider/{}", provider.name));
            let (created, valid_until) = (cli(provider.created), cli(provider.valid_until));
            saml.push(json!({"Arn": arn, "ValidUntil": valid_until, "CreateDate": created}));
            let detail = json!({"SAMLMetadataDocument": provider.metadata, "CreateDate": created, "ValidUntil": valid_until,
                "Tags": tags(&provider.tags)});
            account.answers.insert(place("iam", "GetSAMLProvider", |_| Some(arn.clone())), detail);
        }
        for provider in &self.oidc {
            let arn = self.arn(&format!("oidc-provider/{}", provider.url));
            oidc.push(json!({"Arn": arn}));
            let detail = json!({"Url": provider.url, "ClientIDList": provider.clients, "ThumbprintList": [hex(&provider.url, 40)],
                "CreateDate": cli(provider.created), "Tags": tags(&provider.tags)});
            account.answers.insert(place("iam", "GetOpenIDConnectProvider", |_| Some(arn.clone())), detail);
        }
        account.answers.insert("iam/list-saml-providers".to_owned(), json!({"SAMLProviderList": saml}));
        account
            .answers
            .insert("iam/list-open-id-connect-providers".to_owned(), json!({"OpenIDConnectProviderList": oidc}));
    }

    /// Who holds a policy as a permissions policy.
    fn entities(&self, arn: &str) -> Value {
        let has = |holds: &Holds| holds.attached.iter().any(|held| held == arn);
        let groups = self.groups.iter().filter(|group| has(&group.holds));
        let users = self.present().filter(|user| has(&user.holds));
        let roles = self.roles.iter().filter(|role| has(&role.holds));
        json!({
            "PolicyGroups": groups.map(|group| json!({"GroupName": group.name, "GroupId": id("AGPA", &group.name)})).collect::<Vec<_>>(),
            "PolicyUsers": users.map(|user| json!({"UserName": user.name, "UserId": id("AIDA", &user.name)})).collect::<Vec<_>>(),
            "PolicyRoles": roles.map(|role| json!({"RoleName": role.name, "RoleId": id("AROA", &role.name)})).collect::<Vec<_>>()
        })
    }

    fn summary(&self) -> Value {
        let in_use = self.root.mfa.len() + self.present().map(|user| user.mfa.len()).sum::<usize>();
        let versions: usize = self.policies.iter().map(|policy| policy.versions.len()).sum();
        let profiles = self.roles.iter().filter(|role| role.instance_profile).count();
        let flag = |value: bool| usize::from(value);
        let mut map = Map::new();
        for (name, value) in [
            ("GroupPolicySizeQuota", 5120),
            ("InstanceProfilesQuota", 1000),
            ("Policies", self.policies.len()),
            ("GroupsPerUserQuota", 10),
            ("InstanceProfiles", profiles),
            ("AttachedPoliciesPerUserQuota", 10),
            ("Users", self.present().count()),
            ("PoliciesQuota", 1500),
            ("Providers", self.saml.len() + self.oidc.len()),
            ("AccountMFAEnabled", flag(!self.root.mfa.is_empty())),
            ("AccessKeysPerUserQuota", 2),
            ("AssumeRolePolicySizeQuota", 2048),
            ("PolicyVersionsInUseQuota", 10000),
            ("GlobalEndpointTokenVersion", if self.v2_tokens { 2 } else { 1 }),
            ("VersionsPerPolicyQuota", 5),
            ("AttachedPoliciesPerGroupQuota", 10),
            ("PolicySizeQuota", 6144),
            ("Groups", self.groups.len()),
            ("AccountSigningCertificatesPresent", 0),
            ("UsersQuota", 5000),
            ("ServerCertificatesQuota", 20),
            ("MFADevices", in_use + self.spare_devices.len()),
            ("UserPolicySizeQuota", 2048),
            ("PolicyVersionsInUse", versions),
            ("ServerCertificates", self.certificates.len()),
            ("Roles", self.roles.len()),
            ("RolesQuota", 1000),
            ("SigningCertificatesPerUserQuota", 2),
            ("MFADevicesInUse", in_use),
            ("RolePolicySizeQuota", 10240),
            ("AttachedPoliciesPerRoleQuota", 10),
            ("AccountAccessKeysPresent", flag(self.root.keys.iter().any(Option::is_some))),
            ("AccountPasswordPresent", flag(self.root.password.is_some())),
            ("GroupsQuota", 300),
        ] {
            map.insert(name.to_owned(), json!(value));
        }
        Value::Object(map)
    }
}
