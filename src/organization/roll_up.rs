//! Control × account, worst first.

use super::listing::{Listed, Listing};
use super::{Account, Assessed, Control, Counts, Entry, FORMAT, Organization, State, Totals};
use crate::verdict::Verdict;
use std::collections::BTreeMap;

/// What the roll-up is about, apart from its accounts.
#[derive(Clone, Debug, Default)]
pub struct About {
    pub id: String,
    pub name: Option<String>,
    pub period: Option<String>,
    pub partition: Option<String>,
    pub caller: Option<String>,
    pub listed_by: String,
    pub list_is_complete: bool,
    /// When the accounts were listed, RFC 3339.
    pub listed_at: Option<String>,
}

/// An account's part: its verdicts by control, and nothing larger.
struct Part {
    verdicts: BTreeMap<usize, (Verdict, u64)>,
    as_of: String,
    gaps: usize,
}

/// Severities from the worst.
const SEVERITIES: [&str; 4] = ["critical", "high", "medium", "low"];

fn rank(severity: &str) -> usize {
    // One that is not known is put with the worst.
    SEVERITIES.iter().position(|known| *known == severity).unwrap_or(0)
}

/// Rolls up. `entries` say what became of each account; `read` returns what a pack holds, one at a time.
pub fn roll_up(
    about: About,
    listing: Listing,
    mut entries: BTreeMap<String, Entry>,
    mut read: impl FnMut(&Entry) -> Result<Assessed, (State, String)>,
) -> Organization {
    let mut controls: Vec<Control> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut accounts: Vec<(Account, Option<Part>)> = Vec::new();
    for listed in &listing.accounts {
        let mut account = blank(listed, entries.remove(&listed.id));
        let entry = Entry::of(&account);
        let part = if account.state.has_pack() {
            match read(&entry) {
                Ok(assessed) => {
                    account.state = if assessed.is_complete() { State::Complete } else { State::Incomplete };
                    Some(part(assessed, &mut controls, &mut places))
                }
                Err((state, reason)) => {
                    (account.state, account.reason) = (state, Some(reason));
                    None
                }
            }
        } else {
            None
        };
        accounts.push((account, part));
    }
    for (account, part) in &mut accounts {
        judge(account, part.as_ref(), &mut controls);
    }
    let order = order(&mut controls);
    let mut accounts: Vec<Account> = accounts.into_iter().map(|(account, _)| account).collect();
    for account in accounts.iter_mut().filter(|account| !account.marks.is_empty()) {
        account.marks = order.iter().map(|place| account.marks[*place]).collect();
    }
    accounts.sort_by_key(|account| {
        let worst = account.failed_by_severity.map(std::cmp::Reverse);
        let reached = account.state.has_pack();
        (
            account.state == State::NotActive,
            reached,
            worst,
            std::cmp::Reverse(account.verdicts.unknown),
            account.id.clone(),
        )
    });
    let days = accounts.iter().filter_map(|account| account.as_of.clone());
    let as_of = days.clone().min().zip(days.max());
    Organization {
        format: FORMAT,
        id: about.id,
        name: about.name,
        period: about.period,
        management_account: listing.management,
        partition: about.partition,
        caller: about.caller,
        listed_by: about.listed_by,
        list_is_complete: about.list_is_complete,
        listed_at: about.listed_at,
        as_of,
        totals: totals(&accounts),
        controls,
        accounts,
        units: listing.units,
        policy_types: listing.kinds,
        policies: listing.policies,
        identity_center: listing.center,
        asked: listing.asked,
        gaps: listing.gaps,
    }
}

/// An account as it stands before its pack is read.
fn blank(listed: &Listed, entry: Option<Entry>) -> Account {
    let missing = Entry {
        account: listed.id.clone(),
        state: State::Missing,
        code: None,
        reason: Some("no result of this account was written".to_owned()),
        request_id: None,
        at: String::new(),
        pack: None,
        pack_id: None,
        manifest_sha256: None,
    };
    let mut entry = entry.unwrap_or(missing);
    if !listed.is_active() {
        let state = listed.state.as_deref().unwrap_or_default();
        (entry.state, entry.code) = (State::NotActive, None);
        entry.reason = Some(format!("listed as {state}; only accounts that are ACTIVE can be looked into"));
    }
    Account {
        id: listed.id.clone(),
        name: listed.name.clone(),
        listed_state: listed.state.clone(),
        path: listed.path.clone(),
        state: entry.state,
        code: entry.code,
        reason: entry.reason,
        request_id: entry.request_id,
        at: Some(entry.at).filter(|at| !at.is_empty()),
        pack: entry.pack,
        pack_id: entry.pack_id,
        manifest_sha256: entry.manifest_sha256,
        as_of: None,
        gaps: 0,
        verdicts: Counts::default(),
        failed_by_severity: [0; 4],
        marks: Vec::new(),
        unit: listed.unit,
        unplaced: listed.unplaced.clone(),
        inherited: listed.inherited.clone(),
    }
}

