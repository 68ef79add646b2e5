//! Why an object could not be expanded.

use crate::helm;
use crate::helm::repository::RepositoryError;
use crate::helm::values::flags::FlagError;
use crate::helm::values::read::ReadError;
use crate::kustomize::BuildError;
use crate::source::SourceError;
use crate::yaml::{Diagnostic, Origin, ParseError};

/// Why an object could not be expanded, and which.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct ExpandError {
    /// What went wrong.
    pub problem: Box<Problem>,
    /// The object: `HelmRelease web`.
    pub object: String,
    /// Where it stands.
    pub at: Origin,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Problem {
    #[error("`{field}` must be {wanted}, not {found}")]
    WrongType {
        field: String,
        wanted: &'static str,
        found: &'static str,
        at: Origin,
    },
    #[error("`{field}` is missing")]
    MissingField { field: String, at: Origin },
    #[error("`{value}` is not {wanted}")]
    BadValue {
        value: String,
        wanted: &'static str,
        at: Origin,
    },
    #[error("there is no {kind} `{name}` in namespace `{namespace}`")]
    NoObject {
        kind: String,
        name: String,
        namespace: String,
        nearest: Option<String>,
        at: Origin,
    },
    #[error("the {kind} `{name}` has no key `{key}`")]
    NoKey {
        kind: String,
        name: String,
        key: String,
        nearest: Option<String>,
        at: Origin,
        object_at: Origin,
    },
    #[error("the {kind} `{name}` is encrypted, so its values are not known")]
    Encrypted {
        kind: String,
        name: String,
        at: Origin,
        object_at: Origin,
    },
    #[error("the value of `{key}` is not base64")]
    NotBase64 { key: String, at: Origin },
    #[error("the repository `{url}` is not in this tree")]
    Repository { url: String, at: Origin },
    #[error("`{path}` leaves the repository")]
    Escapes { path: String, at: Origin },
    #[error("`{path}` of the repository is outside of the folder `{folder}` that is here")]
    OutsideSubfolder {
        path: String,
        folder: String,
        at: Origin,
    },
    #[error("`{path}` does not exist")]
    Missing { path: String, at: Origin },
    #[error("`{path}` is not a folder")]
    NotFolder { path: String, at: Origin },
    #[error("{error}")]
    Source { error: SourceError, at: Origin },
    #[error("{error}")]
    Chart {
        error: Box<RepositoryError>,
        at: Origin,
    },
    #[error("{what}")]
    Unsupported {
        what: String,
        hint: Option<&'static str>,
        at: Origin,
    },
    #[error("`{name}` is no name of a variable: letters, digits and `_`, no digit first")]
    VariableName { name: String, at: Origin },
    #[error("{reason}")]
    Substitution {
        reason: String,
        hint: Option<&'static str>,
        at: Origin,
        /// What asks for the substitution.
        asked_at: Origin,
    },
    #[error("with its variables substituted the object is no YAML: {0}")]
    Substituted(ParseError),
    #[error("{0}")]
    Values(ReadError),
    #[error("{error}")]
    NotManifest { error: ParseError },
    #[error("{reason}")]
    Template { reason: String, at: Origin },
    #[error("`{path}`: {error}")]
    Flag {
        path: String,
        error: FlagError,
        at: Origin,
    },
    #[error("{error}")]
    Helm { error: Box<helm::Error>, at: Origin },
    #[error("what the chart renders is no YAML: {0}")]
    Rendered(ParseError),
    #[error("`{version}` is no version of Kubernetes")]
    KubeVersion { version: String, at: Origin },
    #[error(transparent)]
    Build(BuildError),
    #[error("it depends on the {kind} `{name}`, which is not there")]
    NoDependency {
        kind: &'static str,
        name: String,
        nearest: Option<String>,
        at: Origin,
    },
    #[error("they depend on each other: {}", .names.join(" on "))]
    Cycle { names: Vec<String>, at: Origin },
    #[error("objects expand to one another more than {limit} times")]
    TooDeep { limit: usize, at: Origin },
    #[error("the environment has more than {limit} objects that expand to others")]
    TooMany { limit: usize, at: Origin },
}

