//! AWS Config's recorders: the account's own, not those that services made for themselves.

use super::analyzers::OfRegion;
use super::recording_scope::Scope;
use super::regional_evidence::{RegionalEvidence, only};
use super::shapes::{
    Channel, ChannelStatus, ChannelStatusAnswer, ChannelsAnswer, Delivery, ListedRecorder, Recorder,
    RecorderListAnswer, RecorderStatus, RecorderStatusAnswer, RecordersAnswer,
};
use super::subjects::Region;
use crate::account::answers::{listed, needed, unless_empty, whole};
use crate::account::fact::{
    DELIVERY, DELIVERY_STATUS, Gap, GapKind, Observed, RECORDER, RECORDER_LIST, RECORDER_STATUS,
};
use crate::account::gaps::{gap, some_names};
use crate::account::sources::Source;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What AWS Config says in one Region.
pub struct Recording {
    recorder: Observed<Option<Recorder>>,
    status: Observed<Option<RecorderStatus>>,
    channel: Observed<Option<Channel>>,
    delivered: Observed<Option<ChannelStatus>>,
}

/// Regions in which AWS Config was available before February 2022: later ones never record IAM's types.
const RECORD_IAM: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ca-central-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-north-1",
    "eu-south-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "me-south-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// Regions of later: AWS Config developer guide, "Recording AWS resources", global resource types.
const NEVER_RECORD_IAM: &[&str] = &[
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "mx-central-1",
];

pub fn read(evidence: &RegionalEvidence<'_>) -> BTreeMap<String, Recording> {
    let recorders =
        evidence.lists(RECORDER, |page: RecordersAnswer| page.configuration_recorders, |one| one.arn.as_deref());
    let status = evidence.lists(
        RECORDER_STATUS,
        |page: RecorderStatusAnswer| page.configuration_recorders_status,
        |one| one.arn.as_deref(),
    );
    let listed = evidence.lists(RECORDER_LIST, |page: RecorderListAnswer| page.summaries, |_| None);
    let channels = evidence.lists(DELIVERY, |page: ChannelsAnswer| page.delivery_channels, |_| None);
    let delivered =
        evidence.lists(DELIVERY_STATUS, |page: ChannelStatusAnswer| page.delivery_channels_status, |_| None);
    let of_region = |name: &String| {
        let mut recorder = recorders[name].clone();
        recorder.data.retain(|one| {
            own(one.name.as_ref(), one.service_principal.as_ref()) && !is_internal(one.recording_scope.as_ref())
        });
        let mut status = status[name].clone();
        status.data.retain(|one| own(one.name.as_ref(), one.service_principal.as_ref()));
        let recording = Recording {
            recorder: only(&recorder).and_then(|one| {
                let absent = absent(&recorder.data, &status.data, name);
                match absent.or_else(|| contradicted(&recorder.data, &listed[name].data, name)) {
                    None => Observed::Known(one),
                    Some(gap) => Observed::Gap(gap),
                }
            }),
            status: only(&status),
            delivered: delivery(&channels[name], &delivered[name], name),
            channel: whole(channels[name].clone()).map(|all| all.into_iter().next()),
        };
        (name.clone(), recording)
    };
    evidence.regions.names.iter().map(of_region).collect()
}

/// What is delivered through the Region's channel; a status of another channel says nothing about it.
fn delivery(
    channels: &Source<Vec<Channel>>,
    status: &Source<Vec<ChannelStatus>>,
    region: &str,
) -> Observed<Option<ChannelStatus>> {
    if let Some(gap) = &channels.gap {
        return Observed::Gap(Arc::clone(gap));
    }
    let Some(channel) = channels.data.first() else { return only(status) };
    match (status.data.iter().find(|one| one.name == channel.name), &status.gap) {
        (Some(status), _) => Observed::Known(Some(status.clone())),
        (None, Some(gap)) => Observed::Gap(Arc::clone(gap)),
        (None, None) => {
            let name = channel.name.as_deref().unwrap_or("without a name");
            let reason = format!("{DELIVERY_STATUS} in {region} returns no status for delivery channel {name}");
            Observed::Gap(gap(DELIVERY_STATUS, GapKind::Absent, reason))
        }
    }
}

/// Whether a recorder is the account's own by its name and the service that it is linked to.
fn own(name: Option<&String>, service: Option<&String>) -> bool {
    service.is_none() && !name.is_some_and(|name| name.starts_with("AWSConfigurationRecorderFor"))
}

/// The scope of a recorder that records for the service that made it, and not for the account.
fn is_internal(scope: Option<&String>) -> bool {
    scope.is_some_and(|scope| scope.eq_ignore_ascii_case("INTERNAL"))
}

