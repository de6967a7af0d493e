//! Somebody whom only one answer names is in every population, sheet and table that they belong to, with the same words.

use crate::support::{SAMPLES, assessment, auditpack, only_pack, ran};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Subjects of the rows of a table, by a column.
fn column(pack: &Path, table: &str, of: &str, kind: Option<&str>) -> BTreeSet<String> {
    let text = fs::read(pack.join("tables").join(table)).unwrap();
    let rows = csv::Reader::from_reader(text.as_slice()).into_deserialize::<BTreeMap<String, String>>();
    let rows = rows.map(Result::unwrap).filter(|row| kind.is_none_or(|kind| row["kind"] == kind));
    rows.map(|row| row[of].clone()).filter(|id| !id.is_empty()).collect()
}

/// Ids of the subjects of each control, by the population that it is about.
fn members(pack: &Path, assessment: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let catalog = auditpack::testing::catalog::load(None, &auditpack::testing::catalog::Overrides::new()).unwrap();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for control in assessment["controls"].as_array().unwrap() {
        let kind = catalog.controls.iter().find(|one| control["id"] == one.id.as_str()).unwrap().kind.name;
        let subjects: BTreeSet<String> = control["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|result| result["subject"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(control["population"]["total"], subjects.len(), "{}: {}", pack.display(), control["id"]);
        let known = found.entry(kind.to_owned()).or_insert_with(|| subjects.clone());
        assert_eq!(*known, subjects, "{}: {} has another population of {kind}", pack.display(), control["id"]);
    }
    found
}

/// Every room has the same users, groups and roles.
fn agree(pack: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let assessment = assessment(pack);
    let members = members(pack, &assessment);
    let mut all = BTreeSet::new();
    for (kind, title) in [("user", "User"), ("group", "Group"), ("role", "Role")] {
        let these = &members[kind];
        all.extend(these.iter().cloned());
        let place = format!("{}: {kind}", pack.display());
        assert_eq!(*these, column(pack, "access-review.csv", "principal", Some(title)), "{place}: access review");
        assert_eq!(*these, column(pack, &format!("{kind}s.csv"), "id", None), "{place}: population sheet");
        let index = fs::read_to_string(pack.join("register/index.html")).unwrap();
        let rows = index.split("<tr data-h=").skip(1);
        let shown = rows.filter(|row| row.split("<td").nth(2).is_some_and(|cell| cell.contains(&format!(">{title}<"))));
        assert_eq!(these.len(), shown.count(), "{place}: register");
        let pages = fs::read_dir(pack.join(format!("register/{kind}s"))).map_or(0, Iterator::count);
        assert_eq!(these.len(), pages, "{place}: pages of the register");
        let plural = format!("IAM {kind}s");
        let told = assessment["reconciliation"].as_array().unwrap().iter().find(|row| row["what"] == plural).unwrap();
        // Lists of their own are compared with each other; those whom only answers about something else name are beside.
        let listed = these.iter().filter(|id| id.starts_with("arn:")).count();
        if let Some(population) = told["population"].as_u64() {
            assert_eq!(population, listed as u64, "{place}: reconciliation");
        }
    }
    assert_eq!(members["principal"], all, "{}: principals", pack.display());
    members
}

#[test]
fn every_page_of_a_sample_has_the_same_users_groups_and_roles() {
    for name in SAMPLES {
        let out = tempfile::tempdir().unwrap();
        ran(auditpack().args(["run", "--no-pdf", "--sample", name, "--out"]).arg(out.path()));
        let pack = only_pack(out.path());
        let members = agree(&pack);
        if name != &"messy-enterprise" {
            continue;
        }
        let left = "arn:aws:iam::111122223333:user/left.yesterday";
        assert_eq!((members["user"].len(), members["principal"].len()), (352, 697));
        assert!(members["principal"].contains(left));
        let why = "ser left.yesterday is named only by the credential report (generated 2026-09-30T04:12:07Z, 1 h 47 min \
                   before the collection began), not by the authorization details; it may have been deleted since";
        let review = fs::read_to_string(pack.join("tables/access-review.csv")).unwrap();
        let line = review.lines().find(|line| line.contains(left)).unwrap();
        assert!(line.contains(why) && line.contains("not known"), "{line}");
        let page = fs::read_to_string(pack.join("register/users/left.yesterday.html")).unwrap();
        assert!(page.contains(why), "the register says why");
        let results = assessment(&pack);
        let results = results["controls"].as_array().unwrap().iter().flat_map(|one| one["results"].as_array().unwrap());
        let about: Vec<&Value> = results.filter(|result| result["subject"] == left).collect();
        assert!(about.iter().any(|one| one["verdict"] == "unknown" && one["reason"].as_str().unwrap().contains(why)));
        // What the report says of the user is known.
        assert!(about.iter().any(|one| matches!(one["verdict"].as_str(), Some("pass" | "fail"))), "{about:?}");
    }
}

/// A folder of answers, as somebody hands it over.
fn supplied(answers: &[(&str, Value)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, body) in answers {
        let path = dir.path().join("answers").join(format!("{name}.json"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, body.to_string()).unwrap();
    }
    fs::write(dir.path().join("answers/collected-at.txt"), "2026-09-30T06:00:00Z\n").unwrap();
    let snapshot = dir.path().join("snapshot");
    let run = ran(auditpack().args(["import", "--out"]).arg(&snapshot).arg(dir.path().join("answers")));
    assert!(snapshot.is_dir(), "{}", run.err);
    ran(auditpack().args(["render", "--no-pdf", "--out"]).arg(dir.path().join("packs")).arg(&snapshot));
    dir
}

fn detail(kind: &str, name: &str, more: Value) -> Value {
    let mut body = json!({ "Path": "/", "CreateDate": "2024-01-02T03:04:05+00:00", "AttachedManagedPolicies": [],
        "Arn": format!("arn:aws:iam::444455556666:{kind}/{name}") });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[test]
fn a_role_of_the_list_and_a_group_of_a_user_are_on_every_page() {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": { "Service": "ec2.amazonaws.com" } }] });
    let user =
        detail("user", "ada", json!({ "UserName": "ada", "UserId": "AIDA", "GroupList": ["platform"], "Tags": [] }));
    let listed = json!({ "Path": "/", "UserName": "ada", "UserId": "AIDA", "CreateDate": "2024-01-02T03:04:05+00:00",
        "Arn": "arn:aws:iam::444455556666:user/ada" });
    let role = json!({ "Path": "/", "RoleName": "Late", "RoleId": "AROA", "CreateDate": "2026-09-30T05:59:59+00:00",
        "Arn": "arn:aws:iam::444455556666:role/Late", "AssumeRolePolicyDocument": trust, "MaxSessionDuration": 3600 });
    let dir = supplied(&[
        ("iam/list-users", json!({ "Users": [listed] })),
        ("iam/list-roles", json!({ "Roles": [role] })),
        (
            "iam/get-account-authorization-details",
            json!({ "UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [], "Policies": [] }),
        ),
    ]);
    let pack = only_pack(&dir.path().join("packs"));
    let members = agree(&pack);
    assert_eq!(members["group"], BTreeSet::from(["group/platform".to_owned()]));
    assert_eq!(members["role"], BTreeSet::from(["arn:aws:iam::444455556666:role/Late".to_owned()]));
    let page = fs::read_to_string(pack.join("register/groups/platform.html")).unwrap();
    assert!(page.contains("named only by the group lists of users, not by the authorization details"), "{page}");
    assert!(page.contains("users/ada.html"), "its known members are there");
    let user = fs::read_to_string(pack.join("register/users/ada.html")).unwrap();
    assert!(user.contains("groups/platform.html"), "the user's page leads to the group");
    for control in assessment(&pack)["controls"].as_array().unwrap() {
        let verdict = control["verdict"].as_str().unwrap();
        let about = control["results"].as_array().unwrap().iter();
        let open = about.filter(|one| one["verdict"] == "unknown").count();
        assert!(open == 0 || verdict != "pass", "{}: {verdict}", control["id"]);
    }
}
