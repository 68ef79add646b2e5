//! JSON as Sprig has it. Helm puts functions of its own in the place of some.

use super::super::json::{Escape, read, write, write_indented};
use super::super::value::Value;
use super::super::{CallError, Run};
use super::{Function, arg, functions};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("fromJson", [Str], from_json),
    ("mustFromJson", [Str], must_from_json),
    ("toJson", [Any], to_json),
    ("mustToJson", [Any], must_to_json),
    ("toPrettyJson", [Any], to_pretty_json),
    ("mustToPrettyJson", [Any], must_to_pretty_json),
    ("toRawJson", [Any], must_to_raw_json),
    ("mustToRawJson", [Any], must_to_raw_json),
];

/// The value, or nil for what is no JSON.
fn from_json(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::bytes(arguments, 0);
    run.take(text.len())?;
    Ok(read(text).unwrap_or_default())
}

fn must_from_json(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::bytes(arguments, 0);
    run.take(text.len())?;
    read(text).map_err(|error| CallError::new(error.to_string()))
}

fn to_json(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    lenient(run, written(arguments, Escape::Html))
}

fn must_to_json(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    strict(run, written(arguments, Escape::Html))
}

fn to_pretty_json(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    lenient(run, pretty(arguments))
}

fn must_to_pretty_json(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    strict(run, pretty(arguments))
}

fn must_to_raw_json(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    strict(run, written(arguments, Escape::Minimal))
}

/// The text, or why the value has none in JSON.
type Written = Result<String, CallError>;

fn written(arguments: &[Value], escape: Escape) -> Written {
    let mut out = String::new();
    match write(&arg::any(arguments, 0), escape, &mut out) {
        Ok(()) => Ok(out),
        Err(error) => Err(CallError::new(error.to_string())),
    }
}

fn pretty(arguments: &[Value]) -> Written {
    let mut out = String::new();
    match write_indented(&arg::any(arguments, 0), "  ", &mut out) {
        Ok(()) => Ok(out),
        Err(error) => Err(CallError::new(error.to_string())),
    }
}

/// Nothing in the place of an error.
fn lenient(run: &mut Run<'_>, written: Written) -> Result<Value, CallError> {
    strict(run, Ok(written.unwrap_or_default()))
}

fn strict(run: &mut Run<'_>, written: Written) -> Result<Value, CallError> {
    let text = written?;
    run.take(text.len())?;
    Ok(text.into())
}
