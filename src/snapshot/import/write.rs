//! Writes the imported files as a snapshot.

use super::super::format::{Call, Header};
use super::super::read::companion;
use super::super::write::{WriteError, atomic, close_to_others, make_dir};
use super::intake::Taken;
use super::peek::report_csv;
use crate::digest::sha256;
use crate::files;
use std::path::Path;

/// Writes the snapshot: evidence first, then the log, the header last, so a folder with a header is complete.
pub fn write(from: &Path, to: &Path, header: &Header, taken: Vec<Taken>) -> Result<(), WriteError> {
    make_dir(to)?;
    close_to_others(to)?;
    let mut log = String::new();
    for (index, taken) in taken.into_iter().enumerate() {
        let mut evidence_sha256 = None;
        if let Some((source, target)) = &taken.file {
            let bytes = {
                let place = from.join(source);
                files::read(&place).map_err(|problem| WriteError::Io { place: place.display().to_string(), problem })?
            };
            evidence_sha256 = Some(sha256(&bytes));
            let path = to.join(target);
            make_dir(path.parent().expect("evidence lies in a folder"))?;
            atomic(&path, &bytes)?;
            if taken.operation.name == "GetCredentialReport"
                && let Some(csv) = report_csv(&bytes)
                && let Some(twin) = companion(target)
            {
                atomic(&to.join(twin), &csv)?;
            }
        }
        let call = Call {
            id: format!("c{:05}", index + 1),
            source: "imported".to_owned(),
            service: taken.operation.service.to_owned(),
            operation: taken.operation.name.to_owned(),
            region: taken.region.unwrap_or_else(|| "aws-global".to_owned()),
            parameters: taken.parameters,
            started: header.started,
            ms: 0,
            attempt: 1,
            status: None,
            request_id: None,
            date: None,
            items: taken.items,
            page: taken.page,
            more: taken.more,
            sha256: None,
            error_type: None,
            evidence: taken.file.map(|(_, target)| target),
            evidence_sha256,
            withheld: false,
            error: taken.error,
            masked: false,
            superseded: false,
        };
        log.push_str(&serde_json::to_string(&call).expect("a call always serialises"));
        log.push('\n');
    }
    atomic(&to.join("calls.jsonl"), log.as_bytes())?;
    let header = serde_json::to_string_pretty(header).expect("a header always serialises") + "\n";
    atomic(&to.join("snapshot.json"), header.as_bytes())
}
