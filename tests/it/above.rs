//! What lies above the accounts of an organization and who reaches them: in HTML, CSV, JSON and PDF, and never
//! "none" where it was refused.

use crate::pdf::{assert_archivable, assert_inside_the_margins, every_pdf, pages, text, tool};
use crate::support::{auditpack_at, ran};
use aws_double::generate::many::landscape::{HOSTILE, landscape, place_of};
use aws_double::generate::{self, many};
use aws_double::{Account, Double, Faults, Organization};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const MEMBERS: usize = 12;
const INSTANCE: &str = "arn:aws:sso:::instance/ssoins-1111222233334444";

fn set(place: usize) -> String {
    format!("arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-{place:016}")
}

/// A run over the organization with the members' packs, and the pack of all of them with its PDF.
fn run(management: Account, out: &Path) {
    let template = generate::empty_account();
    let world = Box::new(move |account: &str| (template.renumbered(account), Faults::none().report_ready()));
    let organization = Organization::new(management, Faults::none().report_ready(), world).refuse(&[&many::number(4)]);
    let double = Double::organization(organization);
    let mut command = auditpack_at(&double.endpoint());
    command.args(["run", "--org", "--no-pdf", "--pause", "1", "--out"]).arg(out);
    let run = ran(&mut command);
    assert_eq!(run.code, 3, "{}", run.err);
}

/// The organization's pack made anew from what the run left, with its PDF.
fn rendered(out: &Path) -> PathBuf {
    let joined = ran(auditpack_at("http://127.0.0.1:9").args(["render", "--org"]).arg(out));
    assert_eq!(joined.code, 3, "{}", joined.err);
    PathBuf::from(joined.out.lines().next().unwrap())
}

struct Whole {
    out: PathBuf,
    pack: PathBuf,
}

/// Made once for all tests that change nothing in it.
fn whole() -> &'static Whole {
    static WHOLE: OnceLock<Whole> = OnceLock::new();
    WHOLE.get_or_init(|| {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("above");
        if out.exists() {
            fs::remove_dir_all(&out).unwrap();
        }
        run(landscape(MEMBERS), &out);
        let pack = rendered(&out);
        Whole { out, pack }
    })
}

fn told(pack: &Path) -> Value {
    serde_json::from_slice(&fs::read(pack.join("organization.json")).unwrap()).unwrap()
}

fn account<'a>(told: &'a Value, id: &str) -> &'a Value {
    told["accounts"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()
}

fn page(pack: &Path, name: &str) -> String {
    fs::read_to_string(pack.join(name)).unwrap()
}

/// Names of policies by level, of one type.
fn levels(told: &Value, account: &Value, kind: usize) -> Vec<(String, Vec<String>)> {
    let name = |place: &Value| {
        let place = usize::try_from(place.as_u64().unwrap()).unwrap();
        told["policies"][place]["name"].as_str().unwrap().to_owned()
    };
    let levels = account["inherited"][kind]["levels"].as_array().unwrap().iter();
    levels
        .map(|level| {
            let policies = level["policies"].as_array().unwrap().iter().map(name).collect();
            (level["name"].as_str().unwrap().to_owned(), policies)
        })
        .collect()
}

#[test]
fn the_whole_of_it_as_data() {
    let told = told(&whole().pack);
    let mut lines = Vec::new();
    let mut list = |title: &str, value: &Value| {
        lines.push(format!("# {title}"));
        match value {
            Value::Array(items) => lines.extend(items.iter().map(Value::to_string)),
            one => lines.push(one.to_string()),
        }
    };
    for name in ["units", "policy_types", "policies", "asked", "gaps"] {
        list(name, &told[name]);
    }
    for (name, value) in told["identity_center"].as_object().unwrap() {
        list(name, value);
    }
    for id in [many::number(2), many::number(3), "799999999999".to_owned()] {
        list(&id, &account(&told, &id)["inherited"]);
    }
    list("management", &account(&told, told["management_account"].as_str().unwrap())["inherited"]);
    insta::assert_snapshot!("landscape", lines.join("\n"));
}

