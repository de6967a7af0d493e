//! The previous pack: the named one, or the newest earlier one of the account in `--out`.

use super::options::PackOptions;
use super::progress::Console;
use super::staging::Staging;
use super::store::LocalFolder;
use crate::account::{self, Account};
use crate::assess::{self, Assessment};
use crate::catalog::Catalog;
use crate::collect::rederive;
use crate::compare::statements::{self, Stated};
use crate::compare::{self, Changes, Side};
use crate::files;
use crate::policy::trust::TrustSettings;
use crate::seal::{self, inputs};
use crate::snapshot::Snapshot;
use crate::store::Store;
use jiff::Timestamp;
use serde::Deserialize;
use std::error::Error;
use std::fs;
use std::path::Path;

/// An earlier pack or snapshot, verified and opened.
#[derive(Debug)]
pub struct Predecessor {
    pub snapshot: Snapshot,
    pub pack_id: Option<String>,
    /// Its entry in the new pack's list of inputs.
    pub input: inputs::Input,
    /// Its attestations; `None` for a bare snapshot.
    pub attestations: Option<Vec<Stated>>,
    /// Its address, if it is a copy from a store.
    _copy: Option<Staging>,
}

type Failed = Box<dyn Error>;

/// Opens the folder of a pack, which must verify, or of a snapshot.
pub fn open(dir: &Path) -> Result<Predecessor, Failed> {
    if files::exists(&dir.join("snapshot.json")) {
        let snapshot = Snapshot::open(dir)?;
        rederive::check(&snapshot)?;
        let mut input = inputs::folder("predecessor", dir)?;
        input.what = format!("snapshot of {}, {}", day(snapshot.header.started), input.what);
        return Ok(Predecessor { snapshot, pack_id: None, input, attestations: None, _copy: None });
    }
    if !files::exists(&dir.join("snapshot").join("snapshot.json")) {
        let next = "name a pack's folder, or one that `auditpack collect` or `auditpack import` wrote";
        return Err(format!("{}: neither a pack nor a snapshot\n  next: {next}", dir.display()).into());
    }
    let found = seal::verify(dir)?;
    if !found.intact() {
        return Err(format!(
            "{}: the pack does not match its checksums: {}\n  next: see auditpack verify {}; fetch the pack again, or name \
             another",
            dir.display(),
            found.in_short(),
            dir.display()
        )
        .into());
    }
    let snapshot = Snapshot::open(&dir.join("snapshot"))?;
    let pack_id = pack_id(dir)?;
    let what = format!("pack of {}, pack id {pack_id}", day(snapshot.header.started));
    // The manifest has the hash of pack.json, which lists that pack's own predecessor: a chain.
    let input = inputs::Input { name: "predecessor", what, sha256: found.manifest_sha256 };
    let attestations = Some(attestations(dir)?);
    Ok(Predecessor { snapshot, pack_id: Some(pack_id), input, attestations, _copy: None })
}

/// Opens what the command line names: a folder, or a URL in a store.
pub fn named(path: &Path) -> Result<Predecessor, Failed> {
    held(LocalFolder::find(path)?)
}

fn held(here: LocalFolder) -> Result<Predecessor, Failed> {
    let opened = open(&here.dir).map_err(|error| here.name_in(error))?;
    Ok(Predecessor { _copy: here.copy, ..opened })
}

/// The attestations in the pack's `assessment.json`.
fn attestations(dir: &Path) -> Result<Vec<Stated>, Failed> {
    let path = dir.join("assessment.json");
    let told =
        |problem: String| format!("{}: {problem}\n  next: fetch the pack again, or name another", path.display());
    let bytes = files::read(&path).map_err(|error| told(error.to_string()))?;
    Ok(statements::read(&bytes).map_err(told)?)
}

/// The pack ID in its `pack.json`.
fn pack_id(dir: &Path) -> Result<String, Failed> {
    #[derive(Deserialize)]
    struct PackFile {
        pack_id: String,
    }
    let path = dir.join("pack.json");
    let told =
        |problem: String| format!("{}: {problem}\n  next: fetch the pack again, or name another", path.display());
    let bytes = files::read(&path).map_err(|error| told(error.to_string()))?;
    let file: PackFile = serde_json::from_slice(&bytes).map_err(|error| told(error.to_string()))?;
    let plain = file.pack_id.len() == 64 && file.pack_id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if plain { Ok(file.pack_id) } else { Err(told("the pack's id is not a SHA-256".to_owned()).into()) }
}

