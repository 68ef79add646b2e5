//! Where a kustomization stands, in the tree that is built from or in a repository that was fetched, and which
//! folders led there.

use std::sync::Arc;

use crate::source::remote::{Asker, FetchedRepository, RepositoryReference, redact};
use crate::source::{Tree, TreePath};
use crate::yaml::Origin;

use super::BuildError;

/// The most folders that lead to one another.
const DEEPEST: usize = 100;

/// The tree that a folder is in.
#[derive(Clone)]
pub(super) enum Home<'b> {
    /// The one that is built from.
    Own(&'b dyn Tree),
    /// A repository.
    Fetched(Arc<FetchedRepository>),
}

impl Home<'_> {
    pub(super) fn tree(&self) -> &dyn Tree {
        match self {
            Self::Own(tree) => *tree,
            Self::Fetched(repository) => repository.tree.as_ref(),
        }
    }

    /// Returns its number: none other of this build has it.
    pub(super) fn number(&self) -> u32 {
        match self {
            Self::Own(_) => 0,
            Self::Fetched(repository) => repository.number,
        }
    }

    /// Tells whose files are in it.
    pub(super) fn asker(&self) -> Asker {
        match self {
            Self::Own(_) => Asker::Local,
            Self::Fetched(repository) => repository.asker,
        }
    }

    /// Returns the name under which people know a path.
    pub(super) fn name(&self, path: &TreePath) -> String {
        self.tree().file_id(path).name().to_string()
    }
}

/// A path, and the number of the tree that it is in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) home: u32,
    pub(super) path: TreePath,
}

/// A folder that an entry of a kustomization leads to.
pub(super) struct Base<'b> {
    pub(super) home: Home<'b>,
    /// The folder, in whose path no part is a link.
    pub(super) folder: TreePath,
    /// The address, where the entry is one.
    pub(super) address: Option<RepositoryReference>,
}

impl Base<'_> {
    pub(super) fn place(&self) -> Place {
        Place {
            home: self.home.number(),
            path: self.folder.clone(),
        }
    }
}

/// The folders that led to the one at hand, innermost first.
#[derive(Clone, Copy)]
pub(super) struct Chain<'c> {
    pub(super) home: &'c Home<'c>,
    pub(super) folder: &'c TreePath,
    /// The address by which the repository was entered here.
    address: Option<&'c RepositoryReference>,
    referrer: Option<&'c Chain<'c>>,
    depth: usize,
}

impl<'c> Chain<'c> {
    pub(super) fn start(base: &'c Base<'c>) -> Self {
        Self {
            home: &base.home,
            folder: &base.folder,
            address: base.address.as_ref(),
            referrer: None,
            depth: 1,
        }
    }

    pub(super) fn enter<'n>(&'n self, base: &'n Base<'n>) -> Chain<'n> {
        Chain {
            home: &base.home,
            folder: &base.folder,
            address: base.address.as_ref(),
            referrer: Some(self),
            depth: self.depth + 1,
        }
    }

    fn links(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |link| link.referrer)
    }

    /// Fails where a folder of the same tree is one of the chain or holds one, which would make a cycle
    /// possible. A repository that is entered anew by its address is another tree, as in the reference tool.
    pub(super) fn check(&self, folder: &TreePath, at: Origin) -> Result<(), BuildError> {
        for link in self.links() {
            if link.folder.is_within(folder) {
                return Err(BuildError::Cycle {
                    folder: self.home.name(folder),
                    inner: self.home.name(link.folder),
                    at,
                });
            }
            if link.address.is_some() {
                break;
            }
        }
        self.check_depth(at)
    }

    /// Fails where an address is one that led here, or the beginning of one.
    pub(super) fn check_address(&self, address: &str, at: Origin) -> Result<(), BuildError> {
        let mut addresses = self.links().filter_map(|link| link.address);
        if addresses.any(|led_here| led_here.raw().starts_with(address)) {
            return Err(BuildError::RemoteCycle {
                url: redact(address).into_owned(),
                at,
            });
        }
        self.check_depth(at)
    }

    fn check_depth(&self, at: Origin) -> Result<(), BuildError> {
        if self.depth >= DEEPEST {
            return Err(BuildError::TooDeep { limit: DEEPEST, at });
        }
        Ok(())
    }
}
