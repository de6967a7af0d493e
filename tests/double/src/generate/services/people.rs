//! Identity Center: in one region, as always.

use super::{Book, REGIONS};
use serde_json::json;

const HOME: &str = "eu-west-1";
const INSTANCE: &str = "arn:aws:sso:::instance/ssoins-1111222233334444";
const STORE: &str = "d-1234567890";

pub fn write(book: &mut Book<'_>) {
    for region in REGIONS {
        let instance = json!({ "InstanceArn": INSTANCE, "IdentityStoreId": STORE, "OwnerAccountId": book.number,
            "CreatedDate": "2024-05-01T08:00:00.250000+00:00", "Status": "ACTIVE" });
        let instances = if *region == HOME { vec![instance] } else { Vec::new() };
        book.put(&format!("sso-admin/{region}/list-instances"), &[], json!({ "Instances": instances }));
    }
    applications(book);
    let at = |operation: &str| format!("sso-admin/{HOME}/{operation}");
    let sets = ["admin", "reader"].map(|name| format!("arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-{name}"));
    book.put(&at("list-permission-sets"), &[INSTANCE], json!({ "PermissionSets": sets }));
    for (number, set) in sets.iter().enumerate() {
        let about = [INSTANCE, set.as_str()];
        let whole = json!({ "Name": format!("Set{number}"), "PermissionSetArn": set, "CreatedDate": "2024-05-02T08:00:00+00:00",
            "SessionDuration": "PT1H" });
        book.put(&at("describe-permission-set"), &about, json!({ "PermissionSet": whole }));
        book.put(&at("get-inline-policy-for-permission-set"), &about, json!({ "InlinePolicy": "" }));
        let admin = json!({ "Name": "AdministratorAccess", "Arn": "arn:aws:iam::aws:policy/AdministratorAccess" });
        let managed = if number == 0 { vec![admin] } else { Vec::new() };
        book.put(&at("list-managed-policies-in-permission-set"), &about, json!({ "AttachedManagedPolicies": managed }));
        let own = json!([{ "Name": "read", "Path": "/" }]);
        book.put(
            &at("list-customer-managed-policy-references-in-permission-set"),
            &about,
            json!({ "CustomerManagedPolicyReferences": own }),
        );
        let stem = at("get-permissions-boundary-for-permission-set");
        let none = "Permission set does not have a permissions boundary.";
        book.refuse("GetPermissionsBoundaryForPermissionSet", &stem, &about, "ResourceNotFoundException", none);
        let accounts = [book.number.clone(), "222233334444".to_owned()];
        book.put(&at("list-accounts-for-provisioned-permission-set"), &about, json!({ "AccountIds": accounts }));
        for account in &accounts {
            let assigned = json!([{ "AccountId": account, "PermissionSetArn": set, "PrincipalType": "GROUP", "PrincipalId": "g-1" }]);
            // By the names of the parameters: AccountId, InstanceArn, PermissionSetArn.
            book.put(
                &at("list-account-assignments"),
                &[account, INSTANCE, set],
                json!({ "AccountAssignments": assigned }),
            );
        }
    }
    directory(book);
}

fn directory(book: &mut Book<'_>) {
    let at = |operation: &str| format!("identitystore/{HOME}/{operation}");
    let user = |n: usize| {
        json!({ "UserName": format!("person{n}@example.com"), "UserId": format!("u-{n}"),
        "ExternalIds": [{ "Issuer": "https://idp.example.com", "Id": n.to_string() }], "Name": { "FamilyName": "<img>", "GivenName": "P" },
        "DisplayName": format!("=Person {n}"), "Emails": [{ "Value": "p@example.com", "Type": "work", "Primary": true }],
        "IdentityStoreId": STORE, "UserStatus": "ENABLED" })
    };
    book.put(&at("list-users"), &[STORE], json!({ "Users": (0..4).map(user).collect::<Vec<_>>() }));
    let groups = json!([{ "GroupId": "g-1", "DisplayName": "admins", "IdentityStoreId": STORE }]);
    book.put(&at("list-groups"), &[STORE], json!({ "Groups": groups }));
    let member = |n: usize| json!({ "IdentityStoreId": STORE, "MembershipId": format!("m-{n}"), "GroupId": "g-1", "MemberId": { "UserId": format!("u-{n}") } });
    let members: Vec<_> = (0..2).map(member).collect();
    book.put(&at("list-group-memberships"), &["g-1", STORE], json!({ "GroupMemberships": members }));
}

/// The instance's settings, an issuer that it trusts, an application for a group and one for nobody.
fn applications(book: &mut Book<'_>) {
    let at = |operation: &str| format!("sso-admin/{HOME}/{operation}");
    let number = book.number.clone();
    let whole = json!({ "InstanceArn": INSTANCE, "IdentityStoreId": STORE, "OwnerAccountId": number, "Name": "<main>",
        "CreatedDate": "2024-05-01T08:00:00.250000+00:00", "Status": "ACTIVE",
        "EncryptionConfigurationDetails": { "KeyType": "AWS_OWNED_KMS_KEY", "EncryptionStatus": "ENABLED" } });
    book.put(&at("describe-instance"), &[INSTANCE], whole);
    let issuer = format!("arn:aws:sso::{number}:trustedTokenIssuer/ssoins-1111222233334444/tti-1");
    let listed = json!({ "TrustedTokenIssuerArn": issuer, "Name": "partner", "TrustedTokenIssuerType": "OIDC_JWT" });
    book.put(&at("list-trusted-token-issuers"), &[INSTANCE], json!({ "TrustedTokenIssuers": [listed] }));
    let mut whole = listed.clone();
    whole["TrustedTokenIssuerConfiguration"] = json!({ "OidcJwtConfiguration": { "IssuerUrl": "https://idp.example.com",
        "ClaimAttributePath": "email", "IdentityStoreAttributePath": "emails.value", "JwksRetrievalOption": "OPEN_ID_DISCOVERY" } });
    book.put(&at("describe-trusted-token-issuer"), &[&issuer], whole);
    let applications: Vec<_> = (1..=2)
        .map(|n| {
            json!({ "ApplicationArn": format!("arn:aws:sso::{number}:application/ssoins-1111222233334444/apl-{n}"),
                "ApplicationProviderArn": "arn:aws:sso::aws:applicationProvider/custom-saml", "Name": format!("=App {n}"),
                "ApplicationAccount": number, "InstanceArn": INSTANCE, "Status": "ENABLED",
                "PortalOptions": { "Visibility": "ENABLED" }, "CreatedDate": "2024-05-03T08:00:00+00:00" })
        })
        .collect();
    for (n, application) in applications.iter().enumerate() {
        let arn = application["ApplicationArn"].as_str().expect("it was put there").to_owned();
        let assigned = json!({ "ApplicationArn": arn, "PrincipalId": "g-1", "PrincipalType": "GROUP" });
        let assigned = if n == 0 { vec![assigned] } else { Vec::new() };
        book.put(&at("list-application-assignments"), &[&arn], json!({ "ApplicationAssignments": assigned }));
    }
    book.put(&at("list-applications"), &[INSTANCE], json!({ "Applications": applications }));
}
