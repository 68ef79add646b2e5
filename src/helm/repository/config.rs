//! What the user's own Helm knows of repositories and registries. It is read where something is fetched, and only then.

use std::io;
use std::path::PathBuf;

use url::Url;

use crate::source::remote::{Credentials, TlsSettings, Verification};
use crate::yaml::{DuplicateKeys, FileId, Limits, Node, parse_version_2};

use super::RepositoryError;
use super::credentials::CredentialScope;

/// A repository that Helm knows by a name.
#[derive(Clone, Debug)]
pub(super) struct KnownRepository {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) credentials: Option<Credentials>,
    pub(super) scope: CredentialScope,
    pub(super) tls: TlsSettings,
}

/// Returns the file of repositories: as the user says, else where Helm has it.
pub(super) fn repositories_file(said: Option<&PathBuf>) -> Option<PathBuf> {
    said.cloned()
        .or_else(|| variable("HELM_REPOSITORY_CONFIG"))
        .or_else(|| Some(helm_folder()?.join("repositories.yaml")))
}

/// Returns the files of registries' credentials that are there to be asked, Helm's before Docker's.
pub(super) fn registry_files(said: Option<&PathBuf>) -> Vec<PathBuf> {
    let helm = said
        .cloned()
        .or_else(|| variable("HELM_REGISTRY_CONFIG"))
        .or_else(|| Some(helm_folder()?.join("registry/config.json")));
    let docker = variable("DOCKER_CONFIG").or_else(|| Some(variable("HOME")?.join(".docker")));
    let docker = docker.map(|folder| folder.join("config.json"));
    helm.into_iter().chain(docker).collect()
}

fn helm_folder() -> Option<PathBuf> {
    variable("HELM_CONFIG_HOME")
        .or_else(|| Some(variable("XDG_CONFIG_HOME")?.join("helm")))
        .or_else(|| {
            let home = variable("HOME")?;
            Some(home.join(if cfg!(target_os = "macos") {
                "Library/Preferences/helm"
            } else {
                ".config/helm"
            }))
        })
}

fn variable(name: &str) -> Option<PathBuf> {
    let value = std::env::var_os(name)?;
    (!value.is_empty()).then(|| PathBuf::from(value))
}

/// Reads the file of repositories; one that is not there names none.
pub(super) fn known_repositories(
    file: Option<PathBuf>,
) -> Result<Vec<KnownRepository>, RepositoryError> {
    let Some(file) = file else {
        return Ok(Vec::new());
    };
    let failed = |reason: String| RepositoryError::Config {
        path: file.display().to_string(),
        reason,
    };
    let text = match std::fs::read(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error.to_string())),
    };
    let id = FileId::of(&file.display().to_string());
    let document = parse_version_2(&text, id, &Limits::default(), DuplicateKeys::LastCounts);
    let document = document.map_err(|error| failed(error.to_string()))?;
    let list = document
        .as_ref()
        .and_then(|document| document.get("repositories")?.as_sequence());
    Ok(list.into_iter().flatten().map(known_repository).collect())
}

fn known_repository(entry: &Node) -> KnownRepository {
    let text = |field: &str| {
        let node = entry.get(field).filter(|node| !node.is_null());
        node.and_then(Node::text).unwrap_or_default().to_owned()
    };
    let file = |field: &str| {
        Some(text(field))
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    };
    let (user, password) = (text("username"), text("password"));
    KnownRepository {
        name: text("name"),
        url: text("url"),
        // The reference passes on both or none.
        credentials: (!user.is_empty() && !password.is_empty())
            .then_some(Credentials { user, password }),
        scope: match text("pass_credentials_all").as_str() {
            "true" => CredentialScope::WhereverItLeads,
            _ => CredentialScope::Repository,
        },
        tls: TlsSettings {
            ca_file: file("caFile"),
            cert_file: file("certFile"),
            key_file: file("keyFile"),
            verification: match text("insecure_skip_tls_verify").as_str() {
                "true" => Verification::Skipped,
                _ => Verification::Checked,
            },
        },
    }
}

/// Tells whether two addresses are the same repository.
pub(super) fn is_same(one: &str, other: &Url) -> bool {
    let Ok(mut one) = Url::parse(one) else {
        return false;
    };
    Credentials::take_from(&mut one);
    let path = |url: &Url| url.path().trim_end_matches('/').to_owned();
    one.origin() == other.origin() && path(&one) == path(other) && one.query() == other.query()
}
