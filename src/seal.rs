//! Manifest and verification: is every byte what was sealed?

use std::path::Path;

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

#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("{path}: {problem}\n  next: {next}")]
    Unreadable { path: String, problem: String, next: String },
}

/// Writes `SHA256SUMS` over every file below `dir` but itself, `seal.json`, `*.sig`, `*.tsr`.
pub fn seal(_dir: &Path) -> Result<(), SealError> {
    unimplemented!()
}

/// Compares a sealed pack with its manifest.
pub fn verify(_dir: &Path) -> Result<Findings, SealError> {
    unimplemented!()
}
