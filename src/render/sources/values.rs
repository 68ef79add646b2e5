//! Values of files and in place, one over the other.

use std::sync::Arc;

use crate::source::{Tree, TreePath};
use crate::yaml::{FileId, Limits, Mapping, Node, Origin, Value, parse};

use super::super::fleet::ValuesSource;
use super::SourceBuildError;

/// Returns a path from the fleet's folder.
pub(super) fn path(path: &str, at: Origin) -> Result<TreePath, SourceBuildError> {
    TreePath::new(path).map_err(|_| SourceBuildError::Escapes {
        path: path.to_owned(),
        at,
    })
}

/// Returns the mapping that the values add up to; mappings merge, all else replaces.
pub(super) fn merged(
    values: &ValuesSource,
    tree: &dyn Tree,
    at: Origin,
) -> Result<Node, SourceBuildError> {
    let mut merged = Node::mapping(Mapping::default(), at);
    for (name, at) in &values.files {
        let (file, content) = content(name, *at, tree)?;
        let documents =
            parse(&content, file, &Limits::default()).map_err(SourceBuildError::Values)?;
        for document in &documents {
            lay_over(&mut merged, document)?;
        }
    }
    if let Some(inline) = &values.inline {
        lay_over(&mut merged, inline)?;
    }
    Ok(merged)
}

/// Returns a values file.
pub(super) fn content(
    name: &str,
    at: Origin,
    tree: &dyn Tree,
) -> Result<(FileId, Arc<[u8]>), SourceBuildError> {
    let file = path(name, at)?;
    let source = |error| SourceBuildError::Source { error, at };
    if tree.kind(&file).map_err(source)?.is_none() {
        return Err(SourceBuildError::Missing {
            path: name.to_owned(),
            at,
        });
    }
    Ok((tree.file_id(&file), tree.read(&file).map_err(source)?))
}

fn lay_over(base: &mut Node, over: &Node) -> Result<(), SourceBuildError> {
    if over.as_mapping().is_none() {
        return Err(SourceBuildError::ValuesNotMapping { at: over.origin });
    }
    overlay(base, over);
    Ok(())
}

fn overlay(base: &mut Node, over: &Node) {
    let (Value::Mapping(entries), Value::Mapping(others)) = (&mut base.value, &over.value) else {
        *base = over.clone();
        return;
    };
    let entries = Arc::make_mut(entries);
    for entry in others.iter() {
        match entries.get_mut(&entry.key.text) {
            Some(value) => overlay(value, &entry.value),
            None => entries.push(entry.clone()),
        }
    }
}
