//! Why a source could not be built.

use crate::helm;
use crate::helm::values::read::ReadError;
use crate::kustomize::BuildError;
use crate::source::SourceError;
use crate::tera::TeraError;
use crate::yaml::{Diagnostic, Origin, ParseError};

use super::super::expand::Problem;

/// Why a source could not be built.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SourceBuildError {
    #[error("{error}")]
    Helm { error: Box<helm::Error>, at: Origin },
    #[error("{0}")]
    HelmValues(ReadError),
    #[error("`{version}` is no version of Kubernetes")]
    KubeVersion { version: String, at: Origin },
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error("{error}")]
    Source { error: SourceError, at: Origin },
    #[error("`{path}` leaves the folder of the fleet")]
    Escapes { path: String, at: Origin },
    #[error("`{path}` does not exist")]
    Missing { path: String, at: Origin },
    #[error("`{path}` has no manifests: files whose names end in .yaml or .yml")]
    NoManifests { path: String, at: Origin },
    #[error("{} is not UTF-8", .at.file.name())]
    NotText { at: Origin },
    #[error("{0}")]
    Values(ParseError),
    #[error("values must be a mapping")]
    ValuesNotMapping { at: Origin },
    #[error(transparent)]
    Tera(#[from] TeraError),
    #[error("what the template renders is no YAML: {0}")]
    Rendered(ParseError),
    #[error(transparent)]
    Manifests(Box<Problem>),
}

impl Diagnostic for SourceBuildError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Build(error) => error.origin(),
            Self::Values(error) | Self::Rendered(error) => error.origin(),
            Self::Tera(error) => error.origin(),
            Self::Manifests(problem) => problem.origin(),
            Self::Helm { error, at } => error.origin().or(Some(*at)),
            Self::HelmValues(error) => error.origin(),
            Self::KubeVersion { at, .. }
            | Self::Source { at, .. }
            | Self::Escapes { at, .. }
            | Self::Missing { at, .. }
            | Self::NoManifests { at, .. }
            | Self::NotText { at }
            | Self::ValuesNotMapping { at } => Some(*at),
        }
    }

    fn related(&self) -> Vec<(Origin, String)> {
        match self {
            Self::Build(error) => error.related(),
            Self::Manifests(problem) => problem.related(),
            Self::Helm { error, at } => {
                let mut related = error.related();
                if error.origin().is_some() {
                    related.push((*at, "the chart is rendered for this".to_owned()));
                }
                related
            }
            _ => Vec::new(),
        }
    }

    fn is_of_environment(&self) -> bool {
        match self {
            Self::Build(error) => error.is_of_environment(),
            Self::Helm { error, .. } => error.is_of_environment(),
            _ => false,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Build(error) => error.hint(),
            Self::Values(error) | Self::Rendered(error) => error.hint(),
            Self::Tera(error) => error.hint(),
            Self::Manifests(problem) => problem.hint(),
            Self::Helm { error, .. } => error.hint(),
            _ => None,
        }
    }
}
