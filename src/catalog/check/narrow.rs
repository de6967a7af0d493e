//! Which facts a condition proves not to be null.

use super::NotNull;
use cel::common::ast::{Expr, IdedExpr, LiteralValue, operators};

/// The facts that are not null whenever the condition has the given value.
pub fn proven(condition: &IdedExpr, value: bool) -> NotNull {
    let Expr::Call(call) = &condition.expr else {
        return NotNull::new();
    };
    match (call.func_name.as_str(), call.args.as_slice()) {
        (operators::LOGICAL_NOT, [inner]) => proven(inner, !value),
        (operators::NOT_EQUALS, [a, b]) if value => compared_with_null(a, b),
        (operators::EQUALS, [a, b]) if !value => compared_with_null(a, b),
        // Both hold when `&&` is true or `||` is false; else only what either proves.
        (operators::LOGICAL_AND, [a, b]) if value => &proven(a, value) | &proven(b, value),
        (operators::LOGICAL_OR, [a, b]) if !value => &proven(a, value) | &proven(b, value),
        (operators::LOGICAL_AND | operators::LOGICAL_OR, [a, b]) => &proven(a, value) & &proven(b, value),
        _ => NotNull::new(),
    }
}

fn compared_with_null(a: &IdedExpr, b: &IdedExpr) -> NotNull {
    let is_null = |e: &IdedExpr| matches!(e.expr, Expr::Literal(LiteralValue::Null));
    let fact = if is_null(b) { path(a) } else { path(b).filter(|_| is_null(a)) };
    fact.into_iter().collect()
}

/// `key.last_used`, where the expression is such a fact.
pub fn path(e: &IdedExpr) -> Option<String> {
    match &e.expr {
        Expr::Select(select) => match &select.operand.expr {
            Expr::Ident(variable) => Some(format!("{variable}.{}", select.field)),
            _ => None,
        },
        _ => None,
    }
}
