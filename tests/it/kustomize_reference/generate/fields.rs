//! The fields of a kustomization.

use std::fmt::Write as _;

use super::generators::{config_maps, secrets};
use super::patches::{old_json, old_strategic, patches};
use super::plugins::{generators, transformers, validators};
use super::replacements::{replacements, vars};
use super::schemas::{configurations, crds, open_api};
use super::{Folder, NAMES, Random, values};

/// Adds fields of a kustomization, each at most once.
pub(super) fn fields(random: &mut Random, folder: &mut Folder<'_>, parts: &mut Vec<String>) {
    for (percent, field) in FIELDS {
        if random.chance(*percent) {
            let mut text = field(random, folder);
            if random.chance(2) {
                text = recased(random, &text);
            }
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
    (8, vars),
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
    (8, generators),
    (5, validators),
    (10, configurations),
    (8, open_api),
    (6, crds),
    (8, odd_resource),
    (3, |_, _| {
        "metadata: {name: own, labels: {a: b}, annotations: {c: d}}\n".to_owned()
    }),
    (3, |_, _| {
        "imageTags:\n- {name: nginx, newTag: old}\n".to_owned()
    }),
    (3, |random, _| {
        let none = random.pick(&[
            "vars: []",
            "components: []",
            "helmCharts: []",
            "images: ",
            "patches: null",
        ]);
        format!("{none}\n")
    }),
];

/// Writes the name of a field in another case, as is allowed.
fn recased(random: &mut Random, text: &str) -> String {
    let Some((name, rest)) = text.split_once(':') else {
        return text.to_owned();
    };
    let name = match random.below(3) {
        0 => name.to_uppercase(),
        1 => name.to_lowercase(),
        _ => format!("{}{}", name[..1].to_uppercase(), &name[1..]),
    };
    format!("{name}:{rest}")
}

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
