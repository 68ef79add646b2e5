//! Fields that others own.

use serde_json::json;

use super::{World, briefs, config_map, deployment};

#[test]
fn fields_of_others_are_told_by_name_and_nothing_is_changed() {
    let Some(world) = World::new("conflicts", &deployment("web", 2)) else {
        return;
    };
    world.sync();
    let web = world.path("apis/apps/v1", "deployments/web");
    let theirs = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web"}, "spec": {"replicas": 9}});
    world.apply(&web, "other-team", &theirs);
    world.render(&(deployment("web", 2) + &config_map("new", "x")));

    world.refuses(
        &[],
        1,
        &[
            "`Deployment/",
            "`spec.replicas` by `other-team`",
            "--force-conflicts",
            "objects.yaml:",
        ],
    );
    assert!(
        world.get("configmaps/new").is_null(),
        "something was applied"
    );
    let run = world.run(&["--dry-run"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("other-team"), "{run:?}");
    assert!(run.stdout.contains("spec.replicas"), "{run:?}");

    let run = world.run(&["--force-conflicts"]);
    run.passes();
    assert_eq!(world.cluster.get(&web).body["spec"]["replicas"], 2);
    assert!(briefs(&world.sync()).is_empty());
}

#[test]
fn a_controllers_field_is_a_conflict_and_no_drift() {
    let Some(world) = World::new("scaler", &deployment("web", 2)) else {
        return;
    };
    world.sync();
    let web = world.path("apis/apps/v1", "deployments/web");
    let scale = format!("{web}/scale");
    world.edit(
        &scale,
        "kube-controller-manager",
        &json!({"spec": {"replicas": 7}}),
    );
    world.refuses(&[], 1, &["`spec.replicas` by `kube-controller-manager`"]);
    // Left out of the repository, it is the controller's alone.
    world.render(&deployment("web", 2).replace("  replicas: 2\n", ""));
    world.sync();
    assert_eq!(world.cluster.get(&web).body["spec"]["replicas"], 7);
}

#[test]
fn an_object_that_was_there_is_adopted_where_it_agrees() {
    let Some(world) = World::new("adopt", &config_map("agrees", "x")) else {
        return;
    };
    world.create_config_map(&world.namespace, "agrees", &json!({}));
    let steps = world.sync();
    assert_eq!(briefs(&steps), ["change ConfigMap/agrees"]);
    assert!(briefs(&world.sync()).is_empty());

    world.create_config_map(
        &world.namespace,
        "differs",
        &json!({"labels": {"a": "theirs"}}),
    );
    let differs = config_map("differs", "x").replace("differs\n", "differs\n  labels: {a: ours}\n");
    world.render(&(config_map("agrees", "x") + &differs));
    world.refuses(&[], 1, &["`metadata.labels.a` by `kubectl-create`"]);
    world.run(&["--force-conflicts"]).passes();
    assert_eq!(
        world.get("configmaps/differs")["metadata"]["labels"]["a"],
        "ours"
    );
}

#[test]
fn an_object_of_another_set_is_not_taken() {
    let Some(world) = World::new("sets", &config_map("theirs", "x")) else {
        return;
    };
    let label = json!({"labels": {"applyset.kubernetes.io/part-of": "applyset-other-v1"}});
    world.create_config_map(&world.namespace, "theirs", &label);
    for arguments in [&[][..], &["--force-conflicts"]] {
        world.refuses(
            arguments,
            1,
            &["`ConfigMap/", "another ApplySet, `applyset-other-v1`"],
        );
    }
    let live = world.get("configmaps/theirs");
    assert!(live["data"].is_null(), "{live}");
}
