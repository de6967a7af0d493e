//! Facts, graph, register, summary and controls say the same about each principal, on random accounts; and what more
//! denials, boundaries and conditions never do. Everything is read the product's way: AWS CLI output is imported,
//! the snapshot is read into an account, the account is assessed and worded.

mod accounts;

use accounts::{Dice, LISTS, arn, boundary, condition, details, recount, write};
use auditpack::testing::account::fact::Observed;
use auditpack::testing::account::subjects::Principal;
use auditpack::testing::account::{self, Account};
use auditpack::testing::assess::{Assessment, Verdict, assess};
use auditpack::testing::catalog::{Catalog, Overrides, load};
use auditpack::testing::pack::{Labels, Pack, build};
use auditpack::testing::policy::escalation::Gives;
use auditpack::testing::policy::trust::TrustSettings;
use auditpack::testing::snapshot::Snapshot;
use auditpack::testing::snapshot::import::{Known, import};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| load(None, &Overrides::new()).unwrap());

const LEVEL: &str = "full administrator";
const OPEN: [&str; 2] = ["unconditional", "with MFA"];

fn in_snapshot<R>(details: &Value, look: impl FnOnce(&Snapshot) -> R) -> R {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("answers"), dir.path().join("snapshot"));
    write(&from, details);
    import(&from, &to, "2026-09-30T06:00:00Z".parse().unwrap(), &Known::default()).unwrap();
    look(&Snapshot::open(&to).unwrap())
}

fn read(snapshot: &Snapshot) -> Account {
    account::read(snapshot, None, &TrustSettings::default()).unwrap()
}

/// Calls the check for each seed, on all processors; what it finds wrong is listed under the seed.
fn for_seeds(seeds: std::ops::Range<u64>, check: impl Fn(&mut Dice) -> Vec<String> + Sync) {
    let next = std::sync::atomic::AtomicU64::new(seeds.start);
    let wrong = std::sync::Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from).min(4) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    let found = check(&mut Dice::new(seed));
                    if !found.is_empty() {
                        wrong.lock().unwrap().insert(seed, found);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    let all: Vec<String> =
        wrong.iter().map(|(seed, found)| format!("seed {seed}:\n  {}", found.join("\n  "))).collect();
    assert!(wrong.is_empty(), "{} of {} accounts\n{}", wrong.len(), seeds.end - seeds.start, all.join("\n"));
}

/// A control's verdicts by subject.
fn verdicts<'a>(account: &'a Account, assessment: &Assessment, id: &str) -> BTreeMap<&'a str, Verdict> {
    let result = assessment.controls.iter().find(|one| CATALOG.controls[one.control].id == id).unwrap();
    let subjects = account.population(CATALOG.controls[result.control].kind).subjects;
    result.results.iter().map(|one| (subjects[one.subject].id(), one.verdict)).collect()
}

struct Told<'a> {
    account: &'a Account,
    assessment: &'a Assessment,
    pack: &'a Pack,
    wrong: Vec<String>,
}

