//! From kinds to the resources that rules name: `Deployment` to `deployments`.

use smol_str::SmolStr;

/// Kinds whose resource is not what the rules of the plural give.
const IRREGULAR: &[(&str, &str)] = &[
    ("Endpoints", "endpoints"),
    ("SecurityContextConstraints", "securitycontextconstraints"),
    ("NodeMetrics", "nodes"),
    ("PodMetrics", "pods"),
    ("Gateway", "gateways"),
];

/// Kinds of the API server itself that are in no namespace.
const CLUSTER_SCOPED: &[&str] = &[
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterRole",
    "ClusterRoleBinding",
    "ClusterTrustBundle",
    "ComponentStatus",
    "CustomResourceDefinition",
    "DeviceClass",
    "FlowSchema",
    "IPAddress",
    "IngressClass",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "ResourceSlice",
    "RuntimeClass",
    "ServiceCIDR",
    "StorageClass",
    "StorageVersion",
    "StorageVersionMigration",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
    "VolumeAttributesClass",
];

/// Returns the resource of a kind; for kinds not known, by the rule that kubectl guesses with.
pub(super) fn resource_of(kind: &str) -> SmolStr {
    if let Some((_, resource)) = IRREGULAR.iter().find(|(have, _)| *have == kind) {
        return (*resource).into();
    }
    let lower = kind.to_ascii_lowercase();
    match lower.as_bytes().last() {
        None => lower.into(),
        Some(b's') => smol_str::format_smolstr!("{lower}es"),
        Some(b'y') => smol_str::format_smolstr!("{}ies", lower.trim_end_matches('y')),
        Some(_) => smol_str::format_smolstr!("{lower}s"),
    }
}

/// Tells whether a group is one of Kubernetes' own.
pub(super) fn is_builtin(group: &str) -> bool {
    !group.contains('.') || group.ends_with(".k8s.io")
}

/// Tells whether objects of a kind are in no namespace, as far as it can be known without its definition.
pub(super) fn is_cluster_scoped(group: &str, kind: &str) -> bool {
    is_builtin(group) && CLUSTER_SCOPED.binary_search(&kind).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_become_resources() {
        for (kind, resource) in [
            ("Deployment", "deployments"),
            ("Ingress", "ingresses"),
            ("NetworkPolicy", "networkpolicies"),
            ("Endpoints", "endpoints"),
            ("PriorityClass", "priorityclasses"),
        ] {
            assert_eq!(resource_of(kind), resource);
        }
        assert!(CLUSTER_SCOPED.is_sorted());
        assert!(is_cluster_scoped(
            "rbac.authorization.k8s.io",
            "ClusterRole"
        ));
        assert!(!is_cluster_scoped("apps", "Deployment"));
    }
}
