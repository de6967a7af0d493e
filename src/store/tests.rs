use super::{Address, Kind, Mode, Place, Record, Retention, Store};
use crate::collect::Options;
use jiff::Timestamp;
use std::fs;
use std::path::Path;

fn at(dir: &Path) -> Store {
    Store::open(&Address { place: Place::Folder(dir.to_owned()) }, None, &Options::default()).unwrap()
}

/// A folder that looks like a pack, under a name.
fn pack(dir: &Path, name: &str, id: &str) -> std::path::PathBuf {
    let pack = dir.join(name);
    fs::create_dir_all(pack.join("snapshot/evidence")).unwrap();
    fs::write(pack.join("pack.json"), id).unwrap();
    fs::write(pack.join("snapshot/evidence/%2E%2Fa%00~b.json"), "hostile name").unwrap();
    fs::write(pack.join("snapshot/evidence/ü =x.json"), "").unwrap();
    fs::write(pack.join("large.bin"), vec![7; 9 << 20]).unwrap();
    fs::write(pack.join("SHA256SUMS"), format!("sums of {id}")).unwrap();
    pack
}

fn same(a: &Path, b: &Path) {
    for name in
        ["pack.json", "snapshot/evidence/%2E%2Fa%00~b.json", "snapshot/evidence/ü =x.json", "large.bin", "SHA256SUMS"]
    {
        assert_eq!(fs::read(a.join(name)).unwrap(), fs::read(b.join(name)).unwrap(), "{name}");
    }
}

fn keep(store: &Store, pack: &Path) -> Result<String, String> {
    let name = pack.file_name().unwrap().to_str().unwrap();
    store.keep(Kind::Pack, pack, name, &|_| true).map_err(|error| error.to_string())
}

#[test]
fn what_is_kept_comes_back_byte_for_byte_and_is_never_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let store = at(&dir.path().join("store"));
    let name = "123456789012-2026-09-30";
    let first = pack(&dir.path().join("a"), name, "one");
    assert_eq!(keep(&store, &first).unwrap(), name);
    assert_eq!(keep(&store, &first).unwrap(), name, "the same pack is there already");
    let second = pack(&dir.path().join("b"), name, "two");
    assert_eq!(keep(&store, &second).unwrap(), format!("{name}-2"));
    let third = pack(&dir.path().join("c"), &format!("{name}-2"), "three");
    assert_eq!(keep(&store, &third).unwrap(), format!("{name}-3"));

    let there = at(&dir.path().join("store"));
    assert_eq!(there.names().unwrap().len(), 3);
    for (kept, made) in [(name.to_owned(), &first), (format!("{name}-2"), &second), (format!("{name}-3"), &third)] {
        let back = dir.path().join("back").join(&kept);
        there.fetch(&kept, &back).unwrap();
        same(&back, made);
    }
    // A name that is taken on this side is not given.
    let fourth = pack(&dir.path().join("d"), name, "four");
    let taken = |candidate: &str| candidate != format!("{name}-4");
    assert_eq!(store.keep(Kind::Pack, &fourth, name, &taken).unwrap(), format!("{name}-5"));
}

#[cfg(unix)]
#[test]
fn a_snapshot_is_as_closed_in_the_store_as_it_was() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let made = pack(dir.path(), "123456789012-2026-09-30", "one");
    fs::set_permissions(made.join("snapshot"), fs::Permissions::from_mode(0o700)).unwrap();
    keep(&at(&dir.path().join("store")), &made).unwrap();
    let mode = |path: &str| fs::metadata(dir.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("store"), 0o700);
    assert_eq!(mode("store/123456789012-2026-09-30/snapshot"), 0o700);
}

