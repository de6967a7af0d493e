//! Verdicts as an auditor reads them, on hand-made accounts.

use auditpack::testing::account::Account;
use auditpack::testing::account::fact::{Kind, Observed};
use auditpack::testing::assess::{Assessment, ControlResult, Verdict, assess};
use auditpack::testing::catalog::{Catalog, Overrides, ParameterValue, load};
use jiff::SignedDuration;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::LazyLock;

mod accounts;
mod attestations;
mod counts;
mod exceptions;
mod other_services;
mod regional;
use accounts::*;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| load(None, &Overrides::new()).unwrap());

fn result_of<'a>(assessment: &'a Assessment, catalog: &Catalog, id: &str) -> &'a ControlResult {
    let index = catalog.controls.iter().position(|control| control.id == id).unwrap_or_else(|| panic!("no {id}"));
    let result = &assessment.controls[index];
    assert_eq!(result.control, index, "results are in the catalog's order");
    result
}

fn judge(account: &Account, id: &str) -> (Verdict, String) {
    let assessment = assess(account, &CATALOG);
    let result = result_of(&assessment, &CATALOG, id);
    (result.verdict, result.conclusion.clone())
}

/// A catalogue with one more control, about users.
fn with_criterion(in_scope: Option<&str>, passes: &str) -> Catalog {
    with_sentence(in_scope, passes, "x")
}

/// The same, with what a failure says.
fn with_sentence(in_scope: Option<&str>, passes: &str, fails_because: &str) -> Catalog {
    let folder = tempfile::tempdir().unwrap();
    let in_scope = in_scope.map_or(String::new(), |criterion| format!("in_scope = \"{criterion}\"\n"));
    let page = format!(
        "+++\nid = \"our-own\"\ntitle = \"T\"\nseverity = \"low\"\nsection = \"Roles\"\norder = 1\nsubject = \"user\"\n\
         {in_scope}passes = \"{passes}\"\nfails_because = \"{fails_because}\"\n+++\n## Requirement\na\n## Why it matters\na\n\
         ## How it is tested\na\n## How to fix it\na\n## Limits\na\n"
    );
    std::fs::write(folder.path().join("our-own.md"), page).unwrap();
    load(Some(folder.path()), &Overrides::new()).unwrap_or_else(|problems| panic!("{problems}"))
}

/// What a user that is known to be true, known to be false, or not known makes of a criterion.
fn verdicts(passes: &str, spoil: &[fn(&mut Account)]) -> Vec<Verdict> {
    let catalog = with_criterion(None, passes);
    let judge = |spoil: &fn(&mut Account)| {
        let mut account = tidy();
        spoil(&mut account);
        result_of(&assess(&account, &catalog), &catalog, "our-own").verdict
    };
    spoil.iter().map(judge).collect()
}

#[test]
fn a_tidy_account_passes_every_control() {
    let assessment = assess(&tidy(), &CATALOG);
    assert_eq!(assessment.controls.len(), CATALOG.controls.len());
    for (result, control) in assessment.controls.iter().zip(&CATALOG.controls) {
        // What a person decides nobody has decided yet, and that is no pass.
        let manual = control.review().is_some();
        let verdict = if manual { Verdict::Manual } else { Verdict::Pass };
        assert_eq!(result.verdict, verdict, "{}: {}", control.id, result.conclusion);
        assert!(result.gaps.is_empty() && result.population.complete, "{}", control.id);
        let counts = (result.population.passed, result.population.manual);
        assert_eq!(counts, if manual { (0, 1) } else { (1, 0) }, "{}", control.id);
    }
}

type Spoil = fn(&mut Account);

