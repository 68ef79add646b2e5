//! A real control plane for tests: etcd, kube-apiserver and, on request, kube-controller-manager.
//!
//! [`ControlPlane::shared`] is one API server for all tests of the binary, each in a [namespace](ControlPlane::namespace)
//! of its own; [`ControlPlane::start`] is one for a test alone. The program is looked up as
//! `control-plane` in the tools folder; without it the tests that need one are skipped, unless
//! `LOCKGATE_TEST_TOOLS` names the folder, which promises that it is there.

#![expect(
    clippy::panic,
    clippy::print_stderr,
    reason = "a test's harness fails and tells by them"
)]

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

const TOKEN: &str = "test-administrator";

/// Which parts run beside etcd.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parts {
    /// The API server alone: nothing reconciles, and pods need no service account.
    ApiServer,
    /// The controller manager too: namespaces empty themselves, deployments make pods.
    Controllers,
}

/// A running control plane. Its processes end when it is dropped, and when the test binary ends however it does.
pub(crate) struct ControlPlane {
    dir: tempfile::TempDir,
    supervisors: Vec<Child>,
    runtime: tokio::runtime::Runtime,
    client: kube::Client,
    namespaces: AtomicU32,
}

/// What the API server said.
pub(crate) struct Reply {
    /// The HTTP status code.
    pub(crate) code: u16,
    /// The body: an object or a `Status`.
    pub(crate) body: Value,
}

impl Reply {
    /// Tells whether the request was accepted.
    pub(crate) fn is_ok(&self) -> bool {
        self.code < 300
    }

    /// Returns the message of a `Status`.
    pub(crate) fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }
}

static SHARED: LazyLock<Option<ControlPlane>> =
    LazyLock::new(|| ControlPlane::start(Parts::ApiServer));

