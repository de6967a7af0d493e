//! The inputs of a pack with their hashes; the pack ID is the hash of this list.

use super::plan::{ATTESTATIONS, EXCEPTIONS, Plan};
use super::predecessor::Predecessor;
use crate::catalog;
use crate::digest::{sha256, sha256_of};
use crate::pack::Labels;
use crate::policy::trust::TrustSettings;
use crate::render::{Pdf, templates_sha256};
use crate::seal::inputs;
use serde::Serialize;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

/// The part of the configuration that a pack depends on, hashed in canonical form.
#[derive(Serialize)]
struct Configuration<'a> {
    labels: &'a Labels,
    /// Control → its effective parameters.
    parameters: BTreeMap<&'a str, &'a BTreeMap<String, catalog::Parameter>>,
    trust: &'a TrustSettings,
}

/// `staged` is the unfinished pack, with copies of the input files.
pub fn list_inputs(
    staged: &Path,
    plan: &Plan,
    labels: &Labels,
    previous: Option<&Predecessor>,
    pdf: Pdf,
) -> Result<Vec<inputs::Input>, Box<dyn Error>> {
    let catalog = &plan.catalog;
    let configuration = Configuration {
        labels,
        parameters: catalog.controls.iter().map(|control| (control.id.as_str(), &control.parameters)).collect(),
        trust: &plan.config.settings,
    };
    let exceptions = plan.exceptions.as_ref().map(|given| inputs::Input {
        name: "exceptions",
        what: format!("{EXCEPTIONS}: {} given", given.exceptions.len()),
        sha256: given.sha256.clone(),
    });
    let mut list = vec![
        inputs::folder("snapshot", &staged.join("snapshot"))?,
        inputs::Input {
            name: "catalogue",
            what: format!("version {}", catalog.version),
            sha256: catalog.sha256.clone(),
        },
        inputs::Input {
            name: "configuration",
            what: "labels, parameters and what is stated about trusted accounts".to_owned(),
            sha256: sha256_of(&configuration),
        },
        inputs::Input { name: "templates", what: "templates and fonts".to_owned(), sha256: templates_sha256() },
        inputs::tool(),
    ];
    list.extend(exceptions);
    if !plan.attestations.is_empty() {
        let mut input = inputs::folder("attestations", &staged.join(ATTESTATIONS))?;
        input.what = format!("{ATTESTATIONS}/: {} given, {}", catalog.attestations.len(), input.what);
        list.push(input);
    }
    // A pack without omissions lists nothing here.
    list.extend(pdf.left_out().map(|what| inputs::Input {
        name: "left-out",
        what: what.to_owned(),
        sha256: sha256(what.as_bytes()),
    }));
    list.extend(previous.map(|previous| previous.input.clone()));
    list.extend(
        plan.fonts.as_ref().and_then(|fonts| {
            Some(inputs::Input { name: "fonts", what: fonts.description(), sha256: fonts.sha256()? })
        }),
    );
    Ok(list)
}
