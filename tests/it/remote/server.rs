//! A small HTTP server of a test's own: answers that are written down, and Git's own `git http-backend`.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;

/// What a path is answered with.
#[derive(Clone)]
pub(super) enum Answer {
    /// A status, headers with line ends, and a body.
    Text(u16, &'static str, String),
    /// A status, headers with line ends, and a body of any bytes.
    Full(u16, String, Vec<u8>),
    /// Another answer to those who send this header `Authorization`; to all others a demand for it, with this header
    /// `WWW-Authenticate`.
    Guarded(String, String, Box<Answer>),
    /// Nothing, for as long as anyone waits.
    Silence,
    /// So many bytes.
    Bytes(u64),
    /// A byte now and then, for ever.
    Drip,
}

impl Answer {
    /// What a file is answered with.
    pub(super) fn content(content: &[u8]) -> Self {
        Self::Full(200, String::new(), content.to_vec())
    }

    /// Sends whoever asks elsewhere.
    pub(super) fn redirect(address: &str) -> Self {
        Self::Full(302, format!("Location: {address}\r\n"), Vec::new())
    }

    /// Asks for a user and a password.
    pub(super) fn behind(self, user: &str, password: &str) -> Self {
        let basic = STANDARD.encode(format!("{user}:{password}"));
        let challenge = "Basic realm=\"x\"".to_owned();
        Self::Guarded(format!("Basic {basic}"), challenge, Box::new(self))
    }
}

/// Who is answered.
#[derive(Clone, Copy)]
pub(super) enum Clients {
    /// Everyone.
    All,
    /// Those who show a certificate of the server's own authority.
    Known,
}

/// How Git is served.
#[derive(Clone, Default)]
pub(super) struct Git {
    /// The folder of the repositories.
    pub(super) root: PathBuf,
    /// Whether only version 0 of the protocol is spoken.
    pub(super) is_old: bool,
    /// The value of the header `Authorization` without which nothing is given.
    pub(super) authorization: Option<String>,
}

/// A server that ends with the test.
pub(super) struct Server {
    scheme: &'static str,
    pub(super) address: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    answers: Mutex<BTreeMap<String, Answer>>,
    git: Mutex<Git>,
    /// Method and path of each request.
    requests: Mutex<Vec<String>>,
    /// Path and header `Authorization` of each request that has one.
    credentials: Mutex<Vec<(String, String)>>,
}

impl Server {
    /// Starts one; repositories below a folder are at `/git/`.
    pub(super) fn start(git: Git) -> Self {
        Self::start_with(git, None)
    }

    /// Starts one that is reached by HTTPS; returns the certificate of who signed its own, too.
    pub(super) fn start_encrypted(git: Git) -> (Self, String) {
        let (server, authority, _) = Self::start_encrypted_for(git, Clients::All);
        (server, authority)
    }

    /// Starts one that is reached by HTTPS; returns the certificate of who signed its own, and a certificate and a key
    /// that show who a client is.
    pub(super) fn start_encrypted_for(
        git: Git,
        clients: Clients,
    ) -> (Self, String, (String, String)) {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().unwrap();
        let certificate = authority.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let own = own.signed_by(&key, &issuer).unwrap();
        let client_key = KeyPair::generate().unwrap();
        let client = CertificateParams::new(vec!["me".to_owned()]).unwrap();
        let client = client.signed_by(&client_key, &issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = match clients {
            Clients::All => config.with_no_client_auth(),
            Clients::Known => {
                let mut roots = rustls::RootCertStore::empty();
                roots.add(certificate.der().clone()).unwrap();
                let roots = Arc::new(roots);
                config.with_client_cert_verifier(
                    WebPkiClientVerifier::builder_with_provider(roots, provider)
                        .build()
                        .unwrap(),
                )
            }
        };
        let config = config
            .with_single_cert(
                vec![own.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .unwrap();
        let server = Self::start_with(git, Some(Arc::new(config)));
        let client = (client.pem(), client_key.serialize_pem());
        (server, certificate.pem(), client)
    }

    fn start_with(git: Git, encryption: Option<Arc<rustls::ServerConfig>>) -> Self {
        let scheme = if encryption.is_some() {
            "https"
        } else {
            "http"
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("localhost:{}", listener.local_addr().unwrap().port());
        let state = Arc::new(State::default());
        *state.git.lock().unwrap() = git;
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // Whoever asks may go away at any time.
                let encryption = encryption.clone();
                std::thread::spawn(move || match encryption {
                    None => answer(stream, &state),
                    Some(config) => {
                        let connection = rustls::ServerConnection::new(config).ok()?;
                        let mut stream = rustls::StreamOwned::new(connection, stream);
                        answer(&mut stream, &state)?;
                        stream.conn.send_close_notify();
                        stream.flush().ok()
                    }
                });
            }
        });
        Self {
            scheme,
            address,
            state,
        }
    }

    /// Says what a path is answered with.
    pub(super) fn set(&self, path: &str, answer: Answer) {
        let mut answers = self.state.answers.lock().unwrap();
        answers.insert(path.to_owned(), answer);
    }

    /// Says that a path holds a text.
    pub(super) fn set_text(&self, path: &str, text: &str) {
        self.set(path, Answer::Text(200, "", text.to_owned()));
    }

    /// Changes how Git is served.
    pub(super) fn change_git(&self, change: impl FnOnce(&mut Git)) {
        change(&mut self.state.git.lock().unwrap());
    }

    /// Returns what was asked for since the last call.
    pub(super) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut *self.state.requests.lock().unwrap())
    }

