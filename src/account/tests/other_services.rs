//! Facts of the services beside IAM: each trap once, and that missing answers are never a yes.

use crate::account::fact::{GapKind, Observed};
use crate::account::{Account, read};
use crate::policy::trust::TrustSettings;
use crate::snapshot::fixture::{ACCOUNT, Fixture};
use serde_json::{Value, json};

const MANAGEMENT: &str = "999900001111";

mod contacts_and_instances;
mod deep_collection;
mod identity_center;
mod organizations;

fn account(fixture: Fixture) -> Account {
    with(fixture, &TrustSettings::default())
}

fn with(fixture: Fixture, trust: &TrustSettings) -> Account {
    let fixture = fixture.answer(
        "sts",
        "GetCallerIdentity",
        json!({ "Account": ACCOUNT, "Arn": format!("arn:aws:iam::{ACCOUNT}:user/x"), "UserId": "A" }),
    );
    read(&fixture.open(), None, trust).unwrap()
}

/// Every service beside IAM, of an account in no organization, in which nothing is wrong or open.
pub fn completed(mut fixture: Fixture, users: &[&str], roles: &[&str]) -> Fixture {
    let contact = json!({ "ContactInformation": { "FullName": "a", "AddressLine1": "a", "City": "b", "CountryCode": "US",
        "PostalCode": "1", "PhoneNumber": "2" } });
    fixture = fixture
        .answer("account", "ListRegions", regions(&[("us-east-1", "ENABLED_BY_DEFAULT")]))
        .answer("account", "GetContactInformation", contact)
        .answer_in("us-east-1", ("ec2", "DescribeInstances"), &[], json!({ "Reservations": [] }))
        .answer_in("us-east-1", ("sso-admin", "ListInstances"), &[], json!({ "Instances": [] }))
        .failed("organizations", "DescribeOrganization", None, "AWSOrganizationsNotInUseException", "none");
    for kind in ["BILLING", "OPERATIONS", "SECURITY"] {
        let about = ("AlternateContactType", kind);
        fixture = fixture.failed_about("account", "GetAlternateContact", about, "ResourceNotFoundException");
    }
    for user in users {
        let about = ("UserName", *user);
        fixture = fixture
            .answer_about("iam", "ListServiceSpecificCredentials", about, json!({ "ServiceSpecificCredentials": [] }))
            .answer_about("iam", "ListSSHPublicKeys", about, json!({ "SSHPublicKeys": [] }))
            .answer_about("iam", "ListSigningCertificates", about, json!({ "Certificates": [] }));
    }
    for role in roles {
        let service = json!({ "ServiceNamespace": "s3", "LastAuthenticated": "2026-11-01T00:00:00Z" });
        let done = json!({ "JobStatus": "COMPLETED", "ServicesLastAccessed": [service] });
        fixture = fixture
            .answer_about("iam", "GenerateServiceLastAccessedDetails", ("Arn", role), json!({ "JobId": role }))
            .answer_about("iam", "GetServiceLastAccessedDetails", ("JobId", role), done);
    }
    fixture
}

fn organization_of(management: &str) -> Value {
    json!({ "Organization": { "Id": "o-exampleorgid", "MasterAccountId": management } })
}

fn regions(names: &[(&str, &str)]) -> Value {
    let list: Vec<Value> =
        names.iter().map(|(name, status)| json!({ "RegionName": name, "RegionOptStatus": status })).collect();
    json!({ "Regions": list })
}

fn kind_of<T: std::fmt::Debug>(value: &Observed<T>) -> GapKind {
    value.gap().unwrap_or_else(|| panic!("known: {value:?}")).kind.clone()
}
