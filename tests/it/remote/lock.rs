//! `lockgate.lock`: renders are the same each time and ask no one, unless they are told to.

use std::fs;

use super::server::Answer;
use super::{Machine, Repo, map};

/// A fleet of two environments on a remote base and a remote file.
fn fleet(machine: &Machine) -> Repo {
    let repo = machine.repository(
        "org/library.git",
        &[
            ("base/kustomization.yaml", "resources: [map.yaml]\n"),
            ("base/map.yaml", &map("one")),
        ],
    );
    machine.server.set_text("/map.yaml", &map("file"));
    for environment in ["dev", "prod"] {
        let text = format!(
            "resources:\n- {}//base?ref=main\n- {}\nnamePrefix: {environment}-\n",
            machine.server.url("/git/org/library.git"),
            machine.server.url("/map.yaml"),
        );
        machine.sandbox.write(
            &format!("fleet/overlays/{environment}/kustomization.yaml"),
            &text,
        );
    }
    repo
}

fn lock(machine: &Machine) -> String {
    fs::read_to_string(machine.sandbox.path("fleet/lockgate.lock")).unwrap()
}

#[test]
fn a_render_asks_no_one_and_says_how_to_let_it() {
    let machine = Machine::new(&[]);
    fleet(&machine);
    for verb in ["render", "check"] {
        let run = machine.lockgate(&[verb, "fleet"]);
        run.fails(
            2,
            &[
                "/git/org/library.git?ref=main` is not in `lockgate.lock`",
                "(in dev/dev)",
                "overlays/dev/kustomization.yaml:2:3",
                "run again with `--fetch`",
            ],
        );
    }
    assert!(machine.server.requests().is_empty());
    assert!(!machine.sandbox.path("cache").exists());
}

#[test]
fn what_was_fetched_is_locked_and_rendered_without_a_server_from_then_on() {
    let machine = Machine::new(&[]);
    let repo = fleet(&machine);
    let commit = repo.repository.head().unwrap().target().unwrap();
    let first = machine.lockgate(&["render", "fleet", "--fetch"]);
    assert!(first.passes().contains("name: dev-one"), "{first:?}");
    assert!(
        first.stderr.contains("wrote `fleet/lockgate.lock`"),
        "{first:?}"
    );
    let text = lock(&machine);
    let url = machine.server.url("");
    assert_eq!(
        text.lines().skip(1).collect::<Vec<_>>().join("\n"),
        format!(
            "apiVersion: lockgate.dev/v1alpha1\nkind: Lock\nrepositories:\n\
             - url: {url}/git/org/library.git\n  ref: main\n  commit: {commit}\nfiles:\n\
             - url: {url}/map.yaml\n  sha256: {}",
            sha256(&map("file")),
        )
    );
    // What moved, changed or went away makes no difference.
    repo.commit(&[("base/map.yaml", &map("two"))]);
    machine.server.set_text("/map.yaml", &map("changed"));
    machine.server.requests();
    for arguments in [
        vec!["render", "fleet"],
        vec!["render", "fleet", "--fetch"],
        vec!["render", "fleet", "--fetch=missing"],
    ] {
        let run = machine.lockgate(&arguments);
        assert_eq!(run.passes(), first.stdout);
    }
    machine.lockgate(&["check", "fleet"]).passes();
    machine.lockgate(&["sync", "fleet", "--dry-run"]).passes();
    let explained = machine.lockgate(&[
        "explain",
        "dev",
        "ConfigMap/dev-one",
        "data.from",
        "-f",
        "fleet",
    ]);
    assert!(
        explained
            .passes()
            .contains("library.git?ref=main//base/map.yaml:6"),
        "{explained:?}"
    );
    assert!(machine.server.requests().is_empty());
    assert_eq!(lock(&machine), text);

    // Until that is asked for.
    let updated = machine.lockgate(&["render", "fleet", "--fetch=update"]);
    assert!(updated.passes().contains("name: dev-two"), "{updated:?}");
    assert!(
        updated.passes().contains("name: dev-changed"),
        "{updated:?}"
    );
    assert_ne!(lock(&machine), text);
    assert_eq!(
        machine.lockgate(&["render", "fleet"]).passes(),
        updated.stdout
    );
}

