//! One object on its way through the layers.

use smol_str::SmolStr;

use crate::yaml::{Entry, Mapping, Node, Origin, Scalar};

use super::history::History;
use super::memory::NEEDS_HASH;
use super::transform::shared::SharedValue;
use super::{Gvk, Provenance, ResId};

/// An object with what the layers must remember of it.
///
/// The reference tool keeps this memory in annotations of the object, which it takes out at the end.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The object.
    pub node: Node,
    /// The ids it had before each rename, oldest first, with effective namespaces.
    pub previous: Vec<ResId>,
    /// The name prefixes it was given, innermost first.
    pub prefixes: Vec<SmolStr>,
    /// The name suffixes it was given, innermost first.
    pub suffixes: Vec<SmolStr>,
    /// The names of the vars that take their value from it.
    pub vars: Vec<SmolStr>,
    /// The labels and annotations that stand in several of its fields as one.
    pub shared: Vec<SharedValue>,
    /// How a generator wants it to meet one of the same name; `None` where no generator made it.
    pub behavior: Option<Behavior>,
    /// Whether its name gets a hash of its content.
    pub needs_hash: bool,
    /// As a patch: whether it may change its target's name.
    pub may_change_name: bool,
    /// As a patch: whether it may change its target's kind.
    pub may_change_kind: bool,
    /// The file that it was taken to be of where a function was given it.
    pub function_path: Option<SmolStr>,
    /// Where it came from, while a `buildMetadata` asks for that.
    pub provenance: Option<Provenance>,
    /// The transformers it went through, while a `buildMetadata` asks for that.
    pub transformations: Vec<Provenance>,
    /// Who changed it, where that is asked for.
    pub history: History,
}

/// How a generated resource meets one that is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behavior {
    /// Nothing was said: it must be new.
    #[default]
    Unspecified,
    /// It must be new.
    Create,
    /// It takes the other's place.
    Replace,
    /// Its data is laid over the other's.
    Merge,
}

impl Behavior {
    /// Returns the behavior of a name; `None` where it is none.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "create" => Self::Create,
            "replace" => Self::Replace,
            "merge" => Self::Merge,
            _ => return None,
        })
    }

    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Merge => "merge",
        }
    }
}

impl Resource {
    /// Returns an object as it was read.
    ///
    /// Whoever annotates it as the reference tool's generators do gets a hash, too.
    pub fn new(node: Node) -> Self {
        let needs_hash = node
            .lookup(&["metadata", "annotations", NEEDS_HASH])
            .and_then(Node::text)
            == Some("enabled");
        Self {
            node,
            previous: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            vars: Vec::new(),
            shared: Vec::new(),
            behavior: None,
            needs_hash,
            may_change_name: false,
            may_change_kind: false,
            function_path: None,
            provenance: None,
            transformations: Vec::new(),
            history: History::default(),
        }
    }

    /// Returns the id it has now.
    pub fn id(&self) -> ResId {
        ResId::of(&self.node)
    }

    /// Returns the id it was read with.
    pub fn original_id(&self) -> ResId {
        self.previous_ids().next().unwrap_or_else(|| self.id())
    }

    /// Returns the ids it had before each rename, oldest first. Group and version are those it has now.
    pub fn previous_ids(&self) -> impl Iterator<Item = ResId> {
        let now = if self.previous.is_empty() {
            Gvk::default()
        } else {
            Gvk::of(&self.node)
        };
        self.previous.iter().map(move |id| ResId {
            gvk: Gvk {
                kind: id.gvk.kind.clone(),
                ..now.clone()
            },
            ..id.clone()
        })
    }

    /// Remembers the id it has now. To be called before a change of name, namespace or kind.
    pub fn store_previous_id(&mut self) {
        let mut id = self.id().key();
        let is_null = |path: &[&str]| self.node.lookup(path).is_some_and(Node::is_null);
        if is_null(&["metadata", "name"]) {
            id.name = SmolStr::default();
        }
        if is_null(&["kind"]) {
            id.gvk.kind = SmolStr::default();
        }
        self.previous.push(id);
    }

    /// Tells whether the layers remember the same of it as of another.
    pub(super) fn remembers_as(&self, other: &Resource) -> bool {
        self.previous == other.previous
            && self.prefixes == other.prefixes
            && self.suffixes == other.suffixes
    }

    /// Returns the kind.
    pub fn kind(&self) -> &str {
        self.node
            .get("kind")
            .and_then(Node::text)
            .unwrap_or_default()
    }

    /// Returns `metadata.name`; empty where there is none.
    pub fn name(&self) -> &str {
        self.metadata_text("name")
    }

    /// Returns `metadata.namespace`; empty where there is none.
    pub fn namespace(&self) -> &str {
        self.metadata_text("namespace")
    }

    fn metadata_text(&self, key: &str) -> &str {
        self.node
            .lookup(&["metadata", key])
            .and_then(Node::text)
            .unwrap_or_default()
    }

