//! Who wrote a field, as text and for programs.
//!
//! A Secret's values are masked here, and so is what lines of files hold of them (see
//! [`Sources`](super::Sources)).

mod json;
mod text;

use std::fmt::Write as _;

use crate::diff;
use crate::explain::{Annotated, Explanation, annotate};
use crate::yaml::{FieldPath, Node, Segment, emit};

use super::Sources;

pub use json::{annotated_value, value};
pub use text::draw;

/// An explanation with the builds that it holds for.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The builds, as `prod/web`; one that stands for itself has the name of its folder.
    pub builds: Vec<String>,
    /// The explanation.
    pub explanation: Explanation,
}

/// What stands in the place of a Secret's value.
const MASK: &str = "***";

/// Returns an object as YAML with the place that wrote it at the end of each line. A Secret is masked.
pub fn annotated_yaml(object: &Node) -> String {
    let lines = annotated(object);
    let width = |line: &Annotated| line.text.chars().count();
    let column = lines.iter().map(width).filter(|width| *width <= 60).max();
    let column = column.unwrap_or_default();
    let mut out = String::new();
    for line in &lines {
        out.push_str(&line.text);
        if let Some(origin) = line.origin {
            let padding = column.saturating_sub(width(line)) + 2;
            let _ = write!(out, "{:padding$}# {}", "", place(origin));
        }
        out.push('\n');
    }
    out
}

fn annotated(object: &Node) -> Vec<Annotated> {
    match diff::mask(Some(object), None) {
        (Some(masked), _) => annotate(&masked),
        (None, _) => Vec::new(),
    }
}

/// Returns `file:line`, or the file alone where a whole file was read.
fn place(origin: crate::yaml::Origin) -> String {
    let name = super::differences::visible(&origin.file.name());
    if origin.line == 0 {
        name
    } else {
        format!("{name}:{}", origin.line)
    }
}

/// Tells whether a field of an object must not be shown.
fn is_masked(explanation: &Explanation) -> bool {
    let first = explanation.field.as_ref().map(FieldPath::segments);
    let holds_values = match first {
        Some([]) => true,
        Some([Segment::Key(key), ..]) => matches!(key.as_str(), "data" | "stringData"),
        Some([Segment::Index(_), ..]) | None => false,
    };
    explanation.is_secret && holds_values
}

/// Returns a value as YAML without the last line end.
fn yaml(node: &Node) -> String {
    let mut text = String::new();
    emit(node, &mut text);
    text.truncate(text.trim_end_matches('\n').len());
    text
}
