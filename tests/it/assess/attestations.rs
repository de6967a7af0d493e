//! Attestations as an auditor reads them: a verdict of their own, never over evidence, never past their day.

use super::*;
use auditpack::testing::account::fact::Observed;
use auditpack::testing::assess::{AttestationResult, AttestationState};
use auditpack::testing::catalog::{Accounts, Attestation, Attested, Conclusion, Person, Reviewed};
use jiff::ToSpan;
use jiff::civil::{Date, date};

/// The day of the hand-made evidence.
const DAY: Date = date(2026, 11, 22);
const ACCOUNT: &str = "123456789012";

fn person(name: &str) -> Person {
    Person { name: name.into(), role: "Head of Platform".into() }
}

fn attestation(id: &str, control: &str, conclusion: Conclusion) -> Attestation {
    Attestation {
        id: id.into(),
        control: control.into(),
        accounts: Accounts::Named(vec![ACCOUNT.into()]),
        scope: "All of it.".into(),
        statement: "I looked.".into(),
        conclusion,
        reason: (conclusion != Conclusion::Met).then(|| "because".into()),
        attested_by: person("Ada"),
        reviewed_by: None,
        date: DAY - 10.days(),
        valid_until: DAY + 10.days(),
        replaces: Vec::new(),
        ticket: None,
        files: vec![Attested { name: format!("{id}.toml"), bytes: 1, sha256: "0".repeat(64) }],
    }
}

fn with(attestations: Vec<Attestation>) -> Catalog {
    Catalog { attestations, ..load(None, &Overrides::new()).unwrap() }
}

const REVIEW: &str = "access-is-reviewed-periodically";

fn judged(attestations: Vec<Attestation>) -> (Verdict, String, Vec<AttestationResult>) {
    let catalog = with(attestations);
    let account = tidy();
    assert_eq!(account.id, ACCOUNT);
    let assessment = assess(&account, &catalog);
    let result = result_of(&assessment, &catalog, REVIEW);
    (result.verdict, result.conclusion.clone(), assessment.attestations)
}

fn state_of(told: &[AttestationResult], place: usize) -> AttestationState {
    assert_eq!(told[place].attestation, place, "in the catalog's order");
    told[place].state
}

/// Every control that a person decides: manual, attested, failed, not applicable by a person's word, expired.
#[test]
fn each_control_of_a_person_is_seen_in_every_verdict() {
    let account = tidy();
    let manual: Vec<&str> =
        CATALOG.controls.iter().filter(|one| one.review().is_some()).map(|one| one.id.as_str()).collect();
    assert!(manual.len() >= 8, "{manual:?}");
    for id in manual {
        let verdict = |attestations: Vec<Attestation>| {
            let catalog = with(attestations);
            let assessment = assess(&account, &catalog);
            let result = result_of(&assessment, &catalog, id);
            assert_ne!(result.verdict, Verdict::Pass, "{id}");
            assert_eq!(result.population.passed, 0, "{id}");
            (result.verdict, result.conclusion.clone())
        };
        assert_eq!(verdict(Vec::new()).0, Verdict::Manual, "{id}");
        let (attested, told) = verdict(vec![attestation("AT-1", id, Conclusion::Met)]);
        assert_eq!(attested, Verdict::Attested, "{id}");
        assert_eq!(told, "Met, as Ada (Head of Platform) attested on 2026-11-12 (AT-1).");
        let (failed, told) = verdict(vec![attestation("AT-1", id, Conclusion::NotMet)]);
        assert_eq!(failed, Verdict::Fail, "{id}");
        assert_eq!(told, "Not met, as Ada (Head of Platform) attested on 2026-11-12 (AT-1): because.");
        assert_eq!(verdict(vec![attestation("AT-1", id, Conclusion::NotApplicable)]).0, Verdict::Attested, "{id}");
        let mut ended = attestation("AT-1", id, Conclusion::Met);
        ended.valid_until = DAY - 1.days();
        let (expired, told) = verdict(vec![ended]);
        assert_eq!(expired, Verdict::Manual, "{id}");
        assert!(told.ends_with("about the account. Attestation AT-1 ended on 2026-11-21."), "{told}");
        // What the account lacks stays unknown, whatever is stated.
        let mut blind = tidy();
        let kind = CATALOG.controls.iter().find(|one| one.id == id).unwrap().kind.name;
        cut_short(&mut blind, kind, a_gap("the caller's identity was refused"));
        let catalog = with(vec![attestation("AT-1", id, Conclusion::Met)]);
        let assessment = assess(&blind, &catalog);
        assert_eq!(result_of(&assessment, &catalog, id).verdict, Verdict::Unknown, "{id}");
    }
}

