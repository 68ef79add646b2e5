//! The defaults of the API server: policies see an object with what it fills in.
//!
//! `object.spec.replicas <= 5` is about every Deployment there, also about one that does not say how many.
//! What a kind gets is a table, `defaults.yaml`; here is what depends on other fields. A field that was
//! filled in has the place of what it was filled into, so that a finding still points into the repository.

use std::sync::LazyLock;

use crate::render::Object;
use crate::yaml::{self, FileId, Limits, Mapping, Node, Origin, Tag, Value};

use super::resources::is_builtin;

static TABLE: LazyLock<Option<Node>> = LazyLock::new(|| {
    let text = include_str!("defaults.yaml");
    let mut documents = yaml::parse(
        text.as_bytes(),
        FileId::of("lockgate:defaults.yaml"),
        &Limits::default(),
    )
    .ok()?;
    documents.pop()
});

/// Returns an object with the API server's defaults. Kinds of others than Kubernetes itself have none but
/// in their metadata.
pub fn with_defaults(object: &Object) -> Node {
    let mut node = object.node.clone();
    if let Some(any) = TABLE.as_ref().and_then(|table| table.get("any")) {
        fill(&mut node, any);
    }
    let kind = object.id.kind.as_str();
    let table = TABLE
        .as_ref()
        .and_then(|table| table.get("kinds")?.get(kind));
    let Some(defaults) = table.filter(|_| is_builtin(&object.id.group)) else {
        return node;
    };
    drop_nulls(&mut node);
    fill(&mut node, defaults);
    dependent(&mut node, kind);
    node
}

/// Leaves out what is null: the server's types have no such value.
fn drop_nulls(node: &mut Node) {
    if !has_null(node) {
        return;
    }
    if let Some(mapping) = node.as_mapping_mut() {
        mapping.retain(|entry| !entry.value.is_null());
        for entry in mapping.iter_mut() {
            drop_nulls(&mut entry.value);
        }
    } else if let Some(items) = node.as_sequence_mut() {
        items.iter_mut().for_each(drop_nulls);
    }
}

fn has_null(node: &Node) -> bool {
    match &node.value {
        Value::Scalar(_) => false,
        Value::Mapping(mapping) => mapping
            .iter()
            .any(|entry| entry.value.is_null() || has_null(&entry.value)),
        Value::Sequence(items) => items.iter().any(has_null),
    }
}

/// Fills in what is missing.
fn fill(node: &mut Node, defaults: &Node) {
    match &defaults.value {
        Value::Mapping(defaults) => {
            let origin = node.origin;
            let Some(mapping) = node.as_mapping_mut() else {
                return;
            };
            for entry in defaults.iter() {
                let key = entry.key.text.as_str();
                if let Some(key) = key.strip_suffix('-') {
                    if mapping
                        .get(key)
                        .is_some_and(|have| have.equals(&entry.value))
                    {
                        mapping.remove(key);
                    }
                    continue;
                }
                let (key, always) = match key.strip_suffix('~') {
                    Some(key) => (key, false),
                    None => (key, true),
                };
                match mapping.get_mut(key) {
                    Some(have) if !have.is_null() => fill(have, &entry.value),
                    _ if always => mapping.insert(key, made(&entry.value, origin)),
                    _ => {}
                }
            }
        }
        Value::Sequence(elements) => {
            if let (Some(element), Some(items)) = (elements.first(), node.as_sequence_mut()) {
                for item in items {
                    fill(item, element);
                }
            }
        }
        Value::Scalar(_) => {}
    }
}

/// Returns a default as a node of its own.
fn made(default: &Node, origin: Origin) -> Node {
    match &default.value {
        Value::Scalar(scalar) => Node::scalar(scalar.clone(), origin),
        Value::Mapping(_) => {
            let mut node = Node::mapping(Mapping::default(), origin);
            fill(&mut node, default);
            node
        }
        Value::Sequence(_) => Node::sequence(Vec::new(), origin),
    }
}

fn dependent(object: &mut Node, kind: &str) {
    let pod_spec: &[&str] = match kind {
        "Pod" => &["spec"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        _ => &["spec", "template", "spec"],
    };
    if let Some(spec) = object.lookup_mut(pod_spec) {
        pod(spec);
        if kind == "Pod" {
            requests(spec);
            set(spec, "enableServiceLinks", boolean(true));
        }
    }
    let Some(spec) = object.get_mut("spec") else {
        return;
    };
    match kind {
        "Deployment" => rolling(
            spec,
            "strategy",
            &[("maxSurge", "25%"), ("maxUnavailable", "25%")],
        ),
        "DaemonSet" => rolling(
            spec,
            "updateStrategy",
            &[("maxSurge", "0"), ("maxUnavailable", "1")],
        ),
        "StatefulSet" => stateful(spec),
        "Job" => job(spec),
        "Service" => service(spec),
        "NetworkPolicy" => network_policy(spec),
        _ => {}
    }
}

fn pod(spec: &mut Node) {
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        for container in items(spec, list) {
            let image = container
                .get("image")
                .and_then(Node::text)
                .unwrap_or_default();
            let policy = if is_latest(image) {
                "Always"
            } else {
                "IfNotPresent"
            };
            set(container, "imagePullPolicy", text(policy));
        }
    }
    for volume in items(spec, "volumes") {
        if volume.as_mapping().is_some_and(|volume| volume.len() == 1) {
            let origin = volume.origin;
            set(volume, "emptyDir", move |_| {
                Node::mapping(Mapping::default(), origin)
            });
        }
    }
}

