//! `lockgate.yaml`: what the decoder refuses the published JSON Schema refuses, and what is wrong is told
//! at its line, with what was likely meant.

use std::path::Path;

use lockgate::render::fleet::{Fleet, FleetErrors, JSON_SCHEMA};
use lockgate::source::DiskTree;
use lockgate::yaml::{Diagnostic as _, FileId, Limits, json, parse};
use serde_json::Value;

/// Loads a fleet file over a repository with two apps, a policy folder and a chart.
fn load(text: &str) -> Result<Fleet, FleetErrors> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    };
    write("lockgate.yaml", text);
    for app in ["web", "api"] {
        for environment in ["dev", "prod"] {
            write(
                &format!("apps/{app}/overlays/{environment}/kustomization.yaml"),
                "resources: []\n",
            );
        }
    }
    write("policies/one.yaml", "");
    write("charts/web/Chart.yaml", "name: web\n");
    write("plain/readme.md", "");
    let tree = DiskTree::open(folder.path(), folder.path()).unwrap();
    Fleet::load(&tree)
}

fn fits_the_schema(text: &str) -> bool {
    let schema: Value = serde_json::from_str(JSON_SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let documents = parse(
        text.as_bytes(),
        FileId::of("lockgate.yaml"),
        &Limits::default(),
    )
    .unwrap();
    validator.is_valid(&json::to_value(&documents[0]))
}

/// Returns a fleet file whose one environment has these fields beside its name.
fn environment(fields: &str) -> String {
    format!(
        "apiVersion: lockgate.dev/v1alpha1\nkind: Fleet\nmetadata: {{name: shop}}\nspec:\n  environments:\n  - name: dev\n    {fields}\n"
    )
}

/// Returns a fleet file with these fields of `spec` before a plain environment.
fn spec(fields: &str) -> String {
    format!(
        "apiVersion: lockgate.dev/v1alpha1\nkind: Fleet\nmetadata: {{name: shop}}\nspec:\n  {fields}\n  environments:\n  - {{name: dev, sources: [{{kustomize: apps/web/overlays/dev}}]}}\n"
    )
}

fn valid() -> Vec<String> {
    let source = "sources: [{kustomize: apps/*/overlays/dev}]";
    vec![
        environment(source),
        environment("sources: [{name: shop-web, kustomize: apps/web/overlays/dev}]"),
        environment(
            "sources: [{helm: {chart: charts/web, release: web, namespace: shop, values: [a.yaml]}}]",
        ),
        environment(&format!("kubernetes: v1.36.3\n    {source}")),
        environment(&format!("kubernetes:\n    after: []\n    {source}")),
        environment(&format!("target: {{directory: out}}\n    {source}")),
        environment(&format!("target: {{branch: env/dev}}\n    {source}")),
        environment(&format!(
            "target: {{cluster: {{context: dev, kubeconfig: k, namespace: sets}}}}\n    {source}"
        )),
        environment(&format!(
            "sync: {{prune: false, pruneLimit: 25%}}\n    {source}"
        )),
        environment(&format!("sync: {{pruneLimit: 10}}\n    {source}")),
        spec("kubernetes: \"1.36\""),
        spec("policies: [{path: policies}, {path: policies/one.yaml, action: warn}]"),
        spec("policies: [{pack: no-latest-tag, action: audit}, {pack: [a, b]}]"),
        spec("review: {branch: main, approvals: 2}"),
        spec("review: {}"),
        spec("sync: {pruneLimit: 100%}"),
        environment("sources: [{manifests: plain}, {name: pods, manifests: apps/web}]"),
        spec(
            "expand: {repositories: [{url: 'https://x/y', path: plain, subfolder: a/b}, {url: z}], strictSubstitutions: true, apiVersions: [a/v1]}",
        ),
        spec("expand: {repositories: null}"),
    ]
}

/// What is wrong, the line it is told at, a part of the message, and the hint.
fn invalid() -> Vec<(String, u32, &'static str, &'static str)> {
    let source = "sources: [{kustomize: apps/*/overlays/dev}]";
    vec![
        (
            spec("enviroments: []"),
            5,
            "unknown field `enviroments`",
            "did you mean `environments`?",
        ),
        (
            environment(&format!("targets: {{directory: out}}\n    {source}")),
            7,
            "unknown field `targets`",
            "did you mean `target`?",
        ),
        (
            environment("source: [{kustomize: apps/web/overlays/dev}]"),
            7,
            "unknown field `source`",
            "did you mean `sources`?",
        ),
        (environment("after: [dev]"), 6, "has no `sources`", ""),
        (environment("sources: []"), 6, "has no `sources`", ""),
        (
            environment("sources: {kustomize: apps/web/overlays/dev}"),
            7,
            "`sources` must be a list, not a mapping",
            "",
        ),
        (
            environment("sources: [{kustomise: apps/web/overlays/dev}]"),
            7,
            "unknown field `kustomise`",
            "did you mean `kustomize`?",
        ),
        (
            environment("sources: [{name: web}]"),
            7,
            "exactly one of `kustomize`, `helm`, `tera` and `manifests`",
            "",
        ),
        (
            environment("sources: [{kustomize: [apps/web/overlays/dev]}]"),
            7,
            "`kustomize` must be text, not a list",
            "",
        ),
        (
            environment("sources: [{name: Web, kustomize: apps/web/overlays/dev}]"),
            7,
            "`name` is `Web`",
            "",
        ),
        (
            environment("sources: [{helm: {chart: charts/web}}]"),
            7,
            "has no `release`",
            "",
        ),
        (
            environment(&format!("kubernetes: 1.36\n    {source}")),
            7,
            "`kubernetes` must be text, not a number",
            "put it in quotes",
        ),
        (
            environment(&format!("kubernetes: latest\n    {source}")),
            7,
            "`kubernetes` is `latest`",
            "",
        ),
        (
            environment(&format!("target: {{}}\n    {source}")),
            7,
            "exactly one of `directory`, `cluster` and `branch`",
            "",
        ),
        (
            environment(&format!(
                "target: {{directory: out, branch: b}}\n    {source}"
            )),
            7,
            "exactly one of",
            "",
        ),
        (
            environment(&format!(
                "target: {{cluster: {{contxt: dev}}}}\n    {source}"
            )),
            7,
            "has no `context`",
            "",
        ),
        (
            environment(&format!(
                "target: {{cluster: {{context: dev, namspace: x}}}}\n    {source}"
            )),
            7,
            "unknown field `namspace`",
            "did you mean `namespace`?",
        ),
        (
            environment(&format!("sync: {{prune: \"yes\"}}\n    {source}")),
            7,
            "`prune` must be a boolean, not text",
            "",
        ),
        (
            environment(&format!("sync: {{pruneLimit: 101%}}\n    {source}")),
            7,
            "`pruneLimit` is `101%`",
            "",
        ),
        (
            environment(&format!("sync: {{pruneLimit: many}}\n    {source}")),
            7,
            "`pruneLimit` is `many`",
            "",
        ),
        (
            spec("policies: [{paths: policies}]"),
            5,
            "unknown field `paths`",
            "did you mean `path`?",
        ),
        (
            spec("policies: [{path: policies, action: dney}]"),
            5,
            "`action` is `dney`",
            "did you mean `deny`?",
        ),
        (
            spec("policies: [{path: policies, pack: a}]"),
            5,
            "exactly one of `path` and `pack`",
            "",
        ),
        (
            spec("expand: {repositories: [{path: plain}]}"),
            5,
            "a repository has no `url`",
            "",
        ),
        (
            spec("expand: {repository: []}"),
            5,
            "unknown field `repository`",
            "did you mean `repositories`?",
        ),
        (
            spec("expand: {strictSubstitutions: 'true'}"),
            5,
            "`strictSubstitutions` must be a boolean, not text",
            "",
        ),
        (
            environment("sources: [{manifests: [plain]}]"),
            7,
            "`manifests` must be text, not a list",
            "",
        ),
        (
            spec("review: {approvals: -1}"),
            5,
            "`approvals` must be a number from 0 up",
            "",
        ),
        (
            valid()[0].replace("v1alpha1", "v1"),
            1,
            "`apiVersion` is `lockgate.dev/v1`",
            "did you mean `lockgate.dev/v1alpha1`?",
        ),
        (
            valid()[0].replace("kind: Fleet", "kind: Flet"),
            2,
            "`kind` is `Flet`",
            "did you mean `Fleet`?",
        ),
        (
            valid()[0].replace("metadata: {name: shop}", "metadata: {}"),
            3,
            "has no `name`",
            "",
        ),
        (
            valid()[0].replace("name: dev", "name: Dev_1"),
            6,
            "`name` is `Dev_1`",
            "",
        ),
    ]
}

/// Files that have the right form, and refer to what is not there.
fn dangling() -> Vec<(String, u32, &'static str, &'static str)> {
    let source = "sources: [{kustomize: apps/*/overlays/dev}]";
    vec![
        (
            environment("sources: [{manifests: plane}]"),
            7,
            "`plane` does not exist",
            "did you mean `plain`?",
        ),
        (
            environment("sources: [{manifests: ../plain}]"),
            7,
            "`../plain` leaves the folder of the fleet",
            "",
        ),
        (
            spec("expand: {repositories: [{url: a, path: plane}]}"),
            5,
            "`plane` does not exist",
            "did you mean `plain`?",
        ),
        (
            spec("expand: {repositories: [{url: a, subfolder: ..}]}"),
            5,
            "`..` leaves the folder of the fleet",
            "",
        ),
        (
            environment("sources: [{kustomize: app/*/overlays/dev}]"),
            7,
            "no folder with a kustomization matches `app/*/overlays/dev`",
            "did you mean `apps/*/overlays/dev`?",
        ),
        (
            environment("sources: [{kustomize: apps/*/overlays/deb}]"),
            7,
            "matches `apps/*/overlays/deb`",
            "did you mean `apps/*/overlays/dev`?",
        ),
        (
            environment("sources: [{kustomize: apps/web/overlays/dve}]"),
            7,
            "`apps/web/overlays/dve` does not exist",
            "did you mean `apps/web/overlays/dev`?",
        ),
        (
            environment("sources: [{kustomize: plain}]"),
            7,
            "`plain` has no kustomization file",
            "",
        ),
        (
            environment("sources: [{kustomize: ../elsewhere}]"),
            7,
            "leaves the folder of the fleet",
            "",
        ),
        (
            environment("sources: [{kustomize: 'apps/[/overlays/dev'}]"),
            7,
            "is not a glob",
            "",
        ),
        (
            environment("sources: [{name: web, kustomize: apps/*/overlays/dev}]"),
            7,
            "`name` is for a source of one folder",
            "",
        ),
        (
            environment(&format!("{source}\n    after:\n    - prod")),
            9,
            "comes after `prod`, which is no environment",
            "",
        ),
        (
            environment(&format!("{source}\n    after: [dev]")),
            6,
            "is a cycle: dev after dev",
            "",
        ),
        (
            format!(
                "{}  - name: prod\n    after: [dve]\n    sources: [{{kustomize: apps/*/overlays/prod}}]\n",
                environment(source)
            ),
            9,
            "comes after `dve`",
            "did you mean `dev`?",
        ),
        (
            format!(
                "{}  - name: prod\n    after: [dev]\n    sources: [{{kustomize: apps/*/overlays/prod}}]\n",
                environment(&format!("after: [prod]\n    {source}"))
            ),
            6,
            "is a cycle: dev after prod after dev",
            "",
        ),
        (
            format!("{}  - name: dev\n    {source}\n", environment(source)),
            8,
            "two environments are named `dev`",
            "",
        ),
        (
            environment(
                "sources: [{name: a, kustomize: apps/web/overlays/dev}, {name: a, kustomize: apps/api/overlays/dev}]",
            ),
            7,
            "are named `a`",
            "",
        ),
        (
            spec("policies: [{path: polices}]"),
            5,
            "`polices` does not exist",
            "did you mean `policies`?",
        ),
        (
            format!("{}---\nkind: Fleet\n", environment(source)),
            1,
            "holds one document, this one 2",
            "",
        ),
    ]
}

#[test]
fn a_valid_fleet_is_read_and_fits_the_published_schema() {
    for text in valid() {
        if let Err(errors) = load(&text) {
            panic!("{errors}\n{text}");
        }
        assert!(fits_the_schema(&text), "{text}");
    }
}

#[test]
fn a_fleet_of_the_wrong_form_is_refused_by_the_decoder_and_by_the_published_schema() {
    for (text, line, message, hint) in invalid() {
        refused(&text, line, message, hint);
        assert!(!fits_the_schema(&text), "{text}");
    }
}

#[test]
fn what_a_fleet_refers_to_must_be_there() {
    for (text, line, message, hint) in dangling() {
        refused(&text, line, message, hint);
        assert!(
            fits_the_schema(&text) || message.contains("document"),
            "{text}"
        );
    }
}

#[track_caller]
fn refused(text: &str, line: u32, message: &str, hint: &str) {
    let Err(FleetErrors(errors)) = load(text) else {
        panic!("it is taken:\n{text}");
    };
    let told: Vec<(u32, String, String)> = errors
        .iter()
        .map(|error| {
            (
                error.origin().map_or(0, |origin| origin.line),
                error.to_string(),
                error.hint().unwrap_or_default(),
            )
        })
        .collect();
    let fine = told.iter().any(|(at, text, tip)| {
        *at == line && text.contains(message) && (hint.is_empty() || tip == hint)
    });
    assert!(
        fine,
        "wanted line {line}: {message} ({hint})\ntold {told:#?}\n{text}"
    );
}

#[test]
fn the_fleets_of_the_examples_fit_the_published_schema() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("overlays-examples");
    for entry in std::fs::read_dir(examples).unwrap() {
        let file = entry.unwrap().path().join("lockgate.yaml");
        if let Ok(text) = std::fs::read_to_string(&file) {
            assert!(fits_the_schema(&text), "{}", file.display());
        }
    }
}
