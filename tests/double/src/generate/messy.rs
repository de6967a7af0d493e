//! Halcyon Freight, fifteen years on AWS: mergers, vendors, three identity providers, and nobody who cleans up.

mod policies;
mod roles;
mod users;

use super::blueprint::{Blueprint, Certificate, Group, Holds, Key, Mfa, Oidc, Password, Root, Saml};
use super::documents::{allow, document};
use super::managed::aws;
use super::report::Style;
use super::rng::{hex, id};
use crate::time::{DAY, at};
use serde_json::json;

const ACCOUNT: &str = "111122223333";
const COLLECTOR: &str = "IamEvidenceReadOnly";

/// Applications of the company, for names of policies, roles and service users.
const APPS: &[&str] = &[
    "booking",
    "tracking",
    "customs",
    "pricing",
    "invoicing",
    "ledger",
    "fleet",
    "routing",
    "warehouse",
    "manifest",
    "portal",
    "notify",
    "search",
    "ingest",
    "telemetry",
    "claims",
    "hr-sync",
    "payroll",
    "crm-bridge",
    "edi-gateway",
    "docs",
    "archive",
    "forecast",
    "labels",
    "returns",
    "carrier-api",
    "partner-api",
    "mobile-bff",
    "geo",
    "audit-trail",
];

pub fn blueprint() -> Blueprint {
    let mut blueprint = Blueprint {
        account: ACCOUNT.to_owned(),
        alias: Some("halcyon-freight-prod".to_owned()),
        caller: (
            format!("arn:aws:sts::{ACCOUNT}:assumed-role/{COLLECTOR}/audit-2026q3"),
            format!("{}:audit-2026q3", id("AROA", COLLECTOR)),
        ),
        report_time: super::report_time(),
        report_style: Style::Live,
        root: root(),
        users: Vec::new(),
        groups: Vec::new(),
        roles: Vec::new(),
        policies: policies::all(),
        password_policy: Some(json!({
            "MinimumPasswordLength": 8, "RequireSymbols": false, "RequireNumbers": true, "RequireUppercaseCharacters": true,
            "RequireLowercaseCharacters": true, "AllowUsersToChangePassword": true, "ExpirePasswords": false
        })),
        spare_devices: ["phone-of-somebody", "iphone-2019", "root-account-mfa-device-old"].map(str::to_owned).to_vec(),
        certificates: certificates(),
        saml: saml(),
        oidc: oidc(),
        v2_tokens: false,
    };
    blueprint.groups = groups(&blueprint);
    blueprint.users = users::all(&blueprint);
    blueprint.roles = roles::all(&blueprint);
    blueprint
}

/// Signed in three days ago, on a virtual device with a name of its own, and with a key from 2016 that was only switched off.
fn root() -> Root {
    Root {
        created: at(2011, 8, 22, 14, 7, 33),
        password: Some(Password { changed: at(2019, 4, 2, 8, 55, 10), used: Some(at(2026, 9, 27, 21, 14, 48)) }),
        mfa: vec![Mfa::Virtual { name: "break-glass-phone".to_owned(), enabled: at(2019, 4, 2, 9, 1, 22) }],
        keys: [
            Some(Key {
                active: false,
                created: at(2016, 1, 19, 11, 45, 2),
                used: Some((at(2018, 7, 30, 3, 0, 0), "us-east-1", "s3")),
            }),
            None,
        ],
    }
}

