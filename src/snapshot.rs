//! Evidence on disk: layout, call log, reading, writing, resuming, importing.
//!
//! Deliberately absent: any meaning of IAM. A snapshot knows operations,
//! parameters, pages, bytes and hashes; what a user or a role is begins in
//! [`crate::account`].

mod behind;
mod copy;
mod epoch;
#[cfg(test)]
pub(crate) mod fixture;
pub mod format;
mod group;
pub mod import;
pub mod layout;
mod read;
mod script;
mod write;

pub(crate) use copy::wire_name;
pub use copy::{Bring, copy};
pub use format::{Call, CallError, Caller, Endpoint, FORMAT, Header, Origin, Requested, Throttled, is_definitive};
pub use group::is_paging;
pub use read::{Answer, Exhibit, ExhibitFile, Outcome, Page, ReadError, Snapshot, header};
#[cfg(test)]
pub use write::parse_log;
pub use write::{WriteError, Writer, page_name};
