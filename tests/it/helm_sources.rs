//! Helm in the fleet: sources, charts within kustomizations, patches over charts, and who wrote what.

use super::cli::Sandbox;

const FLEET: &str = "apiVersion: lockgate.dev/v1alpha1
kind: Fleet
metadata: {name: shop}
spec:
  environments:
  - name: dev
    sources:
    - helm:
        chart: charts/web
        release: web
        namespace: shop
        values: [values/dev.yaml]
        valuesInline: {image: {tag: '1.28'}}
        patches:
        - target: {kind: Service}
          patch: |-
            - {op: add, path: /spec/type, value: NodePort}
    - kustomize: apps/cache
";

/// A chart with a subchart, and a kustomization that renders the same chart.
#[expect(clippy::too_many_lines, reason = "files as they stand on disk")]
fn shop() -> Sandbox {
    Sandbox::new(&[
        ("lockgate.yaml", FLEET),
        (
            "charts/web/Chart.yaml",
            "apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: '1.27'\ndependencies:\n- {name: redis, version: 1.0.0, alias: cache}\n",
        ),
        (
            "charts/web/values.yaml",
            "replicas: 1
image: {name: nginx, tag: ''}
resources:
  limits:
    cpu: 100m
cache:
  size: 1Gi
",
        ),
        (
            "charts/web/templates/_helpers.tpl",
            "{{- define \"web.image\" -}}
{{ .Values.image.name }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
",
        ),
        (
            "charts/web/templates/web.yaml",
            "apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
spec:
  replicas: {{ .Values.replicas }}
  template:
    spec:
      containers:
      - name: web
        image: {{ include \"web.image\" . | quote }}
        resources:
          {{- toYaml .Values.resources | nindent 10 }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
spec:
  ports: [{port: 80}]
",
        ),
        (
            "charts/web/charts/redis/Chart.yaml",
            "apiVersion: v2\nname: redis\nversion: 1.0.0\n",
        ),
        (
            "charts/web/charts/redis/values.yaml",
            "size: 2Gi\nname: redis\n",
        ),
        (
            "charts/web/charts/redis/templates/claim.yaml",
            "apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ .Release.Name }}-{{ .Values.name }}
spec:
  resources: {requests: {storage: {{ .Values.size }}}}
",
        ),
        ("values/dev.yaml", "replicas: 3\ncache:\n  name: store\n"),
        (
            "apps/cache/kustomization.yaml",
            "namespace: cache
helmGlobals: {chartHome: ../../charts}
helmCharts:
- name: web
  releaseName: second
  valuesFile: values.yaml
  valuesInline:
    replicas: 5
",
        ),
        ("apps/cache/values.yaml", "image: {tag: '1.26'}\n"),
    ])
}

#[test]
fn charts_render_with_values_and_patches() {
    let shop = shop();
    let out = shop.run(&["render", "--env", "dev"]);
    let text = out.passes();
    for line in [
        "replicas: 3",
        "image: nginx:1.28",
        "cpu: 100m",
        "type: NodePort",
        "name: web-store",
        "storage: 1Gi",
        "name: second-redis",
        "image: nginx:1.26",
        "replicas: 5",
        "namespace: cache",
    ] {
        assert!(text.contains(line), "no `{line}` in\n{text}");
    }
}

#[test]
fn explain_goes_through_templates_and_subcharts() {
    let shop = shop();
    let explain = |object: &str, field: &str, expected: &[&str]| {
        let out = shop.run(&["explain", "dev", object, field]);
        let text = out.passes();
        for part in expected {
            assert!(text.contains(part), "no `{part}` in\n{text}");
        }
    };
    explain(
        "Deployment/web",
        "spec.replicas",
        &[
            "values/dev.yaml:1",
            "printed by charts/web/templates/web.yaml:7",
        ],
    );
    explain(
        "Deployment/web",
        "spec.template.spec.containers[0].resources.limits.cpu",
        &[
            "charts/web/values.yaml:5",
            "charts/web/templates/web.yaml:14",
        ],
    );
    explain(
        "Deployment/web",
        "spec.template.spec.containers[0].image",
        &[
            "charts/web/values.yaml:2",
            "charts/web/templates/web.yaml:12",
        ],
    );
    explain(
        "PersistentVolumeClaim/web-store",
        "spec.resources.requests.storage",
        &[
            "charts/web/values.yaml:7",
            "charts/web/charts/redis/templates/claim.yaml:6",
        ],
    );
    explain("Service/web", "spec.type", &["lockgate.yaml:17"]);
    explain(
        "Deployment/web",
        "kind",
        &["charts/web/templates/web.yaml:2"],
    );
    explain(
        "Deployment/second",
        "spec.replicas",
        &[
            "apps/cache/kustomization.yaml:8",
            "charts/web/templates/web.yaml:7",
        ],
    );
}

#[test]
fn findings_point_at_the_values_or_the_template() {
    let shop = shop();
    shop.write("values/dev.yaml", "replicas: many\n");
    let out = shop.run(&["check"]);
    assert_eq!(out.code, 1, "{out:?}");
    assert!(out.stdout.contains("values/dev.yaml:1"), "{}", out.stdout);
}

/// As a cluster takes what is printed: of keys that stand twice the last counts, and each text ends with a line break.
#[test]
fn templates_are_read_as_they_are_printed() {
    let shop = shop();
    shop.write(
        "charts/web/templates/text.yaml",
        "apiVersion: v1
kind: ConfigMap
metadata:
  name: text
  labels: {app: a, app: b}
data:
  text: |
    line",
    );
    for verb in ["render", "check"] {
        let out = shop.run(&[verb, "--component", "web"]);
        assert!(out.code < 2, "{out:?}");
        if verb == "render" {
            assert!(
                out.stdout.contains("  text: |\n    line\n"),
                "{}",
                out.stdout
            );
            assert!(out.stdout.contains("    app: b\n"), "{}", out.stdout);
            assert!(!out.stdout.contains("app: a"), "{}", out.stdout);
        }
    }
}

#[test]
fn mistakes_name_their_line() {
    let wrong = |file: &str, text: &str, expected: &[&str]| {
        let shop = shop();
        shop.write(file, text);
        shop.run(&["render"]).fails(2, expected);
    };
    wrong(
        "charts/web/templates/web.yaml",
        "a: {{ .Values.nope.b }}\n",
        &[
            "nil pointer",
            "charts/web/templates/web.yaml:1",
            "apps/cache/kustomization.yaml:4",
        ],
    );
    wrong(
        "charts/web/templates/web.yaml",
        "kind: A\n{{ if }}\n",
        &["charts/web/templates/web.yaml:2"],
    );
    wrong("values/dev.yaml", "- a\n", &["values/dev.yaml:1"]);
    wrong(
        "charts/web/Chart.yaml",
        "apiVersion: v2\nname: web\n",
        &["charts/web/Chart.yaml"],
    );
    wrong(
        "lockgate.yaml",
        &FLEET.replace("charts/web", "charts/nope"),
        &["charts/nope"],
    );
    wrong(
        "lockgate.yaml",
        &FLEET.replace(
            "chart: charts/web",
            "chart: web\n        repo: oci://registry.example/charts",
        ),
        &["is not in `lockgate.lock`", "lockgate.yaml:9"],
    );
    wrong(
        "apps/cache/kustomization.yaml",
        "helmCharts: [{name: nope, valuesFile: values.yaml}]\n",
        &["there is no chart", "apps/cache/kustomization.yaml:1"],
    );
}
