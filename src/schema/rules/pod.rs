//! What holds within a pod: names are unique, mounts have their volume, requests stay below limits.

use std::cmp::Ordering;

use rustc_hash::FxHashSet;

use crate::schema::place::Place;
use crate::schema::quantity;
use crate::schema::violation::Report;
use crate::yaml::Node;

pub(super) fn check(node: &Node, place: &Place<'_>, report: &mut Report<'_>) {
    let volumes: FxHashSet<&str> = items(node, "volumes").filter_map(name).collect();
    for field in ["containers", "initContainers"] {
        let list = place.key(field);
        for (index, container) in items(node, field).enumerate() {
            let place = list.index(index);
            resources(container, &place, report);
            mounts(container, &volumes, &place, report);
        }
    }
}

fn items<'n>(node: &'n Node, field: &str) -> impl Iterator<Item = &'n Node> {
    node.get(field)
        .and_then(Node::as_sequence)
        .unwrap_or_default()
        .iter()
}

fn name(node: &Node) -> Option<&str> {
    node.get("name").and_then(Node::as_str)
}

fn mounts(container: &Node, volumes: &FxHashSet<&str>, place: &Place<'_>, report: &mut Report<'_>) {
    let list = place.key("volumeMounts");
    for (index, mount) in items(container, "volumeMounts").enumerate() {
        let Some(volume) = name(mount).filter(|volume| !volumes.contains(volume)) else {
            continue;
        };
        // A StatefulSet's claim templates are volumes too; they are not seen from here.
        if is_stateful_set(report.root()) {
            continue;
        }
        let place = list.index(index);
        report.error(
            "schema/reference",
            &place.key("name"),
            format!("the pod has no volume `{volume}`"),
        );
    }
}

fn is_stateful_set(root: &Node) -> bool {
    root.get("kind").and_then(Node::as_str) == Some("StatefulSet")
}

fn resources(container: &Node, place: &Place<'_>, report: &mut Report<'_>) {
    let side = |side: &str| {
        container
            .lookup(&["resources", side])
            .and_then(Node::as_mapping)
    };
    let (Some(requests), Some(limits)) = (side("requests"), side("limits")) else {
        return;
    };
    let resources = place.key("resources");
    let list = resources.key("requests");
    for entry in requests.iter() {
        let key = entry.key.text.as_str();
        let quantities = entry.value.text().zip(limits.get(key).and_then(Node::text));
        let Some((request, limit)) = quantities else {
            continue;
        };
        let (Some(parsed), Some(most)) = (quantity::parse(request), quantity::parse(limit)) else {
            continue;
        };
        if parsed.compare(&most) == Ordering::Greater {
            let message = format!("the request of {request} is above the limit of {limit}");
            report.error("schema/range", &list.key(key), message);
        }
    }
}
