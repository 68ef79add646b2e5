//! The hash that the name of what a generator makes ends with.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::yaml::json::{Escape, write_string};
use crate::yaml::{Node, Style, Tag, Value, number_in_json};

use super::super::{ResMap, Resource};

/// Adds its hash to the name of each resource that wants one.
pub(in super::super) fn add_hashes(resources: &mut ResMap) {
    if !resources.iter().any(|resource| resource.needs_hash) {
        return;
    }
    for resource in resources.iter_mut().filter(|r| r.needs_hash) {
        let Some(hash) = hash(resource) else { continue };
        resource.store_previous_id();
        let name = format!("{}-{hash}", resource.name());
        let at = resource
            .node
            .lookup(&["metadata", "name"])
            .map_or(resource.node.origin, |name| name.origin);
        resource.set_name(&name, at);
    }
}

/// Returns the hash of what counts of a `ConfigMap` or Secret; other kinds have none.
fn hash(resource: &Resource) -> Option<String> {
    let node = &resource.node;
    let text = |key: &str| node.get(key).and_then(Node::text).unwrap_or_default();
    // The keys in the order of Go's JSON encoder: sorted. The reference tool looks for the name at the key
    // `metadata/name`, so it is always empty.
    let mut json = String::from("{");
    match resource.kind() {
        "ConfigMap" => {
            if let Some(binary) = node.get("binaryData").filter(|n| n.as_scalar().is_none()) {
                json.push_str("\"binaryData\":");
                write_map(binary, &mut json);
                json.push(',');
            }
            write_data(node.get("data"), &mut json);
            json.push_str(",\"kind\":\"ConfigMap\",\"name\":\"\"");
        }
        "Secret" => {
            write_data(node.get("data"), &mut json);
            json.push_str(",\"kind\":\"Secret\",\"name\":\"\"");
            if let Some(texts) = node.get("stringData").filter(|n| n.as_scalar().is_none()) {
                json.push_str(",\"stringData\":");
                write_map(texts, &mut json);
            }
            json.push_str(",\"type\":");
            write_string(text("type"), Escape::Html, &mut json);
        }
        _ => return None,
    }
    json.push('}');
    let mut hash = String::with_capacity(10);
    for byte in Sha256::digest(json.as_bytes()).iter().take(5) {
        let _ = write!(hash, "{byte:02x}");
    }
    // Vowels, and digits that look like them, would spell words.
    let hash = hash.chars().map(|digit| match digit {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    });
    Some(hash.collect())
}

fn write_data(data: Option<&Node>, json: &mut String) {
    json.push_str("\"data\":");
    match data {
        None => json.push_str("\"\""),
        Some(data) => match data.text() {
            Some(text) => write_string(text, Escape::Html, json),
            None => write_map(data, json),
        },
    }
}

/// Writes a map of data; a list counts as none.
fn write_map(node: &Node, json: &mut String) {
    if node.as_mapping().is_some() {
        write_value(node, json);
    } else {
        json.push_str("null");
    }
}

fn write_value(node: &Node, json: &mut String) {
    match &node.value {
        Value::Scalar(scalar) => match scalar.tag {
            Tag::Null if scalar.style == Style::NothingInFlow => json.push_str("\"\""),
            Tag::Null => json.push_str("null"),
            Tag::Bool => json.push_str(&scalar.text.to_ascii_lowercase()),
            Tag::Int | Tag::Float => match number_in_json(&scalar.text) {
                Some(number) => json.push_str(&number),
                None => json.push_str(&scalar.text),
            },
            Tag::Str | Tag::Timestamp | Tag::Binary => {
                write_string(&scalar.text, Escape::Html, json);
            }
        },
        Value::Sequence(items) => {
            json.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    json.push(',');
                }
                write_value(item, json);
            }
            json.push(']');
        }
        Value::Mapping(mapping) => {
            let mut entries: Vec<_> = mapping.iter().collect();
            entries.sort_by(|a, b| a.key.text.cmp(&b.key.text));
            json.push('{');
            for (position, entry) in entries.into_iter().enumerate() {
                if position > 0 {
                    json.push(',');
                }
                write_string(&entry.key.text, Escape::Html, json);
                json.push(':');
                write_value(&entry.value, json);
            }
            json.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{FileId, Limits, parse};

    fn hash_of(text: &str) -> String {
        let file = FileId::of("hash.yaml");
        let mut nodes = parse(text.as_bytes(), file, &Limits::default()).unwrap();
        hash(&Resource::new(nodes.remove(0))).unwrap()
    }

    // Expected values are those of `kustomize build`.
    #[test]
    fn hashes_are_those_of_the_reference() {
        for (text, expected) in [
            (
                "{kind: ConfigMap, metadata: {name: a}, data: {k: v}}",
                "bdg947hgcc",
            ),
            ("{kind: ConfigMap, metadata: {name: a}}", "6ct58987ht"),
            (
                r#"{kind: ConfigMap, metadata: {name: a}, data: {k: "<a&b>\t\u2028\u0001é\"\\"}}"#,
                "4kb4f4c5bb",
            ),
            (
                "{kind: ConfigMap, metadata: {name: a}, binaryData: {bin: //54}}",
                "f524gtdchf",
            ),
            (
                "{kind: Secret, type: Opaque, metadata: {name: a}, data: {k: dg==}}",
                "ftgtgc4t9f",
            ),
            (
                "{kind: Secret, type: Opaque, metadata: {name: a}, data: {}}",
                "46f8b28mk5",
            ),
        ] {
            assert_eq!(hash_of(text), expected, "{text}");
        }
    }
}
