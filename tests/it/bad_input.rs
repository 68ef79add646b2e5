//! Inputs that are made to break a renderer: too deep, too large, multiplied by aliases. Each is refused at
//! once, with its place, in little memory. Small mistakes are golden cases of `kustomize_golden`.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Instant;

use super::cli::Sandbox;

/// What a build may take of address space, in KiB.
const MEMORY: u32 = 2 << 20;

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
    let started = Instant::now();
    let output = Command::new("sh")
        .args([
            "-c",
            &format!(
                "ulimit -v {MEMORY}; exec {} build .",
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
    assert!(started.elapsed().as_secs() < 30, "it took too long");
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
