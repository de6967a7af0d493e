//! What a run is asked for: the options that `run`, `render`, `collect` and `upload` share, with their `--help`.

use crate::arn::is_account;
use crate::collect::assume::Secret;
use crate::files::Readers;
use crate::render::Pdf;
use crate::store::Address;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

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
    #[arg(long, value_name = "NAME", alias = "organisation")]
    pub organization: Option<String>,
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
    #[arg(long, value_name = "URL", value_parser = Address::parse)]
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

pub fn account_number(text: &str) -> Result<String, String> {
    if is_account(text) { Ok(text.to_owned()) } else { Err("an account's number has twelve digits".to_owned()) }
}
