//! The embedded sample accounts, each a recorded snapshot in one archive,
//! `samples/<name>.tar.gz`.

use crate::files;
use flate2::read::GzDecoder;
use include_dir::{Dir, include_dir};
use std::io::Read as _;
use std::path::{Component, Path};
use tar::{Archive, EntryType};

static SAMPLES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/samples");
const ENDING: &str = ".tar.gz";

/// Names of the samples, sorted.
pub fn names() -> Vec<String> {
    let files = SAMPLES.files().filter_map(|file| file.path().to_str()?.strip_suffix(ENDING));
    let mut names: Vec<String> = files.map(str::to_owned).collect();
    names.sort();
    names
}

/// Writes a sample's snapshot into `to`, or says which names exist.
pub fn extract(name: &str, to: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let unknown = || format!("no sample is called {name:?}\n  next: choose one of {}", names().join(", "));
    let sample = SAMPLES.get_file(format!("{name}{ENDING}")).ok_or_else(unknown)?;
    unpack(sample.contents(), to)
}

/// Extracts only plain files with plain names, into private folders.
fn unpack(archive: &[u8], to: &Path) -> Result<(), Box<dyn std::error::Error>> {
    for entry in Archive::new(GzDecoder::new(archive)).entries()? {
        let mut entry = entry?;
        if entry.header().entry_type() != EntryType::Regular {
            continue;
        }
        let name = entry.path()?.into_owned();
        if !name.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(format!("the sample's archive names {}", name.display()).into());
        }
        let path = to.join(name);
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        files::private_folder(path.parent().unwrap_or(to))
            .and_then(|()| files::write_new(&path, &bytes))
            .map_err(|error| files::at(&path, &error, "free some space and run again"))?;
    }
    Ok(())
}
