//! The credential report: generated, polled until a deadline, fetched, and kept byte for byte.

use crate::arn::is_account;
use crate::collect::CollectError;
use crate::collect::fatal_error::is_fatal;
use crate::collect::query::{Answer, EvidencePath, Query};
use crate::collect::session::{Session, SourceError};
use crate::collect::source_context::SourceContext;
use crate::snapshot::CallError;
use crate::snapshot::format::is_partition;
use base64::Engine as _;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const GET: &str = "GetCredentialReport";
/// The longest pause between two polls.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

pub async fn run(aws: &SourceContext<'_, '_>) -> Result<(), SourceError> {
    let deadline = Instant::now() + aws.options().report_deadline;
    let generated = match generate(aws, deadline).await {
        // After a timeout the next call may still succeed.
        Err(SourceError::Failed(error)) if is_fatal(&error.code) && error.code != "Timeout" => {
            return Err(SourceError::Failed(error));
        }
        Err(SourceError::Fatal(error)) => return Err(SourceError::Fatal(error)),
        other => other,
    };
    // Generating may be denied, limited or late; an existing report is still evidence.
    let fetched = match fetch(aws, deadline).await {
        Err(SourceError::Failed(error)) if generated.is_ok() && is_gone(&error.code) => {
            poll(aws, &generation(aws), deadline).await?;
            fetch(aws, deadline).await
        }
        other => other,
    };
    learn_account(&mut aws.session.borrow_mut(), &fetched?)?;
    generated
}

fn generation(aws: &SourceContext<'_, '_>) -> Query {
    Query { more: is_unfinished, ..aws.query("GenerateCredentialReport", json!({})) }
}

async fn generate(aws: &SourceContext<'_, '_>, deadline: Instant) -> Result<(), SourceError> {
    let query = generation(aws);
    let kept = aws.session.borrow_mut().reusable_pages(&query)?;
    if let Some(kept) = kept {
        return kept.map(drop);
    }
    // A newly generated report must be fetched again.
    let fetched = aws.query(GET, json!({}));
    aws.session.borrow_mut().supersede_earlier(&fetched)?;
    poll(aws, &query, deadline).await
}

async fn poll(aws: &SourceContext<'_, '_>, query: &Query, deadline: Instant) -> Result<(), SourceError> {
    let mut place = aws.session.borrow().place(query, true);
    let mut pause = aws.options().poll_interval;
    while is_unfinished(&aws.request(query, &mut place).await?) {
        wait(aws, query, &place, &mut pause, deadline, "the report was not ready").await?;
    }
    Ok(())
}

async fn fetch(aws: &SourceContext<'_, '_>, deadline: Instant) -> Result<Answer, SourceError> {
    let query = aws.query(GET, json!({}));
    let kept = aws.session.borrow_mut().reusable_pages(&query)?;
    if let Some(kept) = kept {
        return Ok(kept?.pop().expect("a kept answer has a page"));
    }
    let mut pause = aws.options().poll_interval;
    loop {
        let mut place = aws.session.borrow().place(&query, false);
        match aws.request(&query, &mut place).await {
            Err(SourceError::Failed(error)) if error.code == "ReportInProgress" => {
                place.page = 0;
                wait(aws, &query, &place, &mut pause, deadline, &error.message).await?;
            }
            other => return other,
        }
    }
}

/// Sleeps, longer each time; at the deadline it records an error instead.
async fn wait(
    aws: &SourceContext<'_, '_>,
    query: &Query,
    place: &EvidencePath,
    pause: &mut Duration,
    deadline: Instant,
    why: &str,
) -> Result<(), SourceError> {
    let options = aws.options();
    if Instant::now() + *pause > deadline {
        let limit = options.report_deadline.as_secs();
        let message = format!("{why} after {limit} seconds");
        let error = CallError { code: "DeadlineExceeded".to_owned(), message };
        return Err(aws.session.borrow_mut().record_stop(query, place, error)?);
    }
    sleep(*pause).await;
    *pause = pause.mul_f32(1.5).min(LONGEST_PAUSE.max(options.poll_interval));
    Ok(())
}

fn is_unfinished(answer: &Answer) -> bool {
    answer.get("State").and_then(Value::as_str) != Some("COMPLETE")
}

fn is_gone(code: &str) -> bool {
    matches!(code, "ReportNotPresent" | "ReportExpired")
}

/// The report's own bytes.
fn decode(answer: &Answer) -> Result<Vec<u8>, String> {
    let content = answer.get("Content").and_then(Value::as_str).ok_or("the credential report has no Content")?;
    let packed: String = content.split_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed);
    bytes.map_err(|problem| format!("the credential report's Content is not base64: {problem}"))
}

/// Checks that a GetCredentialReport answer contains a report.
pub fn check(query: &Query, answer: &Answer) -> Result<(), String> {
    if query.operation == GET { decode(answer).map(drop) } else { Ok(()) }
}

/// The report as a file: its name, its bytes, and the number of rows without the header.
pub fn table(query: &Query, place: &EvidencePath, answer: &Answer) -> Option<(String, Vec<u8>, u64)> {
    if query.operation != GET {
        return None;
    }
    let bytes = decode(answer).ok()?;
    let name = place.stem.replace("get-credential-report", "credential-report") + ".csv";
    let rows = csv::ReaderBuilder::new().flexible(true).from_reader(&bytes[..]).into_byte_records().count();
    Some((name, bytes, rows as u64))
}

/// Takes the account and partition from the root user's row if the caller's identity is unknown.
fn learn_account(session: &mut Session<'_>, report: &Answer) -> Result<(), SourceError> {
    let Some((partition, account)) = decode(report).ok().as_deref().and_then(account_of_first_row) else {
        return Ok(());
    };
    let header = session.writer.header();
    let held = header.account.as_deref().or(session.options.account.as_deref());
    if let Some(expected) = held.filter(|held| *held != account) {
        return Err(SourceError::Fatal(CollectError::OtherAccount {
            expected: expected.to_owned(),
            answered: account,
        }));
    }
    if header.account.is_none() || header.partition.is_none() {
        session.writer.update(|header| {
            header.account.get_or_insert(account);
            header.partition.get_or_insert(partition);
        })?;
    }
    Ok(())
}

/// Partition and account of the first row's `arn`.
fn account_of_first_row(report: &[u8]) -> Option<(String, String)> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(report);
    let column = reader.headers().ok()?.iter().position(|name| name == "arn")?;
    let row = reader.records().next()?.ok()?;
    let mut arn = row.get(column)?.split(':');
    let (partition, account) = (arn.nth(1)?, arn.nth(2)?);
    (is_account(account) && is_partition(partition)).then(|| (partition.to_owned(), account.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_comes_from_the_first_row() {
        let report = b"user,arn,x\n<root_account>,arn:aws-cn:iam::111122223333:root,1\n\"a,b\",arn:aws:iam::4:user/a,2";
        assert_eq!(account_of_first_row(report), Some(("aws-cn".to_owned(), "111122223333".to_owned())));
        for poor in [
            &b""[..],
            b"user,arn\n",
            b"user\nx\n",
            b"user,arn\nx,arn:aws:iam::12:root\n",
            b"u,arn\nx,arn:A W:iam::111122223333:root\n",
            b"\xff\xfe\n\xff",
        ] {
            assert_eq!(account_of_first_row(poor), None);
        }
    }
}
