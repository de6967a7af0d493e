//! The register: nobody is left out, every link leads somewhere, hostile text stays text.

use crate::support::{SAMPLES, auditpack, only_pack, ran, sample};
use auditpack::{account, snapshot::Snapshot};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn pack_of(name: &str, out: &Path) -> PathBuf {
    let run = ran(auditpack().args(["run", "--sample", name, "--no-pdf", "--out"]).arg(out));
    assert!(matches!(run.code, 0 | 3), "{}{}", run.out, run.err);
    only_pack(out)
}

/// File below `register/` → its text.
fn pages(pack: &Path) -> BTreeMap<String, String> {
    let root = pack.join("register");
    let mut pages = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
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
    auditpack::render::text::escape_html(text, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_role_user_group_and_policy_has_a_page() {
    for name in SAMPLES {
        let out = tempfile::tempdir().unwrap();
        let pages = pages(&pack_of(name, out.path()));
        let account = account::read(&Snapshot::open(&sample(name)).unwrap(), None).unwrap();
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
        assert_eq!(index.matches("<tr><td><a href=").count(), pages.len() - 1, "{name}: each sheet is in the index");
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
            for link in links(html).into_iter().filter(|link| *link != "data:,") {
                let link = percent_encoding::percent_decode_str(link).decode_utf8().unwrap().into_owned();
                let target = pack.join("register").join(folder).join(&link);
                assert!(target.is_file(), "{name} {file}: {link}");
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
        for bad in ["<img", "<iframe", "<svg", "<b>", " onerror=\"", "\u{202E}", "\u{200B}", "\u{1b}"] {
            assert!(!html.contains(bad), "{file}: {bad:?}");
        }
        for tag in html.split('<').skip(1).filter(|tag| !tag.starts_with(['/', '!'])) {
            let word: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
            let known = [
                "a", "bdi", "body", "br", "code", "dd", "details", "div", "dl", "dt", "footer", "h1", "h2", "h3",
                "head", "html", "li", "link", "main", "meta", "p", "pre", "script", "section", "span", "strong",
                "style", "summary", "table", "tbody", "td", "th", "thead", "title", "tr", "ul",
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
