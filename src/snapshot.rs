//! Evidence on disk: layout, call log, reading, writing, resuming and importing.
//!
//! Deliberately absent: any meaning of IAM. A snapshot has operations, parameters, pages, bytes and hashes; users and
//! roles begin in [`crate::account`].

mod answers;
mod background_writer;
mod copy;
#[cfg(test)]
pub(crate) mod fixture;
pub mod format;
pub mod import;
pub mod layout;
mod read;
mod script;
mod unix_time;
mod write;

pub use answers::is_paging;
pub(crate) use copy::wire_name;
pub use copy::{Bring, copy};
pub use format::{Call, CallError, Caller, Endpoint, FORMAT, Header, Origin, Requested, Throttled, is_definitive};
pub use read::{Answer, Exhibit, ExhibitFile, Outcome, Page, ReadError, Snapshot, header};
#[cfg(test)]
pub use write::parse_log;
pub use write::{WriteError, Writer, page_name};
