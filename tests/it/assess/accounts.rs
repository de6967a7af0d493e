//! Hand-made accounts on which every control passes, and ways to spoil them.

use auditpack::testing::account::fact::{CREDENTIAL_REPORT, Gap, GapKind, Observed};
use auditpack::testing::account::subjects::{
    AccessKey, AccountFacts, Credential, Group, PasswordPolicy, Policy, Principal, Role, Root, ServerCertificate, User,
};
use auditpack::testing::account::{Account, Population};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// The time of every source.
pub fn as_of() -> Timestamp {
    "2026-11-22T05:56:27Z".parse().unwrap()
}

pub fn ago(duration: SignedDuration) -> Timestamp {
    as_of() - duration
}

pub fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

pub fn known<T>(value: T) -> Observed<T> {
    Observed::Known(value)
}

pub fn texts(texts: &[&str]) -> Observed<Vec<String>> {
    known(texts.iter().map(|&text| text.to_owned()).collect())
}

pub fn a_gap(reason: &str) -> Arc<Gap> {
    Arc::new(Gap {
        evidence: CREDENTIAL_REPORT,
        kind: GapKind::Denied,
        code: Some("AccessDenied".into()),
        reason: reason.into(),
        call: Some("0007".into()),
    })
}

pub fn all<T>(subjects: Vec<T>) -> Population<T> {
    Population { subjects, gaps: Vec::new() }
}

pub fn user(name: &str) -> User {
    User {
        id: format!("arn:aws:iam::123456789012:user/{name}"),
        label: name.into(),
        as_of: as_of(),
        name: known(name.into()),
        path: known("/".into()),
        created: known(ago(days(400))),
        has_password: known(true),
        mfa_active: known(true),
        active_access_keys: known(1),
        access_keys_made_with_user: known(0),
        access_keys_never_used: known(0),
        active_signing_certificates: known(0),
        password_last_used: known(Some(ago(days(1)))),
        groups: texts(&["staff"]),
        attached_policies: texts(&[]),
        inline_policies: texts(&[]),
        permissions_boundary: known(None),
    }
}

pub fn credential(name: &str, idle: SignedDuration) -> Credential {
    Credential {
        id: format!("arn:aws:iam::123456789012:user/{name}#password"),
        label: format!("password of {name}"),
        as_of: as_of(),
        kind: known("password".into()),
        user: known(name.into()),
        active: known(true),
        changed: known(Some(ago(days(300)))),
        last_used: known(Some(ago(idle))),
        idle_since: known(ago(idle)),
        idle_days: known(idle.as_hours() / 24),
    }
}

pub fn access_key(name: &str, age: SignedDuration) -> AccessKey {
    AccessKey {
        id: format!("arn:aws:iam::123456789012:user/{name}#access-key-1"),
        label: format!("access key 1 of {name}"),
        as_of: as_of(),
        user: known(name.into()),
        slot: known(1),
        active: known(true),
        created: known(ago(age)),
        age_days: known(age.as_hours() / 24),
        last_used: known(None),
        last_used_service: known(None),
    }
}

pub fn policy(name: &str) -> Policy {
    Policy {
        id: format!("arn:aws:iam::123456789012:policy/{name}"),
        label: name.into(),
        as_of: as_of(),
        kind: known("customer managed".into()),
        name: known(name.into()),
        holders: texts(&["role Deploy"]),
        attachments: known(1),
        boundary_uses: known(0),
        grants_full_admin: known(false),
        mitigation: known(None),
        full_service_access: texts(&[]),
        allows_by_not_action: texts(&[]),
        allows_by_not_resource: texts(&[]),
        full_grant: Observed::Known(None),
        old_versions_with_full_admin: texts(&[]),
        versions: known(1),
        updated: known(None),
        description: known(Some("deploys".into())),
        tags: texts(&[]),
    }
}

pub fn principal(name: &str) -> Principal {
    Principal {
        id: format!("arn:aws:iam::123456789012:role/{name}"),
        label: name.into(),
        as_of: as_of(),
        kind: known("role".into()),
        name: known(name.into()),
        service_linked: known(false),
        identity_center: known(false),
        attached_policies: texts(&["Deploy"]),
        inline_policies: texts(&[]),
        permissions_boundary: known(None),
        holds_full_admin_policy: known(false),
        administrator: known(false),
        escalation_paths: texts(&[]),
        scoped_escalation_paths: texts(&[]),
        passes_every_role: texts(&[]),
        creates_principals_freely: texts(&[]),
        administers_iam: texts(&[]),
        administers_audit_trail: texts(&[]),
        administers_keys: texts(&[]),
        uses_keys: texts(&[]),
        reads_every_secret: texts(&[]),
        reads_every_parameter: texts(&[]),
        reads_every_object: texts(&[]),
        decrypts_with_every_key: texts(&[]),
        assumes_every_role: texts(&[]),
        data_exfiltration: texts(&[]),
        credentials_exposure: texts(&[]),
        resource_exposure: texts(&[]),
        infrastructure_modification: texts(&[]),
        way_to_administrator: texts(&[]),
        path_to_administrator: Observed::Known("none".to_owned()),
    }
}

