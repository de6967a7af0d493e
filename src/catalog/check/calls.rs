//! Operators and functions: what they take and what they yield.

use super::{Checker, NotNull, narrow};
use crate::catalog::suggest::did_you_mean;
use crate::catalog::types::{Base, Type};
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};

pub const MACROS: &str = "on lists of text there are all, exists, exists_one, filter and map";

/// Functions by name, with how they are written.
pub const FUNCTIONS: &[(&str, &str)] = &[
    ("days", "days(90): a duration of so many times 24 hours"),
    ("hours", "hours(43200): seconds as text, such as 12 hours"),
    ("count", "count(90, \"day\"): a number and its noun, in the plural unless the number is 1"),
    ("size", "size(list) or size(text): how many items or characters"),
    ("string", "string(90): a number, text, time or true/false as text"),
    ("int", "int(\"90\"): text as a whole number"),
    ("startsWith", "text.startsWith(\"…\")"),
    ("endsWith", "text.endsWith(\"…\")"),
    ("contains", "text.contains(\"…\")"),
    ("matches", "text.matches(\"^…$\"): a regular expression"),
];

impl Checker<'_> {
    pub(super) fn call(&mut self, e: &IdedExpr, call: &CallExpr, not_null: &NotNull) -> Type {
        match (call.func_name.as_str(), call.target.as_deref(), call.args.as_slice()) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR, None, [a, b]) => {
                self.want_bool(a, not_null);
                // The right side of `&&` counts where the left is true, that of `||` where it is false.
                let proven = narrow::proven(a, call.func_name == operators::LOGICAL_AND);
                self.want_bool(b, &(not_null | &proven));
                Type::new(Base::Bool)
            }
            (operators::LOGICAL_NOT, None, [a]) => {
                self.want_bool(a, not_null);
                Type::new(Base::Bool)
            }
            (operators::CONDITIONAL, None, [condition, then, otherwise]) => {
                self.want_bool(condition, not_null);
                let a = self.expression(then, &(not_null | &narrow::proven(condition, true)));
                let b = self.expression(otherwise, &(not_null | &narrow::proven(condition, false)));
                self.either(e, a, b)
            }
            (operators::EQUALS | operators::NOT_EQUALS, None, [a, b]) => self.equality(e, a, b, not_null),
            (
                operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS,
                None,
                [a, b],
            ) => {
                let (ta, tb) = (self.never_null(a, not_null), self.never_null(b, not_null));
                let ordered = matches!(ta.base, Base::Int | Base::Text | Base::Time | Base::Duration);
                if ta.base != Base::Unclear && tb.base != Base::Unclear && !(ordered && ta.base == tb.base) {
                    self.mistake(e, format!("{ta} cannot be ordered against {tb}"), "compare two of a kind");
                }
                Type::new(Base::Bool)
            }
            (
                operators::ADD | operators::SUBSTRACT | operators::MULTIPLY | operators::DIVIDE | operators::MODULO,
                None,
                [a, b],
            ) => self.arithmetic(e, &call.func_name, [a, b], not_null),
            (operators::NEGATE, None, [a]) => match self.never_null(a, not_null).base {
                Base::Int => Type::new(Base::Int),
                Base::Unclear => Type::UNCLEAR,
                _ => self.mistake(e, "only a whole number has a negative", "remove the minus"),
            },
            (operators::IN, None, [item, list]) => {
                let (item, of) = (self.never_null(item, not_null), self.expression(list, not_null));
                match (item.base, of.base) {
                    (Base::Text, Base::TextList | Base::EmptyList)
                    | (Base::Int, Base::IntList | Base::EmptyList)
                    | (Base::Unclear, _)
                    | (_, Base::Unclear) => Type::new(Base::Bool),
                    _ => self.mistake(e, format!("{item} cannot be in {of}"), "look for text in a list of text"),
                }
            }
            (name, target, args) => self.function(e, name, target, args, not_null),
        }
    }

    fn function(
        &mut self,
        e: &IdedExpr,
        name: &str,
        target: Option<&IdedExpr>,
        args: &[IdedExpr],
        not_null: &NotNull,
    ) -> Type {
        let all: Vec<&IdedExpr> = target.into_iter().chain(args).collect();
        let Some((_, usage)) = FUNCTIONS.iter().find(|(function, _)| *function == name) else {
            let known = FUNCTIONS.iter().map(|(function, _)| *function);
            let macros = ["all", "exists", "exists_one", "filter", "map"];
            if macros.contains(&name) || name == "has" {
                return self.mistake(e, format!("{name} is not used like this"), MACROS);
            }
            let list = known.clone().collect::<Vec<_>>().join(", ");
            let next = did_you_mean(name, known, &format!("the functions are {list}"));
            let shown = if name.starts_with('_') || name.starts_with('@') { "this operator" } else { name };
            return self.mistake(e, format!("{shown} is not available in a criterion"), next);
        };
        let types: Vec<Type> = all.iter().map(|argument| self.never_null(argument, not_null)).collect();
        if types.iter().any(|ty| ty.base == Base::Unclear) {
            return Type::UNCLEAR;
        }
        let bases: Vec<Base> = types.iter().map(|ty| ty.base).collect();
        match (name, target.is_some(), bases.as_slice()) {
            ("days", false, [Base::Int]) => Type::new(Base::Duration),
            ("hours", false, [Base::Int]) | ("count", false, [Base::Int, Base::Text]) => Type::new(Base::Text),
            ("size", _, [Base::Text | Base::TextList | Base::IntList | Base::EmptyList])
            | ("int", false, [Base::Text | Base::Int]) => Type::new(Base::Int),
            ("string", false, [Base::Int | Base::Text | Base::Bool | Base::Time]) => Type::new(Base::Text),
            ("matches", true, [Base::Text, Base::Text]) => {
                self.pattern(&args[0]);
                Type::new(Base::Bool)
            }
            ("startsWith" | "endsWith" | "contains", true, [Base::Text, Base::Text]) => Type::new(Base::Bool),
            _ => self.mistake(e, format!("{name} is not used like this"), format!("write {usage}")),
        }
    }

    /// A regular expression that is written out is tried when the page loads,
    /// not when the first subject comes by.
    fn pattern(&mut self, e: &IdedExpr) {
        if let Expr::Literal(LiteralValue::String(pattern)) = &e.expr {
            let program = cel::Program::compile("''.matches(pattern)").expect("the expression is constant");
            let mut context = cel::Context::default();
            context.add_variable_from_value("pattern", pattern.inner().to_owned());
            if program.execute(&context).is_err() {
                self.mistake(e, "the regular expression is not valid", "mind that a backslash is written twice");
            }
        }
    }

    fn equality(&mut self, e: &IdedExpr, a: &IdedExpr, b: &IdedExpr, not_null: &NotNull) -> Type {
        // Whether a fact may be null is asked of the schema, not of what a condition around has proven.
        let (ta, tb) = (self.expression(a, not_null), self.expression(b, not_null));
        let declared = |checker: &mut Self, e: &IdedExpr, ty: Type| match narrow::path(e) {
            Some(_) => checker.expression(e, &NotNull::new()),
            None => ty,
        };
        let (da, db) = if ta.base == Base::Unclear || tb.base == Base::Unclear {
            (ta, tb)
        } else {
            (declared(self, a, ta), declared(self, b, tb))
        };
        if !da.like(db) {
            let (message, next) = if da.base == Base::Null || db.base == Base::Null {
                let other = if da.base == Base::Null { db } else { da };
                (format!("this is {other} and never null"), "remove the comparison; missing evidence needs no guard")
            } else {
                (format!("{da} is never equal to {db}"), "compare two of a kind")
            };
            self.mistake(e, message, next);
        }
        Type::new(Base::Bool)
    }

    fn arithmetic(&mut self, e: &IdedExpr, operator: &str, [a, b]: [&IdedExpr; 2], not_null: &NotNull) -> Type {
        use Base::{Duration, Int, Text, Time, Unclear};
        let (ta, tb) = (self.never_null(a, not_null), self.never_null(b, not_null));
        let base = match (operator, ta.base, tb.base) {
            (_, Unclear, _) | (_, _, Unclear) => Unclear,
            (_, Int, Int) => Int,
            (operators::ADD, Text, Text) => Text,
            (operators::SUBSTRACT, Time, Time) => Duration,
            (operators::ADD | operators::SUBSTRACT, Duration, Duration) => Duration,
            (operators::ADD | operators::SUBSTRACT, Time, Duration) | (operators::ADD, Duration, Time) => Time,
            _ => {
                let sign = operator.trim_matches('_');
                return self.mistake(
                    e,
                    format!("{ta} {sign} {tb} means nothing"),
                    "times subtract; durations add to times; days(n) makes a duration; string(n) makes text",
                );
            }
        };
        Type::new(base)
    }

    #[expect(clippy::many_single_char_names, reason = "the two sides of one expression")]
    fn either(&mut self, e: &IdedExpr, a: Type, b: Type) -> Type {
        let nullable = a.nullable || b.nullable;
        match (a.base, b.base) {
            (Base::Unclear, _) | (_, Base::Unclear) => Type::UNCLEAR,
            (Base::Null, base) | (base, Base::Null) => Type { base, nullable: true },
            (x, y) if x == y => Type { base: x, nullable },
            _ => self.mistake(e, format!("one branch is {a}, the other {b}"), "make both branches of one type"),
        }
    }

    /// An operand that must not be null.
    fn never_null(&mut self, e: &IdedExpr, not_null: &NotNull) -> Type {
        let ty = self.expression(e, not_null);
        if !ty.nullable {
            return ty;
        }
        let name = narrow::path(e).unwrap_or_else(|| "this".to_owned());
        let next = format!("say what null means first: {name} == null || …, or {name} != null && …");
        self.mistake(e, format!("{name} may be null here"), next)
    }
}
