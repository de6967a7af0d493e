//! What a role's trust policy comes to, as facts.

use super::Analysed;
use super::powers::list;
use crate::account::fact::{AUTHORIZATION_DETAILS, Gap, GapKind, ORGANIZATION_ACCOUNTS, Observed};
use crate::account::gaps::gap;
use crate::arn::is_account;
use crate::policy::conditions::{Class, Pin};
use crate::policy::trust::{Answer, Entry, Flags, Relation, Trust, TrustContext, TrustedPrincipal};
use std::sync::Arc;

type Texts = Vec<String>;

/// Facts of a role's trust policy.
#[derive(Clone)]
pub struct TrustFacts {
    pub open_to_everyone: Observed<Texts>,
    pub other_accounts_without_external_id: Observed<Texts>,
    pub third_party_without_external_id: Observed<bool>,
    pub dangling_principals: Observed<Texts>,
    pub oidc_without_subject: Observed<Texts>,
    pub saml_without_audience: Observed<Texts>,
    pub services_without_source: Observed<Texts>,
}

impl TrustFacts {
    /// Of a role's trust policy.
    pub fn of(one: &Analysed, context: &TrustContext) -> Self {
        let Some(trust) = &one.trust else {
            let gap = one.trust_gap.clone().unwrap_or_else(|| unsettled(one, "it was not read"));
            return Self::unknown(&gap);
        };
        let asked = |of: fn(&Flags) -> Answer, who: fn(&TrustedPrincipal) -> bool, told: &dyn Fn(&Entry) -> String| {
            let of = |entry: &Entry| if who(&entry.who) { of(&entry.flags) } else { Answer::No };
            answered(one, trust, &of, told)
        };
        let sentence = |entry: &Entry| format!("{}: {}", place(entry), entry.sentence.trim_end_matches('.'));
        let name = |entry: &Entry| match &entry.who {
            TrustedPrincipal::Service(name) | TrustedPrincipal::Dangling(name) => format!("{name} ({})", place(entry)),
            _ => place(entry),
        };
        let everyone = |who: &TrustedPrincipal| {
            matches!(
                who,
                TrustedPrincipal::Everyone | TrustedPrincipal::EveryoneExcept(_) | TrustedPrincipal::NotUnderstood(_)
            )
        };
        let (accounts, stranger) = others(one, trust, context);
        Self {
            open_to_everyone: asked(|flags| flags.public, everyone, &sentence),
            other_accounts_without_external_id: accounts,
            third_party_without_external_id: stranger,
            dangling_principals: asked(|flags| flags.dangling, |_| true, &name),
            oidc_without_subject: asked(|flags| flags.oidc_without_subject, |_| true, &sentence),
            saml_without_audience: asked(|flags| flags.saml_without_audience, |_| true, &sentence),
            services_without_source: asked(|flags| flags.service_without_source, |_| true, &name),
        }
    }

    pub fn unknown(gap: &Arc<Gap>) -> Self {
        let list = || Observed::Gap(Arc::clone(gap));
        Self {
            open_to_everyone: list(),
            other_accounts_without_external_id: list(),
            third_party_without_external_id: Observed::Gap(Arc::clone(gap)),
            dangling_principals: list(),
            oidc_without_subject: list(),
            saml_without_audience: list(),
            services_without_source: list(),
        }
    }
}

/// `statement 1 (Sid) of the trust policy`.
fn place(entry: &Entry) -> String {
    let sid = entry.sid.as_ref().filter(|sid| !sid.is_empty()).map(|sid| format!(" ({sid})")).unwrap_or_default();
    format!("statement {} of the trust policy{sid}", entry.statement + 1)
}

/// The entries to which the answer is yes. Without any, an answer that is not known, or a text that is not
/// understood, leaves it open.
fn answered(
    one: &Analysed,
    trust: &Trust,
    of: &dyn Fn(&Entry) -> Answer,
    told: &dyn Fn(&Entry) -> String,
) -> Observed<Texts> {
    let found: Texts = trust.entries.iter().filter(|entry| of(entry) == Answer::Yes).map(told).collect();
    let doubtful = trust.entries.iter().find(|entry| of(entry) == Answer::Unknown);
    let doubt = doubtful.map(|entry| unsettled(one, &cause(entry)));
    list(found, whole(one, trust).or(doubt).as_ref())
}

/// What of an entry is not understood.
fn cause(entry: &Entry) -> String {
    if let TrustedPrincipal::NotUnderstood(text) = &entry.who {
        return format!("{} names a principal that is not understood: {text}", place(entry));
    }
    let unknown = entry.conditions.iter().filter(|shown| shown.judgement.class == Class::Unknown);
    let texts: Texts = unknown.map(|shown| format!("{} ({})", shown.text, shown.judgement.reason)).collect();
    match &texts[..] {
        [] => format!("{} is not settled by the evidence", place(entry)),
        [text] => format!("{} has a condition whose effect here is not known: {text}", place(entry)),
        texts => format!("{} has conditions whose effect here is not known: {}", place(entry), texts.join("; ")),
    }
}

/// The gap of a text that is not understood as a whole.
fn whole(one: &Analysed, trust: &Trust) -> Option<Arc<Gap>> {
    // A text with notes of its own has that gap already; these sentences quote nothing.
    let noted = || unsettled(one, trust.not_understood.join(" ").trim_end_matches('.'));
    one.trust_gap.clone().or_else(|| (!trust.not_understood.is_empty()).then(noted))
}

