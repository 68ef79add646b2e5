//! The kinds that a cluster knows, and those that a set defines itself.

use std::collections::BTreeSet;

use kube::api::ApiResource;
use kube::core::discovery::v2::{APIGroupDiscovery, APIResourceDiscovery};

use crate::kustomize::Gvk;
use crate::yaml::Node;

use super::applyset::GroupKind;
use super::connect::nearest;
use super::error::ClusterError;
use super::request::Cluster;

/// A kind in one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// Its name and path.
    pub(super) resource: ApiResource,
    /// Whether its objects live in namespaces.
    pub(super) scope: Scope,
    /// Whether the cluster knows it already, or will by a definition of the set.
    pub(super) state: State,
    verbs: Vec<String>,
}

/// Whether objects live in namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// They do.
    Namespace,
    /// They don't.
    Cluster,
}

/// Whether the cluster knows a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It does.
    Served,
    /// It will, by a definition of the set.
    Defined,
}

/// The kinds that a cluster knows.
#[derive(Clone, Debug, Default)]
pub(super) struct Kinds {
    /// In the cluster's order, in which preferred versions come first.
    kinds: Vec<Kind>,
    /// The groups of which the cluster knows that it does not know all: their server does not answer.
    stale: BTreeSet<String>,
}

impl Kind {
    pub(super) fn group_kind(&self) -> GroupKind {
        GroupKind::new(&self.resource.group, &self.resource.kind)
    }

    pub(super) fn is_namespaced(&self) -> bool {
        self.scope == Scope::Namespace
    }

    /// Tells whether objects of the kind can be looked for, and deleted.
    pub(super) fn is_prunable(&self) -> bool {
        self.has_verb("list") && self.has_verb("delete")
    }

    pub(super) fn has_verb(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| known == verb)
    }
}

impl Kinds {
    /// Asks the cluster.
    pub(super) async fn discover(cluster: &Cluster) -> Result<Self, ClusterError> {
        Ok(Self::of_groups(Self::groups(cluster).await?))
    }

    /// Asks the cluster for its groups, the core group first.
    pub(super) async fn groups(cluster: &Cluster) -> Result<Vec<APIGroupDiscovery>, ClusterError> {
        let refused = |failure| cluster.refused("say which kinds it knows", failure);
        let client = cluster.client();
        let core = cluster
            .repeat(async || client.list_core_api_versions_aggregated().await)
            .await
            .map_err(refused)?;
        let named = cluster
            .repeat(async || client.list_api_groups_aggregated().await)
            .await
            .map_err(refused)?;
        if core.items.is_empty() {
            return Err(ClusterError::Refused {
                target: cluster.shown.clone(),
                what: "say which kinds it knows".to_owned(),
                code: 0,
                message: "it has no aggregated discovery, which Kubernetes has since 1.26"
                    .to_owned(),
            });
        }
        Ok(core.items.into_iter().chain(named.items).collect())
    }

    /// Returns the kinds of groups.
    pub(super) fn of_groups(groups: Vec<APIGroupDiscovery>) -> Self {
        let mut kinds = Self::default();
        for group in groups {
            kinds.add(group);
        }
        kinds
    }

    /// Returns a kind in a version.
    pub(super) fn find(&self, group: &str, version: &str, kind: &str) -> Option<&Kind> {
        self.of(group, kind)
            .find(|known| known.resource.version == version)
    }

    /// Returns a kind in the version that the cluster prefers.
    pub(super) fn preferred(&self, kind: &GroupKind) -> Option<&Kind> {
        self.of(&kind.group, &kind.kind).next()
    }

    /// Returns the versions in which the cluster has a kind.
    pub(super) fn versions(&self, group: &str, kind: &str) -> Vec<String> {
        self.of(group, kind)
            .map(|known| known.resource.api_version.clone())
            .collect()
    }

    /// Returns the kind that someone may have meant.
    pub(super) fn nearest(&self, kind: &str) -> Option<String> {
        let words = self.kinds.iter().map(|known| known.resource.kind.as_str());
        nearest(kind, words).map(str::to_owned)
    }

    /// Tells whether a group's server does not answer, so that its kinds may be more than are known.
    pub(super) fn is_stale(&self, group: &str) -> bool {
        self.stale.contains(group)
    }

