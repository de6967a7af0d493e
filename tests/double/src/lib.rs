//! A double of the AWS wire: serves a recorded account over real HTTP, for tests.
//!
//! ```text
//! generate ──▶ Account ──▶ Double (HTTP, XML, paging, faults) ──▶ whoever speaks to AWS
//! a folder ──▶
//! ```
//!
//! Deliberately absent: any code of auditpack. The double is the second opinion
//! on file names, wire formats and paging; shared code would agree with itself.

mod account;
mod answer;
mod encode;
mod faults;
pub mod generate;
mod http;
mod pages;
mod server;
mod services;
mod time;
mod xml;

pub use account::{Account, Failure};
pub use answer::Asked;
pub use answer::organization::{Limit, Organization, World};
pub use faults::{Fault, Faults, Rewritten};
pub use server::Double;
