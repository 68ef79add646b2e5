//! Limits of namespaces.

use std::collections::BTreeSet;

use crate::schema::quantity::Quantity;
use crate::yaml::Node;

use super::TypeRules;
use super::resources::{
    amount, any_resource, container_resource, is_quota_resource, may_overcommit, quota_resource,
};
use super::selector::operator;
use super::subject::{Subject, entries, has, item, item_text, items, key, quantity_of, text};

pub(super) const RULES: &[TypeRules] = &[
    TypeRules {
        name: "core.v1.LimitRangeSpec",
        optional: &["limits"],
        check: Some(limits),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.LimitRangeItem",
        required: &["type"],
        check: Some(limit),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.ResourceQuotaSpec",
        check: Some(quota),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.ScopedResourceSelectorRequirement",
        required: &["scopeName"],
        check: Some(scope_requirement),
        ..TypeRules::NONE
    },
];

fn limits(subject: &mut Subject<'_, '_>) {
    let limits = items(subject.node, "limits");
    for (index, limit) in limits.iter().enumerate() {
        let kind = text(limit, "type");
        if kind.is_some()
            && limits[..index]
                .iter()
                .any(|other| text(other, "type") == kind)
        {
            subject.wrong(
                "schema/duplicate-item",
                &[key("limits"), item(index), key("type")],
                "a limit before it has this type",
            );
        }
    }
}

const BOUNDS: [&str; 5] = [
    "max",
    "min",
    "default",
    "defaultRequest",
    "maxLimitRequestRatio",
];

fn limit(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let Some(kind) = text(node, "type") else {
        return;
    };
    if let Err(wrong) = limit_type(kind) {
        subject.wrong("schema/enum", &[key("type")], wrong);
    }
    let check = match kind {
        "Pod" | "Container" => container_resource,
        _ => any_resource,
    };
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for bound in BOUNDS {
        for entry in entries(node, bound) {
            let name = entry.key.text.as_str();
            names.insert(name);
            if let Err(wrong) = check(name) {
                let message = format!("`{name}` is no resource here: it {wrong}");
                subject.wrong("schema/resource", &[key(bound), key(name)], message);
            }
        }
    }
    if kind == "Pod" {
        for field in ["default", "defaultRequest"] {
            if entries(node, field).next().is_some() {
                subject.wrong("schema/conflict", &[key(field)], "is not for `type: Pod`");
            }
        }
    }
    if kind == "PersistentVolumeClaim" {
        let storage = |bound: &str| node.get(bound).is_some_and(|bound| has(bound, "storage"));
        if !storage("min") && !storage("max") {
            subject.missing(&[key("max")], "`min.storage` or `max.storage` is required");
        }
    }
    for name in names {
        order(subject, name);
    }
}

fn limit_type(kind: &str) -> Result<(), String> {
    crate::schema::names::qualified_name(kind)?;
    if kind.contains('/') || matches!(kind, "Pod" | "Container" | "PersistentVolumeClaim") {
        return Ok(());
    }
    Err(format!(
        "`{kind}` is none of Pod, Container, PersistentVolumeClaim"
    ))
}

/// Bounds of one resource that must not be above each other, lower ones first.
const ORDER: [(&str, &str); 6] = [
    ("min", "max"),
    ("min", "defaultRequest"),
    ("defaultRequest", "max"),
    ("defaultRequest", "default"),
    ("min", "default"),
    ("default", "max"),
];

fn order(subject: &mut Subject<'_, '_>, name: &str) {
    let node = subject.node;
    let value = |bound: &str| {
        node.get(bound)
            .and_then(|bound| bound.get(name))
            .and_then(quantity_of)
    };
    for (lower, upper) in ORDER {
        let (Some(least), Some(most)) = (value(lower), value(upper)) else {
            continue;
        };
        if least.compare(&most).is_gt() {
            subject.wrong(
                "schema/range",
                &[key(lower), key(name)],
                format!("`{lower}` is above `{upper}`"),
            );
        }
    }
    if let (Some(default), Some(request)) = (value("default"), value("defaultRequest"))
        && !may_overcommit(name)
        && default.compare(&request).is_ne()
    {
        subject.wrong(
            "schema/range",
            &[key("defaultRequest"), key(name)],
            "must equal `default`",
        );
    }
    ratio(
        subject,
        name,
        value("maxLimitRequestRatio"),
        value("min"),
        value("max"),
    );
}

