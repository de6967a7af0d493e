//! `index.html`: hostile text stays text, and the page asks nobody for anything.

use crate::pack::fixture::fixture;
use crate::pack::rendered;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

/// Tags and attributes of a page, in order; fails on a tag that is not well formed.
fn tags(html: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let mut quote = None;
        let end = rest
            .char_indices()
            .find(|(_, letter)| match (quote, *letter) {
                (None, '>') => true,
                (None, '"') => {
                    quote = Some('"');
                    false
                }
                (Some('"'), '"') => {
                    quote = None;
                    false
                }
                _ => false,
            })
            .map(|(place, _)| place)
            .unwrap_or_else(|| panic!("a tag never ends: {}", &rest[..rest.len().min(80)]));
        let tag = &rest[1..end];
        tags.push(tag.to_owned());
        rest = &rest[end..];
        let raw = tag.split_whitespace().next().unwrap_or_default();
        if raw == "script" || raw == "style" {
            rest = &rest[rest.find(&format!("</{raw}>")).unwrap()..];
        }
    }
    tags
}

fn pages(users: usize) -> BTreeMap<String, String> {
    rendered(&fixture(users)).into_iter().filter(|(name, _)| name.ends_with(".html")).collect()
}

/// No tag, attribute, script or style of a page comes from its data.
fn assert_inert(name: &str, html: &str) {
    let known = "a article bdi body br code dd details div dl dt em figcaption figure footer g h1 h2 h3 h4 h5 head header \
                 html input label li link main meta nav ol p path pre rect script section span strong style summary svg \
                 table tbody td text th thead title tr ul !doctype";
    let known: Vec<&str> = known.split_whitespace().collect();
    for tag in tags(html) {
        let word = tag.trim_start_matches('/').split([' ', '\n', '/']).next().unwrap_or_default();
        assert!(known.contains(&word), "{name}: <{tag}>");
        let attributes = tag[word.len()..].to_lowercase();
        for handler in [" on", " src=", " style="] {
            let outside: String = attributes.split('"').step_by(2).collect();
            assert!(!outside.contains(handler), "{name}: <{tag}>");
        }
    }
    assert_eq!(html.matches("<script").count(), 1, "{name}: one script, ours");
    assert_eq!(html.matches("<style").count(), 1, "{name}");
    assert!(!html.contains(['\u{202E}', '\u{200B}', '\u{1b}', '\u{9b}', '\u{E000}']), "{name}");
}

#[test]
fn hostile_text_makes_no_markup() {
    for (name, html) in pages(600) {
        assert_inert(&name, &html);
    }
}

#[test]
fn hostile_text_is_shown_as_it_is() {
    let html = &pages(3)["index.html"];
    assert!(html.contains("<td class=\"text\">&lt;script&gt;alert(1)&lt;/script&gt;</td>"));
    assert!(html.contains("a⟨U+202E⟩gnp.exe⟨U+200B⟩⟨U+E000⟩"));
    assert!(html.contains("{{ 7*7 }}{% include &quot;/etc/passwd&quot; %}"));
    assert!(html.contains("שלום עולם"));
    assert!(html.contains("&amp;lt;b&amp;gt; &amp;#60; &amp;amp;"), "text that looks escaped is escaped again");
}

#[test]
fn nothing_is_loaded_and_links_stay_in_the_pack() {
    for (name, html) in pages(600) {
        for tag in tags(&html) {
            let Some(link) = tag.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()) else { continue };
            let inside = link.starts_with('#')
                || link == "data:,"
                || link.starts_with("sheets/") && pages(600).contains_key(link)
                || link.starts_with("../index.html#");
            assert!(inside, "{name}: {link}");
        }
        assert!(!html.contains("url("), "{name}: styles load nothing");
        assert!(!html.contains("@import"), "{name}: styles load nothing");
        assert!(html.contains("default-src 'none'"), "{name}");
    }
}

#[test]
fn every_anchor_leads_somewhere() {
    let pages = pages(600);
    let ids = |html: &str| -> Vec<String> {
        let after = html.split(" id=\"").skip(1);
        after.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let of_index = ids(&pages["index.html"]);
    let mut unique = of_index.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), of_index.len(), "an id stands twice");
    for (name, html) in &pages {
        for tag in tags(html) {
            let Some(link) = tag.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()) else { continue };
            let Some((page, anchor)) = link.split_once('#') else { continue };
            let known = if page.is_empty() { ids(html) } else { of_index.clone() };
            assert!(known.iter().any(|id| id == anchor), "{name}: {link}");
        }
    }
}

