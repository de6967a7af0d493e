//! One pack: snapshot → pack folder.
//!
//! A pack is made in a staging folder inside `--out` and renamed at the end, so a folder with a pack's name is always
//! complete.

use super::inputs::list_inputs;
use super::options::PackOptions;
use super::plan::{ATTESTATIONS, EXCEPTIONS, Plan};
use super::predecessor;
use super::progress::Console;
use super::sample;
use super::staging::{FREE_SPACE, Staging, free_name, renamed, staged};
use super::summary::PackSummary;
use crate::account::{self, Account};
use crate::assess;
use crate::assess::evidence_gaps::EvidenceGaps;
use crate::catalog;
use crate::collect::rederive;
use crate::compare::statements;
use crate::files;
use crate::pack;
use crate::policy::trust::TrustSettings;
use crate::render::{self as renderer, Replaced};
use crate::seal::{self, inputs};
use crate::snapshot::{self, Bring, Snapshot};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// A finished pack.
pub struct FinishedPack {
    pub place: PathBuf,
    pub id: String,
    /// SHA-256 of `SHA256SUMS`, with which a recipient checks the pack.
    pub manifest_sha256: String,
    pub ending: PackSummary,
}

/// The evidence of a pack.
#[derive(Clone, Copy)]
pub enum Evidence<'a> {
    /// The snapshot in a folder.
    Folder(&'a Path, Bring),
    /// An embedded sample.
    Sample(&'a str),
}

impl Evidence<'_> {
    /// Copies the snapshot into the staging folder, where it is read and sealed.
    fn bring_in(self, to: &Path, console: &Console) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Sample(name) => sample::extract(name, to),
            Self::Folder(from, bring) => {
                let left = snapshot::copy(from, to, bring)?;
                if !left.is_empty() {
                    let place = from.display();
                    console
                        .line(&format!("warning: {place}: not part of a snapshot and left out: {}", left.join(", ")));
                }
                Ok(())
            }
        }
    }

    fn sample(self) -> Option<String> {
        match self {
            Self::Sample(name) => Some(name.to_owned()),
            Self::Folder(..) => None,
        }
    }
}

/// Records where a pack is about to be, so that an interrupted run can continue with it.
pub type Note<'a> = dyn Fn(&Path, &FinishedPack) -> Result<(), Box<dyn Error>> + 'a;

/// One pack to make.
pub struct PackJob<'a> {
    pub evidence: Evidence<'a>,
    /// The expected account ID.
    pub account: Option<&'a str>,
    pub options: &'a PackOptions,
    pub plan: &'a Plan,
    /// Called with the pack's path right before it is renamed.
    pub note: &'a Note<'a>,
}

/// Makes a pack without reporting the result.
pub fn build(work: &PackJob<'_>, console: &Console) -> Result<FinishedPack, Box<dyn Error>> {
    if let Evidence::Folder(from, _) = work.evidence {
        snapshot::header(from)?;
    }
    let out = &work.options.out;
    let is_new = !files::exists(out);
    let staged = staged(out)?;
    let place = staged.path().join("snapshot");
    build_in(staged, work, console).map_err(|error| {
        if is_new {
            // Remove the folder if it is empty.
            let _ = fs::remove_dir(out);
        }
        match work.evidence {
            // The copy no longer exists; name the original in the error.
            Evidence::Folder(from, _) => renamed(error, &place, from),
            Evidence::Sample(_) => error,
        }
    })
}

