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
use super::{collecting, keeping, organisation, sample};
use crate::account::{self, Account};
use crate::assess;
use crate::assess::evidence_gaps::EvidenceGaps;
use crate::catalog::{self, Catalog, Given};
use crate::collect::Options;
use crate::compare::statements;
use crate::digest::sha256;
use crate::pack::{self, Labels};
use crate::policy::trust::TrustSettings;
use crate::render::pdf::Fonts;
use crate::render::{self as renderer, Pdf, Replaced};
use crate::seal::{self, inputs};
use crate::snapshot::Snapshot;
use crate::store::Store;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// Name of the staging folder in `--out`; what a cut-off run leaves behind.
const UNFINISHED: &str = "unfinished";
/// The file of exceptions in the current folder, and its copy in a pack.
const EXCEPTIONS: &str = "exceptions.toml";
/// The folder of attestations in the current folder, and its copy in a pack.
const ATTESTATIONS: &str = "attestations";

pub fn run(options: RunOptions, say: &Voice) -> Result<Exit, Box<dyn Error>> {
    if options.many.org || options.many.accounts.is_some() {
        return organisation::run(&options, say);
    }
    let is_real = options.from.is_none() && options.sample.is_none();
    let plan = Plan::new(&options.pack)?.with_store(&options.pack, is_real, &collecting::options(&options.aws))?;
    let staging = options.pack.out.join(UNFINISHED);
    if let Some(from) = &options.from {
        let from = keeping::Here::find(from)?;
        return make(&from.dir, options.aws.account.as_deref(), None, &options.pack, &plan, say);
    }
    if let Some(name) = &options.sample {
        let dir = tempfile::tempdir()?;
        sample::extract(name, dir.path())?;
        return make(dir.path(), None, Some(name), &options.pack, &plan, say);
    }
    let snapshot = staging.join("snapshot");
    if options.fresh && staging.exists() {
        let aside = free_name(&options.pack.out, "set-aside");
        fs::rename(&staging, &aside)?;
        say.line(&format!("the cut-off run was set aside as {}", aside.display()));
    }
    fs::create_dir_all(&staging).map_err(|error| {
        format!("{}: {error}\n  next: name a folder that can be written to with --out", options.pack.out.display())
    })?;
    collecting::gather(&snapshot, &options.aws, snapshot.exists(), say)?;
    let made = build((&snapshot, Bring::Copy), options.aws.account.as_deref(), None, &options.pack, &plan, say)?;
    // Before the pack is kept elsewhere: should that fail, the next run has a new pack to make.
    fs::remove_dir_all(&staging)?;
    end(made, &plan, say)
}

pub fn render(options: RenderOptions, say: &Voice) -> Result<Exit, Box<dyn Error>> {
    if options.org {
        return organisation::render(&options, say);
    }
    let plan = Plan::new(&options.pack)?.with_store(&options.pack, false, &Options::default())?;
    let snapshot = options.snapshot.as_deref().expect("clap requires it without --org");
    let snapshot = keeping::Here::find(snapshot)?;
    make(&snapshot.dir, options.account.as_deref(), None, &options.pack, &plan, say)
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
        let usual = Some(Path::new(EXCEPTIONS)).filter(|path| path.exists());
        let file = options.exceptions.as_deref().or(config.exceptions.as_deref()).or(usual);
        let given = file.map(|file| catalog::exceptions(file, &catalog.controls)).transpose()?;
        // A file without any is the same as none.
        let exceptions = given.filter(|given| !given.exceptions.is_empty());
        if let Some(given) = &exceptions {
            catalog.exceptions.clone_from(&given.exceptions);
        }
        let usual = Some(Path::new(ATTESTATIONS)).filter(|path| path.exists());
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
    ) -> Result<Self, Box<dyn Error>> {
        self.store = keeping::open(&options.store, &self.config, also_configured, aws)?;
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
    from: &Path,
    account: Option<&str>,
    sample: Option<&str>,
    options: &PackOptions,
    plan: &Plan,
    say: &Voice,
) -> Result<Exit, Box<dyn Error>> {
    end(build((from, Bring::Copy), account, sample, options, plan, say)?, plan, say)
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

/// How a snapshot comes into its pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bring {
    /// The snapshot stays where it is, and whoever changes it does not change the pack.
    Copy,
    /// The snapshot is removed once the pack is there, and nothing writes into it before: its files need no copies.
    Link,
}

