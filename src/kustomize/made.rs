//! Resources that no kustomization made, such as those of a chart, and patches over them.

use crate::source::{ReadLog, TreePath};
use crate::yaml::{FieldPath, MadeDocument, Mapping, Node, Origin};

use super::accumulate::Target;
use super::documents::{Names, has_generated_name, objects_named};
use super::file::{Kustomization, Warning};
use super::history::{Recorder, Writer};
use super::layer::Layer;
use super::mistake::Mistakes;
use super::place::{Base, Chain, Home};
use super::{BuildError, Builder, Built, Resource};

/// What was made, in the order of the output.
#[derive(Debug)]
pub struct Made {
    /// What the step is called in a history: `helm`.
    pub step: &'static str,
    /// What asks for it.
    pub at: Origin,
    /// The documents; lists of objects are replaced by their items.
    pub documents: Vec<MadeDocument>,
    /// What was looked at.
    pub reads: ReadLog,
    /// What works but should be changed.
    pub warnings: Vec<Warning>,
}

impl Builder<'_> {
    /// Builds what was made, with patches over it: a list as that of a kustomization in the tree's root.
    ///
    /// # Errors
    ///
    /// What is no object, two objects of one id, and what is wrong with a patch.
    pub fn build_made(&self, made: Made, patches: Option<&Node>) -> Result<Built, BuildError> {
        let mut layer = Layer {
            recorder: Recorder::new(self.options().keep_history),
            mistakes: Mistakes::new(self.options().find_mistakes),
            reads: made.reads,
            warnings: made.warnings,
            ..Layer::default()
        };
        for resource in resources(made.documents, Names::MayBeGenerated)? {
            let (mut resource, document) = resource;
            layer.recorder.start(&mut resource, || {
                Writer::of_made(made.step, made.at, document)
            });
            if has_generated_name(&resource.node) {
                layer.resources.append_unnamed(resource);
            } else {
                layer.resources.append(resource)?;
            }
        }
        let Some(patches) = patches else {
            return Ok(Built {
                resources: layer.resources,
                reads: layer.reads,
                warnings: layer.warnings,
                mistakes: layer.mistakes,
                removed: Vec::new(),
            });
        };
        let kustomization = kustomization_of(patches)?;
        let base = Base {
            home: Home::Own(self.tree()),
            folder: TreePath::root(),
            address: None,
        };
        let target = Target::of(self.context(), Chain::start(&base), kustomization.clone());
        self.finish(target.patch(layer)?, &kustomization)
    }
}

/// The kustomization that has these patches and leaves the order as it is.
fn kustomization_of(patches: &Node) -> Result<Kustomization, BuildError> {
    let at = patches.origin;
    let mut order = Mapping::default();
    order.insert("order", Node::string("fifo", at));
    let mut document = Mapping::default();
    document.insert("patches", patches.clone());
    document.insert("sortOptions", Node::mapping(order, at));
    let (kustomization, _) = Kustomization::read(&Node::mapping(document, at))?;
    Ok(kustomization)
}

/// The resources of documents, each with what is known of its text.
pub(super) fn resources(
    documents: Vec<MadeDocument>,
    names: Names,
) -> Result<Vec<(Resource, MadeDocument)>, BuildError> {
    let mut found = Vec::with_capacity(documents.len());
    for document in documents {
        let nodes = objects_named(vec![document.node.clone()], names)?;
        let is_list = !matches!(nodes.as_slice(), [only] if only.same(&document.node));
        for (index, node) in nodes.into_iter().enumerate() {
            let item = || {
                let path: FieldPath = [
                    crate::yaml::Segment::Key("items".into()),
                    crate::yaml::Segment::Index(index),
                ]
                .into_iter()
                .collect();
                document.part(&path)
            };
            let part = if is_list { item() } else { None };
            found.push((
                Resource::new(node),
                part.unwrap_or_else(|| document.clone()),
            ));
        }
    }
    Ok(found)
}
