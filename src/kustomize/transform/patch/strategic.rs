//! Strategic merge patches over resources.

use smol_str::SmolStr;

use crate::merge::strategic_merge;
use crate::yaml::{Entry, Mapping, Node, Origin, Scalar};

use super::super::super::{ResId, ResMap, Resource};
use super::super::scalar::untyped;
use super::super::shared::settle;
use super::{Change, Config, Manner, PatchError, memory};

pub(super) fn transform(resources: &mut ResMap, config: &Config) -> Result<bool, PatchError> {
    let Change::Strategic {
        patches, manner, ..
    } = &config.change
    else {
        return Ok(false);
    };
    let mut is_useful = false;
    let mut deleted = Vec::new();
    for patch in patches {
        let positions = match &config.target {
            Some(target) => target.positions(resources)?,
            None => vec![position_of(resources, patch)?],
        };
        is_useful |= !positions.is_empty();
        let mut prepared = patch.clone();
        if *manner == Manner::Copied {
            texts_in(&mut prepared, "labels");
            texts_in(&mut prepared, "annotations");
        }
        for position in positions {
            let Some(mut resource) = resources.get_mut(position) else {
                continue;
            };
            if config.target.is_some() {
                take_api_version(&mut prepared, &resource);
            }
            if apply(&mut resource, &prepared, config)? == Fate::Deleted {
                deleted.push(position);
            }
            settle(&mut resource);
        }
        remove(resources, &mut deleted);
        if *manner == Manner::Copied && may_rename(config) {
            let all = std::mem::take(resources).into_vec();
            resources.append_all(all)?;
        }
    }
    Ok(is_useful)
}