/// Tells whether an image's tag is `latest`, said or not.
fn is_latest(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or(image);
    !image.contains('@') && name.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

/// A pod's containers request what they are limited to.
fn requests(spec: &mut Node) {
    for list in ["containers", "initContainers"] {
        for container in items(spec, list) {
            let limits = container.lookup(&["resources", "limits"]).cloned();
            let (Some(limits), Some(resources)) = (limits, container.get_mut("resources")) else {
                continue;
            };
            set(resources, "requests", |origin| {
                Node::mapping(Mapping::default(), origin)
            });
            let requests = resources.get_mut("requests").and_then(Node::as_mapping_mut);
            if let (Some(requests), Some(limits)) = (requests, limits.as_mapping()) {
                for limit in limits {
                    if requests.get(&limit.key.text).is_none() {
                        requests.insert(&limit.key.text, limit.value.clone());
                    }
                }
            }
        }
    }
}

fn rolling(spec: &mut Node, field: &'static str, limits: &[(&'static str, &'static str)]) {
    let Some(strategy) = spec.get_mut(field) else {
        return;
    };
    if strategy.get("type").and_then(Node::text) != Some("RollingUpdate") {
        return;
    }
    set(strategy, "rollingUpdate", |origin| {
        Node::mapping(Mapping::default(), origin)
    });
    if let Some(update) = strategy.get_mut("rollingUpdate") {
        for (field, limit) in limits {
            match limit.parse() {
                Ok(number) => set(update, field, integer(number)),
                Err(_) => set(update, field, text(limit)),
            }
        }
    }
}

fn stateful(spec: &mut Node) {
    set(spec, "updateStrategy", |origin| {
        Node::mapping(Mapping::default(), origin)
    });
    let Some(strategy) = spec.get_mut("updateStrategy") else {
        return;
    };
    if strategy.get("type").is_none() {
        set(strategy, "type", text("RollingUpdate"));
        set(strategy, "rollingUpdate", |origin| {
            Node::mapping(Mapping::default(), origin)
        });
    }
    if let Some(update) = strategy.get_mut("rollingUpdate") {
        set(update, "partition", integer(0));
    }
}

fn job(spec: &mut Node) {
    if spec.get("completions").is_none() && spec.get("parallelism").is_none() {
        set(spec, "completions", integer(1));
    }
    set(spec, "parallelism", integer(1));
    let limit = if spec.get("backoffLimitPerIndex").is_some() {
        i64::from(i32::MAX)
    } else {
        6
    };
    set(spec, "backoffLimit", integer(limit));
    let replacement = if spec.get("podFailurePolicy").is_some() {
        "Failed"
    } else {
        "TerminatingOrFailed"
    };
    set(spec, "podReplacementPolicy", text(replacement));
}

fn service(spec: &mut Node) {
    let r#type = spec.get("type").and_then(Node::text).unwrap_or_default();
    let is_open = matches!(r#type, "NodePort" | "LoadBalancer");
    let is_balanced = r#type == "LoadBalancer";
    if is_open || r#type == "ClusterIP" {
        set(spec, "internalTrafficPolicy", text("Cluster"));
    }
    if is_open {
        set(spec, "externalTrafficPolicy", text("Cluster"));
    }
    if is_balanced {
        set(spec, "allocateLoadBalancerNodePorts", boolean(true));
    }
    for port in items(spec, "ports") {
        if let Some(number) = port.get("port").cloned() {
            set(port, "targetPort", move |_| number);
        }
    }
}

fn network_policy(spec: &mut Node) {
    let egress = spec
        .get("egress")
        .and_then(Node::as_sequence)
        .is_some_and(|rules| !rules.is_empty());
    set(spec, "policyTypes", |origin| {
        let mut types = vec![Node::string("Ingress", origin)];
        if egress {
            types.push(Node::string("Egress", origin));
        }
        Node::sequence(types, origin)
    });
}

fn items<'n>(node: &'n mut Node, list: &str) -> impl Iterator<Item = &'n mut Node> {
    node.get_mut(list)
        .and_then(Node::as_sequence_mut)
        .into_iter()
        .flatten()
}

/// Sets a field that is missing.
fn set(node: &mut Node, field: &str, value: impl FnOnce(Origin) -> Node) {
    let origin = node.origin;
    if node.get(field).is_some_and(|have| !have.is_null()) {
        return;
    }
    if let Some(mapping) = node.as_mapping_mut() {
        mapping.insert(field, value(origin));
    }
}

fn text(text: &'static str) -> impl FnOnce(Origin) -> Node {
    move |origin| Node::string(text, origin)
}

fn integer(number: i64) -> impl FnOnce(Origin) -> Node {
    move |origin| Node::int(number, origin)
}

fn boolean(value: bool) -> impl FnOnce(Origin) -> Node {
    move |origin| {
        let mut scalar = yaml::Scalar::string(if value { "true" } else { "false" });
        scalar.tag = Tag::Bool;
        Node::scalar(scalar, origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads() {
        let text = include_str!("defaults.yaml");
        let parsed = yaml::parse(
            text.as_bytes(),
            FileId::of("defaults.yaml"),
            &Limits::default(),
        );
        let documents = parsed.unwrap_or_else(|error| panic!("{error:?}"));
        let deployment = documents[0].lookup(&["kinds", "Deployment", "spec~", "replicas"]);
        assert_eq!(deployment.and_then(Node::text), Some("1"));
    }
}
