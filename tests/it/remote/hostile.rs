//! Servers and repositories that mean harm, and secrets that must not be told: what CVE-2022-24877 (paths out of
//! a clone) and CVE-2022-24878 (bases without end) were, among others.

use std::fs;

use super::server::Answer;
use super::{Machine, map};

#[test]
fn a_server_that_is_silent_slow_or_endless_is_given_up() {
    let machine = Machine::new(&[]);
    let server = &machine.server;
    server.set("/silent.yaml", Answer::Silence);
    server.set("/drip.yaml", Answer::Drip);
    server.set("/huge.yaml", Answer::Bytes(100 << 20));
    server.set(
        "/loop.yaml",
        Answer::Text(302, "Location: /loop.yaml\r\n", String::new()),
    );
    server.set("/git/org/silent.git/info/refs", Answer::Silence);
    server.set("/git/org/drip.git/info/refs", Answer::Drip);
    for (path, text) in [
        ("/silent.yaml?timeout=1s", "did not answer within 1 s"),
        ("/drip.yaml?timeout=1s", "did not answer within 1 s"),
        ("/huge.yaml", "is larger than 64 MiB"),
        ("/loop.yaml", "more than 10 redirects"),
        (
            "/git/org/silent.git?timeout=1s",
            "did not answer within 1 s",
        ),
        (
            "/git/org/drip.git?timeout=1s",
            "is not served as a Git repository is",
        ),
    ] {
        machine.top(&format!("resources: ['{}']\n", server.url(path)));
        let run = machine.lockgate(&["build", "top"]);
        run.fails(1, &[text, "top/kustomization.yaml:1:13"]);
        let shown = server.url(path.split('?').next().unwrap());
        assert!(run.stderr.contains(&shown), "{run:?}");
    }
    machine.top("resources: ['http://127.0.0.1:9/a/b.git']\n");
    machine
        .lockgate(&["build", "top"])
        .fails(1, &["cannot reach `http://127.0.0.1:9/a/b.git`"]);
    machine.top("resources: ['https://no-such-host.invalid/a/b.git?timeout=5s']\n");
    machine
        .lockgate(&["build", "top"])
        .fails(1, &["https://no-such-host.invalid/a/b.git"]);
}

#[test]
fn what_is_no_pack_is_not_taken() {
    let machine = Machine::new(&[]);
    let advertisement = "001e# service=git-upload-pack\n0000000eversion 2\n0000";
    let kind = "Content-Type: application/x-git-upload-pack-advertisement\r\n";
    let refs = "00320123456789012345678901234567890123456789 HEAD\n0000";
    for (answer, text) in [
        ("", "the answer ends early"),
        ("<html>", "is no packet line"),
        ("0011ERR go away\n0000", "said: go away"),
        ("fff0", "the answer ends early"),
        ("fffe", "an impossible length"),
        (refs, "the answer holds no pack"),
    ] {
        let base = "/git/org/evil.git";
        machine.server.set(
            &format!("{base}/info/refs"),
            Answer::Text(200, kind, advertisement.to_owned()),
        );
        machine.server.set(
            &format!("{base}/git-upload-pack"),
            Answer::Text(200, "", answer.to_owned()),
        );
        machine.top(&format!("resources: ['{}']\n", machine.server.url(base)));
        machine.lockgate(&["build", "top"]).fails(1, &[text]);
    }
    let base = "/git/org/evil.git";
    let asked = format!("{base}/git-upload-pack");
    machine.server.set(&asked, Answer::Silence);
    let url = machine.server.url(base);
    machine.top(&format!("resources: ['{url}?timeout=1s']\n"));
    machine
        .lockgate(&["build", "top"])
        .fails(1, &["did not answer within 1 s"]);
}

/// Kustomizations that would read a file or a folder beside the clone: the path of the kustomization, its
/// text, and the name of a link in the repository that it needs.
fn escapes(secret: &str, folder: &str) -> Vec<(&'static str, String, &'static str)> {
    let up = "../".repeat(30);
    let top = |text: String| ("kustomization.yaml", text, "");
    vec![
        top(format!("resources: [{secret}]\n")),
        top(format!("resources: [{up}{secret}]\n")),
        top(format!("resources: [{up}{folder}]\n")),
        top("resources: [../../..]\n".to_owned()),
        (
            "kustomization.yaml",
            "resources: [link.yaml]\n".to_owned(),
            "link.yaml",
        ),
        (
            "kustomization.yaml",
            "resources: [link]\n".to_owned(),
            "link",
        ),
        (
            "kustomization.yaml",
            "configMapGenerator: [{name: a, files: [link.yaml]}]\n".to_owned(),
            "link.yaml",
        ),
        top(format!(
            "configMapGenerator: [{{name: a, files: [x={up}{secret}]}}]\n"
        )),
        top(format!("openapi: {{path: {up}{secret}}}\n")),
        (
            "deep/kustomization.yaml",
            "resources: [../map.yaml]\n".to_owned(),
            "",
        ),
    ]
}

