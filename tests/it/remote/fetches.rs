//! Builds that fetch, beside the reference: every way to a repository, refs of each kind, files, components,
//! submodules, and where they say their resources come from.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::server::{Answer, Git, Server};
use super::{Machine, Repo, map};

/// A repository with a base, an overlay on it, and a component.
fn library(machine: &Machine) -> (Repo, [String; 2]) {
    let repo = machine.repository(
        "org/library.git",
        &[
            ("kustomization.yaml", "resources: [apps/web]\nnamePrefix: all-\n"),
            ("base/kustomization.yaml", "resources: [map.yaml]\n"),
            ("base/map.yaml", &map("one")),
            (
                "apps/web/kustomization.yaml",
                "resources: [../../base]\nconfigMapGenerator:\n- name: made\n  files: [file.txt]\nlabels:\n- pairs: {a: b}\n",
            ),
            ("apps/web/file.txt", "text\n"),
            (
                "component/kustomization.yaml",
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -component\nresources: [map.yaml]\n",
            ),
            ("component/map.yaml", &map("extra")),
            ("linked", "-> apps/web"),
        ],
    );
    let first = repo
        .repository
        .head()
        .unwrap()
        .target()
        .unwrap()
        .to_string();
    let second = repo.commit(&[("base/map.yaml", &map("two"))]);
    repo.tag("v1", &first, None);
    repo.tag("v1-annotated", &first, Some("the first"));
    repo.branch("feature/old", &first);
    (repo, [first, second])
}

#[test]
fn refs_of_each_kind_are_found_as_the_reference_finds_them() {
    let machine = Machine::new(&[]);
    let (repo, [first, second]) = library(&machine);
    let over_http = machine.server.url("/git/org/library.git");
    for url in [repo.file_url(), over_http] {
        for reference in [
            "v1",
            "v1-annotated",
            "feature/old",
            "heads/feature/old",
            "refs/tags/v1",
            "main",
            "HEAD",
            &first,
            &second,
            "",
        ] {
            machine.top(&format!("resources: ['{url}//apps/web?ref={reference}']\n"));
            let built = machine.builds_as_the_reference();
            let is_second = ["main", "HEAD", &second, ""].contains(&reference);
            assert_eq!(built.contains("from: two"), is_second, "{reference}");
        }
        for reference in ["nope", &first[..8], "mian", "feature"] {
            machine.top(&format!("resources: ['{url}//apps/web?ref={reference}']\n"));
            assert_eq!(machine.reference(&["build", "top"]).code, 1);
            let text = format!("has no branch, tag or commit `{reference}`");
            machine
                .lockgate(&["build", "top"])
                .fails(1, &[&text, "top/kustomization.yaml:1:13"]);
        }
    }
    machine.top(&format!("resources: ['{}?ref=mian']\n", repo.file_url()));
    machine
        .lockgate(&["build", "top"])
        .fails(1, &["did you mean `main`?"]);
}

#[test]
fn folders_and_parameters_are_read_from_the_address() {
    let machine = Machine::new(&[]);
    let (repo, _) = library(&machine);
    let file = repo.file_url();
    let http = machine.server.url("/git/org/library.git");
    for url in [
        file.clone(),
        format!("{file}/apps/web"),
        format!("{file}//apps/web/"),
        format!("{file}//apps/../apps/web"),
        format!("{file}//linked"),
        http.clone(),
        format!("{http}/apps/web"),
        format!("{http}//apps/web?version=v1"),
        format!("{http}//apps/web?version=nope&ref=v1"),
        format!("{http}//apps/web?ref=v1&timeout=60&submodules=false"),
        format!("{http}//apps/web?timeout=1m30s&ref=v1"),
        format!("{http}//apps/web?ref=nope;x=y"),
        format!("git::{http}//apps/web?ref=v1"),
        http.replace("http://", "HTTP://"),
    ] {
        machine.top(&format!("resources: ['{url}']\n"));
        machine.builds_as_the_reference();
    }
    for url in [
        format!("{file}//none"),
        format!("{file}//base/map.yaml"),
        format!("{file}//../.."),
        format!("{file}-none"),
        machine.server.url("/git/org/none.git"),
        machine.server.url("/git/org"),
    ] {
        machine.top(&format!("resources: ['{url}']\n"));
        assert_eq!(machine.reference(&["build", "top"]).code, 1, "{url}");
        machine
            .lockgate(&["build", "top"])
            .fails(1, &["top/kustomization.yaml:1"]);
    }
}

