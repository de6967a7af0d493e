//! Evidence that contradicts itself: one thing with two values, answers of another Region, times that cannot be. The
//! result is inconclusive, whichever of the two values comes first.

use crate::cases::{Case, Inputs};
use serde_json::{Value, json};
use std::fs;

fn tidy() -> Inputs {
    Inputs::sample("tidy-startup")
}

const RECORDING: &str = "config-records-every-region";
const DELIVERY: &str = "config-delivers-its-records";
const ANALYZED: &str = "external-access-is-analyzed-in-every-region";

/// Copies the answers of one Region over those of another.
fn copied(inputs: Inputs, from: &str, to: &str) -> Inputs {
    let bytes = fs::read(inputs.answers().join(from)).unwrap();
    inputs.write(to, bytes)
}

#[track_caller]
fn unknown(case: &Case, controls: &[&str]) {
    let found: Vec<(&str, &str)> = controls.iter().map(|control| (*control, case.verdict(control))).collect();
    assert!(found.iter().all(|(_, verdict)| *verdict == "unknown"), "{found:#?}");
}

#[test]
fn answers_of_another_region_prove_nothing_about_this_one() {
    for (service, operation, control) in [
        ("accessanalyzer", "list-analyzers", ANALYZED),
        ("config", "describe-configuration-recorders", RECORDING),
        ("config", "describe-configuration-recorder-status", RECORDING),
    ] {
        let case = copied(
            tidy(),
            &format!("{service}/us-east-1/{operation}.json"),
            &format!("{service}/eu-west-1/{operation}.json"),
        )
        .run();
        let (verdict, reason) = case.result(control, "eu-west-1");
        assert_eq!(verdict, "unknown", "{operation}");
        assert!(reason.contains("answered about another Region: arn:aws:"), "{reason}");
        assert_eq!(case.result(control, "us-east-1").0, "pass", "{operation}");
    }
}

#[test]
fn instances_of_another_region_or_in_two_regions() {
    let control = "running-instances-have-a-role";
    let zone = |zone: &str| {
        tidy().change("ec2/us-east-1/describe-instances.json", |answer| {
            for one in answer["Reservations"][0]["Instances"].as_array_mut().unwrap() {
                one["Placement"] = json!({ "AvailabilityZone": zone });
            }
        })
    };
    assert_eq!(zone("us-east-1a").run().verdict(control), "pass");
    assert_eq!(zone("eu-west-1a").run().verdict(control), "unknown");
    let path = |region: &str| format!("ec2/{region}/describe-instances.json");
    assert_eq!(copied(tidy(), &path("us-east-1"), &path("eu-west-1")).run().verdict(control), "unknown");
}

#[test]
fn an_instance_in_two_states() {
    let twice = |first: &str, second: &str| {
        tidy()
            .change("ec2/us-east-1/describe-instances.json", |answer| {
                let all = answer["Reservations"][0]["Instances"].as_array_mut().unwrap();
                let mut other = all[0].clone();
                all[0]["State"]["Name"] = first.into();
                all[0]["IamInstanceProfile"] = Value::Null;
                other["State"]["Name"] = second.into();
                other["IamInstanceProfile"] = Value::Null;
                all.push(other);
            })
            .run()
    };
    for (first, second) in [("running", "stopped"), ("stopped", "running")] {
        assert_eq!(twice(first, second).verdict("running-instances-have-a-role"), "unknown", "{first}");
    }
    assert_eq!(twice("running", "running").verdict("running-instances-have-a-role"), "fail");
}

const OF_TRAILS: &[(&str, &str, &str)] = &[
    ("IsMultiRegionTrail", "false", "a-trail-records-every-management-event"),
    ("IncludeGlobalServiceEvents", "false", "a-trail-records-every-management-event"),
    ("S3BucketName", "\"\"", "a-trail-records-every-management-event"),
    ("LogFileValidationEnabled", "false", "trails-validate-their-files"),
    ("KmsKeyId", "\"\"", "trails-are-encrypted-with-a-key-of-kms"),
    ("CloudWatchLogsLogGroupArn", "\"\"", "trails-reach-cloudwatch-logs"),
];

