//! One commit of a repository, from wherever it is, into the cache.

use std::time::Duration;

use git2::{Config, Oid};
use ureq::Agent;

use super::RemoteError;
use super::cache::Store;
use super::credentials::{git_config, rewritten};
use super::http::{Deadline, HttpConnection, io_failure};
use super::local::LocalRepository;
use super::query::Submodules;
use super::smart::{Connection, Reference, Server, as_hash, candidates, nearest};
use super::ssh::SshConnection;

/// What is wanted of a repository.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted<'w> {
    /// What a branch or tag is now, or the default branch.
    Reference(Option<&'w str>),
    /// A commit; where the server gives none by its hash, from what it was once found by.
    Commit { id: Oid, found_by: Option<&'w str> },
}

/// A repository to fetch from.
pub(super) struct Fetch<'f> {
    pub(super) agent: &'f Agent,
    pub(super) store: &'f Store,
    /// The address, credentials included.
    pub(super) address: &'f str,
    /// The address without them.
    pub(super) shown: &'f str,
    pub(super) timeout: Duration,
}

impl Fetch<'_> {
    /// Fetches a commit with all its files, unless the cache has it; returns which one it is.
    pub(super) fn run(&self, wanted: Wanted<'_>) -> Result<Oid, RemoteError> {
        let config = git_config();
        let address = rewritten(self.address, config.as_ref());
        let deadline = Deadline::after(self.timeout);
        let is = |scheme: &str| {
            let head = address.get(..scheme.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(scheme))
        };
        if is("https://") || is("http://") {
            let config = config.as_ref();
            let mut connection =
                HttpConnection::new(self.agent, config, &address, deadline, self.shown)?;
            return self.through(&mut connection, wanted);
        }
        if is("file://") || is("/") {
            return self.off_disk(&address, wanted);
        }
        self.over_ssh(&address, config.as_ref(), deadline, wanted)
    }

    fn over_ssh(
        &self,
        address: &str,
        config: Option<&Config>,
        deadline: Deadline,
        wanted: Wanted<'_>,
    ) -> Result<Oid, RemoteError> {
        let mut connection = SshConnection::open(address, config, deadline, self.shown)?;
        let result = self.through(&mut connection, wanted);
        connection.close(result, deadline, self.shown)
    }

    fn through(
        &self,
        connection: &mut dyn Connection,
        wanted: Wanted<'_>,
    ) -> Result<Oid, RemoteError> {
        let failed = |error| io_failure(&error, self.shown, self.timeout);
        let mut server = Server::greet(connection).map_err(failed)?;
        let id = match wanted.hash() {
            Some(id) if server.gives(id) => id,
            _ => self.resolve(wanted.reference(), |names| {
                server.references(names).map_err(failed)
            })?,
        };
        if let Some(commit) = self.known(id) {
            return self.check(wanted, commit);
        }
        let received = self.store.receive(id, self.shown, |sink| {
            server
                .fetch(id, |pack| sink.copy_from(pack))
                .map_err(failed)
        });
        match (received, wanted) {
            (Ok(commit), _) => self.check(wanted, commit),
            // What a server says of a hash that is none of its own.
            (Err(RemoteError::Refused { message, .. }), _)
                if wanted.hash().is_some() && message.contains("not our ref") =>
            {
                Err(self.missing(wanted, id))
            }
            (Err(error), _) => Err(error),
        }
    }

    fn off_disk(&self, address: &str, wanted: Wanted<'_>) -> Result<Oid, RemoteError> {
        let repository = LocalRepository::open(address, self.shown)?;
        let id = match wanted.hash() {
            Some(id) if repository.has(id) => id,
            Some(id) => return Err(self.missing(wanted, id)),
            None => self.resolve(wanted.reference(), |_| repository.references())?,
        };
        if let Some(commit) = self.known(id) {
            return self.check(wanted, commit);
        }
        let received = self
            .store
            .receive(id, self.shown, |sink| repository.fetch(id, sink));
        self.check(wanted, received?)
    }

    /// Finds what a name means now.
    fn resolve(
        &self,
        reference: Option<&str>,
        mut references: impl FnMut(&[String]) -> Result<Vec<Reference>, RemoteError>,
    ) -> Result<Oid, RemoteError> {
        let Some(reference) = reference else {
            let found = references(&["HEAD".to_owned()])?;
            let head = found.iter().find(|found| found.name == "HEAD");
            return head
                .map(|head| head.id)
                .ok_or_else(|| RemoteError::NoCommits {
                    url: self.shown.to_owned(),
                });
        };
        let names = candidates(reference);
        let found = references(&names)?;
        for name in &names {
            if let Some(found) = found.iter().find(|found| found.name == *name) {
                return Ok(found.id);
            }
        }
        let all = references(&["refs/heads/".to_owned(), "refs/tags/".to_owned()])?;
        Err(RemoteError::NoReference {
            url: self.shown.to_owned(),
            reference: reference.to_owned(),
            nearest: nearest(reference, &all),
        })
    }

    /// Returns the commit that an object is or leads to, if the cache has it whole.
    fn known(&self, id: Oid) -> Option<Oid> {
        let object = self.store.repository().find_object(id, None).ok()?;
        let commit = object.peel_to_commit().ok()?.id();
        self.store
            .has(commit, Submodules::LeftOut)
            .then_some(commit)
    }

    fn check(&self, wanted: Wanted<'_>, found: Oid) -> Result<Oid, RemoteError> {
        match wanted {
            Wanted::Commit { id, .. } if id != found => Err(self.missing(wanted, id)),
            _ => Ok(found),
        }
    }

    fn missing(&self, wanted: Wanted<'_>, id: Oid) -> RemoteError {
        let url = self.shown.to_owned();
        match wanted {
            Wanted::Commit { .. } => RemoteError::Gone {
                url,
                commit: id.to_string(),
            },
            Wanted::Reference(_) => RemoteError::NoReference {
                url,
                reference: id.to_string(),
                nearest: None,
            },
        }
    }
}

impl<'w> Wanted<'w> {
    /// Returns the hash that is asked for, where it is one.
    fn hash(self) -> Option<Oid> {
        match self {
            Self::Reference(reference) => reference.and_then(as_hash),
            Self::Commit { id, .. } => Some(id),
        }
    }

    fn reference(self) -> Option<&'w str> {
        match self {
            Self::Reference(reference) => reference,
            Self::Commit { found_by, .. } => found_by,
        }
    }
}
