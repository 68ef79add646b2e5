//! Choosing between values, and giving up.

use super::super::value::Value;
use super::super::{CallError, Run};
use super::{Function, arg, convert, functions};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("default", [Any, ..Any], default),
    ("empty", [Any], empty),
    ("coalesce", [..Any], coalesce),
    ("all", [..Any], all),
    ("any", [..Any], any),
    ("ternary", [Any, Any, Bool], ternary),
    ("fail", [Str], fail),
];

fn default(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let given = arguments.get(1).filter(|value| !convert::is_empty(value));
    Ok(given.or(arguments.first()).cloned().unwrap_or_default())
}

fn empty(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(convert::is_empty(&arg::any(arguments, 0)).into())
}

fn coalesce(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let first = arguments.iter().find(|value| !convert::is_empty(value));
    Ok(first.cloned().unwrap_or_default())
}

fn all(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok((!arguments.iter().any(convert::is_empty)).into())
}

fn any(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok((!arguments.iter().all(convert::is_empty)).into())
}

fn ternary(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let index = usize::from(!arg::boolean(arguments, 2));
    Ok(arg::any(arguments, index))
}

fn fail(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Err(CallError::Asked(
        arg::string(arguments, 0).text().into_owned(),
    ))
}