impl Told<'_> {
    fn hold(&mut self, holds: bool, about: &str, what: impl FnOnce() -> String) {
        if !holds {
            self.wrong.push(format!("{about}: {}", what()));
        }
    }

    /// A principal that another answer names and the details lack: nothing that its policies decide is known anywhere.
    fn only_named(&mut self, principal: &Principal) {
        let id = principal.id.as_str();
        self.hold(principal.administrator.known().is_none(), id, || "is decided without its policies".to_owned());
        let sheet = self.pack.register.as_ref().unwrap().sheets.iter().find(|sheet| sheet.id == id);
        let unknown = sheet.is_some_and(|sheet| sheet.administrator.is_none() && sheet.level.starts_with("not known"));
        self.hold(unknown, id, || format!("the register says {:?}", sheet.map(|sheet| &sheet.level)));
        for control in
            ["no-attached-policy-grants-full-administration", "no-paths-to-administrator", "nobody-can-escalate"]
        {
            let verdict = verdicts(self.account, self.assessment, control).get(id).copied();
            self.hold(verdict != Some(Verdict::Pass), id, || format!("{control} passes without its policies"));
        }
    }

    /// Facts, graph, register and controls about one principal.
    fn principal(&mut self, principal: &Principal) {
        let (account, id) = (self.account, principal.id.as_str());
        let Some(one) = account.analysis.get(id) else {
            self.only_named(principal);
            return;
        };
        let administrator = principal.administrator.known().copied();
        let of_kind = match one.kind {
            "group" => account.groups.subjects.iter().find(|group| group.id == id).map(|group| &group.administrator),
            "role" => account.roles.subjects.iter().find(|role| role.id == id).map(|role| &role.administrator),
            _ => Some(&principal.administrator),
        };
        let of_kind = of_kind.and_then(|fact| fact.known().copied());
        self.hold(of_kind == administrator, id, || {
            format!("is {of_kind:?} by its kind, {administrator:?} as principal")
        });

        let sheet = self.pack.register.as_ref().unwrap().sheets.iter().find(|sheet| sheet.id == id).unwrap();
        self.hold(sheet.administrator == administrator, id, || {
            format!("register {:?}, facts {administrator:?}", sheet.administrator)
        });
        let named = sheet.level.contains(LEVEL);
        self.hold(administrator.is_none_or(|is| is == named), id, || {
            format!("register {:?}, facts {administrator:?}", sheet.level)
        });
        if one.kind == "group" {
            return;
        }

        let path = principal.path_to_administrator.known().map(String::as_str);
        self.hold((path == Some("administrator")) == (administrator == Some(true)), id, || {
            format!("path {path:?}, administrator {administrator:?}")
        });
        let sentence = |title: &str| {
            let part = sheet.reach.iter().find(|part| part.title == title);
            part.map_or_else(String::new, |part| part.sentence.clone())
        };
        let page = sentence("Path to administrator");
        let expected = match path {
            Some("administrator") => "Not applicable",
            Some("none") => "None",
            Some("unconditional") => "no condition prevents it",
            Some("with MFA") => "it needs a sign-in with MFA",
            Some(_) => "conditions may prevent it",
            None => "",
        };
        self.hold(page.contains(expected), id, || format!("path {path:?}, page {page:?}"));

        let (open, scoped) = (principal.escalation_paths.known(), principal.scoped_escalation_paths.known());
        let paths = sentence("Privilege escalation paths");
        if let (Some(open), Some(scoped), Some(false)) = (open, scoped, administrator) {
            let none = open.is_empty() && scoped.is_empty();
            self.hold(none == paths.starts_with("None"), id, || format!("ways {open:?} {scoped:?}, page {paths:?}"));
        }
        self.hold((administrator != Some(true)) || paths.starts_with("Not applicable"), id, || paths.clone());
        for path in one.paths.iter().filter(|path| path.is_open() && !path.lacks_trust) {
            if path.way.gives == Gives::Administrator || path.administrator.is_some() {
                let certainty = principal.path_to_administrator.known().map(String::as_str);
                self.hold(certainty.is_none_or(|found| OPEN.contains(&found) || found == "administrator"), id, || {
                    format!("{} is open to {:?}, path {certainty:?}", path.way.id, path.administrator)
                });
            }
        }
    }

    /// The two controls about ways to more, subject by subject.
    fn controls(&mut self) {
        let escalation = verdicts(self.account, self.assessment, "nobody-can-escalate");
        let paths = verdicts(self.account, self.assessment, "no-paths-to-administrator");
        for principal in &self.account.principals.subjects {
            let id = principal.id.as_str();
            let linked = principal.service_linked.known() == Some(&true) || principal.kind.known().unwrap() == "group";
            let fails = principal.escalation_paths.known().is_some_and(|open| !open.is_empty()) && !linked;
            self.hold((escalation[id] == Verdict::Fail) == fails, id, || {
                format!("nobody-can-escalate {:?}, ways {:?}", escalation[id], principal.escalation_paths)
            });
            let path = principal.path_to_administrator.known().map(String::as_str);
            let fails = path.is_some_and(|path| OPEN.contains(&path)) && !linked;
            self.hold((paths[id] == Verdict::Fail) == fails, id, || {
                format!("no-paths-to-administrator {:?}, path {path:?}", paths[id])
            });
            // A failing policy that somebody holds is named by its holder's own fact.
            if principal.administrator.known() == Some(&false) && !linked {
                self.hold(escalation[id] != Verdict::NotApplicable, id, || "is out of scope".to_owned());
            }
        }
    }

    /// The policies that fail are those that make a holder say that it holds one.
    fn policies(&mut self) {
        let failing = verdicts(self.account, self.assessment, "no-attached-policy-grants-full-administration");
        for principal in &self.account.principals.subjects {
            let Observed::Known(holds) = principal.holds_full_admin_policy else { continue };
            let Some(one) = self.account.analysis.get(&principal.id) else { continue };
            let fails = one.held.iter().any(|held| {
                let own = held.policy.clone().filter(|arn| failing.get(arn.as_str()) == Some(&Verdict::Fail));
                own.is_some() || held.policy.is_none() && held.text.everything.is_some()
            });
            self.hold(fails == holds, &principal.id, || {
                format!("holds a full policy: {holds}, policies fail: {fails}")
            });
        }
    }

    /// Each number of administrators.
    fn counts(&mut self) {
        let known = |value: Option<bool>| {
            self.account.principals.subjects.iter().filter(|one| one.administrator.known().copied() == value).count()
        };
        let (total, open) = (known(Some(true)), known(None));
        let counted = &self.pack.assessment.administrators;
        let sheets = &self.pack.register.as_ref().unwrap().sheets;
        let marked = sheets.iter().filter(|sheet| sheet.administrator == Some(true)).count();
        let analysed = &self.account.analysis.all;
        let of_graph = analysed.iter().filter(|one| one.is_administrator().known() == Some(&true)).count();
        let all =
            (counted.total, counted.users + counted.groups + counted.roles, marked, of_graph, counted.undetermined);
        self.hold(all == (total, total, total, total, open), "account", || format!("{total}, {open}: {all:?}"));
        let sentences = &self.pack.summary.sentences;
        let said = sentences.iter().any(|text| {
            text.contains(&format!("{total} users, groups and roles are full administrators"))
                || total == 1 && text.contains("is a full administrator of the account")
                || total == 0 && text.contains("full administrator of the account")
        });
        self.hold(said, "account", || format!("{total}: {sentences:?}"));
    }
}

