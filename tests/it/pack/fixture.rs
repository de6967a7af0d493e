//! A small, complete account made by hand, with hostile text wherever AWS lets people write.

use auditpack::testing::account::fact::{
    ACCOUNT_SUMMARY, AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, Evidence, Gap, GapKind, Observed, PASSWORD_POLICY,
    SERVER_CERTIFICATES, USER_LIST,
};
use auditpack::testing::account::subjects::{
    AccessKey, AccountFacts, Credential, Group, OidcProvider, PasswordPolicy, Policy, Principal, Role, Root,
    SamlProvider, SigningCertificate, User, VirtualMfaDevice,
};
use auditpack::testing::account::{Account, Agreement, Count, Disagreement, Population, Reconciliation};
use auditpack::testing::assess::{Assessment, ControlResult, PopulationCount, SubjectResult, Verdict};
use auditpack::testing::catalog::{
    Body, Catalog, Control, Criterion, Framework, Parameter, ParameterValue, Requirement, Section, Severity, Template,
    Test,
};
use auditpack::testing::pack::{Inputs, Labels, Pack, word};
use auditpack::testing::snapshot::format::{Call, CallError, Caller, Header, Origin, Requested};
use auditpack::testing::snapshot::{Exhibit, ExhibitFile, Outcome};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

pub const ACCOUNT: &str = "111122223333";

/// Text that tries to be markup, attribute, formula, terminal command, path or right-to-left writing.
pub const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=http://example.invalid/x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "=cmd|'/C calc'!A0",
    "@SUM(1+1)*cmd",
    "{{ 7*7 }}{% include \"/etc/passwd\" %}",
    "a\u{202E}gnp.exe\u{200B}\u{E000}",
    "\u{1b}]0;owned\u{7}\u{9b}2J",
    "</style></title><svg onload=alert(1)>",
    "../../etc/passwd",
    "javascript:alert(1)",
    "שלום עולם",
    "&lt;b&gt; &#60; &amp;",
    "-->]]><!--",
];

pub struct Fixture {
    pub header: Header,
    pub calls: Vec<Call>,
    pub exhibits: Vec<Exhibit>,
    pub account: Account,
    pub catalog: Catalog,
    pub assessment: Assessment,
    pub labels: Labels,
}

impl Fixture {
    pub fn pack(&self) -> Pack {
        word(&Inputs {
            header: &self.header,
            calls: &self.calls,
            exhibits: &self.exhibits,
            account: &self.account,
            catalog: &self.catalog,
            assessment: &self.assessment,
            labels: &self.labels,
            pack_id: "9f2c1d5e8a7b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d",
        })
    }
}

pub fn started() -> Timestamp {
    "2026-11-22T05:56:27Z".parse().unwrap()
}

fn ago(days: i64) -> Timestamp {
    started() - SignedDuration::from_hours(days * 24)
}

fn known<T>(value: T) -> Observed<T> {
    Observed::Known(value)
}

pub fn denied() -> Arc<Gap> {
    Arc::new(Gap {
        evidence: SERVER_CERTIFICATES,
        kind: GapKind::Denied,
        code: Some("AccessDenied".into()),
        reason: format!(
            "the list of server certificates was refused: User: arn:aws:sts::{ACCOUNT}:assumed-role/audit is not authorized {}",
            HOSTILE[0]
        ),
        call: Some("c00009".into()),
    })
}

fn younger() -> Arc<Gap> {
    Arc::new(Gap {
        evidence: CREDENTIAL_REPORT,
        kind: GapKind::Absent,
        code: None,
        reason: "the user is younger than the credential report and is not in it".into(),
        call: None,
    })
}

/// `users` ordinary users beside the hostile ones, a third as many roles, half as many policies.
pub fn fixture(users: usize) -> Fixture {
    let account = account(users);
    let catalog = catalog();
    let assessment = assess(&account, &catalog);
    Fixture {
        header: header(),
        calls: calls(),
        exhibits: exhibits(),
        account,
        catalog,
        assessment,
        labels: Labels {
            organization: Some("Example Trading plc".into()),
            period: Some("2026-Q4".into()),
            sample: Some("by-hand".into()),
        },
    }
}

fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}")
}

fn names(count: usize) -> Vec<String> {
    let ordinary = (0..count).map(|index| format!("person.{index:04}@example.com"));
    let mut names: Vec<String> = HOSTILE.iter().map(|text| (*text).to_owned()).chain(ordinary).collect();
    names.sort();
    names
}

fn full<T>(subjects: Vec<T>) -> Population<T> {
    Population { subjects, gaps: Vec::new() }
}

#[allow(clippy::too_many_lines)] // one literal: the whole account
fn account(count: usize) -> Account {
    let names = names(count);
    let (id, label, as_of) = (|name: &str| arn("user", name), |name: &str| name.to_owned(), ago(0));
    let young = |index: usize| index % 97 == 20;
    let user = |(index, name): (usize, &String)| {
        let from_report = |value: bool| if young(index) { Observed::Gap(younger()) } else { known(value) };
        User {
            name: known(name.clone()),
            path: known(if index % 5 == 0 { "/people/finance/".into() } else { "/".into() }),
            created: known(ago(40 + index as i64 % 900)),
            has_password: from_report(index % 3 != 0),
            mfa_active: from_report(index % 7 != 0),
            active_access_keys: known(index as i64 % 3),
            password_last_used: known((index % 4 != 0).then(|| ago(index as i64 % 200))),
            groups: known(vec!["Everyone".into(), format!("Team {}", index % 6)]),
            attached_policies: known(if index % 11 == 0 {
                vec!["arn:aws:iam::aws:policy/AdministratorAccess".into()]
            } else {
                Vec::new()
            }),
            ..User::blank(id(name), label(name), as_of)
        }
    };
    let users: Vec<User> = names.iter().enumerate().map(user).collect();
    let mut credentials = Vec::new();
    let mut access_keys = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let age = index as i64 % 300;
        credentials.push(Credential {
            kind: known("password".into()),
            user: known(name.clone()),
            active: known(true),
            changed: known(Some(ago(age))),
            last_used: known(Some(ago(age / 2))),
            idle_since: known(ago(age / 2)),
            idle_days: known(age / 2),
            ..Credential::blank(format!("{}#password", id(name)), format!("password of {name}"), as_of)
        });
        let key = format!("{}#access-key-1", id(name));
        credentials.push(Credential {
            kind: known("access key".into()),
            user: known(name.clone()),
            active: known(index % 2 == 0),
            changed: known(Some(ago(age))),
            idle_since: known(ago(age)),
            idle_days: known(age),
            ..Credential::blank(key.clone(), format!("access key 1 of {name}"), as_of)
        });
        access_keys.push(AccessKey {
            user: known(name.clone()),
            slot: known(1),
            active: known(index % 2 == 0),
            created: known(ago(age)),
            age_days: known(age),
            ..AccessKey::blank(key, format!("access key 1 of {name}"), as_of)
        });
    }
    credentials.sort_by(|one, two| one.id.cmp(&two.id));
    let roles: Vec<Role> = (0..names.len() / 3)
        .map(|index| {
            let name = format!("service-role-{index:04}");
            Role {
                name: known(name.clone()),
                path: known(if index % 9 == 0 { "/aws-service-role/ecs.amazonaws.com/".into() } else { "/".into() }),
                created: known(ago(index as i64 % 1500)),
                description: known(Some(HOSTILE[index % HOSTILE.len()].into())),
                maximum_session_seconds: known(3600),
                last_used: known((index % 3 == 0).then(|| ago(3))),
                service_linked: known(index % 9 == 0),
                identity_center: known(index % 10 == 1),
                trusted: known(vec!["ec2.amazonaws.com".into(), "arn:aws:iam::444455556666:root".into()]),
                attached_policies: known(vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".into()]),
                inline_policies: known(vec!["inline".into()]),
                ..Role::blank(arn("role", &name), name, as_of)
            }
        })
        .collect();
    let policies: Vec<Policy> = (0..names.len() / 2)
        .map(|index| {
            let name = format!("Policy{index:04}");
            Policy {
                kind: known("customer managed".into()),
                name: known(name.clone()),
                holders: known(vec![format!("role service-role-{index:04}"), format!("user {}", HOSTILE[1])]),
                attachments: known(2),
                grants_full_admin: known(index % 40 == 3),
                mitigation: known((index % 80 == 3).then(|| "a condition on aws:PrincipalOrgID".to_owned())),
                versions: known(1 + index as i64 % 5),
                updated: known(Some(ago(index as i64))),
                description: known(Some(format!("What {index} is for"))),
                ..Policy::blank(arn("policy", &name), name, as_of)
            }
        })
        .collect();
    let groups: Vec<Group> = (0..6)
        .map(|index| {
            let name = format!("Team {index}");
            Group {
                name: known(name.clone()),
                path: known("/".into()),
                created: known(ago(900)),
                known_users: known(names.iter().skip(index).step_by(6).cloned().collect()),
                users: known(names.iter().skip(index).step_by(6).cloned().collect()),
                attached_policies: known(vec!["arn:aws:iam::aws:policy/PowerUserAccess".into()]),
                ..Group::blank(arn("group", &name), name, as_of)
            }
        })
        .collect();
    let principal = |id: &str, label: &str, kind: &str, attached: Observed<Vec<String>>| Principal {
        kind: known(kind.to_owned()),
        name: known(label.to_owned()),
        attached_policies: attached,
        path_to_administrator: known("none".to_owned()),
        ..Principal::blank(id.to_owned(), label.to_owned(), as_of)
    };
    let mut principals: Vec<Principal> =
        users.iter().map(|u| principal(&u.id, &u.label, "user", u.attached_policies.clone())).collect();
    principals.extend(roles.iter().map(|r| principal(&r.id, &r.label, "role", r.attached_policies.clone())));
    principals.extend(groups.iter().map(|g| principal(&g.id, &g.label, "group", g.attached_policies.clone())));
    principals.sort_by(|one, two| one.id.cmp(&two.id));
    let root_arn = format!("arn:aws:iam::{ACCOUNT}:root");
    let user_count = users.len() as u64;
    Account {
        id: ACCOUNT.into(),
        partition: "aws".into(),
        id_from: "the caller's identity".into(),
        aliases: known(vec!["example-trading".into()]),
        started: started(),
        report_generated: known("2026-11-22T05:50:00Z".parse().unwrap()),
        account: full(vec![AccountFacts {
            partition: known("aws".into()),
            ..AccountFacts::blank(ACCOUNT, "the account", as_of)
        }]),
        root: full(vec![Root {
            has_access_key: known(true),
            mfa_enabled: known(true),
            password_present: known(true),
            sign_in: known("it can sign in with its password".into()),
            access_keys_found: known("none".into()),
            virtual_mfa_devices: known(1),
            last_used: known(Some(ago(210))),
            last_known_use: known(Some(ago(210))),
            ..Root::blank(root_arn, "root user", as_of)
        }]),
        password_policy: full(vec![PasswordPolicy {
            minimum_length: known(8),
            ..PasswordPolicy::blank(format!("arn:aws:iam::{ACCOUNT}:account-password-policy"), "password policy", as_of)
        }]),
        users: full(users),
        credentials: full(credentials),
        access_keys: full(access_keys),
        signing_certificates: full(vec![SigningCertificate {
            user: known(HOSTILE[0].into()),
            active: known(true),
            ..SigningCertificate::blank(
                format!("{}#certificate-1", arn("user", HOSTILE[0])),
                format!("certificate 1 of {}", HOSTILE[0]),
                as_of,
            )
        }]),
        virtual_mfa_devices: full(vec![VirtualMfaDevice {
            ..VirtualMfaDevice::blank(arn("mfa", HOSTILE[6]), HOSTILE[6], as_of)
        }]),
        groups: full(groups),
        roles: full(roles),
        principals: full(principals),
        policies: full(policies),
        server_certificates: Population { subjects: Vec::new(), gaps: vec![denied()] },
        saml_providers: full(vec![SamlProvider {
            name: known("AWSSSO".into()),
            valid_until: known(Some("2125-01-01T00:00:00Z".parse().unwrap())),
            ..SamlProvider::blank(arn("saml-provider", "AWSSSO"), "AWSSSO", as_of)
        }]),
        oidc_providers: full(vec![OidcProvider {
            url: known("token.actions.githubusercontent.com".into()),
            client_ids: known(vec!["sts.amazonaws.com".into(), HOSTILE[10].into()]),
            ..OidcProvider::blank(
                arn("oidc-provider", "token.actions.githubusercontent.com"),
                "token.actions.githubusercontent.com",
                as_of,
            )
        }]),
        reconciliation: vec![
            Reconciliation {
                what: "IAM users".into(),
                counts: [ACCOUNT_SUMMARY, AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, USER_LIST]
                    .into_iter()
                    .map(|evidence: Evidence| Count {
                        count: known(user_count - u64::from(evidence == CREDENTIAL_REPORT)),
                        evidence,
                    })
                    .collect(),
                population: Some(usize::try_from(user_count).unwrap()),
                differences: Vec::new(),
                agrees: Agreement::Differs,
                explanation: Some("one user was made after the credential report was generated".into()),
            },
            Reconciliation {
                what: "IAM server certificates".into(),
                counts: vec![
                    Count { evidence: ACCOUNT_SUMMARY, count: known(0) },
                    Count { evidence: SERVER_CERTIFICATES, count: Observed::Gap(denied()) },
                ],
                population: None,
                differences: Vec::new(),
                agrees: Agreement::NotComparable,
                explanation: Some("the list of server certificates could not be read".into()),
            },
        ],
        disagreements: vec![Disagreement {
            subject: arn("user", HOSTILE[2]),
            about: "existence".into(),
            says: vec![(CREDENTIAL_REPORT, "absent".into()), (USER_LIST, "present".into())],
            explanation: None,
        }],
        gaps: vec![denied(), younger()],
        notes: vec![format!("The credential report has columns that are not known here: {}", HOSTILE[0])],
        ..Account::empty()
    }
}

