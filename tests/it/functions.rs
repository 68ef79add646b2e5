//! KRM functions through the binary: their bounds, and which verbs run them. What they make of resources is
//! in the golden folders `functions-*`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::cli::Sandbox;

const FLAGS: [&str; 2] = ["--enable-alpha-plugins", "--enable-exec"];

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 1\n  \
     template:\n    spec:\n      containers:\n      - name: web\n        image: nginx:1\n";

fn config(spec: &str) -> String {
    format!(
        "apiVersion: example.com/v1\nkind: Example\nmetadata:\n  name: example\n  annotations:\n    \
         config.kubernetes.io/function: |\n      {spec}\n"
    )
}

/// Returns a folder whose kustomization changes a Deployment by a function of this script.
fn sandbox(script: &str) -> Sandbox {
    let sandbox = Sandbox::new(&[
        (
            "overlays/dev/kustomization.yaml",
            "resources: [deployment.yaml]\ntransformers: [function.yaml]\n",
        ),
        ("overlays/dev/deployment.yaml", DEPLOYMENT),
        (
            "overlays/dev/function.yaml",
            &config("exec: {path: ./function.sh}"),
        ),
        (
            "overlays/dev/function.sh",
            &format!("#!/bin/sh\n{script}\n"),
        ),
    ]);
    let file = sandbox.path("overlays/dev/function.sh");
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
    sandbox
}

fn arguments<'a>(verb: &'a [&'a str]) -> Vec<&'a str> {
    verb.iter().chain(&FLAGS).copied().collect()
}

const BUILD: [&str; 2] = ["build", "overlays/dev"];

#[test]
fn a_function_that_hangs_is_killed_and_named() {
    let run = sandbox("sleep 300").run(&arguments(&[
        "build",
        "overlays/dev",
        "--exec-timeout",
        "1",
    ]));
    run.fails(
        1,
        &[
            "`./function.sh` of the function `example` did not end within 1 seconds",
            "overlays/dev/function.yaml:7",
            "--exec-timeout",
        ],
    );
}

#[test]
fn a_function_that_prints_a_gigabyte_is_killed_and_named() {
    let run = sandbox("head -c 1073741824 /dev/zero").run(&arguments(&BUILD));
    run.fails(
        1,
        &[
            "`./function.sh` of the function `example` printed more than 64 MiB",
            "overlays/dev/function.yaml:7",
        ],
    );
}

#[test]
fn what_a_function_says_on_standard_error_is_passed_on() {
    let run = sandbox("echo 'a word of the function' >&2; cat").run(&arguments(&BUILD));
    run.passes();
    assert_eq!(run.stderr, "a word of the function\n");
    let run = sandbox("echo 'no owner' >&2; exit 7").run(&arguments(&BUILD));
    run.fails(1, &["no owner\n", "exit status 7"]);
}

#[test]
fn a_function_that_is_not_run_for_want_of_a_flag_is_warned_of() {
    let sandbox = sandbox("exit 1");
    let run = sandbox.run(&["build", "overlays/dev", "--enable-alpha-plugins"]);
    run.passes();
    assert!(run.stderr.contains("'example' is not run"), "{run:?}");
    sandbox
        .run(&["build", "overlays/dev", "--enable-exec"])
        .fails(1, &["--enable-alpha-plugins --enable-exec"]);
}

#[test]
fn verbs_of_fleets_run_functions_with_the_two_flags_alone() {
    let sandbox = sandbox("sed 's/replicas: 1/replicas: 5/'");
    for verb in ["render", "check"] {
        sandbox.run(&[verb]).fails(
            2,
            &[
                "the plugin `Example` is not built in",
                "--enable-alpha-plugins",
            ],
        );
    }
    let run = sandbox.run(&arguments(&["render"]));
    assert!(run.passes().contains("replicas: 5"), "{run:?}");
    let run = sandbox.run(&arguments(&["check", "--no-policies"]));
    assert!(run.stdout.contains("checked 1 object"), "{run:?}");
}

#[test]
fn a_revision_has_no_folder_to_run_functions_in() {
    let sandbox = sandbox("cat");
    sandbox.commit();
    sandbox
        .run(&arguments(&["render", "--rev", "HEAD"]))
        .fails(2, &["its folder is not on this disk", "work tree"]);
}

#[test]
fn a_finding_names_the_function_where_it_wrote_the_field_and_else_the_file() {
    let sandbox = sandbox("sed 's/replicas: 1/replicas: many/; s/image: nginx:1/imagee: nginx:1/'");
    fs::write(
        sandbox.path("overlays/dev/deployment.yaml"),
        DEPLOYMENT.replace("  replicas: 1\n", "  replicas: 1\n  paused: maybe\n"),
    )
    .unwrap();
    let run = sandbox.run(&arguments(&["check", "--no-policies", "-o", "github"]));
    assert_eq!(run.code, 1, "{run:?}");
    for place in [
        "file=overlays/dev/deployment.yaml,line=7",
        "file=overlays/dev/function.yaml,line=1",
    ] {
        assert!(run.stdout.contains(place), "{place}: {run:?}");
    }
}

#[test]
fn plugin_folders_are_never_searched() {
    let sandbox = Sandbox::new(&[
        (
            "app/kustomization.yaml",
            "resources: []\ngenerators: [plugin.yaml]\n",
        ),
        (
            "app/plugin.yaml",
            "apiVersion: example.com/v1\nkind: Example\nmetadata:\n  name: example\n",
        ),
        (
            "kustomize/plugin/example.com/v1/example/Example",
            "#!/bin/sh\ntouch \"$MARK\"\n",
        ),
    ]);
    let program = sandbox.path("kustomize/plugin/example.com/v1/example/Example");
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    let mark = sandbox.path("mark");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .args(arguments(&["build", "app"]))
        .current_dir(sandbox.path("."))
        .env("KUSTOMIZE_PLUGIN_HOME", sandbox.path("kustomize/plugin"))
        .env("XDG_CONFIG_HOME", sandbox.path("."))
        .env("HOME", sandbox.path("."))
        .env("MARK", &mark)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("no folder is searched"), "{stderr}");
    assert!(!mark.exists());
}

#[test]
fn explain_names_the_function_where_it_wrote_and_else_who_did() {
    let sandbox = sandbox("sed 's/replicas: 1/replicas: 5/'");
    let explain = |field| sandbox.run(&arguments(&["explain", "dev", "Deployment/web", field]));
    let run = explain("spec.replicas");
    for place in [
        "overlays/dev/deployment.yaml:6",
        "overlays/dev/function.yaml:1",
    ] {
        assert!(run.passes().contains(place), "{place}: {run:?}");
    }
    let run = explain("spec.template.spec.containers[0].image");
    assert!(
        run.passes().contains("overlays/dev/deployment.yaml:11"),
        "{run:?}"
    );
    assert!(!run.stdout.contains("function.yaml"), "{run:?}");
}
