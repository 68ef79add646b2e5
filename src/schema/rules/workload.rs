//! A workload must select the pods that it makes.

use crate::schema::place::Place;
use crate::schema::violation::Report;
use crate::yaml::Node;

pub(super) fn check(node: &Node, place: &Place<'_>, report: &mut Report<'_>) {
    let Some(selector) = node
        .lookup(&["selector", "matchLabels"])
        .and_then(Node::as_mapping)
    else {
        return;
    };
    let labels = node
        .lookup(&["template", "metadata", "labels"])
        .and_then(Node::as_mapping);
    let here = place.key("selector");
    let here = here.key("matchLabels");
    for entry in selector.iter() {
        let key = entry.key.text.as_str();
        let found = labels
            .and_then(|labels| labels.get(key))
            .and_then(Node::text);
        if found != entry.value.text() {
            report.error(
                "schema/selector",
                &here.key(key),
                format!("the template's labels don't have `{key}` with this value, so no pod is selected"),
            );
        }
    }
}