/// How each control is failed, and what the pack says then.
const FAILURES: &[(&str, Spoil, &str)] = &[
    (
        "root-has-no-access-keys",
        |a| {
            a.root.subjects[0].has_access_key = known(true);
            a.root.subjects[0].access_keys_found = known("access key 1 is active".into());
        },
        "The root user has an access key: access key 1 is active.",
    ),
    (
        "root-has-mfa",
        |a| {
            a.root.subjects[0].mfa_enabled = known(false);
            a.root.subjects[0].password_present = known(false);
            a.root.subjects[0].sign_in = known("it has no password and cannot sign in".into());
        },
        "No MFA device is registered for the root user; it has no password and cannot sign in.",
    ),
    (
        "root-sign-in-has-mfa-or-is-removed",
        |a| a.root.subjects[0].mfa_enabled = known(false),
        "The root user can sign in with a password and has no MFA device.",
    ),
    (
        "root-mfa-is-hardware",
        |a| a.root.subjects[0].virtual_mfa_devices = known(1),
        "Virtual MFA devices are registered for the root user: 1.",
    ),
    (
        "root-is-not-used-day-to-day",
        |a| {
            a.root.subjects[0].last_used = known(Some(ago(days(3))));
            a.root.subjects[0].last_known_use = known(Some(ago(days(3))));
        },
        "The root user was last used on 2026-11-19 05:56:27 UTC, within the 90 days before 2026-11-22 05:56:27 UTC.",
    ),
    (
        "passwords-have-a-minimum-length",
        |a| a.password_policy.subjects[0].minimum_length = known(13),
        "The password policy asks for 13 characters; the requirement is 14.",
    ),
    (
        "passwords-are-not-reused",
        |a| a.password_policy.subjects[0].reuse_prevention = known(None),
        "No earlier passwords are remembered; the requirement is 24 passwords.",
    ),
    (
        "passwords-need-an-upper-case-letter",
        |a| {
            a.password_policy.subjects[0].requires_uppercase = known(false);
            a.password_policy.subjects[0].exists = known(false);
        },
        "An upper-case letter is not required: no password policy is set.",
    ),
    (
        "passwords-need-a-lower-case-letter",
        |a| a.password_policy.subjects[0].requires_lowercase = known(false),
        "A lower-case letter is not required.",
    ),
    (
        "passwords-need-a-symbol",
        |a| a.password_policy.subjects[0].requires_symbol = known(false),
        "A symbol is not required.",
    ),
    (
        "passwords-need-a-number",
        |a| a.password_policy.subjects[0].requires_number = known(false),
        "A number is not required.",
    ),
    (
        "passwords-expire",
        |a| a.password_policy.subjects[0].maximum_age = known(Some(91)),
        "Days until a password expires: 91; the limit is 90 days.",
    ),
    (
        "password-policy-is-strong",
        |a| a.password_policy.subjects[0].requires_symbol = known(false),
        "The password policy does not require: a symbol.",
    ),
    (
        "console-users-have-mfa",
        |a| a.users.subjects[0].mfa_active = known(false),
        "1 of 1 IAM users in scope fails: ada has a console password and no active MFA device.",
    ),
    (
        "every-user-has-mfa",
        |a| a.users.subjects[0].mfa_active = known(false),
        "1 of 1 IAM users in scope fails: ada has no active MFA device.",
    ),
    (
        "unused-credentials-are-disabled",
        |a| a.credentials.subjects.push(credential("bob", days(45))),
        "1 of 2 user credentials in scope fails.",
    ),
    (
        "dormant-credentials-are-disabled",
        |a| a.credentials.subjects.push(credential("bob", days(90))),
        "1 of 2 user credentials in scope fails.",
    ),
    (
        "access-keys-are-rotated",
        |a| a.access_keys.subjects[0] = access_key("ada", days(91)),
        "1 of 1 access keys in scope fails: access key 1 of ada is 91 days old (created on 2026-08-23 05:56:27 UTC); the limit is 90 days.",
    ),
    (
        "users-have-one-active-access-key",
        |a| a.users.subjects[0].active_access_keys = known(2),
        "1 of 1 IAM users in scope fails: ada has 2 active access keys; the limit is 1.",
    ),
    (
        "access-keys-are-not-made-with-the-user",
        |a| a.users.subjects[0].access_keys_made_with_user = known(1),
        "1 of 1 IAM users in scope fails: ada has a console password and active access keys that were made with the user: 1.",
    ),
    (
        "permissions-come-through-groups",
        |a| a.users.subjects[0].inline_policies = texts(&["own"]),
        "1 of 1 IAM users in scope fails: policies are given to ada directly: attached none; inline own.",
    ),
    (
        "no-attached-policy-grants-full-administration",
        |a| a.policies.subjects[0].grants_full_admin = known(true),
        "1 of 1 policies in scope fails: policy Deploy (customer managed) allows none; held by role Deploy.",
    ),
    (
        "customer-policies-grant-no-full-administration",
        |a| {
            a.policies.subjects[0].grants_full_admin = known(true);
            a.policies.subjects[0].attachments = known(0);
        },
        "1 of 1 policies in scope fails: customer managed policy Deploy allows none (attached to users, groups and roles: 0).",
    ),
    (
        "cloudshell-full-access-is-not-attached",
        |a| a.account.subjects[0].cloudshell_full_access_principals = texts(&["role Dev", "user ada"]),
        "AWSCloudShellFullAccess is attached to role Dev and user ada.",
    ),
    (
        "policies-are-managed-not-inline",
        |a| a.principals.subjects[0].inline_policies = texts(&["own"]),
        "1 of 1 users, groups and roles in scope fails: role Deploy has inline policies: own.",
    ),
    (
        "a-support-role-exists",
        |a| a.account.subjects[0].support_roles = texts(&[]),
        "No role holds the AWS managed policy AWSSupportAccess.",
    ),
    (
        "support-access-is-assigned",
        |a| a.account.subjects[0].support_principals = texts(&[]),
        "No user, group or role holds the AWS managed policy AWSSupportAccess.",
    ),
    (
        "server-certificates-are-not-expired",
        |a| a.server_certificates.subjects[0] = certificate("web", ago(days(1))),
        "1 of 1 IAM server certificates in scope fails: certificate web expired on 2026-11-21 05:56:27 UTC.",
    ),
    (
        "nobody-can-escalate",
        |a| a.principals.subjects[0].escalation_paths = texts(&["Writes an inline policy"]),
        "1 of 1 users and roles in scope fails: role Deploy has privilege escalation paths: Writes an inline policy.",
    ),
    (
        "nobody-passes-every-role",
        |a| a.principals.subjects[0].passes_every_role = texts(&["statement 1 of policy Deploy"]),
        "1 of 1 users and roles in scope fails: role Deploy can pass every role to every service, by statement 1 of policy Deploy.",
    ),
    (
        "no-paths-to-administrator",
        |a| {
            a.principals.subjects[0].path_to_administrator = known("unconditional".into());
            a.principals.subjects[0].way_to_administrator = texts(&["role/Deploy becomes role/admin (assumes it)"]);
        },
        "1 of 1 users and roles in scope fails: role Deploy has a path to administrator (unconditional): role/Deploy becomes role/admin (assumes it).",
    ),
    (
        "nobody-assumes-every-role",
        |a| a.principals.subjects[0].assumes_every_role = texts(&["sts:AssumeRole by statement 1 of policy Deploy"]),
        "1 of 1 users and roles in scope fails: role Deploy can assume every role that lets it in: sts:AssumeRole by statement 1 of policy Deploy.",
    ),
    (
        "nobody-reads-every-secret",
        |a| {
            a.principals.subjects[0].reads_every_secret =
                texts(&["secretsmanager:GetSecretValue by statement 1 of policy Deploy"])
        },
        "1 of 1 users and roles in scope fails: role Deploy can read every secret: secretsmanager:GetSecretValue by statement 1 of policy Deploy.",
    ),
    (
        "nobody-reads-every-parameter",
        |a| {
            a.principals.subjects[0].reads_every_parameter =
                texts(&["ssm:GetParameter by statement 1 of policy Deploy"])
        },
        "1 of 1 users and roles in scope fails: role Deploy can read every parameter: ssm:GetParameter by statement 1 of policy Deploy.",
    ),
    (
        "nobody-reads-every-object",
        |a| a.principals.subjects[0].reads_every_object = texts(&["s3:GetObject by statement 1 of policy Deploy"]),
        "1 of 1 users and roles in scope fails: role Deploy can read every object: s3:GetObject by statement 1 of policy Deploy.",
    ),
    (
        "nobody-decrypts-with-every-key",
        |a| a.principals.subjects[0].decrypts_with_every_key = texts(&["kms:Decrypt by statement 1 of policy Deploy"]),
        "1 of 1 users and roles in scope fails: role Deploy can decrypt with every KMS key: kms:Decrypt by statement 1 of policy Deploy.",
    ),
    (
        "new-principals-get-a-permissions-boundary",
        |a| a.principals.subjects[0].creates_principals_freely = texts(&["iam:CreateRole"]),
        "1 of 1 users and roles in scope fails: role Deploy may make users or roles without a permissions boundary: iam:CreateRole.",
    ),
    (
        "granting-permissions-is-separate-from-audit-records",
        |a| {
            a.principals.subjects[0].administers_iam = texts(&["iam:PutRolePolicy"]);
            a.principals.subjects[0].administers_audit_trail = texts(&["cloudtrail:StopLogging"]);
        },
        "1 of 1 users and roles in scope fails: role Deploy may give permissions (iam:PutRolePolicy) and stop the records of it (cloudtrail:StopLogging).",
    ),
    (
        "key-administration-is-separate-from-key-use",
        |a| {
            a.principals.subjects[0].administers_keys = texts(&["kms:PutKeyPolicy"]);
            a.principals.subjects[0].uses_keys = texts(&["kms:Decrypt"]);
        },
        "1 of 1 users and roles in scope fails: role Deploy may administer all keys (kms:PutKeyPolicy) and use them (kms:Decrypt).",
    ),
    (
        "policies-grant-no-whole-service",
        |a| a.policies.subjects[0].full_service_access = texts(&["statement 1 allows s3:*"]),
        "1 of 1 policies in scope fails: customer managed policy Deploy grants whole services: statement 1 allows s3:*.",
    ),
    (
        "policies-name-what-they-allow",
        |a| a.policies.subjects[0].allows_by_not_resource = texts(&["statement 1"]),
        "1 of 1 policies in scope fails: customer managed policy Deploy allows by exception; actions: none; resources: statement 1.",
    ),
    (
        "customer-policies-are-in-use",
        |a| a.policies.subjects[0].attachments = known(0),
        "1 of 1 policies in scope fails: customer managed policy Deploy is neither attached nor used as a permissions boundary; non-default versions that grant full administration: none.",
    ),
    (
        "roles-are-not-open-to-everyone",
        |a| a.roles.subjects[0].open_to_everyone = texts(&["statement 1"]),
        "1 of 1 IAM roles in scope fails: role Deploy can be assumed by everyone: statement 1.",
    ),
    (
        "roles-trust-no-unknown-account-without-an-external-id",
        |a| {
            a.roles.subjects[0].other_accounts_without_external_id = texts(&["999988887777"]);
            a.roles.subjects[0].third_party_without_external_id = known(true);
        },
        "1 of 1 IAM roles in scope fails: role Deploy can be assumed without an external ID by: 999988887777.",
    ),
    (
        "federated-roles-name-whom-they-accept",
        |a| a.roles.subjects[0].saml_without_audience = texts(&["statement 1"]),
        "1 of 1 IAM roles in scope fails: role Deploy accepts SAML assertions for any audience: statement 1.",
    ),
    (
        "service-roles-name-their-source",
        |a| a.roles.subjects[0].services_without_source = texts(&["codebuild.amazonaws.com"]),
        "1 of 1 IAM roles in scope fails: role Deploy has no aws:SourceAccount or aws:SourceArn condition for codebuild.amazonaws.com.",
    ),
    (
        "role-sessions-are-short",
        |a| {
            a.roles.subjects[0].administrator = known(true);
            a.roles.subjects[0].maximum_session_seconds = known(3601);
        },
        "1 of 1 IAM roles in scope fails: the maximum session duration of role Deploy is 3601 seconds; the limit is 12 hours (session_seconds), for administrator roles 1 hour (administrator_session_seconds).",
    ),
    (
        "unused-roles-are-removed",
        |a| {
            a.roles.subjects[0].created = known(ago(days(400)));
            a.roles.subjects[0].last_used = known(Some(ago(days(91))));
        },
        "1 of 1 IAM roles in scope fails: role Deploy was not used within 90 days (last use: 2026-08-23 05:56:27 UTC).",
    ),
    (
        "roles-say-what-they-are-for",
        |a| a.roles.subjects[0].description = known(None),
        "1 of 1 IAM roles in scope fails: role Deploy has neither a description nor the tag Purpose.",
    ),
    (
        "customer-policies-say-what-they-are-for",
        |a| a.policies.subjects[0].description = known(None),
        "1 of 1 policies in scope fails: customer managed policy Deploy has neither a description nor the tag Purpose.",
    ),
    (
        "groups-have-members",
        |a| a.groups.subjects[0].known_users = texts(&[]),
        "1 of 1 IAM groups in scope fails: group staff has no member.",
    ),
    (
        "administrator-groups-are-small-and-have-mfa",
        |a| {
            a.groups.subjects[0].administrator = known(true);
            a.groups.subjects[0].members_without_mfa = texts(&["ada"]);
        },
        "1 of 1 IAM groups in scope fails: group staff gives 1 member full administration (limit: 5); members without MFA: ada.",
    ),
];

