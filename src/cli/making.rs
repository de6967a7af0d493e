//! `auditpack run` and `auditpack render`: snapshot → pack folder.
//!
//! A pack is made in a staging folder inside `--out` and takes its name by one
//! rename at the end, so a folder with a pack's name is always a whole pack.

use super::arguments::{PackOptions, RenderOptions, RunOptions};
use super::config::{self, Config};
use super::ending::Ending;
use super::exit::Exit;
use super::previous::{self, Predecessor};
use super::progress::Voice;
use super::staging::{self, Staging, free_name};
use super::unfinished::Unfinished;
use super::{collecting, interrupt, keeping, organisation, sample};
use crate::account::{self, Account};
use crate::assess;
use crate::assess::evidence_gaps::EvidenceGaps;
use crate::catalog::{self, Catalog, Given};
use crate::collect::{Options, rederive};
use crate::compare::statements;
use crate::digest::{sha256, sha256_of};
use crate::files;
use crate::pack::{self, Labels};
use crate::policy::trust::TrustSettings;
use crate::render::pdf::Fonts;
use crate::render::{self as renderer, Pdf, Replaced};
use crate::seal::{self, inputs};
use crate::snapshot::{self, Bring, Snapshot};
use crate::store::Store;
use serde::Serialize;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// The file of exceptions in the current folder, and its copy in a pack.
const EXCEPTIONS: &str = "exceptions.toml";
/// The folder of attestations in the current folder, and its copy in a pack.
const ATTESTATIONS: &str = "attestations";
/// What to do where a pack cannot be written.
pub(super) const FREE_SPACE: &str =
    "free some space, or name a folder that can be written to with --out; then run again";

pub fn run(options: RunOptions, say: &Voice) -> Result<Exit, Box<dyn Error>> {
    if options.many.org || options.many.accounts.is_some() {
        return organisation::run(&options, say);
    }
    let is_real = options.from.is_none() && options.sample.is_none();
    let plan = Plan::new(&options.pack)?.with_store(&options.pack, is_real, &collecting::options(&options.aws), say)?;
    if let Some(from) = &options.from {
        let from = keeping::Here::find(from)?;
        let evidence = Evidence::Folder(&from.dir, Bring::Copy);
        return make(evidence, options.aws.account.as_deref(), &options.pack, &plan, say)
            .map_err(|error| from.name_in(error));
    }
    if let Some(name) = &options.sample {
        return make(Evidence::Sample(name), None, &options.pack, &plan, say);
    }
    collect_and_make(&options, &plan, say)
}

/// The main job: one account, from the first call to the pack in its place.
fn collect_and_make(options: &RunOptions, plan: &Plan, say: &Voice) -> Result<Exit, Box<dyn Error>> {
    let out = &options.pack.out;
    let unfinished = Unfinished::open(out, options.fresh, say)?;
    staging::clear(out, say);
    if let Some(pack) = unfinished.made(out) {
        let made = pack.place(out);
        say.line(&format!("{} was made by a run that was interrupted", made.display()));
        let kept = keeping::keep(plan.store.as_ref(), made.clone(), say)?;
        if pack.is_recent() {
            unfinished.close()?;
            return Ok(pack.tell(&made, &kept, say));
        }
        unfinished.close()?;
        return collect_anew(Unfinished::open(out, false, say)?, options, plan, say);
    }
    collect_anew(unfinished, options, plan, say)
}

fn collect_anew(
    unfinished: Unfinished,
    options: &RunOptions,
    plan: &Plan,
    say: &Voice,
) -> Result<Exit, Box<dyn Error>> {
    let out = &options.pack.out;
    let kept = format!("what was collected is kept in {}; run the same command again to go on", out.display());
    interrupt::say(&kept);
    let snapshot = unfinished.snapshot();
    let out_of_time = collecting::gather(&snapshot, &options.aws, unfinished.is_begun()?, say)?.out_of_time;
    let work = Work {
        evidence: Evidence::Folder(&snapshot, Bring::Copy),
        account: options.aws.account.as_deref(),
        options: &options.pack,
        plan,
        // The next run knows the pack by this note, so that a kill from here on costs no second one. A collection that
        // its time limit ended is not done with this pack: the next run goes on with it.
        note: &|place, made| if out_of_time { Ok(()) } else { unfinished.note(place, made) },
    };
    let made = build(&work, say)?;
    let exit = end(made, plan, say)?;
    if out_of_time {
        let next = format!("run the same command again: it asks for what is missing ({})", snapshot.display());
        say.line(&format!("{}\n  next: {next}, or allow more time with --timeout", collecting::OUT_OF_TIME));
    } else {
        unfinished.close()?;
    }
    Ok(exit)
}

