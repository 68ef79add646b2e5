//! The transformers that a kustomization asks for, in the order in which they run.
//!
//! [`fields`] makes steps of the kustomization's own fields, [`plugin`] of configurations of plugins. Each step holds what its transformer needs, all files read.

mod fields;
mod generator;
mod plugin;
mod replacement_files;
mod value_add_config;

use smol_str::SmolStr;

use crate::yaml::{Node, Origin};

use super::accumulate::Target;
use super::config::TransformerConfig;
use super::file::{Replacement, Warning};
use super::function::Function;
use super::generate::add_hashes;
use super::history::{Changes, Recorder, Writer};
use super::memory::ORIGIN;
use super::mistake::Mistakes;
use super::provenance::Provenance;
use super::transform::{
    images, labels, name_affix, namespace, patch, replacement, replicas, value_add,
};
use super::{BuildError, ResMap, TransformError};

pub(super) use fields::steps_of_fields;
pub(super) use generator::generate_by_plugin;
pub(super) use plugin::{plugins, provenance as plugin_provenance, step_of_plugin};

/// A transformer with its configuration.
#[derive(Debug)]
pub(super) struct Step {
    transformer: Transformer,
    /// The field of the kustomization, or the kind of the plugin.
    name: SmolStr,
    /// The place that asks for it.
    at: Origin,
    /// What it leaves on the resources, where a `buildMetadata` asks for that.
    provenance: Option<Provenance>,
}

#[derive(Debug)]
enum Transformer {
    Namespace(namespace::Config),
    NameAffix(name_affix::Config),
    Labels(labels::Config),
    Patch(Box<patch::Config>),
    Replicas(replicas::Config),
    Images(images::Config),
    Replacement(Vec<Replacement>),
    ValueAdd(value_add::Config),
    Hash,
    Function(Box<Function>),
}

impl Step {
    /// Runs the transformer.
    pub(super) fn run(
        &self,
        resources: &mut ResMap,
        recorder: &mut Recorder,
        mistakes: &mut Mistakes,
    ) -> Result<(), BuildError> {
        let writer = || Writer {
            changes: self.changes(),
            ..Writer::new(self.name.clone(), Some(self.at))
        };
        recorder.record(resources, writer, |resources| {
            self.run_unrecorded(resources, mistakes)
        })
    }

    /// Returns the step as it runs for a validator, which leaves no trace on resources.
    pub(super) fn of_validator(self) -> Self {
        Self {
            provenance: None,
            ..self
        }
    }

    /// Returns the warning of a function that is passed over.
    pub(super) fn warning(&self) -> Option<Warning> {
        match &self.transformer {
            Transformer::Function(function) => function.warning(),
            _ => None,
        }
    }

    fn changes(&self) -> Changes {
        match &self.transformer {
            Transformer::Patch(config) => config.changes(),
            Transformer::Replacement(list) => Changes::Replacements(list.clone()),
            _ => Changes::AsWritten,
        }
    }

    fn run_unrecorded(
        &self,
        resources: &mut ResMap,
        mistakes: &mut Mistakes,
    ) -> Result<(), BuildError> {
        let Some(provenance) = &self.provenance else {
            return Ok(self.transform(resources, mistakes)?);
        };
        let is_patch = matches!(self.transformer, Transformer::Patch(_));
        if is_patch {
            show_origins(resources);
        }
        self.transform(resources, mistakes)?;
        if is_patch {
            hide_origins(resources);
        }
        for resource in resources.iter_mut() {
            // What comes from nowhere was made by the transformer.
            if resource.provenance.is_none() {
                resource.provenance = Some(provenance.clone());
            } else {
                resource.transformations.push(provenance.clone());
            }
        }
        Ok(())
    }

    fn transform(
        &self,
        resources: &mut ResMap,
        mistakes: &mut Mistakes,
    ) -> Result<(), TransformError> {
        match &self.transformer {
            Transformer::Namespace(config) => namespace::transform(resources, config)?,
            Transformer::NameAffix(config) => name_affix::transform(resources, config)?,
            Transformer::Labels(config) => labels::transform(resources, config)?,
            Transformer::Patch(config) => {
                let is_useful = patch::transform(resources, config)?;
                if let Some(target) = config.target() {
                    mistakes.patched(resources, target, is_useful);
                }
            }
            Transformer::Replicas(config) => replicas::transform(resources, config)?,
            Transformer::Images(config) => {
                let are_useful = images::transform(resources, config)?;
                for (image, is_useful) in config.images.iter().zip(are_useful) {
                    mistakes.retagged(resources, image, self.at, is_useful);
                }
            }
            Transformer::Replacement(list) => {
                let are_useful = replacement::transform(resources, list)?;
                let targets = list.iter().flat_map(|replacement| &replacement.targets);
                for (target, is_useful) in targets.zip(are_useful) {
                    mistakes.replaced(resources, target, is_useful);
                }
            }
            Transformer::ValueAdd(config) => value_add::transform(resources, config)?,
            Transformer::Hash => add_hashes(resources),
            Transformer::Function(function) => function.transform(resources)?,
        }
        Ok(())
    }
}

/// Puts an annotation where the reference keeps its memory of origins, as a patch can take it away.
fn show_origins(resources: &mut ResMap) {
    for resource in resources.iter_mut() {
        if resource.provenance.is_some() {
            let at = resource.node.origin;
            resource.set_annotation(ORIGIN, "", at);
        }
    }
}

/// Takes the annotation out again; whose is gone has no known origin any more.
fn hide_origins(resources: &mut ResMap) {
    for resource in resources.iter_mut() {
        let annotations = resource
            .metadata_mut()
            .and_then(|metadata| metadata.get_mut("annotations"))
            .and_then(Node::as_mapping_mut);
        if annotations.is_none_or(|annotations| annotations.remove(ORIGIN).is_none()) {
            resource.provenance = None;
            resource.transformations.clear();
        }
    }
}
