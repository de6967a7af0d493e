//! `index.html`: one file that needs nothing else, and a page of its own for
//! each table too long to stand in it.

use super::{Progress, RenderError, Replaced, text};
use crate::pack::{CallRow, Pack, Row, Sheet};
use crate::verdict::Verdict;
use base64::Engine as _;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;
use tera::{Context, Kwargs, State, Tera};

/// Tables with more rows have their own page.
const ROWS_IN_INDEX: usize = 500;

const STYLE: &str =
    concat!(include_str!("../../templates/html/base.css"), include_str!("../../templates/html/style.css"));
const SCRIPT: &str = include_str!("../../templates/html/script.js");

const TEMPLATES: [(&str, &str); 14] = [
    ("index.html", include_str!("../../templates/html/index.html")),
    ("page.html", include_str!("../../templates/html/page.html")),
    ("head.html", include_str!("../../templates/html/head.html")),
    ("parts.html", include_str!("../../templates/html/parts.html")),
    ("changes.html", include_str!("../../templates/html/changes.html")),
    ("control.html", include_str!("../../templates/html/control.html")),
    ("exceptions.html", include_str!("../../templates/html/exceptions.html")),
    ("attestations.html", include_str!("../../templates/html/attestations.html")),
    ("subjects.html", include_str!("../../templates/html/subjects.html")),
    ("gaps.html", include_str!("../../templates/html/gaps.html")),
    ("sheet.html", include_str!("../../templates/html/sheet.html")),
    ("calls.html", include_str!("../../templates/html/calls.html")),
    ("style.css", STYLE),
    ("script.js", SCRIPT),
];

/// Writes `index.html`, and `sheets/*.html` where tables are long, into `dir`.
pub fn write(pack: &Pack, dir: &Path, progress: Progress<'_>) -> Result<Replaced, RenderError> {
    let tera = &*PAGES;
    let mut base = base(pack);
    let pages = pages(pack);
    base.insert("shown", &shown(pack, &pages));
    base.insert("pages", &pages);
    progress("index.html");
    save(tera, "index.html", &index(pack, &base), dir, "index.html")?;
    for sheet in pack.sheets.iter().filter(|sheet| is_long(sheet.rows.len())) {
        let name = format!("sheets/{}.html", sheet.id);
        progress(&name);
        let mut page = base.clone();
        page.insert("page_title", &sheet.title);
        page.insert("sheet", &SheetView::full(pack, sheet));
        save(tera, "page.html", &page, dir, &name)?;
    }
    if is_long(pack.calls.len()) {
        progress("sheets/calls.html");
        let mut page = base.clone();
        page.insert("page_title", "Call log");
        page.insert("calls", &pack.calls);
        save(tera, "page.html", &page, dir, "sheets/calls.html")?;
    }
    Ok(text::count(pack))
}

fn is_long(rows: usize) -> bool {
    rows > ROWS_IN_INDEX
}

/// Read once, however many packs the program makes.
static PAGES: LazyLock<Tera> =
    LazyLock::new(|| templates_with(&TEMPLATES).expect("the templates are this program's own"));

/// Templates that escape as every page of the pack does.
pub(super) fn templates_with(templates: &'static [(&'static str, &'static str)]) -> Result<Tera, RenderError> {
    let mut tera = Tera::new();
    tera.set_escape_fn(text::escape_html);
    tera.register_filter("thousands", thousands);
    tera.register_filter("href", href);
    tera.register_filter("lasting", lasting);
    tera.add_raw_templates(templates.iter().copied()).map_err(|error| problem(&error))?;
    Ok(tera)
}

/// A file name as a link writes it: only its percent signs mean something there.
fn href(file: &str, _: Kwargs, _: &State<'_>) -> String {
    file.replace('%', "%25")
}

/// `8 hours 30 minutes` of `PT8H30M`; what is written in another way stays as it is.
fn lasting(time: &str, _: Kwargs, _: &State<'_>) -> String {
    let mut words = Vec::new();
    for part in time.strip_prefix("PT").unwrap_or_default().split_inclusive(|letter: char| letter.is_ascii_alphabetic())
    {
        let unit = match part.chars().last() {
            Some('H') => "hour",
            Some('M') => "minute",
            Some('S') => "second",
            _ => return time.to_owned(),
        };
        let Ok(number) = part[..part.len() - 1].parse::<u32>() else { return time.to_owned() };
        words.push(format!("{number} {unit}{}", if number == 1 { "" } else { "s" }));
    }
    if words.is_empty() { time.to_owned() } else { words.join(" ") }
}

/// `1,234,567`.
fn thousands(number: u64, _: Kwargs, _: &State<'_>) -> String {
    crate::text::thousands(number)
}

pub(super) fn problem(error: &tera::Error) -> RenderError {
    use std::error::Error as _;
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    RenderError::Template { format: "index.html", problem: text }
}

fn save(tera: &Tera, template: &str, context: &Context, dir: &Path, name: &str) -> Result<(), RenderError> {
    let page = tera.render(template, context).map_err(|error| problem(&error))?;
    let path = dir.join(name);
    super::make_dir(path.parent().expect("a file stands in a folder"))?;
    super::save(&path, page.as_bytes())
}

/// What every page knows.
pub(super) fn base(pack: &Pack) -> Context {
    let mut context = Context::new();
    context.insert("cover", &pack.cover);
    context.insert("style_hash", &hash(STYLE));
    context.insert("script_hash", &hash(SCRIPT));
    context.insert("numbers", &controls(pack).map(|(id, number, _)| (id, number)).collect::<BTreeMap<_, _>>());
    // How a sheet writes a verdict, and its sign alone: never by color alone.
    context.insert("ticks", &Verdict::ALL.map(|one| (one.key(), tick(one))).into_iter().collect::<BTreeMap<_, _>>());
    context.insert("symbols", &Verdict::ALL.map(|one| (one.key(), one.sign())).into_iter().collect::<BTreeMap<_, _>>());
    context
}

