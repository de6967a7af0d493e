//! Holds a criterion against the facts' schema before it is ever evaluated.
//!
//! Only what is listed here can be written: every other operator, function or
//! literal of CEL is a mistake, so that no criterion can turn a missing fact
//! into a value.

use super::ParameterValue;
use super::suggest::did_you_mean;
use super::types::{Base, Type};
use crate::account::fact::{Field, Kind};
use crate::account::subjects::AccountFacts;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, SelectExpr, SourceInfo, operators};
use std::collections::{BTreeMap, BTreeSet};

mod calls;
pub use calls::FUNCTIONS;
mod narrow;

/// What a criterion may mention besides the functions.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub kind: &'static Kind,
    /// The page's own; `Unclear` where the value is a mistake that was reported already.
    pub parameters: &'a BTreeMap<String, Base>,
}

/// What the check found.
pub struct Checked {
    pub ty: Type,
    /// Facts of the subject, in order of first mention.
    pub reads: Vec<&'static Field>,
    /// Facts of the account, where that is not the subject.
    pub account_reads: Vec<&'static Field>,
    pub mistakes: Vec<Mistake>,
}

/// A mistake at a byte of the expression.
#[derive(Debug, PartialEq)]
pub struct Mistake {
    pub at: usize,
    pub message: String,
    pub next: String,
}

/// Where all facts are listed.
pub const FACTS: &str = "\"auditpack controls facts\" lists them all";

/// Checks an expression against the schema.
pub fn check(expression: &IdedExpr, info: &SourceInfo, scope: Scope<'_>) -> Checked {
    let mut checker =
        Checker { info, scope, items: Vec::new(), reads: Vec::new(), account_reads: Vec::new(), mistakes: Vec::new() };
    let ty = checker.expression(expression, &BTreeSet::new());
    let Checker { reads, account_reads, mut mistakes, .. } = checker;
    mistakes.sort_by_key(|mistake| mistake.at);
    Checked { ty, reads, account_reads, mistakes }
}

/// Facts that are known not to be null at a place: `key.last_used`.
type NotNull = BTreeSet<String>;

struct Checker<'a> {
    info: &'a SourceInfo,
    scope: Scope<'a>,
    /// Variables of the list macros around the place, innermost last.
    items: Vec<(String, Type)>,
    reads: Vec<&'static Field>,
    account_reads: Vec<&'static Field>,
    mistakes: Vec<Mistake>,
}

