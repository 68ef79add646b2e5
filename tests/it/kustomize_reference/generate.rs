//! Random trees: bases with resources that refer to one another, overlays and components over them.

use std::fmt::{self, Write as _};
use std::path::Path;

/// Random numbers that are the same each time.
pub(super) struct Random(u64);

impl Random {
    pub(in crate::kustomize_reference) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    /// Says yes `percent` times of a hundred.
    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

/// Files by path, each in parts that can be left out.
#[derive(Clone)]
pub(super) struct Tree(Vec<File>);

#[derive(Clone)]
struct File {
    path: String,
    parts: Vec<String>,
}

impl Tree {
    pub(in crate::kustomize_reference) fn random(random: &mut Random) -> Self {
        let mut tree = Self(Vec::new());
        let bases = 1 + random.below(2);
        let mut below: Vec<String> = (0..bases)
            .map(|index| tree.base(random, &format!("base{index}")))
            .collect();
        for layer in 0..random.below(3) {
            let mut names = Vec::new();
            for index in 0..=random.below(2) {
                let name = format!("mid{layer}{index}");
                let resources = if random.chance(70) || below.len() == 1 {
                    vec![random.pick(&refs(&below)).to_owned()]
                } else {
                    below.clone()
                };
                tree.overlay(random, &name, &resources);
                names.push(name);
            }
            below = names;
        }
        tree.overlay(random, "top", &below);
        tree
    }

    /// Returns trees that lack one part.
    pub(in crate::kustomize_reference) fn smaller(&self) -> impl Iterator<Item = Self> + '_ {
        let positions = self.0.iter().enumerate().flat_map(|(file, content)| {
            let parts = 0..content.parts.len();
            parts.map(move |part| (file, part))
        });
        positions.map(|(file, part)| {
            let mut smaller = self.clone();
            smaller.0[file].parts.remove(part);
            smaller
        })
    }

    /// Leaves one part out, but no list of resources.
    pub(in crate::kustomize_reference) fn leave_one_out(&mut self, random: &mut Random) {
        let file = random.below(self.0.len());
        let parts = &mut self.0[file].parts;
        if !parts.is_empty() {
            let part = random.below(parts.len());
            if !parts[part].starts_with("resources:") && !parts[part].contains("kind: Component") {
                parts.remove(part);
            }
        }
    }

    pub(in crate::kustomize_reference) fn write(&self, folder: &Path) {
        for file in &self.0 {
            let path = folder.join(&file.path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, file.text()).unwrap();
        }
    }

    fn add(&mut self, path: String, parts: Vec<String>) {
        self.0.push(File { path, parts });
    }

    fn base(&mut self, random: &mut Random, name: &str) -> String {
        let count = 2 + random.below(6);
        let mut docs: Vec<String> = Vec::new();
        for _ in 0..count {
            let doc = resource(random);
            let same = |other: &String| other.lines().take(3).eq(doc.lines().take(3));
            if !docs.iter().any(same) {
                docs.push(doc);
            }
        }
        self.add(format!("{name}/resources.yaml"), docs);
        let mut parts = vec!["resources: [resources.yaml]\n".to_owned()];
        fields(random, &mut parts, true);
        if random.chance(60) {
            parts.retain(|part| !part.starts_with("namePrefix"));
            parts.push(format!("namePrefix: {name}-\n"));
        }
        self.add(format!("{name}/kustomization.yaml"), parts);
        name.to_owned()
    }

