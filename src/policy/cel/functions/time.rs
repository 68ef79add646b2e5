//! Timestamps and durations.

use chrono::{DateTime, Datelike as _, FixedOffset, TimeDelta, Timelike as _};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::convert::identity;
use super::{EvalError, Line, Result, Value, arguments, fail};

pub(super) const TABLE: &[Line] = &[
    ("timestamp(timestamp): timestamp", identity),
    ("timestamp(string): timestamp", |a| {
        arguments!(a, Value::String(text));
        read_timestamp(text).map(Value::Timestamp)
    }),
    ("timestamp(int): timestamp", |a| {
        arguments!(a, Value::Int(seconds));
        match DateTime::from_timestamp(*seconds, 0) {
            Some(time) => in_range(time.fixed_offset()).map(Value::Timestamp),
            None => fail("timestamp overflow"),
        }
    }),
    ("duration(duration): duration", identity),
    ("duration(string): duration", |a| {
        arguments!(a, Value::String(text));
        read_duration(text).map(Value::Duration)
    }),
    ("duration(int): duration", |a| {
        arguments!(a, Value::Int(nanos));
        Ok(Value::Duration(TimeDelta::nanoseconds(*nanos)))
    }),
    ("timestamp.getFullYear(): int", |a| {
        part(a, |t| i64::from(t.year()))
    }),
    ("timestamp.getFullYear(string): int", |a| {
        part(a, |t| i64::from(t.year()))
    }),
    ("timestamp.getMonth(): int", |a| {
        part(a, |t| i64::from(t.month0()))
    }),
    ("timestamp.getMonth(string): int", |a| {
        part(a, |t| i64::from(t.month0()))
    }),
    ("timestamp.getDayOfYear(): int", |a| {
        part(a, |t| i64::from(t.ordinal0()))
    }),
    ("timestamp.getDayOfYear(string): int", |a| {
        part(a, |t| i64::from(t.ordinal0()))
    }),
    ("timestamp.getDayOfMonth(): int", |a| {
        part(a, |t| i64::from(t.day0()))
    }),
    ("timestamp.getDayOfMonth(string): int", |a| {
        part(a, |t| i64::from(t.day0()))
    }),
    ("timestamp.getDate(): int", |a| {
        part(a, |t| i64::from(t.day()))
    }),
    ("timestamp.getDate(string): int", |a| {
        part(a, |t| i64::from(t.day()))
    }),
    ("timestamp.getDayOfWeek(): int", |a| part(a, day_of_week)),
    ("timestamp.getDayOfWeek(string): int", |a| {
        part(a, day_of_week)
    }),
    ("timestamp.getHours(): int", |a| {
        part(a, |t| i64::from(t.hour()))
    }),
    ("timestamp.getHours(string): int", |a| {
        part(a, |t| i64::from(t.hour()))
    }),
    ("timestamp.getMinutes(): int", |a| {
        part(a, |t| i64::from(t.minute()))
    }),
    ("timestamp.getMinutes(string): int", |a| {
        part(a, |t| i64::from(t.minute()))
    }),
    ("timestamp.getSeconds(): int", |a| {
        part(a, |t| i64::from(t.second()))
    }),
    ("timestamp.getSeconds(string): int", |a| {
        part(a, |t| i64::from(t.second()))
    }),
    ("timestamp.getMilliseconds(): int", |a| {
        part(a, milliseconds)
    }),
    ("timestamp.getMilliseconds(string): int", |a| {
        part(a, milliseconds)
    }),
    ("duration.getHours(): int", |a| {
        span(a, TimeDelta::num_hours)
    }),
    ("duration.getMinutes(): int", |a| {
        span(a, TimeDelta::num_minutes)
    }),
    ("duration.getSeconds(): int", |a| {
        span(a, TimeDelta::num_seconds)
    }),
    ("duration.getMilliseconds(): int", |a| {
        span(a, TimeDelta::num_milliseconds)
    }),
];

fn day_of_week(time: &DateTime<FixedOffset>) -> i64 {
    i64::from(time.weekday().num_days_from_sunday())
}

