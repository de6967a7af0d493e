//! What stands around IAM in the samples: contacts, organization, instances, Identity Center, further credentials.

use super::{Book, REGIONS, World, account, deep, people};
use serde_json::{Map, Value, json};

const INSTANCE: &str = "arn:aws:sso:::instance/ssoins-1111222233334444";
const OTHER: &str = "222233334444";
const HOME: &str = "eu-west-1";
const SAYS_NO: &str = "The double says no.";
const EVIL: &str = "\u{202e}<script>alert(1)</script>=cmd|' /C calc'!A0";

fn set(name: &str) -> String {
    format!("arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-{name}")
}

pub fn write(book: &mut Book<'_>, world: World) {
    account::write(book);
    people::write(book);
    deep::write(book);
    match world {
        World::Tidy => tidy(book),
        World::Messy => messy(book),
        World::Hostile => hostile(book),
        World::Member => member(book),
        World::Denied => denied(book),
    }
}

/// An organization in order, seen from its management account.
fn tidy(book: &mut Book<'_>) {
    let since = "2024-04-01T00:00:00+00:00";
    let services: Vec<Value> = ["access-analyzer", "iam", "sso"]
        .iter()
        .map(|name| json!({ "ServicePrincipal": format!("{name}.amazonaws.com"), "DelegationEnabledDate": since }))
        .collect();
    book.put("organizations/list-delegated-services-for-account", &[OTHER], json!({ "DelegatedServices": services }));
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Security","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{OTHER}:root"}},"Action":["organizations:ListPolicies","organizations:DescribePolicy","organizations:UpdatePolicy"],"Resource":"*"}}]}}"#
    );
    book.instead(
        "organizations/describe-resource-policy",
        &[],
        json!({ "ResourcePolicy": { "ResourcePolicySummary": { "Id": "rp-ex01", "Arn": "arn:aws:organizations::1:resourcepolicy/o/rp-ex01" }, "Content": policy } }),
    );
    let at = |operation: &str| format!("sso-admin/{HOME}/{operation}");
    for (name, called, policy) in [("admin", "PowerUsers", "PowerUserAccess"), ("reader", "Readers", "ReadOnlyAccess")]
    {
        permission_set(book, name, called, "PT1H");
        let set = set(name);
        let about = [INSTANCE, set.as_str()];
        let managed = json!([{ "Name": policy, "Arn": format!("arn:aws:iam::aws:policy/{policy}") }]);
        book.put(&at("list-managed-policies-in-permission-set"), &about, json!({ "AttachedManagedPolicies": managed }));
        let none = json!({ "CustomerManagedPolicyReferences": [] });
        book.put(&at("list-customer-managed-policy-references-in-permission-set"), &about, none);
    }
    instances(book, true);
    credential(book, "2026-09-01T00:00:00+00:00");
}

fn permission_set(book: &mut Book<'_>, id: &str, name: &str, session: &str) {
    let set = set(id);
    let whole = json!({ "Name": name, "PermissionSetArn": set, "CreatedDate": "2024-05-02T08:00:00+00:00",
        "Description": format!("What {name} need"), "SessionDuration": session });
    let place = format!("sso-admin/{HOME}/describe-permission-set");
    book.put(&place, &[INSTANCE, &set], json!({ "PermissionSet": whole }));
}