fn set(name: &'static str, value: &str) -> impl Fn(&mut Value) + use<> {
    let value: Value = serde_json::from_str(value).unwrap();
    move |answer: &mut Value| answer["trailList"][0][name] = value.clone()
}

#[test]
fn regions_that_disagree_about_a_trail() {
    for (name, value, control) in OF_TRAILS {
        for region in ["us-east-1", "eu-west-1"] {
            let path = format!("cloudtrail/{region}/describe-trails.json");
            let case = tidy().change(&path, set(name, value)).run();
            assert_eq!(case.verdict(control), "unknown", "{name} in {region}");
        }
        let both = ["us-east-1", "eu-west-1"].into_iter().fold(tidy(), |inputs, region| {
            inputs.change(&format!("cloudtrail/{region}/describe-trails.json"), set(name, value))
        });
        let agreed = if *name == "S3BucketName" { "unknown" } else { "fail" };
        assert_eq!(both.run().verdict(control), agreed, "{name} in both Regions");
    }
}

#[test]
fn a_contradiction_about_one_setting_hides_no_failure_of_another() {
    let case = ["us-east-1", "eu-west-1"]
        .into_iter()
        .fold(tidy(), |inputs, region| {
            inputs
                .change(&format!("cloudtrail/{region}/describe-trails.json"), set("LogFileValidationEnabled", "false"))
        })
        .change("cloudtrail/us-east-1/describe-trails.json", set("KmsKeyId", "\"\""))
        .run();
    assert_eq!(case.verdict("trails-validate-their-files"), "fail");
    unknown(&case, &["trails-are-encrypted-with-a-key-of-kms"]);
}

#[test]
fn a_multi_region_trail_that_a_region_does_not_list() {
    for region in ["us-east-1", "eu-west-1"] {
        let case = tidy()
            .change(&format!("cloudtrail/{region}/describe-trails.json"), |answer| answer["trailList"] = json!([]))
            .run();
        unknown(&case, &["a-trail-records-every-management-event"]);
    }
}

/// One entry of a list twice, the second time changed; and in the other order.
fn twice(path: &str, list: &str, change: impl Fn(&mut Value)) -> [Case; 2] {
    [false, true].map(|is_first| {
        tidy()
            .change(path, |answer| {
                let all = answer[list].as_array_mut().unwrap();
                let mut other = all[0].clone();
                change(&mut other);
                all.insert(usize::from(!is_first), other);
            })
            .run()
    })
}

#[test]
fn entries_of_one_list_that_contradict_each_other() {
    let status = "config/us-east-1/describe-configuration-recorder-status.json";
    for case in twice(status, "ConfigurationRecordersStatus", |one| one["recording"] = false.into()) {
        unknown(&case, &[RECORDING]);
        assert_eq!(case.result(RECORDING, "eu-west-1").0, "pass");
    }
    let delivered = "config/us-east-1/describe-delivery-channel-status.json";
    let failed = |one: &mut Value| one["configHistoryDeliveryInfo"] = json!({ "lastStatus": "FAILURE" });
    for case in twice(delivered, "DeliveryChannelsStatus", failed) {
        unknown(&case, &[DELIVERY]);
    }
    let analyzers = "accessanalyzer/eu-west-1/list-analyzers.json";
    for case in twice(analyzers, "analyzers", |one| one["status"] = "FAILED".into()) {
        let (verdict, reason) = case.result(ANALYZED, "eu-west-1");
        assert_eq!(verdict, "unknown");
        assert!(reason.contains("lists external more than once, with different values"), "{reason}");
    }
    for case in twice("account/list-regions.json", "Regions", |one| one["RegionOptStatus"] = "DISABLING".into()) {
        unknown(&case, &[ANALYZED]);
    }
}

