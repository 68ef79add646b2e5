//! Why something remote could not be had. No message holds credentials.

use std::time::Duration;

use crate::yaml::{Diagnostic, Origin};

use super::super::SourceError;
use super::LOCK_FILE;
use super::grammar::ReferenceError;

/// Why a repository or a file could not be had. Each `url` is without credentials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum RemoteError {
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    #[error("`{url}` is no address of a file or a repository")]
    Url { url: String },
    #[error("`{url}` is remote, and nothing remote is read here")]
    NotHere { url: String },
    #[error("`{what}` is not in `{LOCK_FILE}`")]
    NotLocked { what: String },
    #[error("{pin} of `{url}`, which `{LOCK_FILE}` names, is not in the cache")]
    NotCached { url: String, pin: String },
    #[error("`{LOCK_FILE}` names {locked} for `{what}`, but it is {found} now")]
    Changed {
        what: String,
        locked: String,
        found: String,
    },
    #[error("`{url}` no longer gives commit {commit}, which `{LOCK_FILE}` names")]
    Gone { url: String, commit: String },
    #[error("`{url}` did not answer within {}", shown_duration(*.timeout))]
    Timeout { url: String, timeout: Duration },
    #[error("cannot reach `{url}`: {reason}")]
    Unreachable { url: String, reason: String },
    #[error("`{url}` answered with status {status}")]
    Status { url: String, status: u16 },
    #[error("`{url}` wants credentials, and none that it takes were found")]
    Unauthorized { url: String },
    #[error("`{url}` has no branch, tag or commit `{reference}`")]
    NoReference {
        url: String,
        reference: String,
        nearest: Option<String>,
    },
    #[error("`{url}` has no commits")]
    NoCommits { url: String },
    #[error("`{reference}` of `{url}` is no commit")]
    NotACommit { url: String, reference: String },
    #[error("the server of `{url}` said: {message}")]
    Refused { url: String, message: String },
    #[error("`{url}` is not served as a Git repository is: {reason}")]
    Protocol { url: String, reason: String },
    #[error("`{url}` is larger than {}, which is the most that is fetched", shown_bytes(*.limit))]
    TooLarge { url: String, limit: u64 },
    #[error("more than {limit} {what}")]
    TooMany { what: &'static str, limit: usize },
    #[error("`{url}` is on this machine's disk, and what came from elsewhere may not read it")]
    LocalFromRemote { url: String },
    #[error("`{path}` cannot be used to reach servers: {reason}")]
    Certificate { path: String, reason: String },
    #[error("the cache `{path}`: {reason}")]
    Cache { path: String, reason: String },
    #[error("the submodule `{name}` of `{url}`: {error}")]
    Submodule {
        name: String,
        url: String,
        error: Box<RemoteError>,
    },
    #[error(transparent)]
    Source(#[from] SourceError),
}

impl RemoteError {
    /// Tells whether a server said that there is no such file, or not for us.
    pub fn is_status(&self) -> bool {
        matches!(self, Self::Status { .. } | Self::Unauthorized { .. })
    }
}

fn is_short_hash(reference: &str) -> bool {
    (4..40).contains(&reference.len()) && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn shown_duration(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}

fn shown_bytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

impl Diagnostic for RemoteError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Source(error) => error.origin(),
            _ => None,
        }
    }

    fn is_of_environment(&self) -> bool {
        match self {
            Self::Timeout { .. }
            | Self::Unreachable { .. }
            | Self::Status { .. }
            | Self::Unauthorized { .. }
            | Self::Refused { .. }
            | Self::Protocol { .. }
            | Self::Cache { .. } => true,
            Self::Submodule { error, .. } => error.is_of_environment(),
            _ => false,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotLocked { .. } | Self::NotCached { .. } => {
                "run again with `--fetch`, which reads it from its server".to_owned()
            }
            Self::Changed { .. } | Self::Gone { .. } => {
                format!("`--fetch=update` takes what is there now into `{LOCK_FILE}`")
            }
            Self::Timeout { .. } => {
                "`?timeout=60s` in a repository's address waits longer".to_owned()
            }
            Self::Unauthorized { .. } => {
                "give them to Git: a credential helper, `~/.netrc`, `GIT_ASKPASS` or `insteadOf`"
                    .to_owned()
            }
            Self::NoReference {
                nearest: Some(nearest),
                ..
            } => format!("did you mean `{nearest}`?"),
            Self::NoReference { reference, .. } if is_short_hash(reference) => {
                "write all 40 digits of a commit: servers know no shorter ones".to_owned()
            }
            Self::Reference(ReferenceError::Char { .. } | ReferenceError::Option { .. }) => {
                "write the address of a repository, a folder in it and a ref as plain text"
                    .to_owned()
            }
            Self::LocalFromRemote { .. } => {
                "only files of this machine may name repositories on its disk".to_owned()
            }
            Self::Submodule { error, .. } => return error.hint(),
            Self::Source(error) => return error.hint(),
            _ => return None,
        })
    }
}
