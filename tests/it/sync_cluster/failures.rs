//! Clusters that do not answer or refuse, and sets that no cluster takes.

use serde_json::json;

use super::{World, briefs, config_map, deployment};
use crate::cli::Sandbox;

fn secret(value: &str, more: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: token}}\ndata:\n  token: {value}\n{more}"
    )
}

#[test]
fn a_cluster_that_cannot_be_reached_is_the_environments_fault() {
    let kubeconfig = |server: &str, more: &str| {
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: here\ncontexts:\n- {{name: here, context: {{cluster: c, user: u}}}}\nclusters:\n- {{name: c, cluster: {{server: '{server}'{more}}}}}\nusers:\n- {{name: u, user: {{token: wrong}}}}\n"
        )
    };
    let sandbox = Sandbox::new(&[
        (
            "lockgate.yaml",
            "apiVersion: lockgate.dev/v1alpha1\nkind: Fleet\nmetadata: {name: f}\nspec:\n  environments:\n  - name: dev\n    sources: [{kustomize: app}]\n",
        ),
        (
            "app/kustomization.yaml",
            "configMapGenerator: [{name: a, literals: [a=b]}]\n",
        ),
        ("closed", &kubeconfig("https://127.0.0.1:1", "")),
        ("broken", "contexts: {"),
    ]);
    let run = |kubeconfig: &str, context: &str| {
        sandbox.run(&[
            "sync",
            "--env",
            "dev",
            "--kubeconfig",
            kubeconfig,
            "--context",
            context,
        ])
    };
    run("closed", "here").fails(3, &["cluster `here` does not answer", "refused"]);
    run("closed", "hree").fails(2, &["no context `hree`", "did you mean `here`?"]);
    run("missing", "here").fails(2, &["kubeconfig `missing`", "No such file"]);
    run("broken", "here").fails(2, &["kubeconfig `broken`"]);
    sandbox
        .run(&["sync", "--context", "here"])
        .fails(2, &["--env"]);
    sandbox
        .run(&["sync", "--kubeconfig", "closed"])
        .fails(2, &["--context"]);

    let Some(cluster) = super::CLUSTER.as_ref() else {
        return;
    };
    let good = std::fs::read_to_string(cluster.kubeconfig()).unwrap();
    let server = good
        .split('\'')
        .find(|part| part.starts_with("https"))
        .unwrap();
    // A certificate that nothing vouches for.
    sandbox.write("unknown", &kubeconfig(server, ""));
    run("unknown", "here").fails(
        3,
        &["does not answer", "certificate", "certificate-authority"],
    );
    sandbox.write(
        "denied",
        &kubeconfig(server, ", insecure-skip-tls-verify: true"),
    );
    run("denied", "here").fails(3, &["nauthorized", "credentials"]);
}

#[test]
fn a_user_without_the_rights_is_told_which() {
    let Some(world) = World::new("rights", &config_map("a", "x")) else {
        return;
    };
    let kubeconfig = std::fs::read_to_string(world.cluster.kubeconfig()).unwrap();
    let someone = kubeconfig.replace("user: {token", "user: {as: someone, token");
    assert_ne!(someone, kubeconfig);
    world.sandbox.write("someone", &someone);
    let refused = "User \"someone\" cannot get resource \"configmaps\"";
    world.refuses(&["--kubeconfig", "someone"], 3, &[refused, "RBAC"]);
    assert!(world.get("configmaps/a").is_null());
}

#[test]
fn a_kind_that_the_cluster_does_not_know_is_told_with_its_line() {
    let Some(world) = World::new("unknown", "") else {
        return;
    };
    let object = |version: &str, kind: &str| {
        config_map("a", "x")
            + &format!("---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: b}}\n")
    };
    world.render(&object("example.com/v1", "Wigdet"));
    world.refuses(
        &[],
        2,
        &[
            "`Wigdet/b`",
            "no kind `Wigdet` of `example.com/v1`",
            "objects.yaml:9",
        ],
    );
    world.render(&object("apps/v1beta1", "Deployment"));
    world.refuses(&[], 2, &["the cluster has it as `apps/v1`"]);
    world.render(&config_map("a", "x").replace("name: a", "name: a\n  namespace: not-there"));
    world.refuses(&[], 2, &["no namespace `not-there`", "objects.yaml:"]);
    assert!(world.get("configmaps/a").is_null());
}

#[test]
fn what_the_server_refuses_is_known_before_anything_is_changed() {
    let Some(world) = World::new("refused", &deployment("web", 1)) else {
        return;
    };
    world.sync();
    // A selector cannot change.
    let other = deployment("web", 1).replace("{app: web}", "{app: other}");
    world.render(&(config_map("new", "x") + &other));
    world.refuses(
        &[],
        3,
        &["refused `Deployment/", "immutable", "objects.yaml:"],
    );
    assert!(
        world.get("configmaps/new").is_null(),
        "something was applied"
    );
    world.render(&(config_map("new", "x") + &deployment("web", 1).replace("replicas", "repilcas")));
    world.refuses(&[], 3, &["repilcas"]);
}

#[test]
fn no_value_of_a_secret_is_told() {
    // `aHVudGVyMg==` is hunter2, `czNjcjN0` another one.
    let Some(world) = World::new("secrets", &secret("aHVudGVyMg==", "immutable: true\n")) else {
        return;
    };
    let mut told = String::new();
    let mut run = |arguments: &[&str], code: i32| {
        let run = world.run(arguments);
        assert_eq!(run.code, code, "{run:?}");
        told.push_str(&run.stdout);
        told.push_str(&run.stderr);
    };
    run(&[], 0);
    // Immutable, so refused; then not even base64.
    world.render(&secret("czNjcjN0", "immutable: true\n"));
    run(&[], 3);
    world.render(&secret("'s3cr3t!'", "immutable: true\n"));
    run(&[], 3);
    world.render(&secret(
        "aHVudGVyMg==",
        "immutable: true\nstringData: {token: [s3cr3t]}\n",
    ));
    run(&[], 3);
    assert!(
        world
            .cluster
            .delete(&world.path("api/v1", "secrets/token"))
            .is_ok()
    );
    world.render(&secret("aHVudGVyMg==", ""));
    run(&[], 0);
    let path = world.path("api/v1", "secrets/token");
    world.edit(
        &path,
        "kubectl-edit",
        &json!({"data": {"token": "czNjcjN0", "more": "czNjcjN0"}}),
    );
    run(&["--dry-run"], 0);
    let other = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "token"}, "data": {"token": "czNjcjN0"}});
    world.apply(&path, "other", &other);
    run(&[], 1);
    run(&["--force-conflicts"], 0);
    assert!(told.contains("*** (after)"), "{told}");
    assert!(told.contains("data.token"), "{told}");
    for value in ["aHVudGVyMg", "hunter2", "czNjcjN0", "s3cr3t"] {
        assert!(!told.contains(value), "{value} in {told}");
    }
    assert_eq!(
        world.get("secrets/token")["data"],
        json!({"token": "aHVudGVyMg=="})
    );
    assert!(briefs(&world.sync()).is_empty());
}
