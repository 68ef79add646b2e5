//! Files of registries' logins, as Helm and Docker have them, and the helpers that they name.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use docker_credential::DockerCredential;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use crate::process::{Bounds, RunError, command, run};
use crate::source::remote::{Credentials, fetch_timeout};

use super::RepositoryError;
use super::credentials::{RefreshToken, RegistryLogin};

/// How long a helper may take: it may ask a cloud.
const USUAL_TIME: Duration = Duration::from_secs(30);

/// The most bytes that a helper may print.
const LONGEST_ANSWER: u64 = 1 << 20;

/// The user of an answer whose secret is a token.
const TOKEN: &str = "<token>";

/// What a helper prints.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// Returns the login that a file has for a server. What is wrong with the file, or with a helper, is as good as no login:
/// the registry will say so; but for a helper that had to be killed.
pub(super) fn login_of_file(
    file: &Path,
    server: &str,
    url: &Url,
) -> Result<Option<RegistryLogin>, RepositoryError> {
    let Some(mut config) = read(file) else {
        return Ok(None);
    };
    // Helpers are run here: the crate has no bounds for them.
    let helpers = config.remove("credHelpers");
    let store = config.remove("credsStore");
    let own = helpers.as_ref().and_then(|helpers| helpers.get(server));
    if let Some(helper) = own.and_then(Value::as_str).filter(|name| !name.is_empty()) {
        return ask(helper, server, url);
    }
    let text = Value::Object(config).to_string();
    match docker_credential::get_credential_from_reader(text.as_bytes(), server) {
        Ok(DockerCredential::IdentityToken(token)) => {
            Ok(Some(RegistryLogin::Refresh(RefreshToken(token))))
        }
        Ok(DockerCredential::UsernamePassword(user, password)) => {
            Ok(Some(RegistryLogin::Password(Credentials {
                user,
                password,
            })))
        }
        Err(_) => match store.as_ref().and_then(Value::as_str) {
            Some(helper) if !helper.is_empty() => ask(helper, server, url),
            _ => Ok(None),
        },
    }
}

fn read(file: &Path) -> Option<Map<String, Value>> {
    let text = std::fs::read(file).ok()?;
    serde_json::from_slice(&text).ok()
}

fn ask(helper: &str, server: &str, url: &Url) -> Result<Option<RegistryLogin>, RepositoryError> {
    let program = format!("docker-credential-{helper}");
    // A name with a slash would be a path.
    let Some(mut command) = command(&program).ok().filter(|_| !helper.contains('/')) else {
        return Ok(None);
    };
    command.arg("get").stderr(Stdio::null());
    let bounds = Bounds {
        time: fetch_timeout(url, USUAL_TIME).min(USUAL_TIME),
        output: LONGEST_ANSWER,
    };
    let ended = match run(command, server.as_bytes().to_vec(), bounds) {
        Ok(ended) if ended.failure.is_none() => ended,
        Err(error @ (RunError::TooSlow { .. } | RunError::TooMuch { .. })) => {
            return Err(RepositoryError::Helper { program, error });
        }
        _ => return Ok(None),
    };
    let answer: Option<Answer> = serde_json::from_slice(&ended.output).ok();
    Ok(answer.map(|answer| {
        if answer.username == TOKEN {
            RegistryLogin::Refresh(RefreshToken(answer.secret))
        } else {
            RegistryLogin::Password(Credentials {
                user: answer.username,
                password: answer.secret,
            })
        }
    }))
}
