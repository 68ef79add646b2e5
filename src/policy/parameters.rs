//! The parameters that a binding gives its policy.

use smol_str::SmolStr;

use crate::yaml::Node;

use super::definition::Fields;
use super::error::PolicyError;
use super::selector::Selector;

/// `paramRef` of a binding.
#[derive(Debug)]
pub(super) struct ParamRef {
    chosen: Chosen,
    namespace: SmolStr,
    /// Whether it denies where there is no such parameter; else the policy is not evaluated.
    denies: bool,
}

#[derive(Debug)]
enum Chosen {
    Name(SmolStr),
    Selector(Selector),
}

/// A parameter object of the repository.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) node: Node,
}

/// What a binding finds.
pub(super) enum Found<'p> {
    /// The policy is evaluated once with each; `None` stands for no parameter.
    Each(Vec<Option<&'p Node>>),
    /// The binding cannot be evaluated.
    Misconfigured(&'static str),
}

impl ParamRef {
    /// Reads the reference.
    pub(super) fn read(node: &Node) -> Result<Self, PolicyError> {
        let mut fields = Fields::of(node, "`paramRef`")?;
        let chosen = match (fields.take("name"), fields.take("selector")) {
            (Some(name), None) => Chosen::Name(name.text().unwrap_or_default().into()),
            (None, Some(selector)) => Chosen::Selector(Selector::read(selector)?),
            _ => {
                return Err(PolicyError::BadValue {
                    field: "paramRef".to_owned(),
                    wanted: "a `name` or a `selector`, not both",
                    at: node.origin,
                });
            }
        };
        let namespace = fields
            .take("namespace")
            .and_then(Node::text)
            .unwrap_or_default()
            .into();
        let action = fields.require("parameterNotFoundAction")?;
        let denies = match action.text() {
            Some("Deny") => true,
            Some("Allow") => false,
            _ => {
                return Err(PolicyError::BadValue {
                    field: "parameterNotFoundAction".to_owned(),
                    wanted: "`Allow` or `Deny`",
                    at: action.origin,
                });
            }
        };
        fields.finish()?;
        Ok(Self {
            chosen,
            namespace,
            denies,
        })
    }

    /// Returns the parameters of the policy's kind for an object in a namespace.
    pub(super) fn find<'p>(
        &self,
        kind: &(SmolStr, SmolStr),
        parameters: &'p [Parameter],
        namespace: &str,
    ) -> Found<'p> {
        let text = |node: &'p Node, path: &[&str]| node.lookup(path).and_then(Node::text);
        // A namespaced parameter is looked for where the reference says, else beside the object.
        let wanted = if self.namespace.is_empty() {
            namespace
        } else {
            &self.namespace
        };
        let candidates = parameters
            .iter()
            .map(|parameter| &parameter.node)
            .filter(|node| {
                text(node, &["apiVersion"]) == Some(kind.0.as_str())
                    && text(node, &["kind"]) == Some(kind.1.as_str())
            });
        let found: Vec<_> = candidates
            .filter(|node| {
                text(node, &["metadata", "namespace"])
                    .is_none_or(|have| wanted.is_empty() || have == wanted)
            })
            .filter(|node| match &self.chosen {
                Chosen::Name(name) => text(node, &["metadata", "name"]) == Some(name.as_str()),
                Chosen::Selector(selector) => {
                    selector.selects(|key| text(node, &["metadata", "labels", key]))
                }
            })
            .map(Some)
            .collect();
        if found.is_empty() && self.denies {
            return Found::Misconfigured(
                "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction",
            );
        }
        Found::Each(found)
    }
}
