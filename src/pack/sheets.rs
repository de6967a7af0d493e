//! Population sheets and inventories: every subject a row, passes too; the
//! facts first, then a column a control.

mod around;
mod columns;
mod regional;

use super::numbering::Numbers;
use super::words::{count, full_stop};
use super::{Column, Inputs, Row, Sheet, evidence};
use crate::account::Account;
use crate::account::fact::{Evidence, Gap, Kind, Subject};
use crate::account::subjects::{
    AccessKey, Credential, Group, OidcProvider, Policy, Role, SamlProvider, ServerCertificate, SigningCertificate,
    User, VirtualMfaDevice,
};
use crate::verdict::Verdict;
use columns::Fact;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A sheet: id, title, what a row is (one, many), the kinds whose controls have a column.
struct Plan {
    id: &'static str,
    title: &'static str,
    one: &'static str,
    many: &'static str,
    kinds: &'static [&'static str],
    /// Columns that name the row.
    lead: usize,
}

const USERS: Plan =
    Plan { id: "users", title: "Users", one: "IAM user", many: "IAM users", kinds: &["user", "principal"], lead: 1 };
const CREDENTIALS: Plan = Plan {
    id: "credentials",
    title: "Passwords and access keys",
    one: "credential of an IAM user",
    many: "credentials of IAM users",
    kinds: &["credential", "access_key"],
    lead: 2,
};
const SIGNING: Plan = Plan {
    id: "signing-certificates",
    title: "Signing certificates",
    one: "signing certificate of an IAM user",
    many: "signing certificates of IAM users",
    kinds: &["signing_certificate"],
    lead: 1,
};
const DEVICES: Plan = Plan {
    id: "mfa-devices",
    title: "Virtual MFA devices",
    one: "virtual MFA device",
    many: "virtual MFA devices",
    kinds: &["virtual_mfa_device"],
    lead: 1,
};
const GROUPS: Plan = Plan {
    id: "groups",
    title: "Groups",
    one: "IAM group",
    many: "IAM groups",
    kinds: &["group", "principal"],
    lead: 1,
};
const ROLES: Plan =
    Plan { id: "roles", title: "Roles", one: "IAM role", many: "IAM roles", kinds: &["role", "principal"], lead: 1 };
const POLICIES: Plan =
    Plan { id: "policies", title: "Policies", one: "policy", many: "policies", kinds: &["policy"], lead: 1 };
const CERTIFICATES: Plan = Plan {
    id: "certificates",
    title: "Server certificates",
    one: "server certificate stored in IAM",
    many: "server certificates stored in IAM",
    kinds: &["server_certificate"],
    lead: 1,
};
const PROVIDERS: Plan = Plan {
    id: "providers",
    title: "Identity providers",
    one: "identity provider",
    many: "identity providers",
    kinds: &["saml_provider", "oidc_provider"],
    lead: 2,
};

const OF_IAM: &[&Plan] =
    &[&USERS, &CREDENTIALS, &SIGNING, &DEVICES, &GROUPS, &ROLES, &POLICIES, &CERTIFICATES, &PROVIDERS];

/// Every sheet, in the order of the pack.
fn plans() -> impl Iterator<Item = &'static Plan> {
    OF_IAM.iter().chain(regional::PLANS).chain(around::PLANS).copied()
}

/// A sheet about one kind, whose first column names the subject.
const fn plan(
    id: &'static str,
    title: &'static str,
    one: &'static str,
    many: &'static str,
    kinds: &'static [&'static str],
) -> Plan {
    Plan { id, title, one, many, kinds, lead: 1 }
}

/// A row for every subject of one kind.
fn rows<R: Subject>(desk: &Desk<'_>, plan: &Plan, items: &[R], facts: &[Fact<R>], kind: &'static Kind) -> Sheet {
    desk.sheet(plan, items, |item| item.id(), facts, &[kind])
}

/// Sheets, id and title, in which controls about a kind have a column; none for single subjects.
pub(super) fn with_column_for(kind: &str) -> Vec<(&'static str, &'static str)> {
    plans().filter(|plan| plan.kinds.contains(&kind)).map(|plan| (plan.id, plan.title)).collect()
}

