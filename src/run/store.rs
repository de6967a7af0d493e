//! `--store`: uploads packs and snapshots, and downloads them for reading.

use super::config::{self, Config};
use super::exit::Exit;
use super::options::{RetainMode, StoreOptions, UploadOptions};
use super::progress::Console;
use super::staging::renamed;
use super::staging::{FETCHED, Staging, clear};
use crate::arn::is_account;
use crate::collect::Options;
use crate::files;
use crate::seal;
use crate::snapshot::Snapshot;
use crate::store::{Address, Kind, Mode, Retention, Store};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::error::Error;
use std::path::{Path, PathBuf};

type Failed = Box<dyn Error>;

/// The store of the command line, or with `also_configured` that of the configuration.
pub fn open(
    options: &StoreOptions,
    config: &Config,
    also_configured: bool,
    aws: &Options,
    console: &Console,
) -> Result<Option<Store>, Failed> {
    let configured = config.store.as_ref().filter(|_| also_configured);
    let asked = options.retain_days.is_some() || options.retain_until.is_some() || options.retain_mode.is_some();
    let Some(address) = options.store.as_ref().or(configured) else {
        return if asked {
            Err("a retention is asked for, and no store is named\n  next: add --store s3://bucket/prefix".into())
        } else {
            Ok(None)
        };
    };
    let retention = retention(options, config)?;
    if options.store.is_none() {
        // A folder from someone else may configure their own store.
        let place = config.place.display();
        console.line(&format!("packs are also kept in {address}, which {place} names as the store"));
    }
    Ok(Some(Store::open(address, retention.as_ref(), aws)?))
}

fn retention(options: &StoreOptions, config: &Config) -> Result<Option<Retention>, Failed> {
    let mode = match options.retain_mode.or(config.retain_mode) {
        Some(RetainMode::Compliance) => Mode::Compliance,
        Some(RetainMode::Governance) | None => Mode::Governance,
    };
    let now = Timestamp::now();
    let until = match (options.retain_until, options.retain_days.or(config.retain_days)) {
        (Some(day), _) => day.at(23, 59, 59, 0).to_zoned(TimeZone::UTC)?.timestamp(),
        (None, Some(days)) => now + SignedDuration::from_hours(24 * i64::from(days)),
        (None, None) if options.retain_mode.is_some() => {
            return Err("--retain-mode says how, and nothing says until when\n  next: add --retain-days".into());
        }
        (None, None) => return Ok(None),
    };
    if until <= now {
        return Err(format!("{until} is over\n  next: give a later day with --retain-until").into());
    }
    Ok(Some(Retention { mode, until }))
}

/// Uploads a pack if there is a store. The folder is renamed to its name in the store.
pub fn keep(store: Option<&Store>, place: PathBuf, console: &Console) -> Result<PathBuf, Failed> {
    let Some(store) = store else { return Ok(place) };
    let step = console.step(&format!("keeping it in {}", store.address()));
    let (Some(out), Some(name)) = (place.parent(), place.file_name().map(|name| name.to_string_lossy().into_owned()))
    else {
        return Ok(place);
    };
    let kept = store.keep(Kind::Pack, &place, &name, &|name| !files::exists(&out.join(name))).map_err(|error| {
        format!(
            "the pack was made and stays in {}, but it is not kept\n{error}\n{}",
            place.display(),
            again(&place, store)
        )
    })?;
    drop(step);
    if kept == name {
        return Ok(place);
    }
    let renamed = out.join(&kept);
    std::fs::rename(&place, &renamed)
        .map_err(|error| files::at(&renamed, &error, &format!("rename {} to this name", place.display())))?;
    Ok(renamed)
}

fn again(place: &Path, store: &Store) -> String {
    format!("  then: auditpack upload {} --store {}", place.display(), store.address())
}

