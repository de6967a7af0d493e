//! `pack.pdf` and its annex volumes: PDF/A-3a and PDF/UA-1, typeset by Typst.
//!
//! Deliberately absent: markup made from data. The templates read the pack as
//! JSON; text from the account is only ever a string there.

mod compact;
mod data;
mod glyphs;
mod layout;
mod press;

use super::{Progress, RenderError, Replaced};
use crate::pack::Pack;
use crate::pack::assessment::Document;
use glyphs::Drawable;
use jiff::{Timestamp, tz::TimeZone};
use press::{Job, Press};
use std::path::Path;
use typst::foundations::Datetime;

/// A larger `assessment.json` stands beside the PDF only.
const LARGEST_ATTACHMENT: usize = 2_000_000;

/// Writes `pack.pdf`, and `annex/<sheet>-<n>.pdf` for each sheet that is too long to be part of it.
pub fn write(pack: &Pack, dir: &Path, progress: Progress<'_>) -> Result<Replaced, RenderError> {
    let fonts = press::fonts();
    let drawable = Drawable::by(&fonts);
    let press = Press::new(fonts);
    let made = made(&pack.cover.as_of_rfc3339)?;
    let mut replaced = Replaced::default();

    let calls = data::long_call_log(&pack.calls);
    let plans: Vec<_> = pack.sheets.iter().chain(&calls).map(|sheet| data::plan(sheet, &drawable)).collect();

    progress("pack.pdf");
    let (bytes, attachment) = attachment(&pack.assessment)?;
    let content = data::pack(pack, &plans, (bytes, attachment.is_some()), &drawable, &mut replaced);
    let ident = pack.cover.pack_id.clone();
    let job = Job { template: "pack.typ", data: content, attachment, ident, made };
    print(&press, job, dir, "pack.pdf", progress)?;

    for plan in &plans {
        for (number, volume) in plan.volumes.iter().enumerate() {
            progress(&volume.file);
            let content = data::volume(pack, plan, number, &drawable, &mut replaced);
            let ident = format!("{} {}", pack.cover.pack_id, volume.file);
            let job = Job { template: "volume.typ", data: content, attachment: None, ident, made };
            print(&press, job, dir, &volume.file, progress)?;
        }
    }
    Ok(replaced)
}

fn print(press: &Press, job: Job<'_>, dir: &Path, name: &str, progress: Progress<'_>) -> Result<(), RenderError> {
    let (pdf, warnings) = press.print(job)?;
    for warning in warnings {
        progress(&format!("{name}: {warning}"));
    }
    let path = dir.join(name);
    let failed = |source| RenderError::Write { path: path.display().to_string(), source };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    std::fs::write(&path, compact::compact(&pdf).unwrap_or(pdf)).map_err(failed)
}

/// Size of `assessment.json`, and its bytes where it is small enough to attach.
fn attachment(document: &Document) -> Result<(usize, Option<Vec<u8>>), RenderError> {
    let bytes = serde_json::to_vec(document)
        .map_err(|error| RenderError::Template { format: "pdf", problem: format!("assessment.json: {error}") })?;
    let size = bytes.len();
    Ok((size, (size <= LARGEST_ATTACHMENT).then_some(bytes)))
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