#[test]
fn a_server_of_the_older_protocol_is_spoken_with() {
    let machine = Machine::new(&[]);
    let (repo, [first, _]) = library(&machine);
    machine.server.change_git(|git| git.is_old = true);
    let http = machine.server.url("/git/org/library.git");
    for reference in ["v1", "v1-annotated", "feature/old", "main", &first] {
        machine.top(&format!(
            "resources: ['{http}//apps/web?ref={reference}']\n"
        ));
        machine.builds_as_the_reference();
        fs::remove_dir_all(machine.sandbox.path("cache")).unwrap();
    }
    // No branch or tag is at it now.
    let third = repo.commit(&[("base/map.yaml", &map("three"))]);
    repo.commit(&[("base/map.yaml", &map("four"))]);
    machine.top(&format!("resources: ['{http}//base?ref={third}']\n"));
    machine
        .lockgate(&["build", "top"])
        .fails(1, &["has no branch, tag or commit"]);
    repo.repository
        .config()
        .unwrap()
        .set_bool("uploadpack.allowReachableSHA1InWant", true)
        .unwrap();
    machine.builds_as_the_reference();
}

#[test]
fn ssh_is_started_as_git_starts_it() {
    let mut machine = Machine::new(&[]);
    library(&machine);
    let log = machine.sandbox.path("ssh.log");
    machine.sandbox.write(
        "bin/ssh",
        &format!(
            "#!/bin/sh\nfor word; do printf '[%s]' \"$word\"; done >> {0}; echo >> {0}\n\
             for last; do :; done\ncd {1} && exec sh -c \"$last\"\n",
            log.display(),
            machine.sandbox.path("repositories").display()
        ),
    );
    let program = machine.sandbox.path("bin/ssh");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    machine
        .variables
        .push(("GIT_SSH".to_owned(), program.display().to_string()));
    for (url, asked) in [
        (
            "git@example.com:org/library.git//apps/web?ref=v1",
            "[git@example.com][git-upload-pack 'org/library.git']",
        ),
        (
            "ssh://github.com/org/library.git/apps/web",
            "[github.com][git-upload-pack 'org/library.git']",
        ),
    ] {
        machine.top(&format!("resources: ['{url}']\n"));
        let ours = machine.lockgate(&["build", "top"]);
        let words = fs::read_to_string(&log).unwrap();
        assert!(words.trim().ends_with(asked), "{words}\n{ours:?}");
        assert_eq!(ours.passes(), machine.reference(&["build", "top"]).passes());
        fs::remove_file(&log).unwrap();
    }
    let root = machine.sandbox.path("repositories");
    let url = format!(
        "ssh://me@example.com:2222{}/org/library.git//base",
        root.display()
    );
    machine.top(&format!("resources: ['{url}']\n"));
    machine.builds_as_the_reference();
    let words = fs::read_to_string(&log).unwrap();
    assert!(words.contains("[-p][2222][me@example.com]"), "{words}");

    // A whole command line comes before a program.
    let line = format!("{} -v", program.display());
    machine.variables.push(("GIT_SSH_COMMAND".to_owned(), line));
    fs::remove_file(&log).unwrap();
    machine.builds_as_the_reference();
    let words = fs::read_to_string(&log).unwrap();
    assert!(
        words.contains("[-v]") && words.contains("[2222][me@example.com]"),
        "{words}"
    );
    machine.variables.pop();

    machine.sandbox.write(
        "bin/ssh",
        "#!/bin/sh\necho 'Permission denied (publickey).' >&2; exit 255\n",
    );
    machine.top("resources: ['git@example.com:org/other']\n");
    machine.lockgate(&["build", "top"]).fails(
        1,
        &["cannot reach `git@example.com:org/other`: Permission denied (publickey)."],
    );
    machine.sandbox.write("bin/ssh", "#!/bin/sh\nsleep 50\n");
    machine.top("resources: ['git@example.com:org/other?timeout=500ms']\n");
    machine.lockgate(&["build", "top"]).fails(
        1,
        &["`git@example.com:org/other` did not answer within 500 ms"],
    );
}