    /// Returns the path and the header `Authorization` of each request that had one.
    pub(super) fn credentials(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *self.state.credentials.lock().unwrap())
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }
}

/// A request, read whole.
struct Request {
    method: String,
    path: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Request {
    fn read(stream: &mut impl Read) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let mut words = line.split_whitespace();
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim().split_once(':') else {
                break;
            };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length");
        let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        Some(Self {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body,
        })
    }
}

fn answer(mut stream: impl Read + Write, state: &State) -> Option<()> {
    let request = Request::read(&mut stream)?;
    let shown = format!("{} {}", request.method, request.path);
    state.requests.lock().unwrap().push(shown);
    let authorization = request.headers.get("authorization").cloned();
    if let Some(authorization) = &authorization {
        let shown = (request.path.clone(), authorization.clone());
        state.credentials.lock().unwrap().push(shown);
    }
    let mut known = state.answers.lock().unwrap().get(&request.path).cloned();
    if let Some(Answer::Guarded(wanted, challenge, inner)) = known {
        known = Some(if authorization.as_ref() == Some(&wanted) {
            *inner
        } else {
            let headers = format!("WWW-Authenticate: {challenge}\r\n");
            Answer::Full(401, headers, Vec::new())
        });
    }
    match known {
        Some(Answer::Full(status, headers, body)) => {
            let length = body.len();
            let head = format!("HTTP/1.1 {status} x\r\n{headers}Content-Length: {length}\r\n");
            stream
                .write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())
                .ok()?;
            stream.write_all(&body).ok()
        }
        Some(Answer::Guarded(..)) => None,
        Some(Answer::Text(status, headers, body)) => {
            let length = body.len();
            let head = format!("HTTP/1.1 {status} x\r\n{headers}Content-Length: {length}\r\n");
            stream
                .write_all(format!("{head}Connection: close\r\n\r\n{body}").as_bytes())
                .ok()
        }
        Some(Answer::Silence) => {
            std::thread::sleep(Duration::from_secs(60));
            None
        }
        Some(Answer::Bytes(count)) => {
            let head = format!("HTTP/1.1 200 x\r\nContent-Length: {count}\r\n\r\n");
            stream.write_all(head.as_bytes()).ok()?;
            std::io::copy(&mut std::io::repeat(b'#').take(count), &mut stream).ok()?;
            Some(())
        }
        Some(Answer::Drip) => {
            let head = "HTTP/1.1 200 x\r\nContent-Length: 1000000\r\n\r\n";
            stream.write_all(head.as_bytes()).ok()?;
            loop {
                stream.write_all(b"#").ok()?;
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        None if request.path.starts_with("/git/") => serve_git(&mut stream, state, &request),
        None => stream
            .write_all(b"HTTP/1.1 404 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .ok(),
    }
}

/// Lets `git http-backend` answer.
fn serve_git(stream: &mut impl Write, state: &State, request: &Request) -> Option<()> {
    let git = state.git.lock().unwrap().clone();
    let header = |name: &str| request.headers.get(name).map_or("", String::as_str);
    if git
        .authorization
        .as_ref()
        .is_some_and(|wanted| header("authorization") != wanted)
    {
        let head = "HTTP/1.1 401 x\r\nWWW-Authenticate: Basic realm=\"x\"\r\n";
        let rest = "Content-Length: 0\r\nConnection: close\r\n\r\n";
        return stream.write_all(format!("{head}{rest}").as_bytes()).ok();
    }
    let mut command = Command::new("git");
    command
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", &git.root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("REQUEST_METHOD", &request.method)
        .env("PATH_INFO", request.path.strip_prefix("/git")?)
        .env("QUERY_STRING", &request.query)
        .env("CONTENT_TYPE", header("content-type"))
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if !git.is_old {
        command.env("GIT_PROTOCOL", header("git-protocol"));
    }
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let body = request.body.clone();
    let writer = std::thread::spawn(move || stdin.write_all(&body));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    let text = output.stdout;
    let split = text.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let (head, body) = (String::from_utf8_lossy(&text[..split]), &text[split + 4..]);
    let status = head
        .lines()
        .find_map(|line| line.strip_prefix("Status: "))
        .unwrap_or("200 OK");
    let length = body.len();
    stream
        .write_all(
            format!("HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")
                .as_bytes(),
        )
        .ok()?;
    stream.write_all(body).ok()
}
