//! Is a scalar what the API server can read into a field of a type?

use crate::yaml::{Scalar, Tag};

use super::bundle::Type;
use super::quantity;

/// What is wrong with a scalar: the rule and the message.
pub(super) type Refusal = (&'static str, String);

/// Holds a scalar to a type that is neither list nor mapping. Null is read as the empty value everywhere.
pub(super) fn check(scalar: &Scalar, kind: &Type) -> Result<(), Refusal> {
    if scalar.tag == Tag::Null {
        return Ok(());
    }
    let is_text = matches!(scalar.tag, Tag::Str | Tag::Timestamp | Tag::Binary);
    let text = scalar.text.as_str();
    let fine = match kind {
        Type::Any => true,
        Type::Boolean => scalar.tag == Tag::Bool,
        Type::Int32 => return integer(scalar, i64::from(i32::MIN), i64::from(i32::MAX), "32"),
        Type::Int64 => return integer(scalar, i64::MIN, i64::MAX, "64"),
        Type::Number => matches!(scalar.tag, Tag::Int | Tag::Float),
        Type::Bytes if is_text => return base64(text),
        Type::Time if is_text => return time(text),
        Type::Quantity if is_text || matches!(scalar.tag, Tag::Int | Tag::Float) => {
            return quantity::check(text).map_err(|message| ("schema/quantity", message));
        }
        Type::IntOrString if scalar.tag == Tag::Int => return check(scalar, &Type::Int32),
        Type::WideIntOrString if scalar.tag == Tag::Int => return check(scalar, &Type::Int64),
        Type::String | Type::IntOrString | Type::WideIntOrString => is_text,
        _ => false,
    };
    if fine {
        return Ok(());
    }
    Err((
        "schema/type",
        format!("must be {}, is {}", wanted(kind), found(scalar)),
    ))
}

/// Says what a type wants, with its article.
pub(super) fn wanted(kind: &Type) -> &'static str {
    match kind {
        Type::Any => "a value",
        Type::AnyObject | Type::Struct(_) | Type::Map(_) => "a mapping",
        Type::Boolean => "a boolean",
        Type::Int32 | Type::Int64 => "an integer",
        Type::Number => "a number",
        Type::String => "a string",
        Type::Bytes => "base64 text",
        Type::Time => "a time",
        Type::Quantity => "a quantity",
        Type::IntOrString | Type::WideIntOrString => "an integer or a string",
        Type::List(_) => "a list",
    }
}

/// Says what a scalar is, with its article. Never its text, which may be secret.
pub(super) fn found(scalar: &Scalar) -> &'static str {
    match scalar.tag {
        Tag::Null => "null",
        Tag::Bool => "a boolean",
        Tag::Int => "an integer",
        Tag::Float => "a number",
        Tag::Str | Tag::Timestamp | Tag::Binary => "a string",
    }
}

fn integer(scalar: &Scalar, least: i64, most: i64, bits: &str) -> Result<(), Refusal> {
    let number = match scalar.tag {
        Tag::Int | Tag::Float => number_of(scalar),
        _ => {
            return Err((
                "schema/type",
                format!("must be an integer, is {}", found(scalar)),
            ));
        }
    };
    match number {
        Some(number) if (least..=most).contains(&number) => Ok(()),
        // A float with a fraction, or beyond 64 bits.
        None if scalar.tag == Tag::Float => Err((
            "schema/type",
            "must be an integer, is a number with a fraction".into(),
        )),
        _ => Err((
            "schema/format",
            format!("does not fit an integer of {bits} bits"),
        )),
    }
}

/// Returns the number a scalar stands for, if it is whole and fits 64 bits.
pub(super) fn number_of(scalar: &Scalar) -> Option<i64> {
    let text = scalar.text.as_str();
    if scalar.tag == Tag::Float {
        let number: f64 = text.replace('_', "").parse().ok()?;
        let bound = 9_007_199_254_740_992.0;
        if number.fract() != 0.0 || number.abs() > bound {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "whole, and below 2^53")]
        return Some(number as i64);
    }
    if scalar.tag != Tag::Int {
        return None;
    }
    if let Ok(number) = text.parse() {
        let digits = text.trim_start_matches(['-', '+']);
        if !(digits.len() > 1 && digits.starts_with('0')) {
            return Some(number);
        }
    }
    let text = text.replace('_', "");
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, digits.get(2..)?),
        Some("0o" | "0O") => (8, digits.get(2..)?),
        Some("0b" | "0B") => (2, digits.get(2..)?),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    let number = i64::from_str_radix(digits, radix).ok()?;
    Some(if negative { -number } else { number })
}

/// Base64 as Go reads it, which does not look at bits that stand for nothing.
const GO_BASE64: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    base64::engine::general_purpose::GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true),
);

fn base64(text: &str) -> Result<(), Refusal> {
    use base64::Engine as _;
    let refuse = || Err(("schema/format", "is not base64".to_owned()));
    let engine = &GO_BASE64;
    // Go skips line ends within base64.
    let decoded = if text.contains(['\n', '\r']) {
        engine.decode(text.replace(['\n', '\r'], ""))
    } else {
        engine.decode(text)
    };
    decoded.map(|_| ()).or_else(|_| refuse())
}

fn time(text: &str) -> Result<(), Refusal> {
    if chrono::DateTime::parse_from_rfc3339(text).is_ok() && text.contains('T') {
        return Ok(());
    }
    Err((
        "schema/format",
        "is not a time as RFC 3339 writes it, such as `2026-01-31T12:00:00Z`".into(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Style;

    fn scalar(text: &str, tag: Tag) -> Scalar {
        Scalar {
            text: text.into(),
            tag,
            style: Style::Plain,
        }
    }

    #[test]
    fn scalars_are_held_to_their_type() {
        let cases = [
            ("3", Tag::Int, Type::Int32, true),
            ("3", Tag::Str, Type::Int32, false),
            ("3.0", Tag::Float, Type::Int32, true),
            ("3.5", Tag::Float, Type::Int32, false),
            ("2147483648", Tag::Int, Type::Int32, false),
            ("2147483648", Tag::Int, Type::Int64, true),
            ("9223372036854775808", Tag::Int, Type::Int64, false),
            ("0x10", Tag::Int, Type::Int32, true),
            ("3", Tag::Int, Type::String, false),
            ("true", Tag::Bool, Type::String, false),
            ("true", Tag::Str, Type::Boolean, false),
            ("null", Tag::Null, Type::Boolean, true),
            ("80", Tag::Int, Type::IntOrString, true),
            ("http", Tag::Str, Type::IntOrString, true),
            ("1.5", Tag::Float, Type::IntOrString, false),
            ("aGk=", Tag::Str, Type::Bytes, true),
            ("aGk", Tag::Str, Type::Bytes, false),
            ("2026-01-31T12:00:00Z", Tag::Str, Type::Time, true),
            ("yesterday", Tag::Str, Type::Time, false),
            ("100m", Tag::Str, Type::Quantity, true),
            ("0.5", Tag::Float, Type::Quantity, true),
            ("1 GB", Tag::Str, Type::Quantity, false),
        ];
        for (text, tag, kind, fine) in cases {
            let result = check(&scalar(text, tag), &kind);
            assert_eq!(result.is_ok(), fine, "{text} {tag:?} {kind:?} {result:?}");
        }
    }
}
