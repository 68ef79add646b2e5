//! Who changed a resource, step by step, where that is asked for.
//!
//! A step of a build leaves an [`Event`] on each resource that it changed: what wrote, and the object as it
//! was afterwards. Objects share what they have in common, so an event costs little. A resource that a step
//! takes out is kept beside its layer as [`Removed`]. What the events tell of one field is found out in
//! `explain`.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::merge::{Deletion, JsonPatch, deletion_in};
use crate::yaml::{FieldPath, MadeDocument, Node, Origin};

use super::file::{Replacement, Var};
use super::transform::replacement::writer_of;
use super::{ResMap, Resource};

/// The events of a resource, oldest first. Empty where no one asked for them.
#[derive(Clone, Debug, Default)]
pub struct History(Option<Arc<Vec<Event>>>);

/// A change of a resource.
#[derive(Clone, Debug)]
pub struct Event {
    /// What made it.
    pub writer: Arc<Writer>,
    /// The object afterwards.
    pub node: Node,
}

/// A resource that a step took out.
#[derive(Clone, Debug)]
pub struct Removed {
    /// The resource as it was.
    pub resource: Resource,
    /// What took it out.
    pub writer: Arc<Writer>,
}

/// A step of a build.
#[derive(Clone, Debug)]
pub struct Writer {
    /// The field of the kustomization that asks for the step, or the kind of the plugin, or what the step
    /// is called where nothing asks for it.
    pub name: SmolStr,
    /// The place that asks for it; none where nothing does.
    pub at: Option<Origin>,
    pub(super) changes: Changes,
}

/// What a step is told to change, as far as that says which of its lines changed a field.
#[derive(Clone, Debug, Default)]
pub(super) enum Changes {
    /// What it writes has its line.
    #[default]
    AsWritten,
    /// Patches, each of which may delete.
    Strategic(Vec<Node>),
    /// Operations, each of which may delete.
    Json(JsonPatch),
    /// Replacements, whose values have the line of their source.
    Replacements(Vec<Replacement>),
    /// Vars, whose values have the line of their source.
    Vars(Vec<Var>),
    /// A text made of others, whose values have the line that supplied them.
    Made(Box<MadeDocument>),
}

impl History {
    /// Returns the events, oldest first.
    pub fn events(&self) -> &[Event] {
        self.0.as_ref().map_or(&[], |events| events.as_slice())
    }

    /// Adds an event where events are kept at all: each object has one from where it was read.
    pub(super) fn note(&mut self, event: Event) {
        if self.0.is_some() {
            self.push(event);
        }
    }

    fn push(&mut self, event: Event) {
        Arc::make_mut(self.0.get_or_insert_default()).push(event);
    }

    /// Returns what tells the history of one resource from others; none where it is empty.
    fn key(&self) -> Option<usize> {
        self.0.as_ref().map(|events| Arc::as_ptr(events).addr())
    }
}

impl Writer {
    pub(super) fn new(name: impl Into<SmolStr>, at: Option<Origin>) -> Self {
        Self {
            name: name.into(),
            at,
            changes: Changes::AsWritten,
        }
    }

    pub(super) fn of_made(name: &'static str, at: Origin, document: MadeDocument) -> Self {
        Self {
            changes: Changes::Made(Box::new(document)),
            ..Self::new(name, Some(at))
        }
    }

    /// Returns the lines of templates that printed a field of the object as it was after the step, the
    /// outermost first; not the line that supplied the value.
    pub fn through(&self, path: &FieldPath) -> Vec<Origin> {
        match &self.changes {
            Changes::Made(document) => document.through(path),
            _ => Vec::new(),
        }
    }

    pub(super) fn of_vars(vars: &[Var]) -> Self {
        Self {
            changes: Changes::Vars(vars.to_vec()),
            ..Self::new("vars", None)
        }
    }