#[test]
fn policies_are_inherited_from_the_root_through_the_units_to_the_account() {
    let told = told(&whole().pack);
    let full = || "FullAWSAccess".to_owned();
    let owned = |list: &[(&str, &[&str])]| -> Vec<(String, Vec<String>)> {
        list.iter().map(|(name, all)| ((*name).to_owned(), all.iter().map(|one| (*one).to_owned()).collect())).collect()
    };
    let member = account(&told, &many::number(5));
    assert_eq!(
        levels(&told, member, 0),
        owned(&[
            ("Root", &["FullAWSAccess", "deny-leaving-and-root-user"]),
            ("Workloads", &["FullAWSAccess", "only-european-regions"]),
            ("team-00", &["FullAWSAccess"]),
            ("Test", &["FullAWSAccess"]),
            ("member-0005", &["FullAWSAccess"]),
        ])
    );
    assert_eq!(
        levels(&told, member, 1)[0],
        ("Root".to_owned(), vec!["RCPFullAWSAccess".to_owned(), "only-our-organization".to_owned()])
    );
    let sandbox = &account(&told, &many::number(2))["inherited"][0]["levels"][1];
    assert_eq!(sandbox["told"], "only what is allowed here passes");
    assert!(levels(&told, account(&told, &many::number(3)), 0).last().unwrap().1.contains(&full()));
    let management = account(&told, told["management_account"].as_str().unwrap());
    assert_eq!(management["inherited"][0]["state"], "exempt");
    assert!(management["inherited"][0]["levels"].as_array().unwrap().is_empty());

    let html = page(&whole().pack, &format!("accounts/{}.html", many::number(5)));
    for words in ["only-european-regions", "everything passes that is not denied", "SCP", "RCPFullAWSAccess"] {
        assert!(html.contains(words), "{words}: {html}");
    }
    let html = page(&whole().pack, "policies.html");
    for words in [
        "Denies every action of every service except iam:*, organizations:*, route53:*, support:*, sts:*, on all resources, when the Region",
        "lets only some things pass",
        "nothing, by the evidence",
    ] {
        assert!(html.contains(words), "{words}: {html}");
    }
    // A policy that stands on several levels above an account reaches that account once.
    let accounts = told["accounts"].as_array().unwrap().len();
    let reached = html.split("; above ").skip(1).map(|rest| rest.split(' ').next().unwrap().parse::<usize>().unwrap());
    let reached: Vec<usize> = reached.collect();
    assert!(reached.len() > 5 && reached.iter().all(|count| *count < accounts), "{reached:?} of {accounts}");
    let csv = page(&whole().pack, "tables/inherited.csv");
    let line = format!(
        "{},SERVICE_CONTROL_POLICY,in_force,unit,ou-ex01-workload,Workloads,p-ex0region,only-european-regions,",
        many::number(5)
    );
    assert!(csv.contains(&line), "{csv}");
}

