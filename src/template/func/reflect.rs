//! Types and kinds of values.

use super::super::value::Value;
use super::super::{CallError, Run};
use super::{Function, arg, equal, functions};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("typeOf", [Any], type_of),
    ("typeIs", [Str, Any], type_is),
    ("typeIsLike", [Str, Any], type_is_like),
    ("kindOf", [Any], kind_of),
    ("kindIs", [Str, Any], kind_is),
    ("deepEqual", [Any, Any], deep_equal),
];

fn type_of(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(arg::any(arguments, 0).type_name().into())
}

fn type_is(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let name = arg::any(arguments, 1).type_name();
    Ok((arg::bytes(arguments, 0) == name.as_bytes()).into())
}

/// A pointer to the type will do.
fn type_is_like(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let name = arg::any(arguments, 1).type_name();
    let name = name.as_bytes();
    let asked = arg::bytes(arguments, 0);
    Ok((asked == name || name.strip_prefix(b"*") == Some(asked)).into())
}

fn kind_of(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(arg::any(arguments, 0).kind_name().into())
}

fn kind_is(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let name = arg::any(arguments, 1).kind_name();
    Ok((arg::bytes(arguments, 0) == name.as_bytes()).into())
}

fn deep_equal(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    equal::deep_equal(&arg::any(arguments, 0), &arg::any(arguments, 1)).map(Value::from)
}
