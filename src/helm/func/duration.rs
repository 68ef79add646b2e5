//! Durations: `mustToDuration`, `durationSeconds` and its like, `durationRoundTo`, `durationTruncateTo`.
//!
//! A number, or text that is one, is so many seconds. What is no duration is zero, but for `mustToDuration`.

use crate::template::func::duration::{hours, minutes, parse, round, seconds, truncate, value};
use crate::template::func::{functions, parse_float, truncated};
use crate::template::{CallError, Function, IntType, Kind, Run, Value, display, quoted};

use super::yaml::first;

/// The functions.
pub const FUNCTIONS: &[Function] = functions![
    ("mustToDuration", [Any], must_to_duration),
    ("durationSeconds", [Any], |_, given| float(given, seconds)),
    ("durationMilliseconds", [Any], |_, given| whole(
        given, 1_000_000
    )),
    ("durationMicroseconds", [Any], |_, given| whole(
        given, 1_000
    )),
    ("durationNanoseconds", [Any], |_, given| whole(given, 1)),
    ("durationMinutes", [Any], |_, given| float(given, minutes)),
    ("durationHours", [Any], |_, given| float(given, hours)),
    ("durationDays", [Any], |_, given| float(given, days)),
    ("durationWeeks", [Any], |_, given| float(given, weeks)),
    ("durationRoundTo", [Any, Any], |_, given| to_multiple(
        given, round
    )),
    ("durationTruncateTo", [Any, Any], |_, given| to_multiple(
        given, truncate
    )),
];

const SECOND: i64 = 1_000_000_000;

fn must_to_duration(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let nanoseconds = duration(first(arguments)).map_err(CallError::new)?;
    Ok(value(nanoseconds))
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of functions")]
fn float(arguments: &[Value], unit: fn(i64) -> f64) -> Result<Value, CallError> {
    let nanoseconds = duration(first(arguments));
    Ok(nanoseconds.map_or(0.0, unit).into())
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of functions")]
fn whole(arguments: &[Value], unit: i64) -> Result<Value, CallError> {
    let nanoseconds = duration(first(arguments)).unwrap_or(0);
    Ok(Value::int64(nanoseconds / unit))
}

fn days(nanoseconds: i64) -> f64 {
    hours(nanoseconds) / 24.0
}

fn weeks(nanoseconds: i64) -> f64 {
    days(nanoseconds) / 7.0
}

/// The duration itself where the multiple is none.
#[expect(clippy::unnecessary_wraps, reason = "the signature of functions")]
fn to_multiple(arguments: &[Value], by: fn(i64, i64) -> i64) -> Result<Value, CallError> {
    let nanoseconds = duration(first(arguments)).unwrap_or(0);
    let multiple = arguments.get(1).and_then(|value| duration(value).ok());
    Ok(value(by(nanoseconds, multiple.unwrap_or(0))))
}

/// The nanoseconds of a value. The error has the reference's words.
fn duration(value: &Value) -> Result<i64, String> {
    let overflow = || {
        let shown = display(value);
        format!("duration seconds overflow: {}", shown.text())
    };
    match &value.kind {
        Kind::Int(nanoseconds, IntType::Duration) => Ok(*nanoseconds),
        Kind::Int(seconds, _) => seconds.checked_mul(SECOND).ok_or_else(overflow),
        Kind::Uint(seconds, _) => i64::try_from(*seconds)
            .ok()
            .and_then(|seconds| seconds.checked_mul(SECOND))
            .ok_or_else(overflow),
        Kind::Float(seconds) => of_seconds(*seconds),
        Kind::Str(text) => {
            let trimmed = text.text();
            let trimmed = trimmed.trim();
            if trimmed.is_empty() {
                return Err("empty duration".to_owned());
            }
            if let Ok(nanoseconds) = parse(trimmed.as_bytes()) {
                return Ok(nanoseconds);
            }
            if let Some(seconds) = parse_float(trimmed.as_bytes()) {
                of_seconds(seconds)
            } else {
                let text = quoted(text.bytes());
                let text = String::from_utf8_lossy(&text);
                Err(format!("could not parse duration {text}"))
            }
        }
        Kind::Nil => Err("invalid duration".to_owned()),
        _ => Err(format!("unsupported duration type {}", value.type_name())),
    }
}

fn of_seconds(seconds: f64) -> Result<i64, String> {
    /// The first number that is too large, as floating point.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let shown = || display(&seconds.into()).text().into_owned();
    if !seconds.is_finite() {
        return Err(format!("invalid duration seconds: {}", shown()));
    }
    let nanoseconds = seconds * 1e9;
    if nanoseconds.abs() > LIMIT {
        return Err(format!("duration seconds overflow: {}", shown()));
    }
    Ok(truncated(nanoseconds))
}
