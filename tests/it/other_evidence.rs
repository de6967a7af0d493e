//! Evidence that is neither a policy nor a trust: AWS Config, times, alarms, the credential report, imports.

use crate::cases::{Case, Inputs};
use crate::support::{Ran, ran};
use serde_json::{Value, json};
use std::fs;

const RECORDERS: &str = "config/us-east-1/describe-configuration-recorders.json";

#[test]
fn a_recorder_with_exclusions_records_identities_unless_they_are_excluded() {
    assert_eq!(Case::run("config-exclusion-strategy").verdict("config-records-identities"), "pass");
    let with = |excluded: &[&str]| {
        let group = json!({ "resourceTypes": excluded });
        Inputs::of("config-exclusion-strategy").change(RECORDERS, |answer| {
            answer["ConfigurationRecorders"][0]["recordingGroup"]["exclusionByResourceTypes"] = group;
        })
    };
    let case = with(&["AWS::S3::Bucket", "AWS::IAM::Role"]).run();
    let (verdict, reason) = case.result("config-records-identities", "#monitoring");
    assert_eq!(verdict, "fail");
    assert!(
        reason.contains(
            "us-east-1: the recorder is on and records every supported type except AWS::IAM::Role, AWS::S3::Bucket"
        ),
        "{reason}"
    );
    let case = with(&[]).run();
    assert_eq!(case.verdict("config-records-identities"), "pass");
    assert_eq!(case.result("config-records-every-region", "us-east-1").0, "pass");
    let (verdict, reason) = Case::run("config-exclusion-strategy").result("config-records-every-region", "us-east-1");
    assert_eq!(verdict, "fail");
    assert!(reason.ends_with("records every supported type except AWS::Pinpoint::Segment"), "{reason}");
}

#[test]
fn a_region_that_never_records_iam_does_not_count_and_an_unknown_one_is_unknown() {
    let moved = |region: &str| {
        let inputs = Inputs::of("config-exclusion-strategy");
        let from = inputs.answers().join("config/us-east-1");
        fs::rename(&from, from.parent().unwrap().join(region)).unwrap();
        // The Region that is always enabled has no recorder.
        let inputs = inputs.change("account/list-regions.json", |answer| {
            let one = json!({ "RegionName": region, "RegionOptStatus": "ENABLED" });
            let home = json!({ "RegionName": "us-east-1", "RegionOptStatus": "ENABLED_BY_DEFAULT" });
            answer["Regions"] = Value::Array(vec![one, home]);
        });
        let status = json!({ "ConfigurationRecordersStatus": [] });
        inputs
            .write("config/us-east-1/describe-configuration-recorders.json", r#"{ "ConfigurationRecorders": [] }"#)
            .write("config/us-east-1/describe-configuration-recorder-status.json", status.to_string())
    };
    assert_eq!(moved("me-central-1").run().verdict("config-records-identities"), "fail");
    assert_eq!(moved("xx-nowhere-1").run().verdict("config-records-identities"), "unknown");
}

#[test]
fn regions_of_aws_config_that_disagree_are_said_to() {
    let text = |case: &Case| fs::read_to_string(case.pack.join("index.html")).unwrap();
    let case = text(&Case::run("config-regions-disagree"));
    assert!(case.contains("Regions disagree about 1 resource, which counts as neither"), "not told");
    assert!(case.contains("(compliant in us-east-1, not compliant in eu-west-1)"), "the regions are not named");
    assert!(!text(&Inputs::sample("tidy-startup").run()).contains("Regions disagree about"));
}

/// Every time of every answer as AWS CLI version 1 prints it.
fn with_seconds(inputs: &Inputs, text: bool) {
    fn change(value: &mut Value, text: bool) {
        match value {
            Value::Object(members) => members.values_mut().for_each(|value| change(value, text)),
            Value::Array(items) => items.iter_mut().for_each(|value| change(value, text)),
            Value::String(time) if time.len() >= 20 && time.starts_with("20") => {
                if let Ok(time) = time.parse::<jiff::Timestamp>() {
                    let seconds = time.as_microsecond() as f64 / 1e6;
                    *value = if text { json!(seconds.to_string()) } else { json!(seconds) };
                }
            }
            _ => {}
        }
    }
    let mut folders = vec![inputs.answers()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(mut answer) = serde_json::from_slice(&fs::read(&path).unwrap()) {
                change(&mut answer, text);
                fs::write(&path, answer.to_string()).unwrap();
            }
        }
    }
}

