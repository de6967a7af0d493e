//! A list that another answer contradicts is not complete: nothing passes, or does not apply, because it lacks a member.
//!
//! Each case takes one list of the sample tidy-startup, leaves members out, and keeps the answers about them.

use crate::cases::{Case, Inputs};
use serde_json::{Value, json};
use std::fs;

const CENTER: &str = "sso-admin/eu-west-1";

fn tidy() -> Inputs {
    Inputs::sample("tidy-startup")
}

/// Changes every answer in a folder.
fn each(mut inputs: Inputs, folder: &str, change: impl Fn(&mut Value)) -> Inputs {
    let files = fs::read_dir(inputs.answers().join(folder)).unwrap();
    let names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!names.is_empty(), "{folder}");
    for name in names {
        inputs = inputs.change(&format!("{folder}/{name}"), &change);
    }
    inputs
}

/// The same list in both Regions of the sample.
fn regional(inputs: Inputs, service: &str, operation: &str, change: impl Fn(&mut Value)) -> Inputs {
    ["eu-west-1", "us-east-1"]
        .into_iter()
        .fold(inputs, |inputs, region| inputs.change(&format!("{service}/{region}/{operation}.json"), &change))
}

/// These controls are inconclusive in this case.
#[track_caller]
fn unknown(case: &Case, controls: &[&str]) {
    let found: Vec<(&str, &str)> = controls.iter().map(|control| (*control, case.verdict(control))).collect();
    assert!(found.iter().all(|(_, verdict)| *verdict == "unknown"), "{found:#?}");
}

/// A gap of the pack says so.
#[track_caller]
fn says(case: &Case, words: &str) {
    let gaps = case.assessment["gaps"].to_string();
    assert!(gaps.contains(words), "no gap says {words:?}: {gaps}");
}

const OF_CENTER: &[&str] =
    &["identity-center-assignments-go-to-groups", "permission-sets-grant-no-full-administration"];

#[test]
fn the_sample_itself_has_no_contradiction() {
    let case = tidy().run();
    for control in OF_CENTER.iter().chain(&["root-mfa-is-hardware", "config-records-every-region"]) {
        assert_eq!(case.verdict(control), "pass", "{control}");
    }
    assert!(!case.assessment["gaps"].to_string().contains("which other answers are about"));
}

#[test]
fn permission_sets_that_other_answers_are_about() {
    let lists = format!("{CENTER}/list-permission-sets");
    let without = |keep: fn(&str) -> bool| {
        each(tidy(), &lists, |answer| {
            answer["PermissionSets"].as_array_mut().unwrap().retain(|arn| keep(arn.as_str().unwrap()));
        })
    };
    let one = without(|arn| !arn.ends_with("ps-admin")).run();
    unknown(&one, OF_CENTER);
    says(&one, "sso:ListPermissionSets in eu-west-1 does not list ps-admin, which other answers are about");
    unknown(&without(|_| false).run(), OF_CENTER);
}

#[test]
fn a_permission_set_that_is_not_listed_hides_no_failure() {
    let inputs = each(tidy(), &format!("{CENTER}/list-permission-sets"), |answer| {
        answer["PermissionSets"].as_array_mut().unwrap().retain(|arn| arn.as_str().unwrap().ends_with("ps-admin"));
    });
    let inputs = each(inputs, &format!("{CENTER}/list-account-assignments"), |answer| {
        for one in answer["AccountAssignments"].as_array_mut().unwrap() {
            one["PrincipalType"] = "USER".into();
        }
    });
    assert_eq!(inputs.run().verdict("identity-center-assignments-go-to-groups"), "fail");
}

#[test]
fn accounts_in_which_assignments_show_a_permission_set() {
    let case = each(tidy(), &format!("{CENTER}/list-accounts-for-provisioned-permission-set"), |answer| {
        answer["AccountIds"] = json!([]);
    })
    .run();
    unknown(&case, &["identity-center-assignments-go-to-groups"]);
}

#[test]
fn accounts_without_assignments_show_nothing() {
    // Whoever asks about every account gets empty lists for those in which the set is not provisioned.
    let inputs = each(tidy(), &format!("{CENTER}/list-accounts-for-provisioned-permission-set"), |answer| {
        answer["AccountIds"].as_array_mut().unwrap().retain(|account| account != "222233334444");
    });
    let folder = inputs.answers().join(CENTER).join("list-account-assignments");
    let mut inputs = inputs;
    for file in fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        if name.starts_with("222233334444") {
            let path = format!("{CENTER}/list-account-assignments/{name}");
            inputs = inputs.change(&path, |answer| answer["AccountAssignments"] = json!([]));
        }
    }
    assert_eq!(inputs.run().verdict("identity-center-assignments-go-to-groups"), "pass");
}

