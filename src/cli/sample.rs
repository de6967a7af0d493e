//! The embedded sample accounts, each a recorded snapshot.

use crate::files;
use include_dir::{Dir, include_dir};
use std::path::Path;

static SAMPLES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/samples");

/// Names of the samples.
pub fn names() -> Vec<String> {
    let mut names: Vec<String> = SAMPLES.dirs().map(|dir| dir.path().display().to_string()).collect();
    names.sort();
    names
}

/// Writes a sample's snapshot into `to`, or says which names exist.
pub fn extract(name: &str, to: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let unknown = || format!("no sample is called {name:?}\n  next: choose one of {}", names().join(", "));
    let sample = SAMPLES.get_dir(name).ok_or_else(unknown)?;
    write(sample, name, to)
}

fn write(dir: &Dir<'_>, sample: &str, to: &Path) -> Result<(), Box<dyn std::error::Error>> {
    for file in dir.files() {
        let path = to.join(file.path().strip_prefix(sample)?);
        files::private_folder(path.parent().unwrap_or(to))
            .and_then(|()| files::write_new(&path, file.contents()))
            .map_err(|error| files::at(&path, &error, "free some space and run again"))?;
    }
    dir.dirs().try_for_each(|inner| write(inner, sample, to))
}
