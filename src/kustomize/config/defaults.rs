//! The configuration that kustomize has built in.
//!
//! Most of it says the same of every kind that holds a pod, so it is written as fields of a pod's
//! specification and the places where the kinds keep one.

use std::sync::{Arc, OnceLock};

use smol_str::SmolStr;

use super::{NameReference, TransformerConfig};
use crate::kustomize::Gvk;
use crate::kustomize::fieldspec::{FieldSpec, FieldSpecs, SpecPath};

/// Kinds and where they keep the specification of their pods.
const TEMPLATE: &str = "spec/template/spec";
const CRON_TEMPLATE: &str = "spec/jobTemplate/spec/template/spec";

pub(super) fn built_in() -> TransformerConfig {
    let mut config = TransformerConfig {
        name_prefix: [spec("", "metadata/name", false)].into_iter().collect(),
        name_suffix: [spec("", "metadata/name", false)].into_iter().collect(),
        namespace: namespace(),
        common_labels: selectors().chain(labels()).collect(),
        labels: FieldSpecs::default(),
        template_labels: labels().collect(),
        common_annotations: annotations(),
        name_reference: name_references(),
        var_reference: var_references(),
        images: images(),
        replicas: [
            "Deployment",
            "ReplicationController",
            "ReplicaSet",
            "StatefulSet",
        ]
        .into_iter()
        .map(|kind| spec(kind, "spec/replicas", true))
        .collect(),
        reference_index: OnceLock::new(),
    };
    config.sort();
    config
}

/// Returns a specification for `Kind`, `version:Kind`, `group/Kind` or `group/version:Kind`.
fn spec(kind: &str, path: impl Into<SmolStr>, create: bool) -> FieldSpec {
    FieldSpec {
        gvk: gvk(kind),
        path: SpecPath::new(path),
        create,
    }
}

fn gvk(text: &str) -> Gvk {
    let (before, kind) = match text.rsplit_once([':', '/']) {
        Some((before, kind)) => (before, kind),
        None => ("", text),
    };
    let (group, version) = if text.contains(':') {
        before.split_once('/').unwrap_or(("", before))
    } else {
        (before, "")
    };
    Gvk {
        group: group.into(),
        version: version.into(),
        kind: kind.into(),
    }
}

fn namespace() -> FieldSpecs {
    [
        spec("Namespace", "metadata/name", true),
        spec(
            "apiregistration.k8s.io/APIService",
            "spec/service/namespace",
            true,
        ),
        spec(
            "apiextensions.k8s.io/CustomResourceDefinition",
            "spec/conversion/webhook/clientConfig/service/namespace",
            false,
        ),
    ]
    .into_iter()
    .collect()
}

fn selectors() -> impl Iterator<Item = FieldSpec> {
    let own = [
        ("v1:Service", "spec/selector", true),
        ("v1:ReplicationController", "spec/selector", true),
        ("Deployment", "spec/selector/matchLabels", true),
        ("ReplicaSet", "spec/selector/matchLabels", true),
        ("DaemonSet", "spec/selector/matchLabels", true),
        ("apps/StatefulSet", "spec/selector/matchLabels", true),
        ("batch/Job", "spec/selector/matchLabels", false),
        (
            "batch/CronJob",
            "spec/jobTemplate/spec/selector/matchLabels",
            false,
        ),
        (
            "policy/PodDisruptionBudget",
            "spec/selector/matchLabels",
            false,
        ),
        (
            "networking.k8s.io/NetworkPolicy",
            "spec/podSelector/matchLabels",
            false,
        ),
        (
            "networking.k8s.io/NetworkPolicy",
            "spec/ingress/from/podSelector/matchLabels",
            false,
        ),
        (
            "networking.k8s.io/NetworkPolicy",
            "spec/egress/to/podSelector/matchLabels",
            false,
        ),
    ];
    let own = own
        .into_iter()
        .map(|(kind, path, create)| spec(kind, path, create));
    let neighbours = ["apps/Deployment", "apps/StatefulSet"]
        .into_iter()
        .flat_map(|kind| {
            ["podAffinity", "podAntiAffinity"]
                .into_iter()
                .flat_map(|affinity| {
                    [
                        "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm",
                        "requiredDuringSchedulingIgnoredDuringExecution",
                    ]
                    .map(|term| format!("affinity/{affinity}/{term}"))
                })
                .chain(["topologySpreadConstraints".to_owned()])
                .map(move |field| {
                    let path = format!("{TEMPLATE}/{field}/labelSelector/matchLabels");
                    spec(kind, path, false)
                })
        });
    own.chain(neighbours)
}

