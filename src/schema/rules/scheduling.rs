//! Where a pod may run: tolerations, affinity, spread.

use crate::schema::names;
use crate::yaml::{Node, Segment};

use super::TypeRules;
use super::rule::{self, POSITIVE, Rule};
use super::selector::{label_key, operator};
use super::subject::{Subject, entries, has, item, items, key, plain_text, text};

pub(super) const RULES: &[TypeRules] = &[
    TypeRules {
        name: "core.v1.Toleration",
        fields: &[
            ("key", Rule::Name(rule::label_key)),
            (
                "effect",
                Rule::OneOf(&["NoSchedule", "PreferNoSchedule", "NoExecute"]),
            ),
        ],
        check: Some(toleration),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.NodeSelector",
        required: &["nodeSelectorTerms"],
        check: Some(required_terms),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.NodeSelectorTerm",
        check: Some(node_term),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.PreferredSchedulingTerm",
        optional: &["preference"],
        required: &["weight"],
        fields: &[("weight", Rule::Within(1, 100))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.WeightedPodAffinityTerm",
        required: &["weight"],
        fields: &[("weight", Rule::Within(1, 100))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.PodAffinityTerm",
        required: &["topologyKey"],
        fields: &[("topologyKey", Rule::Name(rule::label_key))],
        check: Some(pod_term),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.TopologySpreadConstraint",
        required: &["maxSkew", "topologyKey", "whenUnsatisfiable"],
        fields: &[
            ("maxSkew", POSITIVE),
            ("minDomains", POSITIVE),
            (
                "whenUnsatisfiable",
                Rule::OneOf(&["DoNotSchedule", "ScheduleAnyway"]),
            ),
            ("nodeAffinityPolicy", Rule::Exactly(&["Honor", "Ignore"])),
            ("nodeTaintsPolicy", Rule::Exactly(&["Honor", "Ignore"])),
        ],
        check: Some(spread),
        ..TypeRules::NONE
    },
];

fn toleration(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let operator = text(node, "operator").unwrap_or("Equal");
    if text(node, "key").is_none() && operator != "Exists" {
        subject.wrong(
            "schema/conflict",
            &[key("operator")],
            "must be `Exists` without a `key`",
        );
    }
    if has(node, "tolerationSeconds") && text(node, "effect") != Some("NoExecute") {
        subject.wrong(
            "schema/conflict",
            &[key("tolerationSeconds")],
            "is for `effect: NoExecute` only",
        );
    }
    let value = text(node, "value");
    match operator {
        "Equal" => {
            if let Some(Err(wrong)) = value.map(names::label_value) {
                subject.wrong("schema/label", &[key("value")], format!("it {wrong}"));
            }
        }
        "Exists" => {
            if value.is_some() {
                subject.wrong(
                    "schema/conflict",
                    &[key("value")],
                    "must be empty with `operator: Exists`",
                );
            }
        }
        _ => subject.wrong(
            "schema/enum",
            &[key("operator")],
            format!("`{operator}` is none of Equal, Exists"),
        ),
    }
}

fn required_terms(subject: &mut Subject<'_, '_>) {
    for (index, term) in items(subject.node, "nodeSelectorTerms").iter().enumerate() {
        for (position, requirement) in items(term, "matchExpressions").iter().enumerate() {
            let way = [
                key("nodeSelectorTerms"),
                item(index),
                key("matchExpressions"),
                item(position),
            ];
            label_values(subject, requirement, &way);
        }
    }
}

/// Preferred terms may have values that are none of a label; required ones may not.
fn label_values(subject: &mut Subject<'_, '_>, requirement: &Node, way: &[Segment]) {
    for (index, value) in items(requirement, "values").iter().enumerate() {
        if let Some(Err(wrong)) = plain_text(value).map(names::label_value) {
            let way = [way, &[key("values"), item(index)]].concat();
            subject.wrong(
                "schema/label",
                &way,
                format!("is no value of a label: it {wrong}"),
            );
        }
    }
}

fn node_term(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    for (index, requirement) in items(node, "matchExpressions").iter().enumerate() {
        node_requirement(
            subject,
            requirement,
            &[key("matchExpressions"), item(index)],
        );
    }
    for (index, requirement) in items(node, "matchFields").iter().enumerate() {
        let way = [key("matchFields"), item(index)];
        let at = |field: &str| [&way[..], &[key(field)]].concat();
        let name = text(requirement, "operator").unwrap_or_default();
        if !matches!(name, "In" | "NotIn") {
            let message = format!("`{name}` is none of In, NotIn");
            subject.wrong("schema/enum", &at("operator"), message);
        } else if items(requirement, "values").len() != 1 {
            subject.wrong("schema/range", &at("values"), "must hold one value");
        }
        if text(requirement, "key") != Some("metadata.name") {
            subject.wrong("schema/enum", &at("key"), "must be `metadata.name`");
        }
    }
}

fn node_requirement(subject: &mut Subject<'_, '_>, requirement: &Node, way: &[Segment]) {
    let name = text(requirement, "operator").unwrap_or_default();
    if matches!(name, "Gt" | "Lt") && items(requirement, "values").len() != 1 {
        let way = [way, &[key("values")]].concat();
        subject.wrong(
            "schema/range",
            &way,
            format!("must hold one value with `{name}`"),
        );
        return;
    }
    let mut inner = subject.below(requirement, way);
    if !matches!(name, "Gt" | "Lt") {
        operator(&mut inner, &["In", "NotIn"], &["Exists", "DoesNotExist"]);
    }
    label_key(&mut inner);
}

fn pod_term(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    for (index, namespace) in items(node, "namespaces").iter().enumerate() {
        let name = namespace.as_str().unwrap_or_default();
        if let Err(wrong) = names::dns_label(name) {
            let message = format!("`{name}` is no name of a namespace: it {wrong}");
            subject.wrong("schema/name", &[key("namespaces"), item(index)], message);
        }
    }
    label_keys(subject, "matchLabelKeys");
    label_keys(subject, "mismatchLabelKeys");
}

fn spread(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    if has(node, "minDomains") && text(node, "whenUnsatisfiable") != Some("DoNotSchedule") {
        subject.wrong(
            "schema/conflict",
            &[key("minDomains")],
            "is for `whenUnsatisfiable: DoNotSchedule` only",
        );
    }
    label_keys(subject, "matchLabelKeys");
}

/// Keys of labels stand beside a selector, which does not have them.
fn label_keys(subject: &mut Subject<'_, '_>, field: &str) {
    let node = subject.node;
    let keys = items(node, field);
    if keys.is_empty() {
        return;
    }
    let Some(selector) = node
        .get("labelSelector")
        .filter(|selector| !selector.is_null())
    else {
        subject.wrong("schema/conflict", &[key(field)], "needs a `labelSelector`");
        return;
    };
    for (index, name) in keys.iter().enumerate() {
        let name = name.as_str().unwrap_or_default();
        if let Err(wrong) = names::qualified_name(name) {
            let message = format!("`{name}` is no key of a label: it {wrong}");
            subject.wrong("schema/label", &[key(field), item(index)], message);
        }
        let selected = field == "matchLabelKeys"
            && (entries(selector, "matchLabels").any(|entry| entry.key.text == name)
                || items(selector, "matchExpressions")
                    .iter()
                    .any(|part| text(part, "key") == Some(name)));
        if selected {
            subject.wrong(
                "schema/conflict",
                &[key(field), item(index)],
                "the selector has it already",
            );
        }
    }
}
