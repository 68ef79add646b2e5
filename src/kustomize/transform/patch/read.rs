//! Patches as a kustomization or a plugin's configuration writes them.

use std::sync::Arc;

use crate::merge::{JsonPatch, Schemas};
use crate::yaml::{
    DuplicateKeys, FileId, Limits, Node, Origin, ParseError, parse_version_2, parse_with,
};

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

impl PatchFields<'_> {
    /// Returns the patch, which stands in exactly one of the two fields.
    fn source(&self, no_inline: bool, load: Load<'_>) -> Result<Source, BuildError> {
        let (inline, at) = ("patch", self.origin);
        match (no_inline, self.path.is_empty()) {
            (true, true) => Err(failed(PatchError::Empty { inline, at })),
            (false, false) => Err(failed(PatchError::Both { inline, at })),
            (false, true) => Ok(Source::of_text(self.inline)),
            (true, false) => Source::of_file(self.path, load),
        }
    }
}

/// Reads an entry of `patches`, which may be of either sort.
pub(crate) fn from_patch(
    fields: &PatchFields<'_>,
    schemas: &Schemas,
    load: Load<'_>,
) -> Result<Config, BuildError> {
    let at = fields.origin;
    let source = fields.source(is_blank(fields.inline), load)?;
    let target = fields
        .target
        .map(Selection::new)
        .transpose()
        .map_err(|error| failed(error.into()))?;
    let documents = source.documents();
    let json_patch = match &documents {
        Ok(documents) if is_list(documents) => Some(source.json_patch()?),
        Ok(_) => None,
        // What only one of the two sets of rules can read is of that sort.
        Err(_) => source.json_patch().ok().filter(|patch| !patch.is_empty()),
    };
    let change = if let Some(patch) = json_patch {
        Change::Json {
            patch,
            remembers: true,
            origin: at,
        }
    } else {
        let patches = objects(documents?).map_err(|error| failed(error.into()))?;
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

fn is_list(documents: &[Node]) -> bool {
    let items = documents.first().and_then(Node::as_sequence);
    items.is_some_and(|items| !items.is_empty())
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
        let inline = inline::documents_with(entry, DuplicateKeys::FirstCounts)
            .ok()
            .and_then(|nodes| objects(nodes).ok());
        patches.append(&mut if let Some(nodes) = inline {
            nodes
        } else {
            let source = Source::of_file(entry, load)?;
            objects(source.documents()?).map_err(|error| failed(error.into()))?
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
    let source = fields.source(fields.inline.is_empty(), load)?;
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

/// The text of a patch.
struct Source {
    content: Arc<[u8]>,
    /// The text of the kustomization, where it stands there.
    inline: Option<Text>,
    origin: Origin,
}

impl Source {
    fn of_text(text: &Text) -> Self {
        Self {
            content: text.trim().as_bytes().into(),
            inline: Some(text.clone()),
            origin: text.origin,
        }
    }

    fn of_file(path: &Text, load: Load<'_>) -> Result<Self, BuildError> {
        let (file, content) = load(path)?;
        Ok(Self {
            content,
            inline: None,
            origin: Origin::file(file),
        })
    }

    fn documents(&self) -> Result<Vec<Node>, ParseError> {
        match &self.inline {
            Some(text) => inline::documents_with(text, DuplicateKeys::FirstCounts),
            None => parse_with(
                &self.content,
                self.origin.file,
                &Limits::default(),
                DuplicateKeys::FirstCounts,
            ),
        }
    }

    /// Reads the text as a JSON patch, which the reference does by the rules of version 2 of Go's YAML.
    fn json_patch(&self) -> Result<JsonPatch, BuildError> {
        if self.content.first() == Some(&b'[') {
            serde_json::from_slice::<serde::de::IgnoredAny>(&self.content).map_err(|error| {
                failed(PatchError::NotJson {
                    reason: error.to_string(),
                    at: self.origin,
                })
            })?;
        }
        let document = match &self.inline {
            Some(text) => inline::document_of_version_2(text, DuplicateKeys::LastCounts)?,
            None => parse_version_2(
                &self.content,
                self.origin.file,
                &Limits::default(),
                DuplicateKeys::LastCounts,
            )?,
        };
        let patch = document.as_ref().map(JsonPatch::read).transpose();
        Ok(patch
            .map_err(|error| failed(error.into()))?
            .unwrap_or_default())
    }
}

fn failed(error: PatchError) -> BuildError {
    TransformError::from(error).into()
}
