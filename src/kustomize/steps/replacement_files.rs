//! Replacements that stand in files of their own.

use crate::yaml::DuplicateKeys;

use super::super::file::Replacement;
use super::super::file::decode::{Rules, decode};
use super::{BuildError, Target};

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
                let mut several: Vec<Replacement> = decode(document, RECORD, Rules::Plugin)?;
                list.append(&mut several);
            }
            Some(document) if document.as_mapping().is_some() => {
                list.push(decode(document, RECORD, Rules::Plugin)?);
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
