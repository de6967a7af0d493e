//! A run: from what is asked on the command line to packs in their places.
//! One account or many, taken up again after an interruption, kept in a store.
//!
//! Deliberately absent: the command line's grammar (`cli`), and what any pack
//! says (`pack`, `organization`).

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
use progress::Voice;
use std::error::Error;

/// `auditpack run`.
pub fn run(options: &RunOptions, say: &Voice) -> Result<Exit, Box<dyn Error>> {
    if options.many.org || options.many.accounts.is_some() {
        organization::run(options, say)
    } else {
        account::run(options, say)
    }
}

/// `auditpack render`.
pub fn render(options: &RenderOptions, say: &Voice) -> Result<Exit, Box<dyn Error>> {
    if options.org { organization::render(options, say) } else { account::render(options, say) }
}
