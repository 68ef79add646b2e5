//! `valuesFrom`: values that `ConfigMap`s and Secrets have.

use std::sync::Arc;

use base64::Engine as _;

use crate::helm::values::flags::{Dialect, assign};
use crate::helm::values::read::{ReadError, documents, value};
use crate::helm::values::{Data, Table, Value};
use crate::yaml::{Node, Origin, Style};

use super::context::{Context, Halt};
use super::error::Problem;
use super::fields::{flag, list, mapping, namespace, require, text};
use super::objects::Key;

/// What stands before a value that SOPS has encrypted.
const SOPS_VALUE: &str = "ENC[AES256_GCM,";

/// Returns the values of a `HelmRelease`: those of `valuesFrom` in their order, with `values` over them; a single value
/// with a `targetPath` goes over what there is by then, `values` included.
pub(super) fn of_release(context: &Context<'_>, release: &Node) -> Result<Table, Halt> {
    let own = match mapping(release, &["spec", "values"])? {
        Some(values) => table(value(values).map_err(Problem::Values)?),
        None => Table::new(),
    };
    let mut values = Table::new();
    for reference in list(release, &["spec", "valuesFrom"])? {
        let kind = require(reference, &["kind"])?;
        let name = require(reference, &["name"])?;
        if !["ConfigMap", "Secret"].contains(&kind.text) {
            return Err(Problem::BadValue {
                value: kind.text.to_owned(),
                wanted: "`ConfigMap` or `Secret`",
                at: kind.at,
            }
            .into());
        }
        let key = text(reference, &["valuesKey"])?;
        let is_optional = flag(reference, &["optional"])?;
        let object = Key::new("", kind.text, namespace(release), name.text);
        let Some(node) = context.look_up(&object, is_optional, name.at)? else {
            continue;
        };
        let wanted = key.map_or("values.yaml", |key| key.text);
        let at = key.map_or(name.at, |key| key.at);
        let datum = match datum(node, wanted, at) {
            Ok(datum) => datum,
            Err(problem @ (Problem::NoKey { .. } | Problem::Encrypted { .. })) => {
                match context.without(problem, is_optional)? {
                    Some(datum) => datum,
                    None => continue,
                }
            }
            Err(problem) => return Err(problem.into()),
        };
        match text(reference, &["targetPath"])? {
            Some(path) => {
                values = values.overlaid(&own);
                let is_literal = flag(reference, &["literal"])?;
                let set = set(&values, path.text, &datum, is_literal);
                values = set.map_err(|error| Problem::Flag {
                    path: path.text.to_owned(),
                    error,
                    at: path.at,
                })?;
            }
            None => values = values.overlaid(&datum.table().map_err(Problem::Values)?),
        }
    }
    Ok(values.overlaid(&own))
}

/// What a key of a `ConfigMap` or Secret has.
#[derive(Debug)]
pub(super) struct Datum {
    pub(super) text: String,
    place: Place,
}

/// Where the lines of a text are.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// All in one line, or no one knows where.
    One(Origin),
    /// In lines of a file of their own, the first behind this one.
    Below(Origin),
}

impl Datum {
    /// Takes a scalar for a text.
    pub(super) fn of(node: &Node) -> Self {
        let is_literal = node
            .as_scalar()
            .is_some_and(|scalar| scalar.style == Style::Literal);
        // What a generator read from a file has no line: its lines are the file's.
        let is_file = node.origin.line == 0;
        Self {
            text: node.text().unwrap_or_default().to_owned(),
            place: if is_literal || is_file {
                Place::Below(node.origin)
            } else {
                Place::One(node.origin)
            },
        }
    }

    /// The line that a whole text is known by.
    pub(super) fn origin(&self) -> Origin {
        match self.place {
            Place::One(at) | Place::Below(at) => at,
        }
    }

    /// Reads the text as values, each with its line.
    pub(super) fn table(&self) -> Result<Table, ReadError> {
        let at = self.origin();
        let read = documents(self.text.as_bytes(), at.file);
        let moved = |inner: Origin| match self.place {
            Place::One(at) => at,
            Place::Below(at) if at.line == 0 => inner,
            Place::Below(at) => Origin::at(at.file, at.line + inner.line, 0),
        };
        match read {
            Ok(values) => Ok(relocated(&values, &moved)),
            Err(ReadError::Yaml(error)) => Err(ReadError::Yaml(error.at_places(moved))),
            Err(ReadError::NotTable { what, at }) => Err(ReadError::NotTable {
                what,
                at: moved(at),
            }),
            Err(ReadError::Separator { rest, at }) => Err(ReadError::Separator {
                rest,
                at: moved(at),
            }),
            Err(ReadError::Number { text, at }) => Err(ReadError::Number {
                text,
                at: moved(at),
            }),
        }
    }
}

