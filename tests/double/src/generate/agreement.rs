//! No generated account contradicts itself: what two answers say of the same thing is the same, and what AWS counts is
//! what it lists.

use super::{
    empty_account, hostile_text, later, many, messy_enterprise, permission_denied, sized_with_services,
    small_organization, tidy_organization, tidy_startup,
};
use crate::Account;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Every kind of account that the generator makes, with its name in messages.
fn accounts() -> Vec<(&'static str, Account)> {
    vec![
        ("messy-enterprise", messy_enterprise()),
        ("tidy-startup", tidy_startup()),
        ("empty-account", empty_account()),
        ("hostile-text", hostile_text()),
        ("permission-denied", permission_denied()),
        ("tidy-organization", tidy_organization()),
        ("small-organization", small_organization()),
        ("sized", sized_with_services(50, 40, 30)),
        ("tidy-startup, later", later::tidy()),
        ("hostile-text, later", later::hostile()),
        ("management", many::management(12, &[("799999999999", "SUSPENDED")])),
        ("landscape", many::landscape::landscape(40)),
    ]
}

/// What tells things of a service apart: the first of these that an object has.
const IDENTIFIERS: &[(&str, &[&str])] = &[
    ("iam", &["Arn", "AccessKeyId", "SerialNumber", "CertificateId"]),
    ("organizations", &["Arn", "MasterAccountArn"]),
    ("accessanalyzer", &["arn", "id"]),
    ("config", &["arn", "ConfigRuleName", "ConformancePackName", "OrganizationConfigRuleName"]),
    ("cloudtrail", &["TrailARN"]),
    ("sso-admin", &["TrustedTokenIssuerArn"]),
    ("identitystore", &["MembershipId"]),
];

/// An object of an answer: where it stands, and its members.
type Seen<'a> = (&'a str, &'a Map<String, Value>);

fn objects<'a>(place: &'a str, value: &'a Value, found: &mut Vec<Seen<'a>>) {
    match value {
        Value::Object(members) => {
            found.push((place, members));
            members.values().for_each(|value| objects(place, value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| objects(place, item, found)),
        _ => {}
    }
}

/// `config/eu-west-1/describe-config-rules` of a place, without what the call is about.
fn operation(place: &str) -> String {
    let service = place.split('/').next().unwrap_or_default();
    let regional = crate::services::in_folder(service).is_some_and(|service| service.regional);
    place.split('/').take(if regional { 3 } else { 2 }).collect::<Vec<_>>().join("/")
}

/// Things of an account by their identifiers, a service and Region apart.
fn things<'a>(places: &'a [(String, Value)]) -> BTreeMap<String, Vec<Seen<'a>>> {
    let mut things: BTreeMap<String, Vec<Seen<'a>>> = BTreeMap::new();
    for (place, answer) in places {
        let service = place.split('/').next().unwrap_or_default();
        let Some((_, identifiers)) = IDENTIFIERS.iter().find(|(name, _)| *name == service) else { continue };
        let mut found = Vec::new();
        objects(place, answer, &mut found);
        for seen in found {
            let named = identifiers.iter().find_map(|name| Some((name, seen.1.get(*name)?.as_str()?)));
            let Some((name, value)) = named else { continue };
            // What a rule says of a resource or in an account is not the rule itself.
            if service == "config" && ["ResourceId", "AccountId"].iter().any(|about| seen.1.contains_key(*about)) {
                continue;
            }
            let operation = operation(place);
            let scope = operation.rsplit_once('/').map_or("", |(scope, _)| scope);
            things.entry(format!("{scope} {name} {value}")).or_default().push(seen);
        }
    }
    things
}

/// What kind a thing is: the resource type of its ARN, or what identifies it.
fn kind(thing: &str) -> String {
    match thing.split_once(" arn:").or_else(|| thing.split_once(" Arn arn:")) {
        Some((_, arn)) => {
            arn.splitn(5, ':').last().unwrap_or_default().split(['/', ':']).next().unwrap_or_default().to_owned()
        }
        None => thing.split(' ').nth(1).unwrap_or_default().to_owned(),
    }
}

