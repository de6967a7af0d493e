//! Where a service is reached: AWS's own endpoint rules, reduced to a table.

use super::client::partition_of;
use super::wire::shape::{SHAPES, Service};

/// A URL and the region that requests to it are signed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub url: String,
    pub region: String,
}

/// The endpoint of a service for a region; where the partition has only one, that one.
pub fn endpoint(service: &Service, region: &str, fips: bool, dual: bool) -> Endpoint {
    let variant = format!("{}{}", if fips { " fips" } else { "" }, if dual { " dual" } else { "" });
    let partition = partition_of(region);
    if let Some((url, region)) = service.endpoint.fixed.get(&format!("{partition}{variant}")) {
        return Endpoint { url: url.clone(), region: region.clone() };
    }
    let region = region.to_owned();
    if let Some(url) = service.endpoint.differ.get(&format!("{region}{variant}")) {
        return Endpoint { url: url.clone(), region };
    }
    let known = SHAPES.partitions.iter().find(|known| known.id == partition);
    let suffix = known.map_or("amazonaws.com", |known| if dual { &known.dual_suffix } else { &known.suffix });
    let prefix = &service.endpoint.prefix;
    Endpoint { url: format!("https://{prefix}{}.{region}.{suffix}", if fips { "-fips" } else { "" }), region }
}

/// Where the services that a partition has once are signed for.
pub fn global_region(region: &str) -> &'static str {
    let partition = partition_of(region);
    SHAPES.partitions.iter().find(|known| known.id == partition).map_or("us-east-1", |known| &known.global_region)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(service: &str, region: &str, fips: bool, dual: bool) -> (String, String) {
        let found = endpoint(&SHAPES.services[service], region, fips, dual);
        (found.url, found.region)
    }

    #[test]
    fn regions_partitions_and_variants_lead_to_their_endpoints() {
        let is =
            |found: (String, String), url: &str, region: &str| assert_eq!(found, (url.to_owned(), region.to_owned()));
        is(url("config", "eu-west-3", false, false), "https://config.eu-west-3.amazonaws.com", "eu-west-3");
        is(url("config", "us-east-2", true, false), "https://config-fips.us-east-2.amazonaws.com", "us-east-2");
        is(url("config", "us-gov-west-1", true, false), "https://config.us-gov-west-1.amazonaws.com", "us-gov-west-1");
        is(url("logs", "cn-north-1", false, false), "https://logs.cn-north-1.amazonaws.com.cn", "cn-north-1");
        is(url("ec2", "eu-west-1", false, true), "https://ec2.eu-west-1.api.aws", "eu-west-1");
        is(url("cloudwatch", "eu-west-1", false, false), "https://monitoring.eu-west-1.amazonaws.com", "eu-west-1");
        is(
            url("organizations", "eu-west-1", false, false),
            "https://organizations.us-east-1.amazonaws.com",
            "us-east-1",
        );
        is(
            url("organizations", "cn-north-1", false, false),
            "https://organizations.cn-northwest-1.amazonaws.com.cn",
            "cn-northwest-1",
        );
        is(url("iam", "us-gov-east-1", false, false), "https://iam.us-gov.amazonaws.com", "us-gov-west-1");
        is(
            url("sso-admin", "eusc-de-east-1", false, false),
            "https://sso.eusc-de-east-1.amazonaws.eu",
            "eusc-de-east-1",
        );
        assert_eq!(global_region("ap-south-1"), "us-east-1");
    }
}
