//! What was fetched, on disk, by content: objects of Git in bare repositories, files by their SHA-256.
//!
//! All is written beside its place and moved there whole, so that several processes may use it at once.

use std::fs::{self, DirBuilder};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use git2::{Odb, OdbPackwriter, Oid, Repository};
use rustc_hash::FxHashSet;
use sha2::{Digest as _, Sha256};

use super::super::MAX_FILE_BYTES;
use super::RemoteError;
use super::query::Submodules;

/// The most bytes of a pack.
const LARGEST_PACK: u64 = 1 << 30;

/// The most objects of a pack.
const MOST_OBJECTS: u32 = 2_000_000;

/// The bytes of a pack's head: a mark, a version, the number of objects.
const PACK_HEAD: usize = 12;

/// The folder of all that was fetched.
#[derive(Clone, Debug)]
pub struct Cache {
    /// None where the user has no home: then nothing is found and nothing can be kept.
    folder: Option<PathBuf>,
}

impl Cache {
    /// Returns the cache in a folder, which need not exist yet.
    pub fn at(folder: PathBuf) -> Self {
        Self {
            folder: Some(folder),
        }
    }

    /// Returns the user's: `$LOCKGATE_CACHE`, or `lockgate` in `$XDG_CACHE_HOME` or `~/.cache`.
    pub fn of_user() -> Self {
        let variable = |name: &str| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        // Relative ones are to be ignored, says their specification.
        let absolute = |name: &str| variable(name).filter(|path| path.is_absolute());
        let folder = variable("LOCKGATE_CACHE")
            .and_then(|path| std::path::absolute(path).ok())
            .or_else(|| absolute("XDG_CACHE_HOME").map(|folder| folder.join("lockgate")))
            .or_else(|| absolute("HOME").map(|home| home.join(".cache/lockgate")));
        Self { folder }
    }

    /// Returns the file with a digest, if it is there and whole.
    pub(super) fn file(&self, sha256: &str) -> Option<Vec<u8>> {
        let path = self.file_path(sha256)?;
        let size = fs::metadata(&path).ok()?.len();
        if size > MAX_FILE_BYTES {
            return None;
        }
        let content = fs::read(path).ok()?;
        (sha256_of(&content) == sha256).then_some(content)
    }

    /// Keeps a file.
    pub(super) fn add_file(&self, sha256: &str, content: &[u8]) -> Result<(), RemoteError> {
        let path = self.file_path(sha256).ok_or_else(no_folder)?;
        let folder = path.parent().unwrap_or(&path);
        let write = || -> io::Result<()> {
            create_folder(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(content)?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|error| failed(folder, &error))
    }

    fn file_path(&self, sha256: &str) -> Option<PathBuf> {
        let is_digest = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        let files = self.folder.as_ref()?.join("files");
        is_digest.then(|| files.join(&sha256[..2]).join(&sha256[2..]))
    }

    /// Returns the store of a repository, by its address without credentials; `None` where there is none.
    pub(super) fn store(&self, shown_url: &str) -> Option<Store> {
        let path = self.store_path(shown_url)?;
        Some(Store {
            repository: Repository::open_bare(&path).ok()?,
            path,
        })
    }

    /// Returns the store of a repository, a new one where there is none.
    pub(super) fn create_store(&self, shown_url: &str) -> Result<Store, RemoteError> {
        if let Some(store) = self.store(shown_url) {
            return Ok(store);
        }
        let path = self.store_path(shown_url).ok_or_else(no_folder)?;
        let parent = path.parent().unwrap_or(&path);
        let create = || -> io::Result<()> {
            create_folder(parent)?;
            let temporary = tempfile::tempdir_in(parent)?;
            let fresh = temporary.path().join("new");
            let mut options = git2::RepositoryInitOptions::new();
            options.bare(true).external_template(false);
            Repository::init_opts(&fresh, &options).map_err(io::Error::other)?;
            fs::create_dir(fresh.join("lockgate"))?;
            fs::write(fresh.join("lockgate/url"), format!("{shown_url}\n"))?;
            match fs::rename(&fresh, &path) {
                // Another process was first.
                Err(_) if path.is_dir() => Ok(()),
                result => result,
            }
        };
        create().map_err(|error| failed(&path, &error))?;
        self.store(shown_url)
            .ok_or_else(|| failed(&path, &io::Error::other("is no Git repository")))
    }

    fn store_path(&self, shown_url: &str) -> Option<PathBuf> {
        let name = &sha256_of(shown_url.as_bytes())[..32];
        Some(self.folder.as_ref()?.join("git").join(name))
    }
}

fn no_folder() -> RemoteError {
    RemoteError::Cache {
        path: "lockgate".to_owned(),
        reason: "there is no home folder; set `LOCKGATE_CACHE`".to_owned(),
    }
}

fn failed(path: &Path, error: &io::Error) -> RemoteError {
    RemoteError::Cache {
        path: path.display().to_string(),
        reason: error.to_string(),
    }
}

/// The objects of one repository.
pub(super) struct Store {
    repository: Repository,
    path: PathBuf,
}

impl Store {
    /// Returns the folder of the bare repository.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Tells whether a commit is there with all its files, and those of its submodules if they are wanted.
    pub(super) fn has(&self, commit: Oid, submodules: Submodules) -> bool {
        // A store that was damaged is filled again.
        let found = self.repository.find_commit(commit);
        self.mark_path(commit, submodules).is_file()
            && found.is_ok_and(|commit| commit.tree().is_ok())
    }