/// `auditpack upload`.
pub fn upload(options: &UploadOptions, console: &Console) -> Result<Exit, Failed> {
    let config = config::load(options.config.as_deref())?;
    let store = open(&options.store, &config, true, &Options::default(), console)?;
    let store = store.ok_or("no store is named\n  next: add --store s3://bucket/prefix")?;
    let (mut words, mut kept) = (Vec::new(), Vec::new());
    for folder in &options.folders {
        let step = console.step(&format!("uploading {}", folder.display()));
        let (kind, name) = named(folder)?;
        let found = if kind == Kind::Pack { Some(seal::verify(folder)?) } else { None };
        if let Some(found) = found.filter(|found| !found.intact()) {
            let (place, what) = (folder.display(), found.in_short());
            let next = "see what was changed with `auditpack verify`";
            return Err(format!("{place}: the pack does not match its checksums: {what}\n  next: {next}").into());
        }
        let name = store.keep(kind, folder, &name, &|_| true)?;
        drop(step);
        words.push(format!("{}/{name}", store.address()));
        kept.push(serde_json::json!({ "folder": files::shown(folder.as_os_str()), "store": store.address().to_string(), "name": name }));
    }
    console.result(&serde_json::json!(kept), &words.join("\n"));
    Ok(Exit::Done)
}

/// The kind of a folder and its name in a store: the pack's own name, or `snapshots/<account>-<day>` for a snapshot.
fn named(folder: &Path) -> Result<(Kind, String), Failed> {
    if files::exists(&folder.join("snapshot.json")) {
        let header = Snapshot::open(folder)?.header;
        let account = header.account.filter(|account| is_account(account));
        let account = account.unwrap_or_else(|| "account-not-known".to_owned());
        return Ok((Kind::Snapshot, format!("snapshots/{account}-{}", header.started.strftime("%Y-%m-%d"))));
    }
    let whole = folder
        .canonicalize()
        .map_err(|error| format!("{}: {error}\n  next: name the folder of a pack or a snapshot", folder.display()))?;
    let name = whole.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| {
        format!("{}: a name in a store is written in UTF-8\n  next: rename the folder", files::shown(whole.as_os_str()))
    })?;
    Ok((Kind::Pack, name.to_owned()))
}

/// Uploads a new snapshot and reports its name.
pub fn keep_snapshot(store: &Store, snapshot: &Path, console: &Console) -> Result<String, Failed> {
    let step = console.step(&format!("keeping it in {}", store.address()));
    let (kind, name) = named(snapshot)?;
    let name = store.keep(kind, snapshot, &name, &|_| true).map_err(|error| {
        format!("the snapshot stays in {}, but it is not kept\n{error}\n{}", snapshot.display(), again(snapshot, store))
    })?;
    drop(step);
    Ok(format!("{}/{name}", store.address()))
}

/// A local folder, or a temporary copy of one in a store.
#[derive(Debug)]
pub struct LocalFolder {
    pub dir: PathBuf,
    pub copy: Option<Staging>,
    /// The URL that it is a copy of.
    named: Option<PathBuf>,
}

impl LocalFolder {
    /// Resolves a path of the command line; a URL is downloaded.
    pub fn find(path: &Path) -> Result<Self, Failed> {
        if !Address::is_url(path) {
            return Ok(Self { dir: path.to_owned(), copy: None, named: None });
        }
        let address = Address::parse(&path.to_string_lossy())?;
        let Some((store, name)) = address.split()? else {
            return Ok(Self { dir: address.to_string().into(), copy: None, named: None });
        };
        let beside = std::env::temp_dir();
        clear(&beside, &Console::new(true, false));
        Self::fetch(&Store::open(&store, None, &Options::default())?, &name, &beside)
            .map(|here| Self { named: Some(path.to_owned()), ..here })
    }

    /// Replaces the copy's path in an error with its URL.
    pub fn name_in(&self, error: Failed) -> Failed {
        match &self.named {
            Some(named) => renamed(error, &self.dir, named),
            None => error,
        }
    }

    /// Wraps an existing copy.
    pub fn copied(dir: PathBuf, copy: Staging) -> Self {
        Self { dir, copy: Some(copy), named: None }
    }

    /// Downloads a stored folder into a hidden folder of `beside`.
    pub fn fetch(store: &Store, name: &str, beside: &Path) -> Result<Self, Failed> {
        let copy = std::fs::create_dir_all(beside)
            .and_then(|()| Staging::new(beside, FETCHED))
            .map_err(|error| files::at(beside, &error, "free some space, or name another folder"))?;
        let dir = copy.path().join(Path::new(name).file_name().ok_or("the store holds a thing without a name")?);
        store.fetch(name, &dir)?;
        Ok(Self { dir, copy: Some(copy), named: None })
    }
}
