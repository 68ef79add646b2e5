//! Why a tree did not give what was asked.

use crate::yaml::{Diagnostic, FileId, Origin};

/// Why a tree did not give what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SourceError {
    #[error("`{}` does not exist", .file.name())]
    NotFound { file: FileId },
    #[error("`{}` is a directory, not a file", .file.name())]
    IsDirectory { file: FileId },
    #[error("`{}` is a file, not a directory", .file.name())]
    NotDirectory { file: FileId },
    #[error("`{}` is neither a file nor a directory", .file.name())]
    NotRegular { file: FileId },
    #[error("`{}` is a link that leads out of the tree", .file.name())]
    LinkEscapes { file: FileId },
    #[error("`{}` is a link that leads to itself", .file.name())]
    LinkLoop { file: FileId },
    #[error("`{}` has {bytes} bytes; {limit} is the most that is read", .file.name())]
    TooLarge {
        file: FileId,
        bytes: u64,
        limit: u64,
    },
    #[error("cannot read `{}`: {reason}", .file.name())]
    Unreadable { file: FileId, reason: String },
    #[error("`{}` is a Git submodule, whose content is not in this repository", .file.name())]
    Submodule { file: FileId },
    #[error("`{path}` is in no Git repository")]
    NoRepository { path: String },
    #[error("the repository has no revision `{revision}`")]
    UnknownRevision {
        revision: String,
        /// A branch or tag with nearly that name.
        nearest: Option<String>,
        /// Whether the clone lacks its older commits.
        shallow: bool,
    },
    #[error("Git: {0}")]
    Git(String),
}

impl Diagnostic for SourceError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::NotFound { file }
            | Self::IsDirectory { file }
            | Self::NotDirectory { file }
            | Self::NotRegular { file }
            | Self::LinkEscapes { file }
            | Self::LinkLoop { file }
            | Self::TooLarge { file, .. }
            | Self::Unreadable { file, .. }
            | Self::Submodule { file } => Some(Origin::file(*file)),
            Self::NoRepository { .. } | Self::UnknownRevision { .. } | Self::Git(_) => None,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownRevision {
                nearest: Some(name),
                ..
            } => Some(format!("did you mean `{name}`?")),
            Self::UnknownRevision { shallow: true, .. } => Some(
                "this clone is shallow: `git fetch --unshallow` brings the commits it lacks"
                    .to_owned(),
            ),
            Self::Submodule { .. } => {
                Some("copy its files into this repository, or name a base that is in it".to_owned())
            }
            Self::LinkEscapes { .. } => {
                Some("replace the link with the files it leads to".to_owned())
            }
            _ => None,
        }
    }
}
