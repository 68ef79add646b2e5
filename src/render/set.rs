//! What a render results in.

use std::fmt;

use smol_str::SmolStr;

use crate::kustomize::{Mistake, ResId};
use crate::source::ReadLog;
use crate::yaml::{Node, Origin};

use super::Digest;

/// All environments of a fleet, rendered from one state of its tree.
#[derive(Clone, Debug)]
pub struct RenderedSet {
    /// The environments in the fleet's order.
    pub environments: Vec<RenderedEnvironment>,
    /// The digest over the environments' names and digests.
    pub digest: Digest,
}

/// One environment, rendered.
#[derive(Clone, Debug)]
pub struct RenderedEnvironment {
    /// Its name.
    pub name: String,
    /// The Kubernetes version it runs, as `1.36`.
    pub kubernetes: String,
    /// The line that says so; none where nothing does.
    pub kubernetes_at: Option<Origin>,
    /// Its components by name, then what their objects were expanded to, in the order in which that is deployed.
    pub components: Vec<RenderedComponent>,
    /// The digest over the components' names and digests.
    pub digest: Digest,
}

/// One build of an environment.
#[derive(Clone, Debug)]
pub struct RenderedComponent {
    /// Its name, unique in the environment.
    pub name: String,
    /// Its objects in the order of the build.
    pub objects: Vec<Object>,
    /// What the build looked at.
    pub reads: ReadLog,
    /// The digest over the objects, whatever their order.
    pub digest: Digest,
    /// What is surely a mistake in the kustomizations that it is built of, where that was asked for.
    pub mistakes: Vec<Mistake>,
}

/// One rendered object.
#[derive(Clone, Debug)]
pub struct Object {
    /// What names it.
    pub id: ObjectId,
    /// Its content, each node with its origin.
    pub node: Node,
}

/// What names an object in an environment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// The API group; empty for the core group.
    pub group: SmolStr,
    /// The kind.
    pub kind: SmolStr,
    /// The namespace; empty where the object names none.
    pub namespace: SmolStr,
    /// The name.
    pub name: SmolStr,
    /// The version within the group.
    pub version: SmolStr,
}

impl RenderedSet {
    /// Leaves components out whose names the predicate refuses, and environments in which nothing is left.
    pub fn keep_components(&mut self, keep: impl Fn(&str) -> bool) {
        for environment in &mut self.environments {
            environment
                .components
                .retain(|component| keep(&component.name));
            let components = environment.components.iter();
            environment.digest = Digest::of_environment(
                components.map(|component| (component.name.as_str(), component.digest)),
            );
        }
        self.environments
            .retain(|environment| !environment.components.is_empty());
        let environments = self.environments.iter();
        self.digest = Digest::of_set(
            environments.map(|environment| (environment.name.as_str(), environment.digest)),
        );
    }
}

impl From<Node> for Object {
    /// Takes an object for what its `apiVersion`, `kind` and `metadata` name it.
    fn from(node: Node) -> Self {
        Self {
            id: ResId::of(&node).into(),
            node,
        }
    }
}

impl From<ResId> for ObjectId {
    fn from(id: ResId) -> Self {
        Self {
            group: id.gvk.group,
            kind: id.gvk.kind,
            namespace: id.namespace,
            name: id.name,
            version: id.gvk.version,
        }
    }
}

impl ObjectId {
    /// Returns `group/version`, or the version alone in the core group.
    pub fn api_version(&self) -> SmolStr {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            smol_str::format_smolstr!("{}/{}", self.group, self.version)
        }
    }
}

impl fmt::Display for ObjectId {
    /// Writes `Deployment/web` or `Deployment/shop/web`, as people say it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.kind)?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}
