//! Attestations as whole runs: what a pack says about them, what it keeps, what is refused, what never changes.

use crate::support::{Ran, assessment, auditpack, only_pack, ran, verdicts};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The account of the sample tidy-startup, whose evidence is of 30 September 2026.
const ACCOUNT: &str = "444455556666";

/// One of each state, about the sample tidy-startup.
const OF_EACH_STATE: &[(&str, &str)] = &[
    ("AT-2026-01.toml", include_str!("../data/attestations/AT-2026-01.toml")),
    ("AT-2026-02.toml", include_str!("../data/attestations/AT-2026-02.toml")),
    ("AT-2026-03.toml", include_str!("../data/attestations/AT-2026-03.toml")),
    ("AT-2026-04.toml", include_str!("../data/attestations/AT-2026-04.toml")),
    ("AT-2026-05.toml", include_str!("../data/attestations/AT-2026-05.toml")),
    ("AT-2026-06.toml", include_str!("../data/attestations/AT-2026-06.toml")),
    ("access-review-2026-Q3.csv", include_str!("../data/attestations/access-review-2026-Q3.csv")),
    ("training-2026.txt", include_str!("../data/attestations/training-2026.txt")),
];

fn folder(dir: &Path, files: &[(&str, &str)]) {
    let folder = dir.join("attestations");
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
}

fn run_in(dir: &Path, more: &[&str]) -> Ran {
    ran(auditpack().args(["run", "--sample", "tidy-startup"]).args(more).current_dir(dir))
}

fn pack_with(files: &[(&str, &str)], more: &[&str]) -> (tempfile::TempDir, PathBuf, Ran) {
    let dir = tempfile::tempdir().unwrap();
    folder(dir.path(), files);
    let run = run_in(dir.path(), more);
    assert!(matches!(run.code, 0 | 1 | 3), "{}{}", run.out, run.err);
    let pack = only_pack(&dir.path().join("packs"));
    (dir, pack, run)
}

/// A statement in which lines are put in the place of those with the same key, or added.
fn statement(id: &str, control: &str, changes: &[&str]) -> String {
    let lines = [
        format!("id = \"{id}\""),
        format!("control = \"{control}\""),
        format!("accounts = [\"{ACCOUNT}\"]"),
        "scope = \"All of it.\"".to_owned(),
        "statement = \"I looked.\"".to_owned(),
        "conclusion = \"met\"".to_owned(),
        "attested_by = { name = \"Ada Lovelace\", role = \"Head of Platform\" }".to_owned(),
        "reviewed_by = { name = \"Grace Hopper\", role = \"CISO\", date = 2026-09-16 }".to_owned(),
        "date = 2026-09-15".to_owned(),
        "valid_until = 2026-12-20".to_owned(),
    ];
    let key = |line: &str| line.split(" =").next().unwrap().to_owned();
    let mut lines: Vec<String> =
        lines.into_iter().filter(|line| changes.iter().all(|change| key(change) != key(line))).collect();
    lines.extend(changes.iter().map(|change| (*change).to_owned()));
    lines.join("\n") + "\n"
}

fn control<'a>(told: &'a Value, id: &str) -> &'a Value {
    told["controls"].as_array().unwrap().iter().find(|control| control["id"] == id).unwrap()
}

