//! Inputs that are made to break a renderer: too deep, too large, multiplied by aliases. Each is refused at
//! once, with its place, in little memory. Small mistakes are golden cases of `kustomize_golden`.

use std::fmt::Write as _;
use std::os::unix::fs::symlink;
use std::process::Command;

use super::cli::Sandbox;

/// What a build may take of address space, in KiB.
const MEMORY: u32 = 2 << 20;

/// The processor time that a build may take before it is killed, in seconds.
const SECONDS: u32 = 60;

const HEAD: &str = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\n";

/// Builds a folder with one resource and returns what was said about it.
#[track_caller]
fn refused(resource: &str, texts: &[&str]) {
    let sandbox = Sandbox::new(&[
        ("kustomization.yaml", "resources: [a.yaml]\n"),
        ("a.yaml", resource),
    ]);
    refused_in(&sandbox, texts);
}

#[track_caller]
fn refused_in(sandbox: &Sandbox, texts: &[&str]) {
    let output = Command::new("sh")
        .args([
            "-c",
            &format!(
                "ulimit -v {MEMORY}; ulimit -t {SECONDS}; exec {} build .",
                env!("CARGO_BIN_EXE_lockgate")
            ),
        ])
        .current_dir(sandbox.path("."))
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(output.stdout.is_empty());
    for text in texts {
        assert!(error.contains(text), "no {text:?} in\n{error}");
    }
}

#[test]
fn nesting_without_end_is_refused_where_it_gets_too_deep() {
    const DEPTH: usize = 10_000;
    let mut in_lines = String::new();
    for depth in 1..DEPTH / 10 {
        in_lines += &format!("{}a:\n", " ".repeat(depth));
    }
    for (body, line) in [
        (format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH)), 4),
        (format!("{}1{}", "{a: ".repeat(DEPTH), "}".repeat(DEPTH)), 4),
        ("[".repeat(DEPTH), 4),
        (format!("\n  {}x", "- ".repeat(DEPTH)), 5),
        (format!("\n  {}x", "? ".repeat(DEPTH)), 5),
        (format!("\n{in_lines}"), 260),
    ] {
        refused(
            &format!("{HEAD}spec: {body}\n"),
            &["nested deeper than 256 levels", &format!("a.yaml:{line}:")],
        );
    }
}

#[test]
fn what_is_as_deep_as_it_may_be_is_built() {
    let deep = |value: &str| format!("{}{value}{}", "{a: ".repeat(250), "}".repeat(250));
    let sandbox = Sandbox::new(&[
        (
            "kustomization.yaml",
            "resources: [a.yaml]\npatches: [{path: patch.yaml}]\nlabels: [{pairs: {a: b}}]\n",
        ),
        ("a.yaml", &format!("{HEAD}spec: {}\n", deep("old"))),
        ("patch.yaml", &format!("{HEAD}spec: {}\n", deep("new"))),
    ]);
    assert!(sandbox.run(&["build"]).passes().ends_with("a: new\n"));
}

