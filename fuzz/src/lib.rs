//! What must hold of the policy room for every input, for the fuzz targets.

/// The product's own source, so that nothing else of it is built.
#[path = "../../src"]
mod product {
    pub mod arn;
    pub mod policy;
    pub mod text;
}
pub use product::{arn, policy, text};

pub mod description;
pub mod matching;
pub mod parsing;

/// Output may be so many times as long as its input, and a little more.
pub fn bounded(what: &str, output: usize, input: usize) {
    assert!(output <= 200 * input + 4_000, "{what}: {output} bytes from {input}");
}
