//! Charts of repositories with an index, for `lockgate template`.

use std::fs;

use super::Machine;
use super::packed::{chart, chart_saying, index, provenance, serve, sha256};
use super::server::{Answer, Git, Server};

fn four(machine: &Machine) -> String {
    let versions = ["1.0.0", "1.10.0+b.1", "1.2.0", "2.0.0-rc.1"];
    let charts = versions.map(|version| ("web", version, chart("web", version)));
    serve(&machine.server, &charts)
}

fn lock(machine: &Machine) -> String {
    fs::read_to_string(machine.sandbox.path("lockgate.lock")).unwrap()
}

#[test]
fn charts_of_a_repository_render_as_with_helm_and_from_then_on_without_a_server() {
    let machine = Machine::new(&[]);
    let repo = four(&machine);
    for flags in [
        &[][..],
        &["--version", "1.0.0"],
        &["--version", "~1.2"],
        &["--version", " 1 "],
        &["--version", "<1.10"],
        &["--version", ">=2.0.0-0"],
        &["--version", "1.10.0+b.1"],
        &["--devel"],
    ] {
        let arguments = [&["template", "r", "web", "--repo", &repo], flags].concat();
        let theirs = machine.helm(&arguments);
        machine.server.requests();
        machine
            .lockgate(&arguments)
            .fails(1, &["`web", "is not in `lockgate.lock`", "`--fetch`"]);
        assert!(machine.server.requests().is_empty());
        let ours = machine.lockgate(&[&arguments[..], &["--fetch"]].concat());
        assert_eq!(ours.passes(), theirs.passes(), "{flags:?}");
        machine.server.requests();
        let again = machine.lockgate(&arguments);
        assert_eq!(again.passes(), theirs.passes(), "{flags:?}");
        assert!(machine.server.requests().is_empty());
    }
    let lock = lock(&machine);
    for text in [
        "charts:\n",
        &format!("- repository: {repo}\n  name: web\n  resolved: 1.10.0+b.1\n"),
        "  version: ~1.2\n  resolved: 1.2.0\n",
        &format!("  sha256: {}\n", sha256(&chart("web", "1.0.0"))),
    ] {
        assert!(lock.contains(text), "{lock}");
    }
    assert!(!machine.sandbox.path("charts").exists());
}

#[test]
fn a_packed_chart_at_an_address_is_a_file_of_the_lock() {
    let machine = Machine::new(&[]);
    let repo = four(&machine);
    let address = format!("{repo}/packed/web-1.2.0.tgz");
    let theirs = machine.helm(&["template", "r", &address]);
    let ours = machine.lockgate(&["template", "r", &address, "--fetch"]);
    assert_eq!(ours.passes(), theirs.passes());
    assert!(lock(&machine).contains(&format!("files:\n- url: {address}\n  sha256: ")));
    machine.server.requests();
    // However it is spelt.
    for address in [
        address.clone(),
        address.replace("http://localhost", "http://LocalHost"),
    ] {
        for flags in [&[][..], &["--fetch"]] {
            let again = machine.lockgate(&[&["template", "r", &address], flags].concat());
            assert_eq!(again.passes(), theirs.passes());
            assert!(machine.server.requests().is_empty());
        }
    }

    let guarded = Answer::content(&chart("web", "1.2.0")).behind("me", "hunter2");
    machine.server.set("/charts/packed/web-1.2.0.tgz", guarded);
    let arguments = ["template", "r", &address, "--fetch=update"];
    machine
        .lockgate(&arguments)
        .fails(1, &["wants credentials", "`--username` and `--password`"]);
    let login = ["--username", "me", "--password", "hunter2"];
    let run = machine.lockgate(&[&arguments[..], &login].concat());
    assert_eq!(run.passes(), theirs.passes());
    assert!(!lock(&machine).contains("hunter2"));
    machine.sandbox.write(
        "home/.netrc",
        "machine localhost login me password hunter2\n",
    );
    machine.lockgate(&arguments).passes();
}