#[test]
fn an_entry_that_is_repeated_in_the_same_words_counts_once() {
    for case in twice("accessanalyzer/eu-west-1/list-analyzers.json", "analyzers", |_| {}) {
        assert_eq!(case.result(ANALYZED, "eu-west-1").0, "pass");
    }
    for case in twice("config/us-east-1/describe-configuration-recorders.json", "ConfigurationRecorders", |_| {}) {
        assert_eq!(case.verdict(RECORDING), "pass");
    }
}

#[test]
fn a_virtual_device_of_the_root_user_contradicts_that_it_has_no_mfa() {
    let root = "arn:aws:iam::444455556666:root";
    let with = |has_device: bool| {
        let report = fs::read_to_string(tidy().answers().join("iam/credential-report.csv")).unwrap();
        let (head, rest) = report.split_once('\n').unwrap();
        let (row, rest) = rest.split_once('\n').unwrap();
        let report = format!("{head}\n{}\n{rest}", row.replacen(",TRUE,", ",FALSE,", 1));
        let inputs = tidy().remove("iam/get-credential-report.json").write("iam/credential-report.csv", report);
        let inputs = inputs.change("iam/get-account-summary.json", |answer| {
            answer["SummaryMap"]["AccountMFAEnabled"] = 0.into();
        });
        inputs.change("iam/list-virtual-mfa-devices.json", |answer| {
            if has_device {
                answer["VirtualMFADevices"].as_array_mut().unwrap().push(json!({
                    "SerialNumber": "arn:aws:iam::444455556666:mfa/root", "User": { "Arn": root },
                    "EnableDate": "2024-01-01T00:00:00+00:00" }));
            }
        })
    };
    assert_eq!(with(false).run().verdict("root-has-mfa"), "fail");
    let case = with(true).run();
    unknown(&case, &["root-has-mfa"]);
    assert_ne!(case.verdict("root-mfa-is-hardware"), "pass");
}

const MFA: &str = "console-users-have-mfa";

#[test]
fn a_user_who_was_deleted_and_created_again_is_not_the_one_of_the_report() {
    let users = |name: &'static str, value: &'static str| {
        tidy()
            .change("iam/list-users.json", |answer| {
                let mut all = answer["Users"].as_array_mut().unwrap().iter_mut();
                all.find(|one| one["UserName"] == "ada.kovacs").unwrap()[name] = value.into();
            })
            .run()
    };
    for (name, value) in [("UserId", "AIDAANOTHER"), ("CreateDate", "2026-09-30T05:30:00+00:00")] {
        let case = users(name, value);
        assert_eq!(case.result(MFA, "ada.kovacs").0, "unknown", "{name}");
        assert_eq!(case.result(MFA, "ben.osei").0, "pass", "{name}");
    }
}

#[test]
fn a_sign_in_after_the_report_shows_a_password() {
    let used = |time: &'static str| {
        tidy().change("iam/list-users.json", |answer| {
            let mut all = answer["Users"].as_array_mut().unwrap().iter_mut();
            all.find(|one| one["UserName"] == "svc-backup-agent").unwrap()["PasswordLastUsed"] = time.into();
        })
    };
    assert_eq!(used("2026-09-30T05:00:00+00:00").run().verdict(MFA), "unknown");
    assert_eq!(used("2025-09-30T05:00:00+00:00").run().verdict(MFA), "pass", "the password was removed since");
}

#[test]
fn a_last_use_does_not_become_earlier() {
    let name = "iam/get-access-key-last-used/AKIAEXAMPLE000000018.json";
    let control = "unused-credentials-are-disabled";
    let id = "svc-backup-agent#access-key-1";
    let with = |change: fn(&mut Value)| tidy().change(name, change).run().result(control, id).0;
    assert_eq!(with(|_| {}), "pass");
    assert_eq!(with(|it| it["AccessKeyLastUsed"]["LastUsedDate"] = "2025-01-01T00:00:00+00:00".into()), "unknown");
    assert_eq!(with(|it| it["AccessKeyLastUsed"] = json!({ "ServiceName": "N/A", "Region": "N/A" })), "unknown");
    assert_eq!(with(|it| it["UserName"] = "ben.osei".into()), "unknown");
    assert_eq!(with(|it| it["AccessKeyLastUsed"]["LastUsedDate"] = "2026-09-30T05:00:00+00:00".into()), "pass");
}