/// The same organization, neglected.
fn messy(book: &mut Book<'_>) {
    let blank = json!({ "ContactInformation": { "AddressLine1": "1 Example Street", "City": "Springfield",
        "CountryCode": "US", "FullName": " ", "PhoneNumber": "", "PostalCode": "12345" } });
    book.put("account/get-contact-information", &[], blank);
    let (code, none) = ("ResourceNotFoundException", "No contact of the inputted alternate contact type found.");
    book.rather("GetAlternateContact", "account/get-alternate-contact", &["SECURITY"], code, none);
    let features = json!({ "OrganizationId": super::ORGANIZATION, "EnabledFeatures": ["RootSessions"] });
    book.put("iam/list-organizations-features", &[], features);
    book.put("organizations/list-targets-for-policy", &["p-ex4mpl3a"], json!({ "Targets": [] }));
    // Nothing of Access Analyzer's for the organization, which could stand in for what this account lacks.
    let trusted: Vec<Value> = ["config", "iam", "sso"]
        .iter()
        .map(|name| json!({ "ServicePrincipal": format!("{name}.amazonaws.com"), "DateEnabled": "2024-04-01T00:00:00+00:00" }))
        .collect();
    let stem = "organizations/list-aws-service-access-for-organization";
    book.put(stem, &[], json!({ "EnabledServicePrincipals": trusted }));
    let at = |operation: &str| format!("sso-admin/{HOME}/{operation}");
    permission_set(book, "admin", "Everything", "PT12H");
    let admin = set("admin");
    let number = book.number.clone();
    let assigned =
        json!([{ "AccountId": number, "PermissionSetArn": admin, "PrincipalType": "USER", "PrincipalId": "u-3" }]);
    book.put(&at("list-account-assignments"), &[&number, INSTANCE, &admin], json!({ "AccountAssignments": assigned }));
    instances(book, false);
    credential(book, "2022-01-01T00:00:00+00:00");
    idle_roles(book);
}

/// Nothing of it may be seen.
fn denied(book: &mut Book<'_>) {
    tidy(book);
    let caller = book.account.caller().to_owned();
    let mut refuse = |service: &str, operation: &str, stem: &str, code: &str| {
        let message = format!(
            "User: {caller} is not authorized to perform: {service}:{operation} on resource: * \
             because no identity-based policy allows the {service}:{operation} action"
        );
        book.account.answers.retain(|place, _| place != stem && !place.starts_with(&format!("{stem}/")));
        book.refuse(operation, stem, &[], code, &message);
    };
    let code = "AccessDeniedException";
    for (service, operation, stem) in [
        ("account", "ListRegions", "account/list-regions"),
        ("account", "GetContactInformation", "account/get-contact-information"),
        ("account", "GetAlternateContact", "account/get-alternate-contact"),
        ("organizations", "DescribeOrganization", "organizations/describe-organization"),
        ("organizations", "ListAccounts", "organizations/list-accounts"),
        ("organizations", "ListRoots", "organizations/list-roots"),
        ("organizations", "ListPolicies", "organizations/list-policies"),
        ("organizations", "DescribeResourcePolicy", "organizations/describe-resource-policy"),
        ("organizations", "ListDelegatedAdministrators", "organizations/list-delegated-administrators"),
        (
            "organizations",
            "ListAWSServiceAccessForOrganization",
            "organizations/list-aws-service-access-for-organization",
        ),
    ] {
        refuse(service, operation, stem, code);
    }
    for (operation, stem) in [
        ("ListOrganizationsFeatures", "iam/list-organizations-features"),
        ("ListAccountAliases", "iam/list-account-aliases"),
    ] {
        refuse("iam", operation, stem, "AccessDenied");
    }
    for region in REGIONS {
        refuse("ec2", "DescribeInstances", &format!("ec2/{region}/describe-instances"), "UnauthorizedOperation");
        refuse("sso", "ListInstances", &format!("sso-admin/{region}/list-instances"), code);
    }
}

