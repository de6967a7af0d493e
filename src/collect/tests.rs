//! Collections against a minimal HTTP server with prepared replies.

use super::*;
use crate::snapshot::{Call, parse_log};
use aws_sdk_iam::config::{Credentials, SharedCredentialsProvider};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

#[derive(Clone)]
enum Reply {
    /// Status and body.
    Is(u16, String),
    /// Status 200 with a body shorter than its `Content-Length`.
    Cut(String),
    /// No reply within the attempt's time limit.
    CircuitBreaker,
    /// The connection is closed without a reply.
    Hangup,
}

/// Answers each action with its replies in order, then repeats the last one.
struct Aws {
    url: String,
    replies: Arc<Mutex<BTreeMap<String, Vec<Reply>>>>,
}

impl Aws {
    fn start(replies: &[(&str, Vec<Reply>)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let replies: BTreeMap<String, Vec<Reply>> =
            replies.iter().map(|(action, replies)| ((*action).to_owned(), replies.clone())).collect();
        let shared = Arc::new(Mutex::new(replies));
        let replies = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let replies = replies.clone();
                std::thread::spawn(move || serve(&mut stream.unwrap(), &replies));
            }
        });
        Self { url, replies: shared }
    }

    fn set(&self, action: &str, replies: Vec<Reply>) {
        self.replies.lock().unwrap().insert(action.to_owned(), replies);
    }
}

fn serve(stream: &mut TcpStream, replies: &Mutex<BTreeMap<String, Vec<Reply>>>) {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    let form = loop {
        let count = stream.read(&mut chunk).unwrap_or(0);
        if count == 0 {
            return;
        }
        request.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            break body.to_owned();
        }
    };
    let action = form.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or("").to_owned();
    let reply = {
        let mut replies = replies.lock().unwrap();
        match replies.get_mut(&action) {
            None => empty(&action),
            Some(list) if list.len() > 1 => list.remove(0),
            Some(list) => list[0].clone(),
        }
    };
    let mut send = |status: u16, length: usize, body: &str| {
        let head = format!(
            "HTTP/1.1 {status} X\r\nx-amzn-requestid: r-{action}\r\ndate: Fri, 02 Jan 2026 03:04:05 GMT\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        );
        let _ = stream.write_all((head + body).as_bytes());
    };
    match reply {
        Reply::Is(status, body) => send(status, body.len(), &body),
        Reply::Cut(body) => send(200, body.len() + 100, &body),
        Reply::CircuitBreaker => std::thread::sleep(Duration::from_secs(30)),
        Reply::Hangup => {}
    }
}

