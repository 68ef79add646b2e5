//! The fields of a kustomization.

use std::fmt::Write as _;

use super::generators::{config_maps, secrets};
use super::patches::{old_json, old_strategic, patches};
use super::{Folder, NAMES, Random, values};

/// Adds fields of a kustomization, each at most once.
pub(super) fn fields(random: &mut Random, folder: &mut Folder<'_>, parts: &mut Vec<String>) {
    for (percent, field) in FIELDS {
        if random.chance(*percent) {
            let text = field(random, folder);
            parts.push(text);
        }
    }
}

type Field = fn(&mut Random, &mut Folder<'_>) -> String;

const FIELDS: &[(usize, Field)] = &[
    (30, |random, _| {
        format!("namespace: {}\n", random.pick(&["shop", "ops", "default"]))
    }),
    (40, |random, _| {
        format!("namePrefix: {}\n", random.pick(&["dev-", "a-", "x"]))
    }),
    (25, |random, _| {
        format!("nameSuffix: {}\n", random.pick(&["-v1", "-b", "\"0\""]))
    }),
    (15, |random, _| {
        format!(
            "commonLabels: {{team: {}, num: \"1\"}}\n",
            random.pick(&["red", "\"yes\""])
        )
    }),
    (25, labels),
    (20, |random, _| {
        let value = random.pick(&[
            "x",
            "\"true\"",
            "$(WHERE)",
            "\"\"",
            "\"a\\nb\"",
            "2024-01-02",
        ]);
        format!("commonAnnotations: {{note: {value}}}\n")
    }),
    (25, images),
    (8, |random, _| {
        format!(
            "replicas:\n- {{name: {}, count: {}}}\n",
            random.pick(&NAMES),
            random.below(9)
        )
    }),
    (35, config_maps),
    (25, secrets),
    (12, |random, _| {
        let option = random.pick(&[
            "disableNameSuffixHash: true",
            "labels: {gen: \"1\"}",
            "annotations: {gen: a}",
            "immutable: true",
        ]);
        format!("generatorOptions:\n  {option}\n")
    }),
    (25, patches),
    (5, old_strategic),
    (5, old_json),
    (15, replacements),
    (4, vars),
    (15, |random, _| {
        let order = random.pick(&[
            "{order: fifo}",
            "{order: legacy}",
            "{order: legacy, legacySortOptions: {orderFirst: [Deployment, Secret], orderLast: [ConfigMap]}}",
        ]);
        format!("sortOptions: {order}\n")
    }),
    (8, |random, _| {
        let options = random.pick(&[
            "originAnnotations",
            "transformerAnnotations",
            "managedByLabel",
            "originAnnotations, transformerAnnotations",
        ]);
        format!("buildMetadata: [{options}]\n")
    }),
    (15, transformers),
    (8, configurations),
    (8, odd_resource),
];

fn labels(random: &mut Random, _: &mut Folder<'_>) -> String {
    let mut text = String::from("labels:\n");
    for _ in 0..=random.below(2) {
        let pairs = random.pick(&["tier: front", "tier: \"2\"", "app: web", "a/b: c, d: \"\""]);
        let _ = writeln!(text, "- pairs: {{{pairs}}}");
        text.push_str(random.pick(&[
            "",
            "  includeSelectors: true\n",
            "  includeTemplates: true\n",
            "  includeSelectors: false\n  includeTemplates: true\n",
        ]));
        if random.chance(20) {
            text.push_str(random.pick(&[
                "  fields:\n  - {path: spec/custom/labels, create: true, kind: Widget}\n",
                "  fields:\n  - {path: spec/template/metadata/labels, kind: Deployment}\n  - {path: 'spec/containers[]/labels', create: true, kind: Widget}\n",
            ]));
        }
    }
    text
}

fn images(random: &mut Random, _: &mut Folder<'_>) -> String {
    let mut text = String::from("images:\n");
    for _ in 0..=random.below(3) {
        let name = random.pick(&[
            "nginx",
            "registry.io/app",
            "registry.io:5000/app",
            "bus.box",
            "docker.io/nginx",
            "n",
            "w",
        ]);
        let change = random.pick(&[
            "newTag: v2",
            "newName: mirror.io/x",
            "newName: other, newTag: \"1.0\"",
            "digest: sha256:abcdef",
            "tagSuffix: -slim",
            "newTag: v3, digest: sha256:0123",
            "newName: \"host:5000/y\"",
            "newTag: \"\"",
            "newName: z, tagSuffix: -s",
        ]);
        let _ = writeln!(text, "- {{name: \"{name}\", {change}}}");
    }
    text
}

fn replacements(random: &mut Random, folder: &mut Folder<'_>) -> String {
    let mut list = String::new();
    for _ in 0..=random.below(2) {
        list.push_str(&replacement(random));
    }
    if random.chance(20) {
        let name = folder.file("replacements.yaml", list);
        return format!("replacements: [{{path: {name}}}]\n");
    }
    format!("replacements:\n{list}")
}

fn replacement(random: &mut Random) -> String {
    let name = random.pick(&NAMES);
    let source = match random.below(7) {
        0 => format!("source: {{kind: ConfigMap, name: {name}, fieldPath: data.key}}"),
        1 => format!("source: {{kind: Service, name: {name}}}"),
        2 => format!(
            "source: {{kind: Deployment, name: {name}, fieldPath: 'spec.template.spec.containers.[name=main].image', options: {{delimiter: ':', index: 0}}}}"
        ),
        3 => format!("source: {{kind: Service, name: {name}, fieldPath: spec.ports.0.port}}"),
        4 => format!("source: {{kind: Deployment, name: {name}, fieldPath: spec.replicas}}"),
        5 => format!("source: {{kind: Service, name: {name}, fieldPath: spec.selector}}"),
        _ => format!("sourceValue: {}", random.pick(&["fixed", "\"7\"", "a.b:c"])),
    };
    let mut targets = String::new();
    for _ in 0..=random.below(2) {
        let target = random.pick(&[
            "select: {kind: Deployment}\n    fieldPaths: ['spec.template.spec.containers.[name=main].env.[name=KEY].value']",
            "select: {kind: ConfigMap}\n    fieldPaths: [data.copied, 'metadata.annotations.[example.io/from]']\n    options: {create: true}",
            "select: {kind: Ingress}\n    fieldPaths: [spec.rules.0.host]\n    options: {delimiter: ., index: 1}",
            "select: {kind: Ingress}\n    fieldPaths: [spec.rules.*.host]\n    options: {delimiter: ., index: -1}",
            "select: {kind: Deployment}\n    reject: [{name: .*api}]\n    fieldPaths: ['spec.template.spec.containers.*.image']\n    options: {delimiter: ':', index: 1}",
            "select: {labelSelector: app=web}\n    fieldPaths: [metadata.labels.copied]\n    options: {create: true}",
            "select: {kind: Widget}\n    fieldPaths: [spec.new.deep, 'spec.list.[k=v].x']\n    options: {create: true}",
            "select: {kind: Secret}\n    fieldPaths: [data.copied]\n    options: {create: true, encoding: base64}",
            "select: {kind: ConfigMap, namespace: shop}\n    reject: [{name: web}, {name: api}]\n    fieldPaths: [data.key]",
            "select: {name: web}\n    fieldPaths: [metadata.annotations.a]\n    options: {create: true, delimiter: '-', index: 5}",
            "select: {kind: Service}\n    fieldPaths: [metadata.name, spec.ports.0.name]\n    options: {create: true}",
        ]);
        let _ = writeln!(targets, "  - {target}");
    }
    format!("- {source}\n  targets:\n{targets}")
}

fn vars(random: &mut Random, _: &mut Folder<'_>) -> String {
    let name = random.pick(&NAMES);
    let object = random.pick(&[
        "kind: Service, apiVersion: v1",
        "kind: ConfigMap, apiVersion: v1",
    ]);
    let field = random.pick(&[
        "",
        ", fieldref: {fieldPath: metadata.namespace}",
        ", fieldref: {fieldPath: data.key}",
        ", fieldref: {fieldPath: 'spec.ports[0].port'}",
    ]);
    format!("vars:\n- {{name: WHERE, objref: {{{object}, name: {name}}}{field}}}\n")
}

fn transformers(random: &mut Random, folder: &mut Folder<'_>) -> String {
    let body = random.pick(&[
        "kind: PrefixTransformer\nmetadata: {name: t}\nprefix: t-\nfieldSpecs: [{path: metadata/name}]",
        "kind: SuffixTransformer\nmetadata: {name: t}\nsuffix: 7\nfieldSpecs: [{path: metadata/name, kind: Service}]",
        "kind: LabelTransformer\nmetadata: {name: t}\nlabels: {by: plugin}\nfieldSpecs: [{path: metadata/labels, create: true}, {path: spec/selector, kind: Service}]",
        "kind: LabelTransformer\nmetadata: {name: t}\nlabels: {number: 1, truth: yes}\nfieldSpecs: [{path: metadata/labels, create: true}]",
        "kind: NamespaceTransformer\nmetadata: {name: t, namespace: moved}\nsetRoleBindingSubjects: allServiceAccounts\nunsetOnly: true",
        "kind: NamespaceTransformer\nmetadata: {name: t, namespace: moved}\nsetRoleBindingSubjects: none",
        "kind: AnnotationsTransformer\nmetadata: {name: t}\nannotations: {by: plugin}\nfieldSpecs: [{path: spec/template/metadata/annotations, create: true, kind: Deployment}]",
        "kind: ImageTagTransformer\nmetadata: {name: t}\nimageTag: {name: nginx, newTag: plugin}",
        "kind: ImageTagTransformer\nmetadata: {name: t}\nimageTag: {name: nginx, newTag: 1.5}\nfieldSpecs: [{path: 'spec/containers[]/image', kind: Widget}]",
        "kind: HashTransformer\nmetadata: {name: t}",
        "kind: ReplicaCountTransformer\nmetadata: {name: t}\nreplica: {name: web, count: 3}\nfieldSpecs: [{path: spec/replicas, create: true, kind: Deployment}]",
        "kind: PatchTransformer\nmetadata: {name: t}\ntarget: {kind: ConfigMap}\npatch: |-\n  - {op: add, path: /data/plugin, value: p}",
        "kind: ValueAddTransformer\nmetadata: {name: t}\nvalue: added\ntargets: [{fieldPath: metadata/annotations/va}]",
        "kind: ReplacementTransformer\nmetadata: {name: t}\nreplacements: [{sourceValue: rv, targets: [{select: {kind: ConfigMap}, fieldPaths: [data.rt], options: {create: true}}]}]",
    ]);
    let text = format!("apiVersion: builtin\n{body}\n");
    match random.below(3) {
        0 => {
            let name = folder.file("transformer.yaml", text);
            format!("transformers: [{name}]\n")
        }
        1 => {
            let name = folder.file("transformer/t.yaml", text);
            let inner = name.split('/').next().unwrap().to_owned();
            folder.tree.add(
                format!("{}/{inner}/kustomization.yaml", folder.name),
                vec!["resources: [t.yaml]\n".to_owned()],
            );
            format!("transformers: [{inner}]\n")
        }
        _ => format!(
            "transformers:\n- |-\n  {}\n",
            text.trim_end().replace('\n', "\n  ")
        ),
    }
}

fn configurations(random: &mut Random, folder: &mut Folder<'_>) -> String {
    let config = random.pick(&[
        "images:\n- {path: 'spec/containers[]/image', kind: Widget}\n",
        "nameReference:\n- kind: ConfigMap\n  fieldSpecs:\n  - {path: spec/ref, kind: Widget}\n- kind: Service\n  fieldSpecs:\n  - {path: spec/ref, kind: Widget}\n",
        "namePrefix:\n- {path: spec/ref, kind: Widget}\n",
        "commonLabels:\n- {path: spec/labels, create: true, kind: Widget}\n",
        "commonAnnotations:\n- {path: spec/notes, create: true, kind: Widget}\nnamespace:\n- {path: spec/ns, create: true, kind: Widget}\n",
        "varReference:\n- {path: spec/ref, kind: Widget}\nreplicas:\n- {path: spec/size, create: true, kind: Widget}\n",
    ]);
    let name = folder.file("config.yaml", config.to_owned());
    format!("configurations: [{name}]\n")
}

/// A resource of an unknown kind with values in every form. It stands in `bases`, as `resources` is
/// there already.
fn odd_resource(random: &mut Random, folder: &mut Folder<'_>) -> String {
    let name = random.pick(&NAMES);
    let text = format!(
        "apiVersion: example.io/v1\nkind: Widget\nmetadata: {{name: odd-{name}}}\nspec:\n{}",
        values::mapping(random, 2)
    );
    let file = folder.file("odd.yaml", text);
    format!("bases: [{file}]\n")
}
