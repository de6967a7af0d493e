//! Runs the folders of `tests/data/cases`: AWS CLI output is imported and rendered as a user would do it.
//!
//! ```ignore
//! let case = Case::run("config-exclusion-strategy");
//! assert_eq!(case.verdict("config-records-identities"), "pass");
//! let (verdict, reason) = case.result("nobody-can-escalate", "user/u");
//! // The same with one answer replaced:
//! let case = Inputs::of("gaad-filtered").write("iam/list-groups.json", "{\"Groups\":[]}").run();
//! ```

use crate::support::{Ran, assessment, auditpack, only_pack, ran, sample};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// A case's AWS CLI output in a folder of its own, to be altered before it is run.
pub struct Inputs {
    place: Arc<TempDir>,
    config: Option<PathBuf>,
}

/// What came of a case. Both commands ended well, or the evidence was incomplete.
pub struct Case {
    _place: Arc<TempDir>,
    pub import: Ran,
    pub render: Ran,
    pub pack: PathBuf,
    pub assessment: Value,
}

impl Inputs {
    /// The inputs of a case: its answers, or the sample tidy-startup under its overlay.
    pub fn of(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cases").join(name);
        assert!(folder.is_dir(), "there is no case {name}");
        let mut inputs = if folder.join("overlay").exists() { Self::sample("tidy-startup") } else { Self::empty() };
        for below in ["answers", "overlay"] {
            copy(&folder.join(below), &inputs.answers());
        }
        inputs.config = Some(folder.join("auditpack.toml")).filter(|file| file.exists());
        inputs
    }

    /// A sample's evidence as if somebody had collected it with the AWS CLI on the samples' day.
    pub fn sample(name: &str) -> Self {
        let inputs = Self::empty();
        copy(&sample(name).join("evidence"), &inputs.answers());
        inputs.write("collected-at.txt", "2026-09-30T06:00:00Z\n")
    }

    /// A folder without any answer.
    pub fn empty() -> Self {
        let inputs = Self { place: Arc::new(tempfile::tempdir().unwrap()), config: None };
        fs::create_dir(inputs.answers()).unwrap();
        inputs
    }

    pub fn answers(&self) -> PathBuf {
        self.place.path().join("answers")
    }

    /// Writes a file of the folder, in place of the one that is there.
    pub fn write(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.answers().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// Changes a JSON answer.
    pub fn change(self, name: &str, change: impl FnOnce(&mut Value)) -> Self {
        let mut answer = serde_json::from_slice(&fs::read(self.answers().join(name)).unwrap()).unwrap();
        change(&mut answer);
        self.write(name, answer.to_string())
    }

    /// Takes an answer, or a folder of answers, away.
    pub fn remove(self, name: &str) -> Self {
        let path = self.answers().join(name);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap()
        } else {
            fs::remove_file(path).unwrap()
        }
        self
    }

    /// Gives `render` an `auditpack.toml` of this text.
    pub fn config(mut self, text: &str) -> Self {
        let path = self.place.path().join("auditpack.toml");
        fs::write(&path, text).unwrap();
        self.config = Some(path);
        self
    }

    /// `auditpack import`, and nothing after it.
    pub fn import(&self, options: &[&str]) -> Ran {
        ran(auditpack().arg("import").arg(self.answers()).arg("--out").arg(self.snapshot()).args(options))
    }

    /// Where the snapshot is made.
    pub fn snapshot(&self) -> PathBuf {
        self.place.path().join("snapshot")
    }

    /// Imports the folder and renders the snapshot.
    pub fn run(self) -> Case {
        let import = self.import(&[]);
        assert!(matches!(import.code, 0 | 3), "{}{}", import.out, import.err);
        Case { import, ..self.render() }
    }

    /// Renders the snapshot that was imported.
    pub fn render(&self) -> Case {
        let out = self.place.path().join("packs");
        let mut command = auditpack();
        command.arg("render").arg(self.snapshot()).args(["--no-pdf", "--out"]).arg(&out);
        if let Some(config) = &self.config {
            command.arg("--config").arg(config);
        }
        let render = ran(&mut command);
        assert!(matches!(render.code, 0 | 3), "{}{}", render.out, render.err);
        let pack = only_pack(&out);
        let assessment = assessment(&pack);
        let import = Ran { code: 0, out: String::new(), err: String::new() };
        Case { _place: Arc::clone(&self.place), import, render, pack, assessment }
    }

