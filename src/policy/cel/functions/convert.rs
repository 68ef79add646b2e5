//! Conversions between types, sizes, and values as text.

use std::fmt::Write as _;

use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta};

use super::{EvalError, Line, Result, Value, arguments, fail};

pub(super) const TABLE: &[Line] = &[
    ("dyn(A): dyn", identity),
    ("type(A): type", |a| {
        arguments!(a, value);
        Ok(Value::Type(value.type_name().into()))
    }),
    ("bool(bool): bool", identity),
    ("bool(string): bool", to_bool),
    ("int(int): int", identity),
    ("int(uint): int", to_int),
    ("int(double): int", to_int),
    ("int(string): int", to_int),
    ("int(timestamp): int", to_int),
    ("int(duration): int", to_int),
    ("uint(uint): uint", identity),
    ("uint(int): uint", to_uint),
    ("uint(double): uint", to_uint),
    ("uint(string): uint", to_uint),
    ("double(double): double", identity),
    ("double(int): double", to_double),
    ("double(uint): double", to_double),
    ("double(string): double", to_double),
    ("string(string): string", identity),
    ("string(bool): string", to_string),
    ("string(int): string", to_string),
    ("string(uint): string", to_string),
    ("string(double): string", to_string),
    ("string(bytes): string", to_string),
    ("string(timestamp): string", to_string),
    ("string(duration): string", to_string),
    ("bytes(bytes): bytes", identity),
    ("bytes(string): bytes", |a| {
        arguments!(a, Value::String(text));
        Ok(Value::Bytes(text.as_bytes().into()))
    }),
    ("size(bytes): int", size),
    ("size(list<A>): int", size),
    ("size(map<A,B>): int", size),
    ("bytes.size(): int", size),
    ("list<A>.size(): int", size),
    ("map<A,B>.size(): int", size),
];

pub(super) fn identity<'a>(values: &[Value<'a>]) -> Result<'a> {
    arguments!(values, value);
    Ok(value.clone())
}

fn size<'a>(values: &[Value<'a>]) -> Result<'a> {
    arguments!(values, value);
    let size = match value {
        Value::Bytes(bytes) => bytes.len(),
        value => value.len().ok_or(EvalError::NoSuchOverload)?,
    };
    Ok(Value::Int(i64::try_from(size).unwrap_or(i64::MAX)))
}

fn to_bool<'a>(values: &[Value<'a>]) -> Result<'a> {
    arguments!(values, Value::String(text));
    match text.as_str() {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(Value::Bool(true)),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(Value::Bool(false)),
        _ => Err(unreadable("bool")),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked before"
)]
fn to_int<'a>(values: &[Value<'a>]) -> Result<'a> {
    arguments!(values, value);
    Ok(Value::Int(match value {
        Value::Uint(uint) => i64::try_from(*uint).map_err(|_| EvalError::Overflow)?,
        // Both ends are excluded as the reference excludes them.
        Value::Double(double)
            if *double > -9.223_372_036_854_776e18 && *double < 9.223_372_036_854_776e18 =>
        {
            *double as i64
        }
        Value::Double(_) => return Err(EvalError::Overflow),
        Value::String(text) => text.parse().map_err(|_| unreadable("int"))?,
        Value::Timestamp(time) => time.timestamp(),
        Value::Duration(span) => span.num_nanoseconds().ok_or(EvalError::Overflow)?,
        _ => return Err(EvalError::NoSuchOverload),
    }))
}

fn unreadable(r#type: &str) -> EvalError {
    EvalError::function(format!("type conversion error from 'string' to '{type}'"))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked before"
)]
fn to_uint<'a>(values: &[Value<'a>]) -> Result<'a> {
    arguments!(values, value);
    let overflow = || EvalError::function("unsigned integer overflow");
    Ok(Value::Uint(match value {
        Value::Int(int) => u64::try_from(*int).map_err(|_| overflow())?,
        Value::Double(double) if *double >= 0.0 && *double < 1.844_674_407_370_955_2e19 => {
            *double as u64
        }
        Value::Double(_) => return Err(overflow()),
        Value::String(text) => text.parse().map_err(|_| unreadable("uint"))?,
        _ => return Err(EvalError::NoSuchOverload),
    }))
}

