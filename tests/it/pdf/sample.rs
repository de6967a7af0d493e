//! A pack as the product makes them, built by hand: realistic in size and shape, with hostile text in it.

use auditpack::testing::pack::assessment::{AccountRef, Administrators, CatalogRef, Completeness, Document};
use auditpack::testing::pack::*;
use auditpack::testing::verdict::Verdict;

pub const ACCOUNT: &str = "123456789012";
pub const DATE: &str = "2026-11-22";

/// Names that try to be something else.
pub const HOSTILE: [&str; 12] = [
    "#set page(width: 1cm)",
    "$x$ *bold* _it_ @ref <label> `raw`",
    "#read(\"/etc/passwd\")",
    "launch 🚀 day",
    "测试用户",
    "مستخدم",
    "invoice\u{202e}fdp.exe",
    "private \u{e000} use",
    "\u{1b}[31mred\u{0}",
    "e\u{301}a\u{200b}b\u{feff}c\u{2028}d",
    "] #panic(\"no\") [",
    "=HYPERLINK(\"http://example.invalid\";\"x\") \\ \u{ad}~ --- \"quotes\" 'n // comment",
];

const CONTROLS: [(&str, &[&str]); 6] = [
    (
        "Root user",
        &[
            "The root user has no access keys",
            "The root user signs in with MFA or cannot sign in",
            "The root user's MFA is a hardware device",
            "The root user is not used day to day",
        ],
    ),
    (
        "Password policy",
        &[
            "Passwords have at least 14 characters",
            "Passwords are not reused",
            "Passwords need an upper-case letter",
            "Passwords need a lower-case letter",
            "Passwords need a symbol",
            "Passwords need a digit",
            "Passwords expire",
        ],
    ),
    (
        "Users and credentials",
        &[
            "Users with a console password have MFA",
            "Unused credentials are switched off",
            "Access keys are rotated",
            "Users have one active access key at most",
            "Access keys are not made with the user",
            "Users get permissions through groups only",
            "Every user has MFA",
            "Signing certificates are not in use",
        ],
    ),
    (
        "Policies",
        &[
            "No policy in use grants full administration",
            "CloudShell full access is not given out",
            "Customer-managed policies do not grant everything of a service",
            "Inline policies do not grant full administration",
            "Groups have members",
        ],
    ),
    ("Roles", &["A role exists for incidents with AWS Support", "Roles that nobody uses are removed"]),
    (
        "Certificates",
        &["Server certificates stored in IAM are not expired", "Server certificates are younger than the limit"],
    ),
];

fn verdict(index: usize) -> (Verdict, &'static str) {
    match index % 9 {
        1 | 5 => (Verdict::Fail, "Fail"),
        3 => (Verdict::Unknown, "Inconclusive"),
        7 => (Verdict::NotApplicable, "Not applicable"),
        8 if index > 20 => (Verdict::Manual, "Manual"),
        _ => (Verdict::Pass, "Pass"),
    }
}

fn s(text: &str) -> String {
    text.to_owned()
}

fn span(text: &str, style: &'static str) -> Span {
    Span { text: s(text), style }
}

fn words(text: &str) -> Vec<Block> {
    vec![Block::Paragraph { spans: vec![span(text, "plain")] }]
}

pub fn every_title() -> Vec<&'static str> {
    CONTROLS.iter().flat_map(|(_, titles)| titles.iter().copied()).collect()
}