pub fn role(name: &str) -> Role {
    Role {
        id: format!("arn:aws:iam::123456789012:role/{name}"),
        label: name.into(),
        as_of: as_of(),
        name: known(name.into()),
        path: known("/".into()),
        created: known(ago(days(400))),
        description: known(Some("Deploys".into())),
        maximum_session_seconds: known(3600),
        last_used: known(Some(ago(days(1)))),
        service_linked: known(false),
        identity_center: known(false),
        tags: texts(&[]),
        trusted: texts(&["ec2.amazonaws.com"]),
        open_to_everyone: texts(&[]),
        other_accounts_without_external_id: texts(&[]),
        third_party_without_external_id: known(false),
        dangling_principals: texts(&[]),
        oidc_without_subject: texts(&[]),
        saml_without_audience: texts(&[]),
        services_without_source: texts(&[]),
        administrator: known(false),
        attached_policies: texts(&["Deploy"]),
        inline_policies: texts(&[]),
        permissions_boundary: known(None),
    }
}

pub fn group(name: &str) -> Group {
    Group {
        id: format!("arn:aws:iam::123456789012:group/{name}"),
        label: name.into(),
        as_of: as_of(),
        name: known(name.into()),
        path: known("/".into()),
        created: known(ago(days(400))),
        users: texts(&["ada"]),
        known_users: texts(&["ada"]),
        attached_policies: texts(&[]),
        inline_policies: texts(&[]),
        administrator: known(false),
        members_without_mfa: texts(&[]),
    }
}

pub fn certificate(name: &str, expires: Timestamp) -> ServerCertificate {
    ServerCertificate {
        id: format!("arn:aws:iam::123456789012:server-certificate/{name}"),
        label: name.into(),
        as_of: as_of(),
        name: known(name.into()),
        uploaded: known(None),
        expires: known(expires),
    }
}

/// Everything known, every control in scope, every control passes.
pub fn tidy() -> Account {
    let (id, label) = ("arn:aws:iam::123456789012:root".to_owned(), "root user".to_owned());
    Account {
        around: super::around::tidy(),
        id: "123456789012".into(),
        partition: "aws".into(),
        id_from: "the caller's identity".into(),
        aliases: texts(&[]),
        started: as_of(),
        report_generated: known(as_of()),
        account: all(vec![AccountFacts {
            id: id.clone(),
            label: "account 123456789012".into(),
            as_of: as_of(),
            partition: known("aws".into()),
            support_roles: texts(&["role Support"]),
            support_principals: texts(&["role Support"]),
            cloudshell_full_access_principals: texts(&[]),
        }]),
        root: all(vec![Root {
            id: id.clone(),
            label,
            as_of: as_of(),
            has_access_key: known(false),
            mfa_enabled: known(true),
            password_present: known(true),
            sign_in: known("it can sign in with its password".into()),
            access_keys_found: known("none".into()),
            virtual_mfa_devices: known(0),
            last_used: known(None),
            last_known_use: known(None),
        }]),
        password_policy: all(vec![PasswordPolicy {
            id,
            label: "password policy".into(),
            as_of: as_of(),
            exists: known(true),
            minimum_length: known(14),
            reuse_prevention: known(Some(24)),
            requires_uppercase: known(true),
            requires_lowercase: known(true),
            requires_symbol: known(true),
            requires_number: known(true),
            maximum_age: known(Some(90)),
        }]),
        users: all(vec![user("ada")]),
        credentials: all(vec![credential("ada", days(1))]),
        access_keys: all(vec![access_key("ada", days(10))]),
        signing_certificates: all(vec![]),
        virtual_mfa_devices: all(vec![]),
        groups: all(vec![group("staff")]),
        roles: all(vec![role("Deploy")]),
        principals: all(vec![principal("Deploy")]),
        policies: all(vec![policy("Deploy")]),
        server_certificates: all(vec![certificate("web", as_of() + days(30))]),
        saml_providers: all(vec![]),
        oidc_providers: all(vec![]),
        regional: super::regional::tidy(),
        analysis: Arc::default(),
        reconciliation: vec![],
        disagreements: vec![],
        gaps: vec![],
        notes: vec![],
    }
}