#[test]
fn what_a_pack_says_about_attestations_of_every_state() {
    let (_dir, pack, run) = pack_with(OF_EACH_STATE, &[]);
    let told = assessment(&pack);
    let mut read = run.out.lines().filter(|line| line.contains("attestations")).collect::<Vec<_>>().join("\n") + "\n";
    for control in told["controls"].as_array().unwrap().iter().filter(|one| one["assessment"] == "manual") {
        let (id, verdict) = (control["id"].as_str().unwrap(), control["verdict"].as_str().unwrap());
        writeln!(read, "{verdict:<9} {id}: {}", control["conclusion"].as_str().unwrap()).unwrap();
        for one in control["attestations"].as_array().unwrap() {
            writeln!(read, "    {} {} {} {}", one["id"], one["state"], one["conclusion"], one["days_left"]).unwrap();
        }
        for result in control["results"].as_array().unwrap().iter().filter(|one| one["attestations"].is_array()) {
            writeln!(read, "    {result}").unwrap();
        }
    }
    for table in ["attestations", "attestation-exhibits"] {
        read.push_str(&fs::read_to_string(pack.join(format!("tables/{table}.csv"))).unwrap().replace('\r', ""));
    }
    insta::assert_snapshot!("of_every_attestation", read);

    let html = fs::read_to_string(pack.join("index.html")).unwrap();
    for words in [
        "Attestations are in force.",
        "not on collected evidence: attested, counted apart from those that pass",
        "(✓)</span> Attested",
        "No attestation is in force",
        "ended on 31 August 2026",
        "EA-01",
        "Supporting information (not tested)",
    ] {
        assert!(html.contains(words), "{words}");
    }
    let results = fs::read_to_string(pack.join("tables/results.csv")).unwrap();
    assert!(results.lines().any(|line| line.contains(",attested,") && line.ends_with(",AT-2026-01")), "{results}");
    let frameworks = fs::read_to_string(pack.join("tables/frameworks.csv")).unwrap();
    assert!(frameworks.contains("access-is-reviewed-periodically,attested"), "{frameworks}");
    let pdf = std::process::Command::new("pdftotext").arg(pack.join("pack.pdf")).arg("-").output().unwrap();
    let pdf = String::from_utf8(pdf.stdout).unwrap();
    assert!(pdf.contains("AT-2026-03") && pdf.contains("(✓) Attested") && pdf.contains("EA-02"));
}

#[test]
fn attestations_are_an_input_and_the_pack_can_be_made_again_from_itself() {
    let (_dir, pack, _) = pack_with(OF_EACH_STATE, &["--no-pdf"]);
    let sums = fs::read_to_string(pack.join("SHA256SUMS")).unwrap();
    for (name, text) in OF_EACH_STATE {
        assert!(sums.contains(&format!("  attestations/{name}")), "{name}");
        assert_eq!(fs::read_to_string(pack.join("attestations").join(name)).unwrap(), *text);
    }
    let inputs: Value = serde_json::from_slice(&fs::read(pack.join("pack.json")).unwrap()).unwrap();
    let input = inputs["inputs"].as_array().unwrap().iter().find(|one| one["name"] == "attestations").unwrap();
    assert_eq!(input["what"], "attestations/: 6 given, 8 files");
    let again = || {
        let out = tempfile::tempdir().unwrap();
        let run = ran(auditpack()
            .args(["run", "--no-pdf", "--from"])
            .arg(pack.join("snapshot"))
            .arg("--attestations")
            .arg(pack.join("attestations"))
            .arg("--out")
            .arg(out.path()));
        assert!(matches!(run.code, 0 | 3), "{}", run.err);
        let made = only_pack(out.path());
        (fs::read_to_string(made.join("SHA256SUMS")).unwrap(), fs::read(made.join("assessment.json")).unwrap())
    };
    let (first, second) = (again(), again());
    assert_eq!(first.0, second.0, "same inputs, same bytes");
    assert!(first.1 == fs::read(pack.join("assessment.json")).unwrap());
    fs::write(pack.join("attestations/training-2026.txt"), "nobody").unwrap();
    let verified = ran(auditpack().arg("verify").arg(&pack));
    assert!(verified.code == 4 && verified.out.contains("attestations/training-2026.txt"), "{}", verified.out);
}

/// Whatever is stated, no control passes by it, and what the evidence decides stays as it is.
#[test]
fn no_attestation_makes_a_pass() {
    let (_dir, plain, _) = pack_with(&[], &["--no-pdf"]);
    let before = assessment(&plain);
    let manual: Vec<&str> = before["controls"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["assessment"] == "manual")
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    let files: Vec<(String, String)> = manual
        .iter()
        .enumerate()
        .map(|(n, id)| (format!("AT-{n}.toml"), statement(&format!("AT-{n}"), id, &["evidence = [\"proof.pdf\"]"])))
        .collect();
    let mut files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    files.push(("proof.pdf", "%PDF-1.7"));
    let (_dir, pack, run) = pack_with(&files, &["--no-pdf", "--fail-on", "low"]);
    let (before, after) = (verdicts(&before), verdicts(&assessment(&pack)));
    for (control, verdict) in &before {
        let now = after[control].as_str();
        let expected = if manual.contains(&control.as_str()) { "attested" } else { verdict };
        assert_eq!(now, expected, "{control}: {verdict} -> {now}");
    }
    assert!(before.values().any(|verdict| verdict == "pass") && run.code != 2);
}

