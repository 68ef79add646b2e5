//! Values that may be absent.

use super::super::operators::equal;
use super::{EvalError, Line, Value, arguments};

pub(super) const TABLE: &[Line] = &[
    ("::optional.of(A): optional<A>", |a| {
        arguments!(a, value);
        Ok(Value::some(value.clone()))
    }),
    ("::optional.none(): optional<dyn>", |_| {
        Ok(Value::Optional(None))
    }),
    ("::optional.ofNonZeroValue(A): optional<A>", |a| {
        arguments!(a, value);
        Ok(if is_zero(value) {
            Value::Optional(None)
        } else {
            Value::some(value.clone())
        })
    }),
    ("optional<A>.hasValue(): bool", |a| {
        arguments!(a, Value::Optional(held));
        Ok(Value::Bool(held.is_some()))
    }),
    ("optional<A>.value(): A", |a| {
        arguments!(a, Value::Optional(held));
        match held {
            Some(held) => Ok((**held).clone()),
            None => Err(EvalError::NoneDereference),
        }
    }),
    ("optional<A>.orValue(A): A", |a| {
        arguments!(a, Value::Optional(held), otherwise);
        Ok(held
            .as_ref()
            .map_or_else(|| otherwise.clone(), |held| (**held).clone()))
    }),
    ("optional<A>.or(optional<A>): optional<A>", |a| {
        arguments!(a, Value::Optional(held), otherwise);
        Ok(if held.is_some() {
            Value::Optional(held.clone())
        } else {
            otherwise.clone()
        })
    }),
];

fn is_zero(value: &Value<'_>) -> bool {
    match value {
        Value::Null | Value::Optional(None) => true,
        Value::Bool(bool) => !bool,
        Value::String(text) => text.is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::Duration(span) => span.is_zero(),
        value => value.len() == Some(0) || equal(value, &Value::Int(0)),
    }
}
