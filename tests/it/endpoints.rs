//! Where requests go: partitions, FIPS and dual-stack endpoints, as environment and profile say.
//!
//! A proxy of the test's own sees the name of each host that a tunnel is wanted to, and opens none.

use crate::support::{auditpack, ran};
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// Writes down who is wanted, and refuses.
fn proxy() -> (String, Arc<Mutex<BTreeSet<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let wanted: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let seen = Arc::clone(&wanted);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut head, mut byte) = (stream.unwrap(), Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            if let Some(host) = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(':').next()) {
                seen.lock().unwrap().insert(host.to_owned());
            }
            let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
        }
    });
    (url, wanted)
}

fn hosts(sources: &str, region: &str, settings: &[(&str, &str)]) -> BTreeSet<String> {
    let (url, wanted) = proxy();
    let out = tempfile::tempdir().unwrap();
    let mut command = auditpack();
    for name in ["NO_PROXY", "no_proxy", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(name);
    }
    command
        .env("HTTPS_PROXY", url)
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example")
        .env("AWS_REGION", region)
        .env("AWS_MAX_ATTEMPTS", "1")
        .envs(settings.iter().copied());
    let run = ran(command.args(["collect", "--sources", sources, "--pause", "0", "--out"]).arg(out.path().join("s")));
    assert_eq!(run.code, 2, "nobody is reached: {}", run.err);
    wanted.lock().unwrap().clone()
}

fn are(found: &BTreeSet<String>, expected: &[&str]) {
    assert_eq!(found.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected.iter().copied().collect());
}

const FIPS: (&str, &str) = ("AWS_USE_FIPS_ENDPOINT", "true");
const DUAL: (&str, &str) = ("AWS_USE_DUALSTACK_ENDPOINT", "true");

/// STS and IAM are asked with the SDK's clients, the account service with requests of our own.
#[test]
fn each_partition_is_reached_at_its_own_endpoints() {
    for (region, sts, iam, account) in [
        ("eu-west-1", "sts.eu-west-1.amazonaws.com", "iam.amazonaws.com", "account.us-east-1.amazonaws.com"),
        (
            "cn-north-1",
            "sts.cn-north-1.amazonaws.com.cn",
            "iam.cn-north-1.amazonaws.com.cn",
            "account.cn-northwest-1.amazonaws.com.cn",
        ),
        (
            "us-gov-west-1",
            "sts.us-gov-west-1.amazonaws.com",
            "iam.us-gov.amazonaws.com",
            "account.us-gov-west-1.amazonaws.com",
        ),
        (
            "eusc-de-east-1",
            "sts.eusc-de-east-1.amazonaws.eu",
            "iam.eusc-de-east-1.amazonaws.eu",
            "account.eusc-de-east-1.amazonaws.eu",
        ),
    ] {
        are(&hosts("iam", region, &[]), &[sts, iam]);
        are(&hosts("account", region, &[]), &[sts, account]);
    }
}

#[test]
fn fips_and_dual_stack_are_passed_on_from_the_environment() {
    are(&hosts("iam", "us-east-1", &[FIPS]), &["sts-fips.us-east-1.amazonaws.com", "iam-fips.amazonaws.com"]);
    are(
        &hosts("account", "us-east-1", &[FIPS]),
        &["sts-fips.us-east-1.amazonaws.com", "account-fips.us-east-1.amazonaws.com"],
    );
    are(&hosts("iam", "eu-west-1", &[DUAL]), &["sts.eu-west-1.api.aws", "iam.global.api.aws"]);
    are(&hosts("account", "eu-west-1", &[DUAL]), &["sts.eu-west-1.api.aws", "account.us-east-1.api.aws"]);
    are(
        &hosts("account", "us-east-1", &[FIPS, DUAL]),
        &["sts-fips.us-east-1.api.aws", "account-fips.us-east-1.api.aws"],
    );
}

#[test]
fn and_from_the_profile() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    std::fs::write(&file, "[profile audit]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n").unwrap();
    let settings = [("AWS_CONFIG_FILE", file.to_str().unwrap()), ("AWS_PROFILE", "audit")];
    are(&hosts("account", "us-east-1", &settings), &["sts-fips.us-east-1.api.aws", "account-fips.us-east-1.api.aws"]);
}
