//! The credential report.

use super::blueprint::{Blueprint, Key, Password};
use crate::time::{DAY, cli, zulu};

/// AWS's guide and the live service spell the report differently.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `true`, `Z`; inactive credentials keep their dates; 22 columns.
    Live,
    /// `TRUE`, `+00:00`; inactive credentials show N/A; a 23rd column.
    Documented,
}

const COLUMNS: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
    password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
    access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
    access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
    cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

impl Style {
    fn bool(self, value: bool) -> String {
        let text = if value { "true" } else { "false" };
        if self == Self::Live { text.to_owned() } else { text.to_uppercase() }
    }

    fn time(self, seconds: i64) -> String {
        if self == Self::Live { zulu(seconds) } else { cli(seconds) }
    }

    fn credential(self, credential: Option<(bool, i64)>) -> [String; 2] {
        match credential {
            Some((active, created)) if active || self == Self::Live => [self.bool(active), self.time(created)],
            _ => [self.bool(false), "N/A".to_owned()],
        }
    }

    fn key(self, key: Option<&Key>) -> Vec<String> {
        let [active, rotated] = self.credential(key.map(|key| (key.active, key.created)));
        let used = key.and_then(|key| key.used).filter(|_| self == Self::Live || key.is_some_and(|key| key.active));
        let (date, region, service) =
            used.map_or(("N/A".to_owned(), "N/A", "N/A"), |(when, region, service)| (self.time(when), region, service));
        vec![active, rotated, date, region.to_owned(), service.to_owned()]
    }
}

/// A field, quoted where RFC 4180 asks for it.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

struct Row<'a> {
    name: &'a str,
    arn: String,
    created: i64,
    password: Option<&'a Password>,
    mfa: bool,
    keys: &'a [Option<Key>; 2],
    certificates: [Option<(bool, i64)>; 2],
    root: bool,
}

fn line(style: Style, row: &Row, max_age: Option<i64>) -> String {
    let legacy_root = row.root && style == Style::Documented;
    let text = |value: &str| value.to_owned();
    let mut fields = vec![text(row.name), row.arn.clone(), style.time(row.created)];
    fields.push(if legacy_root { text("not_supported") } else { style.bool(row.password.is_some()) });
    fields.push(match row.password {
        None => text("N/A"),
        Some(password) => password.used.map_or(text("no_information"), |used| style.time(used)),
    });
    fields.push(match row.password {
        _ if legacy_root => text("not_supported"),
        None => text("N/A"),
        Some(password) => style.time(password.changed),
    });
    fields.push(match (row.password, max_age) {
        _ if row.root => text("not_supported"),
        (Some(password), Some(days)) => style.time(password.changed + days * DAY),
        _ => text("N/A"),
    });
    fields.push(style.bool(row.mfa));
    for key in row.keys {
        fields.extend(style.key(key.as_ref()));
    }
    for certificate in row.certificates {
        fields.extend(style.credential(certificate));
    }
    if style == Style::Documented {
        fields.push(text("N/A"));
    }
    fields.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(",")
}

/// The decoded report: root first, users as the blueprint orders them, no newline at the end.
pub fn csv(blueprint: &Blueprint) -> String {
    let style = blueprint.report_style;
    let max_age = blueprint.password_policy.as_ref().and_then(|policy| policy["MaxPasswordAge"].as_i64());
    let root = &blueprint.root;
    let mut lines =
        vec![if style == Style::Live { COLUMNS.to_owned() } else { format!("{COLUMNS},additional_credentials_info") }];
    let row = Row {
        name: "<root_account>",
        arn: blueprint.arn("root"),
        created: root.created,
        password: root.password.as_ref(),
        mfa: !root.mfa.is_empty(),
        keys: &root.keys,
        certificates: [None, None],
        root: true,
    };
    lines.push(line(style, &row, max_age));
    for user in blueprint.users.iter().filter(|user| !user.not_in_report) {
        let row = Row {
            name: &user.name,
            arn: blueprint.arn(&format!("user{}{}", user.path, user.name)),
            created: user.created,
            password: user.password.as_ref(),
            mfa: !user.mfa.is_empty(),
            keys: &user.keys,
            certificates: user.certificates,
            root: false,
        };
        lines.push(line(style, &row, max_age));
    }
    lines.join("\n")
}
