//! Types from a kustomization's `openapi:` file.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::yaml::{Diagnostic, Node, Origin};

use super::Scope;

/// References that follow each other; more are a cycle.
const MAX_REFERENCES: usize = 64;

/// The document of an `openapi:` file.
#[derive(Debug)]
pub struct Custom {
    document: Node,
    kinds: FxHashMap<Kind, SmolStr>,
    scopes: FxHashMap<Kind, Scope>,
}

/// Why a document holds no types.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum OpenApiError {
    #[error("an OpenAPI document must be a mapping with `definitions`")]
    NotDocument { at: Origin },
}

impl Diagnostic for OpenApiError {
    fn origin(&self) -> Option<Origin> {
        let Self::NotDocument { at } = self;
        Some(*at)
    }

    fn hint(&self) -> Option<String> {
        Some("`kustomize openapi fetch` prints the document of a cluster".into())
    }
}

/// Group, version and kind.
type Kind = (SmolStr, SmolStr, SmolStr);

impl Custom {
    /// Reads the definitions of a document.
    pub fn new(document: Node) -> Result<Self, OpenApiError> {
        if document.as_mapping().is_none() {
            return Err(OpenApiError::NotDocument {
                at: document.origin,
            });
        }
        let mut kinds = FxHashMap::default();
        for (name, definition) in entries(document.get("definitions")) {
            let list = definition
                .get(KIND_EXTENSION)
                .and_then(Node::as_sequence)
                .unwrap_or_default();
            for kind in list {
                kinds.insert(kind_of(kind), name.clone());
            }
        }
        let mut scopes = FxHashMap::default();
        for (path, item) in entries(document.get("paths")) {
            let Some(kind) = item.lookup(&["get", KIND_EXTENSION]) else {
                continue;
            };
            if path.contains("namespaces/{namespace}") {
                scopes.insert(kind_of(kind), Scope::Namespaced);
            } else {
                scopes.entry(kind_of(kind)).or_insert(Scope::Cluster);
            }
        }
        Ok(Self {
            document,
            kinds,
            scopes,
        })
    }

    pub(super) fn scope(&self, group: &str, version: &str, kind: &str) -> Scope {
        let kind = (group.into(), version.into(), kind.into());
        self.scopes.get(&kind).copied().unwrap_or(Scope::Unknown)
    }

    pub(super) fn kind(&self, group: &str, version: &str, kind: &str) -> Option<&Node> {
        let name = self
            .kinds
            .get(&(group.into(), version.into(), kind.into()))?;
        self.document.lookup(&["definitions", name])
    }

    pub(super) fn field<'s>(&'s self, schema: &'s Node, name: &str) -> Option<&'s Node> {
        let field = schema.lookup(&["properties", name]).or_else(|| {
            schema
                .get("additionalProperties")
                .filter(|values| values.as_mapping().is_some())
        })?;
        self.resolve(field)
    }

    pub(super) fn elements<'s>(&'s self, schema: &'s Node) -> Option<&'s Node> {
        if schema.get("type").and_then(Node::text) != Some("array") {
            return None;
        }
        self.resolve(schema.get("items")?)
    }

    fn resolve<'s>(&'s self, schema: &'s Node) -> Option<&'s Node> {
        let mut schema = schema;
        for _ in 0..MAX_REFERENCES {
            let Some(reference) = schema.get("$ref").and_then(Node::text) else {
                return Some(schema);
            };
            schema = reference
                .strip_prefix("#/")?
                .split('/')
                .map(|part| part.replace("~1", "/").replace("~0", "~"))
                .try_fold(&self.document, |node, part| node.get(&part))?;
        }
        None
    }
}

/// Returns the keys by which a list merges; `None` where it doesn't.
pub(super) fn merge_keys(schema: &Node) -> Option<Vec<&str>> {
    let strategy = schema.get("x-kubernetes-patch-strategy")?.text()?;
    if !strategy.split(',').any(|word| word == "merge") {
        return None;
    }
    if let Some(keys) = schema.get("x-kubernetes-list-map-keys") {
        return Some(
            keys.as_sequence()
                .unwrap_or_default()
                .iter()
                .filter_map(Node::text)
                .collect(),
        );
    }
    Some(
        schema
            .get("x-kubernetes-patch-merge-key")
            .and_then(Node::text)
            .into_iter()
            .collect(),
    )
}

const KIND_EXTENSION: &str = "x-kubernetes-group-version-kind";

fn kind_of(node: &Node) -> Kind {
    let text = |key| SmolStr::from(node.get(key).and_then(Node::text).unwrap_or_default());
    (text("group"), text("version"), text("kind"))
}

fn entries(node: Option<&Node>) -> impl Iterator<Item = (&SmolStr, &Node)> {
    node.and_then(Node::as_mapping)
        .into_iter()
        .flatten()
        .map(|entry| (&entry.key.text, &entry.value))
}

#[cfg(test)]
mod tests {
    use super::super::Schemas;
    use super::*;
    use crate::yaml::{FileId, Limits, parse};

    fn schemas(text: &str) -> Schemas {
        let document = parse(
            text.as_bytes(),
            FileId::of("openapi.yaml"),
            &Limits::default(),
        )
        .unwrap()
        .remove(0);
        Schemas::custom(Custom::new(document).unwrap())
    }

    #[test]
    fn references_are_followed() {
        let schemas = schemas(
            "
definitions:
  v1.MyKind:
    properties:
      spec: {$ref: '#/definitions/v1.Spec'}
    x-kubernetes-group-version-kind: [{group: my.org, version: v1, kind: MyKind}]
  v1.Spec:
    properties:
      items:
        type: array
        items: {$ref: '#/definitions/v1.Loop'}
        x-kubernetes-patch-strategy: merge,retainKeys
        x-kubernetes-patch-merge-key: id
  v1.Loop: {$ref: '#/definitions/v1.Loop'}
paths:
  /apis/my.org/v1/mykinds:
    get:
      x-kubernetes-group-version-kind: {group: my.org, version: v1, kind: MyKind}
",
        );
        let kind = schemas.of("my.org/v1", "MyKind").unwrap();
        let items = kind.field("spec").unwrap().field("items").unwrap();
        assert_eq!(items.merge_keys().unwrap().as_ref(), ["id"]);
        assert!(items.elements().is_none(), "a reference to itself");
        assert_eq!(schemas.scope("my.org", "v1", "MyKind"), Scope::Cluster);
        assert!(schemas.of("apps/v1", "Deployment").is_none());
        assert_eq!(schemas.scope("apps", "v1", "Deployment"), Scope::Namespaced);
    }
}
