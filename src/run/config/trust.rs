//! `[trust]` of `auditpack.toml`: the organization's own accounts and vendor accounts.

use crate::arn::{is_account, is_organization};
use crate::catalog::{Problem, Problems};
use crate::policy::trust::TrustSettings;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use toml::Spanned;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Written {
    #[serde(alias = "organisation_id")]
    organization_id: Option<Spanned<String>>,
    #[serde(alias = "organisation_accounts")]
    organization_accounts: Option<Vec<Spanned<String>>>,
    /// File with one account on each line, relative to the configuration; `#` starts a comment.
    #[serde(alias = "organisation_accounts_file")]
    organization_accounts_file: Option<Spanned<PathBuf>>,
    /// Account → name.
    vendors: BTreeMap<Spanned<String>, String>,
}

/// Errors so far, each with file and line.
struct Mistakes<'a> {
    text: &'a str,
    file: &'a Path,
    found: Vec<Problem>,
}

impl Mistakes<'_> {
    fn at(&mut self, start: usize, message: String, next: &str) {
        let line = self.text[..start].matches('\n').count() + 1;
        self.add(self.file.display().to_string(), Some(line), message, next);
    }

    fn add(&mut self, file: String, line: Option<usize>, message: String, next: &str) {
        self.found.push(Problem { file, line, column: None, message, next: Some(next.to_owned()) });
    }
}

const DIGITS: &str = "write the account's number as twelve digits in quotes";

impl Written {
    /// The settings, or all errors in them. `text` is the configuration's text.
    pub fn checked(&self, text: &str, file: &Path) -> Result<TrustSettings, Problems> {
        let mut mistakes = Mistakes { text, file, found: Vec::new() };
        if let Some(id) = self.organization_id.as_ref().filter(|id| !is_organization(id.get_ref())) {
            let message = format!("{:?} is not the id of an organization", id.get_ref());
            mistakes.at(
                id.span().start,
                message,
                "write it as `aws organizations describe-organization` shows it: o-…",
            );
        }
        let accounts = self.accounts(&mut mistakes);
        let mut vendors = BTreeMap::new();
        for (account, name) in &self.vendors {
            let at = account.span().start;
            if !is_account(account.get_ref()) {
                mistakes.at(at, format!("{:?} is not the number of an account", account.get_ref()), DIGITS);
            } else if name.trim().is_empty() {
                mistakes.at(at, format!("the vendor {} has no name", account.get_ref()), "write its name in quotes");
            } else if accounts.as_ref().is_some_and(|all| all.contains(account.get_ref())) {
                let message = format!("{} is listed as the organization's own and as a vendor's", account.get_ref());
                mistakes.at(at, message, "keep one of the two");
            }
            vendors.insert(account.get_ref().clone(), name.trim().to_owned());
        }
        if !mistakes.found.is_empty() {
            return Err(Problems(mistakes.found));
        }
        let organization = self.organization_id.as_ref().map(|id| id.get_ref().clone());
        Ok(TrustSettings { organization, organization_accounts: accounts, listed_in: None, vendors })
    }

    fn accounts(&self, mistakes: &mut Mistakes<'_>) -> Option<BTreeSet<String>> {
        let mut all = BTreeSet::new();
        for account in self.organization_accounts.iter().flatten() {
            if !is_account(account.get_ref()) {
                let message = format!("{:?} is not the number of an account", account.get_ref());
                mistakes.at(account.span().start, message, DIGITS);
            }
            all.insert(account.get_ref().clone());
        }
        if let Some(named) = &self.organization_accounts_file {
            let path = mistakes.file.parent().unwrap_or(Path::new("")).join(named.get_ref());
            match crate::files::read_text(&path) {
                Ok(text) => from_lines(&text, &path, &mut all, mistakes),
                Err(error) => {
                    let message = format!("{}: {error}", path.display());
                    mistakes.at(named.span().start, message, "name a file with one account's number a line");
                }
            }
        }
        (self.organization_accounts.is_some() || self.organization_accounts_file.is_some()).then_some(all)
    }
}

fn from_lines(text: &str, path: &Path, all: &mut BTreeSet<String>, mistakes: &mut Mistakes<'_>) {
    for (number, line) in text.lines().enumerate() {
        let account = line.split('#').next().unwrap_or_default().trim();
        if account.is_empty() {
            continue;
        }
        if !is_account(account) {
            let message = format!("{account:?} is not the number of an account");
            mistakes.add(path.display().to_string(), Some(number + 1), message, "write twelve digits a line");
        }
        all.insert(account.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str, file: &Path) -> Result<TrustSettings, String> {
        let written: Written = toml::from_str(text).map_err(|error| error.to_string())?;
        written.checked(text, file).map_err(|problems| problems.to_string())
    }

    #[test]
    fn valid_settings_are_parsed() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("accounts.txt"), "# ours\n333344445555\n\n444455556666 # sandbox\n").unwrap();
        let text = "organization_id = \"o-a1b2c3d4e5\"\norganization_accounts = [\"111122223333\"]\n\
                    organization_accounts_file = \"accounts.txt\"\n[vendors]\n\"999988887777\" = \"Datadog\"\n";
        let settings = checked(text, &dir.path().join("auditpack.toml")).unwrap();
        assert_eq!(settings.organization.as_deref(), Some("o-a1b2c3d4e5"));
        let accounts: Vec<String> = settings.organization_accounts.unwrap().into_iter().collect();
        assert_eq!(accounts, ["111122223333", "333344445555", "444455556666"]);
        assert_eq!(settings.vendors["999988887777"], "Datadog");
        assert_eq!(checked("", Path::new("x")).unwrap(), TrustSettings::default());
    }

    #[test]
    fn every_error_has_a_line_and_a_next_step() {
        let text = "organization_id = \"o-1\"\norganization_accounts = [\n  \"111122223333\",\n  \"12\",\n]\n[vendors]\n\
                    \"12345678901a\" = \"x\"\n\"999988887777\" = \" \"\n\"111122223333\" = \"us\"\n";
        let told = checked(text, Path::new("auditpack.toml")).unwrap_err();
        for line in [1, 4, 7, 8, 9] {
            assert!(told.contains(&format!("auditpack.toml:{line}")), "{line}: {told}");
        }
        assert_eq!(told.matches("next:").count(), 5, "{told}");
        assert!(
            checked("organization_accounts_file = \"nosuch\"", Path::new("a.toml")).unwrap_err().contains("a.toml:1")
        );
        assert!(checked("vendor = 1", Path::new("a.toml")).is_err());
    }
}