const WITH_INSTANCE: &str = "identity-center-serves-the-organization";

#[test]
fn an_instance_of_identity_center_that_other_answers_are_about() {
    let none =
        |inputs: Inputs| inputs.change(&format!("{CENTER}/list-instances.json"), |it| it["Instances"] = json!([]));
    let case = none(tidy()).run();
    unknown(&case, &[WITH_INSTANCE]);
    unknown(&case, OF_CENTER);
    // A role that Identity Center made shows it as well.
    let arn =
        "arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Read_0123456789abcdef";
    let (path, name) = ("/aws-reserved/sso.amazonaws.com/eu-west-1/", "AWSReservedSSO_Read_0123456789abcdef");
    let add = |list: &mut Value| {
        let mut role = list.as_array().unwrap().last().unwrap().clone();
        for (member, value) in [("Path", path), ("RoleName", name), ("Arn", arn), ("RoleId", "AROARESERVEDSSO00001")] {
            role[member] = value.into();
        }
        list.as_array_mut().unwrap().push(role);
    };
    let inputs = none(tidy());
    let others = fs::read_dir(inputs.answers().join(CENTER)).unwrap();
    let folders = others.map(|one| one.unwrap().path()).filter(|path| path.is_dir());
    let folders: Vec<String> = folders.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    let inputs = folders.iter().fold(inputs, |inputs, folder| inputs.remove(&format!("{CENTER}/{folder}")));
    let inputs = inputs.remove("identitystore");
    assert_eq!(inputs.import(&[]).code % 3, 0);
    let case = inputs.render();
    assert_eq!(case.verdict(WITH_INSTANCE), "fail", "nothing shows one");
    inputs.forget();
    let case = inputs
        .change("iam/get-account-authorization-details.json", |answer| add(&mut answer["RoleDetailList"]))
        .change("iam/list-roles.json", |answer| add(&mut answer["Roles"]))
        .run();
    unknown(&case, &[WITH_INSTANCE]);
}

#[test]
fn an_instance_of_identity_center_that_is_not_active() {
    let with = |status: &str| {
        tidy().change(&format!("{CENTER}/list-instances.json"), |it| it["Instances"][0]["Status"] = status.into()).run()
    };
    unknown(&with("CREATE_FAILED"), &[WITH_INSTANCE]);
    assert_eq!(with("ACTIVE").verdict(WITH_INSTANCE), "pass");
}

const OF_REGIONS: &[&str] =
    &["config-records-every-region", "config-delivers-its-records", "external-access-is-analyzed-in-every-region"];

fn without_region(inputs: Inputs, region: &str) -> Inputs {
    inputs.change("account/list-regions.json", |answer| {
        answer["Regions"].as_array_mut().unwrap().retain(|one| one["RegionName"] != region);
    })
}

#[test]
fn a_region_that_other_answers_come_from() {
    let case = without_region(tidy(), "eu-west-1").run();
    unknown(&case, OF_REGIONS);
    says(&case, "account:ListRegions does not list eu-west-1 as enabled, although services answered from there");
}

#[test]
fn a_region_that_is_always_enabled() {
    // Not one answer comes from there.
    let mut inputs = without_region(tidy(), "us-east-1");
    for service in fs::read_dir(inputs.answers()).unwrap() {
        let name = service.unwrap().file_name().into_string().unwrap();
        if inputs.answers().join(&name).join("us-east-1").is_dir() {
            inputs = inputs.remove(&format!("{name}/us-east-1"));
        }
    }
    let case = inputs.run();
    unknown(&case, OF_REGIONS);
    says(&case, "account:ListRegions does not list us-east-1 as enabled, which is always enabled");
}

#[test]
fn a_region_that_is_not_listed_still_fails_by_what_is_known() {
    let inputs = without_region(tidy(), "us-east-1");
    let inputs = inputs
        .change("config/us-east-1/describe-configuration-recorders.json", |it| it["ConfigurationRecorders"] = json!([]))
        .change("config/us-east-1/describe-configuration-recorder-status.json", |it| {
            it["ConfigurationRecordersStatus"] = json!([]);
        });
    assert_ne!(inputs.run().verdict("config-records-every-region"), "pass");
}

