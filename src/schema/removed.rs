//! API versions that were served once, and what took their place.

/// Returns what took the place of a kind that is no longer served, and since when.
pub(super) fn replacement(api_version: &str, kind: &str) -> Option<(&'static str, &'static str)> {
    REMOVED
        .iter()
        .find(|(version, kinds, ..)| {
            *version == api_version && (kinds.is_empty() || kinds.contains(&kind))
        })
        .map(|(_, _, replacement, since)| (*replacement, *since))
}

type Removed = (
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static str,
);

/// From the API's deprecation guide. An empty list of kinds stands for all.
const REMOVED: &[Removed] = &[
    (
        "extensions/v1beta1",
        &["Ingress"],
        "networking.k8s.io/v1",
        "1.22",
    ),
    (
        "extensions/v1beta1",
        &["NetworkPolicy"],
        "networking.k8s.io/v1",
        "1.16",
    ),
    (
        "extensions/v1beta1",
        &["Deployment", "DaemonSet", "ReplicaSet"],
        "apps/v1",
        "1.16",
    ),
    (
        "extensions/v1beta1",
        &["PodSecurityPolicy"],
        "Pod Security admission by labels of the namespace",
        "1.16",
    ),
    ("apps/v1beta1", &[], "apps/v1", "1.16"),
    ("apps/v1beta2", &[], "apps/v1", "1.16"),
    (
        "networking.k8s.io/v1beta1",
        &["Ingress", "IngressClass"],
        "networking.k8s.io/v1",
        "1.22",
    ),
    ("batch/v1beta1", &["CronJob"], "batch/v1", "1.25"),
    ("batch/v2alpha1", &["CronJob"], "batch/v1", "1.21"),
    (
        "policy/v1beta1",
        &["PodDisruptionBudget"],
        "policy/v1",
        "1.25",
    ),
    (
        "policy/v1beta1",
        &["PodSecurityPolicy"],
        "Pod Security admission by labels of the namespace",
        "1.25",
    ),
    ("autoscaling/v2beta1", &[], "autoscaling/v2", "1.25"),
    ("autoscaling/v2beta2", &[], "autoscaling/v2", "1.26"),
    (
        "rbac.authorization.k8s.io/v1beta1",
        &[],
        "rbac.authorization.k8s.io/v1",
        "1.22",
    ),
    (
        "rbac.authorization.k8s.io/v1alpha1",
        &[],
        "rbac.authorization.k8s.io/v1",
        "1.22",
    ),
    (
        "apiextensions.k8s.io/v1beta1",
        &[],
        "apiextensions.k8s.io/v1",
        "1.22",
    ),
    (
        "apiregistration.k8s.io/v1beta1",
        &[],
        "apiregistration.k8s.io/v1",
        "1.22",
    ),
    (
        "admissionregistration.k8s.io/v1beta1",
        &[
            "MutatingWebhookConfiguration",
            "ValidatingWebhookConfiguration",
        ],
        "admissionregistration.k8s.io/v1",
        "1.22",
    ),
    (
        "certificates.k8s.io/v1beta1",
        &["CertificateSigningRequest"],
        "certificates.k8s.io/v1",
        "1.22",
    ),
    (
        "coordination.k8s.io/v1beta1",
        &["Lease"],
        "coordination.k8s.io/v1",
        "1.22",
    ),
    (
        "discovery.k8s.io/v1beta1",
        &["EndpointSlice"],
        "discovery.k8s.io/v1",
        "1.25",
    ),
    (
        "events.k8s.io/v1beta1",
        &["Event"],
        "events.k8s.io/v1",
        "1.25",
    ),
    (
        "node.k8s.io/v1beta1",
        &["RuntimeClass"],
        "node.k8s.io/v1",
        "1.25",
    ),
    (
        "node.k8s.io/v1alpha1",
        &["RuntimeClass"],
        "node.k8s.io/v1",
        "1.25",
    ),
    (
        "scheduling.k8s.io/v1beta1",
        &["PriorityClass"],
        "scheduling.k8s.io/v1",
        "1.22",
    ),
    (
        "scheduling.k8s.io/v1alpha1",
        &["PriorityClass"],
        "scheduling.k8s.io/v1",
        "1.22",
    ),
    (
        "storage.k8s.io/v1beta1",
        &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"],
        "storage.k8s.io/v1",
        "1.22",
    ),
    (
        "storage.k8s.io/v1beta1",
        &["CSIStorageCapacity"],
        "storage.k8s.io/v1",
        "1.27",
    ),
    (
        "flowcontrol.apiserver.k8s.io/v1beta1",
        &[],
        "flowcontrol.apiserver.k8s.io/v1",
        "1.26",
    ),
    (
        "flowcontrol.apiserver.k8s.io/v1beta2",
        &[],
        "flowcontrol.apiserver.k8s.io/v1",
        "1.29",
    ),
    (
        "flowcontrol.apiserver.k8s.io/v1beta3",
        &[],
        "flowcontrol.apiserver.k8s.io/v1",
        "1.32",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_removed_names_what_took_its_place() {
        let replaced = |version, kind| replacement(version, kind).map(|found| found.0);
        assert_eq!(
            replaced("extensions/v1beta1", "Ingress"),
            Some("networking.k8s.io/v1")
        );
        assert_eq!(replaced("apps/v1beta1", "StatefulSet"), Some("apps/v1"));
        assert_eq!(replaced("extensions/v1beta1", "Gadget"), None);
        assert_eq!(replaced("apps/v1", "Deployment"), None);
    }
}