#[test]
fn access_is_told_by_permission_set_by_person_and_by_account() {
    let whole = whole();
    let told = told(&whole.pack);
    let center = &told["identity_center"];
    let grades: Vec<(&str, &str)> = center["sets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|set| (set["name"].as_str().unwrap(), set["grade"]["words"].as_str().unwrap()))
        .filter(|(name, _)| name.is_ascii() && !name.starts_with('='))
        .collect();
    assert_eq!(
        grades,
        [
            ("AdministratorAccess", "full administrator"),
            ("Auditor", "read"),
            ("Billing", "write"),
            ("Deployer", "every service except IAM, Organizations and Account Management"),
            ("Developer", "at least read"),
            ("Support", "not known"),
            ("ViewOnly", "read"),
        ]
    );
    // The disabled user is told as such, by themselves and in their group.
    let person = center["people"].as_array().unwrap().iter().find(|one| one["id"] == "u-5").unwrap();
    assert_eq!((&person["status"], &person["most"]), (&json!("disabled"), &json!("full administrator")));
    let html = page(&whole.pack, &format!("accounts/{}.html", many::number(0)));
    assert!(html.contains("person005@example.com (disabled)") && html.contains("full administrator"), "{html}");
    let html = page(&whole.pack, "people.html");
    assert!(html.contains("<strong>disabled</strong>") && html.contains("? not known"), "{html}");
    let html = page(&whole.pack, "access.html");
    assert!(html.contains("developer-boundary-of-the-platform-team is a policy that each account has for itself"));
    assert!(html.contains("<svg") && html.contains("Assignments by permission set"));
    let csv = page(&whole.pack, "tables/assignments.csv");
    let admins =
        format!("{},AdministratorAccess,full administrator,GROUP,platform-administrators,g-0,", many::number(4));
    assert!(csv.contains(&admins), "{csv}");
    let csv = page(&whole.pack, "tables/memberships.csv");
    assert!(
        csv.lines().any(|line| line.starts_with("platform-administrators,g-0,person000@example.com,u-0,enabled")),
        "{csv}"
    );
    assert!(whole.pack.join("picture-sets.svg").is_file());
}

#[test]
fn the_pdf_is_archivable_and_says_the_same() {
    let Whole { pack, .. } = whole();
    let told = told(pack);
    let made = &told["listed_at"].as_str().unwrap()[..19];
    for file in every_pdf(pack) {
        assert_archivable(&file, made);
        assert_inside_the_margins(&file);
    }
    let file = pack.join("pack.pdf");
    let text = text(&file);
    for words in [
        "Organization o-exampleorgid",
        "1 active account could not be looked into",
        "What was not reached",
        "is not authorized to perform: sts:AssumeRole",
        "member-0004",
        "only-european-regions",
        "Root / Workloads / team-00 / Production",
        "None of them limits the management account",
        "Denies every action of every service except iam:*",
        "developers-of-team-00",
        "at least read",
        "matrix.csv has every control in every account",
    ] {
        assert!(text.contains(words), "{words} is missing: {text}");
    }
    // Long names break after their parts.
    assert!(text.replace(' ', "").contains("organizations:ListTargetsForPolicy"), "{text}");
    let (first, lost) = (text.find("What was not reached").unwrap(), text.rfind("Controls, worst first").unwrap());
    assert!(first < lost, "what was not reached comes first");
    for one in told["accounts"].as_array().unwrap() {
        let id = one["id"].as_str().unwrap();
        assert!(text.contains(id), "{id}");
        if let Some(hash) = one["manifest_sha256"].as_str() {
            assert!(text.replace(' ', "").contains(hash), "{id}: {hash}");
            assert!(text.replace(' ', "").contains(one["pack_id"].as_str().unwrap()), "{id}");
        }
    }
    for control in told["controls"].as_array().unwrap() {
        assert!(text.contains(control["title"].as_str().unwrap()), "{control}");
    }
    // Every row of the roll-up begins with its number and ends with its counts: no column is lost or added.
    let rows: Vec<String> =
        pages(&file).iter().flat_map(|page| page.lines()).map(str::trim).map(str::to_owned).collect();
    for (place, control) in told["controls"].as_array().unwrap().iter().enumerate() {
        let counts = control["accounts"].as_object().unwrap();
        let order = ["fail", "unknown", "excepted", "manual", "attested", "pass", "not_applicable"];
        assert_eq!(counts.len(), order.len(), "a verdict has no column");
        let mut wanted: Vec<String> = order.iter().map(|name| counts[*name].to_string()).collect();
        wanted.push(control["failed_subjects"].to_string());
        let (number, end) = (format!("{} ", place + 1), wanted.join(" "));
        let words = |row: &String| row.split_whitespace().collect::<Vec<_>>().join(" ");
        let found = rows.iter().filter(|row| row.starts_with(&number)).any(|row| words(row).ends_with(&end));
        assert!(found, "{number}… {end}: {rows:?}");
    }
    let raw = String::from_utf8(tool("qpdf", &["--json", "--json-key=outlines", file.to_str().unwrap()])).unwrap();
    for bookmark in ["Units and policies", "Access from Identity Center", "Packs of the accounts"] {
        assert!(raw.contains(bookmark), "{bookmark}: {raw}");
    }
    let plain = tool("qpdf", &["--qdf", "--object-streams=disable", file.to_str().unwrap(), "-"]);
    let plain = String::from_utf8_lossy(&plain);
    for tag in ["/S /TH", "/S /H1", "/Alt (Accounts by state"] {
        assert!(plain.contains(tag), "{tag} is missing");
    }
    assert!(plain.matches("/S /Figure").count() >= 4, "states, controls, tree and permission sets");
    let attached = tool("qpdf", &["--show-attachment=organization.json", file.to_str().unwrap()]);
    assert_eq!(attached, fs::read(pack.join("organization.json")).unwrap());
    let pages = pages(&file);
    for (index, page) in pages.iter().enumerate() {
        let place = format!("Page {} of {}", index + 1, pages.len());
        assert!(page.contains(&place), "page {}: {page}", index + 1);
    }
}

#[test]
fn two_renders_of_one_run_are_the_same_bytes() {
    let Whole { out, pack } = whole();
    let again = rendered(out);
    assert_ne!(*pack, again);
    let mut compared = 0;
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(pack.join(&folder)).unwrap() {
            let name = folder.join(entry.unwrap().file_name());
            if pack.join(&name).is_dir() {
                folders.push(name);
            } else if name != Path::new("seal.json") {
                assert!(
                    fs::read(pack.join(&name)).unwrap() == fs::read(again.join(&name)).unwrap(),
                    "{}",
                    name.display()
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 50);
    fs::remove_dir_all(again).unwrap();
}

#[test]
fn hostile_names_are_only_ever_text() {
    let Whole { pack, .. } = whole();
    for entry in fs::read_dir(pack).unwrap().chain(fs::read_dir(pack.join("accounts")).unwrap()) {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "html") {
            let html = fs::read_to_string(&path).unwrap();
            assert!(!html.contains("<script>alert") && !html.contains('\u{202e}'), "{}", path.display());
        }
    }
    for name in ["policies.html", "access.html", "people.html"] {
        let html = page(pack, name);
        assert!(html.contains("&lt;script&gt;alert(1)") && html.contains("⟨U+202E⟩"), "{name}");
    }
    let files = fs::read_dir(pack).unwrap().map(|entry| entry.unwrap().path());
    let pictures: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|ending| ending == "svg")).collect();
    assert!(pictures.len() >= 4, "{pictures:?}");
    for picture in pictures {
        let svg = fs::read_to_string(picture).unwrap();
        assert!(!svg.contains("<script") && !svg.contains('\u{202e}'), "{svg}");
    }
    for entry in fs::read_dir(pack.join("tables")).unwrap() {
        let csv = fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(
            !csv.lines().any(|line| line.starts_with('=') || line.contains(",=") || line.contains(",\"=")),
            "{csv}"
        );
    }
    let text = text(&pack.join("pack.pdf"));
    assert!(text.contains("#panic(\"x\") ⟨U+202E⟩⟨U+4E2D⟩"), "{text}");
    assert!(told(pack)["units"].as_array().unwrap().iter().any(|unit| unit["name"] == HOSTILE));
}

