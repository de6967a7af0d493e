//! Manifest and verification: is every byte what was sealed?
//!
//! Deliberately absent: report content. A sealed folder is names, bytes and
//! hashes; the manifest is the format of `sha256sum`, so anybody can check it.

mod contents;
pub mod inputs;
mod manifest;

use crate::files;
use contents::{Contents, outside_manifest};
use manifest::{MANIFEST, manifest_line, parse_manifest};
use std::collections::BTreeSet;
use std::path::Path;

/// The file that lists what a pack was made from and which files it has.
const PACK: &str = "pack.json";
/// Bytes of a manifest or of a `pack.json` at most: some hundred thousand files.
const LARGEST: u64 = 64 << 20;
const FETCH_AGAIN: &str = "fetch the pack again from where it was handed over";

/// What `verify` found, by name, sorted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    pub changed: Vec<String>,
    pub missing: Vec<String>,
    pub added: Vec<String>,
    /// Names with what stands there in place of a plain file: a link's content can change after it was checked.
    pub not_files: Vec<String>,
    /// Contradictions between the manifest and `pack.json`.
    pub problems: Vec<String>,
    /// Signatures and timestamps in the pack, which the manifest does not cover.
    pub not_covered: Vec<String>,
    /// Files that match.
    pub matched: usize,
    /// SHA-256 of `SHA256SUMS` itself, to compare with one received another way.
    pub manifest_sha256: String,
}

impl Findings {
    /// Nothing was changed, removed or added, and nothing contradicts itself.
    pub fn intact(&self) -> bool {
        let found = [&self.changed, &self.missing, &self.added, &self.not_files, &self.problems];
        found.iter().all(|names| names.is_empty())
    }

    /// What is wrong, on one line: `1 changed, 2 missing`; nothing where the pack is intact.
    pub fn in_short(&self) -> String {
        let counts = [
            (&self.changed, "changed"),
            (&self.missing, "missing"),
            (&self.added, "added"),
            (&self.not_files, "not plain files"),
        ];
        let counted = counts.iter().filter(|(names, _)| !names.is_empty());
        let counted = counted.map(|(names, what)| format!("{} {what}", names.len()));
        counted.chain(self.problems.iter().cloned()).collect::<Vec<_>>().join(", ")
    }
}

/// Why a folder cannot be sealed or verified.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("{path}: {problem}\n  next: {next}")]
    Unreadable { path: String, problem: String, next: String },
}

/// Writes `SHA256SUMS` over every file below `dir` but itself, `seal.json`, `*.sig`, `*.tsr`; returns its own SHA-256,
/// which a recipient needs from elsewhere than the pack.
pub fn seal(dir: &Path) -> Result<String, SealError> {
    let mut text = String::new();
    for (name, path) in Contents::of(dir)?.only_files(dir)? {
        text.push_str(&manifest_line(&name, &hash_file(&path)?));
    }
    let manifest = dir.join(MANIFEST);
    let unsaved = |error: &std::io::Error| unreadable(&manifest, error, "free some space and run again");
    // Written beside its place, so that a folder with a manifest is a whole pack.
    let making = dir.join(".SHA256SUMS.tmp");
    files::create_again(&making)
        .and_then(|mut file| {
            std::io::Write::write_all(&mut file, text.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| std::fs::rename(&making, &manifest))
        .map_err(|error| unsaved(&error))?;
    Ok(crate::digest::sha256(text.as_bytes()))
}

/// Compares a sealed pack with its manifest.
pub fn verify(dir: &Path) -> Result<Findings, SealError> {
    let manifest = dir.join(MANIFEST);
    let bytes = files::read_at_most(&manifest, LARGEST).map_err(|error| {
        unreadable(&manifest, &error, "name the folder that holds SHA256SUMS, as auditpack wrote it")
    })?;
    let listed = parse_manifest(&bytes).map_err(|problem| SealError::Unreadable {
        path: files::shown(manifest.as_os_str()),
        problem,
        next: format!("the manifest was altered or torn: {FETCH_AGAIN}"),
    })?;
    let mut present = Contents::of(dir)?;
    let mut findings = Findings { manifest_sha256: crate::digest::sha256(&bytes), ..Findings::default() };
    if listed.is_empty() {
        findings.problems.push("SHA256SUMS lists no file".to_owned());
    }
    let mut seen = BTreeSet::new();
    for (name, expected) in listed {
        if !seen.insert(name.clone()) {
            findings.problems.push(format!("SHA256SUMS lists {name:?} twice"));
        } else if let Some(what) = present.special.remove(&name) {
            findings.not_files.push(format!("{name} ({what})"));
        } else if let Some(path) = present.files.remove(&name) {
            let fits = hash_file(&path)? == expected;
            findings.matched += usize::from(fits);
            if !fits {
                findings.changed.push(name);
            }
        } else {
            findings.missing.push(name);
        }
    }
    findings.problems.extend(contradiction(dir, &seen, &findings.changed)?);
    for (name, what) in present.special {
        if outside_manifest(&name) {
            findings.not_files.push(format!("{name} ({what})"));
        } else {
            findings.added.push(format!("{name} ({what})"));
        }
    }
    findings.added.extend(present.files.into_keys());
    findings.added.extend(present.not_utf8.into_iter().map(|name| format!("{name} (the name is not UTF-8)")));
    findings.added.sort();
    findings.not_covered = present.not_covered;
    Ok(findings)
}

/// What is wrong between the manifest and `pack.json`, whose list of files was made before it.
fn contradiction(dir: &Path, listed: &BTreeSet<String>, changed: &[String]) -> Result<Option<String>, SealError> {
    #[derive(serde::Deserialize)]
    struct PackFile {
        files: BTreeSet<String>,
    }
    if !listed.contains(PACK) {
        return Ok(Some(format!("SHA256SUMS does not list {PACK}, which every pack has")));
    }
    let path = dir.join(PACK);
    // That it was altered, replaced or removed is found already.
    if changed.iter().any(|name| name == PACK) || !files::is_file(&path) {
        return Ok(None);
    }
    let bytes =
        files::read_at_most(&path, LARGEST).map_err(|error| unreadable(&path, &error, "check that it can be read"))?;
    let Ok(pack) = serde_json::from_slice::<PackFile>(&bytes) else {
        return Ok(Some(format!("{PACK} does not list the files of the pack")));
    };
    let differ: Vec<&String> = pack.files.symmetric_difference(listed).collect();
    Ok(differ.first().map(|first| {
        let more = if differ.len() > 1 { format!(" and {} more", differ.len() - 1) } else { String::new() };
        let (has, lacks) = if listed.contains(*first) { ("SHA256SUMS", PACK) } else { (PACK, "SHA256SUMS") };
        format!("{has} lists {first:?}{more}, and {lacks} does not")
    }))
}

pub(crate) fn hash_file(path: &Path) -> Result<String, SealError> {
    let hashed = files::hash(path).map_err(|error| unreadable(path, &error, "check that the file can be read"))?;
    Ok(hashed.1)
}

fn unreadable(path: &Path, error: &std::io::Error, next: &str) -> SealError {
    let path = files::shown(path.as_os_str());
    SealError::Unreadable { path, problem: error.to_string(), next: next.to_owned() }
}
