//! Users: joined by ARN over credential report, authorization details and user list.

use super::absence::{Absent, NamedBy};
use super::completeness::Others;
use super::credential_report::{CredentialReport, Row};
use super::details::{UserItem, sorted};
use super::evidence::ListedUser;
use super::fact::{AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, Evidence, Gap, Observed, USER_LIST, subject};
use super::principals::path_in_arn;
use super::sources::Sources;
use super::{Disagreement, Population, Times};
use crate::arn::name_of;
use jiff::SignedDuration;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Text = String;
type Texts = Vec<String>;

subject! {
    /// An IAM user (never the root user) whom any answer names, joined by ARN from the credential report, the
    /// authorization details and the user list.
    User = "user" as "user", "IAM users", from &[AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, USER_LIST];
    /// User name.
    name "the user's name": Text = &[AUTHORIZATION_DETAILS, CREDENTIAL_REPORT];
    /// Path, `/` if none was given.
    path: Text = &[AUTHORIZATION_DETAILS];
    /// When the user was created.
    created: Timestamp = &[CREDENTIAL_REPORT, AUTHORIZATION_DETAILS, USER_LIST];
    /// The user has a console password.
    has_password "whether the user has a console password": bool = &[CREDENTIAL_REPORT], title "Console password";
    /// At least one MFA device of any kind is active for the user.
    mfa_active "whether the user has MFA": bool = &[CREDENTIAL_REPORT], title "MFA";
    /// Active access keys (the credential report shows two slots).
    active_access_keys "how many active access keys the user has": i64 = &[CREDENTIAL_REPORT], compared false;
    /// Active access keys made within ten seconds of the user.
    access_keys_made_with_user "how many active access keys were created together with the user": i64 =
        &[CREDENTIAL_REPORT], compared false;
    /// Active access keys that were never used.
    access_keys_never_used "how many active access keys were never used": i64 = &[CREDENTIAL_REPORT], compared false;
    /// Active X.509 signing certificates.
    active_signing_certificates: i64 = &[CREDENTIAL_REPORT], compared false;
    /// Last console sign-in; null if none is known.
    password_last_used: Option<Timestamp> = &[CREDENTIAL_REPORT],
        title "Last sign-in", none "none known", compared false;
    /// Groups the user belongs to.
    groups "which groups the user is in": Texts = &[AUTHORIZATION_DETAILS];
    /// Managed policies attached to the user directly.
    attached_policies "which policies are attached to the user": Texts = &[AUTHORIZATION_DETAILS];
    /// Inline policies of the user.
    inline_policies "which inline policies the user has": Texts = &[AUTHORIZATION_DETAILS];
    /// ARN of the permissions boundary; null if none.
    permissions_boundary: Option<String> = &[AUTHORIZATION_DETAILS];
}

/// A user as each source sees them.
pub struct Joined<'a> {
    /// ARN; `user/NAME` where no answer shows the path.
    pub id: &'a str,
    pub row: Observed<&'a Row>,
    pub detail: Observed<&'a UserItem>,
    pub listed: Option<&'a ListedUser>,
}

/// The join, and what the sources lack.
pub struct Join<'a> {
    pub users: Vec<Joined<'a>>,
    /// Users whom other answers name and the credential report does not: their credentials are not known.
    pub younger: Vec<Arc<Gap>>,
    pub disagreements: Vec<Disagreement>,
}

#[derive(Default)]
struct Seen<'a> {
    row: Option<Result<&'a Row, &'a Arc<Gap>>>,
    detail: Option<&'a UserItem>,
    listed: Option<&'a ListedUser>,
    /// Answers about something else that name the user.
    others: NamedBy,
}

impl Seen<'_> {
    fn named_by(&self) -> NamedBy {
        let sources = [
            (CREDENTIAL_REPORT, self.row.is_some()),
            (AUTHORIZATION_DETAILS, self.detail.is_some()),
            (USER_LIST, self.listed.is_some()),
        ];
        let named = sources.into_iter().filter(|(_, names)| *names).map(|(evidence, _)| evidence);
        named.chain(self.others.iter().copied()).collect()
    }
}

