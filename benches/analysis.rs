//! What reading the policies of a large account costs, step by step, within one
//! process: `cargo bench --profile release --bench analysis`; sizes may follow:
//! `-- 500 500 500`. Everything that these documents say is worked out: what
//! each grants, what each principal may do, who may become each role, the ways
//! of each principal to more, and the graph of them. A second account is the
//! worst for the graph: each role lets the one before it in, by a trust policy
//! of its own, and the last is an administrator. Last comes the product's own
//! way: the snapshot of such an account, read into an account with its analysis.

use auditpack::testing::account;
use auditpack::testing::policy::actions::table;
use auditpack::testing::policy::escalation::{AccountContext, Holder, Path, paths};
use auditpack::testing::policy::grants::{Grants, PolicyAnalysis, analyze, union};
use auditpack::testing::policy::graph::{Node, build};
use auditpack::testing::policy::parse::parse;
use auditpack::testing::policy::trust::{Trust, TrustContext, TrustSettings, explain};
use auditpack::testing::snapshot::Snapshot;
use aws_double::{Double, Faults, generate};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::{Command, ExitCode};
use std::sync::Arc;

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const LIMIT_CPU_SECONDS: f64 = 2.0;

/// Policies' texts with their labels.
type Texts = Vec<(Arc<str>, Arc<str>)>;

/// A group: its ARN, its customer-managed policies' ARNs, its texts.
type Group = (String, Vec<String>, Texts);

/// A user or role with the texts that it holds.
struct Held {
    arn: String,
    groups: Vec<String>,
    /// ARNs of its customer-managed policies, those of its groups too.
    own: Vec<String>,
    /// Labels and texts, those of its groups too.
    texts: Texts,
    boundary: Option<String>,
    trust: Option<Arc<str>>,
}

/// The account as the details of its authorization tell it, before anything is read.
struct Account {
    /// Every version's text; the defaults by ARN.
    versions: Vec<Arc<str>>,
    managed: BTreeMap<String, Arc<str>>,
    principals: Vec<Held>,
}