#[expect(clippy::cast_precision_loss, reason = "it is what the language does")]
fn to_double<'a>(values: &[Value<'a>]) -> Result<'a> {
    arguments!(values, value);
    Ok(Value::Double(match value {
        Value::Int(int) => *int as f64,
        Value::Uint(uint) => *uint as f64,
        Value::String(text) => text.parse().map_err(|_| unreadable("double"))?,
        _ => return Err(EvalError::NoSuchOverload),
    }))
}

fn to_string<'a>(values: &[Value<'a>]) -> Result<'a> {
    arguments!(values, value);
    if let Value::Bytes(bytes) = value {
        return match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Value::string(text)),
            Err(_) => fail("invalid UTF-8 in bytes, cannot convert to string"),
        };
    }
    Ok(Value::string(display(value)))
}

/// Writes a scalar as `string()` does; lists and maps as messages show them.
pub(crate) fn display(value: &Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Uint(uint) => uint.to_string(),
        Value::Double(double) => double_text(*double),
        Value::String(text) | Value::Type(text) => text.to_string(),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Timestamp(time) => timestamp_text(time),
        Value::Duration(span) => duration_text(*span),
        Value::Optional(Some(held)) => format!("optional({})", display(held)),
        Value::Optional(None) => "optional.none()".to_owned(),
        Value::Opaque(opaque) => match opaque.as_ref() {
            super::Opaque::Ip(ip) => ip.to_string(),
            super::Opaque::Cidr(cidr) => cidr.to_string(),
            super::Opaque::Quantity(quantity) => quantity.to_string(),
            super::Opaque::Semver(version) => version.to_string(),
            super::Opaque::Url(url) => url.text().to_owned(),
            super::Opaque::Format(format) => format.name().to_owned(),
        },
        compound => nested(compound).unwrap_or_default(),
    }
}

/// Writes a double in the shortest form that reads back, as Go's `'g'` with its exponent rules.
fn double_text(double: f64) -> String {
    if double.is_nan() {
        return "NaN".to_owned();
    }
    if double.is_infinite() {
        return if double > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let magnitude = double.abs();
    if magnitude != 0.0 && !(1e-4..1e6).contains(&magnitude) {
        let scientific = format!("{double:e}");
        if let Some((mantissa, exponent)) = scientific.split_once('e') {
            let (sign, digits) = match exponent.strip_prefix('-') {
                Some(digits) => ('-', digits),
                None => ('+', exponent),
            };
            return format!("{mantissa}e{sign}{digits:0>2}");
        }
    }
    format!("{double}")
}

fn timestamp_text(time: &DateTime<FixedOffset>) -> String {
    let text = time.to_rfc3339_opts(SecondsFormat::Nanos, true);
    // Go leaves trailing zeros of the fraction out.
    let Some((seconds, rest)) = text.split_once('.') else {
        return text;
    };
    let (fraction, zone) = rest.split_at_checked(9).unwrap_or((rest, ""));
    match fraction.trim_end_matches('0') {
        "" => format!("{seconds}{zone}"),
        fraction => format!("{seconds}.{fraction}{zone}"),
    }
}

/// Writes a duration in seconds, as `90.5s`.
pub(super) fn duration_text(span: TimeDelta) -> String {
    let nanos = i128::from(span.num_seconds()) * 1_000_000_000 + i128::from(span.subsec_nanos());
    let sign = if nanos < 0 { "-" } else { "" };
    let (whole, part) = (nanos.abs() / 1_000_000_000, nanos.abs() % 1_000_000_000);
    if part == 0 {
        return format!("{sign}{whole}s");
    }
    let fraction = format!("{part:09}");
    format!("{sign}{whole}.{}s", fraction.trim_end_matches('0'))
}

/// Writes what stands in a list or map of `%s`: strings are quoted there.
fn held(value: &Value<'_>) -> std::result::Result<String, String> {
    match value {
        Value::String(text) => Ok(super::strings::quote(text)),
        Value::Double(double) => Ok(fixed(*double, 6)),
        value => format_value('s', None, value),
    }
}

/// Writes a list or map for `%s`.
fn nested(value: &Value<'_>) -> std::result::Result<String, String> {
    let mut text = String::new();
    if let Some(items) = value.elements() {
        text.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                text.push_str(", ");
            }
            text.push_str(&held(item)?);
        }
        text.push(']');
        return Ok(text);
    }
    if value.is_map() {
        let mut entries = Vec::new();
        for position in 0..value.len().unwrap_or_default() {
            if let Some((key, value)) = value.entry(position) {
                entries.push((held(&key)?, held(&value)?));
            }
        }
        entries.sort();
        text.push('{');
        for (index, (key, value)) in entries.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            let _ = write!(text, "{comma}{key}:{value}");
        }
        text.push('}');
        return Ok(text);
    }
    Err(format!(
        "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given {}",
        value.type_name()
    ))
}