fn criterion(source: &str) -> Criterion {
    Criterion {
        source: source.into(),
        program: cel::Program::compile("true").unwrap(),
        reads: Vec::new(),
        account_reads: Vec::new(),
    }
}

struct Page {
    id: &'static str,
    title: &'static str,
    severity: Severity,
    section: Section,
    kind: &'static auditpack::testing::account::fact::Kind,
    in_scope: Option<&'static str>,
    passes: &'static str,
    evidence: &'static [Evidence],
    reads: &'static [&'static str],
    satisfies: &'static str,
    parameter: Option<(&'static str, i64)>,
}

const PAGES: &[Page] = &[
    Page {
        id: "root-has-no-access-keys",
        title: "The root user has no access keys",
        severity: Severity::Critical,
        section: Section::RootUser,
        kind: Root::KIND,
        in_scope: None,
        passes: "!root.has_access_key",
        evidence: &[ACCOUNT_SUMMARY, CREDENTIAL_REPORT],
        reads: &["has_access_key", "last_used"],
        satisfies: "2.4",
        parameter: None,
    },
    Page {
        id: "root-has-mfa",
        title: "The root user signs in with MFA",
        severity: Severity::Critical,
        section: Section::RootUser,
        kind: Root::KIND,
        in_scope: None,
        passes: "root.mfa_enabled",
        evidence: &[ACCOUNT_SUMMARY],
        reads: &["mfa_enabled"],
        satisfies: "2.5",
        parameter: None,
    },
    Page {
        id: "passwords-are-long",
        title: "Passwords are long",
        severity: Severity::Medium,
        section: Section::PasswordPolicy,
        kind: PasswordPolicy::KIND,
        in_scope: None,
        passes: "password_policy.minimum_length >= params.minimum",
        evidence: &[PASSWORD_POLICY],
        reads: &["exists", "minimum_length", "reuse_prevention"],
        satisfies: "2.8",
        parameter: Some(("minimum", 14)),
    },
    Page {
        id: "console-users-have-mfa",
        title: "Users with a console password have MFA",
        severity: Severity::High,
        section: Section::UsersAndCredentials,
        kind: User::KIND,
        in_scope: Some("user.has_password"),
        passes: "user.mfa_active",
        evidence: &[CREDENTIAL_REPORT],
        reads: &[],
        satisfies: "2.10",
        parameter: None,
    },
    Page {
        id: "unused-credentials-are-disabled",
        title: "Credentials that nobody uses are disabled",
        severity: Severity::Medium,
        section: Section::UsersAndCredentials,
        kind: Credential::KIND,
        in_scope: Some("credential.active"),
        passes: "as_of - credential.idle_since < days(params.max_idle)",
        evidence: &[CREDENTIAL_REPORT],
        reads: &[],
        satisfies: "2.11",
        parameter: Some(("max_idle", 45)),
    },
    Page {
        id: "access-keys-are-rotated",
        title: "Access keys are rotated",
        severity: Severity::Medium,
        section: Section::UsersAndCredentials,
        kind: AccessKey::KIND,
        in_scope: Some("key.active"),
        passes: "as_of - key.created <= days(params.max_age)",
        evidence: &[CREDENTIAL_REPORT],
        reads: &[],
        satisfies: "2.12",
        parameter: Some(("max_age", 90)),
    },
    Page {
        id: "cloudshell-full-access-is-not-given",
        title: "Nobody holds AWSCloudShellFullAccess",
        severity: Severity::Low,
        section: Section::Policies,
        kind: Principal::KIND,
        in_scope: None,
        passes: "!principal.attached_policies.exists(p, p.endsWith('/AWSCloudShellFullAccess'))",
        evidence: &[AUTHORIZATION_DETAILS],
        reads: &[],
        satisfies: "2.20",
        parameter: None,
    },
    Page {
        id: "no-policy-grants-everything",
        title: "No policy in use grants every action on every resource",
        severity: Severity::High,
        section: Section::Policies,
        kind: Policy::KIND,
        in_scope: Some("policy.attachments > 0"),
        passes: "!policy.grants_full_admin",
        evidence: &[AUTHORIZATION_DETAILS],
        reads: &[],
        satisfies: "2.14",
        parameter: None,
    },
    Page {
        id: "server-certificates-are-valid",
        title: "Server certificates in IAM have not expired",
        severity: Severity::Medium,
        section: Section::Certificates,
        kind: auditpack::testing::account::subjects::ServerCertificate::KIND,
        in_scope: None,
        passes: "certificate.expires >= as_of",
        evidence: &[SERVER_CERTIFICATES],
        reads: &[],
        satisfies: "2.17",
        parameter: None,
    },
];

