//! `lockgate diff` through the binary.

use super::cli::Sandbox;

fn changed() -> Sandbox {
    let sandbox = Sandbox::fleet();
    sandbox.commit();
    sandbox.write(
        "apps/web/overlays/prod/kustomization.yaml",
        "namePrefix: web-\nnamespace: prod\nresources: [../../../../base]\nreplicas: [{name: server, count: 3}]\n",
    );
    sandbox
}

#[test]
fn the_work_tree_is_compared_with_a_revision() {
    let sandbox = changed();
    let run = sandbox.run(&["diff", "main"]);
    let text = run.passes();
    assert!(
        text.contains("--- prod/web Deployment/prod/web-server\n"),
        "{text}"
    );
    assert!(text.contains("-  replicas: 1\n+  replicas: 3\n"), "{text}");
    assert!(!text.contains("dev/"), "{text}");
    assert_eq!(run.stderr, "0 created, 1 changed, 0 deleted in prod\n");
    sandbox.commit();
    assert_eq!(sandbox.run(&["diff", "main"]).passes(), "");
    let between = sandbox.run(&["diff", "main~1", "main"]);
    assert_eq!(between.passes(), text);
}

#[test]
fn the_exit_code_tells_when_asked() {
    let sandbox = changed();
    assert_eq!(sandbox.run(&["diff", "main", "--exit-code"]).code, 1);
    assert_eq!(
        sandbox
            .run(&["diff", "main", "--exit-code", "--env", "dev"])
            .code,
        0
    );
}

#[test]
fn secrets_are_masked_in_every_format() {
    let sandbox = Sandbox::fleet();
    sandbox.commit();
    sandbox.write(
        "base/kustomization.yaml",
        "resources: [deployment.yaml]\nsecretGenerator:\n- name: token\n  literals: [token=hunter3]\n",
    );
    for format in ["text", "markdown", "json"] {
        let run = sandbox.run(&["diff", "main", "-o", format]);
        let text = run.passes();
        assert!(text.contains("*** (after)"), "{text}");
        // `hunter` in base64, wherever it begins.
        for secret in ["hunter", "aHVudGVy"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[test]
fn an_environment_that_one_side_has_is_a_difference() {
    let sandbox = Sandbox::fleet();
    sandbox.commit();
    sandbox.write(
        "apps/web/overlays/test/kustomization.yaml",
        "resources: [../../../../base]\n",
    );
    let run = sandbox.run(&["diff", "main", "--env", "test"]);
    assert!(
        run.passes()
            .contains("--- /dev/null\n+++ test/web Deployment/server\n")
    );
    sandbox
        .run(&["diff", "main", "--env", "tets"])
        .fails(2, &["no environment `tets`", "did you mean `test`?"]);
}
