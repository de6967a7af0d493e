//! Speaks to AWS; one source a file; each source declares its API actions.
//!
//! Deliberately absent: judgement, and names of controls.
pub mod wire;