pub fn render(options: RenderOptions, say: &Voice) -> Result<Exit, Box<dyn Error>> {
    if options.org {
        return organisation::render(&options, say);
    }
    let plan = Plan::new(&options.pack)?.with_store(&options.pack, false, &Options::default(), say)?;
    let snapshot = options.snapshot.as_deref().expect("clap requires it without --org");
    let snapshot = keeping::Here::find(snapshot)?;
    let evidence = Evidence::Folder(&snapshot.dir, Bring::Copy);
    make(evidence, options.account.as_deref(), &options.pack, &plan, say).map_err(|error| snapshot.name_in(error))
}

/// What is read before any call is made, so that a mistake in it costs nothing.
pub(super) struct Plan {
    config: Config,
    /// The exceptions and attestations are part of it.
    pub catalog: Catalog,
    /// The file of exceptions, where it holds any.
    exceptions: Option<Given>,
    /// The statements and what they hand over; empty where none was given.
    attestations: Vec<catalog::File>,
    fonts: Option<Fonts>,
    /// Where packs are kept beyond `--out`.
    pub store: Option<Store>,
}

impl Plan {
    pub fn new(options: &PackOptions) -> Result<Self, Box<dyn Error>> {
        let config = config::read(options.config.as_deref())?;
        let own = options.controls.as_deref().or(config.controls.as_deref());
        let mut catalog = catalog::load(own, &config.overrides()?)?;
        let usual = Some(Path::new(EXCEPTIONS)).filter(|path| files::exists(path));
        let file = options.exceptions.as_deref().or(config.exceptions.as_deref()).or(usual);
        let given = file.map(|file| catalog::exceptions(file, &catalog.controls)).transpose()?;
        // A file without any is the same as none.
        let exceptions = given.filter(|given| !given.exceptions.is_empty());
        if let Some(given) = &exceptions {
            catalog.exceptions.clone_from(&given.exceptions);
        }
        let usual = Some(Path::new(ATTESTATIONS)).filter(|path| files::exists(path));
        let folder = options.attestations.as_deref().or(config.attestations.as_deref()).or(usual);
        let given = folder.map(|folder| catalog::attestations(folder, &catalog.controls)).transpose()?;
        let attestations;
        (catalog.attestations, attestations) = given.unwrap_or_default();
        let fonts = options.fonts.as_deref().or(config.fonts.as_deref()).map(Fonts::read).transpose()?;
        Ok(Self { config, catalog, exceptions, attestations, fonts, store: None })
    }

    /// With the store of the command line, or of the configuration where `also_configured`.
    pub fn with_store(
        mut self,
        options: &PackOptions,
        also_configured: bool,
        aws: &Options,
        say: &Voice,
    ) -> Result<Self, Box<dyn Error>> {
        self.store = keeping::open(&options.store, &self.config, also_configured, aws, say)?;
        Ok(self)
    }

    /// Members are not told of their organisation; the run over all of them is.
    pub fn know_the_organisation(
        &mut self,
        id: Option<&str>,
        accounts: impl Iterator<Item = String>,
        listed_in: String,
    ) {
        self.config.settings.unite(id, accounts, listed_in);
    }

    /// The user's, for writing that ours lack.
    pub fn fonts(&self) -> Option<&Fonts> {
        self.fonts.as_ref()
    }

    pub fn labels(&self, options: &PackOptions, sample: Option<&str>) -> Labels {
        Labels {
            organisation: options.organisation.clone().or_else(|| self.config.organisation.clone()),
            period: options.period.clone().or_else(|| self.config.period.clone()),
            sample: sample.map(ToOwned::to_owned),
        }
    }
}

fn make(
    evidence: Evidence<'_>,
    account: Option<&str>,
    options: &PackOptions,
    plan: &Plan,
    say: &Voice,
) -> Result<Exit, Box<dyn Error>> {
    staging::clear(&options.out, say);
    let made = build(&Work { evidence, account, options, plan, note: &|_, _| Ok(()) }, say)?;
    end(made, plan, say)
}

/// Keeps the pack where there is a store, and says how it all ended.
fn end(made: Made, plan: &Plan, say: &Voice) -> Result<Exit, Box<dyn Error>> {
    let Made { place, id, manifest_sha256, ending } = made;
    let place = keeping::keep(plan.store.as_ref(), place, say)?;
    say.result(&ending.json(&place, &id, &manifest_sha256), &ending.words(&place, &manifest_sha256));
    Ok(ending.exit())
}