/// The predecessor of a new pack of this account, and the account at that time.
pub fn find(
    options: &PackOptions,
    account: &Account,
    store: Option<&Store>,
    trust: &TrustSettings,
    console: &Console,
) -> Result<Option<(Predecessor, Account)>, Failed> {
    if options.no_previous {
        return Ok(None);
    }
    let Some(named) = &options.previous else { return newest(&options.out, store, account, trust, console) };
    let predecessor = self::named(named)?;
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

/// The newest earlier pack in `out` or in the store that verifies; one that does not is skipped with a warning. A store
/// that does not answer is an error, because it may have the newest pack.
fn newest(
    out: &Path,
    store: Option<&Store>,
    account: &Account,
    trust: &TrustSettings,
    console: &Console,
) -> Result<Option<(Predecessor, Account)>, Failed> {
    let mut found = earlier(out, account);
    if let Some(store) = store {
        found.extend(earlier_in_store(store, out, account)?);
    }
    found.sort_by(|a, b| (b.started, b.name.len(), &b.name).cmp(&(a.started, a.name.len(), &a.name)));
    for Candidate { name, is_here, .. } in found {
        let (place, opened) = match store.filter(|_| !is_here) {
            Some(store) => (format!("{}/{name}", store.address()), held(LocalFolder::fetch(store, &name, out)?)),
            None => (out.join(&name).display().to_string(), open(&out.join(&name))),
        };
        match opened.and_then(|found| found.account(&account.id, trust).map(|before| (found, before))) {
            Ok((predecessor, before)) => {
                let of = day(predecessor.snapshot.header.started);
                console.line(&format!("changes are told since the pack of {of}: {place}"));
                return Ok(Some((predecessor, before)));
            }
            Err(problem) => console.line(&format!("warning: not used as the previous pack: {problem}")),
        }
    }
    Ok(None)
}

/// An earlier pack of the account.
struct Candidate {
    started: Timestamp,
    name: String,
    is_here: bool,
}

/// Whether a folder is named after the account; unfinished packs are not.
fn is_named_after(name: &str, account: &Account) -> bool {
    name.strip_prefix(account.id.as_str()).is_some_and(|rest| rest.starts_with('-'))
}

/// The start of a pack's evidence, if it belongs to the account and is earlier.
fn started(header: &[u8], account: &Account) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Header {
        account: Option<String>,
        started: Timestamp,
    }
    let header: Header = serde_json::from_slice(header).ok()?;
    let is_meant = header.started < account.started && header.account.is_none_or(|id| id == account.id);
    is_meant.then_some(header.started)
}

/// Packs of the account in `out` whose evidence is earlier.
fn earlier(out: &Path, account: &Account) -> Vec<Candidate> {
    let mut found = Vec::new();
    for entry in fs::read_dir(out).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !is_named_after(&name, account) || !is_pack(&entry.path()) {
            continue;
        }
        let header = files::read(&entry.path().join("snapshot").join("snapshot.json")).unwrap_or_default();
        found.extend(started(&header, account).map(|started| Candidate { started, name, is_here: true }));
    }
    found
}

/// Whether a folder is a finished pack; links and special files do not count.
fn is_pack(dir: &Path) -> bool {
    files::is_folder(dir) && files::is_file(&dir.join("SHA256SUMS"))
}

/// The same in the store, except packs that are also here.
fn earlier_in_store(store: &Store, out: &Path, account: &Account) -> Result<Vec<Candidate>, Failed> {
    let names: Vec<&String> = store.names()?.iter().filter(|name| is_named_after(name, account)).collect();
    let names: Vec<&String> = names.into_iter().filter(|name| !is_pack(&out.join(name))).collect();
    let manifests: Vec<String> = names.iter().map(|name| format!("{name}/SHA256SUMS")).collect();
    let mut found = Vec::new();
    for (name, is_whole) in names.into_iter().zip(store.have(&manifests)?) {
        if !is_whole {
            continue;
        }
        let header = store.get(&format!("{name}/snapshot/snapshot.json"))?.unwrap_or_default();
        let started = started(&header, account);
        found.extend(started.map(|started| Candidate { started, name: name.clone(), is_here: false }));
    }
    Ok(found)
}

impl Predecessor {
    /// Its account, which must have this ID.
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

    /// The changes since; both sides are assessed with the same catalog. `attestations` are those of the new side.
    pub fn changes(
        &self,
        before: &Account,
        account: &Account,
        assessment: &Assessment,
        catalog: &Catalog,
        attestations: Option<&[Stated]>,
    ) -> Changes {
        let judged = assess::assess(before, catalog);
        let old = Side { account: before, assessment: &judged, pack_id: self.pack_id.as_deref() };
        let mut changes = compare::compare(old, Side { account, assessment, pack_id: None }, catalog);
        changes.attestations = Some(statements::compare(self.attestations.as_deref(), attestations));
        changes
    }
}

fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}
