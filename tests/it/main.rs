//! Whole-program tests: what a user would see.

#![expect(clippy::unwrap_used, reason = "a test ends where its setting is not as it should be")]
#![expect(clippy::pedantic, reason = "cases are written to be compared with their source, not to be short")]

mod above;
mod access_review;
mod account;
mod agreement;
mod assess;
mod attestations;
mod cases;
mod catalog;
mod change_cases;
mod cli;
mod collect;
mod compare;
mod completeness;
mod condition_cases;
mod contradicted_lists;
mod contrary_answers;
mod documents_as_sent;
mod endpoints;
mod escalation_cases;
mod exceptions;
mod faults;
mod graph_cases;
mod html;
mod imports;
mod kills;
mod links;
mod moto;
mod mutations;
mod one_story;
mod operations;
mod organization;
mod other_evidence;
mod pack;
mod pdf;
mod permissions;
mod policy_cases;
mod refusals;
mod regional;
mod register;
mod rooms;
mod same_members;
mod samples;
mod script;
mod seal;
mod services;
mod store;
mod support;
mod sweep;
mod tamper;
mod time_limit;
mod trust_cases;
mod undecided_cases;
mod unnamed_subjects;
