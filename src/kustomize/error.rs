//! Why a build failed.

use crate::source::SourceError;
use crate::source::remote::RemoteError;
use crate::yaml::{Diagnostic, Origin, ParseError};

use super::function::FunctionError;
use super::generate::GeneratorError;
use super::{FileError, JoinError, ObjectError, TransformError};

/// Why a folder could not be built.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum BuildError {
    /// A file or folder could not be read.
    #[error("{error}")]
    Source {
        error: SourceError,
        at: Option<Origin>,
    },
    /// What an entry names is not there.
    #[error("{error}")]
    Missing {
        error: SourceError,
        /// What is there under nearly the same name.
        nearest: Option<String>,
        at: Origin,
    },
    #[error(transparent)]
    Parse(#[from] ParseError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error(transparent)]
    Join(#[from] JoinError),
    #[error(transparent)]
    Generator(#[from] GeneratorError),
    #[error(transparent)]
    Function(#[from] FunctionError),
    /// Whatever a transformer had to say.
    #[error("{0}")]
    Transform(Box<dyn Diagnostic>),
    #[error("no kustomization file in `{folder}`")]
    NoKustomization { folder: String, at: Option<Origin> },
    #[error("`{folder}` has several kustomization files: {}", .files.join(", "))]
    SeveralKustomizations {
        folder: String,
        files: Vec<String>,
        at: Option<Origin>,
    },
    #[error("`{path}` leads out of the tree")]
    LeavesTree { path: String, at: Origin },
    #[error("`{path}` is an absolute path")]
    AbsolutePath { path: String, at: Origin },
    #[error("the file `{path}` is not in or below `{folder}`")]
    OutsideFolder {
        path: String,
        folder: String,
        at: Origin,
    },
    #[error("an empty path")]
    EmptyPath { at: Origin },
    #[error("a cycle: `{folder}` holds `{inner}`, which leads to it")]
    Cycle {
        folder: String,
        inner: String,
        at: Origin,
    },
    #[error("more than {limit} folders lead to one another")]
    TooDeep { limit: usize, at: Origin },
    #[error("more than {limit} resources in one build")]
    TooManyResources { limit: usize, at: Origin },
    #[error("a cycle: `{url}` leads to itself")]
    RemoteCycle { url: String, at: Origin },
    /// A repository or a file from elsewhere could not be had.
    #[error("{error}")]
    Remote {
        error: RemoteError,
        at: Option<Origin>,
    },
    #[error("{error}")]
    Helm {
        error: Box<crate::helm::Error>,
        at: Origin,
    },
    #[error("{0}")]
    HelmValues(crate::helm::values::read::ReadError),
    #[error("the values cannot be merged: {0}")]
    HelmMerge(crate::merge::MergeError),
    #[error("an entry of `helmCharts` has no `name`")]
    NoChartName { at: Origin },
    #[error("there is no chart in `{folder}`")]
    NoChart { folder: String, at: Origin },
    #[error("an entry of `helmCharts` has either a `releaseName` or a `nameTemplate`")]
    TwoReleaseNames { at: Origin },
    #[error("`valuesMerge` is `{found}`: it must be one of `merge`, `override` and `replace`")]
    ValuesMerge { found: String, at: Origin },
    #[error("`{version}` is no version of Kubernetes")]
    KubeVersion { version: String, at: Origin },
    #[error("Helm charts need the flag `--enable-helm`")]
    HelmRefused { at: Origin },
    #[error("`{folder}` is a component")]
    IsComponent { folder: String, at: Origin },
    #[error("`{folder}` is not a component")]
    IsNotComponent { folder: String, at: Origin },
    #[error("the plugin `{kind}` is not built in")]
    ExternalPlugin { kind: String, at: Origin },
    #[error("the plugin `{kind}` names no function, and no folder is searched for its program")]
    PluginFolder { kind: String, at: Origin },
    #[error("`{kind}` is not a {wanted}")]
    WrongPlugin {
        kind: String,
        wanted: &'static str,
        at: Origin,
    },
    #[error("the {kind} has no `fieldSpecs`")]
    NoFieldSpecs { kind: String, at: Origin },
    #[error("an entry of `replacements` has either a `path` or the replacement itself")]
    ReplacementPath { at: Origin },
    #[error("this is no definition of a type, as a file of `crds` maps names to")]
    NoDefinition { at: Origin },
    #[error("`{path}` holds no replacements")]
    NoReplacements { path: String, at: Origin },
    #[error("a ValueAddTransformer needs targets with a `fieldPath` and no negative position")]
    ValueAddTargets { at: Origin },
    #[error("the field specs disagree on whether `{path}` is created")]
    FieldSpecs { path: String, at: Origin },
    #[error("`{found}` is no way to set the subjects of role bindings")]
    RoleBindingSubjects { found: String, at: Origin },
    #[error("an IAMPolicyGenerator needs the name of its `serviceAccount`")]
    NoAccount { at: Origin },
    #[error("the cloud `{found}` is not known")]
    UnknownCloud { found: String, at: Origin },
    #[error("the configurations disagree on whether `{path}` of `{section}` is created")]
    Configurations {
        section: &'static str,
        path: String,
        at: Origin,
    },
    #[error("the validator `{kind}` changes resources")]
    ValidatorChanges { kind: String, at: Origin },
    #[error("the var `{name}` is there already")]
    DuplicateVar {
        name: String,
        at: Origin,
        present: Origin,
    },
    #[error("{count} resources could be the object of the var `{name}`")]
    AmbiguousVar {
        name: String,
        count: usize,
        at: Origin,
    },
    /// An error in what an entry of a kustomization leads to.
    #[error("{error}")]
    Included { error: Box<BuildError>, at: Origin },
}

impl From<TransformError> for BuildError {
    fn from(error: TransformError) -> Self {
        Self::Transform(error.0)
    }
}

impl From<super::DecodeError> for BuildError {
    fn from(error: super::DecodeError) -> Self {
        Self::File(error.into())
    }
}

impl BuildError {
    /// Adds the entry of a kustomization that led to the error.
    pub(super) fn included_from(self, at: Origin) -> Self {
        Self::Included {
            error: Box::new(self),
            at,
        }
    }

    fn inner(&self) -> Option<&dyn Diagnostic> {
        Some(match self {
            Self::Parse(error) => error,
            Self::File(error) => error,
            Self::Object(error) => error,
            Self::Join(error) => error,
            Self::Generator(error) => error,
            Self::Function(error) => error,
            Self::Transform(error) => &**error,
            Self::Included { error, .. } => &**error,
            _ => return None,
        })
    }
}

impl Diagnostic for BuildError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Source { at, .. }
            | Self::Remote { at, .. }
            | Self::NoKustomization { at, .. }
            | Self::SeveralKustomizations { at, .. } => *at,
            Self::Missing { at, .. }
            | Self::LeavesTree { at, .. }
            | Self::AbsolutePath { at, .. }
            | Self::OutsideFolder { at, .. }
            | Self::EmptyPath { at }
            | Self::Cycle { at, .. }
            | Self::TooDeep { at, .. }
            | Self::TooManyResources { at, .. }
            | Self::RemoteCycle { at, .. }
            | Self::NoChartName { at }
            | Self::NoChart { at, .. }
            | Self::TwoReleaseNames { at }
            | Self::ValuesMerge { at, .. }
            | Self::KubeVersion { at, .. }
            | Self::HelmRefused { at }
            | Self::IsComponent { at, .. }
            | Self::IsNotComponent { at, .. }
            | Self::ExternalPlugin { at, .. }
            | Self::PluginFolder { at, .. }
            | Self::WrongPlugin { at, .. }
            | Self::ValidatorChanges { at, .. }
            | Self::NoFieldSpecs { at, .. }
            | Self::ReplacementPath { at }
            | Self::NoDefinition { at }
            | Self::NoReplacements { at, .. }
            | Self::ValueAddTargets { at }
            | Self::FieldSpecs { at, .. }
            | Self::RoleBindingSubjects { at, .. }
            | Self::UnknownCloud { at, .. }
            | Self::NoAccount { at }
            | Self::Configurations { at, .. }
            | Self::DuplicateVar { at, .. }
            | Self::AmbiguousVar { at, .. } => Some(*at),
            Self::Included { error, at } => error.origin().or(Some(*at)),
            Self::Helm { error, at } => error.origin().or(Some(*at)),
            Self::HelmValues(error) => error.origin(),
            Self::HelmMerge(error) => error.origin(),
            _ => self.inner().and_then(Diagnostic::origin),
        }
    }

    fn related(&self) -> Vec<(Origin, String)> {
        match self {
            Self::DuplicateVar { present, .. } => vec![(*present, "is there already".to_owned())],
            Self::Included { error, at } => {
                let mut related = error.related();
                if error.origin().is_some_and(|origin| origin != *at) {
                    related.push((*at, "included from here".to_owned()));
                }
                related
            }
            Self::Helm { error, at } => {
                let mut related = error.related();
                if error.origin().is_some() {
                    related.push((*at, "the chart is rendered for this".to_owned()));
                }
                related
            }
            _ => self.inner().map(Diagnostic::related).unwrap_or_default(),
        }
    }

    fn is_of_environment(&self) -> bool {
        match self {
            Self::Remote { error, .. } => error.is_of_environment(),
            Self::Helm { error, .. } => error.is_of_environment(),
            Self::Included { error, .. } => error.is_of_environment(),
            _ => false,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Helm { error, .. } => return error.hint(),
            Self::NoChart { .. } => "put the chart there, or name its `repo`".to_owned(),
            Self::Missing {
                nearest: Some(nearest),
                ..
            } => format!("did you mean `{nearest}`?"),
            Self::Missing { .. } => {
                "the path is relative to the folder of this kustomization".to_owned()
            }
            Self::NoKustomization { .. } => "write a `kustomization.yaml`".to_owned(),
            Self::SeveralKustomizations { .. } => "keep one of them".to_owned(),
            Self::OutsideFolder { .. } => {
                "move it below, make it a base of its own, or allow it with \
                 `--load-restrictor LoadRestrictionsNone`"
                    .to_owned()
            }
            Self::AbsolutePath { .. } => "write it relative to the kustomization".to_owned(),
            Self::Remote { error, .. } => return error.hint(),
            Self::RoleBindingSubjects { .. } => {
                "write `defaultOnly`, `allServiceAccounts` or `none`".to_owned()
            }
            Self::NoDefinition { .. } => {
                "list custom resource definitions themselves in `resources`".to_owned()
            }
            Self::NoReplacements { .. } => {
                "write a replacement or a list of them into it".to_owned()
            }
            Self::ValidatorChanges { .. } => {
                "a validator may fail; a function that validates gives back no items, as kustomize takes \
                 each of them for changed"
                    .to_owned()
            }
            Self::ExternalPlugin { .. } => {
                "functions run with `--enable-alpha-plugins --enable-exec` alone; \
                 a plugin that is built in has `apiVersion: builtin`"
                    .to_owned()
            }
            Self::PluginFolder { .. } => {
                "name the program in the annotation `config.kubernetes.io/function`, \
                 as `exec: {path: ./plugin}`"
                    .to_owned()
            }
            Self::UnknownCloud { .. } => "write `gke`".to_owned(),
            Self::IsComponent { .. } => "list it in `components`".to_owned(),
            Self::IsNotComponent { .. } => "list it in `resources`".to_owned(),
            _ => return self.inner().and_then(Diagnostic::hint),
        })
    }
}
