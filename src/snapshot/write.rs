//! Writes a snapshot so that a kill at any moment loses no call that has a line.
//!
//! A call's files are written under a temporary name, synced, renamed, and their folder is synced; only then is the
//! call's line appended and synced. This happens while the next calls are made: see [`super::background_writer`].

use super::background_writer::{BackgroundWriter, Recorded};
use super::format::{Call, FORMAT, Header};
use super::{layout, read};
use crate::files;
use flate2::{Compression, GzBuilder};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

const HEADER: &str = "snapshot.json";
pub(super) const LOG: &str = "calls.jsonl";
pub(super) const README: &str = "README.txt";

/// The only writer of a snapshot.
#[derive(Debug)]
pub struct Writer {
    dir: PathBuf,
    header: Header,
    calls: Vec<Call>,
    writer: BackgroundWriter,
    /// The README is never replaced, so a lock on it excludes a second writer without a lock file.
    _lock: File,
}

/// Why a snapshot cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("{place}: {problem}\n  next: check the disk and the folder's permissions")]
    Io { place: String, problem: io::Error },
    #[error("{place}: the folder already holds files\n  next: choose another folder, or resume the snapshot in it")]
    NotEmpty { place: String },
    #[error("{place}: another collection is at work here\n  next: wait for it, or choose another folder")]
    Locked { place: String },
    #[error("{place}: {problem}\n  next: start a new snapshot in another folder")]
    NotASnapshot { place: String, problem: String },
}

impl Writer {
    /// Creates a snapshot in a new or empty folder.
    pub fn create(dir: &Path, header: Header) -> Result<Self, WriteError> {
        make_dir(dir)?;
        let mut present = fs::read_dir(dir).map_err(|problem| io_error(dir, problem))?;
        if present.next().is_some() {
            if Self::is_at_work(dir) {
                return Err(WriteError::Locked { place: dir.display().to_string() });
            }
            return Err(WriteError::NotEmpty { place: dir.display().to_string() });
        }
        close_to_others(dir)?;
        atomic(&dir.join(README), README_TEXT.as_bytes())?;
        let lock = lock(dir)?;
        atomic(&dir.join(LOG), b"")?;
        let writer = begin(dir)?;
        let writer = Self { dir: dir.to_owned(), header, calls: Vec::new(), writer, _lock: lock };
        writer.write_header()?;
        if let Some(parent) = dir.parent() {
            sync_dir(parent);
        }
        Ok(writer)
    }

    /// Whether another process is writing into this folder.
    pub fn is_at_work(dir: &Path) -> bool {
        matches!(lock(dir), Err(WriteError::Locked { .. }))
    }

    /// Resumes an interrupted snapshot. A torn last line is removed.
    pub fn resume(dir: &Path) -> Result<Self, WriteError> {
        let header_path = dir.join(HEADER);
        let not_a_snapshot =
            |path: &Path, problem: String| WriteError::NotASnapshot { place: path.display().to_string(), problem };
        let text = match files::read(&header_path) {
            Ok(text) => text,
            Err(problem) if problem.kind() == io::ErrorKind::NotFound => {
                // A collection that has just started has no header yet.
                if Self::is_at_work(dir) {
                    return Err(WriteError::Locked { place: dir.display().to_string() });
                }
                return Err(not_a_snapshot(dir, "there is no snapshot to resume".to_owned()));
            }
            Err(problem) => return Err(io_error(&header_path, problem)),
        };
        let header: Header =
            serde_json::from_slice(&text).map_err(|problem| not_a_snapshot(&header_path, problem.to_string()))?;
        if header.format != FORMAT {
            let problem = format!("the format is {:?}; this program writes {FORMAT:?}", header.format);
            return Err(not_a_snapshot(&header_path, problem));
        }
        let lock = lock(dir)?;
        // A snapshot from elsewhere may contain links, and evidence would be written to their targets.
        read::only_plain_files(dir, "")
            .map_err(|read::ReadError::Unreadable { place, problem, .. }| not_a_snapshot(&dir.join(place), problem))?;
        let log_path = dir.join(LOG);
        let text = files::read(&log_path).map_err(|problem| io_error(&log_path, problem))?;
        let (calls, whole) =
            parse_log(&text).map_err(|(line, problem)| not_a_snapshot(&log_path, format!("line {line}: {problem}")))?;
        // A hard link may be any file of the user, so the log is copied to a new file first.
        if whole < text.len() || files::has_other_names(&log_path) {
            atomic(&log_path, &text[..whole])?;
        }
        Ok(Self { dir: dir.to_owned(), header, calls, writer: begin(dir)?, _lock: lock })
    }

