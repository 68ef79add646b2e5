//! The record of what a render read.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::yaml::FileId;

use super::remote::{ChartPin, FilePin, RepositoryPin};
use super::{Content, EntryKind, SourceError, Tree, TreePath};

/// One look at a tree. That nothing stood at a path is a fact that a result depends on, too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Read {
    /// A file's content.
    File(TreePath),
    /// What stands at a path, if anything.
    Kind(TreePath),
    /// The names in a folder.
    Listing(TreePath),
    /// A repository at a commit: whatever was looked at in it follows from that.
    Repository(RepositoryPin),
    /// A file of a server.
    RemoteFile(FilePin),
    /// A chart of a repository.
    Chart(ChartPin),
}

/// All looks at a tree that a result depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadLog {
    reads: BTreeSet<Read>,
}

impl ReadLog {
    /// Notes a read.
    pub fn insert(&mut self, read: Read) {
        self.reads.insert(read);
    }

    /// Notes all that another log holds.
    pub fn extend(&mut self, other: &ReadLog) {
        self.reads.extend(other.reads.iter().cloned());
    }

    /// Leaves out what was read of a tree, and keeps what is from elsewhere.
    pub fn leave_out_trees(&mut self) {
        self.reads.retain(|read| match read {
            Read::File(_) | Read::Kind(_) | Read::Listing(_) => false,
            Read::Repository(_) | Read::RemoteFile(_) | Read::Chart(_) => true,
        });
    }

    /// Returns the reads in order, each once.
    pub fn iter(&self) -> impl Iterator<Item = &Read> {
        self.reads.iter()
    }
}

/// A tree that notes what is read from it.
pub struct Recorded<'t> {
    tree: &'t dyn Tree,
    log: Mutex<ReadLog>,
}

impl<'t> Recorded<'t> {
    /// Returns the tree with an empty log.
    pub fn new(tree: &'t dyn Tree) -> Self {
        Self {
            tree,
            log: Mutex::default(),
        }
    }

    /// Returns what was read.
    pub fn into_log(self) -> ReadLog {
        self.log
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, read: Read) {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(read);
    }
}

impl Tree for Recorded<'_> {
    fn kind(&self, path: &TreePath) -> Result<Option<EntryKind>, SourceError> {
        self.note(Read::Kind(path.clone()));
        self.tree.kind(path)
    }

    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, SourceError> {
        self.note(Read::File(path.clone()));
        self.tree.read(path)
    }

    fn read_later(&self, path: &TreePath) -> Result<Content, SourceError> {
        self.note(Read::File(path.clone()));
        self.tree.read_later(path)
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(String, EntryKind)>, SourceError> {
        self.note(Read::Listing(path.clone()));
        self.tree.list(path)
    }

    fn resolve(&self, path: &TreePath) -> Result<TreePath, SourceError> {
        self.note(Read::Kind(path.clone()));
        self.tree.resolve(path)
    }

    fn file_id(&self, path: &TreePath) -> FileId {
        self.tree.file_id(path)
    }

    fn folder_on_disk(&self, path: &TreePath) -> Option<PathBuf> {
        self.tree.folder_on_disk(path)
    }

    fn path_of(&self, file: FileId) -> Option<TreePath> {
        self.tree.path_of(file)
    }
}