impl Entry {
    fn of(account: &Account) -> Self {
        Self {
            account: account.id.clone(),
            state: account.state,
            code: account.code.clone(),
            reason: account.reason.clone(),
            request_id: account.request_id.clone(),
            at: account.at.clone().unwrap_or_default(),
            pack: account.pack.clone(),
            pack_id: account.pack_id.clone(),
            manifest_sha256: account.manifest_sha256.clone(),
        }
    }
}

fn part(assessed: Assessed, controls: &mut Vec<Control>, places: &mut BTreeMap<String, usize>) -> Part {
    let (mut verdicts, gaps) = (BTreeMap::new(), assessed.missing());
    for one in assessed.controls {
        let place = *places.entry(one.id.clone()).or_insert_with(|| {
            let (id, title, severity) = (one.id, one.title, one.severity);
            controls.push(Control {
                id,
                title,
                severity,
                verdict: Verdict::Unknown,
                accounts: Counts::default(),
                failed_subjects: 0,
            });
            controls.len() - 1
        });
        verdicts.insert(place, (one.verdict, one.population.failed));
    }
    Part { verdicts, as_of: assessed.as_of, gaps }
}

/// The account's mark in every control. What its pack does not hold is unknown.
fn judge(account: &mut Account, part: Option<&Part>, controls: &mut [Control]) {
    if account.state == State::NotActive {
        return;
    }
    for (place, control) in controls.iter_mut().enumerate() {
        let found = part.and_then(|part| part.verdicts.get(&place));
        let (mark, failed) = found.copied().unwrap_or((Verdict::Unknown, 0));
        account.marks.push(mark);
        account.verdicts.add(mark);
        control.accounts.add(mark);
        control.failed_subjects += failed;
        if mark == Verdict::Fail {
            account.failed_by_severity[rank(&control.severity)] += 1;
        }
    }
    if let Some(part) = part {
        (account.as_of, account.gaps) = (Some(part.as_of.clone()), part.gaps);
    }
}

/// Sorts the controls, worst first; returns where each of them stood before.
fn order(controls: &mut Vec<Control>) -> Vec<usize> {
    for control in controls.iter_mut() {
        control.verdict = control.accounts.together();
    }
    let mut order: Vec<usize> = (0..controls.len()).collect();
    order.sort_by_key(|place| {
        let one = &controls[*place];
        let counts = one.accounts;
        let (fail, unknown) = (std::cmp::Reverse(counts.fail), std::cmp::Reverse(counts.unknown));
        (one.verdict, rank(&one.severity), fail, unknown, one.id.clone())
    });
    let mut taken: Vec<Option<Control>> = std::mem::take(controls).into_iter().map(Some).collect();
    controls.extend(order.iter().map(|place| taken[*place].take().expect("every place stands once in the order")));
    order
}

