//! Parses only the outer members of an answer: whether it is JSON, complete, and how many entries it has.

use super::super::format::{Caller, is_partition};
use super::super::read::{BOM, without_position};
use crate::arn::is_account;
use base64::Engine as _;
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// The outer members of an answer.
#[derive(Debug, Default)]
pub struct Peek {
    /// `IsTruncated`; true if any occurrence is true.
    truncated: Option<bool>,
    /// AWS's marker, which counts unless the answer is marked complete.
    marker: bool,
    /// The token that the CLI prints if it was limited.
    token: bool,
    /// `State` of a job.
    state: Option<String>,
    /// The number of entries in top-level lists.
    pub items: Option<u64>,
    account: Option<String>,
    arn: Option<String>,
    user_id: Option<String>,
}

/// Why an answer cannot be used.
#[derive(Debug)]
pub struct InvalidAnswer {
    pub position: Option<(usize, usize)>,
    pub problem: String,
    pub next: &'static str,
}

impl Peek {
    pub fn parse(bytes: &[u8]) -> Result<Self, InvalidAnswer> {
        if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            return Err(InvalidAnswer {
                position: None,
                problem: "the file is UTF-16, as Windows PowerShell writes what is redirected to a file".to_owned(),
                next: "save it as UTF-8, or redirect in PowerShell 7 or cmd.exe",
            });
        }
        let json = bytes.strip_prefix(BOM).unwrap_or(bytes);
        if json.trim_ascii().is_empty() {
            return Err(InvalidAnswer {
                position: None,
                problem: "the file is empty, which is no answer of the AWS CLI".to_owned(),
                next: "run the command again, or remove the file: then the call counts as not collected",
            });
        }
        serde_json::from_slice(json).map_err(|error| InvalidAnswer {
            position: Some((error.line(), error.column().max(1))),
            problem: format!("this is not an answer of the AWS CLI as JSON: {}", without_position(&error)),
            next: "run the command again with --output json and without --query, or remove the file",
        })
    }

    /// The answer announces a further page, or a job that is not done.
    pub fn is_unfinished(&self, operation: &str) -> bool {
        let job = match operation {
            "GenerateCredentialReport" => self.state.as_deref() != Some("COMPLETE"),
            "GetServiceLastAccessedDetails" => self.state.as_deref() == Some("IN_PROGRESS"),
            _ => false,
        };
        job || self.token || self.truncated.unwrap_or(self.marker)
    }

    /// The account's number and the caller, if this is the answer of `GetCallerIdentity`.
    pub fn caller(&self) -> Option<(String, Caller)> {
        let account = self.account.clone().filter(|account| is_account(account))?;
        let partition = self.arn.as_deref()?.strip_prefix("arn:")?.split(':').next()?;
        is_partition(partition).then_some(())?;
        Some((account, Caller { arn: self.arn.clone()?, user_id: self.user_id.clone()? }))
    }
}

/// The decoded bytes of the credential report, if they can be decoded.
pub fn report_csv(bytes: &[u8]) -> Option<Vec<u8>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Report {
        content: String,
    }
    let report: Report = serde_json::from_slice(bytes.strip_prefix(BOM).unwrap_or(bytes)).ok()?;
    let packed: String = report.content.split_ascii_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(packed).ok()
}

/// A value of which only kind, text or length are kept.
enum Value {
    Bool(bool),
    Text(String),
    List(u64),
    Null,
    Other,
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Other)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Other)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Other)
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut length = 0;
        while list.next_element::<IgnoredAny>()?.is_some() {
            length += 1;
        }
        Ok(Value::List(length))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }
}

impl<'de> Deserialize<'de> for Peek {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Top;
        impl<'de> Visitor<'de> for Top {
            type Value = Peek;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object in braces")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Peek, A::Error> {
                let mut glance = Peek::default();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    match (name.as_str(), value) {
                        ("IsTruncated", Value::Null) => {}
                        ("IsTruncated", told) => {
                            // Anything but `false` means more.
                            let no =
                                matches!(&told, Value::Bool(false)) || matches!(&told, Value::Text(t) if t == "false");
                            glance.truncated = Some(glance.truncated.unwrap_or(false) || !no);
                        }
                        ("Marker", Value::Text(marker)) => glance.marker |= !marker.is_empty(),
                        ("NextToken" | "nextToken", Value::Text(token)) => glance.token |= !token.is_empty(),
                        ("State" | "JobStatus", Value::Text(state)) => glance.state = Some(state),
                        ("Account", Value::Text(account)) => glance.account = Some(account),
                        ("Arn", Value::Text(arn)) => glance.arn = Some(arn),
                        ("UserId", Value::Text(id)) => glance.user_id = Some(id),
                        (_, Value::List(length)) => *glance.items.get_or_insert(0) += length,
                        _ => {}
                    }
                }
                Ok(glance)
            }
        }
        deserializer.deserialize_map(Top)
    }
}