/// Every refusal one could meet, at once.
fn refused() -> Account {
    let mut account = landscape(MEMBERS);
    let mut deny = |operation: &str, stem: &str, about: &[&str]| {
        let words = "You don't have permissions to access this resource.";
        account.refuse_at(&place_of(stem, about), operation, 400, "AccessDeniedException", words);
    };
    deny("DescribePolicy", "organizations/describe-policy", &["p-ex0loggng"]);
    deny("ListTargetsForPolicy", "organizations/list-targets-for-policy", &["p-ex0sandbx"]);
    deny("ListPolicies", "organizations/list-policies", &["RESOURCE_CONTROL_POLICY"]);
    deny("ListAccountsForParent", "organizations/list-accounts-for-parent", &["ou-ex01-secure01"]);
    let at = |operation: &str| format!("sso-admin/eu-west-1/{operation}");
    deny("ListAccountAssignments", &at("list-account-assignments"), &[&many::number(6), INSTANCE, &set(0)]);
    deny(
        "ListAccountsForProvisionedPermissionSet",
        &at("list-accounts-for-provisioned-permission-set"),
        &[INSTANCE, &set(5)],
    );
    deny("GetInlinePolicyForPermissionSet", &at("get-inline-policy-for-permission-set"), &[INSTANCE, &set(6)]);
    deny("ListGroupMemberships", "identitystore/eu-west-1/list-group-memberships", &["g-1", "d-1234567890"]);
    deny("ListUsers", "identitystore/eu-west-1/list-users", &["d-1234567890"]);
    account
}