/// A pack with sheets of the given lengths.
pub fn pack(users: usize, credentials: usize, roles: usize, policies: usize) -> Pack {
    let chapters = chapters(users);
    let lines = chapters.iter().flat_map(|chapter| &chapter.controls);
    let mut controls: Vec<SummaryLine> = lines
        .map(|c| SummaryLine {
            id: c.id.clone(),
            number: c.number.clone(),
            title: c.title.clone(),
            severity: c.severity.clone(),
            verdict: c.verdict,
            verdict_label: c.verdict_label.clone(),
            conclusion: c.conclusion.clone(),
        })
        .collect();
    let order = [Verdict::Fail, Verdict::Unknown, Verdict::Manual, Verdict::Pass, Verdict::NotApplicable];
    controls.sort_by_key(|line| order.iter().position(|mark| *mark == line.verdict));
    let count = |mark: Verdict, chapter: &Chapter| chapter.controls.iter().filter(|c| c.verdict == mark).count();
    let by_chapter = chapters
        .iter()
        .map(|chapter| ChapterBar {
            title: chapter.title.clone(),
            total: chapter.controls.len(),
            counts: order.iter().map(|mark| count(*mark, chapter)).collect(),
        })
        .collect();
    let labels = ["Fail", "Inconclusive", "Manual", "Pass", "Not applicable"];
    let verdicts = order.iter().zip(labels).map(|(mark, label)| VerdictCount {
        verdict: *mark,
        label: s(label),
        count: controls.iter().filter(|line| line.verdict == *mark).count(),
    });
    let verdicts = verdicts.collect();
    Pack {
        register: None,
        changes: changes::none(),
        calls_intro: s("Every request that was sent to AWS for this evidence."),
        cover: cover(),
        summary: Summary {
            sentences: vec![
                s("Of 28 controls, 7 fail, 3 are inconclusive and 15 pass; 3 have nobody to be tested."),
                s("The gravest failure: the root user can sign in without MFA."),
                s("One source was denied (iam:ListVirtualMFADevices); three controls are unknown because of it."),
                s(
                    "Counts of users differ by one between the user list and the credential report, which was 2 hours old.",
                ),
            ],
            verdicts,
            by_chapter,
            populations: vec![
                (s("IAM users"), users.to_string()),
                (s("Access keys"), s("at least 41")),
                (s("Groups"), s("12")),
                (s("Roles"), roles.to_string()),
                (s("Policies"), policies.to_string()),
                (s("MFA devices"), s("not known")),
            ],
            controls,
        },
        scope: scope(),
        sheets: sheets(users, credentials, roles, policies),
        frameworks: frameworks(&chapters),
        chapters,
        exceptions: None,
        attestations: None,
        exhibits: exhibits(),
        calls: calls(24),
        glossary: [
            ("Access key", "A long-lived credential of a user: an id and a secret that sign requests."),
            ("Credential report", "A table that AWS makes on request, at most every four hours: one row a user."),
            ("Exhibit", "The evidence of one operation, with the calls and files behind it."),
            ("Inconclusive", "The evidence does not decide. Never counted as a pass."),
        ]
        .map(|(term, meaning)| Term { term: s(term), meaning: s(meaning) })
        .into(),
        assessment: Document {
            format: "auditpack.assessment/v1",
            as_of: s("2026-11-22T05:56:27Z"),
            credential_report_as_of: None,
            account: AccountRef { id: s(ACCOUNT), alias: None, partition: s("aws") },
            catalog: CatalogRef { version: s("1.0.0"), sha256: "c".repeat(64) },
            completeness: Completeness::default(),
            administrators: Administrators::default(),
            controls: Vec::new(),
            gaps: Vec::new(),
            reconciliation: Vec::new(),
            disagreements: Vec::new(),
        },
    }
}

fn cover() -> Cover {
    Cover {
        title: s("Evidence pack: identity and access"),
        organization: Some(s("Example Industries Ltd")),
        account: s(ACCOUNT),
        account_from: s("sts:GetCallerIdentity"),
        alias: Some(s("example-production")),
        partition: s("aws"),
        period: Some(s("2026-Q3")),
        date: s(DATE),
        as_of: s("22 November 2026, 05:56:27 UTC"),
        as_of_rfc3339: s("2026-11-22T05:56:27Z"),
        report_as_of: s("22 November 2026, 03:41:02 UTC, 2 hours 15 minutes before the collection"),
        pack_id: s("3f2a9c01b2c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e"),
        tool_version: s("0.1.0"),
        catalog_version: s("1.0.0"),
        catalog_sha256: "c0ffee".repeat(10) + "abcd",
        notices: vec![s("Made from the recorded sample messy-enterprise, not from a live account.")],
        verification: vec![(s("This pack is not signed."), s("sha256sum -c SHA256SUMS"))],
    }
}

