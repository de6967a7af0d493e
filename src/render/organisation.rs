//! The pack of an organisation: pages, pictures, tables, `pack.pdf` and `organisation.json`.

pub(super) mod pictures;
mod tables;
pub(super) mod view;

use super::html::{hash, problem, templates_with};
use super::{Pdf, Progress, RenderError, Replaced, json};
use crate::organisation::{Account, Organisation, State};
use crate::verdict::Verdict;
use pictures::Pictures;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use tera::{Context, Tera};
use view::Has;

const STYLE: &str = concat!(
    include_str!("../../templates/html/base.css"),
    include_str!("../../templates/html/register.css"),
    include_str!("../../templates/html/organisation.css")
);
const SCRIPT: &str = include_str!("../../templates/html/script.js");

const TEMPLATES: [(&str, &str); 10] = [
    ("organisation.html", include_str!("../../templates/html/organisation.html")),
    ("organisation-matrix.html", include_str!("../../templates/html/organisation-matrix.html")),
    ("organisation-access.html", include_str!("../../templates/html/organisation-access.html")),
    ("organisation-policies.html", include_str!("../../templates/html/organisation-policies.html")),
    ("organisation-reached.html", include_str!("../../templates/html/organisation-reached.html")),
    ("organisation-people.html", include_str!("../../templates/html/organisation-people.html")),
    ("organisation-account.html", include_str!("../../templates/html/organisation-account.html")),
    ("head.html", include_str!("../../templates/html/head.html")),
    ("style.css", STYLE),
    ("script.js", SCRIPT),
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

/// What the pack is about beside its data.
pub struct Edition<'a> {
    pub pack_id: &'a str,
    pub pdf: Pdf,
    /// The user's, for writing that ours lack in the PDF.
    pub fonts: Option<&'a super::pdf::Fonts>,
}

/// Writes everything but the seal into `dir`, and says what the PDF had to replace.
pub fn write(
    organisation: &Organisation,
    edition: &Edition<'_>,
    dir: &Path,
    progress: Progress<'_>,
) -> Result<Replaced, RenderError> {
    let tera = templates_with(&TEMPLATES)?;
    let (base, pictures) = (base(organisation, edition.pack_id), pictures::of(organisation));
    progress("index.html");
    let mut index = base.clone();
    index.insert("pictures", &pictures);
    index.insert("pdf", &(edition.pdf != Pdf::None));
    page(&tera, "organisation.html", &index, dir, "index.html")?;
    progress("matrix.html");
    page(&tera, "organisation-matrix.html", &base, dir, "matrix.html")?;
    progress("policies.html");
    let mut policies = base.clone();
    policies.insert("pictures", &pictures);
    policies.insert("chains", &view::chains(organisation));
    policies.insert("reach", &view::reach(organisation));
    let more = organisation.policies.iter().map(|policy| policy.targets.len().saturating_sub(view::NAMED));
    policies.insert("more_targets", &more.collect::<Vec<_>>());
    page(&tera, "organisation-policies.html", &policies, dir, "policies.html")?;
    progress("access.html");
    access(&tera, organisation, &base, &pictures, dir)?;
    progress("pages of the accounts");
    accounts(&tera, organisation, edition.pack_id, dir)?;
    for drawing in [&pictures.states, &pictures.controls, &pictures.tree, &pictures.sets].into_iter().flatten() {
        super::save(&dir.join(format!("picture-{}.svg", drawing.name)), drawing.svg.as_bytes())?;
    }
    progress("tables");
    tables::write(organisation, &dir.join("tables"))?;
    let replaced = match edition.pdf {
        Pdf::None => Replaced::default(),
        Pdf::All | Pdf::Pack => super::pdf::organisation::write(organisation, edition, &pictures, dir, progress)?,
    };
    progress("organisation.json");
    super::save(&dir.join("organisation.json"), &json::safe(organisation)?)?;
    Ok(replaced)
}

/// Who reaches which account: by permission set, by person and group, by account.
fn access(
    tera: &Tera,
    organisation: &Organisation,
    base: &Context,
    pictures: &Pictures,
    dir: &Path,
) -> Result<(), RenderError> {
    let mut context = base.clone();
    context.insert("pictures", pictures);
    context.insert("sentences", &view::sentences(organisation));
    context.insert("center_missing", &organisation.identity_center.missing);
    context.insert("missing_in", &organisation.identity_center.missing_in);
    context.insert("sets", &view::sets(organisation));
    page(tera, "organisation-access.html", &context, dir, "access.html")?;
    let mut context = base.clone();
    context.insert("sentences", &view::sentences(organisation));
    context.insert("center_missing", &organisation.identity_center.missing);
    context.insert("groups", &view::groups(organisation));
    context.insert("people", &view::persons(organisation));
    page(tera, "organisation-people.html", &context, dir, "people.html")
}

/// A page an account.
fn accounts(tera: &Tera, organisation: &Organisation, pack_id: &str, dir: &Path) -> Result<(), RenderError> {
    let mut assigned: BTreeMap<&str, Vec<Has>> = BTreeMap::new();
    for one in &organisation.identity_center.assignments {
        assigned.entry(&one.account).or_default().push(view::has(organisation, one));
    }
    let about = about(organisation, pack_id);
    for account in &organisation.accounts {
        let mut context = about.clone();
        context.insert("account", account);
        context.insert("calls", &has_calls(dir, account));
        context.insert("results", &results(organisation, account));
        let reached = account.inherited.iter().map(|one| view::reached(organisation, one, false)).collect::<Vec<_>>();
        context.insert("reached", &reached);
        let center = &organisation.identity_center;
        context.insert("center_asked", &center.asked);
        context.insert("assigned", &assigned.get(account.id.as_str()));
        let here = center.missing_in.get(&account.id).into_iter().flatten();
        context.insert("assigned_missing", &here.chain(&center.missing).collect::<Vec<_>>());
        page(tera, "organisation-account.html", &context, dir, &format!("accounts/{}.html", account.id))?;
    }
    Ok(())
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
    let by = |pick: fn(Verdict) -> &'static str| -> BTreeMap<&str, &str> {
        Verdict::ALL.iter().map(|one| (one.key(), pick(*one))).collect()
    };
    context.insert("symbols", &by(Verdict::sign));
    // What a page runs through is a list: a map has no order there.
    context.insert("legend", &Verdict::ALL.map(|one| (one.key(), one.sign(), one.word())));
    context.insert("words", &by(Verdict::word));
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
    context.insert("units", &organisation.units);
    context.insert("policy_types", &organisation.policy_types);
    context.insert("policies", &organisation.policies);
    let asked = organisation.asked.iter().map(|one| {
        let errors: Vec<String> = one.errors.iter().map(|(code, count)| format!("{code} ({count})")).collect();
        serde_json::json!({ "operation": one.operation, "answers": one.answers, "complete": one.complete,
            "errors": errors, "evidence": one.evidence })
    });
    context.insert("asked", &asked.collect::<Vec<_>>());
    context.insert("gaps", &organisation.gaps);
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
    mark: Verdict,
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
