//! The register's volumes: bounded, complete, with true page numbers, and nothing outside of a page.

use super::sample::{HOSTILE, pack};
use super::{assert_conforms, assert_inside_the_margins, pages, text, tool, written_with};
use crate::support::{auditpack, only_pack, ran};
use auditpack::testing::pack::Pack;
use auditpack::testing::pack::register::*;
use auditpack::testing::policy::trust::masked_in_lines;
use auditpack::testing::render::pdf::{Extras, Fonts, Picture};
use std::path::{Path, PathBuf};

fn sheet(kind: SheetKind, name: &str) -> Sheet {
    Sheet {
        kind,
        file: format!("{}/{name}.html", kind.folder()),
        name: name.to_owned(),
        id: format!("arn:aws:iam::123456789012:thing/{name}"),
        part_of: String::new(),
        path: "/".to_owned(),
        owner: String::new(),
        level: "write".to_owned(),
        sweeping: false,
        administrator: None,
        last_used: "never".to_owned(),
        purpose: format!("What {name} is for"),
        notices: Vec::new(),
        facts: vec![("ARN", format!("arn:aws:iam::123456789012:thing/{name}"))],
        tags: Vec::new(),
        trust: None,
        grants: None,
        held: Vec::new(),
        links: Vec::new(),
        versions: Vec::new(),
        reach: Vec::new(),
        findings: Vec::new(),
        change: None,
        exhibits: Vec::new(),
    }
}

fn statement(number: usize, json: &str) -> ExplainedStatement {
    let words = format!("May read in Amazon S3, by statement {number}.");
    ExplainedStatement {
        number,
        sid: Some(format!("Sid{number}")),
        denies: false,
        words,
        json: json.to_owned(),
        actions: Vec::new(),
    }
}

fn held(title: &str, file: &str, how: Holding, document: usize) -> Held {
    let (title, file) = (title.to_owned(), file.to_owned());
    Held { title, file, how, document: Some(document), missing: None }
}

fn link(sheet: &Sheet) -> Link {
    Link { text: sheet.name.clone(), file: sheet.file.clone(), note: String::new() }
}

fn with(register: Register) -> Pack {
    let mut pack = pack(1, 1, 1, 1);
    pack.register = Some(register);
    pack
}

/// 410 roles, each with the same policy, and that policy.
fn large() -> Pack {
    let mut sheets: Vec<Sheet> = (0..410).map(|n| sheet(SheetKind::Role, &format!("role-{n:04}"))).collect();
    let mut policy = sheet(SheetKind::AwsPolicy, "ReadEverything");
    for role in &mut sheets {
        role.held = vec![held(&policy.name, &policy.file, Holding::Attached, 0)];
    }
    policy.held = vec![held("Document in force", "", Holding::Own, 0)];
    policy.links =
        vec![Links { relation: Relation::AttachedToRoles, none: "", links: sheets.iter().map(link).collect() }];
    sheets.push(policy);
    let statements = vec![statement(1, "{\n  \"Effect\": \"Allow\",\n  \"Action\": \"s3:OnlyOnItsOwnSheet\"\n}")];
    let documents = vec![Explained { statements, notes: Vec::new(), json: None }];
    with(Register { sheets, documents, ..Register::default() })
}

fn volumes(dir: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(dir.join("register")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("volume-")).collect();
    files.sort();
    files
}

