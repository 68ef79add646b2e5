//! A tree backed by a folder on disk.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;
use rustix::fs::{Access, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::yaml::FileId;

use super::shown::ShownNames;
use super::{Content, EntryKind, MAX_FILE_BYTES, SourceError, Tree, TreePath};

/// A folder on disk. Where a path in it leads is looked up once: a tree is opened for one run.
#[derive(Debug)]
pub struct DiskTree {
    root: PathBuf,
    names: ShownNames,
    found: RwLock<FxHashMap<TreePath, Found>>,
}

/// What a path leads to when all links are followed.
#[derive(Clone, Debug)]
struct Found {
    real: TreePath,
    kind: EntryKind,
    /// The bytes of a regular file.
    length: Option<u64>,
}

impl DiskTree {
    /// Opens a folder; `shown_from` is the folder that names shown to people are relative to.
    ///
    /// # Errors
    ///
    /// Where the folder does not exist or cannot be read.
    pub fn open(root: &Path, shown_from: &Path) -> Result<Self, SourceError> {
        let shown_root = FileId::of(&root.display().to_string());
        let root = root
            .canonicalize()
            .map_err(|error| unreadable(shown_root, &error))?;
        if !root.is_dir() {
            return Err(SourceError::NotDirectory { file: shown_root });
        }
        let shown_from = shown_from
            .canonicalize()
            .unwrap_or_else(|_| shown_from.to_owned());
        let names = ShownNames::new(&root, &shown_from);
        Ok(Self {
            root,
            names,
            found: RwLock::default(),
        })
    }

    /// Returns the folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns what a path leads to. Each part on the way is looked at once.
    fn find(&self, path: &TreePath) -> Result<Found, SourceError> {
        if let Some(found) = self.known(path) {
            return Ok(found);
        }
        let mut asked = TreePath::root();
        let mut here = Found::root();
        for part in path.parts() {
            if here.kind != EntryKind::Directory {
                let file = self.file_id(path);
                return Err(SourceError::NotDirectory { file });
            }
            asked = asked.child(part);
            here = match self.known(&asked) {
                Some(found) => found,
                None => self.look_up(&asked, here.real.child(part))?,
            };
        }
        Ok(here)
    }

    fn known(&self, path: &TreePath) -> Option<Found> {
        if path.is_root() {
            return Some(Found::root());
        }
        let found = self.found.read().unwrap_or_else(PoisonError::into_inner);
        found.get(path).cloned()
    }

    /// Looks at a path whose folder holds no link, and keeps the answer.
    fn look_up(&self, asked: &TreePath, candidate: TreePath) -> Result<Found, SourceError> {
        let stat = |path: &TreePath| {
            rustix::fs::lstat(self.root.join(path.as_str()))
                .map(|stat| (FileType::from_raw_mode(stat.st_mode), stat.st_size))
                .map_err(|errno| unreadable(self.file_id(asked), &errno.into()))
        };
        let (real, (file_type, size)) = match stat(&candidate)? {
            (FileType::Symlink, _) => {
                let target = self.follow(self.file_id(asked), &candidate)?;
                let found = stat(&target)?;
                (target, found)
            }
            found => (candidate, found),
        };
        let kind = match file_type {
            FileType::Directory => EntryKind::Directory,
            _ => EntryKind::File,
        };
        let length = match file_type {
            FileType::RegularFile => Some(u64::try_from(size).unwrap_or(u64::MAX)),
            _ => None,
        };
        let entry = Found { real, kind, length };
        let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
        found.insert(asked.clone(), entry.clone());
        Ok(entry)
    }

    /// Follows all links of a path; refuses what ends outside the root.
    fn follow(&self, file: FileId, path: &TreePath) -> Result<TreePath, SourceError> {
        let real = self
            .root
            .join(path.as_str())
            .canonicalize()
            .map_err(|error| unreadable(file, &error))?;
        let below = real
            .strip_prefix(&self.root)
            .map_err(|_| SourceError::LinkEscapes { file })?;
        let text = below.to_str().ok_or_else(|| SourceError::Unreadable {
            file,
            reason: "its path is not UTF-8".to_owned(),
        })?;
        TreePath::new(text).map_err(|_| SourceError::LinkEscapes { file })
    }

    /// Returns what a path leads to, which must be no folder, and where it is on disk.
    fn find_file(&self, path: &TreePath) -> Result<(Found, PathBuf), SourceError> {
        let found = self.find(path)?;
        if found.kind == EntryKind::Directory {
            let file = self.file_id(path);
            return Err(SourceError::IsDirectory { file });
        }
        let absolute = self.root.join(found.real.as_str());
        Ok((found, absolute))
    }
}

impl Found {
    /// What a path of no parts leads to.
    fn root() -> Self {
        Self {
            real: TreePath::root(),
            kind: EntryKind::Directory,
            length: None,
        }
    }
}

/// Opens a path without links. Neither a FIFO nor a device makes this wait.
fn open(file: FileId, path: &Path) -> Result<File, SourceError> {
    let flags =
        OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(descriptor) => Ok(descriptor.into()),
        // What opening a socket, or a device that has no driver, gives.
        Err(Errno::NXIO | Errno::NODEV) => Err(SourceError::NotRegular { file }),
        Err(errno) => Err(unreadable(file, &errno.into())),
    }
}