/// A recorder that the list of all recorders gives to a service, though it is described as the account's own; or one
/// of the account's own on that list that is not described. What the list does not say contradicts nothing.
fn contradicted(recorders: &[Recorder], listed: &[ListedRecorder], region: &str) -> Option<Arc<Gap>> {
    let name_of = |name: &Option<String>| name.clone().unwrap_or_else(|| "without a name".to_owned());
    let conflict = |reason: String| Some(gap(RECORDER, GapKind::Conflict, reason));
    for one in listed {
        let is_own =
            own(one.name.as_ref(), one.service_principal.as_ref()) && !is_internal(one.recording_scope.as_ref());
        let is_described = recorders.iter().any(|recorder| recorder.name == one.name);
        if is_own == is_described {
            continue;
        }
        let name = name_of(&one.name);
        return conflict(if is_own {
            format!("{RECORDER_LIST} in {region} lists the recorder {name}, and {RECORDER} does not describe it")
        } else {
            format!(
                "{RECORDER_LIST} in {region} lists the recorder {name} as a service's, and {RECORDER} \
                 describes it as the account's own"
            )
        });
    }
    None
}

/// A recorder that has a status and that the list of recorders lacks.
fn absent(recorders: &[Recorder], status: &[RecorderStatus], region: &str) -> Option<Arc<Gap>> {
    let is_listed = |one: &RecorderStatus| recorders.iter().any(|recorder| recorder.name == one.name);
    let absent = status.iter().find(|one| !is_listed(one))?;
    let name = absent.name.as_deref().unwrap_or("without a name");
    let reason =
        format!("{RECORDER_STATUS} in {region} returns a status for recorder {name}, which {RECORDER} does not list");
    Some(gap(RECORDER, GapKind::Conflict, reason))
}

pub fn region(evidence: &RegionalEvidence<'_>, of: &Recording, name: &str, analyzers: OfRegion) -> Region {
    let deliveries = |how| of.delivered.clone().and_then(|status| ended(status.as_ref(), how, name));
    Region {
        id: name.to_owned(),
        label: name.to_owned(),
        as_of: evidence.started,
        name: Observed::Known(name.to_owned()),
        external_analyzers: analyzers.external,
        other_analyzers: analyzers.other,
        config_recording: of.is_on(name),
        config_records_all_types: of.scope(name).and_then(|scope| match scope.as_ref().map(Scope::is_all) {
            None => Observed::Known(false),
            Some(Some(all)) => Observed::Known(all),
            Some(None) => Observed::Gap(not_understood(name)),
        }),
        config_found: Observed::Known(of.words(name)),
        config_recorder_status: of.status.clone().and_then(|status| {
            let about = || format!("the last status of the recorder in {name}");
            match status.map(|status| status.last_status) {
                None => Observed::Known(None),
                Some(None) => {
                    let reason = format!("{RECORDER_STATUS} does not return {}", about());
                    Observed::Gap(gap(RECORDER_STATUS, GapKind::Absent, reason))
                }
                Some(Some(status)) => {
                    listed(status, "RecorderStatus", RECORDER_STATUS, about).map(|status| Some(status.to_uppercase()))
                }
            }
        }),
        config_bucket: of.channel.clone().and_then(|channel| {
            let Some(channel) = channel else { return Observed::Known(None) };
            let bucket = channel.bucket.filter(|bucket| !bucket.trim().is_empty());
            needed(bucket, DELIVERY, || format!("the S3 bucket of the delivery channel in {name}")).map(Some)
        }),
        config_deliveries: deliveries("Success"),
        config_delivery_failures: deliveries("Failure"),
    }
}

impl Recording {
    fn is_on(&self, region: &str) -> Observed<bool> {
        self.recorder.clone().and_then(|recorder| match recorder {
            None => Observed::Known(false),
            Some(_) => self.status.clone().and_then(|status| match status {
                Some(RecorderStatus {
                    recording: Some(true),
                    last_start_time: Some(start),
                    last_stop_time: Some(stop),
                    ..
                }) if stop > start => {
                    let reason = format!(
                        "{RECORDER_STATUS} in {region} says that the recorder is on, and that it was stopped ({stop}) \
                         after it was started ({start})"
                    );
                    Observed::Gap(gap(RECORDER_STATUS, GapKind::Conflict, reason))
                }
                Some(RecorderStatus { recording: Some(on), .. }) => Observed::Known(on),
                _ => {
                    let reason = format!("{RECORDER_STATUS} in {region} does not return whether the recorder is on");
                    Observed::Gap(gap(RECORDER_STATUS, GapKind::Absent, reason))
                }
            }),
        })
    }
}

