//! The tidy sample, spoilt in one place at a time.
//!
//! Every mutation makes the account worse, or its evidence unreadable. Each must
//! make some control fail or unknown that was neither; what may pass unnoticed is
//! in [`harmless`], with the reason. All of it runs in this process.

mod cells;
mod grants;
mod ground;
mod harmless;
mod losses;
mod members;
mod trust;

use ground::{Ground, Verdicts};
use std::fmt::Write as _;

/// One spoilt place.
pub struct Mutation {
    /// What is done, for a person: `RoleDetailList[3].Path is null`.
    pub what: String,
    /// The evidence file.
    pub file: &'static str,
    /// Its new text; none: the call that fetched it was refused.
    pub text: Option<String>,
    /// The control that must tell; any where empty.
    pub control: &'static str,
}

/// Applies each mutation by itself, on all processors; returns those that nothing told of.
fn unnoticed(mutations: &[Mutation]) -> Vec<&Mutation> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let chunk = mutations.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let hands: Vec<_> = mutations
            .chunks(chunk)
            .map(|part| {
                scope.spawn(move || {
                    let ground = Ground::new();
                    let before = ground.verdicts().expect("the sample can be read");
                    let told = |mutation: &&Mutation| is_told(&ground, &before, mutation);
                    part.iter().filter(|mutation| !told(mutation)).collect::<Vec<_>>()
                })
            })
            .collect();
        hands.into_iter().flat_map(|hand| hand.join().unwrap()).collect()
    })
}

fn is_told(ground: &Ground, before: &Verdicts, mutation: &Mutation) -> bool {
    // A snapshot that is refused as a whole tells enough.
    let Some(after) = ground.with(mutation.file, mutation.text.as_deref()).verdicts() else { return true };
    after.worse_than(before, mutation.control)
}

/// What was not noticed must be on the list, and what is on the list must be needed.
fn hold(mutations: &[Mutation]) {
    let missed = unnoticed(mutations);
    let mut unlisted = String::new();
    let mut used = vec![false; harmless::LIST.len()];
    for mutation in &missed {
        match harmless::reason(&mutation.what) {
            Some(at) => used[at] = true,
            None => writeln!(unlisted, "  {} [{}]", mutation.what, mutation.control).unwrap(),
        }
    }
    println!("{} mutations, {} harmless", mutations.len(), missed.len());
    assert!(unlisted.is_empty(), "nothing tells of:\n{unlisted}");
    let applies = |what: &str| mutations.iter().any(|mutation| harmless::fits(what, &mutation.what));
    let idle = harmless::LIST.iter().zip(used).filter(|((what, _), used)| !used && applies(what));
    let idle: Vec<&str> = idle.map(|((what, _), _)| *what).collect();
    assert!(idle.is_empty(), "no longer needed on the list: {idle:#?}");
}

#[test]
fn the_ground_is_tidy() {
    let before = Ground::new().verdicts().unwrap();
    assert!(before.passing() >= 40, "only {} controls pass: {before:?}", before.passing());
}

/// Members removed, emptied, of another type, of another value: in every answer.
#[test]
fn spoilt_members_are_told() {
    let all = members::mutations();
    assert!(all.len() > 1_000, "{}", all.len());
    hold(&all);
}

/// Each cell of the credential report.
#[test]
fn spoilt_cells_of_the_credential_report_are_told() {
    let all = cells::mutations();
    assert!(all.len() > 500, "{}", all.len());
    hold(&all);
}

/// One more statement in a policy that is held: in every spelling.
#[test]
fn dangerous_statements_are_told() {
    let all = grants::mutations();
    assert!(all.len() > 100, "{}", all.len());
    hold(&all);
}

/// A role's trust policy in its place: in every spelling.
#[test]
fn dangerous_trust_policies_are_told() {
    let all = trust::mutations();
    assert!(all.len() > 60, "{}", all.len());
    hold(&all);
}