#[test]
fn times_as_seconds_are_read_in_every_answer() {
    let case = Case::run("cli-v1-epoch-times");
    assert!(case.import.out.contains("as AWS CLI version 1 prints them"), "{}", case.import.out);
    let (verdict, reason) = case.results("config-rules-about-identity-are-evaluated").remove(0).into_verdict();
    assert_eq!(verdict, "pass", "{reason}");

    let plain = Inputs::sample("tidy-startup").run();
    assert!(!plain.import.out.contains("AWS CLI version 1"), "{}", plain.import.out);
    for text in [false, true] {
        let inputs = Inputs::sample("tidy-startup");
        with_seconds(&inputs, text);
        let case = inputs.run();
        for control in plain.assessment["controls"].as_array().unwrap() {
            let id = control["id"].as_str().unwrap();
            assert_eq!(case.verdict(id), plain.verdict(id), "{id}");
        }
        assert!(case.import.out.contains("as AWS CLI version 1 prints them"), "{}", case.import.out);
    }
}

trait IntoVerdict {
    fn into_verdict(self) -> (String, String);
}

impl IntoVerdict for (String, String, String) {
    fn into_verdict(self) -> (String, String) {
        (self.1, self.2)
    }
}

#[test]
fn a_row_that_cannot_be_read_is_named_with_the_line_an_editor_shows() {
    let case = Case::run("csv-crlf-line-number");
    let text = case.assessment.to_string();
    assert!(text.contains("row 2 of the credential report (line 3)"), "{text}");
}

const REPORT: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n\
<root_account>,arn:aws-cn:iam::111122223333:root,2020-01-01T00:00:00+00:00,not_supported,2026-09-01T00:00:00+00:00,not_supported,\
not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n\
ada,arn:aws-cn:iam::111122223333:user/ada,2020-01-01T00:00:00+00:00,true,2026-09-29T00:00:00+00:00,2026-09-01T00:00:00+00:00,N/A,\
false,true,2026-01-01T00:00:00+00:00,2026-09-29T00:00:00+00:00,cn-north-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n";

fn import(inputs: &Inputs, from: &std::path::Path, options: &[&str]) -> Ran {
    ran(crate::support::auditpack().arg("import").arg(from).arg("--out").arg(inputs.snapshot()).args(options))
}

#[test]
fn a_credential_report_is_accepted_as_a_csv_file_alone() {
    let at = ["--collected-at", "2026-09-30T06:00:00Z"];
    for (name, text, told) in [
        ("credential_report.csv", REPORT.to_owned(), "does not say when it was generated"),
        (
            "status 2026.CSV",
            format!("\u{feff}{}", REPORT.replace('\n', "\r\n")),
            "latest time in it is 2026-09-29T00:00:00Z",
        ),
        ("excel.csv", REPORT.replace(',', ";").replace('\n', "\r\n"), "separated by semicolons"),
        ("tabs.csv", REPORT.replace(',', "\t"), "separated by tabs"),
    ] {
        let inputs = Inputs::empty().write(name, text);
        // The file itself, and the folder in which it lies.
        for from in [inputs.answers().join(name), inputs.answers()] {
            let run = import(&inputs, &from, &at);
            assert_eq!(run.code, 3, "{name}: {}", run.err);
            assert!(run.out.contains(told), "{name}: {}", run.out);
            let case = inputs.render();
            assert_eq!(case.assessment["account"]["id"], "111122223333", "{name}");
            assert_eq!(case.assessment["account"]["partition"], "aws-cn", "{name}");
            let (verdict, reason) = case.result("access-keys-are-rotated", "user/ada#access-key-1");
            assert_eq!(verdict, "fail", "{name}");
            assert!(reason.contains("272 days"), "{name}: {reason}");
            assert_eq!(case.result("console-users-have-mfa", "user/ada").0, "fail", "{name}");
            inputs.forget();
        }
    }
}