    fn overlay(&mut self, random: &mut Random, name: &str, below: &[String]) {
        let mut list = String::from("resources:\n");
        for base in below {
            let _ = writeln!(list, "- ../{base}");
        }
        let mut parts = vec![list];
        if random.chance(20) {
            self.add(format!("{name}/more.yaml"), vec![resource(random)]);
            parts[0].push_str("- more.yaml\n");
        }
        if random.chance(20) {
            let component = format!("{name}-component");
            let mut fields_of_component =
                vec!["apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n".to_owned()];
            fields(random, &mut fields_of_component, false);
            self.add(
                format!("{component}/kustomization.yaml"),
                fields_of_component,
            );
            parts.push(format!("components: [../{component}]\n"));
        }
        fields(random, &mut parts, false);
        // Without a prefix of its own, what two layers make of one base would collide.
        if name != "top" && random.chance(80) {
            parts.retain(|part| !part.starts_with("namePrefix"));
            parts.push(format!("namePrefix: {name}-\n"));
        }
        self.add(format!("{name}/kustomization.yaml"), parts);
    }
}

fn refs(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

impl File {
    fn text(&self) -> String {
        if self.path.ends_with("kustomization.yaml") {
            self.parts.concat()
        } else {
            self.parts.join("---\n")
        }
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.0 {
            writeln!(f, "---- {}\n{}", file.path, file.text())?;
        }
        Ok(())
    }
}

/// Few names, so that they meet.
const NAMES: [&str; 4] = ["web", "api", "db", "cfg"];
const NAMESPACES: [&str; 4] = ["default", "shop", "ops", "base-ns"];

/// Adds fields of a kustomization, each at most once.
fn fields(random: &mut Random, parts: &mut Vec<String>, is_base: bool) {
    for (percent, field) in FIELDS {
        if random.chance(*percent) {
            let text = field(random, is_base);
            parts.push(text);
        }
    }
}

type Field = fn(&mut Random, bool) -> String;

const FIELDS: &[(usize, Field)] = &[
    (35, |random, _| {
        format!("namespace: {}\n", random.pick(&["shop", "ops", "default"]))
    }),
    (40, |random, _| {
        format!("namePrefix: {}\n", random.pick(&["dev-", "a-", "x"]))
    }),
    (25, |random, _| {
        format!("nameSuffix: {}\n", random.pick(&["-v1", "-b", "\"0\""]))
    }),
    (20, |random, _| {
        format!(
            "commonLabels: {{team: {}, num: \"1\"}}\n",
            random.pick(&["red", "\"yes\""])
        )
    }),
    (25, labels),
    (20, |random, _| {
        format!(
            "commonAnnotations: {{note: {}}}\n",
            random.pick(&["x", "\"true\"", "$(WHERE)"])
        )
    }),
    (25, images),
    (10, |random, _| {
        format!(
            "replicas:\n- {{name: {}, count: {}}}\n",
            random.pick(&NAMES),
            random.below(9)
        )
    }),
    (40, config_maps),
    (25, secrets),
    (15, |random, _| {
        let option = random.pick(&[
            "disableNameSuffixHash: true",
            "labels: {gen: \"1\"}",
            "annotations: {gen: a}",
            "immutable: true",
        ]);
        format!("generatorOptions:\n  {option}\n")
    }),
    (15, patch),
    (10, replacements),
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
        let option = random.pick(&[
            "originAnnotations",
            "transformerAnnotations",
            "managedByLabel",
        ]);
        format!("buildMetadata: [{option}]\n")
    }),
    (15, transformer),
];

fn labels(random: &mut Random, _: bool) -> String {
    let mut text = format!(
        "labels:\n- pairs: {{tier: {}}}\n",
        random.pick(&["front", "\"2\""])
    );
    text.push_str(random.pick(&[
        "",
        "  includeSelectors: true\n",
        "  includeTemplates: true\n",
    ]));
    if random.chance(20) {
        text.push_str("  fields:\n  - {path: spec/custom/labels, create: true, kind: Widget}\n");
    }
    text
}

