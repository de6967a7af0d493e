//! Accounts that differ in nothing but their number: each answer is made once, and then the number is put into its
//! bytes.

use super::{Asked, Desk};
use crate::account::Account;
use crate::encode::base64;
use crate::faults::Faults;
use crate::http::{Delivery, Reply, Request};
use crate::server::Answers as _;
use crate::time;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A template and the answers that were made of it.
pub struct Mirror {
    desk: Desk,
    number: String,
    report: String,
    latency: Duration,
    kept: Mutex<BTreeMap<String, Arc<Kept>>>,
}

/// An answer, and the places in it that are another account's or another request's own.
struct Kept {
    reply: Reply,
    numbers: Vec<usize>,
    ids: Vec<usize>,
    /// The credential report, whose number is hidden in its encoding.
    report: Option<Range<usize>>,
}

impl Mirror {
    pub fn new(template: Account, latency: Duration) -> Self {
        let number = template.caller().split(':').nth(4).unwrap_or_default().to_owned();
        let report = String::from_utf8_lossy(template.report().unwrap_or_default()).into_owned();
        let desk = Desk::new(template, Faults::none().report_ready());
        Self { desk, number, report, latency, kept: Mutex::default() }
    }

    /// What the account answers, and how long to wait before.
    pub fn answer(&self, request: &Request, asked: &Asked, id: &str) -> (Reply, Duration) {
        let kept = self.kept(request, asked);
        let mut body = kept.reply.body.clone();
        for (places, text) in [(&kept.numbers, asked.account.as_str()), (&kept.ids, id)] {
            for place in places {
                body[*place..*place + text.len()].copy_from_slice(text.as_bytes());
            }
        }
        if let Some(place) = &kept.report {
            let report = self.report.replace(&self.number, &asked.account);
            body[place.clone()].copy_from_slice(base64(report.as_bytes()).as_bytes());
        }
        let reply = Reply {
            status: kept.reply.status,
            content_type: kept.reply.content_type,
            request_id: id.to_owned(),
            error_code: kept.reply.error_code.clone(),
            date: time::http_date(time::now()),
            body,
            delivery: Delivery::Whole,
        };
        (reply, self.latency)
    }

    fn kept(&self, request: &Request, asked: &Asked) -> Arc<Kept> {
        let own = |text: &str| text.replace(&asked.account, &self.number);
        let (target, body) = (own(&request.target), own(&String::from_utf8_lossy(&request.body)));
        let key = format!("{} {} {} {target} {body}", asked.service, asked.region, asked.action);
        let mut all = self.kept.lock().expect("no thread panics while it holds the lock");
        let made = all.entry(key).or_insert_with(|| {
            let request = Request {
                method: request.method.clone(),
                target,
                headers: request.headers.clone(),
                body: body.into_bytes(),
            };
            let (reply, _) = self.desk.answer(&request);
            let report = places(&reply.body, base64(self.report.as_bytes()).as_bytes());
            let whole = |place: usize| place..place + base64(self.report.as_bytes()).len();
            Arc::new(Kept {
                numbers: places(&reply.body, self.number.as_bytes()),
                ids: places(&reply.body, reply.request_id.as_bytes()),
                report: report.first().copied().filter(|_| !self.report.is_empty()).map(whole),
                reply,
            })
        });
        Arc::clone(made)
    }
}

/// Where a text stands in bytes.
fn places(bytes: &[u8], text: &[u8]) -> Vec<usize> {
    if text.is_empty() {
        return Vec::new();
    }
    bytes.windows(text.len()).enumerate().filter(|(_, window)| *window == text).map(|(place, _)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::understood;
    use crate::generate;

    /// What [`Account::renumbered`] answers, byte for byte.
    #[test]
    fn a_mirrored_answer_is_the_renumbered_account_s() {
        let template = generate::sized(20, 10, 5);
        let mirror = Mirror::new(template.clone(), Duration::ZERO);
        for account in ["700000000001", "700000000002"] {
            let desk = Desk::new(template.renumbered(account), Faults::none().report_ready());
            let actions =
                ["GetAccountAuthorizationDetails", "GetCredentialReport", "GetCallerIdentity", "ListRoles", "Unknown"];
            for action in actions {
                let service = if action == "GetCallerIdentity" { "sts" } else { "iam" };
                let authorization = format!(
                    "AWS4-HMAC-SHA256 Credential=ASIA{account}00000001/20260930/us-east-1/{service}/aws4_request, Signature=0"
                );
                let request = Request {
                    method: "POST".to_owned(),
                    target: "/".to_owned(),
                    headers: vec![("Authorization".to_owned(), authorization)],
                    body: format!("Action={action}&Version=2010-05-08&MaxItems=1000").into_bytes(),
                };
                let asked = understood(&request);
                assert_eq!(asked.account, account);
                let (own, _) = desk.answer(&request);
                let (mirrored, _) = mirror.answer(&request, &asked, &own.request_id);
                assert_eq!(mirrored.status, own.status);
                assert_eq!(String::from_utf8_lossy(&mirrored.body), String::from_utf8_lossy(&own.body), "{action}");
            }
        }
    }
}
