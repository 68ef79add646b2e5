//! Repositories and registries that lie, hang or mean harm.

use super::Machine;
use super::packed::{chart, index, pack, serve, sha256};
use super::registries;
use super::server::{Answer, Git, Server};

/// A machine that waits for a second only.
fn impatient() -> Machine {
    let mut machine = Machine::new(&[]);
    let variable = ("LOCKGATE_FETCH_TIMEOUT".to_owned(), "1".to_owned());
    machine.variables.push(variable);
    machine
}

fn fails(machine: &Machine, repo: &str, texts: &[&str]) {
    let arguments = ["template", "r", "web", "--repo", repo, "--fetch"];
    let run = machine.lockgate(&arguments);
    run.fails(1, texts);
    assert!(run.stdout.is_empty(), "{run:?}");
    assert!(!machine.sandbox.path("lockgate.lock").exists());
}

#[test]
fn a_repository_that_is_silent_slow_endless_or_turns_in_circles_is_given_up() {
    let machine = impatient();
    let web = chart("web", "1.0.0");
    let repo = serve(&machine.server, &[("web", "1.0.0", web)]);
    let good = Answer::content(index(&[("web", "1.0.0", chart("web", "1.0.0"))]).as_bytes());
    for path in ["/charts/index.yaml", "/charts/packed/web-1.0.0.tgz"] {
        for (answer, text) in [
            (Answer::Silence, "did not answer within 1 s"),
            (Answer::Drip, "did not answer within 1 s"),
            (Answer::redirect(path), "more than 10 redirects"),
            (
                Answer::Full(500, String::new(), Vec::new()),
                "answered with status 500",
            ),
        ] {
            machine.server.set(path, answer);
            fails(&machine, &repo, &[text, path]);
        }
        machine.server.set("/charts/index.yaml", good.clone());
    }
    let archive = Answer::content(&chart("web", "1.0.0"));
    machine.server.set("/charts/packed/web-1.0.0.tgz", archive);
    machine
        .server
        .set("/charts/packed/web-1.0.0.tgz.prov", Answer::Drip);
    fails(&machine, &repo, &["did not answer within 1 s", ".prov"]);
    machine
        .server
        .set("/charts/index.yaml", Answer::Bytes(100 << 20));
    let patient = format!("{repo}?timeout=100s");
    fails(&machine, &patient, &["is larger than 64 MiB"]);
    machine.server.set("/charts/index.yaml", good);
    let archive = Answer::Bytes(100 << 20);
    machine.server.set("/charts/packed/web-1.0.0.tgz", archive);
    fails(&machine, &patient, &["is larger than 64 MiB"]);
    machine.server.set("/charts/index.yaml", Answer::Silence);
    let patient = format!("{repo}?timeout=2s");
    fails(
        &machine,
        &patient,
        &["did not answer within 2 s", "LOCKGATE_FETCH_TIMEOUT"],
    );
}

#[test]
fn an_index_that_is_broken_or_leads_elsewhere_is_refused() {
    let machine = Machine::new(&[]);
    let repo = serve(&machine.server, &[("web", "1.0.0", chart("web", "1.0.0"))]);
    let entry = |more: &str| {
        format!("apiVersion: v1\nentries:\n  web:\n  - {{name: web, version: 1.0.0, {more}}}\n")
    };
    let bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\nf: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]\ng: [*f, *f, *f, *f, *f, *f, *f, *f, *f, *f]\n";
    for (text, message) in [
        (String::new(), "it is empty"),
        ("entries: {}\n".to_owned(), "it has no `apiVersion`"),
        ("<html>\n<b>a: b: c</b>\n".to_owned(), "the index of `"),
        (bomb.to_owned(), "the index of `"),
        (
            "apiVersion: v1\nentries: {}\n".to_owned(),
            "has no chart `web`",
        ),
        (
            "apiVersion: v1\nentries: {web: [null, {name: ../web, version: 1.0.0, urls: [x]}]}\n"
                .to_owned(),
            "has no version `*` of chart `web`",
        ),
        (entry("urls: []"), "gives no address of `web` 1.0.0"),
        (
            entry("urls: ['file:///etc/passwd']"),
            "gives no address of `web` 1.0.0",
        ),
        (
            entry("urls: ['oci://user:hunter2@host/web']"),
            "is no address of a chart",
        ),
        (
            entry("urls: [packed/web-1.0.0.tgz], digest: abc"),
            "is not what the index says",
        ),
        (
            entry("urls: [none.tgz]"),
            "/charts/none.tgz` answered with status 404",
        ),
    ] {
        machine.server.set_text("/charts/index.yaml", &text);
        fails(&machine, &repo, &[message]);
    }
}

