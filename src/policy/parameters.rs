//! The parameters that a binding gives its policy.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::yaml::Node;

use super::definition::Fields;
use super::error::PolicyError;
use super::resources::{is_builtin, is_cluster_scoped};
use super::selector::Selector;

/// The namespace of objects that name none.
pub(super) const DEFAULT_NAMESPACE: &str = "default";

/// `paramKind` of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ParamKind {
    pub(super) api_version: SmolStr,
    pub(super) kind: SmolStr,
}

impl ParamKind {
    /// Returns the kind of an object.
    pub(super) fn of(node: &Node) -> Self {
        let text = |key: &str| {
            let text = node.get(key).and_then(Node::text).unwrap_or_default();
            SmolStr::from(text)
        };
        Self {
            api_version: text("apiVersion"),
            kind: text("kind"),
        }
    }

    fn group(&self) -> &str {
        self.api_version
            .split_once('/')
            .map_or("", |(group, _)| group)
    }

    fn is_cluster_scoped(&self) -> bool {
        is_cluster_scoped(self.group(), &self.kind)
    }
}

/// An object that is a parameter.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub(super) kind: ParamKind,
    /// Its namespace; empty where its kind has none, `None` where it names none and its kind may have none.
    pub(super) namespace: Option<SmolStr>,
    pub(super) name: SmolStr,
    pub(super) node: Node,
}

impl Parameter {
    pub(super) fn of(node: Node) -> Self {
        let kind = ParamKind::of(&node);
        let text = |key: &str| {
            node.lookup(&["metadata", key])
                .and_then(Node::text)
                .filter(|text| !text.is_empty())
                .map(SmolStr::from)
        };
        let namespace = if kind.is_cluster_scoped() {
            Some(SmolStr::default())
        } else if is_builtin(kind.group()) {
            text("namespace").or_else(|| Some(DEFAULT_NAMESPACE.into()))
        } else {
            text("namespace")
        };
        Self {
            namespace,
            name: text("name").unwrap_or_default(),
            kind,
            node,
        }
    }
}

/// Parameters by their kind. The first of a name stays.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    kinds: FxHashMap<ParamKind, Vec<Parameter>>,
}

impl Parameters {
    /// Adds a parameter; returns the one that has its name already, if there is one.
    pub(super) fn insert(&mut self, parameter: Parameter) -> Option<&Parameter> {
        let have = self.kinds.entry(parameter.kind.clone()).or_default();
        let same = have
            .iter()
            .position(|one| one.name == parameter.name && one.namespace == parameter.namespace);
        if let Some(position) = same {
            return have.get(position);
        }
        have.push(parameter);
        None
    }

    /// Returns all; those of one kind in the order of their adding.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Parameter> {
        self.kinds.values().flatten()
    }

    fn of_kind(&self, kind: &ParamKind) -> &[Parameter] {
        self.kinds.get(kind).map(Vec::as_slice).unwrap_or_default()
    }
}

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

/// Why a binding has no parameters to evaluate its policy with. Messages are the API server's.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(super) enum ParamError {
    #[error(
        "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction"
    )]
    NotFound,
    #[error(
        "failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`"
    )]
    Namespace,
    #[error(
        "failed to configure binding: cannot use namespaced paramRef in policy binding that matches cluster-scoped resources"
    )]
    ClusterScoped,
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

    /// Returns the parameters of the policy's kind for an object in a namespace (empty for an object
    /// that is in none).
    pub(super) fn find<'p>(
        &self,
        kind: &ParamKind,
        parameters: &'p Parameters,
        namespace: &str,
    ) -> Result<Vec<&'p Node>, ParamError> {
        let is_builtin = is_builtin(kind.group());
        let wanted = match (kind.is_cluster_scoped(), self.namespace.as_str()) {
            (true, "") => "",
            (true, _) => return Err(ParamError::Namespace),
            (false, "") if namespace.is_empty() && is_builtin => {
                return Err(ParamError::ClusterScoped);
            }
            (false, "") => namespace,
            (false, named) => named,
        };
        let found: Vec<&Node> = parameters
            .of_kind(kind)
            .iter()
            .filter(|parameter| parameter.namespace.as_ref().is_none_or(|own| own == wanted))
            .filter(|parameter| match &self.chosen {
                Chosen::Name(name) => parameter.name == *name,
                Chosen::Selector(selector) => selector.selects(|key| {
                    let label = parameter.node.lookup(&["metadata", "labels", key]);
                    label.and_then(Node::text)
                }),
            })
            .map(|parameter| &parameter.node)
            .collect();
        if found.is_empty() && self.denies {
            return Err(ParamError::NotFound);
        }
        Ok(found)
    }
}
