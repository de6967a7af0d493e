//! Files as files: a plain file is opened, and anything else is named and left alone.
//!
//! A named pipe keeps its reader waiting for ever, and a symbolic link leads wherever its maker wants. Every file that
//! comes from a folder is therefore opened here: looked at first, opened without following a link and without
//! waiting, and looked at again when it is open, in case it was replaced in between. The same holds for writing.

use sha2::{Digest as _, Sha256};
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

/// Bytes of a file that people write: configuration, exceptions, lists of accounts, control pages.
const TEXT: u64 = 16 << 20;

/// What a thing in a folder is, if it is neither a plain file nor a folder.
pub fn special(kind: FileType) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return Some("a named pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
        if kind.is_block_device() || kind.is_char_device() {
            return Some("a device");
        }
    }
    match kind {
        kind if kind.is_symlink() => Some("a symbolic link"),
        kind if kind.is_file() || kind.is_dir() => None,
        _ => Some("neither a file nor a folder"),
    }
}

/// The same of a path, without following it; nothing where there is nothing.
pub fn special_at(path: &Path) -> Option<&'static str> {
    fs::symlink_metadata(path).ok().and_then(|found| special(found.file_type()))
}

/// Whether something has this name, a dangling link included.
pub fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Whether there is a plain file of this name: no link to one.
pub fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
}

/// Whether there is a folder of this name: no link to one.
pub fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

/// Whether a file has more names than this one (hard links), so that writing to it writes there as well.
pub fn has_other_names(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && found.nlink() > 1)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// Opens a plain file for reading.
pub fn open(path: &Path) -> io::Result<File> {
    open_with(path, OpenOptions::new().read(true))
}

/// Opens a plain file as the options say. It must exist: a link to nothing creates nothing.
pub fn open_with(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    only_a_file(fs::symlink_metadata(path)?.file_type())?;
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, libc::O_NOFOLLOW | libc::O_NONBLOCK);
    let file = options.open(path)?;
    only_a_file(file.metadata()?.file_type())?;
    Ok(file)
}

/// Refuses everything but a plain file.
fn only_a_file(kind: FileType) -> io::Result<()> {
    if kind.is_file() {
        return Ok(());
    }
    let what = special(kind).unwrap_or("a folder");
    Err(io::Error::other(format!("this is {what}; only a plain file is read or written here")))
}

/// The bytes of a plain file.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    read_at_most(path, u64::MAX)
}

/// The bytes of a plain file that has no more than so many.
pub fn read_at_most(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let mut bytes = Vec::new();
    // One byte more than is allowed, whatever the file becomes while it is read.
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("the file is larger than {most} bytes")));
    }
    Ok(bytes)
}

/// The text of a plain file that a person wrote.
pub fn read_text(path: &Path) -> io::Result<String> {
    let bytes = read_at_most(path, TEXT)?;
    String::from_utf8(bytes)
        .map_err(|error| io::Error::other(format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to())))
}

/// The bytes of a plain file that a person wrote.
pub fn read_written(path: &Path) -> io::Result<Vec<u8>> {
    read_at_most(path, TEXT)
}

/// Length and SHA-256 of a plain file, without holding it in memory.
pub fn hash(path: &Path) -> io::Result<(u64, String)> {
    digest(open(path)?, &mut io::sink())
}

/// Copies a plain file to a name that is free, for its owner's eyes; length and SHA-256 are those of the copy.
pub fn copy(from: &Path, to: &Path) -> io::Result<(u64, String)> {
    digest(open(from)?, &mut create(to)?)
}

fn digest(mut from: File, to: &mut impl io::Write) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let mut length = 0;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok((length, crate::digest::hex(&hash.finalize()))),
            count => {
                hash.update(&buffer[..count]);
                to.write_all(&buffer[..count])?;
                length += count as u64;
            }
        }
    }
}

/// Makes a file that nothing had the name of, not even a link; only its owner may read it.
pub fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW);
    }
    options.open(path)
}

/// Makes a file with these bytes; nothing may have the name.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create(path)?.write_all(bytes)
}

/// Makes a file anew beside its place: what a killed run left there, or whatever took the name, is removed first.
pub fn create_again(path: &Path) -> io::Result<File> {
    match create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            create(path)
        }
        made => made,
    }
}

