//! Findings as a Markdown table, from a Tera template.

use std::io;

use serde_json::{Value, json};
use tera::{Context, Tera};

use super::group::Group;
use super::{Checked, severity_name, summary};

const TEMPLATE: &str = include_str!("findings.md.tera");

pub(super) fn write(
    groups: &[Group<'_>],
    checked: &Checked,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let rows: Vec<Value> = groups.iter().map(row).collect();
    let mut context = Context::new();
    context.insert("checked", &checked.describe());
    context.insert("summary", &summary(groups));
    context.insert("findings", &rows);
    let text = Tera::one_off(TEMPLATE, &context, false).map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}

fn row(group: &Group<'_>) -> Value {
    let finding = group.finding;
    json!({
        "severity": severity_name(finding.severity),
        "rule": finding.rule,
        "place": finding.origin.map(|origin| cell(&format!("{}:{}", origin.file.name(), origin.line))),
        "object": finding.object.as_ref().map(|id| cell(&id.to_string())),
        "field": cell(&finding.field.to_string()),
        "environments": cell(&group.environments()),
        "message": cell(&finding.message),
        "hint": finding.hint.as_deref().map(cell),
    })
}

/// Keeps a text within its cell.
fn cell(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('|', "\\|")
        .replace(['\n', '\r'], " ")
        .replace('<', "&lt;")
}
