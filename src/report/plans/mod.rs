//! The plans of a sync as text, Markdown and JSON.
//!
//! What comes in is masked already (see [`diff`](crate::diff)).

mod json;
mod markdown;
mod text;

use std::io;

use crate::diff::FieldChange;
use crate::sync::{Action, Drift, Plan};
use crate::yaml::{Node, Value};

use super::differences::visible;
use super::snippet::Color;

/// How plans are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A line a step, with the fields that change below it.
    Text(Color),
    /// For a comment on a pull request.
    Markdown,
    /// For programs: every step, those that keep an object too.
    Json,
}

/// Whether plans were carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tense {
    /// They are yet to be.
    Planned,
    /// They were.
    Done,
}

/// Writes plans.
pub fn write(
    plans: &[Plan],
    tense: Tense,
    format: Format,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Text(color) => text::write(plans, tense, color, out),
        Format::Markdown => markdown::write(plans, tense, out),
        Format::Json => json::write(plans, tense, out),
    }
}

/// Returns how many objects each action is done to, as `2 created, 30 kept`.
fn counts(plan: &Plan, tense: Tense) -> String {
    let words = [
        (Action::Create, "to create", "created"),
        (Action::Change, "to change", "changed"),
        (Action::Prune, "to prune", "pruned"),
        (Action::Retain, "to retain", "retained"),
        (Action::Keep, "to keep", "kept"),
    ];
    let counts: Vec<String> = words
        .into_iter()
        .map(|(action, planned, done)| match tense {
            Tense::Planned => (plan.count(action), planned),
            Tense::Done => (plan.count(action), done),
        })
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if plan.is_in_sync() {
        return format!("in sync: {} objects", plan.steps.len());
    }
    counts.join(", ")
}

/// Returns what was done to the target by hand.
fn drift(drift: &Drift) -> String {
    match drift {
        Drift::Deleted => "deleted by hand".to_owned(),
        Drift::Edited { by } if by.is_empty() => "edited by hand".to_owned(),
        Drift::Edited { by } => format!("edited by {}", visible(&by.join(", "))),
    }
}

/// Returns a field's change, as `spec.replicas: 1 → 2`.
fn change(change: &FieldChange) -> String {
    let side = |node: &Option<Node>| node.as_ref().map_or_else(|| "nothing".to_owned(), brief);
    let path = visible(&change.path.to_string());
    format!("{path}: {} → {}", side(&change.old), side(&change.new))
}

/// The most of a value that a line shows, in characters.
const MAX_CHARS: usize = 80;

/// Returns a value on one line, cut where it is long.
fn brief(node: &Node) -> String {
    let whole = match &node.value {
        Value::Scalar(scalar) if !needs_quotes(&scalar.text) => scalar.text.to_string(),
        _ => json::compact(node),
    };
    let mut brief: String = whole.chars().take(MAX_CHARS).collect();
    if brief.len() < whole.len() {
        brief.push('…');
    }
    visible(&brief)
}

fn needs_quotes(text: &str) -> bool {
    text.is_empty() || text.trim() != text || text.contains(char::is_control)
}
