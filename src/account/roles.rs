//! IAM roles. One that any answer names is a member of the population; what the other answers would say is not known.

use super::absence::{Absent, NamedBy};
use super::analysis::{Analysis, TrustFacts};
use super::completeness::Completeness;
use super::details::{IDENTITY_CENTER_PATH, RoleItem, tag_texts};
use super::document::trusted;
use super::evidence::ListedRole;
use super::fact::{
    AUTHORIZATION_DETAILS, Gap, GapKind, ORGANIZATION, ORGANIZATION_ACCOUNTS, Observed, ROLE_LIST, subject,
};
use super::gaps::gap;
use super::principals::{absent_detail, administrator, path_in_arn};
use super::sources::Sources;
use super::{Disagreement, Population, Times};
use crate::arn::name_of;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

type Text = String;
type Texts = Vec<String>;

subject! {
    /// An IAM role, service-linked and Identity Center roles included.
    Role = "role" as "role", "IAM roles", from &[AUTHORIZATION_DETAILS, ROLE_LIST];
    /// Role name.
    name "the role's name": Text = &[AUTHORIZATION_DETAILS];
    /// Path.
    path: Text = &[AUTHORIZATION_DETAILS];
    /// When the role was created.
    created "when the role was created": Timestamp = &[AUTHORIZATION_DETAILS, ROLE_LIST];
    /// Description; null if none was given.
    description "the role's description": Option<String> = &[ROLE_LIST];
    /// Maximum session duration in seconds.
    maximum_session_seconds "how long a session of the role may last": i64 = &[ROLE_LIST],
        title "Maximum session duration in seconds";
    /// Last use that AWS tracked (up to 400 days back); null if none.
    last_used "when the role was last used": Option<Timestamp> = &[AUTHORIZATION_DETAILS],
        none "none tracked", compared false;
    /// Made and owned by an AWS service (path /aws-service-role/).
    service_linked "whether an AWS service owns the role": bool = &[AUTHORIZATION_DETAILS];
    /// Made by IAM Identity Center for a permission set (path /aws-reserved/sso.amazonaws.com/).
    identity_center "whether Identity Center created the role": bool = &[AUTHORIZATION_DETAILS], title "Identity Center";
    /// Tags, as `key=value`.
    tags "the role's tags": Texts = &[AUTHORIZATION_DETAILS];
    /// Who the trust policy names, verbatim.
    trusted "which principals the role's trust policy names": Texts = &[AUTHORIZATION_DETAILS],
        title "Trusts", none "nobody", compared false;
    /// Statements of the trust policy that let in everyone (`*`, or all but some by NotPrincipal) without a condition
    /// that truly narrows who that is.
    open_to_everyone "whether everyone can assume the role": Texts = &[AUTHORIZATION_DETAILS], compared false;
    /// Other accounts and organizations that may assume the role and need no external ID, `*` for everyone, without
    /// the own account, members of the own organization and stated vendors. An external ID counts where it is
    /// compared with a fixed value that must be there.
    other_accounts_without_external_id "which other accounts can assume the role without an external ID": Texts =
        &[AUTHORIZATION_DETAILS], compared false;
    /// One of them is outside the own organization. Not known while the accounts of the organization are not known,
    /// unless there is nobody to ask about.
    third_party_without_external_id "whether an account outside the organization can assume the role without an external ID": bool =
        &[AUTHORIZATION_DETAILS, ORGANIZATION_ACCOUNTS, ORGANIZATION], compared false;
    /// Ids of deleted users and roles that the trust policy still names.
    dangling_principals "which deleted users and roles the trust policy still names": Texts = &[AUTHORIZATION_DETAILS],
        compared false;
    /// Statements that accept tokens of anybody: any token of an OpenID Connect issuer, tokens of any customer of an
    /// issuer that many customers share, pods of a whole cluster, or guests of a Cognito identity pool.
    oidc_without_subject "whether the role accepts tokens of any subject": Texts =
        &[AUTHORIZATION_DETAILS], title "OIDC without subject", compared false;
    /// Statements that accept SAML assertions made for any audience.
    saml_without_audience "whether the role accepts SAML assertions made for any audience": Texts =
        &[AUTHORIZATION_DETAILS], title "SAML without audience", compared false;
    /// AWS services that may assume the role without a condition on the source, though their documentation asks for it.
    services_without_source "which services may assume the role without a condition on the source": Texts =
        &[AUTHORIZATION_DETAILS], compared false;
    /// Its policies allow every action on every resource, or nearly, one alone or several together.
    administrator "whether the role's policies make it an administrator": bool = &[AUTHORIZATION_DETAILS];
    /// Managed policies attached to the role.
    attached_policies: Texts = &[AUTHORIZATION_DETAILS];
    /// Inline policies of the role.
    inline_policies: Texts = &[AUTHORIZATION_DETAILS];
    /// ARN of the permissions boundary; null if none.
    permissions_boundary: Option<String> = &[AUTHORIZATION_DETAILS];
}

