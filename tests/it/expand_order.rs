//! The order in which objects are expanded, and what they find of each other.

use super::expand::{REPOSITORY, documents, fleet, rendered};

fn kustomization(name: &str, rest: &str) -> String {
    format!(
        "---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {name}, namespace: flux-system}}
spec:
  path: ./{name}
  sourceRef: {{kind: GitRepository, name: fleet}}
{rest}"
    )
}

fn map(name: &str, data: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: flux-system}}\ndata: {{{data}}}\n"
    )
}

fn components(stdout: &str) -> Vec<&str> {
    let lines = stdout.lines();
    lines
        .filter_map(|line| line.strip_prefix("# dev/"))
        .collect()
}

#[test]
fn dependencies_come_first() {
    let cluster = [
        REPOSITORY,
        &kustomization("a", "  dependsOn: [{name: b}]\n"),
        &kustomization("b", "  dependsOn: [{name: c}]\n"),
        &kustomization("c", ""),
    ]
    .concat();
    let sandbox = fleet(&[
        ("cluster/all.yaml", &cluster),
        ("a/a.yaml", &map("a", "")),
        ("b/b.yaml", &map("b", "")),
        ("c/c.yaml", &map("c", "")),
    ]);
    let run = sandbox.run(&["render", "--expand"]);
    assert_eq!(
        components(run.passes()),
        ["cluster", "cluster/c", "cluster/b", "cluster/a"]
    );
}

#[test]
fn what_another_expands_to_is_found() {
    let from = |name: &str, optional: bool| {
        format!(
            "  postBuild: {{substituteFrom: [{{kind: ConfigMap, name: {name}, optional: {optional}}}]}}\n"
        )
    };
    let cluster = [
        REPOSITORY,
        &kustomization("a", &from("b", false)),
        &kustomization("b", &from("c", true)),
        &kustomization("c", &from("nope", true)),
    ]
    .concat();
    let sandbox = fleet(&[
        ("cluster/all.yaml", &cluster),
        ("a/a.yaml", &map("a", "value: '${value}'")),
        ("b/b.yaml", &map("b", "value: '${value}b'")),
        ("c/c.yaml", &map("c", "value: c")),
    ]);
    let objects = rendered(&sandbox, "cluster/a");
    assert_eq!(objects[0]["data"]["value"].as_str(), Some("cb"));
}

