//! The types of criteria.

use crate::account::fact::{BaseType, FactType};
use std::fmt;

/// What an expression yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Type {
    pub base: Base,
    /// `null` is a regular value.
    pub nullable: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    Bool,
    Int,
    Text,
    Time,
    Duration,
    TextList,
    IntList,
    EmptyList,
    Null,
    /// A mistake was reported already; nothing more is said about it.
    Unclear,
}

impl Type {
    pub const UNCLEAR: Self = Self::new(Base::Unclear);

    pub const fn new(base: Base) -> Self {
        Self { base, nullable: matches!(base, Base::Null) }
    }

    /// Whether values of the two can sensibly be compared for equality.
    pub fn like(self, other: Self) -> bool {
        use Base::{EmptyList, IntList, Null, TextList, Unclear};
        match (self.base, other.base) {
            (Unclear, _) | (_, Unclear) => true,
            (Null, Null) => true,
            (Null, _) => other.nullable,
            (_, Null) => self.nullable,
            (EmptyList, TextList | IntList) | (TextList | IntList, EmptyList) => true,
            (a, b) => a == b,
        }
    }
}

impl From<FactType> for Type {
    fn from(fact: FactType) -> Self {
        let base = match fact.base {
            BaseType::Bool => Base::Bool,
            BaseType::Int => Base::Int,
            BaseType::Text => Base::Text,
            BaseType::Time => Base::Time,
            BaseType::TextList => Base::TextList,
        };
        Self { base, nullable: fact.nullable }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.base {
            Base::Bool => "true or false",
            Base::Int => "a whole number",
            Base::Text => "text",
            Base::Time => "a time",
            Base::Duration => "a duration",
            Base::TextList => "a list of text",
            Base::IntList => "a list of numbers",
            Base::EmptyList => "an empty list",
            Base::Null => "null",
            Base::Unclear => "unclear",
        })?;
        f.write_str(if self.nullable && self.base != Base::Null { ", or null" } else { "" })
    }
}
