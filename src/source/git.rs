//! A tree backed by a Git revision, read from the object store.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use git2::{ErrorCode, ObjectType, Oid, Repository};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::yaml::FileId;

use super::remote::Submodules;
use super::shown::ShownNames;
use super::{EntryKind, MAX_FILE_BYTES, SourceError, Tree, TreePath};

/// The most links that one path may lead through, as on Linux.
const MAX_LINKS: usize = 40;

/// A folder of a Git repository as it is at a revision. Nothing is checked out.
pub struct GitTree {
    git_dir: PathBuf,
    root: Oid,
    commit: Option<Oid>,
    names: ShownNames,
    submodules: Submodules,
    /// Repositories that no thread uses now: libgit2's may be used by one at a time.
    idle: Mutex<Vec<Repository>>,
    /// Folders by the id of their tree object, hence each content once.
    folders: RwLock<FxHashMap<Oid, Folder>>,
}

type Folder = Arc<[Entry]>;

/// An entry of a folder; a folder has them sorted by name, bytewise.
struct Entry {
    name: SmolStr,
    kind: Kind,
    id: Oid,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Link,
    Folder,
    Submodule,
}

/// What stands at the end of a path: the way there without links, and the object.
struct Found {
    /// The parts of the real path; each folder's tree object stands before what is in it.
    real: Vec<(SmolStr, Oid)>,
    kind: EntryKind,
    id: Oid,
}

impl GitTree {
    /// Opens the folder as it is at a revision of the repository that it is in, or, for a bare
    /// repository, the root of that revision. `shown_from` is the folder that names shown to people
    /// are relative to.
    ///
    /// # Errors
    ///
    /// Where there is no repository, it has no such revision, or the revision has no such folder.
    pub fn open(folder: &Path, revision: &str, shown_from: &Path) -> Result<Self, SourceError> {
        let folder = existing(folder);
        let repository =
            Repository::discover(&folder).map_err(|error| no_repository(&folder, &error))?;
        let object = find_revision(&repository, revision)?;
        let commit = object.peel_to_commit().ok().map(|commit| commit.id());
        let tree = object.peel_to_tree().map_err(|error| git(&error))?.id();
        drop(object);

        let work_dir = repository
            .workdir()
            .and_then(|path| path.canonicalize().ok());
        let below = work_dir
            .as_ref()
            .and_then(|root| folder.strip_prefix(root).ok())
            .and_then(Path::to_str)
            .unwrap_or_default()
            .to_owned();
        let shown_from = shown_from
            .canonicalize()
            .unwrap_or_else(|_| shown_from.to_owned());
        let names = match &work_dir {
            Some(root) => ShownNames::new(root, &shown_from),
            None => ShownNames::new(Path::new("/"), Path::new("/")),
        };
        let git_dir = repository.path().to_owned();
        let mut opened = Self {
            git_dir,
            root: tree,
            commit,
            names,
            submodules: Submodules::LeftOut,
            idle: Mutex::new(vec![repository]),
            folders: RwLock::default(),
        };
        if let Some(root) = work_dir.filter(|_| !below.is_empty()) {
            let path =
                TreePath::new(&below).map_err(|error| SourceError::Git(error.to_string()))?;
            let found = opened.find(&path)?;
            if found.kind != EntryKind::Directory {
                return Err(SourceError::NotDirectory {
                    file: opened.file_id(&path),
                });
            }
            opened.root = found.id;
            opened.names = ShownNames::new(&root.join(&below), &shown_from);
        }
        Ok(opened)
    }

    /// Opens a commit of a bare repository in the cache, whose submodules' objects are in it, too.
    pub(super) fn fetched(
        git_dir: &Path,
        commit: Oid,
        address: &str,
        submodules: Submodules,
    ) -> Result<Self, SourceError> {
        let repository = Repository::open_bare(git_dir).map_err(|error| git(&error))?;
        let found = repository.find_commit(commit);
        let root = found.map_err(|error| git(&error))?.tree_id();
        Ok(Self {
            git_dir: git_dir.to_owned(),
            root,
            commit: Some(commit),
            names: ShownNames::Below(address.to_owned()),
            submodules,
            idle: Mutex::new(vec![repository]),
            folders: RwLock::default(),
        })
    }

    /// Returns the commit that the revision named; none where it named a tree.
    pub fn commit(&self) -> Option<String> {
        self.commit.map(|id| id.to_string())
    }

