//! Exceptions as an auditor reads them: never a pass, never over what is unknown.

use super::*;
use auditpack::testing::assess::{ExceptionResult, ExceptionState};
use auditpack::testing::catalog::Exception;
use jiff::ToSpan;
use jiff::civil::{Date, date};

/// The day of the hand-made evidence.
const DAY: Date = date(2026, 11, 22);
const MFA: &str = "every-user-has-mfa";

fn arn(user: &str) -> String {
    format!("arn:aws:iam::123456789012:user/{user}")
}

fn exception(id: &str, control: &str, subjects: &[String]) -> Exception {
    Exception {
        id: id.into(),
        control: control.into(),
        subjects: subjects.to_vec(),
        subjects_like: Vec::new(),
        reason: "It is replaced in March.".into(),
        owner: "Ada".into(),
        approver: "Grace".into(),
        approved: DAY - 10.days(),
        expires: DAY + 10.days(),
        compensating_control: None,
        ticket: None,
    }
}

fn with(exceptions: Vec<Exception>) -> Catalog {
    Catalog { exceptions, ..load(None, &Overrides::new()).unwrap() }
}

/// Users of whom those named in `without` have no MFA.
fn users(names: &[&str], without: &[&str]) -> Account {
    let mut account = tidy();
    account.users.subjects = names.iter().map(|name| user(name)).collect();
    for user in &mut account.users.subjects {
        user.mfa_active = known(!without.contains(&user.label.as_str()));
    }
    account
}

fn judged(account: &Account, exceptions: Vec<Exception>) -> (Verdict, String, ExceptionResult) {
    let catalog = with(exceptions);
    let mut assessment = assess(account, &catalog);
    let result = result_of(&assessment, &catalog, MFA);
    let (verdict, conclusion) = (result.verdict, result.conclusion.clone());
    (verdict, conclusion, assessment.exceptions.remove(0))
}

#[test]
fn a_failure_under_exception_is_neither_failed_nor_passed() {
    let account = users(&["ada", "bob"], &["bob"]);
    let catalog = with(vec![exception("EX-1", MFA, &[arn("bob")])]);
    let assessment = assess(&account, &catalog);
    let result = result_of(&assessment, &catalog, MFA);
    assert_eq!(result.verdict, Verdict::Excepted);
    assert_eq!(result.conclusion, "1 of 2 IAM users in scope fails under exception; 1 passes.");
    let counts = result.population;
    assert_eq!((counts.in_scope, counts.passed, counts.failed, counts.excepted, counts.unknown), (2, 1, 0, 1, 0));
    let bob = result.results.iter().find(|one| account.users.subjects[one.subject].label == "bob").unwrap();
    assert_eq!((bob.verdict, bob.reason.as_str()), (Verdict::Excepted, "bob has no active MFA device"));
    let told = &assessment.exceptions[0];
    assert_eq!(
        (told.state, told.days_left, told.excepted.as_slice()),
        (ExceptionState::InForce, 10, [bob.subject].as_slice())
    );
    // Another control that the same user fails is another matter.
    assert_eq!(result_of(&assessment, &catalog, "console-users-have-mfa").verdict, Verdict::Fail);
}

#[test]
fn one_failure_without_an_exception_fails_the_control() {
    let account = users(&["ada", "bob", "eve"], &["bob", "eve"]);
    let (verdict, conclusion, _) = judged(&account, vec![exception("EX-1", MFA, &[arn("bob")])]);
    assert_eq!(verdict, Verdict::Fail);
    assert_eq!(conclusion, "1 of 3 IAM users in scope fails; 1 more fails under exception.");
}

#[test]
fn what_is_unknown_cannot_be_excepted() {
    let mut account = users(&["ada", "bob"], &["bob"]);
    account.users.subjects[0].mfa_active = Observed::Gap(a_gap("AWS denied the report"));
    let exceptions = vec![exception("EX-1", MFA, &[arn("ada"), arn("bob")])];
    let (verdict, conclusion, told) = judged(&account, exceptions);
    assert_eq!(verdict, Verdict::Unknown, "{conclusion}");
    assert_eq!(conclusion, "1 of 2 IAM users in scope is inconclusive; 1 fails under exception.");
    assert_eq!((told.excepted.len(), told.unknown), (1, 1));
    // Alone over what is unknown, an exception does nothing and says so.
    let (_, _, told) = judged(&account, vec![exception("EX-1", MFA, &[arn("ada")])]);
    assert_eq!((told.state, told.excepted.len()), (ExceptionState::Undecided, 0));
}