fn control(page: &Page) -> Control {
    let overridden_from = (page.id == "unused-credentials-are-disabled").then_some(ParameterValue::Int(90));
    Control {
        id: page.id.into(),
        title: page.title.into(),
        severity: page.severity,
        section: page.section,
        kind: page.kind,
        subjects: None,
        scope_words: None,
        in_scope: page.in_scope.map(criterion),
        test: Test::Criterion {
            passes: criterion(page.passes),
            fails_because: Template { source: "because".into(), parts: Vec::new() },
        },
        parameters: page
            .parameter
            .map(|(name, value)| {
                (name.to_owned(), Parameter { value: ParameterValue::Int(value), overridden_from: overridden_from.clone() })
            })
            .into_iter()
            .collect(),
        satisfies: BTreeMap::from([("cis-aws-7.0.0".to_owned(), vec![page.satisfies.to_owned()])]),
        reads: page.reads.iter().map(|name| page.kind.field(name).unwrap().1).collect(),
        account_reads: if page.id == "root-has-mfa" { vec![AccountFacts::KIND.field("partition").unwrap().1] } else { vec![] },
        evidence: page.evidence.to_vec(),
        body: Body {
            requirement: format!("What is required of **{}**: it holds at all times, without exception.", page.kind.plural),
            why: "A credential that leaks is used by whoever finds it. See [the guide](https://docs.example.com/guide).\n\n- one reason\n- another, with `code`".into(),
            how_tested: "Each member is read from the exhibit and compared with the criterion.".into(),
            how_to_fix: "1. Find the owner.\n2. Run:\n\n```\naws iam update-access-key --status Inactive\n```".into(),
            limits: "Nothing is known about <b>other</b> credentials.".into(),
        },
        from: if page.id == "cloudshell-full-access-is-not-given" { "controls/own.md".into() } else { "embedded".into() },
    }
}