fn labels() -> impl Iterator<Item = FieldSpec> {
    [
        ("", "metadata/labels"),
        ("v1:ReplicationController", "spec/template/metadata/labels"),
        ("Deployment", "spec/template/metadata/labels"),
        ("ReplicaSet", "spec/template/metadata/labels"),
        ("DaemonSet", "spec/template/metadata/labels"),
        ("apps/StatefulSet", "spec/template/metadata/labels"),
        (
            "apps/StatefulSet",
            "spec/volumeClaimTemplates[]/metadata/labels",
        ),
        ("batch/Job", "spec/template/metadata/labels"),
        ("batch/CronJob", "spec/jobTemplate/metadata/labels"),
        (
            "batch/CronJob",
            "spec/jobTemplate/spec/template/metadata/labels",
        ),
    ]
    .into_iter()
    .map(|(kind, path)| spec(kind, path, true))
}

fn annotations() -> FieldSpecs {
    [
        ("", "metadata/annotations"),
        (
            "v1:ReplicationController",
            "spec/template/metadata/annotations",
        ),
        ("Deployment", "spec/template/metadata/annotations"),
        ("ReplicaSet", "spec/template/metadata/annotations"),
        ("DaemonSet", "spec/template/metadata/annotations"),
        ("StatefulSet", "spec/template/metadata/annotations"),
        ("batch/Job", "spec/template/metadata/annotations"),
        ("batch/CronJob", "spec/jobTemplate/metadata/annotations"),
        (
            "batch/CronJob",
            "spec/jobTemplate/spec/template/metadata/annotations",
        ),
    ]
    .into_iter()
    .map(|(kind, path)| spec(kind, path, true))
    .collect()
}

fn images() -> FieldSpecs {
    ["spec", TEMPLATE]
        .into_iter()
        .flat_map(|pod| {
            [
                "containers[]/image",
                "initContainers[]/image",
                "volumes[]/image/reference",
            ]
            .map(|field| spec("", format!("{pod}/{field}"), true))
        })
        .collect()
}

/// Returns specifications of fields of pods, at the places where kinds keep them.
fn in_pods(places: &[(&str, &str)], fields: &[&str]) -> Vec<FieldSpec> {
    places
        .iter()
        .flat_map(|(kind, pod)| {
            fields
                .iter()
                .map(move |field| spec(kind, [*pod, "/", *field].concat(), false))
        })
        .collect()
}

fn others(list: &[(&str, &str)]) -> Vec<FieldSpec> {
    list.iter()
        .map(|(kind, path)| spec(kind, *path, false))
        .collect()
}

/// Where configuration is taken from.
const CONFIGURED: [(&str, &str); 8] = [
    ("v1:Pod", "spec"),
    ("PodTemplate", "template/spec"),
    ("Deployment", TEMPLATE),
    ("ReplicaSet", TEMPLATE),
    ("DaemonSet", TEMPLATE),
    ("StatefulSet", TEMPLATE),
    ("Job", TEMPLATE),
    ("CronJob", CRON_TEMPLATE),
];

/// Where accounts, claims and priorities are named.
const SCHEDULED: [(&str, &str); 7] = [
    ("Pod", "spec"),
    ("StatefulSet", TEMPLATE),
    ("Deployment", TEMPLATE),
    ("ReplicationController", TEMPLATE),
    ("CronJob", CRON_TEMPLATE),
    ("Job", TEMPLATE),
    ("DaemonSet", TEMPLATE),
];