/// A member account, which is shown that there is an organization and nothing in it.
fn member(book: &mut Book<'_>) {
    let management = "444455556666";
    let arn = format!("arn:aws:organizations::{management}:organization/{}", super::ORGANIZATION);
    let about = json!({ "Organization": { "Id": super::ORGANIZATION, "Arn": arn, "FeatureSet": "ALL",
        "MasterAccountArn": format!("arn:aws:organizations::{management}:account/{}/{management}", super::ORGANIZATION),
        "MasterAccountId": management, "MasterAccountEmail": "aws@example.com" } });
    let code = "AccessDeniedException";
    book.account.answers.retain(|place, _| !place.starts_with("organizations/"));
    book.account.failures.retain(|place, _| !place.starts_with("organizations/"));
    book.put("organizations/describe-organization", &[], about);
    for (operation, stem) in [
        ("ListAccounts", "list-accounts"),
        ("ListRoots", "list-roots"),
        ("ListDelegatedAdministrators", "list-delegated-administrators"),
        ("ListAWSServiceAccessForOrganization", "list-aws-service-access-for-organization"),
        ("DescribeResourcePolicy", "describe-resource-policy"),
        ("ListPolicies", "list-policies"),
    ] {
        let message = "You don't have permissions to access this resource.";
        book.rather(operation, &format!("organizations/{stem}"), &[], code, message);
    }
    let not_yours = "AccountNotManagementOrDelegatedAdministratorException";
    book.rather("ListOrganizationsFeatures", "iam/list-organizations-features", &[], not_yours, SAYS_NO);
    for region in REGIONS {
        book.put(&format!("ec2/{region}/describe-instances"), &[], json!({ "Reservations": [] }));
        let instance = json!({ "InstanceArn": INSTANCE, "IdentityStoreId": "d-1234567890", "OwnerAccountId": management,
            "CreatedDate": "2024-05-01T08:00:00.250000+00:00", "Status": "ACTIVE" });
        let instances = if *region == HOME { vec![instance] } else { Vec::new() };
        book.put(&format!("sso-admin/{region}/list-instances"), &[], json!({ "Instances": instances }));
        book.account.answers.retain(|place, _| !place.starts_with(&format!("sso-admin/{region}/list-permission-sets")));
        for (operation, stem) in [
            ("ListPermissionSets", format!("sso-admin/{region}/list-permission-sets")),
            ("DescribeInstance", format!("sso-admin/{region}/describe-instance")),
            ("ListTrustedTokenIssuers", format!("sso-admin/{region}/list-trusted-token-issuers")),
            ("ListApplications", format!("sso-admin/{region}/list-applications")),
            ("ListUsers", format!("identitystore/{region}/list-users")),
            ("ListGroups", format!("identitystore/{region}/list-groups")),
        ] {
            book.account.answers.retain(|place, _| !place.starts_with(&stem));
            book.refuse(operation, &stem, &[], code, SAYS_NO);
        }
    }
}

/// Every text that somebody else may choose tries to break out.
fn hostile(book: &mut Book<'_>) {
    tidy(book);
    let contact = json!({ "ContactInformation": { "AddressLine1": EVIL, "City": EVIL, "CompanyName": EVIL, "CountryCode": "US",
        "FullName": EVIL, "PhoneNumber": "+15555550100", "PostalCode": "1" } });
    book.put("account/get-contact-information", &[], contact);
    let alternate = json!({ "AlternateContact": { "AlternateContactType": "SECURITY", "EmailAddress": "a@example.com\r\n,=1+1",
        "Name": EVIL, "PhoneNumber": "1", "Title": "#import \"x\"" } });
    book.put("account/get-alternate-contact", &["SECURITY"], alternate);
    // Accounts, units and policies have the same name in every answer that names them.
    for kind in ["account/", "ou/", "policy/"] {
        evil(book, "organizations/", "Name", &|one| {
            one["Arn"].as_str().is_some_and(|arn| arn.contains(&format!(":{kind}")))
        });
    }
    evil(book, "account/get-account-information", "AccountName", &|_| true);
    let trusted = "organizations/list-aws-service-access-for-organization";
    evil(book, trusted, "ServicePrincipal", &|_| true);
    evil(book, &format!("identitystore/{HOME}/list-users"), "UserName", &|_| true);
    evil(book, &format!("identitystore/{HOME}/list-groups"), "DisplayName", &|_| true);
    permission_set(book, "admin", &format!("=Everybody {EVIL}"), "PT12H");
    credential(book, "2022-01-01T00:00:00+00:00");
    idle_roles(book);
}

