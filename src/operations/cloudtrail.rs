//! CloudTrail: its trails, and the events of the last 90 days.

use super::row::{About, Calls, Constant, List, Only, Operation, ValueFrom, list_in, operation};
use super::{Extra, Set, Source};

const TRAILS: &[List] = &[list_in("cloudtrail", "DescribeTrails", "trailList")];

pub(super) static SOURCES: &[Source] = &[
    Source::regional(
        "trails",
        Set::CloudTrail,
        &[
            cloudtrail("DescribeTrails", "CloudTrail trails").with(&[("includeShadowTrails", Constant::True)]),
            cloudtrail("GetTrailStatus", "Status of CloudTrail trails")
                .each(TRAILS, &[("Name", ValueFrom::Member("TrailARN"))])
                .only(Only::InHomeRegion("HomeRegion")),
            cloudtrail("GetEventSelectors", "CloudTrail event selectors")
                .each(TRAILS, &[("TrailName", ValueFrom::Member("TrailARN"))])
                .only(Only::InHomeRegion("HomeRegion")),
        ],
    ),
    Source::regional(
        "trail-events",
        Set::CloudTrail,
        &[cloudtrail("LookupEvents", "CloudTrail event history").calls(Calls::ByCode(About::Attribute, &[]))],
    )
    .only_with(Extra::Events),
];

const fn cloudtrail(name: &'static str, title: &'static str) -> Operation {
    operation("cloudtrail", name, title)
}