#[test]
fn a_gap_in_the_population_is_not_hidden() {
    let mut account = users(&["bob"], &["bob"]);
    account.users.gaps.push(a_gap("the list was cut off"));
    let (verdict, conclusion, told) = judged(&account, vec![exception("EX-1", MFA, &[arn("bob")])]);
    assert_eq!((verdict, told.state), (Verdict::Unknown, ExceptionState::InForce));
    assert!(
        conclusion.starts_with("1 of 1 IAM users in scope fails under exception, but there may be more."),
        "{conclusion}"
    );
    assert!(!conclusion.contains("pass"), "{conclusion}");
}

#[test]
fn the_day_of_the_evidence_decides_what_is_in_force() {
    let account = users(&["bob"], &["bob"]);
    let state = |approved: Date, expires: Date| {
        let (verdict, _, told) =
            judged(&account, vec![Exception { approved, expires, ..exception("EX-1", MFA, &[arn("bob")]) }]);
        (verdict, told.state, told.days_left, told.failing)
    };
    let (before, after) = (DAY.yesterday().unwrap(), DAY.tomorrow().unwrap());
    assert_eq!(state(DAY, DAY), (Verdict::Excepted, ExceptionState::InForce, 0, 0), "both ends count");
    assert_eq!(state(before, after), (Verdict::Excepted, ExceptionState::InForce, 1, 0));
    assert_eq!(state(before, before), (Verdict::Fail, ExceptionState::Expired, -1, 1));
    assert_eq!(state(after, after), (Verdict::Fail, ExceptionState::Future, 1, 1));
}

#[test]
fn an_exception_that_nobody_needs_says_so() {
    let account = users(&["ada", "bob"], &["bob"]);
    let (verdict, _, told) = judged(&account, vec![exception("EX-1", MFA, &[arn("ada")])]);
    assert_eq!((verdict, told.state, told.not_failing), (Verdict::Fail, ExceptionState::NotNeeded, 1));
    let (verdict, _, told) = judged(&account, vec![exception("EX-1", MFA, &[arn("nobody")])]);
    assert_eq!((verdict, told.state), (Verdict::Fail, ExceptionState::Unused));
    assert_eq!(told.unmatched, [arn("nobody")]);
    let (verdict, _, told) = judged(&account, vec![exception("EX-1", MFA, &[arn("bob"), arn("nobody")])]);
    assert_eq!((verdict, told.state), (Verdict::Excepted, ExceptionState::InForce));
    assert_eq!(told.unmatched, [arn("nobody")]);
}

#[test]
fn two_exceptions_may_cover_one_failure_and_it_counts_once() {
    let account = users(&["bob"], &["bob"]);
    let like = Exception { subjects_like: vec![arn("b*")], ..exception("EX-2", MFA, &[]) };
    let catalog = with(vec![exception("EX-1", MFA, &[arn("bob")]), like]);
    let assessment = assess(&account, &catalog);
    assert_eq!(result_of(&assessment, &catalog, MFA).population.excepted, 1);
    assert!(assessment.exceptions.iter().all(|told| told.state == ExceptionState::InForce && told.excepted == [0]));
    // One that ended beside one in force is still told as ended, and covers nothing.
    let ended = Exception { expires: DAY - 1.day(), ..exception("EX-0", MFA, &[arn("bob")]) };
    let (verdict, _, told) = judged(&account, vec![ended, exception("EX-1", MFA, &[arn("bob")])]);
    assert_eq!(
        (verdict, told.state, told.excepted.len(), told.failing),
        (Verdict::Excepted, ExceptionState::Expired, 0, 0)
    );
}

