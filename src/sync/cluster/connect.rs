//! From a kubeconfig and a context to a client.

use std::path::PathBuf;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};

use super::error::ClusterError;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Which cluster, and where in it.
#[derive(Clone, Debug)]
pub struct ClusterTarget {
    /// The context of the kubeconfig; the current one where there is none.
    pub context: Option<String>,
    /// The kubeconfig; else what `KUBECONFIG` names, else `~/.kube/config`.
    pub kubeconfig: Option<PathBuf>,
    /// The namespace of the set's parent, and of objects that name none.
    pub namespace: String,
    /// Whether a pod's service account may stand in where there is no kubeconfig at all.
    pub service_account: ServiceAccount,
}

/// Whether a pod's service account may stand in for a kubeconfig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceAccount {
    /// It may.
    Allow,
    /// It may not: a kubeconfig or context was asked for by name.
    Refuse,
}

/// Returns a client, and the name by which people know the cluster.
pub(super) async fn connect(target: &ClusterTarget) -> Result<(Client, String), ClusterError> {
    let path = target
        .kubeconfig
        .as_ref()
        .map(|path| path.display().to_string());
    let unusable = |error: &dyn std::error::Error| ClusterError::Kubeconfig {
        path: path.clone(),
        reason: chain(error),
    };
    let (mut config, shown) = match read(target) {
        Ok(kubeconfig) => {
            let context = chosen(&kubeconfig, target, path.clone())?;
            let options = KubeConfigOptions {
                context: Some(context.clone()),
                ..KubeConfigOptions::default()
            };
            let config = Config::from_custom_kubeconfig(kubeconfig, &options)
                .await
                .map_err(|error| unusable(&error))?;
            (config, context)
        }
        Err(error) if is_missing(&error) && target.kubeconfig.is_none() => {
            let config = match target.service_account {
                ServiceAccount::Allow => Config::incluster().ok(),
                ServiceAccount::Refuse => None,
            };
            let Some(config) = config else {
                return Err(ClusterError::NoKubeconfig);
            };
            (config, "in-cluster".to_owned())
        }
        Err(error) => return Err(unusable(&error)),
    };
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    // We retry ourselves: the client's own retries could take hours.
    config.default_retry = false;
    let client = Client::try_from(config).map_err(|error| unusable(&error))?;
    Ok((client, shown))
}

fn read(target: &ClusterTarget) -> Result<Kubeconfig, KubeconfigError> {
    match &target.kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    }
}

fn is_missing(error: &KubeconfigError) -> bool {
    match error {
        KubeconfigError::FindPath => true,
        KubeconfigError::ReadConfig(error, _) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

/// Returns the name of the context, which is there.
fn chosen(
    kubeconfig: &Kubeconfig,
    target: &ClusterTarget,
    path: Option<String>,
) -> Result<String, ClusterError> {
    let current = kubeconfig.current_context.as_ref();
    let wanted = target.context.as_ref().or(current);
    let Some(wanted) = wanted.filter(|context| !context.is_empty()) else {
        return Err(ClusterError::NoCurrentContext { path });
    };
    let mut names = kubeconfig.contexts.iter().map(|context| &context.name);
    if names.any(|name| name == wanted) {
        return Ok(wanted.clone());
    }
    let names = kubeconfig.contexts.iter().map(|context| &context.name);
    Err(ClusterError::NoContext {
        nearest: nearest(wanted, names.map(String::as_str)).map(str::to_owned),
        context: wanted.clone(),
        path,
    })
}

/// Returns the word that someone may have meant.
pub(super) fn nearest<'w>(
    written: &str,
    words: impl IntoIterator<Item = &'w str>,
) -> Option<&'w str> {
    words
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(written, word), word))
        .filter(|(distance, _)| *distance <= 2.max(written.len() / 3).min(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Returns an error with its causes on one line, each said once.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}
