//! The text of the files that messages point into.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::source::{Tree, TreePath};
use crate::yaml::{FileId, Origin};

/// Gives the lines that origins name. Each file is read once; one that cannot be read has no lines.
pub struct Sources<'t> {
    place: Place<'t>,
    files: Mutex<FxHashMap<FileId, Option<Arc<str>>>>,
}

enum Place<'t> {
    /// Names are relative to this folder.
    Disk(PathBuf),
    /// Names are paths in this tree.
    Tree(&'t dyn Tree),
}

impl<'t> Sources<'t> {
    /// Returns the files on disk, with names relative to a folder.
    pub fn disk(shown_from: &Path) -> Self {
        Self {
            place: Place::Disk(shown_from.to_owned()),
            files: Mutex::default(),
        }
    }

    /// Returns the files of a tree whose names are its paths, as those of a Git revision are.
    pub fn tree(tree: &'t dyn Tree) -> Self {
        Self {
            place: Place::Tree(tree),
            files: Mutex::default(),
        }
    }

    /// Returns the line at an origin, without its end.
    pub fn line(&self, origin: Origin) -> Option<String> {
        let index = usize::try_from(origin.line).ok()?.checked_sub(1)?;
        let text = self.text(origin.file)?;
        let line = text.lines().nth(index)?;
        Some(line.trim_end_matches('\r').to_owned())
    }

    fn text(&self, file: FileId) -> Option<Arc<str>> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files
            .entry(file)
            .or_insert_with(|| self.place.read(file))
            .clone()
    }
}

impl Place<'_> {
    fn read(&self, file: FileId) -> Option<Arc<str>> {
        let name = file.name();
        let bytes: Arc<[u8]> = match self {
            Self::Disk(folder) => std::fs::read(folder.join(&*name)).ok()?.into(),
            Self::Tree(tree) => tree.read(&TreePath::new(&name).ok()?).ok()?,
        };
        Some(String::from_utf8_lossy(&bytes).into())
    }
}
