//! Progress output: bars on a terminal, plain lines otherwise, nothing when quiet. Results go to standard output,
//! everything else to standard error.

use crate::text::visible;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

/// The output of a run.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    quiet: bool,
    json: bool,
    terminal: bool,
}

/// A longer step, shown until it ends.
pub struct Step {
    voice: Console,
    bar: Option<ProgressBar>,
}

impl Console {
    pub fn new(quiet: bool, json: bool) -> Self {
        Self { quiet, json, terminal: std::io::stderr().is_terminal() }
    }

    /// A line on standard error, unless quiet.
    pub fn line(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr(), "{}", visible(text));
        }
    }

    /// Prints the command's result: text, or JSON with `--json`.
    pub fn result(&self, json: &serde_json::Value, words: &str) {
        let mut out = std::io::stdout();
        let _ = if self.json { writeln!(out, "{json:#}") } else { writeln!(out, "{}", visible(words)) };
    }

    /// Whether the result is to be JSON.
    pub fn json(&self) -> bool {
        self.json
    }

    /// Whether the result may have colors: on a terminal, unless the user disables it.
    pub fn colours() -> bool {
        std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
    }

    /// Prints a result that is already safe to show.
    pub fn raw(bytes: &[u8]) {
        let mut out = std::io::stdout();
        let _ = out.write_all(bytes).and_then(|()| out.flush());
    }

    /// Starts a step: a spinner with elapsed time on a terminal, a line elsewhere.
    pub fn step(&self, text: &str) -> Step {
        let bar = (self.terminal && !self.quiet).then(|| {
            let style = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}").expect("the template is fixed");
            let bar = ProgressBar::new_spinner().with_style(style);
            bar.set_message(visible(text).into_owned());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if bar.is_none() {
            self.line(text);
        }
        Step { voice: *self, bar }
    }
}

impl Step {
    /// Shows the current action; as a line if there is no bar.
    pub fn now(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(visible(text).into_owned()),
            None => self.voice.line(text),
        }
    }

    /// Shows the current action on a bar only.
    pub fn tick(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(visible(text).into_owned());
        }
    }

    /// Prints a permanent line above the bar.
    pub fn permanent_line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(visible(text).as_ref()),
            None => self.voice.line(text),
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
