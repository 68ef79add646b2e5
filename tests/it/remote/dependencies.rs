//! Dependencies that a chart's `charts/` lacks.

use std::fs;
use std::process::Command;

use super::Machine;
use super::packed::{chart, chart_saying, serve};
use super::registries::Registry;

/// A chart with two versions of a dependency, one of a registry and one beside it.
fn chart_yaml(repo: &str, registry: &str) -> String {
    format!(
        "apiVersion: v2
name: app
version: 0.1.0
dependencies:
- {{name: web, version: '>=1.3 <2', repository: '{repo}', alias: one, tags: [a, '<&>'], import-values: [{{child: x, parent: y}}, z]}}
- {{name: web, version: ~1.2, repository: '{repo}', alias: two, condition: two.enabled}}
- {{name: other, version: ^2, repository: '{registry}'}}
- {{name: side, version: ^0.3, repository: 'file://../side'}}
"
    )
}

fn write_side(machine: &Machine) {
    let side = [
        ("Chart.yaml", "apiVersion: v2\nname: side\nversion: 0.3.1\n"),
        (
            "templates/map.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: side}\n",
        ),
        ("templates/NOTES.txt", "hello\n"),
    ];
    for (path, content) in side {
        machine.sandbox.write(&format!("work/side/{path}"), content);
    }
}

