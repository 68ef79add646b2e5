//! One policy, by one of its bindings, over one object.

use crate::render::Object;
use crate::render::fleet::PolicyAction;
use crate::yaml::{FieldPath, Node, Origin};

use super::Violation;
use super::cel::{Bindings, EvalError, Evaluator, Value, blame};
use super::definition::{Binding, Policy, Quorum, Validation};
use super::environment::Environment;
use super::expression::Expression;

/// A policy and binding over one object.
pub(super) struct Verdict<'p> {
    pub(super) policy: &'p Policy,
    pub(super) binding: &'p Binding,
    pub(super) action: PolicyAction,
    pub(super) object: &'p Object,
}

impl<'p> Verdict<'p> {
    /// Evaluates the policy with each of its parameters.
    pub(super) fn evaluate_all(
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
                let refusal = Refusal {
                    message: error.to_string(),
                    failure: Some(error.to_string()),
                    reason: INVALID,
                    expression: self.binding.origin,
                };
                violations.push(self.violation(refusal, FieldPath::root()));
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
            Err(refusal) => {
                if self.policy.fails_closed {
                    violations.push(self.violation(refusal, FieldPath::root()));
                }
                return;
            }
        }
        let mut evaluator = Evaluator::new(seen, &self.policy.variables);
        for validation in &self.policy.validations {
            let expression = &validation.expression;
            let refusal = match evaluator.evaluate(&expression.compiled) {
                Ok(Value::Bool(true)) => continue,
                Ok(_) => Refusal {
                    message: message(validation, &mut evaluator),
                    failure: None,
                    reason: &validation.reason,
                    expression: expression.origin,
                },
                Err(_) if !self.policy.fails_closed => continue,
                Err(error) => Refusal::failed(expression, &error),
            };
            // One message, at each field that an `all` broke on.
            for field in blame(&mut evaluator, &expression.compiled) {
                violations.push(self.violation(refusal.clone(), field));
            }
        }
        for annotation in &self.policy.annotations {
            if let Err(error) = evaluator.evaluate(&annotation.compiled)
                && self.policy.fails_closed
            {
                let refusal = Refusal::failed(annotation, &error);
                violations.push(self.violation(refusal, FieldPath::root()));
            }
        }
    }

    /// Tells whether all match conditions hold. One that is false wins over one that fails.
    fn conditions(&self, seen: &Bindings<'_>) -> Result<bool, Refusal<'static>> {
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
                    error.get_or_insert_with(|| Refusal::failed(condition, &failure));
                }
            }
        }
        error.map_or(Ok(true), Err)
    }

    fn violation(&self, refusal: Refusal<'_>, field: FieldPath) -> Violation {
        let origin = field.origin_in(&self.object.node);
        Violation {
            policy: self.policy.name.clone(),
            binding: self.binding.name.clone(),
            action: self.action,
            message: refusal.message,
            failure: refusal.failure,
            reason: refusal.reason.into(),
            field,
            origin,
            expression: refusal.expression,
        }
    }
}

/// Why an object is refused, before it is known which field is to blame.
#[derive(Clone)]
struct Refusal<'r> {
    message: String,
    failure: Option<String>,
    reason: &'r str,
    expression: Origin,
}

/// The reason of a refusal that names none.
const INVALID: &str = "Invalid";

impl Refusal<'static> {
    fn failed(expression: &Expression, error: &EvalError) -> Self {
        Self {
            message: format!(
                "expression '{}' resulted in error: {error}",
                expression.text
            ),
            failure: Some(error.root().to_string()),
            reason: INVALID,
            expression: expression.origin,
        }
    }
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
