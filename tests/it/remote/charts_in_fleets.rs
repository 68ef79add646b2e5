//! Charts of repositories in fleets and kustomizations.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::super::tools;
use super::packed::{chart, chart_saying, serve, sha256};
use super::{Machine, map};

/// A fleet with a chart by its name, one with a dependency, and a kustomization with one.
fn fleet(machine: &Machine) -> String {
    let charts = [
        ("web", "1.0.0", chart("web", "1.0.0")),
        ("web", "1.1.0", chart("web", "1.1.0")),
        ("cache", "0.2.0", chart("cache", "0.2.0")),
    ];
    let repo = serve(&machine.server, &charts);
    machine.sandbox.write(
        "fleet/lockgate.yaml",
        &format!(
            "apiVersion: lockgate.dev/v1alpha1
kind: Fleet
metadata: {{name: shop}}
spec:
  environments:
  - name: dev
    sources:
    - helm: {{chart: web, repo: '{repo}', version: ^1, release: web}}
    - helm: {{chart: own, release: own}}
    - kustomize: cache
  - name: prod
    sources:
    - helm: {{chart: web, repo: '{repo}', version: 1.0.0, release: web, valuesInline: {{size: 5}}}}
"
        ),
    );
    machine.sandbox.write(
        "fleet/own/Chart.yaml",
        &format!("apiVersion: v2\nname: own\nversion: 0.1.0\ndependencies:\n- {{name: cache, version: 0.2.x, repository: '{repo}/'}}\n"),
    );
    machine.sandbox.write(
        "fleet/cache/kustomization.yaml",
        &format!(
            "helmCharts:\n- {{name: cache, repo: '{repo}', version: 0.2.0, releaseName: kept}}\n"
        ),
    );
    repo
}

fn lock(machine: &Machine) -> String {
    fs::read_to_string(machine.sandbox.path("fleet/lockgate.lock")).unwrap()
}

#[test]
fn fetch_pins_all_charts_of_a_fleet_and_renders_need_no_server_then() {
    let machine = Machine::new(&[]);
    let repo = fleet(&machine);
    machine.lockgate(&["render", "fleet"]).fails(
        2,
        &[
            &format!("`web ^1` of `{repo}` is not in `lockgate.lock`"),
            "lockgate.yaml:8:21",
            "found in Chart.yaml, but missing in charts/ directory: cache",
            "fleet/own/Chart.yaml:5:3",
            &format!("`cache 0.2.0` of `{repo}` is not in `lockgate.lock`"),
            "cache/kustomization.yaml:2:3",
            "`--fetch`",
        ],
    );
    assert!(machine.server.requests().is_empty());
    let told = machine.lockgate(&["fetch", "fleet"]).passes().to_owned();
    let digest = sha256(&chart("web", "1.1.0"));
    for line in [
        format!("+ chart web 1.1.0 of {repo} with sha256:{digest}\n"),
        format!("+ chart web 1.0.0 of {repo} with sha256:"),
        format!("+ chart cache 0.2.0 of {repo} with sha256:"),
    ] {
        assert!(told.contains(&line), "{told}");
    }
    machine.server.requests();
    let rendered = machine.lockgate(&["render", "fleet"]).passes().to_owned();
    for text in [
        "name: web-web\n",
        "version: 1.1.0\n",
        "size: \"5\"\n",
        "name: own-cache\n",
        "name: kept-cache\n",
    ] {
        assert!(rendered.contains(text), "{rendered}");
    }
    let explained = machine.lockgate(&[
        "explain",
        "-f",
        "fleet",
        "dev",
        "ConfigMap/web-web",
        "data.size",
    ]);
    for text in [
        &format!("{repo}/web-1.1.0.tgz/values.yaml:1"),
        "| size: 1\n",
        &format!("printed by {repo}/web-1.1.0.tgz/templates/map.yaml:7"),
    ] {
        assert!(explained.passes().contains(text), "{explained:?}");
    }
    let again = machine.lockgate(&["fetch", "fleet"]).passes().to_owned();
    assert_eq!(again, told.replace("+ chart", "  chart"));
    assert!(machine.server.requests().is_empty());
    assert!(!machine.sandbox.path("fleet/own/charts").exists());
    assert!(!machine.sandbox.path("fleet/cache/charts").exists());
}

