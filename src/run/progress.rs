//! What is said on the way: bars on a terminal, plain lines otherwise, nothing
//! when quiet. Results go to standard output, everything else to standard error.

use crate::text::visible;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

/// How this run speaks.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    quiet: bool,
    json: bool,
    terminal: bool,
}

/// One longer step, shown until it ends.
pub struct Step {
    voice: Voice,
    bar: Option<ProgressBar>,
}

impl Voice {
    pub fn new(quiet: bool, json: bool) -> Self {
        Self { quiet, json, terminal: std::io::stderr().is_terminal() }
    }

    /// A line on standard error, unless quiet.
    pub fn line(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr(), "{}", visible(text));
        }
    }

    /// The command's result on standard output: words, or JSON where asked.
    pub fn result(&self, json: &serde_json::Value, words: &str) {
        let mut out = std::io::stdout();
        let _ = if self.json { writeln!(out, "{json:#}") } else { writeln!(out, "{}", visible(words)) };
    }

    /// Whether the result is to be JSON.
    pub fn json(&self) -> bool {
        self.json
    }

    /// Whether the result may be coloured: on a terminal, and not against the user's wish.
    pub fn colours() -> bool {
        std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
    }

    /// A result on standard output that is safe to show already.
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
    /// What the step is doing now; a line only where there is no bar.
    pub fn now(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(visible(text).into_owned()),
            None => self.voice.line(text),
        }
    }

    /// What the step is doing now; shown on a bar, not worth a line.
    pub fn tick(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(visible(text).into_owned());
        }
    }

    /// A line that stays, above the bar.
    pub fn told(&self, text: &str) {
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