fn images(random: &mut Random, _: bool) -> String {
    let mut text = String::from("images:\n");
    for _ in 0..=random.below(2) {
        let name = random.pick(&[
            "nginx",
            "registry.io/app",
            "registry.io:5000/app",
            "bus.box",
        ]);
        let change = random.pick(&[
            "newTag: v2",
            "newName: mirror.io/x",
            "newName: other, newTag: \"1.0\"",
            "digest: sha256:abcdef",
            "tagSuffix: -slim",
            "newTag: v3, digest: sha256:0123",
        ]);
        let _ = writeln!(text, "- {{name: \"{name}\", {change}}}");
    }
    text
}

fn config_maps(random: &mut Random, is_base: bool) -> String {
    generator(random, "configMapGenerator", is_base, "")
}

fn secrets(random: &mut Random, is_base: bool) -> String {
    generator(random, "secretGenerator", is_base, "  type: Opaque\n")
}

fn generator(random: &mut Random, field: &str, is_base: bool, more: &str) -> String {
    let name = random.pick(&NAMES);
    let mut text = format!("{field}:\n- name: gen-{name}\n{more}");
    if !is_base && random.chance(20) {
        let behavior = random.pick(&["merge", "replace", "create"]);
        let _ = writeln!(text, "  behavior: {behavior}");
    }
    if random.chance(20) {
        let _ = writeln!(text, "  namespace: {}", random.pick(&NAMESPACES));
    }
    let _ = writeln!(text, "  literals: [a={}, b=\"x y\"]", random.below(5));
    if random.chance(20) {
        text.push_str("  options: {disableNameSuffixHash: true}\n");
    }
    text
}

fn patch(random: &mut Random, _: bool) -> String {
    let name = random.pick(&NAMES);
    match random.below(4) {
        0 => format!(
            "patches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata:\n      name: {name}\n    spec:\n      replicas: 4\n"
        ),
        1 => "patches:\n- target: {kind: Deployment}\n  patch: |-\n    - {op: add, path: /metadata/annotations, value: {patched: \"1\"}}\n".to_owned(),
        2 => format!(
            "patches:\n- target: {{kind: ConfigMap|Secret, name: .*{name}}}\n  patch: |-\n    - {{op: replace, path: /metadata/name, value: renamed}}\n"
        ),
        _ => format!(
            "patches:\n- target: {{kind: Service, name: {name}}}\n  options: {{allowNameChange: true}}\n  patch: |-\n    apiVersion: v1\n    kind: Service\n    metadata:\n      name: front\n"
        ),
    }
}

fn replacements(random: &mut Random, _: bool) -> String {
    let source = match random.below(4) {
        0 => format!(
            "source: {{kind: ConfigMap, name: {}, fieldPath: data.key}}",
            random.pick(&NAMES)
        ),
        1 => format!("source: {{kind: Service, name: {}}}", random.pick(&NAMES)),
        2 => format!(
            "source: {{kind: Deployment, name: {}, fieldPath: 'spec.template.spec.containers.[name=main].image', options: {{delimiter: ':', index: 0}}}}",
            random.pick(&NAMES)
        ),
        _ => "sourceValue: fixed".to_owned(),
    };
    let target = random.pick(&[
        "select: {kind: Deployment}\n    fieldPaths: ['spec.template.spec.containers.[name=main].env.[name=KEY].value']",
        "select: {kind: ConfigMap}\n    fieldPaths: [data.copied, 'metadata.annotations.[example.io/from]']\n    options: {create: true}",
        "select: {kind: Ingress}\n    fieldPaths: [spec.rules.0.host]\n    options: {delimiter: ., index: 1}",
        "select: {kind: Deployment}\n    reject: [{name: .*api}]\n    fieldPaths: ['spec.template.spec.containers.*.image']\n    options: {delimiter: ':', index: 1}",
        "select: {labelSelector: app=web}\n    fieldPaths: [metadata.labels.copied]\n    options: {create: true}",
    ]);
    format!("replacements:\n- {source}\n  targets:\n  - {target}\n")
}

