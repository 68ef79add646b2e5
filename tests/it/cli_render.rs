//! `lockgate render` through the binary.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::cli::{Run, Sandbox};

const FLEET: &str = "\
apiVersion: lockgate.dev/v1alpha1
kind: Fleet
metadata: {name: shop}
spec:
  environments:
  - name: dev
    sources: [{kustomize: apps/*/overlays/dev}]
  - name: prod
    after: [dev]
    sources: [{kustomize: apps/*/overlays/prod}]
";

/// Returns the digest of the whole set.
fn digest(run: &Run) -> String {
    let line = run.passes().lines().last().unwrap();
    line.split("  ").next().unwrap().to_owned()
}

#[test]
fn a_fleet_renders_the_same_with_its_file_without_it_and_at_a_revision() {
    let sandbox = Sandbox::fleet();
    let discovered = digest(&sandbox.run(&["render", "--digest"]));
    sandbox.write("lockgate.yaml", FLEET);
    let declared = sandbox.run(&["render", "--digest"]);
    assert_eq!(digest(&declared), discovered);
    assert!(
        declared.stdout.contains("  dev/web\n"),
        "{}",
        declared.stdout
    );
    let commit = sandbox.commit();
    fs::remove_dir_all(sandbox.path("base")).unwrap();
    assert_eq!(
        digest(&sandbox.run(&["render", "--digest", "--rev", &commit])),
        discovered
    );
    assert_eq!(
        digest(&sandbox.run(&["render", "--digest", "--rev", "main"])),
        discovered
    );
    sandbox.run(&["render"]).fails(2, &["base"]);
}

#[test]
fn folders_beside_a_base_are_a_fleet_where_no_folder_is_named_as_an_overlay() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n";
    let over = "resources: [../base/web]\n";
    let sandbox = Sandbox::new(&[
        (
            "apps/base/web/kustomization.yaml",
            "resources: [map.yaml]\n",
        ),
        ("apps/base/web/map.yaml", map),
        ("apps/staging/kustomization.yaml", over),
        ("apps/production/kustomization.yaml", over),
    ]);
    let found = sandbox.run(&["render", "--digest"]);
    for line in ["  production/apps\n", "  staging/apps\n"] {
        assert!(found.passes().contains(line), "{}", found.stdout);
    }
    sandbox.write(
        "overlays/dev/kustomization.yaml",
        "resources: [../../apps/base/web]\n",
    );
    let named = sandbox.run(&["render", "--digest"]);
    assert!(!named.passes().contains("staging"), "{}", named.stdout);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let sandbox = Sandbox::fleet();
    let one = sandbox.run(&["render", "--threads", "1"]);
    for threads in ["2", "7"] {
        assert_eq!(
            sandbox.run(&["render", "--threads", threads]).passes(),
            one.passes()
        );
    }
}

#[test]
fn a_part_of_the_fleet_can_be_asked_for() {
    let sandbox = Sandbox::fleet();
    let run = sandbox.run(&["render", "--env", "dev", "--component", "web"]);
    let built = sandbox.run(&["build", "apps/web/overlays/dev"]);
    assert_eq!(run.passes(), built.passes());
    assert!(
        run.stderr
            .starts_with("rendered 1 environment, 1 component, 2 objects: sha256:"),
        "{}",
        run.stderr
    );
    sandbox
        .run(&["render", "--env", "prd"])
        .fails(2, &["no environment `prd`", "did you mean `prod`?"]);
    sandbox
        .run(&["render", "--component", "wbe"])
        .fails(2, &["no component `wbe`", "did you mean `web`?"]);
}

#[test]
fn all_errors_of_all_builds_are_told_each_once() {
    let sandbox = Sandbox::fleet();
    sandbox.write(
        "apps/web/overlays/dev/kustomization.yaml",
        "resources: [none.yaml]\n",
    );
    sandbox.write("base/deployment.yaml", "kind: [\n");
    let run = sandbox.run(&["render"]);
    run.fails(
        2,
        &[
            "none.yaml",
            "apps/web/overlays/dev/kustomization.yaml:1",
            "(in dev/web)",
            "base/deployment.yaml:",
            "(in dev/api, prod/api, prod/web)",
        ],
    );
    assert_eq!(run.stderr.matches("error: ").count(), 2, "{}", run.stderr);
}

