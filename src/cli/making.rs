//! `auditpack run` and `auditpack render`: snapshot → pack folder.
//!
//! A pack is made in a staging folder inside `--out` and takes its name by one
//! rename at the end, so a folder with a pack's name is always a whole pack.

use super::arguments::{FailOn, PackOptions, RenderOptions, RunOptions};
use super::config::{self, Config};
use super::exit::Exit;
use super::previous::{self, Predecessor};
use super::progress::Voice;
use super::{collecting, keeping, organisation, sample};
use crate::account::fact::{Gap, GapKind};
use crate::account::{self, Account};
use crate::assess::{self, Assessment, ExceptionState, Verdict};
use crate::catalog::{self, Catalog, Given, Severity};
use crate::collect::Options;
use crate::digest::sha256;
use crate::pack::{self, Labels};
use crate::policy::trust::TrustSettings;
use crate::render::pdf::Fonts;
use crate::render::{self as renderer, Formats};
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
    let made = build(&snapshot, options.aws.account.as_deref(), None, &options.pack, &plan, say)?;
    // Before the pack is kept elsewhere: should that fail, the next run has a new pack to make.
    fs::remove_dir_all(&staging)?;
    end(made, &options.pack, &plan, say)
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
    /// The exceptions are part of it.
    pub catalog: Catalog,
    /// The file of exceptions, where it holds any.
    exceptions: Option<Given>,
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
        let fonts = options.fonts.as_deref().or(config.fonts.as_deref()).map(Fonts::read).transpose()?;
        Ok(Self { config, catalog, exceptions, fonts, store: None })
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
    end(build(from, account, sample, options, plan, say)?, options, plan, say)
}

/// Keeps the pack where there is a store, and says how it all ended.
fn end(mut made: Made, options: &PackOptions, plan: &Plan, say: &Voice) -> Result<Exit, Box<dyn Error>> {
    made.place = keeping::keep(plan.store.as_ref(), made.place, say)?;
    let Made { place, id, account, assessment } = &made;
    Ok(finish(place, id, account, &plan.catalog, assessment, options.fail_on, say))
}

/// A finished pack.
pub(super) struct Made {
    pub place: PathBuf,
    pub id: String,
    account: Account,
    assessment: Assessment,
}

impl Made {
    /// Failed and unknown controls.
    pub fn counts(&self) -> (usize, usize) {
        let count = |verdict| self.assessment.controls.iter().filter(|result| result.verdict == verdict).count();
        (count(Verdict::Fail), count(Verdict::Unknown))
    }

    /// Whether evidence is missing, and whether a control failed at or above the limit.
    pub fn end(&self, catalog: &Catalog, fail_on: Option<FailOn>) -> (bool, bool) {
        (is_incomplete(&self.account, &self.assessment), has_failed(catalog, &self.assessment, fail_on))
    }
}

/// Makes a pack and says nothing about how it ended.
pub(super) fn build(
    from: &Path,
    account: Option<&str>,
    sample: Option<&str>,
    options: &PackOptions,
    plan: &Plan,
    say: &Voice,
) -> Result<Made, Box<dyn Error>> {
    let step = say.step("reading the evidence");
    let snapshot = Snapshot::open(from)?;
    let mut account = read_account(&snapshot, account, &plan.config.settings)?;
    step.now("assessing");
    let assessment = assess::assess(&account, &plan.catalog);
    let labels = plan.labels(options, sample);
    let previous = previous::find(options, &account, plan.store.as_ref(), &plan.config.settings, say)?;
    let changes = previous.as_ref().map(|(previous, before)| {
        step.now("comparing with the previous pack");
        previous.changes(before, &snapshot, &account, &assessment, &plan.catalog)
    });

    let staged = staging(&options.out)?;
    copy(&snapshot.dir, &staged.path().join("snapshot"))?;
    if let Some(given) = &plan.exceptions {
        fs::write(staged.path().join(EXCEPTIONS), &given.bytes)?;
    }
    let inputs =
        list_inputs(&staged.path().join("snapshot"), plan, &labels, previous.as_ref().map(|(previous, _)| previous))?;
    let id = inputs::pack_id(&inputs);
    let pack = pack::build(&snapshot, &account, &plan.catalog, &assessment, &labels, &id, changes)?;
    // Laying out takes the most memory, and nothing after the wording asks these again.
    drop(previous);
    account.analysis = std::sync::Arc::default();
    let formats = if options.no_pdf { Formats::WithoutPdf } else { Formats::All };
    let progress = |text: &str| step.now(&format!("writing {text}"));
    let replaced = renderer::write(pack, staged.path(), formats, plan.fonts.as_ref(), &progress)?;
    step.now("sealing");
    inputs::write(staged.path(), &inputs)?;
    seal::seal(staged.path())?;

    let name = format!("{}-{}", account.id, &snapshot.header.started.to_string()[..10]);
    let place = free_name(&options.out, &name);
    fs::rename(staged.keep(), &place)?;
    drop(step);
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
    Ok(Made { place, id, account, assessment })
}

/// What keeps the account's evidence from being whole.
fn missing(account: &Account) -> Vec<&Gap> {
    let is_missing = |gap: &&Gap| !matches!(gap.kind, GapKind::Absent | GapKind::Conflict);
    account.gaps.iter().map(AsRef::as_ref).filter(is_missing).collect()
}

/// A fact that is absent or contradicted makes the evidence incomplete where a control hangs on it.
fn is_incomplete(account: &Account, assessment: &Assessment) -> bool {
    !missing(account).is_empty() || assessment.controls.iter().any(|result| result.verdict == Verdict::Unknown)
}