/// Joins the three sources, and adds whom other answers name. Nobody whom any source names is left out.
pub fn join<'a>(
    report: &'a Observed<CredentialReport>,
    sources: &'a Sources,
    others: &'a Others,
    times: &Times,
) -> Join<'a> {
    let seen = seen(report, sources, others);
    let lacking = |evidence: Evidence, lacks: &dyn Fn(&Seen<'_>) -> bool| {
        let members = seen.iter().filter(|(_, seen)| lacks(seen)).map(|(id, seen)| (*id, seen.named_by()));
        Absent::new("user", evidence, members, times)
    };
    let no_row = lacking(CREDENTIAL_REPORT, &|seen| seen.row.is_none());
    let no_detail = lacking(AUTHORIZATION_DETAILS, &|seen| seen.detail.is_none());
    let younger = if report.known().is_some() { no_row.all().cloned().collect() } else { Vec::new() };

    let mut disagreements = Vec::new();
    let mut users = Vec::new();
    for (id, seen) in &seen {
        disagreements.extend(existence(id, seen, report, sources, times));
        let named_by = seen.named_by();
        users.push(Joined {
            id,
            row: match seen.row {
                Some(Ok(row)) => Observed::Known(row),
                Some(Err(gap)) => Observed::Gap(Arc::clone(gap)),
                None => Observed::Gap(report.gap().cloned().unwrap_or_else(|| no_row.gap(&named_by))),
            },
            detail: match seen.detail {
                Some(detail) => Observed::Known(detail),
                None => Observed::Gap(sources.details.gap.clone().unwrap_or_else(|| no_detail.gap(&named_by))),
            },
            listed: seen.listed,
        });
    }
    Join { users, younger, disagreements }
}

fn seen<'a>(
    report: &'a Observed<CredentialReport>,
    sources: &'a Sources,
    others: &'a Others,
) -> BTreeMap<&'a str, Seen<'a>> {
    let mut seen: BTreeMap<&str, Seen<'_>> = BTreeMap::new();
    if let Observed::Known(report) = report {
        for (arn, row) in &report.rows {
            seen.entry(arn).or_default().row = Some(Ok(row));
        }
        for (arn, gap) in &report.bad {
            seen.entry(arn).or_default().row = Some(Err(gap));
        }
    }
    for detail in &sources.details.data.users {
        seen.entry(&detail.arn).or_default().detail = Some(detail);
    }
    for user in &sources.users.data {
        seen.entry(&user.arn).or_default().listed = Some(user);
    }
    // An answer with the name alone is about the user of that name; names are unique in an account.
    let names: BTreeSet<&str> = seen.keys().map(|arn| name_of(arn)).collect();
    for (name, member) in &others.members {
        if !names.contains(name.as_str()) {
            seen.entry(&member.id).or_default().others.clone_from(&member.named_by);
        }
    }
    seen
}

/// Whole sources that differ about whether a user exists.
fn existence(
    arn: &str,
    seen: &Seen<'_>,
    report: &Observed<CredentialReport>,
    sources: &Sources,
    times: &Times,
) -> Option<Disagreement> {
    // A source that is not whole says something about those it names only.
    let whole_report = report.known().is_some_and(|report| report.row_gaps.is_empty());
    let says: Vec<(Evidence, bool)> = [
        (CREDENTIAL_REPORT, seen.row.is_some(), whole_report),
        (AUTHORIZATION_DETAILS, seen.detail.is_some(), sources.details.gap.is_none()),
        (USER_LIST, seen.listed.is_some(), sources.users.gap.is_none()),
    ]
    .into_iter()
    .filter(|(_, names, whole)| *names || *whole)
    .map(|(evidence, names, _)| (evidence, names))
    .collect();
    // Whom only an answer about something else names has a gap that says so.
    if says.iter().all(|(_, names)| *names) || says.iter().all(|(_, names)| !*names) {
        return None;
    }
    let lists: Vec<bool> =
        says.iter().filter(|(evidence, _)| *evidence != CREDENTIAL_REPORT).map(|(_, n)| *n).collect();
    let explanation = if lists.contains(&true) && lists.contains(&false) {
        "the user was probably created or deleted while the evidence was collected".to_owned()
    } else {
        let what = if seen.row.is_some() { "deleted" } else { "created" };
        format!(
            "the user was probably {what} after the credential report was generated; AWS returns the same report for up to \
             four hours{}",
            times.report_words()
        )
    };
    let words = |names: bool| if names { "names the user" } else { "does not name the user" }.to_owned();
    Some(Disagreement {
        subject: arn.to_owned(),
        about: "existence".to_owned(),
        says: says.into_iter().map(|(evidence, names)| (evidence, words(names))).collect(),
        explanation: Some(explanation),
    })
}

