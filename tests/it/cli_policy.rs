//! Policies through the binary: the pack, its cases, the verbs, what is wrong with a policy.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn lockgate(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// A fleet of one Deployment and one Service, with what `policies` says.
fn fleet(policies: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let fleet = format!(
        "apiVersion: lockgate.dev/v1alpha1
kind: Fleet
metadata: {{name: small}}
spec:
  environments:
  - name: dev
    sources: [{{kustomize: overlays/dev}}]
  policies:
{policies}"
    );
    write(
        folder.path(),
        &[
            ("lockgate.yaml", &fleet),
            (
                "base/web.yaml",
                "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  ports: [{port: 80}]
",
            ),
            ("base/kustomization.yaml", "resources: [web.yaml]\n"),
            (
                "overlays/dev/kustomization.yaml",
                "namespace: shop
resources: [../../base]
images:
- name: web
  newTag: latest
",
            ),
        ],
    );
    folder
}

#[test]
fn the_cases_of_the_pack_come_out_as_they_say() {
    let output = lockgate(&["policy", "test", "policies"], &root());
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let text = stdout(&output);
    assert!(text.ends_with("all as the cases say\n"), "{text}");
    for entry in std::fs::read_dir(root().join("policies")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        for case in ["pass", "fail"] {
            let line = format!("ok     policies/{name}/cases/{case}.yaml\n");
            assert!(text.contains(&line), "{line} is not in {text}");
        }
    }
}

#[test]
fn a_case_that_comes_out_otherwise_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let policy =
        std::fs::read_to_string(root().join("policies/no-latest-tag/policy.yaml")).unwrap();
    write(
        folder.path(),
        &[
            ("tags/policy.yaml", &policy),
            (
                "tags/cases/wrong.yaml",
                "apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: one
    image: one:1 # finding: no-latest-tag
  - name: two
    image: two:latest
",
            ),
        ],
    );
    let output = lockgate(&["policy", "test", "."], folder.path());
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(text.contains("tags/cases/wrong.yaml:7"), "{text}");
    assert!(text.contains("tags/cases/wrong.yaml:9:12"), "{text}");
    assert!(text.ends_with("2 are not as their cases say\n"), "{text}");
    let empty = tempfile::tempdir().unwrap();
    let output = lockgate(&["policy", "test", "."], empty.path());
    assert_eq!(output.status.code(), Some(2), "no cases are no success");
}

