//! Every field of everything that configures a build, with a value of each type.
//!
//! Each document here is a good one. One value in it at a time gives way to those of [`VALUES`], and a key to
//! one that nothing knows. What the reference tool makes of it is kept in `wrong_types/verdicts.txt`:
//! `UPDATE=1 cargo test --test it wrong_types` asks it again, and compares the output where both build.

mod documents;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use lockgate::kustomize::{BuildError, BuildOptions, HelmCharts, build};
use lockgate::source::{DiskTree, TreePath};
use lockgate::yaml::Diagnostic as _;
use serde_json::{Value, json};

use crate::tools::kustomize;
use documents::{DOCUMENTS, Document};

const VERDICTS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/it/wrong_types/verdicts.txt"
);

/// The values that a field is given, by name.
fn values() -> Vec<(&'static str, Value)> {
    vec![
        ("text", json!("text")),
        ("empty", json!("")),
        ("number", json!(7)),
        ("float", json!(1.5)),
        ("boolean", json!(true)),
        ("null", Value::Null),
        ("list", json!([])),
        ("texts", json!(["text"])),
        ("numbers", json!([7])),
        ("nulls", json!([null])),
        ("mappings", json!([{}])),
        ("mapping", json!({})),
        ("map", json!({"text": "text"})),
        ("deep", json!({"text": {"text": 7}})),
    ]
}

/// A document with one wrong value.
struct Case {
    document: &'static Document,
    /// The way to the value, as `images/0/name`.
    path: String,
    value: &'static str,
    content: Value,
}

impl Case {
    fn name(&self) -> String {
        format!("{} {}", self.document.name, self.path)
    }

    /// Writes the file of the case, beside those that all cases of its document have. JSON is YAML, with a
    /// line for each value.
    fn write(&self, folder: &Path) {
        let text = serde_json::to_string_pretty(&self.content).unwrap();
        fs::write(folder.join(self.document.file), text).unwrap();
    }
}

/// Returns a folder with the files that all cases of a document have.
fn folder_of(document: &Document) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in documents::FILES.iter().chain(document.files) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for document in DOCUMENTS {
        let good: Value = serde_yaml::from_str(document.text).unwrap();
        let mut add = |path: &str, value: &'static str, content: Value| {
            cases.push(Case {
                document,
                path: path.to_owned(),
                value,
                content,
            });
        };
        add("", "good", good.clone());
        for path in paths(&good) {
            for (name, value) in values() {
                let mut content = good.clone();
                *at(&mut content, &path) = value;
                add(&path, name, content);
            }
            let mut content = good.clone();
            if let Some(mapping) = at(&mut content, &path).as_object_mut() {
                mapping.insert("noSuchField".to_owned(), json!("text"));
                add(&path, "unknown", content);
            }
        }
    }
    cases
}

