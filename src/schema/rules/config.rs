//! `ConfigMap` and `Secret`: keys, sizes, and what a Secret's type asks for.

use crate::schema::names;
use crate::yaml::Node;

use super::TypeRules;
use super::subject::{Subject, entries, key, plain_text, text};

pub(super) const RULES: &[TypeRules] = &[
    TypeRules {
        name: "core.v1.ConfigMap",
        check: Some(config_map),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.Secret",
        check: Some(secret),
        ..TypeRules::NONE
    },
];

/// All values of one object together, in bytes.
const MOST_BYTES: usize = 1 << 20;

fn config_map(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    keys(subject, "data");
    keys(subject, "binaryData");
    for entry in entries(node, "data") {
        let name = entry.key.text.as_str();
        if node
            .get("binaryData")
            .is_some_and(|data| data.get(name).is_some())
        {
            let message = format!("`{name}` is in `binaryData` too");
            subject.wrong("schema/conflict", &[key("data"), key(name)], message);
        }
    }
    let plain: usize = entries(node, "data")
        .map(|entry| length(&entry.value))
        .sum();
    let binary: usize = entries(node, "binaryData")
        .map(|entry| decoded(&entry.value))
        .sum();
    if plain + binary > MOST_BYTES {
        subject.wrong("schema/too-long", &[], too_long(plain + binary));
    }
}

fn too_long(bytes: usize) -> String {
    format!("the values may have {MOST_BYTES} bytes together, these have {bytes}")
}

fn keys(subject: &mut Subject<'_, '_>, field: &str) {
    for entry in entries(subject.node, field) {
        let name = entry.key.text.as_str();
        if let Err(wrong) = names::config_key(name) {
            let message = format!("`{name}` is no key of a value: it {wrong}");
            subject.wrong("schema/name", &[key(field), key(name)], message);
        }
    }
}

fn length(node: &Node) -> usize {
    node.text().map_or(0, str::len)
}

/// Returns about how many bytes base64 stands for.
fn decoded(node: &Node) -> usize {
    let text = node.text().unwrap_or_default();
    let digits = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=');
    digits.count() * 3 / 4
}

fn secret(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    keys(subject, "data");
    keys(subject, "stringData");
    let bytes: usize = entries(node, "data")
        .filter(|entry| !string_data(node, &entry.key.text))
        .map(|entry| decoded(&entry.value))
        .chain(entries(node, "stringData").map(|entry| length(&entry.value)))
        .sum();
    if bytes > MOST_BYTES {
        subject.wrong("schema/too-long", &[], too_long(bytes));
    }
    by_type(subject);
}

fn string_data(node: &Node, name: &str) -> bool {
    node.get("stringData")
        .is_some_and(|data| data.get(name).is_some())
}

fn has_key(node: &Node, name: &str) -> bool {
    string_data(node, name)
        || node
            .get("data")
            .is_some_and(|data| data.get(name).is_some())
}

fn by_type(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let kind = text(node, "type").unwrap_or_default();
    let required: &[&str] = match kind {
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        _ => &[],
    };
    for name in required {
        let filled = kind != "kubernetes.io/ssh-auth"
            || ["data", "stringData"].iter().any(|field| {
                node.get(field)
                    .is_some_and(|data| text(data, name).is_some())
            });
        if !has_key(node, name) || !filled {
            subject.missing(
                &[key("data"), key(name)],
                format!("`{name}` is required in a Secret of type `{kind}`"),
            );
        } else if kind.starts_with("kubernetes.io/dockerc") && !is_json_object(node, name) {
            let field = if string_data(node, name) {
                "stringData"
            } else {
                "data"
            };
            subject.wrong(
                "schema/format",
                &[key(field), key(name)],
                "is no JSON object",
            );
        }
    }
    if kind == "kubernetes.io/basic-auth"
        && !has_key(node, "username")
        && !has_key(node, "password")
    {
        subject.missing(
            &[key("data")],
            format!("`username` or `password` is required in a Secret of type `{kind}`"),
        );
    }
    if kind == "kubernetes.io/service-account-token" {
        let annotations = subject.object().lookup(&["metadata", "annotations"]);
        let account = "kubernetes.io/service-account.name";
        if annotations
            .and_then(|annotations| text(annotations, account))
            .is_none()
        {
            subject.missing(
                &[key("metadata"), key("annotations"), key(account)],
                format!("the annotation `{account}` is required in a Secret of type `{kind}`"),
            );
        }
    }
}

/// Tells whether a value is a JSON object. What is no base64 is told of elsewhere.
fn is_json_object(node: &Node, name: &str) -> bool {
    use base64::Engine as _;
    let is_object = |bytes: &[u8]| {
        serde_json::from_slice::<serde_json::Value>(bytes)
            .is_ok_and(|value| value.is_object() || value.is_null())
    };
    if let Some(value) = node.get("stringData").and_then(|data| data.get(name)) {
        return is_object(plain_text(value).unwrap_or_default().as_bytes());
    }
    let encoded = node
        .get("data")
        .and_then(|data| data.get(name))
        .and_then(Node::text);
    let engine = &base64::engine::general_purpose::STANDARD;
    match engine.decode(encoded.unwrap_or_default().replace(['\n', '\r'], "")) {
        Ok(bytes) => is_object(&bytes),
        Err(_) => true,
    }
}