fn main() -> ExitCode {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let size = |index: usize| sizes.get(index).copied().unwrap_or(5_000);
    let mut account = generated(size(0), size(1), size(2));
    println!("{} users, {} roles, {} policies", size(0), size(1), size(2));
    let everyday = measure(&account);
    chain(&mut account);
    println!("\nthe same with a chain of roles");
    let chained = measure(&account);
    drop(account);
    println!("\nthe same from its snapshot, as a part of a run");
    let product = product(size(0), size(1), size(2));
    if everyday.max(chained).max(product) > LIMIT_CPU_SECONDS { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Collects the account from a double and reads it as a run does; the seconds that reading takes, the evidence's
/// JSON and every fact of the account included.
fn product(users: usize, roles: usize, policies: usize) -> f64 {
    let double = Double::start(generate::sized(users, roles, policies), Faults::none());
    let work = tempfile::tempdir().expect("a temporary folder");
    let place = work.path().join("snapshot");
    let mut collect = Command::new(env!("CARGO_BIN_EXE_auditpack"));
    collect.args(["collect", "--quiet", "--out"]).arg(&place).env("AWS_ENDPOINT_URL", double.endpoint());
    collect.env("AWS_ACCESS_KEY_ID", "x").env("AWS_SECRET_ACCESS_KEY", "x").env("AWS_REGION", "us-east-1");
    let ended = collect.status().expect("the program starts");
    assert!(matches!(ended.code(), Some(0 | 3)), "{ended}");
    let snapshot = Snapshot::open(&place).expect("the snapshot was just collected");
    let before = cpu_seconds();
    let account = account::read(&snapshot, None, &TrustSettings::default()).expect("the account has a number");
    let took = cpu_seconds() - before;
    let known = account.analysis.all.iter().filter(|one| one.way.is_some()).count();
    println!("evidence, facts and analysis {took:>7.2} CPU s, at most {LIMIT_CPU_SECONDS}");
    println!("{} principals and groups, {known} with a way to an administrator", account.analysis.all.len());
    took
}

/// Reads all of an account's policies, telling what each step takes; the seconds in all.
fn measure(account: &Account) -> f64 {
    let before = peak_megabytes();
    let mut clock = Clock { at: cpu_seconds(), total: 0.0 };
    table();
    clock.tells("action table");

    let mut documents = BTreeMap::new();
    let held = account.principals.iter().flat_map(|it| it.texts.iter().map(|(_, text)| text));
    for text in account.versions.iter().chain(held) {
        documents.entry(Arc::clone(text)).or_insert_with(|| parse(text).expect("generated policies are JSON"));
    }
    let trusts: BTreeMap<Arc<str>, _> = account
        .principals
        .iter()
        .filter_map(|it| it.trust.clone())
        .map(|text| (Arc::clone(&text), parse(&text).expect("generated policies are JSON")))
        .collect();
    clock.tells("parse");

    let readings: BTreeMap<&Arc<str>, Arc<PolicyAnalysis>> =
        documents.iter().map(|(text, document)| (text, Arc::new(analyze(document)))).collect();
    clock.tells("work out");

    let mut shared: BTreeMap<(&Texts, &Option<String>), Arc<Grants>> = BTreeMap::new();
    let grants: Vec<Arc<Grants>> = account
        .principals
        .iter()
        .map(|held| {
            let made = || {
                let of = |label: &Arc<str>, text: &Arc<str>| (Arc::clone(label), Arc::clone(&readings[text]));
                let boundary = held.boundary.as_ref().and_then(|arn| account.managed.get(arn));
                let boundary = boundary.map(|text| of(&Arc::from("boundary"), text));
                let all: Vec<_> = held.texts.iter().map(|(label, text)| of(label, text)).collect();
                Arc::new(union(&all, boundary.as_ref()))
            };
            Arc::clone(shared.entry((&held.texts, &held.boundary)).or_insert_with(made))
        })
        .collect();
    clock.tells("union");

    let context = TrustContext { account: "555566667777".to_owned(), ..TrustContext::default() };
    let explained: BTreeMap<&Arc<str>, Trust> =
        trusts.iter().map(|(text, document)| (text, explain(document, &context))).collect();
    clock.tells("trust");

    let ways: Vec<Vec<Path>> = account
        .principals
        .iter()
        .zip(&grants)
        .map(|(held, grants)| if grants.is_full_admin() { Vec::new() } else { paths(&holder(held), &**grants) })
        .collect();
    clock.tells("escalation");

    let nodes: Vec<Node<'_>> = account
        .principals
        .iter()
        .zip(&grants)
        .zip(&ways)
        .map(|((held, grants), paths)| Node {
            holder: holder(held),
            administrator: grants.full_admin.as_ref().map(|it| grants.statements[it.statements[0]].place.clone()),
            grants: &**grants,
            paths,
            tagged: &[],
            trust: held.trust.as_ref().map(|text| &explained[text]),
            document: held.trust.as_ref().map(|text| &trusts[text]),
            around: AccountContext::default(),
        })
        .collect();
    let graph = build(&nodes, &[]);
    let reached = nodes.iter().filter(|node| graph.distance(node.holder.arn).is_some()).count();
    // All routes of a chain together are its square.
    let some = nodes.iter().step_by(1 + nodes.len() / 500);
    let longest = some.filter_map(|node| graph.route(node.holder.arn)).map(|route| route.steps.len()).max();
    clock.tells("graph");

    println!("{:<14} {:>7.2} CPU s, at most {LIMIT_CPU_SECONDS}", "all", clock.total);
    println!("peak memory    {:>7.0} MB; {before:.0} MB to generate the account before", peak_megabytes());
    println!(
        "{} documents, {} unions, {} ways to more, {reached} principals can reach an administrator, some in {} steps",
        readings.len(),
        shared.len(),
        ways.iter().map(Vec::len).sum::<usize>(),
        longest.unwrap_or(0)
    );
    clock.total
}

/// Each role lets in the one before it; the last is an administrator.
fn chain(account: &mut Account) {
    let mut before: Option<String> = None;
    for role in account.principals.iter_mut().filter(|held| held.trust.is_some()) {
        let from = before.replace(role.arn.clone()).unwrap_or_else(|| role.arn.clone());
        role.trust = Some(Arc::from(format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{from}"}},
            "Action":"sts:AssumeRole"}}]}}"#
        )));
    }
    if let Some(last) = account.principals.last_mut() {
        let all = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        last.texts.push((Arc::from("all"), Arc::from(all)));
    }
}

