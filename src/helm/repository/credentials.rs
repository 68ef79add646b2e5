//! Who the user is to a repository or registry, and what else the user says of how they are reached.

use std::fmt;
use std::path::PathBuf;

use url::Url;

use crate::source::remote::{Credentials, TlsSettings};

use super::logins::login_of_file;
use super::{RepositoryError, config};

/// How repositories and registries are reached, beyond what files of the user's say.
#[derive(Clone, Debug, Default)]
pub struct RepositorySettings {
    /// Who the user is to the repository that is named on the command line.
    pub login: Option<Login>,
    /// To whom credentials are given.
    pub scope: CredentialScope,
    /// Whether registries may be reached without encryption.
    pub encryption: Encryption,
    /// How servers are known, where Helm's file of repositories doesn't say it.
    pub tls: TlsSettings,
    /// Helm's file of repositories, where it is another than the usual.
    pub repository_config: Option<PathBuf>,
    /// The file of registries' credentials, where it is another than Helm's usual.
    pub registry_config: Option<PathBuf>,
}

/// A user and a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(***)")
    }
}

/// To whom the credentials of a repository are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CredentialScope {
    /// To its own host only.
    #[default]
    Repository,
    /// To every host that its index names.
    WhereverItLeads,
}

/// Whether registries may be reached without encryption. Those on this machine are, always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Encryption {
    /// They are not.
    #[default]
    Required,
    /// All are.
    PlainHttp,
}

/// What a registry may be told.
#[derive(Clone, Debug)]
pub(super) enum RegistryLogin {
    Password(Credentials),
    /// A token that gives others.
    Refresh(RefreshToken),
}

#[derive(Clone)]
pub(super) struct RefreshToken(pub(super) String);

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(***)")
    }
}

impl RepositorySettings {
    pub(super) fn own(&self) -> Option<Credentials> {
        let login = self.login.as_ref()?;
        Some(Credentials {
            user: login.user.clone(),
            password: login.password.clone(),
        })
    }

    /// Returns who the user is to a registry: as said on the command line, by Helm's or Docker's file of logins with
    /// their helpers, or by `~/.netrc`.
    pub(super) fn registry_login(
        &self,
        host: &str,
        url: &Url,
    ) -> Result<Option<RegistryLogin>, RepositoryError> {
        if let Some(own) = self.own() {
            return Ok(Some(RegistryLogin::Password(own)));
        }
        let name = match host {
            "registry-1.docker.io" | "docker.io" => "https://index.docker.io/v1/",
            host => host,
        };
        for file in config::registry_files(self.registry_config.as_ref()) {
            if let Some(login) = login_of_file(&file, name, url)? {
                return Ok(Some(login));
            }
        }
        Ok(Credentials::of_netrc(url).map(RegistryLogin::Password))
    }
}
