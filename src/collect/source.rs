//! Sources that a table cannot describe: jobs that are awaited, answers that decide how the collection goes on, and
//! requests made from several answers. Everything else is asked as its row in `operations` says.

mod access_advisor;
mod alarm_topics;
pub mod caller_identity;
mod config_aggregate_details;
pub mod credential_report;
mod policy_validation;
pub mod regions;
mod trail_events;

use super::ask::Aws;
use super::session::Stop;
use super::walk::walk;
use futures_util::future::LocalBoxFuture;

/// Asks for everything of the source at work. A call that failed has its line in the log already.
pub fn run<'s>(aws: &'s Aws<'_, '_>) -> LocalBoxFuture<'s, Result<(), Stop>> {
    match aws.source.name {
        "access-advisor" => Box::pin(access_advisor::run(aws)),
        "alarm-topics" => Box::pin(alarm_topics::run(aws)),
        caller_identity::NAME => Box::pin(caller_identity::run(aws)),
        "config-aggregate-details" => Box::pin(config_aggregate_details::run(aws)),
        "credential-report" => Box::pin(credential_report::run(aws)),
        "policy-validation" => Box::pin(policy_validation::run(aws)),
        regions::NAME => Box::pin(regions::run(aws)),
        "trail-events" => Box::pin(trail_events::run(aws)),
        _ => Box::pin(walk(aws)),
    }
}
