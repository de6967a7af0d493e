//! The last use of access keys, which `--depth deep` asks for key by key, beside the credential report.

use super::SAME_TIME;
use crate::account::Times;
use crate::account::answers::{Answers, GLOBAL};
use crate::account::credential_report::{KeySlot, later_than};
use crate::account::fact::{ACCESS_KEY_USE, CREDENTIAL_REPORT, GapKind, Observed};
use crate::account::gaps::gap;
use jiff::Timestamp;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    user_name: Option<String>,
    access_key_last_used: Option<Use>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Use {
    last_used_date: Option<Timestamp>,
}

/// Makes the last use of a key a gap where the later answer about the key contradicts the report.
pub fn compare(answers: &Answers, key: &str, (user, slot): (&str, &mut KeySlot), times: &Times) {
    let about = [("AccessKeyId", key)];
    if !answers.asked(GLOBAL, &about) {
        return;
    }
    let Observed::Known(page) = answers.one::<Page>(GLOBAL, &about) else { return };
    let words = |used: Option<Timestamp>| used.map_or_else(|| "never".to_owned(), |used| used.to_string());
    let reason = match (page.user_name, page.access_key_last_used) {
        (Some(other), _) if other != user => {
            format!(
                "{ACCESS_KEY_USE} answered that {key} belongs to {other}, and {user} has it by the list of its keys"
            )
        }
        (_, Some(Use { last_used_date: Some(used) })) if later_than(times.ended, used) => {
            format!("{ACCESS_KEY_USE} answered {used} for the last use of {key}, which is after the collection ended")
        }
        (_, Some(found)) => {
            let Some(reported) = slot.last_used.known().copied().flatten() else { return };
            let used = found.last_used_date;
            if used.is_some_and(|used| reported.duration_since(used) <= SAME_TIME) {
                return;
            }
            format!(
                "the last use of {key} of {user} was {reported} by the credential report and {} by {ACCESS_KEY_USE}, which \
                 is later evidence: a last use cannot become earlier",
                words(used)
            )
        }
        (_, None) => return,
    };
    slot.last_used = Observed::Gap(gap(CREDENTIAL_REPORT, GapKind::Conflict, reason));
}