fn catalog() -> Catalog {
    let requirement = |id: &str, title: &str| Requirement {
        id: id.into(),
        title: title.into(),
        assessment: Some("automated".into()),
        level: Some(1),
    };
    let mut requirements: Vec<Requirement> = PAGES.iter().map(|page| requirement(page.satisfies, page.title)).collect();
    requirements.push(requirement("2.21", "Resource policies do not open to everybody"));
    Catalog {
        version: "1.0.0".into(),
        sha256: "b".repeat(64),
        controls: PAGES.iter().map(control).collect(),
        frameworks: vec![Framework {
            id: "cis-aws-7.0.0".into(),
            name: "CIS AWS Foundations Benchmark 7.0.0".into(),
            scope: "The recommendations on identity.".into(),
            requirements,
        }],
        exceptions: Vec::new(),
        attestations: Vec::new(),
    }
}

/// Verdicts that look like an assessment's; every seventh in scope fails.
fn assess(account: &Account, catalog: &Catalog) -> Assessment {
    let controls = catalog.controls.iter().enumerate().map(|(index, control)| {
        let view = account.population(control.kind);
        let single = view.subjects.len() == 1;
        let verdict = |place: usize| match (control.id.as_str(), place) {
            ("root-has-mfa", _) | ("cloudshell-full-access-is-not-given", _) => Verdict::Pass,
            _ if single => Verdict::Fail,
            ("console-users-have-mfa", place) if place % 97 == 20 => Verdict::Unknown,
            (_, place) if place % 7 == 0 => Verdict::Fail,
            (_, place) if place % 5 == 0 => Verdict::NotApplicable,
            _ => Verdict::Pass,
        };
        let results: Vec<SubjectResult> = view
            .subjects
            .iter()
            .enumerate()
            .map(|(place, subject)| SubjectResult {
                subject: place,
                verdict: verdict(place),
                reason: match verdict(place) {
                    Verdict::Fail => format!("{} does not meet the criterion; the limit is 90", subject.label()),
                    Verdict::Unknown => younger().reason.clone(),
                    _ => String::new(),
                },
                lists: Vec::new(),
            })
            .collect();
        let with = |verdict: Verdict| results.iter().filter(|result| result.verdict == verdict).count();
        let population = PopulationCount {
            total: results.len(),
            in_scope: results.len() - with(Verdict::NotApplicable),
            passed: with(Verdict::Pass),
            failed: with(Verdict::Fail),
            excepted: 0,
            unknown: with(Verdict::Unknown),
            manual: 0,
            attested: 0,
            complete: view.gaps.is_empty(),
        };
        let verdict = if population.failed > 0 {
            Verdict::Fail
        } else if population.unknown > 0 || !population.complete {
            Verdict::Unknown
        } else {
            Verdict::Pass
        };
        let mut gaps: Vec<Arc<Gap>> = view.gaps.to_vec();
        if population.unknown > 0 {
            gaps.push(younger());
        }
        ControlResult {
            control: index,
            verdict,
            conclusion: format!("{} of {} {} fail", population.failed, population.in_scope, control.kind.plural),
            population,
            results,
            gaps,
            ruling: None,
            material: Vec::new(),
        }
    });
    Assessment { controls: controls.collect(), exceptions: Vec::new(), attestations: Vec::new() }
}

