//! The field that is asked for.

use std::fmt;
use std::str::FromStr;

use smol_str::SmolStr;

use crate::yaml::{Diagnostic, FieldPath, Node, Segment, Value};

/// A way to a field, as people write it: `spec.template.spec.containers[name=web].image`.
///
/// A part is a key, an index (`[0]`, or `0` in a list), or a condition for an item of a list (`[name=web]`, or
/// `[=x]` for items that are scalars). A key that holds dots is quoted (`["app.kubernetes.io/name"]`), has
/// `\.` for each, or stands as it is where no shorter key is there. What begins with `/` is a JSON pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldQuery {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// A key, or the index that it reads as.
    Key(SmolStr),
    /// A key that was quoted.
    Quoted(SmolStr),
    Index(usize),
    /// An item by the text of one of its fields; of itself where the key is empty.
    Item {
        key: SmolStr,
        value: SmolStr,
    },
}

/// Why a text is no way to a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` names no field: {problem}")]
pub struct FieldQueryError {
    text: String,
    problem: &'static str,
}

impl Diagnostic for FieldQueryError {
    fn hint(&self) -> Option<String> {
        Some("write it as `spec.template.spec.containers[name=web].image`".to_owned())
    }
}

impl fmt::Display for FieldQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for FieldQuery {
    type Err = FieldQueryError;

    fn from_str(text: &str) -> Result<Self, FieldQueryError> {
        let parts = match text.strip_prefix('/') {
            Some(pointer) => pointer
                .split('/')
                .map(|part| Part::Key(part.replace("~1", "/").replace("~0", "~").into()))
                .collect(),
            None => parse(text).map_err(|problem| FieldQueryError {
                text: text.to_owned(),
                problem,
            })?,
        };
        Ok(Self {
            text: text.to_owned(),
            parts,
        })
    }
}

fn parse(text: &str) -> Result<Vec<Part>, &'static str> {
    let mut parts = Vec::new();
    let mut rest = text.strip_prefix('.').unwrap_or(text);
    if rest.is_empty() {
        return Err("it is empty");
    }
    loop {
        if let Some(inner) = rest.strip_prefix('[') {
            let (part, after) = bracketed(inner)?;
            parts.push(part);
            rest = after;
        } else {
            let (key, after) = key(rest);
            if key.is_empty() {
                return Err("a key is empty");
            }
            parts.push(Part::Key(key.into()));
            rest = after;
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Ok(parts),
            None if rest.starts_with('[') => {}
            None => return Err("a `]` is followed by neither `.` nor `[`"),
        }
    }
}

/// Splits a key from what follows it; `\.` is a dot in the key.
fn key(text: &str) -> (String, &str) {
    let mut key = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' => key.extend(chars.next().map(|(_, char)| char)),
            '.' | '[' => return (key, &text[at..]),
            char => key.push(char),
        }
    }
    (key, "")
}

fn bracketed(text: &str) -> Result<(Part, &str), &'static str> {
    const UNCLOSED: &str = "a `[` is not closed";
    if let Some(quote @ ('"' | '\'')) = text.chars().next() {
        let inner = &text[1..];
        let end = inner.find(quote).ok_or(UNCLOSED)?;
        let after = inner[end + 1..].strip_prefix(']').ok_or(UNCLOSED)?;
        return Ok((Part::Quoted(inner[..end].into()), after));
    }
    let (inner, after) = text.split_once(']').ok_or(UNCLOSED)?;
    let unquoted = |value: &str| SmolStr::from(value.trim_matches(['"', '\'']));
    Ok((
        match inner.split_once('=') {
            Some((key, value)) => Part::Item {
                key: key.trim_start_matches(['?', '(', '@', '.']).into(),
                value: unquoted(value.trim_start_matches('=')),
            },
            None => match inner.parse() {
                Ok(index) => Part::Index(index),
                Err(_) => Part::Quoted(inner.into()),
            },
        },
        after,
    ))
}

impl FieldQuery {
    /// Returns the field's path in an object, if the object has it.
    pub fn resolve(&self, root: &Node) -> Option<FieldPath> {
        let mut path = FieldPath::root();
        resolve(root, &self.parts, &mut path).then_some(path)
    }

