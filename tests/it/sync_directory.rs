//! The binary syncs a folder through kills, a full disk and ctrl-C: never a mix that looks finished.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::cli::Sandbox;

const SERVICES: usize = 40;
/// How often a sync is killed, in each way of changing a folder.
const KILLS: u32 = 16;
/// A length of files, in blocks of 512 bytes, that the inventory stays below and the long manifest does not.
const BLOCKS: u32 = 38;

/// Returns a fleet whose `dev` has so many services, and writes nothing yet.
fn fleet() -> Sandbox {
    let sandbox = Sandbox::new(&[(
        "lockgate.yaml",
        "apiVersion: lockgate.dev/v1alpha1\nkind: Fleet\nmetadata: {name: kills}\nspec:\n  kubernetes: \"1.36\"\n  environments:\n  - name: dev\n    sources: [{kustomize: apps/*}]\n    target: {directory: rendered/dev}\n",
    )]);
    write_version(&sandbox, 0);
    sandbox
}

/// Changes what each service renders to, and which services there are.
fn write_version(sandbox: &Sandbox, version: usize) {
    let _ = fs::remove_dir_all(sandbox.path("apps"));
    for service in 0..SERVICES {
        // Each version has services that the one before has not, and lacks some that it has.
        if service % 4 == version % 4 {
            continue;
        }
        sandbox.write(
            &format!("apps/app-{service}/kustomization.yaml"),
            &format!(
                "namespace: dev\nconfigMapGenerator:\n- name: app-{service}\n  options: {{disableNameSuffixHash: true}}\n  literals: [version={version}]\n- name: more-{service}\n  literals: [version={version}]\n"
            ),
        );
    }
}

fn start(sandbox: &Sandbox) -> Child {
    Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .args(["sync", "--no-check"])
        .current_dir(sandbox.path(""))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What a folder is in, as its files tell.
#[derive(Debug, PartialEq, Eq)]
enum State {
    /// Nothing was synced to it yet.
    New,
    /// A journal says that a sync has to be ended.
    Unfinished,
    /// It is what its inventory says, to the byte, and no more: the digest of the environment.
    Finished(String),
}

/// Reads a folder, and fails where it is a mix that looks finished.
#[track_caller]
fn state(target: &Path) -> State {
    if target.join(".lockgate/journal.json").exists() {
        return State::Unfinished;
    }
    let Ok(text) = fs::read_to_string(target.join(".lockgate/inventory.json")) else {
        let left: Vec<PathBuf> = manifests(target).into_iter().collect();
        assert!(left.is_empty(), "no inventory, and yet {left:?}");
        return State::New;
    };
    let inventory: Value = serde_json::from_str(&text).unwrap();
    let mut listed = BTreeSet::new();
    for file in inventory["files"].as_array().unwrap() {
        let path = target.join(file["path"].as_str().unwrap());
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut digest = "sha256:".to_owned();
        for byte in Sha256::digest(&bytes) {
            digest += &format!("{byte:02x}");
        }
        assert_eq!(
            file["digest"].as_str().unwrap(),
            digest,
            "{}",
            path.display()
        );
        listed.insert(path);
    }
    assert_eq!(
        manifests(target),
        listed,
        "what is there, and what is listed"
    );
    State::Finished(inventory["digest"].as_str().unwrap().to_owned())
}

/// Returns the manifests below a folder, those of Lockgate's own folder left out.
fn manifests(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with(".lockgate") {
            found.extend(manifests(&path));
        } else if path.extension().is_some_and(|it| it == "yaml") {
            found.insert(path);
        }
    }
    found
}

/// Runs a sync to its end and returns how long it took.
#[track_caller]
fn sync(sandbox: &Sandbox) -> Duration {
    let begun = Instant::now();
    sandbox.run(&["sync", "--no-check"]).passes();
    begun.elapsed()
}

/// Kills syncs at moments spread over their time; each leaves a state that is one, and the next sync ends it.
fn survive_kills(sandbox: &Sandbox) {
    let target = sandbox.path("rendered/dev");
    sync(sandbox);
    write_version(sandbox, 1);
    let full = sync(sandbox);
    let mut killed = 0;
    let mut before = state(&target);
    for round in 0..KILLS {
        write_version(sandbox, round as usize + 2);
        let mut child = start(sandbox);
        // The first part of a sync only reads.
        std::thread::sleep(full.mul_f64(0.3 + 0.8 * f64::from(round) / f64::from(KILLS)));
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        let after_kill = state(&target);
        sync(sandbox);
        let after = state(&target);
        assert!(matches!(after, State::Finished(_)), "{after:?}");
        assert!(
            after_kill == before || after_kill == after || after_kill == State::Unfinished,
            "round {round}: {after_kill:?} is none of {before:?} and {after:?}"
        );
        assert!(
            !sandbox.path("rendered/.dev.lockgate").exists(),
            "round {round}: a folder is left beside the target"
        );
        before = after;
    }
    assert!(killed > 0, "no sync was killed before it ended");
}