#[test]
fn an_object_that_manages_itself_is_expanded_once() {
    let root = "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: root, namespace: argocd}
spec:
  destination: {namespace: argocd}
  source: {repoURL: https://git.example.com/org/fleet, path: apps, directory: {recurse: true}}
";
    let sandbox = fleet(&[
        ("cluster/root.yaml", root),
        ("apps/root.yaml", root),
        ("apps/below/map.yaml", &map("a", "")),
        ("apps/notes.yaml", "not: a manifest\n"),
    ]);
    let run = sandbox.run(&["render", "--expand"]);
    assert_eq!(components(run.passes()), ["cluster", "cluster/root"]);
    assert_eq!(documents(run.passes()).len(), 2, "{}", run.stdout);
    sandbox.run(&["check", "--expand", "--no-schemas"]).passes();

    // The folder that `flux bootstrap` writes leads to itself.
    let flux = [REPOSITORY, &kustomization("cluster", "")].concat();
    let sandbox = fleet(&[("cluster/all.yaml", &flux)]);
    let run = sandbox.run(&["render", "--expand"]);
    assert_eq!(documents(run.passes()).len(), 2, "{}", run.stdout);
    let flux = flux.replace(
        "  path: ./cluster\n",
        "  path: ./cluster\n  postBuild: {substitute: {a: b}}\n",
    );
    sandbox.write("cluster/all.yaml", &flux);
    let run = sandbox.run(&["render", "--expand"]);
    run.passes();
    assert!(
        run.stderr.contains("without its `postBuild`"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_is_suspended_stays_as_it_is() {
    let cluster = [
        REPOSITORY,
        &kustomization("a", "  suspend: true\n"),
        &kustomization("b", "  dependsOn: [{name: a}]\n"),
    ]
    .concat();
    let sandbox = fleet(&[("cluster/all.yaml", &cluster), ("b/b.yaml", &map("b", ""))]);
    let run = sandbox.run(&["render", "--expand"]);
    assert_eq!(components(run.passes()), ["cluster", "cluster/b"]);
    assert!(run.stderr.contains("`a` is suspended"), "{}", run.stderr);
}

#[test]
fn variables_change_types_and_leave_what_opts_out() {
    let cluster = [
        REPOSITORY,
        &kustomization(
            "a",
            "  postBuild: {substitute: {n: '3', s: text, long: \"a\\nb\"}}\n",
        ),
    ]
    .concat();
    let sandbox = fleet(&[
        ("cluster/all.yaml", &cluster),
        (
            "a/a.yaml",
            "apiVersion: example.com/v1
kind: Thing
metadata: {name: a}
spec:
  number: '${n}'
  kept: '\"${n}\"'
  text: ${s}-${n}
  joined: ${long}
  escaped: $${n}
  ${s}: key
  script: |
    echo ${s}
    echo ${none:-nothing}
---
apiVersion: example.com/v1
kind: Thing
metadata: {name: b, annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}}
spec: {number: '${n}'}
",
        ),
    ]);
    let objects = rendered(&sandbox, "cluster/a");
    let spec = &objects[0]["spec"];
    assert_eq!(spec["number"].as_u64(), Some(3));
    assert_eq!(spec["kept"].as_str(), Some("\"3\""));
    assert_eq!(spec["text"].as_str(), Some("text-3"));
    assert_eq!(spec["joined"].as_str(), Some("ab"));
    assert_eq!(spec["escaped"].as_str(), Some("${n}"));
    assert_eq!(spec["text"].as_str(), Some("text-3"));
    assert_eq!(spec["script"].as_str(), Some("echo text\necho nothing\n"));
    assert_eq!(objects[1]["spec"]["number"].as_str(), Some("${n}"));
}

#[test]
fn post_renderers_and_metadata_go_over_the_chart() {
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: app, namespace: shop}
spec:
  chart: {spec: {chart: ./charts/app, sourceRef: {kind: GitRepository, name: fleet, namespace: flux-system}}}
  commonMetadata: {labels: {team: shop}, annotations: {owner: us}}
  postRenderers:
  - kustomize:
      images: [{name: nginx, newName: registry.example.com/nginx}]
      patches:
      - target: {kind: Deployment}
        patch: |
          - {op: add, path: /spec/paused, value: true}
  - kustomize: {}
---
";
    let sandbox = fleet(&[("cluster/all.yaml", &[release, REPOSITORY].concat())]);
    let objects = rendered(&sandbox, "cluster/app");
    let deployment = objects
        .iter()
        .find(|object| object["kind"].as_str() == Some("Deployment"))
        .unwrap();
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(
        container["image"].as_str(),
        Some("registry.example.com/nginx:7")
    );
    assert_eq!(deployment["spec"]["paused"].as_bool(), Some(true));
    assert_eq!(
        deployment["metadata"]["labels"]["team"].as_str(),
        Some("shop")
    );
    for object in &objects {
        let annotations = &object["metadata"]["annotations"];
        assert_eq!(annotations["owner"].as_str(), Some("us"));
    }
    let explain = |field: &str, wanted: &str| {
        let run = sandbox.run(&["explain", "--expand", "dev", "Deployment/app", field]);
        assert!(
            run.passes().contains(wanted),
            "no `{wanted}` in\n{}",
            run.stdout
        );
    };
    explain("spec.paused", "cluster/all.yaml:13");
    explain("metadata.labels.team", "cluster/all.yaml:6");
    explain(
        "spec.template.spec.containers[0].image",
        "cluster/all.yaml:9",
    );
}

#[test]
fn a_diff_shows_what_a_value_changes() {
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: app, namespace: shop}
spec:
  chart: {spec: {chart: ./charts/app, sourceRef: {kind: GitRepository, name: fleet, namespace: flux-system}}}
  values: {replicas: 2}
---
";
    let sandbox = fleet(&[("cluster/all.yaml", &[release, REPOSITORY].concat())]);
    sandbox.commit();
    sandbox.write(
        "cluster/all.yaml",
        &[&release.replace("replicas: 2", "replicas: 5"), REPOSITORY].concat(),
    );
    let run = sandbox.run(&["diff", "HEAD", "--expand", "--component", "cluster/app"]);
    let text = run.passes();
    assert!(
        text.contains("-  replicas: 2") && text.contains("+  replicas: 5"),
        "{text}"
    );
    assert!(!text.contains("HelmRelease"), "{text}");
    sandbox
        .run(&["diff", "HEAD", "--expand", "--component", "nope"])
        .fails(2, &["no component `nope`"]);
}

#[test]
fn image_updaters_change_applications_by_files() {
    let application = "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: app, namespace: argocd}
spec:
  destination: {namespace: shop}
  source: {repoURL: https://git.example.com/org/fleet, path: charts/app}
";
    let sandbox = fleet(&[
        ("cluster/all.yaml", application),
        (
            "charts/app/.argocd-source-app.yaml",
            "path: elsewhere\nhelm:\n  parameters:\n  - {name: image.tag, value: '9.9', forcestring: true, forceString: true}\n",
        ),
        (
            "charts/app/.argocd-source-other.yaml",
            "helm: {parameters: [{name: image.tag, value: other}]}\n",
        ),
    ]);
    let run = sandbox.run(&["render", "--expand", "--component", "cluster/app"]);
    assert!(run.passes().contains("image: nginx:9.9"), "{}", run.stdout);
    let run = sandbox.run(&[
        "explain",
        "--expand",
        "dev",
        "Deployment/app",
        "spec.template.spec.containers[0].image",
    ]);
    assert!(
        run.passes()
            .contains("printed by charts/app/templates/all.yaml"),
        "{}",
        run.stdout
    );
}

/// As flux2-kustomize-helm-example has it.
#[test]
fn an_artifact_is_the_folder_that_its_files_come_from() {
    let cluster = |to: &str| {
        format!(
            "{REPOSITORY}---
apiVersion: source.extensions.fluxcd.io/v1beta1
kind: ArtifactGenerator
metadata: {{name: parts, namespace: flux-system}}
spec:
  sources: [{{alias: all, kind: GitRepository, name: fleet}}]
  artifacts:
  - name: apps
    copy:
    - {{from: '@all/apps/base/**', to: '@artifact/base/'}}
    - {{from: '@all/apps/dev/**', to: '{to}'}}
{}",
            kustomization("dev", "").replace(
                "{kind: GitRepository, name: fleet}",
                "{kind: ExternalArtifact, name: apps}"
            )
        )
    };
    let sandbox = fleet(&[
        ("cluster/all.yaml", &cluster("@artifact/dev/")),
        ("apps/base/kustomization.yaml", "resources: [map.yaml]\n"),
        ("apps/base/map.yaml", &map("a", "")),
        (
            "apps/dev/kustomization.yaml",
            "namePrefix: dev-\nresources: [../base]\n",
        ),
    ]);
    let objects = rendered(&sandbox, "cluster/dev");
    assert_eq!(objects[0]["metadata"]["name"].as_str(), Some("dev-a"));
    sandbox.write("cluster/all.yaml", &cluster("@artifact/other/"));
    sandbox
        .run(&["render", "--expand"])
        .fails(2, &["has its files in other places", "cluster/all.yaml:15"]);
    sandbox.write(
        "cluster/all.yaml",
        &cluster("@artifact/dev/").replace("- name: apps", "- name: app"),
    );
    sandbox.run(&["render", "--expand"]).fails(
        2,
        &["there is no ExternalArtifact `apps`", "cluster/all.yaml:22"],
    );
}

#[test]
fn names_that_the_server_makes_are_no_mistake() {
    let job = "apiVersion: batch/v1
kind: Job
metadata: {generateName: hook-, annotations: {argocd.argoproj.io/hook: PreSync}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: 'b:1'}]}}}
";
    let application = "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: app, namespace: argocd}
