//! Every cell of the credential report, spoilt.

use super::Mutation;
use super::ground::{REPORT, json};
use base64::Engine as _;
use serde_json::{Value, json};

const ENGINE: base64::engine::GeneralPurpose = base64::engine::general_purpose::STANDARD;

const VALUES: [&str; 9] = [
    "",
    "N/A",
    "no_information",
    "not_supported",
    "garbled",
    "TRUE",
    "FALSE",
    "2019-01-01T00:00:00+00:00",
    "2099-01-01T00:00:00+00:00",
];

pub fn mutations() -> Vec<Mutation> {
    let body = json(REPORT);
    let csv = String::from_utf8(ENGINE.decode(body["Content"].as_str().unwrap()).unwrap()).unwrap();
    let rows: Vec<Vec<String>> = csv.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
    let mut all = Vec::new();
    // The root user, a person and a program: the others are like these.
    let shown = [1, 2, rows.len() - 1];
    for row in shown {
        for column in 0..rows[0].len() {
            for value in VALUES {
                if rows[row][column].eq_ignore_ascii_case(value) {
                    continue;
                }
                let mut rows = rows.clone();
                let who = rows[row][0].clone();
                let was = std::mem::replace(&mut rows[row][column], value.to_owned());
                let what =
                    format!("{who} {} {} for {was}", rows[0][column], if value.is_empty() { "nothing" } else { value });
                all.push(mutation(&body, what, &rows));
            }
        }
    }
    for row in 1..rows.len() {
        let mut fewer = rows.clone();
        fewer.remove(row);
        all.push(mutation(&body, format!("row of {} removed", rows[row][0]), &fewer));
        let mut shorter = rows.clone();
        shorter[row].pop();
        all.push(mutation(&body, format!("row of {} cut off", rows[row][0]), &shorter));
    }
    for column in 0..rows[0].len() {
        let mut fewer = rows.clone();
        fewer.iter_mut().for_each(|row| _ = row.remove(column));
        all.push(mutation(&body, format!("column {} removed", rows[0][column]), &fewer));
    }
    for (how, value) in [
        ("removed", Value::Null),
        ("2001", json!("2001-01-01T00:00:00+00:00")),
        ("2099", json!("2099-01-01T00:00:00+00:00")),
        ("garbled", json!("today")),
    ] {
        let mut body = body.clone();
        body["GeneratedTime"] = value;
        all.push(at(format!("GeneratedTime {how}"), &body));
    }
    all
}

fn mutation(body: &Value, what: String, rows: &[Vec<String>]) -> Mutation {
    let csv: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
    let mut body = body.clone();
    body["Content"] = ENGINE.encode(csv.join("\n")).into();
    at(what, &body)
}

fn at(what: String, body: &Value) -> Mutation {
    Mutation { what: format!("report: {what}"), file: REPORT, text: Some(body.to_string()), control: "" }
}
