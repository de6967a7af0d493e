//! The IAM policy language: parse, match, what a policy grants, trust, escalation.
//!
//! Deliberately absent: anything about controls or reports, evidence or
//! accounts. This room knows documents, actions and principals' names; who
//! holds which document is told to it.

pub mod actions;
pub mod conditions;
#[cfg(test)]
pub(crate) mod corpus;
pub mod document;
pub mod escalation;
pub mod exposure;
pub mod grants;
pub mod graph;
mod json;
pub mod managed;
pub mod matching;
pub mod oidc_issuers;
pub mod parse;
pub mod print;
mod secret;
pub mod service_principals;
pub mod session_tags;
mod steps;
#[cfg(test)]
mod tests;
pub mod trust;
pub mod words;
