//! How a registry wants to be told who asks: a token of its own, or a password.

use http_auth::{ChallengeRef, parse_challenges};
use serde::Deserialize;
use url::Url;

use crate::source::remote::{Deadline, Request, redact};

use super::RepositoryError;
use super::charts::{Charts, chart_timeout};
use super::credentials::RegistryLogin;

/// The most bytes of an answer with a token.
const LARGEST_ANSWER: u64 = 1 << 20;

#[derive(Deserialize)]
struct Answer {
    token: Option<String>,
    access_token: Option<String>,
}

/// Who asks whom for what.
pub(super) struct Question<'q> {
    /// The registry, for people.
    pub(super) shown: &'q str,
    /// What it answered to.
    pub(super) url: &'q Url,
    pub(super) login: Option<&'q RegistryLogin>,
    /// What is read, where the registry doesn't say it.
    pub(super) scope: &'q str,
}

/// Returns the value of the header `Authorization` that a registry wants, by what it said of it.
pub(super) fn authorization(
    charts: &Charts<'_>,
    challenges: &[&str],
    question: &Question<'_>,
) -> Result<String, RepositoryError> {
    let unauthorized = || RepositoryError::Unauthorized {
        url: question.shown.to_owned(),
        were_given: question.login.is_some(),
    };
    for text in challenges {
        for challenge in parse_challenges(text).unwrap_or_default() {
            if challenge.scheme.eq_ignore_ascii_case("bearer") {
                return token(charts, &challenge, question);
            }
            if challenge.scheme.eq_ignore_ascii_case("basic")
                && let Some(RegistryLogin::Password(credentials)) = question.login
            {
                return Ok(credentials.basic());
            }
        }
    }
    Err(unauthorized())
}

fn token(
    charts: &Charts<'_>,
    challenge: &ChallengeRef<'_>,
    question: &Question<'_>,
) -> Result<String, RepositoryError> {
    let parameter = |wanted: &str| {
        let mut parameters = challenge.params.iter();
        let found = parameters.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.to_unescaped())
    };
    let wrong = |reason: &str| RepositoryError::NotAChart {
        url: question.shown.to_owned(),
        reason: reason.to_owned(),
    };
    let realm = parameter("realm").and_then(|realm| Url::parse(&realm).ok());
    let mut realm = realm.ok_or_else(|| wrong("it doesn't say who gives tokens"))?;
    let is_safe = realm.scheme() == "https" || question.url.scheme() == "http";
    if !is_safe || realm.host_str().is_none() {
        return Err(wrong(
            "its tokens would come from where nothing is encrypted",
        ));
    }
    let scope = parameter("scope").unwrap_or_else(|| question.scope.to_owned());
    let mut parameters = url::form_urlencoded::Serializer::new(String::new());
    if let Some(service) = parameter("service") {
        parameters.append_pair("service", &service);
    }
    parameters.append_pair("scope", &scope);
    let mut basic = None;
    let mut form = None;
    match question.login {
        Some(RegistryLogin::Refresh(token)) => {
            parameters.append_pair("grant_type", "refresh_token");
            parameters.append_pair("client_id", "lockgate");
            parameters.append_pair("refresh_token", &token.0);
            form = Some(parameters.finish());
        }
        login => {
            if let Some(RegistryLogin::Password(credentials)) = login {
                basic = Some(credentials.basic());
            }
            let more = parameters.finish();
            let query = match realm.query() {
                Some(query) if !query.is_empty() => format!("{query}&{more}"),
                _ => more,
            };
            realm.set_query(Some(&query));
        }
    }
    let response = charts.remotes()?.request(&Request {
        url: &realm,
        accept: None,
        authorization: basic.as_deref(),
        form: form.as_deref(),
        limit: LARGEST_ANSWER,
        deadline: Deadline::after(chart_timeout(&realm)),
        tls: &charts.settings().tls,
    })?;
    if response.status != 200 {
        return Err(RepositoryError::Unauthorized {
            url: question.shown.to_owned(),
            were_given: question.login.is_some(),
        });
    }
    let answer: Option<Answer> = serde_json::from_slice(&response.body).ok();
    let token = answer.and_then(|answer| answer.token.or(answer.access_token));
    let is_plain = |token: &String| token.bytes().all(|byte| byte.is_ascii_graphic());
    let token = token.filter(is_plain).ok_or_else(|| {
        let from = redact(realm.as_str()).into_owned();
        wrong(&format!("`{from}` gave no token"))
    })?;
    Ok(format!("Bearer {token}"))
}
