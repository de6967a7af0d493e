//! What a document grants and whom it trusts can be said, in bounded words and
//! without the external ids in it.

use crate::bounded;
use crate::policy::document::{Document, Effect};
use crate::policy::escalation::{AccountContext, Holder, paths};
use crate::policy::grants::{Grants, analyze, union};
use crate::policy::graph::{Node, build};
use crate::policy::parse::parse;
use crate::policy::plain_english;
use crate::policy::trust::{TrustContext, explain, masked};
use std::sync::Arc;

const OWN: &str = "111122223333";

pub fn check(text: &str) {
    let Ok(document) = parse(text) else { return };
    let mut told: Vec<String> = vec![masked(text)];
    told.extend(document.notes.iter().map(|note| format!("{}: {}", note.place, note.text)));

    let reading = Arc::new(analyze(&document));
    for (statement, worked_out) in document.statements.iter().zip(&reading.statements) {
        told.push(plain_english::statement(statement, worked_out));
    }
    let policy = (Arc::from("policy"), Arc::clone(&reading));
    let grants = union(std::slice::from_ref(&policy), Some(&policy));
    if let Some(admin) = &grants.full_admin {
        assert!(!admin.statements.is_empty());
        // Beside conditions, a sentence for each denial and for the boundary.
        told.extend(admin.mitigations.iter().cloned());
    }
    assert!(!grants.is_full_admin() || without_denials(&document).is_full_admin(), "a denial adds a grant");
    for row in grants.table() {
        for cell in row.cells.iter().flatten() {
            assert!(cell.allowed <= cell.of && !cell.statements.is_empty());
        }
    }
    let _ = (grants.full_service_access(), grants.passes_role(), grants.access_level());

    let context = TrustContext {
        account: OWN.to_owned(),
        partition: "aws".to_owned(),
        organization_accounts: Some([OWN.to_owned()].into()),
        ..TrustContext::default()
    };
    let trust = explain(&document, &context);
    told.extend(trust.sentences().map(str::to_owned));
    told.extend(trust.denials.iter().map(|denial| denial.sentence.clone()));
    told.extend(trust.not_understood.iter().cloned());
    for shown in trust.entries.iter().flat_map(|entry| &entry.conditions) {
        told.push(format!("{} {}", shown.text, shown.judgement.reason));
    }

    let arns = [format!("arn:aws:iam::{OWN}:user/ann"), format!("arn:aws:iam::{OWN}:role/app")];
    let open: Vec<_> = arns
        .iter()
        .map(|arn| paths(&Holder { arn, groups: &[], policies: &[], boundary: None, tags: &[] }, &grants))
        .collect();
    let nodes: Vec<Node<'_>> = arns
        .iter()
        .zip(&open)
        .map(|(arn, paths)| Node {
            holder: Holder { arn, groups: &[], policies: &[], boundary: None, tags: &[] },
            administrator: None,
            grants: &grants,
            paths,
            tagged: &[],
            trust: arn.contains(":role/").then_some(&trust),
            document: arn.contains(":role/").then_some(&document),
            around: AccountContext::default(),
        })
        .collect();
    let graph = build(&nodes, &[]);
    for arn in &arns {
        told.extend(graph.route(arn).into_iter().flat_map(|route| route.steps).map(|step| step.text()));
        let _ = (graph.distance(arn), graph.before(arn));
    }

    let secrets = secrets(&document);
    for sentence in &told {
        bounded("a sentence", sentence.len(), text.len());
        for secret in &secrets {
            assert!(!sentence.contains(secret.as_str()), "{secret:?} is told: {sentence}");
        }
    }
}

/// What the document would grant without its denials.
fn without_denials(document: &Document) -> Grants {
    let mut allowed = document.clone();
    allowed.statements.retain(|statement| statement.effect == Effect::Allow);
    union(&[(Arc::from("policy"), Arc::new(analyze(&allowed)))], None)
}

/// External ids that stand nowhere else in the document; what is also a name may be told as a name.
fn secrets(document: &Document) -> Vec<String> {
    let conditions = document.statements.iter().flat_map(|statement| &statement.conditions);
    let values: Vec<&String> = conditions
        .filter(|condition| condition.key.trim().eq_ignore_ascii_case("sts:ExternalId"))
        .flat_map(|condition| &condition.values)
        .collect();
    let only_here = |secret: &&String| {
        let values = values.iter().filter(|value| value.contains(secret.as_str())).count();
        secret.len() >= 8
            && secret.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && !"(masked)externalidsts:ExternalId".contains(secret.as_str())
            && document.text.matches(secret.as_str()).count() == values
    };
    values.iter().copied().filter(only_here).cloned().collect()
}
