//! Servers whose certificates the system does not trust, or that want to see one of the client's.

use super::Machine;
use super::packed::{chart, provenance, serve, sha256};
use super::server::{Clients, Git, Server};

/// Where `--repo` leads, and the flags that make it be trusted.
fn flags(machine: &Machine, authority: &str) -> [String; 2] {
    machine.sandbox.write("ca.pem", authority);
    ["--ca-file".to_owned(), "ca.pem".to_owned()]
}

#[test]
fn an_authority_of_a_flag_or_of_the_file_of_repositories_is_trusted() {
    let machine = Machine::new(&[]);
    let (server, authority) = Server::start_encrypted(Git::default());
    let archive = chart("web", "1.0.0");
    let repo = serve(&server, &[("web", "1.0.0", archive.clone())]);
    server.set_text(
        "/charts/packed/web-1.0.0.tgz.prov",
        &provenance("web-1.0.0.tgz", &sha256(&archive)),
    );
    let [flag, file] = flags(&machine, &authority);
    let address = format!("{repo}/packed/web-1.0.0.tgz");
    for chart in [&["web", "--repo", &repo][..], &[&address]] {
        let plain = [&["template", "r"], chart].concat();
        machine
            .lockgate(&[&plain[..], &["--fetch=update"]].concat())
            .fails(1, &["cannot reach `https://localhost:", "certificate"]);
        for more in [&[&flag[..], &file][..], &["--insecure-skip-tls-verify"]] {
            let arguments = [&plain[..], more].concat();
            let theirs = machine.helm(&arguments);
            let ours = machine.lockgate(&[&arguments[..], &["--fetch=update"]].concat());
            assert_eq!(ours.passes(), theirs.passes(), "{arguments:?}");
        }
    }
    let plain = ["template", "r", "web", "--repo", &repo, "--fetch=update"];
    for more in ["caFile: ca.pem", "insecure_skip_tls_verify: true"] {
        let known =
            format!("apiVersion: ''\nrepositories:\n- {{name: mine, url: '{repo}', {more}}}\n");
        machine
            .sandbox
            .write("home/.config/helm/repositories.yaml", &known);
        machine.lockgate(&plain).passes();
        machine
            .lockgate(&["template", "r", "mine/web", "--fetch=update"])
            .passes();
    }
}

#[test]
fn a_server_that_asks_is_shown_a_certificate() {
    let machine = Machine::new(&[]);
    let (server, authority, (certificate, key)) =
        Server::start_encrypted_for(Git::default(), Clients::Known);
    let repo = serve(&server, &[("web", "1.0.0", chart("web", "1.0.0"))]);
    let [flag, file] = flags(&machine, &authority);
    machine.sandbox.write("me.pem", &certificate);
    machine.sandbox.write("me.key", &key);
    let plain = ["template", "r", "web", "--repo", &repo, &flag, &file];
    let own = ["--cert-file", "me.pem", "--key-file", "me.key"];
    machine
        .lockgate(&[&plain[..], &["--fetch"]].concat())
        .fails(1, &["cannot reach"]);
    let arguments = [&plain[..], &own].concat();
    let theirs = machine.helm(&arguments);
    let ours = machine.lockgate(&[&arguments[..], &["--fetch"]].concat());
    assert_eq!(ours.passes(), theirs.passes());

    let known = format!(
        "apiVersion: ''\nrepositories:\n- {{name: mine, url: '{repo}', caFile: ca.pem, certFile: me.pem, keyFile: me.key}}\n"
    );
    machine
        .sandbox
        .write("home/.config/helm/repositories.yaml", &known);
    machine
        .lockgate(&["template", "r", "mine/web", "--fetch=update"])
        .passes();
}

#[test]
fn files_that_cannot_be_used_fail_even_where_no_server_is_asked() {
    let machine = Machine::new(&[(
        "web/Chart.yaml",
        "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    )]);
    machine.sandbox.write("text", "no PEM");
    for (flags, reason) in [
        (&["--ca-file", "none"][..], "No such file"),
        (&["--ca-file", "text"], "no certificates"),
        (
            &["--cert-file", "text", "--key-file", "text"],
            "no certificates",
        ),
        (
            &["--cert-file", "text", "--insecure-skip-tls-verify"],
            "no `--key-file`",
        ),
    ] {
        let arguments = [&["template", "r", "web"], flags].concat();
        assert_ne!(machine.helm(&arguments).code, 0, "{flags:?}");
        machine.lockgate(&arguments).fails(1, &[reason]);
    }
    // Half of a pair says nothing, as in Helm.
    let half = ["template", "r", "web", "--cert-file", "none"];
    assert_eq!(machine.helm(&half).code, 0);
    machine.lockgate(&half).passes();
}
