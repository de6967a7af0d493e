//! The organization: accounts with their state, the tree of units, delegated administrators, trusted services.

use super::{Run, Set, Source, operation};
use crate::collect::ask::{Aws, text};
use crate::collect::session::Stop;
use serde_json::json;
use std::collections::BTreeSet;

/// See the module.
pub const SOURCE: Source = Source {
    name: "organization",
    set: Set::Organizations,
    only_with: None,
    operations: &[
        operation!("organizations", "DescribeOrganization"),
        operation!("organizations", "ListAccounts"),
        operation!("organizations", "ListRoots"),
        operation!("organizations", "ListOrganizationalUnitsForParent"),
        operation!("organizations", "ListAccountsForParent"),
        operation!("organizations", "ListDelegatedAdministrators"),
        operation!("organizations", "ListDelegatedServicesForAccount"),
        operation!("organizations", "ListAWSServiceAccessForOrganization"),
        operation!("organizations", "DescribeResourcePolicy"),
    ],
    run: Run::Once(|aws| Box::pin(run(aws))),
};

async fn run(aws: &Aws<'_, '_>) -> Result<(), Stop> {
    if aws.one("DescribeOrganization", json!({})).await?.is_none() {
        return Ok(());
    }
    aws.pages("ListAccounts", json!({})).await?;
    let roots = aws.list("ListRoots", json!({}), "Roots").await?;
    let mut parents: Vec<String> = roots.iter().map(|root| text(root, "Id").to_owned()).collect();
    let mut seen = BTreeSet::new();
    while let Some(parent) = parents.pop() {
        // A tree has no rings; whoever answers may not be AWS.
        if !seen.insert(parent.clone()) {
            continue;
        }
        let below = json!({ "ParentId": parent });
        aws.pages("ListAccountsForParent", below.clone()).await?;
        let units = aws.list("ListOrganizationalUnitsForParent", below, "OrganizationalUnits").await?;
        parents.extend(units.iter().map(|unit| text(unit, "Id").to_owned()));
    }
    for admin in aws.list("ListDelegatedAdministrators", json!({}), "DelegatedAdministrators").await? {
        aws.pages("ListDelegatedServicesForAccount", json!({ "AccountId": text(&admin, "Id") })).await?;
    }
    aws.pages("ListAWSServiceAccessForOrganization", json!({})).await?;
    aws.one("DescribeResourcePolicy", json!({})).await?;
    Ok(())
}
