//! Each object against the schema of its environment's Kubernetes version.

use rayon::prelude::*;

use crate::render::{Object, RenderedComponent, RenderedEnvironment};
use crate::schema::{self, Bundle, BundleError, Violation};

use crate::yaml::FieldPath;

use super::{Finding, Severity};

/// Returns a finding for each violation. The CRDs among the environment's objects count as known kinds.
pub(super) fn find(
    environment: &RenderedEnvironment,
    added: &[Bundle],
) -> Result<Vec<Finding>, BundleError> {
    let objects = environment
        .components
        .iter()
        .flat_map(|component| &component.objects);
    let added = added
        .iter()
        .find(|bundle| bundle.is_of(&environment.kubernetes));
    let bundle = match added.map_or_else(
        || Bundle::builtin(&environment.kubernetes),
        |one| Ok(one.clone()),
    ) {
        Ok(bundle) => bundle.with_crds(objects),
        Err(error @ BundleError::UnknownVersion { .. }) => {
            return Ok(vec![unknown_version(environment, &error)]);
        }
        Err(error) => return Err(error),
    };
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

fn unknown_version(environment: &RenderedEnvironment, error: &BundleError) -> Finding {
    Finding {
        rule: "schema/unknown-version".to_owned(),
        severity: Severity::Error,
        environment: environment.name.clone(),
        component: String::new(),
        object: None,
        field: FieldPath::root(),
        message: error.to_string(),
        origin: environment.kubernetes_at,
        related: Vec::new(),
        hint: Some(
            "export one from a cluster with `lockgate schema export`, and name it with `--schemas`"
                .to_owned(),
        ),
    }
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
