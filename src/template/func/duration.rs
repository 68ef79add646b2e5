//! Durations of Go: `1h30m`, `1.5s`. A duration is a count of nanoseconds; its methods are those of templates.

use crate::template::print::{display, quoted};

use super::super::value::{IntType, Kind, Value};
use super::super::{CallError, Run};
use super::{Function, arg, functions};

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// The methods of a `time.Duration`, which each gets as its first argument.
pub(super) const METHODS: &[Function] = functions![
    ("Abs", [], abs),
    ("Hours", [], |_, duration| of(duration, hours)),
    ("Microseconds", [], |_, duration| units(duration, 1_000)),
    ("Milliseconds", [], |_, duration| units(duration, 1_000_000)),
    ("Minutes", [], |_, duration| of(duration, minutes)),
    ("Nanoseconds", [], |_, duration| units(duration, 1)),
    ("Round", [Duration], |_, arguments| to_multiple(
        arguments, round
    )),
    ("Seconds", [], |_, duration| of(duration, seconds)),
    ("String", [], text),
    ("Truncate", [Duration], |_, arguments| to_multiple(
        arguments, truncate
    )),
];

/// The method of a `time.Month` and of a `time.Weekday`.
pub(super) const METHODS_OF_NAMES: &[Function] = functions![("String", [], text)];

/// A duration as a value.
pub fn value(nanoseconds: i64) -> Value {
    Kind::Int(nanoseconds, IntType::Duration).into()
}

/// In seconds.
pub fn seconds(nanoseconds: i64) -> f64 {
    in_unit(nanoseconds, SECOND)
}

/// In minutes.
pub fn minutes(nanoseconds: i64) -> f64 {
    in_unit(nanoseconds, MINUTE)
}

/// In hours.
pub fn hours(nanoseconds: i64) -> f64 {
    in_unit(nanoseconds, HOUR)
}

/// Whole units and the rest apart, so that the result is as exact as the reference's.
#[expect(clippy::cast_precision_loss, reason = "as Go converts them")]
fn in_unit(nanoseconds: i64, unit: i64) -> f64 {
    (nanoseconds / unit) as f64 + (nanoseconds % unit) as f64 / unit as f64
}

/// The nearest multiple, of two the one farther from zero.
pub fn round(nanoseconds: i64, multiple: i64) -> i64 {
    if multiple <= 0 {
        return nanoseconds;
    }
    let rest = nanoseconds % multiple;
    let towards_zero = nanoseconds - rest;
    if i128::from(rest).abs() * 2 < i128::from(multiple) {
        return towards_zero;
    }
    towards_zero.saturating_add(multiple * nanoseconds.signum())
}

/// The nearest multiple towards zero.
pub fn truncate(nanoseconds: i64, multiple: i64) -> i64 {
    if multiple <= 0 {
        return nanoseconds;
    }
    nanoseconds - nanoseconds % multiple
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of functions")]
fn abs(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(value(arg::int(arguments, 0).saturating_abs()))
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of functions")]
fn of(arguments: &[Value], unit: fn(i64) -> f64) -> Result<Value, CallError> {
    Ok(unit(arg::int(arguments, 0)).into())
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of functions")]
fn units(arguments: &[Value], unit: i64) -> Result<Value, CallError> {
    Ok(Value::int64(arg::int(arguments, 0) / unit))
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of functions")]
fn to_multiple(arguments: &[Value], by: fn(i64, i64) -> i64) -> Result<Value, CallError> {
    let (nanoseconds, multiple) = (arg::int(arguments, 0), arg::int(arguments, 1));
    Ok(value(by(nanoseconds, multiple)))
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of functions")]
fn text(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(display(&arg::any(arguments, 0)).into())
}

/// One more than fits: the smallest number has no positive one of its size.
const LIMIT: u64 = 1 << 63;

/// Reads a duration, in nanoseconds. The error has the reference's words.
pub fn parse(text: &[u8]) -> Result<i64, String> {
    let shown = |text: &[u8]| String::from_utf8_lossy(&quoted(text)).into_owned();
    let invalid = || format!("time: invalid duration {}", shown(text));
    let (is_negative, mut rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if rest == b"0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = match after.strip_prefix(b".") {
            Some(after) => digits(after),
            None => (&[][..], after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let unit_length = after
            .iter()
            .take_while(|byte| **byte != b'.' && !byte.is_ascii_digit())
            .count();
        let (unit, after) = after.split_at(unit_length);
        rest = after;
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", shown(text)));
        }
        let scale: u64 = match unit {
            b"ns" => 1,
            b"us" | b"\xC2\xB5s" | b"\xCE\xBCs" => 1_000,
            b"ms" => 1_000_000,
            b"s" => 1_000_000_000,
            b"m" => 60_000_000_000,
            b"h" => 3_600_000_000_000,
            _ => {
                let unit = shown(unit);
                let text = shown(text);
                return Err(format!("time: unknown unit {unit} in duration {text}"));
            }
        };
        let number = whole.iter().try_fold(0u64, |number, byte| {
            let number = number
                .checked_mul(10)?
                .checked_add(u64::from(byte - b'0'))?;
            (number <= LIMIT).then_some(number)
        });
        let part = number
            .and_then(|number| number.checked_mul(scale))
            .filter(|part| *part <= LIMIT)
            .and_then(|part| part.checked_add(fraction_of(fraction, scale)))
            .and_then(|part| total.checked_add(part));
        match part {
            Some(sum) if sum <= LIMIT => total = sum,
            _ => return Err(invalid()),
        }
    }
    if is_negative {
        return Ok(0i64.wrapping_sub_unsigned(total));
    }
    i64::try_from(total).map_err(|_| invalid())
}

/// The digits that stand first, and what follows.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text.split_at(count)
}

/// That fraction of a unit. Digits are read for as long as they fit, and multiplied as floating point.
fn fraction_of(digits: &[u8], unit: u64) -> u64 {
    let (mut number, mut scale) = (0u64, 1.0f64);
    for byte in digits {
        let next = number
            .checked_mul(10)
            .and_then(|number| number.checked_add(u64::from(byte - b'0')))
            .filter(|number| *number <= 1 << 63);
        let Some(next) = next else {
            break;
        };
        number = next;
        scale *= 10.0;
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the reference rounds the same way; the product is below the unit"
    )]
    let part = (number as f64 * (unit as f64 / scale)) as u64;
    part
}

/// Whole units of the largest kind that fits: years of 365 days, months of 30.
pub(super) fn rounded(nanoseconds: i64) -> String {
    const SECOND: u64 = 1_000_000_000;
    let length = nanoseconds.unsigned_abs();
    for (name, seconds) in [
        ("y", 365 * 86_400),
        ("mo", 30 * 86_400),
        ("d", 86_400),
        ("h", 3_600),
        ("m", 60),
        ("s", 1),
    ] {
        let unit = seconds * SECOND;
        if length > unit {
            return format!("{}{name}", length / unit);
        }
    }
    "0s".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_stays_within_bounds() {
        assert_eq!(round(15, 10), 20);
        assert_eq!(round(-15, 10), -20);
        assert_eq!(round(14, 10), 10);
        assert_eq!(round(15, 0), 15);
        assert_eq!(round(i64::MAX, HOUR), i64::MAX);
        assert_eq!(round(i64::MIN, HOUR), i64::MIN);
        assert_eq!(round(i64::MIN, i64::MAX), -i64::MAX);
        assert_eq!(truncate(-15, 10), -10);
        assert_eq!(truncate(-15, -10), -15);
    }
}