    /// Notes that a commit is there with all that belongs to it. References of Git would do, but of several
    /// processes that write the same one all but the first fail.
    pub(super) fn mark(&self, commit: Oid, submodules: Submodules) -> Result<(), RemoteError> {
        let path = self.mark_path(commit, submodules);
        let folder = path.parent().unwrap_or(&self.path);
        create_folder(folder)
            .and_then(|()| fs::write(&path, ""))
            .map_err(|error| failed(&path, &error))
    }

    fn mark_path(&self, commit: Oid, submodules: Submodules) -> PathBuf {
        let folder = match submodules {
            Submodules::LeftOut => "commits",
            Submodules::Fetched => "commits-with-submodules",
        };
        self.path
            .join("lockgate")
            .join(folder)
            .join(commit.to_string())
    }

    /// Takes a pack that holds a commit, or a tag of one, and all its files; returns the commit.
    pub(super) fn receive(
        &self,
        wanted: Oid,
        shown: &str,
        fill: impl FnOnce(&mut PackSink<'_>) -> Result<(), RemoteError>,
    ) -> Result<Oid, RemoteError> {
        self.receive_within(LARGEST_PACK, wanted, shown, fill)
    }

    fn receive_within(
        &self,
        limit: u64,
        wanted: Oid,
        shown: &str,
        fill: impl FnOnce(&mut PackSink<'_>) -> Result<(), RemoteError>,
    ) -> Result<Oid, RemoteError> {
        let protocol = |reason: &str| RemoteError::Protocol {
            url: shown.to_owned(),
            reason: reason.to_owned(),
        };
        let store = self.repository.odb().map_err(|error| self.failed(&error))?;
        let mut sink = PackSink {
            writer: store.packwriter().map_err(|error| self.failed(&error))?,
            head: Vec::with_capacity(PACK_HEAD),
            bytes: 0,
            limit,
            shown,
        };
        fill(&mut sink)?;
        let committed = sink.writer.commit();
        committed.map_err(|error| protocol(error.message()))?;
        drop(sink);
        store.refresh().map_err(|error| self.failed(&error))?;
        let object = self.repository.find_object(wanted, None);
        let object = object.map_err(|_| protocol("the pack lacks the commit"))?;
        let not_a_commit = |_| RemoteError::NotACommit {
            url: shown.to_owned(),
            reference: wanted.to_string(),
        };
        let commit = object.peel_to_commit().map_err(not_a_commit)?;
        if !self.is_complete(&store, commit.tree_id()) {
            return Err(protocol("the pack lacks files of the commit"));
        }
        self.mark(commit.id(), Submodules::LeftOut)?;
        Ok(commit.id())
    }

    /// Tells whether all files of a folder are there.
    fn is_complete(&self, store: &Odb<'_>, root: Oid) -> bool {
        let mut seen = FxHashSet::default();
        let mut to_visit = vec![root];
        while let Some(id) = to_visit.pop() {
            let Ok(tree) = self.repository.find_tree(id) else {
                return false;
            };
            for entry in &tree {
                match entry.kind() {
                    Some(git2::ObjectType::Tree) if seen.insert(entry.id()) => {
                        to_visit.push(entry.id());
                    }
                    Some(git2::ObjectType::Blob)
                        if seen.insert(entry.id()) && !store.exists(entry.id()) =>
                    {
                        return false;
                    }
                    _ => {}
                }
            }
        }
        true
    }

    fn failed(&self, error: &git2::Error) -> RemoteError {
        RemoteError::Cache {
            path: self.path.display().to_string(),
            reason: error.message().to_owned(),
        }
    }
}

/// Where a pack is written to. Holds it to its bounds.
pub(super) struct PackSink<'s> {
    writer: OdbPackwriter<'s>,
    head: Vec<u8>,
    bytes: u64,
    limit: u64,
    shown: &'s str,
}

impl PackSink<'_> {
    /// Takes a whole pack.
    pub(super) fn copy_from(&mut self, input: &mut dyn Read) -> io::Result<()> {
        io::copy(input, self).map(|_| ())
    }