#[test]
fn a_single_subject_fails_under_exception_with_its_reason() {
    let mut account = tidy();
    account.root.subjects[0].mfa_enabled = known(false);
    let control = "root-has-mfa";
    let catalog = with(vec![exception("EX-1", control, &["arn:aws:iam::123456789012:root".into()])]);
    let result = &assess(&account, &catalog);
    let result = result_of(result, &catalog, control);
    assert_eq!(result.verdict, Verdict::Excepted);
    assert_eq!(
        result.conclusion,
        "The root user fails under exception: no MFA device is registered for the root user; it can sign in with \
         its password."
    );
}

/// Exceptions from dice: any control, any ids of the account, patterns, dates around the evidence.
fn exceptions_of(account: &Account, dice: &[(u8, u8, u8, i8, i8)]) -> Vec<Exception> {
    let mut exceptions = Vec::new();
    for (n, (control, subject, how, from, to)) in dice.iter().enumerate() {
        let control = &CATALOG.controls[usize::from(*control) % CATALOG.controls.len()];
        let ids: Vec<&str> = account.population(control.kind).subjects.iter().map(|one| one.id()).collect();
        let id = ids.get(usize::from(*subject) % ids.len().max(1)).map_or_else(|| arn("nobody"), |id| (*id).to_owned());
        let (subjects, subjects_like) = match how % 4 {
            0 => (vec![id], Vec::new()),
            1 => (Vec::new(), vec!["arn:aws:iam::123456789012:*".to_owned()]),
            2 => (vec![arn("nobody")], vec![id.replace("user0", "user?")]),
            _ => (ids.iter().map(|id| (*id).to_owned()).collect(), Vec::new()),
        };
        exceptions.push(Exception {
            subjects_like,
            approved: DAY + i64::from(*from % 4 - 2).days(),
            expires: DAY + i64::from(*to % 4 + 1).days(),
            ..exception(&format!("EX-{n:03}"), &control.id, &subjects)
        });
    }
    exceptions
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_exception_makes_a_pass_or_hides_what_is_unknown(
        dice in prop::collection::vec(any::<u8>(), 97),
        which in any::<prop::sample::Index>(),
        blinded in any::<bool>(),
        given in prop::collection::vec(any::<(u8, u8, u8, i8, i8)>(), 0..40),
    ) {
        let mut account = account_of(&dice);
        if blinded {
            let control = &CATALOG.controls[which.index(CATALOG.controls.len())];
            if let (Some(fact), false) = (control.reads.first(), account.population(control.kind).subjects.is_empty()) {
                blind(&mut account, control.kind.name, 0, fact.name, &a_gap("lost"));
            }
            if which.index(3) == 0 {
                account.users.gaps.push(a_gap("cut off"));
            }
        }
        let catalog = with(exceptions_of(&account, &given));
        let (before, after) = (assess(&account, &CATALOG), assess(&account, &catalog));
        prop_assert_eq!(after.exceptions.len(), catalog.exceptions.len());
        for (before, after) in before.controls.iter().zip(&after.controls) {
            let told = format!("{} -> {}", before.conclusion, after.conclusion);
            let allowed = match before.verdict {
                Verdict::Fail => matches!(after.verdict, Verdict::Fail | Verdict::Unknown | Verdict::Excepted),
                other => after.verdict == other,
            };
            prop_assert!(allowed, "{:?} -> {:?}: {}", before.verdict, after.verdict, told);
            let (old, new) = (before.population, after.population);
            prop_assert_eq!(
                (old.total, old.in_scope, old.passed, old.unknown, old.complete, old.failed),
                (new.total, new.in_scope, new.passed, new.unknown, new.complete, new.failed + new.excepted)
            );
            prop_assert_eq!(&before.gaps, &after.gaps);
            if after.verdict == Verdict::Excepted {
                prop_assert!(new.complete && new.unknown == 0 && new.failed == 0 && new.excepted > 0, "{}", told);
            }
            for (before, after) in before.results.iter().zip(&after.results) {
                let excepted = before.verdict == Verdict::Fail && after.verdict == Verdict::Excepted;
                prop_assert!(excepted || before.verdict == after.verdict, "{}", told);
                prop_assert_eq!(&before.reason, &after.reason);
            }
        }
    }
}
