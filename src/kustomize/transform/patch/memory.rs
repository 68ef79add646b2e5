//! The reference tool's memory of a resource as a JSON patch sees it: in annotations.

use smol_str::SmolStr;

use super::super::super::finish::{ORIGIN, TRANSFORMATIONS, is_memory};
use super::super::super::{Behavior, Provenance, ResId, Resource};
use super::PatchError;
use crate::yaml::{Mapping, Node};

const DOMAIN: &str = "internal.config.kubernetes.io/";

/// Makes a place of annotations where the reference tool has one for its memory.
pub(super) fn make_place(resource: &mut Resource) {
    let has_place = |metadata: &Mapping| {
        let annotations = metadata.get("annotations").and_then(Node::as_mapping);
        annotations.is_some()
    };
    if memory(resource).iter().all(|(_, text)| text.is_empty()) {
        return;
    }
    let at = resource.node.origin;
    if let Some(metadata) = resource.metadata_mut()
        && !has_place(metadata)
    {
        metadata.insert("annotations", Node::mapping(Mapping::default(), at));
    }
}

/// Writes the memory into the annotations.
pub(super) fn show(resource: &mut Resource) {
    let at = resource.node.origin;
    for (name, text) in memory(resource) {
        if !text.is_empty() {
            resource.set_annotation(&format!("{DOMAIN}{name}"), &text, at);
        }
    }
    if let Some(provenance) = &resource.provenance {
        let text = provenance.text();
        resource.set_annotation(ORIGIN, &text, at);
    }
    if !resource.transformations.is_empty() {
        let text = Provenance::list_text(&resource.transformations);
        resource.set_annotation(TRANSFORMATIONS, &text, at);
    }
    let annotations = resource
        .metadata_mut()
        .and_then(|m| m.get_mut("annotations"));
    if let Some(annotations) = annotations.and_then(Node::as_mapping_mut) {
        annotations.sort();
    }
}

/// Takes the memory out of the annotations, but for the origin: whether that is left says whether the
/// resource still has one.
pub(super) fn hide(resource: &mut Resource) {
    let metadata = resource
        .node
        .get_mut("metadata")
        .and_then(Node::as_mapping_mut);
    let annotations = metadata.and_then(|metadata| metadata.get_mut("annotations"));
    if let Some(annotations) = annotations.and_then(Node::as_mapping_mut) {
        annotations.retain(|entry| entry.key.text == ORIGIN || !is_memory(&entry.key.text));
    }
}

/// Reads a list of annotations as the reference tool does: as keys and values by turns. What is no such
/// list ends its process.
pub(super) fn read_list(resource: &mut Resource) -> Result<(), PatchError> {
    let annotations = resource.node.lookup(&["metadata", "annotations"]);
    let Some((at, items)) = annotations.and_then(|node| Some((node.origin, node.as_sequence()?)))
    else {
        return Ok(());
    };
    let mut pairs = Mapping::default();
    for pair in items.chunks(2) {
        let [key, value] = pair else {
            return Err(PatchError::AnnotationsAreList { at });
        };
        let key = key.as_str().ok_or(PatchError::AnnotationsAreList { at })?;
        pairs.insert(key, value.clone());
    }
    if let Some(metadata) = resource.metadata_mut() {
        metadata.insert("annotations", Node::mapping(pairs, at));
    }
    Ok(())
}

fn memory(resource: &Resource) -> Vec<(&'static str, String)> {
    let previous = |part: fn(&ResId) -> SmolStr| joined(resource.previous.iter().map(part));
    let behavior = match resource.behavior {
        None => "",
        Some(Behavior::Unspecified) => "unspecified",
        Some(Behavior::Create) => "create",
        Some(Behavior::Replace) => "replace",
        Some(Behavior::Merge) => "merge",
    };
    vec![
        ("previousKinds", previous(|id| id.gvk.kind.clone())),
        ("previousNames", previous(|id| id.name.clone())),
        ("previousNamespaces", previous(|id| id.namespace.clone())),
        ("prefixes", joined(resource.prefixes.iter().cloned())),
        ("suffixes", joined(resource.suffixes.iter().cloned())),
        (
            "refBy",
            joined(resource.referenced_by.iter().map(reference)),
        ),
        ("generatorBehavior", behavior.to_owned()),
        (
            "needsHashSuffix",
            (if resource.needs_hash { "enabled" } else { "" }).to_owned(),
        ),
    ]
}

fn joined(texts: impl Iterator<Item = SmolStr>) -> String {
    let texts: Vec<SmolStr> = texts.filter(|text| !text.is_empty()).collect();
    texts.join(",")
}

fn reference(id: &ResId) -> SmolStr {
    let or = |text: &SmolStr, missing: &str| {
        if text.is_empty() {
            missing.into()
        } else {
            text.clone()
        }
    };
    smol_str::format_smolstr!(
        "{}.{}.{}/{}.{}",
        or(&id.gvk.kind, "[noKind]"),
        or(&id.gvk.version, "[noVer]"),
        or(&id.gvk.group, "[noGrp]"),
        or(&id.name, "[noName]"),
        or(&id.namespace, "[noNs]")
    )
}
