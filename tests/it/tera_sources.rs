//! Sources with Tera templates: rendered, patched, explained, and what can be wrong with them.

use super::cli::Sandbox;

const FLEET: &str = "apiVersion: lockgate.dev/v1alpha1
kind: Fleet
metadata: {name: shop}
spec:
  environments:
  - name: dev
    sources:
    - tera:
        path: manifests/web
        values: [values/common.yaml, values/dev.yaml]
        valuesInline: {image: {tag: '1.28'}}
        patches:
        - target: {kind: Service}
          patch: |-
            - {op: add, path: /spec/type, value: NodePort}
";

fn shop() -> Sandbox {
    Sandbox::new(&[
        ("lockgate.yaml", FLEET),
        (
            "manifests/web/app.yaml",
            "{% import \"_macros.tera\" as m %}apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ name }}
spec:
  replicas: {{ replicas }}
  template:
    spec:
      containers:
      - name: web
        image: {{ m::image(image=image) }}
{%- if debug %}
        args: [--debug]
{%- endif %}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ name }}
spec:
  ports:
  {%- for port in ports %}
  - port: {{ port }}
  {%- endfor %}
",
        ),
        (
            "manifests/web/_macros.tera",
            "{% macro image(image) %}{{ image.name }}:{{ image.tag }}{% endmacro %}",
        ),
        (
            "values/common.yaml",
            "name: web\nreplicas: 1\nports: [80, 443]\ndebug: false\nimage:\n  name: nginx\n  tag: '1.27'\n",
        ),
        ("values/dev.yaml", "replicas: 3\ndebug: true\n"),
    ])
}

#[test]
fn templates_render_over_values_with_patches_over_them() {
    let shop = shop();
    let out = shop.run(&["render", "--env", "dev"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    for line in [
        "replicas: 3",
        "image: nginx:1.28",
        "- --debug",
        "- port: 443",
        "type: NodePort",
    ] {
        assert!(out.stdout.contains(line), "no `{line}` in\n{}", out.stdout);
    }
}

#[test]
fn explain_names_the_value_and_the_line_that_printed_it() {
    let shop = shop();
    let out = shop.run(&["explain", "dev", "Deployment/web", "spec.replicas"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert!(out.stdout.contains("values/dev.yaml:1"), "{}", out.stdout);
    assert!(
        out.stdout.contains("printed by manifests/web/app.yaml:6"),
        "{}",
        out.stdout
    );
    let out = shop.run(&["explain", "dev", "Service/web", "spec.type"]);
    assert!(out.stdout.contains("lockgate.yaml:15"), "{}", out.stdout);
    let out = shop.run(&["explain", "dev", "Service/web", "spec.ports[1].port"]);
    assert!(
        out.stdout.contains("values/common.yaml:3"),
        "{}",
        out.stdout
    );
}

#[test]
fn mistakes_name_their_line() {
    let wrong = |file: &str, text: &str, expected: &[&str]| {
        let shop = shop();
        shop.write(file, text);
        let out = shop.run(&["render"]);
        assert_eq!(out.code, 2, "{}", out.stdout);
        for part in expected {
            assert!(out.stderr.contains(part), "no `{part}` in\n{}", out.stderr);
        }
    };
    wrong(
        "values/dev.yaml",
        "- a\n",
        &["values must be a mapping", "values/dev.yaml:1"],
    );
    wrong(
        "manifests/web/app.yaml",
        "a: 1\nb: {{ nope }}\n",
        &["nope", "manifests/web/app.yaml"],
    );
    wrong(
        "manifests/web/app.yaml",
        "a: 1\nb: [{{ name }}\n",
        &["no YAML", "app.yaml:2"],
    );
    wrong(
        "manifests/web/app.yaml",
        "kind: X\nname: {{ name\n",
        &["manifests/web/app.yaml"],
    );
    wrong(
        "lockgate.yaml",
        &FLEET.replace("values/dev.yaml", "values/nope.yaml"),
        &["values/nope.yaml", "does not exist", "lockgate.yaml:10"],
    );
    wrong(
        "lockgate.yaml",
        &FLEET.replace("values/dev.yaml", "../../etc/passwd"),
        &["leaves the folder"],
    );
    wrong(
        "lockgate.yaml",
        &FLEET.replace("path: manifests/web", "path: values"),
        &["has no manifests"],
    );
}
