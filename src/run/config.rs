//! `auditpack.toml`: labels, parameters and known accounts for every run.

mod trust;

use super::options::RetainMode;
use crate::catalog::{Overrides, ParameterValue, Problem, Problems};
use crate::files;
use crate::policy::trust::TrustSettings;
use crate::store::{Address, Place};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const NAME: &str = "auditpack.toml";

/// The file's settings; anything else is an error.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name on the cover.
    #[serde(alias = "organisation")] // as written before the names became AWS's
    pub organization: Option<String>,
    /// Label such as `2026-Q3`.
    pub period: Option<String>,
    /// Folder with the customer's own control pages, relative to the file.
    pub controls: Option<PathBuf>,
    /// File of exceptions, relative to this one.
    pub exceptions: Option<PathBuf>,
    /// Folder of attestations, relative to this file.
    pub attestations: Option<PathBuf>,
    /// Folder with fonts for the PDF, relative to the file.
    pub fonts: Option<PathBuf>,
    /// The store for packs, besides the output folder.
    #[serde(default, rename = "store", deserialize_with = "address")]
    pub store: Option<Address>,
    /// Days that the objects of a pack are locked in S3.
    pub retain_days: Option<u32>,
    pub retain_mode: Option<RetainMode>,
    /// Control id → parameter → value.
    #[serde(default)]
    pub parameters: BTreeMap<String, BTreeMap<String, toml::Value>>,
    #[serde(default)]
    trust: trust::Written,
    /// The validated `[trust]` settings.
    #[serde(skip)]
    pub settings: TrustSettings,
    /// The file itself.
    #[serde(skip)]
    pub place: PathBuf,
}

/// Loads the configuration from `named` or the current folder; the default if there is none.
pub fn load(named: Option<&Path>) -> Result<Config, Problems> {
    let path = named.unwrap_or(Path::new(NAME));
    if named.is_none() && !files::exists(path) {
        return Ok(Config::default());
    }
    let text = files::read_text(path)
        .map_err(|error| problem(path, None, error.to_string(), "name a plain file with --config"))?;
    let mut config: Config = toml::from_str(&text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
        problem(
            path,
            line,
            error.message().to_owned(),
            "known keys: organization, period, controls, exceptions, attestations, fonts, store, retain_days, retain_mode, [parameters.\"<control>\"], [trust], [trust.vendors]",
        )
    })?;
    config.settings = config.trust.checked(&text, path)?;
    path.clone_into(&mut config.place);
    if let Some(folder) = path.parent() {
        for given in [&mut config.controls, &mut config.exceptions, &mut config.attestations, &mut config.fonts]
            .into_iter()
            .flatten()
        {
            *given = folder.join(&*given);
        }
        if let Some(Address { place: Place::Folder(given) }) = &mut config.store {
            *given = folder.join(&*given);
        }
    }
    Ok(config)
}

impl Config {
    /// Parameters in the catalog's types.
    pub fn overrides(&self) -> Result<Overrides, Problems> {
        let mut mistakes = Vec::new();
        let mut overrides = Overrides::new();
        for (control, parameters) in &self.parameters {
            for (name, value) in parameters {
                let value = match value {
                    toml::Value::Boolean(value) => ParameterValue::Bool(*value),
                    toml::Value::Integer(value) => ParameterValue::Int(*value),
                    toml::Value::String(value) => ParameterValue::Text(value.clone()),
                    other => {
                        mistakes.push(Problem {
                            file: NAME.to_owned(),
                            line: None,
                            column: None,
                            message: format!("parameter {name} of {control} is a {}", other.type_str()),
                            next: Some("give a number, a text in quotes, true or false".to_owned()),
                        });
                        continue;
                    }
                };
                overrides.entry(control.clone()).or_default().insert(name.clone(), value);
            }
        }
        if mistakes.is_empty() { Ok(overrides) } else { Err(Problems(mistakes)) }
    }
}

fn address<'de, D: serde::Deserializer<'de>>(text: D) -> Result<Option<Address>, D::Error> {
    let text = String::deserialize(text)?;
    Address::parse(&text).map(Some).map_err(serde::de::Error::custom)
}

fn problem(path: &Path, line: Option<usize>, message: String, next: &str) -> Problems {
    Problems(vec![Problem {
        file: path.display().to_string(),
        line,
        column: None,
        message,
        next: Some(next.to_owned()),
    }])
}
