//! What a cluster's API server publishes of its types.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::connect::{ClusterTarget, connect};
use super::error::{ClusterError, ClusterErrors};
use super::request::Cluster;
use crate::sync::Interrupt;

/// The types of a server.
#[derive(Debug)]
pub struct Published {
    /// The server's version, as `v1.36.3`.
    pub version: String,
    /// An `OpenAPI` document for each group and version, by its path, as `apis/apps/v1`; in order.
    pub documents: Vec<(String, Value)>,
}

#[derive(Deserialize)]
struct Index {
    paths: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(rename = "serverRelativeURL")]
    url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    git_version: String,
}

/// Asks a cluster for its types.
pub fn openapi(target: &ClusterTarget, interrupt: &Interrupt) -> Result<Published, ClusterErrors> {
    super::block_on(target, interrupt, async {
        let (client, shown) = connect(target).await?;
        let cluster = Cluster::new(client, shown);
        let version: Version = get(&cluster, "/version").await?;
        let index: Index = get(&cluster, "/openapi/v3").await?;
        let documents = Cluster::each(index.paths, async |(path, entry): (String, Entry)| {
            get(&cluster, &entry.url)
                .await
                .map(|document| (path, document))
        })
        .await;
        Ok(Published {
            version: version.git_version,
            documents: documents.into_iter().collect::<Result<_, ClusterError>>()?,
        })
    })
}

async fn get<T: for<'de> Deserialize<'de>>(
    cluster: &Cluster,
    path: &str,
) -> Result<T, ClusterError> {
    cluster
        .get_path(path)
        .await
        .map_err(|failure| cluster.refused(format!("show `{path}`"), failure))
}