/// Returns the ways to all values, the whole first.
fn paths(value: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let below: Vec<(String, &Value)> = match value {
        Value::Object(mapping) => mapping
            .iter()
            .map(|(key, value)| (key.clone(), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    for (key, value) in below {
        let key = key.replace('~', "~0").replace('/', "~1");
        found.extend(paths(value).into_iter().map(|path| format!("/{key}{path}")));
    }
    found
}

fn at<'v>(value: &'v mut Value, path: &str) -> &'v mut Value {
    value.pointer_mut(path).unwrap()
}

/// What a build gave: its output, or else the error as people see it.
type Outcome = Result<String, String>;

fn ours(folder: &Path) -> (Outcome, Option<BuildError>) {
    let tree = DiskTree::open(folder, folder).unwrap();
    let options = BuildOptions {
        helm: HelmCharts::Refused,
        ..BuildOptions::default()
    };
    match build(&tree, &TreePath::root(), &options) {
        Ok(built) => (Ok(built.to_yaml()), None),
        Err(error) => (Err(error.to_string()), Some(error)),
    }
}

fn reference(folder: &Path) -> Outcome {
    let output = kustomize().arg("build").arg(folder).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

/// The values that the reference builds and those that it refuses, by the name of the case.
type Verdicts = BTreeMap<String, BTreeMap<String, bool>>;

fn written(verdicts: &Verdicts) -> String {
    let mut text = String::new();
    for (case, values) in verdicts {
        let list = |wanted: bool| {
            let names = values.iter().filter(|(_, builds)| **builds == wanted);
            names
                .map(|(name, _)| name.as_str())
                .collect::<Vec<_>>()
                .join(" ")
        };
        let _ = writeln!(
            text,
            "{case}\n  builds: {}\n  refused: {}",
            list(true),
            list(false)
        );
    }
    text
}

fn read() -> Verdicts {
    let mut verdicts = Verdicts::new();
    let mut case = String::new();
    for line in fs::read_to_string(VERDICTS).unwrap_or_default().lines() {
        let verdict = match line
            .split_once(": ")
            .unwrap_or((line.trim_end_matches(':'), ""))
        {
            ("  builds", names) => Some((true, names)),
            ("  refused", names) => Some((false, names)),
            _ => None,
        };
        match verdict {
            None => line.clone_into(&mut case),
            Some((builds, names)) => {
                let values = verdicts.entry(case.clone()).or_default();
                values.extend(
                    names
                        .split_whitespace()
                        .map(|name| (name.to_owned(), builds)),
                );
            }
        }
    }
    verdicts
}

#[test]
fn a_value_of_each_type_in_each_field_is_taken_or_refused_as_the_reference_does() {
    let update = std::env::var_os("UPDATE").is_some_and(|value| value == "1");
    let (cases, known) = (cases(), read());
    assert!(cases.len() > 3000, "{} cases", cases.len());
    let (next, verdicts) = (AtomicUsize::new(0), Mutex::new(Verdicts::new()));
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let mut folders = BTreeMap::new();
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let folder = folders
                        .entry(case.document.name)
                        .or_insert_with(|| folder_of(case.document));
                    case.write(folder.path());
                    let (outcome, error) = ours(folder.path());
                    let verdict = if update {
                        let wanted = reference(folder.path());
                        let mut verdicts = verdicts.lock().unwrap();
                        let values = verdicts.entry(case.name()).or_default();
                        values.insert(case.value.to_owned(), wanted.is_ok());
                        wanted.map(Some).map_err(Some)
                    } else {
                        let builds = known
                            .get(&case.name())
                            .and_then(|values| values.get(case.value));
                        match builds {
                            Some(true) => Ok(None),
                            Some(false) => Err(None),
                            None => panic!(
                                "{} {}: no verdict, run with UPDATE=1",
                                case.name(),
                                case.value
                            ),
                        }
                    };
                    let is_off =
                        case.value == "good" && outcome.is_ok() == case.document.is_refused;
                    assert!(!is_off, "{}: {outcome:?}", case.name());
                    if let Some(failure) = failure(case, &outcome, error.as_ref(), verdict) {
                        failures.lock().unwrap().push(failure);
                    }
                }
            });
        }
    });
    if update {
        fs::write(VERDICTS, written(&verdicts.into_inner().unwrap())).unwrap();
    }
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    assert!(
        failures.is_empty(),
        "{} of {}:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

/// Says in what a case came out otherwise than with the reference, or what its error lacks.
fn failure(
    case: &Case,
    ours: &Outcome,
    error: Option<&BuildError>,
    reference: Result<Option<String>, Option<String>>,
) -> Option<String> {
    let name = format!("{} {}", case.name(), case.value);
    let first_line = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    match (ours, reference) {
        (Ok(_), Err(why)) => Some(format!(
            "{name}: builds, and should not: {}",
            first_line(&why.unwrap_or_default())
        )),
        (Err(why), Ok(_)) => Some(format!("{name}: is refused, and should not: {why}")),
        (Ok(ours), Ok(Some(reference))) if *ours != reference => {
            let diff = similar::TextDiff::from_lines(&reference, ours);
            Some(format!(
                "{name}: builds to something else:\n{}",
                diff.unified_diff().context_radius(1)
            ))
        }
        (Ok(_), Ok(_)) => None,
        (Err(why), Err(_)) => {
            let at = error.and_then(BuildError::origin);
            at.is_none_or(|at| at.line == 0)
                .then(|| format!("{name}: names no line: {why}"))
        }
    }
}
