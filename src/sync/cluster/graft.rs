//! From what the API server answers back to the lines that wrote it.

use serde_json::Value;

use crate::yaml::json::{from_value, to_value};
use crate::yaml::{Entry, Mapping, Node, Origin, Scalar};

/// What the server keeps for itself, and what is not part of what was asked for.
const KEPT_BY_SERVER: [&str; 6] = [
    "managedFields",
    "resourceVersion",
    "generation",
    "uid",
    "creationTimestamp",
    "selfLink",
];

/// Returns an object of the API server without what only the server writes. Each value has the origin
/// of the rendered one in its place; what nothing rendered, that of what it is in.
pub(super) fn graft(object: &Value, rendered: &Node) -> Node {
    let mut object = object.clone();
    if let Some(object) = object.as_object_mut() {
        object.shift_remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in KEPT_BY_SERVER {
            metadata.shift_remove(field);
        }
    }
    node(&object, Some(rendered), rendered.origin)
}

/// As deep as an object that the API server took.
fn node(value: &Value, rendered: Option<&Node>, at: Origin) -> Node {
    let origin = rendered.map_or(at, |rendered| rendered.origin);
    match value {
        Value::Object(object) => {
            let entries = object.iter().map(|(key, value)| {
                let rendered = rendered
                    .and_then(Node::as_mapping)
                    .and_then(|mapping| mapping.entry(key));
                Entry {
                    key: Scalar::string(key.as_str()),
                    key_origin: rendered.map_or(origin, |entry| entry.key_origin),
                    value: node(value, rendered.map(|entry| &entry.value), origin),
                }
            });
            Node::mapping(Mapping::from_entries(entries.collect()), origin)
        }
        Value::Array(items) => {
            let rendered = rendered.and_then(Node::as_sequence).unwrap_or_default();
            let items = items
                .iter()
                .map(|item| node(item, counterpart(item, rendered), origin));
            Node::sequence(items.collect(), origin)
        }
        scalar => from_value(scalar, origin),
    }
}

/// Returns the rendered item that became this one: the server adds fields, and changes few.
fn counterpart<'n>(item: &Value, rendered: &'n [Node]) -> Option<&'n Node> {
    rendered
        .iter()
        .find(|candidate| covers(item, &to_value(candidate)))
        .or_else(|| {
            let name = item.get("name")?.as_str()?;
            rendered
                .iter()
                .find(|candidate| candidate.get("name").and_then(Node::text) == Some(name))
        })
}

/// Tells whether a value has all that another has.
fn covers(value: &Value, part: &Value) -> bool {
    match (value, part) {
        (Value::Object(value), Value::Object(part)) => part
            .iter()
            .all(|(key, part)| value.get(key).is_some_and(|value| covers(value, part))),
        (Value::Array(value), Value::Array(part)) => {
            value.len() == part.len() && value.iter().zip(part).all(|(a, b)| covers(a, b))
        }
        _ => value == part,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{FileId, Limits, parse};
    use serde_json::json;

    #[test]
    fn values_keep_the_lines_that_wrote_them() {
        let text = "kind: Service\nspec:\n  ports:\n  - port: 80\n  - name: b\n    port: 81\n";
        let rendered = parse(
            text.as_bytes(),
            FileId::of("service.yaml"),
            &Limits::default(),
        )
        .unwrap()
        .remove(0);
        let object = json!({
            "kind": "Service",
            "metadata": {"uid": "x", "managedFields": []},
            "spec": {"ports": [
                {"name": "b", "port": 82, "protocol": "TCP"},
                {"port": 80, "protocol": "TCP"},
            ]},
            "status": {},
        });
        let node = graft(&object, &rendered);
        let line = |path: &[&str], index: usize, field: &str| {
            let items = node.lookup(path).unwrap().as_sequence().unwrap();
            items[index].get(field).unwrap().origin.line
        };
        assert_eq!(line(&["spec", "ports"], 0, "port"), 6);
        assert_eq!(line(&["spec", "ports"], 1, "port"), 4);
        assert_eq!(line(&["spec", "ports"], 1, "protocol"), 4);
        assert!(node.get("status").is_none());
        assert!(node.lookup(&["metadata", "uid"]).is_none());
    }
}
