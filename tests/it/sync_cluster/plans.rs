//! Create, keep, change, prune.

use super::{World, briefs, config_map, deployment};

#[test]
fn a_sync_creates_then_keeps_then_changes_then_prunes() {
    let objects = |value: &str| config_map("settings", value) + &deployment("web", 2);
    let Some(world) = World::new("plans", &(objects("one") + &config_map("old", "x"))) else {
        return;
    };
    let before = world.versions();
    let planned = briefs(&world.plan());
    assert_eq!(
        planned,
        [
            "create ConfigMap/old",
            "create ConfigMap/settings",
            "create Deployment/web"
        ]
    );
    assert_eq!(world.versions(), before, "a dry run changed something");
    assert_eq!(briefs(&world.sync()), planned);

    let synced = world.get("configmaps/settings");
    let again = world.sync();
    assert_eq!(briefs(&again), Vec::<String>::new());
    assert_eq!(again.len(), 3);
    assert_eq!(world.get("configmaps/settings"), synced);

    world.render(&objects("two"));
    let before = world.versions();
    let plan = world.plan();
    assert_eq!(world.versions(), before, "a dry run changed something");
    assert_eq!(
        briefs(&plan),
        ["change ConfigMap/settings", "prune ConfigMap/old"]
    );
    let change = plan.iter().find(|step| step.action() == "change").unwrap();
    assert_eq!(change.changes(), [r#"data.key "one" "two""#]);
    assert_eq!(change.0["changes"][0]["origin"]["line"], 7);
    assert!(change.0["drift"].is_null(), "{}", change.0);

    assert_eq!(briefs(&world.sync()), briefs(&plan));
    assert_eq!(world.get("configmaps/settings")["data"]["key"], "two");
    assert!(world.get("configmaps/old").is_null());
    assert!(briefs(&world.sync()).is_empty());
}

#[test]
fn a_field_that_is_no_longer_rendered_goes() {
    let Some(world) = World::new("fields", &deployment("web", 3)) else {
        return;
    };
    world.sync();
    world.render(&deployment("web", 3).replace("  replicas: 3\n", ""));
    let steps = world.sync();
    // The API server's default takes its place.
    assert_eq!(steps[0].changes(), ["spec.replicas 3 1"]);
    assert!(briefs(&world.sync()).is_empty());
}

const DEFINITION: &str = "---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: GROUPED}
spec:
  group: GROUP
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {size: {type: integer}}}}
";

#[test]
fn a_set_may_bring_the_kinds_and_namespaces_of_its_objects() {
    let Some(world) = World::new("kinds", "") else {
        return;
    };
    let group = format!("{}.example.com", world.namespace);
    let own = format!("{}-own", world.namespace);
    let definition = DEFINITION
        .replace("GROUPED", &format!("widgets.{group}"))
        .replace("GROUP", &group);
    let namespace = format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {own}}}\n");
    let widget = |size: u32| {
        format!(
            "---\napiVersion: {group}/v1\nkind: Widget\nmetadata: {{name: w, namespace: {own}}}\nspec: {{size: {size}}}\n"
        )
    };
    world.render(&(widget(1) + &namespace + &definition));
    let run = world.run(&["--dry-run"]);
    assert!(run.passes().contains("not tried on the server"), "{run:?}");
    assert_eq!(briefs(&world.sync()).len(), 3);
    let path = format!("/apis/{group}/v1/namespaces/{own}/widgets/w");
    assert_eq!(world.cluster.get(&path).body["spec"]["size"], 1);
    assert!(briefs(&world.sync()).is_empty());

    world.render(&(widget(2) + &namespace + &definition));
    let steps = world.sync();
    assert_eq!(briefs(&steps), ["change Widget/w"]);
    assert_eq!(world.cluster.get(&path).body["spec"]["size"], 2);

    // Someone else's widget would go with the definition.
    let other = format!("/apis/{group}/v1/namespaces/{}/widgets", world.namespace);
    let body =
        format!(r#"{{"apiVersion":"{group}/v1","kind":"Widget","metadata":{{"name":"other"}}}}"#);
    assert!(
        world
            .cluster
            .post(&other, "application/json", body.into_bytes())
            .is_ok()
    );
    world.render(&config_map("only", "x"));
    world.refuses(
        &[],
        1,
        &["widgets.", "what is not this set's", "Widget/", "/other"],
    );
    assert!(world.cluster.get(&path).is_ok());
    assert!(world.cluster.delete(&format!("{other}/other")).is_ok());
    let pruned = briefs(&world.sync());
    assert_eq!(
        pruned,
        [
            "create ConfigMap/only".to_owned(),
            format!("prune CustomResourceDefinition/widgets.{group}"),
            format!("prune Namespace/{own}"),
            "prune Widget/w".to_owned(),
        ]
    );
    assert!(
        world.parent()["metadata"]["annotations"]["applyset.kubernetes.io/contains-group-kinds"]
            == "ConfigMap"
    );
}

#[test]
fn an_object_of_a_version_that_comes_with_the_sync_is_not_pruned() {
    let Some(world) = World::new("versions", "") else {
        return;
    };
    let group = format!("{}.example.com", world.namespace);
    let old = DEFINITION
        .replace("GROUPED", &format!("widgets.{group}"))
        .replace("GROUP", &group);
    let widget = |version: &str, size: u32| {
        format!(
            "---\napiVersion: {group}/{version}\nkind: Widget\nmetadata: {{name: w}}\nspec: {{size: {size}}}\n"
        )
    };
    world.render(&(old.clone() + &widget("v1", 1)));
    world.sync();
    let second = old
        .split_once("  - name: v1\n")
        .map(|(_, rest)| rest.replace("storage: true", "storage: false"));
    let new = format!("{old}  - name: v2\n{}", second.unwrap());
    world.render(&(new + &widget("v2", 2)));
    let definition = format!("change CustomResourceDefinition/widgets.{group}");
    let steps = world.sync();
    assert_eq!(briefs(&steps), [definition, "change Widget/w".to_owned()]);
    let path = world.path(&format!("apis/{group}/v2"), "widgets/w");
    assert_eq!(world.cluster.get(&path).body["spec"]["size"], 2);
    assert!(briefs(&world.sync()).is_empty());
}
