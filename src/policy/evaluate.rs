//! One object held to all policies.

use std::sync::Arc;

use std::cell::OnceCell;

use crate::render::fleet::PolicyAction;
use crate::render::{Object, ObjectId};

use super::Violation;
use super::cel::{Bindings, Value};
use super::defaults::with_defaults;
use super::definition::{Action, Binding};
use super::environment::{Environment, labelled, synthetic};
use super::load::PolicySet;
use super::matching::Subject;
use super::parameters::DEFAULT_NAMESPACE;
use super::verdict::Verdict;

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
