//! The table of services and access levels, and queries about single services and actions.

use super::policy_analysis::unknown_service;
use super::{Grants, Scope};
use crate::policy::actions::{Bits, Level, Service, table};

/// The access to one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `s3`.
    pub service: &'static str,
    /// `Amazon S3`.
    pub title: &'static str,
    /// By level, in the order of `Level::ALL`; `None` if nothing of that level is allowed.
    pub cells: [Option<Cell>; 5],
}

/// The access at one level of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The broadest.
    pub scope: Scope,
    /// Actions allowed, in any scope.
    pub allowed: u32,
    /// Actions that the level has in the service.
    pub of: u32,
    /// Numbers of the statements behind it.
    pub statements: Vec<usize>,
}

/// Every action of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullService {
    /// The prefix as AWS writes it, or as in the policy if the table does not list it.
    pub service: String,
    /// The table lists the service.
    pub known: bool,
    /// The broadest scope in which every action that can be restricted is allowed.
    pub scope: Scope,
    /// By a pattern or `NotAction`, so future actions are included; not by a list.
    pub by_pattern: bool,
    /// Numbers of the statements behind it.
    pub statements: Vec<usize>,
}

/// How `iam:PassRole` is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassRole {
    /// The broadest.
    pub scope: Scope,
    /// A statement allows it on every role, with or without conditions.
    pub any_role: bool,
    /// Services that `iam:PassedToService` names in every statement that allows any role; empty if a statement has no
    /// such condition.
    pub passed_to: Vec<String>,
    /// Numbers of the statements behind it.
    pub statements: Vec<usize>,
}

/// Every action, or every action that can be restricted to resources, because the others cannot be allowed on specific
/// resources.
fn is_whole(actions: &Bits, service: &Service) -> bool {
    let scopable = table().scopable();
    let restricted = scopable.count_in(&service.actions);
    actions.count_in(&service.actions) == service.actions.end - service.actions.start
        || restricted > 0 && actions.count_common(scopable, &service.actions) == restricted
}

impl Grants {
    /// A row for each service with an allowed known action, in the order of the prefixes.
    pub fn table(&self) -> Vec<Row> {
        let allowed = self.actions();
        let services = table().services.iter().filter(|service| allowed.count_in(&service.actions) > 0);
        services
            .map(|service| {
                let touching = self.touching(service);
                let cells = Level::ALL.map(|level| {
                    let of_level = table().of_level(level);
                    let count = allowed.count_common(of_level, &service.actions);
                    (count > 0).then(|| Cell {
                        scope: self.broadest(service, level),
                        allowed: count,
                        of: of_level.count_in(&service.actions),
                        statements: touching.iter().copied().filter(|&at| self.touches(at, service, level)).collect(),
                    })
                });
                Row { service: service.prefix, title: service.title, cells }
            })
            .collect()
    }

    /// Services of which every action is allowed, in the order of their prefixes; unknown ones last.
    pub fn full_service_access(&self) -> Vec<FullService> {
        let allowed = self.actions();
        let whole = |service: &&Service| is_whole(&allowed, service);
        let known =
            (0..).zip(&table().services).filter(|(_, service)| whole(service)).filter_map(|(number, service)| {
                let scope = self.full_scope(service)?;
                let statements = self.touching(service);
                let by_pattern = statements.iter().any(|&at| self.by_pattern(at, number));
                let all = allowed.count_in(&service.actions) == service.actions.end - service.actions.start;
                (all || by_pattern).then_some(())?;
                Some(FullService { service: service.prefix.to_owned(), known: true, scope, by_pattern, statements })
            });
        let mut found: Vec<FullService> = known.collect();
        for grant in &self.unknown {
            if let Some(prefix) = unknown_service(&grant.pattern, table()) {
                let prefix = prefix.to_ascii_lowercase();
                match found.iter_mut().find(|before| before.service == prefix) {
                    Some(before) => {
                        before.scope = before.scope.max(grant.scope);
                        before.statements.push(grant.statement);
                    }
                    None => found.push(FullService {
                        service: prefix,
                        known: false,
                        scope: grant.scope,
                        by_pattern: true,
                        statements: vec![grant.statement],
                    }),
                }
            }
        }
        found
    }

