//! Each object against the policies of the fleet.

use rayon::prelude::*;

use crate::policy::{self, PolicySet, Violation};
use crate::render::fleet::PolicyAction;
use crate::render::{Object, RenderedComponent, RenderedEnvironment};

use super::{Finding, Severity};

/// Returns a finding for each field that breaks a policy. The environment's own objects serve as
/// namespaces and as parameters.
pub(super) fn find(environment: &RenderedEnvironment, policies: &PolicySet) -> Vec<Finding> {
    if policies.is_empty() {
        return Vec::new();
    }
    let objects = environment
        .components
        .iter()
        .flat_map(|component| &component.objects);
    let surroundings = policy::Environment::of(objects, policies);
    let findings: Vec<Vec<Finding>> = environment
        .components
        .par_iter()
        .flat_map(|component| {
            component
                .objects
                .par_iter()
                .map(move |object| (component, object))
        })
        .map(|(component, object)| {
            let violations = policies.evaluate(object, &surroundings);
            once(violations)
                .into_iter()
                .map(|violation| finding(environment, component, object, violation))
                .collect()
        })
        .collect();
    findings.into_iter().flatten().collect()
}

/// Leaves out what a second binding or parameter says again; the strongest stays.
fn once(mut violations: Vec<Violation>) -> Vec<Violation> {
    violations.sort_by_key(|violation| std::cmp::Reverse(severity(violation.action)));
    let mut kept: Vec<Violation> = Vec::with_capacity(violations.len());
    for violation in violations {
        let is_new = !kept.iter().any(|have| {
            let is_same = match (&have.failure, &violation.failure) {
                // One thing that is missing lets every rule of a policy fail.
                (Some(have), Some(failure)) => have == failure,
                _ => have.field == violation.field && have.message == violation.message,
            };
            have.policy == violation.policy && is_same
        });
        if is_new {
            kept.push(violation);
        }
    }
    kept
}

fn severity(action: PolicyAction) -> Severity {
    match action {
        PolicyAction::Deny => Severity::Error,
        PolicyAction::Warn => Severity::Warning,
        PolicyAction::Audit => Severity::Note,
    }
}

fn finding(
    environment: &RenderedEnvironment,
    component: &RenderedComponent,
    object: &Object,
    violation: Violation,
) -> Finding {
    let message = match violation.failure {
        Some(failure) => format!("the policy cannot be evaluated: {failure}"),
        None => violation.message,
    };
    Finding {
        rule: format!("policy/{}", violation.policy),
        severity: severity(violation.action),
        environment: environment.name.clone(),
        component: component.name.clone(),
        object: Some(object.id.clone()),
        field: violation.field,
        message,
        origin: Some(violation.origin),
        related: vec![(violation.expression, "by this rule".to_owned())],
        hint: None,
    }
}
