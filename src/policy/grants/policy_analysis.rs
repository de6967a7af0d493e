//! The analysis of one document, made once for all principals that hold it.

use super::condition::{Binding, binding};
use super::scope;
use super::types::{of_type, possible, wholly};
use crate::arn::is_account;
use crate::policy::actions::{Bits, Runs, Table, table};
use crate::policy::document::{Actions, Document, Effect, Resources, Statement};
use crate::policy::matching::{Glob, LetterFilter, Resource};
use jiff::Timestamp;
use std::sync::{Arc, OnceLock};

/// An analyzed document.
#[derive(Debug)]
pub struct PolicyAnalysis {
    pub document: Document,
    /// One for each statement of the document, in order.
    pub statements: Vec<StatementAnalysis>,
}

/// A statement analyzed with the action table.
#[derive(Debug)]
pub struct StatementAnalysis {
    /// The known actions that it names, or all except those that it excludes.
    pub actions: Runs,
    /// Patterns that match no known action; they still grant and deny.
    pub unknown: Vec<String>,
    /// It applies to all resources.
    pub on_all: bool,
    /// The actions on every resource of a type; empty if `on_all`.
    pub of_type: Runs,
    /// The actions that a denial denies on every resource that they work on; computed at first use.
    pub(super) wholly: OnceLock<Runs>,
    /// Numbers of the services whose actions are all matched by one pattern or by `NotAction`.
    pub(super) whole_services: Runs,
    /// A condition restricts everything that it allows. Conditions that every request meets do not count.
    pub conditional: bool,
    /// The actions that a condition restricts, if it does not restrict all; empty if `conditional`.
    pub conditional_on: Runs,
    /// What each condition restricts, in the statement's order.
    pub bindings: Vec<Binding>,
    /// `Resource` or `NotResource`, compiled.
    pub resources: Vec<Resource>,
}

/// Analyzes a document without a reference time, so that time windows do not restrict anything.
pub fn analyze(document: &Document) -> PolicyAnalysis {
    analyze_as_of(document, None)
}

/// Analyzes a document as of the time of the evidence.
pub fn analyze_as_of(document: &Document, as_of: Option<Timestamp>) -> PolicyAnalysis {
    PolicyAnalysis {
        statements: document.statements.iter().map(|it| analyze_statement(it, document, as_of)).collect(),
        document: document.clone(),
    }
}

fn analyze_statement(statement: &Statement, document: &Document, as_of: Option<Timestamp>) -> StatementAnalysis {
    let table = table();
    let (Resources::Only(patterns) | Resources::AllBut(patterns)) = &statement.resources else {
        return analyze_resources(statement, table, Vec::new(), as_of);
    };
    let resources = patterns.iter().map(|pattern| Resource::new(pattern, document.version)).collect();
    let mut reading = analyze_resources(statement, table, resources, as_of);
    // Compiled patterns are large and rarely needed again.
    reading.resources = patterns.iter().map(|pattern| Resource::new(pattern, document.version)).collect();
    reading
}