#[test]
fn an_archive_that_changed_at_the_same_version_is_refused_and_with_update_told() {
    let machine = Machine::new(&[]);
    let repo = four(&machine);
    let arguments = [
        "template",
        "r",
        "web",
        "--repo",
        &repo,
        "--version",
        "1.2.0",
    ];
    machine
        .lockgate(&[&arguments[..], &["--fetch"]].concat())
        .passes();
    let other = chart_saying("web", "1.2.0", "another");
    serve(&machine.server, &[("web", "1.2.0", other.clone())]);
    // What is locked is in the cache.
    let run = machine.lockgate(&[&arguments[..], &["--fetch"]].concat());
    assert!(run.passes().contains("as it was"));
    fs::remove_dir_all(machine.sandbox.path("cache")).unwrap();
    machine
        .lockgate(&arguments)
        .fails(1, &["is not in the cache", "`--fetch`"]);
    let before = lock(&machine);
    machine
        .lockgate(&[&arguments[..], &["--fetch"]].concat())
        .fails(
            1,
            &["names sha256:", "but it is sha256:", "`--fetch=update`"],
        );
    assert_eq!(lock(&machine), before);
    let run = machine.lockgate(&[&arguments[..], &["--fetch=update"]].concat());
    assert!(run.passes().contains("another"));
    assert!(
        run.stderr.contains("`web` 1.2.0 of `") && run.stderr.contains("` was replaced"),
        "{run:?}"
    );
    assert!(lock(&machine).contains(&sha256(&other)));
}

#[test]
fn a_provenance_file_beside_the_archive_must_name_its_digest() {
    let machine = Machine::new(&[]);
    let repo = four(&machine);
    let signed = |digest: &str| provenance("web-1.0.0.tgz", digest);
    let path = "/charts/packed/web-1.0.0.tgz.prov";
    let arguments = [
        "template",
        "r",
        "web",
        "--repo",
        &repo,
        "--version",
        "1.0.0",
        "--fetch",
    ];
    machine.server.set_text(path, &signed(&"0".repeat(64)));
    machine.lockgate(&arguments).fails(
        1,
        &[
            "the provenance file of `",
            "says that its digest is sha256:000",
        ],
    );
    let address = format!("{repo}/packed/web-1.0.0.tgz");
    machine
        .lockgate(&["template", "r", &address, "--fetch"])
        .fails(1, &["the provenance file of `", "sha256:000"]);
    assert!(!machine.sandbox.path("lockgate.lock").exists());
    machine
        .server
        .set_text(path, &signed(&sha256(&chart("web", "1.0.0"))));
    machine.lockgate(&arguments).passes();
}

#[test]
fn credentials_come_from_where_helm_has_them_and_go_to_the_repository_only() {
    let machine = Machine::new(&[]);
    let other = Server::start(Git::default());
    let archive = chart("web", "1.0.0");
    other.set("/web.tgz", Answer::content(&archive));
    let text = index(&[("web", "1.0.0", archive.clone())]).replace(
        "packed/web-1.0.0.tgz",
        // Another port is another host to credentials.
        &other.url("/web.tgz"),
    );
    let guarded = Answer::content(text.as_bytes()).behind("me", "hunter2");
    machine.server.set("/charts/index.yaml", guarded);
    let repo = machine.server.url("/charts");
    let plain = ["template", "r", "web", "--repo", &repo, "--fetch=update"];
    machine.lockgate(&plain).fails(
        1,
        &[
            "wants credentials, and none were found",
            "helm repo add --username",
        ],
    );
    let flags = ["--username", "me", "--password", "hunter2"];
    let check = |arguments: &[&str]| {
        other.credentials();
        let run = machine.lockgate(arguments);
        run.passes();
        assert!(!run.stderr.contains("hunter2"), "{run:?}");
        assert!(!lock(&machine).contains("hunter2"));
        assert!(other.credentials().is_empty(), "{arguments:?}");
    };
    check(&[&plain[..], &flags].concat());
    let address = repo.replace("://", "://me:hunter2@");
    check(&["template", "r", "web", "--repo", &address, "--fetch=update"]);
    let wrong = repo.replace("://", "://me:hunter3@");
    let run = machine.lockgate(&["template", "r", "web", "--repo", &wrong, "--fetch=update"]);
    run.fails(1, &["does not take the credentials"]);
    assert!(!run.stderr.contains("hunter3"), "{run:?}");
    let known = format!(
        "apiVersion: ''\nrepositories:\n- {{name: mine, url: '{repo}/', username: me, password: hunter2}}\n"
    );
    machine
        .sandbox
        .write("home/.config/helm/repositories.yaml", &known);
    check(&plain);
    check(&["template", "r", "mine/web", "--fetch=update"]);
    machine
        .lockgate(&["template", "r", "yours/web", "--fetch"])
        .fails(1, &["names no repository `yours`"]);
    fs::remove_file(machine.sandbox.path("home/.config/helm/repositories.yaml")).unwrap();
    machine.sandbox.write(
        "home/.netrc",
        "machine localhost login me password hunter2\n",
    );
    // That file names hosts without ports: both are meant.
    machine.lockgate(&plain).passes();
    fs::remove_file(machine.sandbox.path("home/.netrc")).unwrap();
    other.credentials();
    let all = [&plain[..], &flags, &["--pass-credentials"]].concat();
    machine.lockgate(&all).passes();
    assert_eq!(
        other.credentials().len(),
        2,
        "the archive and its provenance"
    );
}

