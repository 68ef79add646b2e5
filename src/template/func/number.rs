//! Numbers as Go reads and converts them.

/// Why a text is no integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberError {
    /// It has another form.
    Syntax,
    /// It is out of range; the last number on that side.
    Range(i64),
}

/// `strconv.ParseInt` for 64 bits. Base zero takes the base from the prefix, and underscores between digits.
pub(super) fn parse_int(text: &[u8], base: u32) -> Result<i64, NumberError> {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let most = u64::MAX >> 1;
    let (magnitude, is_out) = match parse_uint(digits, base) {
        Ok(magnitude) => (magnitude, false),
        Err(UintError::Range) => (u64::MAX, true),
        Err(UintError::Syntax) => return Err(NumberError::Syntax),
    };
    if is_negative {
        return match 0i64.checked_sub_unsigned(magnitude) {
            Some(number) if !is_out => Ok(number),
            _ => Err(NumberError::Range(i64::MIN)),
        };
    }
    match i64::try_from(magnitude) {
        Ok(number) if !is_out && magnitude <= most => Ok(number),
        _ => Err(NumberError::Range(i64::MAX)),
    }
}

/// Why a text is no unsigned integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UintError {
    /// It has another form.
    Syntax,
    /// It takes more than 64 bits.
    Range,
}

/// `strconv.ParseUint` for 64 bits.
pub(super) fn parse_uint(text: &[u8], base: u32) -> Result<u64, UintError> {
    let (radix, digits) = match (base, text) {
        (0, [b'0', b'x' | b'X', digits @ ..]) if !digits.is_empty() => (16, digits),
        (0, [b'0', b'b' | b'B', digits @ ..]) if !digits.is_empty() => (2, digits),
        (0, [b'0', b'o' | b'O', digits @ ..]) if !digits.is_empty() => (8, digits),
        (0, [b'0', digits @ ..]) if !digits.is_empty() => (8, digits),
        (0, digits) => (10, digits),
        (base, digits) => (base, digits),
    };
    if digits.is_empty() {
        return Err(UintError::Syntax);
    }
    let mut number: u64 = 0;
    for &byte in digits {
        if byte == b'_' && base == 0 {
            continue;
        }
        let digit = char::from(byte).to_digit(radix).ok_or(UintError::Syntax)?;
        number = number
            .checked_mul(u64::from(radix))
            .and_then(|number| number.checked_add(u64::from(digit)))
            .ok_or(UintError::Range)?;
    }
    if digits.contains(&b'_') && !has_good_underscores(text) {
        return Err(UintError::Syntax);
    }
    Ok(number)
}

