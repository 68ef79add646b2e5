//! TOML: `toToml`, `fromToml`. Mistakes are swallowed as those of YAML are.

use crate::helm::toml::read::read;
use crate::helm::toml::write::{WriteError, write};
use crate::template::func::functions;
use crate::template::{CallError, Function, Run, Value};

use super::yaml::{error_map, first};

/// The functions.
pub const FUNCTIONS: &[Function] = functions![
    ("toToml", [Any], to_toml),
    ("mustToToml", [Any], must_to_toml),
    ("fromToml", [Str], from_toml),
];

fn to_toml(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let value = written(arguments)?;
    match write(value) {
        Ok(text) => {
            run.take(text.len())?;
            Ok(text.into())
        }
        Err(error @ WriteError::TooDeep) => Err(CallError::Bound(error.to_string())),
        Err(error) => Ok(error.to_string().into()),
    }
}

fn must_to_toml(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let value = written(arguments)?;
    let text = write(value).map_err(|error| CallError::new(error.to_string()))?;
    run.take(text.len())?;
    Ok(text.into())
}

/// The value to write. Nil is one that the reference trips over.
fn written(arguments: &[Value]) -> Result<&Value, CallError> {
    let value = first(arguments);
    if value.is_nil() {
        let reason = "reflect: call of reflect.Value.Type on zero Value";
        return Err(CallError::new(reason));
    }
    Ok(value)
}

fn from_toml(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = match first(arguments).as_str() {
        Some(text) => text.clone(),
        None => return Ok(error_map(&"no text")),
    };
    run.take(text.len())?;
    match read(text.bytes()) {
        Ok(map) => Ok(map.into()),
        Err(error) => Ok(error_map(&error)),
    }
}