/// What is asked about the management account is asked of no other; and of nobody it is said without knowing.
#[test]
fn a_member_account_is_not_asked_about_the_management_account() {
    for id in ["the-management-account-runs-no-workloads", "organizational-units-follow-environment-and-sensitivity"] {
        let verdict = |is_management: Observed<bool>, attestations: Vec<Attestation>| {
            let mut account = tidy();
            account.organization.subjects[0].is_management_account = is_management;
            let catalog = with(attestations);
            let assessment = assess(&account, &catalog);
            let result = result_of(&assessment, &catalog, id);
            (result.verdict, result.conclusion.clone())
        };
        let stated = || vec![attestation("AT-1", id, Conclusion::Met)];
        let (member, told) = verdict(Observed::Known(false), Vec::new());
        assert_eq!(member, Verdict::NotApplicable, "{id}");
        assert!(told.contains("this control is about the organization's management account"), "{told}");
        assert_eq!(verdict(Observed::Known(true), Vec::new()).0, Verdict::Manual, "{id}");
        assert_eq!(verdict(Observed::Known(true), stated()).0, Verdict::Attested, "{id}");
        for attestations in [Vec::new(), stated()] {
            let (open, told) = verdict(Observed::Gap(a_gap("the organization was refused")), attestations);
            assert_eq!(open, Verdict::Unknown, "{id}");
            assert!(told.contains("so whether this account is the management account is not known"), "{told}");
        }
    }
}

#[test]
fn both_ends_of_the_term_count() {
    for (from, until, verdict, state) in [
        (DAY, DAY, Verdict::Attested, AttestationState::InForce),
        (DAY + 1.days(), DAY + 9.days(), Verdict::Manual, AttestationState::Future),
        (DAY - 9.days(), DAY - 1.days(), Verdict::Manual, AttestationState::Expired),
    ] {
        let mut one = attestation("AT-1", REVIEW, Conclusion::Met);
        (one.date, one.valid_until) = (from, until);
        let (found, conclusion, told) = judged(vec![one]);
        assert_eq!((found, state_of(&told, 0)), (verdict, state), "{conclusion}");
    }
}

#[test]
fn a_statement_holds_from_its_review() {
    let mut one = attestation("AT-1", REVIEW, Conclusion::Met);
    one.reviewed_by = Some(Reviewed { by: person("Grace"), date: DAY + 1.days() });
    let (verdict, conclusion, told) = judged(vec![one.clone()]);
    assert_eq!((verdict, state_of(&told, 0)), (Verdict::Manual, AttestationState::Future));
    assert!(conclusion.ends_with("Attestation AT-1 begins on 2026-11-23."), "{conclusion}");
    one.reviewed_by = Some(Reviewed { by: person("Grace"), date: DAY });
    let (verdict, conclusion, _) = judged(vec![one]);
    assert_eq!(verdict, Verdict::Attested);
    assert!(conclusion.contains("reviewed by Grace (Head of Platform) on 2026-11-22"), "{conclusion}");
}

#[test]
fn a_control_may_let_a_statement_hold_for_less_than_it_says() {
    let mut one = attestation("AT-1", REVIEW, Conclusion::Met);
    (one.date, one.valid_until) = (DAY - 101.days(), DAY + 200.days());
    let (verdict, _, told) = judged(vec![one.clone()]);
    assert_eq!((verdict, state_of(&told, 0)), (Verdict::Manual, AttestationState::Expired), "a quarter and ten days");
    assert_eq!((told[0].until, told[0].days_left), (DAY - 1.days(), -1));
    one.date = DAY - 100.days();
    assert_eq!(judged(vec![one]).0, Verdict::Attested);
}

#[test]
fn of_two_that_hold_the_graver_counts_until_one_is_replaced() {
    let met = attestation("AT-1", REVIEW, Conclusion::Met);
    let not_met = attestation("AT-2", REVIEW, Conclusion::NotMet);
    let (verdict, _, told) = judged(vec![met.clone(), not_met.clone()]);
    assert_eq!(verdict, Verdict::Fail);
    assert_eq!(state_of(&told, 0), AttestationState::Outweighed);
    assert_eq!(state_of(&told, 1), AttestationState::InForce);

    let mut later = met.clone();
    (later.id, later.date, later.replaces) = ("AT-3".into(), DAY - 2.days(), vec!["AT-2".into()]);
    let (verdict, conclusion, told) = judged(vec![met.clone(), not_met.clone(), later.clone()]);
    assert_eq!(verdict, Verdict::Attested, "{conclusion}");
    assert!(conclusion.contains("(AT-1)") && conclusion.contains("(AT-3)"), "{conclusion}");
    assert_eq!(state_of(&told, 1), AttestationState::Replaced);

    // What is not in force itself replaces nothing.
    later.date = DAY + 1.days();
    assert_eq!(judged(vec![met, not_met, later]).0, Verdict::Fail);
}