impl ControlPlane {
    /// Returns the API server that all tests share; `None` where the tool is not installed.
    pub(crate) fn shared() -> Option<&'static Self> {
        SHARED.as_ref()
    }

    /// Starts a control plane and waits until it is ready; `None` where the tool is not installed.
    pub(crate) fn start(parts: Parts) -> Option<Self> {
        let program = program()?;
        for attempt in 0..3 {
            match Self::try_start(&program, parts) {
                Ok(control_plane) => return Some(control_plane),
                // A port that was free may be taken by the time it is used.
                Err(error) if attempt == 2 => panic!("the control plane did not start: {error}"),
                Err(_) => {}
            }
        }
        None
    }

    /// Returns a client that may do everything.
    pub(crate) fn client(&self) -> kube::Client {
        self.client.clone()
    }

    /// Returns a kubeconfig that may do everything.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.dir.path().join("kubeconfig")
    }

    /// Runs a future on the runtime the client belongs to.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Makes a namespace that no other test has, and returns its name.
    pub(crate) fn namespace(&self, prefix: &str) -> String {
        let number = self.namespaces.fetch_add(1, Ordering::Relaxed);
        let name = format!("{prefix}-{number}");
        let body =
            format!(r#"{{"apiVersion":"v1","kind":"Namespace","metadata":{{"name":"{name}"}}}}"#);
        let reply = self.post("/api/v1/namespaces", "application/json", body.into_bytes());
        assert!(reply.is_ok(), "namespace {name}: {}", reply.message());
        name
    }

    /// Sends a GET request.
    pub(crate) fn get(&self, path: &str) -> Reply {
        self.call("GET", path, None, Vec::new())
    }

    /// Sends a POST request; the path holds the query.
    pub(crate) fn post(&self, path: &str, content_type: &str, body: Vec<u8>) -> Reply {
        self.call("POST", path, Some(content_type), body)
    }

    /// Sends a PATCH request of a content type; the path holds the query.
    pub(crate) fn patch(&self, path: &str, content_type: &str, body: &Value) -> Reply {
        self.call(
            "PATCH",
            path,
            Some(content_type),
            body.to_string().into_bytes(),
        )
    }

    /// Sends a DELETE request.
    pub(crate) fn delete(&self, path: &str) -> Reply {
        self.call("DELETE", path, None, Vec::new())
    }

    /// Runs kubectl, and returns what it says: an error where it fails.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new(program().expect("it is running"))
            .arg("kubectl")
            .args(arguments)
            .env("KUBECONFIG", self.kubeconfig())
            // Its sets are in alpha.
            .env("KUBECTL_APPLYSET", "true")
            .stdin(Stdio::null())
            .output()
            .expect("kubectl runs");
        let text = String::from_utf8_lossy(&output.stderr).into_owned()
            + &String::from_utf8_lossy(&output.stdout);
        if output.status.success() {
            Ok(text)
        } else {
            Err(text)
        }
    }

    /// Sends a POST request; `None` where the server breaks off, as it does where it panics.
    pub(crate) fn try_post(&self, path: &str, body: Vec<u8>) -> Option<Reply> {
        self.try_call("POST", path, Some("application/json"), body)
            .ok()
    }

    fn call(&self, method: &str, path: &str, content_type: Option<&str>, body: Vec<u8>) -> Reply {
        self.try_call(method, path, content_type, body)
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn try_call(
        &self,
        method: &str,
        path: &str,
        content_type: Option<&str>,
        body: Vec<u8>,
    ) -> Result<Reply, kube::Error> {
        let mut request = http::Request::builder().method(method).uri(path);
        if let Some(content_type) = content_type {
            request = request.header(http::header::CONTENT_TYPE, content_type);
        }
        let request = request.body(body).expect("a request");
        match self.block_on(self.client.request_text(request)) {
            Ok(text) => Ok(Reply {
                code: 200,
                body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
            }),
            Err(kube::Error::Api(status)) => Ok(Reply {
                code: status.code,
                body: serde_json::to_value(status).expect("a status is JSON"),
            }),
            Err(error) => Err(error),
        }
    }

    fn try_start(program: &Path, parts: Parts) -> Result<Self, String> {
        let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
        let at = |name: &str| dir.path().join(name).display().to_string();
        let [etcd, peer, port] = free_ports().map_err(|error| error.to_string())?;
        let (etcd, peer) = (
            format!("http://127.0.0.1:{etcd}"),
            format!("http://127.0.0.1:{peer}"),
        );
        fs::write(
            at("tokens.csv"),
            format!("{TOKEN},administrator,administrator,\"system:masters\"\n"),
        )
        .map_err(|error| error.to_string())?;
        fs::write(
            at("kubeconfig"),
            kubeconfig(port, &at("certs/apiserver.crt")),
        )
        .map_err(|error| error.to_string())?;

        let start = |name: &str, arguments: &[String]| {
            supervise(
                program,
                name,
                arguments,
                &dir.path().join(format!("{name}.log")),
            )
            .map_err(|error| error.to_string())
        };
        let mut supervisors = vec![start(
            "etcd",
            &[
                format!("--data-dir={}", at("etcd")),
                format!("--client-url={etcd}"),
                format!("--peer-url={peer}"),
            ],
        )?];
        let mut arguments = api_server_arguments(&etcd, port, &at("certs"));
        arguments.push(format!("--token-auth-file={}", at("tokens.csv")));
        if parts == Parts::ApiServer {
            arguments.push("--disable-admission-plugins=ServiceAccount".into());
        }
        supervisors.push(start("kube-apiserver", &arguments)?);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let client = wait_until_ready(&runtime, dir.path())?;
        // Not before: they read the certificate that the API server makes for itself.
        if parts == Parts::Controllers {
            supervisors.push(start(
                "kube-controller-manager",
                &[
                    format!("--kubeconfig={}", at("kubeconfig")),
                    format!(
                        "--service-account-private-key-file={}",
                        at("certs/apiserver.key")
                    ),
                    "--use-service-account-credentials=false".into(),
                    "--leader-elect=false".into(),
                    "--secure-port=0".into(),
                ],
            )?);
            wait_for_controllers(&runtime, &client)?;
        }
        Ok(Self {
            dir,
            supervisors,
            runtime,
            client,
            namespaces: AtomicU32::new(0),
        })
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        for supervisor in &mut self.supervisors {
            // Closing its standard input is what ends a supervisor and its charge.
            drop(supervisor.stdin.take());
        }
        for supervisor in &mut self.supervisors {
            let _ = supervisor.wait();
        }
    }
}

fn api_server_arguments(etcd: &str, port: u16, certificates: &str) -> Vec<String> {
    // The server makes its own certificate before it reads the key of the service accounts, so that one
    // key can serve both.
    let key = format!("{certificates}/apiserver.key");
    vec![
        format!("--etcd-servers={etcd}"),
        "--bind-address=127.0.0.1".into(),
        // Loopback is refused here, and no default can be found on a machine without a network.
        "--advertise-address=192.0.2.1".into(),
        "--endpoint-reconciler-type=none".into(),
        format!("--secure-port={port}"),
        format!("--cert-dir={certificates}"),
        format!("--service-account-key-file={key}"),
        format!("--service-account-signing-key-file={key}"),
        "--service-account-issuer=https://kubernetes.default.svc".into(),
        "--service-cluster-ip-range=10.0.0.0/16".into(),
        "--authorization-mode=RBAC".into(),
        "--allow-privileged=true".into(),
    ]
}

