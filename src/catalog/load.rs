//! From files to a catalogue: embedded pages, a customer's own, overrides.

use super::framework::framework;
use super::page::{self, Editions, Page, page};
use super::source::{Source, whole_file};
use super::suggest::did_you_mean;
use super::{Catalog, Framework, Overrides, Parameter, ParameterValue, Problem, Problems, Section};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::Path;

static EMBEDDED: include_dir::Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/controls");

/// A file of a catalogue folder.
#[derive(Debug)]
pub struct File {
    /// As problems name it.
    pub name: String,
    /// Within the catalogue folder: `x.md`, `frameworks/x.toml`.
    pub path: String,
    pub bytes: Vec<u8>,
    /// Given by the customer, not embedded.
    pub own: bool,
}

/// The files that this program carries, in order of their paths.
pub fn embedded() -> Vec<File> {
    let mut files = Vec::new();
    for file in EMBEDDED.files().chain(EMBEDDED.dirs().flat_map(include_dir::Dir::files)) {
        let path = file.path().to_str().expect("our own file names are ASCII").replace('\\', "/");
        files.push(File { name: format!("controls/{path}"), path, bytes: file.contents().to_vec(), own: false });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// The files of a customer's folder, in order of their paths.
pub fn own(folder: &Path, problems: &mut Vec<Problem>) -> Vec<File> {
    let mut files = Vec::new();
    read_folder(folder, "", &mut files, problems);
    let frameworks = folder.join("frameworks");
    if frameworks.is_dir() {
        read_folder(&frameworks, "frameworks/", &mut files, problems);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<File>, problems: &mut Vec<Problem>) {
    let unreadable = |path: &Path, error: std::io::Error| {
        whole_file(
            &path.to_string_lossy(),
            format!("cannot be read: {error}"),
            "give a folder of control pages that you may read",
        )
    };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return problems.push(unreadable(folder, error)),
    };
    for entry in entries {
        let path = match entry {
            Ok(entry) => entry.path(),
            Err(error) => {
                problems.push(unreadable(folder, error));
                continue;
            }
        };
        let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Hidden files are editors' and version control's.
        if file_name.starts_with('.') || (prefix.is_empty() && path.is_dir() && file_name == "frameworks") {
            continue;
        }
        match crate::files::read_written(&path) {
            Ok(bytes) => files.push(File {
                name: path.to_string_lossy().into_owned(),
                path: format!("{prefix}{file_name}"),
                bytes,
                own: true,
            }),
            Err(error) => problems.push(unreadable(&path, error)),
        }
    }
}

/// Validates everything, and tells every problem of every file at once.
pub fn assemble(files: &[File], mut problems: Vec<Problem>, overrides: &Overrides) -> Result<Catalog, Problems> {
    let mut version = None;
    let (mut frameworks, mut pages) = (Vec::new(), Vec::new());
    let mut sources = Vec::new();
    for file in files {
        match Source::from_bytes(&file.name, &file.bytes) {
            Ok(source) => sources.push((file, source)),
            Err(problem) => problems.push(problem),
        }
    }
    for (file, source) in &sources {
        if file.path == "catalog.toml" && !file.own {
            version = catalog_version(source, &mut problems);
        } else if let Some(stem) = file.path.strip_prefix("frameworks/").and_then(|name| name.strip_suffix(".toml")) {
            let edition = framework(source, stem, &mut problems);
            frameworks.extend(edition.and_then(|edition| unless_taken(edition, &frameworks, source, &mut problems)));
        } else if !file.path.ends_with(".md") || file.path.contains('/') {
            let message = "is neither a control page (.md) nor an edition (frameworks/….toml)";
            problems.push(whole_file(&file.name, message, "move it out of the folder"));
        }
    }
    let editions: Editions = frameworks
        .iter()
        .map(|framework| (framework.id.clone(), framework.requirements.iter().map(|r| r.id.clone()).collect()))
        .collect();
    for (file, source) in &sources {
        let Some(stem) = file.path.strip_suffix(".md").filter(|stem| !stem.contains('/')) else { continue };
        let from = if file.own { file.name.as_str() } else { "embedded" };
        let Some(page) = page(source, stem, from, &editions, &mut problems) else { continue };
        match pages.iter().find(|other: &&Page| other.control.id == page.control.id) {
            Some(other) => {
                let message = format!("the id {} is taken by a page that is {}", page.control.id, other.control.from);
                problems.push(source.problem(page.id_at, message, "choose another id"));
            }
            None => pages.push(page),
        }
    }
    // A page that did not load is no reason to call its parameters unknown.
    let names: Vec<&str> = files.iter().filter_map(|file| file.path.strip_suffix(".md")).collect();
    for (id, values) in overrides {
        match pages.iter_mut().find(|page| page.control.id == *id) {
            Some(page) => values.iter().for_each(|(name, value)| set(page, name, value, &mut problems)),
            None if names.contains(&id.as_str()) => {}
            None => {
                let next = did_you_mean(id, names.iter().copied(), "\"auditpack controls list\" lists all ids");
                problems.push(whole_file(CONFIGURATION, format!("parameters of an unknown control {id}"), next));
            }
        }
    }
    if problems.is_empty() {
        pages.sort_by(|a, b| key(a).cmp(&key(b)));
        frameworks.sort_by(|a, b| a.id.cmp(&b.id));
        return Ok(Catalog {
            version: version.unwrap_or_default(),
            sha256: digest(files),
            controls: pages.into_iter().map(|page| page.control).collect(),
            frameworks,
            exceptions: Vec::new(),
            attestations: Vec::new(),
        });
    }
    problems.sort();
    problems.dedup();
    Err(Problems(problems))
}

const CONFIGURATION: &str = "auditpack.toml";

/// Puts a configured value in the place of a page's own.
fn set(page: &mut Page, name: &str, value: &ParameterValue, problems: &mut Vec<Problem>) {
    let id = &page.control.id;
    let manual = page.control.review().is_some();
    let Some(parameter) = page.control.parameters.get_mut(name) else {
        let known = page.control.parameters.keys().map(String::as_str);
        let list = known.clone().collect::<Vec<_>>().join(", ");
        let otherwise = if list.is_empty() { format!("{id} has none") } else { format!("{id} has {list}") };
        let next = did_you_mean(name, known, &otherwise);
        return problems.push(whole_file(CONFIGURATION, format!("{id} has no parameter {name}"), next));
    };
    if std::mem::discriminant(value) != std::mem::discriminant(&parameter.value) {
        let (wanted, found) = (super::types::Type::new(parameter.value.base()), super::types::Type::new(value.base()));
        let message = format!("parameter {name} of {id} must be {wanted}, not {found}");
        return problems.push(whole_file(CONFIGURATION, message, format!("the page has {}", parameter.value)));
    }
    if let Some(allowed) = page.allowed.get(name).filter(|allowed| !allowed.contains(value)) {
        let list = allowed.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
        let message = format!("parameter {name} of {id} cannot be {value}");
        return problems.push(whole_file(CONFIGURATION, message, format!("use {list}")));
    }
    if let Some(fault) = page::review::fault(name, value, manual) {
        return problems.push(whole_file(
            CONFIGURATION,
            format!("parameter {name} of {id} {fault}"),
            page::review::RANGE,
        ));
    }
    if parameter.value != *value {
        let own = std::mem::replace(&mut parameter.value, value.clone());
        *parameter = Parameter { value: parameter.value.clone(), overridden_from: Some(own) };
    }
}

fn unless_taken(
    edition: Framework,
    others: &[Framework],
    source: &Source,
    problems: &mut Vec<Problem>,
) -> Option<Framework> {
    if others.iter().any(|other| other.id == edition.id) {
        let message = format!("the edition {} is there already", edition.id);
        problems.push(whole_file(&source.name, message, "choose another id"));
        return None;
    }
    Some(edition)
}

fn catalog_version(source: &Source, problems: &mut Vec<Problem>) -> Option<String> {
    let table = super::header::Reader::parse(source, 0..source.text.len(), problems)?;
    let mut reader = super::header::Reader { source, offset: 0, problems };
    reader.only(&table, &["version"], "the catalog");
    reader.text(&table, "version").map(|version| version.value)
}

fn key(page: &Page) -> (Section, i64, &str) {
    (page.control.section, page.order, &page.control.id)
}

/// SHA-256 over paths and contents, each preceded by its length, in the order of the files.
fn digest(files: &[File]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        for part in [file.path.as_bytes(), &file.bytes] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("text can be written to");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Loads one page in the place of the embedded one.
    fn load_page(text: &str) -> Result<Catalog, Problems> {
        let mut files = embedded();
        files.retain(|file| !file.path.ends_with(".md"));
        let (name, path) = ("controls/access-keys-are-rotated.md".to_owned(), "access-keys-are-rotated.md".to_owned());
        files.push(File { name, path, bytes: text.as_bytes().to_vec(), own: true });
        assemble(&files, Vec::new(), &Overrides::new())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_garbled_page_is_told_and_never_a_panic(
            at in any::<prop::sample::Index>(),
            cut in 0_usize..40,
            put in r##"(\PC{0,8}|[-+*/%!&|?:.,(){}\[\]<>='"#\\ a-z0-9\n]{0,12})"##,
        ) {
            let page = include_str!("../../controls/access-keys-are-rotated.md");
            let mut characters: Vec<char> = page.chars().collect();
            // The header is where the parsers are.
            let from = at.index(1000);
            characters.splice(from..from + cut, put.chars());
            let garbled: String = characters.into_iter().collect();
            if let Err(Problems(problems)) = load_page(&garbled) {
                prop_assert!(!problems.is_empty());
                for problem in problems {
                    let lines = garbled.split('\n').collect::<Vec<_>>();
                    if let (Some(line), Some(column)) = (problem.line, problem.column) {
                        let told = lines.get(line - 1).map(|text| text.chars().count() + 1);
                        prop_assert!(told.is_some_and(|end| column <= end), "{} in {}", problem, garbled);
                    }
                    prop_assert!(!problem.message.contains('\n') && problem.next.is_some(), "{}", problem);
                }
            }
        }
    }

    #[test]
    fn the_digest_tells_apart_where_one_file_ends_and_the_next_begins() {
        let file = |path: &str, text: &str| File {
            name: path.into(),
            path: path.into(),
            bytes: text.as_bytes().to_vec(),
            own: false,
        };
        assert_ne!(digest(&[file("a.md", "xy"), file("b.md", "")]), digest(&[file("a.md", "x"), file("b.md", "y")]));
        assert_eq!(digest(&[]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
