//! A difference for programs.

use std::io;

use serde_json::{Map, Number, Value, json};

use crate::diff::{ComponentDiff, EnvironmentDiff, FieldChange, ObjectDiff, SetDiff};
use crate::yaml::{self, Node, Tag};

use super::change_name;

pub(super) fn write(diff: &SetDiff, out: &mut dyn io::Write) -> io::Result<()> {
    let environments: Vec<Value> = diff.environments.iter().map(environment).collect();
    serde_json::to_writer_pretty(&mut *out, &json!({ "environments": environments }))?;
    writeln!(out)
}

fn environment(diff: &EnvironmentDiff) -> Value {
    json!({
        "name": diff.name,
        "change": change_name(diff.change),
        "components": diff.components.iter().map(component).collect::<Vec<_>>(),
    })
}

fn component(diff: &ComponentDiff) -> Value {
    json!({
        "name": diff.name,
        "change": change_name(diff.change),
        "objects": diff.objects.iter().map(object).collect::<Vec<_>>(),
    })
}

fn object(diff: &ObjectDiff) -> Value {
    json!({
        "apiVersion": diff.id.api_version(),
        "kind": diff.id.kind,
        "namespace": diff.id.namespace,
        "name": diff.id.name,
        "renamedFrom": diff.renamed_from.as_ref().map(|id| id.name.as_str()),
        "change": change_name(diff.change),
        "fields": diff.fields.iter().map(field).collect::<Vec<_>>(),
    })
}

fn field(change: &FieldChange) -> Value {
    json!({
        "path": change.path.to_string(),
        "old": change.old.as_ref().map(value),
        "new": change.new.as_ref().map(value),
        "masked": change.masked,
    })
}

/// Returns a node as JSON; a number that JSON can't hold is text.
fn value(node: &Node) -> Value {
    match &node.value {
        yaml::Value::Sequence(items) => items.iter().map(value).collect(),
        yaml::Value::Mapping(mapping) => {
            let mut entries: Vec<_> = mapping.iter().collect();
            entries.sort_by(|a, b| a.key.text.cmp(&b.key.text));
            let entries = entries
                .into_iter()
                .map(|entry| (entry.key.text.to_string(), value(&entry.value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        yaml::Value::Scalar(scalar) => {
            let text = || Value::String(scalar.text.to_string());
            match scalar.tag {
                Tag::Null => Value::Null,
                Tag::Bool => Value::Bool(scalar.text.eq_ignore_ascii_case("true")),
                Tag::Int => scalar
                    .text
                    .parse::<i64>()
                    .map_or_else(|_| text(), Value::from),
                Tag::Float => scalar
                    .text
                    .parse()
                    .ok()
                    .and_then(Number::from_f64)
                    .map_or_else(text, Value::Number),
                Tag::Str | Tag::Timestamp | Tag::Binary => text(),
            }
        }
    }
}