#[test]
fn virtual_mfa_devices_that_the_list_lacks() {
    let lists = |of: fn(&Value) -> bool| {
        tidy().change("iam/list-virtual-mfa-devices.json", |answer| {
            answer["VirtualMFADevices"].as_array_mut().unwrap().retain(of);
        })
    };
    let is_ivo = |one: &Value| one["SerialNumber"].as_str().unwrap().ends_with("mfa/ivo.dimitrov");
    let case = lists(|one| !one["SerialNumber"].as_str().unwrap().ends_with("mfa/ivo.dimitrov")).run();
    unknown(&case, &["root-mfa-is-hardware"]);
    says(&case, "iam:ListVirtualMFADevices does not list ivo.dimitrov");
    // Only a spare one is listed, and the devices of each user were not asked for.
    let spare = json!({ "VirtualMFADevices": [{ "SerialNumber": "arn:aws:iam::444455556666:mfa/spare" }],
        "IsTruncated": false });
    let case =
        tidy().remove("iam/list-mfa-devices").write("iam/list-virtual-mfa-devices.json", spare.to_string()).run();
    unknown(&case, &["root-mfa-is-hardware"]);
    assert_eq!(lists(|_| true).run().verdict("root-mfa-is-hardware"), "pass");
    let devices = fs::read(tidy().answers().join("iam/list-virtual-mfa-devices.json")).unwrap();
    let devices: Value = serde_json::from_slice(&devices).unwrap();
    assert!(devices["VirtualMFADevices"].as_array().unwrap().iter().any(is_ivo), "the sample has the device");
}

#[test]
fn trails_that_other_answers_are_about() {
    let case = regional(tidy(), "cloudtrail", "describe-trails", |answer| answer["trailList"] = json!([])).run();
    unknown(
        &case,
        &[
            "a-trail-records-every-management-event",
            "trails-validate-their-files",
            "trails-reach-cloudwatch-logs",
            "trails-are-encrypted-with-a-key-of-kms",
            "use-of-root-raises-an-alarm",
        ],
    );
}

#[test]
fn policies_of_the_organization_that_other_answers_are_about() {
    let none = |inputs| each(inputs, "organizations/list-policies", |answer| answer["Policies"] = json!([]));
    let without_answers =
        |inputs: Inputs| inputs.remove("organizations/describe-policy").remove("organizations/list-targets-for-policy");
    for inputs in [none(tidy()), without_answers(none(tidy()))] {
        unknown(&inputs.run(), &["organization-policies-reach-every-account"]);
    }
}

#[test]
fn trusted_services_and_delegated_administrators() {
    let none = || {
        tidy().change("organizations/list-aws-service-access-for-organization.json", |answer| {
            answer["EnabledServicePrincipals"] = json!([]);
        })
    };
    unknown(&none().run(), &["trusted-services-have-a-delegated-administrator"]);
    // Identity Center and central root access work only where they are trusted.
    let case = none()
        .change("organizations/list-delegated-administrators.json", |it| it["DelegatedAdministrators"] = json!([]))
        .remove("organizations/list-delegated-services-for-account")
        .run();
    unknown(&case, &["trusted-services-have-a-delegated-administrator"]);
    let case = tidy()
        .change("organizations/list-delegated-administrators.json", |it| it["DelegatedAdministrators"] = json!([]))
        .run();
    unknown(&case, &["trusted-services-have-a-delegated-administrator"]);
}

#[test]
fn a_delivery_channel_that_its_status_names() {
    let case = regional(tidy(), "config", "describe-delivery-channels", |it| it["DeliveryChannels"] = json!([])).run();
    unknown(&case, &["config-delivers-its-records"]);
}

#[test]
fn access_advisor_that_lists_no_service_for_a_role_with_permissions() {
    let case = each(tidy(), "iam/get-service-last-accessed-details", |it| it["ServicesLastAccessed"] = json!([])).run();
    unknown(&case, &["roles-use-what-they-are-allowed"]);
}

#[test]
fn a_policy_that_the_authorization_details_lack() {
    let inputs = tidy();
    let details = fs::read(inputs.answers().join("iam/get-account-authorization-details.json")).unwrap();
    let details: Value = serde_json::from_slice(&details).unwrap();
    let is_own = |one: &Value| !one["Arn"].as_str().unwrap().contains(":aws:policy/");
    let own = details["Policies"].as_array().unwrap().iter().filter(|one| is_own(one)).count();
    assert!(own > 0);
    let case = inputs
        .change("iam/get-account-authorization-details.json", |answer| {
            answer["Policies"].as_array_mut().unwrap().retain(|one| !is_own(one));
            for list in ["UserDetailList", "GroupDetailList", "RoleDetailList"] {
                for holder in answer[list].as_array_mut().unwrap() {
                    let attached = holder["AttachedManagedPolicies"].as_array_mut().unwrap();
                    attached.retain(|one| one["PolicyArn"].as_str().unwrap().contains(":aws:policy/"));
                }
            }
        })
        .change("iam/get-account-summary.json", |answer| answer["SummaryMap"]["Policies"] = 0.into())
        .run();
    unknown(&case, &["customer-policies-grant-no-full-administration"]);
}
