//! What watches over the fictional accounts, region by region: Access Analyzer, AWS Config, CloudTrail, alarms.

mod alarms;
mod analyzers;
mod config;
mod trails;

use super::{Book, REGIONS, World, aggregates};
use serde_json::{Value, json};

const DAY: &str = "2026-09-29T10:00:00+00:00";
const LONG_AGO: &str = "2026-03-02T10:00:00+00:00";

/// Adds the regional services to an account.
pub fn write(book: &mut Book<'_>, world: World) {
    for region in REGIONS {
        analyzers::write(book, region, world);
        config::write(book, region, world);
        trails::write(book, region, world);
        alarms::write(book, region, world);
        aggregates::topic(book, region, "on-call", world != World::Messy);
        aggregates::organization(book, region);
    }
    if world == World::Denied {
        deny(book);
    }
}

/// Lists that the refused collector may not call.
const REFUSED: &[(&str, &str, &str)] = &[
    ("accessanalyzer", "list-analyzers", "ListAnalyzers"),
    ("config", "describe-configuration-recorders", "DescribeConfigurationRecorders"),
    ("config", "describe-configuration-recorder-status", "DescribeConfigurationRecorderStatus"),
    ("config", "describe-delivery-channels", "DescribeDeliveryChannels"),
    ("config", "describe-delivery-channel-status", "DescribeDeliveryChannelStatus"),
    ("config", "describe-config-rules", "DescribeConfigRules"),
    ("cloudtrail", "describe-trails", "DescribeTrails"),
    ("cloudwatch", "describe-alarms", "DescribeAlarms"),
    ("logs", "describe-metric-filters", "DescribeMetricFilters"),
];

fn deny(book: &mut Book<'_>) {
    for region in REGIONS {
        for (service, stem, operation) in REFUSED {
            let place = format!("{service}/{region}/{stem}");
            let message = format!(
                "User is not authorized to perform: {service}:{operation} because no identity-based policy allows it"
            );
            book.rather(operation, &place, &[], "AccessDeniedException", &message);
        }
    }
}

/// A name that attacks in the hostile world.
fn named(world: World, plain: &str) -> String {
    match world {
        World::Hostile => format!("{plain} <script>alert(1)</script> =cmd|' /C calc'!A0"),
        _ => plain.to_owned(),
    }
}

fn texts(values: &[&str]) -> Value {
    json!(values)
}
