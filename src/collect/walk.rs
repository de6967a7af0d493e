//! Calls every operation in a source's table, row by row: each row for the entries of its list, and after each answer
//! the rows that depend on it.

use super::identity_rules;
use super::query::{Answer, Parameters};
use super::session::SourceError;
use super::source_context::{SourceContext, entries, text};
use crate::operations::{Calls, List, Only, Operation, ValueFrom};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

type Row = &'static Operation;
/// The answers of the source's rows by operation.
type Answers = BTreeMap<&'static str, Vec<Answer>>;

/// Calls every operation of a source.
pub async fn walk(aws: &SourceContext<'_, '_>) -> Result<(), SourceError> {
    let walk = Walk { aws, rows: aws.source.operations };
    let mut answers = Answers::new();
    for group in aws.source.groups() {
        let pages = match group[0].calls {
            Calls::Once => walk.ask(group[0], Parameters::new()).await?,
            Calls::IfAnswered(lists) | Calls::IfListed(lists) => {
                let is_listed = matches!(group[0].calls, Calls::IfListed(_));
                if walk.has_answers(&answers, lists, is_listed)? {
                    walk.ask(group[0], Parameters::new()).await?
                } else {
                    Vec::new()
                }
            }
            Calls::Values(name, values) => {
                for value in values {
                    let value = value.replace("{partition}", &aws.session.borrow().partition());
                    walk.ask(group[0], Parameters::from([(name.to_owned(), Value::from(value))])).await?;
                }
                Vec::new()
            }
            Calls::Each(lists, _) | Calls::OnceAndEach(lists, _) => {
                if matches!(group[0].calls, Calls::OnceAndEach(..)) {
                    for row in &group {
                        walk.ask(row, Parameters::new()).await?;
                    }
                }
                let mut requests = Vec::new();
                for list in lists {
                    let pages = walk.list_pages(&answers, *list)?;
                    requests.extend(walk.requests(&group, &pages, *list, &Parameters::new()));
                }
                walk.ask_each(&group, requests).await?;
                Vec::new()
            }
            Calls::ByCode(..) => unreachable!("a source with code of its own is not walked"),
        };
        answers.insert(group[0].name, pages);
    }
    Ok(())
}

/// The requests for one entry of a list.
type Requests = Vec<(Row, Parameters)>;

struct Walk<'w, 's, 'a> {
    aws: &'w SourceContext<'s, 'a>,
    rows: &'static [Operation],
}

impl Walk<'_, '_, '_> {
    /// The pages that contain a list: from this source, otherwise from an earlier one.
    fn list_pages<'p>(&self, answers: &'p Answers, list: List) -> Result<Cow<'p, [Answer]>, SourceError> {
        if !self.rows.iter().any(|row| list.is_of(row)) {
            return Ok(Cow::Owned(self.aws.collected(list.service, list.operation)?));
        }
        Ok(Cow::Borrowed(answers.get(list.operation).map_or(&[][..], Vec::as_slice)))
    }

    /// Whether all these operations answered; with `is_listed`, also with at least one entry.
    fn has_answers(&self, answers: &Answers, lists: &[List], is_listed: bool) -> Result<bool, SourceError> {
        for list in lists {
            let pages = self.list_pages(answers, *list)?;
            if pages.is_empty() || (is_listed && entries(&pages, list.member).next().is_none()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Calls one row, then the rows that depend on the entries of its answer. Pages that no row of this source depends on
    /// are not kept in memory.
    fn ask(&self, row: Row, parameters: Parameters) -> LocalBoxFuture<'_, Result<Vec<Answer>, SourceError>> {
        async move {
            let is_used = self.rows.iter().any(|other| other.lists().iter().any(|list| list.is_of(row)));
            let pages = self.aws.row_pages(row, &parameters, is_used).await?;
            for group in self.aws.source.below(row) {
                let requests = self.requests(&group, &pages, group[0].lists()[0], &parameters);
                self.ask_each(&group, requests).await?;
            }
            Ok(pages)
        }
        .boxed_local()
    }

    /// The requests of a group for each entry; `above` are the parameters of the request that returned the list.
    fn requests(&self, group: &[Row], pages: &[Answer], list: List, above: &Parameters) -> Vec<Requests> {
        let about = |entry| {
            let meant = group.iter().filter(|row| self.is_meant(row.only, entry));
            meant.map(|row| (*row, parameters(row, entry, above))).collect()
        };
        entries(pages, list.member).map(about).collect()
    }

    /// Calls a group for each entry. If it returns further entries of its own kind, as a tree of organizational units does,
    /// it is called for those as well.
    async fn ask_each(&self, group: &[Row], mut waiting: Vec<Requests>) -> Result<(), SourceError> {
        let is_tree = group.iter().any(|row| row.own_list().is_some());
        let mut seen = BTreeSet::new();
        if !is_tree {
            waiting.reverse();
        }
        while let Some(requests) = waiting.pop() {
            // A tree has no cycles, but the server may not be AWS.
            let name = || requests.first().map(|(_, parameters)| format!("{parameters:?}"));
            if is_tree && !seen.insert(name()) {
                continue;
            }
            for (row, parameters) in requests {
                let pages = self.ask(row, parameters.clone()).await?;
                if let Some(list) = row.own_list() {
                    waiting.extend(self.requests(group, &pages, list, &parameters));
                }
            }
        }
        Ok(())
    }

    fn is_meant(&self, only: Only, entry: &Value) -> bool {
        match only {
            Only::All => true,
            Only::With(member, values) => values.contains(&text(entry, member)),
            Only::WithoutAnyOf(member, values) => !values.contains(&text(entry, member)),
            Only::Given(member) => !text(entry, member).is_empty(),
            Only::CustomerPolicies => !text(entry, "Arn").contains(":iam::aws:"),
            Only::IdentityRules => identity_rules::is_asked(entry),
            Only::InHomeRegion(member) => {
                let home = text(entry, member);
                let session = self.aws.session.borrow();
                let is_collected = session.regions.iter().any(|region| region == home);
                if is_collected { home == self.aws.region } else { session.regions.first() == Some(&self.aws.region) }
            }
        }
    }
}

fn parameters(row: &Operation, entry: &Value, above: &Parameters) -> Parameters {
    let (Calls::Each(_, parameters) | Calls::OnceAndEach(_, parameters)) = row.calls else { return Parameters::new() };
    let value = |name: &str, from: ValueFrom| match from {
        ValueFrom::Member(member) => Value::from(text(entry, member)),
        ValueFrom::Entry => entry.clone(),
        ValueFrom::Request => above.get(name).cloned().unwrap_or_default(),
    };
    parameters.iter().map(|(name, from)| ((*name).to_owned(), value(name, *from))).collect()
}
