//! The objects that a file of resources holds.

use std::collections::VecDeque;

use crate::yaml::{Diagnostic, Node, Origin};

/// Why a document is not an object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// It is a list or a scalar.
    #[error("a resource must be a mapping")]
    NotAMapping {
        /// The place.
        at: Origin,
    },
    /// It does not say what it is.
    #[error("the resource has no `kind`")]
    NoKind {
        /// The place.
        at: Origin,
    },
    /// It has no name.
    #[error("the {kind} has no `metadata.name`")]
    NoName {
        /// Its kind.
        kind: String,
        /// The place.
        at: Origin,
    },
    /// The `items` of a list of objects are no list.
    #[error("the `items` of a {kind} must be a list")]
    ItemsNotAList {
        /// Its kind.
        kind: String,
        /// The place.
        at: Origin,
    },
}

impl Diagnostic for ObjectError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::NotAMapping { at }
            | Self::NoKind { at }
            | Self::NoName { at, .. }
            | Self::ItemsNotAList { at, .. } => Some(*at),
        }
    }
}

/// Returns the objects of documents: empty ones are left out, lists of objects are replaced by their
/// items. As in the reference tool these come after all other documents, except those of a `List` that
/// is alone in its file.
pub(super) fn objects(documents: Vec<Node>) -> Result<Vec<Node>, ObjectError> {
    objects_named(documents, Names::Written)
}

/// What names an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// Its `metadata.name`.
    Written,
    /// That, or a `metadata.generateName` of which the server makes one.
    MayBeGenerated,
}

/// Returns the objects of documents as [`objects`] does, by other rules for their names.
pub(super) fn objects_named(documents: Vec<Node>, names: Names) -> Result<Vec<Node>, ObjectError> {
    let check = |node: &Node| match check(node) {
        Err(ObjectError::NoName { .. })
            if names == Names::MayBeGenerated && has_generated_name(node) =>
        {
            Ok(())
        }
        checked => checked,
    };
    let mut queue = VecDeque::with_capacity(documents.len());
    let is_wrapper = |node: &Node| {
        ["List", "ResourceList"].contains(&kind(node))
            && (node.get("items").is_some() || node.get("functionConfig").is_some())
    };
    match documents.as_slice() {
        [alone] if is_wrapper(alone) => {
            let items = alone.get("items").and_then(Node::as_sequence);
            queue.extend(items.into_iter().flatten().cloned());
        }
        _ => queue.extend(documents),
    }
    queue.retain(|node| !is_empty(node));
    queue.iter().try_for_each(check)?;

    let mut objects = Vec::with_capacity(queue.len());
    while let Some(node) = queue.pop_front() {
        let items = match node.get("items") {
            Some(items) if kind(&node).ends_with("List") => items,
            _ => {
                objects.push(node);
                continue;
            }
        };
        if items.is_null() {
            continue;
        }
        let items = items
            .as_sequence()
            .ok_or_else(|| ObjectError::ItemsNotAList {
                kind: kind(&node).to_owned(),
                at: items.origin,
            })?;
        for item in items.iter().filter(|item| !is_empty(item)) {
            check(item)?;
            queue.push_back(item.clone());
        }
    }
    Ok(objects)
}

/// Tells whether the server is to make a name for an object.
pub(super) fn has_generated_name(node: &Node) -> bool {
    let name = node.lookup(&["metadata", "generateName"]);
    name.and_then(Node::as_str)
        .is_some_and(|name| !name.is_empty())
        && node.lookup(&["metadata", "name"]).is_none_or(Node::is_null)
}

fn kind(node: &Node) -> &str {
    node.get("kind").and_then(Node::text).unwrap_or_default()
}

fn is_empty(node: &Node) -> bool {
    node.is_null()
        || node
            .as_mapping()
            .is_some_and(crate::yaml::Mapping::is_empty)
        || node.as_sequence().is_some_and(<[Node]>::is_empty)
}

/// Fails where an object lacks what each must have.
pub(super) fn check(node: &Node) -> Result<(), ObjectError> {
    let at = node.origin;
    if node.as_mapping().is_none() {
        return Err(ObjectError::NotAMapping { at });
    }
    let has_text = |node: Option<&Node>| {
        node.is_some_and(|node| !node.is_null() && node.text().is_some_and(|text| !text.is_empty()))
    };
    if !has_text(node.get("kind")) {
        return Err(ObjectError::NoKind { at });
    }
    let kind = kind(node);
    if !kind.ends_with("List") && !has_text(node.lookup(&["metadata", "name"])) {
        return Err(ObjectError::NoName {
            kind: kind.to_owned(),
            at,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{FileId, Limits, parse};

    fn names(text: &str) -> Result<Vec<String>, ObjectError> {
        let file = FileId::of("objects.yaml");
        let documents = parse(text.as_bytes(), file, &Limits::default()).unwrap();
        Ok(objects(documents)?
            .iter()
            .map(|node| {
                node.lookup(&["metadata", "name"])
                    .and_then(Node::text)
                    .unwrap()
                    .to_owned()
            })
            .collect())
    }

    const LIST: &str = "{kind: List, items: [{kind: A, metadata: {name: b}}, {}, \
                        {kind: AList, items: [{kind: A, metadata: {name: c}}]}]}";

    #[test]
    fn lists_are_replaced_by_their_items() {
        assert_eq!(names(LIST).unwrap(), ["b", "c"]);
    }

    #[test]
    fn items_come_after_the_other_documents() {
        let text = format!("{LIST}\n---\n{{kind: A, metadata: {{name: a}}}}\n");
        assert_eq!(names(&text).unwrap(), ["a", "b", "c"]);
    }

    #[test]
    fn an_object_needs_a_kind_and_a_name() {
        assert!(matches!(
            names("{metadata: {name: a}}"),
            Err(ObjectError::NoKind { .. })
        ));
        assert!(matches!(
            names("{kind: A}"),
            Err(ObjectError::NoName { .. })
        ));
        assert!(matches!(names("[a]"), Err(ObjectError::NotAMapping { .. })));
    }
}
