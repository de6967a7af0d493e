//! The files of a folder of attestations: plain files of bounded size, with
//! names that no system takes for something else.

use super::File;
use crate::catalog::Problem;
use crate::catalog::source::whole_file;
use std::collections::BTreeMap;
use std::path::Path;

/// Bytes of one file that is handed over, and of all files of the folder together.
const ONE: u64 = 16 << 20;
const ALL: u64 = 64 << 20;
/// Bytes of a statement: it is text that people read.
const STATEMENT: u64 = 64 << 10;

/// Characters of a name.
const NAME: usize = 100;

/// Kinds of files that can be handed over: what people look at, and what runs nothing when a browser opens it.
const ENDINGS: [&str; 12] = ["pdf", "png", "jpg", "jpeg", "csv", "txt", "json", "xlsx", "docx", "ods", "odt", "eml"];

/// What is wrong with a file, and what to do.
type Fault = (String, &'static str);

/// Whether a file's name says that it holds a statement.
pub fn is_statement(name: &str) -> bool {
    name.ends_with(".toml")
}

/// The folder's files in order of their names; hidden ones are an editor's or a file manager's own.
pub fn files(folder: &Path, problems: &mut Vec<Problem>) -> Vec<File> {
    let told = |path: &Path, message: String, next: &str| whole_file(&path.to_string_lossy(), message, next);
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            let next = "name an existing folder with --attestations";
            problems.push(told(folder, format!("cannot be read: {error}"), next));
            return Vec::new();
        }
    };
    let mut names = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => names.push(entry.file_name()),
            Err(error) => problems.push(told(folder, format!("cannot be read: {error}"), "check the folder")),
        }
    }
    names.sort();
    let mut files: Vec<File> = Vec::new();
    let mut room = ALL;
    for name in names {
        let path = folder.join(&name);
        let shown = name.to_string_lossy();
        if shown.starts_with('.') {
            continue;
        }
        match one(&path, name.to_str(), &mut room) {
            Ok(bytes) => files.push(File { name: shown.into_owned(), bytes }),
            Err((message, next)) => problems.push(told(&path, message, next)),
        }
    }
    alike(folder, &files, problems);
    files
}

/// Names that some systems take for the same: a pack has to unpack everywhere.
fn alike(folder: &Path, files: &[File], problems: &mut Vec<Problem>) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for file in files {
        if let Some(other) = seen.insert(file.name.to_lowercase(), &file.name) {
            let message = format!("differs from {other} in capitals only");
            problems.push(whole_file(&folder.join(&file.name).to_string_lossy(), message, "rename one of the two"));
        }
    }
}

/// A file's bytes. `room`: bytes that the folder may still have.
fn one(path: &Path, name: Option<&str>, room: &mut u64) -> Result<Vec<u8>, Fault> {
    let name = name.ok_or(("has a name that is not UTF-8".to_owned(), "rename it"))?;
    if let Some(fault) = fault(name) {
        return Err(fault);
    }
    let unread = |error: std::io::Error| (format!("cannot be read: {error}"), "check that the file can be read");
    // What a link points to may be anything, and need not be there tomorrow.
    if !crate::files::is_file(path) {
        let next = "put the statements and their files side by side, as plain files";
        return Err(("is not a plain file".to_owned(), next));
    }
    let limit = if is_statement(name) { STATEMENT } else { ONE };
    let bytes = read_at_most(path, limit + 1).map_err(unread)?;
    let size = bytes.len() as u64;
    let smaller = "hand over a smaller file, or keep it elsewhere and say in the statement where";
    if size == 0 && !is_statement(name) {
        return Err(("is empty".to_owned(), "put the file itself there, or remove it"));
    }
    if size > limit {
        return Err((format!("has more than {limit} bytes"), smaller));
    }
    if size > *room {
        return Err((format!("brings the folder over {ALL} bytes"), smaller));
    }
    *room -= size;
    Ok(bytes)
}

/// At most so many bytes, even if the file has grown since its size was checked.
fn read_at_most(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    crate::files::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn fault(name: &str) -> Option<Fault> {
    let rename = |message: String| Some((message, "rename it: letters, digits, spaces and ._-()+,@ only"));
    let plain = |letter: &char| letter.is_alphanumeric() || "._- ()+,@".contains(*letter);
    let length = name.chars().count();
    if length > NAME {
        return rename(format!("has a name of {length} characters, more than {NAME}"));
    }
    if !name.starts_with(char::is_alphanumeric) {
        return rename("has a name that does not begin with a letter or a digit".to_owned());
    }
    if let Some(bad) = name.chars().find(|letter| !plain(letter)) {
        return rename(format!("has {bad:?} in its name"));
    }
    // Windows treats these as devices, with any ending.
    let stem = name.split('.').next().unwrap_or_default().to_lowercase();
    if ["con", "prn", "aux", "nul"].contains(&stem.as_str()) {
        return rename("has a name that Windows takes for a device".to_owned());
    }
    let ending = name.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_lowercase());
    let known = ENDINGS.contains(&ending.as_str()) || is_statement(name);
    let message = || format!("is not of a kind that can be handed over: {}", ENDINGS.join(", "));
    (!known).then(|| (message(), "print it to PDF, or move it out of the folder"))
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn names_are_plain() {
        for good in ["a.pdf", "Q3 review (final).CSV", "Überprüfung.png", "AT-1.toml", "console.2026.txt"] {
            assert_eq!(fault(good), None, "{good}");
        }
        #[rustfmt::skip]
        let hostile = [
            "../a.pdf", "a/b.pdf", "a\\b.pdf", "=cmd.csv", "-rf.pdf", " a.pdf", "a\u{202e}fdp.exe.pdf", "a\n.pdf", "<b>.pdf",
            "a.html", "a.svg", "a.exe", "a", "nul.pdf", "CON.txt", "a\u{200b}.pdf", "{{x}}.pdf", "a.TOML", "#x.pdf", "a:b.pdf",
        ];
        for bad in hostile {
            assert!(fault(bad).is_some(), "{bad}");
        }
        assert!(fault(&format!("{}.pdf", "x".repeat(100))).is_some());
    }
}
