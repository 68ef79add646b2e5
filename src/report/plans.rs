//! Plans of a sync, as text for a person and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::sync::{Action, Drift, FieldChange, Plan, Step};

/// Whether a plan is told of or was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tense {
    /// It is what a sync would do.
    Would,
    /// It is what a sync did.
    Did,
}

/// Returns a plan as text: a line a step that changes something, with its fields, and a summary.
pub fn text(plan: &Plan, tense: Tense) -> String {
    let mut text = format!("{} -> {}\n", plan.environment, plan.target);
    let steps = plan.steps.iter().filter(|step| step.action != Action::Keep);
    for step in steps {
        write_step(step, &mut text);
    }
    for note in &plan.notes {
        let _ = writeln!(text, "  note: {note}");
    }
    let _ = writeln!(text, "  {}", summary(plan, tense));
    text
}

/// Returns plans as one JSON document: `{"plans": [{"environment", "target", "steps", …}]}`.
pub fn json(plans: &[Plan], tense: Tense) -> Value {
    json!({
        "done": tense == Tense::Did,
        "plans": plans.iter().map(plan_value).collect::<Vec<_>>(),
    })
}

fn write_step(step: &Step, text: &mut String) {
    let mark = match step.action {
        Action::Create => '+',
        Action::Change => '~',
        Action::Prune => '-',
        Action::Retain => '!',
        Action::Keep => ' ',
    };
    let _ = write!(text, "  {mark} {:<7} {}", step.action.as_str(), step.id);
    if !step.component.is_empty() {
        let _ = write!(text, " ({})", step.component);
    }
    match &step.drift {
        None => {}
        Some(Drift::Deleted) => text.push_str(", deleted by hand"),
        Some(Drift::Edited { by }) if by.is_empty() => text.push_str(", edited by hand"),
        Some(Drift::Edited { by }) => {
            let _ = write!(text, ", edited by {}", by.join(", "));
        }
    }
    text.push('\n');
    for change in &step.changes {
        write_change(change, text);
    }
}

fn write_change(change: &FieldChange, text: &mut String) {
    let _ = match (&change.old, &change.new) {
        (Some(old), Some(new)) => write!(text, "      {}: {old} -> {new}", change.path),
        (None, Some(new)) => write!(text, "      {}: + {new}", change.path),
        (Some(old), None) => write!(text, "      {}: - {old}", change.path),
        (None, None) => write!(text, "      {}", change.path),
    };
    if let Some(origin) = change.origin.filter(|_| change.new.is_some()) {
        let _ = write!(text, "  ({}:{})", origin.file.name(), origin.line);
    }
    text.push('\n');
}

fn summary(plan: &Plan, tense: Tense) -> String {
    if plan.is_in_sync() {
        return format!("in sync: {} objects", plan.steps.len());
    }
    let words = match tense {
        Tense::Would => ["to create", "to change", "to prune", "to retain", "to keep"],
        Tense::Did => ["created", "changed", "pruned", "retained", "kept"],
    };
    let actions = [
        Action::Create,
        Action::Change,
        Action::Prune,
        Action::Retain,
        Action::Keep,
    ];
    let parts: Vec<String> = actions
        .into_iter()
        .zip(words)
        .map(|(action, word)| (plan.count(action), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    parts.join(", ")
}

fn plan_value(plan: &Plan) -> Value {
    json!({
        "environment": plan.environment,
        "target": plan.target,
        "inSync": plan.is_in_sync(),
        "notes": plan.notes,
        "steps": plan.steps.iter().map(step_value).collect::<Vec<_>>(),
    })
}

fn step_value(step: &Step) -> Value {
    let drift = step.drift.as_ref().map(|drift| match drift {
        Drift::Deleted => json!({"kind": "deleted"}),
        Drift::Edited { by } => json!({"kind": "edited", "by": by}),
    });
    let changes: Vec<Value> = step
        .changes
        .iter()
        .map(|change| {
            json!({
                "path": change.path.to_string(),
                "old": change.old,
                "new": change.new,
                "origin": change.origin.map(|origin| origin.to_string()),
            })
        })
        .collect();
    json!({
        "action": step.action.as_str(),
        "apiVersion": step.id.api_version().as_str(),
        "kind": step.id.kind.as_str(),
        "namespace": step.id.namespace.as_str(),
        "name": step.id.name.as_str(),
        "component": step.component,
        "path": step.path,
        "drift": drift,
        "changes": changes,
    })
}
