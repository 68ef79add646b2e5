//! What a `CustomResourceDefinition`'s schema asks of values beyond their types: lengths, bounds, patterns,
//! formats, alternatives.
//!
//! The schema is JSON Schema but for Kubernetes' own words, so a validator of JSON Schema holds objects to it,
//! once the server's defaults are filled in. Types and unknown fields are the walk's.

use std::net::IpAddr;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::paths::LocationSegment;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::{Map, Value, json};

use crate::yaml::{Node, Segment};

use super::json;
use super::place::Place;
use super::violation::{Report, Severity};

/// The conditions of one version of a custom resource.
pub(super) struct Constraints {
    /// With defaults, for filling them in.
    schema: Value,
    validator: Validator,
}

impl std::fmt::Debug for Constraints {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Constraints").finish_non_exhaustive()
    }
}

/// The most bytes that a compiled pattern may take.
const MOST_PATTERN_BYTES: usize = 1 << 20;
/// Nesting of a schema beyond which nothing is asked.
const MOST_DEPTH: usize = 64;

impl Constraints {
    /// Compiles a schema; `None` where it asks for nothing, or is no schema, which is told of at its definition.
    pub(super) fn of(schema: &Value) -> Option<Self> {
        let conditions = conditions(schema, 0);
        if conditions.as_object().is_none_or(Map::is_empty) {
            return None;
        }
        let validator = jsonschema::options()
            .with_draft(Draft::Draft4)
            .offline()
            .with_pattern_options(PatternOptions::regex().size_limit(MOST_PATTERN_BYTES))
            .should_validate_formats(true)
            .should_ignore_unknown_formats(true)
            .with_format("email", is_email)
            .with_format("duration", is_duration)
            .with_format("cidr", |text: &str| super::rules::is_range(text))
            .with_format("ipv4", |text: &str| {
                text.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv4())
            })
            .with_format("ipv6", |text: &str| {
                text.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv6())
            })
            .with_format("date-time", is_time)
            .with_format("date", |text: &str| {
                text.parse::<chrono::NaiveDate>().is_ok()
            })
            .with_format("uri", is_uri)
            .build(&conditions)
            .ok()?;
        Some(Self {
            schema: schema.clone(),
            validator,
        })
    }

    /// Holds an object to the conditions.
    pub(super) fn check(&self, node: &Node, report: &mut Report<'_>) {
        let mut object = json::of(node);
        complete(&mut object, &self.schema, 0);
        for error in self.validator.iter_errors(&object) {
            if let Some((rule, message)) = told(&error) {
                let way: Vec<Segment> = error
                    .instance_path()
                    .into_iter()
                    .map(|step| match step {
                        LocationSegment::Property(name) => Segment::Key(name.as_ref().into()),
                        LocationSegment::Index(index) => Segment::Index(index),
                    })
                    .collect();
                report.add_below(rule, Severity::Error, &Place::root(), &way, message);
            }
        }
    }
}

/// Words that are conditions, and hold no schema.
const PLAIN: [&str; 13] = [
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "pattern",
];

/// Returns the conditions of a schema, without its types.
fn conditions(schema: &Value, depth: usize) -> Value {
    let Some(words) = schema.as_object().filter(|_| depth < MOST_DEPTH) else {
        return json!({});
    };
    let mut kept = Map::new();
    for (word, value) in words {
        let inner = match word.as_str() {
            // Server and walk agree on texts; here is the rest.
            "format" if !is_text(words) => continue,
            word if PLAIN.contains(&word) => value.clone(),
            "uniqueItems" | "multipleOf" => value.clone(),
            "items" => items(value, depth),
            "not" => alternative(value, depth),
            "additionalProperties" if value.is_object() => conditions(value, depth + 1),
            "oneOf" | "anyOf" | "allOf" => {
                let all = value.as_array().into_iter().flatten();
                Value::Array(all.map(|one| alternative(one, depth)).collect())
            }
            "properties" => {
                let fields = value.as_object().into_iter().flatten();
                let fields: Map<String, Value> = fields
                    .map(|(name, field)| (name.clone(), conditions(field, depth + 1)))
                    .filter(|(_, field)| field.as_object().is_some_and(|words| !words.is_empty()))
                    .collect();
                if fields.is_empty() {
                    continue;
                }
                Value::Object(fields)
            }
            _ => continue,
        };
        if inner.as_object().is_none_or(|words| !words.is_empty()) {
            kept.insert(word.clone(), inner);
        }
    }
    if words.get("nullable") == Some(&Value::Bool(true))
        && let Some(values) = kept.get_mut("enum").and_then(Value::as_array_mut)
    {
        values.push(Value::Null);
    }
    Value::Object(kept)
}

fn is_text(words: &Map<String, Value>) -> bool {
    words.get("type").and_then(Value::as_str) == Some("string")
}

/// An item is never null unless it says so; a field that is null is as good as missing.
fn items(schema: &Value, depth: usize) -> Value {
    let mut kept = conditions(schema, depth + 1);
    let word = |word: &str| schema.get(word);
    let null = word("nullable") == Some(&Value::Bool(true)) || word("type").is_none();
    if let (false, Some(words)) = (null, kept.as_object_mut()) {
        words.insert(
            "type".into(),
            json!(["array", "boolean", "integer", "number", "object", "string"]),
        );
    }
    kept
}

