//! Small charts of our own, one a feature or a mistake, with what is to come of them.
//!
//! A case is a folder of `tests/golden/helm`. From its `input`, `lockgate template` with the lines of the file
//! `arguments` behind it prints `expected.yaml`, or else refuses with `expected-error`; arguments that begin with a flag
//! stand behind `demo chart`. Nothing but Lockgate is needed to check that.
//! `UPDATE=1 cargo test --test it helm_golden` asks the reference tool which of the two it is and takes
//! `expected.yaml` from it; the words of an error are ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use similar::TextDiff;

use crate::tools::helm;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/helm");

/// Charts that are refused, where the reference takes them or wants what a render must not ask for.
const OURS: [&str; 1] = ["packed-bomb"];

/// What a command made of a case: its standard output, or else its error.
type Outcome = Result<String, String>;

#[test]
fn golden_charts_come_out_as_expected() {
    let update = std::env::var_os("UPDATE").is_some_and(|value| value == "1");
    let mut failures = Vec::new();
    for case in cases() {
        let ours = outcome(Command::new(env!("CARGO_BIN_EXE_lockgate")), &case);
        if update {
            write_expectation(&case, &ours);
        }
        if let Some(failure) = failure(&case, &ours) {
            failures.push(failure);
        }
    }
    assert!(failures.is_empty(), "{}", failures.concat());
}

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(CASES).unwrap();
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() > 150, "cases are missing in {CASES}");
    cases
}

fn outcome(mut command: Command, case: &Path) -> Outcome {
    let arguments = fs::read_to_string(case.join("arguments")).unwrap_or_default();
    let names: &[&str] = if arguments.is_empty() || arguments.starts_with('-') {
        &["demo", "chart"]
    } else {
        &[]
    };
    let output = command
        .arg("template")
        .args(names)
        .args(arguments.lines())
        .current_dir(case.join("input"))
        .env("NO_COLOR", "1")
        .env_remove("HELM_NAMESPACE")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    match output.status.code() {
        Some(0) => Ok(text(output.stdout)),
        Some(1) => Err(text(output.stderr)),
        code => panic!("{}: exit code {code:?}", case.display()),
    }
}

fn write_expectation(case: &Path, ours: &Outcome) {
    let _ = fs::remove_file(case.join("expected.yaml"));
    let _ = fs::remove_file(case.join("expected-error"));
    let is_ours = OURS.iter().any(|name| case.ends_with(name));
    match outcome(helm(), case) {
        Ok(text) if !is_ours => fs::write(case.join("expected.yaml"), text).unwrap(),
        _ => {
            let words = ours.as_ref().err().cloned().unwrap_or_default();
            fs::write(case.join("expected-error"), words).unwrap();
        }
    }
}

/// Says how a case came out otherwise than expected.
fn failure(case: &Path, ours: &Outcome) -> Option<String> {
    let read = |name| fs::read_to_string(case.join(name)).ok();
    let expected = match (read("expected.yaml"), read("expected-error")) {
        (Some(text), None) => Ok(text),
        (None, Some(error)) => Err(error),
        _ => return Some(format!("{}: what is expected?\n", case.display())),
    };
    if *ours == expected {
        return None;
    }
    let (Ok(want) | Err(want)) = &expected;
    let (Ok(got) | Err(got)) = ours;
    let diff = TextDiff::from_lines(want, got);
    Some(format!(
        "---- {}\n{}\n",
        case.display(),
        diff.unified_diff().header("expected", "got")
    ))
}
