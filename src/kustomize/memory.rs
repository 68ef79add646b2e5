//! What the reference tool remembers of a resource: in annotations, which JSON patches and functions see.

use smol_str::SmolStr;

use super::{Provenance, ResId, Resource};

pub(super) const ORIGIN: &str = "config.kubernetes.io/origin";
pub(super) const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";

pub(super) const PREVIOUS_KINDS: &str = "internal.config.kubernetes.io/previousKinds";
pub(super) const PREVIOUS_NAMES: &str = "internal.config.kubernetes.io/previousNames";
pub(super) const PREVIOUS_NAMESPACES: &str = "internal.config.kubernetes.io/previousNamespaces";
pub(super) const PREFIXES: &str = "internal.config.kubernetes.io/prefixes";
pub(super) const SUFFIXES: &str = "internal.config.kubernetes.io/suffixes";
pub(super) const BEHAVIOR: &str = "internal.config.kubernetes.io/generatorBehavior";
pub(super) const NEEDS_HASH: &str = "internal.config.kubernetes.io/needsHashSuffix";

/// All annotations that hold some of it, so that nobody's survives a build.
const ALL: [&str; 21] = [
    ORIGIN,
    TRANSFORMATIONS,
    PREVIOUS_KINDS,
    PREVIOUS_NAMES,
    PREVIOUS_NAMESPACES,
    PREFIXES,
    SUFFIXES,
    BEHAVIOR,
    NEEDS_HASH,
    "config.kubernetes.io/index",
    "config.kubernetes.io/path",
    "config.k8s.io/id",
    "internal.config.kubernetes.io/allowNameChange",
    "internal.config.kubernetes.io/allowKindChange",
    "internal.config.kubernetes.io/refBy",
    "internal.config.kubernetes.io/path",
    "internal.config.kubernetes.io/index",
    "internal.config.kubernetes.io/seqindent",
    "internal.config.kubernetes.io/id",
    "internal.config.kubernetes.io/annotations-migration-resource-id",
    "internal.config.kubernetes.io/helm-generated",
];

/// Tells whether an annotation holds some of the memory.
pub(super) fn is_memory(key: &str) -> bool {
    ALL.contains(&key)
}

/// Returns the annotations that hold the memory of a resource, with their texts.
pub(super) fn texts(resource: &Resource) -> Vec<(&'static str, String)> {
    let previous = |part: fn(&ResId) -> SmolStr| joined(resource.previous.iter().map(part));
    let behavior = resource.behavior.map(|behavior| behavior.name().to_owned());
    let needs_hash = resource.needs_hash.then(|| "enabled".to_owned());
    let mut texts = vec![
        (PREVIOUS_KINDS, previous(|id| id.gvk.kind.clone())),
        (PREVIOUS_NAMES, previous(|id| id.name.clone())),
        (PREVIOUS_NAMESPACES, previous(|id| id.namespace.clone())),
        (PREFIXES, joined(resource.prefixes.iter().cloned())),
        (SUFFIXES, joined(resource.suffixes.iter().cloned())),
        (BEHAVIOR, behavior.unwrap_or_default()),
        (NEEDS_HASH, needs_hash.unwrap_or_default()),
    ];
    texts.retain(|(_, text)| !text.is_empty());
    texts
}

/// Returns the annotations that tell where a resource came from, with their texts, while a `buildMetadata`
/// asks for that.
pub(super) fn provenance_texts(resource: &Resource) -> Vec<(&'static str, String)> {
    let origin = resource.provenance.as_ref().map(Provenance::text);
    let mut texts = vec![
        (ORIGIN, origin.unwrap_or_default()),
        (
            TRANSFORMATIONS,
            Provenance::list_text(&resource.transformations),
        ),
    ];
    texts.retain(|(_, text)| !text.is_empty());
    texts
}

fn joined(texts: impl Iterator<Item = SmolStr>) -> String {
    let texts: Vec<SmolStr> = texts.filter(|text| !text.is_empty()).collect();
    texts.join(",")
}
