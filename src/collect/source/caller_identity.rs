//! The caller's identity, account and partition.

use crate::arn::is_account;
use crate::collect::CollectError;
use crate::collect::fatal_error::is_fatal;
use crate::collect::query::{Answer, Query, parse_attempt};
use crate::collect::session::{Session, SourceError};
use crate::collect::source_context::SourceContext;
use crate::snapshot::format::is_partition;
use crate::snapshot::{CallError, Caller};
use crate::text::in_sentence;
use serde_json::{Value, json};

/// The source's name.
pub const NAME: &str = "caller-identity";
/// Its only operation.
pub const OPERATION: &str = "GetCallerIdentity";

pub async fn run(aws: &SourceContext<'_, '_>) -> Result<(), SourceError> {
    let query = Query { more: |_| false, ..aws.query(OPERATION, json!({})) };
    let attempts = aws.send(&query).await;
    let mut session = aws.session.borrow_mut();
    if session.resumes() {
        // Called even if an earlier run has the answer: evidence of two accounts must not mix, so
        // nothing is written before the account is confirmed.
        let answer = attempts.last().map(|attempt| parse_attempt(&query, attempt));
        match &answer {
            Some(Ok(answer)) => same_account(&session, answer.value.get("Account"))?,
            Some(Err(error)) if is_fatal(&error.code) => {
                return Err(SourceError::Fatal(CollectError::every_call_fails(error)));
            }
            Some(Err(error)) => unconfirmed(&session, error)?,
            None => {}
        }
        session.writer.update(|_| {})?;
        if session.reusable_pages(&query)?.is_some() {
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

/// Checks that a GetCallerIdentity answer names a valid account and caller.
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

/// A resumed collection with an unknown caller continues only if the first run's caller was unknown too and the user
/// names the account.
fn unconfirmed(session: &Session<'_>, error: &CallError) -> Result<(), SourceError> {
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
    Err(SourceError::Fatal(CollectError::Unconfirmed {
        code: in_sentence(&error.code),
        message: in_sentence(&error.message),
        next,
    }))
}

/// The account must be the one that the user named and the one that the snapshot belongs to.
fn same_account(session: &Session<'_>, answered: Option<&Value>) -> Result<(), SourceError> {
    let Some(answered) = answered.and_then(Value::as_str) else { return Ok(()) };
    let meant = session.options.account.as_deref();
    let held = session.writer.header().account.as_deref();
    match meant.into_iter().chain(held).find(|expected| *expected != answered) {
        None => Ok(()),
        Some(expected) => Err(SourceError::Fatal(CollectError::OtherAccount {
            expected: expected.to_owned(),
            answered: answered.to_owned(),
        })),
    }
}