fn tick(verdict: Verdict) -> String {
    let word = if verdict == Verdict::NotApplicable { "n/a" } else { verdict.word() };
    format!("{} {word}", verdict.sign())
}

/// A hash as a content security policy names it.
pub(super) fn hash(text: &str) -> String {
    format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes())))
}

fn index(pack: &Pack, base: &Context) -> Context {
    let mut context = base.clone();
    context.insert("summary", &pack.summary);
    context.insert("scope", &pack.scope);
    context.insert("changes", &pack.changes);
    context.insert("chapters", &pack.chapters);
    context.insert("drawings", &super::drawings::draw_all(pack));
    context.insert("exceptions", &pack.exceptions);
    context.insert("attestations", &pack.attestations);
    context.insert("sheets", &pack.sheets.iter().map(|sheet| SheetView::inline(pack, sheet)).collect::<Vec<_>>());
    context.insert("frameworks", &pack.frameworks);
    context.insert("exhibits", &pack.exhibits);
    let calls: &[CallRow] = if is_long(pack.calls.len()) { &[] } else { &pack.calls };
    context.insert("calls", &calls);
    context.insert("calls_intro", &pack.calls_intro);
    context.insert("calls_count", &pack.calls.len());
    context.insert("calls_page", &is_long(pack.calls.len()).then_some("sheets/calls.html"));
    context.insert("glossary", &pack.glossary);
    context.insert("register", &pack.register.as_ref().map(|register| register.sheets.len()));
    context
}

/// Where the register describes those whom this pack names: id of a subject → its page.
fn pages(pack: &Pack) -> BTreeMap<&str, String> {
    let Some(register) = &pack.register else { return BTreeMap::new() };
    let files: BTreeMap<&str, &str> =
        register.sheets.iter().map(|sheet| (sheet.id.as_str(), sheet.file.as_str())).collect();
    let sections = || pack.chapters.iter().flat_map(|chapter| &chapter.controls);
    let exceptions = sections().flat_map(|one| one.failing.iter().chain(&one.excepted).chain(&one.unknown));
    let shown = sections().flat_map(|one| &one.material).flat_map(|table| &table.ids);
    let rows = pack.sheets.iter().flat_map(|sheet| &sheet.rows);
    let ids = exceptions.map(|line| &line.id).chain(rows.map(|row| &row.id)).chain(shown);
    let ids = ids.chain(pack.scope.disagreements.iter().map(|line| &line.subject));
    let page = |id: &'_ str| -> Option<String> {
        let (holder, part) = id.split_once('#').unwrap_or((id, ""));
        let file = match part.strip_prefix("inline/") {
            // An inline policy has a page of its own; a password or an access key is on its user's.
            Some(name) => files.get(format!("{holder}#{name}").as_str()),
            None => files.get(id).or_else(|| files.get(holder)),
        };
        file.map(|file| format!("register/{}", super::register::href(file)))
    };
    ids.filter_map(|id| Some((id.as_str(), page(id)?))).collect()
}

/// The pages behind the rows of each control's material, table by table; empty where there is none.
fn shown<'a>(pack: &'a Pack, pages: &'a BTreeMap<&str, String>) -> BTreeMap<&'a str, Vec<Vec<&'a str>>> {
    let sections = pack.chapters.iter().flat_map(|chapter| &chapter.controls);
    let hrefs = |table: &'a crate::pack::MaterialTable| -> Vec<&'a str> {
        table.ids.iter().map(|id| pages.get(id.as_str()).map_or("", String::as_str)).collect()
    };
    let shown = sections.filter(|control| !control.material.is_empty());
    shown.map(|control| (control.id.as_str(), control.material.iter().map(hrefs).collect())).collect()
}

fn controls(pack: &Pack) -> impl Iterator<Item = (&str, &str, &str)> {
    let sections = pack.chapters.iter().flat_map(|chapter| &chapter.controls);
    sections.map(|control| (control.id.as_str(), control.number.as_str(), control.title.as_str()))
}

/// A sheet as a page shows it.
#[derive(Serialize)]
struct SheetView<'a> {
    id: &'a str,
    title: &'a str,
    intro: &'a str,
    complete: bool,
    lead: usize,
    columns: &'a [crate::pack::Column],
    rows: &'a [Row],
    count: usize,
    /// The page that holds the rows, where this one does not.
    page: Option<String>,
    /// Control columns: id, number, title.
    legend: Vec<(&'a str, &'a str, &'a str)>,
}

impl<'a> SheetView<'a> {
    fn full(pack: &'a Pack, sheet: &'a Sheet) -> Self {
        let own: Vec<&str> = sheet.columns.iter().filter_map(|column| column.control.as_deref()).collect();
        Self {
            id: &sheet.id,
            title: &sheet.title,
            intro: &sheet.intro,
            complete: sheet.complete,
            lead: sheet.lead,
            columns: &sheet.columns,
            rows: &sheet.rows,
            count: sheet.rows.len(),
            page: None,
            legend: controls(pack).filter(|(id, ..)| own.contains(id)).collect(),
        }
    }

    fn inline(pack: &'a Pack, sheet: &'a Sheet) -> Self {
        let full = Self::full(pack, sheet);
        if !is_long(sheet.rows.len()) {
            return full;
        }
        Self { rows: &[], page: Some(format!("sheets/{}.html", sheet.id)), ..full }
    }
}