const OPERATIONS: &[(&str, &str, Option<u64>)] = &[
    ("sts", "GetCallerIdentity", None),
    ("iam", "GenerateCredentialReport", None),
    ("iam", "GetCredentialReport", None),
    ("iam", "GetAccountSummary", None),
    ("iam", "GetAccountAuthorizationDetails", Some(120)),
    ("iam", "GetAccountPasswordPolicy", None),
    ("iam", "ListAccountAliases", Some(1)),
    ("iam", "ListUsers", Some(54)),
    ("iam", "ListServerCertificates", None),
    ("iam", "ListEntitiesForPolicy", Some(0)),
];

fn header() -> Header {
    Header {
        format: auditpack::testing::snapshot::FORMAT.into(),
        origin: Origin::Observed,
        account: Some(ACCOUNT.into()),
        partition: Some("aws".into()),
        regions: vec!["us-east-1".into()],
        regions_enabled: Vec::new(),
        caller: Some(Caller {
            arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/audit/evidence"),
            user_id: "AROAEXAMPLE:evidence".into(),
        }),
        started: started(),
        finished: Some(started() + SignedDuration::from_secs(42)),
        resumed: Vec::new(),
        mixed_times: false,
        throttled: Vec::new(),
        endpoints: Vec::new(),
        tool_version: "0.1.0".into(),
        depth: "standard".into(),
        requested: OPERATIONS
            .iter()
            .chain(&[("iam", "GetSAMLProvider", None)])
            .map(|(service, operation, _)| Requested {
                source: "source".into(),
                service: (*service).into(),
                operation: (*operation).into(),
            })
            .collect(),
    }
}

