//! Answers that this snapshot holds already: an earlier run's, reused where they are complete.

use super::{Session, SourceError};
use crate::collect::query::{Answer, Query};
use crate::snapshot::{WriteError, is_definitive, layout};
use std::collections::BTreeMap;

impl Session<'_> {
    /// Whether an earlier run began this snapshot.
    pub fn resumes(&self) -> bool {
        self.first > 0
    }

    /// Marks an earlier run's answer to a query as superseded, so that it is requested again.
    pub fn supersede_earlier(&mut self, query: &Query) -> Result<(), WriteError> {
        let group = self.earlier_calls(query);
        if group.is_empty() { Ok(()) } else { self.writer.supersede(&group) }
    }

    fn earlier_calls(&self, query: &Query) -> Vec<usize> {
        let old = self.writer.calls()[..self.first].iter().enumerate();
        old.filter(|(_, call)| !call.superseded && query.matches(call)).map(|(index, _)| index).collect()
    }

    /// The pages of an earlier run's answer if it is complete; an incomplete one is marked superseded.
    pub fn reusable_pages(&mut self, query: &Query) -> Result<Option<Result<Vec<Answer>, SourceError>>, SourceError> {
        let group = self.earlier_calls(query);
        let Some(last) = group.last().map(|index| &self.writer.calls()[*index]) else { return Ok(None) };
        if let Some(error) = last.error.clone().filter(|error| is_definitive(&error.code)) {
            self.kept += 1;
            return Ok(Some(Err(SourceError::Failed(error))));
        }
        if let Some(pages) = self.complete_answer(query)? {
            // The first run may not have known the account, so ownership is checked again.
            if let Some(foreign) = pages.iter().find_map(|page| self.foreign_account(query, page)) {
                return Err(SourceError::Fatal(foreign));
            }
            self.kept += 1;
            return Ok(Some(Ok(pages)));
        }
        self.writer.supersede(&group)?;
        Ok(None)
    }

    /// An earlier run's answer, if it is complete.
    pub fn complete_answer(&self, query: &Query) -> Result<Option<Vec<Answer>>, WriteError> {
        let group = self.earlier_calls(query);
        let last = group.last().map(|index| &self.writer.calls()[*index]);
        if last.is_none_or(|last| last.error.is_some() || last.evidence.is_none() || last.more) {
            return Ok(None);
        }
        self.read_back(&group)
    }

    /// The pages of an operation that this snapshot has so far; for a regional service, those of one Region.
    pub fn collected(
        &self,
        service: &'static str,
        operation: &'static str,
        region: &str,
    ) -> Result<Vec<Answer>, WriteError> {
        self.collected_by(&Query::any(service, operation), region)
    }

    /// The same of one query.
    pub fn collected_by(&self, query: &Query, region: &str) -> Result<Vec<Answer>, WriteError> {
        let calls = self.writer.calls().iter().enumerate().filter(|(_, call)| {
            let here = !layout::is_regional(query.service) || call.region == region;
            !call.superseded && query.matches(call) && here
        });
        let places: Vec<usize> = calls.map(|(place, _)| place).collect();
        Ok(self.read_back(&places)?.unwrap_or_default())
    }

    /// The pages of a complete answer. An answer that cannot be read back is requested again; the old file stays.
    fn read_back(&self, group: &[usize]) -> Result<Option<Vec<Answer>>, WriteError> {
        let mut pages = BTreeMap::new();
        for call in group.iter().map(|index| &self.writer.calls()[*index]) {
            if let Some(name) = &call.evidence {
                pages.insert(call.page, (name, &call.evidence_sha256));
            }
        }
        let mut answers = Vec::new();
        for (name, hash) in pages.into_values() {
            let bytes = self.writer.read(name)?;
            match serde_json::from_slice(&bytes) {
                Ok(answer) if *hash == Some(crate::digest::sha256(&bytes)) => answers.push(answer),
                _ => return Ok(None),
            }
        }
        Ok(Some(answers).filter(|answers| !answers.is_empty()))
    }
}
