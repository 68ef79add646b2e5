//! Moves resources into a namespace.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::scalar::set_typed;
use crate::kustomize::fieldspec::{
    Create, FieldError, FieldSpec, FieldSpecError, FieldSpecs, Rewritten, rewrite_items, with_field,
};
use crate::kustomize::{Gvk, ResId, ResMap, Resource};
use crate::yaml::{Diagnostic, Node, Origin, Tag};

/// What the namespace transformer is told.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The namespace. An empty one changes nothing.
    pub namespace: SmolStr,
    /// The fields to set besides `metadata.namespace`.
    pub field_specs: FieldSpecs,
    /// Whether fields that have a value keep it.
    pub unset_only: bool,
    /// Which subjects of role bindings move too.
    pub subjects: RoleBindingSubjects,
    /// The line that asks for it.
    pub origin: Origin,
}

/// Which subjects of a `RoleBinding` or `ClusterRoleBinding` get the namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RoleBindingSubjects {
    /// Those named `default`.
    #[default]
    DefaultOnly,
    /// All service accounts.
    AllServiceAccounts,
    /// None.
    None,
}

/// Why resources could not be moved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A field could not be set.
    #[error(transparent)]
    Field(#[from] FieldSpecError),
    /// Two resources have the same id afterwards.
    #[error("namespace `{namespace}` holds two resources with the id `{id}`")]
    Conflict {
        /// The namespace that was set.
        namespace: SmolStr,
        /// The id.
        id: ResId,
        /// The line that asked for the namespace.
        at: Origin,
        /// The places of both.
        resources: [Origin; 2],
    },
}

impl Diagnostic for Error {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Field(error) => error.origin(),
            Self::Conflict { at, .. } => Some(*at),
        }
    }

    fn related(&self) -> Vec<(Origin, String)> {
        match self {
            Self::Field(error) => error.related(),
            Self::Conflict { resources, .. } => resources
                .iter()
                .map(|origin| (*origin, "one of the two".to_owned()))
                .collect(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Field(error) => error.hint(),
            Self::Conflict { .. } => Some("rename one of them".to_owned()),
        }
    }
}

/// Sets the namespace of all resources that can have one, and what else names it.
pub(crate) fn transform(resources: &mut ResMap, config: &Config) -> Result<(), Error> {
    if config.namespace.is_empty() {
        return Ok(());
    }
    let mut seen: FxHashMap<ResId, Origin> = FxHashMap::default();
    for resource in resources.iter_mut() {
        // Helm was given the namespace already.
        if resource.annotation(HELM_GENERATED) != Some("true") {
            resource.store_previous_id();
            set_namespace(resource, config)?;
        }
        let at = resource.node.origin;
        match seen.entry(resource.id().key()) {
            Entry::Vacant(entry) => {
                entry.insert(at);
            }
            Entry::Occupied(entry) => {
                return Err(Error::Conflict {
                    namespace: config.namespace.clone(),
                    id: resource.id(),
                    at: config.origin,
                    resources: [*entry.get(), at],
                });
            }
        }
    }
    Ok(())
}

const HELM_GENERATED: &str = "internal.config.kubernetes.io/helm-generated";

/// Sets the namespace of one resource.
pub(super) fn set_namespace(
    resource: &mut Resource,
    config: &Config,
) -> Result<(), FieldSpecError> {
    let gvk = Gvk::of(&resource.node);
    let mut set = |field: &Node| set_value(field, config);
    if !gvk.is_cluster_scoped() {
        let spec = metadata_namespace();
        let new = spec
            .rewrite(&resource.node, Create::Scalar, config.origin, &mut set)
            .map_err(|error| error.of(spec.path.as_str(), resource.id()))?;
        if let Some(new) = new {
            resource.node = new;
        }
    }
    let is_binding = is_role_binding(&gvk.kind);
    if is_binding {
        let new = set_subjects(&resource.node, config)
            .map_err(|error| error.of("subjects", resource.id()))?;
        if let Some(new) = new {
            resource.node = new;
        }
    }
    for spec in &config.field_specs {
        if !spec.selects(&gvk) || is_set_elsewhere(spec, &gvk, is_binding) {
            continue;
        }
        let new = spec
            .rewrite(&resource.node, Create::Scalar, config.origin, &mut set)
            .map_err(|error| error.of(spec.path.as_str(), resource.id()))?;
        if let Some(new) = new {
            resource.node = new;
        }
    }
    Ok(())
}

fn metadata_namespace() -> &'static FieldSpec {
    static SPEC: std::sync::LazyLock<FieldSpec> =
        std::sync::LazyLock::new(|| FieldSpec::everywhere("metadata/namespace", true));
    &SPEC
}

/// Tells whether a specification is left out, since its field has rules of its own: a name is a
/// namespace only in the core group, and of bindings only some subjects are set.
fn is_set_elsewhere(spec: &FieldSpec, gvk: &Gvk, is_binding: bool) -> bool {
    match spec.path.as_str() {
        "metadata/namespace" => true,
        "metadata/name" => !(gvk.group.is_empty() && gvk.version == "v1"),
        "subjects/namespace" => is_binding && is_role_binding(&spec.gvk.kind),
        _ => false,
    }
}

fn is_role_binding(kind: &str) -> bool {
    kind == "RoleBinding" || kind == "ClusterRoleBinding"
}

fn set_value(field: &Node, config: &Config) -> Rewritten {
    if config.unset_only && has_value(field) {
        return Ok(None);
    }
    set_typed(field, &config.namespace, Tag::Str, config.origin)
}

fn has_value(field: &Node) -> bool {
    !field.is_null() && field.text().is_some_and(|text| !text.is_empty())
}

fn set_subjects(object: &Node, config: &Config) -> Rewritten {
    let (key, value) = match config.subjects {
        RoleBindingSubjects::None => return Ok(None),
        RoleBindingSubjects::DefaultOnly => ("name", "default"),
        RoleBindingSubjects::AllServiceAccounts => ("kind", "ServiceAccount"),
    };
    let Some(subjects) = object.get("subjects").filter(|node| !node.is_null()) else {
        return Ok(None);
    };
    if subjects.as_sequence().is_none() {
        return Err(FieldError::wrong_kind("a list", subjects));
    }
    let subjects = rewrite_items(subjects, |subject| {
        if subject.is_null() {
            return Ok(None);
        }
        if subject.as_mapping().is_none() {
            return Err(FieldError::wrong_kind("a mapping", subject));
        }
        if subject.get(key).and_then(Node::text) != Some(value) {
            return Ok(None);
        }
        let new = match subject.get("namespace") {
            Some(namespace) => set_value(namespace, config)?,
            None => Some(Node::string(config.namespace.clone(), config.origin)),
        };
        Ok(new.map(|namespace| with_field(subject, "namespace", namespace)))
    })?;
    Ok(subjects.map(|subjects| with_field(object, "subjects", subjects)))
}
