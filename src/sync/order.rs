//! The order in which objects are applied; they are pruned in the reverse.
//!
//! Objects of one wave do not need each other, so they go at the same time. Between waves the order is
//! the one that people know from Helm and Flux: what others live in, or are described by, comes first,
//! what intercepts requests comes last.

/// A group of kinds that are applied together. Earlier ones come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wave {
    /// Namespaces, and the definitions of custom resources.
    Foundations,
    /// What later objects name or are limited by: classes, priorities, volumes, quotas, network policies.
    Limits,
    /// Service accounts.
    Accounts,
    /// Roles and their bindings.
    Access,
    /// What pods read: configuration, Secrets, claims.
    Configuration,
    /// Services, whose environment variables pods see only if they were there first.
    Services,
    /// What runs.
    Workloads,
    /// All else: what stands before workloads or scales them, and custom resources.
    Rest,
    /// What takes part in the API server's own work, which would hold up the waves before.
    Interceptors,
}

impl Wave {
    /// Returns the wave of a kind.
    pub(super) fn of(group: &str, kind: &str) -> Self {
        match (group, kind) {
            ("", "Namespace") | ("apiextensions.k8s.io", "CustomResourceDefinition") => {
                Self::Foundations
            }
            ("", "PersistentVolume" | "ResourceQuota" | "LimitRange")
            | ("scheduling.k8s.io", "PriorityClass")
            | ("storage.k8s.io" | "policy", _)
            | ("node.k8s.io", "RuntimeClass")
            | ("networking.k8s.io", "NetworkPolicy" | "IngressClass")
            | ("gateway.networking.k8s.io", "GatewayClass") => Self::Limits,
            ("", "ServiceAccount") => Self::Accounts,
            ("rbac.authorization.k8s.io", _) => Self::Access,
            ("", "ConfigMap" | "Secret" | "PersistentVolumeClaim") => Self::Configuration,
            ("", "Service" | "Endpoints") | ("discovery.k8s.io", "EndpointSlice") => Self::Services,
            ("", "Pod" | "PodTemplate" | "ReplicationController") | ("apps" | "batch", _) => {
                Self::Workloads
            }
            ("admissionregistration.k8s.io", _) | ("apiregistration.k8s.io", "APIService") => {
                Self::Interceptors
            }
            _ => Self::Rest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_need_comes_first() {
        let order = [
            ("apiextensions.k8s.io", "CustomResourceDefinition"),
            ("", "ResourceQuota"),
            ("", "ServiceAccount"),
            ("rbac.authorization.k8s.io", "RoleBinding"),
            ("", "Secret"),
            ("", "Service"),
            ("apps", "StatefulSet"),
            ("networking.k8s.io", "Ingress"),
            (
                "admissionregistration.k8s.io",
                "ValidatingWebhookConfiguration",
            ),
        ];
        let waves: Vec<Wave> = order
            .iter()
            .map(|(group, kind)| Wave::of(group, kind))
            .collect();
        assert!(waves.is_sorted_by(|a, b| a < b), "{waves:?}");
    }

    #[test]
    fn a_kind_is_told_by_its_group_too() {
        assert_eq!(Wave::of("serving.knative.dev", "Service"), Wave::Rest);
        assert_eq!(Wave::of("", "Namespace"), Wave::Foundations);
        assert_eq!(Wave::of("example.com", "Namespace"), Wave::Rest);
    }
}
