use super::*;
use proptest::prelude::*;

const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
const ROOT_ROW: &str = "<root_account>,arn:aws:iam::111122223333:root,2015-01-01T00:00:00Z,not_supported,no_information,\
not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
fn read(csv: &str) -> CredentialReport {
    parse(csv.as_bytes(), at("2026-11-22T05:00:00Z"), Some("c00003")).unwrap()
}
fn row(name: &str) -> String {
    format!(
        "{name},arn:aws:iam::111122223333:user/{name},2020-01-01T00:00:00+00:00,TRUE,no_information,2024-01-01T00:00:00Z,\
         N/A,False,true,2020-01-01T00:00:05Z,N/A,N/A,N/A,false,2019-06-01T00:00:00Z,2021-01-01T00:00:00Z,eu-west-1,s3,\
         false,N/A,false,N/A"
    )
}

#[test]
fn a_live_report_is_read_without_final_newline_and_in_any_case() {
    let report = read(&format!("\u{feff}{HEADER}\n{ROOT_ROW}\n{}", row("alice")));
    let alice = &report.rows["arn:aws:iam::111122223333:user/alice"];
    assert_eq!(alice.user, "alice");
    assert_eq!(alice.password_enabled, Observed::Known(true));
    assert_eq!(alice.mfa_active, Observed::Known(false));
    assert_eq!(alice.password_last_used, Observed::Known(None));
    assert_eq!(alice.password_last_changed, Observed::Known(Some(at("2024-01-01T00:00:00Z"))));
    assert_eq!(alice.keys[0].last_used_service, Observed::Known(None));
    assert_eq!(alice.keys[1].exists(), Observed::Known(true), "an inactive key keeps its time of change");
    assert_eq!(exists(&alice.certificates[0].active, &alice.certificates[0].rotated), Observed::Known(false));
    let root = report.root.known().unwrap();
    assert_eq!(root.mfa_active, Observed::Known(true));
    assert!(root.password_enabled.gap().is_some(), "not_supported is neither yes nor no");
    assert_eq!((report.records, report.row_gaps.len()), (1, 0));
    assert_eq!(report.note(), None);
}

#[test]
fn odd_names_are_quoted_or_their_row_is_lost_with_a_reason() {
    let quoted = row("x")
        .replace("x,arn:aws:iam::111122223333:user/x", "\"=cmd,+a@b\",\"arn:aws:iam::111122223333:user/=cmd,+a@b\"");
    let report = read(&format!("{HEADER}\n{quoted}\n{}\n", row("smith,john")));
    assert_eq!(report.rows.keys().collect::<Vec<_>>(), ["arn:aws:iam::111122223333:user/=cmd,+a@b"]);
    assert_eq!(report.row_gaps.len(), 1);
    let reason = &report.row_gaps[0].reason;
    assert_eq!(reason, "row 2 of the credential report (line 3) has 24 of 22 fields");
    assert_eq!(report.records, 2, "a lost row is counted");
}

#[test]
fn a_bad_row_leaves_the_others_alone_and_says_where_it_is() {
    let twice = row("bob");
    let short = "carol,arn:aws:iam::111122223333:user/carol,2020";
    let mixed = row("dave").replacen("dave,", "eve,", 1);
    let csv = format!("{HEADER}\n{ROOT_ROW}\n{twice}\n{}\n{short}\n{twice}\n{mixed}\n", row("alice"));
    let report = read(&csv);
    assert_eq!(report.rows.keys().collect::<Vec<_>>(), ["arn:aws:iam::111122223333:user/alice"]);
    let reasons: Vec<&str> = report.row_gaps.iter().map(|gap| gap.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "row 4 of the credential report (line 5), arn:aws:iam::111122223333:user/carol, has 3 of 22 fields",
            "row 5 of the credential report (line 6), arn:aws:iam::111122223333:user/bob, appears twice; which of \
             the rows is correct is not known",
            "row 6 of the credential report (line 7), arn:aws:iam::111122223333:user/dave, names the user \"eve\", which \
             does not fit its ARN",
        ]
    );
    assert!(report.bad.contains_key("arn:aws:iam::111122223333:user/bob"), "neither of two rows is believed");
}

#[test]
fn a_stray_quote_does_not_swallow_users_in_silence() {
    let csv = format!("{HEADER}\n{}\n\"{}\n{}\n", row("alice"), row("bob"), row("carol"));
    let report = read(&csv);
    assert_eq!(report.rows.len(), 1);
    assert_eq!(report.row_gaps.len(), 1, "{:?}", report.row_gaps);
}

