//! The objects of an environment as they are applied.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::diff;
use crate::render::{Digest, Object, ObjectId, RenderedEnvironment};
use crate::sync::order::Wave;
use crate::yaml::{Node, Origin};

use super::applyset::{GroupKind, PART_OF};
use super::error::ClusterError;
use super::kinds::{Kind, Kinds, Scope};
use super::request::Place;

/// An object that the cluster should have.
pub(super) struct Desired<'r> {
    /// The component that it belongs to.
    pub(super) component: &'r str,
    /// The object as it was rendered.
    pub(super) node: &'r Node,
    /// What names it in the cluster: in a namespace where its kind lives in one.
    pub(super) id: ObjectId,
    /// Its kind.
    pub(super) kind: Kind,
    /// What is sent.
    pub(super) body: Value,
    /// When it is applied.
    pub(super) wave: Wave,
    /// The digest of what was rendered, without the values of Secrets: it is noted where more people
    /// may read than may read them.
    pub(super) digest: Digest,
}

impl Desired<'_> {
    pub(super) fn place(&self) -> Place<'_> {
        Place {
            resource: &self.kind.resource,
            namespace: &self.id.namespace,
        }
    }

    pub(super) fn origin(&self) -> Origin {
        self.node.origin
    }

    pub(super) fn group_kind(&self) -> GroupKind {
        self.kind.group_kind()
    }
}

/// Returns the objects in the order in which they are applied. `kinds` learns those that they define.
pub(super) fn desired<'r>(
    environment: &'r RenderedEnvironment,
    kinds: &mut Kinds,
    default_namespace: &str,
    set: &str,
    target: &str,
) -> Result<Vec<Desired<'r>>, Vec<ClusterError>> {
    let rendered: Vec<(&str, &Object)> = environment
        .components
        .iter()
        .flat_map(|component| {
            let objects = component.objects.iter();
            objects.map(|object| (component.name.as_str(), object))
        })
        .collect();
    for (_, object) in &rendered {
        kinds.define(&object.node);
    }
    let mut errors = Vec::new();
    let mut desired: Vec<Desired<'r>> = Vec::with_capacity(rendered.len());
    let mut seen: BTreeMap<(GroupKind, ObjectPlace), Origin> = BTreeMap::new();
    for (component, object) in rendered {
        let one = match one(component, object, kinds, default_namespace, set, target) {
            Ok(one) => one,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let place = (one.id.namespace.to_string(), one.id.name.to_string());
        if let Some(first) = seen.insert((one.group_kind(), place), one.origin()) {
            errors.push(ClusterError::Twice {
                id: Box::new(one.id.clone()),
                at: one.origin(),
                first,
            });
        }
        desired.push(one);
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    desired.sort_by(|a, b| (a.wave, &a.id).cmp(&(b.wave, &b.id)));
    Ok(desired)
}

/// A namespace and a name.
type ObjectPlace = (String, String);

/// Returns the namespaces that the set makes itself.
pub(super) fn own_namespaces(desired: &[Desired<'_>]) -> BTreeSet<String> {
    desired
        .iter()
        .filter(|one| one.id.group.is_empty() && one.id.kind == "Namespace")
        .map(|one| one.id.name.to_string())
        .collect()
}

fn one<'r>(
    component: &'r str,
    object: &'r Object,
    kinds: &Kinds,
    default_namespace: &str,
    set: &str,
    target: &str,
) -> Result<Desired<'r>, ClusterError> {
    let mut id = object.id.clone();
    let at = object.node.origin;
    if id.name.is_empty() {
        return Err(ClusterError::Unnamed {
            kind: id.kind.to_string(),
            at,
        });
    }
    let Some(kind) = kinds.find(&id.group, &id.version, &id.kind) else {
        let versions = kinds.versions(&id.group, &id.kind);
        return Err(ClusterError::UnknownKind {
            target: target.to_owned(),
            nearest: kinds.nearest(&id.kind).filter(|near| *near != id.kind),
            versions,
            id: Box::new(id),
            at,
        });
    };
    match kind.scope {
        Scope::Cluster => id.namespace = "".into(),
        Scope::Namespace if id.namespace.is_empty() => id.namespace = default_namespace.into(),
        Scope::Namespace => {}
    }
    let mut body = crate::yaml::json::to_value(&object.node);
    if !body["metadata"]["labels"][PART_OF].is_null() {
        return Err(ClusterError::Labelled {
            id: Box::new(id),
            at,
        });
    }
    prepare(&mut body, &id.namespace, set);
    Ok(Desired {
        component,
        node: &object.node,
        wave: Wave::of(&id.group, &id.kind),
        kind: kind.clone(),
        digest: digest(&object.node),
        body,
        id,
    })
}

fn digest(node: &Node) -> Digest {
    match diff::mask(Some(node), None) {
        (Some(masked), _) => Digest::of_object(&masked),
        (None, _) => Digest::of_object(node),
    }
}

/// Puts the object into its namespace and into the set.
fn prepare(body: &mut Value, namespace: &str, set: &str) {
    let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) else {
        return;
    };
    metadata.shift_remove("namespace");
    if !namespace.is_empty() {
        metadata.insert("namespace".to_owned(), namespace.into());
    }
    let labels = metadata.entry("labels").or_insert(Value::Null);
    match labels.as_object_mut() {
        Some(labels) => {
            labels.insert(PART_OF.to_owned(), set.into());
        }
        None => *labels = json!({PART_OF: set}),
    }
}
