//! Replacements and vars.

use std::fmt::Write as _;

use super::{Folder, NAMES, Random};

/// Returns the field `replacements`.
pub(super) fn replacements(random: &mut Random, folder: &mut Folder<'_>) -> String {
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

/// Returns an item of a list.
pub(super) fn replacement(random: &mut Random) -> String {
    let name = random.pick(&NAMES);
    let prefix = random.pick(&["", "", "", "base0-", "dev-", "gen-"]);
    let source = match random.below(16) {
        0 => format!("kind: ConfigMap, name: {prefix}{name}, fieldPath: data.key"),
        1 => format!("kind: Service, name: {prefix}{name}"),
        2 => format!(
            "kind: Deployment, name: {name}, fieldPath: 'spec.template.spec.containers.[name=main].image', options: {{delimiter: ':', index: {}}}",
            random.pick(&["0", "1", "-1", "7"])
        ),
        3 => format!("kind: Service, name: {name}, fieldPath: spec.ports.0.port"),
        4 => format!("kind: Deployment, name: {name}, fieldPath: spec.replicas"),
        5 => format!("kind: Service, name: {name}, fieldPath: spec.selector"),
        6 => "kind: ConfigMap".to_owned(),
        7 => format!(
            "group: apps, version: v1, kind: Deployment, name: {name}, fieldPath: 'spec.template.metadata.labels'"
        ),
        8 => format!("kind: Service, name: {name}, namespace: shop, fieldPath: metadata.namespace"),
        9 => format!("kind: Widget, name: {name}, fieldPath: spec.containers"),
        10 => format!("kind: ConfigMap, name: {name}, fieldPath: metadata.annotations.n"),
        11 => format!(
            "kind: Pod, name: {name}, fieldPath: 'spec.containers.[name=main].env.[name=A].value'"
        ),
        12 => format!(
            "kind: ConfigMap, name: {name}, fieldPath: data.host, options: {{delimiter: ., index: 1}}"
        ),
        _ => String::new(),
    };
    let source = if source.is_empty() {
        format!(
            "sourceValue: {}",
            random.pick(&["fixed", "\"7\"", "a.b:c", "\"yes\"", "\"a: b\"", "12"])
        )
    } else {
        format!("source: {{{source}}}")
    };
    let mut targets = String::new();
    for _ in 0..=random.below(2) {
        let _ = writeln!(targets, "  - {}", random.pick(TARGETS));
    }
    format!("- {source}\n  targets:\n{targets}")
}

const TARGETS: &[&str] = &[
    "select: {kind: Deployment}\n    fieldPaths: ['spec.template.spec.containers.[name=main].env.[name=KEY].value']",
    "select: {kind: ConfigMap}\n    fieldPaths: [data.copied, 'metadata.annotations.[example.io/from]']\n    options: {create: true}",
    "select: {kind: Ingress}\n    fieldPaths: [spec.rules.0.host]\n    options: {delimiter: ., index: 1}",
    "select: {kind: Ingress}\n    fieldPaths: [spec.rules.*.host]\n    options: {delimiter: ., index: -1}",
    "select: {kind: Ingress}\n    fieldPaths: [spec.rules.*.host]\n    options: {delimiter: ., index: 9}",
    "select: {kind: Deployment}\n    reject: [{name: .*api}]\n    fieldPaths: ['spec.template.spec.containers.*.image']\n    options: {delimiter: ':', index: 1}",
    "select: {labelSelector: app=web}\n    fieldPaths: [metadata.labels.copied]\n    options: {create: true}",
    "select: {kind: Widget}\n    fieldPaths: [spec.new.deep, 'spec.list.[k=v].x']\n    options: {create: true}",
    "select: {kind: Widget}\n    fieldPaths: ['spec.list.[k=v]', spec.containers.0.image]\n    options: {create: true}",
    "select: {kind: Widget}\n    fieldPaths: [spec.new.0.deep, 'spec.other.[name=a.b].x']\n    options: {create: true}",
    "select: {kind: Widget}\n    fieldPaths: [spec.containers.-]\n    options: {create: true}",
    "select: {kind: Secret}\n    fieldPaths: [data.copied]\n    options: {create: true, encoding: base64}",
    "select: {kind: Secret}\n    fieldPaths: [stringData.key]\n    options: {encoding: hex}",
    "select: {kind: ConfigMap, namespace: shop}\n    reject: [{name: web}, {name: api}]\n    fieldPaths: [data.key]",
    "select: {name: web}\n    fieldPaths: [metadata.annotations.a]\n    options: {create: true, delimiter: '-', index: 5}",
    "select: {kind: Service}\n    fieldPaths: [metadata.name, spec.ports.0.name]\n    options: {create: true}",
    "select: {kind: Service}\n    fieldPaths: [metadata.namespace]",
    "select: {kind: Deployment, name: web}\n    fieldPaths: [spec.template.spec.containers]",
    "select: {group: apps}\n    fieldPaths: ['spec.template.spec.volumes.[name=c].configMap.name', spec.replicas]",
    "select: {kind: Deployment}\n    fieldPaths: ['spec.template.spec.containers.*.env.*.value', 'spec.template.spec.containers.[image=nginx:1.25].name']",
    "select: {version: v1, kind: ConfigMap}\n    reject: [{labelSelector: app=web}]\n    fieldPaths: [data]",
    "select: {kind: .*Map}\n    reject: [{kind: ConfigMap, name: db}]\n    fieldPaths: ['data.key']",
    "select: {annotationSelector: a=b}\n    fieldPaths: ['metadata.annotations.a\\.b']\n    options: {create: true}",
    "select: {kind: ConfigMap}\n    fieldPaths: ['data.a\\.b\\.c', data.'quo.ted']\n    options: {create: true}",
    "select: {kind: Role}\n    fieldPaths: [rules.0.resourceNames.0, rules.*.verbs.1]\n    options: {create: true}",
    "select: {kind: Pod}\n    fieldPaths: [spec.containers.0.env.0.value]\n    options: {delimiter: x, index: 0}",
    "fieldPaths: [data.key]",
    "select: {}\n    fieldPaths: [metadata.labels.all]\n    options: {create: true}",
    "select: {kind: Nothing}\n    fieldPaths: [a.b]",
];

/// Returns the field `vars`.
pub(super) fn vars(random: &mut Random, _: &mut Folder<'_>) -> String {
    let mut text = String::from("vars:\n");
    for (index, var) in ["WHERE", "WHO"].iter().enumerate() {
        if index > 0 && random.chance(60) {
            break;
        }
        let name = random.pick(&NAMES);
        let object = random.pick(&[
            "kind: Service, apiVersion: v1",
            "kind: ConfigMap, apiVersion: v1",
            "kind: ConfigMap, version: v1",
            "kind: Deployment, apiVersion: apps/v1",
            "kind: Deployment, group: apps, version: v1",
            "kind: Secret, apiVersion: v1, namespace: shop",
        ]);
        let field = random.pick(&[
            "",
            ", fieldref: {fieldPath: metadata.namespace}",
            ", fieldref: {fieldPath: metadata.name}",
            ", fieldref: {fieldPath: data.key}",
            ", fieldref: {fieldPath: 'spec.ports[0].port'}",
            ", fieldref: {fieldPath: spec.replicas}",
            ", fieldref: {fieldpath: 'metadata.annotations.n'}",
            ", fieldref: {fieldPath: spec.selector}",
        ]);
        let _ = writeln!(
            text,
            "- {{name: {var}, objref: {{{object}, name: {name}}}{field}}}"
        );
    }
    text
}
