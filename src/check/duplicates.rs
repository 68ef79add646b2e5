//! The same object twice in one environment: whichever is applied last wins, and each sync reverts the other.

use std::collections::BTreeMap;

use crate::render::{Object, RenderedComponent, RenderedEnvironment};
use crate::yaml::FieldPath;

use super::{Finding, Severity};

/// Returns a finding for each object of an environment that an earlier one has the identity of.
///
/// Versions of one group name the same object, as they do for the API server.
pub(super) fn find(environment: &RenderedEnvironment) -> Vec<Finding> {
    let mut seen: BTreeMap<[&str; 4], (&RenderedComponent, &Object)> = BTreeMap::new();
    let mut findings = Vec::new();
    for component in &environment.components {
        for object in &component.objects {
            let id = &object.id;
            if id.name.is_empty() {
                // The server makes a name, or it is a finding of its own.
                continue;
            }
            let identity = [
                id.group.as_str(),
                id.kind.as_str(),
                id.namespace.as_str(),
                id.name.as_str(),
            ];
            match seen.get(&identity) {
                Some((first_component, first)) => {
                    findings.push(finding(
                        environment,
                        component,
                        object,
                        first_component,
                        first,
                    ));
                }
                None => {
                    seen.insert(identity, (component, object));
                }
            }
        }
    }
    findings
}

fn finding(
    environment: &RenderedEnvironment,
    component: &RenderedComponent,
    object: &Object,
    first_component: &RenderedComponent,
    first: &Object,
) -> Finding {
    let name = FieldPath::root().key("metadata").key("name");
    Finding {
        rule: "check/duplicate-object".to_owned(),
        severity: Severity::Error,
        environment: environment.name.clone(),
        component: component.name.clone(),
        object: Some(object.id.clone()),
        message: format!(
            "`{}` is in component `{}` already",
            object.id, first_component.name
        ),
        origin: Some(name.origin_in(&object.node)),
        related: vec![(
            name.origin_in(&first.node),
            format!("the one in `{}`", first_component.name),
        )],
        hint: Some("rename one of them, or move it to one component".to_owned()),
        field: name,
    }
}