    /// Returns each kind once, in the version that the cluster prefers.
    pub(super) fn each(&self) -> impl Iterator<Item = &Kind> {
        let mut seen = BTreeSet::new();
        self.kinds
            .iter()
            .filter(move |kind| seen.insert(kind.group_kind()))
    }

    /// Adds what custom resource definitions define, where the cluster does not know it.
    pub(super) fn define(&mut self, definition: &Node) {
        for kind in defined(definition) {
            let resource = &kind.resource;
            if self
                .find(&resource.group, &resource.version, &resource.kind)
                .is_none()
            {
                self.kinds.push(kind);
            }
        }
    }

    fn of<'k, 'n>(
        &'k self,
        group: &'n str,
        kind: &'n str,
    ) -> impl Iterator<Item = &'k Kind> + use<'k, 'n> {
        self.kinds
            .iter()
            .filter(move |known| known.resource.group == group && known.resource.kind == kind)
    }

    fn add(&mut self, group: APIGroupDiscovery) {
        let name = group
            .metadata
            .and_then(|metadata| metadata.name)
            .unwrap_or_default();
        for served in group.versions {
            if served.freshness.as_deref() == Some("Stale") {
                self.stale.insert(name.clone());
            }
            let version = served.version.unwrap_or_default();
            for resource in served.resources {
                self.kinds.extend(kind(&name, &version, resource));
            }
        }
    }
}

fn kind(group: &str, version: &str, resource: APIResourceDiscovery) -> Option<Kind> {
    Some(Kind {
        scope: match resource.scope.as_deref() {
            Some("Namespaced") => Scope::Namespace,
            _ => Scope::Cluster,
        },
        resource: named(
            group,
            version,
            &resource.response_kind?.kind?,
            &resource.resource?,
        ),
        state: State::Served,
        verbs: resource.verbs,
    })
}

/// Returns the kinds that a custom resource definition defines; none where it is none.
fn defined(definition: &Node) -> Vec<Kind> {
    let gvk = Gvk::of(definition);
    if gvk.group != "apiextensions.k8s.io" || gvk.kind != "CustomResourceDefinition" {
        return Vec::new();
    }
    let text = |path: &[&str]| definition.lookup(path).and_then(Node::as_str);
    let names = (
        text(&["spec", "group"]),
        text(&["spec", "names", "kind"]),
        text(&["spec", "names", "plural"]),
    );
    let (Some(group), Some(kind), Some(plural)) = names else {
        return Vec::new();
    };
    let scope = match text(&["spec", "scope"]) {
        Some("Namespaced") => Scope::Namespace,
        _ => Scope::Cluster,
    };
    let versions = definition
        .lookup(&["spec", "versions"])
        .and_then(Node::as_sequence)
        .unwrap_or_default();
    versions
        .iter()
        .filter(|version| version.get("served").and_then(Node::text) == Some("true"))
        .filter_map(|version| version.get("name")?.as_str())
        .map(|version| Kind {
            resource: named(group, version, kind, plural),
            scope,
            state: State::Defined,
            verbs: ["get", "list", "patch", "delete"]
                .map(str::to_owned)
                .to_vec(),
        })
        .collect()
}

fn named(group: &str, version: &str, kind: &str, plural: &str) -> ApiResource {
    let api_version = if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    };
    ApiResource {
        group: group.to_owned(),
        version: version.to_owned(),
        api_version,
        kind: kind.to_owned(),
        plural: plural.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{FileId, Limits, parse};

    #[test]
    fn a_set_defines_its_own_kinds() {
        let text = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions:
  - {name: v1, served: true, storage: true}
  - {name: v1alpha1, served: false, storage: false}
";
        let node = parse(text.as_bytes(), FileId::of("crd.yaml"), &Limits::default())
            .unwrap()
            .remove(0);
        let mut kinds = Kinds::default();
        kinds.define(&node);
        let widget = kinds.find("example.com", "v1", "Widget").unwrap();
        assert_eq!(widget.scope, Scope::Namespace);
        assert_eq!(widget.state, State::Defined);
        assert_eq!(widget.resource.plural, "widgets");
        assert_eq!(kinds.find("example.com", "v1alpha1", "Widget"), None);
        assert_eq!(kinds.versions("example.com", "Widget"), ["example.com/v1"]);
        assert_eq!(kinds.nearest("Wigdet"), Some("Widget".to_owned()));
        kinds.define(&node);
        assert_eq!(kinds.each().count(), 1);
    }
}
