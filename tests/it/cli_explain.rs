//! `lockgate explain` through the binary.

use serde_json::Value;

use super::cli::Sandbox;

/// A base and an overlay in which each means of a kustomization writes or removes something.
#[expect(clippy::too_many_lines, reason = "files as they stand on disk")]
fn shop() -> Sandbox {
    Sandbox::new(&[
        (
            "base/kustomization.yaml",
            "resources: [web.yaml]
configMapGenerator:
- name: settings
  literals: [url=http://base, mode=slow]
",
        ),
        (
            "base/web.yaml",
            "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations: {owner: us}
spec:
  replicas: 1
  paused: true
  template:
    spec:
      containers:
      - name: side
        image: side:1
      - name: web
        image: nginx:1
        env:
        - name: A
          value: a
        - name: B
          value: b
        envFrom:
        - configMapRef: {name: settings}
---
apiVersion: v1
kind: Service
metadata:
  name: old
",
        ),
        (
            "overlays/prod/kustomization.yaml",
            "resources: [../../base]
namePrefix: prod-
namespace: shop
images:
- name: nginx
  newTag: '1.27'
patches:
- path: patch.yaml
- target: {kind: Deployment}
  patch: |-
    - op: remove
      path: /metadata/annotations/owner
    - op: replace
      path: /spec/replicas
      value: 3
    - op: copy
      from: /spec/replicas
      path: /spec/copied
configMapGenerator:
- name: settings
  behavior: replace
  literals: [url=http://prod]
secretGenerator:
- name: token
  literals: [password=hunter2]
replacements:
- source: {kind: ConfigMap, name: settings, fieldPath: data.url}
  targets:
  - select: {kind: Deployment}
    fieldPaths:
    - spec.template.spec.containers.[name=web].env.[name=B].value
",
        ),
        (
            "overlays/prod/patch.yaml",
            "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  paused: null
  template:
    spec:
      containers:
      - name: side
        $patch: delete
---
apiVersion: v1
kind: Service
metadata:
  name: old
$patch: delete
",
        ),
    ])
}

/// Returns the steps of a field with file and line, and the value after each.
fn chain(sandbox: &Sandbox, object: &str, field: &str) -> Vec<String> {
    let run = sandbox.run(&["explain", "prod", object, field, "-o", "json"]);
    let json: Value = serde_json::from_str(run.passes()).unwrap();
    let writers = json["explanations"][0]["writers"].as_array().unwrap();
    let text = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
    writers
        .iter()
        .map(|writer| {
            let effect = if writer["removed"] == true {
                "removed".to_owned()
            } else {
                text(&writer["value"])
            };
            let (file, line) = (&writer["at"]["file"], &writer["at"]["line"]);
            format!("{} {}:{line} {effect}", text(&writer["step"]), text(file))
        })
        .collect()
}

#[test]
fn each_writer_of_a_field_is_named_with_its_line_and_the_value_after_it() {
    let sandbox = shop();
    let kustomization = "overlays/prod/kustomization.yaml";
    for (object, field, want) in [
        (
            "Deployment/prod-web",
            "spec.replicas",
            vec![
                "resources base/web.yaml:7 1".to_owned(),
                format!("patches {kustomization}:15 3"),
            ],
        ),
        (
            "deploy/prod-web",
            "spec.template.spec.containers[name=web].image",
            vec![
                "resources base/web.yaml:15 nginx:1".to_owned(),
                format!("images {kustomization}:6 nginx:1.27"),
            ],
        ),
        (
            "deploy/prod-web",
            "metadata.name",
            vec![
                "resources base/web.yaml:4 web".to_owned(),
                format!("namePrefix {kustomization}:2 prod-web"),
            ],
        ),
        (
            "deploy/prod-web",
            "spec.copied",
            vec![format!("patches {kustomization}:16 3")],
        ),
        (
            "deploy/prod-web",
            "metadata.namespace",
            vec![format!("namespace {kustomization}:3 shop")],
        ),
        (
            "deploy/prod-web",
            "spec.template.spec.containers[0].env[1].value",
            vec![
                "resources base/web.yaml:20 b".to_owned(),
                format!("replacements {kustomization}:31 http://prod"),
            ],
        ),
    ] {
        assert_eq!(chain(&sandbox, object, field), want, "{object} {field}");
    }
}

#[test]
fn a_generated_name_is_followed_through_hash_and_reference() {
    let sandbox = shop();
    let field = "spec.template.spec.containers[name=web].envFrom[0].configMapRef.name";
    let found = chain(&sandbox, "deploy/prod-web", field);
    assert_eq!(found[0], "resources base/web.yaml:22 settings", "{found:?}");
    assert!(
        found[1]
            .starts_with("reference to a name overlays/prod/kustomization.yaml:2 prod-settings-"),
        "{found:?}"
    );
}

#[test]
fn what_removed_a_field_or_an_object_is_named() {
    let sandbox = shop();
    for (object, field, last) in [
        (
            "deploy/prod-web",
            "spec.paused",
            "patches overlays/prod/patch.yaml:6 removed",
        ),
        (
            "deploy/prod-web",
            "metadata.annotations.owner",
            "patches overlays/prod/kustomization.yaml:11 removed",
        ),
        (
            "deploy/prod-web",
            "spec.template.spec.containers[name=side].image",
            "patches overlays/prod/patch.yaml:11 removed",
        ),
        (
            "cm/settings",
            "data.mode",
            "configMapGenerator overlays/prod/kustomization.yaml:20 removed",
        ),
        (
            "svc/old",
            "metadata.name",
            "patches overlays/prod/patch.yaml:17 removed",
        ),
    ] {
        let found = chain(&sandbox, object, field);
        assert_eq!(
            found.last().map(String::as_str),
            Some(last),
            "{object} {field}: {found:?}"
        );
    }
    let whole = sandbox.run(&["explain", "prod", "svc/old"]);
    let text = whole.passes();
    assert!(text.contains("it was removed"), "{text}");
    assert!(text.contains("overlays/prod/patch.yaml:17"), "{text}");
}

#[test]
fn an_object_is_found_by_the_name_it_was_read_with() {
    let sandbox = shop();
    let run = sandbox.run(&["explain", "deploy/web", "spec.replicas"]);
    let text = run.passes();
    assert!(text.contains("Deployment/shop/prod-web"), "{text}");
    assert!(text.contains("read as Deployment/web"), "{text}");
    assert!(text.contains("      value: 3"), "{text}");
    // By its folder as well as by its environment.
    let folder = sandbox.run(&[
        "explain",
        "-k",
        "overlays/prod",
        "deploy/web",
        "/spec/replicas",
    ]);
    assert!(folder.passes().contains("= 3"), "{}", folder.stdout);
}

#[test]
fn a_secret_is_never_shown() {
    let sandbox = shop();
    let field = sandbox.run(&["explain", "secret/token", "data.password"]);
    assert!(
        field.passes().contains("data.password: ***"),
        "{}",
        field.stdout
    );
    for arguments in [
        &["explain", "secret/token", "data.password"][..],
        &["explain", "secret/token"],
        &["explain", "secret/token", "data", "-o", "json"],
        &["explain", "secret/token", "--annotate"],
        &["explain", "secret/token", "--annotate", "-o", "json"],
    ] {
        let run = sandbox.run(arguments);
        let text = run.passes();
        for secret in ["hunter2", "aHVudGVyMg"] {
            assert!(!text.contains(secret), "{arguments:?}: {text}");
        }
    }
}

#[test]
fn an_annotated_object_is_the_rendered_object_with_the_place_of_each_line() {
    let sandbox = shop();
    let run = sandbox.run(&["explain", "prod", "deploy/prod-web", "--annotate"]);
    let text = run.passes();
    let place = |start: &str| {
        let line = text
            .lines()
            .find(|line| line.trim_start().starts_with(start));
        line.and_then(|line| line.split("  # ").nth(1))
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(place("replicas: 3"), "overlays/prod/kustomization.yaml:15");
    assert_eq!(
        place("image: nginx:1.27"),
        "overlays/prod/kustomization.yaml:6"
    );
    assert_eq!(place("- name: A"), "base/web.yaml:17");
    assert_eq!(place("kind: Deployment"), "base/web.yaml:2");
    // Without its comments it is what a build prints.
    let bare: Vec<&str> = text
        .lines()
        .skip(2)
        .map(|line| line.split("  # ").next().unwrap_or_default().trim_end())
        .collect();
    let bare = bare.join("\n");
    let rendered = sandbox.run(&["build", "overlays/prod"]);
    assert!(
        rendered.passes().contains(&bare),
        "{bare}\nin\n{}",
        rendered.stdout
    );
}

#[test]
fn mistakes_are_told_with_what_may_have_been_meant() {
    let sandbox = shop();
    for (arguments, words) in [
        (
            &["explain", "web"][..],
            &["`web` names no object", "KIND/NAME"][..],
        ),
        (
            &["explain", "deploy/wob"],
            &["no build has, or had, `deploy/wob`", "prod-web"],
        ),
        (&["explain", "prd", "deploy/web"], &["prd", "prod"]),
        (
            &["explain", "deploy/web", "spec.replica"],
            &["has no field `spec.replica`", "`spec.replicas`"],
        ),
        (
            &[
                "explain",
                "deploy/web",
                "spec.template.spec.containers[name=x].image",
            ],
            &["containers[name=web]"],
        ),
        (&["explain", "deploy/web", "spec..x"], &["a key is empty"]),
        (
            &["explain", "deploy/web", "spec", "--annotate"],
            &["--annotate", "whole object"],
        ),
        (
            &["explain", "a", "b/c", "d", "e"],
            &["no more were expected"],
        ),
        (
            &["explain", "-k", "none", "deploy/web"],
            &["none", "does not exist"],
        ),
    ] {
        sandbox.run(arguments).fails(2, words);
    }
}