    fn check_head(&self) -> io::Result<()> {
        let head = <[u8; PACK_HEAD]>::try_from(self.head.as_slice());
        let Ok([b'P', b'A', b'C', b'K', _, _, _, _, count @ ..]) = head else {
            return Err(super::packet::invalid("what it sent is no pack"));
        };
        if u32::from_be_bytes(count) > MOST_OBJECTS {
            return Err(super::packet::invalid("its pack has too many objects"));
        }
        Ok(())
    }
}

impl Write for PackSink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.head.len() < PACK_HEAD {
            let missing = PACK_HEAD - self.head.len();
            self.head.extend(bytes.iter().take(missing));
            if self.head.len() == PACK_HEAD {
                self.check_head()?;
            }
        }
        self.bytes += bytes.len() as u64;
        if self.bytes > self.limit {
            return Err(io::Error::other(RemoteError::TooLarge {
                url: self.shown.to_owned(),
                limit: self.limit,
            }));
        }
        self.writer
            .write_all(bytes)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Creates a folder that only the user may read: it may hold what is private.
fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Returns the SHA-256 of a content, in hexadecimal.
pub(crate) fn sha256_of(content: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(content) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_kept_by_content_and_a_damaged_one_is_none() {
        let temp = tempfile::tempdir().unwrap();
        let cache = Cache::at(temp.path().join("cache"));
        let digest = sha256_of(b"a: 1\n");
        assert_eq!(cache.file(&digest), None);
        cache.add_file(&digest, b"a: 1\n").unwrap();
        assert_eq!(cache.file(&digest).as_deref(), Some(b"a: 1\n".as_slice()));
        fs::write(cache.file_path(&digest).unwrap(), "a: 2\n").unwrap();
        assert_eq!(cache.file(&digest), None);
        assert_eq!(cache.file("../../etc/passwd"), None);
    }

    #[test]
    fn stores_are_created_once_by_many_at_a_time() {
        let temp = tempfile::tempdir().unwrap();
        let cache = Cache::at(temp.path().join("cache"));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| cache.create_store("https://host/a/b").map(|_| ()).unwrap());
            }
        });
        let left = fs::read_dir(temp.path().join("cache/git")).unwrap().count();
        assert_eq!(left, 1);
    }

    #[test]
    fn a_pack_beyond_the_limit_is_given_up() {
        let temp = tempfile::tempdir().unwrap();
        let cache = Cache::at(temp.path().join("cache"));
        let store = cache.create_store("https://host/a/b").unwrap();
        // One file of half a terabyte, not packed at all: blocks of 65,535 bytes.
        let head = b"PACK\0\0\0\x02\0\0\0\x01\xb0\x80\x80\x80\x80\x80\x01\x78\x01";
        let block = [b"\0\xff\xff\0\0".to_vec(), vec![b'#'; 65_535]].concat();
        let pack = [head.as_slice(), &block.repeat(40)].concat();
        let taken = store.receive_within(1 << 20, Oid::ZERO_SHA1, "https://host/a/b", |sink| {
            let failed =
                |error| super::super::http::io_failure(&error, "u", super::super::USUAL_TIMEOUT);
            sink.copy_from(&mut pack.as_slice()).map_err(failed)
        });
        let want = RemoteError::TooLarge {
            url: "https://host/a/b".to_owned(),
            limit: 1 << 20,
        };
        assert_eq!(taken, Err(want));
    }

    #[test]
    fn what_is_no_pack_is_not_taken() {
        let temp = tempfile::tempdir().unwrap();
        let cache = Cache::at(temp.path().join("cache"));
        let store = cache.create_store("https://host/a/b").unwrap();
        let wanted = "0123456789012345678901234567890123456789".parse().unwrap();
        let big = [b"PACK\0\0\0\x02\xff\xff\xff\xff".as_slice(), &[0; 100]].concat();
        for bytes in [b"<html>no pack at all</html>".as_slice(), &big] {
            let taken = store.receive(wanted, "https://host/a/b", |sink| {
                sink.write_all(bytes).map_err(|error| {
                    super::super::http::io_failure(&error, "u", super::super::USUAL_TIMEOUT)
                })
            });
            assert!(
                matches!(taken, Err(RemoteError::Protocol { .. })),
                "{taken:?}"
            );
        }
        let left = fs::read_dir(store.path().join("objects/pack")).map_or(0, Iterator::count);
        assert_eq!(left, 0);
    }
}
