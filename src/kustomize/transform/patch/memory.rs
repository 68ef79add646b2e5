//! The reference tool's memory of a resource as a JSON patch sees it: in annotations.

use super::super::super::Resource;
use super::super::super::memory::{ORIGIN, is_memory, provenance_texts, texts};
use super::PatchError;
use crate::yaml::{Mapping, Node};

/// Makes a place of annotations where the reference tool has one for its memory.
pub(super) fn make_place(resource: &mut Resource) {
    let has_place = |metadata: &Mapping| {
        let annotations = metadata.get("annotations").and_then(Node::as_mapping);
        annotations.is_some()
    };
    if texts(resource).is_empty() {
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
    let remembered = texts(resource).into_iter();
    for (key, text) in remembered.chain(provenance_texts(resource)) {
        resource.set_annotation(key, &text, at);
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
