//! What is asked about every user and role, and about every policy and its document.

use super::{Book, REGIONS};
use serde_json::{Value, json};

pub fn write(book: &mut Book<'_>) {
    let listed = |book: &Book<'_>, place: &str, list: &str| -> Vec<Value> {
        book.account.answers.get(place).and_then(|answer| answer[list].as_array().cloned()).unwrap_or_default()
    };
    let details = "iam/get-account-authorization-details";
    let (users, roles) = (listed(book, details, "UserDetailList"), listed(book, details, "RoleDetailList"));
    for (number, principal) in users.iter().chain(&roles).enumerate() {
        last_accessed(book, number, principal["Arn"].as_str().unwrap_or_default());
    }
    let policies = listed(book, details, "Policies");
    let own = policies.iter().filter(|policy| !policy["Arn"].as_str().unwrap_or_default().contains(":iam::aws:"));
    let are_described = policies.iter().any(|policy| policy["Description"].is_string());
    for (number, policy) in own.enumerate() {
        explained(book, (number, are_described), policy);
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

/// The policy as the authorization details have it, with its tags, which those do not have. Details may come without
/// any description, as those of the measured accounts do; then every other policy has one here, and where there are
/// many, every fifth has neither.
fn explained(book: &mut Book<'_>, (number, are_described): (usize, bool), policy: &Value) {
    let mut whole = policy.clone();
    if let Value::Object(members) = &mut whole {
        members.shift_remove("PolicyVersionList");
    }
    let has_neither = number >= 10 && number.is_multiple_of(5);
    let is_even = number.is_multiple_of(2);
    if !are_described && is_even && !has_neither {
        whole["Description"] = json!("Lets the <team> read; =1+1");
    }
    let tag = json!({ "Key": "Purpose", "Value": "reading" });
    whole["Tags"] = if is_even || has_neither { json!([]) } else { json!([tag]) };
    book.put("iam/get-policy", &[policy["Arn"].as_str().unwrap_or_default()], json!({ "Policy": whole }));
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