impl Checker<'_> {
    fn expression(&mut self, e: &IdedExpr, not_null: &NotNull) -> Type {
        match &e.expr {
            Expr::Literal(literal) => self.literal(e, literal),
            Expr::Ident(name) => self.identifier(e, name),
            Expr::Select(select) => self.select(e, select, not_null),
            Expr::Call(call) => self.call(e, call, not_null),
            Expr::List(list) => self.check_list(&list.elements, not_null),
            Expr::Comprehension(comprehension) => self.comprehension(e, comprehension, not_null),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                self.mistake(e, "maps and messages have no place in a criterion", "combine facts with operators")
            }
        }
    }

    fn literal(&mut self, e: &IdedExpr, literal: &LiteralValue) -> Type {
        Type::new(match literal {
            LiteralValue::Boolean(_) => Base::Bool,
            LiteralValue::Int(_) => Base::Int,
            LiteralValue::String(_) => Base::Text,
            LiteralValue::Null => Base::Null,
            LiteralValue::Double(_) | LiteralValue::UInt(_) | LiteralValue::Bytes(_) => {
                return self.mistake(
                    e,
                    "only whole numbers, text, true, false and null can be written",
                    "write 90, not 90.0 or 90u",
                );
            }
        })
    }

    fn identifier(&mut self, e: &IdedExpr, name: &str) -> Type {
        if let Some((_, ty)) = self.items.iter().rev().find(|(item, _)| item == name) {
            return *ty;
        }
        if name == "as_of" {
            return Type::new(Base::Time);
        }
        if self.facts_of(name).is_some() || name == "params" {
            return self.mistake(
                e,
                format!("{name} is not a value by itself"),
                format!("name one of its members, as in {name}.{}", self.members(name).first().unwrap_or(&"…")),
            );
        }
        let variables = [self.scope.kind.variable, "account", "params", "as_of"];
        let known = format!("a criterion about {} knows {}", self.scope.kind.name, variables.join(", "));
        self.mistake(e, format!("unknown name {name}"), did_you_mean(name, variables, &known))
    }

    fn select(&mut self, e: &IdedExpr, select: &SelectExpr, not_null: &NotNull) -> Type {
        let Expr::Ident(variable) = &select.operand.expr else {
            self.expression(&select.operand, not_null);
            return self.mistake(e, format!("nothing has a member {}", select.field), "facts are one level deep");
        };
        if select.test {
            return self.mistake(
                e,
                "has() is not available: every fact exists, and missing evidence makes the subject unknown by itself",
                "remove it; where a fact may be null, compare it with null",
            );
        }
        if self.items.iter().any(|(item, _)| item == variable) {
            return self.mistake(e, format!("{variable} is an item of a list and has no members"), "use it as it is");
        }
        if variable == "params" {
            return match self.scope.parameters.get(&select.field) {
                Some(base) => Type::new(*base),
                None => self.no_member(e, "params", &select.field, "parameter", "[params] of the page lists them"),
            };
        }
        let Some(kind) = self.facts_of(variable) else {
            return self.identifier(&select.operand, variable);
        };
        let Some((_, field)) = kind.field(&select.field) else {
            return self.no_member(e, variable, &select.field, "fact", FACTS);
        };
        let reads = if variable == self.scope.kind.variable { &mut self.reads } else { &mut self.account_reads };
        if !reads.iter().any(|read| read.name == field.name) {
            reads.push(field);
        }
        let ty = Type::from(field.ty);
        Type { nullable: ty.nullable && !not_null.contains(&format!("{variable}.{}", field.name)), ..ty }
    }

    fn no_member(&mut self, e: &IdedExpr, variable: &str, member: &str, what: &str, otherwise: &str) -> Type {
        let near = super::suggest::nearest(member, self.members(variable));
        let next = match near {
            Some(near) => format!("did you mean {variable}.{near}? {otherwise}"),
            None => otherwise.to_owned(),
        };
        self.mistake(e, format!("unknown {what} {variable}.{member}"), next)
    }

    fn check_list(&mut self, elements: &[IdedExpr], not_null: &NotNull) -> Type {
        let mut list = Type::new(Base::EmptyList);
        for element in elements {
            let ty = self.expression(element, not_null);
            let of = self.list_of(element, ty);
            if list.base == Base::EmptyList {
                list = of;
            } else if !list.like(of) {
                return self.mistake(element, "the items of a list are of one type", "write two lists");
            }
        }
        list
    }

    fn list_of(&mut self, e: &IdedExpr, item: Type) -> Type {
        match item.base {
            Base::Text if !item.nullable => Type::new(Base::TextList),
            Base::Int if !item.nullable => Type::new(Base::IntList),
            Base::Unclear => Type::UNCLEAR,
            _ => self.mistake(
                e,
                format!("a list cannot hold {item}"),
                "lists hold text or whole numbers, none of them null",
            ),
        }
    }

    /// `list.all(x, …)` and its sisters, as CEL's parser expands them.
    fn comprehension(&mut self, e: &IdedExpr, c: &ComprehensionExpr, not_null: &NotNull) -> Type {
        let range = self.expression(&c.iter_range, not_null);
        let item = match range.base {
            Base::TextList => Type::new(Base::Text),
            Base::IntList => Type::new(Base::Int),
            Base::EmptyList | Base::Unclear => Type::UNCLEAR,
            _ => self.mistake(&c.iter_range, format!("{range} cannot be gone through"), "use a list of text"),
        };
        let variables = [self.scope.kind.variable, "account", "params", "as_of"];
        if variables.contains(&c.iter_var.as_str()) || self.items.iter().any(|(name, _)| *name == c.iter_var) {
            return self.mistake(e, format!("{} already names something", c.iter_var), "choose another name");
        }
        self.items.push((c.iter_var.clone(), item));
        let ty = self.step(e, c, range, not_null);
        self.items.pop();
        ty
    }

    fn step(&mut self, e: &IdedExpr, c: &ComprehensionExpr, range: Type, not_null: &NotNull) -> Type {
        let is_result = |e: &IdedExpr| matches!(&e.expr, Expr::Ident(name) if *name == c.accu_var);
        let Expr::Call(step) = &c.loop_step.expr else {
            return self.mistake(e, "this macro is not available", calls::MACROS);
        };
        match (step.func_name.as_str(), step.args.as_slice()) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR, [accu, body]) if is_result(accu) => {
                self.want_bool(body, not_null);
                Type::new(Base::Bool)
            }
            (operators::ADD, [accu, items]) if is_result(accu) => self.mapped(items, not_null),
            (operators::CONDITIONAL, [condition, added, accu]) if is_result(accu) => {
                self.want_bool(condition, not_null);
                match (&c.accu_init.expr, &added.expr) {
                    (Expr::Literal(_), _) => Type::new(Base::Bool),
                    (_, Expr::Call(CallExpr { args, .. })) if args.len() == 2 => match &args[1].expr {
                        Expr::List(list) if matches!(&list.elements[..], [IdedExpr { expr: Expr::Ident(name), .. }] if *name == c.iter_var) => {
                            range
                        }
                        _ => self.mapped(&args[1], not_null),
                    },
                    _ => self.mistake(e, "this macro is not available", calls::MACROS),
                }
            }
            _ => self.mistake(e, "this macro is not available", calls::MACROS),
        }
    }

    fn mapped(&mut self, items: &IdedExpr, not_null: &NotNull) -> Type {
        match &items.expr {
            Expr::List(list) => self.check_list(&list.elements, not_null),
            _ => self.mistake(items, "this macro is not available", calls::MACROS),
        }
    }

    fn want_bool(&mut self, e: &IdedExpr, not_null: &NotNull) {
        let ty = self.expression(e, not_null);
        if !matches!((ty.base, ty.nullable), (Base::Bool, false) | (Base::Unclear, _)) {
            self.mistake(e, format!("expected true or false, found {ty}"), "compare it with something");
        }
    }

    /// The kind whose facts a variable holds.
    fn facts_of(&self, variable: &str) -> Option<&'static Kind> {
        match variable {
            name if name == self.scope.kind.variable => Some(self.scope.kind),
            "account" => Some(AccountFacts::KIND),
            _ => None,
        }
    }

    fn members(&self, variable: &str) -> Vec<&str> {
        match self.facts_of(variable) {
            Some(kind) => kind.fields.iter().map(|field| field.name).collect(),
            None => self.scope.parameters.keys().map(String::as_str).collect(),
        }
    }

    fn mistake(&mut self, e: &IdedExpr, message: impl Into<String>, next: impl Into<String>) -> Type {
        let at = self.start(e);
        self.mistakes.push(Mistake { at, message: message.into(), next: next.into() });
        Type::UNCLEAR
    }

    /// The first byte of an expression; the parser notes an operator's own place, and that of a call's bracket.
    fn start(&self, e: &IdedExpr) -> usize {
        let own = self.info.offset_for(e.id).map_or(0, |(start, _)| start as usize);
        match &e.expr {
            Expr::Select(select) if select.test => self.before(own, "has"),
            Expr::Select(select) => own.min(self.start(&select.operand)),
            Expr::Call(call) if call.target.is_none() && call.func_name.starts_with(char::is_alphabetic) => {
                self.before(own, &call.func_name)
            }
            Expr::Call(call) => {
                call.target.as_deref().or(call.args.first()).map_or(own, |operand| own.min(self.start(operand)))
            }
            Expr::Comprehension(c) => own.min(self.start(&c.iter_range)),
            _ => own,
        }
    }

    /// Where a function's name begins that ends before its bracket.
    fn before(&self, bracket: usize, name: &str) -> usize {
        let start = bracket.saturating_sub(name.len());
        if self.info.source.get(start..bracket) == Some(name) { start } else { bracket }
    }
}

impl ParameterValue {
    pub(super) fn base(&self) -> Base {
        match self {
            Self::Bool(_) => Base::Bool,
            Self::Int(_) => Base::Int,
            Self::Text(_) => Base::Text,
        }
    }
}
