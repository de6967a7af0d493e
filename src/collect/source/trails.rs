//! CloudTrail's trails with their status and selectors, each once: at home.

use super::{Run, Set, Source, operation};
use crate::collect::ask::{Aws, text};
use crate::collect::session::Stop;
use serde_json::{Value, json};

/// See the module.
pub const SOURCE: Source = Source {
    name: "trails",
    set: Set::CloudTrail,
    only_with: None,
    operations: &[
        operation!("cloudtrail", "DescribeTrails"),
        operation!("cloudtrail", "GetTrailStatus"),
        operation!("cloudtrail", "GetEventSelectors"),
    ],
    run: Run::Regions(|aws| Box::pin(run(aws))),
};

async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    let trails = aws.list("DescribeTrails", json!({ "includeShadowTrails": true }), "trailList").await?;
    for trail in trails.iter().filter(|trail| is_asked_here(aws, trail)) {
        let arn = text(trail, "TrailARN");
        aws.one("GetTrailStatus", json!({ "Name": arn })).await?;
        aws.one("GetEventSelectors", json!({ "TrailName": arn })).await?;
    }
    Ok(())
}

/// A trail of several regions shows in all of them; its state is asked for at home, or, if its home is not
/// collected, in the first region that is.
fn is_asked_here(aws: &Aws<'_, '_>, trail: &Value) -> bool {
    let home = text(trail, "HomeRegion");
    let session = aws.session.borrow();
    let collected = session.regions.iter().any(|region| region == home);
    if collected { home == aws.region } else { session.regions.first() == Some(&aws.region) }
}
