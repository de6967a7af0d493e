//! From a folder of AWS CLI output to facts, through the public functions only.

use auditpack::testing::account::{self, fact::GapKind};
use auditpack::testing::policy::trust::TrustSettings;
use auditpack::testing::snapshot::{
    Snapshot,
    import::{Known, import},
};
use std::fs;

const EMPTY: &str = r#"{ "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": [] }"#;

#[test]
fn what_was_not_collected_is_a_gap_and_what_was_is_known() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("answers"), dir.path().join("snapshot"));
    fs::create_dir_all(from.join("iam")).unwrap();
    fs::write(from.join("iam/get-account-authorization-details.json"), EMPTY).unwrap();
    fs::write(
        from.join("iam/list-users.stderr"),
        "An error occurred (AccessDenied) when calling the ListUsers operation: no",
    )
    .unwrap();
    fs::write(from.join("iam/list-users.exit"), "254\n").unwrap();
    let now = "2026-11-22T06:00:00Z".parse().unwrap();
    import(&from, &to, now, &Known { account: Some("111122223333"), ..Known::default() }).unwrap();

    let snapshot = Snapshot::open(&to).unwrap();
    let account = account::read(&snapshot, None, &TrustSettings::default()).unwrap();
    assert_eq!(account.id, "111122223333");
    // A supplied answer with empty lists may have been filtered, and no other source counts policies here.
    assert!(account.policies.subjects.is_empty() && !account.policies.gaps.is_empty(), "not known to be none");
    let kinds: Vec<GapKind> = account.users.gaps.iter().map(|gap| gap.kind.clone()).collect();
    assert!(kinds.contains(&GapKind::NotCollected) && kinds.contains(&GapKind::Denied), "{kinds:?}");
    let order: Vec<String> = account.gaps.iter().map(|gap| gap.evidence.to_string()).collect();
    assert_eq!(order.first().map(String::as_str), Some("sts:GetCallerIdentity"));
    assert_eq!(order.len(), 26, "{order:?}");

    // The same evidence, the same facts.
    let again = account::read(&Snapshot::open(&to).unwrap(), None, &TrustSettings::default()).unwrap();
    assert_eq!(format!("{account:?}"), format!("{again:?}"));
}
