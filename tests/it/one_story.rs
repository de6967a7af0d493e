//! A pack does not contradict itself: what one page, table, file or line of the terminal says, no other denies.

use crate::support::{SAMPLES, assessment, auditpack, auditpack_at, only_pack, ran};
use auditpack::testing::seal;
use auditpack::testing::verdict::Verdict;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A sample's pack, and how the run that made it ended.
struct Made {
    name: &'static str,
    pack: PathBuf,
    code: i32,
    terminal: String,
    index: String,
    assessment: Value,
    _out: tempfile::TempDir,
}

static PACKS: LazyLock<Vec<Made>> = LazyLock::new(|| SAMPLES.iter().map(|name| make(name)).collect());

fn make(name: &'static str) -> Made {
    let out = tempfile::tempdir().unwrap();
    let run = ran(auditpack().args(["run", "--no-pdf", "--sample", name, "--out"]).arg(out.path()));
    let pack = only_pack(out.path());
    let index = fs::read_to_string(pack.join("index.html")).unwrap();
    Made { name, code: run.code, terminal: run.out, index, assessment: assessment(&pack), pack, _out: out }
}

fn sample(name: &str) -> &'static Made {
    PACKS.iter().find(|made| made.name == name).unwrap()
}

/// What stands between two texts.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap_or_else(|| panic!("{from:?} is not there"));
    let rest = &text[start + from.len()..];
    &rest[..rest.find(to).unwrap_or(rest.len())]
}

/// A page as a reader sees it: no tags, references as characters, one space between words.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for letter in html.chars() {
        match letter {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            letter if !inside => text.push(letter),
            _ => {}
        }
    }
    let text = text.replace("&#39;", "'").replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&amp;", "&").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn table(pack: &Path, name: &str) -> Vec<BTreeMap<String, String>> {
    let text = fs::read(pack.join("tables").join(name)).unwrap();
    csv::Reader::from_reader(text.as_slice()).deserialize().map(|line| line.unwrap()).collect()
}

