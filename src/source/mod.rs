//! The tree of files that a render reads, and nothing else of the outside world.
//!
//! A [`Tree`] is read-only and has two backings: a folder on disk ([`DiskTree`]) and a Git revision
//! read from the object store with no checkout ([`GitTree`]). Paths are [`TreePath`]s: they cannot
//! leave the root, and links that would are errors. [`Recorded`] notes each read of a tree. What a tree
//! takes from elsewhere, [`remote`] gives.

mod content;
mod disk;
mod error;
mod git;
mod home;
mod path;
mod record;
pub mod remote;
mod shown;

use std::path::PathBuf;
use std::sync::Arc;

use crate::yaml::FileId;

pub use content::Content;
pub use disk::DiskTree;
pub use error::SourceError;
pub use git::GitTree;
pub use home::HomeRepository;
pub use path::{PathError, TreePath};
pub use record::{Read, ReadLog, Recorded};

/// The largest file that is read.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// A read-only tree of files.
pub trait Tree: Send + Sync {
    /// Returns what stands at a path, links followed; `None` where nothing does.
    fn kind(&self, path: &TreePath) -> Result<Option<EntryKind>, SourceError>;

    /// Returns a file's content, links followed.
    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, SourceError>;

    /// Returns a file's content, links followed, which may be read only when somebody asks for it. That it can be read
    /// is seen now.
    fn read_later(&self, path: &TreePath) -> Result<Content, SourceError> {
        self.read(path).map(Content::from)
    }

    /// Returns the names in a folder with their kinds, sorted bytewise.
    fn list(&self, path: &TreePath) -> Result<Vec<(String, EntryKind)>, SourceError>;

    /// Returns the path with every link in it resolved.
    fn resolve(&self, path: &TreePath) -> Result<TreePath, SourceError>;

    /// Returns the name under which people know a path: relative to where they stand.
    fn file_id(&self, path: &TreePath) -> FileId;

    /// Returns where a folder without links is on disk, if the tree is a part of the disk.
    fn folder_on_disk(&self, _path: &TreePath) -> Option<PathBuf> {
        None
    }

    /// Returns the path that people know under a name, if it is in the tree; undoes [`Tree::file_id`].
    fn path_of(&self, file: FileId) -> Option<TreePath> {
        TreePath::new(&file.name()).ok()
    }
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// A file.
    File,
    /// A folder.
    Directory,
}
