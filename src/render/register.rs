//! `register/`: an index and a page for every sheet, each a file that needs
//! nothing else.
//!
//! Documents and tables that many pages share are made into HTML once.

mod index;

use super::html::{base, hash, problem, templates_with};
use super::{RenderError, picture, text};
use crate::pack::Pack;
use crate::pack::register::{
    Change, Explained, Finding, GrantsPart, Held, Holding, Links, Reach, Register, Sheet, SheetExhibit, SheetKind,
    TrustPart, VersionPart,
};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;
use tera::{Context, Tera};

const STYLE: &str =
    concat!(include_str!("../../templates/html/base.css"), include_str!("../../templates/html/register.css"));

/// `head.html` is the index's, with the register's own smaller style in it.
const TEMPLATES: [(&str, &str); 7] = [
    ("index.html", include_str!("../../templates/html/register-index.html")),
    ("sheet.html", include_str!("../../templates/html/register-sheet.html")),
    ("document.html", include_str!("../../templates/html/register-document.html")),
    ("table.html", include_str!("../../templates/html/register-table.html")),
    ("head.html", include_str!("../../templates/html/head.html")),
    ("style.css", STYLE),
    ("script.js", include_str!("../../templates/html/script.js")),
];

/// Read once, however many packs the program makes.
static PAGES: LazyLock<Tera> =
    LazyLock::new(|| templates_with(&TEMPLATES).expect("the templates are this program's own"));

/// A document with more JSON is shown in words on its holders' pages; its own page has all of it.
const LONG: usize = 4_000;

/// Writes the register below `dir`, where the pack has one.
pub fn write(pack: &Pack, dir: &Path) -> Result<(), RenderError> {
    let Some(register) = &pack.register else { return Ok(()) };
    let tera = &*PAGES;
    let mut base = base(pack);
    base.insert("style_hash", &hash(STYLE));
    let root = dir.join("register");
    let folders: BTreeSet<&str> =
        register.sheets.iter().filter_map(|sheet| sheet.file.split_once('/')).map(|(folder, _)| folder).collect();
    super::make_dir(&root)?;
    folders.iter().try_for_each(|folder| super::make_dir(&root.join(folder)))?;

    let trust = picture::trust_svg(register);
    let page = tera.render("index.html", &index::context(register, trust.as_deref(), &base));
    super::save(&root.join("index.html"), page.map_err(|error| problem(&error))?.as_bytes())?;
    if let Some(trust) = trust {
        super::save(&root.join("trust.svg"), trust.as_bytes())?;
    }

    let shared = Shared::make(tera, register)?;
    let head = tera.render("head.html", &base).map_err(|error| problem(&error))?;
    let mut context = Context::new();
    context.insert("cover", &pack.cover);
    context.insert("head", &head);
    context.insert("symbols", base.get("symbols").expect("what every page knows has them"));
    for sheet in &register.sheets {
        page_of(sheet, &shared, &mut context);
        let page = tera.render("sheet.html", &context).map_err(|error| problem(&error))?;
        super::save(&root.join(&sheet.file), page.as_bytes())?;
    }
    Ok(())
}

/// A file name as a link writes it: only its percent signs mean something there.
pub(super) fn href(file: &str) -> String {
    file.replace('%', "%25")
}

/// The same, seen from a sheet; empty stays empty.
fn beside(file: &str) -> String {
    if file.is_empty() { String::new() } else { format!("../{}", href(file)) }
}

/// HTML that pages share.
struct Shared {
    /// Words and JSON of each document, and words alone.
    full: Vec<String>,
    brief: Vec<Option<String>>,
    tables: Vec<String>,
}

impl Shared {
    fn make(tera: &Tera, register: &Register) -> Result<Self, RenderError> {
        let render = |document: &Explained, full: bool| {
            let mut context = Context::new();
            context.insert("document", document);
            context.insert("full", &full);
            tera.render("document.html", &context).map_err(|error| problem(&error))
        };
        let is_long = |document: &Explained| {
            document.statements.iter().map(|statement| statement.json.len()).sum::<usize>() > LONG
        };
        let documents = &register.documents;
        let full = documents.iter().map(|document| render(document, true)).collect::<Result<_, _>>()?;
        let brief = documents
            .iter()
            .map(|document| is_long(document).then(|| render(document, false)).transpose())
            .collect::<Result<_, _>>()?;
        let tables = register.tables.iter().map(|table| {
            let mut context = Context::new();
            context.insert("table", table);
            context.insert("rest_count", &table.more());
            tera.render("table.html", &context).map_err(|error| problem(&error))
        });
        Ok(Self { full, brief, tables: tables.collect::<Result<_, _>>()? })
    }
}

