//! What one hostile policy costs, step by step, within one process:
//! `cargo bench --profile release --bench hostile`.
//!
//! AWS takes 6,144 characters for a managed policy and 10,240 for a role's
//! inline policies together, and a principal may hold ten managed ones. Each
//! case is as much of one kind of statement as fits: patterns that match nearly
//! every action, broad statements on patterns of resources, and grants against
//! as many denials.
//!
//! Then the same kinds of statements in texts of one, two and four times that
//! size: for each step, what four times the text costs as a multiple of what
//! the text costs (the least of several runs). Linear work says 4 or less:
//! what is made once for all patterns counts in both.

use auditpack::testing::policy;
use auditpack::testing::policy::escalation::{Holder, paths};
use auditpack::testing::policy::grants::{PolicyAnalysis, analyze, union};
use auditpack::testing::policy::parse::parse;
use auditpack::testing::policy::trust::{TrustContext, explain};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

/// Characters of a managed policy, without white space.
const MANAGED: usize = 6_144;
/// Managed policies of one principal.
const HELD: usize = 10;
/// Runs of each step, of which the least counts.
const RUNS: usize = 5;
/// Steps over a text, in order.
const STEPS: [&str; 5] = ["parse", "grants", "escalation", "description", "trust"];
/// Beyond this, a step that costs milliseconds is not linear.
const LINEAR: f64 = 5.5;

/// What one document may cost, and what everything of one principal may.
const ONE: f64 = 0.05;
const ALL: f64 = 0.5;