#[test]
fn the_pack_is_used_by_name_and_its_action_is_the_fleet_s() {
    let folder = fleet("  - {pack: [no-latest-tag, service-types], action: warn}\n");
    let output = lockgate(&["check", "-o", "json"], folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains(r#""rule": "policy/no-latest-tag""#), "{text}");
    assert!(text.contains(r#""severity": "warning""#), "{text}");
    assert!(text.contains("a Service must be of type ClusterIP or ExternalName"));

    let output = lockgate(&["check"], folder.path());
    let text = stdout(&output);
    assert!(
        text.contains("overlays/dev/kustomization.yaml:5:11"),
        "{text}"
    );
    assert!(
        text.contains("lockgate:policies/no-latest-tag/policy.yaml:"),
        "{text}"
    );
    assert!(
        text.contains("endsWith(':latest')"),
        "the rule is drawn: {text}"
    );

    let output = lockgate(&["check", "--no-policies"], folder.path());
    assert!(
        stdout(&output).ends_with("no findings\n"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn a_parameter_and_a_binding_of_the_repository_take_the_place_of_the_pack_s() {
    let folder = fleet("  - {pack: [no-latest-tag, service-types]}\n  - {path: policies}\n");
    write(
        folder.path(),
        &[(
            "policies/mine.yaml",
            "apiVersion: v1
kind: ConfigMap
metadata: {name: service-types, namespace: policies}
data: {types: 'ClusterIP, NodePort'}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: no-latest-tag}
spec:
  policyName: no-latest-tag
  validationActions: [Deny]
  matchResources:
    namespaceSelector:
      matchExpressions:
      - {key: kubernetes.io/metadata.name, operator: NotIn, values: [shop]}
",
        )],
    );
    let output = lockgate(&["check"], folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
}

#[test]
fn a_name_that_the_pack_has_not_is_told_with_the_nearest() {
    let folder = fleet("  - {pack: [no-latest-tags]}\n");
    let output = lockgate(&["check"], folder.path());
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(
        text.contains("the pack has no policy `no-latest-tags`"),
        "{text}"
    );
    assert!(text.contains("lockgate.yaml:9:13"), "{text}");
    assert!(text.contains("did you mean `no-latest-tag`?"), "{text}");
}

/// Two policies, each with a mistake; both are told, with a caret at the place in the expression.
#[test]
fn all_that_is_wrong_with_policies_is_told_at_its_line() {
    let folder = fleet("  - {path: policies}\n");
    let policy = |name: &str, expression: &str| {
        format!(
            "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {{name: {name}}}
spec:
  matchConstraints:
    resourceRules:
    - {{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}}
  validations:
  - expression: {expression}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {{name: {name}}}
spec: {{policyName: {name}, validationActions: [Deny]}}
"
        )
    };
    write(
        folder.path(),
        &[
            ("policies/a.yaml", &policy("a", "object.spec.replicas >")),
            (
                "policies/b.yaml",
                &policy("b", ">-\n      true &&\n        nothing == 1"),
            ),
        ],
    );
    let output = lockgate(&["check"], folder.path());
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("policies/a.yaml:9:39"), "{text}");
    assert!(text.contains("policies/b.yaml:11:9"), "{text}");
    assert!(text.contains("undeclared reference to 'nothing'"), "{text}");
    let output = lockgate(&["sync", "--dry-run"], folder.path());
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn policies_are_read_at_the_revision_that_is_checked() {
    let folder = fleet("  - {path: policies}\n");
    let pack = std::fs::read_to_string(root().join("policies/no-latest-tag/policy.yaml")).unwrap();
    write(folder.path(), &[("policies/tags.yaml", &pack)]);
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    std::fs::remove_dir_all(folder.path().join("policies")).unwrap();
    let output = lockgate(&["check", "--rev", "HEAD"], folder.path());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).contains("error[policy/no-latest-tag]"));
}

#[test]
fn the_policies_of_a_fleet_are_listed() {
    let folder = fleet("  - {pack: [probes], action: audit}\n");
    let output = lockgate(&["policy", "list"], folder.path());
    assert!(
        stdout(&output).starts_with("probes  audit  Containers that stay are probed"),
        "{}",
        stdout(&output)
    );
    let output = lockgate(&["policy", "list", "--pack", "-o", "json"], &root());
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(document["policies"].as_array().unwrap().len() > 12);
}

#[test]
fn what_stands_beside_policies_is_left_alone_and_a_folder_without_any_is_refused() {
    let folder = fleet("  - {path: policies}\n");
    let pack = std::fs::read_to_string(root().join("policies/no-latest-tag/policy.yaml")).unwrap();
    write(
        folder.path(),
        &[
            ("policies/tags/policy.yaml", &pack),
            ("policies/tags/example.yaml", "apiVersion: v1\nkind: Pod\n"),
            ("policies/.hidden/broken.yaml", "a: ["),
        ],
    );
    let output = lockgate(&["check"], folder.path());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let misspelt = pack.replace(
        "kind: ValidatingAdmissionPolicy\n",
        "kind: ValidatingAdmissionPolice\n",
    );
    write(folder.path(), &[("policies/tags/policy.yaml", &misspelt)]);
    let output = lockgate(&["check"], folder.path());
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(
        text.contains("did you mean `ValidatingAdmissionPolicy`?"),
        "{text}"
    );
    std::fs::remove_file(folder.path().join("policies/tags/policy.yaml")).unwrap();
    let output = lockgate(&["check"], folder.path());
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("`policies` holds no policy"), "{text}");
}
