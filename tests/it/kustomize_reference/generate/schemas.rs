//! What tells of kinds and of their fields: `openapi`, `crds`, `configurations`.

use super::{Folder, Random};

/// Returns the field `openapi`.
pub(super) fn open_api(random: &mut Random, folder: &mut Folder<'_>) -> String {
    if random.chance(15) {
        let version = random.pick(&["v1.21.2", "v1.20.4", "\"\""]);
        return format!("openapi: {{version: {version}}}\n");
    }
    let key = random.pick(&["name", "image", "[name, port]"]);
    let (merge, list) = match key {
        "[name, port]" => (
            String::new(),
            ", x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [name, port]",
        ),
        key => (format!(", x-kubernetes-patch-merge-key: {key}"), ""),
    };
    let strategy = random.pick(&["merge", "merge,retainKeys", "replace"]);
    let group = random.pick(&["example.io", "example.io", "other.io"]);
    let text = format!(
        "definitions:\n  io.example.v1.Widget:\n    type: object\n    properties:\n      \
         apiVersion: {{type: string}}\n      kind: {{type: string}}\n      metadata: {{type: object}}\n      \
         spec:\n        type: object\n        properties:\n          containers:\n            type: array\n            \
         items: {{$ref: '#/definitions/io.example.v1.Part'}}\n            \
         x-kubernetes-patch-strategy: {strategy}\n            comment: x{merge}{list}\n          \
         names: {{type: array, items: {{type: string}}, x-kubernetes-patch-strategy: merge}}\n    \
         x-kubernetes-group-version-kind: [{{group: {group}, kind: Widget, version: v1}}]\n  \
         io.example.v1.Part: {{type: object, properties: {{image: {{type: string}}}}}}\n"
    );
    // The extensions stand on lines of their own.
    let text = text.replace("            comment: x, ", "            ");
    let text = text.replace("            comment: x\n", "");
    let text = text.replace(
        ", x-kubernetes-list-map-keys",
        "\n            x-kubernetes-list-map-keys",
    );
    let name = folder.file("schema.yaml", text);
    format!("openapi: {{path: {name}}}\n")
}

/// Returns the field `crds`.
pub(super) fn crds(random: &mut Random, folder: &mut Folder<'_>) -> String {
    let reference = random.pick(&[
        "\"x-kubernetes-object-ref-api-version\": \"v1\", \"x-kubernetes-object-ref-kind\": \"Service\"",
        "\"x-kubernetes-object-ref-api-version\": \"v1\", \"x-kubernetes-object-ref-kind\": \"ConfigMap\", \"x-kubernetes-object-ref-name-key\": \"name\"",
        "\"x-kubernetes-object-ref-api-version\": \"v1\", \"x-kubernetes-object-ref-kind\": \"Secret\"",
        "\"x-kubernetes-annotation\": \"\"",
        "\"x-kubernetes-label-selector\": \"\"",
        "\"x-kubernetes-identity\": \"\"",
        "\"description\": \"none\"",
    ]);
    let text = format!(
        "{{\"example.io/v1.Widget\": {{\"Schema\": {{\"description\": \"a\", \"properties\": {{\
         \"apiVersion\": {{\"type\": \"string\"}}, \"kind\": {{\"type\": \"string\"}}, \
         \"metadata\": {{\"$ref\": \"k8s.io/apimachinery/pkg/apis/meta/v1.ObjectMeta\"}}, \
         \"spec\": {{\"$ref\": \"example.io/v1.Spec\"}}}}}}, \"Dependencies\": []}}, \
         \"example.io/v1.Spec\": {{\"Schema\": {{\"properties\": {{\"ref\": {{\"type\": \"string\", {reference}}}}}}}}}}}\n"
    );
    let name = folder.file("crd.json", text);
    format!("crds: [{name}]\n")
}

/// Returns the field `configurations`.
pub(super) fn configurations(random: &mut Random, folder: &mut Folder<'_>) -> String {
    let mut names = Vec::new();
    for _ in 0..=random.below(2) {
        let config = random.pick(CONFIGURATIONS);
        names.push(folder.file("config.yaml", config.to_owned()));
    }
    format!("configurations: [{}]\n", names.join(", "))
}

const CONFIGURATIONS: &[&str] = &[
    "images:\n- {path: 'spec/containers[]/image', kind: Widget}\n",
    "images:\n- {path: spec/image, create: true, kind: Widget}\n",
    "nameReference:\n- kind: ConfigMap\n  fieldSpecs:\n  - {path: spec/ref, kind: Widget}\n- kind: Service\n  fieldSpecs:\n  - {path: spec/ref, kind: Widget}\n",
    "nameReference:\n- kind: Secret\n  version: v1\n  fieldSpecs:\n  - {path: 'spec/containers[]/secret', kind: Widget}\n  - {path: data/key, kind: ConfigMap}\n",
    "nameReference:\n- kind: Widget\n  group: example.io\n  fieldSpecs:\n  - {path: metadata/annotations/widget, kind: Deployment}\n",
    "namePrefix:\n- {path: spec/ref, kind: Widget}\n",
    "nameSuffix:\n- {path: metadata/labels/app, kind: Service}\n",
    "commonLabels:\n- {path: spec/labels, create: true, kind: Widget}\n",
    "labels:\n- {path: spec/labels, create: true, kind: Widget}\ntemplateLabels:\n- {path: spec/tl, create: true, kind: Widget}\n",
    "commonAnnotations:\n- {path: spec/notes, create: true, kind: Widget}\nnamespace:\n- {path: spec/ns, create: true, kind: Widget}\n",
    "varReference:\n- {path: spec/ref, kind: Widget}\nreplicas:\n- {path: spec/size, create: true, kind: Widget}\n",
    "varReference:\n- {path: data, kind: ConfigMap}\n- {path: metadata/annotations}\n",
    "namespace:\n- {path: metadata/namespace, create: true}\n",
    "replicas:\n- {path: spec/replicas, create: false, kind: Deployment}\n",
    "{}\n",
];
