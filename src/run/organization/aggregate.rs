//! The organization's pack: verifies the accounts' packs and aggregates them.

use super::accounts::ListedAccounts;
use super::entries::{self, is_plain, write_again};
use super::parallel::{parallel_map, processors};
use super::run_state::UNFINISHED;
use super::{discover_packs, remote_state};
use crate::digest::{sha256, sha256_of};
use crate::files;
use crate::organization::listing::{Listed, Listing};
use crate::organization::{self, About, Assessed, Entry, Organization, State, assessed};
use crate::pack::Labels;
use crate::render;
use crate::render::organization::Edition;
use crate::run::exit::Exit;
use crate::run::options::PackOptions;
use crate::run::pack as one_pack;
use crate::run::plan::Plan;
use crate::run::progress::Console;
use crate::run::staging::{self, FREE_SPACE};
use crate::run::store::{self, LocalFolder};
use crate::run::summary::{self, severity, severity_named};
use crate::seal::{self, inputs};
use crate::snapshot::{self, Bring, Snapshot};
use crate::store::Store;
use crate::verdict::Verdict;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// The run's entries in an organization pack.
const ENTRIES: &str = "entries.json";

/// Makes the organization's pack from a sharded run, from an earlier such pack, or from the accounts' packs alone.
pub fn rebuild(options: &PackOptions, plan: &Plan, console: &Console) -> Result<Exit, Box<dyn Error>> {
    let out = &options.out;
    if let Some(store) = &plan.store
        && let Some(copy) = remote_state::Fetched::newest(store, out)?
    {
        let shown = copy.run.place().trim_end_matches('/').to_owned();
        let (made, open) = of_state(&copy.here.dir, &shown, options, plan, console)?;
        if open == 0 {
            copy.run.close(&made.name)?;
        } else {
            console.line(&format!("{open} accounts have no result yet: the run is kept in {}", copy.run.place()));
        }
        return Ok(made.exit);
    }
    let unfinished = out.join(UNFINISHED);
    if files::exists(&unfinished.join("listing")) {
        let (made, open) = of_state(&unfinished, &unfinished.display().to_string(), options, plan, console)?;
        if open == 0 {
            fs::remove_dir_all(&unfinished).map_err(|error| files::at(&unfinished, &error, "remove this folder"))?;
        } else {
            console.line(&format!("{open} accounts have no result yet: the run is kept in {}", unfinished.display()));
        }
        return Ok(made.exit);
    }
    if plan.store.is_none()
        && let Some(earlier) = newest_pack(out, console)?
    {
        let text = files::read(&earlier.join(ENTRIES))
            .map_err(|error| files::at(&earlier.join(ENTRIES), &error, "fetch the pack again"))?;
        let entries: BTreeMap<String, Entry> =
            serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", earlier.join(ENTRIES).display()))?;
        let listed = read_listing(&earlier.join("snapshot"), Some(&entries))?;
        return Ok(join(&earlier, options, plan, listed, entries, console)?.exit);
    }
    let entries = discover_packs::packs(out, plan.store.as_ref(), console)?;
    if entries.is_empty() {
        let place = plan.store.as_ref().map_or_else(|| out.display().to_string(), |store| store.address().to_string());
        let next = "name the folder or the store that `auditpack run --org` wrote packs into";
        return Err(format!("{place}: there is no pack of an account\n  next: {next}").into());
    }
    let accounts = entries.keys().map(|id| Listed::named(id)).collect();
    let about = About {
        id: "accounts".to_owned(),
        listed_by: "the packs in the folder; nothing says which other accounts there are".to_owned(),
        ..About::default()
    };
    let listing = Listing { accounts, ..Listing::default() };
    let listed = ListedAccounts { listing, about, snapshot: None, run: String::new() };
    Ok(join(out, options, plan, listed, entries, console)?.exit)
}

/// Aggregates a run's state (`shown` in messages) and reports how many accounts have no entry.
fn of_state(
    dir: &Path,
    shown: &str,
    options: &PackOptions,
    plan: &Plan,
    console: &Console,
) -> Result<(OrganizationPack, usize), Box<dyn Error>> {
    let listed = read_listing(&dir.join("listing"), None)?;
    let entries = entries::read_entries(dir, shown, console)?;
    let open = listed.listing.accounts.iter().filter(|it| it.is_active() && !entries.contains_key(&it.id)).count();
    Ok((join(dir, options, plan, listed, entries, console)?, open))
}

