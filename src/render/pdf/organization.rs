//! The organization's `pack.pdf` and its annex volumes, with the look of an account's.
//!
//! Tables of more than a few hundred rows are volumes, as in an account's pack; what the PDF leaves to the
//! tables as CSV is counted and said.

mod content;
mod rows;

use super::data::{self, Legends, Plan, into_bytes};
use super::glyphs::Drawable;
use super::press::{self, Job, Press};
use super::{LARGEST_ATTACHMENT, made, print};
use crate::organization::Organization;
use crate::render::organization::{Edition, pictures::Pictures};
use crate::render::{Progress, RenderError, Replaced, json};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use typst::foundations::Datetime;

/// Rows of the matrix that `pack.pdf` takes.
const MATRIX_ROWS: usize = 60;

/// Writes the volumes, then `pack.pdf`, which lists them.
pub(in crate::render) fn write(
    organization: &Organization,
    edition: &Edition<'_>,
    pictures: &Pictures,
    dir: &Path,
    progress: Progress<'_>,
) -> Result<Replaced, RenderError> {
    let (fonts, none) = (press::fonts(), super::Fonts::default());
    let more = edition.fonts.unwrap_or(&none);
    let drawable = Drawable::by(&fonts).with(more.families());
    let collected = content::collected_at(organization);
    let bench = Bench { press: Press::new(fonts, more), drawable, made: made(&collected)?, dir, progress };
    let mut replaced = Replaced::default();
    let cover = content::cover(organization, edition.pack_id);

    let sheets = rows::all(organization);
    let numbers: Vec<String> = (1..=organization.controls.len()).map(|number| number.to_string()).collect();
    let named = organization.controls.iter().zip(&numbers);
    let legends = named.map(|(control, number)| (control.id.as_str(), (number.as_str(), control.title.as_str())));
    let legends = Legends::of_all(legends.collect());
    let plans: Vec<Plan<'_>> = sheets
        .iter()
        .map(|sheet| {
            let most = if sheet.id.starts_with("matrix") { MATRIX_ROWS } else { super::layout::INLINE_ROWS };
            data::plan_over(sheet, most, &bench.drawable)
        })
        .collect();
    bench.volumes(&plans, &cover, &legends, edition.pack_id, &mut replaced)?;
    bench.the_pack(organization, edition, pictures, (&plans, &cover, &legends), replaced)
}

/// Where the documents are made.
struct Bench<'a> {
    press: Press,
    drawable: Drawable,
    made: Datetime,
    dir: &'a Path,
    progress: Progress<'a>,
}

impl Bench<'_> {
    fn volumes(
        &self,
        plans: &[Plan<'_>],
        cover: &Value,
        legends: &Legends<'_>,
        pack_id: &str,
        replaced: &mut Replaced,
    ) -> Result<(), RenderError> {
        let mut clean = cover.clone();
        self.drawable.clean_all(&mut clean, &mut Replaced::default());
        for plan in plans {
            for (number, volume) in plan.volumes.iter().enumerate() {
                (self.progress)(&volume.file);
                let printed = data::sheet(plan, volume.rows.clone(), legends, &self.drawable, replaced);
                let content = json!({ "cover": clean, "sheet": printed, "volume": number + 1 });
                self.print("volume.typ", &content, None, format!("{pack_id} {}", volume.file), &volume.file)?;
            }
        }
        Ok(())
    }

    fn the_pack(
        &self,
        organization: &Organization,
        edition: &Edition<'_>,
        pictures: &Pictures,
        (plans, cover, legends): (&[Plan<'_>], &Value, &Legends<'_>),
        mut replaced: Replaced,
    ) -> Result<Replaced, RenderError> {
        (self.progress)("pack.pdf");
        let bytes = json::safe(organization)?;
        let size = bytes.len();
        let attachment = (size <= LARGEST_ATTACHMENT).then_some(bytes);
        let mut content = content::all(organization);
        content["cover"] = cover.clone();
        content["attached"] = json!({ "bytes": size, "is": attachment.is_some() });
        self.drawable.clean_all(&mut content, &mut replaced);
        content["tall"] = json!(data::longest(&content) > super::layout::TALL);
        let mut sheets: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for plan in plans {
            let rows = if plan.volumes.is_empty() { 0..plan.sheet.rows.len() } else { 0..0 };
            let group = plan.sheet.id.split('-').next().unwrap_or_default();
            sheets.entry(group).or_default().push(data::sheet(plan, rows, legends, &self.drawable, &mut replaced));
        }
        content["sheets"] = json!(sheets);
        content["replaced"] = json!(replaced.characters.values().sum::<usize>());
        // A letter that no font has would fail the file in a picture too; a place to break a line would be a letter.
        content["pictures"] = json!(pictures);
        for drawing in content["pictures"].as_object_mut().into_iter().flat_map(serde_json::Map::values_mut) {
            for one in drawing.as_array_mut().into_iter().flatten() {
                self.drawable.clean_all(&mut one["alt"], &mut Replaced::default());
                if let Value::String(svg) = &mut one["svg"] {
                    self.drawable.clean(svg, usize::MAX, &mut Replaced::default());
                }
            }
        }
        self.print("organization.typ", &content, attachment, edition.pack_id.to_owned(), "pack.pdf")?;
        Ok(replaced)
    }

    fn print(
        &self,
        template: &str,
        content: &Value,
        attachment: Option<Vec<u8>>,
        ident: String,
        file: &str,
    ) -> Result<(), RenderError> {
        let (data, made) = (into_bytes(content), self.made);
        let job = Job { template, data, attachment, picture: None, ident, made, find: Vec::new() };
        print(&self.press, job, self.dir, file, self.progress).map(drop)
    }
}
