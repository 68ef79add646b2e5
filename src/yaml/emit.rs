//! Nodes to text.

use super::{Node, Tag, Value};

/// Appends one document as `kustomize build` writes it.
pub fn emit(node: &Node, out: &mut String) {
    let text = serde_yaml::to_string(&interim(node)).unwrap_or_default();
    out.push_str(&text);
}

fn interim(node: &Node) -> serde_yaml::Value {
    use serde_yaml::Value as V;
    match &node.value {
        Value::Scalar(scalar) => match scalar.tag {
            Tag::Str | Tag::Timestamp | Tag::Binary => V::String(scalar.text.to_string()),
            _ => serde_yaml::from_str(&scalar.text).unwrap_or(V::Null),
        },
        Value::Sequence(items) => V::Sequence(items.iter().map(interim).collect()),
        Value::Mapping(mapping) => {
            let mut entries: Vec<_> = mapping.iter().collect();
            entries.sort_by(|a, b| a.key.text.cmp(&b.key.text));
            V::Mapping(
                entries
                    .into_iter()
                    .map(|entry| (V::String(entry.key.text.to_string()), interim(&entry.value)))
                    .collect(),
            )
        }
    }
}
