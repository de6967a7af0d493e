//! `register/volume-01.pdf` …: the register's sheets as volumes of bounded size, and where they are more than
//! one, `register/index.pdf` with the place of every sheet.
//!
//! A volume is made alone and let go, so memory does not grow with the account. Sheets are numbered through
//! all volumes: one in another volume is named by that volume and its number, which is known
//! before any volume is laid out. Page numbers are read from the finished volumes.

mod plan;
mod sheets;

use super::data::{cover, into_bytes};
use super::glyphs::Drawable;
use super::press::{Job, Press};
use super::{Picture, print};
use crate::pack::Pack;
use crate::pack::register::{Register, Sheet};
use crate::render::{Progress, RenderError, Replaced};
use plan::{Plan, label};
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;
use typst::foundations::Datetime;

const TITLE: &str = "Register of roles, users, groups and policies";

/// Rows of one file of the index: about 40 pages.
const INDEX_ROWS: usize = 2_400;

/// A finished volume, as `pack.pdf` and the index list it.
#[derive(Serialize)]
pub(super) struct Volume {
    pub file: String,
    /// `Role app`.
    first: String,
    last: String,
    sheets: usize,
    pages: usize,
    /// The page that each sheet begins on.
    #[serde(skip)]
    starts: Vec<usize>,
}

/// The register's files beside `pack.pdf`.
#[derive(Serialize)]
pub(super) struct Shelf {
    pub sheets: usize,
    /// Empty where the register is HTML only.
    pub volumes: Vec<Volume>,
}

/// Where volumes are made.
pub(super) struct Bench<'a> {
    pub press: &'a Press,
    pub drawable: &'a Drawable,
    pub made: Datetime,
    pub dir: &'a Path,
    pub progress: Progress<'a>,
}

/// Writes all volumes, then the index; `picture` is on the first page of the first volume.
pub(super) fn write(
    pack: &Pack,
    picture: Option<&Picture>,
    bench: &Bench<'_>,
    replaced: &mut Replaced,
) -> Result<Vec<Volume>, RenderError> {
    let Some(register) = &pack.register else { return Ok(Vec::new()) };
    let plan = Plan::new(register);
    let mut volumes: Vec<Volume> = Vec::with_capacity(plan.volumes.len());
    for number in 0..plan.volumes.len() {
        (bench.progress)(&format!("register volume {} of {}", number + 1, plan.volumes.len()));
        volumes.push(volume(pack, &plan, number, picture.filter(|_| number == 0), bench, replaced)?);
    }
    if volumes.len() > 1 {
        (bench.progress)("register index");
        index(pack, &plan, &volumes, bench)?;
    }
    Ok(volumes)
}

fn volume(
    pack: &Pack,
    plan: &Plan<'_>,
    number: usize,
    picture: Option<&Picture>,
    bench: &Bench<'_>,
    replaced: &mut Replaced,
) -> Result<Volume, RenderError> {
    let (places, file) = (plan.volumes[number].clone(), plan.file(number));
    let of = (plan.volumes.len() > 1).then(|| format!("Volume {} of {}", number + 1, plan.volumes.len()));
    let mut data = front(pack, of.as_deref(), bench.drawable);
    data["about"] = about(plan, number, picture, bench.drawable, replaced);
    let sheets = places.clone().map(|place| {
        let opens = opening(plan, &places, place);
        sheets::sheet(plan, number, place, opens.as_deref(), bench.drawable, replaced)
    });
    data["sheets"] = sheets.collect();
    data["index"] = own_index(plan.register, &places, bench.drawable);
    let job = Job {
        template: "register.typ",
        data: into_bytes(&data),
        attachment: None,
        picture: picture.map(|picture| drawing(picture, bench.drawable)),
        ident: format!("{} {file}", pack.cover.pack_id),
        made: bench.made,
        find: places.clone().map(label).collect(),
    };
    drop(data);
    let printed = print(bench.press, job, bench.dir, &file, bench.progress)?;
    let name = |place: usize| kind_and_name(&plan.register.sheets[place]);
    let (first, last) = (name(places.start), name(places.end - 1));
    Ok(Volume { file, first, last, sheets: places.len(), pages: printed.pages, starts: printed.found })
}

/// The picture without letters that no font has: one of them would fail the whole file.
fn drawing(picture: &Picture, drawable: &Drawable) -> Vec<u8> {
    let mut svg = picture.svg.clone();
    drawable.clean(&mut svg, usize::MAX, &mut Replaced::default());
    svg.into_bytes()
}

/// `Role app`.
fn kind_and_name(sheet: &Sheet) -> String {
    format!("{} {}", sheet.kind.label(), sheet.listed())
}

/// What every file of the register has: whose it is, of when, and its title.
fn front(pack: &Pack, part: Option<&str>, drawable: &Drawable) -> Value {
    let cover = cover(&pack.cover, drawable);
    let part_title = part.map(|part| format!(", {}", part.to_lowercase())).unwrap_or_default();
    json!({
        "title": format!("{TITLE}{part_title}, account {}, {}", pack.cover.account, pack.cover.date),
        "description": format!("Evidence of {}, pack {}", pack.cover.as_of, pack.cover.pack_id),
        "heading": TITLE,
        "part": part,
        "cover": cover,
    })
}

