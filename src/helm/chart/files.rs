//! The files of a chart's folder.

use std::sync::Arc;

use crate::source::{EntryKind, Tree, TreePath};
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
        files: Vec::new(),
        left: MOST_BYTES,
    };
    walk.folder(folder, "", DEPTH)?;
    Ok(walk.files)
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
    files: Vec<File>,
    left: u64,
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
                EntryKind::File => self.file(&path, shown)?,
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &TreePath, name: String) -> Result<(), ChartError> {
        let id = self.tree.file_id(path);
        let data = self.tree.read(path)?;
        let at = Origin::file(id);
        self.left = self
            .left
            .checked_sub(data.len() as u64)
            .ok_or(ChartError::TooLarge {
                limit: MOST_BYTES,
                at,
            })?;
        if self.files.len() == MOST_FILES {
            return Err(ChartError::TooManyFiles {
                limit: MOST_FILES,
                at,
            });
        }
        let data = match data.strip_prefix(b"\xEF\xBB\xBF") {
            Some(rest) => Arc::from(rest),
            None => data,
        };
        self.files.push(File {
            name: name.into(),
            data,
            id,
        });
        Ok(())
    }
}
