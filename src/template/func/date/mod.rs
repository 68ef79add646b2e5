//! Dates and durations, by Go's layouts.

mod format;
mod layout;
mod moment;
mod object;
mod parse;

use super::super::print;
use super::super::value::{IntType, Kind, Value};
use super::super::{CallError, Run};
use super::number::NumberError;
use super::{Function, arg, duration, functions, number};

use moment::{Moment, Zone};
use object::moment_of;

pub(super) const FUNCTIONS: &[Function] = functions![
    ("now", [], now),
    ("ago", [Any], ago),
    ("date", [Str, Any], date),
    ("dateInZone", [Str, Any, Str], date_in_zone),
    ("date_in_zone", [Str, Any, Str], date_in_zone),
    ("htmlDate", [Any], html_date),
    ("htmlDateInZone", [Any, Str], html_date_in_zone),
    ("dateModify", [Str, Object("time.Time")], date_modify),
    ("date_modify", [Str, Object("time.Time")], date_modify),
    (
        "mustDateModify",
        [Str, Object("time.Time")],
        must_date_modify
    ),
    (
        "must_date_modify",
        [Str, Object("time.Time")],
        must_date_modify
    ),
    ("toDate", [Str, Str], to_date),
    ("mustToDate", [Str, Str], must_to_date),
    ("unixEpoch", [Object("time.Time")], unix_epoch),
    ("duration", [Any], duration),
    ("durationRound", [Any], duration_round),
];

/// Returns the time that a text is by a layout of Go. Where `zone` has a name, the text is one without a distance to UTC, and the
/// zone of the time is one of that name without any.
pub(crate) fn read_time(layout: &str, text: &str, zone: Option<&str>) -> Option<Value> {
    let moment = match zone {
        None => parse::parse(layout.as_bytes(), text.as_bytes()).ok()?,
        Some(name) => {
            let (layout, text) = (format!("{layout}Z07:00"), format!("{text}Z"));
            let moment = parse::parse(layout.as_bytes(), text.as_bytes()).ok()?;
            moment.in_zone(Zone::Fixed(0, name.into()))
        }
    };
    Some(object::value(moment))
}

/// Returns a time by a layout that may depend on the name of its zone; `None` for what is no time.
pub(crate) fn write_time(
    value: &Value,
    layout: impl FnOnce(&str) -> &'static str,
) -> Option<String> {
    let moment = moment_of(value)?;
    let (_, zone) = moment.offset();
    let text = format::format(moment, layout(&zone).as_bytes());
    Some(String::from_utf8_lossy(&text).into_owned())
}

fn now(run: &mut Run<'_>, _: &[Value]) -> Result<Value, CallError> {
    Ok(object::value(current(run, "now")))
}

/// The time of the run.
fn current(run: &mut Run<'_>, function: &'static str) -> Moment {
    let timestamp = run.now(function).timestamp();
    // Before 1970 the fraction is negative.
    Moment::of_seconds(timestamp.as_second()).plus(i64::from(timestamp.subsec_nanosecond()))
}

/// The time that a value stands for: a time, or seconds since 1970.
fn given(value: &Value) -> Option<Moment> {
    match &value.kind {
        Kind::Int(seconds, IntType::Int | IntType::Int64 | IntType::Int32) => {
            Some(Moment::of_seconds(*seconds))
        }
        _ => moment_of(value).cloned(),
    }
}

/// The time since then, to the second.
fn ago(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let then = arg::any(arguments, 0);
    let then = match then.kind {
        Kind::Int(_, IntType::Int32) => None,
        _ => given(&then),
    };
    let now = current(run, "ago");
    let since = now.since(then.as_ref().unwrap_or(&now));
    Ok(print::duration(to_seconds(since)).into())
}

