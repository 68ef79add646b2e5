//! Which repository a folder on disk is in, and by which addresses others know that.

use std::path::{Path, PathBuf};

use git2::Repository;

/// A repository on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeRepository {
    /// The folder that it is checked out in.
    pub root: PathBuf,
    /// The addresses of its remotes, that of `origin` first.
    pub urls: Vec<String>,
}

impl HomeRepository {
    /// Finds the repository that a folder is in; `None` where it is in none that is checked out.
    pub fn of(folder: &Path) -> Option<Self> {
        let repository = Repository::discover(folder).ok()?;
        let root = repository.workdir()?.canonicalize().ok()?;
        let mut urls = Vec::new();
        for name in repository.remotes().ok()?.iter().flatten().flatten() {
            let Ok(remote) = repository.find_remote(name) else {
                continue;
            };
            let own = remote.url().ok().map(str::to_owned);
            let at = if name == "origin" { 0 } else { urls.len() };
            urls.splice(at..at, own);
        }
        Some(Self { root, urls })
    }
}
