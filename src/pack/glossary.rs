//! The words that this pack uses, as auditors use them.

use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct Term {
    pub term: String,
    pub meaning: String,
}

const TERMS: &[(&str, &str)] = &[
    (
        "Control",
        "A requirement that can be tested. Its letter and number (B3) are references within this pack; its name in lower case (access-keys-are-rotated) stays the same from pack to pack.",
    ),
    (
        "Population",
        "Everything that a control is about, for example every access key of the account. It is never sampled: each member is tested.",
    ),
    (
        "In scope",
        "Members of the population to which the requirement applies. An inactive access key belongs to the population but is out of scope of a rule for active keys.",
    ),
    ("Criterion", "The test itself, printed as it was run, in the Common Expression Language (CEL)."),
    ("Pass", "Every member in scope meets the criterion, and the population is known to be complete."),
    (
        "Fail",
        "At least one member in scope does not meet the criterion. Such a member is an exception in the auditor's sense.",
    ),
    (
        "Fails under exception",
        "Members fail, and for each of them an exception is in force: the organization accepted the failure for a reason and until a date, with an owner and an approver. It is never counted as a pass, and what is inconclusive cannot be excepted.",
    ),
    (
        "Inconclusive",
        "Evidence that could change the result is missing. It is neither a pass nor a fail; the missing evidence is named.",
    ),
    (
        "Manual",
        "The evidence cannot decide; a person has to, and no attestation is in force that says how. It is not a pass.",
    ),
    (
        "Attested",
        "A person stated that the requirement is met, or does not apply, and the statement was in force on the day of the evidence. The verdict rests on that person’s word and on the files handed over with it, not on collected evidence, and is counted apart from Pass. A statement that it is not met makes the control fail.",
    ),
    (
        "Attestation",
        "A dated statement of a named person about a control that a person decides, with the last day on which it holds. The statements and their files are exhibits EA-01, EA-02 … It never changes what collected evidence decides.",
    ),
    (
        "Not applicable",
        "There is nobody and nothing to test, and the evidence shows that. For a single row of a sheet: the member is out of scope of that control.",
    ),
    (
        "Gap",
        "Something that was to be read and could not be: refused, throttled, failed, not collected, or not contained in the answer.",
    ),
    (
        "Exhibit",
        "What AWS answered to one operation with one set of parameters: the files, their SHA-256, and the calls behind them.",
    ),
    ("Reconciliation", "The same things counted by sources that do not depend on each other, side by side."),
    (
        "Credential report",
        "AWS's list of all users of the account with the state of their passwords, access keys and MFA. AWS makes a new one at most every four hours, so it can be older than the rest of the evidence.",
    ),
    ("Authorization details", "AWS's list of all users, groups, roles and policies in use, with every policy's text."),
    (
        "As-of time",
        "The time to which a fact belongs: that of the credential report for facts from it, the start of the collection for all others.",
    ),
    (
        "Observed, supplied",
        "Observed: the program made the call itself and kept the answer as received. Supplied: somebody handed over files, and the pack can only say what they contain.",
    ),
    ("MFA", "Multi-factor authentication: signing in needs something besides the password."),
    ("Root user", "The identity that was created with the account and that no policy of the account can restrict."),
    ("Permissions boundary", "A policy that caps what a user or role can do, whatever else is granted."),
    ("Service-linked role", "A role that an AWS service created and owns; the customer cannot change what it may do."),
    (
        "Pack id",
        "The SHA-256 over the list of everything that the pack was made from; two packs from the same inputs have the same id.",
    ),
];

pub(super) fn terms() -> Vec<Term> {
    TERMS.iter().map(|(term, meaning)| Term { term: (*term).to_owned(), meaning: (*meaning).to_owned() }).collect()
}
