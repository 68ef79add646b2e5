//! What policies may see of an object's surroundings.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::merge::resource_of;
use crate::render::Object;
use crate::yaml::{Mapping, Node, Origin};

use super::load::PolicySet;
use super::matching::NAME_LABEL;
use super::parameters::{Parameter, Parameters};
use super::resources::is_cluster_scoped;

/// What policies may see of an object's surroundings: the namespaces of its environment, the objects
/// that are parameters, and what its CRDs say of their kinds.
#[derive(Debug, Default)]
pub struct Environment {
    namespaces: FxHashMap<SmolStr, Node>,
    pub(super) parameters: Parameters,
    kinds: FxHashMap<(SmolStr, SmolStr), Kind>,
}

/// What rules ask of a kind.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    /// The resource, as `deployments`.
    pub(super) resource: SmolStr,
    /// Whether its objects are in no namespace.
    pub(super) cluster_scoped: bool,
}

impl Environment {
    /// Gathers what the policies may ask for among the objects of an environment. An object that
    /// stands in the environment wins over a parameter of the same name beside the policies.
    pub fn of<'o>(objects: impl IntoIterator<Item = &'o Object>, policies: &PolicySet) -> Self {
        let mut environment = Self::default();
        if policies.is_empty() {
            return environment;
        }
        for object in objects {
            let id = &object.id;
            if id.kind == "Namespace" && id.group.is_empty() {
                let namespace = labelled(&object.node, &id.name);
                environment.namespaces.insert(id.name.clone(), namespace);
            }
            if id.kind == "CustomResourceDefinition" {
                environment.kinds.extend(declared_kind(&object.node));
            }
            if policies.takes(&object.node) {
                environment
                    .parameters
                    .insert(Parameter::of(object.node.clone()));
            }
        }
        // What the environment declares itself wins.
        for definition in &policies.definitions {
            if let Some((name, kind)) = declared_kind(definition) {
                environment.kinds.entry(name).or_insert(kind);
            }
        }
        for parameter in policies.parameters.iter() {
            environment.parameters.insert(parameter.clone());
        }
        environment
    }

    /// Returns a namespace by its name, with the label that the API server gives it.
    pub(super) fn namespace(&self, name: &str) -> Option<&Node> {
        self.namespaces.get(name)
    }

    /// Returns what is known of a kind: what its CRD says, else what the server's own kinds and the rules
    /// of the plural give.
    pub(super) fn kind(&self, group: &SmolStr, kind: &SmolStr) -> Kind {
        if !self.kinds.is_empty()
            && let Some(declared) = self.kinds.get(&(group.clone(), kind.clone()))
        {
            return declared.clone();
        }
        Kind {
            resource: resource_of(kind),
            cluster_scoped: is_cluster_scoped(group, kind),
        }
    }
}

/// Returns the kind that a CRD declares.
fn declared_kind(definition: &Node) -> Option<((SmolStr, SmolStr), Kind)> {
    let text = |path: &[&str]| definition.lookup(path).and_then(Node::text);
    let group = text(&["spec", "group"])?;
    let kind = text(&["spec", "names", "kind"])?;
    let resource = text(&["spec", "names", "plural"])?;
    let declared = Kind {
        resource: resource.into(),
        cluster_scoped: text(&["spec", "scope"]) == Some("Cluster"),
    };
    Some(((group.into(), kind.into()), declared))
}

/// Returns a namespace with the label that holds its name.
pub(super) fn labelled(namespace: &Node, name: &str) -> Node {
    let mut namespace = namespace.clone();
    let origin = namespace.origin;
    let Some(root) = namespace.as_mapping_mut() else {
        return namespace;
    };
    if root.get("metadata").is_none() {
        root.insert("metadata", Node::mapping(Mapping::default(), origin));
    }
    if let Some(metadata) = root.get_mut("metadata").and_then(Node::as_mapping_mut) {
        if metadata.get("labels").is_none_or(Node::is_null) {
            metadata.insert("labels", Node::mapping(Mapping::default(), origin));
        }
        if let Some(labels) = metadata.get_mut("labels").and_then(Node::as_mapping_mut) {
            labels.insert(NAME_LABEL, Node::string(name, origin));
        }
    }
    namespace
}

/// Returns a namespace of which only the name is known.
pub(super) fn synthetic(name: &str, origin: Origin) -> Node {
    let mut metadata = Mapping::default();
    metadata.insert("name", Node::string(name, origin));
    let mut root = Mapping::default();
    root.insert("apiVersion", Node::string("v1", origin));
    root.insert("kind", Node::string("Namespace", origin));
    root.insert("metadata", Node::mapping(metadata, origin));
    labelled(&Node::mapping(root, origin), name)
}
