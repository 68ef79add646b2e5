//! Patches as a kustomization or a plugin's configuration writes them.

use std::sync::Arc;

use crate::merge::{JsonPatch, Schemas};
use crate::yaml::{Entry, FileId, Limits, Mapping, Node, Origin, Style, Tag, Value, parse};

use super::super::super::BuildError;
use super::super::super::documents::objects;
use super::super::super::file::{PatchOptions, Selector, Text, inline};
use super::super::super::selector::Selection;
use super::super::TransformError;
use super::{Change, Config, Manner, PatchError, is_blank};

/// Gives the content of a file.
pub(crate) type Load<'l> = &'l dyn Fn(&Text) -> Result<(FileId, Arc<[u8]>), BuildError>;

/// The fields of a patch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PatchFields<'p> {
    pub(crate) path: &'p Text,
    /// The patch itself: `patch`, or `jsonOp` of a plugin.
    pub(crate) inline: &'p Text,
    pub(crate) target: Option<&'p Selector>,
    pub(crate) options: Option<&'p PatchOptions>,
    pub(crate) origin: Origin,
}

/// Reads an entry of `patches`, which may be of either sort.
pub(crate) fn from_patch(
    fields: &PatchFields<'_>,
    schemas: &Schemas,
    load: Load<'_>,
) -> Result<Config, BuildError> {
    let at = fields.origin;
    let source = match (is_blank(fields.inline), fields.path.is_empty()) {
        (true, true) => {
            return Err(failed(PatchError::Empty {
                inline: "patch",
                at,
            }));
        }
        (false, false) => {
            return Err(failed(PatchError::Both {
                inline: "patch",
                at,
            }));
        }
        (false, true) => Source::of_text(fields.inline)?,
        (true, false) => Source::of_file(fields.path, load)?,
    };
    let target = fields
        .target
        .map(Selection::new)
        .transpose()
        .map_err(|error| failed(error.into()))?;
    let documents = &source.documents;
    let is_list = documents
        .first()
        .is_some_and(|first| first.as_sequence().is_some_and(|items| !items.is_empty()));
    let change = if is_list {
        Change::Json {
            patch: source.json_patch()?,
            remembers: true,
            origin: at,
        }
    } else {
        let patches = objects(documents.clone()).map_err(|error| failed(error.into()))?;
        if target.is_some() && patches.len() > 1 {
            return Err(failed(PatchError::Several {
                count: patches.len(),
                at,
            }));
        }
        Change::Strategic {
            patches,
            manner: if target.is_some() {
                Manner::Copied
            } else {
                Manner::AsIs
            },
            may_change_name: fields
                .options
                .is_some_and(|options| options.allow_name_change),
            may_change_kind: fields
                .options
                .is_some_and(|options| options.allow_kind_change),
        }
    };
    Ok(Config {
        change,
        target,
        schemas: schemas.clone(),
    })
}

/// Reads `patchesStrategicMerge`: each entry is a patch itself, or else a file.
pub(crate) fn from_strategic_merge(
    entries: &[Text],
    schemas: &Schemas,
    load: Load<'_>,
    origin: Origin,
) -> Result<Config, BuildError> {
    let mut patches = Vec::new();
    for entry in entries {
        let inline = inline::documents(entry)
            .ok()
            .and_then(|nodes| objects(nodes).ok());
        patches.append(&mut if let Some(nodes) = inline {
            nodes
        } else {
            let source = Source::of_file(entry, load)?;
            objects(source.documents).map_err(|error| failed(error.into()))?
        });
    }
    if patches.is_empty() {
        return Err(failed(PatchError::Nothing { at: origin }));
    }
    Ok(Config {
        change: Change::Strategic {
            patches,
            manner: Manner::Copied,
            may_change_name: false,
            may_change_kind: false,
        },
        target: None,
        schemas: schemas.clone(),
    })
}

