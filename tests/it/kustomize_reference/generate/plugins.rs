//! Built-in plugins with a configuration of their own: in a file, in the kustomization, in a folder.

use super::patches::{json_patch, strategic, target};
use super::replacements::replacement;
use super::{Folder, NAMES, Random};

/// Returns the field `transformers`.
pub(super) fn transformers(random: &mut Random, folder: &mut Folder<'_>) -> String {
    let mut configs = Vec::new();
    for _ in 0..=random.below(2) {
        configs.push(transformer(random, folder));
    }
    field(random, folder, "transformers", &configs)
}

/// Returns the field `generators`.
pub(super) fn generators(random: &mut Random, folder: &mut Folder<'_>) -> String {
    let config = generator(random, folder);
    field(random, folder, "generators", &[config])
}

/// Returns the field `validators`; most find nothing to change, which makes them content.
pub(super) fn validators(random: &mut Random, folder: &mut Folder<'_>) -> String {
    let config = if random.chance(25) {
        transformer(random, folder)
    } else {
        let kind = random.pick(&["Missing", "ConfigMap", "Widget"]);
        config(
            "LabelTransformer",
            &format!(
                "labels: {{checked: \"1\"}}\nfieldSpecs: [{{path: metadata/nothing, kind: {kind}}}]"
            ),
        )
    };
    field(random, folder, "validators", &[config])
}

/// Writes the configurations to where a kustomization may have them.
fn field(random: &mut Random, folder: &mut Folder<'_>, name: &str, configs: &[String]) -> String {
    let text = configs.join("---\n");
    match random.below(4) {
        0 => format!("{name}: [{}]\n", folder.file("plugin.yaml", text)),
        1 => {
            let name_of_file = folder.file("plugin/t.yaml", text);
            let inner = name_of_file.split('/').next().unwrap().to_owned();
            let mut parts = vec!["resources: [t.yaml]\n".to_owned()];
            if random.chance(30) {
                parts.push(
                    random
                        .pick(&[
                            "namePrefix: own-\n",
                            "patches: [{target: {kind: .*}, patch: '[{op: add, path: /metadata/annotations, value: {x: why}}]'}]\n",
                            "commonLabels: {plugin: own}\n",
                            "commonAnnotations: {config.kubernetes.io/local-config: \"true\"}\n",
                        ])
                        .to_owned(),
                );
            }
            folder
                .tree
                .add(format!("{}/{inner}/kustomization.yaml", folder.name), parts);
            format!("{name}: [{inner}]\n")
        }
        2 => {
            let files: Vec<String> = configs
                .iter()
                .map(|config| folder.file("plugin.yml", config.clone()))
                .collect();
            format!("{name}: [{}]\n", files.join(", "))
        }
        _ => format!(
            "{name}:\n- |-\n  {}\n",
            text.trim_end().replace('\n', "\n  ")
        ),
    }
}

fn config(kind: &str, body: &str) -> String {
    format!("apiVersion: builtin\nkind: {kind}\nmetadata: {{name: t}}\n{body}\n")
}

fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n  ")
}

fn transformer(random: &mut Random, folder: &mut Folder<'_>) -> String {
    match random.below(6) {
        0 => patch(random, folder),
        1 => {
            let list = replacement(random);
            config("ReplacementTransformer", &format!("replacements:\n{list}"))
        }
        2 => value_add(random, folder),
        _ => {
            let (kind, body) = random.pick(PLAIN);
            match body.strip_prefix('!') {
                // It is about the metadata of the configuration itself.
                Some(metadata) => format!("apiVersion: builtin\nkind: {kind}\n{metadata}\n"),
                None => config(kind, body),
            }
        }
    }
}

fn patch(random: &mut Random, folder: &mut Folder<'_>) -> String {
    match random.below(4) {
        0 => {
            let patch = strategic(random);
            let body = if random.chance(50) {
                format!("paths: [{}]", folder.file("patch.yaml", patch + "\n"))
            } else {
                format!("patches: |-\n  {}", indented(&patch))
            };
            config("PatchStrategicMergeTransformer", &body)
        }
        1 => {
            let (_, patch) = json_patch(random);
            let name = random.pick(&NAMES);
            let target = random.pick(&["version: v1, kind: ConfigMap", "kind: Service"]);
            let body = if random.chance(50) {
                format!("path: {}", folder.file("patch.yaml", patch + "\n"))
            } else {
                format!("jsonOp: |-\n  {}", indented(&patch))
            };
            config(
                "PatchJson6902Transformer",
                &format!("target: {{{target}, name: {name}}}\n{body}"),
            )
        }
        2 => {
            let (_, patch) = json_patch(random);
            config(
                "PatchTransformer",
                &format!(
                    "target: {{kind: Service}}\npatch: |-\n  {}",
                    indented(&patch)
                ),
            )
        }
        _ => {
            let patch = strategic(random);
            let target = if random.chance(60) {
                format!("target: {{{}}}\n", target(random))
            } else {
                String::new()
            };
            config(
                "PatchTransformer",
                &format!("{target}patch: |-\n  {}", indented(&patch)),
            )
        }
    }
}

fn value_add(random: &mut Random, folder: &mut Folder<'_>) -> String {
    let value = random.pick(&["value: added\n", "", "value: a/b\n", "value: \"1\"\n"]);
    let target = random.pick(&[
        "fieldPath: metadata/annotations/va",
        "fieldPath: metadata/name, selector: {kind: ConfigMap}",
        "fieldPath: spec/path, filePathPosition: 1, selector: {kind: Widget}",
        "fieldPath: spec/path, filePathPosition: 2, selector: {kind: Widget}",
        "fieldPath: metadata/namespace, selector: {kind: Service}",
        "fieldPath: 'spec/template/spec/containers[]/image', filePathPosition: 1",
        "fieldPath: metadata/labels/app, selector: {labelSelector: app=web}",
    ]);
    let body = if random.chance(25) {
        let file = folder.file("targets.yaml", format!("- {{{target}}}\n"));
        format!("{value}targetFilePath: {file}")
    } else {
        format!("{value}targets:\n- {{{target}}}")
    };
    config("ValueAddTransformer", &body)
}