fn analyze_resources(
    statement: &Statement,
    table: &Table,
    resources: Vec<Resource>,
    as_of: Option<Timestamp>,
) -> StatementAnalysis {
    let all_but = matches!(statement.resources, Resources::AllBut(_));
    let patterns = match &statement.actions {
        Actions::Only(list) | Actions::AllBut(list) => list.as_slice(),
        Actions::Missing => &[],
    };
    let expanded: Vec<Arc<Runs>> = patterns.iter().map(|pattern| table.expand(pattern)).collect();
    let mut actions = Runs::all_of(expanded.iter().map(AsRef::as_ref));
    let mut unknown = Vec::new();
    if let Actions::AllBut(_) = statement.actions {
        actions = actions.complement(table.len());
    } else {
        let without = patterns.iter().zip(&expanded).filter(|(_, runs)| runs.is_empty());
        unknown = without.map(|(pattern, _)| pattern.clone()).collect();
    }
    if all_but && resources.iter().any(Resource::is_everything) {
        actions = Runs::default();
        unknown = Vec::new();
    }
    let on_all = match &statement.resources {
        Resources::Only(_) => resources.iter().any(scope::is_everything),
        Resources::AllBut(list) => list.is_empty(),
        Resources::Missing => true,
    };
    // An action is not granted on resources of types that it does not work on.
    if statement.effect == Effect::Allow && !on_all && matches!(statement.resources, Resources::Only(_)) {
        actions = possible(&actions, &resources);
    }
    let of_type = if on_all || statement.effect != Effect::Allow {
        Runs::default()
    } else {
        of_type(&actions, &resources, all_but)
    };
    let bindings: Vec<Binding> = statement.conditions.iter().map(|condition| binding(condition, as_of)).collect();
    let conditional = bindings.contains(&Binding::Everything);
    let conditional_on = if conditional { Runs::default() } else { bound_actions(&bindings, &actions, table) };
    let mut whole_services = whole_services(statement, &expanded, &actions, table);
    if statement.effect == Effect::Allow {
        // A service without any action on these resources is not complete.
        whole_services = whole_services
            .numbers()
            .filter(|&number| actions.meets_range(&table.services[number as usize].actions))
            .collect();
    }
    StatementAnalysis {
        actions,
        unknown,
        on_all,
        of_type,
        wholly: OnceLock::new(),
        whole_services,
        conditional,
        conditional_on,
        bindings,
        resources,
    }
}

/// The actions that some condition restricts.
pub(super) fn bound_actions(bindings: &[Binding], actions: &Runs, table: &Table) -> Runs {
    let mut bound = Bits::default();
    for binding in bindings {
        if let Binding::Of(patterns) = binding {
            patterns.iter().for_each(|pattern| bound.add(&table.expand(pattern)));
        }
    }
    if bound.is_empty() {
        return Runs::default();
    }
    let mut named = Bits::default();
    named.add(actions);
    bound.intersect(&named);
    bound.runs()
}

/// Numbers of the services whose actions are all matched by one pattern with a star or by `NotAction`.
fn whole_services(statement: &Statement, expanded: &[Arc<Runs>], actions: &Runs, table: &Table) -> Runs {
    match &statement.actions {
        Actions::AllBut(_) => complete_services(actions, table),
        Actions::Only(list) => {
            let starred = list.iter().zip(expanded).filter(|(pattern, _)| pattern.contains('*'));
            let found: Vec<Runs> = starred.map(|(_, runs)| complete_services(runs, table)).collect();
            Runs::all_of(found.iter())
        }
        Actions::Missing => Runs::default(),
    }
}

/// Numbers of the services that the runs have every action of.
fn complete_services(runs: &Runs, table: &Table) -> Runs {
    let mut found = Runs::default();
    let mut next = 0;
    for run in runs.iter() {
        let behind = &table.services[next as usize..];
        // A hostile pattern has thousands of runs, so they are scanned only once.
        let skipped = behind.iter().take_while(|service| service.actions.start < run.start).count();
        let inside = behind[skipped..].iter().take_while(|service| service.actions.end <= run.end).count();
        let number = |count: usize| next + u32::try_from(count).expect("some 450 services");
        let (start, end) = (number(skipped), number(skipped + inside));
        found.push(start..end);
        next = end;
    }
    found
}

/// The prefix of `prefix:*` if the table does not list the service.
pub(super) fn unknown_service<'a>(pattern: &'a str, table: &Table) -> Option<&'a str> {
    let (prefix, name) = pattern.split_once(':')?;
    let whole = !name.is_empty() && name.bytes().all(|byte| byte == b'*');
    (whole && !prefix.contains(['*', '?']) && table.service(prefix).is_none()).then_some(prefix)
}

/// With any one of these on all users, roles, groups or policies, a principal can grant itself every other action.
pub(super) const SELF_GRANTS: [&str; 7] = [
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
];

/// Whether these actions, on all resources or all of a type, make an administrator: at least half of the actions that
/// can be restricted, including one that can grant the rest. This covers every notation of "all", and "all except a
/// few".
pub(super) fn is_nearly_everything(broad: &Bits) -> bool {
    let table = table();
    let scopable = table.scopable();
    broad.count_common(scopable, &(0..table.len())) * 2 >= scopable.count()
        && SELF_GRANTS.iter().any(|action| table.number(action).is_some_and(|number| broad.contains(number)))
}

