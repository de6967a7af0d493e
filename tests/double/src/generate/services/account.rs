//! The account itself and its organization.

use super::{Book, ORGANIZATION};
use serde_json::json;

pub fn write(book: &mut Book<'_>) {
    let region = |name: &str, status: &str| json!({ "RegionName": name, "RegionOptStatus": status });
    let regions = [
        region("ap-southeast-3", "DISABLED"),
        region("eu-west-1", "ENABLED_BY_DEFAULT"),
        region("us-east-1", "ENABLED_BY_DEFAULT"),
    ];
    book.put("account/list-regions", &[], json!({ "Regions": regions }));
    let number = book.number.clone();
    let information =
        json!({ "AccountId": number, "AccountName": "startup", "AccountCreatedDate": "2023-02-01T09:00:00+00:00" });
    book.put("account/get-account-information", &[], information);
    let contact = json!({ "ContactInformation": {
        "AddressLine1": "1 Example Street", "City": "Springfield", "CompanyName": "Tidy <Startup> & Co", "CountryCode": "US",
        "FullName": "Ann Example", "PhoneNumber": "+15555550100", "PostalCode": "12345", "StateOrRegion": "OR" } });
    book.put("account/get-contact-information", &[], contact);
    for kind in ["OPERATIONS", "SECURITY"] {
        let contact = json!({ "AlternateContact": { "AlternateContactType": kind, "EmailAddress": "security@example.com",
            "Name": "On call", "PhoneNumber": "+15555550101", "Title": "Engineer" } });
        book.put("account/get-alternate-contact", &[kind], contact);
    }
    let message = "No contact of the inputted alternate contact type found.";
    book.refuse(
        "GetAlternateContact",
        "account/get-alternate-contact",
        &["BILLING"],
        "ResourceNotFoundException",
        message,
    );
    organization(book, &number);
    book.put(
        "iam/list-organizations-features",
        &[],
        json!({ "OrganizationId": ORGANIZATION, "EnabledFeatures": ["RootCredentialsManagement", "RootSessions"] }),
    );
}

fn organization(book: &mut Book<'_>, number: &str) {
    let arn = |rest: &str| format!("arn:aws:organizations::{number}:{rest}");
    let about = json!({ "Organization": { "Id": ORGANIZATION, "Arn": arn(&format!("organization/{ORGANIZATION}")), "FeatureSet": "ALL",
        "MasterAccountArn": arn(&format!("account/{ORGANIZATION}/{number}")), "MasterAccountId": number,
        "MasterAccountEmail": "aws@example.com" } });
    book.put("organizations/describe-organization", &[], about);
    let member = |id: &str, name: &str, state: &str| {
        json!({ "Id": id, "Arn": arn(&format!("account/{ORGANIZATION}/{id}")), "Email": format!("{name}@example.com"), "Name": name,
            "Status": if state == "ACTIVE" { "ACTIVE" } else { "SUSPENDED" }, "State": state, "JoinedMethod": "CREATED",
            "JoinedTimestamp": "2024-03-01T10:20:30.456000+00:00" })
    };
    let own = member(number, "startup", "ACTIVE");
    let (log, old) =
        (member("222233334444", "log-archive", "ACTIVE"), member("333344445555", "old-sandbox", "SUSPENDED"));
    book.put("organizations/list-accounts", &[], json!({ "Accounts": [own, log, old] }));
    let root = json!({ "Id": "r-ex01", "Arn": arn(&format!("root/{ORGANIZATION}/r-ex01")), "Name": "Root",
        "PolicyTypes": [{ "Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED" },
            { "Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED" }] });
    book.put("organizations/list-roots", &[], json!({ "Roots": [root] }));
    let unit = json!({ "Id": "ou-ex01-secure01", "Arn": arn(&format!("ou/{ORGANIZATION}/ou-ex01-secure01")), "Name": "Security" });
    book.put(
        "organizations/list-organizational-units-for-parent",
        &["r-ex01"],
        json!({ "OrganizationalUnits": [unit] }),
    );
    book.put("organizations/list-accounts-for-parent", &["r-ex01"], json!({ "Accounts": [own, old] }));
    book.put(
        "organizations/list-organizational-units-for-parent",
        &["ou-ex01-secure01"],
        json!({ "OrganizationalUnits": [] }),
    );
    book.put("organizations/list-accounts-for-parent", &["ou-ex01-secure01"], json!({ "Accounts": [log] }));
    let mut admin = log.clone();
    admin["DelegationEnabledDate"] = json!("2024-04-01T00:00:00+00:00");
    book.put("organizations/list-delegated-administrators", &[], json!({ "DelegatedAdministrators": [admin] }));
    let since = "2024-04-01T00:00:00+00:00";
    let services = json!([{ "ServicePrincipal": "access-analyzer.amazonaws.com", "DelegationEnabledDate": since }]);
    book.put(
        "organizations/list-delegated-services-for-account",
        &["222233334444"],
        json!({ "DelegatedServices": services }),
    );
    let trusted = json!([
        { "ServicePrincipal": "access-analyzer.amazonaws.com", "DateEnabled": since },
        { "ServicePrincipal": "sso.amazonaws.com", "DateEnabled": since },
        { "ServicePrincipal": "iam.amazonaws.com", "DateEnabled": since }
    ]);
    book.put(
        "organizations/list-aws-service-access-for-organization",
        &[],
        json!({ "EnabledServicePrincipals": trusted }),
    );
    let none = "There is no resource policy attached to the organization.";
    let stem = "organizations/describe-resource-policy";
    book.refuse("DescribeResourcePolicy", stem, &[], "ResourcePolicyNotFoundException", none);
    policies(book, &arn);
}

fn policies(book: &mut Book<'_>, arn: &dyn Fn(&str) -> String) {
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"organizations:LeaveOrganization","Resource":"*"}]}"#;
    for (kind, folder, id, managed) in [
        ("SERVICE_CONTROL_POLICY", "service_control_policy", "p-FullAWSAccess", true),
        ("SERVICE_CONTROL_POLICY", "service_control_policy", "p-ex4mpl3a", false),
        ("RESOURCE_CONTROL_POLICY", "resource_control_policy", "p-RCPFullAWSAccess", true),
    ] {
        let summary = json!({ "Id": id, "Arn": arn(&format!("policy/{ORGANIZATION}/{folder}/{id}")), "Name": id.trim_start_matches("p-"),
            "Description": "=cmd|' /C calc'!A0", "Type": kind, "AwsManaged": managed });
        let list = book.account.answers.entry(super::place("organizations/list-policies", &[kind]));
        let list = list.or_insert_with(|| json!({ "Policies": [] }));
        list["Policies"].as_array_mut().expect("a list was put there").push(summary.clone());
        let content = json!({ "Policy": { "PolicySummary": summary, "Content": document } });
        book.put("organizations/describe-policy", &[id], content);
        let target = json!({ "TargetId": "r-ex01", "Arn": arn(&format!("root/{ORGANIZATION}/r-ex01")), "Name": "Root", "Type": "ROOT" });
        book.put("organizations/list-targets-for-policy", &[id], json!({ "Targets": [target] }));
    }
}
