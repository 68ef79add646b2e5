//! The order of kinds in which specifications are kept.

use std::cmp::Ordering;

use crate::kustomize::Gvk;

/// Kinds that come before all others, in order.
pub(crate) const FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// Kinds that come after all others, in order.
pub(crate) const LAST: [&str; 2] = [
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// Compares two kinds: by place in the lists, then by group, version and kind, what is missing last.
pub(crate) fn compare_kinds(a: &Gvk, b: &Gvk) -> Ordering {
    rank(&a.kind, &FIRST, &LAST)
        .cmp(&rank(&b.kind, &FIRST, &LAST))
        .then_with(|| sort_text(a).cmp(&sort_text(b)))
}

/// Returns a kind's place: below 0 when it is among the first, above 0 among the last.
pub(crate) fn rank<T: AsRef<str>>(kind: &str, first: &[T], last: &[T]) -> i64 {
    let place = |list: &[T]| list.iter().rposition(|entry| entry.as_ref() == kind);
    let signed = |index: usize| i64::try_from(index).unwrap_or(i64::MAX - 1);
    match (place(last), place(first)) {
        (Some(index), _) => signed(index) + 1,
        (None, Some(index)) => signed(index) - signed(first.len()),
        (None, None) => 0,
    }
}

/// Returns the text by which kinds of the same place are ordered.
pub(crate) fn sort_text(gvk: &Gvk) -> String {
    let or = |part: &str, none: &str| {
        if part.is_empty() {
            none.to_owned()
        } else {
            part.to_owned()
        }
    };
    format!(
        "{}_{}_{}",
        or(&gvk.group, "~G"),
        or(&gvk.version, "~V"),
        or(&gvk.kind, "~K")
    )
}