/// What does not agree; where the evidence is whole, also what is not decided.
fn agreement(details: &Value, whole: bool) -> Vec<String> {
    in_snapshot(details, |snapshot| {
        let account = read(snapshot);
        let assessment = assess(&account, &CATALOG);
        let pack = build(snapshot, &account, &CATALOG, &assessment, &Labels::default(), "0", None).unwrap();
        let mut told = Told { account: &account, assessment: &assessment, pack: &pack, wrong: Vec::new() };
        account.principals.subjects.iter().for_each(|principal| told.principal(principal));
        for principal in account.principals.subjects.iter().filter(|_| whole) {
            let decided =
                principal.administrator.known().is_some() && principal.path_to_administrator.known().is_some();
            told.hold(decided, &principal.id, || format!("is not decided: {:?}", principal.administrator));
        }
        told.controls();
        told.policies();
        told.counts();
        told.wrong
    })
}

#[test]
fn every_page_says_the_same_of_a_principal() {
    for_seeds(0..8, |dice| agreement(&details(dice), true));
}

/// The same where a policy, a group or a boundary is not in the details, or a document is not JSON.
#[test]
fn every_page_says_the_same_where_evidence_is_missing() {
    for_seeds(100..109, |dice| {
        let mut details = details(dice);
        let policies = details["Policies"].as_array_mut().unwrap();
        policies.remove(dice.below(policies.len()));
        if dice.one_in(2) {
            policies.remove(dice.below(policies.len()));
        }
        if dice.one_in(2) {
            let at = dice.below(policies.len());
            policies[at]["PolicyVersionList"][0]["Document"] = json!("not a policy");
        }
        if dice.one_in(3) {
            details["GroupDetailList"].as_array_mut().unwrap().remove(dice.below(4));
        }
        agreement(&details, false)
    });
}

/// What a principal can do and become: `(administrator, strength of its path, open ways)`.
fn strengths(details: &Value) -> BTreeMap<String, (bool, usize, bool)> {
    in_snapshot(details, |snapshot| {
        let strength = |principal: &Principal| {
            let path = principal.path_to_administrator.known().unwrap().as_str();
            let rank = ["none", "conditional", "with MFA", "unconditional", "administrator"];
            let rank = rank.iter().position(|one| *one == path).unwrap();
            let ways = principal.escalation_paths.known().unwrap();
            let administrator = *principal.administrator.known().unwrap();
            (principal.id.clone(), (administrator, rank, administrator || !ways.is_empty()))
        };
        read(snapshot).principals.subjects.iter().map(strength).collect()
    })
}

