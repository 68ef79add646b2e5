//! Kubernetes' quantities: `100m`, `1.5Gi`, `2e3`.

use std::cmp::Ordering;

/// A quantity, as a number of some 30 significant digits: `digits × 10^tens × 2^twos`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quantity {
    negative: bool,
    digits: u128,
    tens: i32,
    twos: u32,
}

/// Digits beyond which a number is judged by its first ones only.
const MOST_DIGITS: i32 = 24;

/// Tells whether a text is a quantity.
pub(super) fn check(text: &str) -> Result<(), String> {
    match parse(text) {
        Some(_) => Ok(()),
        None => Err(format!(
            "`{text}` is not a quantity, such as `100m`, `0.5`, `2Gi` or `1e3`"
        )),
    }
}

/// Reads a quantity; space around it doesn't matter.
pub(super) fn parse(text: &str) -> Option<Quantity> {
    let text = text.trim();
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let (mut tens, twos) = scale(suffix)?;
    let mut digits: u128 = 0;
    let mut taken = 0;
    let places = whole.len();
    for (position, digit) in whole.bytes().chain(fraction.bytes()).enumerate() {
        let digit = u128::from(digit - b'0');
        if taken < MOST_DIGITS {
            digits = digits * 10 + digit;
            taken += i32::from(digits != 0);
            tens = tens.saturating_sub(i32::from(position >= places));
        } else if position < places {
            tens = tens.saturating_add(1);
        }
    }
    Some(Quantity {
        negative: negative && digits != 0,
        digits,
        tens,
        twos,
    })
}

fn scale(suffix: &str) -> Option<(i32, u32)> {
    Some(match suffix {
        "" => (0, 0),
        "n" => (-9, 0),
        "u" => (-6, 0),
        "m" => (-3, 0),
        "k" => (3, 0),
        "M" => (6, 0),
        "G" => (9, 0),
        "T" => (12, 0),
        "P" => (15, 0),
        "E" => (18, 0),
        "Ki" => (0, 10),
        "Mi" => (0, 20),
        "Gi" => (0, 30),
        "Ti" => (0, 40),
        "Pi" => (0, 50),
        "Ei" => (0, 60),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            (exponent.parse::<i32>().ok()?, 0)
        }
    })
}

impl Quantity {
    pub(super) fn is_negative(&self) -> bool {
        self.negative
    }

    pub(super) fn is_zero(&self) -> bool {
        self.digits == 0
    }

    /// Tells whether it is whole, as counts of things must be.
    pub(super) fn is_whole(&self) -> bool {
        if self.tens >= 0 || self.digits == 0 {
            return true;
        }
        // 10^27 is beyond what 24 digits can be divided by.
        if self.tens < -27 || self.twos > 0 && self.tens < -20 {
            return false;
        }
        let divisor = 10_u128.pow(self.tens.unsigned_abs());
        let factor = 1_u128.checked_shl(self.twos).unwrap_or(1);
        match self.digits.checked_mul(factor) {
            Some(product) => product % divisor == 0,
            None => true,
        }
    }

    /// Returns the value as near as a float comes.
    pub(super) fn approximate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a comparison of sizes")]
        let digits = self.digits as f64;
        let twos = i32::try_from(self.twos).unwrap_or(0);
        let value = digits * 10_f64.powi(self.tens) * 2_f64.powi(twos);
        if self.negative { -value } else { value }
    }

    /// Compares two quantities; nearly equal ones of different suffixes count as equal.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let (a, b) = (self.approximate(), other.approximate());
        if (a - b).abs() <= f64::EPSILON * 8.0 * a.abs().max(b.abs()) {
            return Ordering::Equal;
        }
        a.partial_cmp(&b).unwrap_or(Ordering::Equal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_that_of_the_api() {
        for good in [
            "0", "1", "-1", "+5", "1.5", ".5", "5.", "100m", "1Ki", "2.5Gi", "1e3", "1E3", "1e-3",
            "12E", "1k", "500n", "3u",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "", "m", "1 Gi", "1GB", "1gi", "1K", "1.2.3", "--1", "1e", "1e3m", "1i", "Gi", "0x10",
            "1,5", "1 0", ".", "-",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn quantities_compare_across_suffixes() {
        let compare = |a, b| parse(a).unwrap().compare(&parse(b).unwrap());
        assert_eq!(compare("1000m", "1"), Ordering::Equal);
        assert_eq!(compare("1Ki", "1024"), Ordering::Equal);
        assert_eq!(compare("1M", "1Mi"), Ordering::Less);
        assert_eq!(compare("2", "1999m"), Ordering::Greater);
        assert_eq!(compare("-1", "0"), Ordering::Less);
    }

    #[test]
    fn whole_quantities_are_told_apart() {
        for (text, whole) in [
            ("1", true),
            ("1000m", true),
            ("1500m", false),
            ("0.5Ki", true),
            ("1e-3", false),
        ] {
            assert_eq!(parse(text).unwrap().is_whole(), whole, "{text}");
        }
    }
}
