//! Arguments → one call → exit code.
//!
//! Deliberately absent: logic. What a command does stands in its room; here
//! are its options, its progress, its last words and its exit code.

mod arguments;
mod catalogue;
mod collecting;
mod comparing;
mod config;
mod ending;
mod exit;
mod init;
mod interrupt;
mod keeping;
mod lock;
mod making;
mod organisation;
mod previous;
mod progress;
mod sample;
mod staging;
mod unfinished;
mod verifying;

pub use arguments::Arguments;
pub use exit::Exit;

use arguments::Command;
use clap::{CommandFactory as _, Parser as _};
use std::io::Write as _;

/// Runs the command line and returns its exit code.
pub fn main() -> Exit {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(told) => {
            // clap prints help and version on stdout with code 0, mistakes on stderr with 2.
            let _ = told.print();
            return if told.use_stderr() { Exit::Usage } else { Exit::Done };
        }
    };
    match dispatch(arguments) {
        Ok(exit) => exit,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "auditpack: {}", visible(&error.to_string()));
            Exit::Usage
        }
    }
}

fn dispatch(arguments: Arguments) -> Result<Exit, Box<dyn std::error::Error>> {
    let say = progress::Voice::new(arguments.quiet, arguments.json);
    match arguments.command {
        Command::Run(options) => making::run(*options, &say),
        Command::Render(options) => making::render(options, &say),
        Command::Collect(options) => collecting::collect(&options, &say),
        Command::Import(options) => collecting::import(&options, &say),
        Command::Init(options) => init::init(&options, &say),
        Command::Verify(options) => verifying::verify(&options, &say),
        Command::Upload(options) => keeping::upload(&options, &say),
        Command::Compare(options) => comparing::compare(&options, &say),
        Command::Controls(options) => catalogue::controls(options, &say),
        Command::Permissions(options) => Ok(catalogue::permissions(&options, &say)),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "auditpack", &mut std::io::stdout());
            Ok(Exit::Done)
        }
        Command::Man => {
            clap_mangen::Man::new(Arguments::command()).render(&mut std::io::stdout())?;
            Ok(Exit::Done)
        }
    }
}

/// Text that may come from AWS, safe for a terminal: no control character
/// but line breaks reaches it, nor one that turns or hides what follows.
pub(crate) fn visible(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        let bidi =
            matches!(letter, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}');
        if (letter.is_control() && letter != '\n') || bidi {
            safe.push_str(&format!("<U+{:04X}>", u32::from(letter)));
        } else {
            safe.push(letter);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn a_terminal_escape_is_shown_not_obeyed() {
        assert_eq!(visible("a\u{1b}[31mb\u{202e}c\n"), "a<U+001B>[31mb<U+202E>c\n");
    }
}
