//! What watches over the fictional accounts, region by region: Access Analyzer, AWS Config, CloudTrail, alarms.
//!
//! Each account is drawn from a [`World`]; what differs between a tidy and a messy one stands there and nowhere else.

mod alarms;
mod analyzers;
mod config;
mod trails;

use super::{Book, REGIONS};
use crate::Account;
use serde_json::{Value, json};

const DAY: &str = "2026-09-29T10:00:00+00:00";
const LONG_AGO: &str = "2026-03-02T10:00:00+00:00";

/// How an account is watched over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    Tidy,
    Messy,
    /// Tidy in what it does, and every text attacks what prints it; filters nearly do what they should.
    Hostile,
    /// Nothing was ever set up.
    Bare,
    /// Tidy, and the collector may not look.
    Denied,
}

/// Adds the regional services to an account.
pub fn with_evidence(mut account: Account, world: World) -> Account {
    let number = account.caller().split(':').nth(4).unwrap_or_default().to_owned();
    let mut book = Book { account: &mut account, number };
    regions(&mut book);
    for region in REGIONS {
        analyzers::write(&mut book, region, world);
        config::write(&mut book, region, world);
        trails::write(&mut book, region, world);
        alarms::write(&mut book, region, world);
    }
    if matches!(world, World::Messy | World::Bare) {
        let message = "Your account is not a member of an organization.";
        book.refuse(
            "DescribeOrganization",
            "organizations/describe-organization",
            &[],
            "AWSOrganizationsNotInUseException",
            message,
        );
    }
    if world == World::Denied {
        deny(&mut book);
    }
    account
}

fn regions(book: &mut Book<'_>) {
    let region = |name: &str, status: &str| json!({ "RegionName": name, "RegionOptStatus": status });
    let regions = [
        region("ap-southeast-3", "DISABLED"),
        region("eu-west-1", "ENABLED_BY_DEFAULT"),
        region("us-east-1", "ENABLED_BY_DEFAULT"),
    ];
    book.put("account/list-regions", &[], json!({ "Regions": regions }));
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
            book.account.answers.remove(&place);
            let message = format!(
                "User is not authorized to perform: {service}:{operation} because no identity-based policy allows it"
            );
            book.refuse(operation, &place, &[], "AccessDeniedException", &message);
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
