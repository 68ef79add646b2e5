//! What cannot be expanded is told with file and line; `--expand=lenient` goes on.

use super::cli::Sandbox;
use super::expand::{REPOSITORY, fleet};

/// A release with this spec, from line 6 on, in a stream that begins with it.
fn release(spec: &str) -> String {
    format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: app, namespace: shop}}
spec:
  chart: {{spec: {{chart: ./charts/app, sourceRef: {{kind: GitRepository, name: fleet, namespace: flux-system}}}}}}
{spec}---
{REPOSITORY}"
    )
}

/// A Kustomization with this spec, from line 6 on.
fn kustomization(spec: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: apps, namespace: flux-system}}
spec:
  sourceRef: {{kind: GitRepository, name: fleet}}
{spec}---
{REPOSITORY}"
    )
}

/// An Application with this source, from line 6 on.
fn application(source: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: app, namespace: argocd}}
spec:
  destination: {{namespace: shop}}
{source}"
    )
}

const GIT: &str = "repoURL: https://git.example.com/org/fleet";

fn check(cluster: &str, files: &[(&str, &str)], wanted: &[&str]) {
    let sandbox = fleet(&[("cluster/all.yaml", cluster)]);
    for (path, content) in files {
        sandbox.write(path, content);
    }
    sandbox.run(&["render", "--expand"]).fails(2, wanted);
    // Nothing is expanded without being asked for.
    sandbox.run(&["render"]).passes();
    sandbox.run(&["render", "--expand=lenient"]).passes();
}

#[test]
fn what_a_release_names_must_be_there() {
    let chart = "  chart: {spec: {chart: ./charts/app, sourceRef: {kind: GitRepository, name: fleet, namespace: flux-system}}}\n";
    check(
        &release("").replace(
            "name: fleet, namespace: flux-system}}}",
            "name: flet, namespace: flux-system}}}",
        ),
        &[],
        &[
            "there is no GitRepository `flet`",
            "did you mean `fleet`?",
            "cluster/all.yaml:5",
            "HelmRelease `app` is expanded",
        ],
    );
    check(
        &release("").replace(chart, ""),
        &[],
        &["`spec.chart.spec` is missing", "cluster/all.yaml:1"],
    );
    check(
        &release("").replace("./charts/app", "./charts/ap"),
        &[],
        &["`./charts/ap` does not exist", "cluster/all.yaml:5"],
    );
    check(
        &release("").replace("./charts/app", "../../charts"),
        &[],
        &["`../../charts` leaves the repository", "cluster/all.yaml:5"],
    );
    check(
        &release("").replace("git.example.com/org/fleet", "git.example.com/org/other"),
        &[],
        &["is not in this tree", "cluster/all.yaml:10", "repositories"],
    );
    check(
        &release("").replace("kind: GitRepository, name", "kind: Nothing, name"),
        &[],
        &["`Nothing` is no source of charts", "cluster/all.yaml:5"],
    );
    check(
        &release("").replace("./charts/app", "./cluster"),
        &[],
        &["Chart.yaml", "HelmRelease `app` is expanded"],
    );
}

