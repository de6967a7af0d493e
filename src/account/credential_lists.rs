//! What the lists of each user's access keys, signing certificates and MFA devices say beside the credential report.
//!
//! AWS hands out the same report for up to four hours, and the lists are as old as the collection. So they can differ,
//! and neither can be preferred for what is asked of the whole account at one time. Where they contradict each other,
//! the report's cells become a gap before anything is made of them.

mod key_use;
mod recreated;

use super::answers::{Answers, GLOBAL};
use super::credential_report::{CredentialReport, exists, later_than};
use super::fact::{
    ACCESS_KEY_LIST, ACCESS_KEY_USE, CREDENTIAL_REPORT, Evidence, Gap, GapKind, MFA_DEVICE_LIST, Observed,
    SIGNING_CERTIFICATES,
};
use super::gaps::gap;
use super::sources::{Source, Sources};
use super::{Disagreement, Times};
use crate::arn::name_of;
use crate::snapshot::Snapshot;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::sync::Arc;

/// How far the report and a list may differ about when one and the same thing was made.
const SAME_TIME: SignedDuration = SignedDuration::from_mins(1);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    access_key_metadata: Option<Vec<Item>>,
    certificates: Option<Vec<Item>>,
    #[serde(rename = "MFADevices")]
    mfa_devices: Option<Vec<Device>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Device {
    serial_number: Option<String>,
    enable_date: Option<Timestamp>,
}

impl Device {
    /// Whether an entry shows a device of this user. The list of virtual devices may show that it is another's.
    fn is_of(&self, user: &str, sources: &Sources, times: &Times) -> bool {
        let serial = self.serial_number.as_deref().map_or("", str::trim);
        let is_possible = self.enable_date.is_none_or(|enabled| !later_than(times.ended, enabled));
        let is_of_other =
            sources.mfa_devices.data.iter().filter(|device| device.serial_number == serial).any(|device| {
                device.user.as_ref().and_then(|owner| owner.arn.as_deref()).is_some_and(|owner| owner != user)
            });
        !serial.is_empty() && !serial.contains(":u2f/root-account/") && is_possible && !is_of_other
    }
}

/// An access key or a signing certificate.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    access_key_id: Option<String>,
    certificate_id: Option<String>,
    status: Option<String>,
    create_date: Option<Timestamp>,
    upload_date: Option<Timestamp>,
}

impl Item {
    fn made(&self) -> Option<Timestamp> {
        self.create_date.or(self.upload_date)
    }

    fn active(&self) -> Option<bool> {
        match self.status.as_deref() {
            Some("Active") => Some(true),
            Some("Inactive" | "Expired") => Some(false),
            _ => None,
        }
    }

    /// `AKIA… is active, made 2020-01-01T00:00:00Z`.
    fn words(&self) -> String {
        let id = self.access_key_id.as_ref().or(self.certificate_id.as_ref());
        let id = id.map_or("one without an ID", String::as_str);
        words(id, self.active(), self.made())
    }
}

fn words(what: &str, active: Option<bool>, made: Option<Timestamp>) -> String {
    let state = match active {
        Some(true) => "is active",
        Some(false) => "is inactive",
        None => "is there",
    };
    let made = made.map_or_else(String::new, |made| format!(", created {made}"));
    format!("{what} {state}{made}")
}

/// The report's cells about one access key or certificate.
struct Slot<'a> {
    /// `access key 1`.
    what: String,
    active: &'a mut Observed<bool>,
    made: &'a mut Observed<Option<Timestamp>>,
}

impl Slot<'_> {
    fn made(&self) -> Option<Timestamp> {
        self.made.known().copied().flatten()
    }

    fn words(&self) -> String {
        words(&self.what, self.active.known().copied(), self.made())
    }

    /// The place of the item that is the same. The report has no IDs: what was made at the same time is the same, and of
    /// several the one that was made nearest to it, in the same state.
    fn nearest(&self, items: &[&Item]) -> Option<usize> {
        let apart = |item: &Item| match (self.made(), item.made()) {
            (Some(one), Some(other)) => one.duration_since(other).abs(),
            _ => SignedDuration::ZERO,
        };
        let same = items.iter().enumerate().filter(|(_, item)| apart(item) <= SAME_TIME);
        let nearest = same.min_by_key(|(_, item)| (apart(item), self.contradicts_state(item)));
        nearest.map(|(place, _)| place)
    }

    fn contradicts_state(&self, item: &Item) -> bool {
        matches!((self.active.known(), item.active()), (Some(one), Some(other)) if *one != other)
    }
}