/// A folder that only its owner can open; folders above it are made the same way where they are missing.
pub fn private_folder(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Who may read what is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Readers {
    /// The user who made it.
    #[default]
    Owner,
    /// That user's group as well.
    Group,
    /// Every user of the machine.
    Everyone,
}

impl Readers {
    /// Sets the modes of a folder and of everything in it; links are left alone.
    pub fn apply(self, dir: &Path) -> io::Result<()> {
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                self.apply(&entry.path())?;
            } else if kind.is_file() {
                self.set(&entry.path(), false)?;
            }
        }
        self.set(dir, true)
    }

    #[cfg(unix)]
    fn set(self, path: &Path, folder: bool) -> io::Result<()> {
        let mode = match (self, folder) {
            (Self::Owner, true) => 0o700,
            (Self::Owner, false) => 0o600,
            (Self::Group, true) => 0o750,
            (Self::Group, false) => 0o640,
            (Self::Everyone, true) => 0o755,
            (Self::Everyone, false) => 0o644,
        };
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
    }

    #[cfg(not(unix))]
    fn set(self, _path: &Path, _folder: bool) -> io::Result<()> {
        Ok(())
    }
}

/// A name as it can be printed: bytes that are not UTF-8 are shown as `\xff`, so that two names stay two.
pub fn shown(name: &OsStr) -> String {
    let mut text = String::new();
    for part in name.as_encoded_bytes().utf8_chunks() {
        text.push_str(part.valid());
        for byte in part.invalid() {
            write!(text, "\\x{byte:02x}").expect("a String takes any text");
        }
    }
    text
}

/// An error with the path it is about and what to do, as every message of this program has them.
pub fn at(path: &Path, error: &io::Error, next: &str) -> String {
    format!("{}: {error}\n  next: {next}", shown(path.as_os_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_not_utf8_stay_apart() {
        assert_eq!(shown(OsStr::new("ä b")), "ä b");
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt as _;
            assert_eq!(shown(OsStr::from_bytes(b"bad\xff")), "bad\\xff");
            assert_ne!(shown(OsStr::from_bytes(b"bad\xfe")), shown(OsStr::from_bytes(b"bad\xff")));
        }
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read_at_most(&path, 5).unwrap(), b"12345");
        assert!(read_at_most(&path, 4).unwrap_err().to_string().contains("larger than 4 bytes"));
        assert_eq!(hash(&path).unwrap(), (5, crate::digest::sha256(b"12345")));
    }

    #[cfg(unix)]
    #[test]
    fn links_devices_and_folders_are_named_and_not_opened() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link, gone) = (dir.path().join("file"), dir.path().join("link"), dir.path().join("gone"));
        fs::write(&file, "kept").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        std::os::unix::fs::symlink("/nonexistent/x", &gone).unwrap();
        let refusal = |path: &Path| read(path).unwrap_err().to_string();
        assert!(refusal(&link).contains("a symbolic link"));
        assert!(refusal(Path::new("/dev/zero")).contains("a device"));
        assert!(refusal(dir.path()).contains("a folder"));
        assert!(!is_file(&link) && exists(&gone) && !gone.exists());

        assert!(write_new(&gone, b"x").is_err() && write_new(&link, b"x").is_err());
        create_again(&link).unwrap().write_all(b"mine").unwrap();
        assert_eq!((read(&link).unwrap(), read(&file).unwrap()), (b"mine".to_vec(), b"kept".to_vec()));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_made_is_for_its_readers() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        private_folder(&dir.path().join("a/b")).unwrap();
        fs::write(dir.path().join("a/b/c"), "x").unwrap();
        let mode = |name: &str| fs::metadata(dir.path().join(name)).unwrap().permissions().mode() & 0o7777;
        for (readers, modes) in
            [(Readers::Everyone, (0o755, 0o644)), (Readers::Group, (0o750, 0o640)), (Readers::Owner, (0o700, 0o600))]
        {
            readers.apply(&dir.path().join("a")).unwrap();
            assert_eq!((mode("a/b"), mode("a/b/c")), modes);
        }
    }
}
