//! The text of the files that messages point into.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::source::Tree;
use crate::yaml::{FileId, Origin};

use super::shown_line::shown_line;

/// Gives the lines that origins name. Each file is read once; one that cannot be read has no lines.
pub struct Sources<'t> {
    place: Place<'t>,
    files: Mutex<FxHashMap<FileId, Option<Arc<str>>>>,
}

enum Place<'t> {
    /// Names are relative to this folder.
    Disk(PathBuf),
    /// Names are those that these trees give; the first that has the file is read.
    Trees(Vec<&'t dyn Tree>),
}

impl<'t> Sources<'t> {
    /// Returns the files on disk, with names relative to a folder.
    pub fn disk(shown_from: &Path) -> Self {
        Self {
            place: Place::Disk(shown_from.to_owned()),
            files: Mutex::default(),
        }
    }

    /// Returns the files of trees. Without any, places are named and no line is shown.
    pub fn trees(trees: impl IntoIterator<Item = &'t dyn Tree>) -> Self {
        Self {
            place: Place::Trees(trees.into_iter().collect()),
            files: Mutex::default(),
        }
    }

    /// Returns the line at an origin, without its end and without a secret's value.
    pub fn line(&self, origin: Origin) -> Option<String> {
        let index = usize::try_from(origin.line).ok()?.checked_sub(1)?;
        let text = self.text(origin.file)?;
        shown_line(&origin.file.name(), &text, index)
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
        let bytes: Arc<[u8]> = match self {
            Self::Disk(folder) => std::fs::read(folder.join(&*file.name())).ok()?.into(),
            Self::Trees(trees) => trees
                .iter()
                .find_map(|tree| tree.read(&tree.path_of(file)?).ok())?,
        };
        Some(String::from_utf8_lossy(&bytes).into())
    }
}
