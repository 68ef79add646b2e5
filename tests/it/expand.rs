//! Objects of Argo CD and Flux, expanded: what comes out is what the reference tools make of the same charts, folders
//! and values.

use std::fs;
use std::path::Path;

use serde::Deserialize as _;
use serde_yaml::Value;

use super::cli::{Sandbox, run_in};
use crate::tools;

const URL: &str = "https://git.example.com/org/fleet";

/// A chart that shows what it is rendered for.
const CHART: [(&str, &str); 7] = [
    (
        "charts/app/Chart.yaml",
        "apiVersion: v2\nname: app\nversion: 1.2.3\nappVersion: '7'\n",
    ),
    (
        "charts/app/values.yaml",
        "replicas: 1\nimage: {name: nginx, tag: ''}\nlist: [a, b]\nfile: ''\nport: 80\n",
    ),
    (
        "charts/app/templates/all.yaml",
        "apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
data:
  values: {{ .Values | toJson | quote }}
  kube: {{ .Capabilities.KubeVersion.Version }}
  monitors: {{ .Capabilities.APIVersions.Has \"monitoring.coreos.com/v1\" | quote }}
  install: {{ .Release.IsInstall | quote }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
spec:
  replicas: {{ .Values.replicas }}
  template:
    spec:
      containers:
      - name: app
        image: {{ .Values.image.name }}:{{ .Values.image.tag | default .Chart.AppVersion }}
",
    ),
    (
        "charts/app/templates/hook.yaml",
        "apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-migrate
  namespace: {{ .Release.Namespace }}
  annotations: {helm.sh/hook: pre-install}
",
    ),
    (
        "charts/app/templates/test.yaml",
        "apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-test
  namespace: {{ .Release.Namespace }}
  annotations: {helm.sh/hook: test}
",
    ),
    (
        "charts/app/crds/things.yaml",
        "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec: {group: example.com, names: {kind: Thing, plural: things}, scope: Namespaced, versions: []}
",
    ),
    (
        "charts/app/values.schema.json",
        r#"{"properties": {"replicas": {"type": "integer"}}}"#,
    ),
];

/// A fleet of one environment, of the manifests in `cluster`, with the chart.
pub(crate) fn fleet(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new(&CHART);
    sandbox.write(
        "lockgate.yaml",
        &format!(
            "apiVersion: lockgate.dev/v1alpha1
kind: Fleet
metadata: {{name: fleet}}
spec:
  kubernetes: \"1.35\"
  expand: {{repositories: [{{url: {URL}}}]}}
  environments:
  - {{name: dev, sources: [{{manifests: cluster}}]}}
"
        ),
    );
    for (path, content) in files {
        sandbox.write(path, content);
    }
    sandbox
}

/// A `GitRepository` that is this one.
pub(crate) const REPOSITORY: &str = "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: fleet, namespace: flux-system}
spec: {url: ssh://git@git.example.com/org/fleet.git}
";

/// Parses the documents of a stream.
pub(crate) fn documents(text: &str) -> Vec<Value> {
    serde_yaml::Deserializer::from_str(text)
        .map(|document| Value::deserialize(document).unwrap())
        .filter(|document| !document.is_null())
        .collect()
}

/// What a component is rendered to.
pub(crate) fn rendered(sandbox: &Sandbox, component: &str) -> Vec<Value> {
    let run = sandbox.run(&["render", "--expand", "--component", component]);
    documents(run.passes())
}

/// Renders the chart with the reference.
fn helm(sandbox: &Sandbox, arguments: &[&str]) -> Vec<Value> {
    let mut helm = tools::helm();
    let output = helm
        .args(["template", "--kube-version", "1.35.0"])
        .args(arguments)
        .current_dir(sandbox.path("."))
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}", text(&output.stderr));
    documents(&text(&output.stdout))
}

#[test]
#[expect(clippy::too_many_lines, reason = "a case beside the other")]
fn a_helm_release_is_what_helm_renders() {
    let check = |name: &str, spec: &str, objects: &[&str], arguments: &[&str]| {
        let release = format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: {name}, namespace: shop}}
spec:
  chart: {{spec: {{chart: ./charts/app, sourceRef: {{kind: GitRepository, name: fleet, namespace: flux-system}}}}}}
{spec}"
        );
        let all: Vec<&str> = [release.as_str(), REPOSITORY]
            .into_iter()
            .chain(objects.iter().copied())
            .collect();
        let sandbox = fleet(&[("cluster/all.yaml", &all.join("\n---\n"))]);
        for (path, content) in [
            ("own.yaml", "replicas: 4\n"),
            (
                "flux-values.yaml",
                "replicas: 7\nimage: {name: flux, tag: x}\n",
            ),
        ] {
            sandbox.write(path, content);
        }
        for (name, content) in [
            ("a.yaml", "replicas: 2\nimage: {tag: a}\nlist: [c]\n"),
            ("b.yaml", "image: {tag: b}\nlist: null\n"),
        ] {
            sandbox.write(name, content);
        }
        let ours = rendered(&sandbox, &format!("cluster/{name}"));
        assert_eq!(ours, helm(&sandbox, arguments), "{spec}");
    };
    let maps = "apiVersion: v1
kind: ConfigMap
metadata: {name: values, namespace: shop}
data:
  values.yaml: |
    replicas: 2
    image: {tag: a}
    list: [c]
  port: '8080'
  text: \"'8080'\"
  odd: 'a,b={c}'
---
apiVersion: v1
kind: Secret
metadata: {name: values, namespace: shop}
data: {values.yaml: aW1hZ2U6IHt0YWc6IGJ9Cmxpc3Q6IG51bGwK}
stringData: {plain: secret}
";
    check(
        "app",
        "  values: {}\n",
        &[],
        &[
            "app",
            "charts/app",
            "-n",
            "shop",
            "--include-crds",
            "--skip-tests",
        ],
    );
    check(
        "app",
        "  targetNamespace: other\n  test: {enable: true}\n  install: {crds: Skip}\n  values: {replicas: 3, image: {tag: x}}\n",
        &[],
        &[
            "other-app",
            "charts/app",
            "-n",
            "other",
            "--set",
            "replicas=3",
            "--set-string",
            "image.tag=x",
        ],
    );
    check(
        "app",
        "  releaseName: mine\n  install: {disableHooks: true, disableSchemaValidation: true}\n  values: {replicas: many}\n",
        &[],
        &[
            "mine",
            "charts/app",
            "-n",
            "shop",
            "--include-crds",
            "--no-hooks",
            "--set",
            "replicas=many",
            "--skip-schema-validation",
        ],
    );
    check(
        "app",
        "  valuesFrom:
  - {kind: ConfigMap, name: values}
  - {kind: Secret, name: values}
  - {kind: ConfigMap, name: nope, optional: true}
  - {kind: ConfigMap, name: values, valuesKey: nope, optional: true}
  values: {replicas: 5}
",
        &[maps],
        &[
            "app",
            "charts/app",
            "-n",
            "shop",
            "--include-crds",
            "--skip-tests",
            "-f",
            "a.yaml",
            "-f",
            "b.yaml",
            "--set",
            "replicas=5",
        ],
    );
    check(
        "app",
        "  valuesFrom:
  - {kind: ConfigMap, name: values, valuesKey: port, targetPath: port}
  - {kind: ConfigMap, name: values, valuesKey: text, targetPath: image.tag}
  - {kind: Secret, name: values, valuesKey: plain, targetPath: 'list[1]'}
  - {kind: ConfigMap, name: values, valuesKey: odd, targetPath: file, literal: true}
",
        &[maps],
        &[
            "app",
            "charts/app",
            "-n",
            "shop",
            "--include-crds",
            "--skip-tests",
            "--set",
            "port=8080",
            "--set-string",
            "image.tag=8080",
            "--set",
            "list[1]=secret",
            "--set-literal",
            "file=a,b={c}",
        ],
    );
}

