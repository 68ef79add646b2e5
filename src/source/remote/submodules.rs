//! The submodules of what was fetched: `.gitmodules`, and where those in it come from.

use std::path::Path;
use std::time::Duration;

use git2::{ObjectType, Oid};
use ureq::Agent;

use super::super::TreePath;
use super::cache::Store;
use super::fetch::{Fetch, Wanted};
use super::query::Submodules;
use super::reference::{RepositoryReference, Scheme};
use super::{RemoteError, redact};

/// The most submodules of a repository, those of submodules included.
const MOST: usize = 100;

/// The deepest that submodules stand in one another.
const DEEPEST: usize = 8;

/// The most bytes of a `.gitmodules`.
const LONGEST_LIST: usize = 1 << 20;

/// Fetches the submodules of a commit, and theirs, into the store of its repository.
pub(super) fn fetch_all(
    agent: &Agent,
    store: &Store,
    of: &RepositoryReference,
    commit: Oid,
) -> Result<(), RemoteError> {
    let mut walk = Walk {
        agent,
        store,
        timeout: of.timeout(),
        count: 0,
    };
    walk.fetch_of(of, commit, 0)
}

/// What is the same for all submodules of a repository.
struct Walk<'w> {
    agent: &'w Agent,
    store: &'w Store,
    timeout: Duration,
    count: usize,
}

impl Walk<'_> {
    fn fetch_of(
        &mut self,
        of: &RepositoryReference,
        commit: Oid,
        depth: usize,
    ) -> Result<(), RemoteError> {
        let found = self.list(commit).map_err(|error| RemoteError::Protocol {
            url: of.shown_url(),
            reason: error.message().to_owned(),
        })?;
        for (submodule, id) in found {
            self.count += 1;
            if self.count > MOST || depth >= DEEPEST {
                return Err(RemoteError::TooMany {
                    what: "submodules",
                    limit: MOST,
                });
            }
            self.fetch(of, &submodule.url, id, depth)
                .map_err(|error| RemoteError::Submodule {
                    name: submodule.path,
                    url: of.shown_url(),
                    error: Box::new(error),
                })?;
        }
        Ok(())
    }

    /// Returns the submodules of a commit that stand in its tree, with their commits.
    fn list(&self, commit: Oid) -> Result<Vec<(Submodule, Oid)>, git2::Error> {
        let repository = self.store.repository();
        let tree = repository.find_commit(commit)?.tree()?;
        let Some(list) = tree.get_name(".gitmodules") else {
            return Ok(Vec::new());
        };
        if repository.odb()?.read_header(list.id())?.0 > LONGEST_LIST {
            return Err(git2::Error::from_str("its `.gitmodules` is too large"));
        }
        let list = repository.find_blob(list.id())?;
        let listed = read(&String::from_utf8_lossy(list.content()));
        let commit_of = |submodule: &Submodule| {
            let entry = tree.get_path(Path::new(&submodule.path)).ok()?;
            (entry.kind() == Some(ObjectType::Commit)).then(|| entry.id())
        };
        let found = listed.into_iter().filter_map(|submodule| {
            let id = commit_of(&submodule)?;
            Some((submodule, id))
        });
        Ok(found.collect())
    }

    fn fetch(
        &mut self,
        of: &RepositoryReference,
        url: &str,
        id: Oid,
        depth: usize,
    ) -> Result<(), RemoteError> {
        let no_address = || RemoteError::Url {
            url: redact(url).into_owned(),
        };
        let address = address(url, &of.url()).ok_or_else(no_address)?;
        let reference = RepositoryReference::whole(&address)?.ok_or_else(no_address)?;
        // As in Git, which lets no repository name one of the disk.
        if reference.scheme() == Scheme::File {
            return Err(RemoteError::LocalFromRemote {
                url: reference.shown_url(),
            });
        }
        if !self.store.has(id, Submodules::LeftOut) {
            let fetch = Fetch {
                agent: self.agent,
                store: self.store,
                address: &reference.url(),
                shown: &reference.shown_url(),
                timeout: self.timeout,
            };
            fetch.run(Wanted::Reference(Some(&id.to_string())))?;
        }
        self.fetch_of(&reference, id, depth + 1)
    }
}

/// A submodule: where it stands and its address as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Submodule {
    path: String,
    url: String,
}

/// Reads `.gitmodules`. Nothing that it names is read along, as Git's configuration files could ask for.
fn read(text: &str) -> Vec<Submodule> {
    let mut found: Vec<Submodule> = Vec::new();
    let mut is_in_one = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            is_in_one = line.to_ascii_lowercase().starts_with("[submodule ");
            if is_in_one {
                found.push(Submodule::default());
            }
            continue;
        }
        let Some((name, value)) = line.split_once('=') else {
            continue;
        };
        let value = value.trim().trim_matches('"').to_owned();
        if let Some(submodule) = found.last_mut().filter(|_| is_in_one) {
            match name.trim().to_ascii_lowercase().as_str() {
                "path" => submodule.path = value,
                "url" => submodule.url = value,
                _ => {}
            }
        }
    }
    found.retain(|submodule| !submodule.path.is_empty() && !submodule.url.is_empty());
    found
}

/// Returns the address of a submodule, whose own may be relative to that of the repository it is in;
/// `None` where it leads above the host.
fn address(url: &str, of: &str) -> Option<String> {
    if !url.starts_with("./") && !url.starts_with("../") {
        return Some(url.to_owned());
    }
    let host_end = match of.find("://") {
        Some(at) => at + 3 + of[at + 3..].find('/')? + 1,
        None => of.find(':')? + 1,
    };
    let (host, path) = of.split_at(host_end);
    let path = TreePath::new(path).ok()?.join(url).ok()?;
    Some(format!("{host}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn submodules_are_read_and_nothing_else() {
        let text = "[submodule \"a\"]\n\tpath = libs/a\n\turl = ../a.git\n\
                    [include]\n\tpath = /etc/passwd\n[submodule \"b\"]\n\tpath = b\n";
        assert_eq!(
            read(text),
            [Submodule {
                path: "libs/a".to_owned(),
                url: "../a.git".to_owned()
            }]
        );
    }

    #[test]
    fn relative_addresses_stay_on_their_host() {
        for (url, of, want) in [
            (
                "../b.git",
                "https://host/org/a.git",
                Some("https://host/org/b.git"),
            ),
            ("../../x/b", "https://host/org/a", Some("https://host/x/b")),
            ("./b", "https://host/org/a", Some("https://host/org/a/b")),
            ("../b", "git@host:org/a", Some("git@host:org/b")),
            ("../../b", "git@host:org/a", Some("git@host:b")),
            ("../../../../b", "https://host/org/a", None),
            (
                "https://other/b",
                "https://host/org/a",
                Some("https://other/b"),
            ),
        ] {
            assert_eq!(address(url, of).as_deref(), want, "{url} of {of}");
        }
    }
}
