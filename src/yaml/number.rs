//! Numbers as Go's YAML reads them and as Go's JSON and YAML print them.

use std::fmt::Write as _;

/// A number by the type that Go's YAML decodes it to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    /// What fits 64 bits with a sign.
    Int(i64),
    /// What fits only without a sign.
    Uint(u64),
    /// All else.
    Float(f64),
}

/// Reads a number that begins with a digit or a sign; underscores may stand anywhere.
pub(super) fn parse_number(text: &str) -> Option<Number> {
    if let Some(number) = parse_short_decimal(text.as_bytes()) {
        return Some(Number::Int(number));
    }
    let plain: std::borrow::Cow<'_, str> = if text.contains('_') {
        text.replace('_', "").into()
    } else {
        text.into()
    };
    parse_integer(&plain).or_else(|| parse_float(&plain).map(Number::Float))
}

/// The common case: up to 18 digits without a leading zero.
fn parse_short_decimal(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 18 || (digits[0] == b'0' && digits.len() > 1) {
        return None;
    }
    let mut number = 0_i64;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        number = number * 10 + i64::from(digit - b'0');
    }
    Some(if negative { -number } else { number })
}

fn parse_integer(text: &str) -> Option<Number> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("+", &text[1..]),
        _ => ("", text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    let first = *digits.as_bytes().first()?;
    if first == b'+' || first == b'-' {
        // Go reads `0b` and `0o` a second time, and then a sign may follow the prefix.
        let is_second_reading =
            sign.is_empty() && (text.starts_with("0b") || text.starts_with("0o"));
        return is_second_reading
            .then(|| i64::from_str_radix(digits, radix).ok().map(Number::Int))
            .flatten();
    }
    if !digits
        .bytes()
        .all(|digit| char::from(digit).is_digit(radix))
    {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match sign {
        "-" => 0_i64.checked_sub_unsigned(magnitude).map(Number::Int),
        "+" => i64::try_from(magnitude).ok().map(Number::Int),
        _ => Some(i64::try_from(magnitude).map_or(Number::Uint(magnitude), Number::Int)),
    }
}

/// Reads `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`; what overflows is not a number.
fn parse_float(text: &str) -> Option<f64> {
    let mut bytes = text.as_bytes();
    let digits = |bytes: &mut &[u8]| {
        let count = bytes
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        *bytes = &bytes[count..];
        count
    };
    if let [b'+' | b'-', rest @ ..] = bytes {
        bytes = rest;
    }
    let whole = digits(&mut bytes);
    if let [b'.', rest @ ..] = bytes {
        bytes = rest;
        if digits(&mut bytes) == 0 && whole == 0 {
            return None;
        }
    } else if whole == 0 {
        return None;
    }
    if let [b'e' | b'E', rest @ ..] = bytes {
        bytes = rest;
        if let [b'+' | b'-', rest @ ..] = bytes {
            bytes = rest;
        }
        if digits(&mut bytes) == 0 {
            return None;
        }
    }
    if !bytes.is_empty() {
        return None;
    }
    text.parse().ok().filter(|float: &f64| float.is_finite())
}

/// Reads a float that begins with a dot, where underscores may only stand between digits.
pub(super) fn parse_dotted_float(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    if !bytes.contains(&b'_') {
        return parse_float(text);
    }
    let is_digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
    let between_digits = bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'_')
        .all(|(index, _)| index > 0 && is_digit(index - 1) && is_digit(index + 1));
    between_digits
        .then(|| parse_float(&text.replace('_', "")))
        .flatten()
}

pub(super) fn is_dotted_float(text: &str) -> bool {
    parse_dotted_float(text).is_some()
}

/// Reads the text of a node of type int or float.
pub(crate) fn parse_any(text: &str) -> Option<Number> {
    if text.starts_with('.') {
        parse_dotted_float(text).map(Number::Float)
    } else {
        parse_number(text)
    }
}

/// Returns the text that comes out of a build for the text of a node of type int or float.
pub(crate) fn number_text(text: &str) -> Option<smol_str::SmolStr> {
    let mut out = String::new();
    parse_any(text)?.write_yaml(&mut out);
    Some(out.into())
}

/// Returns the JSON of the text of a node of type int or float after one way through JSON, where every
/// number is a float.
#[expect(clippy::cast_precision_loss, reason = "the reference loses it")]
pub(crate) fn number_in_json(text: &str) -> Option<String> {
    let number = match parse_any(text)? {
        Number::Int(number) => number as f64,
        Number::Uint(number) => number as f64,
        Number::Float(number) => number,
    };
    let mut out = String::new();
    Number::Float(number).write_json(&mut out);
    Some(out)
}

