//! Numbers of any value, by the rules of spf13/cast: what is none is zero.

use super::super::value::{IntType, Kind, Value};
use super::super::{CallError, Run};
use super::{Function, arg, functions, number};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("int", [Any], int),
    ("int64", [Any], int64),
    ("float64", [Any], float64),
    ("atoi", [Str], atoi),
    ("toDecimal", [Any], to_decimal),
];

/// The `int64` of a value.
pub(super) fn to_int64(value: &Value) -> i64 {
    match &value.kind {
        Kind::Bool(truth) => i64::from(*truth),
        Kind::Int(_, IntType::Duration) => 0,
        Kind::Int(number, _) => *number,
        Kind::Uint(number, _) => number.cast_signed(),
        Kind::Float(float) => number::truncated(*float),
        Kind::Str(text) => number::parse_int(without_zero_fraction(text), 0).unwrap_or(0),
        _ => 0,
    }
}

/// The `float64` of a value.
pub(super) fn to_float64(value: &Value) -> f64 {
    match &value.kind {
        Kind::Bool(truth) => f64::from(u8::from(*truth)),
        Kind::Int(_, IntType::Duration) => 0.0,
        #[expect(clippy::cast_precision_loss, reason = "as Go converts them")]
        Kind::Int(number, _) => *number as f64,
        #[expect(clippy::cast_precision_loss, reason = "as Go converts them")]
        Kind::Uint(number, _) => *number as f64,
        Kind::Float(number) => *number,
        Kind::Str(text) => number::parse_float(text).unwrap_or(0.0),
        _ => 0.0,
    }
}

/// `12.00` without its fraction.
fn without_zero_fraction(text: &[u8]) -> &[u8] {
    let zeros = text.iter().rev().take_while(|byte| **byte == b'0').count();
    let rest = text.get(..text.len() - zeros).unwrap_or_default();
    match rest.strip_suffix(b".") {
        Some(number) if zeros > 0 => number,
        _ => text,
    }
}

fn int(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(Value::int(to_int64(&arg::any(arguments, 0))))
}

fn int64(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(Value::int64(to_int64(&arg::any(arguments, 0))))
}

fn float64(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(to_float64(&arg::any(arguments, 0)).into())
}

/// Zero for what is no number, the last number on that side for what is out of range.
fn atoi(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(Value::int(
        match number::parse_int(arg::bytes(arguments, 0), 10) {
            Ok(number) | Err(number::NumberError::Range(number)) => number,
            Err(number::NumberError::Syntax) => 0,
        },
    ))
}

/// The number that the digits are in base eight.
fn to_decimal(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = super::super::print::display(&arg::any(arguments, 0));
    Ok(Value::int64(number::parse_int(&text, 8).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_zero() {
        for (text, want) in [
            ("12", 12),
            ("-0x10", -16),
            ("0b11", 3),
            ("017", 15),
            ("08", 0),
            ("1_000", 1000),
            ("1__0", 0),
            ("12.00", 12),
            ("12.", 0),
            ("12.50", 0),
            ("1e3", 0),
            ("9223372036854775808", 0),
            ("-9223372036854775808", i64::MIN),
            ("", 0),
            ("0.0", 0),
        ] {
            assert_eq!(to_int64(&text.into()), want, "{text}");
        }
        assert_eq!(to_int64(&Value::from(1e300)), i64::MIN);
        assert_eq!(to_int64(&Value::from(-2.7)), -2);
    }
}
