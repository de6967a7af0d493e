//! The IAM policy language: parsing, matching, effective permissions, trust policies, privilege escalation.
//!
//! Deliberately absent: anything about controls or reports, evidence or accounts. This module knows documents, actions
//! and names of principals; its callers say which principal holds which document.

pub mod actions;
pub mod conditions;
#[cfg(test)]
pub(crate) mod corpus;
pub mod document;
pub mod escalation;
pub mod exposure;
mod external_id_mask;
pub mod grants;
pub mod graph;
mod json;
pub mod managed;
pub mod matching;
pub mod oidc_issuers;
pub mod parse;
pub mod plain_english;
pub mod print;
pub mod service_principals;
pub mod session_tags;
mod steps;
#[cfg(test)]
mod tests;
pub mod trust;