#[test]
fn volumes_are_bounded_and_the_pages_of_the_index_are_true() {
    let (dir, _, heard) = written_with(&large(), &Extras::default());
    let files = volumes(dir.path());
    assert!(heard.contains(&format!("register volume 2 of {}", files.len())), "{heard:?}");
    let volumes: Vec<Vec<String>> = files.iter().map(|file| pages(file)).collect();
    assert!(volumes.len() >= 3 && volumes.iter().all(|pages| pages.len() < 220), "{}", volumes.len());
    let index = dir.path().join("register/index.pdf");
    let mut listed = 0;
    for line in pages(&index).iter().flat_map(|page| page.lines()).filter(|line| line.contains("role-0")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, "Role", volume, number, page] = words.as_slice() else { continue };
        let page = &volumes[volume.parse::<usize>().unwrap() - 1][page.parse::<usize>().unwrap() - 1];
        let opens = page.lines().any(|line| line.trim() == *name);
        let numbered = page.lines().any(|line| line.ends_with(&format!("Sheet {number}")));
        assert!(opens && numbered, "{line}: {page}");
        listed += 1;
    }
    assert_eq!(listed, 410, "every role is in the index");
    // A volume's own index as well.
    let last: String = volumes[1].iter().filter(|page| page.contains("Name and kind")).map(String::as_str).collect();
    let mut own = 0;
    let words: Vec<&str> = last.split_whitespace().collect();
    for row in words.windows(3) {
        if let [name, "Role", page] = row
            && name.starts_with("role-")
        {
            let page = &volumes[1][page.parse::<usize>().unwrap() - 1];
            assert!(page.lines().any(|line| line.trim() == *name), "{name}: {page}");
            own += 1;
        }
    }
    assert!(own > 50, "{last}");
    let whole = text(&dir.path().join("pack.pdf"));
    assert!(whole.contains("Register volumes") && whole.contains("register/volume-02.pdf"), "{whole}");
    for file in files.iter().chain([&index]) {
        assert_conforms(file);
        assert_inside_the_margins(file);
    }
}

#[test]
fn sheets_name_each_other_within_and_across_volumes() {
    let (dir, _, _) = written_with(&large(), &Extras::default());
    let files = volumes(dir.path());
    let first = text(&files[0]);
    let place = format!("attached (volume {}, sheet 411)", files.len());
    assert!(first.contains(&format!("ReadEverything {place}")), "{first}");
    assert!(!first.contains("OnlyOnItsOwnSheet"), "JSON of a managed policy stands once");
    let last = text(files.last().unwrap());
    assert_eq!(last.matches("OnlyOnItsOwnSheet").count(), 1);
    assert!(last.contains("Attached to roles (410)") && last.contains("role-0001 (volume 1, sheet 2)"), "{last}");
    assert!(last.contains("role-0409") && !last.contains("role-0409 (volume"), "its own sheets are links");
    let file = files.last().unwrap().to_str().unwrap();
    let plain = tool("qpdf", &["--qdf", "--object-streams=disable", file, "-"]);
    let plain = String::from_utf8_lossy(&plain);
    assert!(plain.contains("/Subtype /Link") && plain.contains("/S /TH") && plain.contains("/S /H2"), "tags");
    let outlines = String::from_utf8(tool("qpdf", &["--json", "--json-key=outlines", file])).unwrap();
    for bookmark in ["Roles, continued", "role-0409", "AWS-managed policies in use", "ReadEverything", "Index"] {
        assert!(outlines.contains(&format!("\"title\": \"{bookmark}\"")), "{bookmark}: {outlines}");
    }
    let info = String::from_utf8(tool("pdfinfo", &[files[0].to_str().unwrap()])).unwrap();
    assert!(info.contains("Register of roles, users, groups and policies, volume 1 of"), "{info}");
}

#[test]
fn a_pack_without_volumes_says_where_the_sheets_are() {
    let (dir, _, heard) = written_with(&large(), &Extras { no_register: true, ..Extras::default() });
    assert!(!dir.path().join("register").exists(), "{heard:?}");
    let whole = text(&dir.path().join("pack.pdf"));
    for words in
        ["register/index.html", "made without the register’s PDF volumes", "auditpack render snapshot --pdf all", "411"]
    {
        assert!(whole.contains(words), "{words}: {whole}");
    }
    assert_conforms(&dir.path().join("pack.pdf"));
}

#[test]
fn two_renders_of_the_register_are_the_same_bytes() {
    let pack = extreme();
    let ((one, ..), (two, ..)) = (written_with(&pack, &Extras::default()), written_with(&pack, &Extras::default()));
    let (one, two) = (volumes(one.path()), volumes(two.path()));
    assert_eq!(one.len(), two.len());
    for (a, b) in one.iter().zip(&two) {
        assert!(std::fs::read(a).unwrap() == std::fs::read(b).unwrap(), "{} differs", a.display());
    }
}