#[expect(clippy::too_many_lines, reason = "a table")]
fn name_references() -> Arc<[NameReference]> {
    let reference = |target: &str, specs: Vec<Vec<FieldSpec>>| NameReference {
        target: gvk(target),
        referrers: specs.into_iter().flatten().collect(),
    };
    let scaled = [
        "Deployment",
        "ReplicationController",
        "ReplicaSet",
        "StatefulSet",
    ]
    .map(|kind| {
        reference(
            kind,
            vec![others(&[(
                "HorizontalPodAutoscaler",
                "spec/scaleTargetRef/name",
            )])],
        )
    });
    let binding = "rbac.authorization.k8s.io/RoleBinding";
    let cluster_binding = "rbac.authorization.k8s.io/ClusterRoleBinding";
    let mut references: Vec<_> = scaled.into();
    references.extend([
        reference("v1:ConfigMap", config_map_referrers()),
        reference("v1:Secret", secret_referrers()),
        reference(
            "v1:Service",
            vec![others(&[
                ("apps/StatefulSet", "spec/serviceName"),
                ("Ingress", "spec/rules/http/paths/backend/serviceName"),
                ("Ingress", "spec/backend/serviceName"),
                ("Ingress", "spec/rules/http/paths/backend/service/name"),
                ("Ingress", "spec/defaultBackend/service/name"),
                ("apiregistration.k8s.io/APIService", "spec/service/name"),
                (
                    "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
                    "webhooks/clientConfig/service",
                ),
                (
                    "admissionregistration.k8s.io/MutatingWebhookConfiguration",
                    "webhooks/clientConfig/service",
                ),
            ])],
        ),
        reference(
            "rbac.authorization.k8s.io/Role",
            vec![others(&[(binding, "roleRef/name")])],
        ),
        reference(
            "rbac.authorization.k8s.io/ClusterRole",
            vec![others(&[
                (binding, "roleRef/name"),
                (cluster_binding, "roleRef/name"),
            ])],
        ),
        reference(
            "v1:ServiceAccount",
            vec![
                others(&[(binding, "subjects"), (cluster_binding, "subjects")]),
                in_pods(&SCHEDULED, &["serviceAccountName"]),
            ],
        ),
        reference(
            "v1:PersistentVolumeClaim",
            vec![in_pods(
                &SCHEDULED,
                &["volumes/persistentVolumeClaim/claimName"],
            )],
        ),
        reference(
            "v1:PersistentVolume",
            vec![others(&[
                ("PersistentVolumeClaim", "spec/volumeName"),
                ("ClusterRole", "rules/resourceNames"),
            ])],
        ),
        reference(
            "storage.k8s.io/v1:StorageClass",
            vec![others(&[
                ("PersistentVolume", "spec/storageClassName"),
                ("PersistentVolumeClaim", "spec/storageClassName"),
                (
                    "StatefulSet",
                    "spec/volumeClaimTemplates/spec/storageClassName",
                ),
            ])],
        ),
        reference(
            "scheduling.k8s.io/v1:PriorityClass",
            vec![in_pods(&SCHEDULED, &["priorityClassName"])],
        ),
        // The reference has the version in the group, so the rule never holds.
        NameReference {
            target: Gvk {
                group: "networking.k8s.io/v1".into(),
                version: "v1".into(),
                kind: "IngressClass".into(),
            },
            referrers: others(&[("Ingress", "spec/ingressClassName")])
                .into_iter()
                .collect(),
        },
        reference(
            "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
            vec![others(&[(
                "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
                "spec/policyName",
            )])],
        ),
    ]);
    references.into()
}

