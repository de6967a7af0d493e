//! The pictures of an organization's pack: accounts by state, controls by verdict, the tree, permission sets.

use crate::organization::{Account, Counts, Organization, State};
use crate::render::picture::bars::{Bar, Columns, Drawing, Hue, LINES, Plan, draw};
use crate::verdict::Verdict;

/// Up to so many accounts each has its own line in the tree.
const ACCOUNTS: usize = 40;
/// Lines of the tree; a larger one is folded from its depth.
const TREE: usize = 2 * LINES;

const GREY: &str = "#6b7480";
const fn hue(sign: &'static str, words: &'static str, colour: &'static str) -> Hue {
    Hue { sign, words, colour }
}

const HEALTH: [Hue; 5] = [
    hue("!", "without a pack", "#4a1018"),
    hue("×", "a control fails", "#a3141b"),
    hue("?", "no failure, something inconclusive", "#875000"),
    hue("✓", "neither failed nor inconclusive", "#17663a"),
    hue("–", "not active", GREY),
];

const KINDS: [Hue; 3] = [
    hue("G", "assignments to groups", "#17406d"),
    hue("U", "assignments to single users", "#875000"),
    hue("?", "assignments to something else", GREY),
];

/// All pictures; each list is one picture in as many parts as it takes.
#[derive(serde::Serialize)]
pub struct Pictures {
    pub states: Vec<Drawing>,
    pub controls: Vec<Drawing>,
    pub tree: Vec<Drawing>,
    pub sets: Vec<Drawing>,
}

pub fn draw_all(organization: &Organization) -> Pictures {
    Pictures {
        states: states(organization),
        controls: controls(organization),
        tree: tree(organization),
        sets: sets(organization),
    }
}

/// The bars on as many pictures as they need.
fn parts(bars: &[Bar], mut plan: impl FnMut(&str, &[Bar]) -> Drawing) -> Vec<Drawing> {
    let several = bars.len() > LINES;
    // Parts of about the same height.
    let size = bars.len().div_ceil(bars.len().div_ceil(LINES).max(1)).max(1);
    let part =
        |(number, bars): (usize, &[Bar])| plan(&if several { format!("-{}", number + 1) } else { String::new() }, bars);
    bars.chunks(size).enumerate().map(part).collect()
}

fn states(organization: &Organization) -> Vec<Drawing> {
    let shown = |state: State| match state {
        State::Incomplete => hue("?", state.words(), "#875000"),
        State::Complete => hue("✓", state.words(), "#17663a"),
        State::NotActive => hue("–", state.words(), GREY),
        _ => hue("!", state.words(), "#a3141b"),
    };
    let bar = |(state, count): &(State, usize)| Bar {
        depth: 0,
        label: state.words().to_owned(),
        note: String::new(),
        parts: vec![(shown(*state), *count)],
        total: count.to_string(),
        href: String::new(),
    };
    let bars: Vec<Bar> = organization.totals.states.iter().map(bar).collect();
    parts(&bars, |part, bars| {
        draw(&Plan {
            name: format!("states{part}"),
            title: "Accounts by state",
            heads: ["State", "", "Accounts", ""],
            columns: Columns { note: 150.0, bar: 160.0, end: 640.0 },
            even: false,
            legend: &[],
            bars,
        })
    })
}

fn marked(counts: &Counts) -> Vec<(Hue, usize)> {
    let Counts { fail, unknown, excepted, manual, attested, pass, not_applicable } = *counts;
    let counts = [fail, unknown, excepted, manual, attested, pass, not_applicable];
    Verdict::ALL.map(Hue::for_verdict).into_iter().zip(counts).collect()
}

fn controls(organization: &Organization) -> Vec<Drawing> {
    let bar = |(number, control): (usize, &crate::organization::Control)| Bar {
        depth: 0,
        label: format!("{} {}", number + 1, control.title),
        note: control.severity.clone(),
        parts: marked(&control.accounts),
        total: format!("{} fail", control.accounts.fail),
        href: format!("index.html#control-{}", control.id),
    };
    let bars: Vec<Bar> = organization.controls.iter().enumerate().map(bar).collect();
    parts(&bars, |part, bars| {
        draw(&Plan {
            name: format!("controls{part}"),
            title: "Controls by verdict over the active accounts",
            heads: ["Control", "Severity", "Accounts", ""],
            columns: Columns { note: 300.0, bar: 350.0, end: 630.0 },
            even: true,
            legend: &Verdict::ALL.map(Hue::for_verdict),
            bars,
        })
    })
}

/// The kind of an account in the tree, as a place in `HEALTH`.
fn health(account: &Account) -> usize {
    match account.state {
        State::NotActive => 4,
        state if !state.has_pack() => 0,
        _ if account.verdicts.fail > 0 => 1,
        _ if account.verdicts.unknown > 0 => 2,
        _ => 3,
    }
}

fn tree(organization: &Organization) -> Vec<Drawing> {
    if organization.units.is_empty() {
        return Vec::new();
    }
    let single = organization.accounts.len() <= ACCOUNTS;
    let end = if single { 482.0 } else { 600.0 };
    let bars = Tree { organization, single }.bars();
    parts(&bars, |part, bars| {
        draw(&Plan {
            name: format!("tree{part}"),
            title: "The organization’s units and accounts",
            heads: ["Unit or account", "Policies attached here that limit", "Accounts", ""],
            columns: Columns { note: 240.0, bar: 450.0, end },
            even: false,
            legend: &HEALTH,
            bars,
        })
    })
}