const PLAIN: &[(&str, &str)] = &[
    (
        "PrefixTransformer",
        "prefix: t-\nfieldSpecs: [{path: metadata/name}]",
    ),
    (
        "PrefixTransformer",
        "prefix: t-\nfieldSpecs: [{path: metadata/name, kind: Deployment}, {path: spec/ref, kind: Widget}]",
    ),
    (
        "PrefixTransformer",
        "prefix: \"\"\nfieldSpecs: [{path: metadata/name}]",
    ),
    (
        "SuffixTransformer",
        "suffix: \"7\"\nfieldSpecs: [{path: metadata/name, kind: Service}]",
    ),
    (
        "SuffixTransformer",
        "suffix: -s\nfieldSpecs: [{path: metadata/name, group: apps}, {path: metadata/name, version: v1, kind: Secret}]",
    ),
    (
        "PrefixSuffixTransformer",
        "prefix: a-\nfieldSpecs: [{path: metadata/name}]",
    ),
    (
        "LabelTransformer",
        "labels: {by: plugin}\nfieldSpecs: [{path: metadata/labels, create: true}, {path: spec/selector, kind: Service}]",
    ),
    (
        "LabelTransformer",
        "labels: {number: 1, truth: yes}\nfieldSpecs: [{path: metadata/labels, create: true}]",
    ),
    (
        "LabelTransformer",
        "labels: {a: b}\nfieldSpecs: [{path: 'spec/template/metadata/labels', create: true, kind: Deployment}, {path: 'spec/volumeClaimTemplates[]/metadata/labels', create: true}]",
    ),
    (
        "NamespaceTransformer",
        "!metadata: {name: t, namespace: moved}\nsetRoleBindingSubjects: allServiceAccounts\nunsetOnly: true",
    ),
    (
        "NamespaceTransformer",
        "!metadata: {name: t, namespace: moved}\nsetRoleBindingSubjects: none",
    ),
    (
        "NamespaceTransformer",
        "!metadata: {name: t, namespace: moved}\nsetRoleBindingSubjects: defaultOnly\nfieldSpecs: [{path: spec/ns, create: true, kind: Widget}]",
    ),
    (
        "NamespaceTransformer",
        "!metadata: {name: t, namespace: default}\nunsetOnly: false",
    ),
    ("NamespaceTransformer", "!metadata: {name: t}\n"),
    (
        "AnnotationsTransformer",
        "annotations: {by: plugin}\nfieldSpecs: [{path: spec/template/metadata/annotations, create: true, kind: Deployment}]",
    ),
    (
        "AnnotationsTransformer",
        "annotations: {by: plugin, 'a/b.c': \"1\"}\nfieldSpecs: [{path: metadata/annotations, create: true}, {path: spec/notes, create: false, kind: Widget}]",
    ),
    (
        "ImageTagTransformer",
        "imageTag: {name: nginx, newTag: plugin}",
    ),
    (
        "ImageTagTransformer",
        "imageTag: {name: nginx, newTag: 1.5}\nfieldSpecs: [{path: 'spec/containers[]/image', kind: Widget}]",
    ),
    (
        "ImageTagTransformer",
        "imageTag: {name: nginx, newName: n2, digest: sha256:00}\nfieldSpecs: [{path: 'spec/template/spec/containers[]/image'}]",
    ),
    ("HashTransformer", ""),
    (
        "ReplicaCountTransformer",
        "replica: {name: web, count: 3}\nfieldSpecs: [{path: spec/replicas, create: true, kind: Deployment}]",
    ),
    (
        "ReplicaCountTransformer",
        "replica: {name: api, count: 0}\nfieldSpecs: [{path: spec/replicas}, {path: spec/size, create: true, kind: Widget}]",
    ),
];

fn generator(random: &mut Random, folder: &mut Folder<'_>) -> String {
    let name = random.pick(&NAMES);
    let more = random.pick(&[
        "",
        "behavior: create\n",
        "behavior: merge\n",
        "behavior: replace\n",
        "options: {disableNameSuffixHash: true, labels: {p: q}}\n",
        "options: {immutable: true}\n",
        "envs: []\n",
    ]);
    let namespace = random.pick(&["", "", ", namespace: shop"]);
    let file = if random.chance(40) {
        let file = folder.file("data.txt", "some\ndata\n".to_owned());
        format!("files: [{file}]\n")
    } else {
        String::new()
    };
    match random.below(5) {
        0 => format!(
            "apiVersion: builtin\nkind: IAMPolicyGenerator\nmetadata: {{name: t}}\ncloud: gke\n\
             kubernetesService: {{name: {name}{namespace}}}\n\
             serviceAccount: {{name: gsa, projectId: p}}\n"
        ),
        1 | 2 => format!(
            "apiVersion: builtin\nkind: SecretGenerator\nmetadata: {{name: gen-{name}{namespace}}}\n\
             {more}{file}literals: [a=b, \"c='d e'\"]\ntype: Opaque\n"
        ),
        _ => format!(
            "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {{name: gen-{name}{namespace}}}\n\
             {more}{file}literals: [a=b, \"c=\\\"d e\\\"\"]\n"
        ),
    }
}
