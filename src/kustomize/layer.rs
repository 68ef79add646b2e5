//! What a folder adds up to: resources, and all that those who include it need to know of how it came about.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::source::{ReadLog, TreePath};
use crate::yaml::Origin;

use super::config::TransformerConfig;
use super::file::{Var, Warning};
use super::history::{Recorder, Writer};
use super::openapi::OpenApi;
use super::{BuildError, Mistakes, ResMap, Resource};

/// The most resources of a build: bases that include bases twice double them at each level.
const MOST_RESOURCES: usize = 100_000;

/// The most warnings of a build, which multiply likewise.
const MOST_WARNINGS: usize = 1000;

/// What a folder adds up to, before names are final.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) resources: ResMap,
    /// The fields that transformers work on.
    pub(super) config: Arc<TransformerConfig>,
    /// The vars, sorted by name.
    pub(super) vars: Vec<Var>,
    /// The types that the first base with an `openapi` field brought.
    pub(super) open_api: Option<OpenApi>,
    /// What was read.
    pub(super) reads: ReadLog,
    /// The folders of the same tree that were entered.
    pub(super) folders: BTreeSet<TreePath>,
    /// The addresses of repositories that were entered.
    pub(super) addresses: BTreeSet<String>,
    /// The warnings, once for each time that a kustomization is met.
    pub(super) warnings: Vec<Warning>,
    /// Who changed the resources, where that is asked for.
    pub(super) recorder: Recorder,
    /// What is surely a mistake, where that is asked for.
    pub(super) mistakes: Mistakes,
    /// Whether a Helm chart got the namespace of those that led to the layer.
    pub(super) knows_helm_namespace: bool,
}

impl Default for Layer {
    fn default() -> Self {
        Self {
            resources: ResMap::default(),
            config: Arc::clone(TransformerConfig::empty()),
            vars: Vec::new(),
            open_api: None,
            reads: ReadLog::default(),
            folders: BTreeSet::new(),
            addresses: BTreeSet::new(),
            warnings: Vec::new(),
            recorder: Recorder::default(),
            mistakes: Mistakes::default(),
            knows_helm_namespace: false,
        }
    }
}

impl Layer {
    /// Adds what a base adds up to.
    pub(super) fn merge(&mut self, base: &Layer, at: Origin) -> Result<(), BuildError> {
        if self.resources.len() + base.resources.len() > MOST_RESOURCES {
            return Err(BuildError::TooManyResources {
                limit: MOST_RESOURCES,
                at,
            });
        }
        if self.resources.is_empty() {
            self.resources = base.resources.clone();
        } else {
            self.resources.append_all(base.resources.iter().cloned())?;
        }
        self.merge_config(&base.config, at)?;
        base.vars.iter().try_for_each(|var| self.add_var(var))?;
        if self.open_api.is_none() {
            self.open_api.clone_from(&base.open_api);
        }
        self.reads.extend(&base.reads);
        self.addresses.extend(base.addresses.iter().cloned());
        self.add_warnings(&base.warnings);
        self.recorder.merge(&base.recorder);
        self.mistakes.merge(&base.mistakes);
        self.knows_helm_namespace |= base.knows_helm_namespace;
        Ok(())
    }

    /// Takes what a generator made.
    pub(super) fn absorb(
        &mut self,
        resource: Resource,
        writer: impl FnOnce() -> Writer,
    ) -> Result<(), BuildError> {
        let absorb = |resources: &mut ResMap| resources.absorb(resource);
        Ok(self.recorder.record(&mut self.resources, writer, absorb)?)
    }

    pub(super) fn add_warnings(&mut self, more: &[Warning]) {
        let room = MOST_WARNINGS.saturating_sub(self.warnings.len());
        self.warnings.extend(more.iter().take(room).cloned());
    }

    pub(super) fn merge_config(
        &mut self,
        other: &Arc<TransformerConfig>,
        at: Origin,
    ) -> Result<(), BuildError> {
        self.config = self
            .config
            .merge(other)
            .map_err(|conflict| BuildError::Configurations {
                section: conflict.section,
                path: conflict.path.to_string(),
                at,
            })?;
        Ok(())
    }

    fn add_var(&mut self, var: &Var) -> Result<(), BuildError> {
        match self.vars.binary_search_by(|have| have.name.cmp(&var.name)) {
            Ok(position) => Err(BuildError::DuplicateVar {
                name: var.name.to_string(),
                at: var.origin,
                present: self.vars.get(position).map_or(var.origin, |var| var.origin),
            }),
            Err(position) => {
                self.vars.insert(position, var.clone());
                Ok(())
            }
        }
    }

    /// Notes each var at the resource that it takes its value from, if that is there.
    pub(super) fn add_vars(&mut self, vars: &[Var]) -> Result<(), BuildError> {
        for var in vars {
            let id = var.object.id();
            // A var that names no namespace means any.
            let found = if id.namespace.is_empty() && !id.gvk.is_cluster_scoped() {
                self.resources
                    .positions_where(|have| have.is_same_but_namespace(&id))
            } else {
                self.resources.positions_of_any(&id)
            };
            match found.as_slice() {
                [] => {}
                [position] => {
                    if let Some(mut resource) = self.resources.get_mut(*position) {
                        resource.vars.push(var.name.text.clone());
                    }
                }
                several => {
                    return Err(BuildError::AmbiguousVar {
                        name: var.name.to_string(),
                        count: several.len(),
                        at: var.origin,
                    });
                }
            }
        }
        vars.iter().try_for_each(|var| self.add_var(var))
    }
}