fn ratio(
    subject: &mut Subject<'_, '_>,
    name: &str,
    ratio: Option<Quantity>,
    min: Option<Quantity>,
    max: Option<Quantity>,
) {
    let Some(ratio) = ratio.map(|ratio| ratio.approximate()) else {
        return;
    };
    let way = [key("maxLimitRequestRatio"), key(name)];
    if ratio < 1.0 {
        subject.wrong("schema/range", &way, "must be 1 or more");
    } else if let (Some(min), Some(max)) = (min, max)
        && ratio > max.approximate() / min.approximate()
    {
        subject.wrong("schema/range", &way, "must not be above `max` by `min`");
    }
}

const SCOPES: [&str; 7] = [
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
    "VolumeAttributesClass",
];

fn quota(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    for entry in entries(node, "hard") {
        let name = entry.key.text.as_str();
        let way = [key("hard"), key(name)];
        if let Err(wrong) = quota_resource(name) {
            let message = format!("`{name}` is no resource of a quota: it {wrong}");
            subject.wrong("schema/resource", &way, message);
        }
        amount(subject, name, &entry.value, &way);
    }
    let mut found = Vec::new();
    for (index, scope) in items(node, "scopes").iter().enumerate() {
        let scope = item_text(scope);
        let way = [key("scopes"), item(index)];
        if !SCOPES.contains(&scope) {
            let message = format!("`{scope}` is none of {}", SCOPES.join(", "));
            subject.wrong("schema/enum", &way, message);
        } else if !fits(node, scope) {
            subject.wrong("schema/conflict", &way, "does not fit a resource in `hard`");
        }
        if found.contains(&opposite(scope)) {
            subject.wrong(
                "schema/conflict",
                &way,
                format!("contradicts `{}`", opposite(scope)),
            );
        }
        found.push(scope);
    }
    let parts = node
        .get("scopeSelector")
        .map_or(&[][..], |selector| items(selector, "matchExpressions"));
    for (index, part) in parts.iter().enumerate() {
        if text(part, "scopeName")
            .is_some_and(|scope| SCOPES.contains(&scope) && !fits(node, scope))
        {
            let way = [
                key("scopeSelector"),
                key("matchExpressions"),
                item(index),
                key("scopeName"),
            ];
            subject.wrong("schema/conflict", &way, "does not fit a resource in `hard`");
        }
    }
}

fn opposite(scope: &str) -> &'static str {
    match scope {
        "Terminating" => "NotTerminating",
        "NotTerminating" => "Terminating",
        "BestEffort" => "NotBestEffort",
        "NotBestEffort" => "BestEffort",
        _ => "",
    }
}

/// Tells whether a scope can bound all standard resources of a quota.
fn fits(node: &Node, scope: &str) -> bool {
    let fine = |name: &str| {
        let pods = name == "pods";
        let compute = matches!(
            name.strip_prefix("requests.")
                .or_else(|| name.strip_prefix("limits."))
                .unwrap_or(name),
            "cpu" | "memory"
        );
        match scope {
            "BestEffort" => pods,
            "VolumeAttributesClass" => {
                matches!(name, "persistentvolumeclaims" | "requests.storage")
            }
            _ => pods || compute,
        }
    };
    entries(node, "hard")
        .map(|entry| entry.key.text.as_str())
        .filter(|name| is_quota_resource(name))
        .all(fine)
}

fn scope_requirement(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    operator(subject, &["In", "NotIn"], &["Exists", "DoesNotExist"]);
    let Some(scope) = text(node, "scopeName") else {
        return;
    };
    if !SCOPES.contains(&scope) {
        let message = format!("`{scope}` is none of {}", SCOPES.join(", "));
        subject.wrong("schema/enum", &[key("scopeName")], message);
    } else if !matches!(scope, "PriorityClass" | "VolumeAttributesClass")
        && text(node, "operator") != Some("Exists")
    {
        subject.wrong(
            "schema/enum",
            &[key("operator")],
            format!("must be `Exists` for the scope `{scope}`"),
        );
    }
}
