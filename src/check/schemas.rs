//! Each object against the schema of its environment's Kubernetes version.

use rayon::prelude::*;

use crate::render::{Object, RenderedComponent, RenderedEnvironment};
use crate::schema::{self, Bundle, BundleError, Violation};

use super::{Finding, Severity};

/// Returns a finding for each violation. The CRDs among the environment's objects count as known kinds.
pub(super) fn find(environment: &RenderedEnvironment) -> Result<Vec<Finding>, BundleError> {
    let objects = environment
        .components
        .iter()
        .flat_map(|component| &component.objects);
    let bundle = Bundle::builtin(&environment.kubernetes)?.with_crds(objects);
    let findings: Vec<Vec<Finding>> = environment
        .components
        .par_iter()
        .map(|component| {
            component
                .objects
                .iter()
                .flat_map(|object| {
                    let violations = schema::validate(&bundle, object);
                    violations
                        .into_iter()
                        .map(|violation| finding(environment, component, object, violation))
                })
                .collect()
        })
        .collect();
    Ok(findings.into_iter().flatten().collect())
}

fn finding(
    environment: &RenderedEnvironment,
    component: &RenderedComponent,
    object: &Object,
    violation: Violation,
) -> Finding {
    Finding {
        rule: violation.rule.to_owned(),
        severity: match violation.severity {
            schema::Severity::Error => Severity::Error,
            schema::Severity::Warning => Severity::Warning,
        },
        environment: environment.name.clone(),
        component: component.name.clone(),
        object: Some(object.id.clone()),
        field: violation.field,
        message: violation.message,
        origin: Some(violation.origin),
        related: Vec::new(),
        hint: violation.hint,
    }
}