fn groups(blueprint: &Blueprint) -> Vec<Group> {
    let own = |name: &str| blueprint.own(name);
    let mut groups: Vec<Group> = [
        ("Administrators", vec![aws("AdministratorAccess")]),
        ("admins-legacy", vec![own("legacy-full-access")]),
        ("Developers", vec![aws("PowerUserAccess"), own("developer-self-service")]),
        ("developers-emea", vec![aws("ViewOnlyAccess"), own("booking-prod-access")]),
        ("developers-apac", vec![aws("ViewOnlyAccess"), own("tracking-prod-access")]),
        ("Operations", vec![aws("AmazonEC2FullAccess"), aws("AmazonS3FullAccess")]),
        ("operations-night-shift", vec![aws("AmazonEC2ReadOnlyAccess")]),
        ("DBA", vec![aws("DatabaseAdministrator")]),
        ("Finance", vec![aws("Billing")]),
        ("Auditors", vec![aws("SecurityAudit"), aws("ReadOnlyAccess")]),
        ("SecurityTeam", vec![aws("SecurityAudit"), own("security-incident-response")]),
        ("Support", vec![aws("AWSSupportAccess"), aws("ReadOnlyAccess")]),
        ("CloudShellUsers", vec![aws("AWSCloudShellFullAccess")]),
        ("S3Readers", vec![aws("AmazonS3ReadOnlyAccess")]),
        ("DataScience", vec![own("forecast-prod-access"), aws("AmazonS3ReadOnlyAccess")]),
        ("ServiceAccounts", vec![own("archive-prod-access")]),
        ("ServiceAccounts-EDI", vec![own("edi-gateway-prod-access")]),
        ("UserManagers", vec![aws("IAMFullAccess")]),
        ("PasswordSelfService", vec![aws("IAMUserChangePassword")]),
        ("Contractors", vec![aws("ViewOnlyAccess")]),
        ("Contractors_2019", vec![own("portal-prod-access")]),
        ("Acquired.BlueKite", vec![own("bluekite-everything")]),
        ("empty-since-the-merger", vec![aws("AmazonS3FullAccess")]),
        ("no-permissions-yet", vec![]),
        ("mfa-enforced", vec![own("require-mfa")]),
    ]
    .into_iter()
    .zip(0..)
    .map(|((name, attached), n)| Group {
        name: name.to_owned(),
        path: if name.starts_with("Acquired") { "/acquired/bluekite/" } else { "/" }.to_owned(),
        created: at(2013 + n % 11, 1 + n % 12, 1 + n, 8 + n % 9, 7 * n % 60, 11),
        holds: Holds { attached, ..Holds::default() },
    })
    .collect();
    let inline = document(vec![allow(&["s3:GetObject"], &["arn:aws:s3:::halcyon-night-shift/*"])]);
    groups[6].holds.inline.push(("night-shift-runbooks".to_owned(), inline));
    let wide = document(vec![allow(&["*"], &["*"])]);
    groups[20].holds.inline.push(("temporary".to_owned(), wide));
    groups
}

fn certificates() -> Vec<Certificate> {
    let certificate = |name: &str, path: &str, uploaded, expires| Certificate {
        name: name.to_owned(),
        path: path.to_owned(),
        uploaded,
        expires,
    };
    let now = super::now();
    vec![
        certificate("wildcard-halcyon-example-2021", "/", at(2021, 3, 1, 9, 0, 0), at(2022, 3, 31, 23, 59, 59)),
        certificate("tracking-edge", "/cloudfront/edge/", at(2025, 10, 12, 7, 30, 0), now + 12 * DAY),
        certificate("partner-api-2026", "/", at(2026, 2, 3, 10, 0, 0), at(2027, 3, 6, 23, 59, 59)),
    ]
}

/// Metadata as an identity provider would export it; the certificate is filler.
fn metadata(issuer: &str) -> String {
    let filler: String = (0..8).map(|n| hex(&format!("{issuer}{n}"), 64) + "\n").collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
         entityID=\"{issuer}\">\r\n  <md:IDPSSODescriptor WantAuthnRequestsSigned=\"false\" \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\r\n    <md:KeyDescriptor use=\"signing\">\
         <ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data><ds:X509Certificate>{filler}\
         </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\r\n    <md:SingleSignOnService \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{issuer}/sso?a=1&amp;b=2\"/>\r\n  \
         </md:IDPSSODescriptor>\r\n</md:EntityDescriptor>\r\n"
    )
}

fn saml() -> Vec<Saml> {
    let provider = |name: &str, issuer: &str, created, valid_until| Saml {
        name: name.to_owned(),
        created,
        valid_until,
        metadata: metadata(issuer),
        tags: vec![("ManagedBy".to_owned(), "identity-team".to_owned())],
    };
    vec![
        provider(
            "AWSSSO_5f1c0e9b7a2d4836_DO_NOT_DELETE",
            "https://portal.sso.eu-west-1.amazonaws.com/saml/assertion/halcyon",
            at(2021, 11, 4, 8, 12, 44),
            at(2121, 11, 4, 8, 12, 43),
        ),
        provider(
            "HalcyonADFS",
            "https://adfs.halcyon-freight.example/adfs/services/trust",
            at(2016, 6, 1, 12, 0, 0),
            at(2026, 6, 1, 12, 0, 0),
        ),
    ]
}

fn oidc() -> Vec<Oidc> {
    let provider =
        |url: String, client: &str, created| Oidc { url, clients: vec![client.to_owned()], created, tags: Vec::new() };
    vec![
        provider("token.actions.githubusercontent.com".to_owned(), "sts.amazonaws.com", at(2022, 4, 13, 15, 2, 9)),
        provider(
            format!("oidc.eks.eu-west-1.amazonaws.com/id/{}", hex("eks", 32).to_uppercase()),
            "sts.amazonaws.com",
            at(2022, 9, 2, 6, 20, 0),
        ),
        provider(
            "gitlab.halcyon-freight.example".to_owned(),
            "https://gitlab.halcyon-freight.example",
            at(2020, 1, 20, 17, 0, 0),
        ),
    ]
}