    /// The header as last written.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Every line of the log so far.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// Changes the header in memory; the next [`Self::update`] writes it.
    pub fn plan(&mut self, change: impl FnOnce(&mut Header)) {
        change(&mut self.header);
    }

    /// Changes the header on disk atomically, after all calls so far are written.
    pub fn update(&mut self, change: impl FnOnce(&mut Header)) -> Result<(), WriteError> {
        self.writer.flush()?;
        change(&mut self.header);
        self.write_header()
    }

    /// The id that the next call gets.
    pub fn next_id(&self) -> String {
        let last = self.calls.iter().filter_map(|call| call.id.strip_prefix('c')?.parse::<u64>().ok()).max();
        format!("c{:05}", last.unwrap_or(0) + 1)
    }

    /// Records a call: its files first, then its line. `wire` is the body to keep, `files` are names relative to the
    /// snapshot with their bytes. Sets the call's ID. Writing happens in the background; a failure is returned by the
    /// next record or update.
    pub fn record(
        &mut self,
        mut call: Call,
        wire: Option<&[u8]>,
        files: &[(&str, &[u8])],
    ) -> Result<&Call, WriteError> {
        call.id = self.next_id();
        let packed = wire.map(|body| (format!("wire/{}.gz", call.id), gzip(body)));
        let files = files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()));
        self.writer.put(Recorded { files: packed.into_iter().chain(files).collect(), line: line(&call) })?;
        self.calls.push(call);
        Ok(self.calls.last().expect("a call was pushed"))
    }

    /// Marks the calls at these indexes of [`Self::calls`] as superseded, atomically.
    pub fn supersede(&mut self, places: &[usize]) -> Result<(), WriteError> {
        self.writer.flush()?;
        for place in places {
            self.calls[*place].superseded = true;
        }
        let text: String = self.calls.iter().map(line).collect();
        atomic(&self.dir.join(LOG), text.as_bytes())?;
        self.writer = begin(&self.dir)?;
        Ok(())
    }

    /// The bytes of a file of the snapshot.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, WriteError> {
        self.writer.flush()?;
        let path = self.dir.join(name);
        files::read(&path).map_err(|problem| io_error(&path, problem))
    }

    fn write_header(&self) -> Result<(), WriteError> {
        let mut text = serde_json::to_vec_pretty(&self.header).expect("a header is plain data");
        text.push(b'\n');
        atomic(&self.dir.join(HEADER), &text)
    }
}

/// The lines of a log and the length of its complete part, without a torn last line.
pub fn parse_log(text: &[u8]) -> Result<(Vec<Call>, usize), (usize, String)> {
    let mut calls = Vec::new();
    let mut whole = 0;
    for (index, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let is_last = whole + line.len() == text.len();
        match serde_json::from_slice::<Call>(line) {
            Ok(call) if line.ends_with(b"\n") => calls.push(call),
            _ if is_last => break,
            Ok(_) => unreachable!("only the last line can lack its end"),
            Err(problem) => return Err((index + 1, problem.to_string())),
        }
        whole += line.len();
    }
    Ok((calls, whole))
}

