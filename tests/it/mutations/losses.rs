//! Evidence that was lost: in every sample, answers and members taken away, lists emptied or filtered.
//!
//! Losing evidence changes no fact. It makes facts unknown and populations incomplete, so that no control passes, or
//! becomes not applicable, that did not before; and whoever is no longer seen leaves the list of them open.

mod account;

use crate::support::SAMPLES;
use account::{Judged, Sample};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const DETAILS: &str = "get-account-authorization-details.json";
const LISTS: [&str; 4] = ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"];

/// What was done, and the files' new texts; none: the answer was never collected.
pub struct Loss {
    what: String,
    files: Vec<(String, Option<String>)>,
    supplied: bool,
}

/// Members at these places of a list; a long one is alike everywhere.
fn shown(count: usize, dense: bool) -> Vec<usize> {
    let places = [count / 2, count.saturating_sub(1)];
    let all: BTreeSet<usize> = if dense { (0..count).collect() } else { places.into() };
    all.into_iter().filter(|place| *place < count).collect()
}

fn losses(sample: &Sample, dense: bool) -> Vec<Loss> {
    let mut all = Vec::new();
    let mut lose = |what: String, files: Vec<(String, Option<String>)>, supplied: bool| {
        all.push(Loss { what, files, supplied });
    };
    for file in sample.names() {
        lose(format!("{file} not collected"), vec![(file.to_owned(), None)], false);
    }
    // Each list of each answer without one member, and emptied.
    let whole_lists = [
        ("list-users.json", "Users"),
        ("list-roles.json", "Roles"),
        ("list-server-certificates.json", "ServerCertificateMetadataList"),
        ("list-saml-providers.json", "SAMLProviderList"),
        ("list-open-id-connect-providers.json", "OpenIDConnectProviderList"),
    ];
    let of_details = LISTS.map(|list| (DETAILS, list));
    for (file, list) in whole_lists.into_iter().chain(of_details) {
        let Some(answer) = sample.json(file) else { continue };
        // One list and nothing beside it: AWS's word, which nothing can contradict.
        if sample.json(DETAILS).is_none() {
            continue;
        }
        let members = answer[list].as_array().map_or(0, Vec::len);
        for place in shown(members, dense) {
            let mut fewer = answer.clone();
            let lost = fewer[list].as_array_mut().unwrap().remove(place);
            let text = Some(fewer.to_string());
            lose(format!("{file} {list}.{place} ({}) removed", lost["Arn"]), vec![(file.to_owned(), text)], false);
        }
        if members > 0 {
            let mut none = answer.clone();
            none[list] = json!([]);
            lose(format!("{file} {list} emptied"), vec![(file.to_owned(), Some(none.to_string()))], false);
        }
    }
    // Devices of people can be hardware, so that a shorter list is none; one without a single device is no list.
    if let Some(mut answer) = sample.json("list-virtual-mfa-devices.json")
        && !answer["VirtualMFADevices"].as_array().unwrap().is_empty()
    {
        answer["VirtualMFADevices"] = json!([]);
        let text = Some(answer.to_string());
        lose("virtual MFA devices emptied".to_owned(), vec![("list-virtual-mfa-devices.json".to_owned(), text)], false);
    }
    filtered(sample, &mut lose);
    members_of_holders(sample, dense, &mut lose);
    all
}

type Lose<'a> = &'a mut dyn FnMut(String, Vec<(String, Option<String>)>, bool);

