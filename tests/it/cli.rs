//! Bad usage and bad input: one clear message, its place, the next step, exit code 2.

use crate::support::{auditpack, ran, sample};
use std::fs;

fn refused(arguments: &[&str], in_dir: &std::path::Path) -> String {
    let run = ran(auditpack().args(arguments).current_dir(in_dir));
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(!run.err.contains("panicked"), "{}", run.err);
    run.err
}

fn empty_dir() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn help_shows_commands_examples_and_exit_codes() {
    let whole = ran(auditpack().arg("--help"));
    assert_eq!(whole.code, 0);
    for word in ["run", "collect", "import", "render", "verify", "controls", "permissions", "Exit codes"] {
        assert!(whole.out.contains(word), "{word} is missing in {}", whole.out);
    }
    assert!(ran(auditpack().args(["run", "--help"])).out.contains("auditpack run --sample messy-enterprise"));
}

#[test]
fn an_unknown_sample_names_the_known_ones() {
    let dir = empty_dir();
    let told = refused(&["run", "--sample", "nope"], dir.path());
    for name in crate::support::SAMPLES {
        assert!(told.contains(name), "{told}");
    }
    assert!(fs::read_dir(dir.path().join("packs")).is_err(), "nothing was written");
}

#[test]
fn a_folder_that_is_no_snapshot_says_so() {
    let dir = empty_dir();
    let told = refused(&["render", "."], dir.path());
    assert!(told.contains("snapshot.json") && told.contains("next:"), "{told}");
}

#[test]
fn a_truncated_snapshot_names_the_file() {
    let dir = empty_dir();
    let copy = dir.path().join("snapshot");
    copy_dir(&sample("tidy-startup"), &copy);
    let file = copy.join("evidence/iam/list-users.json");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let told = refused(&["render", "snapshot"], dir.path());
    assert!(told.contains("list-users.json") && told.contains("next:"), "{told}");
}

#[test]
fn a_missing_evidence_file_is_named() {
    let dir = empty_dir();
    let copy = dir.path().join("snapshot");
    copy_dir(&sample("tidy-startup"), &copy);
    fs::remove_file(copy.join("evidence/iam/list-roles.json")).unwrap();
    let told = refused(&["render", "snapshot"], dir.path());
    assert!(told.contains("list-roles.json"), "{told}");
}

#[test]
fn a_broken_configuration_has_a_place() {
    let dir = empty_dir();
    fs::write(dir.path().join("auditpack.toml"), "organization = \"x\"\norganization = \"y\"\n").unwrap();
    let told = refused(&["run", "--sample", "tidy-startup"], dir.path());
    assert!(told.contains("auditpack.toml:2") && told.contains("next:"), "{told}");
}

#[test]
fn an_override_of_an_unknown_parameter_is_refused() {
    let dir = empty_dir();
    fs::write(dir.path().join("auditpack.toml"), "[parameters.\"access-keys-are-rotated\"]\nmax_days = 3\n").unwrap();
    let told = refused(&["run", "--sample", "tidy-startup"], dir.path());
    assert!(told.contains("max_days") && told.contains("max_age"), "{told}");
}

#[test]
fn several_mistakes_in_own_pages_are_reported_at_once() {
    let dir = empty_dir();
    let pages = dir.path().join("own");
    fs::create_dir(&pages).unwrap();
    let page = |id: &str, passes: &str| {
        format!(
            "+++\nid = \"{id}\"\ntitle = \"T\"\nseverity = \"low\"\nsection = \"Roles\"\norder = 900\nsubject = \"role\"\npasses = \"{passes}\"\nfails_because = \"x\"\n+++\n## Requirement\na\n## Why it matters\na\n## How it is tested\na\n## How to fix it\na\n## Limits\na\n"
        )
    };
    fs::write(pages.join("roles-have-a-purpose.md"), page("roles-have-a-purpose", "role.descripton != null")).unwrap();
    fs::write(pages.join("roles-are-recent.md"), page("roles-are-recent", "role.created >")).unwrap();
    let told = refused(&["controls", "check", "own"], dir.path());
    assert!(told.contains("roles-have-a-purpose.md:8") && told.contains("description"), "{told}");
    assert!(told.contains("roles-are-recent.md:8"), "{told}");
}

#[test]
fn an_account_number_has_twelve_digits() {
    assert!(refused(&["run", "--account", "12345"], empty_dir().path()).contains("twelve digits"));
}