#[test]
fn files_are_read_wherever_one_may_be_named() {
    let machine = Machine::new(&[]);
    let server = &machine.server;
    server.set_text("/map.yaml", &map("remote"));
    server.set_text("/more/maps.yaml", &format!("{}---\n{}", map("b"), map("c")));
    server.set_text(
        "/patch.yaml",
        &map("remote").replace("from: remote", "more: '1'"),
    );
    server.set_text("/op.yaml", "- {op: add, path: /data/op, value: x}\n");
    server.set_text("/data.txt", "some text\n");
    server.set_text("/data.env", "A=b\n");
    server.set_text("/replacement.yaml", "source: {kind: ConfigMap, name: b, fieldPath: data.from}\ntargets:\n- select: {name: c}\n  fieldPaths: [data.from]\n");
    server.set_text("/prefix.yaml", "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: x}\nprefix: p-\nfieldSpecs: [{path: metadata/name}]\n");
    server.set_text(
        "/config.yaml",
        "commonLabels: [{path: data/labels, create: true}]\n",
    );
    server.set(
        "/moved.yaml",
        Answer::Text(302, "Location: /map.yaml\r\n", String::new()),
    );
    let url = |path: &str| server.url(path);
    machine.top(&format!(
        "resources: ['{}', '{}']\npatches:\n- path: '{}'\n- path: '{}'\n  target: {{name: b}}\n\
         configMapGenerator:\n- name: made\n  files: ['{}', key={}]\n  envs: ['{}']\n\
         replacements: [{{path: '{}'}}]\ntransformers: ['{}']\nconfigurations: ['{}']\n\
         commonLabels: {{l: m}}\nbuildMetadata: [originAnnotations, transformerAnnotations]\n",
        url("/moved.yaml"),
        url("/more/maps.yaml"),
        url("/patch.yaml"),
        url("/op.yaml"),
        url("/data.txt"),
        url("/data.txt"),
        url("/data.env"),
        url("/replacement.yaml"),
        url("/prefix.yaml"),
        url("/config.yaml"),
    ));
    let built = machine.builds_as_the_reference();
    for text in ["some text", "op: x", "more: \"1\"", "p-remote", "A: b"] {
        assert!(built.contains(text), "no {text} in {built}");
    }
}

#[test]
fn a_file_that_is_not_to_be_had_is_told_with_its_status() {
    let machine = Machine::new(&[]);
    machine
        .server
        .set("/private.yaml", Answer::Text(403, "", String::new()));
    machine.server.set_text("/bad.yaml", "kind: [\n");
    for (path, text) in [
        ("/none.yaml", "answered with status 404"),
        ("/private.yaml", "wants credentials"),
        ("/bad.yaml", "/bad.yaml:"),
    ] {
        let url = machine.server.url(path);
        machine.top(&format!("resources: ['{url}']\n"));
        assert_eq!(machine.reference(&["build", "top"]).code, 1);
        machine.lockgate(&["build", "top"]).fails(1, &[text]);
    }
}

#[test]
fn a_page_where_a_repository_is_counts_for_nothing() {
    let machine = Machine::new(&[]);
    library(&machine);
    let page = "<!DOCTYPE html>\n<html><body class=\"x: y\">\n";
    machine.server.set_text("/git/org/library.git", page);
    machine.top(&format!(
        "resources: ['{}?ref=v1']\n",
        machine.server.url("/git/org/library.git")
    ));
    machine.builds_as_the_reference();
}

