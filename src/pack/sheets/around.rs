//! Sheets around IAM: the organization with what reaches each account, instances, Identity Center's assignments,
//! further credentials, Access Advisor.

use super::columns::{Fact, fact, flag, integer, list, list_or, text, text_or, time};
use super::{Desk, Plan, Sheet, plan, rows};
use crate::account::access_advisor::RoleAccess;
use crate::account::ec2_instances::Instance;
use crate::account::identity_center::{Assignment, PermissionSet};
use crate::account::organizations::{OrganizationAccount, TrustedService};
use crate::account::user_credentials::OtherCredential;
use crate::pack::words::{shown, thousands};

const ACCOUNTS: Plan = plan(
    "organization-accounts",
    "Accounts of the organization",
    "account of the organization",
    "other accounts in an organization that it is shown",
    &["organization_account"],
);
const SERVICES: Plan = plan(
    "trusted-services",
    "Services trusted by the organization",
    "service trusted by the organization",
    "services trusted by an organization",
    &["trusted_service"],
);
const INSTANCES: Plan = plan("instances", "EC2 instances", "EC2 instance", "EC2 instances", &["instance"]);
const SETS: Plan = plan("permission-sets", "Permission sets", "permission set", "permission sets", &["permission_set"]);
const ASSIGNMENTS: Plan = plan(
    "assignments",
    "Who reaches what from Identity Center",
    "assignment of Identity Center",
    "assignments of Identity Center",
    &["assignment"],
);
const CREDENTIALS: Plan = plan(
    "other-credentials",
    "Other credentials of users",
    "service-specific credential, SSH key or signing certificate",
    "service-specific credentials, SSH keys and signing certificates",
    &["other_credential"],
);
const ACCESS: Plan =
    plan("role-access", "What roles use", "role in Access Advisor", "roles in Access Advisor", &["role_access"]);

pub(super) const PLANS: &[&Plan] = &[&ACCOUNTS, &SERVICES, &INSTANCES, &SETS, &ASSIGNMENTS, &CREDENTIALS, &ACCESS];

const ACCOUNT_FACTS: &[Fact<OrganizationAccount>] = &[
    fact("Account", "account", "text", |one| one.label.clone()),
    fact("Name", "name", "text", |one| text(&one.name)),
    fact("State", "state", "word", |one| text(&one.state)),
    fact("Management account", "management", "word", |one| flag(&one.management)),
    fact("Root and units above it", "place", "text", |one| list(&one.place)),
    fact("Restricting policies that reach it", "guardrails", "text", |one| list(&one.guardrails)),
];
const SERVICE_FACTS: &[Fact<TrustedService>] = &[
    fact("Service", "service", "text", |one| text(&one.name)),
    fact("Can be delegated", "supports_delegation", "word", |one| flag(&one.supports_delegation)),
    fact("Delegated to", "administrators", "text", |one| list_or(&one.administrators, "nobody")),
];
const INSTANCE_FACTS: &[Fact<Instance>] = &[
    fact("Instance", "instance", "text", |one| one.label.clone()),
    fact("Region", "region", "word", |one| text(&one.region)),
    fact("State", "state", "word", |one| text(&one.state)),
    fact("Instance profile", "profile", "text", |one| text_or(&one.profile, "none")),
    fact("Roles", "roles", "text", |one| list(&one.roles)),
];
const SET_FACTS: &[Fact<PermissionSet>] = &[
    fact("Name", "name", "text", |one| text(&one.name)),
    fact("Policies", "policies", "text", |one| list(&one.policies)),
    fact("Access level", "access_level", "text", |one| text(&one.access_level)),
    fact("Grants full administration", "grants_full_admin", "word", |one| flag(&one.grants_full_admin)),
    fact("Session in seconds", "session_seconds", "number", |one| integer(&one.session_seconds)),
    fact("Provisioned in", "accounts", "text", |one| list_or(&one.accounts, "no account")),
];
const ASSIGNMENT_FACTS: &[Fact<Assignment>] = &[
    fact("Permission set", "permission_set", "text", |one| text(&one.permission_set)),
    fact("Account", "account", "text", |one| text(&one.account)),
    fact("Assigned to", "principal_type", "word", |one| text(&one.principal_type)),
    fact("Name", "principal", "text", |one| text(&one.principal)),
    fact("People", "people", "number", |one| shown(&one.people, |people| thousands(people.len() as u64))),
    fact("Who", "who", "text", |one| list_or(&one.people, "nobody")),
];
const CREDENTIAL_FACTS: &[Fact<OtherCredential>] = &[
    fact("Credential", "credential", "text", |one| one.label.clone()),
    fact("User", "user", "text", |one| text(&one.user)),
    fact("Kind", "kind", "word", |one| text(&one.kind)),
    fact("Service", "service", "text", |one| text_or(&one.service, "")),
    fact("Active", "active", "word", |one| flag(&one.active)),
    fact("Made (UTC)", "created", "time", |one| time(&one.created)),
];
const ACCESS_FACTS: &[Fact<RoleAccess>] = &[
    fact("Role", "role", "text", |one| text(&one.name)),
    fact("Created (UTC)", "created", "time", |one| time(&one.created)),
    fact("Services reached", "services_allowed", "number", |one| integer(&one.services_allowed)),
    fact("Never tried", "unused", "number", |one| shown(&one.unused_services, |all| thousands(all.len() as u64))),
    fact("Services never tried", "unused_services", "text", |one| list(&one.unused_services)),
];

pub(super) fn sheets(desk: &Desk<'_>) -> Vec<Sheet> {
    let account = desk.inputs.account;
    vec![
        rows(desk, &ACCOUNTS, &account.organization_accounts.subjects, ACCOUNT_FACTS, OrganizationAccount::KIND),
        rows(desk, &SERVICES, &account.trusted_services.subjects, SERVICE_FACTS, TrustedService::KIND),
        rows(desk, &INSTANCES, &account.instances.subjects, INSTANCE_FACTS, Instance::KIND),
        rows(desk, &SETS, &account.permission_sets.subjects, SET_FACTS, PermissionSet::KIND),
        rows(desk, &ASSIGNMENTS, &account.assignments.subjects, ASSIGNMENT_FACTS, Assignment::KIND),
        rows(desk, &CREDENTIALS, &account.other_credentials.subjects, CREDENTIAL_FACTS, OtherCredential::KIND),
        rows(desk, &ACCESS, &account.role_access.subjects, ACCESS_FACTS, RoleAccess::KIND),
    ]
}
