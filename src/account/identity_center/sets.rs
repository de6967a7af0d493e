//! Permission sets: what each holds, where it is provisioned, and to whom it is assigned there.

use super::instances::Instances;
use super::shapes;
use crate::account::answers::{Answers, Noted, needed};
use crate::account::fact::{
    ASSIGNMENTS, Gap, GapKind, Observed, PERMISSION_SET, PERMISSION_SETS, SET_ACCOUNTS, SET_BOUNDARY, SET_CUSTOMER,
    SET_INLINE, SET_MANAGED,
};
use crate::account::gaps::gap;
use crate::account::organizations::Membership;
use crate::account::sources::Source;
use crate::snapshot::Snapshot;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

shapes! {
    SetsPage { permission_sets: Option<Vec<String>>, }
    SetAnswer { permission_set: Option<SetMembers>, }
    SetMembers { name: Option<String>, description: Option<String>, session_duration: Option<String>, }
    AccountsPage { account_ids: Option<Vec<String>>, }
    AssignmentsPage { account_assignments: Option<Vec<AssignmentItem>>, }
    AssignmentItem { principal_type: Option<String>, principal_id: Option<String>, account_id: Option<String>, }
    InlineAnswer { inline_policy: Option<String>, }
    ManagedPage { attached_managed_policies: Option<Vec<ManagedPolicy>>, }
    CustomerPage { customer_managed_policy_references: Option<Vec<CustomerPolicy>>, }
    BoundaryAnswer { permissions_boundary: Option<BoundaryItem>, }
    BoundaryItem { managed_policy_arn: Option<String>, customer_managed_policy_reference: Option<CustomerPolicy>, }
}

/// The permission sets of one instance.
#[derive(Debug)]
pub struct SetList {
    /// How many the answer lists.
    pub listed: usize,
    /// Why there may be more.
    pub gap: Option<Arc<Gap>>,
}

/// A permission set.
#[derive(Debug)]
pub struct SetEvidence {
    /// By its place among the instances.
    pub instance: usize,
    pub arn: String,
    pub name: Observed<String>,
    pub description: Option<String>,
    /// As AWS writes it: `PT1H`.
    pub session: Observed<String>,
    pub managed: Source<Vec<ManagedPolicy>>,
    pub customer: Source<Vec<CustomerPolicy>>,
    /// None: it has no inline policy.
    pub inline: Observed<Option<String>>,
    /// ARN or name of the permissions boundary; none: it has none.
    pub boundary: Observed<Option<String>>,
    /// Accounts in which it is provisioned.
    pub accounts: Source<Vec<String>>,
    /// For each of these accounts.
    pub assigned: Vec<AccountAssignments>,
}

/// A policy of AWS's.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ManagedPolicy {
    pub name: Option<String>,
    pub arn: String,
}

/// The name of a policy that each account has for itself.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CustomerPolicy {
    pub name: String,
    path: Option<String>,
}

impl CustomerPolicy {
    pub fn path(&self) -> &str {
        self.path.as_deref().filter(|path| !path.is_empty()).unwrap_or("/")
    }
}

/// Who has a permission set in one account.
#[derive(Debug)]
pub struct AccountAssignments {
    pub account: String,
    pub list: Vec<Assigned>,
    /// Why there may be more.
    pub gaps: Vec<Arc<Gap>>,
}

/// A principal that has a permission set in an account.
#[derive(Debug)]
pub struct Assigned {
    /// `USER` or `GROUP`, as AWS says it.
    pub kind: Option<String>,
    pub id: String,
}

impl SetEvidence {
    /// The name, or the ARN where the name is not known.
    pub fn label(&self) -> &str {
        self.name.known().unwrap_or(&self.arn)
    }
}

struct Reader {
    described: Answers,
    inline: Answers,
    managed: Answers,
    customer: Answers,
    boundary: Answers,
    accounts: Answers,
    assigned: Answers,
}

