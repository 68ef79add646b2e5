//! Findings as one JSON document: `{"summary": {...}, "findings": [...]}`.

use std::io;

use serde_json::{Value, json};

use crate::check::Finding;
use crate::yaml::Origin;

use super::{Checked, count, severity_name};

pub(super) fn write(
    findings: &[Finding],
    checked: &Checked,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let [errors, warnings, notes] = count(findings.iter().map(|finding| &finding.severity));
    let document = json!({
        "summary": {
            "environments": checked.environments,
            "components": checked.components,
            "objects": checked.objects,
            "errors": errors,
            "warnings": warnings,
            "notes": notes,
        },
        "findings": findings.iter().map(finding_value).collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn finding_value(finding: &Finding) -> Value {
    let object = finding.object.as_ref().map(|id| {
        json!({
            "apiVersion": id.api_version().as_str(),
            "kind": id.kind.as_str(),
            "namespace": id.namespace.as_str(),
            "name": id.name.as_str(),
        })
    });
    let related: Vec<Value> = finding
        .related
        .iter()
        .map(|(origin, text)| json!({"origin": origin_value(*origin), "message": text}))
        .collect();
    json!({
        "rule": finding.rule,
        "severity": severity_name(finding.severity),
        "environment": finding.environment,
        "component": finding.component,
        "object": object,
        "field": finding.field.to_string(),
        "message": finding.message,
        "origin": finding.origin.map(origin_value),
        "related": related,
        "hint": finding.hint,
    })
}

fn origin_value(origin: Origin) -> Value {
    json!({"file": &*origin.file.name(), "line": origin.line, "column": origin.column})
}