#[test]
fn values_files_take_the_place_of_the_charts_own() {
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: app, namespace: shop}
spec:
  chart:
    spec:
      chart: charts/app
      valuesFiles: [flux-values.yaml, charts/app/values.yaml]
      sourceRef: {kind: GitRepository, name: fleet, namespace: flux-system}
";
    let sandbox = fleet(&[
        ("cluster/all.yaml", &[release, REPOSITORY].join("---\n")),
        ("flux-values.yaml", "replicas: 7\nextra: {a: 1}\n"),
    ]);
    let ours = rendered(&sandbox, "cluster/app");
    let arguments = [
        "app",
        "charts/app",
        "-n",
        "shop",
        "--include-crds",
        "--skip-tests",
        "--set-json",
        "extra={\"a\": 1}",
    ];
    assert_eq!(ours, helm(&sandbox, &arguments));
}

#[test]
#[expect(clippy::too_many_lines, reason = "a case beside the other")]
fn an_application_of_a_chart_is_what_helm_renders() {
    let check = |spec: &str, arguments: &[&str]| {
        let application = format!(
            "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: app, namespace: argocd}}
spec:
  destination: {{namespace: shop}}
{spec}"
        );
        let sandbox = fleet(&[
            ("cluster/all.yaml", &application),
            ("values/a.yaml", "replicas: 2\nimage: {tag: a}\nlist: [c]\n"),
            ("values/b.yaml", "image: {tag: b}\n"),
            ("values/app.yaml", "image: {name: app}\n"),
            ("values/text.txt", "a: b\n"),
            ("inline.yaml", "replicas: 4\nlist:\n- d\n"),
        ]);
        let ours = rendered(&sandbox, "cluster/app");
        assert_eq!(ours, helm(&sandbox, arguments), "{spec}");
    };
    let source = |helm: &str| {
        format!(
            "  source:\n    repoURL: git@git.example.com:org/fleet\n    path: charts/app\n{helm}"
        )
    };
    check(
        &source(""),
        &["app", "charts/app", "-n", "shop", "--include-crds"],
    );
    check(
        &source(
            "    helm:
      releaseName: mine
      namespace: other
      skipCrds: true
      skipTests: true
      kubeVersion: v1.30.2
      apiVersions: [monitoring.coreos.com/v1]
",
        ),
        &[
            "mine",
            "charts/app",
            "-n",
            "other",
            "--skip-tests",
            "--kube-version",
            "1.30.2",
            "--api-versions",
            "monitoring.coreos.com/v1",
        ],
    );
    check(
        &source(
            "    helm:
      ignoreMissingValueFiles: true
      valueFiles: [../../values/a.yaml, /values/b.yaml, ../../values/none.yaml, ../../values/$ARGOCD_APP_NAME.yaml]
      values: |
        replicas: 4
        list:
        - d
      parameters:
      - {name: port, value: '8080'}
      - {name: image.tag, value: '1.10', forceString: true}
      - {name: file, value: 'a,b'}
      - {name: 'list[1]', value: '{x,y}'}
      - {name: app, value: '$ARGOCD_APP_NAME-${ARGOCD_APP_NAMESPACE}'}
",
        ),
        &[
            "app", "charts/app", "-n", "shop", "--include-crds", "-f", "values/a.yaml", "-f", "values/b.yaml",
            "-f", "values/app.yaml", "-f", "inline.yaml", "--set", "port=8080", "--set", "file=a\\,b", "--set",
            "list[1]={x,y}", "--set", "app=app-shop", "--set-string", "image.tag=1.10",
        ],
    );
    check(
        &source(
            "    helm:
      valuesObject: {replicas: 4, list: [d]}
      values: 'replicas: 9'
      fileParameters: [{name: file, path: ../../values/text.txt}]
      skipSchemaValidation: true
",
        ),
        &[
            "app",
            "charts/app",
            "-n",
            "shop",
            "--include-crds",
            "-f",
            "inline.yaml",
            "--set-file",
            "file=values/text.txt",
        ],
    );
    check(
        "  sources:
  - {repoURL: https://git.example.com/org/fleet, ref: here}
  - repoURL: https://git.example.com/org/fleet.git
    path: charts/app
    helm: {valueFiles: [$here/values/a.yaml], fileParameters: [{name: file, path: $here/values/text.txt}]}
",
        &["app", "charts/app", "-n", "shop", "--include-crds", "-f", "values/a.yaml", "--set-file", "file=values/text.txt"],
    );
}

/// Builds a folder with the reference.
fn kustomize(sandbox: &Sandbox, folder: &str) -> Vec<Value> {
    let output = tools::kustomize()
        .args(["build", "--load-restrictor=LoadRestrictionsNone", folder])
        .current_dir(sandbox.path("."))
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}", text(&output.stderr));
    documents(&text(&output.stdout))
}

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx:1.0}, {name: side, image: busybox}]}
";