#[test]
fn aliases_of_aliases_are_counted_not_followed() {
    let mut lists = String::from("  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    let mut maps = String::from("  a0: &a0 {a: x, b: x}\n");
    let mut chain = String::from("  a0: &a0 x\n");
    for index in 1..300 {
        let before = format!("*a{}", index - 1);
        if index < 12 {
            let ten = [before.as_str(); 10].join(", ");
            let _ = writeln!(lists, "  a{index}: &a{index} [{ten}]");
        }
        if index < 40 {
            let _ = writeln!(maps, "  a{index}: &a{index} {{a: {before}, b: {before}}}");
        }
        let _ = writeln!(chain, "  a{index}: &a{index} [{before}]");
    }
    for bomb in [lists, maps] {
        refused(
            &format!("{HEAD}spec:\n{bomb}"),
            &[
                "more than 4000000 nodes once aliases are resolved",
                "a.yaml:",
            ],
        );
    }
    refused(
        &format!("{HEAD}spec:\n{chain}"),
        &["nested deeper than 256 levels"],
    );
    refused(
        &format!("{HEAD}spec: &a [*a]\n"),
        &["anchor `a` contains itself", "a.yaml:4:"],
    );
}

#[test]
fn a_bomb_in_a_kustomization_or_a_patch_is_none_either() {
    let mut bomb = String::from("- &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for index in 1..12 {
        let ten = vec![format!("*a{}", index - 1); 10].join(", ");
        let _ = writeln!(bomb, "- &a{index} [{ten}]");
    }
    for (kustomization, patch) in [
        (
            format!("resources: [a.yaml]\nimages:\n{bomb}"),
            String::new(),
        ),
        (
            "resources: [a.yaml]\npatches: [{path: patch.yaml, target: {kind: Thing}}]\n"
                .to_owned(),
            bomb.clone(),
        ),
        (
            "resources: [a.yaml]\nreplacements: [{path: patch.yaml}]\n".to_owned(),
            bomb.clone(),
        ),
    ] {
        let sandbox = Sandbox::new(&[
            ("kustomization.yaml", &kustomization),
            ("a.yaml", HEAD),
            ("patch.yaml", &patch),
        ]);
        refused_in(&sandbox, &["nodes once aliases are resolved", ".yaml:"]);
    }
}

#[test]
fn bases_without_end_are_refused() {
    let sandbox = Sandbox::new(&[]);
    for index in 0..150 {
        sandbox.write(
            &format!("l{index}/kustomization.yaml"),
            &format!("resources: [../l{}]\n", index + 1),
        );
    }
    sandbox.write("kustomization.yaml", "resources: [l0]\n");
    refused_in(&sandbox, &["more than 100 folders lead to one another"]);
}

/// Two folders at each of so many levels, each on both of the level below: few folders, 2^levels ways.
fn fan(levels: usize, leaf: &str, fields: impl Fn(&str) -> String) -> Sandbox {
    let sandbox = Sandbox::new(&[("kustomization.yaml", "resources: [l0a]\n")]);
    for level in 0..levels {
        for side in ["a", "b"] {
            sandbox.write(
                &format!("l{level}{side}/kustomization.yaml"),
                &format!(
                    "resources: [../l{0}a, ../l{0}b]\n{1}",
                    level + 1,
                    fields(side)
                ),
            );
        }
    }
    for side in ["a", "b"] {
        sandbox.write(
            &format!("l{levels}{side}/kustomization.yaml"),
            &format!("{leaf}{}", fields(side)),
        );
        sandbox.write(&format!("l{levels}{side}/a.yaml"), HEAD);
        sandbox.write(&format!("l{levels}{side}/nothing.yaml"), "{}\n");
    }
    sandbox
}

#[test]
fn bases_that_fan_out_are_accumulated_once_each() {
    let sandbox = fan(60, "configurations: [nothing.yaml]\n", |_| String::new());
    assert_eq!(sandbox.run(&["build"]).passes(), "");
}

#[test]
fn bases_that_multiply_resources_are_refused() {
    let sandbox = fan(60, "resources: [a.yaml]\n", |side| {
        format!("namePrefix: {side}\n")
    });
    refused_in(&sandbox, &["more than 100000 resources in one build"]);
}

const SECRET: &str = "TOP-SECRET";

/// Returns a folder `app` with a link `link` to a file outside of it.
fn with_a_link(kustomization: &str) -> Sandbox {
    let sandbox = Sandbox::new(&[
        ("app/kustomization.yaml", kustomization),
        ("app/map.yaml", "kind: ConfigMap\nmetadata: {name: a}\n"),
        (
            "outside.yaml",
            &format!("kind: ConfigMap\nmetadata: {{name: {SECRET}}}\n{SECRET}=: [\n"),
        ),
    ]);
    symlink("../outside.yaml", sandbox.path("app/link")).unwrap();
    sandbox
}

#[test]
fn a_link_out_of_the_folder_is_refused_and_nothing_of_its_file_is_shown() {
    let of_map = "target: {kind: ConfigMap}";
    for kustomization in [
        "resources: [link]",
        "resources: [../outside.yaml]",
        "components: [link]",
        "crds: [link]",
        "configurations: [link]",
        "openapi: {path: link}\nresources: [map.yaml]",
        "generators: [link]",
        "transformers: [link]",
        "validators: [link]",
        "configMapGenerator: [{name: a, files: [link]}]",
        "configMapGenerator: [{name: a, files: [key=../outside.yaml]}]",
        "configMapGenerator: [{name: a, envs: [link]}]",
        "secretGenerator: [{name: a, env: link}]",
        "resources: [map.yaml]\npatchesStrategicMerge: [link]",
        &format!("resources: [map.yaml]\npatches: [{{path: link, {of_map}}}]"),
        &format!("resources: [map.yaml]\npatchesJson6902: [{{path: ../outside.yaml, {of_map}}}]"),
        "resources: [map.yaml]\nreplacements: [{path: link}]",
    ] {
        let sandbox = with_a_link(&format!("{kustomization}\n"));
        let run = sandbox.run(&["build", "app"]);
        run.fails(1, &["app/kustomization.yaml:"]);
        assert!(!run.stderr.contains(SECRET), "{kustomization}: {run:?}");
        // In a fleet the link does not even lead anywhere.
        let run = sandbox.run(&["render", "app"]);
        assert_ne!(run.code, 0, "{kustomization}: {run:?}");
        assert!(!run.stderr.contains(SECRET), "{kustomization}: {run:?}");
    }
}

#[test]
fn a_kustomization_that_is_a_link_out_of_its_folder_is_none() {
    let sandbox = with_a_link("resources: [map.yaml]\n");
    std::fs::remove_file(sandbox.path("app/kustomization.yaml")).unwrap();
    symlink("../outside.yaml", sandbox.path("app/kustomization.yaml")).unwrap();
    let run = sandbox.run(&["build", "app"]);
    run.fails(1, &["no kustomization file in `app`"]);
    assert!(!run.stderr.contains(SECRET), "{run:?}");
}

#[test]
fn a_name_is_not_looked_for_all_over_the_disk() {
    let sandbox = Sandbox::new(&[("kustomization.yaml", "resources: []\n")]);
    let depth = sandbox.path(".").components().count() - 1;
    let up = "../".repeat(depth);
    sandbox.write(
        "kustomization.yaml",
        &format!("resources: [{up}etc/passw]\n"),
    );
    let run = sandbox.run(&["build"]);
    run.fails(1, &["passw` does not exist"]);
    assert!(!run.stderr.contains("did you mean"), "{run:?}");
}

#[test]
fn circles_are_told_however_they_close() {
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n";
    let sandbox = Sandbox::new(&[
        ("own/kustomization.yaml", "resources: [.]\n"),
        ("up/kustomization.yaml", "resources: [below]\n"),
        ("up/below/kustomization.yaml", "resources: [..]\n"),
        ("linked/kustomization.yaml", "resources: [link]\n"),
        (
            "one/kustomization.yaml",
            &format!("{component}components: [../two]\n"),
        ),
        (
            "two/kustomization.yaml",
            &format!("{component}components: [../one]\n"),
        ),
        ("parts/kustomization.yaml", "components: [../one]\n"),
        ("mixed/kustomization.yaml", "components: [part]\n"),
        (
            "mixed/part/kustomization.yaml",
            &format!("{component}resources: [..]\n"),
        ),
        (
            "self/kustomization.yaml",
            &format!("{component}components: [../self]\n"),
        ),
    ]);
    symlink(".", sandbox.path("linked/link")).unwrap();
    for (folder, place) in [
        ("own", "own/kustomization.yaml:1:13"),
        ("up", "up/below/kustomization.yaml:1:13"),
        ("linked", "linked/kustomization.yaml:1:13"),
        ("parts", "two/kustomization.yaml:3:14"),
        ("mixed", "mixed/part/kustomization.yaml:3:13"),
        ("self", "self/kustomization.yaml:3:14"),
    ] {
        sandbox
            .run(&["build", folder])
            .fails(1, &["error: a cycle: ", place]);
    }
}

#[test]
fn links_that_lead_to_one_another_are_told() {
    for field in [
        "resources: [a]",
        "components: [a]",
        "crds: [a]",
        "patches: [{path: a}]",
    ] {
        let sandbox = Sandbox::new(&[("kustomization.yaml", &format!("{field}\n"))]);
        symlink("b", sandbox.path("a")).unwrap();
        symlink("a", sandbox.path("b")).unwrap();
        sandbox.run(&["build"]).fails(1, &["kustomization.yaml:1:"]);
    }
}

#[test]
fn what_a_kustomization_says_of_helm_is_read() {
    for (kustomization, flags, error) in [
        (
            "helmCharts: [{name: a}]",
            &[][..],
            "need the flag `--enable-helm`",
        ),
        (
            "helmCharts: [{name: a}]",
            &["--enable-helm"][..],
            "values.yaml` does not exist",
        ),
        (
            "helmCharts: [{name: a}]",
            &["--enable-alpha-plugins"][..],
            "values.yaml` does not exist",
        ),
        (
            "helmChartInflationGenerator: [{chartName: a, helmBin: ./evil}]",
            &[][..],
            "--enable-helm",
        ),
        (
            "helmCharts: [{name: a, vrsion: '1'}]",
            &[][..],
            "did you mean `version`?",
        ),
        (
            "helmCharts: {name: a}",
            &[][..],
            "must be a list, not a mapping",
        ),
        (
            "helmGlobals: {configHomes: a}",
            &[][..],
            "did you mean `configHome`?",
        ),
        ("helmGlobals: [a]", &[][..], "must be a mapping, not a list"),
        (
            "helmCommand: ./evil",
            &[][..],
            "unknown field `helmCommand`",
        ),
        ("pluginHome: ./evil", &[][..], "unknown field `pluginHome`"),
    ] {
        let sandbox = Sandbox::new(&[
            ("kustomization.yaml", &format!("{kustomization}\n")),
            ("evil", "#!/bin/sh\ntouch done\n"),
        ]);
        let arguments = [&["build"][..], flags].concat();
        sandbox
            .run(&arguments)
            .fails(1, &[error, "kustomization.yaml:1:"]);
        assert!(!sandbox.path("done").exists());
    }
    // Without a chart, what concerns charts concerns nothing.
    let sandbox = Sandbox::new(&[(
        "kustomization.yaml",
        "helmGlobals: {configHome: /etc, chartHome: ../../..}\nresources: []\n",
    )]);
    sandbox.run(&["build"]).passes();
}

#[test]
fn mistakes_are_told_what_to_write() {
    for (kustomization, hint) in [
        (
            "resources: [deploymnt.yaml]",
            "did you mean `deployment.yaml`?",
        ),
        ("resources: [../ap]", "did you mean `app`?"),
        ("patches: [{path: pach.yaml}]", "did you mean `patch.yaml`?"),
        ("resource: [deployment.yaml]", "did you mean `resources`?"),
        ("resources: deployment.yaml", "put `- ` before it"),
        ("namePrefix: [a-]", "write the value alone, not as a list"),
        ("namePrefix: 1", "put it in quotes"),
        (
            "replicas: [{name: web, count: '2'}]",
            "write a number, without quotes",
        ),
        (
            "labels: [{pairs: {a: b}, includeSelectors: 'yes'}]",
            "write `true` or `false`, without quotes",
        ),
        (
            "commonLabels: [{a: b}]",
            "write `name: value` without the `- ` before it",
        ),
        (
            "resources: [deployment.yaml]\npatches: [{path: patch.yaml}]",
            "did you mean `Deployment/web`?",
        ),
        (
            "resources: [deployment.yaml]\nreplicas: [{name: wep, count: 2}]",
            "did you mean `web`?",
        ),
    ] {
        let sandbox = Sandbox::new(&[
            ("app/kustomization.yaml", &format!("{kustomization}\n")),
            (
                "app/deployment.yaml",
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n",
            ),
            (
                "app/patch.yaml",
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: wep}\n",
            ),
        ]);
        sandbox.run(&["build", "app"]).fails(1, &[hint, "app/"]);
    }
}
