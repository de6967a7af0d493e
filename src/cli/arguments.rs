//! The command line as types; `--help` is written here.

use crate::collect::assume::Secret;
use crate::files::Readers;
use crate::render::Pdf;
use crate::store::Address;
use crate::tool::VERSION;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const EXIT_CODES: &str = "Exit codes: 0 done; 1 a control failed at or above --fail-on; 2 bad usage or input; \
3 pack made, the evidence has gaps; 4 verification failed.";

/// Dated, sealed evidence packs about identity and access in an AWS account.
#[derive(Debug, Parser)]
#[command(name = "auditpack", version = VERSION.as_str(), about, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Arguments {
    /// Say nothing on the way; errors still appear.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Print the result as JSON on standard output.
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Collect, assess, render and seal: the main job.
    #[command(after_help = "Examples:
  auditpack run --sample messy-enterprise          a pack of a fictional account, no AWS needed
  auditpack run --profile audit --period 2026-Q3   a pack of the account that the profile reaches
  auditpack run --from old-pack/snapshot           a pack from evidence collected earlier
  auditpack run --pdf pack                         without PDF sheets of every role, user and policy
  auditpack run --org --role AuditpackReadOnly     a pack of every account, and one of the organization
  auditpack run --store s3://audit-packs/iam --retain-days 2557   kept in S3, locked for seven years
  AWS_ENDPOINT_URL=http://127.0.0.1:5000 auditpack run   the same against another endpoint

A run that was interrupted is taken up by the next run with the same --out: its collection, or its upload.")]
    Run(Box<RunOptions>),
    /// Collect evidence into a snapshot, without a pack.
    #[command(after_help = "Examples:
  auditpack collect --out evidence/2026-Q3
  auditpack collect --out evidence/2026-Q3 --resume")]
    Collect(CollectOptions),
    /// Make a snapshot from a folder of AWS CLI output.
    #[command(after_help = "Examples:
  auditpack import --script > collect.sh     a script for whoever has access; it needs the AWS CLI only
  auditpack import answers/ --out evidence/2026-Q3
  auditpack import credential_report.csv --collected-at 2026-09-30T06:00:00Z --out evidence/2026-Q3
  auditpack render evidence/2026-Q3

Ages and last uses count to the time of the collection: the line in collected-at.txt, which the
script writes into the folder (2026-09-30T06:00:00Z), or --collected-at. Where neither says it,
the time of the import stands for it, and import says so.
Output of AWS CLI versions 1 and 2 is read, and CSV with commas, semicolons or tabs.")]
    Import(ImportOptions),
    /// Make a pack from a snapshot, offline.
    #[command(after_help = "Example:
  auditpack render evidence/2026-Q3 --period 2026-Q3
  auditpack render --org packs    the organization's pack from the accounts' packs in that folder
  auditpack render --org --store s3://audit-packs/iam    the same from what the parts of a run kept there")]
    Render(RenderOptions),
    /// Commented files to begin with: auditpack.toml, exceptions.toml and attestations/.
    #[command(after_help = "Examples:
  auditpack init              in the current folder, where run and render look for them
  auditpack init quarterly    in a folder of their own: run them there, or name them with --config, --exceptions and
                              --attestations