fn build_in(staged: Staging, work: &PackJob<'_>, console: &Console) -> Result<FinishedPack, Box<dyn Error>> {
    let PackJob { options, plan, .. } = work;
    let step = console.step("reading the evidence");
    let dir = staged.path().join("snapshot");
    work.evidence.bring_in(&dir, console)?;
    let snapshot = Snapshot::open(&dir)?;
    rederive::check(&snapshot)?;
    let account = read_account(&snapshot, work.account, &plan.config.settings)?;
    step.now("assessing");
    let assessment = assess::assess(&account, &plan.catalog);
    let labels = plan.labels(options, work.evidence.sample().as_deref());
    let previous = predecessor::find(options, &account, plan.store.as_ref(), &plan.config.settings, console)?;
    let changes = previous.as_ref().map(|(previous, before)| {
        step.now("comparing with the previous pack");
        let stated = statements::given(&plan.catalog, &assessment);
        previous.changes(before, &account, &assessment, &plan.catalog, Some(&stated))
    });

    if let Some(given) = &plan.exceptions {
        let path = staged.path().join(EXCEPTIONS);
        files::write_new(&path, &given.bytes).map_err(|error| files::at(&path, &error, FREE_SPACE))?;
    }
    keep(&plan.attestations, &staged.path().join(ATTESTATIONS))?;
    let inputs =
        list_inputs(staged.path(), plan, &labels, previous.as_ref().map(|(previous, _)| previous), options.pdf())?;
    let id = inputs::pack_id(&inputs);
    let pack = pack::build(&snapshot, &account, &plan.catalog, &assessment, &labels, &id, changes)?;
    let missing = EvidenceGaps::of(&account, &assessment, &snapshot.header.depth);
    let ending = PackSummary::new(
        &account.id,
        &plan.catalog,
        &assessment,
        missing,
        snapshot.header.other_endpoints(),
        options.fail_on,
    );
    let name = format!("{}-{}", account.id, &snapshot.header.started.to_string()[..10]);
    // Typesetting needs the most memory, so values that are no longer needed are dropped first.
    drop((previous, account, assessment, snapshot));
    let progress = |text: &str| step.now(&format!("writing {text}"));
    let replaced = renderer::write(pack, staged.path(), options.pdf(), plan.fonts.as_ref(), &progress)?;
    step.now("sealing");
    inputs::write(staged.path(), &inputs)?;
    let manifest_sha256 = seal::seal(staged.path())?;
    let mut made = FinishedPack { place: PathBuf::new(), id, manifest_sha256, ending };
    made.place = finalize(staged, options, &name, &|place| (work.note)(place, &made))?;
    drop(step);
    report_replaced(&replaced, console);
    Ok(made)
}

/// Records the name that a finished pack is about to get.
type NamedNote<'a> = dyn Fn(&Path) -> Result<(), Box<dyn Error>> + 'a;

/// Renames a finished pack and sets its permissions. `note` receives each name before it is tried.
pub fn finalize(
    staged: Staging,
    options: &PackOptions,
    name: &str,
    note: &NamedNote<'_>,
) -> Result<PathBuf, Box<dyn Error>> {
    let readers = options.readers();
    readers.apply(staged.path()).map_err(|error| files::at(staged.path(), &error, FREE_SPACE))?;
    let mut staged = staged;
    loop {
        let place = free_name(&options.out, name);
        note(&place)?;
        match staged.rename(&place) {
            Ok(()) => return Ok(place),
            // Another run took the name meanwhile.
            Err((again, _)) if files::exists(&place) => staged = again,
            Err((_, error)) => return Err(files::at(&place, &error, FREE_SPACE).into()),
        }
    }
}

/// Reports characters that could not be shown.
pub fn report_replaced(replaced: &Replaced, console: &Console) {
    if !replaced.characters.is_empty() {
        let total: usize = replaced.characters.values().sum();
        let characters = if total == 1 { "1 character" } else { &format!("{total} characters") };
        console.line(&format!("{characters} could not be shown as is and written as code points instead"));
        let want = replaced.for_want_of_a_font();
        if want > 0 {
            console.line(&format!(
                "  {want} of them have no glyph in the bundled fonts\n  next: name a folder with fonts that have them: --fonts DIR"
            ));
        }
    }
}

/// The snapshot's account. Its ID becomes a folder name and must be the expected one.
fn read_account(snapshot: &Snapshot, meant: Option<&str>, trust: &TrustSettings) -> Result<Account, Box<dyn Error>> {
    let account = account::read(snapshot, meant, trust)?;
    if !crate::arn::is_account(&account.id) {
        return Err(format!(
            "{}: {:?} is not the number of an account\n  next: the snapshot was altered; collect again",
            snapshot.dir.join("snapshot.json").display(),
            account.id
        )
        .into());
    }
    if let Some(meant) = meant.filter(|meant| *meant != account.id) {
        return Err(format!(
            "the evidence is of account {}, not {meant}\n  next: name another snapshot, or leave --account out",
            account.id
        )
        .into());
    }
    Ok(account)
}

/// Copies the attestations' files.
fn keep(given: &[catalog::File], to: &Path) -> Result<(), String> {
    if given.is_empty() {
        return Ok(());
    }
    let failed = |path: &Path, error: &std::io::Error| files::at(path, error, FREE_SPACE);
    files::private_folder(to).map_err(|error| failed(to, &error))?;
    given.iter().try_for_each(|file| {
        let path = to.join(&file.name);
        files::write_new(&path, &file.bytes).map_err(|error| failed(&path, &error))
    })
}
