//! The files that a kustomization names, read within its bounds.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::source::remote::{
    Asker, FetchedFile, RemoteError, Remotes, RepositoryPin, RepositoryReference, is_file_url,
    redact,
};
use crate::source::{EntryKind, Read, ReadLog, SourceError, Tree as _, TreePath};
use crate::yaml::{DuplicateKeys, FileId, Limits, Node, Origin, parse, parse_version_2};

use super::accumulate::Context;
use super::cache::{Cache, FileKey, LARGEST_KEPT};
use super::documents::objects;
use super::file::Text;
use super::place::{Base, Home, Place};
use super::{BuildError, LoadRestriction};

/// The files that a folder's kustomization may read. Notes each look.
pub(super) struct Files<'b> {
    home: Home<'b>,
    remotes: Option<&'b Remotes>,
    cache: &'b Cache,
    restriction: LoadRestriction,
    folder: TreePath,
    log: RefCell<ReadLog>,
}

impl<'b> Files<'b> {
    /// Returns the files of a folder, in whose path no part is a link.
    pub(super) fn new(context: Context<'b>, home: Home<'b>, folder: TreePath) -> Self {
        let restriction = match home {
            Home::Own(_) => context.options.load_restriction,
            // Whatever was allowed here, what was fetched keeps to its folders.
            Home::Fetched(_) => LoadRestriction::RootOnly,
        };
        Self {
            home,
            remotes: context.remotes,
            cache: context.cache,
            restriction,
            folder,
            log: RefCell::default(),
        }
    }

    pub(super) fn into_log(self) -> ReadLog {
        self.log.into_inner()
    }

    /// Tells whether an entry of the kustomization is a file here.
    pub(super) fn is_file(&self, path: &Text) -> bool {
        matches!(self.kind(path), Ok((_, EntryKind::File)))
    }