/// What is stronger after the change than before.
fn stronger(before: &Value, after: &Value, what: &str) -> Vec<String> {
    let (before, after) = (strengths(before), strengths(after));
    let more = after.iter().filter(|(id, after)| {
        let before = before[*id];
        after.0 && !before.0 || after.1 > before.1 || after.2 && !before.2
    });
    more.map(|(id, after)| format!("{id}: {:?} before, {after:?} with {what}", before[id])).collect()
}

fn statements(document: &mut Value) -> &mut Vec<Value> {
    document["Statement"].as_array_mut().unwrap()
}

/// One of the documents of an account: the default version of a policy, an inline policy, or a trust policy.
fn some_document<'a>(dice: &mut Dice, details: &'a mut Value) -> (&'a mut Value, bool) {
    let (list, inline) = LISTS[dice.below(3)];
    let choice = dice.below(3);
    let at = dice.below(details[list].as_array().unwrap().len());
    let has_inline = details[list][at][inline].as_array().is_some_and(|own| !own.is_empty());
    if choice == 0 && has_inline {
        return (&mut details[list][at][inline][0]["PolicyDocument"], false);
    }
    if choice == 1 {
        // The last two roles are those of services.
        let roles = details["RoleDetailList"].as_array_mut().unwrap();
        let at = dice.below(roles.len() - 2);
        return (&mut roles[at]["AssumeRolePolicyDocument"], true);
    }
    let policies = details["Policies"].as_array_mut().unwrap();
    let at = dice.below(policies.len().min(7));
    let versions = policies[at]["PolicyVersionList"].as_array_mut().unwrap();
    (&mut versions.last_mut().unwrap()["Document"], false)
}

#[test]
fn a_denial_anywhere_makes_nobody_stronger() {
    for_seeds(200..218, |dice| {
        let before = details(dice);
        let mut after = before.clone();
        let (document, trust) = some_document(dice, &mut after);
        let denial = if trust { accounts::trust_statement(dice, "Deny") } else { accounts::statement(dice, "Deny") };
        statements(document).push(denial.clone());
        stronger(&before, &after, &denial.to_string())
    });
}

#[test]
fn a_boundary_makes_nobody_stronger() {
    for_seeds(300..314, |dice| {
        let before = details(dice);
        let mut after = before.clone();
        let (list, count) = if dice.one_in(2) { ("UserDetailList", 9) } else { ("RoleDetailList", 8) };
        let holder = &mut after[list][dice.below(count)];
        if !holder["PermissionsBoundary"].is_null() {
            return Vec::new();
        }
        let policy = arn(&format!("policy/{}", dice.pick(&["cap", "p0", "p1", "p2", "p3", "edge"])));
        holder["PermissionsBoundary"] = boundary(&policy);
        let what = format!("{policy} as the boundary of {}", holder["Arn"]);
        recount(&mut after);
        stronger(&before, &after, &what)
    });
}

#[test]
fn a_condition_on_a_grant_makes_nobody_stronger() {
    for_seeds(400..418, |dice| {
        let before = details(dice);
        let mut after = before.clone();
        let (document, _) = some_document(dice, &mut after);
        let allows = statements(document).iter_mut().filter(|one| one["Effect"] == "Allow");
        let mut plain: Vec<&mut Value> = allows.filter(|one| one["Condition"].is_null()).collect();
        if plain.is_empty() {
            return Vec::new();
        }
        let at = dice.below(plain.len());
        plain[at]["Condition"] = condition(dice);
        let what = plain[at].to_string();
        stronger(&before, &after, &what)
    });
}

#[test]
fn whoever_is_denied_everything_administers_nothing_and_becomes_nobody() {
    for_seeds(500..508, |dice| {
        let mut details = details(dice);
        let mut denied = Vec::new();
        for (list, inline, count) in [("UserDetailList", "UserPolicyList", 9), ("RoleDetailList", "RolePolicyList", 8)]
        {
            for _ in 0..3 {
                let holder = &mut details[list][dice.below(count)];
                let deny = json!({ "Version": "2012-10-17",
                    "Statement": [{ "Effect": "Deny", "Action": "*", "Resource": "*" }] });
                let policy = json!({ "PolicyName": "quarantine", "PolicyDocument": deny });
                holder[inline].as_array_mut().unwrap().push(policy);
                denied.push(holder["Arn"].as_str().unwrap().to_owned());
            }
        }
        let found = strengths(&details);
        let wrong = denied.iter().filter(|id| found[*id] != (false, 0, false));
        wrong.map(|id| format!("{id} is denied everything: {:?}", found[id])).collect()
    });
}
