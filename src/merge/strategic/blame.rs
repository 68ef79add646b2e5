//! Which line of a patch deletes a field.

use crate::merge::ITEM_KEYS;
use crate::yaml::{FieldPath, Node, Origin, Segment, Value};

/// A line of a patch that may have deleted a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// It says so: a null or a `$patch`.
    Said(Origin),
    /// It is a list without the element, which replaces the object's unless lists of its kind merge.
    Implied(Origin),
}

impl Deletion {
    /// Returns the line.
    pub fn at(self) -> Origin {
        match self {
            Self::Said(at) | Self::Implied(at) => at,
        }
    }
}

/// Returns the line of a patch that takes a field out of an object, or what the field was in.
///
/// `path` leads to the field in the object as it was before the patch.
pub fn deletion_in(patch: &Node, path: &FieldPath, object: &Node) -> Option<Deletion> {
    let (mut patch, mut object) = (patch, object);
    for segment in path.segments() {
        if let Some(deletion) = directive_of(patch) {
            return Some(Deletion::Said(deletion));
        }
        (patch, object) = match segment {
            Segment::Key(key) => (patch.get(key)?, object.get(key)?),
            Segment::Index(index) => {
                let element = object.as_sequence()?.get(*index)?;
                let changes = patch.as_sequence()?;
                let directive = changes.iter().find(|change| is_directive_alone(change));
                if let Some(deletion) = directive.and_then(directive_of) {
                    return Some(Deletion::Said(deletion));
                }
                match changes.iter().find(|change| is_for(change, element)) {
                    Some(change) => (change, element),
                    None => return Some(Deletion::Implied(patch.origin)),
                }
            }
        };
        if patch.is_null() {
            return Some(Deletion::Said(patch.origin));
        }
    }
    directive_of(patch).map(Deletion::Said)
}

/// Returns the line of a `$patch` that keeps nothing of the object.
fn directive_of(patch: &Node) -> Option<Origin> {
    let directive = patch.get("$patch")?;
    matches!(directive.text(), Some("delete" | "replace")).then_some(directive.origin)
}

fn is_directive_alone(change: &Node) -> bool {
    change
        .as_mapping()
        .is_some_and(|fields| fields.len() == 1 && fields.contains_key("$patch"))
}

/// Tells whether an element of a patch is for an element of the object.
fn is_for(change: &Node, element: &Node) -> bool {
    let (Value::Mapping(change), Value::Mapping(element)) = (&change.value, &element.value) else {
        return change.equals(element);
    };
    let same = |key: &str| match (change.get(key), element.get(key)) {
        (Some(a), Some(b)) => Some(a.text() == b.text()),
        _ => None,
    };
    ITEM_KEYS.iter().find_map(|key| same(key)).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{FileId, Limits, parse};

    fn node(text: &str) -> Node {
        parse(text.as_bytes(), FileId::of("x.yaml"), &Limits::default())
            .unwrap()
            .remove(0)
    }

    #[test]
    fn the_line_that_deletes_is_found() {
        let object = node("spec: {replicas: 1, list: [{name: a, x: 1}, {name: b, x: 2}]}\n");
        let spec = FieldPath::root().key("spec");
        let second = spec.key("list").index(1);
        for (patch, path, line) in [
            ("spec:\n  replicas: null\n", spec.key("replicas"), Some(2)),
            (
                "spec:\n  list:\n  - name: b\n    $patch: delete\n",
                second.clone(),
                Some(4),
            ),
            (
                "spec:\n  list:\n  - name: b\n    x: null\n",
                second.key("x"),
                Some(4),
            ),
            (
                "spec:\n  list:\n  - $patch: replace\n  - name: c\n",
                second.key("x"),
                Some(3),
            ),
            ("spec:\n  $patch: replace\n", second, Some(2)),
            ("$patch: delete\n", FieldPath::root(), Some(1)),
            ("spec:\n  other: 1\n", spec.key("replicas"), None),
        ] {
            let found = deletion_in(&node(patch), &path, &object);
            let found = found.map(|found| found.at().line);
            assert_eq!(found, line, "{path} in {patch}");
        }
    }
}
