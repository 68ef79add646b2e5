//! Which folders of the tree have the files of which repositories.

use crate::source::{EntryKind, Tree, TreePath};
use crate::yaml::Origin;

use super::super::fleet::RepositoryFolder;
use super::error::Problem;

/// A repository, and the folder of the tree that has its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Its address, as anyone may write it.
    pub url: String,
    /// The folder of the tree.
    pub path: TreePath,
    /// Which folder of the repository that is; the root is its root.
    pub subfolder: TreePath,
}

/// Returns what a fleet file says of repositories.
pub(super) fn declared(folders: &[RepositoryFolder]) -> impl Iterator<Item = Repository> + '_ {
    folders.iter().map(|folder| Repository {
        url: folder.url.clone(),
        path: folder.path.clone(),
        subfolder: folder.subfolder.clone(),
    })
}

/// The repositories whose files are in the tree. Of several for one address the first counts.
pub(super) struct Repositories(Vec<(String, Repository)>);

impl Repositories {
    pub(super) fn new(repositories: impl IntoIterator<Item = Repository>) -> Self {
        let repositories = repositories.into_iter();
        Self(
            repositories
                .map(|repository| (normalized(&repository.url), repository))
                .collect(),
        )
    }

    /// Returns the repository of an address.
    pub(super) fn find(&self, url: &str) -> Option<&Repository> {
        let url = normalized(url);
        let found = self.0.iter().find(|(known, _)| *known == url);
        found.map(|(_, repository)| repository)
    }

    /// Returns the repository of an address that a line names.
    pub(super) fn require(&self, url: &str, at: Origin) -> Result<&Repository, Problem> {
        self.find(url).ok_or_else(|| Problem::Repository {
            url: crate::source::remote::redact(url).into_owned(),
            at,
        })
    }
}

impl Repository {
    /// The folder of the tree alone, as the root of a repository.
    pub(super) fn whole_tree() -> Self {
        Self {
            url: String::new(),
            path: TreePath::root(),
            subfolder: TreePath::root(),
        }
    }

    /// Returns where a path of the repository is in the tree.
    pub(super) fn join(&self, path: &str, at: Origin) -> Result<TreePath, Problem> {
        self.join_from(&TreePath::root(), path, at)
    }

    /// Returns where a path is in the tree that begins at a folder of the repository.
    pub(super) fn join_from(
        &self,
        folder: &TreePath,
        path: &str,
        at: Origin,
    ) -> Result<TreePath, Problem> {
        let escapes = |_| Problem::Escapes {
            path: path.to_owned(),
            at,
        };
        let within = folder.join(path).map_err(escapes)?;
        let below = if self.subfolder.is_root() {
            within.as_str()
        } else if within.is_within(&self.subfolder) {
            let rest = within.as_str().strip_prefix(self.subfolder.as_str());
            rest.unwrap_or_default().trim_start_matches('/')
        } else {
            return Err(Problem::OutsideSubfolder {
                path: path.to_owned(),
                folder: self.subfolder.to_string(),
                at,
            });
        };
        self.path.join(below).map_err(escapes)
    }

    /// Returns which path of the repository a path of the tree is; the root where it is none.
    pub(super) fn path_of(&self, path: &TreePath) -> TreePath {
        let below = path.as_str().strip_prefix(self.path.as_str());
        let below = below.unwrap_or_default().trim_start_matches('/');
        self.subfolder.join(below).unwrap_or_default()
    }

    /// Returns where a folder of the repository is in the tree, links resolved. It must be there, and stay in the
    /// repository's folder.
    pub(super) fn folder(
        &self,
        tree: &dyn Tree,
        path: &str,
        at: Origin,
    ) -> Result<TreePath, Problem> {
        let joined = self.join(path, at)?;
        match kind(tree, &joined, at)? {
            Some(EntryKind::Directory) => self.resolve(tree, &joined, at),
            Some(EntryKind::File) => Err(Problem::NotFolder {
                path: path.to_owned(),
                at,
            }),
            None => Err(Problem::Missing {
                path: path.to_owned(),
                at,
            }),
        }
    }

    /// Follows the links of a path, which must not leave the repository's folder.
    pub(super) fn resolve(
        &self,
        tree: &dyn Tree,
        path: &TreePath,
        at: Origin,
    ) -> Result<TreePath, Problem> {
        let source = |error| Problem::Source { error, at };
        let real = tree.resolve(path).map_err(source)?;
        let home = tree.resolve(&self.path).map_err(source)?;
        if real.is_within(&home) {
            return Ok(real);
        }
        Err(Problem::Escapes {
            path: path.to_string(),
            at,
        })
    }
}

/// Returns what stands at a path.
pub(super) fn kind(
    tree: &dyn Tree,
    path: &TreePath,
    at: Origin,
) -> Result<Option<EntryKind>, Problem> {
    tree.kind(path)
        .map_err(|error| Problem::Source { error, at })
}

/// Returns what all ways to write the address of a repository have in common: host and path in lower case, with no
/// user, port, `.git` and slash at the end.
pub(super) fn normalized(url: &str) -> String {
    let url = url.trim().to_lowercase();
    let (rest, is_url) = match url.split_once("://") {
        Some((_, rest)) => (rest, true),
        None => (url.as_str(), false),
    };
    let (authority, path) = match (rest.find('/'), rest.find(':')) {
        // `git@host:path`
        (slash, Some(colon)) if !is_url && slash.is_none_or(|slash| colon < slash) => {
            let (authority, path) = rest.split_at(colon);
            (authority, path.trim_start_matches(':'))
        }
        (Some(slash), _) => rest.split_at(slash),
        (None, _) => (rest, ""),
    };
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = host.split(':').next().unwrap_or(host);
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    format!("{host}/{}", path.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::FileId;

    #[test]
    fn all_ways_to_write_an_address_are_one() {
        for url in [
            "https://github.com/org/fleet",
            "https://github.com/Org/Fleet.git",
            "https://user:secret@github.com:443/org/fleet/",
            "ssh://git@github.com/org/fleet.git",
            "ssh://git@github.com:22/org/fleet",
            "git@github.com:org/fleet.git",
            "github.com/org/fleet",
        ] {
            assert_eq!(normalized(url), "github.com/org/fleet", "{url}");
        }
        assert_ne!(
            normalized("https://github.com/org/fleet-infra"),
            "github.com/org/fleet"
        );
        assert_eq!(
            normalized("oci://ghcr.io/org/manifests"),
            "ghcr.io/org/manifests"
        );
    }

    #[test]
    fn a_subfolder_is_taken_off() {
        let at = Origin::file(FileId::of("app.yaml"));
        let repository = Repository {
            url: "x".to_owned(),
            path: TreePath::new("vendor").unwrap(),
            subfolder: TreePath::new("gitops").unwrap(),
        };
        let join = |path| repository.join(path, at).map(|path| path.to_string());
        assert_eq!(join("./gitops/apps").unwrap(), "vendor/apps");
        assert_eq!(join("gitops").unwrap(), "vendor");
        assert!(matches!(
            join("apps"),
            Err(Problem::OutsideSubfolder { .. })
        ));
        assert!(matches!(join("../x"), Err(Problem::Escapes { .. })));
        let path = TreePath::new("vendor/apps").unwrap();
        assert_eq!(repository.path_of(&path).as_str(), "gitops/apps");
    }
}