#[test]
fn newer_charts_are_taken_by_update_only_and_replaced_ones_are_told() {
    let machine = Machine::new(&[]);
    let repo = fleet(&machine);
    machine.lockgate(&["fetch", "fleet"]).passes();
    let before = lock(&machine);
    let charts = [
        ("web", "1.0.0", chart("web", "1.0.0")),
        ("web", "1.2.0", chart("web", "1.2.0")),
        ("cache", "0.2.0", chart_saying("cache", "0.2.0", "replaced")),
    ];
    serve(&machine.server, &charts);
    machine.lockgate(&["render", "fleet", "--fetch"]).passes();
    assert_eq!(lock(&machine), before);
    let run = machine.lockgate(&["fetch", "fleet", "--update"]);
    assert!(run.passes().contains("+ chart web 1.2.0 of"), "{run:?}");
    let message = format!("`cache` 0.2.0 of `{repo}` was replaced");
    assert!(run.stderr.contains(&message), "{run:?}");
    let after = lock(&machine);
    assert!(
        after.contains("version: ^1\n  resolved: 1.2.0\n"),
        "{after}"
    );
    // What nothing names any more goes, but only where all was rendered.
    let text = fs::read_to_string(machine.sandbox.path("fleet/lockgate.yaml")).unwrap();
    let text = text
        .replace("    - kustomize: cache\n", "")
        .replace("    - helm: {chart: own, release: own}\n", "");
    machine.sandbox.write("fleet/lockgate.yaml", &text);
    machine
        .lockgate(&["fetch", "fleet", "--env", "dev"])
        .passes();
    assert_eq!(lock(&machine), after);
    machine.lockgate(&["fetch", "fleet"]).passes();
    assert!(!lock(&machine).contains("cache"));
}

#[test]
fn a_revision_is_rendered_by_its_own_lock() {
    let machine = Machine::new(&[]);
    fleet(&machine);
    machine.lockgate(&["fetch", "fleet"]).passes();
    let before = machine.lockgate(&["render", "fleet"]).passes().to_owned();
    let commit = machine.sandbox.commit();
    serve(
        &machine.server,
        &[
            ("web", "1.9.0", chart("web", "1.9.0")),
            ("web", "1.0.0", chart("web", "1.0.0")),
            ("cache", "0.2.0", chart("cache", "0.2.0")),
        ],
    );
    machine.lockgate(&["fetch", "fleet", "--update"]).passes();
    assert!(
        machine
            .lockgate(&["render", "fleet"])
            .passes()
            .contains("1.9.0")
    );
    let old = machine.lockgate(&["render", "fleet", "--rev", &commit]);
    assert_eq!(old.passes(), before);
}

