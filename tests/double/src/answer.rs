//! From a request to the reply that AWS would give.

mod alike;
mod further;
pub mod organization;

use crate::account::{Account, place};
use crate::encode::{base64, form};
use crate::faults::{Faults, Kind, Rewritten};
use crate::http::{Delivery, Reply, Request};
use crate::pages::{Page, Trick, Wanted, lists, page};
use crate::server::Answers;
use crate::services::{Protocol, signed_for};
use crate::{time, xml};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

/// What was asked, in order of arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The API operation; empty if the request named none.
    pub action: String,
    /// Every parameter but `Action` and `Version`; what is no text is JSON.
    pub parameters: BTreeMap<String, String>,
    /// The same with their kinds, where the protocol tells them.
    given: Map<String, Value>,
    /// From the signature's credential scope; empty if the request is not signed.
    pub region: String,
    /// From the signature's credential scope.
    pub service: String,
    pub user_agent: String,
    /// Whose session signed it; empty for whoever runs the collector.
    pub account: String,
    /// The status that was answered; 0 if the double hung up.
    pub status: u16,
    /// Whether a limit was the reason.
    pub throttled: bool,
}

/// A served account and what happened so far.
pub struct Desk {
    account: Account,
    faults: Faults,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    asked: Vec<Asked>,
    seen: BTreeMap<String, u32>,
    /// How often the same was asked.
    same: BTreeMap<String, u32>,
    generated: u32,
    polled: BTreeMap<String, u32>,
}

impl Asked {
    /// All that tells requests apart.
    fn written(&self) -> String {
        let Self { account, service, region, action, parameters, .. } = self;
        format!("{account} {service} {region} {action} {parameters:?}")
    }

    /// The IAM action that permits it.
    pub fn permission(&self) -> String {
        let known = signed_for(&self.service).map(|service| service.permission(&self.action));
        known.unwrap_or_else(|| format!("{}:{}", self.service, self.action))
    }

    /// The operation with the folder of its service, as a fault may name it.
    pub fn qualified(&self) -> String {
        let service = signed_for(&self.service).map_or(self.service.as_str(), |service| service.folder);
        format!("{service}:{}", self.action)
    }
}

/// What AWS says before it becomes HTTP.
enum Said {
    Result(Value),
    Error(u16, String, String),
    Nothing,
}

fn error(status: u16, code: &str, message: &str) -> Said {
    Said::Error(status, code.to_owned(), message.to_owned())
}

impl Desk {
    pub fn new(account: Account, faults: Faults) -> Self {
        Self { account, faults, state: Mutex::default() }
    }

    fn so_far(&self) -> Vec<Asked> {
        self.state.lock().expect("no thread panics while it holds the lock").asked.clone()
    }

    /// Answers a request, and how long to wait before.
    fn answered(&self, request: &Request) -> (Reply, Duration) {
        let mut asked = understood(request);
        let (nth, total, number, seen, request_id) = {
            let mut state = self.state.lock().expect("no thread panics while it holds the lock");
            let nth = state.seen.entry(asked.qualified()).or_default();
            *nth += 1;
            let nth = *nth;
            let same = asked.written();
            let repetition = state.same.entry(same.clone()).or_default();
            *repetition += 1;
            let request_id = request_id(&format!("{same} {repetition}"));
            state.asked.push(asked.clone());
            let seen: Vec<String> = state.seen.keys().cloned().collect();
            (nth, u32::try_from(state.asked.len()).unwrap_or(u32::MAX), state.asked.len() - 1, seen, request_id)
        };
        let kinds: Vec<&Kind> = self
            .faults
            .list
            .iter()
            .filter(|fault| fault.applies(&asked.qualified(), nth, total) || fault.goes_on(seen.iter()))
            .map(|fault| &fault.kind)
            .collect();
        let mut delay = self.faults.latency;
        for kind in &kinds {
            if let Kind::Slow(more) = kind {
                delay += *more;
            }
        }
        let fault = kinds.into_iter().find(|kind| !matches!(kind, Kind::Slow(_)));
        let said = match (fault, self.say(&asked, fault, u64::from(total))) {
            (Some(Kind::OtherOperation), Said::Result(_)) => Said::Result(self.another(&asked)),
            (Some(Kind::EmptyLists), Said::Result(answer)) => Said::Result(without_entries(answer)),
            (_, said) => said,
        };
        let date = self.faults.date.clone().unwrap_or_else(|| time::http_date(time::now()));
        let mut reply = written(&asked, said, &request_id, date);
        match fault {
            Some(Kind::Truncated) => reply.delivery = Delivery::Truncated,
            Some(Kind::Reset) => reply.delivery = Delivery::Reset,
            Some(Kind::HangUp) => reply.delivery = Delivery::Nothing,
            Some(Kind::Malformed) => reply.body.truncate(reply.body.len() * 2 / 3),
            Some(Kind::NotXml(status)) => {
                reply.status = *status;
                reply.content_type = "text/html; charset=utf-8";
                reply.body = b"<!DOCTYPE html><html><head><title>Proxy</title></head><body><h1>Sign in to the network</h1><br></body></html>".to_vec();
            }
            Some(Kind::Foreign) => {
                let own = self.account.caller().split(':').nth(4).unwrap_or_default();
                let body = String::from_utf8_lossy(&reply.body).replace(own, "999988887777");
                reply.body = body.into_bytes();
            }
            Some(Kind::Rewritten(how)) => {
                let is_json = reply.content_type == "application/json";
                let mut answer = Rewritten {
                    status: reply.status,
                    body: std::mem::take(&mut reply.body),
                    error_code: reply.error_code.take(),
                    is_json,
                    action: asked.action.clone(),
                };
                how(&mut answer);
                (reply.status, reply.body, reply.error_code) = (answer.status, answer.body, answer.error_code);
            }
            _ => {}
        }
        asked.status = if reply.delivery == Delivery::Nothing { 0 } else { reply.status };
        self.state.lock().expect("no thread panics while it holds the lock").asked[number].status = asked.status;
        (reply, delay)
    }

