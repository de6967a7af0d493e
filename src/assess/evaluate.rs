//! Converts facts to CEL values and evaluates criteria.

use crate::account::fact::{Fact, Field, Gap, Observed, Subject};
use crate::catalog::{Criterion, Parameter, ParameterValue};
use cel::common::types::{CelBool, CelDuration, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelTimestamp};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Env, ExecutionError};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A CEL value.
pub type Boxed = Box<dyn Val>;

/// A subject's known facts as a map, and the gaps of the others.
///
/// An unknown fact is absent from the map, so reading it is an evaluation error. CEL's `&&` and `||` ignore the error
/// if the other operand decides alone, which is Kleene's three-valued logic.
pub struct Facts {
    pub map: Boxed,
    pub as_of: Boxed,
    /// Aligned with the kind's fields; gaps of unused fields are omitted.
    pub gaps: Vec<Option<Arc<Gap>>>,
}

impl Facts {
    /// Converts the facts whose fields are `wanted`.
    pub fn of(subject: &dyn Subject, wanted: &[bool]) -> Self {
        let fields = subject.kind().fields;
        // CEL's map type; it is accessed by name and never iterated.
        let mut map: HashMap<CelMapKey<'static>, Boxed> = HashMap::with_capacity(fields.len());
        let mut gaps = vec![None; fields.len()];
        for (index, field) in fields.iter().enumerate().filter(|(index, _)| wanted[*index]) {
            match subject.fact(index) {
                Observed::Known(fact) => {
                    map.insert(CelMapKey::from(field.name), value(fact));
                }
                Observed::Gap(gap) => gaps[index] = Some(gap),
            }
        }
        Self { map: Box::new(CelMap::from(map)), as_of: time(subject.as_of()), gaps }
    }

    /// The gap of a field.
    pub fn gap(&self, fields: &[Field], name: &str) -> Option<&Arc<Gap>> {
        fields.iter().position(|field| field.name == name).and_then(|index| self.gaps[index].as_ref())
    }
}

fn value(fact: Fact) -> Boxed {
    match fact {
        Fact::Null => Box::new(CelNull),
        Fact::Bool(value) => Box::new(CelBool::from(value)),
        Fact::Int(value) => Box::new(CelInt::from(value)),
        Fact::Text(text) => Box::new(CelString::from(text)),
        Fact::Time(at) => time(at),
        Fact::TextList(texts) => {
            let items: Vec<Boxed> = texts.into_iter().map(|text| Box::new(CelString::from(text)) as Boxed).collect();
            Box::new(CelList::from(items))
        }
    }
}

fn time(at: Timestamp) -> Boxed {
    let nanoseconds = at.subsec_nanosecond();
    // Before 1970, jiff has negative fractions and chrono positive ones.
    let (seconds, nanoseconds) =
        if nanoseconds < 0 { (at.as_second() - 1, nanoseconds + 1_000_000_000) } else { (at.as_second(), nanoseconds) };
    let nanoseconds = u32::try_from(nanoseconds).expect("a fraction of a second is between 0 and 1");
    let utc = chrono::DateTime::from_timestamp(seconds, nanoseconds).expect("chrono's range is wider than jiff's");
    Box::new(CelTimestamp::from(utc.fixed_offset()))
}

/// `[params]` as a CEL value.
pub fn parameters(parameters: &BTreeMap<String, Parameter>) -> Boxed {
    let map: HashMap<CelMapKey<'static>, Boxed> = parameters
        .iter()
        .map(|(name, parameter)| {
            let fact = match &parameter.value {
                ParameterValue::Bool(value) => Fact::Bool(*value),
                ParameterValue::Int(value) => Fact::Int(*value),
                ParameterValue::Text(value) => Fact::Text(value.clone()),
            };
            (CelMapKey::from(name.clone()), value(fact))
        })
        .collect();
    Box::new(CelMap::from(map))
}

/// CEL's standard functions and this program's; built once.
pub fn environment() -> Arc<Env> {
    let mut env = Env::stdlib();
    env.add_overload("days", "days_int", vec![cel::common::types::INT_TYPE], days).expect("CEL has no days()");
    env.add_overload("hours", "hours_int", vec![cel::common::types::INT_TYPE], hours).expect("CEL has no hours()");
    let number_and_noun = vec![cel::common::types::INT_TYPE, cel::common::types::STRING_TYPE];
    env.add_overload("count", "count_int_string", number_and_noun, count).expect("CEL has no count()");
    Arc::new(env)
}

/// `1 day`, `90 days`: a number and its noun.
fn count<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let not_known = || ExecutionError::function_error("count", "the number or its noun is not known");
    let number = args[0].downcast_ref::<CelInt>().map(|number| *number.inner()).ok_or_else(not_known)?;
    let noun = args[1].downcast_ref::<CelString>().map(|noun| noun.inner().to_owned()).ok_or_else(not_known)?;
    let ending = if number == 1 { "" } else { "s" };
    Ok(CowVal::owned(CelString::from(format!("{number} {noun}{ending}"))))
}

fn days<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let count = args[0].downcast_ref::<CelInt>().map(|count| *count.inner());
    let duration = count
        .and_then(chrono::Duration::try_days)
        // CEL durations are integers of nanoseconds.
        .filter(|duration| duration.num_nanoseconds().is_some())
        .ok_or_else(|| ExecutionError::function_error("days", "the number of days is out of range"))?;
    Ok(CowVal::owned(CelDuration::from(duration)))
}

/// `12 hours`, `90 minutes`, `45 seconds`.
fn hours<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let seconds = args[0].downcast_ref::<CelInt>().map(|seconds| *seconds.inner());
    let seconds =
        seconds.ok_or_else(|| ExecutionError::function_error("hours", "the number of seconds is not known"))?;
    let (count, unit) = match seconds {
        whole if whole % 3600 == 0 => (whole / 3600, "hour"),
        whole if whole % 60 == 0 => (whole / 60, "minute"),
        other => (other, "second"),
    };
    let text = if count == 1 { format!("{count} {unit}") } else { format!("{count} {unit}s") };
    Ok(CowVal::owned(CelString::from(text)))
}

/// The names that a criterion can use for one subject.
pub struct Scope<'a> {
    pub variable: &'static str,
    pub subject: &'a Facts,
    /// Absent if the account itself could not be read.
    pub account: Option<&'a Facts>,
    pub params: &'a dyn Val,
}

impl VariableResolver for Scope<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        match name {
            name if name == self.variable => Some(CowVal::Borrowed(&*self.subject.map)),
            "account" => self.account.map(|account| CowVal::Borrowed(&*account.map as &(dyn Val + 'b))),
            "params" => Some(CowVal::Borrowed(self.params)),
            "as_of" => Some(CowVal::Borrowed(&*self.subject.as_of)),
            _ => None,
        }
    }
}

/// Evaluates a criterion to a value.
pub fn evaluate(criterion: &Criterion, scope: &Scope<'_>, env: &Arc<Env>) -> Result<cel::Value, ExecutionError> {
    let mut context = Context::with_env(Arc::clone(env));
    context.set_variable_resolver(scope);
    criterion.program.execute(&context)
}

/// Evaluates a condition; any other value than true or false is an error.
pub fn holds(criterion: &Criterion, scope: &Scope<'_>, env: &Arc<Env>) -> Result<bool, ExecutionError> {
    match evaluate(criterion, scope, env)? {
        cel::Value::Bool(value) => Ok(value),
        _ => Err(ExecutionError::function_error("criterion", "it is neither true nor false")),
    }
}
