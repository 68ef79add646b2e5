//! YAML: `toYaml`, `toYamlPretty`, `fromYaml`, `fromYamlArray`.
//!
//! Mistakes are swallowed, as in the reference: what cannot be written is empty, and what cannot be read is a map
//! or list with the message in it.

use crate::helm::yaml::pretty::pretty;
use crate::helm::yaml::read::{self, ReadError, json_name};
use crate::helm::yaml::write::{WriteError, write};
use crate::template::func::functions;
use crate::template::{CallError, Function, Kind, Map, Run, Str, Value};

/// The functions.
pub const FUNCTIONS: &[Function] = functions![
    ("toYaml", [Any], to_yaml),
    ("mustToYaml", [Any], must_to_yaml),
    ("toYamlPretty", [Any], to_yaml_pretty),
    ("fromYaml", [Str], from_yaml),
    ("fromYamlArray", [Str], from_yaml_array),
];

/// `toYaml`
pub(in crate::helm) fn to_yaml(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    match write(first(arguments)) {
        Ok(text) => trimmed(run, text),
        Err(error @ WriteError::TooLarge) => Err(CallError::Bound(error.to_string())),
        Err(_) => Ok("".into()),
    }
}

fn must_to_yaml(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = write(first(arguments)).map_err(|error| CallError::new(error.to_string()))?;
    trimmed(run, text)
}

fn to_yaml_pretty(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    match pretty(first(arguments)) {
        Ok(text) => trimmed(run, text.into()),
        // The reference breaks down.
        Err(error) => Err(CallError::Bound(error.to_string())),
    }
}

fn from_yaml(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    match parsed(run, arguments)? {
        Ok(value) => match &value.kind {
            Kind::Map(_) => Ok(value),
            Kind::Nil => Ok(Map::new().into()),
            _ => Ok(error_map(&mismatch(&value, "map[string]interface {}"))),
        },
        Err(error) => Ok(error_map(&error)),
    }
}

fn from_yaml_array(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let error = match parsed(run, arguments)? {
        Ok(value) => match &value.kind {
            Kind::List(_) => return Ok(value),
            Kind::Nil => return Ok(Value::list(Vec::new())),
            _ => mismatch(&value, "[]interface {}"),
        },
        Err(error) => error,
    };
    Ok(Value::list(vec![error.to_string().into()]))
}

fn parsed(run: &mut Run<'_>, arguments: &[Value]) -> Result<Result<Value, ReadError>, CallError> {
    let empty = Str::default();
    let text = first(arguments).as_str().unwrap_or(&empty);
    run.take(text.len())?;
    Ok(read::value(text))
}

fn mismatch(value: &Value, wanted: &'static str) -> ReadError {
    let found = json_name(value);
    ReadError::Type { found, wanted }
}

/// What a function that makes a map of a text gives where it cannot.
pub(super) fn error_map(error: &impl ToString) -> Value {
    let map = Map::new();
    map.insert("Error", error.to_string().into());
    map.into()
}

/// The argument of a function that has one.
pub(super) fn first(arguments: &[Value]) -> &Value {
    arguments.first().unwrap_or(&Value::NIL)
}

/// The text without one line break at its end.
fn trimmed(run: &mut Run<'_>, text: Str) -> Result<Value, CallError> {
    run.take(text.len())?;
    let Some(without) = text.bytes().strip_suffix(b"\n") else {
        return Ok(text.into());
    };
    let short = Str::from(without);
    Ok(match text.trace() {
        Some(trace) => short.traced(trace.to_vec()),
        None => short,
    }
    .into())
}