/// What the page shows as it is; policies, links and ways stand beside it in a shape of their own.
#[derive(Serialize)]
struct SheetView<'a> {
    kind: SheetKind,
    name: &'a str,
    purpose: &'a str,
    level: &'a str,
    notices: &'a [String],
    facts: &'a [(&'static str, String)],
    tags: &'a [(String, String)],
    trust: Option<&'a TrustPart>,
    grants: Option<&'a GrantsPart>,
    versions: &'a [VersionPart],
    findings: &'a [Finding],
    change: Option<&'a Change>,
    exhibits: &'a [SheetExhibit],
}

impl<'a> SheetView<'a> {
    fn new(sheet: &'a Sheet) -> Self {
        Self {
            kind: sheet.kind,
            name: &sheet.name,
            purpose: &sheet.purpose,
            level: &sheet.level,
            notices: &sheet.notices,
            facts: &sheet.facts,
            tags: &sheet.tags,
            trust: sheet.trust.as_ref(),
            grants: sheet.grants.as_ref(),
            versions: &sheet.versions,
            findings: &sheet.findings,
            change: sheet.change.as_ref(),
            exhibits: &sheet.exhibits,
        }
    }
}

#[derive(Serialize)]
struct HeldView<'a> {
    title: &'a str,
    href: String,
    how: &'a Holding,
    missing: Option<&'a str>,
    body: &'a str,
    /// The body has no JSON.
    short: bool,
}

#[derive(Serialize)]
struct LinksView<'a> {
    title: &'a str,
    none: &'a str,
    count: usize,
    links: Vec<LinkView<'a>>,
}

#[derive(Serialize)]
struct LinkView<'a> {
    text: &'a str,
    href: String,
    note: &'a str,
}

#[derive(Serialize)]
struct ReachView<'a> {
    title: &'a str,
    sentence: &'a str,
    steps: Vec<StepView<'a>>,
}

#[derive(Serialize)]
struct StepView<'a> {
    words: &'a str,
    href: String,
    evidence: &'a str,
    link: &'a str,
}

fn page_of(sheet: &Sheet, shared: &Shared, context: &mut Context) {
    let policy = sheet.kind.is_policy();
    context.insert("sheet", &SheetView::new(sheet));
    context.insert("policy", &policy);
    let table = sheet.grants.as_ref().and_then(|grants| grants.table).map(|table| &shared.tables[table]);
    context.insert("table", &table);
    context.insert("held", &sheet.held.iter().map(|held| held_view(held, policy, shared)).collect::<Vec<_>>());
    context.insert("links", &sheet.links.iter().map(links_view).collect::<Vec<_>>());
    context.insert("reach", &sheet.reach.iter().map(reach_view).collect::<Vec<_>>());
}

fn held_view<'a>(held: &'a Held, own: bool, shared: &'a Shared) -> HeldView<'a> {
    let brief = held.document.and_then(|place| shared.brief[place].as_deref()).filter(|_| !own);
    let full = held.document.map(|place| shared.full[place].as_str());
    HeldView {
        title: &held.title,
        href: beside(&held.file),
        how: &held.how,
        missing: held.missing.as_deref(),
        body: brief.or(full).unwrap_or_default(),
        short: brief.is_some(),
    }
}

fn links_view(links: &Links) -> LinksView<'_> {
    let view = |link: &'_ crate::pack::register::Link| beside(&link.file);
    LinksView {
        title: links.relation.title(),
        none: links.none,
        count: links.links.len(),
        links: links
            .links
            .iter()
            .map(|link| LinkView { text: &link.text, href: view(link), note: &link.note })
            .collect(),
    }
}

fn reach_view(reach: &Reach) -> ReachView<'_> {
    let steps = reach.steps.iter();
    let view = steps.map(|step| StepView {
        words: &step.words,
        href: beside(&step.file),
        evidence: &step.evidence,
        link: &step.link,
    });
    ReachView { title: reach.title, sentence: &reach.sentence, steps: view.collect() }
}

/// What had to be replaced in the register's text.
pub fn count(pack: &Pack) -> super::Replaced {
    pack.register.as_ref().map(text::count_in).unwrap_or_default()
}
