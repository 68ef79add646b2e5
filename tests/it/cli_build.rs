//! `lockgate build` through the binary.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::cli::Sandbox;

const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: v\n";

fn sandbox() -> Sandbox {
    Sandbox::new(&[
        (
            "kustomization.yaml",
            "namePrefix: x-\nresources: [map.yaml]\n",
        ),
        ("map.yaml", CONFIG_MAP),
    ])
}

#[test]
fn builds_the_current_folder_by_default() {
    let run = sandbox().run(&["build"]);
    assert_eq!(
        run.passes(),
        "apiVersion: v1\ndata:\n  k: v\nkind: ConfigMap\nmetadata:\n  name: x-a\n"
    );
    assert_eq!(run.stderr, "");
}

#[test]
fn takes_the_flags_of_kustomize() {
    let sandbox = sandbox();
    sandbox
        .run(&[
            "build",
            "--load-restrictor=LoadRestrictionsNone",
            "--enable-helm",
            "--enable-alpha-plugins=true",
            "--network=false",
            "--enable-exec",
            "--env",
            "A=b",
            "-e",
            "C",
            "--mount",
            "type=bind",
            "--as-current-user",
            "--helm-command",
            "helm3",
            "--network-name",
            "bridge",
            "--helm-api-versions",
            "v1",
            "--helm-kube-version",
            "1.36",
            "--helm-debug",
            "--stack-trace",
            ".",
        ])
        .passes();
    let run = sandbox.run(&["build", "--reorder", "none", "."]);
    run.passes();
    assert!(run.stderr.contains("--reorder is deprecated"), "{run:?}");
    sandbox
        .run(&["build", "--load-restrictor", "none", "."])
        .fails(1, &["LoadRestrictionsNone"]);
    sandbox.run(&["build", "a", "b"]).fails(1, &["b"]);
}

#[test]
fn every_failure_exits_with_1_as_kustomize_does() {
    let sandbox = sandbox();
    for arguments in [
        &["build", "--no-such-flag"] as &[&str],
        &["--no-color", "build", "--network=maybe"],
        &["build", "missing"],
    ] {
        sandbox.run(arguments).fails(1, &["error"]);
    }
    assert_eq!(sandbox.run(&["build", "--help"]).code, 0);
}

#[test]
fn deprecated_fields_are_warned_of_in_the_words_of_kustomize() {
    let sandbox = Sandbox::new(&[
        (
            "kustomization.yaml",
            "commonLabels: {a: b}\nbases: [base]\nvars:\n",
        ),
        ("base/kustomization.yaml", "resources: [map.yaml]\n"),
        ("base/map.yaml", CONFIG_MAP),
    ]);
    let run = sandbox.run(&["build"]);
    run.passes();
    assert_eq!(
        run.stderr,
        "# Warning: 'bases' is deprecated. Please use 'resources' instead. Run 'kustomize edit fix' to \
         update your Kustomization automatically.\n\
         # Warning: 'commonLabels' is deprecated. Please use 'labels' instead. Run 'kustomize edit fix' \
         to update your Kustomization automatically.\n"
    );
}

#[test]
fn of_a_key_that_a_kustomization_has_twice_the_later_counts() {
    let sandbox = Sandbox::new(&[
        (
            "kustomization.yaml",
            "namePrefix: x-\nresources: [map.yaml]\nnamePrefix: y-\n",
        ),
        ("map.yaml", CONFIG_MAP),
    ]);
    assert!(sandbox.run(&["build"]).passes().contains("name: y-a"));
    fs::write(
        sandbox.path("map.yaml"),
        format!("{CONFIG_MAP}kind: Secret\n"),
    )
    .unwrap();
    sandbox.run(&["build"]).fails(
        1,
        &["key `kind` is already defined at line 2", "map.yaml:7:1"],
    );
}

#[test]
fn writes_to_a_file_or_a_file_for_each_resource() {
    let sandbox = sandbox();
    sandbox.run(&["build", "-o", "out.yaml"]).passes();
    let whole = fs::read_to_string(sandbox.path("out.yaml")).unwrap();
    assert!(whole.contains("name: x-a"));
    fs::create_dir(sandbox.path("out")).unwrap();
    sandbox.run(&["build", "-o", "out"]).passes();
    assert_eq!(
        fs::read_to_string(sandbox.path("out/v1_configmap_x-a.yaml")).unwrap(),
        whole
    );
    sandbox
        .run(&["build", "-o", "none/out.yaml"])
        .fails(1, &["cannot write `none/out.yaml`"]);
}

