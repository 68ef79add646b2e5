//! What the API server says of an object that is created, and nothing stored.

use std::time::{Duration, Instant};

use lockgate::schema::Bundle;
use serde_json::Value;

use crate::control_plane::{ControlPlane, Reply};

/// The server with a namespace of the test's own.
pub(super) struct Server {
    control_plane: &'static ControlPlane,
    namespace: String,
}

impl Server {
    /// Returns the server once it serves the kinds of some `CustomResourceDefinition`s; `None` without
    /// a control plane.
    pub(super) fn with_crds(crds: &[Value]) -> Option<Self> {
        let control_plane = ControlPlane::shared()?;
        let server = Self {
            control_plane,
            namespace: control_plane.namespace("agreement"),
        };
        for crd in crds {
            let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
            let body = serde_json::to_vec(crd).unwrap();
            let reply = control_plane.post(path, "application/json", body);
            assert!(reply.is_ok(), "{crd}: {}", reply.message());
            let text = |pointer: &str| crd.pointer(pointer).unwrap().as_str().unwrap();
            let url = format!(
                "/apis/{}/{}/{}",
                text("/spec/group"),
                text("/spec/versions/0/name"),
                text("/spec/names/plural")
            );
            let since = Instant::now();
            while !control_plane.get(&url).is_ok() {
                assert!(since.elapsed() < Duration::from_secs(30), "{url}");
                std::thread::sleep(Duration::from_millis(100));
            }
        }
        Some(server)
    }

    pub(super) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Asks the server to create an object strictly, without doing it; `None` where it breaks off.
    pub(super) fn dry_run(&self, bundle: &Bundle, object: &Value) -> Option<Reply> {
        let text = |key: &str| object[key].as_str().unwrap();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        let (plural, namespaced) = bundle
            .kinds()
            .into_iter()
            .find(|(version, known, ..)| version == api_version && known == kind)
            .map_or_else(
                || (format!("{}s", kind.to_lowercase()), true),
                |(_, _, plural, namespaced)| (plural.to_string(), namespaced),
            );
        let root = if api_version.contains('/') {
            "apis"
        } else {
            "api"
        };
        let namespace = if namespaced {
            format!("namespaces/{}/", self.namespace)
        } else {
            String::new()
        };
        let path =
            format!("/{root}/{api_version}/{namespace}{plural}?dryRun=All&fieldValidation=Strict");
        let body = serde_json::to_vec(object).unwrap();
        self.control_plane.try_post(&path, body)
    }
}
