//! Some answers of AWS do not repeat what they are about. A control that rests on one says so.

use crate::support::{auditpack, only_pack, ran};
use std::fs;

/// Operations that are requested about one thing and whose answers do not name it (botocore's output shapes).
const UNNAMED: &[&str] = &[
    "access-analyzer:ListArchiveRules",
    "access-analyzer:ListFindings",
    "access-analyzer:ListFindingsV2",
    "cloudtrail:GetTrailStatus",
    "iam:GenerateServiceLastAccessedDetails",
    "iam:GetServiceLastAccessedDetails",
    "iam:GetSAMLProvider",
    "iam:ListEntitiesForPolicy",
    "organizations:ListAccountsForParent",
    "organizations:ListDelegatedServicesForAccount",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListTargetsForPolicy",
    "sso:GetInlinePolicyForPermissionSet",
    "sso:ListAccountsForProvisionedPermissionSet",
    "sso:ListCustomerManagedPolicyReferencesInPermissionSet",
    "sso:ListManagedPoliciesInPermissionSet",
];

#[test]
fn a_control_that_rests_on_an_answer_without_its_subject_states_that_limit() {
    let mut pages = 0;
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/controls")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "md") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let (page, limits) = text.split_once("## Limits").unwrap();
        for operation in UNNAMED.iter().filter(|operation| page.contains(&format!("`{operation}`"))) {
            let said = format!("The answer of `{operation}` does not repeat the ");
            assert!(
                limits.contains(&said) && limits.contains("that is not noticed"),
                "{}: {operation}",
                path.display()
            );
            pages += 1;
        }
    }
    assert!(pages > 15, "{pages}");
}

#[test]
fn the_scope_page_and_the_snapshot_say_what_their_integrity_does_not_cover() {
    let out = tempfile::tempdir().unwrap();
    ran(auditpack().args(["run", "--no-pdf", "--sample", "tidy-startup", "--out"]).arg(out.path()));
    let pack = only_pack(out.path());
    let index = fs::read_to_string(pack.join("index.html")).unwrap();
    for said in ["do not repeat what they were requested about", "without an HTTP response"] {
        assert!(index.contains(said), "{said}");
    }
}
