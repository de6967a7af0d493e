//! Manifest and verification: is every byte what was sealed?
//!
//! Deliberately absent: report content. A sealed folder is names, bytes and
//! hashes; the manifest is the format of `sha256sum`, so anybody can check it.

pub mod inputs;
mod manifest;

use manifest::{MANIFEST, manifest_line, parse_manifest};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// What `verify` found, by name, sorted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    pub changed: Vec<String>,
    pub missing: Vec<String>,
    pub added: Vec<String>,
    /// Files that match.
    pub matched: usize,
    /// SHA-256 of `SHA256SUMS` itself, to compare with one received another way.
    pub manifest_sha256: String,
}

impl Findings {
    /// Nothing was changed, removed or added.
    pub fn intact(&self) -> bool {
        self.changed.is_empty() && self.missing.is_empty() && self.added.is_empty()
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
    for (name, path) in files(dir)? {
        text.push_str(&manifest_line(&name, &hash_file(&path)?));
    }
    let unsaved = |error: &std::io::Error| unreadable(&dir.join(MANIFEST), error, "free some space and run again");
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(|error| unsaved(&error))?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(|error| unsaved(&error))?;
    let file = file.persist(dir.join(MANIFEST)).map_err(|error| unsaved(&error.error))?;
    readable_by_all(&file).map_err(|error| unsaved(&error))?;
    Ok(crate::digest::sha256(text.as_bytes()))
}

/// Compares a sealed pack with its manifest.
pub fn verify(dir: &Path) -> Result<Findings, SealError> {
    let manifest = dir.join(MANIFEST);
    let bytes = std::fs::read(&manifest).map_err(|error| {
        unreadable(&manifest, &error, "name the folder that holds SHA256SUMS, as auditpack wrote it")
    })?;
    let listed = parse_manifest(&bytes).map_err(|problem| SealError::Unreadable {
        path: manifest.display().to_string(),
        problem,
        next: "the manifest was altered or torn: fetch the pack again from where it was handed over".into(),
    })?;
    let mut present = files(dir)?;
    let mut findings = Findings { manifest_sha256: crate::digest::sha256(&bytes), ..Findings::default() };
    for (name, expected) in listed {
        match present.remove(&name) {
            None => findings.missing.push(name),
            Some(path) if hash_file(&path)? == expected => findings.matched += 1,
            Some(_) => findings.changed.push(name),
        }
    }
    findings.added = present.into_keys().collect();
    Ok(findings)
}

/// Files below `dir` that a manifest covers: name with `/` → path, sorted by name.
pub(crate) fn files(dir: &Path) -> Result<BTreeMap<String, PathBuf>, SealError> {
    let mut found = BTreeMap::new();
    let mut folders = vec![(String::new(), dir.to_path_buf())];
    while let Some((prefix, folder)) = folders.pop() {
        let next = "check that the folder can be read";
        let entries = std::fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error, next))?;
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(&folder, &error, next))?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            // A link is listed like a file (and so found as added), never followed out of the folder.
            let kind = entry.file_type().map_err(|error| unreadable(&entry.path(), &error, next))?;
            if kind.is_dir() {
                folders.push((format!("{name}/"), entry.path()));
            } else if !outside_manifest(&name) {
                found.insert(name, entry.path());
            }
        }
    }
    Ok(found)
}

/// What the manifest does not cover: itself, and what is made from it.
fn outside_manifest(name: &str) -> bool {
    let in_root = !name.contains('/');
    in_root && (name == MANIFEST || name == "seal.json" || name.ends_with(".sig") || name.ends_with(".tsr"))
}

pub(crate) fn hash_file(path: &Path) -> Result<String, SealError> {
    let next = "check that the file can be read";
    let mut file = std::fs::File::open(path).map_err(|error| unreadable(path, &error, next))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer).map_err(|error| unreadable(path, &error, next))?;
        if read == 0 {
            return Ok(crate::digest::hex(&hasher.finalize()));
        }
        hasher.update(&buffer[..read]);
    }
}

fn unreadable(path: &Path, error: &std::io::Error, next: &str) -> SealError {
    SealError::Unreadable { path: path.display().to_string(), problem: error.to_string(), next: next.to_owned() }
}

/// Temporary files start private; a manifest is for everybody who has the pack.
#[cfg(unix)]
fn readable_by_all(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_file: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}