#[test]
fn a_folder_of_flux_is_what_kustomize_builds() {
    let check = |spec: &str, own: &str, wanted: &str| {
        let object = format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: apps, namespace: flux-system}}
spec:
  path: ./apps/web
  sourceRef: {{kind: GitRepository, name: fleet}}
{spec}"
        );
        let sandbox = fleet(&[
            (
                "cluster/all.yaml",
                &[object.as_str(), REPOSITORY].join("---\n"),
            ),
            ("apps/web/deployment.yaml", DEPLOYMENT),
            (
                "apps/shared.yaml",
                "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n",
            ),
            (
                "components/team/kustomization.yaml",
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonAnnotations: {team: shop}\n",
            ),
            ("wanted/kustomization.yaml", wanted),
        ]);
        if !own.is_empty() {
            sandbox.write("apps/web/kustomization.yaml", own);
        }
        let ours = rendered(&sandbox, "cluster/apps");
        assert_eq!(ours, kustomize(&sandbox, "wanted"), "{spec}");
    };
    let resources = "resources: [../apps/web/deployment.yaml, ../apps/shared.yaml]\n";
    let own = "resources: [deployment.yaml, ../shared.yaml]\n";
    check("", "", "resources: [../apps/web/deployment.yaml]\n");
    check("", own, resources);
    check(
        "  targetNamespace: shop\n  namePrefix: a-\n  nameSuffix: -b\n",
        &format!("{own}namespace: other\nnamePrefix: c-\n"),
        &format!("{resources}namespace: shop\nnamePrefix: a-\nnameSuffix: -b\n"),
    );
    let patch = "- patch: |
      - {op: replace, path: /spec/replicas, value: 3}
    target: {kind: Deployment}