fn scope() -> Scope {
    let source = |operation: &str, title: &str, requests, items, outcome: &str, exhibit: Option<&str>| SourceLine {
        operation: s(operation),
        title: s(title),
        requests,
        items,
        outcome: s(outcome),
        is_gap: outcome == "AccessDenied",
        exhibit: exhibit.map(s),
    };
    Scope {
        notes: vec![],
        facts: vec![
            (s("Collected by"), s("arn:aws:sts::123456789012:assumed-role/AuditReadOnly/anna.mueller@example.com")),
            (s("From"), s("22 November 2026, 05:56:27 UTC")),
            (s("To"), s("22 November 2026, 05:56:49 UTC")),
            (s("Requests"), s("24, of which 1 was denied")),
            (s("Depth"), s("standard")),
        ],
        sources: vec![
            source("sts:GetCallerIdentity", "Who collects", 1, None, "complete", Some("E-01")),
            source("iam:GetCredentialReport", "Credential report", 2, Some(352), "complete", Some("E-02")),
            source(
                "iam:GetAccountAuthorizationDetails",
                "Authorization details",
                4,
                Some(3021),
                "complete",
                Some("E-03"),
            ),
            source("iam:GetAccountPasswordPolicy", "Password policy", 1, None, "answered: none set", Some("E-04")),
            source("iam:ListVirtualMFADevices", "Virtual MFA devices", 1, None, "AccessDenied", None),
            source("iam:ListServerCertificates", "Server certificates", 1, Some(0), "complete", Some("E-05")),
        ],
        gaps: vec![GapLine {
            source: s("iam:ListVirtualMFADevices"),
            code: s("AccessDenied"),
            reason: s(
                "User: arn:aws:sts::123456789012:assumed-role/AuditReadOnly/anna is not authorized to perform: iam:ListVirtualMFADevices on resource: * because no identity-based policy allows the iam:ListVirtualMFADevices action",
            ),
            call: Some(s("c00017")),
            controls: vec![s("the-root-users-mfa-is-a-hardware-device"), s("every-user-has-mfa")],
        }],
        gaps_sentence: s("1 evidence gap affects 2 controls."),
        not_requested: Vec::new(),
        not_requested_sentences: Vec::new(),
        reconciliation: vec![
            ReconciliationLine {
                what: s("IAM users"),
                counts: vec![
                    (s("Account summary"), s("350")),
                    (s("Credential report"), s("349")),
                    (s("User list"), s("350")),
                ],
                result: s("differs"),
                explanation: Some(s("The credential report is 2 hours old; one user was made since.")),
            },
            ReconciliationLine {
                what: s("Roles"),
                counts: vec![(s("Account summary"), s("60")), (s("Authorization details"), s("60"))],
                result: s("agrees"),
                explanation: None,
            },
            ReconciliationLine {
                what: s("MFA devices"),
                counts: vec![(s("Account summary"), s("31")), (s("Virtual MFA devices"), s("not known"))],
                result: s("not comparable"),
                explanation: None,
            },
        ],
        reconciliation_sentence: s("Two of three counts can be compared; one differs."),
        disagreements: vec![DisagreementLine {
            subject: s("user deploy-bot"),
            about: s("last sign-in"),
            says: vec![(s("Credential report"), s("never")), (s("User list"), s("2026-11-22 05:12 UTC"))],
            explanation: Some(s("The sign-in is younger than the report.")),
        }],
        limits: vec![
            s("Evidence is of one moment. It says nothing of the months before."),
            s("Permissions of resource policies (buckets, keys, queues) are not looked at."),
        ],
    }
}

fn chapters(users: usize) -> Vec<Chapter> {
    let mut index = 0;
    let mut out = Vec::new();
    for (at, (title, controls)) in CONTROLS.iter().enumerate() {
        let letter = char::from(b'A' + u8::try_from(at).unwrap()).to_string();
        let controls = controls.iter().enumerate().map(|(place, title)| {
            index += 1;
            control(index, &format!("{letter}{}", place + 1), title, users)
        });
        let controls = controls.collect();
        out.push(Chapter { letter, title: s(title), opening: None, controls });
    }
    out
}

