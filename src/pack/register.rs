//! The register as renderers see it: written by the room that describes, plain data already.

pub use crate::describe::{
    Cell, Change, ChangeRow, DOCUMENT_WIDTH, DiffLine, Drawn, Explained, ExplainedStatement, Finding, GrantsPart, Held,
    Holding, Level, Link, Links, Mark, Node, Party, Picture, Reach, ReachStep, Register, Relation, Rest,
    STATEMENT_WIDTH, Sheet, SheetExhibit, SheetKind, Table, TableRow, Tie, TrustEntry, TrustPart, VersionPart,
};
