//! Resources that refer to one another.

use std::fmt::Write as _;

use super::{NAMES, NAMESPACES, Random};

/// Returns a resource; its first line tells the kind.
pub(super) fn resource(random: &mut Random) -> String {
    let name = random.pick(&NAMES);
    let namespace = if random.chance(30) {
        format!(", namespace: {}", random.pick(&NAMESPACES))
    } else {
        String::new()
    };
    let more = random.pick(&[
        "",
        ", labels: {app: web}",
        ", annotations: {a: b, n: \"1\"}",
        ", annotations: {}",
    ]);
    let meta = format!("metadata: {{name: {name}{namespace}{more}}}\n");
    let cluster = format!("metadata: {{name: {name}{more}}}\n");
    let body = random.pick(KINDS);
    let is_cluster = body.starts_with('!');
    let body = body.trim_start_matches('!');
    let (head, rest) = body.split_once('\n').unwrap();
    let head = head.trim_matches(['{', '}']).replace(", ", "\n");
    let mut text = format!("{head}\n{}", if is_cluster { cluster } else { meta });
    // `%` stands for a name that may be that of a resource, `@` for that of a generated one.
    for c in rest.chars() {
        match c {
            '%' => text.push_str(random.pick(&NAMES)),
            '@' => {
                let _ = write!(
                    text,
                    "{}{}",
                    random.pick(&["gen-", ""]),
                    random.pick(&NAMES)
                );
            }
            '#' => text.push_str(random.pick(&NAMESPACES)),
            c => text.push(c),
        }
    }
    text
}

