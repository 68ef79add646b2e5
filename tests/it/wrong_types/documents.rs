//! Good documents, each with a value in every field that it may have.

/// A document that is made wrong.
pub(super) struct Document {
    pub(super) name: &'static str,
    /// The file that it is.
    pub(super) file: &'static str,
    pub(super) text: &'static str,
    /// The files that lead to it.
    pub(super) files: &'static [(&'static str, &'static str)],
    /// Whether what it asks for is refused even where it is well said.
    pub(super) is_refused: bool,
}

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
  annotations: {note: a-b}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1
        args: [$(VALUE)]
";

/// What all cases have.
pub(super) const FILES: &[(&str, &str)] = &[
    ("deployment.yaml", DEPLOYMENT),
    (
        "map.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: x-y}\n",
    ),
    ("base/kustomization.yaml", "resources: [secret.yaml]\n"),
    (
        "base/secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: base}\n",
    ),
    (
        "patch.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {paused: true}\n",
    ),
    (
        "operations.yaml",
        "- {op: add, path: /metadata/labels/added, value: \"yes\"}\n",
    ),
    ("file.txt", "content\n"),
    ("some.env", "SOME=1\n"),
    ("other.env", "OTHER=1\n"),
    ("text", "TEXT=1\n"),
];

pub(super) const DOCUMENTS: &[Document] = &[
    Document {
        name: "kustomization",
        file: "kustomization.yaml",
        text: "apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
metadata: {name: n, namespace: m, labels: {a: b}, annotations: {a: b}}
namePrefix: x-
nameSuffix: -y
namespace: shop
commonLabels: {team: a}
labels:
- pairs: {tier: b}
  includeSelectors: true
  includeTemplates: false
  fields: [{group: apps, version: v1, kind: Deployment, path: spec/template/metadata/labels, create: true}]
commonAnnotations: {owner: c}
buildMetadata: [originAnnotations]
sortOptions:
  order: legacy
  legacySortOptions: {orderFirst: [Deployment], orderLast: [ConfigMap]}
resources: [deployment.yaml, map.yaml]
bases: [base]
",
        files: &[],
        is_refused: false,
    },
    Document {
        name: "patches",
        file: "kustomization.yaml",
        text: "resources: [deployment.yaml]
patchesStrategicMerge: [patch.yaml]
patchesJson6902:
- path: operations.yaml
  target: {group: apps, version: v1, kind: Deployment, name: web}
patches:
- path: patch.yaml
- patch: '[{\"op\": \"remove\", \"path\": \"/metadata/labels/app\"}]'
  target:
    group: apps
    version: v1
    kind: Deployment
    name: web
    namespace: default
    labelSelector: app=web
    annotationSelector: note=a-b
  options: {allowNameChange: true, allowKindChange: false}
",
        files: &[],
        is_refused: false,
    },
    Document {
        name: "generators",
        file: "kustomization.yaml",
        text: "configMapGenerator:
- name: made
  namespace: shop
  behavior: create
  literals: [a=b]
  files: [file.txt]
  envs: [some.env]
  env: other.env
  options:
    labels: {a: b}
    annotations: {a: b}
    disableNameSuffixHash: true
    immutable: true
secretGenerator:
- name: secret
  type: Opaque
  literals: [a=b]
generatorOptions:
  labels: {c: d}
  annotations: {c: d}
  disableNameSuffixHash: false
  immutable: false
",
        files: &[],
        is_refused: false,
    },
    Document {
        name: "values",
        file: "kustomization.yaml",
        text: "resources: [deployment.yaml, map.yaml]
images:
- {name: nginx, newName: httpd, newTag: \"2\"}
- {name: httpd, digest: \"sha256:0\"}
- {name: httpd, tagSuffix: -s}
imageTags:
- {name: httpd, newTag: \"3\"}
replicas:
- {name: web, count: 2}
vars:
- name: VALUE
  objref: {apiVersion: apps/v1, kind: Deployment, name: web}
  fieldref: {fieldPath: metadata.name}
replacements:
- source:
    group: apps
    version: v1
    kind: Deployment
    name: web
    fieldPath: metadata.annotations.note
    options: {delimiter: \"-\", index: 1}
  targets:
  - select: {kind: ConfigMap, name: settings, version: v1}
    reject: [{name: other, kind: Secret}]
    fieldPaths: [data.a, data.new]
    options: {delimiter: \"-\", index: 0, create: true}
- sourceValue: fixed
  targets:
  - select: {kind: ConfigMap}
    fieldPaths: [data.a]
",
        files: &[],
        is_refused: false,
    },
    Document {
        name: "component",
        file: "component/kustomization.yaml",
        text: "apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources: [secret.yaml]
patches: [{path: patch.yaml}]
namePrefix: c-
components: []
",
        files: &[
            (
                "kustomization.yaml",
                "resources: [deployment.yaml]\ncomponents: [component]\n",
            ),
            (
                "component/secret.yaml",
                "apiVersion: v1\nkind: Secret\nmetadata: {name: c}\n",
            ),
            (
                "component/patch.yaml",
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {paused: true}\n",
            ),
        ],
        is_refused: false,
    },
    Document {
        name: "lists of files",
        file: "kustomization.yaml",
        text: "resources: [deployment.yaml]
components: [component]
crds: [crds.json]
configurations: [configuration.yaml]
generators: [generator.yaml]
transformers: [transformer.yaml]
validators: [validator.yaml]
openapi: {path: openapi.json}
",
        files: &[
            (
                "component/kustomization.yaml",
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -c\n",
            ),
            ("crds.json", "{}"),
            ("configuration.yaml", "namePrefix: []\n"),
            (
                "generator.yaml",
                "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: g}\nname: g\n",
            ),
            (
                "transformer.yaml",
                "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: t}\nprefix: t-\nfieldSpecs: []\n",
            ),
            (
                "validator.yaml",
                "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: v}\nprefix: t-\nfieldSpecs: []\n",
            ),
            ("openapi.json", "{\"definitions\": {}}"),
        ],
        is_refused: false,
    },
    Document {
        name: "charts",
        file: "kustomization.yaml",
        text: "helmGlobals: {chartHome: charts, configHome: config}
helmCharts:
- name: web
  version: \"1\"
  repo: https://charts.example.com
  releaseName: web
  namespace: shop
  additionalValuesFiles: [values.yaml]
  valuesFile: values.yaml
  valuesInline: {a: b}
  valuesMerge: override
  includeCRDs: true
  skipHooks: true
  apiVersions: [v1]
  kubeVersion: \"1.36\"
  nameTemplate: a
  skipTests: true
  debug: true
helmChartInflationGenerator:
- chartName: web
  chartVersion: \"1\"
  chartRepoUrl: https://charts.example.com
  chartHome: charts
  chartRepoName: shop
  helmBin: helm
  helmHome: home
  values: values.yaml
  valuesLocal: {a: b}
  valuesMerge: override
  releaseName: web
  releaseNamespace: shop
  extraArgs: [a]
",
        files: &[],
        is_refused: true,
    },
    Document {
        name: "configuration",
        file: "configuration.yaml",
        text: "namePrefix: [{path: metadata/name, kind: Deployment}]
nameSuffix: [{path: metadata/name}]
namespace: [{path: metadata/namespace, create: true}]
labels: [{path: metadata/labels, create: true}]
commonLabels: [{path: metadata/labels, group: apps, version: v1, kind: Deployment, create: true}]
templateLabels: [{path: spec/labels}]
commonAnnotations: [{path: metadata/annotations, create: true}]
nameReference:
- kind: ConfigMap
  version: v1
  fieldSpecs: [{path: spec/config, kind: Deployment}]
varReference: [{path: spec/value}]
images: [{path: spec/image}]
replicas: [{path: spec/count}]
",
        files: &[(
            "kustomization.yaml",
            "resources: [deployment.yaml, map.yaml]\nconfigurations: [configuration.yaml]\nnamePrefix: a-\n\
             commonLabels: {a: b}\n",
        )],
        is_refused: false,
    },
    Document {
        name: "file of replacements",
        file: "replacement.yaml",
        text: "- source: {kind: Deployment, fieldPath: metadata.name}
  targets:
  - select: {kind: ConfigMap}
    fieldPaths: [data.a]
",
        files: &[(
            "kustomization.yaml",
            "resources: [deployment.yaml, map.yaml]\nreplacements: [{path: replacement.yaml}]\n",
        )],
        is_refused: false,
    },
    plugin(
        "AnnotationsTransformer",
        "apiVersion: builtin
kind: AnnotationsTransformer
metadata: {name: p}
annotations: {a: b}
fieldSpecs: [{path: metadata/annotations, create: true}]
",
    ),
    plugin(
        "LabelTransformer",
        "apiVersion: builtin
kind: LabelTransformer
metadata: {name: p}
labels: {a: b}
fieldSpecs: [{path: metadata/labels, create: true, kind: Deployment, group: apps, version: v1}]
",
    ),
    plugin(
        "ImageTagTransformer",
        "apiVersion: builtin
kind: ImageTagTransformer
metadata: {name: p}
imageTag: {name: nginx, newTag: \"2\", newName: httpd}
fieldSpecs: [{path: spec/image}]
",
    ),
    plugin(
        "NamespaceTransformer",
        "apiVersion: builtin
kind: NamespaceTransformer
metadata: {name: p, namespace: shop}
unsetOnly: true
setRoleBindingSubjects: none
fieldSpecs: [{path: metadata/namespace, create: true}]
",
    ),
    plugin(
        "PatchTransformer",
        "apiVersion: builtin
kind: PatchTransformer
metadata: {name: p}
patch: '[{\"op\": \"add\", \"path\": \"/metadata/labels/b\", \"value\": \"c\"}]'
target: {kind: Deployment, name: web}
options: {allowNameChange: true}
",
    ),
    plugin(
        "PatchJson6902Transformer",
        "apiVersion: builtin
kind: PatchJson6902Transformer
metadata: {name: p}
jsonOp: '[{\"op\": \"add\", \"path\": \"/metadata/labels/b\", \"value\": \"c\"}]'
target: {group: apps, version: v1, kind: Deployment, name: web}
",
    ),
    plugin(
        "PatchStrategicMergeTransformer",
        "apiVersion: builtin
kind: PatchStrategicMergeTransformer
metadata: {name: p}
paths: [patch.yaml]
patches: \"{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {paused: false}}\"
",
    ),
    plugin(
        "PrefixTransformer",
        "apiVersion: builtin
kind: PrefixTransformer
metadata: {name: p}
prefix: p-
fieldSpecs: [{path: metadata/name}]
",
    ),
    plugin(
        "SuffixTransformer",
        "apiVersion: builtin
kind: SuffixTransformer
metadata: {name: p}
suffix: -s
fieldSpecs: [{path: metadata/name}]
",
    ),
    plugin(
        "ReplacementTransformer",
        "apiVersion: builtin
kind: ReplacementTransformer
metadata: {name: p}
replacements:
- source: {kind: Deployment, fieldPath: metadata.name}
  targets:
  - select: {kind: ConfigMap}
    fieldPaths: [data.a]
",
    ),
    plugin(
        "ReplicaCountTransformer",
        "apiVersion: builtin
kind: ReplicaCountTransformer
metadata: {name: p}
replica: {name: web, count: 3}
fieldSpecs: [{path: spec/replicas, create: true, kind: Deployment}]
",
    ),
    plugin(
        "ValueAddTransformer",
        "apiVersion: builtin
kind: ValueAddTransformer
metadata: {name: p}
value: added
targets:
- selector: {kind: Deployment}
  fieldPath: metadata/annotations/note
  filePathPosition: 1
",
    ),
    generator(
        "ConfigMapGenerator",
        "apiVersion: builtin
kind: ConfigMapGenerator
metadata: {name: g, namespace: shop}
name: made
namespace: m
behavior: create
literals: [a=b]
files: [file.txt]
envs: [some.env]
env: other.env
options: {labels: {a: b}, annotations: {a: b}, disableNameSuffixHash: true, immutable: true}
",
    ),
    generator(
        "SecretGenerator",
        "apiVersion: builtin
kind: SecretGenerator
metadata: {name: g}
name: made
type: Opaque
literals: [a=b]
",
    ),
    generator(
        "IAMPolicyGenerator",
        "apiVersion: builtin
kind: IAMPolicyGenerator
metadata: {name: g}
cloud: gke
kubernetesService: {name: k, namespace: m}
serviceAccount: {name: s, projectId: p}
",
    ),
    Document {
        is_refused: true,
        ..generator(
        "HelmChartInflationGenerator",
        "apiVersion: builtin
kind: HelmChartInflationGenerator
metadata: {name: g}
name: web
version: \"1\"
repo: https://charts.example.com
valuesInline: {a: b}
includeCRDs: true
",
    )
    },
];

const fn plugin(name: &'static str, text: &'static str) -> Document {
    Document {
        name,
        file: "plugin.yaml",
        text,
        files: &[(
            "kustomization.yaml",
            "resources: [deployment.yaml, map.yaml]\ntransformers: [plugin.yaml]\n",
        )],
        is_refused: false,
    }
}

const fn generator(name: &'static str, text: &'static str) -> Document {
    Document {
        name,
        file: "plugin.yaml",
        text,
        files: &[("kustomization.yaml", "generators: [plugin.yaml]\n")],
        is_refused: false,
    }
}
