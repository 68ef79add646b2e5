//! Autoscalers and disruption budgets.

use crate::schema::names;
use crate::yaml::Node;

use super::TypeRules;
use super::rule::{POSITIVE, Rule};
use super::subject::{Subject, has, int, items, key, quantity, text};

pub(super) const RULES: &[TypeRules] = &[
    TypeRules {
        name: "autoscaling.v2.HorizontalPodAutoscalerSpec",
        required: &["maxReplicas"],
        fields: &[("minReplicas", POSITIVE), ("maxReplicas", POSITIVE)],
        check: Some(bounds),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "autoscaling.v1.HorizontalPodAutoscalerSpec",
        required: &["maxReplicas"],
        fields: &[
            ("minReplicas", POSITIVE),
            ("maxReplicas", POSITIVE),
            ("targetCPUUtilizationPercentage", POSITIVE),
        ],
        check: Some(bounds),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "autoscaling.v2.CrossVersionObjectReference",
        required: &["kind", "name"],
        fields: &[
            ("kind", Rule::Name(names::path_segment)),
            ("name", Rule::Name(names::path_segment)),
        ],
        check: Some(reference),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "autoscaling.v1.CrossVersionObjectReference",
        required: &["kind", "name"],
        fields: &[
            ("kind", Rule::Name(names::path_segment)),
            ("name", Rule::Name(names::path_segment)),
        ],
        check: Some(reference),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "autoscaling.v2.MetricSpec",
        required: &["type"],
        check: Some(metric),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "autoscaling.v2.MetricIdentifier",
        required: &["name"],
        fields: &[("name", Rule::Name(names::path_segment))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "autoscaling.v2.ContainerResourceMetricSource",
        required: &["name", "container"],
        fields: &[
            ("name", Rule::Name(super::resources::container_resource)),
            ("container", Rule::Name(names::dns_label)),
        ],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "autoscaling.v2.ResourceMetricSource",
        required: &["name"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "autoscaling.v2.MetricTarget",
        required: &["type"],
        fields: &[
            (
                "type",
                Rule::OneOf(&["Utilization", "Value", "AverageValue"]),
            ),
            ("averageUtilization", POSITIVE),
        ],
        check: Some(target),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "autoscaling.v2.HPAScalingRules",
        fields: &[
            ("stabilizationWindowSeconds", Rule::Within(0, 3600)),
            ("selectPolicy", Rule::Exactly(&["Max", "Min", "Disabled"])),
            ("tolerance", Rule::Amount),
        ],
        check: Some(scaling_rules),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "autoscaling.v2.HPAScalingPolicy",
        required: &["type", "value", "periodSeconds"],
        fields: &[
            ("type", Rule::OneOf(&["Pods", "Percent"])),
            ("value", POSITIVE),
            ("periodSeconds", Rule::Within(1, 1800)),
        ],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "policy.v1.PodDisruptionBudgetSpec",
        fields: &[
            ("minAvailable", Rule::Part),
            ("maxUnavailable", Rule::Part),
            (
                "unhealthyPodEvictionPolicy",
                Rule::Exactly(&["IfHealthyBudget", "AlwaysAllow"]),
            ),
        ],
        check: Some(budget),
        ..TypeRules::NONE
    },
];

fn bounds(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let version = node
        .get("scaleTargetRef")
        .and_then(|target| text(target, "apiVersion"));
    if version.is_none_or(|version| !version.contains('/') || version.starts_with('/')) {
        subject.wrong(
            "schema/format",
            &[key("scaleTargetRef"), key("apiVersion")],
            "must have a group, such as `apps/v1`",
        );
    }
    let least = int(node, "minReplicas").unwrap_or(1);
    let most = int(node, "maxReplicas").filter(|most| *most > 0);
    if most.is_some_and(|most| most < least) {
        subject.wrong(
            "schema/range",
            &[key("maxReplicas")],
            format!("must not be below `minReplicas`, {least}"),
        );
    }
}

fn reference(subject: &mut Subject<'_, '_>) {
    if let Some(version) = text(subject.node, "apiVersion")
        && version.matches('/').count() > 1
    {
        subject.wrong(
            "schema/format",
            &[key("apiVersion")],
            "must be a group and a version",
        );
    }
}

/// The types of metrics with the fields that describe them.
const METRICS: [(&str, &str); 5] = [
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
    ("External", "external"),
    ("ContainerResource", "containerResource"),
];

fn metric(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let Some(kind) = text(node, "type") else {
        return;
    };
    let Some((_, wanted)) = METRICS.iter().find(|(name, _)| *name == kind) else {
        let names: Vec<&str> = METRICS.iter().map(|(name, _)| *name).collect();
        let message = format!("`{kind}` is none of {}", names.join(", "));
        subject.wrong("schema/enum", &[key("type")], message);
        return;
    };
    if !has(node, wanted) {
        subject.missing(
            &[key(wanted)],
            format!("`{wanted}` is required with `type: {kind}`"),
        );
    }
    for (_, other) in METRICS
        .iter()
        .filter(|(_, field)| field != wanted && has(node, field))
    {
        subject.wrong(
            "schema/conflict",
            &[key(other)],
            format!("cannot stand beside `type: {kind}`"),
        );
    }
    metric_target(subject, wanted);
}

fn metric_target(subject: &mut Subject<'_, '_>, source: &str) {
    let Some(target) = subject.node.lookup(&[source, "target"]) else {
        return;
    };
    let way = |field: &str| [key(source), key("target"), key(field)];
    let [value, average, utilization] =
        ["value", "averageValue", "averageUtilization"].map(|field| has(target, field));
    match source {
        "object" if !value && !average => {
            subject.missing(&way("value"), "`value` or `averageValue` is required");
        }
        "external" if value == average => subject.wrong(
            "schema/one-of",
            &way("value"),
            "must have exactly one of `value` and `averageValue`",
        ),
        "pods" if !average => subject.missing(&way("averageValue"), "`averageValue` is required"),
        "resource" | "containerResource" if utilization == average => subject.wrong(
            "schema/one-of",
            &way("averageUtilization"),
            "must have exactly one of `averageUtilization` and `averageValue`",
        ),
        _ => {}
    }
}

fn target(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    for field in ["value", "averageValue"] {
        let fine =
            quantity(node, field).is_none_or(|value| !value.is_negative() && !value.is_zero());
        if !fine {
            subject.wrong("schema/range", &[key(field)], "must be above 0");
        }
    }
}

fn scaling_rules(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    if has(node, "policies") && items(node, "policies").is_empty() {
        subject.missing(&[key("policies")], "must hold one policy at least");
    }
}

fn budget(subject: &mut Subject<'_, '_>) {
    let node: &Node = subject.node;
    if has(node, "minAvailable") && has(node, "maxUnavailable") {
        subject.wrong(
            "schema/conflict",
            &[key("maxUnavailable")],
            "cannot stand beside `minAvailable`",
        );
    }
}