/// Puts an attack behind a member of every object that is meant, in all answers of these places.
fn evil(book: &mut Book<'_>, places: &str, member: &str, is_meant: &dyn Fn(&Value) -> bool) {
    fn go(value: &mut Value, member: &str, is_meant: &dyn Fn(&Value) -> bool) {
        if value[member].is_string() && is_meant(value) {
            let plain = value[member].as_str().unwrap_or_default().to_owned();
            value[member] = json!(format!("{plain} {EVIL}"));
        }
        match value {
            Value::Object(members) => members.values_mut().for_each(|value| go(value, member, is_meant)),
            Value::Array(items) => items.iter_mut().for_each(|value| go(value, member, is_meant)),
            _ => {}
        }
    }
    for (_, answer) in book.account.answers.iter_mut().filter(|(place, _)| place.starts_with(places)) {
        go(answer, member, is_meant);
    }
}

/// One running instance in each region, with a role or with an empty profile, and a stopped one without any.
fn instances(book: &mut Book<'_>, tidy: bool) {
    let number = book.number.clone();
    let profile = format!("arn:aws:iam::{number}:instance-profile/web-servers");
    book.count_an_instance_profile();
    if tidy && let Some(details) = book.account.answers.get_mut("iam/get-account-authorization-details") {
        let role = details["RoleDetailList"].as_array_mut().and_then(|roles| {
            roles.iter_mut().find(|role| !role["Path"].as_str().unwrap_or_default().starts_with("/aws-"))
        });
        if let Some(role) = role {
            let members = ["Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument"];
            let named: Map<String, Value> =
                members.iter().map(|member| ((*member).to_owned(), role[*member].clone())).collect();
            let list = json!([{ "Path": "/", "InstanceProfileName": "web-servers", "InstanceProfileId": "AIPAEXAMPLEWEB",
                "Arn": profile, "CreateDate": "2024-05-01T08:00:00+00:00", "Roles": [named] }]);
            role["InstanceProfileList"] = list;
        }
    }
    for region in REGIONS {
        let running = json!({ "InstanceId": format!("i-0{region}"), "State": { "Code": 16, "Name": "running" },
            "IamInstanceProfile": { "Arn": profile, "Id": "AIPAEXAMPLEWEB" } });
        let stopped = json!({ "InstanceId": format!("i-1{region}"), "State": { "Code": 80, "Name": "stopped" } });
        let reservation =
            json!({ "ReservationId": "r-1", "OwnerId": number, "Groups": [], "Instances": [running, stopped] });
        book.put(&format!("ec2/{region}/describe-instances"), &[], json!({ "Reservations": [reservation] }));
    }
}

/// A credential of the first user that the credential report does not show.
fn credential(book: &mut Book<'_>, since: &str) {
    let users = book.account.answers.get("iam/list-users").and_then(|answer| answer["Users"].as_array().cloned());
    let Some(user) = users.into_iter().flatten().next() else { return };
    let name = user["UserName"].as_str().unwrap_or_default().to_owned();
    let list = json!([{ "UserName": name, "Status": "Active", "ServiceUserName": format!("{name}-at-1"), "CreateDate": since,
        "ServiceSpecificCredentialId": "ACCAEXAMPLE0001", "ServiceName": "codecommit.amazonaws.com" }]);
    book.put("iam/list-service-specific-credentials", &[&name], json!({ "ServiceSpecificCredentials": list }));
}

/// Every fourth job of Access Advisor shows a role that reaches much and uses nothing.
fn idle_roles(book: &mut Book<'_>) {
    let jobs = book
        .account
        .answers
        .iter_mut()
        .filter(|(place, _)| place.starts_with("iam/get-service-last-accessed-details/"));
    for (_, answer) in jobs.step_by(4) {
        let idle =
            |name: &str| json!({ "ServiceName": name, "ServiceNamespace": name, "TotalAuthenticatedEntities": 0 });
        answer["ServicesLastAccessed"] = ["ec2", "kms", "lambda", "s3", "sqs"].iter().map(|name| idle(name)).collect();
    }
}
