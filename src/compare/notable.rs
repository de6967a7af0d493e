//! The changes that an auditor asks about first. A list that may be incomplete says why.

use super::changes::{Change, Changes, Entity, Notable, NotableGroup, Row};
use super::outside::{Full, administrators, outsiders};
use crate::account::Account;
use crate::arn::name_of;
use crate::text::capital;
use std::collections::BTreeSet;

/// Both sides' accounts.
pub struct Pair<'a> {
    pub old: &'a Account,
    pub new: &'a Account,
}

/// All groups in report order, including empty ones.
pub fn of(changes: &Changes, pair: &Pair<'_>) -> Vec<NotableGroup> {
    vec![
        new_administrators(changes, pair),
        new_outsiders(changes, pair),
        new_access_keys(changes),
        lost_mfa(changes),
        made_anew(changes),
        policies(changes),
        settings(changes),
    ]
}

fn of_kind<'a>(changes: &'a Changes, kinds: &'a [&str]) -> impl Iterator<Item = &'a Entity> {
    changes.entities.iter().filter(move |entity| kinds.contains(&entity.kind))
}

fn item(entity: &Entity, text: String) -> Notable {
    Notable { kind: entity.kind, id: entity.id.clone(), text }
}

/// Why a list about these kinds, made from these facts, may be too short.
fn doubts(changes: &Changes, kinds: &[&str], facts: &[&str]) -> BTreeSet<String> {
    let rolls = changes.rollforward.iter().filter(|roll| kinds.contains(&roll.kind));
    let rolls = rolls.flat_map(|roll| roll.reasons.iter().cloned());
    let missing = of_kind(changes, kinds).flat_map(|entity| &entity.missing);
    let missing = missing.filter(|one| one.facts.is_empty() || one.facts.iter().any(|fact| facts.contains(fact)));
    rolls.chain(missing.map(|one| one.reason.clone())).collect()
}

fn group(
    sort: &'static str,
    title: &'static str,
    mut items: Vec<Notable>,
    not_known: BTreeSet<String>,
) -> NotableGroup {
    items.sort_by(|one, other| (&one.id, &one.text).cmp(&(&other.id, &other.text)));
    NotableGroup { sort, title, items, not_known: not_known.into_iter().collect() }
}

/// The kind and name in an ARN: `role app`.
fn told(arn: &str) -> String {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    let kind = resource.split('/').next().unwrap_or_default();
    format!("{kind} {}", name_of(resource))
}

fn kind_of(arn: &str) -> &'static str {
    match arn.splitn(6, ':').nth(5).and_then(|resource| resource.split('/').next()) {
        Some("user") => "user",
        Some("group") => "group",
        _ => "role",
    }
}

const HOLDERS: [&str; 3] = ["user", "group", "role"];

fn new_administrators(changes: &Changes, pair: &Pair<'_>) -> NotableGroup {
    let (before, after) = (administrators(pair.old), administrators(pair.new));
    let mut not_known = doubts(changes, &HOLDERS, &["attached_policies", "inline_policies", "groups"]);
    not_known.extend(doubts(changes, &["policy"], &["grants_full_admin"]));
    let anew: BTreeSet<&str> =
        changes.entities.iter().filter(|one| one.change == Change::MadeAnew).map(|one| one.id.as_str()).collect();
    let mut items = Vec::new();
    for (id, now) in &after {
        let policy = match now {
            Full::No => continue,
            Full::Unknown(reason) => {
                not_known.insert(format!("The later evidence: {reason}"));
                continue;
            }
            Full::Yes(policy) => name_of(policy),
        };
        let incomplete = !pair.old.principals.gaps.is_empty();
        let then = match before.get(id) {
            Some(Full::Yes(_)) if anew.contains(id.as_str()) => "; so did the one of that name that was deleted",
            Some(Full::Yes(_)) => continue,
            Some(Full::Unknown(_)) => "; whether it did before is not known",
            None if incomplete => "; whether it was there before is not known",
            None | Some(Full::No) => "",
        };
        let text = format!("{} holds {policy}, which grants every action on every resource{then}.", told(id));
        items.push(Notable { kind: kind_of(id), id: id.clone(), text: capital(&text) });
    }
    group("new_administrators", "New administrators", items, not_known)
}