/// Controls that the hand-made account is seen to pass, and to fail where it is spoiled.
pub fn seen_on_hand_made_accounts() -> Vec<(String, &'static str)> {
    let passed = assess(&tidy(), &CATALOG);
    let of = |result: &ControlResult| CATALOG.controls[result.control].id.clone();
    let passes = passed.controls.iter().filter(|result| result.verdict == Verdict::Pass).map(|one| (of(one), "pass"));
    let all = FAILURES.iter().chain(regional::FAILURES).chain(other_services::FAILURES);
    let fails = all.filter_map(|(id, spoil, _)| {
        let mut account = tidy();
        spoil(&mut account);
        (judge(&account, id).0 == Verdict::Fail).then(|| ((*id).to_owned(), "fail"))
    });
    passes.chain(fails).collect()
}

#[test]
fn every_control_is_seen_to_fail() {
    let all = FAILURES.len() + regional::FAILURES.len() + other_services::FAILURES.len();
    let automated = CATALOG.controls.iter().filter(|control| control.passes().is_some()).count();
    assert_eq!(all, automated, "each control that the evidence decides has its failure here");
    for (id, spoil, words) in regional::FAILURES.iter().chain(other_services::FAILURES) {
        let mut account = tidy();
        spoil(&mut account);
        let assessment = assess(&account, &CATALOG);
        let result = result_of(&assessment, &CATALOG, id);
        let failed = |one: &&auditpack::testing::assess::SubjectResult| one.verdict == Verdict::Fail;
        let reason = result.results.iter().find(failed).map(|one| one.reason.as_str()).unwrap_or_default();
        assert!(result.verdict == Verdict::Fail && reason.contains(words), "{id}: {reason}");
    }
    for (id, spoil, conclusion) in FAILURES {
        let mut account = tidy();
        spoil(&mut account);
        assert_eq!(judge(&account, id), (Verdict::Fail, (*conclusion).to_owned()), "{id}");
    }
}

