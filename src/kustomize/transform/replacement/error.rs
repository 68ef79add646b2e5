//! Why a replacement failed.

use smol_str::SmolStr;

use crate::kustomize::ResId;
use crate::kustomize::selector::SelectorError;
use crate::kustomize::transform::field_path::PathProblem;
use crate::yaml::{Diagnostic, Origin};

/// Why a replacement failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("a replacement needs a `source` or a `sourceValue`")]
    NoSource { at: Origin },
    #[error("a replacement needs `targets`")]
    NoTarget { at: Origin },
    #[error("a replacement has either a `source` or a `sourceValue`")]
    TwoSources { at: Origin },
    #[error("a target of a replacement needs a `select`")]
    NoSelect { at: Origin },
    #[error("an entry of `reject` is null")]
    NullReject { at: Origin },
    #[error("a field path of a replacement is empty")]
    EmptyPath { at: Origin },
    #[error(transparent)]
    Selector(#[from] SelectorError),
    #[error("nothing is selected by the source `{source_id}` of a replacement")]
    SourceNotFound { source_id: Box<ResId>, at: Origin },
    #[error("several resources are selected by the source `{source_id}` of a replacement")]
    SeveralSources {
        source_id: Box<ResId>,
        at: Origin,
        found: Vec<(ResId, Origin)>,
    },
    #[error("`{path}` of the source of a replacement: {problem}")]
    SourcePath {
        path: SmolStr,
        problem: PathProblem,
        at: Origin,
    },
    #[error("`{resource}` has no field `{path}` to take a replacement from")]
    NoSourceField {
        path: SmolStr,
        resource: Box<ResId>,
        at: Origin,
        object: Origin,
    },
    #[error("`{resource}` has no field `{path}` to replace{}", reason(.problem.as_ref()))]
    TargetPath {
        path: SmolStr,
        resource: Box<ResId>,
        problem: Option<PathProblem>,
        created: bool,
        at: Origin,
        object: Origin,
    },
    #[error("only the text of a field has a `delimiter`")]
    DelimiterNeedsScalar { at: Origin, field: Origin },
    #[error("the source of a replacement has no part {index}")]
    NoSuchPart {
        index: i64,
        at: Origin,
        field: Origin,
    },
    #[error("the replaced field is of another type than its new value")]
    WrongType {
        text: SmolStr,
        at: Origin,
        field: Origin,
    },
}

fn reason(problem: Option<&PathProblem>) -> String {
    problem.map_or_else(String::new, |problem| format!(": {problem}"))
}

impl Diagnostic for Error {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Selector(error) => error.origin(),
            Self::NoSource { at }
            | Self::NoTarget { at }
            | Self::TwoSources { at }
            | Self::NoSelect { at }
            | Self::NullReject { at }
            | Self::EmptyPath { at }
            | Self::SourceNotFound { at, .. }
            | Self::SeveralSources { at, .. }
            | Self::SourcePath { at, .. }
            | Self::NoSourceField { at, .. }
            | Self::TargetPath { at, .. }
            | Self::DelimiterNeedsScalar { at, .. }
            | Self::NoSuchPart { at, .. }
            | Self::WrongType { at, .. } => Some(*at),
        }
    }

    fn related(&self) -> Vec<(Origin, String)> {
        match self {
            Self::SeveralSources { found, .. } => found
                .iter()
                .map(|(id, origin)| (*origin, format!("`{id}` is selected")))
                .collect(),
            Self::NoSourceField { object, .. } | Self::TargetPath { object, .. } => {
                vec![(*object, "the resource".to_owned())]
            }
            Self::DelimiterNeedsScalar { field, .. }
            | Self::NoSuchPart { field, .. }
            | Self::WrongType { field, .. } => vec![(*field, "the field".to_owned())],
            _ => Vec::new(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Selector(error) => error.hint(),
            Self::TargetPath { created: false, .. } => {
                Some("say `options: {create: true}` to make the field".to_owned())
            }
            Self::SeveralSources { .. } => Some("name kind, name and namespace".to_owned()),
            _ => None,
        }
    }
}
