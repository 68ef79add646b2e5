//! `lockgate schema`, and environments of other Kubernetes versions.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::control_plane::ControlPlane;

fn lockgate(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Writes a fleet of one environment of a version, with a mistake in it.
fn fleet(version: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write =
        |name: &str, content: &str| std::fs::write(folder.path().join(name), content).unwrap();
    std::fs::create_dir(folder.path().join("app")).unwrap();
    write(
        "lockgate.yaml",
        &format!(
            "apiVersion: lockgate.dev/v1alpha1
kind: Fleet
metadata: {{name: versions}}
spec:
  environments:
  - name: prod
    kubernetes: \"{version}\"
    sources: [{{kustomize: app}}]
"
        ),
    );
    write("app/kustomization.yaml", "resources: [map.yaml]\n");
    write(
        "app/map.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map\nspec: {}\n",
    );
    folder
}

/// Returns rule, file and line of all findings.
fn findings(output: &Output) -> Vec<(String, String, u64)> {
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let string = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let origin = &finding["origin"];
            (
                string(&finding["rule"]),
                string(&origin["file"]),
                origin["line"].as_u64().unwrap_or_default(),
            )
        })
        .collect()
}

#[test]
fn the_versions_that_ship_are_listed_with_their_kinds() {
    let here = Path::new(".");
    let output = lockgate(here, &["schema", "list"]);
    let lines = text(&output.stdout);
    assert!(lines.starts_with("Kubernetes v1.36."), "{lines}");
    let output = lockgate(here, &["schema", "list", "-o", "json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let kinds = document["schemas"][0]["kinds"].as_array().unwrap();
    let deployment = kinds.iter().find(|kind| kind["kind"] == "Deployment");
    assert_eq!(deployment.unwrap()["plural"], "deployments");
}

#[test]
fn the_schema_of_the_fleet_file_is_printed_as_it_is_published() {
    let output = lockgate(Path::new("."), &["schema", "fleet"]);
    assert_eq!(text(&output.stdout), lockgate::render::fleet::JSON_SCHEMA);
}

#[test]
fn an_environment_of_a_version_without_schema_is_told_of_at_its_line() {
    let folder = fleet("1.29");
    let output = lockgate(folder.path(), &["check", "-o", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert_eq!(
        findings(&output),
        [(
            "schema/unknown-version".to_owned(),
            "lockgate.yaml".to_owned(),
            7
        )]
    );
    let told = text(&output.stdout);
    assert!(
        told.contains("there is no schema of Kubernetes 1.29; there is one of 1.36"),
        "{told}"
    );
    let output = lockgate(folder.path(), &["check", "--no-schemas"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
}

#[test]
fn a_server_s_schemas_are_exported_and_checked_with() {
    let Some(server) = ControlPlane::shared() else {
        return;
    };
    let folder = fleet("1.36");
    let kubeconfig = server.kubeconfig();
    let export = |more: &[&str]| {
        let arguments = ["schema", "export", "-o", "own.schemas"];
        let arguments = [&arguments, more].concat();
        lockgate(folder.path(), &arguments)
    };
    let output = export(&["--kubeconfig", kubeconfig.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    // The file is what ships, taken from a server of the same version.
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/schema/bundles/1.36.bin");
    let exported = std::fs::read(folder.path().join("own.schemas")).unwrap();
    assert!(exported == std::fs::read(shipped).unwrap());

    let output = lockgate(
        folder.path(),
        &["check", "--schemas", "own.schemas", "-o", "json"],
    );
    assert_eq!(
        findings(&output),
        [(
            "schema/unknown-field".to_owned(),
            "app/map.yaml".to_owned(),
            5
        )]
    );
    let output = export(&[
        "--context",
        "nowhere",
        "--kubeconfig",
        kubeconfig.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("has no context `nowhere`"));
}

#[test]
fn a_file_that_holds_no_schemas_is_refused() {
    let folder = fleet("1.36");
    let output = lockgate(folder.path(), &["check", "--schemas", "lockgate.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    assert!(
        told.contains("`lockgate.yaml`: the bundle is damaged"),
        "{told}"
    );
}
