//! The organization: its accounts by state and by what restricts them.

use super::{Chart, ChartLine, Opening, Tone, at_least, missing, shortened};
use crate::account::fact::Observed;
use crate::pack::Inputs;
use crate::pack::words::sentence;
use std::collections::BTreeMap;

const KINDS: [(Tone, &str); 4] = [
    (Tone::Settled, "active and restricted by a policy"),
    (Tone::Open, "active and not restricted"),
    (Tone::Plain, "not active"),
    (Tone::Unclear, "not known"),
];

pub(super) fn opening(inputs: &Inputs<'_>) -> Opening {
    let account = inputs.account;
    let accounts = &account.organization_accounts;
    let mut sentences = Vec::new();
    if let Some(organization) = account.organization.subjects.first() {
        sentences.push(match (&organization.in_organization, &organization.organization_id) {
            (Observed::Known(false), _) => "The account belongs to no organization.".to_owned(),
            (Observed::Known(true), Observed::Known(Some(id))) => {
                let what = match organization.is_management_account.known() {
                    Some(true) => "is the management account of",
                    Some(false) => "is a member of",
                    None => "belongs to",
                };
                format!("The account {what} the organization {id}.")
            }
            (Observed::Gap(gap), _) | (_, Observed::Gap(gap)) => {
                sentence(&format!("whether the account belongs to an organization is not known: {}", gap.reason))
            }
            (Observed::Known(true), Observed::Known(None)) => "The account belongs to an organization.".to_owned(),
        });
    }
    let mut by_place: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for account in &accounts.subjects {
        let place = match &account.place {
            Observed::Known(place) => place.last().cloned().unwrap_or_default(),
            Observed::Gap(_) => "place not known".to_owned(),
        };
        let kind = match (&account.active, &account.guardrails) {
            (Observed::Known(false), _) => 2,
            (Observed::Known(true), Observed::Known(policies)) => usize::from(policies.is_empty()),
            _ => 3,
        };
        by_place.entry(place).or_insert_with(|| vec![0; KINDS.len()])[kind] += 1;
    }
    if !accounts.subjects.is_empty() {
        sentences.push(format!("It is shown {} of the organization.", at_least(accounts, "account", "accounts")));
    }
    let lines = by_place.into_iter().map(|(label, counts)| ChartLine { label, note: String::new(), counts });
    let lines: Vec<ChartLine> = lines.collect();
    let chart = (!lines.is_empty()).then(|| Chart {
        id: "accounts-by-unit".to_owned(),
        title: "Accounts of the organization by unit".to_owned(),
        heads: ["Root or unit", "", "Accounts", "All"],
        kinds: KINDS.to_vec(),
        lines: shortened(lines, "units"),
    });
    Opening { sentences, missing: missing(&accounts.gaps), charts: chart.into_iter().collect() }
}