    /// Removes snapshot and packs, so that the folder can be imported again.
    pub fn forget(&self) {
        for name in ["snapshot", "packs"] {
            drop(fs::remove_dir_all(self.place.path().join(name)));
        }
    }
}

impl Case {
    pub fn run(name: &str) -> Self {
        Inputs::of(name).run()
    }

    /// A control as `assessment.json` has it.
    pub fn control(&self, id: &str) -> &Value {
        let controls = self.assessment["controls"].as_array().unwrap();
        controls.iter().find(|control| control["id"] == id).unwrap_or_else(|| panic!("there is no control {id}"))
    }

    pub fn verdict(&self, control: &str) -> &str {
        self.control(control)["verdict"].as_str().unwrap()
    }

    /// Subject, verdict and reason of each result; the reason is empty where there is none.
    pub fn results(&self, control: &str) -> Vec<(String, String, String)> {
        let text = |result: &Value, name: &str| result[name].as_str().unwrap_or_default().to_owned();
        let results = self.control(control)["results"].as_array().unwrap();
        let one = |result| (text(result, "subject"), text(result, "verdict"), text(result, "reason"));
        results.iter().map(one).collect()
    }

    /// Verdict and reason of the one subject that is called so, or whose ARN or id ends so.
    pub fn result(&self, control: &str, subject: &str) -> (String, String) {
        let all = self.results(control);
        let ends = |(id, ..): &&(String, String, String)| id == subject || id.ends_with(subject);
        let mut found = all.iter().filter(ends);
        let (Some((_, verdict, reason)), None) = (found.next(), found.next()) else {
            panic!("not one result of {control} is about {subject}: {all:#?}");
        };
        (verdict.clone(), reason.clone())
    }

    /// The words of a page of the register: `users`, `groups`, `roles` or `policies`, and the name as its title has it.
    pub fn register(&self, kind: &str, name: &str) -> String {
        let pages = fs::read_dir(self.pack.join("register").join(kind)).unwrap();
        let mut found = Vec::new();
        for page in pages {
            let html = fs::read_to_string(page.unwrap().path()).unwrap();
            let title = html.split("<h1>").nth(1).and_then(|rest| rest.split("</h1>").next()).map(words);
            if title.as_deref() == Some(name) {
                found.push(words(&html));
            }
        }
        assert_eq!(found.len(), 1, "pages of {kind} called {name}");
        found.remove(0)
    }
}

/// Text of a page: tags become spaces, so that cells and lines stay apart.
fn words(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for letter in html.chars() {
        match letter {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                text.push(' ');
            }
            _ if inside => {}
            letter => text.push(letter),
        }
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#x27;", "'");
    text.replace("&#39;", "'").replace("&amp;", "&").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn copy(from: &Path, to: &Path) {
    let Ok(entries) = fs::read_dir(from) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&path, &target);
        } else {
            fs::write(target, fs::read(path).unwrap()).unwrap();
        }
    }
}

#[test]
fn every_case_can_be_imported_and_rendered() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cases");
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert!(names.len() >= 42, "{names:?}");
    for name in &names {
        let case = Case::run(name);
        assert!(!case.import.out.is_empty() && case.render.out.contains(case.pack.to_str().unwrap()), "{name}");
    }
}

#[test]
fn inputs_can_be_altered_and_results_and_pages_be_read() {
    let inputs = Inputs::sample("tidy-startup").config("organization = \"Example\"\n");
    let inputs = inputs.change("iam/get-account-password-policy.json", |answer| {
        answer["PasswordPolicy"]["MinimumPasswordLength"] = 6.into();
    });
    let case = inputs.remove("logs").write("notes.txt", "").run();
    assert_eq!(case.verdict("passwords-have-a-minimum-length"), "fail");
    let subject = case.results("passwords-have-a-minimum-length").remove(0).0;
    assert!(case.result("passwords-have-a-minimum-length", &subject).1.contains('6'));
    let user = case.results("console-users-have-mfa").remove(0).0;
    let user = user.rsplit('/').next().unwrap();
    assert!(case.register("users", user).contains(user));
}
