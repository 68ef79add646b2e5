//! Charts of OCI registries: a real one, to which Helm pushes, and ones that want tokens.

use std::fs;
use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::tools::registry;
use super::Machine;
use super::packed::{chart, provenance, sha256};
use super::server::Answer;

/// A registry that ends with the test.
pub(super) struct Registry {
    child: Child,
    /// Host and port.
    pub(super) address: String,
}

impl Registry {
    /// Starts one; `users` is the text of a file of users with their passwords' hashes, if it is to have any.
    pub(super) fn start(machine: &Machine, users: Option<&str>) -> Self {
        // A port that was free may be taken by the time it is used.
        let started = (0..3).find_map(|_| Self::try_start(machine, users).ok());
        started.unwrap_or_else(|| panic!("the registry did not start"))
    }

    fn try_start(machine: &Machine, users: Option<&str>) -> Result<Self, String> {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let folder = machine.sandbox.path("registry");
        fs::create_dir_all(&folder).unwrap();
        let mut config = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n",
            folder.join("store").display()
        );
        if let Some(users) = users {
            machine.sandbox.write("registry/users", users);
            let users = folder.join("users");
            config.push_str(&format!(
                "auth: {{htpasswd: {{realm: x, path: {}}}}}\n",
                users.display()
            ));
        }
        machine.sandbox.write("registry/config.yml", &config);
        let child = registry()
            .arg("serve")
            .arg(folder.join("config.yml"))
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut registry = Self {
            child,
            address: format!("localhost:{port}"),
        };
        registry.wait(port)?;
        Ok(registry)
    }

    fn wait(&mut self, port: u16) -> Result<(), String> {
        let end = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let has_ended = self.child.try_wait().unwrap().is_some();
            if has_ended || Instant::now() > end {
                let mut text = String::new();
                if has_ended && let Some(stderr) = &mut self.child.stderr {
                    stderr.read_to_string(&mut text).unwrap();
                }
                return Err(text);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Lets Helm push a chart to `team/charts`.
    pub(super) fn push(&self, machine: &Machine, name: &str, version: &str) {
        self.push_archive(machine, name, version, &chart(name, version));
    }

    pub(super) fn push_archive(
        &self,
        machine: &Machine,
        name: &str,
        version: &str,
        content: &[u8],
    ) {
        let file = machine.sandbox.path(&format!("{name}-{version}.tgz"));
        fs::write(&file, content).unwrap();
        let file = file.to_str().unwrap();
        let to = self.url();
        machine.helm(&["push", file, &to, "--plain-http"]).passes();
    }

    pub(super) fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(super) fn url(&self) -> String {
        format!("oci://{}/team/charts", self.address)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn charts_of_a_real_registry_render_as_with_helm() {
    let machine = Machine::new(&[]);
    let mut registry = Registry::start(&machine, None);
    for version in ["1.0.0", "1.10.0+b.1", "1.2.0", "2.0.0-rc.1"] {
        registry.push(&machine, "web", version);
    }
    let web = format!("{}/web", registry.url());
    let tagged = format!("{web}:1.2.0");
    let cases: [&[&str]; 7] = [
        &[&web],
        &[&web, "--version", "1.0.0"],
        &[&web, "--version", "~1.2"],
        &[&web, "--version", "1.10.0+b.1"],
        &[&web, "--version", "^1"],
        &[&web, "--devel"],
        &[&tagged],
    ];
    let mut rendered = Vec::new();
    for case in cases {
        let arguments = [&["template", "r"], case].concat();
        let theirs = machine.helm(&[&arguments[..], &["--plain-http"]].concat());
        machine
            .lockgate(&arguments)
            .fails(1, &["is not in `lockgate.lock`", "`--fetch`"]);
        let ours = machine.lockgate(&[&arguments[..], &["--fetch"]].concat());
        assert_eq!(ours.passes(), theirs.passes(), "{case:?}");
        rendered.push((arguments, theirs.stdout));
    }
    for (case, texts) in [
        (
            &["--version", "3.0.0"][..],
            &["has no version `3.0.0` of chart `web`", "1.10.0+b.1, 1.2.0"][..],
        ),
        (&["--version", ">3"], &["has no version `>3`"]),
        (&["--version", "x y"], &["neither a version nor a range"]),
    ] {
        let arguments = [&["template", "r", &web], case, &["--fetch"]].concat();
        machine.lockgate(&arguments).fails(1, texts);
    }
    let missing = format!("{}/none", registry.url());
    machine
        .lockgate(&["template", "r", &missing, "--fetch"])
        .fails(1, &["has no chart `team/charts/none`"]);
    // From the cache, with no one to ask.
    registry.stop();
    for (arguments, want) in rendered {
        assert_eq!(machine.lockgate(&arguments).passes(), want);
    }
}

#[test]
fn a_manifest_may_be_named_by_its_digest() {
    let machine = Machine::new(&[]);
    let registry = Registry::start(&machine, None);
    let file = machine.sandbox.path("web-1.0.0.tgz");
    fs::write(&file, chart("web", "1.0.0")).unwrap();
    let pushed = machine.helm(&[
        "push",
        file.to_str().unwrap(),
        &registry.url(),
        "--plain-http",
    ]);
    let told = format!("{}{}", pushed.stdout, pushed.stderr);
    let digest = told.split("Digest: ").nth(1).unwrap();
    let digest = digest.split_whitespace().next().unwrap();
    let address = format!("{}/web@{digest}", registry.url());
    let theirs = machine.helm(&["template", "r", &address, "--plain-http"]);
    let ours = machine.lockgate(&["template", "r", &address, "--fetch"]);
    assert_eq!(ours.passes(), theirs.passes());
    let lock = fs::read_to_string(machine.sandbox.path("lockgate.lock")).unwrap();
    let asked = format!("  version: '@{digest}'\n  resolved: 1.0.0\n");
    assert!(lock.contains(&asked), "{lock}");
    let wrong = format!("{}/web@sha256:{}", registry.url(), "0".repeat(64));
    machine
        .lockgate(&["template", "r", &wrong, "--fetch"])
        .fails(1, &["has no version `sha256:000"]);
}

#[test]
fn a_real_registry_takes_the_logins_of_helm_and_docker() {
    let machine = Machine::new(&[]);
    let hash = bcrypt::hash("hunter2", 4).unwrap();
    let registry = Registry::start(&machine, Some(&format!("me:{hash}\n")));
    let login = format!(
        "{{\"auths\": {{\"{}\": {{\"auth\": \"{}\"}}}}}}",
        registry.address,
        STANDARD.encode("me:hunter2")
    );
    machine
        .sandbox
        .write("home/.config/helm/registry/config.json", &login);
    registry.push(&machine, "web", "1.0.0");
    let web = format!("{}/web", registry.url());
    let arguments = ["template", "r", &web, "--fetch=update"];
    machine.lockgate(&arguments).passes();
    fs::remove_dir_all(machine.sandbox.path("home/.config")).unwrap();
    machine.lockgate(&arguments).fails(
        1,
        &["wants credentials, and none were found", "docker login"],
    );
    machine.sandbox.write("home/.docker/config.json", &login);
    machine.lockgate(&arguments).passes();
    machine
        .sandbox
        .write("home/.docker/config.json", &login.replace("auth\"", "x\""));
    let flags = ["--username", "me", "--password", "hunter2"];
    machine
        .lockgate(&[&arguments[..], &flags].concat())
        .passes();
    let flags = ["--username", "me", "--password", "hunter3"];
    let run = machine.lockgate(&[&arguments[..], &flags].concat());
    run.fails(1, &["does not take the credentials"]);
    assert!(!run.stderr.contains("hunter3"), "{run:?}");
}

#[test]
fn a_provenance_file_in_a_registry_must_name_the_digest() {
    let machine = Machine::new(&[]);
    let registry = Registry::start(&machine, None);
    for (version, digest, is_good) in [
        ("1.0.0", sha256(&chart("web", "1.0.0")), true),
        ("1.1.0", "0".repeat(64), false),
    ] {
        let signed = provenance(&format!("web-{version}.tgz"), &digest);
        machine
            .sandbox
            .write(&format!("web-{version}.tgz.prov"), &signed);
        registry.push(&machine, "web", version);
        let web = format!("{}/web:{version}", registry.url());
        let run = machine.lockgate(&["template", "r", &web, "--fetch"]);
        if is_good {
            run.passes();
        } else {
            run.fails(
                1,
                &[
                    "the provenance file of `",
                    "says that its digest is sha256:000",
                ],
            );
        }
    }
}

/// Says what a registry holds below `/v2/team/web`, all of it behind a header `Authorization` if there is one.
pub(super) fn serve(machine: &Machine, archive: &[u8], guard: Option<(&str, &str)>) {
    let config = "{}";
    let manifest = format!(
        r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"sha256:{}","size":{}}},"layers":[{{"mediaType":"application/vnd.cncf.helm.chart.content.v1.tar+gzip","digest":"sha256:{}","size":{}}}]}}"#,
        sha256(config.as_bytes()),
        config.len(),
        sha256(archive),
        archive.len()
    );
    let blob = format!("blobs/sha256:{}", sha256(archive));
    for (path, content) in [
        ("manifests/1.0.0", manifest.as_bytes()),
        (blob.as_str(), archive),
        (
            "tags/list",
            br#"{"name": "team/web", "tags": ["1.0.0", "latest"]}"#,
        ),
    ] {
        let answer = Answer::content(content);
        let answer = match guard {
            Some((authorization, challenge)) => Answer::Guarded(
                authorization.to_owned(),
                challenge.to_owned(),
                Box::new(answer),
            ),
            None => answer,
        };
        machine.server.set(&format!("/v2/team/web/{path}"), answer);
    }
}