/// A contradiction about one thing: what it is, what the report says, and what the list says.
struct Contrary {
    about: String,
    by_report: String,
    by_list: String,
}

/// Turns the report's cells into gaps where a list contradicts them, and says which those are.
pub fn compare(
    snapshot: &Snapshot,
    report: &mut Observed<CredentialReport>,
    sources: &Sources,
    times: &Times,
) -> Vec<Disagreement> {
    let Observed::Known(report) = report else { return Vec::new() };
    recreated::compare(report, sources, times);
    let uses = Answers::of(snapshot, ACCESS_KEY_USE);
    let keys = Answers::of(snapshot, ACCESS_KEY_LIST);
    let certificates = Answers::of(snapshot, SIGNING_CERTIFICATES);
    let devices = Answers::of(snapshot, MFA_DEVICE_LIST);
    let mut found = Vec::new();
    for row in report.rows.values_mut() {
        let (arn, name) = (row.arn.clone(), name_of(&row.arn).to_owned());
        let about = [("UserName", name.as_str())];
        let of_user = OfUser { arn: &arn, name: &name, times };
        let listed = keys.list(GLOBAL, &about, |page: Page| page.access_key_metadata);
        let slots = row.keys.iter_mut().zip(1..).map(|(key, number)| Slot {
            what: format!("access key {number}"),
            active: &mut key.active,
            made: &mut key.rotated,
        });
        let (contrary, same) = of_user.slots(ACCESS_KEY_LIST, "access key", slots.collect(), &listed);
        found.extend(contrary);
        for (index, id) in same {
            key_use::compare(&uses, &id, (&name, &mut row.keys[index]), times);
        }
        let listed = certificates.list(GLOBAL, &about, |page: Page| page.certificates);
        let slots = row.certificates.iter_mut().zip(1..).map(|(certificate, number)| Slot {
            what: format!("signing certificate {number}"),
            active: &mut certificate.active,
            made: &mut certificate.rotated,
        });
        found.extend(of_user.slots(SIGNING_CERTIFICATES, "signing certificate", slots.collect(), &listed).0);
        let mut listed = devices.list(GLOBAL, &about, |page: Page| page.mfa_devices);
        listed.data.retain(|device| device.is_of(&arn, sources, times));
        found.extend(of_user.mfa(&mut row.mfa_active, &listed));
    }
    found
}

/// Whose row of the report it is.
#[derive(Clone, Copy)]
struct OfUser<'a> {
    arn: &'a str,
    name: &'a str,
    times: &'a Times,
}

