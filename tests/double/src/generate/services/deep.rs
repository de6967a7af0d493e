//! What is asked of every user and role, and of every policy document.

use super::{Book, REGIONS};
use serde_json::{Value, json};

pub fn write(book: &mut Book<'_>) {
    let listed = |book: &Book<'_>, place: &str, list: &str| -> Vec<Value> {
        book.account.answers.get(place).and_then(|answer| answer[list].as_array().cloned()).unwrap_or_default()
    };
    for (number, user) in listed(book, "iam/list-users", "Users").iter().enumerate() {
        credentials(book, number, user["UserName"].as_str().unwrap_or_default());
    }
    let details = "iam/get-account-authorization-details";
    let (users, roles) = (listed(book, details, "UserDetailList"), listed(book, details, "RoleDetailList"));
    for (number, principal) in users.iter().chain(&roles).enumerate() {
        last_accessed(book, number, principal["Arn"].as_str().unwrap_or_default());
    }
    let policies = listed(book, details, "Policies");
    let own = policies.iter().filter(|policy| !policy["Arn"].as_str().unwrap_or_default().contains(":iam::aws:"));
    for (number, policy) in own.enumerate() {
        explained(book, number, policy);
        let versions = policy["PolicyVersionList"].as_array().into_iter().flatten();
        for version in versions.filter(|version| version["IsDefaultVersion"] == true) {
            validated(book, &[&version["Document"].to_string(), "IDENTITY_POLICY"]);
        }
    }
    for role in &roles {
        let document = role["AssumeRolePolicyDocument"].to_string();
        validated(book, &[&document, "RESOURCE_POLICY", "AWS::IAM::AssumeRolePolicyDocument"]);
    }
}

/// Policies have a description or a tag; where there are many, some have neither.
fn explained(book: &mut Book<'_>, number: usize, policy: &Value) {
    let mut whole = policy.clone();
    if let Value::Object(members) = &mut whole {
        members.shift_remove("PolicyVersionList");
        members.shift_remove("Description");
    }
    whole["Tags"] = json!([]);
    match number {
        10.. if number.is_multiple_of(5) => {}
        _ if number.is_multiple_of(2) => whole["Description"] = json!("Lets the <team> read; =1+1"),
        _ => whole["Tags"] = json!([{ "Key": "Purpose", "Value": "reading" }]),
    }
    book.put("iam/get-policy", &[policy["Arn"].as_str().unwrap_or_default()], json!({ "Policy": whole }));
}

fn credentials(book: &mut Book<'_>, number: usize, user: &str) {
    let since = "2026-06-01T00:00:00+00:00";
    let id = format!("AKIAEXAMPLE{number:09}");
    let keys = json!([{ "UserName": user, "AccessKeyId": id, "Status": "Active", "CreateDate": since }]);
    book.put("iam/list-access-keys", &[user], json!({ "AccessKeyMetadata": keys }));
    let used = json!({ "UserName": user, "AccessKeyLastUsed": { "LastUsedDate": since, "ServiceName": "s3", "Region": "us-east-1" } });
    book.put("iam/get-access-key-last-used", &[&id], used);
    let device = json!([{ "UserName": user, "SerialNumber": "arn:aws:iam::1:u2f/user/a/b", "EnableDate": since }]);
    book.put("iam/list-mfa-devices", &[user], json!({ "MFADevices": device }));
    book.put("iam/list-service-specific-credentials", &[user], json!({ "ServiceSpecificCredentials": [] }));
    book.put("iam/list-ssh-public-keys", &[user], json!({ "SSHPublicKeys": [] }));
    book.put("iam/list-signing-certificates", &[user], json!({ "Certificates": [] }));
}

fn last_accessed(book: &mut Book<'_>, number: usize, arn: &str) {
    let job = format!("5f1c0e9b-7a2d-4836-9c1f-{number:012}");
    book.put("iam/generate-service-last-accessed-details", &[arn], json!({ "JobId": job }));
    let services = json!([
        { "ServiceName": "Amazon S3", "LastAuthenticated": "2026-09-01T00:00:00+00:00", "ServiceNamespace": "s3",
            "LastAuthenticatedEntity": arn, "TotalAuthenticatedEntities": 1 },
        { "ServiceName": "AWS Lambda", "ServiceNamespace": "lambda", "TotalAuthenticatedEntities": 0 }
    ]);
    let done = json!({ "JobStatus": "COMPLETED", "JobCreationDate": "2026-09-30T05:00:00+00:00", "ServicesLastAccessed": services,
        "JobCompletionDate": "2026-09-30T05:00:02.500000+00:00", "IsTruncated": false });
    book.put("iam/get-service-last-accessed-details", &[&job], done);
}

fn validated(book: &mut Book<'_>, about: &[&str]) {
    let finding = json!({ "findingDetails": "x", "findingType": "WARNING", "issueCode": "REDUNDANT_ACTION", "learnMoreLink": "https://x", "locations": [] });
    book.put(&format!("accessanalyzer/{}/validate-policy", REGIONS[0]), about, json!({ "findings": [finding] }));
}
