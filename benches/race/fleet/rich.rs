//! Four levels with much of what kustomizations hold: a platform base, a service, a region, an environment;
//! components, generators from files and env files, images, replicas, patches of each type, replacements,
//! labels, annotations, prefixes and suffixes; a dozen kinds, custom ones among them.

use std::fmt::Write as _;

use super::{ENVIRONMENTS, Files, overlay_folder, service};

/// Returns the files of the fleet.
pub(super) fn files(services: usize) -> Files {
    let mut files: Files = [
        ("platform/kustomization.yaml", PLATFORM),
        ("platform/workload.yaml", WORKLOAD),
        ("platform/access.yaml", ACCESS),
        ("platform/network.yaml", NETWORK),
        ("components/monitoring/kustomization.yaml", MONITORING),
        ("components/monitoring/monitor.yaml", MONITOR),
        ("components/sidecar/kustomization.yaml", SIDECAR),
        ("components/sidecar/patch.yaml", SIDECAR_PATCH),
    ]
    .map(|(name, content)| (name.to_owned(), content.to_owned()))
    .into();
    files.push((
        "components/monitoring/dashboard.json".to_owned(),
        dashboard(),
    ));
    for number in 0..services {
        let service = service(number);
        let fill = |text: &str| text.replace("@service@", &service);
        let app = format!("apps/{service}");
        files.extend([
            (format!("{app}/base/kustomization.yaml"), fill(BASE)),
            (format!("{app}/base/app.yaml"), settings(&service)),
            (format!("{app}/base/secret.env"), fill(SECRET)),
            (format!("{app}/base/probes.yaml"), fill(PROBES)),
            (format!("{app}/region/kustomization.yaml"), fill(REGION)),
            (format!("{app}/region/zone.json"), fill(ZONE)),
        ]);
        for (rank, environment) in ENVIRONMENTS.iter().enumerate() {
            let folder = overlay_folder(&service, environment);
            let fill = |text: &str| {
                fill(text)
                    .replace("@environment@", environment)
                    .replace("@rank@", &rank.to_string())
                    .replace("@number@", &number.to_string())
            };
            files.push((format!("{folder}/kustomization.yaml"), fill(OVERLAY)));
            files.push((format!("{folder}/resources.yaml"), fill(RESOURCES)));
        }
    }
    files
}

/// A dashboard of some 12 kB, as Grafana exports them.
fn dashboard() -> String {
    let mut text = String::from("{\n  \"title\": \"Service\",\n  \"panels\": [\n");
    for panel in 0..40 {
        let comma = if panel < 39 { "," } else { "" };
        let _ = writeln!(
            text,
            "    {{\n      \"id\": {panel},\n      \"title\": \"Panel {panel}: requests by code\",\n      \"type\": \"timeseries\",\n      \"targets\": [\n        {{\"expr\": \"sum by (code) (rate(http_requests_total{{job=\\\"$job\\\", panel=\\\"{panel}\\\"}}[5m]))\", \"refId\": \"A\"}}\n      ],\n      \"gridPos\": {{\"h\": 8, \"w\": 12, \"x\": 0, \"y\": {panel}}}\n    }}{comma}"
        );
    }
    text.push_str("  ]\n}\n");
    text
}

fn settings(service: &str) -> String {
    let mut text = format!("# Settings of {service}\nserver:\n  name: {service}\nfeatures:\n");
    for feature in 0..60 {
        let _ = writeln!(
            text,
            "  feature-{feature}: {{enabled: {}, weight: {feature}, note: \"as agreed with {service}\"}}",
            feature % 2 == 0
        );
    }
    text
}

const PLATFORM: &str = "apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- workload.yaml
- access.yaml
- network.yaml
labels:
- pairs: {app.kubernetes.io/part-of: platform}
  includeTemplates: true
