//! One object held to all policies.

use std::sync::Arc;

use std::cell::OnceCell;

use crate::render::fleet::PolicyAction;
use crate::render::{Object, ObjectId};
use crate::yaml::{FieldPath, Node, Origin};

use super::Violation;
use super::cel::{Bindings, EvalError, Evaluator, Value, blame};
use super::defaults::with_defaults;
use super::definition::{Action, Binding, Policy, Quorum, Validation};
use super::environment::{Environment, labelled, synthetic};
use super::expression::Expression;
use super::load::PolicySet;
use super::matching::Subject;
use super::parameters::DEFAULT_NAMESPACE;

impl PolicySet {
    /// Holds an object to every policy that is about it, as the API server would when it is created.
    /// An object that names no namespace is taken to be in `default`.
    pub fn evaluate(&self, object: &Object, environment: &Environment) -> Vec<Violation> {
        if self.policies.is_empty() {
            return Vec::new();
        }
        let id = &object.id;
        let kind = environment.kind(&id.group, &id.kind);
        let namespace = match (kind.cluster_scoped, id.namespace.as_str()) {
            (true, _) => "",
            (false, "") => DEFAULT_NAMESPACE,
            (false, name) => name,
        };
        let is_namespace = id.kind == "Namespace" && id.group.is_empty();
        let own;
        let surrounding = if is_namespace {
            own = labelled(&object.node, &id.name);
            Some(&own)
        } else if kind.cluster_scoped {
            None
        } else if let Some(found) = environment.namespace(namespace) {
            Some(found)
        } else {
            own = synthetic(namespace, object.node.origin);
            Some(&own)
        };
        let subject = Subject {
            group: &id.group,
            version: &id.version,
            resource: &kind.resource,
            name: &id.name,
            cluster_scoped: kind.cluster_scoped,
            object: &object.node,
            namespace: surrounding,
        };
        // The server takes a namespace to be in itself.
        let requested = if is_namespace { &id.name } else { namespace };
        let mut bindings = None;
        let admitted = OnceCell::new();
        let mut violations = Vec::new();
        for loaded in &self.policies {
            if !loaded.policy.about.matches(&subject) {
                continue;
            }
            // Most objects of most fleets are met by few policies: what they see is made when first needed.
            let seen = bindings.get_or_insert_with(|| Bindings {
                object: Value::of(admitted.get_or_init(|| with_defaults(object))),
                old_object: Value::Null,
                params: Value::Null,
                namespace_object: match surrounding {
                    Some(node) if !kind.cluster_scoped => Value::of(node),
                    _ => Value::Null,
                },
                request: request(id, &kind.resource, requested),
            });
            for binding in &loaded.bindings {
                if binding.about.matches(&subject)
                    && let Some(action) = action(binding, loaded.action)
                {
                    let verdict = Verdict {
                        policy: &loaded.policy,
                        binding,
                        action,
                        object,
                    };
                    verdict.evaluate_all(environment, requested, seen, &mut violations);
                }
            }
        }
        violations
    }
}

/// A policy and binding over one object.
struct Verdict<'p> {
    policy: &'p Policy,
    binding: &'p Binding,
    action: PolicyAction,
    object: &'p Object,
}

impl<'p> Verdict<'p> {
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

    /// Evaluates the policy with each of its parameters.
    fn evaluate_all(
        &self,
        environment: &'p Environment,
        namespace: &str,
        seen: &mut Bindings<'p>,
        violations: &mut Vec<Violation>,
    ) {
        let found = match (&self.policy.param_kind, &self.binding.param_ref) {
            (Some(kind), Some(reference)) => {
                reference.find(kind, &environment.parameters, namespace)
            }
            _ => Ok(Vec::new()),
        };
        let has_params = self.policy.param_kind.is_some() && self.binding.param_ref.is_some();
        let params = match found {
            Ok(params) if has_params => params,
            Ok(_) => {
                seen.params = Value::Null;
                return self.evaluate(seen, violations);
            }
            Err(_) if !self.policy.fails_closed => return,
            Err(error) => {
                violations.push(self.violation(
                    error.to_string(),
                    "Invalid",
                    FieldPath::root(),
                    self.binding.origin,
                ));
                return;
            }
        };
        match self.policy.quorum {
            Quorum::All => {
                for param in params {
                    seen.params = Value::of(param);
                    self.evaluate(seen, violations);
                }
            }
            Quorum::Any => self.evaluate_any(&params, seen, violations),
        }
    }

    /// Evaluates the policy with its parameters until it holds with one; where there are none, with null.
    fn evaluate_any(
        &self,
        params: &[&'p Node],
        seen: &mut Bindings<'p>,
        violations: &mut Vec<Violation>,
    ) {
        let mut first = None;
        let mut values: Vec<Value<'p>> = params.iter().map(|param| Value::of(param)).collect();
        if values.is_empty() {
            values.push(Value::Null);
        }
        for value in values {
            seen.params = value;
            let mut found = Vec::new();
            self.evaluate(seen, &mut found);
            if found.is_empty() {
                return;
            }
            first.get_or_insert(found);
        }
        violations.extend(first.into_iter().flatten());
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
            // One message, at each field that an `all` broke on.
            for field in blame(&mut evaluator, &expression.compiled) {
                violations.push(self.violation(message.clone(), reason, field, expression.origin));
            }
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
    // What is empty is left out, as the server leaves it out.
    let mut entries = vec![
        ("kind", kind.clone()),
        ("resource", resource.clone()),
        ("requestKind", kind),
        ("requestResource", resource),
        ("operation", text("CREATE")),
        ("userInfo", map(Vec::new())),
        ("dryRun", Value::Bool(false)),
        ("options", map(Vec::new())),
    ];
    if !id.name.is_empty() {
        entries.push(("name", text(&id.name)));
    }
    if !namespace.is_empty() {
        entries.push(("namespace", text(namespace)));
    }
    map(entries)
}
