//! Finds account packs in a folder or a store when there is no record of an organization run.

use super::entries::is_plain;
use crate::digest::sha256;
use crate::files;
use crate::organization::{Entry, State, assessed};
use crate::run::progress::Console;
use crate::store::Store;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

/// The newest pack of each account in a folder or a store. An unreadable pack does not affect others.
pub fn packs(out: &Path, store: Option<&Store>, console: &Console) -> Result<BTreeMap<String, Entry>, Box<dyn Error>> {
    let mut found = BTreeMap::new();
    let mut take = |name: &str, place: &str, read: ReadFile<'_>| {
        if let Err(problem) = consider(&mut found, name, read) {
            console.line(&format!("warning: {place}: this pack is left out: {problem}"));
        }
    };
    if let Some(store) = store {
        let names: Vec<&String> = store.names()?.iter().filter(|name| account_of(name).is_some()).collect();
        let manifests: Vec<String> = names.iter().map(|name| format!("{name}/SHA256SUMS")).collect();
        for (name, is_whole) in names.into_iter().zip(store.have(&manifests)?) {
            if is_whole {
                let read = |file: &str| -> Result<Vec<u8>, Box<dyn Error>> {
                    Ok(store.get(&format!("{name}/{file}"))?.unwrap_or_default())
                };
                take(name, &format!("{}/{name}", store.address()), &read);
            }
        }
    }
    for entry in fs::read_dir(out).into_iter().flatten() {
        let path = entry.map_err(|error| files::at(out, &error, "name a folder that can be read"))?.path();
        let name = path.file_name().map(files::shown).unwrap_or_default();
        let is_pack = files::is_folder(&path) && files::is_file(&path.join("SHA256SUMS"));
        if account_of(&name).is_some() && is_pack {
            let read = |file: &str| -> Result<Vec<u8>, Box<dyn Error>> {
                files::read(&path.join(file)).map_err(|error| format!("{file}: {error}").into())
            };
            take(&name, &path.display().to_string(), &read);
        }
    }
    Ok(found.into_iter().map(|(account, (.., entry))| (account, entry)).collect())
}

/// The account that a pack is named after.
fn account_of(name: &str) -> Option<&str> {
    let account = name.split('-').next()?;
    (crate::arn::is_account(account) && is_plain(name)).then_some(account)
}

/// Reads a file of a pack, in a folder or a store.
type ReadFile<'a> = &'a dyn Fn(&str) -> Result<Vec<u8>, Box<dyn Error>>;

/// Records a pack for its account if there is none or only an older one.
fn consider(
    found: &mut BTreeMap<String, (String, usize, Entry)>,
    name: &str,
    read: ReadFile<'_>,
) -> Result<(), Box<dyn Error>> {
    let told = assessed::read(&read("assessment.json")?).map_err(|problem| format!("assessment.json: {problem}"))?;
    let account = account_of(name).unwrap_or_default().to_owned();
    if found.get(&account).is_some_and(|(as_of, length, _)| (as_of, *length) >= (&told.as_of, name.len())) {
        return Ok(());
    }
    let pack: Option<serde_json::Value> = serde_json::from_slice(&read("pack.json").unwrap_or_default()).ok();
    let entry = Entry {
        account: account.clone(),
        state: State::Incomplete,
        code: None,
        reason: None,
        request_id: None,
        at: String::new(),
        pack: Some(name.to_owned()),
        pack_id: pack.and_then(|pack| pack["pack_id"].as_str().map(str::to_owned)),
        manifest_sha256: Some(sha256(&read("SHA256SUMS")?)),
    };
    found.insert(account, (told.as_of, name.len(), entry));
    Ok(())
}