fn ok(action: &str, result: &str) -> Reply {
    Reply::Is(200, format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
}

fn error(status: u16, code: &str) -> Reply {
    Reply::Is(
        status,
        format!(
            "<ErrorResponse><Error><Code>{code}</Code><Message>message of {code}</Message></Error></ErrorResponse>"
        ),
    )
}

/// The replies of an empty account.
fn empty(action: &str) -> Reply {
    let result = match action {
        "GetCallerIdentity" => {
            "<Account>111122223333</Account><Arn>arn:aws:iam::111122223333:user/a</Arn><UserId>U</UserId>"
        }
        "GenerateCredentialReport" => "<State>COMPLETE</State>",
        "GetCredentialReport" => {
            "<Content>dXNlcixhcm4KPHJvb3RfYWNjb3VudD4sYXJuOmF3czppYW06OjExMTEyMjIyMzMzMzpyb290</Content><GeneratedTime>2026-01-02T03:04:05Z</GeneratedTime>"
        }
        "GetAccountPasswordPolicy" => return error(404, "NoSuchEntity"),
        "ListSAMLProviders" => "<SAMLProviderList/>",
        "ListOpenIDConnectProviders" => "<OpenIDConnectProviderList/>",
        "ListUsers" => "<Users/><IsTruncated>false</IsTruncated>",
        "ListRoles" => "<Roles/><IsTruncated>false</IsTruncated>",
        "GetAccountSummary" => "<SummaryMap/>",
        "GetAccountAuthorizationDetails" => "<UserDetailList/><IsTruncated>false</IsTruncated>",
        "ListAccountAliases" => "<AccountAliases/><IsTruncated>false</IsTruncated>",
        "ListVirtualMFADevices" => "<VirtualMFADevices/><IsTruncated>false</IsTruncated>",
        "ListServerCertificates" => "<ServerCertificateMetadataList/><IsTruncated>false</IsTruncated>",
        "ListEntitiesForPolicy" => "<PolicyUsers/><IsTruncated>false</IsTruncated>",
        _ => "<ValidUntil>2030-01-01T00:00:00Z</ValidUntil>",
    };
    ok(action, result)
}

struct Run {
    _place: tempfile::TempDir,
    dir: PathBuf,
    outcome: Result<Outcome, CollectError>,
}

impl Run {
    fn calls(&self) -> Vec<Call> {
        parse_log(&std::fs::read(self.dir.join("calls.jsonl")).unwrap()).unwrap().0
    }

    /// Attempt, status and error code of each line of an operation.
    fn lines(&self, operation: &str) -> Vec<(u32, Option<u16>, String)> {
        let calls = self.calls().into_iter().filter(|call| call.operation == operation);
        calls.map(|call| (call.attempt, call.status, call.error.map_or(String::new(), |error| error.code))).collect()
    }

    fn header(&self) -> Header {
        serde_json::from_slice(&std::fs::read(self.dir.join("snapshot.json")).unwrap()).unwrap()
    }

    fn again(mut self, aws: &Aws, options: &Options) -> Self {
        self.outcome = runtime().unwrap().block_on(async {
            let config = configuration(&aws.url, options).await;
            run(reopen(&self.dir, options)?, &config, options, &Silent).await
        });
        self
    }
}

fn options() -> Options {
    Options {
        backoff: Duration::from_millis(1),
        poll_interval: Duration::from_millis(1),
        report_deadline: Duration::from_millis(50),
        attempt_timeout: Duration::from_millis(500),
        region: Some("eu-west-3".to_owned()),
        rate_limiter: RateLimiter::new(Some(1000)),
        ..Options::default()
    }
}

pub(super) async fn configuration(url: &str, options: &Options) -> SdkConfig {
    let keys = Credentials::new("AKIDEXAMPLE", "secretsecret", Some("sessionsession".to_owned()), None, "test");
    let loader = aws_config::defaults(aws_config::BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .endpoint_url(url);
    client::complete_config(loader, options).await.unwrap()
}

fn collected(aws: &Aws, options: &Options) -> Run {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("snapshot");
    let outcome = runtime().unwrap().block_on(async {
        let config = configuration(&aws.url, options).await;
        run(Writer::create(&dir, header(&config, options))?, &config, options, &Silent).await
    });
    Run { _place: place, dir, outcome }
}

#[test]
fn an_empty_account_is_collected_completely_without_storing_credentials() {
    let run = collected(&Aws::start(&[]), &options());
    let outcome = run.outcome.as_ref().unwrap();
    assert_eq!(outcome.account.as_deref(), Some("111122223333"));
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    let header = run.header();
    assert!(header.finished.is_some());
    assert_eq!(header.requested.len(), options().operations().count());
    let call = run.calls().remove(0);
    assert_eq!((call.region.as_str(), call.request_id.as_deref()), ("eu-west-3", Some("r-GetCallerIdentity")));
    assert_eq!(call.date.as_deref(), Some("Fri, 02 Jan 2026 03:04:05 GMT"));
    assert!(run.dir.join("evidence/iam/credential-report.csv").exists());
    for entry in std::fs::read_dir(&run.dir).unwrap() {
        let Ok(text) = std::fs::read_to_string(entry.unwrap().path()) else { continue };
        for secret in ["AKIDEXAMPLE", "secretsecret", "sessionsession", "Signature"] {
            assert!(!text.contains(secret), "{secret}");
        }
    }
}

#[test]
fn every_attempt_has_a_line_in_the_log() {
    let users = "<Users><member><UserName>a</UserName></member></Users><IsTruncated>false</IsTruncated>";
    let aws = Aws::start(&[
        ("ListUsers", vec![error(400, "Throttling"), error(503, "ServiceUnavailable"), ok("ListUsers", users)]),
        ("ListRoles", vec![Reply::Cut("<ListRolesResponse>".to_owned()), Reply::Hangup, empty("ListRoles")]),
        ("ListAccountAliases", vec![Reply::CircuitBreaker, empty("ListAccountAliases")]),
        (
            "ListServerCertificates",
            vec![Reply::Is(502, "<html>proxy</html>".to_owned()), empty("ListServerCertificates")],
        ),
        ("GetAccountSummary", vec![error(403, "AccessDenied")]),
        ("ListVirtualMFADevices", vec![Reply::Is(200, "<ListVirtualMFADevicesResponse><cut".to_owned())]),
        ("ListSAMLProviders", vec![Reply::Is(200, String::new())]),
    ]);
    let run = collected(&aws, &options());
    let line = |attempt, status, code: &str| (attempt, status, code.to_owned());
    assert_eq!(
        run.lines("ListUsers"),
        [line(1, Some(400), "Throttling"), line(2, Some(503), "ServiceUnavailable"), line(3, Some(200), "")]
    );
    assert_eq!(
        run.lines("ListRoles"),
        [line(1, Some(200), "TruncatedBody"), line(2, None, "Connection"), line(3, Some(200), "")]
    );
    assert_eq!(run.lines("ListAccountAliases"), [line(1, None, "Timeout"), line(2, Some(200), "")]);
    assert_eq!(run.lines("ListServerCertificates"), [line(1, Some(502), "MalformedResponse"), line(2, Some(200), "")]);
    assert_eq!(run.lines("GetAccountSummary"), [line(1, Some(403), "AccessDenied")]);
    for operation in ["ListVirtualMFADevices", "ListSAMLProviders"] {
        let lines = run.lines(operation);
        assert_eq!(lines.last().unwrap(), &line(u32::try_from(lines.len()).unwrap(), Some(200), "MalformedResponse"));
    }
    let failed: Vec<_> = run.outcome.as_ref().unwrap().failures.iter().map(|failure| failure.source).collect();
    assert_eq!(failed, ["account-summary", "virtual-mfa-devices", "saml-providers"]);
    for call in run.calls() {
        let kept = run.dir.join(format!("wire/{}.gz", call.id)).exists();
        assert_eq!(kept, call.status.is_some() && call.sha256.is_some() && !call.withheld, "{call:?}");
        assert_eq!(call.error.is_none(), call.evidence.is_some(), "{call:?}");
        assert!(!run.dir.join("evidence/iam/get-account-summary.json").exists());
    }
}

fn page(users: &[&str], marker: Option<&str>) -> Reply {
    let users: String = users.iter().map(|it| format!("<member><UserName>{it}</UserName></member>")).collect();
    let more = marker.map_or(String::new(), |it| format!("<Marker>{it}</Marker>"));
    ok("ListUsers", &format!("<Users>{users}</Users><IsTruncated>{}</IsTruncated>{more}", marker.is_some()))
}

#[test]
fn paging_continues_after_empty_pages_and_stops_at_a_repeated_marker() {
    let aws = Aws::start(&[("ListUsers", vec![page(&["a"], Some("m1")), page(&[], Some("m2")), page(&["b"], None)])]);
    let run = collected(&aws, &Options { page_size: 1, ..options() });
    let calls: Vec<Call> = run.calls().into_iter().filter(|call| call.operation == "ListUsers").collect();
    let seen: Vec<_> = calls.iter().map(|it| (it.page, it.items, it.more, it.evidence.as_deref().unwrap())).collect();
    assert_eq!(
        seen,
        [
            (Some(1), Some(1), true, "evidence/iam/list-users/0001.json"),
            (Some(2), Some(0), true, "evidence/iam/list-users/0002.json"),
            (Some(3), Some(1), false, "evidence/iam/list-users/0003.json"),
        ]
    );
    assert_eq!(serde_json::json!(calls[1].parameters), serde_json::json!({"Marker": "m1", "MaxItems": 1}));

    for (round, code) in [
        (vec![page(&["a"], Some("m")), page(&["b"], Some("m"))], "RepeatedMarker"),
        (vec![page(&["a"], Some(""))], "MalformedResponse"),
    ] {
        let run = collected(&Aws::start(&[("ListUsers", round)]), &options());
        let last = run.lines("ListUsers").pop().unwrap();
        assert_eq!(last, (1, None, code.to_owned()), "a truncated list must not end as a whole one");
        assert_eq!(run.outcome.unwrap().failures[0].source, "users");
    }
}

#[test]
fn a_resumed_collection_requests_only_what_is_missing() {
    let provider =
        "<SAMLProviderList><member><Arn>arn:aws:iam::111122223333:saml-provider/x</Arn></member></SAMLProviderList>";
    let aws = Aws::start(&[
        ("ListUsers", vec![page(&["a"], Some("m1")), error(400, "AccessDenied")]),
        ("GetAccountSummary", vec![error(403, "AccessDenied")]),
        ("ListSAMLProviders", vec![ok("ListSAMLProviders", provider)]),
        ("GetSAMLProvider", vec![error(400, "AccessDenied")]),
    ]);
    let first = collected(&aws, &options());
    let before = first.calls().len();
    aws.set("ListUsers", vec![page(&["a"], Some("m1")), page(&["b"], None)]);
    aws.set("GetAccountSummary", vec![empty("GetAccountSummary")]);
    aws.set("GetSAMLProvider", vec![ok("GetSAMLProvider", "<SAMLMetadataDocument>x</SAMLMetadataDocument>")]);
    let second = first.again(&aws, &options());
    let outcome = second.outcome.as_ref().unwrap();
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    assert_eq!(outcome.requests, 4);
    let calls = second.calls();
    let asked: Vec<_> = calls[before..].iter().map(|call| call.evidence.as_deref().unwrap()).collect();
    assert_eq!(
        asked,
        [
            "evidence/iam/get-account-summary.json",
            "evidence/iam/list-users.2/0001.json",
            "evidence/iam/list-users.2/0002.json",
            "evidence/iam/get-saml-provider/arn%3Aaws%3Aiam%3A%3A111122223333%3Asaml-provider%2Fx.json",
        ]
    );
    let old: Vec<_> = calls[..before].iter().filter(|it| it.superseded).map(|it| it.operation.as_str()).collect();
    assert_eq!(old, ["GetAccountSummary", "ListUsers", "ListUsers", "GetSAMLProvider"]);
    assert!(second.dir.join("evidence/iam/list-users/0001.json").exists(), "the old page stays");
    assert_eq!(second.header().resumed.len(), 1);

    let third = second.again(&aws, &options());
    assert_eq!(third.outcome.as_ref().unwrap().requests, 0, "a whole snapshot needs nothing");
}

#[test]
fn a_resumed_collection_never_mixes_accounts_and_mixes_times_only_with_the_option() {
    let aws = Aws::start(&[]);
    let run = collected(&aws, &options());
    let calls = run.calls();
    let other = empty("GetCallerIdentity");
    let Reply::Is(_, body) = other else { unreachable!() };
    aws.set("GetCallerIdentity", vec![Reply::Is(200, body.replace("111122223333", "999988887777"))]);
    let run = run.again(&aws, &options());
    assert!(matches!(run.outcome, Err(CollectError::OtherAccount { .. })));
    assert_eq!(run.calls(), calls, "nothing of the other account is written");

    let aws = Aws::start(&[]);
    let path = run.dir.join("snapshot.json");
    let mut header = run.header();
    header.started = now() - SignedDuration::from_hours(5);
    std::fs::write(&path, serde_json::to_vec(&header).unwrap()).unwrap();
    let run = run.again(&aws, &options());
    assert!(matches!(run.outcome, Err(CollectError::TooOld { .. })));
    let run = run.again(&aws, &Options { allow_mixed_times: true, ..options() });
    assert!(run.outcome.is_ok() && run.header().mixed_times);
}

#[test]
fn a_resumed_collection_that_cannot_confirm_its_account_stops_and_writes_nothing() {
    let nothing_changed = |run: &Run, before: &(Vec<Call>, Header)| {
        assert_eq!((run.calls(), run.header()), *before, "nothing is written");
    };
    let aws = Aws::start(&[("GetAccountSummary", vec![error(403, "AccessDenied")])]);
    let run = collected(&aws, &options());
    let before = (run.calls(), run.header());
    aws.set("GetCallerIdentity", vec![error(403, "AccessDenied")]);
    let run = run.again(&aws, &Options { account: Some("111122223333".to_owned()), ..options() });
    let message = run.outcome.as_ref().unwrap_err().to_string();
    assert!(message.contains("AccessDenied") && message.contains("next: resume with credentials"), "{message}");
    nothing_changed(&run, &before);

    let aws = Aws::start(&[("GetCallerIdentity", vec![error(403, "AccessDenied")])]);
    let run = collected(&aws, &options());
    let before = (run.calls(), run.header());
    let run = run.again(&aws, &options());
    assert!(matches!(run.outcome, Err(CollectError::Unconfirmed { .. })), "{:?}", run.outcome);
    let run = run.again(&aws, &Options { account: Some("999988887777".to_owned()), ..options() });
    assert!(matches!(run.outcome, Err(CollectError::OtherAccount { .. })), "{:?}", run.outcome);
    nothing_changed(&run, &before);
    let run = run.again(&aws, &Options { account: Some("111122223333".to_owned()), ..options() });
    assert!(run.outcome.is_ok(), "{:?}", run.outcome);
    assert_eq!(run.header().resumed.len(), 1);
}

#[test]
fn a_malformed_caller_identity_is_rejected() {
    for (account, arn) in [
        ("1111", "arn:aws:iam::1111:user/a"),
        ("11112222333x", "arn:aws:iam::111122223333:user/a"),
        ("111122223333", "arn:../x:iam::111122223333:user/a"),
        ("111122223333", "user/a"),
    ] {
        let identity = format!("<Account>{account}</Account><Arn>{arn}</Arn><UserId>U</UserId>");
        let aws = Aws::start(&[
            ("GetCallerIdentity", vec![ok("GetCallerIdentity", &identity)]),
            ("GetCredentialReport", vec![error(403, "AccessDenied")]),
        ]);
        let run = collected(&aws, &options());
        assert_eq!(run.lines("GetCallerIdentity").pop().unwrap().2, "MalformedResponse", "{account} {arn}");
        let header = run.header();
        assert_eq!((header.account, header.partition, header.caller), (None, None, None));
    }
}

#[test]
fn a_credential_report_is_fetched_even_if_generating_it_is_denied_or_late() {
    for (replies, code) in [
        (vec![error(403, "AccessDenied")], "AccessDenied"),
        (vec![error(409, "LimitExceeded")], "LimitExceeded"),
        (vec![ok("GenerateCredentialReport", "<State>INPROGRESS</State>")], "DeadlineExceeded"),
    ] {
        let run = collected(&Aws::start(&[("GenerateCredentialReport", replies)]), &options());
        assert_eq!(run.lines("GenerateCredentialReport").pop().unwrap().2, code);
        assert_eq!(run.lines("GetCredentialReport"), [(1, Some(200), String::new())]);
        let failures = run.outcome.unwrap().failures;
        assert_eq!((failures[0].source, failures[0].error.code.as_str()), ("credential-report", code));
    }
    let aws = Aws::start(&[(
        "GetCredentialReport",
        vec![error(404, "ReportInProgress"), error(410, "ReportExpired"), empty("GetCredentialReport")],
    )]);
    let patient = Options { report_deadline: Duration::from_secs(30), ..options() };
    let run = collected(&aws, &patient);
    assert!(run.outcome.as_ref().unwrap().failures.is_empty());
    assert_eq!(run.lines("GenerateCredentialReport").len(), 2, "an expired report is generated once more");
}

#[test]
fn without_a_caller_identity_the_account_comes_from_the_report_or_the_option() {
    let denied = || ("GetCallerIdentity", vec![error(403, "AccessDenied")]);
    let run = collected(&Aws::start(&[denied()]), &options());
    assert_eq!(run.header().account.as_deref(), Some("111122223333"));
    assert_eq!(run.header().caller, None);

    let blind = || Aws::start(&[denied(), ("GetCredentialReport", vec![error(410, "ReportNotPresent")])]);
    assert_eq!(collected(&blind(), &options()).outcome.unwrap().account, None);
    let with_account = Options { account: Some("444455556666".to_owned()), ..options() };
    assert_eq!(collected(&blind(), &with_account).outcome.unwrap().account.as_deref(), Some("444455556666"));
    let run = collected(&Aws::start(&[]), &with_account);
    assert!(matches!(run.outcome, Err(CollectError::OtherAccount { .. })), "another account than the one meant");
}

#[test]
fn an_answer_of_another_account_ends_the_collection_and_is_not_kept() {
    let arn = "<Arn>arn:aws:iam::999988887777:x/y</Arn>";
    let role = format!("<Roles><member><RoleName>y</RoleName>{arn}</member></Roles>");
    let device = "<VirtualMFADevices><member><SerialNumber>arn:aws:iam::999988887777:mfa/y</SerialNumber></member></VirtualMFADevices>";
    for (operation, result) in [("ListRoles", role.as_str()), ("ListVirtualMFADevices", device)] {
        let aws = Aws::start(&[(operation, vec![ok(operation, result)])]);
        let run = collected(&aws, &options());
        let message = run.outcome.as_ref().unwrap_err().to_string();
        let says = format!("iam:{operation} answered about account 999988887777");
        assert!(message.contains(&says) && message.contains("111122223333") && message.contains("next:"), "{message}");
        assert_eq!(run.lines(operation), [(1, Some(200), "OtherAccount".to_owned())]);
        assert_eq!(run.calls().last().unwrap().operation, operation, "nothing is asked after it");
        assert!(run.lines("GetAccountSummary")[0].2.is_empty(), "what came before is kept");
    }
}

#[test]
fn a_collection_stops_early_with_one_message_if_no_call_can_succeed() {
    let expired = || vec![error(403, "ExpiredToken")];
    let aws = Aws::start(&[("GetCallerIdentity", expired()), ("GenerateCredentialReport", expired())]);
    let run = collected(&aws, &options());
    let message = run.outcome.as_ref().unwrap_err().to_string();
    assert!(message.contains("ExpiredToken") && message.contains("next: ") && message.contains("sign in again"));
    assert_eq!(run.calls().len(), 2);
    assert_eq!(run.header().finished, None);

    let aws = Aws::start(&[("GetCallerIdentity", expired())]);
    assert!(collected(&aws, &options()).outcome.is_ok(), "one service alone does not stop the others");

    let nowhere = Aws { url: "http://127.0.0.1:1".to_owned(), replies: Arc::default() };
    let run = collected(&nowhere, &options());
    let message = run.outcome.as_ref().unwrap_err().to_string();
    assert!(message.contains("Connection") && message.contains("--region"), "{message}");
    assert_eq!(run.lines("GetCallerIdentity").len(), 5, "each of the attempts has its line");
}

#[test]
fn missing_credentials_are_reported_at_once() {
    let options = options();
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("snapshot");
    let outcome = runtime().unwrap().block_on(async {
        let none = aws_config::credential_process::CredentialProcessProvider::new("false".to_owned());
        let loader = aws_config::defaults(aws_config::BehaviorVersion::latest()).credentials_provider(none);
        let config = client::complete_config(loader.endpoint_url("http://127.0.0.1:1"), &options).await.unwrap();
        run(Writer::create(&dir, header(&config, &options))?, &config, &options, &Silent).await
    });
    let message = outcome.unwrap_err().to_string();
    assert!(message.contains("NoCredentials") && message.contains("--profile"), "{message}");
}
