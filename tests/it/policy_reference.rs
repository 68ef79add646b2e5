//! Policies held against the API server: the pack on its cases, and everything that decides whether a policy
//! is evaluated at all. The same verdict and the same message.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use lockgate::policy::{Environment, PolicySet};
use lockgate::render::Object;
use lockgate::yaml::emit;

use crate::admission::{create, install, load, objects, ours, theirs, wait_until};
use crate::control_plane::{ControlPlane, Parts};

/// A server of its own: policies of the pack would refuse what other tests create.
static SERVER: LazyLock<Option<ControlPlane>> =
    LazyLock::new(|| ControlPlane::start(Parts::ApiServer));

/// The label of the namespaces that a policy is bound in.
const LABEL: &str = "lockgate.dev/policy";

fn namespace(server: &ControlPlane, name: &str, labels: &str) {
    let text = format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n"
    );
    install(server, &text, "");
}

fn yaml(objects: &[Object]) -> String {
    let mut text = String::new();
    for object in objects {
        text.push_str("---\n");
        emit(&object.node, &mut text);
    }
    text
}

/// Returns the files of cases, but for those of objects that a server refuses whatever its policies.
fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .filter(|path| !path.ends_with("invalid.yaml"))
        .collect();
    files.sort();
    files
}

/// Compares the verdicts on an object. What a policy needs beside it may reach the server a little late, so
/// it is asked again until the two agree or patience ends.
fn compare(
    server: &ControlPlane,
    object: &Object,
    policies: &PolicySet,
    environment: &Environment,
) -> Option<String> {
    let ours = ours(policies, object, environment);
    let started = Instant::now();
    loop {
        let reply = create(server, object, "default", true);
        let message = reply.message();
        if !reply.is_ok() && !message.contains("ValidatingAdmissionPolicy '") {
            return Some(format!("{}: refused by no policy: {message}", object.id));
        }
        let theirs = theirs(&reply);
        if ours.first() == theirs.as_ref() {
            return None;
        }
        if started.elapsed() > Duration::from_secs(5) {
            return Some(format!(
                "{}\n    there: {theirs:?}\n    here:  {ours:?}",
                object.id
            ));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Puts an object into a namespace, unless it names one or is in none.
fn placed(object: &Object, namespace: &str) -> Object {
    let is_placed = !object.id.namespace.is_empty() || object.id.kind.starts_with("Cluster");
    if is_placed {
        return object.clone();
    }
    let mut text = String::new();
    emit(&object.node, &mut text);
    let text = text.replacen(
        "metadata:\n",
        &format!("metadata:\n  namespace: {namespace}\n"),
        1,
    );
    objects(&text).remove(0)
}

/// Binds a policy of the pack in the namespaces of its own cases only.
fn bound(name: &str) -> String {
    let file = pack().join(name).join("policy.yaml");
    let text = std::fs::read_to_string(file).unwrap();
    if name == "no-default-namespace" {
        return text;
    }
    text.replace(
        "  validationActions: [Deny]",
        &format!(
            "  matchResources: {{namespaceSelector: {{matchLabels: {{{LABEL}: {name}}}}}}}\n  validationActions: [Deny]"
        ),
    )
}

fn pack() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("policies")
}

/// Puts the objects of a file of cases before both. Returns how many there were and where they differ.
fn compare_cases(
    server: &ControlPlane,
    name: &str,
    file: &Path,
    policies: &PolicySet,
) -> (usize, Vec<String>) {
    let case = file.file_stem().unwrap().to_str().unwrap();
    let own = format!("{name}-{case}");
    let home = if name == "no-default-namespace" {
        "default"
    } else {
        own.as_str()
    };
    namespace(server, &own, &format!("{LABEL}: {name}"));
    let text = std::fs::read_to_string(file).unwrap();
    let all: Vec<Object> = objects(&text)
        .iter()
        .map(|object| placed(object, home))
        .collect();
    let around = format!(
        "{}---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {own}, labels: {{{LABEL}: {name}}}}}\n",
        yaml(&all)
    );
    let environment = Environment::of(&objects(&around), policies);
    let (parameters, subjects): (Vec<Object>, Vec<Object>) = all
        .into_iter()
        .partition(|object| object.id.namespace == "policies");
    if !parameters.is_empty() || case == "no-parameter" {
        server.delete(&format!("/api/v1/namespaces/policies/configmaps/{name}"));
        install(server, &yaml(&parameters), "");
    }
    let differences = subjects
        .iter()
        .filter_map(|object| compare(server, object, policies, &environment))
        .map(|difference| format!("{name}/{case}: {difference}"))
        .collect();
    (subjects.len(), differences)
}

#[test]
fn the_pack_says_of_its_cases_what_the_api_server_says() {
    let Some(server) = SERVER.as_ref() else {
        return;
    };
    namespace(server, "policies", "");
    namespace(server, "shop", "");
    let mut names: Vec<String> = std::fs::read_dir(pack())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    // A cluster wants every budget to match, a repository one: see docs/policies.md.
    names.retain(|name| name != "disruption-budget");
    for name in &names {
        install(server, &bound(name), "");
    }
    let mut differences = Vec::new();
    let mut compared = 0;
    for name in &names {
        let policies = load(&bound(name)).unwrap();
        for file in yaml_files(&pack().join(name).join("cases")) {
            let (count, found) = compare_cases(server, name, &file, &policies);
            compared += count;
            differences.extend(found);
        }
    }
    assert!(compared > 80, "{compared}");
    assert!(
        differences.is_empty(),
        "{} of {compared} objects:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

/// Kubernetes checks the same standard by another admission plugin, in Go.
#[test]
fn pod_security_refuses_the_pods_that_the_plugin_of_the_api_server_refuses() {
    let Some(server) = SERVER.as_ref() else {
        return;
    };
    let mut differences = Vec::new();
    let mut compared = 0;
    for level in ["baseline", "restricted"] {
        let name = format!("pod-security-{level}");
        let home = format!("plugin-{level}");
        namespace(
            server,
            &home,
            &format!("pod-security.kubernetes.io/enforce: {level}"),
        );
        let text = std::fs::read_to_string(pack().join(&name).join("policy.yaml")).unwrap();
        let policies = load(&text).unwrap();
        // The cases of each level are held to both.
        for cases in ["pod-security-baseline", "pod-security-restricted"] {
            for file in yaml_files(&pack().join(cases).join("cases")) {
                let text = std::fs::read_to_string(&file).unwrap();
                for object in objects(&text) {
                    if object.id.kind != "Pod" {
                        continue;
                    }
                    compared += 1;
                    let object = placed(&object, &home);
                    let environment = Environment::of([&object], &policies);
                    let ours_refuse = !ours(&policies, &object, &environment).is_empty();
                    let reply = create(server, &object, &home, true);
                    let plugin_refuses = reply.message().contains("violates PodSecurity");
                    if ours_refuse != plugin_refuses {
                        differences.push(format!(
                            "{level}: {}: here {ours_refuse}, there {plugin_refuses}: {}",
                            object.id,
                            reply.message()
                        ));
                    }
                }
            }
        }
    }
    assert!(compared > 40, "{compared}");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// A policy over `ConfigMap`s with what a scenario is about.
fn scenario(name: &str, spec: &str, binding: &str) -> String {
    let has_rules = spec.contains("matchConstraints:");
    let rules = if has_rules {
        ""
    } else {
        "  matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]}\n"
    };
    let has_actions = binding.contains("validationActions:");
    let actions = if has_actions {
        ""
    } else {
        "  validationActions: [Deny]\n"
    };
    format!(
        "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {{name: {name}}}
spec:
{rules}{spec}---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {{name: {name}-binding}}
spec:
  policyName: {name}
  matchResources: {{namespaceSelector: {{matchLabels: {{{LABEL}: {name}}}}}}}
{actions}{binding}"
    )
}

/// What is under test, the policy's spec, the rest of the binding.
const SCENARIOS: &[(&str, &str, &str)] = &[
    (
        "conditions",
        "  matchConditions:
  - {name: one, expression: \"object.metadata.name != 'skipped'\"}
  - {name: two, expression: \"object.metadata.name != 'failing' || object.data.missing == 'x'\"}
  - {name: three, expression: \"object.metadata.name != 'both' || object.data.missing == 'x'\"}
  - {name: four, expression: \"object.metadata.name != 'both'\"}
  validations: [{expression: 'false', message: \"  denied  \"}]
",
        "",
    ),
    (
        "ignore",
        "  failurePolicy: Ignore
  validations:
  - {expression: \"object.metadata.name != 'failing' || object.data.missing == 'x'\", message: never}
  - {expression: \"object.metadata.name == 'failing' || object.data.key == 'nothing'\", message: still denied, reason: Forbidden}
",
        "",
    ),
    (
        "object-selector",
        "  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: ['*'], operations: ['*'], resources: [configmaps]}]
    objectSelector:
      matchLabels: {app: web}
      matchExpressions:
      - {key: tier, operator: In, values: [front, back]}
      - {key: owner, operator: Exists}
      - {key: skip, operator: DoesNotExist}
      - {key: env, operator: NotIn, values: [dev]}
  validations: [{expression: 'false'}]
",
        "",
    ),
    (
        "namespace-selector",
        "  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
    namespaceSelector:
      matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [namespace-selector]}]
  validations: [{expression: 'false'}]
",
        "",
    ),
    (
        "namespace-selector-in",
        "  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
    namespaceSelector:
      matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [namespace-selector-in]}]
  validations: [{expression: \"namespaceObject.metadata.labels['lockgate.dev/policy'] == 'x'\"}]
",
        "",
    ),
    (
        "excluded",
        "  matchConstraints:
    resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: [configmaps, secrets]}]
    excludeResourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [configmaps], resourceNames: [skipped]}]
  validations: [{expression: 'false', message: everything else}]
",
        "",
    ),
    (
        "names",
        "  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [configmaps], resourceNames: [plain, failing]}]
  validations: [{expression: 'false'}]
",
        "",
    ),
    (
        "updates",
        "  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [UPDATE], resources: [configmaps]}]
  validations: [{expression: 'false'}]
",
        "",
    ),
    (
        "cluster-scope",
        "  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [configmaps], scope: Cluster}]
  validations: [{expression: 'false'}]
",
        "",
    ),
    (
        "namespaced-scope",
        "  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: ['configmaps'], scope: Namespaced}]
  validations: [{expression: 'false'}]
",
        "",
    ),
    (
        "other-group",
        "  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: ['*']}]
  validations: [{expression: 'false'}]
",
        "",
    ),
    (
        "param-by-name",
        "  paramKind: {apiVersion: v1, kind: ConfigMap}
  validations: [{expression: \"object.data.key == params.data.wanted\", messageExpression: \"'wanted ' + params.data.wanted + ' of ' + params.metadata.name\"}]
",
        "  paramRef: {name: one, namespace: parameters, parameterNotFoundAction: Deny}
",
    ),
    (
        "param-beside",
        "  paramKind: {apiVersion: v1, kind: ConfigMap}
  validations: [{expression: \"object.data.key == params.data.wanted\"}]
",
        "  paramRef: {name: beside, parameterNotFoundAction: Deny}
",
    ),
    (
        "param-missing-deny",
        "  paramKind: {apiVersion: v1, kind: ConfigMap}
  validations: [{expression: 'true'}]
",
        "  paramRef: {name: missing, namespace: parameters, parameterNotFoundAction: Deny}
",
    ),
    (
        "param-missing-ignored",
        "  failurePolicy: Ignore
  paramKind: {apiVersion: v1, kind: ConfigMap}
  validations: [{expression: 'false'}]
",
        "  paramRef: {name: missing, namespace: parameters, parameterNotFoundAction: Deny}
",
    ),
    (
        "param-missing-allow",
        "  paramKind: {apiVersion: v1, kind: ConfigMap}
  validations: [{expression: 'false'}]
",
        "  paramRef: {name: missing, namespace: parameters, parameterNotFoundAction: Allow}
",
    ),
    (
        "param-selected",
        "  paramKind: {apiVersion: v1, kind: ConfigMap}
  validations: [{expression: \"params.data.wanted != object.data.key\", messageExpression: \"'refused by ' + params.metadata.name\"}]
",
        "  paramRef: {selector: {matchLabels: {use: selected}}, namespace: parameters, parameterNotFoundAction: Deny}
",
    ),
    (
        "param-unbound",
        "  paramKind: {apiVersion: v1, kind: ConfigMap}
  validations: [{expression: \"params != null\", message: no parameter}]
",
        "",
    ),
    (
        "param-cluster-scoped",
        "  paramKind: {apiVersion: v1, kind: Namespace}
  validations: [{expression: \"params.metadata.name != 'parameters'\", message: found the namespace}]
",
        "  paramRef: {name: parameters, parameterNotFoundAction: Deny}
",
    ),
    (
        "param-cluster-scoped-namespace",
        "  paramKind: {apiVersion: v1, kind: Namespace}
  validations: [{expression: 'true'}]
",
        "  paramRef: {name: parameters, namespace: parameters, parameterNotFoundAction: Deny}
",
    ),
    (
        "messages",
        "  validations:
  - {expression: \"object.metadata.name != 'plain'\", messageExpression: \"'  spaced out  '\", message: other}
  - {expression: \"object.metadata.name != 'failing'\", messageExpression: \"string(object.data.missing)\", message: fallen back}
  - {expression: \"object.metadata.name != 'skipped'\", messageExpression: \"'two\\\\nlines'\", message: of one line}
  - {expression: \"object.metadata.name != 'both'\", messageExpression: \"' '\"}
",
        "",
    ),
    (
        "variables",
        "  variables:
  - {name: key, expression: \"object.data.key\"}
  - {name: unused, expression: \"object.data.missing\"}
  - {name: twice, expression: \"variables.key + variables.key\"}
  validations:
  - {expression: \"object.metadata.name == 'failing' || variables.twice == 'x'\", messageExpression: \"string(variables.twice)\"}
  - {expression: \"variables.unused == 'x'\"}
",
        "",
    ),
    (
        "annotations",
        "  auditAnnotations:
  - {key: good, valueExpression: \"'value'\"}
  - {key: none, valueExpression: 'null'}
  - {key: bad, valueExpression: \"object.metadata.name == 'failing' ? string(object.data.missing) : 'fine'\"}
  validations: [{expression: 'true'}]
",
        "",
    ),
    (
        "audit-only",
        "  validations: [{expression: 'false'}]
",
        "  validationActions: [Audit]
",
    ),
    (
        "deny-and-audit",
        "  validations: [{expression: 'false', message: first}, {expression: 'false', message: second}]
",
        "  validationActions: [Deny, Audit]
",
    ),
    (
        "expensive",
        "  validations: [{expression: \"lists.range(2000).all(a, lists.range(2000).all(b, a + b >= 0))\"}]
",
        "",
    ),
    (
        "request",
        "  validations:
  - {expression: \"object.metadata.name != 'plain'\", messageExpression: \"request.operation + ' ' + request.kind.kind + ' ' + request.resource.resource + ' ' + request.name + ' ' + request.namespace\"}
  - {expression: \"object.metadata.name != 'failing' || has(request.subResource)\", message: no subresource}
  - {expression: \"object.metadata.name != 'both' || oldObject != null\", message: nothing before}
",
        "",
    ),
];

/// The objects that every scenario is held against.
fn subjects(name: &str) -> Vec<Object> {
    let texts = [
        ("plain", ""),
        ("failing", "app: web, tier: front, owner: me"),
        ("skipped", "app: web, tier: back, owner: me, env: dev"),
        ("both", "app: web, tier: middle, owner: me"),
        ("labelled", "app: web, tier: front, owner: me, skip: 'yes'"),
    ]
    .map(|(subject, labels)| {
        format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {subject}, namespace: {name}, labels: {{{labels}}}}}\ndata: {{key: value}}\n"
        )
    });
    objects(&texts.concat())
}

#[test]
fn policies_meet_the_objects_that_they_meet_in_the_api_server() {
    let Some(server) = SERVER.as_ref() else {
        return;
    };
    let parameters = "apiVersion: v1
kind: ConfigMap
metadata: {name: one, namespace: parameters}
data: {wanted: nothing}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: first, namespace: parameters, labels: {use: selected}}
data: {wanted: other}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: second, namespace: parameters, labels: {use: selected}}
data: {wanted: value}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: beside, namespace: param-beside}
data: {wanted: nothing}
";
    namespace(server, "parameters", "");
    for (name, ..) in SCENARIOS {
        namespace(server, name, &format!("{LABEL}: {name}"));
    }
    install(server, parameters, "");
    for (name, spec, binding) in SCENARIOS {
        install(server, &scenario(name, spec, binding), "");
    }
    // Once the last is in force, so are those before it.
    let last = &subjects("request")[0];
    wait_until("the last policy", || {
        !create(server, last, "request", true).is_ok()
    });
    let mut differences = Vec::new();
    for (name, spec, binding) in SCENARIOS {
        let policies = load(&scenario(name, spec, binding)).unwrap();
        let subjects = subjects(name);
        let around = format!(
            "{parameters}---
apiVersion: v1
kind: Namespace
metadata: {{name: {name}, labels: {{{LABEL}: {name}}}}}
---
apiVersion: v1
kind: Namespace
metadata: {{name: parameters}}
"
        );
        let environment = Environment::of(&objects(&around), &policies);
        for object in &subjects {
            differences.extend(
                compare(server, object, &policies, &environment)
                    .map(|difference| format!("{name}: {difference}")),
            );
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// More kinds than the pack's cases have, each with little said.
const SPARSE: &str = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store}
spec:
  serviceName: store
  selector: {matchLabels: {app: store}}
  template:
    metadata: {labels: {app: store}}
    spec:
      containers:
      - name: app
        image: app
        ports: [{containerPort: 80}]
        readinessProbe: {httpGet: {port: 80}}
        livenessProbe: {grpc: {port: 80}}
        startupProbe: {exec: {command: [ls]}}
        lifecycle: {preStop: {httpGet: {port: 80}}}
        env:
        - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
      volumes:
      - {name: nothing}
      - {name: secret, secret: {secretName: a}}
      - {name: settings, configMap: {name: a}}
      - {name: host, hostPath: {path: /tmp}}
      - {name: all, projected: {sources: [{serviceAccountToken: {path: token}}, {downwardAPI: {items: [{path: a, fieldRef: {fieldPath: metadata.name}}]}}]}}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: recreated}
spec:
  strategy: {type: Recreate}
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec: {containers: [{name: a, image: 'a:latest'}, {name: b, image: 'r:5000/b'}, {name: c, image: 'c@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: rolling}
spec:
  strategy: {rollingUpdate: {maxSurge: 1}}
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec: {containers: [{name: a, image: 'a:1'}]}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: set}
spec:
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec: {containers: [{name: a, image: 'a:1'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: limited}
spec:
  containers:
  - {name: a, image: 'a:1', resources: {limits: {cpu: '1', memory: 1Gi}, requests: {cpu: 100m}}}
  initContainers:
  - {name: b, image: 'a:1', resources: {limits: {memory: 1Gi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: nothing, annotations: null, labels: {}}
spec:
  replicas: null
  paused: false
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}, annotations: {}}
    spec:
      hostNetwork: false
      nodeSelector: {}
      securityContext: null
      tolerations: []
      initContainers: []
      volumes: []
      containers:
      - {name: a, image: 'a:1', args: [], env: null, tty: false, resources: {limits: null}, securityContext: {privileged: false, capabilities: null}}
---
apiVersion: v1
kind: Service
metadata: {name: balanced}
spec: {type: LoadBalancer, ports: [{name: a, port: 80}, {name: b, port: 81, targetPort: web}]}
---
apiVersion: v1
kind: Service
metadata: {name: named}
spec: {type: ExternalName, externalName: example.com}
---
apiVersion: v1
kind: Secret
metadata: {name: secret}
data: {a: YQ==}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: claim}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out}
spec: {podSelector: {}, egress: [{ports: [{port: 53}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: none}
spec: {podSelector: {}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: '0 3 * * *'
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: 'a:1'}]}}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once, labels: {app: a}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: 'a:1'}]}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: scaler}
spec:
  maxReplicas: 3
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]
";

/// What the server adds by other ways than defaults: names, allocations, admission plugins.
const ADDED: &[&str] = &[
    "/metadata",
    "/status",
    "/spec/clusterIP",
    "/spec/ipFamil",
    "/spec/ports/0/nodePort",
    "/spec/ports/1/nodePort",
    "/spec/priority",
    "/spec/preemptionPolicy",
    "/spec/tolerations",
    "/spec/selector",
    "/spec/template/metadata",
    "/spec/volumeClaimTemplates/0/status",
    "/spec/volumeClaimTemplates/0/apiVersion",
    "/spec/volumeClaimTemplates/0/kind",
    "/spec/jobTemplate/metadata",
    "/spec/jobTemplate/spec/template/metadata",
];

/// Returns each scalar and each empty list or mapping by its path.
fn leaves(
    value: &serde_json::Value,
    path: &str,
    found: &mut std::collections::BTreeMap<String, String>,
) {
    match value {
        serde_json::Value::Object(fields) if !fields.is_empty() => {
            for (field, value) in fields {
                leaves(value, &format!("{path}/{field}"), found);
            }
        }
        serde_json::Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                leaves(item, &format!("{path}/{index}"), found);
            }
        }
        other => {
            found.insert(path.to_owned(), other.to_string());
        }
    }
}

#[test]
fn objects_get_the_defaults_that_the_api_server_gives_them() {
    let Some(server) = SERVER.as_ref() else {
        return;
    };
    namespace(server, "sparse", "");
    let mut differences = Vec::new();
    for object in objects(SPARSE) {
        let reply = create(server, &object, "sparse", true);
        assert!(reply.is_ok(), "{}: {}", object.id, reply.message());
        let mut text = String::new();
        emit(&lockgate::policy::with_defaults(&object), &mut text);
        let own: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        let (mut here, mut there) = Default::default();
        leaves(&own, "", &mut here);
        leaves(&reply.body, "", &mut there);
        let is_added = |path: &str| ADDED.iter().any(|added| path.starts_with(added));
        for (path, value) in &there {
            if !is_added(path) && here.get(path) != Some(value) {
                differences.push(format!(
                    "{}: {path} is {value} there, here {:?}",
                    object.id,
                    here.get(path)
                ));
            }
        }
        for (path, value) in &here {
            if !is_added(path) && !there.contains_key(path) {
                differences.push(format!("{}: {path} is {value} here only", object.id));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