/// Returns what a key of a `ConfigMap` or Secret has.
pub(super) fn datum(node: &Node, key: &str, at: Origin) -> Result<Datum, Problem> {
    let object = Key::of(node);
    let kind = || object.kind.to_string();
    let name = || object.name.to_string();
    let is_secret = object.kind == "Secret";
    let found = find(node, key, is_secret);
    if node.get("sops").is_some() || found.is_some_and(is_encrypted) {
        return Err(Problem::Encrypted {
            kind: kind(),
            name: name(),
            at,
            object_at: node.origin,
        });
    }
    let Some(value) = found else {
        return Err(Problem::NoKey {
            kind: kind(),
            name: name(),
            key: key.to_owned(),
            nearest: nearest(node, key),
            at,
            object_at: node.origin,
        });
    };
    let is_encoded = is_secret && node.lookup(&["stringData", key]).is_none();
    if !is_encoded {
        return Ok(Datum::of(value));
    }
    let text = decoded(value.text().unwrap_or_default());
    let text = text.ok_or_else(|| Problem::NotBase64 {
        key: key.to_owned(),
        at: value.origin,
    })?;
    let place = if value.origin.line == 0 {
        Place::Below(value.origin)
    } else {
        Place::One(value.origin)
    };
    Ok(Datum { text, place })
}

fn find<'n>(node: &'n Node, key: &str, is_secret: bool) -> Option<&'n Node> {
    let plain = is_secret
        .then(|| node.lookup(&["stringData", key]))
        .flatten();
    plain.or_else(|| node.lookup(&["data", key]))
}

fn is_encrypted(value: &Node) -> bool {
    value
        .text()
        .is_some_and(|text| text.starts_with(SOPS_VALUE))
}

fn nearest(node: &Node, key: &str) -> Option<String> {
    let keys = ["data", "stringData"]
        .into_iter()
        .filter_map(|field| node.get(field).and_then(Node::as_mapping))
        .flatten();
    keys.map(|entry| {
        let known = entry.key.text.as_str();
        (strsim::damerau_levenshtein(known, key), known.to_owned())
    })
    .min()
    .map(|(_, known)| known)
}

/// Decodes base64, which may be broken into lines.
fn decoded(text: &str) -> Option<String> {
    let text: String = text.split_ascii_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .ok()?;
    String::from_utf8(bytes).ok()
}

/// Puts a value where a path leads. In quotes, or as a literal, it is text; else `--set` would know what it is.
fn set(
    values: &Table,
    path: &str,
    datum: &Datum,
    is_literal: bool,
) -> Result<Table, crate::helm::values::flags::FlagError> {
    let at = datum.origin();
    let text = datum.text.as_str();
    if is_literal {
        let mut escaped = String::with_capacity(text.len());
        for character in text.chars() {
            if matches!(character, '\\' | ',' | '[' | ']' | '{' | '}') {
                escaped.push('\\');
            }
            escaped.push(character);
        }
        return assign(values, &format!("{path}={escaped}"), Dialect::Text, at);
    }
    let is_in = |quote: char| text.starts_with(quote) && text.ends_with(quote);
    if is_in('\'') || is_in('"') {
        let text = text.trim_matches(['\'', '"']);
        return assign(values, &format!("{path}={text}"), Dialect::Text, at);
    }
    assign(values, &format!("{path}={text}"), Dialect::Typed, at)
}

fn table(value: Value) -> Table {
    match value.data {
        Data::Table(table) => table,
        _ => Table::new(),
    }
}

/// Moves the places of values.
fn relocated(values: &Table, moved: &dyn Fn(Origin) -> Origin) -> Table {
    let entries = values.iter();
    entries
        .map(|(key, value)| (key.clone(), relocated_value(value, moved)))
        .collect()
}

fn relocated_value(value: &Value, moved: &dyn Fn(Origin) -> Origin) -> Value {
    let data = match &value.data {
        Data::Table(table) => Data::Table(relocated(table, moved)),
        Data::List(items) => {
            let items: Vec<Value> = items
                .iter()
                .map(|item| relocated_value(item, moved))
                .collect();
            Data::List(Arc::from(items))
        }
        other => other.clone(),
    };
    Value::new(data, moved(value.at))
}