#[test]
fn a_folder_that_is_swapped_survives_kills_at_any_moment() {
    survive_kills(&fleet());
}

#[test]
fn a_folder_that_is_changed_file_by_file_survives_kills_at_any_moment() {
    let sandbox = fleet();
    sync(&sandbox);
    // A folder of someone else's keeps the target from being swapped as a whole.
    sandbox.write("rendered/dev/theirs/notes.txt", "not lockgate's");
    survive_kills(&sandbox);
    let theirs = fs::read_to_string(sandbox.path("rendered/dev/theirs/notes.txt"));
    assert_eq!(theirs.unwrap(), "not lockgate's");
}

/// Runs a sync that may write no file longer than `BLOCKS`: writes fail half-way, as on a full disk.
fn sync_with_short_files(sandbox: &Sandbox) -> (Option<i32>, String) {
    let output = Command::new("sh")
        .args([
            "-c",
            &format!("ulimit -f {BLOCKS}; exec \"$0\" sync --no-check"),
        ])
        .arg(env!("CARGO_BIN_EXE_lockgate"))
        .current_dir(sandbox.path(""))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), told)
}

#[test]
fn a_disk_that_is_full_leaves_the_folder_as_it_was() {
    let sandbox = fleet();
    let target = sandbox.path("rendered/dev");
    let long = "x".repeat(20_000);
    sandbox.write(
        "apps/long/kustomization.yaml",
        &format!("namespace: dev\nconfigMapGenerator:\n- name: long\n  literals: [text={long}]\n"),
    );
    let (code, told) = sync_with_short_files(&sandbox);
    assert_eq!(code, Some(3), "{told}");
    assert!(
        told.contains("cannot write") && told.contains("dev_long-"),
        "{told}"
    );
    assert_eq!(state(&target), State::New);

    // The same for a folder that holds something, swapped and changed file by file.
    fs::remove_dir_all(sandbox.path("apps/long")).unwrap();
    sync(&sandbox);
    for theirs in [false, true] {
        if theirs {
            sandbox.write("rendered/dev/theirs/notes.txt", "not lockgate's");
        }
        let before = state(&target);
        sandbox.write(
            "apps/long/kustomization.yaml",
            &format!(
                "namespace: dev\nconfigMapGenerator:\n- name: long\n  literals: [text={long}]\n"
            ),
        );
        let (code, told) = sync_with_short_files(&sandbox);
        assert_eq!(code, Some(3), "{told}");
        assert!(
            told.contains("cannot write") && told.contains("dev_long-"),
            "{told}"
        );
        assert_eq!(state(&target), before);
        fs::remove_dir_all(sandbox.path("apps/long")).unwrap();
        assert!(sandbox.run(&["sync"]).passes().contains("in sync"));
    }
}

#[test]
fn ctrl_c_ends_a_sync_with_a_folder_that_is_one_or_the_other() {
    let sandbox = fleet();
    let target = sandbox.path("rendered/dev");
    sync(&sandbox);
    write_version(&sandbox, 1);
    let full = sync(&sandbox);
    let mut before = state(&target);
    for round in 0..8_u32 {
        write_version(&sandbox, round as usize + 2);
        let child = start(&sandbox);
        std::thread::sleep(full.mul_f64(0.2 + 0.1 * f64::from(round)));
        let pid = child.id().to_string();
        let _ = Command::new("kill").args(["-INT", &pid]).status();
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let after = state(&target);
        match output.status.code() {
            // It came too late, and the sync ended.
            Some(0) => assert_ne!(after, before),
            Some(3) => {
                assert!(told.contains("interrupted; it is as it was"), "{told}");
                assert_eq!(after, before);
            }
            // It came before the sync began to look for it.
            None => assert_eq!(after, before),
            code => panic!("{code:?}: {told}"),
        }
        sync(&sandbox);
        before = state(&target);
    }
}

#[test]
fn a_folder_that_is_not_ours_is_left_alone() {
    let sandbox = fleet();
    sandbox.write("rendered/dev/precious.txt", "by hand");
    let run = sandbox.run(&["sync", "--no-check"]);
    run.fails(
        2,
        &[
            "rendered/dev",
            "precious.txt",
            "not a folder that lockgate syncs",
        ],
    );
    assert_eq!(manifests(&sandbox.path("rendered/dev")), BTreeSet::new());

    let sandbox = fleet();
    sync(&sandbox);
    let text = fs::read_to_string(sandbox.path("lockgate.yaml")).unwrap();
    sandbox.write("lockgate.yaml", &text.replace("name: kills", "name: other"));
    let before = state(&sandbox.path("rendered/dev"));
    sandbox
        .run(&["sync", "--no-check"])
        .fails(2, &["belongs to environment `dev` of fleet `kills`"]);
    assert_eq!(state(&sandbox.path("rendered/dev")), before);
}