/// Makes a pack and says nothing about how it ended.
pub(super) fn build(
    (from, bring): (&Path, Bring),
    account: Option<&str>,
    sample: Option<&str>,
    options: &PackOptions,
    plan: &Plan,
    say: &Voice,
) -> Result<Made, Box<dyn Error>> {
    let step = say.step("reading the evidence");
    let snapshot = Snapshot::open(from)?;
    let account = read_account(&snapshot, account, &plan.config.settings)?;
    step.now("assessing");
    let assessment = assess::assess(&account, &plan.catalog);
    let labels = plan.labels(options, sample);
    let previous = previous::find(options, &account, plan.store.as_ref(), &plan.config.settings, say)?;
    let changes = previous.as_ref().map(|(previous, before)| {
        step.now("comparing with the previous pack");
        let stated = statements::given(&plan.catalog, &assessment);
        previous.changes(before, &snapshot, &account, &assessment, &plan.catalog, Some(&stated))
    });

    let staged = staging(&options.out)?;
    bring_in(&snapshot.dir, &staged.path().join("snapshot"), bring)?;
    if let Some(given) = &plan.exceptions {
        fs::write(staged.path().join(EXCEPTIONS), &given.bytes)?;
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

    let place = free_name(&options.out, &name);
    fs::rename(staged.keep(), &place)?;
    drop(step);
    tell_replaced(&replaced, say);
    Ok(Made { place, id, manifest_sha256, ending })
}

/// Says what could not be shown as it is.
pub(super) fn tell_replaced(replaced: &Replaced, say: &Voice) {
    if !replaced.characters.is_empty() {
        let total: usize = replaced.characters.values().sum();
        say.line(&format!("{total} characters could not be shown as they are and are written as their code points"));
        let want = replaced.for_want_of_a_font();
        if want > 0 {
            say.line(&format!(
                "  {want} of them for want of a font\n  next: name a folder with fonts that draw them with --fonts"
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
pub(super) fn staging(out: &Path) -> Result<tempfile::TempDir, String> {
    let told = |error: std::io::Error| {
        format!("{}: {error}\n  next: name a folder that can be written to with --out", out.display())
    };
    fs::create_dir_all(out).map_err(told)?;
    tempfile::Builder::new().prefix(".making-").tempdir_in(out).map_err(told)
}

/// The attestations' files as they were given.
fn keep(files: &[catalog::File], to: &Path) -> std::io::Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    fs::create_dir(to)?;
    files.iter().try_for_each(|file| fs::write(to.join(&file.name), &file.bytes))
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
    let configuration = format!("{labels:?}\n{:?}\n{:?}", parameters(catalog), plan.config.settings);
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
            sha256: sha256(configuration.as_bytes()),
        },
        inputs::Input {
            name: "templates",
            what: "templates and fonts".to_owned(),
            sha256: renderer::templates_sha256(),
        },
        inputs::Input {
            name: "tool",
            what: format!("auditpack {}", env!("CARGO_PKG_VERSION")),
            sha256: sha256(env!("CARGO_PKG_VERSION").as_bytes()),
        },
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

fn parameters(catalog: &Catalog) -> Vec<(&str, Vec<(&String, &catalog::Parameter)>)> {
    catalog.controls.iter().map(|control| (control.id.as_str(), control.parameters.iter().collect())).collect()
}

/// `out/name`, or `out/name-2`, `-3` … if that exists: nothing is overwritten.
pub(super) fn free_name(out: &Path, name: &str) -> PathBuf {
    let plain = out.join(name);
    if !plain.exists() {
        return plain;
    }
    (2..).map(|n: u32| out.join(format!("{name}-{n}"))).find(|path| !path.exists()).expect("some number is free")
}

/// Copies a snapshot, for its owner's eyes only; what is neither file nor folder has no place in one.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    bring_in(from, to, Bring::Copy)
}

fn bring_in(from: &Path, to: &Path, bring: Bring) -> Result<(), Box<dyn Error>> {
    private_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let target = to.join(entry.file_name());
        if kind.is_dir() {
            bring_in(&entry.path(), &target, bring)?;
        } else if kind.is_file() {
            // Not every file system has links.
            if bring == Bring::Copy || fs::hard_link(entry.path(), &target).is_err() {
                fs::copy(entry.path(), target)?;
            }
        } else {
            let next = "remove it, or collect again";
            return Err(format!("{}: neither a file nor a folder\n  next: {next}", entry.path().display()).into());
        }
    }
    Ok(())
}

/// A folder that only its owner can open: a snapshot holds external ids and every name in the account.
fn private_dir(dir: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}
