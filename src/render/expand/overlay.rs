//! Objects laid over each other, as JSON merge patch has it.

use std::sync::Arc;

use crate::yaml::{Mapping, Node, Value};

/// Lays a patch over a node, as JSON merge patch has it: mappings merge, null removes, all else replaces.
pub(super) fn lay_over(node: &mut Node, patch: &Node) {
    let Value::Mapping(changes) = &patch.value else {
        *node = patch.clone();
        return;
    };
    if node.as_mapping().is_none() {
        *node = Node::mapping(Mapping::default(), patch.origin);
    }
    let Value::Mapping(fields) = &mut node.value else {
        return;
    };
    let fields = Arc::make_mut(fields);
    for change in changes.iter() {
        let key = change.key.text.as_str();
        if change.value.is_null() {
            fields.remove(key);
            continue;
        }
        if let Some(field) = fields.get_mut(key) {
            lay_over(field, &change.value);
        } else {
            let mut field = Node::null(change.value.origin);
            lay_over(&mut field, &change.value);
            fields.insert(key, field);
        }
    }
}