fn main() -> ExitCode {
    policy::actions::table();
    let mut worst = (0.0_f64, 0.0_f64);
    for (name, make) in cases() {
        println!("{name}");
        let one = measure(&[document(&make, 0)]);
        let all: Vec<String> = (0..HELD).map(|at| document(&make, at * 1_000)).collect();
        let all = measure(&all);
        worst = (worst.0.max(one), worst.1.max(all));
    }
    let steep = ratios();
    println!("worst: one document {:.3} s, at most {ONE}; ten {:.3} s, at most {ALL}", worst.0, worst.1);
    if worst.0 > ONE || worst.1 > ALL || steep { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

type Make = Box<dyn Fn(usize) -> String>;

/// Statements by number. Whatever differs in number differs in text.
fn cases() -> Vec<(&'static str, Make)> {
    let case = |make: fn(usize) -> String| -> Make { Box::new(make) };
    vec![
        ("patterns of actions", case(|at| allow(&list(at, 40, |word| format!("*:*{}*", stars(&word))), "\"*\""))),
        ("patterns of actions, a statement each", case(|at| allow(&format!("\"*:*{}*\"", stars(&word(at))), "\"*\""))),
        ("patterns of services", case(|at| allow(&list(at, 40, |word| format!("*{}*:*", stars(&word[..2]))), "\"*\""))),
        ("patterns without stars", case(|at| allow(&list(at, 40, |word| format!("*:????{}*", &word)), "\"*\""))),
        (
            "all but patterns",
            case(|at| {
                format!(r#"{{"Effect":"Allow","NotAction":"*:*{}*","NotResource":"*{}"}}"#, stars(&word(at)), word(at))
            }),
        ),
        ("everything on patterns", case(|at| allow("\"*\"", &list(at, 40, |word| format!("*{}*", stars(&word)))))),
        ("everything on patterns, a statement each", case(|at| allow("\"*\"", &format!("\"*{}*\"", stars(&word(at)))))),
        ("everything on short patterns", case(|at| allow("\"*\"", &format!("\"*{}*\"", &word(at)[..2])))),
        ("everything on ARNs", case(|at| allow("\"*\"", &format!("\"arn:*:*:*:*:*{}*\"", &word(at)[..2])))),
        (
            "everything but patterns",
            case(|at| format!(r#"{{"Effect":"Allow","Action":"*","NotResource":"*{}*"}}"#, stars(&word(at)))),
        ),
        (
            "grants against denials",
            case(|at| {
                let effect = if at % 2 == 0 { "Allow" } else { "Deny" };
                format!(r#"{{"Effect":"{effect}","Action":"*","Resource":"arn:aws:*:*:*:*{}*"}}"#, &word(at / 2)[..3])
            }),
        ),
        (
            "unknown grants against denials",
            case(|at| {
                let effect = if at % 2 == 0 { "Allow" } else { "Deny" };
                format!(r#"{{"Effect":"{effect}","Action":"z{}:*","Resource":"*"}}"#, stars(&word(at / 2)))
            }),
        ),
        (
            "denials of single actions",
            case(|at| {
                let effect = if at % 2 == 0 { "Allow" } else { "Deny" };
                format!(
                    r#"{{"Effect":"{effect}","Action":"ec2:*{}*","Resource":"arn:aws:ec2:*:*:*/{}"}}"#,
                    &word(at / 2)[..2],
                    word(at / 2)
                )
            }),
        ),
        (
            "one grant, many denials of resources",
            case(|at| {
                let effect = if at == 0 { "Allow" } else { "Deny" };
                format!(
                    r#"{{"Effect":"{effect}","Action":"s3:*","Resource":[{}]}}"#,
                    list_of(at, 30, |word| format!("arn:aws:s3:::*{}*", stars(&word)))
                )
            }),
        ),
    ]
}

/// Prints what four times the text costs; true if that is not linear.
fn ratios() -> bool {
    let mut steep = false;
    println!("\nfour times the text costs so many times as much:  {}", STEPS.join("  "));
    let mut all = cases();
    all.extend(trusts());
    for (name, make) in all {
        let costs: Vec<[f64; 5]> =
            [1, 2, 4].map(|times| least(&document_of(&make, 0, MANAGED * times))).into_iter().collect();
        let ratio = |step: usize| costs[2][step] / costs[0][step].max(1e-9);
        let told: Vec<String> = (0..STEPS.len())
            .map(|step| {
                let over = ratio(step) > LINEAR && costs[2][step] > 0.005;
                steep |= over;
                format!("{:>5.1}{}", ratio(step), if over { "!" } else { " " })
            })
            .collect();
        let milliseconds: Vec<String> = costs[2].iter().map(|cost| format!("{:.1}", cost * 1e3)).collect();
        println!("  {name:<44} {}  ({} ms)", told.join(" "), milliseconds.join(", "));
    }
    steep
}

/// The least that each step cost.
fn least(text: &str) -> [f64; 5] {
    let mut least = [f64::MAX; 5];
    for _ in 0..RUNS {
        let mut at = Instant::now();
        let mut step = |number: usize| {
            least[number] = least[number].min(at.elapsed().as_secs_f64());
            at = Instant::now();
        };
        let document = parse(text).expect("JSON");
        step(0);
        let reading = Arc::new(analyze(&document));
        std::hint::black_box(reading.full_access("111122223333", "aws"));
        let grants = union(&[(Arc::from("policy"), Arc::clone(&reading))], None);
        std::hint::black_box((grants.table(), grants.full_service_access(), grants.passes_role()));
        step(1);
        let holder =
            Holder { arn: "arn:aws:iam::111122223333:role/app", groups: &[], policies: &[], boundary: None, tags: &[] };
        std::hint::black_box(paths(&holder, &grants));
        step(2);
        for (statement, worked_out) in document.statements.iter().zip(&reading.statements) {
            std::hint::black_box(policy::plain_english::statement(statement, worked_out));
        }
        step(3);
        let context = TrustContext { account: "111122223333".to_owned(), ..TrustContext::default() };
        std::hint::black_box(explain(&document, &context));
        step(4);
    }
    least
}

/// Statements of trust policies by number.
fn trusts() -> Vec<(&'static str, Make)> {
    let case = |make: fn(usize) -> String| -> Make { Box::new(make) };
    vec![
        (
            "principals, every other denied",
            case(|at| {
                let effect = if at % 2 == 0 { "Allow" } else { "Deny" };
                format!(r#"{{"Effect":"{effect}","Action":"sts:AssumeRole","Principal":{{"AWS":"{:012}"}}}}"#, at / 2)
            }),
        ),
        (
            "principals under conditions",
            case(|at| {
                let list = |each: fn(usize) -> String| (at * 20..at * 20 + 20).map(each).collect::<Vec<_>>().join(",");
                format!(
                    r#"{{"Effect":"Allow","Action":"sts:*","Principal":{{"AWS":[{}]}},"Condition":{{"StringLike":{{{}}}}}}}"#,
                    list(|at| format!("\"{at:012}\"")),
                    list(|at| format!("\"aws:PrincipalTag/{}\":\"x\"", word(at)))
                )
            }),
        ),
        (
            "issuers under claims",
            case(|at| {
                format!(
                    r#"{{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{{"Federated":"arn:aws:iam::111122223333:oidc-provider/{0}.example"}},"Condition":{{"StringLike":{{"{0}.example:sub":"{0}:*"}}}}}}"#,
                    word(at)
                )
            }),
        ),
    ]
}

fn allow(actions: &str, resources: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":{actions},"Resource":{resources}}}"#)
}

fn list(at: usize, count: usize, each: fn(String) -> String) -> String {
    format!("[{}]", list_of(at, count, each))
}

fn list_of(at: usize, count: usize, each: fn(String) -> String) -> String {
    let items: Vec<String> = (at * count..(at + 1) * count).map(|at| format!("\"{}\"", each(word(at)))).collect();
    items.join(",")
}

/// Different words over letters that nearly every name has.
fn word(mut number: usize) -> String {
    let mut word = String::new();
    for _ in 0..6 {
        word.push(['e', 't', 's', 'a', 'r', 'o', 'i', 'n'][number % 8]);
        number /= 8;
    }
    word
}

fn stars(word: &str) -> String {
    word.chars().map(String::from).collect::<Vec<_>>().join("*")
}

/// As many statements as fit a managed policy.
fn document(make: &Make, from: usize) -> String {
    document_of(make, from, MANAGED)
}

/// As many statements as fit.
fn document_of(make: &Make, from: usize, size: usize) -> String {
    let mut text = String::from(r#"{"Version":"2012-10-17","Statement":["#);
    for at in from.. {
        let next = make(at);
        if text.len() + next.len() + 2 > size && at > from {
            break;
        }
        if at > from {
            text.push(',');
        }
        text.push_str(&next);
    }
    text.push_str("]}");
    text
}

/// Seconds in all.
fn measure(texts: &[String]) -> f64 {
    let start = Instant::now();
    let mut at = start;
    let mut steps = Vec::new();
    let mut step = |name: &str| {
        steps.push(format!("{name} {:.1}", at.elapsed().as_secs_f64() * 1e3));
        at = Instant::now();
    };
    let documents: Vec<_> = texts.iter().map(|text| parse(text).expect("JSON")).collect();
    step("parse");
    let readings: Vec<Arc<PolicyAnalysis>> = documents.iter().map(|document| Arc::new(analyze(document))).collect();
    step("read");
    for reading in &readings {
        std::hint::black_box(reading.full_access("111122223333", "aws"));
    }
    step("everything");
    let labelled: Vec<(Arc<str>, Arc<PolicyAnalysis>)> = readings
        .iter()
        .enumerate()
        .map(|(at, reading)| (Arc::from(format!("policy {at}")), Arc::clone(reading)))
        .collect();
    let grants = union(&labelled, None);
    step("union");
    std::hint::black_box((grants.table(), grants.full_service_access(), grants.passes_role()));
    step("table");
    let holder =
        Holder { arn: "arn:aws:iam::111122223333:role/app", groups: &[], policies: &[], boundary: None, tags: &[] };
    std::hint::black_box(paths(&holder, &grants));
    step("paths");
    let total = start.elapsed().as_secs_f64();
    let statements: usize = documents.iter().map(|document| document.statements.len()).sum();
    println!("  {:>2} of {statements:>4} statements {:>9.1} ms: {}", texts.len(), total * 1e3, steps.join(", "));
    total
}