fn copy(machine: &Machine, from: &str, to: &str) {
    let status = Command::new("cp")
        .arg("-r")
        .args([machine.sandbox.path(from), machine.sandbox.path(to)])
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn what_is_missing_renders_as_after_helm_dependency_build() {
    let machine = Machine::new(&[]);
    let mut registry = Registry::start(&machine, None);
    registry.push(&machine, "other", "2.0.1");
    registry.push(&machine, "other", "1.0.0");
    let versions = ["1.1.0", "1.2.3+b.1", "1.3.0"];
    let charts = versions.map(|version| ("web", version, chart("web", version)));
    let repo = serve(&machine.server, &charts);
    write_side(&machine);
    let text = chart_yaml(&repo, &registry.url());
    machine.sandbox.write("work/app/Chart.yaml", &text);
    copy(&machine, "work/app", "work/built");
    machine
        .helm(&["dependency", "build", "work/built", "--plain-http"])
        .passes();
    let theirs = machine.helm(&["template", "r", "work/built"]);
    // With the chart's own constraints, then as its lock file says.
    for locked in [false, true] {
        if locked {
            copy(&machine, "work/built/Chart.lock", "work/app/Chart.lock");
        }
        let refused = machine.lockgate(&["template", "r", "work/app"]);
        if locked {
            // What Chart.lock names is another entry.
            refused.fails(1, &["missing in charts/ directory: web, web", "`--fetch`"]);
        } else {
            let message =
                "found in Chart.yaml, but missing in charts/ directory: web, web, other, side";
            refused.fails(1, &[message, "`--fetch`", "`helm dependency build`"]);
            machine
                .helm(&["template", "r", "work/app"])
                .fails(1, &[message]);
        }
        let ours = machine.lockgate(&["template", "r", "work/app", "--fetch"]);
        assert_eq!(ours.passes(), theirs.passes());
    }
    let ends = ["Chart.lock", "Chart.yaml"];
    let mut left: Vec<_> = fs::read_dir(machine.sandbox.path("work/app"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ends, "nothing is written into the chart");
    registry.stop();
    machine.server.requests();
    let again = machine.lockgate(&["template", "r", "work/app"]);
    assert_eq!(again.passes(), theirs.passes());
    assert!(machine.server.requests().is_empty());
}

#[test]
fn the_versions_of_the_charts_lock_count_until_it_is_out_of_date() {
    let machine = Machine::new(&[]);
    let repo = serve(&machine.server, &[("web", "1.2.0", chart("web", "1.2.0"))]);
    let yaml = |range: &str| {
        format!(
            "apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n- {{name: web, version: {range}, repository: '{repo}'}}\n"
        )
    };
    machine.sandbox.write("app/Chart.yaml", &yaml("^1"));
    machine.helm(&["dependency", "update", "app"]).passes();
    fs::remove_dir_all(machine.sandbox.path("app/charts")).unwrap();
    let charts = ["1.2.0", "1.3.0"].map(|version| ("web", version, chart("web", version)));
    serve(&machine.server, &charts);
    let run = machine.lockgate(&["template", "r", "app", "--fetch=update"]);
    assert!(run.passes().contains("version: \"1.2.0\""), "{run:?}");
    machine.sandbox.write("app/Chart.yaml", &yaml("^1.1"));
    let message = "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies";
    machine
        .lockgate(&["template", "r", "app", "--fetch"])
        .fails(1, &[message, "app/Chart.lock", "`helm dependency update`"]);
    machine
        .helm(&["dependency", "build", "app"])
        .fails(1, &[message]);
    fs::remove_file(machine.sandbox.path("app/Chart.lock")).unwrap();
    let run = machine.lockgate(&["template", "r", "app", "--fetch=update"]);
    assert!(run.passes().contains("version: \"1.3.0\""), "{run:?}");
}

#[test]
fn dependencies_of_old_charts_and_of_named_repositories_are_had_as_well() {
    let machine = Machine::new(&[]);
    let repo = serve(&machine.server, &[("web", "1.2.0", chart("web", "1.2.0"))]);
    machine.sandbox.write(
        "home/.config/helm/repositories.yaml",
        &format!("apiVersion: ''\nrepositories:\n- {{name: mine, url: '{repo}'}}\n"),
    );
    machine.sandbox.write(
        "app/Chart.yaml",
        "apiVersion: v1\nname: app\nversion: 0.1.0\n",
    );
    machine.sandbox.write(
        "app/requirements.yaml",
        "dependencies:\n- {name: web, version: ^1, repository: '@mine'}\n",
    );
    machine.helm(&["repo", "update"]).passes();
    machine.helm(&["dependency", "update", "app"]).passes();
    let theirs = machine.helm(&["template", "r", "app"]);
    fs::remove_dir_all(machine.sandbox.path("app/charts")).unwrap();
    assert!(machine.sandbox.path("app/requirements.lock").exists());
    let ours = machine.lockgate(&["template", "r", "app", "--fetch"]);
    assert_eq!(ours.passes(), theirs.passes());
    // Whoever has no such name has the lock.
    fs::remove_file(machine.sandbox.path("home/.config/helm/repositories.yaml")).unwrap();
    let again = machine.lockgate(&["template", "r", "app"]);
    assert_eq!(again.passes(), theirs.passes());
}

#[test]
fn without_a_lock_and_without_fetching_a_chart_is_refused_as_helm_refuses_it() {
    let machine = Machine::new(&[]);
    write_side(&machine);
    machine.sandbox.write(
        "work/app/Chart.yaml",
        "apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n- {name: side, version: ^0.3, repository: 'file://../side'}\n",
    );
    let arguments = ["template", "r", "work/app"];
    let message = "found in Chart.yaml, but missing in charts/ directory: side";
    machine.helm(&arguments).fails(1, &[message]);
    machine.lockgate(&arguments).fails(1, &[message]);
    machine.sandbox.write(
        "lockgate.lock",
        "apiVersion: lockgate.dev/v1alpha1\nkind: Lock\n",
    );
    assert!(machine.lockgate(&arguments).passes().contains("name: side"));
    for (field, text) in [
        (
            "version: ^0.4, repository: 'file://../side'",
            "the chart there is 0.3.1, not `^0.4`",
        ),
        (
            "version: ^0.3, repository: 'file://../none'",
            "work/none not found",
        ),
        (
            "version: ^0.3, repository: 'charts.example.com'",
            "missing in charts/ directory: side",
        ),
        ("version: ^0.3", "missing in charts/ directory: side"),
    ] {
        machine.sandbox.write(
            "work/app/Chart.yaml",
            &format!("apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n- {{name: side, {field}}}\n"),
        );
        machine.lockgate(&arguments).fails(1, &[text]);
    }
}

#[test]
fn a_dependency_that_cannot_be_had_is_told_with_its_line() {
    let machine = Machine::new(&[]);
    let archive = chart_saying("web", "1.2.0", "x");
    let repo = serve(&machine.server, &[("web", "1.2.0", archive)]);
    for (entry, texts) in [
        (
            format!("{{name: wep, version: ^1, repository: '{repo}'}}"),
            ["dependency `wep`: ", "has no chart `wep`"],
        ),
        (
            format!("{{name: web, version: ^2, repository: '{repo}'}}"),
            [
                "dependency `web`: ",
                "has no version `^2` of chart `web`: it has 1.2.0",
            ],
        ),
        (
            format!("{{name: ../web, version: ^1, repository: '{repo}'}}"),
            ["dependency `../web`: ", "`../web` is no name of a chart"],
        ),
        (
            "{name: web, version: ^1, repository: 'http://127.0.0.1:9'}".to_owned(),
            [
                "dependency `web`: ",
                "cannot reach `http://127.0.0.1:9/index.yaml`",
            ],
        ),
        (
            "{name: web, version: ^1, repository: stable}".to_owned(),
            ["dependency `web`: ", "`stable` is no address of a chart"],
        ),
    ] {
        machine.sandbox.write(
            "app/Chart.yaml",
            &format!("apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n- {entry}\n"),
        );
        let run = machine.lockgate(&["template", "r", "app", "--fetch"]);
        run.fails(1, &texts);
        run.fails(1, &["app/Chart.yaml:5:3"]);
        assert!(!machine.sandbox.path("lockgate.lock").exists());
    }
}