#[test]
fn reasons_name_what_the_reviewer_needs() {
    let mut account = tidy();
    account.credentials.subjects[0] = credential("ada", days(50));
    account.access_keys.subjects[0] = access_key("ada", days(91));
    account.users.subjects[0].attached_policies = texts(&["Admin", "Ops"]);
    account.users.subjects[0].access_keys_made_with_user = known(2);
    let policy = &mut account.policies.subjects[0];
    policy.grants_full_admin = known(true);
    policy.full_grant = known(Some("every action on every resource".into()));
    policy.mitigation = known(Some("only with MFA".into()));
    policy.holders = known((1..=15).map(|n| format!("role R{n:02}")).collect());
    let assessment = assess(&account, &CATALOG);
    let reasons: Vec<&str> = [
        "unused-credentials-are-disabled",
        "access-keys-are-rotated",
        "permissions-come-through-groups",
        "access-keys-are-not-made-with-the-user",
        "no-attached-policy-grants-full-administration",
    ]
    .iter()
    .map(|id| result_of(&assessment, &CATALOG, id).results[0].reason.as_str())
    .collect();
    insta::assert_snapshot!(reasons.join("\n"), @r"
    the password of ada was last used on 2026-10-03 05:56:27 UTC, 50 days before the credential report; 45 days or more fail
    access key 1 of ada is 91 days old (created on 2026-08-23 05:56:27 UTC); the limit is 90 days
    policies are given to ada directly: attached Admin and Ops; inline none
    ada has a console password and active access keys that were made with the user: 2
    policy Deploy (customer managed) allows every action on every resource; held by role R01, role R02, role R03, role R04, role R05, role R06, role R07, role R08, role R09, role R10, role R11, role R12 and 3 more; only with MFA
    ");
}

#[test]
fn each_fact_that_a_control_reads_can_make_it_unknown() {
    for (index, control) in CATALOG.controls.iter().enumerate() {
        // A person's control that has everybody in scope reads nothing.
        if control.review().is_some() && control.in_scope.is_none() {
            continue;
        }
        let mut account = tidy();
        for (kind, facts) in [(control.kind.name, &control.reads), ("account", &control.account_reads)] {
            for fact in facts {
                blind(&mut account, kind, 0, fact.name, &a_gap("the credential report was refused."));
            }
        }
        let result = &assess(&account, &CATALOG).controls[index];
        assert_eq!(result.verdict, Verdict::Unknown, "{}", control.id);
        // Events of other topics stand beside the one that the control is about.
        let unknown = result.results.iter().find(|one| one.verdict == Verdict::Unknown);
        let reason = &unknown.unwrap_or_else(|| panic!("{}: nobody is unknown", control.id)).reason;
        let told = "the credential report was refused (iam:GetCredentialReport, AccessDenied, call 0007), so ";
        assert!(reason.starts_with(told) && reason.ends_with(" not known"), "{}: {reason}", control.id);
        assert_eq!(reason.matches("refused").count(), 1, "a gap is told once: {reason}");
        assert_eq!(result.gaps.len(), 1, "{}", control.id);
        assert_eq!((result.population.unknown, result.population.passed), (1, 0), "{}", control.id);
    }
}

#[test]
fn an_unknown_is_told_in_words() {
    let mut account = tidy();
    blind(&mut account, "access_key", 0, "created", &a_gap("the credential report was refused"));
    blind(&mut account, "root", 0, "last_used", &a_gap("the credential report was refused"));
    assert_eq!(
        judge(&account, "access-keys-are-rotated"),
        (Verdict::Unknown, "1 of 1 access keys in scope is inconclusive: the credential report was refused (iam:GetCredentialReport, AccessDenied, call 0007), so \
             when the access key was created is not known."
                .into())
    );
    let assessment = assess(&account, &CATALOG);
    assert_eq!(
        result_of(&assessment, &CATALOG, "access-keys-are-rotated").results[0].reason,
        "the credential report was refused (iam:GetCredentialReport, AccessDenied, call 0007), so when the access \
         key was created is not known"
    );
    assert_eq!(
        judge(&account, "root-is-not-used-day-to-day").1,
        "The result for the root user is inconclusive: the credential report was refused \
         (iam:GetCredentialReport, AccessDenied, call 0007), so when the root user was last used is not known."
    );
}

#[test]
fn the_boundary_of_unused_is_exact() {
    for (idle, id, verdict) in [
        (days(45), "unused-credentials-are-disabled", Verdict::Fail),
        (days(45) - SignedDuration::from_secs(1), "unused-credentials-are-disabled", Verdict::Pass),
        (days(90), "dormant-credentials-are-disabled", Verdict::Fail),
        (days(90) - SignedDuration::from_secs(1), "dormant-credentials-are-disabled", Verdict::Pass),
    ] {
        let mut account = tidy();
        account.credentials.subjects[0] = credential("ada", idle);
        assert_eq!(judge(&account, id).0, verdict, "{idle}");
    }
}

#[test]
fn the_boundary_of_age_is_exact() {
    for (age, verdict) in [
        (days(90), Verdict::Pass),
        (days(90) + SignedDuration::from_secs(1), Verdict::Fail),
        (days(90) + SignedDuration::from_nanos(1), Verdict::Fail),
        // A key younger than the report is a matter of clocks, not of age.
        (SignedDuration::from_secs(-5), Verdict::Pass),
    ] {
        let mut account = tidy();
        account.access_keys.subjects[0] = access_key("ada", age);
        assert_eq!(judge(&account, "access-keys-are-rotated").0, verdict, "{age}");
    }
}

#[test]
fn ages_count_to_the_time_of_the_subjects_own_source() {
    let mut account = tidy();
    account.access_keys.subjects[0] = access_key("ada", days(91));
    account.access_keys.subjects[0].as_of = as_of() - days(1);
    assert_eq!(judge(&account, "access-keys-are-rotated").0, Verdict::Pass);
}

#[test]
fn the_boundary_of_root_use_and_of_certificates_is_exact() {
    for (idle, verdict) in [(days(90), Verdict::Fail), (days(90) + SignedDuration::from_secs(1), Verdict::Pass)] {
        let mut account = tidy();
        account.root.subjects[0].last_used = known(Some(ago(idle)));
        assert_eq!(judge(&account, "root-is-not-used-day-to-day").0, verdict, "{idle}");
    }
    for (expires, verdict) in [(as_of(), Verdict::Pass), (as_of() - SignedDuration::from_secs(1), Verdict::Fail)] {
        let mut account = tidy();
        account.server_certificates.subjects[0] = certificate("web", expires);
        assert_eq!(judge(&account, "server-certificates-are-not-expired").0, verdict, "{expires}");
    }
}

#[test]
fn inactive_keys_and_other_rows_out_of_scope_are_listed_and_not_tested() {
    let mut account = tidy();
    account.access_keys.subjects.push(access_key("bob", days(900)));
    account.access_keys.subjects[1].active = known(false);
    let assessment = assess(&account, &CATALOG);
    let result = result_of(&assessment, &CATALOG, "access-keys-are-rotated");
    assert_eq!(result.conclusion, "1 of 1 access keys in scope passes; 1 more is out of scope.");
    assert_eq!(result.results[1].verdict, Verdict::NotApplicable);
    assert_eq!((result.population.total, result.population.in_scope), (2, 1));
}

#[test]
fn the_root_user_of_a_partition_without_a_console_needs_no_mfa() {
    let mut account = tidy();
    account.account.subjects[0].partition = known("aws-us-gov".into());
    account.root.subjects[0].mfa_enabled = known(false);
    for id in ["root-has-mfa", "root-sign-in-has-mfa-or-is-removed", "root-mfa-is-hardware"] {
        let told = "The root user is out of scope: this control is about accounts outside the partition aws-us-gov.";
        assert_eq!(judge(&account, id), (Verdict::NotApplicable, told.into()), "{id}");
    }
}

#[test]
fn a_root_user_that_cannot_sign_in_satisfies_the_newer_editions_only() {
    let mut account = tidy();
    account.root.subjects[0].mfa_enabled = known(false);
    account.root.subjects[0].password_present = known(false);
    assert_eq!(judge(&account, "root-has-mfa").0, Verdict::Fail);
    assert_eq!(judge(&account, "root-sign-in-has-mfa-or-is-removed").0, Verdict::Pass);
    assert_eq!(judge(&account, "root-mfa-is-hardware").0, Verdict::Pass);
}

#[test]
fn policies_in_scope_differ_between_the_two_readings() {
    let both = |change: fn(&mut Account)| {
        let mut account = tidy();
        account.policies.subjects[0].grants_full_admin = known(true);
        change(&mut account);
        let verdict = |id| judge(&account, id).0;
        (
            verdict("no-attached-policy-grants-full-administration"),
            verdict("customer-policies-grant-no-full-administration"),
        )
    };
    use Verdict::{Fail, NotApplicable};
    assert_eq!(both(|a| a.policies.subjects[0].kind = known("AWS managed".into())), (Fail, NotApplicable));
    assert_eq!(both(|a| a.policies.subjects[0].kind = known("inline".into())), (Fail, NotApplicable));
    assert_eq!(both(|a| a.policies.subjects[0].attachments = known(0)), (NotApplicable, Fail));
    let boundary_only: fn(&mut Account) = |a| {
        a.policies.subjects[0].attachments = known(0);
        a.policies.subjects[0].boundary_uses = known(2);
    };
    assert_eq!(both(boundary_only), (NotApplicable, NotApplicable));
    assert_eq!(both(|a| a.policies.subjects[0].boundary_uses = known(2)), (Fail, Fail));
}

#[test]
fn the_two_readings_of_keys_at_setup_are_both_there() {
    let value = ParameterValue::Text("never used".into());
    let overrides = Overrides::from([(
        "access-keys-are-not-made-with-the-user".to_owned(),
        BTreeMap::from([("reading".to_owned(), value)]),
    )]);
    let other = load(None, &overrides).unwrap();
    let mut account = tidy();
    account.users.subjects[0].access_keys_never_used = known(1);
    let id = "access-keys-are-not-made-with-the-user";
    assert_eq!(judge(&account, id).0, Verdict::Pass);
    let assessment = assess(&account, &other);
    let result = result_of(&assessment, &other, id);
    assert_eq!(result.results[0].reason, "ada has a console password and active access keys that were never used: 1");
    assert_eq!(result.verdict, Verdict::Fail);
}

#[test]
fn an_empty_population_is_not_applicable_with_its_proof() {
    for (index, control) in CATALOG.controls.iter().enumerate() {
        let mut account = tidy();
        empty(&mut account, control.kind.name);
        let result = &assess(&account, &CATALOG).controls[index];
        if control.kind.enumerated_by.is_empty() {
            // There is always a root user, an account, a password policy: not to see one is no proof of anything.
            assert_eq!(result.verdict, Verdict::Unknown, "{}", control.id);
            assert!(!result.population.complete);
        } else {
            assert_eq!(result.verdict, Verdict::NotApplicable, "{}", control.id);
        }
    }
    let mut account = tidy();
    empty(&mut account, "access_key");
    assert_eq!(
        judge(&account, "access-keys-are-rotated").1,
        "The evidence lists no access keys, and no gap in it is known; enumerated by iam:GetCredentialReport, \
         iam:ListUsers and iam:GetAccountAuthorizationDetails."
    );
    empty(&mut account, "root");
    assert_eq!(
        judge(&account, "root-has-no-access-keys").1,
        "The root user is missing from the evidence, so nothing could be decided."
    );
}

#[test]
fn a_gap_in_the_enumeration_is_never_pass_nor_not_applicable() {
    for (index, control) in CATALOG.controls.iter().enumerate() {
        for emptied in [false, true] {
            let mut account = tidy();
            if emptied {
                empty(&mut account, control.kind.name);
            }
            cut_short(&mut account, control.kind.name, a_gap("the list was cut short."));
            let result = &assess(&account, &CATALOG).controls[index];
            assert_eq!(result.verdict, Verdict::Unknown, "{}", control.id);
            assert!(!result.population.complete && result.gaps.len() == 1, "{}", control.id);
        }
    }
    let mut account = tidy();
    cut_short(&mut account, "user", a_gap("the list was cut short."));
    assert_eq!(
        judge(&account, "console-users-have-mfa").1,
        "1 of 1 known IAM users in scope passes, but there may be more. The list of IAM users is \
         incomplete: the list was cut short (iam:GetCredentialReport, AccessDenied, call 0007)."
    );
}

#[test]
fn a_known_failure_outweighs_everything_unknown() {
    let mut account = tidy();
    account.users.subjects = vec![user("ada"), user("bob"), user("eve")];
    account.users.subjects[0].mfa_active = known(false);
    blind(&mut account, "user", 1, "mfa_active", &a_gap("the report is older than the user"));
    cut_short(&mut account, "user", a_gap("the list was cut short"));
    let assessment = assess(&account, &CATALOG);
    let result = result_of(&assessment, &CATALOG, "console-users-have-mfa");
    assert_eq!(result.verdict, Verdict::Fail);
    assert!(
        result.conclusion.starts_with("1 of 3 IAM users in scope fails; 1 more is inconclusive. The list of"),
        "{}",
        result.conclusion
    );
    let verdicts: Vec<Verdict> = result.results.iter().map(|result| result.verdict).collect();
    assert_eq!(verdicts, [Verdict::Fail, Verdict::Unknown, Verdict::Pass]);
    assert_eq!(result.gaps.len(), 2);
}

#[test]
fn a_failure_is_not_lost_where_its_sentence_cannot_be_completed() {
    let mut account = tidy();
    account.access_keys.subjects[0] = access_key("ada", days(91));
    blind(&mut account, "access_key", 0, "slot", &a_gap("the row is unreadable"));
    let assessment = assess(&account, &CATALOG);
    let result = result_of(&assessment, &CATALOG, "access-keys-are-rotated");
    assert_eq!(result.verdict, Verdict::Fail);
    assert_eq!(
        result.results[0].reason,
        "access key 1 of ada fails; when the access key was created: 2026-08-23 05:56:27 UTC; the row is \
         unreadable (iam:GetCredentialReport, AccessDenied, call 0007), so which of the user's two access keys it is is not known"
    );
    assert_eq!(result.gaps.len(), 1);
}

const UNKNOWN_PASSWORD: Spoil = |a| blind(a, "user", 0, "has_password", &a_gap("p"));
const UNKNOWN_MFA: Spoil = |a| blind(a, "user", 0, "mfa_active", &a_gap("m"));
const TRUE_TRUE: Spoil = |_| ();
const TRUE_FALSE: Spoil = |a| a.users.subjects[0].mfa_active = known(false);
const FALSE_TRUE: Spoil = |a| a.users.subjects[0].has_password = known(false);
const FALSE_FALSE: Spoil = |a| {
    FALSE_TRUE(a);
    TRUE_FALSE(a);
};
const TRUE_UNKNOWN: Spoil = UNKNOWN_MFA;
const FALSE_UNKNOWN: Spoil = |a| {
    FALSE_TRUE(a);
    UNKNOWN_MFA(a);
};
const UNKNOWN_TRUE: Spoil = UNKNOWN_PASSWORD;
const UNKNOWN_FALSE: Spoil = |a| {
    TRUE_FALSE(a);
    UNKNOWN_PASSWORD(a);
};
const UNKNOWN_UNKNOWN: Spoil = |a| {
    UNKNOWN_PASSWORD(a);
    UNKNOWN_MFA(a);
};
const NINE: &[Spoil] = &[
    TRUE_TRUE,
    TRUE_FALSE,
    TRUE_UNKNOWN,
    FALSE_TRUE,
    FALSE_FALSE,
    FALSE_UNKNOWN,
    UNKNOWN_TRUE,
    UNKNOWN_FALSE,
    UNKNOWN_UNKNOWN,
];

#[test]
fn kleenes_truth_tables_hold() {
    use Verdict::{Fail as F, Pass as T, Unknown as U};
    let table = |criterion| verdicts(criterion, NINE);
    assert_eq!(table("user.has_password && user.mfa_active"), [T, F, U, F, F, F, U, F, U]);
    assert_eq!(table("user.has_password || user.mfa_active"), [T, T, T, T, F, U, T, U, U]);
    assert_eq!(table("!user.mfa_active"), [F, T, U, F, T, U, F, T, U]);
    assert_eq!(table("user.has_password == user.mfa_active"), [T, F, U, F, T, U, U, U, U]);
    assert_eq!(table("user.has_password != user.mfa_active"), [F, T, U, T, F, U, U, U, U]);
    assert_eq!(table("user.has_password ? user.mfa_active : !user.mfa_active"), [T, F, U, F, T, U, U, U, U]);
    assert_eq!(table("!(user.has_password && !user.mfa_active)"), [T, F, U, T, T, T, T, U, U]);
    // A condition about a gap stays unknown, also where both answers would be the same.
    assert_eq!(table("user.mfa_active || !user.mfa_active"), [T, T, U, T, T, U, T, T, U]);
}

#[test]
fn null_is_a_value_and_a_gap_is_not() {
    use Verdict::{Fail as F, Pass as T, Unknown as U};
    let cases: &[Spoil] = &[
        |a| a.users.subjects[0].password_last_used = known(None),
        |a| a.users.subjects[0].password_last_used = known(Some(ago(days(1)))),
        |a| a.users.subjects[0].password_last_used = known(Some(ago(days(100)))),
        |a| blind(a, "user", 0, "password_last_used", &a_gap("g")),
    ];
    let table = |criterion| verdicts(criterion, cases);
    assert_eq!(table("user.password_last_used == null"), [T, F, F, U]);
    assert_eq!(table("user.password_last_used != null"), [F, T, T, U]);
    let recent = "user.password_last_used != null && as_of - user.password_last_used < days(45)";
    assert_eq!(table(recent), [F, T, F, U]);
    let quiet = "user.password_last_used == null || as_of - user.password_last_used >= days(45)";
    assert_eq!(table(quiet), [T, F, T, U]);
    let choice = "user.password_last_used == null ? user.mfa_active : as_of - user.password_last_used < days(45)";
    assert_eq!(table(choice), [T, T, F, U]);
}

#[test]
fn lists_follow_kleene_item_by_item() {
    use Verdict::{Fail as F, Pass as T, Unknown as U};
    // Groups a, b and c; which of them are also in the other list, or whether that is known.
    let cases: &[Spoil] = &[
        |a| a.users.subjects[0].groups = texts(&[]),
        |a| blind(a, "user", 0, "groups", &a_gap("g")),
        |a| {
            a.users.subjects[0].groups = texts(&[]);
            blind(a, "user", 0, "inline_policies", &a_gap("i"));
        },
        |a| {
            a.users.subjects[0].groups = texts(&["a", "b"]);
            blind(a, "user", 0, "inline_policies", &a_gap("i"));
        },
        |a| {
            a.users.subjects[0].groups = texts(&["a", "b"]);
            a.users.subjects[0].inline_policies = texts(&["a"]);
        },
        |a| {
            a.users.subjects[0].groups = texts(&["a", "b"]);
            a.users.subjects[0].inline_policies = texts(&["a", "b"]);
        },
    ];
    let table = |criterion| verdicts(criterion, cases);
    assert_eq!(table("user.groups.all(g, g in user.inline_policies)"), [T, U, T, U, F, T]);
    assert_eq!(table("user.groups.exists(g, g in user.inline_policies)"), [F, U, F, U, T, T]);
    assert_eq!(table("user.groups.exists_one(g, g in user.inline_policies)"), [F, U, F, U, T, F]);
    // `z` decides for one item before or after the item whose answer is not known.
    assert_eq!(table("user.groups.exists(g, g == 'b' || g in user.inline_policies)"), [F, U, F, T, T, T]);
    assert_eq!(table("user.groups.exists(g, g == 'a' || g in user.inline_policies)"), [F, U, F, T, T, T]);
    assert_eq!(table("user.groups.all(g, g != 'b' && g in user.inline_policies)"), [T, U, T, F, F, F]);
    assert_eq!(table("user.groups.all(g, g != 'a' && g in user.inline_policies)"), [T, U, T, F, F, F]);
    assert_eq!(table("size(user.groups.filter(g, g in user.inline_policies)) == 0"), [T, U, T, U, F, F]);
    assert_eq!(table("user.groups.map(g, g + 'x').all(x, x != 'ax')"), [T, U, T, F, F, F]);
}

#[test]
fn a_gap_that_does_not_decide_is_still_named() {
    let mut account = tidy();
    account.users.subjects[0].attached_policies = texts(&["Admin"]);
    blind(&mut account, "user", 0, "inline_policies", &a_gap("the details were refused"));
    let assessment = assess(&account, &CATALOG);
    let result = result_of(&assessment, &CATALOG, "permissions-come-through-groups");
    assert_eq!(result.verdict, Verdict::Fail);
    assert_eq!(result.gaps.iter().map(|gap| gap.reason.as_str()).collect::<Vec<_>>(), ["the details were refused"]);

    let mut account = tidy();
    blind(&mut account, "root", 0, "password_present", &a_gap("the summary is of an older kind"));
    let assessment = assess(&account, &CATALOG);
    let result = result_of(&assessment, &CATALOG, "root-sign-in-has-mfa-or-is-removed");
    assert_eq!((result.verdict, result.gaps.len()), (Verdict::Pass, 1));
    let result = result_of(&assessment, &CATALOG, "root-mfa-is-hardware");
    assert_eq!((result.verdict, result.gaps.len()), (Verdict::Pass, 1));
}

#[test]
fn a_scope_that_is_not_known_is_not_out_of_scope() {
    let catalog = with_criterion(Some("user.has_password"), "user.mfa_active");
    for (spoil, verdict) in [
        (UNKNOWN_TRUE, Verdict::Unknown),
        (UNKNOWN_FALSE, Verdict::Unknown),
        (FALSE_UNKNOWN, Verdict::NotApplicable),
        (TRUE_UNKNOWN, Verdict::Unknown),
        (TRUE_FALSE, Verdict::Fail),
    ] {
        let mut account = tidy();
        spoil(&mut account);
        assert_eq!(result_of(&assess(&account, &catalog), &catalog, "our-own").verdict, verdict);
    }
}

#[test]
fn an_account_that_could_not_be_read_makes_its_facts_unknown() {
    let mut account = tidy();
    account.account.subjects.clear();
    cut_short(&mut account, "account", a_gap("the caller's identity was refused"));
    let assessment = assess(&account, &CATALOG);
    let result = result_of(&assessment, &CATALOG, "root-has-mfa");
    assert_eq!(result.verdict, Verdict::Unknown);
    assert!(result.conclusion.contains("the caller's identity was refused"), "{}", result.conclusion);
    assert!(
        result.conclusion.contains("so which AWS partition the account is in is not known"),
        "{}",
        result.conclusion
    );
}

#[test]
fn a_criterion_that_cannot_be_evaluated_is_unknown() {
    let catalog = with_criterion(None, "int(user.name) > 0");
    let assessment = assess(&tidy(), &catalog);
    let result = result_of(&assessment, &catalog, "our-own");
    assert_eq!(result.verdict, Verdict::Unknown);
    let reason = &result.results[0].reason;
    assert!(reason.starts_with("the criterion for passing could not be evaluated: "), "{reason}");
    let mut account = tidy();
    account.users.subjects[0].active_access_keys = known(i64::MAX);
    for criterion in ["user.active_access_keys + 1 > 0", "as_of - days(user.active_access_keys) < as_of"] {
        let catalog = with_criterion(None, criterion);
        assert_eq!(
            result_of(&assess(&account, &catalog), &catalog, "our-own").verdict,
            Verdict::Unknown,
            "{criterion}"
        );
    }
}

#[test]
fn hostile_names_stay_text() {
    let name = "{{ user.name }}</script>=cmd|\u{202e}\u{1b}[31m";
    let mut account = tidy();
    account.users.subjects[0] = user(name);
    account.users.subjects[0].mfa_active = known(false);
    let assessment = assess(&account, &CATALOG);
    let reason = &result_of(&assessment, &CATALOG, "console-users-have-mfa").results[0].reason;
    assert_eq!(*reason, format!("{name} has a console password and no active MFA device"));
}

/// An account whose facts follow from a row of numbers.
fn account_of(dice: &[u8]) -> Account {
    let mut rolls = dice.iter().copied().cycle();
    let mut roll = move |sides: u8| i64::from(rolls.next().unwrap_or(0) % sides);
    let mut account = tidy();
    let root = &mut account.root.subjects[0];
    root.has_access_key = known(roll(2) == 0);
    root.mfa_enabled = known(roll(2) == 0);
    root.password_present = known(roll(2) == 0);
    root.virtual_mfa_devices = known(roll(2));
    root.last_used = known((roll(2) == 0).then(|| ago(days(60 * (1 + roll(2))))));
    account.account.subjects[0].partition = known(if roll(4) == 0 { "aws-us-gov" } else { "aws" }.to_owned());
    account.account.subjects[0].cloudshell_full_access_principals = texts(&["role A"][..usize::from(roll(2) == 0)]);
    account.account.subjects[0].support_roles = texts(&["role A"][..usize::from(roll(2) == 0)]);
    let passwords = &mut account.password_policy.subjects[0];
    passwords.minimum_length = known(7 + 7 * roll(2));
    passwords.requires_symbol = known(roll(2) == 0);
    passwords.reuse_prevention = known((roll(2) == 0).then_some(24));
    passwords.maximum_age = known((roll(2) == 0).then_some(90));
    account.users.subjects = (0..roll(4)).map(|n| user(&format!("user{n}"))).collect();
    for user in &mut account.users.subjects {
        user.has_password = known(roll(2) == 0);
        user.mfa_active = known(roll(2) == 0);
        user.active_access_keys = known(roll(3));
        user.access_keys_made_with_user = known(roll(2));
        user.attached_policies = texts(&["Admin"][..usize::from(roll(2) == 0)]);
        user.inline_policies = texts(&["own"][..usize::from(roll(2) == 0)]);
    }
    account.credentials.subjects = (0..roll(4)).map(|n| credential(&format!("user{n}"), days(30 * roll(5)))).collect();
    for credential in &mut account.credentials.subjects {
        credential.active = known(roll(3) > 0);
    }
    account.access_keys.subjects = (0..roll(4)).map(|n| access_key(&format!("user{n}"), days(45 * roll(4)))).collect();
    for key in &mut account.access_keys.subjects {
        key.active = known(roll(3) > 0);
    }
    account.policies.subjects = (0..roll(4)).map(|n| policy(&format!("policy{n}"))).collect();
    for policy in &mut account.policies.subjects {
        policy.attachments = known(roll(2));
        policy.boundary_uses = known(roll(2));
        policy.grants_full_admin = known(roll(2) == 0);
        policy.kind = known(["customer managed", "AWS managed", "inline"][roll(3) as usize].to_owned());
    }
    account.principals.subjects = (0..roll(4)).map(|n| principal(&format!("role{n}"))).collect();
    for principal in &mut account.principals.subjects {
        principal.service_linked = known(roll(2) == 0);
        principal.inline_policies = texts(&["own"][..usize::from(roll(2) == 0)]);
    }
    account
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn losing_a_fact_never_makes_a_pass(dice in prop::collection::vec(any::<u8>(), 97), which in any::<prop::sample::Index>()) {
        let account = account_of(&dice);
        let kinds: BTreeMap<&str, &Kind> = CATALOG.controls.iter().map(|control| (control.kind.name, control.kind)).collect();
        let facts: Vec<(&str, usize, &str)> = kinds
            .values()
            .flat_map(|kind| {
                let subjects = account.population(kind).subjects.len();
                (0..subjects).flat_map(move |subject| kind.fields.iter().map(move |fact| (kind.name, subject, fact.name)))
            })
            .collect();
        let (kind, subject, fact) = facts[which.index(facts.len())];
        let mut blinded = account.clone();
        blind(&mut blinded, kind, subject, fact, &a_gap("lost"));
        let (before, after) = (assess(&account, &CATALOG), assess(&blinded, &CATALOG));
        for ((before, after), control) in before.controls.iter().zip(&after.controls).zip(&CATALOG.controls) {
            let told = format!("{} without {kind}.{fact}: {} -> {}", control.id, before.conclusion, after.conclusion);
            prop_assert!(after.verdict == before.verdict || after.verdict == Verdict::Unknown, "{}", told);
            let reads = control.kind.name == kind && control.reads.iter().any(|read| read.name == fact)
                || kind == "account" && control.account_reads.iter().any(|read| read.name == fact);
            prop_assert!(reads || after.verdict == before.verdict, "{}", told);
            for (before, after) in before.results.iter().zip(&after.results) {
                prop_assert!(after.verdict == before.verdict || after.verdict == Verdict::Unknown, "{}", told);
            }
        }
    }
}

/// `cargo test --release --test it assess::speed -- --ignored --nocapture`: processor time is what it prints.
#[test]
#[ignore = "a measurement, not a test"]
fn speed() {
    let mut account = tidy();
    account.users.subjects = (0..5000).map(|n| user(&format!("user{n:04}"))).collect();
    account.credentials.subjects = (0..10_000).map(|n| credential(&format!("user{n:05}"), days(n % 200))).collect();
    account.access_keys.subjects = (0..10_000).map(|n| access_key(&format!("user{n:05}"), days(n % 200))).collect();
    account.policies.subjects = (0..1500).map(|n| policy(&format!("policy{n:04}"))).collect();
    account.principals.subjects = (0..6500).map(|n| principal(&format!("role{n:04}"))).collect();
    let start = std::time::Instant::now();
    let assessment = assess(&account, &CATALOG);
    let results: usize = assessment.controls.iter().map(|control| control.results.len()).sum();
    println!("{results} results in {:?} on one thread", start.elapsed());
}

#[test]
fn a_known_use_of_the_root_user_decides_beside_a_cell_that_cannot_be_read() {
    let mut account = tidy();
    blind(&mut account, "root", 0, "last_used", &a_gap("a cell of the report is garbled"));
    account.root.subjects[0].last_known_use = known(Some(ago(days(3))));
    let (verdict, told) = judge(&account, "root-is-not-used-day-to-day");
    assert_eq!(verdict, Verdict::Fail);
    assert!(told.contains("last used on 2026-11-19"), "{told}");
    account.root.subjects[0].last_known_use = known(Some(ago(days(300))));
    assert_eq!(judge(&account, "root-is-not-used-day-to-day").0, Verdict::Unknown);
}

#[test]
fn known_accounts_need_no_external_id() {
    let id = "roles-trust-no-unknown-account-without-an-external-id";
    let mut account = tidy();
    account.roles.subjects[0].other_accounts_without_external_id = texts(&["222233334444"]);
    blind(&mut account, "role", 0, "third_party_without_external_id", &a_gap("the organization was not collected"));
    for (accounts, verdict) in
        [("", Verdict::Unknown), ("2222333344445", Verdict::Unknown), ("999988887777 222233334444", Verdict::Pass)]
    {
        let value = ParameterValue::Text(accounts.to_owned());
        let overrides = Overrides::from([(id.to_owned(), BTreeMap::from([("known_accounts".to_owned(), value)]))]);
        let catalog = load(None, &overrides).unwrap();
        assert_eq!(result_of(&assess(&account, &catalog), &catalog, id).verdict, verdict, "{accounts:?}");
    }
    account.roles.subjects[0].dangling_principals = texts(&["AIDAQ3EGRZVEXAMPLE7PL"]);
    assert_eq!(judge(&account, id).0, Verdict::Fail, "whatever else is not known");
}

#[test]
fn an_administrator_is_told_elsewhere_and_a_known_way_fails_beside_a_gap() {
    for (id, fact) in
        [("nobody-can-escalate", "administrator"), ("nobody-passes-every-role", "holds_full_admin_policy")]
    {
        let mut account = tidy();
        account.principals.subjects[0].administrator = known(true);
        account.principals.subjects[0].holds_full_admin_policy = known(true);
        assert_eq!(judge(&account, id).0, Verdict::NotApplicable, "{id}");
        blind(&mut account, "principal", 0, fact, &a_gap("a policy could not be read"));
        assert_eq!(judge(&account, id).0, Verdict::Unknown, "{id}");
        account.principals.subjects[0].escalation_paths = texts(&["Writes a policy"]);
        account.principals.subjects[0].passes_every_role = texts(&["statement 1 of policy Deploy"]);
        assert_eq!(judge(&account, id).0, Verdict::Fail, "{id}");
    }
}
