//! auditpack turns an AWS account into dated, sealed evidence packs about
//! identity and access.
//!
//! ```text
//! AWS ──collect──▶ Snapshot ──account──▶ Account ─┬─assess──▶ Assessment ─┐
//! (or an AWS CLI dump,     │                      │     ▲                 ├─pack──▶ Pack ──render──▶ PDF HTML CSV JSON
//!  imported)               │                      │  Catalog              │                 └─seal──▶ SHA256SUMS
//!                          │                      ├─describe─▶ Register ──┤
//!                          └── older Snapshot ────┴─compare──▶ Changes ───┘
//!                                       ▲             ▲
//!                                       └── policy ───┘
//!
//! operations: the table of what AWS is asked; collect, the import and the titles of exhibits read it
//!
//! many Packs ──organization──▶ Organization ──render──▶ PDF HTML CSV JSON ──seal
//!
//! Packs, Snapshots ◀──store──▶ a folder, or a bucket of S3 with Object Lock
//! ```
//!
//! Data runs one way. Each room's first lines say what it is and what is
//! deliberately absent from it; a test holds the `use crate::` lines against
//! that.

mod account;
mod arn;
mod assess;
mod catalog;
mod cli;
mod collect;
mod compare;
mod describe;
mod digest;
mod files;
mod operations;
mod organization;
mod pack;
mod policy;
mod render;
mod run;
mod seal;
mod snapshot;
mod store;
#[doc(hidden)]
pub mod testing;
mod text;
mod tool;
mod verdict;
mod wire;

pub use cli::{Exit, main};