/// Reads a regular file at a path without links.
fn read(file: FileId, path: &Path) -> Result<Arc<[u8]>, SourceError> {
    let mut opened = open(file, path)?;
    let stat = rustix::fs::fstat(&opened).map_err(|errno| unreadable(file, &errno.into()))?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {}
        FileType::Directory => return Err(SourceError::IsDirectory { file }),
        _ => return Err(SourceError::NotRegular { file }),
    }
    let bytes = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
    check_size(file, bytes)?;
    let length = usize::try_from(bytes).map_err(|_| too_large(file, bytes))?;
    read_all(&mut opened, length).map_err(|error| unreadable(file, &error))
}

fn check_size(file: FileId, bytes: u64) -> Result<(), SourceError> {
    if bytes > MAX_FILE_BYTES {
        return Err(too_large(file, bytes));
    }
    Ok(())
}

fn too_large(file: FileId, bytes: u64) -> SourceError {
    SourceError::TooLarge {
        file,
        bytes,
        limit: MAX_FILE_BYTES,
    }
}

impl Tree for DiskTree {
    fn kind(&self, path: &TreePath) -> Result<Option<EntryKind>, SourceError> {
        match self.find(path) {
            Ok(found) => Ok(Some(found.kind)),
            Err(SourceError::NotFound { .. } | SourceError::NotDirectory { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, SourceError> {
        let (_, absolute) = self.find_file(path)?;
        read(self.file_id(path), &absolute)
    }

    fn read_later(&self, path: &TreePath) -> Result<Content, SourceError> {
        let file = self.file_id(path);
        let (found, absolute) = self.find_file(path)?;
        let length = found.length.ok_or(SourceError::NotRegular { file })?;
        check_size(file, length)?;
        rustix::fs::access(&absolute, Access::READ_OK)
            .map_err(|errno| unreadable(file, &errno.into()))?;
        Ok(Content::later(length, move || read(file, &absolute)))
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(String, EntryKind)>, SourceError> {
        let file = self.file_id(path);
        let found = self.find(path)?;
        if found.kind != EntryKind::Directory {
            return Err(SourceError::NotDirectory { file });
        }
        let absolute = self.root.join(found.real.as_str());
        let mut entries = Vec::new();
        for entry in fs::read_dir(&absolute).map_err(|error| unreadable(file, &error))? {
            let entry = entry.map_err(|error| unreadable(file, &error))?;
            // A name that is not UTF-8 can be named by no kustomization either.
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let kind = match entry.file_type() {
                Ok(kind) if kind.is_dir() => EntryKind::Directory,
                Ok(kind) if kind.is_symlink() && entry.path().is_dir() => EntryKind::Directory,
                _ => EntryKind::File,
            };
            entries.push((name, kind));
        }
        entries.sort_unstable();
        Ok(entries)
    }

    fn resolve(&self, path: &TreePath) -> Result<TreePath, SourceError> {
        self.find(path).map(|found| found.real)
    }

    fn file_id(&self, path: &TreePath) -> FileId {
        self.names.file_id(path)
    }

    fn folder_on_disk(&self, path: &TreePath) -> Option<PathBuf> {
        // Joined with an empty path it would end with a slash.
        Some(if path.is_root() {
            self.root.clone()
        } else {
            self.root.join(path.as_str())
        })
    }

    fn path_of(&self, file: FileId) -> Option<TreePath> {
        self.names.path_of(file)
    }
}

/// Reads a file of a known length with one call to the system; a file that grows meanwhile is cut.
fn read_all(file: &mut File, length: usize) -> io::Result<Arc<[u8]>> {
    let mut content: Arc<[u8]> = std::iter::repeat_n(0, length).collect();
    let mut filled = 0;
    // Nobody else has it yet.
    if let Some(content) = Arc::get_mut(&mut content) {
        while filled < length {
            match file.read(&mut content[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(if filled == length {
        content
    } else {
        content[..filled].into()
    })
}

fn unreadable(file: FileId, error: &io::Error) -> SourceError {
    match error.kind() {
        io::ErrorKind::NotFound => SourceError::NotFound { file },
        io::ErrorKind::IsADirectory => SourceError::IsDirectory { file },
        io::ErrorKind::NotADirectory => SourceError::NotDirectory { file },
        _ if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
            SourceError::LinkLoop { file }
        }
        io::ErrorKind::PermissionDenied => SourceError::Unreadable {
            file,
            reason: "permission denied".to_owned(),
        },
        _ => SourceError::Unreadable {
            file,
            reason: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn tree(folder: &Path) -> DiskTree {
        DiskTree::open(folder, folder).unwrap()
    }

    fn path(text: &str) -> TreePath {
        TreePath::new(text).unwrap()
    }

    #[test]
    fn links_inside_the_tree_are_followed_and_resolved() {
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir_all(temp.path().join("real/deep")).unwrap();
        fs::write(temp.path().join("real/deep/x.yaml"), "a: 1\n").unwrap();
        symlink("real", temp.path().join("folder-link")).unwrap();
        symlink("deep/x.yaml", temp.path().join("real/file-link")).unwrap();
        let tree = tree(temp.path());
        assert_eq!(
            &*tree.read(&path("folder-link/file-link")).unwrap(),
            b"a: 1\n"
        );
        assert_eq!(
            tree.resolve(&path("folder-link/file-link")).unwrap(),
            path("real/deep/x.yaml")
        );
        assert_eq!(
            tree.resolve(&path("folder-link/deep")).unwrap(),
            path("real/deep")
        );
        assert_eq!(
            tree.kind(&path("folder-link")).unwrap(),
            Some(EntryKind::Directory)
        );
        assert_eq!(
            tree.kind(&path("folder-link/file-link")).unwrap(),
            Some(EntryKind::File)
        );
        assert_eq!(tree.kind(&path("folder-link/none")).unwrap(), None);
        assert_eq!(tree.kind(&path("real/deep/x.yaml/y")).unwrap(), None);
    }

    #[test]
    fn links_out_of_the_tree_and_loops_are_refused() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("root");
        fs::create_dir_all(&root).unwrap();
        fs::write(temp.path().join("secret"), "s").unwrap();
        symlink("../secret", root.join("out")).unwrap();
        symlink("..", root.join("up")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        let tree = tree(&root);
        for (name, want_loop) in [("out", false), ("up/secret", false), ("loop", true)] {
            let error = tree.read(&path(name)).unwrap_err();
            match error {
                SourceError::LinkLoop { .. } => assert!(want_loop, "{name}"),
                SourceError::LinkEscapes { .. } => assert!(!want_loop, "{name}"),
                other => panic!("{name}: {other}"),
            }
        }
        assert!(tree.kind(&path("out")).is_err());
        assert!(tree.list(&path("up")).is_err());
    }

    #[test]
    fn only_regular_files_are_read_and_none_makes_it_wait() {
        let temp = tempfile::tempdir().unwrap();
        let fifo = temp.path().join("fifo");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &fifo,
            FileType::Fifo,
            Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(temp.path().join("socket")).unwrap();
        fs::create_dir(temp.path().join("folder")).unwrap();
        let tree = tree(temp.path());
        for name in ["fifo", "socket"] {
            let error = tree.read(&path(name)).unwrap_err();
            assert!(
                matches!(error, SourceError::NotRegular { .. }),
                "{name}: {error}"
            );
        }
        assert!(matches!(
            tree.read(&path("folder")).unwrap_err(),
            SourceError::IsDirectory { .. }
        ));
        assert!(matches!(
            tree.read(&path("none")).unwrap_err(),
            SourceError::NotFound { .. }
        ));
    }

    #[test]
    fn a_file_beyond_the_limit_is_refused_unread() {
        let temp = tempfile::tempdir().unwrap();
        let big = File::create(temp.path().join("big.yaml")).unwrap();
        big.set_len(MAX_FILE_BYTES + 1).unwrap();
        let error = tree(temp.path()).read(&path("big.yaml")).unwrap_err();
        assert!(matches!(error, SourceError::TooLarge { .. }));
    }

    #[test]
    fn listing_is_sorted_and_leaves_out_names_that_are_not_utf8() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let temp = tempfile::tempdir().unwrap();
        for name in ["b", "a"] {
            fs::write(temp.path().join(name), "").unwrap();
        }
        fs::write(temp.path().join(OsStr::from_bytes(b"\xff")), "").unwrap();
        fs::create_dir(temp.path().join("c")).unwrap();
        assert_eq!(
            tree(temp.path()).list(&TreePath::root()).unwrap(),
            [
                ("a".to_owned(), EntryKind::File),
                ("b".to_owned(), EntryKind::File),
                ("c".to_owned(), EntryKind::Directory)
            ]
        );
    }
}