fn program() -> Option<PathBuf> {
    let promised = std::env::var_os("LOCKGATE_TEST_TOOLS").map(PathBuf::from);
    let folder = promised
        .clone()
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/lockgate/tools")))?;
    let program = folder.join("bin/control-plane");
    if program.is_file() {
        return Some(program);
    }
    assert!(promised.is_none(), "{} is not there", program.display());
    eprintln!("skipped: {} is not there", program.display());
    None
}

/// Starts a part under a shell that kills it once standard input is closed, which the kernel does for a
/// test binary that was killed.
fn supervise(
    program: &Path,
    part: &str,
    arguments: &[String],
    log: &Path,
) -> std::io::Result<Child> {
    let log = File::create(log)?;
    Command::new("sh")
        .args([
            "-c",
            r#""$@" </dev/null & child=$!; cat >/dev/null; kill -9 "$child"; wait"#,
        ])
        .arg("sh")
        .arg(program)
        .arg(part)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
}

fn free_ports<const N: usize>() -> std::io::Result<[u16; N]> {
    let mut listeners = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        *port = listener.local_addr()?.port();
        listeners.push(listener);
    }
    Ok(ports)
}

fn kubeconfig(port: u16, authority: &str) -> String {
    format!(
        "apiVersion: v1
kind: Config
current-context: test
contexts:
- name: test
  context: {{cluster: test, user: administrator}}
clusters:
- name: test
  cluster: {{server: 'https://127.0.0.1:{port}', certificate-authority: '{authority}'}}
users:
- name: administrator
  user: {{token: {TOKEN}}}
"
    )
}

fn wait_until_ready(runtime: &tokio::runtime::Runtime, dir: &Path) -> Result<kube::Client, String> {
    let started = Instant::now();
    let mut last = String::new();
    while started.elapsed() < Duration::from_secs(60) {
        match runtime.block_on(connect(dir)) {
            Ok(client) => return Ok(client),
            Err(error) => last = error,
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let log = fs::read_to_string(dir.join("kube-apiserver.log")).unwrap_or_default();
    let tail: Vec<&str> = log.lines().rev().take(5).collect();
    Err(format!("{last}; its log ends, last line first: {tail:#?}"))
}

/// Waits until a controller has done something.
fn wait_for_controllers(
    runtime: &tokio::runtime::Runtime,
    client: &kube::Client,
) -> Result<(), String> {
    let accounts: kube::Api<k8s_openapi::api::core::v1::ServiceAccount> =
        kube::Api::namespaced(client.clone(), "default");
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(60) {
        if runtime.block_on(accounts.get("default")).is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Err("the controllers did nothing within a minute".to_owned())
}

async fn connect(dir: &Path) -> Result<kube::Client, String> {
    let config = kube::config::Kubeconfig::read_from(dir.join("kubeconfig"))
        .map_err(|error| error.to_string())?;
    let config =
        kube::Config::from_custom_kubeconfig(config, &kube::config::KubeConfigOptions::default())
            .await
            .map_err(|error| error.to_string())?;
    let client = kube::Client::try_from(config).map_err(|error| error.to_string())?;
    let mut request = kube::core::Request::new("/readyz")
        .list(&kube::api::ListParams::default())
        .map_err(|error| error.to_string())?;
    *request.uri_mut() = "/readyz".parse().expect("a path");
    let answer = client
        .request_text(request)
        .await
        .map_err(|error| error.to_string())?;
    if answer != "ok" {
        return Err(answer);
    }
    // The default namespace is made a little after the server says that it is ready.
    let namespaces: kube::Api<k8s_openapi::api::core::v1::Namespace> =
        kube::Api::all(client.clone());
    namespaces
        .get("default")
        .await
        .map_err(|error| error.to_string())?;
    Ok(client)
}

#[test]
fn a_control_plane_answers_within_the_patience_of_a_test() {
    let Some(control_plane) = ControlPlane::shared() else {
        return;
    };
    let version = control_plane.get("/version");
    assert_eq!(version.body["gitVersion"], "v1.36.3");
    let namespace = control_plane.namespace("answers");
    let found = control_plane.get(&format!("/api/v1/namespaces/{namespace}"));
    assert_eq!(found.body["metadata"]["name"], Value::String(namespace));
    assert!(control_plane.kubeconfig().is_file());
    let version = control_plane.block_on(control_plane.client().apiserver_version());
    assert_eq!(version.expect("a version").minor, "36");
}