    /// Returns the value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.node
            .lookup(&["metadata", "labels", key])
            .and_then(Node::text)
    }

    /// Returns the value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.node
            .lookup(&["metadata", "annotations", key])
            .and_then(Node::text)
    }

    /// Sets the kind.
    pub fn set_kind(&mut self, kind: &str, origin: Origin) {
        if let Some(root) = self.node.as_mapping_mut() {
            root.insert("kind", Node::string(kind, origin));
        }
    }

    /// Sets `metadata.name`.
    pub fn set_name(&mut self, name: &str, origin: Origin) {
        if let Some(metadata) = self.metadata_mut() {
            metadata.insert("name", Node::string(name, origin));
        }
    }

    /// Sets `metadata.namespace`; an empty one takes the field out.
    pub fn set_namespace(&mut self, namespace: &str, origin: Origin) {
        let Some(metadata) = self.metadata_mut() else {
            return;
        };
        if namespace.is_empty() {
            metadata.remove("namespace");
        } else {
            metadata.insert("namespace", Node::string(namespace, origin));
        }
    }

    /// Sets an annotation, as text.
    pub fn set_annotation(&mut self, key: &str, value: &str, origin: Origin) {
        self.set_in_metadata("annotations", key, Node::string(value, origin));
    }

    /// Sets a label, as text.
    pub fn set_label(&mut self, key: &str, value: &str, origin: Origin) {
        self.set_in_metadata("labels", key, Node::string(value, origin));
    }

    /// Takes the labels out where there is only this one. Tells whether it was so.
    pub(super) fn remove_only_label(&mut self, key: &str) -> bool {
        let labels = self.node.lookup(&["metadata", "labels"]);
        let count = labels.and_then(Node::as_mapping).map_or(0, Mapping::len);
        if count != 1 || self.label(key).is_none() {
            return false;
        }
        self.metadata_mut()
            .is_some_and(|metadata| metadata.remove("labels").is_some())
    }

    fn set_in_metadata(&mut self, map: &str, key: &str, value: Node) {
        let Some(metadata) = self.metadata_mut() else {
            return;
        };
        if metadata
            .get(map)
            .is_none_or(|node| node.as_mapping().is_none())
        {
            metadata.insert(map, Node::mapping(Mapping::default(), value.origin));
        }
        if let Some(map) = metadata.get_mut(map).and_then(Node::as_mapping_mut) {
            map.insert(key, value);
        }
    }

    /// Returns `metadata`, made where it is missing; `None` where the object is no mapping.
    pub(crate) fn metadata_mut(&mut self) -> Option<&mut Mapping> {
        let at = self.node.origin;
        let root = self.node.as_mapping_mut()?;
        if root
            .get("metadata")
            .is_none_or(|node| node.as_mapping().is_none())
        {
            root.insert("metadata", Node::mapping(Mapping::default(), at));
        }
        root.get_mut("metadata")?.as_mapping_mut()
    }

    /// Takes the memory, names and missing labels and annotations of the resource that this one, made by
    /// a generator, is to stand for.
    pub(super) fn take_place_of(&mut self, old: &Resource) {
        self.previous.clone_from(&old.previous);
        self.prefixes.clone_from(&old.prefixes);
        self.suffixes.clone_from(&old.suffixes);
        self.vars.clone_from(&old.vars);
        self.behavior = old.behavior;
        self.needs_hash &= old.needs_hash;
        self.transformations.clone_from(&old.transformations);
        self.history.clone_from(&old.history);
        self.lay_over(old, &["metadata", "labels"]);
        self.lay_over(old, &["metadata", "annotations"]);
        let at = old.node.origin;
        self.set_name(old.name(), at);
        self.set_namespace(old.namespace(), at);
    }

    /// Lays the data of this one over that of the resource whose place it takes.
    pub(super) fn lay_data_over(&mut self, old: &Resource) {
        self.lay_over(old, &["data"]);
        self.lay_over(old, &["binaryData"]);
    }

    /// Adds to a map of texts what the other has and this lacks. An empty map is taken out.
    fn lay_over(&mut self, old: &Resource, path: &[&str]) {
        let ours = self.node.lookup(path).and_then(Node::as_mapping);
        let theirs = old.node.lookup(path).and_then(Node::as_mapping);
        let mut laid =
            Mapping::with_capacity(ours.map_or(0, Mapping::len) + theirs.map_or(0, Mapping::len));
        let entries = theirs
            .into_iter()
            .flatten()
            .filter(|entry| ours.is_none_or(|ours| !ours.contains_key(&entry.key.text)))
            .chain(ours.into_iter().flatten());
        for entry in entries {
            let text = if entry.value.is_null() {
                ""
            } else {
                entry.value.text().unwrap_or_default()
            };
            laid.push(Entry {
                key: Scalar::string(entry.key.text.clone()),
                key_origin: entry.key_origin,
                value: Node::string(text, entry.value.origin),
            });
        }
        laid.sort();
        let Some((last, above)) = path.split_last() else {
            return;
        };
        let parent = if above.is_empty() {
            self.node.as_mapping_mut()
        } else {
            self.metadata_mut()
        };
        let Some(parent) = parent else { return };
        let at = parent.get(last).map_or(old.node.origin, |node| node.origin);
        parent.remove(last);
        if !laid.is_empty() {
            parent.insert(last, Node::mapping(laid, at));
        }
    }
}
