//! The object that is asked for.

use std::fmt;
use std::str::FromStr;

use smol_str::SmolStr;

use crate::kustomize::{ResId, Resource};
use crate::yaml::Diagnostic;

use super::kinds;

/// The least likeness of a name that is shown as one that may have been meant.
const ALIKE: f64 = 0.75;

/// How many of those are shown.
const MOST_SHOWN: usize = 3;

/// What names an object: `KIND/NAME` or `KIND/NAMESPACE/NAME`, where the kind may be written as kubectl
/// takes it: `deploy`, `deployments`, `Deployment.apps`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectQuery {
    kind: SmolStr,
    /// The API group; empty for any.
    group: SmolStr,
    /// The namespace; empty for any.
    namespace: SmolStr,
    name: SmolStr,
}

/// Why a text names no object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no object")]
pub struct ObjectQueryError(String);

impl Diagnostic for ObjectQueryError {
    fn hint(&self) -> Option<String> {
        Some("write `KIND/NAME` or `KIND/NAMESPACE/NAME`, as `Deployment/web`".to_owned())
    }
}

impl FromStr for ObjectQuery {
    type Err = ObjectQueryError;

    fn from_str(text: &str) -> Result<Self, ObjectQueryError> {
        let parts: Vec<&str> = text.split('/').collect();
        let (kind, namespace, name) = match parts.as_slice() {
            [kind, name] => (*kind, "", *name),
            [kind, namespace, name] if !namespace.is_empty() => (*kind, *namespace, *name),
            _ => return Err(ObjectQueryError(text.to_owned())),
        };
        let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
        if kind.is_empty() || name.is_empty() {
            return Err(ObjectQueryError(text.to_owned()));
        }
        Ok(Self {
            kind: kind.into(),
            group: group.into(),
            namespace: namespace.into(),
            name: name.into(),
        })
    }
}

impl fmt::Display for ObjectQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        if !self.namespace.is_empty() {
            write!(f, "/{}", self.namespace)?;
        }
        write!(f, "/{}", self.name)
    }
}

impl ObjectQuery {
    /// Restricts the query to a namespace, unless it names one.
    #[must_use]
    pub fn in_namespace(mut self, namespace: &str) -> Self {
        if self.namespace.is_empty() {
            self.namespace = namespace.into();
        }
        self
    }

    /// Tells whether an id is meant.
    pub fn names(&self, id: &ResId) -> bool {
        self.name == id.name && self.is_of_kind(id)
    }

    /// Tells whether a resource is meant by an id that it has or once had.
    pub(super) fn names_or_named(&self, resource: &Resource) -> bool {
        self.names(&resource.id()) || resource.previous_ids().any(|id| self.names(&id))
    }

    fn is_of_kind(&self, id: &ResId) -> bool {
        kinds::means(&self.kind, &id.gvk.kind)
            && (self.group.is_empty() || self.group == id.gvk.group)
            && (self.namespace.is_empty()
                || self.namespace == id.namespace
                || self.namespace == id.effective_namespace())
    }

    /// Returns resources whose names are much like the one asked for, the likest first.
    pub(super) fn nearest<'r>(
        &self,
        resources: impl IntoIterator<Item = &'r Resource>,
    ) -> Vec<String> {
        let mut alike: Vec<(f64, String)> = resources
            .into_iter()
            .map(|resource| {
                let id = resource.id();
                let same_kind = if kinds::means(&self.kind, &id.gvk.kind) {
                    0.1
                } else {
                    0.0
                };
                let name = crate::render::ObjectId::from(id.clone()).to_string();
                let alike = |name: &str| strsim::jaro_winkler(name, &self.name);
                let likeness = alike(&id.name).max(alike(&resource.original_id().name));
                (likeness + same_kind, name)
            })
            .filter(|(likeness, _)| *likeness > ALIKE)
            .collect();
        alike.sort_by(|a, b| b.0.total_cmp(&a.0));
        alike.truncate(MOST_SHOWN);
        alike.into_iter().map(|(_, name)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_named_as_people_say_them() {
        for (text, shown) in [
            ("Deployment/web", "Deployment/web"),
            ("deploy/shop/web", "deploy/shop/web"),
            (
                "Ingress.networking.k8s.io/web",
                "Ingress.networking.k8s.io/web",
            ),
        ] {
            assert_eq!(text.parse::<ObjectQuery>().unwrap().to_string(), shown);
        }
        for text in ["", "web", "/web", "Deployment/", "a//b", "a/b/c/d"] {
            assert!(text.parse::<ObjectQuery>().is_err(), "{text}");
        }
    }
}
