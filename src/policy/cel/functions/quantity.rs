//! Kubernetes quantities: `100m`, `1.5Gi`, `2e3`.

use std::fmt;

use super::{EvalError, Line, Opaque, Result, Value, arguments, fail};

pub(super) const TABLE: &[Line] = &[
    ("quantity(string): kubernetes.Quantity", |a| {
        arguments!(a, Value::String(text));
        match Quantity::read(text) {
            Some(quantity) => Ok(Value::opaque(Opaque::Quantity(quantity))),
            None => fail(INVALID),
        }
    }),
    ("isQuantity(string): bool", |a| {
        arguments!(a, Value::String(text));
        Ok(Value::Bool(Quantity::read(text).is_some()))
    }),
    ("sign(kubernetes.Quantity): int", |a| {
        one(a, |q| Ok(Value::Int(i64::from(q.nanos.signum() as i8))))
    }),
    ("kubernetes.Quantity.isInteger(): bool", |a| {
        one(a, |q| Ok(Value::Bool(q.whole().is_some())))
    }),
    ("kubernetes.Quantity.asInteger(): int", |a| {
        one(a, |q| match q.whole() {
            Some(int) => Ok(Value::Int(int)),
            None => fail("cannot convert value to integer"),
        })
    }),
    ("kubernetes.Quantity.asApproximateFloat(): double", |a| {
        one(a, |q| Ok(Value::Double(q.approximate())))
    }),
    (
        "kubernetes.Quantity.isGreaterThan(kubernetes.Quantity): bool",
        |a| two(a, |x, y| Ok(Value::Bool(x.nanos > y.nanos))),
    ),
    (
        "kubernetes.Quantity.isLessThan(kubernetes.Quantity): bool",
        |a| two(a, |x, y| Ok(Value::Bool(x.nanos < y.nanos))),
    ),
    (
        "kubernetes.Quantity.compareTo(kubernetes.Quantity): int",
        |a| two(a, |x, y| Ok(Value::Int(x.nanos.cmp(&y.nanos) as i64))),
    ),
    (
        "kubernetes.Quantity.add(kubernetes.Quantity): kubernetes.Quantity",
        |a| two(a, |x, y| sum(x, y, false)),
    ),
    ("kubernetes.Quantity.add(int): kubernetes.Quantity", |a| {
        with_int(a, false)
    }),
    (
        "kubernetes.Quantity.sub(kubernetes.Quantity): kubernetes.Quantity",
        |a| two(a, |x, y| sum(x, y, true)),
    ),
    ("kubernetes.Quantity.sub(int): kubernetes.Quantity", |a| {
        with_int(a, true)
    }),
];

const INVALID: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const NANOS: i128 = 1_000_000_000;

/// A quantity in billionths, the finest that Kubernetes keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quantity {
    nanos: i128,
    /// What the reference keeps as an integer and a power of ten. Only such a quantity is an integer there:
    /// `1.5Gi` and `1000m` are none, though they are whole.
    amount: Option<(i64, i32)>,
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Quantity {
    /// Reads a quantity; what is finer than a billionth is rounded away from zero.
    fn read(text: &str) -> Option<Self> {
        let nanos = Self::read_nanos(text)?;
        Some(Self {
            nanos,
            amount: amount(text),
        })
    }

    fn read_nanos(text: &str) -> Option<i128> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (binary, tens) = scale(suffix)?;
        let digits = digits.trim_start_matches('0');
        if digits.len() > 30 {
            return Some(largest(negative));
        }
        let mut value: i128 = if digits.is_empty() {
            0
        } else {
            digits.parse().ok()?
        };
        let Some(scaled) = value.checked_mul(1_i128 << binary) else {
            return Some(largest(negative));
        };
        value = scaled;
        let power = tens
            .saturating_add(9)
            .saturating_sub(i32::try_from(fraction.len()).ok()?);
        let nanos = if power >= 0 {
            u32::try_from(power)
                .ok()
                .and_then(|power| 10_i128.checked_pow(power))
                .and_then(|factor| value.checked_mul(factor))
                .filter(|nanos| *nanos <= largest(false))
                .unwrap_or(if value == 0 { 0 } else { largest(false) })
        } else {
            match u32::try_from(-power)
                .ok()
                .and_then(|p| 10_i128.checked_pow(p))
            {
                Some(divisor) => (value + divisor - 1) / divisor,
                None => i128::from(value != 0),
            }
        };
        Some(if negative { -nanos } else { nanos })
    }

    fn whole(self) -> Option<i64> {
        let (value, scale) = self.amount?;
        raised(value, u32::try_from(scale).ok()?)
    }

    #[expect(clippy::cast_precision_loss, reason = "the result is an approximation")]
    fn approximate(self) -> f64 {
        self.nanos as f64 / NANOS as f64
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.approximate())
    }
}

