//! Durations of Go: `1h30m`, `1.5s`.

use crate::template::print::quoted;

/// Reads a duration, in nanoseconds. The error has the reference's words.
pub(super) fn parse(text: &[u8]) -> Result<i64, String> {
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
    // One more than fits: the smallest number has no positive one of its size.
    const LIMIT: u64 = 1 << 63;
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