#[test]
fn remote_kustomizations_lead_to_others() {
    let machine = Machine::new(&[]);
    let (library, _) = library(&machine);
    let http = machine.server.url("/git/org/library.git");
    machine.server.set_text("/map.yaml", &map("file"));
    let other = machine.repository(
        "org/other.git",
        &[(
            "deep/kustomization.yaml",
            &format!(
                "resources:\n- {http}//apps/web?ref=v1\n- {}\ncomponents: ['{http}//component']\nnamePrefix: other-\n",
                machine.server.url("/map.yaml")
            ),
        )],
    );
    for metadata in [
        "",
        "buildMetadata: [originAnnotations, transformerAnnotations]\n",
    ] {
        machine.top(&format!(
            "{metadata}resources:\n- {}//deep\n- {http}//base?ref=v1\n- local\ncomponents: ['{}//component?ref=main']\n",
            other.file_url(),
            library.file_url(),
        ));
        machine.sandbox.write(
            "top/local/kustomization.yaml",
            &format!("resources: [{http}]\nnamePrefix: local-\n"),
        );
        machine.builds_as_the_reference();
    }
}

#[test]
fn the_folder_to_build_may_be_remote_itself() {
    let machine = Machine::new(&[]);
    let (repo, _) = library(&machine);
    let http = machine.server.url("/git/org/library.git");
    for url in [
        repo.file_url(),
        format!("{http}//apps/web?ref=v1"),
        format!("{http}/base?ref=main"),
        format!("{http}/none"),
        format!("{http}?ref=none"),
    ] {
        let ours = machine.lockgate(&["build", &url]);
        let theirs = machine.reference(&["build", &url]);
        assert_eq!(
            (ours.code, &ours.stdout),
            (theirs.code, &theirs.stdout),
            "{ours:?}"
        );
    }
}

#[test]
fn submodules_come_along_unless_they_are_not_wanted() {
    let machine = Machine::new(&[]);
    let inner = machine.repository("org/inner.git", &[("map.yaml", &map("inner"))]);
    let inner_commit = inner.commit(&[("kustomization.yaml", "resources: [map.yaml]\n")]);
    let middle = machine.repository(
        "org/middle.git",
        &[("kustomization.yaml", "resources: [in]\n")],
    );
    let middle_commit = middle.commit_submodule("in", "../inner.git", &inner_commit);
    let outer = machine.repository(
        "org/outer.git",
        &[("kustomization.yaml", "resources: [deep/middle]\n")],
    );
    outer.commit_submodule(
        "deep/middle",
        &machine.server.url("/git/org/middle.git"),
        &middle_commit,
    );
    let http = machine.server.url("/git/org/outer.git");
    machine.top(&format!("resources: ['{http}']\n"));
    assert!(machine.builds_as_the_reference().contains("name: inner"));
    machine.top(&format!("resources: ['{http}?submodules=false']\n"));
    assert_eq!(machine.reference(&["build", "top"]).code, 1);
    machine
        .lockgate(&["build", "top"])
        .fails(1, &["deep/middle` is a Git submodule"]);

    // Git lets no repository name one on the disk.
    let evil = machine.repository(
        "org/evil.git",
        &[("kustomization.yaml", "resources: [in]\n")],
    );
    evil.commit_submodule("in", &inner.file_url(), &inner_commit);
    machine.top(&format!(
        "resources: ['{}']\n",
        machine.server.url("/git/org/evil.git")
    ));
    assert_eq!(machine.reference(&["build", "top"]).code, 1);
    machine.lockgate(&["build", "top"]).fails(
        1,
        &[
            "the submodule `in` of `http://localhost",
            "is on this machine's disk",
        ],
    );
}

