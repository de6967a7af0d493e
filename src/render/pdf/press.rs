//! The typesetter: embedded templates and fonts in, PDF/A-3a and PDF/UA-1 out.
//!
//! Data comes in as a JSON file at a fixed path and is never part of a
//! program. Nothing is read from the machine: no system font, no clock, no
//! other file.

use super::fonts::Fonts;
use crate::render::RenderError;
use std::collections::BTreeMap;
use typst::comemo;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Label, Smart};
use typst::introspection::Introspector;
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::{LazyHash, PicoStr};
use typst::{Library, LibraryExt, World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

macro_rules! templates {
    ($($name:literal)*) => { [$(($name, include_str!(concat!("../../../templates/pdf/", $name)))),*] };
}

/// One file a part of the document.
const TEMPLATES: [(&str, &str); 29] = templates! {
    "pack.typ" "volume.typ" "look.typ" "prose.typ" "cover.typ" "summary.typ" "contents.typ" "scope.typ" "changes.typ"
    "control.typ" "exceptions.typ" "attestations.typ" "frameworks.typ" "sheet.typ" "exhibits.typ" "calls.typ" "closing.typ" "register.typ"
    "register-index.typ" "registers.typ" "organization.typ" "register/frame.typ" "register/parts.typ" "register/role.typ" "register/user.typ" "register/group.typ"
    "register/customer-policy.typ" "register/aws-policy.typ" "register/inline-policy.typ"
};

macro_rules! typefaces {
    ($($name:literal)*) => { [$(include_bytes!(concat!("../../../templates/fonts/", $name)).as_slice()),*] };
}

const TYPEFACES: [&[u8]; 5] = typefaces! {
    "IBMPlexSans-Regular.ttf" "IBMPlexSans-Italic.ttf" "IBMPlexSans-SemiBold.ttf"
    "IBMPlexMono-Regular.ttf" "IBMPlexMono-SemiBold.ttf"
};

/// Where the templates find the document's content.
const DATA: &str = "data.json";
/// Where they find the file to attach, if there is one.
const ATTACHMENT: &str = "assessment.json";
/// Where they find the picture of the opening page, if there is one.
const PICTURE: &str = "picture.svg";
/// Where they find the names of the user's font families.
const FAMILIES: &str = "families.json";

/// Our own typefaces first, then Typst's for the characters that ours lack.
pub(super) fn fonts() -> Vec<Font> {
    let own = TYPEFACES.into_iter().flat_map(|face| Font::iter(Bytes::new(face)));
    own.chain(typst_kit::fonts::embedded().map(|(font, _)| font)).collect()
}

/// The semi-bold faces call themselves a family of their own; here they are a weight of theirs.
fn book(fonts: &[Font], more: &[(String, Vec<Font>)]) -> FontBook {
    let own = fonts.iter().map(|font| {
        let mut info = font.info().clone();
        if let Some(family) = info.family.strip_suffix(" SmBld") {
            info.family = family.into();
        }
        info
    });
    let more = more.iter().flat_map(|(family, faces)| {
        faces.iter().map(|font| {
            let mut info = font.info().clone();
            info.family.clone_from(family);
            info
        })
    });
    FontBook::from_infos(own.chain(more))
}

/// What stays the same from one document to the next.
pub(super) struct Press {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    /// A JSON list.
    families: Bytes,
    sources: BTreeMap<&'static str, Source>,
}

/// One document.
pub(super) struct Job<'a> {
    /// `pack.typ` or `volume.typ`.
    pub template: &'a str,
    pub data: Vec<u8>,
    pub attachment: Option<Vec<u8>>,
    /// An SVG for the opening page.
    pub picture: Option<Vec<u8>>,
    /// Tells this document from every other.
    pub ident: String,
    pub made: Datetime,
    /// Labels whose pages are wanted.
    pub find: Vec<String>,
}

/// A finished document.
pub(super) struct Printed {
    pub pdf: Vec<u8>,
    /// What the typesetter warned of.
    pub warnings: Vec<String>,
    pub pages: usize,
    /// The pages of the wanted labels, from 1.
    pub found: Vec<usize>,
}

