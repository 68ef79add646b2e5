//! What is read over HTTP: single files, and repositories by Git's protocol.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use git2::Config;
use http::header;
use ureq::tls::TlsConfig;
use ureq::{Agent, Body, Proxy, ResponseExt as _};
use url::Url;

use super::super::MAX_FILE_BYTES;
use super::RemoteError;
use super::credentials::{self, Credentials};
use super::redact;
use super::smart::Connection;

/// The most redirects that are followed, as in Go and in Git.
pub(super) const MOST_REDIRECTS: u32 = 10;

const SERVICE: &str = "git-upload-pack";

/// What is left of the time that something may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    pub(super) end: Instant,
    /// All of it, for messages.
    pub(super) timeout: Duration,
}

impl Deadline {
    pub(crate) fn after(timeout: Duration) -> Self {
        Self {
            end: Instant::now() + timeout,
            timeout,
        }
    }

    pub(super) fn left(&self) -> Duration {
        // None at all would mean without an end.
        self.end
            .saturating_duration_since(Instant::now())
            .max(Duration::from_millis(1))
    }
}

/// Returns a client.
pub(super) fn agent(tls: TlsConfig) -> Agent {
    Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .max_redirects(MOST_REDIRECTS)
        .user_agent(concat!("lockgate/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
}

/// Returns the address of a file without credentials, in the one spelling that names it.
pub(super) fn shown_file_url(address: &str) -> String {
    match Url::parse(address) {
        Ok(mut url) => {
            credentials::split(&mut url);
            redact(url.as_str()).into_owned()
        }
        Err(_) => redact(address).into_owned(),
    }
}

/// Reads a file.
pub(super) fn read_file(
    agent: &Agent,
    address: &str,
    timeout: Duration,
) -> Result<Vec<u8>, RemoteError> {
    let shown = shown_file_url(address);
    let mut url = Url::parse(address).map_err(|_| RemoteError::Url { url: shown.clone() })?;
    let own = credentials::split(&mut url);
    let deadline = Deadline::after(timeout);
    let response = get(agent, &url, own.as_ref(), deadline)
        .map_err(|error| failure(&error, &shown, timeout))?;
    match response.status().as_u16() {
        200..=299 => {}
        401 | 403 => return Err(RemoteError::Unauthorized { url: shown }),
        status => return Err(RemoteError::Status { url: shown, status }),
    }
    let mut content = Vec::new();
    response
        .into_body()
        .into_reader()
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut content)
        .map_err(|error| io_failure(&error, &shown, timeout))?;
    if content.len() as u64 > MAX_FILE_BYTES {
        return Err(RemoteError::TooLarge {
            url: shown,
            limit: MAX_FILE_BYTES,
        });
    }
    Ok(content)
}

fn get(
    agent: &Agent,
    url: &Url,
    credentials: Option<&Credentials>,
    deadline: Deadline,
) -> Result<http::Response<Body>, ureq::Error> {
    let mut request = agent.get(url.as_str());
    if let Some(credentials) = credentials {
        request = request.header(header::AUTHORIZATION, credentials.basic());
    }
    if url.path().ends_with("/info/refs") {
        request = request.header("Git-Protocol", "version=2");
    }
    request
        .config()
        // Nothing that began encrypted goes on in the clear.
        .https_only(url.scheme() == "https")
        .proxy(proxy(url))
        .timeout_global(Some(deadline.left()))
        .build()
        .call()
}

/// Returns the proxy that the environment names for an address. The client would take one for all schemes.
pub(super) fn proxy(url: &Url) -> Option<Proxy> {
    let uri = url.as_str().parse().ok()?;
    if Proxy::try_from_env().is_some_and(|proxy| proxy.is_no_proxy(&uri)) {
        return None;
    }
    let names = match url.scheme() {
        "https" => ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
        _ => ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
    };
    let value = names
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())?;
    Proxy::new(&value).ok()
}

/// A repository on a server that speaks Git's protocol over HTTP.
pub(super) struct HttpConnection<'a> {
    agent: &'a Agent,
    config: Option<&'a Config>,
    /// The address of the repository, without credentials; where it was redirected to, that.
    url: Url,
    own: Option<Credentials>,
    used: Option<Credentials>,
    deadline: Deadline,
    shown: &'a str,
}