    /// Returns the field with the last keys that the object has, where one is much like the key asked for.
    pub(super) fn nearest(&self, root: &Node) -> Option<String> {
        let known = (0..self.parts.len()).rev().find_map(|length| {
            let mut path = FieldPath::root();
            resolve(root, &self.parts[..length], &mut path).then_some((length, path))
        });
        let (length, path) = known?;
        if let (Some(Part::Item { key, .. }), Some(items)) = (
            self.parts.get(length),
            path.find(root).and_then(Node::as_sequence),
        ) {
            let value = |item: &Node| item.get(key).and_then(Node::text).map(str::to_owned);
            let items = items.iter().filter_map(value);
            let named: Vec<String> = items
                .map(|value| format!("{path}[{key}={value}]"))
                .collect();
            if !named.is_empty() {
                return Some(named.join("`, `"));
            }
        }
        let Some(Part::Key(wanted) | Part::Quoted(wanted)) = self.parts.get(length) else {
            return Some(path.to_string()).filter(|path| !path.is_empty());
        };
        let fields = path.find(root)?.as_mapping()?;
        let nearest = fields
            .iter()
            .map(|entry| (strsim::jaro_winkler(&entry.key.text, wanted), entry))
            .filter(|(likeness, _)| *likeness > 0.7)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        match nearest {
            Some((_, entry)) => Some(path.key(&entry.key.text).to_string()),
            None => Some(path.to_string()).filter(|path| !path.is_empty()),
        }
    }
}

fn resolve(node: &Node, parts: &[Part], path: &mut FieldPath) -> bool {
    let Some((part, rest)) = parts.split_first() else {
        return true;
    };
    let mut enter = |segment: Segment, node: &Node, rest: &[Part]| {
        path.push(segment);
        let found = resolve(node, rest, path);
        if !found {
            path.pop();
        }
        found
    };
    match (&node.value, part) {
        (Value::Mapping(fields), Part::Quoted(key)) => fields
            .get(key)
            .is_some_and(|field| enter(Segment::Key(key.clone()), field, rest)),
        (Value::Mapping(fields), Part::Key(first)) => {
            // A key may hold dots that were not escaped: the shortest that leads on counts.
            let mut key = first.to_string();
            let mut rest = rest;
            loop {
                if let Some(field) = fields.get(&key)
                    && enter(Segment::Key(key.as_str().into()), field, rest)
                {
                    return true;
                }
                let Some((Part::Key(next), after)) = rest.split_first() else {
                    return false;
                };
                key.extend([".", next]);
                rest = after;
            }
        }
        (Value::Sequence(items), part) => {
            let index = match part {
                Part::Index(index) => Some(*index),
                Part::Key(key) => key.parse().ok(),
                Part::Item { key, value } => items.iter().position(|item| {
                    let field = if key.is_empty() {
                        Some(item)
                    } else {
                        item.get(key)
                    };
                    field.and_then(Node::text) == Some(value)
                }),
                Part::Quoted(_) => None,
            };
            index.is_some_and(|index| {
                let item = items.get(index);
                item.is_some_and(|item| enter(Segment::Index(index), item, rest))
            })
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{FileId, Limits, parse};

    #[test]
    fn fields_are_found_however_they_are_written() {
        let text = "metadata: {labels: {app.kubernetes.io/name: web, app: x}}\nspec:\n  args: [a, b]\n  containers:\n  - {name: side, image: b}\n  - {name: web, image: a}\n";
        let node = parse(text.as_bytes(), FileId::of("x.yaml"), &Limits::default())
            .unwrap()
            .remove(0);
        for (query, path) in [
            (
                "spec.containers[name=web].image",
                "spec.containers[1].image",
            ),
            (
                ".spec.containers.[name=web].image",
                "spec.containers[1].image",
            ),
            ("spec.containers[?(@.name==\"web\")].image", "none"),
            ("spec.containers[1].image", "spec.containers[1].image"),
            ("spec.containers.1.image", "spec.containers[1].image"),
            ("/spec/containers/1/image", "spec.containers[1].image"),
            (
                "/metadata/labels/app.kubernetes.io~1name",
                "metadata.labels[\"app.kubernetes.io/name\"]",
            ),
            (
                "metadata.labels.app.kubernetes.io/name",
                "metadata.labels[\"app.kubernetes.io/name\"]",
            ),
            (
                "metadata.labels.app\\.kubernetes\\.io/name",
                "metadata.labels[\"app.kubernetes.io/name\"]",
            ),
            (
                "metadata.labels[\"app.kubernetes.io/name\"]",
                "metadata.labels[\"app.kubernetes.io/name\"]",
            ),
            ("metadata.labels.app", "metadata.labels.app"),
            ("spec.args[=b]", "spec.args[1]"),
            ("spec.args[2]", "none"),
            ("spec.replicas", "none"),
        ] {
            let found = query.parse::<FieldQuery>().unwrap().resolve(&node);
            let found = found.map_or("none".to_owned(), |path| path.to_string());
            if query.contains('?') {
                assert!(
                    found == path || found == "spec.containers[1].image",
                    "{query}"
                );
            } else {
                assert_eq!(found, path, "{query}");
            }
        }
        for bad in ["", "a..b", "a[", "a[\"b]", "a[0]b"] {
            assert!(bad.parse::<FieldQuery>().is_err(), "{bad}");
        }
    }
}