    /// The answer of another operation of the service that was asked.
    fn another(&self, asked: &Asked) -> Value {
        let stem = match signed_for(&asked.service) {
            Some(service) => service.stem(&asked.region, &asked.action),
            None => place("iam", &asked.action, |_| None),
        };
        let folder = stem.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut others = self.account.answers.iter().filter(|(place, _)| {
            place.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')) && !place.starts_with(&stem)
        });
        others.next().map_or(json!({ "Of": "another operation" }), |(_, answer)| answer.clone())
    }

    fn say(&self, asked: &Asked, fault: Option<&Kind>, salt: u64) -> Said {
        if asked.service.is_empty() {
            return error(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
        }
        match fault {
            Some(Kind::Deny) => return self.denied(asked),
            Some(Kind::Error { status, code, message }) => return error(*status, code, message),
            _ => {}
        }
        if let Some(service) = signed_for(&asked.service) {
            return self.tell(service, asked, fault, salt);
        }
        let service = if asked.action == "GetCallerIdentity" { "sts" } else { "iam" };
        // A refusal of an operation holds for everything it is asked about.
        let stem = place(service, &asked.action, |_| None);
        let place = place(service, &asked.action, |name| asked.parameters.get(name).cloned());
        let place = self.account.swapped(&stem, place, fault);
        let failure = self.account.failures.get(&place).or_else(|| self.account.failures.get(&stem));
        let failed = || {
            failure.map_or(Said::Nothing, |failure| match failure.status {
                Some(status) if status >= 300 => error(status, &failure.code, &failure.message),
                _ => Said::Nothing,
            })
        };
        match (asked.action.as_str(), self.account.answer(&place)) {
            ("GenerateCredentialReport", _) if failure.is_none() => self.generate(),
            (action, Some(answer)) if lists(action).is_some() => {
                match self.page(asked, answer, fault, salt, failure.is_some()) {
                    Page::Entries(page) => Said::Result(page),
                    Page::PastTheEnd => failed(),
                    Page::BadMarker => error(400, "ValidationError", "Invalid Marker."),
                }
            }
            (_, _) if failure.is_some() => failed(),
            ("GetCredentialReport", _) => self.report(),
            ("GetServiceLastAccessedDetails", Some(answer)) => self.job(&place, answer),
            (_, Some(answer)) => Said::Result(answer.clone()),
            ("GetAccountPasswordPolicy", None) => {
                let account = self.account.caller().split(':').nth(4).unwrap_or_default();
                error(404, "NoSuchEntity", &format!("The Password Policy with domain name {account} cannot be found."))
            }
            ("GetSAMLProvider", None) => error(404, "NoSuchEntity", "Manifest not found for the SAML provider."),
            ("GetOpenIDConnectProvider", None) => error(404, "NoSuchEntity", "OpenIDConnect Provider not found."),
            ("", None) => error(400, "MissingAction", "The request must contain the parameter Action"),
            (action, None) => {
                error(400, "NotRecorded", &format!("the double has no {place}.json to answer {action} with"))
            }
        }
    }

    fn wanted<'w>(
        &self,
        asked: &'w Asked,
        lists: &'w [&'w str],
        (marker, most): (Option<&'w str>, usize),
        fault: Option<&Kind>,
        salt: u64,
        breaks_off: bool,
    ) -> Wanted<'w> {
        let trick = match fault {
            Some(Kind::EmptyPage) => Trick::Empty,
            Some(Kind::RepeatedMarker) => Trick::Repeated,
            Some(Kind::Endless) => Trick::Endless,
            _ if self.faults.short_pages => Trick::Short,
            _ => Trick::None,
        };
        let size = self.faults.page.min(most).max(1);
        Wanted { operation: &asked.action, lists, marker, size, trick, breaks_off, salt }
    }

    /// The result of a job, after it was asked for as often as told.
    fn job(&self, place: &str, answer: &Value) -> Said {
        let mut state = self.state.lock().expect("no thread panics while it holds the lock");
        let polls = state.polled.entry(place.to_owned()).or_default();
        *polls += 1;
        if *polls > self.faults.in_progress {
            return Said::Result(answer.clone());
        }
        Said::Result(json!({ "JobStatus": "IN_PROGRESS", "JobCreationDate": answer["JobCreationDate"] }))
    }

    fn page(&self, asked: &Asked, answer: &Value, fault: Option<&Kind>, salt: u64, breaks_off: bool) -> Page {
        let parameter = |name: &str| asked.parameters.get(name).map(String::as_str);
        let most = parameter("MaxItems").and_then(|text| text.parse().ok()).unwrap_or(100);
        let lists = lists(&asked.action).unwrap_or_default();
        let wanted = self.wanted(asked, lists, (parameter("Marker"), most), fault, salt, breaks_off);
        let filters: Vec<&String> = asked
            .parameters
            .iter()
            .filter(|(name, _)| name.starts_with("Filter.member."))
            .map(|(_, value)| value)
            .collect();
        page(answer, &wanted, |list, entry| match list {
            "VirtualMFADevices" => match parameter("AssignmentStatus") {
                Some("Assigned") => entry["User"].is_object(),
                Some("Unassigned") => !entry["User"].is_object(),
                _ => true,
            },
            _ if filters.is_empty() => true,
            _ => {
                let kind = match list {
                    "UserDetailList" => "User",
                    "GroupDetailList" => "Group",
                    "RoleDetailList" => "Role",
                    _ if entry["Arn"].as_str().is_some_and(|arn| arn.contains("::aws:policy/")) => "AWSManagedPolicy",
                    _ => "LocalManagedPolicy",
                };
                filters.iter().any(|filter| *filter == kind)
            }
        })
    }

    fn generate(&self) -> Said {
        let mut state = self.state.lock().expect("no thread panics while it holds the lock");
        state.generated += 1;
        Said::Result(match state.generated {
            n if self.faults.report_ready || n > self.faults.in_progress + 1 => json!({"State": "COMPLETE"}),
            1 => json!({"State": "STARTED", "Description": "No report exists. Starting a new report generation task"}),
            _ => json!({"State": "INPROGRESS"}),
        })
    }

    fn report(&self) -> Said {
        let mut state = self.state.lock().expect("no thread panics while it holds the lock");
        match &self.account.report {
            Some(report) if self.faults.report_ready || state.generated > self.faults.in_progress + 1 => {
                let time =
                    self.account.answers.get("iam/get-credential-report").map(|answer| answer["GeneratedTime"].clone());
                Said::Result(json!({"Content": base64(report), "ReportFormat": "text/csv", "GeneratedTime": time}))
            }
            // Time passes with every poll, whichever operation polls.
            Some(_) if state.generated > 0 => {
                state.generated += 1;
                error(404, "ReportInProgress", "Unknown")
            }
            _ => error(410, "ReportNotPresent", "Unknown"),
        }
    }

    fn denied(&self, asked: &Asked) -> Said {
        let caller = self.account.caller();
        let account = caller.split(':').nth(4).unwrap_or_default();
        let resource = match asked.action.as_str() {
            "ListUsers" => format!("arn:aws:iam::{account}:user/"),
            "ListRoles" => format!("arn:aws:iam::{account}:role/"),
            _ => "*".to_owned(),
        };
        let action = asked.permission();
        let message = format!(
            "User: {caller} is not authorized to perform: {action} on resource: {resource} \
             because no identity-based policy allows the {action} action"
        );
        let code = match signed_for(&asked.service).map(|service| service.protocol) {
            None => "AccessDenied",
            Some(Protocol::Ec2) => "UnauthorizedOperation",
            Some(Protocol::Query) => "AuthorizationError",
            Some(_) => "AccessDeniedException",
        };
        Said::Error(403, code.to_owned(), message)
    }
}

