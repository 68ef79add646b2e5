//! JSON: `toJson`, `fromJson`, `fromJsonArray`. Mistakes are swallowed as those of YAML are.

use crate::helm::yaml::read::json_name;
use crate::template::func::functions;
use crate::template::json::{Escape, JsonError, WriteError, read, write};
use crate::template::{CallError, Elem, Function, Kind, List, Map, Run, Str, Value};

use super::yaml::{error_map, first};

/// The functions.
pub const FUNCTIONS: &[Function] = functions![
    ("toJson", [Any], to_json),
    ("mustToJson", [Any], must_to_json),
    ("fromJson", [Str], from_json),
    ("fromJsonArray", [Str], from_json_array),
];

fn to_json(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let mut out = String::new();
    match write(first(arguments), Escape::Html, &mut out) {
        Ok(()) => {}
        Err(error @ WriteError::TooLarge) => return Err(CallError::Bound(error.to_string())),
        Err(_) => out.clear(),
    }
    run.take(out.len())?;
    Ok(out.into())
}

fn must_to_json(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let mut out = String::new();
    write(first(arguments), Escape::Html, &mut out)
        .map_err(|error| CallError::new(error.to_string()))?;
    run.take(out.len())?;
    Ok(out.into())
}

fn from_json(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    match parsed(run, arguments)? {
        Ok(value) => match &value.kind {
            Kind::Map(_) => Ok(value),
            Kind::Nil => Ok(Map::nil(Elem::Any).into()),
            _ => Ok(error_map(&mismatch(&value, "map[string]interface {}"))),
        },
        Err(error) => Ok(error_map(&error)),
    }
}

fn from_json_array(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let error = match parsed(run, arguments)? {
        Ok(value) => match &value.kind {
            Kind::List(_) => return Ok(value),
            Kind::Nil => return Ok(List::nil(Elem::Any).into()),
            _ => mismatch(&value, "[]interface {}"),
        },
        Err(error) => error.to_string(),
    };
    Ok(Value::list(vec![error.into()]))
}

fn parsed(run: &mut Run<'_>, arguments: &[Value]) -> Result<Result<Value, JsonError>, CallError> {
    let empty = Str::default();
    let text = first(arguments).as_str().unwrap_or(&empty);
    run.take(text.len())?;
    Ok(read(text.bytes()))
}

fn mismatch(value: &Value, wanted: &str) -> String {
    let found = json_name(value);
    format!("json: cannot unmarshal {found} into Go value of type {wanted}")
}