#[test]
fn credentials_come_from_where_git_has_them() {
    let mut machine = Machine::new(&[]);
    library(&machine);
    // me:hunter2
    let wanted = "Basic bWU6aHVudGVyMg==".to_owned();
    machine
        .server
        .change_git(|git| git.authorization = Some(wanted));
    let host = machine.server.address.clone();
    let http = machine.server.url("/git/org/library.git");
    let top = format!("resources: ['{http}//base']\n");
    machine.top(&top);
    machine
        .lockgate(&["build", "top"])
        .fails(1, &["wants credentials, and none that it takes were found"]);
    let passes = |machine: &Machine| {
        machine.lockgate(&["build", "top"]).passes();
        fs::remove_dir_all(machine.sandbox.path("cache")).unwrap();
    };

    machine.sandbox.write(
        "home/.netrc",
        "machine localhost login me password hunter2\n",
    );
    passes(&machine);
    machine
        .sandbox
        .write("home/.netrc", "machine localhost login me password wrong\n");
    machine
        .lockgate(&["build", "top"])
        .fails(1, &["wants credentials"]);
    machine.sandbox.write("home/.netrc", "\n");

    let helper = machine.sandbox.path("helper");
    machine.sandbox.write(
        "helper",
        "#!/bin/sh\ncat > \"$0.asked\"\necho username=me\necho password=hunter2\n",
    );
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).unwrap();
    machine.sandbox.write(
        "home/.gitconfig",
        &format!("[credential]\n\thelper = {}\n", helper.display()),
    );
    passes(&machine);
    let asked = fs::read_to_string(machine.sandbox.path("helper.asked")).unwrap();
    assert!(asked.contains("host=localhost"), "{asked}");

    machine.sandbox.write(
        "home/.gitconfig",
        &format!("[url \"http://me:hunter2@{host}/git/\"]\n\tinsteadOf = https://github.com/\n"),
    );
    machine.top("resources: ['https://github.com/org/library.git//base?timeout=5s']\n");
    machine
        .variables
        .push(("https_proxy".to_owned(), "http://127.0.0.1:9".to_owned()));
    passes(&machine);
    machine.variables.clear();
    machine.sandbox.write("home/.gitconfig", "\n");

    machine.top(&top);
    machine.sandbox.write(
        "askpass",
        "#!/bin/sh\ncase \"$1\" in Username*) echo me;; *) echo hunter2;; esac\n",
    );
    let askpass = machine.sandbox.path("askpass");
    fs::set_permissions(&askpass, fs::Permissions::from_mode(0o755)).unwrap();
    machine
        .variables
        .push(("GIT_ASKPASS".to_owned(), askpass.display().to_string()));
    passes(&machine);
}

#[test]
fn https_is_spoken_with_servers_whose_certificates_the_system_trusts() {
    let mut machine = Machine::new(&[]);
    library(&machine);
    let (server, certificate) = Server::start_encrypted(Git {
        root: machine.sandbox.path("repositories"),
        ..Git::default()
    });
    server.set_text("/map.yaml", &map("encrypted"));
    let plain = machine.server.url("/map.yaml");
    machine.server.set_text("/map.yaml", &map("plain"));
    let location = format!("Location: {plain}\r\n").leak();
    server.set("/down.yaml", Answer::Text(302, location, String::new()));
    let url = server.url("/git/org/library.git//apps/web?ref=v1");
    let file = server.url("/map.yaml");
    machine.top(&format!("resources: ['{url}', '{file}']\n"));
    machine.lockgate(&["build", "top"]).fails(
        1,
        &[
            "cannot reach `https://localhost",
            "invalid peer certificate",
        ],
    );
    machine.sandbox.write("authority.pem", &certificate);
    let authority = machine.sandbox.path("authority.pem").display().to_string();
    for name in ["SSL_CERT_FILE", "GIT_SSL_CAINFO"] {
        machine.variables.push((name.to_owned(), authority.clone()));
    }
    machine.builds_as_the_reference();
    machine.top(&format!("resources: ['{}']\n", server.url("/down.yaml")));
    machine
        .lockgate(&["build", "top"])
        .fails(1, &["redirects to an address that is not encrypted"]);
}

