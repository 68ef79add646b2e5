//! What exactly was fetched.

use std::collections::BTreeSet;
use std::fmt;

use super::super::Read;

/// A repository at a commit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryPin {
    /// The address, without credentials.
    pub url: String,
    /// The branch, tag or commit that was asked for; none for the default branch.
    pub reference: Option<String>,
    /// The commit.
    pub commit: String,
}

/// A file with a content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePin {
    /// The address, without credentials.
    pub url: String,
    /// The SHA-256 of the content, in hexadecimal.
    pub sha256: String,
}

/// A chart of a repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChartPin {
    /// The address of the repository, without credentials.
    pub repository: String,
    /// The chart's name in it.
    pub name: String,
    /// The version or range of versions that was asked for; none for the newest.
    pub version: Option<String>,
    /// The version that this came to.
    pub resolved: String,
    /// The SHA-256 of the packed chart, in hexadecimal.
    pub sha256: String,
}

/// All that renders took from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pins {
    /// The repositories of Git.
    pub repositories: BTreeSet<RepositoryPin>,
    /// The files.
    pub files: BTreeSet<FilePin>,
    /// The charts.
    pub charts: BTreeSet<ChartPin>,
}

impl Pins {
    /// Takes what a read was from elsewhere.
    pub fn insert(&mut self, read: &Read) {
        match read {
            Read::Repository(pin) => {
                self.repositories.insert(pin.clone());
            }
            Read::RemoteFile(pin) => {
                self.files.insert(pin.clone());
            }
            Read::Chart(pin) => {
                self.charts.insert(pin.clone());
            }
            Read::File(_) | Read::Kind(_) | Read::Listing(_) => {}
        }
    }
}

impl ChartPin {
    /// Returns what was asked for.
    pub fn asked(&self) -> String {
        asked_chart(&self.repository, &self.name, self.version.as_deref())
    }
}

/// Returns a chart as it was asked for, for people.
pub(super) fn asked_chart(repository: &str, name: &str, version: Option<&str>) -> String {
    match version {
        Some(version) => format!("{name} {version} of {repository}"),
        None => format!("{name} of {repository}"),
    }
}

impl RepositoryPin {
    /// Returns the address as it was asked for.
    pub fn asked(&self) -> String {
        asked(&self.url, self.reference.as_deref())
    }
}

/// Returns an address with what was asked for in it.
pub(super) fn asked(url: &str, reference: Option<&str>) -> String {
    match reference {
        Some(reference) => format!("{url}?ref={reference}"),
        None => url.to_owned(),
    }
}

impl fmt::Display for RepositoryPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at commit {}", self.asked(), self.commit)
    }
}

impl fmt::Display for FilePin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with sha256:{}", self.url, self.sha256)
    }
}

impl fmt::Display for ChartPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            repository,
            name,
            resolved,
            sha256,
            ..
        } = self;
        write!(f, "{name} {resolved} of {repository} with sha256:{sha256}")
    }
}
