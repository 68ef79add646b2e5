//! Findings as SARIF 2.1.0, which code scanning takes.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::BTreeSet;
use std::io;

use serde_json::{Value, json};

use crate::yaml::Origin;

use super::group::Group;
use super::severity_name;

pub(super) fn write(groups: &[Group<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    let rules: BTreeSet<&str> = groups
        .iter()
        .map(|group| group.finding.rule.as_str())
        .collect();
    let rules: Vec<Value> = rules.into_iter().map(|id| json!({"id": id})).collect();
    let results: Vec<Value> = groups.iter().map(result).collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "lockgate",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn result(group: &Group<'_>) -> Value {
    let finding = group.finding;
    let mut text = finding.message.clone();
    if let Some(hint) = &finding.hint {
        text = format!("{text}: {hint}");
    }
    let mut locations = finding
        .origin
        .map_or_else(|| json!([]), |origin| json!([location(origin, None)]));
    if let (Some(first), Some(object)) = (locations.get_mut(0), &finding.object) {
        first["logicalLocations"] = json!([{
            "fullyQualifiedName": format!("{object} {}", finding.field).trim_end(),
            "kind": "object",
        }]);
    }
    let related: Vec<Value> = finding
        .related
        .iter()
        .map(|(origin, text)| location(*origin, Some(text)))
        .collect();
    json!({
        "ruleId": finding.rule,
        "level": severity_name(finding.severity),
        "message": {"text": text},
        "locations": locations,
        "relatedLocations": related,
        "properties": {"environments": group.environments()},
    })
}

fn location(origin: Origin, text: Option<&str>) -> Value {
    let mut physical = json!({"artifactLocation": {"uri": uri(&origin.file.name())}});
    if origin.line > 0 {
        physical["region"] = json!({"startLine": origin.line, "startColumn": origin.column.max(1)});
    }
    let mut location = json!({"physicalLocation": physical});
    if let Some(text) = text {
        location["message"] = json!({"text": text});
    }
    location
}

/// Returns a relative URI reference: what a path may hold and a URI may not is percent-encoded.
fn uri(path: &str) -> String {
    use std::fmt::Write as _;
    path.bytes()
        .fold(String::with_capacity(path.len()), |mut uri, byte| {
            if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
                uri.push(char::from(byte));
            } else {
                let _ = write!(uri, "%{byte:02X}");
            }
            uri
        })
}