impl Answers for Desk {
    fn asked(&self) -> Vec<Asked> {
        self.so_far()
    }

    fn answer(&self, request: &Request) -> (Reply, Duration) {
        self.answered(request)
    }
}

/// An answer whose lists are empty and that leads nowhere.
fn without_entries(mut answer: Value) -> Value {
    if let Value::Object(members) = &mut answer {
        members.retain(|name, _| !matches!(name.as_str(), "Marker" | "IsTruncated" | "NextToken" | "nextToken"));
        for list in members.values_mut().filter_map(Value::as_array_mut) {
            list.clear();
        }
    }
    answer
}

/// A request id in AWS's form, from what was asked: requests that arrive in another order have the same ids.
fn request_id(asked: &str) -> String {
    let hash = Sha256::digest(asked.as_bytes());
    let hex: String = hash.iter().take(10).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-5d0b-4e2a-9c1f-{}", &hex[..8], &hex[8..])
}

fn understood(request: &Request) -> Asked {
    let header = |name: &str| request.header(name).unwrap_or_default();
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let body = String::from_utf8_lossy(&request.body);
    let mut parameters: BTreeMap<String, String> = [query, body.as_ref()]
        .iter()
        .flat_map(|text| text.split('&'))
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (form(name), form(value)))
        .collect();
    let mut action = parameters.remove("Action").unwrap_or_default();
    parameters.remove("Version");
    // Credential=AKID/20260930/us-east-1/iam/aws4_request
    let scope: Vec<&str> = header("authorization")
        .split_once("Credential=")
        .map(|(_, rest)| rest.split(',').next().unwrap_or_default().split('/').collect())
        .unwrap_or_default();
    let part = |from_end: usize| scope.len().checked_sub(from_end).map_or("", |i| scope[i]).to_owned();
    let mut given = Map::new();
    if let Some(service) = signed_for(&part(2)) {
        (action, given) = service.understood(request);
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        parameters = given.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    }
    Asked {
        action,
        parameters,
        given,
        region: part(3),
        service: part(2),
        user_agent: header("user-agent").to_owned(),
        account: session_of(scope.first().copied().unwrap_or_default()),
        status: 0,
        throttled: false,
    }
}

