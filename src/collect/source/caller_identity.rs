//! Who collects, from which account and partition.

use crate::collect::CollectError;
use crate::collect::ask::Aws;
use crate::collect::hopeless::is_hopeless;
use crate::collect::query::{Answer, Query, read};
use crate::collect::session::{Session, Stop};
use crate::snapshot::format::{is_account, is_partition};
use crate::snapshot::{CallError, Caller};
use crate::text::in_sentence;
use serde_json::{Value, json};

/// The source's name.
pub const NAME: &str = "caller-identity";
/// Its only operation.
pub const OPERATION: &str = "GetCallerIdentity";

pub async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    let query = Query { more: |_| false, ..aws.query(OPERATION, json!({})) };
    let attempts = aws.send(&query).await;
    let mut session = aws.session.borrow_mut();
    if session.resumes() {
        // Asked even if an earlier run has the answer: evidence of two accounts must not mix, so
        // nothing is written before the account is seen to be the same.
        let answer = attempts.last().map(|attempt| read(&query, attempt));
        match &answer {
            Some(Ok(answer)) => same_account(&session, answer.value.get("Account"))?,
            Some(Err(error)) if is_hopeless(&error.code) => return Err(Stop::Fatal(CollectError::hopeless(error))),
            Some(Err(error)) => unconfirmed(&session, error)?,
            None => {}
        }
        session.writer.update(|_| {})?;
        if session.kept_pages(&query)?.is_some() {
            return Ok(());
        }
    }
    let mut place = session.place(&query, false);
    let answer = session.record(&query, &mut place, attempts)?;
    let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (account, arn, user_id) = (text("Account"), text("Arn"), text("UserId"));
    let partition = arn.split(':').nth(1).filter(|part| !part.is_empty()).map(str::to_owned);
    same_account(&session, answer.get("Account"))?;
    session.writer.update(|header| {
        header.account = Some(account).filter(|account| !account.is_empty());
        header.partition = partition;
        header.caller = Some(Caller { arn, user_id });
    })?;
    Ok(())
}

/// Whether an answer that should name an account and a caller does.
pub fn check(query: &Query, answer: &Answer) -> Result<(), String> {
    if query.operation != OPERATION {
        return Ok(());
    }
    let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
    let (account, arn) = (text("Account"), text("Arn"));
    if !is_account(account) {
        return Err(format!("the account {account:?} is not twelve digits"));
    }
    let partition = arn.strip_prefix("arn:").and_then(|rest| rest.split(':').next()).unwrap_or_default();
    if !is_partition(partition) {
        return Err(format!("the caller {arn:?} has no partition that can be one"));
    }
    Ok(())
}

/// A resumed collection whose caller AWS does not name goes on only where the first run's was not
/// named either and the user says which account is meant.
fn unconfirmed(session: &Session<'_>, error: &CallError) -> Result<(), Stop> {
    let header = session.writer.header();
    let next = match (&header.caller, &session.options.account) {
        (None, Some(meant)) => {
            return same_account(session, Some(&Value::String(meant.clone())));
        }
        (None, None) => "say with --account which account the credentials are for, or start a new snapshot",
        (Some(_), _) => {
            "resume with credentials that may call sts:GetCallerIdentity, as in the first run, or start a new snapshot"
        }
    };
    Err(Stop::Fatal(CollectError::Unconfirmed {
        code: in_sentence(&error.code),
        message: in_sentence(&error.message),
        next,
    }))
}

/// The account that answers must be the one that was meant, and the one that the snapshot is of.
fn same_account(session: &Session<'_>, answered: Option<&Value>) -> Result<(), Stop> {
    let Some(answered) = answered.and_then(Value::as_str) else { return Ok(()) };
    let meant = session.options.account.as_deref();
    let held = session.writer.header().account.as_deref();
    match meant.into_iter().chain(held).find(|expected| *expected != answered) {
        None => Ok(()),
        Some(expected) => Err(Stop::Fatal(CollectError::OtherAccount {
            expected: expected.to_owned(),
            answered: answered.to_owned(),
        })),
    }
}
