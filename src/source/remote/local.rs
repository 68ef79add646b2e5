//! Repositories on this machine's disk: `file://`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use git2::{Oid, Repository};
use percent_encoding::percent_decode_str;

use super::RemoteError;
use super::smart::Reference;

/// What Git tries after a path.
const SUFFIXES: [&str; 2] = ["", ".git"];

/// A repository on disk.
pub(super) struct LocalRepository<'a> {
    repository: Repository,
    shown: &'a str,
}

impl<'a> LocalRepository<'a> {
    /// Opens the repository of an address.
    pub(super) fn open(address: &str, shown: &'a str) -> Result<Self, RemoteError> {
        let path = address.strip_prefix("file://").unwrap_or(address);
        // Git leaves `%` in the path of a file as it is; so does it where that exists.
        let decoded = percent_decode_str(path).decode_utf8_lossy();
        let mut reason = String::new();
        for path in [path, &decoded] {
            for suffix in SUFFIXES {
                let path = PathBuf::from(format!("{}{suffix}", path.trim_end_matches('/')));
                if !path.is_absolute() {
                    continue;
                }
                match Repository::open(&path) {
                    Ok(repository) => return Ok(Self { repository, shown }),
                    Err(error) if reason.is_empty() => error.message().clone_into(&mut reason),
                    Err(_) => {}
                }
            }
        }
        if !Path::new(path).is_absolute() {
            "its path is not absolute".clone_into(&mut reason);
        }
        Err(RemoteError::Unreachable {
            url: shown.to_owned(),
            reason,
        })
    }

    /// Returns all references.
    pub(super) fn references(&self) -> Result<Vec<Reference>, RemoteError> {
        let mut found = Vec::new();
        let references = self.repository.references();
        let references = references.map_err(|error| self.failed(&error))?;
        let names: Vec<String> = references
            .flatten()
            .filter_map(|reference| reference.name().ok().map(str::to_owned))
            .collect();
        for name in names.iter().map(String::as_str).chain(["HEAD"]) {
            if let Ok(id) = self.repository.refname_to_id(name) {
                found.push(Reference {
                    name: name.to_owned(),
                    id,
                });
            }
        }
        Ok(found)
    }

    /// Writes a pack with a commit, or a tag and its commit, and all files, but no older commits.
    pub(super) fn fetch(&self, id: Oid, out: &mut dyn Write) -> Result<(), RemoteError> {
        let failed = |error: git2::Error| self.failed(&error);
        let mut pack = self.repository.packbuilder().map_err(failed)?;
        pack.set_threads(0);
        let mut object = self.repository.find_object(id, None).map_err(failed)?;
        while let Some(tag) = object.as_tag() {
            pack.insert_object(tag.id(), None).map_err(failed)?;
            object = tag.target().map_err(failed)?;
        }
        let commit = object.peel_to_commit().map_err(failed)?;
        pack.insert_commit(commit.id()).map_err(failed)?;
        let mut written: io::Result<()> = Ok(());
        let result = pack.foreach(|bytes| {
            written = out.write_all(bytes);
            written.is_ok()
        });
        written
            .map_err(|error| super::http::io_failure(&error, self.shown, super::USUAL_TIMEOUT))?;
        result.map_err(failed)
    }

    /// Tells whether an object is there.
    pub(super) fn has(&self, id: Oid) -> bool {
        self.repository.find_object(id, None).is_ok()
    }

    fn failed(&self, error: &git2::Error) -> RemoteError {
        RemoteError::Unreachable {
            url: self.shown.to_owned(),
            reason: error.message().to_owned(),
        }
    }
}
