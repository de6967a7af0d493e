//! Compares two snapshots of one account.
//!
//! Deliberately absent: rendering, files, and guesses. What either side lacks is "not comparable" with the reason,
//! never "removed" or "unchanged".

pub mod changes;
mod documents;
mod evidence;
mod facts;
mod members;
mod notable;
mod outside;
mod owners;
mod single;
pub mod statements;
mod verdicts;

pub use changes::{Change, Changes, Counted, Entity, FORMAT, Missing, NotableGroup, Roll, Row, SideRef, VerdictChange};

use crate::account::Account;
use crate::account::subjects::{
    AccessKey, Credential, Group, OidcProvider, Policy, Role, SamlProvider, ServerCertificate, SigningCertificate,
    User, VirtualMfaDevice,
};
use crate::assess::Assessment;
use crate::catalog::Catalog;
use members::Members;
use std::collections::{BTreeMap, BTreeSet};

/// One of the two: what the evidence says, and how it was judged.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    pub account: &'a Account,
    /// Made with the catalog that is passed to [`compare`], on both sides.
    pub assessment: &'a Assessment,
    /// ID of its pack, if any.
    pub pack_id: Option<&'a str>,
}

/// The compared populations in report order, with their titles.
pub const KINDS: [(&str, &str); 11] = [
    (User::KIND.name, "IAM users"),
    (Credential::KIND.name, "Console passwords"),
    (AccessKey::KIND.name, "Access keys"),
    (SigningCertificate::KIND.name, "Signing certificates"),
    (VirtualMfaDevice::KIND.name, "Virtual MFA devices"),
    (Group::KIND.name, "IAM groups"),
    (Role::KIND.name, "IAM roles"),
    (Policy::KIND.name, "Policies"),
    (ServerCertificate::KIND.name, "IAM server certificates"),
    (SamlProvider::KIND.name, "SAML providers"),
    (OidcProvider::KIND.name, "OpenID Connect providers"),
];

/// Compares two snapshots of one account; both must be of the same one.
pub fn compare(old: Side<'_>, new: Side<'_>, catalog: &Catalog) -> Changes {
    let mut changes = Changes {
        format: FORMAT,
        account: new.account.id.clone(),
        old: side(old),
        new: side(new),
        catalog: changes::CatalogRef { version: catalog.version.clone(), sha256: catalog.sha256.clone() },
        rollforward: Vec::new(),
        notable: Vec::new(),
        entities: single::compare(old.account, new.account),
        verdicts: verdicts::compare(old, new, catalog),
        attestations: None,
        unchanged: BTreeSet::new(),
        credentials: BTreeMap::new(),
        all_credentials: BTreeSet::new(),
    };
    for (kind, title) in KINDS {
        let told = Members { kind, title, old: &old.account.details, new: &new.account.details }
            .compare(old.account, new.account);
        changes.rollforward.push(told.roll);
        changes.entities.extend(told.entities);
        changes.unchanged.extend(told.unchanged);
        changes.all_credentials.extend(told.anybody);
        for (user, reason) in told.owners {
            changes.credentials.entry(user).or_default().insert(reason);
        }
    }
    changes.notable = notable::of(&changes, &notable::Pair { old: old.account, new: new.account });
    changes
}

fn side(side: Side<'_>) -> SideRef {
    SideRef {
        as_of: side.account.started.to_string(),
        credential_report_as_of: side.account.report_generated.known().map(ToString::to_string),
        pack_id: side.pack_id.map(str::to_owned),
        missing: side.account.gaps.iter().map(|gap| gap.reason.clone()).collect(),
    }
}
