//! One object held to all policies.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::render::fleet::PolicyAction;
use crate::render::{Object, ObjectId};
use crate::yaml::{FieldPath, Mapping, Node, Origin};

use super::Violation;
use super::cel::{Bindings, EvalError, Evaluator, Value, blame};
use super::definition::{Action, Binding, Policy, Validation};
use super::expression::Expression;
use super::load::{Loaded, PolicySet};
use super::matching::{NAME_LABEL, Subject};
use super::parameters::Found;
use super::resources::{is_cluster_scoped, resource_of};

/// What policies may see of an object's surroundings: the namespaces of its environment.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    namespaces: FxHashMap<SmolStr, Node>,
}

impl Environment {
    /// Gathers the namespaces among the objects of an environment. Each has the label that the API
    /// server gives it.
    pub fn of<'o>(objects: impl IntoIterator<Item = &'o Object>) -> Self {
        let namespaces = objects
            .into_iter()
            .filter(|object| object.id.kind == "Namespace" && object.id.group.is_empty())
            .map(|object| {
                (
                    object.id.name.clone(),
                    labelled(&object.node, &object.id.name),
                )
            })
            .collect();
        Self { namespaces }
    }
}

/// Returns a namespace with the label that holds its name.
fn labelled(namespace: &Node, name: &str) -> Node {
    let mut namespace = namespace.clone();
    let origin = namespace.origin;
    let Some(root) = namespace.as_mapping_mut() else {
        return namespace;
    };
    if root.get("metadata").is_none() {
        root.insert("metadata", Node::mapping(Mapping::default(), origin));
    }
    if let Some(metadata) = root.get_mut("metadata").and_then(Node::as_mapping_mut) {
        if metadata.get("labels").is_none_or(Node::is_null) {
            metadata.insert("labels", Node::mapping(Mapping::default(), origin));
        }
        if let Some(labels) = metadata.get_mut("labels").and_then(Node::as_mapping_mut) {
            labels.insert(NAME_LABEL, Node::string(name, origin));
        }
    }
    namespace
}

/// Returns a namespace of which only the name is known.
fn synthetic(name: &str, origin: Origin) -> Node {
    let mut metadata = Mapping::default();
    metadata.insert("name", Node::string(name, origin));
    let mut root = Mapping::default();
    root.insert("apiVersion", Node::string("v1", origin));
    root.insert("kind", Node::string("Namespace", origin));
    root.insert("metadata", Node::mapping(metadata, origin));
    labelled(&Node::mapping(root, origin), name)
}

impl PolicySet {
    /// Holds an object to every policy that is about it, as the API server would when it is created.
    /// An object that names no namespace is taken to be in `default`.
    pub fn evaluate(&self, object: &Object, environment: &Environment) -> Vec<Violation> {
        if self.policies.is_empty() {
            return Vec::new();
        }
        let id = &object.id;
        let resource = resource_of(&id.kind);
        let cluster_scoped = is_cluster_scoped(&id.group, &id.kind);
        let namespace = match (cluster_scoped, id.namespace.as_str()) {
            (true, _) => "",
            (false, "") => "default",
            (false, name) => name,
        };
        let own;
        let surrounding = if id.kind == "Namespace" && id.group.is_empty() {
            own = labelled(&object.node, &id.name);
            Some(&own)
        } else if cluster_scoped {
            None
        } else if let Some(found) = environment.namespaces.get(namespace) {
            Some(found)
        } else {
            own = synthetic(namespace, object.node.origin);
            Some(&own)
        };
        let subject = Subject {
            group: &id.group,
            version: &id.version,
            resource: &resource,
            name: &id.name,
            cluster_scoped,
            object: &object.node,
            namespace: surrounding,
        };
        let mut bindings = None;
        let mut violations = Vec::new();
        for loaded in &self.policies {
            if !loaded.policy.about.matches(&subject) {
                continue;
            }
            // Most objects of most fleets are met by few policies: what they see is made when first needed.
            let seen = bindings.get_or_insert_with(|| Bindings {
                object: Value::of(&object.node),
                old_object: Value::Null,
                params: Value::Null,
                namespace_object: match surrounding {
                    Some(node) if !cluster_scoped => Value::of(node),
                    _ => Value::Null,
                },
                request: request(id, &resource, namespace),
            });
            self.evaluate_policy(loaded, object, &subject, namespace, seen, &mut violations);
        }
        violations
    }