#[test]
fn import_says_what_it_takes_as_the_time_of_the_collection() {
    let inputs = Inputs::of("import-without-collected-at");
    let run = inputs.import(&[]);
    assert!(run.out.contains("the time of this import stands for it"), "{}", run.out);
    assert!(run.out.contains("collected-at.txt") && run.out.contains("--collected-at"), "{}", run.out);
    assert!(run.out.contains("the credential report was generated at "), "{}", run.out);
    inputs.forget();
    let run = inputs.import(&["--collected-at", "2026-11-20T06:00:00Z"]);
    assert!(run.out.contains("collected at 2026-11-20T06:00:00Z, by --collected-at"), "{}", run.out);
    inputs.forget();
    let inputs = inputs.write("collected-at.txt", "2026-11-21T06:00:00Z\n");
    let run = inputs.import(&[]);
    assert!(run.out.contains("collected at 2026-11-21T06:00:00Z, by collected-at.txt"), "{}", run.out);
    inputs.forget();
    let run = inputs.import(&["--collected-at", "2026-11-20T06:00:00Z"]);
    assert!(run.code == 2 && run.err.contains("collected-at.txt: 2026-11-21T06:00:00Z is another time"), "{}", run.err);
    for time in ["2999-01-01T00:00:00Z", "1999-01-01T00:00:00Z", "yesterday"] {
        assert_eq!(inputs.import(&["--collected-at", time]).code, 2, "{time}");
    }
    let help = ran(crate::support::auditpack().args(["import", "--help"]));
    assert!(help.out.contains("collected-at.txt"), "{}", help.out);
}

#[test]
fn the_account_comes_from_the_arns_of_what_belongs_to_it() {
    let users = |account: &str| format!("{{\"Users\":[{{\"Arn\":\"arn:aws-us-gov:iam::{account}:user/a\"}}]}}");
    let roles = r#"{"Roles":[{"Arn":"arn:aws-us-gov:iam::111122223333:role/a","AssumeRolePolicyDocument":{"Statement":[
        {"Principal":{"AWS":"arn:aws-us-gov:iam::999988887777:root"}}]}}]}"#;
    let inputs =
        Inputs::empty().write("iam/list-users.json", users("111122223333")).write("iam/list-roles.json", roles);
    let run = inputs.import(&["--json"]);
    assert!(
        run.out.contains("\"account\":\"111122223333\"") || run.out.contains("\"account\": \"111122223333\""),
        "{}",
        run.out
    );
    assert_eq!(inputs.render().assessment["account"]["partition"], "aws-us-gov");
    inputs.forget();
    let other = inputs.import(&["--account", "999988887777"]);
    assert!(
        other.code == 2 && other.err.contains("about account 111122223333, not about 999988887777"),
        "{}",
        other.err
    );
    let mixed = inputs.write("iam/list-users.json", users("444455556666")).import(&[]);
    assert!(mixed.code == 2 && mixed.err.contains("import the answers of one account at a time"), "{}", mixed.err);
}

#[test]
fn a_folder_without_answers_is_told_what_was_seen() {
    for (file, text, told) in [
        ("report.pdf", "%PDF", "it holds report.pdf"),
        ("q3/answers/iam/list-users.json", "{\"Users\":[]}", "the answers lie in q3/answers: name that folder"),
        ("gaad.json", "{\"UserDetailList\":[]}", "belongs at iam/get-account-authorization-details.json"),
        ("people.csv", "name,mail\n", "people.csv is no credential report"),
    ] {
        let run = Inputs::empty().write(file, text).import(&[]);
        assert_eq!(run.code, 2, "{file}");
        assert!(run.err.contains(told), "{file}: {}", run.err);
    }
}

