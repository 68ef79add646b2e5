//! A cluster that charts look into while they are rendered.

use std::collections::BTreeSet;
use std::fmt;

use kube::Resource as _;
use kube::api::DynamicObject;
use kube::core::discovery::v2::APIGroupDiscovery;
use serde::Deserialize;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use crate::helm::{Capabilities, KubeVersion, Lookup};

use super::connect::{ClusterTarget, connect};
use super::error::{ClusterError, ClusterErrors};
use super::kinds::Kinds;
use super::request::{Cluster, Failure};

/// A cluster that answers `lookup`, as `helm template --dry-run=server` has one.
pub struct LiveCluster {
    runtime: Runtime,
    cluster: Cluster,
    kinds: Kinds,
    capabilities: Capabilities,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServerInfo {
    git_version: String,
    major: String,
    minor: String,
}

impl LiveCluster {
    /// Connects, and asks for the cluster's version and kinds.
    pub fn open(target: &ClusterTarget) -> Result<Self, ClusterErrors> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| ClusterError::Start {
            reason: error.to_string(),
        })?;
        let (cluster, kinds, capabilities) = runtime.block_on(async {
            let (client, shown) = connect(target).await?;
            let cluster = Cluster::new(client, shown);
            let groups = Kinds::groups(&cluster).await?;
            let capabilities = capabilities(&cluster, &groups).await?;
            Ok::<_, ClusterError>((cluster, Kinds::of_groups(groups), capabilities))
        })?;
        Ok(Self {
            runtime,
            cluster,
            kinds,
            capabilities,
        })
    }

    /// What the cluster can do.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn get(&self, path: &str) -> Result<Value, Failure> {
        self.runtime.block_on(self.cluster.get_path(path))
    }
}

impl Lookup for LiveCluster {
    fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Value>, String> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let Some(known) = self.kinds.find(group, version, kind) else {
            let versions = &self.capabilities.api_versions;
            if versions.iter().any(|known| known == api_version) {
                return Ok(None);
            }
            return Err(format!(
                "unable to get apiresource from unstructured: {api_version}, Kind={kind}: the server could not find the requested resource"
            ));
        };
        let namespace = (known.is_namespaced() && !namespace.is_empty()).then_some(namespace);
        let mut path = DynamicObject::url_path(&known.resource, namespace);
        if !name.is_empty() {
            let name =
                percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
            path.push_str(&format!("/{name}"));
        }
        match self.get(&path) {
            Ok(mut found) => {
                name_items(&mut found);
                Ok(Some(found))
            }
            Err(failure) if failure.code() == Some(404) => Ok(None),
            Err(Failure::Status(status)) => Err(status.message),
            Err(Failure::NoAnswer(reason)) => Err(format!("`{}`: {reason}", self.cluster.shown)),
        }
    }
}

impl fmt::Debug for LiveCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LiveCluster({})", self.cluster.shown)
    }
}

/// Gives the items of a list their kind, which the server leaves out.
fn name_items(list: &mut Value) {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let kind = text(&list["kind"]).and_then(|kind| Some(kind.strip_suffix("List")?.to_owned()));
    let (Some(kind), Some(version)) = (kind, text(&list["apiVersion"])) else {
        return;
    };
    let Some(items) = list.get_mut("items").and_then(Value::as_array_mut) else {
        return;
    };
    for item in items.iter_mut().filter_map(Value::as_object_mut) {
        item.entry("kind").or_insert_with(|| kind.clone().into());
        item.entry("apiVersion")
            .or_insert_with(|| version.clone().into());
    }
}

async fn capabilities(
    cluster: &Cluster,
    groups: &[APIGroupDiscovery],
) -> Result<Capabilities, ClusterError> {
    let version: ServerInfo = cluster
        .get_path("/version")
        .await
        .map_err(|failure| cluster.refused("say its version", failure))?;
    let parsed = KubeVersion::parse(&version.git_version);
    let parsed = parsed.map_err(|error| ClusterError::NoAnswer {
        target: cluster.shown.clone(),
        reason: error.to_string(),
    })?;
    let mut versions = BTreeSet::new();
    for group in groups {
        add_versions(group, &mut versions);
    }
    Ok(Capabilities {
        kube_version: KubeVersion {
            version: version.git_version,
            major: version.major,
            minor: version.minor,
            ..parsed
        },
        api_versions: versions.into_iter().collect(),
    })
}

/// Adds `apps/v1`, and `apps/v1/Deployment`, and so on.
fn add_versions(group: &APIGroupDiscovery, versions: &mut BTreeSet<String>) {
    let name = group.metadata.as_ref().and_then(|it| it.name.as_deref());
    let prefix = match name {
        Some(name) if !name.is_empty() => format!("{name}/"),
        _ => String::new(),
    };
    for version in &group.versions {
        let version_name = version.version.as_deref().unwrap_or_default();
        let group_version = format!("{prefix}{version_name}");
        for resource in &version.resources {
            let below = resource.subresources.iter();
            let below = below.filter_map(|subresource| subresource.response_kind.as_ref());
            let kinds = resource.response_kind.iter().chain(below);
            let kinds = kinds.filter_map(|kind| kind.kind.as_deref());
            versions.extend(kinds.map(|kind| format!("{group_version}/{kind}")));
        }
        versions.insert(group_version);
    }
}