#[test]
fn errors_name_file_and_line() {
    let sandbox = Sandbox::new(&[
        (
            "field/kustomization.yaml",
            "resources:\n- map.yaml\nnamePrefixx: a-\n",
        ),
        ("missing/kustomization.yaml", "resources:\n- none.yaml\n"),
        ("syntax/kustomization.yaml", "resources:\n- [a\n"),
        ("cycle/kustomization.yaml", "resources:\n- b\n"),
        ("cycle/b/kustomization.yaml", "resources:\n- ../../cycle\n"),
        ("out/kustomization.yaml", "resources:\n- ../field/x.yaml\n"),
        ("field/x.yaml", CONFIG_MAP),
    ]);
    for (folder, texts) in [
        (
            "field",
            [
                "unknown field `namePrefixx`",
                "field/kustomization.yaml:3",
                "`namePrefix`",
            ]
            .as_slice(),
        ),
        ("missing", &["none.yaml", "missing/kustomization.yaml:2"]),
        ("syntax", &["syntax/kustomization.yaml:"]),
        ("cycle", &["cycle", "kustomization.yaml:2"]),
        ("out", &["../field/x.yaml", "out/kustomization.yaml:2"]),
        ("none", &["`none` does not exist"]),
        ("field/x.yaml", &["is a file, not a directory"]),
    ] {
        sandbox.run(&["build", folder]).fails(1, texts);
    }
}

#[test]
fn files_that_are_none_do_not_make_it_wait() {
    let sandbox = Sandbox::new(&[(
        "kustomization.yaml",
        "resources: [map.yaml]\nconfigMapGenerator:\n- name: a\n  files: [fifo]\n",
    )]);
    sandbox.write("map.yaml", CONFIG_MAP);
    let fifo = sandbox.path("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.unwrap().success());
    sandbox.run(&["build"]).fails(1, &["fifo"]);
    fs::remove_file(&fifo).unwrap();
    symlink("/dev/zero", &fifo).unwrap();
    sandbox.run(&["build"]).fails(1, &["fifo"]);
}

#[test]
fn a_file_beyond_the_limit_is_refused() {
    let sandbox = sandbox();
    let big = fs::File::create(sandbox.path("map.yaml")).unwrap();
    big.set_len(100 << 20).unwrap();
    sandbox
        .run(&["build"])
        .fails(1, &["`map.yaml` has 104857600 bytes"]);
}

#[test]
fn an_unreadable_file_is_named() {
    let sandbox = sandbox();
    let map = sandbox.path("map.yaml");
    fs::set_permissions(&map, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&map).is_ok() {
        return; // Root reads everything.
    }
    sandbox
        .run(&["build"])
        .fails(1, &["map.yaml", "permission denied"]);
}

#[test]
fn a_file_may_be_named_by_an_absolute_path_within_its_folder_and_a_folder_may_not() {
    let sandbox = sandbox();
    let map = sandbox.path("map.yaml").canonicalize().unwrap();
    let write = |path: &std::path::Path| {
        let kustomization = format!("resources: [{}]\n", path.display());
        fs::write(sandbox.path("kustomization.yaml"), kustomization).unwrap();
    };
    write(&map);
    assert!(sandbox.run(&["build"]).passes().contains("name: a"));
    write(map.parent().unwrap());
    sandbox.run(&["build"]).fails(1, &["is an absolute path"]);
    write(std::path::Path::new("/etc/hostname"));
    sandbox
        .run(&["build"])
        .fails(1, &["is not in or below", "kustomization.yaml:1:13"]);
}

#[test]
fn the_folder_that_is_built_has_its_name_however_it_is_named() {
    let sandbox = Sandbox::new(&[
        (
            "app/kustomization.yaml",
            "resources: [map.yaml]\ntransformers:\n- |-\n  {apiVersion: builtin, kind: ValueAddTransformer, \
             metadata: {name: v}, targets: [{fieldPath: data/k}]}\n",
        ),
        ("app/map.yaml", CONFIG_MAP),
    ]);
    assert!(sandbox.run(&["build", "app"]).passes().contains("k: app"));
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .arg("build")
        .current_dir(sandbox.path("app"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("k: app"), "{text}");
}
