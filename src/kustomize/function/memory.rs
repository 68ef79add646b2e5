//! What the reference tool keeps in annotations of a resource, which is what a function sees of its past
//! and may change.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::yaml::{Mapping, Node};

use super::super::memory::{
    BEHAVIOR, NEEDS_HASH, ORIGIN, PREFIXES, PREVIOUS_KINDS, PREVIOUS_NAMES, PREVIOUS_NAMESPACES,
    SUFFIXES, TRANSFORMATIONS, provenance_texts, texts,
};
use super::super::provenance::Provenance;
use super::super::{Behavior, Gvk, ResId, Resource};

/// The file that a function's runtime takes a resource to be of, in both its spellings.
pub(super) const PATH: [&str; 2] = [
    "internal.config.kubernetes.io/path",
    "config.kubernetes.io/path",
];

/// Returns the object with its memory in annotations.
pub(super) fn shown(resource: &Resource) -> Node {
    let mut annotations = texts(resource);
    annotations.extend(provenance_texts(resource));
    if let Some(path) = &resource.function_path {
        annotations.extend(PATH.map(|key| (key, path.to_string())));
    }
    let mut shown = Resource::new(resource.node.clone());
    let at = resource.node.origin;
    for (key, text) in annotations {
        shown.set_annotation(key, &text, at);
    }
    shown.node
}

/// The provenances that a function was shown, by their text.
pub(super) struct Origins {
    origins: FxHashMap<String, Provenance>,
    transformations: FxHashMap<String, Vec<Provenance>>,
}

impl Origins {
    pub(super) fn of(resources: &[Resource]) -> Self {
        let mut origins = FxHashMap::default();
        let mut transformations = FxHashMap::default();
        for resource in resources {
            if let Some(provenance) = &resource.provenance {
                origins.insert(provenance.text(), provenance.clone());
            }
            if !resource.transformations.is_empty() {
                let list = &resource.transformations;
                transformations.insert(Provenance::list_text(list), list.clone());
            }
        }
        Self {
            origins,
            transformations,
        }
    }
}

/// Returns the resource that an object is by the memory in its annotations, which are taken out.
pub(super) fn recall(mut node: Node, origins: &Origins) -> Resource {
    let mut list = |key| -> Vec<SmolStr> {
        take_annotation(&mut node, key)
            .map(|text| text.split(',').map(SmolStr::from).collect())
            .unwrap_or_default()
    };
    let (names, namespaces, kinds) = (
        list(PREVIOUS_NAMES),
        list(PREVIOUS_NAMESPACES),
        list(PREVIOUS_KINDS),
    );
    let (prefixes, suffixes) = (list(PREFIXES), list(SUFFIXES));
    let mut text = |key| take_annotation(&mut node, key);
    let behavior = text(BEHAVIOR).map(|name| Behavior::named(&name).unwrap_or_default());
    let needs_hash = text(NEEDS_HASH).is_some_and(|value| value == "enabled");
    let provenance = text(ORIGIN).and_then(|text| origins.origins.get(text.as_str()).cloned());
    let transformations = text(TRANSFORMATIONS)
        .and_then(|text| origins.transformations.get(text.as_str()).cloned())
        .unwrap_or_default();
    let function_path = text(PATH[0]);
    text(PATH[1]);

    let now = Gvk::of(&node);
    let previous = names
        .into_iter()
        .zip(namespaces)
        .zip(kinds)
        .map(|((name, namespace), kind)| ResId {
            gvk: Gvk {
                kind,
                ..now.clone()
            },
            name,
            namespace,
        })
        .collect();
    Resource {
        previous,
        prefixes,
        suffixes,
        behavior,
        needs_hash,
        function_path,
        provenance,
        transformations,
        ..Resource::new(node)
    }
}

/// Takes an annotation out and returns its text. The map goes with its last one.
pub(super) fn take_annotation(node: &mut Node, key: &str) -> Option<SmolStr> {
    node.lookup(&["metadata", "annotations", key])?;
    let metadata = node.get_mut("metadata")?.as_mapping_mut()?;
    let annotations = metadata.get_mut("annotations")?.as_mapping_mut()?;
    let text = annotations
        .remove(key)?
        .value
        .text()
        .unwrap_or_default()
        .into();
    if annotations.is_empty() {
        metadata.remove("annotations");
        if metadata.is_empty() {
            remove(node, "metadata");
        }
    }
    Some(text)
}

fn remove(node: &mut Node, key: &str) {
    node.as_mapping_mut()
        .and_then(|fields: &mut Mapping| fields.remove(key));
}
