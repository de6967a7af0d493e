//! The pack of an organization: pages, pictures, tables, `pack.pdf` and `organization.json`.

pub(super) mod chains;
pub(super) mod pictures;
mod tables;
pub(super) mod view;

use super::html::{hash, problem, templates_with};
use super::{Pdf, Progress, RenderError, Replaced, json};
use crate::organization::{Account, Organization, State};
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
    include_str!("../../templates/html/organization.css")
);
const SCRIPT: &str = include_str!("../../templates/html/script.js");

const TEMPLATES: [(&str, &str); 10] = [
    ("organization.html", include_str!("../../templates/html/organization.html")),
    ("organization-matrix.html", include_str!("../../templates/html/organization-matrix.html")),
    ("organization-access.html", include_str!("../../templates/html/organization-access.html")),
    ("organization-policies.html", include_str!("../../templates/html/organization-policies.html")),
    ("organization-reached.html", include_str!("../../templates/html/organization-reached.html")),
    ("organization-people.html", include_str!("../../templates/html/organization-people.html")),
    ("organization-account.html", include_str!("../../templates/html/organization-account.html")),
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
    organization: &Organization,
    edition: &Edition<'_>,
    dir: &Path,
    progress: Progress<'_>,
) -> Result<Replaced, RenderError> {
    let tera = templates_with(&TEMPLATES)?;
    let (base, pictures) = (base(organization, edition.pack_id), pictures::draw_all(organization));
    progress("index.html");
    let mut index = base.clone();
    index.insert("pictures", &pictures);
    index.insert("pdf", &(edition.pdf != Pdf::None));
    page(&tera, "organization.html", &index, dir, "index.html")?;
    progress("matrix.html");
    page(&tera, "organization-matrix.html", &base, dir, "matrix.html")?;
    progress("policies.html");
    let mut policies = base.clone();
    policies.insert("pictures", &pictures);
    policies.insert("chains", &chains::chains(organization));
    policies.insert("reach", &chains::reach(organization));
    let more = organization.policies.iter().map(|policy| policy.targets.len().saturating_sub(view::NAMED));
    policies.insert("more_targets", &more.collect::<Vec<_>>());
    page(&tera, "organization-policies.html", &policies, dir, "policies.html")?;
    progress("access.html");
    access(&tera, organization, &base, &pictures, dir)?;
    progress("pages of the accounts");
    accounts(&tera, organization, edition.pack_id, dir)?;
    for drawing in [&pictures.states, &pictures.controls, &pictures.tree, &pictures.sets].into_iter().flatten() {
        super::save(&dir.join(format!("picture-{}.svg", drawing.name)), drawing.svg.as_bytes())?;
    }
    progress("tables");
    tables::write(organization, &dir.join("tables"))?;
    let replaced = match edition.pdf {
        Pdf::None => Replaced::default(),
        Pdf::All | Pdf::Pack => super::pdf::organization::write(organization, edition, &pictures, dir, progress)?,
    };
    progress("organization.json");
    super::save(&dir.join("organization.json"), &json::safe(organization)?)?;
    Ok(replaced)
}

/// Who reaches which account: by permission set, by person and group, by account.
fn access(
    tera: &Tera,
    organization: &Organization,
    base: &Context,
    pictures: &Pictures,
    dir: &Path,
) -> Result<(), RenderError> {
    let mut context = base.clone();
    context.insert("pictures", pictures);
    context.insert("sentences", &view::sentences(organization));
    context.insert("center_missing", &organization.identity_center.missing);
    context.insert("missing_in", &organization.identity_center.missing_in);
    context.insert("sets", &view::sets(organization));
    page(tera, "organization-access.html", &context, dir, "access.html")?;
    let mut context = base.clone();
    context.insert("sentences", &view::sentences(organization));
    context.insert("center_missing", &organization.identity_center.missing);
    context.insert("groups", &view::groups(organization));
    context.insert("people", &view::persons(organization));
    page(tera, "organization-people.html", &context, dir, "people.html")
}

/// A page an account.
fn accounts(tera: &Tera, organization: &Organization, pack_id: &str, dir: &Path) -> Result<(), RenderError> {
    let mut assigned: BTreeMap<&str, Vec<Has>> = BTreeMap::new();
    for one in &organization.identity_center.assignments {
        assigned.entry(&one.account).or_default().push(view::has(organization, one));
    }
    let about = about(organization, pack_id);
    for account in &organization.accounts {
        let mut context = about.clone();
        context.insert("account", account);
        context.insert("calls", &has_calls(dir, account));
        context.insert("results", &results(organization, account));
        let reached = account.inherited.iter().map(|one| chains::reached(organization, one, false)).collect::<Vec<_>>();
        context.insert("reached", &reached);
        let center = &organization.identity_center;
        context.insert("center_asked", &center.asked);
        context.insert("assigned", &assigned.get(account.id.as_str()));
        let here = center.missing_in.get(&account.id).into_iter().flatten();
        context.insert("assigned_missing", &here.chain(&center.missing).collect::<Vec<_>>());
        page(tera, "organization-account.html", &context, dir, &format!("accounts/{}.html", account.id))?;
    }
    Ok(())
}

/// What every page knows.
fn about(organization: &Organization, pack_id: &str) -> Context {
    let mut context = Context::new();
    let cover = serde_json::json!({ "tool_version": env!("CARGO_PKG_VERSION") });
    context.insert("cover", &cover);
    context.insert("style_hash", &hash(STYLE));
    context.insert("script_hash", &hash(SCRIPT));
    context.insert("pack_id", pack_id);
    context.insert("id", &organization.id);
    context.insert("name", &organization.name);
    context.insert("period", &organization.period);
    context.insert("as_of", &organization.as_of);
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

fn base(organization: &Organization, pack_id: &str) -> Context {
    let mut context = about(organization, pack_id);
    context.insert("management", &organization.management_account);
    context.insert("caller", &organization.caller);
    context.insert("partition", &organization.partition);
    context.insert("listed_by", &organization.listed_by);
    context.insert("list_is_complete", &organization.list_is_complete);
    context.insert("totals", &organization.totals);
    context.insert("controls", &organization.controls);
    context.insert("accounts", &organization.accounts);
    context.insert("units", &organization.units);
    context.insert("policy_types", &organization.policy_types);
    context.insert("policies", &organization.policies);
    let asked = organization.asked.iter().map(|one| {
        let errors: Vec<String> = one.errors.iter().map(|(code, count)| format!("{code} ({count})")).collect();
        serde_json::json!({ "operation": one.operation, "answers": one.answers, "complete": one.complete,
            "errors": errors, "evidence": one.evidence })
    });
    context.insert("asked", &asked.collect::<Vec<_>>());
    context.insert("gaps", &organization.gaps);
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

fn results<'a>(organization: &'a Organization, account: &Account) -> Vec<Shown<'a>> {
    let mut shown: Vec<Shown<'a>> = organization
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
