//! The bundle that ships is what a real API server publishes.
//!
//! `UPDATE=1 cargo test --test it schema_bundle` writes it anew.

use lockgate::schema::Bundle;
use serde_json::Value;

use crate::control_plane::ControlPlane;

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/schema/bundles/1.36.bin");

#[test]
fn the_bundle_is_what_the_server_publishes() {
    let Some(server) = ControlPlane::shared() else {
        return;
    };
    let version = server.get("/version").body["gitVersion"]
        .as_str()
        .unwrap()
        .to_owned();
    let index = server.get("/openapi/v3").body;
    let mut documents: Vec<(String, Value)> = index["paths"]
        .as_object()
        .unwrap()
        .iter()
        // Other tests define kinds of their own, in groups that are not Kubernetes'.
        .filter(|(path, _)| !path.contains('.') || path.contains(".k8s.io/"))
        .map(|(path, place)| {
            let url = place["serverRelativeURL"].as_str().unwrap();
            (path.clone(), server.get(url).body)
        })
        .collect();
    documents.sort_by(|a, b| a.0.cmp(&b.0));
    let documents: Vec<Value> = documents
        .into_iter()
        .map(|(_, document)| document)
        .collect();
    let bytes = Bundle::from_openapi(&version, &documents)
        .unwrap()
        .to_bytes()
        .unwrap();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(SHIPPED, &bytes).unwrap();
    }
    assert!(
        bytes == std::fs::read(SHIPPED).unwrap(),
        "the bundle is stale: UPDATE=1 cargo test --test it schema_bundle"
    );
}