#[test]
fn what_was_fetched_keeps_to_its_repository() {
    let machine = Machine::new(&[]);
    machine.sandbox.write("secret.yaml", &map("secret"));
    machine
        .sandbox
        .write("secret/kustomization.yaml", "resources: [../secret.yaml]\n");
    let secret = machine.sandbox.path("secret.yaml").display().to_string();
    let folder = machine.sandbox.path("secret").display().to_string();
    for (number, (path, text, link)) in escapes(&secret, &folder).iter().enumerate() {
        let name = format!("org/evil{number}.git");
        let target = format!("-> {}", if *link == "link" { &folder } else { &secret });
        let mut files = vec![(*path, text.as_str()), ("map.yaml", "a: 1\n")];
        if !link.is_empty() {
            files.push((link, &target));
        }
        machine.repository(&name, &files);
        let inside = path.strip_suffix("kustomization.yaml").unwrap();
        let url = machine.server.url(&format!("/git/{name}//{inside}"));
        machine.top(&format!("resources: ['{url}']\n"));
        let anything = "--load-restrictor=LoadRestrictionsNone";
        for flags in [&["build", "top"][..], &["build", "top", anything]] {
            assert_ne!(machine.reference(flags).code, 0, "{text}");
            let run = machine.lockgate(flags);
            assert_eq!(run.code, 1, "{text}: {run:?}");
            assert!(!run.stderr.contains("from: secret"), "{run:?}");
        }
    }
}

#[test]
fn a_repository_of_the_disk_is_for_files_of_the_disk_alone() {
    let machine = Machine::new(&[]);
    let local = machine.repository(
        "org/local.git",
        &[
            ("kustomization.yaml", "resources: [map.yaml]\n"),
            ("map.yaml", &map("local")),
        ],
    );
    let text = format!("resources: ['{}']\n", local.file_url());
    let reader = machine.repository("org/reader.git", &[("kustomization.yaml", &text)]);
    machine.top(&format!("resources: ['{}']\n", reader.file_url()));
    machine.builds_as_the_reference();
    let url = machine.server.url("/git/org/reader.git");
    machine.top(&format!("resources: ['{url}']\n"));
    machine
        .lockgate(&["build", "top"])
        .fails(1, &["what came from elsewhere may not read it"]);
}

#[test]
fn cycles_through_repositories_are_found() {
    let machine = Machine::new(&[]);
    let url = |name: &str| machine.server.url(&format!("/git/org/{name}.git"));
    machine.repository(
        "org/itself.git",
        &[(
            "kustomization.yaml",
            &format!("resources: ['{}']\n", url("itself")),
        )],
    );
    machine.repository(
        "org/a.git",
        &[(
            "kustomization.yaml",
            &format!("resources: ['{}?ref=main']\n", url("b")),
        )],
    );
    machine.repository(
        "org/b.git",
        &[(
            "kustomization.yaml",
            &format!("components: ['git::{}?ref=main']\n", url("c")),
        )],
    );
    machine.repository(
        "org/c.git",
        &[("kustomization.yaml", &format!("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: ['{}']\n", url("a")))],
    );
    machine.repository(
        "org/above.git",
        &[
            ("in/kustomization.yaml", "resources: [..]\n"),
            ("kustomization.yaml", "resources: [in]\n"),
        ],
    );
    for name in ["itself", "a", "b", "above"] {
        machine.top(&format!("resources: ['{}']\n", url(name)));
        assert_ne!(machine.reference(&["build", "top"]).code, 0, "{name}");
        machine
            .lockgate(&["build", "top"])
            .fails(1, &["a cycle: `"]);
    }
    // The same repository twice is none, in a chain of addresses that do not begin with one another.
    machine.repository(
        "org/twice.git",
        &[
            (
                "a/kustomization.yaml",
                &format!("resources: ['{}//b']\nnamePrefix: a-\n", url("twice")),
            ),
            (
                "b/kustomization.yaml",
                "resources: [../c]\nnamePrefix: b-\n",
            ),
            ("c/kustomization.yaml", "resources: [map.yaml]\n"),
            ("c/map.yaml", &map("c")),
        ],
    );
    machine.top(&format!("resources: ['{0}//a', '{0}//b']\n", url("twice")));
    machine.builds_as_the_reference();
}

