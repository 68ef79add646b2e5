//! Floating-point numbers as `strconv.FormatFloat` writes them.

use super::binary::{binary, hexadecimal};

/// The digits of a finite, non-negative number and where its point is: `0.DIGITS × 10^point`.
struct Decimal {
    digits: Vec<u8>,
    point: i32,
}

impl Decimal {
    /// The fewest digits that name this number and no other.
    fn shortest(number: f64) -> Self {
        Self::of_exponential(&format!("{number:e}"))
    }

    /// So many digits after the first.
    fn rounded(number: f64, after_first: usize) -> Self {
        Self::of_exponential(&format!("{number:.after_first$e}"))
    }

    fn of_exponential(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
        let exponent: i32 = exponent.parse().unwrap_or_default();
        if digits.iter().all(|digit| *digit == b'0') {
            return Self { digits, point: 1 };
        }
        Self {
            digits,
            point: exponent + 1,
        }
    }

    fn digit(&self, place: usize) -> u8 {
        self.digits.get(place).copied().unwrap_or(b'0')
    }

    /// `d.ddde±dd` with so many digits after the point.
    fn exponential(&self, after_point: usize, letter: u8, out: &mut Vec<u8>) {
        out.push(self.digit(0));
        if after_point > 0 {
            out.push(b'.');
            out.extend((1..=after_point).map(|place| self.digit(place)));
        }
        let exponent = self.point - 1;
        out.push(letter);
        out.push(if exponent < 0 { b'-' } else { b'+' });
        out.extend_from_slice(format!("{:02}", exponent.abs()).as_bytes());
    }

    /// `ddd.ddd` with so many digits after the point.
    fn plain(&self, after_point: usize, out: &mut Vec<u8>) {
        if self.point > 0 {
            let before = usize::try_from(self.point).unwrap_or_default();
            out.extend((0..before).map(|place| self.digit(place)));
        } else {
            out.push(b'0');
        }
        if after_point > 0 {
            out.push(b'.');
            for place in 0..after_point {
                let at = self.point + i32::try_from(place).unwrap_or(i32::MAX / 2);
                out.push(usize::try_from(at).map_or(b'0', |at| self.digit(at)));
            }
        }
    }
}

/// `strconv.FormatFloat` with the verbs `b`, `e`, `E`, `f`, `F`, `g`, `G`, `x`, `X`; without a precision, the fewest digits.
pub(super) fn float(number: f64, verb: u8, precision: Option<usize>) -> Vec<u8> {
    if number.is_nan() {
        return b"NaN".to_vec();
    }
    if number.is_infinite() {
        return if number < 0.0 {
            b"-Inf".to_vec()
        } else {
            b"+Inf".to_vec()
        };
    }
    match verb {
        b'b' => return binary(number).into_bytes(),
        b'x' | b'X' => return hexadecimal(number, verb == b'X', precision).into_bytes(),
        _ => {}
    }
    let mut out = Vec::new();
    if number.is_sign_negative() {
        out.push(b'-');
    }
    let number = number.abs();
    match verb {
        b'e' | b'E' => {
            let decimal = match precision {
                None => Decimal::shortest(number),
                Some(precision) => Decimal::rounded(number, precision),
            };
            let after = precision.unwrap_or(decimal.digits.len().saturating_sub(1));
            decimal.exponential(after, verb, &mut out);
        }
        b'f' | b'F' => {
            if let Some(precision) = precision {
                out.extend_from_slice(format!("{number:.precision$}").as_bytes());
            } else {
                let decimal = Decimal::shortest(number);
                let count = i32::try_from(decimal.digits.len()).unwrap_or(i32::MAX);
                let after = usize::try_from(count - decimal.point).unwrap_or_default();
                decimal.plain(after, &mut out);
            }
        }
        _ => {
            let decimal = match precision {
                None => Decimal::shortest(number),
                Some(precision) => Decimal::rounded(number, precision.max(1) - 1),
            };
            let count = decimal
                .digits
                .iter()
                .rposition(|digit| *digit != b'0')
                .map_or(1, |last| last + 1);
            let count_signed = i32::try_from(count).unwrap_or(i32::MAX);
            // From this exponent on, a number is written with one.
            let from = match precision
                .map(|precision| i32::try_from(precision.max(1)).unwrap_or(i32::MAX))
            {
                None => 6,
                Some(precision) if precision > count_signed && count_signed >= decimal.point => {
                    count_signed
                }
                Some(precision) => precision,
            };
            let exponent = decimal.point - 1;
            if exponent < -4 || exponent >= from {
                let letter = if verb == b'G' { b'E' } else { b'e' };
                decimal.exponential(count - 1, letter, &mut out);
            } else {
                let after = usize::try_from(count_signed - decimal.point).unwrap_or_default();
                decimal.plain(after, &mut out);
            }
        }
    }
    out
}

/// A number by its fewest digits, as `strconv.FormatFloat(number, verb, -1, 64)` writes it; `verb` is `e`, `f` or `g`.
pub fn shortest(number: f64, verb: u8) -> String {
    String::from_utf8_lossy(&float(number, verb, None)).into_owned()
}