    /// Returns the line that deletes a field which the object had before the step, where the step says so
    /// in a line of its own.
    pub fn deletion(&self, path: &FieldPath, before: &Node) -> Option<Origin> {
        match &self.changes {
            Changes::Strategic(patches) => {
                let kind = before.get("kind").and_then(Node::text);
                let is_of_kind = |patch: &&Node| {
                    let wanted = patch.get("kind").and_then(Node::text);
                    wanted.is_none() || wanted == kind
                };
                // The first that says so, or else the first that may be meant.
                let found = patches
                    .iter()
                    .filter(is_of_kind)
                    .filter_map(|patch| deletion_in(patch, path, before))
                    .min_by_key(|deletion| matches!(deletion, Deletion::Implied(_)));
                found.map(Deletion::at)
            }
            Changes::Json(patch) => patch.deletion(path),
            Changes::AsWritten | Changes::Replacements(_) | Changes::Vars(_) | Changes::Made(_) => {
                None
            }
        }
    }

    /// Returns the line that says a field is written, where the value has the line it was copied from.
    ///
    /// `path` leads to the field in the object as it was after the step; `before` is what the field was.
    pub fn copy(&self, path: &FieldPath, after: &Node, before: Option<&Node>) -> Option<Origin> {
        match &self.changes {
            Changes::Replacements(replacements) => writer_of(replacements, path, after),
            Changes::Json(patch) => {
                // What an operation writes itself stands below it, in the same file.
                let copied_by = patch.copy(path)?;
                let value = path.find(after)?.origin;
                (copied_by.file != value.file || value.line < copied_by.line).then_some(copied_by)
            }
            Changes::Vars(vars) => {
                let text = before.and_then(Node::text)?;
                let used = |var: &&Var| text.contains(&format!("$({})", &*var.name));
                vars.iter().find(used).map(|var| var.origin)
            }
            Changes::AsWritten | Changes::Strategic(_) | Changes::Made(_) => None,
        }
    }
}

/// Keeps the history of the resources of a layer, if that is asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorder {
    is_on: bool,
    removed: Vec<Removed>,
}

impl Recorder {
    pub(super) fn new(is_on: bool) -> Self {
        Self {
            is_on,
            removed: Vec::new(),
        }
    }

    /// Goes on from where another ended.
    pub(super) fn resumed(is_on: bool, removed: Vec<Removed>) -> Self {
        Self { is_on, removed }
    }

    /// Takes over what a base's recorder knows of resources that are gone.
    pub(super) fn merge(&mut self, base: &Recorder) {
        self.removed.extend_from_slice(&base.removed);
    }

    pub(super) fn into_removed(self) -> Vec<Removed> {
        self.removed
    }

    /// Notes where a resource was read.
    pub(super) fn start(&self, resource: &mut Resource, writer: impl FnOnce() -> Writer) {
        if self.is_on {
            let node = resource.node.clone();
            let writer = Arc::new(writer());
            resource.history.push(Event { writer, node });
        }
    }

    /// Makes a change and notes what it did.
    pub(super) fn record<E>(
        &mut self,
        resources: &mut ResMap,
        writer: impl FnOnce() -> Writer,
        change: impl FnOnce(&mut ResMap) -> Result<(), E>,
    ) -> Result<(), E> {
        if !self.is_on {
            return change(resources);
        }
        let mut before: Vec<Option<Resource>> = resources.iter().cloned().map(Some).collect();
        let mut places: FxHashMap<usize, VecDeque<usize>> = FxHashMap::default();
        for (place, resource) in before.iter().enumerate() {
            let key = resource
                .as_ref()
                .and_then(|resource| resource.history.key());
            if let Some(key) = key {
                places.entry(key).or_default().push_back(place);
            }
        }
        change(resources)?;
        let writer = Arc::new(writer());
        for resource in resources.iter_mut() {
            let known = resource.history.key().and_then(|key| places.get_mut(&key));
            let old = known
                .and_then(VecDeque::pop_front)
                .and_then(|place| before.get_mut(place)?.take());
            if old.is_none_or(|old| !old.node.same(&resource.node)) {
                let (writer, node) = (Arc::clone(&writer), resource.node.clone());
                resource.history.push(Event { writer, node });
            }
        }
        self.removed
            .extend(before.into_iter().flatten().map(|resource| Removed {
                resource,
                writer: Arc::clone(&writer),
            }));
        Ok(())
    }
}
