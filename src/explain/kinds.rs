//! The short names of kinds, as `kubectl api-resources` lists them.

use crate::merge::resource_of;

const SHORT_NAMES: [(&str, &str); 31] = [
    ("cj", "CronJob"),
    ("cm", "ConfigMap"),
    ("crd", "CustomResourceDefinition"),
    ("crds", "CustomResourceDefinition"),
    ("csr", "CertificateSigningRequest"),
    ("deploy", "Deployment"),
    ("ds", "DaemonSet"),
    ("ep", "Endpoints"),
    ("ev", "Event"),
    ("hpa", "HorizontalPodAutoscaler"),
    ("ing", "Ingress"),
    ("limits", "LimitRange"),
    ("netpol", "NetworkPolicy"),
    ("no", "Node"),
    ("ns", "Namespace"),
    ("pc", "PriorityClass"),
    ("pdb", "PodDisruptionBudget"),
    ("po", "Pod"),
    ("pv", "PersistentVolume"),
    ("pvc", "PersistentVolumeClaim"),
    ("quota", "ResourceQuota"),
    ("rc", "ReplicationController"),
    ("rs", "ReplicaSet"),
    ("sa", "ServiceAccount"),
    ("sc", "StorageClass"),
    ("sts", "StatefulSet"),
    ("svc", "Service"),
    ("vap", "ValidatingAdmissionPolicy"),
    ("vapb", "ValidatingAdmissionPolicyBinding"),
    ("mwc", "MutatingWebhookConfiguration"),
    ("vwc", "ValidatingWebhookConfiguration"),
];

/// Tells whether a word means a kind: the kind in whatever case, its plural, or its short name.
pub(super) fn means(word: &str, kind: &str) -> bool {
    let word = word.to_lowercase();
    word == kind.to_lowercase()
        || word == resource_of(kind)
        || SHORT_NAMES
            .iter()
            .any(|(short, long)| *short == word && long.eq_ignore_ascii_case(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_meant_as_kubectl_takes_them() {
        for (word, kind) in [
            ("Deployment", "Deployment"),
            ("deployments", "Deployment"),
            ("deploy", "Deployment"),
            ("networkpolicies", "NetworkPolicy"),
            ("ingresses", "Ingress"),
            ("gateways", "Gateway"),
        ] {
            assert!(means(word, kind), "{word} {kind}");
        }
        assert!(!means("cm", "Secret"));
    }
}
