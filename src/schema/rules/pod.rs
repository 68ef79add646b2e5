//! What holds within a pod, beyond single containers and volumes.

use rustc_hash::FxHashSet;

use crate::schema::names;
use crate::yaml::Node;

use super::TypeRules;
use super::metadata;
use super::network;
use super::rule::Rule;
use super::subject::{Subject, has, int, is_false, is_true, item, items, key, text};

pub(super) const RULES: &[TypeRules] = &[
    TypeRules {
        name: "core.v1.PodSpec",
        required: &["containers"],
        unique: &[
            "containers",
            "initContainers",
            "volumes",
            "topologySpreadConstraints",
            "schedulingGates",
            "resourceClaims",
        ],
        fields: &[
            ("activeDeadlineSeconds", Rule::Within(1, i32::MAX as i64)),
            ("hostname", Rule::Name(names::dns_label)),
            ("subdomain", Rule::Name(names::dns_label)),
            ("serviceAccountName", Rule::Name(names::dns_subdomain)),
            ("priorityClassName", Rule::Name(names::dns_subdomain)),
            ("nodeName", Rule::Name(names::dns_subdomain)),
            ("runtimeClassName", Rule::FullName(names::dns_subdomain)),
            ("hostnameOverride", Rule::FullName(names::dns_subdomain)),
            (
                "preemptionPolicy",
                Rule::OneOf(&["Never", "PreemptLowerPriority"]),
            ),
        ],
        check: Some(check),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.PodOS",
        required: &["name"],
        fields: &[("name", Rule::OneOf(&["linux", "windows"]))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.HostAlias",
        required: &["ip"],
        fields: &[("ip", Rule::Name(network::ip))],
        check: Some(host_alias),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.PodReadinessGate",
        fields: &[("conditionType", Rule::FullName(names::qualified_name))],
        required: &["conditionType"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.PodSchedulingGate",
        fields: &[("name", Rule::FullName(names::qualified_name))],
        required: &["name"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.PodResourceClaim",
        fields: &[
            ("name", Rule::FullName(names::dns_label)),
            ("resourceClaimName", Rule::FullName(names::dns_subdomain)),
            (
                "resourceClaimTemplateName",
                Rule::FullName(names::dns_subdomain),
            ),
        ],
        check: Some(resource_claim),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.ResourceClaim",
        required: &["name"],
        fields: &[("request", Rule::Name(names::dns_label))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.ImageVolumeSource",
        required: &["reference"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.PodDNSConfig",
        check: Some(dns_config),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.PodTemplateSpec",
        check: Some(template),
        ..TypeRules::NONE
    },
];

/// The lists of a pod's containers.
pub(super) const CONTAINER_LISTS: [&str; 2] = ["containers", "initContainers"];

/// Returns the kind of the object that a pod is in.
fn kind<'n>(subject: &Subject<'_, 'n>) -> &'n str {
    text(subject.object(), "kind").unwrap_or_default()
}

fn check(subject: &mut Subject<'_, '_>) {
    metadata::labels(subject, &[key("nodeSelector")]);
    mounts(subject);
    init_containers(subject);
    host_ports(subject);
    dns(subject);
    namespaces(subject);
    tokens(subject);
    sleeps(subject);
    claims(subject);
}

/// Mounts and devices name volumes of the pod, or claims that its `StatefulSet` makes.
fn mounts(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let mut volumes: FxHashSet<&str> = items(node, "volumes")
        .iter()
        .filter_map(|volume| text(volume, "name"))
        .collect();
    if kind(subject) == "StatefulSet"
        && let Some(spec) = subject.object().get("spec")
    {
        let claims = items(spec, "volumeClaimTemplates").iter();
        volumes.extend(claims.filter_map(|claim| text(claim.get("metadata")?, "name")));
    }
    let blocks = |name: &str| {
        items(node, "volumes")
            .iter()
            .find(|volume| text(volume, "name") == Some(name))
            .is_none_or(|volume| has(volume, "persistentVolumeClaim") || has(volume, "ephemeral"))
    };
    for list in CONTAINER_LISTS {
        for (index, container) in items(node, list).iter().enumerate() {
            for field in ["volumeMounts", "volumeDevices"] {
                for (position, mount) in items(container, field).iter().enumerate() {
                    let Some(name) = text(mount, "name") else {
                        continue;
                    };
                    let way = [
                        key(list),
                        item(index),
                        key(field),
                        item(position),
                        key("name"),
                    ];
                    if !volumes.contains(name) {
                        subject.wrong(
                            "schema/reference",
                            &way,
                            format!("the pod has no volume `{name}`"),
                        );
                    } else if field == "volumeDevices" && !blocks(name) {
                        let message =
                            format!("`{name}` is no volume of a claim, so it is no device");
                        subject.wrong("schema/reference", &way, message);
                    }
                }
            }
        }
    }
}

fn init_containers(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let names: Vec<&str> = items(node, "containers")
        .iter()
        .filter_map(|container| text(container, "name"))
        .collect();
    for (index, container) in items(node, "initContainers").iter().enumerate() {
        if let Some(name) = text(container, "name").filter(|name| names.contains(name)) {
            subject.wrong(
                "schema/duplicate-item",
                &[key("initContainers"), item(index), key("name")],
                format!("a container of the pod has the name `{name}` already"),
            );
        }
        if text(container, "restartPolicy") == Some("Always") {
            continue;
        }
        for field in [
            "lifecycle",
            "livenessProbe",
            "readinessProbe",
            "startupProbe",
        ] {
            if has(container, field) {
                subject.wrong(
                    "schema/conflict",
                    &[key("initContainers"), item(index), key(field)],
                    format!(
                        "an init container may have `{field}` with `restartPolicy: Always` only"
                    ),
                );
            }
        }
    }
}

fn host_ports(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let mut taken: FxHashSet<(&str, &str, i64)> = FxHashSet::default();
    let host_network = is_true(node, "hostNetwork");
    for (index, container) in items(node, "containers").iter().enumerate() {
        for (position, port) in items(container, "ports").iter().enumerate() {
            let Some(number) = int(port, "hostPort").filter(|number| *number != 0) else {
                continue;
            };
            let way = [
                key("containers"),
                item(index),
                key("ports"),
                item(position),
                key("hostPort"),
            ];
            let protocol = text(port, "protocol").unwrap_or("TCP");
            if !taken.insert((protocol, text(port, "hostIP").unwrap_or_default(), number)) {
                let message = format!("port {number} of the host is taken already");
                subject.wrong("schema/duplicate-item", &way, message);
            }
            if host_network && int(port, "containerPort") != Some(number) {
                subject.wrong(
                    "schema/conflict",
                    &way,
                    "must be the container's port with `hostNetwork: true`",
                );
            }
        }
    }
}

fn dns(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    if text(node, "dnsPolicy") != Some("None") {
        return;
    }
    let servers = node
        .get("dnsConfig")
        .map_or(&[][..], |config| items(config, "nameservers"));
    if servers.is_empty() {
        subject.missing(
            &[key("dnsConfig"), key("nameservers")],
            "`dnsConfig.nameservers` is required with `dnsPolicy: None`",
        );
    }
}

fn namespaces(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    if is_true(node, "shareProcessNamespace") && is_true(node, "hostPID") {
        subject.wrong(
            "schema/conflict",
            &[key("shareProcessNamespace")],
            "cannot be true with `hostPID: true`",
        );
    }
    if is_false(node, "hostUsers") {
        for field in ["hostPID", "hostIPC", "hostNetwork"] {
            if is_true(node, field) {
                subject.wrong(
                    "schema/conflict",
                    &[key(field)],
                    "cannot be true with `hostUsers: false`",
                );
            }
        }
    }
}

/// A pod of its own mounts tokens of an account that it names.
fn tokens(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    if kind(subject) != "Pod"
        || text(node, "serviceAccountName").is_some()
        || text(node, "serviceAccount").is_some()
    {
        return;
    }
    for (index, volume) in items(node, "volumes").iter().enumerate() {
        let Some(projected) = volume.get("projected") else {
            continue;
        };
        for (position, source) in items(projected, "sources").iter().enumerate() {
            if has(source, "serviceAccountToken") {
                let way = [
                    key("volumes"),
                    item(index),
                    key("projected"),
                    key("sources"),
                    item(position),
                    key("serviceAccountToken"),
                ];
                subject.wrong(
                    "schema/conflict",
                    &way,
                    "needs the pod's `serviceAccountName`",
                );
            }
        }
    }
}

/// A container sleeps at most as long as the pod may take to end.
fn sleeps(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let grace = int(node, "terminationGracePeriodSeconds").unwrap_or(30);
    for list in CONTAINER_LISTS {
        for (index, container) in items(node, list).iter().enumerate() {
            for hook in ["preStop", "postStart"] {
                let seconds = container
                    .lookup(&["lifecycle", hook, "sleep"])
                    .and_then(|sleep| int(sleep, "seconds"));
                if seconds.is_some_and(|seconds| seconds < 0 || seconds > grace) {
                    let way = [
                        key(list),
                        item(index),
                        key("lifecycle"),
                        key(hook),
                        key("sleep"),
                        key("seconds"),
                    ];
                    let message = format!(
                        "must be from 0 to the pod's `terminationGracePeriodSeconds`, {grace}"
                    );
                    subject.wrong("schema/range", &way, message);
                }
            }
        }
    }
}

/// Containers take devices that the pod claims.
fn claims(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let claimed: Vec<&str> = items(node, "resourceClaims")
        .iter()
        .filter_map(|claim| text(claim, "name"))
        .collect();
    for list in CONTAINER_LISTS {
        for (index, container) in items(node, list).iter().enumerate() {
            let Some(resources) = container.get("resources") else {
                continue;
            };
            for (position, claim) in items(resources, "claims").iter().enumerate() {
                let unknown = text(claim, "name").filter(|name| !claimed.contains(name));
                if let Some(name) = unknown {
                    let way = [
                        key(list),
                        item(index),
                        key("resources"),
                        key("claims"),
                        item(position),
                        key("name"),
                    ];
                    let message = format!("the pod has no resource claim `{name}`");
                    subject.wrong("schema/reference", &way, message);
                }
            }
        }
    }
}

fn host_alias(subject: &mut Subject<'_, '_>) {
    for (index, name) in items(subject.node, "hostnames").iter().enumerate() {
        let name = name.as_str().unwrap_or_default();
        if let Err(wrong) = names::dns_subdomain(name) {
            let message = format!("`{name}` is no name of a host: it {wrong}");
            subject.wrong("schema/name", &[key("hostnames"), item(index)], message);
        }
    }
}

fn resource_claim(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    if has(node, "resourceClaimName") == has(node, "resourceClaimTemplateName") {
        subject.wrong(
            "schema/one-of",
            &[],
            "must have exactly one of `resourceClaimName` and `resourceClaimTemplateName`",
        );
    }
}

fn dns_config(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let servers = items(node, "nameservers");
    if servers.len() > 3 {
        subject.wrong("schema/range", &[key("nameservers")], "may hold 3 at most");
    }
    for (index, server) in servers.iter().enumerate() {
        if let Err(wrong) = network::ip(server.as_str().unwrap_or_default()) {
            subject.wrong("schema/format", &[key("nameservers"), item(index)], wrong);
        }
    }
    for (index, search) in items(node, "searches").iter().enumerate() {
        let search = search.as_str().unwrap_or_default();
        let name = search.strip_suffix('.').unwrap_or(search);
        if search != "." && names::loose_subdomain(name).is_err() {
            let message = format!("`{search}` is no domain to search");
            subject.wrong("schema/name", &[key("searches"), item(index)], message);
        }
    }
    for (index, option) in items(node, "options").iter().enumerate() {
        if text(option, "name").is_none() {
            subject.missing(
                &[key("options"), item(index), key("name")],
                "`name` is required",
            );
        }
    }
}

fn template(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let spec = node.get("spec");
    if spec.is_some_and(|spec| !items(spec, "ephemeralContainers").is_empty()) {
        subject.wrong(
            "schema/conflict",
            &[key("spec"), key("ephemeralContainers")],
            "a template cannot have ephemeral containers",
        );
    }
}

/// Returns the names of all containers of a pod.
pub(super) fn container_names(pod: Option<&Node>) -> Vec<&str> {
    let lists = CONTAINER_LISTS
        .iter()
        .filter_map(|list| Some(items(pod?, list)));
    lists
        .flatten()
        .filter_map(|container| text(container, "name"))
        .collect()
}

/// Tells what the pods of a template may not say for themselves: workloads set it.
pub(super) fn long_running(subject: &mut Subject<'_, '_>) {
    let Some(spec) = subject.node.lookup(&["template", "spec"]) else {
        return;
    };
    let way = |field: &str| [key("template"), key("spec"), key(field)];
    if text(spec, "restartPolicy").is_some_and(|policy| policy != "Always") {
        subject.wrong(
            "schema/enum",
            &way("restartPolicy"),
            "the pods of this kind restart `Always`",
        );
    }
    if has(spec, "activeDeadlineSeconds") {
        subject.wrong(
            "schema/conflict",
            &way("activeDeadlineSeconds"),
            "the pods of this kind have no deadline",
        );
    }
}