/// Reads an entry of `patchesJson6902`.
pub(crate) fn from_json_6902(
    fields: &PatchFields<'_>,
    schemas: &Schemas,
    load: Load<'_>,
) -> Result<Config, BuildError> {
    let at = fields.origin;
    let target = match fields.target {
        None => return Err(failed(PatchError::NoTarget { at })),
        Some(target) if target.name.is_empty() => {
            return Err(failed(PatchError::NoTargetName { at: target.origin }));
        }
        Some(target) => Selection::new(target).map_err(|error| failed(error.into()))?,
    };
    let source = match (fields.inline.is_empty(), fields.path.is_empty()) {
        (true, true) => {
            return Err(failed(PatchError::Empty {
                inline: "patch",
                at,
            }));
        }
        (false, false) => {
            return Err(failed(PatchError::Both {
                inline: "patch",
                at,
            }));
        }
        (false, true) => Source::of_text(fields.inline)?,
        (true, false) => Source::of_file(fields.path, load)?,
    };
    let patch = source.json_patch()?;
    if patch.is_empty() {
        return Err(failed(PatchError::Nothing { at: source.origin }));
    }
    Ok(Config {
        change: Change::Json {
            patch,
            remembers: false,
            origin: at,
        },
        target: Some(target),
        schemas: schemas.clone(),
    })
}

/// The text of a patch and its documents.
struct Source {
    text: Vec<u8>,
    documents: Vec<Node>,
    origin: Origin,
}

impl Source {
    fn of_text(text: &Text) -> Result<Self, BuildError> {
        Ok(Self {
            text: text.trim().as_bytes().to_vec(),
            documents: inline::documents(text)?,
            origin: text.origin,
        })
    }

    fn of_file(path: &Text, load: Load<'_>) -> Result<Self, BuildError> {
        let (file, content) = load(path)?;
        Ok(Self {
            documents: parse(&content, file, &Limits::default())?,
            text: content.to_vec(),
            origin: Origin::file(file),
        })
    }

    fn json_patch(&self) -> Result<JsonPatch, BuildError> {
        let Some(first) = self.documents.first() else {
            return Ok(JsonPatch::default());
        };
        if self.text.first() == Some(&b'[') {
            serde_json::from_slice::<serde::de::IgnoredAny>(&self.text).map_err(|error| {
                failed(PatchError::NotJson {
                    reason: error.to_string(),
                    at: first.origin,
                })
            })?;
            return JsonPatch::read(first).map_err(|error| failed(error.into()));
        }
        JsonPatch::read(&by_yaml_1_1(first)).map_err(|error| failed(error.into()))
    }
}

fn failed(error: PatchError) -> BuildError {
    TransformError::from(error).into()
}

/// Makes booleans of `yes`, `off` and the like, and texts of dates: JSON patches in YAML are read by the
/// rules of YAML 1.1, unlike all else.
fn by_yaml_1_1(node: &Node) -> Node {
    let value = match &node.value {
        Value::Scalar(scalar) => {
            let mut scalar = scalar.clone();
            if scalar.tag == Tag::Timestamp {
                scalar.tag = Tag::Str;
            }
            if scalar.tag == Tag::Str && scalar.style == Style::Plain {
                let boolean = match scalar.text.as_str() {
                    "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some("true"),
                    "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some("false"),
                    _ => None,
                };
                if let Some(boolean) = boolean {
                    (scalar.text, scalar.tag) = (boolean.into(), Tag::Bool);
                }
            }
            Value::Scalar(scalar)
        }
        Value::Sequence(items) => {
            Value::Sequence(Arc::new(items.iter().map(by_yaml_1_1).collect()))
        }
        Value::Mapping(fields) => {
            let mut new = Mapping::with_capacity(fields.len());
            for entry in fields.iter() {
                new.push(Entry {
                    key: entry.key.clone(),
                    key_origin: entry.key_origin,
                    value: by_yaml_1_1(&entry.value),
                });
            }
            Value::Mapping(Arc::new(new))
        }
    };
    Node {
        value,
        origin: node.origin,
    }
}
