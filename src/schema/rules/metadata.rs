//! Labels, annotations and owners, wherever metadata stands.

use rustc_hash::FxHashSet;

use crate::schema::names;
use crate::yaml::{Node, Segment};

use super::TypeRules;
use super::rule::Rule;
use super::subject::{Subject, entries, is_true, item, item_text, items, key, plain_text, text};

pub(super) const RULES: &[TypeRules] = &[
    TypeRules {
        name: "meta.v1.ObjectMeta",
        check: Some(check),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "meta.v1.OwnerReference",
        required: &["apiVersion", "kind", "name", "uid"],
        fields: &[("apiVersion", Rule::Name(api_version))],
        ..TypeRules::NONE
    },
];

/// All keys and values of an object's annotations together, in bytes.
const MOST_ANNOTATION_BYTES: usize = 256 << 10;

fn api_version(text: &str) -> Result<(), names::Wrong> {
    match text.matches('/').count() {
        0 | 1 if !text.ends_with('/') => Ok(()),
        _ => Err("must be a group and a version".into()),
    }
}

/// Metadata that the server takes as it is, and that stops what is made of it.
const NOT_LOOKED_AT: [&str; 2] = ["jobTemplate", "volumeClaimTemplates"];

fn check(subject: &mut Subject<'_, '_>) {
    if !subject.is_in("template") && NOT_LOOKED_AT.iter().any(|name| subject.is_in(name)) {
        subject.only_warn();
    }
    labels(subject, &[key("labels")]);
    annotations(subject);
    finalizers(subject);
    let node = subject.node;
    let controllers: FxHashSet<Option<&str>> = items(node, "ownerReferences")
        .iter()
        .filter(|owner| is_true(owner, "controller"))
        .map(|owner| text(owner, "uid"))
        .collect();
    if controllers.len() > 1 {
        subject.wrong(
            "schema/conflict",
            &[key("ownerReferences")],
            "only one owner may be the controller",
        );
    }
}

fn annotations(subject: &mut Subject<'_, '_>) {
    let mut bytes = 0;
    for entry in entries(subject.node, "annotations") {
        let name = entry.key.text.as_str();
        bytes += name.len() + entry.value.text().map_or(0, str::len);
        // Their keys may have capitals in the prefix.
        if let Err(wrong) = names::qualified_name(&name.to_lowercase()) {
            let message = format!("`{name}` is no key of an annotation: it {wrong}");
            subject.wrong(
                "schema/annotation",
                &[key("annotations"), key(name)],
                message,
            );
        }
    }
    if bytes > MOST_ANNOTATION_BYTES {
        let message = format!(
            "annotations may have {MOST_ANNOTATION_BYTES} bytes together, these have {bytes}"
        );
        subject.wrong("schema/annotation", &[key("annotations")], message);
    }
}

fn finalizers(subject: &mut Subject<'_, '_>) {
    for (index, finalizer) in items(subject.node, "finalizers").iter().enumerate() {
        let name = item_text(finalizer);
        let known = name.contains('/') || STANDARD_FINALIZERS.contains(&name);
        let wrong = match names::qualified_name(name) {
            Err(wrong) => Some(wrong),
            Ok(()) if !known && is_native(subject) => {
                Some("must have a domain, such as `example.com/name`".to_owned())
            }
            Ok(()) => None,
        };
        if let Some(wrong) = wrong {
            let message = format!("`{name}` is no name of a finalizer: it {wrong}");
            subject.wrong("schema/name", &[key("finalizers"), item(index)], message);
        }
    }
}

/// Finalizers of the API's own.
pub(super) const STANDARD_FINALIZERS: [&str; 3] = ["kubernetes", "orphan", "foregroundDeletion"];

/// Tells whether the object is of a kind whose finalizers are looked at more closely.
fn is_native(subject: &Subject<'_, '_>) -> bool {
    let group = text(subject.object(), "apiVersion")
        .and_then(|version| version.split_once('/'))
        .map_or("", |(group, _)| group);
    matches!(
        group,
        "" | "apps" | "batch" | "autoscaling" | "networking.k8s.io" | "rbac.authorization.k8s.io"
    )
}

/// Holds the labels at the end of a way to the rules of their keys and values.
pub(super) fn labels(subject: &mut Subject<'_, '_>, way: &[Segment]) {
    let node = way.iter().try_fold(subject.node, |node, step| match step {
        Segment::Key(name) => node.get(name),
        Segment::Index(index) => node.as_sequence()?.get(*index),
    });
    let labels = node.and_then(Node::as_mapping).into_iter().flatten();
    for entry in labels {
        let name = entry.key.text.as_str();
        let here = || [way, &[key(name)]].concat();
        if let Err(wrong) = names::qualified_name(name) {
            let message = format!("`{name}` is no key of a label: it {wrong}");
            subject.wrong("schema/label", &here(), message);
        }
        if let Some(value) = plain_text(&entry.value)
            && let Err(wrong) = names::label_value(value)
        {
            let message = format!("`{value}` is no value of a label: it {wrong}");
            subject.wrong("schema/label", &here(), message);
        }
    }
}
