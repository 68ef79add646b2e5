//! `.argocd-source.yaml` and `.argocd-source-APP.yaml`: what a folder changes of the Applications that name it, as
//! image updaters write it.

use crate::source::{EntryKind, TreePath};
use crate::yaml::{DuplicateKeys, Limits, Node, parse_version_2};

use super::super::context::Context;
use super::super::error::Problem;
use super::super::overlay::lay_over;
use super::super::repository::kind;

/// The fields that such a file cannot change.
const FIXED: [&str; 4] = ["chart", "path", "repoURL", "targetRevision"];

/// Returns a source with what the files of its folder say over it.
pub(super) fn merged(
    context: &Context<'_>,
    source: &Node,
    folder: &TreePath,
    application: &str,
) -> Result<Node, Problem> {
    let at = source.origin;
    let mut merged = source.clone();
    let own = format!(".argocd-source-{application}.yaml");
    for name in [".argocd-source.yaml", own.as_str()] {
        let Ok(path) = folder.join(name) else {
            continue;
        };
        if kind(context.tree, &path, at)? != Some(EntryKind::File) {
            continue;
        }
        let content = context
            .tree
            .read(&path)
            .map_err(|error| Problem::Source { error, at })?;
        let patch = parse_version_2(
            &content,
            context.tree.file_id(&path),
            &Limits::default(),
            DuplicateKeys::LastCounts,
        )
        .map_err(|error| Problem::NotManifest { error })?;
        if let Some(patch) = patch {
            lay_over(&mut merged, &patch);
        }
    }
    let Some(fields) = merged.as_mapping_mut() else {
        return Ok(source.clone());
    };
    for field in FIXED {
        match source.get(field) {
            Some(value) => fields.insert(field, value.clone()),
            None => {
                fields.remove(field);
            }
        }
    }
    Ok(merged)
}
