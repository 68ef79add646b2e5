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