impl From<BuildError> for Problem {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

impl Problem {
    /// Whether another object is missing, which may yet come out of what is expanded later.
    pub(super) fn is_missing_object(&self) -> bool {
        matches!(self, Self::NoObject { .. } | Self::NoKey { .. })
    }
}

impl Diagnostic for Problem {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::WrongType { at, .. }
            | Self::MissingField { at, .. }
            | Self::BadValue { at, .. }
            | Self::NoObject { at, .. }
            | Self::NoKey { at, .. }
            | Self::Encrypted { at, .. }
            | Self::NotBase64 { at, .. }
            | Self::Repository { at, .. }
            | Self::Escapes { at, .. }
            | Self::OutsideSubfolder { at, .. }
            | Self::Missing { at, .. }
            | Self::NotFolder { at, .. }
            | Self::Source { at, .. }
            | Self::Unsupported { at, .. }
            | Self::VariableName { at, .. }
            | Self::Substitution { at, .. }
            | Self::Flag { at, .. }
            | Self::KubeVersion { at, .. }
            | Self::Template { at, .. }
            | Self::NoDependency { at, .. }
            | Self::Cycle { at, .. }
            | Self::TooDeep { at, .. }
            | Self::TooMany { at, .. } => Some(*at),
            Self::Substituted(error) | Self::Rendered(error) | Self::NotManifest { error } => {
                error.origin()
            }
            Self::Values(error) => error.origin(),
            Self::Helm { error, at } => error.origin().or(Some(*at)),
            Self::Chart { error, at } => error.origin().or(Some(*at)),
            Self::Build(error) => error.origin(),
        }
    }

    fn related(&self) -> Vec<(Origin, String)> {
        match self {
            Self::Build(error) => error.related(),
            Self::Helm { error, .. } => error.related(),
            Self::Chart { error, .. } => error.related(),
            Self::NoKey { object_at, .. } | Self::Encrypted { object_at, .. } => {
                vec![(*object_at, "the object is here".to_owned())]
            }
            Self::Substitution { asked_at, .. } => {
                vec![(*asked_at, "variables are substituted for this".to_owned())]
            }
            _ => Vec::new(),
        }
    }

    fn is_of_environment(&self) -> bool {
        match self {
            Self::Build(error) => error.is_of_environment(),
            Self::Chart { error, .. } => error.is_of_environment(),
            _ => false,
        }
    }

    fn hint(&self) -> Option<String> {
        let fixed = |hint: &str| Some(hint.to_owned());
        match self {
            Self::Build(error) => error.hint(),
            Self::Helm { error, .. } => error.hint(),
            Self::Chart { error, .. } => error.hint(),
            Self::Substituted(_) => {
                fixed("a value that YAML reads as another type needs quotes of its own")
            }
            Self::WrongType {
                wanted: "text",
                found: "a number" | "a boolean",
                ..
            } => fixed("put it in quotes"),
            Self::NoObject {
                nearest: Some(nearest),
                ..
            }
            | Self::NoKey {
                nearest: Some(nearest),
                ..
            }
            | Self::NoDependency {
                nearest: Some(nearest),
                ..
            } => Some(format!("did you mean `{nearest}`?")),
            Self::NoObject { .. } => fixed(
                "it must be among the objects of the environment; `--expand=lenient` goes on without what others make in the cluster",
            ),
            Self::Encrypted { .. } => fixed("`--expand=lenient` goes on without the values"),
            Self::Repository { url, .. } => Some(format!(
                "say in lockgate.yaml which folder has its files: `spec: {{expand: {{repositories: [{{url: {url}, path: .}}]}}}}`"
            )),
            Self::OutsideSubfolder { .. } => {
                fixed("put lockgate.yaml at the root of the repository")
            }
            Self::Unsupported { hint, .. } | Self::Substitution { hint, .. } => {
                hint.map(str::to_owned)
            }
            _ => None,
        }
    }
}

impl Diagnostic for ExpandError {
    fn origin(&self) -> Option<Origin> {
        Some(self.problem.origin().unwrap_or(self.at))
    }

    fn related(&self) -> Vec<(Origin, String)> {
        let mut related = self.problem.related();
        let is_here = |at: &Origin| (at.file, at.line) == (self.at.file, self.at.line);
        if self.problem.origin().is_some_and(|at| !is_here(&at)) {
            related.push((self.at, format!("{} is expanded", self.object)));
        }
        related
    }

    fn is_of_environment(&self) -> bool {
        self.problem.is_of_environment()
    }

    fn hint(&self) -> Option<String> {
        self.problem.hint()
    }
}