#[test]
fn json_output_is_json() {
    let dir = empty_dir();
    let run = ran(auditpack()
        .args(["run", "--sample", "tidy-startup", "--json", "--no-pdf", "--quiet"])
        .current_dir(dir.path()));
    let result: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(result["exit"], run.code);
    assert!(run.err.is_empty(), "{}", run.err);
}

#[test]
fn the_exit_code_of_fail_on_follows_the_severity() {
    let dir = empty_dir();
    let run = |sample: &str, more: &[&str]| {
        ran(auditpack().args(["run", "--sample", sample, "--no-pdf"]).args(more).current_dir(dir.path())).code
    };
    // Its one failed control is of medium severity, and nothing is missing.
    assert_eq!(run("tidy-startup", &["--fail-on", "low"]), 1);
    assert_eq!(run("tidy-startup", &["--fail-on", "medium"]), 1);
    assert_eq!(run("tidy-startup", &["--fail-on", "high"]), 0);
    assert_eq!(run("tidy-startup", &[]), 0);
    // Evidence gaps weigh more than failures: what failed is known, what is missing is not.
    assert_eq!(run("messy-enterprise", &["--fail-on", "low"]), 3);
}

#[test]
fn which_pdf_files_are_made_is_chosen_and_recorded() {
    let dir = empty_dir();
    let made = |more: &[&str]| {
        let out = dir.path().join(more.concat());
        ran(auditpack().args(["run", "--sample", "tidy-startup", "--out"]).arg(&out).args(more));
        let pack = crate::support::only_pack(&out);
        assert_eq!(ran(auditpack().arg("verify").arg(&pack)).code, 0);
        let told = fs::read_to_string(pack.join("pack.json")).unwrap();
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        let inputs = told["inputs"].as_array().unwrap();
        let left_out = inputs.iter().find(|input| input["name"] == "left-out").map(|input| input["what"].to_string());
        let files = told["files"].as_array().unwrap();
        let files: Vec<&str> = files.iter().filter_map(|file| file.as_str()).collect();
        let pdf = |begin: &str| files.iter().any(|name| name.starts_with(begin) && name.ends_with(".pdf"));
        (told["pack_id"].clone(), left_out, pdf("pack"), pdf("register/"))
    };
    let (all, pack, none, short) = (made(&[]), made(&["--pdf", "pack"]), made(&["--pdf", "none"]), made(&["--no-pdf"]));
    assert_eq!((all.1.as_deref(), all.2, all.3), (None, true, true));
    assert_eq!((pack.1.as_deref(), pack.2, pack.3), (Some("\"the register as PDF volumes\""), true, false));
    assert_eq!((none.1.as_deref(), none.2, none.3), (Some("\"every PDF file\""), false, false));
    assert_eq!(short, none);
    assert!(all.0 != pack.0 && pack.0 != none.0 && none.0 != all.0, "what is left out is part of the pack's id");
    assert_eq!(made(&["--pdf", "all"]), all);
    let told = refused(&["run", "--sample", "empty-account", "--no-pdf", "--pdf", "pack"], dir.path());
    assert!(told.contains("--no-pdf") && told.contains("--pdf"), "{told}");
    let told = refused(&["run", "--sample", "empty-account", "--pdf", "some"], dir.path());
    assert!(told.contains("all, pack, none"), "{told}");
}