/// A finished pack.
pub(super) struct Made {
    pub place: PathBuf,
    pub id: String,
    /// SHA-256 of `SHA256SUMS`: what a recipient compares the pack with.
    pub manifest_sha256: String,
    pub ending: Ending,
}

/// What a pack is made of.
#[derive(Clone, Copy)]
pub(super) enum Evidence<'a> {
    /// The snapshot in a folder.
    Folder(&'a Path, Bring),
    /// An embedded sample.
    Sample(&'a str),
}

impl Evidence<'_> {
    /// Brings the snapshot into the pack in the making, where it is read and sealed.
    fn bring_in(self, to: &Path, say: &Voice) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Sample(name) => sample::extract(name, to),
            Self::Folder(from, bring) => {
                let left = snapshot::copy(from, to, bring)?;
                if !left.is_empty() {
                    let place = from.display();
                    say.line(&format!("warning: {place}: not part of a snapshot and left out: {}", left.join(", ")));
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

/// Keeps where a finished pack is about to be, so that a run that is killed then can go on with it.
pub(super) type Note<'a> = dyn Fn(&Path, &Made) -> Result<(), Box<dyn Error>> + 'a;

/// One pack to make.
pub(super) struct Work<'a> {
    pub evidence: Evidence<'a>,
    /// The number of the account that is meant.
    pub account: Option<&'a str>,
    pub options: &'a PackOptions,
    pub plan: &'a Plan,
    /// Called with the pack's place right before it gets its name; the pack itself does not know it yet.
    pub note: &'a Note<'a>,
}

/// Makes a pack and says nothing about how it ended.
pub(super) fn build(work: &Work<'_>, say: &Voice) -> Result<Made, Box<dyn Error>> {
    if let Evidence::Folder(from, _) = work.evidence {
        snapshot::header(from)?;
    }
    let out = &work.options.out;
    let is_new = !files::exists(out);
    let staged = staged(out)?;
    let place = staged.path().join("snapshot");
    build_in(staged, work, say).map_err(|error| {
        if is_new {
            // Nothing was made in it; a folder that is not empty stays.
            let _ = fs::remove_dir(out);
        }
        match work.evidence {
            // The copy is gone by then; what is wrong with it is wrong with the original.
            Evidence::Folder(from, _) => renamed(error, &place, from),
            Evidence::Sample(_) => error,
        }
    })
}

/// An error about a folder that names it by another path.
pub(super) fn renamed(error: Box<dyn Error>, from: &Path, to: &Path) -> Box<dyn Error> {
    let (text, from) = (error.to_string(), from.display().to_string());
    if text.contains(&from) { text.replace(&from, &to.display().to_string()).into() } else { error }
}

fn build_in(staged: Staging, work: &Work<'_>, say: &Voice) -> Result<Made, Box<dyn Error>> {
    let Work { options, plan, .. } = work;
    let step = say.step("reading the evidence");
    let dir = staged.path().join("snapshot");
    work.evidence.bring_in(&dir, say)?;
    let snapshot = Snapshot::open(&dir)?;
    rederive::check(&snapshot)?;
    let account = read_account(&snapshot, work.account, &plan.config.settings)?;
    step.now("assessing");
    let assessment = assess::assess(&account, &plan.catalog);
    let labels = plan.labels(options, work.evidence.sample().as_deref());
    let previous = previous::find(options, &account, plan.store.as_ref(), &plan.config.settings, say)?;
    let changes = previous.as_ref().map(|(previous, before)| {
        step.now("comparing with the previous pack");
        let stated = statements::given(&plan.catalog, &assessment);
        previous.changes(before, &snapshot, &account, &assessment, &plan.catalog, Some(&stated))
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
    let ending = Ending::of(
        &account.id,
        &plan.catalog,
        &assessment,
        missing,
        snapshot.header.other_endpoints(),
        options.fail_on,
    );
    let name = format!("{}-{}", account.id, &snapshot.header.started.to_string()[..10]);
    // Laying out takes the most memory, and nothing after the wording asks these again.
    drop((previous, account, assessment, snapshot));
    let progress = |text: &str| step.now(&format!("writing {text}"));
    let replaced = renderer::write(pack, staged.path(), options.pdf(), plan.fonts.as_ref(), &progress)?;
    step.now("sealing");
    inputs::write(staged.path(), &inputs)?;
    let manifest_sha256 = seal::seal(staged.path())?;
    let mut made = Made { place: PathBuf::new(), id, manifest_sha256, ending };
    made.place = settle(staged, options, &name, &|place| (work.note)(place, &made))?;
    drop(step);
    tell_replaced(&replaced, say);
    Ok(made)
}

/// Keeps a name that a finished pack is about to get.
type NamedNote<'a> = dyn Fn(&Path) -> Result<(), Box<dyn Error>> + 'a;

/// Gives a finished pack its name, and its readers. `note` is told each name before it is tried.
pub(super) fn settle(
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
            // Another run took the name in between.
            Err((again, _)) if files::exists(&place) => staged = again,
            Err((_, error)) => return Err(files::at(&place, &error, FREE_SPACE).into()),
        }
    }
}

/// Says what could not be shown as it is.
pub(super) fn tell_replaced(replaced: &Replaced, say: &Voice) {
    if !replaced.characters.is_empty() {
        let total: usize = replaced.characters.values().sum();
        let characters = if total == 1 { "1 character" } else { &format!("{total} characters") };
        say.line(&format!("{characters} could not be shown as is and written as code points instead"));
        let want = replaced.for_want_of_a_font();
        if want > 0 {
            say.line(&format!(
                "  {want} of them have no glyph in the bundled fonts\n  next: name a folder with fonts that have them: --fonts DIR"
            ));
        }
    }
}

/// The snapshot's account; its number becomes a folder's name, and must be the one that was meant.
fn read_account(snapshot: &Snapshot, meant: Option<&str>, trust: &TrustSettings) -> Result<Account, Box<dyn Error>> {
    let account = account::read(snapshot, meant, trust)?;
    if account.id.len() != 12 || !account.id.bytes().all(|byte| byte.is_ascii_digit()) {
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

/// A folder in `out` where a pack is made before it gets its name.
pub(super) fn staged(out: &Path) -> Result<Staging, String> {
    fs::create_dir_all(out)
        .and_then(|()| Staging::new(out, staging::MAKING))
        .map_err(|error| files::at(out, &error, "name a folder that can be written to with --out"))
}

/// The attestations' files as they were given.
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

/// What of the configuration a pack depends on; hashed in its canonical form.
#[derive(Serialize)]
struct Configuration<'a> {
    labels: &'a Labels,
    /// Control → its parameters, as they apply.
    parameters: BTreeMap<&'a str, &'a BTreeMap<String, catalog::Parameter>>,
    trust: &'a TrustSettings,
}

/// `staged`: the pack in the making, with the copies of what was given.
fn list_inputs(
    staged: &Path,
    plan: &Plan,
    labels: &Labels,
    previous: Option<&Predecessor>,
    pdf: Pdf,
) -> Result<Vec<inputs::Input>, Box<dyn Error>> {
    let catalog = &plan.catalog;
    let configuration = Configuration {
        labels,
        parameters: catalog.controls.iter().map(|control| (control.id.as_str(), &control.parameters)).collect(),
        trust: &plan.config.settings,
    };
    let exceptions = plan.exceptions.as_ref().map(|given| inputs::Input {
        name: "exceptions",
        what: format!("{EXCEPTIONS}: {} given", given.exceptions.len()),
        sha256: given.sha256.clone(),
    });
    let mut list = vec![
        inputs::folder("snapshot", &staged.join("snapshot"))?,
        inputs::Input {
            name: "catalogue",
            what: format!("version {}", catalog.version),
            sha256: catalog.sha256.clone(),
        },
        inputs::Input {
            name: "configuration",
            what: "labels, parameters and what is stated about trusted accounts".to_owned(),
            sha256: sha256_of(&configuration),
        },
        inputs::Input {
            name: "templates",
            what: "templates and fonts".to_owned(),
            sha256: renderer::templates_sha256(),
        },
        inputs::tool(),
    ];
    list.extend(exceptions);
    if !plan.attestations.is_empty() {
        let mut input = inputs::folder("attestations", &staged.join(ATTESTATIONS))?;
        input.what = format!("{ATTESTATIONS}/: {} given, {}", catalog.attestations.len(), input.what);
        list.push(input);
    }
    // A pack with everything lists nothing here.
    list.extend(pdf.left_out().map(|what| inputs::Input {
        name: "left-out",
        what: what.to_owned(),
        sha256: sha256(what.as_bytes()),
    }));
    list.extend(previous.map(|previous| previous.input.clone()));
    list.extend(
        plan.fonts
            .as_ref()
            .and_then(|fonts| Some(inputs::Input { name: "fonts", what: fonts.told(), sha256: fonts.sha256()? })),
    );
    Ok(list)
}
