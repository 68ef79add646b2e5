//! Arithmetic, equality and order over values, across the number types as the API server has them.

use std::cmp::Ordering;
use std::sync::Arc;

use super::error::EvalError;
use super::expression::Operator;
use super::functions::in_range;
use super::value::Value;

type Result<'a> = std::result::Result<Value<'a>, EvalError>;

/// Applies an operator to two values.
pub(crate) fn apply<'a>(operator: Operator, left: &Value<'a>, right: &Value<'a>) -> Result<'a> {
    match operator {
        Operator::Add => add(left, right),
        Operator::Subtract => subtract(left, right),
        Operator::Multiply | Operator::Divide | Operator::Modulo => scale(operator, left, right),
        Operator::Equals => Ok(Value::Bool(equal(left, right))),
        Operator::NotEquals => Ok(Value::Bool(!equal(left, right))),
        Operator::In => contains(left, right),
        Operator::Less | Operator::LessEquals | Operator::Greater | Operator::GreaterEquals => {
            let order = compare(left, right)?;
            // Not a number compares to nothing: each of the four is false.
            Ok(Value::Bool(order.is_some_and(|order| match operator {
                Operator::Less => order.is_lt(),
                Operator::LessEquals => order.is_le(),
                Operator::Greater => order.is_gt(),
                _ => order.is_ge(),
            })))
        }
    }
}

pub(crate) fn add<'a>(left: &Value<'a>, right: &Value<'a>) -> Result<'a> {
    Ok(match (left, right) {
        (Value::Int(a), Value::Int(b)) => Value::Int(a.checked_add(*b).ok_or(EvalError::Overflow)?),
        (Value::Uint(a), Value::Uint(b)) => {
            Value::Uint(a.checked_add(*b).ok_or(unsigned_overflow())?)
        }
        (Value::Double(a), Value::Double(b)) => Value::Double(a + b),
        (Value::String(a), Value::String(b)) => Value::string(format!("{a}{b}")),
        (Value::Bytes(a), Value::Bytes(b)) => {
            Value::Bytes([a.as_ref(), b.as_ref()].concat().into())
        }
        (Value::Duration(a), Value::Duration(b)) => {
            Value::Duration(a.checked_add(b).ok_or(EvalError::Overflow)?)
        }
        (Value::Timestamp(time), Value::Duration(span))
        | (Value::Duration(span), Value::Timestamp(time)) => Value::Timestamp(in_range(
            time.checked_add_signed(*span)
                .ok_or_else(timestamp_overflow)?,
        )?),
        (a, b) => {
            let (Some(mut items), Some(more)) = (a.elements(), b.elements()) else {
                return Err(EvalError::NoSuchOverload);
            };
            items.extend(more);
            Value::list(items)
        }
    })
}

fn subtract<'a>(left: &Value<'a>, right: &Value<'a>) -> Result<'a> {
    Ok(match (left, right) {
        (Value::Int(a), Value::Int(b)) => Value::Int(a.checked_sub(*b).ok_or(EvalError::Overflow)?),
        (Value::Uint(a), Value::Uint(b)) => {
            Value::Uint(a.checked_sub(*b).ok_or(unsigned_overflow())?)
        }
        (Value::Double(a), Value::Double(b)) => Value::Double(a - b),
        (Value::Duration(a), Value::Duration(b)) => {
            Value::Duration(a.checked_sub(b).ok_or(EvalError::Overflow)?)
        }
        (Value::Timestamp(a), Value::Duration(b)) => Value::Timestamp(in_range(
            a.checked_sub_signed(*b).ok_or_else(timestamp_overflow)?,
        )?),
        (Value::Timestamp(a), Value::Timestamp(b)) => Value::Duration(a.signed_duration_since(b)),
        _ => return Err(EvalError::NoSuchOverload),
    })
}

fn scale<'a>(operator: Operator, left: &Value<'a>, right: &Value<'a>) -> Result<'a> {
    let by_zero = || match operator {
        Operator::Divide => EvalError::DivisionByZero,
        _ => EvalError::ModulusByZero,
    };
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => {
            if *b == 0 && operator != Operator::Multiply {
                return Err(by_zero());
            }
            let result = match operator {
                Operator::Multiply => a.checked_mul(*b),
                Operator::Divide => a.checked_div(*b),
                _ => a.checked_rem(*b),
            };
            result.map(Value::Int).ok_or(EvalError::Overflow)
        }
        (Value::Uint(a), Value::Uint(b)) => {
            if *b == 0 && operator != Operator::Multiply {
                return Err(by_zero());
            }
            let result = match operator {
                Operator::Multiply => a.checked_mul(*b),
                Operator::Divide => a.checked_div(*b),
                _ => a.checked_rem(*b),
            };
            result.map(Value::Uint).ok_or_else(unsigned_overflow)
        }
        (Value::Double(a), Value::Double(b)) => match operator {
            Operator::Multiply => Ok(Value::Double(a * b)),
            Operator::Divide => Ok(Value::Double(a / b)),
            _ => Err(EvalError::NoSuchOverload),
        },
        _ => Err(EvalError::NoSuchOverload),
    }
}

fn unsigned_overflow() -> EvalError {
    EvalError::function("unsigned integer overflow")
}

fn timestamp_overflow() -> EvalError {
    EvalError::function("timestamp overflow")
}

