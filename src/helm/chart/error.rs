//! Why a chart cannot be loaded.

use crate::helm::decode::WrongType;
use crate::helm::values::read::ReadError;
use crate::source::SourceError;
use crate::yaml::{self, Diagnostic, FileId, Origin, ParseError};

use super::archive::ArchiveError;
use super::ignore::RuleError;

/// Why a chart cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ChartError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Ignore(#[from] RuleError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error("there is no chart at `{path}`")]
    NoSuchChart { path: String },
    #[error("`{}` holds no `Chart.yaml`, so it is no chart", .folder.name())]
    NoChartFile { folder: FileId },
    #[error("{error}")]
    Yaml {
        #[source]
        error: ParseError,
    },
    #[error("{error}")]
    WrongType {
        #[source]
        error: WrongType,
    },
    #[error("{error}")]
    Values {
        #[source]
        error: ReadError,
    },
    #[error("the chart is invalid: {reason}")]
    Invalid { reason: Invalid, at: Origin },
    #[error("apiVersion `{version}` is not one that charts can have")]
    ApiVersion { version: String, at: Origin },
    #[error("a chart of apiVersion v3 cannot be rendered yet, by the reference neither")]
    VersionThree { at: Origin },
    #[error("the chart holds more than {limit} bytes")]
    TooLarge { limit: u64, at: Origin },
    #[error("the chart holds more than {limit} files")]
    TooManyFiles { limit: usize, at: Origin },
    #[error("charts nest deeper than {limit} levels: does one hold itself?")]
    TooDeep { limit: usize, at: Origin },
    #[error("the name of a file is not UTF-8, or a path that leads out: {error}")]
    Path {
        error: crate::source::PathError,
        at: Origin,
    },
    #[error("subchart `{name}`: {error}")]
    Subchart {
        name: String,
        #[source]
        error: Box<ChartError>,
    },
}

/// What `Chart.yaml` says wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error("the name `{0}` is not allowed: it must be the name of a folder")]
    Name(String),
    #[error("the version `{0}` is no semantic version")]
    Version(String),
    #[error("type `{0}` is neither application nor library")]
    Kind(String),
    #[error("an entry of `{0}` is empty")]
    EmptyEntry(&'static str),
    #[error("the alias of dependency `{0}` has other characters than letters, digits, `_` and `-`")]
    Alias(String),
    #[error("two dependencies are named `{0}`: give one of them an `alias`")]
    Twice(String),
}

impl From<ParseError> for ChartError {
    fn from(error: ParseError) -> Self {
        Self::Yaml { error }
    }
}

impl From<WrongType> for ChartError {
    fn from(error: WrongType) -> Self {
        Self::WrongType { error }
    }
}

impl From<ReadError> for ChartError {
    fn from(error: ReadError) -> Self {
        Self::Values { error }
    }
}

impl Diagnostic for ChartError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Source(error) => error.origin(),
            Self::Ignore(error) => Some(error.at),
            Self::Archive(error) => error.origin(),
            Self::NoSuchChart { .. } => None,
            Self::NoChartFile { folder } => Some(Origin::file(*folder)),
            Self::Yaml { error } => yaml::Diagnostic::origin(error),
            Self::WrongType { error } => Some(error.at),
            Self::Values { error } => error.origin(),
            Self::Invalid { at, .. }
            | Self::ApiVersion { at, .. }
            | Self::VersionThree { at }
            | Self::TooLarge { at, .. }
            | Self::TooManyFiles { at, .. }
            | Self::TooDeep { at, .. }
            | Self::Path { at, .. } => Some(*at),
            Self::Subchart { error, .. } => error.origin(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Source(error) => error.hint(),
            Self::ApiVersion { .. } => Some("write `apiVersion: v2`".to_owned()),
            Self::NoSuchChart { path } if !path.starts_with(['.', '/']) && path.contains('/') => {
                Some("if it is a chart of a repository, run again with `--fetch`".to_owned())
            }
            Self::Subchart { error, .. } => error.hint(),
            _ => None,
        }
    }
}