fn unsettled(one: &Analysed, why: &str) -> Arc<Gap> {
    let reason = format!("who may assume the role {} is not settled: {why}", one.name());
    gap(AUTHORIZATION_DETAILS, GapKind::NotDecided, reason)
}

/// Other accounts that need no external id, and whether one of them is a third party.
fn others(one: &Analysed, trust: &Trust, context: &TrustContext) -> (Observed<Texts>, Observed<bool>) {
    let vendor = |entry: &Entry| matches!(&entry.who, TrustedPrincipal::Account { relation, .. } | TrustedPrincipal::Foreign { relation, .. } if matches!(relation, Relation::Vendor(_)));
    let open = |entry: &&Entry| {
        entry.is_open() && !vendor(entry) && entry.flags.cross_account_without_external_id != Answer::No
    };
    let mut names: Texts = Vec::new();
    let mut answer = Answer::No;
    let mut doubts: Texts = Vec::new();
    for entry in trust.entries.iter().filter(open) {
        let accounts = accounts(entry, context);
        if entry.flags.cross_account_without_external_id == Answer::Unknown {
            doubts.push(doubt(entry, &accounts));
        }
        names.extend(accounts);
        answer = answer.max(entry.flags.cross_account_without_external_id);
    }
    names.sort();
    names.dedup();
    doubts.dedup();
    // What is no account or organization is on no list of known accounts.
    let beyond_lists = names.iter().any(|name| !is_id(name));
    let accounts = match whole(one, trust) {
        // A list that may be short must not look whole.
        Some(gap) if !beyond_lists => Observed::Gap(gap),
        _ => Observed::Known(names),
    };
    let stranger = match (answer, whole(one, trust)) {
        (Answer::Yes, _) => Observed::Known(true),
        (_, Some(gap)) => Observed::Gap(gap),
        (Answer::No, None) => Observed::Known(false),
        (Answer::Unknown, None) => {
            let why = doubts.join("; ");
            let reason = format!("whether third parties may assume the role {} is not known: {why}", one.name());
            Observed::Gap(gap(ORGANIZATION_ACCOUNTS, GapKind::NotDecided, reason))
        }
    };
    (accounts, stranger)
}

/// Why it is not known whether an entry lets in third parties.
fn doubt(entry: &Entry, accounts: &[String]) -> String {
    let unknown = entry.has_unknown_condition() || matches!(entry.who, TrustedPrincipal::NotUnderstood(_));
    if unknown && accounts.iter().any(|name| !is_id(name)) {
        return cause(entry);
    }
    let network = entry.conditions.iter().find(|shown| matches!(shown.judgement.pin, Some(Pin::Networks(_))));
    match network {
        Some(shown) if accounts.iter().any(|name| !is_id(name)) => {
            format!(
                "{}: {} names a network, and accounts of any organization may call from it",
                place(entry),
                shown.text
            )
        }
        _ => format!(
            "{} names {}, and the accounts of this organization are not known: AWS Organizations did not list them to \
             this account, and the configuration does not name them",
            place(entry),
            accounts.join(", ")
        ),
    }
}

/// The other accounts or organizations that an entry lets in; `*` where nothing fixes them. Conditions hold together,
/// so that the one that names the fewest others says most.
fn accounts(entry: &Entry, context: &TrustContext) -> Texts {
    let everyone = || vec!["*".to_owned()];
    match &entry.who {
        TrustedPrincipal::Account { id, .. } => vec![id.clone()],
        TrustedPrincipal::Foreign { account, .. } => vec![account.clone()],
        TrustedPrincipal::Everyone | TrustedPrincipal::EveryoneExcept(_) => {
            let mut named: Vec<Texts> = entry.pins().into_iter().filter_map(|pin| of_pin(pin, context)).collect();
            named.sort_by_key(Vec::len);
            named.into_iter().next().unwrap_or_else(everyone)
        }
        _ => everyone(),
    }
}

/// Whom a condition names, without the own account, members of the own organization and stated vendors.
fn of_pin(pin: &Pin, context: &TrustContext) -> Option<Texts> {
    let own = |id: &str| id.trim_start().starts_with("${") || context.organization.as_deref() == Some(id);
    let others = |ids: Vec<String>| -> Texts {
        let known = |id: &String| {
            own(id) || matches!(context.relation(id), Relation::Own | Relation::OwnOrganization | Relation::Vendor(_))
        };
        ids.into_iter().filter(|id| !known(id)).collect()
    };
    match pin {
        Pin::Accounts(list) | Pin::Organizations(list) | Pin::SourceAccounts(list) | Pin::SourceOrganizations(list) => {
            Some(others(list.clone()))
        }
        Pin::Principals(list) | Pin::Sources(list) => {
            // An ARN without an account, such as a bucket's, names itself.
            let account = |arn: &String| match arn.split(':').nth(4) {
                Some(account) if !account.is_empty() => account.to_owned(),
                _ => arn.clone(),
            };
            Some(others(list.iter().map(account).collect()))
        }
        Pin::Networks(list) => Some(vec![format!("anyone who calls from {}", list.join(" or "))]),
        _ => None,
    }
}

/// An account or an organization, which lists of known ones can name.
fn is_id(name: &str) -> bool {
    name.starts_with("o-") || is_account(name)
}