/// In an alternative, types and required fields are what it is about.
fn alternative(schema: &Value, depth: usize) -> Value {
    let mut kept = conditions(schema, depth + 1);
    if let Some(words) = kept.as_object_mut() {
        for word in ["type", "required"] {
            if let Some(value) = schema.get(word) {
                words.insert(word.into(), value.clone());
            }
        }
        if let Some(fields) = schema.get("properties").and_then(Value::as_object) {
            let fields: Map<String, Value> = fields
                .iter()
                .map(|(name, field)| (name.clone(), alternative(field, depth + 1)))
                .collect();
            words.insert("properties".into(), Value::Object(fields));
        }
    }
    kept
}

/// Fills in defaults as the server does, and drops nulls that stand for nothing.
fn complete(value: &mut Value, schema: &Value, depth: usize) {
    if depth >= MOST_DEPTH {
        return;
    }
    match value {
        Value::Object(fields) => {
            let properties = schema.get("properties").and_then(Value::as_object);
            for (name, field) in properties.into_iter().flatten() {
                let nullable = field.get("nullable") == Some(&Value::Bool(true));
                if fields
                    .get(name)
                    .is_some_and(|value| value.is_null() && !nullable)
                {
                    fields.remove(name);
                }
                if let (Some(default), false) = (field.get("default"), fields.contains_key(name)) {
                    fields.insert(name.clone(), default.clone());
                }
                if let Some(value) = fields.get_mut(name) {
                    complete(value, field, depth + 1);
                }
            }
            if let Some(other) = schema
                .get("additionalProperties")
                .filter(|other| other.is_object())
            {
                for (_, value) in fields.iter_mut() {
                    complete(value, other, depth + 1);
                }
            }
        }
        Value::Array(all) => {
            if let Some(item) = schema.get("items") {
                for value in all {
                    complete(value, item, depth + 1);
                }
            }
        }
        _ => {}
    }
}

/// Returns what to say of an error; `None` where the walk has said it. Never the value, which may be secret.
fn told(error: &ValidationError<'_>) -> Option<(&'static str, String)> {
    use ValidationErrorKind as Kind;
    let range = |message: String| Some(("schema/range", message));
    match error.kind() {
        Kind::Maximum { limit } => range(format!("must be {limit} at most")),
        Kind::Minimum { limit } => range(format!("must be {limit} at least")),
        Kind::ExclusiveMaximum { limit } => range(format!("must be below {limit}")),
        Kind::ExclusiveMinimum { limit } => range(format!("must be above {limit}")),
        Kind::MultipleOf { multiple_of, .. } => {
            range(format!("must be a multiple of {multiple_of}"))
        }
        Kind::MaxLength { limit } => Some((
            "schema/too-long",
            format!("must have {limit} characters at most"),
        )),
        Kind::MinLength { limit } => range(format!("must have {limit} characters at least")),
        Kind::MaxItems { limit } => range(format!("may hold {limit} at most")),
        Kind::MinItems { limit } => range(format!("must hold {limit} at least")),
        Kind::MaxProperties { limit } => range(format!("may have {limit} fields at most")),
        Kind::MinProperties { limit } => range(format!("must have {limit} fields at least")),
        Kind::UniqueItems => Some(("schema/duplicate-item", "holds an item twice".to_owned())),
        Kind::Pattern { pattern } => Some(("schema/format", format!("must match `{pattern}`"))),
        Kind::Format { format } => {
            Some(("schema/format", format!("must be of the format `{format}`")))
        }
        Kind::Enum { options } => Some(("schema/enum", format!("must be one of {options}"))),
        Kind::Type {
            kind: TypeKind::Multiple(_),
        } => Some(("schema/type", "must not be null".to_owned())),
        Kind::OneOfNotValid { .. } | Kind::AnyOf { .. } => Some((
            "schema/one-of",
            "meets none of the alternatives of its schema".to_owned(),
        )),
        Kind::OneOfMultipleValid { .. } => Some((
            "schema/one-of",
            "meets several alternatives of its schema, where one is allowed".to_owned(),
        )),
        Kind::Not { .. } => Some(("schema/conflict", "is what its schema excludes".to_owned())),
        // From `allOf`, where a field may be required.
        Kind::Required { property } => {
            Some(("schema/required", format!("`{property}` is required")))
        }
        _ => None,
    }
}

/// An address of mail, alone or behind a name: `Ann <ann@example.com>`.
fn is_email(text: &str) -> bool {
    let address = text
        .rsplit_once('<')
        .and_then(|(_, rest)| rest.strip_suffix('>'))
        .unwrap_or(text)
        .trim();
    address.split_once('@').is_some_and(|(user, host)| {
        let plain = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
        plain(user) && plain(host) && !host.contains('@')
    })
}

/// A duration as Go reads it; or, anywhere in the text, a number with a unit in words, as `3 days`.
fn is_duration(text: &str) -> bool {
    const UNITS: [&str; 28] = [
        "ns", "nano", "us", "µs", "micro", "ms", "milli", "s", "sec", "secs", "second", "seconds",
        "m", "min", "mins", "minute", "minutes", "h", "hr", "hour", "hours", "d", "day", "days",
        "w", "wk", "week", "weeks",
    ];
    if super::rules::is_duration(text) {
        return true;
    }
    let Some(start) = text.find(|c: char| c.is_ascii_digit()) else {
        return false;
    };
    let unit: String = text[start..]
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .trim_start()
        .chars()
        .take_while(|c| c.is_alphabetic())
        .flat_map(char::to_lowercase)
        .collect();
    UNITS.contains(&unit.as_str())
}

fn is_time(text: &str) -> bool {
    chrono::DateTime::parse_from_rfc3339(&text.to_uppercase()).is_ok()
}

fn is_uri(text: &str) -> bool {
    text.starts_with('/')
        || text.split_once(':').is_some_and(|(scheme, _)| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        })
}