spec:
  destination: {namespace: shop}
  source: {repoURL: https://git.example.com/org/fleet, path: apps}
";
    let sandbox = fleet(&[
        ("cluster/all.yaml", application),
        ("apps/jobs.yaml", &[job, job].join("---\n")),
    ]);
    assert_eq!(rendered(&sandbox, "cluster/app").len(), 2);
    let fleet = std::fs::read_to_string(sandbox.path("lockgate.yaml")).unwrap();
    sandbox.write("lockgate.yaml", &fleet.replace("1.35", "1.36"));
    let run = sandbox.run(&["check", "--expand", "--component", "cluster/app"]);
    assert!(!run.passes().contains("needs a name"), "{}", run.stdout);
}

#[test]
fn names_of_components_stay_in_the_folder_that_is_written() {
    let application = |name: &str| {
        format!(
            "---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: '{name}', namespace: argocd}}
spec: {{destination: {{}}, source: {{repoURL: https://git.example.com/org/fleet, path: apps}}}}
"
        )
    };
    let cluster = ["../../../x", "..", "a/b", "a-b"].map(application).concat();
    let sandbox = fleet(&[
        ("cluster/all.yaml", &cluster),
        ("apps/map.yaml", &map("a", "")),
    ]);
    let run = sandbox.run(&["render", "--expand"]);
    assert_eq!(
        components(run.passes()),
        [
            "cluster",
            "cluster/-",
            "cluster/..-..-..-x",
            "cluster/a-b",
            "cluster/argocd-a-b"
        ]
    );
    for layout in ["component", "object"] {
        sandbox
            .run(&["render", "--expand", "-o", "out", "--layout", layout])
            .passes();
    }
    let out = sandbox.path("out/dev/cluster");
    assert!(out.join("a-b").is_dir(), "{out:?}");
    assert!(!sandbox.path("x").exists() && !sandbox.path("out/x").exists());
}
