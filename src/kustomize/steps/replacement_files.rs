//! Replacements that stand in files of their own.

use crate::yaml::{DuplicateKeys, Node};

use super::super::file::decode::{Rules, decode, record};
use super::super::file::{Replacement, ReplacementSource, ReplacementTarget, Text};
use super::{BuildError, Target};

record! {
    /// A replacement in a file of its own.
    "a file of replacements"
    struct InFile {
        @origin,
        /// Where the value is taken from.
        source: Option<ReplacementSource> = "source",
        /// The value itself.
        source_value: Option<Text> = "sourceValue",
        /// Where it is put.
        targets: Vec<ReplacementTarget> = "targets",
    }
}

impl From<InFile> for Replacement {
    fn from(replacement: InFile) -> Self {
        Self {
            origin: replacement.origin,
            source: replacement.source,
            source_value: replacement.source_value,
            targets: replacement.targets,
            ..Self::default()
        }
    }
}

/// Returns the replacements of a list without those whose `targets` are an empty list. In a kustomization
/// that is a mistake, elsewhere the reference tool takes it for what it says.
pub(super) fn aimed(list: Option<&Node>, replacements: &[Replacement]) -> Vec<Replacement> {
    let nodes = list.and_then(Node::as_sequence).into_iter().flatten();
    let pairs = replacements.iter().zip(nodes);
    pairs
        .filter(|(_, node)| !has_empty_targets(node))
        .map(|(replacement, _)| replacement.clone())
        .collect()
}

fn has_empty_targets(node: &Node) -> bool {
    let targets = node.get("targets").and_then(Node::as_sequence);
    targets.is_some_and(<[Node]>::is_empty)
}

/// Returns the replacements of a list, those that stand in files in the place of their entries.
pub(super) fn with_files(
    target: &Target<'_>,
    entries: &[Replacement],
) -> Result<Vec<Replacement>, BuildError> {
    const RECORD: &str = "a file of replacements";
    let mut list = Vec::with_capacity(entries.len());
    for entry in entries {
        if entry.path.is_empty() {
            list.push(entry.clone());
            continue;
        }
        if entry.source.is_some() || !entry.targets.is_empty() {
            return Err(BuildError::ReplacementPath { at: entry.origin });
        }
        let document = target
            .files
            .document(&entry.path, DuplicateKeys::LastCounts)?;
        match &document {
            Some(document) if document.as_sequence().is_some() => {
                let several: Vec<InFile> = decode(document, RECORD, Rules::Plugin)?;
                let several: Vec<Replacement> = several.into_iter().map(Into::into).collect();
                list.extend(aimed(Some(document), &several));
            }
            Some(document) if document.as_mapping().is_some() => {
                let one: InFile = decode(document, RECORD, Rules::Plugin)?;
                if !has_empty_targets(document) {
                    list.push(one.into());
                }
            }
            _ => {
                return Err(BuildError::NoReplacements {
                    path: entry.path.to_string(),
                    at: entry.path.origin,
                });
            }
        }
    }
    Ok(list)
}