impl<'a> HttpConnection<'a> {
    pub(super) fn new(
        agent: &'a Agent,
        config: Option<&'a Config>,
        address: &str,
        deadline: Deadline,
        shown: &'a str,
    ) -> Result<Self, RemoteError> {
        let mut url = Url::parse(address).map_err(|_| RemoteError::Url {
            url: shown.to_owned(),
        })?;
        let own = credentials::split(&mut url);
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self {
            agent,
            config,
            url,
            own,
            used: None,
            deadline,
            shown,
        })
    }

    fn service_url(&self) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}/info/refs", self.url.path()));
        url.set_query(Some(&format!("service={SERVICE}")));
        url
    }

    /// Asks for the references; where credentials are wanted, with each that there are.
    fn get_references(&mut self) -> Result<http::Response<Body>, RemoteError> {
        let failed = |error: ureq::Error, me: &Self| failure(&error, me.shown, me.deadline.timeout);
        let response = get(self.agent, &self.service_url(), None, self.deadline)
            .map_err(|error| failed(error, self))?;
        self.follow(&response)?;
        if response.status() != 401 {
            return Ok(response);
        }
        for credentials in credentials::find(&self.url, self.own.as_ref(), self.config) {
            let response = get(
                self.agent,
                &self.service_url(),
                Some(&credentials),
                self.deadline,
            )
            .map_err(|error| failed(error, self))?;
            if response.status() != 401 {
                self.used = Some(credentials);
                return Ok(response);
            }
        }
        Err(RemoteError::Unauthorized {
            url: self.shown.to_owned(),
        })
    }

    /// Goes on where a redirect led. Credentials of the address are for its own host.
    fn follow(&mut self, response: &http::Response<Body>) -> Result<(), RemoteError> {
        let protocol = |reason: &str| RemoteError::Protocol {
            url: self.shown.to_owned(),
            reason: reason.to_owned(),
        };
        let reached = response.get_uri().to_string();
        let mut url = Url::parse(&reached).map_err(|_| protocol("a redirect leads nowhere"))?;
        let Some(path) = url.path().strip_suffix("/info/refs").map(str::to_owned) else {
            // What stands there is said to be no repository by its status or content.
            return Ok(());
        };
        url.set_path(&path);
        url.set_query(None);
        if url.origin() != self.url.origin() {
            self.own = None;
        }
        self.url = url;
        Ok(())
    }
}

impl Connection for HttpConnection<'_> {
    fn greeting(&mut self) -> io::Result<Box<dyn Read + '_>> {
        let response = self.get_references().map_err(io::Error::other)?;
        check_status(&response, self.shown)?;
        let kind = response
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok());
        if kind != Some("application/x-git-upload-pack-advertisement") {
            return Err(io::Error::other(RemoteError::Protocol {
                url: self.shown.to_owned(),
                reason: "the answer is of another kind".to_owned(),
            }));
        }
        Ok(Box::new(response.into_body().into_reader()))
    }

    fn ask(&mut self, request: &[u8]) -> io::Result<Box<dyn Read + '_>> {
        let mut url = self.url.clone();
        url.set_path(&format!("{}/{SERVICE}", self.url.path()));
        let mut post = self
            .agent
            .post(url.as_str())
            .header("Git-Protocol", "version=2")
            .header(
                header::CONTENT_TYPE,
                "application/x-git-upload-pack-request",
            )
            .header(header::ACCEPT, "application/x-git-upload-pack-result");
        if let Some(credentials) = &self.used {
            post = post.header(header::AUTHORIZATION, credentials.basic());
        }
        let response = post
            .config()
            .https_only(url.scheme() == "https")
            .proxy(proxy(&url))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(self.deadline.left()))
            .build()
            .send(request)
            .map_err(|error| {
                io::Error::other(failure(&error, self.shown, self.deadline.timeout))
            })?;
        check_status(&response, self.shown)?;
        Ok(Box::new(response.into_body().into_reader()))
    }
}

fn check_status(response: &http::Response<Body>, shown: &str) -> io::Result<()> {
    let url = shown.to_owned();
    Err(io::Error::other(match response.status().as_u16() {
        200..=299 => return Ok(()),
        401 | 403 => RemoteError::Unauthorized { url },
        status => RemoteError::Status { url, status },
    }))
}

/// Returns what went wrong, from an error of the client.
pub(super) fn failure(error: &ureq::Error, shown: &str, timeout: Duration) -> RemoteError {
    let url = shown.to_owned();
    match error {
        ureq::Error::Timeout(_) => RemoteError::Timeout { url, timeout },
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
            RemoteError::Timeout { url, timeout }
        }
        ureq::Error::HostNotFound => RemoteError::Unreachable {
            url,
            reason: "its host is not known".to_owned(),
        },
        ureq::Error::RequireHttpsOnly(_) => RemoteError::Unreachable {
            url,
            reason: "it redirects to an address that is not encrypted".to_owned(),
        },
        ureq::Error::TooManyRedirects => RemoteError::Unreachable {
            url,
            reason: format!("more than {MOST_REDIRECTS} redirects"),
        },
        error => RemoteError::Unreachable {
            url,
            reason: redact(&error.to_string()).into_owned(),
        },
    }
}

/// Returns what went wrong, from an error while something was read.
pub(super) fn io_failure(error: &io::Error, shown: &str, timeout: Duration) -> RemoteError {
    use super::packet::ServerMessage;
    let url = shown.to_owned();
    if let Some(inner) = error.get_ref() {
        if let Some(error) = inner.downcast_ref::<RemoteError>() {
            return error.clone();
        }
        if let Some(ServerMessage(message)) = inner.downcast_ref() {
            let message = redact(message).into_owned();
            return RemoteError::Refused { url, message };
        }
        if let Some(error) = inner.downcast_ref::<ureq::Error>() {
            return failure(error, shown, timeout);
        }
    }
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            RemoteError::Timeout { url, timeout }
        }
        io::ErrorKind::InvalidData => RemoteError::Protocol {
            url,
            reason: redact(&error.to_string()).into_owned(),
        },
        io::ErrorKind::UnexpectedEof => RemoteError::Protocol {
            url,
            reason: "the answer ends early".to_owned(),
        },
        _ => RemoteError::Unreachable {
            url,
            reason: redact(&error.to_string()).into_owned(),
        },
    }
}
