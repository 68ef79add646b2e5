//! Files that were changed at random: none makes the parser, a merge or a build panic, hang or take much memory.
//!
//! The files are those of `tests/golden/kustomize`. They are tried in processes of their own with bounds.
//! `LOCKGATE_FUZZ` is how many changes to try, `LOCKGATE_SEED` asks for others.

use std::io::{BufRead as _, BufReader};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use lockgate::kustomize::{BuildOptions, build};
use lockgate::merge::{JsonPatch, Schemas, strategic_merge};
use lockgate::source::TreePath;
use lockgate::yaml::{DuplicateKeys, FileId, Limits, Node, emit, parse, parse_version_2};
use nix::sys::resource::{Resource, setrlimit};

use crate::memory_tree::MemoryTree;
use crate::random::Random;

mod mutate;

/// The address space of a process that tries changes.
const MEMORY: u64 = 1 << 30;

/// How long one change may take before it counts as a hang. Most take a millisecond.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many processes try changes at a time.
const PROCESSES: u64 = 2;

/// Tells a process to try these changes: the first and how many.
const WORK: &str = "LOCKGATE_FUZZ_WORK";

#[test]
fn no_change_of_a_file_makes_a_build_panic_hang_or_take_much_memory() {
    if let Ok(work) = std::env::var(WORK) {
        let (first, count) = work.split_once('+').unwrap();
        return attempt(first.parse().unwrap(), count.parse().unwrap());
    }
    let number = |name, default| {
        let given = std::env::var(name).ok();
        given.map_or(default, |text| text.parse().unwrap())
    };
    let (changes, seed): (u64, u64) = (number("LOCKGATE_FUZZ", 10_000), number("LOCKGATE_SEED", 1));
    let share = changes.div_ceil(PROCESSES);
    let failures: Vec<String> = std::thread::scope(|scope| {
        let processes: Vec<_> = (0..PROCESSES)
            .map(|process| {
                let first = seed.wrapping_mul(1_000_003) + process * share;
                scope.spawn(move || watch(first, share))
            })
            .collect();
        processes
            .into_iter()
            .flat_map(|process| process.join().unwrap())
            .collect()
    });
    let shown: String = failures.iter().take(5).map(String::as_str).collect();
    assert!(
        failures.is_empty(),
        "{} of {changes}:\n{shown}",
        failures.len()
    );
}

/// Has processes try the changes, a new one after each that is lost, and returns what they were lost to.
fn watch(first: u64, count: u64) -> Vec<String> {
    let mut failures = Vec::new();
    let (mut next, end) = (first, first + count);
    while next < end && failures.len() < 5 {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "--nocapture",
                "fuzz::no_change_of_a_file_makes_a_build_panic_hang_or_take_much_memory",
            ])
            .env(WORK, format!("{next}+{}", end - next))
            .env("RAYON_NUM_THREADS", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut is_done = false;
        let lost_to = loop {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    if let Some(index) = line.strip_prefix("try ") {
                        next = index.parse().unwrap();
                    } else if let Some(reason) = line.strip_prefix("panic ") {
                        failures.push(report(next, reason));
                    } else if line == "done" {
                        is_done = true;
                    }
                }
                Err(RecvTimeoutError::Timeout) => break "it hangs".to_owned(),
                Err(RecvTimeoutError::Disconnected) => break "it ends the process".to_owned(),
            }
        };
        let _ = process.kill();
        let status = process.wait().unwrap();
        if is_done {
            break;
        }
        failures.push(report(next, &format!("{lost_to} ({status})")));
        next += 1;
    }
    failures
}

/// Tries changes, one after the other, and says which.
#[expect(clippy::print_stdout, reason = "whoever watches reads it")]
fn attempt(first: u64, count: u64) {
    setrlimit(Resource::RLIMIT_AS, MEMORY, MEMORY).unwrap();
    let corpus = Corpus::read();
    for index in first..first + count {
        println!("try {index}");
        let change = corpus.change(index);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| change.run())) {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            println!("panic {}", text.unwrap_or("of no text").replace('\n', " "));
        }
    }
    println!("done");
}

fn report(index: u64, reason: &str) -> String {
    let corpus = Corpus::read();
    let change = corpus.change(index);
    format!(
        "==== change {index}: {reason}\n{}, {}:\n{}\n",
        change.case,
        change.path,
        change.content.escape_ascii()
    )
}

/// The files of the golden cases, by case and path.
struct Corpus(Vec<(String, Files)>);

type Files = Vec<(String, Vec<u8>)>;

/// A case with one file changed.
struct Change<'c> {
    case: &'c str,
    files: &'c [(String, Vec<u8>)],
    path: &'c str,
    content: Vec<u8>,
}

impl Corpus {
    fn read() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/kustomize");
        let mut cases = Vec::new();
        for case in std::fs::read_dir(folder).unwrap() {
            let case = case.unwrap().path();
            let input = case.join("input");
            let mut files = Vec::new();
            collect(&input, &input, &mut files);
            files.sort();
            if !files.is_empty() {
                let name = case.file_name().unwrap().to_string_lossy().into_owned();
                cases.push((name, files));
            }
        }
        cases.sort();
        Self(cases)
    }

    fn change(&self, index: u64) -> Change<'_> {
        let mut random = Random::new(index);
        let (case, files) = &self.0[random.below(self.0.len())];
        let (path, content) = &files[random.below(files.len())];
        let (_, others) = &self.0[random.below(self.0.len())];
        let (_, other) = &others[random.below(others.len())];
        Change {
            case,
            files,
            path,
            content: mutate::mutated(&mut random, content, other),
        }
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Files) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.is_file() {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            files.push((name, std::fs::read(&path).unwrap()));
        }
    }
}

impl Change<'_> {
    fn run(&self) {
        let file = FileId::of(self.path);
        // What is nested as deep as can be may be a level deeper once it is written again.
        let limits = Limits {
            depth: 200,
            ..Limits::default()
        };
        let documents = parse(&self.content, file, &limits).unwrap_or_default();
        documents.iter().for_each(is_read_back);
        let first = parse_version_2(&self.content, file, &limits, DuplicateKeys::LastCounts);
        let json_patch = first
            .ok()
            .flatten()
            .and_then(|node| JsonPatch::read(&node).ok());
        for (path, content) in self.files {
            let targets = parse(content, FileId::of(path), &limits).unwrap_or_default();
            for target in &targets {
                if let Some(patch) = &json_patch {
                    let _ = patch.apply(target);
                }
                for patch in &documents {
                    let _ = strategic_merge(target, patch, &Schemas::default());
                    let _ = strategic_merge(patch, target, &Schemas::default());
                }
            }
        }
        self.build();
    }

    fn build(&self) {
        let mut tree = MemoryTree::default();
        for (path, content) in self.files {
            let is_changed = path == self.path;
            tree.add(path, if is_changed { &self.content } else { content });
        }
        let has_top = self.files.iter().any(|(path, _)| path.starts_with("top/"));
        let top = TreePath::new(if has_top { "top" } else { "" }).unwrap();
        if let Ok(built) = build(&tree, &top, &BuildOptions::default()) {
            built.to_yaml();
        }
    }
}

/// Fails where what is written is not read, or not as what it was.
fn is_read_back(node: &Node) {
    let mut text = String::new();
    emit(node, &mut text);
    let again = parse(text.as_bytes(), FileId::of("again"), &Limits::default());
    let again = again.unwrap_or_else(|error| panic!("not read again: {error}: {text:?}"));
    let mut text_again = String::new();
    for node in &again {
        emit(node, &mut text_again);
    }
    assert_eq!(text, text_again, "written otherwise again");
}
