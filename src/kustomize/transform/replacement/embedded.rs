//! Replacements inside JSON or YAML that a field holds as text.

use serde_json::Value as Json;
use smol_str::SmolStr;

use crate::kustomize::transform::field_path::{Leaf, find, lookup, node_at};
use crate::yaml::{FieldPath, FileId, Limits, Node, Origin, Scalar, Segment, Value, parse};

/// Writes a value at a path that leads into the text of a field. Returns none where the path does not,
/// or where nothing can be written there.
pub(super) fn write(
    object: &Node,
    steps: &[SmolStr],
    value: &Node,
    create: Option<Leaf>,
) -> Option<Node> {
    let (field_steps, inner_steps) = split_at_text(object, steps)?;
    let field = lookup(object, field_steps).ok().flatten()?;
    let text = field.text()?;
    let file: FileId = field.origin.file;
    let mut document = parse(text.as_bytes(), file, &Limits::default())
        .ok()?
        .into_iter()
        .next()?;
    let found = find(&mut document, inner_steps, create, value.origin).ok()?;
    if found.is_empty() {
        return None;
    }
    for field in &found.fields {
        let inner = node_at(&mut document, &field.path)?;
        *inner = match (inner.as_scalar(), value.as_scalar()) {
            (Some(old), new) => Node::scalar(
                Scalar {
                    text: new.map_or(SmolStr::default(), |new| new.text.clone()),
                    ..old.clone()
                },
                value.origin,
            ),
            (None, _) => value.clone(),
        };
    }
    let new = written(&document, text)?;
    replaced(object, field_steps, new, value.origin)
}

/// Splits a path where it meets a field that is a scalar.
fn split_at_text<'s>(
    object: &Node,
    steps: &'s [SmolStr],
) -> Option<(&'s [SmolStr], &'s [SmolStr])> {
    (1..steps.len()).find_map(|length| {
        let (outer, inner) = steps.split_at(length);
        let field = lookup(object, outer).ok().flatten()?;
        field.as_scalar().map(|_| (outer, inner))
    })
}

fn replaced(object: &Node, steps: &[SmolStr], text: String, at: Origin) -> Option<Node> {
    let mut object = object.clone();
    let path = path_of(&object, steps)?;
    let field = node_at(&mut object, &path)?;
    let scalar = Scalar {
        text: text.into(),
        ..field.as_scalar()?.clone()
    };
    *field = Node::scalar(scalar, at);
    Some(object)
}

/// Returns the way to the field that steps lead to.
fn path_of(object: &Node, steps: &[SmolStr]) -> Option<FieldPath> {
    let mut path = FieldPath::root();
    let mut node = object;
    for step in steps {
        let next = lookup(node, std::slice::from_ref(step)).ok().flatten()?;
        let segment = match &node.value {
            Value::Sequence(items) => {
                let index = items.iter().position(|item| std::ptr::eq(item, next))?;
                Segment::Index(index)
            }
            _ => Segment::Key(step.trim().into()),
        };
        path.push(segment);
        node = next;
    }
    Some(path)
}

/// Writes a document as the text was: as JSON, with line breaks where it had some, or as YAML.
fn written(document: &Node, text: &str) -> Option<String> {
    let start = text.trim_start();
    if !start.starts_with(['{', '[']) {
        let mut out = String::new();
        crate::yaml::emit(document, &mut out);
        return Some(out.trim().to_owned());
    }
    let json = json(document)?;
    let is_pretty = text.contains('\n') && text.contains("  ");
    let out = if is_pretty {
        serde_json::to_string_pretty(&json)
    } else {
        serde_json::to_string(&json)
    };
    Some(escape(&out.ok()?))
}

/// Escapes what Go escapes in JSON, for the sake of HTML.
fn escape(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    out
}

/// Returns a node as JSON with sorted keys.
fn json(node: &Node) -> Option<Json> {
    use crate::yaml::Tag;
    Some(match &node.value {
        Value::Sequence(items) => Json::Array(items.iter().map(json).collect::<Option<_>>()?),
        Value::Mapping(mapping) => {
            let mut entries: Vec<_> = mapping.iter().collect();
            entries.sort_by(|a, b| a.key.text.cmp(&b.key.text));
            let entries = entries
                .into_iter()
                .map(|entry| Some((entry.key.text.to_string(), json(&entry.value)?)));
            Json::Object(entries.collect::<Option<_>>()?)
        }
        Value::Scalar(scalar) => match scalar.tag {
            Tag::Null => Json::Null,
            Tag::Bool => Json::Bool(scalar.text.eq_ignore_ascii_case("true")),
            Tag::Int | Tag::Float => serde_json::from_str(&scalar.text).ok()?,
            Tag::Str | Tag::Timestamp | Tag::Binary => Json::String(scalar.text.to_string()),
        },
    })
}