fn vars(random: &mut Random, _: bool) -> String {
    let name = random.pick(&NAMES);
    let object = random.pick(&[
        "kind: Service, apiVersion: v1",
        "kind: ConfigMap, apiVersion: v1",
    ]);
    let field = random.pick(&["", ", fieldref: {fieldPath: metadata.namespace}"]);
    format!("vars:\n- {{name: WHERE, objref: {{{object}, name: {name}}}{field}}}\n")
}

fn transformer(random: &mut Random, _: bool) -> String {
    let body = random.pick(&[
        "kind: PrefixTransformer\n  metadata: {name: t}\n  prefix: t-\n  fieldSpecs: [{path: metadata/name}]",
        "kind: LabelTransformer\n  metadata: {name: t}\n  labels: {by: plugin}\n  fieldSpecs: [{path: metadata/labels, create: true}, {path: spec/selector, kind: Service}]",
        "kind: NamespaceTransformer\n  metadata: {name: t, namespace: moved}\n  setRoleBindingSubjects: allServiceAccounts\n  unsetOnly: true",
        "kind: NamespaceTransformer\n  metadata: {name: t, namespace: moved}\n  setRoleBindingSubjects: none",
        "kind: AnnotationsTransformer\n  metadata: {name: t}\n  annotations: {by: plugin}\n  fieldSpecs: [{path: spec/template/metadata/annotations, create: true, kind: Deployment}]",
        "kind: ImageTagTransformer\n  metadata: {name: t}\n  imageTag: {name: nginx, newTag: plugin}",
        "kind: HashTransformer\n  metadata: {name: t}",
    ]);
    format!("transformers:\n- |-\n  apiVersion: builtin\n  {body}\n")
}

/// Returns a resource; its first line tells the kind.
fn resource(random: &mut Random) -> String {
    let name = random.pick(&NAMES);
    let namespace = if random.chance(30) {
        format!(", namespace: {}", random.pick(&NAMESPACES))
    } else {
        String::new()
    };
    let more = random.pick(&[
        "",
        ", labels: {app: web}",
        ", annotations: {a: b, n: \"1\"}",
        ", annotations: {}",
    ]);
    let meta = format!("metadata: {{name: {name}{namespace}{more}}}\n");
    let cluster = format!("metadata: {{name: {name}{more}}}\n");
    let body = random.pick(KINDS);
    let is_cluster = body.starts_with('!');
    let body = body.trim_start_matches('!');
    let (head, rest) = body.split_once('\n').unwrap();
    let head = head.trim_matches(['{', '}']).replace(", ", "\n");
    let mut text = format!("{head}\n{}", if is_cluster { cluster } else { meta });
    // `%` stands for a name that may be that of a resource, `@` for that of a generated one.
    for c in rest.chars() {
        match c {
            '%' => text.push_str(random.pick(&NAMES)),
            '@' => {
                let _ = write!(
                    text,
                    "{}{}",
                    random.pick(&["gen-", ""]),
                    random.pick(&NAMES)
                );
            }
            '#' => text.push_str(random.pick(&NAMESPACES)),
            c => text.push(c),
        }
    }
    text
}