/// The opening page: what the volume holds, and in the first what the register is.
fn about(
    plan: &Plan<'_>,
    number: usize,
    picture: Option<&Picture>,
    drawable: &Drawable,
    replaced: &mut Replaced,
) -> Value {
    let (register, places) = (plan.register, &plan.volumes[number]);
    let kinds = runs(register, places).into_iter().map(|(kind, from, to)| {
        let (first, last) = (register.sheets[from].listed(), register.sheets[to].listed());
        json!({"kind": kind, "sheets": (to - from + 1).to_string(), "numbers": range(from, to), "first": first, "last": last})
    });
    let first = number == 0;
    let reading = if plan.volumes.len() > 1 {
        "Sheets are numbered through all volumes. A sheet of this volume that another one names is a link; of a sheet \
         in another volume the volume and the number are given. The index at the end has the pages of this volume, the \
         register's own index (register/index…) those of all."
    } else {
        "A sheet that another one names is a link. The index at the end has the page of each."
    };
    let once = "A managed policy's JSON stands on its own sheet; the sheets of its holders tell its statements in words. \
                External ids are masked.";
    let mut value = json!({
        "lead": if first { register.lead.as_slice() } else { &[] },
        "notices": register.notices,
        "counts": if first { register.counts.clone() } else { Vec::new() },
        "kinds": kinds.collect::<Vec<_>>(),
        "reading": [reading, once],
        "picture": picture.map(|picture| &picture.alt),
    });
    drawable.clean_all(&mut value, replaced);
    value
}

/// `12`, or `12 to 40`: numbers of sheets.
fn range(from: usize, to: usize) -> String {
    if from == to { (from + 1).to_string() } else { format!("{} to {}", from + 1, to + 1) }
}

/// Neighbouring sheets of one kind, with the kind's plural: first and last place.
fn runs<'a>(register: &'a Register, places: &std::ops::Range<usize>) -> Vec<(&'static str, usize, usize)> {
    let mut runs: Vec<(&'static str, usize, usize)> = Vec::new();
    let mut kind = None;
    for place in places.clone() {
        let sheet: &'a Sheet = &register.sheets[place];
        match runs.last_mut() {
            Some(run) if kind == Some(sheet.kind) => run.2 = place,
            _ => runs.push((sheet.kind.plural(), place, place)),
        }
        kind = Some(sheet.kind);
    }
    runs
}

/// The heading above the first sheet of a kind in a volume.
fn opening(plan: &Plan<'_>, places: &std::ops::Range<usize>, place: usize) -> Option<String> {
    let sheets = &plan.register.sheets;
    let same = |other: Option<usize>| other.is_some_and(|other| sheets[other].kind == sheets[place].kind);
    let before = place.checked_sub(1);
    if place > places.start && same(before) {
        return None;
    }
    let plural = sheets[place].kind.plural();
    Some(if same(before) { format!("{plural}, continued") } else { plural.to_owned() })
}

/// A volume's own index, by name, all kinds together.
fn own_index(register: &Register, places: &std::ops::Range<usize>, drawable: &Drawable) -> Value {
    let rows = by_name(register, places.clone()).into_iter().map(|place| {
        let sheet = &register.sheets[place];
        json!({"name": sheet.listed(), "kind": sheet.kind, "label": label(place)})
    });
    // What is replaced here was counted with the sheet.
    let mut value: Value = rows.collect();
    drawable.clean_all(&mut value, &mut Replaced::default());
    value
}

fn by_name(register: &Register, places: std::ops::Range<usize>) -> Vec<usize> {
    let mut places: Vec<usize> = places.collect();
    places.sort_by_cached_key(|place| (register.sheets[*place].listed().to_lowercase(), *place));
    places
}

/// `register/index.pdf`: name, kind, volume, sheet and page of every sheet, by name.
fn index(pack: &Pack, plan: &Plan<'_>, volumes: &[Volume], bench: &Bench<'_>) -> Result<(), RenderError> {
    let all = by_name(plan.register, 0..plan.register.sheets.len());
    let parts: Vec<&[usize]> = all.chunks(INDEX_ROWS).collect();
    for (part, places) in parts.iter().enumerate() {
        let (words, file) = if parts.len() > 1 {
            let words = format!("Index, part {} of {}", part + 1, parts.len());
            (words, format!("register/index-{:02}.pdf", part + 1))
        } else {
            ("Index".to_owned(), "register/index.pdf".to_owned())
        };
        let rows = places.iter().map(|place| {
            let (sheet, volume) = (&plan.register.sheets[*place], plan.volume_of(*place));
            let page = volumes[volume].starts[*place - plan.volumes[volume].start];
            let name = sheet.listed();
            let low = bench.drawable.width(&name) * 8.0 < 220.0;
            let [volume, number, page] = [volume + 1, place + 1, page].map(|number| number.to_string());
            json!({"name": name, "kind": sheet.kind, "volume": volume, "sheet": number, "page": page, "low": low})
        });
        let mut data = front(pack, Some(&words), bench.drawable);
        let mut lists = json!({"rows": rows.collect::<Vec<_>>(), "volumes": if part == 0 { volumes } else { &[] }});
        bench.drawable.clean_all(&mut lists, &mut Replaced::default());
        data["lists"] = lists;
        let job = Job {
            template: "register-index.typ",
            data: into_bytes(&data),
            attachment: None,
            picture: None,
            ident: format!("{} {file}", pack.cover.pack_id),
            made: bench.made,
            find: Vec::new(),
        };
        print(bench.press, job, bench.dir, &file, bench.progress)?;
    }
    Ok(())
}
