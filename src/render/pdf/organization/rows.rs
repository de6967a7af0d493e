//! The organization's tables as sheets: a row an account, a permission set, a person.

use super::content::is_lost;
use crate::organization::{Account, Organization};
use crate::pack::{Column, Row, Sheet};
use crate::render::organization::view;
use crate::verdict::Verdict;

/// Controls that stand side by side in the matrix.
const CONTROLS: usize = 24;

/// Every sheet; the part of an ID before its first hyphen is its section.
pub fn all(organization: &Organization) -> Vec<Sheet> {
    let mut sheets = vec![lost(organization), accounts(organization)];
    sheets.extend(matrix(organization));
    sheets.extend([sets(organization), holders(organization), groups(organization), people(organization)]);
    sheets.extend([assignments(organization), packs(organization)]);
    sheets
}

fn column(title: &str, kind: &'static str) -> Column {
    Column { title: title.to_owned(), key: title.to_lowercase(), control: None, kind }
}

fn row(cells: Vec<String>) -> Row {
    Row { id: String::new(), cells, marks: Vec::new() }
}

fn sheet(id: &str, title: &str, intro: String, columns: &[(&str, &'static str)], rows: Vec<Row>) -> Sheet {
    let columns = columns.iter().map(|(title, kind)| column(title, kind)).collect();
    Sheet { id: id.to_owned(), title: title.to_owned(), intro, complete: true, lead: 1, columns, rows }
}

fn text(value: Option<&String>) -> String {
    value.cloned().unwrap_or_default()
}

fn path(account: &Account) -> String {
    match &account.unplaced {
        Some(why) => format!("not known: {why}"),
        None => account.path.join(" / "),
    }
}

fn lost(organization: &Organization) -> Sheet {
    let rows = organization.accounts.iter().filter(|account| is_lost(account.state)).map(|account| {
        row(vec![
            account.id.clone(),
            text(account.name.as_ref()),
            account.state.words().to_owned(),
            text(account.reason.as_ref()),
            text(account.request_id.as_ref()),
            account.at.as_deref().map(|at| at.get(..19).unwrap_or(at).replace('T', " ")).unwrap_or_default(),
        ])
    });
    let intro = "Active accounts without evidence, with AWS’s words. Every control is inconclusive in them.";
    let columns = [
        ("Account", "word"),
        ("Name", "text"),
        ("State", "word"),
        ("Why", "text"),
        ("AWS’s request id", "text"),
        ("Found (UTC)", "time"),
    ];
    sheet("lost", "Accounts that could not be looked into", intro.to_owned(), &columns, rows.collect())
}

fn accounts(organization: &Organization) -> Sheet {
    let rows = organization.accounts.iter().map(|account| {
        let tested = |count: usize| if account.marks.is_empty() { String::new() } else { count.to_string() };
        let mut cells =
            vec![account.id.clone(), text(account.name.as_ref()), path(account), account.state.words().to_owned()];
        cells.extend(account.failed_by_severity.map(tested));
        cells.extend([tested(account.verdicts.unknown), tested(account.verdicts.pass), tested(account.gaps)]);
        row(cells)
    });
    let columns = [
        ("Account", "word"),
        ("Name", "text"),
        ("Units", "text"),
        ("State", "word"),
        ("Critical", "number"),
        ("High", "number"),
        ("Medium", "number"),
        ("Low", "number"),
        ("Inconclusive", "number"),
        ("Pass", "number"),
        ("Gaps", "number"),
    ];
    let intro = "Every account, those without evidence first, then those with the most failed controls by severity. Gaps \
                 are pieces of evidence that could not be read. Nobody can look into an account that is not active; its \
                 counts are empty.";
    sheet("accounts", "Accounts, worst first", intro.to_owned(), &columns, rows.collect())
}

/// Accounts in which something fails or is unknown; the rest is counted.
fn matrix(organization: &Organization) -> Vec<Sheet> {
    let is_open =
        |account: &&Account| account.marks.iter().any(|mark| matches!(mark, Verdict::Fail | Verdict::Unknown));
    let open: Vec<&Account> = organization.accounts.iter().filter(is_open).collect();
    let (rest, all) = (organization.accounts.len() - open.len(), organization.controls.len());
    let parts = all.div_ceil(CONTROLS);
    let part = |(part, controls): (usize, &[crate::organization::Control])| {
        let first = part * CONTROLS;
        let mut columns = vec![column("Account", "word"), column("Name", "text"), column("State", "word")];
        columns.extend(controls.iter().enumerate().map(|(place, control)| Column {
            title: (first + place + 1).to_string(),
            key: control.id.clone(),
            control: Some(control.id.clone()),
            kind: "mark",
        }));
        let rows = open.iter().map(|account| Row {
            id: account.id.clone(),
            cells: vec![account.id.clone(), text(account.name.as_ref()), account.state.words().to_owned()],
            marks: account.marks[first..first + controls.len()].iter().map(|mark| Some(*mark)).collect(),
        });
        let told = match rest {
            0 => String::new(),
            1 => {
                " 1 account in which nothing fails or is inconclusive, or which is not active, is left out.".to_owned()
            }
            rest => {
                format!(
                    " {rest} accounts in which nothing fails or is inconclusive, or which are not active, are left out."
                )
            }
        };
        let of = if parts > 1 {
            format!("Controls {} to {}", first + 1, first + controls.len())
        } else {
            "Controls".to_owned()
        };
        Sheet {
            id: format!("matrix-{}", part + 1),
            title: format!("{of} in every account"),
            intro: format!(
                "A row is an account, a column a control by its number, both worst first.{told} The file tables/matrix.csv has every control in every account."
            ),
            complete: true,
            lead: 1,
            columns,
            rows: rows.collect(),
        }
    };
    organization.controls.chunks(CONTROLS).enumerate().map(part).collect()
}

fn names(list: &[(usize, String)]) -> String {
    list.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ")
}

fn open(count: usize, is_open: bool) -> String {
    if is_open { format!("at least {count}") } else { count.to_string() }
}

fn sets(organization: &Organization) -> Sheet {
    let rows = view::sets(organization).into_iter().map(|set| {
        let boundary = set.boundary.map(|boundary| format!("boundary {boundary}"));
        let holds: Vec<String> = set.policies.into_iter().chain(boundary).collect();
        row(vec![
            set.name,
            set.grade,
            if holds.is_empty() { "nothing".to_owned() } else { holds.join(", ") },
            set.unread.join("; "),
            open(set.accounts, set.missing.is_some()),
            view::people_told(set.people, set.open),
        ])
    });
    let columns = [
        ("Permission set", "text"),
        ("The most it grants", "word"),
        ("Holds", "text"),
        ("Not read", "text"),
        ("Accounts", "word"),
        ("People", "word"),
    ];
    let intro = "The most that each permission set grants by its policies, denials and conditions aside. What could not be \
                 read may grant more.";
    sheet("sets", "Permission sets", intro.to_owned(), &columns, rows.collect())
}

fn holders(organization: &Organization) -> Sheet {
    let rows = view::sets(organization).into_iter().flat_map(|set| {
        let name = set.name;
        let grade = set.grade;
        set.holders.into_iter().map(move |holder| {
            let mut accounts: Vec<String> = holder.first.into_iter().map(|one| one.name).collect();
            if holder.more > 0 {
                accounts.push(format!("and {} more", holder.more));
            }
            row(vec![
                name.clone(),
                grade.clone(),
                holder.kind,
                holder.name,
                view::people_told(holder.people, holder.open),
                holder.accounts.to_string(),
                accounts.join(", "),
            ])
        })
    });
    let columns = [
        ("Permission set", "text"),
        ("The most it grants", "word"),
        ("Kind", "word"),
        ("Who", "text"),
        ("People", "word"),
        ("Accounts", "number"),
        ("Which", "text"),
    ];
    let intro =
        "Who has each permission set, and in which accounts. The file tables/assignments.csv has one line an account.";
    sheet("holders", "Who has which permission set", intro.to_owned(), &columns, rows.collect())
}

fn groups(organization: &Organization) -> Sheet {
    let rows = view::groups(organization).into_iter().map(|group| {
        let members = match &group.missing {
            Some(why) => format!("at least {}: {why}", group.members),
            None => group.members.to_string(),
        };
        let accounts = group.accounts.to_string();
        row(vec![group.name, group.most, accounts, members, group.disabled.to_string(), names(&group.sets)])
    });
    let columns = [
        ("Group", "text"),
        ("The most it has", "word"),
        ("Accounts", "number"),
        ("Members", "text"),
        ("Disabled", "number"),
        ("Permission sets", "text"),
    ];
    let intro = "Groups to which a permission set is assigned. The file tables/memberships.csv names their members.";
    sheet("groups", "Groups", intro.to_owned(), &columns, rows.collect())
}

fn people(organization: &Organization) -> Sheet {
    let rows = view::persons(organization).into_iter().map(|one| {
        let (accounts, groups, direct) = (one.accounts.to_string(), names(&one.groups), names(&one.direct));
        row(vec![one.name, one.status_words.to_owned(), one.most, accounts, groups, direct])
    });
    let columns = [
        ("User", "text"),
        ("State", "word"),
        ("The most they have", "word"),
        ("Accounts", "number"),
        ("Through groups", "text"),
        ("Assigned directly", "text"),
    ];
    let intro = "Users who reach an account, those with the most first.";
    sheet("people", "People", intro.to_owned(), &columns, rows.collect())
}

fn assignments(organization: &Organization) -> Sheet {
    let named: std::collections::BTreeMap<&str, &Account> =
        organization.accounts.iter().map(|account| (account.id.as_str(), account)).collect();
    let rows = organization.identity_center.assignments.iter().map(|one| {
        let has = view::has(organization, one);
        let account = named.get(one.account.as_str());
        let count = view::people_told(has.count, has.open);
        let name = account.and_then(|account| account.name.clone()).unwrap_or_default();
        row(vec![has.account, name, has.permission_set, has.grade, has.kind, has.principal, count])
    });
    let columns = [
        ("Account", "word"),
        ("Name", "text"),
        ("Permission set", "text"),
        ("The most it grants", "word"),
        ("Kind", "word"),
        ("Who", "text"),
        ("People", "word"),
    ];
    let intro =
        "One line an assignment: a user, or a group with everyone in it, and the permission set it has in the account.";
    sheet("assignments", "Assignments by account", intro.to_owned(), &columns, rows.collect())
}

fn packs(organization: &Organization) -> Sheet {
    let mut accounts: Vec<&Account> = organization.accounts.iter().filter(|account| account.state.has_pack()).collect();
    accounts.sort_by(|one, other| one.id.cmp(&other.id));
    let rows = accounts.into_iter().map(|account| {
        row(vec![
            account.id.clone(),
            text(account.pack.as_ref()),
            account.as_of.as_deref().map(|at| at.get(..19).unwrap_or(at).replace('T', " ")).unwrap_or_default(),
            text(account.pack_id.as_ref()),
            text(account.manifest_sha256.as_ref()),
        ])
    });
    let columns = [
        ("Account", "word"),
        ("Folder", "text"),
        ("Evidence of (UTC)", "time"),
        ("Pack id", "text"),
        ("SHA-256 of its SHA256SUMS", "text"),
    ];
    let intro = "Each account’s pack stands beside this one. The SHA-256 over its SHA256SUMS binds every file in it: if both \
                 figures are the ones here, the pack is the one that was rolled up.";
    sheet("packs", "Packs of the accounts", intro.to_owned(), &columns, rows.collect())
}
