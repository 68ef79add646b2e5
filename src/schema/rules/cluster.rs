//! Kinds of the whole cluster that are small: namespaces, priorities, runtime classes, leases, flow control.

use crate::schema::names;
use crate::yaml::Node;

use super::TypeRules;
use super::metadata::STANDARD_FINALIZERS;
use super::rule::{NATURAL, POSITIVE, Rule};
use super::subject::{Subject, has, int, item_text, items, key, text};

pub(super) const RULES: &[TypeRules] = &[
    TypeRules {
        name: "core.v1.Namespace",
        check: Some(pod_security),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.NamespaceSpec",
        check: Some(namespace),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "scheduling.v1.PriorityClass",
        fields: &[(
            "preemptionPolicy",
            Rule::Exactly(&["Never", "PreemptLowerPriority"]),
        )],
        check: Some(priority),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "node.v1.RuntimeClass",
        required: &["handler"],
        fields: &[("handler", Rule::Name(names::dns_label))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "resource.v1.DeviceClass",
        optional: &["spec"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "resource.v1.ResourceClaim",
        optional: &["spec"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "node.v1.Overhead",
        check: Some(overhead),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "node.v1.Scheduling",
        check: Some(scheduling),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "coordination.v1.LeaseSpec",
        fields: &[
            ("leaseDurationSeconds", POSITIVE),
            ("leaseTransitions", NATURAL),
        ],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "flowcontrol.v1.PriorityLevelConfigurationSpec",
        required: &["type"],
        fields: &[("type", Rule::OneOf(&["Exempt", "Limited"]))],
        check: Some(priority_level),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "flowcontrol.v1.LimitedPriorityLevelConfiguration",
        fields: &[
            ("nominalConcurrencyShares", NATURAL),
            ("lendablePercent", Rule::Within(0, 100)),
            ("borrowingLimitPercent", NATURAL),
        ],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "flowcontrol.v1.LimitResponse",
        required: &["type"],
        fields: &[("type", Rule::OneOf(&["Queue", "Reject"]))],
        check: Some(limit_response),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "flowcontrol.v1.QueuingConfiguration",
        fields: &[
            ("queues", Rule::Within(0, 10_000_000)),
            ("handSize", NATURAL),
            ("queueLengthLimit", NATURAL),
        ],
        check: Some(queuing),
        ..TypeRules::NONE
    },
];

/// Labels of a namespace that say what its pods may do.
fn pod_security(subject: &mut Subject<'_, '_>) {
    let Some(labels) = subject
        .node
        .lookup(&["metadata", "labels"])
        .and_then(Node::as_mapping)
    else {
        return;
    };
    for entry in labels {
        let name = entry.key.text.as_str();
        let Some(mode) = name.strip_prefix("pod-security.kubernetes.io/") else {
            continue;
        };
        let value = item_text(&entry.value);
        let wanted = match mode {
            "enforce" | "audit" | "warn" => {
                (!matches!(value, "privileged" | "baseline" | "restricted"))
                    .then_some("must be privileged, baseline or restricted")
            }
            "enforce-version" | "audit-version" | "warn-version" => {
                (!is_version(value)).then_some("must be `latest` or a version such as `v1.36`")
            }
            _ => None,
        };
        if let Some(wanted) = wanted {
            let way = [key("metadata"), key("labels"), key(name)];
            subject.wrong("schema/label", &way, wanted);
        }
    }
}

fn is_version(text: &str) -> bool {
    let number = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && (text == "0" || !text.starts_with('0'))
    };
    text == "latest" || text.strip_prefix("v1.").is_some_and(number)
}

fn namespace(subject: &mut Subject<'_, '_>) {
    for (index, finalizer) in items(subject.node, "finalizers").iter().enumerate() {
        let name = item_text(finalizer);
        let fine = names::qualified_name(name).is_ok()
            && (name.contains('/') || STANDARD_FINALIZERS.contains(&name));
        if !fine {
            let message = format!("`{name}` is no name of a finalizer");
            let way = [key("finalizers"), super::subject::item(index)];
            subject.wrong("schema/name", &way, message);
        }
    }
}

fn overhead(subject: &mut Subject<'_, '_>) {
    for entry in super::subject::entries(subject.node, "podFixed") {
        let name = entry.key.text.as_str();
        let way = [key("podFixed"), key(name)];
        if let Err(wrong) = super::resources::container_resource(name) {
            let message = format!("`{name}` is no resource of a pod: it {wrong}");
            subject.wrong("schema/resource", &way, message);
        }
        super::resources::amount(subject, name, &entry.value, &way);
    }
}

/// The highest priority that is not the system's own.
const MOST_PRIORITY: i64 = 1_000_000_000;

fn priority(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let name = node.lookup(&["metadata", "name"]).and_then(Node::text);
    let value = int(node, "value").unwrap_or(0);
    if let Some(name) = name.filter(|name| name.starts_with("system-")) {
        let known = matches!(
            (name, value),
            ("system-node-critical", 2_000_001_000) | ("system-cluster-critical", 2_000_000_000)
        );
        if !known {
            let way = [key("metadata"), key("name")];
            subject.wrong(
                "schema/name",
                &way,
                "`system-` is for the system's own classes",
            );
        }
    } else if value > MOST_PRIORITY {
        subject.wrong(
            "schema/range",
            &[key("value")],
            format!("may be {MOST_PRIORITY} at most"),
        );
    }
}

fn scheduling(subject: &mut Subject<'_, '_>) {
    super::metadata::labels(subject, &[key("nodeSelector")]);
    let tolerations = items(subject.node, "tolerations");
    for (index, toleration) in tolerations.iter().enumerate() {
        if tolerations[..index]
            .iter()
            .any(|other| other.equals(toleration))
        {
            let way = [key("tolerations"), super::subject::item(index)];
            subject.wrong("schema/duplicate-item", &way, "is there already");
        }
    }
}

fn priority_level(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    match text(node, "type") {
        Some("Limited") => {
            if has(node, "exempt") {
                subject.wrong("schema/conflict", &[key("exempt")], "is for `type: Exempt`");
            }
            if !has(node, "limited") {
                subject.missing(
                    &[key("limited")],
                    "`limited` is required with `type: Limited`",
                );
            }
        }
        Some("Exempt") if has(node, "limited") => {
            subject.wrong(
                "schema/conflict",
                &[key("limited")],
                "is for `type: Limited`",
            );
        }
        _ => {}
    }
}

fn limit_response(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    match (text(node, "type"), has(node, "queuing")) {
        (Some("Reject"), true) => {
            subject.wrong("schema/conflict", &[key("queuing")], "is for `type: Queue`");
        }
        (Some("Queue"), false) => {
            subject.missing(
                &[key("queuing")],
                "`queuing` is required with `type: Queue`",
            );
        }
        _ => {}
    }
}

/// Unset is 64 queues with hands of 8.
fn queuing(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let value = |field, default| {
        int(node, field)
            .filter(|value| *value != 0)
            .unwrap_or(default)
    };
    let (queues, hand) = (value("queues", 64), value("handSize", 8));
    if hand > queues {
        subject.wrong(
            "schema/range",
            &[key("handSize")],
            "must not be above `queues`",
        );
    }
}
