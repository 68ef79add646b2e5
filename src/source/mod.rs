//! The tree of files that a render reads, and nothing else of the outside world.
//!
//! A [`Tree`] is read-only and has two backings: a folder on disk ([`DiskTree`]) and a Git revision
//! read from the object store with no checkout (`GitTree`). Paths are [`TreePath`]s: they cannot
//! leave the root, and links that would are errors. [`Recorded`] notes each read of a tree.

mod disk;
mod path;
mod record;

use std::sync::Arc;

use crate::yaml::FileId;

pub use disk::DiskTree;
pub use path::{PathError, TreePath};
pub use record::{Read, ReadLog, Recorded};

/// A read-only tree of files.
pub trait Tree: Send + Sync {
    /// Returns what stands at a path, links followed; `None` where nothing does.
    fn kind(&self, path: &TreePath) -> Result<Option<EntryKind>, SourceError>;

    /// Returns a file's content, links followed.
    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, SourceError>;

    /// Returns the names in a folder with their kinds, sorted bytewise.
    fn list(&self, path: &TreePath) -> Result<Vec<(String, EntryKind)>, SourceError>;

    /// Returns the path with every link in it resolved.
    fn resolve(&self, path: &TreePath) -> Result<TreePath, SourceError>;

    /// Returns the name under which people know a path: relative to where they stand.
    fn file_id(&self, path: &TreePath) -> FileId;
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// A file.
    File,
    /// A folder.
    Directory,
}

/// Why a tree did not give what was asked.
#[derive(Clone, Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SourceError {
    #[error("`{}` does not exist", .file.name())]
    NotFound { file: FileId },
    #[error("`{}` is a directory, not a file", .file.name())]
    IsDirectory { file: FileId },
    #[error("`{}` is a file, not a directory", .file.name())]
    NotDirectory { file: FileId },
    #[error("`{}` is a link that leads out of the tree", .file.name())]
    LinkEscapes { file: FileId },
    #[error("`{}` is a link that leads to itself", .file.name())]
    LinkLoop { file: FileId },
    #[error("`{}` has {bytes} bytes; {limit} is the most that is read", .file.name())]
    TooLarge {
        file: FileId,
        bytes: u64,
        limit: u64,
    },
    #[error("cannot read `{}`: {reason}", .file.name())]
    Unreadable { file: FileId, reason: String },
    #[error("{0}")]
    Git(String),
}
