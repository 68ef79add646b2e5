//! Three levels: a base that all services share, a service, an environment.

use std::fmt::Write as _;

use super::{ENVIRONMENTS, Files, overlay_folder, service};

/// Returns the files of the fleet.
pub(super) fn files(services: usize) -> Files {
    let mut files: Files = [
        ("base/kustomization.yaml", BASE),
        ("base/workload.yaml", WORKLOAD),
        ("base/network.yaml", NETWORK),
    ]
    .map(|(name, content)| (name.to_owned(), content.to_owned()))
    .into();
    for number in 0..services {
        let service = service(number);
        let base = format!("apps/{service}/base");
        files.push((
            format!("{base}/kustomization.yaml"),
            service_layer(&service),
        ));
        files.push((format!("{base}/app.properties"), properties(number)));
        for (rank, environment) in ENVIRONMENTS.iter().enumerate() {
            let folder = overlay_folder(&service, environment);
            let kustomization = overlay(environment, rank, number);
            files.push((format!("{folder}/kustomization.yaml"), kustomization));
            files.push((format!("{folder}/resources.yaml"), resources_patch(rank)));
        }
    }
    files
}

const BASE: &str = "resources: [workload.yaml, network.yaml]
labels:
- pairs: {app.kubernetes.io/managed-by: platform}
  includeTemplates: true
";

const WORKLOAD: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
spec:
  replicas: 1
  selector:
    matchLabels: {app: app}
  template:
    metadata:
      labels: {app: app}
    spec:
      serviceAccountName: app
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        seccompProfile: {type: RuntimeDefault}
      containers:
      - name: app
        image: registry.example.com/app
        ports:
        - {name: http, containerPort: 8080}
        - {name: metrics, containerPort: 9090}
        envFrom:
        - configMapRef: {name: app-config}
        - secretRef: {name: app-secret}
        env:
        - name: POD_NAME
          valueFrom: {fieldRef: {fieldPath: metadata.name}}
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          capabilities: {drop: [ALL]}
        resources:
          requests: {cpu: 50m, memory: 64Mi}
          limits: {memory: 128Mi}
        readinessProbe: {httpGet: {path: /ready, port: http}}
        livenessProbe: {httpGet: {path: /live, port: http}}
        volumeMounts:
        - {name: tmp, mountPath: /tmp}
      volumes:
      - name: tmp
        emptyDir: {}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: app
automountServiceAccountToken: false
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: app
spec:
  minAvailable: 1
  selector:
    matchLabels: {app: app}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: app
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: app}
  minReplicas: 2
  maxReplicas: 10
  metrics:
  - type: Resource
    resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}
";

const NETWORK: &str = "apiVersion: v1
kind: Service
metadata:
  name: app
spec:
  selector: {app: app}
  ports:
  - {name: http, port: 80, targetPort: http}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: app
spec:
  tls:
  - {hosts: [app.example.com], secretName: app-tls}
  rules:
  - host: app.example.com
    http:
      paths:
      - path: /
        pathType: Prefix
        backend: {service: {name: app, port: {name: http}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: app
spec:
  podSelector:
    matchLabels: {app: app}
  policyTypes: [Ingress]
  ingress:
  - ports:
    - {port: http}
";

fn service_layer(service: &str) -> String {
    format!(
        "resources: [../../../base]
namePrefix: {service}-
labels:
- pairs: {{app: {service}}}
  includeSelectors: true
commonAnnotations: {{team: team-{service}}}
configMapGenerator:
- name: app-config
  files: [app.properties]
  literals: [SERVICE={service}, LOG_FORMAT=json]
secretGenerator:
- name: app-secret
  literals: [TOKEN=development-only]
patches:
- target: {{kind: Ingress}}
  patch: |-
    - op: replace
      path: /spec/rules/0/host
      value: {service}.example.com
    - op: replace
      path: /spec/tls/0/hosts/0
      value: {service}.example.com
"
    )
}

fn properties(number: usize) -> String {
    (0..20).fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "setting.{line}=value-{number}-{line}");
        text
    })
}

fn overlay(environment: &str, rank: usize, number: usize) -> String {
    format!(
        "resources: [../../base]
namespace: {environment}
labels:
- pairs: {{environment: {environment}}}
images:
- name: registry.example.com/app
  newTag: v1.{number}.{rank}
replicas:
- {{name: app, count: {replicas}}}
configMapGenerator:
- name: app-config
  behavior: merge
  literals: [LOG_LEVEL={level}, REGION=eu-{rank}]
patches:
- path: resources.yaml
",
        replicas = rank + 2,
        level = if rank == 0 { "debug" } else { "info" },
    )
}

fn resources_patch(rank: usize) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
spec:
  template:
    spec:
      containers:
      - name: app
        resources:
          requests: {{cpu: {cpu}m, memory: {memory}Mi}}
          limits: {{memory: {limit}Mi}}
",
        cpu = 50 * (rank + 1),
        memory = 64 * (rank + 1),
        limit = 128 * (rank + 1),
    )
}