#[test]
fn a_digest_that_is_a_lie_is_told_and_nothing_is_kept() {
    let machine = Machine::new(&[]);
    let repo = serve(&machine.server, &[("web", "1.0.0", chart("web", "1.0.0"))]);
    let other = chart("web", "1.0.1");
    machine
        .server
        .set("/charts/packed/web-1.0.0.tgz", Answer::content(&other));
    fails(
        &machine,
        &repo,
        &[
            "web-1.0.0.tgz` is not what the index says: its SHA-256 is ",
            &sha256(&other),
        ],
    );
    assert!(!machine.sandbox.path("cache/files").exists());
}

#[test]
fn what_is_no_chart_is_neither_kept_nor_locked() {
    let machine = Machine::new(&[]);
    let no_chart = pack("web", &[("values.yaml", "a: 1\n")]);
    let named = pack(
        "web",
        &[("Chart.yaml", "apiVersion: v2\nname: ../x\nversion: 1.0.0\n")],
    );
    for (archive, text) in [
        (b"<html>".to_vec(), "is no gzipped archive"),
        (no_chart, "holds no `Chart.yaml`"),
        (named, "the name `../x` is not allowed"),
    ] {
        let repo = serve(&machine.server, &[("web", "1.0.0", archive)]);
        fails(&machine, &repo, &[text]);
        assert!(!machine.sandbox.path("cache/files").exists());
    }
}

#[test]
fn nothing_that_began_encrypted_goes_on_in_the_clear() {
    let mut machine = Machine::new(&[]);
    let (secure, certificate) = Server::start_encrypted(Git::default());
    machine.sandbox.write("authority.pem", &certificate);
    let file = machine.sandbox.path("authority.pem");
    machine
        .variables
        .push(("SSL_CERT_FILE".to_owned(), file.display().to_string()));
    let web = chart("web", "1.0.0");
    serve(&machine.server, &[("web", "1.0.0", web.clone())]);
    let repo = secure.url("/charts");
    secure.set(
        "/charts/index.yaml",
        Answer::redirect(&machine.server.url("/charts/index.yaml")),
    );
    fails(
        &machine,
        &repo,
        &["redirects to an address that is not encrypted"],
    );
    let text = index(&[("web", "1.0.0", web)]);
    let plain = text.replace("packed/", &machine.server.url("/charts/packed/"));
    let (before, _) = plain.split_once(", digest").unwrap();
    secure.set_text("/charts/index.yaml", &format!("{before}}}\n"));
    fails(
        &machine,
        &repo,
        &[
            "is not encrypted, and the index of `",
            "has no digest of it",
        ],
    );
    // A digest from where all is encrypted makes it safe.
    secure.set_text("/charts/index.yaml", &plain);
    let arguments = ["template", "r", "web", "--repo", &repo, "--fetch"];
    machine.lockgate(&arguments).passes();
}

#[test]
fn credentials_do_not_follow_a_redirect_to_another_host_or_port() {
    let machine = Machine::new(&[]);
    let other = Server::start(Git::default());
    let web = chart("web", "1.0.0");
    other.set_text("/index.yaml", &index(&[("web", "1.0.0", web.clone())]));
    let repo = serve(&machine.server, &[("web", "1.0.0", web)]);
    let login = ["--username", "me", "--password", "hunter2"];
    let arguments = ["template", "r", "web", "--repo", &repo, "--fetch=update"];
    let arguments = [&arguments[..], &login].concat();
    let address = other.url("/index.yaml");
    for elsewhere in [
        address.clone(),
        address.replace("localhost", "127.0.0.1"),
        address.replace("://", "://someone:else@"),
    ] {
        let redirect = Answer::redirect(&elsewhere).behind("me", "hunter2");
        machine.server.set("/charts/index.yaml", redirect);
        let run = machine.lockgate(&arguments);
        run.passes();
        assert_eq!(other.requests(), ["GET /index.yaml"]);
        assert!(other.credentials().is_empty());
        assert!(!run.stderr.contains("hunter2"), "{run:?}");
    }
    // Within the host and port they do.
    let text = index(&[("web", "1.0.0", chart("web", "1.0.0"))]);
    let moved = Answer::content(text.as_bytes()).behind("me", "hunter2");
    machine.server.set("/moved.yaml", moved);
    let redirect = Answer::redirect("../moved.yaml").behind("me", "hunter2");
    machine.server.set("/charts/index.yaml", redirect);
    machine.lockgate(&arguments).passes();
    machine
        .server
        .set("/charts/index.yaml", Answer::redirect("file:///etc/passwd"));
    machine
        .lockgate(&arguments)
        .fails(1, &["answered with status 302"]);
}

