//! The account's password policy. `NoSuchEntity` is an answer: there is none.

use super::{Run, Set, Source, operation};
use crate::collect::query::Query;
use crate::collect::session::{Session, Stop};

/// See the module.
pub const SOURCE: Source = Source {
    name: "password-policy",
    operations: &[operation!("iam", "GetAccountPasswordPolicy")],
    set: Set::Iam,
    only_with: None,
    run: Run::Alone(|session| Box::pin(run(session))),
};

async fn run(session: &mut Session<'_>) -> Result<(), Stop> {
    let query = Query::iam("GetAccountPasswordPolicy");
    let asked = session
        .ask(&query, |aws, capture| aws.iam.get_account_password_policy().customize().interceptor(capture).send());
    match asked.await {
        Err(Stop::Failed(error)) if error.code == "NoSuchEntity" => Ok(()),
        other => other.map(drop),
    }
}