    /// Returns the folder that the address of a repository names.
    pub(super) fn fetch(
        &self,
        address: RepositoryReference,
        at: Origin,
    ) -> Result<Base<'b>, BuildError> {
        let (base, pin) = fetch(self.remotes, address, self.home.asker(), Some(at))?;
        self.log.borrow_mut().insert(Read::Repository(pin));
        Ok(base)
    }

    /// Returns what stands at an entry of the kustomization; an error where nothing does.
    fn kind(&self, path: &Text) -> Result<(TreePath, EntryKind), BuildError> {
        let at = Some(path.origin);
        let joined = self.join(path)?;
        self.note(Read::Kind(joined.clone()));
        let tree = self.home.tree();
        let kind = tree
            .kind(&joined)
            .map_err(|error| BuildError::Source { error, at })?;
        if let Some(kind) = kind {
            return Ok((joined, kind));
        }
        let shown = redact(path);
        if shown != **path {
            return Err(BuildError::Remote {
                error: RemoteError::Url {
                    url: shown.into_owned(),
                },
                at,
            });
        }
        Err(BuildError::Missing {
            error: SourceError::NotFound {
                file: tree.file_id(&joined),
            },
            nearest: self.nearest(&joined),
            at: path.origin,
        })
    }

    /// Returns the name beside a missing one that is most like it.
    fn nearest(&self, missing: &TreePath) -> Option<String> {
        let name = missing.name()?;
        let tree = self.home.tree();
        // Of a whole disk, what is elsewhere is nobody's business.
        let is_disk = tree.folder_on_disk(&TreePath::root()) == Some(PathBuf::from("/"));
        if is_disk && missing.parts().next() != self.folder.parts().next() {
            return None;
        }
        let beside = tree.list(&missing.parent()?).ok()?;
        let distances = beside.into_iter().map(|(other, _)| {
            let distance = strsim::damerau_levenshtein(name, &other);
            (distance, other)
        });
        let (_, nearest) = distances
            .min()
            .filter(|(distance, _)| *distance <= (name.len() / 4).max(2))?;
        Some(nearest)
    }

    /// Returns the folder at an entry of the kustomization, with links followed.
    pub(super) fn folder(&self, path: &Text) -> Result<Base<'b>, BuildError> {
        let at = Some(path.origin);
        if path.starts_with('/') {
            return Err(BuildError::AbsolutePath {
                path: path.to_string(),
                at: path.origin,
            });
        }
        let (joined, kind) = self.kind(path)?;
        let tree = self.home.tree();
        if kind == EntryKind::File {
            let file = tree.file_id(&joined);
            return Err(BuildError::Source {
                error: SourceError::NotDirectory { file },
                at,
            });
        }
        let folder = tree
            .resolve(&joined)
            .map_err(|error| BuildError::Source { error, at })?;
        Ok(Base {
            home: self.home.clone(),
            folder,
            address: None,
        })
    }

    /// Returns the tree that the files are in.
    pub(super) fn tree(&self) -> &dyn crate::source::Tree {
        self.home.tree()
    }

    /// Returns the folder of a chart, which may stand outside of the kustomization's.
    pub(super) fn chart_folder(&self, path: &Text) -> Result<TreePath, BuildError> {
        self.join(path)
    }

    /// Returns the content of a file.
    pub(super) fn content(&self, path: &Text) -> Result<(FileId, Arc<[u8]>), BuildError> {
        self.read_and_keep(&self.file(path)?, path)
    }

    /// Returns the first document of a file that configures the build.
    pub(super) fn document(
        &self,
        path: &Text,
        duplicates: DuplicateKeys,
    ) -> Result<Option<Node>, BuildError> {
        let real = self.file(path)?;
        let key = (real, duplicates);
        if let Some(document) = self.cache.documents.get(&key) {
            return Ok(Option::clone(&document));
        }
        let (file, content) = self.read_and_keep(&key.0, path)?;
        let document = parse_version_2(&content, file, &Limits::default(), duplicates)?;
        self.cache
            .documents
            .insert(key, &Arc::new(document.clone()));
        Ok(document)
    }

    /// Returns the objects of a file.
    pub(super) fn objects(&self, path: &Text) -> Result<Arc<Vec<Node>>, BuildError> {
        let real = self.file(path)?;
        if let Some(found) = self.cache.objects.get(&real) {
            return Ok(found);
        }
        let (file, content) = self.read(&real, path)?;
        let found = Arc::new(objects(parse(&content, file, &Limits::default())?)?);
        self.cache.objects.insert(real, &found);
        Ok(found)
    }

    fn read_and_keep(&self, key: &FileKey, path: &Text) -> Result<(FileId, Arc<[u8]>), BuildError> {
        if let Some(known) = self.cache.contents.get(key) {
            return Ok((known.0, Arc::clone(&known.1)));
        }
        let (file, content) = self.read(key, path)?;
        if content.len() <= LARGEST_KEPT {
            let kept = Arc::new((file, Arc::clone(&content)));
            self.cache.contents.insert(key.clone(), &kept);
        }
        Ok((file, content))
    }

    fn read(&self, key: &FileKey, path: &Text) -> Result<(FileId, Arc<[u8]>), BuildError> {
        match key {
            FileKey::Url(_) => {
                let fetched = self.fetch_file(path)?;
                Ok((fetched.file, Arc::clone(&fetched.content)))
            }
            FileKey::InTree(place) => {
                let tree = self.home.tree();
                let at = Some(path.origin);
                let content = tree.read(&place.path);
                let content = content.map_err(|error| BuildError::Source { error, at })?;
                Ok((tree.file_id(&place.path), content))
            }
        }
    }

    /// Returns what a file that the kustomization names is known by. It must be allowed to read it.
    pub(super) fn file(&self, path: &Text) -> Result<FileKey, BuildError> {
        if is_file_url(path) {
            let fetched = self.fetch_file(path)?;
            self.log
                .borrow_mut()
                .insert(Read::RemoteFile(fetched.pin.clone()));
            return Ok(FileKey::Url(fetched.pin.url.clone()));
        }
        let (joined, kind) = self.kind(path)?;
        let tree = self.home.tree();
        let source = |error| BuildError::Source {
            error,
            at: Some(path.origin),
        };
        if kind == EntryKind::Directory {
            return Err(source(SourceError::IsDirectory {
                file: tree.file_id(&joined),
            }));
        }
        let real = tree.resolve(&joined).map_err(source)?;
        if self.restriction == LoadRestriction::RootOnly && !real.is_within(&self.folder) {
            return Err(BuildError::OutsideFolder {
                path: path.to_string(),
                folder: self.home.name(&self.folder),
                at: path.origin,
            });
        }
        self.note(Read::File(real.clone()));
        Ok(FileKey::InTree(Place {
            home: self.home.number(),
            path: real,
        }))
    }

    /// Returns a file from elsewhere; each is had once.
    fn fetch_file(&self, url: &Text) -> Result<Arc<FetchedFile>, BuildError> {
        let file = match self.remotes {
            Some(remotes) => remotes.file(url),
            None => Err(RemoteError::NotHere {
                url: redact(url).into_owned(),
            }),
        };
        file.map_err(|error| BuildError::Remote {
            error,
            at: Some(url.origin),
        })
    }

    fn join(&self, path: &Text) -> Result<TreePath, BuildError> {
        let at = path.origin;
        if path.is_empty() {
            return Err(BuildError::EmptyPath { at });
        }
        if path.starts_with('/') {
            return self
                .below_root(path)
                .ok_or_else(|| BuildError::AbsolutePath {
                    path: path.to_string(),
                    at,
                });
        }
        if path.contains("://") {
            return Err(BuildError::Remote {
                error: RemoteError::Url {
                    url: redact(path).into_owned(),
                },
                at: Some(at),
            });
        }
        self.folder.join(path).map_err(|_| BuildError::LeavesTree {
            path: redact(path).into_owned(),
            at,
        })
    }

    /// Returns where an absolute path is in a tree that is a part of the disk.
    fn below_root(&self, path: &str) -> Option<TreePath> {
        let root = self.home.tree().folder_on_disk(&TreePath::root())?;
        let inside = Path::new(path).strip_prefix(root).ok()?;
        TreePath::root().join(inside.to_str()?).ok()
    }

    /// Notes a look at the tree that is built from. What a repository holds follows from its commit.
    fn note(&self, read: Read) {
        if matches!(self.home, Home::Own(_)) {
            self.log.borrow_mut().insert(read);
        }
    }
}