fn error(operation: &str) -> Option<CallError> {
    let code = match operation {
        "GetAccountPasswordPolicy" => "NoSuchEntity",
        "ListServerCertificates" => "AccessDenied",
        _ => return None,
    };
    Some(CallError { code: code.into(), message: HOSTILE[0].into() })
}

fn parameters(operation: &str) -> BTreeMap<String, serde_json::Value> {
    if operation == "ListEntitiesForPolicy" {
        BTreeMap::from([("PolicyArn".to_owned(), "arn:aws:iam::aws:policy/AWSSupportAccess".into())])
    } else {
        BTreeMap::new()
    }
}

fn calls() -> Vec<Call> {
    let call = |(index, (service, operation, items)): (usize, &(&str, &str, Option<u64>))| Call {
        id: format!("c{:05}", index + 1),
        source: "source".into(),
        service: (*service).into(),
        operation: (*operation).into(),
        region: "aws-global".into(),
        parameters: parameters(operation),
        started: started() + SignedDuration::from_secs(index as i64),
        ms: 120,
        attempt: 1,
        status: Some(if error(operation).is_some() { 403 } else { 200 }),
        request_id: Some("0f3b1a2c-5d6e-4f70-8a9b-0c1d2e3f4a5b".into()),
        date: None,
        items: *items,
        page: None,
        more: false,
        sha256: Some("c".repeat(64)),
        error_type: None,
        evidence: None,
        evidence_sha256: None,
        withheld: false,
        error: error(operation),
        masked: false,
        superseded: false,
    };
    OPERATIONS.iter().enumerate().map(call).collect()
}

fn exhibits() -> Vec<Exhibit> {
    let exhibit = |(index, (service, operation, _)): (usize, &(&str, &str, Option<u64>))| {
        let call = format!("c{:05}", index + 1);
        let outcome =
            error(operation).map_or(Outcome::Complete, |error| Outcome::Failed { call: Some(call.clone()), error });
        let files = if outcome == Outcome::Complete {
            vec![ExhibitFile {
                name: format!("evidence/{service}/{}.json", auditpack::testing::snapshot::layout::kebab(operation)),
                bytes: 12_345,
                sha256: "d".repeat(64),
            }]
        } else {
            Vec::new()
        };
        Exhibit {
            id: format!("E-{:02}", index + 1),
            service: (*service).into(),
            operation: (*operation).into(),
            region: None,
            parameters: parameters(operation),
            outcome,
            files,
            calls: vec![call],
        }
    };
    OPERATIONS.iter().enumerate().map(exhibit).collect()
}