#[test]
fn an_upload_that_was_cut_off_is_unfinished_and_is_gone_on_with() {
    let dir = tempfile::tempdir().unwrap();
    let store = at(&dir.path().join("store"));
    let name = "123456789012-2026-09-30";
    let made = pack(dir.path(), name, "one");
    let kept = dir.path().join("store").join(name);
    // What a process leaves that is killed after the claim and one file.
    fs::create_dir_all(&kept).unwrap();
    fs::copy(made.join("pack.json"), kept.join("pack.json")).unwrap();
    fs::copy(made.join("large.bin"), kept.join("large.bin")).unwrap();
    let manifest = [format!("{name}/SHA256SUMS")];
    assert_eq!(store.have(&manifest).unwrap(), [false]);
    assert_eq!(keep(&store, &made).unwrap(), name);
    assert_eq!(store.have(&manifest).unwrap(), [true]);
    same(&kept, &made);
}

#[test]
fn another_s_bytes_in_a_pack_s_place_end_the_upload_before_its_manifest() {
    let dir = tempfile::tempdir().unwrap();
    let store = at(&dir.path().join("store"));
    let name = "123456789012-2026-09-30";
    let made = pack(dir.path(), name, "one");
    let kept = dir.path().join("store").join(name);
    fs::create_dir_all(&kept).unwrap();
    fs::copy(made.join("pack.json"), kept.join("pack.json")).unwrap();
    fs::write(kept.join("large.bin"), "something else").unwrap();
    let problem = keep(&store, &made).unwrap_err();
    assert!(problem.contains("large.bin") && problem.contains("nothing is overwritten"), "{problem}");
    assert!(problem.contains("next:"), "{problem}");
    assert_eq!(fs::read(kept.join("large.bin")).unwrap(), b"something else");
    assert!(!kept.join("SHA256SUMS").exists());
}

#[cfg(unix)]
#[test]
fn a_name_that_cannot_be_a_file_s_here_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let name = "123456789012-2026-09-30";
    let kept = dir.path().join(name);
    fs::create_dir_all(&kept).unwrap();
    fs::write(kept.join("SHA256SUMS"), "").unwrap();
    fs::write(kept.join("..\\..\\evil"), "x").unwrap();
    let problem = at(dir.path()).fetch(name, &dir.path().join("back")).unwrap_err().to_string();
    assert!(problem.contains("evil") && problem.contains("next:"), "{problem}");
}

#[test]
fn what_is_not_there_is_told_and_a_folder_locks_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = at(dir.path());
    let problem = store.fetch("123456789012-2026-09-30", &dir.path().join("back")).unwrap_err().to_string();
    assert!(problem.contains("there is nothing of that name"), "{problem}");
    let retention = Retention { mode: Mode::Governance, until: Timestamp::UNIX_EPOCH };
    let address = Address { place: Place::Folder(dir.path().to_owned()) };
    let problem = Store::open(&address, Some(&retention), &Options::default()).unwrap_err().to_string();
    assert!(problem.contains("a folder cannot keep") && problem.contains("next:"), "{problem}");
}

#[test]
fn of_those_that_begin_a_run_at_once_one_is_first() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    let started: Timestamp = "2026-09-30T06:00:00Z".parse().unwrap();
    let ids: Vec<String> = (0..6)
        .map(|number| {
            let (store, listing) = (store.clone(), dir.path().join(format!("listing-{number}")));
            fs::create_dir_all(&listing).unwrap();
            fs::write(listing.join("calls.jsonl"), number.to_string()).unwrap();
            std::thread::spawn(move || {
                let record = Record::new(&format!("{number:016x}"), started, None);
                at(&store).begin_run(None, &listing, &record).unwrap().record.id
            })
        })
        .collect::<Vec<_>>()
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let run = at(&store).newest_run().unwrap().unwrap();
    let back = dir.path().join("back");
    run.fetch_listing(&back).unwrap();
    assert_eq!(
        format!("{:016x}", fs::read_to_string(back.join("calls.jsonl")).unwrap().parse::<u32>().unwrap()),
        ids[0]
    );
    assert!(!run.is_closed().unwrap());
    run.close("x").unwrap();
    assert!(run.is_closed().unwrap());
    // The next one has a number of its own.
    let record = Record::new("00000000000000aa", started, None);
    let next = at(&store).begin_run(Some(&run), &back, &record).unwrap();
    assert_eq!(at(&store).newest_run().unwrap().unwrap().record, next.record);
    assert_ne!(next.place(), run.place());
}
