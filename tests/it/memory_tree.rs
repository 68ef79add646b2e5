//! A tree of files in memory, for builds by the thousand.

use std::collections::BTreeMap;
use std::sync::Arc;

use lockgate::source::{EntryKind, SourceError, Tree, TreePath};
use lockgate::yaml::FileId;

/// Files by path; what is before a slash is a folder.
#[derive(Default)]
pub(crate) struct MemoryTree(BTreeMap<String, Arc<[u8]>>);

impl MemoryTree {
    pub(crate) fn add(&mut self, path: &str, content: &[u8]) {
        self.0.insert(path.to_owned(), content.into());
    }

    fn has_below(&self, folder: &str) -> bool {
        let mut after = self.0.range(folder.to_owned()..);
        after.any(|(path, _)| is_below(path, folder))
    }
}

/// Returns what follows a folder in a path.
fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    if folder.is_empty() {
        return Some(path);
    }
    path.strip_prefix(folder)?.strip_prefix('/')
}

fn is_below(path: &str, folder: &str) -> bool {
    below(path, folder).is_some()
}

impl Tree for MemoryTree {
    fn kind(&self, path: &TreePath) -> Result<Option<EntryKind>, SourceError> {
        Ok(if self.0.contains_key(path.as_str()) {
            Some(EntryKind::File)
        } else if path.is_root() || self.has_below(path.as_str()) {
            Some(EntryKind::Directory)
        } else {
            None
        })
    }

    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, SourceError> {
        let content = self.0.get(path.as_str());
        content.cloned().ok_or_else(|| SourceError::NotFound {
            file: self.file_id(path),
        })
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(String, EntryKind)>, SourceError> {
        let mut entries = BTreeMap::new();
        for name in self.0.keys().filter_map(|file| below(file, path.as_str())) {
            match name.split_once('/') {
                Some((name, _)) => entries.insert(name.to_owned(), EntryKind::Directory),
                None => entries.insert(name.to_owned(), EntryKind::File),
            };
        }
        Ok(entries.into_iter().collect())
    }

    fn resolve(&self, path: &TreePath) -> Result<TreePath, SourceError> {
        match self.kind(path)? {
            Some(_) => Ok(path.clone()),
            None => Err(SourceError::NotFound {
                file: self.file_id(path),
            }),
        }
    }

    fn file_id(&self, path: &TreePath) -> FileId {
        FileId::of(path.as_str())
    }
}