#[test]
fn hostile_text_in_attestations_stays_text() {
    let hostile = r##"</td><script>alert(1)</script>{{ cover.account }}#read(\"/etc/passwd\") \u202E \u001B[31m $x$"##;
    let said = |key: &str, before: &str| format!("{key} = \"{before}{hostile}\"");
    let who = |key: &str, before: &str, more: &str| {
        format!("{key} = {{ name = \"{before}{hostile}\", role = \"@SUM(A1) {hostile}\"{more} }}")
    };
    let text = statement(
        "AT-1",
        "people-with-access-are-trained",
        &[
            &said("statement", "=HYPERLINK(1) "),
            &said("scope", "+cmd "),
            &said("reason", "-2+3 "),
            &said("ticket", "@x "),
            &who("attested_by", "=1+1 ", ""),
            &who("reviewed_by", "Grace ", ", date = 2026-09-16"),
            "evidence = [\"record (final), Ä.pdf\"]",
        ],
    );
    let (_dir, pack, run) = pack_with(&[("AT-1.toml", &text), ("record (final), Ä.pdf", "%PDF")], &[]);
    let html = fs::read_to_string(pack.join("index.html")).unwrap();
    assert!(html.contains("&lt;script&gt;alert(1)") && !html.contains("<script>alert"));
    assert!(!html.contains('\u{202E}') && html.contains("⟨U+202E⟩"));
    assert!(html.contains("{{ cover.account }}"), "templates are not run on what was given");
    let csv = fs::read_to_string(pack.join("tables/attestations.csv")).unwrap();
    for formula in ["'=HYPERLINK", "'+cmd", "'-2+3", "'@x", "'=1+1"] {
        assert!(csv.contains(formula), "{formula} in {csv}");
    }
    assert!(!csv.contains('\u{1B}') && !run.out.contains('\u{1B}') && !run.err.contains('\u{1B}'));
    let json = fs::read_to_string(pack.join("assessment.json")).unwrap();
    assert!(!json.contains(['\u{202E}', '\u{1b}']), "a terminal that shows it obeys nobody");
    let pdf = std::process::Command::new("pdftotext").arg(pack.join("pack.pdf")).arg("-").output().unwrap();
    let pdf = String::from_utf8(pdf.stdout).unwrap().split_whitespace().collect::<String>();
    assert!(pdf.contains("<script>alert(1)</script>") && !pdf.contains("root:x:"), "shown, not run");
    assert_eq!(ran(auditpack().arg("verify").arg(&pack)).code, 0);
    let sums =
        std::process::Command::new("sha256sum").args(["-c", "--quiet", "SHA256SUMS"]).current_dir(&pack).status();
    assert!(sums.unwrap().success());
}

#[test]
fn mistakes_are_told_at_once_with_their_places_and_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    folder(
        dir.path(),
        &[
            (
                "AT-1.toml",
                &statement("AT-1", "access-is-reviewd-periodically", &["colour = 1", "date = \"2026-13-01\""]),
            ),
            (
                "AT-2.toml",
                &statement(
                    "AT-2",
                    "root-has-mfa",
                    &["reviewed_by = { name = \"ada  LOVELACE\", role = \"x\", date = 2026-09-16 }"],
                ),
            ),
            ("AT-3.toml", &statement("AT-33", "access-is-reviewed-periodically", &["conclusion = \"not applicable\""])),
            (
                "AT-4.toml",
                &statement("AT-4", "access-is-reviewed-periodically", &["evidence = [\"../../etc/passwd\"]"]),
            ),
            ("page.html", "<script>alert(1)</script>"),
        ],
    );
    std::os::unix::fs::symlink("/etc/passwd", dir.path().join("attestations/secret.txt")).unwrap();
    let run = run_in(dir.path(), &[]);
    assert_eq!(run.code, 2, "{}", run.out);
    for words in [
        "attestations/AT-1.toml:2:11: unknown control access-is-reviewd-periodically",
        "did you mean access-is-reviewed-periodically?",
        "unknown key colour",
        "attestations/AT-1.toml:11:8: date of attestation AT-1 is not a date",
        "attestations/AT-2.toml:2:11: root-has-mfa is decided by collected evidence, which no attestation changes",
        "exceptions.toml",
        "attestation AT-2 is reviewed by its own attester, ada  LOVELACE",
        "the id is AT-33, the file is called AT-3.toml",
        "attestation AT-33 without reason",
        "no file \"../../etc/passwd\" lies in the folder",
        "attestations/page.html: is not of a kind that can be handed over",
        "attestations/secret.txt: is not a plain file",
        "next:",
    ] {
        assert!(run.err.contains(words), "{words} is missing in {}", run.err);
    }
    assert!(!dir.path().join("packs").exists());
    let run = run_in(dir.path(), &["--attestations", "missing"]);
    assert!(run.code == 2 && run.err.contains("missing") && run.err.contains("next:"), "{}", run.err);
}

