//! Patches of every sort, most of which find something to work on.

use super::{Folder, NAMES, Random, values};

/// Returns the field `patches`.
pub(super) fn patches(random: &mut Random, folder: &mut Folder<'_>) -> String {
    let mut text = String::from("patches:\n");
    for _ in 0..=random.below(3) {
        let (mut target, patch) = match random.below(3) {
            0 => json_patch(random),
            1 => (Some(target(random)), strategic(random)),
            _ => (None, strategic(random)),
        };
        if random.chance(30) {
            let mut patch = format!("{patch}\n");
            if target.is_none() && random.chance(20) {
                patch.push_str(&format!("---\n{}\n", strategic(random)));
            }
            let name = folder.file("patch.yaml", patch);
            text.push_str(&format!("- path: {name}\n"));
        } else {
            let patch = patch.replace('\n', "\n    ");
            text.push_str(&format!("- patch: |-\n    {patch}\n"));
        }
        let options = random.pick(&[
            "allowNameChange: true",
            "allowKindChange: true",
            "allowNameChange: true, allowKindChange: true",
        ]);
        let has_options = random.chance(15);
        if patch.contains("/kind") || has_options && options.contains("Kind") {
            // The reference hashes other kinds than it generates by lines and columns of its parser.
            target = target.map(|_| "kind: Deployment|Service|Widget".to_owned());
        }
        if let Some(target) = target {
            text.push_str(&format!("  target: {{{target}}}\n"));
        }
        if has_options {
            text.push_str(&format!("  options: {{{options}}}\n"));
        }
    }
    text
}

/// Returns the field `patchesStrategicMerge`.
pub(super) fn old_strategic(random: &mut Random, folder: &mut Folder<'_>) -> String {
    let patch = strategic(random);
    if random.chance(50) {
        let name = folder.file("patch.yaml", format!("{patch}\n"));
        return format!("patchesStrategicMerge: [{name}]\n");
    }
    format!(
        "patchesStrategicMerge:\n- |-\n  {}\n",
        patch.replace('\n', "\n  ")
    )
}

/// Returns the field `patchesJson6902`.
pub(super) fn old_json(random: &mut Random, _: &mut Folder<'_>) -> String {
    let (_, patch) = json_patch(random);
    let name = random.pick(&NAMES);
    let target = random.pick(&[
        "version: v1, kind: ConfigMap",
        "group: apps, version: v1, kind: Deployment",
        "kind: Service",
    ]);
    format!(
        "patchesJson6902:\n- target: {{{target}, name: {name}}}\n  patch: |-\n    {}\n",
        patch.replace('\n', "\n    ")
    )
}

/// Returns the fields of a target.
pub(super) fn target(random: &mut Random) -> String {
    let name = random.pick(&NAMES);
    match random.below(9) {
        0 => "kind: Deployment".to_owned(),
        1 => format!("name: .*{name}"),
        2 => "labelSelector: app=web".to_owned(),
        3 => "labelSelector: \"app in (web, api), !tier\"".to_owned(),
        4 => "annotationSelector: a=b".to_owned(),
        5 => "group: apps, version: v1".to_owned(),
        6 => "kind: ConfigMap|Secret, namespace: shop|default".to_owned(),
        7 => "kind: .*Set".to_owned(),
        _ => format!("kind: Service, name: {name}"),
    }
}