#[test]
fn what_was_refused_is_not_known_and_never_none() {
    let out = tempfile::tempdir().unwrap();
    run(refused(), out.path());
    let pack = rendered(out.path());
    let told = told(&pack);
    let policy = |id: &str| told["policies"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap().clone();
    assert_eq!(policy("p-ex0loggng")["in_short"], "is not known here");
    assert!(policy("p-ex0sandbx")["targets_missing"].as_str().unwrap().contains("AccessDenied"));
    assert!(told["policy_types"][1]["missing"].as_str().unwrap().contains("ListPolicies"));
    // Whoever might be below a policy whose targets were refused may have it above.
    let member = account(&told, &many::number(5));
    let missing = member["inherited"][0]["missing"].to_string();
    assert!(missing.contains("whether sandbox-services reaches it is not known"), "{missing}");
    assert!(member["inherited"][1]["missing"].to_string().contains("ListPolicies"), "{member}");
    let lost = account(&told, &many::number(0));
    assert!(lost["unplaced"].as_str().unwrap().contains("ListAccountsForParent"), "{lost}");
    assert!(lost["inherited"][0]["missing"].to_string().contains("the units around the account are not known"));

    let center = &told["identity_center"];
    assert!(
        center["missing_in"][many::number(6)]
            .to_string()
            .contains("who has the permission set AdministratorAccess here")
    );
    assert!(center["missing"].to_string().contains("the accounts of the permission set Support are not known"));
    assert!(center["listed"]["users"].is_null());
    let view = center["sets"].as_array().unwrap().iter().find(|one| one["name"] == "ViewOnly").unwrap();
    assert_eq!(view["grade"]["words"], "at least read");
    let auditors = center["groups"].as_array().unwrap().iter().find(|one| one["name"] == "auditors").unwrap();
    assert!(auditors["missing"].is_string(), "{auditors}");
    assert!(center["people"].as_array().unwrap().iter().all(|one| one["status"] == "not_known"));
    let gaps = told["gaps"].to_string();
    for operation in [
        "DescribePolicy",
        "ListTargetsForPolicy",
        "ListPolicies",
        "ListAccountsForParent",
        "ListAccountAssignments",
        "ListUsers",
    ] {
        assert!(gaps.contains(operation), "{operation}: {gaps}");
    }

    let html = page(&pack, &format!("accounts/{}.html", many::number(6)));
    assert!(
        html.contains("There may be more: who has the permission set AdministratorAccess here is not known"),
        "{html}"
    );
    let html = page(&pack, &format!("accounts/{}.html", many::number(0)));
    assert!(html.contains("The units around it are not known"), "{html}");
    let csv = page(&pack, "tables/assignments.csv");
    assert!(csv.lines().any(|line| line.contains(",GROUP,auditors,g-1,not known,")), "{csv}");
    let text = text(&pack.join("pack.pdf"));
    for words in [
        "What is not known about the organization",
        "Unit not known",
        "whether sandbox-services reaches it is not known",
        "there may be more resource control policies",
        "who has the permission set AdministratorAccess here is not known",
        "its document is not known",
        "at least 0",
    ] {
        assert!(text.contains(words), "{words} is missing: {text}");
    }
}

#[test]
fn accounts_of_a_file_say_that_nothing_was_asked_about_what_lies_above() {
    let template = generate::empty_account();
    let world = Box::new(move |account: &str| (template.renumbered(account), Faults::none().report_ready()));
    let double = Double::organization(Organization::new(landscape(2), Faults::none().report_ready(), world));
    let out = tempfile::tempdir().unwrap();
    let list = out.path().join("accounts.txt");
    fs::write(&list, many::number(0)).unwrap();
    let mut command = auditpack_at(&double.endpoint());
    command.args(["run", "--no-pdf", "--accounts"]).arg(&list).arg("--out").arg(out.path());
    ran(&mut command);
    let joined = ran(auditpack_at("http://127.0.0.1:9").args(["render", "--org"]).arg(out.path()));
    let pack = PathBuf::from(joined.out.lines().next().unwrap_or_default());
    let text = text(&pack.join("pack.pdf"));
    for words in ["nothing was asked about units and the policies above the accounts", "so nothing about it was asked"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(page(&pack, "policies.html").contains("They are not known."));
}