/// What a row of the credentials is made of: the two kinds share it by id.
struct CredentialRow<'a> {
    id: &'a str,
    credential: Option<&'a Credential>,
    key: Option<&'a AccessKey>,
}

/// SAML and OpenID Connect providers stand in one sheet.
enum ProviderRow<'a> {
    Saml(&'a SamlProvider),
    Oidc(&'a OidcProvider),
}

pub(super) fn sheets(inputs: &Inputs<'_>, numbers: &Numbers) -> Vec<Sheet> {
    let account = inputs.account;
    let (credentials, providers) = (credential_rows(account), provider_rows(account));
    let desk = Desk { inputs, numbers };
    let mut sheets = vec![
        desk.sheet(&USERS, &account.users.subjects, |user| &user.id, columns::USERS, &[User::KIND]),
        desk.sheet(
            &CREDENTIALS,
            &credentials,
            |row| row.id,
            &columns::credentials(),
            &[Credential::KIND, AccessKey::KIND],
        ),
        desk.sheet(
            &SIGNING,
            &account.signing_certificates.subjects,
            |certificate| &certificate.id,
            columns::SIGNING_CERTIFICATES,
            &[SigningCertificate::KIND],
        ),
        desk.sheet(
            &DEVICES,
            &account.virtual_mfa_devices.subjects,
            |device| &device.id,
            columns::MFA_DEVICES,
            &[VirtualMfaDevice::KIND],
        ),
        desk.sheet(&GROUPS, &account.groups.subjects, |group| &group.id, columns::GROUPS, &[Group::KIND]),
        desk.sheet(&ROLES, &account.roles.subjects, |role| &role.id, columns::ROLES, &[Role::KIND]),
        desk.sheet(&POLICIES, &account.policies.subjects, |policy| &policy.id, columns::POLICIES, &[Policy::KIND]),
        desk.sheet(
            &CERTIFICATES,
            &account.server_certificates.subjects,
            |certificate| &certificate.id,
            columns::SERVER_CERTIFICATES,
            &[ServerCertificate::KIND],
        ),
        desk.sheet(
            &PROVIDERS,
            &providers,
            |row| match row {
                ProviderRow::Saml(provider) => &provider.id,
                ProviderRow::Oidc(provider) => &provider.id,
            },
            &columns::providers(),
            &[SamlProvider::KIND, OidcProvider::KIND],
        ),
    ];
    sheets.extend(regional::sheets(&desk));
    sheets.extend(around::sheets(&desk));
    sheets
}

/// Credentials and access keys joined by id; a key that the credentials lack has a row all the same.
fn credential_rows(account: &Account) -> Vec<CredentialRow<'_>> {
    fn row<'r, 'a>(rows: &'r mut BTreeMap<&'a str, CredentialRow<'a>>, id: &'a str) -> &'r mut CredentialRow<'a> {
        rows.entry(id).or_insert(CredentialRow { id, credential: None, key: None })
    }
    let mut rows: BTreeMap<&str, CredentialRow<'_>> = BTreeMap::new();
    for credential in &account.credentials.subjects {
        row(&mut rows, &credential.id).credential = Some(credential);
    }
    for key in &account.access_keys.subjects {
        row(&mut rows, &key.id).key = Some(key);
    }
    rows.into_values().collect()
}

fn provider_rows(account: &Account) -> Vec<ProviderRow<'_>> {
    let saml = account.saml_providers.subjects.iter().map(ProviderRow::Saml);
    saml.chain(account.oidc_providers.subjects.iter().map(ProviderRow::Oidc)).collect()
}

struct Desk<'a> {
    inputs: &'a Inputs<'a>,
    numbers: &'a Numbers,
}