#[test]
fn a_device_of_somebody_else_is_no_mfa() {
    let virtual_device = "arn:aws:iam::444455556666:mfa/ben.osei";
    let own = "arn:aws:iam::444455556666:u2f/user/daan.rootveld/key-0";
    for (user, serial, enabled, verdict) in [
        ("daan.rootveld", own, "2024-05-07T09:45:28+00:00", "pass"),
        ("hana.sato", own, "2024-05-07T09:45:28+00:00", "unknown"),
        ("daan.rootveld", virtual_device, "2024-05-07T09:45:28+00:00", "unknown"),
        ("daan.rootveld", "", "2024-05-07T09:45:28+00:00", "unknown"),
        ("daan.rootveld", own, "2027-05-07T09:45:28+00:00", "unknown"),
    ] {
        let list = json!({ "MFADevices": [{ "UserName": user, "SerialNumber": serial, "EnableDate": enabled }],
            "IsTruncated": false });
        let case = tidy().write("iam/list-mfa-devices/daan.rootveld.json", list.to_string()).run();
        assert_eq!(case.result(MFA, "daan.rootveld").0, verdict, "{list}");
    }
    let case = tidy().write("iam/list-mfa-devices/daan.rootveld.json", r#"{"MFADevices":[{}],"IsTruncated":false}"#);
    assert_eq!(case.run().result(MFA, "daan.rootveld").0, "unknown");
}

#[test]
fn access_keys_of_another_user() {
    let list = json!({ "AccessKeyMetadata": [{ "UserName": "ben.osei", "AccessKeyId": "AKIAEXAMPLE000000099",
        "Status": "Active", "CreateDate": "2026-07-31T03:00:06+00:00" }], "IsTruncated": false });
    let case = tidy().write("iam/list-access-keys/svc-backup-agent.json", list.to_string()).run();
    assert_eq!(case.result("access-keys-are-rotated", "svc-backup-agent#access-key-1").0, "unknown");
}

#[test]
fn a_certificate_that_only_the_report_shows_leaves_the_credentials_open() {
    let report = fs::read_to_string(tidy().answers().join("iam/credential-report.csv")).unwrap();
    let with_certificate = |line: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        (cells[18], cells[19]) = ("TRUE", "2024-01-01T00:00:00+00:00");
        cells.join(",")
    };
    let changed: Vec<String> = report
        .lines()
        .map(|line| if line.starts_with("ben.osei,") { with_certificate(line) } else { line.to_owned() })
        .collect();
    assert_eq!(tidy().run().verdict("other-user-credentials-are-rotated"), "pass");
    let inputs = tidy().remove("iam/get-credential-report.json");
    let case = inputs.write("iam/credential-report.csv", changed.join("\n")).run();
    unknown(&case, &["other-user-credentials-are-rotated"]);
}

#[test]
fn an_instance_of_identity_center_that_its_description_contradicts() {
    let list = "sso-admin/eu-west-1/list-instances.json";
    let described = "sso-admin/eu-west-1/describe-instance/\
        arn%3Aaws%3Asso%3A%3A%3Ainstance%2Fssoins-1111222233334444.json";
    let control = "identity-center-serves-the-organization";
    let case = |name: &'static str, value: &'static str| tidy().change(described, |it| it[name] = value.into()).run();
    for (name, value) in [
        ("OwnerAccountId", "222233334444"),
        ("Status", "DELETE_IN_PROGRESS"),
        ("InstanceArn", "arn:aws:sso:::instance/ssoins-9999999999999999"),
    ] {
        assert_eq!(case(name, value).verdict(control), "unknown", "{name}");
    }
    let case = tidy().change(list, |it| it["Instances"][0]["OwnerAccountId"] = "222233334444".into()).run();
    unknown(&case, &[control, "identity-center-assignments-go-to-groups"]);
}

