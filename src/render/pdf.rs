//! `pack.pdf` and its annex volumes: PDF/A-3a and PDF/UA-1, typeset by Typst.
//!
//! Deliberately absent: markup made from data. The templates read the pack as
//! JSON; text from the account is only ever a string there.

mod compact;
mod data;
mod fonts;
mod glyphs;
mod layout;
pub(super) mod organization;
mod press;
mod register;

pub use fonts::Fonts;

use super::{Progress, RenderError, Replaced};
use crate::pack::Pack;
use crate::pack::assessment::Document;
use glyphs::Drawable;
use jiff::{Timestamp, tz::TimeZone};
use press::{Job, Press, Printed};
use std::path::Path;
use typst::foundations::Datetime;

/// A larger `assessment.json` is only beside the PDF.
const LARGEST_ATTACHMENT: usize = 2_000_000;

/// What the PDF can have beyond the pack.
#[derive(Default)]
pub struct Extras<'a> {
    /// For writing that our fonts lack.
    pub fonts: Option<&'a Fonts>,
    /// Stands on the opening page of the register's first volume.
    pub picture: Option<Picture>,
    /// The register is not made as PDF; `pack.pdf` says so.
    pub no_register: bool,
}

/// A drawing as SVG.
pub struct Picture {
    pub svg: String,
    /// What it shows, for somebody who does not see it.
    pub alt: String,
}

/// Writes `annex/<sheet>-<n>.pdf` for each sheet that is too long to be part of `pack.pdf`, the volumes of the
/// register, and `pack.pdf`.
pub fn write(pack: &Pack, dir: &Path, extras: &Extras<'_>, progress: Progress<'_>) -> Result<Replaced, RenderError> {
    let mut office = Office::open(pack, dir, extras, progress)?;
    let shelf = office.register(pack)?;
    office.annex(pack)?;
    let job = office.the_pack(pack, &shelf)?;
    office.close(job)
}

/// The same for a pack that is not needed afterwards. Each part is dropped when the last document that shows it
/// is written, and all of it before `pack.pdf`, the longest of them, is laid out.
pub fn write_last(
    mut pack: Pack,
    dir: &Path,
    extras: &Extras<'_>,
    progress: Progress<'_>,
) -> Result<Replaced, RenderError> {
    let mut office = Office::open(&pack, dir, extras, progress)?;
    let shelf = office.register(&pack)?;
    pack.register = None;
    office.annex(&pack)?;
    let job = office.the_pack(&pack, &shelf)?;
    drop(pack);
    office.close(job)
}

/// What all documents of a pack are made with.
struct Office<'a> {
    press: Press,
    drawable: Drawable,
    made: Datetime,
    dir: &'a Path,
    extras: &'a Extras<'a>,
    progress: Progress<'a>,
    replaced: Replaced,
}

impl<'a> Office<'a> {
    fn open(pack: &Pack, dir: &'a Path, extras: &'a Extras<'_>, progress: Progress<'a>) -> Result<Self, RenderError> {
        let (fonts, none) = (press::fonts(), Fonts::default());
        let more = extras.fonts.unwrap_or(&none);
        let drawable = Drawable::by(&fonts).with(more.families());
        let made = made(&pack.cover.as_of_rfc3339)?;
        let press = Press::new(fonts, more);
        Ok(Self { press, drawable, made, dir, extras, progress, replaced: Replaced::default() })
    }

    /// The sheets that are too long for `pack.pdf`.
    fn annex(&mut self, pack: &Pack) -> Result<(), RenderError> {
        let calls = data::long_call_log(&pack.calls);
        for sheet in pack.sheets.iter().chain(&calls) {
            let plan = data::plan(sheet, &self.drawable);
            for (number, volume) in plan.volumes.iter().enumerate() {
                (self.progress)(&volume.file);
                let content = data::volume(pack, &plan, number, &self.drawable, &mut self.replaced);
                let ident = format!("{} {}", pack.cover.pack_id, volume.file);
                let (template, find, made) = ("volume.typ", Vec::new(), self.made);
                let job = Job { template, data: content, attachment: None, picture: None, ident, made, find };
                print(&self.press, job, self.dir, &volume.file, self.progress)?;
            }
        }
        Ok(())
    }