impl OfUser<'_> {
    /// The gap in the place of a contradicted cell.
    fn gap<T>(self, evidence: Evidence, contrary: &Contrary) -> Observed<T> {
        let Contrary { about, by_report, by_list } = contrary;
        let reason = format!(
            "the credential report and {evidence} contradict each other about {about} of {}: by the report {by_report}, \
             by the list {by_list}",
            self.name
        );
        Observed::Gap(gap(CREDENTIAL_REPORT, GapKind::Conflict, reason))
    }

    fn disagreement(self, evidence: Evidence, contrary: Contrary) -> Disagreement {
        Disagreement {
            subject: self.arn.to_owned(),
            about: contrary.about,
            says: vec![(CREDENTIAL_REPORT, contrary.by_report), (evidence, contrary.by_list)],
            explanation: Some(format!(
                "it may have changed after the credential report was generated{}",
                self.times.report_words()
            )),
        }
    }

    /// Holds each slot of the report against the list. One thing that only the list shows takes a slot that the report
    /// shows as empty: whether it is there is not known then. A list that is not whole lacks nothing. Returns also which
    /// slot is which listed item.
    fn slots(
        self,
        evidence: Evidence,
        kind: &str,
        mut slots: Vec<Slot<'_>>,
        listed: &Source<Vec<Item>>,
    ) -> (Vec<Disagreement>, Vec<(usize, String)>) {
        let mut same = Vec::new();
        // A slot that cannot be read may hold anything, and is a gap already.
        if slots.iter().any(|slot| exists(slot.active, slot.made).gap().is_some()) {
            return (Vec::new(), same);
        }
        let mut left: Vec<&Item> = listed.data.iter().collect();
        let mut found = Vec::new();
        let (mut lacking, mut empty) = (Vec::new(), Vec::new());
        for (index, slot) in slots.iter_mut().enumerate() {
            if exists(slot.active, slot.made).known() == Some(&false) {
                empty.push(index);
                continue;
            }
            let Some(place) = slot.nearest(&left) else {
                lacking.push(index);
                continue;
            };
            let item = left.remove(place);
            same.extend(item.access_key_id.clone().map(|id| (index, id)));
            if slot.contradicts_state(item) {
                let contrary = Contrary { about: slot.what.clone(), by_report: slot.words(), by_list: item.words() };
                *slot.active = self.gap(evidence, &contrary);
                found.push(contrary);
            }
        }
        for index in lacking {
            let slot = &mut slots[index];
            let item = if left.is_empty() { None } else { Some(left.remove(0)) };
            let by_list = match item {
                Some(item) => item.words(),
                None => match shows_none(listed) {
                    Some(words) => words,
                    None => continue,
                },
            };
            let contrary = Contrary { about: slot.what.clone(), by_report: slot.words(), by_list };
            // Whether it is active is agreed where only the time differs, or where an inactive one is gone.
            let is_active = slot.active.known() != Some(&false);
            if item.map_or(is_active, |item| slot.contradicts_state(item)) {
                *slot.active = self.gap(evidence, &contrary);
            }
            if item.is_some() {
                *slot.made = self.gap(evidence, &contrary);
            }
            found.push(contrary);
        }
        let mut empty = empty.into_iter();
        for item in left {
            let by_report = format!("there is no such {kind}");
            let contrary = Contrary { about: format!("a further {kind}"), by_report, by_list: item.words() };
            let index = empty.next();
            for (_, slot) in slots.iter_mut().enumerate().filter(|(place, _)| index.is_none_or(|index| index == *place))
            {
                *slot.active = self.gap(evidence, &contrary);
                *slot.made = self.gap(evidence, &contrary);
            }
            found.push(contrary);
        }
        (found.into_iter().map(|contrary| self.disagreement(evidence, contrary)).collect(), same)
    }

    fn mfa<T>(self, active: &mut Observed<bool>, listed: &Source<Vec<T>>) -> Option<Disagreement> {
        let known = *active.known()?;
        let has = !listed.data.is_empty();
        if known == has {
            return None;
        }
        let none = shows_none(listed);
        if !has && none.is_none() {
            return None;
        }
        let by_report = if known { "MFA is active" } else { "MFA is not active" }.to_owned();
        let by_list = match i64::try_from(listed.data.len()) {
            Ok(1) => "there is 1 device".to_owned(),
            Ok(count @ 2..) => format!("there are {count} devices"),
            _ if listed.gap.is_none() => "there is no device".to_owned(),
            _ => none.unwrap_or_default(),
        };
        let contrary = Contrary { about: "MFA".to_owned(), by_report, by_list };
        *active = self.gap(MFA_DEVICE_LIST, &contrary);
        Some(self.disagreement(MFA_DEVICE_LIST, contrary))
    }
}

/// What a list says that has no further entry: that there is none, or that it is about somebody else or contradicts
/// itself. A list that was refused or cut short says nothing.
fn shows_none<T>(listed: &Source<Vec<T>>) -> Option<String> {
    let contrary = |gap: &Arc<Gap>| (gap.kind == GapKind::Conflict).then(|| gap.reason.clone());
    listed.gap.as_ref().map_or_else(|| Some("there is none".to_owned()), contrary)
}
