//! Patches: strategic merge patches and JSON patches, with a target or for the resource they name.
//!
//! `read` makes a [`Config`] of what a kustomization or a plugin's configuration says; [`transform`]
//! lays it over the resources.

mod error;
mod memory;
mod read;
mod strategic;

use crate::merge::{JsonPatch, Schemas};
use crate::yaml::{Node, Origin};

use super::super::file::Text;
use super::super::history::Changes;
use super::super::selector::Selection;
use super::super::{ResMap, Resource};

pub(super) use error::PatchError;
pub(crate) use read::{PatchFields, from_json_6902, from_patch, from_strategic_merge};

/// What to do to which resources.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    change: Change,
    target: Option<Selection>,
    schemas: Schemas,
}

#[derive(Clone, Debug)]
enum Change {
    Strategic {
        patches: Vec<Node>,
        manner: Manner,
        may_change_name: bool,
        may_change_kind: bool,
    },
    Json {
        patch: JsonPatch,
        /// Whether the id before the patch is kept: `patches` does, `patchesJson6902` does not.
        remembers: bool,
        origin: Origin,
    },
}

/// How the reference tool prepares a strategic merge patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// As it is: in `patches`, without a target.
    AsIs,
    /// Its labels and annotations made texts, nulls among them: in `patchesStrategicMerge` and with a
    /// target.
    Copied,
}

impl Config {
    /// Returns what the patch changes, to find its line that deletes a field.
    pub(in crate::kustomize) fn changes(&self) -> Changes {
        match &self.change {
            Change::Strategic { patches, .. } => Changes::Strategic(patches.clone()),
            Change::Json { patch, .. } => Changes::Json(patch.clone()),
        }
    }

    /// Returns what selects the resources that the patch is for, unless the patch names its one.
    pub(in crate::kustomize) fn target(&self) -> Option<&Selection> {
        self.target.as_ref()
    }
}

/// Lays the patch over the resources it is for. Returns whether there were some.
pub(crate) fn transform(resources: &mut ResMap, config: &Config) -> Result<bool, PatchError> {
    match &config.change {
        Change::Strategic { .. } => strategic::transform(resources, config),
        Change::Json {
            patch,
            remembers,
            origin,
        } => {
            let Some(target) = &config.target else {
                return Err(PatchError::NoTarget { at: *origin });
            };
            let positions = target.positions(resources)?;
            let is_useful = !positions.is_empty();
            for position in positions {
                if let Some(mut resource) = resources.get_mut(position) {
                    apply_json(&mut resource, patch, *remembers)?;
                }
            }
            Ok(is_useful)
        }
    }
}

fn apply_json(
    resource: &mut Resource,
    patch: &JsonPatch,
    remembers: bool,
) -> Result<(), PatchError> {
    if remembers {
        resource.store_previous_id();
    }
    let before = resource.id();
    // The reference tool keeps its memory in annotations, so there a patch finds it.
    let meets_memory = patch.meets(&["metadata", "annotations"]);
    if meets_memory {
        memory::show(resource);
    }
    resource.node = patch
        .apply(&resource.node)
        .map_err(|error| PatchError::Json {
            error,
            resource: before,
        })?;
    if meets_memory {
        memory::read_list(resource)?;
        memory::hide(resource);
    }
    strategic::texts_in(&mut resource.node, "annotations");
    // What stood in several fields as one is now several.
    resource.shared.clear();
    Ok(())
}

/// Tells whether nothing is written there.
fn is_blank(text: &Text) -> bool {
    text.trim().is_empty()
}
