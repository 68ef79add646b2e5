//! How Sprig makes strings, lists and truths of any value.

use std::borrow::Cow;
use std::rc::Rc;

use super::super::CallError;
use super::super::print::display;
use super::super::value::{Kind, Str, UintType, Value};

/// What Go says of a nil where a type is asked for.
pub(super) const NIL_POINTER: &str =
    "runtime error: invalid memory address or nil pointer dereference";

/// The text of a value: a string as it is, bytes as a string, anything else as it prints.
pub(super) fn text(value: &Value) -> Str {
    match &value.kind {
        Kind::Str(text) => text.clone(),
        Kind::Bytes(bytes) => Str::from(&**bytes),
        _ => display(value),
    }
}

/// The texts of a list without its nils; those of anything else are its one text; nil has none.
pub(super) fn texts(value: &Value) -> Vec<Str> {
    match items(value) {
        Some(items) => items
            .iter()
            .filter(|item| !item.is_nil())
            .map(text)
            .collect(),
        None if value.is_nil() => Vec::new(),
        None => vec![text(value)],
    }
}

/// The items of what is a slice to Go's reflection.
pub(super) fn items(value: &Value) -> Option<Cow<'_, [Value]>> {
    match &value.kind {
        Kind::List(list) => Some(Cow::Borrowed(list)),
        Kind::Bytes(bytes) => Some(Cow::Owned(byte_values(bytes))),
        Kind::Object(object) => Some(Cow::Owned(object.items()?.to_vec())),
        _ => None,
    }
}

fn byte_values(bytes: &Rc<[u8]>) -> Vec<Value> {
    let byte = |byte: &u8| Kind::Uint(u64::from(*byte), UintType::Uint8).into();
    bytes.iter().map(byte).collect()
}

/// The items of a list, or the refusal of a function of lists: `problem` is followed by the kind.
pub(super) fn items_or<'v>(value: &'v Value, problem: &str) -> Result<Cow<'v, [Value]>, CallError> {
    if value.is_nil() {
        return Err(CallError::new(NIL_POINTER));
    }
    items(value).ok_or_else(|| CallError::new(format!("{problem} {}", value.kind_name())))
}

/// Whether Sprig calls it empty: zero, false, nil, no text, no items. An object is so only if it is a map or slice.
pub(super) fn is_empty(value: &Value) -> bool {
    !value.truth()
}
