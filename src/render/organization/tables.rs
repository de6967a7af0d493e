//! The tables of an organization's pack.

use super::{chains, view};

use crate::organization::Organization;
use crate::render::csv::{Line, save};
use crate::render::{RenderError, make_dir};
use std::borrow::Cow;
use std::path::Path;

fn cell(text: Option<&String>) -> Cow<'_, str> {
    Cow::Borrowed(text.map_or("", String::as_str))
}

/// A table: its columns, separated by spaces, and its rows.
fn table<'a>(columns: &'static str, rows: impl Iterator<Item = Line<'a>>) -> impl Iterator<Item = Line<'a>> {
    std::iter::once(columns.split(' ').map(Cow::Borrowed).collect()).chain(rows)
}

/// Writes every table into `dir`.
pub fn write(organization: &Organization, dir: &Path) -> Result<(), RenderError> {
    make_dir(dir)?;
    save(dir, "accounts", accounts(organization))?;
    save(dir, "controls", controls(organization))?;
    save(dir, "matrix", matrix(organization))?;
    save(dir, "assignments", assignments(organization))?;
    save(dir, "memberships", memberships(organization))?;
    save(dir, "people", people(organization))?;
    save(dir, "permission-sets", sets(organization))?;
    save(dir, "units", units(organization))?;
    save(dir, "policies", policies(organization))?;
    save(dir, "inherited", inherited(organization))
}

fn accounts(organization: &Organization) -> impl Iterator<Item = Line<'_>> {
    let rows = organization.accounts.iter().map(|one| -> Line<'_> {
        let count = |number: usize| Cow::Owned(number.to_string());
        let v = &one.verdicts;
        vec![
            one.id.as_str().into(),
            cell(one.name.as_ref()),
            one.path.join(" / ").into(),
            cell(one.listed_state.as_ref()),
            one.state.words().into(),
            cell(one.reason.as_ref()),
            cell(one.request_id.as_ref()),
            cell(one.as_of.as_ref()),
            cell(one.pack.as_ref()),
            cell(one.manifest_sha256.as_ref()),
            count(v.fail),
            count(v.unknown),
            count(v.excepted),
            count(v.manual),
            count(v.attested),
            count(v.pass),
            count(v.not_applicable),
            count(one.gaps),
        ]
    });
    table(
        "account name path listed_state state reason request_id as_of pack manifest_sha256 fail inconclusive excepted manual attested pass not_applicable gaps",
        rows,
    )
}

fn controls(organization: &Organization) -> impl Iterator<Item = Line<'_>> {
    let rows = organization.controls.iter().map(|one| -> Line<'_> {
        let v = &one.accounts;
        let counts = [v.fail, v.unknown, v.excepted, v.manual, v.attested, v.pass, v.not_applicable]
            .map(|it| it.to_string().into());
        let words: [Cow<'_, str>; 4] = [
            one.id.as_str().into(),
            one.title.as_str().into(),
            one.severity.as_str().into(),
            one.verdict.word().into(),
        ];
        words.into_iter().chain(counts).chain([one.failed_subjects.to_string().into()]).collect()
    });
    table(
        "control title severity verdict fail inconclusive excepted manual attested pass not_applicable failed_subjects",
        rows,
    )
}

fn matrix(organization: &Organization) -> impl Iterator<Item = Line<'_>> {
    let heading: Line<'_> = [Cow::Borrowed("account"), "state".into()]
        .into_iter()
        .chain(organization.controls.iter().map(|control| Cow::Borrowed(control.id.as_str())))
        .collect();
    let rows = organization.accounts.iter().map(|one| -> Line<'_> {
        let marks = one.marks.iter().map(|mark| Cow::Borrowed(mark.word()));
        // An account that is not active was not tested: its cells are empty, and so no verdict.
        let blank = organization.controls.len() - one.marks.len();
        [Cow::Borrowed(one.id.as_str()), one.state.words().into()]
            .into_iter()
            .chain(marks)
            .chain(std::iter::repeat_n(Cow::Borrowed(""), blank))
            .collect()
    });
    std::iter::once(heading).chain(rows)
}

/// Joined lists are written with a sign that no name of AWS's holds alone.
fn joined(names: impl IntoIterator<Item = impl AsRef<str>>) -> Cow<'static, str> {
    let names: Vec<String> = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
    Cow::Owned(names.join("; "))
}

fn count(number: usize) -> Cow<'static, str> {
    Cow::Owned(number.to_string())
}

fn assignments(organization: &Organization) -> impl Iterator<Item = Line<'_>> {
    let rows = organization.identity_center.assignments.iter().map(|one| -> Line<'_> {
        let (has, set) = (view::has(organization, one), &organization.identity_center.sets[one.set]);
        vec![
            one.account.as_str().into(),
            one.permission_set.as_str().into(),
            has.grade.into(),
            one.kind.as_str().into(),
            one.principal.as_str().into(),
            one.principal_id.as_str().into(),
            view::people_told(has.count, has.open).into(),
            set.arn.as_str().into(),
        ]
    });
    table("account permission_set grade kind principal principal_id people permission_set_arn", rows)
}