/// A role that is as large as IAM allows, a policy too, and hostile text everywhere.
fn extreme() -> Pack {
    let (long, path) = ("n".repeat(128), format!("/{}/", "p".repeat(510)));
    let action = |n: usize| format!("    \"service{n}:{}\"", "A".repeat(20 + n % 90));
    let actions = (0..90).map(action).collect::<Vec<_>>().join(",\n");
    let json = format!(
        "{{\n  \"Effect\": \"Allow\",\n  \"Action\": [\n{actions}\n  ],\n  \"Resource\": \"arn:{}\"\n}}",
        "x".repeat(900)
    );
    assert!(json.len() > 6_144);
    let wrapped = masked_in_lines(&json, STATEMENT_WIDTH);
    let small = "{\n  \"Effect\": \"Allow\",\n  \"Action\": \"s3:*\"\n}";
    let mut documents =
        vec![Explained { statements: vec![statement(1, &wrapped)], notes: vec!["a note".to_owned()], json: None }];
    let hostile = HOSTILE.iter().enumerate().map(|(n, words)| ExplainedStatement {
        words: (*words).to_owned(),
        sid: Some((*words).to_owned()),
        json: format!("{{\"Sid\": \"{words}\"}}"),
        ..statement(n + 1, small)
    });
    documents.push(Explained { statements: hostile.take(9).collect(), notes: Vec::new(), json: Some(wrapped) });
    documents.push(Explained {
        statements: (1..40).map(|n| statement(n, small)).collect(),
        notes: Vec::new(),
        json: None,
    });

    let mut policy = sheet(SheetKind::CustomerPolicy, &"P".repeat(128));
    policy.held = vec![held("Document in force", "", Holding::Own, 0)];
    let line = |sign, text: &str| DiffLine { sign, text: text.to_owned() };
    let lines = vec![line(' ', "{"), line('-', &"o".repeat(700)), line('+', HOSTILE[0]), line('…', "90 lines")];
    policy.versions = vec![VersionPart {
        id: "v2".to_owned(),
        in_force: true,
        created: "2026-01-01".to_owned(),
        change: "Changed since v1:".to_owned(),
        lines: lines.clone(),
    }];
    let mut role = sheet(SheetKind::Role, &long);
    role.path.clone_from(&path);
    role.facts.push(("Path", path));
    role.purpose = HOSTILE.join(" ");
    role.tags = (0..50).map(|n| (format!("{n:02}{}", "k".repeat(126)), "v".repeat(256))).collect();
    role.trust = Some(TrustPart {
        entries: HOSTILE
            .iter()
            .map(|words| TrustEntry {
                sentence: (*words).to_owned(),
                conditions: vec![("StringEquals aws:PrincipalTag".to_owned(), (*words).to_owned())],
            })
            .collect(),
        denials: vec!["A denial".to_owned()],
        notes: vec!["z".repeat(300)],
        json: json[..4_096].to_owned(),
    });
    let cell = |scope: &str| Some(Cell { scope: scope.to_owned(), allowed: 2, of: 12, broad: true });
    let row = |n: usize| TableRow {
        title: format!("{} Service {n}", "W".repeat(n * 4)),
        service: "w".repeat(n * 6 + 1),
        cells: [cell("all resources"), None, cell("all resources of a type"), cell(&"s".repeat(60)), None],
    };
    let tables = vec![Table {
        rows: (0..30).map(row).collect(),
        rest: vec![Rest { levels: vec![Level::List], services: (0..400).map(|n| format!("s{n}")).collect() }],
    }];
    role.grants = Some(GrantsPart { sentences: vec!["Everything.".repeat(40)], table: Some(0) });
    role.held = (0..10)
        .map(|n| held(&format!("{}{n}", "M".repeat(127)), &policy.file, Holding::Attached, if n == 0 { 2 } else { 0 }))
        .chain((0..10).map(|n| held(&format!("{}{n}", "I".repeat(127)), "none.html", Holding::Inline, n % 2)))
        .collect();
    role.findings = vec![Finding {
        control: "roles-are-used".to_owned(),
        number: "3.2".to_owned(),
        title: "Roles are used".to_owned(),
        verdict: "fail",
        label: "Fail",
        reason: format!("role {long} was never used"),
        exceptions: vec!["Accepted by ada until 2026-12-31".to_owned()],
    }];
    role.change = Some(Change {
        sentence: "2 changes since the pack of 2026-06-30.".to_owned(),
        rows: vec![
            ChangeRow { what: "Path".to_owned(), before: "/".to_owned(), after: "q".repeat(512), lines: Vec::new() },
            ChangeRow { what: "Trust policy".to_owned(), before: String::new(), after: String::new(), lines },
        ],
    });
    role.exhibits = vec![SheetExhibit { id: "E-07".to_owned(), text: "iam:GetAccountAuthorizationDetails".to_owned() }];
    let step = |n: usize| ReachStep {
        words: format!("role/{}{n}", "r".repeat(600)),
        file: policy.file.clone(),
        evidence: "By statement 1.".repeat(30),
        link: String::new(),
    };
    role.reach =
        vec![Reach { title: "Whom it can become", sentence: "Some:".to_owned(), steps: (0..20).map(step).collect() }];
    role.links = vec![Links { relation: Relation::Boundary, none: "", links: vec![link(&policy)] }];
    with(Register {
        lead: vec!["What it is.".to_owned()],
        notices: vec!["Evidence is missing.".to_owned()],
        counts: vec![("Roles", 1), ("Customer-managed policies", 1)],
        sheets: vec![role, policy],
        documents,
        tables,
        picture: None,
    })
}

