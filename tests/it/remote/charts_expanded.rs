//! Charts that objects of Argo CD and Flux name.

use std::fs;

use super::Machine;
use super::packed::{chart, serve};

#[test]
fn charts_of_objects_are_fetched_and_pinned_with_them() {
    let machine = Machine::new(&[]);
    let charts = [
        ("web", "1.0.0", chart("web", "1.0.0")),
        ("web", "1.1.0", chart("web", "1.1.0")),
        ("cache", "0.2.0", chart("cache", "0.2.0")),
    ];
    let repo = serve(&machine.server, &charts);
    machine.sandbox.write(
        "fleet/lockgate.yaml",
        "apiVersion: lockgate.dev/v1alpha1
kind: Fleet
metadata: {name: shop}
spec: {environments: [{name: dev, sources: [{manifests: cluster}]}]}
",
    );
    machine.sandbox.write(
        "fleet/cluster/all.yaml",
        &format!(
            "apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {{name: charts, namespace: shop}}
spec: {{url: '{repo}'}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: web, namespace: shop}}
spec:
  chart: {{spec: {{chart: web, version: '>=1.0.0', sourceRef: {{kind: HelmRepository, name: charts}}}}}}
  values: {{size: 5}}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: cache, namespace: argocd}}
spec:
  destination: {{namespace: shop}}
  source: {{repoURL: '{repo}', chart: cache, targetRevision: 0.2.0, helm: {{parameters: [{{name: size, value: '7'}}]}}}}
"
        ),
    );
    machine.lockgate(&["render", "--expand", "fleet"]).fails(
        2,
        &[
            &format!("`web >=1.0.0` of `{repo}` is not in `lockgate.lock`"),
            "cluster/all.yaml:10:25",
            &format!("`cache 0.2.0` of `{repo}` is not in `lockgate.lock`"),
            "cluster/all.yaml:18:",
            "`--fetch`",
        ],
    );
    // Without an expansion there is nothing to fetch, and no one asks.
    machine.lockgate(&["fetch", "fleet"]).passes();
    assert!(machine.server.requests().is_empty());

    let fetched = machine.lockgate(&["fetch", "--expand", "fleet"]);
    for line in ["+ chart web 1.1.0 of ", "+ chart cache 0.2.0 of "] {
        assert!(fetched.passes().contains(line), "{fetched:?}");
    }
    machine.server.requests();
    let rendered = machine.lockgate(&["render", "--expand", "fleet"]);
    for text in [
        "name: web-web\n",
        "version: 1.1.0\n",
        "size: \"5\"\n",
        "name: cache-cache\n",
        "size: \"7\"\n",
        "namespace: shop\n",
    ] {
        assert!(rendered.passes().contains(text), "{rendered:?}");
    }
    assert!(machine.server.requests().is_empty());

    // What objects may use stays in the lock where they are not expanded.
    let lock = || fs::read_to_string(machine.sandbox.path("fleet/lockgate.lock")).unwrap();
    let before = lock();
    machine.lockgate(&["render", "--fetch", "fleet"]).passes();
    assert_eq!(lock(), before);
}
