//! `count(number, noun)` in criteria and sentences: of a known number, of one that is not known, and of an empty list.

use super::*;

/// A change of the account.
type Change = fn(&mut Account);

/// What a user with so many active access keys and these groups makes of a criterion.
fn verdict(passes: &str, spoil: Change) -> Verdict {
    verdicts(passes, &[spoil])[0]
}

/// What is said of the one user where the criterion fails or cannot be evaluated.
fn said(fails_because: &str, spoil: Change) -> (Verdict, String) {
    let catalog = with_sentence(None, "!user.mfa_active", fails_because);
    let mut account = tidy();
    spoil(&mut account);
    let assessment = assess(&account, &catalog);
    let result = result_of(&assessment, &catalog, "our-own");
    (result.verdict, result.results[0].reason.clone())
}

#[test]
fn a_number_has_its_noun_in_the_plural_unless_it_is_one() {
    let keys = "count(user.active_access_keys, 'key')";
    let with: [(Change, &str); 4] = [
        (|a| a.users.subjects[0].active_access_keys = known(0), "0 keys"),
        (|a| a.users.subjects[0].active_access_keys = known(1), "1 key"),
        (|a| a.users.subjects[0].active_access_keys = known(2), "2 keys"),
        (|a| a.users.subjects[0].active_access_keys = known(1000), "1000 keys"),
    ];
    for (spoil, words) in with {
        assert_eq!(verdict(&format!("{keys} == '{words}'"), spoil), Verdict::Pass, "{words}");
        assert_eq!(verdict(&format!("{keys} != '{words}'"), spoil), Verdict::Fail, "{words}");
        let (failed, sentence) = said(&format!("the user has {{{{ {keys} }}}} today"), spoil);
        assert_eq!(failed, Verdict::Fail);
        assert!(sentence.contains(&format!("has {words} today")), "{sentence}");
    }
}

#[test]
fn members_of_a_list_are_counted_and_an_empty_list_has_none() {
    let groups = "count(size(user.groups), 'group')";
    let with: [(Change, &str); 3] = [
        (|a| a.users.subjects[0].groups = texts(&[]), "0 groups"),
        (|a| a.users.subjects[0].groups = texts(&["staff"]), "1 group"),
        (|a| a.users.subjects[0].groups = texts(&["auditors", "staff"]), "2 groups"),
    ];
    for (spoil, words) in with {
        assert_eq!(verdict(&format!("{groups} == '{words}'"), spoil), Verdict::Pass, "{words}");
    }
}

#[test]
fn a_number_that_is_not_known_is_never_counted() {
    let unread: [(&str, Change); 2] = [
        ("count(user.active_access_keys, 'key') == '0 keys'", |a| {
            a.users.subjects[0].active_access_keys = Observed::Gap(a_gap("the row is unreadable"));
        }),
        ("count(size(user.groups), 'group') == '0 groups'", |a| {
            a.users.subjects[0].groups = Observed::Gap(a_gap("the list was cut short"));
        }),
    ];
    for (passes, spoil) in unread {
        assert_eq!(verdict(passes, spoil), Verdict::Unknown, "{passes}");
        assert_eq!(verdict(&format!("!({passes})"), spoil), Verdict::Unknown, "not {passes}");
        // What decides alone decides, whatever is not known beside it.
        assert_eq!(verdict(&format!("user.mfa_active || {passes}"), spoil), Verdict::Pass, "{passes}");
    }
    let (failed, sentence) = said("the user has {{ count(user.active_access_keys, 'key') }}", |a| {
        a.users.subjects[0].active_access_keys = Observed::Gap(a_gap("the row is unreadable"));
    });
    assert_eq!(failed, Verdict::Fail, "the sentence decides nothing");
    assert!(!sentence.contains("0 key") && !sentence.contains("{{"), "{sentence}");
}
