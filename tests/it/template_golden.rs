//! Small templates, a file a theme, with what the reference makes of each.
//!
//! A case of `tests/golden/templates` is a template, the `.Values` that it sees, and its output (`bytes` in base 64
//! if that is no text) or the reference's error, the words of which need not be ours. Nothing but Lockgate is needed
//! to check that. `UPDATE=1 cargo test --test it template_golden` asks the reference, Helm, for all of them again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lockgate::template::{Bounds, Functions, Map, MissingKey, Random, Run, Set, Value};
use serde::{Deserialize, Serialize};

use crate::tools::helm;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/templates");

/// A template and what comes of it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) template: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    values: Option<serde_yaml::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What came of a template: its output, or the words of the error.
type Outcome = Result<Vec<u8>, String>;

#[test]
fn templates_come_out_as_the_reference_makes_them() {
    let update = std::env::var_os("UPDATE").is_some_and(|value| value == "1");
    let functions = Arc::new(functions());
    let mut failures = String::new();
    for (path, mut cases) in themes() {
        if update {
            ask_reference(&mut cases);
            let text = serde_yaml::to_string(&cases).unwrap();
            fs::write(&path, text).unwrap();
        }
        for case in &cases {
            let ours = rendered(&functions, case);
            if let Some(failure) = case.failure(&ours) {
                let theme = path.file_stem().unwrap_or_default().display();
                write!(failures, "\n{theme}: {}\n{failure}\n", case.template).unwrap();
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// The functions that the cases call.
pub(crate) fn functions() -> Functions {
    let mut functions = Functions::standard();
    lockgate::helm::func::add_to(&mut functions);
    functions
}

/// The files of cases, by name.
pub(crate) fn themes() -> BTreeMap<PathBuf, Vec<Case>> {
    let entries = fs::read_dir(FOLDER).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        let cases = serde_yaml::from_str(&fs::read_to_string(&path).unwrap());
        let cases = cases.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path, cases)
    };
    let themes: BTreeMap<PathBuf, Vec<Case>> = paths.map(read).collect();
    let count: usize = themes.values().map(Vec::len).sum();
    assert!(count > 600, "cases are missing in {FOLDER}");
    themes
}

impl Case {
    /// Whether the reference refuses the template.
    pub(crate) fn is_refused(&self) -> bool {
        self.error.is_some()
    }

    /// Says how a template came out otherwise than expected.
    fn failure(&self, ours: &Outcome) -> Option<String> {
        let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match (self.expected(), ours) {
            (Ok(expected), Ok(ours)) if expected == *ours => None,
            (Err(_), Err(_)) => None,
            (Ok(expected), Ok(ours)) => Some(format!(
                "expected: {}\ngot:      {}",
                shown(&expected),
                shown(ours)
            )),
            (Ok(expected), Err(error)) => {
                Some(format!("expected: {}\nerror:    {error}", shown(&expected)))
            }
            (Err(error), Ok(ours)) => {
                Some(format!("expected error: {error}\ngot: {}", shown(ours)))
            }
        }
    }

    fn expected(&self) -> Outcome {
        match (&self.output, &self.bytes, &self.error) {
            (Some(output), None, None) => Ok(output.clone().into_bytes()),
            (None, Some(bytes), None) => Ok(STANDARD.decode(bytes).unwrap()),
            (None, None, Some(error)) => Err(error.clone()),
            _ => panic!("{}: no verdict, run with UPDATE=1", self.template),
        }
    }

    fn take(&mut self, outcome: Outcome) {
        (self.output, self.bytes, self.error) = (None, None, None);
        match outcome.map(String::from_utf8) {
            Ok(Ok(text)) => self.output = Some(text),
            Ok(Err(other)) => self.bytes = Some(STANDARD.encode(other.into_bytes())),
            Err(error) => self.error = Some(error),
        }
    }
}

fn rendered(functions: &Arc<Functions>, case: &Case) -> Outcome {
    let mut set = Set::new(Arc::clone(functions));
    set.parse("case", case.template.as_bytes())
        .map_err(|error| error.to_string())?;
    let data = Map::new();
    data.insert("Values", values(case).into());
    let mut run =
        Run::new(&set, &(), Bounds::default(), Random::System).missing_key(MissingKey::Zero);
    let output = run
        .execute("case", &data.into())
        .map_err(|error| error.to_string())?;
    Ok(output.to_vec())
}

fn values(case: &Case) -> Map {
    match &case.values {
        Some(values) => value(values).as_map().unwrap().clone(),
        None => Map::new(),
    }
}

/// A value as Helm reads it from a file: all numbers are floating point.
fn value(yaml: &serde_yaml::Value) -> Value {
    match yaml {
        serde_yaml::Value::Null => Value::NIL,
        serde_yaml::Value::Bool(truth) => (*truth).into(),
        serde_yaml::Value::Number(number) => number.as_f64().unwrap().into(),
        serde_yaml::Value::String(text) => text.as_str().into(),
        serde_yaml::Value::Sequence(items) => Value::list(items.iter().map(value).collect()),
        serde_yaml::Value::Mapping(entries) => {
            let map = Map::new();
            for (key, entry) in entries {
                map.insert(key.as_str().unwrap(), value(entry));
            }
            map.into()
        }
        serde_yaml::Value::Tagged(_) => panic!("no tags in values"),
    }
}

/// Has Helm render the templates, a chart of all of them that do not fail: each run names one that does.
fn ask_reference(cases: &mut [Case]) {
    let chart = tempfile::tempdir().unwrap();
    let templates = chart.path().join("templates");
    fs::create_dir(&templates).unwrap();
    let write = |name: &str, text: &str| fs::write(chart.path().join(name), text).unwrap();
    write("Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    let mut all = serde_yaml::Mapping::new();
    for (index, case) in cases.iter().enumerate() {
        if let Some(values) = &case.values {
            all.insert(format!("v{index}").into(), values.clone());
        }
        let template = &case.template;
        let text = format!(
            "{{{{ define \"case{index}\" }}}}{template}{{{{ end }}}}{{{{ $v := dig \"v{index}\" dict .Values.AsMap }}}}\
             out{index}: {{{{ include \"case{index}\" (dict \"Values\" (index (dict \"v\" $v) \"v\")) | b64enc }}}}\n"
        );
        fs::write(templates.join(format!("case{index}.yaml")), text).unwrap();
    }
    // Given by the user, since a null of the chart's own takes its key away.
    // As JSON, since a bare `n` is a truth to Helm.
    write("given.yaml", &serde_json::to_string(&all).unwrap());
    let outputs = loop {
        match run_helm(chart.path()) {
            Ok(outputs) => break outputs,
            Err(error) => {
                let index = failed(&error);
                fs::remove_file(templates.join(format!("case{index}.yaml"))).unwrap();
                cases.get_mut(index).unwrap().take(Err(reason(&error)));
            }
        }
    };
    for line in outputs.lines() {
        if let Some((index, output)) = line
            .strip_prefix("out")
            .and_then(|line| line.split_once(": "))
        {
            let case = cases.get_mut(index.parse::<usize>().unwrap()).unwrap();
            case.take(Ok(STANDARD.decode(output).unwrap()));
        } else if let Some(index) = line
            .strip_prefix("out")
            .and_then(|line| line.strip_suffix(':'))
        {
            cases
                .get_mut(index.parse::<usize>().unwrap())
                .unwrap()
                .take(Ok(Vec::new()));
        }
    }
}

fn run_helm(chart: &Path) -> Result<String, String> {
    let home = tempfile::tempdir().unwrap();
    let output = helm()
        .args(["template", "release"])
        .arg(chart)
        .arg("--values")
        .arg(chart.join("given.yaml"))
        .env("HOME", home.path())
        .env("TZ", "UTC")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() {
        Ok(text(output.stdout).replace(": \n", ":\n"))
    } else {
        Err(text(output.stderr))
    }
}

/// The number of the case that an error is about.
fn failed(error: &str) -> usize {
    let number = error
        .split("templates/case")
        .nth(1)
        .unwrap_or_else(|| panic!("{error}"));
    let end = number.find('.').unwrap();
    number.get(..end).unwrap().parse().unwrap()
}

/// The last part of an error: why, without where.
fn reason(error: &str) -> String {
    let mut lines = error
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("Use --debug"));
    let last = lines.next_back().unwrap_or_default().trim();
    let last = last.rsplit_once(">: ").map_or(last, |(_, reason)| reason);
    last.to_owned()
}