fn new_outsiders(changes: &Changes, pair: &Pair<'_>) -> NotableGroup {
    let before = outsiders(pair.old);
    let after = outsiders(pair.new);
    let mut not_known = doubts(changes, &["role"], &["trust_policy", "documents"]);
    let rewritten: BTreeSet<&str> = of_kind(changes, &["role"])
        .filter(|role| role.rows.iter().any(|row| row.fact == "trust_policy"))
        .map(|role| role.id.as_str())
        .collect();
    let incomplete = !pair.old.roles.gaps.is_empty();
    let mut items = Vec::new();
    for (id, now) in &after {
        let now = match now {
            Ok(now) => now,
            Err(reason) => {
                not_known.insert(format!("The later evidence: {reason}."));
                continue;
            }
        };
        let then = before.get(id);
        let known = then.and_then(|then| then.as_ref().ok());
        let unsure = match then {
            Some(Err(_)) => "; whether it did before is not known",
            None if incomplete => "; whether the role was there before is not known",
            _ => "",
        };
        let fresh: Vec<&String> = now.iter().filter(|who| known.is_none_or(|known| !known.contains(*who))).collect();
        for who in &fresh {
            items.push(Notable {
                kind: "role",
                id: id.clone(),
                text: format!("Role {} now lets in {who}{unsure}.", name_of(id)),
            });
        }
        if fresh.is_empty() && !now.is_empty() && rewritten.contains(id.as_str()) {
            let who: Vec<&str> = now.iter().map(String::as_str).collect();
            let text =
                format!("The trust policy of role {}, which lets in {}, was rewritten.", name_of(id), who.join(", "));
            items.push(Notable { kind: "role", id: id.clone(), text });
        }
    }
    group("new_outside_trust", "New trust outside the account", items, not_known)
}

fn new_access_keys(changes: &Changes) -> NotableGroup {
    let switched_on = |entity: &Entity| entity.rows.iter().any(|row| row.fact == "active" && row.after == "yes");
    let text = |entity: &Entity| {
        let label = capital(&entity.label);
        match entity.change {
            Change::Added => Some(format!("{label} is new.")),
            Change::MadeAnew => Some(format!("{label} was deleted and a new one made in its place.")),
            Change::Changed if switched_on(entity) => Some(format!("{label} was switched on again.")),
            _ => None,
        }
    };
    let items = of_kind(changes, &["access_key"]).filter_map(|entity| Some(item(entity, text(entity)?))).collect();
    let doubts = doubts(changes, &["access_key"], &["active", "created"]);
    group("new_access_keys", "New access keys", items, doubts)
}

fn lost_mfa(changes: &Changes) -> NotableGroup {
    let lost = |row: &Row| matches!(row.fact, "mfa_active" | "mfa_enabled") && row.after == "no";
    let mut items: Vec<Notable> = Vec::new();
    for entity in of_kind(changes, &["user", "root"]).filter(|entity| entity.rows.iter().any(lost)) {
        let who = if entity.kind == "root" { "The root user".to_owned() } else { format!("User {}", entity.label) };
        items.push(item(entity, format!("{who} had MFA and has none now.")));
    }
    group(
        "mfa_removed",
        "MFA that was removed",
        items,
        doubts(changes, &["user", "root"], &["mfa_active", "mfa_enabled"]),
    )
}

fn made_anew(changes: &Changes) -> NotableGroup {
    let kinds = ["user", "group", "role", "policy"];
    let mut items = Vec::new();
    for entity in of_kind(changes, &kinds).filter(|entity| entity.change == Change::MadeAnew) {
        let what = if entity.kind == "policy" { "Policy" } else { entity.kind };
        let text = format!(
            "{} {} was deleted and recreated: it has the same name and another ID.",
            capital(what),
            entity.label
        );
        items.push(item(entity, text));
    }
    group("made_anew", "Deleted and recreated", items, doubts(changes, &kinds, &["created"]))
}

fn policies(changes: &Changes) -> NotableGroup {
    let mut items = Vec::new();
    for entity in of_kind(changes, &["policy"]) {
        let row = |fact| entity.rows.iter().find(|row| row.fact == fact);
        if row("document").is_none() {
            continue;
        }
        let aws = entity.id.split(':').nth(4) == Some("aws");
        let whose = if entity.id.contains("#inline/") {
            "Inline policy"
        } else if aws {
            "AWS-managed policy"
        } else {
            "Policy"
        };
        let version = row("version").map_or_else(String::new, |row| format!(" ({} to {})", row.before, row.after));
        let full = row("grants_full_admin").filter(|row| row.after == "yes");
        let full = if full.is_some() { "; it grants full administration now" } else { "" };
        items.push(item(entity, format!("{whose} {}: what it says changed{version}{full}.", entity.label)));
    }
    let doubts = doubts(changes, &["policy"], &["document", "documents"]);
    group("policies_changed", "Policies whose text in force changed", items, doubts)
}

fn settings(changes: &Changes) -> NotableGroup {
    let kinds = ["account", "root", "password_policy"];
    let mut items = Vec::new();
    for entity in of_kind(changes, &kinds) {
        for row in &entity.rows {
            let how = if row.lines.is_empty() {
                format!("was {}, is {}", row.before, row.after)
            } else {
                let lines: Vec<String> = row.lines.iter().map(|line| format!("{}{}", line.sign, line.text)).collect();
                lines.join(", ")
            };
            items.push(item(entity, format!("{}: {}: {how}.", capital(&entity.label), row.what)));
        }
    }
    let mut not_known = BTreeSet::new();
    for one in of_kind(changes, &kinds).flat_map(|entity| &entity.missing) {
        not_known.insert(one.reason.clone());
    }
    group("settings", "Root user, password policy and account", items, not_known)
}
