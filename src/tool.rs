//! Which build of auditpack this is. A pack names it among its inputs, so that
//! two builds that differ are never taken for one.

use serde::Serialize;
use std::sync::LazyLock;

/// The build, as far as its build script could learn it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Build {
    /// The package's version.
    pub version: &'static str,
    /// The commit of the source, in full; none where it was built outside a clone.
    pub commit: Option<&'static str>,
    /// Whether what is compiled in differed from that commit; none where there was no clone.
    pub modified: Option<bool>,
    /// The target triple that it was built for.
    pub target: &'static str,
}

/// This build.
pub const BUILD: Build = Build {
    version: env!("CARGO_PKG_VERSION"),
    commit: option_env!("AUDITPACK_COMMIT"),
    modified: match option_env!("AUDITPACK_MODIFIED") {
        None => None,
        Some(text) => Some(matches!(text.as_bytes(), b"true")),
    },
    target: env!("AUDITPACK_TARGET"),
};

impl Build {
    /// `auditpack 0.1.0, commit 0123456789ab, modified, x86_64-unknown-linux-gnu`.
    pub fn words(&self) -> String {
        let commit = match self.commit {
            Some(commit) => format!("commit {}", commit.get(..12).unwrap_or(commit)),
            None => "built outside a clone".to_owned(),
        };
        let modified = if self.modified == Some(true) { ", modified" } else { "" };
        format!("auditpack {}, {commit}{modified}, {}", self.version, self.target)
    }
}

/// What `--version` prints after the program's name.
pub static VERSION: LazyLock<String> = LazyLock::new(|| BUILD.words().trim_start_matches("auditpack ").to_owned());

#[cfg(test)]
mod tests {
    use super::Build;

    #[test]
    fn a_build_is_told_apart_by_version_commit_changes_and_target() {
        let build = Build { version: "1.2.3", commit: Some("0123456789abcdef"), modified: Some(false), target: "any" };
        assert_eq!(build.words(), "auditpack 1.2.3, commit 0123456789ab, any");
        let changed = Build { modified: Some(true), ..build };
        assert_eq!(changed.words(), "auditpack 1.2.3, commit 0123456789ab, modified, any");
        let unknown = Build { commit: None, modified: None, ..build };
        assert_eq!(unknown.words(), "auditpack 1.2.3, built outside a clone, any");
    }
}