struct Tree<'a> {
    organization: &'a Organization,
    /// Each account has a line.
    single: bool,
}

impl Tree<'_> {
    fn bars(&self) -> Vec<Bar> {
        let units = &self.organization.units;
        let deepest = units.iter().map(|unit| unit.depth).max().unwrap_or(0);
        let lines = |depth: usize| units.iter().filter(|unit| unit.depth <= depth).count();
        let depth = (0..=deepest).rev().find(|depth| lines(*depth) <= TREE).unwrap_or(0);
        // Where a unit's accounts are counted: in itself, or in the deepest unit around it that is drawn.
        let drawn = |unit: usize| {
            let mut around = std::iter::successors(Some(unit), |place| units[*place].parent);
            around.find(|place| units[*place].depth <= depth).unwrap_or(unit)
        };
        let mut counts = vec![[0_usize; 5]; units.len()];
        let mut folded = vec![0_usize; units.len()];
        let mut nowhere = [0_usize; 5];
        (0..units.len()).filter(|unit| units[*unit].depth > depth).for_each(|unit| folded[drawn(unit)] += 1);
        for account in &self.organization.accounts {
            match account.unit {
                Some(unit) => counts[drawn(unit)][health(account)] += 1,
                None => nowhere[health(account)] += 1,
            }
        }
        let mut bars = Vec::new();
        for (place, unit) in units.iter().enumerate().filter(|(_, unit)| unit.depth <= depth) {
            let below = if folded[place] > 0 { format!(" and {} units below", folded[place]) } else { String::new() };
            let mut bar = Self::bar(unit.depth, format!("{}{below}", unit.name), self.note(&unit.id), &counts[place]);
            if self.single {
                bar.parts.clear();
            }
            bars.push(bar);
            let own = self.organization.accounts.iter().filter(|account| account.unit == Some(place));
            bars.extend(own.filter(|_| self.single).map(|account| self.account(unit.depth + 1, account)));
        }
        if nowhere.iter().sum::<usize>() > 0 {
            bars.push(Self::bar(0, "Unit not known".to_owned(), String::new(), &nowhere));
            let lost = self.organization.accounts.iter().filter(|account| account.unit.is_none());
            bars.extend(lost.filter(|_| self.single).map(|account| self.account(1, account)));
        }
        bars
    }

    fn bar(depth: usize, label: String, note: String, counts: &[usize; 5]) -> Bar {
        let all: usize = counts.iter().sum();
        let total = match all {
            0 => String::new(),
            1 => "1 account".to_owned(),
            all => format!("{all} accounts"),
        };
        Bar { depth, label, note, parts: HEALTH.into_iter().zip(*counts).collect(), total, href: String::new() }
    }

    fn account(&self, depth: usize, account: &Account) -> Bar {
        let mut counts = [0; 5];
        counts[health(account)] = 1;
        let name = account.name.as_ref().map_or_else(|| account.id.clone(), |name| format!("{name} {}", account.id));
        let mut bar = Self::bar(depth, name, self.note(&account.id), &counts);
        bar.total = if account.state == State::NotActive || !account.state.has_pack() {
            account.state.words().to_owned()
        } else {
            format!("{} fail, {} unknown", account.verdicts.fail, account.verdicts.unknown)
        };
        bar.href = format!("accounts/{}.html", account.id);
        bar
    }

    /// Policies attached to it that do more than let everything pass.
    fn note(&self, id: &str) -> String {
        let limiting = self.organization.policies.iter().filter(|policy| {
            let plain = policy.lets_all_pass == Some(true) && policy.statements.iter().all(|one| !one.denies);
            !plain && policy.targets.iter().any(|target| target.id == id)
        });
        let names: Vec<&str> = limiting.map(|policy| policy.name.as_str()).collect();
        names.join(", ")
    }
}

fn sets(organization: &Organization) -> Vec<Drawing> {
    let center = &organization.identity_center;
    let mut counts = vec![[0_usize; 3]; center.sets.len()];
    let mut accounts: Vec<std::collections::BTreeSet<&str>> =
        vec![std::collections::BTreeSet::new(); center.sets.len()];
    for one in &center.assignments {
        let kind = match one.kind.as_str() {
            "GROUP" => 0,
            "USER" => 1,
            _ => 2,
        };
        counts[one.set][kind] += 1;
        accounts[one.set].insert(&one.account);
    }
    let mut order: Vec<usize> = (0..center.sets.len()).collect();
    let all = |set: usize| counts[set].iter().sum::<usize>();
    order.sort_by_key(|set| (std::cmp::Reverse(center.sets[*set].grade.rank), std::cmp::Reverse(all(*set)), *set));
    let bar = |set: &usize| Bar {
        depth: 0,
        label: center.sets[*set].name.clone(),
        note: center.sets[*set].grade.words.clone(),
        parts: KINDS.into_iter().zip(counts[*set]).collect(),
        total: match accounts[*set].len() {
            1 => "in 1 account".to_owned(),
            all => format!("in {all} accounts"),
        },
        href: format!("access.html#set-{}", set + 1),
    };
    let bars: Vec<Bar> = order.iter().map(bar).collect();
    let legend = if counts.iter().any(|count| count[2] > 0) { &KINDS[..] } else { &KINDS[..2] };
    parts(&bars, |part, bars| {
        draw(&Plan {
            name: format!("sets{part}"),
            title: "Assignments by permission set",
            heads: ["Permission set", "The most it grants", "Assignments", ""],
            columns: Columns { note: 190.0, bar: 375.0, end: 600.0 },
            even: false,
            legend,
            bars,
        })
    })
}
