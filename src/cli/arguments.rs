//! The command line as types; `--help` is written here.

use crate::run::options::{AwsOptions, RenderOptions, RunOptions, StoreOptions, UploadOptions, account_number};
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
    #[arg(long, value_name = "URL", value_parser = Address::parse, requires = "collector")]
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
