//! Arithmetic on decimal fractions: `addf 0.1 0.2` is 0.3. Exact but for a division, which has 16 places.

use num_bigint::{BigInt, Sign};

use super::super::value::Value;
use super::super::{CallError, Run};
use super::cast::to_float64;
use super::{Function, arg, functions};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("add1f", [Any], add1f),
    ("addf", [..Any], addf),
    ("subf", [Any, ..Any], subf),
    ("mulf", [Any, ..Any], mulf),
    ("divf", [Any, ..Any], divf),
];

/// The places of a quotient.
const PLACES: i64 = 16;

/// The most digits before or after the point: what a chain of multiplications may grow to.
const MOST_DIGITS: i64 = 20_000;

/// A number of digits, times a power of ten.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Decimal {
    digits: BigInt,
    exponent: i64,
}

impl Decimal {
    fn new(digits: BigInt, exponent: i64) -> Result<Self, CallError> {
        let length = i64::try_from(digits.bits()).unwrap_or(i64::MAX) / 3;
        if exponent.abs() > MOST_DIGITS || length > 2 * MOST_DIGITS {
            return Err(CallError::Bound(format!(
                "a decimal number has more than {MOST_DIGITS} digits"
            )));
        }
        Ok(Self { digits, exponent })
    }

    /// The shortest decimal that is read as this float.
    fn from_float(number: f64) -> Result<Self, CallError> {
        if !number.is_finite() {
            let name = super::super::print::display(&number.into());
            return Err(CallError::new(format!(
                "Cannot create a Decimal from {}",
                name.text()
            )));
        }
        let text = format!("{number:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let places = mantissa
            .split_once('.')
            .map_or(0, |(_, places)| places.len());
        let digits = mantissa.replace('.', "").parse().unwrap_or_default();
        let exponent: i64 = exponent.parse().unwrap_or(0);
        Self::new(digits, exponent - i64::try_from(places).unwrap_or(0))
    }

    fn to_float(&self) -> f64 {
        let text = format!("{}e{}", self.digits, self.exponent);
        text.parse().unwrap_or(0.0)
    }

    /// The digits at a smaller exponent.
    fn at(&self, exponent: i64) -> BigInt {
        &self.digits * power_of_ten(self.exponent - exponent)
    }

    fn add(&self, other: &Self) -> Result<Self, CallError> {
        let exponent = self.exponent.min(other.exponent);
        Self::new(self.at(exponent) + other.at(exponent), exponent)
    }

    fn sub(&self, other: &Self) -> Result<Self, CallError> {
        let exponent = self.exponent.min(other.exponent);
        Self::new(self.at(exponent) - other.at(exponent), exponent)
    }

    fn mul(&self, other: &Self) -> Result<Self, CallError> {
        let exponent = self.exponent + other.exponent;
        Self::new(&self.digits * &other.digits, exponent)
    }

    /// The quotient, its last place rounded half away from zero.
    fn div(&self, other: &Self) -> Result<Self, CallError> {
        if other.digits.sign() == Sign::NoSign {
            return Err(CallError::new("decimal division by 0"));
        }
        let shift = self.exponent - other.exponent + PLACES;
        let dividend = &self.digits * power_of_ten(shift);
        let divisor = &other.digits * power_of_ten(-shift);
        let (quotient, rest) = (&dividend / &divisor, &dividend % &divisor);
        let is_negative = (dividend.sign() == Sign::Minus) != (divisor.sign() == Sign::Minus);
        let up = match rest.magnitude() * 2u8 >= *divisor.magnitude() {
            false => 0,
            true if is_negative => -1,
            true => 1,
        };
        Self::new(quotient + up, -PLACES)
    }
}

/// Ten to that power; one for a negative one.
fn power_of_ten(exponent: i64) -> BigInt {
    BigInt::from(10).pow(u32::try_from(exponent).unwrap_or(0))
}

/// The first number and the others, put together one by one.
fn folded(
    first: f64,
    others: &[Value],
    fold: impl Fn(&Decimal, &Decimal) -> Result<Decimal, CallError>,
) -> Result<Value, CallError> {
    let mut result = Decimal::from_float(first)?;
    for other in others {
        result = fold(&result, &Decimal::from_float(to_float64(other))?)?;
    }
    Ok(result.to_float().into())
}

fn add1f(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    folded(1.0, arguments, Decimal::add)
}

fn addf(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    folded(0.0, arguments, Decimal::add)
}

fn subf(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    from_first(arguments, Decimal::sub)
}

fn mulf(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    from_first(arguments, Decimal::mul)
}

fn divf(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    from_first(arguments, Decimal::div)
}

fn from_first(
    arguments: &[Value],
    fold: impl Fn(&Decimal, &Decimal) -> Result<Decimal, CallError>,
) -> Result<Value, CallError> {
    let first = to_float64(&arg::any(arguments, 0));
    folded(first, arg::rest(arguments, 1), fold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        let of = |number: f64| Decimal::from_float(number).unwrap();
        assert_eq!(of(0.1).add(&of(0.2)).unwrap().to_float(), 0.3);
        assert_eq!(of(1e300).mul(&of(1e300)).unwrap().to_float(), f64::INFINITY);
        assert_eq!(
            of(2.0).div(&of(3.0)).unwrap().to_float(),
            0.666_666_666_666_666_7
        );
        assert_eq!(
            of(-2.0).div(&of(3.0)).unwrap().to_float(),
            -0.666_666_666_666_666_7
        );
        assert_eq!(of(1e-20).div(&of(1.0)).unwrap().to_float(), 0.0);
        assert!(of(1.0).div(&of(0.0)).is_err());
        let mut number = of(1e300);
        let bounded = (0..1000).try_for_each(|_| {
            number = number.mul(&of(1e300))?;
            Ok::<_, CallError>(())
        });
        assert!(matches!(bounded, Err(CallError::Bound(_))));
    }
}
