//! Files with Tera templates.

use crate::kustomize::Made;
use crate::source::{EntryKind, Recorded, Tree, TreePath};
use crate::tera::{Template, render};
use crate::yaml::{DuplicateKeys, Origin, parse_made};

use super::super::fleet::TeraSource;
use super::SourceBuildError;
use super::values::{merged, path};

/// The deepest folder that is looked into.
const DEEPEST: usize = 16;

/// The most files.
const MOST_FILES: usize = 2_000;

/// Renders the manifests of a source.
pub(super) fn made(source: &TeraSource, tree: &dyn Tree) -> Result<Made, SourceBuildError> {
    let recorded = Recorded::new(tree);
    let values = merged(&source.values, &recorded, source.at)?;
    let templates = templates(source, &recorded)?;
    let mut documents = Vec::new();
    for rendered in render(&templates, &values)? {
        let found = parse_made(
            rendered.text,
            rendered.file,
            DuplicateKeys::Refused,
            Box::new(rendered.spans),
        );
        documents.append(&mut found.map_err(SourceBuildError::Rendered)?);
    }
    Ok(Made {
        step: "tera",
        at: source.at,
        documents,
        reads: recorded.into_log(),
        warnings: Vec::new(),
    })
}

/// Reads a file, or the files of a folder but hidden ones and those of values.
fn templates(source: &TeraSource, tree: &dyn Tree) -> Result<Vec<Template>, SourceBuildError> {
    let at = source.at;
    let root = path(&source.path, at)?;
    let mut values = Vec::new();
    for (file, at) in &source.values.files {
        values.push(path(file, *at)?);
    }
    let of_tree = |error| SourceBuildError::Source { error, at };
    let mut templates = Vec::new();
    match tree.kind(&root).map_err(of_tree)? {
        None => {
            return Err(SourceBuildError::Missing {
                path: source.path.clone(),
                at,
            });
        }
        Some(EntryKind::File) => templates.push(template(tree, &root, root.name(), at)?),
        Some(EntryKind::Directory) => {
            let mut to_visit = vec![(root.clone(), 0)];
            while let Some((folder, depth)) = to_visit.pop() {
                for (name, kind) in tree.list(&folder).map_err(of_tree)? {
                    let Ok(path) = folder.join(&name) else {
                        continue;
                    };
                    if name.starts_with('.') || values.contains(&path) {
                        continue;
                    }
                    match kind {
                        EntryKind::Directory if depth < DEEPEST => to_visit.push((path, depth + 1)),
                        EntryKind::File if is_template(&name) && templates.len() < MOST_FILES => {
                            let below = path.as_str().strip_prefix(root.as_str());
                            let name = below.map(|name| name.trim_start_matches('/'));
                            templates.push(template(tree, &path, name, at)?);
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    if templates.iter().all(|template| template.is_partial) {
        return Err(SourceBuildError::NoManifests {
            path: source.path.clone(),
            at,
        });
    }
    Ok(templates)
}

fn template(
    tree: &dyn Tree,
    path: &TreePath,
    name: Option<&str>,
    at: Origin,
) -> Result<Template, SourceBuildError> {
    let file = tree.file_id(path);
    let content = tree
        .read(path)
        .map_err(|error| SourceBuildError::Source { error, at })?;
    let text = std::str::from_utf8(&content).map_err(|_| SourceBuildError::NotText {
        at: Origin::file(file),
    })?;
    let name = name.unwrap_or(path.as_str());
    let base = path.name().unwrap_or_default();
    Ok(Template {
        name: name.to_owned(),
        file,
        text: text.to_owned(),
        is_partial: base.starts_with('_') || !is_manifest(base),
    })
}

/// Whether a file is a manifest: `.yaml`, `.yml`, either with `.tera` or `.j2` behind it.
fn is_manifest(name: &str) -> bool {
    let name = name
        .strip_suffix(".tera")
        .or(name.strip_suffix(".j2"))
        .unwrap_or(name);
    [".yaml", ".yml"].iter().any(|end| name.ends_with(end))
}

/// Whether a file may be included by others.
fn is_template(name: &str) -> bool {
    is_manifest(name) || [".tera", ".j2"].iter().any(|end| name.ends_with(end))
}