fn control(index: usize, number: &str, title: &str, users: usize) -> ControlSection {
    let (mark, label) = verdict(index);
    let single = number.starts_with('A') || number.starts_with('B');
    let failing = if mark == Verdict::Fail && !single { 18 } else { usize::from(mark == Verdict::Fail) };
    let name = |i: usize| HOSTILE.get(i).map_or_else(|| format!("anna.mueller-{i:04}"), |name| s(name));
    let subject = |i: usize| SubjectLine {
        label: name(i),
        id: format!("arn:aws:iam::{ACCOUNT}:user/engineering/{}", name(i)),
        reason: format!("access key 1 of {} is {} days old; the limit is 90", name(i), 91 + i),
    };
    let unknown = usize::from(mark == Verdict::Unknown) * 3;
    let total = if single { 1 } else { users };
    ControlSection {
        id: title.to_lowercase().replace(' ', "-").replace('\'', ""),
        number: s(number),
        title: s(title),
        severity: s(["critical", "high", "medium", "low"][index % 4]),
        verdict: mark,
        verdict_label: s(label),
        conclusion: match mark {
            Verdict::Fail => format!("{failing} of {total} fail"),
            Verdict::Unknown => format!("3 of {total} are inconclusive"),
            Verdict::NotApplicable => s("nobody is to be tested: the list of certificates is complete and empty"),
            Verdict::Manual => s("a person has to look at this"),
            Verdict::Pass => format!("all {total} pass"),
            Verdict::Attested => s("a person states that the requirement is met"),
            Verdict::Excepted => format!("{failing} of {total} fail under exception"),
        },
        requirement: words(
            "Every active access key of an IAM user was made no more than 90 days before the credential report was generated.",
        ),
        why: words(
            "A key that is never replaced stays useful to whoever copied it years ago. Replacing keys bounds the time in which a lost key opens the account, and proves that the owner still knows where it is used.",
        ),
        how_tested: vec![
            Block::Paragraph {
                spans: vec![
                    span("The age of a key is the time from ", "plain"),
                    span("access_key_1_last_rotated", "code"),
                    span(" to the report's own time. ", "plain"),
                    span("Inactive keys", "strong"),
                    span(" are listed but not tested.", "emphasis"),
                ],
            },
            Block::List {
                ordered: false,
                items: vec![
                    vec![span("Exactly 90 × 24 hours passes.", "plain")],
                    vec![span("One second more fails.", "plain")],
                ],
            },
        ],
        how_to_fix: vec![
            Block::List {
                ordered: true,
                items: vec![
                    vec![span("Make a second key and roll it out.", "plain")],
                    vec![span("Switch the old one off, wait, then delete it.", "plain")],
                ],
            },
            Block::Code {
                text: s(
                    "aws iam create-access-key --user-name NAME\naws iam update-access-key --user-name NAME --access-key-id ID --status Inactive\n  # then, a week later\naws iam delete-access-key --user-name NAME --access-key-id ID",
                ),
            },
        ],
        limits: words("Switching a key off and on again does not change its age in the report."),
        in_scope: (!single).then(|| s("key.active")),
        decided_by: None,
        passes: Some(s(
            "as_of - key.created <= days(params.max_age) && !(key.user.startsWith(\"break-glass\") && key.last_used == null)",
        )),
        parameters: vec![ParameterLine {
            name: s("max_age"),
            value: s("90"),
            overridden_from: index.is_multiple_of(2).then(|| s("45")),
        }],
        population: s("Access keys of IAM users: both slots of the credential report, active or not."),
        counts: [
            (Counted::Population, total),
            (Counted::InScope, total),
            (Counted::Passed, total.saturating_sub(failing + unknown)),
            (Counted::Failed, failing),
            (Counted::Excepted, 0),
            (Counted::Inconclusive, unknown),
        ]
        .into(),
        population_complete: mark != Verdict::Unknown,
        facts: if single {
            vec![(s("access key present"), s("no")), (s("last used"), s("2026-09-01 07:12 UTC"))]
        } else {
            Vec::new()
        },
        failing: (0..failing).map(subject).collect(),
        unknown: (0..unknown).map(|i| subject(i + 20)).collect(),
        excepted: Vec::new(),
        exceptions: Vec::new(),
        attestations: Vec::new(),
        material: Vec::new(),
        more: (failing > 1).then(|| format!("and 212 more, in sheet Users, column {number}")),
        gaps: if mark == Verdict::Unknown {
            vec![s("iam:ListVirtualMFADevices was denied (call c00017).")]
        } else {
            Vec::new()
        },
        sheet: (!single).then(|| s("users")),
        sheets: if single { Vec::new() } else { vec![(s("users"), s("Users"))] },
        exhibits: vec![s("E-02"), s("E-03")],
        frameworks: vec![
            (s("CIS AWS Foundations Benchmark 7.0.0"), vec![format!("2.{index}")]),
            (s("SOC 2 (2017)"), vec![s("CC6.1"), s("CC6.3")]),
        ],
        from: s("embedded"),
    }
}

