//! A difference for programs.

use std::io;

use serde_json::{Value, json};

use crate::diff::{ComponentDiff, EnvironmentDiff, FieldChange, ObjectDiff, SetDiff};
use crate::yaml::json::to_value;

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
        "old": change.old.as_ref().map(to_value),
        "new": change.new.as_ref().map(to_value),
        "masked": change.masked,
    })
}