#[test]
fn values_must_be_there_and_be_values() {
    let from = |reference: &str| release(&format!("  valuesFrom:\n  - {reference}\n"));
    let with = |reference: &str, object: &str| format!("{}---\n{object}", from(reference));
    check(
        &from("{kind: ConfigMap, name: values}"),
        &[],
        &[
            "there is no ConfigMap `values` in namespace `shop`",
            "cluster/all.yaml:7",
        ],
    );
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: values, namespace: shop}\ndata:\n  values.yaml: |\n    a: 1\n    - b\n";
    check(
        &with(
            "{kind: ConfigMap, name: values, valuesKey: value.yaml}",
            map,
        ),
        &[],
        &[
            "has no key `value.yaml`",
            "did you mean `values.yaml`?",
            "cluster/all.yaml:7",
        ],
    );
    check(
        &with("{kind: ConfigMap, name: values}", map),
        &[],
        &["cluster/all.yaml:20", "HelmRelease `app`"],
    );
    check(
        &with("{kind: Thing, name: values}", map),
        &[],
        &[
            "`Thing` is not `ConfigMap` or `Secret`",
            "cluster/all.yaml:7",
        ],
    );
    let secret = |data: &str| {
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: values, namespace: shop}}\n{data}")
    };
    check(
        &with(
            "{kind: Secret, name: values}",
            &secret("data: {values.yaml: 'no base64!'}\n"),
        ),
        &[],
        &["is not base64", "cluster/all.yaml:17"],
    );
    check(
        &with(
            "{kind: Secret, name: values}",
            &secret("data: {values.yaml: 'ENC[AES256_GCM,data:x]'}\nsops: {version: 3.9.0}\n"),
        ),
        &[],
        &["is encrypted", "cluster/all.yaml:7", "--expand=lenient"],
    );
    check(
        &with("{kind: ConfigMap, name: values, targetPath: 'a[x]'}", map),
        &[],
        &["`a[x]`", "cluster/all.yaml:7"],
    );
    check(
        &release("  values: text\n"),
        &[],
        &[
            "`spec.values` must be a mapping, not text",
            "cluster/all.yaml:6",
        ],
    );
    check(
        &release("  values:\n    replicas: many\n"),
        &[],
        &["replicas", "cluster/all.yaml:7"],
    );
    check(
        &release("  install: {crds: Sometimes}\n"),
        &[],
        &["`Sometimes` is not", "cluster/all.yaml:6"],
    );
}

#[test]
fn a_template_that_fails_is_named_with_its_line() {
    let template = "kind: A\na: {{ .Values.nope.b }}\n";
    check(
        &release(""),
        &[("charts/app/templates/all.yaml", template)],
        &[
            "nil pointer",
            "charts/app/templates/all.yaml:2",
            "HelmRelease `app` is expanded",
        ],
    );
}

#[test]
fn folders_stay_in_the_repository() {
    check(
        &kustomization("  path: ../..\n"),
        &[],
        &["`../..` leaves the repository", "cluster/all.yaml:6"],
    );
    check(
        &kustomization("  path: ./nope\n"),
        &[],
        &["`./nope` does not exist", "cluster/all.yaml:6"],
    );
    check(
        &kustomization("  path: lockgate.yaml\n"),
        &[],
        &["`lockgate.yaml` is not a folder", "cluster/all.yaml:6"],
    );
    check(
        &kustomization("  path: charts\n  components: ['https://x/y']\n"),
        &[],
        &["is not a path", "cluster/all.yaml:7"],
    );
    check(
        &application(&format!("  source: {{{GIT}, path: ../x}}\n")),
        &[],
        &[
            "`../x` leaves the repository",
            "cluster/all.yaml:6",
            "Application `app` is expanded",
        ],
    );
    check(
        &application(&format!(
            "  source: {{{GIT}, path: charts/app, helm: {{valueFiles: [../../../etc/passwd]}}}}\n"
        )),
        &[],
        &[
            "`../../../etc/passwd` leaves the repository",
            "cluster/all.yaml:6",
        ],
    );
    let sandbox = fleet(&[("cluster/all.yaml", &kustomization("  path: ./link\n"))]);
    link(&sandbox, "/etc", "link");
    sandbox
        .run(&["render", "--expand"])
        .fails(2, &["link", "cluster/all.yaml:6"]);
    let source =
        format!("  source: {{{GIT}, path: charts/app, helm: {{valueFiles: [/values.yaml]}}}}\n");
    let sandbox = fleet(&[("cluster/all.yaml", &application(&source))]);
    link(&sandbox, "/etc/passwd", "values.yaml");
    sandbox
        .run(&["render", "--expand"])
        .fails(2, &["values.yaml", "cluster/all.yaml:6"]);
}

fn link(sandbox: &Sandbox, target: &str, path: &str) {
    std::os::unix::fs::symlink(target, sandbox.path(path)).unwrap();
}