#[test]
fn a_statement_about_other_accounts_decides_nothing_here() {
    let mut one = attestation("AT-1", REVIEW, Conclusion::Met);
    one.accounts = Accounts::Named(vec!["999988887777".into()]);
    let (verdict, conclusion, told) = judged(vec![one.clone()]);
    assert_eq!((verdict, state_of(&told, 0)), (Verdict::Manual, AttestationState::Elsewhere));
    assert!(!conclusion.contains("AT-1"), "{conclusion}");
    one.accounts = Accounts::Organization;
    assert_eq!(judged(vec![one]).0, Verdict::Attested);
}

#[test]
fn a_statement_never_touches_another_control() {
    let catalog = with(vec![attestation("AT-1", "root-has-no-access-keys", Conclusion::Met)]);
    let mut account = tidy();
    account.root.subjects[0].has_access_key = known(true);
    let assessment = assess(&account, &catalog);
    assert_eq!(result_of(&assessment, &catalog, "root-has-no-access-keys").verdict, Verdict::Fail);
}

/// A page about users that a person decides, with a scope.
fn about_users() -> Catalog {
    let folder = tempfile::tempdir().unwrap();
    let page = "+++\nid = \"our-own\"\ntitle = \"T\"\nseverity = \"low\"\nsection = \"Governance\"\norder = 1\n\
                subject = \"user\"\nassessment = \"manual\"\nin_scope = \"user.has_password\"\n\
                [[shows]]\ntitle = \"Users\"\nsubject = \"user\"\nwhen = \"user.mfa_active\"\nfacts = [\"created\"]\n+++\n\
                ## Requirement\na\n## Why it matters\na\n## How it is tested\na\n## How to fix it\na\n## Limits\na\n";
    std::fs::write(folder.path().join("our-own.md"), page).unwrap();
    let own = load(Some(folder.path()), &Overrides::new()).unwrap_or_else(|problems| panic!("{problems}"));
    Catalog { attestations: vec![attestation("AT-1", "our-own", Conclusion::Met)], ..own }
}

#[test]
fn scope_and_population_stay_matters_of_evidence() {
    let catalog = about_users();
    let judge = |account: &Account| {
        let assessment = assess(account, &catalog);
        let result = result_of(&assessment, &catalog, "our-own");
        (result.verdict, assessment.attestations[0].state, result.conclusion.clone())
    };
    let mut account = tidy();
    account.users.subjects = vec![user("ada"), user("bob")];
    let (verdict, state, conclusion) = judge(&account);
    assert_eq!((verdict, state), (Verdict::Attested, AttestationState::InForce));
    assert!(conclusion.starts_with("2 IAM users in scope: met, as Ada"), "{conclusion}");

    let mut nobody = account.clone();
    nobody.users.subjects.iter_mut().for_each(|user| user.has_password = known(false));
    let (verdict, state, _) = judge(&nobody);
    assert_eq!((verdict, state), (Verdict::NotApplicable, AttestationState::NotNeeded));

    let mut open = account.clone();
    blind(&mut open, "user", 0, "has_password", &a_gap("the report is older than the user"));
    assert_eq!(judge(&open).0, Verdict::Unknown, "a person's word does not say whom it is about");

    let mut cut = account.clone();
    cut_short(&mut cut, "user", a_gap("the list was cut short"));
    let (verdict, _, conclusion) = judge(&cut);
    assert_eq!(verdict, Verdict::Unknown);
    assert!(conclusion.contains("there may be more") && !conclusion.contains("pass"), "{conclusion}");
}

#[test]
fn what_a_reviewer_is_shown_decides_nothing_and_hides_nobody() {
    let catalog = about_users();
    let mut account = tidy();
    account.users.subjects = vec![user("ada"), user("bob"), user("eve")];
    account.users.subjects[0].mfa_active = known(false);
    blind(&mut account, "user", 1, "mfa_active", &a_gap("a cell is garbled"));
    blind(&mut account, "user", 2, "created", &a_gap("the row was cut off"));
    let assessment = assess(&account, &catalog);
    let result = result_of(&assessment, &catalog, "our-own");
    assert_eq!(result.verdict, Verdict::Attested);
    assert_eq!(result.material[0].subjects, [1, 2], "one of which it is not known is shown");
    assert!(result.gaps.iter().any(|gap| gap.reason == "the row was cut off"), "{:?}", result.gaps);
}
