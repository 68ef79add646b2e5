//! Plans for programs.

use std::io;

use serde_json::{Value, json};

use crate::diff::FieldChange;
use crate::sync::{Drift, Plan, Step};
use crate::yaml::json::to_value;
use crate::yaml::{Node, Origin};

use super::Tense;

pub(super) fn write(plans: &[Plan], tense: Tense, out: &mut dyn io::Write) -> io::Result<()> {
    let document = json!({
        "done": tense == Tense::Done,
        "plans": plans.iter().map(plan).collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// Returns a value on one line.
pub(super) fn compact(node: &Node) -> String {
    to_value(node).to_string()
}

fn plan(plan: &Plan) -> Value {
    json!({
        "environment": plan.environment,
        "target": plan.target,
        "inSync": plan.is_in_sync(),
        "steps": plan.steps.iter().map(step).collect::<Vec<_>>(),
        "notes": plan.notes,
    })
}

fn step(step: &Step) -> Value {
    json!({
        "action": step.action.as_str(),
        "apiVersion": step.id.api_version(),
        "kind": step.id.kind,
        "namespace": step.id.namespace,
        "name": step.id.name,
        "component": step.component,
        "path": step.path,
        "origin": step.origin.map(origin),
        "drift": step.drift.as_ref().map(drift),
        "changes": step.changes.iter().map(change).collect::<Vec<_>>(),
    })
}

fn drift(drift: &Drift) -> Value {
    match drift {
        Drift::Deleted => json!({"kind": "deleted"}),
        Drift::Edited { by } => json!({"kind": "edited", "by": by}),
    }
}

fn change(change: &FieldChange) -> Value {
    json!({
        "path": change.path.to_string(),
        "old": change.old.as_ref().map(to_value),
        "new": change.new.as_ref().map(to_value),
        "masked": change.masked,
        "origin": change.new.as_ref().map(|new| origin(new.origin)),
    })
}

fn origin(origin: Origin) -> Value {
    json!({"file": origin.file.name().as_ref(), "line": origin.line, "column": origin.column})
}