";
    check(
        &format!(
            "  patches:\n  {patch}  components: [../../components/team, ../../components/none]\n  ignoreMissingComponents: true\n"
        ),
        &format!("{own}patches: [{{patch: '{{kind: Deployment, apiVersion: apps/v1, metadata: {{name: web}}, spec: {{paused: true}}}}'}}]\n"),
        &format!(
            "{resources}patches:
- patch: '{{kind: Deployment, apiVersion: apps/v1, metadata: {{name: web}}, spec: {{paused: true}}}}'
- patch: '- {{op: replace, path: /spec/replicas, value: 3}}'
  target: {{kind: Deployment}}
components: [../components/team]
"
        ),
    );
    check(
        "  images:\n  - {name: nginx, newTag: '2.0'}\n  - {name: busybox, newName: box, digest: 'sha256:1'}\n",
        &format!("{own}images: [{{name: nginx, newName: web, digest: 'sha256:0'}}]\n"),
        &format!(
            "{resources}images: [{{name: nginx, newName: web, newTag: '2.0'}}, {{name: busybox, newName: box, digest: 'sha256:1'}}]\n"
        ),
    );
}

#[test]
fn a_kustomization_of_an_application_is_what_kustomize_builds() {
    let check = |fields: &str, wanted: &str| {
        let application = format!(
            "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: apps, namespace: argocd}}
spec:
  destination: {{}}
  source:
    repoURL: {URL}
    path: apps/web
    kustomize:
{fields}"
        );
        let sandbox = fleet(&[
            ("cluster/all.yaml", &application),
            ("apps/web/deployment.yaml", DEPLOYMENT),
            (
                "apps/web/kustomization.yaml",
                "resources: [deployment.yaml]\nimages: [{name: nginx, newName: web}]\ncommonLabels: {a: b}\n",
            ),
            (
                "components/team/kustomization.yaml",
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonAnnotations: {team: shop}\n",
            ),
            (
                "wanted/kustomization.yaml",
                &format!("resources: [../apps/web/deployment.yaml]\n{wanted}"),
            ),
        ]);
        let ours = rendered(&sandbox, "cluster/apps");
        assert_eq!(ours, kustomize(&sandbox, "wanted"), "{fields}");
    };
    check(
        "      namePrefix: a-\n      nameSuffix: -b\n      namespace: shop\n      replicas: [{name: web, count: 4}]\n",
        "images: [{name: nginx, newName: web}]\ncommonLabels: {a: b}\nnamePrefix: a-\nnameSuffix: -b\nnamespace: shop\nreplicas: [{name: web, count: 4}]\n",
    );
    check(
        "      images: ['nginx:1.1', 'busybox=registry:5000/box:2@sha256:1']\n      commonLabels: {c: $ARGOCD_APP_NAME}\n      commonAnnotations: {d: e}\n",
        "images: [{name: nginx, newTag: '1.1'}, {name: busybox, newName: 'registry:5000/box', newTag: '2', digest: 'sha256:1'}]
commonLabels: {a: b, c: apps}
commonAnnotations: {d: e}
",
    );
    check(
        "      commonLabels: {a: z}
      forceCommonLabels: true
      components: [../../components/team]
      patches:
      - patch: '- {op: replace, path: /spec/replicas, value: 3}'
        target: {kind: Deployment}
",
        "images: [{name: nginx, newName: web}]
commonLabels: {a: z}
components: [../components/team]
patches:
- patch: '- {op: replace, path: /spec/replicas, value: 3}'
  target: {kind: Deployment}
",
    );
    check(
        "      commonLabels: {c: d}\n      labelWithoutSelector: true\n      labelIncludeTemplates: true\n",
        "images: [{name: nginx, newName: web}]\ncommonLabels: {a: b}\nlabels: [{pairs: {c: d}, includeTemplates: true}]\n",
    );
}

/// `UPDATE=1 cargo test --test it expand` writes the golden file anew, to be read before it is committed.
#[test]
fn the_example_expands_to_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = run_in(
        &root.join("overlays-examples/expand"),
        &["render", "--expand"],
    );
    let golden = root.join("tests/golden/expand/example.yaml");
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::create_dir_all(golden.parent().unwrap()).unwrap();
        fs::write(&golden, run.passes()).unwrap();
    }
    assert_eq!(run.passes(), fs::read_to_string(&golden).unwrap());
}
