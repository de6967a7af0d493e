//! What a principal may read, decrypt, assume or change on all resources, as facts.

use super::Analysed;
use super::powers::list;
use crate::account::fact::{Gap, Observed};
use crate::policy::exposure::{exposures, unlimited_by};
use std::sync::Arc;

type Texts = Vec<String>;

/// Facts of a user, group or role.
pub struct Exposed {
    pub reads_every_secret: Observed<Texts>,
    pub reads_every_parameter: Observed<Texts>,
    pub reads_every_object: Observed<Texts>,
    pub decrypts_with_every_key: Observed<Texts>,
    pub assumes_every_role: Observed<Texts>,
    pub data_exfiltration: Observed<Texts>,
    pub credentials_exposure: Observed<Texts>,
    pub resource_exposure: Observed<Texts>,
    pub infrastructure_modification: Observed<Texts>,
}

const SECRETS: &[&str] = &["secretsmanager:GetSecretValue"];
const PARAMETERS: &[&str] =
    &["ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters", "ssm:GetParametersByPath"];
const OBJECTS: &[&str] = &["s3:GetObject", "s3:GetObjectVersion"];
const DECRYPTION: &[&str] = &["kms:Decrypt", "kms:ReEncryptFrom"];
const ROLES: &[&str] = &["sts:AssumeRole"];

impl Exposed {
    /// Of somebody whom the details hold. An administrator's are empty: it may do all of it.
    pub fn of(one: &Analysed) -> Self {
        if matches!(one.is_administrator(), Observed::Known(true)) {
            return Self::all(|| list(Vec::new(), one.gap.as_ref()));
        }
        // What a boundary allows that could not be read is not known.
        let known = |found: Texts| match &one.cap_gap {
            Some(gap) if !found.is_empty() => Observed::Gap(Arc::clone(gap)),
            _ => list(found, one.gap.as_ref()),
        };
        let by = |actions: &[&str]| known(unlimited_by(&one.grants, actions));
        let exposed = exposures(&one.grants);
        Self {
            reads_every_secret: by(SECRETS),
            reads_every_parameter: by(PARAMETERS),
            reads_every_object: by(OBJECTS),
            decrypts_with_every_key: by(DECRYPTION),
            assumes_every_role: by(ROLES),
            data_exfiltration: known(exposed.data),
            credentials_exposure: known(exposed.credentials),
            resource_exposure: known(exposed.resources),
            infrastructure_modification: known(exposed.infrastructure),
        }
    }

    /// Of somebody whom the details lack.
    pub fn unknown(gap: &Arc<Gap>) -> Self {
        Self::all(|| Observed::Gap(Arc::clone(gap)))
    }

    fn all(fact: impl Fn() -> Observed<Texts>) -> Self {
        Self {
            reads_every_secret: fact(),
            reads_every_parameter: fact(),
            reads_every_object: fact(),
            decrypts_with_every_key: fact(),
            assumes_every_role: fact(),
            data_exfiltration: fact(),
            credentials_exposure: fact(),
            resource_exposure: fact(),
            infrastructure_modification: fact(),
        }
    }
}
