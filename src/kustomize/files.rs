//! The files that a kustomization names, read within its bounds.

use std::cell::RefCell;
use std::sync::Arc;

use crate::source::{EntryKind, Read, ReadLog, SourceError, Tree, TreePath};
use crate::yaml::{DuplicateKeys, FileId, Limits, Node, Origin, parse, parse_version_2};

use super::cache::{Cache, LARGEST_KEPT};
use super::documents::objects;
use super::file::Text;
use super::{BuildError, LoadRestriction};

/// The files that a folder's kustomization may read. Notes each look.
pub(super) struct Files<'b> {
    tree: &'b dyn Tree,
    cache: &'b Cache,
    restriction: LoadRestriction,
    folder: TreePath,
    log: RefCell<ReadLog>,
}

impl<'b> Files<'b> {
    /// Returns the files of a folder, in whose path no part is a link.
    pub(super) fn new(
        tree: &'b dyn Tree,
        cache: &'b Cache,
        restriction: LoadRestriction,
        folder: TreePath,
    ) -> Self {
        Self {
            tree,
            cache,
            restriction,
            folder,
            log: RefCell::default(),
        }
    }

    pub(super) fn into_log(self) -> ReadLog {
        self.log.into_inner()
    }

    /// Returns what stands at an entry of the kustomization; an error where nothing does.
    pub(super) fn kind(&self, path: &Text) -> Result<(TreePath, EntryKind), BuildError> {
        let at = path.origin;
        let joined = self.join(path)?;
        self.note(Read::Kind(joined.clone()));
        let kind = self
            .tree
            .kind(&joined)
            .map_err(|error| BuildError::Source {
                error,
                at: Some(at),
            })?;
        kind.map(|kind| (joined.clone(), kind)).ok_or_else(|| {
            if is_remote(path) {
                return BuildError::Remote {
                    url: path.to_string(),
                    at,
                };
            }
            BuildError::Source {
                error: SourceError::NotFound {
                    file: self.tree.file_id(&joined),
                },
                at: Some(at),
            }
        })
    }

    /// Returns the folder at an entry of the kustomization, with links followed.
    pub(super) fn folder(&self, path: &Text) -> Result<TreePath, BuildError> {
        let at = Some(path.origin);
        let (joined, kind) = self.kind(path)?;
        if kind == EntryKind::File {
            let file = self.tree.file_id(&joined);
            return Err(BuildError::Source {
                error: SourceError::NotDirectory { file },
                at,
            });
        }
        self.tree
            .resolve(&joined)
            .map_err(|error| BuildError::Source { error, at })
    }

    /// Returns the content of a file.
    pub(super) fn content(&self, path: &Text) -> Result<(FileId, Arc<[u8]>), BuildError> {
        self.read(&self.file(path)?, path.origin)
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
        let (file, content) = self.read(&key.0, path.origin)?;
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
        let (file, content) = self.read(&real, path.origin)?;
        let found = Arc::new(objects(parse(&content, file, &Limits::default())?)?);
        self.cache.objects.insert(real, &found);
        Ok(found)
    }

    fn read(&self, real: &TreePath, at: Origin) -> Result<(FileId, Arc<[u8]>), BuildError> {
        if let Some(known) = self.cache.contents.get(real) {
            return Ok((known.0, Arc::clone(&known.1)));
        }
        let content = self.tree.read(real).map_err(|error| BuildError::Source {
            error,
            at: Some(at),
        })?;
        let file = self.tree.file_id(real);
        if content.len() <= LARGEST_KEPT {
            let kept = Arc::new((file, Arc::clone(&content)));
            self.cache.contents.insert(real.clone(), &kept);
        }
        Ok((file, content))
    }

    /// Returns the real path of a file that the kustomization names, which it must be allowed to read.
    fn file(&self, path: &Text) -> Result<TreePath, BuildError> {
        let (joined, kind) = self.kind(path)?;
        let source = |error| BuildError::Source {
            error,
            at: Some(path.origin),
        };
        if kind == EntryKind::Directory {
            return Err(source(SourceError::IsDirectory {
                file: self.tree.file_id(&joined),
            }));
        }
        let real = self.tree.resolve(&joined).map_err(source)?;
        if self.restriction == LoadRestriction::RootOnly && !real.is_within(&self.folder) {
            return Err(BuildError::OutsideFolder {
                path: path.to_string(),
                folder: self.tree.file_id(&self.folder).name().to_string(),
                at: path.origin,
            });
        }
        self.note(Read::File(real.clone()));
        Ok(real)
    }

    fn join(&self, path: &Text) -> Result<TreePath, BuildError> {
        let at = path.origin;
        if path.is_empty() {
            return Err(BuildError::EmptyPath { at });
        }
        if path.starts_with('/') {
            return Err(BuildError::AbsolutePath {
                path: path.to_string(),
                at,
            });
        }
        if path.contains("://") {
            return Err(BuildError::Remote {
                url: path.to_string(),
                at,
            });
        }
        self.folder.join(path).map_err(|_| BuildError::LeavesTree {
            path: path.to_string(),
            at,
        })
    }

    fn note(&self, read: Read) {
        self.log.borrow_mut().insert(read);
    }
}

/// Tells whether what is no file may be the address of a repository.
fn is_remote(path: &str) -> bool {
    path.contains("://")
        || path.starts_with("git@")
        || path.starts_with("git::")
        || path.starts_with("github.com/")
        || path.starts_with("github.com:")
        || path.contains("?ref=")
}
