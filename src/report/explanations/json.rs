//! Explanations for programs.

use serde_json::{Value, json};

use crate::diff::FieldChange;
use crate::explain::{Effect, Explanation, Link};
use crate::render::ObjectId;
use crate::yaml::json::to_value;
use crate::yaml::{Node, Origin};

use super::{Explained, MASK, Sources, annotated, is_masked};

/// Returns explanations as one value with the list `explanations`.
pub fn value(explained: &[Explained], sources: &Sources<'_>) -> Value {
    let list: Vec<Value> = explained
        .iter()
        .map(|one| explanation(one, sources))
        .collect();
    json!({ "explanations": list })
}

/// Returns an object's lines with the place of each.
pub fn annotated_value(builds: &[String], id: &ObjectId, object: &Node) -> Value {
    let lines: Vec<Value> = annotated(object)
        .iter()
        .map(|line| json!({ "text": line.text, "origin": line.origin.map(bare_place) }))
        .collect();
    json!({ "builds": builds, "object": object_id(id), "lines": lines })
}

fn explanation(explained: &Explained, sources: &Sources<'_>) -> Value {
    let Explained {
        builds,
        explanation,
    } = explained;
    let masked = is_masked(explanation);
    let links = explanation.links.iter();
    json!({
        "builds": builds,
        "object": object_id(&explanation.id),
        "readAs": explanation.read_as.as_ref().map(object_id),
        "field": explanation.field.as_ref().map(ToString::to_string),
        "present": explanation.value.is_some(),
        "masked": masked,
        "value": explanation.field.as_ref().and(explanation.value.as_ref()).map(|value| shown(value, masked)),
        "writers": links.map(|one| link(one, explanation, masked, sources)).collect::<Vec<_>>(),
    })
}

fn link(link: &Link, explanation: &Explanation, masked: bool, sources: &Sources<'_>) -> Value {
    let place = |at: Origin| {
        let mut place = bare_place(at);
        let is_hidden = explanation.is_secret && masked;
        place["text"] = json!(sources.line(at).filter(|_| !is_hidden));
        place
    };
    let mut value = json!({
        "step": link.step,
        "at": place(link.at),
        "askedAt": link.asked_at.map(place),
        "copiedFrom": link.copied_from.map(place),
        "printedAt": link.printed_at.iter().copied().map(place).collect::<Vec<_>>(),
        "removed": matches!(link.effect, Effect::Removed),
    });
    match &link.effect {
        Effect::Removed => {}
        Effect::Wrote(node) => value["value"] = shown(node, masked),
        Effect::Changed(changes) => {
            value["changes"] = changes.iter().map(change).collect();
        }
    }
    value
}

fn change(change: &FieldChange) -> Value {
    json!({
        "field": change.path.to_string(),
        "removed": change.new.is_none(),
        "value": change.new.as_ref().map(to_value),
    })
}

fn shown(node: &Node, masked: bool) -> Value {
    if masked { json!(MASK) } else { to_value(node) }
}

fn bare_place(at: Origin) -> Value {
    let number = |number: u32| (number > 0).then_some(number);
    json!({ "file": &*at.file.name(), "line": number(at.line), "column": number(at.column) })
}

fn object_id(id: &ObjectId) -> Value {
    json!({
        "apiVersion": id.api_version(),
        "kind": id.kind,
        "namespace": id.namespace,
        "name": id.name,
    })
}
