//! A generated fleet: services in environments, three levels deep (shared base, service, environment).

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const ENVIRONMENTS: [&str; 5] = ["dev", "test", "staging", "canary", "prod"];

/// Writes the fleet into an empty folder and returns the folders of its overlays.
pub(crate) fn generate(root: &Path, services: usize) -> io::Result<Vec<PathBuf>> {
    write(root, "base/kustomization.yaml", BASE)?;
    write(root, "base/workload.yaml", WORKLOAD)?;
    write(root, "base/network.yaml", NETWORK)?;
    let mut overlays = Vec::new();
    for number in 0..services {
        let service = format!("svc-{number:03}");
        write(
            root,
            &format!("apps/{service}/base/kustomization.yaml"),
            &service_layer(&service),
        )?;
        write(
            root,
            &format!("apps/{service}/base/app.properties"),
            &properties(number),
        )?;
        for (rank, environment) in ENVIRONMENTS.iter().enumerate() {
            let folder = format!("apps/{service}/overlays/{environment}");
            write(
                root,
                &format!("{folder}/kustomization.yaml"),
                &overlay(environment, rank, number),
            )?;
            write(
                root,
                &format!("{folder}/resources.yaml"),
                &resources_patch(rank),
            )?;
            overlays.push(root.join(folder));
        }
    }
    write(root, "lockgate.yaml", &fleet_file())?;
    Ok(overlays)
}

fn write(root: &Path, name: &str, content: &str) -> io::Result<()> {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap_or(root))?;
    fs::write(path, content)
}

fn fleet_file() -> String {
    let mut text = String::from(
        "apiVersion: lockgate.dev/v1alpha1\nkind: Fleet\nmetadata: {name: race}\nspec:\n  kubernetes: \"1.36\"\n  environments:\n",
    );
    for environment in ENVIRONMENTS {
        let _ = writeln!(
            text,
            "  - name: {environment}\n    sources: [{{kustomize: apps/*/overlays/{environment}}}]"
        );
    }
    text
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
