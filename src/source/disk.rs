//! A tree backed by a folder on disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::yaml::FileId;

use super::{EntryKind, SourceError, Tree, TreePath};

/// The largest file that is read.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// A folder on disk.
#[derive(Debug)]
pub struct DiskTree {
    root: PathBuf,
    shown_from: PathBuf,
}

impl DiskTree {
    /// Opens a folder; `shown_from` is the folder that names shown to people are relative to.
    ///
    /// # Errors
    ///
    /// Where the folder does not exist or cannot be read.
    pub fn open(root: &Path, shown_from: &Path) -> Result<Self, SourceError> {
        let root = root
            .canonicalize()
            .map_err(|error| unreadable(FileId::of(&root.display().to_string()), &error))?;
        let shown_from = shown_from
            .canonicalize()
            .unwrap_or_else(|_| shown_from.to_owned());
        Ok(Self { root, shown_from })
    }

    /// Returns the folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn absolute(&self, path: &TreePath) -> PathBuf {
        self.root.join(path.as_str())
    }

    /// Follows all links; refuses what ends outside the root.
    fn real(&self, path: &TreePath) -> Result<PathBuf, SourceError> {
        let absolute = self.absolute(path);
        let real = absolute
            .canonicalize()
            .map_err(|error| unreadable(self.file_id(path), &error))?;
        if !real.starts_with(&self.root) {
            return Err(SourceError::LinkEscapes {
                file: self.file_id(path),
            });
        }
        Ok(real)
    }
}

fn unreadable(file: FileId, error: &io::Error) -> SourceError {
    match error.kind() {
        io::ErrorKind::NotFound => SourceError::NotFound { file },
        io::ErrorKind::IsADirectory => SourceError::IsDirectory { file },
        io::ErrorKind::NotADirectory => SourceError::NotDirectory { file },
        _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            SourceError::LinkLoop { file }
        }
        _ => SourceError::Unreadable {
            file,
            reason: error.to_string(),
        },
    }
}

impl Tree for DiskTree {
    fn kind(&self, path: &TreePath) -> Result<Option<EntryKind>, SourceError> {
        match self.real(path) {
            Ok(real) if real.is_dir() => Ok(Some(EntryKind::Directory)),
            Ok(_) => Ok(Some(EntryKind::File)),
            Err(SourceError::NotFound { .. } | SourceError::NotDirectory { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, SourceError> {
        let file = self.file_id(path);
        let real = self.real(path)?;
        let metadata = fs::metadata(&real).map_err(|error| unreadable(file, &error))?;
        if metadata.is_dir() {
            return Err(SourceError::IsDirectory { file });
        }
        if metadata.len() > MAX_FILE_BYTES {
            return Err(SourceError::TooLarge {
                file,
                bytes: metadata.len(),
                limit: MAX_FILE_BYTES,
            });
        }
        fs::read(&real)
            .map(Into::into)
            .map_err(|error| unreadable(file, &error))
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(String, EntryKind)>, SourceError> {
        let file = self.file_id(path);
        let real = self.real(path)?;
        let mut entries = Vec::new();
        for entry in fs::read_dir(&real).map_err(|error| unreadable(file, &error))? {
            let entry = entry.map_err(|error| unreadable(file, &error))?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let kind = if entry.path().is_dir() {
                EntryKind::Directory
            } else {
                EntryKind::File
            };
            entries.push((name, kind));
        }
        entries.sort();
        Ok(entries)
    }

    fn resolve(&self, path: &TreePath) -> Result<TreePath, SourceError> {
        let real = self.real(path)?;
        let relative = real.strip_prefix(&self.root).unwrap_or(Path::new(""));
        let text = relative.to_str().ok_or_else(|| SourceError::Unreadable {
            file: self.file_id(path),
            reason: "its path is not UTF-8".to_owned(),
        })?;
        TreePath::new(text).map_err(|_| SourceError::LinkEscapes {
            file: self.file_id(path),
        })
    }

    fn file_id(&self, path: &TreePath) -> FileId {
        let absolute = self.absolute(path);
        let name = shown(&absolute, &self.shown_from);
        FileId::of(&name.to_string_lossy())
    }
}

/// Returns the path relative to a folder, with `..` where it must, else as it is.
fn shown(path: &Path, from: &Path) -> PathBuf {
    if let Ok(below) = path.strip_prefix(from) {
        return if below.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            below.to_owned()
        };
    }
    let mut up = PathBuf::new();
    for ancestor in from.ancestors().skip(1).take(4) {
        up.push("..");
        if ancestor.parent().is_some()
            && let Ok(below) = path.strip_prefix(ancestor)
        {
            return up.join(below);
        }
    }
    path.to_owned()
}
