//! `tables/access-review.csv`: what somebody who reviews access, and whoever audits the review, finds in it.

use crate::support::{auditpack, only_pack, ran, sample};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const HEAD: &str = "principal,kind,name,owner,last_used,level,services_broadly,services_in_part,granted_by,evidence,\
                    decision,reviewer,date,proof_of_removal";
/// From the most far-reaching.
const LEVELS: [&str; 5] = ["permissions management", "write", "tagging", "read", "list"];

type Line = BTreeMap<String, String>;

/// The worksheet of a sample's pack, and the pack's manifest.
fn worksheet(name: &str) -> (String, Vec<Line>, String) {
    let out = tempfile::tempdir().unwrap();
    let run = ran(auditpack().args(["run", "--no-pdf", "--sample", name, "--out"]).arg(out.path()));
    assert!(matches!(run.code, 0 | 3), "{}", run.err);
    let pack = only_pack(out.path());
    let text = fs::read_to_string(pack.join("tables/access-review.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let lines = reader.deserialize().map(|line| line.unwrap()).collect();
    (text.clone(), lines, fs::read_to_string(pack.join("SHA256SUMS")).unwrap())
}

fn of<'a>(lines: &'a [Line], name: &str) -> Vec<&'a Line> {
    lines.iter().filter(|line| line["name"] == name).collect()
}

/// ARNs of the users, groups and roles in a sample's authorization details.
fn principals(name: &str) -> BTreeSet<String> {
    let folder = sample(name).join("evidence/iam");
    let mut files = vec![folder.join("get-account-authorization-details.json")];
    files.extend(
        fs::read_dir(folder.join("get-account-authorization-details"))
            .into_iter()
            .flatten()
            .map(|it| it.unwrap().path()),
    );
    let mut found = BTreeSet::new();
    for file in files.iter().filter(|file| file.exists()) {
        found.extend(named(file));
    }
    assert!(!found.is_empty(), "{name} has authorization details");
    found
}

fn named(file: &Path) -> Vec<String> {
    let details: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let lists = ["UserDetailList", "GroupDetailList", "RoleDetailList"].map(|list| details[list].as_array().unwrap());
    lists.into_iter().flatten().map(|one| one["Arn"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_reviewer_finds_everybody_with_each_level_of_access_and_room_for_the_decision() {
    let (text, lines, sums) = worksheet("messy-enterprise");
    assert_eq!(text.lines().next().unwrap().trim_end(), HEAD);
    assert!(sums.contains("  tables/access-review.csv"), "the worksheet is sealed with the evidence");

    // The population is whole: those of the details, and those whom another source names.
    let mut everybody = principals("messy-enterprise");
    everybody.insert("arn:aws:iam::111122223333:user/left.yesterday".to_owned());
    let listed: BTreeSet<String> =
        lines.iter().filter(|line| line["kind"] != "Note").map(|line| line["principal"].clone()).collect();
    assert_eq!(listed, everybody);

    for line in &lines {
        for people in ["decision", "reviewer", "date", "proof_of_removal"] {
            assert_eq!(line[people], "", "{line:?}");
        }
        let whom = (&line["kind"], &line["level"]);
        assert!(line["kind"] == "Note" || !line["level"].is_empty(), "{whom:?} has no level: {line:?}");
        assert!(!line["evidence"].is_empty(), "{line:?}");
        // Whoever is granted something is granted it by something.
        let granted =
            !["nothing", "not known"].iter().any(|word| line["level"].starts_with(word)) && line["kind"] != "Note";
        assert!(!granted || !line["granted_by"].is_empty(), "{line:?}");
    }

    // An administrator is one line, as there is nothing to tell apart.
    let admin = of(&lines, "admin.attached");
    assert_eq!(admin.len(), 1);
    assert_eq!(admin[0]["level"], "full administrator");
    assert_eq!(admin[0]["granted_by"], "AdministratorAccess (attached)");
    assert_eq!((admin[0]["evidence"].as_str(), admin[0]["kind"].as_str()), ("whole", "User"));

    // Others have a line a level, the gravest first, with the services and how far it reaches in them.
    let broad = of(&lines, "ADFS-Everything");
    let levels: Vec<&str> = broad.iter().map(|line| line["level"].as_str()).collect();
    assert!(levels[0].starts_with("every service except IAM"), "what they come to together stands first: {levels:?}");
    assert_eq!(levels[1..], LEVELS);
    assert!(broad[1]["services_broadly"].split(' ').any(|service| service == "s3"), "{:?}", broad[1]);
    let limited = lines.iter().find(|line| line["services_broadly"].is_empty() && !line["services_in_part"].is_empty());
    assert!(limited.is_some(), "somebody has a level on some resources only");
    let through = lines.iter().find(|line| line["kind"] == "User" && line["granted_by"].contains("group")).unwrap();
    assert!(!through["granted_by"].is_empty());
}

#[test]
fn what_is_not_known_is_never_told_as_nothing() {
    let (_, lines, _) = worksheet("messy-enterprise");
    let left = of(&lines, "left.yesterday");
    assert_eq!((left.len(), left[0]["level"].as_str()), (1, "not known: not in the authorization details"));
    assert!(left[0]["evidence"].contains("not known in full"), "{:?}", left[0]);

    let (_, lines, _) = worksheet("permission-denied");
    let (notes, people): (Vec<&Line>, Vec<&Line>) = lines.iter().partition(|line| line["kind"] == "Note");
    assert_eq!(lines[0]["kind"], "Note", "what the list may lack is told before it begins");
    assert!(notes.iter().any(|note| note["evidence"].contains("authorization details")), "{notes:?}");
    assert!(notes.iter().all(|note| note["principal"].is_empty() && note["level"].is_empty()));
    assert!(!people.is_empty());
    for line in people {
        assert_eq!(line["level"], "not known", "{line:?}");
        assert_ne!(line["evidence"], "whole", "{line:?}");
    }

    let (_, lines, _) = worksheet("tidy-startup");
    assert!(lines.iter().all(|line| line["kind"] != "Note" && line["evidence"] == "whole"), "nothing is missing there");
}

#[test]
fn no_name_is_run_by_a_spreadsheet() {
    let (_, lines, _) = worksheet("hostile-text");
    let listed: BTreeSet<&String> = lines.iter().map(|line| &line["principal"]).collect();
    for principal in principals("hostile-text") {
        assert!(listed.contains(&principal), "{principal}");
    }
    for cell in lines.iter().flat_map(BTreeMap::values) {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
        assert!(!cell.contains('\u{202e}') && !cell.contains('\u{1b}'), "{cell:?}");
    }
}
