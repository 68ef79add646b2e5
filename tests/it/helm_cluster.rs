//! Charts that look into a cluster: `lockgate template --dry-run=server` beside the reference, on one API server.

use std::process::{Command, Stdio};

use super::cli::Sandbox;
use super::control_plane::ControlPlane;
use super::tools::helm;

const CHART: &str = "apiVersion: v2\nname: web\nversion: 0.1.0\n";

/// Objects, lists, what is not there, and what the cluster says of itself. Items of lists come in the order of names.
const TEMPLATE: &str = r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: found
data:
  one: {{ (lookup "v1" "ConfigMap" .Release.Namespace "settings").data | toJson | quote }}
  number: {{ kindOf (lookup "v1" "Service" "default" "kubernetes").spec.ports }}
  port: {{ (first (lookup "v1" "Service" "default" "kubernetes").spec.ports).port }}
  none: {{ lookup "v1" "ConfigMap" .Release.Namespace "absent" | toJson | quote }}
  unknown-kind: {{ lookup "v1" "Nonsense" "" "x" | toJson | quote }}
  list: {{ range (lookup "v1" "ConfigMap" .Release.Namespace "").items }}{{ .kind }}/{{ .apiVersion }}/{{ .metadata.name }} {{ end }}
  everywhere: {{ gt (len (lookup "v1" "Namespace" "" "").items) 3 }}
  cluster-scoped: {{ (lookup "v1" "Namespace" "ignored" "default").metadata.name }}
  version: {{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.Major }}.{{ .Capabilities.KubeVersion.Minor }}
  has: {{ .Capabilities.APIVersions.Has "apps/v1/Deployment" }} {{ .Capabilities.APIVersions.Has "apps/v1/Scale" }} {{ .Capabilities.APIVersions.Has "policy/v1" }} {{ .Capabilities.APIVersions.Has "example.com/v1" }} {{ .Capabilities.APIVersions.Has "v1/Pod" }}
"#;

#[test]
fn lookups_ask_the_cluster_as_the_reference_does() {
    let Some(cluster) = ControlPlane::shared() else {
        return;
    };
    let namespace = cluster.namespace("lookup");
    let path = format!("/api/v1/namespaces/{namespace}/configmaps");
    for name in ["settings", "another"] {
        let object = format!(
            r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{name}"}},"data":{{"size":"3","of":"{name}"}}}}"#
        );
        let reply = cluster.post(&path, "application/json", object.into_bytes());
        assert!(reply.is_ok(), "{}", reply.message());
    }
    let sandbox = Sandbox::new(&[
        ("web/Chart.yaml", CHART),
        ("web/templates/a.yaml", TEMPLATE),
    ]);
    let kubeconfig = cluster.kubeconfig();
    let kubeconfig = kubeconfig.to_str().unwrap();
    let flags = ["--dry-run=server", "--kubeconfig", kubeconfig];
    let arguments = [
        &["template", "web", "web", "--namespace", &namespace][..],
        &flags,
    ]
    .concat();
    let reference = |arguments: &[&str]| {
        let mut command: Command = helm();
        command
            .args(arguments)
            .current_dir(sandbox.path("."))
            .stdin(Stdio::null());
        command.output().unwrap()
    };
    let theirs = reference(&arguments);
    assert!(theirs.status.success(), "{theirs:?}");
    let ours = sandbox.run(&arguments);
    assert_eq!(
        ours.passes(),
        String::from_utf8_lossy(&theirs.stdout).as_ref()
    );
    assert!(ours.passes().contains("ConfigMap/v1/settings"), "{ours:?}");

    // Nobody is asked otherwise.
    let offline = sandbox.run(&arguments[..arguments.len() - flags.len()]);
    offline.fails(1, &["web/templates/a.yaml"]);

    let unknown = "a: {{ lookup \"example.com/v1\" \"Thing\" \"\" \"x\" }}\n";
    sandbox.write("web/templates/a.yaml", unknown);
    let why = "unable to get apiresource from unstructured: example.com/v1, Kind=Thing: the server could not find the requested resource";
    let theirs = reference(&arguments);
    assert!(!theirs.status.success());
    assert!(
        String::from_utf8_lossy(&theirs.stderr).contains(why),
        "{theirs:?}"
    );
    sandbox
        .run(&arguments)
        .fails(1, &[why, "web/templates/a.yaml:1"]);
}

#[test]
fn a_cluster_that_is_not_there_is_told() {
    let sandbox = Sandbox::new(&[
        ("web/Chart.yaml", CHART),
        ("web/templates/a.yaml", "a: 1\n"),
        (
            "config",
            "apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{name: a, context: {cluster: a, user: a}}]\nclusters: [{name: a, cluster: {server: 'http://127.0.0.1:9'}}]\nusers: [{name: a, user: {}}]\n",
        ),
    ]);
    let template = |more: &[&str]| {
        let arguments = [&["template", "web", "web", "--dry-run=server"], more].concat();
        sandbox.run(&arguments)
    };
    template(&["--kubeconfig", "config"]).fails(1, &["`a`"]);
    template(&["--kubeconfig", "config", "--kube-context", "b"]).fails(1, &["`b`"]);
    template(&["--kubeconfig", "absent"]).fails(1, &["absent"]);
    template(&["--kubeconfig", "config", "--kube-token", "t"]).fails(1, &["--kube-token"]);
}