/// Kinds with what follows their metadata. A `!` marks what has no namespace.
const KINDS: &[&str] = &[
    "{apiVersion: v1, kind: ConfigMap}\ndata: {key: value, host: example.com}\n",
    "{apiVersion: v1, kind: Secret}\nstringData: {key: value}\n",
    "{apiVersion: v1, kind: Service}\nspec:\n  selector: {app: web}\n  ports: [{port: 80}]\n",
    "{apiVersion: v1, kind: ServiceAccount}\nimagePullSecrets: [{name: @}]\n",
    "{apiVersion: apps/v1, kind: Deployment}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      serviceAccountName: %\n      priorityClassName: %\n      imagePullSecrets: [{name: @}]\n      initContainers: [{name: init, image: 'registry.io:5000/app:1@sha256:00'}]\n      containers:\n      - name: main\n        image: nginx:1.25\n        args: [\"--at=$(WHERE)\"]\n        envFrom: [{configMapRef: {name: @}}, {secretRef: {name: @}}]\n        env:\n        - {name: KEY, value: old}\n        - {name: REF, valueFrom: {configMapKeyRef: {name: @, key: a}}}\n        - {name: S, valueFrom: {secretKeyRef: {name: @, key: a}}}\n      - {name: side, image: registry.io/app}\n      volumes:\n      - {name: c, configMap: {name: @}}\n      - {name: s, secret: {secretName: @}}\n      - {name: p, persistentVolumeClaim: {claimName: %}}\n      - {name: all, projected: {sources: [{configMap: {name: @}}, {secret: {name: @}}]}}\n",
    "{apiVersion: apps/v1, kind: StatefulSet}\nspec:\n  serviceName: %\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers: [{name: main, image: busybox}]\n  volumeClaimTemplates:\n  - metadata: {name: data}\n    spec: {storageClassName: %}\n",
    "{apiVersion: batch/v1, kind: CronJob}\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers: [{name: main, image: busxbox, envFrom: [{configMapRef: {name: @}}]}]\n          volumes: [{name: c, configMap: {name: @}}]\n",
    "{apiVersion: networking.k8s.io/v1, kind: Ingress}\nspec:\n  tls: [{hosts: [a.b], secretName: @}]\n  rules:\n  - host: shop.example.com\n    http: {paths: [{path: /, backend: {service: {name: %, port: {number: 80}}}}]}\n",
    "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler}\nspec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %}}\n",
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role}\nrules: [{apiGroups: [''], resources: [configmaps], resourceNames: [@, @], verbs: [get]}]\n",
    "!{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole}\nrules: [{apiGroups: [''], resources: [secrets], resourceNames: [@], verbs: [get]}]\n",
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: %}\nsubjects:\n- {kind: ServiceAccount, name: %, namespace: #}\n- {kind: ServiceAccount, name: default}\n- {kind: User, name: jane}\n",
    "!{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %}\nsubjects:\n- {kind: ServiceAccount, name: %, namespace: #}\n- {kind: ServiceAccount, name: %}\n",
    "{apiVersion: v1, kind: PersistentVolumeClaim}\nspec: {storageClassName: %, volumeName: %}\n",
    "!{apiVersion: v1, kind: PersistentVolume}\nspec: {storageClassName: %}\n",
    "!{apiVersion: storage.k8s.io/v1, kind: StorageClass}\nprovisioner: x\n",
    "!{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass}\nvalue: 1\n",
    "!{apiVersion: v1, kind: Namespace}\nspec: {}\n",
    "!{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration}\nwebhooks:\n- {name: a.b.c, clientConfig: {service: {name: %, namespace: #, path: /}}}\n- {name: d.e.f, clientConfig: {service: {name: %}}}\n",
    "!{apiVersion: apiregistration.k8s.io/v1, kind: APIService}\nspec: {service: {name: %, namespace: #}}\n",
    "!{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition}\nspec: {group: example.io, names: {kind: Widget, plural: widgets}, containers: [{image: nginx}]}\n",
    "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy}\nspec:\n  podSelector: {matchLabels: {app: web}}\n  ingress: [{from: [{podSelector: {matchLabels: {app: api}}}]}]\n",
    "{apiVersion: policy/v1, kind: PodDisruptionBudget}\nspec: {selector: {matchLabels: {app: web}}}\n",
    "{apiVersion: example.io/v1, kind: Widget}\nspec: {containers: [{image: nginx}], ref: %}\n",
    "{apiVersion: v1, kind: Pod}\nspec:\n  serviceAccountName: %\n  containers: [{name: main, image: nginx, env: [{name: A, value: 'x$(WHERE)y'}], envFrom: [{secretRef: {name: @}}]}]\n",
];