#[test]
fn the_option_wins_over_the_configuration_and_that_over_the_usual_folder() {
    let dir = tempfile::tempdir().unwrap();
    let used = |more: &[&str]| {
        let out = tempfile::tempdir().unwrap();
        let run = run_in(dir.path(), &[&["--no-pdf", "--out", out.path().to_str().unwrap()], more].concat());
        assert!(matches!(run.code, 0 | 3), "{}", run.err);
        let told = assessment(&only_pack(out.path()));
        let control = control(&told, "roles-and-policies-are-documented");
        control["attestations"][0]["id"].as_str().unwrap_or("none").to_owned()
    };
    let place = |name: &str, id: &str| {
        fs::create_dir_all(dir.path().join(name)).unwrap();
        let text = statement(id, "roles-and-policies-are-documented", &[]);
        fs::write(dir.path().join(name).join(format!("{id}.toml")), text).unwrap();
    };
    assert_eq!(used(&[]), "none");
    place("attestations", "USUAL");
    assert_eq!(used(&[]), "USUAL");
    place("named", "CONFIGURED");
    fs::write(dir.path().join("auditpack.toml"), "attestations = \"named\"\n").unwrap();
    assert_eq!(used(&[]), "CONFIGURED");
    place("option", "OPTION");
    assert_eq!(used(&["--attestations", "option"]), "OPTION");
}

#[test]
fn a_comparison_tells_which_attestations_are_others_now() {
    let dir = tempfile::tempdir().unwrap();
    let pack = |name: &str, files: &[(&str, &str)]| {
        let own = dir.path().join(name);
        folder(&own, files);
        let run = run_in(&own, &["--no-pdf"]);
        assert!(matches!(run.code, 0 | 3), "{}", run.err);
        only_pack(&own.join("packs"))
    };
    let documented = "roles-and-policies-are-documented";
    let old = pack("old", &[("AT-1.toml", &statement("AT-1", documented, &[]))]);
    let changed = statement("AT-1", documented, &["conclusion = \"not met\"", "statement = \"I looked again.\""]);
    let new = pack("new", &[("AT-1.toml", &changed), ("AT-2.toml", &statement("AT-2", documented, &[]))]);
    let run = ran(auditpack().arg("compare").args([&old, &new]));
    assert_eq!(run.code, 0, "{}", run.err);
    for words in [
        "Attestations, each pack’s own: 1 added and 1 changed.",
        "AT-1 (roles-and-policies-are-documented): changed",
        "Conclusion: met → not met",
        "Statement: I looked. → I looked again.",
        "AT-2 (roles-and-policies-are-documented): added",
    ] {
        assert!(run.out.contains(words), "{words} is missing in {}", run.out);
    }
    let json = ran(auditpack().args(["compare", "--json"]).args([&old, &new]));
    let told: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(told["attestations"]["changes"][0]["change"], "changed");
    let run = ran(auditpack().arg("compare").arg(old.join("snapshot")).arg(&new));
    assert!(run.out.contains("Not comparable. The earlier side is a snapshot"), "{}", run.out);
}

#[test]
fn the_catalogue_says_which_controls_a_person_decides() {
    let list = ran(auditpack().args(["controls", "list"]));
    let line = list.out.lines().find(|line| line.contains("access-is-reviewed-periodically")).unwrap();
    assert!(line.ends_with("(a person decides)"), "{line}");
    let page = ran(auditpack().args(["controls", "show", "access-is-reviewed-periodically"]));
    let decided =
        "Decided    by a person, in an attestation of 100 days at most, with a second person's review, with a file";
    assert!(page.out.contains(decided), "{}", page.out);
}