/// The organization's pack.
pub struct OrganizationPack {
    pub name: String,
    pub exit: Exit,
}

/// The listing; from the entries if the snapshot has no organization.
fn read_listing(dir: &Path, entries: Option<&BTreeMap<String, Entry>>) -> Result<ListedAccounts, Box<dyn Error>> {
    let snapshot = Snapshot::open(dir)?;
    if snapshot.header.requested.iter().any(|asked| asked.operation == "ListAccounts") {
        return ListedAccounts::from_snapshot(snapshot, None);
    }
    let named: Vec<String> = match entries {
        Some(entries) => entries.keys().cloned().collect(),
        None => {
            let file = dir.join("..").join("accounts.json");
            let bytes = files::read(&file).map_err(|error| files::at(&file, &error, "begin again with --fresh"))?;
            serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", file.display()))?
        }
    };
    ListedAccounts::from_snapshot(snapshot, Some(&named))
}

fn newest_pack(out: &Path, console: &Console) -> Result<Option<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    let unreadable = |error: std::io::Error| files::at(out, &error, "name a folder that can be read");
    for entry in fs::read_dir(out).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().map(files::shown).unwrap_or_default();
        let is_pack = name.starts_with("organization-") && files::is_folder(&path);
        if is_pack && files::is_file(&path.join(ENTRIES)) && files::is_folder(&path.join("snapshot")) {
            match Snapshot::open(&path.join("snapshot")) {
                Ok(snapshot) => found.push((snapshot.header.started, name.len(), path)),
                Err(problem) => console.line(&format!("warning: {}: this pack is left out: {problem}", path.display())),
            }
        }
    }
    let newest = found.into_iter().max().map(|(.., path)| path);
    if let Some(pack) = &newest {
        let found = seal::verify(pack)?;
        if !found.intact() {
            let (place, what) = (pack.display(), found.in_short());
            return Err(
                format!("{place}: the pack does not match its checksums: {what}\n  next: fetch it again").into()
            );
        }
    }
    Ok(newest)
}

/// Aggregates and writes the pack; `from` has the records of accounts without a pack.
pub fn join(
    from: &Path,
    options: &PackOptions,
    plan: &Plan,
    listed: ListedAccounts,
    mut entries: BTreeMap<String, Entry>,
    console: &Console,
) -> Result<OrganizationPack, Box<dyn Error>> {
    let step = console.step("joining the accounts' packs");
    for entry in entries.values_mut().filter(|entry| entry.state.has_pack()) {
        complete(&options.out, entry);
    }
    let labels = plan.labels(options, None);
    let about = About { name: labels.organization.clone(), period: labels.period.clone(), ..listed.about };
    let started = listed.snapshot.as_ref().map(|snapshot| snapshot.header.started.to_string());
    let given = entries.clone();
    // In the order of aggregation, so that few results are buffered.
    let listed_entries = listed.listing.accounts.iter().filter_map(|account| entries.get(&account.id));
    let packs: Vec<(String, Entry)> = listed_entries
        .filter(|entry| entry.state.has_pack())
        .map(|entry| (entry.account.clone(), entry.clone()))
        .collect();
    let found = |entry: &Entry| find(&options.out, plan.store.as_ref(), entry);
    let rolled = parallel_map(&packs, processors(), found, |verified| {
        organization::roll_up(about, listed.listing, entries, |entry| {
            step.tick(&format!("verifying {}", entry.pack.as_deref().unwrap_or_default()));
            verified.take(&entry.account).unwrap_or_else(|| found(entry))
        })
    });

    step.now("writing the organization's pack");
    let staged = staging::staged(&options.out)?;
    let dir = staged.path();
    let mut inputs = Vec::new();
    if let Some(snapshot) = &listed.snapshot {
        snapshot::copy(&snapshot.dir, &dir.join("snapshot"), Bring::Copy)?;
        inputs.push(inputs::folder("snapshot", &dir.join("snapshot"))?);
    }
    write_again(&dir.join(ENTRIES), (serde_json::to_string_pretty(&given)? + "\n").as_bytes())?;
    copy_calls(from, dir, &rolled)?;
    list_inputs(&mut inputs, &rolled, &labels);
    let edition = Edition { pack_id: &inputs::pack_id(&inputs), pdf: options.pdf(), fonts: plan.fonts.as_ref() };
    let progress = |text: &str| step.now(&format!("writing {text} of the organization"));
    let replaced = render::organization::write(&rolled, &edition, dir, &progress)?;
    inputs::write(dir, &inputs)?;
    let manifest = seal::seal(dir)?;
    let day = started.or_else(|| rolled.as_of.as_ref().map(|(_, last)| last.clone())).unwrap_or_default();
    let id: String = rolled.id.chars().filter(|it| it.is_ascii_alphanumeric() || *it == '-').take(40).collect();
    let name = format!("organization-{id}-{}", day.get(..10).unwrap_or("undated"));
    let place = one_pack::finalize(staged, options, &name, &|_| Ok(()))?;
    drop(step);
    one_pack::report_replaced(&replaced, console);
    let place = store::keep(plan.store.as_ref(), place, console)?;
    let exit = report(&place, &manifest, &rolled, options, console);
    Ok(OrganizationPack { name: place.file_name().unwrap_or_default().to_string_lossy().into_owned(), exit })
}