/// Writes a value for a clause of `format`.
pub(super) fn format_value(
    verb: char,
    precision: Option<usize>,
    value: &Value<'_>,
) -> std::result::Result<String, String> {
    let wrong = |clause: &str, types: &str| {
        Err(format!(
            "{clause} clause can only be used on {types}, was given {}",
            value.type_name()
        ))
    };
    match (verb, value) {
        ('s', Value::Opaque(_) | Value::Optional(_)) => nested(value),
        ('s', value) if value.is_list() || value.is_map() => nested(value),
        ('s', value) => Ok(display(value)),
        ('d', Value::Int(int)) => Ok(int.to_string()),
        ('d', Value::Uint(uint)) => Ok(uint.to_string()),
        ('d', _) => wrong("decimal", "integers"),
        ('f', Value::Double(double)) => Ok(fixed(*double, precision.unwrap_or(6))),
        ('f', _) => wrong("fixed-point", "doubles"),
        ('e', Value::Double(double)) => Ok(scientific(*double, precision.unwrap_or(6))),
        ('e', _) => wrong("scientific", "doubles"),
        ('b', Value::Int(int)) => Ok(signed(*int, |n| format!("{n:b}"))),
        ('b', Value::Uint(uint)) => Ok(format!("{uint:b}")),
        ('b', Value::Bool(bool)) => Ok(u8::from(*bool).to_string()),
        ('b', _) => wrong("binary", "integers and bools"),
        ('o', Value::Int(int)) => Ok(signed(*int, |n| format!("{n:o}"))),
        ('o', Value::Uint(uint)) => Ok(format!("{uint:o}")),
        ('o', _) => wrong("octal", "integers"),
        ('x', Value::Int(int)) => Ok(signed(*int, |n| format!("{n:x}"))),
        ('X', Value::Int(int)) => Ok(signed(*int, |n| format!("{n:X}"))),
        ('x', Value::Uint(uint)) => Ok(format!("{uint:x}")),
        ('X', Value::Uint(uint)) => Ok(format!("{uint:X}")),
        ('x', Value::String(text)) => Ok(hex(text.as_bytes())),
        ('X', Value::String(text)) => Ok(hex(text.as_bytes()).to_ascii_uppercase()),
        ('x', Value::Bytes(bytes)) => Ok(hex(bytes)),
        ('X', Value::Bytes(bytes)) => Ok(hex(bytes).to_ascii_uppercase()),
        ('x' | 'X', _) => wrong("hex", "integers, byte buffers, and strings"),
        (verb, _) => Err(format!(
            "could not parse formatting clause: unrecognized formatting clause \"{verb}\""
        )),
    }
}

fn fixed(double: f64, precision: usize) -> String {
    if double.is_finite() {
        format!("{double:.precision$}")
    } else {
        display(&Value::Double(double))
            .replace("Inf", "Infinity")
            .replace('+', "")
    }
}

/// Writes `1.234500×10⁰³`, which is what the reference makes of `%e`.
fn scientific(double: f64, precision: usize) -> String {
    let text = format!("{double:.precision$e}");
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return fixed(double, precision);
    };
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ("⁻", digits),
        None => ("", exponent),
    };
    let raised = |digit: char| match digit {
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        _ => '⁰',
    };
    let power: String = format!("{digits:0>2}").chars().map(raised).collect();
    format!("{mantissa}×10{sign}{power}")
}

fn signed(int: i64, write: fn(u64) -> String) -> String {
    let sign = if int < 0 { "-" } else { "" };
    format!("{sign}{}", write(int.unsigned_abs()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
