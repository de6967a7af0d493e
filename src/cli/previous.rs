//! The pack before this one: named, or the newest earlier one of the account in `--out`.

use super::arguments::PackOptions;
use super::progress::Voice;
use crate::account::{self, Account};
use crate::assess::{self, Assessment};
use crate::catalog::Catalog;
use crate::compare::statements::{self, Stated};
use crate::compare::{self, Changes, Side};
use crate::policy::trust::TrustSettings;
use crate::seal::{self, inputs};
use crate::snapshot::Snapshot;
use jiff::Timestamp;
use serde::Deserialize;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// An earlier pack or snapshot, verified and opened.
#[derive(Debug)]
pub struct Predecessor {
    pub snapshot: Snapshot,
    pub pack_id: Option<String>,
    /// As the new pack lists it among what it was made from.
    pub input: inputs::Input,
    /// What its attestations say; none where it is a bare snapshot.
    pub attestations: Option<Vec<Stated>>,
}

type Failed = Box<dyn Error>;

/// Opens a pack's folder, which must verify, or a snapshot's.
pub fn open(dir: &Path) -> Result<Predecessor, Failed> {
    if dir.join("snapshot.json").exists() {
        let snapshot = Snapshot::open(dir)?;
        let mut input = inputs::folder("predecessor", dir)?;
        input.what = format!("snapshot of {}, {}", day(snapshot.header.started), input.what);
        return Ok(Predecessor { snapshot, pack_id: None, input, attestations: None });
    }
    if !dir.join("snapshot").join("snapshot.json").exists() {
        let next = "name a pack's folder, or one that `auditpack collect` or `auditpack import` wrote";
        return Err(format!("{}: neither a pack nor a snapshot\n  next: {next}", dir.display()).into());
    }
    let found = seal::verify(dir)?;
    if !found.intact() {
        return Err(format!(
            "{}: the pack is not what was sealed: {} changed, {} missing, {} added\n  next: see auditpack verify {}; \
             fetch the pack again, or name another",
            dir.display(),
            found.changed.len(),
            found.missing.len(),
            found.added.len(),
            dir.display()
        )
        .into());
    }
    let snapshot = Snapshot::open(&dir.join("snapshot"))?;
    let pack_id = pack_id(dir)?;
    let what = format!("pack of {}, pack id {pack_id}", day(snapshot.header.started));
    // The manifest holds the hash of pack.json, which lists that pack's own predecessor: a chain.
    let input = inputs::Input { name: "predecessor", what, sha256: found.manifest_sha256 };
    let attestations = Some(attestations(dir)?);
    Ok(Predecessor { snapshot, pack_id: Some(pack_id), input, attestations })
}

/// What was stated, as the pack's `assessment.json` says.
fn attestations(dir: &Path) -> Result<Vec<Stated>, Failed> {
    let path = dir.join("assessment.json");
    let told =
        |problem: String| format!("{}: {problem}\n  next: fetch the pack again, or name another", path.display());
    let bytes = fs::read(&path).map_err(|error| told(error.to_string()))?;
    Ok(statements::read(&bytes).map_err(told)?)
}

/// The pack's id, as its `pack.json` says.
fn pack_id(dir: &Path) -> Result<String, Failed> {
    #[derive(Deserialize)]
    struct PackFile {
        pack_id: String,
    }
    let path = dir.join("pack.json");
    let told =
        |problem: String| format!("{}: {problem}\n  next: fetch the pack again, or name another", path.display());
    let bytes = fs::read(&path).map_err(|error| told(error.to_string()))?;
    let file: PackFile = serde_json::from_slice(&bytes).map_err(|error| told(error.to_string()))?;
    let plain = file.pack_id.len() == 64 && file.pack_id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if plain { Ok(file.pack_id) } else { Err(told("the pack's id is not a SHA-256".to_owned()).into()) }
}

/// The predecessor of a pack that is to be made of this account, and the account as it was.
pub fn find(
    options: &PackOptions,
    account: &Account,
    trust: &TrustSettings,
    say: &Voice,
) -> Result<Option<(Predecessor, Account)>, Failed> {
    if options.no_previous {
        return Ok(None);
    }
    let Some(named) = &options.previous else { return Ok(newest(&options.out, account, trust, say)) };
    let predecessor = open(named)?;
    let started = predecessor.snapshot.header.started;
    if started >= account.started {
        return Err(format!(
            "{}: its evidence is of {started}, not earlier than {}\n  next: name an earlier pack with --previous",
            named.display(),
            account.started
        )
        .into());
    }
    let before = predecessor.account(&account.id, trust)?;
    Ok(Some((predecessor, before)))
}

/// The newest earlier pack in `out` that verifies; of one that does not, or cannot be read, a warning is said.
fn newest(out: &Path, account: &Account, trust: &TrustSettings, say: &Voice) -> Option<(Predecessor, Account)> {
    for (_, dir) in earlier(out, account) {
        match open(&dir).and_then(|found| found.account(&account.id, trust).map(|before| (found, before))) {
            Ok((predecessor, before)) => {
                let of = day(predecessor.snapshot.header.started);
                say.line(&format!("changes are told since the pack of {of}: {}", dir.display()));
                return Some((predecessor, before));
            }
            Err(problem) => say.line(&format!("warning: not used as the previous pack: {problem}")),
        }
    }
    None
}

/// Packs of the account in `out` whose evidence is earlier, the newest first; of packs of the same evidence
/// the one made last.
fn earlier(out: &Path, account: &Account) -> Vec<(Timestamp, PathBuf)> {
    #[derive(Deserialize)]
    struct Header {
        account: Option<String>,
        started: Timestamp,
    }
    let mut found: Vec<(Timestamp, usize, String)> = Vec::new();
    for entry in fs::read_dir(out).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        // A pack is named after its account; unfinished ones are not.
        if !name.starts_with(&format!("{}-", account.id)) || !entry.path().join("SHA256SUMS").is_file() {
            continue;
        }
        let header = fs::read(entry.path().join("snapshot").join("snapshot.json")).ok();
        let header: Option<Header> = header.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(header) = header
            && header.started < account.started
            && header.account.is_none_or(|id| id == account.id)
        {
            found.push((header.started, name.len(), name));
        }
    }
    found.sort();
    found.into_iter().rev().map(|(started, _, name)| (started, out.join(name))).collect()
}

impl Predecessor {
    /// Its account, which must be the one of that number.
    pub fn account(&self, id: &str, trust: &TrustSettings) -> Result<Account, Failed> {
        let account = account::read(&self.snapshot, Some(id), trust)?;
        if account.id != id {
            return Err(format!(
                "{}: the evidence is of account {}, not {id}\n  next: name two of the same account",
                self.snapshot.dir.display(),
                account.id
            )
            .into());
        }
        Ok(account)
    }

    /// What changed since; both sides are judged by the same catalogue. `attestations`: those of the new side.
    pub fn changes(
        &self,
        before: &Account,
        snapshot: &Snapshot,
        account: &Account,
        assessment: &Assessment,
        catalog: &Catalog,
        attestations: Option<&[Stated]>,
    ) -> Changes {
        let judged = assess::assess(before, catalog);
        let old =
            Side { snapshot: &self.snapshot, account: before, assessment: &judged, pack_id: self.pack_id.as_deref() };
        let mut changes = compare::compare(old, Side { snapshot, account, assessment, pack_id: None }, catalog);
        changes.attestations = Some(statements::compare(self.attestations.as_deref(), attestations));
        changes
    }
}

fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}