/// A role as each source sees it.
#[derive(Default)]
struct Seen<'a> {
    detail: Option<&'a RoleItem>,
    entry: Option<&'a ListedRole>,
    /// Answers about something else that name the role.
    others: NamedBy,
}

impl Seen<'_> {
    fn named_by(&self) -> NamedBy {
        let sources = [(AUTHORIZATION_DETAILS, self.detail.is_some()), (ROLE_LIST, self.entry.is_some())];
        let named = sources.into_iter().filter(|(_, names)| *names).map(|(evidence, _)| evidence);
        named.chain(self.others.iter().copied()).collect()
    }
}

/// Roles, joined by ARN over authorization details and role list, and those that other answers name.
pub fn roles(
    sources: &Sources,
    complete: &Completeness,
    analysis: &Analysis,
    times: &Times,
) -> (Population<Role>, Vec<Disagreement>) {
    let (details, listed) = (&sources.details, &sources.roles);
    let mut seen: BTreeMap<&str, Seen<'_>> = BTreeMap::new();
    for role in &details.data.roles {
        seen.entry(&role.arn).or_default().detail = Some(role);
    }
    for role in &listed.data {
        seen.entry(&role.arn).or_default().entry = Some(role);
    }
    for member in complete.named.roles.members.values() {
        seen.entry(&member.id).or_default().others.clone_from(&member.named_by);
    }
    let lacking = |evidence, lacks: &dyn Fn(&Seen<'_>) -> bool| {
        let members = seen.iter().filter(|(_, seen)| lacks(seen)).map(|(id, seen)| (*id, seen.named_by()));
        Absent::new("role", evidence, members, times)
    };
    let no_detail = lacking(AUTHORIZATION_DETAILS, &|seen| seen.detail.is_none());
    let no_entry = lacking(ROLE_LIST, &|seen| seen.entry.is_none());

    let mut disagreements = Vec::new();
    let mut subjects = Vec::new();
    for (id, seen) in &seen {
        let is_listed = seen.detail.is_some() || seen.entry.is_some();
        let is_one_sided = seen.detail.is_some() != seen.entry.is_some();
        if is_listed && is_one_sided && details.gap.is_none() && listed.gap.is_none() {
            disagreements.push(existence(id, seen.detail.is_some()));
        }
        let named_by = seen.named_by();
        let lost = |whole: &Option<Arc<Gap>>, absent: &Absent| whole.clone().unwrap_or_else(|| absent.gap(&named_by));
        let detail = seen.detail.map_or_else(|| Observed::Gap(lost(&details.gap, &no_detail)), Observed::Known);
        let entry = seen.entry.map_or_else(|| Observed::Gap(lost(&listed.gap, &no_entry)), Observed::Known);
        subjects.push(role(id, &detail, &entry, analysis, times));
    }
    let gaps = details.gap.iter().chain(&listed.gap).chain(&complete.roles).cloned().collect();
    (Population { subjects, gaps }, disagreements)
}