#[test]
fn a_second_pack_of_the_day_gets_its_own_folder() {
    let dir = empty_dir();
    for _ in 0..2 {
        ran(auditpack().args(["run", "--sample", "empty-account", "--no-pdf"]).current_dir(dir.path()));
    }
    let mut names: Vec<String> = fs::read_dir(dir.path().join("packs"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names[1].ends_with("-2"), "{names:?}");
}

#[test]
fn verify_reports_changes_with_exit_code_4() {
    let dir = empty_dir();
    ran(auditpack().args(["run", "--sample", "empty-account", "--no-pdf"]).current_dir(dir.path()));
    let pack = crate::support::only_pack(&dir.path().join("packs"));
    let verify = || ran(auditpack().arg("verify").arg(&pack));
    let intact = verify();
    assert_eq!(intact.code, 0, "{}", intact.err);
    assert!(intact.out.contains("not signed: checksums do not show who made the pack"), "{}", intact.out);
    fs::write(pack.join("note.txt"), "added").unwrap();
    let touched = verify();
    assert_eq!(touched.code, 4);
    assert!(touched.out.contains("added: note.txt"), "{}", touched.out);
    let other = "0".repeat(64);
    assert_eq!(ran(auditpack().arg("verify").arg(&pack).args(["--expect", &other])).code, 4);
    assert_eq!(ran(auditpack().arg("verify").arg(&pack).args(["--expect", "00"])).code, 2);
}

pub fn copy_dir(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn evidence_of_another_account_than_meant_is_refused() {
    let dir = empty_dir();
    let from = sample("tidy-startup");
    let told = refused(&["run", "--from", from.to_str().unwrap(), "--account", "999999999999"], dir.path());
    assert!(told.contains("444455556666") && told.contains("999999999999"), "{told}");
}

#[test]
fn no_account_number_leaves_the_output_folder() {
    let dir = empty_dir();
    copy_dir(&sample("tidy-startup"), &dir.path().join("snapshot"));
    let header = dir.path().join("snapshot/snapshot.json");
    let text = fs::read_to_string(&header).unwrap().replacen("\"444455556666\"", "\"../../evil\"", 1);
    fs::write(&header, text).unwrap();
    refused(&["render", "snapshot", "--no-pdf", "--out", "packs"], dir.path());
    assert!(!dir.path().parent().unwrap().join("evil-2026-09-30").exists());
}

#[test]
fn an_output_folder_that_is_a_file_is_named() {
    let dir = empty_dir();
    fs::write(dir.path().join("taken"), "").unwrap();
    let told = refused(&["run", "--sample", "empty-account", "--no-pdf", "--out", "taken"], dir.path());
    assert!(told.contains("taken") && told.contains("next:"), "{told}");
}

#[cfg(unix)]
#[test]
fn the_snapshot_in_a_pack_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = empty_dir();
    ran(auditpack().args(["run", "--sample", "empty-account", "--no-pdf"]).current_dir(dir.path()));
    let snapshot = crate::support::only_pack(&dir.path().join("packs")).join("snapshot");
    assert_eq!(fs::metadata(&snapshot).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn labels_and_changed_parameters_are_in_the_pack() {
    let dir = empty_dir();
    let config = "period = \"2026-Q3\"\n[parameters.\"access-keys-are-rotated\"]\nmax_age = 60\n";
    fs::write(dir.path().join("auditpack.toml"), config).unwrap();
    let run = ran(auditpack()
        .args(["run", "--sample", "tidy-startup", "--no-pdf", "--organization", "Lumen & <Orchard>"])
        .current_dir(dir.path()));
    assert_ne!(run.code, 2, "{}", run.err);
    let pack = crate::support::only_pack(&dir.path().join("packs"));
    let html = fs::read_to_string(pack.join("index.html")).unwrap();
    assert!(html.contains("Lumen &amp; &lt;Orchard&gt;") && html.contains("2026-Q3"));
    assert!(html.contains("max_age") && html.contains("60") && html.contains("90"), "the page's own value is told");
    let told = crate::support::assessment(&pack);
    let control = told["controls"].as_array().unwrap().iter().find(|c| c["id"] == "access-keys-are-rotated").unwrap();
    assert_eq!(control["parameters"]["max_age"], 60);
}

#[test]
fn a_control_of_the_customers_own_works_like_ours() {
    let dir = empty_dir();
    let pages = dir.path().join("own");
    fs::create_dir(&pages).unwrap();
    let page = "+++\nid = \"roles-are-described\"\ntitle = \"Roles are described\"\nseverity = \"low\"\nsection = \"Roles\"\norder = 900\nsubject = \"role\"\nin_scope = \"!role.service_linked\"\npasses = \"role.description != null\"\nfails_because = \"role {{ role.name }} has no description\"\n+++\n## Requirement\nEvery role says what it is for.\n## Why it matters\na\n## How it is tested\na\n## How to fix it\na\n## Limits\na\n";
    fs::write(pages.join("roles-are-described.md"), page).unwrap();
    let run = ran(auditpack()
        .args(["run", "--sample", "messy-enterprise", "--no-pdf", "--controls", "own"])
        .current_dir(dir.path()));
    assert_eq!(run.code, 3, "the sample has evidence gaps: {}", run.err);
    let pack = crate::support::only_pack(&dir.path().join("packs"));
    let verdicts = crate::support::verdicts(&crate::support::assessment(&pack));
    assert_eq!(verdicts["roles-are-described"], "fail");
    assert!(fs::read_to_string(pack.join("tables/roles.csv")).unwrap().contains("roles-are-described"));
}
