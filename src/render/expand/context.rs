//! What is the same for all that one environment expands.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::helm::values::Table;
use crate::helm::{self, Capabilities, Chart, DocumentsError, KubeVersion, Options, Schemas, Show};
use crate::kustomize::{Builder, Built, Made, Resource, Warning, warnings_of};
use crate::source::{ReadLog, Tree, TreePath};
use crate::yaml::{Diagnostic as _, DuplicateKeys, Node, Origin};

use super::error::Problem;
use super::fields::Text;
use super::objects::{Key, Objects};
use super::repository::Repositories;

/// How patient a look-up of another object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Patience {
    /// What is missing may yet come, be it optional or not.
    WaitForAll,
    /// What is optional and missing is done without.
    WaitForRequired,
    /// What is missing is an error, or where that is lenient a warning.
    Over,
}

/// Why an object was not expanded now.
#[derive(Debug)]
pub(super) enum Halt {
    /// Another object is missing that may yet come.
    Later,
    /// It cannot be.
    Failed(Box<Problem>),
    /// It is not to be.
    Skipped(Option<Warning>),
}

impl<P: Into<Problem>> From<P> for Halt {
    fn from(problem: P) -> Self {
        Self::Failed(Box::new(problem.into()))
    }
}

/// What is the same for all that one environment expands, and what is known so far.
pub(super) struct Context<'x> {
    pub(super) tree: &'x dyn Tree,
    /// Builds as kustomize does: files must be in or below the folder of their kustomization.
    pub(super) builder: &'x Builder<'x>,
    /// Builds as Flux does: files may be anywhere in the tree.
    pub(super) flux: &'x Builder<'x>,
    pub(super) repositories: &'x Repositories,
    /// The Kubernetes version, as `1.36`; empty for that of Helm.
    pub(super) kubernetes: &'x str,
    /// API versions that charts find, beside those of Kubernetes.
    pub(super) api_versions: &'x [String],
    pub(super) is_strict_about_variables: bool,
    pub(super) is_lenient: bool,
    pub(super) objects: &'x Objects,
    pub(super) patience: Patience,
    pub(super) warnings: Mutex<Vec<Warning>>,
    /// What was missing and done without.
    pub(super) missed: Mutex<Vec<Key>>,
    /// What was looked at beside the tree as such.
    pub(super) reads: Mutex<ReadLog>,
    /// The entries of repositories.
    pub(super) listings: Mutex<FxHashMap<TreePath, Arc<Listing>>>,
}

/// The folders and files of a repository, by their paths in it; hidden folders are left out.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) folders: BTreeSet<String>,
    pub(super) files: BTreeSet<String>,
}

/// A release of a chart.
pub(super) struct Release<'r> {
    pub(super) name: String,
    pub(super) namespace: &'r str,
    pub(super) values: Table,
    /// Those of the environment where there is none.
    pub(super) kube_version: Option<Text<'r>>,
    /// Those of the fleet where there are none.
    pub(super) api_versions: Vec<String>,
    pub(super) schemas: Schemas,
    pub(super) show: Show,
    /// What the step is called in a history.
    pub(super) step: &'static str,
    /// What asks for it.
    pub(super) at: Origin,
}

impl Context<'_> {
    pub(super) fn warn(&self, message: impl Into<String>, origin: Origin) {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        warnings.push(Warning {
            message: message.into(),
            origin,
            is_logged: false,
        });
    }

    /// Notes what was looked at.
    pub(super) fn note(&self, log: &ReadLog) {
        let mut reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        reads.extend(log);
    }

    /// Returns an object that another names at a line; `None` where it is missing and done without.
    pub(super) fn look_up(
        &self,
        key: &Key,
        is_optional: bool,
        at: Origin,
    ) -> Result<Option<&Node>, Halt> {
        match self.objects.require(key, at) {
            Ok(node) => Ok(Some(node)),
            Err(problem) => {
                let without = self.without(problem, is_optional)?;
                let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
                missed.push(key.clone());
                Ok(without)
            }
        }
    }

    /// Decides what follows where another object, or a key of it, is missing.
    pub(super) fn without<T>(
        &self,
        problem: Problem,
        is_optional: bool,
    ) -> Result<Option<T>, Halt> {
        let is_patient = match self.patience {
            Patience::WaitForAll => true,
            Patience::WaitForRequired => !is_optional,
            Patience::Over => false,
        };
        if is_patient && problem.is_missing_object() {
            return Err(Halt::Later);
        }
        if is_optional {
            return Ok(None);
        }
        if !self.is_lenient {
            return Err(problem.into());
        }
        if let Some(at) = problem.origin() {
            self.warn(format!("{problem}: it is left out"), at);
        }
        Ok(None)
    }

    /// Renders a chart.
    pub(super) fn render(
        &self,
        chart: &Chart,
        release: Release<'_>,
        reads: ReadLog,
    ) -> Result<Built, Problem> {
        let at = release.at;
        let mut options = Options::new(release.name);
        if !release.namespace.is_empty() {
            release.namespace.clone_into(&mut options.namespace);
        }
        options.values = release.values;
        options.capabilities = self.capabilities(release.kube_version, at)?;
        let more = if release.api_versions.is_empty() {
            self.api_versions
        } else {
            &release.api_versions
        };
        let api_versions = &mut options.capabilities.api_versions;
        api_versions.extend(more.iter().cloned());
        options.schemas = release.schemas;
        options.tracing = self.builder.options().tracing;
        options.randomness = self.builder.options().randomness.clone();
        let show = release.show;
        let (rendered, documents) =
            helm::documents(chart, &options, show, DuplicateKeys::LastCounts).map_err(|error| {
                match error {
                    DocumentsError::Chart(error) => Problem::Helm { error, at },
                    DocumentsError::Document(error) => Problem::Rendered(error),
                }
            })?;
        let made = Made {
            step: release.step,
            at,
            documents,
            reads,
            warnings: warnings_of(&rendered, at),
        };
        Ok(self.builder.build_made(made, None)?)
    }

    fn capabilities(&self, version: Option<Text<'_>>, at: Origin) -> Result<Capabilities, Problem> {
        let mut capabilities = Capabilities::default();
        let (version, at) = match version {
            Some(version) => (version.text.to_owned(), version.at),
            None if self.kubernetes.is_empty() => return Ok(capabilities),
            None => (format!("{}.0", self.kubernetes), at),
        };
        capabilities.kube_version =
            KubeVersion::parse(&version).map_err(|_| Problem::KubeVersion { version, at })?;
        Ok(capabilities)
    }

    /// Puts objects that have a namespace and name none into one.
    pub(super) fn set_default_namespace(
        &self,
        built: &mut Built,
        step: &'static str,
        namespace: Text<'_>,
    ) {
        let definitions: Vec<Node> = built
            .resources
            .iter()
            .filter(|resource| resource.kind() == "CustomResourceDefinition")
            .map(|resource| resource.node.clone())
            .collect();
        built.change(step, namespace.at, |resource: &mut Resource| {
            if resource.namespace().is_empty()
                && self.objects.is_namespaced(&resource.node, &definitions) == Some(true)
            {
                resource.set_namespace(namespace.text, namespace.at);
            }
        });
    }
}
