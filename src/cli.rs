//! Arguments → one call → exit code.
//!
//! Deliberately absent: logic. What a command does is in its room; making packs
//! is in `run`.

mod arguments;
mod catalogue;
mod collecting;
mod comparing;
mod init;
mod verifying;

pub use crate::run::exit::Exit;
pub use arguments::Arguments;

use crate::run;
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
            let _ = writeln!(std::io::stderr(), "auditpack: {}", crate::text::visible(&error.to_string()));
            Exit::Usage
        }
    }
}

fn dispatch(arguments: Arguments) -> Result<Exit, Box<dyn std::error::Error>> {
    let console = run::progress::Console::new(arguments.quiet, arguments.json);
    match arguments.command {
        Command::Run(options) => run::run(&options, &console),
        Command::Render(options) => run::render(&options, &console),
        Command::Collect(options) => collecting::collect(&options, &console),
        Command::Import(options) => collecting::import(&options, &console),
        Command::Init(options) => init::init(&options, &console),
        Command::Verify(options) => verifying::verify(&options, &console),
        Command::Upload(options) => run::store::upload(&options, &console),
        Command::Compare(options) => comparing::compare(&options, &console),
        Command::Controls(options) => catalogue::controls(options, &console),
        Command::Permissions(options) => Ok(catalogue::permissions(&options, &console)),
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
