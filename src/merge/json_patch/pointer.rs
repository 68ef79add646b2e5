//! Paths of a JSON patch.

use std::sync::Arc;

use crate::yaml::{Mapping, Node, Value};

/// What holds the last part of a path.
pub(super) enum Container<'n> {
    Object(&'n mut Mapping),
    List(&'n mut Vec<Node>),
}

/// Returns what holds the last part of a path, and that part. What stands before the first `/` is not
/// looked at.
pub(super) fn parent<'n>(root: &'n Node, path: &str) -> Option<(&'n Node, String)> {
    let (above, last) = split(path)?;
    let mut node = root;
    for part in above {
        node = match &node.value {
            Value::Mapping(fields) => fields.get(&unescaped(part))?,
            Value::Sequence(items) => items.get(index_of(&unescaped(part), items.len())?)?,
            Value::Scalar(_) => return None,
        };
    }
    node.as_scalar().is_none().then(|| (node, unescaped(last)))
}

/// Like [`parent`], open to change.
pub(super) fn parent_mut<'n>(root: &'n mut Node, path: &str) -> Option<(Container<'n>, String)> {
    let (above, last) = split(path)?;
    let mut node = root;
    for part in above {
        let part = unescaped(part);
        node = match &mut node.value {
            Value::Mapping(fields) => Arc::make_mut(fields).get_mut(&part)?,
            Value::Sequence(items) => {
                let index = index_of(&part, items.len())?;
                Arc::make_mut(items).get_mut(index)?
            }
            Value::Scalar(_) => return None,
        };
    }
    let container = match &mut node.value {
        Value::Mapping(fields) => Container::Object(Arc::make_mut(fields)),
        Value::Sequence(items) => Container::List(Arc::make_mut(items)),
        Value::Scalar(_) => return None,
    };
    Some((container, unescaped(last)))
}

/// Tells whether a path leads to what holds a field, to it, or into it.
pub(super) fn meets(path: &str, field: &[&str]) -> bool {
    let parts = path.split('/').skip(1);
    parts
        .zip(field)
        .all(|(part, field)| unescaped(part) == *field)
}

/// Returns the index that a part means in a list of so many; a negative one counts from the end.
pub(super) fn index_of(part: &str, length: usize) -> Option<usize> {
    let index: i64 = part.parse().ok()?;
    let length = i64::try_from(length).ok()?;
    let index = if index < 0 { index + length } else { index };
    (0..length)
        .contains(&index)
        .then(|| usize::try_from(index).ok())
        .flatten()
}

/// Returns the parts of a path, unescaped.
pub(super) fn parts(path: &str) -> impl Iterator<Item = String> {
    let parts = path.split_once('/').map(|(_, parts)| parts.split('/'));
    parts.into_iter().flatten().map(unescaped)
}

fn split(path: &str) -> Option<(impl Iterator<Item = &str>, &str)> {
    let (_, parts) = path.split_once('/')?;
    let (above, last) = match parts.rsplit_once('/') {
        Some((above, last)) => (Some(above), last),
        None => (None, parts),
    };
    Some((above.into_iter().flat_map(|above| above.split('/')), last))
}

fn unescaped(part: &str) -> String {
    if !part.contains('~') {
        return part.to_owned();
    }
    // In one pass: `~01` is `~1`.
    let mut result = String::with_capacity(part.len());
    let mut rest = part;
    while let Some(at) = rest.find('~') {
        let (before, escape) = rest.split_at(at);
        result.push_str(before);
        let (text, length) = match escape.as_bytes().get(1) {
            Some(b'0') => ("~", 2),
            Some(b'1') => ("/", 2),
            _ => ("~", 1),
        };
        result.push_str(text);
        rest = escape.get(length..).unwrap_or_default();
    }
    result.push_str(rest);
    result
}