/// Reads an entry of the kustomization as the address of a repository; `None` where it is none.
pub(super) fn address(path: &Text) -> Result<Option<RepositoryReference>, BuildError> {
    RepositoryReference::parse(path).map_err(|error| BuildError::Remote {
        error: error.into(),
        at: Some(path.origin),
    })
}

/// Returns the folder that the address of a repository names, and what exactly was fetched.
pub(super) fn fetch<'b>(
    remotes: Option<&Remotes>,
    address: RepositoryReference,
    asker: Asker,
    at: Option<Origin>,
) -> Result<(Base<'b>, RepositoryPin), BuildError> {
    let remote = |error| BuildError::Remote { error, at };
    let source = |error| BuildError::Source { error, at };
    let repository = match remotes {
        Some(remotes) => remotes.repository(&address, asker),
        None => Err(RemoteError::NotHere {
            url: address.shown(),
        }),
    };
    let repository = repository.map_err(remote)?;
    let tree = &repository.tree;
    let folder = tree.resolve(address.folder()).map_err(source)?;
    if tree.kind(&folder).map_err(source)? != Some(EntryKind::Directory) {
        let file = tree.file_id(&folder);
        return Err(source(SourceError::NotDirectory { file }));
    }
    let pin = repository.pin.clone();
    let base = Base {
        home: Home::Fetched(repository),
        folder,
        address: Some(address),
    };
    Ok((base, pin))
}
