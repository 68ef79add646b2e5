//! The files of a chart's folder.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use rayon::prelude::*;
use smol_str::SmolStr;

use crate::source::{Content, EntryKind, Tree, TreePath};
use crate::yaml::Origin;

use super::archive::{MOST_BYTES, MOST_FILES};
use super::ignore::Rules;
use super::{ChartError, File};

/// How deep folders may nest: more means that a link leads to a folder above.
const DEPTH: usize = 64;

/// Returns the files of a chart's folder that no rule leaves out, in the order of a walk: by name, folders where
/// their names stand. Links are followed as far as the tree lets them lead.
pub(crate) fn collect(tree: &dyn Tree, folder: &TreePath) -> Result<Vec<File>, ChartError> {
    let ignore = child(tree, folder, ".helmignore")?;
    let text = match tree.kind(&ignore)? {
        Some(EntryKind::File) => tree.read(&ignore)?,
        _ => Arc::from([]),
    };
    let rules = Rules::parse(&text, tree.file_id(&ignore))?;
    let mut walk = Walk {
        tree,
        rules,
        found: Vec::new(),
    };
    walk.folder(folder, "", DEPTH)?;
    let left = AtomicU64::new(MOST_BYTES);
    let read = |(path, name): (TreePath, SmolStr)| file(tree, &path, name, &left);
    walk.found.into_par_iter().map(read).collect()
}

/// Returns the path of an entry of a folder.
pub(crate) fn child(
    tree: &dyn Tree,
    folder: &TreePath,
    name: &str,
) -> Result<TreePath, ChartError> {
    folder.join(name).map_err(|error| ChartError::Path {
        error,
        at: Origin::file(tree.file_id(folder)),
    })
}

struct Walk<'t> {
    tree: &'t dyn Tree,
    rules: Rules,
    /// The files, each with its name from the chart's folder.
    found: Vec<(TreePath, SmolStr)>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &TreePath, prefix: &str, depth: usize) -> Result<(), ChartError> {
        let at = || Origin::file(self.tree.file_id(folder));
        let Some(depth) = depth.checked_sub(1) else {
            return Err(ChartError::TooDeep {
                limit: DEPTH,
                at: at(),
            });
        };
        for (name, kind) in self.tree.list(folder)? {
            let path = child(self.tree, folder, &name)?;
            let shown = format!("{prefix}{name}");
            if self.rules.ignore(&shown, kind == EntryKind::Directory) {
                continue;
            }
            match kind {
                EntryKind::Directory => self.folder(&path, &format!("{shown}/"), depth)?,
                EntryKind::File if self.found.len() == MOST_FILES => {
                    return Err(ChartError::TooManyFiles {
                        limit: MOST_FILES,
                        at: Origin::file(self.tree.file_id(&path)),
                    });
                }
                EntryKind::File => self.found.push((path, shown.into())),
            }
        }
        Ok(())
    }
}

/// Reads a file, as long as all files together are not too large. One that only templates look at is read when one
/// does: most look at few.
fn file(
    tree: &dyn Tree,
    path: &TreePath,
    name: SmolStr,
    left: &AtomicU64,
) -> Result<File, ChartError> {
    let id = tree.file_id(path);
    let content = if is_part(&name) {
        without_mark(tree.read(path)?).into()
    } else {
        let content = tree.read_later(path)?;
        Content::later(content.length(), move || {
            content
                .get()
                .cloned()
                .map(without_mark)
                .map_err(Clone::clone)
        })
    };
    let take = |left: u64| left.checked_sub(content.length());
    if left.fetch_update(Relaxed, Relaxed, take).is_err() {
        return Err(ChartError::TooLarge {
            limit: MOST_BYTES,
            at: Origin::file(id),
        });
    }
    Ok(File { name, content, id })
}

/// The content without a byte order mark.
fn without_mark(data: Arc<[u8]>) -> Arc<[u8]> {
    match data.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => Arc::from(rest),
        None => data,
    }
}

/// Whether a file is a part of the chart, or of one in its `charts/`: not only what templates may look at.
fn is_part(mut name: &str) -> bool {
    while let Some(below) = name.strip_prefix("charts/") {
        match below.split_once('/') {
            Some((_, rest)) => name = rest,
            // A packed chart.
            None => return true,
        }
    }
    name.starts_with("templates/")
        || matches!(
            name,
            "Chart.yaml"
                | "Chart.lock"
                | "values.yaml"
                | "values.schema.json"
                | "requirements.yaml"
                | "requirements.lock"
        )
}