/// Whether each underscore stands between digits, or between the prefix of a base and a digit.
fn has_good_underscores(text: &[u8]) -> bool {
    let text = match text {
        [b'+' | b'-', rest @ ..] => rest,
        text => text,
    };
    let (is_hexadecimal, rest) = match text {
        [b'0', b'x' | b'X', rest @ ..] => (true, rest),
        [b'0', b'b' | b'B' | b'o' | b'O', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let has_prefix = rest.len() < text.len();
    let is_digit = |byte: u8| byte.is_ascii_digit() || is_hexadecimal && byte.is_ascii_hexdigit();
    let mut before = has_prefix;
    let mut bytes = rest.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let is_good = before && bytes.peek().is_some_and(|&next| is_digit(next));
        if byte == b'_' && !is_good {
            return false;
        }
        before = is_digit(byte);
    }
    true
}

/// `strconv.ParseFloat` for 64 bits. None: no number, or one that is too large.
pub fn parse_float(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    let (sign, magnitude) = match text.strip_prefix('-') {
        Some(magnitude) => (-1.0, magnitude),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if magnitude.eq_ignore_ascii_case("inf") || magnitude.eq_ignore_ascii_case("infinity") {
        return Some(sign * f64::INFINITY);
    }
    if text.eq_ignore_ascii_case("nan") {
        return Some(f64::NAN);
    }
    if magnitude.contains('_') && !has_good_underscores(magnitude.as_bytes()) {
        return None;
    }
    let digits = magnitude.replace('_', "");
    let number = match digits.as_bytes() {
        [b'0', b'x' | b'X', hexadecimal @ ..] => parse_hexadecimal(hexadecimal)?,
        [b'0'..=b'9' | b'.', ..] => digits.parse().ok()?,
        _ => return None,
    };
    (number != f64::INFINITY).then_some(sign * number)
}

/// A hexadecimal fraction with its binary exponent: `1.8p3`.
fn parse_hexadecimal(text: &[u8]) -> Option<f64> {
    let at = text.iter().position(|byte| matches!(byte, b'p' | b'P'))?;
    let (fraction, exponent) = (text.get(..at)?, text.get(at + 1..)?);
    let (sign, exponent) = match exponent {
        [b'-', exponent @ ..] => (-1, exponent),
        [b'+', exponent @ ..] => (1, exponent),
        exponent => (1, exponent),
    };
    if exponent.is_empty() {
        return None;
    }
    let mut power: i64 = 0;
    for &byte in exponent {
        let digit = char::from(byte).to_digit(10)?;
        power = (power * 10 + i64::from(digit)).min(100_000);
    }
    power *= sign;
    let mut mantissa: u64 = 0;
    let (mut has_digits, mut is_after_dot, mut is_inexact) = (false, false, false);
    for &byte in fraction {
        if byte == b'.' {
            if is_after_dot {
                return None;
            }
            is_after_dot = true;
            continue;
        }
        let digit = u64::from(char::from(byte).to_digit(16)?);
        has_digits = true;
        if mantissa >> 58 == 0 {
            mantissa = mantissa << 4 | digit;
            power -= if is_after_dot { 4 } else { 0 };
        } else {
            is_inexact |= digit != 0;
            power += if is_after_dot { 0 } else { 4 };
        }
    }
    // A bit below all others keeps halves from being rounded as halves.
    mantissa |= u64::from(is_inexact);
    has_digits.then(|| scaled(mantissa, power))
}

/// `mantissa` × 2^`power`, rounded once.
fn scaled(mantissa: u64, power: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let bits = 64 - i64::from(mantissa.leading_zeros());
    // The last place of the result: 53 bits, fewer below the normal numbers.
    let last = (bits + power - 53).max(-1074);
    let dropped = last - power;
    let kept = match u32::try_from(dropped) {
        Ok(dropped) if dropped > 64 => 0,
        Ok(0) | Err(_) => mantissa,
        Ok(dropped) => {
            let wide = u128::from(mantissa);
            let half = 1u128 << (dropped - 1);
            let rest = wide & ((1u128 << dropped) - 1);
            let kept = wide >> dropped;
            let up = rest > half || rest == half && kept & 1 == 1;
            u64::try_from(kept).unwrap_or(u64::MAX) + u64::from(up)
        }
    };
    let last = if dropped < 0 { power } else { last };
    #[expect(clippy::cast_precision_loss, reason = "53 bits at most")]
    let mut number = kept as f64;
    let mut left = last.clamp(-3000, 3000);
    while left != 0 {
        let step = left.clamp(-1000, 1000);
        number *= 2f64.powi(i32::try_from(step).unwrap_or(0));
        left -= step;
    }
    number
}

/// A `float64` as an integer: what does not fit is the smallest number, as on the reference's machines.
pub fn truncated(number: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number) {
        number as i64
    } else {
        i64::MIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_read_as_in_go() {
        for (text, want) in [
            ("1.5", Some(1.5)),
            ("+.5", Some(0.5)),
            ("1_000.5", Some(1000.5)),
            ("0x1.8p3", Some(12.0)),
            ("0x.8p-1074", Some(0.0)),
            ("0x1p-1074", Some(5e-324)),
            ("0x1.fffffffffffff8p0", Some(2.0)),
            ("0x1", None),
            ("1e400", None),
            ("-Inf", Some(f64::NEG_INFINITY)),
            ("1__0", None),
            ("", None),
            (" 1", None),
            ("e5", None),
        ] {
            assert_eq!(parse_float(text.as_bytes()), want, "{text}");
        }
    }
}