fn frameworks(chapters: &[Chapter]) -> Vec<FrameworkTable> {
    let controls = chapters.iter().flat_map(|chapter| &chapter.controls);
    let rows = controls.enumerate().map(|(index, control)| FrameworkRow {
        requirement: format!("2.{}", index + 1),
        title: control.title.clone(),
        assessment: Some(s(if index.is_multiple_of(3) { "manual" } else { "automated" })),
        controls: if index % 7 == 6 {
            Vec::new()
        } else {
            vec![(control.id.clone(), control.verdict, control.verdict_label.clone())]
        },
    });
    vec![FrameworkTable {
        id: s("cis-aws-7.0.0"),
        name: s("CIS AWS Foundations Benchmark 7.0.0"),
        scope: s("Section 2, identity and access management."),
        sentence: s("24 of 28 requirements are covered by this pack."),
        rows: rows.collect(),
    }]
}

fn exhibits() -> Vec<ExhibitRow> {
    let row = |id: &str, operation: &str, files: usize| ExhibitRow {
        id: s(id),
        operation: s(operation),
        parameters: s(if files > 1 { "MaxItems=1000" } else { "" }),
        time: s("22 November 2026, 05:56:31 to 05:56:40 UTC"),
        outcome: s("complete"),
        calls: (0..files).map(|i| format!("c{:05}", i + 3)).collect(),
        files: (0..files)
            .map(|i| ExhibitFileRow {
                name: format!("snapshot/evidence/iam/get-account-authorization-details/{:04}.json", i + 1),
                bytes: 1_234_567,
                sha256: "0123456789abcdef".repeat(4),
            })
            .collect(),
    };
    vec![
        row("E-01", "sts:GetCallerIdentity", 1),
        row("E-02", "iam:GetCredentialReport", 2),
        row("E-03", "iam:GetAccountAuthorizationDetails", 4),
        row("E-04", "iam:GetAccountPasswordPolicy", 0),
        row("E-05", "iam:ListServerCertificates", 1),
    ]
}

pub fn calls(count: usize) -> Vec<CallRow> {
    let row = |i: usize| CallRow {
        id: format!("c{i:05}"),
        operation: s("iam:GetAccountAuthorizationDetails"),
        parameters: format!("Filter=User,Role,Group,LocalManagedPolicy,AWSManagedPolicy Marker=page{i}"),
        time: s("2026-11-22 05:56:31.123"),
        ms: 312,
        outcome: s(if i == 17 { "AccessDenied" } else { "200" }),
        request_id: s("6f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"),
        sha256: "fedcba9876543210".repeat(4),
    };
    (1..=count).map(row).collect()
}