fn totals(accounts: &[Account]) -> Totals {
    let mut totals = Totals { accounts: accounts.len(), ..Totals::default() };
    let mut states: BTreeMap<State, usize> = BTreeMap::new();
    for account in accounts {
        *states.entry(account.state).or_default() += 1;
        match account.state {
            State::NotActive => totals.not_active += 1,
            state if state.has_pack() => totals.with_pack += 1,
            _ => totals.without_pack += 1,
        }
        for mark in &account.marks {
            totals.verdicts.add(*mark);
        }
    }
    totals.states = states.into_iter().collect();
    totals
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organization::assessed;
    use serde_json::json;

    fn entry(account: &str, state: State) -> Entry {
        let mut entry = Entry::of(&blank(&Listed::named(account), None));
        (entry.state, entry.reason) = (state, None);
        entry
    }

    fn assessed(account: &str, verdicts: &[(&str, &str, &str)]) -> Assessed {
        let controls: Vec<_> = verdicts
            .iter()
            .map(|(id, severity, verdict)| {
                let failed = usize::from(*verdict == "fail") * 2;
                json!({ "id": id, "title": id, "severity": severity, "verdict": verdict, "population": { "failed": failed } })
            })
            .collect();
        let whole = json!({ "format": "auditpack.assessment/v1", "as_of": "2026-09-30T06:00:00Z",
            "account": { "id": account }, "controls": controls, "gaps": [] });
        assessed::read(whole.to_string().as_bytes()).unwrap()
    }

    fn rolled(accounts: &[(&str, State)], packs: &dyn Fn(&str) -> Assessed) -> Organization {
        let mut listing = Listing::default();
        let mut entries = BTreeMap::new();
        for (id, state) in accounts {
            let mut listed = Listed::named(id);
            if *state == State::NotActive {
                listed.state = Some("SUSPENDED".to_owned());
            }
            listing.accounts.push(listed);
            if *state != State::Missing {
                entries.insert((*id).to_owned(), entry(id, *state));
            }
        }
        roll_up(About::default(), listing, entries, |entry| Ok(packs(&entry.account)))
    }

    #[test]
    fn an_account_without_evidence_makes_every_control_unknown_at_best() {
        let packs = |id: &str| {
            assessed(
                id,
                &[
                    ("a", "low", "pass"),
                    ("b", "high", if id == "2" { "fail" } else { "pass" }),
                    ("c", "low", "not_applicable"),
                ],
            )
        };
        let done = [("1", State::Complete), ("2", State::Complete)];
        let verdicts = |organization: &Organization| -> BTreeMap<String, Verdict> {
            organization.controls.iter().map(|control| (control.id.clone(), control.verdict)).collect()
        };
        let is = |a, b, c| BTreeMap::from([("a".to_owned(), a), ("b".to_owned(), b), ("c".to_owned(), c)]);
        assert_eq!(verdicts(&rolled(&done, &packs)), is(Verdict::Pass, Verdict::Fail, Verdict::NotApplicable));
        for state in [State::Refused, State::Unreachable, State::OutOfTime, State::Missing, State::Altered] {
            let more = [done[0], done[1], ("3", state)];
            let organization = rolled(&more, &packs);
            assert_eq!(verdicts(&organization), is(Verdict::Unknown, Verdict::Fail, Verdict::Unknown), "{state:?}");
            assert_eq!(organization.accounts[0].id, "3");
            assert_eq!(organization.accounts[0].verdicts.unknown, 3);
            assert_eq!(organization.totals.without_pack, 1);
        }
        let suspended = rolled(&[done[0], ("3", State::NotActive)], &packs);
        assert_eq!(verdicts(&suspended), is(Verdict::Pass, Verdict::Pass, Verdict::NotApplicable));
        assert_eq!((suspended.totals.accounts, suspended.totals.not_active), (2, 1));
    }

    #[test]
    fn a_control_that_a_pack_lacks_is_unknown_there_and_the_worst_comes_first() {
        let packs = |id: &str| match id {
            "1" => assessed(id, &[("a", "low", "fail")]),
            _ => assessed(id, &[("a", "low", "pass"), ("new", "critical", "fail")]),
        };
        let organization = rolled(&[("1", State::Complete), ("2", State::Incomplete)], &packs);
        let controls: Vec<_> =
            organization.controls.iter().map(|one| (one.id.as_str(), one.accounts.unknown)).collect();
        assert_eq!(controls, [("new", 1), ("a", 0)]);
        let accounts: Vec<_> = organization.accounts.iter().map(|one| (one.id.as_str(), one.marks.clone())).collect();
        assert_eq!(accounts, [("2", vec![Verdict::Fail, Verdict::Pass]), ("1", vec![Verdict::Unknown, Verdict::Fail])]);
        assert_eq!(organization.controls[0].failed_subjects, 2);
    }

    #[test]
    fn nobody_reached_at_all_is_no_pass() {
        let organization = rolled(&[("1", State::Refused)], &|_| unreachable!("there is no pack"));
        assert!(organization.controls.is_empty());
        assert_eq!(Counts::default().together(), Verdict::Unknown);
    }
}