configMapGenerator:
- name: platform
  literals: [CLUSTER_DOMAIN=cluster.local, TRACING=\"on\", RETRIES=3]
generatorOptions:
  labels: {generated: \"true\"}
  annotations: {note: made by a generator}
";

const WORKLOAD: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {tier: web}
spec:
  replicas: 1
  revisionHistoryLimit: 5
  selector:
    matchLabels: {app: web}
  strategy:
    rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}
  template:
    metadata:
      labels: {app: web}
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: "9090"
    spec:
      serviceAccountName: web
      initContainers:
      - name: migrate
        image: registry.example.com/migrate:v1
        args: [--to, latest, "--timeout=30s"]
        envFrom:
        - secretRef: {name: credentials}
      containers:
      - name: web
        image: registry.example.com/web:v1
        ports:
        - {name: http, containerPort: 8080}
        - {name: metrics, containerPort: 9090, protocol: TCP}
        env:
        - name: SERVICE_NAME
          value: replaced
        - name: PUBLIC_HOST
          value: https://replaced/path
        - name: CLUSTER_DOMAIN
          valueFrom: {configMapKeyRef: {name: platform, key: CLUSTER_DOMAIN}}
        - name: TOKEN
          valueFrom: {secretKeyRef: {name: credentials, key: token}}
        envFrom:
        - configMapRef: {name: settings}
        resources:
          requests: {cpu: 50m, memory: 64Mi}
        volumeMounts:
        - {name: settings, mountPath: /etc/app}
        - {name: cache, mountPath: /var/cache}
      volumes:
      - name: settings
        configMap: {name: settings}
      - name: cache
        emptyDir: {sizeLimit: 1Gi}
      topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: topology.kubernetes.io/zone
        whenUnsatisfiable: ScheduleAnyway
        labelSelector:
          matchLabels: {app: web}
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: queue
spec:
  serviceName: queue
  replicas: 1
  selector:
    matchLabels: {app: queue}
  template:
    metadata:
      labels: {app: queue}
    spec:
      containers:
      - name: queue
        image: registry.example.com/queue
        args:
        - --data=/data
        - --peers=queue-0.queue,queue-1.queue
        ports: [{name: amqp, containerPort: 5672}]
        volumeMounts: [{name: data, mountPath: /data}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec:
      accessModes: [ReadWriteOnce]
      resources: {requests: {storage: 10Gi}}
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: report
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: OnFailure
          serviceAccountName: web
          containers:
          - name: report
            image: registry.example.com/web:v1
            command: [report, --since=24h]
            envFrom:
            - configMapRef: {name: settings}
            - secretRef: {name: credentials}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
spec:
  minAvailable: 1
  selector:
    matchLabels: {app: web}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 10
  metrics:
  - type: Resource
    resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}
"#;

const ACCESS: &str = r#"apiVersion: v1
kind: ServiceAccount
metadata:
  name: web
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: web
rules:
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list, watch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: web
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
subjects:
- kind: ServiceAccount
  name: web
"#;

const NETWORK: &str = r"apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80, targetPort: http}
---
apiVersion: v1
kind: Service
metadata:
  name: queue
spec:
  clusterIP: None
  selector: {app: queue}
  ports:
  - {name: amqp, port: 5672}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    nginx.ingress.kubernetes.io/proxy-body-size: 8m
    description: >-
      Traffic from the outside; a text that is longer than eighty columns, so that the writer must break
      it where the reference does.
spec:
  ingressClassName: nginx
  tls:
  - {hosts: [web.example.com], secretName: web-tls}
  rules:
  - host: web.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
spec:
  podSelector:
    matchLabels: {app: web}
  policyTypes: [Ingress, Egress]
  ingress:
  - ports: [{port: http}]
  egress:
  - to:
    - podSelector: {matchLabels: {app: queue}}
";

const MONITORING: &str = "apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources: [monitor.yaml]
configMapGenerator:
- name: dashboard
  files: [dashboard.json]
  options:
    disableNameSuffixHash: true
    labels: {grafana_dashboard: \"1\"}
patches:
- target: {kind: Service, labelSelector: app.kubernetes.io/part-of=platform}
  patch: |-
    apiVersion: v1
    kind: Service
    metadata:
      name: any
      annotations: {monitored: \"yes\"}
";

const MONITOR: &str = "apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  endpoints:
  - {port: metrics, interval: 30s, path: /metrics}
";

const SIDECAR: &str = "apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
- path: patch.yaml
  target: {group: apps, kind: Deployment}
";

const SIDECAR_PATCH: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: any
spec:
  template:
    spec:
      containers:
      - name: proxy
        image: registry.example.com/proxy:v3
        ports:
        - {name: proxy, containerPort: 15001}
        resources:
          limits: {cpu: 100m, memory: 64Mi}
";

const BASE: &str = "apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../../../platform]
namePrefix: @service@-
labels:
- pairs: {app: @service@}
  includeSelectors: true
commonAnnotations:
  team: team-@service@
configMapGenerator:
- name: settings
  files: [app.yaml]
  literals: [SERVICE=@service@]
- name: platform
  behavior: merge
  literals: [RETRIES=5]
secretGenerator:
- name: credentials
  envs: [secret.env]
patches:
- path: probes.yaml
- target: {kind: Ingress, name: web}
  patch: |-
    - op: replace
      path: /spec/rules/0/host
      value: @service@.example.com
    - op: replace
      path: /spec/tls/0/hosts/0
      value: @service@.example.com
replacements:
- source: {kind: Service, name: web, fieldPath: metadata.name}
  targets:
  - select: {kind: Deployment, name: web}
    fieldPaths: [\"spec.template.spec.containers.[name=web].env.[name=SERVICE_NAME].value\"]
- source: {kind: Ingress, name: web, fieldPath: spec.rules.0.host}
  targets:
  - select: {kind: Deployment, name: web}
    fieldPaths: [\"spec.template.spec.containers.[name=web].env.[name=PUBLIC_HOST].value\"]
    options: {delimiter: /, index: 2}
";

const SECRET: &str = "token=development-only\nuser=@service@\n# a comment\npassword=x=y=z\n";

const PROBES: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - name: web
        readinessProbe: {httpGet: {path: /@service@/ready, port: http}}
        livenessProbe: {httpGet: {path: /@service@/live, port: http}}
";

const REGION: &str = "apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../base]
nameSuffix: -eu
patches:
- path: zone.json
  target: {kind: StatefulSet}
labels:
- pairs: {region: eu}
";

const ZONE: &str = r#"[
  {"op": "add", "path": "/spec/template/spec/nodeSelector", "value": {"topology.kubernetes.io/region": "eu"}},
  {"op": "add", "path": "/metadata/annotations/zone~1owner", "value": "@service@"}
]
"#;

const OVERLAY: &str = "apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../../region]
components:
- ../../../../components/monitoring
- ../../../../components/sidecar
namespace: @environment@
labels:
- pairs: {environment: @environment@}
  includeTemplates: true
images:
- name: registry.example.com/web
  newTag: v1.@number@.@rank@
- name: registry.example.com/queue
  newName: mirror.example.com/queue
  digest: sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3
replicas:
- {name: web, count: 3}
- {name: queue, count: 2}
configMapGenerator:
- name: settings
  behavior: merge
  literals: [LOG_LEVEL=info, REGION=eu-@rank@]
patches:
- path: resources.yaml
replacements:
- source: {kind: ConfigMap, name: platform, fieldPath: data.CLUSTER_DOMAIN}
  targets:
  - select: {kind: Deployment}
    fieldPaths: [metadata.annotations.domain]
    options: {create: true}
";

const RESOURCES: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - name: web
        resources:
          requests: {cpu: 1@rank@0m, memory: 1@rank@8Mi}
          limits: {memory: 2@rank@6Mi}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  minReplicas: 3
  maxReplicas: 1@rank@
";