#[test]
fn a_folder_is_written_whole_and_only_where_it_may() {
    let sandbox = Sandbox::fleet();
    sandbox.run(&["render", "-o", "out"]).passes();
    assert!(
        sandbox
            .path("out/dev/web/deployment.apps_dev_web-server.yaml")
            .is_file()
    );
    sandbox.write(
        "apps/web/overlays/dev/kustomization.yaml",
        "resources: [none.yaml]\n",
    );
    sandbox
        .run(&["render", "-o", "out"])
        .fails(2, &["none.yaml"]);
    assert!(sandbox.path("out/dev/web").is_dir());
    fs::remove_dir_all(sandbox.path("apps/web")).unwrap();
    sandbox
        .run(&["render", "-o", "out", "--layout", "component"])
        .passes();
    assert!(sandbox.path("out/dev/api.yaml").is_file());
    assert!(!sandbox.path("out/dev/web").exists());
    sandbox.write("mine/notes.txt", "keep\n");
    sandbox
        .run(&["render", "-o", "mine"])
        .fails(2, &["no `lockgate render` wrote"]);
    assert_eq!(names(&sandbox.path("mine")), ["notes.txt"]);
    symlink("out", sandbox.path("link")).unwrap();
    sandbox.run(&["render", "-o", "link"]).fails(2, &["link"]);
    let left: Vec<String> = names(&sandbox.path(""))
        .into_iter()
        .filter(|name| name.starts_with(".lockgate"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// What is wrong with a fleet file, and what must be said of it.
#[test]
fn mistakes_in_the_fleet_file_are_told_at_their_line() {
    let sandbox = Sandbox::fleet();
    for (wrong, right, texts) in [
        (
            "sources: [{kustomize",
            "source: [{kustomize",
            [
                "unknown field `source`",
                "lockgate.yaml:7",
                "did you mean `sources`?",
            ]
            .as_slice(),
        ),
        (
            "after: [dev]",
            "after: [dve]",
            &[
                "`dve`, which is no environment",
                "did you mean `dev`?",
                "lockgate.yaml:9",
            ],
        ),
        (
            "name: prod",
            "name: dev",
            &["two environments are named `dev`", "lockgate.yaml:8"],
        ),
        (
            "overlays/prod",
            "overlays/production",
            &[
                "no folder with a kustomization matches `apps/*/overlays/production`",
                "lockgate.yaml:10",
            ],
        ),
        (
            "apps/*/overlays/prod",
            "../x",
            &["leaves the folder of the fleet", "lockgate.yaml:10"],
        ),
        (
            "apps/*/overlays/prod",
            "app",
            &["`app` does not exist", "did you mean `apps`?"],
        ),
        (
            "apps/*/overlays/prod",
            "apps/web",
            &["`apps/web` has no kustomization file"],
        ),
        ("apps/*/overlays/prod", "'apps/[/x'", &["is not a glob"]),
        (
            "kind: Fleet",
            "kind: Fleat",
            &["lockgate.yaml:2", "did you mean `Fleet`?"],
        ),
        (
            "spec:\n",
            "spec:\n  kubernetes: 1.30\n",
            &[
                "must be text, not a number",
                "put it in quotes",
                "lockgate.yaml:5",
            ],
        ),
        ("after: [dev]", "after: [prod]", &["cycle: prod after prod"]),
        ("name: prod", "name: Prod", &["`Prod`", "lower case"]),
        (
            "spec:\n",
            "spec:\n  sync: {pruneLimit: 101%}\n",
            &["pruneLimit", "101%"],
        ),
        (
            "spec:\n",
            "spec:\n  policies: [{path: policy}]\n",
            &["`policy` does not exist"],
        ),
        ("spec:\n", "spec: [\n", &["lockgate.yaml:"]),
    ] {
        assert!(FLEET.contains(wrong), "{wrong}");
        sandbox.write("lockgate.yaml", &FLEET.replace(wrong, right));
        sandbox.run(&["render"]).fails(2, texts);
    }
}

#[test]
fn nothing_leaves_the_folder_of_the_fleet() {
    let sandbox = Sandbox::fleet();
    sandbox.write(
        "fleet/overlays/dev/kustomization.yaml",
        "resources: [../../../base]\n",
    );
    sandbox
        .run(&["render", "fleet"])
        .fails(2, &["fleet/overlays/dev/kustomization.yaml:1"]);
    sandbox.write(
        "fleet/overlays/dev/kustomization.yaml",
        "resources: [../link]\n",
    );
    symlink("../../base", sandbox.path("fleet/overlays/link")).unwrap();
    sandbox.run(&["render", "fleet"]).fails(
        2,
        &[
            "leads out of the tree",
            "fleet/overlays/dev/kustomization.yaml:1",
        ],
    );
}

#[test]
fn what_is_not_there_is_named() {
    let sandbox = Sandbox::fleet();
    sandbox
        .run(&["render", "none"])
        .fails(2, &["`none` does not exist"]);
    sandbox
        .run(&["render", "base"])
        .fails(2, &["no fleet in `base`"]);
    sandbox
        .run(&["render", "--rev", "main"])
        .fails(2, &["in no Git repository"]);
    sandbox.commit();
    sandbox
        .run(&["render", "--rev", "mian"])
        .fails(2, &["no revision `mian`", "did you mean `main`?"]);
}