/// A server with a repository and files that are had with a password, which is `hunter2`.
fn guarded() -> Machine {
    let machine = Machine::new(&[]);
    machine.repository(
        "org/library.git",
        &[
            ("base/kustomization.yaml", "resources: [map.yaml]\n"),
            ("base/map.yaml", &map("one")),
            ("bad/kustomization.yaml", "resources: [none.yaml]\n"),
            ("bad/x", "x\n"),
        ],
    );
    machine
        .server
        .change_git(|git| git.authorization = Some("Basic bWU6aHVudGVyMg==".to_owned()));
    machine.server.set_text("/map.yaml", &map("file"));
    machine.server.set_text("/bad.yaml", "kind: [\n");
    machine
}

/// Runs a verb that must say nothing of the password; returns its exit code.
#[track_caller]
fn quiet(machine: &Machine, arguments: &[&str]) -> i32 {
    let run = machine.lockgate(arguments);
    for text in [&run.stdout, &run.stderr] {
        assert!(!text.contains("hunter2"), "{arguments:?}: {text}");
    }
    run.code
}

#[test]
fn credentials_reach_no_message_annotation_or_lock() {
    let machine = guarded();
    let host = &machine.server.address;
    for url in [
        format!("http://me:hunter2@{host}/git/org/library.git//base?ref=main"),
        format!("http://me:hunter2@{host}/map.yaml"),
        format!("http://{host}/map.yaml?access_token=hunter2"),
    ] {
        for metadata in ["originAnnotations", "transformerAnnotations"] {
            machine.top(&format!(
                "buildMetadata: [{metadata}]\nresources: ['{url}']\nnamePrefix: p-\n"
            ));
            assert_eq!(quiet(&machine, &["build", "top"]), 0);
        }
        machine.sandbox.write(
            "fleet/overlays/dev/kustomization.yaml",
            &format!("resources: ['{url}']\n"),
        );
        assert_eq!(quiet(&machine, &["render", "fleet"]), 2);
        assert_eq!(quiet(&machine, &["render", "fleet", "--fetch"]), 0);
        assert_eq!(quiet(&machine, &["check", "fleet"]), 0);
        let none = ["explain", "dev", "ConfigMap/none", "-f", "fleet"];
        assert_eq!(quiet(&machine, &none), 2);
        let lock = fs::read_to_string(machine.sandbox.path("fleet/lockgate.lock")).unwrap();
        assert!(!lock.contains("hunter2") && lock.contains(host), "{lock}");
        fs::remove_file(machine.sandbox.path("fleet/lockgate.lock")).unwrap();
    }
    for entry in walk(machine.sandbox.path("cache")) {
        assert!(!entry.display().to_string().contains("hunter2"));
        let content = fs::read(&entry).unwrap_or_default();
        let text = String::from_utf8_lossy(&content);
        assert!(!text.contains("hunter2"), "{}", entry.display());
    }
}

#[test]
fn credentials_reach_no_error() {
    let machine = guarded();
    let host = &machine.server.address;
    for url in [
        &format!("http://me:hunter2@{host}/git/org/library.git//bad"),
        &format!("http://me:hunter2@{host}/git/org/library.git//none"),
        &format!("http://me:hunter2@{host}/git/org/library.git?ref=nope"),
        &format!("http://me:hunter2@{host}/git/org/library.git?ref=$x"),
        &format!("http://me:hunter2@{host}/git/org/none.git"),
        &format!("http://other:hunter2@{host}/git/org/library.git"),
        &format!("http://me:hunter2@{host}/none.yaml"),
        &format!("http://me:hunter2@{host}/bad.yaml"),
        &format!("http://{host}/none.yaml?token=hunter2"),
        "http://me:hunter2@127.0.0.1:9/a/b",
        "me:hunter2@github.example.com/a/b",
        "s3://me:hunter2@bucket.example.com/a",
        "ssh://me:hunter2@-x/a/b",
    ] {
        for field in ["resources", "components", "crds", "transformers"] {
            machine.top(&format!("{field}: ['{url}']\n"));
            assert_eq!(quiet(&machine, &["build", "top"]), 1);
        }
        assert_eq!(quiet(&machine, &["build", url]), 1);
        machine.sandbox.write(
            "fleet/overlays/dev/kustomization.yaml",
            &format!("resources: ['{url}']\n"),
        );
        assert_ne!(quiet(&machine, &["render", "fleet", "--fetch"]), 0);
    }
}

fn walk(folder: std::path::PathBuf) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut to_visit = vec![folder];
    while let Some(path) = to_visit.pop() {
        if let Ok(entries) = fs::read_dir(&path) {
            to_visit.extend(entries.map(|entry| entry.unwrap().path()));
        } else {
            found.push(path);
        }
    }
    found
}
