//! `pack.json`: everything a pack was made from, hashed; the pack's id is the
//! hash of that list. Same inputs, same id, same bytes.

use super::contents::Contents;
use super::{PACK, SealError, hash_file};
use crate::digest::{sha256, sha256_of};
use crate::files;
use crate::tool::BUILD;
use serde::Serialize;
use std::path::Path;

/// One input of a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Input {
    /// `snapshot`, `catalogue`, `configuration`, `templates`, `tool`.
    pub name: &'static str,
    /// What it is, in words: a version, a count of files.
    pub what: String,
    pub sha256: String,
}

/// `pack.json`.
#[derive(Debug, Serialize)]
pub struct PackFile<'a> {
    /// `auditpack.pack/v1`.
    pub format: &'static str,
    pub pack_id: String,
    pub inputs: &'a [Input],
    /// The pack's files by name, without the manifest.
    pub files: Vec<String>,
}

/// A folder as one input: the hash of its manifest.
pub fn folder(name: &'static str, dir: &Path) -> Result<Input, SealError> {
    let mut manifest = String::new();
    let files = Contents::of(dir)?.only_files(dir)?;
    for (file, path) in &files {
        manifest.push_str(&super::manifest::manifest_line(file, &hash_file(path)?));
    }
    Ok(Input { name, what: format!("{} files", files.len()), sha256: sha256(manifest.as_bytes()) })
}

/// This build of auditpack as an input.
pub fn tool() -> Input {
    Input { name: "tool", what: BUILD.words(), sha256: sha256_of(&BUILD) }
}

/// The pack's id: SHA-256 over the inputs, one `name sha256` line each.
pub fn pack_id(inputs: &[Input]) -> String {
    let lines: String = inputs.iter().map(|input| format!("{} {}\n", input.name, input.sha256)).collect();
    sha256(lines.as_bytes())
}

/// Writes `pack.json`, last before the seal.
pub fn write(dir: &Path, inputs: &[Input]) -> Result<(), SealError> {
    let mut names: Vec<String> = Contents::of(dir)?.only_files(dir)?.into_keys().filter(|name| name != PACK).collect();
    names.push(PACK.to_owned());
    names.sort();
    let file = PackFile { format: "auditpack.pack/v1", pack_id: pack_id(inputs), inputs, files: names };
    let json = serde_json::to_string_pretty(&file).expect("plain data always serialises") + "\n";
    let path = dir.join(PACK);
    files::write_new(&path, json.as_bytes())
        .map_err(|error| super::unreadable(&path, &error, "free some space and run again"))
}