/// Adds what an entry lacks from its pack.
fn complete(out: &Path, entry: &mut Entry) {
    let Some(dir) = entry.pack.as_deref().filter(|name| is_plain(name)).map(|name| out.join(name)) else { return };
    if entry.manifest_sha256.is_none() {
        entry.manifest_sha256 = files::read(&dir.join("SHA256SUMS")).ok().map(|bytes| sha256(&bytes));
    }
    if entry.pack_id.is_none() {
        let told = files::read(&dir.join("pack.json")).ok();
        let told: Option<serde_json::Value> = told.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        entry.pack_id = told.and_then(|told| told["pack_id"].as_str().map(str::to_owned));
    }
}

/// An account's pack of this run, from the folder or the store.
fn find(out: &Path, store: Option<&Store>, entry: &Entry) -> Result<Assessed, (State, String)> {
    let name = entry.pack.as_deref().filter(|name| is_plain(name));
    let (Some(store), Some(name)) = (store, name) else { return open(out, entry) };
    let here = files::read(&out.join(name).join("SHA256SUMS")).ok().map(|bytes| sha256(&bytes));
    if here.is_some() && here == entry.manifest_sha256 {
        return open(out, entry);
    }
    let missing = |error: Box<dyn Error>| {
        let told = error.to_string();
        // Without the next step, because the page is read long after the run.
        (State::Missing, told.split("\n  next:").next().unwrap_or_default().to_owned())
    };
    if store.have(&[format!("{name}/SHA256SUMS")]).map_err(|error| missing(error.into()))? != [true] {
        return Err((State::Missing, format!("the pack {name} is not in {}", store.address())));
    }
    let copy = LocalFolder::fetch(store, name, out).map_err(missing)?;
    open(copy.dir.parent().unwrap_or(out), entry)
}

/// Opens an account's pack after verifying its seal.
fn open(out: &Path, entry: &Entry) -> Result<Assessed, (State, String)> {
    let altered = |reason: String| (State::Altered, reason);
    let Some(name) = entry.pack.as_deref().filter(|name| is_plain(name)) else {
        return Err((State::Missing, "no pack is named".to_owned()));
    };
    let dir = out.join(name);
    if !files::is_folder(&dir) || !files::exists(&dir.join("SHA256SUMS")) {
        return Err((State::Missing, format!("the pack {name} is not in the folder")));
    }
    let found = seal::verify(&dir).map_err(|error| altered(error.to_string()))?;
    let is_the_same = entry.manifest_sha256.as_ref().is_none_or(|sha256| *sha256 == found.manifest_sha256);
    if !found.intact() || !is_the_same {
        return Err(altered(if is_the_same {
            format!("the pack {name} does not match its checksums: {}", found.in_short())
        } else {
            format!("the pack {name} is not the one that this run made: its manifest is another")
        }));
    }
    let bytes = files::read(&dir.join("assessment.json")).map_err(|error| altered(format!("{name}: {error}")))?;
    let told = assessed::read(&bytes).map_err(|problem| altered(format!("{name}/assessment.json: {problem}")))?;
    if told.account.id != entry.account {
        return Err(altered(format!("the pack {name} is of account {}", told.account.id)));
    }
    Ok(told)
}