/// The population of IAM users.
pub fn population(join: &Join<'_>, gaps: Vec<Arc<Gap>>, times: &Times) -> Population<User> {
    Population { subjects: join.users.iter().map(|user| subject(user, times)).collect(), gaps }
}

fn subject(user: &Joined<'_>, times: &Times) -> User {
    let row = &user.row;
    let detail = &user.detail;
    let in_report =
        row.as_ref().and_then(|row| super::credentials::needed(&row.created, row, "when the user was created"));
    // Each of the lists says so too.
    let in_lists =
        detail.known().and_then(|detail| detail.created).or(user.listed.and_then(|listed| listed.create_date));
    let created = || match (&in_report, in_lists) {
        (Observed::Gap(_), Some(created)) => Observed::Known(created),
        (in_report, _) => in_report.clone(),
    };
    let count = |each: &dyn Fn(&Row, usize) -> Observed<bool>| {
        row.as_ref().and_then(|row| {
            [0, 1]
                .into_iter()
                .try_fold(0, |sum, slot| match each(row, slot) {
                    Observed::Known(yes) => Ok(sum + i64::from(yes)),
                    Observed::Gap(gap) => Err(gap),
                })
                .map_or_else(Observed::Gap, Observed::Known)
        })
    };
    let active_and = |row: &Row, slot: usize, then: &dyn Fn() -> Observed<bool>| match &row.keys[slot].active {
        Observed::Known(true) => then(),
        Observed::Known(false) => Observed::Known(false),
        Observed::Gap(gap) => Observed::Gap(Arc::clone(gap)),
    };
    User {
        id: user.id.to_owned(),
        label: name_of(user.id).to_owned(),
        as_of: times.of_report(row.known().is_some()),
        name: Observed::Known(name_of(user.id).to_owned()),
        path: path_in_arn(user.id, detail.as_ref().map(|detail| detail.path.clone())),
        has_password: row.as_ref().and_then(|row| row.password_enabled.clone()),
        mfa_active: row.as_ref().and_then(|row| row.mfa_active.clone()),
        active_access_keys: count(&|row, slot| row.keys[slot].active.clone()),
        access_keys_made_with_user: count(&|row, slot| {
            active_and(row, slot, &|| {
                let made =
                    super::credentials::needed(&row.keys[slot].rotated, row, "when an active access key was created");
                made.and_then(|made| {
                    let near = |created| made.duration_since(created).abs() <= SignedDuration::from_secs(10);
                    in_report.as_ref().map(|created| near(*created))
                })
            })
        }),
        access_keys_never_used: count(&|row, slot| {
            active_and(row, slot, &|| row.keys[slot].last_used.as_ref().map(Option::is_none))
        }),
        active_signing_certificates: count(&|row, slot| row.certificates[slot].active.clone()),
        password_last_used: row.as_ref().and_then(|row| row.password_last_used.clone()),
        created: created(),
        groups: detail.as_ref().and_then(|detail| detail.groups.clone().map(sorted)),
        attached_policies: detail.as_ref().and_then(|detail| detail.holdings.attached.clone()),
        inline_policies: detail.as_ref().and_then(|detail| detail.holdings.inline_names()),
        permissions_boundary: detail.as_ref().map(|detail| detail.boundary.clone()),
    }
}