/// Makes a map of metadata's values texts, nulls among them; takes it out where it is empty.
pub(super) fn texts_in(node: &mut Node, field: &str) {
    let is_text = |entry: &Entry| entry.value.as_str().is_some();
    match node.lookup(&["metadata", field]) {
        None => return,
        Some(map) => {
            if let Some(map) = map.as_mapping()
                && !map.is_empty()
                && map.iter().all(is_text)
            {
                return;
            }
        }
    }
    let Some(metadata) = node.get_mut("metadata").and_then(Node::as_mapping_mut) else {
        return;
    };
    let is_empty = |map: &Node| map.as_mapping().is_none_or(Mapping::is_empty);
    if metadata.get(field).is_none_or(is_empty) {
        metadata.remove(field);
        return;
    }
    let Some(map) = metadata.get_mut(field).and_then(Node::as_mapping_mut) else {
        return;
    };
    for entry in map.iter_mut() {
        let text: SmolStr = entry.value.text().unwrap_or_default().into();
        entry.key = Scalar::string(entry.key.text.clone());
        entry.value = Node::string(text, entry.value.origin);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept,
    Deleted,
}

fn apply(resource: &mut Resource, patch: &Node, config: &Config) -> Result<Fate, PatchError> {
    let Change::Strategic {
        may_change_name,
        may_change_kind,
        ..
    } = config.change
    else {
        return Ok(Fate::Kept);
    };
    if may_rename(config) {
        resource.store_previous_id();
    }
    if patch.lookup(&["metadata", "annotations"]).is_some() {
        memory::make_place(resource);
    }
    let merged = strategic_merge(&resource.node, patch, &config.schemas).map_err(|error| {
        PatchError::Merge {
            error,
            resource: resource.id(),
        }
    })?;
    let is_empty = |node: &Node| node.as_mapping().is_some_and(Mapping::is_empty);
    let Some(merged) = merged.filter(|node| !is_empty(node)) else {
        return Ok(Fate::Deleted);
    };
    let old = std::mem::replace(&mut resource.node, merged);
    if wipes_annotations(patch) {
        forget(resource);
    }
    if !may_change_kind {
        restore(&mut resource.node, &old, "kind");
    }
    if !may_change_name {
        restore_in_metadata(resource, &old, "name");
    }
    restore_in_metadata(resource, &old, "namespace");
    Ok(Fate::Kept)
}

fn may_rename(config: &Config) -> bool {
    matches!(
        config.change,
        Change::Strategic { may_change_name, may_change_kind, .. } if may_change_name || may_change_kind
    )
}

/// Tells whether a patch replaces all annotations, in which the reference tool keeps a resource's memory.
fn wipes_annotations(patch: &Node) -> bool {
    let is_wiped = |node: &Node| {
        node.is_null()
            || node
                .get("$patch")
                .is_some_and(|directive| directive.text() != Some("merge"))
    };
    [&[][..], &["metadata"], &["metadata", "annotations"]]
        .iter()
        .filter_map(|path| patch.lookup(path))
        .any(is_wiped)
}

fn forget(resource: &mut Resource) {
    let node = resource.node.clone();
    *resource = Resource {
        provenance: resource.provenance.take(),
        transformations: std::mem::take(&mut resource.transformations),
        vars: std::mem::take(&mut resource.vars),
        history: std::mem::take(&mut resource.history),
        ..Resource::new(node)
    };
}

fn restore(node: &mut Node, old: &Node, field: &str) {
    let (Some(now), Some(before)) = (node.get(field), old.get(field)) else {
        return;
    };
    if now.text() != before.text()
        && let Some(fields) = node.as_mapping_mut()
    {
        fields.insert(field, before.clone());
    }
}

fn restore_in_metadata(resource: &mut Resource, old: &Node, field: &str) {
    let path = ["metadata", field];
    let (now, before) = (resource.node.lookup(&path), old.lookup(&path));
    if now.and_then(Node::text) == before.and_then(Node::text) {
        return;
    }
    let before = before.cloned();
    let Some(metadata) = resource.metadata_mut() else {
        return;
    };
    match before {
        Some(before) => metadata.insert(field, before),
        None => {
            metadata.remove(field);
        }
    }
}

/// A patch that is laid over many has the `apiVersion` of each, be it none.
fn take_api_version(patch: &mut Node, resource: &Resource) {
    let version = resource.node.get("apiVersion");
    let is_same = |ours: &Node| version.is_some_and(|version| version.text() == ours.text());
    if patch.get("apiVersion").is_some_and(is_same) {
        return;
    }
    let version = match version {
        Some(version) if !version.is_null() => version.clone(),
        _ => untyped("", resource.node.origin),
    };
    if let Some(fields) = patch.as_mapping_mut() {
        fields.insert("apiVersion", version);
    }
}

fn remove(resources: &mut ResMap, deleted: &mut Vec<usize>) {
    if deleted.is_empty() {
        return;
    }
    let mut position = 0;
    let mut deleted = std::mem::take(deleted).into_iter().peekable();
    resources.retain(|_| {
        position += 1;
        deleted.next_if_eq(&(position - 1)).is_none()
    });
}

/// Returns where the one resource stands that a patch names, by an id it has or had.
fn position_of(resources: &ResMap, patch: &Node) -> Result<usize, PatchError> {
    let id = ResId::of(patch);
    match resources.positions_of_any(&id).as_slice() {
        [position] => Ok(*position),
        [] => Err(PatchError::NoMatch {
            at: patch.origin,
            nearest: nearest(resources, &id),
            id,
        }),
        several => Err(PatchError::SeveralMatches {
            id,
            at: patch.origin,
            found: several
                .iter()
                .filter_map(|position| resources.get(*position))
                .map(|resource| resource.node.origin)
                .collect(),
        }),
    }
}

fn nearest(resources: &ResMap, id: &ResId) -> Option<Box<(ResId, Origin)>> {
    resources
        .iter()
        .map(|resource| {
            let have = resource.id();
            let distance = strsim::damerau_levenshtein(&have.name, &id.name)
                + if have.gvk.kind == id.gvk.kind { 0 } else { 2 };
            (distance, have, resource.node.origin)
        })
        .min_by_key(|(distance, ..)| *distance)
        .filter(|(distance, ..)| *distance <= 2 + id.name.len() / 3)
        .map(|(_, have, origin)| Box::new((have, origin)))
}
