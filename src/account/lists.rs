//! Server certificates, identity providers and virtual MFA devices.

use super::completeness::Completeness;
use super::details::{contradiction, once};
use super::fact::{
    Gap, GapKind, OIDC_PROVIDER, OIDC_PROVIDERS, Observed, SAML_PROVIDER, SAML_PROVIDERS, SERVER_CERTIFICATES, Subject,
    VIRTUAL_MFA_DEVICES, subject,
};
use super::gaps::gap;
use super::root::nameless;
use super::sources::{Source, Sources};
use super::{Population, Times};
use crate::arn::name_of;
use jiff::Timestamp;
use std::sync::Arc;

type Text = String;
type Texts = Vec<String>;

subject! {
    /// A server certificate stored in IAM.
    ServerCertificate = "server_certificate" as "certificate", "IAM server certificates", from &[SERVER_CERTIFICATES];
    /// Name.
    name "the certificate's name": Text = &[SERVER_CERTIFICATES];
    /// When it was uploaded; null if AWS does not say.
    uploaded: Option<Timestamp> = &[SERVER_CERTIFICATES], none "not stated";
    /// When it expires.
    expires "when the certificate expires": Timestamp = &[SERVER_CERTIFICATES];
}

subject! {
    /// A SAML identity provider.
    SamlProvider = "saml_provider" as "provider", "SAML providers", from &[SAML_PROVIDERS];
    /// Name.
    name: Text = &[SAML_PROVIDERS];
    /// When its metadata expires; null if AWS does not say.
    valid_until: Option<Timestamp> = &[SAML_PROVIDER], title "Metadata valid until", none "not stated";
}

subject! {
    /// An OpenID Connect identity provider.
    OidcProvider = "oidc_provider" as "provider", "OpenID Connect providers", from &[OIDC_PROVIDERS];
    /// Issuer, without the scheme.
    url: Text = &[OIDC_PROVIDER], title "Issuer";
    /// Audiences (client ids) that it accepts.
    client_ids: Texts = &[OIDC_PROVIDER], title "Audiences";
}

subject! {
    /// A virtual MFA device, assigned or not.
    VirtualMfaDevice = "virtual_mfa_device" as "device", "virtual MFA devices", from &[VIRTUAL_MFA_DEVICES];
    /// ARN of the user it is assigned to (the account's root ARN for the root user); null if unassigned.
    user: Option<String> = &[VIRTUAL_MFA_DEVICES], title "Assigned to", none "none";
    /// When it was enabled; null if unassigned.
    enabled: Option<Timestamp> = &[VIRTUAL_MFA_DEVICES], none "not enabled";
}

fn population<D, T: Subject + std::fmt::Debug>(
    source: &Source<Vec<D>>,
    doubts: &[Arc<Gap>],
    subject: impl Fn(&D) -> T,
) -> Population<T> {
    let mut subjects: Vec<T> = source.data.iter().map(subject).collect();
    let contradicted = once(&mut subjects, |subject| subject.id());
    let kind = subjects.first().map(Subject::kind);
    let twice = kind.and_then(|kind| contradiction(*kind.enumerated_by.first()?, &contradicted));
    Population { subjects, gaps: source.gap.iter().chain(doubts).cloned().chain(twice).collect() }
}

pub fn server_certificates(sources: &Sources, complete: &Completeness, times: &Times) -> Population<ServerCertificate> {
    // A certificate that was uploaded after the collection is not of this evidence.
    let uploaded = |certificate: &super::evidence::Certificate| match certificate.upload_date {
        None => Observed::Known(None),
        Some(at) => times.seen(at, SERVER_CERTIFICATES, || format!("the upload of {}", certificate.arn)).map(Some),
    };
    let subject = |certificate: &super::evidence::Certificate| ServerCertificate {
        id: certificate.arn.clone(),
        label: certificate.server_certificate_name.clone(),
        as_of: times.started,
        name: Observed::Known(certificate.server_certificate_name.clone()),
        uploaded: uploaded(certificate),
        expires: uploaded(certificate).and_then(|_| {
            certificate.expiration.map_or_else(
                || {
                    let reason = format!("{SERVER_CERTIFICATES} does not return when {} expires", certificate.arn);
                    Observed::Gap(gap(SERVER_CERTIFICATES, GapKind::Absent, reason))
                },
                Observed::Known,
            )
        }),
    };
    population(&sources.certificates, &complete.server_certificates, subject)
}

pub fn saml_providers(sources: &Sources, complete: &Completeness, times: &Times) -> Population<SamlProvider> {
    let subject = |provider: &super::evidence::ListedProvider| {
        let asked = sources.saml_providers.get(&provider.arn);
        SamlProvider {
            id: provider.arn.clone(),
            label: name_of(&provider.arn).to_owned(),
            as_of: times.started,
            name: Observed::Known(name_of(&provider.arn).to_owned()),
            valid_until: answered(asked, SAML_PROVIDER, &provider.arn).map(|answer| answer.valid_until),
        }
    };
    population(&sources.saml, &complete.saml_providers, subject)
}

pub fn oidc_providers(sources: &Sources, complete: &Completeness, times: &Times) -> Population<OidcProvider> {
    let subject = |provider: &super::evidence::ListedProvider| {
        let answer = answered(sources.oidc_providers.get(&provider.arn), OIDC_PROVIDER, &provider.arn);
        let url = |url: &Option<String>| match url {
            Some(url) => Observed::Known(url.clone()),
            None => {
                let reason = format!("{OIDC_PROVIDER} does not return the issuer of {}", provider.arn);
                Observed::Gap(gap(OIDC_PROVIDER, GapKind::Absent, reason))
            }
        };
        OidcProvider {
            id: provider.arn.clone(),
            label: provider.arn.split_once("oidc-provider/").map_or(&*provider.arn, |(_, name)| name).to_owned(),
            as_of: times.started,
            url: answer.as_ref().and_then(|answer| url(&answer.url)),
            client_ids: answer.and_then(|answer| match &answer.client_ids {
                Some(ids) => Observed::Known(ids.clone()),
                None => {
                    let reason = format!("{OIDC_PROVIDER} does not return the audiences that {} accepts", provider.arn);
                    Observed::Gap(gap(OIDC_PROVIDER, GapKind::Absent, reason))
                }
            }),
        }
    };
    population(&sources.oidc, &complete.oidc_providers, subject)
}

/// What AWS answered about one thing; a thing that a list names and nobody asked about is a gap.
fn answered<'a, T>(answer: Option<&'a Observed<T>>, evidence: super::fact::Evidence, arn: &str) -> Observed<&'a T> {
    answer.map_or_else(
        || {
            let reason = format!("{evidence} was not collected for {arn}");
            Observed::Gap(gap(evidence, GapKind::NotCollected, reason))
        },
        Observed::as_ref,
    )
}

pub fn virtual_mfa_devices(sources: &Sources, complete: &Completeness, times: &Times) -> Population<VirtualMfaDevice> {
    let subject = |device: &super::evidence::MfaDevice| VirtualMfaDevice {
        id: device.serial_number.clone(),
        label: name_of(&device.serial_number).to_owned(),
        as_of: times.started,
        user: match device.user.as_ref().map(|user| &user.arn) {
            None if device.enable_date.is_none() => Observed::Known(None),
            Some(Some(arn)) => Observed::Known(Some(arn.clone())),
            None | Some(None) => Observed::Gap(nameless(&device.serial_number)),
        },
        enabled: Observed::Known(device.enable_date),
    };
    population(&sources.mfa_devices, &complete.virtual_mfa_devices, subject)
}