    /// The register's volumes.
    fn register(&mut self, pack: &Pack) -> Result<register::Shelf, RenderError> {
        let (press, drawable, made, dir, progress) = (&self.press, &self.drawable, self.made, self.dir, self.progress);
        let bench = register::Bench { press, drawable, made, dir, progress };
        let sheets = pack.register.as_ref().map_or(0, |register| register.sheets.len());
        let volumes = if self.extras.no_register {
            Vec::new()
        } else {
            register::write(pack, self.extras.picture.as_ref(), &bench, &mut self.replaced)?
        };
        Ok(register::Shelf { sheets, volumes })
    }

    /// What `pack.pdf` is laid out from; it lists the volumes.
    fn the_pack(&mut self, pack: &Pack, shelf: &register::Shelf) -> Result<Job<'static>, RenderError> {
        let calls = data::long_call_log(&pack.calls);
        let plans: Vec<_> = pack.sheets.iter().chain(&calls).map(|sheet| data::plan(sheet, &self.drawable)).collect();
        let (bytes, attachment) = attachment(&pack.assessment)?;
        let size = (bytes, attachment.is_some());
        let data = data::pack(pack, &plans, shelf, size, &self.drawable, &mut self.replaced);
        let (template, ident, made) = ("pack.typ", pack.cover.pack_id.clone(), self.made);
        Ok(Job { template, data, attachment, picture: None, ident, made, find: Vec::new() })
    }

    /// `pack.pdf` itself.
    fn close(self, job: Job<'_>) -> Result<Replaced, RenderError> {
        (self.progress)("pack.pdf");
        print(&self.press, job, self.dir, "pack.pdf", self.progress)?;
        Ok(self.replaced)
    }
}

/// Typesets a document and saves it; the bytes are let go.
fn print(press: &Press, job: Job<'_>, dir: &Path, name: &str, progress: Progress<'_>) -> Result<Printed, RenderError> {
    let mut printed = press.print(job)?;
    for warning in &printed.warnings {
        progress(&format!("{name}: {warning}"));
    }
    let path = dir.join(name);
    let failed = |source| RenderError::Write { path: path.display().to_string(), source };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    let pdf = std::mem::take(&mut printed.pdf);
    std::fs::write(&path, compact::compact(&pdf).unwrap_or(pdf)).map_err(failed)?;
    Ok(printed)
}

/// Size of `assessment.json`, and its bytes where it is small enough to attach.
fn attachment(document: &Document) -> Result<(usize, Option<Vec<u8>>), RenderError> {
    let mut attached = UpTo { most: LARGEST_ATTACHMENT, bytes: Vec::new(), size: 0 };
    serde_json::to_writer(&mut attached, document)
        .map_err(|error| RenderError::Template { format: "pdf", problem: format!("assessment.json: {error}") })?;
    Ok((attached.size, (attached.size <= LARGEST_ATTACHMENT).then_some(attached.bytes)))
}

/// Counts what is written, and keeps no more of it than is wanted.
struct UpTo {
    most: usize,
    bytes: Vec<u8>,
    size: usize,
}

impl std::io::Write for UpTo {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.size += bytes.len();
        if self.size <= self.most {
            self.bytes.extend_from_slice(bytes);
        } else {
            self.bytes = Vec::new();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The document's date is the collection's: two renders of one snapshot are the same bytes.
fn made(rfc3339: &str) -> Result<Datetime, RenderError> {
    let moment = rfc3339.parse::<Timestamp>().ok().map(|time| time.to_zoned(TimeZone::UTC));
    let date = moment.and_then(|at| {
        let [month, day, hour, minute, second] =
            [at.month(), at.day(), at.hour(), at.minute(), at.second()].map(i8::unsigned_abs);
        Datetime::from_ymd_hms(i32::from(at.year()), month, day, hour, minute, second)
    });
    date.ok_or_else(|| RenderError::Template {
        format: "pdf",
        problem: format!("the collection's time {rfc3339:?} is not an RFC 3339 date and time; see snapshot.json"),
    })
}