    /// Follows a path from the root, through links.
    fn find(&self, path: &TreePath) -> Result<Found, SourceError> {
        let file = || self.file_id(path);
        let mut real: Vec<(SmolStr, Oid)> = Vec::new();
        let mut here = (EntryKind::Directory, self.root);
        let mut to_go: Vec<SmolStr> = path.parts().map(SmolStr::from).collect();
        to_go.reverse();
        let mut links = 0;
        while let Some(part) = to_go.pop() {
            let (EntryKind::Directory, folder) = here else {
                return Err(SourceError::NotDirectory { file: file() });
            };
            if part == ".." {
                let Some((_, above)) = real.pop() else {
                    return Err(SourceError::LinkEscapes { file: file() });
                };
                here = (EntryKind::Directory, above);
                continue;
            }
            let entries = self.folder(folder)?;
            let Ok(index) = entries.binary_search_by(|entry| entry.name.cmp(&part)) else {
                return Err(SourceError::NotFound { file: file() });
            };
            let entry = &entries[index];
            here = match entry.kind {
                Kind::File => (EntryKind::File, entry.id),
                Kind::Folder => (EntryKind::Directory, entry.id),
                Kind::Submodule => return Err(SourceError::Submodule { file: file() }),
                Kind::Link => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(SourceError::LinkLoop { file: file() });
                    }
                    let target = self.blob(entry.id, path)?;
                    push_link_target(&target, &mut to_go)
                        .ok_or_else(|| SourceError::LinkEscapes { file: file() })?;
                    continue;
                }
            };
            real.push((part, folder));
        }
        let (kind, id) = here;
        Ok(Found { real, kind, id })
    }

    fn folder(&self, id: Oid) -> Result<Folder, SourceError> {
        let known = self.folders.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = known.get(&id) {
            return Ok(Arc::clone(folder));
        }
        drop(known);
        let folder = self.with_repository(|repository| {
            let tree = repository.find_tree(id).map_err(|error| git(&error))?;
            let mut entries: Vec<Entry> = tree
                .iter()
                .filter_map(|entry| {
                    let mut id = entry.id();
                    let kind = match (entry.kind(), entry.filemode()) {
                        (_, 0o120_000) => Kind::Link,
                        (Some(ObjectType::Blob), _) => Kind::File,
                        (Some(ObjectType::Tree), _) => Kind::Folder,
                        (Some(ObjectType::Commit), _) => {
                            let commit = repository.find_commit(id);
                            match commit
                                .ok()
                                .filter(|_| self.submodules == Submodules::Fetched)
                            {
                                Some(commit) => {
                                    id = commit.tree_id();
                                    Kind::Folder
                                }
                                None => Kind::Submodule,
                            }
                        }
                        _ => return None,
                    };
                    Some(Entry {
                        name: std::str::from_utf8(entry.name_bytes()).ok()?.into(),
                        kind,
                        id,
                    })
                })
                .collect();
            // Git sorts a folder as if its name ended in a slash.
            entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
            Ok(Folder::from(entries))
        })?;
        let mut known = self.folders.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(known.entry(id).or_insert(folder)))
    }

    fn blob(&self, id: Oid, path: &TreePath) -> Result<Arc<[u8]>, SourceError> {
        self.with_repository(|repository| {
            let store = repository.odb().map_err(|error| git(&error))?;
            let (bytes, _) = store.read_header(id).map_err(|error| git(&error))?;
            let bytes = bytes as u64;
            if bytes > MAX_FILE_BYTES {
                return Err(SourceError::TooLarge {
                    file: self.file_id(path),
                    bytes,
                    limit: MAX_FILE_BYTES,
                });
            }
            let object = store.read(id).map_err(|error| git(&error))?;
            Ok(object.data().into())
        })
    }

    /// Lends a repository that no other thread uses meanwhile.
    fn with_repository<T>(
        &self,
        work: impl FnOnce(&Repository) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let repository = match idle {
            Some(repository) => repository,
            None => Repository::open(&self.git_dir).map_err(|error| git(&error))?,
        };
        let result = work(&repository);
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(repository);
        result
    }
}

impl std::fmt::Debug for GitTree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitTree")
            .field("git_dir", &self.git_dir)
            .field("root", &self.root)
            .field("commit", &self.commit)
            .finish_non_exhaustive()
    }
}