/// The reason of the one subject that a control about alarms has in scope.
fn alarm(case: &Case, control: &str) -> (String, String) {
    let all = case.results(control);
    let in_scope: Vec<_> = all.into_iter().filter(|(_, verdict, _)| verdict != "not_applicable").collect();
    assert_eq!(in_scope.len(), 1, "{in_scope:?}");
    in_scope.into_iter().next().unwrap().into_verdict()
}

const FILTERS: &str = "logs/us-east-1/describe-metric-filters.json";
const ALARMS: &str = "cloudwatch/us-east-1/describe-alarms.json";

#[test]
fn an_alarms_sentence_names_the_event_or_the_threshold_and_no_other_filter() {
    let case = Case::run("alarm-sentences");
    let (verdict, reason) = alarm(&case, "changes-of-iam-policies-raise-an-alarm");
    assert_eq!(verdict, "fail");
    assert!(reason.contains("no metric filter of log group trail (us-east-1) counts DetachUserPolicy"), "{reason}");
    for other in ["RootUse", "SignInWithoutMfa", "TrailChanges", "AttachUserPolicy"] {
        assert!(!reason.contains(other), "{other}: {reason}");
    }
    let slow = case.assessment["controls"].as_array().unwrap().iter().find_map(|control| {
        let text = control["conclusion"].as_str()?;
        let results = control["results"].to_string();
        (text.contains("240") || results.contains("240 events")).then_some(results)
    });
    let slow = slow.expect("the alarm that takes 240 events is named");
    assert!(
        slow.contains("goes off after 240 events: the sum of the metric must reach 1 in 240 periods of 300 seconds"),
        "{slow}"
    );
}

#[test]
fn a_pattern_whose_alternatives_count_every_event_is_said_to() {
    let case = Case::run("cis-1.4-to-3.0-unauthorised-pattern");
    let (verdict, reason) = alarm(&case, "unauthorized-calls-raise-an-alarm");
    assert_eq!(verdict, "fail");
    assert!(reason.contains("counts ordinary events too, such as a successful ec2:DescribeInstances"), "{reason}");
    assert!(reason.contains("its conditions are alternatives (||)"), "{reason}");
    assert!(!reason.contains("SignInWithoutMfa") && !reason.contains("PolicyChanges"), "{reason}");
    // As later editions print it.
    let mended = Inputs::of("cis-1.4-to-3.0-unauthorised-pattern").change(FILTERS, |answer| {
        answer["metricFilters"][0]["filterPattern"] = json!(
            "{ (($.errorCode = \"*UnauthorizedOperation\") || \
            ($.errorCode = \"AccessDenied*\")) && ($.sourceIPAddress!=\"delivery.logs.amazonaws.com\") && \
            ($.eventName!=\"HeadBucket\") }"
        );
    });
    assert_eq!(mended.run().verdict("unauthorized-calls-raise-an-alarm"), "pass");
}

#[test]
fn changes_of_the_organization_need_every_call_in_a_filter() {
    const CONTROL: &str = "changes-of-the-organization-raise-an-alarm";
    let names = [
        "AcceptHandshake",
        "AttachPolicy",
        "CreateAccount",
        "CreateOrganizationalUnit",
        "CreatePolicy",
        "DeclineHandshake",
        "DeleteOrganization",
        "DeleteOrganizationalUnit",
        "DeletePolicy",
        "DetachPolicy",
        "DisablePolicyType",
        "EnablePolicyType",
        "InviteAccountToOrganization",
        "LeaveOrganization",
        "MoveAccount",
        "RemoveAccountFromOrganization",
        "UpdateOrganizationalUnit",
        "UpdatePolicy",
    ];
    let with = |names: &[&str]| {
        let alternatives: Vec<String> = names.iter().map(|name| format!("($.eventName = \"{name}\")")).collect();
        let pattern = format!("{{ ($.eventSource = organizations.amazonaws.com) && ({}) }}", alternatives.join(" || "));
        Inputs::of("cis-1.4-to-3.0-unauthorised-pattern").change(FILTERS, move |answer| {
            for filter in answer["metricFilters"].as_array_mut().unwrap() {
                filter["filterPattern"] = json!(pattern);
            }
        })
    };
    assert_eq!(with(&names).run().verdict(CONTROL), "pass");
    let without: Vec<&str> = names.into_iter().filter(|name| *name != "LeaveOrganization").collect();
    let (verdict, reason) = alarm(&with(&without).run(), CONTROL);
    assert_eq!(verdict, "fail");
    assert!(reason.contains("no alarm for LeaveOrganization"), "{reason}");
    let refused = with(&names).change("logs/us-east-1/describe-metric-filters.json", |answer| *answer = json!({}));
    assert_eq!(refused.run().verdict(CONTROL), "unknown");
}

