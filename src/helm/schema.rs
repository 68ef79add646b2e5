//! `values.schema.json`: what a chart wants its values to be.
//!
//! Drafts 4 to 2020-12, by the reference's rules. Nothing is read from elsewhere: a reference to a file, a device or
//! the network refuses the schema, but for one to the schema of a draft. A `urn:` allows anything, as in the reference.

use std::fmt;
use std::sync::OnceLock;

use jsonschema::paths::{Location, LocationSegment};
use jsonschema::{PatternOptions, Retrieve, Uri, Validator};
use smol_str::SmolStr;

use crate::yaml::{FileId, Origin};

use super::chart::File;
use super::instance::Instance;
use super::meta_schema;
use super::values::read::documents;
use super::values::{Data, Table, Value};

/// The address that the reference gives to the schema, against which others are resolved.
const BASE: &str = "file:///values.schema.json";

/// The most bytes that a compiled pattern may take.
const MOST_PATTERN_BYTES: usize = 1 << 20;

/// The schema of a chart, compiled when it is first asked.
#[derive(Debug)]
pub struct Schema {
    file: File,
    compiled: OnceLock<Result<Validator, Vec<Unusable>>>,
}

/// Why a schema cannot be used.
#[derive(Debug)]
struct Unusable {
    /// The path of what is wrong in it, parts joined by slashes; empty for all of it.
    path: String,
    reason: String,
    at: Origin,
}

/// What is wrong with values, or with the schema itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The chart whose schema says so.
    pub chart: SmolStr,
    /// The path of the value, parts joined by slashes; empty for all values.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// Who wrote the value.
    pub at: Option<Origin>,
}

impl Schema {
    pub(crate) fn new(file: File) -> Self {
        Self {
            file,
            compiled: OnceLock::new(),
        }
    }

    /// The same, not compiled yet.
    pub(crate) fn again(&self) -> Self {
        Self::new(self.file.clone())
    }

    /// The file.
    pub fn file(&self) -> FileId {
        self.file.id
    }

    fn validator(&self) -> Result<&Validator, &[Unusable]> {
        let compiled = self.compiled.get_or_init(|| compile(&self.file));
        compiled.as_ref().map_err(Vec::as_slice)
    }
}

/// Holds the values of a chart to its schema, and those of its subcharts to theirs.
pub(crate) fn check(instance: &Instance<'_>, values: &Value) -> Vec<Violation> {
    let mut violations = Vec::new();
    check_into(instance, values, &mut violations);
    violations
}

fn check_into(instance: &Instance<'_>, values: &Value, violations: &mut Vec<Violation>) {
    if let Some(schema) = &instance.chart.schema {
        check_one(&instance.name, schema, values, violations);
    }
    for subchart in &instance.dependencies {
        match values
            .as_table()
            .and_then(|values| values.get(&subchart.name))
        {
            None => {}
            Some(values) if values.is_null() => {}
            Some(values) if values.as_table().is_none() => violations.push(Violation {
                chart: subchart.name.clone(),
                path: String::new(),
                message: "the values of a chart must be a mapping".to_owned(),
                at: Some(values.at),
            }),
            Some(values) => check_into(subchart, values, violations),
        }
    }
}

fn check_one(chart: &SmolStr, schema: &Schema, values: &Value, violations: &mut Vec<Violation>) {
    let validator = match schema.validator() {
        Ok(validator) => validator,
        Err(reasons) => {
            violations.extend(reasons.iter().map(|unusable| Violation {
                chart: chart.clone(),
                path: String::new(),
                message: format!("the schema cannot be used: {unusable}"),
                at: Some(unusable.at),
            }));
            return;
        }
    };
    let json = values.to_json();
    for error in validator.iter_errors(&json) {
        let segments = segments(error.instance_path());
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        violations.push(Violation {
            chart: chart.clone(),
            path: joined(&path),
            message: error.masked_with("the value").to_string(),
            at: nearest(values, &path),
        });
    }
}

/// The parts of a path.
fn segments(path: &Location) -> Vec<String> {
    let segments = path.into_iter().map(|segment| match segment {
        LocationSegment::Property(name) => name.to_string(),
        LocationSegment::Index(index) => index.to_string(),
    });
    segments.collect()
}

/// The parts of a path as one text.
fn joined(path: &[&str]) -> String {
    path.iter().flat_map(|part| ["/", part]).collect()
}

/// The place of the value at the end of a path, or of the last one on the way that is there.
fn nearest(values: &Value, path: &[&str]) -> Option<Origin> {
    (0..=path.len())
        .rev()
        .find_map(|length| values.lookup(path.get(..length)?))
        .map(|value| value.at)
}

fn compile(file: &File) -> Result<Validator, Vec<Unusable>> {
    let as_a_whole = |reason: String| {
        vec![Unusable {
            path: String::new(),
            reason,
            at: Origin::file(file.id),
        }]
    };
    let text = String::from_utf8_lossy(file.bytes());
    let mut schema: serde_json::Value = serde_json::from_str(&text)
        .map_err(|error| as_a_whole(format!("it is not JSON: {error}")))?;
    let draft = schema.get("$schema").and_then(serde_json::Value::as_str);
    let draft = draft.and_then(meta_schema::draft);
    if let (Some(words), Some(draft)) = (schema.as_object_mut(), draft) {
        words.insert("$schema".to_owned(), draft.into());
    }
    let options = jsonschema::options()
        .with_base_uri(BASE)
        .with_retriever(Nowhere)
        .with_pattern_options(PatternOptions::regex().size_limit(MOST_PATTERN_BYTES));
    // To have them at hand takes time, and only few schemas refer to one.
    let options = if meta_schema::is_named(&text, usize::from(draft.is_some())) {
        options.with_registry(&referencing::SPECIFICATIONS)
    } else {
        options
    };
    options.build(&schema).map_err(|error| {
        let all = mistakes(&schema, file);
        if all.is_empty() {
            as_a_whole(error.to_string())
        } else {
            all
        }
    })
}

/// What the schema of schemas finds in a schema.
fn mistakes(schema: &serde_json::Value, file: &File) -> Vec<Unusable> {
    let Ok(validator) = jsonschema::meta::validator_for(schema) else {
        return Vec::new();
    };
    let at = Origin::file(file.id);
    let read = documents(file.bytes(), file.id).unwrap_or_default();
    let read = whole(read, at);
    let mistakes = validator.iter_errors(schema).map(|error| {
        let segments = segments(error.instance_path());
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        Unusable {
            path: joined(&path),
            reason: error.to_string(),
            at: nearest(&read, &path).unwrap_or(at),
        }
    });
    mistakes.collect()
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "at '{}': ", self.path)?;
        }
        f.write_str(&self.reason)
    }
}

/// Where schemas may be read from: nowhere, but for the schemas of schemas.
struct Nowhere;

impl Retrieve for Nowhere {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<serde_json::Value, Box<dyn std::error::Error + Send + Sync>> {
        if uri.scheme().as_str() == "urn" {
            return Ok(serde_json::Value::Bool(true));
        }
        if let Some(document) = meta_schema::document(uri.as_str()) {
            return Ok(document);
        }
        Err(format!("`{uri}` is not in it, and nothing is read from elsewhere").into())
    }
}

/// The values of a release as one.
pub(crate) fn whole(values: Table, at: Origin) -> Value {
    Value::new(Data::Table(values), at)
}