#[test]
fn cover_summary_scope_terminal_json_and_exit_code_count_the_same_gaps() {
    for made in PACKS.iter() {
        let completeness = &made.assessment["completeness"];
        let gaps = made.assessment["gaps"].as_array().unwrap();
        let with = |class: &str| gaps.iter().filter(|gap| gap["class"] == class).collect::<Vec<_>>();
        let count = completeness["gaps"].as_u64().unwrap();
        assert_eq!(count, with("gap").len() as u64, "{}", made.name);
        assert_eq!(completeness["evidence_incomplete"], count > 0, "{}", made.name);
        assert_eq!(made.code, if count > 0 { 3 } else { 0 }, "{}: exit 3 and gaps go together", made.name);

        // The controls that a gap affects are those that met it.
        let mut affected = BTreeSet::new();
        for control in made.assessment["controls"].as_array().unwrap() {
            for place in control["gaps"].as_array().unwrap() {
                let gap = &gaps[usize::try_from(place.as_u64().unwrap()).unwrap()];
                assert!(gap["controls"].as_array().unwrap().contains(&control["id"]), "{} {gap}", made.name);
                if gap["class"] == "gap" {
                    affected.insert(control["id"].as_str().unwrap());
                }
            }
        }
        let named: BTreeSet<&str> =
            completeness["gap_controls"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
        assert_eq!(named, affected, "{}", made.name);

        let gaps_words =
            if count == 1 { "1 evidence gap affects".to_owned() } else { format!("{count} evidence gaps affect") };
        let controls = match affected.len() {
            0 => "no control".to_owned(),
            1 => "1 control".to_owned(),
            several => format!("{several} controls"),
        };
        let sentence =
            if count == 0 { "There are no evidence gaps.".to_owned() } else { format!("{gaps_words} {controls}.") };
        let cover = plain(between(&made.index, "<header class=\"cover\"", "</header>"));
        let summary = plain(between(&made.index, "<section id=\"part-summary\">", "</section>"));
        let scope = plain(between(&made.index, "<section id=\"part-scope\">", "</section>"));
        assert_eq!(cover.contains(&sentence), count > 0, "{}: {cover}", made.name);
        assert!(summary.contains(&sentence), "{}: {summary}", made.name);
        assert!(scope.contains(&sentence), "{}", made.name);
        assert!(made.terminal.contains(&sentence), "{}: {}", made.name, made.terminal);

        let not_requested = completeness["not_requested"].as_u64().unwrap();
        let sources: BTreeSet<&str> = with("not_requested").iter().map(|gap| gap["source"].as_str().unwrap()).collect();
        assert_eq!(not_requested, sources.len() as u64);
        for text in [&cover, &summary, &scope, &made.terminal] {
            let said = format!("{not_requested} sources were not requested at standard depth");
            assert_eq!(text.contains(&said), not_requested > 1, "{}: {text}", made.name);
        }

        // The table of calls marks nothing as missing in a pack without gaps.
        let calls = between(&made.index, "<h3>API calls and responses</h3>", "</table>");
        assert!(count > 0 || !calls.contains("Missing:"), "{}: {}", made.name, plain(calls));
    }
    let deep = sample("messy-enterprise");
    assert_eq!(deep.assessment["completeness"]["not_requested"], 5);
}

#[test]
fn json_on_standard_output_has_the_counts_of_the_pack() {
    for name in ["tidy-startup", "permission-denied", "messy-enterprise"] {
        let made = sample(name);
        let out = tempfile::tempdir().unwrap();
        let run = ran(auditpack()
            .args(["render", "--json", "--no-pdf", "--out"])
            .arg(out.path())
            .arg(made.pack.join("snapshot")));
        let told: Value = serde_json::from_str(&run.out).unwrap();
        let completeness = &made.assessment["completeness"];
        assert_eq!(told["gap_count"], completeness["gaps"], "{name}");
        assert_eq!(told["gaps"].as_array().unwrap().len() as u64, completeness["gaps"].as_u64().unwrap());
        assert_eq!(told["not_requested_count"], completeness["not_requested"]);
        assert_eq!(told["not_analyzed_count"], completeness["not_analyzed"]);
        assert_eq!(told["evidence_incomplete"], completeness["evidence_incomplete"]);
        assert_eq!(told["exit"], run.code);
        assert_eq!(told["signed"], false);
        assert_eq!(told["manifest_sha256"], seal::verify(&only_pack(out.path())).unwrap().manifest_sha256);
    }
}

#[test]
fn the_terminal_names_the_manifest_and_the_pack_says_how_to_check_it() {
    for made in PACKS.iter() {
        let manifest = seal::verify(&made.pack).unwrap().manifest_sha256;
        assert!(made.terminal.contains(&manifest), "{}", made.terminal);
        assert!(made.terminal.contains(&format!("--expect {manifest}")), "{}", made.terminal);
        let cover = plain(between(&made.index, "<header class=\"cover\"", "</header>"));
        for said in ["not signed", "sha256sum -c SHA256SUMS", "auditpack verify"] {
            assert!(cover.contains(said), "{cover}");
        }
        let check = ran(auditpack().arg("verify").arg(&made.pack).args(["--expect", &manifest]));
        assert_eq!(check.code, 0, "the advice works: {}{}", check.out, check.err);
    }
}

/// What a pack with an answer of an operation must not deny.
const DENIALS: &[(&str, &str, &str)] = &[
    ("organizations", "ListPolicies", "policies of AWS Organizations"),
    ("organizations", "ListAccounts", "the accounts and units of the organization"),
    ("sso-admin", "ListPermissionSets", "permission sets and assignments of IAM Identity Center"),
    ("identitystore", "ListUsers", "users and groups of IAM Identity Center"),
    ("accessanalyzer", "ListFindings", "external access findings of IAM Access Analyzer to test"),
    ("iam", "ListSSHPublicKeys", "SSH public keys"),
    ("iam", "GetServiceLastAccessedDetails", "the services that users and roles last accessed"),
    ("iam", "GetPolicy", "descriptions and tags of customer managed policies"),
    ("iam", "GetCredentialReport", "the credential report"),
    ("cloudtrail", "DescribeTrails", "CloudTrail trails"),
    ("config", "DescribeConfigRules", "AWS Config"),
    ("cloudwatch", "DescribeAlarms", "CloudWatch alarms"),
    ("ec2", "DescribeInstances", "EC2 instances"),
    ("account", "GetContactInformation", "contacts and Regions of the account"),
];

#[test]
fn the_scope_page_denies_no_source_that_the_pack_has() {
    let mut denied = 0;
    for made in PACKS.iter() {
        let limits = plain(between(&made.index, "<h3>What this pack does not cover</h3>", "</section>"));
        let mut answered: BTreeMap<(String, String), bool> = BTreeMap::new();
        for line in fs::read_to_string(made.pack.join("snapshot/calls.jsonl")).unwrap().lines() {
            let call: Value = serde_json::from_str(line).unwrap();
            let key = ["service", "operation"].map(|member| call[member].as_str().unwrap().to_owned());
            *answered.entry(key.into()).or_insert(false) |= call["error"].is_null();
        }
        for (service, operation, words) in DENIALS {
            let is_there = answered.get(&((*service).to_owned(), (*operation).to_owned())) == Some(&true);
            let out: Vec<&str> = limits
                .split(". ")
                .filter(|sentence| sentence.to_lowercase().contains(&words.to_lowercase()))
                .filter(|sentence| {
                    ["Not requested", ": not collected", "there are no", "were not collected"]
                        .iter()
                        .any(|denial| sentence.contains(denial))
                })
                .collect();
            assert!(!is_there || out.is_empty(), "{}: {service}:{operation} is there: {out:?}", made.name);
            denied += out.len();
        }
        for false_everywhere in ["are not looked at", "are looked at"] {
            assert!(!limits.contains(false_everywhere), "{limits}");
        }
    }
    assert!(denied > 3, "what a run lacks is said");
    let limits = between(&sample("messy-enterprise").index, "<h3>What this pack does not cover</h3>", "</section>");
    assert!(plain(limits).contains("are collected, and controls test where they apply"), "{}", plain(limits));
    assert!(plain(limits).contains("Not requested in this run: IDs of access keys"), "{}", plain(limits));
}

#[test]
fn administrators_are_counted_once() {
    for made in PACKS.iter() {
        let told = &made.assessment["administrators"];
        let total = told["total"].as_u64().unwrap();
        let parts: u64 = ["users", "groups", "roles"].iter().map(|kind| told[kind].as_u64().unwrap()).sum();
        assert_eq!(total, parts, "{}", made.name);

        let review: BTreeSet<String> = table(&made.pack, "access-review.csv")
            .into_iter()
            .filter(|line| line["level"].starts_with("full administrator"))
            .map(|line| line["principal"].clone())
            .collect();
        assert_eq!(review.len() as u64, total, "{}: {review:?}", made.name);

        let register = fs::read_to_string(made.pack.join("register/index.html")).unwrap();
        let rows = register.split("<tr data-h=").skip(1);
        let is_one = |row: &&str| {
            let cells: Vec<&str> = row.split("<td").collect();
            let is_principal = ["User", "Group", "Role"].iter().any(|kind| cells[2].contains(&format!(">{kind}<")));
            is_principal && cells[5].contains(">full administrator")
        };
        assert_eq!(rows.filter(is_one).count() as u64, total, "{}: the register's index", made.name);

        let summary = plain(between(&made.index, "<section id=\"part-summary\">", "</section>"));
        let sentence = match total {
            0 => "full administrator of the account".to_owned(),
            1 => "is a full administrator of the account".to_owned(),
            total => format!("{total} users, groups and roles are full administrators of the account"),
        };
        assert!(summary.contains(&sentence), "{}: {summary}", made.name);

        let review = between(&made.index, "id=\"access-is-reviewed-periodically\"", "</article>");
        let shown = plain(between(review, "Users, groups and roles that administer the account", "</p>"));
        let number = if total == 0 { "There are none among".to_owned() } else { format!("{total} of ") };
        assert!(shown.trim_start().starts_with(&number) || made.name == "permission-denied", "{}: {shown}", made.name);
    }
}

#[test]
fn reconciliation_compares_names_and_names_who_differs() {
    let told = &sample("messy-enterprise").assessment["reconciliation"];
    let row = |what: &str| told.as_array().unwrap().iter().find(|row| row["what"] == what).unwrap();
    let users = row("IAM users");
    assert_eq!((&users["result"], &users["population"]), (&"differs".into(), &352.into()));
    let only = |source: &str, member: &str| -> Vec<String> {
        let differences = users["differences"].as_array().unwrap().iter();
        let these = differences.filter(|one| *one[member].as_array().unwrap() == [Value::from(source)]);
        these.flat_map(|one| one["names"].as_array().unwrap()).map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(only("iam:GetCredentialReport", "named_by"), ["left.yesterday"]);
    assert_eq!(only("iam:GetCredentialReport", "missing_from"), ["new.joiner"]);
    assert_eq!(row("MFA devices in use")["result"], "different_scope");

    let index = &sample("messy-enterprise").index;
    let summary = plain(between(index, "<section id=\"part-summary\">", "</section>"));
    for said in [
        "IAM users differ between sources. 352 in all: 350 in every source",
        "1 only in the credential report: left.yesterday",
        "1 missing from the credential report: new.joiner",
        "AWS Config agrees with 32 results of this pack and contradicts 29: 20 of “",
    ] {
        assert!(summary.contains(said), "{said}: {summary}");
    }
    for made in PACKS.iter() {
        assert!(!plain(&made.index).contains("fewer than two sources"), "{}", made.name);
    }
}

/// The files and anchors of a pack's pages.
fn pages(pack: &Path) -> BTreeMap<PathBuf, String> {
    fn walk(dir: &Path, found: &mut BTreeMap<PathBuf, String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|end| end == "html") {
                found.insert(path.clone(), fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(pack, &mut found);
    found
}

#[test]
fn no_link_in_a_pack_dangles() {
    for name in ["messy-enterprise", "hostile-text"] {
        let made = sample(name);
        let pages = pages(&made.pack);
        let anchors = |html: &str| -> BTreeSet<String> {
            html.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
        };
        let anchors: BTreeMap<&PathBuf, BTreeSet<String>> =
            pages.iter().map(|(path, html)| (path, anchors(html))).collect();
        let mut seen = 0;
        for (path, html) in &pages {
            for link in html.split("<a ").skip(1) {
                let Some(href) = link.split('>').next().unwrap().split("href=\"").nth(1) else { continue };
                let href = href.split('"').next().unwrap().replace("&amp;", "&");
                // The public catalog of escalation paths is outside of the pack.
                if href.starts_with("https://pathfinding.cloud/") {
                    continue;
                }
                let (file, anchor) = href.split_once('#').unwrap_or((&href, ""));
                let target = if file.is_empty() {
                    path.clone()
                } else {
                    let mut target = path.parent().unwrap().to_owned();
                    for part in file.split('/') {
                        if part == ".." {
                            target.pop()
                        } else {
                            target.push(part.replace("%25", "%"));
                            true
                        };
                    }
                    target
                };
                assert!(target.is_file(), "{}: {href}", path.display());
                if !anchor.is_empty() {
                    assert!(anchors[&target].contains(anchor), "{}: {href}", path.display());
                }
                seen += 1;
            }
        }
        assert!(seen > 1_000, "{name}: {seen} links");
    }
}

#[test]
fn exceptions_and_population_rows_lead_to_the_register() {
    let made = sample("messy-enterprise");
    for control in
        ["console-users-have-mfa", "roles-are-not-open-to-everyone", "groups-have-members", "nobody-can-escalate"]
    {
        let article = between(&made.index, &format!("id=\"{control}\""), "</article>");
        let failing = between(article, "class=\"subjects fail\"", "</table>");
        let rows = failing.matches("<tr><td>").count();
        assert!(rows > 0, "{control}");
        assert_eq!(failing.matches("<a href=\"register/").count(), rows, "{control}: every exception has its page");
    }
    for sheet in ["users", "groups", "roles", "policies", "credentials"] {
        let html = between(&made.index, &format!("id=\"sheet-{sheet}\""), "</section>");
        let page = made.pack.join(format!("sheets/{sheet}.html"));
        let html = if page.exists() { fs::read_to_string(&page).unwrap() } else { html.to_owned() };
        let body = between(&html, "<tbody>", "</tbody>");
        let rows = body.matches("<tr>").count();
        assert!(rows > 20, "{sheet}: {rows}");
        assert_eq!(body.matches("register/").count(), rows, "{sheet}: every row has its page");
    }
}

#[test]
fn an_operation_has_one_spelling_the_iam_action() {
    for made in PACKS.iter() {
        for (what, text) in
            [("index.html", &made.index), ("assessment", &made.assessment.to_string()), ("terminal", &made.terminal)]
        {
            // What an error message says of itself stays as it was received.
            let text = text.replace("to perform: accessanalyzer:", "").replace("to perform: sso-admin:", "");
            for other in ["sso-admin:", "accessanalyzer:"] {
                assert!(!text.contains(other), "{}: {what} says {other}", made.name);
            }
        }
    }
    assert!(sample("messy-enterprise").index.contains("sso:ListInstances"));
}

#[test]
fn no_result_shows_one_fact_twice() {
    for made in PACKS.iter() {
        let article = between(&made.index, "id=\"root-is-not-used-day-to-day\"", "</article>");
        let facts = if article.contains("class=\"facts\"") { between(article, "class=\"facts\"", "</dl>") } else { "" };
        let shown: Vec<String> =
            facts.split("<dt>").skip(1).map(|fact| plain(between(fact, "<dd>", "</dd>"))).collect();
        let mut distinct = shown.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(shown.len(), distinct.len(), "{}: {shown:?}", made.name);
    }
}

#[test]
fn undocumented_roles_are_the_same_for_the_control_and_for_the_reviewer() {
    for made in PACKS.iter() {
        let controls = made.assessment["controls"].as_array().unwrap();
        let tested = controls.iter().find(|control| control["id"] == "roles-say-what-they-are-for").unwrap();
        if tested["population"]["unknown"] != 0 || tested["population"]["complete"] == false {
            continue;
        }
        let failed = tested["population"]["failed"].as_u64().unwrap();
        let review = between(&made.index, "id=\"roles-and-policies-are-documented\"", "</article>");
        let shown = plain(between(review, "Roles without a description and without the tag", "</p>"));
        let number = if failed == 0 { "There are none among".to_owned() } else { format!("{failed} of ") };
        assert!(shown.trim_start().starts_with(&number), "{}: {failed} fail; {shown}", made.name);
    }
}

#[test]
fn the_summary_counts_verdicts_and_gives_both_times() {
    let made = sample("messy-enterprise");
    let summary = plain(between(&made.index, "<section id=\"part-summary\">", "</section>"));
    let controls = made.assessment["controls"].as_array().unwrap();
    let with = |verdict: &str| controls.iter().filter(|control| control["verdict"] == verdict).count();
    let said = format!(
        "Of {} controls, {} fail, {} pass, {} are inconclusive and {} await an attestation.",
        controls.len(),
        with("fail"),
        with("pass"),
        with("unknown"),
        with("manual")
    );
    assert!(summary.contains(&said), "{said}: {summary}");
    assert!(summary.contains("collected on 30 September 2026, 06:00:00 UTC"), "{summary}");
    assert!(summary.contains("generated on 30 September 2026, 04:12:07 UTC"), "{summary}");
}

#[test]
fn another_endpoint_than_awss_own_is_named_on_cover_scope_page_and_terminal() {
    let account = aws_double::generate::named("empty-account").unwrap();
    let double = aws_double::Double::start(account, aws_double::Faults::none());
    let out = tempfile::tempdir().unwrap();
    let run = ran(auditpack_at(&double.endpoint()).args(["run", "--no-pdf", "--out"]).arg(out.path()));
    assert!(matches!(run.code, 0 | 3), "{}", run.err);
    let url = double.endpoint();
    let said = run.out.lines().find(|line| line.starts_with("not AWS's own endpoint")).unwrap_or_default();
    assert!(said.contains(url.trim_end_matches('/')) && said.contains("iam"), "{}", run.out);
    let index = fs::read_to_string(only_pack(out.path()).join("index.html")).unwrap();
    for (part, end) in [("<header class=\"cover\"", "</header>"), ("<section id=\"part-scope\">", "</dl>")] {
        let text = plain(between(&index, part, end));
        assert!(text.contains("AWS's own") && text.contains(url.trim_end_matches('/')), "{text}");
    }
    // A recording says nothing of endpoints, and the pack does not make any up.
    assert!(!sample("tidy-startup").index.contains("AWS's own endpoints"));
}

/// A finding in the register has the control's word for its verdict.
#[test]
fn the_register_names_verdicts_as_the_controls_do() {
    let made = sample("messy-enterprise");
    let page = fs::read_to_string(made.pack.join("register/users/left.yesterday.html")).unwrap();
    let cells = page.split("<td class=\"mark ").skip(1);
    let words: BTreeSet<(&str, String)> = cells
        .map(|cell| {
            let (key, rest) = cell.split_once("\">").unwrap();
            let word = plain(rest.split("</td>").next().unwrap());
            (key, word.split_whitespace().skip(1).collect::<Vec<_>>().join(" "))
        })
        .collect();
    for (key, word) in [("fail", "Fail"), ("unknown", "Inconclusive")] {
        assert!(words.contains(&(key, word.to_owned())), "{words:?}");
    }
    assert!(words.len() <= Verdict::ALL.len(), "one word a verdict: {words:?}");
}
