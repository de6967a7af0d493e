//! Judges subjects and combines their results into a control's verdict.

use super::attestations::{Ruling, Statements};
use super::evaluate::{Boxed, Facts, Scope, environment, evaluate, holds, parameters};
use super::exceptions::ExceptionMatcher;
use super::material;
use super::wording::{self, Missing};
use super::{ControlResult, PopulationCount, SubjectResult, Verdict};
use crate::account::KINDS;
use crate::account::fact::{EVALUATION, Field, Gap, GapKind, Kind, Subject};
use crate::account::subjects::AccountFacts;
use crate::account::{Account, View};
use crate::catalog::{Control, Criterion, Part, Template, Test};
use cel::Env;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Judges every control in order. Subjects are converted once for each kind and shared by its controls.
pub fn controls(
    account: &Account,
    controls: &[Control],
    matcher: &mut ExceptionMatcher<'_>,
    statements: &mut Statements<'_>,
) -> Vec<ControlResult> {
    let env = environment();
    let around = account.population(AccountFacts::KIND);
    let all_facts = vec![true; AccountFacts::KIND.fields.len()];
    let account_facts = around.subjects.first().map(|subject| Facts::of(*subject, &all_facts));
    let mut judged: Vec<(usize, ControlResult)> = Vec::with_capacity(controls.len());
    for kind in KINDS {
        let of_kind = || controls.iter().enumerate().filter(|(_, control)| control.kind.name == kind.name);
        if of_kind().next().is_none() {
            continue;
        }
        let population = account.population(kind);
        let wanted = wanted(kind, of_kind().map(|(_, control)| control));
        let mut cases: Vec<Case<'_>> = of_kind()
            .map(|(index, control)| {
                let mut case = Case::new(index, control, account_facts.as_ref(), &around, &population, &env);
                case.ruling = control.review().map(|_| statements.ruling(control));
                case
            })
            .collect();
        for (index, subject) in population.subjects.iter().enumerate() {
            let facts = Facts::of(*subject, &wanted);
            for case in &mut cases {
                let (verdict, reason) = case.judge(*subject, &facts, statements);
                let lists = std::mem::take(&mut case.lists);
                case.results.push(SubjectResult { subject: index, verdict, reason, lists });
            }
        }
        judged.extend(cases.into_iter().map(|case| case.conclude(account, &population, matcher, statements)));
    }
    judged.sort_by_key(|(index, _)| *index);
    judged.into_iter().map(|(_, result)| result).collect()
}

/// An unknown fact in words; a fact that no embedded page uses has only its name.
fn asked(kind: &Kind, field: &Field) -> String {
    if field.asked.is_empty() { format!("{}.{}", kind.variable, field.name) } else { field.asked.to_owned() }
}

/// The kind's fields that a control mentions, in criteria or in its sentence.
fn wanted<'a>(kind: &Kind, controls: impl Iterator<Item = &'a Control>) -> Vec<bool> {
    let mut wanted = vec![false; kind.fields.len()];
    for control in controls {
        let sentence = match &control.test {
            Test::Criterion { fails_because, .. } => fails_because.parts.as_slice(),
            Test::Person(_) => &[],
        };
        let quoted = sentence.iter().filter_map(|part| match part {
            Part::Value(criterion) => Some(&criterion.reads),
            Part::Text(_) => None,
        });
        for field in quoted.chain([&control.reads]).flatten() {
            let (index, _) = kind.field(field.name).expect("criteria were held against the kind when the page loaded");
            wanted[index] = true;
        }
    }
    wanted
}

/// A control and its population.
struct Case<'a> {
    index: usize,
    control: &'a Control,
    params: Boxed,
    account: Option<&'a Facts>,
    /// Why there is no account, if so.
    account_gaps: &'a [Arc<Gap>],
    env: &'a Arc<Env>,
    results: Vec<SubjectResult>,
    gaps: Vec<Arc<Gap>>,
    met: BTreeSet<Arc<Gap>>,
    /// The attestations' ruling, if a person decides.
    ruling: Option<Ruling>,
    /// Lists that the current subject's reason shortens.
    lists: Vec<(String, Vec<String>)>,
}

