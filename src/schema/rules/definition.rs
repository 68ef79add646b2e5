//! Definitions of custom resources.

use crate::schema::names;
use crate::yaml::Node;

use super::TypeRules;
use super::access::each_text;
use super::rule::{NATURAL, Rule};
use super::subject::{Subject, entries, has, is_true, item, items, key, text};

pub(super) const RULES: &[TypeRules] = &[
    TypeRules {
        name: "apiextensions.v1.CustomResourceDefinition",
        check: Some(definition),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apiextensions.v1.CustomResourceDefinitionSpec",
        required: &["group", "scope", "versions"],
        fields: &[
            ("group", Rule::Name(group)),
            ("scope", Rule::OneOf(&["Cluster", "Namespaced"])),
        ],
        check: Some(versions),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apiextensions.v1.CustomResourceDefinitionNames",
        required: &["plural", "kind"],
        fields: &[
            ("plural", Rule::Name(names::dns_1035_label)),
            ("singular", Rule::Name(names::dns_1035_label)),
            ("kind", Rule::Name(kind)),
            ("listKind", Rule::Name(kind)),
        ],
        check: Some(all_names),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apiextensions.v1.CustomResourceDefinitionVersion",
        required: &["name"],
        optional: &["served", "storage"],
        fields: &[("name", Rule::Name(names::dns_1035_label))],
        check: Some(version),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apiextensions.v1.CustomResourceColumnDefinition",
        required: &["name", "type", "jsonPath"],
        fields: &[
            (
                "type",
                Rule::OneOf(&["integer", "number", "string", "boolean", "date"]),
            ),
            (
                "format",
                Rule::OneOf(&[
                    "int32",
                    "int64",
                    "float",
                    "double",
                    "byte",
                    "date",
                    "date-time",
                    "password",
                ]),
            ),
            ("priority", NATURAL),
            ("jsonPath", Rule::Name(json_path)),
        ],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apiextensions.v1.WebhookConversion",
        required: &["conversionReviewVersions"],
        check: Some(review_versions),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apiextensions.v1.CustomResourceSubresourceScale",
        required: &["specReplicasPath", "statusReplicasPath"],
        fields: &[
            ("specReplicasPath", Rule::Name(spec_path)),
            ("statusReplicasPath", Rule::Name(status_path)),
        ],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apiextensions.v1.CustomResourceConversion",
        required: &["strategy"],
        fields: &[("strategy", Rule::OneOf(&["None", "Webhook"]))],
        check: Some(conversion),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apiextensions.v1.JSONSchemaProps",
        fields: &[
            (
                "type",
                Rule::OneOf(&["string", "number", "integer", "boolean", "array", "object"]),
            ),
            (
                "x-kubernetes-list-type",
                Rule::Exactly(&["atomic", "set", "map"]),
            ),
            (
                "x-kubernetes-map-type",
                Rule::Exactly(&["atomic", "granular"]),
            ),
        ],
        check: Some(schema),
        ..TypeRules::NONE
    },
];

fn group(text: &str) -> Result<(), names::Wrong> {
    names::dns_subdomain(text)?;
    if text.contains('.') {
        return Ok(());
    }
    Err("must have a dot, such as `example.com`".into())
}

fn kind(text: &str) -> Result<(), names::Wrong> {
    names::dns_1035_label(&text.to_lowercase())
}

/// A path without anything but names of fields.
fn json_path(text: &str) -> Result<(), names::Wrong> {
    if text.starts_with('.') {
        return Ok(());
    }
    Err("must begin with `.`".into())
}

fn spec_path(text: &str) -> Result<(), names::Wrong> {
    below(text, ".spec.")
}

fn status_path(text: &str) -> Result<(), names::Wrong> {
    below(text, ".status.")
}

fn below(text: &str, start: &str) -> Result<(), names::Wrong> {
    let Some(rest) = text.strip_prefix(start) else {
        return Err(format!("must begin with `{start}`"));
    };
    let rest = rest.trim_end();
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$');
    if !rest.is_empty() && rest.bytes().all(plain) && !rest.split('.').any(str::is_empty) {
        return Ok(());
    }
    Err("must be names of fields behind dots".into())
}

fn definition(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let name = node.lookup(&["metadata", "name"]).and_then(Node::as_str);
    let plural = node
        .lookup(&["spec", "names", "plural"])
        .and_then(Node::as_str);
    let group = node.lookup(&["spec", "group"]).and_then(Node::as_str);
    if let (Some(name), Some(plural), Some(group)) = (name, plural, group)
        && name != format!("{plural}.{group}")
    {
        subject.wrong(
            "schema/name",
            &[key("metadata"), key("name")],
            format!("must be `{plural}.{group}`, by the plural and the group"),
        );
    }
}

fn versions(subject: &mut Subject<'_, '_>) {
    let versions = items(subject.node, "versions");
    let stored = versions
        .iter()
        .filter(|version| is_true(version, "storage"))
        .count();
    if stored != 1 && !versions.is_empty() {
        subject.wrong(
            "schema/conflict",
            &[key("versions")],
            format!("exactly one version must have `storage: true`, {stored} have"),
        );
    }
    for (index, version) in versions.iter().enumerate() {
        let name = text(version, "name");
        if name.is_some()
            && versions[..index]
                .iter()
                .any(|other| text(other, "name") == name)
        {
            subject.wrong(
                "schema/duplicate-item",
                &[key("versions"), item(index), key("name")],
                "a version before it has this name",
            );
        }
    }
}