#[test]
fn the_largest_and_most_hostile_sheets_stay_on_their_pages() {
    let (dir, replaced, _) = written_with(&extreme(), &Extras::default());
    let file = dir.path().join("register/volume-01.pdf");
    assert_conforms(&file);
    assert_inside_the_margins(&file);
    assert!(!dir.path().join("register/index.pdf").exists(), "one volume has its own index");
    let text = text(&file);
    for shown in [
        "Evidence is missing.",
        "#set page(width: 1cm)",
        "#read(\"/etc/passwd\")",
        "launch ⟨U+1F680⟩ day",
        "× Fail",
        "Accepted by ada until 2026-12-31",
        "2 changes since the pack of 2026-06-30.",
        "E-07",
        "Its 39 statements are on its own sheet",
        "v2, default version",
        "Not understood: a note",
        "And 400 more services",
    ] {
        assert!(text.contains(shown), "{shown} is missing");
    }
    assert!(!text.contains("root:x:") && !text.contains('\u{200b}'));
    assert!(replaced.characters.contains_key(&'\u{202e}') && replaced.for_want_of_a_font() > 0);
    let whole: String = text.split_whitespace().collect();
    assert!(whole.contains(&"n".repeat(128)) && whole.contains(&"p".repeat(510)), "long words are printed whole");
    // Letters, not words: a page may end within a value.
    assert!(whole.matches('v').count() >= 50 * 256, "every tag's value is printed whole");
    // A heading has what it heads on its page.
    for page in pages(&file) {
        let body: Vec<&str> = page.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let last = body[body.len() - 2];
        assert!(!["Tags", "Versions", "What it can do", "Who can assume it"].contains(&last), "{page}");
    }
}

#[test]
fn writing_that_our_fonts_lack_is_drawn_with_the_users() {
    // Debian: fonts-dejavu-core, which the font settings of poppler's tools bring along.
    let font = Path::new("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf");
    let dir = tempfile::tempdir().unwrap();
    std::fs::copy(font, dir.path().join("DejaVuSans.ttf")).expect("install fonts-dejavu-core");
    let fonts = Fonts::load(dir.path()).unwrap();
    let mut role = sheet(SheetKind::Role, "plain");
    // Every character once, alone and after a letter, and what it must not draw.
    let codes = (0x20..0x3000).step_by(2).chain((0x3000..0x3_0000).step_by(97));
    let every: Vec<char> = codes.filter_map(char::from_u32).collect();
    role.tags = every
        .chunks(40)
        .map(|some| (String::from_iter(some), some.iter().map(|c| format!("a{c}")).collect()))
        .collect();
    role.purpose = "role مستخدم and שָׁלוֹם beside \u{202e} and 测".to_owned();
    let pack = with(Register { sheets: vec![role], ..Register::default() });
    let (without, want, _) = written_with(&pack, &Extras::default());
    let (with, less, _) = written_with(&pack, &Extras { fonts: Some(&fonts), ..Extras::default() });
    let file = |dir: &tempfile::TempDir| dir.path().join("register/volume-01.pdf");
    assert!(text(&file(&without)).contains("⟨U+0645⟩⟨U+0633⟩"));
    let shown = text(&file(&with));
    assert!(!shown.contains("⟨U+0645⟩") && shown.contains("⟨U+202E⟩") && shown.contains("⟨U+6D4B⟩"), "{shown:.400}");
    assert!(less.for_want_of_a_font() < want.for_want_of_a_font());
    assert_conforms(&file(&with));
    assert_inside_the_margins(&file(&with));
}

