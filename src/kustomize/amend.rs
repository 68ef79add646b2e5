//! Builds by a kustomization that stands in no file: a folder's own with fields changed, or one over objects that
//! are there. It is how others' objects, such as those of Flux and Argo CD, have their way with a build.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::source::{ReadLog, TreePath};
use crate::yaml::{MadeDocument, Node, Origin};

use super::accumulate::{Target, read_file};
use super::documents::{Names, check, has_generated_name, objects_named};
use super::file::Kustomization;
use super::files::Files;
use super::history::{Event, Recorder, Writer};
use super::layer::Layer;
use super::place::{Base, Chain, Home};
use super::{BuildError, Builder, Built, ResMap, Resource};

impl Builder<'_> {
    /// Reads the kustomization of a folder as it is written; `None` where the folder has none.
    pub fn kustomization_of(
        &self,
        folder: &TreePath,
    ) -> Result<(Option<Node>, ReadLog), BuildError> {
        let base = self.base(folder)?;
        let chain = Chain::start(&base);
        let files = Files::new(self.context(), base.home.clone(), base.folder.clone());
        let document = match read_file(chain, &files, None) {
            Ok((_, document)) => Some(document),
            Err(BuildError::NoKustomization { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok((document, files.into_log()))
    }

    /// Builds a folder as if its kustomization were this one.
    pub fn build_as(&self, folder: &TreePath, document: &Node) -> Result<Built, BuildError> {
        let base = self.base(folder)?;
        let target = Target::with_document(self.context(), Chain::start(&base), document)?;
        self.build_target(target)
    }

    /// Runs the transformers of a kustomization over what was built. Its paths begin at the tree's root; the order
    /// of the objects stays where it says none.
    pub fn build_over(&self, built: Built, document: &Node) -> Result<Built, BuildError> {
        let base = self.base(&TreePath::root())?;
        let target = Target::with_document(self.context(), Chain::start(&base), document)?;
        let kustomization: Kustomization = target.kustomization.clone();
        let layer = Layer {
            resources: built.resources,
            reads: built.reads,
            warnings: built.warnings,
            mistakes: built.mistakes,
            recorder: Recorder::resumed(self.options().keep_history, built.removed),
            ..Layer::default()
        };
        self.finish(target.transform(layer)?, &kustomization)
    }

    /// Takes objects that were read for built; lists of objects are replaced by their items.
    ///
    /// # Errors
    ///
    /// What is no object, and two objects of one id.
    pub fn take(
        &self,
        step: &'static str,
        at: Origin,
        documents: Vec<Node>,
    ) -> Result<Built, BuildError> {
        let recorder = Recorder::new(self.options().keep_history);
        let mut built = Built::empty();
        for node in objects_named(documents, Names::MayBeGenerated)? {
            let mut resource = Resource::new(node);
            recorder.start(&mut resource, || Writer::new(step, Some(at)));
            if has_generated_name(&resource.node) {
                built.resources.append_unnamed(resource);
            } else {
                built.resources.append(resource)?;
            }
        }
        Ok(built)
    }

    fn base(&self, folder: &TreePath) -> Result<Base<'_>, BuildError> {
        let folder = self.tree().resolve(folder);
        Ok(Base {
            home: Home::Own(self.tree()),
            folder: folder.map_err(|error| BuildError::Source { error, at: None })?,
            address: None,
        })
    }
}

impl Built {
    /// Changes the objects one by one; their histories, where kept, tell it by the name of the step.
    pub fn change(
        &mut self,
        step: impl Into<SmolStr>,
        at: Origin,
        mut change: impl FnMut(&mut Resource),
    ) {
        let writer = Arc::new(Writer::new(step, Some(at)));
        for resource in &mut self.resources {
            let before = resource.node.clone();
            change(resource);
            if !before.same(&resource.node) {
                let (writer, node) = (Arc::clone(&writer), resource.node.clone());
                resource.history.note(Event { writer, node });
            }
        }
    }

    /// Puts objects that were read from a text anew in the place of those that `remake` knows better.
    ///
    /// # Errors
    ///
    /// Those of `remake`, and two objects of one id afterwards.
    pub fn remake<E: From<BuildError>>(
        &mut self,
        step: &'static str,
        at: Origin,
        mut remake: impl FnMut(&Node) -> Result<Option<MadeDocument>, E>,
    ) -> Result<(), E> {
        for resource in &mut self.resources {
            let Some(document) = remake(&resource.node)? else {
                continue;
            };
            check(&document.node).map_err(BuildError::from)?;
            resource.node = document.node.clone();
            let node = resource.node.clone();
            let writer = Arc::new(Writer::of_made(step, at, document));
            resource.history.note(Event { writer, node });
        }
        self.resources
            .check_ids()
            .map_err(|error| E::from(error.into()))
    }

    /// Puts what another built after this, whose objects must be others.
    ///
    /// # Errors
    ///
    /// Two objects of one id.
    pub fn append(&mut self, other: Built) -> Result<(), BuildError> {
        for resource in other.resources.into_vec() {
            if has_generated_name(&resource.node) {
                self.resources.append_unnamed(resource);
            } else {
                self.resources.append(resource)?;
            }
        }
        self.reads.extend(&other.reads);
        self.warnings.extend(other.warnings);
        self.mistakes.merge(&other.mistakes);
        self.removed.extend(other.removed);
        Ok(())
    }

    /// Nothing, built of nothing.
    pub fn empty() -> Self {
        Self {
            resources: ResMap::default(),
            reads: ReadLog::default(),
            warnings: Vec::new(),
            mistakes: super::Mistakes::default(),
            removed: Vec::new(),
        }
    }
}
