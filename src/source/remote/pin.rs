//! What exactly was fetched.

use std::fmt;

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
