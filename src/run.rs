//! Runs: from command-line options to finished packs, for one account or many, with resumption and storage.
//!
//! Deliberately absent: command-line parsing (`cli`), and the contents of packs (`pack`, `organization`).

pub mod account;
pub mod collection;
pub mod config;
pub mod exit;
mod inputs;
pub mod interrupt;
mod lock;
pub mod options;
pub mod organization;
mod pack;
mod plan;
pub mod predecessor;
pub mod progress;
mod sample;
mod staging;
pub mod store;
mod summary;
mod unfinished;

use exit::Exit;
use options::{RenderOptions, RunOptions};
use progress::Console;
use std::error::Error;

/// `auditpack run`.
pub fn run(options: &RunOptions, console: &Console) -> Result<Exit, Box<dyn Error>> {
    if options.many.org || options.many.accounts.is_some() {
        organization::run(options, console)
    } else {
        account::run(options, console)
    }
}

/// `auditpack render`.
pub fn render(options: &RenderOptions, console: &Console) -> Result<Exit, Box<dyn Error>> {
    if options.org { organization::render(options, console) } else { account::render(options, console) }
}