#[test]
fn phrases_are_understood_and_other_patterns_are_shown() {
    let case = Case::run("pattern-not-understood-is-not-shown");
    assert_eq!(case.verdict("failed-sign-ins-raise-an-alarm"), "pass");
    // The same phrases are no filter for changes of policies.
    let (verdict, reason) = alarm(&case, "changes-of-iam-policies-raise-an-alarm");
    assert_eq!(verdict, "fail");
    assert!(reason.contains("no metric filter of log group trail (us-east-1) counts such events"), "{reason}");
    let case = Inputs::of("pattern-not-understood-is-not-shown").change(FILTERS, |answer| {
        for filter in answer["metricFilters"].as_array_mut().unwrap() {
            filter["filterPattern"] = json!("[ip, user, name = ConsoleLogin]");
        }
    });
    let (verdict, reason) = alarm(&case.run(), "failed-sign-ins-raise-an-alarm");
    assert_eq!(verdict, "fail");
    assert!(reason.contains("is not understood and does not count ([ip, user, name = ConsoleLogin])"), "{reason}");
}

#[test]
fn an_alarm_on_the_wrong_statistic_or_without_a_subscription_is_named() {
    let spoilt = |change: fn(&mut Value)| {
        let inputs = Inputs::sample("tidy-startup").change(ALARMS, |answer| {
            answer["MetricAlarms"].as_array_mut().unwrap().iter_mut().for_each(change);
        });
        alarm(&inputs.run(), "use-of-root-raises-an-alarm").1
    };
    assert!(spoilt(|alarm| alarm["Statistic"] = json!("Maximum")).contains("its statistic is Maximum"));
    assert!(spoilt(|alarm| alarm["ActionsEnabled"] = json!(false)).contains("its actions are disabled"));
    assert!(spoilt(|alarm| alarm["AlarmActions"] = json!([])).contains("it has no SNS topic as its alarm action"));
}

#[test]
fn a_failure_shows_what_was_observed_and_no_criterion() {
    let case = Case::run("criterion-shown-as-reason");
    let (verdict, reason) = case.result("root-mfa-is-hardware", ":root");
    assert_eq!(verdict, "fail");
    assert!(reason.starts_with("virtual MFA devices are registered for the root user: 1"), "{reason}");
    for case in [case, Case::run("pattern-not-understood-is-not-shown"), Inputs::sample("permission-denied").run()] {
        for control in case.assessment["controls"].as_array().unwrap() {
            let mut texts = vec![control["conclusion"].as_str().unwrap()];
            texts.extend(control["results"].as_array().unwrap().iter().map(|one| one["reason"].as_str().unwrap()));
            for text in texts {
                for code in [
                    "&&",
                    "params.",
                    "size(",
                    "days(",
                    ".in_organization",
                    "does not meet the c",
                    "meets the condition",
                ] {
                    // A pattern that AWS holds may be quoted.
                    assert!(!text.contains(code) || text.contains("metric filter"), "{}: {text}", control["id"]);
                }
            }
        }
    }
}

