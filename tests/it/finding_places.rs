//! A finding stands at the line that wrote the field, whichever of three levels that is and by whatever means.
//!
//! A case lays files over a healthy tree of base, service and environment; the comments `# finding: RULE` in
//! it are all that may be found, each at its line.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

const HEALTHY: &[(&str, &str)] = &[
    (
        "lockgate.yaml",
        "apiVersion: lockgate.dev/v1alpha1
kind: Fleet
metadata: {name: places}
spec:
  environments:
  - name: prod
    sources: [{kustomize: env}]
",
    ),
    (
        "base/kustomization.yaml",
        "resources: [deployment.yaml, service.yaml]
",
    ),
    (
        "base/deployment.yaml",
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: registry.example.com/web:1
        ports:
        - name: http
          containerPort: 8080
        resources:
          limits: {memory: 64Mi}
",
    ),
    (
        "base/service.yaml",
        "apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
  - name: http
    port: 80
    targetPort: http
",
    ),
    (
        "service/kustomization.yaml",
        "resources: [../base]
",
    ),
    (
        "env/kustomization.yaml",
        "resources: [../service]
",
    ),
];

/// Lays files over the healthy tree, checks it, and compares what is found with what the files say.
#[track_caller]
fn check(files: &[(&str, &str)]) {
    let mut tree: BTreeMap<&str, &str> = HEALTHY.iter().copied().collect();
    tree.extend(files.iter().copied());
    let folder = tempfile::tempdir().unwrap();
    let mut wanted = BTreeSet::new();
    for (name, content) in &tree {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        for (index, line) in content.lines().enumerate() {
            if let Some((_, rule)) = line.split_once("# finding: ") {
                wanted.insert(format!("{name}:{} {rule}", index + 1));
            }
        }
    }
    let output = Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .args(["check", ".", "-o", "json", "--exit-zero"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found: BTreeSet<String> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| !finding["rule"].as_str().unwrap().starts_with("policy/"))
        .map(|finding| {
            let origin = &finding["origin"];
            format!(
                "{}:{} {}",
                origin["file"].as_str().unwrap(),
                origin["line"],
                finding["rule"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        found,
        wanted,
        "found and wanted differ: {}",
        messages(&document)
    );
}

fn messages(document: &Value) -> String {
    let findings = document["findings"].as_array().unwrap().iter();
    let lines = findings.map(|finding| {
        let text = |key: &str| finding[key].as_str().unwrap_or_default();
        format!(
            "\n  {} {}: {}",
            text("rule"),
            text("field"),
            text("message")
        )
    });
    lines.collect()
}

#[test]
fn nothing_is_found_in_the_healthy_tree() {
    check(&[]);
}

#[test]
fn an_unknown_field_of_the_base_is_found_at_its_key() {
    check(&[(
        "base/service.yaml",
        "apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  portz: # finding: schema/unknown-field
    - a
    - b
  ports:
  - name: http
    port: 80
",
    )]);
}

#[test]
fn a_missing_field_is_found_at_the_mapping_that_lacks_it() {
    check(&[(
        "base/deployment.yaml",
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web # finding: schema/required
",
    )]);
}

#[test]
fn a_patch_file_of_the_service_is_found_through_the_environment() {
    check(&[
        (
            "service/kustomization.yaml",
            "resources: [../base]
patches:
- path: patch.yaml
",
        ),
        (
            "service/patch.yaml",
            "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: two # finding: schema/type
  template:
    spec:
      containers:
      - name: web
        imagePullPolicy: Sometimes # finding: schema/enum
        resources:
          limits:
            memory: 64MB # finding: schema/quantity
        ports:
        - containerPort: 80800 # finding: schema/range
",
        ),
    ]);
}

#[test]
fn an_inline_patch_of_the_environment_is_found_in_its_kustomization() {
    check(&[(
        "env/kustomization.yaml",
        "resources: [../service]
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      strategy:
        type: Rolling # finding: schema/enum
      template:
        spec:
          dnsPolicy: Default
          terminationGrace: 5 # finding: schema/unknown-field
",
    )]);
}

#[test]
fn operations_of_a_json_patch_are_found_at_their_value() {
    check(&[
        (
            "service/kustomization.yaml",
            "resources: [../base]
patches:
- target: {kind: Deployment}
  patch: |-
    - op: replace
      path: /spec/replicas
      value: \"3\" # finding: schema/type
    - op: add
      path: /spec/template/spec/containers/0/env
      value:
      - name: A=B # finding: schema/name
        value: c
",
        ),
        (
            "env/kustomization.yaml",
            "resources: [../service]
patchesJson6902:
- target: {version: v1, kind: Service, name: web}
  path: ports.yaml
",
        ),
        (
            "env/ports.yaml",
            "- op: add
  path: /spec/type
  value: Balancer # finding: schema/enum
- op: replace
  path: /spec/ports/0/port
  value: 0 # finding: schema/range
",
        ),
    ]);
}

#[test]
fn what_a_json_patch_takes_away_is_missing_where_it_was() {
    check(&[
        (
            "base/service.yaml",
            "apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
  - name: http # finding: schema/required
    port: 80
",
        ),
        (
            "env/kustomization.yaml",
            "resources: [../service]
patches:
- target: {kind: Service}
  patch: '- {op: remove, path: /spec/ports/0/port}'
",
        ),
    ]);
}

#[test]
fn generated_objects_are_found_at_their_generator() {
    check(&[
        (
            "service/kustomization.yaml",
            "resources: [../base]
configMapGenerator:
- name: settings
  literals:
  - LEVEL=info
  - MAX RATE=5 # finding: schema/name
secretGenerator:
- name: certificate # finding: schema/required
  type: kubernetes.io/tls
  literals:
  - tls.crt=x
",
        ),
        (
            "env/kustomization.yaml",
            "resources: [../service]
configMapGenerator:
- name: Upper # finding: schema/name
  literals: [a=b]
  options: {disableNameSuffixHash: true}
",
        ),
    ]);
}

#[test]
fn fields_of_a_kustomization_are_found_where_they_are_set() {
    check(&[
        (
            "service/kustomization.yaml",
            "resources: [../base]
labels:
- pairs:
    team: the shop # finding: schema/label
commonAnnotations:
  a/b/c: d # finding: schema/annotation
replicas:
- name: web
  count: -1 # finding: schema/range
",
        ),
        (
            "env/kustomization.yaml",
            "resources: [../service]
namespace: Prod # finding: schema/name
images:
- name: registry.example.com/web
  newTag: '2 ' # finding: schema/format
",
        ),
    ]);
}

#[test]
fn a_prefix_that_spoils_names_is_found_where_it_is_set() {
    check(&[(
        "env/kustomization.yaml",
        "resources: [../service]
namePrefix: Prod_ # finding: schema/name
",
    )]);
    check(&[(
        "service/kustomization.yaml",
        "resources: [../base]
nameSuffix: -blue- # finding: schema/name
",
    )]);
}

#[test]
fn a_component_is_found_at_its_lines() {
    check(&[
        (
            "component/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
- patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      minReadySeconds: -5 # finding: schema/range
",
        ),
        (
            "env/kustomization.yaml",
            "resources: [../service]
components: [../component]
",
        ),
    ]);
}

#[test]
fn a_replacement_is_found_where_its_value_is_written() {
    check(&[
        (
            "base/service.yaml",
            "apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    container: Web_1 # finding: schema/name
spec:
  selector: {app: web}
  ports:
  - name: http
    port: 80
",
        ),
        (
            "env/kustomization.yaml",
            "resources: [../service]
replacements:
- source: {kind: Service, fieldPath: metadata.annotations.container}
  targets:
  - select: {kind: Deployment}
    fieldPaths: [spec.template.spec.containers.0.name]
",
        ),
    ]);
}

#[test]
fn what_two_levels_wrote_is_found_at_the_one_that_won() {
    check(&[
        (
            "service/kustomization.yaml",
            "resources: [../base]
patches:
- patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec: {replicas: many}
",
        ),
        (
            "env/kustomization.yaml",
            "resources: [../service]
patches:
- patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      replicas: more # finding: schema/type
",
        ),
    ]);
}

#[test]
fn a_label_that_no_longer_fits_the_selector_is_found_at_the_selector() {
    check(&[(
        "env/kustomization.yaml",
        "resources: [../service]
patches:
- patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      selector:
        matchLabels:
          tier: front # finding: schema/selector
",
    )]);
}

#[test]
fn a_mount_without_its_volume_is_found_in_the_patch_that_adds_it() {
    check(&[(
        "env/kustomization.yaml",
        "resources: [../service]
patches:
- patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      template:
        spec:
          containers:
          - name: web
            volumeMounts:
            - name: cache # finding: schema/reference
              mountPath: /cache
",
    )]);
}

#[test]
fn one_object_in_two_components_is_found_with_both_places() {
    check(&[
        (
            "lockgate.yaml",
            "apiVersion: lockgate.dev/v1alpha1
kind: Fleet
metadata: {name: places}
spec:
  environments:
  - name: prod
    sources: [{kustomize: env}, {kustomize: other}]
",
        ),
        ("other/kustomization.yaml", "resources: [service.yaml]\n"),
        (
            "other/service.yaml",
            "apiVersion: v1
kind: Service
metadata:
  name: web # finding: check/duplicate-object
spec:
  clusterIP: None
",
        ),
    ]);
}
