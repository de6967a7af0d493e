//! The register as renderers see it: written by the room that describes, plain data already.

pub use crate::describe::{
    Cell, Change, ChangeRow, DiffLine, Explained, ExplainedStatement, Finding, GrantsPart, Held, Link, Links, Reach,
    ReachStep, Register, Sheet, SheetExhibit, Table, TableRow, TrustEntry, TrustPart, VersionPart,
};
