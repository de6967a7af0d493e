//! The account's pack and the organization's pack say the same of the same evidence.

use super::access::{self, Graded};
use crate::account::identity_center::PermissionSet;
use crate::account::{Account, OrganizationEvidence, read, read_organization};
use crate::policy::managed;
use crate::policy::trust::TrustSettings;
use crate::snapshot::fixture::{ACCOUNT, Fixture, Opened};
use serde_json::{Value, json};

const INSTANCE: &str = "arn:aws:sso:::instance/ssoins-1";
const REGION: &str = "eu-west-1";

/// What a permission set holds.
#[derive(Clone, Default)]
struct Holds<'a> {
    managed: Vec<&'a str>,
    customer: Vec<&'a str>,
    inline: &'a str,
}

fn arn(number: usize) -> String {
    format!("arn:aws:sso:::permissionSet/ssoins-1/ps-{number:04}")
}

/// Identity Center with these permission sets, provisioned nowhere.
fn center(sets: &[Holds<'_>]) -> Opened {
    let instance = json!({ "InstanceArn": INSTANCE, "IdentityStoreId": "d-1", "OwnerAccountId": ACCOUNT });
    let organization = json!({ "Organization": { "Id": "o-exampleorgid", "MasterAccountId": ACCOUNT } });
    let arns: Vec<String> = (0..sets.len()).map(arn).collect();
    let about = [("InstanceArn", INSTANCE)];
    let regions = json!({ "Regions": [{ "RegionName": REGION, "RegionOptStatus": "ENABLED" }] });
    let caller = json!({ "Account": ACCOUNT, "Arn": format!("arn:aws:iam::{ACCOUNT}:user/x"), "UserId": "A" });
    let mut fixture = Fixture::new()
        .answer("sts", "GetCallerIdentity", caller)
        .answer("account", "ListRegions", regions)
        .answer("organizations", "DescribeOrganization", organization)
        .answer_in(REGION, ("sso-admin", "ListInstances"), &[], json!({ "Instances": [instance] }))
        .answer_in(REGION, ("sso-admin", "ListPermissionSets"), &about, json!({ "PermissionSets": arns }));
    for (arn, holds) in arns.iter().zip(sets) {
        let named = |name: &&str| json!({ "Name": name, "Arn": format!("arn:aws:iam::aws:policy/{name}") });
        let managed: Vec<Value> = holds.managed.iter().map(named).collect();
        let customer: Vec<Value> = holds.customer.iter().map(|name| json!({ "Name": name, "Path": "/" })).collect();
        let about = [about[0], ("PermissionSetArn", arn.as_str())];
        let mut answer = |operation, body| {
            let before = std::mem::replace(&mut fixture, Fixture::new());
            fixture = before.answer_in(REGION, ("sso-admin", operation), &about, body);
        };
        answer("ListManagedPoliciesInPermissionSet", json!({ "AttachedManagedPolicies": managed }));
        answer(
            "ListCustomerManagedPolicyReferencesInPermissionSet",
            json!({ "CustomerManagedPolicyReferences": customer }),
        );
        answer("GetInlinePolicyForPermissionSet", json!({ "InlinePolicy": holds.inline }));
    }
    fixture.open()
}

/// Every permission set as the account's pack and as the organization's pack has it.
fn both(sets: &[Holds<'_>]) -> Vec<(PermissionSet, Graded)> {
    let snapshot = center(sets);
    let account: Account = read(&snapshot, None, &TrustSettings::default()).unwrap();
    let OrganizationEvidence { identity_center, place, .. } = read_organization(&snapshot);
    let above = access::read(&identity_center, &place);
    let own = account.permission_sets.subjects;
    assert_eq!((own.len(), above.sets.len()), (sets.len(), sets.len()));
    own.into_iter()
        .zip(above.sets)
        .map(|(own, above)| {
            assert_eq!(own.id, above.arn);
            (own, above.grade)
        })
        .collect()
}

#[test]
fn any_policy_of_aws_has_one_grade_in_both_packs() {
    let names: Vec<&str> = managed::names().collect();
    assert!(names.len() > 1_500, "{}", names.len());
    let sets: Vec<Holds<'_>> = names.iter().map(|name| Holds { managed: vec![name], ..Holds::default() }).collect();
    for ((own, above), name) in both(&sets).into_iter().zip(names) {
        let known = managed::grade(&format!("arn:aws:iam::aws:policy/{name}")).unwrap();
        assert_eq!(own.access_level.known(), Some(&above.words), "{name}");
        assert_eq!(above.words, known.level.name(), "{name}");
        let administrator = matches!(above.words.as_str(), "full administrator")
            || above.words == "IAM administration (administrator in effect)";
        assert_eq!(own.grants_full_admin.known(), Some(&administrator), "{name}");
    }
}

#[test]
fn what_cannot_be_read_is_never_a_low_grade_and_never_a_pass() {
    let inline = |action: &str| {
        format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#)
    };
    let (iam, write, unknown) = (inline("iam:*"), inline("s3:PutObject"), inline("neverheardof:*"));
    let of = |managed: &[&'static str], customer: &[&'static str], inline: &'static str| Holds {
        managed: managed.to_vec(),
        customer: customer.to_vec(),
        inline,
    };
    let leaked = |text: String| -> &'static str { text.leak() };
    let (iam, write, unknown) = (leaked(iam), leaked(write), leaked(unknown));
    let cases = [
        (of(&[], &[], ""), "nothing", Some(false)),
        (of(&["AdministratorAccess"], &["x"], ""), "full administrator", Some(true)),
        (of(&["IAMReadOnlyAccess"], &[], ""), "read", Some(false)),
        (of(&["IAMReadOnlyAccess"], &["x"], ""), "at least read", None),
        (of(&[], &["x"], ""), "not known", None),
        (of(&["NeverHeardOf"], &[], ""), "not known", None),
        (of(&[], &[], "{"), "not known", None),
        (of(&[], &[], iam), "IAM administration (administrator in effect)", Some(true)),
        (of(&[], &[], write), "write", Some(false)),
        (of(&["PowerUserAccess"], &[], write), managed_name("PowerUserAccess"), Some(false)),
        // Neither policy makes an administrator of the whole account, both together do.
        (of(&["PowerUserAccess", "IAMFullAccess"], &[], ""), "full administrator", Some(true)),
        (of(&["IAMFullAccess"], &[], ""), "IAM administration (administrator in effect)", Some(true)),
        (
            of(&[], &[], unknown),
            "write or more; every action of neverheardof, a service that AWS's action table does not list",
            Some(false),
        ),
    ];
    let sets: Vec<Holds<'_>> = cases.iter().map(|(holds, ..)| holds.clone()).collect();
    for ((own, above), (holds, words, administrator)) in both(&sets).into_iter().zip(cases) {
        let what = format!("{:?} {:?} {}", holds.managed, holds.customer, holds.inline);
        assert_eq!(above.words, words, "{what}");
        assert_eq!(own.grants_full_admin.known().copied(), administrator, "{what}");
        assert!(own.access_level.known().is_none_or(|own| *own == above.words), "{what}");
    }
}

fn managed_name(name: &str) -> &'static str {
    managed::grade(&format!("arn:aws:iam::aws:policy/{name}")).unwrap().level.name()
}
