//! The inventory is an `ApplySet` that other tools read.

use serde_json::{Value, json};

use super::{World, briefs, config_map, deployment};

#[test]
fn the_parent_says_what_kubectl_reads() {
    let Some(world) = World::new("applyset", &(config_map("a", "x") + &deployment("web", 1)))
    else {
        return;
    };
    world.sync();
    let parent = world.parent();
    let annotations = &parent["metadata"]["annotations"];
    assert_eq!(
        annotations["applyset.kubernetes.io/contains-group-kinds"],
        "ConfigMap,Deployment.apps"
    );
    assert_eq!(
        annotations["applyset.kubernetes.io/additional-namespaces"],
        ""
    );
    let tooling = annotations["applyset.kubernetes.io/tooling"]
        .as_str()
        .unwrap();
    assert_eq!(tooling, concat!("lockgate/v", env!("CARGO_PKG_VERSION")));
    let id = &parent["metadata"]["labels"]["applyset.kubernetes.io/id"];
    assert!(id.is_string());
    let member = world.get("configmaps/a");
    assert_eq!(
        &member["metadata"]["labels"]["applyset.kubernetes.io/part-of"],
        id
    );
}

#[test]
fn kubectl_would_write_the_same_set() {
    let Some(world) = World::new("kubectl", "") else {
        return;
    };
    // With a parent in a namespace, kubectl takes no objects of other namespaces.
    let role = format!(
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: {}}}\nrules: [{{apiGroups: [\"\"], resources: [pods], verbs: [get]}}]\n",
        world.namespace
    );
    world.render(&(role + &config_map("inside", "x") + &deployment("web", 1)));
    let cluster = world.cluster;
    let parent = format!("lockgate-{}-dev", world.namespace);
    let set = format!("--applyset=configmaps/{parent}");
    let file = world.sandbox.path("apps/app/objects.yaml");
    let file = file.display().to_string();
    let apply = [
        "apply",
        "--server-side",
        "--prune",
        "-n",
        &world.namespace,
        "-f",
        &file,
        &set,
    ];
    cluster.kubectl(&apply).unwrap();
    let what = |parent: &Value| {
        let metadata = &parent["metadata"];
        let mut annotations = metadata["annotations"].clone();
        annotations
            .as_object_mut()
            .unwrap()
            .remove("applyset.kubernetes.io/tooling");
        (metadata["labels"].clone(), annotations)
    };
    let labels = || {
        let inside = world.get("configmaps/inside");
        let web = cluster
            .get(&world.path("apis/apps/v1", "deployments/web"))
            .body;
        [inside, web].map(|object| object["metadata"]["labels"].clone())
    };
    let theirs = (what(&world.parent()), labels());
    cluster
        .kubectl(&["delete", "configmap", &parent, "-n", &world.namespace])
        .unwrap();
    // The id is the same, so the objects are ours already.
    assert!(world.sync().iter().all(|step| step.action() != "create"));
    assert_eq!((what(&world.parent()), labels()), theirs);
    // And kubectl keeps off what says that it is another tool's.
    let told = cluster.kubectl(&apply).unwrap_err();
    assert!(told.contains(r#"managed by tooling "lockgate""#), "{told}");
}

#[test]
fn a_parent_of_another_tool_is_left_alone() {
    let Some(world) = World::new("tooling", &config_map("a", "x")) else {
        return;
    };
    let name = format!("lockgate-{}-dev", world.namespace);
    let annotations = json!({"annotations": {"applyset.kubernetes.io/tooling": "kubectl/v1.36.3"}});
    world.create_config_map(&world.namespace, &name, &annotations);
    world.refuses(&[], 2, &[&name, "belongs to `kubectl/v1.36.3`"]);
    assert!(world.get("configmaps/a").is_null());
}

#[test]
fn two_fleets_of_one_name_do_not_share_a_set() {
    let Some(world) = World::new("names", &config_map("a", "x")) else {
        return;
    };
    world.sync();
    // `names-0` + `dev` and `names` + `0-dev` have one parent's name.
    let parent = world.path(
        "api/v1",
        &format!("configmaps/lockgate-{}-dev", world.namespace),
    );
    world.edit(
        &parent,
        "kubectl-edit",
        &json!({"data": {"fleet": "other"}}),
    );
    world.render(&config_map("b", "x"));
    world.refuses(&[], 2, &["belongs to environment `dev` of fleet `other`"]);
    assert!(!world.get("configmaps/a").is_null());
}

#[test]
fn members_are_found_without_a_parent() {
    let Some(world) = World::new("lost", &(config_map("a", "x") + &deployment("web", 1))) else {
        return;
    };
    world.sync();
    let parent = format!("configmaps/lockgate-{}-dev", world.namespace);
    assert!(world.cluster.delete(&world.path("api/v1", &parent)).is_ok());
    world.render(&config_map("a", "x"));
    assert_eq!(briefs(&world.sync()), ["prune Deployment/web"]);
    assert!(!world.parent().is_null());
}

#[test]
fn what_controllers_make_after_a_service_is_no_member() {
    // The controllers give Endpoints and EndpointSlices the labels of their Service.
    let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n";
    let slice = "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: by-hand}\naddressType: IPv4\nendpoints: []\nports: []\n";
    let Some(world) = World::new("copies", &format!("{service}{slice}")) else {
        return;
    };
    world.sync();
    let slices = world.path("apis/discovery.k8s.io/v1", "endpointslices");
    let mut made = 0;
    for _ in 0..1200 {
        made = world.cluster.get(&slices).body["items"]
            .as_array()
            .unwrap()
            .len();
        if made == 2 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(made, 2, "the controller made no slice");
    assert!(briefs(&world.sync()).is_empty());
}
