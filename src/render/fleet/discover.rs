//! The fleet of a repository that has no fleet file.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{EntryKind, Tree, TreePath};
use crate::yaml::{DuplicateKeys, Limits, Node, Origin, parse_version_2};

use super::components::{
    ENVIRONMENT_FOLDERS, MAX_DEPTH, folders_in, kustomization_file, name_folders,
};
use super::error::{FleetError, FleetErrors};
use super::{DEFAULT_KUBERNETES, Environment, Fleet, SyncOptions};

/// The fields of a kustomization that name other folders.
const FOLDER_FIELDS: [&str; 3] = ["resources", "bases", "components"];
/// The folder beside which environments stand where none is named as one.
const BASE: &str = "base";

/// Finds every `overlays/ENV`, `environments/ENV` and `clusters/ENV` with a kustomization that no
/// other kustomization refers to. Where there is none, every folder of that kind beside a folder `base`:
/// `apps/base`, `apps/staging`, `apps/production`.
pub(super) fn discover(tree: &dyn Tree) -> Result<Fleet, FleetErrors> {
    let mut overlays: Vec<TreePath> = Vec::new();
    let mut beside_base: Vec<TreePath> = Vec::new();
    let mut referred: BTreeSet<TreePath> = BTreeSet::new();
    let mut to_visit = vec![(TreePath::root(), 0)];
    while let Some((folder, depth)) = to_visit.pop() {
        if let Some(file) = kustomization_file(tree, &folder)? {
            let is_component = refer(tree, &folder, &file, &mut referred);
            if !is_component && is_overlay(&folder) {
                overlays.push(folder.clone());
            } else if !is_component && is_beside_base(tree, &folder) {
                beside_base.push(folder.clone());
            }
        }
        if depth < MAX_DEPTH {
            let inside = folders_in(tree, &folder)?;
            to_visit.extend(inside.into_iter().map(|path| (path, depth + 1)));
        }
    }
    for found in [&mut overlays, &mut beside_base] {
        found.retain(|overlay| !referred.contains(overlay));
        found.sort_unstable();
    }
    if overlays.is_empty() {
        overlays = beside_base;
    }
    let mut by_environment: BTreeMap<String, Vec<TreePath>> = BTreeMap::new();
    for overlay in overlays {
        if let Some(environment) = overlay.name().map(str::to_owned) {
            by_environment.entry(environment).or_default().push(overlay);
        }
    }
    if by_environment.is_empty() {
        return Err(FleetError::NotFound {
            folder: tree.file_id(&TreePath::root()).name().to_string(),
        }
        .into());
    }
    let mut environments = Vec::with_capacity(by_environment.len());
    for (name, folders) in by_environment {
        let origin = folders.first().map_or_else(
            || Origin::file(tree.file_id(&TreePath::root())),
            |folder| Origin::file(tree.file_id(folder)),
        );
        let components = name_folders(folders, &name, tree).map_err(FleetErrors)?;
        environments.push(Environment {
            name,
            origin,
            kubernetes: DEFAULT_KUBERNETES.to_owned(),
            kubernetes_at: None,
            after: Vec::new(),
            components,
            target: None,
            sync: SyncOptions::default(),
        });
    }
    Ok(Fleet {
        name: "fleet".to_owned(),
        file: None,
        environments,
        policies: Vec::new(),
        review: None,
        expand: super::ExpandSettings::default(),
    })
}

/// Tells whether a folder is named as an overlay: `overlays/dev`.
fn is_overlay(folder: &TreePath) -> bool {
    let parent = folder.parent();
    let parent = parent.as_ref().and_then(TreePath::name);
    parent.is_some_and(|parent| ENVIRONMENT_FOLDERS.contains(&parent))
}

/// Tells whether a folder stands beside one that is named `base`.
fn is_beside_base(tree: &dyn Tree, folder: &TreePath) -> bool {
    let Some(base) = folder.parent().and_then(|parent| parent.join(BASE).ok()) else {
        return false;
    };
    base != *folder && matches!(tree.kind(&base), Ok(Some(EntryKind::Directory)))
}

/// Notes the folders that a kustomization refers to; returns whether it is a `Component`.
///
/// What is wrong with the file is for the build to say.
fn refer(
    tree: &dyn Tree,
    folder: &TreePath,
    file: &TreePath,
    referred: &mut BTreeSet<TreePath>,
) -> bool {
    let Ok(content) = tree.read(file) else {
        return false;
    };
    let Ok(Some(document)) = parse_version_2(
        &content,
        tree.file_id(file),
        &Limits::default(),
        DuplicateKeys::LastCounts,
    ) else {
        return false;
    };
    let entries = document
        .as_mapping()
        .into_iter()
        .flatten()
        .filter(|entry| {
            FOLDER_FIELDS
                .iter()
                .any(|field| entry.key.text.eq_ignore_ascii_case(field))
        })
        .filter_map(|entry| entry.value.as_sequence())
        .flatten();
    for entry in entries {
        let path = entry.text().and_then(|text| folder.join(text).ok());
        if let Some(path) = path
            && path != *folder
        {
            referred.insert(tree.resolve(&path).unwrap_or(path));
        }
    }
    document.get("kind").and_then(Node::text) == Some("Component")
}
