//! Fields of objects that others' controllers read: what is null counts as missing, what nobody knows is passed over,
//! a wrong type is an error with its line.

use crate::yaml::{Node, Origin, Tag};

use super::error::Problem;

/// A text, and the line that says it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'n> {
    /// The text.
    pub(super) text: &'n str,
    /// The line.
    pub(super) at: Origin,
}

/// Returns the field at the end of a path, unless it is null.
pub(super) fn find<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    node.lookup(path).filter(|node| !node.is_null())
}

/// Returns a text, unless it is missing or empty.
pub(super) fn text<'n>(node: &'n Node, path: &[&str]) -> Result<Option<Text<'n>>, Problem> {
    let Some(field) = find(node, path) else {
        return Ok(None);
    };
    match field.as_scalar() {
        Some(scalar) if matches!(scalar.tag, Tag::Str | Tag::Timestamp | Tag::Binary) => {
            let text = scalar.text.as_str();
            Ok((!text.is_empty()).then_some(Text {
                text,
                at: field.origin,
            }))
        }
        _ => Err(wrong_type(field, path, "text")),
    }
}

/// Returns a text that must be there.
pub(super) fn require<'n>(node: &'n Node, path: &[&str]) -> Result<Text<'n>, Problem> {
    text(node, path)?.ok_or_else(|| Problem::MissingField {
        field: path.join("."),
        at: node.origin,
    })
}

/// Returns whether a field is `true`.
pub(super) fn flag(node: &Node, path: &[&str]) -> Result<bool, Problem> {
    let Some(field) = find(node, path) else {
        return Ok(false);
    };
    match field.as_scalar() {
        Some(scalar) if scalar.tag == Tag::Bool => Ok(scalar.text.eq_ignore_ascii_case("true")),
        _ => Err(wrong_type(field, path, "a boolean")),
    }
}

/// Returns the items of a list, none where it is missing.
pub(super) fn list<'n>(node: &'n Node, path: &[&str]) -> Result<&'n [Node], Problem> {
    let Some(field) = find(node, path) else {
        return Ok(&[]);
    };
    field
        .as_sequence()
        .ok_or_else(|| wrong_type(field, path, "a list"))
}

/// Returns the texts of a list.
pub(super) fn texts<'n>(node: &'n Node, path: &[&str]) -> Result<Vec<Text<'n>>, Problem> {
    let item = |item: &'n Node| match item.as_str() {
        Some(text) => Ok(Text {
            text,
            at: item.origin,
        }),
        None => Err(wrong_type(item, path, "text")),
    };
    list(node, path)?.iter().map(item).collect()
}

/// Returns a mapping.
pub(super) fn mapping<'n>(node: &'n Node, path: &[&str]) -> Result<Option<&'n Node>, Problem> {
    let Some(field) = find(node, path) else {
        return Ok(None);
    };
    if field.as_mapping().is_none() {
        return Err(wrong_type(field, path, "a mapping"));
    }
    Ok(Some(field))
}

/// Returns the keys of a mapping with the texts that they have.
pub(super) fn pairs<'n>(
    node: &'n Node,
    path: &[&str],
) -> Result<Vec<(&'n str, Text<'n>)>, Problem> {
    let Some(field) = mapping(node, path)? else {
        return Ok(Vec::new());
    };
    let entries = field.as_mapping().into_iter().flatten();
    let pair = |entry: &'n crate::yaml::Entry| {
        let value = &entry.value;
        let text = match value.as_str() {
            Some(text) => text,
            None if value.is_null() => "",
            None => return Err(wrong_type(value, path, "a mapping of texts")),
        };
        let at = value.origin;
        Ok((entry.key.text.as_str(), Text { text, at }))
    };
    entries.map(pair).collect()
}

/// Says that a field is of another type.
pub(super) fn wrong_type(node: &Node, path: &[&str], wanted: &'static str) -> Problem {
    Problem::WrongType {
        field: path.join("."),
        wanted,
        found: node.type_words(),
        at: node.origin,
    }
}

/// Returns `metadata.name`.
pub(super) fn name(node: &Node) -> &str {
    let name = node.lookup(&["metadata", "name"]);
    name.and_then(Node::text).unwrap_or_default()
}

/// Returns the namespace that an object is in: where it names none, `default`.
pub(super) fn namespace(node: &Node) -> &str {
    let namespace = node.lookup(&["metadata", "namespace"]);
    let namespace = namespace.and_then(Node::as_str);
    namespace
        .filter(|text| !text.is_empty())
        .unwrap_or("default")
}
