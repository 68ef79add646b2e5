//! Labels and annotations that are one value in several places.
//!
//! The reference writes a label that it adds to several fields of an object (metadata, selector, template)
//! as one node, and what changes one of them later, changes all: a patch of `metadata.labels` in an
//! overlay reaches the selectors that `commonLabels` of the base made. Only a JSON patch, which makes
//! all nodes anew, parts them.

use smol_str::SmolStr;

use crate::kustomize::Resource;
use crate::kustomize::fieldspec::rewrite_items;
use crate::yaml::{Entry, Node, Origin, Value};

/// A label or annotation that was added to several fields of an object at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedValue {
    key: SmolStr,
    /// The place of the key, by which its entries are known.
    key_origin: Origin,
    /// The text that all have.
    text: SmolStr,
}

impl SharedValue {
    pub(super) fn new(key: SmolStr, key_origin: Origin, text: SmolStr) -> Self {
        Self {
            key,
            key_origin,
            text,
        }
    }

    fn has(&self, entry: &Entry) -> bool {
        entry.key_origin == self.key_origin && entry.key.text == self.key
    }
}

/// Lets all places of shared values of a resource follow the one that a transformer has changed.
pub(super) fn settle(resource: &mut Resource) {
    for index in 0..resource.shared.len() {
        let Some(shared) = resource.shared.get_mut(index) else {
            return;
        };
        let Some(new) = changed(&resource.node, shared) else {
            continue;
        };
        shared.text = new.text().unwrap_or_default().into();
        let shared = shared.clone();
        if let Some(node) = with_value(&resource.node, &shared, &new) {
            resource.node = node;
        }
    }
}

/// Returns the value at the last place that has another than all had.
fn changed(node: &Node, shared: &SharedValue) -> Option<Node> {
    match &node.value {
        Value::Scalar(_) => None,
        Value::Sequence(items) => items.iter().rev().find_map(|item| changed(item, shared)),
        Value::Mapping(mapping) => mapping.iter().rev().find_map(|entry| {
            if shared.has(entry) {
                let differs = entry.value.text() != Some(shared.text.as_str());
                return differs.then(|| entry.value.clone());
            }
            changed(&entry.value, shared)
        }),
    }
}

/// Returns a node with the value at all places, or none where it has it.
fn with_value(node: &Node, shared: &SharedValue, value: &Node) -> Option<Node> {
    match &node.value {
        Value::Scalar(_) => None,
        Value::Sequence(_) => {
            let each =
                |item: &Node| Ok::<_, std::convert::Infallible>(with_value(item, shared, value));
            rewrite_items(node, each).unwrap_or_else(|never| match never {})
        }
        Value::Mapping(mapping) => {
            let mut new: Option<Node> = None;
            for (index, entry) in mapping.iter().enumerate() {
                let field = if shared.has(entry) {
                    let differs = entry.value.text() != value.text();
                    differs.then(|| value.clone())
                } else {
                    with_value(&entry.value, shared, value)
                };
                let Some(field) = field else { continue };
                let mapping = new.get_or_insert_with(|| node.clone()).as_mapping_mut();
                if let Some(entry) = mapping.and_then(|mapping| mapping.iter_mut().nth(index)) {
                    entry.value = field;
                }
            }
            new
        }
    }
}
