//! What was changed by hand is seen, named and reverted.

use serde_json::json;

use super::{World, briefs, config_map, deployment};

#[test]
fn edits_by_hand_are_named_and_reverted() {
    let objects = deployment("web", 2) + &config_map("settings", "one") + &config_map("gone", "x");
    let Some(world) = World::new("drift", &objects) else {
        return;
    };
    world.sync();
    let web = world.path("apis/apps/v1", "deployments/web");
    let settings = world.path("api/v1", "configmaps/settings");
    world.edit(
        &web,
        "kubectl-edit",
        &json!({"spec": {"template": {"metadata": {"labels": {"x": "y"}}}}}),
    );
    world.edit(
        &format!("{web}/scale"),
        "kubectl",
        &json!({"spec": {"replicas": 7}}),
    );
    world.edit(
        &settings,
        "some-script",
        &json!({"data": {"key": "two", "more": "unknown"}}),
    );
    assert!(
        world
            .cluster
            .delete(&world.path("api/v1", "configmaps/gone"))
            .is_ok()
    );

    let plan = world.plan();
    let step = |brief: &str| plan.iter().find(|step| step.brief() == brief).unwrap();
    let web_step = step("change Deployment/web");
    assert_eq!(web_step.edited_by(), ["kubectl", "kubectl-edit"]);
    assert_eq!(
        web_step.changes(),
        [
            "spec.replicas 7 2",
            r#"spec.template.metadata.labels.x "y" null"#
        ]
    );
    let settings_step = step("change ConfigMap/settings");
    assert_eq!(settings_step.edited_by(), ["some-script"]);
    assert_eq!(settings_step.changes(), [r#"data.key "two" "one""#]);
    assert_eq!(step("create ConfigMap/gone").0["drift"]["kind"], "deleted");

    assert_eq!(briefs(&world.sync()), briefs(&plan));
    let reverted = world.cluster.get(&web).body;
    assert_eq!(reverted["spec"]["replicas"], 2);
    assert_eq!(
        reverted["spec"]["template"]["metadata"]["labels"],
        json!({"app": "web"})
    );
    // What is not rendered and no hand tool set may be another's.
    assert_eq!(
        world.get("configmaps/settings")["data"],
        json!({"key": "one", "more": "unknown"})
    );
    assert!(!world.get("configmaps/gone").is_null());
    assert!(briefs(&world.sync()).is_empty());
}

#[test]
fn what_kubectl_does_is_reverted() {
    let Some(world) = World::new(
        "by-kubectl",
        &(deployment("web", 2) + &config_map("settings", "one")),
    ) else {
        return;
    };
    world.sync();
    let settings = world.path("api/v1", "configmaps/settings");
    let web = world.path("apis/apps/v1", "deployments/web");
    let before = [&settings, &web].map(|path| world.cluster.get(path).body["metadata"].clone());
    let kubectl = |arguments: &[&str]| {
        let mut all = vec!["-n", &world.namespace];
        all.extend(arguments);
        world.cluster.kubectl(&all).unwrap()
    };
    let theirs = config_map("settings", "theirs");
    world.sandbox.write("theirs.yaml", &theirs);
    let file = world.sandbox.path("theirs.yaml").display().to_string();
    kubectl(&["scale", "deployment/web", "--replicas=5"]);
    kubectl(&["set", "env", "deployment/web", "A=9", "B=2"]);
    kubectl(&["set", "image", "deployment/web", "main=example.com/evil:1"]);
    kubectl(&["annotate", "deployment/web", "by=hand"]);
    kubectl(&["apply", "-f", &file]);
    let steps = world.sync();
    assert_eq!(
        briefs(&steps),
        ["change ConfigMap/settings", "change Deployment/web"]
    );
    for step in &steps {
        assert!(!step.edited_by().is_empty(), "{}", step.0);
    }
    let live = world.cluster.get(&web).body;
    assert_eq!(live["spec"]["replicas"], 2);
    let container = &live["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["image"], "example.com/web:1");
    assert_eq!(container["env"], json!([{"name": "A", "value": "1"}]));
    assert!(live["metadata"]["annotations"]["by"].is_null());
    let config = world.get("configmaps/settings");
    assert_eq!(config["data"]["key"], "one");
    assert_eq!(config["metadata"]["annotations"], before[0]["annotations"]);

    kubectl(&["apply", "--server-side", "--force-conflicts", "-f", &file]);
    assert_eq!(world.sync().len(), 2);
    assert_eq!(world.get("configmaps/settings")["data"]["key"], "one");
    assert!(briefs(&world.sync()).is_empty());
}

#[test]
fn a_field_taken_away_by_hand_comes_back() {
    let Some(world) = World::new("taken", &deployment("web", 2)) else {
        return;
    };
    world.sync();
    let web = world.path("apis/apps/v1", "deployments/web");
    world.edit(
        &web,
        "kubectl-edit",
        &json!({"metadata": {"labels": {"app": null}}}),
    );
    let steps = world.sync();
    assert_eq!(steps[0].changes(), [r#"metadata.labels.app null "web""#]);
    assert_eq!(steps[0].0["drift"]["kind"], "edited");
    assert!(briefs(&world.sync()).is_empty());
}

#[test]
fn a_restart_by_kubectl_stays() {
    let Some(world) = World::new("restart", &deployment("web", 2)) else {
        return;
    };
    world.sync();
    let web = world.path("apis/apps/v1", "deployments/web");
    let at = json!({"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"});
    let restart = json!({"spec": {"template": {"metadata": {"annotations": at}}}});
    world.edit(&web, "kubectl-rollout", &restart);
    assert!(briefs(&world.sync()).is_empty());
    let live = world.cluster.get(&web).body;
    assert_eq!(live["spec"]["template"]["metadata"]["annotations"], at);
}

#[test]
fn a_field_put_right_by_hand_is_ours_again() {
    let Some(world) = World::new("own", &config_map("settings", "one")) else {
        return;
    };
    world.sync();
    let settings = world.path("api/v1", "configmaps/settings");
    for value in ["two", "one"] {
        world.edit(&settings, "kubectl-edit", &json!({"data": {"key": value}}));
    }
    assert!(briefs(&world.sync()).is_empty());
    // If the field were not ours, it would stay when it is no longer rendered.
    world.render(&config_map("settings", "one").replace("key: one", "other: one"));
    world.sync();
    assert_eq!(
        world.get("configmaps/settings")["data"],
        json!({"other": "one"})
    );
}
