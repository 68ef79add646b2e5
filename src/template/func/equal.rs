//! `reflect.DeepEqual`: the same types and the same values, all the way down.

use std::collections::HashSet;
use std::rc::Rc;

use super::super::CallError;
use super::super::value::{Kind, Map, Str, Value};

/// How deep values may be nested: a map may hold itself.
pub(super) const MOST_NESTED: usize = 1_000;

/// Why a value cannot be looked through.
pub(super) fn nested_too_deep() -> CallError {
    CallError::Bound(format!("a value is nested more than {MOST_NESTED} deep"))
}

/// How many pairs of values one comparison may look at: lists that hold one list twice, and so on, grow by the
/// power of their depth.
const MOST_PAIRS: u64 = 20_000_000;

/// Whether both are of one type and equal.
pub(super) fn deep_equal(one: &Value, other: &Value) -> Result<bool, CallError> {
    equal(one, other, MOST_NESTED, &mut 0)
}

fn equal(one: &Value, other: &Value, depth: usize, pairs: &mut u64) -> Result<bool, CallError> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(nested_too_deep());
    };
    *pairs += 1;
    if *pairs > MOST_PAIRS {
        let bound = format!("a comparison looks at more than {MOST_PAIRS} values");
        return Err(CallError::Bound(bound));
    }
    Ok(match (&one.kind, &other.kind) {
        (Kind::Nil, Kind::Nil) => true,
        (Kind::Bool(one), Kind::Bool(other)) => one == other,
        (Kind::Int(one, kind), Kind::Int(other, other_kind)) => one == other && kind == other_kind,
        (Kind::Uint(one, kind), Kind::Uint(other, other_kind)) => {
            one == other && kind == other_kind
        }
        #[expect(clippy::float_cmp, reason = "Go's `==`")]
        (Kind::Float(one), Kind::Float(other)) => one == other,
        (Kind::Str(one), Kind::Str(other)) => one == other,
        (Kind::Bytes(one), Kind::Bytes(other)) => one == other,
        (Kind::List(one), Kind::List(other)) => {
            if one.elem() != other.elem()
                || one.is_nil() != other.is_nil()
                || one.len() != other.len()
            {
                return Ok(false);
            }
            if one.is_same(other) {
                return Ok(true);
            }
            for (one, other) in one.iter().zip(other.iter()) {
                if !equal(one, other, depth, pairs)? {
                    return Ok(false);
                }
            }
            true
        }
        (Kind::Map(one), Kind::Map(other)) => equal_maps(one, other, depth, pairs)?,
        (Kind::Object(one), Kind::Object(other)) => {
            if Rc::ptr_eq(one, other) {
                return Ok(true);
            }
            if one.type_name() != other.type_name() {
                return Ok(false);
            }
            match one.is_equal(&**other) {
                Some(is_equal) => is_equal,
                None => equal(&one.json(), &other.json(), depth, pairs)?,
            }
        }
        _ => false,
    })
}

fn equal_maps(one: &Map, other: &Map, depth: usize, pairs: &mut u64) -> Result<bool, CallError> {
    if one.elem() != other.elem()
        || one.type_name() != other.type_name()
        || one.len() != other.len()
    {
        return Ok(false);
    }
    if one.is_same(other) {
        return Ok(true);
    }
    for ((key, value), (other_key, other_value)) in one.entries().iter().zip(other.entries().iter())
    {
        if key != other_key || !equal(value, other_value, depth, pairs)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A set of values. What has a hash is found by it, the rest is compared one by one.
#[derive(Default)]
pub(super) struct Seen {
    scalars: HashSet<Scalar>,
    others: Vec<Value>,
}

/// A value that is equal to another if its type and its bits are.
#[derive(PartialEq, Eq, Hash)]
enum Scalar {
    Nil,
    Bool(bool),
    Int(i64, &'static str),
    Uint(u64, &'static str),
    Float(u64),
    Str(Str),
}

impl Scalar {
    fn of(value: &Value) -> Option<Self> {
        Some(match &value.kind {
            Kind::Nil => Self::Nil,
            Kind::Bool(truth) => Self::Bool(*truth),
            Kind::Int(number, kind) => Self::Int(*number, kind.type_name()),
            Kind::Uint(number, kind) => Self::Uint(*number, kind.name()),
            // Not a number is equal to nothing, and both zeros are equal.
            Kind::Float(number) if number.is_nan() => return None,
            Kind::Float(number) => Self::Float((number + 0.0).to_bits()),
            Kind::Str(text) => Self::Str(text.clone()),
            _ => return None,
        })
    }
}

impl Seen {
    /// Whether an equal value is in the set.
    pub(super) fn contains(&self, value: &Value) -> Result<bool, CallError> {
        if let Some(scalar) = Scalar::of(value) {
            return Ok(self.scalars.contains(&scalar));
        }
        for other in &self.others {
            if deep_equal(value, other)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Adds a value; false if an equal one is there.
    pub(super) fn insert(&mut self, value: &Value) -> Result<bool, CallError> {
        if let Some(scalar) = Scalar::of(value) {
            return Ok(self.scalars.insert(scalar));
        }
        let is_new = !self.contains(value)?;
        if is_new {
            self.others.push(value.clone());
        }
        Ok(is_new)
    }
}