fn all_names(subject: &mut Subject<'_, '_>) {
    each_text(subject, "shortNames", names::dns_1035_label);
    each_text(subject, "categories", names::dns_1035_label);
    let node = subject.node;
    let kind = text(node, "kind");
    if kind.is_some() && kind == text(node, "listKind") {
        subject.wrong(
            "schema/conflict",
            &[key("listKind")],
            "must not be the `kind` itself",
        );
    }
}

fn version(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    if has(node, "deprecationWarning") && !is_true(node, "deprecated") {
        subject.wrong(
            "schema/conflict",
            &[key("deprecationWarning")],
            "is for versions with `deprecated: true`",
        );
    }
    let schema = node.lookup(&["schema", "openAPIV3Schema"]);
    let Some(schema) = schema.filter(|schema| !schema.is_null()) else {
        subject.missing(
            &[key("schema"), key("openAPIV3Schema")],
            "`schema.openAPIV3Schema` is required",
        );
        return;
    };
    let way = [key("schema"), key("openAPIV3Schema"), key("type")];
    match text(schema, "type") {
        Some("object") => {}
        Some(_) => subject.wrong("schema/enum", &way, "must be `object` at the root"),
        None if is_true(schema, "x-kubernetes-preserve-unknown-fields") => {}
        None => subject.missing(&way, "`type` must be `object` at the root"),
    }
}

fn conversion(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let webhook = node.get("webhook").filter(|webhook| !webhook.is_null());
    match (text(node, "strategy"), webhook) {
        (Some("Webhook"), Some(webhook)) => {
            for field in ["clientConfig", "conversionReviewVersions"] {
                if !has(webhook, field) {
                    subject.missing(
                        &[key("webhook"), key(field)],
                        format!("`{field}` is required with `strategy: Webhook`"),
                    );
                }
            }
        }
        (Some("Webhook"), None) => subject.missing(
            &[key("webhook")],
            "`webhook` is required with `strategy: Webhook`",
        ),
        (Some("None"), Some(_)) => {
            subject.wrong(
                "schema/conflict",
                &[key("webhook")],
                "is for `strategy: Webhook`",
            );
        }
        _ => {}
    }
}

fn review_versions(subject: &mut Subject<'_, '_>) {
    each_text(subject, "conversionReviewVersions", names::dns_1035_label);
    let versions = items(subject.node, "conversionReviewVersions");
    let known = versions
        .iter()
        .any(|version| matches!(version.text(), Some("v1" | "v1beta1")));
    if !known && !versions.is_empty() {
        subject.wrong(
            "schema/enum",
            &[key("conversionReviewVersions")],
            "must have `v1` or `v1beta1`",
        );
    }
}

/// Where a schema only adds conditions, so that it says nothing of types.
const CONDITIONS: [&str; 4] = ["oneOf", "anyOf", "allOf", "not"];

/// A schema must be structural: of each value it says the type.
fn schema(subject: &mut Subject<'_, '_>) {
    if CONDITIONS.iter().any(|name| subject.is_in(name)) {
        return;
    }
    let node = subject.node;
    let free = is_true(node, "x-kubernetes-int-or-string")
        || is_true(node, "x-kubernetes-preserve-unknown-fields");
    let kind = text(node, "type");
    if kind.is_none() && !free && !subject.is_in_field("openAPIV3Schema") {
        subject.missing(&[key("type")], "`type` is required");
    }
    if kind.is_some() && is_true(node, "x-kubernetes-int-or-string") {
        subject.wrong(
            "schema/conflict",
            &[key("type")],
            "cannot stand beside `x-kubernetes-int-or-string`",
        );
    }
    if kind == Some("array") && !has(node, "items") {
        subject.missing(&[key("items")], "`items` is required with `type: array`");
    }
    if has(node, "additionalProperties") && entries(node, "properties").next().is_some() {
        subject.wrong(
            "schema/conflict",
            &[key("additionalProperties")],
            "cannot stand beside `properties`",
        );
    }
    for field in ["properties", "additionalProperties"] {
        if has(node, field) && kind.is_some_and(|kind| kind != "object") {
            subject.wrong("schema/conflict", &[key(field)], "is for `type: object`");
        }
    }
    lists(subject);
}

fn lists(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let keys = items(node, "x-kubernetes-list-map-keys");
    let way = [key("x-kubernetes-list-map-keys")];
    match text(node, "x-kubernetes-list-type") {
        Some("map") if keys.is_empty() => {
            subject.missing(&way, "keys are required with `x-kubernetes-list-type: map`");
        }
        Some("map") => {}
        _ if !keys.is_empty() => {
            subject.wrong(
                "schema/conflict",
                &way,
                "is for `x-kubernetes-list-type: map`",
            );
        }
        _ => {}
    }
    if has(node, "x-kubernetes-list-type") && text(node, "type").is_some_and(|kind| kind != "array")
    {
        subject.wrong(
            "schema/conflict",
            &[key("x-kubernetes-list-type")],
            "is for `type: array`",
        );
    }
}