/// The verdict of a control with one answer changed.
fn with(path: &str, control: &str, change: impl FnOnce(&mut Value)) -> String {
    tidy().change(path, change).run().verdict(control).to_owned()
}

const STATUS: &str =
    "cloudtrail/us-east-1/get-trail-status/arn%3Aaws%3Acloudtrail%3Aus-east-1%3A444455556666%3Atrail%2Fmain.json";

#[test]
fn times_of_a_trail_that_cannot_be() {
    let control = "a-trail-records-every-management-event";
    for (name, value) in [
        ("StopLoggingTime", "2026-09-30T05:00:00+00:00"),
        ("LatestDeliveryTime", "2027-01-01T00:00:00+00:00"),
        ("LatestDeliveryTime", "2025-09-30T00:00:00+00:00"),
    ] {
        assert_eq!(with(STATUS, control, |it| it[name] = value.into()), "unknown", "{name} {value}");
    }
    assert_eq!(with(STATUS, control, |it| it["StopLoggingTime"] = "2026-02-01T00:00:00+00:00".into()), "pass");
}

#[test]
fn members_of_aws_config_that_are_missing_or_cannot_be() {
    let status = "config/us-east-1/describe-configuration-recorder-status.json";
    let stopped = |it: &mut Value| {
        it["ConfigurationRecordersStatus"][0]["lastStopTime"] = "2026-09-30T05:00:00+00:00".into();
    };
    assert_eq!(with(status, RECORDING, stopped), "unknown");
    let no_status = |it: &mut Value| {
        it["ConfigurationRecordersStatus"][0].as_object_mut().unwrap().remove("lastStatus");
    };
    assert_eq!(with(status, DELIVERY, no_status), "unknown");
    let channels = "config/us-east-1/describe-delivery-channels.json";
    for bucket in [json!(""), Value::Null] {
        let change = |it: &mut Value| it["DeliveryChannels"][0]["s3BucketName"] = bucket.clone();
        assert_eq!(with(channels, DELIVERY, change), "unknown", "{bucket}");
    }
}

#[test]
fn empty_names_and_durations_are_none() {
    for name in ["", " "] {
        let change = |it: &mut Value| it["AccountAliases"] = json!([name]);
        assert_eq!(with("iam/list-account-aliases.json", "the-account-has-an-alias", change), "unknown", "{name:?}");
    }
    let folder = "sso-admin/eu-west-1/describe-permission-set";
    let file = fs::read_dir(tidy().answers().join(folder)).unwrap().next().unwrap().unwrap();
    let path = format!("{folder}/{}", file.file_name().to_str().unwrap());
    for length in ["PT0S", "-PT1H"] {
        let change = |it: &mut Value| it["PermissionSet"]["SessionDuration"] = length.into();
        assert_eq!(with(&path, "permission-set-sessions-are-short", change), "unknown", "{length}");
    }
}

const ALARMS: &str = "cloudwatch/us-east-1/describe-alarms.json";
const ROOT_ALARM: &str = "use-of-root-raises-an-alarm";

#[test]
fn members_of_an_alarm_that_are_missing_or_contradict_each_other() {
    let each = |name: &'static str, value: Value| {
        with(ALARMS, ROOT_ALARM, move |it| {
            for alarm in it["MetricAlarms"].as_array_mut().unwrap() {
                alarm[name] = value.clone();
            }
        })
    };
    for (name, value) in [
        ("Period", Value::Null),
        ("Period", json!(0)),
        ("EvaluationPeriods", json!(0)),
        ("ExtendedStatistic", json!("p99")),
        ("Metrics", json!([{ "Id": "e1", "Expression": "m1 * 0", "ReturnData": true }])),
    ] {
        assert_eq!(each(name, value.clone()), "unknown", "{name} {value}");
    }
}