#[test]
fn variables_are_told_where_they_stand() {
    let manifest = |value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: y\n  z: {value}\n"
        )
    };
    let spec = |substitute: &str| {
        kustomization(&format!(
            "  path: ./apps\n  postBuild:\n    substitute: {{{substitute}}}\n"
        ))
    };
    let bad = |value: &str, wanted: &[&str]| {
        check(
            &spec("a: b"),
            &[("apps/map.yaml", &manifest(value))],
            wanted,
        );
    };
    bad(
        "a ${b c}",
        &[
            "`}` is missing behind `${b`",
            "apps/map.yaml:7",
            "cluster/all.yaml:8",
            "written `$$`",
        ],
    );
    bad("${}", &["name must follow", "apps/map.yaml:7"]);
    bad("${a/b}", &["bad substitution", "apps/map.yaml:7"]);
    check(
        &spec("a-b: c"),
        &[("apps/map.yaml", &manifest("${a}"))],
        &["`a-b` is no name of a variable", "cluster/all.yaml:8"],
    );
    check(
        &spec("a: 'b: c'"),
        &[("apps/map.yaml", &manifest("${a}"))],
        &["no YAML", "cluster/all.yaml:8"],
    );
    check(
        &kustomization(
            "  path: ./apps\n  postBuild: {substituteFrom: [{kind: ConfigMap, name: nope}]}\n",
        ),
        &[("apps/map.yaml", &manifest("${a}"))],
        &[
            "there is no ConfigMap `nope` in namespace `flux-system`",
            "cluster/all.yaml:7",
        ],
    );
    let sandbox = fleet(&[
        ("cluster/all.yaml", &spec("a: b")),
        ("apps/map.yaml", &manifest("${c}")),
    ]);
    let run = sandbox.run(&["render", "--expand"]);
    run.passes();
    assert!(
        run.stderr
            .contains("warning: apps/map.yaml:7:6: the variable `c` is not set"),
        "{}",
        run.stderr
    );
    let strict = std::fs::read_to_string(sandbox.path("lockgate.yaml")).unwrap();
    sandbox.write(
        "lockgate.yaml",
        &strict.replace("expand: {", "expand: {strictSubstitutions: true, "),
    );
    sandbox
        .run(&["render", "--expand"])
        .fails(2, &["the variable `c` is not set", "apps/map.yaml:7"]);
}

#[test]
fn dependencies_must_be_there_and_have_an_order() {
    let object = |name: &str, after: &str| {
        format!(
            "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: flux-system}}\nspec:\n  path: apps\n  sourceRef: {{kind: GitRepository, name: fleet}}\n  dependsOn: [{{name: {after}}}]\n"
        )
    };
    let files = [(
        "apps/map.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
    )];
    check(
        &[
            REPOSITORY,
            &object("one", "two"),
            &object("two", "three"),
            &object("three", "one"),
        ]
        .concat(),
        &files,
        &["depend on each other: ", "cluster/all.yaml:12"],
    );
    check(
        &[REPOSITORY, &object("one", "two"), &object("two", "infra")].concat(),
        &files,
        &[
            "it depends on the Kustomization `infra`, which is not there",
            "cluster/all.yaml:20",
        ],
    );
    check(
        &[REPOSITORY, &object("one", "one")].concat(),
        &files,
        &["depend on each other: one on one", "cluster/all.yaml:12"],
    );
}

