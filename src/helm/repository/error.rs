//! Why a chart from elsewhere could not be had. No message holds credentials.

use std::sync::Arc;

use crate::helm::chart::ChartError;
use crate::process::RunError;
use crate::source::remote::RemoteError;
use crate::yaml::{Diagnostic, Origin};

/// Why a chart could not be had. Each address is without credentials.
#[derive(Clone, Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum RepositoryError {
    #[error(transparent)]
    Remote(#[from] RemoteError),
    #[error("`{text}` is no address of a chart: {reason}")]
    Reference { text: String, reason: &'static str },
    #[error("`{name}` is no name of a chart")]
    Name { name: String },
    #[error("Helm's `repositories.yaml` names no repository `{name}`")]
    UnknownRepository { name: String },
    #[error("`{path}` cannot be read: {reason}")]
    Config { path: String, reason: String },
    #[error("the index of `{repository}` cannot be read: {reason}")]
    Index { repository: String, reason: String },
    #[error("`{repository}` has no chart `{name}`")]
    NoChart {
        repository: String,
        name: String,
        nearest: Option<String>,
    },
    #[error("`{repository}` has no version `{wanted}` of chart `{name}`{}", listed(.versions))]
    NoVersion {
        repository: String,
        name: String,
        wanted: String,
        versions: Vec<String>,
    },
    #[error("`{version}` of chart `{name}` is neither a version nor a range of versions")]
    Version { name: String, version: String },
    #[error(
        "the index of `{repository}` gives no address of `{name}` {version} that charts can have"
    )]
    NoUrl {
        repository: String,
        name: String,
        version: String,
    },
    #[error("`{url}` is not what {said_by} says: its SHA-256 is {found}, not {wanted}")]
    Digest {
        url: String,
        said_by: &'static str,
        wanted: String,
        found: String,
    },
    #[error("`{url}` is not encrypted, and the index of `{repository}` has no digest of it")]
    Unencrypted { url: String, repository: String },
    #[error(
        "`{url}` {}",
        if *.were_given { "does not take the credentials that were found for it" } else { "wants credentials, and none were found" }
    )]
    Unauthorized { url: String, were_given: bool },
    #[error("the credential helper `{program}` {error}")]
    Helper { program: String, error: RunError },
    #[error("what `{url}` serves is no chart: {reason}")]
    NotAChart { url: String, reason: String },
    #[error("the provenance file of `{url}` {reason}")]
    Provenance { url: String, reason: String },
    #[error("{error}")]
    Chart {
        #[source]
        error: Arc<ChartError>,
    },
    #[error(
        "the lock file ({file}) is out of sync with the dependencies file ({of}). Please update the dependencies"
    )]
    OutOfSync {
        file: &'static str,
        of: &'static str,
        at: Origin,
    },
    #[error("dependency `{name}`: {reason}")]
    Dependency {
        name: String,
        reason: String,
        at: Origin,
    },
    #[error("dependency `{name}`: {error}")]
    Fetch {
        name: String,
        #[source]
        error: Box<RepositoryError>,
        at: Origin,
    },
}

/// The most versions of a chart that are told.
pub(super) const MOST_VERSIONS: usize = 6;

fn listed(versions: &[String]) -> String {
    if versions.is_empty() {
        return String::new();
    }
    format!(": it has {}", versions.join(", "))
}

impl From<ChartError> for RepositoryError {
    fn from(error: ChartError) -> Self {
        Self::Chart {
            error: Arc::new(error),
        }
    }
}

impl Diagnostic for RepositoryError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Remote(error) => error.origin(),
            Self::Chart { error } => error.origin(),
            Self::OutOfSync { at, .. } | Self::Dependency { at, .. } | Self::Fetch { at, .. } => {
                Some(*at)
            }
            _ => None,
        }
    }

    fn is_of_environment(&self) -> bool {
        match self {
            Self::Remote(error) => error.is_of_environment(),
            Self::Fetch { error, .. } => error.is_of_environment(),
            Self::Unauthorized { .. } | Self::Helper { .. } => true,
            _ => false,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Remote(RemoteError::Timeout { .. }) => {
                "`LOCKGATE_FETCH_TIMEOUT=300` waits longer, in seconds".to_owned()
            }
            Self::Remote(RemoteError::Unauthorized { .. }) => {
                "give them by `--username` and `--password`, in the address, or in `~/.netrc`"
                    .to_owned()
            }
            Self::Remote(error) => return error.hint(),
            Self::Chart { error } => return error.hint(),
            Self::Fetch { error, .. } => return error.hint(),
            Self::UnknownRepository { .. } => "name its address, or `helm repo add` it".to_owned(),
            Self::NoChart {
                nearest: Some(nearest),
                ..
            } => format!("did you mean `{nearest}`?"),
            Self::Unauthorized { url, .. } if url.starts_with("oci://") => {
                "give them by `helm registry login` or `docker login`, or in `~/.netrc`".to_owned()
            }
            Self::Unauthorized { .. } => {
                "give them by `helm repo add --username`, in the address, or in `~/.netrc`"
                    .to_owned()
            }
            Self::Helper { .. } => {
                "`--username` and `--password` go before what helpers know".to_owned()
            }
            Self::Digest { .. } | Self::Provenance { .. } => {
                "whoever runs the repository must say which is right; nothing of it was kept"
                    .to_owned()
            }
            Self::Unencrypted { .. } => {
                "an index with digests (`helm repo index`) makes it safe".to_owned()
            }
            Self::OutOfSync { .. } => "`helm dependency update` writes it anew".to_owned(),
            _ => return None,
        })
    }
}