pub(super) fn read(
    snapshot: &Snapshot,
    instances: &Instances,
    membership: &Observed<Option<Membership>>,
    noted: &mut Noted,
) -> (Vec<SetList>, Vec<SetEvidence>) {
    let (mut lists, mut sets) = (Vec::new(), Vec::new());
    let listed = Answers::of(snapshot, PERMISSION_SETS);
    let reader = Reader {
        described: Answers::of(snapshot, PERMISSION_SET),
        inline: Answers::of(snapshot, SET_INLINE),
        managed: Answers::of(snapshot, SET_MANAGED),
        customer: Answers::of(snapshot, SET_CUSTOMER),
        boundary: Answers::of(snapshot, SET_BOUNDARY),
        accounts: Answers::of(snapshot, SET_ACCOUNTS),
        assigned: Answers::of(snapshot, ASSIGNMENTS),
    };
    let mut seen = BTreeSet::new();
    for (place, instance) in instances.all.iter().enumerate().filter(|(_, one)| !one.is_of_account(membership)) {
        let about = [("InstanceArn", instance.arn.as_str())];
        let source = noted.list(&listed, &instance.region, &about, |page: SetsPage| page.permission_sets);
        lists.push(SetList { listed: source.data.len(), gap: source.gap });
        for arn in source.data {
            if seen.insert(arn.clone()) {
                sets.push(reader.set(place, (&instance.arn, &instance.region), arn, noted));
            }
        }
    }
    (lists, sets)
}

impl Reader {
    fn set(&self, instance: usize, (owner, region): (&str, &str), arn: String, noted: &mut Noted) -> SetEvidence {
        let about = [("InstanceArn", owner), ("PermissionSetArn", arn.as_str())];
        let described = noted.one(&self.described, region, &about).and_then(|answer: SetAnswer| {
            needed(answer.permission_set, PERMISSION_SET, || format!("the permission set {arn}"))
        });
        let member = |member: fn(&SetMembers) -> Option<String>, what: &str| {
            let what = || format!("the {what} of {arn}");
            described.as_ref().and_then(|members| needed(member(members), PERMISSION_SET, what))
        };
        let name = member(|members| members.name.clone(), "name");
        let session = member(|members| members.session_duration.clone(), "session duration");
        let description = described.known().and_then(|members| members.description.clone());
        let managed = noted.list(&self.managed, region, &about, |page: ManagedPage| page.attached_managed_policies);
        let customer =
            noted.list(&self.customer, region, &about, |page: CustomerPage| page.customer_managed_policy_references);
        let inline = noted
            .one(&self.inline, region, &about)
            .map(|answer: InlineAnswer| answer.inline_policy.filter(|text| !text.trim().is_empty()));
        let boundary = self.boundary(region, &about, noted);
        let accounts = noted.list(&self.accounts, region, &about, |page: AccountsPage| page.account_ids);
        let label = name.known().unwrap_or(&arn);
        let of_account = |account: &String| self.assignments((owner, region), (&arn, label), account, noted);
        let assigned = accounts.data.iter().map(of_account).collect();
        let description = description.filter(|text| !text.is_empty());
        SetEvidence {
            instance,
            arn,
            name,
            description,
            session,
            managed,
            customer,
            inline,
            boundary,
            accounts,
            assigned,
        }
    }

    fn boundary(&self, region: &str, about: &[(&str, &str)], noted: &mut Noted) -> Observed<Option<String>> {
        if self.boundary.code(region, about) == Some("ResourceNotFoundException") {
            return Observed::Known(None);
        }
        noted.one(&self.boundary, region, about).map(|answer: BoundaryAnswer| {
            let boundary = answer.permissions_boundary;
            let named = boundary.and_then(|one| {
                one.managed_policy_arn.or_else(|| one.customer_managed_policy_reference.map(|policy| policy.name))
            });
            Some(named.unwrap_or_else(|| "one that is not understood".to_owned()))
        })
    }

    fn assignments(
        &self,
        (owner, region): (&str, &str),
        (set, label): (&str, &str),
        account: &str,
        noted: &mut Noted,
    ) -> AccountAssignments {
        let about = [("AccountId", account), ("InstanceArn", owner), ("PermissionSetArn", set)];
        let source = noted.list(&self.assigned, region, &about, |page: AssignmentsPage| page.account_assignments);
        let mut found = AccountAssignments { account: account.to_owned(), list: Vec::new(), gaps: Vec::new() };
        let conflict = |reason: String| gap(ASSIGNMENTS, GapKind::Conflict, reason);
        // AWS takes a permission set out of an account with its last assignment there.
        if source.gap.is_none() && source.data.is_empty() {
            found.gaps.push(conflict(format!(
                "the permission set {label} is provisioned in account {account}, and {ASSIGNMENTS} lists no assignment there"
            )));
        }
        found.gaps.extend(source.gap);
        for item in source.data {
            if item.account_id.as_ref().is_some_and(|other| other != account) {
                let other = conflict(format!("{ASSIGNMENTS} answered about another account than {account}"));
                if !found.gaps.contains(&other) {
                    found.gaps.push(other);
                }
                continue;
            }
            found.list.push(Assigned { kind: item.principal_type, id: item.principal_id.unwrap_or_default() });
        }
        found
    }
}