fn role(
    arn: &str,
    detail: &Observed<&RoleItem>,
    entry: &Observed<&ListedRole>,
    analysis: &Analysis,
    times: &Times,
) -> Role {
    let trust = match detail {
        Observed::Gap(gap) => TrustFacts::unknown(gap),
        Observed::Known(_) => analysis
            .get(arn)
            .map_or_else(|| TrustFacts::unknown(&absent_detail(arn)), |one| TrustFacts::of(one, &analysis.context)),
    };
    let unseen = detail.gap().cloned().unwrap_or_else(|| absent_detail(arn));
    let path = path_in_arn(arn, detail.as_ref().map(|role| role.path.clone()));
    let in_list = entry.known().and_then(|entry| entry.create_date);
    let created = match (detail.as_ref().map(|role| role.created), in_list) {
        (Observed::Gap(_), Some(created)) => Observed::Known(created),
        (created, _) => created,
    };
    let session = |entry: &&ListedRole| match entry.max_session_duration {
        Some(seconds @ 1..) => Observed::Known(seconds),
        _ => {
            let reason = "the role list does not hold MaxSessionDuration of every role";
            Observed::Gap(gap(ROLE_LIST, GapKind::Absent, reason))
        }
    };
    let name = name_of(arn);
    let created =
        created.and_then(|at| times.seen(at, AUTHORIZATION_DETAILS, || format!("when role {name} was created")));
    let last_used = detail.as_ref().and_then(|role| role.last_used.clone()).and_then(|used| match used {
        Some(at) => times.seen(at, AUTHORIZATION_DETAILS, || format!("the last use of role {name}")).map(Some),
        None => Observed::Known(None),
    });
    Role {
        id: arn.to_owned(),
        label: name_of(arn).to_owned(),
        as_of: times.started,
        name: Observed::Known(name_of(arn).to_owned()),
        created,
        description: entry.as_ref().map(|role| role.description.clone().filter(|text| !text.trim().is_empty())),
        maximum_session_seconds: entry.as_ref().and_then(session),
        last_used,
        service_linked: path.as_ref().map(|path| service_linked(path)),
        identity_center: path.as_ref().map(|path| is_of_identity_center(path)),
        path,
        tags: detail.as_ref().and_then(|role| role.tags.as_ref().map(|tags| tag_texts(tags))),
        trusted: detail.as_ref().and_then(|role| trusted(&role.trust)),
        open_to_everyone: trust.open_to_everyone,
        other_accounts_without_external_id: trust.other_accounts_without_external_id,
        third_party_without_external_id: trust.third_party_without_external_id,
        dangling_principals: trust.dangling_principals,
        oidc_without_subject: trust.oidc_without_subject,
        saml_without_audience: trust.saml_without_audience,
        services_without_source: trust.services_without_source,
        administrator: administrator(analysis, arn, &unseen),
        attached_policies: detail.as_ref().and_then(|role| role.holdings.attached.clone()),
        inline_policies: detail.as_ref().and_then(|role| role.holdings.inline_names()),
        permissions_boundary: detail.as_ref().map(|role| role.boundary.clone()),
    }
}

/// Made and owned by an AWS service.
pub fn service_linked(path: &str) -> bool {
    path.starts_with("/aws-service-role/")
}

/// Made by IAM Identity Center for a permission set.
fn is_of_identity_center(path: &str) -> bool {
    path.starts_with(IDENTITY_CENTER_PATH)
}

fn existence(arn: &str, in_details: bool) -> Disagreement {
    let words = |names: bool| if names { "names the role" } else { "does not name the role" }.to_owned();
    Disagreement {
        subject: arn.to_owned(),
        about: "existence".to_owned(),
        says: vec![(AUTHORIZATION_DETAILS, words(in_details)), (ROLE_LIST, words(!in_details))],
        explanation: Some("the role was probably created or deleted while the evidence was collected".to_owned()),
    }
}