/// Asks the small server's registry for a version, and is refused.
fn check(machine: &Machine, version: &str, text: &str) {
    let web = format!("oci://{}/team/web", machine.server.address);
    let run = machine.lockgate(&["template", "r", &web, "--version", version, "--fetch"]);
    run.fails(1, &[text]);
    assert!(!machine.sandbox.path("lockgate.lock").exists());
    assert!(!machine.sandbox.path("cache/files").exists());
}

#[test]
fn a_registry_that_lies_or_never_ends_is_told_apart() {
    let machine = impatient();
    let archive = chart("web", "1.0.0");
    let digest = sha256(&archive);
    let blob = format!("/v2/team/web/blobs/sha256:{digest}");
    registries::serve(&machine, &archive, None);
    let mut other = archive.clone();
    other.reverse();
    for (answer, text) in [
        (
            Answer::content(&other),
            "is not what its manifest says: its SHA-256 is",
        ),
        (Answer::content(b"short"), "is not what its manifest says"),
        (
            Answer::Bytes(10 << 20),
            "it sends more than its manifest says",
        ),
        (Answer::Silence, "did not answer within 1 s"),
        (
            Answer::redirect(&machine.server.url(&blob)),
            "more than 10 redirects",
        ),
        (
            Answer::Full(404, String::new(), Vec::new()),
            "answered with status 404",
        ),
    ] {
        machine.server.set(&blob, answer);
        check(&machine, "1.0.0", text);
    }
}

#[test]
fn a_manifest_or_a_list_of_tags_that_is_odd_is_refused() {
    let machine = impatient();
    let archive = chart("web", "1.0.0");
    let digest = sha256(&archive);
    registries::serve(&machine, &archive, None);
    let manifest = "/v2/team/web/manifests/1.0.0";
    let layer = |kind: &str, digest: &str, size: u64| {
        format!(
            r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"sha256:{}","size":2}},"layers":[{{"mediaType":"{kind}","digest":"{digest}","size":{size}}}]}}"#,
            "0".repeat(64)
        )
    };
    let kind = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
    let good = format!("sha256:{digest}");
    let odd = format!("sha512:{}", "0".repeat(128));
    for (text, message) in [
        ("{}".to_owned(), "its manifest cannot be read"),
        (
            layer("text/plain", &good, 2),
            "it has no layer with a packed chart",
        ),
        (layer(kind, &good, 1 << 40), "is larger than 64 MiB"),
        (layer(kind, &odd, 2), "another algorithm than SHA-256"),
        (
            layer(kind, "sha256:../../x", 2),
            "its manifest cannot be read",
        ),
        (
            layer(kind, &good, 2).replace("helm.config", "other.config"),
            "it is a `application/vnd.cncf.other.config.v1+json`",
        ),
    ] {
        machine.server.set_text(manifest, &text);
        check(&machine, "1.0.0", message);
    }
    let said = format!("Docker-Content-Digest: sha256:{}\r\n", "0".repeat(64));
    machine.server.set(
        manifest,
        Answer::Full(200, said, layer(kind, &good, 2).into_bytes()),
    );
    check(&machine, "1.0.0", "is not what the registry says");
    machine.server.set(manifest, Answer::Bytes(100 << 20));
    check(&machine, "1.0.0", "is larger than 4 MiB");
    machine
        .server
        .set("/v2/team/web/tags/list", Answer::Bytes(100 << 20));
    check(&machine, "^1", "is larger than 8 MiB");
    machine.server.set_text("/v2/team/web/tags/list", "[]");
    check(&machine, "^1", "its list of tags cannot be read");
    let next = "Link: </v2/team/web/tags/list?last=x>; rel=\"next\"\r\n".to_owned();
    let tags = br#"{"name": "x", "tags": ["latest"]}"#.to_vec();
    machine
        .server
        .set("/v2/team/web/tags/list", Answer::Full(200, next, tags));
    check(&machine, "^1", "has no version `^1` of chart `web`");
}

#[test]
fn a_registry_that_says_nothing_of_use_about_tokens_is_refused() {
    let machine = Machine::new(&[]);
    let archive = chart("web", "1.0.0");
    let web = format!("oci://{}/team/web", machine.server.address);
    for challenge in [
        "Bearer service=\"x\"",
        "Bearer realm=\"file:///etc/passwd\"",
        "Bearer realm=\"/token\"",
        "Bearer",
        "\"",
        "Negotiate",
    ] {
        registries::serve(&machine, &archive, Some(("Bearer t", challenge)));
        let run = machine.lockgate(&["template", "r", &web, "--version", "1.0.0", "--fetch"]);
        run.fails(1, &[&web]);
    }
    let requests = machine.server.requests();
    assert!(
        requests
            .iter()
            .all(|request| request.contains("/manifests/"))
    );
}