impl Tree for GitTree {
    fn kind(&self, path: &TreePath) -> Result<Option<EntryKind>, SourceError> {
        match self.find(path) {
            Ok(found) => Ok(Some(found.kind)),
            Err(SourceError::NotFound { .. } | SourceError::NotDirectory { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, SourceError> {
        let found = self.find(path)?;
        if found.kind == EntryKind::Directory {
            return Err(SourceError::IsDirectory {
                file: self.file_id(path),
            });
        }
        self.blob(found.id, path)
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(String, EntryKind)>, SourceError> {
        let found = self.find(path)?;
        if found.kind != EntryKind::Directory {
            return Err(SourceError::NotDirectory {
                file: self.file_id(path),
            });
        }
        let folder = self.folder(found.id)?;
        let entries = folder.iter().map(|entry| {
            let kind = match entry.kind {
                Kind::Folder | Kind::Submodule => EntryKind::Directory,
                Kind::File => EntryKind::File,
                // A link that leads nowhere is listed as on disk: as a file.
                Kind::Link => match self.kind(&path.child(&entry.name)) {
                    Ok(Some(kind)) => kind,
                    _ => EntryKind::File,
                },
            };
            (entry.name.to_string(), kind)
        });
        Ok(entries.collect())
    }

    fn resolve(&self, path: &TreePath) -> Result<TreePath, SourceError> {
        let found = self.find(path)?;
        Ok(found
            .real
            .iter()
            .fold(TreePath::root(), |path, (name, _)| path.child(name)))
    }

    fn file_id(&self, path: &TreePath) -> FileId {
        self.names.file_id(path)
    }

    fn path_of(&self, file: FileId) -> Option<TreePath> {
        self.names.path_of(file)
    }
}

/// Puts the parts of a link's target before what is to go; `None` where it is absolute or not text.
fn push_link_target(target: &[u8], to_go: &mut Vec<SmolStr>) -> Option<()> {
    let target = std::str::from_utf8(target).ok()?;
    if target.starts_with('/') {
        return None;
    }
    let parts = target.split('/').rev();
    to_go.extend(
        parts
            .filter(|part| !part.is_empty() && *part != ".")
            .map(SmolStr::from),
    );
    Some(())
}

/// Returns the folder with links followed, also where its last parts exist at the revision only.
fn existing(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    for ancestor in absolute.ancestors() {
        if let Ok(real) = ancestor.canonicalize() {
            let rest = absolute.strip_prefix(ancestor).unwrap_or(Path::new(""));
            return if rest.as_os_str().is_empty() {
                real
            } else {
                real.join(rest)
            };
        }
    }
    absolute
}

fn find_revision<'r>(
    repository: &'r Repository,
    revision: &str,
) -> Result<git2::Object<'r>, SourceError> {
    repository.revparse_single(revision).map_err(|error| {
        if !matches!(
            error.code(),
            ErrorCode::NotFound | ErrorCode::InvalidSpec | ErrorCode::Ambiguous
        ) {
            return git(&error);
        }
        SourceError::UnknownRevision {
            revision: revision.to_owned(),
            nearest: nearest_reference(repository, revision),
            shallow: repository.is_shallow(),
        }
    })
}

/// Returns the branch or tag whose name is most like a text, if one is.
fn nearest_reference(repository: &Repository, revision: &str) -> Option<String> {
    let references = repository.references().ok()?;
    let mut names: Vec<String> = references
        .flatten()
        .filter_map(|reference| reference.shorthand().ok().map(str::to_owned))
        .collect();
    names.push("HEAD".to_owned());
    let mut best: Option<(usize, &str)> = None;
    for name in &names {
        let distance = strsim::damerau_levenshtein(name, revision);
        // A branch that only the remote has is what a fresh clone lacks.
        let distance = if name.rsplit('/').next() == Some(revision) {
            0
        } else {
            distance
        };
        if distance <= revision.len() / 3 + 1
            && best
                .as_ref()
                .is_none_or(|best| (distance, name.as_str()) < *best)
        {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name.to_owned())
}

fn no_repository(folder: &Path, error: &git2::Error) -> SourceError {
    if error.code() == ErrorCode::NotFound {
        return SourceError::NoRepository {
            path: folder.display().to_string(),
        };
    }
    git(error)
}

fn git(error: &git2::Error) -> SourceError {
    SourceError::Git(error.message().to_owned())
}

#[cfg(test)]
mod tests {
    use git2::{FileMode, Signature};

    use super::*;

    /// Writes objects only: no test needs a checkout either.
    struct Store {
        repository: Repository,
        temp: tempfile::TempDir,
    }

    impl Store {
        fn bare() -> Self {
            let temp = tempfile::tempdir().unwrap();
            let repository = Repository::init_bare(temp.path()).unwrap();
            Self { repository, temp }
        }

        fn folder(&self, entries: &[(&str, Oid, FileMode)]) -> Oid {
            let mut builder = self.repository.treebuilder(None).unwrap();
            for (name, id, mode) in entries {
                builder.insert(name, *id, i32::from(*mode)).unwrap();
            }
            builder.write().unwrap()
        }

        fn blob(&self, content: &str) -> Oid {
            self.repository.blob(content.as_bytes()).unwrap()
        }

        fn commit(&self, tree: Oid) -> Oid {
            let who = Signature::now("a person", "person@example.com").unwrap();
            let tree = self.repository.find_tree(tree).unwrap();
            self.repository
                .commit(Some("refs/heads/main"), &who, &who, "change", &tree, &[])
                .unwrap()
        }

        fn open(&self, revision: &str) -> Result<GitTree, SourceError> {
            GitTree::open(self.temp.path(), revision, self.temp.path())
        }
    }

    fn path(text: &str) -> TreePath {
        TreePath::new(text).unwrap()
    }

    fn store() -> Store {
        let store = Store::bare();
        let file = store.blob("a: 1\n");
        let link = |target: &str| store.blob(target);
        let inner = store.folder(&[
            ("x.yaml", file, FileMode::Blob),
            ("up", link("../folder/x.yaml"), FileMode::Link),
            ("out", link("../../../etc/passwd"), FileMode::Link),
            ("absolute", link("/etc/passwd"), FileMode::Link),
            ("loop", link("loop"), FileMode::Link),
        ]);
        let root = store.folder(&[
            ("folder", inner, FileMode::Tree),
            ("folder.yaml", file, FileMode::Blob),
            ("linked", link("folder"), FileMode::Link),
            ("module", inner, FileMode::Commit),
        ]);
        store.commit(root);
        store
    }

    #[test]
    fn a_bare_repository_is_read_at_a_revision() {
        let store = store();
        let tree = store.open("main").unwrap();
        assert_eq!(&*tree.read(&path("folder/x.yaml")).unwrap(), b"a: 1\n");
        assert_eq!(tree.commit().map(|commit| commit.len()), Some(40));
        assert_eq!(tree.kind(&path("none")).unwrap(), None);
        assert_eq!(tree.kind(&path("folder.yaml/x")).unwrap(), None);
        assert!(matches!(
            tree.read(&path("folder")),
            Err(SourceError::IsDirectory { .. })
        ));
        assert!(matches!(
            tree.list(&path("folder.yaml")),
            Err(SourceError::NotDirectory { .. })
        ));
        let names: Vec<String> = tree
            .list(&TreePath::root())
            .unwrap()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["folder", "folder.yaml", "linked", "module"]);
    }

    #[test]
    fn links_are_followed_within_the_tree_only() {
        let store = store();
        let tree = store.open("main").unwrap();
        assert_eq!(&*tree.read(&path("linked/up")).unwrap(), b"a: 1\n");
        assert_eq!(
            tree.resolve(&path("linked/up")).unwrap(),
            path("folder/x.yaml")
        );
        assert_eq!(
            tree.kind(&path("linked")).unwrap(),
            Some(EntryKind::Directory)
        );
        for name in ["linked/out", "linked/absolute"] {
            assert!(
                matches!(tree.read(&path(name)), Err(SourceError::LinkEscapes { .. })),
                "{name}"
            );
        }
        assert!(matches!(
            tree.read(&path("folder/loop")),
            Err(SourceError::LinkLoop { .. })
        ));
    }

    #[test]
    fn a_submodule_is_an_error_that_says_so() {
        let error = store().open("main").unwrap().kind(&path("module/x.yaml"));
        assert!(matches!(error, Err(SourceError::Submodule { .. })));
    }

    #[test]
    fn an_unknown_revision_names_the_nearest() {
        let error = store().open("mian").unwrap_err();
        assert_eq!(
            error,
            SourceError::UnknownRevision {
                revision: "mian".to_owned(),
                nearest: Some("main".to_owned()),
                shallow: false
            }
        );
    }

    #[test]
    fn threads_read_at_the_same_time() {
        let store = store();
        let tree = store.open("main").unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        tree.read(&path("linked/up")).unwrap();
                    }
                });
            }
        });
    }
}
