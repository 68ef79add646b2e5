//! What is surely a mistake in a kustomization though it builds.

use crate::render::RenderedEnvironment;
use crate::yaml::FieldPath;

use super::{Finding, Severity};

/// Returns a finding for each mistake in what the builds of an environment are made of.
pub(super) fn find(environment: &RenderedEnvironment) -> Vec<Finding> {
    let components = environment.components.iter();
    let findings = components.flat_map(|component| {
        component.mistakes.iter().map(|mistake| Finding {
            rule: mistake.rule.to_owned(),
            severity: Severity::Warning,
            environment: environment.name.clone(),
            component: component.name.clone(),
            object: None,
            field: FieldPath::root(),
            message: mistake.message.clone(),
            origin: Some(mistake.origin),
            related: mistake.related.clone(),
            hint: mistake.hint.clone(),
        })
    });
    findings.collect()
}