/// Kinds with what follows their metadata. A `!` marks what has no namespace.
const KINDS: &[&str] = &[
    "{apiVersion: v1, kind: ConfigMap}\ndata: {key: value, host: example.com}\n",
    "{apiVersion: v1, kind: Secret}\nstringData: {key: value}\n",
    "{apiVersion: v1, kind: Service}\nspec:\n  selector: {app: web}\n  ports: [{port: 80}]\n",
    "{apiVersion: v1, kind: ServiceAccount}\nimagePullSecrets: [{name: @}]\n",
    "{apiVersion: apps/v1, kind: Deployment}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      serviceAccountName: %\n      priorityClassName: %\n      imagePullSecrets: [{name: @}]\n      initContainers: [{name: init, image: 'registry.io:5000/app:1@sha256:00'}]\n      containers:\n      - name: main\n        image: nginx:1.25\n        args: [\"--at=$(WHERE)\"]\n        envFrom: [{configMapRef: {name: @}}, {secretRef: {name: @}}]\n        env:\n        - {name: KEY, value: old}\n        - {name: REF, valueFrom: {configMapKeyRef: {name: @, key: a}}}\n        - {name: S, valueFrom: {secretKeyRef: {name: @, key: a}}}\n      - {name: side, image: registry.io/app}\n      volumes:\n      - {name: c, configMap: {name: @}}\n      - {name: s, secret: {secretName: @}}\n      - {name: p, persistentVolumeClaim: {claimName: %}}\n      - {name: all, projected: {sources: [{configMap: {name: @}}, {secret: {name: @}}]}}\n",
    "{apiVersion: apps/v1, kind: StatefulSet}\nspec:\n  serviceName: %\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers: [{name: main, image: busybox}]\n  volumeClaimTemplates:\n  - metadata: {name: data}\n    spec: {storageClassName: %}\n",
    "{apiVersion: batch/v1, kind: CronJob}\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers: [{name: main, image: busxbox, envFrom: [{configMapRef: {name: @}}]}]\n          volumes: [{name: c, configMap: {name: @}}]\n",
    "{apiVersion: networking.k8s.io/v1, kind: Ingress}\nspec:\n  tls: [{hosts: [a.b], secretName: @}]\n  rules:\n  - host: shop.example.com\n    http: {paths: [{path: /, backend: {service: {name: %, port: {number: 80}}}}]}\n",
    "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler}\nspec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %}}\n",
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role}\nrules: [{apiGroups: [''], resources: [configmaps], resourceNames: [@, @], verbs: [get]}]\n",
    "!{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole}\nrules: [{apiGroups: [''], resources: [secrets], resourceNames: [@], verbs: [get]}]\n",
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: %}\nsubjects:\n- {kind: ServiceAccount, name: %, namespace: #}\n- {kind: ServiceAccount, name: default}\n- {kind: User, name: jane}\n",
    "!{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %}\nsubjects:\n- {kind: ServiceAccount, name: %, namespace: #}\n- {kind: ServiceAccount, name: %}\n",
    "{apiVersion: v1, kind: PersistentVolumeClaim}\nspec: {storageClassName: %, volumeName: %}\n",
    "!{apiVersion: v1, kind: PersistentVolume}\nspec: {storageClassName: %}\n",
    "!{apiVersion: storage.k8s.io/v1, kind: StorageClass}\nprovisioner: x\n",
    "!{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass}\nvalue: 1\n",
    "!{apiVersion: v1, kind: Namespace}\nspec: {}\n",
    "!{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration}\nwebhooks:\n- {name: a.b.c, clientConfig: {service: {name: %, namespace: #, path: /}}}\n- {name: d.e.f, clientConfig: {service: {name: %}}}\n",
    "!{apiVersion: apiregistration.k8s.io/v1, kind: APIService}\nspec: {service: {name: %, namespace: #}}\n",
    "!{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition}\nspec: {group: example.io, names: {kind: Widget, plural: widgets}, containers: [{image: nginx}]}\n",
    "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy}\nspec:\n  podSelector: {matchLabels: {app: web}}\n  ingress: [{from: [{podSelector: {matchLabels: {app: api}}}]}]\n",
    "{apiVersion: policy/v1, kind: PodDisruptionBudget}\nspec: {selector: {matchLabels: {app: web}}}\n",
    "{apiVersion: example.io/v1, kind: Widget}\nspec: {containers: [{image: nginx}], ref: %}\n",
    "{apiVersion: example.io/v1, kind: Widget}\nspec:\n  containers: [{name: main, port: 1, image: nginx}, {name: side, port: 2, image: x}]\n  names: [a, b]\n  list: [{k: v}]\n  ref: %\n  path: a/b/c\n",
    "{apiVersion: example.io/v1, kind: Widget}\nspec: {containers: [{image: nginx, secret: @}], refs: [{name: %}], ref: {name: @}}\n",
    "{apiVersion: other.io/v1beta1, kind: Widget}\nspec: {ref: %}\n",
    "{apiVersion: batch/v1, kind: Job}\nspec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: 'nginx@sha256:00', envFrom: [{secretRef: {name: @}}]}]}}}\n",
    "{apiVersion: apps/v1, kind: DaemonSet}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}, annotations: {x: '$(WHERE)'}}\n    spec:\n      affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, podAffinityTerm: {topologyKey: z, labelSelector: {matchLabels: {app: web}}}}]}}\n      topologySpreadConstraints: [{maxSkew: 1, topologyKey: z, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: web}}}]\n      containers: [{name: main, image: 'nginx:1', env: [{name: W, value: $(WHO)-$(WHERE)}]}]\n",
    "{apiVersion: v1, kind: ReplicationController}\nspec: {replicas: 1, selector: {app: web}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: n}]}}}\n",
    "{apiVersion: v1, kind: Endpoints}\nsubsets: []\n",
    "{apiVersion: v1, kind: ConfigMap}\ndata: {key: $(WHERE), host: a.b.c, more: '$(WHO) and $$(WHO)'}\nbinaryData: {b: AAA=}\n",
    "{apiVersion: v1, kind: Secret}\ntype: kubernetes.io/service-account-token\ndata: {key: dmFs}\n",
    "{apiVersion: v1, kind: LimitRange}\nspec: {limits: []}\n",
    "!{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration}\nwebhooks:\n- {name: a.b.c, clientConfig: {service: {name: %, namespace: #}}}\n",
    "!{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition}\nspec: {group: a.io, names: {kind: Gear}, conversion: {strategy: Webhook, webhook: {clientConfig: {service: {name: %, namespace: #}}}}}\n",
    "!{apiVersion: v1, kind: Node}\nspec: {}\n",
    "{apiVersion: networking.k8s.io/v1, kind: Ingress}\nspec:\n  defaultBackend: {service: {name: %, port: {number: 80}}}\n  rules: [{host: a.b}, {host: c.d.e, http: {paths: []}}]\n",
    "{apiVersion: policy/v1beta1, kind: PodDisruptionBudget}\nspec: {selector: {matchExpressions: [{key: app, operator: In, values: [web]}]}}\n",
    "{apiVersion: v1, kind: Pod}\nspec:\n  serviceAccountName: %\n  containers: [{name: main, image: nginx, env: [{name: A, value: 'x$(WHERE)y'}], envFrom: [{secretRef: {name: @}}]}]\n",
];