fn milliseconds(time: &DateTime<FixedOffset>) -> i64 {
    i64::from(time.timestamp_subsec_millis())
}

fn part<'a>(values: &[Value<'a>], part: fn(&DateTime<FixedOffset>) -> i64) -> Result<'a> {
    let local = match values {
        [Value::Timestamp(time)] => time.to_utc().fixed_offset(),
        [Value::Timestamp(time), Value::String(zone)] => in_zone(time, zone)?,
        _ => return Err(EvalError::NoSuchOverload),
    };
    Ok(Value::Int(part(&local)))
}

fn span<'a>(values: &[Value<'a>], part: fn(&TimeDelta) -> i64) -> Result<'a> {
    arguments!(values, Value::Duration(span));
    Ok(Value::Int(part(span)))
}

/// Moves a time into a zone: a name of the time zone database, or an offset as `+01:30`.
fn in_zone(
    time: &DateTime<FixedOffset>,
    zone: &str,
) -> std::result::Result<DateTime<FixedOffset>, EvalError> {
    if let Some((hours, minutes)) = zone.split_once(':') {
        let negative = hours.starts_with('-');
        let read = |text: &str| text.trim_start_matches(['-', '+']).parse::<i32>().ok();
        let offset = read(hours)
            .zip(read(minutes))
            .filter(|(hours, minutes)| *hours < 24 && *minutes < 60)
            .map(|(hours, minutes)| (hours * 60 + minutes) * if negative { -60 } else { 60 })
            .and_then(FixedOffset::east_opt);
        return match offset {
            Some(offset) => Ok(time.with_timezone(&offset)),
            None => fail(format!("invalid time zone {zone}")),
        };
    }
    // The database takes a name in any case, Go takes it as it is written.
    let known = TimeZone::get(zone).ok();
    let known = known.filter(|known| known.iana_name() == Some(zone));
    let Some(known) = known else {
        return fail(format!("unknown time zone {zone}"));
    };
    let offset = Timestamp::from_second(time.timestamp())
        .ok()
        .and_then(|time| FixedOffset::east_opt(known.to_offset(time).seconds()));
    match offset {
        Some(offset) => Ok(time.with_timezone(&offset)),
        None => fail("timestamp overflow"),
    }
}

/// Refuses years that the reference's timestamps do not reach.
pub(crate) fn in_range(
    time: DateTime<FixedOffset>,
) -> std::result::Result<DateTime<FixedOffset>, EvalError> {
    if (1..=9999).contains(&time.to_utc().year()) {
        Ok(time)
    } else {
        fail("timestamp overflow")
    }
}

/// Reads a timestamp of RFC 3339.
fn read_timestamp(text: &str) -> std::result::Result<DateTime<FixedOffset>, EvalError> {
    match DateTime::parse_from_rfc3339(text) {
        Ok(time) => in_range(time),
        Err(_) => fail("type conversion error from 'string' to 'google.protobuf.Timestamp'"),
    }
}

/// Reads a duration of Go: `1h30m`, `-1.5s`, `100ms`.
fn read_duration(text: &str) -> std::result::Result<TimeDelta, EvalError> {
    let invalid =
        || EvalError::function("type conversion error from 'string' to 'google.protobuf.Duration'");
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(TimeDelta::zero());
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut nanos: i128 = 0;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or_else(invalid)?;
        let (number, tail) = rest.split_at(digits);
        let unit_end = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let scale: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(invalid()),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || whole.len() > 19 || fraction.len() > 18 {
            return Err(invalid());
        }
        let read = |digits: &str| -> std::result::Result<i128, EvalError> {
            if digits.is_empty() {
                return Ok(0);
            }
            digits.parse().map_err(|_| invalid())
        };
        let power = 10_i128.pow(u32::try_from(fraction.len()).unwrap_or(0));
        nanos += read(whole)? * scale + read(fraction)? * scale / power;
        rest = tail;
    }
    let nanos = if negative { -nanos } else { nanos };
    i64::try_from(nanos)
        .map(TimeDelta::nanoseconds)
        .map_err(|_| invalid())
}
