//! The example fleets do what they say of themselves.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::tools;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("overlays-examples")
        .join(name)
}

fn lockgate(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

/// Returns all files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let below = file.strip_prefix(from).unwrap();
        if below.starts_with("rendered") {
            continue;
        }
        let target = to.join(below);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&file, &target).unwrap();
    }
}

#[test]
fn each_overlay_of_the_shop_builds_as_the_reference_builds_it() {
    let overlays = files(&example("shop"));
    let overlays = overlays.iter().filter(|file| {
        file.to_string_lossy().contains("/overlays/") && file.ends_with("kustomization.yaml")
    });
    let mut count = 0;
    for overlay in overlays.map(|file| file.parent().unwrap()) {
        let reference = tools::kustomize()
            .arg("build")
            .arg(overlay)
            .output()
            .unwrap();
        let ours = lockgate(&["build", "."], overlay);
        assert!(
            reference.status.success() && ours.status.success(),
            "{overlay:?}: {ours:?}"
        );
        let text = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(text(&ours), text(&reference), "{overlay:?}");
        count += 1;
    }
    assert_eq!(count, 21);
}

/// The comments `# finding: RULE` of the broken fleet are all that is found.
#[test]
fn the_broken_fleet_has_a_finding_at_each_line_that_says_so() {
    let folder = example("broken");
    let mut wanted = BTreeSet::new();
    for file in files(&folder) {
        let name = file
            .strip_prefix(&folder)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        for (index, line) in std::fs::read_to_string(&file).unwrap().lines().enumerate() {
            if let Some((_, rules)) = line.split_once("# finding: ") {
                for rule in rules.split(", ") {
                    wanted.insert((name.clone(), index as u64 + 1, rule.to_owned()));
                }
            }
        }
    }
    let output = lockgate(&["check", ".", "-o", "json"], &folder);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found: BTreeSet<(String, u64, String)> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let origin = &finding["origin"];
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (
                text(&origin["file"]),
                origin["line"].as_u64().unwrap(),
                text(&finding["rule"]),
            )
        })
        .collect();
    assert_eq!(found, wanted);
}

#[test]
fn the_shop_syncs_prunes_what_left_and_reverts_what_hands_changed() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = folder.path();
    copy(&example("shop"), fleet);
    let sync = || {
        let output = lockgate(&["sync", ".", "--env", "dev"], fleet);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(sync().ends_with("24 created\n"));
    assert!(sync().ends_with("in sync: 24 objects\n"));

    let target = fleet.join("rendered/dev");
    let web = target.join("web/deployment.apps_shop-dev_web.yaml");
    let rendered = std::fs::read_to_string(&web).unwrap();
    std::fs::write(&web, rendered.replace("replicas: 1", "replicas: 7")).unwrap();
    std::fs::write(target.join("mine.txt"), "not lockgate's").unwrap();
    std::fs::remove_dir_all(fleet.join("apps/email")).unwrap();

    let told = sync();
    assert!(
        told.contains("change  Deployment/shop-dev/web (web), edited by hand"),
        "{told}"
    );
    assert!(told.ends_with("1 changed, 2 pruned, 21 kept\n"), "{told}");
    assert_eq!(std::fs::read_to_string(&web).unwrap(), rendered);
    assert!(!target.join("email").exists());
    assert!(
        target.join("mine.txt").exists(),
        "a foreign file is not touched"
    );
}

#[test]
fn a_fleet_with_findings_is_not_synced() {
    let folder = tempfile::tempdir().unwrap();
    copy(&example("broken"), folder.path());
    let output = lockgate(&["sync", "."], folder.path());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(!folder.path().join("rendered").exists());
}

/// What each mistake adds to the shop: a file, its text, the rule that finds it, the line.
const MISTAKES: &[(&str, &str, &str, u64)] = &[
    (
        "apps/cart/overlays/prod/mistake.yaml",
        "- op: replace
  path: /spec/template/spec/containers/0/image
  value: quay.io/someone/cart:1
",
        "policy/allowed-registries",
        3,
    ),
    (
        "apps/cart/overlays/prod/mistake.yaml",
        "- op: add
  path: /spec/template/spec/hostNetwork
  value: true
",
        "policy/pod-security-restricted",
        3,
    ),
    (
        "apps/cart/overlays/prod/mistake.yaml",
        "apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  template:
    spec:
      volumes:
      - name: node
        hostPath: {path: /}
",
        "policy/pod-security-restricted",
        8,
    ),
    (
        "apps/cart/overlays/prod/mistake.yaml",
        "apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  template:
    spec:
      containers:
      - name: side
        image: registry.example.com/side:1
",
        "policy/requests-and-limits",
        8,
    ),
    (
        "apps/cart/overlays/prod/mistake.yaml",
        "apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  template:
    spec:
      containers:
      - name: app
        securityContext:
          readOnlyRootFilesystem: false
",
        "policy/read-only-root-filesystem",
        10,
    ),
];

#[test]
fn a_mistake_in_an_overlay_of_the_shop_is_found_by_its_policy_at_its_line() {
    for (file, text, rule, line) in MISTAKES {
        let folder = tempfile::tempdir().unwrap();
        copy(&example("shop"), folder.path());
        let path = folder.path().join(file);
        std::fs::write(&path, text).unwrap();
        let kustomization = path.with_file_name("kustomization.yaml");
        let before = std::fs::read_to_string(&kustomization).unwrap();
        let target = if text.starts_with("- op") {
            "\n  target: {kind: Deployment}"
        } else {
            ""
        };
        assert!(!before.contains("patches:"), "{before}");
        let after = format!("{before}patches:\n- path: mistake.yaml{target}\n");
        std::fs::write(&kustomization, after).unwrap();
        let output = lockgate(
            &["check", ".", "--env", "prod", "-o", "json"],
            folder.path(),
        );
        assert_eq!(output.status.code(), Some(1), "{rule}: {output:?}");
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let found: Vec<(&str, &str, u64)> = document["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| {
                (
                    finding["rule"].as_str().unwrap(),
                    finding["origin"]["file"].as_str().unwrap(),
                    finding["origin"]["line"].as_u64().unwrap(),
                )
            })
            .collect();
        assert!(
            found.contains(&(*rule, *file, *line)),
            "{rule} {file}:{line} is not among {found:?}"
        );
    }
}

#[test]
fn the_cases_of_the_shop_s_own_policy_come_out_as_they_say() {
    let output = lockgate(&["policy", "test"], &example("shop"));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}
