//! The account's own data: contacts, alias, where its people come from, who reaches billing.

use crate::account::analysis::{Analysis, list};
use crate::account::answers::{Answers, GLOBAL, needed};
use crate::account::completeness::Completeness;
use crate::account::fact::{
    ACCOUNT_ALIASES, ALTERNATE_CONTACT, AUTHORIZATION_DETAILS, CONTACT, CREDENTIAL_REPORT, Gap, Observed, REGIONS,
    ROLE_LIST, SAML_PROVIDERS, SSO_INSTANCES, USER_LIST, subject,
};
use crate::account::identity::Place;
use crate::account::sources::Sources;
use crate::account::subjects::User;
use crate::account::{Population, Times};
use crate::arn::name_of;
use crate::snapshot::Snapshot;
use serde::Deserialize;
use std::sync::Arc;

type Text = String;
type Texts = Vec<String>;

subject! {
    /// What AWS knows of the account beside its resources: contacts, alias, who signs in how.
    AccountProfile = "account_profile" as "profile", "account", from &[];
    /// Parts of the contact information that are empty: full name, address, city, country, postal code, phone.
    contact_missing "whether the contact information is complete": Texts = &[CONTACT],
        title "Missing in the contact information";
    /// Name and company of the contact.
    contact: Text = &[CONTACT];
    /// The alternate contact for security; null if none is registered.
    security_contact "whether a contact for security is registered": Option<String> = &[ALTERNATE_CONTACT];
    /// The alternate contact for operations; null if none is registered.
    operations_contact: Option<String> = &[ALTERNATE_CONTACT];
    /// The alternate contact for billing; null if none is registered.
    billing_contact: Option<String> = &[ALTERNATE_CONTACT];
    /// Aliases of the account; AWS allows one.
    aliases "whether the account has an alias": Texts = &[ACCOUNT_ALIASES];
    /// Central identity sources: SAML providers other than those that Identity Center makes for itself, and
    /// instances of Identity Center.
    people_sources "which central identity sources the account has": Texts = &[SAML_PROVIDERS, SSO_INSTANCES, REGIONS],
        title "Central identity sources";
    /// IAM users of whom it is known that they have a console password.
    console_users "which users have a console password": Texts = &[CREDENTIAL_REPORT],
        title "Users with a console password";
    /// There are no more of them. Never false, but not known where a user's password, or the list of users, is not.
    console_users_are_all "whether further users have a console password": bool = &[CREDENTIAL_REPORT],
        title "There are no further such users";
    /// Users, groups and roles that are no administrators and may change billing or payment settings, whatever the
    /// conditions, as `role/finance`; those of AWS services left out.
    billing_access "who may change billing or payment settings": Texts = &[AUTHORIZATION_DETAILS, USER_LIST, ROLE_LIST],
        title "Who may change billing or payment settings";
    /// Those of them that the evidence shows, whether or not they are all; not known where it shows none and is
    /// incomplete.
    known_billing_access "who may change billing or payment settings": Texts =
        &[AUTHORIZATION_DETAILS, USER_LIST, ROLE_LIST],
        title "Known to change billing or payment settings", compared false;
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContactAnswer {
    contact_information: Option<Contact>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Contact {
    full_name: Option<String>,
    company_name: Option<String>,
    address_line1: Option<String>,
    city: Option<String>,
    country_code: Option<String>,
    postal_code: Option<String>,
    phone_number: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AlternateAnswer {
    alternate_contact: Option<Alternate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Alternate {
    alternate_contact_type: Option<String>,
    name: Option<String>,
    email_address: Option<String>,
}

/// Any one of these changes what is paid, how and by whom.
const BILLING: &[&str] = &[
    "aws-portal:ModifyAccount",
    "aws-portal:ModifyBilling",
    "aws-portal:ModifyPaymentMethods",
    "billing:PutContractInformation",
    "billing:UpdateBillingPreferences",
    "billing:UpdateIAMAccessPreference",
    "payments:CreatePaymentInstrument",
    "payments:DeletePaymentInstrument",
    "payments:MakePayment",
    "payments:UpdatePaymentPreferences",
];

pub(in crate::account) fn read(
    snapshot: &Snapshot,
    (sources, complete): (&Sources, &Completeness),
    (users, analysis): (&Population<User>, &Analysis),
    instances: (Vec<String>, Option<Arc<Gap>>),
    (place, times): (&Place, &Times),
) -> Population<AccountProfile> {
    let contact = Answers::of(snapshot, CONTACT)
        .one(GLOBAL, &[])
        .and_then(|answer: ContactAnswer| needed(answer.contact_information, CONTACT, || "the contact".to_owned()));
    let alternate = Answers::of(snapshot, ALTERNATE_CONTACT);
    let (console_users, console_users_are_all) = console_users(users);
    let (billing_access, known_billing_access) = billing(analysis, complete);
    let profile = AccountProfile {
        id: format!("{}#profile", place.account),
        label: format!("account {}", place.account),
        as_of: times.started,
        contact_missing: contact.as_ref().map(missing),
        contact: contact.map(|contact| {
            let parts = [contact.full_name, contact.company_name];
            parts.into_iter().flatten().filter(|text| !text.trim().is_empty()).collect::<Vec<_>>().join(", ")
        }),
        security_contact: alternate_contact(&alternate, "SECURITY"),
        operations_contact: alternate_contact(&alternate, "OPERATIONS"),
        billing_contact: alternate_contact(&alternate, "BILLING"),
        aliases: sources.aliases.clone(),
        people_sources: people_sources(sources, complete, instances),
        console_users,
        console_users_are_all,
        billing_access,
        known_billing_access,
    };
    Population { subjects: vec![profile], gaps: Vec::new() }
}

fn missing(contact: &Contact) -> Vec<String> {
    let parts = [
        ("full name", &contact.full_name),
        ("address", &contact.address_line1),
        ("city", &contact.city),
        ("country", &contact.country_code),
        ("postal code", &contact.postal_code),
        ("phone number", &contact.phone_number),
    ];
    let empty = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
    parts.into_iter().filter(|(_, text)| empty(text)).map(|(name, _)| name.to_owned()).collect()
}

fn alternate_contact(answers: &Answers, kind: &str) -> Observed<Option<String>> {
    let about = [("AlternateContactType", kind)];
    if answers.code(GLOBAL, &about) == Some("ResourceNotFoundException") {
        return Observed::Known(None);
    }
    answers.one(GLOBAL, &about).and_then(|answer: AlternateAnswer| {
        let of_kind =
            answer.alternate_contact.filter(|contact| contact.alternate_contact_type.as_deref() == Some(kind));
        // An address of blanks reaches nobody, and AWS does not take one.
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let words =
            of_kind.and_then(|contact| Some(format!("{}, {}", filled(contact.name)?, filled(contact.email_address)?)));
        let what = || format!("the name and e-mail address of the contact of type {kind}");
        needed(words, ALTERNATE_CONTACT, what).map(Some)
    })
}

/// Identity Center makes a SAML provider of its own in every account that it reaches.
fn people_sources(
    sources: &Sources,
    complete: &Completeness,
    (instances, unread): (Vec<String>, Option<Arc<Gap>>),
) -> Observed<Vec<String>> {
    let names = sources.saml.data.iter().map(|provider| name_of(&provider.arn).to_owned());
    let own = names.filter(|name| !(name.starts_with("AWSSSO_") && name.ends_with("_DO_NOT_DELETE")));
    let found = own
        .map(|name| format!("SAML provider {name}"))
        .chain(instances.into_iter().map(|arn| format!("Identity Center {arn}")));
    let unlisted = sources.saml.gap.as_ref().or(complete.saml_providers.first());
    list(found.collect(), unlisted.or(unread.as_ref()))
}

/// Users of whom it is known that they have a password, and whether they are all: enough of them decide.
fn console_users(users: &Population<User>) -> (Observed<Vec<String>>, Observed<bool>) {
    let unknown = users.gaps.first().or_else(|| users.subjects.iter().find_map(|user| user.has_password.gap()));
    let with = users.subjects.iter().filter(|user| user.has_password.known() == Some(&true));
    let all = unknown.map_or(Observed::Known(true), |gap| Observed::Gap(Arc::clone(gap)));
    (list(with.map(|user| user.label.clone()).collect(), unknown), all)
}

/// Who holds a billing action without being an administrator; and those of them who are known, whether or not they
/// are all. A known one who is not expected decides; that all are expected takes everybody's policies.
fn billing(analysis: &Analysis, complete: &Completeness) -> (Observed<Vec<String>>, Observed<Vec<String>>) {
    let mut unread = complete.holdings.first();
    let mut found = Vec::new();
    for one in &analysis.all {
        if one.arn.contains(":role/aws-service-role/") || one.grants.is_full_admin() {
            continue;
        }
        let held: Vec<&str> = BILLING.iter().copied().filter(|action| one.grants.allows(action).is_some()).collect();
        match held.first() {
            Some(_) => found.push(format!("{}/{}", one.kind, one.name())),
            None => unread = unread.or(one.gap.as_ref()),
        }
    }
    let known = list(found.clone(), unread);
    (unread.map_or(Observed::Known(found), |gap| Observed::Gap(Arc::clone(gap))), known)
}
