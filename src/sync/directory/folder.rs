//! Files below a folder, reached without following a link.
//!
//! Each step down opens the next folder by its name in the last, so that a link put in the way, even
//! between two calls, leads nowhere. Nothing here knows what the files mean.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, RenameFlags, Stat};
use rustix::io::Errno;

use crate::source::TreePath;

/// More than this in one file is not read; no rendered object is as large.
const MAX_FILE: u64 = 64 << 20;

const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// An open folder.
#[derive(Debug)]
pub(super) struct Folder {
    fd: OwnedFd,
}

/// What a folder holds under a name.
pub(super) struct Entry {
    /// The name; `None` where it is not UTF-8.
    pub(super) name: Option<String>,
    /// The name as people can read it.
    pub(super) shown: String,
    /// Whether it is a folder.
    pub(super) is_folder: bool,
}

impl Folder {
    /// Opens a folder by a path of the file system. The last part must not be a link.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let fd = rustix::fs::open(path, DIRECTORY, Mode::empty())?;
        Ok(Self { fd })
    }

    /// Opens a folder below this one.
    pub(super) fn below(&self, path: &TreePath) -> io::Result<Self> {
        let mut folder = self.again()?;
        for part in path.parts() {
            folder = folder.child(part)?;
        }
        Ok(folder)
    }

    /// Opens a folder below this one, and makes what is missing on the way.
    pub(super) fn make_below(&self, path: &TreePath) -> io::Result<Self> {
        let mut folder = self.again()?;
        for part in path.parts() {
            match rustix::fs::mkdirat(&folder.fd, part, Mode::from_raw_mode(0o777)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
            folder = folder.child(part)?;
        }
        Ok(folder)
    }

    fn child(&self, name: &str) -> io::Result<Self> {
        let fd = rustix::fs::openat(&self.fd, name, DIRECTORY, Mode::empty())?;
        Ok(Self { fd })
    }

    fn again(&self) -> io::Result<Self> {
        Ok(Self {
            fd: self.fd.try_clone()?,
        })
    }

    /// Returns this folder as a file, to lock it.
    pub(super) fn to_file(&self) -> io::Result<File> {
        Ok(File::from(self.fd.try_clone()?))
    }

    /// Returns what the system says of this folder.
    pub(super) fn own_stat(&self) -> io::Result<Stat> {
        Ok(rustix::fs::fstat(&self.fd)?)
    }

    /// Returns what the system says of a path below; `None` where nothing stands there.
    pub(super) fn stat(&self, path: &TreePath) -> io::Result<Option<Stat>> {
        let found = self.in_parent(path, |folder, name| {
            Ok(rustix::fs::statat(
                &folder.fd,
                name,
                AtFlags::SYMLINK_NOFOLLOW,
            )?)
        });
        match found {
            Ok(stat) => Ok(Some(stat)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns what this folder holds, by name.
    pub(super) fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in Dir::read_from(&self.fd)? {
            let entry = entry?;
            let name = entry.file_name();
            if name == c"." || name == c".." {
                continue;
            }
            let kind = match entry.file_type() {
                FileType::Unknown => {
                    let stat = rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW)?;
                    FileType::from_raw_mode(stat.st_mode)
                }
                kind => kind,
            };
            entries.push(Entry {
                name: name.to_str().ok().map(str::to_owned),
                shown: name.to_string_lossy().into_owned(),
                is_folder: kind == FileType::Directory,
            });
        }
        entries.sort_by(|a, b| a.shown.cmp(&b.shown));
        Ok(entries)
    }

    /// Reads a file; `None` where something else stands there, or more than can be an object.
    pub(super) fn read(&self, path: &TreePath) -> io::Result<Option<Vec<u8>>> {
        // A pipe must not block the open.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = self.in_parent(path, |folder, name| {
            Ok(rustix::fs::openat(&folder.fd, name, flags, Mode::empty())?)
        });
        let file = match opened {
            Ok(fd) => File::from(fd),
            Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let metadata = file.metadata()?;
        if !metadata.is_file() || metadata.len() > MAX_FILE {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        file.take(MAX_FILE).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Writes a file that must not be there, in a folder that must be, and waits until it is on disk.
    pub(super) fn write_new(&self, path: &TreePath, bytes: &[u8]) -> io::Result<()> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        self.in_parent(path, |folder, name| {
            let mode = Mode::from_raw_mode(0o666);
            let mut file = File::from(rustix::fs::openat(&folder.fd, name, flags, mode)?);
            file.write_all(bytes)?;
            file.sync_all()
        })
    }

    /// Gives a file, or a link itself, a second name in another folder.
    pub(super) fn link(&self, path: &TreePath, other: &Folder) -> io::Result<()> {
        self.in_parent(path, |from, name| {
            other.in_parent(path, |to, _| {
                Ok(rustix::fs::linkat(
                    &from.fd,
                    name,
                    &to.fd,
                    name,
                    AtFlags::empty(),
                )?)
            })
        })
    }

    /// Moves what stands at a path to a path of another folder, over what stands there.
    pub(super) fn rename(
        &self,
        path: &TreePath,
        other: &Folder,
        other_path: &TreePath,
    ) -> io::Result<()> {
        self.rename_with(path, other, other_path, RenameFlags::empty())
    }

    /// Moves what stands at a path to a path of another folder, where nothing may stand.
    pub(super) fn rename_new(
        &self,
        path: &TreePath,
        other: &Folder,
        other_path: &TreePath,
    ) -> io::Result<()> {
        match self.rename_with(path, other, other_path, RenameFlags::NOREPLACE) {
            // Not every file system can; a look before is the next best.
            Err(error) if cannot_flag(&error) => {
                if other.stat(other_path)?.is_some() {
                    return Err(io::ErrorKind::AlreadyExists.into());
                }
                self.rename(path, other, other_path)
            }
            result => result,
        }
    }

    /// Swaps what stands at two paths, in one instant.
    pub(super) fn exchange(&self, path: &TreePath, other_path: &TreePath) -> io::Result<()> {
        self.rename_with(path, self, other_path, RenameFlags::EXCHANGE)
    }

    fn rename_with(
        &self,
        path: &TreePath,
        other: &Folder,
        other_path: &TreePath,
        flags: RenameFlags,
    ) -> io::Result<()> {
        self.in_parent(path, |from, name| {
            other.in_parent(other_path, |to, other_name| {
                let result = if flags.is_empty() {
                    rustix::fs::renameat(&from.fd, name, &to.fd, other_name)
                } else {
                    rustix::fs::renameat_with(&from.fd, name, &to.fd, other_name, flags)
                };
                Ok(result?)
            })
        })
    }

    /// Removes a file, or a link itself. That it is gone already is no error.
    pub(super) fn remove(&self, path: &TreePath) -> io::Result<()> {
        self.unlink(path, AtFlags::empty())
    }

    /// Removes a folder that is empty. That it is gone already is no error.
    pub(super) fn remove_folder(&self, path: &TreePath) -> io::Result<()> {
        self.unlink(path, AtFlags::REMOVEDIR)
    }

    fn unlink(&self, path: &TreePath, flags: AtFlags) -> io::Result<()> {
        let removed = self.in_parent(path, |folder, name| {
            Ok(rustix::fs::unlinkat(&folder.fd, name, flags)?)
        });
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    /// Waits until the names in this folder are on disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        match rustix::fs::fsync(&self.fd) {
            // Some file systems cannot sync a folder; none of them needs it.
            Ok(()) | Err(Errno::INVAL | Errno::BADF) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives this folder the mode and, where allowed, the owner of another.
    pub(super) fn resemble(&self, other: &Folder) -> io::Result<()> {
        let (own, wanted) = (self.own_stat()?, other.own_stat()?);
        if (own.st_uid, own.st_gid) != (wanted.st_uid, wanted.st_gid) {
            let owner = rustix::fs::Uid::from_raw(wanted.st_uid);
            let group = rustix::fs::Gid::from_raw(wanted.st_gid);
            match rustix::fs::fchown(&self.fd, Some(owner), Some(group)) {
                Ok(()) | Err(Errno::PERM) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(rustix::fs::fchmod(
            &self.fd,
            Mode::from_raw_mode(wanted.st_mode),
        )?)
    }

    fn in_parent<T>(
        &self,
        path: &TreePath,
        act: impl FnOnce(&Folder, &str) -> io::Result<T>,
    ) -> io::Result<T> {
        let (Some(parent), Some(name)) = (path.parent(), path.name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        act(&self.below(&parent)?, name)
    }
}

/// Tells whether two stats are of one file.
pub(super) fn is_same(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

/// Tells whether a stat is of a folder.
pub(super) fn is_folder(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::Directory
}

/// Tells whether a rename failed because the file system does not know its flag.
pub(super) fn cannot_flag(error: &io::Error) -> bool {
    [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP]
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}
