//! The register: nobody is left out, every link leads somewhere, hostile text stays text.

use crate::support::{SAMPLES, auditpack, auditpack_at, only_pack, ran, sample};
use auditpack::testing::pack::register::{
    Change, ChangeRow, DiffLine, Finding, Register, Sheet, SheetExhibit, SheetKind,
};
use auditpack::testing::policy::trust::TrustSettings;
use auditpack::testing::{account, describe, render, snapshot::Snapshot};
use aws_double::{Double, Faults, generate};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn pack_of(name: &str, out: &Path) -> PathBuf {
    let run = ran(auditpack().args(["run", "--sample", name, "--no-pdf", "--out"]).arg(out));
    assert!(matches!(run.code, 0 | 3), "{}{}", run.out, run.err);
    only_pack(out)
}

/// Page below `register/` → its text.
fn pages(pack: &Path) -> BTreeMap<String, String> {
    let root = pack.join("register");
    let mut pages = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "html") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                pages.insert(name, fs::read_to_string(path).unwrap());
            }
        }
    }
    pages
}

fn links(html: &str) -> Vec<&str> {
    html.split(" href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

fn escaped(text: &str) -> String {
    let mut out = Vec::new();
    render::text::escape_html(text, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_role_user_group_and_policy_has_a_page() {
    for name in SAMPLES {
        let out = tempfile::tempdir().unwrap();
        let pages = pages(&pack_of(name, out.path()));
        let account = account::read(&Snapshot::open(&sample(name)).unwrap(), None, &TrustSettings::default()).unwrap();
        let told = |folder: &str, id: &str| {
            let fact = format!("<dd>{}</dd>", escaped(id));
            pages.iter().any(|(file, html)| file.starts_with(folder) && html.contains(&fact))
        };
        for role in &account.roles.subjects {
            assert!(told("roles/", &role.id), "{name}: {}", role.id);
        }
        for user in &account.users.subjects {
            assert!(told("users/", &user.id), "{name}: {}", user.id);
        }
        for group in &account.groups.subjects {
            assert!(told("groups/", &group.id), "{name}: {}", group.id);
        }
        let inline =
            |kind: &str| account.policies.subjects.iter().filter(|policy| policy.kind.known().unwrap() == kind).count();
        let in_folder = |folder: &str| pages.keys().filter(|file| file.starts_with(folder)).count();
        assert_eq!(in_folder("inline/"), inline("inline"), "{name}");
        assert_eq!(in_folder("policies/"), inline("customer managed"), "{name}");
        assert_eq!(in_folder("aws-policies/"), inline("AWS managed"), "{name}");
        let index = &pages["index.html"];
        assert_eq!(
            index.matches("<td class=\"name\"><a href=").count(),
            pages.len() - 1,
            "{name}: each sheet is in the index"
        );
    }
}

#[test]
fn every_link_leads_to_a_page_and_holders_and_policies_link_each_other() {
    for name in SAMPLES {
        let out = tempfile::tempdir().unwrap();
        let pack = pack_of(name, out.path());
        let pages = pages(&pack);
        assert!(
            fs::read_to_string(pack.join("index.html")).unwrap().contains("href=\"register/index.html\""),
            "{name}"
        );
        let mut to: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (file, html) in &pages {
            let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
            let ours = |link: &&str| *link != "data:," && !link.starts_with("https://pathfinding.cloud/paths/");
            for link in links(html).into_iter().filter(ours) {
                let link = percent_encoding::percent_decode_str(link).decode_utf8().unwrap().into_owned();
                let (link, anchor) = link.split_once('#').map_or((link.as_str(), ""), |(link, anchor)| (link, anchor));
                if link.is_empty() {
                    assert!(html.contains(&format!(" id=\"{anchor}\"")), "{name} {file}: #{anchor}");
                    continue;
                }
                let target = pack.join("register").join(folder).join(link);
                assert!(target.is_file(), "{name} {file}: {link}");
                if !anchor.is_empty() {
                    let there = fs::read_to_string(target).unwrap();
                    assert!(there.contains(&format!(" id=\"{anchor}\"")), "{name} {file}: {link}#{anchor}");
                }
                to.entry(file).or_default().insert(link.trim_start_matches("../").to_owned());
            }
        }
        // Whoever a policy's page names as a holder names the policy, by attachment, group or boundary.
        for (file, targets) in to.iter().filter(|(file, _)| file.contains("policies/") || file.starts_with("inline/")) {
            for target in targets.iter().filter(|target| !target.ends_with("index.html")) {
                assert!(to[target.as_str()].contains(*file), "{name}: {file} → {target}, not back");
            }
        }
    }
}

#[test]
fn hostile_text_is_inert_and_shown() {
    let out = tempfile::tempdir().unwrap();
    let pages = pages(&pack_of("hostile-text", out.path()));
    for (file, html) in &pages {
        let scripts = usize::from(file == "index.html");
        assert_eq!(html.matches("<script").count(), scripts, "{file}");
        assert_eq!(html.matches("<style").count(), 1, "{file}");
        assert!(html.contains("default-src 'none'"), "{file}");
        let pictures = usize::from(file == "index.html");
        assert_eq!(html.matches("<svg").count(), pictures, "{file}: the picture of trust and no other");
        for bad in ["<img", "<iframe", "<b>", " onerror=\"", "\u{202E}", "\u{200B}", "\u{1b}"] {
            assert!(!html.contains(bad), "{file}: {bad:?}");
        }
        for tag in html.split('<').skip(1).filter(|tag| !tag.starts_with(['/', '!'])) {
            let word: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
            let known = [
                "circle", "desc", "g", "ol", "path", "rect", "svg", "text", "tspan", "a", "bdi", "body", "br", "code",
                "dd", "details", "div", "dl", "dt", "footer", "h1", "h2", "h3", "head", "html", "li", "link", "main",
                "meta", "p", "pre", "script", "section", "span", "strong", "style", "summary", "table", "tbody", "td",
                "th", "thead", "title", "tr", "ul",
            ];
            assert!(scripts == 1 && tag.starts_with(' ') || known.contains(&word.as_str()), "{file}: <{tag}");
        }
    }
    let all: String = pages.values().map(String::as_str).collect();
    assert!(all.contains("&lt;script&gt;") && all.contains("⟨U+202E⟩"), "it is shown as what it is");
    let dir = out.path().join("one");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("index.html"), &pages["index.html"]).unwrap();
    let dom = crate::html::assert_quiet(&dir.join("index.html"));
    assert!(dom.contains("Filter rows"), "the index searches offline");
}

/// The values of `sts:ExternalId` conditions, wherever they stand.
fn external_ids(tree: &Value, inside: bool, found: &mut BTreeSet<String>) {
    match tree {
        Value::Object(members) => {
            for (key, value) in members {
                external_ids(value, inside || key.eq_ignore_ascii_case("sts:ExternalId"), found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| external_ids(item, inside, found)),
        Value::String(text) if inside => {
            found.insert(text.clone());
        }
        _ => {}
    }
}

#[test]
fn external_ids_are_nowhere_in_the_register() {
    let mut checked = 0;
    for name in ["tidy-startup", "messy-enterprise", "hostile-text"] {
        let out = tempfile::tempdir().unwrap();
        let pages = pages(&pack_of(name, out.path()));
        let details = sample(name).join("evidence/iam/get-account-authorization-details.json");
        let mut secrets = BTreeSet::new();
        external_ids(&serde_json::from_slice(&fs::read(details).unwrap()).unwrap(), false, &mut secrets);
        // In the hostile sample other texts stand in names and tags too, where they are no secrets.
        secrets.retain(|secret| name != "hostile-text" || secret.starts_with("hx-"));
        for secret in &secrets {
            for (file, html) in &pages {
                assert!(!html.contains(&escaped(secret)), "{name} {file}: {secret}");
            }
        }
        checked += secrets.len();
        if !secrets.is_empty() {
            assert!(pages.values().any(|html| html.contains("(masked)")), "{name}");
        }
    }
    assert!(checked > 2);
}

#[test]
fn two_runs_write_the_same_register() {
    for name in ["hostile-text", "messy-enterprise"] {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert!(pages(&pack_of(name, first.path())) == pages(&pack_of(name, second.path())), "{name}");
    }
}

#[test]
fn what_is_not_known_is_said_and_never_an_empty_list() {
    let out = tempfile::tempdir().unwrap();
    let pages = pages(&pack_of("permission-denied", out.path()));
    assert!(pages["index.html"].contains("The authorization details are incomplete"));
    for (file, html) in pages.iter().filter(|(file, _)| file.starts_with("roles/") || file.starts_with("users/")) {
        assert!(html.contains("what it may do is not known in full"), "{file}");
        assert!(!html.contains("It has no policy.") && !html.contains("It is in no group."), "{file}");
    }
}

fn register_of(name: &str) -> Register {
    let snapshot = Snapshot::open(&sample(name)).unwrap();
    let account = account::read(&snapshot, None, &TrustSettings::default()).unwrap();
    describe::describe(&account)
}

#[test]
fn inline_policies_of_one_name_are_told_apart_in_a_list() {
    let register = register_of("messy-enterprise");
    let inline = |sheet: &&Sheet| sheet.kind == SheetKind::InlinePolicy;
    let listed: Vec<String> = register.sheets.iter().filter(inline).map(Sheet::listed).collect();
    assert!(listed.contains(&"access (user backup-ledger)".to_owned()), "{listed:?}");
    let apart: BTreeSet<&String> = listed.iter().collect();
    assert_eq!(apart.len(), listed.len());
    let role = register.sheets.iter().find(|sheet| sheet.kind == SheetKind::Role).unwrap();
    assert_eq!(role.listed(), role.name);
}

/// The register's pages, beside a pack of other evidence.
fn written(register: Register, dir: &Path) -> BTreeMap<String, String> {
    let mut pack = crate::pack::fixture::fixture(3).pack();
    pack.register = Some(register);
    render::register::write(&pack, dir).unwrap();
    pages(dir)
}

#[test]
fn findings_change_and_exhibits_stand_on_the_sheet() {
    let mut register = register_of("tidy-startup");
    let sheet = &mut register.sheets[0];
    let (file, hostile) = (sheet.file.clone(), "<script>alert(1)</script>");
    sheet.findings = vec![Finding {
        control: "roles-are-used".to_owned(),
        number: "C4".to_owned(),
        title: "Roles are used".to_owned(),
        verdict: "fail",
        label: "Fail",
        reason: format!("never used {hostile}"),
        exceptions: vec!["Accepted by Ann until 2026-12-31".to_owned()],
    }];
    sheet.change = Some(Change {
        sentence: "1 change since the pack of 2026-06-30.".to_owned(),
        rows: vec![ChangeRow {
            what: "Trust policy".to_owned(),
            before: "1 statement".to_owned(),
            after: "2 statements".to_owned(),
            lines: vec![DiffLine { sign: '+', text: hostile.to_owned() }],
        }],
    });
    sheet.exhibits = vec![SheetExhibit { id: "E-07".to_owned(), text: "iam:ListRoles, 3 pages".to_owned() }];
    let dir = tempfile::tempdir().unwrap();
    let pages = written(register, dir.path());
    let page = &pages[&file];
    for shown in [
        "<td class=\"mark fail\"><span aria-hidden=\"true\">✗</span> Fail</td>",
        "<a href=\"../../index.html#roles-are-used\"><span class=\"number\">C4</span> Roles are used</a>",
        "never used &lt;script&gt;",
        "<li>Accepted by Ann until 2026-12-31</li>",
        "1 change since the pack of 2026-06-30.",
        "<dt>Before</dt><dd>1 statement</dd>",
        "<span class=\"add\">+ &lt;script&gt;",
        "<a href=\"../../index.html#E-07\">E-07</a> iam:ListRoles, 3 pages",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(!page.contains("<script"));
    let others = pages.iter().filter(|(name, _)| **name != file);
    for (name, html) in others.filter(|(name, _)| *name != "index.html") {
        assert!(!html.contains("id=\"findings\"") && !html.contains("id=\"change\""), "{name}: nothing to show");
    }
}

#[test]
fn the_picture_names_whom_roles_trust_and_is_the_same_in_both_places() {
    let out = tempfile::tempdir().unwrap();
    let pack = pack_of("messy-enterprise", out.path());
    let index = &pages(&pack)["index.html"];
    let svg = fs::read_to_string(pack.join("register/trust.svg")).unwrap();
    assert!(index.contains(&svg), "the page has the file's very bytes");
    let mut reader = quick_xml::Reader::from_str(&svg);
    while !matches!(reader.read_event().expect("it is well formed"), quick_xml::events::Event::Eof) {}
    let register = register_of("messy-enterprise");
    let words = render::picture::trust_text(&register).concat();
    for party in &register.picture.as_ref().unwrap().parties {
        assert!(words.contains(&party.name) && index.contains(&escaped(&party.name)), "{}", party.name);
    }
    for shown in ["Anyone in any AWS account", "999988887777", "lambda.amazonaws.com", "PublicUploads", "roles:"] {
        assert!(svg.contains(shown), "{shown}");
    }
}

#[test]
fn what_the_configuration_states_about_accounts_is_used_hashed_and_told() {
    let out = tempfile::tempdir().unwrap();
    let config = out.path().join("auditpack.toml");
    let stated = "[trust]\norganization_id = \"o-h4lcy0nfr8\"\norganization_accounts = [\"222233334444\"]\n\
                  [trust.vendors]\n\"999988887777\" = \"Cloud & Cost\"\n";
    fs::write(&config, stated).unwrap();
    let made = |name: &str, configured: bool| {
        let mut command = auditpack();
        command.args(["run", "--sample", "messy-enterprise", "--no-pdf", "--out"]).arg(out.path().join(name));
        if configured {
            command.arg("--config").arg(&config);
        }
        ran(&mut command)
    };
    assert_ne!(made("plain", false).code, 2);
    assert_ne!(made("stated", true).code, 2);
    let (plain, stated) = (only_pack(&out.path().join("plain")), only_pack(&out.path().join("stated")));
    let id = |pack: &Path| -> Value {
        let text = fs::read(pack.join("pack.json")).unwrap();
        serde_json::from_slice::<Value>(&text).unwrap()["pack_id"].clone()
    };
    assert!(!id(&plain).is_null());
    assert_ne!(id(&plain), id(&stated), "it is an input of the pack");
    let index = &pages(&stated)["index.html"];
    assert!(index.contains("From the configuration, not collected: the organization&#39;s ID is o-h4lcy0nfr8"));
    assert!(index.contains("Cloud &amp; Cost, 999988887777") && index.contains("Accounts outside the organization"));
    fs::write(&config, "[trust.vendors]\n\"12\" = \"x\"\n").unwrap();
    let refused = made("refused", true);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("auditpack.toml:2") && refused.err.contains("next:"), "{}", refused.err);
}

/// Width that a page takes in a window of 375 pixels, and the window's.
fn widths(page: &Path, dir: &Path) -> String {
    let frame = dir.join("frame.html");
    let script = "f.onload=()=>{const d=f.contentDocument.documentElement;\
                  document.title=d.scrollWidth<=d.clientWidth?'fits':'overflows '+d.scrollWidth}";
    let html = format!(
        "<iframe id=f width=375 height=800 src=\"file://{}\"></iframe><script>{script}</script>",
        page.display()
    );
    fs::write(&frame, html).unwrap();
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--no-first-run"])
        .args(["--virtual-time-budget=4000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", dir.join("profile").display()))
        .arg(format!("file://{}", frame.display()))
        .output()
        .expect("chromium is installed (Debian: apt-get install chromium)");
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    dom.split("<title>").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or("no title").to_owned()
}

#[test]
fn the_longest_sheet_fits_a_narrow_window() {
    let mut register = register_of("messy-enterprise");
    let held: Vec<_> = (0..register.documents.len()).take(20).collect();
    let sheet = &mut register.sheets[0];
    sheet.name = "W".repeat(64);
    sheet.purpose = "x".repeat(1_000);
    sheet.tags = (0..50).map(|n| (format!("{n}{}", "K".repeat(126)), "v".repeat(256))).collect();
    sheet.facts.push(("ARN", format!("arn:aws:iam::111122223333:role/{}", "p".repeat(500))));
    if let Some(trust) = &mut sheet.trust {
        trust.json = format!("{{\"{}\"}}", "t".repeat(4_096));
    }
    let more = held.iter().map(|document| auditpack::testing::pack::register::Held {
        title: "P".repeat(128),
        file: String::new(),
        how: auditpack::testing::pack::register::Holding::Attached,
        document: Some(*document),
        missing: None,
    });
    sheet.held.extend(more);
    let statement = register.documents[held[0]].statements.first_mut().unwrap();
    statement.json = "j".repeat(6_144);
    statement.words = "w".repeat(6_144);
    let file = register.sheets[0].file.clone();
    let dir = tempfile::tempdir().unwrap();
    written(register, dir.path());
    for page in [file.as_str(), "index.html"] {
        assert_eq!(widths(&dir.path().join("register").join(page), dir.path()), "fits", "{page}");
    }
}

/// The pages of the two customer policies of a small account, collected at a depth.
fn policies_at(depth: &str) -> [String; 2] {
    let mut account = generate::small_organization();
    let arn = |n: usize| format!("arn:aws:iam::555566667777:policy/policy-{n:05}");
    let place = format!("iam/get-policy/{}", arn(1).replace(':', "%3A").replace('/', "%2F"));
    account.answer_at(&place, serde_json::json!({ "Policy": { "Arn": arn(1), "Description": " ", "Tags": [] } }));
    let double = Double::start(account, Faults::none().report_ready());
    let out = tempfile::tempdir().unwrap();
    let run = ran(auditpack_at(&double.endpoint())
        .args(["run", "--sources", "iam", "--no-pdf", "--depth", depth, "--pause", "0", "--out"])
        .arg(out.path()));
    assert!(matches!(run.code, 0 | 3), "{}{}", run.out, run.err);
    let pages = pages(&only_pack(out.path()));
    [0, 1].map(|n| {
        let fact = format!("<dd>{}</dd>", escaped(&arn(n)));
        pages.values().find(|html| html.contains(&fact)).unwrap().clone()
    })
}

#[test]
fn a_policy_has_no_description_only_if_that_is_known() {
    let [told, silent] = policies_at("deep");
    assert!(told.contains(&escaped("Lets the <team> read; =1+1")), "{told}");
    assert!(silent.contains("No description") && !told.contains("No description"), "{silent}");
    for page in policies_at("standard") {
        assert!(page.contains("not collected") && !page.contains("No description"), "{page}");
    }
}
