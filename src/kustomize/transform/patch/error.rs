//! Why a patch could not be read or laid over its target.

use crate::merge::{JsonPatchError, MergeError};
use crate::yaml::{Diagnostic, Origin};

use super::super::super::selector::SelectorError;
use super::super::super::{JoinError, ObjectError, ResId};

/// Why a patch failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PatchError {
    #[error("the patch has neither `path` nor `{inline}`")]
    Empty { inline: &'static str, at: Origin },
    #[error("the patch has both `path` and `{inline}`")]
    Both { inline: &'static str, at: Origin },
    #[error("the patch holds nothing")]
    Nothing { at: Origin },
    #[error("a JSON patch needs a `target`")]
    NoTarget { at: Origin },
    #[error("the target of a JSON patch needs a `name`")]
    NoTargetName { at: Origin },
    #[error("a `target` takes one strategic merge patch, not {count}")]
    Several { count: usize, at: Origin },
    #[error("the patch begins with `[` but is not JSON: {reason}")]
    NotJson { reason: String, at: Origin },
    #[error("no resource matches the patch for `{id}`")]
    NoMatch {
        id: ResId,
        at: Origin,
        nearest: Option<Box<(ResId, Origin)>>,
    },
    #[error("{} resources match the patch for `{id}`", .found.len())]
    SeveralMatches {
        id: ResId,
        at: Origin,
        found: Vec<Origin>,
    },
    #[error("{error} (in `{resource}`)")]
    Merge { error: MergeError, resource: ResId },
    #[error("{error} (in `{resource}`)")]
    Json {
        error: JsonPatchError,
        resource: ResId,
    },
    #[error("the patch makes a list of the annotations")]
    AnnotationsAreList { at: Origin },
    #[error(transparent)]
    JsonPatch(#[from] JsonPatchError),
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error(transparent)]
    Selector(#[from] SelectorError),
    #[error(transparent)]
    Join(#[from] JoinError),
}

impl PatchError {
    fn inner(&self) -> Option<&dyn Diagnostic> {
        match self {
            Self::Merge { error, .. } => Some(error),
            Self::Json { error, .. } | Self::JsonPatch(error) => Some(error),
            Self::Object(error) => Some(error),
            Self::Selector(error) => Some(error),
            Self::Join(error) => Some(error),
            _ => None,
        }
    }
}

impl Diagnostic for PatchError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Empty { at, .. }
            | Self::Both { at, .. }
            | Self::Nothing { at }
            | Self::NoTarget { at }
            | Self::NoTargetName { at }
            | Self::Several { at, .. }
            | Self::NotJson { at, .. }
            | Self::NoMatch { at, .. }
            | Self::AnnotationsAreList { at }
            | Self::SeveralMatches { at, .. } => Some(*at),
            _ => self.inner().and_then(Diagnostic::origin),
        }
    }

    fn related(&self) -> Vec<(Origin, String)> {
        match self {
            Self::NoMatch {
                nearest: Some(nearest),
                ..
            } => vec![(nearest.1, format!("`{}` is here", nearest.0))],
            Self::SeveralMatches { found, .. } => found
                .iter()
                .map(|at| (*at, "this matches".to_owned()))
                .collect(),
            _ => self.inner().map(Diagnostic::related).unwrap_or_default(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoMatch { id, nearest, .. } => nearest.as_ref().map(|nearest| {
                let nearest = &nearest.0;
                if nearest.name == id.name && nearest.gvk == id.gvk {
                    let namespace = nearest.effective_namespace();
                    format!("`{nearest}` is in the namespace `{namespace}`")
                } else if nearest.name == id.name && nearest.gvk.kind == id.gvk.kind {
                    format!(
                        "`{nearest}` has the apiVersion `{}`",
                        nearest.gvk.api_version()
                    )
                } else {
                    format!("did you mean `{nearest}`?")
                }
            }),
            Self::SeveralMatches { .. } => Some("name the namespace, or use a `target`".to_owned()),
            Self::Several { .. } => {
                Some("give each patch an entry of `patches` of its own".to_owned())
            }
            Self::NoTarget { .. } => {
                Some("name the resources, as `target: {kind: Deployment, name: web}`".to_owned())
            }
            _ => self.inner().and_then(Diagnostic::hint),
        }
    }
}
