//! The register as renderers see it: written by the room that describes, plain data already.

pub use crate::describe::{
    Cell, DiffLine, Explained, ExplainedStatement, GrantsPart, Held, Link, Links, Reach, ReachStep, Register, Sheet,
    Table, TableRow, TrustEntry, TrustPart, VersionPart,
};
