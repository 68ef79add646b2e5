//! A target folder, opened and locked.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::source::TreePath;
use crate::sync::{Interrupt, Owner};

use super::DirectoryError;
use super::folder::{self, Folder};

/// More than a few changes of the folder between opening and locking it mean that something else is
/// at it.
const LOCK_ATTEMPTS: usize = 16;

/// A target folder that no other sync is at.
pub(super) struct Target {
    /// The folder that it is in.
    pub(super) parent: Folder,
    /// Its name there.
    pub(super) name: TreePath,
    /// The name beside it under which a new one is built.
    pub(super) beside: TreePath,
    pub(super) root: Folder,
    /// The folder as people named it.
    pub(super) shown: String,
    pub(super) owner: Owner,
    interrupt: Interrupt,
    locks: Vec<File>,
}

/// Where a target folder is, or will be.
pub(super) struct Place {
    parent: PathBuf,
    name: TreePath,
    shown: String,
}

impl Place {
    /// Finds the folder that a path names. It need not be there.
    pub(super) fn find(path: &Path) -> Result<Self, DirectoryError> {
        let shown = path.display().to_string();
        let not_directory = || DirectoryError::NotDirectory {
            target: shown.clone(),
        };
        let path = if path.file_name().is_some() {
            path.to_owned()
        } else {
            // `.` and `..` have a name only where they lead.
            std::fs::canonicalize(path).map_err(DirectoryError::io("open", shown.as_str()))?
        };
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.and_then(|name| TreePath::new(name).ok());
        let (Some(parent), Some(name)) = (path.parent(), name) else {
            return Err(not_directory());
        };
        let here = Path::new(".");
        let parent = if parent.as_os_str().is_empty() {
            here
        } else {
            parent
        };
        Ok(Self {
            parent: parent.to_owned(),
            name,
            shown,
        })
    }

    /// Opens the folder to look at it; `None` where it is not there.
    pub(super) fn look(&self) -> Result<Option<Folder>, DirectoryError> {
        let path = self.path();
        match std::fs::symlink_metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(DirectoryError::io("open", self.shown.as_str())(error)),
            Ok(metadata) if metadata.is_symlink() => {
                return Err(DirectoryError::Link {
                    target: self.shown.clone(),
                });
            }
            Ok(metadata) if !metadata.is_dir() => {
                return Err(DirectoryError::NotDirectory {
                    target: self.shown.clone(),
                });
            }
            Ok(_) => {}
        }
        let root = Folder::open(&path);
        root.map(Some)
            .map_err(DirectoryError::io("open", self.shown.as_str()))
    }

    /// Opens the folder, made if it is missing, and keeps other syncs out.
    pub(super) fn open(
        &self,
        owner: &Owner,
        interrupt: &Interrupt,
    ) -> Result<Target, DirectoryError> {
        let io = |what| DirectoryError::io(what, self.shown.as_str());
        for _ in 0..LOCK_ATTEMPTS {
            let Some(root) = self.look()? else {
                std::fs::create_dir_all(self.path()).map_err(io("make"))?;
                continue;
            };
            let mut target = Target {
                parent: Folder::open(&std::fs::canonicalize(&self.parent).map_err(io("open"))?)
                    .map_err(io("open"))?,
                name: self.name.clone(),
                beside: TreePath::new(&format!(".{}.lockgate", self.name)).unwrap_or_default(),
                root,
                shown: self.shown.clone(),
                owner: owner.clone(),
                interrupt: interrupt.clone(),
                locks: Vec::new(),
            };
            let lock = target.lock_folder(&target.root)?;
            target.locks.push(lock);
            // A sync that swapped the folder meanwhile left the lock on the old one.
            let own = target.root.own_stat().map_err(io("open"))?;
            let named = target.parent.stat(&target.name).map_err(io("open"))?;
            if named.is_some_and(|named| folder::is_same(&own, &named)) {
                return Ok(target);
            }
        }
        Err(DirectoryError::Locked {
            target: self.shown.clone(),
        })
    }

    fn path(&self) -> PathBuf {
        self.parent.join(self.name.as_str())
    }
}

impl Target {
    /// Takes the lock that keeps two syncs apart: on the folder itself, so that no file is needed
    /// and a kill leaves none.
    pub(super) fn lock_folder(&self, folder: &Folder) -> Result<File, DirectoryError> {
        let io = || DirectoryError::io("lock", self.shown.as_str());
        let lock = folder.to_file().map_err(io())?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(std::fs::TryLockError::WouldBlock) => Err(DirectoryError::Locked {
                target: self.shown.clone(),
            }),
            Err(std::fs::TryLockError::Error(error)) => Err(io()(error)),
        }
    }

    /// Notes that another folder stands at the name now.
    pub(super) fn now_at(&mut self, root: Folder, lock: File) {
        self.root = root;
        self.locks.push(lock);
    }

    /// Returns the folder beside as people can find it.
    pub(super) fn beside_shown(&self) -> String {
        let shown = Path::new(&self.shown);
        let parent = shown.parent().unwrap_or(Path::new(""));
        parent.join(self.beside.as_str()).display().to_string()
    }

    /// Returns the error for what nobody may remove.
    pub(super) fn stray(&self) -> DirectoryError {
        DirectoryError::Stray {
            target: self.shown.clone(),
            stray: self.beside_shown(),
        }
    }

    /// Returns the error for a file beside that nobody may remove.
    pub(super) fn stray_file(&self, path: &TreePath) -> DirectoryError {
        DirectoryError::Stray {
            target: self.shown.clone(),
            stray: super::shown(&self.beside_shown(), path),
        }
    }

    /// Fails once someone asked to stop.
    pub(super) fn check_interrupt(&self) -> Result<(), DirectoryError> {
        if self.interrupt.is_raised() {
            return Err(DirectoryError::Interrupted {
                target: self.shown.clone(),
            });
        }
        Ok(())
    }
}