    fn evaluate_policy<'a>(
        &'a self,
        loaded: &Loaded,
        object: &'a Object,
        subject: &Subject<'_>,
        namespace: &str,
        seen: &mut Bindings<'a>,
        violations: &mut Vec<Violation>,
    ) {
        let policy = &loaded.policy;
        for binding in &loaded.bindings {
            if !binding.about.matches(subject) {
                continue;
            }
            let actions = action(binding, loaded.action);
            let Some(action) = actions else { continue };
            let params = match (&policy.param_kind, &binding.param_ref) {
                (Some(kind), Some(reference)) => reference.find(kind, &self.parameters, namespace),
                _ => Found::Each(vec![None]),
            };
            let verdict = Verdict {
                policy,
                binding,
                action,
                object,
            };
            match params {
                Found::Misconfigured(message) => {
                    if policy.fails_closed {
                        violations.push(verdict.violation(
                            message.to_owned(),
                            "Invalid",
                            FieldPath::root(),
                            binding.origin,
                        ));
                    }
                }
                Found::Each(params) => {
                    for param in params {
                        seen.params = param.map_or(Value::Null, Value::of);
                        verdict.evaluate(seen, violations);
                    }
                }
            }
        }
    }
}

/// A policy and binding over one object.
struct Verdict<'p> {
    policy: &'p Policy,
    binding: &'p Binding,
    action: PolicyAction,
    object: &'p Object,
}

impl Verdict<'_> {
    fn violation(
        &self,
        message: String,
        reason: &str,
        field: FieldPath,
        expression: Origin,
    ) -> Violation {
        let origin = field.origin_in(&self.object.node);
        Violation {
            policy: self.policy.name.clone(),
            binding: self.binding.name.clone(),
            action: self.action,
            message,
            reason: reason.into(),
            field,
            origin,
            expression,
        }
    }

    fn evaluate(&self, seen: &Bindings<'_>, violations: &mut Vec<Violation>) {
        match self.conditions(seen) {
            Ok(true) => {}
            Ok(false) => return,
            Err((message, origin)) => {
                if self.policy.fails_closed {
                    let path = FieldPath::root();
                    violations.push(self.violation(message, "Invalid", path, origin));
                }
                return;
            }
        }
        let mut evaluator = Evaluator::new(seen, &self.policy.variables);
        for validation in &self.policy.validations {
            let expression = &validation.expression;
            let (message, reason) = match evaluator.evaluate(&expression.compiled) {
                Ok(Value::Bool(true)) => continue,
                Ok(_) => (
                    message(validation, &mut evaluator),
                    validation.reason.as_str(),
                ),
                Err(_) if !self.policy.fails_closed => continue,
                Err(error) => (failed(expression, &error), "Invalid"),
            };
            let field = blame(&mut evaluator, &expression.compiled).unwrap_or_default();
            violations.push(self.violation(message, reason, field, expression.origin));
        }
        for annotation in &self.policy.annotations {
            if let Err(error) = evaluator.evaluate(&annotation.compiled)
                && self.policy.fails_closed
            {
                violations.push(self.violation(
                    failed(annotation, &error),
                    "Invalid",
                    FieldPath::root(),
                    annotation.origin,
                ));
            }
        }
    }

    /// Tells whether all match conditions hold. One that is false wins over one that fails.
    fn conditions(&self, seen: &Bindings<'_>) -> Result<bool, (String, Origin)> {
        if self.policy.conditions.is_empty() {
            return Ok(true);
        }
        // The server evaluates them before it has looked up the namespace.
        let seen = Bindings {
            namespace_object: Value::Null,
            ..seen.clone()
        };
        let mut evaluator = Evaluator::new(&seen, &[]);
        let mut error = None;
        for condition in &self.policy.conditions {
            match evaluator.evaluate(&condition.compiled) {
                Ok(Value::Bool(true)) => {}
                Ok(_) => return Ok(false),
                Err(failure) => {
                    error.get_or_insert((failed(condition, &failure), condition.origin));
                }
            }
        }
        error.map_or(Ok(true), Err)
    }
}

