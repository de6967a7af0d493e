//! `pack.pdf` and its annex volumes as a reader, an archive and a screen reader get them.

mod register;
mod sample;

use auditpack::testing::pack::{Block, Pack, Row, Span};
use auditpack::testing::render::{Replaced, pdf};
use auditpack::testing::verdict::Verdict;
use sample::{ACCOUNT, DATE, HOSTILE, every_title, pack};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

fn written(pack: &Pack) -> (TempDir, Replaced) {
    let (dir, replaced, _) = written_with(pack, &pdf::Extras::default());
    (dir, replaced)
}

/// The files, what was replaced, and what was said on the way.
fn written_with(pack: &Pack, extras: &pdf::Extras<'_>) -> (TempDir, Replaced, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let heard = std::cell::RefCell::new(Vec::new());
    let replaced = pdf::write(pack, dir.path(), extras, &|words| heard.borrow_mut().push(words.to_owned())).unwrap();
    let heard = heard.take();
    let warnings: Vec<&String> = heard.iter().filter(|words| words.contains(": ")).collect();
    assert!(warnings.is_empty(), "the typesetter warns: {warnings:?}");
    (dir, replaced, heard)
}

/// Output of a tool from the Debian packages `poppler-utils` and `qpdf`.
pub fn tool(name: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(name).args(arguments).output().unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(output.status.success(), "{name} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

pub fn pages(file: &Path) -> Vec<String> {
    let text = String::from_utf8(tool("pdftotext", &["-layout", file.to_str().unwrap(), "-"])).unwrap();
    text.split_terminator('\u{c}').map(str::to_owned).collect()
}

/// The text with every run of white space as one blank, so that a wrapped title is found.
pub fn text(file: &Path) -> String {
    let text = String::from_utf8(tool("pdftotext", &["-raw", file.to_str().unwrap(), "-"])).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub fn every_pdf(dir: &Path) -> Vec<std::path::PathBuf> {
    let annex = std::fs::read_dir(dir.join("annex")).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = annex.chain([dir.join("pack.pdf")]).collect();
    files.sort();
    files
}

/// What an archive's validator looks at first.
fn assert_conforms(file: &Path) {
    assert_archivable(file, "2026-11-22T05:56:27+00:00");
}

/// The same of a document made at this time.
pub fn assert_archivable(file: &Path, made: &str) {
    let path = file.to_str().unwrap();
    tool("qpdf", &["--check", path]);
    let info = String::from_utf8(tool("pdfinfo", &[path])).unwrap();
    assert!(info.lines().any(|line| line.split_whitespace().eq(["Tagged:", "yes"])), "{info}");
    let metadata = String::from_utf8(tool("pdfinfo", &["-meta", path])).unwrap();
    for claim in ["<pdfaid:part>3<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<", "<rdf:li>en-GB<", made] {
        assert!(metadata.contains(claim), "{path} lacks {claim}: {metadata}");
    }
}

/// No word may stand outside of the page's margins.
pub fn assert_inside_the_margins(file: &Path) {
    let boxes = String::from_utf8(tool("pdftotext", &["-bbox", file.to_str().unwrap(), "-"])).unwrap();
    let value = |line: &str, name: &str| {
        let rest = line.split_once(&format!("{name}=\"")).map(|(_, rest)| rest).unwrap();
        rest.split('"').next().unwrap().parse::<f64>().unwrap()
    };
    let (mut width, mut height) = (0.0, 0.0);
    for line in boxes.lines().map(str::trim) {
        if line.starts_with("<page ") {
            (width, height) = (value(line, "width"), value(line, "height"));
        } else if line.starts_with("<word ") {
            assert!(value(line, "xMax") < width - 36.0 && value(line, "yMax") < height - 16.0, "overflows: {line}");
            assert!(value(line, "xMin") > 36.0 && value(line, "yMin") > 16.0, "overflows: {line}");
        }
    }
    assert!(width > 0.0);
}

#[test]
fn the_files_are_archivable_and_accessible() {
    let (dir, _) = written(&pack(320, 20, 10, 5));
    let files = every_pdf(dir.path());
    assert_eq!(files.len(), 2);
    for file in &files {
        assert_conforms(file);
        assert_inside_the_margins(file);
    }
    let info = String::from_utf8(tool("pdfinfo", &[files[1].to_str().unwrap()])).unwrap();
    assert!(info.contains("Evidence pack: identity and access, account 123456789012, 2026-11-22"), "{info}");
    let plain = tool("qpdf", &["--qdf", "--object-streams=disable", files[1].to_str().unwrap(), "-"]);
    let plain = String::from_utf8_lossy(&plain);
    for tag in
        ["/S /TH", "/S /Figure", "/S /H1", "/S /TOC", "/S /L", "/Alt (Controls by chapter and verdict. Root user"]
    {
        assert!(plain.contains(tag), "{tag} is missing");
    }
    let raw = String::from_utf8(tool("qpdf", &["--json", "--json-key=outlines", files[1].to_str().unwrap()])).unwrap();
    assert!(raw.contains("Users and credentials") && raw.contains("Access keys are rotated"), "bookmarks: {raw}");
}

#[test]
fn every_page_names_the_account_the_date_and_its_place() {
    let (dir, _) = written(&pack(320, 20, 10, 5));
    for file in every_pdf(dir.path()) {
        let pages = pages(&file);
        assert!(pages.len() > 5);
        for (index, page) in pages.iter().enumerate() {
            let place = format!("Page {} of {}", index + 1, pages.len());
            for needed in [ACCOUNT, DATE, &place, "Pack 3f2a9c01b2c4d5e6"] {
                assert!(page.contains(needed), "page {} of {} lacks {needed}", index + 1, file.display());
            }
        }
    }
}

#[test]
fn a_reader_finds_every_control_subject_and_hash() {
    let sample = pack(40, 20, 10, 5);
    let (dir, _) = written(&sample);
    let text = text(&dir.path().join("pack.pdf"));
    for title in every_title() {
        assert!(text.matches(title).count() >= 3, "{title} should stand in the contents, the summary and its section");
    }
    for row in sample.sheets.iter().flat_map(|sheet| &sheet.rows).filter(|row| row.cells[0].is_ascii()) {
        let name = &row.cells[0];
        // The longest names wrap at a separator; nothing is added or lost there.
        let parts: Vec<&str> = if name.len() < 30 { vec![name] } else { name.split_inclusive('_').collect() };
        assert!(HOSTILE.contains(&name.as_str()) || parts.iter().all(|part| text.contains(part)), "{name}");
    }
    for needed in [
        "Of 28 controls, 7 fail",
        "iam:ListVirtualMFADevices",
        "Account summary: 350",
        "as_of - key.created <= days(params.max_age)",
        "the configuration; the control's page says 45",
        "This population may be incomplete",
        "and 212 more, in sheet Users, column C3",
        "E-03",
        "c00017",
        "snapshot/evidence/iam/get-account-authorization-details/0004.json",
        &"0123456789abcdef".repeat(4),
        "CIS AWS Foundations Benchmark 7.0.0",
        "not covered by this pack",
        "This sheet has no rows.",
        "Users with a console password have MFA",
    ] {
        assert!(text.contains(needed), "{needed} is missing");
    }
    assert!(!text.contains('\u{200b}'), "what a reader copies has no invisible characters");
}

#[test]
fn two_renders_are_the_same_bytes() {
    let ((one, _), (two, _)) = (written(&pack(320, 20, 5, 5)), written(&pack(320, 20, 5, 5)));
    for (a, b) in every_pdf(one.path()).iter().zip(&every_pdf(two.path())) {
        assert_eq!(a.file_name(), b.file_name());
        assert!(std::fs::read(a).unwrap() == std::fs::read(b).unwrap(), "{} differs", a.display());
    }
}

#[test]
fn hostile_text_is_only_ever_text() {
    let mut sample = pack(30, 5, 5, 5);
    let long = format!("{}\u{202e}", "x".repeat(4_096));
    sample.sheets[0].rows[20].cells[0].clone_from(&long);
    sample.sheets[0].rows[21].cells[3] = "中".repeat(1_400);
    sample.chapters[2].controls[2].failing[15].label.clone_from(&long);
    sample.scope.gaps[0].reason = "a\n".repeat(300) + &"=".repeat(4_096);
    sample.cover.organization = Some(HOSTILE.join(" "));
    sample.cover.alias = Some("#panic()\u{202e}\n".into());
    sample.chapters[0].title = HOSTILE[1].into();
    sample.exhibits[0].parameters = "\"), read(\"/etc/passwd".into();
    let (dir, replaced) = written(&sample);
    let file = dir.path().join("pack.pdf");
    assert_conforms(&file);
    assert_inside_the_margins(&file);
    let text = text(&file);
    for shown in
        ["#set page(width: 1cm)", "$x$ *bold* _it_ @ref <label> `raw`", "#read(\"/etc/passwd\")", "] #panic(\"no\") ["]
    {
        assert!(text.contains(shown), "{shown} is not printed as it is");
    }
    for shown in ["launch ⟨U+1F680⟩ day", "invoice⟨U+202E⟩", "private ⟨U+E000⟩ use", "⟨U+6D4B⟩"] {
        assert!(text.contains(shown), "{shown} is missing");
    }
    assert!(!text.contains("root:x:"), "a file of the machine was read");
    assert!(text.matches('x').count() > 2 * 4_096, "the long name is printed whole, as a row and as a failing subject");
    assert_eq!(replaced.characters[&'中'], 1_400);
    assert!(replaced.characters[&'\u{202e}'] > 3 && replaced.characters.contains_key(&'\u{1b}'), "{replaced:?}");
    assert!(text.contains("characters in this file are shown that way"));
}

#[test]
fn every_character_can_be_exported_in_every_face() {
    // Every character below U+2800, where all that passes stands, and some of the rest.
    let some = (0x2800..0x3_0000).step_by(997);
    let every: Vec<char> = (0..0x2800).chain(some).filter_map(char::from_u32).collect();
    // A second, shuffled pass: neighbours must not join into something that has no glyph.
    let shuffled = (0..every.len()).map(|index| every[index * 7_919 % every.len()]);
    let all: Vec<char> = every.iter().copied().chain(shuffled).collect();
    let mut sample = pack(1, 1, 1, 1);
    let lines = all.chunks(40).map(|chunk| chunk.iter().collect::<String>());
    let control = &mut sample.chapters[0].controls[0];
    for (line, style) in
        lines.flat_map(|line| ["plain", "strong", "emphasis", "code"].map(|style| (line.clone(), style)))
    {
        control.limits.push(Block::Paragraph { spans: vec![Span { text: line, style }] });
    }
    let (dir, replaced) = written(&sample);
    assert_conforms(&dir.path().join("pack.pdf"));
    assert!(replaced.characters.contains_key(&'\u{301}') && !replaced.characters.contains_key(&'é'));
}

#[test]
fn long_sheets_are_volumes_and_no_row_is_lost() {
    let sample = pack(2_100, 300, 301, 5);
    let (dir, _) = written(&sample);
    let names: Vec<String> =
        every_pdf(dir.path()).iter().map(|file| file.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["roles-1.pdf", "users-1.pdf", "users-2.pdf", "users-3.pdf", "pack.pdf"]);

    let volumes = ["users-1.pdf", "users-2.pdf", "users-3.pdf"].map(|name| text(&dir.path().join("annex").join(name)));
    for (index, row) in sample.sheets[0].rows.iter().enumerate().skip(HOSTILE.len()) {
        let volume = &volumes[index / 900];
        assert!(volume.contains(&row.cells[0]), "row {index}, {}, is missing", row.cells[0]);
    }
    assert!(volumes[1].contains("Annex: Users, volume 2 of 3") && volumes[1].contains("Rows 901 to 1,800 of 2,100"));
    assert!(volumes[1].contains("C3 Access keys are rotated"), "each volume explains its columns");

    let whole = text(&dir.path().join("pack.pdf"));
    assert!(whole.contains("Users annex/users-3.pdf 1,801 2,100 2,100"), "pack.pdf lists the volumes with their rows");
    assert!(
        whole.contains("eve.surname-00149") && !whole.contains("eve.surname-02092"),
        "300 rows are printed in place"
    );
}

#[test]
fn marks_are_signs_with_a_legend() {
    let mut sample = pack(1, 0, 0, 0);
    sample.sheets.truncate(1);
    let marks = [
        Some(Verdict::Pass),
        Some(Verdict::Fail),
        Some(Verdict::Unknown),
        None,
        Some(Verdict::NotApplicable),
        None,
        None,
    ];
    sample.sheets[0].rows = vec![Row { id: "i".into(), cells: vec!["anna".into(); 10], marks: marks.into() }];
    let (dir, _) = written(&sample);
    let text = text(&dir.path().join("pack.pdf"));
    assert!(text.contains("✓ × ? – – – –"), "{text}");
    assert!(text.contains("✓ passes") && text.contains("? inconclusive"));
}

#[test]
fn the_assessment_is_attached_unless_it_is_large() {
    let mut sample = pack(1, 1, 1, 1);
    let (dir, _) = written(&sample);
    let file = dir.path().join("pack.pdf");
    let attached = tool("qpdf", &["--show-attachment=assessment.json", file.to_str().unwrap()]);
    assert_eq!(attached, serde_json::to_vec(&sample.assessment).unwrap());
    assert!(text(&file).contains("is attached to this file"));

    sample.assessment.as_of = "x".repeat(2_000_001);
    let (dir, _) = written(&sample);
    let file = dir.path().join("pack.pdf");
    let listed = String::from_utf8(tool("qpdf", &["--list-attachments", file.to_str().unwrap()])).unwrap();
    assert!(listed.contains("no embedded files") || listed.contains("no attachments"), "{listed}");
    assert!(text(&file).contains("too large to be attached here"));
}

#[test]
fn a_long_call_log_is_a_volume() {
    let mut sample = pack(1, 1, 1, 1);
    sample.calls = sample::calls(310);
    let (dir, _) = written(&sample);
    assert!(text(&dir.path().join("annex/calls-1.pdf")).contains("c00310"));
    assert!(text(&dir.path().join("pack.pdf")).contains("annex/calls-1.pdf"));
}

#[test]
fn what_is_empty_is_said_in_words() {
    let mut sample = pack(0, 0, 0, 0);
    sample.chapters.clear();
    sample.sheets.clear();
    sample.frameworks.clear();
    sample.exhibits.clear();
    sample.calls.clear();
    sample.glossary.clear();
    sample.summary.sentences.clear();
    sample.summary.by_chapter.clear();
    sample.summary.populations.clear();
    sample.scope.sources.clear();
    sample.scope.gaps.clear();
    sample.scope.reconciliation.clear();
    sample.scope.disagreements.clear();
    sample.scope.limits.clear();
    sample.cover.alias = None;
    sample.cover.period = None;
    sample.cover.organization = None;
    let (dir, _) = written(&sample);
    let file = dir.path().join("pack.pdf");
    assert_conforms(&file);
    let text = text(&file);
    for words in [
        "This pack has no sheets.",
        "No evidence was collected.",
        "No framework is mapped in this catalog.",
        "No two sources of this snapshot contradict each other",
    ] {
        assert!(text.contains(words), "{words}");
    }
}

#[test]
fn a_pack_without_a_time_is_refused_with_the_next_step() {
    let mut sample = pack(0, 0, 0, 0);
    sample.cover.as_of_rfc3339 = "yesterday".into();
    let dir = tempfile::tempdir().unwrap();
    let problem = pdf::write(&sample, dir.path(), &pdf::Extras::default(), &|_| {}).unwrap_err().to_string();
    assert!(problem.contains("yesterday") && problem.contains("snapshot.json"), "{problem}");
}
