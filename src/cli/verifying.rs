//! `auditpack verify`.

use super::arguments::VerifyOptions;
use crate::files;
use crate::run::exit::Exit;
use crate::run::progress::Console;
use crate::run::store::LocalFolder;
use crate::seal::{self, Findings};
use crate::text::one_line;
use std::error::Error;

pub fn verify(options: &VerifyOptions, console: &Console) -> Result<Exit, Box<dyn Error>> {
    let here = LocalFolder::find(&options.pack)?;
    let found = seal::verify(&here.dir).map_err(|error| here.name_in(error.into()))?;
    let expected = options.expect.as_ref().map(|hash| *hash == found.manifest_sha256);
    let sound = found.intact() && expected != Some(false);
    console.result(
        &serde_json::json!({
            "pack": files::shown(options.pack.as_os_str()),
            "intact": found.intact(),
            "as_expected": expected,
            "manifest_sha256": found.manifest_sha256,
            "matched": found.matched,
            "changed": found.changed,
            "missing": found.missing,
            "added": found.added,
            "not_files": found.not_files,
            "problems": found.problems,
            "not_covered": found.not_covered,
        }),
        &words(&found, expected),
    );
    Ok(if sound { Exit::Done } else { Exit::Verification })
}

fn words(found: &Findings, expected: Option<bool>) -> String {
    let mut lines = Vec::new();
    let lists = [
        ("changed", &found.changed),
        ("missing", &found.missing),
        ("added", &found.added),
        ("not a plain file", &found.not_files),
        ("contradiction", &found.problems),
    ];
    for (what, names) in lists {
        lines.extend(names.iter().map(|name| format!("{what}: {}", one_line(name))));
    }
    let files = found.matched;
    lines.push(match (found.intact(), expected) {
        (true, Some(true)) => {
            format!("intact: {files} files match their checksums, and SHA256SUMS has the expected SHA-256")
        }
        (true, None) => format!(
            "intact: {files} files match their checksums\nnot signed: checksums do not show who made the pack; \
             compare the SHA-256 below with one that you received separately (--expect SHA256)"
        ),
        (true, Some(false)) => {
            "the files match their checksums, but SHA256SUMS does not have the expected SHA-256".to_owned()
        }
        (false, _) => format!("not intact: {}; {files} files as sealed", found.in_short()),
    });
    if !found.not_covered.is_empty() {
        let names: Vec<String> = found.not_covered.iter().map(|name| one_line(name)).collect();
        lines.push(format!("not covered by the manifest, and not checked here: {}", names.join(", ")));
    }
    lines.push(format!("SHA-256 of SHA256SUMS: {}", found.manifest_sha256));
    lines.join("\n")
}
