//! What the services besides IAM and STS say, and how each protocol writes it.

use super::{Asked, Desk, Said, error};
use crate::faults::Kind;
use crate::http::{Delivery, Reply};
use crate::pages::{Page, page};
use crate::services::{Protocol, Service, ec2_xml, on_the_wire};
use crate::xml;
use serde_json::{Map, Value, json};

impl Desk {
    /// The answer of a service besides IAM.
    pub(super) fn tell(&self, service: &Service, asked: &Asked, fault: Option<&Kind>, salt: u64) -> Said {
        let place = service.place(&asked.region, &asked.action, &asked.given);
        let stem = service.stem(&asked.region, &asked.action);
        let place = self.account.swapped(&stem, place, fault);
        let failure = self.account.failures.get(&place).or_else(|| self.account.failures.get(&stem));
        let failed = || {
            failure.map_or(Said::Nothing, |failure| match failure.status {
                Some(status) if status >= 300 => error(status, &failure.code, &failure.message),
                _ => Said::Nothing,
            })
        };
        let lists = service.lists(&asked.action);
        match self.account.exactly(&place) {
            Some(answer) if !lists.is_empty() => {
                let marker = asked.parameters.get(service.token).map(String::as_str);
                let sizes = ["MaxResults", "maxResults", "MaxRecords", "Limit", "limit"];
                let most = sizes.iter().find_map(|name| asked.parameters.get(*name)?.parse().ok()).unwrap_or(100);
                let wanted = self.wanted(asked, lists, (marker, most), fault, salt, failure.is_some());
                match page(answer, &wanted, |_, _| true) {
                    Page::Entries(page) => Said::Result(rest_of(answer, page, lists, service.token)),
                    Page::PastTheEnd => failed(),
                    Page::BadMarker => error(400, "InvalidNextTokenException", "The token is not one of these pages."),
                }
            }
            _ if failure.is_some() => failed(),
            Some(answer) => Said::Result(answer.clone()),
            None => error(400, "NotRecorded", &format!("the double has no {place}.json to answer with")),
        }
    }
}

/// A page with the members beside its lists, and the token under the service's name for it.
fn rest_of(answer: &Value, page: Value, lists: &[&str], token: &str) -> Value {
    let (Value::Object(answer), Value::Object(mut page)) = (answer, page) else { return Value::Null };
    let marker = page.shift_remove("Marker");
    page.shift_remove("IsTruncated");
    let beside = answer.iter().filter(|(name, _)| !lists.contains(&name.as_str()));
    let mut whole: Map<String, Value> = beside.map(|(name, value)| (name.clone(), value.clone())).collect();
    // A list that an answer does not have is no empty list.
    whole.extend(page.into_iter().filter(|(name, _)| answer.contains_key(name)));
    whole.extend(marker.map(|marker| (token.to_owned(), marker)));
    Value::Object(whole)
}

/// What a service besides IAM says, as HTTP.
pub(super) fn written_by(service: &Service, asked: &Asked, said: Said, request_id: &str, date: String) -> Reply {
    let is_rest = service.protocol == Protocol::Rest;
    let (status, body, error_code) = match said {
        Said::Nothing => (0, String::new(), None),
        Said::Result(value) if service.protocol == Protocol::Ec2 => {
            let (action, members) = (&asked.action, ec2_xml(&on_the_wire(&value, false)));
            let body = format!(
                "<{action}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>{request_id}</requestId>{members}</{action}Response>"
            );
            (200, body, None)
        }
        Said::Result(value) if service.protocol == Protocol::Query => {
            let (action, members) = (&asked.action, xml::members(&value, 2));
            let body = format!(
                "<{action}Response xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\n  <{action}Result>\n{members}  </{action}Result>\n  \
                 <ResponseMetadata>\n    <RequestId>{request_id}</RequestId>\n  </ResponseMetadata>\n</{action}Response>\n"
            );
            (200, body, None)
        }
        // Of the REST services here one has times as text.
        Said::Result(value) => (200, on_the_wire(&value, service.folder != "accessanalyzer").to_string(), None),
        Said::Error(status, code, message) if service.protocol == Protocol::Ec2 => {
            let (code, message) = (xml::escape(&code), xml::escape(&message));
            let body = format!(
                "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>{request_id}</RequestID></Response>"
            );
            (status, body, None)
        }
        Said::Error(status, code, message) if service.protocol == Protocol::Query => {
            let (code, message) = (xml::escape(&code), xml::escape(&message));
            let body = format!(
                "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
            );
            (status, body, None)
        }
        Said::Error(status, code, message) if is_rest => {
            (status, json!({ "message": message }).to_string(), Some(code))
        }
        Said::Error(status, code, message) => {
            (status, json!({ "__type": format!("com.amazonaws.example#{code}"), "Message": message }).to_string(), None)
        }
    };
    Reply {
        status,
        content_type: if matches!(service.protocol, Protocol::Ec2 | Protocol::Query) {
            "text/xml"
        } else {
            "application/json"
        },
        request_id: request_id.to_owned(),
        error_code,
        date,
        body: body.into_bytes(),
        delivery: if status == 0 { Delivery::Nothing } else { Delivery::Whole },
    }
}
