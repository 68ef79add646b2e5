//! `ApplicationSet`s: the Applications that their generators make, and what those expand to.

use super::cli::Sandbox;
use super::expand::{fleet, rendered};

const GIT: &str = "https://git.example.com/org/fleet";

/// A fleet of a set with these generators, and a template as Argo CD's documentation has it.
fn sandbox(spec: &str) -> Sandbox {
    let set = format!(
        "apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {{name: set, namespace: argocd}}
spec:
{spec}"
    );
    let map = |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n");
    fleet(&[
        ("cluster/set.yaml", &set),
        ("apps/web/map.yaml", &map("web")),
        ("apps/db/map.yaml", &map("db")),
        ("apps/db/below/map.yaml", &map("below")),
        ("apps/.hidden/map.yaml", &map("hidden")),
        (
            "envs/dev/config.json",
            r#"{"env": {"name": "Dev_1", "replicas": 2}, "on": true}"#,
        ),
        (
            "envs/prod/config.yaml",
            "- {env: {name: prod, replicas: 5}}\n- {env: {name: prod-2, replicas: 6}}\n",
        ),
    ])
}

/// A template that names these.
fn template(name: &str, path: &str, rest: &str) -> String {
    format!(
        "  template:
    metadata: {{name: '{name}', labels: {{from: set}}}}
    spec:
      destination: {{namespace: shop}}
      source: {{repoURL: {GIT}, path: '{path}'{rest}}}
"
    )
}

/// The names of the Applications and the paths of their sources.
fn applications(sandbox: &Sandbox) -> Vec<(String, String)> {
    let objects = rendered(sandbox, "cluster/set");
    let objects = objects
        .iter()
        .filter(|object| object["kind"].as_str() == Some("Application"));
    let text = |value: &serde_yaml::Value| value.as_str().unwrap_or_default().to_owned();
    objects
        .map(|object| {
            assert_eq!(object["metadata"]["namespace"].as_str(), Some("argocd"));
            assert_eq!(object["metadata"]["labels"]["from"].as_str(), Some("set"));
            (
                text(&object["metadata"]["name"]),
                text(&object["spec"]["source"]["path"]),
            )
        })
        .collect()
}

fn check(spec: &str, wanted: &[(&str, &str)]) -> Sandbox {
    let sandbox = sandbox(spec);
    let found = applications(&sandbox);
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(name, path)| (name.as_str(), path.as_str()))
        .collect();
    assert_eq!(found, wanted, "{spec}");
    sandbox
}

#[test]
fn lists_have_an_application_for_each_element() {
    let generators =
        "  generators:\n  - list: {elements: [{app: web, values: {x: y}}, {app: db}]}\n";
    let sandbox = check(
        &format!(
            "{generators}{}",
            template("{{app}}-{{ values.x }}{{nope}}", "apps/{{app}}", "")
        ),
        &[
            ("db-{{ values.x }}{{nope}}", "apps/db"),
            ("web-y{{nope}}", "apps/web"),
        ]
        .into_iter()
        .rev()
        .collect::<Vec<_>>(),
    );
    // What the Applications expand to is named by them.
    let objects = rendered(&sandbox, "cluster/set/web-y--nope--");
    assert_eq!(objects[0]["metadata"]["name"].as_str(), Some("web"));
    assert_eq!(objects[0]["metadata"]["namespace"].as_str(), Some("shop"));
    check(
        &format!(
            "  goTemplate: true\n  goTemplateOptions: [missingkey=error]\n{generators}{}",
            template(
                "{{.app}}-{{ .app | upper | normalize }}",
                "apps/{{ index . \"app\" }}",
                ""
            )
        ),
        &[("web-web", "apps/web"), ("db-db", "apps/db")],
    );
}

#[test]
fn folders_and_files_of_the_repository_are_parameters() {
    let folders = "  generators:\n  - git:\n      repoURL: git@git.example.com:org/fleet.git\n      revision: HEAD\n      directories: [{path: apps/*}, {path: apps/web, exclude: true}]\n      values: {base: 'x-PATH'}\n";
    check(
        &format!(
            "{}{}",
            folders.replace("PATH", "{{path.basename}}"),
            template("{{values.base}}-{{path[0]}}", "{{path}}", "")
        ),
        &[("x-db-apps", "apps/db")],
    );
    check(
        &format!(
            "  goTemplate: true\n{}{}",
            folders.replace("PATH", "{{.path.basename}}"),
            template(
                "{{.values.base}}-{{index .path.segments 1}}",
                "{{.path.path}}",
                ""
            )
        ),
        &[("x-db-db", "apps/db")],
    );
    let files = format!(
        "  generators:\n  - git: {{repoURL: {GIT}, files: [{{path: 'envs/**/config.*'}}]}}\n"
    );
    check(
        &format!(
            "  goTemplate: true\n{files}{}",
            template(
                "{{.env.name | normalize}}-{{.path.basename}}-{{.path.filenameNormalized}}",
                "charts/app",
                ", helm: {parameters: [{name: replicas, value: '{{.env.replicas}}'}]}"
            )
        ),
        &[
            ("dev-1-dev-config.json", "charts/app"),
            ("prod-prod-config.yaml", "charts/app"),
            ("prod-2-prod-config.yaml", "charts/app"),
        ],
    );
    check(
        &format!(
            "{files}{}",
            template(
                "{{env.name}}.{{path.basename}}-{{env.replicas}}-{{on}}",
                "apps/web",
                "",
            )
        ),
        &[
            ("Dev_1.dev-2-true", "apps/web"),
            ("prod.prod-5-{{on}}", "apps/web"),
            ("prod-2.prod-6-{{on}}", "apps/web"),
        ],
    );
}