fn memberships(organization: &Organization) -> impl Iterator<Item = Line<'_>> {
    let center = &organization.identity_center;
    let rows = center.groups.iter().flat_map(|group| {
        let member = |place: &usize| -> Line<'_> {
            let person = &center.people[*place];
            vec![
                group.name.as_str().into(),
                group.id.as_str().into(),
                person.name.as_str().into(),
                person.id.as_str().into(),
                person.status.words().into(),
                "".into(),
            ]
        };
        // A group whose members are not all known has a line that says so.
        let missing = group.missing.iter().map(|why| -> Line<'_> {
            vec![
                group.name.as_str().into(),
                group.id.as_str().into(),
                "not known".into(),
                "".into(),
                "not known".into(),
                why.as_str().into(),
            ]
        });
        group.members.iter().map(member).chain(missing).collect::<Vec<_>>()
    });
    table("group group_id person person_id status missing", rows)
}

fn people(organization: &Organization) -> impl Iterator<Item = Line<'_>> {
    let names = |list: Vec<(usize, String)>| joined(list.into_iter().map(|(_, name)| name));
    let rows = view::persons(organization).into_iter().map(move |one| -> Line<'_> {
        vec![
            one.name.into(),
            one.id.into(),
            one.display.unwrap_or_default().into(),
            one.status_words.into(),
            one.most.into(),
            count(one.accounts),
            names(one.sets),
            names(one.groups),
            names(one.direct),
        ]
    });
    table("person person_id display_name status most accounts permission_sets groups direct", rows)
}

fn sets(organization: &Organization) -> impl Iterator<Item = Line<'_>> {
    let rows = view::sets(organization).into_iter().map(|one| -> Line<'_> {
        vec![
            one.name.into(),
            one.arn.into(),
            one.grade.into(),
            joined(one.unread),
            joined(one.policies),
            one.boundary.unwrap_or_default().into(),
            one.session.unwrap_or_default().into(),
            match one.missing {
                Some(_) => format!("at least {}", one.provisioned).into(),
                None => count(one.provisioned),
            },
            count(one.accounts),
            count(one.people),
            if one.open { "no" } else { "yes" }.into(),
            count(one.disabled),
        ]
    });
    table(
        "permission_set arn most_it_grants not_read policies boundary session accounts_provisioned accounts_assigned people people_complete disabled",
        rows,
    )
}

fn units(organization: &Organization) -> impl Iterator<Item = Line<'_>> {
    let rows = organization.units.iter().enumerate().map(|(place, unit)| -> Line<'_> {
        let held = organization.accounts.iter().filter(|account| account.unit == Some(place)).count();
        vec![
            unit.id.as_str().into(),
            unit.name.as_str().into(),
            unit.parent.map_or("", |parent| organization.units[parent].id.as_str()).into(),
            count(unit.depth),
            count(held),
            cell(unit.missing.as_ref()),
        ]
    });
    table("unit name parent depth accounts missing", rows)
}

fn policies(organization: &Organization) -> impl Iterator<Item = Line<'_>> {
    let reach = chains::reach(organization);
    let rows = organization.policies.iter().zip(reach).map(|(policy, reach)| -> Line<'_> {
        let said = policy.statements.iter().map(|one| one.words.as_str());
        vec![
            policy.id.as_str().into(),
            policy.name.as_str().into(),
            policy.kind.as_str().into(),
            policy.aws_managed.map_or("not known", |own| if own { "yes" } else { "no" }).into(),
            policy.in_short.as_str().into(),
            joined(said),
            joined(&policy.unread),
            joined(policy.targets.iter().map(|target| target.id.as_str())),
            cell(policy.targets_missing.as_ref()),
            count(reach),
        ]
    });
    table(
        "policy name type aws_managed what_it_does statements not_read attached_to attached_to_missing accounts",
        rows,
    )
}

/// A line an account, type, level and policy; what is not known, or has no force, has a line too.
fn inherited(organization: &Organization) -> impl Iterator<Item = Line<'_>> {
    let rows = organization.accounts.iter().flat_map(|account| {
        account.inherited.iter().flat_map(|one| {
            let kind = &organization.policy_types[one.kind];
            let state = serde_json::to_value(one.state).ok();
            let state = state.and_then(|state| state.as_str().map(str::to_owned)).unwrap_or_default();
            let line = |rest: [&str; 6]| -> Line<'_> {
                let first = [account.id.clone(), kind.kind.to_owned(), state.clone()];
                first.into_iter().chain(rest.map(str::to_owned)).map(Cow::Owned).collect()
            };
            let mut lines = Vec::new();
            if one.levels.is_empty() || one.state != crate::organization::inheritance::PolicyState::InForce {
                lines.push(line(["", "", "", "", "", &one.told]));
            }
            for level in &one.levels {
                let of = |id: &str, name: &str| line([level.what, &level.id, &level.name, id, name, level.told]);
                if level.policies.is_empty() {
                    lines.push(of("", ""));
                }
                lines.extend(level.policies.iter().map(|place| {
                    let policy = &organization.policies[*place];
                    of(&policy.id, &policy.name)
                }));
            }
            lines.extend(one.missing.iter().map(|why| line(["", "", "", "not known", "", why])));
            lines
        })
    });
    table("account type state level level_id level_name policy policy_name told", rows)
}
