//! Why a function was not run, or what it did wrong.

use crate::yaml::{Diagnostic, Origin, ParseError};

pub use crate::process::RunError;

use super::super::{DecodeError, JoinError, ObjectError, ResId};
use super::exchange::Problem;

/// Why a function was not run, or what it did wrong.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum FunctionError {
    #[error(transparent)]
    Spec(#[from] DecodeError),
    #[error(transparent)]
    SpecText(#[from] ParseError),
    #[error(transparent)]
    Join(#[from] JoinError),
    #[error("the function `{name}` is to run in the container `{image}`, and Lockgate starts none")]
    Container {
        name: String,
        image: String,
        at: Origin,
    },
    #[error("the function `{name}` needs the network, which it was not given")]
    NoNetwork { name: String, at: Origin },
    #[error("the function `{name}` may not mount `{path}`: it is not below the kustomization")]
    Mount {
        name: String,
        path: String,
        at: Origin,
    },
    #[error("the function `{name}` cannot run: its folder is not on this disk")]
    NoFolder { name: String, at: Origin },
    #[error("the function `{name}` may not run in the root folder `/`")]
    RootFolder { name: String, at: Origin },
    #[error("the program `{path}` of the function `{name}` {error}")]
    NotRun {
        error: RunError,
        name: String,
        path: String,
        at: Origin,
    },
    #[error("the program `{path}` of the function `{name}` failed: {failure}{}", lines(.results))]
    Failed {
        name: String,
        path: String,
        failure: String,
        results: Vec<String>,
        at: Origin,
    },
    #[error("what the program `{path}` of the function `{name}` printed {problem}")]
    Output {
        name: String,
        path: String,
        problem: Problem,
        at: Origin,
    },
    #[error("what the function `{name}` is to be given {problem}")]
    Input {
        name: String,
        problem: Problem,
        at: Origin,
    },
    #[error("the function `{name}` gave back something else than objects: {error}")]
    Object {
        error: ObjectError,
        name: String,
        at: Origin,
    },
    #[error("the function `{name}` gave back `{id}` twice")]
    Twice { name: String, id: ResId, at: Origin },
    #[error("the function `{name}` says `{value}` for the annotation `needs-hash`")]
    NeedsHash {
        name: String,
        value: String,
        at: Origin,
    },
}

fn lines(results: &[String]) -> String {
    results
        .iter()
        .flat_map(|line| ["\n  ", line.as_str()])
        .collect()
}

impl Diagnostic for FunctionError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Spec(error) => error.origin(),
            Self::SpecText(error) => error.origin(),
            Self::Join(error) => error.origin(),
            Self::Container { at, .. }
            | Self::NoNetwork { at, .. }
            | Self::Mount { at, .. }
            | Self::NoFolder { at, .. }
            | Self::RootFolder { at, .. }
            | Self::NotRun { at, .. }
            | Self::Failed { at, .. }
            | Self::Output { at, .. }
            | Self::Input { at, .. }
            | Self::Object { at, .. }
            | Self::Twice { at, .. }
            | Self::NeedsHash { at, .. } => Some(*at),
        }
    }

    fn related(&self) -> Vec<(Origin, String)> {
        match self {
            Self::SpecText(error) => error.related(),
            Self::Join(error) => error.related(),
            _ => Vec::new(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Spec(error) => return error.hint(),
            Self::SpecText(error) => return error.hint(),
            Self::Join(error) => return error.hint(),
            Self::Container { .. } => {
                "make it a program, named by `exec: {path: …}`, or render it before".to_owned()
            }
            Self::NoNetwork { .. } => "allow it with `--network`".to_owned(),
            Self::Mount { .. } => {
                "mount paths are relative to the kustomization and stay below it".to_owned()
            }
            Self::NoFolder { .. } => {
                "functions run in a work tree, not at a revision or in a fetched repository"
                    .to_owned()
            }
            Self::RootFolder { .. } => "put the kustomization into a folder of its own".to_owned(),
            Self::NotRun {
                error: RunError::NotStarted { .. },
                ..
            } => "the path is relative to the folder of the kustomization; the file must be executable"
                .to_owned(),
            Self::NotRun {
                error: RunError::TooSlow { .. },
                ..
            } => "give it more time with `--exec-timeout`".to_owned(),
            Self::Failed { .. } => "what it says on standard error stands above".to_owned(),
            Self::Output { .. } | Self::Object { .. } => {
                "it must print a ResourceList with `items`, or objects as YAML documents".to_owned()
            }
            Self::NeedsHash { .. } => "write `true` or `false`".to_owned(),
            _ => return None,
        })
    }
}