/// Tells whether text looks like YAML 1.1's sexagesimal numbers, as `1:30`.
pub(super) fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (main, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut parts = main.split(':');
    let digits = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    let leads = |part: &str| part.starts_with(|first: char| first.is_ascii_digit()) && digits(part);
    let follows = |part: &str| match part.as_bytes() {
        [ones] | [b'0'..=b'5', ones] => ones.is_ascii_digit(),
        _ => false,
    };
    main.contains(':') && parts.next().is_some_and(leads) && parts.all(follows) && digits(fraction)
}

impl Number {
    /// Appends the number as Go's `encoding/json` prints it.
    pub(crate) fn write_json(self, out: &mut String) {
        // Writing to a string cannot fail.
        let _ = match self {
            Self::Int(number) => write!(out, "{number}"),
            Self::Uint(number) => write!(out, "{number}"),
            Self::Float(number) => {
                let size = number.abs();
                if size != 0.0 && !(1e-6..1e21).contains(&size) {
                    write_exponent(number, 1, out);
                    return;
                }
                write!(out, "{number}")
            }
        };
    }

    /// Appends the number as Go's `%v` and its YAML print it.
    pub(crate) fn write_go(self, out: &mut String) {
        let Self::Float(number) = self else {
            return self.write_json(out);
        };
        let size = number.abs();
        if size == 0.0 || (1e-4..1e6).contains(&size) {
            let _ = write!(out, "{number}");
        } else {
            write_exponent(number, 2, out);
        }
    }

    /// Appends a number as Go prints it when it has only 32 bits.
    pub(crate) fn write_short(number: f64, out: &mut String) {
        #[expect(clippy::cast_possible_truncation, reason = "as the reference does")]
        let short = number as f32;
        // The shortest text that reads back as those 32 bits.
        match format!("{short:e}").parse() {
            Ok(number) => Self::Float(number).write_go(out),
            Err(_) => out.push_str(".inf"),
        }
    }

    /// Appends the number as it comes out of a build: through JSON, read again, printed by Go's YAML.
    pub(crate) fn write_yaml(self, out: &mut String) {
        let Self::Float(number) = self else {
            return self.write_json(out);
        };
        let size = number.abs();
        // A whole float is an integer in JSON, and is read back as one where it fits.
        if number.fract() == 0.0 && size < 1e21 {
            let start = out.len();
            self.write_json(out);
            match out.get(start..).and_then(parse_integer) {
                Some(Number::Int(0)) => out.replace_range(start.., "0"),
                Some(_) => {}
                None => {
                    out.truncate(start);
                    write_exponent(number, 2, out);
                }
            }
        } else if number.is_finite() && (1e-4..1e6).contains(&size) {
            let _ = write!(out, "{number}");
        } else {
            write_exponent(number, 2, out);
        }
    }
}

/// Writes `d.ddde±dd` with at least so many digits of exponent.
fn write_exponent(number: f64, digits: usize, out: &mut String) {
    if !number.is_finite() {
        out.push_str(match number {
            f64::INFINITY => ".inf",
            f64::NEG_INFINITY => "-.inf",
            _ => ".nan",
        });
        return;
    }
    let text = format!("{number:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent
        .strip_prefix('-')
        .map_or(('+', exponent), |exponent| ('-', exponent));
    let _ = write!(out, "{mantissa}e{sign}{exponent:0>digits$}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_after_a_build() {
        for (text, json, yaml) in [
            ("1.0", "1", "1"),
            ("-0", "0", "0"),
            ("-0.0", "-0", "0"),
            ("1e3", "1000", "1000"),
            ("0x1F", "31", "31"),
            ("012", "10", "10"),
            ("08", "8", "8"),
            ("1_000", "1000", "1000"),
            ("0.1", "0.1", "0.1"),
            ("1e21", "1e+21", "1e+21"),
            ("1e20", "100000000000000000000", "1e+20"),
            ("1e19", "10000000000000000000", "10000000000000000000"),
            (
                "123456789012345678901",
                "123456789012345680000",
                "1.2345678901234568e+20",
            ),
            (
                "18446744073709551615",
                "18446744073709551615",
                "18446744073709551615",
            ),
            (
                "-9223372036854775808",
                "-9223372036854775808",
                "-9223372036854775808",
            ),
            (
                "-9223372036854775809",
                "-9223372036854776000",
                "-9.223372036854776e+18",
            ),
            ("1234567.5", "1234567.5", "1.2345675e+06"),
            ("123456.5", "123456.5", "123456.5"),
            ("0.0001", "0.0001", "0.0001"),
            ("0.00001", "0.00001", "1e-05"),
            ("0.0000001", "1e-7", "1e-07"),
            ("1.5e-10", "1.5e-10", "1.5e-10"),
            ("1e300", "1e+300", "1e+300"),
            (".5", "0.5", "0.5"),
        ] {
            let number = parse_any(text).unwrap();
            let (mut in_json, mut in_yaml) = (String::new(), String::new());
            number.write_json(&mut in_json);
            number.write_yaml(&mut in_yaml);
            assert_eq!((in_json.as_str(), in_yaml.as_str()), (json, yaml), "{text}");
        }
    }
}