impl Desk<'_> {
    fn sheet<R>(
        &self,
        plan: &Plan,
        items: &[R],
        id: impl Fn(&R) -> &str,
        facts: &[Fact<R>],
        enumerated: &[&'static Kind],
    ) -> Sheet {
        let rows: BTreeMap<&str, usize> = items.iter().enumerate().map(|(place, item)| (id(item), place)).collect();
        let (controls, marks) = self.marks(plan, &rows, items.len());
        let facts_head = facts.iter().map(|fact| Column {
            title: fact.title.to_owned(),
            key: fact.key.to_owned(),
            control: None,
            kind: fact.kind,
        });
        let gaps: Vec<&Arc<Gap>> =
            enumerated.iter().flat_map(|kind| self.inputs.account.population(kind).gaps).collect();
        Sheet {
            id: plan.id.to_owned(),
            title: plan.title.to_owned(),
            intro: self.intro(plan, items.len(), &gaps, enumerated),
            complete: gaps.is_empty(),
            lead: plan.lead,
            columns: facts_head.chain(controls).collect(),
            rows: items
                .iter()
                .zip(marks)
                .map(|(item, marks)| Row {
                    id: id(item).to_owned(),
                    cells: facts.iter().map(|fact| (fact.show)(item)).collect(),
                    marks,
                })
                .collect(),
        }
    }

    /// The control columns, and each row's marks in their order.
    fn marks(&self, plan: &Plan, rows: &BTreeMap<&str, usize>, len: usize) -> (Vec<Column>, Vec<Vec<Option<Verdict>>>) {
        let mut columns = Vec::new();
        let mut marks: Vec<Vec<Option<Verdict>>> = (0..len).map(|_| Vec::new()).collect();
        for result in &self.inputs.assessment.controls {
            let control = &self.inputs.catalog.controls[result.control];
            if !plan.kinds.contains(&control.kind.name) {
                continue;
            }
            columns.push(Column {
                title: self.numbers.get(result.control).to_owned(),
                key: control.id.clone(),
                control: Some(control.id.clone()),
                kind: "mark",
            });
            for row in &mut marks {
                row.push(None);
            }
            let subjects = self.inputs.account.population(control.kind).subjects;
            for one in &result.results {
                if let Some(row) = rows.get(subjects[one.subject].id()) {
                    marks[*row][columns.len() - 1] = Some(one.verdict);
                }
            }
        }
        (columns, marks)
    }

    /// What the rows are, whether they are all, and how that is known.
    fn intro(&self, plan: &Plan, len: usize, gaps: &[&Arc<Gap>], enumerated: &[&'static Kind]) -> String {
        let mut sources: Vec<Evidence> = Vec::new();
        for evidence in enumerated.iter().flat_map(|kind| kind.enumerated_by) {
            if !sources.contains(evidence) {
                sources.push(*evidence);
            }
        }
        let named: Vec<String> = sources.iter().map(|source| self.named(*source)).collect();
        let named = super::words::listed(&named);
        let reasons: Vec<String> = gaps.iter().map(|gap| full_stop(&gap.reason)).collect();
        let reasons = reasons.join(" ");
        match (len, gaps.is_empty()) {
            (0, true) => format!("The account has no {}, according to {named}, read in full.", plan.many),
            (0, false) => {
                format!(
                    "No {} is known, and the account may have some: the sources are incomplete: {reasons}",
                    plan.one
                )
            }
            (_, true) => {
                // What the program itself asks about (kinds of events) is listed by nobody.
                let from = if sources.is_empty() { String::new() } else { format!(", from {named}") };
                let rows = count(len, "row", "rows");
                format!("Every {} in the account, those that pass included: {rows}{from}.", plan.one)
            }
            (_, false) => format!(
                "{} from {named}. There may be more: the sources are incomplete: {reasons}",
                count(len, plan.one, plan.many)
            ),
        }
    }

    /// `the credential report (E-03)`.
    fn named(&self, source: Evidence) -> String {
        let title = evidence::in_sentence(&source);
        match evidence::exhibit_ids(self.inputs, &[source]).as_slice() {
            [] => title,
            [only] => format!("{title} ({only})"),
            [first, .., last] => format!("{title} ({first} to {last})"),
        }
    }
}