#[test]
fn what_is_not_there_is_told_with_what_is() {
    let machine = Machine::new(&[]);
    let repo = four(&machine);
    for (arguments, texts) in [
        (
            &["wep"][..],
            &["has no chart `wep`", "did you mean `web`?"][..],
        ),
        (
            &["web", "--version", "3"],
            &[
                "has no version `3` of chart `web`",
                "2.0.0-rc.1, 1.10.0+b.1, 1.2.0, 1.0.0",
            ],
        ),
        (
            &["web", "--version", "one"],
            &["neither a version nor a range"],
        ),
        (&["../web"], &["`../web` is no name of a chart"]),
    ] {
        let arguments = [&["template", "r"], arguments, &["--repo", &repo, "--fetch"]].concat();
        assert_ne!(machine.helm(&arguments[..arguments.len() - 1]).code, 0);
        machine.lockgate(&arguments).fails(1, texts);
    }
    machine
        .lockgate(&[
            "template",
            "r",
            "web",
            "--repo",
            &machine.server.url("/no"),
            "--fetch",
        ])
        .fails(1, &["/no/index.yaml` answered with status 404"]);
    machine
        .lockgate(&[
            "template",
            "r",
            "web",
            "--repo",
            "charts.example.com",
            "--fetch",
        ])
        .fails(1, &["`charts.example.com` is no address of a chart"]);
    machine
        .lockgate(&["template", "r", "charts/wep"])
        .fails(1, &["there is no chart at `charts/wep`", "`--fetch`"]);
}

#[test]
fn versions_are_chosen_as_helm_chooses_them() {
    let machine = Machine::new(&[]);
    // Go sorts no more than twelve so that equal ones stay in their order.
    let versions = [
        "1.0.0-alpha.1",
        "1.0.0-alpha.10",
        "1.0.0",
        "1.0.0+b",
        "1.0.1",
        "1.2",
        "v1.2.1",
        "1.10.0",
        "2.0.0-rc.1",
        "2.0.0+x.2",
        "2.0.0+x.10",
        "3.0.0-0",
    ];
    let charts = versions.map(|version| ("web", version, chart("web", version)));
    let repo = serve(&machine.server, &charts);
    for wanted in [
        "*",
        "1",
        "1.x",
        "1.0",
        "1.0.x",
        "v1.2",
        "1.2.1",
        "=1.0.0",
        "1.0.0+b",
        "1.0.0+c",
        "2.0.0",
        "2.0.0+x.10",
        "^1.0.0-0",
        ">=1.0.0-alpha.2 <1.0.0",
        "~1.0.0-beta",
        "!=2.0.0",
        "<1 || >=3.0.0-0",
        "1.0.0 - 1.5",
        ">3",
        "3.0.0-0",
        "3.0.0",
        "^0.9",
        ">1.0.0, <1.2.1",
        "latest",
        "1.0.0.0",
        "01.0.0",
    ] {
        let arguments = ["template", "r", "web", "--repo", &repo, "--version", wanted];
        let theirs = machine.helm(&arguments);
        let ours = machine.lockgate(&[&arguments[..], &["--fetch"]].concat());
        let both = [&ours, &theirs].map(|run| (run.code, run.stdout.as_str()));
        assert_eq!(both[0], both[1], "{wanted}: {ours:?} {theirs:?}");
    }
}