fn failed(expression: &Expression, error: &EvalError) -> String {
    format!(
        "expression '{}' resulted in error: {error}",
        expression.text
    )
}

/// The longest message that an expression may make.
const MAX_MESSAGE: usize = 5 * 1024;

fn message(validation: &Validation, evaluator: &mut Evaluator<'_, '_>) -> String {
    if let Some(expression) = &validation.message_expression
        && let Ok(Value::String(text)) = evaluator.evaluate(&expression.compiled)
    {
        let text = text.trim();
        // The server falls back for messages that are empty, too long or of more than one line.
        if !text.is_empty() && text.len() <= MAX_MESSAGE && !text.contains('\n') {
            return text.to_owned();
        }
    }
    match &validation.message {
        Some(message) if !message.is_empty() => message.clone(),
        _ => format!("failed expression: {}", validation.expression.text.trim()),
    }
}

/// Returns what follows from a binding: the strongest of its actions, but no more than the fleet asks.
pub(super) fn action(binding: &Binding, most: PolicyAction) -> Option<PolicyAction> {
    binding
        .actions
        .iter()
        .map(|action| match action {
            Action::Deny => PolicyAction::Deny,
            Action::Warn => PolicyAction::Warn,
            Action::Audit => PolicyAction::Audit,
        })
        .min_by_key(|action| weakness(*action))
        .map(|action| {
            if weakness(action) < weakness(most) {
                most
            } else {
                action
            }
        })
}

pub(super) fn weakness(action: PolicyAction) -> u8 {
    match action {
        PolicyAction::Deny => 0,
        PolicyAction::Warn => 1,
        PolicyAction::Audit => 2,
    }
}

/// Returns `request` as it is when an object is created by nobody in particular.
fn request<'a>(id: &ObjectId, resource: &str, namespace: &str) -> Value<'a> {
    let text = |text: &str| Value::string(text);
    let map = |entries: Vec<(&str, Value<'a>)>| {
        let entries = entries.into_iter().map(|(key, value)| (text(key), value));
        Value::Map(Arc::new(entries.collect()))
    };
    let kind = map(vec![
        ("group", text(&id.group)),
        ("version", text(&id.version)),
        ("kind", text(&id.kind)),
    ]);
    let resource = map(vec![
        ("group", text(&id.group)),
        ("version", text(&id.version)),
        ("resource", text(resource)),
    ]);
    let user = map(vec![
        ("username", text("")),
        ("uid", text("")),
        ("groups", Value::list(Vec::new())),
        ("extra", map(Vec::new())),
    ]);
    // The server takes a namespace to be in itself.
    let namespace = if id.kind == "Namespace" && id.group.is_empty() {
        id.name.as_str()
    } else {
        namespace
    };
    map(vec![
        ("kind", kind.clone()),
        ("resource", resource.clone()),
        ("subResource", text("")),
        ("requestKind", kind),
        ("requestResource", resource),
        ("requestSubResource", text("")),
        ("name", text(&id.name)),
        ("namespace", text(namespace)),
        ("operation", text("CREATE")),
        ("userInfo", user),
        ("dryRun", Value::Bool(false)),
        ("options", map(Vec::new())),
    ])
}