/// The account that an access key of `organization` names: `ASIA` and its twelve digits.
fn session_of(key: &str) -> String {
    let number = key.strip_prefix("ASIA").and_then(|rest| rest.get(..12)).unwrap_or_default();
    if number.bytes().all(|byte| byte.is_ascii_digit()) { number.to_owned() } else { String::new() }
}

fn written(asked: &Asked, said: Said, request_id: &str, date: String) -> Reply {
    if let Some(service) = signed_for(&asked.service) {
        return further::written_by(service, asked, said, request_id, date);
    }
    let namespace = if asked.service == "sts" || asked.action == "GetCallerIdentity" {
        "https://sts.amazonaws.com/doc/2011-06-15/"
    } else {
        "https://iam.amazonaws.com/doc/2010-05-08/"
    };
    let action = &asked.action;
    let (status, body, delivery) = match said {
        Said::Result(value) => {
            let members = xml::members(&value, 2);
            let body = format!(
                "<{action}Response xmlns=\"{namespace}\">\n  <{action}Result>\n{members}  </{action}Result>\n  \
                 <ResponseMetadata>\n    <RequestId>{request_id}</RequestId>\n  </ResponseMetadata>\n</{action}Response>\n"
            );
            (200, body, Delivery::Whole)
        }
        Said::Error(status, code, message) => {
            let (kind, code, message) =
                (if status < 500 { "Sender" } else { "Receiver" }, xml::escape(&code), xml::escape(&message));
            let body = format!(
                "<ErrorResponse xmlns=\"{namespace}\">\n  <Error>\n    <Type>{kind}</Type>\n    <Code>{code}</Code>\n    \
                 <Message>{message}</Message>\n  </Error>\n  <RequestId>{request_id}</RequestId>\n</ErrorResponse>\n"
            );
            (status, body, Delivery::Whole)
        }
        Said::Nothing => (0, String::new(), Delivery::Nothing),
    };
    Reply {
        status,
        content_type: "text/xml",
        request_id: request_id.to_owned(),
        error_code: None,
        date,
        body: body.into_bytes(),
        delivery,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fault;

    fn ask(desk: &Desk, body: &str) -> (u16, String) {
        let authorization =
            "AWS4-HMAC-SHA256 Credential=AK/20260930/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0";
        let headers = vec![("Authorization".to_owned(), authorization.to_owned())];
        let (reply, _) = desk.answer(&Request {
            method: "POST".to_owned(),
            target: "/".to_owned(),
            headers,
            body: body.as_bytes().to_vec(),
        });
        (reply.status, String::from_utf8(reply.body).unwrap())
    }

    fn desk(faults: Faults) -> Desk {
        let mut account = Account { report: Some(b"user,arn".to_vec()), ..Account::default() };
        account.answers.insert("iam/list-users".to_owned(), json!({"Users": [{"UserName": "a"}, {"UserName": "b"}]}));
        account.answers.insert("sts/get-caller-identity".to_owned(), json!({"Arn": "arn:aws:sts::1:assumed-role/r/s"}));
        account
            .answers
            .insert("iam/get-credential-report".to_owned(), json!({"GeneratedTime": "2026-09-30T04:12:07+00:00"}));
        Desk::new(account, faults)
    }

    #[test]
    fn the_report_is_there_when_generation_says_complete() {
        let desk = desk(Faults::none().report_takes(2));
        let (get, generate) = ("Action=GetCredentialReport&Version=2010-05-08", "Action=GenerateCredentialReport");
        assert_eq!(ask(&desk, get).0, 410);
        assert!(ask(&desk, generate).1.contains("<State>STARTED</State>"));
        assert!(ask(&desk, get).1.contains("<Code>ReportInProgress</Code>"));
        assert!(ask(&desk, generate).1.contains("<State>INPROGRESS</State>"));
        assert!(ask(&desk, generate).1.contains("<State>COMPLETE</State>"));
        let (status, report) = ask(&desk, get);
        assert_eq!(status, 200);
        assert!(
            report.contains("<Content>dXNlcixhcm4=</Content>") && report.contains("2026-09-30T04:12:07Z"),
            "{report}"
        );
    }

    #[test]
    fn a_refusal_is_worded_as_aws_words_it() {
        let desk = desk(Faults::none().with(Fault::deny("GetAccountSummary")));
        let (status, body) = ask(&desk, "Action=GetAccountSummary");
        assert_eq!(status, 403);
        assert!(body.contains(
            "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: iam:GetAccountSummary on resource: * \
             because no identity-based policy allows the iam:GetAccountSummary action"
        ));
    }

    #[test]
    fn what_was_not_recorded_is_an_error_and_never_an_empty_list() {
        let (status, body) = ask(&desk(Faults::none()), "Action=ListRoles");
        assert_eq!(status, 400);
        assert!(body.contains("NotRecorded") && body.contains("iam/list-roles.json"), "{body}");
    }

    #[test]
    fn a_list_that_broke_off_breaks_off_again() {
        let mut desk = desk(Faults::none().page(1));
        let failure = crate::Failure {
            operation: "ListUsers".to_owned(),
            status: Some(400),
            code: "Throttling".to_owned(),
            message: "Rate exceeded".to_owned(),
        };
        desk.account.failures.insert("iam/list-users".to_owned(), failure);
        let mut marker = String::new();
        for expected in [200, 200, 400] {
            let (status, body) = ask(&desk, &format!("Action=ListUsers{marker}"));
            assert_eq!(status, expected, "{body}");
            let next = body.split("<Marker>").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or_default();
            marker = format!("&Marker={}", crate::encode::percent(next));
        }
    }

    #[test]
    fn requests_are_remembered_with_their_signature_s_scope() {
        let desk = desk(Faults::none());
        ask(&desk, "Action=ListUsers&Version=2010-05-08&MaxItems=10");
        let asked = desk.asked().remove(0);
        assert_eq!(
            (asked.action.as_str(), asked.region.as_str(), asked.service.as_str()),
            ("ListUsers", "us-east-1", "iam")
        );
        assert_eq!(asked.parameters, BTreeMap::from([("MaxItems".to_owned(), "10".to_owned())]));
        assert_eq!(asked.status, 200);
    }
}