fn holder(held: &Held) -> Holder<'_> {
    Holder { arn: &held.arn, groups: &held.groups, policies: &held.own, boundary: held.boundary.as_deref(), tags: &[] }
}

fn generated(users: usize, roles: usize, policies: usize) -> Account {
    let made = generate::sized(users, roles, policies);
    let details = made.recorded("iam", "GetAccountAuthorizationDetails").expect("every account has its details");
    let list = |of: &Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
    let text = |of: &Value| Arc::<str>::from(of.as_str().map_or_else(|| of.to_string(), str::to_owned));
    let word = |of: &Value| of.as_str().unwrap_or_default().to_owned();
    let mut account = Account { versions: Vec::new(), managed: BTreeMap::new(), principals: Vec::new() };
    for policy in list(details, "Policies") {
        for version in list(&policy, "PolicyVersionList") {
            let document = text(&version["Document"]);
            if version["IsDefaultVersion"] == true {
                account.managed.insert(word(&policy["Arn"]), Arc::clone(&document));
            }
            account.versions.push(document);
        }
    }
    let hold = |of: &Value, inline: &str, managed: &BTreeMap<String, Arc<str>>| {
        let mut own = Vec::new();
        let mut texts = Texts::new();
        for policy in list(of, "AttachedManagedPolicies") {
            let arn = word(&policy["PolicyArn"]);
            texts.extend(managed.get(&arn).map(|text| (Arc::from(arn.as_str()), Arc::clone(text))));
            if arn.split(':').nth(4) != Some("aws") {
                own.push(arn);
            }
        }
        texts.extend(
            list(of, inline)
                .iter()
                .map(|policy| (Arc::from(word(&policy["PolicyName"])), text(&policy["PolicyDocument"]))),
        );
        (own, texts)
    };
    let groups: BTreeMap<String, Group> = list(details, "GroupDetailList")
        .iter()
        .map(|group| {
            let (own, texts) = hold(group, "GroupPolicyList", &account.managed);
            (word(&group["GroupName"]), (word(&group["Arn"]), own, texts))
        })
        .collect();
    for (name, inline) in [("UserDetailList", "UserPolicyList"), ("RoleDetailList", "RolePolicyList")] {
        for it in list(details, name) {
            let (mut own, mut texts) = hold(&it, inline, &account.managed);
            let mut member = Vec::new();
            for group in list(&it, "GroupList") {
                let Some((arn, theirs, held)) = groups.get(&word(&group)) else { continue };
                member.push(arn.clone());
                own.extend(theirs.iter().cloned());
                texts.extend(held.iter().cloned());
            }
            account.principals.push(Held {
                arn: word(&it["Arn"]),
                groups: member,
                own,
                texts,
                boundary: it["PermissionsBoundary"]["PermissionsBoundaryArn"].as_str().map(str::to_owned),
                trust: (name == "RoleDetailList").then(|| text(&it["AssumeRolePolicyDocument"])),
            });
        }
    }
    account
}

struct Clock {
    at: f64,
    total: f64,
}

impl Clock {
    fn tells(&mut self, step: &str) {
        let now = cpu_seconds();
        println!("{step:<14} {:>7.3} CPU s", now - self.at);
        self.total += now - self.at;
        self.at = now;
    }
}

/// This thread's time on a processor, which is all of this program's.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("this benchmark runs on Linux");
    text.split_whitespace().next().and_then(|word| word.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) / 1024.0
}