#[test]
fn a_picture_opens_the_first_volume_with_its_words() {
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"90\" height=\"30\"><rect width=\"90\" height=\"30\" fill=\"#12475a\"/></svg>";
    let picture = Picture { svg: svg.to_owned(), alt: "Who trusts whom, in words".to_owned() };
    let pack = with(Register { sheets: vec![sheet(SheetKind::Role, "one")], ..Register::default() });
    let (dir, _, _) = written_with(&pack, &Extras { picture: Some(picture), ..Extras::default() });
    let file = dir.path().join("register/volume-01.pdf");
    assert_conforms(&file);
    let plain = tool("qpdf", &["--qdf", "--object-streams=disable", file.to_str().unwrap(), "-"]);
    let plain = String::from_utf8_lossy(&plain);
    assert!(plain.contains("/S /Figure") && plain.contains("Who trusts whom"), "the picture is tagged");
}

/// What a reader of a small account's register finds, as stock tools extract it.
#[test]
fn a_small_volume() {
    let out = tempfile::tempdir().unwrap();
    let run = ran(auditpack().args(["run", "--sample", "tidy-startup", "--out"]).arg(out.path()));
    assert_eq!(run.code, 0, "{}", run.err);
    let file = only_pack(out.path()).join("register/volume-01.pdf");
    let pages = pages(&file);
    let wanted =
        |page: &&String| ["In this volume", "\nOrdersWorker", "Name and kind"].iter().any(|words| page.contains(words));
    // The pack's id changes with every template; the rest is what people read.
    let lines = pages.iter().filter(wanted).flat_map(|page| page.lines()).map(str::trim_end);
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with("Pack ") && !line.is_empty()).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn fonts_are_an_input_of_the_pack_and_their_want_is_said() {
    let out = tempfile::tempdir().unwrap();
    let run = ran(auditpack().args(["run", "--sample", "hostile-text", "--out"]).arg(out.path()));
    assert!(run.err.contains("no glyph in the bundled fonts") && run.err.contains("--fonts"), "{}", run.err);
    let fonts = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/fonts");
    std::fs::write(out.path().join("auditpack.toml"), format!("fonts = {:?}\n", fonts.to_str().unwrap())).unwrap();
    let (second, third) = (out.path().join("second"), out.path().join("third"));
    let with = |more: &[&str], out: &Path| {
        let run = ran(auditpack().args(["run", "--sample", "empty-account", "--no-pdf", "--out"]).arg(out).args(more));
        assert!(matches!(run.code, 0 | 3), "{}", run.err);
        std::fs::read_to_string(only_pack(out).join("pack.json")).unwrap()
    };
    let named = with(&["--fonts", fonts.to_str().unwrap()], &second);
    let configured = with(&["--config", out.path().join("auditpack.toml").to_str().unwrap()], &third);
    let input = |text: &str| {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        let inputs = value["inputs"].as_array().unwrap().clone();
        inputs.into_iter().find(|input| input["name"] == "fonts").unwrap()
    };
    assert!(input(&named)["what"].as_str().unwrap().contains("IBMPlexSans-Regular.ttf"), "{named}");
    assert_eq!(input(&named), input(&configured));
    let run =
        ran(auditpack().args(["run", "--sample", "empty-account", "--fonts", "/nonexistent", "--out"]).arg(out.path()));
    assert!(run.code == 2 && run.err.contains("--fonts"), "{}", run.err);
}
