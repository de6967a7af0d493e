//! The same collection against an independent implementation of AWS: moto's
//! server, with an account made through the API.
//!
//! Known gaps of moto, so nothing is asserted of them: its credential report
//! has no root row and a fixed GeneratedTime, the bulk call is not paged, and
//! policies in it lack name and id.

use crate::support::{assessment, auditpack_at, only_pack, ran, verdicts};
use std::collections::BTreeMap;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

struct Moto {
    server: Child,
    endpoint: String,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn venv() -> PathBuf {
    std::env::var_os("AUDITPACK_VENV")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/venv"), PathBuf::from)
}

fn start() -> Moto {
    let server = venv().join("bin/moto_server");
    assert!(server.exists(), "{} is missing: tests/run installs it", server.display());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Command::new(server)
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let moto = Moto { server, endpoint: format!("http://127.0.0.1:{port}") };
    for _ in 0..600 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return moto;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("moto did not start");
}

fn make_account(moto: &Moto) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/moto_account.py");
    let made = Command::new(venv().join("bin/python"))
        .arg(script)
        .env("AWS_ENDPOINT_URL", &moto.endpoint)
        .env("AWS_ACCESS_KEY_ID", "x")
        .env("AWS_SECRET_ACCESS_KEY", "x")
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// Rows of a CSV table by a column, each as heading → cell.
fn rows(path: &Path, key: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let heads = reader.headers().unwrap().clone();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        heads.iter().map(ToOwned::to_owned).zip(row.iter().map(ToOwned::to_owned)).collect::<BTreeMap<_, _>>()
    });
    rows.map(|row| (row[key].clone(), row)).collect()
}

#[test]
fn a_pack_of_a_moto_account_tells_what_was_made_there() {
    let moto = start();
    make_account(&moto);
    let out = tempfile::tempdir().unwrap();
    let run = ran(auditpack_at(&moto.endpoint).arg("run").arg("--out").arg(out.path()).args(["--no-pdf"]));
    assert!(matches!(run.code, 0 | 3), "{}{}", run.out, run.err);
    let pack = only_pack(out.path());
    let told = assessment(&pack);
    assert_eq!(told["account"]["id"], "123456789012");
    assert_eq!(told["account"]["alias"], "example-moto");

    let users = rows(&pack.join("tables/users.csv"), "name");
    assert_eq!(users.len(), 32, "alice, bob and thirty workers: {:?}", users.keys());
    assert_eq!(users["alice"]["path"], "/people/");
    assert_eq!(users["bob,=x"]["inline_policies"], "inline");
    let roles = rows(&pack.join("tables/roles.csv"), "name");
    assert_eq!(roles["partner"]["description"], "for the <partner>");
    let policies = rows(&pack.join("tables/policies.csv"), "name");
    assert!(policies["everything"]["holders"].contains("partner"), "{:?}", policies["everything"]);

    let verdicts = verdicts(&told);
    assert_eq!(verdicts["a-support-role-exists"], "pass");
    assert_eq!(verdicts["passwords-have-a-minimum-length"], "fail");
    assert_eq!(verdicts["passwords-need-a-symbol"], "pass");
    assert_eq!(verdicts["no-attached-policy-grants-full-administration"], "fail");
    assert_eq!(verdicts["permissions-come-through-groups"], "fail");
    assert_ne!(verdicts["root-is-not-used-day-to-day"], "pass", "moto's report has no root row");
}
