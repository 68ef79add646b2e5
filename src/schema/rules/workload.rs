//! What makes pods: deployments, stateful sets, daemon sets, replica sets.

use crate::schema::names;

use super::TypeRules;
use super::pod::long_running;
use super::rule::{NATURAL, Rule, percent};
use super::selector;
use super::subject::{Subject, entries, has, int, key, text};
use crate::yaml::{Node, Segment};

pub(super) const RULES: &[TypeRules] = &[
    TypeRules {
        name: "apps.v1.DeploymentSpec",
        fields: &[
            ("replicas", NATURAL),
            ("minReadySeconds", NATURAL),
            ("revisionHistoryLimit", NATURAL),
            ("progressDeadlineSeconds", NATURAL),
        ],
        check: Some(deployment),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apps.v1.DeploymentStrategy",
        fields: &[("type", Rule::OneOf(&["Recreate", "RollingUpdate"]))],
        check: Some(strategy),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apps.v1.RollingUpdateDeployment",
        fields: &[("maxUnavailable", Rule::Part), ("maxSurge", Rule::Share)],
        check: Some(rolling_deployment),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apps.v1.StatefulSetSpec",
        fields: &[
            ("replicas", NATURAL),
            ("minReadySeconds", NATURAL),
            (
                "podManagementPolicy",
                Rule::OneOf(&["OrderedReady", "Parallel"]),
            ),
            ("serviceName", Rule::Name(names::dns_label)),
        ],
        check: Some(pods),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apps.v1.StatefulSetOrdinals",
        fields: &[("start", NATURAL)],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy",
        fields: &[
            ("whenDeleted", Rule::OneOf(&["Retain", "Delete"])),
            ("whenScaled", Rule::OneOf(&["Retain", "Delete"])),
        ],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apps.v1.StatefulSetUpdateStrategy",
        fields: &[("type", Rule::OneOf(&["RollingUpdate", "OnDelete"]))],
        check: Some(on_delete),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apps.v1.RollingUpdateStatefulSetStrategy",
        fields: &[("partition", NATURAL), ("maxUnavailable", Rule::Part)],
        check: Some(rolling_stateful_set),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apps.v1.DaemonSetSpec",
        fields: &[
            ("minReadySeconds", NATURAL),
            ("revisionHistoryLimit", NATURAL),
        ],
        check: Some(pods),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apps.v1.DaemonSetUpdateStrategy",
        fields: &[("type", Rule::OneOf(&["RollingUpdate", "OnDelete"]))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apps.v1.RollingUpdateDaemonSet",
        fields: &[("maxUnavailable", Rule::Part), ("maxSurge", Rule::Part)],
        check: Some(rolling_daemon_set),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apps.v1.ReplicaSetSpec",
        fields: &[("replicas", NATURAL), ("minReadySeconds", NATURAL)],
        check: Some(pods),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apps.v1.ControllerRevision",
        optional: &["revision"],
        fields: &[("revision", NATURAL)],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.ReplicationControllerSpec",
        fields: &[("replicas", NATURAL), ("minReadySeconds", NATURAL)],
        check: Some(replication_controller),
        ..TypeRules::NONE
    },
];

/// A workload must select the pods that it makes, and they run for good.
fn pods(subject: &mut Subject<'_, '_>) {
    selects_its_pods(subject);
    long_running(subject);
}

fn selects_its_pods(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let Some(selector) = node.get("selector").filter(|selector| !selector.is_null()) else {
        return;
    };
    if selector::is_empty(selector) {
        subject.wrong(
            "schema/selector",
            &[key("selector")],
            "an empty selector is not allowed here",
        );
    }
    unmet(subject, selector, &[key("selector")]);
}

/// Tells where the labels of the template do not meet a selector.
pub(super) fn unmet(subject: &mut Subject<'_, '_>, selector: &Node, way: &[Segment]) {
    let labels = subject.node.lookup(&["template", "metadata", "labels"]);
    if let Some(part) = selector::unmet(selector, labels) {
        subject.wrong(
            "schema/selector",
            &[way, &part].concat(),
            "the template's labels do not meet this, so its pods are not selected",
        );
    }
}

fn deployment(subject: &mut Subject<'_, '_>) {
    pods(subject);
    let node = subject.node;
    let ready = int(node, "minReadySeconds").unwrap_or(0);
    let deadline = int(node, "progressDeadlineSeconds").unwrap_or(600);
    if deadline <= ready {
        let field = if has(node, "progressDeadlineSeconds") {
            "progressDeadlineSeconds"
        } else {
            "minReadySeconds"
        };
        subject.wrong(
            "schema/range",
            &[key(field)],
            format!(
                "`progressDeadlineSeconds`, {deadline}, must be above `minReadySeconds`, {ready}"
            ),
        );
    }
}

fn strategy(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    if text(node, "type") == Some("Recreate") && has(node, "rollingUpdate") {
        subject.wrong(
            "schema/conflict",
            &[key("rollingUpdate")],
            "cannot stand beside `type: Recreate`",
        );
    }
}

fn on_delete(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    if text(node, "type") == Some("OnDelete") && has(node, "rollingUpdate") {
        subject.wrong(
            "schema/conflict",
            &[key("rollingUpdate")],
            "cannot stand beside `type: OnDelete`",
        );
    }
}

/// Returns the number or the percentage of a field; `None` where it is missing or neither.
fn share(node: &Node, field: &str) -> Option<i64> {
    let value = node.get(field)?;
    int(node, field).or_else(|| percent(value.text()?))
}

fn rolling_deployment(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    // Both are 25 % by default.
    if share(node, "maxUnavailable") == Some(0) && share(node, "maxSurge") == Some(0) {
        subject.wrong(
            "schema/conflict",
            &[key("maxUnavailable")],
            "cannot be 0 where `maxSurge` is 0: nothing could be replaced",
        );
    }
}

fn rolling_stateful_set(subject: &mut Subject<'_, '_>) {
    if share(subject.node, "maxUnavailable") == Some(0) {
        subject.wrong("schema/range", &[key("maxUnavailable")], "cannot be 0");
    }
}

fn rolling_daemon_set(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let value = |field, default| {
        if has(node, field) {
            share(node, field)
        } else {
            Some(default)
        }
    };
    let (Some(unavailable), Some(surge)) = (value("maxUnavailable", 1), value("maxSurge", 0))
    else {
        return;
    };
    if unavailable != 0 && surge != 0 {
        subject.wrong(
            "schema/conflict",
            &[key("maxSurge")],
            "must be 0 unless `maxUnavailable` is 0, which is 1 by default",
        );
    } else if unavailable == 0 && surge == 0 {
        subject.wrong(
            "schema/conflict",
            &[key("maxUnavailable")],
            "cannot be 0 where `maxSurge` is 0: nothing could be replaced",
        );
    }
}

fn replication_controller(subject: &mut Subject<'_, '_>) {
    long_running(subject);
    let node = subject.node;
    let labels = node.lookup(&["template", "metadata", "labels"]);
    for entry in entries(node, "selector") {
        let name = entry.key.text.as_str();
        let found = labels
            .and_then(|labels| labels.get(name))
            .and_then(Node::text);
        if found != entry.value.text() {
            subject.wrong(
                "schema/selector",
                &[key("selector"), key(name)],
                "the template's labels do not meet this, so its pods are not selected",
            );
        }
    }
    if !has(node, "template") {
        subject.missing(&[key("template")], "`template` is required");
    }
}
