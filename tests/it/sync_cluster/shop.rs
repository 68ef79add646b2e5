//! The example fleet, on a cluster.

use std::path::Path;
use std::process::Command;

use super::{CLUSTER, briefs, steps};
use crate::cli::Sandbox;

#[test]
fn the_example_fleet_goes_to_a_cluster() {
    let Some(cluster) = CLUSTER.as_ref() else {
        return;
    };
    let sandbox = Sandbox::new(&[]);
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("overlays-examples/shop");
    let copied = Command::new("cp")
        .arg("-r")
        .args([&example, &sandbox.path("shop")])
        .status();
    assert!(copied.unwrap().success());
    let kubeconfig = cluster.kubeconfig();
    let sync = |more: &[&str]| {
        let mut arguments = vec![
            "sync",
            "shop",
            "--env",
            "staging",
            "--context",
            "test",
            "-o",
            "json",
        ];
        arguments.extend(["--kubeconfig", kubeconfig.to_str().unwrap()]);
        arguments.extend(more);
        sandbox.run(&arguments)
    };
    let created = steps(sync(&[]).passes());
    assert!(created.len() > 20);
    assert!(created.iter().all(|step| step.action() == "create"));
    let waves: Vec<&str> = created
        .iter()
        .map(|step| step.0["kind"].as_str().unwrap())
        .collect();
    assert_eq!(waves[0], "Namespace");
    let at = |kind: &str| waves.iter().position(|other| *other == kind).unwrap();
    assert!(
        at("ConfigMap") < at("Service") && at("Service") < at("Deployment"),
        "{waves:?}"
    );
    assert!(briefs(&steps(sync(&[]).passes())).is_empty());

    // A value that an overlay sets, and a service less.
    let overlay = sandbox.path("shop/apps/web/overlays/staging/kustomization.yaml");
    let text = std::fs::read_to_string(&overlay).unwrap();
    assert!(text.contains("newTag: 1.8.3"), "{text}");
    std::fs::write(&overlay, text.replace("1.8.3", "1.8.4")).unwrap();
    std::fs::remove_dir_all(sandbox.path("shop/apps/email/overlays/staging")).unwrap();
    let plan = steps(sync(&["--dry-run"]).passes());
    let change = plan
        .iter()
        .find(|step| step.brief() == "change Deployment/web")
        .unwrap();
    assert!(
        change.changes()[0].contains("containers[0].image"),
        "{:?}",
        change.changes()
    );
    let origin = &change.0["changes"][0]["origin"]["file"];
    assert!(
        origin
            .as_str()
            .unwrap()
            .ends_with("apps/web/overlays/staging/kustomization.yaml")
    );
    assert!(
        briefs(&plan).contains(&"prune Deployment/email".to_owned()),
        "{:?}",
        briefs(&plan)
    );
    assert_eq!(briefs(&steps(sync(&[]).passes())), briefs(&plan));
    assert!(briefs(&steps(sync(&[]).passes())).is_empty());
}
