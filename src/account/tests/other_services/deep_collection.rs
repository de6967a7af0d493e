//! What only `--depth deep` collects.

use super::*;

fn users() -> Fixture {
    Fixture::new().answer(
        "iam",
        "ListUsers",
        json!({ "Users": [{ "Arn": format!("arn:aws:iam::{ACCOUNT}:user/ann") }] }),
    )
}

#[test]
fn further_credentials_are_known_only_when_every_user_was_asked_about_all_three() {
    let about = ("UserName", "ann");
    let fixture = || {
        users()
            .answer_about("iam", "ListServiceSpecificCredentials", about, json!({ "ServiceSpecificCredentials": [
                { "UserName": "ann", "Status": "Active", "CreateDate": "2024-01-01T00:00:00Z", "ServiceName": "codecommit.amazonaws.com",
                  "ServiceSpecificCredentialId": "ACCA1" }] }))
            .answer_about("iam", "ListSSHPublicKeys", about, json!({ "SSHPublicKeys": [
                { "UserName": "ann", "SSHPublicKeyId": "APKA1", "Status": "Inactive", "UploadDate": "2024-01-01T00:00:00Z" }] }))
            .answer_about("iam", "ListSigningCertificates", about, json!({ "Certificates": [] }))
    };
    let whole = account(fixture()).other_credentials;
    assert!(whole.gaps.is_empty(), "{:?}", whole.gaps);
    assert_eq!(whole.subjects.iter().map(|one| *one.active.known().unwrap()).collect::<Vec<_>>(), [false, true]);
    for operation in ["ListServiceSpecificCredentials", "ListSSHPublicKeys", "ListSigningCertificates", "ListUsers"] {
        assert!(!account(fixture().without(operation)).other_credentials.gaps.is_empty(), "{operation}");
    }
    assert!(!account(users()).other_credentials.gaps.is_empty());
}

#[test]
fn access_advisor_counts_only_when_its_job_completed() {
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/app");
    let role = json!({ "Path": "/", "RoleName": "app", "Arn": arn, "CreateDate": "2024-01-01T00:00:00Z" });
    let of = |status: &str| {
        account(
            Fixture::new()
                .answer(
                    "iam",
                    "GetAccountAuthorizationDetails",
                    json!({ "UserDetailList": [], "GroupDetailList": [],
                    "RoleDetailList": [role], "Policies": [] }),
                )
                .answer_about("iam", "GenerateServiceLastAccessedDetails", ("Arn", &arn), json!({ "JobId": "j" }))
                .answer_about(
                    "iam",
                    "GetServiceLastAccessedDetails",
                    ("JobId", "j"),
                    json!({ "JobStatus": status,
                    "ServicesLastAccessed": [{ "ServiceNamespace": "s3", "LastAuthenticated": "2026-01-01T00:00:00Z" },
                        { "ServiceNamespace": "ec2" }] }),
                ),
        )
        .role_access
        .subjects[0]
            .clone()
    };
    assert_eq!(of("COMPLETED").unused_services.known().unwrap(), &["ec2"]);
    assert_eq!(of("COMPLETED").services_allowed.known(), Some(&2));
    assert!(of("IN_PROGRESS").services_allowed.gap().is_some());
    assert!(of("FAILED").unused_services.gap().is_some());
}

#[test]
fn one_job_for_two_roles_is_about_neither() {
    let arn = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    let role =
        |name: &str| json!({ "Path": "/", "RoleName": name, "Arn": arn(name), "CreateDate": "2024-01-01T00:00:00Z" });
    let with = |second: &str| {
        let roles = json!([role("app"), role("web")]);
        let done = json!({ "JobStatus": "COMPLETED", "ServicesLastAccessed": [{ "ServiceNamespace": "ec2" }] });
        let details = json!({ "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": [] });
        let mut fixture = Fixture::new().answer("iam", "GetAccountAuthorizationDetails", details);
        for (name, job) in [("app", "j"), ("web", second)] {
            let job = json!({ "JobId": job });
            fixture = fixture.answer_about("iam", "GenerateServiceLastAccessedDetails", ("Arn", &arn(name)), job);
        }
        for job in ["j", "k"] {
            fixture = fixture.answer_about("iam", "GetServiceLastAccessedDetails", ("JobId", job), done.clone());
        }
        account(fixture).role_access.subjects
    };
    assert!(with("k").iter().all(|role| role.unused_services.known().is_some()));
    for role in with("j") {
        let reason = &role.unused_services.gap().unwrap().reason;
        assert!(reason.contains("for another role as well"), "{reason}");
    }
}
