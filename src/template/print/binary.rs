//! Floating-point numbers by their bits: `%b`, `%x`, `%X`.

/// How many bits a mantissa has after its first.
const FRACTION_BITS: u32 = 52;

/// The hexadecimal digits of a fraction.
const MOST_DIGITS: usize = 13;

/// The mantissa of a finite number, with its first bit where it has one, and the exponent of the first bit's place.
fn parts(number: f64) -> (u64, i32) {
    let bits = number.abs().to_bits();
    let fraction = bits & ((1 << FRACTION_BITS) - 1);
    match i32::try_from(bits >> FRACTION_BITS).unwrap_or_default() {
        0 => (fraction, -1022),
        exponent => (fraction | 1 << FRACTION_BITS, exponent - 1023),
    }
}

/// `6755399441055744p-52`: the mantissa as a whole number, and the power of two.
pub(super) fn binary(number: f64) -> String {
    let (mantissa, exponent) = parts(number);
    let sign = if number.is_sign_negative() { "-" } else { "" };
    format!("{sign}{mantissa}p{:+}", exponent - 52)
}

/// `0x1.8p+00`: the mantissa in hexadecimal digits, as few as there can be or as many as said, and the power of two.
pub(super) fn hexadecimal(number: f64, is_upper: bool, precision: Option<usize>) -> String {
    let (mut mantissa, mut exponent) = parts(number);
    if mantissa == 0 {
        exponent = 0;
    } else {
        let shift = mantissa.leading_zeros() - (u64::BITS - FRACTION_BITS - 1);
        mantissa <<= shift;
        exponent -= i32::try_from(shift).unwrap_or_default();
    }
    if let Some(precision) = precision.filter(|precision| *precision < MOST_DIGITS) {
        let dropped = 4 * (MOST_DIGITS - precision);
        mantissa = rounded(mantissa, dropped);
        if mantissa >> (FRACTION_BITS + 1) != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let fraction = format!("{:013x}", mantissa & ((1 << FRACTION_BITS) - 1));
    let fraction = match precision {
        None => fraction.trim_end_matches('0').to_owned(),
        Some(precision) => {
            let mut fraction = format!("{fraction:0<precision$}");
            fraction.truncate(precision);
            fraction
        }
    };
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    let first = mantissa >> FRACTION_BITS;
    let power = exponent.abs();
    let direction = if exponent < 0 { '-' } else { '+' };
    let text = format!("{sign}0x{first}{point}{fraction}p{direction}{power:02}");
    if is_upper { text.to_uppercase() } else { text }
}

/// A number without its last bits, rounded to the nearest, halves to the even one.
fn rounded(number: u64, dropped: usize) -> u64 {
    let unit = 1_u64 << dropped;
    let (kept, rest) = (number & !(unit - 1), number & (unit - 1));
    let is_up = rest > unit / 2 || (rest == unit / 2 && kept & unit != 0);
    if is_up { kept + unit } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_written_as_go_writes_them() {
        for (number, precision, want) in [
            (1.5, None, "0x1.8p+00"),
            (-2.75, None, "-0x1.6p+01"),
            (0.0, None, "0x0p+00"),
            (1e300, None, "0x1.7e43c8800759cp+996"),
            (5e-324, None, "0x1p-1074"),
            (1.99999, Some(0), "0x1p+01"),
            (1.96875, Some(1), "0x1.0p+01"),
            (0.1, Some(3), "0x1.99ap-04"),
            (0.1, Some(20), "0x1.999999999999a0000000p-04"),
        ] {
            assert_eq!(hexadecimal(number, false, precision), want);
        }
        assert_eq!(hexadecimal(0.75, true, Some(0)), "0X1P+00");
        assert_eq!(binary(1.5), "6755399441055744p-52");
        assert_eq!(binary(0.0), "0p-1074");
        assert_eq!(binary(1e300), "6724873095247260p+944");
        assert_eq!(binary(-5e-324), "-1p-1074");
    }
}