fn has_failed(catalog: &Catalog, assessment: &Assessment, fail_on: Option<FailOn>) -> bool {
    fail_on.is_some_and(|limit| {
        assessment.controls.iter().any(|result| {
            result.verdict == Verdict::Fail && catalog.controls[result.control].severity >= severity(limit)
        })
    })
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

fn list_inputs(
    snapshot: &Path,
    plan: &Plan,
    labels: &Labels,
    previous: Option<&Predecessor>,
) -> Result<Vec<inputs::Input>, Box<dyn Error>> {
    let catalog = &plan.catalog;
    let configuration = format!("{labels:?}\n{:?}\n{:?}", parameters(catalog), plan.config.settings);
    let exceptions = plan.exceptions.as_ref().map(|given| inputs::Input {
        name: "exceptions",
        what: format!("{EXCEPTIONS}: {} given", given.exceptions.len()),
        sha256: given.sha256.clone(),
    });
    let mut list = vec![
        inputs::folder("snapshot", snapshot)?,
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

/// The last words, and the exit code in the documented order 2, 4, 3, 1.
fn finish(
    place: &Path,
    id: &str,
    account: &Account,
    catalog: &Catalog,
    assessment: &Assessment,
    fail_on: Option<FailOn>,
    say: &Voice,
) -> Exit {
    let count = |verdict| assessment.controls.iter().filter(|result| result.verdict == verdict).count();
    let missing = missing(account);
    let failed = has_failed(catalog, assessment, fail_on);
    let incomplete = is_incomplete(account, assessment);
    let exit = match (incomplete, failed) {
        (true, _) => Exit::Incomplete,
        (false, true) => Exit::Failed,
        (false, false) => Exit::Done,
    };
    let verdicts = [
        ("fail", count(Verdict::Fail)),
        ("unknown", count(Verdict::Unknown)),
        ("excepted", count(Verdict::Excepted)),
        ("manual", count(Verdict::Manual)),
        ("pass", count(Verdict::Pass)),
        ("not applicable", count(Verdict::NotApplicable)),
    ];
    let mut words = vec![format!("{}", place.display())];
    let counted: Vec<String> = verdicts.iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!("{n} {name}")).collect();
    words.push(format!("{} controls: {}", assessment.controls.len(), counted.join(", ")));
    words.extend(exceptions_in_short(catalog, assessment));
    if !missing.is_empty() {
        words.push("evidence is incomplete:".to_owned());
        words.extend(missing.iter().map(|gap| format!("  {}: {}", gap.evidence, in_short(gap))));
    }
    words.push(format!("open {}", place.join("index.html").display()));
    say.result(
        &serde_json::json!({
            "pack": place,
            "pack_id": id,
            "account": account.id,
            "exit": exit.code(),
            "verdicts": verdicts.iter().map(|(name, n)| (name.replace(' ', "_"), serde_json::json!(n))).collect::<serde_json::Map<_, _>>(),
            "evidence_incomplete": incomplete,
            "failed_at_or_above_limit": failed,
            "exceptions": assessment.exceptions.iter().map(|one| serde_json::json!({
                "id": catalog.exceptions[one.exception].id, "state": one.state.key(), "excepted": one.excepted.len(),
            })).collect::<Vec<_>>(),
            "gaps": missing.iter().map(|gap| serde_json::json!({
                "source": gap.evidence.to_string(), "code": gap.code, "reason": gap.reason, "call": gap.call,
            })).collect::<Vec<_>>(),
        }),
        &words.join("\n"),
    );
    exit
}

/// Exceptions by state, by id where their owners should look at them.
fn exceptions_in_short(catalog: &Catalog, assessment: &Assessment) -> Option<String> {
    let results = &assessment.exceptions;
    let in_force = results.iter().filter(|one| one.state == ExceptionState::InForce).count();
    let mut parts = vec![format!("{in_force} in force")];
    for look in [
        ExceptionState::Expired,
        ExceptionState::Future,
        ExceptionState::Unused,
        ExceptionState::NotNeeded,
        ExceptionState::Undecided,
    ] {
        let ids: Vec<&str> = results
            .iter()
            .filter(|one| one.state == look)
            .map(|one| catalog.exceptions[one.exception].id.as_str())
            .collect();
        if !ids.is_empty() {
            parts.push(format!("{}: {}", look.key().replace('_', " "), ids.join(", ")));
        }
    }
    (!results.is_empty()).then(|| format!("{} exceptions: {}", results.len(), parts.join("; ")))
}

/// AWS's code and the call where a call failed; the pack has the whole message.
fn in_short(gap: &Gap) -> String {
    match (&gap.code, &gap.call) {
        (Some(code), Some(call)) => format!("{code} (call {call})"),
        (Some(code), None) => code.clone(),
        (None, _) => gap.reason.clone(),
    }
}

/// A severity by its name in `assessment.json`; one that is not known counts as the worst.
pub(super) fn severity_named(name: &str) -> Severity {
    match name {
        "low" => Severity::Low,
        "medium" => Severity::Medium,
        "high" => Severity::High,
        _ => Severity::Critical,
    }
}

pub(super) fn severity(limit: FailOn) -> Severity {
    match limit {
        FailOn::Low => Severity::Low,
        FailOn::Medium => Severity::Medium,
        FailOn::High => Severity::High,
        FailOn::Critical => Severity::Critical,
    }
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
    private_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let target = to.join(entry.file_name());
        if kind.is_dir() {
            copy(&entry.path(), &target)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), target)?;
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
