//! What a run is asked to make: configuration, catalog, statements and store, read before the first call.

use super::config::{self, Config};
use super::options::PackOptions;
use super::progress::Voice;
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
/// What is read before any call is made, so that a mistake in it costs nothing.
pub struct Plan {
    pub config: Config,
    /// The exceptions and attestations are part of it.
    pub catalog: Catalog,
    /// The file of exceptions, where it holds any.
    pub exceptions: Option<Given>,
    /// The statements and what they hand over; empty where none was given.
    pub attestations: Vec<catalog::File>,
    /// The user's, for writing that ours lack.
    pub fonts: Option<Fonts>,
    /// Where packs are kept beyond `--out`.
    pub store: Option<Store>,
}

impl Plan {
    pub fn new(options: &PackOptions) -> Result<Self, Box<dyn Error>> {
        let config = config::read(options.config.as_deref())?;
        let own = options.controls.as_deref().or(config.controls.as_deref());
        let mut catalog = catalog::load(own, &config.overrides()?)?;
        let usual = Some(Path::new(EXCEPTIONS)).filter(|path| files::exists(path));
        let file = options.exceptions.as_deref().or(config.exceptions.as_deref()).or(usual);
        let given = file.map(|file| catalog::exceptions(file, &catalog.controls)).transpose()?;
        // A file without any is the same as none.
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

    /// With the store of the command line, or of the configuration where `also_configured`.
    pub fn with_store(
        mut self,
        options: &PackOptions,
        also_configured: bool,
        aws: &Options,
        say: &Voice,
    ) -> Result<Self, Box<dyn Error>> {
        self.store = store::open(&options.store, &self.config, also_configured, aws, say)?;
        Ok(self)
    }

    /// Members are not told of their organization; the run over all of them is.
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