/// Where Kubernetes caps quantities: at the largest `int64`.
fn largest(negative: bool) -> i128 {
    let most = i128::from(i64::MAX) * NANOS;
    if negative { -most } else { most }
}

fn raised(value: i64, power: u32) -> Option<i64> {
    value.checked_mul(10_i64.checked_pow(power)?)
}

/// Returns the integer and the power of ten that the reference keeps a quantity as; `None` where it takes a
/// slower form.
fn amount(text: &str) -> Option<(i64, i32)> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let rest = rest.trim_start_matches('0');
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole = if whole.is_empty() { "0" } else { whole };
    let (binary, tens) = scale(suffix)?;
    let digits = whole.len() + fraction.len();
    let is_short = if binary > 0 {
        fraction.is_empty() && whole.len() + (binary as usize * 3 / 10) < 15
    } else {
        digits <= 18
    };
    let scale = tens - i32::try_from(fraction.len()).ok()?;
    if !is_short || scale < -9 {
        return None;
    }
    let value: i64 = format!("{whole}{fraction}").parse().ok()?;
    let value = value.checked_mul(1_i64 << binary)?;
    Some((if negative { -value } else { value }, scale))
}

/// Returns the powers of two and of ten that a suffix stands for.
fn scale(suffix: &str) -> Option<(u32, i32)> {
    Some(match suffix {
        "" => (0, 0),
        "n" => (0, -9),
        "u" => (0, -6),
        "m" => (0, -3),
        "k" => (0, 3),
        "M" => (0, 6),
        "G" => (0, 9),
        "T" => (0, 12),
        "P" => (0, 15),
        "E" => (0, 18),
        "Ki" => (10, 0),
        "Mi" => (20, 0),
        "Gi" => (30, 0),
        "Ti" => (40, 0),
        "Pi" => (50, 0),
        "Ei" => (60, 0),
        exponent => {
            let digits = exponent.strip_prefix(['e', 'E'])?;
            let tens: i32 = digits.parse().ok()?;
            (0, tens.clamp(-1000, 1000))
        }
    })
}

fn quantity(value: &Value<'_>) -> std::result::Result<Quantity, EvalError> {
    match value {
        Value::Opaque(opaque) => match opaque.as_ref() {
            Opaque::Quantity(quantity) => Ok(*quantity),
            _ => Err(EvalError::NoSuchOverload),
        },
        _ => Err(EvalError::NoSuchOverload),
    }
}

fn one<'a>(values: &[Value<'a>], run: fn(Quantity) -> Result<'a>) -> Result<'a> {
    arguments!(values, value);
    run(quantity(value)?)
}

fn two<'a>(values: &[Value<'a>], run: fn(Quantity, Quantity) -> Result<'a>) -> Result<'a> {
    arguments!(values, a, b);
    run(quantity(a)?, quantity(b)?)
}

fn with_int<'a>(values: &[Value<'a>], negate: bool) -> Result<'a> {
    arguments!(values, value, Value::Int(int));
    let other = Quantity {
        nanos: i128::from(*int) * NANOS,
        amount: Some((*int, 0)),
    };
    sum(quantity(value)?, other, negate)
}

fn sum<'a>(left: Quantity, right: Quantity, negate: bool) -> Result<'a> {
    let sign = if negate { -1 } else { 1 };
    let nanos = left
        .nanos
        .checked_add(sign * right.nanos)
        .ok_or(EvalError::Overflow)?;
    let amount = left.amount.zip(right.amount).and_then(|(a, b)| {
        let b = (b.0.checked_mul(i64::try_from(sign).ok()?)?, b.1);
        match (a, b) {
            (a, (0, _)) => Some(a),
            ((0, _), b) => Some(b),
            (a, b) => {
                let scale = a.1.min(b.1);
                let a = raised(a.0, u32::try_from(a.1 - scale).ok()?)?;
                let b = raised(b.0, u32::try_from(b.1 - scale).ok()?)?;
                Some((a.checked_add(b)?, scale))
            }
        }
    });
    Ok(Value::opaque(Opaque::Quantity(Quantity { nanos, amount })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read() {
        for (text, nanos) in [
            ("100m", Some(100_000_000)),
            ("1.5", Some(1_500_000_000)),
            ("1Ki", Some(1024 * NANOS)),
            ("1.5Gi", Some(1_610_612_736 * NANOS)),
            ("2e3", Some(2000 * NANOS)),
            ("2E3", Some(2000 * NANOS)),
            ("1E", Some(10_i128.pow(18) * NANOS)),
            ("-1", Some(-NANOS)),
            ("0.0000000001", Some(1)),
            ("", None),
            (".", None),
            ("1K", None),
            ("1 Gi", None),
            ("x", None),
        ] {
            assert_eq!(Quantity::read(text).map(|q| q.nanos), nanos, "{text}");
        }
    }
}