impl Press {
    pub fn new(mut fonts: Vec<Font>, more: &Fonts) -> Self {
        let more = more.families();
        let families: Vec<&String> = more.iter().map(|(family, _)| family).collect();
        let families = Bytes::new(serde_json::to_vec(&families).expect("names serialise"));
        let sources = TEMPLATES.into_iter().map(|(name, text)| (name, Source::new(file_id(name), text.to_owned())));
        Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(book(&fonts, &more)),
            fonts: {
                fonts.extend(more.into_iter().flat_map(|(_, faces)| faces));
                fonts
            },
            families,
            sources: sources.collect(),
        }
    }

    /// Typesets one document.
    pub fn print(&self, job: Job<'_>) -> Result<Printed, RenderError> {
        let desk = Desk {
            press: self,
            main: file_id(job.template),
            data: Bytes::new(job.data),
            attachment: job.attachment.map(Bytes::new),
            picture: job.picture.map(Bytes::new),
            made: job.made,
        };
        let options = PdfOptions {
            ident: Smart::Custom(job.ident),
            creator: Smart::Custom(Some(format!("auditpack {}", env!("CARGO_PKG_VERSION")))),
            timestamp: Some(Timestamp::new_utc(job.made)),
            standards: PdfStandards::new(&[PdfStandard::A_3a, PdfStandard::Ua_1])
                .expect("PDF/A-3a and PDF/UA-1 are compatible"),
            ..PdfOptions::default()
        };
        let compiled = typst::compile(&desk);
        let warnings = compiled.warnings.iter().map(|warning| desk.explain(warning)).collect();
        // Everything memoised belongs to the document that was just laid out; writing it needs none of it.
        comemo::evict(0);
        let printed = compiled.output.and_then(|document: PagedDocument| {
            let pdf = typst_pdf::pdf(&document, &options)?;
            let found = job.find.iter().map(|name| page_of(&document, name)).collect();
            Ok(Printed { pdf, warnings, pages: document.pages().len(), found })
        });
        let printed = printed.map_err(|problems| RenderError::Template {
            format: "pdf",
            problem: problems.iter().map(|problem| desk.explain(problem)).collect::<Vec<_>>().join("; "),
        });
        comemo::evict(0);
        printed
    }
}

/// The page of a label.
fn page_of(document: &PagedDocument, name: &str) -> usize {
    let introspector = document.introspector();
    let label = Label::new(PicoStr::intern(name));
    let place = label.and_then(|label| introspector.query_label(label).ok()?.location());
    let page = place.and_then(|place| introspector.page(place));
    page.expect("the templates place every label that is asked for").get()
}

/// The press with one document's content on it.
struct Desk<'a> {
    press: &'a Press,
    main: FileId,
    data: Bytes,
    attachment: Option<Bytes>,
    picture: Option<Bytes>,
    made: Datetime,
}

impl Desk<'_> {
    /// `control.typ:12: unknown variable: x (hint …)`.
    fn explain(&self, problem: &SourceDiagnostic) -> String {
        let place = problem.span.id().map(|id| {
            let name = id.vpath().get_without_slash();
            let line =
                self.range(problem.span).and_then(|range| self.source(id).ok()?.lines().byte_to_line(range.start));
            line.map_or_else(|| format!("{name}: "), |line| format!("{name}:{}: ", line + 1))
        });
        let hints: Vec<&str> = problem.hints.iter().map(|hint| hint.v.as_str()).collect();
        let hints = if hints.is_empty() { String::new() } else { format!(" ({})", hints.join("; ")) };
        format!("{}{}{hints}", place.unwrap_or_default(), problem.message)
    }
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.press.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.press.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let name = id.vpath().get_without_slash();
        self.press.sources.get(name).cloned().ok_or_else(|| FileError::NotFound(name.into()))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let name = id.vpath().get_without_slash();
        let bytes = match name {
            DATA => Some(self.data.clone()),
            ATTACHMENT => self.attachment.clone(),
            PICTURE => self.picture.clone(),
            FAMILIES => Some(self.press.families.clone()),
            _ => None,
        };
        bytes.ok_or_else(|| FileError::NotFound(name.into()))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.press.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        Some(self.made)
    }
}

fn file_id(name: &str) -> FileId {
    let path = VirtualPath::new(name).expect("the names of our files are valid paths");
    RootedPath::new(VirtualRoot::Project, path).intern()
}