/// Copies the call logs of accounts without a pack, which show the failed calls.
fn copy_calls(from: &Path, to: &Path, rolled: &Organization) -> Result<(), Box<dyn Error>> {
    for account in rolled.accounts.iter().filter(|account| !account.state.has_pack()) {
        let places = [
            from.join("accounts").join(&account.id).join("snapshot").join("calls.jsonl"),
            from.join("calls").join(format!("{}.jsonl", account.id)),
        ];
        if let Some(log) = places.iter().find(|place| files::is_file(place)) {
            files::private_folder(&to.join("calls"))
                .and_then(|()| files::copy(log, &to.join("calls").join(format!("{}.jsonl", account.id))))
                .map_err(|error| files::at(log, &error, FREE_SPACE))?;
        }
    }
    Ok(())
}

fn list_inputs(inputs: &mut Vec<inputs::Input>, rolled: &Organization, labels: &Labels) {
    let mut accounts: Vec<_> = rolled.accounts.iter().collect();
    accounts.sort_by(|a, b| a.id.cmp(&b.id));
    for account in accounts {
        let (pack, manifest) = (account.pack.as_deref(), account.manifest_sha256.as_ref());
        inputs.push(match (pack, manifest, &account.pack_id) {
            (Some(pack), Some(manifest), id) if account.state.has_pack() => inputs::Input {
                name: "account-pack",
                what: format!("{pack}, pack id {}", id.as_deref().unwrap_or("not told")),
                sha256: manifest.clone(),
            },
            _ => {
                let why = account.reason.as_deref().unwrap_or_default();
                let what = format!("{}: no pack: {}", account.id, account.state.words());
                let state = (&account.id, account.state, why);
                inputs::Input { name: "account-without-pack", what, sha256: sha256_of(&state) }
            }
        });
    }
    for (name, what, sha256) in [
        ("configuration", "labels", sha256_of(labels)),
        ("templates", "templates and fonts", render::templates_sha256()),
    ] {
        inputs.push(inputs::Input { name, what: what.to_owned(), sha256 });
    }
    inputs.push(inputs::tool());
}

fn report(place: &Path, manifest: &str, rolled: &Organization, options: &PackOptions, console: &Console) -> Exit {
    let totals = &rolled.totals;
    let limit = options.fail_on.map(severity);
    let failed = limit.is_some_and(|limit| {
        rolled.controls.iter().any(|one| one.accounts.fail > 0 && severity_named(&one.severity) >= limit)
    });
    let is_open = |account: &organization::Account| !matches!(account.state, State::Complete | State::NotActive);
    let incomplete = rolled.accounts.iter().any(is_open) || !rolled.gaps.is_empty();
    let exit = match (incomplete, failed) {
        (true, _) => Exit::Incomplete,
        (false, true) => Exit::Failed,
        (false, false) => Exit::Done,
    };
    let states: Vec<String> = totals.states.iter().map(|(state, count)| format!("{count} {}", state.words())).collect();
    let count = |mark| rolled.controls.iter().filter(|one| one.verdict == mark).count();
    let mut words = vec![
        place.display().to_string(),
        format!("{} accounts: {}", totals.accounts, states.join(", ")),
        format!(
            "{} controls over all accounts: {} fail, {} inconclusive, {} pass",
            rolled.controls.len(),
            count(Verdict::Fail),
            count(Verdict::Unknown),
            count(Verdict::Pass)
        ),
    ];
    words.extend(rolled.gaps.iter().map(|gap| format!("not known: {gap}")));
    words.extend(summary::how_to_check(place, manifest));
    words.push(format!("open {}", place.join("index.html").display()));
    let states: serde_json::Map<String, serde_json::Value> = totals
        .states
        .iter()
        .map(|(state, count)| (state.words().replace(' ', "_"), serde_json::json!(count)))
        .collect();
    console.result(
        &serde_json::json!({
            "pack": files::shown(place.as_os_str()), "manifest_sha256": manifest, "signed": false, "accounts": totals.accounts, "with_pack": totals.with_pack,
            "without_pack": totals.without_pack, "not_active": totals.not_active, "states": states,
            "exit": exit.code(), "evidence_incomplete": incomplete, "failed_at_or_above_limit": failed,
            "gaps": rolled.gaps,
        }),
        &words.join("\n"),
    );
    exit
}
