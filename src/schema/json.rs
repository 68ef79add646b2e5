//! Nodes as JSON values, for the validator of custom resources.

use serde_json::{Map, Number, Value as Json};

use crate::yaml::{Node, Scalar, Tag, Value};

use super::scalar;

/// Returns a node as JSON, as clients send it.
pub(super) fn of(node: &Node) -> Json {
    match &node.value {
        Value::Scalar(scalar) => of_scalar(scalar),
        Value::Sequence(items) => Json::Array(items.iter().map(of).collect()),
        Value::Mapping(mapping) => {
            let entries = mapping
                .iter()
                .map(|entry| (entry.key.text.to_string(), of(&entry.value)));
            Json::Object(entries.collect::<Map<_, _>>())
        }
    }
}

fn of_scalar(scalar: &Scalar) -> Json {
    let text = || Json::String(scalar.text.to_string());
    match scalar.tag {
        Tag::Null => Json::Null,
        Tag::Bool => Json::Bool(scalar.text.eq_ignore_ascii_case("true")),
        Tag::Int => scalar::number_of(scalar).map_or_else(text, |n| Json::Number(n.into())),
        Tag::Float => {
            if let Some(number) = scalar::number_of(scalar) {
                return Json::Number(number.into());
            }
            let number = scalar.text.parse().ok().and_then(Number::from_f64);
            number.map_or_else(text, Json::Number)
        }
        Tag::Str | Tag::Timestamp | Tag::Binary => text(),
    }
}