/// Returns a target and a JSON patch for it.
pub(super) fn json_patch(random: &mut Random) -> (Option<String>, String) {
    let target = random.pick(&[
        "kind: Deployment",
        "kind: ConfigMap",
        "kind: Service",
        "name: .*",
    ]);
    let mut lines = Vec::new();
    for _ in 0..=random.below(2) {
        let value = random.pick(&[
            "1",
            "\"1\"",
            "yes",
            "{a: b}",
            "[1, two]",
            "null",
            "1.0",
            "2024-01-02",
            "\"a~b\"",
        ]);
        let path = random.pick(&[
            "/metadata/annotations",
            "/metadata/annotations/a~1b",
            "/metadata/labels",
            "/metadata/labels/x~0y",
            "/data/key",
            "/data/new",
            "/data",
            "/spec/replicas",
            "/spec/template/spec/containers/0/image",
            "/spec/template/spec/containers/-",
            "/spec/template/spec/containers/1",
            "/spec/ports/0/port",
            "/spec/selector",
            "/metadata/name",
            "/metadata/namespace",
            "/kind",
            "/spec/ports/-1/port",
            "/spec/template/spec/containers/0/env/1/name",
            "/spec/template/spec/containers/0/args/0",
            "/spec/template/metadata/labels/app",
            "/spec/rules/0/host",
            "/data/a~01b",
            "/data/",
            "data/key",
            "",
        ]);
        lines.push(match random.below(10) {
            7 => format!("- {{op: test, path: {path}, value: {value}}}"),
            8 => format!("- {{\"op\": \"copy\", \"from\": \"{path}\", \"path\": \"/copied\"}}"),
            9 => {
                let op = random.pick(&["add", "Add", "merge", ""]);
                format!("- {{op: {op}, path: \"{path}\", value: {value}, comment: x}}")
            }
            0..=2 => format!("- {{op: add, path: {path}, value: {value}}}"),
            3 => format!("- {{op: replace, path: {path}, value: {value}}}"),
            4 => format!("- op: remove\n  path: {path}"),
            5 => format!("- {{op: copy, from: {path}, path: /metadata/annotations}}"),
            _ => format!("- {{op: move, path: /moved, from: {path}}}"),
        });
    }
    (Some(target.to_owned()), lines.join("\n"))
}

/// Returns a strategic merge patch without a break at its end.
pub(super) fn strategic(random: &mut Random) -> String {
    let name = random.pick(&NAMES);
    let namespace = random.pick(&["", "", "", ", namespace: shop", ", namespace: default"]);
    let (head, bodies): (&str, &[&str]) = match random.below(9) {
        5 => ("apiVersion: apps/v1\nkind: StatefulSet", STATEFUL_SET),
        6 => ("apiVersion: networking.k8s.io/v1\nkind: Ingress", INGRESS),
        7 => ("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role", ROLE),
        8 => ("apiVersion: v1\nkind: Secret", SECRET),
        0 | 1 => ("apiVersion: apps/v1\nkind: Deployment", DEPLOYMENT),
        2 => ("apiVersion: v1\nkind: ConfigMap", CONFIG_MAP),
        3 => ("apiVersion: v1\nkind: Service", SERVICE),
        _ => ("apiVersion: example.io/v1\nkind: Widget", WIDGET),
    };
    let mut text = format!("{head}\nmetadata: {{name: {name}{namespace}}}");
    if random.chance(15) {
        text = format!(
            "{head}\nmetadata:\n  name: {name}\n  labels: {{patched: \"1\", app: }}\n  annotations:\n    {}: {}",
            random.pick(&["a", "$patch", "new"]),
            random.pick(&["null", "replace", "\"1\"", "delete"])
        );
    }
    if random.chance(6) {
        text.push_str("\n$patch: delete");
        return text;
    }
    let body = random.pick(bodies);
    text.push('\n');
    text.push_str(body);
    if random.chance(10) && head.ends_with("Widget") {
        text.push_str(&format!(
            "\nmore:\n{}",
            values::mapping(random, 2).trim_end()
        ));
    }
    text
}

const DEPLOYMENT: &[&str] = &[
    "spec: {replicas: 4}",
    "spec: {replicas: null}",
    "spec:\n  template:\n    spec:\n      containers:\n      - {name: main, image: patched:1, args: null}\n      - {name: new, image: n}",
    "spec:\n  template:\n    spec:\n      containers:\n      - {name: side, $patch: delete}",
    "spec:\n  template:\n    spec:\n      containers:\n      - name: main\n        env:\n        - $patch: replace\n        - {name: ONLY, value: \"1\"}",
    "spec:\n  template:\n    spec:\n      containers:\n      - name: main\n        env:\n        - {name: REF, $patch: delete}\n        - {name: KEY, value: new, valueFrom: null}",
    "spec:\n  template:\n    spec:\n      $setElementOrder/containers: [{name: side}, {name: main}]\n      containers: [{name: main, image: o}]",
    "spec:\n  template:\n    spec:\n      $patch: replace\n      containers: [{name: x, image: y}]",
    "spec:\n  template:\n    spec:\n      volumes:\n      - name: c\n        $retainKeys: [name, emptyDir]\n        emptyDir: {}",
    "spec:\n  template:\n    spec:\n      $retainKeys: [containers]\n      containers: [{name: main}]",
    "spec:\n  template:\n    metadata: {labels: {app: null, other: \"x\"}}\n    spec:\n      containers:\n      - name: main\n        ports: [{containerPort: 80, protocol: TCP}, {containerPort: 80, protocol: UDP, name: u}]",
    "spec:\n  template:\n    spec:\n      tolerations: [{key: a, operator: Exists}]\n      imagePullSecrets: [{name: gen-web}, {name: x}]",
    "spec:\n  template:\n    spec:\n      initContainers: []\n      volumes: null\n      containers:\n      - $patch: delete\n        name: main\n      - name: side\n        command: [a, b]",
    "spec:\n  strategy: {type: Recreate, $retainKeys: [type]}",
];