/// Puts a gap in the place of a fact of one subject.
pub fn blind(account: &mut Account, kind: &str, subject: usize, fact: &str, gap: &Arc<Gap>) {
    macro_rules! facts {
        ($population:ident: $($name:ident)*) => {{
            let subject = &mut account.$population.subjects[subject];
            match fact {
                $( stringify!($name) => subject.$name = Observed::Gap(Arc::clone(gap)), )*
                other => panic!("{kind} has no fact {other}"),
            }
        }};
    }
    match kind {
        "account" => {
            facts!(account: partition support_roles support_principals cloudshell_full_access_principals);
        }
        "root" => {
            facts!(root: has_access_key mfa_enabled password_present sign_in access_keys_found virtual_mfa_devices last_used last_known_use)
        }
        "password_policy" => facts!(password_policy: exists minimum_length reuse_prevention requires_uppercase
            requires_lowercase requires_symbol requires_number maximum_age),
        "user" => facts!(users: name path created has_password mfa_active active_access_keys access_keys_made_with_user
            access_keys_never_used active_signing_certificates password_last_used groups attached_policies
            inline_policies permissions_boundary),
        "credential" => facts!(credentials: kind user active changed last_used idle_since idle_days),
        "access_key" => facts!(access_keys: user slot active created age_days last_used last_used_service),
        "principal" => {
            facts!(principals: kind name service_linked identity_center attached_policies inline_policies
                permissions_boundary holds_full_admin_policy administrator escalation_paths scoped_escalation_paths
                passes_every_role creates_principals_freely administers_iam administers_audit_trail administers_keys
                uses_keys reads_every_secret reads_every_parameter reads_every_object decrypts_with_every_key
                assumes_every_role data_exfiltration credentials_exposure resource_exposure
                infrastructure_modification way_to_administrator path_to_administrator);
        }
        "role" => {
            facts!(roles: name path created description maximum_session_seconds last_used service_linked identity_center
            tags trusted administrator attached_policies inline_policies permissions_boundary open_to_everyone other_accounts_without_external_id third_party_without_external_id dangling_principals
            oidc_without_subject saml_without_audience services_without_source)
        }
        "group" => {
            facts!(groups: name path created users known_users attached_policies inline_policies administrator members_without_mfa)
        }
        "policy" => facts!(policies: kind name holders attachments boundary_uses grants_full_admin mitigation versions
            updated full_service_access allows_by_not_action allows_by_not_resource full_grant old_versions_with_full_admin description tags),
        "server_certificate" => facts!(server_certificates: name uploaded expires),
        other if is_around(other) => super::around::blind(&mut account.around, other, fact, gap),
        other => super::regional::blind(&mut account.regional, other, fact, gap),
    }
}

/// Adds a gap to the enumeration of a kind.
pub fn cut_short(account: &mut Account, kind: &str, gap: Arc<Gap>) {
    let gaps = match kind {
        "account" => &mut account.account.gaps,
        "root" => &mut account.root.gaps,
        "password_policy" => &mut account.password_policy.gaps,
        "user" => &mut account.users.gaps,
        "credential" => &mut account.credentials.gaps,
        "access_key" => &mut account.access_keys.gaps,
        "principal" => &mut account.principals.gaps,
        "role" => &mut account.roles.gaps,
        "group" => &mut account.groups.gaps,
        "policy" => &mut account.policies.gaps,
        "server_certificate" => &mut account.server_certificates.gaps,
        other if is_around(other) => super::around::gaps(&mut account.around, other),
        other => super::regional::gaps(&mut account.regional, other),
    };
    gaps.push(gap);
}

fn is_around(kind: &str) -> bool {
    auditpack::testing::account::around::KINDS.iter().any(|known| known.name == kind)
}

/// Removes every subject of a kind.
pub fn empty(account: &mut Account, kind: &str) {
    match kind {
        "account" => account.account.subjects.clear(),
        "root" => account.root.subjects.clear(),
        "password_policy" => account.password_policy.subjects.clear(),
        "user" => account.users.subjects.clear(),
        "credential" => account.credentials.subjects.clear(),
        "access_key" => account.access_keys.subjects.clear(),
        "principal" => account.principals.subjects.clear(),
        "role" => account.roles.subjects.clear(),
        "group" => account.groups.subjects.clear(),
        "policy" => account.policies.subjects.clear(),
        "server_certificate" => account.server_certificates.subjects.clear(),
        other if is_around(other) => super::around::empty(&mut account.around, other),
        other => super::regional::empty(&mut account.regional, other),
    }
}