/// `--filter`, in each of its values; with the other evidence, and alone and supplied by somebody.
fn filtered(sample: &Sample, lose: Lose<'_>) {
    let Some(answer) = sample.json(DETAILS) else { return };
    let is_aws = |policy: &Value| policy["Arn"].as_str().is_some_and(|arn| arn.contains(":iam::aws:policy/"));
    for filter in ["User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy"] {
        let mut part = answer.clone();
        for list in ["User", "Group", "Role"].into_iter().filter(|kind| *kind != filter) {
            part[format!("{list}DetailList")] = json!([]);
        }
        part["Policies"].as_array_mut().unwrap().retain(|policy| match filter {
            "LocalManagedPolicy" => !is_aws(policy),
            "AWSManagedPolicy" => is_aws(policy),
            _ => false,
        });
        let text = Some(part.to_string());
        if part != answer {
            lose(format!("--filter {filter}"), vec![(DETAILS.to_owned(), text.clone())], false);
        }
        let others = sample.names().filter(|name| *name != DETAILS && *name != "get-caller-identity.json");
        let mut alone: Vec<(String, Option<String>)> = others.map(|name| (name.to_owned(), None)).collect();
        alone.push((DETAILS.to_owned(), text));
        lose(format!("--filter {filter} alone, supplied"), alone, true);
    }
}

/// Members that AWS always sends.
fn members_of_holders(sample: &Sample, dense: bool, lose: Lose<'_>) {
    let Some(answer) = sample.json(DETAILS) else { return };
    let members = [
        ("UserDetailList", &["GroupList", "AttachedManagedPolicies"][..]),
        ("GroupDetailList", &["AttachedManagedPolicies", "GroupPolicyList"][..]),
        (
            "RoleDetailList",
            &["AttachedManagedPolicies", "RolePolicyList", "RoleLastUsed", "InstanceProfileList", "Tags"][..],
        ),
        ("Policies", &["AttachmentCount", "PermissionsBoundaryUsageCount", "PolicyVersionList"][..]),
    ];
    for (list, names) in members {
        for place in shown(answer[list].as_array().map_or(0, Vec::len), dense) {
            for name in names {
                let mut fewer = answer.clone();
                if fewer[list][place].as_object_mut().unwrap().remove(*name).is_some() {
                    let text = Some(fewer.to_string());
                    lose(format!("{list}.{place}.{name} removed"), vec![(DETAILS.to_owned(), text)], false);
                }
            }
        }
    }
}

fn hold(name: &str, dense: bool) -> usize {
    let sample = Sample::load(name);
    let before = sample.judged(&[], false).expect("the sample can be read");
    let all = losses(&sample, dense);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let parts = all.chunks(all.len().div_ceil(threads).max(1));
        let hands: Vec<_> = parts.map(|part| scope.spawn(|| faults(&sample, &before, part))).collect();
        hands.into_iter().flat_map(|hand| hand.join().unwrap()).collect()
    });
    let mut text = String::new();
    wrong.iter().take(40).for_each(|one| writeln!(text, "  {one}").unwrap());
    assert!(wrong.is_empty(), "{name}: {} of {}\n{text}", wrong.len(), all.len());
    all.len()
}

fn faults(sample: &Sample, before: &Judged, losses: &[Loss]) -> Vec<String> {
    let of = |loss: &Loss| {
        // A snapshot that is refused as a whole says enough.
        let after = sample.judged(&loss.files, loss.supplied)?;
        let found = after.better_than(before).into_iter().chain(after.changed_since(before, &loss.files));
        Some(found.map(|what| format!("{}: {what}", loss.what)).take(3).collect::<Vec<_>>())
    };
    losses.iter().filter_map(of).flatten().collect()
}

#[test]
fn losing_evidence_of_a_small_account_changes_no_fact_and_lets_nothing_pass() {
    let tried: usize = ["tidy-startup", "empty-account", "permission-denied"].map(|name| hold(name, true)).iter().sum();
    assert!(tried > 150, "{tried}");
}

#[test]
fn losing_evidence_of_a_large_account_changes_no_fact_and_lets_nothing_pass() {
    let tried: usize = ["hostile-text", "messy-enterprise"].map(|name| hold(name, false)).iter().sum();
    assert!(tried > 80, "{tried}");
    assert_eq!(SAMPLES.len(), 5, "every sample is tried here");
}