/// A script that has kustomize start Helm as the tests do.
fn helm_command(machine: &Machine) -> String {
    let helm = tools::helm();
    let arguments = helm
        .get_args()
        .map(|argument| format!("'{}'", argument.to_str().unwrap()));
    let arguments: Vec<String> = arguments.collect();
    let script = format!("#!/bin/sh\nexec sh {} \"$@\"\n", arguments.join(" "));
    machine.sandbox.write("helm", &script);
    let path = machine.sandbox.path("helm");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn build_renders_charts_of_repositories_as_kustomize_does() {
    let machine = Machine::new(&[]);
    let repo = fleet(&machine);
    let helm = helm_command(&machine);
    for (name, text) in [
        (
            "plain",
            "helmCharts:\n- {name: web, repo: REPO, version: 1.0.0, releaseName: r}\n",
        ),
        (
            "newest",
            "helmCharts:\n- {name: web, repo: REPO, releaseName: r}\n",
        ),
        (
            "values",
            "helmCharts:\n- {name: web, repo: REPO, version: 1.1.0, releaseName: r, valuesInline: {size: 7}}\n",
        ),
        (
            "its-own-file",
            "helmCharts:\n- {name: web, repo: REPO, version: 1.1.0, releaseName: r, valuesFile: charts/web-1.1.0/web/values-large.yaml}\n",
        ),
        ("generator", "generators: [chart.yaml]\n"),
    ] {
        let text = text.replace("REPO", &repo);
        for side in ["ours", "theirs"] {
            machine
                .sandbox
                .write(&format!("{side}/{name}/kustomization.yaml"), &text);
            machine.sandbox.write(
                &format!("{side}/{name}/chart.yaml"),
                &format!("apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {{name: x}}\nname: web\nrepo: '{repo}'\nversion: 1.0.0\nreleaseName: r\n"),
            );
        }
        let theirs = format!("theirs/{name}");
        let theirs =
            machine.reference(&["build", &theirs, "--enable-helm", "--helm-command", &helm]);
        let ours = format!("ours/{name}");
        let run = machine.lockgate(&["build", &ours, "--enable-helm"]);
        if name == "its-own-file" {
            // kustomize looks for the file before there is one.
            assert!(run.passes().contains("size: \"9\""), "{run:?}");
            continue;
        }
        assert_eq!(run.passes(), theirs.passes(), "{name}");
        assert!(!machine.sandbox.path(&ours).join("charts").exists());
    }
    // What is in the folder of charts already counts before what the repository has.
    let own = chart_saying("web", "1.0.0", "mine");
    fs::write(machine.sandbox.path("web.tgz"), own).unwrap();
    let folder = machine.sandbox.path("ours/plain/charts/web-1.0.0");
    fs::create_dir_all(&folder).unwrap();
    let unpacked = std::process::Command::new("tar")
        .arg("-xzf")
        .arg(machine.sandbox.path("web.tgz"))
        .arg("-C")
        .arg(&folder)
        .status();
    assert!(unpacked.unwrap().success());
    machine.server.requests();
    let run = machine.lockgate(&["build", "ours/plain", "--enable-helm"]);
    assert!(run.passes().contains("word: mine"), "{run:?}");
    assert!(machine.server.requests().is_empty());
}

#[test]
fn a_registry_in_a_fleet_is_reached_as_the_source_says() {
    let machine = Machine::new(&[]);
    super::registries::serve(&machine, &chart("web", "1.0.0"), None);
    let fleet = |more: &str| {
        let address = &machine.server.address;
        machine.sandbox.write(
            "fleet/lockgate.yaml",
            &format!("apiVersion: lockgate.dev/v1alpha1\nkind: Fleet\nmetadata: {{name: shop}}\nspec:\n  environments:\n  - name: dev\n    sources: [{{helm: {{release: web, {more}}}}}]\n").replace("HOST", address),
        );
    };
    for more in [
        "chart: 'oci://HOST/team/web', version: 1.0.0",
        "chart: web, repo: 'oci://HOST/team', version: '*'",
        "chart: web, repo: 'oci://HOST/team', version: 1.0.0, plainHTTP: true",
    ] {
        fleet(more);
        machine.lockgate(&["fetch", "fleet", "--update"]).passes();
        let run = machine.lockgate(&["render", "fleet"]);
        assert!(run.passes().contains("name: web-web"), "{run:?}");
    }
    fleet("chart: web, repo: 'charts.example.com'");
    machine.lockgate(&["fetch", "fleet"]).fails(
        2,
        &[
            "`charts.example.com` is no address of a chart",
            "lockgate.yaml:7:",
        ],
    );
    fleet("chart: web, repo: 'http://127.0.0.1:9'");
    machine
        .lockgate(&["fetch", "fleet"])
        .fails(3, &["cannot reach `http://127.0.0.1:9/index.yaml`"]);
}

#[test]
fn a_base_from_elsewhere_may_name_charts_and_complete_them() {
    let machine = Machine::new(&[]);
    let repo = serve(&machine.server, &[("web", "1.0.0", chart("web", "1.0.0"))]);
    machine.repository(
        "org/library.git",
        &[
            (
                "base/kustomization.yaml",
                &format!("helmCharts:\n- {{name: web, repo: '{repo}', version: ^1, releaseName: a}}\n- {{name: own, releaseName: b}}\n"),
            ),
            (
                "base/charts/own/Chart.yaml",
                &format!("apiVersion: v2\nname: own\nversion: 0.1.0\ndependencies:\n- {{name: web, version: 1.0.0, repository: '{repo}'}}\n- {{name: side, version: 0.1.0, repository: 'file://../../side'}}\n"),
            ),
            ("base/charts/own/values.yaml", "{}\n"),
            ("base/side/Chart.yaml", "apiVersion: v2\nname: side\nversion: 0.1.0\n"),
            ("base/side/templates/side.yaml", &map("side")),
        ],
    );
    let base = machine.server.url("/git/org/library.git");
    machine.sandbox.write(
        "fleet/overlays/dev/kustomization.yaml",
        &format!("resources: ['{base}//base?ref=main']\n"),
    );
    let told = machine.lockgate(&["fetch", "fleet"]).passes().to_owned();
    assert_eq!(told.matches("+ chart web 1.0.0 of").count(), 2, "{told}");
    assert!(told.contains("+ repository "), "{told}");
    machine.server.requests();
    let run = machine.lockgate(&["render", "fleet"]);
    for text in ["name: a-web\n", "name: b-web\n", "name: side\n"] {
        assert!(run.passes().contains(text), "{run:?}");
    }
    assert!(machine.server.requests().is_empty());
}