impl<'a> Case<'a> {
    fn new(
        index: usize,
        control: &'a Control,
        account: Option<&'a Facts>,
        around: &View<'a>,
        population: &View<'a>,
        env: &'a Arc<Env>,
    ) -> Self {
        let mut case = Self {
            index,
            control,
            params: parameters(&control.parameters),
            account,
            account_gaps: around.gaps,
            env,
            results: Vec::with_capacity(population.subjects.len()),
            gaps: Vec::new(),
            met: BTreeSet::new(),
            ruling: None,
            lists: Vec::new(),
        };
        for gap in population.gaps {
            case.meet(gap);
        }
        case
    }

    fn meet(&mut self, gap: &Arc<Gap>) {
        if self.met.insert(Arc::clone(gap)) {
            self.gaps.push(Arc::clone(gap));
        }
    }

    fn judge(&mut self, subject: &dyn Subject, facts: &Facts, statements: &Statements<'_>) -> (Verdict, String) {
        let control = self.control;
        if let Some(in_scope) = &control.in_scope {
            let missing = self.missing(in_scope, facts);
            match holds(in_scope, &self.scope(facts), self.env) {
                Ok(true) => {}
                Ok(false) => return (Verdict::NotApplicable, String::new()),
                Err(error) => return self.undecided("in scope", &missing, &error),
            }
        }
        let (passes, fails_because) = match &control.test {
            Test::Criterion { passes, fails_because } => (passes, fails_because),
            Test::Person(_) => return statements.rule(self.ruling.as_ref().expect("a person's controls have one")),
        };
        let missing = self.missing(passes, facts);
        match holds(passes, &self.scope(facts), self.env) {
            Ok(true) => (Verdict::Pass, String::new()),
            Ok(false) => (Verdict::Fail, self.reason(subject, facts, passes, fails_because)),
            Err(error) => self.undecided("passing", &missing, &error),
        }
    }

    /// A criterion that cannot be evaluated although no evidence is missing is a separate gap: the control is
    /// inconclusive, and the pack reports the reason.
    fn undecided(&mut self, about: &str, missing: &[Missing], error: &cel::ExecutionError) -> (Verdict, String) {
        let reason = wording::unknown(about, missing, error);
        if missing.is_empty() {
            let reason = format!("{}: {reason}", self.control.id);
            self.meet(&Arc::new(Gap { evidence: EVALUATION, kind: GapKind::Failed, code: None, reason, call: None }));
        }
        (Verdict::Unknown, reason)
    }

    fn scope<'f>(&'f self, facts: &'f Facts) -> Scope<'f> {
        Scope { variable: self.control.kind.variable, subject: facts, account: self.account, params: &*self.params }
    }

    /// The gaps among a criterion's facts; each is recorded as met, even if it does not decide.
    fn missing(&mut self, criterion: &Criterion, facts: &Facts) -> Vec<Missing> {
        let mut missing = Vec::new();
        for field in &criterion.reads {
            if let Some(gap) = facts.gap(self.control.kind.fields, field.name) {
                missing.push(Missing { fact: asked(self.control.kind, field), gap: Arc::clone(gap) });
            }
        }
        for field in &criterion.account_reads {
            let gaps: Vec<&Arc<Gap>> = match self.account {
                Some(account) => account.gap(AccountFacts::KIND.fields, field.name).into_iter().collect(),
                None => self.account_gaps.iter().collect(),
            };
            let fact = asked(AccountFacts::KIND, field);
            missing.extend(gaps.into_iter().map(|gap| Missing { fact: fact.clone(), gap: Arc::clone(gap) }));
        }
        for Missing { gap, .. } in &missing {
            self.meet(gap);
        }
        missing
    }