impl StatementAnalysis {
    /// Whether a condition restricts the action, written in full in any case.
    pub fn is_conditional_for(&self, action: &str) -> bool {
        self.bindings.iter().any(|binding| binding.binds(action))
    }

    /// The statement alone makes an administrator, ignoring conditions.
    pub fn is_full_admin(&self) -> bool {
        let broad = self.broad();
        if broad.count() < table().len() / 4 {
            return false;
        }
        let mut bits = Bits::default();
        bits.add(broad);
        is_nearly_everything(&bits)
    }

    /// The actions that a denial in the account denies on every resource that they work on.
    pub(super) fn wholly(&self, statement: &Statement, account: Option<&str>) -> Option<&Runs> {
        let named = |resource: &Resource| {
            let account = resource.text().split(':').nth(4).unwrap_or_default();
            is_account(account).then(|| account.to_owned())
        };
        if self.resources.iter().filter_map(named).any(|named| account != Some(named.as_str())) {
            return None;
        }
        let all_but = match &statement.resources {
            Resources::Only(_) => false,
            Resources::AllBut(_) => true,
            Resources::Missing => return None,
        };
        Some(self.wholly.get_or_init(|| wholly(&self.actions, &self.resources, all_but)))
    }

    /// The statement's actions on all resources, or on all of a type.
    pub(super) fn broad(&self) -> &Runs {
        if self.on_all { &self.actions } else { &self.of_type }
    }
}

/// Analyses by text, so that a shared document is analyzed once.
#[cfg(test)]
#[derive(Debug, Default)]
pub struct AnalysisCache(std::collections::BTreeMap<String, Arc<PolicyAnalysis>>);

#[cfg(test)]
impl AnalysisCache {
    /// The analysis of a text, computed at its first occurrence.
    pub fn analyze(&mut self, text: &str) -> Result<Arc<PolicyAnalysis>, crate::policy::parse::ParseError> {
        if let Some(known) = self.0.get(text) {
            return Ok(Arc::clone(known));
        }
        let document = crate::policy::parse::parse(text)?;
        let reading = Arc::new(analyze(&document));
        self.0.insert(text.to_owned(), Arc::clone(&reading));
        Ok(reading)
    }
}

/// Whether a denial cancels a pattern that the table does not list.
pub(super) fn denies_unknown(denial: &Statement, pattern: &str) -> bool {
    let pattern = Unknown::new(pattern);
    match &denial.actions {
        Actions::Only(list) => list.iter().any(|denied| Unknown::new(denied).covers(&pattern)),
        Actions::AllBut(list) => list.is_empty(),
        Actions::Missing => false,
    }
}

/// An action pattern prepared for many comparisons, because every grant is compared with every denial.
#[derive(Debug)]
pub(super) struct Unknown {
    /// In lower case.
    text: Box<str>,
    glob: Glob,
    /// The prefilter of its literal parts, in lower case.
    letters: LetterFilter,
    /// The service prefix in lower case, if it has no wildcards.
    service: Option<Box<str>>,
}

impl Unknown {
    pub fn new(pattern: &str) -> Self {
        let pattern = pattern.to_ascii_lowercase();
        let prefix = pattern.split_once(':').map(|(prefix, _)| prefix);
        let service = prefix.filter(|prefix| !prefix.contains(['*', '?'])).map(Into::into);
        Self {
            glob: Glob::of_action(&pattern),
            letters: LetterFilter::of_text(&pattern),
            service,
            text: pattern.into(),
        }
    }

    /// The pattern in lower case.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The service prefix in lower case, if it has no wildcards.
    pub fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }

    /// Whether it matches every action that the other matches. Cheap checks first: literal prefixes that differ, and
    /// letters that the other lacks.
    pub fn covers(&self, other: &Self) -> bool {
        let other_service = matches!((&self.service, &other.service), (Some(own), Some(theirs)) if own != theirs);
        !other_service && other.letters.contains(self.letters) && self.glob.covers(&other.glob)
    }
}
