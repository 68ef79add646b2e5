//! Single requests to servers of charts.
//!
//! Redirects are followed here and not by the client: it would give credentials to every port of a host.

use std::io::Read as _;

use http::{HeaderMap, header};
use ureq::{Agent, Body};
use url::Url;

use super::http::{Deadline, MOST_REDIRECTS, failure, io_failure, proxy};
use super::{Credentials, RemoteError, TlsSettings, redact};

/// What is asked of a server.
pub(crate) struct Request<'r> {
    /// The address, without credentials.
    pub(crate) url: &'r Url,
    /// The media types that are taken.
    pub(crate) accept: Option<&'r str>,
    /// The value of the header `Authorization`.
    pub(crate) authorization: Option<&'r str>,
    /// What is posted, as a form.
    pub(crate) form: Option<&'r str>,
    /// The most bytes that are taken.
    pub(crate) limit: u64,
    pub(crate) deadline: Deadline,
    /// How the server is known.
    pub(crate) tls: &'r TlsSettings,
}

/// What a server answered, whatever its status.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Asks a server. To another host or port a redirect takes no credentials along, and what is posted goes nowhere else.
pub(super) fn request(agent: &Agent, request: &Request<'_>) -> Result<Response, RemoteError> {
    let shown = redact(request.url.as_str()).into_owned();
    let unreachable = |reason: String| RemoteError::Unreachable {
        url: shown.clone(),
        reason,
    };
    let timeout = request.deadline.timeout;
    let mut url = request.url.clone();
    let mut authorization = request.authorization;
    let mut hops = 0;
    let response = loop {
        let response = send(agent, request, &url, authorization)
            .map_err(|error| failure(&error, &shown, timeout))?;
        let Some(next) = redirected(&url, &response).filter(|_| request.form.is_none()) else {
            break response;
        };
        hops += 1;
        if hops > MOST_REDIRECTS {
            return Err(unreachable(format!("more than {MOST_REDIRECTS} redirects")));
        }
        if url.scheme() == "https" && next.scheme() != "https" {
            let reason = "it redirects to an address that is not encrypted";
            return Err(unreachable(reason.to_owned()));
        }
        if next.origin() != url.origin() {
            authorization = None;
        }
        url = next;
    };
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let mut body = Vec::new();
    response
        .into_body()
        .into_reader()
        .take(request.limit.saturating_add(1))
        .read_to_end(&mut body)
        .map_err(|error| io_failure(&error, &shown, timeout))?;
    if body.len() as u64 > request.limit {
        return Err(RemoteError::TooLarge {
            url: shown,
            limit: request.limit,
        });
    }
    Ok(Response {
        status,
        headers,
        body,
    })
}

fn send(
    agent: &Agent,
    request: &Request<'_>,
    url: &Url,
    authorization: Option<&str>,
) -> Result<http::Response<Body>, ureq::Error> {
    let mut head = http::Request::builder().uri(url.as_str());
    if let Some(accept) = request.accept {
        head = head.header(header::ACCEPT, accept);
    }
    if let Some(authorization) = authorization {
        head = head.header(header::AUTHORIZATION, authorization);
    }
    if request.form.is_some() {
        head = head
            .method("POST")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    let head = head.body(request.form.unwrap_or_default())?;
    let configured = agent
        .configure_request(head)
        .https_only(url.scheme() == "https")
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(proxy(url))
        .timeout_global(Some(request.deadline.left()))
        .build();
    agent.run(configured)
}

/// Returns where an answer sends whoever asked.
fn redirected(url: &Url, response: &http::Response<Body>) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(header::LOCATION)?.to_str().ok()?;
    let mut next = url.join(location).ok()?;
    // Those that a server makes up are no one's.
    Credentials::take_from(&mut next);
    matches!(next.scheme(), "http" | "https").then_some(next)
}
