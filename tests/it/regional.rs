//! Regional evidence from the call to the pack: tidy and messy accounts, refusals, regions left out.

use crate::support::{assessment, auditpack_at, only_pack, ran, verdicts};
use aws_double::{Account, Double, Faults, generate};
use std::collections::BTreeMap;
use std::path::PathBuf;

const CONTROLS: &[&str] = &[
    "external-access-is-analyzed-in-every-region",
    "findings-of-external-access-are-settled",
    "resource-policies-are-not-open-to-everyone",
    "archive-rules-are-narrow",
    "unused-access-is-analyzed",
    "config-records-every-region",
    "config-records-identities",
    "config-delivers-its-records",
    "config-rules-about-identity-are-evaluated",
    "a-trail-records-every-management-event",
    "trails-validate-their-files",
    "trails-are-encrypted-with-a-key-of-kms",
    "trails-reach-cloudwatch-logs",
    "unauthorized-calls-raise-an-alarm",
    "sign-in-without-mfa-raises-an-alarm",
    "use-of-root-raises-an-alarm",
    "changes-of-iam-policies-raise-an-alarm",
    "changes-of-trails-raise-an-alarm",
    "failed-sign-ins-raise-an-alarm",
    "changes-of-the-organization-raise-an-alarm",
];

struct Packed {
    _out: tempfile::TempDir,
    pack: PathBuf,
    verdicts: BTreeMap<String, String>,
}

/// Collected from the double, moved to the fictional accounts' day, and rendered.
fn packed(account: Account, more: &[&str]) -> Packed {
    let double = Double::start(account, Faults::none().report_ready());
    let out = tempfile::tempdir().unwrap();
    let snapshot = out.path().join("snapshot");
    let run = ran(auditpack_at(&double.endpoint()).args(["collect", "--out"]).arg(&snapshot).args(more));
    assert!(matches!(run.code, 0 | 3), "{}", run.err);
    crate::samples::move_to_the_samples_day(&snapshot);
    let packs = out.path().join("packs");
    let run =
        ran(crate::support::auditpack().args(["run", "--no-pdf", "--from"]).arg(&snapshot).arg("--out").arg(&packs));
    assert!(matches!(run.code, 0 | 3), "{}", run.err);
    let pack = only_pack(&packs);
    let verdicts = verdicts(&assessment(&pack));
    Packed { _out: out, pack, verdicts }
}

fn all_are(packed: &Packed, verdict: &str) {
    for id in CONTROLS {
        assert_eq!(packed.verdicts[*id], verdict, "{id}");
    }
}

#[test]
fn what_is_set_up_passes_what_is_not_fails_and_what_is_refused_is_unknown() {
    all_are(&packed(generate::tidy_startup(), &[]), "pass");
    all_are(&packed(generate::messy_enterprise(), &[]), "fail");
    all_are(&packed(generate::permission_denied(), &[]), "unknown");
}

#[test]
fn what_was_not_collected_is_unknown() {
    all_are(&packed(generate::tidy_startup(), &["--sources", "iam"]), "unknown");
}

#[test]
fn a_region_that_was_left_out_leaves_every_region_open() {
    let one = packed(generate::tidy_startup(), &["--regions", "us-east-1"]);
    for id in
        ["external-access-is-analyzed-in-every-region", "config-records-every-region", "trails-validate-their-files"]
    {
        assert_eq!(one.verdicts[id], "unknown", "{id}");
    }
    // One trail of all regions is enough, wherever else trails may be.
    assert_eq!(one.verdicts["a-trail-records-every-management-event"], "pass");
}

#[test]
fn what_aws_config_says_stands_beside_our_verdict() {
    let messy = packed(generate::messy_enterprise(), &[]);
    let pages: String = walk(&messy.pack).iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    assert!(pages.contains("AWS Config rule IAM_USER_MFA_ENABLED evaluated 40 resources"), "told in the section");
    assert!(pages.contains("is not comparable: its maxAccessKeyAge is 365, the control&#39;s max_age is 90"));
}

fn walk(pack: &std::path::Path) -> Vec<PathBuf> {
    let index = pack.join("index.html");
    let mut pages = vec![index];
    for folder in ["controls", "sheets"] {
        if let Ok(entries) = std::fs::read_dir(pack.join(folder)) {
            pages.extend(entries.map(|entry| entry.unwrap().path()));
        }
    }
    pages
}
