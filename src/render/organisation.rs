//! The pack of an organisation: pages, tables and `organisation.json`.

use super::csv::{Line, save};
use super::html::{hash, problem, templates_with};
use super::{RenderError, json};
use crate::organisation::{Account, Mark, Organisation, State};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use tera::{Context, Tera};

const STYLE: &str = concat!(
    include_str!("../../templates/html/base.css"),
    include_str!("../../templates/html/register.css"),
    include_str!("../../templates/html/organisation.css")
);
const SCRIPT: &str = include_str!("../../templates/html/script.js");

const TEMPLATES: [(&str, &str); 7] = [
    ("organisation.html", include_str!("../../templates/html/organisation.html")),
    ("organisation-matrix.html", include_str!("../../templates/html/organisation-matrix.html")),
    ("organisation-access.html", include_str!("../../templates/html/organisation-access.html")),
    ("organisation-account.html", include_str!("../../templates/html/organisation-account.html")),
    ("head.html", include_str!("../../templates/html/head.html")),
    ("style.css", STYLE),
    ("script.js", SCRIPT),
];

/// A verdict, its symbol and its words: never by colour alone.
const MARKS: [(Mark, &str, &str); 7] = [
    (Mark::Fail, "✗", "fail"),
    (Mark::Unknown, "?", "unknown"),
    (Mark::Excepted, "(✗)", "excepted"),
    (Mark::Manual, "✎", "manual"),
    (Mark::Attested, "(✓)", "attested"),
    (Mark::Pass, "✓", "pass"),
    (Mark::NotApplicable, "–", "not applicable"),
];

const STATES: [State; 8] = [
    State::Refused,
    State::Unreachable,
    State::OutOfTime,
    State::Missing,
    State::Altered,
    State::Incomplete,
    State::Complete,
    State::NotActive,
];

/// Writes everything but the seal into `dir`.
pub fn write(organisation: &Organisation, pack_id: &str, dir: &Path) -> Result<(), RenderError> {
    let tera = templates_with(&TEMPLATES)?;
    let base = base(organisation, pack_id);
    page(&tera, "organisation.html", &base, dir, "index.html")?;
    page(&tera, "organisation-matrix.html", &base, dir, "matrix.html")?;
    page(&tera, "organisation-access.html", &base, dir, "access.html")?;
    for account in &organisation.accounts {
        let mut context = about(organisation, pack_id);
        context.insert("account", account);
        context.insert("calls", &has_calls(dir, account));
        context.insert("results", &results(organisation, account));
        let above = account.policies.iter().map(|place| &organisation.policies[*place]).collect::<Vec<_>>();
        context.insert("above", &above);
        let assigned = organisation.assignments.iter().filter(|one| one.account == account.id).collect::<Vec<_>>();
        context.insert("assigned", &assigned);
        page(&tera, "organisation-account.html", &context, dir, &format!("accounts/{}.html", account.id))?;
    }
    tables(organisation, &dir.join("tables"))?;
    super::save(&dir.join("organisation.json"), &json::safe(organisation)?)
}

/// What every page knows.
fn about(organisation: &Organisation, pack_id: &str) -> Context {
    let mut context = Context::new();
    let cover = serde_json::json!({ "tool_version": env!("CARGO_PKG_VERSION") });
    context.insert("cover", &cover);
    context.insert("style_hash", &hash(STYLE));
    context.insert("script_hash", &hash(SCRIPT));
    context.insert("pack_id", pack_id);
    context.insert("id", &organisation.id);
    context.insert("name", &organisation.name);
    context.insert("period", &organisation.period);
    context.insert("as_of", &organisation.as_of);
    let key = |mark: Mark| serde_json::to_value(mark).expect("a verdict is a word");
    let by = |pick: fn(&(Mark, &'static str, &'static str)) -> &'static str| -> BTreeMap<String, &'static str> {
        MARKS.iter().map(|one| (key(one.0).as_str().unwrap_or_default().to_owned(), pick(one))).collect()
    };
    context.insert("symbols", &by(|one| one.1));
    context.insert("words", &by(|one| one.2));
    let states: BTreeMap<String, &str> = STATES
        .iter()
        .map(|state| {
            let key = serde_json::to_value(state).expect("a state is a word");
            (key.as_str().unwrap_or_default().to_owned(), state.words())
        })
        .collect();
    context.insert("states", &states);
    context
}

fn base(organisation: &Organisation, pack_id: &str) -> Context {
    let mut context = about(organisation, pack_id);
    context.insert("management", &organisation.management_account);
    context.insert("caller", &organisation.caller);
    context.insert("partition", &organisation.partition);
    context.insert("listed_by", &organisation.listed_by);
    context.insert("list_is_complete", &organisation.list_is_complete);
    context.insert("totals", &organisation.totals);
    context.insert("controls", &organisation.controls);
    context.insert("accounts", &organisation.accounts);
    context.insert("policies", &organisation.policies);
    context.insert("assignments", &organisation.assignments);
    context.insert("gaps", &organisation.gaps);
    let in_force: Vec<usize> = (0..organisation.policies.len())
        .map(|place| organisation.accounts.iter().filter(|account| account.policies.contains(&place)).count())
        .collect();
    context.insert("in_force", &in_force);
    context
}

fn has_calls(dir: &Path, account: &Account) -> bool {
    dir.join("calls").join(format!("{}.jsonl", account.id)).is_file()
}