const STATEFUL_SET: &[&str] = &[
    "spec: {volumeClaimTemplates: [{metadata: {name: data}, spec: {resources: {requests: {storage: 1Gi}}}}]}",
    "spec: {volumeClaimTemplates: null, serviceName: s}",
    "spec: {template: {spec: {containers: [{name: main, volumeMounts: [{mountPath: /a, name: data}, {mountPath: /b, name: data}]}]}}}",
    "spec: {template: {spec: {topologySpreadConstraints: [{topologyKey: a, whenUnsatisfiable: DoNotSchedule, maxSkew: 1}], hostAliases: [{ip: 1.1.1.1, hostnames: [a]}]}}}",
];

const INGRESS: &[&str] = &[
    "spec: {rules: [{host: b.example.com}]}",
    "spec: {tls: [{hosts: [x.y], secretName: s}]}",
    "spec: {rules: [{host: shop.example.com, http: {paths: [{path: /, pathType: Exact, backend: {service: {name: api}}}]}}]}",
    "spec: {defaultBackend: {service: {name: web, port: {name: http}}}, rules: [{$patch: delete}]}",
];

const ROLE: &[&str] = &[
    "rules: [{apiGroups: [apps], resources: [deployments], verbs: ['*']}]",
    "rules: []",
    "rules: null",
    "aggregationRule: {clusterRoleSelectors: [{matchLabels: {a: b}}]}",
];

const SECRET: &[&str] = &[
    "stringData: {key: patched}",
    "data: {key: dmFs}\nstringData: {key: null}",
    "type: kubernetes.io/tls\nimmutable: false",
    "stringData:\n  text: >\n    folded\n    lines\n\n    end",
];

const CONFIG_MAP: &[&str] = &[
    "data: {key: patched, more: \"yes\"}",
    "data: {key: null}",
    "data: {$patch: replace, only: x}",
    "data: {$patch: delete}",
    "data: {$patch: merge, key: z}",
    "data:\n  text: |\n    a\n    b\nbinaryData: {b: AAA=}",
    "data: null",
    "immutable: true",
];

const SERVICE: &[&str] = &[
    "spec: {ports: [{port: 80, protocol: UDP}, {port: 80, protocol: TCP, name: tcp}]}",
    "spec: {ports: [{port: 80, protocol: UDP, $patch: delete}]}",
    "spec: {$patch: merge, type: LoadBalancer}",
    "spec: {ports: null, selector: {$patch: replace, only: x}}",
    "spec: {ports: [{port: 80, name: http}, {port: 443}]}",
    "spec: {ports: [{port: 80, $patch: delete}]}",
    "spec: {selector: {app: null, new: x}}",
    "spec: {type: NodePort, ports: [{$patch: replace}, {port: 1}]}",
    "spec: {$deleteFromPrimitiveList/externalIPs: [a], externalIPs: [b]}",
];

const WIDGET: &[&str] = &[
    "spec: {containers: [{name: main, image: w}, {name: side, $patch: delete}], names: [a, z]}",
    "spec: {containers: [{name: main, port: 1, image: w}, {name: main, port: 2, $patch: replace}]}",
    "spec: {containers: [{image: nginx, $patch: delete}]}",
    "spec: &a {list: [1], again: {<<: {x: y}, z: 1}}",
    "spec: {containers: [{$patch: replace}, {image: only}]}",
    "spec: {list: [{k: v, x: 1}, {k: w}], empty: {}, none: []}",
    "spec: null",
    "spec: {containers: [{image: w}]}",
    "spec: {ref: null}",
    "spec: {$patch: replace, x: 1}",
    "spec: {list: [1, 2], nested: {a: {b: c}}}",
];
