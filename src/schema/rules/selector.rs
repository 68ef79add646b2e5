//! Selectors of labels, wherever they stand.

use crate::schema::names;
use crate::yaml::{Node, Segment};

use super::TypeRules;
use super::metadata;
use super::subject::{self, Subject, entries, item, items, key, plain_text};

pub(super) const RULES: &[TypeRules] = &[
    TypeRules {
        name: "meta.v1.LabelSelector",
        check: Some(check),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "meta.v1.LabelSelectorRequirement",
        check: Some(requirement),
        ..TypeRules::NONE
    },
];

fn check(subject: &mut Subject<'_, '_>) {
    if subject.is_in("metrics") {
        subject.only_warn();
    }
    metadata::labels(subject, &[key("matchLabels")]);
}

fn requirement(subject: &mut Subject<'_, '_>) {
    if subject.is_in("metrics") {
        subject.only_warn();
    }
    let node = subject.node;
    label_key(subject);
    operator(subject, &["In", "NotIn"], &["Exists", "DoesNotExist"]);
    for (index, value) in items(node, "values").iter().enumerate() {
        if let Some(Err(wrong)) = plain_text(value).map(names::label_value) {
            let way = [key("values"), item(index)];
            subject.wrong(
                "schema/label",
                &way,
                format!("is no value of a label: it {wrong}"),
            );
        }
    }
}

/// Holds `key` to the rules of a label's key.
pub(super) fn label_key(subject: &mut Subject<'_, '_>) {
    let name = subject
        .node
        .get("key")
        .and_then(Node::as_str)
        .unwrap_or_default();
    if let Err(wrong) = names::qualified_name(name) {
        let message = format!("`{name}` is no key of a label: it {wrong}");
        subject.wrong("schema/label", &[key("key")], message);
    }
}

/// Holds `operator` to those that need `values`, and those that must have none.
pub(super) fn operator(subject: &mut Subject<'_, '_>, with: &[&str], without: &[&str]) {
    let node = subject.node;
    let values = items(node, "values").len();
    let operator = subject::text(node, "operator").unwrap_or_default();
    if with.contains(&operator) {
        if values == 0 {
            subject.missing(
                &[key("values")],
                format!("`values` is required with `{operator}`"),
            );
        }
    } else if without.contains(&operator) {
        if values > 0 {
            subject.wrong(
                "schema/conflict",
                &[key("values")],
                format!("`{operator}` takes no values"),
            );
        }
    } else {
        let all: Vec<&str> = with.iter().chain(without).copied().collect();
        let message = format!("`{operator}` is none of {}", all.join(", "));
        subject.wrong("schema/enum", &[key("operator")], message);
    }
}

/// Returns the way to the first part of a selector that labels do not meet.
pub(super) fn unmet(selector: &Node, labels: Option<&Node>) -> Option<Vec<Segment>> {
    let value = |name: &str| {
        labels
            .and_then(|labels| labels.get(name))
            .and_then(Node::text)
    };
    for entry in entries(selector, "matchLabels") {
        let name = entry.key.text.as_str();
        if value(name) != entry.value.text() {
            return Some(vec![key("matchLabels"), key(name)]);
        }
    }
    for (index, part) in items(selector, "matchExpressions").iter().enumerate() {
        let found = value(subject::text(part, "key").unwrap_or_default());
        let mut values = items(part, "values").iter();
        let met = match subject::text(part, "operator").unwrap_or_default() {
            "In" => found.is_some() && values.any(|value| value.text() == found),
            "NotIn" => found.is_none() || !values.any(|value| value.text() == found),
            "Exists" => found.is_some(),
            "DoesNotExist" => found.is_none(),
            _ => true,
        };
        if !met {
            return Some(vec![key("matchExpressions"), item(index)]);
        }
    }
    None
}

/// Tells whether a selector has no part.
pub(super) fn is_empty(selector: &Node) -> bool {
    entries(selector, "matchLabels").next().is_none()
        && items(selector, "matchExpressions").is_empty()
}
