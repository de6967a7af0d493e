//! AWS service principals: which ones need a condition on the source, and which ones admit people or machines.

use serde::Deserialize;
use std::sync::LazyLock;

/// A service principal with known properties.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServicePrincipal {
    /// The name before `.amazonaws.com`.
    pub service: String,
    #[cfg_attr(not(test), allow(dead_code, reason = "for the maintainer of the list"))]
    /// The AWS documentation page that recommends `aws:SourceArn` or `aws:SourceAccount`.
    pub source: String,
    #[cfg_attr(not(test), allow(dead_code, reason = "for the maintainer of the list"))]
    /// The date on which the page was checked; `None` if not since it was listed.
    pub read: Option<String>,
    /// Who is admitted through it, if not only the service; the subject of a sentence.
    pub through: Option<String>,
    /// The same, as a name.
    pub party: Option<String>,
    /// Other condition keys that limit for whom it acts, in lower case; a final `*` matches any suffix.
    #[serde(default)]
    pub also: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "for the maintainer of the list")]
    checked: String,
    service: Vec<ServicePrincipal>,
}

static FILE: LazyLock<File> = LazyLock::new(|| {
    toml::from_str(include_str!("../../data/policy/service-principals.toml")).expect("the tests read the same text")
});

/// What is known of a principal such as `states.eu-west-1.amazonaws.com`.
pub fn known(principal: &str) -> Option<&'static ServicePrincipal> {
    let lower = principal.to_ascii_lowercase();
    let name = lower.strip_suffix(".amazonaws.com").or_else(|| lower.strip_suffix(".amazonaws.com.cn"))?;
    // A Region may follow the service's name.
    let regional = |known: &ServicePrincipal| {
        name.strip_prefix(known.service.as_str())
            .and_then(|rest| rest.strip_prefix('.'))
            .is_some_and(|region| region.contains('-') && !region.contains('.'))
    };
    FILE.service.iter().find(|known| known.service == name || regional(known))
}

/// Who is admitted through this principal, if not only the service; the subject of a sentence.
pub fn through(principal: &str) -> Option<&'static str> {
    known(principal)?.through.as_deref()
}

/// The same, as a name.
pub fn party(principal: &str) -> Option<&'static str> {
    known(principal)?.party.as_deref()
}

/// Whether a key, in lower case, limits for whom this principal acts, besides the source keys.
pub fn is_limited_by(principal: &str, key: &str) -> bool {
    known(principal).is_some_and(|known| {
        known.also.iter().any(|also| match also.strip_suffix('*') {
            Some(start) => key.starts_with(start),
            None => also == key,
        })
    })
}

/// IAM Roles Anywhere takes tags and the source identity from the caller's certificate.
pub fn is_roles_anywhere(principal: &str) -> bool {
    known(principal).is_some_and(|known| known.service == "rolesanywhere")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_listed_service_names_the_page_that_asks_for_the_condition() {
        for one in &FILE.service {
            assert!(one.source.starts_with("https://docs.aws.amazon.com/"), "{one:?}");
            assert_eq!(one.through.is_some(), one.party.is_some(), "{one:?}");
            assert!(one.read.as_ref().is_none_or(|date| date.len() == "2026-11-28".len()), "{one:?}");
        }
        let mut names: Vec<&str> = FILE.service.iter().map(|one| one.service.as_str()).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "a service is listed twice");
        let unread: Vec<&str> =
            FILE.service.iter().filter(|one| one.read.is_none()).map(|one| one.service.as_str()).collect();
        assert_eq!(unread, ["bedrock", "codebuild", "firehose"], "pages that were not read again");
    }

    #[test]
    fn the_control_page_names_every_service() {
        let page = include_str!("../../controls/service-roles-name-their-source.md");
        let list = page.split("The services are: ").nth(1).and_then(|rest| rest.split(", each also").next());
        let mut named: Vec<&str> = list.unwrap_or_default().split(", ").flat_map(|part| part.split(" and ")).collect();
        let mut listed: Vec<&str> = FILE.service.iter().map(|one| one.service.as_str()).collect();
        named.sort_unstable();
        listed.sort_unstable();
        assert_eq!(named, listed);
    }

    #[test]
    fn services_whose_guides_ask_for_no_source_are_not_asked() {
        for one in [
            "glue",
            "codepipeline",
            "lambda",
            "ec2",
            "cloudformation",
            "cloudtrail",
            "elasticmapreduce",
            "transcribe",
            "monitoring.rds",
        ] {
            assert!(known(&format!("{one}.amazonaws.com")).is_none(), "{one}");
        }
        for one in ["dms", "rds", "directoryservice.rds", "airflow-env", "textract", "eks-fargate-pods", "es"] {
            assert!(known(&format!("{one}.amazonaws.com")).is_some(), "{one}");
        }
    }

    #[test]
    fn a_region_may_follow_the_name_and_another_service_may_not() {
        assert!(known("logs.eu-west-1.amazonaws.com").is_some());
        assert!(known("Logs.amazonaws.com").is_some());
        assert!(known("codebuild.amazonaws.com.cn").is_some());
        assert!(known("delivery.logs.amazonaws.com").is_none());
        assert!(known("rds.eu-west-1.amazonaws.com").is_some());
        assert!(known("eks.amazonaws.com").is_none(), "pods.eks is another principal");
        assert_eq!(known("credentials.iot.amazonaws.com").unwrap().service, "credentials.iot");
        assert_eq!(known("iot.amazonaws.com").unwrap().service, "iot");
        assert!(known("iot.data.amazonaws.com").is_none());
        assert!(through("lambda.amazonaws.com").is_none());
    }
}