impl Recording {
    /// What the recorder takes in; none if there is no recorder.
    fn scope(&self, region: &str) -> Observed<Option<Scope>> {
        self.recorder.clone().and_then(|recorder| match recorder.map(|recorder| recorder.recording_group) {
            None => Observed::Known(None),
            Some(Some(group)) => Observed::Known(Some(Scope::of(&group))),
            Some(None) => {
                let reason = format!("{RECORDER} in {region} does not return what is recorded");
                Observed::Gap(gap(RECORDER, GapKind::Absent, reason))
            }
        })
    }

    /// What the recorder does, after its Region's name.
    fn words(&self, region: &str) -> String {
        let scope = match self.scope(region) {
            Observed::Gap(_) => return "what the recorder does is not known".to_owned(),
            Observed::Known(None) => return "the account has no customer managed configuration recorder".to_owned(),
            Observed::Known(Some(scope)) => scope.words(),
        };
        match self.is_on(region) {
            Observed::Known(true) => format!("the recorder is on and {scope}"),
            Observed::Known(false) => format!("the recorder is off; it {scope}"),
            Observed::Gap(_) => format!("whether the recorder is on is not known; it {scope}"),
        }
    }
}

fn not_understood(region: &str) -> Arc<Gap> {
    let reason = format!("the recording group of the recorder in {region} is not understood");
    gap(RECORDER, GapKind::Unreadable, reason)
}

/// What the recorders do, Region by Region; those without a recorder together.
pub fn found(recordings: &BTreeMap<String, Recording>) -> String {
    const NAMED: usize = 6;
    let has_none = |recording: &Recording| matches!(recording.recorder, Observed::Known(None));
    let without: Vec<&str> =
        recordings.iter().filter(|(_, recording)| has_none(recording)).map(|(region, _)| region.as_str()).collect();
    let with: Vec<_> = recordings.iter().filter(|(_, recording)| !has_none(recording)).collect();
    let mut words: Vec<String> =
        with.iter().take(NAMED).map(|(region, recording)| format!("{region}: {}", recording.words(region))).collect();
    if with.len() > NAMED {
        words.push(format!("{} more Regions with a recorder", with.len() - NAMED));
    }
    if !without.is_empty() {
        words.push(format!("no customer managed configuration recorder in {}", some_names(without)));
    }
    words.join("; ")
}

/// Regions whose recorder is on and records IAM's types. Nothing is known to record them where a recorder that might
/// could not be read.
pub fn identity_types(
    evidence: &RegionalEvidence<'_>,
    recordings: &BTreeMap<String, Recording>,
) -> Observed<Vec<String>> {
    let mut found = Vec::new();
    let mut gaps: Vec<_> = evidence.regions.gap.iter().cloned().collect();
    for (region, recording) in recordings.iter().filter(|(region, _)| !NEVER_RECORD_IAM.contains(&region.as_str())) {
        let scope = recording.scope(region).and_then(|scope| match scope {
            None => Observed::Known(false),
            Some(scope) => match scope.has_identities() {
                Some(true) if !RECORD_IAM.contains(&region.as_str()) => {
                    let reason =
                        format!("whether AWS Config can record IAM's types in {region} is not known to this version");
                    Observed::Gap(gap(RECORDER, GapKind::Absent, reason))
                }
                Some(has) => Observed::Known(has),
                None => Observed::Gap(not_understood(region)),
            },
        });
        match (recording.is_on(region), scope) {
            (Observed::Known(false), _) | (_, Observed::Known(false)) => {}
            (Observed::Known(true), Observed::Known(true)) => found.push(region.clone()),
            (Observed::Gap(gap), _) | (_, Observed::Gap(gap)) => gaps.push(gap),
        }
    }
    unless_empty(found, gaps)
}

/// The deliveries whose last attempt ended so. One that ended in a way that AWS does not document may have.
fn ended(status: Option<&ChannelStatus>, how: &str, region: &str) -> Observed<Vec<String>> {
    let Some(status) = status else { return Observed::Known(Vec::new()) };
    let deliveries = [
        ("history", &status.config_history_delivery_info),
        ("snapshot", &status.config_snapshot_delivery_info),
        ("stream", &status.config_stream_delivery_info),
    ];
    let words = |name: &str, code: Option<&String>| code.map_or(name.to_owned(), |code| format!("{name} ({code})"));
    let (mut found, mut gaps) = (Vec::new(), Vec::new());
    for (name, delivery) in deliveries {
        let Some((delivery, last)) =
            delivery.as_ref().and_then(|one: &Delivery| Some((one, one.last_status.as_ref()?)))
        else {
            continue;
        };
        let about = || format!("the last {name} delivery of AWS Config in {region}");
        match listed(last, "DeliveryStatus", DELIVERY_STATUS, about) {
            Observed::Known(last) if last == how => {
                found.push(words(name, delivery.last_error_code.as_ref().filter(|_| how == "Failure")));
            }
            Observed::Known(_) => {}
            Observed::Gap(gap) => gaps.push(gap),
        }
    }
    unless_empty(found, gaps)
}