#[test]
fn credentials_of_an_address_are_for_its_own_host() {
    let mut machine = Machine::new(&[]);
    library(&machine);
    let wanted = "Basic bWU6aHVudGVyMg==".to_owned();
    machine
        .server
        .change_git(|git| git.authorization = Some(wanted));
    let other = Server::start(Git::default());
    let to = machine
        .server
        .url("/git/org/library.git/info/refs?service=git-upload-pack");
    let location = format!("Location: {to}\r\n").leak();
    other.set(
        "/git/moved.git/info/refs",
        Answer::Text(301, location, String::new()),
    );
    let host = &other.address;
    machine.top(&format!(
        "resources: ['http://me:hunter2@{host}/git/moved.git//base']\n"
    ));
    machine
        .lockgate(&["build", "top"])
        .fails(1, &["wants credentials, and none that it takes were found"]);
    machine.sandbox.write(
        "home/.netrc",
        "machine localhost login me password hunter2\n",
    );
    machine.top(&format!(
        "resources: ['http://{host}/git/moved.git//base']\n"
    ));
    machine.builds_as_the_reference();
    machine.variables.clear();
}

#[test]
fn a_damaged_cache_is_filled_again() {
    let machine = Machine::new(&[]);
    let (repo, [first, _]) = library(&machine);
    machine.top(&format!(
        "resources: ['{}//base?ref={first}']\n",
        repo.file_url()
    ));
    let built = machine.lockgate(&["build", "top"]);
    let stores = machine.sandbox.path("cache/git");
    for store in fs::read_dir(&stores).unwrap() {
        for pack in fs::read_dir(store.unwrap().path().join("objects/pack")).unwrap() {
            let path = pack.unwrap().path();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            fs::write(path, "").unwrap();
        }
    }
    assert_eq!(machine.lockgate(&["build", "top"]).passes(), built.passes());
    for store in fs::read_dir(&stores).unwrap() {
        fs::remove_dir_all(store.unwrap().path().join("objects")).unwrap();
    }
    machine.lockgate(&["build", "top"]);
    fs::remove_dir_all(&stores).unwrap();
    assert_eq!(machine.lockgate(&["build", "top"]).passes(), built.passes());
}

#[test]
fn a_commit_that_is_named_by_its_hash_is_fetched_once() {
    let machine = Machine::new(&[]);
    let (_, [first, _]) = library(&machine);
    let http = machine.server.url("/git/org/library.git");
    machine.top(&format!("resources: ['{http}//apps/web?ref={first}']\n"));
    let built = machine.builds_as_the_reference();
    machine.server.requests();
    assert_eq!(machine.lockgate(&["build", "top"]).passes(), built);
    assert_eq!(machine.server.requests(), Vec::<String>::new());
    // A branch may have moved.
    machine.top(&format!(
        "resources: ['{http}//apps/web?ref=feature/old']\n"
    ));
    machine.lockgate(&["build", "top"]).passes();
    let requests = machine.server.requests();
    assert_eq!(
        requests,
        [
            "GET /git/org/library.git//apps/web",
            "GET /git/org/library.git/info/refs",
            "POST /git/org/library.git/git-upload-pack",
        ]
    );
}

#[test]
fn the_cache_is_where_the_environment_says() {
    let mut machine = Machine::new(&[]);
    let (repo, _) = library(&machine);
    machine.top(&format!("resources: ['{}//base']\n", repo.file_url()));
    let home = machine.sandbox.path("home").display().to_string();
    for (variables, folder) in [
        (&[("LOCKGATE_CACHE", "here")][..], Some("here")),
        (
            &[("LOCKGATE_CACHE", ""), ("XDG_CACHE_HOME", "not/absolute")],
            Some("home/.cache/lockgate"),
        ),
        (
            &[
                ("LOCKGATE_CACHE", ""),
                ("XDG_CACHE_HOME", &format!("{home}/xdg")),
            ],
            Some("home/xdg/lockgate"),
        ),
        (&[("LOCKGATE_CACHE", ""), ("HOME", "")], None),
    ] {
        let pairs = variables.iter();
        machine.variables = pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let run = machine.lockgate(&["build", "top"]);
        match folder {
            Some(folder) => {
                run.passes();
                assert!(
                    machine.sandbox.path(folder).join("git").is_dir(),
                    "{folder}"
                );
            }
            None => run.fails(1, &["there is no home folder; set `LOCKGATE_CACHE`"]),
        }
    }
}
