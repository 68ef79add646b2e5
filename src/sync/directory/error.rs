//! Why a folder was not made equal to an environment.

use std::io;

use crate::render::ObjectId;
use crate::sync::Owner;
use crate::sync::guard::GuardError;
use crate::yaml::Diagnostic;

/// Why a folder was not made equal to an environment. The folder is as it was, unless the message
/// says that the next sync will finish.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum DirectoryError {
    #[error("`{target}` holds `{entry}` and no inventory: it is not a folder that lockgate syncs")]
    NotOurs { target: String, entry: String },
    #[error(
        "`{target}` belongs to environment `{}` of fleet `{}`, not to `{}` of `{}`",
        .held.environment, .held.fleet, .wanted.environment, .wanted.fleet
    )]
    OtherOwner {
        target: String,
        held: Box<Owner>,
        wanted: Box<Owner>,
    },
    #[error("`{target}` is a link, not a folder")]
    Link { target: String },
    #[error("`{target}` is not a folder")]
    NotDirectory { target: String },
    #[error("in `{target}`, files that no sync wrote stand where objects belong: {}", list(.paths))]
    Foreign { target: String, paths: Vec<String> },
    #[error("cannot use the inventory `{path}`: {reason}")]
    Inventory { path: String, reason: String },
    #[error("another sync of `{target}` is running")]
    Locked { target: String },
    #[error("an earlier sync of `{target}` left `{stray}`, which no sync wrote")]
    Stray { target: String, stray: String },
    #[error("`{id}` occurs twice in component `{component}`")]
    Twice {
        id: Box<ObjectId>,
        component: String,
    },
    #[error("cannot {what} `{path}`: {source}")]
    Io {
        what: &'static str,
        path: String,
        source: io::Error,
    },
    #[error("the sync of `{target}` was interrupted; it is as it was")]
    Interrupted { target: String },
    #[error(transparent)]
    Guard(#[from] GuardError),
    #[cfg(test)]
    #[error("killed at step {step}")]
    Killed { step: usize },
}

impl DirectoryError {
    /// Tells whether the environment failed, rather than what it was asked.
    pub fn is_environment(&self) -> bool {
        matches!(
            self,
            Self::Io { .. }
                | Self::Foreign { .. }
                | Self::Locked { .. }
                | Self::Stray { .. }
                | Self::Interrupted { .. }
        )
    }

    /// Returns a function that says what was being done when an operation failed.
    pub(super) fn io<E: Into<io::Error>>(
        what: &'static str,
        path: impl Into<String>,
    ) -> impl FnOnce(E) -> Self {
        let path = path.into();
        move |source| Self::Io {
            what,
            path,
            source: source.into(),
        }
    }
}

impl Diagnostic for DirectoryError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotOurs { .. } => Some("empty the folder, or name another one".to_owned()),
            Self::OtherOwner { .. } => Some("give each environment a folder of its own".to_owned()),
            Self::Link { .. } => Some("name the folder that it leads to".to_owned()),
            Self::Foreign { .. } | Self::Stray { .. } => {
                Some("move them away, then sync again".to_owned())
            }
            Self::Inventory { .. } => {
                Some("put back the file that the last sync wrote, from version control".to_owned())
            }
            Self::Io { source, .. } => io_hint(source),
            Self::Guard(error) => error.hint(),
            _ => None,
        }
    }
}

fn io_hint(error: &io::Error) -> Option<String> {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space, then sync again"
        }
        io::ErrorKind::FileTooLarge => "raise the limit on file sizes, then sync again",
        io::ErrorKind::PermissionDenied => "the folder and the one it is in must be writable",
        _ => return None,
    };
    Some(hint.to_owned())
}

fn list(paths: &[String]) -> String {
    let quoted: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    quoted.join(", ")
}
