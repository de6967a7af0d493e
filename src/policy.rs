//! The IAM policy language: parse, match, what a policy grants, trust, escalation.
//!
//! Deliberately absent: anything about controls or reports, evidence or
//! accounts. This room knows documents, actions and principals' names; who
//! holds which document is told to it.

pub mod actions;
#[cfg(test)]
mod corpus;
pub mod document;
pub mod grants;
mod json;
pub mod matching;
pub mod parse;
pub mod print;