#[test]
fn a_registry_that_wants_tokens_gets_them() {
    let machine = Machine::new(&[]);
    let realm = machine.server.url("/token");
    let challenge =
        format!("Bearer realm=\"{realm}\",service=\"x\",scope=\"repository:team/web:pull\"");
    serve(
        &machine,
        &chart("web", "1.0.0"),
        Some(("Bearer t0ken", &challenge)),
    );
    let web = format!("oci://{}/team/web", machine.server.address);
    let arguments = ["template", "r", &web, "--fetch=update"];
    let token = Answer::content(br#"{"token": "t0ken"}"#);
    machine.server.set("/token", token.clone());
    machine.lockgate(&arguments).passes();
    assert!(
        machine
            .server
            .credentials()
            .iter()
            .all(|(path, _)| path != "/token")
    );

    machine.server.set("/token", token.behind("me", "hunter2"));
    machine
        .lockgate(&arguments)
        .fails(1, &["wants credentials, and none were found"]);
    let login = |secret: &str| {
        format!(
            "{{\"auths\": {{\"{}\": {{{secret}}}}}}}",
            machine.server.address
        )
    };
    let password = login(&format!("\"auth\": \"{}\"", STANDARD.encode("me:hunter2")));
    machine.sandbox.write("home/.docker/config.json", &password);
    machine.lockgate(&arguments).passes();

    let token = Answer::content(br#"{"access_token": "t0ken"}"#);
    machine.server.set("/token", token);
    machine.sandbox.write(
        "home/.docker/config.json",
        &login("\"identitytoken\": \"hunter2\""),
    );
    machine.server.requests();
    machine.lockgate(&arguments).passes();
    assert!(
        machine
            .server
            .requests()
            .contains(&"POST /token".to_owned())
    );

    for (answer, text) in [
        (Answer::content(b"{}"), "gave no token"),
        (Answer::content(b"{\"token\": \"a\\nb\"}"), "gave no token"),
        (
            Answer::Full(403, String::new(), Vec::new()),
            "does not take the credentials",
        ),
    ] {
        machine.server.set("/token", answer);
        let run = machine.lockgate(&arguments);
        run.fails(1, &[text]);
        assert!(!run.stderr.contains("hunter2"), "{run:?}");
    }
}

#[test]
fn helpers_are_asked_within_bounds() {
    let mut machine = Machine::new(&[]);
    let basic = format!("Basic {}", STANDARD.encode("me:hunter2"));
    serve(
        &machine,
        &chart("web", "1.0.0"),
        Some((&basic, "Basic realm=\"x\"")),
    );
    let web = format!("oci://{}/team/web", machine.server.address);
    let arguments = ["template", "r", &web, "--fetch=update"];
    let folder = machine.sandbox.path("bin");
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", folder.display());
    machine.variables = vec![
        ("PATH".to_owned(), path),
        ("LOCKGATE_FETCH_TIMEOUT".to_owned(), "2".to_owned()),
    ];
    let helper = |script: &str| {
        let name = "bin/docker-credential-x";
        machine
            .sandbox
            .write(name, &format!("#!/bin/sh\n{script}\n"));
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(machine.sandbox.path(name), executable).unwrap();
    };
    let address = &machine.server.address;
    for config in [
        "{\"credsStore\": \"x\"}".to_owned(),
        format!("{{\"credHelpers\": {{\"{address}\": \"x\"}}, \"credsStore\": \"none\"}}"),
    ] {
        machine.sandbox.write("home/.docker/config.json", &config);
        helper(&format!(
            "test \"$1 $(cat)\" = 'get {address}' && echo '{{\"Username\": \"me\", \"Secret\": \"hunter2\"}}'"
        ));
        machine.lockgate(&arguments).passes();
        helper("echo no; exit 1");
        machine
            .lockgate(&arguments)
            .fails(1, &["wants credentials, and none were found"]);
        let started = Instant::now();
        for (script, reason) in [
            ("sleep 60", "did not end within 2 seconds and was killed"),
            ("cat /dev/zero", "printed more than 1 MiB and was killed"),
        ] {
            helper(script);
            let text = format!("the credential helper `docker-credential-x` {reason}");
            machine
                .lockgate(&arguments)
                .fails(1, &[&text, "`--username` and `--password`"]);
        }
        assert!(started.elapsed() < Duration::from_secs(50));
    }
    machine.sandbox.write(
        "home/.docker/config.json",
        "{\"credsStore\": \"../bin/docker-credential-x\"}",
    );
    machine
        .lockgate(&arguments)
        .fails(1, &["wants credentials, and none were found"]);
}