fn sheets(users: usize, credentials: usize, roles: usize, policies: usize) -> Vec<Sheet> {
    let user_columns: &[(&str, &'static str)] = &[
        ("User", "text"),
        ("Path", "text"),
        ("Created", "time"),
        ("Password", "word"),
        ("MFA", "word"),
        ("Active keys", "number"),
        ("Last sign-in", "time"),
        ("Groups", "text"),
        ("Attached policies", "text"),
        ("Boundary", "text"),
    ];
    let user = |i: usize| {
        vec![
            HOSTILE.get(i).map_or_else(|| format!("{}.surname-{i:05}", FIRST[i % FIRST.len()]), |name| s(name)),
            s("/engineering/"),
            format!("2023-0{}-12 10:33", i % 9 + 1),
            s(if i.is_multiple_of(3) { "no" } else { "yes" }),
            s(if i.is_multiple_of(4) { "no" } else { "yes" }),
            (i % 3).to_string(),
            s(if i.is_multiple_of(5) { "never" } else { "2026-08-12 08:01" }),
            format!("{}, developers", ["readers", "admins", "sre-oncall", "billing-read-only"][i % 4]),
            s(if i.is_multiple_of(7) { "AdministratorAccess" } else { "none" }),
            s("none"),
        ]
    };
    let credential_columns: &[(&str, &'static str)] = &[
        ("User", "text"),
        ("Credential", "word"),
        ("Active", "word"),
        ("Changed", "time"),
        ("Last used", "time"),
        ("Idle days", "number"),
    ];
    let credential = |i: usize| {
        vec![
            format!("{}.surname-{:05}", FIRST[i % FIRST.len()], i / 2),
            s(if i.is_multiple_of(2) { "password" } else { "access key 1" }),
            s("yes"),
            s("2026-01-12 10:33"),
            s("2026-08-12 08:01"),
            (i % 400).to_string(),
        ]
    };
    let role_columns: &[(&str, &'static str)] = &[
        ("Role", "text"),
        ("Path", "text"),
        ("Created", "time"),
        ("Last used", "time"),
        ("Trusts", "text"),
        ("Attached policies", "text"),
    ];
    let role = |i: usize| {
        vec![
            format!("AWSReservedSSO_AdministratorAccess_{:016x}", i * 7919),
            s("/aws-reserved/sso.amazonaws.com/eu-central-1/"),
            s("2024-03-01 00:00"),
            s("not known"),
            format!("arn:aws:iam::{ACCOUNT}:saml-provider/AWSSSO_{:016x}_DO_NOT_DELETE", i),
            s("AdministratorAccess"),
        ]
    };
    let policy_columns: &[(&str, &'static str)] = &[
        ("Policy", "text"),
        ("Kind", "word"),
        ("Attachments", "number"),
        ("Full administration", "word"),
        ("Updated", "time"),
    ];
    let policy = |i: usize| {
        vec![
            format!("billing-export-{i:04}"),
            s("customer managed"),
            (i % 12).to_string(),
            s("no"),
            s("2025-02-11 12:00"),
        ]
    };
    vec![
        sheet("users", "Users", user_columns, 7, users, user),
        sheet("credentials", "Credentials", credential_columns, 4, credentials, credential),
        sheet("groups", "Groups", policy_columns, 1, 0, policy),
        sheet("roles", "Roles", role_columns, 2, roles, role),
        sheet("policies", "Policies", policy_columns, 3, policies, policy),
    ]
}

const FIRST: [&str; 6] = ["anna", "bob", "carla", "dmitri", "eve", "farid"];

fn sheet(
    id: &str,
    title: &str,
    facts: &[(&str, &'static str)],
    marks: usize,
    rows: usize,
    cells: impl Fn(usize) -> Vec<String>,
) -> Sheet {
    let mut columns: Vec<Column> =
        facts.iter().map(|(title, kind)| Column { title: s(title), key: s(title), control: None, kind }).collect();
    columns.extend((0..marks).map(|i| Column {
        title: format!("C{}", i + 1),
        key: s("x"),
        control: Some(CONTROLS[2].1[i].to_lowercase().replace(' ', "-")),
        kind: "mark",
    }));
    let palette = [
        Some(Verdict::Pass),
        Some(Verdict::Pass),
        Some(Verdict::Fail),
        None,
        Some(Verdict::Pass),
        Some(Verdict::Unknown),
        Some(Verdict::NotApplicable),
    ];
    let rows = (0..rows).map(|i| Row {
        id: format!("arn:aws:iam::{ACCOUNT}:{id}/{i}"),
        cells: cells(i),
        marks: (0..marks).map(|m| palette[(i * 5 + m * 3) % palette.len()]).collect(),
    });
    let rows: Vec<Row> = rows.collect();
    Sheet {
        id: s(id),
        title: s(title),
        intro: format!("{} rows, complete: the account summary counts as many.", rows.len()),
        complete: true,
        lead: 1,
        columns,
        rows,
    }
}
