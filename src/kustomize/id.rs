//! What names a resource: group, version, kind, name, namespace.

use std::fmt;

use smol_str::SmolStr;

use crate::merge::{Scope, scope};
use crate::yaml::Node;

/// Group, version and kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gvk {
    /// The API group; empty for the core group.
    pub group: SmolStr,
    /// The version within the group.
    pub version: SmolStr,
    /// The kind.
    pub kind: SmolStr,
}

impl Gvk {
    /// Reads `apiVersion` and `kind`; what is missing is empty.
    pub fn of(node: &Node) -> Self {
        let text = |key| node.get(key).and_then(Node::text).unwrap_or_default();
        Self::new(text("apiVersion"), text("kind"))
    }

    /// Returns the parts of an `apiVersion` with a kind.
    pub fn new(api_version: &str, kind: &str) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Self {
            group: group.into(),
            version: version.into(),
            kind: kind.into(),
        }
    }

    /// Returns `group/version`, or the version alone in the core group.
    pub fn api_version(&self) -> SmolStr {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            smol_str::format_smolstr!("{}/{}", self.group, self.version)
        }
    }

    /// Tells whether objects of the kind certainly have no namespace. A kind that is not Kubernetes' own
    /// is taken to have one.
    pub fn is_cluster_scoped(&self) -> bool {
        scope(&self.group, &self.version, &self.kind) == Scope::Cluster
    }

    /// Tells whether all parts that the selector names are equal; an empty part selects all.
    pub fn is_selected(&self, selector: &Gvk) -> bool {
        let selects = |want: &SmolStr, have: &SmolStr| want.is_empty() || want == have;
        selects(&selector.group, &self.group)
            && selects(&selector.version, &self.version)
            && selects(&selector.kind, &self.kind)
    }
}

/// The identity of a resource within a build.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResId {
    /// Group, version and kind.
    pub gvk: Gvk,
    /// `metadata.name`.
    pub name: SmolStr,
    /// `metadata.namespace` as written; empty where there is none.
    pub namespace: SmolStr,
}

/// Stands for the namespace of what has none, as kustomize's own records spell it.
const NOT_A_NAMESPACE: SmolStr = SmolStr::new_static("_non_namespaceable_");
const DEFAULT_NAMESPACE: SmolStr = SmolStr::new_static("default");

impl ResId {
    /// Reads the id that an object has now.
    pub fn of(node: &Node) -> Self {
        let text = |path: &[&str]| {
            node.lookup(path)
                .and_then(Node::text)
                .unwrap_or_default()
                .into()
        };
        Self {
            gvk: Gvk::of(node),
            name: text(&["metadata", "name"]),
            namespace: text(&["metadata", "namespace"]),
        }
    }

    /// Returns the namespace that counts when ids are compared: `default` where none is written, and
    /// one text for all that is cluster-scoped.
    pub fn effective_namespace(&self) -> SmolStr {
        if self.namespace == NOT_A_NAMESPACE || self.gvk.is_cluster_scoped() {
            NOT_A_NAMESPACE
        } else if self.namespace.is_empty() {
            DEFAULT_NAMESPACE
        } else {
            self.namespace.clone()
        }
    }

    /// Tells whether two ids name the same resource: equal but for how the namespace is written.
    pub fn is_same(&self, other: &ResId) -> bool {
        self.is_same_but_namespace(other) && self.is_in_namespace_of(other)
    }

    /// Tells whether group, version, kind and name are equal.
    pub fn is_same_but_namespace(&self, other: &ResId) -> bool {
        self.name == other.name && self.gvk == other.gvk
    }

    /// Tells whether two ids have the same effective namespace.
    pub fn is_in_namespace_of(&self, other: &ResId) -> bool {
        self.effective_namespace() == other.effective_namespace()
    }

    /// Tells whether all parts that the selector names are equal; an empty part selects all.
    pub fn is_selected(&self, selector: &ResId) -> bool {
        (selector.name.is_empty() || selector.name == self.name)
            && (selector.namespace.is_empty() || selector.is_in_namespace_of(self))
            && self.gvk.is_selected(&selector.gvk)
    }

    /// Returns the id with its effective namespace: equal keys are [the same](Self::is_same) resource.
    pub(super) fn key(&self) -> Self {
        Self {
            namespace: self.effective_namespace(),
            ..self.clone()
        }
    }
}

impl fmt::Display for Gvk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.api_version(), self.kind)
    }
}

impl fmt::Display for ResId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        match (self.gvk.kind.as_str(), self.name.as_str()) {
            (kind, "") => f.write_str(kind),
            ("", name) => f.write_str(name),
            (kind, name) => write!(f, "{kind}/{name}"),
        }
    }
}
