//! `$patch` in a mapping or in a list.

use std::sync::Arc;

use crate::yaml::{FieldPath, Mapping, Node, Value};

use super::MergeError;

pub(super) const KEY: &str = "$patch";

/// What a `$patch` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Directive {
    Delete,
    Replace,
    Merge,
}

/// Reads a mapping's directive.
pub(super) fn of_map(fields: &Mapping, path: &FieldPath) -> Result<Option<Directive>, MergeError> {
    fields.get(KEY).map(|value| read(value, path)).transpose()
}

/// Reads a list's directive, which stands alone in one of its elements; returns the list without it.
pub(super) fn of_list(
    list: &Node,
    path: &FieldPath,
) -> Result<(Option<Directive>, Node), MergeError> {
    let items = list.as_sequence().unwrap_or_default();
    let bearer = items
        .iter()
        .filter_map(Node::as_mapping)
        .find(|fields| fields.contains_key(KEY));
    let Some(value) = bearer
        .filter(|fields| fields.len() == 1)
        .and_then(|fields| fields.get(KEY))
    else {
        return Ok((None, list.clone()));
    };
    let directive = read(value, path)?;
    // All elements that say the same go with it, and the empty ones.
    let rest = items.iter().filter(|item| match &item.value {
        Value::Mapping(fields) => {
            !fields.is_empty() && fields.get(KEY).and_then(Node::text) != value.text()
        }
        _ => !item.is_null(),
    });
    let rest = Node::sequence(rest.cloned().collect(), list.origin);
    Ok((Some(directive), rest))
}

/// Returns a mapping without its directive.
pub(super) fn without(node: &Node) -> Node {
    let mut node = node.clone();
    if let Value::Mapping(fields) = &mut node.value {
        Arc::make_mut(fields).remove(KEY);
    }
    node
}

fn read(value: &Node, path: &FieldPath) -> Result<Directive, MergeError> {
    match value.text() {
        Some("delete") => Ok(Directive::Delete),
        Some("replace") => Ok(Directive::Replace),
        Some("merge") => Ok(Directive::Merge),
        other => Err(MergeError::Directive {
            path: path.clone(),
            text: other.unwrap_or("…").to_owned(),
            at: value.origin,
        }),
    }
}