#[test]
fn what_programs_would_render_is_refused() {
    check(
        &application(&format!(
            "  source: {{{GIT}, path: apps, plugin: {{name: x}}}}\n"
        )),
        &[("apps/a.yaml", "")],
        &[
            "a plugin of Argo CD",
            "cluster/all.yaml:6",
            "--expand=lenient",
        ],
    );
    check(
        &application(&format!("  source: {{{GIT}, path: apps}}\n")),
        &[("apps/a.jsonnet", "{}")],
        &["Jsonnet is not rendered", "apps/a.jsonnet", "exclude"],
    );
    check(
        &application(&format!(
            "  source: {{{GIT}, path: charts/app, helm: {{}}, kustomize: {{}}}}\n"
        )),
        &[],
        &["rendered by one tool", "cluster/all.yaml:6"],
    );
    check(
        &application("  source: {repoURL: 'https://git.example.com/org/other', path: x}\n"),
        &[],
        &["is not in this tree"],
    );
    check(
        &application("  source: {path: x}\n"),
        &[],
        &["`repoURL` is missing", "cluster/all.yaml:6"],
    );
    check(&application(""), &[], &["`spec.source` is missing"]);
    check(
        &application(&format!(
            "  source: {{{GIT}, path: charts/app, helm: {{valueFiles: [$x/a.yaml]}}}}\n"
        )),
        &[],
        &["cluster/all.yaml:6"],
    );
    check(
        &application(&format!(
            "  source: {{{GIT}, path: charts/app, helm: {{valueFiles: ['https://x/a.yaml']}}}}\n"
        )),
        &[],
        &[
            "`https://x/a.yaml` is not in the tree",
            "cluster/all.yaml:6",
        ],
    );
    check(
        &application(
            "  source: {repoURL: 'https://charts.example.com', chart: app, targetRevision: 1.0.0}\n",
        ),
        &[],
        &["app", "--fetch", "cluster/all.yaml:6"],
    );
    let source = format!("  source: {{{GIT}, path: apps}}\n");
    check(
        &application(&source),
        &[(
            "apps/a.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\n",
        )],
        &["apps/a.yaml:"],
    );
}

#[test]
fn what_expands_to_itself_ends() {
    let loop_chart = [
        (
            "charts/loop/Chart.yaml",
            "apiVersion: v2\nname: loop\nversion: 1.0.0\n",
        ),
        (
            "charts/loop/templates/app.yaml",
            "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: {{ .Release.Name }}x, namespace: argocd}
spec:
  destination: {}
  source: {repoURL: https://git.example.com/org/fleet, path: charts/loop}
",
        ),
    ];
    check(
        &application(&format!("  source: {{{GIT}, path: charts/loop}}\n")),
        &loop_chart,
        &["expand to one another more than 16 times"],
    );
}

#[test]
fn lenient_goes_on_without_what_others_make() {
    let values = "  valuesFrom: [{kind: Secret, name: made-elsewhere}]\n  values: {replicas: 3}\n";
    let sandbox = fleet(&[("cluster/all.yaml", &release(values))]);
    let run = sandbox.run(&["render", "--expand=lenient"]);
    assert!(run.passes().contains("replicas: 3"), "{}", run.stdout);
    assert!(
        run.stderr
            .contains("there is no Secret `made-elsewhere` in namespace `shop`: it is left out"),
        "{}",
        run.stderr
    );
    let sandbox = fleet(&[(
        "cluster/all.yaml",
        &application("  source: {repoURL: x, path: y}\n"),
    )]);
    let run = sandbox.run(&["render", "--expand=lenient"]);
    run.passes();
    assert!(
        run.stderr.contains("Application `app` is not expanded"),
        "{}",
        run.stderr
    );
}

#[test]
fn hostile_variables_end() {
    let sandbox = fleet(&[(
        "cluster/all.yaml",
        &kustomization(&format!(
            "  path: ./apps\n  postBuild:\n    substitute: {{a: '{}'}}\n",
            "a".repeat(200_000)
        )),
    )]);
    let fails = |value: &str, wanted: &str| {
        sandbox.write(
            "apps/map.yaml",
            &format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  x: '{value}'\n"
            ),
        );
        sandbox
            .run(&["render", "--expand"])
            .fails(2, &[wanted, "apps/map.yaml:5"]);
    };
    let nested = format!("{}x{}", "${a:=".repeat(50_000), "}".repeat(50_000));
    fails(&nested, "nested deeper than 64");
    fails("${a##*a*a*a*a*b}", "takes more than 4000000 steps");
    fails(&"${a}".repeat(2_000), "larger than 16777216 bytes");
    fails("${a//a/${a}}", "larger than 16777216 bytes");
}
