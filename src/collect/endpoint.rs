//! Service endpoints: AWS's endpoint rules, reduced to a table.

use super::client::partition_of;
use crate::wire::shape::{SHAPES, Service};

/// A URL and the signing Region of requests to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub url: String,
    pub region: String,
}

/// The endpoint of a service in a Region, or the partition's only one.
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

/// The signing Region of a partition's global services.
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
    fn regions_partitions_and_variants_have_the_right_endpoints() {
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

    /// Some calls use the SDK's endpoint rules and some use the table, so both must agree.
    #[test]
    fn the_table_agrees_with_the_sdk() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let regions = ["us-east-1", "ap-southeast-2", "cn-north-1", "us-gov-east-1", "eusc-de-east-1", "us-iso-east-1"];
        let variants = [(false, false), (true, false), (false, true), (true, true)];
        let all = || regions.iter().flat_map(|region| variants.map(|(fips, dual)| (*region, fips, dual)));
        macro_rules! agrees {
            ($service:literal, $sdk:ident) => {{
                use $sdk::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
                let mut compared = 0;
                for (region, fips, dual) in all() {
                    let asked = Params::builder().region(region).use_fips(fips).use_dual_stack(dual).build().unwrap();
                    // Not every partition has every variant.
                    let Ok(sdk) = runtime.block_on(DefaultResolver::new().resolve_endpoint(&asked)) else { continue };
                    assert_eq!(url($service, region, fips, dual).0, sdk.url(), "{region} fips {fips} dual {dual}");
                    compared += 1;
                }
                assert!(compared >= 12, "{}: {compared}", $service);
            }};
        }
        agrees!("iam", aws_sdk_iam);
        agrees!("accessanalyzer", aws_sdk_accessanalyzer);
        agrees!("config", aws_sdk_config);
    }

    #[test]
    fn global_services_are_signed_for_the_partitions_global_region() {
        for (region, home, account) in [
            ("eu-west-1", "us-east-1", "account.us-east-1.amazonaws.com"),
            ("cn-north-1", "cn-northwest-1", "account.cn-northwest-1.amazonaws.com.cn"),
            ("us-gov-east-1", "us-gov-west-1", "account.us-gov-west-1.amazonaws.com"),
            ("eusc-de-east-1", "eusc-de-east-1", "account.eusc-de-east-1.amazonaws.eu"),
        ] {
            assert_eq!(global_region(region), home);
            for service in ["account", "organizations"] {
                let host = account.replacen("account", service, 1);
                assert_eq!(
                    url(service, region, false, false),
                    (format!("https://{host}"), home.to_owned()),
                    "{service}"
                );
            }
        }
    }
}