/// A control's verdict in one account.
#[derive(Serialize)]
struct Shown<'a> {
    title: &'a str,
    id: &'a str,
    severity: &'a str,
    mark: Mark,
}

fn results<'a>(organisation: &'a Organisation, account: &Account) -> Vec<Shown<'a>> {
    let mut shown: Vec<Shown<'a>> = organisation
        .controls
        .iter()
        .zip(&account.marks)
        .map(|(control, mark)| Shown {
            title: &control.title,
            id: &control.id,
            severity: &control.severity,
            mark: *mark,
        })
        .collect();
    shown.sort_by_key(|one| one.mark);
    shown
}

fn page(tera: &Tera, template: &str, context: &Context, dir: &Path, name: &str) -> Result<(), RenderError> {
    let text = tera.render(template, context).map_err(|error| problem(&error))?;
    let path = dir.join(name);
    super::make_dir(path.parent().expect("a file stands in a folder"))?;
    super::save(&path, text.as_bytes())
}

fn word(mark: Mark) -> &'static str {
    MARKS.iter().find(|one| one.0 == mark).map_or("", |one| one.2)
}

fn cell(text: Option<&String>) -> Cow<'_, str> {
    Cow::Borrowed(text.map_or("", String::as_str))
}

fn head(names: &[&'static str]) -> Line<'static> {
    names.iter().map(|name| Cow::Borrowed(*name)).collect()
}

fn tables(organisation: &Organisation, dir: &Path) -> Result<(), RenderError> {
    super::make_dir(dir)?;
    save(dir, "accounts", accounts(organisation))?;
    save(dir, "controls", controls(organisation))?;
    save(dir, "matrix", matrix(organisation))?;
    let heading = head(&["account", "permission_set", "kind", "principal"]);
    let assigned = organisation.assignments.iter().map(|one| -> Line<'_> {
        [&one.account, &one.permission_set, &one.kind, &one.principal].map(|text| Cow::Borrowed(text.as_str())).into()
    });
    save(dir, "assignments", std::iter::once(heading).chain(assigned))?;
    let heading = head(&["account", "policy", "name", "kind"]);
    let above = organisation.accounts.iter().flat_map(|account| {
        account.policies.iter().map(|place| -> Line<'_> {
            let policy = &organisation.policies[*place];
            [&account.id, &policy.id, &policy.name, &policy.kind].map(|text| Cow::Borrowed(text.as_str())).into()
        })
    });
    save(dir, "policies", std::iter::once(heading).chain(above))
}

fn accounts(organisation: &Organisation) -> impl Iterator<Item = Line<'_>> {
    let heading = head(&[
        "account",
        "name",
        "path",
        "listed_state",
        "state",
        "reason",
        "request_id",
        "as_of",
        "pack",
        "manifest_sha256",
        "fail",
        "unknown",
        "excepted",
        "manual",
        "attested",
        "pass",
        "not_applicable",
        "gaps",
    ]);
    let rows = organisation.accounts.iter().map(|one| -> Line<'_> {
        let count = |number: usize| Cow::Owned(number.to_string());
        let v = &one.verdicts;
        vec![
            one.id.as_str().into(),
            cell(one.name.as_ref()),
            one.path.join(" / ").into(),
            cell(one.listed_state.as_ref()),
            one.state.words().into(),
            cell(one.reason.as_ref()),
            cell(one.request_id.as_ref()),
            cell(one.as_of.as_ref()),
            cell(one.pack.as_ref()),
            cell(one.manifest_sha256.as_ref()),
            count(v.fail),
            count(v.unknown),
            count(v.excepted),
            count(v.manual),
            count(v.attested),
            count(v.pass),
            count(v.not_applicable),
            count(one.gaps),
        ]
    });
    std::iter::once(heading).chain(rows)
}

fn controls(organisation: &Organisation) -> impl Iterator<Item = Line<'_>> {
    let heading = head(&[
        "control",
        "title",
        "severity",
        "verdict",
        "fail",
        "unknown",
        "excepted",
        "manual",
        "attested",
        "pass",
        "not_applicable",
        "failed_subjects",
    ]);
    let rows = organisation.controls.iter().map(|one| -> Line<'_> {
        let v = &one.accounts;
        let counts = [v.fail, v.unknown, v.excepted, v.manual, v.attested, v.pass, v.not_applicable]
            .map(|it| it.to_string().into());
        let words: [Cow<'_, str>; 4] =
            [one.id.as_str().into(), one.title.as_str().into(), one.severity.as_str().into(), word(one.verdict).into()];
        words.into_iter().chain(counts).chain([one.failed_subjects.to_string().into()]).collect()
    });
    std::iter::once(heading).chain(rows)
}

fn matrix(organisation: &Organisation) -> impl Iterator<Item = Line<'_>> {
    let heading: Line<'_> = [Cow::Borrowed("account"), "state".into()]
        .into_iter()
        .chain(organisation.controls.iter().map(|control| Cow::Borrowed(control.id.as_str())))
        .collect();
    let rows = organisation.accounts.iter().map(|one| -> Line<'_> {
        let marks = one.marks.iter().map(|mark| Cow::Borrowed(word(*mark)));
        // An account that is not active was not tested: its cells are empty, and so no verdict.
        let blank = organisation.controls.len() - one.marks.len();
        [Cow::Borrowed(one.id.as_str()), one.state.words().into()]
            .into_iter()
            .chain(marks)
            .chain(std::iter::repeat_n(Cow::Borrowed(""), blank))
            .collect()
    });
    std::iter::once(heading).chain(rows)
}