#[test]
fn the_root_users_sentences_say_whether_it_can_sign_in_and_which_keys_it_has() {
    let case = Case::run("root-password-from-the-report");
    for control in ["root-sign-in-has-mfa-or-is-removed", "root-mfa-is-hardware"] {
        assert_eq!(case.result(control, ":root").0, "fail", "{control}");
    }
    assert!(case.result("root-has-mfa", ":root").1.contains("it can sign in with its password"));
    let summary = "iam/get-account-summary.json";
    let report = "iam/get-credential-report.json";
    let removed = Inputs::of("root-password-from-the-report")
        .change(summary, |answer| answer["SummaryMap"]["AccountPasswordPresent"] = json!(0))
        .run();
    let (verdict, reason) = removed.result("root-has-mfa", ":root");
    assert_eq!(verdict, "fail");
    assert!(reason.ends_with("it has no password and cannot sign in"), "{reason}");

    for (active, state) in [
        (true, "access key 2 is active (created or changed 2020-05-01, last used 2026-01-02)"),
        (false, "access key 2 is inactive and can be activated again (created or changed 2020-05-01"),
    ] {
        use base64::Engine as _;
        let base64 = base64::engine::general_purpose::STANDARD;
        let case = Inputs::of("root-password-from-the-report")
            .change(summary, |answer| answer["SummaryMap"]["AccountAccessKeysPresent"] = json!(1))
            .change(report, |answer| {
                let csv = String::from_utf8(base64.decode(answer["Content"].as_str().unwrap()).unwrap()).unwrap();
                let header: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
                let mut lines: Vec<String> = csv.lines().map(str::to_owned).collect();
                let root = lines.iter_mut().find(|line| line.starts_with("<root_account>")).unwrap();
                let mut cells: Vec<String> = root.split(',').map(str::to_owned).collect();
                let mut set = |name: &str, value: &str| {
                    cells[header.iter().position(|one| *one == name).unwrap()] = value.to_owned();
                };
                set("access_key_2_active", if active { "true" } else { "false" });
                set("access_key_2_last_rotated", "2020-05-01T00:00:00+00:00");
                set("access_key_2_last_used_date", "2026-01-02T00:00:00+00:00");
                *root = cells.join(",");
                answer["Content"] = json!(base64.encode(lines.join("\n")));
            })
            .run();
        let (verdict, reason) = case.result("root-has-no-access-keys", ":root");
        assert_eq!(verdict, "fail");
        assert!(reason.contains(state), "{reason}");
    }
}

#[test]
fn ninety_days_and_a_half_are_not_ninety_days() {
    let case = |key: &str| {
        let text = REPORT.replace("2026-01-01T00:00:00+00:00,2026-09-29", &format!("{key},2026-09-29"));
        let inputs = Inputs::empty().write("report.csv", text);
        import(&inputs, &inputs.answers(), &["--collected-at", "2026-09-30T12:00:00Z"]);
        inputs.render().result("access-keys-are-rotated", "user/ada#access-key-1")
    };
    let (verdict, reason) = case("2026-07-02T00:00:00+00:00");
    assert_eq!(verdict, "fail");
    assert!(reason.contains("is 90 days and 12 hours old") && reason.ends_with("the limit is 90 days"), "{reason}");
    assert_eq!(case("2026-07-02T12:00:00+00:00").0, "pass");
    let (_, reason) = case("2026-07-02T11:59:00+00:00");
    assert!(reason.contains("90 days and 1 minute"), "{reason}");
}

#[test]
fn who_is_out_of_scope_is_said_in_words() {
    let mut seen = 0;
    for sample in ["tidy-startup", "empty-account"] {
        for control in Inputs::sample(sample).run().assessment["controls"].as_array().unwrap() {
            if control["verdict"] == "not_applicable" && control["population"]["total"] != 0 {
                let conclusion = control["conclusion"].as_str().unwrap();
                assert!(conclusion.contains("this control is about "), "{conclusion}");
                seen += 1;
            }
        }
    }
    assert!(seen > 0);
}
