//! `auditpack init`: commented files to begin with.

use super::arguments::InitOptions;
use crate::run::exit::Exit;
use crate::run::progress::Console;
use std::error::Error;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

/// Unchanged, none of them changes what a pack says.
const FILES: [(&str, &str); 3] = [
    ("auditpack.toml", include_str!("init/auditpack.toml")),
    ("exceptions.toml", include_str!("init/exceptions.toml")),
    ("attestations/AT-2026-01.toml", include_str!("init/attestation.toml")),
];

pub fn init(options: &InitOptions, console: &Console) -> Result<Exit, Box<dyn Error>> {
    let told = |path: &Path, error: std::io::Error| {
        format!("{}: {error}\n  next: name a folder that can be written to", path.display())
    };
    let (mut written, mut kept) = (Vec::new(), Vec::new());
    for (name, text) in FILES {
        let path = options.dir.join(name);
        let folder = path.parent().unwrap_or(&options.dir);
        std::fs::create_dir_all(folder).map_err(|error| told(folder, error))?;
        // Made only if there is none: what somebody wrote is never lost, nor what a link points to.
        match std::fs::File::create_new(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes()).map_err(|error| told(&path, error))?;
                written.push(path);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => kept.push(path),
            Err(error) => return Err(told(&path, error).into()),
        }
    }
    let mut words: Vec<String> = written.iter().map(|path| format!("wrote {}", path.display())).collect();
    words.extend(kept.iter().map(|path| format!("left {} as it is", path.display())));
    words.push("next: edit them, then \"auditpack run\" in that folder".to_owned());
    console.result(&serde_json::json!({ "written": written, "kept": kept }), &words.join("\n"));
    Ok(Exit::Done)
}
