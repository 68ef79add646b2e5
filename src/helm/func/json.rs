//! JSON: `toJson`, `fromJson`, `fromJsonArray`. Mistakes are swallowed as those of YAML are.

use crate::helm::yaml::read::json_name;
use crate::template::func::functions;
use crate::template::json::{Escape, JsonError, WriteError, read_partly, write};
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
        Ok((value, error)) => match &value.kind {
            Kind::Map(map) => {
                if let Some(error) = error {
                    map.insert("Error", error.to_string().into());
                }
                Ok(value)
            }
            Kind::Nil if error.is_none() => Ok(Map::nil(Elem::Any).into()),
            _ => Ok(error_map(&mismatch(&value, "map[string]interface {}"))),
        },
        Err(error) => Ok(error_map(&error)),
    }
}

fn from_json_array(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let error = match parsed(run, arguments)? {
        Ok((value, None)) => match &value.kind {
            Kind::List(_) => return Ok(value),
            Kind::Nil => return Ok(List::nil(Elem::Any).into()),
            _ => mismatch(&value, "[]interface {}"),
        },
        Ok((_, Some(error))) | Err(error) => error.to_string(),
    };
    Ok(Value::list(vec![error.into()]))
}

/// A value, and a number that it could not hold.
type Parsed = Result<(Value, Option<JsonError>), JsonError>;

fn parsed(run: &mut Run<'_>, arguments: &[Value]) -> Result<Parsed, CallError> {
    let empty = Str::default();
    let text = first(arguments).as_str().unwrap_or(&empty);
    run.take(text.len())?;
    Ok(read_partly(text.bytes()))
}

fn mismatch(value: &Value, wanted: &str) -> String {
    let found = json_name(value);
    format!("json: cannot unmarshal {found} into Go value of type {wanted}")
}
