//! Roles and who has them.

use crate::schema::names;

use super::TypeRules;
use super::rule::Rule;
use super::subject::{Subject, has, item, item_text, items, key, text};

const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) const RULES: &[TypeRules] = &[
    TypeRules {
        name: "rbac.v1.PolicyRule",
        required: &["verbs"],
        check: Some(policy_rule),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "rbac.v1.AggregationRule",
        required: &["clusterRoleSelectors"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "rbac.v1.RoleRef",
        required: &["name", "kind"],
        fields: &[
            ("apiGroup", Rule::OneOf(&[GROUP])),
            ("name", Rule::Name(names::path_segment)),
        ],
        check: Some(role_reference),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "rbac.v1.Subject",
        required: &["name", "kind"],
        fields: &[("kind", Rule::OneOf(&["ServiceAccount", "User", "Group"]))],
        check: Some(holder),
        ..TypeRules::NONE
    },
];

fn kind<'n>(subject: &Subject<'_, 'n>) -> &'n str {
    text(subject.object(), "kind").unwrap_or_default()
}

fn policy_rule(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let filled = |field: &str| !items(node, field).is_empty();
    if filled("nonResourceURLs") {
        if kind(subject) == "Role" {
            subject.wrong(
                "schema/conflict",
                &[key("nonResourceURLs")],
                "is for a ClusterRole",
            );
        }
        if ["apiGroups", "resources", "resourceNames"]
            .iter()
            .any(|field| filled(field))
        {
            subject.wrong(
                "schema/conflict",
                &[key("nonResourceURLs")],
                "cannot stand beside resources in one rule",
            );
        }
        return;
    }
    for field in ["apiGroups", "resources"] {
        if !filled(field) {
            subject.missing(&[key(field)], format!("`{field}` is required"));
        }
    }
}

fn role_reference(subject: &mut Subject<'_, '_>) {
    let kinds: &[&str] = match kind(subject) {
        "RoleBinding" => &["Role", "ClusterRole"],
        _ => &["ClusterRole"],
    };
    let Some(kind) = text(subject.node, "kind") else {
        return;
    };
    if !kinds.contains(&kind) {
        let message = format!("`{kind}` is none of {}", kinds.join(", "));
        subject.wrong("schema/enum", &[key("kind")], message);
    }
}

fn holder(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    match text(node, "kind") {
        Some("ServiceAccount") => {
            if let Some(Err(wrong)) = text(node, "name").map(names::dns_subdomain) {
                subject.wrong("schema/name", &[key("name")], wrong);
            }
            if text(node, "apiGroup").is_some() {
                subject.wrong(
                    "schema/enum",
                    &[key("apiGroup")],
                    "must be empty for a ServiceAccount",
                );
            }
            if kind(subject) == "ClusterRoleBinding" && text(node, "namespace").is_none() {
                subject.missing(
                    &[key("namespace")],
                    "`namespace` is required for a ServiceAccount",
                );
            }
        }
        Some(_) if text(node, "apiGroup").is_some_and(|group| group != GROUP) => {
            subject.wrong(
                "schema/enum",
                &[key("apiGroup")],
                format!("must be `{GROUP}`"),
            );
        }
        _ => {}
    }
}

/// Holds every item of a list of texts to a rule.
pub(super) fn each_text(
    subject: &mut Subject<'_, '_>,
    field: &str,
    rule: fn(&str) -> Result<(), names::Wrong>,
) {
    if !has(subject.node, field) {
        return;
    }
    for (index, value) in items(subject.node, field).iter().enumerate() {
        let value = item_text(value);
        if let Err(wrong) = rule(value) {
            let message = format!("`{value}` is not valid here: it {wrong}");
            subject.wrong("schema/name", &[key(field), item(index)], message);
        }
    }
}