#[test]
fn metric_filters_and_ordinary_events() {
    let filters = "logs/us-east-1/describe-metric-filters.json";
    let each = |name: &'static str, value: Value| {
        with(filters, ROOT_ALARM, move |it| {
            for filter in it["metricFilters"].as_array_mut().unwrap() {
                filter[name] = value.clone();
            }
        })
    };
    for (name, value) in [("logGroupName", Value::Null), ("filterPattern", Value::Null)] {
        assert_eq!(each(name, value), "unknown", "{name}");
    }
    for more in [r#"|| $.userIdentity.type = "IAMUser""#, r#"|| $.eventType = "AwsServiceEvent""#] {
        let pattern = format!(r#"{{ $.userIdentity.type = "Root" {more} }}"#);
        assert_eq!(each("filterPattern", pattern.clone().into()), "fail", "{pattern}");
    }
    assert_eq!(each("filterPattern", r#"{ $.userIdentity.type = "Root" }"#.into()), "pass");
    assert_eq!(each("filterPattern", r#"{ $.userIdentity.accountId = "444455556666" }"#.into()), "fail");
}

#[test]
fn a_profile_or_a_state_that_cannot_be() {
    let control = "running-instances-have-a-role";
    let path = "ec2/us-east-1/describe-instances.json";
    let first = |name: &'static str, value: Value| {
        with(path, control, move |it| it["Reservations"][0]["Instances"][0][name] = value)
    };
    assert_eq!(first("State", json!({ "Code": 16, "Name": "stopped" })), "unknown");
    let other = "arn:aws:iam::999988887777:instance-profile/web-servers";
    assert_ne!(first("IamInstanceProfile", json!({ "Arn": other, "Id": "AIPAEXAMPLEWEB" })), "pass");
}

#[test]
fn access_advisor_counts_each_service_once_and_is_of_the_day() {
    let control = "roles-use-what-they-are-allowed";
    let folder = "iam/get-service-last-accessed-details";
    let each = |change: &dyn Fn(&mut Value)| {
        let mut inputs = tidy();
        let names: Vec<_> =
            fs::read_dir(inputs.answers().join(folder)).unwrap().map(|file| file.unwrap().file_name()).collect();
        for name in names {
            inputs = inputs.change(&format!("{folder}/{}", name.to_str().unwrap()), change);
        }
        inputs.run().verdict(control).to_owned()
    };
    let before = each(&|_| {});
    let repeated = |it: &mut Value| {
        let all = it["ServicesLastAccessed"].as_array_mut().unwrap();
        let used = all[0].clone();
        all.extend(std::iter::repeat_n(used, 20));
    };
    assert_eq!(each(&repeated), before);
    let used =
        |time: &'static str| move |it: &mut Value| it["ServicesLastAccessed"][0]["LastAuthenticated"] = time.into();
    assert_eq!(each(&used("2028-01-01T00:00:00+00:00")), "unknown");
    assert_eq!(each(&used("1970-01-02T00:00:00+00:00")), "unknown");
    let done = |time: &'static str| move |it: &mut Value| it["JobCompletionDate"] = time.into();
    assert_eq!(each(&done("2024-09-30T05:00:00+00:00")), "unknown");
    assert_eq!(each(&done("2027-09-30T05:00:00+00:00")), "unknown");
    assert_eq!(each(&|it| it["Error"] = json!({ "Message": "x", "Code": "y" })), "unknown");
}

#[test]
fn a_management_account_that_the_arns_contradict() {
    let change = |it: &mut Value| it["Organization"]["MasterAccountId"] = "222233334444".into();
    let control = "organization-policies-reach-every-account";
    assert_eq!(with("organizations/describe-organization.json", control, change), "unknown");
    let trusted = |it: &mut Value| {
        let all = it["EnabledServicePrincipals"].as_array_mut().unwrap();
        all.retain(|one| one["ServicePrincipal"] != "iam.amazonaws.com");
    };
    let list = "organizations/list-aws-service-access-for-organization.json";
    assert_eq!(with(list, "trusted-services-have-a-delegated-administrator", trusted), "unknown");
}