#[test]
fn a_matrix_has_each_with_each() {
    check(
        &format!(
            "  goTemplate: true
  generators:
  - matrix:
      generators:
      - list: {{elements: [{{app: web}}, {{app: db}}]}}
      - git: {{repoURL: {GIT}, directories: [{{path: 'apps/{{{{.app}}}}'}}, {{path: envs/*}}]}}
{}",
            template(
                "{{.app}}-{{.path.basename}}",
                "{{.path.path}}",
                ", directory: {exclude: '*config*'}"
            )
        ),
        &[
            ("web-web", "apps/web"),
            ("web-dev", "envs/dev"),
            ("web-prod", "envs/prod"),
            ("db-db", "apps/db"),
            ("db-dev", "envs/dev"),
            ("db-prod", "envs/prod"),
        ],
    );
}

#[test]
fn a_patch_goes_over_the_template() {
    let sandbox = sandbox(&format!(
        "  goTemplate: true
  generators: [{{list: {{elements: [{{app: web, replicas: '4'}}]}}}}]
  templatePatch: |
    spec:
      source:
        helm:
          parameters:
          - {{name: replicas, value: '{{{{ .replicas }}}}'}}
{}",
        template("{{.app}}", "charts/app", "")
    ));
    let run = sandbox.run(&[
        "explain",
        "--expand",
        "dev",
        "Deployment/web",
        "spec.replicas",
    ]);
    let text = run.passes();
    assert!(
        text.contains("= 4") && text.contains("cluster/set.yaml:7"),
        "{text}"
    );
}

#[test]
fn mistakes_name_their_line() {
    let fails = |spec: &str, wanted: &[&str]| {
        let sandbox = sandbox(spec);
        sandbox.run(&["render", "--expand"]).fails(2, wanted);
        sandbox.run(&["render", "--expand=lenient"]).passes();
    };
    let list = "  generators: [{list: {elements: [{app: web}]}}]\n";
    let name = |name: &str| template(name, "apps/web", "");
    fails(
        &format!(
            "  goTemplate: true\n  goTemplateOptions: [missingkey=error]\n{list}{}",
            name("{{.nope}}")
        ),
        &[
            "nope",
            "cluster/set.yaml:9",
            "ApplicationSet `set` is expanded",
        ],
    );
    fails(
        &format!("  goTemplate: true\n{list}{}", name("{{if}}")),
        &["if", "cluster/set.yaml:8"],
    );
    fails(
        &format!("  goTemplateOptions: [missing]\n{list}{}", name("a")),
        &[
            "`missing` is not an option of templates",
            "cluster/set.yaml:5",
        ],
    );
    fails(
        &format!(
            "  generators: [{{list: {{elements: [{{app: 1}}]}}}}]\n{}",
            name("a")
        ),
        &["`1` is not text", "cluster/set.yaml:5"],
    );
    fails(
        &format!("  generators: [{{clusters: {{}}}}]\n{}", name("a")),
        &["`clusters` gives is not known here", "cluster/set.yaml:5"],
    );
    fails(
        &format!(
            "  generators: [{{git: {{repoURL: https://x/y, directories: [{{path: a}}]}}}}]\n{}",
            name("a")
        ),
        &["`https://x/y` is not in this tree", "cluster/set.yaml:5"],
    );
    fails(
        &format!(
            "  generators: [{{matrix: {{generators: []}}}}]\n{}",
            name("a")
        ),
        &["two generators", "cluster/set.yaml:5"],
    );
    fails(list, &["`spec.template` is missing"]);
    // Two elements, one name.
    fails(
        &format!(
            "  generators: [{{list: {{elements: [{{app: web}}, {{app: db}}]}}}}]\n{}",
            name("same")
        ),
        &["already registered id", "cluster/set.yaml:7"],
    );
}
