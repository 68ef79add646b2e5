//! Numbers as Go writes them.

use super::tree::Number;
use crate::template::print::unquoted_character;

/// Reads a number or a character. None: it is neither, or out of range of all types.
pub(super) fn number(text: &str, is_complex: bool) -> Option<Number> {
    let nothing = Number {
        int: None,
        uint: None,
        float: None,
        is_float_text: false,
        is_complex: false,
    };
    if text.starts_with('\'') {
        let code = unquoted_character(text.as_bytes())?;
        return Some(Number {
            int: Some(i64::from(code)),
            uint: Some(u64::from(code)),
            float: Some(f64::from(code)),
            ..nothing
        });
    }
    if is_complex || text.ends_with('i') {
        return Some(Number {
            is_complex: true,
            ..nothing
        });
    }
    let mut number = nothing;
    if let Some((is_negative, magnitude)) = integer(text) {
        number.uint = (!is_negative || magnitude == 0).then_some(magnitude);
        number.int = if is_negative {
            0_i64.checked_sub_unsigned(magnitude)
        } else {
            i64::try_from(magnitude).ok()
        };
        #[expect(clippy::cast_precision_loss, reason = "Go converts so, too")]
        let float = magnitude as f64;
        number.float = Some(if is_negative { -float } else { float });
        // Too large for all integers.
        return (number.int.is_some() || number.uint.is_some()).then_some(number);
    }
    let float = float_of(text)?;
    // "integer overflow": all digits, and yet no integer.
    if !text.contains(['.', 'e', 'E', 'p', 'P']) {
        return None;
    }
    number.float = Some(float);
    let is_hexadecimal = text
        .trim_start_matches(['+', '-'])
        .to_ascii_lowercase()
        .starts_with("0x");
    number.is_float_text = !is_hexadecimal || text.contains(['.', 'p', 'P']);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::float_cmp,
        reason = "Go compares so"
    )]
    {
        let int = float as i64;
        if int as f64 == float && int != i64::MAX {
            number.int = Some(int);
        }
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        clippy::float_cmp,
        reason = "Go compares so"
    )]
    {
        let uint = float as u64;
        if uint as f64 == float && uint != u64::MAX {
            number.uint = Some(uint);
        }
    }
    Some(number)
}

/// An integer with Go's prefixes: sign and magnitude.
fn integer(text: &str) -> Option<(bool, u64)> {
    let (is_negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = if let Some(digits) = lower.strip_prefix("0x") {
        (16, digits)
    } else if let Some(digits) = lower.strip_prefix("0o") {
        (8, digits)
    } else if let Some(digits) = lower.strip_prefix("0b") {
        (2, digits)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, lower.get(1..)?)
    } else {
        (10, lower.as_str())
    };
    let has_prefix = radix != 10;
    if !are_underscores_right(digits, has_prefix) {
        return None;
    }
    let digits = digits.replace('_', "");
    if digits.starts_with(['+', '-']) {
        return None;
    }
    Some((is_negative, u64::from_str_radix(&digits, radix).ok()?))
}

/// Underscores stand between digits, or between a prefix and a digit.
fn are_underscores_right(digits: &str, has_prefix: bool) -> bool {
    !digits.contains("__") && !digits.ends_with('_') && (has_prefix || !digits.starts_with('_'))
}

fn float_of(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    let unsigned = lower.trim_start_matches(['+', '-']);
    if let Some(digits) = unsigned.strip_prefix("0x") {
        let number = hexadecimal_float(digits)?;
        return Some(if lower.starts_with('-') {
            -number
        } else {
            number
        });
    }
    // Underscores need a base prefix in Go's floats.
    if lower.contains('_')
        || !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.')
    {
        return None;
    }
    lower
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
}

/// `1.8p3`: digits to the base 16, an exponent to the base 2, which must be there.
fn hexadecimal_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once('p')?;
    let exponent: i32 = exponent
        .parse()
        .ok()
        .filter(|exponent: &i32| exponent.abs() < 5_000)?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut number = 0.0;
    for digit in whole.chars().chain(fraction.chars()) {
        number = number * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let places = i32::try_from(fraction.len()).ok()?;
    Some(number * 2_f64.powi(exponent - 4 * places)).filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_reads() {
        let int = |text| number(text, false).and_then(|number| number.int);
        assert_eq!(int("017"), Some(15));
        assert_eq!(int("0x1F"), Some(31));
        assert_eq!(int("0b101"), Some(5));
        assert_eq!(int("1_000"), Some(1000));
        assert_eq!(int("-3"), Some(-3));
        assert_eq!(int("1e3"), Some(1000));
        assert_eq!(int("'a'"), Some(97));
        assert_eq!(int("1.5"), None);
        assert_eq!(
            number("1.5", false).and_then(|number| number.float),
            Some(1.5)
        );
        assert_eq!(
            number("0x1p-2", false).and_then(|number| number.float),
            Some(0.25)
        );
        assert!(number("1.0", false).is_some_and(|number| number.is_float_text));
        assert!(number("08", false).is_none());
    }
}