fn sha256(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(text.as_bytes());
    digest
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[test]
fn an_empty_cache_is_filled_with_what_is_locked() {
    let machine = Machine::new(&[]);
    let repo = fleet(&machine);
    let first = machine.lockgate(&["render", "fleet", "--fetch"]);
    let text = lock(&machine);
    repo.commit(&[("base/map.yaml", &map("two"))]);
    fs::remove_dir_all(machine.sandbox.path("cache")).unwrap();
    machine.lockgate(&["render", "fleet"]).fails(
        2,
        &[
            "which `lockgate.lock` names, is not in the cache",
            "run again with `--fetch`",
        ],
    );
    let again = machine.lockgate(&["render", "fleet", "--fetch"]);
    assert_eq!(again.passes(), first.passes());
    assert_eq!(lock(&machine), text);

    // A file that changed is not what was locked.
    fs::remove_dir_all(machine.sandbox.path("cache")).unwrap();
    machine.server.set_text("/map.yaml", &map("changed"));
    machine.lockgate(&["render", "fleet", "--fetch"]).fails(
        2,
        &[
            &format!("`lockgate.lock` names sha256:{}", sha256(&map("file"))),
            &format!("but it is sha256:{} now", sha256(&map("changed"))),
            "kustomization.yaml:3:3",
            "`--fetch=update`",
        ],
    );
    assert_eq!(lock(&machine), text);
}

#[test]
fn a_commit_that_is_gone_is_told() {
    let machine = Machine::new(&[]);
    fleet(&machine).delete();
    fleet(&machine);
    machine.lockgate(&["render", "fleet", "--fetch"]).passes();
    let locked = lock(&machine);
    let gone = "0123456789012345678901234567890123456789";
    let commit = locked
        .split("commit: ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap();
    for is_old in [false, true] {
        machine.server.change_git(|git| git.is_old = is_old);
        fs::remove_dir_all(machine.sandbox.path("cache")).unwrap();
        machine
            .sandbox
            .write("fleet/lockgate.lock", &locked.replace(commit, gone));
        machine.lockgate(&["render", "fleet", "--fetch"]).fails(
            2,
            &[
                &format!("no longer gives commit {gone}"),
                "`--fetch=update`",
            ],
        );
    }
}

#[test]
fn a_revision_is_rendered_by_its_own_lock() {
    let machine = Machine::new(&[]);
    let repo = fleet(&machine);
    machine.lockgate(&["render", "fleet", "--fetch"]).passes();
    let commit = |message: &str| {
        let status = |arguments: &[&str]| {
            let repository = git2::Repository::init(machine.sandbox.path("fleet")).unwrap();
            let mut index = repository.index().unwrap();
            index
                .add_all(["*"], git2::IndexAddOption::DEFAULT, None)
                .unwrap();
            index.write().unwrap();
            let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
            let who = git2::Signature::now("a person", "person@example.com").unwrap();
            let head = repository
                .head()
                .ok()
                .and_then(|head| head.peel_to_commit().ok());
            let parents: Vec<_> = head.iter().collect();
            repository
                .commit(Some("HEAD"), &who, &who, arguments[0], &tree, &parents)
                .unwrap()
                .to_string()
        };
        status(&[message])
    };
    let old = commit("old");
    let old_lock = lock(&machine);
    repo.commit(&[("base/map.yaml", &map("two"))]);
    machine
        .lockgate(&["render", "fleet", "--fetch=update"])
        .passes();
    let at_old = machine.lockgate(&["render", "fleet", "--rev", &old]);
    assert!(at_old.passes().contains("name: dev-one"), "{at_old:?}");
    let diff = machine.lockgate(&["diff", &old, "-f", "fleet"]);
    assert!(diff.passes().contains("dev-two"), "{diff:?}");
    // Another machine: the revision's lock says what to fetch, and is not written.
    fs::remove_dir_all(machine.sandbox.path("cache")).unwrap();
    machine
        .lockgate(&["render", "fleet", "--rev", &old])
        .fails(2, &["is not in the cache"]);
    let fetched = machine.lockgate(&["render", "fleet", "--rev", &old, "--fetch"]);
    assert_eq!(fetched.passes(), at_old.stdout);
    assert_ne!(lock(&machine), old_lock);
    machine
        .lockgate(&["render", "fleet", "--rev", &old, "--fetch=update"])
        .fails(2, &["which", "has already"]);
    fs::remove_file(machine.sandbox.path("fleet/lockgate.lock")).unwrap();
    let without = commit("without a lock");
    machine
        .lockgate(&["render", "fleet", "--rev", &without, "--fetch"])
        .fails(2, &["is not in `lockgate.lock`"]);
}

#[test]
fn a_part_of_the_fleet_keeps_the_rest_of_the_lock_and_the_whole_drops_what_is_unused() {
    let machine = Machine::new(&[]);
    fleet(&machine);
    machine.server.set_text("/prod.yaml", &map("prod"));
    let url = machine.server.url("/prod.yaml");
    machine.sandbox.write(
        "fleet/overlays/prod/kustomization.yaml",
        &format!("resources: ['{url}']\n"),
    );
    machine
        .lockgate(&["render", "fleet", "--fetch", "--env", "prod"])
        .passes();
    assert!(
        !lock(&machine).contains("repositories:"),
        "{}",
        lock(&machine)
    );
    machine
        .lockgate(&["render", "fleet", "--fetch", "--env", "dev"])
        .passes();
    for text in ["/prod.yaml", "/map.yaml", "ref: main"] {
        assert!(lock(&machine).contains(text), "{}", lock(&machine));
    }
    machine.sandbox.write("fleet/map.yaml", &map("local"));
    machine.sandbox.write(
        "fleet/overlays/prod/kustomization.yaml",
        "resources: [map.yaml]\n",
    );
    machine
        .sandbox
        .write("fleet/overlays/prod/map.yaml", &map("local"));
    machine.lockgate(&["render", "fleet", "--fetch"]).passes();
    assert!(!lock(&machine).contains("/prod.yaml"), "{}", lock(&machine));
}

#[test]
fn a_broken_lock_is_told_with_its_line_and_a_failed_fetch_writes_none() {
    let machine = Machine::new(&[]);
    fleet(&machine);
    machine
        .server
        .set("/map.yaml", Answer::Text(500, "", String::new()));
    machine
        .lockgate(&["render", "fleet", "--fetch"])
        .fails(3, &["answered with status 500"]);
    assert!(!machine.sandbox.path("fleet/lockgate.lock").exists());
    machine.sandbox.write(
        "fleet/lockgate.lock",
        "apiVersion: lockgate.dev/v1alpha1\nkind: Lock\nrepositories:\n- url: a\n  commit: HEAD\n",
    );
    machine.lockgate(&["render", "fleet"]).fails(
        2,
        &[
            "`commit` must be the 40 digits of a commit",
            "lockgate.lock:5:11",
            "commit: HEAD",
        ],
    );
}

#[test]
fn many_processes_fetch_into_one_cache() {
    let machine = Machine::new(&[]);
    fleet(&machine);
    let texts: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..6)
            .map(|_| {
                scope.spawn(|| {
                    machine
                        .lockgate(&["render", "fleet", "--fetch"])
                        .passes()
                        .to_owned()
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(texts.iter().all(|text| *text == texts[0]));
    machine.lockgate(&["render", "fleet"]).passes();
}