fn config_map_referrers() -> Vec<Vec<FieldSpec>> {
    vec![
        in_pods(
            &CONFIGURED,
            &[
                "volumes/configMap/name",
                "containers/env/valueFrom/configMapKeyRef/name",
                "initContainers/env/valueFrom/configMapKeyRef/name",
                "containers/envFrom/configMapRef/name",
                "initContainers/envFrom/configMapRef/name",
                "volumes/projected/sources/configMap/name",
            ],
        ),
        others(&[
            ("Node", "spec/configSource/configMap"),
            ("Role", "rules/resourceNames"),
            ("ClusterRole", "rules/resourceNames"),
            (
                "Ingress",
                r"metadata/annotations/nginx.ingress.kubernetes.io\/fastcgi-params-configmap",
            ),
        ]),
    ]
}

fn secret_referrers() -> Vec<Vec<FieldSpec>> {
    vec![
        in_pods(
            &CONFIGURED,
            &[
                "volumes/secret/secretName",
                "containers/env/valueFrom/secretKeyRef/name",
                "initContainers/env/valueFrom/secretKeyRef/name",
                "containers/envFrom/secretRef/name",
                "initContainers/envFrom/secretRef/name",
                "imagePullSecrets/name",
                "volumes/projected/sources/secret/name",
            ],
        ),
        others(&[
            ("Ingress", "spec/tls/secretName"),
            (
                "Ingress",
                r"metadata/annotations/ingress.kubernetes.io\/auth-secret",
            ),
            (
                "Ingress",
                r"metadata/annotations/nginx.ingress.kubernetes.io\/auth-secret",
            ),
            (
                "Ingress",
                r"metadata/annotations/nginx.ingress.kubernetes.io\/auth-tls-secret",
            ),
            // A second time, as in the reference: where the new name is one that yet another resource had, the
            // field follows that.
            ("Ingress", "spec/tls/secretName"),
            ("ServiceAccount", "imagePullSecrets/name"),
            ("StorageClass", "parameters/secretName"),
            ("StorageClass", "parameters/adminSecretName"),
            ("StorageClass", "parameters/userSecretName"),
            ("StorageClass", "parameters/secretRef"),
            ("Role", "rules/resourceNames"),
            ("ClusterRole", "rules/resourceNames"),
            (
                "serving.knative.dev/v1:Service",
                "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
            ),
            ("PersistentVolume", "spec/azureFile/secretName"),
        ]),
    ]
}

fn var_references() -> FieldSpecs {
    let pods = [
        ("CronJob", CRON_TEMPLATE),
        ("DaemonSet", TEMPLATE),
        ("Deployment", TEMPLATE),
        ("Job", TEMPLATE),
        ("Pod", "spec"),
        ("ReplicaSet", TEMPLATE),
        ("StatefulSet", TEMPLATE),
    ];
    let containers = [
        "containers/args",
        "containers/command",
        "containers/env/value",
        "containers/volumeMounts/mountPath",
        "initContainers/args",
        "initContainers/command",
        "initContainers/env/value",
        "initContainers/volumeMounts/mountPath",
    ];
    let rest = [
        // Not the volumes of its pods, but the reference has it so.
        (
            "CronJob",
            "spec/jobTemplate/spec/template/volumes/nfs/server",
        ),
        ("DaemonSet", "spec/template/spec/volumes/nfs/server"),
        ("Deployment", "spec/template/spec/volumes/nfs/server"),
        ("Deployment", "spec/template/metadata/annotations"),
        ("Ingress", "spec/rules/host"),
        ("Ingress", "spec/tls/hosts"),
        ("Ingress", "spec/tls/secretName"),
        ("Job", "spec/template/spec/volumes/nfs/server"),
        ("Pod", "spec/volumes/nfs/server"),
        ("ReplicaSet", "spec/template/spec/volumes/nfs/server"),
        ("Service", "spec/ports/port"),
        ("Service", "spec/ports/targetPort"),
        ("StatefulSet", "spec/volumeClaimTemplates/spec/nfs/server"),
        ("PersistentVolume", "spec/nfs/server"),
        ("", "metadata/labels"),
        ("", "metadata/annotations"),
    ];
    in_pods(&pods, &containers)
        .into_iter()
        .chain(others(&rest))
        .collect()
}