/// Applies `-`.
pub(crate) fn negate<'a>(value: &Value<'a>) -> Result<'a> {
    match value {
        Value::Int(int) => int.checked_neg().map(Value::Int).ok_or(EvalError::Overflow),
        Value::Double(double) => Ok(Value::Double(-double)),
        _ => Err(EvalError::NoSuchOverload),
    }
}

fn contains<'a>(item: &Value<'a>, within: &Value<'a>) -> Result<'a> {
    let found = match within {
        Value::Sequence(items) => items.iter().any(|have| equal(item, &Value::of(have))),
        Value::List(items) => items.iter().any(|have| equal(item, have)),
        Value::Mapping(mapping) => match item {
            Value::String(key) => mapping.contains_key(key),
            _ => false,
        },
        Value::Map(entries) => entries.iter().any(|(key, _)| equal(item, key)),
        _ => return Err(EvalError::NoSuchOverload),
    };
    Ok(Value::Bool(found))
}

/// Returns the value of a map's key, whatever the key's type.
pub(crate) fn lookup<'a>(map: &Value<'a>, key: &Value<'a>) -> Option<Value<'a>> {
    match (map, key) {
        (_, Value::String(key)) => map.field(key),
        (Value::Map(entries), key) => entries
            .iter()
            .find(|(have, _)| equal(have, key))
            .map(|(_, value)| value.clone()),
        _ => None,
    }
}

/// Tells whether two values are equal; those of different types are not, but numbers are one type here.
pub(crate) fn equal(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::String(a), Value::String(b)) | (Value::Type(a), Value::Type(b)) => a == b,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::Duration(a), Value::Duration(b)) => a == b,
        (Value::Timestamp(a), Value::Timestamp(b)) => a == b,
        (Value::Optional(a), Value::Optional(b)) => match (a, b) {
            (None, None) => true,
            (Some(a), Some(b)) => equal(a, b),
            _ => false,
        },
        (Value::Opaque(a), Value::Opaque(b)) => a == b,
        (a, b) if a.is_list() && b.is_list() => {
            a.len() == b.len()
                && (0..a.len().unwrap_or_default()).all(|index| {
                    match (a.element(index), b.element(index)) {
                        (Some(a), Some(b)) => equal(&a, &b),
                        _ => false,
                    }
                })
        }
        (a, b) if a.is_map() && b.is_map() => {
            a.len() == b.len()
                && (0..a.len().unwrap_or_default()).all(|position| {
                    a.entry(position).is_some_and(|(key, value)| {
                        lookup(b, &key).is_some_and(|other| equal(&value, &other))
                    })
                })
        }
        (a, b) => numbers(a, b) == Ok(Some(Ordering::Equal)),
    }
}

/// Returns the order of two values; `None` within the result where one is not a number.
pub(crate) fn compare(
    left: &Value<'_>,
    right: &Value<'_>,
) -> std::result::Result<Option<Ordering>, EvalError> {
    match (left, right) {
        (Value::Bool(a), Value::Bool(b)) => Ok(Some(a.cmp(b))),
        (Value::String(a), Value::String(b)) => Ok(Some(a.cmp(b))),
        (Value::Bytes(a), Value::Bytes(b)) => Ok(Some(a.cmp(b))),
        (Value::Duration(a), Value::Duration(b)) => Ok(Some(a.cmp(b))),
        (Value::Timestamp(a), Value::Timestamp(b)) => Ok(Some(a.cmp(b))),
        (a, b) => numbers(a, b),
    }
}

/// Compares numbers of any two types; `None` within the result where one is not a number.
fn numbers(
    left: &Value<'_>,
    right: &Value<'_>,
) -> std::result::Result<Option<Ordering>, EvalError> {
    let whole_of = |value| whole(value).ok_or(EvalError::NoSuchOverload);
    Ok(match (left, right) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Double(a), Value::Double(b)) => a.partial_cmp(b),
        (a, b) if whole(a).is_some() && whole(b).is_some() => whole(a).partial_cmp(&whole(b)),
        (Value::Double(a), b) => with_whole(*a, whole_of(b)?),
        (a, Value::Double(b)) => with_whole(*b, whole_of(a)?).map(Ordering::reverse),
        _ => return Err(EvalError::NoSuchOverload),
    })
}

fn whole(value: &Value<'_>) -> Option<i128> {
    match value {
        Value::Int(int) => Some(i128::from(*int)),
        Value::Uint(uint) => Some(i128::from(*uint)),
        _ => None,
    }
}

/// Compares a double with a whole number, exactly.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a truncated double within 128 bits is exact; beyond, the cast saturates, which keeps the order"
)]
fn with_whole(double: f64, whole: i128) -> Option<Ordering> {
    if double.is_nan() {
        return None;
    }
    let order = (double.trunc() as i128).cmp(&whole);
    Some(order.then_with(|| double.fract().partial_cmp(&0.0).unwrap_or(Ordering::Equal)))
}

/// Returns the elements without those that are equal to an earlier one.
pub(crate) fn distinct<'a>(items: &[Value<'a>]) -> Value<'a> {
    let mut kept: Vec<Value<'a>> = Vec::new();
    for item in items {
        if !kept.iter().any(|have| equal(have, item)) {
            kept.push(item.clone());
        }
    }
    Value::List(Arc::new(kept))
}
