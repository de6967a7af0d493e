//! Copies a snapshot: the files that its log names and nothing else, as private plain files.
//!
//! A pack is assessed from its own copy of the snapshot, so the assessed evidence is the sealed evidence even if the
//! original changes meanwhile.

use super::format::{Call, Header, Origin};
use super::read::{COPY_AGAIN, ReadError, companion, file_error, header as read_header, read_calls, stays_inside};
use super::write::{LOG, README};
use crate::files;
use crate::text::one_line;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

/// How a snapshot is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bring {
    /// The original stays, and a change to it does not change the copy.
    Copy,
    /// The original is temporary and is removed once the copy is sealed, so its files are linked instead of copied.
    Link,
}

/// Copies the snapshot in `from` to the new folder `to`. Returns the files of `from` that are not part of the snapshot;
/// they are not copied.
pub fn copy(from: &Path, to: &Path, bring: Bring) -> Result<Vec<String>, ReadError> {
    // Read the header first: without one, the folder is not a snapshot.
    read_header(from)?;
    let unwritten = |error: &io::Error| {
        let next = "free some space, or name a folder that can be written to with --out";
        ReadError::new(files::shown(to.as_os_str()), error.to_string(), next)
    };
    files::private_folder(to).map_err(|error| unwritten(&error))?;
    for name in ["snapshot.json", LOG, README] {
        let source = from.join(name);
        if files::exists(&source) {
            files::copy(&source, &to.join(name)).map_err(|error| file_error(&name_of(&source), &error))?;
        }
    }
    // Copy the files that the copied log names, because this log is the sealed one.
    let header = read_header(to)?;
    let calls = read_calls(to, &header)?;
    let named = named(&header, &calls)?;
    for name in &named {
        let (source, target) = (from.join(name), to.join(name));
        // A missing file is reported when the snapshot is read, with the call that needs it.
        if !files::exists(&source) {
            continue;
        }
        if let Some(parent) = target.parent() {
            files::private_folder(parent).map_err(|error| unwritten(&error))?;
        }
        bring_one(&source, &target, bring).map_err(|error| file_error(name, &error))?;
    }
    let mut left = Vec::new();
    unknown(from, "", &named, &mut left)?;
    left.sort();
    Ok(left)
}

fn bring_one(source: &Path, target: &Path, bring: Bring) -> io::Result<()> {
    // Not every file system has hard links, and a linked symbolic link would stay one.
    if bring == Bring::Link && files::is_file(source) && fs::hard_link(source, target).is_ok() {
        return Ok(());
    }
    files::copy(source, target).map(drop)
}

/// The files that a log names: evidence, decoded companions, and bodies.
fn named(header: &Header, calls: &[Call]) -> Result<BTreeSet<String>, ReadError> {
    let mut names = BTreeSet::new();
    for call in calls {
        if !is_id(&call.id) {
            let problem = format!("{:?} cannot be the id of a call", call.id);
            return Err(ReadError::new(LOG, problem, COPY_AGAIN));
        }
        if header.origin == Origin::Observed && call.sha256.is_some() {
            names.insert(wire_name(&call.id));
        }
        if let Some(evidence) = &call.evidence {
            if !stays_inside(evidence) {
                let problem = format!("call {} names an evidence file outside the snapshot: {evidence:?}", call.id);
                return Err(ReadError::new(LOG, problem, COPY_AGAIN));
            }
            names.extend(companion(evidence));
            names.insert(evidence.clone());
        }
    }
    Ok(names)
}

/// The file of a call's body.
pub(crate) fn wire_name(id: &str) -> String {
    format!("wire/{id}.gz")
}

/// `c00001`. It becomes a file name.
fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 32 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Files that nothing names. Links and special files are rejected: a snapshot with one was altered.
fn unknown(dir: &Path, below: &str, named: &BTreeSet<String>, left: &mut Vec<String>) -> Result<(), ReadError> {
    let folder = dir.join(below);
    let unreadable = |error: io::Error| file_error(&name_of(&folder), &error);
    for entry in fs::read_dir(&folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        let own = files::shown(&entry.file_name());
        let name = if below.is_empty() { own } else { format!("{below}/{own}") };
        if let Some(what) = files::special(kind) {
            let problem = format!("this is {what}; a snapshot holds plain files and folders only");
            return Err(ReadError::new(one_line(&name), problem, COPY_AGAIN));
        }
        let is_known = named.contains(&name) || ["snapshot.json", LOG, README].contains(&name.as_str());
        if kind.is_dir() && entry.file_name().to_str().is_some() {
            unknown(dir, &name, named, left)?;
        } else if !is_known {
            left.push(one_line(&name));
        }
    }
    Ok(())
}

fn name_of(path: &Path) -> String {
    files::shown(path.as_os_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Snapshot;
    use crate::snapshot::fixture::Fixture;
    use serde_json::json;

    #[test]
    fn only_files_in_the_log_are_copied_and_they_are_private() {
        let fixture = Fixture::new().answer("iam", "ListUsers", json!({ "Users": [] }));
        let from = fixture.write().unwrap().dir;
        fs::write(from.join("evil.html"), "<script>").unwrap();
        fs::create_dir_all(from.join("wire")).unwrap();
        fs::write(from.join("wire/run.sh"), "#!/bin/sh").unwrap();
        let place = tempfile::tempdir().unwrap();
        let to = place.path().join("snapshot");
        assert_eq!(copy(&from, &to, Bring::Copy).unwrap(), ["evil.html", "wire/run.sh"]);
        assert_eq!(Snapshot::open(&to).unwrap().calls, Snapshot::open(&from).unwrap().calls);
        assert!(!to.join("evil.html").exists() && !to.join("wire").exists());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
            assert_eq!((mode(&to), mode(&to.join("calls.jsonl"))), (0o700, 0o600));
        }
    }

    #[test]
    fn a_log_with_paths_outside_the_snapshot_is_rejected() {
        let elsewhere = |change: &dyn Fn(&mut Call)| {
            let fixture = Fixture::new().answer("iam", "ListUsers", json!({})).last(change);
            let _ = fixture.write();
            let place = tempfile::tempdir().unwrap();
            copy(fixture.dir(), &place.path().join("s"), Bring::Copy).unwrap_err().to_string()
        };
        assert!(elsewhere(&|call| call.id = "../x".to_owned()).contains("cannot be the id"));
        assert!(elsewhere(&|call| call.evidence = Some("../x".to_owned())).contains("outside the snapshot"));
    }
}