#[test]
fn every_control_and_every_subject_is_there() {
    let fixture = fixture(600);
    let pages = rendered(&fixture);
    let all: String = pages.iter().filter(|(name, _)| name.ends_with(".html")).map(|(_, html)| html.as_str()).collect();
    for control in &fixture.catalog.controls {
        assert!(pages["index.html"].contains(&format!("id=\"{}\">", control.id)), "{}", control.id);
    }
    for index in 0..600 {
        let name = format!("person.{index:04}@example.com");
        assert!(pages["sheets/users.html"].contains(&format!("<td class=\"text\">{name}</td>")), "{name}");
    }
    for role in &fixture.account.roles.subjects {
        assert!(all.contains(&format!("<td class=\"text\">{}</td>", role.label)), "{}", role.label);
    }
    assert!(pages["index.html"].contains("Open the sheet: Users, 614 rows"), "its page is linked");
}

/// What a browser did with a page.
pub struct Visit {
    /// The document after its script ran.
    pub dom: String,
    /// Lines of the browser's log that come from the page's console.
    pub console: Vec<String>,
    /// First lines of what the browser sent to its proxy.
    pub requests: Vec<String>,
}

/// Opens a page in headless Chromium, with a proxy of ours that answers nothing and writes down what it is asked.
pub fn visit(page: &Path) -> Visit {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = proxy.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    // The thread ends with the test's process; it holds nothing that outlives it.
    std::thread::spawn(move || {
        for connection in proxy.incoming() {
            let Ok(mut connection) = connection else { continue };
            let mut start = [0; 512];
            let length = connection.read(&mut start).unwrap_or(0);
            let line = String::from_utf8_lossy(&start[..length]).lines().next().unwrap_or_default().to_owned();
            log.lock().unwrap().push(line);
        }
    });
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-extensions"])
        .args(["--disable-default-apps", "--disable-client-side-phishing-detection", "--metrics-recording-only"])
        .args(["--enable-logging=stderr", "--v=0", "--virtual-time-budget=2000"])
        .arg(format!("--proxy-server=http://127.0.0.1:{port}"))
        .arg("--proxy-bypass-list=<-loopback>")
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", page.display()))
        .env("HOME", profile.path())
        .output()
        .expect("chromium is installed (Debian: apt-get install chromium)");
    let log = String::from_utf8_lossy(&output.stderr);
    let console = log.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    let requests = asked.lock().unwrap().clone();
    Visit { dom: String::from_utf8_lossy(&output.stdout).into_owned(), console, requests }
}

/// Requests that a browser makes for itself and not for a page.
fn own_business(request: &str) -> bool {
    ["google", "gstatic", "gvt1", "chrome"].iter().any(|host| request.contains(host))
}

/// The page is quiet: no request, no word in the console, nobody's script has run.
pub fn assert_quiet(page: &Path) -> String {
    let visit = visit(page);
    let requests: Vec<&String> = visit.requests.iter().filter(|request| !own_business(request)).collect();
    assert!(requests.is_empty(), "{}: asked for {requests:?}", page.display());
    assert!(visit.console.is_empty(), "{}: {:?}", page.display(), visit.console);
    visit.dom
}

#[test]
fn a_browser_opens_it_without_a_request_or_an_error() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in rendered(&fixture(600)) {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let dom = assert_quiet(&dir.path().join("index.html"));
    assert!(dom.contains("Filter rows"), "our script ran: its hash is the one that the policy names");
    let dom = assert_quiet(&dir.path().join("sheets/users.html"));
    assert!(dom.contains("person.0599@example.com") && dom.contains("Filter rows"));
}

#[test]
fn the_hostile_sample_is_inert_in_a_browser() {
    let dir = tempfile::tempdir().unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_auditpack"))
        .args(["run", "--sample", "hostile-text", "--no-pdf", "--quiet", "--out"])
        .arg(dir.path())
        .output()
        .unwrap();
    let pack = fs::read_dir(dir.path()).unwrap().next();
    let pack = pack.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&run.stderr))).unwrap().path();
    let page = pack.join("index.html");
    assert_inert("the sample's index.html", &fs::read_to_string(&page).unwrap());
    assert!(assert_quiet(&page).contains("Scope and completeness"));
}

#[test]
fn the_browser_test_would_see_a_request_and_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let page = dir.path().join("loud.html");
    fs::write(&page, "<img src=http://pack.invalid/x.png><script>throw new Error('loud')</script>").unwrap();
    let visit = visit(&page);
    assert!(visit.requests.iter().any(|request| request.contains("pack.invalid")), "{:?}", visit.requests);
    assert!(visit.console.iter().any(|line| line.contains("loud")), "{:?}", visit.console);
}