#[test]
fn two_answers_say_the_same_of_the_same_thing() {
    // One of each: an account, the operations, and the member that differs.
    let mut wrong: BTreeMap<String, String> = BTreeMap::new();
    for (name, account) in accounts() {
        let places = account.places();
        let things = things(&places);
        // Members that an operation sends of some thing of a kind: where another of that kind lacks one, it has none.
        let mut sends: BTreeMap<(String, String), BTreeSet<&str>> = BTreeMap::new();
        for (thing, seen) in &things {
            for (place, members) in seen {
                let sent = sends.entry((operation(place), kind(thing))).or_default();
                sent.extend(members.keys().map(String::as_str));
            }
        }
        for (thing, seen) in &things {
            for (one, of_one) in seen {
                for (other, of_other) in seen.iter().filter(|(other, _)| other != one) {
                    for (member, value) in *of_one {
                        let says = match of_other.get(member) {
                            Some(same) if same == value => continue,
                            Some(differs) => differs.to_string(),
                            None if sends[&(operation(other), kind(thing))].contains(member.as_str()) => {
                                "nothing".to_owned()
                            }
                            None => continue,
                        };
                        let key = format!("{name}: {member} in {} and {}", operation(one), operation(other));
                        let example: String = format!("{thing}: {value} and {says}").chars().take(300).collect();
                        wrong.entry(key).or_insert(example);
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} contradictions\n{wrong:#?}", wrong.len());
}

/// The entries of a list in an answer; none where the account does not answer that.
fn listed(account: &Account, place: &str, list: &str) -> Vec<Value> {
    let answer = account.answers.get(place);
    answer.and_then(|answer| answer[list].as_array().cloned()).unwrap_or_default()
}

const DETAILS: &str = "iam/get-account-authorization-details";

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

/// Names of principals in the authorization details whose attached policies have this ARN.
fn holders(account: &Account, arn: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (list, name) in
        [("UserDetailList", "UserName"), ("GroupDetailList", "GroupName"), ("RoleDetailList", "RoleName")]
    {
        for principal in listed(account, DETAILS, list) {
            let attached = principal["AttachedManagedPolicies"].as_array().into_iter().flatten();
            if attached.into_iter().any(|policy| policy["PolicyArn"] == arn) {
                found.insert(format!("{name} {}", text(&principal, name)));
            }
        }
    }
    found
}

#[test]
fn attachments_are_counted_as_the_principals_have_them() {
    for (name, account) in accounts() {
        let details = account.answers.get(DETAILS).map(ToString::to_string).unwrap_or_default();
        for policy in listed(&account, DETAILS, "Policies") {
            let arn = text(&policy, "Arn");
            let bounds = details.matches(&format!("\"PermissionsBoundaryArn\":{}", policy["Arn"])).count();
            assert_eq!(policy["AttachmentCount"], holders(&account, arn).len(), "{name}: {arn}");
            assert_eq!(policy["PermissionsBoundaryUsageCount"], bounds, "{name}: {arn}");
        }
        for (place, answer) in account.places() {
            let Some(arn) = place.strip_prefix("iam/list-entities-for-policy/").map(crate::encode::form) else {
                continue;
            };
            let mut entities = BTreeSet::new();
            for (list, name) in
                [("PolicyUsers", "UserName"), ("PolicyGroups", "GroupName"), ("PolicyRoles", "RoleName")]
            {
                let all = answer[list].as_array().into_iter().flatten();
                entities.extend(all.map(|one| format!("{name} {}", text(one, name))));
            }
            if !details.is_empty() {
                assert_eq!(entities, holders(&account, &arn), "{name}: {arn}");
            }
        }
    }
}

#[test]
fn the_account_summary_counts_what_is_listed() {
    for (name, account) in accounts() {
        let Some(summary) = account.answers.get("iam/get-account-summary") else { continue };
        let count = |of: &str| usize::try_from(summary["SummaryMap"][of].as_u64().unwrap()).unwrap();
        let details = |list: &str| listed(&account, DETAILS, list);
        let own: Vec<Value> =
            details("Policies").into_iter().filter(|policy| !text(policy, "Arn").contains(":iam::aws:")).collect();
        let versions = own.iter().filter_map(|policy| policy["PolicyVersionList"].as_array()).map(Vec::len).sum();
        assert_eq!(count("Users"), details("UserDetailList").len(), "{name}");
        assert_eq!(count("Groups"), details("GroupDetailList").len(), "{name}");
        assert_eq!(count("Roles"), details("RoleDetailList").len(), "{name}");
        assert_eq!((count("Policies"), count("PolicyVersionsInUse")), (own.len(), versions), "{name}");
        let saml = listed(&account, "iam/list-saml-providers", "SAMLProviderList").len();
        let oidc = listed(&account, "iam/list-open-id-connect-providers", "OpenIDConnectProviderList").len();
        assert_eq!(count("Providers"), saml + oidc, "{name}");
        assert_eq!(
            count("ServerCertificates"),
            listed(&account, "iam/list-server-certificates", "ServerCertificateMetadataList").len(),
            "{name}"
        );
        let mut profiles = BTreeSet::new();
        for (place, answer) in account.places() {
            let mut found = Vec::new();
            objects(&place, &answer, &mut found);
            let arns = found.iter().filter_map(|(_, members)| members.get("Arn")?.as_str());
            profiles.extend(arns.filter(|arn| arn.contains(":instance-profile/")).map(str::to_owned));
        }
        assert_eq!(count("InstanceProfiles"), profiles.len(), "{name}: {profiles:?}");
        devices(name, &account, &count);
    }
}

/// Virtual devices in the list of them, the users' others in each user's own list, and the root user's in neither.
fn devices(name: &str, account: &Account, count: &dyn Fn(&str) -> usize) {
    let virtual_ones = listed(account, "iam/list-virtual-mfa-devices", "VirtualMFADevices");
    let serials: BTreeSet<&str> = virtual_ones.iter().map(|device| text(device, "SerialNumber")).collect();
    let assigned = virtual_ones.iter().filter(|device| device["User"].is_object());
    let (root, of_users): (Vec<&Value>, Vec<&Value>) =
        assigned.partition(|device| device["User"]["UserName"].is_null());
    let mut of_each = Vec::new();
    for (place, answer) in account.places() {
        if place.starts_with("iam/list-mfa-devices/") {
            of_each.extend(answer["MFADevices"].as_array().cloned().into_iter().flatten());
        }
    }
    if of_each.is_empty() && !listed(account, "iam/list-users", "Users").is_empty() {
        return;
    }
    let is_virtual = |device: &&Value| serials.contains(text(device, "SerialNumber"));
    assert_eq!(of_each.iter().filter(is_virtual).count(), of_users.len(), "{name}");
    let of_root = if root.is_empty() { count("AccountMFAEnabled") } else { root.len() };
    assert_eq!(count("MFADevicesInUse"), of_each.len() + of_root, "{name}");
    assert_eq!(
        count("MFADevices"),
        count("MFADevicesInUse") + virtual_ones.len() - root.len() - of_users.len(),
        "{name}"
    );
}

#[test]
fn the_credential_report_says_what_the_calls_about_each_user_say() {
    for (name, account) in accounts() {
        let Some(report) = account.report() else { continue };
        let report = String::from_utf8(report.to_vec()).unwrap();
        let mut rows = report.lines().map(fields);
        let columns = rows.next().unwrap();
        let at = |row: &[String], column: &str| row[columns.iter().position(|one| one == column).unwrap()].clone();
        let users = listed(&account, "iam/list-users", "Users");
        for row in rows.skip(1) {
            let user_name = at(&row, "user");
            let Some(user) = users.iter().find(|user| text(user, "UserName") == user_name) else { continue };
            let about = format!("{name}: {user_name}");
            let same = |reported: &str, listed: &str| time(reported) == time(listed);
            assert_eq!(at(&row, "arn"), text(user, "Arn"), "{about}");
            assert!(same(&at(&row, "user_creation_time"), text(user, "CreateDate")), "{about}");
            let used = at(&row, "password_last_used");
            let used = if ["N/A", "no_information"].contains(&used.as_str()) { String::new() } else { used };
            assert!(same(&used, text(user, "PasswordLastUsed")), "{about}: {used}");
            let asked = |operation: &str, list: &str| {
                let place = crate::account::place("iam", operation, |_| Some(user_name.clone()));
                account.answers.contains_key(&place).then(|| listed(&account, &place, list))
            };
            if let Some(devices) = asked("ListMFADevices", "MFADevices") {
                assert_eq!(at(&row, "mfa_active").to_lowercase(), (!devices.is_empty()).to_string(), "{about}");
            }
            let Some(keys) = asked("ListAccessKeys", "AccessKeyMetadata") else { continue };
            let active =
                keys.iter().filter(|key| key["Status"] == "Active").map(|key| time(text(key, "CreateDate")).to_owned());
            let mut reported = Vec::new();
            for slot in ["1", "2"] {
                if at(&row, &format!("access_key_{slot}_active")).to_lowercase() == "true" {
                    reported.push(time(&at(&row, &format!("access_key_{slot}_last_rotated"))).to_owned());
                }
            }
            assert_eq!(active.collect::<Vec<_>>(), reported, "{about}");
        }
    }
}

/// A time without its offset, which is always that of UTC.
fn time(text: &str) -> &str {
    text.trim_end_matches('Z').trim_end_matches("+00:00")
}

/// The fields of a row of comma-separated values; a quote inside quotes is doubled.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut is_quoted) = (vec![String::new()], false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        let field = fields.last_mut().expect("there is one");
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(String::new()),
            _ => field.push(letter),
        }
    }
    fields
}

/// A finding of AWS Config about each resource, and what it says of the rule as a whole.
#[test]
fn a_rule_is_compliant_where_no_resource_is_noncompliant() {
    for (name, account) in accounts() {
        for (place, answer) in account.places() {
            let Some(region) =
                place.strip_prefix("config/").and_then(|rest| rest.strip_suffix("/describe-compliance-by-config-rule"))
            else {
                continue;
            };
            for rule in answer["ComplianceByConfigRules"].as_array().into_iter().flatten() {
                let file = crate::encode::file_name(text(rule, "ConfigRuleName"));
                let place = format!("config/{region}/get-compliance-details-by-config-rule/{file}");
                if !account.answers.contains_key(&place) {
                    continue;
                }
                let results = listed(&account, &place, "EvaluationResults");
                let has_failed = results.iter().any(|result| result["ComplianceType"] == "NON_COMPLIANT");
                assert_eq!(rule["Compliance"]["ComplianceType"] == "NON_COMPLIANT", has_failed, "{name}: {rule}");
            }
        }
    }
}
