//! What keeps a sync from deleting too much.

use serde_json::json;

use super::{World, briefs, config_map};

fn three() -> String {
    ["a", "b", "c"].map(|name| config_map(name, "x")).concat()
}

#[test]
fn limits_hold_and_nothing_is_touched() {
    let Some(world) = World::new("limits", &three()) else {
        return;
    };
    world.sync();
    world.write_fleet("    sync: {pruneLimit: 1}\n");
    world.render(&config_map("a", "y"));
    world.refuses(&[], 1, &["delete 2 of the 3", "--prune-limit 2"]);
    assert_eq!(world.get("configmaps/a")["data"]["key"], "x");
    let run = world.run(&["--dry-run"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("\"prune\""), "{run:?}");
    world.run(&["--prune-limit", "2"]).passes();
    assert!(world.get("configmaps/b").is_null());
}

#[test]
fn nothing_rendered_empties_nothing_unasked() {
    let Some(world) = World::new("empty", &three()) else {
        return;
    };
    world.sync();
    world
        .sandbox
        .write("apps/app/kustomization.yaml", "configMapGenerator: []\n");
    world.refuses(&[], 1, &["renders no objects", "--allow-empty"]);
    assert!(!world.get("configmaps/a").is_null());
    world.run(&["--allow-empty"]).passes();
    assert!(world.get("configmaps/a").is_null());
    let annotations = &world.parent()["metadata"]["annotations"];
    assert_eq!(
        annotations["applyset.kubernetes.io/contains-group-kinds"],
        ""
    );
    assert!(world.sync().is_empty());
}

#[test]
fn without_pruning_objects_stay_members() {
    let Some(world) = World::new("retain", &three()) else {
        return;
    };
    world.sync();
    world.render(&config_map("a", "x"));
    let run = world.run(&["--prune=false"]);
    assert_eq!(
        briefs(&super::steps(run.passes())),
        ["retain ConfigMap/b", "retain ConfigMap/c"]
    );
    assert!(!world.get("configmaps/b").is_null());
    assert_eq!(
        briefs(&world.sync()),
        ["prune ConfigMap/b", "prune ConfigMap/c"]
    );
}

#[test]
fn annotations_protect_and_the_set_remembers() {
    let Some(world) = World::new("protect", &three()) else {
        return;
    };
    world.sync();
    let b = world.path("api/v1", "configmaps/b");
    world.edit(
        &b,
        "kubectl-annotate",
        &json!({"metadata": {"annotations": {"helm.sh/resource-policy": "keep"}}}),
    );
    world.render(&config_map("a", "x"));
    let run = world.run(&[]);
    assert!(
        run.passes().contains("helm.sh/resource-policy: keep"),
        "{run:?}"
    );
    assert!(!world.get("configmaps/b").is_null());
    assert!(world.get("configmaps/c").is_null());
    let gone = json!({"metadata": {"annotations": {"helm.sh/resource-policy": null}}});
    world.edit(&b, "kubectl-annotate", &gone);
    assert_eq!(briefs(&world.sync()), ["prune ConfigMap/b"]);
}

#[test]
fn a_namespace_with_foreign_objects_is_never_pruned() {
    let Some(world) = World::new("foreign", "") else {
        return;
    };
    let own = format!("{}-own", world.namespace);
    let namespace = format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {own}}}\n");
    let inside =
        config_map("inside", "x").replace("inside\n", &format!("inside\n  namespace: {own}\n"));
    let outside = config_map("outside", "x");
    world.render(&(namespace + &inside + &outside));
    world.sync();
    world.create_config_map(&own, "foreign", &json!({}));
    world.create_config_map(&world.namespace, "beside", &json!({}));

    world.render(&outside);
    let foreign = format!("ConfigMap/{own}/foreign");
    world.refuses(
        &[],
        1,
        &[&format!("`Namespace/{own}`"), "not this set's", &foreign],
    );
    let path = format!("/api/v1/namespaces/{own}/configmaps");
    assert!(world.cluster.get(&format!("{path}/inside")).is_ok());
    assert!(world.cluster.delete(&format!("{path}/foreign")).is_ok());
    // What controllers made in it, and what is pruned too, stops nothing.
    let pruned = briefs(&world.sync());
    assert_eq!(
        pruned,
        [
            "prune ConfigMap/inside".to_owned(),
            format!("prune Namespace/{own}")
        ]
    );
    let reply = world.cluster.get(&format!("/api/v1/namespaces/{own}"));
    assert!(!reply.is_ok() || !reply.body["metadata"]["deletionTimestamp"].is_null());
    assert!(
        !world.get("configmaps/beside").is_null(),
        "a foreign object was touched"
    );
}
