//! The arguments of a call, by their declared types. The engine has checked the types and the number before the
//! call, so that one which is not there never comes up: it reads as the zero of its type.

use super::super::value::{Kind, Map, Str, Value};

/// Any value.
pub(super) fn any(arguments: &[Value], index: usize) -> Value {
    arguments.get(index).cloned().unwrap_or_default()
}

/// Those from an index on: the variadic ones.
pub(super) fn rest(arguments: &[Value], from: usize) -> &[Value] {
    arguments.get(from..).unwrap_or_default()
}

/// The bytes of a string.
pub(super) fn bytes(arguments: &[Value], index: usize) -> &[u8] {
    match arguments.get(index).map(|value| &value.kind) {
        Some(Kind::Str(text)) => text.bytes(),
        Some(Kind::Bytes(bytes)) => bytes,
        _ => &[],
    }
}

/// A string, with its trace.
pub(super) fn string(arguments: &[Value], index: usize) -> Str {
    match arguments.get(index).and_then(Value::as_str) {
        Some(text) => text.clone(),
        None => Str::default(),
    }
}

/// An integer.
pub(super) fn int(arguments: &[Value], index: usize) -> i64 {
    match arguments.get(index).map(|value| &value.kind) {
        Some(Kind::Int(number, _)) => *number,
        Some(Kind::Uint(number, _)) => number.cast_signed(),
        _ => 0,
    }
}

/// A `float64`.
pub(super) fn float(arguments: &[Value], index: usize) -> f64 {
    match arguments.get(index).map(|value| &value.kind) {
        Some(Kind::Float(number)) => *number,
        _ => 0.0,
    }
}

/// A truth.
pub(super) fn boolean(arguments: &[Value], index: usize) -> bool {
    matches!(
        arguments.get(index).map(|value| &value.kind),
        Some(Kind::Bool(true))
    )
}

/// A `map[string]interface{}`; one of a named type is one of this type from here on, as in Go.
pub(super) fn map(arguments: &[Value], index: usize) -> Map {
    match arguments.get(index).and_then(Value::as_map) {
        Some(map) => map.clone().unnamed(),
        None => Map::new(),
    }
}

/// A `[]interface{}`.
pub(super) fn list(arguments: &[Value], index: usize) -> Vec<Value> {
    match arguments.get(index).and_then(Value::as_list) {
        Some(list) => list.to_vec(),
        None => Vec::new(),
    }
}
