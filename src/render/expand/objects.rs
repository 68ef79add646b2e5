//! The objects of an environment, found by their names.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::kustomize::Gvk;
use crate::merge::{Scope, scope};
use crate::yaml::{Node, Origin};

use super::error::Problem;
use super::fields::{name, namespace};

/// What names an object for a controller: group, kind, namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) group: SmolStr,
    pub(super) kind: SmolStr,
    pub(super) namespace: SmolStr,
    pub(super) name: SmolStr,
}

impl Key {
    pub(super) fn new(group: &str, kind: &str, namespace: &str, name: &str) -> Self {
        Self {
            group: group.into(),
            kind: kind.into(),
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    pub(super) fn of(node: &Node) -> Self {
        let gvk = Gvk::of(node);
        Self {
            group: gvk.group,
            kind: gvk.kind,
            namespace: namespace(node).into(),
            name: name(node).into(),
        }
    }
}

/// The objects that are known so far.
#[derive(Default)]
pub(super) struct Objects {
    by_key: FxHashMap<Key, Node>,
    /// Those that an earlier pass came to, where they are not known yet.
    earlier: FxHashMap<Key, Node>,
    /// Whether the kinds of custom resource definitions have a namespace, by group and kind.
    scopes: FxHashMap<(SmolStr, SmolStr), bool>,
}

impl Objects {
    /// Adds an object. Of several with one name the first counts.
    pub(super) fn add(&mut self, node: &Node) {
        if let Some((kind, is_namespaced)) = defined_kind(node) {
            self.scopes.entry(kind).or_insert(is_namespaced);
        }
        self.by_key
            .entry(Key::of(node))
            .or_insert_with(|| node.clone());
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Node> {
        self.by_key.get(key).or_else(|| self.earlier.get(key))
    }

    /// Takes what an earlier pass came to for known.
    pub(super) fn foresee(&mut self, key: Key, node: Node) {
        self.earlier.insert(key, node);
    }

    /// Returns the objects of a kind, by their names.
    pub(super) fn of_kind(&self, group: &str, kind: &str) -> Vec<&Node> {
        let mut found: Vec<(&Key, &Node)> = self
            .by_key
            .iter()
            .filter(|(key, _)| key.group == group && key.kind == kind)
            .collect();
        found.sort_by_key(|(key, _)| *key);
        found.into_iter().map(|(_, node)| node).collect()
    }

    /// Returns an object that another names at a line.
    pub(super) fn require(&self, key: &Key, at: Origin) -> Result<&Node, Problem> {
        self.get(key).ok_or_else(|| Problem::NoObject {
            kind: key.kind.to_string(),
            name: key.name.to_string(),
            namespace: key.namespace.to_string(),
            nearest: self.nearest(key),
            at,
        })
    }

    /// Returns the most similar name of an object of the same kind and namespace, or the same name in another
    /// namespace.
    fn nearest(&self, key: &Key) -> Option<String> {
        let same_kind = self
            .by_key
            .keys()
            .filter(|other| other.group == key.group && other.kind == key.kind);
        let mut found: Vec<(usize, String)> = same_kind
            .filter_map(|other| {
                if other.namespace != key.namespace {
                    let is_same = other.name == key.name;
                    return is_same.then(|| (0, format!("{}/{}", other.namespace, other.name)));
                }
                let distance = strsim::damerau_levenshtein(&other.name, &key.name);
                (distance <= key.name.len() / 3).then(|| (distance, other.name.to_string()))
            })
            .collect();
        found.sort();
        found.into_iter().next().map(|(_, name)| name)
    }

    /// Tells whether objects of a kind live in a namespace, where that is known: of Kubernetes' own kinds and of
    /// those that a definition in the environment, or among `more`, says it of.
    pub(super) fn is_namespaced<'n>(
        &self,
        node: &Node,
        more: impl IntoIterator<Item = &'n Node>,
    ) -> Option<bool> {
        let gvk = Gvk::of(node);
        match scope(&gvk.group, &gvk.version, &gvk.kind) {
            Scope::Namespaced => Some(true),
            Scope::Cluster => Some(false),
            Scope::Unknown if is_of_controllers(&gvk) => Some(true),
            Scope::Unknown => {
                let kind = (gvk.group, gvk.kind);
                let known = self.scopes.get(&kind).copied();
                known.or_else(|| {
                    more.into_iter()
                        .filter_map(defined_kind)
                        .find(|(defined, _)| *defined == kind)
                        .map(|(_, is_namespaced)| is_namespaced)
                })
            }
        }
    }
}

/// Whether a kind is one of Argo CD's or Flux's own, all of which have a namespace.
fn is_of_controllers(gvk: &Gvk) -> bool {
    gvk.group == "argoproj.io" || gvk.group.ends_with(".toolkit.fluxcd.io")
}

/// The group and kind that a custom resource definition defines, and whether it has a namespace.
fn defined_kind(node: &Node) -> Option<((SmolStr, SmolStr), bool)> {
    let gvk = Gvk::of(node);
    if gvk.group != "apiextensions.k8s.io" || gvk.kind != "CustomResourceDefinition" {
        return None;
    }
    let text = |path: &[&str]| node.lookup(path).and_then(Node::as_str);
    let group = text(&["spec", "group"])?;
    let kind = text(&["spec", "names", "kind"])?;
    let is_namespaced = text(&["spec", "scope"])? == "Namespaced";
    Some(((group.into(), kind.into()), is_namespaced))
}