    /// The scope of `iam:PassRole`, if it is allowed.
    pub fn passes_role(&self) -> Option<PassRole> {
        let allowance = self.allows("iam:PassRole")?;
        let pass_role = table().number("iam:PassRole")?;
        let any: Vec<usize> = allowance
            .statements
            .iter()
            .copied()
            .filter(|&at| {
                let analysis = self.statements[at].analysis();
                analysis.on_all || analysis.of_type.contains(pass_role)
            })
            .collect();
        let passed_to: Vec<Vec<&String>> = any.iter().map(|&at| self.passed_to(at)).collect();
        let mut named: Vec<String> = if passed_to.iter().any(Vec::is_empty) {
            Vec::new()
        } else {
            passed_to.into_iter().flatten().cloned().collect()
        };
        named.sort_unstable();
        named.dedup();
        Some(PassRole {
            scope: allowance.scope,
            any_role: !any.is_empty(),
            passed_to: named,
            statements: allowance.statements,
        })
    }

    /// Whether any role may be passed without a restricting condition.
    pub fn passes_any_role(&self) -> bool {
        self.passes_role().is_some_and(|pass| pass.scope >= Scope::OfType)
    }

    fn passed_to(&self, at: usize) -> Vec<&String> {
        let conditions = &self.statements[at].statement().conditions;
        let named = conditions.iter().filter(|condition| {
            condition.key.eq_ignore_ascii_case("iam:PassedToService")
                && matches!(condition.operator.as_str(), "StringEquals" | "StringLike" | "StringEqualsIgnoreCase")
        });
        named.flat_map(|condition| &condition.values).collect()
    }

    fn touching(&self, service: &Service) -> Vec<usize> {
        let touches = |at: &usize| {
            let granted = &self.statements[*at];
            granted.left.as_ref().map_or_else(
                || granted.analysis().actions.meets_range(&service.actions),
                |left| left.count_in(&service.actions) > 0,
            )
        };
        (0..self.statements.len()).filter(touches).collect()
    }

    fn touches(&self, at: usize, service: &Service, level: Level) -> bool {
        let granted = &self.statements[at];
        let of_level = table().of_level(level);
        match &granted.left {
            Some(left) => left.count_common(of_level, &service.actions) > 0,
            None => granted.analysis().actions.iter().any(|run| {
                let common = run.start.max(service.actions.start)..run.end.min(service.actions.end);
                of_level.count_in(&common) > 0
            }),
        }
    }

    fn broadest(&self, service: &Service, level: Level) -> Scope {
        let of_level = table().of_level(level);
        let found = |scope: &Scope| self.actions_in(*scope).count_common(of_level, &service.actions) > 0;
        Scope::EVERY.into_iter().rev().find(found).unwrap_or(Scope::Conditional)
    }

    fn full_scope(&self, service: &Service) -> Option<Scope> {
        let scopable = table().scopable();
        let mut union = self.actions_in(Scope::All).clone();
        if is_whole(&union, service) {
            return Some(Scope::All);
        }
        union.union(self.actions_in(Scope::OfType));
        let restricted = scopable.count_in(&service.actions);
        let of_type = restricted > 0 && union.count_common(scopable, &service.actions) == restricted;
        union.union(self.actions_in(Scope::Some));
        if is_whole(&union, service) {
            return Some(if of_type { Scope::OfType } else { Scope::Some });
        }
        union.union(self.actions_in(Scope::Conditional));
        is_whole(&union, service).then_some(Scope::Conditional)
    }

    /// Whether one pattern or `NotAction` covers the service.
    fn by_pattern(&self, at: usize, number: u32) -> bool {
        self.statements[at].analysis().whole_services.contains(number)
    }
}
