//! The register as renderers see it: written by the room that describes, plain data already.

pub use crate::describe::{
    Cell, Change, ChangeRow, DOCUMENT_WIDTH, DiffLine, Drawn, Explained, ExplainedStatement, Finding, GrantsPart, Held,
    Link, Links, Mark, Node, Party, Picture, Reach, ReachStep, Register, Rest, STATEMENT_WIDTH, Sheet, SheetExhibit,
    Table, TableRow, Tie, TrustEntry, TrustPart, VersionPart,
};