A file that exists is left as it is. Unchanged, the files change nothing.")]
    Init(InitOptions),
    /// Check a pack against its checksums.
    #[command(after_help = "Examples:
  auditpack verify packs/123456789012-2026-09-30
  auditpack verify s3://audit-packs/iam/123456789012-2026-09-30
  auditpack verify packs/123456789012-2026-09-30 --expect 3f0a…   the SHA-256 of SHA256SUMS, received another way")]
    Verify(VerifyOptions),
    /// Upload a pack or snapshot to a store.
    #[command(after_help = "Examples:
  auditpack upload packs/123456789012-2026-09-30 --store s3://audit-packs/iam --retain-days 2557
  auditpack upload packs/* --store /mnt/evidence

Nothing is overwritten; an upload that was cut off goes on. `run`, `render` and `collect` upload by themselves
with --store; `run` and `render --org` also with `store` in auditpack.toml.")]
    Upload(UploadOptions),
    /// What changed between two snapshots or packs of one account.
    #[command(after_help = "Examples:
  auditpack compare packs/123456789012-2026-06-30 packs/123456789012-2026-09-30
  auditpack compare evidence/2026-Q2 evidence/2026-Q3 --json     format auditpack.changes/v1

OLD and NEW are packs or snapshots; a pack is verified first.
What either side lacks is not comparable, with the reason: it never reads as removed,
nor as unchanged. The exit code is 0 whether or not anything changed.")]
    Compare(CompareOptions),
    /// The catalog: list, show ID, check DIR, facts.
    #[command(after_help = "Examples:
  auditpack controls list
  auditpack controls show access-keys-are-rotated
  auditpack controls check our-controls/
  auditpack controls facts")]
    Controls(ControlsOptions),
    /// The read-only policy that collecting needs.
    #[command(after_help = "Examples:
  auditpack permissions > policy.json
  auditpack permissions --format cloud-formation > role.yaml    for one account, or as a StackSet for all
  auditpack permissions --collector                             what whoever runs `run --org` needs
  auditpack permissions --collector --store s3://audit-packs/iam    the same, with keeping packs in that bucket")]
    Permissions(PermissionsOptions),
    /// Shell completions.
    #[command(hide = true)]
    Completions { shell: clap_complete::Shell },
    /// The manual page.
    #[command(hide = true)]
    Man,
}

#[derive(Debug, Args)]
pub struct RunOptions {
    /// Make the pack from this snapshot instead of collecting.
    #[arg(long, value_name = "SNAPSHOT", conflicts_with = "sample")]
    pub from: Option<PathBuf>,
    /// Make the pack of an embedded sample account.
    #[arg(long, value_name = "NAME")]
    pub sample: Option<String>,
    /// Set a cut-off run aside and start anew.
    #[arg(long, conflicts_with_all = ["from", "sample"])]
    pub fresh: bool,
    #[command(flatten)]
    pub many: ManyOptions,
    #[command(flatten)]
    pub aws: AwsOptions,
    #[command(flatten)]
    pub pack: PackOptions,
}

/// One run over many accounts.
#[derive(Debug, Args)]
#[command(next_help_heading = "Many accounts")]
pub struct ManyOptions {
    /// Every account of the organization, and a pack of the organization itself.
    #[arg(long, conflicts_with_all = ["from", "sample", "accounts", "account", "previous"])]
    pub org: bool,
    /// The accounts that a file lists: one number a line, `#` begins a comment.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "sample", "account", "previous"])]
    pub accounts: Option<PathBuf>,
    /// The role to assume in each account.
    #[arg(long, value_name = "NAME", default_value = "AuditpackReadOnly", value_parser = role_name)]
    pub role: String,
    /// The external id that the role's trust policy asks for; rather set it in the environment.
    #[arg(long, value_name = "VALUE", env = "AUDITPACK_EXTERNAL_ID", hide_env_values = true)]
    pub external_id: Option<Secret>,
    /// Accounts that are asked at the same time; packs are made meanwhile, one a processor.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub parallel: u16,
    /// Only the accounts of part K of N (1/4 … 4/4), or `auto/N` with the index that AWS Batch or a Kubernetes
    /// Indexed Job gives; `render --org` joins the parts.
    #[arg(long, value_name = "K/N")]
    pub shard: Option<String>,
    /// Seconds that one account may take; a role's session ends after an hour.
    #[arg(long, value_name = "SECONDS", default_value_t = 3000, value_parser = clap::value_parser!(u64).range(1..=3300))]
    pub account_timeout: u64,
}

#[derive(Debug, Args)]
pub struct RenderOptions {
    /// The snapshot's folder, or its URL in a store; with --org, the folder that holds the accounts' packs (with
    /// --store it may be left out).
    #[arg(required_unless_present = "org")]
    pub snapshot: Option<PathBuf>,
    /// Make the organization's pack from the packs in the folder; it is put there too.
    #[arg(long, conflicts_with_all = ["account", "previous"])]
    pub org: bool,
    /// The account's number, where the evidence does not say it.
    #[arg(long, value_name = "NUMBER", value_parser = account_number)]
    pub account: Option<String>,
    #[command(flatten)]
    pub pack: PackOptions,
}

#[derive(Clone, Debug, Args)]
pub struct PackOptions {
    /// Folder that packs are put into; each gets its own, an existing one is never overwritten.
    #[arg(long, value_name = "DIR", default_value = "packs")]
    pub out: PathBuf,
    /// The organization's name on the cover.
    #[arg(long, value_name = "NAME")]
    pub organisation: Option<String>,
    /// A label such as 2026-Q3; the evidence itself is of one point in time, and the pack says so.
    #[arg(long, value_name = "LABEL")]
    pub period: Option<String>,
    /// A folder with control pages of your own, beside the embedded ones.
    #[arg(long, value_name = "DIR")]
    pub controls: Option<PathBuf>,
    /// Failures that were accepted, until when and by whom; `exceptions.toml` in the current folder if there is one.
    #[arg(long, value_name = "FILE")]
    pub exceptions: Option<PathBuf>,
    /// What people stated about controls that collected evidence cannot decide, with the files that they hand over;
    /// the folder `attestations` in the current folder if there is one.
    #[arg(long, value_name = "DIR")]
    pub attestations: Option<PathBuf>,
    /// Configuration file; `auditpack.toml` in the current folder if there is one.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// End with exit code 1 if a control of this severity or above fails; one whose failures are all under
    /// exceptions in force does not count.
    #[arg(long, value_name = "SEVERITY", value_enum)]
    pub fail_on: Option<FailOn>,
    /// A folder with fonts for writing that the PDF's own lack: Chinese, Japanese, Korean, Arabic, Thai, emoji …
    #[arg(long, value_name = "DIR")]
    pub fonts: Option<PathBuf>,
    /// Which PDF files to make; the HTML has everything in any case.
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = PdfFiles::All)]
    pdf: PdfFiles,
    /// Make no PDF: short for `--pdf none`.
    #[arg(long, conflicts_with = "pdf")]
    no_pdf: bool,
    /// The earlier pack or snapshot that changes are told since; by itself, the newest earlier pack of the account in --out.
    #[arg(long, value_name = "PACK_OR_SNAPSHOT", conflicts_with = "no_previous")]
    pub previous: Option<PathBuf>,
    /// Compare with no earlier pack.
    #[arg(long)]
    pub no_previous: bool,
    /// Who may read the pack's files on this machine, the snapshot's included.
    #[arg(long, value_enum, value_name = "WHO", default_value_t = ReadableBy::Owner)]
    readable_by: ReadableBy,
    #[command(flatten)]
    pub store: StoreOptions,
}

/// Where packs are kept beyond the folder.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Store")]
pub struct StoreOptions {
    /// Keep it here too: `s3://bucket/prefix`, `file:///folder` or a folder's path; earlier packs and the results
    /// of other parts are read from here.
    #[arg(long, value_name = "URL", value_parser = Address::read)]
    pub store: Option<Address>,
    /// Lock each object of a pack in S3 for so many days (Object Lock; the bucket must have it).
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36500))]
    pub retain_days: Option<u32>,
    /// The same until the end of a day (UTC), such as 2033-12-31.
    #[arg(long, value_name = "DATE", conflicts_with = "retain_days")]
    pub retain_until: Option<jiff::civil::Date>,
    /// Whether a lock may be lifted before its end; governance if nothing is said.
    #[arg(long, value_name = "MODE", value_enum)]
    pub retain_mode: Option<RetainMode>,
}

/// S3 Object Lock's modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RetainMode {
    /// By whoever has the permission to bypass it.
    Governance,
    /// By nobody.
    Compliance,
}

/// Values of `--readable-by`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ReadableBy {
    /// The user who runs the program (modes 0700 and 0600).
    Owner,
    /// That user's group as well (0750 and 0640).
    Group,
    /// Every user of the machine (0755 and 0644).
    Everyone,
}

impl PackOptions {
    /// Who may read what is made.
    pub fn readers(&self) -> Readers {
        match self.readable_by {
            ReadableBy::Owner => Readers::Owner,
            ReadableBy::Group => Readers::Group,
            ReadableBy::Everyone => Readers::Everyone,
        }
    }

    /// Which PDF files to make.
    pub fn pdf(&self) -> Pdf {
        match self.pdf {
            _ if self.no_pdf => Pdf::None,
            PdfFiles::All => Pdf::All,
            PdfFiles::Pack => Pdf::Pack,
            PdfFiles::None => Pdf::None,
        }
    }
}

/// Values of `--pdf`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PdfFiles {
    /// pack.pdf with its annex, and a sheet for every role, user, group and policy in volumes.
    All,
    /// pack.pdf with its annex; the register is HTML only. Large accounts take a tenth of the time.
    Pack,
    /// None.
    None,
}

#[derive(Debug, Args)]
pub struct AwsOptions {
    /// Named profile of the AWS configuration (also `AWS_PROFILE`).
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Region to sign for (also `AWS_REGION`); IAM itself is global.
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// The account's number, should `sts:GetCallerIdentity` be denied.
    #[arg(long, value_name = "NUMBER", value_parser = account_number)]
    pub account: Option<String>,
    /// What to collect: `all`, `iam` alone, or a list.
    #[arg(long, value_name = "SETS", value_delimiter = ',', default_value = "all", value_parser = source_set())]
    pub sources: Vec<String>,
    /// `deep` asks about every user and role: keys, MFA devices, Access Advisor.
    #[arg(long, value_enum, default_value_t = Depth::Standard)]
    pub depth: Depth,
    /// Regions to go through in place of all that are enabled; the snapshot says which were left out.
    #[arg(long, value_name = "REGIONS", value_delimiter = ',', value_parser = region)]
    pub regions: Vec<String>,
    /// Requests a second that one service of one account is sent at most, in place of the built-in rates (10 for
    /// IAM, 50 for STS, 4 to 10 for the others). Where AWS throttles all the same, the rate is halved for a while.
    #[arg(long, value_name = "N", env = "AUDITPACK_MAX_RATE", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub max_rate: Option<u32>,
    /// Seconds that the collection of a single account may take. What was not asked by then is a gap, and the next run
    /// asks it; with --org or --accounts see --account-timeout.
    #[arg(long, value_name = "SECONDS", default_value_t = 7200, value_parser = clap::value_parser!(u64).range(1..=14_400))]
    pub timeout: u64,
    /// With cloudtrail: what root did and what changed in IAM, from CloudTrail's last 90 days (slow).
    #[arg(long)]
    pub events: bool,
    /// With access-analyzer: AWS's own policy check of customer policies and trust policies.
    #[arg(long)]
    pub validate_policies: bool,
    /// Milliseconds of every pause between requests, in place of those that AWS is given.
    #[arg(long, value_name = "MS", hide = true)]
    pub pause: Option<u64>,
    /// Go on with a collection started more than 4 hours ago; the pack says so.
    #[arg(long)]
    pub allow_mixed_times: bool,
    /// Entities a page (1 to 1,000).
    #[arg(long, value_name = "N", default_value_t = 1000, hide = true, value_parser = clap::value_parser!(i32).range(1..=1000))]
    pub page_size: i32,
}

#[derive(Debug, Args)]
pub struct CollectOptions {
    /// The snapshot's folder.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Go on with the snapshot in that folder.
    #[arg(long)]
    pub resume: bool,
    #[command(flatten)]
    pub aws: AwsOptions,
    #[command(flatten)]
    pub store: StoreOptions,
}

#[derive(Debug, Args)]
pub struct UploadOptions {
    /// The folder of a pack, or of a snapshot.
    #[arg(value_name = "FOLDER", required = true)]
    pub folders: Vec<PathBuf>,
    /// Configuration file; `auditpack.toml` in the current folder if there is one.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub store: StoreOptions,
}

#[derive(Debug, Args)]
pub struct ImportOptions {
    /// The folder with the AWS CLI's output, or a credential report as a CSV file.
    #[arg(required_unless_present = "script")]
    pub folder: Option<PathBuf>,
    /// The snapshot's folder.
    #[arg(long, value_name = "DIR", required_unless_present = "script")]
    pub out: Option<PathBuf>,
    /// The account's number, where the evidence does not say it.
    #[arg(long, value_name = "NUMBER", value_parser = account_number)]
    pub account: Option<String>,
    /// When the answers were collected (2026-09-30T06:00:00Z), where the folder has no collected-at.txt.
    #[arg(long, value_name = "TIME", value_parser = past_time)]
    pub collected_at: Option<jiff::Timestamp>,
    /// Print the shell script that makes the folder.
    #[arg(long)]
    pub script: bool,
}

#[derive(Debug, Args)]
pub struct InitOptions {
    /// The folder; it is made if there is none.
    #[arg(value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
}

#[derive(Debug, Args)]
pub struct VerifyOptions {
    /// The pack's folder, or its URL in a store.
    pub pack: PathBuf,
    /// SHA-256 of SHA256SUMS, as received from somebody you trust.
    #[arg(long, value_name = "SHA256", value_parser = sha256)]
    pub expect: Option<String>,
}

#[derive(Debug, Args)]
pub struct CompareOptions {
    /// The earlier pack's or snapshot's folder, or its URL in a store.
    pub old: PathBuf,
    /// The later one.
    pub new: PathBuf,
    /// The account's number, where the evidence does not say it.
    #[arg(long, value_name = "NUMBER", value_parser = account_number)]
    pub account: Option<String>,
    /// A folder with control pages of your own, beside the embedded ones.
    #[arg(long, value_name = "DIR")]
    pub controls: Option<PathBuf>,
    /// Configuration file; `auditpack.toml` in the current folder if there is one.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ControlsOptions {
    #[command(subcommand)]
    pub what: ControlsCommand,
}

#[derive(Debug, Subcommand)]
pub enum ControlsCommand {
    /// Every control: id, severity, title, frameworks.
    List {
        /// Pages of your own beside the embedded ones.
        #[arg(long, value_name = "DIR")]
        controls: Option<PathBuf>,
    },
    /// One control's page.
    Show { id: String },
    /// Check pages of your own; every mistake is reported at once.
    Check { dir: PathBuf },
    /// The facts that criteria can read.
    Facts,
}

#[derive(Debug, Args)]
pub struct PermissionsOptions {
    /// What to print.
    #[arg(long, value_enum, default_value_t = PermissionsFormat::Json)]
    pub format: PermissionsFormat,
    /// What the caller of `run --org` may do itself, in place of the role in each account.
    #[arg(long)]
    pub collector: bool,
    /// With --collector: also what keeping packs in this bucket needs, `s3://bucket/prefix`.
    #[arg(long, value_name = "URL", value_parser = Address::read, requires = "collector")]
    pub store: Option<Address>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PermissionsFormat {
    /// The policy document.
    Json,
    /// A template with the role `AuditpackReadOnly`.
    CloudFormation,
    /// The same for Terraform.
    Terraform,
}

/// How much is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Depth {
    /// What does not grow with the number of users and roles.
    Standard,
    /// Also calls for each of them.
    Deep,
}

/// `all`, or the sets of sources.
fn source_set() -> clap::builder::PossibleValuesParser {
    std::iter::once("all").chain(crate::collect::Set::ALL.map(crate::collect::Set::name)).into()
}

/// A name that can be put into a host name.
fn region(text: &str) -> Result<String, String> {
    if crate::collect::looks_like_a_region(text) {
        Ok(text.to_owned())
    } else {
        Err("a region is called like eu-central-1".to_owned())
    }
}

/// The name of a role, with its path if it has one; it becomes the end of an ARN.
fn role_name(text: &str) -> Result<String, String> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@-_/".contains(&byte);
    if !text.is_empty() && text.len() <= 512 && text.bytes().all(known) && !text.starts_with('/') {
        Ok(text.to_owned())
    } else {
        Err("the name of a role has letters, digits and +=,.@-_ (a path before it: team/audit/Name)".to_owned())
    }
}

/// Severities of `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Low,
    Medium,
    High,
    Critical,
}

fn sha256(text: &str) -> Result<String, String> {
    let text = text.trim().to_lowercase();
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(text)
    } else {
        Err("a SHA-256 has 64 hexadecimal digits".to_owned())
    }
}

fn past_time(text: &str) -> Result<jiff::Timestamp, String> {
    let time: jiff::Timestamp = text.parse().map_err(|_| "write it like 2026-09-30T06:00:00Z".to_owned())?;
    if crate::snapshot::import::can_be_collected_at(time, jiff::Timestamp::now()) {
        Ok(time)
    } else {
        Err("it is in the future, or before AWS had IAM".to_owned())
    }
}

fn account_number(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("an account's number has twelve digits".to_owned())
    }
}