fn line(call: &Call) -> String {
    let mut line = serde_json::to_string(call).expect("a call is plain data");
    line.push('\n');
    line
}

/// Without time and system in its header, so equal bodies give equal files.
fn gzip(body: &[u8]) -> Vec<u8> {
    let mut packed = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::default());
    packed.write_all(body).and_then(|()| packed.finish()).expect("a Vec takes any bytes")
}

pub(super) fn io_error(place: &Path, problem: io::Error) -> WriteError {
    WriteError::Io { place: place.display().to_string(), problem }
}

fn lock(dir: &Path) -> Result<File, WriteError> {
    let path = dir.join(README);
    let opened = files::open_with(&path, OpenOptions::new().read(true).write(true));
    let file = opened.map_err(|problem| io_error(&path, problem))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(WriteError::Locked { place: dir.display().to_string() }),
        Err(fs::TryLockError::Error(problem)) => Err(io_error(&path, problem)),
    }
}

fn begin(dir: &Path) -> Result<BackgroundWriter, WriteError> {
    BackgroundWriter::start(dir, open_log(dir)?).map_err(|problem| io_error(dir, problem))
}

fn open_log(dir: &Path) -> Result<File, WriteError> {
    let path = dir.join(LOG);
    files::open_with(&path, OpenOptions::new().append(true)).map_err(|problem| io_error(&path, problem))
}

/// Replaces a file atomically.
pub(super) fn atomic(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let beside = TempFile::write(path, bytes)?;
    beside.sync(path)?;
    beside.rename_over(path)?;
    if let Some(folder) = path.parent() {
        sync_dir(folder);
    }
    Ok(())
}

/// The new bytes of a file under a temporary name.
pub(super) struct TempFile {
    place: PathBuf,
    file: File,
}

impl TempFile {
    pub fn write(path: &Path, bytes: &[u8]) -> Result<Self, WriteError> {
        let mut place = path.as_os_str().to_owned();
        place.push(".tmp");
        let place = PathBuf::from(place);
        // A temporary file of a killed run is replaced; a link with that name is removed, not followed.
        let mut file = files::create_again(&place).map_err(|problem| io_error(path, problem))?;
        file.write_all(bytes).map_err(|problem| io_error(path, problem))?;
        Ok(Self { place, file })
    }

    pub fn sync(&self, path: &Path) -> Result<(), WriteError> {
        self.file.sync_all().map_err(|problem| io_error(path, problem))
    }

    pub fn rename_over(self, path: &Path) -> Result<(), WriteError> {
        fs::rename(&self.place, path).map_err(|problem| io_error(path, problem))
    }
}

pub(super) fn make_dir(dir: &Path) -> Result<(), WriteError> {
    if dir.is_dir() {
        return Ok(());
    }
    files::private_folder(dir).map_err(|problem| io_error(dir, problem))?;
    // New names are entries of the parent folders; a snapshot has three levels.
    for above in dir.ancestors().skip(1).take(3) {
        sync_dir(above);
    }
    Ok(())
}

/// Makes an existing folder private.
pub(super) fn close_to_others(dir: &Path) -> Result<(), WriteError> {
    #[cfg(unix)]
    {
        let mode = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o700);
        fs::set_permissions(dir, mode).map_err(|problem| io_error(dir, problem))?;
    }
    Ok(())
}

/// Best effort: some file systems cannot sync a folder, and their errors do not say so reliably.
pub(super) fn sync_dir(dir: &Path) {
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    if cfg!(unix) {
        let _ = File::open(dir).and_then(|folder| folder.sync_all());
    }
}

/// The evidence file of a page: `stem.json` for a single page, otherwise `stem/0001.json`.
pub fn page_name(stem: &str, page: Option<u32>) -> String {
    match page {
        None => format!("{stem}.json"),
        Some(page) => format!("{stem}/{page:04}.json"),
    }
}

