//! What is done once, after all layers: leaving out local resources, putting annotations in order.

use smol_str::SmolStr;

use crate::yaml::{Mapping, Node, Origin, Style};

use super::documents::check;
use super::file::Kustomization;
use super::memory::{ORIGIN, TRANSFORMATIONS, is_memory};
use super::provenance::Provenance;
use super::{BuildError, ObjectError, ResMap, Resource};

/// Marks what serves the build and is no part of its output.
const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";

const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "kustomize-v5.8.1");

/// What a `buildMetadata` asks for, each with the line.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    origins: Option<Origin>,
    transformations: Option<Origin>,
    managed_by: Option<Origin>,
}

impl Asked {
    fn by(kustomization: &Kustomization) -> Self {
        let has = |option: &str| {
            let options = &kustomization.build_metadata;
            let option = options.iter().find(|text| &***text == option);
            option.map(|text| text.origin)
        };
        Self {
            origins: has("originAnnotations"),
            transformations: has("transformerAnnotations"),
            managed_by: has("managedByLabel"),
        }
    }
}

/// Fails where a resource once had no name or no kind, which the reference tool's memory cannot hold.
pub(super) fn check_memory(resources: &ResMap) -> Result<(), BuildError> {
    for resource in resources {
        let at = resource.node.origin;
        for id in &resource.previous {
            if id.gvk.kind.is_empty() {
                return Err(ObjectError::NoKind { at }.into());
            }
            if id.name.is_empty() {
                let kind = id.gvk.kind.to_string();
                return Err(ObjectError::NoName { kind, at }.into());
            }
        }
    }
    Ok(())
}

/// Takes out what is marked as local to the build; what is left must have ids of its own.
pub(super) fn drop_local(resources: &mut ResMap) -> Result<(), BuildError> {
    resources
        .iter()
        .try_for_each(|resource| check(&resource.node))?;
    resources.retain(|resource| {
        resource
            .annotation(LOCAL_CONFIG)
            .is_none_or(|value| value == "false")
    });
    Ok(resources.check_ids()?)
}

/// Adds the label that names the tool, if it is wanted.
pub(super) fn label(resources: &mut ResMap, kustomization: &Kustomization, always: bool) {
    let asked = Asked::by(kustomization).managed_by;
    if always || asked.is_some() {
        for resource in resources.iter_mut() {
            let at = asked.unwrap_or(resource.node.origin);
            resource.set_label(MANAGED_BY.0, MANAGED_BY.1, at);
        }
    }
}

/// Gives the annotations their last form: all are texts, none is the build's own memory but for what a
/// `buildMetadata` asks for.
pub(super) fn annotate(resources: &mut ResMap, kustomization: &Kustomization) {
    let asked = Asked::by(kustomization);
    for resource in resources.iter_mut() {
        let at = resource.node.origin;
        if !are_final(resource) {
            let texts = final_annotations(resource);
            if let Some(metadata) = resource.metadata_mut() {
                metadata.remove("annotations");
                if !texts.is_empty() {
                    metadata.insert("annotations", Node::mapping(texts, at));
                }
            }
        }
        if let Some(at) = asked.origins
            && let Some(provenance) = &resource.provenance
        {
            let text = provenance.text();
            resource.set_annotation(ORIGIN, &text, at);
        }
        if let Some(at) = asked.transformations
            && !resource.transformations.is_empty()
        {
            let text = Provenance::list_text(&resource.transformations);
            resource.set_annotation(TRANSFORMATIONS, &text, at);
        }
    }
}

/// Tells whether an annotation is the reference tool's memory.
fn are_final(resource: &Resource) -> bool {
    match resource.node.lookup(&["metadata", "annotations"]) {
        None => true,
        Some(node) => node.as_mapping().is_some_and(|mapping| {
            !mapping.is_empty()
                && mapping
                    .iter()
                    .all(|entry| is_unfolded_text(&entry.value) && !is_memory(&entry.key.text))
        }),
    }
}

/// Annotations are written anew, so none keeps the style that folded text has elsewhere.
fn is_unfolded_text(node: &Node) -> bool {
    node.as_str().is_some()
        && node
            .as_scalar()
            .is_none_or(|scalar| scalar.style != Style::Folded)
}

fn final_annotations(resource: &Resource) -> Mapping {
    let annotations = resource
        .node
        .lookup(&["metadata", "annotations"])
        .and_then(Node::as_mapping);
    let mut texts = Mapping::default();
    for entry in annotations.into_iter().flatten() {
        if !is_memory(&entry.key.text) {
            let text: SmolStr = entry.value.text().unwrap_or_default().into();
            let at: Origin = entry.value.origin;
            texts.insert(&entry.key.text, Node::string(text, at));
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{FileId, Limits, emit, parse};

    fn finished(text: &str) -> String {
        let file = FileId::of("finish.yaml");
        let nodes = parse(text.as_bytes(), file, &Limits::default()).unwrap();
        let mut resources: ResMap = nodes
            .into_iter()
            .map(Resource::new)
            .collect::<Vec<_>>()
            .into();
        drop_local(&mut resources).unwrap();
        annotate(&mut resources, &Kustomization::default());
        let mut out = String::new();
        for resource in &resources {
            emit(&resource.node, &mut out);
        }
        out
    }

    #[test]
    fn annotations_end_as_texts_without_the_memory_of_builds() {
        assert_eq!(
            finished(
                "{kind: A, metadata: {name: a, annotations: {a: 1, config.kubernetes.io/path: x, \
                 internal.config.kubernetes.io/prefixes: x}}}"
            ),
            "kind: A\nmetadata:\n  annotations:\n    a: \"1\"\n  name: a\n"
        );
        let folded = "kind: A\nmetadata:\n  name: a\n  annotations:\n    a: >\n      b\n       c\n";
        assert_eq!(
            finished(folded),
            "kind: A\nmetadata:\n  annotations:\n    a: |\n      b\n       c\n  name: a\n"
        );
        assert_eq!(
            finished("{kind: A, metadata: {name: a, annotations: {}}}"),
            "kind: A\nmetadata:\n  name: a\n"
        );
    }

    #[test]
    fn what_is_local_to_the_build_is_left_out() {
        let local =
            "{kind: A, metadata: {name: a, annotations: {config.kubernetes.io/local-config: ";
        assert_eq!(finished(&format!("{local}'true'}}}}}}")), "");
        assert_ne!(finished(&format!("{local}'false'}}}}}}")), "");
    }
}
