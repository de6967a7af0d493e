//! What a role's trust policy comes to, as facts.

use super::Analysed;
use super::powers::list;
use crate::account::fact::{AUTHORIZATION_DETAILS, Gap, GapKind, Observed};
use crate::account::gaps::gap;
use crate::policy::conditions::{Pin, is_external_id};
use crate::policy::document::Document;
use crate::policy::trust::{Answer, Entry, Flags, Relation, Trust, Who};
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
    /// Of a role's trust policy; `document` is what was explained.
    pub fn of(one: &Analysed, document: Option<&Document>) -> Self {
        let (Some(trust), Some(document)) = (&one.trust, document) else {
            let gap = one.trust_gap.clone().unwrap_or_else(|| unsettled(one, "it was not read"));
            return Self::unknown(&gap);
        };
        let secrets = secrets(document);
        let asked = |of: fn(&Flags) -> Answer, who: fn(&Who) -> bool, told: &dyn Fn(&Entry) -> String| {
            answered(one, trust, &|entry| if who(&entry.who) { of(&entry.flags) } else { Answer::No }, told)
        };
        let sentence = |entry: &Entry| {
            let place = place(entry);
            let said = hide(&entry.sentence, &secrets);
            format!("{place}: {}", said.trim_end_matches('.'))
        };
        let name = |entry: &Entry| match &entry.who {
            Who::Service(name) | Who::Dangling(name) => format!("{name} ({})", place(entry)),
            _ => place(entry),
        };
        let everyone = |who: &Who| matches!(who, Who::Everyone | Who::EveryoneExcept(_) | Who::NotUnderstood(_));
        let (accounts, stranger) = others(one, trust);
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
    let doubt = doubtful.map(|entry| unsettled(one, &format!("{} has a part whose effect is not known", place(entry))));
    list(found, whole(one, trust).or(doubt).as_ref())
}

/// The gap of a text that is not understood as a whole.
fn whole(one: &Analysed, trust: &Trust) -> Option<Arc<Gap>> {
    let noted = || unsettled(one, "it is not understood as a whole");
    one.trust_gap.clone().or_else(|| (!trust.not_understood.is_empty()).then(noted))
}

fn unsettled(one: &Analysed, why: &str) -> Arc<Gap> {
    let reason = format!("who may assume the role {} is not settled: {why}", one.name());
    gap(AUTHORIZATION_DETAILS, GapKind::Absent, reason)
}

/// Other accounts that need no external id, and whether one of them is a third party.
fn others(one: &Analysed, trust: &Trust) -> (Observed<Texts>, Observed<bool>) {
    let vendor = |entry: &Entry| matches!(&entry.who, Who::Account { relation, .. } | Who::Foreign { relation, .. } if matches!(relation, Relation::Vendor(_)));
    let open = |entry: &&Entry| {
        entry.is_open() && !vendor(entry) && entry.flags.cross_account_without_external_id != Answer::No
    };
    let mut names: Texts = Vec::new();
    let mut answer = Answer::No;
    for entry in trust.entries.iter().filter(open) {
        names.extend(accounts(entry));
        answer = answer.max(entry.flags.cross_account_without_external_id);
    }
    names.sort();
    names.dedup();
    let everyone = names.iter().any(|name| name == "*");
    let accounts = match whole(one, trust) {
        // A list that may be short must not look whole; whoever is everyone is on no list of known accounts.
        Some(gap) if !everyone => Observed::Gap(gap),
        _ => Observed::Known(names.clone()),
    };
    let stranger = match (answer, whole(one, trust)) {
        (Answer::Yes, _) => Observed::Known(true),
        (_, Some(gap)) => Observed::Gap(gap),
        (Answer::No, None) => Observed::Known(false),
        (Answer::Unknown, None) => {
            let why = format!("whether these belong to the own organisation was not collected: {}", names.join(", "));
            let reason = format!("whether third parties may assume the role {} is not known: {why}", one.name());
            Observed::Gap(gap(AUTHORIZATION_DETAILS, GapKind::Absent, reason))
        }
    };
    (accounts, stranger)
}

/// The accounts or organisations that an entry lets in; `*` where nothing fixes them.
fn accounts(entry: &Entry) -> Texts {
    let everyone = || vec!["*".to_owned()];
    match &entry.who {
        Who::Account { id, .. } => vec![id.clone()],
        Who::Foreign { account, .. } => vec![account.clone()],
        Who::Everyone | Who::EveryoneExcept(_) => {
            let fixed = entry.pins().into_iter().find_map(|pin| match pin {
                Pin::Accounts(list) | Pin::Organisations(list) => Some(list.clone()),
                Pin::Principals(list) => {
                    Some(list.iter().map(|arn| arn.split(':').nth(4).unwrap_or("*").to_owned()).collect())
                }
                _ => None,
            });
            fixed.unwrap_or_else(everyone)
        }
        _ => everyone(),
    }
}

/// The values of external ids. The sentences mask them where they are compared, and a principal may hold the same text.
fn secrets(document: &Document) -> Texts {
    let conditions = document.statements.iter().flat_map(|statement| &statement.conditions);
    let named = conditions.filter(|condition| is_external_id(&condition.key));
    let mut values: Texts =
        named.flat_map(|condition| condition.values.clone()).filter(|one| !one.is_empty()).collect();
    values.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    values.dedup();
    values
}

/// External ids that are taken out one by one; each is looked for in every sentence.
const MANY: usize = 256;

fn hide(text: &str, secrets: &[String]) -> String {
    if secrets.len() > MANY {
        return "(withheld: the trust policy holds too many external ids to take each out)".to_owned();
    }
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "(masked)"))
}