#[test]
fn a_missing_column_costs_its_facts_and_no_others() {
    let without = |line: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        cells.remove(7);
        cells.join(",")
    };
    let report = read(&format!("{}\n{}\n", without(HEADER), without(&row("alice"))));
    let alice = report.rows.values().next().unwrap();
    assert_eq!(alice.mfa_active.gap().unwrap().reason, "the credential report has no column mfa_active");
    assert_eq!(alice.password_enabled, Observed::Known(true));
    assert_eq!(report.column_gaps.len(), 1);

    let gap = parse(b"user,mfa_active\nalice,true\n", at("2026-11-22T05:00:00Z"), None).unwrap_err();
    assert_eq!(gap.reason, "the credential report has no column arn, so no row can be assigned to a user");
    assert!(parse(b"", at("2026-11-22T05:00:00Z"), None).is_err());
}

#[test]
fn columns_of_the_future_are_noted() {
    let report = read(&format!("{HEADER},additional_credentials_info,passkeys\n{},N/A,2\n", row("alice")));
    assert_eq!(report.rows.len(), 1);
    assert_eq!(report.note().unwrap(), "the credential report has columns that this version does not read: passkeys");
}

#[test]
fn a_cell_that_makes_no_sense_is_a_gap_with_its_place() {
    let report = read(&format!("{HEADER}\n{}\n", row("alice").replace("TRUE", "maybe")));
    let alice = report.rows.values().next().unwrap();
    assert_eq!(
        alice.password_enabled.gap().unwrap().reason,
        "row 1 of the credential report (line 2), arn:aws:iam::111122223333:user/alice, says \"maybe\" in column \
         password_enabled, which is neither true nor false"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), with_header in any::<bool>()) {
        let mut csv = if with_header { format!("{HEADER}\n{ROOT_ROW}\n").into_bytes() } else { Vec::new() };
        csv.extend(bytes);
        let _ = parse(&csv, at("2026-11-22T05:00:00Z"), None);
    }

    #[test]
    fn a_report_cut_anywhere_never_shows_a_user_as_something_else(cut in 0usize..900) {
        let whole = format!("{HEADER}\n{}\n{}\n", row("alice"), row("bob"));
        let cut = cut.min(whole.len());
        if let Ok(report) = parse(&whole.as_bytes()[..cut], at("2026-11-22T05:00:00Z"), None) {
            for (arn, found) in &report.rows {
                let expected = &read(&whole).rows[arn];
                for (one, other) in found.keys.iter().zip(&expected.keys) {
                    prop_assert!(one.active.gap().is_some() || one.active == other.active);
                    prop_assert!(one.rotated.gap().is_some() || one.rotated == other.rotated);
                }
            }
        }
    }

    #[test]
    fn what_is_written_is_read_back(
        users in proptest::collection::btree_map("[A-Za-z0-9+=,.@_-]{1,20}", (any::<bool>(), any::<bool>(), 0i64..1_700_000_000), 0..12),
        crlf in any::<bool>(),
        upper in any::<bool>(),
    ) {
        let mut writer = csv::WriterBuilder::new();
        if crlf {
            writer.terminator(csv::Terminator::CRLF);
        }
        let mut writer = writer.from_writer(Vec::new());
        writer.write_record(HEADER.split(',')).unwrap();
        for (name, (password, key, seconds)) in &users {
            let word = |yes: bool| if upper { yes.to_string().to_uppercase() } else { yes.to_string() };
            let time = Timestamp::from_second(*seconds).unwrap().to_string();
            let arn = format!("arn:aws:iam::111122223333:user/{name}");
            let (password, key) = (word(*password), word(*key));
            let cells: [&str; 22] = [name, &arn, &time, &password, "N/A", &time, "N/A", "false", &key, &time, "n/a", "N/A",
                "N/A", "false", "N/A", "N/A", "N/A", "N/A", "false", "N/A", "false", "N/A"];
            writer.write_record(cells).unwrap();
        }
        let csv = writer.into_inner().unwrap();
        let report = parse(&csv, at("2026-11-22T05:00:00Z"), None).unwrap();
        prop_assert_eq!(report.row_gaps.len(), 0);
        prop_assert_eq!(report.rows.len(), users.len());
        for (name, (password, key, seconds)) in &users {
            let row = &report.rows[&format!("arn:aws:iam::111122223333:user/{name}")];
            prop_assert_eq!(&row.user, name);
            prop_assert_eq!(row.password_enabled.known(), Some(password));
            prop_assert_eq!(row.keys[0].active.known(), Some(key));
            prop_assert_eq!(row.created.known().unwrap().unwrap().as_second(), *seconds);
        }
    }
}
