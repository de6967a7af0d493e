//! Access Advisor: when each user and role last used each service. One job a principal.

use crate::collect::page_guard::{LONGEST_MARKER, MOST_BYTES};
use crate::collect::query::{Answer, Query, is_truncated};
use crate::collect::session::SourceError;
use crate::collect::source_context::{SourceContext, text};
use crate::snapshot::CallError;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const GENERATE: &str = "GenerateServiceLastAccessedDetails";
const GET: &str = "GetServiceLastAccessedDetails";
/// The most pages of one principal's services.
const MOST_PAGES: u32 = 5_000;
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

pub async fn run(aws: &SourceContext<'_, '_>) -> Result<(), SourceError> {
    for page in aws.collected("iam", "GetAccountAuthorizationDetails")? {
        for list in ["UserDetailList", "RoleDetailList"] {
            for principal in page.get(list).and_then(Value::as_array).into_iter().flatten() {
                one(aws, text(principal, "Arn")).await?;
            }
        }
    }
    Ok(())
}

async fn one(aws: &SourceContext<'_, '_>, arn: &str) -> Result<(), SourceError> {
    let asked = json!({ "Arn": arn });
    let generate = aws.query(GENERATE, asked.clone());
    // Only the session that started a job can read it, so a job without a result is started again.
    let before = aws.session.borrow().complete_answer(&generate)?;
    if let Some(job) = before.as_ref().and_then(|pages| pages.last()) {
        let result = aws.session.borrow().complete_answer(&result_of(aws, job))?;
        if result.is_some() {
            return aws.pages(GENERATE, asked).await.map(drop);
        }
        aws.session.borrow_mut().supersede_earlier(&generate)?;
    }
    let Some(job) = aws.first_page(GENERATE, asked).await? else { return Ok(()) };
    let query = result_of(aws, &job);
    match poll(aws, query.clone()).await {
        Err(SourceError::Failed(error)) => {
            aws.note_failure(&query, error);
            Ok(())
        }
        other => other,
    }
}

fn result_of(aws: &SourceContext<'_, '_>, job: &Answer) -> Query {
    Query { more: is_unfinished, ..aws.query(GET, json!({ "JobId": job.get("JobId") })) }
}

/// Polls until the job is done, then fetches its pages.
async fn poll(aws: &SourceContext<'_, '_>, mut query: Query) -> Result<(), SourceError> {
    let options = aws.options();
    let (deadline, mut pause) = (Instant::now() + options.report_deadline, options.poll_interval);
    let mut place = aws.session.borrow().place(&query, true);
    let mut markers = BTreeSet::new();
    loop {
        let answer = aws.request(&query, &mut place).await?;
        let problem = match (status(&answer), answer.get("Marker").and_then(Value::as_str)) {
            ("COMPLETED", _) if !is_truncated(&answer) => return Ok(()),
            ("COMPLETED", Some(_)) if place.page >= MOST_PAGES || place.bytes >= MOST_BYTES => {
                ("PageLimit", "too many pages were announced; the rest was left out")
            }
            ("COMPLETED", Some(marker)) if marker.len() > LONGEST_MARKER => {
                ("MarkerTooLong", "the marker of the next page is too long to be one")
            }
            ("COMPLETED", Some(marker)) if markers.insert(marker.to_owned()) => {
                if let Some(params) = &mut query.params {
                    params.sent.insert("Marker".to_owned(), Value::from(marker));
                }
                continue;
            }
            ("COMPLETED", _) => ("RepeatedMarker", "the answer announces more and leads nowhere new"),
            ("IN_PROGRESS", _) if Instant::now() + pause < deadline => {
                sleep(pause).await;
                pause = pause.mul_f32(1.5).min(LONGEST_PAUSE.max(options.poll_interval));
                // The final answer replaces this one.
                place.page -= 1;
                continue;
            }
            ("IN_PROGRESS", _) => ("DeadlineExceeded", "the job was not done in time"),
            _ => ("JobFailed", "AWS says that the job failed"),
        };
        let error = CallError { code: problem.0.to_owned(), message: problem.1.to_owned() };
        return Err(aws.session.borrow_mut().record_stop(&query, &place, error)?);
    }
}

fn status(answer: &Answer) -> &str {
    answer.get("JobStatus").and_then(Value::as_str).unwrap_or_default()
}

fn is_unfinished(answer: &Answer) -> bool {
    status(answer) != "COMPLETED" || is_truncated(answer)
}