/// Rounded to seconds, half away from zero.
fn to_seconds(nanoseconds: i64) -> i64 {
    const SECOND: i64 = 1_000_000_000;
    let rest = nanoseconds % SECOND;
    let whole = nanoseconds - rest;
    if rest.abs() < SECOND / 2 {
        return whole;
    }
    let limit = if nanoseconds < 0 { i64::MIN } else { i64::MAX };
    whole.checked_add(rest.signum() * SECOND).unwrap_or(limit)
}

/// A date by a layout in a zone; UTC where there is no zone of that name, now where that is no date.
fn formatted(
    run: &mut Run<'_>,
    function: &'static str,
    layout: &[u8],
    date: &Value,
    zone: &[u8],
) -> Result<Value, CallError> {
    let moment = match given(date) {
        Some(moment) => moment,
        None => current(run, function),
    };
    let zone = std::str::from_utf8(zone).ok().and_then(Zone::of_name);
    let moment = moment.in_zone(zone.unwrap_or(Zone::Utc));
    // A month of three letters may become nine.
    run.take(layout.len().saturating_mul(3))?;
    Ok(Value::str(format::format(&moment, layout)))
}

const HTML: &[u8] = b"2006-01-02";
const LOCAL: &[u8] = b"Local";

fn date(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let date = arg::any(arguments, 1);
    formatted(run, "date", arg::bytes(arguments, 0), &date, LOCAL)
}

fn date_in_zone(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let date = arg::any(arguments, 1);
    let (layout, zone) = (arg::bytes(arguments, 0), arg::bytes(arguments, 2));
    formatted(run, "dateInZone", layout, &date, zone)
}

fn html_date(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    formatted(run, "htmlDate", HTML, &arg::any(arguments, 0), LOCAL)
}

fn html_date_in_zone(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let date = arg::any(arguments, 0);
    formatted(run, "htmlDateInZone", HTML, &date, arg::bytes(arguments, 1))
}

/// A date moved by a duration.
fn modified(arguments: &[Value]) -> Result<Value, CallError> {
    let nanoseconds = duration::parse(arg::bytes(arguments, 0)).map_err(CallError::new)?;
    let date = arg::any(arguments, 1);
    Ok(match moment_of(&date) {
        Some(moment) => object::value(moment.plus(nanoseconds)),
        None => date,
    })
}

/// The date itself for what is no duration.
fn date_modify(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(modified(arguments).unwrap_or_else(|_| arg::any(arguments, 1)))
}

fn must_date_modify(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    modified(arguments)
}

/// Go's zero time for what is no date.
fn to_date(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let read = parse::parse(arg::bytes(arguments, 0), arg::bytes(arguments, 1));
    Ok(object::value(read.unwrap_or_else(|_| Moment::zero())))
}

fn must_to_date(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let read = parse::parse(arg::bytes(arguments, 0), arg::bytes(arguments, 1));
    read.map(object::value).map_err(CallError::new)
}

fn unix_epoch(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let date = arg::any(arguments, 0);
    let seconds = moment_of(&date).map_or(0, |moment| moment.seconds);
    Ok(seconds.to_string().into())
}

/// So many seconds as a duration. An `int` is none: only an `int64` and text are.
fn duration(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let seconds = match &arg::any(arguments, 0).kind {
        Kind::Int(seconds, IntType::Int64) => *seconds,
        Kind::Str(text) => match number::parse_int(text, 10) {
            Ok(seconds) | Err(NumberError::Range(seconds)) => seconds,
            Err(NumberError::Syntax) => 0,
        },
        _ => 0,
    };
    Ok(print::duration(seconds.wrapping_mul(1_000_000_000)).into())
}

/// A duration, nanoseconds or the time since a date, in its largest unit.
fn duration_round(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let value = arg::any(arguments, 0);
    let nanoseconds = match &value.kind {
        Kind::Int(nanoseconds, IntType::Int64) => *nanoseconds,
        Kind::Str(text) => duration::parse(text).unwrap_or(0),
        _ => match moment_of(&value) {
            Some(then) => current(run, "durationRound").since(then),
            None => 0,
        },
    };
    Ok(duration::rounded(nanoseconds).into())
}
