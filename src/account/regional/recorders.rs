//! AWS Config's recorders: the account's own, not those that services made for themselves.

use super::analyzers::OfRegion;
use super::desk::{Desk, only};
use super::shapes::{
    Channel, ChannelStatus, ChannelStatusAnswer, ChannelsAnswer, Delivery, Recorder, RecorderStatus,
    RecorderStatusAnswer, RecordersAnswer, RecordingGroup,
};
use super::subjects::Region;
use crate::account::answers::unless_empty;
use crate::account::fact::{DELIVERY, DELIVERY_STATUS, GapKind, Observed, RECORDER, RECORDER_STATUS};
use crate::account::gaps::gap;
use std::collections::BTreeMap;

/// What AWS Config says in one region.
pub struct Recording {
    recorder: Observed<Option<Recorder>>,
    status: Observed<Option<RecorderStatus>>,
    channel: Observed<Option<Channel>>,
    delivered: Observed<Option<ChannelStatus>>,
}

/// Regions that were there before February 2022: later ones never record IAM's resources.
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

const IDENTITY_TYPES: [&str; 4] = ["AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::Policy"];

pub fn read(desk: &Desk<'_>) -> BTreeMap<String, Recording> {
    let own = |name: Option<&String>, service: Option<&String>| {
        service.is_none() && !name.is_some_and(|name| name.starts_with("AWSConfigurationRecorderFor"))
    };
    let recorders =
        desk.lists(RECORDER, |page: RecordersAnswer| page.configuration_recorders, |one| one.arn.as_deref());
    let status = desk.lists(
        RECORDER_STATUS,
        |page: RecorderStatusAnswer| page.configuration_recorders_status,
        |one| one.arn.as_deref(),
    );
    let channels = desk.lists(DELIVERY, |page: ChannelsAnswer| page.delivery_channels, |_| None);
    let delivered = desk.lists(DELIVERY_STATUS, |page: ChannelStatusAnswer| page.delivery_channels_status, |_| None);
    let of_region = |name: &String| {
        let mut recorder = recorders[name].clone();
        recorder.data.retain(|one| own(one.name.as_ref(), one.service_principal.as_ref()));
        let mut status = status[name].clone();
        status.data.retain(|one| own(one.name.as_ref(), one.service_principal.as_ref()));
        let recording = Recording {
            recorder: only(&recorder),
            status: only(&status),
            channel: only(&channels[name]),
            delivered: only(&delivered[name]),
        };
        (name.clone(), recording)
    };
    desk.regions.names.iter().map(of_region).collect()
}

pub fn region(desk: &Desk<'_>, of: &Recording, name: &str, analyzers: OfRegion) -> Region {
    let deliveries = of.delivered.clone();
    Region {
        id: name.to_owned(),
        label: name.to_owned(),
        as_of: desk.started,
        name: Observed::Known(name.to_owned()),
        external_analyzers: analyzers.external,
        other_analyzers: analyzers.other,
        config_recording: of.is_on(name),
        config_records_all_types: of.recorder.clone().and_then(|recorder| match recorder {
            None => Observed::Known(false),
            Some(recorder) => recorder.recording_group.map_or_else(
                || {
                    Observed::Gap(gap(
                        RECORDER,
                        GapKind::Absent,
                        format!("{RECORDER} in {name} does not say what is recorded"),
                    ))
                },
                |group| Observed::Known(all_types(&group)),
            ),
        }),
        config_recorder_status: of
            .status
            .clone()
            .map(|status| status.and_then(|status| status.last_status).map(|status| status.to_uppercase())),
        config_bucket: of.channel.clone().map(|channel| channel.and_then(|channel| channel.bucket)),
        config_deliveries: deliveries.clone().map(|status| ended(status.as_ref(), "SUCCESS")),
        config_delivery_failures: deliveries.map(|status| ended(status.as_ref(), "FAILURE")),
    }
}

impl Recording {
    fn is_on(&self, region: &str) -> Observed<bool> {
        self.recorder.clone().and_then(|recorder| match recorder {
            None => Observed::Known(false),
            Some(_) => self.status.clone().and_then(|status| match status.and_then(|status| status.recording) {
                Some(on) => Observed::Known(on),
                None => {
                    let reason = format!("{RECORDER_STATUS} in {region} does not say whether the recorder is on");
                    Observed::Gap(gap(RECORDER_STATUS, GapKind::Absent, reason))
                }
            }),
        })
    }
}

/// Recording all types but some is not recording all.
fn all_types(group: &RecordingGroup) -> bool {
    let strategy = group.recording_strategy.as_ref().and_then(|strategy| strategy.use_only.as_deref());
    group.all_supported == Some(true) && matches!(strategy, None | Some("ALL_SUPPORTED_RESOURCE_TYPES"))
}

/// `allSupported` leaves IAM's types out unless global types are included.
fn identity(group: &RecordingGroup) -> bool {
    let named = group.resource_types.as_deref().unwrap_or_default();
    let strategy = group.recording_strategy.as_ref().and_then(|strategy| strategy.use_only.as_deref());
    let listed = matches!(strategy, None | Some("INCLUSION_BY_RESOURCE_TYPES"))
        && group.all_supported != Some(true)
        && IDENTITY_TYPES.iter().all(|kind| named.iter().any(|one| one == kind));
    listed || (all_types(group) && group.include_global_resource_types == Some(true))
}

pub fn identity_types(desk: &Desk<'_>, recordings: &BTreeMap<String, Recording>) -> Observed<Vec<String>> {
    let mut found = Vec::new();
    let mut gaps: Vec<_> = desk.regions.gap.iter().cloned().collect();
    for (region, recording) in recordings.iter().filter(|(region, _)| RECORD_IAM.contains(&region.as_str())) {
        match (&recording.recorder, recording.is_on(region)) {
            (Observed::Known(Some(recorder)), Observed::Known(true)) => match &recorder.recording_group {
                Some(group) if identity(group) => found.push(region.clone()),
                Some(_) => {}
                None => gaps.push(gap(
                    RECORDER,
                    GapKind::Absent,
                    format!("{RECORDER} in {region} does not say what is recorded"),
                )),
            },
            (Observed::Known(Some(recorder)), Observed::Gap(gap))
                if recorder.recording_group.as_ref().is_none_or(identity) =>
            {
                gaps.push(gap);
            }
            (Observed::Gap(gap), _) => gaps.push(gap.clone()),
            _ => {}
        }
    }
    unless_empty(found, gaps)
}

/// The deliveries whose last attempt ended so.
fn ended(status: Option<&ChannelStatus>, how: &str) -> Vec<String> {
    let Some(status) = status else { return Vec::new() };
    let deliveries = [
        ("history", &status.config_history_delivery_info),
        ("snapshot", &status.config_snapshot_delivery_info),
        ("stream", &status.config_stream_delivery_info),
    ];
    let so = |delivery: &Option<Delivery>| {
        let delivery = delivery.as_ref()?;
        let same = delivery.last_status.as_ref()?.eq_ignore_ascii_case(how);
        same.then(|| delivery.last_error_code.clone().filter(|_| how == "FAILURE"))
    };
    let words = |name: &str, code: Option<String>| code.map_or(name.to_owned(), |code| format!("{name} ({code})"));
    deliveries.into_iter().filter_map(|(name, delivery)| Some(words(name, so(delivery)?))).collect()
}