impl Writer {
    /// A stem for evidence that no logged call uses: `<stem>`, otherwise `<stem>.2`, `<stem>.3` …, with the parameter's
    /// value for calls with parameters.
    pub fn free_stem(&self, stem: &str, value: Option<&str>) -> String {
        let candidate = |generation: u32| {
            let folder = if generation == 1 { stem.to_owned() } else { format!("{stem}.{generation}") };
            match value {
                Some(value) => format!("{folder}/{}", layout::file_name(value)),
                None => folder,
            }
        };
        let taken = |stem: &str| {
            self.calls.iter().filter_map(|call| call.evidence.as_deref()).any(|name| {
                name.strip_prefix(stem).is_some_and(|rest| {
                    rest == ".json" || rest.strip_prefix('/').is_some_and(|page| value.is_some() || is_page(page))
                })
            })
        };
        (1..).map(candidate).find(|stem| !taken(stem)).expect("a log has fewer lines than there are numbers")
    }
}

/// `0001.json`; files of calls with parameters have longer names.
fn is_page(name: &str) -> bool {
    name.strip_suffix(".json").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

const README_TEXT: &str = "\
This folder is a snapshot of the identity and access settings of an AWS account.

HANDLE WITH CARE. It lists every user, role, group and policy of the account, with
account ids, ARNs, e-mail-like names, the times at which credentials were used, and
the external ids of trust policies; with more sources than IAM also the names, mail
addresses and telephone numbers of the account's contacts and of the people in Identity
Center. It holds no password, no secret key, no MFA seed
and no session credentials: those are never requested. Whoever reads it learns where
the account is weak. Keep it as you keep audit evidence: encrypted, for few, no
longer than needed.

snapshot.json   when, by whom, which account, with which version of the program,
                and everything that the collection set out to ask
calls.jsonl     one line a request: time, operation, parameters, AWS's request id,
                the SHA-256 of the response, the evidence file, or the error
wire/           the body of each response as AWS sent it, refusals included;
                gunzip -c wire/c00001.gz | sha256sum  gives the hash in calls.jsonl
                (a body with a member that must never be stored is not kept, nor is
                the body of a failed call above 256 KB; a call that failed without
                an HTTP response, such as a time limit that ran out, has none: its
                line in calls.jsonl is the only record of it, and its failure cannot
                be derived again)
evidence/       the same answers in the shape in which the AWS CLI prints them

A line with \"superseded\": true was repeated later, after an interruption.
Do not edit anything here: hashes are how others can trust it.
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Origin;
    use std::io::Read as _;

    fn header() -> Header {
        Header {
            format: FORMAT.to_owned(),
            origin: Origin::Observed,
            account: None,
            partition: None,
            regions: vec!["us-east-1".to_owned()],
            regions_enabled: Vec::new(),
            caller: None,
            started: "2026-01-02T03:04:05Z".parse().unwrap(),
            finished: None,
            resumed: Vec::new(),
            mixed_times: false,
            throttled: Vec::new(),
            endpoints: Vec::new(),
            tool_version: "0.0.0".to_owned(),
            depth: "standard".to_owned(),
            requested: Vec::new(),
        }
    }

    fn call(operation: &str, evidence: Option<&str>) -> Call {
        let line = serde_json::json!({
            "id": "", "source": "s", "service": "iam", "operation": operation, "region": "aws-global",
            "parameters": {}, "started": "2026-01-02T03:04:05Z", "ms": 1, "attempt": 1, "evidence": evidence
        });
        serde_json::from_value(line).unwrap()
    }

    #[test]
    fn a_torn_last_line_is_cut_away_and_the_rest_goes_on() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("s");
        let mut writer = Writer::create(&dir, header()).unwrap();
        writer.record(call("A", None), Some(b"<a/>"), &[("evidence/iam/a.json", b"{}")]).unwrap();
        writer.record(call("B", None), None, &[]).unwrap();
        drop(writer);
        let log = dir.join(LOG);
        let whole = fs::read(&log).unwrap();
        for torn in [&b"{\"id\":\"c00003\",\"sour"[..], b"\0\0\0\0", b"{\"id\":\n"] {
            fs::write(&log, [&whole, torn].concat()).unwrap();
            let mut writer = Writer::resume(&dir).unwrap();
            assert_eq!(writer.calls().len(), 2);
            assert_eq!(fs::read(&log).unwrap(), whole, "the torn line is gone from the disk");
            assert_eq!(writer.record(call("C", None), None, &[]).unwrap().id, "c00003");
        }
    }

    #[test]
    fn a_damaged_line_in_the_middle_is_an_error_with_its_number() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("s");
        let mut writer = Writer::create(&dir, header()).unwrap();
        writer.record(call("A", None), None, &[]).unwrap();
        drop(writer);
        let whole = fs::read_to_string(dir.join(LOG)).unwrap();
        fs::write(dir.join(LOG), format!("{{broken\n{whole}")).unwrap();
        let message = Writer::resume(&dir).unwrap_err().to_string();
        assert!(message.contains("calls.jsonl: line 1") && message.contains("next:"), "{message}");
    }

    #[test]
    fn superseding_marks_lines_and_appending_goes_on_in_the_same_file() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("s");
        let mut writer = Writer::create(&dir, header()).unwrap();
        writer.record(call("A", None), None, &[]).unwrap();
        writer.record(call("B", None), None, &[]).unwrap();
        writer.supersede(&[1]).unwrap();
        writer.record(call("B", None), None, &[]).unwrap();
        drop(writer);
        let (calls, _) = parse_log(&fs::read(dir.join(LOG)).unwrap()).unwrap();
        let seen: Vec<_> = calls.iter().map(|call| (call.id.as_str(), call.superseded)).collect();
        assert_eq!(seen, [("c00001", false), ("c00002", true), ("c00003", false)]);
    }

    #[test]
    fn a_second_writer_and_a_used_folder_are_rejected() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("s");
        let writer = Writer::create(&dir, header()).unwrap();
        assert!(matches!(Writer::resume(&dir), Err(WriteError::Locked { .. })));
        drop(writer);
        assert!(matches!(Writer::create(&dir, header()), Err(WriteError::NotEmpty { .. })));
        assert!(Writer::resume(&dir).is_ok());
        assert!(matches!(Writer::resume(place.path()), Err(WriteError::NotASnapshot { .. })));
    }

    #[test]
    fn equal_bodies_give_equal_private_files() {
        let packed = gzip(b"<a/>");
        assert_eq!(packed[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
        let mut body = String::new();
        flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut body).unwrap();
        assert_eq!(body, "<a/>");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let place = tempfile::tempdir().unwrap();
            let dir = place.path().join("a/s");
            Writer::create(&dir, header()).unwrap();
            assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
            assert_eq!(fs::metadata(dir.join(LOG)).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn older_pages_are_never_overwritten() {
        let place = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(&place.path().join("s"), header()).unwrap();
        let stem = "evidence/iam/get-x";
        assert_eq!(writer.free_stem(stem, None), stem);
        writer.record(call("GetX", Some("evidence/iam/get-x/0001.json")), None, &[]).unwrap();
        assert_eq!(writer.free_stem(stem, None), "evidence/iam/get-x.2");
        assert_eq!(writer.free_stem(stem, Some("b")), "evidence/iam/get-x/b");
        writer.record(call("GetX", Some("evidence/iam/get-x/b.json")), None, &[]).unwrap();
        assert_eq!(writer.free_stem(stem, Some("b")), "evidence/iam/get-x.2/b");
        writer.record(call("GetX", Some("evidence/iam/get-x.2.json")), None, &[]).unwrap();
        assert_eq!(writer.free_stem(stem, None), "evidence/iam/get-x.3");
        assert_eq!(page_name(stem, Some(12)), "evidence/iam/get-x/0012.json");
    }
}
