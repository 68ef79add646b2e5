//! Labels and annotations, wherever metadata stands.

use crate::schema::names;
use crate::schema::place::Place;
use crate::schema::violation::Report;
use crate::yaml::Node;

/// All keys and values of an object's annotations together, in bytes.
const MOST_ANNOTATION_BYTES: usize = 256 << 10;

pub(super) fn check(node: &Node, place: &Place<'_>, report: &mut Report<'_>) {
    labels(node, "labels", place, report);
    let Some(annotations) = node.get("annotations").and_then(Node::as_mapping) else {
        return;
    };
    let place = place.key("annotations");
    let mut bytes = 0;
    for entry in annotations.iter() {
        let key = entry.key.text.as_str();
        bytes += key.len() + entry.value.text().map_or(0, str::len);
        // Their keys may have capitals in the prefix.
        if let Err(wrong) = names::qualified_name(&key.to_lowercase()) {
            report.error(
                "schema/annotation",
                &place.key(key),
                format!("`{key}` is no key of an annotation: it {wrong}"),
            );
        }
    }
    if bytes > MOST_ANNOTATION_BYTES {
        report.error(
            "schema/annotation",
            &place,
            format!("annotations may have 262144 bytes together, these have {bytes}"),
        );
    }
}

pub(super) fn check_selector(node: &Node, place: &Place<'_>, report: &mut Report<'_>) {
    labels(node, "matchLabels", place, report);
}

fn labels(node: &Node, field: &str, place: &Place<'_>, report: &mut Report<'_>) {
    let Some(labels) = node.get(field).and_then(Node::as_mapping) else {
        return;
    };
    let place = place.key(field);
    for entry in labels.iter() {
        let key = entry.key.text.as_str();
        if let Err(wrong) = names::qualified_name(key) {
            report.error(
                "schema/label",
                &place.key(key),
                format!("`{key}` is no key of a label: it {wrong}"),
            );
        }
        if let Some(value) = entry.value.as_str()
            && let Err(wrong) = names::label_value(value)
        {
            report.error(
                "schema/label",
                &place.key(key),
                format!("`{value}` is no value of a label: it {wrong}"),
            );
        }
    }
}
