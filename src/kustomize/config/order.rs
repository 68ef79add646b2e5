//! The order of kinds in which specifications are kept.

use smol_str::SmolStr;

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

/// Returns what kinds are sorted by: place in the lists, then group, version and kind, what is missing last.
pub(crate) fn kind_key(gvk: &Gvk) -> (i64, String) {
    (rank(&gvk.kind, &FIRST, &LAST), sort_text(gvk))
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
    let or = |part: &'_ SmolStr, none: &'static str| match part.as_str() {
        "" => SmolStr::new_static(none),
        _ => part.clone(),
    };
    let (group, version) = (or(&gvk.group, "~G"), or(&gvk.version, "~V"));
    [&group, "_", &version, "_", &or(&gvk.kind, "~K")].concat()
}
