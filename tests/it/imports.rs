//! AWS CLI output in a folder becomes a snapshot.

use crate::samples::move_to_the_samples_day;
use crate::support::{assessment, auditpack, auditpack_at, only_pack, ran};
use auditpack::testing::operations::sources;
use auditpack::testing::snapshot::import::{ImportError, Imported, Known, import, known_operations, script};
use auditpack::testing::snapshot::{Origin, Outcome, Snapshot};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, bytes) in files {
            let path = folder.from().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        folder
    }
    fn from(&self) -> PathBuf {
        self.0.path().join("answers")
    }
    fn to(&self) -> PathBuf {
        self.0.path().join("snapshot")
    }
    fn import(&self) -> Result<Imported, ImportError> {
        import(&self.from(), &self.to(), "2026-11-22T06:00:00Z".parse().unwrap(), &Known::default())
    }
    fn snapshot(&self) -> Snapshot {
        self.import().unwrap();
        Snapshot::open(&self.to()).unwrap()
    }
}

#[test]
fn merged_and_paged_answers_refusals_and_silence_stay_apart() {
    let folder = Folder::new(&[
        ("collected-at.txt", b"2026-11-21T23:59:00Z\n"),
        (
            "sts/get-caller-identity.json",
            br#"{"UserId":"A","Account":"111122223333","Arn":"arn:aws-cn:iam::111122223333:user/a"}"#,
        ),
        ("iam/list-users.json", b"\xEF\xBB\xBF{\"Users\":[]}"),
        ("iam/list-roles/0001.json", br#"{"Roles":[{}],"IsTruncated":true,"Marker":"m"}"#),
        ("iam/list-roles/0002.json", br#"{"Roles":[{},{}],"IsTruncated":false}"#),
        ("iam/list-virtual-mfa-devices/1.json", br#"{"VirtualMFADevices":[],"IsTruncated":true}"#),
        ("iam/list-virtual-mfa-devices/2.json", b""),
        (
            "iam/list-virtual-mfa-devices/2.stderr",
            b"An error occurred (Throttling) when calling the ListVirtualMFADevices operation: slow",
        ),
        ("iam/list-virtual-mfa-devices/2.exit", b"254\n"),
        ("iam/list-server-certificates.json", br#"{"ServerCertificateMetadataList":[{}],"NextToken":"t"}"#),
        ("iam/get-account-password-policy.json", b""),
        (
            "iam/get-account-password-policy.stderr",
            b"\nAn error occurred (NoSuchEntity) when calling the GetAccountPasswordPolicy operation: none\n",
        ),
        ("iam/get-account-password-policy.exit", b"254"),
        (
            "iam/list-entities-for-policy/arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FAWSSupportAccess.json",
            br#"{"PolicyRoles":[]}"#,
        ),
        ("iam/list-entities-for-policy/.json", b"{}"),
        ("iam/list-hobbies.json", b"not even JSON"),
        ("notes é.txt", b""),
    ]);
    let done = folder.import().unwrap();
    assert_eq!(done.account.as_deref(), Some("111122223333"));
    assert_eq!((done.files, done.errors), (8, 1));
    assert_eq!(done.unknown, ["iam/list-hobbies.json", "notes é.txt"]);
    assert!(done.not_collected.contains(&"iam get-credential-report".to_owned()), "{:?}", done.not_collected);

    let snapshot = Snapshot::open(&folder.to()).unwrap();
    assert_eq!(snapshot.header.origin, Origin::Supplied);
    assert_eq!(snapshot.header.started.to_string(), "2026-11-21T23:59:00Z");
    assert_eq!(snapshot.header.partition.as_deref(), Some("aws-cn"));
    let outcome = |operation: &str| snapshot.answer("iam", operation).outcome;
    assert_eq!(outcome("ListUsers"), Outcome::Complete);
    assert_eq!(outcome("ListRoles"), Outcome::Complete);
    assert_eq!(snapshot.answer("iam", "ListRoles").pages.len(), 2);
    assert!(matches!(outcome("ListVirtualMFADevices"), Outcome::CutShort { error, .. } if error.code == "Throttling"));
    assert!(matches!(outcome("ListServerCertificates"), Outcome::CutShort { error, .. } if error.code == "Incomplete"));
    assert!(
        matches!(outcome("GetAccountPasswordPolicy"), Outcome::Failed { error, .. } if error.code == "NoSuchEntity")
    );
    assert_eq!(outcome("GetAccountSummary"), Outcome::NotCollected);
    let about = snapshot.answers("iam", "ListEntitiesForPolicy");
    assert!(about.iter().any(|answer| answer.parameters["PolicyArn"] == "arn:aws:iam::aws:policy/AWSSupportAccess"));
    // Byte for byte what was supplied.
    assert_eq!(snapshot.answer("iam", "ListUsers").pages[0].bytes().unwrap(), b"\xEF\xBB\xBF{\"Users\":[]}");
    let exhibits = snapshot.exhibits().unwrap();
    assert_eq!((exhibits[0].id.as_str(), exhibits[0].operation.as_str()), ("E-01", "GetCallerIdentity"));
}

#[test]
fn every_bad_file_is_named_at_once_with_its_place_and_the_next_step() {
    let folder = Folder::new(&[
        ("collected-at.txt", b"yesterday"),
        ("iam/list-users.json", b"{\n  \"Users\": [,]\n}"),
        ("iam/list-roles.json", b"[]"),
        ("iam/get-account-summary.json", b"\xFF\xFE{\x00}\x00"),
        ("iam/list-saml-providers.json", b"{ \"SAMLProviderList\": ["),
        ("iam/list-account-aliases.json", b""),
    ]);
    let text = folder.import().unwrap_err().to_string();
    let places = [
        "collected-at.txt: \"yesterday\" is not a time",
        "iam/list-users.json:2:13: this is not an answer",
        "iam/list-roles.json:1:1: ",
        "an object in braces",
        "is UTF-16",
        "iam/list-saml-providers.json:1:23: ",
        "iam/list-account-aliases.json: the file is empty",
    ];
    for place in places {
        assert!(text.contains(place), "{place} is not in\n{text}");
    }
    assert_eq!(text.matches("\n  next: ").count(), 6);
    assert!(!folder.to().exists(), "nothing is written from a folder with mistakes");
}

#[test]
fn no_page_and_no_thing_is_lost_or_taken_twice() {
    let page = br#"{"Users":[]}"#;
    for (names, told) in [
        (&["iam/list-users/0000.json", "iam/list-users/0001.json"][..], "iam/list-users/0000.json: the name is not"),
        (&["iam/list-users/0001.json", "iam/list-users/1.json"], "page 1 is there twice"),
        (&["iam/list-users/0001.json", "iam/list-users/0003.json"], "page 3 is there and page 2 is not"),
        (&["iam/list-users/0002.json"], "page 2 is there and page 1 is not"),
        (&["iam/list-users/0001.json", "iam/list-users/b/0002.json"], "iam/list-users/b/0002.json: the name"),
        (&["iam/list-users/page.json", "iam/list-users/0001.json"], "iam/list-users/page.json: the name"),
        (&["iam/get-saml-provider/a%2fb.json", "iam/get-saml-provider/a%2Fb.json"], "means the same SAMLProviderArn"),
        (&["iam/get-saml-provider/%FF.json"], "iam/get-saml-provider/%FF.json: the name is not"),
    ] {
        let files: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, &page[..])).collect();
        let folder = Folder::new(&files);
        let text = folder.import().unwrap_err().to_string();
        assert!(text.contains(told) && text.contains("next: "), "{told}: {text}");
        assert!(!folder.to().exists());
    }
}

#[cfg(unix)]
#[test]
fn only_plain_files_are_read_and_nobody_else_may_read_what_is_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new(&[("iam/list-users.json", b"{\"Users\":[]}"), ("odd\u{1b}[2J.txt", b"")]);
    let done = folder.import().unwrap();
    assert_eq!(done.unknown, ["odd⟨U+001B⟩[2J.txt"]);
    for (name, mode) in [("evidence/iam", 0o700), ("evidence/iam/list-users.json", 0o600), ("calls.jsonl", 0o600)] {
        assert_eq!(fs::metadata(folder.to().join(name)).unwrap().permissions().mode() & 0o777, mode, "{name}");
    }

    let folder = Folder::new(&[("iam/list-users.json", b"{\"Users\":[]}"), ("iam/list-roles/\u{1b}c.json", b"{}")]);
    let pipe = folder.from().join("iam/list-roles.json");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let text = folder.import().unwrap_err().to_string();
    assert!(text.contains("iam/list-roles.json: this is neither a plain file"), "{text}");
    assert!(text.contains("⟨U+001B⟩c.json") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn a_collection_is_neither_of_the_future_nor_older_than_the_service() {
    for (time, told) in [("2026-11-22T06:16:00Z", "in the future"), ("2010-12-31T23:59:59Z", "before AWS had IAM")] {
        let folder = Folder::new(&[("collected-at.txt", time.as_bytes()), ("iam/list-users.json", b"{}")]);
        let text = folder.import().unwrap_err().to_string();
        assert!(text.contains("collected-at.txt: ") && text.contains(told), "{text}");
    }
    let folder = Folder::new(&[("collected-at.txt", b"2026-11-22T06:14:00Z"), ("iam/list-users.json", b"{}")]);
    assert!(folder.import().is_ok());
}

#[test]
fn nothing_is_overwritten_and_an_empty_folder_is_no_evidence() {
    let folder = Folder::new(&[("iam/list-users.json", b"{\"Users\":[]}")]);
    folder.import().unwrap();
    assert!(folder.import().unwrap_err().to_string().contains("is not empty"));
    let empty = Folder::new(&[("readme.txt", b"")]);
    assert!(empty.import().unwrap_err().to_string().contains("no AWS CLI output was found"));
    let error =
        import(Path::new("/nonexistent"), &empty.to(), jiff::Timestamp::UNIX_EPOCH, &Known::default()).unwrap_err();
    assert!(error.to_string().contains("next: "), "{error}");
}

#[test]
fn the_option_does_not_overrule_what_aws_said() {
    let identity = br#"{"UserId":"A","Account":"111122223333","Arn":"arn:aws:iam::111122223333:user/a"}"#;
    let folder = Folder::new(&[("sts/get-caller-identity.json", identity)]);
    let now = "2026-11-22T06:00:00Z".parse().unwrap();
    let error = import(&folder.from(), &folder.to(), now, &Known { account: Some("999988887777"), ..Known::default() })
        .unwrap_err();
    assert!(error.to_string().contains("are those of account 111122223333, not of 999988887777"), "{error}");
}

#[test]
fn a_truncated_snapshot_gives_one_message_with_the_file_and_the_next_step() {
    let folder = Folder::new(&[("iam/list-users.json", b"{\"Users\":[]}"), ("iam/list-roles.json", b"{\"Roles\":[]}")]);
    let dir = folder.snapshot().dir;
    let log = fs::read_to_string(dir.join("calls.jsonl")).unwrap();
    let message = || Snapshot::open(&dir).unwrap_err().to_string();

    fs::write(dir.join("calls.jsonl"), &log[..log.len() - 20]).unwrap();
    assert!(
        message().contains("calls.jsonl:2:") && message().contains("next: copy the whole snapshot"),
        "{}",
        message()
    );
    fs::write(dir.join("calls.jsonl"), log.replacen('{', "", 1)).unwrap();
    assert!(message().contains("calls.jsonl:1:4: "), "{}", message());
    fs::write(dir.join("calls.jsonl"), log.replace("evidence/iam", "../evidence/iam")).unwrap();
    assert!(message().contains("outside the snapshot"), "{}", message());
    fs::write(dir.join("calls.jsonl"), &log).unwrap();
    fs::write(dir.join("evidence/iam/list-roles.json"), "{\"Roles\":[").unwrap();
    assert!(
        message().starts_with("evidence/iam/list-roles.json: the file is not what call c00002 wrote"),
        "{}",
        message()
    );
    fs::remove_file(dir.join("evidence/iam/list-roles.json")).unwrap();
    assert!(message().starts_with("evidence/iam/list-roles.json: the file is missing"), "{}", message());
    fs::remove_file(dir.join("snapshot.json")).unwrap();
    assert!(message().contains("this is not a snapshot"), "{}", message());
}

#[test]
fn the_script_is_plain_shell_and_makes_a_folder_that_imports() {
    let dir = tempfile::tempdir().unwrap();
    let (path, bin, out) = (dir.path().join("collect.sh"), dir.path().join("bin"), dir.path().join("answers"));
    fs::write(&path, script()).unwrap();
    assert!(Command::new("sh").arg("-n").arg(&path).status().unwrap().success());

    // A stand-in for the AWS CLI: two answers, one refusal, nothing else.
    fs::create_dir(&bin).unwrap();
    let aws = "#!/bin/sh\ncase \"$2\" in\n\
        list-saml-providers) printf '{\\n  \"SAMLProviderList\": [\\n    {\\n      \"Arn\": \"arn:aws:iam::1:saml-provider/a+b\"\\n    }\\n  ]\\n}\\n' ;;\n\
        get-saml-provider) echo '{ \"ValidUntil\": \"2030-01-01T00:00:00Z\" }' ;;\n\
        *) echo \"An error occurred (AccessDenied) when calling the X operation: no\" >&2; exit 254 ;;\nesac\n";
    fs::write(bin.join("aws"), aws).unwrap();
    assert!(Command::new("chmod").arg("+x").arg(bin.join("aws")).status().unwrap().success());
    let search = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let run = Command::new("sh").arg(&path).arg(&out).env("PATH", &search).output().unwrap();
    assert!(run.status.success());
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    let (calls, failed) = said
        .lines()
        .find_map(|line| {
            let (calls, rest) = line.split_once(" calls, ")?;
            Some((calls.parse::<usize>().ok()?, rest.split(' ').next()?.parse::<usize>().ok()?))
        })
        .unwrap();
    assert_eq!(calls - failed, 2, "{said}");
    let again = Command::new("sh").arg(&path).arg(&out).env("PATH", &search).output().unwrap();
    assert_eq!(again.status.code(), Some(2), "an earlier folder is not written over");

    let to = dir.path().join("snapshot");
    let done = import(&out, &to, jiff::Timestamp::now(), &Known { account: Some("111122223333"), ..Known::default() })
        .unwrap();
    assert_eq!((done.files, done.errors, done.unknown.len()), (2, failed, 0), "{done:?}");
    // Each call left a file, and so says that it was refused; nobody is asked about an organization that is not shown.
    assert!(
        done.not_collected
            .iter()
            .all(|name| name.starts_with("organizations list-") || name.ends_with("resource-policy")),
        "{done:?}"
    );
    let snapshot = Snapshot::open(&to).unwrap();
    let written = fs::read_to_string(out.join("collected-at.txt")).unwrap();
    assert_eq!(snapshot.header.started, written.trim().parse().unwrap(), "the script wrote when it ran");
    let asked = snapshot.answers("iam", "GetSAMLProvider");
    assert_eq!(asked[0].parameters["SAMLProviderArn"], "arn:aws:iam::1:saml-provider/a+b");
    let entities = snapshot.answers("iam", "ListEntitiesForPolicy");
    assert_eq!(entities.len(), 2);
    assert!(matches!(&entities[0].outcome, Outcome::Failed { error, .. } if error.code == "AccessDenied"));
}

/// The AWS CLI by botocore's models, as a command `aws` in a folder of its own.
struct Cli {
    server: std::process::Child,
    place: TempDir,
}

impl Drop for Cli {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Cli {
    fn start(endpoint: &str) -> Self {
        let place = tempfile::tempdir().unwrap();
        let server = Command::new(crate::moto::venv().join("bin/python"))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/aws_cli.py"))
            .arg(place.path().join("socket"))
            .envs([("AWS_ENDPOINT_URL", endpoint), ("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")])
            .spawn()
            .unwrap();
        let client = "#!/usr/bin/env python3\nimport json, os, socket, sys\nline = socket.socket(socket.AF_UNIX)\n\
            line.connect(os.environ['AWS_CLI_SOCKET'])\n\
            line.sendall(json.dumps([os.getcwd(), sys.argv[1:]]).encode() + b'\\n')\n\
            told = json.loads(line.makefile().read())\nsys.stdout.write(told['out'])\nsys.stderr.write(told['err'])\n\
            sys.exit(told['code'])\n";
        fs::write(place.path().join("aws"), client).unwrap();
        assert!(Command::new("chmod").arg("+x").arg(place.path().join("aws")).status().unwrap().success());
        for _ in 0..600 {
            if place.path().join("socket").exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        Self { server, place }
    }

    /// Runs the script as a user would.
    fn script(&self, out: &Path, options: &[&str]) {
        let path = self.place.path().join("collect.sh");
        fs::write(&path, script()).unwrap();
        let search = format!("{}:{}", self.place.path().display(), std::env::var("PATH").unwrap());
        let run = Command::new("sh")
            .arg(&path)
            .args(options)
            .arg(out)
            .env("PATH", search)
            .env("AWS_CLI_SOCKET", self.place.path().join("socket"))
            .env("AWS_REGION", "us-east-1")
            .output()
            .unwrap();
        assert!(run.status.success() && run.stderr.is_empty(), "{}", String::from_utf8_lossy(&run.stderr));
    }
}

/// Service, operation, region and parameters → the answer, or the error's code. Parameters that only say how much is
/// wanted have no place in a file's name.
fn answers(snapshot: &Snapshot) -> BTreeMap<String, String> {
    let operations: BTreeSet<_> =
        snapshot.calls.iter().map(|call| (call.service.clone(), call.operation.clone())).collect();
    let mut told = BTreeMap::new();
    for (service, operation) in operations {
        for mut answer in snapshot.answers(&service, &operation) {
            answer.parameters.retain(|name, _| {
                !["PolicyUsageFilter", "AssignmentStatus", "includeShadowTrails", "AlarmTypes"].contains(&name.as_str())
            });
            let mut whole = serde_json::Map::new();
            for page in &answer.pages {
                for (name, value) in page.read::<serde_json::Map<String, serde_json::Value>>().unwrap() {
                    if !["IsTruncated", "Marker", "NextToken", "nextToken"].contains(&name.as_str()) {
                        whole.insert(name, value);
                    }
                }
            }
            let stands = match &answer.outcome {
                Outcome::Failed { error, .. } | Outcome::CutShort { error, .. } => error.code.clone(),
                other => format!("{other:?}"),
            };
            // The AWS CLI sorts the members of some answers otherwise.
            let whole: BTreeMap<_, _> = whole.into_iter().collect();
            let region = answer.region.unwrap_or_default();
            let asked = format!("{service} {operation} {region} {:?}", answer.parameters);
            told.insert(asked, format!("{stands} {}", sorted(&serde_json::json!(whole))));
        }
    }
    told
}

/// The same value with the members of every object in the order of their names.
fn sorted(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Object(object) => {
            // The CLI joins pages and writes null where none of them had the member.
            let there = object.iter().filter(|(_, value)| !value.is_null());
            let members: BTreeMap<&String, String> = there.map(|(name, value)| (name, sorted(value))).collect();
            format!("{members:?}")
        }
        serde_json::Value::Array(list) => format!("{:?}", list.iter().map(sorted).collect::<Vec<_>>()),
        plain => plain.to_string(),
    }
}

#[test]
fn what_the_script_gathers_is_what_the_program_collects() {
    let account = aws_double::generate::small_organization;
    let ready = || aws_double::Faults::none().report_ready();
    let (for_cli, for_program) =
        (aws_double::Double::start(account(), ready()), aws_double::Double::start(account(), ready()));
    let place = tempfile::tempdir().unwrap();
    let [answered, supplied, collected] = ["answers", "supplied", "collected"].map(|name| place.path().join(name));
    Cli::start(&for_cli.endpoint()).script(&answered, &["--deep", "--events", "--validate-policies"]);
    let done = import(&answered, &supplied, jiff::Timestamp::now(), &Known::default()).unwrap();
    assert!(done.unknown.is_empty() && done.not_collected.is_empty() && done.errors == 0, "{done:?}");
    let run = ran(auditpack_at(&for_program.endpoint())
        .args(["collect", "--sources", "all", "--depth", "deep", "--events", "--validate-policies", "--pause", "0"])
        .arg("--out")
        .arg(&collected));
    assert_eq!(run.code, 0, "{}", run.err);

    let asked = |double: &aws_double::Double| -> BTreeSet<String> {
        double.requests().iter().map(aws_double::Asked::qualified).collect()
    };
    let every: BTreeSet<String> = sources()
        .flat_map(|source| source.operations)
        .map(|operation| format!("{}:{}", operation.service, operation.name))
        .collect();
    assert_eq!(asked(&for_cli), every, "the script asks everything that is collected");
    assert_eq!(asked(&for_program), every);

    let open = |dir: &Path| Snapshot::open(dir).unwrap();
    let (one, other) = (open(&supplied), open(&collected));
    assert_eq!((one.header.depth.as_str(), one.header.origin), ("deep", Origin::Supplied));
    assert_eq!(one.header.regions, other.header.regions);
    assert_eq!(one.header.regions_enabled, other.header.regions_enabled);
    let (one, other) = (answers(&one), answers(&other));
    for (asked, answer) in &other {
        assert_eq!(one.get(asked), Some(answer), "{asked}");
    }
    assert_eq!(one.len(), other.len());

    let verdicts = |snapshot: &Path| {
        move_to_the_samples_day(snapshot);
        let out = place.path().join(format!("{}-packs", snapshot.file_name().unwrap().to_string_lossy()));
        let run = ran(auditpack().args(["render", "--no-pdf", "--out"]).arg(&out).arg(snapshot));
        assert!(matches!(run.code, 0 | 3), "{}", run.err);
        crate::support::verdicts(&assessment(&only_pack(&out)))
    };
    assert_eq!(verdicts(&supplied), verdicts(&collected));
}

#[test]
fn everything_that_is_collected_can_be_imported() {
    let known: BTreeSet<_> = known_operations().collect();
    let collected: BTreeSet<_> = sources()
        .flat_map(|source| source.operations.iter().map(|operation| (operation.service, operation.name)))
        .collect();
    assert_eq!(known, collected);
}
