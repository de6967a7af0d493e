//! The credential report: generated, awaited to a deadline, fetched, its bytes kept untouched.

use crate::collect::CollectError;
use crate::collect::ask::Aws;
use crate::collect::hopeless::is_hopeless;
use crate::collect::query::{Answer, Place, Query};
use crate::collect::session::{Session, Stop};
use crate::snapshot::CallError;
use crate::snapshot::format::{is_account, is_partition};
use base64::Engine as _;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const GET: &str = "GetCredentialReport";
/// However long it takes, AWS is asked at least so often.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

pub async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    let deadline = Instant::now() + aws.options().report_deadline;
    let generated = match generate(aws, deadline).await {
        // A call that takes too long says nothing about the next one.
        Err(Stop::Failed(error)) if is_hopeless(&error.code) && error.code != "Timeout" => {
            return Err(Stop::Failed(error));
        }
        Err(Stop::Fatal(error)) => return Err(Stop::Fatal(error)),
        other => other,
    };
    // Generating may be denied, limited or late: a report that is there is evidence all the same.
    let fetched = match fetch(aws, deadline).await {
        Err(Stop::Failed(error)) if generated.is_ok() && is_gone(&error.code) => {
            poll(aws, &generation(aws), deadline).await?;
            fetch(aws, deadline).await
        }
        other => other,
    };
    learn_account(&mut aws.session.borrow_mut(), &fetched?)?;
    generated
}

fn generation(aws: &Aws<'_, '_>) -> Query {
    Query { more: is_unfinished, ..aws.query("GenerateCredentialReport", json!({})) }
}

async fn generate(aws: &Aws<'_, '_>, deadline: Instant) -> Result<(), Stop> {
    let query = generation(aws);
    let kept = aws.session.borrow_mut().kept_pages(&query)?;
    if let Some(kept) = kept {
        return kept.map(drop);
    }
    // A report that is generated anew is fetched anew.
    let fetched = aws.query(GET, json!({}));
    aws.session.borrow_mut().forget(&fetched)?;
    poll(aws, &query, deadline).await
}

async fn poll(aws: &Aws<'_, '_>, query: &Query, deadline: Instant) -> Result<(), Stop> {
    let mut place = aws.session.borrow().place(query, true);
    let mut pause = aws.options().poll_interval;
    while is_unfinished(&aws.request(query, &mut place).await?) {
        wait(aws, query, &place, &mut pause, deadline, "the report was not ready").await?;
    }
    Ok(())
}

async fn fetch(aws: &Aws<'_, '_>, deadline: Instant) -> Result<Answer, Stop> {
    let query = aws.query(GET, json!({}));
    let kept = aws.session.borrow_mut().kept_pages(&query)?;
    if let Some(kept) = kept {
        return Ok(kept?.pop().expect("a kept answer has a page"));
    }
    let mut pause = aws.options().poll_interval;
    loop {
        let mut place = aws.session.borrow().place(&query, false);
        match aws.request(&query, &mut place).await {
            Err(Stop::Failed(error)) if error.code == "ReportInProgress" => {
                place.page = 0;
                wait(aws, &query, &place, &mut pause, deadline, &error.message).await?;
            }
            other => return other,
        }
    }
}

/// Sleeps, a little longer each time; past the deadline, says so in the log.
async fn wait(
    aws: &Aws<'_, '_>,
    query: &Query,
    place: &Place,
    pause: &mut Duration,
    deadline: Instant,
    why: &str,
) -> Result<(), Stop> {
    let options = aws.options();
    if Instant::now() + *pause > deadline {
        let limit = options.report_deadline.as_secs();
        let message = format!("{why} after {limit} seconds");
        let error = CallError { code: "DeadlineExceeded".to_owned(), message };
        return Err(aws.session.borrow_mut().note(query, place, error)?);
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

/// Whether an answer that should hold a report does.
pub fn check(query: &Query, answer: &Answer) -> Result<(), String> {
    if query.operation == GET { decode(answer).map(drop) } else { Ok(()) }
}

/// The report as a file: its name, its bytes untouched, and the number of its rows without the header.
pub fn table(query: &Query, place: &Place, answer: &Answer) -> Option<(String, Vec<u8>, u64)> {
    if query.operation != GET {
        return None;
    }
    let bytes = decode(answer).ok()?;
    let name = place.stem.replace("get-credential-report", "credential-report") + ".csv";
    let rows = csv::ReaderBuilder::new().flexible(true).from_reader(&bytes[..]).into_byte_records().count();
    Some((name, bytes, rows as u64))
}

/// The account and partition from the first row, root's, for when the caller's identity is not known.
fn learn_account(session: &mut Session<'_>, report: &Answer) -> Result<(), Stop> {
    let Some((partition, account)) = decode(report).ok().as_deref().and_then(owner) else { return Ok(()) };
    let header = session.writer.header();
    let held = header.account.as_deref().or(session.options.account.as_deref());
    if let Some(expected) = held.filter(|held| *held != account) {
        return Err(Stop::Fatal(CollectError::OtherAccount { expected: expected.to_owned(), answered: account }));
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
fn owner(report: &[u8]) -> Option<(String, String)> {
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
        assert_eq!(owner(report), Some(("aws-cn".to_owned(), "111122223333".to_owned())));
        for poor in [
            &b""[..],
            b"user,arn\n",
            b"user\nx\n",
            b"user,arn\nx,arn:aws:iam::12:root\n",
            b"u,arn\nx,arn:A W:iam::111122223333:root\n",
            b"\xff\xfe\n\xff",
        ] {
            assert_eq!(owner(poor), None);
        }
    }
}
