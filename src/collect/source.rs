//! Sources that the table in `operations` cannot describe: jobs that are polled, answers that decide how the collection
//! continues, and requests built from several answers.

mod access_advisor;
mod alarm_topics;
pub mod caller_identity;
mod config_aggregate_details;
pub mod credential_report;
mod policy_validation;
pub mod regions;
mod trail_events;

use super::session::SourceError;
use super::source_context::SourceContext;
use super::walk::walk;
use futures_util::future::LocalBoxFuture;

/// Collects a source. A failed call already has its line in the log.
pub fn run<'s>(aws: &'s SourceContext<'_, '_>) -> LocalBoxFuture<'s, Result<(), SourceError>> {
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
