//! A sync that is killed or interrupted is finished by the next one.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{World, briefs, config_map};

const OBJECTS: usize = 60;
const ROUNDS: u32 = 12;

/// Returns what a version of the environment renders: each lacks some objects that the one before had,
/// kinds among them.
fn version(number: u32) -> String {
    let mut text = String::new();
    for object in 0..OBJECTS {
        if object % 4 != number as usize % 4 {
            text.push_str(&config_map(
                &format!("object-{object}"),
                &format!("v{number}"),
            ));
        }
    }
    let kind = ["ServiceAccount", "Secret", "Service"][number as usize % 3];
    let spec = if kind == "Service" {
        "spec: {ports: [{port: 80}]}\n"
    } else {
        ""
    };
    text + &format!(
        "---\napiVersion: v1\nkind: {kind}\nmetadata: {{name: changes-{number}}}\n{spec}"
    )
}

fn start(world: &World) -> Child {
    Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .args(["sync", "--no-check"])
        .current_dir(world.sandbox.path(""))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_killed_sync_is_finished_by_the_next_one() {
    let Some(world) = World::new("kills", &version(0)) else {
        return;
    };
    world.sync();
    let mut in_the_middle = 0;
    for round in 1..=ROUNDS {
        world.render(&version(round));
        let mut child = start(&world);
        if round % 3 == 0 {
            // Somewhere, mostly while it looks.
            std::thread::sleep(Duration::from_millis(u64::from(round) * 25));
        } else {
            // As soon as it has begun to change something, and a little later.
            while child.try_wait().unwrap().is_none() && !has_begun(&world, round) {}
            std::thread::sleep(Duration::from_millis(u64::from(round) * 2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let state = keys(&world);
        let old = state
            .iter()
            .filter(|(_, value)| value.as_str() != format!("v{round}"))
            .count();
        let new = state
            .iter()
            .filter(|(_, value)| value.as_str() == format!("v{round}"))
            .count();
        in_the_middle += u32::from(old > 0 && new > 0);
        // Every other time the repository has gone on meanwhile.
        let next = if round % 2 == 0 { round } else { round + 100 };
        world.render(&version(next));
        world.sync();
        check_converged(&world, next);
        world.render(&version(round));
        world.sync();
        check_converged(&world, round);
    }
    assert!(in_the_middle > 0, "no kill left a mix of two versions");
    eprintln!("{in_the_middle} of {ROUNDS} kills left a mix");
}

#[test]
fn an_interrupted_sync_says_so_and_is_finished_by_the_next_one() {
    let Some(world) = World::new("interrupts", &version(0)) else {
        return;
    };
    world.sync();
    let mut interrupted = 0;
    for round in 1..=40 {
        world.render(&version(round));
        let mut child = start(&world);
        std::thread::sleep(Duration::from_millis(40 + u64::from(round) * 20));
        let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        // It may be done already.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::INT);
        match child.wait().unwrap().code() {
            // While it still renders, the signal ends it as any program.
            Some(0) | None => {}
            Some(code) => {
                assert_eq!(code, 3);
                interrupted += 1;
            }
        }
        world.sync();
        check_converged(&world, round);
        if interrupted == 4 {
            break;
        }
    }
    assert!(
        interrupted > 0,
        "no sync was under way when it was interrupted"
    );
}

fn has_begun(world: &World, round: u32) -> bool {
    let new = format!("v{round}");
    keys(world).iter().any(|(_, value)| *value == new)
}

/// Returns the objects of the versions with their value.
fn keys(world: &World) -> Vec<(String, String)> {
    let list = world.get("configmaps");
    let items = list["items"].as_array().unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut keys: Vec<(String, String)> = items
        .iter()
        .map(|item| (text(&item["metadata"]["name"]), text(&item["data"]["key"])))
        .filter(|(name, _)| name.starts_with("object-"))
        .collect();
    keys.sort();
    keys
}

#[track_caller]
fn check_converged(world: &World, number: u32) {
    let mut wanted: Vec<(String, String)> = (0..OBJECTS)
        .filter(|object| object % 4 != number as usize % 4)
        .map(|object| (format!("object-{object}"), format!("v{number}")))
        .collect();
    wanted.sort();
    assert_eq!(keys(world), wanted);
    let mut left = Vec::new();
    for plural in ["serviceaccounts", "secrets", "services"] {
        for item in world.get(plural)["items"].as_array().unwrap() {
            let name = item["metadata"]["name"].as_str().unwrap();
            if name.starts_with("changes-") {
                left.push(name.to_owned());
            }
        }
    }
    assert_eq!(
        left,
        [format!("changes-{number}")],
        "something was left behind"
    );
    assert!(briefs(&world.plan()).is_empty());
}