    /// Why a subject fails, in the page's words. It still fails if a fact in the sentence is unknown.
    fn reason(&mut self, subject: &dyn Subject, facts: &Facts, passes: &Criterion, sentence: &Template) -> String {
        let mut text = String::new();
        for part in &sentence.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Value(criterion) => match evaluate(criterion, &self.scope(facts), self.env) {
                    Ok(value) => {
                        text.push_str(&wording::value(&value));
                        let whole = wording::shortened(&value);
                        self.lists.extend(whole.map(|whole| (criterion.source.trim().to_owned(), whole)));
                    }
                    Err(_) => {
                        let missing = self.missing(criterion, facts);
                        return wording::plain_failure(subject.label(), &self.observed(subject, passes), &missing);
                    }
                },
            }
        }
        text
    }

    /// The known facts of the criterion, as questions and answers.
    fn observed(&self, subject: &dyn Subject, criterion: &Criterion) -> Vec<(String, String)> {
        let kind = self.control.kind;
        let known = criterion.reads.iter().filter_map(|field| {
            let (index, _) = kind.field(field.name)?;
            let fact = subject.fact(index);
            Some((asked(kind, field), wording::fact(fact.known()?)))
        });
        known.collect()
    }

    fn conclude(
        mut self,
        account: &Account,
        population: &View<'_>,
        matcher: &mut ExceptionMatcher<'_>,
        statements: &mut Statements<'_>,
    ) -> (usize, ControlResult) {
        let material = self.material(account);
        matcher.apply(self.index, self.control, &population.subjects, &mut self.results);
        let count = |verdict| self.results.iter().filter(|result| result.verdict == verdict).count();
        let (passed, failed, unknown) = (count(Verdict::Pass), count(Verdict::Fail), count(Verdict::Unknown));
        let (excepted, manual, attested) = (count(Verdict::Excepted), count(Verdict::Manual), count(Verdict::Attested));
        let total = self.results.len();
        let counts = PopulationCount {
            total,
            in_scope: passed + failed + excepted + unknown + manual + attested,
            passed,
            failed,
            excepted,
            unknown,
            manual,
            attested,
            // A kind without enumeration has exactly one member; without it, evidence is missing.
            complete: population.gaps.is_empty() && !(self.control.kind.enumerated_by.is_empty() && total == 0),
        };
        let verdict = if counts.failed > 0 {
            Verdict::Fail
        } else if counts.unknown > 0 || !counts.complete {
            Verdict::Unknown
        } else if counts.excepted > 0 {
            Verdict::Excepted
        } else if counts.manual > 0 {
            Verdict::Manual
        } else if counts.attested > 0 {
            Verdict::Attested
        } else if counts.in_scope == 0 {
            Verdict::NotApplicable
        } else {
            Verdict::Pass
        };
        let decided = self.results.iter().find(|result| result.verdict == verdict).map_or("", |result| &result.reason);
        let mut conclusion = wording::conclusion(self.control, verdict, counts, decided, population.gaps);
        if let Some(ruling) = &self.ruling {
            statements.note(self.index, self.control, ruling, &self.results, counts.complete);
            if verdict == Verdict::Manual {
                conclusion.push_str(&wording::not_in_force(&statements.not_in_force(ruling, self.control)));
            }
        }
        (
            self.index,
            ControlResult {
                control: self.index,
                verdict,
                conclusion,
                population: counts,
                results: self.results,
                gaps: self.gaps,
                ruling: self.ruling,
                material,
            },
        )
    }

    /// The evidence for the person who decides; its gaps are reported but do not decide.
    fn material(&mut self, account: &Account) -> Vec<material::Material> {
        let Some(review) = self.control.review() else { return Vec::new() };
        let (material, gaps) = material::gather(account, &review.shows, self.account, &self.params, self.env);
        for gap in &gaps {
            self.meet(gap);
        }
        material
    }
}
