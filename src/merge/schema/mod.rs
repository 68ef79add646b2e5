//! How the lists of a type merge, and whether a type has a namespace.
//!
//! The built-in types are those of the `OpenAPI` document inside kustomize v5.8.1 (Kubernetes 1.21.2),
//! cut down to the lists that merge: static [tables], no document read at start-up. A kustomization's
//! `openapi:` file takes their place as [`Custom`].

mod custom;
mod tables;

use std::borrow::Cow;
use std::sync::Arc;

use crate::yaml::Node;

pub use custom::{Custom, OpenApiError};

/// The types a build knows.
#[derive(Clone, Debug, Default)]
pub struct Schemas {
    custom: Option<Arc<Custom>>,
}

/// Whether objects of a kind live in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// They do.
    Namespaced,
    /// They belong to the whole cluster.
    Cluster,
    /// The kind is not known.
    Unknown,
}

/// Returns the scope of a kind among the built-in ones. `version` is without the group.
pub fn scope(group: &str, version: &str, kind: &str) -> Scope {
    built_in(group, version, kind).map_or(Scope::Unknown, |(scope, _)| scope)
}

/// What the merge knows of a node's type.
#[derive(Clone, Copy, Debug)]
pub(super) enum Schema<'s> {
    BuiltIn(&'static BuiltIn),
    Custom(&'s Custom, &'s Node),
}

/// A type that leads to a list that merges. Numbers point into [`tables::SCHEMAS`].
#[derive(Debug)]
pub(super) enum BuiltIn {
    /// An object, its fields sorted.
    Object {
        fields: &'static [(&'static str, u16)],
    },
    /// A list that merges by its elements' keys; without keys its elements are scalars.
    List {
        keys: &'static [&'static str],
        elements: u16,
    },
    /// A list that a patch replaces.
    Replaced { elements: u16 },
}

impl Schemas {
    /// Returns the types of an `openapi:` file instead of the built-in ones.
    pub fn custom(custom: Custom) -> Self {
        Self {
            custom: Some(Arc::new(custom)),
        }
    }

    /// Returns the scope of a kind. `version` is without the group.
    pub fn scope(&self, group: &str, version: &str, kind: &str) -> Scope {
        match (scope(group, version, kind), &self.custom) {
            (Scope::Unknown, Some(custom)) => custom.scope(group, version, kind),
            (known, _) => known,
        }
    }

    /// Returns the schema of a kind.
    pub(super) fn of(&self, api_version: &str, kind: &str) -> Option<Schema<'_>> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        if let Some(custom) = &self.custom {
            // The reference adds its own kinds, such as Kustomization, to a custom document.
            if group != "kustomize.config.k8s.io" {
                let definition = custom.kind(group, version, kind)?;
                return Some(Schema::Custom(custom, definition));
            }
        }
        let (_, schema) = built_in(group, version, kind)?;
        Schema::numbered(schema)
    }
}

impl<'s> Schema<'s> {
    /// Returns the schema of an object's field, `None` where nothing in it merges.
    pub(super) fn field(self, name: &str) -> Option<Self> {
        match self {
            Self::BuiltIn(BuiltIn::Object { fields }) => {
                let index = fields
                    .binary_search_by_key(&name, |(field, _)| field)
                    .ok()?;
                Self::numbered(fields.get(index)?.1)
            }
            Self::BuiltIn(_) => None,
            Self::Custom(custom, schema) => custom
                .field(schema, name)
                .map(|field| Self::Custom(custom, field)),
        }
    }

    /// Returns the schema of a list's elements.
    pub(super) fn elements(self) -> Option<Self> {
        match self {
            Self::BuiltIn(BuiltIn::List { elements, .. } | BuiltIn::Replaced { elements }) => {
                Self::numbered(*elements)
            }
            Self::BuiltIn(BuiltIn::Object { .. }) => None,
            Self::Custom(custom, schema) => custom
                .elements(schema)
                .map(|elements| Self::Custom(custom, elements)),
        }
    }

    /// Returns the fields that tell which elements of two lists are the same: none where the elements
    /// are scalars; `None` where a patch replaces the list.
    pub(super) fn merge_keys(self) -> Option<Cow<'s, [&'s str]>> {
        match self {
            Self::BuiltIn(BuiltIn::List { keys, .. }) => Some(Cow::Borrowed(keys)),
            Self::BuiltIn(_) => None,
            Self::Custom(_, schema) => custom::merge_keys(schema).map(Cow::Owned),
        }
    }

    fn numbered(number: u16) -> Option<Self> {
        tables::SCHEMAS.get(usize::from(number)).map(Self::BuiltIn)
    }
}

fn built_in(group: &str, version: &str, kind: &str) -> Option<(Scope, u16)> {
    let key = (group, version, kind);
    let index = tables::KINDS
        .binary_search_by_key(&key, |(group, version, kind, ..)| (group, version, kind))
        .ok()?;
    let (.., scope, schema) = tables::KINDS.get(index)?;
    Some((*scope, *schema))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(
            tables::KINDS.is_sorted_by_key(|(group, version, kind, ..)| (group, version, kind))
        );
        for schema in &tables::SCHEMAS {
            if let BuiltIn::Object { fields } = schema {
                assert!(fields.is_sorted(), "{fields:?}");
            }
        }
    }

    #[test]
    fn scopes_are_those_of_kubernetes() {
        assert_eq!(scope("", "v1", "Namespace"), Scope::Cluster);
        assert_eq!(scope("", "v1", "Service"), Scope::Namespaced);
        assert_eq!(scope("apps", "v1", "Deployment"), Scope::Namespaced);
        assert_eq!(scope("apps", "v2", "Deployment"), Scope::Unknown);
        assert_eq!(
            scope("rbac.authorization.k8s.io", "v1", "ClusterRole"),
            Scope::Cluster
        );
    }

    #[test]
    fn ports_merge_by_two_keys() {
        let schemas = Schemas::default();
        let schema = ["spec", "template", "spec", "containers"]
            .iter()
            .try_fold(
                schemas.of("apps/v1", "Deployment").unwrap(),
                |schema, field| schema.field(field),
            )
            .unwrap();
        assert_eq!(schema.merge_keys().unwrap().as_ref(), ["name"]);
        let ports = schema.elements().unwrap().field("ports").unwrap();
        assert_eq!(
            ports.merge_keys().unwrap().as_ref(),
            ["containerPort", "protocol"]
        );
        assert!(schema.elements().unwrap().field("args").is_none());
    }
}
