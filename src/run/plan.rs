//! The plan of a run: configuration, catalog, attestations and store, loaded before the first call.

use super::config::{self, Config};
use super::options::PackOptions;
use super::progress::Console;
use super::store;
use crate::catalog::{self, Catalog, Given};
use crate::collect::Options;
use crate::files;
use crate::pack::Labels;
use crate::render::pdf::Fonts;
use crate::store::Store;
use std::error::Error;
use std::path::Path;

/// The file of exceptions in the current folder, and its copy in a pack.
pub const EXCEPTIONS: &str = "exceptions.toml";
/// The folder of attestations in the current folder, and its copy in a pack.
pub const ATTESTATIONS: &str = "attestations";
/// Everything that is loaded before the first call, so that errors in it cost nothing.
pub struct Plan {
    pub config: Config,
    /// Includes the exceptions and attestations.
    pub catalog: Catalog,
    /// The file of exceptions, if it has any.
    pub exceptions: Option<Given>,
    /// The attestations and their files; empty if none were given.
    pub attestations: Vec<catalog::File>,
    /// The user's fonts, for scripts that the bundled fonts lack.
    pub fonts: Option<Fonts>,
    /// The store for packs besides `--out`.
    pub store: Option<Store>,
}

impl Plan {
    pub fn new(options: &PackOptions) -> Result<Self, Box<dyn Error>> {
        let config = config::load(options.config.as_deref())?;
        let own = options.controls.as_deref().or(config.controls.as_deref());
        let mut catalog = catalog::load(own, &config.overrides()?)?;
        let usual = Some(Path::new(EXCEPTIONS)).filter(|path| files::exists(path));
        let file = options.exceptions.as_deref().or(config.exceptions.as_deref()).or(usual);
        let given = file.map(|file| catalog::exceptions(file, &catalog.controls)).transpose()?;
        // A file without exceptions counts as none.
        let exceptions = given.filter(|given| !given.exceptions.is_empty());
        if let Some(given) = &exceptions {
            catalog.exceptions.clone_from(&given.exceptions);
        }
        let usual = Some(Path::new(ATTESTATIONS)).filter(|path| files::exists(path));
        let folder = options.attestations.as_deref().or(config.attestations.as_deref()).or(usual);
        let given = folder.map(|folder| catalog::attestations(folder, &catalog.controls)).transpose()?;
        let attestations;
        (catalog.attestations, attestations) = given.unwrap_or_default();
        let fonts = options.fonts.as_deref().or(config.fonts.as_deref()).map(Fonts::load).transpose()?;
        Ok(Self { config, catalog, exceptions, attestations, fonts, store: None })
    }

    /// Adds the store of the command line, or with `also_configured` that of the configuration.
    pub fn with_store(
        mut self,
        options: &PackOptions,
        also_configured: bool,
        aws: &Options,
        console: &Console,
    ) -> Result<Self, Box<dyn Error>> {
        self.store = store::open(&options.store, &self.config, also_configured, aws, console)?;
        Ok(self)
    }

    /// Member accounts cannot list their organization, so the organization run adds it.
    pub fn know_the_organization(
        &mut self,
        id: Option<&str>,
        accounts: impl Iterator<Item = String>,
        listed_in: String,
    ) {
        self.config.settings.unite(id, accounts, listed_in);
    }

    pub fn labels(&self, options: &PackOptions, sample: Option<&str>) -> Labels {
        Labels {
            organization: options.organization.clone().or_else(|| self.config.organization.clone()),
            period: options.period.clone().or_else(|| self.config.period.clone()),
            sample: sample.map(ToOwned::to_owned),
        }
    }
}
